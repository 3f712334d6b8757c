// The time, in the microseconds of base/value.h.
#pragma once

#include <chrono>
#include <cstdint>

namespace allod {

// Microseconds since 2000-01-01 00:00 UTC.
inline int64_t NowMicroseconds() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count() - 946684800000000;
}

// For durations only.
inline int64_t MonotonicMicroseconds() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::steady_clock;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace allod
