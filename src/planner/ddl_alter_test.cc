// ALTER TABLE on tables that hold rows: the rows survive, and what was said before and after is enforced.
#include "planner/ddl_testing.h"

namespace allod::planner {
namespace {

class DdlAlter : public ::testing::Test {
 protected:
  void SetUp() override {
    db.Run("CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, score numeric DEFAULT 1.5)");
    db.Run("CREATE TABLE posts (id serial PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, body varchar(20))");
    db.Run("INSERT INTO users VALUES (1, 'ann', 1.0), (2, 'bob', 2.50), (3, 'eve', NULL)");
    db.Run("INSERT INTO posts (user_id, body) VALUES (1, 'one'), (2, 'two'), (2, NULL)");
  }
  void TearDown() override {
    EXPECT_EQ(db.Integrity(), "ok");
    const std::string before = db.Dump();
    db.Reopen();
    EXPECT_EQ(db.Dump(), before);
  }
  TestDatabase db;
};

TEST_F(DdlAlter, AddColumnFillsRows) {
  db.Run("ALTER TABLE users ADD COLUMN a int, ADD b text DEFAULT 'x' NOT NULL");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY id"), "1,ann,1.0,null,x;2,bob,2.50,null,x;3,eve,null,null,x");
  db.Run("ALTER TABLE users ADD n bigserial, ADD g int GENERATED ALWAYS AS IDENTITY, ADD k int REFERENCES users");
  EXPECT_EQ(db.Query("SELECT count(DISTINCT n), min(n), max(g) FROM users"), "3,1,3");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users (id, name, k) VALUES (4, 'x', 99)").substr(0, 5), "23503");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ADD z int NOT NULL"),
            "23502: column \"z\" of relation \"users\" contains null values");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ADD z int DEFAULT 1 UNIQUE"), "23505: could not create unique index \"users_z_key\"");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ADD z int DEFAULT -1 CHECK (z > 0)"),
            "23514: check constraint \"users_z_check\" of relation \"users\" is violated by some row");
  db.Run("ALTER TABLE users ADD COLUMN IF NOT EXISTS a text");
  EXPECT_EQ(db.notices()[0].message, "column \"a\" of relation \"users\" already exists, skipping");
}

TEST_F(DdlAlter, DropColumn) {
  db.Run("ALTER TABLE users ADD CHECK (length(name) + score > 0); CREATE INDEX ON users (lower(name), score)");
  db.Run("ALTER TABLE users DROP COLUMN score");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY id"), "1,ann;2,bob;3,eve");
  EXPECT_EQ(db.table("users").constraints.size(), 1u);
  EXPECT_EQ(db.table("users").indexes.size(), 1u);
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users DROP COLUMN id"),
            "2BP01: cannot drop column id of table users because other objects depend on it");
  db.Run("ALTER TABLE users DROP COLUMN id CASCADE");
  ASSERT_EQ(db.notices().size(), 1u);
  EXPECT_EQ(db.notices()[0].message, "drop cascades to constraint posts_user_id_fkey on table posts");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY name"), "ann;bob;eve");
  db.Run("INSERT INTO posts (user_id) VALUES (77)");
  db.Run("ALTER TABLE users DROP COLUMN IF EXISTS id, ADD id int");
  EXPECT_EQ(db.Query("SELECT id FROM users"), "null;null;null");
  // The number of a dropped column is not used again.
  EXPECT_EQ(db.table("users").FindColumn("id")->number, 4);
}

