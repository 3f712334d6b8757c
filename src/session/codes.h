// SQLSTATE codes of this module's own, beside base/sqlstate.h.
#pragma once

#include <string_view>

namespace allod::sqlstate {

inline constexpr std::string_view kBadCopyFileFormat = "22P04";
inline constexpr std::string_view kDeadlockDetected = "40P01";
inline constexpr std::string_view kCantChangeRuntimeParam = "55P02";
inline constexpr std::string_view kIdleSessionTimeout = "57P05";

}  // namespace allod::sqlstate
