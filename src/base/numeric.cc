#include "base/numeric.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/numeric_big.h"

namespace allod {
namespace {

constexpr std::array<int64_t, 19> MakeSmallPowers() {
  std::array<int64_t, 19> powers{};
  int64_t p = 1;
  for (size_t i = 0; i < powers.size(); ++i) {
    powers[i] = p;
    if (i + 1 < powers.size()) p *= 10;
  }
  return powers;
}
constexpr std::array<int64_t, 19> kSmallPowers = MakeSmallPowers();

Int128 Divide128Rounding(Int128 value, Int128 divisor) {
  Int128 quotient = value / divisor, rest = value % divisor;
  if (rest < 0) rest = -rest;
  Int128 magnitude = divisor < 0 ? -divisor : divisor;
  if (rest >= magnitude - rest) quotient += (value < 0) == (divisor < 0) ? 1 : -1;
  return quotient;
}

// PostgreSQL's select_div_scale: at least 16 significant digits, and no fewer than either input shows.
int DivisionScale(const Numeric& a, const Numeric& b) {
  int digit_a = 0, weight_a = 0, digit_b = 0, weight_b = 0;
  NumericImpl::Leading(a, &digit_a, &weight_a);
  NumericImpl::Leading(b, &digit_b, &weight_b);
  int weight = weight_a - weight_b;
  if (digit_a <= digit_b) --weight;
  int scale = 16 - weight * 4;
  scale = std::max({scale, a.scale(), b.scale(), 0});
  return std::min(scale, 1000);
}

}  // namespace

int64_t SmallPowerOfTen(int n) { return kSmallPowers[static_cast<size_t>(n)]; }

const BigInt& PowerOfTen(int n) {
  // Small powers are kept; of large ones the last few, as operations come with the same scales again and again.
  constexpr int kKept = 128;
  thread_local std::vector<BigInt> kept;
  if (n < kKept) {
    if (kept.empty()) {
      kept.reserve(kKept);  // never grown beyond: references stay good
      kept.emplace_back(1);
    }
    while (static_cast<int>(kept.size()) <= n) kept.push_back(kept.back() * 10);
    return kept[static_cast<size_t>(n)];
  }
  struct Entry {
    int n = -1;
    BigInt value;
  };
  thread_local std::array<Entry, 8> recent;
  thread_local size_t next = 0;
  for (Entry& e : recent) {
    if (e.n == n) return e.value;
  }
  Entry& e = recent[next];
  next = (next + 1) % recent.size();
  e.value = boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(n));
  e.n = n;
  return e.value;
}

int CountDigits(int64_t v) {
  uint64_t u = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  int n = 0;
  while (n < 19 && u >= static_cast<uint64_t>(kSmallPowers[static_cast<size_t>(std::min(n, 18))])) {
    if (n == 18) return u >= 10u * static_cast<uint64_t>(kSmallPowers[18]) ? 20 : 19;
    ++n;
  }
  return n;
}

int CountDigits(const BigInt& v) {
  if (v == 0) return 0;
  BigInt magnitude = abs(v);
  // 2^msb <= v < 2^(msb + 1): the estimate is right or one short.
  auto bits = static_cast<double>(boost::multiprecision::msb(magnitude));
  int digits = static_cast<int>(bits * 0.30102999566398119521) + 1;
  if (digits > 1 && magnitude < PowerOfTen(digits - 1)) return digits - 1;
  return magnitude >= PowerOfTen(digits) ? digits + 1 : digits;
}

BigInt DivideRounding(const BigInt& v, const BigInt& divisor) {
  BigInt quotient, rest;
  boost::multiprecision::divide_qr(v, divisor, quotient, rest);
  if (abs(rest) * 2 >= abs(divisor)) quotient += (v < 0) == (divisor < 0) ? 1 : -1;
  return quotient;
}

