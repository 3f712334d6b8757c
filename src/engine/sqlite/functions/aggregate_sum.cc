// sum, avg, bool_and, bit_and and their kin.
#include <cstring>

#include "engine/sqlite/functions/aggregate.h"
#include "engine/sqlite/functions/exact_sum.h"

namespace allod::engine::sqlite {
namespace {

// --- integers ---

struct IntSum {
  __int128 sum = 0;
  int64_t count = 0;

  void Change(const Call& call, int sign) {
    sum += sign * static_cast<__int128>(call.integer(0));
    count += sign;
  }
};
void GiveSumInt(Call& call, const IntSum& s) {
  if (s.count == 0) return;
  if (s.sum > INT64_MAX || s.sum < INT64_MIN) return call.Fail(sqlstate::kNumericValueOutOfRange, "bigint out of range");
  call.Integer(static_cast<int64_t>(s.sum));
}
void GiveSumInt8(Call& call, const IntSum& s) {
  if (s.count != 0) call.Text(Int128Text(s.sum));
}
void GiveAvgInt(Call& call, const IntSum& s) {
  if (s.count == 0) return;
  call.Give(Numeric::Divide(Numeric::FromStored(Int128Text(s.sum)), Numeric::FromInt64(s.count)));
}

// --- numeric ---

struct NumericSum {
  ExactSum sum;

  void Change(const Call& call, int sign) { sign > 0 ? sum.Add(call.bytes(0)) : sum.Remove(call.bytes(0)); }
};
void GiveSumNumeric(Call& call, const NumericSum& s) {
  if (s.sum.count() != 0) call.Give(s.sum.Total());
}
void GiveAvgNumeric(Call& call, const NumericSum& s) {
  if (s.sum.count() == 0) return;
  Result<Numeric> total = s.sum.Total();
  if (!total.ok()) return call.Fail(total.status());
  call.Give(Numeric::Divide(*total, Numeric::FromInt64(s.sum.count())));
}

// --- floating point ---

// As PostgreSQL adds: in order, with an error where the sum leaves the range.
template <typename F>
struct RunningSum {
  F sum = 0;
  bool any = false, overflow = false;

  void Add(F v) {
    F before = sum;
    sum = any ? before + v : v;
    any = true;
    if (std::isinf(sum) && !std::isinf(before) && !std::isinf(v)) overflow = true;
  }
};

template <typename F>
struct FloatSum {
  RunningSum<F> running;
  int64_t count = 0;
  bool moved = false;  // a value was taken back
  Frame<F> frame;
  ExactFloatSum exact;

  void Change(const Call& call, int sign) {
    F v = static_cast<F>(call.real(0));
    count += sign;
    if (sign > 0) {
      exact.Add(v);
      frame.Add(v);
      if (!moved) running.Add(v);
    } else {
      exact.Remove(v);
      frame.RemoveFirst();
      moved = true;
    }
  }
  // False after Fail.
  bool Total(Call& call, F* total) const {
    RunningSum<F> sum = running;
    if (moved) {
      sum = {};
      if (frame.whole()) {
        for (F v : frame.rows()) sum.Add(v);
      } else {
        sum.Add(static_cast<F>(exact.Total()));
      }
    }
    *total = sum.sum;
    if (!sum.overflow) return true;
    call.Fail(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
    return false;
  }
};
template <typename F>
void GiveSumFloat(Call& call, const FloatSum<F>& s) {
  F total;
  if (s.count != 0 && s.Total(call, &total)) call.Real(total);
}
void GiveAvgFloat(Call& call, const FloatSum<double>& s) {
  double total;
  if (s.count != 0 && s.Total(call, &total)) call.Real(total / static_cast<double>(s.count));
}

// --- interval ---

struct IntervalSum {
  __int128 months = 0, days = 0, micros = 0;
  int64_t count = 0;

