// Text -> tree. Allod's annotations and own statements are found in the token stream (pg_query_scan) and taken out; the
// rest is PostgreSQL's grammar (libpg_query). The tree is libpg_query's own (sql/tree.h): there is no second AST.
//
// What is rewritten, so that one grammar serves:   CTX START|COMMIT|ROLLBACK -> BEGIN|COMMIT|ROLLBACK,
// SET AUTO_CTX -> SET allod.auto_ctx = on, WITHOUT HISTORY -> nothing, t FOR SYSTEM_TIME ... -> allod.system_time('t', ...) (system_time.h),
// OWNED_BY|OWNS|ACCESSED_BY|ACCESSES t(..) -> REFERENCES t(..) (+ KeyAnnotation),
// REFERENCES ONLY t -> REFERENCES t, CREATE DATA_SUBJECT TABLE -> CREATE TABLE, ON GET|DEL ... -> nothing (+ RuleClause).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "sql/tree.h"

namespace allod::sql {

// Bounds, checked on the tokens before the grammar sees them (54000, 54001). The grammar has no stack guard of its own.
inline constexpr size_t kMaxStatementBytes = 64u << 20;
inline constexpr int kMaxNesting = 1000;          // brackets, CASE, NOT, unary operators
inline constexpr int kMaxChain = 5000;            // a + b + c + ...: left-deep, one level of tree each

enum class KeyWord : uint8_t { kOwnedBy, kAccessedBy, kOwns, kAccesses, kReferencesOnly };

// On a foreign key of CREATE TABLE or ALTER TABLE ADD: identified by the byte offset, in the *cleaned* text, that
// libpg_query gives as the Constraint node's `location` (the FOREIGN token of a table constraint, the REFERENCES token
// of a column constraint, the CONSTRAINT token if it is named).
struct KeyAnnotation {
  int location;
  KeyWord word;
};

// ON GET|DEL <via> ANON (c, ...) | DELETE_ROW
struct RuleClause {
  bool on_delete = false;  // ON DEL; else ON GET
  std::string via_table;   // "" : the table itself
  std::string via_column;
  bool delete_row = false;
  std::vector<std::string> columns;
  int location = 0;  // in the original text
};

// Statements that are Allod's alone.
struct GdprStatement {
  enum class Kind : uint8_t { kGet, kForget } kind = Kind::kGet;
  bool explain = false;
  std::string schema, table;
  // Each key part is a constant's text (with its quotes taken off) or a parameter.
  struct KeyPart { std::string text; bool is_null = false; int parameter = 0; };
  std::vector<KeyPart> key;
  int table_location = 0;  // in the original text
};
struct ExplainComplianceStatement {};
struct VerifyStatement {
  std::string schema, table;  // "": the whole database
  int table_location = 0;     // in the original text
};
struct AlterOwnershipStatement {
  std::string schema, table;
  bool if_exists = false;
  struct SetDataSubject { bool on; };                                            // SET DATA_SUBJECT, DROP DATA_SUBJECT
  struct SetHistory { bool on; };                                                // SET WITH HISTORY, SET WITHOUT HISTORY
  struct AnnotateKey { std::string constraint; std::optional<KeyWord> word; };  // ALTER CONSTRAINT c OWNED_BY; none: plain REFERENCES
  struct AddRule { RuleClause rule; };                                           // ADD ON DEL ...
  struct DropRule { RuleClause rule; };                                          // DROP ON DEL col
  std::vector<std::variant<SetDataSubject, SetHistory, AnnotateKey, AddRule, DropRule>> actions;
  int table_location = 0;
};
using OwnStatement = std::variant<std::monostate, GdprStatement, ExplainComplianceStatement, VerifyStatement, AlterOwnershipStatement>;

struct Statement {
  OwnStatement own;             // monostate: see node
  PgQuery__Node* node = nullptr;  // null if own, or if the statement is empty
  std::string text;             // this statement alone, as the user wrote it
  int cleaned_start = 0, cleaned_end = 0;  // [start, end) of it in Parsed::cleaned; own statements have none
  int parameters = 0;           // highest $n
  bool data_subject = false;    // CREATE DATA_SUBJECT TABLE
  bool without_history = false;  // CREATE TABLE ... WITHOUT HISTORY
  std::vector<KeyAnnotation> keys;
  std::vector<RuleClause> rules;
};

// The statements of one text. Immutable but for the arena, which the Binder may add nodes to.
class Parsed {
 public:
  std::vector<Statement> statements;
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();

  // Byte offset in the cleaned text (any `location` of the tree) -> 1-based character position in the user's text.
  // Constant time (but for a binary search among the shifts). 0 for a negative location, which means "unknown".
  int Position(int location) const;
  // The same for a byte offset in the user's own text: RuleClause::location, table_location.
  int OriginalPosition(int byte) const;

  // A statement as PostgreSQL's grammar takes it, without what is Allod's alone: for an engine that understands SQL itself.
  std::string_view Cleaned(const Statement& statement) const {
    return std::string_view(cleaned.empty() ? original : cleaned)
        .substr(static_cast<size_t>(statement.cleaned_start), static_cast<size_t>(statement.cleaned_end - statement.cleaned_start));
  }
  // A 1-based character position in Cleaned(statement) -> in the user's text.
  int CleanedPosition(const Statement& statement, int position) const;

  std::string original;
  std::string cleaned;  // "": nothing was rewritten
  struct Shift { int cleaned, original; };  // from byte `cleaned` of the cleaned text on, bytes run from `original`
  std::vector<Shift> shifts;
  std::vector<int> marks;  // characters before each kilobyte of `original`; empty if it is ASCII
};

// 42601 with a position on a syntax error; 22021 for invalid UTF-8 or NUL; 54000/54001 beyond the bounds.
// Thread-safe. Runs deep recursion on the caller's stack: call it on a thread made by base/thread.h.
Result<std::shared_ptr<Parsed>> Parse(std::string_view text);
// One expression (a stored default, check or index expression).
Result<PgQuery__Node*> ParseExpression(std::string_view text, Arena& arena);
// The tree back to PostgreSQL's SQL (pg_query_deparse): for storing expressions and views canonically. The text is parsed
// again and compared (libpg_query's printer loses brackets and quotes at times): 0A000 if it would read differently. Not
// for hot paths. Same stack as Parse().
Result<std::string> Deparse(const PgQuery__Node* statement);
Result<std::string> DeparseExpression(const PgQuery__Node* expression);

// "quoted" if it must be.
std::string QuoteIdentifier(std::string_view name);
std::string QuoteLiteral(std::string_view text);

}  // namespace allod::sql
