// The SQL functions that make the embedded engine answer as PostgreSQL does: registered on every connection. What each
// computes is PostgreSQL's; which of them a call means was decided by the Binder (sql/functions.h).
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "base/exec_context.h"
#include "base/status.h"
#include "base/value.h"

namespace allod::engine::sqlite {

// One per connection, outlives it. `context` is that of the running statement. `error` is what a function failed with:
// the engine answers it instead of sqlite's own message.
struct FunctionState {
  ExecContext* context = nullptr;
  Status error;
};

// Collations (allod_numeric, allod_interval, allod_jsonb), scalar functions, aggregates, window functions, and the
// virtual tables of set-returning functions.
Status RegisterFunctions(sqlite3* db, FunctionState* state);

// For the bodies (functions/*.cc):
inline FunctionState& State(sqlite3_context* c) { return *static_cast<FunctionState*>(sqlite3_user_data(c)); }
void Fail(sqlite3_context* c, Status error);
Datum Argument(sqlite3_value* value);             // view; valid while the call lasts
void Return(sqlite3_context* c, const Datum& v);  // copies

}  // namespace allod::engine::sqlite