BigInt ShiftRounding(const BigInt& v, int digits) {
  if (digits == 0) return v;
  return DivideRounding(v, PowerOfTen(digits));
}

Numeric NumericImpl::Make(BigInt value, int scale) {
  Numeric n;
  n.scale_ = scale;
  if (value > -kSmallLimit && value < kSmallLimit) {
    n.small_ = static_cast<int64_t>(value);
  } else {
    auto big = std::make_shared<BigInteger>();
    big->value = std::move(value);
    n.big_ = std::move(big);
  }
  return n;
}

Numeric NumericImpl::Make(Int128 value, int scale) {
  if (value > -kSmallLimit && value < kSmallLimit) {
    Numeric n;
    n.scale_ = scale;
    n.small_ = static_cast<int64_t>(value);
    return n;
  }
  return Make(BigInt(value), scale);
}

Result<Numeric> NumericImpl::Checked(BigInt value, int scale) {
  if (scale > Numeric::kMaxScale) {
    value = ShiftRounding(value, scale - Numeric::kMaxScale);
    scale = Numeric::kMaxScale;
  }
  Numeric n = Make(std::move(value), scale);
  if (!IsSmall(n) && Digits(n) - scale > Numeric::kMaxIntegralDigits) return NumericOverflow();
  return n;
}

BigInt NumericImpl::Big(const Numeric& n) { return n.big_ ? n.big_->value : BigInt(n.small_); }

BigInt NumericImpl::Rescaled(const Numeric& n, int scale) {
  if (scale >= n.scale_) return Big(n) * PowerOfTen(scale - n.scale_);
  return ShiftRounding(Big(n), n.scale_ - scale);
}

int NumericImpl::Digits(const Numeric& n) { return n.big_ ? CountDigits(n.big_->value) : CountDigits(n.small_); }

double NumericImpl::LeadingDigits(const Numeric& n, int count, int* weight, int* taken) {
  int digits = Digits(n);
  if (digits == 0) {
    *weight = 0;
    *taken = 0;
    return 0;
  }
  int exponent = digits - n.scale_ - 1;
  int top = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  *weight = top;
  // Groups down to the last that holds a digit other than 0.
  int last = -n.min_scale();  // the exponent of the last digit that counts, if there is a fraction
  if (last == 0) last = 0;
  int bottom = last >= 0 ? 0 : -((3 - last) / 4);
  int groups = std::clamp(top - bottom + 1, 1, count);
  *taken = groups;
  int lowest = (top - groups + 1) * 4;  // exponent of the last decimal digit taken
  int shift = -n.scale_ - lowest;       // unscaled * 10^shift has that digit as its units
  if (IsSmall(n)) {
    uint64_t u = static_cast<uint64_t>(n.small_ < 0 ? -n.small_ : n.small_);
    if (shift <= 0)
      return static_cast<double>(shift < -18 ? 0
                                             : u / static_cast<uint64_t>(kSmallPowers[static_cast<size_t>(-shift)]));
    double d = static_cast<double>(u);
    for (int i = 0; i < shift; ++i) d *= 10;
    return d;
  }
  BigInt v = abs(Big(n));
  if (shift <= 0) {
    v /= PowerOfTen(-shift);
  } else {
    v *= PowerOfTen(shift);
  }
  return v.convert_to<double>();
}

void NumericImpl::Leading(const Numeric& n, int* digit, int* weight) {
  int taken = 0;
  *digit = static_cast<int>(LeadingDigits(n, 1, weight, &taken));
}

Numeric Numeric::FromInt64(int64_t value) { return NumericImpl::Make(Int128{value}, 0); }
Numeric Numeric::FromUnscaled(int64_t unscaled, int scale) { return NumericImpl::Make(Int128{unscaled}, scale); }

Numeric Numeric::NaN() {
  Numeric n;
  n.kind_ = Kind::kNaN;
  return n;
}

Numeric Numeric::Infinity(bool negative) {
  Numeric n;
  n.kind_ = negative ? Kind::kNegativeInfinity : Kind::kPositiveInfinity;
  return n;
}

