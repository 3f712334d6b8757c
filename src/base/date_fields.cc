// date_trunc, date_bin and extract: the fields of dates, times and intervals.
#include <algorithm>
#include <array>

#include "base/civil.h"

namespace allod {
namespace {

enum class Field : uint8_t {
  kNone,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kEpoch,
  kDow,
  kIsoDow,
  kDoy,
  kIsoYear,
  kJulian,
  kTimezone,
  kTimezoneHour,
  kTimezoneMinute
};

struct FieldName {
  std::string_view name;
  Field field;
};
// PostgreSQL's words (deltatktbl, datetktbl), compared by their first ten characters.
constexpr auto kFieldNames = std::to_array<FieldName>({
    {"c", Field::kCentury},
    {"cent", Field::kCentury},
    {"centuries", Field::kCentury},
    {"century", Field::kCentury},
    {"d", Field::kDay},
    {"day", Field::kDay},
    {"days", Field::kDay},
    {"dec", Field::kDecade},
    {"decade", Field::kDecade},
    {"decades", Field::kDecade},
    {"decs", Field::kDecade},
    {"dow", Field::kDow},
    {"doy", Field::kDoy},
    {"epoch", Field::kEpoch},
    {"h", Field::kHour},
    {"hour", Field::kHour},
    {"hours", Field::kHour},
    {"hr", Field::kHour},
    {"hrs", Field::kHour},
    {"isodow", Field::kIsoDow},
    {"isoyear", Field::kIsoYear},
    {"j", Field::kJulian},
    {"jd", Field::kJulian},
    {"julian", Field::kJulian},
    {"m", Field::kMinute},
    {"microsecon", Field::kMicrosecond},
    {"mil", Field::kMillennium},
    {"millennia", Field::kMillennium},
    {"millennium", Field::kMillennium},
    {"millisecon", Field::kMillisecond},
    {"mils", Field::kMillennium},
    {"min", Field::kMinute},
    {"mins", Field::kMinute},
    {"minute", Field::kMinute},
    {"minutes", Field::kMinute},
    {"mon", Field::kMonth},
    {"mons", Field::kMonth},
    {"month", Field::kMonth},
    {"months", Field::kMonth},
    {"ms", Field::kMillisecond},
    {"msec", Field::kMillisecond},
    {"mseconds", Field::kMillisecond},
    {"msecs", Field::kMillisecond},
    {"qtr", Field::kQuarter},
    {"quarter", Field::kQuarter},
    {"s", Field::kSecond},
    {"sec", Field::kSecond},
    {"second", Field::kSecond},
    {"seconds", Field::kSecond},
    {"secs", Field::kSecond},
    {"timezone", Field::kTimezone},
    {"timezone_h", Field::kTimezoneHour},
    {"timezone_m", Field::kTimezoneMinute},
    {"us", Field::kMicrosecond},
    {"usec", Field::kMicrosecond},
    {"usecond", Field::kMicrosecond},
    {"useconds", Field::kMicrosecond},
    {"usecs", Field::kMicrosecond},
    {"w", Field::kWeek},
    {"week", Field::kWeek},
    {"weeks", Field::kWeek},
    {"y", Field::kYear},
    {"year", Field::kYear},
    {"years", Field::kYear},
    {"yr", Field::kYear},
    {"yrs", Field::kYear},
});

std::string Lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

Field FindField(std::string_view name) {
  std::string folded = Lower(name);
  if (folded.size() > 10) folded.resize(10);
  for (const FieldName& f : kFieldNames) {
    if (f.name == folded) return f.field;
  }
  return Field::kNone;
}

constexpr std::string_view kDateType = "date", kTimeType = "time without time zone",
                           kTimestampType = "timestamp without time zone",
                           kTimestamptzType = "timestamp with time zone", kIntervalType = "interval";

Status Refuse(std::string_view name, Field field, std::string_view type) {
  bool known = field != Field::kNone;
  return Fail(
      known ? sqlstate::kFeatureNotSupported : sqlstate::kInvalidParameterValue,
      "unit \"" + Lower(name) + (known ? "\" not supported" : "\" not recognized") + " for type " + std::string(type));
}

// To date_trunc, what only extract takes is no unit at all; the zone's fields are units that it does not serve.
Status RefuseTruncation(std::string_view name, Field field, std::string_view type) {
  return Refuse(name, field >= Field::kTimezone ? field : Field::kNone, type);
}

int32_t DisplayYear(int32_t astronomical) { return astronomical > 0 ? astronomical : astronomical - 1; }

int32_t Decade(int32_t year) { return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10); }
// Of 100 or 1000 years: the first began with year 1.
int32_t Era(int32_t year, int32_t length) {
  return year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length);
}

