#include "base/date_decoder.h"

#include <array>
#include <charconv>

namespace allod {
namespace {

using Token = DateToken;

// What a field has set. DecodeDateTime refuses a second one of each.
constexpr uint32_t kMonth = 1 << 1, kYear = 1 << 2, kDay = 1 << 3, kZone = 1 << 5, kSummer = 1 << 6, kAmPm = 1 << 9,
                   kHour = 1 << 10, kMinute = 1 << 11, kSecond = 1 << 12, kSubseconds = (1 << 13) | (1 << 14),
                   kDayOfYear = 1 << 15, kWeekday = 1 << 16, kEra = 1 << 18;
constexpr uint32_t kAllSeconds = kSecond | kSubseconds, kDateMask = kYear | kMonth | kDay,
                   kTimeMask = kHour | kMinute | kAllSeconds;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return c >= 'a' && c <= 'z'; }  // fields are lower case already
int ToInt(std::string_view digits) {
  int v = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), v);
  return v;
}

bool TimeOverflows(const Civil& c) {
  if (c.hour < 0 || c.hour > 24 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 ||
      c.microsecond < 0 || c.microsecond > kUsPerSecond) {
    return true;
  }
  return ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond > kUsPerDay;
}

// "+hh[:mm[:ss]]", "-hhmm": seconds east of UTC.
ScanError DecodeOffset(std::string_view text, int* east) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return ScanError::kBadFormat;
  int hour = 0, minute = 0, second = 0;
  std::string_view rest;
  if (!ScanInt(text.substr(1), &hour, &rest)) return ScanError::kZoneOverflow;
  if (!rest.empty() && rest[0] == ':') {
    if (!ScanInt(rest.substr(1), &minute, &rest)) return ScanError::kZoneOverflow;
    if (!rest.empty() && rest[0] == ':' && !ScanInt(rest.substr(1), &second, &rest)) return ScanError::kZoneOverflow;
  } else if (rest.empty() && text.size() > 3) {
    minute = hour % 100;
    hour /= 100;
  }
  if (hour < 0 || hour > 15 || minute < 0 || minute >= 60 || second < 0 || second >= 60)
    return ScanError::kZoneOverflow;
  int seconds = (hour * 60 + minute) * 60 + second;
  *east = text[0] == '-' ? -seconds : seconds;
  return rest.empty() ? ScanError::kNone : ScanError::kBadFormat;
}

}  // namespace

ScanError DateDecoder::Clock(std::string_view text) {
  set_ = kTimeMask;
  std::string_view rest;
  if (!ScanInt(text, &civil.hour, &rest)) return ScanError::kFieldOverflow;
  if (rest.empty() || rest[0] != ':') return ScanError::kBadFormat;
  if (!ScanInt(rest.substr(1), &civil.minute, &rest)) return ScanError::kFieldOverflow;
  civil.second = civil.microsecond = 0;
  if (rest.empty()) {
    // hh:mm
  } else if (rest[0] == '.') {
    // mm:ss.sss
    if (!ScanFractionalSecond(rest, &civil.microsecond)) return ScanError::kBadFormat;
    civil.second = civil.minute;
    civil.minute = civil.hour;
    civil.hour = 0;
  } else if (rest[0] == ':') {
    if (!ScanInt(rest.substr(1), &civil.second, &rest)) return ScanError::kFieldOverflow;
    if (!rest.empty() && rest[0] != '.') return ScanError::kBadFormat;
    if (!rest.empty() && !ScanFractionalSecond(rest, &civil.microsecond)) return ScanError::kBadFormat;
  } else {
    return ScanError::kBadFormat;
  }
  if (civil.hour < 0 || civil.minute < 0 || civil.minute > 59 || civil.second < 0 || civil.second > 60) {
    return ScanError::kFieldOverflow;
  }
  return ScanError::kNone;
}

