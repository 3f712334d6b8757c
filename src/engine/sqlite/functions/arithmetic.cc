// Integers and floating point.
#include <limits>
#include <random>

#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

struct Int2 {
  static constexpr int64_t kMin = INT16_MIN, kMax = INT16_MAX;
  static constexpr int kBits = 16;
  static constexpr const char* kRange = "smallint out of range";
};
struct Int4 {
  static constexpr int64_t kMin = INT32_MIN, kMax = INT32_MAX;
  static constexpr int kBits = 32;
  static constexpr const char* kRange = "integer out of range";
};
struct Int8 {
  static constexpr int64_t kMin = INT64_MIN, kMax = INT64_MAX;
  static constexpr int kBits = 64;
  static constexpr const char* kRange = "bigint out of range";
};

template <typename W>
void Range(Call& call) { call.Fail(sqlstate::kNumericValueOutOfRange, W::kRange); }
void DivisionByZero(Call& call) { call.Fail(sqlstate::kDivisionByZero, "division by zero"); }

template <typename W>
void GiveInt(Call& call, int64_t v) {
  if (v < W::kMin || v > W::kMax) return Range<W>(call);
  call.Integer(v);
}

template <typename W>
void Add(Call& call) {
  int64_t r;
  if (__builtin_add_overflow(call.integer(0), call.integer(1), &r)) return Range<W>(call);
  GiveInt<W>(call, r);
}
template <typename W>
void Sub(Call& call) {
  int64_t r;
  if (__builtin_sub_overflow(call.integer(0), call.integer(1), &r)) return Range<W>(call);
  GiveInt<W>(call, r);
}
template <typename W>
void Mul(Call& call) {
  int64_t r;
  if (__builtin_mul_overflow(call.integer(0), call.integer(1), &r)) return Range<W>(call);
  GiveInt<W>(call, r);
}
template <typename W>
void Div(Call& call) {
  int64_t a = call.integer(0), b = call.integer(1);
  if (b == 0) return DivisionByZero(call);
  if (b == -1) return a == W::kMin ? Range<W>(call) : call.Integer(-a);
  call.Integer(a / b);
}
template <typename W>
void Mod(Call& call) {
  int64_t a = call.integer(0), b = call.integer(1);
  if (b == 0) return DivisionByZero(call);
  call.Integer(b == -1 ? 0 : a % b);
}
template <typename W>
void Neg(Call& call) {
  int64_t a = call.integer(0);
  if (a == W::kMin) return Range<W>(call);
  call.Integer(-a);
}
template <typename W>
void Abs(Call& call) {
  int64_t a = call.integer(0);
  if (a == W::kMin) return Range<W>(call);
  call.Integer(a < 0 ? -a : a);
}
// As the processor shifts: the count modulo the width (16-bit operands shift as 32-bit ones).
template <typename W>
void ShiftLeft(Call& call) {
  uint64_t a = static_cast<uint64_t>(call.integer(0));
  int count = static_cast<int>(call.integer(1)) & (W::kBits == 64 ? 63 : 31);
  uint64_t r = a << count;
  if constexpr (W::kBits == 64) call.Integer(static_cast<int64_t>(r));
  else if constexpr (W::kBits == 32) call.Integer(static_cast<int32_t>(r));
  else call.Integer(static_cast<int16_t>(r));
}
template <typename W>
void ShiftRight(Call& call) {
  call.Integer(call.integer(0) >> (static_cast<int>(call.integer(1)) & (W::kBits == 64 ? 63 : 31)));
}
void Xor(Call& call) { call.Integer(call.integer(0) ^ call.integer(1)); }

