// Dates, times and intervals: base/civil.h does the work.
#include <ctime>

#include "base/clock.h"
#include "base/format.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

int32_t Date(const Call& call, int i) { return static_cast<int32_t>(call.integer(i)); }

void OutOfRange(Call& call, const char* what) {
  call.Fail(sqlstate::kDatetimeFieldOverflow, std::string(what) + " out of range");
}

// --- operators ---

void DateAdd(Call& call) { call.Give(AddDays(Date(call, 0), call.integer(1))); }
void DateSub(Call& call) { call.Give(AddDays(Date(call, 0), -call.integer(1))); }
void DateDiff(Call& call) { call.Give(DateDifference(Date(call, 0), Date(call, 1))); }

template <Result<int64_t> (*F)(int64_t, const Interval&)>
void DateInterval(Call& call) {
  Result<int64_t> timestamp = DateToTimestamp(Date(call, 0));
  if (!timestamp.ok()) return call.Fail(timestamp.status());
  call.Give(F(*timestamp, call.interval(1)));
}
void DateAddTime(Call& call) {
  Result<int64_t> timestamp = DateToTimestamp(Date(call, 0));
  if (!timestamp.ok() || IsInfiniteTimestamp(*timestamp)) return call.Give(timestamp);
  int64_t sum;
  if (__builtin_add_overflow(*timestamp, call.integer(1), &sum) || sum >= kEndTimestamp) {
    return OutOfRange(call, "timestamp");
  }
  call.Integer(sum);
}
template <Result<int64_t> (*F)(int64_t, const Interval&)>
void TimestampInterval(Call& call) { call.Give(F(call.integer(0), call.interval(1))); }
template <Result<int64_t> (*F)(int64_t, const Interval&, const TimeZone&)>
void TimestamptzInterval(Call& call) { call.Give(F(call.integer(0), call.interval(1), call.zone())); }
void TimestampDiff(Call& call) { call.Give(TimestampDifference(call.integer(0), call.integer(1))); }

template <Result<Interval> (*F)(const Interval&, const Interval&)>
void TwoIntervals(Call& call) { call.Give(F(call.interval(0), call.interval(1))); }
template <Result<Interval> (*F)(const Interval&)>
void OneInterval(Call& call) { call.Give(F(call.interval(0))); }
template <Result<Interval> (*F)(const Interval&, double)>
void IntervalFactor(Call& call) { call.Give(F(call.interval(0), call.real(1))); }

void TimeAddInterval(Call& call) { call.Give(AddToTime(call.integer(0), call.interval(1))); }
void TimeSubInterval(Call& call) {
  // Only the time part counts, modulo a day: its negation cannot overflow after the reduction.
  Interval interval = call.interval(1);
  call.Give(AddToTime(call.integer(0), Interval{0, 0, -(interval.micros % kUsPerDay)}));
}
void TimeDiff(Call& call) { call.Give(Interval{0, 0, call.integer(0) - call.integer(1)}); }

// --- the time now ---

int64_t TransactionStart(const Call& call) { return call.format().now_us; }
void Now(Call& call) { call.Integer(TransactionStart(call)); }
void StatementTimestamp(Call& call) {
  call.Integer(call.context() == nullptr ? NowMicroseconds() : call.context()->statement_start_us);
}
void ClockTimestamp(Call& call) { call.Integer(NowMicroseconds()); }
void TimeOfDay(Call& call) {
  int64_t now = NowMicroseconds();
  std::string zone;
  int offset = call.zone().OffsetAt(now, &zone);
  int64_t local = now + offset * kUsPerSecond;
  Civil civil = CivilFromTimestamp(local);
  int64_t day = local / kUsPerDay - (local % kUsPerDay < 0);
  char text[128];
  snprintf(text, sizeof text, "%.3s %.3s %02d %02d:%02d:%02d.%06d %04d %s",
           WeekdayName(DayOfWeek(static_cast<int32_t>(day))).data(), MonthName(civil.month).data(), civil.day,
           civil.hour, civil.minute, civil.second, civil.microsecond, civil.year, zone.c_str());
  call.Text(text);
}

// --- age ---

