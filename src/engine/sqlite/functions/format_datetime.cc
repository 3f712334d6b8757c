#include "engine/sqlite/functions/format_datetime.h"

#include <cstdlib>

#include "engine/sqlite/functions/datetime_pattern.h"

namespace allod::engine::sqlite {
namespace {

constexpr int kJulian2000 = 2451545;  // the Julian day of 2000-01-01

struct Parts {
  bool interval = false;
  int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microsecond = 0;
  int weekday = 0;
  int64_t day_of_year = 0;
  int32_t days = 0;        // since 2000-01-01
  std::string zone;
  int offset = 0;          // seconds east
};

Parts FromLocal(int64_t local) {
  Civil civil = CivilFromTimestamp(local);
  Parts p;
  p.year = civil.year;
  p.month = civil.month;
  p.day = civil.day;
  p.hour = civil.hour;
  p.minute = civil.minute;
  p.second = civil.second;
  p.microsecond = civil.microsecond;
  p.days = DaysFromCivil(civil.year, civil.month, civil.day);
  p.weekday = DayOfWeek(p.days);
  p.day_of_year = DayOfYear(p.days);
  return p;
}

class DateWriter {
 public:
  explicit DateWriter(const Parts& parts) : t_(parts) {}

  Result<std::string> Run(std::string_view format) {
    for (const DateNode& node : ReadDatePattern(format)) {
      if (node.kind != DateNode::Kind::kField) {
        out_ += node.text;
        continue;
      }
      ALLOD_RETURN_IF_ERROR(Field(node));
    }
    return std::move(out_);
  }

 private:
  Status NotForIntervals() const {
    if (!t_.interval) return Ok();
    return Fail(sqlstate::kInvalidDatetimeFormat, "invalid format specification for an interval value")
        .Hint("Intervals are not tied to specific calendar dates.");
  }

  static std::string Cased(std::string_view word, Letters letters) {
    std::string out(word);
    for (size_t i = 0; i < out.size(); ++i) {
      auto c = static_cast<unsigned char>(out[i]);
      if (letters == Letters::kUpper) out[i] = static_cast<char>(toupper(c));
      if (letters == Letters::kLower) out[i] = static_cast<char>(tolower(c));
    }
    return out;
  }
  void Word(const DateNode& node, std::string_view word, size_t width) {
    std::string text = Cased(word, node.field->letters);
    if (!node.fill_mode && !node.translated && text.size() < width) text.append(width - text.size(), ' ');
    out_ += text;
  }
  void Number(const DateNode& node, int64_t value, int width) {
    char text[32];
    if (node.fill_mode) width = 0;
    snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(value));
    Plain(node, text);
  }
  void Plain(const DateNode& node, const std::string& text) {
    out_ += text;
    if (!node.ordinal) return;
    char last = text.back();
    if (text.size() > 1 && text[text.size() - 2] == '1') last = '0';
    std::string_view ending = last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
    out_ += Cased(ending, node.ordinal_upper ? Letters::kUpper : Letters::kLower);
  }
  // Before Christ counts from 1.
  int64_t Shown(int64_t year) const { return t_.interval || year > 0 ? year : 1 - year; }
  void Year(const DateNode& node, int64_t year) {
    int digits = node.field->digits;
    int64_t shown = Shown(year);
    int width = shown >= 0 ? digits : digits + 1;
    int64_t modulus = digits == 1 ? 10 : digits == 2 ? 100 : digits == 3 ? 1000 : INT64_MAX;
    if (digits == 1) return Plain(node, std::to_string(shown % 10));
    Number(node, shown % modulus, width);
  }
  static int Width2(int64_t v) { return v >= 0 ? 2 : 3; }

