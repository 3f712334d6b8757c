// Booleans, integers, floats, bytea and uuid, in and out, as text.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/format_internal.h"
#include "base/types.h"

namespace allod {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool IsPrefixOf(std::string_view text, std::string_view word) {
  if (text.size() > word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != word[i]) return false;
  }
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
constexpr char kHexDigits[] = "0123456789abcdef";

std::string_view TypeName(Oid oid) {
  const TypeInfo* info = FindType(oid);
  return info == nullptr ? "unknown" : info->sql_name;
}

Status OutOfRange(std::string_view text, std::string_view type) {
  return Fail(sqlstate::kNumericValueOutOfRange,
              "value \"" + std::string(text) + "\" is out of range for type " + std::string(type));
}

Status NoNaN() {
  return Fail(sqlstate::kNumericValueOutOfRange, "\"NaN\" cannot be stored as a floating-point number")
      .Hint("Store it as numeric, which has a NaN, or use NULL.");
}

__extension__ using Int128 = __int128;

// The shortest digits that read back as `v`, in scientific form. PostgreSQL never takes a decimal that lies exactly
// between two numbers, though reading would round it to the right one: only integers beyond the mantissa can be so.
template <typename T>
std::string_view ShortestDigits(T v, char* buffer, size_t size) {
  char* end = std::to_chars(buffer, buffer + size, v, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  T magnitude = std::abs(v);
  constexpr T kExact = static_cast<T>(uint64_t{1} << std::numeric_limits<T>::digits);
  if (!(magnitude > kExact) || !(magnitude < static_cast<T>(8e37))) return text;
  auto exact = [](std::string_view s) {
    Int128 n = 0;
    int fraction = 0, exponent = 0;
    bool point = false;
    size_t i = s[0] == '-' ? 1 : 0;
    for (; i < s.size() && s[i] != 'e'; ++i) {
      if (s[i] == '.') {
        point = true;
      } else {
        n = n * 10 + (s[i] - '0');
        fraction += point ? 1 : 0;
      }
    }
    std::from_chars(s.data() + i + 2, s.data() + s.size(), exponent);  // after "e+"
    for (; exponent > fraction; --exponent) n *= 10;
    return n;
  };
  auto between = [&](std::string_view s) {
    Int128 twice = exact(s) * 2, self = static_cast<Int128>(magnitude);
    return twice == self + static_cast<Int128>(std::nextafter(magnitude, std::numeric_limits<T>::infinity())) ||
           twice == self + static_cast<Int128>(std::nextafter(magnitude, T{0}));
  };
  if (text.size() > 24 || !between(text)) return text;
  size_t digits = text.find('e') - (text[0] == '-' ? 1 : 0) - (text.find('.') != std::string_view::npos ? 1 : 0);
  for (auto precision = static_cast<int>(digits); precision <= std::numeric_limits<T>::max_digits10; ++precision) {
    int n = std::snprintf(buffer, size, "%.*e", precision, static_cast<double>(v));
    T back{};
    std::from_chars(buffer, buffer + n, back);
    std::string_view longer(buffer, static_cast<size_t>(n));
    if (back == v && !between(longer)) return longer;
  }
  return text;
}

}  // namespace

Result<Value> ParseBool(std::string_view input) {
  std::string_view text = TrimBlanks(input);
  if (!text.empty()) {
    switch (Lower(text[0])) {
      case 't':
        if (IsPrefixOf(text, "true")) return Value::Bool(true);
        break;
      case 'f':
        if (IsPrefixOf(text, "false")) return Value::Bool(false);
        break;
      case 'y':
        if (IsPrefixOf(text, "yes")) return Value::Bool(true);
        break;
      case 'n':
        if (IsPrefixOf(text, "no")) return Value::Bool(false);
        break;
      case 'o':
        // "o" alone could be either.
        if (text.size() >= 2 && IsPrefixOf(text, "on")) return Value::Bool(true);
        if (text.size() >= 2 && IsPrefixOf(text, "off")) return Value::Bool(false);
        break;
      case '1':
        if (text.size() == 1) return Value::Bool(true);
        break;
      case '0':
        if (text.size() == 1) return Value::Bool(false);
        break;
      default:
        break;
    }
  }
  return InvalidSyntax("boolean", input);
}

Result<Value> ParseInteger(Oid oid, std::string_view input) {
  std::string_view text = TrimBlanks(input);
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  int64_t v = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  bool digits_only = end == text.data() + text.size() && !text.empty() && input.find("+-") == std::string_view::npos;
  bool wide = oid != oid::kInt2 && oid != oid::kInt4 && oid != oid::kInt8;  // oid and its kin
  std::string_view type = wide ? "oid" : TypeName(oid);
  if (error == std::errc::invalid_argument || !digits_only) {
    return InvalidSyntax(type, input);
  }
  int64_t least = INT64_MIN, most = INT64_MAX;
  if (oid == oid::kInt2) {
    least = INT16_MIN;
    most = INT16_MAX;
  } else if (oid == oid::kInt4) {
    least = INT32_MIN;
    most = INT32_MAX;
  } else if (wide) {
    least = INT32_MIN;
    most = UINT32_MAX;
  }
  if (error == std::errc::result_out_of_range || v < least || v > most) return OutOfRange(input, type);
  if (wide && v < 0) v += int64_t{1} << 32;  // "-1" is 4294967295
  return Value::Integer(v);
}

Result<Value> ParseFloat(Oid oid, std::string_view input) {
  std::string_view type = TypeName(oid);
  std::string_view text = TrimBlanks(input);
  std::string_view rest = text;
  bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  if (rest.empty() || rest[0] == '-' || rest[0] == '+') return InvalidSyntax(type, input);
  auto is_word = [&](std::string_view word) { return rest.size() == word.size() && IsPrefixOf(rest, word); };
  if (is_word("nan")) return NoNaN();
  if (is_word("inf") || is_word("infinity")) {
    double infinity = std::numeric_limits<double>::infinity();
    return Value::Real(negative ? -infinity : infinity);
  }
  if (!((rest[0] >= '0' && rest[0] <= '9') || rest[0] == '.')) return InvalidSyntax(type, input);
  auto read = [&](auto v) -> Result<Value> {
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), v);
    if (error == std::errc::invalid_argument || end != rest.data() + rest.size()) return InvalidSyntax(type, input);
    if (error == std::errc::result_out_of_range) {
      return Fail(sqlstate::kNumericValueOutOfRange,
                  "\"" + std::string(text) + "\" is out of range for type " + std::string(type));
    }
    auto d = static_cast<double>(v);
    return Value::Real(negative ? -d : d);
  };
  return oid == oid::kFloat4 ? read(float{}) : read(double{});
}

