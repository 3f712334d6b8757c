// A LATERAL subquery on the embedded engine, which has none: its rows are collected into one value for each row that it
// reads, allod_collect(n1, n2, ...), and a table function, allod_lateral, gives them back as the columns n1, n2, ...
// Values keep the form in which they are stored, so nothing is lost on the way.
#pragma once

#include <cstddef>

namespace allod::sql {

inline constexpr size_t kMaxLateralColumns = 100;  // the engine takes 127 arguments of a function

}  // namespace allod::sql
