#include "engine/sqlite/functions/exact_sum.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace allod::engine::sqlite {
namespace {

constexpr int kSmallDigits = 18;
constexpr __int128 kSmallLimit = static_cast<__int128>(1) << 120;

// "-12.340" as 12340 and 3. False if it has more than 18 digits, or is no finite number.
bool ReadSmall(std::string_view text, int64_t* unscaled, int* scale) {
  bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  int64_t n = 0;
  int digits = 0, after_point = -1;
  for (char c : text) {
    if (c == '.' && after_point < 0) {
      after_point = 0;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kSmallDigits) return false;
    n = n * 10 + (c - '0');
    if (after_point >= 0) ++after_point;
  }
  if (digits == 0) return false;
  *unscaled = negative ? -n : n;
  *scale = std::max(after_point, 0);
  return true;
}

__int128 PowerOfTen(int n) {
  __int128 r = 1;
  while (n-- > 0) r *= 10;
  return r;
}

}  // namespace

std::string Int128Text(__int128 v) {
  bool negative = v < 0;
  unsigned __int128 u = negative ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
  char digits[48];
  char* p = digits + sizeof digits;
  do {
    *--p = static_cast<char>('0' + static_cast<int>(u % 10));
    u /= 10;
  } while (u != 0);
  if (negative) *--p = '-';
  return std::string(p, static_cast<size_t>(digits + sizeof digits - p));
}

void ExactSum::Flush() {
  if (small_ == 0) return;
  std::string text = Int128Text(small_ < 0 ? -small_ : small_);
  if (scale_ > 0) {
    if (text.size() <= static_cast<size_t>(scale_)) text.insert(0, static_cast<size_t>(scale_) + 1 - text.size(), '0');
    text.insert(text.size() - static_cast<size_t>(scale_), ".");
  }
  if (small_ < 0) text.insert(0, "-");
  Result<Numeric> sum = Numeric::Add(big_, Numeric::FromStored(text));
  if (sum.ok()) big_ = *sum;
  else overflow_ = true;
  small_ = 0;
}

void ExactSum::Change(std::string_view stored, int sign) {
  count_ += sign;
  int64_t unscaled;
  int scale;
  if (ReadSmall(stored, &unscaled, &scale)) {
    if (scale > scale_) {
      __int128 factor = PowerOfTen(scale - scale_);
      __int128 most = (small_ < 0 ? -small_ : small_);
      if (most > kSmallLimit / factor) Flush();
      else small_ *= factor;
      scale_ = scale;
    }
    __int128 value = unscaled;
    // 18 digits and a scale of at most 18 more than theirs: 10^36 is below the limit.
    value *= PowerOfTen(scale_ - scale);
    small_ += sign * value;
    if (small_ > kSmallLimit || small_ < -kSmallLimit) Flush();
  } else {
    Numeric value = Numeric::FromStored(stored);
    if (value.is_nan()) {
      nan_ += sign;
      return;
    }
    if (value.is_infinite()) {
      (value.sign() > 0 ? positive_ : negative_) += sign;
      return;
    }
    scale = value.scale();
    Result<Numeric> sum = sign > 0 ? Numeric::Add(big_, value) : Numeric::Subtract(big_, value);
    if (sum.ok()) big_ = *sum;
    else overflow_ = true;
  }
  if (scale != last_scale_) {
    last_scale_ = scale;
    last_count_ = &scales_[scale];
  }
  *last_count_ += sign;
}

Result<Numeric> ExactSum::Total() const {
  if (overflow_) return Fail(sqlstate::kNumericValueOutOfRange, "value overflows numeric format");
  if (nan_ > 0 || (positive_ > 0 && negative_ > 0)) return Numeric::NaN();
  if (positive_ > 0) return Numeric::Infinity();
  if (negative_ > 0) return Numeric::Infinity(true);
  ExactSum copy;
  copy.small_ = small_;
  copy.scale_ = scale_;
  copy.big_ = big_;
  copy.Flush();
  if (copy.overflow_) return Fail(sqlstate::kNumericValueOutOfRange, "value overflows numeric format");
  int scale = 0;
  for (const auto& [s, n] : scales_) {
    if (n > 0) scale = std::max(scale, s);
  }
  return copy.big_.Round(scale);
}

void ExactFloatSum::Carry() {
  for (int i = 0; i + 1 < kLimbs; ++i) {
    int64_t carry = limbs_[i] >> 32;  // towards minus infinity: the rest is not negative
    limbs_[i] -= carry * (int64_t{1} << 32);
    limbs_[i + 1] += carry;
  }
  changes_ = 0;
}

void ExactFloatSum::Change(double v, int sign) {
  if (v == 0) return;
  if (std::isnan(v)) {
    nan_ += sign;
    return;
  }
  if (std::isinf(v)) {
    (v > 0 ? positive_ : negative_) += sign;
    return;
  }
  int exponent;
  double fraction = std::frexp(v, &exponent);                        // v = fraction * 2^exponent
  int64_t mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));  // v = mantissa * 2^(exponent - 53)
  int shift = exponent - 53 + 1126;
  if (shift < 0) return;  // below the low parts of products: cannot be for the smallest double, 2^-1074
  bool negative = (mantissa < 0) != (sign < 0);
  unsigned __int128 wide = static_cast<unsigned __int128>(mantissa < 0 ? -mantissa : mantissa) << (shift % 32);
  for (int i = shift / 32; wide != 0 && i < kLimbs; ++i) {
    int64_t part = static_cast<int64_t>(static_cast<uint32_t>(wide));
    limbs_[i] += negative ? -part : part;
    wide >>= 32;
  }
  if (++changes_ == 1 << 30) Carry();
}

void ExactFloatSum::AddProduct(double x, double y, int sign) {
  double high = x * y;
  Change(high, sign);
  if (std::isfinite(high)) Change(std::fma(x, y, -high), sign);
}

__float128 ExactFloatSum::Total() const {
  if (nan_ > 0 || (positive_ > 0 && negative_ > 0)) return NAN;
  if (positive_ > 0) return INFINITY;
  if (negative_ > 0) return -INFINITY;
  ExactFloatSum copy = *this;
  copy.Carry();
  bool negative = copy.limbs_[kLimbs - 1] < 0;
  if (negative) {
    for (int64_t& limb : copy.limbs_) limb = -limb;
    copy.Carry();
  }
  int top = kLimbs - 1;
  while (top > 0 && copy.limbs_[top] == 0) --top;
  // Four limbs hold the leading 97 to 128 bits; what is below can only tip a tie.
  __float128 total = 0;
  for (int i = top; i >= 0 && i > top - 5; --i) {
    double unit = 0x1p32;
    total = total * unit + static_cast<__float128>(copy.limbs_[i]);
  }
  int lowest = std::max(top - 4, 0);
  int exponent = 32 * lowest - 1126;
  // 2^exponent in steps that a double holds.
  __float128 factor = 1;
  for (int left = exponent; left != 0;) {
    int step = std::clamp(left, -1000, 1000);
    factor = std::ldexp(1.0, step);
    total *= factor;
    left -= step;
  }
  return negative ? -total : total;
}

}  // namespace allod::engine::sqlite
