// ~, regexp_replace() and their kin, on regex.h.
#include <algorithm>
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/utf8.h"
#include "engine/sqlite/functions/body.h"
#include "engine/sqlite/functions/regex.h"

namespace allod::engine::sqlite {
namespace {

using RegexPtr = std::shared_ptr<const Regex>;

// The compiled pattern of argument 1, kept at the call site while the pattern is constant there. Null: Fail was called.
RegexPtr Pattern(Call& call, RegexFlags flags) {
  if (auto* kept = static_cast<RegexPtr*>(sqlite3_get_auxdata(call.raw(), 1)); kept != nullptr) return *kept;
  Result<RegexPtr> regex = Regex::Get(call.bytes(1), flags);
  if (!regex.ok()) {
    call.Fail(regex.status());
    return nullptr;
  }
  RegexPtr result = *regex;
  sqlite3_set_auxdata(call.raw(), 1, new RegexPtr(result), [](void* p) { delete static_cast<RegexPtr*>(p); });
  return result;
}
bool RefuseGlobal(Call& call, const RegexFlags& flags, const char* function, const char* instead) {
  if (!flags.global || function == nullptr) return false;
  Status status = allod::Fail(sqlstate::kInvalidParameterValue,
                              std::string(function) + " does not support the \"global\" option");
  if (instead != nullptr) status.error().hint = instead;
  call.Fail(std::move(status));
  return true;
}
// As above where flags may vary from row to row: only the thread's cache serves. `function`: the one that refuses "g".
RegexPtr PatternWithFlags(Call& call, int flags_index, RegexFlags* flags, const char* function = nullptr,
                          const char* instead = nullptr) {
  if (call.size() > flags_index) {
    Result<RegexFlags> parsed = RegexFlags::Parse(call.bytes(flags_index));
    if (!parsed.ok()) {
      call.Fail(parsed.status());
      return nullptr;
    }
    *flags = *parsed;
  }
  if (RefuseGlobal(call, *flags, function, instead)) return nullptr;
  Result<RegexPtr> regex = Regex::Get(call.bytes(1), *flags);
  if (!regex.ok()) {
    call.Fail(regex.status());
    return nullptr;
  }
  return *regex;
}
template <bool kIgnoreCase>
void Matches(Call& call) {
  RegexFlags flags;
  flags.ignore_case = kIgnoreCase;
  if (RegexPtr regex = Pattern(call, flags)) call.Give(regex->Matches(call.bytes(0)));
}
void Like(Call& call) {
  RegexFlags flags;
  RegexPtr regex = PatternWithFlags(call, 2, &flags, "regexp_like()");
  if (regex != nullptr) call.Give(regex->Matches(call.bytes(0)));
}

// substring(text from pattern): the first group, or the whole match if there is none.
void Substring(Call& call) {
  RegexPtr regex = Pattern(call, {});
  if (regex == nullptr) return;
  Regex::Match match;
  Result<bool> found = regex->Find(call.bytes(0), 0, &match);
  if (!found.ok()) return call.Fail(found.status());
  if (!*found) return;
  const auto& part = match[regex->groups() > 0 ? 1 : 0];
  if (part.has_value()) call.Text(*part);
}
bool BadParameter(Call& call, const char* name, int64_t value) {
  call.Fail(sqlstate::kInvalidParameterValue,
            std::string("invalid value for parameter \"") + name + "\": " + std::to_string(value));
  return false;
}

// Matches one after another, from a position on.
class Scan {
 public:
  Scan(const Regex& regex, std::string_view text, int64_t start)
      : regex_(regex), text_(text), at_(Utf8Offset(text, static_cast<size_t>(start - 1))) {
    if (start - 1 > static_cast<int64_t>(Utf8Length(text))) at_ = text.size() + 1;
  }
  Result<bool> Next() {
    if (at_ > text_.size()) return false;
    ALLOD_ASSIGN_OR_RETURN(bool found, regex_.Find(text_, at_, &match));
    if (!found) return false;
    from = static_cast<size_t>(match[0]->data() - text_.data());
    to = from + match[0]->size();
    at_ = to;
    if (from == to) at_ += at_ < text_.size() ? std::max<size_t>(Utf8CharLength(text_.substr(at_)), 1) : 1;
    return true;
  }
  Regex::Match match;
  size_t from = 0, to = 0;

