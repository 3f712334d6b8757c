// Deterministic mutations of a corpus, under the property of annotation_fuzz.cc. ALLOD_FUZZ_SECONDS runs it longer,
// ALLOD_FUZZ_SEED from elsewhere.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>

// The fuzz target is no part of the library; here it is part of the test.
#include "sql/annotation_fuzz.cc"

namespace allod::sql {
namespace {

const char* const kCorpus[] = {
    "CREATE DATA_SUBJECT TABLE users (ID INT, name TEXT, PRIMARY KEY(ID));",
    "CREATE TABLE members (ID INT, user_id INT, group_id INT, PRIMARY KEY(ID), FOREIGN KEY (user_id) OWNED_BY "
    "users(ID), "
    "FOREIGN KEY (group_id) OWNS usergroups(ID));",
    "CREATE TABLE chat (id INT PRIMARY KEY, s INT NOT NULL OWNED_BY u(id) ON DELETE CASCADE, r INT CONSTRAINT fk "
    "ACCESSED_BY u, "
    "x INT REFERENCES ONLY u(id), ON DEL s ANON (s, \"T\"), ON GET m(r) DELETE_ROW, CHECK (id > 0))",
    "ALTER TABLE t ADD COLUMN a INT OWNED_BY u(id), ADD CONSTRAINT c FOREIGN KEY (d) ACCESSES w(id)",
    "ALTER TABLE t SET DATA_SUBJECT, ALTER CONSTRAINT c OWNED_BY, ADD ON DEL a ANON (b), DROP ON GET m(c)",
    "CTX START; INSERT INTO files VALUES (1, 'file 1'); CTX COMMIT; SET AUTO_CTX",
    "GDPR GET users (1, 'é', $2); EXPLAIN GDPR FORGET s.users -1; EXPLAIN COMPLIANCE",
    "SELECT a.\"B\", 'c' || $$d$$ -- e\n FROM t a JOIN u USING (id) WHERE x >= $1 AND y::int IN (1, 2) ORDER BY 1 "
    "LIMIT 5",
    "WITH w AS (SELECT CASE WHEN a THEN 1 ELSE 2 END FROM t) UPDATE x SET a = w.a FROM w WHERE NOT x.b RETURNING *",
    "INSERT INTO t (a) VALUES (1), (E'\\n'), (U&'\\0041') ON CONFLICT DO NOTHING /* ; */ ; DELETE FROM t",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT "
    "2)",
    "SELECT owns, get, del FROM accesses owned_by WHERE gdpr = ctx;",
};

const char* const kPieces[] = {
    "OWNED_BY",   "OWNS",         "ACCESSES", "ACCESSED_BY", "REFERENCES", "ONLY",   "ON",   "GET",   "DEL",
    "ANON",       "DELETE_ROW",   "(",        ")",           ",",          ";",      "'",    "\"",    "$$",
    "$1",         "--",           "\n",       "/*",          "*/",         "GDPR",   "CTX",  "START", "EXPLAIN",
    "COMPLIANCE", "DATA_SUBJECT", "CREATE",   "TABLE",       "ALTER",      "ADD",    "DROP", "SET",   "CONSTRAINT",
    "FOREIGN",    "KEY",          "CASE",     "END",         "BEGIN",      "ATOMIC", "NOT",  "INT",   "users(id)",
    "a",          "\"A\"",        "é",        "1",           "::",         ".",      "[",    "]",     "-",
    "NULL",       "DEFAULT",      "COLLATE",  "E'\\",        "U&\"a\"",    "\xff",   " ",
};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Next() {
    std::string text = kCorpus[Below(std::size(kCorpus))];
    if (Below(4) == 0) text += std::string("; ") + kCorpus[Below(std::size(kCorpus))];
    for (size_t count = 1 + Below(4); count > 0; --count) Mutate(&text);
    return text;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  // Between two words, as often as not, so that much of what comes out still means something.
  size_t Place(const std::string& text) {
    size_t at = Below(text.size() + 1);
    if (Below(4) != 0) at = text.find_first_of(" (),;", at);
    return std::min(at, text.size());
  }
  void Mutate(std::string* text) {
    size_t from = Place(*text), to = Place(*text);
    if (from > to) std::swap(from, to);
    std::string piece = text->substr(from, std::min<size_t>(to - from, 40));
    switch (Below(5)) {
      case 0:
        text->erase(from, piece.size());
        break;
      case 1:
        text->insert(Place(*text), piece);
        break;
      case 2:
        text->erase(from, piece.size());
        text->insert(Place(*text), piece);
        break;
      case 3:
        text->replace(from, piece.size(), kPieces[Below(std::size(kPieces))]);
        break;
      default:
        text->insert(from, std::string(" ") + kPieces[Below(std::size(kPieces))] + " ");
    }
  }
  std::mt19937 random_;
};

TEST(Mutations, NeverBreakTheParser) {
  OnParserStack([] {
    for (const char* text : kCorpus) ASSERT_EQ(CheckParse(text), "") << text;
    const char* seed = std::getenv("ALLOD_FUZZ_SEED");
    const char* seconds = std::getenv("ALLOD_FUZZ_SECONDS");
    const int64_t rounds = seconds != nullptr ? INT64_MAX : 60'000;
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoll(seconds) : 4);
    Mutator mutator(seed != nullptr ? static_cast<uint32_t>(std::atoll(seed)) : 1);
    int accepted = 0;
    for (int64_t i = 0; i < rounds && std::chrono::steady_clock::now() < end; ++i) {
      std::string text = mutator.Next();
      ASSERT_EQ(CheckParse(text), "") << text;
      auto parsed = Parse(text);
      if (!parsed.ok()) continue;
      ++accepted;
      // What is printed can be read again.
      for (const Statement& statement : (*parsed)->statements) {
        if (statement.node == nullptr) continue;
        auto printed = Deparse(statement.node);
        if (printed.ok()) {
          EXPECT_TRUE(Parse(*printed).ok()) << text << "\nprinted: " << *printed;
        }
      }
    }
    EXPECT_GT(accepted, 10);
  });
}

}  // namespace
}  // namespace allod::sql
