// The line of those who want one of a limited number of turns (to write, to use a connection): first come, first served,
// each with a limit to its patience.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace allod::engine {

// Thread-safe. A Turn keeps the queue alive, so it may be dropped after the engine is gone.
class TurnQueue : public std::enable_shared_from_this<TurnQueue> {
 public:
  // `turns`: how many are out at a time. `late`: what those are answered whose patience ends.
  static std::shared_ptr<TurnQueue> Create(int turns, Status late);
  ~TurnQueue();
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;

  // As Engine::RequestTurn. Callbacks run without the queue's lock, on the thread that let the turn go, asked for it,
  // withdrew the request, or noticed the timeout; never one inside another on the same thread.
  uint64_t Request(std::chrono::milliseconds timeout, Engine::Granted granted, bool brief = false);
  // Called by whoever lets a turn go, which is still held then. `in_line`: how many wait for it, the next one included; 0 if that is not
  // brief, and as much as nobody. What it gives back is called when the turn has been passed on. Null: nothing; a call that is
  // under way ends first. For one turn.
  using BeforePassing = std::function<std::vector<std::function<void()>>(size_t in_line)>;
  void SetBeforePassing(BeforePassing before);
  void Withdraw(uint64_t request);
  // Answers everybody who waits with 57P01, and ends the timer's thread. What is asked for later is refused.
  void Close();

  bool Holds(const Turn& turn) const { return turn.token_.get() == this; }
  uint64_t waiting() const;
  uint64_t taken() const;  // turns that somebody has

 private:
  struct Waiter {
    uint64_t id;
    std::chrono::steady_clock::time_point deadline;  // max(): none
    Engine::Granted granted;
    bool brief;
  };

  TurnQueue(int turns, Status late) : turns_(turns), late_(std::move(late)) {}
  Turn MakeTurn(bool brief);
  void PassOn();    // the turn's deleter
  void WatchTime();  // the timer's thread; only runs once somebody with a deadline had to wait

  std::mutex before_mutex_;  // taken before mutex_
  BeforePassing before_passing_;
  mutable std::mutex mutex_;
  std::list<Waiter> waiters_;
  uint64_t last_id_ = 0;
  const int turns_;
  const Status late_;
  int taken_ = 0;
  bool closed_ = false;
  std::condition_variable timer_wakes_;
  std::thread timer_;
};

}  // namespace allod::engine