uint64_t Magnitude(int64_t v) { return v < 0 ? uint64_t{0} - static_cast<uint64_t>(v) : static_cast<uint64_t>(v); }
uint64_t GcdOf(uint64_t a, uint64_t b) {
  while (b != 0) {
    uint64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}
template <typename W>
void Gcd(Call& call) {
  uint64_t r = GcdOf(Magnitude(call.integer(0)), Magnitude(call.integer(1)));
  if (r > static_cast<uint64_t>(W::kMax)) return Range<W>(call);
  call.Integer(static_cast<int64_t>(r));
}
template <typename W>
void Lcm(Call& call) {
  uint64_t a = Magnitude(call.integer(0)), b = Magnitude(call.integer(1));
  if (a == 0 || b == 0) return call.Integer(0);
  uint64_t r;
  if (__builtin_mul_overflow(a / GcdOf(a, b), b, &r) || r > static_cast<uint64_t>(W::kMax)) return Range<W>(call);
  call.Integer(static_cast<int64_t>(r));
}

// --- floating point ---

void Overflow(Call& call) { call.Fail(sqlstate::kNumericValueOutOfRange, "value out of range: overflow"); }
void Underflow(Call& call) { call.Fail(sqlstate::kNumericValueOutOfRange, "value out of range: underflow"); }
void InputRange(Call& call) { call.Fail(sqlstate::kNumericValueOutOfRange, "input is out of range"); }

template <typename F>
void FloatAdd(Call& call) {
  F a = static_cast<F>(call.real(0)), b = static_cast<F>(call.real(1)), r = a + b;
  if (std::isinf(r) && !std::isinf(a) && !std::isinf(b)) return Overflow(call);
  call.Real(r);
}
template <typename F>
void FloatSub(Call& call) {
  F a = static_cast<F>(call.real(0)), b = static_cast<F>(call.real(1)), r = a - b;
  if (std::isinf(r) && !std::isinf(a) && !std::isinf(b)) return Overflow(call);
  call.Real(r);
}
template <typename F>
void FloatMul(Call& call) {
  F a = static_cast<F>(call.real(0)), b = static_cast<F>(call.real(1)), r = a * b;
  if (std::isinf(r) && !std::isinf(a) && !std::isinf(b)) return Overflow(call);
  if (r == 0 && a != 0 && b != 0) return Underflow(call);
  call.Real(r);
}
template <typename F>
void FloatDiv(Call& call) {
  F a = static_cast<F>(call.real(0)), b = static_cast<F>(call.real(1));
  if (b == 0) return DivisionByZero(call);
  F r = a / b;
  if (std::isinf(r) && !std::isinf(a)) return Overflow(call);
  if (r == 0 && a != 0 && !std::isinf(b)) return Underflow(call);
  call.Real(r);
}

void FloatNeg(Call& call) { call.Real(-call.real(0)); }
void FloatAbs(Call& call) { call.Real(std::fabs(call.real(0))); }
void FloatCeil(Call& call) { call.Real(std::ceil(call.real(0))); }
void FloatFloor(Call& call) { call.Real(std::floor(call.real(0))); }
void FloatRound(Call& call) { call.Real(std::rint(call.real(0))); }  // half to even
void FloatTrunc(Call& call) { call.Real(std::trunc(call.real(0))); }
void FloatSign(Call& call) { call.Real(call.real(0) > 0 ? 1 : call.real(0) < 0 ? -1 : 0); }
void FloatSqrt(Call& call) {
  if (call.real(0) < 0) {
    return call.Fail(sqlstate::kInvalidArgumentForPowerFunction, "cannot take square root of a negative number");
  }
  call.Real(std::sqrt(call.real(0)));
}
void FloatCbrt(Call& call) { call.Real(std::cbrt(call.real(0))); }
void FloatExp(Call& call) {
  double a = call.real(0), r = std::exp(a);
  if (std::isinf(r) && !std::isinf(a)) return Overflow(call);
  if (r == 0 && !std::isinf(a)) return Underflow(call);
  call.Real(r);
}
bool LogArgument(Call& call) {
  if (call.real(0) == 0) {
    call.Fail(sqlstate::kInvalidArgumentForLogarithm, "cannot take logarithm of zero");
    return false;
  }
  if (call.real(0) < 0) {
    call.Fail(sqlstate::kInvalidArgumentForLogarithm, "cannot take logarithm of a negative number");
    return false;
  }
  return true;
}
void FloatLn(Call& call) { if (LogArgument(call)) call.Real(std::log(call.real(0))); }
void FloatLog10(Call& call) { if (LogArgument(call)) call.Real(std::log10(call.real(0))); }
void FloatPower(Call& call) {
  double a = call.real(0), b = call.real(1);
  if (a == 0 && b < 0) {
    return call.Fail(sqlstate::kInvalidArgumentForPowerFunction, "zero raised to a negative power is undefined");
  }
  if (a < 0 && std::floor(b) != b) {
    return call.Fail(sqlstate::kInvalidArgumentForPowerFunction,
                     "a negative number raised to a non-integer power yields a complex result");
  }
  double r = std::pow(a, b);
  if (!std::isinf(a) && !std::isinf(b)) {
    if (std::isinf(r)) return Overflow(call);
    if (r == 0 && a != 0) return Underflow(call);
  }
  call.Real(r);
}

template <double (*F)(double)>
void Trigonometric(Call& call) {  // of finite arguments
  if (std::isinf(call.real(0))) return InputRange(call);
  call.Real(F(call.real(0)));
}
template <double (*F)(double)>
void Anywhere(Call& call) { call.Real(F(call.real(0))); }
void Cot(Call& call) {
  if (std::isinf(call.real(0))) return InputRange(call);
  double t = std::tan(call.real(0));
  call.Real(1.0 / t);
}
void Asin(Call& call) {
  if (std::fabs(call.real(0)) > 1) return InputRange(call);
  call.Real(std::asin(call.real(0)));
}
void Acos(Call& call) {
  if (std::fabs(call.real(0)) > 1) return InputRange(call);
  call.Real(std::acos(call.real(0)));
}
void Atan2(Call& call) { call.Real(std::atan2(call.real(0), call.real(1))); }
void Acosh(Call& call) {
  if (call.real(0) < 1) return InputRange(call);
  call.Real(std::acosh(call.real(0)));
}
void Atanh(Call& call) {
  double a = call.real(0);
  if (std::fabs(a) > 1) return InputRange(call);
  call.Real(a == 1 ? INFINITY : a == -1 ? -INFINITY : std::atanh(a));
}
constexpr double kRadiansPerDegree = 0.0174532925199432957692;
void Degrees(Call& call) {
  double a = call.real(0), r = a / kRadiansPerDegree;
  if (std::isinf(r) && !std::isinf(a)) return Overflow(call);
  call.Real(r);
}
void Radians(Call& call) {
  double a = call.real(0), r = a * kRadiansPerDegree;
  if (r == 0 && a != 0) return Underflow(call);
  call.Real(r);
}
void Pi(Call& call) { call.Real(M_PI); }

void Random(Call& call) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  call.Real(static_cast<double>(generator() >> 11) * 0x1.0p-53);
}

