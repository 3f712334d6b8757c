// Intervals from text: PostgreSQL's words and units, SQL's "1-2 3 04:05:06", ISO 8601's "P1Y2M3DT4H5M6S". After
// DecodeInterval and DecodeISO8601Interval.
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "base/civil.h"
#include "base/datetime_scan.h"

namespace allod {
namespace {

enum class Unit : uint8_t {
  kNone,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kAgo,
  kQuarter,
  kTimezone
};

struct UnitName {
  std::string_view name;
  Unit unit;
};
constexpr auto kUnitNames = std::to_array<UnitName>({
    {"ago", Unit::kAgo},
    {"c", Unit::kCentury},
    {"cent", Unit::kCentury},
    {"centuries", Unit::kCentury},
    {"century", Unit::kCentury},
    {"d", Unit::kDay},
    {"day", Unit::kDay},
    {"days", Unit::kDay},
    {"dec", Unit::kDecade},
    {"decade", Unit::kDecade},
    {"decades", Unit::kDecade},
    {"decs", Unit::kDecade},
    {"h", Unit::kHour},
    {"hour", Unit::kHour},
    {"hours", Unit::kHour},
    {"hr", Unit::kHour},
    {"hrs", Unit::kHour},
    {"m", Unit::kMinute},
    {"microsecon", Unit::kMicrosecond},
    {"mil", Unit::kMillennium},
    {"millennia", Unit::kMillennium},
    {"millennium", Unit::kMillennium},
    {"millisecon", Unit::kMillisecond},
    {"mils", Unit::kMillennium},
    {"min", Unit::kMinute},
    {"mins", Unit::kMinute},
    {"minute", Unit::kMinute},
    {"minutes", Unit::kMinute},
    {"mon", Unit::kMonth},
    {"mons", Unit::kMonth},
    {"month", Unit::kMonth},
    {"months", Unit::kMonth},
    {"ms", Unit::kMillisecond},
    {"msec", Unit::kMillisecond},
    {"mseconds", Unit::kMillisecond},
    {"msecs", Unit::kMillisecond},
    {"qtr", Unit::kQuarter},
    {"quarter", Unit::kQuarter},
    {"s", Unit::kSecond},
    {"sec", Unit::kSecond},
    {"second", Unit::kSecond},
    {"seconds", Unit::kSecond},
    {"secs", Unit::kSecond},
    {"timezone", Unit::kTimezone},
    {"timezone_h", Unit::kTimezone},
    {"timezone_m", Unit::kTimezone},
    {"us", Unit::kMicrosecond},
    {"usec", Unit::kMicrosecond},
    {"usecond", Unit::kMicrosecond},
    {"useconds", Unit::kMicrosecond},
    {"usecs", Unit::kMicrosecond},
    {"w", Unit::kWeek},
    {"week", Unit::kWeek},
    {"weeks", Unit::kWeek},
    {"y", Unit::kYear},
    {"year", Unit::kYear},
    {"years", Unit::kYear},
    {"yr", Unit::kYear},
    {"yrs", Unit::kYear},
});

Unit FindUnit(std::string_view word) {
  word = word.substr(0, 10);
  for (const UnitName& u : kUnitNames) {
    if (u.name == word) return u.unit;
  }
  return Unit::kNone;
}

// The bits of an interval typmod's upper half.
constexpr int kYearField = 1 << 2, kMonthField = 1 << 1, kDayField = 1 << 3, kHourField = 1 << 10,
              kMinuteField = 1 << 11, kSecondField = 1 << 12, kAllFields = 0x7fff;

// Sums up the fields; every Add answers false when one leaves its range.
class Sum {
 public:
  bool AddMicros(int64_t value, double fraction, int64_t unit) {
    int64_t micros = 0;
    return !__builtin_mul_overflow(value, unit, &micros) && !__builtin_add_overflow(micros_, micros, &micros_) &&
           AddFraction(fraction, unit);
  }
  // A fraction of `unit` microseconds.
  bool AddFraction(double fraction, int64_t unit) {
    if (fraction == 0) return true;
    fraction *= static_cast<double>(unit);
    auto micros = static_cast<int64_t>(fraction);
    fraction -= static_cast<double>(micros);
    if (fraction > 0.5) {
      ++micros;
    } else if (fraction < -0.5) {
      --micros;
    }
    return !__builtin_add_overflow(micros_, micros, &micros_);
  }
  bool AddDays(int64_t value, int32_t unit) {
    int32_t days = 0;
    return value >= INT32_MIN && value <= INT32_MAX &&
           !__builtin_mul_overflow(static_cast<int32_t>(value), unit, &days) &&
           !__builtin_add_overflow(days_, days, &days_);
  }
  bool AddFractionOfDays(double fraction, int32_t unit) {
    if (fraction == 0) return true;
    fraction *= unit;
    int days = static_cast<int>(fraction);
    if (__builtin_add_overflow(days_, days, &days_)) return false;
    return AddFraction(fraction - days, kUsPerDay);
  }
  bool AddMonths(int64_t value) {
    return value >= INT32_MIN && value <= INT32_MAX &&
           !__builtin_add_overflow(months_, static_cast<int32_t>(value), &months_);
  }
  bool AddYears(int64_t value, int32_t unit) {
    int32_t years = 0;
    return value >= INT32_MIN && value <= INT32_MAX &&
           !__builtin_mul_overflow(static_cast<int32_t>(value), unit, &years) &&
           !__builtin_add_overflow(years_, years, &years_);
  }
  bool AddFractionOfYears(double fraction, int unit) {
    auto months = static_cast<int>(std::rint(fraction * unit * 12));
    return !__builtin_add_overflow(months_, months, &months_);
  }
  bool Negate() {
    return !__builtin_sub_overflow(0, micros_, &micros_) && !__builtin_sub_overflow(0, days_, &days_) &&
           !__builtin_sub_overflow(0, months_, &months_) && !__builtin_sub_overflow(0, years_, &years_);
  }
  void MakeTimeNegative() {
    if (micros_ > 0) micros_ = -micros_;
  }
  bool NegateTime() { return !__builtin_sub_overflow(0, micros_, &micros_); }
  int64_t micros() const { return micros_; }
  void set_micros(int64_t v) { micros_ = v; }
  bool Finish(Interval* out) const {
    int64_t months = int64_t{years_} * 12 + months_;
    if (months < INT32_MIN || months > INT32_MAX) return false;
    *out = Interval{static_cast<int32_t>(months), days_, micros_};
    return true;
  }

