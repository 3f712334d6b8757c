// A thread with a reactor of its own, and the connections that it serves: no hand-over between threads, no contention. When a
// long statement holds its thread, another joins for as long as that happens, so that the others' statements go on.
#pragma once

#include <atomic>
#include <chrono>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace allod::net {

struct Lane {
  explicit Lane(int number) : index(number), guard(context.get_executor()) {}

  // The body of each of its threads: `serve` runs handlers of the lane's context.
  template <typename Serve>
  void RunThread(Serve serve) {
    here = this;
    serve(context);
    here = nullptr;
  }

  // The lane that this thread works for; null on other threads.
  static inline thread_local Lane* here = nullptr;

  const int index;  // among the server's
  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
  std::atomic<int> connections{0};
  std::atomic<int> helpers{0};   // extra threads that run
  std::atomic<int> retiring{0};  // extra threads that are to end
  std::chrono::steady_clock::time_point needed;  // helpers were, last; the front thread's
};

}  // namespace allod::net
