// What readers are shown while the newest commit is not yet on disk: the newest one that is.
//
// A reader may be told only what is durable. Reading the newest commit and then waiting for its sync would make every
// read that falls between a commit and its sync as slow as the disk. Instead such a read opens the snapshot of the
// newest durable commit (sqlite3_snapshot_open) and waits for nothing. When all is durable, which is most of the time,
// nothing of this is used.
#pragma once

#include <sqlite3.h>

#include <deque>
#include <memory>
#include <mutex>

#include "engine/engine.h"

namespace allod::engine::sqlite {

class DurableView {
 public:
  struct Snapshot {
    CommitNumber number = 0;
    std::shared_ptr<sqlite3_snapshot> handle;  // null: none
  };

  // The state right after commit `number`, taken under the writer's turn; owned from now on. Null: SQLite could give none;
  // readers then fall back to waiting.
  void Committed(sqlite3_snapshot* taken, CommitNumber number);
  // The newest snapshot that is durable now.
  Snapshot Newest(CommitNumber durable);

 private:
  std::mutex mutex_;
  Snapshot newest_;
  std::deque<Snapshot> waiting_;  // not yet durable, oldest first
};

}  // namespace allod::engine::sqlite
