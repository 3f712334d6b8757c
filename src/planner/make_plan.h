// Bound statement -> Plan: the engine's text and where its parameters come from.
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// Fills everything but `watch`, which is the caller's. 0A000 for what the dialect cannot say exactly.
Result<std::shared_ptr<const Plan>> MakePlan(std::shared_ptr<const BoundStatement> bound, const BindContext& context,
                                             engine::DialectId dialect);

}  // namespace allod::planner