ScanError DateDecoder::RunTogether(std::string_view text, uint32_t have) {
  size_t point = text.find('.');
  if (point != std::string_view::npos) {
    if (!ScanFractionalSecond(text.substr(point), &civil.microsecond)) return ScanError::kBadFormat;
    text = text.substr(0, point);
  } else if ((have & kDateMask) != kDateMask && text.size() >= 6) {
    size_t n = text.size();
    set_ = kDateMask;
    civil.day = ToInt(text.substr(n - 2));
    civil.month = ToInt(text.substr(n - 4, 2));
    if (n - 4 > 9) return ScanError::kFieldOverflow;
    civil.year = ToInt(text.substr(0, n - 4));
    if (n - 4 == 2) two_digit_year_ = true;
    return ScanError::kNone;
  }
  if ((have & kTimeMask) != kTimeMask && (text.size() == 6 || text.size() == 4)) {
    set_ = kTimeMask;
    civil.hour = ToInt(text.substr(0, 2));
    civil.minute = ToInt(text.substr(2, 2));
    civil.second = text.size() == 6 ? ToInt(text.substr(4, 2)) : 0;
    return ScanError::kNone;
  }
  return ScanError::kBadFormat;
}

ScanError DateDecoder::Number(std::string_view text, uint32_t have) {
  set_ = 0;
  int value = 0;
  std::string_view rest;
  if (!ScanInt(text, &value, &rest)) return ScanError::kFieldOverflow;
  if (rest.size() == text.size()) return ScanError::kBadFormat;
  if (!rest.empty() && rest[0] == '.') {
    if (text.size() - rest.size() > 2) return RunTogether(text, have | kDateMask);
    if (!ScanFractionalSecond(rest, &civil.microsecond)) return ScanError::kBadFormat;
  } else if (!rest.empty()) {
    return ScanError::kBadFormat;
  }
  size_t length = text.size();
  if (length == 3 && (have & kDateMask) == kYear && value >= 1 && value <= 366) {
    set_ = kDayOfYear | kMonth | kDay;
    day_of_year_ = value;
    return ScanError::kNone;
  }
  auto year = [&] {
    set_ = kYear;
    civil.year = value;
  };
  auto month = [&] {
    set_ = kMonth;
    civil.month = value;
  };
  auto day = [&] {
    set_ = kDay;
    civil.day = value;
  };
  bool year_first = context_.date_order == DateOrder::kYmd;
  switch (have & kDateMask) {
    case 0:
      if (length >= 3 || year_first) {
        year();
      } else if (context_.date_order == DateOrder::kDmy) {
        day();
      } else {
        month();
      }
      break;
    case kYear:
      month();
      break;
    case kMonth:
      if (text_month_ && (length >= 3 || year_first)) {
        year();
      } else {
        day();
      }
      break;
    case kYear | kMonth:
      if (text_month_ && length >= 3 && two_digit_year_) {
        // The number taken for the year was the day.
        civil.day = civil.year;
        civil.year = value;
        set_ = kDay;
        two_digit_year_ = false;
      } else {
        day();
      }
      break;
    case kDay:
      month();
      break;
    case kMonth | kDay:
      year();
      break;
    case kDateMask:
      return RunTogether(text, have);
    default:
      return ScanError::kBadFormat;
  }
  if (set_ == kYear) two_digit_year_ = length <= 2;
  return ScanError::kNone;
}

