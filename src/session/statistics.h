// SHOW allod.statistics: what the server and its engine do and who waits for them; numbers, no data.
#pragma once

#include <string_view>
#include <vector>

#include "base/value.h"

namespace allod::session {

class Database;

inline constexpr std::string_view kStatistics = "allod.statistics";  // as SHOW names it

// name, value, description
std::vector<Row> StatisticsRows(Database& database);

}  // namespace allod::session
