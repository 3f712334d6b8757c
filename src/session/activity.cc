#include "session/activity.h"

#include <algorithm>
#include <utility>

namespace allod::session {

Activity::Activity(std::string user, std::string application, int64_t now_us) {
  now_.user = std::move(user);
  now_.application = std::move(application);
  now_.session_start = now_.state_change = now_us;
}

void Activity::Attach(int32_t process) {
  std::lock_guard lock(mutex_);
  now_.process = process;
}

void Activity::UseApplication(std::string_view application) {
  std::lock_guard lock(mutex_);
  now_.application = application;
}

void Activity::Begin(std::string_view text, int64_t transaction_start_us, int64_t now_us) {
  size_t size = std::min(text.size(), kMaxText);
  // Not within a character: a byte 10xxxxxx goes on with one.
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  std::lock_guard lock(mutex_);
  now_.text.assign(text.substr(0, size));
  now_.transaction_start = transaction_start_us;
  now_.statement_start = now_us;
  if (now_.state != State::kActive) now_.state_change = now_us;
  now_.state = State::kActive;
  now_.wait = Wait::kNothing;
}

void Activity::Await(Wait wait) {
  std::lock_guard lock(mutex_);
  now_.wait = wait;
}

void Activity::Rest(State state, int64_t now_us) {
  std::lock_guard lock(mutex_);
  if (state == State::kIdle) now_.transaction_start = 0;
  if (now_.state != state) now_.state_change = now_us;
  now_.state = state;
  now_.wait = Wait::kNothing;
}

Activity::Snapshot Activity::snapshot() const {
  std::lock_guard lock(mutex_);
  return now_;
}

std::shared_ptr<Activity> Activities::Join(std::string user, std::string application, int64_t now_us) {
  auto activity = std::make_shared<Activity>(std::move(user), std::move(application), now_us);
  std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
  sessions_.push_back(activity);
  return activity;
}

std::vector<Activity::Snapshot> Activities::All() const {
  std::vector<Activity::Snapshot> all;
  std::lock_guard lock(mutex_);
  for (const auto& session : sessions_) {
    if (const std::shared_ptr<Activity> activity = session.lock()) all.push_back(activity->snapshot());
  }
  return all;
}

size_t Activities::size() const {
  std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
  return sessions_.size();
}

}  // namespace allod::session
