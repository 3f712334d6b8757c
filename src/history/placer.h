// Gives versions their places (history/places.h) when many wait for them, and when nothing is written for a while: a thread that takes
// the writer's turn like anybody else.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "base/thread.h"
#include "engine/engine.h"
#include "history/store.h"

namespace allod::history {

class Placer {
 public:
  // REQUIRES: the engine outlives it.
  static Result<std::unique_ptr<Placer>> Start(engine::Engine& engine, std::shared_ptr<const Store> store);
  ~Placer();
  Placer(const Placer&) = delete;
  Placer& operator=(const Placer&) = delete;

 private:
  Placer(engine::Engine& engine, std::shared_ptr<const Store> store) : engine_(engine), store_(std::move(store)) {}
  void Loop();
  Status Place();

  engine::Engine& engine_;
  const std::shared_ptr<const Store> store_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool ending_ = false;
  Thread thread_;
};

}  // namespace allod::history
