// Numeric's insides, for numeric*.cc alone: the big integers behind values that do not fit in place.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>

#include "base/numeric.h"

namespace allod {

using BigInt = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;
__extension__ using Int128 = __int128;

struct BigInteger {
  BigInt value;
};

inline constexpr int64_t kSmallLimit = 1'000'000'000'000'000'000;  // 10^18: |small| is below

// 10^n. REQUIRES: 0 <= n <= 18.
int64_t SmallPowerOfTen(int n);
const BigInt& PowerOfTen(int n);
// Decimal digits of |v|; 0 for 0.
int CountDigits(int64_t v);
int CountDigits(const BigInt& v);
// v / 10^digits, half away from zero. REQUIRES: digits >= 0.
BigInt DivideRounding(const BigInt& v, const BigInt& divisor);
BigInt ShiftRounding(const BigInt& v, int digits);

inline Status NumericOverflow() { return Fail(sqlstate::kNumericValueOutOfRange, "value overflows numeric format"); }

struct NumericImpl {
  static Numeric Make(BigInt value, int scale);  // REQUIRES: 0 <= scale <= kMaxScale
  static Numeric Make(Int128 value, int scale);
  // As Make, after the checks every result must pass.
  static Result<Numeric> Checked(BigInt value, int scale);
  static bool IsSmall(const Numeric& n) { return n.big_ == nullptr; }
  static int64_t Small(const Numeric& n) { return n.small_; }
  static BigInt Big(const Numeric& n);                  // the unscaled integer
  static BigInt Rescaled(const Numeric& n, int scale);  // n * 10^scale, rounded
  static int Digits(const Numeric& n);                  // of the unscaled integer
  // The position of the first digit that is not 0: 0 for units, -1 for tenths. REQUIRES: finite, not 0.
  static int Exponent(const Numeric& n) { return Digits(n) - n.scale() - 1; }
  // The first digit in base 10000 that is not 0, and its weight, as PostgreSQL's digits are grouped.
  static void Leading(const Numeric& n, int* digit, int* weight);
  // The digits of |n| in base 10000 from the first that is not 0, at most `count` of them.
  static double LeadingDigits(const Numeric& n, int count, int* weight, int* taken);
};

}  // namespace allod
