// Group commit: which commits are on disk, and one thread that brings them there, as many as there are by one sync.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "engine/engine.h"

namespace allod::engine::sqlite {

// A commit takes its number *before* SQLite publishes it (Begin), so whoever can see it finds a number at least as high
// in visible(), and is not answered before that number is durable. When the log holds it (or it failed and is rolled
// back) it is Written. Numbers are taken and written in order, under the writer's turn.
//
// Why one sync of the log after COMMIT with synchronous=NORMAL is enough (SQLite 3.53, wal.c):
// - A transaction is its frames in the log up to a commit frame, with a checksum that runs through all of them. Recovery
//   takes the longest prefix that checks, so commits survive in order: syncing after the last one covers those before.
// - walCheckpoint() syncs the log before it writes the first page into the database: the database never holds what
//   the log could lose.
// - The log is only started over (walRestartLog) when nBackfill has reached the last frame, and nBackfill is
//   stored only after the database itself was synced. So overwriting old frames loses nothing, synced or not.
// - walFrames() syncs the header with the new salts before it writes frames behind it, so old and new frames
//   cannot be taken for one log.
// - The log is created when the engine opens and its directory entry synced there; it is never deleted while the engine
//   runs (SQLITE_FCNTL_PERSIST_WAL, and a connection that stays).
class Durability {
 public:
  // `sync`: brings the log to disk; false if the disk refused. `fatal`: what then happens; must not return in a server.
  // If it does return (tests), nothing becomes durable any more.
  Durability(std::function<bool()> sync, std::function<void()> fatal) : sync_(std::move(sync)), fatal_(std::move(fatal)) {}
  ~Durability();  // syncs what was written, answers the waiters
  Durability(const Durability&) = delete;
  Durability& operator=(const Durability&) = delete;

  CommitNumber Begin() { return started_.fetch_add(1, std::memory_order_seq_cst) + 1; }
  // `changed`: false if the log holds nothing new of this commit, so there is nothing to sync for it.
  void Written(CommitNumber number, bool changed);

  CommitNumber durable() const { return durable_.load(std::memory_order_acquire); }
  CommitNumber visible() const { return started_.load(std::memory_order_seq_cst); }
  bool IsDurable(CommitNumber number) const { return durable_.load(std::memory_order_acquire) >= number; }
  void WhenDurable(CommitNumber number, std::function<void()> done);
  // The disk is at work, or is about to be.
  bool syncing() const { return needs_sync_.load(std::memory_order_relaxed) > durable_.load(std::memory_order_relaxed); }
  // The disk has lost something: no commit is acknowledged any more.
  bool broken() const { return broken_.load(std::memory_order_relaxed); }
  void Break();

  uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }

 private:
  void SyncLoop();

  const std::function<bool()> sync_;
  const std::function<void()> fatal_;
  std::atomic<CommitNumber> started_{0}, durable_{0};
  std::atomic<uint64_t> syncs_{0};
  std::atomic<bool> broken_{false};

  std::mutex mutex_;
  std::condition_variable wakes_;
  CommitNumber written_ = 0;        // the log holds everything up to here
  std::atomic<CommitNumber> needs_sync_{0};  // the highest written number that changed something
  bool stopping_ = false;
  bool idle_ = false;               // the thread waits for something to do
  std::multimap<CommitNumber, std::function<void()>> waiters_;
  std::thread thread_;
};

}  // namespace allod::engine::sqlite
