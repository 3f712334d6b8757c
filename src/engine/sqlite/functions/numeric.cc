// Exact numbers: base/numeric.h does the work.
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

template <Result<Numeric> (*F)(const Numeric&, const Numeric&)>
void Binary(Call& call) { call.Give(F(call.numeric(0), call.numeric(1))); }
template <Result<Numeric> (*F)(const Numeric&)>
void Unary(Call& call) { call.Give(F(call.numeric(0))); }
template <Numeric (Numeric::*F)() const>
void Member(Call& call) { call.Give((call.numeric(0).*F)()); }

void Sign(Call& call) {
  Numeric a = call.numeric(0);
  call.Give(a.is_nan() ? a : Numeric::FromInt64(a.sign()));
}
// A scale beyond the limits does nothing more than the limit.
int Scale(Call& call) {
  if (call.size() < 2) return 0;
  int64_t scale = call.integer(1);
  return static_cast<int>(scale > 2000 ? 2000 : scale < -2000 ? -2000 : scale);
}
void Round(Call& call) { call.Give(call.numeric(0).Round(Scale(call))); }
void Truncate(Call& call) { call.Give(call.numeric(0).Truncate(Scale(call))); }
void ScaleOf(Call& call) {
  Numeric a = call.numeric(0);
  if (a.is_finite()) call.Integer(a.scale());
}
void MinScale(Call& call) {
  Numeric a = call.numeric(0);
  if (a.is_finite()) call.Integer(a.min_scale());
}
void Factorial(Call& call) { call.Give(Numeric::Factorial(call.integer(0))); }
void WidthBucket(Call& call) {
  Result<int64_t> bucket = Numeric::WidthBucket(call.numeric(0), call.numeric(1), call.numeric(2), call.integer(3));
  if (bucket.ok() && *bucket > INT32_MAX) {
    return call.Fail(sqlstate::kNumericValueOutOfRange, "integer out of range");
  }
  call.Give(bucket);
}

// pg_size_pretty: PostgreSQL 15's thresholds (10 units of the next smaller one, half away from zero).
struct Unit { const char* name; int64_t limit; bool round; int bits; };
constexpr Unit kUnits[] = {{"bytes", 10 * 1024, false, 0}, {"kB", 20 * 1024 - 1, true, 9}, {"MB", 20 * 1024 - 1, true, 10},
                           {"GB", 20 * 1024 - 1, true, 10}, {"TB", 20 * 1024 - 1, true, 10},
                           {"PB", 20 * 1024 - 1, true, 10}};
void SizePretty(Call& call) {
  int64_t size = call.integer(0);
  for (size_t i = 0;; ++i) {
    const Unit& unit = kUnits[i];
    bool last = i + 1 == std::size(kUnits);
    bool below = size > -unit.limit && size < unit.limit;
    if (last || below) {
      if (unit.round) size = (size + (size < 0 ? -1 : 1)) / 2;
      return call.Text(std::to_string(size) + " " + unit.name);
    }
    // Division, not a shift: a negative size rounds towards zero. One more bit is kept for the rounding.
    int bits = kUnits[i + 1].bits;
    size /= int64_t{1} << bits;
  }
}
void NumericSizePretty(Call& call) {
  Numeric size = call.numeric(0);
  if (!size.is_finite()) return call.Text(size.ToString() + " bytes");
  for (size_t i = 0;; ++i) {
    const Unit& unit = kUnits[i];
    bool last = i + 1 == std::size(kUnits);
    if (last || Numeric::Compare(size.Absolute(), Numeric::FromInt64(unit.limit)) < 0) {
      if (unit.round) {
        auto sum = Numeric::Add(size, Numeric::FromInt64(size.sign() < 0 ? -1 : 1));
        if (!sum.ok()) return call.Fail(sum.status());
        auto half = Numeric::DivideTruncate(*sum, Numeric::FromInt64(2));
        if (!half.ok()) return call.Fail(half.status());
        size = *half;
      }
      return call.Text(size.ToString() + " " + unit.name);
    }
    auto next = Numeric::DivideTruncate(size, Numeric::FromInt64(int64_t{1} << kUnits[i + 1].bits));
    if (!next.ok()) return call.Fail(next.status());
    size = *next;
  }
}

constexpr Scalar kScalars[] = {
    {"pg_numeric_add", 2, Strict<Binary<Numeric::Add>>},
    {"pg_numeric_sub", 2, Strict<Binary<Numeric::Subtract>>},
    {"pg_numeric_mul", 2, Strict<Binary<Numeric::Multiply>>},
    {"pg_numeric_div", 2, Strict<Binary<Numeric::Divide>>},
    {"pg_numeric_mod", 2, Strict<Binary<Numeric::Modulo>>},
    {"pg_numeric_power", 2, Strict<Binary<Numeric::Power>>},
    {"pg_numeric_div_trunc", 2, Strict<Binary<Numeric::DivideTruncate>>},
    {"pg_numeric_log", 2, Strict<Binary<Numeric::Log>>},
    {"pg_numeric_gcd", 2, Strict<Binary<Numeric::Gcd>>},
    {"pg_numeric_lcm", 2, Strict<Binary<Numeric::Lcm>>},
    {"pg_numeric_sqrt", 1, Strict<Unary<Numeric::Sqrt>>},
    {"pg_numeric_exp", 1, Strict<Unary<Numeric::Exp>>},
    {"pg_numeric_ln", 1, Strict<Unary<Numeric::Ln>>},
    {"pg_numeric_log10", 1, Strict<Unary<Numeric::Log10>>},
    {"pg_numeric_neg", 1, Strict<Member<&Numeric::Negated>>},
    {"pg_numeric_abs", 1, Strict<Member<&Numeric::Absolute>>},
    {"pg_numeric_ceil", 1, Strict<Member<&Numeric::Ceil>>},
    {"pg_numeric_floor", 1, Strict<Member<&Numeric::Floor>>},
    {"pg_numeric_trim_scale", 1, Strict<Member<&Numeric::TrimScale>>},
    {"pg_numeric_sign", 1, Strict<Sign>},
    {"pg_numeric_round", 1, Strict<Round>},
    {"pg_numeric_round", 2, Strict<Round>},
    {"pg_numeric_trunc", 1, Strict<Truncate>},
    {"pg_numeric_trunc", 2, Strict<Truncate>},
    {"pg_numeric_scale", 1, Strict<ScaleOf>},
    {"pg_numeric_min_scale", 1, Strict<MinScale>},
    {"pg_numeric_width_bucket", 4, Strict<WidthBucket>},
    {"pg_factorial", 1, Strict<Factorial>},
    {"pg_size_pretty", 1, Strict<SizePretty>},
    {"pg_numeric_size_pretty", 1, Strict<NumericSizePretty>},
};

}  // namespace

std::span<const Scalar> NumericScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