ScanError DateDecoder::Date(std::string_view text) {
  std::array<std::string_view, ScannedFields::kMaxFields> parts;
  size_t count = 0;
  for (size_t i = 0; i < text.size() && count < parts.size();) {
    while (i < text.size() && !IsDigit(text[i]) && !IsAlpha(text[i])) ++i;
    if (i == text.size()) return ScanError::kBadFormat;
    size_t start = i;
    bool digits = IsDigit(text[i]);
    while (i < text.size() && (digits ? IsDigit(text[i]) : IsAlpha(text[i]))) ++i;
    parts[count++] = text.substr(start, i - start);
    if (i < text.size()) ++i;
  }
  uint32_t set = 0;
  uint32_t have = have_;
  bool saved_text_month = text_month_;
  text_month_ = false;
  // A month in letters first, as it is unambiguous.
  for (size_t i = 0; i < count; ++i) {
    if (!IsAlpha(parts[i][0])) continue;
    DateWord word = FindDateWord(parts[i]);
    if (word.token == Token::kIgnore) {
      parts[i] = {};
      continue;
    }
    if (word.token != Token::kMonth || (have & kMonth) != 0) return ScanError::kBadFormat;
    civil.month = word.value;
    text_month_ = true;
    have |= kMonth;
    set |= kMonth;
    parts[i] = {};
  }
  for (size_t i = 0; i < count; ++i) {
    if (parts[i].empty()) continue;
    if (ScanError error = Number(parts[i], have); error != ScanError::kNone) return error;
    if ((have & set_) != 0) return ScanError::kBadFormat;
    have |= set_;
    set |= set_;
  }
  text_month_ = saved_text_month;
  set_ = set;
  if ((have & ~(kDayOfYear | kZone)) != kDateMask) return ScanError::kBadFormat;
  return ScanError::kNone;
}

ScanError DateDecoder::NamedZone(std::string_view text) {
  zone = FindZoneByName(text);
  if (zone == nullptr) {
    unknown_zone = text;
    return ScanError::kUnknownZone;
  }
  set_ = kZone;
  zoned = true;
  return ScanError::kNone;
}

// "hhmmss-zz"
ScanError DateDecoder::RunTogetherWithZone(std::string_view text, uint32_t have) {
  if ((have_ & kTimeMask) == kTimeMask) return ScanError::kBadFormat;
  size_t dash = text.find('-');
  if (dash == std::string_view::npos) return ScanError::kBadFormat;
  if (ScanError error = DecodeOffset(text.substr(dash), &offset); error != ScanError::kNone) return error;
  zoned = true;
  if (ScanError error = RunTogether(text.substr(0, dash), have); error != ScanError::kNone) return error;
  set_ |= kZone;
  return ScanError::kNone;
}

ScanError DateDecoder::Labelled(std::string_view text) {
  int label = label_, value = 0;
  label_ = kNoLabel;
  std::string_view rest;
  if (!ScanInt(text, &value, &rest)) return ScanError::kFieldOverflow;
  if (!rest.empty() && rest[0] == '.') {
    if (label != kLabelJulian && label != kLabelTime && label != kLabelSecond) return ScanError::kBadFormat;
  } else if (!rest.empty()) {
    return ScanError::kBadFormat;
  }
  switch (label) {
    case kLabelYear:
      civil.year = value;
      set_ = kYear;
      break;
    case kLabelMonth:
      // After a month and an hour it means minutes.
      if ((have_ & kMonth) != 0 && (have_ & kHour) != 0) {
        civil.minute = value;
        set_ = kMinute;
      } else {
        civil.month = value;
        set_ = kMonth;
      }
      break;
    case kLabelDay:
      civil.day = value;
      set_ = kDay;
      break;
    case kLabelHour:
      civil.hour = value;
      set_ = kHour;
      break;
    case kLabelMinute:
      civil.minute = value;
      set_ = kMinute;
      break;
    case kLabelSecond:
      civil.second = value;
      set_ = kSecond;
      if (!rest.empty()) {
        if (!ScanFractionalSecond(rest, &civil.microsecond)) return ScanError::kBadFormat;
        set_ = kAllSeconds;
      }
      break;
    case kLabelJulian: {
      if (value < 0) return ScanError::kFieldOverflow;
      set_ = kDateMask;
      Julian(value);
      double fraction = 0;
      if (!rest.empty()) {
        if (!ScanFraction(rest, &fraction)) return ScanError::kBadFormat;
        auto time = static_cast<int64_t>(fraction * static_cast<double>(kUsPerDay));
        civil.hour = static_cast<int>(time / kUsPerHour);
        civil.minute = static_cast<int>(time / kUsPerMinute % 60);
        civil.second = static_cast<int>(time / kUsPerSecond % 60);
        civil.microsecond = static_cast<int>(time % kUsPerSecond);
        set_ |= kTimeMask;
      }
      break;
    }
    case kLabelTime:
      if (ScanError error = RunTogether(text, have_ | kDateMask); error != ScanError::kNone) return error;
      if (set_ != kTimeMask) return ScanError::kBadFormat;
      break;
    default:
      return ScanError::kBadFormat;
  }
  return ScanError::kNone;
}

