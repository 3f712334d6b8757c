// How a log is laid out in files: C2SP tlog-tiles. A tile holds up to 256 hashes of one level of the tree, eight levels above
// the one below it; an entry bundle holds the entries under a tile of level 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/merkle.h"

namespace allod::ledger {

inline constexpr int kTileHeight = 8, kTileWidth = 256, kEntriesLevel = -1, kMaxTileLevel = 63;
inline constexpr size_t kMaxEntryBytes = 65535;
// Indexes stay below this, so that no arithmetic on them wraps.
inline constexpr uint64_t kMaxSize = uint64_t{1} << 62;

struct TileId {
  int level = 0;      // kEntriesLevel: the bundle of entries
  uint64_t index = 0;
  int width = kTileWidth;  // less: partial
  friend bool operator==(const TileId&, const TileId&) = default;
};

// tile/<L>/<N>[.p/<W>], tile/entries/<N>[.p/<W>]
std::string PathOf(const TileId& tile);
// Nothing if it is no such path, spelled in the one way that there is.
std::optional<TileId> ParseTilePath(std::string_view path);

// What a tree of `size` has of its tile `index` on `level` (or of that bundle). 0: nothing.
int WidthOf(int level, uint64_t index, uint64_t size);
// The tiles and bundles in which a tree of `size` differs from one of `old_size`.
std::vector<TileId> NewTiles(uint64_t old_size, uint64_t size);

// REQUIRES: at most kMaxEntryBytes.
void AppendToBundle(std::string_view entry, std::string* bundle);
// Nothing if these are not exactly `width` entries.
std::optional<std::vector<std::string_view>> ParseBundle(std::string_view bytes, int width);

// A tile's bytes are its hashes, one behind the other.
Hash HashAt(std::string_view tile, size_t position);
// The root of 2^height hashes of a tile. REQUIRES: they are in it.
Hash SubtreeOfTile(std::string_view tile, size_t first, int height);

}  // namespace allod::ledger
