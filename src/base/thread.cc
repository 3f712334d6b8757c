#include "base/thread.h"

#include <cstring>
#include <memory>
#include <utility>

namespace allod {
namespace {

struct Body {
  std::string name;
  std::function<void()> run;
};

void* Enter(void* argument) {
  std::unique_ptr<Body> body(static_cast<Body*>(argument));
  pthread_setname_np(pthread_self(), body->name.substr(0, 15).c_str());
  body->run();
  return nullptr;
}

}  // namespace

Result<Thread> Thread::Start(std::string name, size_t stack_bytes, std::function<void()> body) {
  auto failed = [&](int error) {
    return Fail(sqlstate::kInsufficientResources, "could not start thread \"" + name + "\": " + std::strerror(error));
  };
  pthread_attr_t attributes;
  if (int error = pthread_attr_init(&attributes); error != 0) return failed(error);
  // glibc maps the stack without reserving it: pages are committed when touched.
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  Thread thread;
  if (error == 0) {
    auto argument = std::make_unique<Body>(Body{name, std::move(body)});
    error = pthread_create(&thread.thread_, &attributes, Enter, argument.get());
    if (error == 0) {
      thread.joinable_ = true;
      argument.release();  // Enter owns it now
    }
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) return failed(error);
  return Result<Thread>(std::move(thread));
}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    Join();
    thread_ = other.thread_;
    joinable_ = std::exchange(other.joinable_, false);
  }
  return *this;
}

void Thread::Join() {
  if (!joinable_) return;
  pthread_join(thread_, nullptr);
  joinable_ = false;
}

}  // namespace allod