 private:
  int64_t micros_ = 0;
  int32_t days_ = 0, months_ = 0, years_ = 0;
};

// "hh:mm[:ss[.fff]]", "mm:ss.fff"; hours without limit.
ScanError DecodeClock(std::string_view text, int range, int64_t* out) {
  int64_t hour = 0;
  int minute = 0, second = 0, micros = 0;
  std::string_view rest;
  if (!ScanInt64(text, &hour, &rest)) return ScanError::kFieldOverflow;
  if (rest.empty() || rest[0] != ':') return ScanError::kBadFormat;
  if (!ScanInt(rest.substr(1), &minute, &rest)) return ScanError::kFieldOverflow;
  auto shift = [&] {
    if (hour < INT32_MIN || hour > INT32_MAX) return false;
    second = minute;
    minute = static_cast<int>(hour);
    hour = 0;
    return true;
  };
  if (rest.empty()) {
    if (range == (kMinuteField | kSecondField) && !shift()) return ScanError::kFieldOverflow;
  } else if (rest[0] == '.') {
    if (!ScanFractionalSecond(rest, &micros)) return ScanError::kBadFormat;
    if (!shift()) return ScanError::kFieldOverflow;
  } else if (rest[0] == ':') {
    if (!ScanInt(rest.substr(1), &second, &rest)) return ScanError::kFieldOverflow;
    if (!rest.empty() && (rest[0] != '.' || !ScanFractionalSecond(rest, &micros))) return ScanError::kBadFormat;
  } else {
    return ScanError::kBadFormat;
  }
  if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 60) return ScanError::kFieldOverflow;
  int64_t total = 0;
  if (__builtin_mul_overflow(hour, kUsPerHour, &total) ||
      __builtin_add_overflow(total, minute * kUsPerMinute + second * kUsPerSecond + micros, &total)) {
    return ScanError::kFieldOverflow;
  }
  *out = total;
  return ScanError::kNone;
}

// What a number without a unit means at the right end, by the fields of the type.
Unit RightmostUnit(int range) {
  if (range == kYearField) return Unit::kYear;
  if (range == kMonthField || range == (kYearField | kMonthField)) return Unit::kMonth;
  if (range == kDayField) return Unit::kDay;
  if (range == kHourField || range == (kDayField | kHourField)) return Unit::kHour;
  if ((range & kMinuteField) != 0 && (range & kSecondField) == 0) return Unit::kMinute;
  return Unit::kSecond;
}

ScanError AddNumber(std::string_view text, Unit* unit, bool force_negative, Sum* sum, uint32_t* set) {
  int64_t value = 0;
  double fraction = 0;
  std::string_view rest;
  bool negative = text[0] == '-';
  if (!ScanInt64(text, &value, &rest)) return ScanError::kFieldOverflow;
  // "-.5": the sign is not followed by a digit that ScanInt64 would take.
  if (rest.size() == text.size() && (text[0] == '-' || text[0] == '+')) rest.remove_prefix(1);
  if (!rest.empty() && rest[0] == '-') {
    // "years-months"
    int months = 0;
    std::string_view after;
    if (!ScanInt(rest.substr(1), &months, &after) || months < 0 || months >= 12) return ScanError::kFieldOverflow;
    if (!after.empty()) return ScanError::kBadFormat;
    *unit = Unit::kMonth;
    if (__builtin_mul_overflow(value, int64_t{12}, &value) ||
        __builtin_add_overflow(value, int64_t{negative ? -months : months}, &value)) {
      return ScanError::kFieldOverflow;
    }
  } else if (!rest.empty()) {
    if (!ScanFraction(rest, &fraction)) return ScanError::kBadFormat;
    if (negative) fraction = -fraction;
  }
  if (force_negative) {
    if (value > 0) value = -value;
    if (fraction > 0) fraction = -fraction;
  }
  constexpr auto kMicro = static_cast<int>(Unit::kMicrosecond), kMilli = static_cast<int>(Unit::kMillisecond),
                 kSec = static_cast<int>(Unit::kSecond);
  *set = 1u << static_cast<int>(*unit);
  bool good = false;
  switch (*unit) {
    case Unit::kMicrosecond:
      good = sum->AddMicros(value, fraction, 1);
      break;
    case Unit::kMillisecond:
      good = sum->AddMicros(value, fraction, 1000);
      break;
    case Unit::kSecond:
      good = sum->AddMicros(value, fraction, kUsPerSecond);
      if (fraction != 0) *set |= (1u << kMicro) | (1u << kMilli) | (1u << kSec);
      break;
    case Unit::kMinute:
      good = sum->AddMicros(value, fraction, kUsPerMinute);
      break;
    case Unit::kHour:
      good = sum->AddMicros(value, fraction, kUsPerHour);
      *unit = Unit::kDay;  // for a number to the left without a unit
      break;
    case Unit::kDay:
      good = sum->AddDays(value, 1) && sum->AddFraction(fraction, kUsPerDay);
      break;
    case Unit::kWeek:
      good = sum->AddDays(value, 7) && sum->AddFractionOfDays(fraction, 7);
      break;
    case Unit::kMonth:
      good = sum->AddMonths(value) && sum->AddFractionOfDays(fraction, 30);
      break;
    case Unit::kYear:
      good = sum->AddYears(value, 1) && sum->AddFractionOfYears(fraction, 1);
      break;
    case Unit::kDecade:
      good = sum->AddYears(value, 10) && sum->AddFractionOfYears(fraction, 10);
      break;
    case Unit::kCentury:
      good = sum->AddYears(value, 100) && sum->AddFractionOfYears(fraction, 100);
      break;
    case Unit::kMillennium:
      good = sum->AddYears(value, 1000) && sum->AddFractionOfYears(fraction, 1000);
      break;
    default:
      return ScanError::kBadFormat;
  }
  return good ? ScanError::kNone : ScanError::kFieldOverflow;
}

ScanError DecodeWords(const ScannedFields& fields, int range, IntervalStyle style, Sum* sum) {
  // SQL's style: one leading sign is that of all fields.
  bool force_negative = style == IntervalStyle::kSqlStandard && fields.count > 0 && fields.text[0][0] == '-';
  for (int i = 1; force_negative && i < fields.count; ++i) {
    char c = fields.text[static_cast<size_t>(i)][0];
    if (c == '-' || c == '+') force_negative = false;
  }
  constexpr uint32_t kTimeSet = (1u << static_cast<int>(Unit::kMicrosecond)) |
                                (1u << static_cast<int>(Unit::kMillisecond)) | (1u << static_cast<int>(Unit::kSecond)) |
                                (1u << static_cast<int>(Unit::kMinute)) | (1u << static_cast<int>(Unit::kHour));
  Unit unit = Unit::kNone;
  uint32_t have = 0;
  bool ago = false;
  // From the right: units stand after their numbers.
  for (int i = fields.count - 1; i >= 0; --i) {
    std::string_view text = fields.text[static_cast<size_t>(i)];
    ScanType type = fields.type[static_cast<size_t>(i)];
    uint32_t set = 0;
    bool clock = type == ScanType::kTime;
    bool signed_clock = type == ScanType::kZone && text.find(':') != std::string_view::npos;
    int64_t time = 0;
    ScanError error = ScanError::kBadFormat;
    if (clock || signed_clock) error = DecodeClock(clock ? text : text.substr(1), range, &time);
    if (clock && error != ScanError::kNone) return error;
    if ((clock || signed_clock) && error == ScanError::kNone) {
      int64_t before = sum->micros();
      sum->set_micros(time);
      if (signed_clock && text[0] == '-' && !sum->NegateTime()) return ScanError::kFieldOverflow;
      if (force_negative) sum->MakeTimeNegative();
      set = kTimeSet;
      if ((have & kTimeSet) != 0) sum->set_micros(before);
      unit = Unit::kDay;
    } else if (type == ScanType::kZone || type == ScanType::kDate || type == ScanType::kNumber) {
      if (unit == Unit::kNone) unit = RightmostUnit(range);
      if (error = AddNumber(text, &unit, force_negative, sum, &set); error != ScanError::kNone) return error;
    } else {
      unit = FindUnit(text);
      if (unit == Unit::kNone) return ScanError::kBadFormat;
      if (unit == Unit::kAgo) {
        ago = true;
        unit = Unit::kSecond;
      }
    }
    if ((set & have) != 0) return ScanError::kBadFormat;
    have |= set;
  }
  if (have == 0) return ScanError::kBadFormat;
  if (ago && !sum->Negate()) return ScanError::kFieldOverflow;
  return ScanError::kNone;
}

// ISO 8601, 4.4.3.2 (with designators) and 4.4.3.3 (the alternative format).
class IsoDecoder {
 public:
  IsoDecoder(std::string_view text, Sum* sum) : text_(text), sum_(sum) {}

