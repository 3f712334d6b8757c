// Where things stand in the stored history: the versions of a row, the domain of a row, the domains in which an owner has a part.
//
// What is stored grows at its end alone: versions by their sequence, domains by their number. What finds them by a row's name, a
// pseudonym that has no order, would change a page of its own for every row that is written; so it is brought up to date thousands at a time, in the
// names' order (Place). What has come in since is found in memory, which is only a hint: it is looked up in the database, as a rollback may
// have taken it back. Numbers of places that are rolled back are found out by Follow.
//
// Every call needs the writer's turn, but for size().
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "engine/engine.h"

namespace allod::history {

// A table, and a name in it (Store::RowName).
struct RowId {
  Oid table = 0;
  std::string name;
  auto operator<=>(const RowId&) const = default;
};

class Places {
 public:
  // How much may wait for its place: between transactions; within one.
  static constexpr size_t kMany = 4096, kTooMany = 16384;

  // What the database says it has placed: the last version's sequence, the last domain. Reads what stands behind that, if it is not
  // what was known. Before anything else in a transaction, and after going back to a savepoint.
  Status Follow(engine::Transaction& transaction, int64_t versions, int64_t domains);

  struct Version {
    int64_t seq = 0, version = 0, op = 0, domain = 0;
  };
  // The newest version of the row.
  Result<std::optional<Version>> Newest(engine::Transaction& transaction, const RowId& row) const;
  // Sequences of the row's versions before that one.
  Result<std::vector<int64_t>> Before(engine::Transaction& transaction, const RowId& row, int64_t version) const;
  // 0: it has none.
  Result<int64_t> DomainOf(engine::Transaction& transaction, const RowId& row) const;
  Result<std::set<int64_t>> PartsOf(engine::Transaction& transaction, int64_t owner) const;

  // What was stored.
  void Added(const RowId& row, int64_t seq);
  void AddedDomain(const RowId& row, int64_t domain) { domains_[row].push_back(domain); }
  Status AddedPart(engine::Transaction& transaction, int64_t owner, int64_t domain);
  // Not the row's any more.
  Status RemovedDomain(engine::Transaction& transaction, int64_t domain);

  // Everything has its place, in this transaction.
  Status Place(engine::Transaction& transaction);
  // Versions that wait for theirs.
  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Hash {
    size_t operator()(const RowId& row) const { return std::hash<std::string>()(row.name) ^ row.table; }
  };
  Status Load(engine::Transaction& transaction);
  void Clear();

  int64_t placed_versions_ = -1, placed_domains_ = -1;  // -1: nothing is known yet
  // In the order in which they were added.
  std::unordered_map<RowId, std::vector<int64_t>, Hash> versions_, domains_;
  std::unordered_map<int64_t, std::vector<int64_t>> parts_;  // by owner
  std::atomic<size_t> size_{0};
};

}  // namespace allod::history
