#include "engine/postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/postgres/connection.h"

namespace allod::engine::postgres {
namespace {

constexpr size_t kStackBytes = size_t{1} << 20;
constexpr int kRetryMilliseconds = 500;

}  // namespace

Result<std::shared_ptr<void>> Listener::Listen(std::string_view channel, Engine::Heard heard) {
  std::lock_guard lock(mutex_);
  if (!started_) {
    wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_ < 0) return Fail(sqlstate::kInsufficientResources, "engine: no more files can be opened");
    ALLOD_ASSIGN_OR_RETURN(thread_, Thread::Start("allod-listen", kStackBytes, [this] { Run(); }));
    started_ = true;
  }
  const uint64_t id = ++last_;
  entries_[id] = {std::string(channel), std::move(heard)};
  Wake();
  return std::shared_ptr<void>(nullptr, [self = weak_from_this(), id](void*) {
    const auto listener = self.lock();
    if (listener == nullptr) return;
    std::scoped_lock locks(listener->telling_, listener->mutex_);
    listener->entries_.erase(id);
  });
}

void Listener::Stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    Wake();
  }
  thread_.Join();
  if (wake_ >= 0) close(std::exchange(wake_, -1));
}

void Listener::Wake() {
  const uint64_t one = 1;
  if (wake_ >= 0) (void)!write(wake_, &one, sizeof one);
}

void Listener::Tell(std::string_view channel, std::string_view payload) {
  std::lock_guard telling(telling_);
  std::vector<Engine::Heard> who;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) {
      if (channel.empty() || entry.channel == channel) who.push_back(entry.heard);
    }
  }
  for (const Engine::Heard& heard : who) heard(payload);
}

void Listener::Run() {
  std::unique_ptr<Connection> connection;
  std::set<std::string> listened;
  bool missed = false;
  while (true) {
    std::set<std::string> wanted;
    {
      std::lock_guard lock(mutex_);
      if (stop_) return;
      for (const auto& [id, entry] : entries_) wanted.insert(entry.channel);
    }
    if (connection == nullptr) {
      listened.clear();
      auto opened = Connection::Open(options_, false);
      if (opened.ok()) connection = *std::move(opened);
    }
    if (connection != nullptr && wanted != listened) {
      std::string script;
      for (const std::string& channel : wanted) {
        std::string quoted;
        for (const char c : channel) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        if (!listened.contains(channel)) script += "LISTEN \"" + quoted + "\";";
      }
      if (script.empty() || connection->Script(script).ok()) {
        listened.insert(wanted.begin(), wanted.end());
        // What was said while nobody listened is lost.
        if (std::exchange(missed, false)) Tell("", "");
      } else {
        connection.reset();
      }
    }
    pollfd ready[2] = {{wake_, POLLIN, 0}, {connection == nullptr ? -1 : connection->socket(), POLLIN, 0}};
    poll(ready, 2, connection == nullptr ? kRetryMilliseconds : -1);
    uint64_t count = 0;
    (void)!read(wake_, &count, sizeof count);
    if (connection == nullptr) continue;
    const bool there = connection->StillThere([this](std::string_view channel, std::string_view payload) { Tell(channel, payload); });
    if (!there) {
      log::Warning("listener_lost");
      connection.reset();
      missed = true;
    }
  }
}

}  // namespace allod::engine::postgres
