// CREATE TABLE, CREATE INDEX, CREATE SEQUENCE: what is made, and how it is called.
#include "catalog/definition_text.h"
#include "planner/ddl_testing.h"

namespace allod::planner {
namespace {

std::string Constraints(const TestDatabase& db, std::string_view table, bool annotations = false) {
  std::string text;
  for (const catalog::Constraint& constraint : db.table(table).constraints) {
    text += constraint.name + ": " +
            catalog::ConstraintText(db.catalog(), db.table(table), constraint, {annotations, true}) + "\n";
  }
  return text;
}

std::string Indexes(const TestDatabase& db, std::string_view table) {
  std::string text;
  for (const catalog::Index& index : db.table(table).indexes) {
    text += (index.for_key ? "for key: " : "") + catalog::IndexText(db.catalog(), db.table(table), index, {false, true}) + "\n";
  }
  return text;
}

TEST(DdlCreate, ConstraintsAreNamedAsPostgresNamesThem) {
  TestDatabase db;
  db.Run("CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, age int CHECK (age > 0))");
  db.Run("CREATE TABLE members (id serial, user_id int REFERENCES users, a int, b int, "
         "PRIMARY KEY (id, a), UNIQUE (a, b), CHECK (a < b), CHECK (a > 0), CHECK (a > 1), "
         "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED, "
         "CONSTRAINT mine CHECK (b > 0))");
  EXPECT_EQ(Constraints(db, "users"),
            "users_age_check: CHECK (age > 0)\n"
            "users_pkey: PRIMARY KEY (id)\n"
            "users_email_key: UNIQUE (email)\n");
  EXPECT_EQ(Constraints(db, "members"),
            "members_check: CHECK (a < b)\n"
            "members_a_check: CHECK (a > 0)\n"
            "members_a_check1: CHECK (a > 1)\n"
            "mine: CHECK (b > 0)\n"
            "members_pkey: PRIMARY KEY (id, a)\n"
            "members_a_b_key: UNIQUE (a, b)\n"
            "members_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id)\n"
            "members_user_id_fkey1: FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE SET NULL ON DELETE CASCADE "
            "DEFERRABLE INITIALLY DEFERRED\n");
  EXPECT_EQ(db.table("users").rowid_column, 1);
  EXPECT_EQ(db.table("members").rowid_column, 0);
  EXPECT_TRUE(db.table("members").FindColumn("a")->not_null);
  EXPECT_EQ(db.table("members").FindColumn("id")->default_sql, "nextval('members_id_seq'::regclass)");
  ASSERT_NE(db.catalog().FindSequence("", "members_id_seq"), nullptr);
  EXPECT_EQ(db.catalog().FindSequence("", "members_id_seq")->type.oid, oid::kInt4);
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlCreate, LongNamesAreCutToSixtyThreeBytes) {
  TestDatabase db;
  const std::string table(60, 't'), column(60, 'c');
  db.Run("CREATE TABLE " + table + " (id serial PRIMARY KEY, " + column + " int UNIQUE)");
  for (const catalog::Constraint& constraint : db.table(table).constraints) {
    EXPECT_LE(constraint.name.size(), 63u);
  }
  EXPECT_EQ(db.table(table).constraints[0].name, std::string(58, 't') + "_pkey");
  EXPECT_EQ(db.table(table).constraints[1].name, std::string(29, 't') + "_" + std::string(29, 'c') + "_key");
}

TEST(DdlCreate, LongIdentifiersAreCutWithANotice) {
  TestDatabase db;
  const std::string name(70, 'N'), folded(70, 'n'), cut(63, 'n');
  db.Run("CREATE TABLE " + name + " (a int, \"" + std::string(61, 'x') + "\u00e4\u00e4\" int)");
  ASSERT_EQ(db.notices().size(), 2u);
  EXPECT_EQ(db.notices()[0].message, "identifier \"" + folded + "\" will be truncated to \"" + cut + "\"");
  EXPECT_EQ(db.notices()[0].sqlstate, "42622");
  EXPECT_EQ(db.table(cut).columns[1].name, std::string(61, 'x') + "\u00e4");
  db.Run("INSERT INTO " + name + " VALUES (1, 2)");
}

TEST(DdlCreate, EveryForeignKeyHasAnIndex) {
  TestDatabase db;
  db.Run("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE q (id int PRIMARY KEY)");
  db.Run("CREATE TABLE c (id int REFERENCES q PRIMARY KEY, x int, y int, z int REFERENCES q, "
         "FOREIGN KEY (x, y) REFERENCES p, UNIQUE (y, x, z))");
  // The primary key serves id, the unique key (x, y); z needs one.
  EXPECT_EQ(Indexes(db, "c"),
            "CREATE UNIQUE INDEX c_pkey ON c USING btree (id)\n"
            "CREATE UNIQUE INDEX c_y_x_z_key ON c USING btree (y, x, z)\n"
            "for key: CREATE INDEX \"\" ON c USING btree (z)\n");
  db.Run("CREATE INDEX ON c (z)");
  EXPECT_EQ(Indexes(db, "c").find("for key"), std::string::npos);
  db.Run("DROP INDEX c_z_idx");
  EXPECT_NE(Indexes(db, "c").find("for key: CREATE INDEX \"\" ON c USING btree (z)"), std::string::npos);
  db.Run("ALTER TABLE c DROP CONSTRAINT c_z_fkey");
  EXPECT_EQ(Indexes(db, "c").find("for key"), std::string::npos);
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlCreate, IndexesAreNamedAndWrittenAsPostgresDoes) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b text, c numeric(10,2))");
  db.Run("CREATE INDEX ON t (a); CREATE INDEX ON t (a); CREATE UNIQUE INDEX CONCURRENTLY ON t (a, b DESC)");
  db.Run("CREATE INDEX ON t (lower(b)); CREATE INDEX ON t ((a + 1), (a + 2)) WHERE a > 0");
  db.Run("CREATE INDEX named ON t USING hash (c NULLS FIRST) ; CREATE INDEX ON t (a DESC NULLS LAST) INCLUDE (c)");
  EXPECT_EQ(Indexes(db, "t"),
            "CREATE INDEX t_a_idx ON t USING btree (a)\n"
            "CREATE INDEX t_a_idx1 ON t USING btree (a)\n"
            "CREATE UNIQUE INDEX t_a_b_idx ON t USING btree (a, b DESC)\n"
            "CREATE INDEX t_lower_idx ON t USING btree (lower(b))\n"
            "CREATE INDEX t_expr_expr1_idx ON t USING btree ((a + 1), (a + 2)) WHERE a > 0\n"
            "CREATE INDEX named ON t USING btree (c NULLS FIRST)\n"
            "CREATE INDEX t_a_c_idx ON t USING btree (a DESC NULLS LAST) INCLUDE (c)\n");
  db.Run("INSERT INTO t VALUES (1, 'X', 1.10), (1, 'Y', 2)");
  EXPECT_EQ(db.ErrorOf("INSERT INTO t VALUES (1, 'X', 3)").substr(0, 5), "23505");
  db.Run("CREATE INDEX IF NOT EXISTS named ON t (a)");
  ASSERT_EQ(db.notices().size(), 1u);
  EXPECT_EQ(db.notices()[0].message, "relation \"named\" already exists, skipping");
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlCreate, ConstraintsAreEnforced) {
  TestDatabase db;
  db.Run("CREATE TABLE u (id int PRIMARY KEY, n numeric UNIQUE, c text NOT NULL CHECK (length(c) < 4))");
  db.Run("INSERT INTO u VALUES (1, 1.10, 'abc')");
  EXPECT_EQ(db.ErrorOf("INSERT INTO u VALUES (1, 2, 'x')").substr(0, 5), "23505");
  EXPECT_EQ(db.ErrorOf("INSERT INTO u VALUES (2, 1.1, 'x')").substr(0, 5), "23505");  // by value, not by text
  EXPECT_EQ(db.ErrorOf("INSERT INTO u VALUES (2, 2, NULL)").substr(0, 5), "23502");
  EXPECT_EQ(db.ErrorOf("INSERT INTO u VALUES (2, 2, 'abcd')").substr(0, 5), "23514");
  EXPECT_EQ(db.ErrorOf("INSERT INTO u VALUES (NULL, 2, 'x')").substr(0, 5), "23502");
  db.Run("CREATE TABLE v (u int REFERENCES u ON DELETE SET NULL, n numeric REFERENCES u(n))");
  EXPECT_EQ(db.ErrorOf("INSERT INTO v VALUES (9, NULL)").substr(0, 5), "23503");
  db.Run("INSERT INTO v VALUES (1, 1.100)");
  EXPECT_EQ(db.ErrorOf("DELETE FROM u").substr(0, 5), "23503");
  db.Run("UPDATE v SET n = NULL; DELETE FROM u");
  EXPECT_EQ(db.Query("SELECT * FROM v"), "null,null");
}

