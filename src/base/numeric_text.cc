// Numeric in and out: text, stored form, binary protocol, other number types.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/numeric.h"
#include "base/numeric_big.h"

namespace allod {
namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c != lower[i]) return false;
  }
  return true;
}

Status Invalid(std::string_view text) {
  return Fail(sqlstate::kInvalidTextRepresentation,
              "invalid input syntax for type numeric: \"" + std::string(text) + "\"");
}

BigInt FromDigits(std::string_view digits) {
  size_t first = digits.find_first_not_of('0');
  if (first == std::string_view::npos) return 0;
  digits.remove_prefix(first);  // a leading 0 would mean octal
  return BigInt(std::string(digits));
}

void AppendUint16(uint16_t v, std::string* out) {
  out->push_back(static_cast<char>(v >> 8));
  out->push_back(static_cast<char>(v & 0xff));
}
uint16_t ReadUint16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>((static_cast<unsigned char>(bytes[at]) << 8) |
                               static_cast<unsigned char>(bytes[at + 1]));
}

constexpr uint16_t kBinaryPositive = 0x0000, kBinaryNegative = 0x4000, kBinaryNaN = 0xc000, kBinaryInfinity = 0xd000,
                   kBinaryNegativeInfinity = 0xf000;

Status NotAnInteger(const Numeric& n, std::string_view type) {
  return Fail(sqlstate::kFeatureNotSupported,
              std::string("cannot convert ") + (n.is_nan() ? "NaN" : "infinity") + " to " + std::string(type));
}

Result<int64_t> ToInteger(const Numeric& n, int64_t least, int64_t most, std::string_view type) {
  if (!n.is_finite()) return NotAnInteger(n, type);
  Numeric whole = n.scale() == 0 ? n : n.Round(0);
  auto out_of_range = [&] { return Fail(sqlstate::kNumericValueOutOfRange, std::string(type) + " out of range"); };
  int64_t v = 0;
  if (NumericImpl::IsSmall(whole)) {
    v = NumericImpl::Small(whole);
  } else {
    BigInt big = NumericImpl::Big(whole);
    if (big < least || big > most) return out_of_range();
    v = static_cast<int64_t>(big);
  }
  if (v < least || v > most) return out_of_range();
  return v;
}

}  // namespace

Result<Numeric> Numeric::Parse(std::string_view input) {
  std::string_view text = input;
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  if (text.empty()) return Invalid(input);

  std::string_view rest = text;
  bool negative = rest.front() == '-';
  if (rest.front() == '-' || rest.front() == '+') rest.remove_prefix(1);
  if (rest.empty()) return Invalid(input);
  if (!IsDigit(rest.front()) && rest.front() != '.') {
    if (EqualsIgnoringCase(text, "nan")) return NaN();
    if (EqualsIgnoringCase(rest, "infinity") || EqualsIgnoringCase(rest, "inf")) return Infinity(negative);
    return Invalid(input);
  }

  size_t i = 0;
  int64_t small = 0;
  int significant = 0, fraction = 0, digits = 0;
  bool point = false;
  for (; i < rest.size(); ++i) {
    char c = rest[i];
    if (c == '.') {
      if (point) return Invalid(input);
      point = true;
    } else if (IsDigit(c)) {
      ++digits;
      if (significant > 0 || c != '0') ++significant;
      if (significant <= 18) small = small * 10 + (c - '0');
      if (point) ++fraction;
    } else {
      break;
    }
  }
  if (digits == 0) return Invalid(input);
  std::string_view mantissa = rest.substr(0, i);
  int64_t exponent = 0;
  if (i < rest.size()) {
    if (rest[i] != 'e' && rest[i] != 'E') return Invalid(input);
    ++i;
    bool exponent_negative = i < rest.size() && rest[i] == '-';
    if (i < rest.size() && (rest[i] == '-' || rest[i] == '+')) ++i;
    if (i == rest.size()) return Invalid(input);
    for (; i < rest.size(); ++i) {
      if (!IsDigit(rest[i])) return Invalid(input);
      if (exponent < INT32_MAX) exponent = exponent * 10 + (rest[i] - '0');
    }
    if (exponent >= INT32_MAX / 2) return NumericOverflow();
    if (exponent_negative) exponent = -exponent;
  }

  int64_t scale = int64_t{fraction} - exponent, zeros = 0;
  if (scale < 0) {
    zeros = -scale;
    scale = 0;
  }
  if (scale > kMaxScale) return NumericOverflow();
  if (significant == 0) return FromUnscaled(0, static_cast<int>(scale));
  if (significant + zeros - scale > kMaxIntegralDigits) return NumericOverflow();
  if (significant + zeros <= 18) {
    small *= SmallPowerOfTen(static_cast<int>(zeros));
    return FromUnscaled(negative ? -small : small, static_cast<int>(scale));
  }
  BigInt value;
  if (significant <= 18) {
    value = small;
  } else {
    std::string only_digits;
    only_digits.reserve(mantissa.size());
    for (char c : mantissa) {
      if (c != '.') only_digits += c;
    }
    value = FromDigits(only_digits);
  }
  if (zeros > 0) value *= PowerOfTen(static_cast<int>(zeros));
  if (negative) value = -value;
  return NumericImpl::Make(std::move(value), static_cast<int>(scale));
}

