// The connections of one database, lent to whoever runs statements. The one that was opened first is lent first: few clients
// keep few caches warm, and those are the large ones, also after a burst that opened many.
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
  Lease(Pool* pool, int place, std::unique_ptr<Connection> connection)
      : pool_(pool), place_(place), connection_(std::move(connection)) {}
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept {
    Return();
    pool_ = other.pool_;
    place_ = other.place_;
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
  int place_ = 0;  // in the pool; -1: the writer's
  std::unique_ptr<Connection> connection_;
};

class Pool {
 public:
  explicit Pool(const Options& options) : options_(options), places_(static_cast<size_t>(options.max_connections)) {}

  // Waits at most Options::connection_wait, then 53300.
  Result<Lease> Read();
  // Never waits: there is one writer, and one connection that only writers get. Its page cache is always at the newest commit,
  // while those of readers may be at an older one that is durable.
  Result<Lease> Write();

  uint64_t size() const;

 private:
  friend class Lease;
  // `connection` is null if none is open here, or it is on loan.
  struct Place {
    bool taken = false;  // on loan, or being opened
    std::unique_ptr<Connection> connection;
  };
  Place* FindFree();
  void Return(int place, std::unique_ptr<Connection> connection);

  const Options& options_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Place> places_;  // the first Options::hot_connections have the large caches
  Place writer_;
};

}  // namespace allod::engine::sqlite
