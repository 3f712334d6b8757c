#include "engine/sqlite/pool.h"

#include <utility>

namespace allod::engine::sqlite {

void Lease::Return() {
  if (connection_ != nullptr) pool_->Return(std::move(connection_));
}

Result<Lease> Pool::Read() {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !idle_.empty() || open_ < options_.max_connections; };
  if (!ready() && !returned_.wait_for(lock, options_.connection_wait, ready)) {
    return allod::Fail(sqlstate::kTooManyConnections, "too many statements are being run at once")
        .Hint("Read results to their end, or close cursors and transactions that are not used.");
  }
  if (idle_.empty()) return OpenOne(std::move(lock));
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return Lease(this, std::move(connection));
}

Result<Lease> Pool::Write() {
  {
    std::lock_guard lock(mutex_);
    if (writer_ != nullptr) return Lease(this, std::move(writer_));
  }
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(options_, options_.cache_kib));
  std::lock_guard lock(mutex_);
  writer_id_ = connection.get();
  return Lease(this, std::move(connection));
}

Result<Lease> Pool::OpenOne(std::unique_lock<std::mutex> lock) {
  const int index = open_++;
  lock.unlock();
  const int cache_kib = index < options_.hot_connections ? options_.cache_kib : options_.cache_kib / 8;
  auto connection = Connection::Open(options_, cache_kib);
  if (connection.ok()) return Lease(this, *std::move(connection));
  lock.lock();
  --open_;
  returned_.notify_one();
  return std::move(connection).status();
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> closing;
  {
    std::lock_guard lock(mutex_);
    const bool writer = connection.get() == writer_id_;
    if (connection->in_transaction()) {
      closing = std::move(connection);  // one that could not end its transaction is of no use
      if (writer) writer_id_ = nullptr; else --open_;
    } else if (writer) {
      writer_ = std::move(connection);
      return;
    } else {
      idle_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
}

uint64_t Pool::size() const {
  std::lock_guard lock(mutex_);
  return open_ + (writer_id_ != nullptr ? 1 : 0);
}

}  // namespace allod::engine::sqlite
