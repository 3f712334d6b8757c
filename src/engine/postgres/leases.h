// The connections, and who may use them: at most so many at a time, in the order in which they asked.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/engine.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/engine.h"
#include "engine/turns.h"

namespace allod::engine::postgres {

class Leases;

// The right to one connection. It is only made when it is needed, and given back when the lease goes.
class Lease {
 public:
  Lease(std::shared_ptr<Leases> leases, Turn permit) : permit_(std::move(permit)), leases_(std::move(leases)) {}
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // The connection, idle and there. One that was lost meanwhile is replaced, unless the session had something on it: then
  // 08006, once.
  Result<Connection*> Idle();
  Connection* connection() const { return connection_.get(); }
  bool Of(const Leases* leases) const { return leases_.get() == leases; }

 private:
  // Destroyed from the last to the first: the permit is passed on when the connection is back.
  Turn permit_;
  std::shared_ptr<Leases> leases_;
  std::unique_ptr<Connection> connection_;
};

// Thread-safe. Leases keep it alive.
class Leases : public std::enable_shared_from_this<Leases> {
 public:
  static Result<std::shared_ptr<Leases>> Open(Options options);

  uint64_t Request(std::chrono::milliseconds timeout, Engine::Granted granted);
  void Withdraw(uint64_t request) { queue_->Withdraw(request); }
  void Close();
  // The lease that a turn holds; null if it is none of this engine's.
  Lease* LeaseOf(const Turn& turn) const;

  const Options& options() const { return options_; }
  uint64_t waiting() const { return queue_->waiting(); }
  uint64_t taken() const { return queue_->taken(); }
  uint64_t connections() const;

 private:
  friend class Lease;
  explicit Leases(Options options);
  Result<std::unique_ptr<Connection>> Take();
  void GiveBack(std::unique_ptr<Connection> connection);
  void Closed();  // a connection is

  const Options options_;
  const std::shared_ptr<TurnQueue> queue_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Connection>> idle_;  // the most recently used last
  uint64_t open_ = 0;
  bool closed_ = false;
};

}  // namespace allod::engine::postgres
