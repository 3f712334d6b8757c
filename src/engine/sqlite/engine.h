// The embedded engine: SQLite, one file per database, pages encrypted when there is a key.
//
// Many readers and one writer at a time, each on a connection of its own, out of a pool. Commits are written to the
// write-ahead log without waiting for the disk; one thread syncs the log for all commits that wait (durability.h), another
// copies it back into the database (checkpointer.h).
//
// Beside PATH stand PATH-wal and PATH-shm (SQLite's) and PATH.lock, which is held while the database is open; other programs
// that use SQLite find the database locked meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "engine/engine.h"

namespace allod::engine::sqlite {

struct Options {
  std::string path;
  std::string key;  // 32 raw bytes, the page key itself; empty: not encrypted. Wiped when the engine is gone.

  // Connections that read at the same time; one more is kept for the writer. Beyond them a reader waits for
  // `connection_wait`, then gets 53300.
  int max_connections = 64;
  std::chrono::milliseconds connection_wait{1000};
  // Page cache of each of the first `hot_connections`; the others, which only a burst needs, have an eighth of it.
  int cache_kib = 16 * 1024;
  int hot_connections = 4;
  int cached_statements = 256;  // per connection
  // What one connection may take for its cache, statements, and for sorting and intermediate results; beyond it the
  // statement gets 53200.
  int connection_memory_mib = 256;

  // The log is copied into the database when it holds this much, and when nothing was written for a while; beyond the
  // limit it is also cut.
  uint64_t checkpoint_bytes = 64u << 20;
  uint64_t wal_limit_bytes = 256u << 20;
  std::chrono::milliseconds checkpoint_idle{2000};

  std::string file_layer;  // name of a registered sqlite3_vfs; empty: the default (tests)
  // Called when the disk has lost data that it was given: an fsync failed. Never returns in a server (empty: log the
  // text on standard error and end the process): what is on disk now is unknown, and a second fsync would not tell.
  std::function<void(const std::string&)> fatal;
};

// Opens or creates. 55006: another process (or this one) has it open; 58030: cannot be read or written; XX001: not a
// database, or another key. Transactions, cursors and the waiters of WhenDurable must be gone before the engine is.
Result<std::unique_ptr<Engine>> Open(Options options);

// Copies the log back into the database and cuts it to nothing, waiting for the writer's turn: what was deleted is then in
// neither. False if readers still need the log. REQUIRES: an engine that Open() made.
Result<bool> Checkpoint(Engine& engine);

}  // namespace allod::engine::sqlite
