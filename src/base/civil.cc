// The calendar, and arithmetic on dates and timestamps.
#include "base/civil.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace allod {
namespace {

constexpr int32_t kUnixToEpochDays = 10957;  // 1970-01-01 to 2000-01-01

bool IsLeap(int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

Status TimestampOutOfRange() { return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range"); }

int64_t FloorDivide(int64_t a, int64_t b) {
  int64_t q = a / b;
  return a % b < 0 ? q - 1 : q;
}

bool InRange(int64_t timestamp) { return timestamp >= kMinTimestamp && timestamp < kEndTimestamp; }

// Adds the months and days of an interval to a local time. False if the year leaves the calendar.
bool AddMonths(int64_t* local, int32_t months) {
  Civil c = CivilFromTimestamp(*local);
  int64_t month = int64_t{c.year} * 12 + (c.month - 1) + months;
  int64_t year = FloorDivide(month, 12);
  if (year < -4800 || year > 300000) return false;
  c.year = static_cast<int32_t>(year);
  c.month = static_cast<int32_t>(month - year * 12) + 1;
  c.day = std::min(c.day, DaysInMonth(c.year, c.month));
  Result<int64_t> r = TimestampFromCivil(c);
  if (!r.ok()) return false;
  *local = *r;
  return true;
}

bool AddMicros(int64_t* timestamp, int64_t micros) {
  return !__builtin_add_overflow(*timestamp, micros, timestamp) && InRange(*timestamp);
}

bool AddWholeDays(int64_t* local, int64_t days) {
  int64_t micros = 0;
  return !__builtin_mul_overflow(days, kUsPerDay, &micros) && AddMicros(local, micros);
}

Result<Interval> Negative(const Interval& interval) {
  Result<Interval> negative = NegateInterval(interval);
  if (!negative.ok()) return TimestampOutOfRange();
  return negative;
}

}  // namespace

int DaysInMonth(int32_t year, int32_t month) {
  static constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[static_cast<size_t>(month)];
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years, years from March.
int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day) {
  int64_t y = int64_t{year} - (month <= 2 ? 1 : 0);
  int64_t era = FloorDivide(y, 400);
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<int32_t>(era * 146097 + day_of_era - 719468 - kUnixToEpochDays);
}

void CivilFromDays(int32_t days, int32_t* year, int32_t* month, int32_t* day) {
  int64_t z = int64_t{days} + kUnixToEpochDays + 719468;
  int64_t era = FloorDivide(z, 146097);
  auto day_of_era = static_cast<uint32_t>(z - era * 146097);
  uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint32_t mp = (5 * day_of_year + 2) / 153;
  *day = static_cast<int32_t>(day_of_year - (153 * mp + 2) / 5 + 1);
  *month = static_cast<int32_t>(mp < 10 ? mp + 3 : mp - 9);
  *year = static_cast<int32_t>(int64_t{year_of_era} + era * 400) + (*month <= 2 ? 1 : 0);
}

Civil CivilFromTimestamp(int64_t timestamp) {
  Civil c;
  int64_t days = FloorDivide(timestamp, kUsPerDay);
  int64_t time = timestamp - days * kUsPerDay;
  CivilFromDays(static_cast<int32_t>(days), &c.year, &c.month, &c.day);
  c.microsecond = static_cast<int32_t>(time % kUsPerSecond);
  auto seconds = static_cast<int32_t>(time / kUsPerSecond);
  c.hour = seconds / 3600;
  c.minute = seconds / 60 % 60;
  c.second = seconds % 60;
  return c;
}

int DayOfWeek(int32_t days) {
  auto w = static_cast<int>((int64_t{days} + 6) % 7);  // 2000-01-01 was a Saturday
  return w < 0 ? w + 7 : w;
}

int DayOfYear(int32_t days) {
  int32_t y = 0, m = 0, d = 0;
  CivilFromDays(days, &y, &m, &d);
  return days - DaysFromCivil(y, 1, 1) + 1;
}

void IsoWeek(int32_t days, int32_t* iso_year, int32_t* week) {
  // The week belongs to the year that its Thursday is in.
  int32_t monday = days - (DayOfWeek(days) + 6) % 7, m = 0, d = 0;
  CivilFromDays(monday + 3, iso_year, &m, &d);
  *week = (DayOfYear(monday + 3) - 1) / 7 + 1;
}

Result<int64_t> TimestampFromCivil(const Civil& c) {
  if (c.year < -4713 || c.year > 294276) return TimestampOutOfRange();
  int64_t time = ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond;
  int64_t timestamp = 0;
  if (__builtin_mul_overflow(int64_t{DaysFromCivil(c.year, c.month, c.day)}, kUsPerDay, &timestamp) ||
      !AddMicros(&timestamp, time)) {
    return TimestampOutOfRange();
  }
  return timestamp;
}

Result<int32_t> MakeDate(int32_t year, int32_t month, int32_t day) {
  char text[64];
  std::snprintf(text, sizeof text, "%d-%02d-%02d", year, month, day);
  int32_t astronomical = year < 0 ? year + 1 : year;
  if (year == 0 || year == INT32_MIN || month < 1 || month > 12 || day < 1 ||
      (year >= -10000 && year <= 10000000 && day > DaysInMonth(astronomical, month)) || day > 31) {
    return Fail(sqlstate::kDatetimeFieldOverflow, std::string("date field value out of range: ") + text);
  }
  if (astronomical < -4713 || astronomical > 5874897) {
    return Fail(sqlstate::kDatetimeFieldOverflow, std::string("date out of range: ") + text);
  }
  int32_t days = DaysFromCivil(astronomical, month, day);
  if (days < kMinDate || days >= kEndDate) {
    return Fail(sqlstate::kDatetimeFieldOverflow, std::string("date out of range: ") + text);
  }
  return days;
}

Result<int64_t> MakeTime(int32_t hour, int32_t minute, double second) {
  double micros = std::rint(second * 1e6);
  bool good = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && micros >= 0 && micros <= 60e6;
  int64_t time = 0;
  if (good) {
    time = (int64_t{hour} * 60 + minute) * kUsPerMinute + static_cast<int64_t>(micros);
    good = time <= kUsPerDay;
  }
  if (good) return time;
  char text[64];
  std::snprintf(text, sizeof text, "%d:%02d:%02g", hour, minute, second);
  return Fail(sqlstate::kDatetimeFieldOverflow, std::string("time field value out of range: ") + text);
}

Result<int64_t> MakeTimestamp(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, double second) {
  ALLOD_ASSIGN_OR_RETURN(int32_t date, MakeDate(year, month, day));
  ALLOD_ASSIGN_OR_RETURN(int64_t time, MakeTime(hour, minute, second));
  int64_t timestamp = 0;
  if (__builtin_mul_overflow(int64_t{date}, kUsPerDay, &timestamp) || !AddMicros(&timestamp, time)) {
    char text[96];
    std::snprintf(text, sizeof text, "%d-%02d-%02d %d:%02d:%02g", year, month, day, hour, minute, second);
    return Fail(sqlstate::kDatetimeFieldOverflow, std::string("timestamp out of range: ") + text);
  }
  return timestamp;
}

Result<int64_t> AddToTimestamp(int64_t timestamp, const Interval& interval) {
  if (IsInfiniteTimestamp(timestamp)) return timestamp;
  if (interval.months != 0 && !AddMonths(&timestamp, interval.months)) return TimestampOutOfRange();
  if (interval.days != 0 && !AddWholeDays(&timestamp, interval.days)) return TimestampOutOfRange();
  if (!AddMicros(&timestamp, interval.micros)) return TimestampOutOfRange();
  return timestamp;
}

Result<int64_t> SubtractFromTimestamp(int64_t timestamp, const Interval& interval) {
  ALLOD_ASSIGN_OR_RETURN(Interval negative, Negative(interval));
  return AddToTimestamp(timestamp, negative);
}

Result<int64_t> AddToTimestamptz(int64_t timestamp, const Interval& interval, const TimeZone& zone) {
  if (IsInfiniteTimestamp(timestamp)) return timestamp;
  // Each step goes through local time, as a day may not be 24 hours long.
  auto step = [&](auto add) {
    int64_t local = timestamp + int64_t{zone.OffsetAt(timestamp)} * kUsPerSecond;
    if (!add(&local)) return false;
    timestamp = zone.ToInstant(local);
    return InRange(timestamp);
  };
  if (interval.months != 0 && !step([&](int64_t* t) { return AddMonths(t, interval.months); }))
    return TimestampOutOfRange();
  if (interval.days != 0 && !step([&](int64_t* t) { return AddWholeDays(t, interval.days); }))
    return TimestampOutOfRange();
  if (!AddMicros(&timestamp, interval.micros)) return TimestampOutOfRange();
  return timestamp;
}

Result<int64_t> SubtractFromTimestamptz(int64_t timestamp, const Interval& interval, const TimeZone& zone) {
  ALLOD_ASSIGN_OR_RETURN(Interval negative, Negative(interval));
  return AddToTimestamptz(timestamp, negative, zone);
}

int64_t AddToTime(int64_t time, const Interval& interval) {
  int64_t sum = (time % kUsPerDay + interval.micros % kUsPerDay) % kUsPerDay;
  return sum < 0 ? sum + kUsPerDay : sum;
}

Result<int32_t> AddDays(int32_t date, int64_t days) {
  if (IsInfiniteDate(date)) return date;
  int64_t sum = 0;
  if (__builtin_add_overflow(int64_t{date}, days, &sum) || sum < kMinDate || sum >= kEndDate) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range");
  }
  return static_cast<int32_t>(sum);
}

Result<int64_t> DateDifference(int32_t a, int32_t b) {
  if (IsInfiniteDate(a) || IsInfiniteDate(b)) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "cannot subtract infinite dates");
  }
  return int64_t{a} - b;
}

