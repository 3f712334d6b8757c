// DROP, TRUNCATE and views: what depends on what.
#include "planner/ddl_testing.h"

namespace allod::planner {
namespace {

TEST(DdlDrop, TablesAndWhatDependsOnThem) {
  TestDatabase db;
  db.Run("CREATE TABLE users (id serial PRIMARY KEY, name text); CREATE TABLE posts (id int, u int REFERENCES users)");
  db.Run("CREATE VIEW v AS SELECT id, name FROM users; CREATE VIEW w AS SELECT name FROM v");
  db.Run("INSERT INTO users VALUES (1, 'a'); INSERT INTO posts VALUES (1, 1)");
  const Status refused = db.Try("DROP TABLE users");
  EXPECT_EQ(refused.error().sqlstate, "2BP01");
  EXPECT_EQ(refused.error().message, "cannot drop table users because other objects depend on it");
  EXPECT_EQ(refused.error().detail,
            "constraint posts_u_fkey on table posts depends on table users\n"
            "view v depends on table users\n"
            "view w depends on view v");
  EXPECT_EQ(refused.error().hint, "Use DROP ... CASCADE to drop the dependent objects too.");
  db.Run("DROP TABLE users CASCADE");
  ASSERT_EQ(db.notices().size(), 1u);
  EXPECT_EQ(db.notices()[0].message, "drop cascades to 3 other objects");
  EXPECT_EQ(db.catalog().FindTable("", "w"), nullptr);
  EXPECT_EQ(db.catalog().FindSequence("", "users_id_seq"), nullptr);
  EXPECT_TRUE(db.table("posts").constraints.empty());
  EXPECT_EQ(db.Query("SELECT * FROM posts"), "1,1");
  EXPECT_EQ(db.Integrity(), "ok");
  db.Run("DROP TABLE IF EXISTS users, posts, nope.x");
  EXPECT_EQ(db.notices()[0].message, "table \"users\" does not exist, skipping");
  EXPECT_EQ(db.notices()[1].message, "schema \"nope\" does not exist, skipping");
  EXPECT_EQ(db.catalog().FindTable("", "posts"), nullptr);
}

TEST(DdlDrop, TablesThatReferToEachOther) {
  TestDatabase db;
  db.Run("CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE RESTRICT)");
  db.Run("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE RESTRICT");
  db.Run("INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1");
  EXPECT_EQ(db.ErrorOf("DROP TABLE a").substr(0, 5), "2BP01");
  EXPECT_EQ(db.ErrorOf("TRUNCATE a"), "0A000: cannot truncate a table referenced in a foreign key constraint");
  db.Run("TRUNCATE a, b");
  EXPECT_EQ(db.Query("SELECT count(*) FROM a"), "0");
  EXPECT_EQ(db.ErrorOf("INSERT INTO b VALUES (1, 1)").substr(0, 5), "23503");  // the keys are back
  db.Run("INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1; DROP TABLE a, b");
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlDrop, Truncate) {
  TestDatabase db;
  db.Run("CREATE TABLE p (id serial PRIMARY KEY, self int REFERENCES p ON DELETE RESTRICT); CREATE TABLE c (p int REFERENCES p)");
  db.Run("INSERT INTO p (self) VALUES (1), (1), (2); INSERT INTO c VALUES (1), (2)");
  const Status refused = db.Try("TRUNCATE p");
  EXPECT_EQ(refused.error().detail, "Table \"c\" references \"p\".");
  EXPECT_EQ(refused.error().hint, "Truncate table \"c\" at the same time, or use TRUNCATE ... CASCADE.");
  const uint64_t version = db.catalog().version();
  db.Run("TRUNCATE p RESTART IDENTITY CASCADE");
  EXPECT_EQ(db.notices()[0].message, "truncate cascades to table \"c\"");
  EXPECT_EQ(db.tag(), "TRUNCATE TABLE");
  EXPECT_EQ(db.catalog().version(), version);
  EXPECT_EQ(db.Query("SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)"), "0,0");
  db.Run("INSERT INTO p (self) VALUES (NULL)");
  EXPECT_EQ(db.Query("SELECT id FROM p"), "1");
  EXPECT_EQ(db.ErrorOf("INSERT INTO p (self) VALUES (99)").substr(0, 5), "23503");
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlDrop, WrongKinds) {
  TestDatabase db;
  db.Run("CREATE TABLE t (id int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS a; CREATE SEQUENCE s; CREATE INDEX i ON t (id)");
  EXPECT_EQ(db.ErrorOf("DROP TABLE v"), "42809: \"v\" is not a table");
  EXPECT_EQ(db.Try("DROP TABLE v").error().hint, "Use DROP VIEW to remove a view.");
  EXPECT_EQ(db.ErrorOf("DROP VIEW t"), "42809: \"t\" is not a view");
  EXPECT_EQ(db.ErrorOf("DROP INDEX s"), "42809: \"s\" is not an index");
  EXPECT_EQ(db.ErrorOf("DROP INDEX t_pkey"),
            "2BP01: cannot drop index t_pkey because constraint t_pkey on table t requires it");
  EXPECT_EQ(db.ErrorOf("DROP TABLE nope"), "42P01: table \"nope\" does not exist");
  EXPECT_EQ(db.ErrorOf("DROP INDEX nope"), "42704: index \"nope\" does not exist");
  EXPECT_EQ(db.ErrorOf("DROP SEQUENCE nope"), "42P01: sequence \"nope\" does not exist");
  db.Run("DROP INDEX i; DROP VIEW v; DROP SEQUENCE s; DROP TYPE IF EXISTS mood");
}

TEST(DdlView, StarsAreWrittenOut) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b text); CREATE TABLE u (a int, c text)");
  db.Run("INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO u VALUES (1, 'z')");
  db.Run("CREATE VIEW v1 AS SELECT * FROM t; CREATE VIEW v2 AS SELECT * FROM t NATURAL LEFT JOIN u; "
         "CREATE VIEW v3 AS WITH k AS (SELECT * FROM u) SELECT t.*, k.c FROM t JOIN k USING (a); "
         "CREATE VIEW v4 (n, m) AS SELECT * FROM (SELECT DISTINCT * FROM t) AS s; "
         "CREATE VIEW v5 AS SELECT * FROM t WHERE (a, 'z') IN (SELECT * FROM u)");
  db.Run("ALTER TABLE t ADD c text DEFAULT 'new'; ALTER TABLE u ADD b text DEFAULT 'n'; ALTER TABLE u ADD z int");
  EXPECT_EQ(db.Query("SELECT * FROM v1 ORDER BY 1"), "1,x;2,y");
  EXPECT_EQ(db.Query("SELECT * FROM v2 ORDER BY 1"), "1,x,z;2,y,null");
  EXPECT_EQ(db.Query("SELECT * FROM v3"), "1,x,z");
  EXPECT_EQ(db.Query("SELECT m, n FROM v4 ORDER BY n"), "x,1;y,2");
  EXPECT_EQ(db.Query("SELECT * FROM v5"), "1,x");
}