void WidthBucket(Call& call) {
  double x = call.real(0), low = call.real(1), high = call.real(2);
  int64_t count = call.integer(3);
  if (count <= 0) return call.Fail(sqlstate::kInvalidArgumentForWidthBucket, "count must be greater than zero");
  if (std::isinf(low) || std::isinf(high)) {
    return call.Fail(sqlstate::kInvalidArgumentForWidthBucket, "lower and upper bounds must be finite");
  }
  if (low == high) {
    return call.Fail(sqlstate::kInvalidArgumentForWidthBucket, "lower bound cannot equal upper bound");
  }
  bool reversed = low > high;
  if (reversed ? x > low : x < low) return call.Integer(0);
  if (reversed ? x <= high : x >= high) return GiveInt<Int4>(call, count + 1);
  double bucket = reversed ? count * ((low - x) / (low - high)) : count * ((x - low) / (high - low));
  GiveInt<Int4>(call, static_cast<int64_t>(bucket) + 1);
}

constexpr Scalar kScalars[] = {
    {"pg_int2_add", 2, Strict<Add<Int2>>}, {"pg_int4_add", 2, Strict<Add<Int4>>}, {"pg_int8_add", 2, Strict<Add<Int8>>},
    {"pg_int2_sub", 2, Strict<Sub<Int2>>}, {"pg_int4_sub", 2, Strict<Sub<Int4>>}, {"pg_int8_sub", 2, Strict<Sub<Int8>>},
    {"pg_int2_mul", 2, Strict<Mul<Int2>>}, {"pg_int4_mul", 2, Strict<Mul<Int4>>}, {"pg_int8_mul", 2, Strict<Mul<Int8>>},
    {"pg_int2_div", 2, Strict<Div<Int2>>}, {"pg_int4_div", 2, Strict<Div<Int4>>}, {"pg_int8_div", 2, Strict<Div<Int8>>},
    {"pg_int2_mod", 2, Strict<Mod<Int2>>}, {"pg_int4_mod", 2, Strict<Mod<Int4>>}, {"pg_int8_mod", 2, Strict<Mod<Int8>>},
    {"pg_int2_neg", 1, Strict<Neg<Int2>>}, {"pg_int4_neg", 1, Strict<Neg<Int4>>}, {"pg_int8_neg", 1, Strict<Neg<Int8>>},
    {"pg_int2_abs", 1, Strict<Abs<Int2>>}, {"pg_int4_abs", 1, Strict<Abs<Int4>>}, {"pg_int8_abs", 1, Strict<Abs<Int8>>},
    {"pg_int2_shl", 2, Strict<ShiftLeft<Int2>>}, {"pg_int4_shl", 2, Strict<ShiftLeft<Int4>>},
    {"pg_int8_shl", 2, Strict<ShiftLeft<Int8>>},
    {"pg_int2_shr", 2, Strict<ShiftRight<Int2>>}, {"pg_int4_shr", 2, Strict<ShiftRight<Int4>>},
    {"pg_int8_shr", 2, Strict<ShiftRight<Int8>>},
    {"pg_int_xor", 2, Strict<Xor>},
    {"pg_int4_gcd", 2, Strict<Gcd<Int4>>}, {"pg_int8_gcd", 2, Strict<Gcd<Int8>>},
    {"pg_int4_lcm", 2, Strict<Lcm<Int4>>}, {"pg_int8_lcm", 2, Strict<Lcm<Int8>>},
    {"pg_float4_add", 2, Strict<FloatAdd<float>>}, {"pg_float8_add", 2, Strict<FloatAdd<double>>},
    {"pg_float4_sub", 2, Strict<FloatSub<float>>}, {"pg_float8_sub", 2, Strict<FloatSub<double>>},
    {"pg_float4_mul", 2, Strict<FloatMul<float>>}, {"pg_float8_mul", 2, Strict<FloatMul<double>>},
    {"pg_float4_div", 2, Strict<FloatDiv<float>>}, {"pg_float8_div", 2, Strict<FloatDiv<double>>},
    {"pg_float8_neg", 1, Strict<FloatNeg>}, {"pg_float8_abs", 1, Strict<FloatAbs>}, {"pg_float8_ceil", 1, Strict<FloatCeil>},
    {"pg_float8_floor", 1, Strict<FloatFloor>}, {"pg_float8_round", 1, Strict<FloatRound>},
    {"pg_float8_trunc", 1, Strict<FloatTrunc>}, {"pg_float8_sign", 1, Strict<FloatSign>},
    {"pg_float8_sqrt", 1, Strict<FloatSqrt>}, {"pg_float8_cbrt", 1, Strict<FloatCbrt>},
    {"pg_float8_exp", 1, Strict<FloatExp>}, {"pg_float8_ln", 1, Strict<FloatLn>},
    {"pg_float8_log10", 1, Strict<FloatLog10>}, {"pg_float8_power", 2, Strict<FloatPower>},
    {"pg_sin", 1, Strict<Trigonometric<std::sin>>}, {"pg_cos", 1, Strict<Trigonometric<std::cos>>},
    {"pg_tan", 1, Strict<Trigonometric<std::tan>>}, {"pg_cot", 1, Strict<Cot>}, {"pg_asin", 1, Strict<Asin>},
    {"pg_acos", 1, Strict<Acos>}, {"pg_atan", 1, Strict<Anywhere<std::atan>>}, {"pg_atan2", 2, Strict<Atan2>},
    {"pg_sinh", 1, Strict<Anywhere<std::sinh>>}, {"pg_cosh", 1, Strict<Anywhere<std::cosh>>},
    {"pg_tanh", 1, Strict<Anywhere<std::tanh>>}, {"pg_asinh", 1, Strict<Anywhere<std::asinh>>},
    {"pg_acosh", 1, Strict<Acosh>}, {"pg_atanh", 1, Strict<Atanh>}, {"pg_degrees", 1, Strict<Degrees>},
    {"pg_radians", 1, Strict<Radians>}, {"pg_pi", 0, Strict<Pi>}, {"pg_random", 0, Strict<Random>, false},
    {"pg_float8_width_bucket", 4, Strict<WidthBucket>},
};

}  // namespace

std::span<const Scalar> ArithmeticScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
