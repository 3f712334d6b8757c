#include "sql/annotations.h"

#include <gtest/gtest.h>

#include "sql/parse_testing.h"

namespace allod::sql {
namespace {

// One line per statement: what was found, then what the grammar made of the rest.
std::string Describe(const Statement& statement) {
  static const char* const kWords[] = {"OWNED_BY", "ACCESSED_BY", "OWNS", "ACCESSES", "ONLY"};
  std::string text;
  if (statement.data_subject) text += "subject ";
  // An annotation is told by its key: the column, or the constraint's columns.
  WalkMessages(&statement.node->base, [&](const ProtobufCMessage* message) {
    if (message->descriptor != &pg_query__constraint__descriptor) return;
    auto* constraint = reinterpret_cast<const PgQuery__Constraint*>(message);
    if (constraint->contype != PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) return;
    for (const KeyAnnotation& key : statement.keys)
      if (key.location == constraint->location)
        text += std::string(kWords[static_cast<int>(key.word)]) + ":" + constraint->pktable->relname + " ";
  });
  for (const RuleClause& rule : statement.rules) {
    text += rule.on_delete ? "del:" : "get:";
    text += rule.via_table.empty() ? rule.via_column : rule.via_table + "(" + rule.via_column + ")";
    text += rule.delete_row ? "!" : "";
    for (const std::string& column : rule.columns) text += "," + column;
    text += " ";
  }
  auto printed = Deparse(statement.node);
  return text + "| " + (printed.ok() ? *printed : printed.status().error().message);
}

TEST(Annotations, AreFoundAndTakenOut) {
  struct {
    const char* text;
    const char* expected;
  } const kCases[] = {
      // K9db's own spellings.
      {"CREATE DATA_SUBJECT TABLE users (\n  ID INT,\n  name TEXT,\n  PRIMARY KEY(ID)\n)",
       "subject | CREATE TABLE users (id int, name text, PRIMARY KEY (id))"},
      {"CREATE TABLE members (ID INT, user_id INT, group_id INT, PRIMARY KEY(ID),\n"
       "  FOREIGN KEY (user_id) OWNED_BY users(ID),\n  FOREIGN KEY (group_id) OWNS usergroups(ID))",
       "OWNED_BY:users OWNS:usergroups | CREATE TABLE members (id int, user_id int, group_id int, PRIMARY KEY (id), "
       "FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (group_id) REFERENCES usergroups (id))"},
      {"CREATE TABLE shares (-- The creator owns the file.\n FOREIGN KEY (creator) OWNED_BY users(ID),\n"
       "-- Sharing, only ACCESSES\n FOREIGN KEY (w) ACCESSED_BY users(ID), FOREIGN KEY (f) ACCESSES files(ID), creator "
       "INT)",
       "OWNED_BY:users ACCESSED_BY:users ACCESSES:files | CREATE TABLE shares (FOREIGN KEY (creator) REFERENCES users "
       "(id), "
       "FOREIGN KEY (w) REFERENCES users (id), FOREIGN KEY (f) REFERENCES files (id), creator int)"},
      {"create data_subject table if not exists s.u (id int)", "subject | CREATE TABLE IF NOT EXISTS s.u (id int)"},
      // Column constraints.
      {"CREATE TABLE t (user_id INT OWNED_BY users(id))",
       "OWNED_BY:users | CREATE TABLE t (user_id int REFERENCES users (id))"},
      {"CREATE TABLE t (a INT NOT NULL OWNED_BY users(id) ON DELETE CASCADE, b INT)",
       "OWNED_BY:users | CREATE TABLE t (a int NOT NULL REFERENCES users (id) ON DELETE CASCADE, b int)"},
      {"CREATE TABLE t (a INT OWNS users)", "OWNS:users | CREATE TABLE t (a int REFERENCES users)"},
      {"CREATE TABLE t (a INT REFERENCES ONLY users(id))", "ONLY:users | CREATE TABLE t (a int REFERENCES users (id))"},
      {"CREATE TABLE t (a INT REFERENCES users(id))", "| CREATE TABLE t (a int REFERENCES users (id))"},
      {"CREATE TABLE t (a INT CONSTRAINT fk OWNED_BY users(id) NOT NULL)",
       "OWNED_BY:users | CREATE TABLE t (a int CONSTRAINT fk REFERENCES users (id) NOT NULL)"},
      {"CREATE TABLE t (a double precision DEFAULT f(1, 2) OWNED_BY s.\"Users\"(\"ID\") UNIQUE)",
       "OWNED_BY:Users | CREATE TABLE t (a double precision DEFAULT f(1, 2) REFERENCES s.\"Users\" (\"ID\") UNIQUE)"},
      {"CREATE TABLE t (a numeric(10, 2) owned_by u(id), b int[] OWNS v, c INT DEFAULT 5 ACCESSES w(id))",
       "OWNED_BY:u OWNS:v ACCESSES:w | CREATE TABLE t (a numeric(10, 2) REFERENCES u (id), b int[] REFERENCES v, "
       "c int DEFAULT 5 REFERENCES w (id))"},
      {"CREATE TABLE t (a INT OWNED_BY u(id) OWNS v(id))",
       "OWNED_BY:u OWNS:v | CREATE TABLE t (a int REFERENCES u (id) REFERENCES v (id))"},
      // Table constraints.
      {"CREATE TABLE t (a INT, b INT, CONSTRAINT fk FOREIGN KEY (a, b) OWNED_BY u(x, y) ON DELETE SET NULL DEFERRABLE)",
       "OWNED_BY:u | CREATE TABLE t (a int, b int, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES u (x, y) ON DELETE SET "
       "NULL DEFERRABLE)"},
      {"CREATE TABLE t (a INT, CONSTRAINT \"fk\" FOREIGN KEY (a) REFERENCES ONLY u(x))",
       "ONLY:u | CREATE TABLE t (a int, CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (x))"},
      {"CREATE TABLE t (a INT, FOREIGN KEY (a)OWNED_BY\"U\"(id))",
       "OWNED_BY:U | CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES \"U\" (id))"},
      {"CREATE TABLE t (a INT, FOREIGN/**/KEY/**/(a)/**/OWNED_BY/**/u)",
       "OWNED_BY:u | CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u)"},
      // Rules: first, in the middle, last, alone, several.
      {"CREATE TABLE t (ON DEL a ANON (b), a INT)", "del:a,b | CREATE TABLE t (a int)"},
      {"CREATE TABLE t (a INT, ON GET a ANON (b, \"C\"), b INT)", "get:a,b,C | CREATE TABLE t (a int, b int)"},
      {"CREATE TABLE t (a INT, ON DEL m(a) DELETE_ROW)", "del:m(a)! | CREATE TABLE t (a int)"},
      {"CREATE TABLE t (ON DEL a DELETE_ROW)", "del:a! | CREATE TABLE t ()"},
      {"CREATE TABLE t (ON DEL a DELETE_ROW, ON GET b DELETE_ROW)", "del:a! get:b! | CREATE TABLE t ()"},
      {"CREATE TABLE t (ON DEL a DELETE_ROW, ON GET b ANON (c), a INT OWNS x, ON DEL c DELETE_ROW, ON DEL d ANON(e,f), "
       "g INT)",
       "OWNS:x del:a! get:b,c del:c! del:d,e,f | CREATE TABLE t (a int REFERENCES x, g int)"},
      {"CREATE TABLE t (a INT OWNED_BY u(id) ON DELETE CASCADE, ON DEL a ANON (a))",
       "OWNED_BY:u del:a,a | CREATE TABLE t (a int REFERENCES u (id) ON DELETE CASCADE)"},
      {"CREATE TABLE t (a INT, /* x */ ON DEL a /* y, */ ANON (b) -- z,\n, b INT)",
       "del:a,b | CREATE TABLE t (a int, b int)"},
      // Names that look like annotations.
      {"CREATE TABLE owns (owns INT, accesses owns, get INT, del INT, gdpr INT, data_subject INT, ctx INT)",
       "| CREATE TABLE owns (owns int, accesses owns, get int, del int, gdpr int, data_subject int, ctx int)"},
      {"CREATE TABLE t (a INT CONSTRAINT owns NOT NULL, b TEXT COLLATE owns, c INT DEFAULT owns(1))",
       "| CREATE TABLE t (a int CONSTRAINT owns NOT NULL, b text COLLATE owns, c int DEFAULT owns(1))"},
      {"CREATE TABLE t (a INT \"not\".owns)", nullptr},
      {"CREATE TABLE t (a INT OWNS owns(owns), b x.owns OWNS y)",
       "OWNS:owns OWNS:y | CREATE TABLE t (a int REFERENCES owns (owns), b x.owns REFERENCES y)"},
      {"CREATE TABLE t (a INT \"owns\" b)", nullptr},
      {"CREATE TABLE t (a INT CHECK (owns > 1), CHECK (a OWNS b))", nullptr},
      {"SELECT owns, t.accesses, gdpr AS ctx FROM get AS del", "| SELECT owns, t.accesses, gdpr AS ctx FROM get del"},
      {"SELECT a owns FROM b owned_by JOIN c accesses ON del.x = get.y",
       "| SELECT a AS owns FROM b owned_by JOIN c accesses ON del.x = get.y"},
      {"CREATE TABLE t AS SELECT 1 AS owns", "| CREATE TABLE t AS SELECT 1 AS owns"},
      {"SET ctx.auto = on", "| SET \"ctx.auto\" TO ON"},
      // ALTER TABLE.
      {"ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT OWNED_BY u(id), ADD b INT OWNS v, ADD CONSTRAINT c FOREIGN KEY "
       "(d) ACCESSES w(id), "
       "ADD FOREIGN KEY (e) REFERENCES ONLY x(id), DROP COLUMN owns",
       "OWNED_BY:u OWNS:v ACCESSES:w ONLY:x | ALTER TABLE t ADD COLUMN IF NOT EXISTS a int REFERENCES u (id), "
       "ADD COLUMN b int REFERENCES v, ADD CONSTRAINT c FOREIGN KEY (d) REFERENCES w (id), "
       "ADD FOREIGN KEY (e) REFERENCES x (id), DROP owns"},
      {"ALTER TABLE ONLY s.t ADD CONSTRAINT fk FOREIGN KEY (a) OWNED_BY u(id) ON DELETE CASCADE",
       "OWNED_BY:u | ALTER TABLE ONLY s.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (id) ON DELETE CASCADE"},
      {"ALTER TABLE t ADD owns INT", "| ALTER TABLE t ADD COLUMN owns int"},
      {"ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE", "| ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE"},
      // Transactions.
      {"CTX START", "| BEGIN"},
      {"ctx Commit", "| COMMIT"},
      {"CTX/**/ROLLBACK", "| ROLLBACK"},
      {"SET AUTO_CTX", "| SET \"allod.auto_ctx\" TO ON"},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_EQ(parsed.ok(), test.expected != nullptr)
        << test.text << (parsed.ok() ? "" : ": " + parsed.status().error().message);
    EXPECT_EQ(CheckParse(test.text), "") << test.text;
    if (test.expected == nullptr) continue;
    ASSERT_EQ((*parsed)->statements.size(), 1u) << test.text;
    EXPECT_EQ(Describe((*parsed)->statements[0]), test.expected) << test.text;
    EXPECT_EQ((*parsed)->statements[0].text, test.text);
  }
}

TEST(Annotations, PositionsAreTheUsers) {
  const std::string text =
      "CTX START; CREATE DATA_SUBJECT TABLE \"é\" (id INT); CREATE TABLE t (ON DEL a DELETE_ROW, a INT OWNED_BY "
      "\"é\"(id), "
      "b INT REFERENCES ONLY \"é\"(id), c INT NOT NULL)";
  auto parsed = Parse(text);
  ASSERT_TRUE(parsed.ok());
  const Statement& table = (*parsed)->statements[2];
  std::vector<std::string> at;  // what stands at each constraint's and column's position
  WalkMessages(&table.node->base, [&](const ProtobufCMessage* message) {
    int location = -1;
    if (message->descriptor == &pg_query__constraint__descriptor)
      location = reinterpret_cast<const PgQuery__Constraint*>(message)->location;
    if (message->descriptor == &pg_query__column_def__descriptor)
      location = reinterpret_cast<const PgQuery__ColumnDef*>(message)->location;
    if (location < 0) return;
    int position = (*parsed)->Position(location);
    size_t byte = 0;
    while (CharacterPosition(text, static_cast<int>(byte)) < position) ++byte;
    at.push_back(text.substr(byte, text.find_first_of(" ,)", byte) - byte));
  });
  EXPECT_EQ(at, (std::vector<std::string>{"a", "OWNED_BY", "b", "REFERENCES", "c", "NOT"}));
  EXPECT_EQ(text.substr(table.rules[0].location, 8), "ON DEL a");
}

TEST(Annotations, Refusals) {
  struct {
    const char* text;
    const char* message;
    int position;
    const char* hint;
  } const kCases[] = {
      {"CREATE TABLE t (a INT OWNED BY u(id))", "syntax error at or near \"OWNED\"", 23, "Write OWNED_BY."},
      {"CREATE TABLE t (a INT OWNEDBY u(id))", "syntax error at or near \"OWNEDBY\"", 23, "Write OWNED_BY."},
      {"CREATE TABLE t (a INT OWEND_BY u(id))", "syntax error at or near \"OWEND_BY\"", 23, "Write OWNED_BY."},
      {"CREATE TABLE t (a INT, FOREIGN KEY (a) ACCESSED BY u(id))", "syntax error at or near \"ACCESSED\"", 40,
       "Write ACCESSED_BY."},
      {"ALTER TABLE t ADD FOREIGN KEY (a) OWN u(id)", "syntax error at or near \"OWN\"", 35, "Write OWNS."},
      {"CREATE TABLE t (a INT OWNS)", "syntax error at or near \"OWNS\"", 23,
       "Write it as REFERENCES is written: column type OWNS table(column), or FOREIGN KEY (column) OWNS "
       "table(column)."},
      {"CREATE DATASUBJECT TABLE t (a INT)", "syntax error at or near \"DATASUBJECT\"", 8,
       "Write CREATE DATA_SUBJECT TABLE."},
      {"CREATE DATA SUBJECT TABLE t (a INT)", "syntax error at or near \"DATA\"", 8, "Write DATA_SUBJECT."},
      {"CREATE TABLE t (a INT, ON DELETE a ANON (b))", "syntax error at or near \"ON\"", 24,
       "A rule is a table element: ON GET column ANON (column, ...), ON DEL column ANON (column, ...), "
       "ON GET column DELETE_ROW or ON DEL column DELETE_ROW."},
      {"CREATE TABLE t (a INT, ON DEL a)", "syntax error at or near \")\"", 32,
       "After the column write ANON (column, ...) or DELETE_ROW."},
      {"CREATE TABLE t (a INT, ON DEL a ANON b)", "syntax error at or near \"b\"", 38,
       "The columns stand in brackets: ANON (column, ...)."},
      {"CREATE TABLE t (a INT, ON DEL a ANON ())", "syntax error at or near \")\"", 39, ""},
      {"CREATE TABLE t (a INT, ON DEL a DELETE_ROW x)", "syntax error at or near \"x\"", 44, ""},
      {"CREATE TABLE t (a INT, ON DEL 'a' DELETE_ROW)", "syntax error at or near \"'a'\"", 31, ""},
      {"CREATE TABLE t (a INT, ON DEL a ANON (b)", "syntax error at end of input", 41, ""},
      {"CTX", "syntax error at end of input", 4, "Write CTX START, CTX COMMIT or CTX ROLLBACK."},
      {"CTX BEGIN", "syntax error at or near \"BEGIN\"", 5, "Write CTX START, CTX COMMIT or CTX ROLLBACK."},
      {"SELECT 1; CTX; SELECT 2", "syntax error at or near \";\"", 14, "Write CTX START, CTX COMMIT or CTX ROLLBACK."},
      {"SELECT 1 GDPR GET users 1", "syntax error at or near \"GET\"", 15, ""},
      {"CREATE TABLE t (a INT foo)", "syntax error at or near \"foo\"", 23, ""},
  };
  for (const auto& test : kCases) {
    auto parsed = Parse(test.text);
    ASSERT_FALSE(parsed.ok()) << test.text;
    const Error& error = parsed.status().error();
    EXPECT_EQ(error.sqlstate, "42601") << test.text;
    EXPECT_EQ(error.message, test.message) << test.text;
    EXPECT_EQ(error.position, test.position) << test.text;
    EXPECT_EQ(error.hint, test.hint) << test.text;
  }
}

TEST(Annotations, NamesAreFoldedAndCutAsPostgresDoes) {
  std::string eighty(80, 'x');
  auto parsed = Parse("CREATE TABLE t (a INT, ON DEL Sender ANON (\"Sender\", \"a\"\"b\", name, " + eighty + "))");
  ASSERT_TRUE(parsed.ok()) << parsed.status().error().message;
  const RuleClause& rule = (*parsed)->statements[0].rules[0];
  EXPECT_EQ(rule.via_column, "sender");
  EXPECT_EQ(rule.columns, (std::vector<std::string>{"Sender", "a\"b", "name", eighty.substr(0, 63)}));
}

TEST(Annotations, NoSubjectFromQuery) {
  auto parsed = Parse("SELECT 1; CREATE DATA_SUBJECT TABLE t AS SELECT 1");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.status().error().sqlstate, "0A000");
  EXPECT_EQ(parsed.status().error().position, 11);
}

}  // namespace
}  // namespace allod::sql