ScanError DateDecoder::WordField(const ScannedFields& fields, int i, bool time_only, bool* ignored) {
  std::string_view text = fields.text[static_cast<size_t>(i)];
  // Abbreviations of zones go before other words.
  if (const ZoneAbbreviation* abbreviation = FindZoneAbbreviation(text); abbreviation != nullptr) {
    zoned = true;
    set_ = kZone;
    if (abbreviation->zone.empty()) {
      offset = abbreviation->offset;
      return ScanError::kNone;
    }
    return NamedZone(abbreviation->zone);
  }
  DateWord word = FindDateWord(text);
  auto today = [&](int days) {
    set_ = kDateMask;
    CivilFromDays(Today() + days, &civil.year, &civil.month, &civil.day);
    julian_ = true;  // the year is right as it is
  };
  switch (word.token) {
    case Token::kIgnore:
      *ignored = true;
      break;
    case Token::kNow: {
      int64_t now = context_.now_us;
      offset = context_.zone->OffsetAt(now);
      civil = CivilFromTimestamp(now + offset * kUsPerSecond);
      set_ = time_only ? kTimeMask : kDateMask | kTimeMask | kZone;
      zoned = !time_only;
      julian_ = true;
      break;
    }
    case Token::kYesterday:
    case Token::kToday:
    case Token::kTomorrow:
      if (time_only) return ScanError::kBadFormat;
      today(word.token == Token::kYesterday ? -1 : word.token == Token::kToday ? 0 : 1);
      break;
    case Token::kMidnight:
      set_ = kTimeMask | kZone;
      civil.hour = civil.minute = civil.second = 0;
      zoned = true;
      offset = 0;
      break;
    case Token::kEpoch:
    case Token::kInfinity:
    case Token::kMinusInfinity:
      if (time_only) return ScanError::kBadFormat;
      set_ = kDateMask | kTimeMask | kZone;
      kind = word.token;
      break;
    case Token::kMonth:
      set_ = kMonth;
      // "8 Jan": the number read as a month was the day.
      if (!time_only && (have_ & kMonth) != 0 && !text_month_ && (have_ & kDay) == 0 && civil.month >= 1 &&
          civil.month <= 31) {
        civil.day = civil.month;
        set_ = kDay;
      }
      if (time_only) return ScanError::kBadFormat;
      text_month_ = true;
      civil.month = word.value;
      break;
    case Token::kSummer:
      set_ = kSummer;
      offset += word.value;
      break;
    case Token::kAm:
    case Token::kPm:
      set_ = kAmPm;
      half_ = word.token;
      break;
    case Token::kAd:
    case Token::kBc:
      set_ = kEra;
      bc_ = word.token == Token::kBc;
      break;
    case Token::kWeekday:
      if (time_only) return ScanError::kBadFormat;
      set_ = kWeekday;
      break;
    case Token::kLabel:
      set_ = 0;
      label_ = word.value;
      break;
    case Token::kIsoTime: {
      set_ = 0;
      if (!time_only && (have_ & kDateMask) != kDateMask) return ScanError::kBadFormat;
      if (i + 1 >= fields.count) return ScanError::kBadFormat;
      ScanType next = fields.type[static_cast<size_t>(i) + 1];
      if (next != ScanType::kNumber && next != ScanType::kTime && next != ScanType::kDate) return ScanError::kBadFormat;
      label_ = kLabelTime;
      break;
    }
    case Token::kUnknown:
      return NamedZone(text) == ScanError::kNone ? ScanError::kNone : ScanError::kBadFormat;
  }
  return ScanError::kNone;
}