TEST_F(DdlAlter, DropAndAddConstraints) {
  db.Run("ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey; INSERT INTO posts (user_id) VALUES (9)");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users"),
            "23503: insert or update on table \"posts\" violates foreign key constraint \"posts_user_id_fkey\"");
  const Status status = db.Try("ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users");
  EXPECT_EQ(status.error().detail, "Key (user_id)=(9) is not present in table \"users\".");
  EXPECT_EQ(status.error().constraint, "posts_user_id_fkey");
  db.Run("DELETE FROM posts WHERE user_id = 9; ALTER TABLE posts ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users");
  EXPECT_EQ(db.ErrorOf("INSERT INTO posts (user_id) VALUES (9)").substr(0, 5), "23503");
  EXPECT_EQ(db.ErrorOf("DELETE FROM users WHERE id = 2").substr(0, 5), "23503");

  EXPECT_EQ(db.ErrorOf("ALTER TABLE posts ADD UNIQUE (user_id)"), "23505: could not create unique index \"posts_user_id_key\"");
  EXPECT_EQ(db.Try("ALTER TABLE posts ADD UNIQUE (user_id)").error().detail, "Key (user_id)=(2) is duplicated.");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE posts ADD CHECK (body <> 'one')"),
            "23514: check constraint \"posts_body_check\" of relation \"posts\" is violated by some row");
  db.Run("ALTER TABLE posts ADD CHECK (body <> 'three')");  // NULL passes
  EXPECT_EQ(db.ErrorOf("UPDATE posts SET body = 'three'").substr(0, 5), "23514");
  db.Run("ALTER TABLE posts DROP CONSTRAINT posts_body_check; UPDATE posts SET body = 'three'");
  db.Run("ALTER TABLE users ADD UNIQUE (name)");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users VALUES (4, 'ann')").substr(0, 5), "23505");
  db.Run("ALTER TABLE users DROP CONSTRAINT users_name_key; INSERT INTO users VALUES (4, 'ann')");
  db.Run("ALTER TABLE users DROP CONSTRAINT IF EXISTS nope");
  EXPECT_EQ(db.notices()[0].message, "constraint \"nope\" of relation \"users\" does not exist, skipping");
}

TEST_F(DdlAlter, DropPrimaryKeyFreesTheRowId) {
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users DROP CONSTRAINT users_pkey"),
            "2BP01: cannot drop constraint users_pkey on table users because other objects depend on it");
  EXPECT_EQ(db.Try("ALTER TABLE users DROP CONSTRAINT users_pkey").error().detail,
            "constraint posts_user_id_fkey on table posts depends on index users_pkey");
  db.Run("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY id"), "1,ann,1.0;2,bob,2.50;3,eve,null");
  EXPECT_EQ(db.table("users").rowid_column, 0);
  db.Run("INSERT INTO users VALUES (1, 'again', 0)");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users VALUES (NULL, 'x', 0)").substr(0, 5), "23502");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ADD PRIMARY KEY (id)"), "23505: could not create unique index \"users_pkey\"");
  db.Run("DELETE FROM users WHERE name = 'again'; ALTER TABLE users ADD PRIMARY KEY (id)");
  db.Run("ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users ON UPDATE CASCADE");
  db.Run("UPDATE users SET id = 20 WHERE id = 2");
  EXPECT_EQ(db.Query("SELECT count(*) FROM posts WHERE user_id = 20"), "2");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users VALUES (20, 'x', 0)").substr(0, 5), "23505");
}

TEST_F(DdlAlter, NotNull) {
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER score SET NOT NULL"),
            "23502: column \"score\" of relation \"users\" contains null values");
  db.Run("UPDATE users SET score = 0 WHERE score IS NULL; ALTER TABLE users ALTER score SET NOT NULL");
  EXPECT_EQ(db.ErrorOf("UPDATE users SET score = NULL").substr(0, 5), "23502");
  db.Run("ALTER TABLE users ALTER score DROP NOT NULL; UPDATE users SET score = NULL");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER id DROP NOT NULL"), "42P16: column \"id\" is in a primary key");
}

TEST_F(DdlAlter, Defaults) {
  db.Run("ALTER TABLE users ALTER score DROP DEFAULT; INSERT INTO users (id, name) VALUES (4, 'a')");
  db.Run("ALTER TABLE users ALTER score SET DEFAULT 3 + 4; INSERT INTO users (id, name) VALUES (5, 'b')");
  EXPECT_EQ(db.Query("SELECT score FROM users WHERE id > 3 ORDER BY id"), "null;7");
}

