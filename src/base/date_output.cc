// Dates, times and intervals as text, in every DateStyle and IntervalStyle (PostgreSQL's EncodeDateTime and others).
#include <charconv>
#include <cstdlib>

#include "base/civil.h"

namespace allod {
namespace {

char* Two(char* p, int v) {
  p[0] = static_cast<char>('0' + v / 10);
  p[1] = static_cast<char>('0' + v % 10);
  return p + 2;
}

// At least `width` digits. REQUIRES: v >= 0.
char* Padded(char* p, int64_t v, int width) {
  char digits[24];
  char* end = std::to_chars(digits, digits + sizeof digits, v).ptr;
  for (auto n = end - digits; n < width; ++n) *p++ = '0';
  for (char* d = digits; d != end; ++d) *p++ = *d;
  return p;
}

// ".123": without trailing zeros; nothing for 0.
char* Fraction(char* p, int micros) {
  if (micros == 0) return p;
  *p++ = '.';
  for (int unit = 100000; micros != 0; unit /= 10) {
    *p++ = static_cast<char>('0' + micros / unit);
    micros %= unit;
  }
  return p;
}

char* Clock(char* p, int hour, int minute, int second, int micros) {
  p = Two(p, hour);
  *p++ = ':';
  p = Two(p, minute);
  *p++ = ':';
  p = Two(p, second);
  return Fraction(p, micros);
}

int ShownYear(int year) { return year > 0 ? year : 1 - year; }

char* Day(char* p, const Civil& c, const FormatContext& context) {
  bool day_first = context.date_order == DateOrder::kDmy;
  auto pair = [&](char separator) {
    p = Two(p, day_first ? c.day : c.month);
    *p++ = separator;
    p = Two(p, day_first ? c.month : c.day);
    *p++ = separator;
    p = Padded(p, ShownYear(c.year), 4);
  };
  switch (context.date_style) {
    case DateStyle::kIso:
      p = Padded(p, ShownYear(c.year), 4);
      *p++ = '-';
      p = Two(p, c.month);
      *p++ = '-';
      p = Two(p, c.day);
      break;
    case DateStyle::kSql:
      pair('/');
      break;
    case DateStyle::kGerman:
      day_first = true;
      pair('.');
      break;
    case DateStyle::kPostgres:
      pair('-');
      break;
  }
  return p;
}

char* Offset(char* p, int seconds, bool always_minutes) {
  *p++ = seconds < 0 ? '-' : '+';
  int s = std::abs(seconds), hour = s / 3600, minute = s / 60 % 60, second = s % 60;
  p = Padded(p, hour, 2);
  if (minute != 0 || second != 0 || always_minutes) {
    *p++ = ':';
    p = Two(p, minute);
  }
  if (second != 0) {
    *p++ = ':';
    p = Two(p, second);
  }
  return p;
}

char* Word(char* p, std::string_view word) {
  for (char c : word) *p++ = c;
  return p;
}

// The local time `c`; if `zoned`, `offset` and `abbreviation` follow it.
void AppendCivil(const Civil& c, const FormatContext& context, bool zoned, int offset, std::string_view abbreviation,
                 std::string* out) {
  char buffer[160];
  char* p = buffer;
  if (abbreviation.size() > 10) abbreviation = abbreviation.substr(0, 10);  // MAXTZLEN
  if (context.date_style == DateStyle::kPostgres) {
    p = Word(p, WeekdayName(DayOfWeek(DaysFromCivil(c.year, c.month, c.day))).substr(0, 3));
    *p++ = ' ';
    bool day_first = context.date_order == DateOrder::kDmy;
    if (day_first) {
      p = Two(p, c.day);
      *p++ = ' ';
    }
    p = Word(p, MonthName(c.month).substr(0, 3));
    *p++ = ' ';
    if (!day_first) {
      p = Two(p, c.day);
      *p++ = ' ';
    }
    p = Clock(p, c.hour, c.minute, c.second, c.microsecond);
    *p++ = ' ';
    p = Padded(p, ShownYear(c.year), 4);
    if (zoned) {
      *p++ = ' ';
      p = abbreviation.empty() ? Offset(p, offset, false) : Word(p, abbreviation);
    }
  } else {
    p = Day(p, c, context);
    *p++ = ' ';
    p = Clock(p, c.hour, c.minute, c.second, c.microsecond);
    if (zoned && context.date_style == DateStyle::kIso) p = Offset(p, offset, false);
    if (zoned && context.date_style != DateStyle::kIso) {
      if (abbreviation.empty()) {
        p = Offset(p, offset, false);
      } else {
        *p++ = ' ';
        p = Word(p, abbreviation);
      }
    }
  }
  if (c.year <= 0) p = Word(p, " BC");
  out->append(buffer, static_cast<size_t>(p - buffer));
}

bool AppendInfinity(int64_t timestamp, std::string* out) {
  if (!IsInfiniteTimestamp(timestamp)) return false;
  out->append(timestamp < 0 ? "-infinity" : "infinity");
  return true;
}

// An interval taken apart; every field of micros has its sign.
struct Parts {
  int64_t year, month, day, hour, minute, second, micros;
};

void AppendInt(int64_t v, std::string* out) {
  char buffer[24];
  out->append(buffer, static_cast<size_t>(std::to_chars(buffer, buffer + sizeof buffer, v).ptr - buffer));
}
void AppendTwo(int64_t v, std::string* out) {
  v = std::abs(v);
  if (v < 10) out->push_back('0');
  AppendInt(v, out);
}
void AppendSeconds(const Parts& t, bool two_digits, std::string* out) {
  if (two_digits) {
    AppendTwo(t.second, out);
  } else {
    AppendInt(std::abs(t.second), out);
  }
  char buffer[8];
  char* end = Fraction(buffer, static_cast<int>(std::abs(t.micros)));
  out->append(buffer, static_cast<size_t>(end - buffer));
}

void AppendPostgresInterval(const Parts& t, std::string* out) {
  bool first = true, after_negative = false;
  auto part = [&](int64_t v, std::string_view unit) {
    if (v == 0) return;
    if (!first) out->push_back(' ');
    if (after_negative && v > 0) out->push_back('+');
    AppendInt(v, out);
    out->push_back(' ');
    out->append(unit);
    if (v != 1) out->push_back('s');
    after_negative = v < 0;
    first = false;
  };
  part(t.year, "year");
  part(t.month, "mon");
  part(t.day, "day");
  if (!first && t.hour == 0 && t.minute == 0 && t.second == 0 && t.micros == 0) return;
  bool negative = t.hour < 0 || t.minute < 0 || t.second < 0 || t.micros < 0;
  if (!first) out->push_back(' ');
  if (negative) {
    out->push_back('-');
  } else if (after_negative) {
    out->push_back('+');
  }
  AppendTwo(t.hour, out);
  out->push_back(':');
  AppendTwo(t.minute, out);
  out->push_back(':');
  AppendSeconds(t, true, out);
}

void AppendVerboseInterval(const Parts& t, std::string* out) {
  out->push_back('@');
  bool first = true, before = false;
  auto part = [&](int64_t v, std::string_view unit) {
    if (v == 0) return;
    if (first) {
      before = v < 0;
      v = std::abs(v);
    } else if (before) {
      v = -v;
    }
    out->push_back(' ');
    AppendInt(v, out);
    out->push_back(' ');
    out->append(unit);
    if (v != 1) out->push_back('s');
    first = false;
  };
  part(t.year, "year");
  part(t.month, "mon");
  part(t.day, "day");
  part(t.hour, "hour");
  part(t.minute, "min");
  if (t.second != 0 || t.micros != 0) {
    out->push_back(' ');
    if (t.second < 0 || (t.second == 0 && t.micros < 0)) {
      if (first) {
        before = true;
      } else if (!before) {
        out->push_back('-');
      }
    } else if (before) {
      out->push_back('-');
    }
    AppendSeconds(t, false, out);
    out->append(std::abs(t.second) != 1 || t.micros != 0 ? " secs" : " sec");
    first = false;
  }
  if (first) out->append(" 0");
  if (before) out->append(" ago");
}

void AppendIsoInterval(const Parts& t, std::string* out) {
  size_t start = out->size();
  out->push_back('P');
  auto part = [&](int64_t v, char unit) {
    if (v == 0) return;
    AppendInt(v, out);
    out->push_back(unit);
  };
  part(t.year, 'Y');
  part(t.month, 'M');
  part(t.day, 'D');
  if (t.hour != 0 || t.minute != 0 || t.second != 0 || t.micros != 0) out->push_back('T');
  part(t.hour, 'H');
  part(t.minute, 'M');
  if (t.second != 0 || t.micros != 0) {
    if (t.second < 0 || t.micros < 0) out->push_back('-');
    AppendSeconds(t, false, out);
    out->push_back('S');
  }
  if (out->size() == start + 1) out->append("T0S");
}

void AppendSqlInterval(Parts t, std::string* out) {
  bool negative_time = t.hour < 0 || t.minute < 0 || t.second < 0 || t.micros < 0;
  bool positive_time = t.hour > 0 || t.minute > 0 || t.second > 0 || t.micros > 0;
  bool negative = t.year < 0 || t.month < 0 || t.day < 0 || negative_time;
  bool positive = t.year > 0 || t.month > 0 || t.day > 0 || positive_time;
  bool year_month = t.year != 0 || t.month != 0, day_time = t.day != 0 || negative_time || positive_time;
  bool standard = !(negative && positive) && !(year_month && day_time);
  if (!negative && !positive) {
    out->push_back('0');
    return;
  }
  if (negative && standard) {
    out->push_back('-');
    t = Parts{-t.year, -t.month, -t.day, -t.hour, -t.minute, -t.second, -t.micros};
  }
  auto time = [&] {
    AppendInt(std::abs(t.hour), out);
    out->push_back(':');
    AppendTwo(t.minute, out);
    out->push_back(':');
    AppendSeconds(t, true, out);
  };
  if (!standard) {
    // Signs everywhere, so that mixed ones cannot be misread.
    out->push_back(t.year < 0 || t.month < 0 ? '-' : '+');
    AppendInt(std::abs(t.year), out);
    out->push_back('-');
    AppendInt(std::abs(t.month), out);
    out->append(t.day < 0 ? " -" : " +");
    AppendInt(std::abs(t.day), out);
    out->append(negative_time ? " -" : " +");
    time();
  } else if (year_month) {
    AppendInt(t.year, out);
    out->push_back('-');
    AppendInt(t.month, out);
  } else {
    if (t.day != 0) {
      AppendInt(t.day, out);
      out->push_back(' ');
    }
    time();
  }
}

}  // namespace

void AppendDate(int32_t date, const FormatContext& context, std::string* out) {
  if (IsInfiniteDate(date)) {
    out->append(date < 0 ? "-infinity" : "infinity");
    return;
  }
  Civil c;
  CivilFromDays(date, &c.year, &c.month, &c.day);
  char buffer[32];
  char* p = Day(buffer, c, context);
  if (c.year <= 0) p = Word(p, " BC");
  out->append(buffer, static_cast<size_t>(p - buffer));
}

void AppendTime(int64_t time, std::string* out) {
  char buffer[32];
  auto seconds = static_cast<int>(time / kUsPerSecond);
  char* p = Clock(buffer, seconds / 3600, seconds / 60 % 60, seconds % 60, static_cast<int>(time % kUsPerSecond));
  out->append(buffer, static_cast<size_t>(p - buffer));
}

void AppendTimestamp(int64_t timestamp, const FormatContext& context, std::string* out) {
  if (AppendInfinity(timestamp, out)) return;
  AppendCivil(CivilFromTimestamp(timestamp), context, false, 0, {}, out);
}

void AppendTimestamptz(int64_t timestamp, const FormatContext& context, std::string* out) {
  if (AppendInfinity(timestamp, out)) return;
  if (context.date_style == DateStyle::kIso) {
    int offset = context.zone->OffsetAt(timestamp);
    AppendCivil(CivilFromTimestamp(timestamp + offset * kUsPerSecond), context, true, offset, {}, out);
    return;
  }
  std::string abbreviation;
  int offset = context.zone->OffsetAt(timestamp, &abbreviation);
  AppendCivil(CivilFromTimestamp(timestamp + offset * kUsPerSecond), context, true, offset, abbreviation, out);
}

void AppendInterval(const Interval& interval, IntervalStyle style, std::string* out) {
  Parts t{interval.months / 12,
          interval.months % 12,
          interval.days,
          interval.micros / kUsPerHour,
          interval.micros / kUsPerMinute % 60,
          interval.micros / kUsPerSecond % 60,
          interval.micros % kUsPerSecond};
  switch (style) {
    case IntervalStyle::kPostgres:
      AppendPostgresInterval(t, out);
      return;
    case IntervalStyle::kPostgresVerbose:
      AppendVerboseInterval(t, out);
      return;
    case IntervalStyle::kSqlStandard:
      AppendSqlInterval(t, out);
      return;
    case IntervalStyle::kIso8601:
      AppendIsoInterval(t, out);
      return;
  }
}

}  // namespace allod
