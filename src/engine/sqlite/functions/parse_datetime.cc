// to_timestamp() and to_date(): DCH_from_char and do_to_timestamp.
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>

#include "base/utf8.h"
#include "engine/sqlite/functions/datetime_pattern.h"
#include "engine/sqlite/functions/format_datetime.h"

namespace allod::engine::sqlite {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSeparator(char c) {
  return c > 0x20 && c < 0x7F && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !IsDigit(c);
}

Status BadFormat(std::string message) { return Fail(sqlstate::kInvalidDatetimeFormat, std::move(message)); }

// Fields as read: 0 is "not given", as in PostgreSQL.
struct Fields {
  DateMode mode = DateMode::kNone;
  int hh = 0, mi = 0, ss = 0, ssss = 0, ms = 0, us = 0, pm = 0, d = 0, dd = 0, ddd = 0, mm = 0, year = 0, yysz = 0,
      bc = 0, ww = 0, w = 0, cc = 0, j = 0, tzsign = 0, tzh = 0, tzm = 0,
      precision = -1;  // of FF1 to FF6
  bool twelve_hours = false;
};

class DateReader {
 public:
  explicit DateReader(std::string_view text) : s_(text) {}

  Result<Fields> Run(std::string_view format) {
    std::vector<DateNode> nodes = ReadDatePattern(format);
    int extra_skip = 0;
    for (size_t i = 0; i < nodes.size() && !s_.empty(); ++i) {
      const DateNode& node = nodes[i];
      bool is_field = node.kind == DateNode::Kind::kField;
      if (!fixed_ && (!is_field || node.field->key != DateKey::kFixed) && (is_field || i == 0)) {
        extra_skip += SkipSpaces();
      }
      if (node.kind == DateNode::Kind::kSpace || node.kind == DateNode::Kind::kSeparator) {
        if (fixed_) {
          SkipCharacter();
        } else {
          // One in the pattern matches one in the text, or nothing.
          --extra_skip;
          if (!s_.empty() && (IsSpace(s_.front()) || IsSeparator(s_.front()))) {
            last_ = s_.front();
            s_.remove_prefix(1);
            ++extra_skip;
          }
        }
        continue;
      }
      if (!is_field) {
        if (!fixed_ && extra_skip > 0) --extra_skip;
        else SkipCharacter();
        continue;
      }
      next_is_separator_ = NextIsSeparator(nodes, i);
      ALLOD_RETURN_IF_ERROR(Field(node, extra_skip));
      if (!fixed_) extra_skip = SkipSpaces();
    }
    return f_;
  }

 private:
  int SkipSpaces() {
    int n = 0;
    for (; !s_.empty() && IsSpace(s_.front()); ++n) {
      last_ = s_.front();
      s_.remove_prefix(1);
    }
    return n;
  }
  void SkipCharacter() {
    if (s_.empty()) return;
    last_ = s_.front();
    s_.remove_prefix(std::min(std::max<size_t>(Utf8CharLength(s_), 1), s_.size()));
  }
  static bool NextIsSeparator(const std::vector<DateNode>& nodes, size_t i) {
    if (nodes[i].ordinal || i + 1 == nodes.size()) return true;
    const DateNode& next = nodes[i + 1];
    if (next.kind == DateNode::Kind::kField) return !next.field->is_digit;
    return !(next.text.size() == 1 && IsDigit(next.text.front()));
  }

  static Status Set(int* field, int value, const DateNode& node) {
    if (*field != 0 && *field != value) {
      return BadFormat("conflicting values for \"" + std::string(node.field->name) + "\" field in formatting string")
          .Detail("This value contradicts a previous setting for the same field type.");
    }
    *field = value;
    return Ok();
  }

