// The tree over a log's entries: RFC 6962, section 2.1, with SHA-256. Proofs are lists of hashes, from the leaves upwards.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/sha256.h"

namespace allod::ledger {

using Hash = crypto::Sha256Hash;
using crypto::AsBytes;

Hash LeafHash(std::string_view entry);             // SHA-256(0x00 || entry)
Hash NodeHash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash EmptyRoot();                                  // SHA-256 of nothing

// Where hashes of whole subtrees come from: tiles on a disk, a server, memory.
class Subtrees {
 public:
  virtual ~Subtrees() = default;
  // Of the 2^level leaves from index * 2^level on.
  virtual Result<Hash> Of(int level, uint64_t index) = 0;
};

Result<Hash> RootOf(Subtrees& subtrees, uint64_t size);
// That entry `index` is in the tree of `size` entries. REQUIRES: index < size.
Result<std::vector<Hash>> InclusionProof(Subtrees& subtrees, uint64_t index, uint64_t size);
// That the tree of `old_size` entries is the beginning of that of `size`. REQUIRES: old_size <= size.
Result<std::vector<Hash>> ConsistencyProof(Subtrees& subtrees, uint64_t old_size, uint64_t size);

// RFC 9162, sections 2.1.3.2 and 2.1.4.2. A proof has one valid length only: all of it is used, or it is refused.
bool VerifyInclusion(const Hash& leaf, uint64_t index, uint64_t size, const std::vector<Hash>& proof, const Hash& root);
bool VerifyConsistency(uint64_t old_size, const Hash& old_root, uint64_t size, const Hash& root, const std::vector<Hash>& proof);

}  // namespace allod::ledger