Result<Interval> TimestampDifference(int64_t a, int64_t b) {
  if (IsInfiniteTimestamp(a) || IsInfiniteTimestamp(b)) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "cannot subtract infinite timestamps");
  }
  Interval difference;
  if (__builtin_sub_overflow(a, b, &difference.micros)) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "interval out of range");
  }
  return JustifyHours(difference);
}

Result<Interval> Age(int64_t a, int64_t b) {
  if (IsInfiniteTimestamp(a) || IsInfiniteTimestamp(b)) return TimestampOutOfRange();
  bool negative = a < b;
  Civil late = CivilFromTimestamp(negative ? b : a), early = CivilFromTimestamp(negative ? a : b);
  int32_t months = (late.year - early.year) * 12 + late.month - early.month, days = late.day - early.day;
  auto time = [](const Civil& c) {
    return ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond;
  };
  int64_t micros = time(late) - time(early);
  if (micros < 0) {
    micros += kUsPerDay;
    --days;
  }
  // Days are borrowed from the month of the earlier time.
  while (days < 0) {
    days += DaysInMonth(early.year, early.month);
    --months;
  }
  Interval age{months, days, micros};
  return negative ? NegateInterval(age) : Result<Interval>(age);
}

Result<int64_t> DateToTimestamp(int32_t date) {
  if (date == kDateInfinity) return kTimestampInfinity;
  if (date == kDateMinusInfinity) return kTimestampMinusInfinity;
  int64_t timestamp = 0;
  if (__builtin_mul_overflow(int64_t{date}, kUsPerDay, &timestamp) || !InRange(timestamp)) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range for timestamp");
  }
  return timestamp;
}

