#include "engine/sqlite/durability.h"

#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace allod::engine::sqlite {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kLongestHold{1000};
constexpr std::chrono::microseconds kBetweenLooks{40};
constexpr unsigned long kTimerSlackNanoseconds = 5000;  // the usual 50 us would be as long as what is waited for

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
      wakes_.notify_one();
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
  prctl(PR_SET_TIMERSLACK, kTimerSlackNanoseconds);
  Clock::duration hold{0};  // as long as the last sync took
  std::unique_lock lock(mutex_);
  while (true) {
    wakes_.wait(lock, [&] { return stopping_ || (!broken() && needs_sync_ > durable_.load(std::memory_order_relaxed)); });
    if (broken() || needs_sync_ <= durable_.load(std::memory_order_relaxed)) return;  // stopping
    for (const auto end = Clock::now() + hold; more_() && !stopping_ && Clock::now() < end;) wakes_.wait_for(lock, kBetweenLooks);
    const CommitNumber target = written_;
    lock.unlock();
    const auto begin = Clock::now();
    const bool synced = sync_();
    hold = std::min<Clock::duration>(Clock::now() - begin, kLongestHold);
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