// Midnight of the current date, local.
int64_t Midnight(const Call& call) {
  int64_t now = TransactionStart(call);
  int64_t local = now + call.zone().OffsetAt(now) * kUsPerSecond;
  int64_t rest = local % kUsPerDay;
  return local - (rest < 0 ? rest + kUsPerDay : rest);
}
void TimestampAge(Call& call) {
  if (call.size() == 1) call.Give(Age(Midnight(call), call.integer(0)));
  else call.Give(Age(call.integer(0), call.integer(1)));
}
void TimestamptzAge(Call& call) {
  int64_t local[2];
  for (int i = 0; i < call.size(); ++i) {
    Result<int64_t> value = TimestamptzToTimestamp(call.integer(i), call.zone());
    if (!value.ok()) return call.Fail(value.status());
    local[i] = *value;
  }
  if (call.size() == 1) call.Give(Age(Midnight(call), local[0]));
  else call.Give(Age(local[0], local[1]));
}

// --- extract, date_part, date_trunc, date_bin ---

template <bool kNumeric>
void GiveField(Call& call, const Result<Numeric>& field, bool is_null) {
  if (!field.ok()) return call.Fail(field.status());
  if (is_null) return;
  if (kNumeric) call.Give(*field);
  else call.Real(field->ToDouble());
}
template <bool kNumeric>
void TimestampField(Call& call) {
  bool is_null = false;
  Result<Numeric> field = ExtractTimestamp(call.bytes(0), call.integer(1), &is_null);
  GiveField<kNumeric>(call, field, is_null);
}
template <bool kNumeric>
void TimestamptzField(Call& call) {
  bool is_null = false;
  Result<Numeric> field = ExtractTimestamptz(call.bytes(0), call.integer(1), call.zone(), &is_null);
  GiveField<kNumeric>(call, field, is_null);
}
void DateExtract(Call& call) {
  bool is_null = false;
  Result<Numeric> field = ExtractDate(call.bytes(0), Date(call, 1), &is_null);
  GiveField<true>(call, field, is_null);
}
// date_part of a date is that of its midnight, and so knows hours.
void DatePart(Call& call) {
  Result<int64_t> timestamp = DateToTimestamp(Date(call, 1));
  if (!timestamp.ok()) return call.Fail(timestamp.status());
  bool is_null = false;
  Result<Numeric> field = ExtractTimestamp(call.bytes(0), *timestamp, &is_null);
  GiveField<false>(call, field, is_null);
}
template <bool kNumeric>
void TimeField(Call& call) { GiveField<kNumeric>(call, ExtractTime(call.bytes(0), call.integer(1)), false); }
template <bool kNumeric>
void IntervalField(Call& call) { GiveField<kNumeric>(call, ExtractInterval(call.bytes(0), call.interval(1)), false); }

void TimestampTrunc(Call& call) { call.Give(TruncateTimestamp(call.bytes(0), call.integer(1))); }
void TimestamptzTrunc(Call& call) {
  if (call.size() == 2) return call.Give(TruncateTimestamptz(call.bytes(0), call.integer(1), call.zone()));
  auto zone = TimeZone::ForExpression(call.bytes(2));
  if (!zone.ok()) return call.Fail(zone.status());
  call.Give(TruncateTimestamptz(call.bytes(0), call.integer(1), **zone));
}
void IntervalTrunc(Call& call) { call.Give(TruncateInterval(call.bytes(0), call.interval(1))); }
void DateBin(Call& call) { call.Give(BinTimestamp(call.interval(0), call.integer(1), call.integer(2))); }

// --- making ---

int32_t Int(const Call& call, int i) { return static_cast<int32_t>(call.integer(i)); }
void MakeDateBody(Call& call) { call.Give(MakeDate(Int(call, 0), Int(call, 1), Int(call, 2))); }
void MakeTimeBody(Call& call) { call.Give(MakeTime(Int(call, 0), Int(call, 1), call.real(2))); }
Result<int64_t> LocalFromParts(const Call& call) {
  return MakeTimestamp(Int(call, 0), Int(call, 1), Int(call, 2), Int(call, 3), Int(call, 4), call.real(5));
}
void MakeTimestampBody(Call& call) { call.Give(LocalFromParts(call)); }
void MakeTimestamptz(Call& call) {
  Result<int64_t> local = LocalFromParts(call);
  if (!local.ok()) return call.Fail(local.status());
  if (call.size() == 6) return call.Give(TimestampToTimestamptz(*local, call.zone()));
  // Here a number is hours east of UTC; elsewhere in expressions it is POSIX's, west.
  std::string_view name = call.bytes(6);
  bool number = name.starts_with('+') || name.starts_with('-');
  auto zone = number ? TimeZone::Load(name) : TimeZone::ForExpression(name);
  if (!zone.ok()) return call.Fail(zone.status());
  call.Give(TimestampToTimestamptz(*local, **zone));
}
void MakeIntervalBody(Call& call) {
  int32_t parts[6] = {};
  for (int i = 0; i < 6 && i < call.size(); ++i) parts[i] = Int(call, i);
  call.Give(MakeInterval(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5],
                         call.size() > 6 ? call.real(6) : 0));
}
void EpochToTimestamptz(Call& call) {
  double seconds = call.real(0);
  if (std::isinf(seconds)) return call.Integer(seconds < 0 ? kTimestampMinusInfinity : kTimestampInfinity);
  // As float8_timestamptz: from 1970 to 2000, then to microseconds, to the nearest.
  auto fail = [&] {
    char text[64];
    snprintf(text, sizeof text, "timestamp out of range: \"%.15g\"", call.real(0));
    call.Fail(sqlstate::kDatetimeFieldOverflow, text);
  };
  constexpr double kDaySeconds = 86400.0;
  if (seconds < (kMinDate - -10957.0) * kDaySeconds || seconds >= (106741035.0 + 10957.0) * kDaySeconds) return fail();
  double micros = std::rint((seconds - 946684800.0) * 1e6);
  if (micros < static_cast<double>(kMinTimestamp) || micros >= static_cast<double>(kEndTimestamp)) return fail();
  call.Integer(static_cast<int64_t>(micros));
}

