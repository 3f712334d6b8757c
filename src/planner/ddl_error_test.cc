// Refusals: SQLSTATE, message and position, as PostgreSQL 15 gives them (checked against it), or Allod's own.
#include "planner/ddl_testing.h"

namespace allod::planner {
namespace {

struct Refusal {
  std::string_view sql, sqlstate, message;
  int position = 0;
};

TEST(DdlError, Refusals) {
  TestDatabase db;
  db.Run("CREATE TABLE t (id int PRIMARY KEY, a int, b text, u int UNIQUE, j json); CREATE VIEW v AS SELECT id, a FROM t; "
         "CREATE SEQUENCE s; CREATE INDEX i ON t (a); CREATE TABLE nokey (x int); "
         "CREATE TABLE ident (k int GENERATED ALWAYS AS IDENTITY, n int NOT NULL, d int DEFAULT 1)");
  const std::string before = db.Dump();
  const Refusal refusals[] = {
      // CREATE TABLE: names
      {"CREATE TABLE t (a int)", "42P07", "relation \"t\" already exists"},
      {"CREATE TABLE i (a int)", "42P07", "relation \"i\" already exists"},
      {"CREATE TABLE v (a int)", "42P07", "relation \"v\" already exists"},
      {"CREATE TABLE s (a int)", "42P07", "relation \"s\" already exists"},
      {"CREATE TABLE nope.x (a int)", "3F000", "schema \"nope\" does not exist", 14},
      {"CREATE TABLE pg_catalog.x (a int)", "42501", "permission denied to create \"pg_catalog.x\""},
      {"CREATE TABLE x (a int, a text)", "42701", "column \"a\" specified more than once"},
      {"CREATE TABLE x (ctid int)", "42701", "column name \"ctid\" conflicts with a system column name"},
      {"CREATE TABLE x ()", "0A000", "a table needs at least one column"},
      // types
      {"CREATE TABLE x (a nope)", "42704", "type \"nope\" does not exist", 19},
      {"CREATE TABLE x (a serial[])", "0A000", "array of serial is not implemented", 19},
      {"CREATE TABLE x (a varchar(0))", "22023", "length for type varchar must be at least 1", 19},
      {"CREATE TABLE x (a record)", "42P16", "column \"a\" has pseudo-type record"},
      {"CREATE TABLE x (a text COLLATE \"de_DE\")", "0A000", "collation \"de_DE\" is not supported", 24},
      // column constraints
      {"CREATE TABLE x (a int NULL NOT NULL)", "42601", "conflicting NULL/NOT NULL declarations for column \"a\" of table \"x\"", 28},
      {"CREATE TABLE x (a int DEFAULT 1 DEFAULT 2)", "42601", "multiple default values specified for column \"a\" of table \"x\"", 33},
      {"CREATE TABLE x (a int DEFAULT b)", "0A000", "cannot use column reference in DEFAULT expression", 31},
      {"CREATE TABLE x (a int DEFAULT (SELECT 1))", "0A000", "cannot use subquery in DEFAULT expression", 31},
      {"CREATE TABLE x (a int DEFAULT count(*))", "42803", "aggregate functions are not allowed in DEFAULT expressions", 31},
      {"CREATE TABLE x (a int DEFAULT 'x'::text)", "42804", "column \"a\" is of type integer but default expression is of type text"},
      {"CREATE TABLE x (a int DEFAULT 'x')", "22P02", "invalid input syntax for type integer: \"x\"", 31},
      {"CREATE TABLE x (a int DEFAULT nextval('nope'))", "42P01", "relation \"nope\" does not exist", 39},
      {"CREATE TABLE x (a int DEFAULT nope())", "42883", "function nope() does not exist", 31},
      {"CREATE TABLE x (a text GENERATED ALWAYS AS IDENTITY)", "22023", "identity column type must be smallint, integer, or bigint"},
      {"CREATE TABLE x (a int DEFAULT 1 GENERATED ALWAYS AS IDENTITY)", "42601", "both default and identity specified for column \"a\" of table \"x\"", 33},
      {"CREATE TABLE x (a int, b int GENERATED ALWAYS AS (a + 1) STORED)", "0A000", "generated columns are not supported", 30},
      {"CREATE TABLE x (a int NOT NULL DEFERRABLE)", "42601", "misplaced DEFERRABLE clause", 32},
      // keys
      {"CREATE TABLE x (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16", "multiple primary keys for table \"x\" are not allowed", 42},
      {"CREATE TABLE x (a int, PRIMARY KEY (z))", "42703", "column \"z\" named in key does not exist", 24},
      {"CREATE TABLE x (a int, UNIQUE (a, a))", "42701", "column \"a\" appears twice in unique constraint", 24},
      {"CREATE TABLE x (a json UNIQUE)", "42704", "data type json has no default operator class for access method \"btree\""},
      {"CREATE TABLE x (a int UNIQUE DEFERRABLE)", "0A000", "unique constraints cannot be deferrable", 23},
      {"CREATE TABLE x (a int CONSTRAINT t_pkey PRIMARY KEY)", "42P07", "relation \"t_pkey\" already exists"},
      {"CREATE TABLE x (a int, CONSTRAINT c CHECK (a > 0), CONSTRAINT c CHECK (a > 1))", "42710", "check constraint \"c\" already exists"},
      {"CREATE TABLE x (a int CHECK (z > 0))", "42703", "column \"z\" does not exist", 30},
      {"CREATE TABLE x (a int CHECK (a))", "42804", "argument of CHECK must be type boolean, not type integer", 30},
      {"CREATE TABLE x (a int CHECK (a > (SELECT 1)))", "0A000", "cannot use subquery in check constraint", 34},
      {"CREATE TABLE x (a int CHECK (sum(a) > 0))", "42803", "aggregate functions are not allowed in check constraints", 30},
      {"CREATE TABLE x (a int, EXCLUDE USING gist (a WITH =))", "0A000", "exclusion constraints are not supported", 24},
      // foreign keys
      {"CREATE TABLE x (a int REFERENCES nope)", "42P01", "relation \"nope\" does not exist"},
      {"CREATE TABLE x (a int REFERENCES v)", "42809", "referenced relation \"v\" is not a table"},
      {"CREATE TABLE x (a int REFERENCES nokey)", "42704", "there is no primary key for referenced table \"nokey\""},
      {"CREATE TABLE x (a int REFERENCES t(a))", "42830", "there is no unique constraint matching given keys for referenced table \"t\""},
      {"CREATE TABLE x (a int REFERENCES t(zz))", "42703", "column \"zz\" referenced in foreign key constraint does not exist"},
      {"CREATE TABLE x (a int, FOREIGN KEY (zz) REFERENCES t)", "42703", "column \"zz\" referenced in foreign key constraint does not exist"},
      {"CREATE TABLE x (a int, b int, FOREIGN KEY (a, b) REFERENCES t)", "42830", "number of referencing and referenced columns for foreign key disagree"},
      {"CREATE TABLE x (a text REFERENCES t)", "42804", "foreign key constraint \"x_a_fkey\" cannot be implemented"},
      {"CREATE TABLE x (a numeric REFERENCES t)", "42804", "foreign key constraint \"x_a_fkey\" cannot be implemented"},
      {"CREATE TABLE x (a int, b int, FOREIGN KEY (a, b) REFERENCES t(id, u) MATCH FULL)", "42830",
       "there is no unique constraint matching given keys for referenced table \"t\""},
      // kinds of tables
      {"CREATE TEMP TABLE x (a int)", "0A000", "temporary relations are not supported"},
      {"CREATE TABLE x (a int) INHERITS (t)", "0A000", "table inheritance is not supported", 14},
      {"CREATE TABLE x (a int) PARTITION BY RANGE (a)", "0A000", "partitioned tables are not supported", 14},
      {"CREATE MATERIALIZED VIEW x AS SELECT 1", "0A000", "materialized views are not supported"},
      {"CREATE TABLE x (a int) WITH (nope = 1)", "22023", "unrecognized parameter \"nope\""},
      {"CREATE TABLE x (LIKE nope)", "42P01", "relation \"nope\" does not exist", 22},
      {"CREATE TABLE x (a, b) AS SELECT 1", "42601", "too many column names were specified"},
      // rules
      {"CREATE TABLE x (a int, ON DEL z ANON (a))", "42703", "column \"z\" of relation \"x\" named in anonymization rule does not exist", 24},
      {"CREATE TABLE x (a int, ON DEL other(z) ANON (a))", "42P01", "relation \"other\" does not exist", 24},
      // indexes
      {"CREATE INDEX ON nope (a)", "42P01", "relation \"nope\" does not exist"},
      {"CREATE INDEX ON v (a)", "42809", "cannot create index on relation \"v\""},
      {"CREATE INDEX ON t (zz)", "42703", "column \"zz\" does not exist"},
      {"CREATE INDEX ON t ((zz + 1))", "42703", "column \"zz\" does not exist", 21},
      {"CREATE INDEX i ON t (a)", "42P07", "relation \"i\" already exists"},
      {"CREATE INDEX ON t USING gin (a)", "0A000", "access method \"gin\" is not supported"},
      {"CREATE INDEX ON t USING nope (a)", "42704", "access method \"nope\" does not exist"},
      {"CREATE INDEX ON t (j)", "42704", "data type json has no default operator class for access method \"btree\""},
      {"CREATE INDEX ON t ((random()))", "42P17", "functions in index expression must be marked IMMUTABLE"},
      {"CREATE INDEX ON t (a) WHERE now() > '2020-01-01'", "42P17", "functions in index predicate must be marked IMMUTABLE"},
      // sequences
      {"CREATE SEQUENCE s", "42P07", "relation \"s\" already exists"},
      {"CREATE SEQUENCE x INCREMENT 0", "22023", "INCREMENT must not be zero"},
      {"CREATE SEQUENCE x MINVALUE 5 MAXVALUE 4", "22023", "MINVALUE (5) must be less than MAXVALUE (4)"},
      {"CREATE SEQUENCE x START 0", "22023", "START value (0) cannot be less than MINVALUE (1)"},
      {"CREATE SEQUENCE x AS text", "22023", "sequence type must be smallint, integer, or bigint"},
      {"ALTER SEQUENCE nope RESTART", "42P01", "relation \"nope\" does not exist"},
      {"ALTER SEQUENCE t RESTART", "42809", "\"t\" is not a sequence"},
      {"DROP SEQUENCE ident_k_seq", "2BP01", "cannot drop sequence ident_k_seq because column k of table ident requires it"},
      // schemas
      {"CREATE SCHEMA public", "42P06", "schema \"public\" already exists"},
      {"CREATE SCHEMA pg_x", "42939", "unacceptable schema name \"pg_x\""},
      {"DROP SCHEMA nope", "3F000", "schema \"nope\" does not exist"},
      {"DROP SCHEMA pg_catalog", "2BP01", "cannot drop schema pg_catalog because it is required by the database system"},
      // ALTER TABLE
      {"ALTER TABLE nope ADD a int", "42P01", "relation \"nope\" does not exist"},
      {"ALTER TABLE pg_class ADD a int", "42501", "permission denied: \"pg_class\" is a system catalog"},
      {"ALTER TABLE t ADD a int", "42701", "column \"a\" of relation \"t\" already exists"},
      {"ALTER TABLE t DROP zz", "42703", "column \"zz\" of relation \"t\" does not exist"},
      {"ALTER TABLE t DROP a", "2BP01", "cannot drop column a of table t because other objects depend on it"},
      {"ALTER TABLE t ALTER zz SET NOT NULL", "42703", "column \"zz\" of relation \"t\" does not exist"},
      {"ALTER TABLE t ALTER u SET DEFAULT 'a'::text", "42804", "column \"u\" is of type integer but default expression is of type text"},
      {"ALTER TABLE t DROP CONSTRAINT nope", "42704", "constraint \"nope\" of relation \"t\" does not exist"},
      {"ALTER TABLE t VALIDATE CONSTRAINT nope", "42704", "constraint \"nope\" of relation \"t\" does not exist"},
      {"ALTER TABLE t ADD PRIMARY KEY (a)", "42P16", "multiple primary keys for table \"t\" are not allowed"},
      {"ALTER TABLE t ADD CONSTRAINT t_pkey CHECK (a > 0)", "42710", "constraint \"t_pkey\" for relation \"t\" already exists"},
      {"ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i", "0A000", "a constraint cannot be made from an existing index", 19},
      {"ALTER TABLE t RENAME a TO b", "42701", "column \"b\" of relation \"t\" already exists"},
      {"ALTER TABLE t RENAME zz TO b2", "42703", "column \"zz\" does not exist"},
      {"ALTER TABLE t RENAME TO nokey", "42P07", "relation \"nokey\" already exists"},
      {"ALTER TABLE t RENAME CONSTRAINT zz TO y", "42704", "constraint \"zz\" for table \"t\" does not exist"},
      {"ALTER TABLE t ALTER u ADD GENERATED ALWAYS AS IDENTITY", "55000", "column \"u\" of relation \"t\" must be declared NOT NULL before identity can be added"},
      {"ALTER TABLE ident ALTER k SET DEFAULT 1", "42601", "column \"k\" of relation \"ident\" is an identity column"},
      {"ALTER TABLE ident ALTER n DROP IDENTITY", "55000", "column \"n\" of relation \"ident\" is not an identity column"},
      {"ALTER TABLE t OWNER TO nobody", "42704", "role \"nobody\" does not exist"},
      {"ALTER TABLE t ENABLE ROW LEVEL SECURITY", "0A000", "row security policies are not supported"},
      {"ALTER TABLE t SET SCHEMA nope", "3F000", "schema \"nope\" does not exist"},
      {"ALTER TABLE t ALTER a TYPE bigint", "0A000", "cannot alter type of a column used by a view or rule"},
      {"ALTER TABLE ident ALTER k TYPE text", "22023", "identity column type must be smallint, integer, or bigint"},
      {"ALTER TABLE t SET DATA_SUBJECT, ALTER CONSTRAINT nope OWNS", "42704", "constraint \"nope\" of relation \"t\" does not exist"},
      // views, other
      {"CREATE TEMP VIEW x AS SELECT 1", "0A000", "temporary relations are not supported"},
      {"CREATE VIEW x AS SELECT 1 AS a WITH CHECK OPTION", "0A000", "WITH CHECK OPTION is not supported"},
      {"CREATE VIEW x (a, b) AS SELECT 1", "42601", "CREATE VIEW specifies more column names than columns"},
      {"CREATE OR REPLACE VIEW t AS SELECT 1", "42809", "\"t\" is not a view"},
      {"TRUNCATE v", "42809", "\"v\" is not a table"},
      {"COMMENT ON TABLE nope IS 'x'", "42P01", "relation \"nope\" does not exist"},
      {"DROP TABLE pg_class", "42501", "permission denied: \"pg_class\" is a system catalog"},
  };
  for (const Refusal& refusal : refusals) {
    const Status status = db.Try(refusal.sql);
    if (status.ok()) {
      ADD_FAILURE() << refusal.sql << " was not refused";
      break;
    }
    EXPECT_EQ(status.error().sqlstate, refusal.sqlstate) << refusal.sql << "\n" << status.error().message;
    EXPECT_EQ(status.error().message, refusal.message) << refusal.sql;
    EXPECT_EQ(status.error().position, refusal.position) << refusal.sql;
    if (refusal.sqlstate == "0A000" && refusal.message.find("cannot") == std::string_view::npos &&
        refusal.message.find("implemented") == std::string_view::npos) {
      EXPECT_FALSE(status.error().hint.empty()) << refusal.sql << ": what to write instead?";
    }
  }
  EXPECT_EQ(db.Dump(), before);
  EXPECT_EQ(db.Integrity(), "ok");
}

TEST(DdlError, IfExistsAndIfNotExistsGiveNotices) {
  TestDatabase db;
  db.Run("CREATE TABLE t (a int); CREATE SCHEMA app");
  struct {
    std::string_view sql, notice, tag;
  } const cases[] = {
      {"CREATE TABLE IF NOT EXISTS t (b int)", "relation \"t\" already exists, skipping", "CREATE TABLE"},
      {"CREATE SCHEMA IF NOT EXISTS app", "schema \"app\" already exists, skipping", "CREATE SCHEMA"},
      {"ALTER TABLE IF EXISTS nope ADD a int", "relation \"nope\" does not exist, skipping", "ALTER TABLE"},
      {"ALTER TABLE IF EXISTS nope RENAME TO x", "relation \"nope\" does not exist, skipping", "ALTER TABLE"},
      {"ALTER TABLE IF EXISTS nope SET DATA_SUBJECT", "relation \"nope\" does not exist, skipping", "ALTER TABLE"},
      {"ALTER TABLE t DROP COLUMN IF EXISTS z", "column \"z\" of relation \"t\" does not exist, skipping", "ALTER TABLE"},
      {"DROP TABLE IF EXISTS nope", "table \"nope\" does not exist, skipping", "DROP TABLE"},
      {"DROP VIEW IF EXISTS nope", "view \"nope\" does not exist, skipping", "DROP VIEW"},
      {"DROP INDEX IF EXISTS nope", "index \"nope\" does not exist, skipping", "DROP INDEX"},
      {"DROP SCHEMA IF EXISTS nope", "schema \"nope\" does not exist, skipping", "DROP SCHEMA"},
      {"DROP SEQUENCE IF EXISTS nope", "sequence \"nope\" does not exist, skipping", "DROP SEQUENCE"},
  };
  const uint64_t version = db.catalog().version();
  for (const auto& each : cases) {
    db.Run(each.sql);
    ASSERT_EQ(db.notices().size(), 1u) << each.sql;
    EXPECT_EQ(db.notices()[0].message, each.notice);
    EXPECT_EQ(db.tag(), each.tag);
    EXPECT_TRUE(db.last().script.empty()) << each.sql;
  }
  EXPECT_EQ(db.catalog().version(), version);  // nothing was defined, so no plan is stale
}

}  // namespace
}  // namespace allod::planner
