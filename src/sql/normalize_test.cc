#include "sql/normalize.h"

#include <gtest/gtest.h>

namespace allod::sql {
namespace {

TEST(Normalize, LeavesEveryValueOut) {
  struct {
    const char *text, *normal;
  } cases[] = {
      {"SELECT 1", "SELECT ?"},
      {"select  name from t\n where id = 4711 and note='secret' -- secret\n/* secret */ or x = $1",
       "select name from t where id = ? and note=? or x = $1"},
      {"INSERT INTO t VALUES (1, -2.5e3, 'it''s secret', E'\\x73ecret', U&'\\0073ecret', B'101', X'5ec7e7', $$secret$$, $q$secret$q$, true, NULL)",
       "INSERT INTO t VALUES (?, -?, ?, ?, ? , ?, ?, ?, ?, ?, NULL)"},
      {"SELECT date '2001-01-01', interval '3' day, 'a' 'secret'", "SELECT date ?, interval ? day, ? ?"},
      {"GDPR FORGET users 4711", "GDPR FORGET users ?"},
      {"CREATE TABLE t (id int PRIMARY KEY, u int OWNED_BY users(id), x text DEFAULT 'secret')",
       "CREATE TABLE t (id int PRIMARY KEY, u int OWNED_BY users(id), x text DEFAULT ?)"},
      {"ALTER ROLE ada PASSWORD 'secret'", "ALTER ROLE ada PASSWORD ?"},
      {"SET my.key TO secret, secret2; SELECT a", "SET my.key TO ?; SELECT a"},
      {"SET my.key = secret", "SET my.key = ?"},
      {"UPDATE t SET a = b", "UPDATE t SET a = b"},
      {"SELECT 'secret", "<unreadable>"},
      {"SELECT \"secret", "<unreadable>"},
      {"SELECT $$secret", "<unreadable>"},
      {"SELEC 'secret' FRM", "SELEC ? FRM"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(Normalize(c.text), c.normal) << c.text;
  EXPECT_EQ(Normalize("SELECT * FROM \"T\" WHERE name = \"Alice\""), "SELECT * FROM \"T\" WHERE name = \"Alice\"");
  EXPECT_EQ(Normalize("SELECT * FROM \"T\" WHERE name = \"Alice\"", true), "SELECT * FROM \"?\" WHERE name = \"?\"");
  EXPECT_EQ(Normalize("SELECT U&\"Alice\"", true).find("Alice"), std::string::npos);
  EXPECT_EQ(Normalize("SELECT '\xff'"), "<unreadable>");
}

TEST(Normalize, IsBounded) {
  std::string list = "SELECT 0";
  for (int i = 0; i < 10'000; ++i) list += ", x" + std::to_string(i);
  EXPECT_LT(Normalize(list).size(), kMaxNormalizedBytes + 100);
  EXPECT_TRUE(Normalize(list).ends_with("..."));
  EXPECT_EQ(Normalize("SELECT '" + std::string(2 << 20, 'x') + "'"), "<unreadable>");
}

}  // namespace
}  // namespace allod::sql