// --- zones ---

void TimezoneOfTimestamp(Call& call) {  // local time there -> instant
  auto zone = TimeZone::ForExpression(call.bytes(0));
  if (!zone.ok()) return call.Fail(zone.status());
  call.Give(TimestampToTimestamptz(call.integer(1), **zone));
}
void TimezoneOfTimestamptz(Call& call) {
  auto zone = TimeZone::ForExpression(call.bytes(0));
  if (!zone.ok()) return call.Fail(zone.status());
  call.Give(TimestamptzToTimestamp(call.integer(1), **zone));
}
template <int kSign>
void TimezoneByInterval(Call& call) {
  Interval interval = call.interval(0);
  if (IsInfiniteTimestamp(call.integer(1))) return call.Integer(call.integer(1));
  if (interval.months != 0 || interval.days != 0) {
    std::string text;
    AppendInterval(interval, IntervalStyle::kPostgres, &text);
    return call.Fail(sqlstate::kInvalidParameterValue,
                     "interval time zone \"" + text + "\" must not include months or days");
  }
  int64_t time = call.integer(1), r;
  int64_t offset = interval.micros / kUsPerSecond * kUsPerSecond;
  if (__builtin_add_overflow(time, kSign * offset, &r) || r < kMinTimestamp || r >= kEndTimestamp) {
    return OutOfRange(call, "timestamp");
  }
  call.Integer(r);
}

// --- the rest ---

void DateIsFinite(Call& call) { call.Bool(!IsInfiniteDate(Date(call, 0))); }
void TimestampIsFinite(Call& call) { call.Bool(!IsInfiniteTimestamp(call.integer(0))); }

// (s1, e1) OVERLAPS (s2, e2), with the standard's rules for NULL ends; the comparisons are of integers.
void Overlaps(Call& call) {
  struct End {
    bool null;
    int64_t value;
  };
  auto at = [&](int i) { return End{call.null(i), call.integer(i)}; };
  End s1 = at(0), e1 = at(1), s2 = at(2), e2 = at(3);
  // Of each pair the known end, the smaller one, comes first.
  auto order = [](End* s, End* e) {
    if (s->null) {
      if (e->null) return false;
      *s = *e;
      *e = {true, 0};
    } else if (!e->null && s->value > e->value) {
      std::swap(*s, *e);
    }
    return true;
  };
  if (!order(&s1, &e1) || !order(&s2, &e2)) return;
  if (s1.value == s2.value) {
    if (e1.null || e2.null) return;
    return call.Bool(true);
  }
  if (s1.value > s2.value) {
    std::swap(s1, s2);
    std::swap(e1, e2);
  }
  if (e1.null) return;
  if (s2.value < e1.value) return call.Bool(true);
  if (e2.null) return;
  call.Bool(false);
}