// True if `field` is one that date_trunc takes.
bool TruncateCivil(Field field, Civil* c) {
  switch (field) {
    case Field::kMicrosecond:
      return true;
    case Field::kMillisecond:
      c->microsecond = c->microsecond / 1000 * 1000;
      return true;
    case Field::kWeek: {
      int32_t days = DaysFromCivil(c->year, c->month, c->day);
      CivilFromDays(days - (DayOfWeek(days) + 6) % 7, &c->year, &c->month, &c->day);
      c->hour = c->minute = c->second = c->microsecond = 0;
      return true;
    }
    default:
      break;
  }
  if (field < Field::kSecond || field > Field::kMillennium) return false;
  c->microsecond = 0;
  if (field >= Field::kMinute) c->second = 0;
  if (field >= Field::kHour) c->minute = 0;
  if (field >= Field::kDay) c->hour = 0;
  if (field >= Field::kMonth) c->day = 1;
  if (field == Field::kQuarter) c->month = 3 * ((c->month - 1) / 3) + 1;
  if (field >= Field::kYear) c->month = 1;
  auto first_year = [&](int32_t length) {
    int32_t era = Era(c->year, length);
    return era > 0 ? era * length - (length - 1) : era * length + 1;
  };
  if (field == Field::kMillennium) c->year = first_year(1000);
  if (field == Field::kCentury) c->year = first_year(100);
  if (field == Field::kDecade) c->year = c->year > 0 ? c->year / 10 * 10 : -((8 - (c->year - 1)) / 10) * 10;
  return true;
}

Numeric Scaled(int64_t v, int scale) { return Numeric::FromUnscaled(v, scale); }
Numeric Whole(int64_t v) { return Numeric::FromInt64(v); }

// Fields of a date. False if `field` is none.
bool DateField(Field field, int32_t days, Numeric* out) {
  Civil c;
  CivilFromDays(days, &c.year, &c.month, &c.day);
  int32_t year = 0, week = 0;
  switch (field) {
    case Field::kDay:
      *out = Whole(c.day);
      return true;
    case Field::kMonth:
      *out = Whole(c.month);
      return true;
    case Field::kQuarter:
      *out = Whole((c.month - 1) / 3 + 1);
      return true;
    case Field::kWeek:
      IsoWeek(days, &year, &week);
      *out = Whole(week);
      return true;
    case Field::kYear:
      *out = Whole(DisplayYear(c.year));
      return true;
    case Field::kDecade:
      *out = Whole(Decade(c.year));
      return true;
    case Field::kCentury:
      *out = Whole(Era(c.year, 100));
      return true;
    case Field::kMillennium:
      *out = Whole(Era(c.year, 1000));
      return true;
    case Field::kJulian:
      *out = Whole(int64_t{days} + 2451545);
      return true;
    case Field::kIsoYear:
      IsoWeek(days, &year, &week);
      *out = Whole(DisplayYear(year));
      return true;
    case Field::kDow:
      *out = Whole(DayOfWeek(days));
      return true;
    case Field::kIsoDow:
      *out = Whole(DayOfWeek(days) == 0 ? 7 : DayOfWeek(days));
      return true;
    case Field::kDoy:
      *out = Whole(DayOfYear(days));
      return true;
    default:
      return false;
  }
}

// Fields of a time of day (hours may pass 24, and be negative, in an interval).
bool TimeField(Field field, int64_t time, Numeric* out) {
  switch (field) {
    case Field::kMicrosecond:
      *out = Whole(time % kUsPerMinute);
      return true;
    case Field::kMillisecond:
      *out = Scaled(time % kUsPerMinute, 3);
      return true;
    case Field::kSecond:
      *out = Scaled(time % kUsPerMinute, 6);
      return true;
    case Field::kMinute:
      *out = Whole(time / kUsPerMinute % 60);
      return true;
    case Field::kHour:
      *out = Whole(time / kUsPerHour);
      return true;
    default:
      return false;
  }
}

