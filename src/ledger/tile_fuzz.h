// What a fuzzer drives: the parsers of tile.h. Whatever they accept is spelled in one way only. Used by the fuzz target and by a
// bounded unit test.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "ledger/tile.h"

namespace allod::ledger {

inline void FuzzTile(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto tile = ParseTilePath(bytes); tile && PathOf(*tile) != bytes) std::abort();
  for (const int width : {1, 3, kTileWidth}) {
    const auto entries = ParseBundle(bytes, width);
    if (!entries) continue;
    std::string again;
    for (std::string_view entry : *entries) AppendToBundle(entry, &again);
    if (again != bytes) std::abort();
  }
}

}  // namespace allod::ledger
