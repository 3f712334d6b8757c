// LISTEN and NOTIFY: who listens to what in one database, and what waits for each. Thread-safe.
//
// What a transaction notifies is held back by its session and published by its commit, in the order of commits. Each
// listener has a queue with a bound; one that does not take what it is sent is told so by Overflowed(), and its connection
// must end: notifications are never lost in silence.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/engine.h"

namespace allod::session {

struct Notification {
  int32_t process = 0;  // who sent it
  std::string channel, payload;
  engine::CommitNumber commit = 0;  // nobody is told before this is durable
};

inline constexpr size_t kMaxChannelBytes = 63, kMaxPayloadBytes = 7999;
inline constexpr size_t kMaxWaitingBytes = 8u << 20;  // of one listener

// 22023 as PostgreSQL answers.
Status CheckNotification(std::string_view channel, std::string_view payload);

class Notifier {
 public:
  class Listener {
   private:
    friend class Notifier;
    std::deque<Notification> queue;
    size_t bytes = 0;
    bool overflowed = false;
    std::set<std::string> channels;
    std::function<void()> wake;
  };

  // A session's, from its first LISTEN on. `wake` is called from any thread when something waits, under a lock: it must not
  // call back; never after Remove() has returned.
  std::shared_ptr<Listener> Add(std::function<void()> wake);
  void Remove(const std::shared_ptr<Listener>& listener);
  void Listen(Listener& listener, const std::string& channel);
  void Unlisten(Listener& listener, const std::string& channel);  // "": all
  std::vector<std::string> Channels(const Listener& listener) const;
  void Publish(const std::vector<Notification>& notifications);
  // What waits, in order; the queue is empty afterwards.
  std::deque<Notification> Take(Listener& listener);
  bool Overflowed(const Listener& listener) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<Listener>> listeners_;
};

}  // namespace allod::session