TEST(DdlCreate, NullsNotDistinct) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b bytea, UNIQUE NULLS NOT DISTINCT (a, b))");
  db.Run("INSERT INTO t VALUES (1, NULL), (2, NULL), (NULL, NULL)");
  EXPECT_EQ(db.ErrorOf("INSERT INTO t VALUES (1, NULL)").substr(0, 5), "23505");
  EXPECT_EQ(db.ErrorOf("INSERT INTO t VALUES (NULL, NULL)").substr(0, 5), "23505");
  db.Run("INSERT INTO t VALUES (1, '')");
  EXPECT_EQ(db.ErrorOf("CREATE TABLE r (a int, b bytea, FOREIGN KEY (a, b) REFERENCES t (a, b))").substr(0, 5), "0A000");
}

TEST(DdlCreate, SerialAndIdentity) {
  TestDatabase db;
  db.Run("CREATE TABLE t (id smallserial PRIMARY KEY, b bigserial, "
         "i int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), j int GENERATED BY DEFAULT AS IDENTITY, x text)");
  db.Run("INSERT INTO t (x) VALUES ('a'), ('b')");
  EXPECT_EQ(db.Query("SELECT id, b, i, j, x FROM t ORDER BY id"), "1,1,10,1,a;2,2,15,2,b");
  EXPECT_EQ(db.catalog().FindSequence("", "t_id_seq")->max, INT16_MAX);
  EXPECT_EQ(db.catalog().FindSequence("", "t_b_seq")->max, INT64_MAX);
  db.Reopen();
  db.Run("INSERT INTO t (x) VALUES ('c')");
  EXPECT_EQ(db.Query("SELECT id, i FROM t WHERE x = 'c'"), "3,20");
}

