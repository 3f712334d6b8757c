#include "engine/sqlite/functions/regex.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/utf8.h"

namespace allod::engine::sqlite {
namespace {

Status Invalid(const std::string& why) {
  return Fail(sqlstate::kInvalidRegularExpression, "invalid regular expression: " + why);
}
Status Lacks(const std::string& what, const std::string& instead) {
  return Unsupported(what + " in regular expressions is not supported", instead);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnumAscii(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// What may stand inside a RE2 bracket expression.
constexpr std::string_view kSpace = "\\t\\n\\v\\f\\r \\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200A}\\x{2028}\\x{2029}"
                                    "\\x{205F}\\x{3000}";
constexpr std::string_view kAlnum = "\\p{L}\\p{N}\\p{M}";

struct NamedClass {
  std::string_view name, members;
};
constexpr NamedClass kClasses[] = {
    {"alpha", "\\p{L}\\p{M}\\p{Nl}"}, {"digit", "0-9"}, {"alnum", kAlnum}, {"word", "\\p{L}\\p{N}\\p{M}_"},
    {"upper", "\\p{Lu}\\p{Lt}"}, {"lower", "\\p{Ll}"}, {"space", kSpace}, {"blank", "\\t \\x{1680}\\x{2000}-\\x{2006}"
    "\\x{2008}-\\x{200A}\\x{205F}\\x{3000}"}, {"punct", "[:punct:]"}, {"cntrl", "\\x00-\\x1F\\x7F-\\x{9F}"},
    {"xdigit", "0-9A-Fa-f"}, {"print", "\\x20-\\x7E\\p{L}\\p{N}\\p{M}\\p{P}\\p{S}\\p{Zs}"},
    {"graph", "\\x21-\\x7E\\p{L}\\p{N}\\p{M}\\p{P}\\p{S}"},
};

// Pattern -> RE2's syntax.
class Translator {
 public:
  Translator(std::string_view pattern, RegexFlags flags) : p_(pattern), flags_(flags) {}

  Result<std::string> Run() {
    ALLOD_RETURN_IF_ERROR(Prefix());
    if (flags_.literal) return RE2::QuoteMeta(p_);
    while (!p_.empty()) ALLOD_RETURN_IF_ERROR(Atom());
    return std::move(out_);
  }
  const RegexFlags& flags() const { return flags_; }
  bool ascii_only() const { return ascii_only_; }
  bool lazy() const { return lazy_; }
  bool greedy() const { return greedy_; }
  bool alternation() const { return alternation_; }

 private:
  char Peek(size_t i = 0) const { return i < p_.size() ? p_[i] : '\0'; }
  void Skip(size_t n = 1) { p_.remove_prefix(std::min(n, p_.size())); }

  // "***=" literal, "***:" this syntax; then (?flags).
  Status Prefix() {
    if (flags_.literal) return Ok();
    if (p_.starts_with("***=")) {
      Skip(4);
      flags_.literal = true;
      return Ok();
    }
    if (p_.starts_with("***:")) Skip(4);
    else if (p_.starts_with("***")) return Invalid("invalid regexp (reg version 0.8)");
    if (p_.starts_with("(?") && Peek(2) >= 'a' && Peek(2) <= 'z') {
      size_t close = p_.find(')');
      if (close == std::string_view::npos) return Invalid("parentheses () not balanced");
      for (char letter : p_.substr(2, close - 2)) {
        if (letter == 'i') flags_.ignore_case = true;
        else if (letter == 'c') flags_.ignore_case = false;
        else if (letter == 'n' || letter == 'm') flags_.newline_stops = flags_.newline_anchors = true;
        else if (letter == 's') flags_.newline_stops = flags_.newline_anchors = false;
        else if (letter == 'p') flags_.newline_stops = true, flags_.newline_anchors = false;
        else if (letter == 'w') flags_.newline_stops = false, flags_.newline_anchors = true;
        else if (letter == 'q') flags_.literal = true;
        else if (letter == 't') continue;
        else if (letter == 'x' || letter == 'b' || letter == 'e') {
          return Lacks("the embedded option " + std::string(1, letter), "Write the pattern without it.");
        } else {
          return Invalid("invalid embedded option");
        }
      }
      Skip(close + 1);
    }
    return Ok();
  }

  Status Atom() {
    char c = Peek();
    switch (c) {
      case '[': return Bracket();
      case '\\': return Escape();
      case '(':
        if (Peek(1) == '?') {
          if (Peek(2) == ':') {
            out_ += "(?:";
            Skip(3);
            can_repeat_ = false;
            return Ok();
          }
          if (Peek(2) == '=' || Peek(2) == '!' || Peek(2) == '<') {
            return Lacks("look-around, (" + std::string(p_.substr(1, 2)) + "...),",
                         "Use several conditions, or match more and take a group of it.");
          }
          return Invalid("quantifier operand invalid");
        }
        out_ += '(';
        Skip();
        can_repeat_ = false;
        return Ok();
      case ')':
        out_ += ')';
        Skip();
        can_repeat_ = true;
        return Ok();
      case '|':
        alternation_ = true;
        out_ += '|';
        Skip();
        can_repeat_ = false;
        return Ok();
      case '^':
      case '$':
        out_ += c;
        Skip();
        can_repeat_ = false;
        return Ok();
      case '.':
        out_ += flags_.newline_stops ? "[^\\n]" : ".";
        Skip();
        can_repeat_ = true;
        return Ok();
      case '*':
      case '+':
      case '?': return Quantifier(std::string(1, c), 1);
      case '{':
        if (IsDigit(Peek(1))) return Bound();
        out_ += "\\{";
        Skip();
        can_repeat_ = true;
        return Ok();
      default: break;
    }
    size_t n = std::clamp<size_t>(Utf8CharLength(p_), 1, p_.size());
    Literal(p_.substr(0, n));
    Skip(n);
    return Ok();
  }

  void Literal(std::string_view character) {
    if (character.size() == 1 && !IsAlnumAscii(character[0])) out_ += RE2::QuoteMeta(character);
    else out_ += character;
    can_repeat_ = true;
  }
  void CodePoint(uint32_t code) {
    char text[16];
    snprintf(text, sizeof text, "\\x{%X}", code);
    out_ += text;
    can_repeat_ = true;
  }

  Status Quantifier(const std::string& text, size_t length) {
    if (!can_repeat_) return Invalid("quantifier operand invalid");
    Skip(length);
    out_ += text;
    if (Peek() == '?') {
      out_ += '?';
      Skip();
      lazy_ = true;
    } else if (text[0] != '{' || text.find(',') != std::string::npos) {
      greedy_ = true;
    }
    can_repeat_ = false;
    return Ok();
  }

  Status Bound() {
    size_t close = p_.find('}');
    if (close == std::string_view::npos) return Invalid("braces {} not balanced");
    std::string_view inside = p_.substr(1, close - 1);
    size_t comma = inside.find(',');
    std::string_view low = inside.substr(0, comma);
    std::string_view high = comma == std::string_view::npos ? low : inside.substr(comma + 1);
    auto number = [](std::string_view digits) {
      int n = 0;
      for (char d : digits) {
        if (!IsDigit(d)) return -1;
        n = std::min(n * 10 + (d - '0'), 1000);
      }
      return n;
    };
    int least = number(low), most = high.empty() ? least : number(high);
    if (low.empty() || least < 0 || most < 0 || least > 255 || most > 255 || least > most) {
      return Invalid("invalid repetition count(s)");
    }
    return Quantifier(std::string(p_.substr(0, close + 1)), close + 1);
  }

  // After the backslash, where an escape means one character: its code. False if it means something else.
  Result<bool> CharacterEscape(uint32_t* code) {
    char c = Peek(1);
    auto hex = [&](size_t digits, bool exactly) -> Status {
      uint32_t value = 0;
      size_t n = 0;
      while (n < digits && IsHex(Peek(2 + n))) {
        char d = Peek(2 + n++);
        value = value << 4 | static_cast<uint32_t>(IsDigit(d) ? d - '0' : (d | 32) - 'a' + 10);
      }
      if (n == 0 || (exactly && n != digits) || value > 0x10FFFF) return Invalid("invalid escape \\ sequence");
      *code = value;
      Skip(2 + n);
      return Ok();
    };
    switch (c) {
      case 'a': *code = 7; break;
      case 'b': *code = 8; break;
      case 'B': *code = '\\'; break;
      case 'e': *code = 27; break;
      case 'f': *code = 12; break;
      case 'n': *code = 10; break;
      case 'r': *code = 13; break;
      case 't': *code = 9; break;
      case 'v': *code = 11; break;
      case 'c':
        if (p_.size() < 3) return Invalid("invalid escape \\ sequence");
        *code = static_cast<unsigned char>(Peek(2)) & 31;
        Skip(3);
        return true;
      case 'u': ALLOD_RETURN_IF_ERROR(hex(4, true)); return true;
      case 'U': ALLOD_RETURN_IF_ERROR(hex(8, true)); return true;
      case 'x': ALLOD_RETURN_IF_ERROR(hex(6, false)); return true;
      case '0': {
        uint32_t value = 0;
        size_t n = 1;
        while (n < 4 && Peek(n) >= '0' && Peek(n) <= '7') value = value * 8 + static_cast<uint32_t>(Peek(n++) - '0');
        *code = value;
        Skip(n);
        return true;
      }
      default: return false;
    }
    Skip(2);
    return true;
  }

  Status Escape() {
    if (p_.size() < 2) return Invalid("invalid escape \\ sequence");
    char c = Peek(1);
    auto put = [&](std::string_view text, bool can_repeat) {
      out_ += text;
      can_repeat_ = can_repeat;
      Skip(2);
      return Ok();
    };
    switch (c) {
      case 'd': return put("[0-9]", true);
      case 'D': return put(flags_.newline_stops ? "[^0-9\\n]" : "[^0-9]", true);
      case 'w': return put("[" + std::string(kAlnum) + "_]", true);
      case 'W': return put("[^" + std::string(kAlnum) + (flags_.newline_stops ? "_\\n]" : "_]"), true);
      case 's': return put("[" + std::string(kSpace) + "]", true);
      case 'S': return put("[^" + std::string(kSpace) + "]", true);
      case 'A': return put("\\A", false);
      case 'Z': return put("\\z", false);
      case 'y': ascii_only_ = true; return put("\\b", false);
      case 'Y': ascii_only_ = true; return put("\\B", false);
      case 'm':
      case 'M':
        return Lacks("the constraint \\" + std::string(1, c), "Use \\y, which matches at either end of a word.");
      default: break;
    }
    if (c >= '1' && c <= '9') {
      return Lacks("a back reference, \\" + std::string(1, c) + ",", "Compare the groups of regexp_match() instead.");
    }
    uint32_t code = 0;
    ALLOD_ASSIGN_OR_RETURN(bool one, CharacterEscape(&code));
    if (one) {
      CodePoint(code);
      return Ok();
    }
    if (IsAlnumAscii(c)) return Invalid("invalid escape \\ sequence");
    Skip();
    size_t n = std::clamp<size_t>(Utf8CharLength(p_), 1, p_.size());
    Literal(p_.substr(0, n));
    Skip(n);
    return Ok();
  }

  // One character of a bracket expression, for RE2.
  static std::string InBracket(std::string_view character) {
    if (character.size() == 1 && !IsAlnumAscii(character[0]) && character[0] != ' ') {
      char text[16];
      snprintf(text, sizeof text, "\\x{%X}", static_cast<unsigned>(static_cast<unsigned char>(character[0])));
      return text;
    }
    return std::string(character);
  }

  Status Bracket() {
    Skip();
    std::string inside;
    bool negated = false;
    if (Peek() == '^') {
      negated = true;
      Skip();
    }
    bool first = true, can_begin_range = false;
    for (;; first = false) {
      if (p_.empty()) return Invalid("brackets [] not balanced");
      char c = Peek();
      if (c == ']' && !first) {
        Skip();
        break;
      }
      if (c == '[' && Peek(1) == ':') {
        size_t close = p_.find(":]", 2);
        if (close == std::string_view::npos) return Invalid("brackets [] not balanced");
        std::string_view name = p_.substr(2, close - 2);
        if (name == "<" || name == ">") return Lacks("the constraint [[:" + std::string(name) + ":]]", "Use \\y.");
        auto it = std::find_if(std::begin(kClasses), std::end(kClasses), [&](const auto& k) { return k.name == name; });
        if (it == std::end(kClasses)) return Invalid("invalid character class");
        inside += it->members;
        // Outside ASCII, what is no letter, digit, mark or space.
        if (name == "punct") inside += "\\p{P}\\p{S}";
        Skip(close + 2);
        can_begin_range = false;
        continue;
      }
      if (c == '[' && (Peek(1) == '=' || Peek(1) == '.')) {
        return Lacks("a collating element, [[" + std::string(1, Peek(1)) + "...]],", "Write the characters.");
      }
      if (c == '\\') {
        char e = Peek(1);
        if (e == 'd' || e == 'w' || e == 's') {
          inside += e == 'd' ? "0-9" : e == 's' ? std::string(kSpace) : std::string(kAlnum) + "_";
          Skip(2);
          can_begin_range = false;
          continue;
        }
        if (e == 'D' || e == 'W' || e == 'S') return Invalid("invalid escape \\ sequence");
        uint32_t code = 0;
        ALLOD_ASSIGN_OR_RETURN(bool one, CharacterEscape(&code));
        if (one) {
          char text[16];
          snprintf(text, sizeof text, "\\x{%X}", code);
          inside += text;
          can_begin_range = true;
          continue;
        }
        if (p_.size() < 2 || IsAlnumAscii(e)) return Invalid("invalid escape \\ sequence");
        Skip();
      } else if (c == '-' && can_begin_range && Peek(1) != ']') {
        inside += '-';
        Skip();
        can_begin_range = false;
        if (Peek() == '[' && (Peek(1) == ':' || Peek(1) == '=' || Peek(1) == '.')) {
          return Invalid("invalid character range");
        }
        if (Peek() == '\\') continue;  // its escape ends the range
        size_t n = std::clamp<size_t>(Utf8CharLength(p_), p_.empty() ? 0 : 1, p_.size());
        inside += InBracket(p_.substr(0, n));
        Skip(n);
        continue;
      }
      size_t n = std::clamp<size_t>(Utf8CharLength(p_), 1, p_.size());
      inside += InBracket(p_.substr(0, n));
      Skip(n);
      can_begin_range = true;
    }
    out_ += negated ? "[^" : "[";
    out_ += inside;
    if (negated && flags_.newline_stops) out_ += "\\n";
    out_ += ']';
    can_repeat_ = true;
    return Ok();
  }

  std::string_view p_;
  RegexFlags flags_;
  std::string out_;
  bool can_repeat_ = false, ascii_only_ = false, lazy_ = false, greedy_ = false, alternation_ = false;
};

Status FromRe2(const RE2& re) {
  switch (re.error_code()) {
    case RE2::ErrorMissingParen:
    case RE2::ErrorUnexpectedParen: return Invalid("parentheses () not balanced");
    case RE2::ErrorMissingBracket: return Invalid("brackets [] not balanced");
    case RE2::ErrorBadCharRange: return Invalid("invalid character range");
    case RE2::ErrorBadCharClass: return Invalid("invalid character class");
    case RE2::ErrorRepeatSize: return Invalid("invalid repetition count(s)");
    case RE2::ErrorRepeatArgument:
    case RE2::ErrorRepeatOp: return Invalid("quantifier operand invalid");
    case RE2::ErrorPatternTooLarge: return Fail(sqlstate::kProgramLimitExceeded, "regular expression is too complex");
    default: return Invalid(re.error());
  }
}

}  // namespace

Result<RegexFlags> RegexFlags::Parse(std::string_view letters) {
  RegexFlags flags;
  for (size_t i = 0; i < letters.size(); ++i) {
    switch (letters[i]) {
      case 'g': flags.global = true; break;
      case 'i': flags.ignore_case = true; break;
      case 'c': flags.ignore_case = false; break;
      case 'm':
      case 'n': flags.newline_stops = flags.newline_anchors = true; break;
      case 'p': flags.newline_stops = true; flags.newline_anchors = false; break;
      case 's': flags.newline_stops = flags.newline_anchors = false; break;
      case 'w': flags.newline_stops = false; flags.newline_anchors = true; break;
      case 'q': flags.literal = true; break;
      case 't': break;
      case 'x':
      case 'b':
      case 'e':
        return Lacks("the option " + std::string(1, letters[i]), "Write the pattern without it.");
      default: {
        std::string_view rest = letters.substr(i);
        return Fail(sqlstate::kInvalidParameterValue,
                    "invalid regular expression option: \"" +
                        std::string(rest.substr(0, std::max<size_t>(Utf8CharLength(rest), 1))) + "\"");
      }
    }
  }
  return flags;
}

Regex::~Regex() = default;

Result<std::shared_ptr<const Regex>> Regex::Compile(std::string_view pattern, RegexFlags flags) {
  Translator translator(pattern, flags);
  ALLOD_ASSIGN_OR_RETURN(std::string text, translator.Run());
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(2 << 20);
  options.set_dot_nl(true);
  options.set_case_sensitive(!translator.flags().ignore_case);
  // The longest of the leftmost matches, unless quantifiers ask for the shortest.
  options.set_longest_match(!translator.lazy());
  if (translator.flags().newline_anchors) text = "(?m:" + text + ")";
  std::shared_ptr<Regex> regex(new Regex());
  regex->re_ = std::make_unique<RE2>(text, options);
  if (!regex->re_->ok()) return FromRe2(*regex->re_);
  regex->groups_ = regex->re_->NumberOfCapturingGroups();
  regex->ascii_only_ = translator.ascii_only();
  regex->extent_differs_ = translator.lazy() && (translator.greedy() || translator.alternation());
  return std::shared_ptr<const Regex>(std::move(regex));
}

Result<std::shared_ptr<const Regex>> Regex::Get(std::string_view pattern, RegexFlags flags) {
  struct Entry {
    std::string pattern;
    RegexFlags flags;
    std::shared_ptr<const Regex> regex;
  };
  constexpr size_t kEntries = 16;
  thread_local std::vector<Entry> cache;  // the latest first
  flags.global = false;
  for (size_t i = 0; i < cache.size(); ++i) {
    if (cache[i].flags == flags && cache[i].pattern == pattern) {
      if (i > 0) std::rotate(cache.begin(), cache.begin() + static_cast<ptrdiff_t>(i),
                             cache.begin() + static_cast<ptrdiff_t>(i) + 1);
      return cache.front().regex;
    }
  }
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const Regex> regex, Compile(pattern, flags));
  if (cache.size() == kEntries) cache.pop_back();
  cache.insert(cache.begin(), Entry{std::string(pattern), flags, regex});
  return regex;
}

Status Regex::CheckText(std::string_view text) const {
  if (!ascii_only_) return Ok();
  for (char c : text) {
    if (static_cast<signed char>(c) < 0) {
      return Lacks("a word boundary on text beyond ASCII", "Write out what may stand around the word.");
    }
  }
  return Ok();
}

Result<bool> Regex::Matches(std::string_view text) const {
  ALLOD_RETURN_IF_ERROR(CheckText(text));
  return re_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

Result<bool> Regex::Find(std::string_view text, size_t start, Match* match) const {
  ALLOD_RETURN_IF_ERROR(CheckText(text));
  if (extent_differs_) {
    return Lacks("a mix of greedy and non-greedy quantifiers, or of a non-greedy one and |,",
                 "Use one kind: for .*? write a class that stops at the delimiter, such as [^,]*.");
  }
  std::vector<re2::StringPiece> slices(static_cast<size_t>(groups_) + 1);
  if (!re_->Match({text.data(), text.size()}, start, text.size(), RE2::UNANCHORED, slices.data(),
                  static_cast<int>(slices.size()))) {
    return false;
  }
  match->clear();
  for (const re2::StringPiece& slice : slices) {
    if (slice.data() == nullptr) match->push_back(std::nullopt);
    else match->push_back(std::string_view(slice.data(), slice.size()));
  }
  return true;
}

Result<std::vector<Regex::Match>> Regex::FindAll(std::string_view text, bool global, bool splitting) const {
  std::vector<Match> matches;
  size_t start = 0, previous_end = 0;
  Match match;
  while (start <= text.size()) {
    ALLOD_ASSIGN_OR_RETURN(bool found, Find(text, start, &match));
    if (!found) break;
    size_t from = static_cast<size_t>(match[0]->data() - text.data()), to = from + match[0]->size();
    if (!splitting || (from < text.size() && to > previous_end)) matches.push_back(match);
    previous_end = to;
    if (!global) break;
    start = to;
    if (from == to) {
      if (start == text.size()) break;
      start += std::max<size_t>(Utf8CharLength(text.substr(start)), 1);
    }
  }
  return matches;
}

}  // namespace allod::engine::sqlite
