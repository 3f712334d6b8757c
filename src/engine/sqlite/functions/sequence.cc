// nextval() and its kin: the session keeps sequences (base/exec_context.h). pg_sleep().
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

bool Ready(Call& call) {
  if (call.context() != nullptr) return true;
  call.Fail(sqlstate::kInternalError, "a sequence was used outside a statement");
  return false;
}
Oid Sequence(const Call& call) { return static_cast<Oid>(call.integer(0)); }

void NextVal(Call& call) { if (Ready(call)) call.Give(call.context()->NextValue(Sequence(call))); }
void CurrVal(Call& call) { if (Ready(call)) call.Give(call.context()->CurrentValue(Sequence(call))); }
void LastVal(Call& call) { if (Ready(call)) call.Give(call.context()->LastValue()); }
void SetVal(Call& call) {
  if (!Ready(call)) return;
  bool is_called = call.size() < 3 || call.boolean(2);
  call.Give(call.context()->SetValue(Sequence(call), call.integer(1), is_called));
}

// In short naps, so that a cancel request is heard.
void Sleep(Call& call) {
  using Clock = std::chrono::steady_clock;
  constexpr double kLongest = 86400.0 * 365;
  constexpr auto kNap = std::chrono::milliseconds(10);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(std::clamp(call.real(0), 0.0, kLongest)));
  sqlite3* db = sqlite3_context_db_handle(call.raw());
  while (Clock::now() < end) {
    if (sqlite3_is_interrupted(db)) return sqlite3_result_error_code(call.raw(), SQLITE_INTERRUPT);
    std::this_thread::sleep_for(std::min<Clock::duration>(kNap, end - Clock::now()));
  }
  call.Text("");  // void
}
int64_t ProcessStart() {
  static const int64_t start = NowMicroseconds();
  return start;
}
void StartTime(Call& call) { call.Integer(ProcessStart()); }

constexpr Scalar kScalars[] = {
    {"pg_nextval", 1, Strict<NextVal>, false},
    {"pg_currval", 1, Strict<CurrVal>, false},
    {"pg_lastval", 0, Strict<LastVal>, false},
    {"pg_sleep", 1, Strict<Sleep>, false},
    {"pg_start_time", 0, Strict<StartTime>},
    {"pg_setval", 2, Strict<SetVal>, false},
    {"pg_setval", 3, Strict<SetVal>, false},
};

}  // namespace

std::span<const Scalar> SequenceScalars() {
  // The server has begun when its first connection is made ready.
  [[maybe_unused]] static const int64_t begun = ProcessStart();
  return kScalars;
}

}  // namespace allod::engine::sqlite
