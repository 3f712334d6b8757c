#include "ledger/tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace allod::ledger {

namespace {

// Decimal, without leading zeros.
std::optional<uint64_t> Number(std::string_view text, uint64_t max) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return value;
}

std::string IndexPath(uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = fmt::format("x{:03}/{}", index % 1000, path);
  return path;
}

std::optional<uint64_t> ParseIndexPath(std::string_view path) {
  uint64_t index = 0;
  for (bool last = false; !last;) {
    last = path.find('/') == std::string_view::npos;
    if (!last) {
      if (path.empty() || path[0] != 'x') return std::nullopt;
      path.remove_prefix(1);
    }
    if (path.size() < 3 || (last ? path.size() != 3 : path[3] != '/')) return std::nullopt;
    for (int i = 0; i < 3; ++i) {
      if (path[i] < '0' || path[i] > '9' || index > kMaxSize / 10) return std::nullopt;
      index = index * 10 + static_cast<uint64_t>(path[i] - '0');
    }
    path.remove_prefix(last ? 3 : 4);
  }
  return index < kMaxSize ? std::optional(index) : std::nullopt;
}

// How many of its hashes level `level` of tiles has; bundles count as level 0.
uint64_t CountOn(int level, uint64_t size) {
  const int shift = kTileHeight * std::max(level, 0);
  return shift >= 64 ? 0 : size >> shift;
}

}  // namespace

std::string PathOf(const TileId& tile) {
  std::string path = tile.level == kEntriesLevel ? "tile/entries/" : fmt::format("tile/{}/", tile.level);
  path += IndexPath(tile.index);
  if (tile.width < kTileWidth) path += fmt::format(".p/{}", tile.width);
  return path;
}

std::optional<TileId> ParseTilePath(std::string_view path) {
  if (!path.starts_with("tile/")) return std::nullopt;
  path.remove_prefix(5);
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  TileId tile;
  if (path.substr(0, slash) == "entries") {
    tile.level = kEntriesLevel;
  } else {
    const std::optional<uint64_t> level = Number(path.substr(0, slash), kMaxTileLevel);
    if (!level) return std::nullopt;
    tile.level = static_cast<int>(*level);
  }
  path.remove_prefix(slash + 1);
  if (const size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const std::optional<uint64_t> width = Number(path.substr(partial + 3), kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    tile.width = static_cast<int>(*width);
    path = path.substr(0, partial);
  }
  const std::optional<uint64_t> index = ParseIndexPath(path);
  if (!index) return std::nullopt;
  tile.index = *index;
  // An index with needless groups of zeros in front has another spelling.
  return IndexPath(*index) == path ? std::optional(tile) : std::nullopt;
}

int WidthOf(int level, uint64_t index, uint64_t size) {
  const uint64_t count = CountOn(level, size), full = count / kTileWidth;
  return index < full ? kTileWidth : index == full ? static_cast<int>(count % kTileWidth) : 0;
}

std::vector<TileId> NewTiles(uint64_t old_size, uint64_t size) {
  std::vector<TileId> tiles;
  for (int level = kEntriesLevel; CountOn(level, size) > 0; ++level) {
    const uint64_t had = CountOn(level, old_size), has = CountOn(level, size);
    if (had == has) continue;
    for (uint64_t index = had / kTileWidth; index * kTileWidth < has; ++index) {
      tiles.push_back({level, index, WidthOf(level, index, size)});
    }
  }
  return tiles;
}

void AppendToBundle(std::string_view entry, std::string* bundle) {
  bundle->push_back(static_cast<char>(entry.size() >> 8));
  bundle->push_back(static_cast<char>(entry.size() & 255));
  bundle->append(entry);
}

std::optional<std::vector<std::string_view>> ParseBundle(std::string_view bytes, int width) {
  std::vector<std::string_view> entries;
  while (!bytes.empty()) {
    if (bytes.size() < 2 || entries.size() == static_cast<size_t>(width)) return std::nullopt;
    const size_t size = static_cast<size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
    if (bytes.size() - 2 < size) return std::nullopt;
    entries.push_back(bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
  return entries.size() == static_cast<size_t>(width) ? std::optional(std::move(entries)) : std::nullopt;
}

Hash HashAt(std::string_view tile, size_t position) {
  Hash hash;
  std::memcpy(hash.data(), tile.data() + position * hash.size(), hash.size());
  return hash;
}

Hash SubtreeOfTile(std::string_view tile, size_t first, int height) {
  std::vector<Hash> hashes;
  for (size_t i = 0; i < size_t{1} << height; ++i) hashes.push_back(HashAt(tile, first + i));
  for (size_t count = hashes.size(); count > 1; count /= 2) {
    for (size_t i = 0; i < count / 2; ++i) hashes[i] = NodeHash(hashes[2 * i], hashes[2 * i + 1]);
  }
  return hashes[0];
}

}  // namespace allod::ledger
