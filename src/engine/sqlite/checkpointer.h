// Copies the write-ahead log back into the database, so that it does not grow for ever.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/sqlite/connection.h"
#include "engine/sqlite/durability.h"
#include "engine/sqlite/engine.h"
#include "engine/turns.h"

namespace allod::engine::sqlite {

// One thread, on a connection of its own. When the log has grown enough: first beside the writers (PASSIVE), which does
// most of the work and disturbs nobody but the disk; then, holding the writer's turn, what came in since, so that the
// next writer starts the log over (RESTART). A reader that still reads old frames keeps the log from starting over; it
// is waited for only briefly, and the next commit tries again. What makes this safe at a crash: durability.h.
class Checkpointer {
 public:
  Checkpointer(const Options& options, std::shared_ptr<TurnQueue> turns, Durability& durability)
      : options_(options), turns_(std::move(turns)), durability_(durability) {}
  ~Checkpointer();

  // After each commit: the log's frames. Starts the thread when there is something to do.
  void Committed(int frames);
  // Copies everything and cuts the log to nothing, now; false if readers are in the way.
  Result<bool> CheckpointNow();

  uint64_t checkpoints() const { return checkpoints_.load(std::memory_order_relaxed); }
  uint64_t wal_bytes() const { return wal_bytes_.load(std::memory_order_relaxed); }

 private:
  void Loop();
  // PASSIVE, until little is left to be copied. False: not now.
  bool CopyBesideWriters();
  // RESTART or TRUNCATE, with the turn held. True if the log will start over.
  bool UnderTurn(int mode, bool refill);
  // Fills the log that was just cut with zeros, as far as it was needed: a sync of a file that grows is twice as long as one of
  // a file that is written over. With the turn held. The log's file if that is now to be synced, else null.
  sqlite3_file* Refill();
  // SQLite's answer; counts, and notes the log's size.
  int Checkpoint(int mode, int* log_frames, int* copied_frames);

  const Options& options_;
  const std::shared_ptr<TurnQueue> turns_;
  Durability& durability_;
  std::atomic<uint64_t> checkpoints_{0}, wal_bytes_{0};
  std::atomic<uint64_t> most_bytes_{0};  // that the log held since it was cut

  std::mutex connection_mutex_;  // the thread, or CheckpointNow
  std::unique_ptr<Connection> connection_;

  std::mutex mutex_;
  std::condition_variable wakes_;
  bool stopping_ = false;
  uint64_t commits_seen_ = 0;
  std::thread thread_;
};

}  // namespace allod::engine::sqlite
