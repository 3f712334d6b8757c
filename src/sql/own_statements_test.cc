#include <gtest/gtest.h>

#include "sql/parse_testing.h"

namespace allod::sql {
namespace {

std::string Describe(const RuleClause& rule) {
  std::string text = rule.on_delete ? "del " : "get ";
  text += rule.via_table.empty() ? rule.via_column : rule.via_table + "(" + rule.via_column + ")";
  if (rule.delete_row) text += "!";
  for (const std::string& column : rule.columns) text += "," + column;
  return text;
}

std::string Describe(const Statement& statement) {
  if (auto* gdpr = std::get_if<GdprStatement>(&statement.own)) {
    std::string text = gdpr->explain ? "explain " : "";
    text += gdpr->kind == GdprStatement::Kind::kGet ? "get " : "forget ";
    text += (gdpr->schema.empty() ? "" : gdpr->schema + ".") + gdpr->table;
    for (const auto& part : gdpr->key)
      text += part.parameter > 0 ? " $" + std::to_string(part.parameter) : " <" + part.text + ">";
    return text;
  }
  if (std::holds_alternative<ExplainComplianceStatement>(statement.own)) return "explain compliance";
  if (auto* alter = std::get_if<AlterOwnershipStatement>(&statement.own)) {
    static const char* const kWords[] = {"OWNED_BY", "ACCESSED_BY", "OWNS", "ACCESSES", "ONLY"};
    std::string text =
        "alter " + (alter->schema.empty() ? "" : alter->schema + ".") + alter->table + (alter->if_exists ? "?" : "");
    for (const auto& action : alter->actions) {
      text += "; ";
      if (auto* subject = std::get_if<AlterOwnershipStatement::SetDataSubject>(&action))
        text += subject->on ? "subject" : "no subject";
      if (auto* key = std::get_if<AlterOwnershipStatement::AnnotateKey>(&action))
        text += key->constraint + " " + (key->word ? kWords[static_cast<int>(*key->word)] : "plain");
      if (auto* add = std::get_if<AlterOwnershipStatement::AddRule>(&action)) text += "add " + Describe(add->rule);
      if (auto* drop = std::get_if<AlterOwnershipStatement::DropRule>(&action)) text += "drop " + Describe(drop->rule);
    }
    return text;
  }
  return "not Allod's";
}

TEST(OwnStatements, AreParsed) {
  struct {
    const char* text;
    const char* expected;
  } const kCases[] = {
      {"GDPR GET users 1", "get users <1>"},
      {"gdpr forget Users 'a-b'", "forget users <a-b>"},
      {"GDPR GET users (1, 'x')", "get users <1> <x>"},
      {"GDPR GET users 1, 'x'", "get users <1> <x>"},
      {"GDPR GET users(1)", "get users <1>"},
      {"GDPR GET users $1", "get users $1"},
      {"GDPR FORGET users ($2, $1)", "forget users $2 $1"},
      {"GDPR GET users -1", "get users <-1>"},
      {"GDPR GET users (+1, -2.5, 1e3, true, false)", "get users <1> <-2.5> <1e3> <true> <false>"},
      {"GDPR GET s.users 1", "get s.users <1>"},
      {"GDPR GET \"S\".\"U sers\" 1", "get S.U sers <1>"},
      {"GDPR GET get 1", "get get <1>"},
      {"GDPR GET users ''", "get users <>"},
      {"GDPR GET users 'it''s'", "get users <it's>"},
      {"GDPR GET users E'a\\'b\\n'", "get users <a'b\n>"},
      {"GDPR GET users $$a'b$$", "get users <a'b>"},
      {"GDPR GET users 'a'\n'b'", "get users <ab>"},
      {"GDPR GET users 'é;--'", "get users <é;-->"},
      {"/* x */ GDPR -- y\n GET users /* z */ 1", "get users <1>"},
      {"EXPLAIN GDPR FORGET users 1", "explain forget users <1>"},
      {"explain gdpr get users (1,2)", "explain get users <1> <2>"},
      {"EXPLAIN COMPLIANCE", "explain compliance"},
      {"ALTER TABLE users SET DATA_SUBJECT", "alter users; subject"},
      {"ALTER TABLE IF EXISTS ONLY s.\"Users\" DROP data_subject", "alter s.Users?; no subject"},
      {"ALTER TABLE members ALTER CONSTRAINT members_user_id_fkey OWNED_BY",
       "alter members; members_user_id_fkey OWNED_BY"},
      {"ALTER TABLE m ALTER CONSTRAINT a OWNS, ALTER CONSTRAINT b ACCESSED_BY, ALTER CONSTRAINT \"C\" accesses",
       "alter m; a OWNS; b ACCESSED_BY; C ACCESSES"},
      {"ALTER TABLE m ALTER CONSTRAINT a REFERENCES ONLY, ALTER CONSTRAINT b REFERENCES", "alter m; a ONLY; b plain"},
      {"ALTER TABLE chat ADD ON DEL sender_id ANON (sender_id)", "alter chat; add del sender_id,sender_id"},
      {"ALTER TABLE chat ADD ON GET m(a) DELETE_ROW, DROP ON DEL b, DROP ON GET m(c)",
       "alter chat; add get m(a)!; drop del b; drop get m(c)"},
      {"ALTER TABLE t SET DATA_SUBJECT, ADD ON DEL a ANON (b, c), ALTER CONSTRAINT d OWNS",
       "alter t; subject; add del a,b,c; d OWNS"},
      // Not Allod's: PostgreSQL's grammar gets them.
      {"ALTER TABLE t DROP COLUMN data_subject", "not Allod's"},
      {"ALTER TABLE t DROP \"data_subject\"", "not Allod's"},
      {"ALTER TABLE t DROP data_subject CASCADE", "not Allod's"},
      {"ALTER TABLE t ADD data_subject INT", "not Allod's"},
      {"EXPLAIN SELECT gdpr FROM compliance", "not Allod's"},
      {"EXPLAIN (ANALYZE) SELECT 1", "not Allod's"},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_TRUE(parsed.ok()) << test.text << ": " << parsed.status().error().message;
    ASSERT_EQ((*parsed)->statements.size(), 1u) << test.text;
    const Statement& statement = (*parsed)->statements[0];
    EXPECT_EQ(Describe(statement), test.expected) << test.text;
    EXPECT_EQ(statement.node == nullptr, !std::holds_alternative<std::monostate>(statement.own)) << test.text;
  }
}

TEST(OwnStatements, Refusals) {
  const std::string gdpr = "Write GDPR GET table key or GDPR FORGET table key; a key of several columns: (key, key).";
  const std::string typed = "The key's type is known: write the value alone.";
  struct {
    std::string text;
    const char* sqlstate;
    const char* message;
    int position;
    std::string hint;
  } const kCases[] = {
      {"GDPR", "42601", "syntax error at end of input", 5, gdpr},
      {"GDPR DELETE users 1", "42601", "syntax error at or near \"DELETE\"", 6, gdpr},
      {"GDPR GET users", "42601", "syntax error at end of input", 15, gdpr},
      {"GDPR GET users; SELECT 1", "42601", "syntax error at or near \";\"", 15, gdpr},
      {"GDPR GET users WHERE id = 1", "42601", "syntax error at or near \"WHERE\"", 16, gdpr},
      {"GDPR GET users (1", "42601", "syntax error at end of input", 18, ""},
      {"GDPR GET users ()", "42601", "syntax error at or near \")\"", 17, gdpr},
      {"GDPR GET users 1 2", "42601", "syntax error at or near \"2\"", 18, gdpr},
      {"GDPR GET users 1,", "42601", "syntax error at end of input", 18, gdpr},
      {"GDPR GET users - - 1", "42601", "syntax error at or near \"-\"", 18, gdpr},
      {"GDPR GET users x'1f'", "42601", "syntax error at or near \"x'1f'\"", 16, gdpr},
      {"GDPR GET a.b.c 1", "42601", "syntax error at or near \".\"", 13, gdpr},
      {"GDPR GET users '1'::uuid", "42601", "syntax error at or near \"::\"", 19, typed},
      {"GDPR GET users ('1'::uuid, 2)", "42601", "syntax error at or near \"::\"", 20, typed},
      {"GDPR GET users CAST('1' AS uuid)", "42601", "syntax error at or near \"CAST\"", 16, typed},
      {"GDPR GET users uuid '1'", "42601", "syntax error at or near \"uuid\"", 16, typed},
      {"GDPR GET users NULL", "22004", "the key of a data subject cannot be null", 16, ""},
      {"GDPR GET users $0", "42P02", "there is no parameter $0", 16, ""},
      {"GDPR GET users $99999999999", "42P02", "there is no parameter $99999999999", 16, ""},
      {"SELECT 'é'; GDPR GET users NULL", "22004", "the key of a data subject cannot be null", 28, ""},
      {"EXPLAIN (ANALYZE, VERBOSE) GDPR GET users 1", "42601", "syntax error at or near \"GDPR\"", 28,
       "EXPLAIN GDPR takes no options."},
      {"EXPLAIN ANALYZE GDPR GET users 1", "42601", "syntax error at or near \"GDPR\"", 17,
       "EXPLAIN GDPR takes no options."},
      {"EXPLAIN (COSTS off) COMPLIANCE", "42601", "syntax error at or near \"COMPLIANCE\"", 21,
       "EXPLAIN COMPLIANCE takes no options."},
      {"EXPLAIN COMPLIANCE users", "42601", "syntax error at or near \"users\"", 20, ""},
      {"ALTER TABLE t SET DATA_SUBJECT, ADD COLUMN a INT", "0A000",
       "ALTER TABLE cannot change ownership and something else in one statement", 33,
       "Write two statements: one ALTER TABLE for the ownership, another for everything else."},
      {"ALTER TABLE t ALTER CONSTRAINT c OWNED_BY users(id)", "42601", "syntax error at or near \"users\"", 43,
       "The constraint knows its table: the annotation stands alone."},
      {"ALTER TABLE t SET DATA_SUBJECT,", "42601", "syntax error at end of input", 32, ""},
      {"ALTER TABLE t ADD ON DEL", "42601", "syntax error at end of input", 25, ""},
      {"ALTER TABLE t DROP ON DEL a ANON (b)", "42601", "syntax error at or near \"ANON\"", 29, ""},
      {"ALTER TABLE t ALTER CONSTRAINT c OWNS NOT VALID", "42601", "syntax error at or near \"NOT\"", 39, ""},
      {"ALTER TABLE a.b.c SET DATA_SUBJECT", "42601", "syntax error at or near \".\"", 16, ""},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_FALSE(parsed.ok()) << test.text;
    const Error& error = parsed.status().error();
    EXPECT_EQ(error.sqlstate, test.sqlstate) << test.text;
    EXPECT_EQ(error.message, test.message) << test.text;
    EXPECT_EQ(error.position, test.position) << test.text;
    EXPECT_EQ(error.hint, test.hint) << test.text;
  }
}

TEST(OwnStatements, LocationsAreOfTheUsersText) {
  const std::string text = "CTX START; SELECT 'é'; GDPR GET s.users 1; ALTER TABLE IF EXISTS m ADD ON DEL a DELETE_ROW";
  auto parsed = Parse(text);
  ASSERT_TRUE(parsed.ok());
  const auto& gdpr = std::get<GdprStatement>((*parsed)->statements[2].own);
  EXPECT_EQ(gdpr.table_location, static_cast<int>(text.find("s.users")));
  EXPECT_EQ((*parsed)->OriginalPosition(gdpr.table_location), gdpr.table_location);  // one two-byte character before it
  const auto& alter = std::get<AlterOwnershipStatement>((*parsed)->statements[3].own);
  EXPECT_EQ(alter.table_location, static_cast<int>(text.find("m ADD")));
  EXPECT_EQ(std::get<AlterOwnershipStatement::AddRule>(alter.actions[0]).rule.location,
            static_cast<int>(text.find("ON DEL")));
}

}  // namespace
}  // namespace allod::sql