TEST(DdlCreate, Sequences) {
  TestDatabase db;
  db.Run("CREATE SEQUENCE s START 5 INCREMENT -2 MINVALUE -1 MAXVALUE 5 CYCLE");
  EXPECT_EQ(db.Query("SELECT nextval('s') FROM generate_series(1, 5)"), "5;3;1;-1;5");
  db.Run("ALTER SEQUENCE s INCREMENT 1 MAXVALUE 100 RESTART WITH 7");
  EXPECT_EQ(db.Query("SELECT nextval('s')"), "7");
  db.Run("CREATE TABLE t (a int DEFAULT nextval('s'))");
  EXPECT_EQ(db.table("t").FindColumn("a")->default_sql, "nextval('s'::regclass)");
  db.Run("ALTER SEQUENCE s RENAME TO \"My Seq\"");
  EXPECT_EQ(db.table("t").FindColumn("a")->default_sql, "nextval('\"My Seq\"'::regclass)");
  db.Run("INSERT INTO t DEFAULT VALUES");
  EXPECT_EQ(db.Query("SELECT a FROM t"), "8");
  EXPECT_EQ(db.ErrorOf("DROP SEQUENCE \"My Seq\""), "2BP01: cannot drop sequence \"My Seq\" because other objects depend on it");
  db.Run("DROP SEQUENCE \"My Seq\" CASCADE");
  EXPECT_EQ(db.table("t").FindColumn("a")->default_sql, "");
}

