#include <algorithm>
#include <unordered_set>

#include "sql/parse.h"
#include "sql/scan.h"

namespace allod::sql {

namespace {

// Keywords that cannot be everyone's name. The scanner itself is asked about each word that the token list names, so
// that there is no second list to keep.
std::unordered_set<std::string> ReservedWords() {
  std::string words;
  const ProtobufCEnumDescriptor& tokens = pg_query__token__descriptor;
  for (unsigned i = 0; i < tokens.n_values; ++i) {
    std::string_view name = tokens.values[i].name;
    if (tokens.values[i].value <= PG_QUERY__TOKEN__C_COMMENT) continue;
    if (name.ends_with("_P")) name.remove_suffix(2);
    for (char c : name) words += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    words += ' ';
  }
  std::unordered_set<std::string> reserved;
  Result<std::vector<Token>> scanned = Scan(words);
  if (!scanned.ok()) return reserved;
  for (const Token& token : *scanned)
    if (token.keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD &&
        token.keyword != PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD)
      reserved.insert(words.substr(token.start, token.end - token.start));
  return reserved;
}

bool IsPlainName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  static const std::unordered_set<std::string> reserved = ReservedWords();
  if (IsPlainName(name) && !reserved.contains(std::string(name))) return std::string(name);
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

// As PostgreSQL's quote_literal: E'' only where there is a backslash, right under either setting of
// standard_conforming_strings.
std::string QuoteLiteral(std::string_view text) {
  std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace allod::sql