  // Digits into `field` (null: read past them). `length`: how many, where the next field is digits too. Gives the
  // number of characters read.
  Result<int> Int(int* field, const DateNode& node, int length) {
    std::string name(node.field->name);
    std::string_view before = s_;
    SkipSpaces();
    long value = 0;
    errno = 0;
    if (node.fill_mode || next_is_separator_) {
      std::string copy(before.substr(0, 64));
      char* end;
      value = strtol(copy.c_str(), &end, 10);
      s_ = before.substr(static_cast<size_t>(end - copy.c_str()));
    } else {
      constexpr const char* kHint = "If your source string is not fixed-width, try using the \"FM\" modifier.";
      if (s_.size() < static_cast<size_t>(length)) {
        return BadFormat("source string too short for \"" + name + "\" formatting field")
            .Detail("Field requires " + std::to_string(length) + " characters, but only " + std::to_string(s_.size()) +
                    " remain.")
            .Hint(kHint);
      }
      std::string copy(s_.substr(0, static_cast<size_t>(length)));
      char* end;
      value = strtol(copy.c_str(), &end, 10);
      auto used = end - copy.c_str();
      if (used > 0 && used < length) {
        return BadFormat("invalid value \"" + copy + "\" for \"" + name + "\"")
            .Detail("Field requires " + std::to_string(length) + " characters, but only " + std::to_string(used) +
                    " could be parsed.")
            .Hint(kHint);
      }
      s_.remove_prefix(static_cast<size_t>(used));
    }
    if (s_.size() == before.size()) {
      std::string shown(s_.substr(0, static_cast<size_t>(length)));
      return BadFormat("invalid value \"" + shown + "\" for \"" + name + "\"").Detail("Value must be an integer.");
    }
    if (errno == ERANGE || value < INT_MIN || value > INT_MAX) {
      return Fail(sqlstate::kDatetimeFieldOverflow, "value for \"" + name + "\" in source string is out of range")
          .Detail("Value must be in the range " + std::to_string(INT_MIN) + " to " + std::to_string(INT_MAX) + ".");
    }
    last_ = before[before.size() - s_.size() - 1];
    if (field != nullptr) ALLOD_RETURN_IF_ERROR(Set(field, static_cast<int>(value), node));
    return static_cast<int>(before.size() - s_.size());
  }
  Status Number(int* field, const DateNode& node, int length = 0) {
    if (length == 0) length = static_cast<int>(node.field->name.size());
    Result<int> read = Int(field, node, length);
    if (!read.ok()) return read.status();
    if (node.ordinal && s_.size() >= 2) s_.remove_prefix(2);
    return Ok();
  }
  static int Full(int year) {  // of two or three digits: the year next to 2020
    if (year < 70) return year + 2000;
    if (year < 100) return year + 1900;
    if (year < 520) return year + 2000;
    if (year < 1000) return year + 1000;
    return year;
  }

  // One of the words, in any case: its number.
  Result<int> Word(std::initializer_list<std::string_view> words, const DateNode& node) {
    int i = 0;
    for (std::string_view word : words) {
      bool same = s_.size() >= word.size();
      for (size_t k = 0; same && k < word.size(); ++k) {
        same = tolower(static_cast<unsigned char>(s_[k])) == tolower(static_cast<unsigned char>(word[k]));
      }
      if (same) {
        last_ = s_[word.size() - 1];
        s_.remove_prefix(word.size());
        return i;
      }
      ++i;
    }
    std::string shown(s_.substr(0, s_.find_first_of(" \t\n\r\v\f")));
    return BadFormat("invalid value \"" + shown + "\" for \"" + std::string(node.field->name) + "\"")
        .Detail("The given value did not match any of the allowed values for this field.");
  }
  Status WordInto(int* field, int add, std::initializer_list<std::string_view> words, const DateNode& node) {
    ALLOD_ASSIGN_OR_RETURN(int i, Word(words, node));
    return Set(field, i + add, node);
  }

