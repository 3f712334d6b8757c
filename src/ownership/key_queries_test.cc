// The texts themselves. Those of the embedded engine are pinned: its plans, and so the cost of every commit, hang on
// them.
#include "ownership/key_queries.h"

#include <gtest/gtest.h>

#include "ownership/testing.h"

namespace allod::ownership {
namespace {

using engine::DialectId;
using testing::Schema;

Schema Groups() {
  Schema s;
  s.Table("users", "id* name:text", true)
      .Table("usergroups", "id* name:text")
      .Table("members", "id* user_id group_id")
      .Table("tags", "owner team:text number:numeric")
      .Table("teams", "name:text* number:numeric*");
  s.Key("members", "user_id", "OWNED_BY", "users")
      .Key("members", "group_id", "OWNS", "usergroups")
      .Key("tags", "owner", "OWNED_BY", "users")
      .Key("tags", "team number", "OWNS", "teams");
  return s;
}

class Texts : public ::testing::Test {
 protected:
  explicit Texts(DialectId dialect) : schema_(Groups()), graph_(*Graph::Build(schema_.catalog(), dialect)) {}
  const KeyQueries& queries() const { return graph_->queries(); }
  const catalog::Table& Table(const std::string& name) const { return *graph_->catalog().FindTable("", name); }
  Oid oid(const std::string& name) const { return schema_.oid(name); }
  const Edge& Into(const std::string& name) const { return *graph_->EdgesInto(oid(name))[0]; }

