// to_char(), to_timestamp() and to_date(), after PostgreSQL's formatting.c.
#pragma once

#include <string>
#include <string_view>

#include "base/civil.h"
#include "base/status.h"

namespace allod::engine::sqlite {

// REQUIRES: finite timestamps, a format that is not empty (PostgreSQL gives NULL for the others).
Result<std::string> TimestampToChar(int64_t local, std::string_view format);
Result<std::string> TimestamptzToChar(int64_t instant, std::string_view format, const TimeZone& zone);
Result<std::string> IntervalToChar(const Interval& interval, std::string_view format);

Result<int64_t> TextToTimestamptz(std::string_view text, std::string_view format, const TimeZone& zone);
Result<int32_t> TextToDate(std::string_view text, std::string_view format);

}  // namespace allod::engine::sqlite