  Status Field(const DateNode& node) {
    const DateKeyword& field = *node.field;
    char text[64];
    switch (field.key) {
      case DateKey::kFixed: break;
      case DateKey::kMeridiem:
      case DateKey::kMeridiemDots: {
        bool pm = t_.hour % 24 >= 12, dots = field.key == DateKey::kMeridiemDots;
        out_ += Cased(pm ? (dots ? "p.m." : "pm") : (dots ? "a.m." : "am"), field.letters);
        break;
      }
      case DateKey::kHour12:
        Number(node, t_.hour % 12 == 0 ? 12 : t_.hour % 12, Width2(t_.hour));
        break;
      case DateKey::kHour24: Number(node, t_.hour, Width2(t_.hour)); break;
      case DateKey::kMinute: Number(node, t_.minute, Width2(t_.minute)); break;
      case DateKey::kSecond: Number(node, t_.second, Width2(t_.second)); break;
      case DateKey::kMillisecond: Fraction(node, 3); break;
      case DateKey::kMicrosecond: Fraction(node, 6); break;
      case DateKey::kFraction: Fraction(node, field.digits); break;
      case DateKey::kSecondsOfDay:
        Plain(node, std::to_string(t_.hour * 3600 + t_.minute * 60 + t_.second));
        break;
      case DateKey::kZone:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        out_ += field.letters == Letters::kLower ? Cased(t_.zone, Letters::kLower) : t_.zone;
        break;
      case DateKey::kZoneHour:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        snprintf(text, sizeof text, "%c%02d", t_.offset >= 0 ? '+' : '-', std::abs(t_.offset) / 3600);
        out_ += text;
        break;
      case DateKey::kZoneMinute:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        snprintf(text, sizeof text, "%02d", std::abs(t_.offset) % 3600 / 60);
        out_ += text;
        break;
      case DateKey::kOffset:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        snprintf(text, sizeof text, "%c%0*d", t_.offset >= 0 ? '+' : '-', node.fill_mode ? 0 : 2,
                 std::abs(t_.offset) / 3600);
        out_ += text;
        if (std::abs(t_.offset) % 3600 != 0) {
          snprintf(text, sizeof text, ":%02d", std::abs(t_.offset) % 3600 / 60);
          out_ += text;
        }
        break;
      case DateKey::kEra:
      case DateKey::kEraDots: {
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        bool dots = field.key == DateKey::kEraDots;
        out_ += Cased(t_.year <= 0 ? (dots ? "b.c." : "bc") : (dots ? "a.d." : "ad"), field.letters);
        break;
      }
      case DateKey::kMonth:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Word(node, MonthName(static_cast<int>(t_.month)), 9);
        break;
      case DateKey::kMonthShort:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Word(node, MonthName(static_cast<int>(t_.month)).substr(0, 3), 0);
        break;
      case DateKey::kMonthNumber: Number(node, t_.month, Width2(t_.month)); break;
      case DateKey::kDay:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Word(node, WeekdayName(t_.weekday), 9);
        break;
      case DateKey::kDayShort:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Word(node, WeekdayName(t_.weekday).substr(0, 3), 0);
        break;
      case DateKey::kDayOfYear: Number(node, t_.day_of_year, 3); break;
      case DateKey::kIsoDayOfYear: {
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        int32_t iso_year, week;
        IsoWeek(t_.days, &iso_year, &week);
        Number(node, (week - 1) * 7 + (t_.weekday == 0 ? 7 : t_.weekday), 3);
        break;
      }
      case DateKey::kDayOfMonth: Number(node, t_.day, 2); break;
      case DateKey::kDayOfWeek:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Plain(node, std::to_string(t_.weekday + 1));
        break;
      case DateKey::kIsoDay:
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        Plain(node, std::to_string(t_.weekday == 0 ? 7 : t_.weekday));
        break;
      case DateKey::kWeekOfYear: Number(node, (t_.day_of_year - 1) / 7 + 1, 2); break;
      case DateKey::kIsoWeek: {
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        int32_t iso_year, week;
        IsoWeek(t_.days, &iso_year, &week);
        Number(node, week, 2);
        break;
      }
      case DateKey::kQuarter:
        if (t_.month != 0) Plain(node, std::to_string((t_.month - 1) / 3 + 1));
        break;
      case DateKey::kCentury: {
        int64_t century = t_.interval    ? t_.year / 100
                          : t_.year > 0  ? (t_.year - 1) / 100 + 1
                                         : t_.year / 100 - 1;
        if (century >= -99 && century <= 99) Number(node, century, Width2(century));
        else Plain(node, std::to_string(century));
        break;
      }
      case DateKey::kYearComma: {
        int64_t year = Shown(t_.year);
        snprintf(text, sizeof text, "%lld,%03lld", static_cast<long long>(year / 1000),
                 static_cast<long long>(year % 1000));
        Plain(node, text);
        break;
      }
      case DateKey::kYear: Year(node, t_.year); break;
      case DateKey::kIsoYear: {
        ALLOD_RETURN_IF_ERROR(NotForIntervals());
        int32_t iso_year, week;
        IsoWeek(t_.days, &iso_year, &week);
        Year(node, iso_year);
        break;
      }
      case DateKey::kRoman: Roman(node); break;
      case DateKey::kWeekOfMonth: Plain(node, std::to_string((t_.day - 1) / 7 + 1)); break;
      case DateKey::kJulian:
        Plain(node, std::to_string(t_.interval ? IntervalJulian() : t_.days + kJulian2000));
        break;
    }
    return Ok();
  }

