// Time zones, and what the text form of a value depends on in a session.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod {

// A zone of the system's tz database, or a fixed offset ("UTC", "Europe/Berlin", "+02", POSIX forms as PostgreSQL
// accepts them). Immutable; shared between threads. Backed by absl::TimeZone, which stays out of this header.
class TimeZone {
 public:
  static Result<std::shared_ptr<const TimeZone>> Load(std::string_view name);
  // The zone of AT TIME ZONE and of input: abbreviations too ("EST"); a bare offset is POSIX's, east is negative.
  // 22023.
  static Result<std::shared_ptr<const TimeZone>> ForExpression(std::string_view name);
  // Seconds east of UTC, as SET TIME ZONE INTERVAL wants it. 22023 beyond a week.
  static Result<std::shared_ptr<const TimeZone>> Fixed(int64_t seconds);
  static std::shared_ptr<const TimeZone> Utc();
  virtual ~TimeZone() = default;
  virtual std::string_view name() const = 0;
  // Seconds east of UTC at an instant (microseconds since 2000-01-01 UTC), and the abbreviation in force.
  virtual int OffsetAt(int64_t instant_us, std::string* abbreviation = nullptr) const = 0;
  // The instant of a local time (microseconds since 2000-01-01 local); in a gap or an overlap PostgreSQL's choice.
  virtual int64_t ToInstant(int64_t local_us) const = 0;
};

enum class DateStyle : uint8_t { kIso, kPostgres, kSql, kGerman };
enum class DateOrder : uint8_t { kMdy, kDmy, kYmd };
enum class IntervalStyle : uint8_t { kPostgres, kPostgresVerbose, kSqlStandard, kIso8601 };

// The labels of enumerated types, as a catalogue knows them.
class EnumLabels {
 public:
  virtual ~EnumLabels() = default;
  // Null: there is none (it was dropped, or the type was).
  virtual const std::string* LabelAt(uint32_t type, int64_t position) const = 0;
  virtual Result<int64_t> PositionOf(uint32_t type, std::string_view label) const = 0;  // 22P02
};

struct FormatContext {
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  DateStyle date_style = DateStyle::kIso;
  DateOrder date_order = DateOrder::kMdy;
  IntervalStyle interval_style = IntervalStyle::kPostgres;
  int extra_float_digits = 1;
  bool bytea_hex = true;
  int64_t now_us = 0;  // the transaction's start, for input like 'now', 'today'
  std::shared_ptr<const EnumLabels> labels;  // null: an enumerated value is written as its position, as it is stored
};

}  // namespace allod