  ScanError Decode() {
    if (text_.size() < 2 || text_[0] != 'P') return ScanError::kBadFormat;
    at_ = 1;
    bool date = true, have_field = false;
    while (at_ < text_.size()) {
      if (text_[at_] == 'T') {
        date = false;
        have_field = false;
        ++at_;
        continue;
      }
      size_t start = at_;
      if (ScanError error = Number(); error != ScanError::kNone) return error;
      char unit = Take();
      bool done = false;
      ScanError error =
          date ? DatePart(unit, start, &date, &have_field, &done) : TimePart(unit, start, have_field, &done);
      if (error != ScanError::kNone || done) return error;
      if (!restart_) have_field = true;
      restart_ = false;
    }
    return ScanError::kNone;
  }

 private:
  char Take() { return at_ < text_.size() ? text_[at_++] : '\0'; }
  static ScanError Check(bool good) { return good ? ScanError::kNone : ScanError::kFieldOverflow; }

  ScanError Number() {
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    if (begin == end || !((*begin >= '0' && *begin <= '9') || *begin == '-' || *begin == '.'))
      return ScanError::kBadFormat;
    double v = 0;
    auto [p, error] = std::from_chars(begin, end, v);
    if (error != std::errc()) return ScanError::kBadFormat;
    at_ += static_cast<size_t>(p - begin);
    if (std::isnan(v) || v < -1.0e15 || v > 1.0e15) return ScanError::kFieldOverflow;
    value_ = static_cast<int64_t>(v);
    fraction_ = v - static_cast<double>(value_);
    return ScanError::kNone;
  }

