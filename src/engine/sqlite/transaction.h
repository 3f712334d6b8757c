// Transactions and cursors of the embedded engine.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "engine/sqlite/durability.h"
#include "engine/sqlite/durable_view.h"
#include "engine/sqlite/joint_commit.h"
#include "engine/sqlite/pool.h"

namespace allod::engine::sqlite {

// What transactions share with their engine.
struct Shared {
  Pool& pool;
  Durability& durability;
  DurableView& view;
  // Changes whenever definitions may have: what was looked up by name must be looked up again.
  std::atomic<uint64_t>& schema_epoch;
  // After every commit that changed something: the log's frames.
  std::function<void(int frames)> committed;
  std::atomic<uint64_t>& commits;
  JointCommit& joint;
};

// REQUIRES: for kWrite, the turn is this engine's.
Result<std::unique_ptr<Transaction>> BeginTransaction(Shared& shared, Mode mode, Turn turn);

}  // namespace allod::engine::sqlite