  Schema schema_;
  std::shared_ptr<const Graph> graph_;
};

class SqliteTexts : public Texts {
 protected:
  SqliteTexts() : Texts(DialectId::kSqlite) {}
};
class PostgresTexts : public Texts {
 protected:
  PostgresTexts() : Texts(DialectId::kPostgres) {}
};

TEST_F(SqliteTexts, AreAsTheyWere) {
  ASSERT_EQ(oid("users"), 16384U);
  const Lookup& users = queries().ByPrimaryKey(Table("users"));
  EXPECT_EQ(users.one_all, "SELECT r.rowid, r.c1, r.c2 FROM t16384 AS r WHERE r.c1 = ?1");
  EXPECT_EQ(users.one_keys, "SELECT r.rowid, r.c1 FROM t16384 AS r WHERE r.c1 = ?1");
  EXPECT_EQ(users.many_all,
            "SELECT k.c1, r.rowid, r.c1, r.c2 FROM allod_rows(?1) AS k CROSS JOIN t16384 AS r ON r.c1 = k.c0");
  EXPECT_EQ(queries().Along(Into("teams")).many_keys,
            "SELECT k.c2, r.rowid, r.c1, r.c2 FROM allod_rows(?1) AS k CROSS JOIN t16391 AS r ON r.c1 = k.c0 AND r.c2 "
            "= k.c1");
  const TableKeys& groups = queries().Of(oid("usergroups"));
  EXPECT_EQ(groups.delete_one, "DELETE FROM t16386 WHERE rowid = ?1");
  EXPECT_EQ(groups.delete_many, "DELETE FROM t16386 WHERE rowid IN (SELECT c0 FROM allod_rows(?1))");
  EXPECT_EQ(groups.unsupported,
            "SELECT 1, r.c1 FROM t16386 AS r WHERE NOT (EXISTS (SELECT 1 FROM t16388 AS rx1 WHERE rx1.c3 = r.c1 AND "
            "((rx1.c2 IS NOT NULL))))");
  EXPECT_EQ(
      queries().Rows(oid("usergroups")),
      "SELECT k.c1, r.c1, EXISTS (SELECT 1 FROM t16388 AS rx1 WHERE rx1.c3 = r.c1 AND ((rx1.c2 IS NOT NULL))) FROM "
      "allod_rows(?1) AS k CROSS JOIN t16386 AS r ON r.c1 = k.c0");
  EXPECT_EQ(
      queries().OtherHolders(Into("usergroups"), false),
      "SELECT k.c1 FROM allod_rows(?1) AS k WHERE EXISTS (SELECT 1 FROM t16388 AS h WHERE h.c3 = k.c0 AND h.rowid NOT "
      "IN (SELECT c0 FROM allod_rows(?2)))");
  EXPECT_EQ(queries().Givers(Into("usergroups"), false),
            "SELECT k.c1, r.c1, r.c2, r.c3, (r.c2 IS NOT NULL) FROM allod_rows(?1) AS k CROSS JOIN t16388 AS r ON r.c3 "
            "= k.c0");
  EXPECT_EQ(queries().Clear(oid("members"), {2, 3}),
            "UPDATE t16388 SET c2 = NULL, c3 = NULL WHERE rowid IN (SELECT c0 FROM allod_rows(?1))");
}

TEST_F(SqliteTexts, NothingIsHeld) {
  EXPECT_FALSE(queries().concurrent());
  EXPECT_EQ(queries().ByPrimaryKey(Table("users")).one_held, "");
  EXPECT_EQ(queries().HoldTargets(Into("usergroups")), "");
  EXPECT_EQ(queries().Of(oid("usergroups")).all_held, "");
  EXPECT_EQ(queries().DeleteTogether({oid("users")}), "");
  EXPECT_EQ(graph_->watch(oid("members"))->tables[0].table, "t16388");
}

TEST_F(PostgresTexts, NamesAreTheUsers) {
  EXPECT_EQ(queries().ByPrimaryKey(Table("users")).one_all,
            "SELECT 0, r.\"id\", r.\"name\" FROM \"public\".\"users\" AS r WHERE r.\"id\" OPERATOR(pg_catalog.=) "
            "$1::pg_catalog.int8");
  EXPECT_EQ(
      queries().Along(Into("teams")).many_held,
      "SELECT k.c2, 0, r.\"name\", r.\"number\" FROM unnest($1::pg_catalog.\"text\"[], $2::pg_catalog.\"numeric\"[], "
      "$3::pg_catalog.int8[]) AS k(c0, c1, c2) JOIN \"public\".\"teams\" AS r ON r.\"name\" OPERATOR(pg_catalog.=) "
      "k.c0 "
      "AND r.\"number\" OPERATOR(pg_catalog.=) k.c1 ORDER BY r.\"name\", r.\"number\" FOR UPDATE OF r");
  // The rows known come after the relation's three columns.
  EXPECT_EQ(
      queries().OtherHolders(Into("teams"), true),
      "SELECT k.c2 FROM unnest($1::pg_catalog.\"text\"[], $2::pg_catalog.\"numeric\"[], $3::pg_catalog.int8[]) AS "
      "k(c0, "
      "c1, c2) CROSS JOIN LATERAL (SELECT 1 FROM \"public\".\"tags\" AS r WHERE r.\"team\" OPERATOR(pg_catalog.=) k.c0 "
      "AND r.\"number\" OPERATOR(pg_catalog.=) k.c1 AND NOT ((r.tableoid, r.ctid) OPERATOR(pg_catalog.=) ANY (SELECT "
      "pg_catalog.split_part(x.c0, '(', 1)::pg_catalog.oid, ('(' || pg_catalog.split_part(x.c0, '(', "
      "2))::pg_catalog.tid FROM pg_catalog.unnest($4::pg_catalog.text[]) AS x(c0))) LIMIT 1 FOR SHARE OF r) AS h");
  EXPECT_EQ(
      queries().HoldTargets(Into("usergroups")),
      "SELECT 1 FROM pg_catalog.unnest($1::pg_catalog.int8[]) AS k(c0) JOIN \"public\".\"usergroups\" AS r ON r.\"id\" "
      "OPERATOR(pg_catalog.=) k.c0 ORDER BY r.\"id\" FOR NO KEY UPDATE OF r");
  EXPECT_EQ(queries().Clear(oid("members"), {2}),
            "UPDATE \"public\".\"members\" SET \"user_id\" = NULL WHERE ((\"id\") OPERATOR(pg_catalog.=) ANY (SELECT "
            "x.c0 FROM "
            "pg_catalog.unnest($1::pg_catalog.int8[]) AS x(c0)))");
  EXPECT_EQ(
      queries().DeleteTogether({oid("members"), oid("users")}),
      "WITH d0 AS (DELETE FROM \"public\".\"members\" AS r WHERE ((r.\"id\") OPERATOR(pg_catalog.=) ANY (SELECT x.c0 "
      "FROM "
      "pg_catalog.unnest($1::pg_catalog.int8[]) AS x(c0))) RETURNING 1), d1 AS (DELETE FROM \"public\".\"users\" AS r "
      "WHERE ((r.\"id\") OPERATOR(pg_catalog.=) ANY (SELECT x.c0 FROM pg_catalog.unnest($2::pg_catalog.int8[]) AS "
      "x(c0))) RETURNING 1) SELECT (SELECT pg_catalog.count(*) FROM d0) + (SELECT pg_catalog.count(*) FROM d1)");
  const engine::TableWatch& watch = graph_->watch(oid("members"))->tables[0];
  EXPECT_EQ(watch.table, "\"public\".\"members\"");
  EXPECT_EQ(watch.columns, (std::vector<std::string>{"id", "user_id", "group_id"}));
}

// Types that base/types.h does not know bring their name and their own equality; keys of other widths are compared as
// the widest; arrays travel as text.
TEST(PostgresNames, AreQuotedAndTyped) {
  Schema s;
  s.Table("odd \"one\"", "a* b* c* d*", true).Alter("odd \"one\"", [](catalog::Table& table) {
    table.columns[0].type = Type{987654};
    table.columns[0].type_name = "\"public\".\"mood\"";
    table.columns[1].type = Type{oid::kInt2};
    table.columns[2].type = Type{oid::kBpchar, 14};
    table.columns[3].type = Type{oid::kInt4Array};
  });
  auto graph = *Graph::Build(s.catalog(), DialectId::kPostgres);
  const catalog::Table& table = *graph->catalog().FindTable(s.oid("odd \"one\""));
  EXPECT_EQ(graph->queries().ByPrimaryKey(table).many_keys,
            "SELECT k.c4, 0, r.\"a\", r.\"b\", r.\"c\", r.\"d\" FROM unnest($1::\"public\".\"mood\"[], "
            "$2::pg_catalog.int8[], "
            "$3::pg_catalog.\"bpchar\"[], $4::pg_catalog.text[], $5::pg_catalog.int8[]) AS k(c0, c1, c2, c3, c4) JOIN "
            "\"public\".\"odd \"\"one\"\"\" AS r ON r.\"a\" = k.c0 AND r.\"b\" OPERATOR(pg_catalog.=) k.c1 AND r.\"c\" "
            "OPERATOR(pg_catalog.=) k.c2 AND r.\"d\" OPERATOR(pg_catalog.=) k.c3::pg_catalog.\"_int4\"");
}

}  // namespace
}  // namespace allod::ownership