  size_t IntegerWidth(size_t start) const {
    if (start < text_.size() && text_[start] == '-') ++start;
    size_t n = 0;
    while (start + n < text_.size() && text_[start + n] >= '0' && text_[start + n] <= '9') ++n;
    return n;
  }

  // At the end, or at the time's "T".
  bool EndOfDate(bool* date, bool* have_field, bool* done) {
    if (at_ == text_.size()) {
      *done = true;
      return true;
    }
    if (text_[at_] != 'T') return false;
    *date = false;
    *have_field = false;
    restart_ = true;
    ++at_;
    return true;
  }

  ScanError DatePart(char unit, size_t start, bool* date, bool* have_field, bool* done) {
    switch (unit) {
      case 'Y':
        return Check(sum_->AddYears(value_, 1) && sum_->AddFractionOfYears(fraction_, 1));
      case 'M':
        return Check(sum_->AddMonths(value_) && sum_->AddFractionOfDays(fraction_, 30));
      case 'W':
        return Check(sum_->AddDays(value_, 7) && sum_->AddFractionOfDays(fraction_, 7));
      case 'D':
        return Check(sum_->AddDays(value_, 1) && sum_->AddFraction(fraction_, kUsPerDay));
      case 'T':
      case '\0':
      case '-':
        break;
      default:
        return ScanError::kBadFormat;
    }
    auto time_follows = [&] {
      *date = false;
      *have_field = false;
      restart_ = true;
    };
    if (unit != '-' && IntegerWidth(start) == 8 && !*have_field) {
      // yyyymmdd
      if (!sum_->AddYears(value_ / 10000, 1) || !sum_->AddMonths(value_ / 100 % 100) ||
          !sum_->AddDays(value_ % 100, 1) || !sum_->AddFraction(fraction_, kUsPerDay)) {
        return ScanError::kFieldOverflow;
      }
      if (unit == '\0') *done = true;
      if (unit == 'T') time_follows();
      return ScanError::kNone;
    }
    // yyyy-mm-dd, each part but the first optional
    if (*have_field) return ScanError::kBadFormat;
    if (!sum_->AddYears(value_, 1) || !sum_->AddFractionOfYears(fraction_, 1)) return ScanError::kFieldOverflow;
    if (unit == '\0') {
      *done = true;
      return ScanError::kNone;
    }
    if (unit == 'T') {
      time_follows();
      return ScanError::kNone;
    }
    if (ScanError error = Number(); error != ScanError::kNone) return error;
    if (!sum_->AddMonths(value_) || !sum_->AddFractionOfDays(fraction_, 30)) return ScanError::kFieldOverflow;
    if (EndOfDate(date, have_field, done)) return ScanError::kNone;
    if (Take() != '-') return ScanError::kBadFormat;
    if (ScanError error = Number(); error != ScanError::kNone) return error;
    if (!sum_->AddDays(value_, 1) || !sum_->AddFraction(fraction_, kUsPerDay)) return ScanError::kFieldOverflow;
    return EndOfDate(date, have_field, done) ? ScanError::kNone : ScanError::kBadFormat;
  }