Numeric Numeric::FromStored(std::string_view stored) {
  // The common case: at most 18 digits and a point.
  if (stored.size() <= 20) {
    size_t i = !stored.empty() && stored[0] == '-' ? 1 : 0;
    bool negative = i == 1, point = false, good = i < stored.size();
    int64_t v = 0;
    int scale = 0, digits = 0;
    for (; i < stored.size(); ++i) {
      char c = stored[i];
      if (IsDigit(c)) {
        good = ++digits <= 18;
        if (good) v = v * 10 + (c - '0');
        if (point) ++scale;
      } else if (c == '.' && !point) {
        point = true;
      } else {
        good = false;
      }
      if (!good) break;
    }
    if (good) {
      Numeric n;
      n.scale_ = scale;
      n.small_ = negative ? -v : v;
      return n;
    }
  }
  Result<Numeric> parsed = Parse(stored);
  return parsed.ok() ? *std::move(parsed) : NaN();
}

void Numeric::AppendTo(std::string* out) const {
  switch (kind_) {
    case Kind::kNaN:
      out->append("NaN");
      return;
    case Kind::kPositiveInfinity:
      out->append("Infinity");
      return;
    case Kind::kNegativeInfinity:
      out->append("-Infinity");
      return;
    case Kind::kFinite:
      break;
  }
  char buffer[24];
  std::string large;
  std::string_view digits;
  if (big_ == nullptr) {
    int64_t v = small_ < 0 ? -small_ : small_;
    auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    digits = std::string_view(buffer, static_cast<size_t>(end - buffer));
  } else {
    large = abs(big_->value).str();
    digits = large;
  }
  if (sign() < 0) out->push_back('-');
  if (scale_ == 0) {
    out->append(digits);
    return;
  }
  auto scale = static_cast<size_t>(scale_);
  if (digits.size() > scale) {
    out->append(digits.substr(0, digits.size() - scale));
    out->push_back('.');
    out->append(digits.substr(digits.size() - scale));
  } else {
    out->append("0.");
    out->append(scale - digits.size(), '0');
    out->append(digits);
  }
}

std::string Numeric::ToString() const {
  std::string out;
  AppendTo(&out);
  return out;
}

double Numeric::ToDouble() const {
  switch (kind_) {
    case Kind::kNaN:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::kPositiveInfinity:
      return std::numeric_limits<double>::infinity();
    case Kind::kNegativeInfinity:
      return -std::numeric_limits<double>::infinity();
    case Kind::kFinite:
      break;
  }
  // Both exact as doubles, so that one division rounds once.
  if (big_ == nullptr && scale_ <= 18 && small_ > -(int64_t{1} << 53) && small_ < (int64_t{1} << 53)) {
    return static_cast<double>(small_) / static_cast<double>(SmallPowerOfTen(scale_));
  }
  std::string text = ToString();
  double d = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), d);
  if (error != std::errc()) {
    bool underflow = NumericImpl::Exponent(*this) < 0;
    d = underflow ? 0.0 : std::numeric_limits<double>::infinity();
    if (sign() < 0) d = -d;
  }
  return d;
}