int Numeric::sign() const {
  switch (kind_) {
    case Kind::kNaN:
      return 0;
    case Kind::kPositiveInfinity:
      return 1;
    case Kind::kNegativeInfinity:
      return -1;
    case Kind::kFinite:
      break;
  }
  if (big_ != nullptr) return big_->value < 0 ? -1 : 1;
  return small_ == 0 ? 0 : small_ < 0 ? -1 : 1;
}

bool Numeric::is_integral() const { return is_finite() && min_scale() == 0; }

int Numeric::min_scale() const {
  int scale = scale_;
  if (big_ == nullptr) {
    if (small_ == 0) return 0;
    int64_t v = small_;
    while (scale > 0 && v % 10 == 0) {
      v /= 10;
      --scale;
    }
    return scale;
  }
  if (scale == 0) return 0;
  // Trailing zeros of the text are cheaper to count than divisions are.
  std::string text = big_->value.str();
  for (size_t i = text.size(); scale > 0 && i > 0 && text[i - 1] == '0'; --i) --scale;
  return scale;
}

int Numeric::integral_digits() const { return is_finite() ? std::max(0, NumericImpl::Digits(*this) - scale_) : 0; }

int Numeric::Compare(const Numeric& a, const Numeric& b) {
  auto rank = [](Kind k) {
    switch (k) {
      case Kind::kNegativeInfinity:
        return 0;
      case Kind::kFinite:
        return 1;
      case Kind::kPositiveInfinity:
        return 2;
      case Kind::kNaN:
        return 3;
    }
    return 3;
  };
  if (a.kind_ != Kind::kFinite || b.kind_ != Kind::kFinite) {
    int ra = rank(a.kind_), rb = rank(b.kind_);
    return ra < rb ? -1 : ra > rb ? 1 : 0;
  }
  int difference = a.scale_ - b.scale_;
  if (a.big_ == nullptr && b.big_ == nullptr && difference >= -18 && difference <= 18) {
    Int128 x = a.small_, y = b.small_;
    if (difference < 0) x *= SmallPowerOfTen(-difference);
    if (difference > 0) y *= SmallPowerOfTen(difference);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  int sa = a.sign(), sb = b.sign();
  if (sa != sb) return sa < sb ? -1 : 1;
  if (sa == 0) return 0;
  int ea = NumericImpl::Exponent(a), eb = NumericImpl::Exponent(b);
  if (ea != eb) return (ea < eb) == (sa > 0) ? -1 : 1;
  int scale = std::max(a.scale_, b.scale_);
  BigInt x = NumericImpl::Rescaled(a, scale), y = NumericImpl::Rescaled(b, scale);
  return x < y ? -1 : x > y ? 1 : 0;
}

Numeric Numeric::Negated() const {
  Numeric n = *this;
  switch (kind_) {
    case Kind::kNaN:
      return n;
    case Kind::kPositiveInfinity:
      n.kind_ = Kind::kNegativeInfinity;
      return n;
    case Kind::kNegativeInfinity:
      n.kind_ = Kind::kPositiveInfinity;
      return n;
    case Kind::kFinite:
      break;
  }
  if (big_ == nullptr) {
    n.small_ = -small_;
    return n;
  }
  return NumericImpl::Make(BigInt(-big_->value), scale_);
}

Numeric Numeric::Absolute() const { return sign() < 0 ? Negated() : *this; }

Numeric Numeric::Round(int scale) const {
  if (!is_finite()) return *this;
  scale = std::clamp(scale, -kMaxIntegralDigits - 1, kMaxScale);
  int shown = std::max(scale, 0);
  if (scale >= scale_) {
    int more = scale - scale_;
    if (more == 0) return *this;
    if (big_ == nullptr && more <= 18) return NumericImpl::Make(Int128{small_} * SmallPowerOfTen(more), shown);
    return NumericImpl::Make(NumericImpl::Rescaled(*this, scale), shown);
  }
  int fewer = scale_ - scale;
  if (big_ == nullptr) {
    if (fewer > 18) return NumericImpl::Make(Int128{0}, shown);
    Int128 v = Divide128Rounding(small_, SmallPowerOfTen(fewer));
    if (scale < 0) return NumericImpl::Make(BigInt(v) * PowerOfTen(-scale), 0);
    return NumericImpl::Make(v, shown);
  }
  if (fewer > NumericImpl::Digits(*this)) return NumericImpl::Make(Int128{0}, shown);
  BigInt v = ShiftRounding(big_->value, fewer);
  if (scale < 0) v *= PowerOfTen(-scale);
  return NumericImpl::Make(std::move(v), shown);
}

Numeric Numeric::Truncate(int scale) const {
  if (!is_finite()) return *this;
  scale = std::clamp(scale, -kMaxIntegralDigits - 1, kMaxScale);
  if (scale >= scale_) return Round(scale);
  int shown = std::max(scale, 0), fewer = scale_ - scale;
  if (fewer > NumericImpl::Digits(*this)) return NumericImpl::Make(Int128{0}, shown);
  BigInt v = NumericImpl::Big(*this) / PowerOfTen(fewer);
  if (scale < 0) v *= PowerOfTen(-scale);
  return NumericImpl::Make(std::move(v), shown);
}

Numeric Numeric::Ceil() const {
  if (!is_finite()) return *this;
  Numeric whole = Truncate(0);
  if (sign() <= 0 || Compare(whole, *this) == 0) return whole;
  return NumericImpl::Make(BigInt(NumericImpl::Big(whole) + 1), 0);
}

Numeric Numeric::Floor() const {
  if (!is_finite()) return *this;
  Numeric whole = Truncate(0);
  if (sign() >= 0 || Compare(whole, *this) == 0) return whole;
  return NumericImpl::Make(BigInt(NumericImpl::Big(whole) - 1), 0);
}

Numeric Numeric::TrimScale() const { return is_finite() ? Round(min_scale()) : *this; }

Result<Numeric> Numeric::WithTypmod(int32_t typmod) const {
  if (typmod < 4 || is_nan()) return *this;
  int32_t packed = typmod - 4;
  int precision = (packed >> 16) & 0xffff, scale = ((packed & 0x7ff) ^ 1024) - 1024;
  auto field = "A field with precision " + std::to_string(precision) + ", scale " + std::to_string(scale);
  if (is_infinite()) {
    return Fail(sqlstate::kNumericValueOutOfRange, "numeric field overflow")
        .Detail(field + " cannot hold an infinite value.");
  }
  Numeric rounded = Round(scale);
  int most = precision - scale;
  if (rounded.sign() != 0 && NumericImpl::Exponent(rounded) + 1 > most) {
    return Fail(sqlstate::kNumericValueOutOfRange, "numeric field overflow")
        .Detail(field + " must round to an absolute value less than " +
                (most != 0 ? "10^" + std::to_string(most) : std::string("1")) + ".");
  }
  return rounded;
}

Result<Numeric> Numeric::Add(const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.is_nan() || b.is_nan()) return NaN();
    if (a.is_infinite() && b.is_infinite() && a.kind_ != b.kind_) return NaN();
    return a.is_infinite() ? a : b;
  }
  int scale = std::max(a.scale_, b.scale_), difference = a.scale_ - b.scale_;
  if (a.big_ == nullptr && b.big_ == nullptr && difference >= -18 && difference <= 18) {
    Int128 x = a.small_, y = b.small_;
    if (difference < 0) x *= SmallPowerOfTen(-difference);
    if (difference > 0) y *= SmallPowerOfTen(difference);
    return NumericImpl::Make(x + y, scale);
  }
  return NumericImpl::Checked(NumericImpl::Rescaled(a, scale) + NumericImpl::Rescaled(b, scale), scale);
}