// An infinite date or timestamp: what grows with it is infinite, what goes round is NULL.
bool InfiniteField(Field field, bool negative, Numeric* out, bool* is_null) {
  switch (field) {
    case Field::kNone:
      return false;
    case Field::kYear:
    case Field::kDecade:
    case Field::kCentury:
    case Field::kMillennium:
    case Field::kJulian:
    case Field::kIsoYear:
    case Field::kEpoch:
      *out = Numeric::Infinity(negative);
      return true;
    default:
      *is_null = true;
      return true;
  }
}

Result<Numeric> TimestampField(Field field, int64_t local) {
  Result<int32_t> date = TimestampToDate(local);
  if (!date.ok()) return std::move(date).status();
  int64_t time = TimeOfTimestamp(local);
  Numeric value;
  if (TimeField(field, time, &value)) return value;
  if (field == Field::kJulian) {
    ALLOD_ASSIGN_OR_RETURN(Numeric part, Numeric::Divide(Whole(time), Whole(kUsPerDay)));
    return Numeric::Add(Whole(int64_t{*date} + 2451545), part);
  }
  DateField(field, *date, &value);
  return value;
}

Result<Numeric> Epoch(int64_t timestamp) {
  // Beyond what fits in 64 bits when moved to 1970, Numeric's own arithmetic does it.
  int64_t micros = 0;
  if (!__builtin_sub_overflow(timestamp, kUnixEpochUs, &micros)) return Scaled(micros, 6);
  return Numeric::Subtract(Scaled(timestamp, 6), Scaled(kUnixEpochUs, 6));
}

}  // namespace

Result<int64_t> TruncateTimestamp(std::string_view name, int64_t timestamp) {
  Field field = FindField(name);
  Civil c;
  if (!TruncateCivil(field, &c)) return RefuseTruncation(name, field, kTimestampType);
  if (IsInfiniteTimestamp(timestamp)) return timestamp;
  c = CivilFromTimestamp(timestamp);
  TruncateCivil(field, &c);
  return TimestampFromCivil(c);
}

Result<int64_t> TruncateTimestamptz(std::string_view name, int64_t timestamp, const TimeZone& zone) {
  Field field = FindField(name);
  Civil c;
  if (!TruncateCivil(field, &c)) return RefuseTruncation(name, field, kTimestamptzType);
  if (IsInfiniteTimestamp(timestamp)) return timestamp;
  int64_t offset = int64_t{zone.OffsetAt(timestamp)} * kUsPerSecond;
  c = CivilFromTimestamp(timestamp + offset);
  TruncateCivil(field, &c);
  ALLOD_ASSIGN_OR_RETURN(int64_t local, TimestampFromCivil(c));
  // Within a day the offset stays, so that the repeated hour is not confused; a new day has its own.
  int64_t instant = field >= Field::kDay ? zone.ToInstant(local) : local - offset;
  if (instant < kMinTimestamp || instant >= kEndTimestamp) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range");
  }
  return instant;
}

Result<Interval> TruncateInterval(std::string_view name, const Interval& interval) {
  Field field = FindField(name);
  Interval r = interval;
  auto months = [&](int32_t unit) {
    r = Interval{interval.months / unit * unit, 0, 0};
    return r;
  };
  auto micros = [&](int64_t unit) {
    r.micros = r.micros / unit * unit;
    return r;
  };
  switch (field) {
    case Field::kMillennium:
      return months(12000);
    case Field::kCentury:
      return months(1200);
    case Field::kDecade:
      return months(120);
    case Field::kYear:
      return months(12);
    case Field::kQuarter:
      return months(3);
    case Field::kMonth:
      return months(1);
    case Field::kDay:
      r.micros = 0;
      return r;
    case Field::kHour:
      return micros(kUsPerHour);
    case Field::kMinute:
      return micros(kUsPerMinute);
    case Field::kSecond:
      return micros(kUsPerSecond);
    case Field::kMillisecond:
      return micros(1000);
    case Field::kMicrosecond:
      return r;
    case Field::kWeek:
      return Refuse(name, field, kIntervalType).Detail("Months usually have fractional weeks.");
    default:
      return RefuseTruncation(name, field, kIntervalType);
  }
}

