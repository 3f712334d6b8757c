// One more connection, that listens (LISTEN). It belongs to no session and is made again when it is lost.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/thread.h"
#include "engine/engine.h"
#include "engine/postgres/engine.h"

namespace allod::engine::postgres {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  explicit Listener(Options options) : options_(std::move(options)) {}
  ~Listener() { Stop(); }

  // The first one starts the thread.
  Result<std::shared_ptr<void>> Listen(std::string_view channel, Engine::Heard heard);
  void Stop();

 private:
  struct Entry {
    std::string channel;
    Engine::Heard heard;
  };
  void Run();
  void Wake();
  // Tells everybody of the channel; of all if it is empty.
  void Tell(std::string_view channel, std::string_view payload);

  const Options options_;
  std::mutex mutex_;       // guards what follows
  std::mutex telling_;     // held while callbacks run: after a handle is dropped, its callback does not
  std::map<uint64_t, Entry> entries_;
  uint64_t last_ = 0;
  bool stop_ = false, started_ = false;
  int wake_ = -1;          // an eventfd
  Thread thread_;
};

}  // namespace allod::engine::postgres
