// SQLSTATE codes of this module's own, beside base/sqlstate.h.
#pragma once

#include <string_view>

namespace allod::sqlstate {

inline constexpr std::string_view kCannotConnect = "08001";
inline constexpr std::string_view kTransactionResolutionUnknown = "08007";

}  // namespace allod::sqlstate