Result<Value> ParseBytea(std::string_view text) {
  std::string out;
  if (text.starts_with("\\x")) {
    out.reserve(text.size() / 2);
    for (size_t i = 2; i < text.size();) {
      if (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
        ++i;
        continue;
      }
      auto digit = [&](size_t at, int* v) -> Status {
        *v = HexDigit(text[at]);
        if (*v >= 0) return Ok();
        return Fail(sqlstate::kInvalidParameterValue,
                    "invalid hexadecimal digit: \"" + std::string(text.substr(at, 1)) + "\"");
      };
      int high = 0, low = 0;
      ALLOD_RETURN_IF_ERROR(digit(i, &high));
      if (i + 1 >= text.size()) {
        return Fail(sqlstate::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
      }
      ALLOD_RETURN_IF_ERROR(digit(i + 1, &low));
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
    return Value::Blob(std::move(out));
  }
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    auto octal = [&](size_t at, char most) { return at < text.size() && text[at] >= '0' && text[at] <= most; };
    if (i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\';
      i += 2;
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      out += static_cast<char>(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0'));
      i += 4;
    } else {
      return Fail(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type bytea");
    }
  }
  return Value::Blob(std::move(out));
}

Result<Value> ParseUuid(std::string_view input) {
  std::string_view text = input;
  bool braces = text.starts_with('{');
  if (braces) text.remove_prefix(1);
  std::string out;
  out.reserve(16);
  // Two digits a byte; a hyphen may stand after every second byte.
  size_t i = 0;
  for (int byte = 0; byte < 16; ++byte) {
    int high = i < text.size() ? HexDigit(text[i]) : -1, low = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
    if (high < 0 || low < 0) return InvalidSyntax("uuid", input);
    out += static_cast<char>(high * 16 + low);
    i += 2;
    if (byte % 2 == 1 && byte < 15 && i < text.size() && text[i] == '-') ++i;
  }
  if (braces) {
    if (i >= text.size() || text[i] != '}') return InvalidSyntax("uuid", input);
    ++i;
  }
  if (i != text.size()) return InvalidSyntax("uuid", input);
  return Value::Blob(std::move(out));
}

void AppendInteger(int64_t v, std::string* out) {
  char buffer[24];
  out->append(buffer, static_cast<size_t>(std::to_chars(buffer, buffer + sizeof buffer, v).ptr - buffer));
}

void AppendFloat(Oid oid, double v, int extra_float_digits, std::string* out) {
  bool single = oid == oid::kFloat4;
  if (std::isnan(v)) {
    out->append("NaN");
    return;
  }
  if (std::isinf(v)) {
    out->append(v < 0 ? "-Infinity" : "Infinity");
    return;
  }
  char buffer[64];
  if (extra_float_digits <= 0) {
    int precision = (single ? 6 : 15) + extra_float_digits;
    if (precision < 1) precision = 1;
    int n = std::snprintf(buffer, sizeof buffer, "%.*g", precision, v);
    out->append(buffer, static_cast<size_t>(n));
    return;
  }
  // The shortest digits that read back as the same number, laid out as PostgreSQL lays them out: with an exponent of at
  // least two digits below 1e-4 and from 1e15 (1e6 for real) on.
  std::string_view text =
      single ? ShortestDigits(static_cast<float>(v), buffer, sizeof buffer) : ShortestDigits(v, buffer, sizeof buffer);
  size_t e = text.find('e');
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text[0] == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (exponent < -4 || exponent >= (single ? 6 : 15)) {
    out->append(text);
    return;
  }
  std::string_view mantissa = text.substr(0, e);
  if (mantissa[0] == '-') {
    out->push_back('-');
    mantissa.remove_prefix(1);
  }
  char digits[32];
  size_t count = 0;
  for (char c : mantissa) {
    if (c != '.') digits[count++] = c;
  }
  if (exponent < 0) {
    out->append("0.");
    out->append(static_cast<size_t>(-exponent - 1), '0');
    out->append(digits, count);
    return;
  }
  auto integral = static_cast<size_t>(exponent) + 1;
  if (count <= integral) {
    out->append(digits, count);
    out->append(integral - count, '0');
  } else {
    out->append(digits, integral);
    out->push_back('.');
    out->append(digits + integral, count - integral);
  }
}

void AppendBytea(std::string_view bytes, bool hex, std::string* out) {
  if (hex) {
    out->append("\\x");
    size_t at = out->size();
    out->resize(at + 2 * bytes.size());
    char* p = out->data() + at;
    for (unsigned char c : bytes) {
      *p++ = kHexDigits[c >> 4];
      *p++ = kHexDigits[c & 15];
    }
    return;
  }
  for (unsigned char c : bytes) {
    if (c == '\\') {
      out->append("\\\\");
    } else if (c < 0x20 || c > 0x7e) {
      out->push_back('\\');
      out->push_back(static_cast<char>('0' + (c >> 6)));
      out->push_back(static_cast<char>('0' + ((c >> 3) & 7)));
      out->push_back(static_cast<char>('0' + (c & 7)));
    } else {
      out->push_back(static_cast<char>(c));
    }
  }
}

void AppendUuid(std::string_view bytes, std::string* out) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out->push_back('-');
    auto c = static_cast<unsigned char>(bytes[i]);
    out->push_back(kHexDigits[c >> 4]);
    out->push_back(kHexDigits[c & 15]);
  }
}

}  // namespace allod
