// How date, time and interval input is cut into fields: shared by date_input.cc and interval_input.cc, and theirs
// alone. It follows PostgreSQL's ParseDateTime, whose choices decide what people may write.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/datetime.h"
#include "base/status.h"

namespace allod {

enum class ScanType : uint8_t { kNumber, kString, kDate, kTime, kZone, kSpecial };

// What decoding can fail with; each has its own SQLSTATE.
enum class ScanError : uint8_t {
  kNone,
  kBadFormat,
  kFieldOverflow,
  kMonthDayOverflow,
  kIntervalOverflow,
  kZoneOverflow,
  kUnknownZone
};

struct ScannedFields {
  static constexpr int kMaxFields = 25;
  static constexpr size_t kMaxText = 128 + kMaxFields;
  std::array<std::string_view, kMaxFields> text;  // folded to lower case; slices of `buffer`
  std::array<ScanType, kMaxFields> type;
  int count = 0;
  std::array<char, kMaxText + 1> buffer;
};

ScanError ScanFields(std::string_view input, ScannedFields* out);
// PostgreSQL's sentence for a failure on `input` of type `type`.
Status ScanFailure(ScanError error, std::string_view input, std::string_view type);

// As strtol in base 10 on a slice: what follows the digits goes to *rest. False on overflow.
bool ScanInt(std::string_view text, int* value, std::string_view* rest);
bool ScanInt64(std::string_view text, int64_t* value, std::string_view* rest);
// ".25" (all of the text) as a fraction; "." is 0. False if it is something else.
bool ScanFraction(std::string_view text, double* value);
bool ScanFractionalSecond(std::string_view text, int* micros);

struct ZoneAbbreviation {
  std::string_view name;  // lower case
  int offset;             // seconds east of UTC, if zone is ""
  std::string_view zone;
};
const ZoneAbbreviation* FindZoneAbbreviation(std::string_view lower);

// A zone by its name in any case, or a POSIX form without rules for summer time; null if there is none.
std::shared_ptr<const TimeZone> FindZoneByName(std::string_view name);

}  // namespace allod
