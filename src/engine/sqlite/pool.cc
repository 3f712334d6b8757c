#include "engine/sqlite/pool.h"

#include <algorithm>
#include <utility>

namespace allod::engine::sqlite {

void Lease::Return() {
  if (connection_ != nullptr) pool_->Return(place_, std::move(connection_));
}

Pool::Place* Pool::FindFree() {
  const auto found = std::find_if(places_.begin(), places_.end(), [](const Place& place) { return !place.taken; });
  return found == places_.end() ? nullptr : &*found;
}

Result<Lease> Pool::Read() {
  std::unique_lock lock(mutex_);
  Place* place = FindFree();
  if (place == nullptr && !returned_.wait_for(lock, options_.connection_wait, [&] { return (place = FindFree()) != nullptr; })) {
    return allod::Fail(sqlstate::kTooManyConnections, "too many statements are being run at once")
        .Hint("Read results to their end, or close cursors and transactions that are not used.");
  }
  place->taken = true;
  const int index = static_cast<int>(place - places_.data());
  if (place->connection != nullptr) return Lease(this, index, std::move(place->connection));
  lock.unlock();
  auto connection = Connection::Open(options_, index < options_.hot_connections ? options_.cache_kib : options_.cache_kib / 8);
  if (connection.ok()) return Lease(this, index, *std::move(connection));
  Return(index, nullptr);
  return std::move(connection).status();
}

Result<Lease> Pool::Write() {
  {
    std::lock_guard lock(mutex_);
    writer_.taken = true;
    if (writer_.connection != nullptr) return Lease(this, -1, std::move(writer_.connection));
  }
  auto connection = Connection::Open(options_, options_.cache_kib);
  if (connection.ok()) return Lease(this, -1, *std::move(connection));
  Return(-1, nullptr);
  return std::move(connection).status();
}

void Pool::Return(int index, std::unique_ptr<Connection> connection) {
  if (connection != nullptr && connection->in_transaction()) connection.reset();  // could not end it: of no use
  {
    std::lock_guard lock(mutex_);
    Place& place = index < 0 ? writer_ : places_[static_cast<size_t>(index)];
    place.connection = std::move(connection);
    place.taken = false;
  }
  if (index >= 0) returned_.notify_one();
}

uint64_t Pool::size() const {
  std::lock_guard lock(mutex_);
  const auto open = [](const Place& place) { return place.taken || place.connection != nullptr; };
  return static_cast<uint64_t>(std::count_if(places_.begin(), places_.end(), open)) + (open(writer_) ? 1 : 0);
}

}  // namespace allod::engine::sqlite