TEST(DdlCreate, Like) {
  TestDatabase db;
  db.Run("CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text DEFAULT 'x' CHECK (n <> ''), UNIQUE (n))");
  db.Run("CREATE INDEX ON a (lower(n))");
  db.Run("CREATE TABLE b (LIKE a INCLUDING ALL, more int)");
  EXPECT_EQ(Constraints(db, "b"), "a_n_check: CHECK (n <> '')\nb_pkey: PRIMARY KEY (id)\nb_n_key: UNIQUE (n)\n");
  db.Run("INSERT INTO b (more) VALUES (1)");
  EXPECT_EQ(db.Query("SELECT * FROM b"), "1,x,1");
  EXPECT_EQ(db.table("b").rowid_column, db.table("b").FindColumn("id")->number);
  db.Run("CREATE TABLE named (n text PRIMARY KEY)");
  db.Run("CREATE TABLE as_named (LIKE named INCLUDING ALL)");
  EXPECT_EQ(db.table("as_named").rowid_column, 0);
  db.Run("CREATE TABLE c (LIKE a)");
  EXPECT_EQ(Constraints(db, "c"), "");
  EXPECT_TRUE(db.table("c").FindColumn("id")->not_null);
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlCreate, TableAs) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  db.Run("CREATE TABLE n (k) AS SELECT a + 1, upper(b) AS u FROM t");
  EXPECT_EQ(db.tag(), "SELECT 2");
  EXPECT_EQ(db.Query("SELECT k, u FROM n ORDER BY 1"), "2,X;3,Y");
  db.Run("SELECT a INTO m FROM t WHERE a = 2");
  EXPECT_EQ(db.tag(), "SELECT 1");
  EXPECT_EQ(db.Query("SELECT * FROM m"), "2");
  db.Run("CREATE TABLE e AS SELECT * FROM t WITH NO DATA");
  EXPECT_EQ(db.tag(), "CREATE TABLE AS");
  EXPECT_EQ(db.Query("SELECT count(*) FROM e"), "0");
  db.Run("CREATE TABLE IF NOT EXISTS e AS SELECT 1");
  EXPECT_EQ(db.notices().size(), 1u);
}

