// Who is connected to a database and what they are doing: the rows of pg_stat_activity. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace allod::session {

// One session. Its own thread writes, any thread reads.
class Activity {
 public:
  enum class State : uint8_t { kIdle, kActive, kIdleInTransaction, kIdleInFailedTransaction };
  enum class Wait : uint8_t { kNothing, kTurn, kAdvisoryLock };
  static constexpr size_t kMaxText = 1023;  // as PostgreSQL's track_activity_query_size
  // Times are microseconds since 1970; 0: none.
  struct Snapshot {
    int32_t process = 0;
    std::string user, application;
    int64_t session_start = 0, transaction_start = 0, statement_start = 0, state_change = 0;
    State state = State::kIdle;
    Wait wait = Wait::kNothing;
    std::string text;  // of the running statement, or of the last; its first kMaxText bytes
  };

  Activity(std::string user, std::string application, int64_t now_us);
  void Attach(int32_t process);
  void UseApplication(std::string_view application);
  void Begin(std::string_view text, int64_t transaction_start_us, int64_t now_us);
  void Await(Wait wait);
  // The statement is over.
  void Rest(State state, int64_t now_us);
  Snapshot snapshot() const;

 private:
  mutable std::mutex mutex_;
  Snapshot now_;
};

class Activities {
 public:
  std::shared_ptr<Activity> Join(std::string user, std::string application, int64_t now_us);
  // In the order in which they came.
  std::vector<Activity::Snapshot> All() const;
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  mutable std::list<std::weak_ptr<Activity>> sessions_;
};

}  // namespace allod::session
