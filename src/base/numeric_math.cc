// Numeric's roots, powers and logarithms. The scales of results are PostgreSQL's (numeric.c: sqrt_var, exp_var, ln_var,
// log_var, power_var); the digits come from fixed-point integers with enough guard digits to round rightly.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/numeric.h"
#include "base/numeric_big.h"

namespace allod {
namespace {

constexpr int kMinSignificant = 16, kMaxDisplayScale = 1000, kMaxResultScale = 2000;
constexpr double kLog10E = 0.434294481903252, kLn10 = 2.302585092994046;

// floor(sqrt(v)), by Newton's iteration from above.
BigInt IntegerSqrt(const BigInt& v) {
  if (v <= 0) return 0;
  BigInt x = BigInt(1) << (boost::multiprecision::msb(v) / 2 + 1);
  while (true) {
    BigInt next = (x + v / x) >> 1;
    if (next >= x) return x;
    x = next;
  }
}

// All below: fixed-point numbers, an integer in units of 10^-digits.

BigInt FixedMultiply(const BigInt& a, const BigInt& b, int digits) { return a * b / PowerOfTen(digits); }

// exp(x), relative error about 10^-digits + |x|'s own. Halves until the series is short, then squares back.
BigInt FixedExp(const BigInt& x, int digits) {
  int halvings = 0;
  for (BigInt limit = PowerOfTen(digits) / 64, y = abs(x); y > limit; y >>= 1) ++halvings;
  int guard = digits + halvings / 3 + 8;
  BigInt y = (x * PowerOfTen(guard - digits)) >> halvings;
  BigInt sum = PowerOfTen(guard) + y, term = y;
  for (int i = 2; term != 0 && i < 100000; ++i) {
    term = FixedMultiply(term, y, guard) / i;
    sum += term;
  }
  for (int i = 0; i < halvings; ++i) sum = FixedMultiply(sum, sum, guard);
  return sum / PowerOfTen(guard - digits);
}

// atanh(x) for |x| < 1/2: x + x^3/3 + x^5/5 + ...
BigInt FixedAtanh(const BigInt& x, int digits) {
  BigInt square = FixedMultiply(x, x, digits), power = x, sum = x;
  for (int i = 3; power != 0; i += 2) {
    power = FixedMultiply(power, square, digits);
    sum += power / i;
  }
  return sum;
}

// ln(n) for n > 0 with `digits` digits after the point.
BigInt FixedLn(const Numeric& n, int digits) {
  int guard = digits + 12;
  BigInt unscaled = NumericImpl::Big(n);
  // n = m * 2^k with m near 1.
  int64_t bits = static_cast<int64_t>(boost::multiprecision::msb(unscaled));
  int64_t k = bits - static_cast<int64_t>(std::floor(n.scale() * 3.321928094887362));
  BigInt numerator = unscaled * PowerOfTen(guard), denominator = PowerOfTen(n.scale());
  if (k >= 0) {
    denominator <<= static_cast<unsigned>(k);
  } else {
    numerator <<= static_cast<unsigned>(-k);
  }
  BigInt one = PowerOfTen(guard), m = numerator / denominator;
  while (m > one * 3 / 2) {
    m >>= 1;
    ++k;
  }
  while (m * 4 < one * 3) {
    m <<= 1;
    --k;
  }
  // Roots bring m closer to 1, so that the series is short.
  int roots = 0;
  for (; roots < 6 && abs(m - one) * 64 > one; ++roots) m = IntegerSqrt(m * one);
  BigInt result = FixedAtanh((m - one) * one / (m + one), guard) << (roots + 1);
  if (k != 0) {
    BigInt ln2 = FixedAtanh(one / 3, guard) * 2;
    result += ln2 * k;
  }
  return result / PowerOfTen(guard - digits);
}

// PostgreSQL's estimate_ln_dweight: the decimal weight of ln(n).
int EstimateLnWeight(const Numeric& n) {
  if (n.sign() <= 0) return 0;
  static const Numeric low = Numeric::FromUnscaled(9, 1), high = Numeric::FromUnscaled(11, 1),
                       one = Numeric::FromInt64(1);
  if (Numeric::Compare(n, low) >= 0 && Numeric::Compare(n, high) <= 0) {
    Result<Numeric> x = Numeric::Subtract(n, one);
    if (!x.ok() || x->sign() == 0) return 0;
    int digit = 0, weight = 0;
    NumericImpl::Leading(*x, &digit, &weight);
    return weight * 4 + static_cast<int>(std::log10(digit));
  }
  int weight = 0, taken = 0;
  double digits = NumericImpl::LeadingDigits(n, 2, &weight, &taken);
  if (digits <= 0) return 0;
  double ln = std::log(digits) + (weight - (taken - 1)) * 4 * kLn10;
  return static_cast<int>(std::log10(std::abs(ln)));
}

int ClampScale(int scale) { return std::clamp(scale, 0, kMaxDisplayScale); }

// v, in units of 10^-from, rounded to `scale`.
Result<Numeric> FromFixed(const BigInt& v, int from, int scale) {
  if (from >= scale) return NumericImpl::Checked(ShiftRounding(v, from - scale), scale);
  return NumericImpl::Checked(v * PowerOfTen(scale - from), scale);
}

// exp(x) rounded to `scale`, where x is given to `digits` digits after the point.
Result<Numeric> ExpRounded(const BigInt& x, int digits, double estimate, int scale) {
  if (std::abs(estimate) >= kMaxResultScale * 3) {
    if (estimate > 0) return NumericOverflow();
    return NumericImpl::Make(Int128{0}, scale);
  }
  return FromFixed(FixedExp(x, digits), digits, scale);
}

Status NegativeToFraction() {
  return Fail(sqlstate::kInvalidArgumentForPowerFunction,
              "a negative number raised to a non-integer power yields a complex result");
}
Status ZeroToNegative() {
  return Fail(sqlstate::kInvalidArgumentForPowerFunction, "zero raised to a negative power is undefined");
}

// A decimal floating-point number: mantissa * 10^exponent, cut to some digits.
struct Floating {
  BigInt mantissa;
  int64_t exponent = 0;
};
void Cut(Floating* f, int digits) {
  int excess = CountDigits(f->mantissa) - digits;
  if (excess <= 0) return;
  f->mantissa /= PowerOfTen(excess);
  f->exponent += excess;
}

// base^exponent to `scale` digits. REQUIRES: base is finite.
Result<Numeric> IntegerPower(const Numeric& base, int64_t exponent, int scale) {
  static const Numeric one = Numeric::FromInt64(1);
  auto rounded = [scale](Result<Numeric> r) -> Result<Numeric> {
    if (!r.ok()) return r;
    return r->Round(scale);
  };
  if (exponent == 0) return one.Round(scale);
  if (exponent == 1) return base.Round(scale);
  if (exponent == 2) return rounded(Numeric::Multiply(base, base));
  if (base.sign() == 0) {
    if (exponent < 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
    return NumericImpl::Make(Int128{0}, scale);
  }
  int weight = 0, taken = 0;
  double leading = NumericImpl::LeadingDigits(base, 4, &weight, &taken);
  double log10_result = static_cast<double>(exponent) * (std::log10(leading) + (weight - (taken - 1)) * 4);
  if (log10_result > Numeric::kMaxIntegralDigits + 1) return NumericOverflow();
  if (log10_result + 1 < -scale || log10_result + 1 < -kMaxDisplayScale) return NumericImpl::Make(Int128{0}, scale);

  int digits = std::max(1 + scale + static_cast<int>(log10_result), 16) + 16 + CountDigits(exponent) +
               CountDigits(int64_t{NumericImpl::Digits(base)});
  uint64_t magnitude = exponent < 0 ? 0 - static_cast<uint64_t>(exponent) : static_cast<uint64_t>(exponent);
  Floating result{1, 0}, power{NumericImpl::Big(base), -base.scale()};
  Cut(&power, digits);
  while (true) {
    if ((magnitude & 1) != 0) {
      result.mantissa *= power.mantissa;
      result.exponent += power.exponent;
      Cut(&result, digits);
    }
    magnitude >>= 1;
    if (magnitude == 0) break;
    power.mantissa *= power.mantissa;
    power.exponent *= 2;
    Cut(&power, digits);
  }
  if (exponent < 0) {
    // 1 / (m * 10^e) = (10^k / m) * 10^(-k - e)
    int k = digits + CountDigits(result.mantissa);
    result.mantissa = PowerOfTen(k) / result.mantissa;
    result.exponent = -k - result.exponent;
  }
  int64_t shift = result.exponent + scale;
  if (shift >= 0) {
    if (shift > Numeric::kMaxIntegralDigits + Numeric::kMaxScale) return NumericOverflow();
    return NumericImpl::Checked(result.mantissa * PowerOfTen(static_cast<int>(shift)), scale);
  }
  if (-shift > CountDigits(result.mantissa)) return NumericImpl::Make(Int128{0}, scale);
  return NumericImpl::Checked(ShiftRounding(result.mantissa, static_cast<int>(-shift)), scale);
}

// base^exponent where at least one is NaN or infinite: POSIX's rules for pow().
Result<Numeric> SpecialPower(const Numeric& base, const Numeric& exponent) {
  static const Numeric one = Numeric::FromInt64(1), minus_one = Numeric::FromInt64(-1);
  if (base.is_nan()) return exponent.is_finite() && exponent.sign() == 0 ? one : Numeric::NaN();
  if (exponent.is_nan()) return base.is_finite() && base == one ? one : Numeric::NaN();
  int sign = exponent.sign();
  if (base.sign() == 0 && sign < 0) return ZeroToNegative();
  if (base.sign() < 0 && exponent.is_finite() && !exponent.is_integral()) return NegativeToFraction();
  if (base.is_finite() && base == one) return one;
  if (sign == 0) return one;
  if (base.sign() == 0) return Numeric();
  if (exponent.is_infinite()) {
    bool grows = true;
    if (base.is_finite()) {
      if (base == minus_one) return one;
      grows = Numeric::Compare(base.Absolute(), one) > 0;
    }
    return grows == (sign > 0) ? Numeric::Infinity() : Numeric();
  }
  if (sign < 0) return Numeric();
  if (base.sign() > 0) return Numeric::Infinity();
  Result<Numeric> odd = Numeric::Modulo(exponent, Numeric::FromInt64(2));
  return Numeric::Infinity(odd.ok() && odd->sign() != 0);
}

}  // namespace

Result<Numeric> Numeric::Sqrt(const Numeric& a) {
  if (a.is_nan()) return a;
  if (a.sign() < 0) {
    return Fail(sqlstate::kInvalidArgumentForPowerFunction, "cannot take square root of a negative number");
  }
  if (a.is_infinite()) return a;
  int digit = 0, weight = 0;
  NumericImpl::Leading(a, &digit, &weight);
  int result_weight = (weight + 1) * 4 / 2 - 1;
  int scale = ClampScale(std::max(kMinSignificant - result_weight, a.scale()));
  BigInt v = NumericImpl::Big(a);
  int shift = 2 * (scale + 1) - a.scale();
  v = shift >= 0 ? v * PowerOfTen(shift) : v / PowerOfTen(-shift);
  return FromFixed(IntegerSqrt(v), scale + 1, scale);
}

Result<Numeric> Numeric::Exp(const Numeric& a) {
  if (a.is_nan()) return a;
  if (a.is_infinite()) return a.sign() < 0 ? Numeric() : a;
  double value = a.ToDouble();
  double weight = std::clamp(value * kLog10E, -double{kMaxResultScale}, double{kMaxResultScale});
  int scale = ClampScale(std::max(kMinSignificant - static_cast<int>(weight), a.scale()));
  if (std::abs(value) >= kMaxResultScale * 3) {
    if (value > 0) return NumericOverflow();
    return NumericImpl::Make(Int128{0}, scale);
  }
  int digits = scale + std::max(0, static_cast<int>(value * kLog10E)) + 16;
  return ExpRounded(NumericImpl::Rescaled(a, std::max(digits, a.scale())), std::max(digits, a.scale()), value, scale);
}

namespace {

Status LogarithmOf(const Numeric& a) {
  return Fail(sqlstate::kInvalidArgumentForLogarithm,
              a.sign() == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
}

}  // namespace

Result<Numeric> Numeric::Ln(const Numeric& a) {
  if (a.is_nan()) return a;
  if (a.sign() <= 0) return LogarithmOf(a);
  if (a.is_infinite()) return a;
  int scale = ClampScale(std::max(kMinSignificant - EstimateLnWeight(a), a.scale()));
  return FromFixed(FixedLn(a, scale + 10), scale + 10, scale);
}

Result<Numeric> Numeric::Log10(const Numeric& a) { return Log(FromInt64(10), a); }

Result<Numeric> Numeric::Log(const Numeric& base, const Numeric& a) {
  if (base.is_nan() || a.is_nan()) return NaN();
  if (!base.is_finite() || !a.is_finite()) {
    if (a.sign() < 0) return LogarithmOf(a);
  }
  if (base.sign() <= 0) return LogarithmOf(base);
  if (a.sign() <= 0) return LogarithmOf(a);
  if (base.is_infinite()) return a.is_infinite() ? NaN() : Numeric();
  if (a.is_infinite()) return a;
  int base_weight = EstimateLnWeight(base), weight = EstimateLnWeight(a);
  int scale = ClampScale(std::max({kMinSignificant - (weight - base_weight), base.scale(), a.scale()}));
  int digits = scale + 16 + 2 * std::max(0, -base_weight) + std::max(0, weight);
  BigInt divisor = FixedLn(base, digits);
  if (divisor == 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
  return NumericImpl::Checked(DivideRounding(FixedLn(a, digits) * PowerOfTen(scale), divisor), scale);
}

Result<Numeric> Numeric::Power(const Numeric& base, const Numeric& exponent) {
  if (!base.is_finite() || !exponent.is_finite()) return SpecialPower(base, exponent);
  if (base.sign() == 0 && exponent.sign() < 0) return ZeroToNegative();
  bool integral = exponent.is_integral();
  if (base.sign() < 0 && !integral) return NegativeToFraction();
  if (integral) {
    Result<int64_t> n = exponent.ToInt64();
    if (n.ok() && *n >= INT32_MIN && *n <= INT32_MAX) {
      return IntegerPower(base, *n, ClampScale(std::max(kMinSignificant, base.scale())));
    }
  }
  if (base.sign() == 0) return NumericImpl::Make(Int128{0}, kMinSignificant);
  Numeric positive = base.Absolute();
  int ln_weight = EstimateLnWeight(positive);
  // A first look at exponent * ln(base) gives the size of the result.
  int rough = std::max(8 - ln_weight, 0) + 4;
  double ln_base = NumericImpl::Make(FixedLn(positive, rough), rough).ToDouble();
  double value = ln_base == 0 ? 0 : ln_base * exponent.ToDouble();
  if (std::abs(value) > kMaxResultScale * 3.01) {
    if (value > 0) return NumericOverflow();
    return NumericImpl::Make(Int128{0}, kMaxDisplayScale);
  }
  double weight = value * kLog10E;
  int scale = ClampScale(std::max({kMinSignificant - static_cast<int>(weight), base.scale(), exponent.scale()}));
  // exp multiplies the error of its argument by its result.
  int digits = scale + std::max(0, static_cast<int>(weight)) + 16;
  int ln_digits = digits + exponent.integral_digits() + 4;
  BigInt product = FixedLn(positive, ln_digits) * NumericImpl::Big(exponent);
  product = ShiftRounding(product, ln_digits + exponent.scale() - digits);
  Result<Numeric> result = ExpRounded(product, digits, value, scale);
  if (!result.ok() || base.sign() > 0) return result;
  Result<Numeric> odd = Modulo(exponent, FromInt64(2));
  return odd.ok() && odd->sign() != 0 ? result->Negated() : *result;
}

Result<Numeric> Numeric::Gcd(const Numeric& a, const Numeric& b) {
  if (a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite()) return NaN();
  int scale = std::max(a.scale(), b.scale());
  return NumericImpl::Checked(
      boost::multiprecision::gcd(NumericImpl::Rescaled(a, scale), NumericImpl::Rescaled(b, scale)), scale);
}

Result<Numeric> Numeric::Lcm(const Numeric& a, const Numeric& b) {
  if (a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite()) return NaN();
  int scale = std::max(a.scale(), b.scale());
  BigInt x = NumericImpl::Rescaled(a, scale), y = NumericImpl::Rescaled(b, scale);
  if (x == 0 || y == 0) return NumericImpl::Make(Int128{0}, scale);
  return NumericImpl::Checked(abs(x / boost::multiprecision::gcd(x, y) * y), scale);
}

Result<Numeric> Numeric::Factorial(int64_t n) {
  if (n < 0) return Fail(sqlstate::kNumericValueOutOfRange, "factorial of a negative number is undefined");
  if (n > 32177) return NumericOverflow();  // more than 131072 digits
  BigInt product = 1;
  for (int64_t i = 2; i <= n; ++i) product *= i;
  return NumericImpl::Checked(std::move(product), 0);
}

Result<int64_t> Numeric::WidthBucket(const Numeric& operand, const Numeric& low, const Numeric& high, int64_t count) {
  auto refuse = [](const char* why) { return Fail(sqlstate::kInvalidArgumentForWidthBucket, why); };
  if (count <= 0) return refuse("count must be greater than zero");
  if (operand.is_nan() || low.is_nan() || high.is_nan())
    return refuse("operand, lower bound, and upper bound cannot be NaN");
  if (low.is_infinite() || high.is_infinite()) return refuse("lower and upper bounds must be finite");
  int order = Compare(low, high);
  if (order == 0) return refuse("lower bound cannot equal upper bound");
  bool below = order < 0 ? Compare(operand, low) < 0 : Compare(operand, low) > 0;
  if (below) return 0;
  bool above = order < 0 ? Compare(operand, high) >= 0 : Compare(operand, high) <= 0;
  if (above) {
    if (count == INT64_MAX) return Fail(sqlstate::kNumericValueOutOfRange, "integer out of range");
    return count + 1;
  }
  int scale = std::max({operand.scale(), low.scale(), high.scale()});
  BigInt from = NumericImpl::Rescaled(low, scale);
  BigInt distance = abs(NumericImpl::Rescaled(operand, scale) - from),
         width = abs(NumericImpl::Rescaled(high, scale) - from);
  return static_cast<int64_t>(distance * count / width) + 1;
}

}  // namespace allod
