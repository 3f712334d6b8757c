// unnest of several arrays side by side, which only FROM takes: each array may have any type, so it is no row of the table of
// functions. Printed as a table function with the columns value1, value2, ... and then ordinality.
#pragma once

#include <cstddef>

#include "sql/functions.h"

namespace allod::sql {

inline constexpr size_t kMaxUnnestArrays = 16;
const Overload& UnnestSeveral();

}  // namespace allod::sql
