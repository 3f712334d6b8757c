// SQLSTATE codes of this module's own, beside base/sqlstate.h.
#pragma once

#include <string_view>

namespace allod::sqlstate {

inline constexpr std::string_view kConfigFileError = "F0000";

}  // namespace allod::sqlstate
