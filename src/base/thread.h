// A thread with a stack of a chosen size. A large one (512 MB) costs only the pages that are touched: deeply nested
// statements then need no limit of their own other than a counted one.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>
#include <string>

#include "base/status.h"

namespace allod {

class Thread {
 public:
  Thread() = default;
  // `name`: at most 15 characters, as the kernel shows it. 53000 if no thread can be made.
  static Result<Thread> Start(std::string name, size_t stack_bytes, std::function<void()> body);
  Thread(Thread&& other) noexcept : thread_(other.thread_), joinable_(other.joinable_) { other.joinable_ = false; }
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { Join(); }

  void Join();  // waits; does nothing the second time
  bool joinable() const { return joinable_; }

 private:
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace allod
