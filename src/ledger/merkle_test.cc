#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "ledger/tile.h"

namespace allod::ledger {
namespace {

// A tree in memory, hashed anew for each question.
class Memory final : public Subtrees {
 public:
  explicit Memory(size_t size) {
    for (size_t i = 0; i < size; ++i) leaves_.push_back(LeafHash("entry " + std::to_string(i)));
  }
  Result<Hash> Of(int level, uint64_t index) override {
    if (level == 0) return leaves_.at(index);
    return NodeHash(*Of(level - 1, 2 * index), *Of(level - 1, 2 * index + 1));
  }
  const Hash& leaf(size_t i) const { return leaves_[i]; }

 private:
  std::vector<Hash> leaves_;
};

std::string Hex(const Hash& hash) { return crypto::ToHex(AsBytes(hash)); }

TEST(Merkle, KnownAnswers) {
  EXPECT_EQ(Hex(LeafHash("entry 0")), "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701");
  Memory tree(300);
  EXPECT_EQ(Hex(*RootOf(tree, 5)), "7caa345dbd892a66454d6c6512ea3c3ea3f0d3ec21be3fc2e2375705fd38f672");
  EXPECT_EQ(Hex(*RootOf(tree, 256)), "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e");
  EXPECT_EQ(Hex(*RootOf(tree, 300)), "ca393d0296bec5e0b8dcab983bd1fb7d1461f512e7267cb89631ad26fd66d848");
  EXPECT_EQ(Hex(*RootOf(tree, 0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

std::vector<std::vector<Hash>> Damaged(const std::vector<Hash>& proof) {
  std::vector<std::vector<Hash>> all;
  for (size_t i = 0; i < proof.size(); ++i) {
    all.push_back(proof);
    all.back()[i][i % 32] ^= 1;
    all.push_back(proof);
    all.back().erase(all.back().begin() + static_cast<std::ptrdiff_t>(i));
  }
  all.push_back(proof);
  all.back().push_back(Hash{});
  return all;
}

TEST(Merkle, InclusionIsProvedForEachEntryAndForNoOther) {
  constexpr uint64_t kMax = 40;
  Memory tree(kMax);
  for (uint64_t size = 1; size <= kMax; ++size) {
    const Hash root = *RootOf(tree, size);
    for (uint64_t index = 0; index < size; ++index) {
      const std::vector<Hash> proof = *InclusionProof(tree, index, size);
      EXPECT_TRUE(VerifyInclusion(tree.leaf(index), index, size, proof, root)) << index << " of " << size;
      for (uint64_t other = 0; other < size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(VerifyInclusion(tree.leaf(other), index, size, proof, root));
      }
      for (const std::vector<Hash>& bad : Damaged(proof)) EXPECT_FALSE(VerifyInclusion(tree.leaf(index), index, size, bad, root));
    }
    EXPECT_FALSE(VerifyInclusion(tree.leaf(0), size, size, {}, root));
  }
}

TEST(Merkle, ConsistencyIsProvedBetweenAllSizesAndForNoOtherTree) {
  constexpr uint64_t kMax = 40;
  Memory tree(kMax);
  for (uint64_t size = 0; size <= kMax; ++size) {
    const Hash root = *RootOf(tree, size);
    for (uint64_t old = 0; old <= size; ++old) {
      const Hash old_root = *RootOf(tree, old);
      const std::vector<Hash> proof = *ConsistencyProof(tree, old, size);
      EXPECT_TRUE(VerifyConsistency(old, old_root, size, root, proof)) << old << " to " << size;
      Hash forged = old_root;
      forged[0] ^= 1;
      EXPECT_FALSE(VerifyConsistency(old, forged, size, root, proof)) << old << " to " << size;
      for (const std::vector<Hash>& bad : Damaged(proof)) {
        EXPECT_FALSE(VerifyConsistency(old, old_root, size, root, bad)) << old << " to " << size;
      }
      if (old < size) {
        EXPECT_FALSE(VerifyConsistency(size, root, old, old_root, proof));
      }
    }
  }
}

TEST(Tile, PathsHaveOneSpelling) {
  EXPECT_EQ(PathOf({0, 1234067}), "tile/0/x001/x234/067");
  EXPECT_EQ(PathOf({1, 1234, 17}), "tile/1/x001/234.p/17");
  EXPECT_EQ(PathOf({kEntriesLevel, 0, 1}), "tile/entries/000.p/1");
  for (const TileId& tile : {TileId{0, 0}, TileId{63, 999, 255}, TileId{kEntriesLevel, 1000}, TileId{2, kMaxSize - 1, 1}}) {
    EXPECT_EQ(ParseTilePath(PathOf(tile)), tile) << PathOf(tile);
  }
  for (const char* bad : {"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
                          "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
                          "tile/0/000.p/", "tile/0/000/", "/tile/0/000", "tile/entries/../000", "tile/0/0 0",
                          "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_EQ(ParseTilePath(bad), std::nullopt) << bad;
  }
}

// The example of tlog-tiles: 70,000 entries.
TEST(Tile, WidthsAreThoseOfTheSize) {
  EXPECT_EQ(WidthOf(0, 272, 70'000), 256);
  EXPECT_EQ(WidthOf(0, 273, 70'000), 112);
  EXPECT_EQ(WidthOf(0, 274, 70'000), 0);
  EXPECT_EQ(WidthOf(1, 1, 70'000), 17);
  EXPECT_EQ(WidthOf(2, 0, 70'000), 1);
  EXPECT_EQ(WidthOf(3, 0, 70'000), 0);
  EXPECT_EQ(NewTiles(0, 256), (std::vector<TileId>{{kEntriesLevel, 0}, {0, 0}, {1, 0, 1}}));
  EXPECT_EQ(NewTiles(255, 257), (std::vector<TileId>{{kEntriesLevel, 0}, {kEntriesLevel, 1, 1}, {0, 0}, {0, 1, 1}, {1, 0, 1}}));
  EXPECT_EQ(NewTiles(5, 5), std::vector<TileId>());
}

TEST(Tile, ABundleIsItsEntriesExactly) {
  const std::vector<std::string> entries = {"entry 0", "", std::string(kMaxEntryBytes, 'x')};
  std::string bundle;
  for (const std::string& entry : entries) AppendToBundle(entry, &bundle);
  EXPECT_EQ(bundle.substr(0, 9), std::string("\0\7entry 0", 9));
  const auto parsed = ParseBundle(bundle, 3);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::vector<std::string>(parsed->begin(), parsed->end()), entries);
  EXPECT_EQ(ParseBundle(bundle, 2), std::nullopt);
  EXPECT_EQ(ParseBundle(bundle, 4), std::nullopt);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(ParseBundle(bundle.substr(0, i), 3), std::nullopt);
}

TEST(Tile, ItsSubtreesAreThoseOfTheTree) {
  Memory tree(256);
  std::string tile;
  for (size_t i = 0; i < 256; ++i) tile += AsBytes(tree.leaf(i));
  EXPECT_EQ(SubtreeOfTile(tile, 0, kTileHeight), *RootOf(tree, 256));
  EXPECT_EQ(SubtreeOfTile(tile, 8, 2), *tree.Of(2, 2));
  EXPECT_EQ(SubtreeOfTile(tile, 255, 0), tree.leaf(255));
}

}  // namespace
}  // namespace allod::ledger
