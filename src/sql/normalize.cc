#include "sql/normalize.h"

#include "sql/scan.h"

namespace allod::sql {
namespace {

bool IsConstant(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__TRUE_P:
    case PG_QUERY__TOKEN__FALSE_P: return true;
    default: return false;
  }
}

}  // namespace

std::string Normalize(std::string_view text, bool failed) {
  std::vector<int> marks;
  if (text.size() > kMaxNormalizedTextBytes || !CheckEncoding(text, &marks).ok()) return "<unreadable>";
  const std::string whole(text);
  Result<std::vector<Token>> tokens = Scan(whole);
  if (!tokens.ok()) return "<unreadable>";
  std::string out;
  bool in_set = false, hidden = false;  // in a SET; behind its = or TO, where a ? stands already
  bool first = true;
  int end = 0;
  for (const Token& token : *tokens) {
    if (out.size() > kMaxNormalizedBytes) return out + "...";
    std::string_view word = text.substr(static_cast<size_t>(token.start), static_cast<size_t>(token.end - token.start));
    if (word == ";") {
      in_set = hidden = false;
      first = true;
    } else if (first) {
      in_set = token.kind == PG_QUERY__TOKEN__SET;
      first = false;
    }
    // The scanner gives U&'...' the length of its first letter: then there is a blank more behind it.
    if (!hidden && !out.empty() && token.start > end) out += ' ';
    end = token.end;
    if (hidden) continue;
    if (IsConstant(token)) {
      out += '?';
    } else if (failed && token.end > token.start && word.find('"') != std::string_view::npos) {
      out += "\"?\"";
    } else {
      out += word;
    }
    if (in_set && (word == "=" || token.kind == PG_QUERY__TOKEN__TO)) {
      out += " ?";
      hidden = true;
    }
  }
  return out;
}

}  // namespace allod::sql
