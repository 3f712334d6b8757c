#include "ledger/merkle.h"

#include <bit>

namespace allod::ledger {

namespace {

constexpr std::string_view kLeaf("\0", 1), kNode("\1", 1);

// The leaves from `low` to before `high`, where low is a multiple of the power of two that high - low rounds up to: what
// RFC 6962 splits a tree into.
Result<Hash> RangeHash(Subtrees& subtrees, uint64_t low, uint64_t high) {
  const uint64_t count = high - low;
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return subtrees.Of(level, low >> level);
  }
  const uint64_t middle = low + std::bit_floor(count);
  ALLOD_ASSIGN_OR_RETURN(const Hash left, RangeHash(subtrees, low, middle));
  ALLOD_ASSIGN_OR_RETURN(const Hash right, RangeHash(subtrees, middle, high));
  return NodeHash(left, right);
}

// Where RFC 6962 splits `count` > 1 leaves: the largest power of two below it.
uint64_t SplitOf(uint64_t count) { return std::bit_floor(count - 1); }

}  // namespace

Hash LeafHash(std::string_view entry) { return crypto::Sha256({kLeaf, entry}); }
Hash NodeHash(const Hash& left, const Hash& right) { return crypto::Sha256({kNode, AsBytes(left), AsBytes(right)}); }
Hash EmptyRoot() { return crypto::Sha256({}); }

Result<Hash> RootOf(Subtrees& subtrees, uint64_t size) {
  if (size == 0) return EmptyRoot();
  return RangeHash(subtrees, 0, size);
}

Result<std::vector<Hash>> InclusionProof(Subtrees& subtrees, uint64_t index, uint64_t size) {
  std::vector<Hash> proof;
  uint64_t low = 0, high = size;
  while (high - low > 1) {
    const uint64_t middle = low + SplitOf(high - low);
    const bool left = index < middle;
    ALLOD_ASSIGN_OR_RETURN(const Hash sibling, left ? RangeHash(subtrees, middle, high) : RangeHash(subtrees, low, middle));
    proof.insert(proof.begin(), sibling);
    (left ? high : low) = middle;
  }
  return proof;
}

Result<std::vector<Hash>> ConsistencyProof(Subtrees& subtrees, uint64_t old_size, uint64_t size) {
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == size) return proof;
  uint64_t low = 0, high = size;
  bool known = true;  // the old tree's root is the hash of what is left: whoever checks has it
  while (high != old_size) {
    const uint64_t middle = low + SplitOf(high - low);
    const bool left = old_size <= middle;
    ALLOD_ASSIGN_OR_RETURN(const Hash sibling, left ? RangeHash(subtrees, middle, high) : RangeHash(subtrees, low, middle));
    proof.insert(proof.begin(), sibling);
    (left ? high : low) = middle;
    known = known && left;
  }
  if (!known) {
    ALLOD_ASSIGN_OR_RETURN(const Hash rest, RangeHash(subtrees, low, high));
    proof.insert(proof.begin(), rest);
  }
  return proof;
}

bool VerifyInclusion(const Hash& leaf, uint64_t index, uint64_t size, const std::vector<Hash>& proof, const Hash& root) {
  if (index >= size) return false;
  uint64_t node = index, last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1, last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(uint64_t old_size, const Hash& old_root, uint64_t size, const Hash& root, const std::vector<Hash>& proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == EmptyRoot();
  auto next = proof.begin();
  uint64_t node = old_size - 1, last = size - 1;
  while ((node & 1) != 0) node >>= 1, last >>= 1;
  // The old tree is a whole subtree of the new one: its root begins the way.
  if (!std::has_single_bit(old_size) && next == proof.end()) return false;
  Hash old_hash = std::has_single_bit(old_size) ? old_root : *next++;
  Hash hash = old_hash;
  for (; next != proof.end(); ++next) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      old_hash = NodeHash(*next, old_hash);
      hash = NodeHash(*next, hash);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = NodeHash(hash, *next);
    }
    node >>= 1, last >>= 1;
  }
  return last == 0 && old_hash == old_root && hash == root;
}

}  // namespace allod::ledger
