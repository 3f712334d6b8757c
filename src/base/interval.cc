// Intervals: stored form, comparison, arithmetic.
#include <charconv>
#include <cmath>

#include "base/civil.h"

namespace allod {
namespace {

__extension__ using Int128 = __int128;
constexpr int32_t kDaysPerMonth = 30;
constexpr double kSecondsPerDay = 86400;

Status OutOfRange() { return Fail(sqlstate::kDatetimeFieldOverflow, "interval out of range"); }

// To microseconds, so that products that ought to be whole are (PostgreSQL's TSROUND).
double RoundToMicros(double seconds) { return std::rint(seconds * 1e6) / 1e6; }

Int128 Span(const Interval& i) { return Int128{i.micros} + (Int128{i.months} * kDaysPerMonth + i.days) * kUsPerDay; }

// One sign for days and time, one for months and days.
template <typename Low, typename High>
void Balance(Low* low, High* high, Low unit) {
  if (*high > 0 && *low < 0) {
    *low += unit;
    --*high;
  } else if (*high < 0 && *low > 0) {
    *low -= unit;
    ++*high;
  }
}

// `scale` multiplies or divides one field. Fractions of months go to days, fractions of days to the time.
template <typename F>
Result<Interval> Scale(const Interval& a, F scale) {
  auto whole = [](double d, int32_t* out) {
    if (std::isnan(d) || d > INT32_MAX || d < INT32_MIN) return false;
    *out = static_cast<int32_t>(d);
    return true;
  };
  Interval r;
  double months = scale(static_cast<double>(a.months)), days = scale(static_cast<double>(a.days));
  if (!whole(months, &r.months) || !whole(days, &r.days)) return OutOfRange();
  double month_days = RoundToMicros((months - r.months) * kDaysPerMonth);
  double seconds = (days - r.days + month_days - static_cast<int>(month_days)) * kSecondsPerDay;
  seconds = RoundToMicros(seconds);
  int64_t total_days = r.days;
  if (std::abs(seconds) >= kSecondsPerDay) {
    total_days += static_cast<int>(seconds / kSecondsPerDay);
    seconds -= static_cast<int>(seconds / kSecondsPerDay) * kSecondsPerDay;
  }
  total_days += static_cast<int32_t>(month_days);
  if (total_days > INT32_MAX || total_days < INT32_MIN) return OutOfRange();
  r.days = static_cast<int32_t>(total_days);
  double micros = std::rint(scale(static_cast<double>(a.micros)) + seconds * 1e6);
  if (std::isnan(micros) || micros < -9223372036854775808.0 || micros >= 9223372036854775808.0) return OutOfRange();
  r.micros = static_cast<int64_t>(micros);
  return r;
}

}  // namespace

void Interval::AppendStored(std::string* out) const {
  char buffer[48];
  char* p = std::to_chars(buffer, buffer + sizeof buffer, months).ptr;
  *p++ = ' ';
  p = std::to_chars(p, buffer + sizeof buffer, days).ptr;
  *p++ = ' ';
  p = std::to_chars(p, buffer + sizeof buffer, micros).ptr;
  out->append(buffer, static_cast<size_t>(p - buffer));
}

std::string Interval::ToStored() const {
  std::string out;
  AppendStored(&out);
  return out;
}

bool Interval::FromStored(std::string_view stored, Interval* out) {
  const char* p = stored.data();
  const char* end = p + stored.size();
  auto read = [&](auto* field, bool last) {
    auto [next, error] = std::from_chars(p, end, *field);
    if (error != std::errc()) return false;
    p = next;
    if (last) return p == end;
    return p < end && *p++ == ' ';
  };
  return read(&out->months, false) && read(&out->days, false) && read(&out->micros, true);
}

int CompareIntervals(const Interval& a, const Interval& b) {
  Int128 x = Span(a), y = Span(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

int CompareStoredIntervals(std::string_view a, std::string_view b) {
  Interval x, y;
  bool good_x = Interval::FromStored(a, &x), good_y = Interval::FromStored(b, &y);
  if (!good_x || !good_y) return good_x != good_y ? (good_x ? 1 : -1) : a.compare(b) < 0 ? -1 : a == b ? 0 : 1;
  return CompareIntervals(x, y);
}

Result<Interval> AddIntervals(const Interval& a, const Interval& b) {
  Interval r;
  if (__builtin_add_overflow(a.months, b.months, &r.months) || __builtin_add_overflow(a.days, b.days, &r.days) ||
      __builtin_add_overflow(a.micros, b.micros, &r.micros)) {
    return OutOfRange();
  }
  return r;
}

Result<Interval> SubtractIntervals(const Interval& a, const Interval& b) {
  Interval r;
  if (__builtin_sub_overflow(a.months, b.months, &r.months) || __builtin_sub_overflow(a.days, b.days, &r.days) ||
      __builtin_sub_overflow(a.micros, b.micros, &r.micros)) {
    return OutOfRange();
  }
  return r;
}

Result<Interval> NegateInterval(const Interval& a) { return SubtractIntervals(Interval{}, a); }

Result<Interval> MultiplyInterval(const Interval& a, double factor) {
  return Scale(a, [factor](double field) { return field * factor; });
}

Result<Interval> DivideInterval(const Interval& a, double divisor) {
  if (divisor == 0) return Fail(sqlstate::kDivisionByZero, "division by zero");
  return Scale(a, [divisor](double field) { return field / divisor; });
}

Result<Interval> JustifyHours(const Interval& a) {
  Interval r = a;
  r.micros = a.micros % kUsPerDay;
  if (__builtin_add_overflow(a.days, static_cast<int32_t>(a.micros / kUsPerDay), &r.days)) return OutOfRange();
  Balance(&r.micros, &r.days, kUsPerDay);
  return r;
}

Result<Interval> JustifyDays(const Interval& a) {
  Interval r = a;
  r.days = a.days % kDaysPerMonth;
  if (__builtin_add_overflow(a.months, a.days / kDaysPerMonth, &r.months)) return OutOfRange();
  Balance(&r.days, &r.months, kDaysPerMonth);
  return r;
}

Result<Interval> JustifyInterval(const Interval& a) {
  int64_t days = int64_t{a.days} + a.micros / kUsPerDay, micros = a.micros % kUsPerDay;
  int64_t months = int64_t{a.months} + days / kDaysPerMonth;
  days %= kDaysPerMonth;
  if (months > 0 && (days < 0 || (days == 0 && micros < 0))) {
    days += kDaysPerMonth;
    --months;
  } else if (months < 0 && (days > 0 || (days == 0 && micros > 0))) {
    days -= kDaysPerMonth;
    ++months;
  }
  Balance(&micros, &days, kUsPerDay);
  if (months > INT32_MAX || months < INT32_MIN) return OutOfRange();
  return Interval{static_cast<int32_t>(months), static_cast<int32_t>(days), micros};
}

Result<Interval> MakeInterval(int32_t years, int32_t months, int32_t weeks, int32_t days, int32_t hours,
                              int32_t minutes, double seconds) {
  Interval r;
  int64_t total_months = int64_t{years} * 12 + months, total_days = int64_t{weeks} * 7 + days;
  double micros = std::rint(seconds * 1e6);
  if (total_months > INT32_MAX || total_months < INT32_MIN || total_days > INT32_MAX || total_days < INT32_MIN ||
      std::isnan(micros) || std::isinf(micros) || std::abs(micros) >= 9.2e18) {
    return OutOfRange();
  }
  r.months = static_cast<int32_t>(total_months);
  r.days = static_cast<int32_t>(total_days);
  if (__builtin_add_overflow(hours * kUsPerHour + minutes * kUsPerMinute, static_cast<int64_t>(micros), &r.micros)) {
    return OutOfRange();
  }
  return r;
}

Result<Interval> RoundInterval(const Interval& interval, int32_t typmod) {
  if (typmod < 0) return interval;
  // The fields of an interval type, as bits (pg_type's INTERVAL_MASK): what is finer than the last one is dropped.
  constexpr int kMonth = 1 << 1, kDay = 1 << 3, kHour = 1 << 10, kMinute = 1 << 11, kSecond = 1 << 12, kAll = 0x7fff;
  int fields = (typmod >> 16) & kAll, precision = typmod & 0xffff;
  Interval r = interval;
  if (fields != kAll && fields != 0) {
    if ((fields & (kDay | kHour | kMinute | kSecond)) == 0) {
      if ((fields & kMonth) == 0) r.months = r.months / 12 * 12;
      r.days = 0;
      r.micros = 0;
    } else if (fields == kDay) {
      r.micros = 0;
    } else if ((fields & kSecond) == 0) {
      int64_t unit = (fields & kMinute) != 0 ? kUsPerMinute : kUsPerHour;
      r.micros = r.micros / unit * unit;
    }
  }
  if (precision <= 6) {
    static constexpr int64_t kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit = kUnits[precision], half = unit / 2, micros = 0;
    if (__builtin_add_overflow(r.micros, r.micros >= 0 ? half : -half, &micros)) return OutOfRange();
    r.micros = micros / unit * unit;
  }
  return r;
}

}  // namespace allod
