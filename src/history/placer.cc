#include "history/placer.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "history/statements.h"

namespace allod::history {

namespace {

using namespace std::chrono_literals;

constexpr size_t kStackBytes = 1 << 20;
constexpr auto kBetweenLooks = 100ms;
constexpr int kIdleLooks = 5;         // so many looks without a change: nothing is being written
constexpr auto kTurnTimeout = 60s;
// After a failure, as of a full disk, it is tried again later and later.
constexpr std::chrono::milliseconds kFirstPause = 1s, kLongestPause = 60s;

}  // namespace

Result<std::unique_ptr<Placer>> Placer::Start(engine::Engine& engine, std::shared_ptr<const Store> store) {
  std::unique_ptr<Placer> placer(new Placer(engine, std::move(store)));
  ALLOD_ASSIGN_OR_RETURN(placer->thread_, Thread::Start("allod-place", kStackBytes, [self = placer.get()] { self->Loop(); }));
  return placer;
}

Placer::~Placer() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    wakes_.notify_one();
  }
  thread_ = Thread();  // joins
}

void Placer::Loop() {
  const Places& places = store_->places();
  size_t before = 0;
  int unchanged = 0;
  std::chrono::milliseconds pause = kBetweenLooks;
  std::unique_lock lock(mutex_);
  // It looks rather than being told: writers are not held up for it.
  while (!wakes_.wait_for(lock, pause, [&] { return ending_; })) {
    const size_t waiting = places.size();
    unchanged = waiting == before ? unchanged + 1 : 0;
    before = waiting;
    if (waiting == 0 || (waiting < Places::kMany && unchanged < kIdleLooks)) continue;
    lock.unlock();
    if (Status placed = Place(); placed.ok()) {
      pause = kBetweenLooks;
    } else {
      pause = std::clamp(pause * 2, kFirstPause, kLongestPause);
      log::Warning("history_not_placed", {{"sqlstate", placed.error().sqlstate}, {"what", placed.error().message}});
    }
    lock.lock();
  }
}

Status Placer::Place() {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(engine_, engine::Mode::kWrite, kTurnTimeout));
  ALLOD_ASSIGN_OR_RETURN(const int64_t versions, AskNumber(*transaction, "SELECT versions FROM allod_placed", {}, 0));
  ALLOD_ASSIGN_OR_RETURN(const int64_t domains, AskNumber(*transaction, "SELECT domains FROM allod_placed", {}, 0));
  Places& places = store_->places();
  ALLOD_RETURN_IF_ERROR(places.Follow(*transaction, versions, domains));
  ALLOD_RETURN_IF_ERROR(places.Place(*transaction));
  return transaction->Commit().status();
}

}  // namespace allod::history