  ScanError TimePart(char unit, size_t start, bool have_field, bool* done) {
    switch (unit) {
      case 'H':
        return Check(sum_->AddMicros(value_, fraction_, kUsPerHour));
      case 'M':
        return Check(sum_->AddMicros(value_, fraction_, kUsPerMinute));
      case 'S':
        return Check(sum_->AddMicros(value_, fraction_, kUsPerSecond));
      case '\0':
      case ':':
        break;
      default:
        return ScanError::kBadFormat;
    }
    if (unit == '\0' && IntegerWidth(start) == 6 && !have_field) {
      *done = true;
      return Check(sum_->AddMicros(value_ / 10000, 0, kUsPerHour) &&
                   sum_->AddMicros(value_ / 100 % 100, 0, kUsPerMinute) &&
                   sum_->AddMicros(value_ % 100, 0, kUsPerSecond) && sum_->AddFraction(fraction_, 1));
    }
    if (have_field) return ScanError::kBadFormat;
    if (!sum_->AddMicros(value_, fraction_, kUsPerHour)) return ScanError::kFieldOverflow;
    *done = true;
    if (unit == '\0') return ScanError::kNone;
    if (ScanError error = Number(); error != ScanError::kNone) return error;
    if (!sum_->AddMicros(value_, fraction_, kUsPerMinute)) return ScanError::kFieldOverflow;
    if (at_ == text_.size()) return ScanError::kNone;
    if (Take() != ':') return ScanError::kBadFormat;
    if (ScanError error = Number(); error != ScanError::kNone) return error;
    if (!sum_->AddMicros(value_, fraction_, kUsPerSecond)) return ScanError::kFieldOverflow;
    return at_ == text_.size() ? ScanError::kNone : ScanError::kBadFormat;
  }

  const std::string_view text_;
  Sum* const sum_;
  size_t at_ = 0;
  int64_t value_ = 0;
  double fraction_ = 0;
  bool restart_ = false;
};

}  // namespace

Result<Interval> ParseInterval(std::string_view text, int32_t typmod, const FormatContext& context) {
  int range = typmod < 0 ? kAllFields : (typmod >> 16) & kAllFields;
  auto fields = std::make_unique<ScannedFields>();
  Sum sum;
  ScanError error = ScanFields(text, fields.get());
  if (error == ScanError::kNone) error = DecodeWords(*fields, range, context.interval_style, &sum);
  if (error == ScanError::kBadFormat) {
    sum = Sum();
    error = IsoDecoder(text, &sum).Decode();
  }
  if (error == ScanError::kFieldOverflow) error = ScanError::kIntervalOverflow;
  if (error != ScanError::kNone) return ScanFailure(error, text, "interval");
  Interval interval;
  if (!sum.Finish(&interval)) return Fail(sqlstate::kDatetimeFieldOverflow, "interval out of range");
  return RoundInterval(interval, typmod);
}

}  // namespace allod
