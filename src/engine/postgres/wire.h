// Integers of the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace allod::engine::postgres {

// REQUIRES: the bytes are there.
template <typename T>
T BigEndian(std::string_view bytes, size_t at) {
  uint64_t v = 0;
  for (size_t i = 0; i < sizeof(T); ++i) v = (v << 8) | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<T>(v);
}

inline void AppendInt4(uint32_t v, std::string* out) {
  const char bytes[4] = {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
  out->append(bytes, sizeof bytes);
}

}  // namespace allod::engine::postgres
