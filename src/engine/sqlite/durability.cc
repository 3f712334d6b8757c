#include "engine/sqlite/durability.h"

#include <utility>
#include <vector>

namespace allod::engine::sqlite {
namespace {

// Takes those out whose number is reached.
std::vector<std::function<void()>> TakeReached(std::multimap<CommitNumber, std::function<void()>>& waiters,
                                               CommitNumber durable) {
  std::vector<std::function<void()>> reached;
  const auto end = waiters.upper_bound(durable);
  for (auto it = waiters.begin(); it != end; ++it) reached.push_back(std::move(it->second));
  waiters.erase(waiters.begin(), end);
  return reached;
}

}  // namespace

void Durability::Written(CommitNumber number, bool changed) {
  std::vector<std::function<void()>> reached;
  {
    std::lock_guard lock(mutex_);
    written_ = number;
    if (changed) needs_sync_ = number;
    if (durable_.load(std::memory_order_relaxed) >= needs_sync_ && !broken()) {
      // Nothing unsynced in the log: this number is as durable as the one before it.
      durable_.store(number, std::memory_order_release);
      reached = TakeReached(waiters_, number);
    } else {
      if (!thread_.joinable()) thread_ = std::thread([this] { SyncLoop(); });
      if (idle_) wakes_.notify_one();
    }
  }
  for (auto& done : reached) done();
}

void Durability::WhenDurable(CommitNumber number, std::function<void()> done) {
  {
    std::lock_guard lock(mutex_);
    if (!IsDurable(number)) {
      waiters_.emplace(number, std::move(done));
      return;
    }
  }
  done();
}

void Durability::Break() {
  if (!broken_.exchange(true)) fatal_();
}

void Durability::SyncLoop() {
  std::unique_lock lock(mutex_);
  while (true) {
    idle_ = true;
    wakes_.wait(lock, [&] { return stopping_ || (!broken() && needs_sync_ > durable_.load(std::memory_order_relaxed)); });
    idle_ = false;
    if (broken() || needs_sync_ <= durable_.load(std::memory_order_relaxed)) return;  // stopping
    const CommitNumber target = written_;
    lock.unlock();
    const bool synced = sync_();
    syncs_.fetch_add(1, std::memory_order_relaxed);
    if (!synced) {
      Break();
      return;
    }
    lock.lock();
    // Numbers that came in meanwhile and changed nothing have nothing to wait for.
    const CommitNumber durable = needs_sync_ <= target ? written_ : target;
    durable_.store(durable, std::memory_order_release);
    std::vector<std::function<void()>> reached = TakeReached(waiters_, durable);
    lock.unlock();
    for (auto& done : reached) done();
    reached.clear();
    lock.lock();
  }
}

Durability::~Durability() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wakes_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace allod::engine::sqlite