  void Change(const Call& call, int sign) {
    Interval v = call.interval(0);
    months += sign * v.months;
    days += sign * v.days;
    micros += sign * static_cast<__int128>(v.micros);
    count += sign;
  }
  bool Total(Call& call, Interval* total) const {
    if (months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN || micros > INT64_MAX ||
        micros < INT64_MIN) {
      call.Fail(sqlstate::kDatetimeFieldOverflow, "interval out of range");
      return false;
    }
    *total = {static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(micros)};
    return true;
  }
};
void GiveSumInterval(Call& call, const IntervalSum& s) {
  Interval total;
  if (s.count != 0 && s.Total(call, &total)) call.Give(total);
}
void GiveAvgInterval(Call& call, const IntervalSum& s) {
  Interval total;
  if (s.count != 0 && s.Total(call, &total)) call.Give(DivideInterval(total, static_cast<double>(s.count)));
}

// --- bool and bits ---

struct BoolCount {
  int64_t yes = 0, no = 0;

  void Change(const Call& call, int sign) { (call.boolean(0) ? yes : no) += sign; }
};
void GiveBoolAnd(Call& call, const BoolCount& s) {
  if (s.yes + s.no != 0) call.Bool(s.no == 0);
}
void GiveBoolOr(Call& call, const BoolCount& s) {
  if (s.yes + s.no != 0) call.Bool(s.yes != 0);
}

struct BitCount {
  int64_t ones[64] = {};
  int64_t count = 0;

  void Change(const Call& call, int sign) {
    uint64_t v = static_cast<uint64_t>(call.integer(0));
    for (int i = 0; i < 64; ++i) ones[i] += static_cast<int64_t>(v >> i & 1) * sign;
    count += sign;
  }
};
enum class BitRule { kAll, kAny, kOdd };
template <BitRule kRule>
void GiveBits(Call& call, const BitCount& s) {
  if (s.count == 0) return;
  uint64_t r = 0;
  for (int i = 0; i < 64; ++i) {
    bool one = kRule == BitRule::kAll ? s.ones[i] == s.count : kRule == BitRule::kAny ? s.ones[i] > 0 : s.ones[i] & 1;
    r |= static_cast<uint64_t>(one) << i;
  }
  call.Integer(static_cast<int64_t>(r));
}

constexpr Aggregate kAggregates[] = {
    MakeAggregate<IntSum, GiveSumInt>("pg_sum_int", 1),
    MakeAggregate<IntSum, GiveSumInt8>("pg_sum_int8", 1),
    MakeAggregate<IntSum, GiveAvgInt>("pg_avg_int", 1),
    MakeAggregate<NumericSum, GiveSumNumeric>("pg_sum_numeric", 1),
    MakeAggregate<NumericSum, GiveAvgNumeric>("pg_avg_numeric", 1),
    MakeAggregate<FloatSum<float>, GiveSumFloat<float>>("pg_sum_float4", 1),
    MakeAggregate<FloatSum<double>, GiveSumFloat<double>>("pg_sum_float8", 1),
    MakeAggregate<FloatSum<double>, GiveAvgFloat>("pg_avg_float8", 1),
    MakeAggregate<IntervalSum, GiveSumInterval>("pg_sum_interval", 1),
    MakeAggregate<IntervalSum, GiveAvgInterval>("pg_avg_interval", 1),
    MakeAggregate<BoolCount, GiveBoolAnd>("pg_bool_and", 1),
    MakeAggregate<BoolCount, GiveBoolOr>("pg_bool_or", 1),
    MakeAggregate<BitCount, GiveBits<BitRule::kAll>>("pg_bit_and", 1),
    MakeAggregate<BitCount, GiveBits<BitRule::kAny>>("pg_bit_or", 1),
    MakeAggregate<BitCount, GiveBits<BitRule::kOdd>>("pg_bit_xor", 1),
};

}  // namespace

std::span<const Aggregate> SumAggregates() { return kAggregates; }

}  // namespace allod::engine::sqlite
