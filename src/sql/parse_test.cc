#include "sql/parse.h"

extern "C" {
#include <pg_query.h>
}

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "sql/parse_testing.h"
#include "sql/scan.h"

namespace allod::sql {
namespace {

std::string Repeat(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// On a stack as large as the server's.
Result<std::shared_ptr<Parsed>> ParseDeep(const std::string& text) {
  Result<std::shared_ptr<Parsed>> result = Fail("XX000", "not run");
  OnParserStack([&] { result = Parse(text); });
  return result;
}

TEST(Parse, SplitsStatements) {
  struct {
    const char* text;
    std::vector<std::string> statements;
  } const kCases[] = {
      {"", {}},
      {" ;; ; -- nothing\n /* ; */", {}},
      {"SELECT 1", {"SELECT 1"}},
      {"  SELECT 1 ;", {"SELECT 1"}},
      {"SELECT 1; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"SELECT ';'; SELECT 2", {"SELECT ';'", "SELECT 2"}},
      {"SELECT $$;$$; SELECT $a$;$$;$a$", {"SELECT $$;$$", "SELECT $a$;$$;$a$"}},
      {"SELECT 1 /* ; */ + 1; SELECT \";\" -- ;", {"SELECT 1 /* ; */ + 1", "SELECT \";\" -- ;"}},
      {"-- first\n/* /* nested */ ; */ SELECT 1", {"SELECT 1"}},
      {"SELECT 'é'; SELECT 'ü'", {"SELECT 'é'", "SELECT 'ü'"}},
      {"CTX START; SELECT 1; CTX COMMIT", {"CTX START", "SELECT 1", "CTX COMMIT"}},
      {"GDPR GET users 1; SELECT 2; GDPR FORGET users 1;", {"GDPR GET users 1", "SELECT 2", "GDPR FORGET users 1"}},
      {"SELECT 'GDPR GET users 1;'; -- GDPR GET users 1;\nSELECT 2", {"SELECT 'GDPR GET users 1;'", "SELECT 2"}},
      {"/* c */ GDPR GET users 1 /* d */ ; SET AUTO_CTX", {"GDPR GET users 1", "SET AUTO_CTX"}},
      {"CREATE DATA_SUBJECT TABLE u (id INT PRIMARY KEY); CREATE TABLE m (u INT OWNED_BY u(id)); SELECT 1",
       {"CREATE DATA_SUBJECT TABLE u (id INT PRIMARY KEY)", "CREATE TABLE m (u INT OWNED_BY u(id))", "SELECT 1"}},
      {"CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); GDPR GET t 1",
       {"CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "GDPR GET t 1"}},
      {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; GDPR GET t 1",
       {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END", "GDPR GET t 1"}},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_TRUE(parsed.ok()) << test.text << ": " << parsed.status().error().message;
    std::vector<std::string> texts;
    for (const Statement& statement : (*parsed)->statements) texts.push_back(statement.text);
    EXPECT_EQ(texts, test.statements) << test.text;
    EXPECT_EQ(CheckParse(test.text), "") << test.text;
  }
}

TEST(Parse, ReportsErrorsInTheUsersText) {
  struct {
    std::string text;
    std::string_view sqlstate;
    const char* message;
    int position;
  } const kCases[] = {
      {"SELEC 1", "42601", "syntax error at or near \"SELEC\"", 1},
      {"SELECT 1 FROM", "42601", "syntax error at end of input", 14},
      {"SELECT é FROM FROM", "42601", "syntax error at or near \"FROM\"", 15},
      {"SELECT 'äöü€😀', FROM", "42601", "syntax error at or near \"FROM\"", 17},
      {"SELECT 1;\nSELECT (2;", "42601", "syntax error at or near \";\"", 20},
      {"SELECT 'abc", "42601", "unterminated quoted string at or near \"'abc\"", 8},
      {"SELECT 1a", "42601", "trailing junk after numeric literal at or near \"1a\"", 8},
      {"SELECT E'\\u12'", "22025", "invalid Unicode escape", 0},
      // After something was taken out or put in.
      {"CTX START; SELECT é é é", "42601", "syntax error at or near \"é\"", 23},
      {"GDPR GET ü 1; SELECT FROM FROM", "42601", "syntax error at or near \"FROM\"", 27},
      {"CREATE TABLE é (a INT OWNS b(c), ON DEL a DELETE_ROW, b INT foo)", "42601", "syntax error at or near \"foo\"",
       61},
      {"CREATE TABLE t (a INT OWNS b(c) OWNS)", "42601", "syntax error at or near \"OWNS\"", 33},
      {"CREATE TABLE t (FOREIGN KEY OWNED_BY b(c))", "42601", "syntax error at or near \"OWNED_BY\"", 29},
      {"CREATE TABLE t (a INT DEFAULT OWNS b(c))", "42601", "syntax error at or near \"b\"", 36},
      // The grammar's word is the user's word.
      {"SELECT 1; CTX COMMIT OWNS", "42601", "syntax error at or near \"OWNS\"", 22},
      {std::string("SELECT \xff"), "22021", "invalid byte sequence for encoding \"UTF8\": 0xff", 0},
      {std::string("SELECT '\xc3"), "22021", "invalid byte sequence for encoding \"UTF8\": 0xc3", 0},
      {std::string("SELECT \xed\xa0\x80"), "22021", "invalid byte sequence for encoding \"UTF8\": 0xed 0xa0 0x80", 0},
      {std::string("SELECT 1\0, 2", 12), "22021", "invalid byte sequence for encoding \"UTF8\": 0x00", 0},
      {std::string("SELECT 'é'\0", 12), "22021", "invalid byte sequence for encoding \"UTF8\": 0x00", 0},
      {"SELECT 1 FROM t GROUP BY () MATCH PARTIAL", "42601", "syntax error at or near \"MATCH\"", 29},
      {"CREATE TABLE t (a INT REFERENCES b MATCH PARTIAL)", "0A000", "MATCH PARTIAL not yet implemented", 0},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_FALSE(parsed.ok()) << test.text;
    const Error& error = parsed.status().error();
    EXPECT_EQ(error.sqlstate, test.sqlstate) << test.text;
    EXPECT_EQ(error.message, test.message) << test.text;
    if (test.position != 0) {
      EXPECT_EQ(error.position, test.position) << test.text;
    }
  }
}

TEST(Parse, FindsTheHighestParameter) {
  struct {
    const char* text;
    std::vector<int> parameters;
  } const kCases[] = {
      {"SELECT 1", {0}},
      {"SELECT $1, $3", {3}},
      {"SELECT '$9', \"$8\", $$ $7 $$ /* $6 */ -- $5", {0}},
      {"INSERT INTO t VALUES ($1, ($2 + $4)::int), (CASE WHEN $5 THEN 1 END, NULL)", {5}},
      {"SELECT * FROM t WHERE a IN (SELECT b FROM u WHERE c = ANY($2)) LIMIT $3", {3}},
      {"SELECT $2; SELECT 1; GDPR GET users ($1, $7); SELECT $1", {2, 0, 7, 1}},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_TRUE(parsed.ok()) << test.text;
    std::vector<int> parameters;
    for (const Statement& statement : (*parsed)->statements) parameters.push_back(statement.parameters);
    EXPECT_EQ(parameters, test.parameters) << test.text;
  }
}

TEST(Parse, PositionsCountCharacters) {
  // More than a mark's kilobyte of two-byte characters.
  std::string text = "SELECT '" + Repeat("é", 3000) + "', a, '" + Repeat("€", 700) + "', b";
  auto parsed = Parse(text);
  ASSERT_TRUE(parsed.ok());
  for (size_t byte = 0; byte <= text.size(); ++byte)
    ASSERT_EQ((*parsed)->Position(static_cast<int>(byte)), CharacterPosition(text, static_cast<int>(byte))) << byte;
  EXPECT_EQ((*parsed)->Position(-1), 0);
}

TEST(Parse, Expressions) {
  struct {
    const char* text;
    const char* printed;
  } const kCases[] = {
      // printed null: refused
      {"1", "1"},
      {"a + 1", "a + 1"},
      {"(a > 0) AND b IS NOT NULL", "a > 0 AND b IS NOT NULL"},
      {"now()", "now()"},
      {"'it''s'::text", "'it''s'::text"},
      {"CASE WHEN a THEN 'x' ELSE NULL END", "CASE WHEN a THEN 'x' ELSE NULL END"},
      {"-- comment\n a", "a"},
      {"", nullptr},
      {"a, b", nullptr},
      {"a AS b", nullptr},
      {"a FROM t", nullptr},
      {"1; SELECT 2", nullptr},
      {"1 UNION SELECT 2", nullptr},
      {"1 WHERE true", nullptr},
      {"a LIMIT 1", nullptr},
      {"1 +", nullptr},
      {"1 FOR UPDATE", nullptr},
      {"1 INTO t", nullptr},
      {"1 ORDER BY 1", nullptr},
      {"*, 1", nullptr},
  };
  for (const auto& test : kCases) {
    Arena arena;
    auto node = ParseExpression(test.text, arena);
    ASSERT_EQ(node.ok(), test.printed != nullptr) << test.text;
    if (test.printed == nullptr) continue;
    auto printed = DeparseExpression(*node);
    ASSERT_TRUE(printed.ok()) << test.text << ": " << printed.status().error().message;
    EXPECT_EQ(*printed, test.printed);
  }
  Arena arena;
  EXPECT_EQ(ParseExpression("1 + )", arena).status().error().position, 5);
}

// ---------------------------------------------------------------------------------------------------------- bounds

struct Shape {
  const char* name;
  std::string before, open, middle, close, after;
};

const Shape kNestings[] = {
    {"bracket", "SELECT ", "(", "1", ")", ""},
    {"function", "SELECT ", "f(", "1", ")", ""},
    {"subselect", "SELECT ", "(SELECT ", "1", ")", ""},
    {"from", "SELECT ", "1 FROM (SELECT ", "1", ") x", ""},
    {"exists", "SELECT ", "EXISTS(SELECT 1 WHERE ", "a", ")", ""},
    {"with", "", "WITH x AS (", "SELECT 1", ") SELECT 1", ""},
    {"case", "SELECT ", "CASE WHEN ", "a", " THEN 1 END", ""},
    {"case else", "SELECT ", "CASE WHEN a THEN 1 ELSE ", "a", " END", ""},
    {"not", "SELECT ", "NOT ", "a", "", ""},
    {"minus", "SELECT ", "- ", "a", "", ""},
    {"operator", "SELECT ", "@ ", "a", "", ""},
    {"array", "SELECT ARRAY", "[", "1", "]", ""},
    {"row", "SELECT ", "ROW(", "1", ")", ""},
    {"minus bracket", "SELECT ", "-(", "a", ")", ""},
    {"subscript", "SELECT ", "a[", "1", "]", ""},
    {"join", "SELECT 1 FROM ", "(a JOIN ", "b", " ON true)", ""},
};

const Shape kChains[] = {
    {"plus", "SELECT 1", "+1", "", "", ""},
    {"concat", "SELECT a", "||a", "", "", ""},
    {"named operator", "SELECT a", " OPERATOR(pg_catalog.+) a", "", "", ""},
    {"cast", "SELECT 1", "::int", "", "", ""},
    {"union", "SELECT 1", " UNION SELECT 1", "", "", ""},
    {"except all", "SELECT 1", " EXCEPT ALL SELECT 1", "", "", ""},
    {"join", "SELECT 1 FROM a", " CROSS JOIN a", "", "", ""},
    {"is null", "SELECT 1", " IS NULL", "", "", ""},
    {"isnull", "SELECT 1", " ISNULL", "", "", ""},
    {"collate", "SELECT a", " COLLATE \"C\"", "", "", ""},
    {"at time zone", "SELECT a", " AT TIME ZONE 'x'", "", "", ""},
    {"between", "SELECT a", " IS NULL BETWEEN a AND a", "", "", ""},
};

// What the bounds allow must leave most of the server's stack (512 MB) to those who walk the tree afterwards.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kEnoughStack = 512u << 20;
#else
constexpr size_t kEnoughStack = 48u << 20;
#endif

TEST(Bounds, NestingIsParsedToTheBoundAndRefusedBeyond) {
  OnParserStack(
      [] {
        for (const Shape& shape : kNestings) {
          auto text = [&](int count) {
            return shape.before + Repeat(shape.open, count) + shape.middle + Repeat(shape.close, count) + shape.after;
          };
          // With prefixes and brackets mixed, each counts.
          auto parsed = Parse(text(kMaxNesting / 2 - 10));
          EXPECT_TRUE(parsed.ok()) << shape.name << ": " << parsed.status().error().message;
          for (int count : {2 * kMaxNesting + 100, 10'000}) {
            auto refused = Parse(text(count));
            ASSERT_FALSE(refused.ok()) << shape.name << " " << count;
            EXPECT_EQ(refused.status().error().sqlstate, sqlstate::kStatementTooComplex) << shape.name << " " << count;
          }
        }
      },
      kEnoughStack);
}

TEST(Bounds, ChainsAreParsedToTheBoundAndRefusedBeyond) {
  OnParserStack(
      [] {
        for (const Shape& shape : kChains) {
          auto parsed = Parse(shape.before + Repeat(shape.open, kMaxChain / 2 - 10));
          EXPECT_TRUE(parsed.ok()) << shape.name << ": " << parsed.status().error().message;
          // Printing brackets each level; within the bounds or not, it must come back.
          if (parsed.ok()) {
            auto printed = Deparse((*parsed)->statements[0].node);
            EXPECT_TRUE(printed.ok() || printed.status().error().sqlstate == sqlstate::kFeatureNotSupported)
                << shape.name;
          }
          auto refused = Parse(shape.before + Repeat(shape.open, kMaxChain + 10));
          ASSERT_FALSE(refused.ok()) << shape.name;
          EXPECT_EQ(refused.status().error().sqlstate, sqlstate::kStatementTooComplex) << shape.name;
        }
        EXPECT_TRUE(Parse("SELECT 1" + Repeat("+1", kMaxChain)).ok());
        EXPECT_TRUE(Parse("SELECT " + Repeat("(SELECT ", kMaxNesting - 10) + "1" + Repeat("+1", kMaxChain - 10) +
                          Repeat(")", kMaxNesting - 10))
                        .ok());
        EXPECT_TRUE(Parse("SELECT " + Repeat("(", kMaxNesting) + "1" + Repeat(")", kMaxNesting)).ok());
      },
      kEnoughStack);
}

TEST(Bounds, ChainsWithinNestingAddUp) {
  // Each bracket alone is within the bounds; the tree's depth is their sum.
  std::string text = "1";
  for (int i = 0; i < 50; ++i) text = "(" + text + Repeat("+1", 1000) + ")";
  auto refused = ParseDeep("SELECT " + text);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().sqlstate, sqlstate::kStatementTooComplex);
}

TEST(Bounds, WideStatementsAreNotDeep) {
  // Lists, conjunctions and many statements make no deep tree, however long.
  OnParserStack([] {
    for (const std::string& text : {
             "SELECT 1 WHERE a IN (0" + Repeat(", 1 + 2", 8000) + ")",
             "SELECT 1 WHERE a = 1" + Repeat(" OR a = 2 AND b < 3 AND c BETWEEN 1 AND 2", 8000),
             "SELECT 1" + Repeat(" UNION ALL SELECT a + b - c * d FROM t WHERE e = f AND g = -1", 2000),
             Repeat("SELECT 1 + 1;", 6000),
             "SELECT " + Repeat("CASE WHEN a = 1 THEN 'x' ELSE 'y' END, ", 5000) + "1",
             std::string("SELECT a AS case, b AS end, t.case FROM t"),
         }) {
      auto parsed = Parse(text);
      EXPECT_TRUE(parsed.ok()) << text.substr(0, 60) << ": " << parsed.status().error().message;
    }
  });
}

TEST(Bounds, RefusesWhatWouldBeSlowToPack) {
  // A megabyte of rows below a thousand levels.
  std::string rows = "VALUES (1)" + Repeat(", (1)", 100'000);
  auto start = std::chrono::steady_clock::now();
  auto refused = ParseDeep("SELECT " + Repeat("(SELECT (", 400) + rows + Repeat("))", 400));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().sqlstate, sqlstate::kStatementTooComplex);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Bounds, TooLong) {
  auto refused = Parse(std::string(kMaxStatementBytes + 1, ' '));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().error().sqlstate, sqlstate::kProgramLimitExceeded);
}

TEST(Parse, ManyRows) {
  std::string text = "INSERT INTO t VALUES ";
  for (int i = 0; i < 200'000; ++i)
    text += (i == 0 ? "(" : ", (") + std::to_string(i) + ", 'the text of row number " + std::to_string(i) + "', -3.5)";
  ASSERT_GT(text.size(), 9u << 20);
  auto parsed = ParseDeep(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status().error().message;
  ASSERT_EQ((*parsed)->statements.size(), 1u);
  const PgQuery__SelectStmt& select = *(*parsed)->statements[0].node->insert_stmt->select_stmt->select_stmt;
  EXPECT_EQ(select.n_values_lists, 200'000u);
  // Positions of all of them, in a text that is not ASCII: no scan from the start for each.
  text.resize(text.find(", (30000,"));
  auto umlauts = ParseDeep("/* ä */ " + text);
  ASSERT_TRUE(umlauts.ok());
  int last = 0;
  for (int byte = 0; byte < static_cast<int>(text.size()); byte += 5) last = (*umlauts)->Position(byte);
  EXPECT_GT(last, 1 << 20);
}

TEST(Parse, FromManyThreads) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&failures, t] {
      for (int i = 0; i < 200; ++i) {
        std::string column = "c" + std::to_string(t) + "_" + std::to_string(i);
        auto parsed = Parse("SELECT " + column + " FROM t; CREATE TABLE x (" + column + " INT OWNED_BY users(id))");
        auto refused = Parse("SELECT FROM FROM " + column);
        if (!parsed.ok() || refused.ok() || refused.status().error().position != 13) {
          ++failures;
          continue;
        }
        auto printed = Deparse((*parsed)->statements[0].node);
        if (!printed.ok() || *printed != "SELECT " + column + " FROM t" || (*parsed)->statements[1].keys.size() != 1)
          ++failures;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

// ------------------------------------------------------------------------------------------------- scan, tree, quote

TEST(Scan, ReadsWhatTheGeneratedReaderReads) {
  const std::string text =
      "SELECT a.\"B\", 'c' -- d\n/* e */ FROM t WHERE x >= $1 AND y::int = 1e5;" + Repeat("é ", 3000);
  auto tokens = Scan(text);
  ASSERT_TRUE(tokens.ok());
  PgQueryScanResult scan = pg_query_scan(text.c_str());
  PgQuery__ScanResult* expected =
      pg_query__scan_result__unpack(nullptr, scan.pbuf.len, reinterpret_cast<const uint8_t*>(scan.pbuf.data));
  size_t at = 0;
  for (size_t i = 0; i < expected->n_tokens; ++i) {
    const PgQuery__ScanToken& token = *expected->tokens[i];
    if (token.token == PG_QUERY__TOKEN__SQL_COMMENT || token.token == PG_QUERY__TOKEN__C_COMMENT) continue;
    ASSERT_LT(at, tokens->size());
    EXPECT_EQ((*tokens)[at].start, token.start);
    EXPECT_EQ((*tokens)[at].end, token.end);
    EXPECT_EQ((*tokens)[at].kind, token.token);
    EXPECT_EQ((*tokens)[at].keyword, token.keyword_kind);
    ++at;
  }
  EXPECT_EQ(at, tokens->size());
  pg_query__scan_result__free_unpacked(expected, nullptr);
  pg_query_free_scan_result(scan);
}

TEST(Tree, ArenaAlignsAndKeeps) {
  Arena arena;
  std::vector<char*> strings;
  for (int i = 0; i < 2000; ++i) {
    strings.push_back(arena.String(std::to_string(i)));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.Allocate(static_cast<size_t>(i) * 7)) % alignof(std::max_align_t), 0u);
  }
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(strings[i], std::to_string(i));
  EXPECT_STREQ(arena.String(""), "");
  auto* column = arena.Make<PgQuery__ColumnRef>(pg_query__column_ref__init);
  EXPECT_EQ(column->n_fields, 0u);
}

TEST(Parse, CleanedTextIsTheStatementWithoutWhatIsAllods) {
  auto parsed = Parse("SELECT 'é'; CREATE DATA_SUBJECT TABLE u (id int PRIMARY KEY, g int OWNS g(id), ON DEL g ANON (n), n text, x nosuch);");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ((*parsed)->statements.size(), 2u);
  EXPECT_EQ((*parsed)->Cleaned((*parsed)->statements[0]), "SELECT 'é'");
  const std::string_view cleaned = (*parsed)->Cleaned((*parsed)->statements[1]);
  EXPECT_EQ(cleaned.find("DATA_SUBJECT"), std::string_view::npos) << cleaned;
  EXPECT_EQ(cleaned.find("ANON"), std::string_view::npos) << cleaned;
  EXPECT_NE(cleaned.find("REFERENCES g(id)"), std::string_view::npos) << cleaned;
  auto again = Parse(cleaned);
  EXPECT_TRUE(again.ok());
  // A position that another server gives in the cleaned text is one in the user's text; both count characters.
  const int there = static_cast<int>(cleaned.find("nosuch")) + 1;
  const std::string& original = (*parsed)->original;
  const int here = static_cast<int>(original.find("nosuch"));  // in bytes; one character before it takes two
  EXPECT_EQ((*parsed)->CleanedPosition((*parsed)->statements[1], there), here);
  EXPECT_EQ((*parsed)->CleanedPosition((*parsed)->statements[1], 0), 0);
}

TEST(Parse, SystemTimeIsAFunction) {
  struct {
    const char* text;
    const char* cleaned;
  } const kCases[] = {
      {"SELECT * FROM t FOR SYSTEM_TIME AS OF now()", "SELECT * FROM allod.system_time('t', 'as of', now())"},
      {"SELECT * FROM t for system_time as of $1 AS x", "SELECT * FROM allod.system_time('t', 'as of', $1) AS x"},
      {"SELECT * FROM s.\"a 'b\" FOR SYSTEM_TIME AS OF '2026-01-01' x WHERE 1 = 1",
       "SELECT * FROM allod.system_time('s.\"a ''b\"', 'as of', '2026-01-01') x WHERE 1 = 1"},
      {"SELECT * FROM t FOR SYSTEM_TIME AS OF now() - interval '1' day old, u", "SELECT * FROM allod.system_time('t', 'as of', now() - interval '1' day) old, u"},
      {"SELECT * FROM t FOR SYSTEM_TIME AS OF timestamp '2026-01-01' AT TIME ZONE 'UTC' JOIN u ON true",
       "SELECT * FROM allod.system_time('t', 'as of', timestamp '2026-01-01' AT TIME ZONE 'UTC') JOIN u ON true"},
      {"SELECT * FROM t FOR SYSTEM_TIME AS OF CASE WHEN true THEN now() END x", "SELECT * FROM allod.system_time('t', 'as of', CASE WHEN true THEN now() END) x"},
      {"SELECT * FROM t FOR SYSTEM_TIME FROM $1 TO (SELECT a FROM b) AS x", "SELECT * FROM allod.system_time('t', 'from', $1 , (SELECT a FROM b)) AS x"},
      {"SELECT * FROM (SELECT * FROM t FOR SYSTEM_TIME BETWEEN $1 AND $2) AS x", "SELECT * FROM (SELECT * FROM allod.system_time('t', 'between', $1 , $2)) AS x"},
      {"SELECT * FROM t FOR SYSTEM_TIME ALL x FOR UPDATE", "SELECT * FROM allod.system_time('t', 'all') x FOR UPDATE"},
      {"SELECT 'FOR SYSTEM_TIME ALL'", "SELECT 'FOR SYSTEM_TIME ALL'"},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_TRUE(parsed.ok()) << test.text << ": " << parsed.status().error().message;
    std::string cleaned((*parsed)->Cleaned((*parsed)->statements[0]));
    // The clause leaves the blanks that stood around it.
    for (size_t at; (at = cleaned.find("  ")) != std::string::npos;) cleaned.erase(at, 1);
    for (size_t at; (at = cleaned.find(" ,")) != std::string::npos;) cleaned.erase(at, 1);
    for (size_t at; (at = cleaned.find(" )")) != std::string::npos;) cleaned.erase(at, 1);
    std::string expected = test.cleaned;
    for (size_t at; (at = expected.find(" ,")) != std::string::npos;) expected.erase(at, 1);
    EXPECT_EQ(cleaned, expected);
  }
}

TEST(Quote, Identifiers) {
  struct {
    const char* name;
    const char* quoted;
  } const kCases[] = {
      {"users", "users"},       {"a_1", "a_1"},         {"_x", "_x"},
      {"Users", "\"Users\""},   {"1a", "\"1a\""},       {"", "\"\""},
      {"a b", "\"a b\""},       {"a\"b", "\"a\"\"b\""}, {"select", "\"select\""},
      {"table", "\"table\""},   {"int", "\"int\""},     {"left", "\"left\""},
      {"name", "name"},         {"owner", "owner"},     {"owns", "owns"},
      {"é", "\"é\""},           {"a$b", "\"a$b\""},     {"end", "\"end\""},
      {"values", "\"values\""}, {"abort", "abort"},     {"data", "data"},
  };
  for (const auto& test : kCases) EXPECT_EQ(QuoteIdentifier(test.name), test.quoted);
}

TEST(Quote, Literals) {
  EXPECT_EQ(QuoteLiteral("abc"), "'abc'");
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
  EXPECT_EQ(QuoteLiteral("a\\b'c"), "E'a\\\\b''c'");
  EXPECT_EQ(QuoteLiteral(""), "''");
}

}  // namespace
}  // namespace allod::sql