ScanError DateDecoder::Validate() {
  if ((have_ & kYear) != 0 && !julian_) {
    if (bc_) {
      if (civil.year <= 0) return ScanError::kFieldOverflow;
      civil.year = 1 - civil.year;
    } else if (two_digit_year_) {
      if (civil.year < 0) return ScanError::kFieldOverflow;
      civil.year += civil.year < 70 ? 2000 : civil.year < 100 ? 1900 : 0;
    } else if (civil.year <= 0) {
      return ScanError::kFieldOverflow;
    }
  }
  if ((have_ & kDayOfYear) != 0) {
    if (civil.year > 6000000) return ScanError::kFieldOverflow;
    CivilFromDays(DaysFromCivil(civil.year, 1, 1) + day_of_year_ - 1, &civil.year, &civil.month, &civil.day);
  }
  if ((have_ & kMonth) != 0 && (civil.month < 1 || civil.month > 12)) return ScanError::kMonthDayOverflow;
  if ((have_ & kDay) != 0 && (civil.day < 1 || civil.day > 31)) return ScanError::kMonthDayOverflow;
  if ((have_ & kDateMask) == kDateMask && civil.day > DaysInMonth(civil.year, civil.month)) {
    return ScanError::kFieldOverflow;
  }
  return ScanError::kNone;
}

ScanError DateDecoder::HalfDay() {
  if (half_ == Token::kUnknown) return ScanError::kNone;
  if (civil.hour > 12) return ScanError::kFieldOverflow;
  if (half_ == Token::kAm && civil.hour == 12) civil.hour = 0;
  if (half_ == Token::kPm && civil.hour != 12) civil.hour += 12;
  return ScanError::kNone;
}

ScanError DateDecoder::DateTime(const ScannedFields& fields) {
  for (int i = 0; i < fields.count; ++i) {
    std::string_view text = fields.text[static_cast<size_t>(i)];
    ScanError error = ScanError::kNone;
    bool ignored = false;
    switch (fields.type[static_cast<size_t>(i)]) {
      case ScanType::kDate:
        if (label_ == kLabelJulian) {
          int day = 0;
          std::string_view rest;
          if (!ScanInt(text, &day, &rest) || day < 0) return ScanError::kFieldOverflow;
          Julian(day);
          error = DecodeOffset(rest, &offset);
          zoned = true;
          set_ = kDateMask | kTimeMask | kZone;
          label_ = kNoLabel;
        } else if (label_ != kNoLabel || (have_ & (kMonth | kDay)) == (kMonth | kDay)) {
          if (IsDigit(text[0]) || label_ != kNoLabel) {
            if (label_ != kNoLabel && label_ != kLabelTime) return ScanError::kBadFormat;
            label_ = kNoLabel;
            error = RunTogetherWithZone(text, have_);
          } else {
            error = NamedZone(text);
          }
        } else {
          error = Date(text);
        }
        break;
      case ScanType::kTime:
        if (label_ != kNoLabel && label_ != kLabelTime) return ScanError::kBadFormat;
        label_ = kNoLabel;
        error = Clock(text);
        if (error == ScanError::kNone && TimeOverflows(civil)) error = ScanError::kFieldOverflow;
        break;
      case ScanType::kZone:
        error = DecodeOffset(text, &offset);
        zoned = true;
        set_ = kZone;
        break;
      case ScanType::kNumber: {
        if (label_ != kNoLabel) {
          error = Labelled(text);
          break;
        }
        size_t point = text.find('.');
        if (point != std::string_view::npos && (have_ & kDateMask) == 0) {
          error = Date(text);
        } else if (point != std::string_view::npos && point > 2) {
          error = RunTogether(text, have_);
        } else if (text.size() >= 6 && ((have_ & kDateMask) == 0 || (have_ & kTimeMask) == 0)) {
          error = RunTogether(text, have_);
        } else {
          error = Number(text, have_);
        }
        break;
      }
      case ScanType::kString:
      case ScanType::kSpecial:
        error = WordField(fields, i, false, &ignored);
        break;
    }
    if (error != ScanError::kNone) return error;
    if (ignored) continue;
    if ((set_ & have_) != 0) return ScanError::kBadFormat;
    have_ |= set_;
  }
  if (ScanError error = Validate(); error != ScanError::kNone) return error;
  if (ScanError error = HalfDay(); error != ScanError::kNone) return error;
  if (kind == Token::kUnknown && (have_ & kDateMask) != kDateMask) return ScanError::kBadFormat;
  // "DST" adds an hour to the abbreviation before it, and goes with nothing else.
  if ((have_ & kSummer) != 0 && (!zoned || zone != nullptr)) return ScanError::kBadFormat;
  return ScanError::kNone;
}

