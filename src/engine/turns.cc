#include "engine/turns.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace allod::engine {
namespace {

using Clock = std::chrono::steady_clock;

// Runs a callback, unless one is running on this thread already: then it runs after that one. A callback that writes
// and lets the turn go before it returns would otherwise call the next one on top of itself, as deep as the line is long.
void Call(std::function<void()> callback) {
  thread_local std::deque<std::function<void()>>* pending = nullptr;
  if (pending != nullptr) {
    pending->push_back(std::move(callback));
    return;
  }
  std::deque<std::function<void()>> queue;
  pending = &queue;
  callback();
  callback = nullptr;
  while (!queue.empty()) {
    std::function<void()> next = std::move(queue.front());
    queue.pop_front();
    next();
  }
  pending = nullptr;
}

void Answer(Engine::Granted granted, Result<Turn> result) {
  auto shared = std::make_shared<Result<Turn>>(std::move(result));  // std::function wants to be copied
  Call([granted = std::move(granted), shared] { granted(std::move(*shared)); });
}

Status Withdrawn() { return Fail(sqlstate::kQueryCanceled, "canceling statement due to user request"); }
Status ShuttingDown() {
  return Fail(sqlstate::kAdminShutdown, "terminating connection due to administrator command");
}

}  // namespace

std::shared_ptr<TurnQueue> TurnQueue::Create(int turns, Status late) {
  return std::shared_ptr<TurnQueue>(new TurnQueue(turns, std::move(late)));
}

TurnQueue::~TurnQueue() { Close(); }

Turn TurnQueue::MakeTurn(bool brief) {
  // The token keeps the queue alive through its deleter.
  return Turn(std::shared_ptr<void>(this, [self = shared_from_this()](void*) { self->PassOn(); }), brief);
}

uint64_t TurnQueue::Request(std::chrono::milliseconds timeout, Engine::Granted granted, bool brief) {
  std::unique_lock lock(mutex_);
  const uint64_t id = ++last_id_;
  if (closed_) {
    lock.unlock();
    Answer(std::move(granted), ShuttingDown());
    return id;
  }
  if (taken_ < turns_) {
    ++taken_;
    lock.unlock();
    Answer(std::move(granted), MakeTurn(brief));
    return id;
  }
  const bool limited = timeout.count() > 0;
  waiters_.push_back({id, limited ? Clock::now() + timeout : Clock::time_point::max(), std::move(granted), brief});
  if (limited) {
    if (!timer_.joinable()) timer_ = std::thread([self = shared_from_this()] { self->WatchTime(); });
    timer_wakes_.notify_one();
  }
  return id;
}

void TurnQueue::Withdraw(uint64_t request) {
  Engine::Granted granted;
  {
    std::lock_guard lock(mutex_);
    const auto it = std::find_if(waiters_.begin(), waiters_.end(), [&](const Waiter& w) { return w.id == request; });
    if (it == waiters_.end()) return;  // answered already
    granted = std::move(it->granted);
    waiters_.erase(it);
  }
  Answer(std::move(granted), Withdrawn());
}

void TurnQueue::SetBeforePassing(BeforePassing before) {
  std::lock_guard lock(before_mutex_);
  before_passing_ = std::move(before);
}

void TurnQueue::PassOn() {
  std::optional<Waiter> next;
  std::vector<std::function<void()>> afterwards;
  {
    std::lock_guard before_lock(before_mutex_);
    std::unique_lock lock(mutex_);
    const auto take = [&] {
      next = std::move(waiters_.front());
      waiters_.pop_front();
    };
    // One that is told of as brief cannot be withdrawn any more.
    const size_t in_line = !waiters_.empty() && waiters_.front().brief ? waiters_.size() : 0;
    if (in_line > 0) take();
    if (before_passing_ != nullptr) {
      lock.unlock();
      afterwards = before_passing_(in_line);
      lock.lock();
    }
    if (!next && !waiters_.empty()) take();
    if (!next) --taken_;
  }
  if (next) Answer(std::move(next->granted), MakeTurn(next->brief));
  for (std::function<void()>& call : afterwards) Call(std::move(call));
}

void TurnQueue::WatchTime() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    const Clock::time_point now = Clock::now();
    Clock::time_point next = Clock::time_point::max();
    std::vector<Engine::Granted> late;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      if (it->deadline <= now) {
        late.push_back(std::move(it->granted));
        it = waiters_.erase(it);
      } else {
        next = std::min(next, it->deadline);
        ++it;
      }
    }
    if (!late.empty()) {
      lock.unlock();
      for (Engine::Granted& granted : late) Answer(std::move(granted), late_);
      late.clear();
      lock.lock();
    } else if (next == Clock::time_point::max()) {
      timer_wakes_.wait(lock);
    } else {
      timer_wakes_.wait_until(lock, next);
    }
  }
}

void TurnQueue::Close() {
  std::list<Waiter> waiters;
  std::thread timer;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    waiters.swap(waiters_);
    timer.swap(timer_);
    timer_wakes_.notify_all();
  }
  // A callback on the timer's own thread may be what ends the engine.
  if (timer.joinable() && timer.get_id() == std::this_thread::get_id()) timer.detach();
  if (timer.joinable()) timer.join();
  for (Waiter& waiter : waiters) Answer(std::move(waiter.granted), ShuttingDown());
}

uint64_t TurnQueue::waiting() const {
  std::lock_guard lock(mutex_);
  return waiters_.size();
}

uint64_t TurnQueue::taken() const {
  std::lock_guard lock(mutex_);
  return static_cast<uint64_t>(taken_);
}

}  // namespace allod::engine