  Status Field(const DateNode& node, int extra_skip) {
    const DateKeyword& field = *node.field;
    if (field.mode != DateMode::kNone) {
      if (f_.mode == DateMode::kNone) f_.mode = field.mode;
      else if (f_.mode != field.mode) {
        return BadFormat("invalid combination of date conventions")
            .Hint("Do not mix Gregorian and ISO week date conventions in a formatting template.");
      }
    }
    switch (field.key) {
      case DateKey::kFixed: fixed_ = true; return Ok();
      case DateKey::kMeridiemDots: {
        f_.twelve_hours = true;
        ALLOD_ASSIGN_OR_RETURN(int i, Word({"a.m.", "p.m."}, node));
        return Set(&f_.pm, i, node);
      }
      case DateKey::kMeridiem: {
        f_.twelve_hours = true;
        ALLOD_ASSIGN_OR_RETURN(int i, Word({"am", "pm"}, node));
        return Set(&f_.pm, i, node);
      }
      case DateKey::kHour12: f_.twelve_hours = true; return Number(&f_.hh, node, 2);
      case DateKey::kHour24: return Number(&f_.hh, node, 2);
      case DateKey::kMinute: return Number(&f_.mi, node);
      case DateKey::kSecond: return Number(&f_.ss, node);
      case DateKey::kMillisecond: {
        ALLOD_ASSIGN_OR_RETURN(int length, Int(&f_.ms, node, 3));
        if (f_.ms > 999 || f_.ms < 0) length = 3;  // out of range as it is
        f_.ms *= length == 1 ? 100 : length == 2 ? 10 : 1;
        return SkipOrdinal(node);
      }
      case DateKey::kMicrosecond:
      case DateKey::kFraction: {
        if (field.key == DateKey::kFraction) f_.precision = field.digits;
        ALLOD_ASSIGN_OR_RETURN(int length, Int(&f_.us, node, field.key == DateKey::kFraction ? field.digits : 6));
        for (; length < 6 && f_.us >= 0 && f_.us < kUsPerSecond; ++length) f_.us *= 10;
        return SkipOrdinal(node);
      }
      case DateKey::kSecondsOfDay: return Number(&f_.ssss, node);
      case DateKey::kZone:
      case DateKey::kOffset:
        return Unsupported("formatting field \"" + std::string(field.name) + "\" is only supported in to_char");
      case DateKey::kZoneHour:
        if (s_.front() == '+' || s_.front() == '-' || s_.front() == ' ') {
          f_.tzsign = s_.front() == '-' ? -1 : 1;
          s_.remove_prefix(1);
        } else {
          f_.tzsign = extra_skip > 0 && last_ == '-' ? -1 : 1;
        }
        return Number(&f_.tzh, node, 2);
      case DateKey::kZoneMinute:
        if (f_.tzsign == 0) f_.tzsign = 1;
        return Number(&f_.tzm, node, 2);
      case DateKey::kEraDots: {
        ALLOD_ASSIGN_OR_RETURN(int i, Word({"a.d.", "b.c."}, node));
        return Set(&f_.bc, i, node);
      }
      case DateKey::kEra: {
        ALLOD_ASSIGN_OR_RETURN(int i, Word({"ad", "bc"}, node));
        return Set(&f_.bc, i, node);
      }
      case DateKey::kMonth:
        return WordInto(&f_.mm, 1, {"January", "February", "March", "April", "May", "June", "July", "August",
                                    "September", "October", "November", "December"}, node);
      case DateKey::kMonthShort:
        return WordInto(&f_.mm, 1, {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                                    "Dec"}, node);
      case DateKey::kMonthNumber: return Number(&f_.mm, node);
      case DateKey::kDay:
        return WordInto(&f_.d, 1, {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}, node);
      case DateKey::kDayShort:
        return WordInto(&f_.d, 1, {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, node);
      case DateKey::kDayOfYear: return Number(&f_.ddd, node);
      case DateKey::kIsoDayOfYear: return Number(&f_.ddd, node, 3);
      case DateKey::kDayOfMonth: return Number(&f_.dd, node);
      case DateKey::kDayOfWeek: return Number(&f_.d, node);
      case DateKey::kIsoDay: {
        ALLOD_RETURN_IF_ERROR(Number(&f_.d, node, 1));
        f_.d = f_.d >= 7 ? 1 : f_.d + 1;  // Sunday is 1
        return Ok();
      }
      case DateKey::kWeekOfYear:
      case DateKey::kIsoWeek: return Number(&f_.ww, node);
      case DateKey::kQuarter: return Number(nullptr, node);  // of no use: which day of it?
      case DateKey::kCentury: return Number(&f_.cc, node);
      case DateKey::kYearComma: {
        int thousands = 0, years = 0, length = 0;
        std::string copy(s_.substr(0, 32));
        if (sscanf(copy.c_str(), "%d,%03d%n", &thousands, &years, &length) < 2) {
          return BadFormat("invalid input string for \"Y,YYY\"");
        }
        int64_t year = int64_t{thousands} * 1000 + years;
        if (year > INT_MAX || year < INT_MIN) return BadFormat("value for \"Y,YYY\" in source string is out of range");
        ALLOD_RETURN_IF_ERROR(Set(&f_.year, static_cast<int>(year), node));
        f_.yysz = 4;
        s_.remove_prefix(std::min(static_cast<size_t>(length), s_.size()));
        return SkipOrdinal(node);
      }
      case DateKey::kYear:
      case DateKey::kIsoYear: {
        ALLOD_ASSIGN_OR_RETURN(int length, Int(&f_.year, node, static_cast<int>(field.name.size())));
        if (field.digits < 4 && length < 4) f_.year = Full(f_.year);
        f_.yysz = field.digits;
        return SkipOrdinal(node);
      }
      case DateKey::kRoman: {
        ALLOD_ASSIGN_OR_RETURN(int i, Word({"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"},
                                           node));
        return Set(&f_.mm, 12 - i, node);
      }
      case DateKey::kWeekOfMonth: return Number(&f_.w, node);
      case DateKey::kJulian: return Number(&f_.j, node);
    }
    return Ok();
  }
  Status SkipOrdinal(const DateNode& node) {
    if (node.ordinal && s_.size() >= 2) s_.remove_prefix(2);
    return Ok();
  }

  std::string_view s_;
  Fields f_;
  bool fixed_ = false, next_is_separator_ = false;
  char last_ = '\0';  // the character read last
};

// Monday of an ISO week, as days since 2000-01-01.
int32_t IsoWeekStart(int32_t year, int32_t week) {
  int32_t fourth = DaysFromCivil(year, 1, 4);
  int weekday = (DayOfWeek(fourth) + 6) % 7;  // Monday is 0
  return fourth - weekday + (week - 1) * 7;
}

struct Assembled {
  Civil civil;
  std::optional<int> offset;  // seconds east of UTC
  int precision = -1;
};

Result<Assembled> Assemble(std::string_view text, std::string_view format) {
  ALLOD_ASSIGN_OR_RETURN(Fields f, DateReader(text).Run(format));
  auto out_of_range = [&] {
    return Fail(sqlstate::kDatetimeFieldOverflow, "date/time field value out of range: \"" + std::string(text) + "\"");
  };
  Assembled a;
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  if (f.ssss != 0) {
    hour = f.ssss / 3600;
    minute = f.ssss % 3600 / 60;
    second = f.ssss % 60;
  }
  if (f.ss != 0) second = f.ss;
  if (f.mi != 0) minute = f.mi;
  if (f.hh != 0) hour = f.hh;
  if (f.twelve_hours) {
    if (hour < 1 || hour > 12) {
      return BadFormat("hour \"" + std::to_string(hour) + "\" is invalid for the 12-hour clock")
          .Hint("Use the 24-hour clock, or give an hour between 1 and 12.");
    }
    if (f.pm != 0 && hour < 12) hour += 12;
    else if (f.pm == 0 && hour == 12) hour = 0;
  }
  constexpr int kManyYears = 10'000'000;  // beyond all dates; the sums below stay in range
  if (std::abs(int64_t{f.year}) > kManyYears || std::abs(int64_t{f.cc}) > kManyYears / 100) return out_of_range();
  if (f.year != 0) {
    if (f.cc != 0 && f.yysz <= 2) {
      int cc = f.bc != 0 ? -f.cc : f.cc;
      year = f.year % 100;
      if (year != 0) year = cc < 0 ? (cc + 1) * 100 - year + 1 : (cc - 1) * 100 + year;
      else year = cc * 100 + (cc >= 0 ? 0 : 1);
    } else {
      year = f.bc != 0 ? -f.year : f.year;
      if (year < 0) ++year;  // there is no year 0; 1 BC is 0 here
    }
  } else if (f.cc != 0) {
    int cc = f.bc != 0 ? -f.cc : f.cc;
    year = cc >= 0 ? (cc - 1) * 100 + 1 : cc * 100 + 1;
  }
  // Beyond this no date is valid, and day numbers would overflow.
  if (year > 6000000 || year < -5000) return out_of_range();
  auto from_days = [&](int32_t days) { CivilFromDays(days, &year, &month, &day); };
  if (f.j != 0) {
    if (f.j < 0 || f.j > 2147483647 - 2451545 + 1) return out_of_range();
    from_days(f.j - 2451545);
  }
  int ddd = f.ddd;
  if (f.ww != 0) {
    if (f.ww > 10000 || f.ww < -10000) return out_of_range();
    if (f.mode == DateMode::kIsoWeek) {
      int32_t start = IsoWeekStart(year, f.ww);
      // Sunday (1) ends the week.
      if (f.d != 0) start += f.d > 1 ? f.d - 2 : 6;
      from_days(start);
    } else {
      ddd = (f.ww - 1) * 7 + 1;
    }
  }
  int dd = f.dd;
  if (f.w != 0) {
    if (f.w > 10000 || f.w < -10000) return out_of_range();
    dd = (f.w - 1) * 7 + 1;
  }
  bool day_set = dd != 0, month_set = f.mm != 0;
  if (day_set) day = dd;
  if (month_set) month = f.mm;
  if (ddd != 0 && (month <= 1 || day <= 1)) {
    if (year == 0 && f.bc == 0) return BadFormat("cannot calculate day of year without year information");
    if (f.mode == DateMode::kIsoWeek) {
      if (ddd > 1000000 || ddd < -1000000) return out_of_range();
      from_days(IsoWeekStart(year, 1) - 1 + ddd);
    } else {
      bool leap = DaysInMonth(year, 2) == 29;
      if (ddd < 1 || ddd > (leap ? 366 : 365)) return out_of_range();
      int m, d;
      int32_t y;
      CivilFromDays(DaysFromCivil(year, 1, 1) + ddd - 1, &y, &m, &d);
      if (month <= 1) month = m;
      if (day <= 1) day = d;
    }
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || day > DaysInMonth(year, month)) return out_of_range();
  int64_t micros = int64_t{f.ms} * 1000 + f.us;
  if (hour < 0 || hour >= 24 || minute < 0 || minute >= 60 || second < 0 || second >= 60 || micros < 0 ||
      micros >= kUsPerSecond) {
    return out_of_range();
  }
  if (f.tzsign != 0) {
    if (f.tzh < 0 || f.tzh > 15 || f.tzm < 0 || f.tzm >= 60) return out_of_range();
    a.offset = f.tzsign * (f.tzh * 3600 + f.tzm * 60);
  }
  a.precision = f.precision;
  a.civil = {year, month, day, hour, minute, second, static_cast<int32_t>(micros)};
  return a;
}

}  // namespace

Result<int64_t> TextToTimestamptz(std::string_view text, std::string_view format, const TimeZone& zone) {
  ALLOD_ASSIGN_OR_RETURN(Assembled a, Assemble(text, format));
  ALLOD_ASSIGN_OR_RETURN(int64_t local, TimestampFromCivil(a.civil));
  local = RoundTimestamp(local, a.precision);
  if (!a.offset.has_value()) return TimestampToTimestamptz(local, zone);
  int64_t instant;
  if (__builtin_sub_overflow(local, *a.offset * kUsPerSecond, &instant) || instant < kMinTimestamp ||
      instant >= kEndTimestamp) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range");
  }
  return instant;
}

Result<int32_t> TextToDate(std::string_view text, std::string_view format) {
  ALLOD_ASSIGN_OR_RETURN(Assembled a, Assemble(text, format));
  int32_t days = DaysFromCivil(a.civil.year, a.civil.month, a.civil.day);
  if (days < kMinDate || days >= kEndDate) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range: \"" + std::string(text) + "\"");
  }
  return days;
}

}  // namespace allod::engine::sqlite