 private:
  const Regex& regex_;
  std::string_view text_;
  size_t at_;
};

// What regexp_substr and regexp_instr look for: the n-th match, and which group of it (0: all of it). None if the group
// took no part, or there is no such match.
struct Wanted {
  int64_t start = 1, n = 1, group = 0;
};
std::optional<std::string_view> NthMatch(Call& call, const Regex& regex, const Wanted& wanted) {
  Scan scan(regex, call.bytes(0), wanted.start);
  for (int64_t i = 0; i < wanted.n; ++i) {
    Result<bool> found = scan.Next();
    if (!found.ok()) call.Fail(found.status());
    if (!found.ok() || !*found) return std::nullopt;
  }
  // A pattern without groups is its own first one.
  if (wanted.group > std::max(regex.groups(), 1)) return std::nullopt;
  return scan.match[regex.groups() == 0 ? 0 : static_cast<size_t>(wanted.group)];
}
bool CheckWanted(Call& call, const Wanted& wanted) {
  if (wanted.start <= 0) return BadParameter(call, "start", wanted.start);
  if (wanted.n <= 0) return BadParameter(call, "n", wanted.n);
  if (wanted.group < 0) return BadParameter(call, "subexpr", wanted.group);
  return true;
}
void RegexpSubstr(Call& call) {
  Wanted wanted;
  if (call.size() > 2) wanted.start = call.integer(2);
  if (call.size() > 3) wanted.n = call.integer(3);
  if (call.size() > 5) wanted.group = call.integer(5);
  if (!CheckWanted(call, wanted)) return;
  RegexFlags flags;
  RegexPtr regex = call.size() > 4 ? PatternWithFlags(call, 4, &flags, "regexp_substr()") : Pattern(call, {});
  if (regex == nullptr) return;
  if (auto part = NthMatch(call, *regex, wanted)) call.Text(*part);
}
void RegexpInstr(Call& call) {
  Wanted wanted;
  if (call.size() > 2) wanted.start = call.integer(2);
  if (call.size() > 3) wanted.n = call.integer(3);
  int64_t end = call.size() > 4 ? call.integer(4) : 0;
  if (call.size() > 6) wanted.group = call.integer(6);
  if (wanted.start > 0 && wanted.n > 0 && end != 0 && end != 1) {
    BadParameter(call, "endoption", end);
    return;
  }
  if (!CheckWanted(call, wanted)) return;
  RegexFlags flags;
  RegexPtr regex = call.size() > 5 ? PatternWithFlags(call, 5, &flags, "regexp_instr()") : Pattern(call, {});
  if (regex == nullptr) return;
  call.Integer(0);
  auto part = NthMatch(call, *regex, wanted);
  if (!part) return;
  std::string_view text = call.bytes(0);
  size_t at = static_cast<size_t>(part->data() - text.data()) + (end == 1 ? part->size() : 0);
  call.Integer(static_cast<int64_t>(Utf8Length(text.substr(0, at))) + 1);
}

std::string GroupsLiteral(const Regex& regex, const Regex::Match& match) {
  std::vector<Value> parts;
  for (size_t i = regex.groups() > 0 ? 1 : 0; i < match.size(); ++i) {
    parts.push_back(match[i].has_value() ? Value::Text(std::string(*match[i])) : Value::Null());
  }
  return ArrayLiteral(oid::kText, parts);
}
void RegexpMatch(Call& call) {
  RegexFlags flags;
  RegexPtr regex =
      PatternWithFlags(call, 2, &flags, "regexp_match()", "Use the regexp_matches function instead.");
  if (regex == nullptr) return;
  Regex::Match match;
  Result<bool> found = regex->Find(call.bytes(0), 0, &match);
  if (!found.ok()) return call.Fail(found.status());
  if (*found) call.Text(GroupsLiteral(*regex, match));
}

// \1 to \9 a group, \& the match, \\ a backslash; any other backslash stands for itself.
void AppendReplacement(std::string_view replacement, const Regex::Match& match, std::string* out) {
  for (size_t i = 0; i < replacement.size(); ++i) {
    char c = replacement[i];
    if (c != '\\' || i + 1 == replacement.size()) {
      out->push_back(c);
      continue;
    }
    char next = replacement[i + 1];
    if (next == '&' || (next >= '1' && next <= '9')) {
      size_t group = next == '&' ? 0 : static_cast<size_t>(next - '0');
      if (group < match.size() && match[group].has_value()) out->append(*match[group]);
      ++i;
    } else {
      out->push_back('\\');
      if (next == '\\') ++i;
    }
  }
}
void Replace(Call& call) {
  std::string_view text = call.bytes(0), replacement = call.bytes(2);
  RegexFlags flags;
  if (call.size() > 3 && !call.bytes(3).empty() && call.bytes(3)[0] >= '0' && call.bytes(3)[0] <= '9') {
    // PostgreSQL's own check: probably a mistake for the form with a start position.
    return call.Fail(allod::Fail(sqlstate::kInvalidParameterValue, "invalid regular expression option: \"" +
                                                                       std::string(call.bytes(3).substr(0, 1)) + "\"")
                         .Hint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument "
                               "to integer explicitly."));
  }
  RegexPtr regex = call.size() > 3 ? PatternWithFlags(call, 3, &flags) : Pattern(call, {});
  if (regex == nullptr) return;
  Scan scan(*regex, text, 1);
  std::string out;
  size_t done = 0;
  for (;;) {
    Result<bool> found = scan.Next();
    if (!found.ok()) return call.Fail(found.status());
    if (!*found) break;
    out.append(text.substr(done, scan.from - done));
    AppendReplacement(replacement, scan.match, &out);
    done = scan.to;
    if (!flags.global) break;
  }
  out.append(text.substr(done));
  call.Text(out);
}

// regexp_replace(text, pattern, replacement, start [, n [, flags]]): the n-th match from there, or all of them (0).
void ReplaceAt(Call& call) {
  std::string_view text = call.bytes(0);
  int64_t start = call.integer(3), n = call.size() > 4 ? call.integer(4) : 1;
  if (start <= 0) {
    BadParameter(call, "start", start);
    return;
  }
  if (n < 0) {
    BadParameter(call, "n", n);
    return;
  }
  RegexFlags flags;
  RegexPtr regex = call.size() > 5 ? PatternWithFlags(call, 5, &flags) : Pattern(call, {});
  if (regex == nullptr) return;
  if (call.size() == 4 && flags.global) n = 0;
  Scan scan(*regex, text, start);
  std::string out;
  size_t done = 0;
  for (int64_t i = 1;; ++i) {
    Result<bool> found = scan.Next();
    if (!found.ok()) return call.Fail(found.status());
    if (!*found) break;
    if (n > 0 && i != n) continue;
    out.append(text.substr(done, scan.from - done));
    AppendReplacement(call.bytes(2), scan.match, &out);
    done = scan.to;
    if (i == n) break;
  }
  out.append(text.substr(done));
  call.Text(out);
}

void SplitToArray(Call& call) {
  RegexFlags flags;
  RegexPtr regex = PatternWithFlags(call, 2, &flags, "regexp_split_to_array()");
  if (regex == nullptr) return;
  Result<std::vector<Value>> parts = RegexSplit(*regex, call.bytes(0));
  if (!parts.ok()) return call.Fail(parts.status());
  call.Text(ArrayLiteral(oid::kText, *parts));
}

void Count(Call& call) {
  std::string_view text = call.bytes(0);
  RegexFlags flags;
  RegexPtr regex = PatternWithFlags(call, 3, &flags, "regexp_count()");
  if (regex == nullptr) return;
  int64_t start = call.size() > 2 ? call.integer(2) : 1;
  if (start <= 0) {
    BadParameter(call, "start", start);
    return;
  }
  Scan scan(*regex, text, start);
  int64_t count = 0;
  for (;; ++count) {
    Result<bool> found = scan.Next();
    if (!found.ok()) return call.Fail(found.status());
    if (!*found) break;
  }
  call.Integer(count);
}

// SIMILAR TO's pattern as a regular expression (PostgreSQL's similar_escape_internal, without its #" parts).
void SimilarToEscape(Call& call) {
  std::string_view pattern = call.bytes(0), escape = call.size() > 1 ? call.bytes(1) : "\\";
  if (!escape.empty() && Utf8CharLength(escape) != escape.size()) {
    return call.Fail(allod::Fail(sqlstate::kInvalidEscapeSequence, "invalid escape string")
                         .Hint("Escape string must be empty or one character."));
  }
  std::string out = "^(?:";
  bool after_escape = false, in_class = false;
  while (!pattern.empty()) {
    size_t n = std::min(std::max<size_t>(Utf8CharLength(pattern), 1), pattern.size());
    std::string_view character = pattern.substr(0, n);
    char c = n == 1 ? pattern.front() : '\0';
    pattern.remove_prefix(n);
    if (after_escape) {
      if (c == '"' && !in_class) {
        return call.Fail(Unsupported("SIMILAR TO with an escaped double quote is not supported",
                                     "Use substring(text from pattern) with a regular expression."));
      }
      out += '\\';
      out += character;
      after_escape = false;
    } else if (!escape.empty() && character == escape) {
      after_escape = true;
    } else if (in_class) {
      if (c == '\\') out += '\\';
      out += character;
      if (c == ']') in_class = false;
    } else if (c == '[') {
      out += c;
      in_class = true;
    } else if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += '.';
    } else if (c == '(') {
      out += "(?:";
    } else if (c == '\\' || c == '.' || c == '^' || c == '$') {
      out += '\\';
      out += c;
    } else {
      out += character;
    }
  }
  out += ")$";
  call.Text(out);
}
void SimilarSubstring(Call& call) {
  call.Fail(Unsupported("substring() with a SIMILAR pattern is not supported",
                        "Use substring(text from pattern) with a regular expression: its first group is the result."));
}

