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
// virtual tables of set-returning functions. Their columns, then `ordinality` (1, 2, ...):
//   value                       allod_generate_series_int4|int8|numeric|timestamp|timestamptz(from, to [, step]),
//                               allod_generate_subscripts(array_oid, array, dimension [, reverse]),
//                               allod_unnest(array, element_oid), allod_json[b]_array_elements[_text](json),
//                               allod_json[b]_object_keys(json), allod_regexp_split_to_table(text, pattern [, flags]),
//                               allod_regexp_matches(text, pattern [, flags]), allod_string_to_table(text, delimiter [, null])
//   key, value                  allod_json[b]_each[_text](json)
Status RegisterFunctions(sqlite3* db, FunctionState* state);

// What the printer of sql/ needs beyond functions that a user can name (intrinsics.cc). Called by RegisterFunctions.
Status RegisterIntrinsics(sqlite3* db, FunctionState* state);

// For the bodies (functions/*.cc):
inline FunctionState& State(sqlite3_context* c) { return *static_cast<FunctionState*>(sqlite3_user_data(c)); }
void Fail(sqlite3_context* c, Status error);
Datum Argument(sqlite3_value* value);             // view; valid while the call lasts
void Return(sqlite3_context* c, const Datum& v);  // copies

}  // namespace allod::engine::sqlite
