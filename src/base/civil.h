// Dates, times and intervals: proleptic Gregorian arithmetic, parsing and printing, with PostgreSQL's rules.
// Units: days since 2000-01-01; microseconds since 2000-01-01 00:00 (timestamp: local, timestamptz: UTC); microseconds
// since midnight. The extreme values are the infinities. Zones and styles: base/datetime.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/datetime.h"
#include "base/numeric.h"
#include "base/status.h"

namespace allod {

inline constexpr int64_t kUsPerSecond = 1'000'000, kUsPerMinute = 60 * kUsPerSecond, kUsPerHour = 60 * kUsPerMinute,
                         kUsPerDay = 24 * kUsPerHour;
inline constexpr int64_t kTimestampInfinity = INT64_MAX, kTimestampMinusInfinity = INT64_MIN;
inline constexpr int32_t kDateInfinity = INT32_MAX, kDateMinusInfinity = INT32_MIN;
// 4714-11-24 BC to 294276-12-31 (timestamps) and 5874897-12-31 (dates), as PostgreSQL.
inline constexpr int64_t kMinTimestamp = -211813488000000000, kEndTimestamp = 9223371331200000000;
inline constexpr int32_t kMinDate = -2451545, kEndDate = 2145031949;  // ends are exclusive
inline constexpr int64_t kUnixEpochUs = -946684800000000;             // 1970-01-01, in our microseconds

inline bool IsInfiniteTimestamp(int64_t t) { return t == kTimestampInfinity || t == kTimestampMinusInfinity; }
inline bool IsInfiniteDate(int32_t d) { return d == kDateInfinity || d == kDateMinusInfinity; }

// Broken-down local time. Years are astronomical: 0 is 1 BC.
struct Civil {
  int32_t year = 2000, month = 1, day = 1;
  int32_t hour = 0, minute = 0, second = 0, microsecond = 0;
};
int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day);  // month and day in range
void CivilFromDays(int32_t days, int32_t* year, int32_t* month, int32_t* day);
Civil CivilFromTimestamp(int64_t timestamp);  // REQUIRES: finite
int DaysInMonth(int32_t year, int32_t month);
int DayOfWeek(int32_t days);                                   // 0 Sunday .. 6
int DayOfYear(int32_t days);                                   // 1 ..
void IsoWeek(int32_t days, int32_t* iso_year, int32_t* week);  // ISO 8601 (years astronomical)
// 22008 when a field or the whole is out of range.
Result<int64_t> TimestampFromCivil(const Civil& civil);

// make_date, make_time, make_timestamp: 22008 as PostgreSQL answers. A negative year is BC; there is no year 0.
Result<int32_t> MakeDate(int32_t year, int32_t month, int32_t day);
Result<int64_t> MakeTime(int32_t hour, int32_t minute, double second);
Result<int64_t> MakeTimestamp(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, double second);

struct Interval {
  int32_t months = 0, days = 0;
  int64_t micros = 0;

  bool operator==(const Interval&) const = default;  // field by field; see CompareIntervals for SQL's equality
  std::string ToStored() const;                      // "<months> <days> <microseconds>"
  void AppendStored(std::string* out) const;
  static bool FromStored(std::string_view stored, Interval* out);
};

// SQL comparison: a month is 30 days, a day 24 hours.
int CompareIntervals(const Interval& a, const Interval& b);
int CompareStoredIntervals(std::string_view a, std::string_view b);   // the collation allod_interval
Result<Interval> AddIntervals(const Interval& a, const Interval& b);  // 22008 "interval out of range"
Result<Interval> SubtractIntervals(const Interval& a, const Interval& b);
Result<Interval> NegateInterval(const Interval& a);
Result<Interval> MultiplyInterval(const Interval& a, double factor);
Result<Interval> DivideInterval(const Interval& a, double divisor);  // 22012
Result<Interval> JustifyHours(const Interval& a);
Result<Interval> JustifyDays(const Interval& a);
Result<Interval> JustifyInterval(const Interval& a);
Result<Interval> MakeInterval(int32_t years, int32_t months, int32_t weeks, int32_t days, int32_t hours,
                              int32_t minutes, double seconds);

