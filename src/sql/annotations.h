// Allod's words in the token stream. What PostgreSQL's grammar does not know is taken out of the text, by edits that
// keep every other byte, and noted beside it. Internal to sql/; the language is described in docs/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/parse.h"
#include "sql/scan.h"

namespace allod::sql {

// Replace bytes [start, end) of the user's text.
struct Edit {
  int start, end;
  std::string replacement;
};

// What one statement holds that is Allod's. Offsets are bytes of the user's text.
struct Found {
  int start = 0, end = 0;  // from its first token to the end of its last
  OwnStatement own;
  int parameters = 0;  // of `own`
  bool data_subject = false;
  bool without_history = false;
  struct Key {
    int location;
    KeyWord word;
  };
  std::vector<Key> keys;
  std::vector<RuleClause> rules;
};

// Appends to `edits` in the text's order. Statements without anything of Allod's are not in the answer.
Result<std::vector<Found>> FindAnnotations(std::string_view text, const std::vector<Token>& tokens,
                                           std::vector<Edit>* edits);

// What was probably meant by the word at `token` (and the one after it), where the grammar refused it; "" if nothing.
std::string AnnotationHint(std::string_view text, const std::vector<Token>& tokens, size_t token);

// The tokens of one statement, read from left to right.
class TokenCursor {
 public:
  // `limit` ends the whole text's tokens; a statement that ends before it is followed by a semicolon.
  TokenCursor(std::string_view text, const Token* begin, const Token* end, const Token* limit)
      : text_(text), at_(begin), end_(end), limit_(limit) {}

  bool done() const { return at_ == end_; }
  const Token* at() const { return at_; }
  const Token* end() const { return end_; }
  std::string_view Text(const Token& token) const { return text_.substr(token.start, token.end - token.start); }
  bool Is(PgQuery__Token kind, int ahead = 0) const { return ahead < end_ - at_ && at_[ahead].kind == kind; }
  // An unquoted identifier, in any case; `word` in lower case.
  bool IsWord(std::string_view word, int ahead = 0) const {
    return Is(PG_QUERY__TOKEN__IDENT, ahead) && EqualsIgnoringCase(Text(at_[ahead]), word);
  }
  bool IsOneOf(std::initializer_list<std::string_view> words, int ahead = 0) const;
  // Anything the grammar takes for a column's or table's name.
  bool IsName(int ahead = 0) const;
  void Skip(int count = 1) { at_ += count; }
  bool Accept(PgQuery__Token kind) { return Is(kind) && (++at_, true); }
  bool AcceptWord(std::string_view word) { return IsWord(word) && (++at_, true); }
  // From "(" or "[" to behind its partner; to the end if there is none.
  void SkipBrackets();

  Status Expect(PgQuery__Token kind);
  Result<std::string> Name();                                 // folded, or with its quotes taken off
  Status TableName(std::string* schema, std::string* table);  // [schema.]table
  // `syntax error at or near "x"`, as the grammar says it, at this token.
  Status SyntaxError() const;
  int Position(const Token& token) const { return CharacterPosition(text_, token.start); }

 private:
  std::string_view text_;
  const Token* at_;
  const Token* end_;
  const Token* limit_;
};

// ON GET|DEL via, from behind ON; with what is done about it, unless `via_only`.
Result<RuleClause> ParseRule(TokenCursor& cursor, int location, bool via_only);
bool IsRuleStart(const TokenCursor& cursor, int ahead = 0);  // ON GET, ON DEL

// own_statements.cc. Each returns false (and has not moved anything) if the statement is not of its kind.
Result<bool> ParseGdpr(TokenCursor cursor, Found* found);
Result<bool> ParseVerify(TokenCursor cursor, Found* found);
Result<bool> ParseAlterOwnership(TokenCursor cursor, Found* found);

}  // namespace allod::sql