constexpr Scalar kScalars[] = {
    {"pg_date_add", 2, Strict<DateAdd>},
    {"pg_date_sub", 2, Strict<DateSub>},
    {"pg_date_diff", 2, Strict<DateDiff>},
    {"pg_date_add_interval", 2, Strict<DateInterval<AddToTimestamp>>},
    {"pg_date_sub_interval", 2, Strict<DateInterval<SubtractFromTimestamp>>},
    {"pg_date_add_time", 2, Strict<DateAddTime>},
    {"pg_timestamp_add_interval", 2, Strict<TimestampInterval<AddToTimestamp>>},
    {"pg_timestamp_sub_interval", 2, Strict<TimestampInterval<SubtractFromTimestamp>>},
    {"pg_timestamptz_add_interval", 2, Strict<TimestamptzInterval<AddToTimestamptz>>},
    {"pg_timestamptz_sub_interval", 2, Strict<TimestamptzInterval<SubtractFromTimestamptz>>},
    {"pg_timestamp_diff", 2, Strict<TimestampDiff>},
    {"pg_interval_add", 2, Strict<TwoIntervals<AddIntervals>>},
    {"pg_interval_sub", 2, Strict<TwoIntervals<SubtractIntervals>>},
    {"pg_interval_neg", 1, Strict<OneInterval<NegateInterval>>},
    {"pg_interval_mul", 2, Strict<IntervalFactor<MultiplyInterval>>},
    {"pg_interval_div", 2, Strict<IntervalFactor<DivideInterval>>},
    {"pg_time_add_interval", 2, Strict<TimeAddInterval>},
    {"pg_time_sub_interval", 2, Strict<TimeSubInterval>},
    {"pg_time_diff", 2, Strict<TimeDiff>},
    {"pg_now", 0, Strict<Now>},
    {"pg_statement_timestamp", 0, Strict<StatementTimestamp>},
    {"pg_clock_timestamp", 0, Strict<ClockTimestamp>, false},
    {"pg_timeofday", 0, Strict<TimeOfDay>, false},
    {"pg_timestamp_age", 1, Strict<TimestampAge>},
    {"pg_timestamp_age", 2, Strict<TimestampAge>},
    {"pg_timestamptz_age", 1, Strict<TimestamptzAge>},
    {"pg_timestamptz_age", 2, Strict<TimestamptzAge>},
    {"pg_timestamp_part", 2, Strict<TimestampField<false>>},
    {"pg_timestamptz_part", 2, Strict<TimestamptzField<false>>},
    {"pg_date_part", 2, Strict<DatePart>},
    {"pg_time_part", 2, Strict<TimeField<false>>},
    {"pg_interval_part", 2, Strict<IntervalField<false>>},
    {"pg_timestamp_extract", 2, Strict<TimestampField<true>>},
    {"pg_timestamptz_extract", 2, Strict<TimestamptzField<true>>},
    {"pg_date_extract", 2, Strict<DateExtract>},
    {"pg_time_extract", 2, Strict<TimeField<true>>},
    {"pg_interval_extract", 2, Strict<IntervalField<true>>},
    {"pg_timestamp_trunc", 2, Strict<TimestampTrunc>},
    {"pg_timestamptz_trunc", 2, Strict<TimestamptzTrunc>},
    {"pg_timestamptz_trunc", 3, Strict<TimestamptzTrunc>},
    {"pg_interval_trunc", 2, Strict<IntervalTrunc>},
    {"pg_date_bin", 3, Strict<DateBin>},
    {"pg_make_date", 3, Strict<MakeDateBody>},
    {"pg_make_time", 3, Strict<MakeTimeBody>},
    {"pg_make_timestamp", 6, Strict<MakeTimestampBody>},
    {"pg_make_timestamptz", 6, Strict<MakeTimestamptz>},
    {"pg_make_timestamptz", 7, Strict<MakeTimestamptz>},
    {"pg_make_interval", -1, Strict<MakeIntervalBody>},
    {"pg_justify_hours", 1, Strict<OneInterval<JustifyHours>>},
    {"pg_justify_days", 1, Strict<OneInterval<JustifyDays>>},
    {"pg_justify_interval", 1, Strict<OneInterval<JustifyInterval>>},
    {"pg_timezone_timestamp", 2, Strict<TimezoneOfTimestamp>},
    {"pg_timezone_timestamptz", 2, Strict<TimezoneOfTimestamptz>},
    {"pg_timezone_interval_timestamp", 2, Strict<TimezoneByInterval<-1>>},
    {"pg_timezone_interval_timestamptz", 2, Strict<TimezoneByInterval<1>>},
    {"pg_date_isfinite", 1, Strict<DateIsFinite>},
    {"pg_timestamp_isfinite", 1, Strict<TimestampIsFinite>},
    {"pg_overlaps", 4, Plain<Overlaps>},
    {"pg_epoch_to_timestamptz", 1, Strict<EpochToTimestamptz>},
};

}  // namespace

std::span<const Scalar> DatetimeScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