Result<Numeric> Numeric::Subtract(const Numeric& a, const Numeric& b) { return Add(a, b.Negated()); }

Result<Numeric> Numeric::Multiply(const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.is_nan() || b.is_nan()) return NaN();
    int sign = a.sign() * b.sign();
    return sign == 0 ? NaN() : Infinity(sign < 0);
  }
  int scale = a.scale_ + b.scale_;
  if (a.big_ == nullptr && b.big_ == nullptr && scale <= kMaxScale) {
    return NumericImpl::Make(Int128{a.small_} * b.small_, scale);
  }
  return NumericImpl::Checked(NumericImpl::Big(a) * NumericImpl::Big(b), scale);
}

Result<Numeric> Numeric::Divide(const Numeric& a, const Numeric& b) {
  auto division_by_zero = [] { return Fail(sqlstate::kDivisionByZero, "division by zero"); };
  if (!a.is_finite() || !b.is_finite()) {
    if (a.is_nan() || b.is_nan()) return NaN();
    if (a.is_infinite()) {
      if (b.is_infinite()) return NaN();
      if (b.sign() == 0) return division_by_zero();
      return Infinity(a.sign() * b.sign() < 0);
    }
    return Numeric();  // finite / infinite
  }
  if (b.sign() == 0) return division_by_zero();
  int scale = DivisionScale(a, b);
  int shift = scale + b.scale_ - a.scale_;  // quotient = a * 10^shift / b, in units of 10^-scale
  if (a.big_ == nullptr && b.big_ == nullptr) {
    Int128 x = a.small_, y = b.small_;
    if (shift < 0 && shift >= -18) return NumericImpl::Make(Divide128Rounding(x, y * SmallPowerOfTen(-shift)), scale);
    // |x| < 10^digits, so that x * 10^shift stays below 10^38.
    if (shift >= 0 && CountDigits(a.small_) + shift <= 38) {
      for (int rest = shift; rest > 0; rest -= 18) x *= SmallPowerOfTen(std::min(rest, 18));
      return NumericImpl::Make(Divide128Rounding(x, y), scale);
    }
  }
  BigInt x = NumericImpl::Big(a), y = NumericImpl::Big(b);
  if (shift >= 0) {
    x *= PowerOfTen(shift);
  } else {
    y *= PowerOfTen(-shift);
  }
  return NumericImpl::Checked(DivideRounding(x, y), scale);
}