TEST(DdlView, RenamesGoThrough) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b text, c int); INSERT INTO t VALUES (1, 'x', 7)");
  db.Run("CREATE VIEW v AS SELECT t.a, b FROM t WHERE public.t.c > 0; CREATE VIEW w AS SELECT * FROM v AS q");
  db.Run("ALTER TABLE t RENAME TO s; ALTER TABLE s RENAME b TO bb; ALTER TABLE s RENAME c TO cc; ALTER VIEW v RENAME TO vv; "
         "ALTER TABLE vv RENAME a TO aa");
  EXPECT_EQ(db.Query("SELECT aa, b FROM vv"), "1,x");
  EXPECT_EQ(db.Query("SELECT a, b FROM w"), "1,x");
  db.Run("ALTER TABLE s ADD b int, ADD c int DEFAULT -1");
  EXPECT_EQ(db.Query("SELECT * FROM w"), "1,x");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE s DROP COLUMN cc"), "2BP01: cannot drop column cc of table s because other objects depend on it");
  db.Run("ALTER TABLE s DROP COLUMN b, DROP COLUMN c");
  EXPECT_EQ(db.Query("SELECT * FROM w"), "1,x");
  db.Reopen();
  EXPECT_EQ(db.Query("SELECT * FROM w"), "1,x");
  db.Run("ALTER TABLE s DROP COLUMN cc CASCADE");
  EXPECT_EQ(db.catalog().FindTable("", "w"), nullptr);
}