Result<int64_t> DateToTimestamptz(int32_t date, const TimeZone& zone) {
  ALLOD_ASSIGN_OR_RETURN(int64_t local, DateToTimestamp(date));
  if (IsInfiniteTimestamp(local)) return local;
  int64_t instant = zone.ToInstant(local);
  if (!InRange(instant)) return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range for timestamp");
  return instant;
}

Result<int32_t> TimestampToDate(int64_t timestamp) {
  if (timestamp == kTimestampInfinity) return kDateInfinity;
  if (timestamp == kTimestampMinusInfinity) return kDateMinusInfinity;
  if (!InRange(timestamp)) return TimestampOutOfRange();
  return static_cast<int32_t>(FloorDivide(timestamp, kUsPerDay));
}

Result<int64_t> TimestampToTimestamptz(int64_t local, const TimeZone& zone) {
  if (IsInfiniteTimestamp(local)) return local;
  int64_t instant = zone.ToInstant(local);
  if (!InRange(instant)) return TimestampOutOfRange();
  return instant;
}

Result<int64_t> TimestamptzToTimestamp(int64_t instant, const TimeZone& zone) {
  if (IsInfiniteTimestamp(instant)) return instant;
  int64_t local = instant + int64_t{zone.OffsetAt(instant)} * kUsPerSecond;
  if (!InRange(local)) return TimestampOutOfRange();
  return local;
}

int64_t TimeOfTimestamp(int64_t timestamp) { return timestamp - FloorDivide(timestamp, kUsPerDay) * kUsPerDay; }

std::string_view MonthName(int month) {
  static constexpr std::array<std::string_view, 13> kNames = {"",        "January",  "February", "March",  "April",
                                                              "May",     "June",     "July",     "August", "September",
                                                              "October", "November", "December"};
  return month >= 1 && month <= 12 ? kNames[static_cast<size_t>(month)] : "";
}

std::string_view WeekdayName(int weekday) {
  static constexpr std::array<std::string_view, 7> kNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                             "Thursday", "Friday", "Saturday"};
  return weekday >= 0 && weekday <= 6 ? kNames[static_cast<size_t>(weekday)] : "";
}

}  // namespace allod
