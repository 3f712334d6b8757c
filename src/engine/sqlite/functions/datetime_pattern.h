// The patterns of to_char(timestamp) and to_timestamp(): reading one. Internal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace allod::engine::sqlite {

enum class DateKey : uint8_t {
  kEra, kEraDots, kMeridiem, kMeridiemDots, kCentury, kDay, kDayShort, kDayOfYear, kDayOfMonth, kDayOfWeek, kFraction, kFixed, kHour24, kHour12,
  kIsoDayOfYear, kIsoDay, kIsoWeek, kIsoYear, kJulian, kMinute, kMonthNumber, kMonth, kMonthShort, kMillisecond,
  kOffset, kQuarter, kRoman, kSecondsOfDay, kSecond, kZoneHour, kZoneMinute, kZone, kMicrosecond, kWeekOfYear,
  kWeekOfMonth, kYearComma, kYear,
};
enum class Letters : uint8_t { kUpper, kCapital, kLower };
enum class DateMode : uint8_t { kNone, kGregorian, kIsoWeek };

struct DateKeyword {
  std::string_view name;
  DateKey key;
  bool is_digit;         // the field is digits: an adjoining one needs a fixed width
  Letters letters;
  DateMode mode;
  int digits = 0;        // kYear, kIsoYear: how many; kFraction: how many
};

struct DateNode {
  enum class Kind : uint8_t { kField, kSeparator, kSpace, kCharacter } kind;
  const DateKeyword* field = nullptr;
  bool fill_mode = false, translated = false, ordinal = false, ordinal_upper = false;
  std::string_view text{};  // of the others: the character
};

std::vector<DateNode> ReadDatePattern(std::string_view format);

}  // namespace allod::engine::sqlite