// Month-end clipping: 2024-01-31 + 1 month is 2024-02-29. Infinite timestamps stay as they are.
Result<int64_t> AddToTimestamp(int64_t timestamp, const Interval& interval);
Result<int64_t> SubtractFromTimestamp(int64_t timestamp, const Interval& interval);
// Months and days are added to the local time in the zone.
Result<int64_t> AddToTimestamptz(int64_t timestamp, const Interval& interval, const TimeZone& zone);
Result<int64_t> SubtractFromTimestamptz(int64_t timestamp, const Interval& interval, const TimeZone& zone);
int64_t AddToTime(int64_t time, const Interval& interval);   // wraps at midnight
Result<int32_t> AddDays(int32_t date, int64_t days);         // date + integer
Result<int64_t> DateDifference(int32_t a, int32_t b);        // date - date; 22008 on infinities
Result<Interval> TimestampDifference(int64_t a, int64_t b);  // timestamp - timestamp: days and time
Result<Interval> Age(int64_t a, int64_t b);                  // age(a, b), of local times

// Conversions. Infinities map to each other.
Result<int64_t> DateToTimestamp(int32_t date);
Result<int64_t> DateToTimestamptz(int32_t date, const TimeZone& zone);
Result<int32_t> TimestampToDate(int64_t timestamp);
Result<int64_t> TimestampToTimestamptz(int64_t local, const TimeZone& zone);  // AT TIME ZONE, cast
Result<int64_t> TimestamptzToTimestamp(int64_t instant, const TimeZone& zone);
int64_t TimeOfTimestamp(int64_t timestamp);  // timestamp::time

// date_trunc(field, ...). Fields as PostgreSQL: microseconds .. millennium, week, quarter. 22023 on others.
Result<int64_t> TruncateTimestamp(std::string_view field, int64_t timestamp);
Result<int64_t> TruncateTimestamptz(std::string_view field, int64_t timestamp, const TimeZone& zone);
Result<Interval> TruncateInterval(std::string_view field, const Interval& interval);
// date_bin(stride, source, origin).
Result<int64_t> BinTimestamp(const Interval& stride, int64_t source, int64_t origin);

// extract(field from ...): exact, with PostgreSQL's scale. `*is_null` is set where the answer is NULL (a periodic field
// of an infinite timestamp). date_part() is this as a double.
Result<Numeric> ExtractDate(std::string_view field, int32_t date, bool* is_null);
Result<Numeric> ExtractTime(std::string_view field, int64_t time);
Result<Numeric> ExtractTimestamp(std::string_view field, int64_t timestamp, bool* is_null);
Result<Numeric> ExtractTimestamptz(std::string_view field, int64_t timestamp, const TimeZone& zone, bool* is_null);
Result<Numeric> ExtractInterval(std::string_view field, const Interval& interval);

// Input. 22007 (not a date at all), 22008 (a field out of range), as PostgreSQL. typmod: fractional digits 0-6, -1
// none; for intervals PostgreSQL's packed form (fields and precision).
Result<int32_t> ParseDate(std::string_view text, const FormatContext& context);
Result<int64_t> ParseTime(std::string_view text, int32_t typmod, const FormatContext& context);
Result<int64_t> ParseTimestamp(std::string_view text, int32_t typmod, const FormatContext& context);
Result<int64_t> ParseTimestamptz(std::string_view text, int32_t typmod, const FormatContext& context);
Result<Interval> ParseInterval(std::string_view text, int32_t typmod, const FormatContext& context);

// Output, in the context's styles.
void AppendDate(int32_t date, const FormatContext& context, std::string* out);
void AppendTime(int64_t time, std::string* out);
void AppendTimestamp(int64_t timestamp, const FormatContext& context, std::string* out);
void AppendTimestamptz(int64_t timestamp, const FormatContext& context, std::string* out);
void AppendInterval(const Interval& interval, IntervalStyle style, std::string* out);

// Rounds to `typmod` fractional digits (0-6; -1: as it is).
int64_t RoundTimestamp(int64_t timestamp, int32_t typmod);
int64_t RoundTime(int64_t time, int32_t typmod);
Result<Interval> RoundInterval(const Interval& interval, int32_t typmod);

// English names, for to_char: month 1-12, weekday 0-6 (Sunday first).
std::string_view MonthName(int month);
std::string_view WeekdayName(int weekday);

}  // namespace allod
