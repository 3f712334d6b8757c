// Tokens of a text, by PostgreSQL's own scanner, and what is checked on bytes and tokens before the grammar sees them.
// Internal to sql/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/tree.h"

namespace allod::sql {

struct Token {
  int start, end;  // bytes
  PgQuery__Token kind;
  PgQuery__KeywordKind keyword;
};

// Valid UTF-8 without NUL, or 22021. `marks` gets the number of characters before each kMarkBytes bytes; it stays empty
// for a text of ASCII alone, where characters are bytes.
inline constexpr size_t kMarkBytes = 1024;
Status CheckEncoding(std::string_view text, std::vector<int>* marks);

// What a look at the bytes tells, so that most statements need no pass over tokens.
struct Glance {
  bool may_annotate = false;  // some word of Allod's stands in it, perhaps within a string
  bool may_be_deep = false;   // the bounds must be checked on the tokens
  bool may_have_parameters = false;
};
Glance Look(std::string_view text);

// Tokens without comments. The error has a position in `text`.
Result<std::vector<Token>> Scan(const std::string& text);

// 54001 if a tree of these tokens could be deeper, or dearer to build, than the bounds of parse.h allow.
Status CheckBounds(std::string_view text, const std::vector<Token>& tokens);

// libpg_query's error as ours; its position counts characters of the text that it was given.
Status GrammarError(const char* message, int position);

// 1-based character position of a byte. Linear: for errors only.
int CharacterPosition(std::string_view text, int byte);

// ASCII only, as PostgreSQL folds identifiers.
bool EqualsIgnoringCase(std::string_view a, std::string_view lower_case_b);

}  // namespace allod::sql