Result<Numeric> Numeric::DivideTruncate(const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) return Divide(a, b);
  if (b.sign() == 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
  int scale = std::max(a.scale_, b.scale_);
  if (a.big_ == nullptr && b.big_ == nullptr && scale <= 18) {
    Int128 x = Int128{a.small_} * SmallPowerOfTen(scale - a.scale_),
           y = Int128{b.small_} * SmallPowerOfTen(scale - b.scale_);
    return NumericImpl::Make(x / y, 0);
  }
  return NumericImpl::Checked(NumericImpl::Rescaled(a, scale) / NumericImpl::Rescaled(b, scale), 0);
}

Result<Numeric> Numeric::Modulo(const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.is_nan() || b.is_nan()) return NaN();
    if (a.is_infinite()) {
      if (b.sign() == 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
      return NaN();
    }
    return a;  // finite % infinite
  }
  if (b.sign() == 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
  int scale = std::max(a.scale_, b.scale_);
  if (a.big_ == nullptr && b.big_ == nullptr && scale <= 18) {
    Int128 x = Int128{a.small_} * SmallPowerOfTen(scale - a.scale_),
           y = Int128{b.small_} * SmallPowerOfTen(scale - b.scale_);
    return NumericImpl::Make(x % y, scale);
  }
  return NumericImpl::Checked(NumericImpl::Rescaled(a, scale) % NumericImpl::Rescaled(b, scale), scale);
}

}  // namespace allod