ScanError DateDecoder::TimeOnly(const ScannedFields& fields) {
  for (int i = 0; i < fields.count; ++i) {
    std::string_view text = fields.text[static_cast<size_t>(i)];
    ScanError error = ScanError::kNone;
    bool ignored = false;
    ScanType last = fields.type[static_cast<size_t>(fields.count) - 1];
    switch (fields.type[static_cast<size_t>(i)]) {
      case ScanType::kDate:
        if (i == 0 && fields.count >= 2 && (last == ScanType::kDate || fields.type[1] == ScanType::kTime)) {
          error = Date(text);
        } else if (IsDigit(text[0])) {
          error = RunTogetherWithZone(text, have_ | kDateMask);
          label_ = kNoLabel;
        } else {
          error = NamedZone(text);
        }
        break;
      case ScanType::kTime:
        if (label_ != kNoLabel && label_ != kLabelTime) return ScanError::kBadFormat;
        label_ = kNoLabel;
        error = Clock(text);
        break;
      case ScanType::kZone:
        error = DecodeOffset(text, &offset);
        zoned = true;
        set_ = kZone;
        break;
      case ScanType::kNumber: {
        if (label_ != kNoLabel) {
          error = Labelled(text);
          break;
        }
        size_t point = text.find('.');
        if (point != std::string_view::npos) {
          if (i == 0 && fields.count >= 2 && last == ScanType::kDate) {
            error = Date(text);
          } else if (point > 2) {
            error = RunTogether(text, have_ | kDateMask);
          } else {
            return ScanError::kBadFormat;
          }
        } else if (text.size() > 4) {
          error = RunTogether(text, have_ | kDateMask);
        } else {
          error = Number(text, have_ | kDateMask);
        }
        break;
      }
      case ScanType::kString:
      case ScanType::kSpecial:
        error = WordField(fields, i, true, &ignored);
        break;
    }
    if (error != ScanError::kNone) return error;
    if (ignored) continue;
    if ((set_ & have_) != 0) return ScanError::kBadFormat;
    have_ |= set_;
  }
  if (ScanError error = Validate(); error != ScanError::kNone) return error;
  if (ScanError error = HalfDay(); error != ScanError::kNone) return error;
  if (TimeOverflows(civil)) return ScanError::kFieldOverflow;
  if ((have_ & kTimeMask) != kTimeMask) return ScanError::kBadFormat;
  // The date decides what a zone with summer time means.
  if (zone != nullptr && (have_ & kDateMask) != kDateMask && zone->OffsetAt(0) != zone->OffsetAt(182 * kUsPerDay)) {
    return ScanError::kBadFormat;
  }
  return ScanError::kNone;
}

}  // namespace allod
