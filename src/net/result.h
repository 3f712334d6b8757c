// Result sets as messages: RowDescription, DataRow, ParameterDescription.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/datetime.h"
#include "base/types.h"
#include "base/value.h"
#include "planner/plan.h"

namespace allod::net {

// `formats`: as in Bind (0, 1 or one code per column; 0 text, 1 binary).
void AppendRowDescription(std::string* out, const std::vector<planner::ResultColumn>& columns,
                          const std::vector<uint16_t>& formats);
// Values in stored form, written straight into the buffer in the format asked for. REQUIRES: as many as columns.
void AppendDataRow(std::string* out, const std::vector<planner::ResultColumn>& columns,
                   const std::vector<uint16_t>& formats, std::span<const Datum> values, const FormatContext& context);
void AppendParameterDescription(std::string* out, const std::vector<Type>& types);

}  // namespace allod::net
