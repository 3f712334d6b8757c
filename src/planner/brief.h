// Which statements are brief: they change a few rows that they name themselves and wait for nobody, so that others may wait for
// their end (engine::Engine::RequestTurn).
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// INSERT of at most kMostBriefRows rows of VALUES; UPDATE and DELETE of the row with a given key, if no other table's rows follow it. No
// subqueries, no locks, nothing computed that could be much larger than what it is computed from. What its parameters hold is not looked at.
inline constexpr size_t kMostBriefRows = 16;
inline constexpr size_t kMostBriefText = 64 * 1024;  // bytes
bool IsBrief(const BoundStatement& bound, const catalog::Catalog& catalog);

}  // namespace allod::planner