  void Fraction(const DateNode& node, int digits) {
    int64_t value = t_.microsecond;
    for (int i = digits; i < 6; ++i) value /= 10;
    char text[32];
    snprintf(text, sizeof text, "%0*lld", digits, static_cast<long long>(value));
    Plain(node, text);
  }
  // date2j of the interval's fields, whatever it means.
  int64_t IntervalJulian() const {
    int64_t y = t_.year, m = t_.month;
    if (m > 2) {
      m += 1;
      y += 4800;
    } else {
      m += 13;
      y += 4799;
    }
    int64_t century = y / 100;
    return y * 365 - 32167 + y / 4 - century + century / 4 + 7834 * m / 256 + t_.day;
  }
  void Roman(const DateNode& node) {
    constexpr std::string_view kMonths[] = {"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"};
    if (t_.month == 0 && t_.year == 0) return;  // of an interval
    int64_t i = t_.month == 0 ? (t_.year >= 0 ? 0 : 11) : t_.month < 0 ? -(t_.month + 1) : 12 - t_.month;
    Word(node, kMonths[i], 4);
  }

  const Parts& t_;
  std::string out_;
};

}  // namespace

Result<std::string> TimestampToChar(int64_t local, std::string_view format) {
  Parts parts = FromLocal(local);
  return DateWriter(parts).Run(format);
}

Result<std::string> TimestamptzToChar(int64_t instant, std::string_view format, const TimeZone& zone) {
  ALLOD_ASSIGN_OR_RETURN(int64_t local, TimestamptzToTimestamp(instant, zone));
  Parts parts = FromLocal(local);
  parts.offset = zone.OffsetAt(instant, &parts.zone);
  return DateWriter(parts).Run(format);
}

Result<std::string> IntervalToChar(const Interval& interval, std::string_view format) {
  Parts p;
  p.interval = true;
  p.year = interval.months / 12;
  p.month = interval.months % 12;
  p.day = interval.days;
  p.hour = interval.micros / kUsPerHour;
  p.minute = interval.micros % kUsPerHour / kUsPerMinute;
  p.second = interval.micros % kUsPerMinute / kUsPerSecond;
  p.microsecond = interval.micros % kUsPerSecond;
  p.day_of_year = (p.year * 12 + p.month) * 30 + p.day;
  return DateWriter(p).Run(format);
}

}  // namespace allod::engine::sqlite
