// Lets a connection's coroutine wait for one event that some thread announces (the writer's turn, durability) without an
// allocation. The coroutine closes the gate, asks for the event, and waits; the announcer opens the gate.
//
// Where the announcer is a lane's thread, the coroutine goes on there when that thread has done what it is at, until it waits for
// its own socket again: the writer's turn goes from one connection to the next without another thread being woken, which took
// a quarter of the time that a short write holds the turn.
#pragma once

#include <atomic>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/lane.h"

namespace allod::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> kAwait;

class Gate {
 public:
  explicit Gate(Executor executor) : executor_(executor) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void Close() { state_.store(State::kClosed, std::memory_order_relaxed); }
  bool is_open() const { return state_.load(std::memory_order_acquire) == State::kOpen; }

  // Any thread, once for each Close(). The gate may be gone when this returns, but not before.
  void Open() {
    State before = state_.exchange(State::kOpen, std::memory_order_acq_rel);
    if (before != State::kWaited) return;
    asio::post(Lane::here != nullptr ? Lane::here->context.get_executor() : executor_, [this] {
      Handler handler = std::move(*handler_);
      handler_.reset();
      std::move(handler)();
    });
  }

  // One coroutine.
  Awaitable<void> Wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto&& handler) {
          handler_.emplace(std::move(handler));
          State expected = State::kClosed;
          if (state_.compare_exchange_strong(expected, State::kWaited, std::memory_order_acq_rel)) return;
          asio::post(executor_, [this] {
            Handler ready = std::move(*handler_);
            handler_.reset();
            std::move(ready)();
          });
        },
        kAwait);
  }

 private:
  using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
  enum class State : uint8_t { kClosed, kWaited, kOpen };
  Executor executor_;
  std::atomic<State> state_{State::kOpen};
  std::optional<Handler> handler_;
};

}  // namespace allod::net