TEST(DdlView, DroppedColumnThatNobodyReads) {
  TestDatabase db;
  db.Run("CREATE TABLE t (x int, a int, b text); INSERT INTO t VALUES (0, 1, 'x'); CREATE VIEW v AS SELECT a, b FROM t");
  db.Run("ALTER TABLE t RENAME b TO bb; ALTER TABLE t DROP COLUMN x");
  EXPECT_EQ(db.Query("SELECT * FROM v"), "1,x");
}

TEST(DdlView, ReplaceAndRefusals) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int, b text); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v");
  EXPECT_EQ(db.ErrorOf("CREATE VIEW v AS SELECT 1"), "42P07: relation \"v\" already exists");
  EXPECT_EQ(db.ErrorOf("CREATE OR REPLACE VIEW v AS SELECT b FROM t"),
            "42P16: cannot change name of view column \"a\" to \"b\"");
  EXPECT_EQ(db.ErrorOf("CREATE OR REPLACE VIEW v AS SELECT b AS a FROM t"),
            "42P16: cannot change data type of view column \"a\" from integer to text");
  EXPECT_EQ(db.ErrorOf("CREATE OR REPLACE VIEW v AS SELECT a FROM w"),
            "42P17: infinite recursion detected in rules for relation \"v\"");
  db.Run("CREATE OR REPLACE VIEW v AS SELECT a + 1 AS a, b FROM t; INSERT INTO t VALUES (1, 'x')");
  EXPECT_EQ(db.Query("SELECT * FROM w"), "2");
  EXPECT_EQ(db.ErrorOf("ALTER TABLE t ALTER a TYPE bigint"), "0A000: cannot alter type of a column used by a view or rule");
  EXPECT_EQ(db.ErrorOf("CREATE VIEW x AS SELECT 1 AS a, 2 AS a"), "42701: column \"a\" specified more than once");
  EXPECT_EQ(db.ErrorOf("CREATE VIEW x AS SELECT nope FROM t").substr(0, 5), "42703");
  EXPECT_EQ(db.Try("CREATE VIEW x AS SELECT nope FROM t").error().position, 25);
  EXPECT_EQ(db.ErrorOf("DROP VIEW v"), "2BP01: cannot drop view v because other objects depend on it");
}

TEST(DdlView, SearchPathIsFixedAtDefinition) {
  TestDatabase db;
  db.Run("CREATE SCHEMA app; CREATE TABLE app.t (a int); CREATE TABLE t (a int); INSERT INTO app.t VALUES (1); INSERT INTO t VALUES (2)");
  db.search_path = {"app", "public"};
  db.Run("CREATE VIEW v AS SELECT a FROM t");
  db.search_path = {"public"};
  EXPECT_EQ(db.Query("SELECT * FROM app.v"), "1");
  db.Run("ALTER SCHEMA app RENAME TO shop; ALTER TABLE shop.t SET SCHEMA shop");
  EXPECT_EQ(db.Query("SELECT * FROM shop.v"), "1");
}

}  // namespace
}  // namespace allod::planner
