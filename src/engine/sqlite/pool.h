// The connections of one database, lent to whoever runs statements. Last in, first out: few clients keep few caches warm.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/sqlite/connection.h"
#include "engine/sqlite/engine.h"

namespace allod::engine::sqlite {

class Pool;

// A connection on loan. Back to the pool by the destructor; REQUIRES: all its statements are released.
class Lease {
 public:
  Lease() = default;
  Lease(Pool* pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept {
    Return();
    pool_ = other.pool_;
    connection_ = std::move(other.connection_);
    return *this;
  }
  ~Lease() { Return(); }
  void Return();

  Connection* get() const { return connection_.get(); }
  Connection* operator->() const { return connection_.get(); }
  explicit operator bool() const { return connection_ != nullptr; }

 private:
  Pool* pool_ = nullptr;
  std::unique_ptr<Connection> connection_;
};

class Pool {
 public:
  explicit Pool(const Options& options) : options_(options) {}

  // Waits at most Options::connection_wait, then 53300.
  Result<Lease> Read();
  // Never waits: there is one writer, and one connection that only writers get. Its page cache is always at the newest commit,
  // while those of readers may be at an older one that is durable.
  Result<Lease> Write();

  uint64_t size() const;

 private:
  friend class Lease;
  Result<Lease> OpenOne(std::unique_lock<std::mutex> lock);
  void Return(std::unique_ptr<Connection> connection);

  const Options& options_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // back: returned last
  int open_ = 0;                                   // readers: idle, on loan, and being opened
  std::unique_ptr<Connection> writer_;             // null: not open yet, or on loan
  const Connection* writer_id_ = nullptr;          // only compared; null: not open
};

}  // namespace allod::engine::sqlite