Result<int64_t> Numeric::ToInt64() const { return ToInteger(*this, INT64_MIN, INT64_MAX, "bigint"); }

Result<int32_t> Numeric::ToInt32() const {
  ALLOD_ASSIGN_OR_RETURN(int64_t v, ToInteger(*this, INT32_MIN, INT32_MAX, "integer"));
  return static_cast<int32_t>(v);
}

Result<int16_t> Numeric::ToInt16() const {
  ALLOD_ASSIGN_OR_RETURN(int64_t v, ToInteger(*this, INT16_MIN, INT16_MAX, "smallint"));
  return static_cast<int16_t>(v);
}

Result<double> Numeric::CastToDouble() const {
  double d = ToDouble();
  if (is_finite() && (std::isinf(d) || (d == 0 && sign() != 0))) {
    return Fail(sqlstate::kNumericValueOutOfRange, "\"" + ToString() + "\" is out of range for type double precision");
  }
  return d;
}

Result<float> Numeric::CastToFloat() const {
  if (!is_finite()) return static_cast<float>(ToDouble());
  std::string text = ToString();
  float f = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), f);
  if (error != std::errc()) {
    return Fail(sqlstate::kNumericValueOutOfRange, "\"" + text + "\" is out of range for type real");
  }
  return f;
}

Numeric Numeric::FromDouble(double value) {
  if (std::isnan(value)) return NaN();
  if (std::isinf(value)) return Infinity(value < 0);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*g", 15, value);
  return FromStored(buffer);
}

Numeric Numeric::FromFloat(float value) {
  if (std::isnan(value)) return NaN();
  if (std::isinf(value)) return Infinity(value < 0);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*g", 6, static_cast<double>(value));
  return FromStored(buffer);
}

void Numeric::AppendBinary(std::string* out) const {
  if (!is_finite()) {
    AppendUint16(0, out);
    AppendUint16(0, out);
    AppendUint16(is_nan() ? kBinaryNaN : sign() < 0 ? kBinaryNegativeInfinity : kBinaryInfinity, out);
    AppendUint16(is_nan() ? 0 : 32, out);  // as PostgreSQL's own server sends it
    return;
  }
  // Decimal digits, padded so that the point stands between groups of four.
  char buffer[24];
  std::string large;
  std::string_view digits;
  if (big_ == nullptr) {
    int64_t v = small_ < 0 ? -small_ : small_;
    auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    digits = std::string_view(buffer, static_cast<size_t>(end - buffer));
  } else {
    large = abs(big_->value).str();
    digits = large;
  }
  int integral = static_cast<int>(digits.size()) - scale_;  // may be negative: zeros after the point
  int weight = integral > 0 ? (integral - 1) / 4 : -((-integral) / 4) - 1;
  int lead = (weight + 1) * 4 - integral;  // zeros before the first digit, 0 to 3
  auto digit = [&](int i) {
    i -= lead;
    return i >= 0 && i < static_cast<int>(digits.size()) ? digits[static_cast<size_t>(i)] - '0' : 0;
  };
  int groups = (lead + static_cast<int>(digits.size()) + 3) / 4;
  auto group = [&](int g) {
    return digit(4 * g) * 1000 + digit(4 * g + 1) * 100 + digit(4 * g + 2) * 10 + digit(4 * g + 3);
  };
  int first = 0;
  while (first < groups && group(first) == 0) ++first;
  while (groups > first && group(groups - 1) == 0) --groups;
  if (first == groups) {
    weight = first = 0;
    groups = 0;
  }
  AppendUint16(static_cast<uint16_t>(groups - first), out);
  AppendUint16(static_cast<uint16_t>(weight - first), out);
  AppendUint16(sign() < 0 ? kBinaryNegative : kBinaryPositive, out);
  AppendUint16(static_cast<uint16_t>(scale_), out);
  for (int g = first; g < groups; ++g) AppendUint16(static_cast<uint16_t>(group(g)), out);
}