TEST_F(DdlAlter, TypeInPlace) {
  db.Run("ALTER TABLE users ALTER id TYPE bigint, ALTER name TYPE varchar(10)");
  EXPECT_EQ(db.table("users").rowid_column, 1);
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER name TYPE varchar(2)").substr(0, 5), "22001");
  db.Run("INSERT INTO users VALUES (5000000000, 'big', 0)");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER id TYPE int").substr(0, 5), "22003");
  db.Run("DELETE FROM users WHERE id > 10; ALTER TABLE users ALTER id TYPE smallint");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users VALUES (40000, 'x', 0)").substr(0, 5), "22003");
  db.Run("DELETE FROM users WHERE id = 2");
  EXPECT_EQ(db.Query("SELECT body FROM posts"), "one");  // the key still cascades
}

TEST_F(DdlAlter, TypeToAnotherStoredForm) {
  db.Run("CREATE INDEX ON users (score); ALTER TABLE users ADD CHECK (score < 100)");
  db.Run("ALTER TABLE users ALTER score TYPE int USING round(score * 10)");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY id"), "1,ann,10;2,bob,25;3,eve,null");
  EXPECT_EQ(db.ErrorOf("UPDATE users SET score = 100").substr(0, 5), "23514");
  EXPECT_EQ(db.table("users").columns[2].name, "score");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER score TYPE text"), "42883: operator does not exist: text < integer");
  db.Run("ALTER TABLE users DROP CONSTRAINT users_score_check; ALTER TABLE users ALTER score TYPE text");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER score TYPE boolean").substr(0, 5), "42804");
}

TEST_F(DdlAlter, TypeWithUsingOnKeys) {
  // Values shift past each other: uniqueness is asked afterwards, not row by row.
  db.Run("ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey");
  db.Run("ALTER TABLE users ADD u int UNIQUE");
  db.Run("UPDATE users SET u = id; ALTER TABLE users ALTER u TYPE int USING 4 - u");
  EXPECT_EQ(db.Query("SELECT u FROM users ORDER BY id"), "3;2;1");
  db.Run("ALTER TABLE users ALTER id TYPE int USING id + 1");
  EXPECT_EQ(db.Query("SELECT id FROM users ORDER BY id"), "2;3;4");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER u TYPE int USING 1"), "23505: could not create unique index \"users_u_key\"");
  EXPECT_EQ(db.ErrorOf("INSERT INTO users VALUES (2, 'x', 0, 9)").substr(0, 5), "23505");
}

TEST_F(DdlAlter, TypeThatBreaksAKey) {
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER id TYPE text"),
            "42804: foreign key constraint \"posts_user_id_fkey\" cannot be implemented");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER name TYPE int"), "42804: column \"name\" cannot be cast automatically to type integer");
  EXPECT_EQ(db.Try("ALTER TABLE users ALTER name TYPE int").error().hint, "You might need to specify \"USING name::integer\".");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE users ALTER name TYPE int USING name::int").substr(0, 5), "22P02");
  EXPECT_EQ(db.Query("SELECT * FROM users ORDER BY id"), "1,ann,1.0;2,bob,2.50;3,eve,null");
}

TEST_F(DdlAlter, Rename) {
  db.Run("ALTER TABLE users ADD CHECK (score < 10), ADD CHECK (users.name <> ''); CREATE INDEX byname ON users (lower(name)) WHERE score > 0");
  db.Run("ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME score TO points; ALTER TABLE people RENAME COLUMN name TO \"Full Name\"");
  EXPECT_EQ(db.ErrorOf("SELECT * FROM users").substr(0, 5), "42P01");
  EXPECT_EQ(db.Query("SELECT points FROM people WHERE \"Full Name\" = 'bob'"), "2.50");
  EXPECT_EQ(db.ErrorOf("UPDATE people SET points = 11").substr(0, 5), "23514");
  EXPECT_EQ(db.ErrorOf("UPDATE people SET \"Full Name\" = ''").substr(0, 5), "23514");
  db.Run("ALTER TABLE people RENAME CONSTRAINT users_pkey TO people_pkey; ALTER INDEX byname RENAME TO by_name");
  EXPECT_NE(db.catalog().FindIndex("", "people_pkey").second, nullptr);
  EXPECT_EQ(db.catalog().FindIndex("", "users_pkey").second, nullptr);
  EXPECT_NE(db.catalog().FindIndex("", "by_name").second, nullptr);
  db.Run("ALTER TABLE people ALTER points TYPE int USING points::int, DROP COLUMN \"Full Name\"");
  EXPECT_EQ(db.Query("SELECT * FROM people ORDER BY id"), "1,1;2,3;3,null");
  db.Run("DELETE FROM people WHERE id = 2");
  EXPECT_EQ(db.Query("SELECT count(*) FROM posts"), "1");
}

