// Exact decimal numbers with PostgreSQL's semantics: an unscaled integer and a display scale, NaN and the infinities.
// Values whose unscaled integer has at most 18 digits are held in place; larger ones by boost::multiprecision::cpp_int,
// which stays out of this header. Immutable; copies are cheap.
//
// Result scales are PostgreSQL 15's (src/backend/utils/adt/numeric.c): a difference in the digits shown is a defect.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod {

struct BigInteger;  // base/numeric_big.h

class Numeric {
 public:
  static constexpr int kMaxScale = 16383;  // of any value
  static constexpr int kMaxIntegralDigits = 131072;
  static constexpr int kMaxTypmodPrecision = 1000;

  Numeric() = default;  // 0
  static Numeric FromInt64(int64_t value);
  // unscaled / 10^scale: FromUnscaled(1234, 2) is 12.34. REQUIRES: 0 <= scale <= kMaxScale.
  static Numeric FromUnscaled(int64_t unscaled, int scale);
  static Numeric NaN();
  static Numeric Infinity(bool negative = false);
  // As the casts from float8 and float4 do: 15 and 6 significant digits.
  static Numeric FromDouble(double value);
  static Numeric FromFloat(float value);
  // Input: blanks around it, sign, digits, point, exponent; nan, inf, infinity in any case. 22P02, 22003.
  static Result<Numeric> Parse(std::string_view text);
  // The stored form (what ToString() gives): no checks beyond memory safety. What is not a number reads as NaN.
  static Numeric FromStored(std::string_view stored);

  bool is_nan() const { return kind_ == Kind::kNaN; }
  bool is_infinite() const { return kind_ == Kind::kPositiveInfinity || kind_ == Kind::kNegativeInfinity; }
  bool is_finite() const { return kind_ == Kind::kFinite; }
  bool is_integral() const;             // finite, with no digit but 0 after the point
  int sign() const;                     // -1, 0, 1; NaN has 0
  int scale() const { return scale_; }  // digits after the point, as displayed; 0 if not finite
  int min_scale() const;                // the least scale that loses nothing
  int integral_digits() const;          // digits before the point, without leading zeros

  std::string ToString() const;
  void AppendTo(std::string* out) const;
  double ToDouble() const;  // nearest; beyond the range an infinity
  // As the casts: rounds half away from zero; 22003 "bigint out of range", 0A000 "cannot convert NaN to bigint".
  Result<int64_t> ToInt64() const;
  Result<int32_t> ToInt32() const;
  Result<int16_t> ToInt16() const;
  Result<double> CastToDouble() const;  // 22003 when out of range
  Result<float> CastToFloat() const;
  // Binary protocol (numeric_send, numeric_recv): base-10000 digits.
  void AppendBinary(std::string* out) const;
  static Result<Numeric> FromBinary(std::string_view bytes);

  // Total order: -Infinity < finite < Infinity < NaN = NaN.
  static int Compare(const Numeric& a, const Numeric& b);
  bool operator==(const Numeric& o) const { return Compare(*this, o) == 0; }
  bool operator<(const Numeric& o) const { return Compare(*this, o) < 0; }

  Numeric Negated() const;
  Numeric Absolute() const;
  // scale may be negative: Round(-2) of 1250 is 1300. Half away from zero. (SQL's round and trunc clamp it to +-2000.)
  Numeric Round(int scale) const;
  Numeric Truncate(int scale) const;
  Numeric Ceil() const;
  Numeric Floor() const;
  Numeric TrimScale() const;
  // To numeric(precision, scale): rounds, then 22003 "numeric field overflow" with PostgreSQL's detail.
  Result<Numeric> WithTypmod(int32_t typmod) const;

  static Result<Numeric> Add(const Numeric& a, const Numeric& b);
  static Result<Numeric> Subtract(const Numeric& a, const Numeric& b);
  static Result<Numeric> Multiply(const Numeric& a, const Numeric& b);
  static Result<Numeric> Divide(const Numeric& a, const Numeric& b);           // a / b; 22012
  static Result<Numeric> DivideTruncate(const Numeric& a, const Numeric& b);   // div(a, b)
  static Result<Numeric> Modulo(const Numeric& a, const Numeric& b);           // sign of a
  static Result<Numeric> Power(const Numeric& base, const Numeric& exponent);  // 2201F
  static Result<Numeric> Sqrt(const Numeric& a);                               // 2201F
  static Result<Numeric> Exp(const Numeric& a);
  static Result<Numeric> Ln(const Numeric& a);                        // 2201E
  static Result<Numeric> Log10(const Numeric& a);                     // log(a)
  static Result<Numeric> Log(const Numeric& base, const Numeric& a);  // log(base, a)
  static Result<Numeric> Gcd(const Numeric& a, const Numeric& b);
  static Result<Numeric> Lcm(const Numeric& a, const Numeric& b);
  static Result<Numeric> Factorial(int64_t n);
  // 1 .. count, 0 below and count + 1 above; 2201G on equal bounds or a count below 1.
  static Result<int64_t> WidthBucket(const Numeric& operand, const Numeric& low, const Numeric& high, int64_t count);

 private:
  friend struct NumericImpl;
  enum class Kind : uint8_t { kFinite, kNaN, kPositiveInfinity, kNegativeInfinity };
  Kind kind_ = Kind::kFinite;
  int32_t scale_ = 0;
  int64_t small_ = 0;                      // the unscaled integer if big_ is null: |small_| < 10^18
  std::shared_ptr<const BigInteger> big_;  // else
};

// Three-way comparison of two stored forms by value, without building a Numeric: the collation allod_numeric.
int CompareStoredNumeric(std::string_view a, std::string_view b);
// Equal numbers give equal keys: the stored form without trailing zeros after the point.
std::string_view StoredNumericKey(std::string_view stored);

}  // namespace allod