Result<Numeric> Numeric::FromBinary(std::string_view bytes) {
  auto invalid = [](const char* what) {
    return Fail(sqlstate::kInvalidBinaryRepresentation,
                std::string("invalid ") + what + " in external \"numeric\" value");
  };
  if (bytes.size() < 8) return Fail(sqlstate::kInvalidBinaryRepresentation, "insufficient data left in message");
  size_t count = ReadUint16(bytes, 0);
  int weight = static_cast<int16_t>(ReadUint16(bytes, 2));
  uint16_t sign = ReadUint16(bytes, 4), dscale = ReadUint16(bytes, 6);
  if (bytes.size() < 8 + 2 * count)
    return Fail(sqlstate::kInvalidBinaryRepresentation, "insufficient data left in message");
  if (bytes.size() > 8 + 2 * count) {
    return Fail(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format in bind parameter");
  }
  if (sign == kBinaryNaN) return NaN();
  if (sign == kBinaryInfinity || sign == kBinaryNegativeInfinity) return Infinity(sign == kBinaryNegativeInfinity);
  if (sign != kBinaryPositive && sign != kBinaryNegative) return invalid("sign");
  if (dscale > kMaxScale) return invalid("scale");
  std::string digits;
  digits.reserve(4 * count);
  for (size_t i = 0; i < count; ++i) {
    uint16_t group = ReadUint16(bytes, 8 + 2 * i);
    if (group >= 10000) return invalid("digit");
    for (int d : {group / 1000, group / 100 % 10, group / 10 % 10, group % 10}) digits += static_cast<char>('0' + d);
  }
  // digits * 10^(4 * (weight + 1 - count)), shown with dscale digits; what lies beyond is cut off.
  BigInt value = FromDigits(digits);
  int64_t power = 4 * (int64_t{weight} + 1 - static_cast<int64_t>(count)) + dscale;
  if (value == 0) return FromUnscaled(0, dscale);
  if (power >= 0) {
    value *= PowerOfTen(static_cast<int>(power));
  } else if (-power > static_cast<int64_t>(digits.size())) {
    value = 0;
  } else {
    value /= PowerOfTen(static_cast<int>(-power));
  }
  if (sign == kBinaryNegative) value = -value;
  return NumericImpl::Checked(std::move(value), dscale);
}

namespace {

// A stored form taken apart. `rank` orders what is not finite around what is.
struct StoredParts {
  int rank = 1;  // 0: -Infinity, 1: finite, 2: Infinity, 3: NaN
  int sign = 0;
  std::string_view integral, fraction;  // without leading, without trailing zeros
};

StoredParts TakeApart(std::string_view s) {
  StoredParts p;
  bool negative = !s.empty() && s[0] == '-';
  if (negative) s.remove_prefix(1);
  if (s.empty() || !(IsDigit(s[0]) || s[0] == '.')) {
    p.rank = !s.empty() && s[0] == 'I' ? (negative ? 0 : 2) : 3;
    return p;
  }
  size_t point = s.find('.');
  p.integral = s.substr(0, point);
  if (point != std::string_view::npos) p.fraction = s.substr(point + 1);
  while (!p.integral.empty() && p.integral.front() == '0') p.integral.remove_prefix(1);
  while (!p.fraction.empty() && p.fraction.back() == '0') p.fraction.remove_suffix(1);
  p.sign = p.integral.empty() && p.fraction.empty() ? 0 : negative ? -1 : 1;
  return p;
}

}  // namespace

int CompareStoredNumeric(std::string_view a, std::string_view b) {
  StoredParts x = TakeApart(a), y = TakeApart(b);
  if (x.rank != y.rank) return x.rank < y.rank ? -1 : 1;
  if (x.rank != 1) return 0;
  if (x.sign != y.sign) return x.sign < y.sign ? -1 : 1;
  int magnitude = 0;
  if (x.integral.size() != y.integral.size()) {
    magnitude = x.integral.size() < y.integral.size() ? -1 : 1;
  } else {
    magnitude = x.integral.compare(y.integral);
    // Without trailing zeros, bytewise order of the fractions is their order.
    if (magnitude == 0) magnitude = x.fraction.compare(y.fraction);
  }
  if (magnitude == 0) return 0;
  return (magnitude < 0) == (x.sign > 0) ? -1 : 1;
}

std::string_view StoredNumericKey(std::string_view stored) {
  if (stored.find('.') == std::string_view::npos) return stored;
  while (stored.back() == '0') stored.remove_suffix(1);
  if (stored.back() == '.') stored.remove_suffix(1);
  return stored;
}

}  // namespace allod