TEST_F(DdlAlter, Identity) {
  db.Run("ALTER TABLE users ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 100)");
  db.Run("INSERT INTO users (name) VALUES ('new')");
  EXPECT_EQ(db.Query("SELECT id FROM users WHERE name = 'new'"), "100");
  db.Run("ALTER TABLE users ALTER id SET GENERATED ALWAYS SET INCREMENT BY 10 RESTART WITH 200");
  EXPECT_EQ(db.table("users").columns[0].identity, 'a');
  db.Run("INSERT INTO users (name) VALUES ('x'), ('y')");
  EXPECT_EQ(db.Query("SELECT max(id) FROM users"), "210");
  db.Run("ALTER TABLE users ALTER id DROP IDENTITY");
  EXPECT_EQ(db.catalog().FindSequence("", "users_id_seq"), nullptr);
  EXPECT_EQ(db.ErrorOf("INSERT INTO users (name) VALUES ('x')").substr(0, 5), "23502");
}

TEST_F(DdlAlter, SeveralAtOnce) {
  db.Run("ALTER TABLE posts ADD c int DEFAULT 1, DROP COLUMN body, ALTER user_id SET NOT NULL, ADD CONSTRAINT ck CHECK (c > 0), "
         "ADD UNIQUE (c, id), ALTER user_id TYPE bigint");
  EXPECT_EQ(db.Query("SELECT * FROM posts ORDER BY id"), "1,1,1;2,2,1;3,2,1");
  // One of them fails: nothing has happened.
  EXPECT_NE(db.ErrorOf("ALTER TABLE posts ADD d int, DROP COLUMN c, ADD CHECK (user_id > 1)"), "");
  EXPECT_EQ(db.Query("SELECT * FROM posts ORDER BY id"), "1,1,1;2,2,1;3,2,1");
  db.Run("DELETE FROM users WHERE id = 2");
  EXPECT_EQ(db.Query("SELECT id FROM posts"), "1");
}

TEST_F(DdlAlter, SelfReferenceAndSetDefault) {
  db.Run("CREATE TABLE tree (id int PRIMARY KEY, up int DEFAULT 0 REFERENCES tree ON DELETE SET DEFAULT)");
  db.Run("INSERT INTO tree VALUES (0, NULL), (1, 0), (2, 1); DELETE FROM tree WHERE id = 1");
  EXPECT_EQ(db.Query("SELECT * FROM tree ORDER BY id"), "0,null;2,0");
  db.Run("ALTER TABLE tree ALTER up SET DEFAULT 2; INSERT INTO tree VALUES (3, 2), (4, 3); DELETE FROM tree WHERE id = 3");
  EXPECT_EQ(db.Query("SELECT * FROM tree ORDER BY id"), "0,null;2,0;4,2");
  db.Run("ALTER TABLE tree DROP CONSTRAINT tree_pkey CASCADE; INSERT INTO tree VALUES (4, 99)");
  db.Run("DROP TABLE tree");
}

TEST_F(DdlAlter, Comments) {
  db.Run("COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.name IS 'it''s'; "
         "COMMENT ON CONSTRAINT users_pkey ON users IS 'key'; COMMENT ON INDEX users_pkey IS 'ix'; COMMENT ON SCHEMA public IS NULL");
  EXPECT_EQ(db.table("users").comment, "people");
  EXPECT_EQ(db.table("users").columns[1].comment, "it's");
  EXPECT_TRUE(db.last().script.empty());
  EXPECT_EQ(db.ErrorOf("COMMENT ON COLUMN users.nope IS 'x'"), "42703: column \"nope\" of relation \"users\" does not exist");
}

}  // namespace
}  // namespace allod::planner
