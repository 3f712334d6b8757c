#include "session/notify.h"

namespace allod::session {

Status CheckNotification(std::string_view channel, std::string_view payload) {
  if (channel.empty()) return Fail(sqlstate::kInvalidParameterValue, "channel name cannot be empty");
  if (channel.size() > kMaxChannelBytes) return Fail(sqlstate::kInvalidParameterValue, "channel name too long");
  if (payload.size() > kMaxPayloadBytes) return Fail(sqlstate::kInvalidParameterValue, "payload string too long");
  return Ok();
}

std::shared_ptr<Notifier::Listener> Notifier::Add(std::function<void()> wake) {
  auto listener = std::make_shared<Listener>();
  listener->wake = std::move(wake);
  std::lock_guard lock(mutex_);
  listeners_.insert(listener);
  return listener;
}

void Notifier::Remove(const std::shared_ptr<Listener>& listener) {
  std::lock_guard lock(mutex_);
  listeners_.erase(listener);
  listener->wake = nullptr;
}

void Notifier::Listen(Listener& listener, const std::string& channel) {
  std::lock_guard lock(mutex_);
  listener.channels.insert(channel);
}

void Notifier::Unlisten(Listener& listener, const std::string& channel) {
  std::lock_guard lock(mutex_);
  if (channel.empty()) listener.channels.clear();
  else listener.channels.erase(channel);
}

std::vector<std::string> Notifier::Channels(const Listener& listener) const {
  std::lock_guard lock(mutex_);
  return {listener.channels.begin(), listener.channels.end()};
}

void Notifier::Publish(const std::vector<Notification>& notifications) {
  if (notifications.empty()) return;
  std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Listener>& listener : listeners_) {
    bool any = false;
    for (const Notification& notification : notifications) {
      if (listener->overflowed || !listener->channels.contains(notification.channel)) continue;
      any = true;
      listener->bytes += sizeof(Notification) + notification.channel.size() + notification.payload.size();
      if (listener->bytes > kMaxWaitingBytes) {
        listener->overflowed = true;
        listener->queue.clear();
      } else {
        listener->queue.push_back(notification);
      }
    }
    if (any && listener->wake) listener->wake();
  }
}

std::deque<Notification> Notifier::Take(Listener& listener) {
  std::lock_guard lock(mutex_);
  std::deque<Notification> taken;
  taken.swap(listener.queue);
  listener.bytes = 0;
  return taken;
}

bool Notifier::Overflowed(const Listener& listener) const {
  std::lock_guard lock(mutex_);
  return listener.overflowed;
}

}  // namespace allod::session
