// The fields of a date, time or timestamp, decoded from their scanned text: for date_input.cc alone. The rules, and
// their order, are PostgreSQL's DecodeDateTime and DecodeTimeOnly.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/civil.h"
#include "base/datetime_scan.h"

namespace allod {

enum class DateToken : uint8_t {
  kUnknown,
  kIgnore,
  kMonth,
  kWeekday,
  kAm,
  kPm,
  kAd,
  kBc,
  kSummer,
  kLabel,
  kIsoTime,
  kNow,
  kToday,
  kTomorrow,
  kYesterday,
  kMidnight,
  kEpoch,
  kInfinity,
  kMinusInfinity
};

// What a word announces about the number after it.
enum DateLabel : int {
  kNoLabel,
  kLabelYear,
  kLabelMonth,
  kLabelDay,
  kLabelHour,
  kLabelMinute,
  kLabelSecond,
  kLabelJulian,
  kLabelTime,
  kLabelOther
};

struct DateWord {
  std::string_view text;
  DateToken token;
  int value = 0;
};
// kUnknown if it is none. REQUIRES: lower case.
DateWord FindDateWord(std::string_view text);

class DateDecoder {
 public:
  explicit DateDecoder(const FormatContext& context) : context_(context) {}

  ScanError DateTime(const ScannedFields& fields);
  ScanError TimeOnly(const ScannedFields& fields);

  DateToken kind = DateToken::kUnknown;  // kEpoch, kInfinity, kMinusInfinity: the fields below mean nothing
  Civil civil;
  bool zoned = false;
  int offset = 0;                        // seconds east of UTC, if zoned and no `zone`
  std::shared_ptr<const TimeZone> zone;  // a named zone
  std::string unknown_zone;              // with kUnknownZone

 private:
  ScanError Clock(std::string_view text);
  ScanError Date(std::string_view text);
  ScanError Number(std::string_view text, uint32_t have);
  // Digits run together: yymmdd, yyyymmdd, hhmmss, hhmm, each with a fraction perhaps.
  ScanError RunTogether(std::string_view text, uint32_t have);
  ScanError Labelled(std::string_view text);
  ScanError NamedZone(std::string_view text);
  ScanError WordField(const ScannedFields& fields, int i, bool time_only, bool* ignored);
  ScanError RunTogetherWithZone(std::string_view text, uint32_t have);
  ScanError Validate();
  ScanError HalfDay();
  void Julian(int day) {
    CivilFromDays(static_cast<int32_t>(std::clamp<int64_t>(int64_t{day} - 2451545, kMinDate, kEndDate)), &civil.year,
                  &civil.month, &civil.day);
    julian_ = true;
  }
  int32_t Today() const {
    int64_t local = context_.now_us + int64_t{context_.zone->OffsetAt(context_.now_us)} * kUsPerSecond;
    Result<int32_t> date = TimestampToDate(local);
    return date.ok() ? *date : 0;
  }

  const FormatContext& context_;
  uint32_t have_ = 0;     // fields set so far
  uint32_t set_ = 0;      // by the current one
  int label_ = kNoLabel;  // what the word before announced
  bool text_month_ = false, two_digit_year_ = false, julian_ = false, bc_ = false;
  int day_of_year_ = 0;
  DateToken half_ = DateToken::kUnknown;
};

}  // namespace allod