Result<int64_t> BinTimestamp(const Interval& stride, int64_t source, int64_t origin) {
  if (IsInfiniteTimestamp(source)) return source;
  if (IsInfiniteTimestamp(origin)) return Fail(sqlstate::kDatetimeFieldOverflow, "origin out of range");
  if (stride.months != 0) {
    return Fail(sqlstate::kFeatureNotSupported,
                "timestamps cannot be binned into intervals containing months or years");
  }
  int64_t step = 0, difference = 0;
  if (__builtin_mul_overflow(int64_t{stride.days}, kUsPerDay, &step) ||
      __builtin_add_overflow(step, stride.micros, &step) || __builtin_sub_overflow(source, origin, &difference)) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "interval out of range");
  }
  if (step <= 0) return Fail(sqlstate::kDatetimeFieldOverflow, "stride must be greater than zero");
  int64_t rest = difference % step, result = origin + (difference - rest);
  if (rest < 0 && __builtin_sub_overflow(result, step, &result)) result = kTimestampMinusInfinity;
  if (result < kMinTimestamp || result >= kEndTimestamp) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range");
  }
  return result;
}

Result<Numeric> ExtractDate(std::string_view name, int32_t date, bool* is_null) {
  Field field = FindField(name);
  *is_null = false;
  Numeric value;
  // The fields that a date has are checked first: an infinite one has no hours either.
  if (field != Field::kEpoch && !DateField(field, 0, &value)) return Refuse(name, field, kDateType);
  if (IsInfiniteDate(date)) {
    InfiniteField(field, date == kDateMinusInfinity, &value, is_null);
    return value;
  }
  if (field == Field::kEpoch) return Whole((int64_t{date} + 10957) * 86400);
  DateField(field, date, &value);
  return value;
}

Result<Numeric> ExtractTime(std::string_view name, int64_t time) {
  Field field = FindField(name);
  Numeric value;
  if (field == Field::kEpoch) return Scaled(time, 6);
  if (TimeField(field, time, &value)) return value;
  return Refuse(name, field, kTimeType);
}

Result<Numeric> ExtractTimestamp(std::string_view name, int64_t timestamp, bool* is_null) {
  Field field = FindField(name);
  *is_null = false;
  if (field == Field::kNone || field >= Field::kTimezone) return Refuse(name, field, kTimestampType);
  Numeric value;
  if (IsInfiniteTimestamp(timestamp)) {
    InfiniteField(field, timestamp < 0, &value, is_null);
    return value;
  }
  if (field == Field::kEpoch) return Epoch(timestamp);
  return TimestampField(field, timestamp);
}

Result<Numeric> ExtractTimestamptz(std::string_view name, int64_t timestamp, const TimeZone& zone, bool* is_null) {
  Field field = FindField(name);
  *is_null = false;
  if (field == Field::kNone) return Refuse(name, field, kTimestamptzType);
  Numeric value;
  if (IsInfiniteTimestamp(timestamp)) {
    InfiniteField(field, timestamp < 0, &value, is_null);
    return value;
  }
  if (field == Field::kEpoch) return Epoch(timestamp);
  int offset = zone.OffsetAt(timestamp);
  switch (field) {
    case Field::kTimezone:
      return Whole(offset);
    case Field::kTimezoneHour:
      return Whole(offset / 3600);
    case Field::kTimezoneMinute:
      return Whole(offset / 60 % 60);
    default:
      return TimestampField(field, timestamp + offset * kUsPerSecond);
  }
}

Result<Numeric> ExtractInterval(std::string_view name, const Interval& interval) {
  Field field = FindField(name);
  Numeric value;
  if (TimeField(field, interval.micros, &value)) return value;
  int32_t years = interval.months / 12, months = interval.months % 12;
  switch (field) {
    case Field::kDay:
      return Whole(interval.days);
    case Field::kMonth:
      return Whole(months);
    case Field::kQuarter:
      return Whole(months / 3 + 1);
    case Field::kYear:
      return Whole(years);
    case Field::kDecade:
      return Whole(years / 10);
    case Field::kCentury:
      return Whole(years / 100);
    case Field::kMillennium:
      return Whole(years / 1000);
    case Field::kEpoch: {
      // A year has 365.25 days here, a month 30: in quarters of a day, so that it stays whole.
      int64_t seconds = (int64_t{1461} * years + int64_t{120} * months + int64_t{4} * interval.days) * (86400 / 4);
      return Numeric::Add(Whole(seconds), Scaled(interval.micros, 6));
    }
    default:
      return Refuse(name, field, kIntervalType);
  }
}

}  // namespace allod
