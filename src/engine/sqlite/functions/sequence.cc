// nextval() and its kin: the session keeps sequences (base/exec_context.h).
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

constexpr Scalar kScalars[] = {
    {"pg_nextval", 1, Strict<NextVal>, false},
    {"pg_currval", 1, Strict<CurrVal>, false},
    {"pg_lastval", 0, Strict<LastVal>, false},
    {"pg_setval", 2, Strict<SetVal>, false},
    {"pg_setval", 3, Strict<SetVal>, false},
};

}  // namespace

std::span<const Scalar> SequenceScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