constexpr Scalar kScalars[] = {
    {"pg_regex", 2, Strict<Matches<false>>},
    {"pg_iregex", 2, Strict<Matches<true>>},
    {"pg_regexp_like", 3, Strict<Like>},
    {"pg_regex_substring", 2, Strict<Substring>},
    {"pg_similar_substring", 3, Strict<SimilarSubstring>},
    {"pg_similar_to_escape", 1, Strict<SimilarToEscape>},
    {"pg_similar_to_escape", 2, Strict<SimilarToEscape>},
    {"pg_regexp_substr", 2, Strict<RegexpSubstr>},
    {"pg_regexp_substr", 3, Strict<RegexpSubstr>},
    {"pg_regexp_substr", 4, Strict<RegexpSubstr>},
    {"pg_regexp_substr", 5, Strict<RegexpSubstr>},
    {"pg_regexp_substr", 6, Strict<RegexpSubstr>},
    {"pg_regexp_instr", 2, Strict<RegexpInstr>},
    {"pg_regexp_instr", 3, Strict<RegexpInstr>},
    {"pg_regexp_instr", 4, Strict<RegexpInstr>},
    {"pg_regexp_instr", 5, Strict<RegexpInstr>},
    {"pg_regexp_instr", 6, Strict<RegexpInstr>},
    {"pg_regexp_instr", 7, Strict<RegexpInstr>},
    {"pg_regexp_replace_at", 4, Strict<ReplaceAt>},
    {"pg_regexp_replace_at", 5, Strict<ReplaceAt>},
    {"pg_regexp_replace_at", 6, Strict<ReplaceAt>},
    {"pg_regexp_match", 2, Strict<RegexpMatch>},
    {"pg_regexp_match", 3, Strict<RegexpMatch>},
    {"pg_regexp_replace", 3, Strict<Replace>},
    {"pg_regexp_replace", 4, Strict<Replace>},
    {"pg_regexp_split_to_array", 2, Strict<SplitToArray>},
    {"pg_regexp_split_to_array", 3, Strict<SplitToArray>},
    {"pg_regexp_count", 2, Strict<Count>},
    {"pg_regexp_count", 3, Strict<Count>},
    {"pg_regexp_count", 4, Strict<Count>},
};

}  // namespace

Result<std::vector<Value>> RegexSplit(const Regex& regex, std::string_view text) {
  ALLOD_ASSIGN_OR_RETURN(std::vector<Regex::Match> matches, regex.FindAll(text, /*global=*/true, /*splitting=*/true));
  std::vector<Value> parts;
  size_t start = 0;
  for (const Regex::Match& match : matches) {
    size_t from = static_cast<size_t>(match[0]->data() - text.data());
    parts.push_back(Value::Text(std::string(text.substr(start, from - start))));
    start = from + match[0]->size();
  }
  parts.push_back(Value::Text(std::string(text.substr(start))));
  return parts;
}

Result<std::vector<Value>> RegexMatches(const Regex& regex, std::string_view text, bool global) {
  ALLOD_ASSIGN_OR_RETURN(std::vector<Regex::Match> matches, regex.FindAll(text, global, /*splitting=*/false));
  std::vector<Value> arrays;
  for (const Regex::Match& match : matches) arrays.push_back(Value::Text(GroupsLiteral(regex, match)));
  return arrays;
}

std::span<const Scalar> RegexScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