TEST(DdlCreate, OwnershipAnnotations) {
  TestDatabase db;
  db.Run("CREATE DATA_SUBJECT TABLE users (id int PRIMARY KEY, name text)");
  db.Run("CREATE TABLE usergroups (id int PRIMARY KEY)");
  db.Run("CREATE TABLE members (id int PRIMARY KEY, user_id int OWNED_BY users(id) ON DELETE CASCADE, group_id int, "
         "by int CONSTRAINT who REFERENCES ONLY users, note text, "
         "FOREIGN KEY (group_id) OWNS usergroups(id), CONSTRAINT acc FOREIGN KEY (by) ACCESSED_BY users (id), "
         "ON GET user_id ANON (note), ON DEL user_id DELETE_ROW)");
  EXPECT_TRUE(db.table("users").data_subject);
  EXPECT_FALSE(db.table("members").data_subject);
  EXPECT_EQ(Constraints(db, "members", true),
            "members_pkey: PRIMARY KEY (id)\n"
            "members_user_id_fkey: FOREIGN KEY (user_id) OWNED_BY users(id) ON DELETE CASCADE\n"
            "who: FOREIGN KEY (by) REFERENCES ONLY users(id)\n"
            "members_group_id_fkey: FOREIGN KEY (group_id) OWNS usergroups(id)\n"
            "acc: FOREIGN KEY (by) ACCESSED_BY users(id)\n");
  const catalog::Table& members = db.table("members");
  ASSERT_EQ(members.rules.size(), 2u);
  EXPECT_EQ(catalog::RuleText(db.catalog(), members, members.rules[0]), "ON GET user_id ANON (note)");
  EXPECT_EQ(catalog::RuleText(db.catalog(), members, members.rules[1]), "ON DEL user_id DELETE_ROW");

  db.Run("ALTER TABLE usergroups ADD ON GET members(user_id) ANON (id)");
  db.Run("ALTER TABLE members ALTER CONSTRAINT who ACCESSED_BY; ALTER TABLE members DROP ON GET user_id");
  EXPECT_EQ(db.table("members").FindConstraint("who")->annotation, catalog::Annotation::kAccessedBy);
  EXPECT_EQ(db.table("members").rules.size(), 1u);
  const catalog::Table& groups = db.table("usergroups");
  ASSERT_EQ(groups.rules.size(), 1u);
  EXPECT_EQ(catalog::RuleText(db.catalog(), groups, groups.rules[0]), "ON GET members(user_id) ANON (id)");
  db.Run("ALTER TABLE users DROP DATA_SUBJECT; ALTER TABLE usergroups SET DATA_SUBJECT");
  EXPECT_FALSE(db.table("users").data_subject);
  EXPECT_TRUE(db.table("usergroups").data_subject);
  EXPECT_EQ(db.ErrorOf("ALTER TABLE members ALTER CONSTRAINT nope OWNED_BY"),
            "42704: constraint \"nope\" of relation \"members\" does not exist");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE members ALTER CONSTRAINT members_pkey OWNED_BY").substr(0, 5), "42809");
  // A rule goes with the column it is about.
  db.Run("ALTER TABLE members DROP COLUMN user_id");
  EXPECT_TRUE(db.table("members").rules.empty());
  EXPECT_TRUE(db.table("usergroups").rules.empty());
}

TEST(DdlCreate, Schemas) {
  TestDatabase db;
  db.Run("CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY); CREATE TABLE t (a int REFERENCES app.t)");
  db.Run("INSERT INTO app.t DEFAULT VALUES; INSERT INTO t VALUES (1)");
  EXPECT_EQ(db.catalog().FindTable("app", "t")->columns[0].default_sql, "nextval('app.t_id_seq'::regclass)");
  EXPECT_EQ(Constraints(db, "t"), "t_a_fkey: FOREIGN KEY (a) REFERENCES app.t(id)\n");
  db.Run("ALTER SCHEMA app RENAME TO shop; INSERT INTO shop.t DEFAULT VALUES");
  EXPECT_EQ(db.Query("SELECT id FROM shop.t ORDER BY 1"), "1;2");
  EXPECT_EQ(db.ErrorOf("DROP SCHEMA shop"), "2BP01: cannot drop schema shop because other objects depend on it");
  db.search_path = {"shop", "public"};
  db.Run("CREATE TABLE first (a int)");
  EXPECT_NE(db.catalog().FindTable("shop", "first"), nullptr);
  db.search_path = {"public"};
  EXPECT_EQ(db.ErrorOf("ALTER TABLE shop.t SET SCHEMA public"), "42P07: relation \"t\" already exists in schema \"public\"");
  db.Run("ALTER TABLE shop.t RENAME TO things; ALTER TABLE shop.things SET SCHEMA public; INSERT INTO things DEFAULT VALUES");
  EXPECT_EQ(db.Query("SELECT count(*) FROM things"), "3");
  EXPECT_NE(db.catalog().FindSequence("public", "t_id_seq"), nullptr);
  db.Run("DROP SCHEMA shop CASCADE");
  ASSERT_EQ(db.notices().size(), 1u);
  EXPECT_EQ(db.notices()[0].message, "drop cascades to table shop.first");
  EXPECT_EQ(db.Integrity(), "ok");
}

}  // namespace
}  // namespace allod::planner
