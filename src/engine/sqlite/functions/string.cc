// Text. Positions count characters, from 1.
#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "engine/sqlite/functions/body.h"
#include "sql/parse.h"

namespace allod::engine::sqlite {
namespace {

constexpr int64_t kMaxTextBytes = 1 << 28;  // of what a function makes longer

bool TooLong(Call& call, int64_t characters, size_t width) {
  if (characters * static_cast<int64_t>(std::max<size_t>(width, 1)) <= kMaxTextBytes) return false;
  call.Fail(sqlstate::kProgramLimitExceeded, "requested length too large");
  return true;
}

void Length(Call& call) { call.Integer(static_cast<int64_t>(Utf8Length(call.bytes(0)))); }
std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}
void BpcharLength(Call& call) { call.Integer(static_cast<int64_t>(Utf8Length(WithoutBlanks(call.bytes(0))))); }
void Lower(Call& call) { call.Text(Utf8Lower(call.bytes(0))); }
void Upper(Call& call) { call.Text(Utf8Upper(call.bytes(0))); }
void InitCap(Call& call) { call.Text(Utf8InitCap(call.bytes(0))); }

void Substr(Call& call) {
  std::string_view text = call.bytes(0);
  int64_t start = call.integer(1), end = INT64_MAX;
  if (call.size() > 2) {
    int64_t length = call.integer(2);
    if (length < 0) return call.Fail(sqlstate::kSubstringError, "negative substring length not allowed");
    end = start + length;
  }
  start = std::max<int64_t>(start, 1);
  if (end <= start) return call.Text("");
  call.Text(Utf8Substring(text, static_cast<size_t>(start - 1), static_cast<size_t>(end - start)));
}
void Left(Call& call) {
  std::string_view text = call.bytes(0);
  int64_t n = call.integer(1);
  if (n < 0) n = std::max<int64_t>(static_cast<int64_t>(Utf8Length(text)) + n, 0);
  call.Text(text.substr(0, Utf8Offset(text, static_cast<size_t>(n))));
}
void Right(Call& call) {
  std::string_view text = call.bytes(0);
  int64_t n = call.integer(1);
  int64_t skip = n < 0 ? -n : std::max<int64_t>(static_cast<int64_t>(Utf8Length(text)) - n, 0);
  call.Text(text.substr(Utf8Offset(text, static_cast<size_t>(skip))));
}

template <bool kLeft>
void Pad(Call& call) {
  std::string_view text = call.bytes(0), fill = call.size() > 2 ? call.bytes(2) : " ";
  int64_t length = std::max<int64_t>(call.integer(1), 0);
  int64_t have = static_cast<int64_t>(Utf8Length(text));
  if (length <= have) return call.Text(text.substr(0, Utf8Offset(text, static_cast<size_t>(length))));
  if (fill.empty()) return call.Text(text);
  if (TooLong(call, length, 4)) return;
  std::string padding;
  int64_t missing = length - have, width = static_cast<int64_t>(Utf8Length(fill));
  for (; missing >= width; missing -= width) padding.append(fill);
  padding.append(fill.substr(0, Utf8Offset(fill, static_cast<size_t>(missing))));
  call.Text(kLeft ? padding + std::string(text) : std::string(text) + padding);
}

bool HasCharacter(std::string_view set, std::string_view character) {
  while (!set.empty()) {
    size_t n = std::max<size_t>(Utf8CharLength(set), 1);
    if (set.substr(0, n) == character) return true;
    set.remove_prefix(std::min(n, set.size()));
  }
  return false;
}
template <bool kFromLeft, bool kFromRight>
void Trim(Call& call) {
  std::string_view text = call.bytes(0), set = call.size() > 1 ? call.bytes(1) : " ";
  if (kFromLeft) {
    while (!text.empty()) {
      size_t n = std::min(std::max<size_t>(Utf8CharLength(text), 1), text.size());
      if (!HasCharacter(set, text.substr(0, n))) break;
      text.remove_prefix(n);
    }
  }
  if (kFromRight) {
    while (!text.empty()) {
      size_t start = text.size() - 1;
      while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
      if (!HasCharacter(set, text.substr(start))) break;
      text.remove_suffix(text.size() - start);
    }
  }
  call.Text(text);
}

void Replace(Call& call) {
  std::string_view text = call.bytes(0), from = call.bytes(1), to = call.bytes(2);
  if (from.empty()) return call.Text(text);
  std::string out;
  for (;;) {
    size_t at = text.find(from);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) break;
    out.append(to);
    text.remove_prefix(at + from.size());
    if (TooLong(call, static_cast<int64_t>(out.size()), 1)) return;
  }
  call.Text(out);
}
std::vector<std::string_view> Characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    size_t n = std::min(std::max<size_t>(Utf8CharLength(text), 1), text.size());
    out.push_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return out;
}
void Translate(Call& call) {
  std::vector<std::string_view> from = Characters(call.bytes(1)), to = Characters(call.bytes(2));
  std::string out;
  for (std::string_view character : Characters(call.bytes(0))) {
    auto it = std::find(from.begin(), from.end(), character);
    size_t index = static_cast<size_t>(it - from.begin());
    if (it == from.end()) out.append(character);
    else if (index < to.size()) out.append(to[index]);
  }
  call.Text(out);
}
void StrPos(Call& call) {
  std::string_view text = call.bytes(0);
  size_t at = text.find(call.bytes(1));
  call.Integer(at == std::string_view::npos ? 0 : static_cast<int64_t>(Utf8Length(text.substr(0, at))) + 1);
}
void Repeat(Call& call) {
  std::string_view text = call.bytes(0);
  int64_t n = std::max<int64_t>(call.integer(1), 0);
  if (text.empty() || n == 0) return call.Text("");
  if (TooLong(call, n, text.size())) return;
  std::string out;
  out.reserve(text.size() * static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out.append(text);
  call.Text(out);
}
void Reverse(Call& call) {
  std::vector<std::string_view> characters = Characters(call.bytes(0));
  std::string out;
  for (auto it = characters.rbegin(); it != characters.rend(); ++it) out.append(*it);
  call.Text(out);
}
void SplitPart(Call& call) {
  std::string_view text = call.bytes(0), delimiter = call.bytes(1);
  int64_t n = call.integer(2);
  if (n == 0) return call.Fail(sqlstate::kInvalidParameterValue, "field position must not be zero");
  if (text.empty()) return call.Text("");
  if (delimiter.empty()) return call.Text(n == 1 || n == -1 ? text : "");
  if (n < 0) {
    int64_t parts = 1;
    for (size_t at = 0; (at = text.find(delimiter, at)) != std::string_view::npos; at += delimiter.size()) ++parts;
    n += parts + 1;
    if (n <= 0) return call.Text("");
  }
  for (;; --n) {
    size_t at = text.find(delimiter);
    if (n == 1) return call.Text(text.substr(0, at));
    if (at == std::string_view::npos) return call.Text("");
    text.remove_prefix(at + delimiter.size());
  }
}
void Overlay(Call& call) {
  std::string_view text = call.bytes(0), by = call.bytes(1);
  int64_t start = call.integer(2);
  int64_t length = call.size() > 3 ? call.integer(3) : static_cast<int64_t>(Utf8Length(by));
  if (start <= 0) return call.Fail(sqlstate::kSubstringError, "negative substring length not allowed");
  if (start + length > INT32_MAX || start + length < INT32_MIN) {
    return call.Fail(sqlstate::kNumericValueOutOfRange, "integer out of range");
  }
  size_t head = Utf8Offset(text, static_cast<size_t>(start - 1));
  int64_t rest = std::max<int64_t>(start - 1 + length, 0);
  std::string out(text.substr(0, head));
  out.append(by);
  out.append(text.substr(Utf8Offset(text, static_cast<size_t>(rest))));
  call.Text(out);
}
void StartsWith(Call& call) { call.Bool(call.bytes(0).starts_with(call.bytes(1))); }

void Chr(Call& call) {
  int64_t code = call.integer(0);
  if (code == 0) return call.Fail(sqlstate::kProgramLimitExceeded, "null character not permitted");
  if (code < 0) return call.Fail(sqlstate::kInvalidParameterValue, "character number must be positive");
  if (code > 0x10FFFF) {
    return call.Fail(sqlstate::kProgramLimitExceeded,
                     "requested character too large for encoding: " + std::to_string(code));
  }
  if (code >= 0xD800 && code <= 0xDFFF) {
    return call.Fail(sqlstate::kProgramLimitExceeded,
                     "requested character not valid for encoding: " + std::to_string(code));
  }
  std::string out;
  AppendUtf8(static_cast<uint32_t>(code), &out);
  call.Text(out);
}
void Ascii(Call& call) {
  size_t n = 0;
  call.Integer(call.bytes(0).empty() ? 0 : static_cast<int64_t>(Utf8Decode(call.bytes(0), &n)));
}
std::string Hex(uint64_t v) {
  std::string out;
  do {
    out.insert(out.begin(), "0123456789abcdef"[v & 15]);
    v >>= 4;
  } while (v != 0);
  return out;
}
void Int4ToHex(Call& call) { call.Text(Hex(static_cast<uint32_t>(call.integer(0)))); }
void Int8ToHex(Call& call) { call.Text(Hex(static_cast<uint64_t>(call.integer(0)))); }
void Md5(Call& call) { call.Text(crypto::ToHex(crypto::Hash(crypto::Digest::kMd5, call.bytes(0)))); }

// --- quoting and putting together ---

std::string QuotedLiteral(std::string_view text) {
  bool escape = text.find('\\') != std::string_view::npos;
  std::string out = escape ? "E'" : "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
  return out;
}
void QuoteIdent(Call& call) { call.Text(sql::QuoteIdentifier(call.bytes(0))); }
void QuoteLiteral(Call& call) { call.Text(QuotedLiteral(call.bytes(0))); }
void QuoteNullable(Call& call) { call.Text(call.null(0) ? "NULL" : QuotedLiteral(call.bytes(0))); }

// Argument i of a function whose arguments come as pairs of type and value.
void AppendArgument(const Call& call, int i, std::string* out) {
  AppendText(Type{static_cast<Oid>(call.integer(2 * i))}, call.datum(2 * i + 1), call.format(), out);
}
// text || anything: as the cast to text, in which booleans are words.
void Concat2(Call& call) {
  std::string out;
  for (int i = 0; i < 2; ++i) {
    if (call.integer(2 * i) == oid::kBool) out.append(call.boolean(2 * i + 1) ? "true" : "false");
    else AppendArgument(call, i, &out);
  }
  call.Text(out);
}
void Text(Call& call) {
  std::string out;
  if (call.integer(0) == oid::kBool) out = call.boolean(1) ? "true" : "false";
  else AppendArgument(call, 0, &out);
  call.Text(out);
}
void Concat(Call& call) {
  std::string out;
  for (int i = 0; 2 * i + 1 < call.size(); ++i) {
    if (!call.null(2 * i + 1)) AppendArgument(call, i, &out);
  }
  call.Text(out);
}
void ConcatWs(Call& call) {
  if (call.size() < 2 || call.null(1)) return;
  std::string_view separator = call.bytes(1);
  std::string out;
  bool first = true;
  for (int i = 1; 2 * i + 1 < call.size(); ++i) {
    if (call.null(2 * i + 1)) continue;
    if (!first) out.append(separator);
    first = false;
    AppendArgument(call, i, &out);
  }
  call.Text(out);
}

// format(): %[position$][-][width]type, width a number, * or *position$.
class Formatter {
 public:
  explicit Formatter(Call& call) : call_(call), count_(call.size() / 2 - 1) {}

  Result<std::string> Run(std::string_view text) {
    while (!text.empty()) {
      size_t percent = text.find('%');
      out_.append(text.substr(0, percent));
      if (percent == std::string_view::npos) break;
      text.remove_prefix(percent + 1);
      if (text.empty()) return Unterminated();
      if (text.front() == '%') out_.push_back('%');
      else ALLOD_RETURN_IF_ERROR(Specifier(&text));
      text.remove_prefix(1);
    }
    return std::move(out_);
  }

 private:
  static Status Unterminated() {
    return allod::Fail(sqlstate::kInvalidParameterValue, "unterminated format() type specifier")
        .Hint("For a single \"%\" use \"%%\".");
  }
  static Status TooFew() { return allod::Fail(sqlstate::kInvalidParameterValue, "too few arguments for format()"); }

  // Decimal digits at the front; -1 if there are none.
  static Result<int64_t> Number(std::string_view* text) {
    int64_t n = -1;
    while (!text->empty() && text->front() >= '0' && text->front() <= '9') {
      n = (n < 0 ? 0 : n) * 10 + (text->front() - '0');
      if (n > INT32_MAX) return allod::Fail(sqlstate::kNumericValueOutOfRange, "number is out of range");
      text->remove_prefix(1);
    }
    return n;
  }

  Status Specifier(std::string_view* text) {
    int64_t position = -1, width = 0;
    bool left = false;
    ALLOD_ASSIGN_OR_RETURN(int64_t n, Number(text));
    bool have_width = false;
    if (n >= 0) {
      if (!text->empty() && text->front() == '$') {
        position = n;
        if (n == 0) {
          return allod::Fail(sqlstate::kInvalidParameterValue,
                             "format specifies argument 0, but arguments are numbered from 1");
        }
        text->remove_prefix(1);
      } else {
        width = n;
        have_width = true;
      }
    }
    if (!have_width) {
      while (!text->empty() && text->front() == '-') {
        left = true;
        text->remove_prefix(1);
      }
      if (!text->empty() && text->front() == '*') {
        text->remove_prefix(1);
        ALLOD_ASSIGN_OR_RETURN(int64_t from, Number(text));
        if (from >= 0) {
          if (text->empty() || text->front() != '$') {
            return allod::Fail(sqlstate::kInvalidParameterValue, "width argument position must be ended by \"$\"");
          }
          text->remove_prefix(1);
          if (from == 0) {
            return allod::Fail(sqlstate::kInvalidParameterValue,
                               "format specifies argument 0, but arguments are numbered from 1");
          }
          next_ = from;
        } else {
          from = next_ += 1;
        }
        if (from > count_) return TooFew();
        if (!call_.null(Index(from))) {
          ALLOD_ASSIGN_OR_RETURN(width, Width(from));
        }
      } else {
        ALLOD_ASSIGN_OR_RETURN(int64_t w, Number(text));
        if (w >= 0) width = w;
      }
    }
    if (text->empty()) return Unterminated();
    char type = text->front();
    if (type != 's' && type != 'I' && type != 'L') {
      std::string character(text->substr(0, std::max<size_t>(Utf8CharLength(*text), 1)));
      return allod::Fail(sqlstate::kInvalidParameterValue,
                         "unrecognized format() type specifier \"" + character + "\"")
          .Hint("For a single \"%\" use \"%%\".");
    }
    if (position > 0) next_ = position;
    else ++next_;
    if (next_ > count_) return TooFew();
    if (width < 0) {
      left = true;
      width = -width;
    }
    return Append(type, left, width);
  }

  // Integers as they are; anything else by its text.
  Result<int64_t> Width(int64_t position) const {
    Oid type = static_cast<Oid>(call_.integer(static_cast<int>(2 * position)));
    if (type == oid::kInt2 || type == oid::kInt4) return call_.integer(Index(position));
    std::string text;
    AppendArgument(call_, static_cast<int>(position), &text);
    ALLOD_ASSIGN_OR_RETURN(Value value, ParseText(Type{oid::kInt4}, text, call_.format()));
    return value.integer();
  }
  int Index(int64_t position) const { return static_cast<int>(2 * position + 1); }

  Status Append(char type, bool left, int64_t width) {
    std::string value;
    int index = Index(next_);
    if (call_.null(index)) {
      if (type == 'I') {
        return allod::Fail(sqlstate::kNullValueNotAllowed, "null values cannot be formatted as an SQL identifier");
      }
      if (type == 'L') value = "NULL";
    } else {
      AppendArgument(call_, static_cast<int>(next_), &value);
      if (type == 'I') value = sql::QuoteIdentifier(value);
      if (type == 'L') value = QuotedLiteral(value);
    }
    int64_t missing = width - static_cast<int64_t>(Utf8Length(value));
    if (missing > kMaxTextBytes) return allod::Fail(sqlstate::kProgramLimitExceeded, "requested length too large");
    std::string blanks(missing > 0 ? static_cast<size_t>(missing) : 0, ' ');
    out_ += left ? value + blanks : blanks + value;
    return Ok();
  }

  Call& call_;
  int64_t count_, next_ = 0;
  std::string out_;
};

void Format(Call& call) {
  if (call.size() < 2 || call.null(1)) return;
  call.Give(Formatter(call).Run(call.bytes(1)));
}

void StringToArray(Call& call) {
  if (call.null(0)) return;
  std::string_view text = call.bytes(0);
  std::vector<Value> parts;
  auto add = [&](std::string_view part) {
    bool null = call.size() > 2 && !call.null(2) && part == call.bytes(2);
    parts.push_back(null ? Value::Null() : Value::Text(std::string(part)));
  };
  if (text.empty()) return call.Text("{}");
  if (call.null(1)) {
    for (std::string_view character : Characters(text)) add(character);
  } else if (std::string_view delimiter = call.bytes(1); delimiter.empty()) {
    add(text);
  } else {
    for (;;) {
      size_t at = text.find(delimiter);
      add(text.substr(0, at));
      if (at == std::string_view::npos) break;
      text.remove_prefix(at + delimiter.size());
    }
  }
  call.Text(ArrayLiteral(oid::kText, parts));
}

void NumNulls(Call& call) {
  int64_t n = 0;
  for (int i = 0; i < call.size(); ++i) n += call.null(i);
  call.Integer(n);
}
void NumNonNulls(Call& call) {
  int64_t n = 0;
  for (int i = 0; i < call.size(); ++i) n += !call.null(i);
  call.Integer(n);
}

constexpr Scalar kScalars[] = {
    {"pg_length", 1, Strict<Length>},
    {"pg_bpchar_length", 1, Strict<BpcharLength>},
    {"pg_lower", 1, Strict<Lower>},
    {"pg_upper", 1, Strict<Upper>},
    {"pg_initcap", 1, Strict<InitCap>},
    {"pg_substr", 2, Strict<Substr>},
    {"pg_substr", 3, Strict<Substr>},
    {"pg_left", 2, Strict<Left>},
    {"pg_right", 2, Strict<Right>},
    {"pg_lpad", 2, Strict<Pad<true>>},
    {"pg_lpad", 3, Strict<Pad<true>>},
    {"pg_rpad", 2, Strict<Pad<false>>},
    {"pg_rpad", 3, Strict<Pad<false>>},
    {"pg_ltrim", 1, Strict<Trim<true, false>>},
    {"pg_ltrim", 2, Strict<Trim<true, false>>},
    {"pg_rtrim", 1, Strict<Trim<false, true>>},
    {"pg_rtrim", 2, Strict<Trim<false, true>>},
    {"pg_btrim", 1, Strict<Trim<true, true>>},
    {"pg_btrim", 2, Strict<Trim<true, true>>},
    {"pg_replace", 3, Strict<Replace>},
    {"pg_translate", 3, Strict<Translate>},
    {"pg_strpos", 2, Strict<StrPos>},
    {"pg_repeat", 2, Strict<Repeat>},
    {"pg_reverse", 1, Strict<Reverse>},
    {"pg_split_part", 3, Strict<SplitPart>},
    {"pg_overlay", 3, Strict<Overlay>},
    {"pg_overlay", 4, Strict<Overlay>},
    {"pg_starts_with", 2, Strict<StartsWith>},
    {"pg_chr", 1, Strict<Chr>},
    {"pg_ascii", 1, Strict<Ascii>},
    {"pg_int4_to_hex", 1, Strict<Int4ToHex>},
    {"pg_int8_to_hex", 1, Strict<Int8ToHex>},
    {"pg_md5", 1, Strict<Md5>},
    {"pg_quote_ident", 1, Strict<QuoteIdent>},
    {"pg_quote_literal", 1, Strict<QuoteLiteral>},
    {"pg_quote_nullable", 1, Plain<QuoteNullable>},
    {"pg_text", 2, Strict<Text>},
    {"pg_concat2", 4, Strict<Concat2>},
    {"pg_concat", -1, Plain<Concat>},
    {"pg_concat_ws", -1, Plain<ConcatWs>},
    {"pg_format", -1, Plain<Format>},
    {"pg_string_to_array", 2, Plain<StringToArray>},
    {"pg_string_to_array", 3, Plain<StringToArray>},
    {"pg_num_nulls", -1, Plain<NumNulls>},
    {"pg_num_nonnulls", -1, Plain<NumNonNulls>},
};

}  // namespace

std::span<const Scalar> StringScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
