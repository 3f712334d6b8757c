// Aggregates written as a state with Change(call, +1 or -1) and a function that gives the result. Internal.
#pragma once

#include <new>

#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {

// The state of the running aggregate; made if `create`. Null: no row was seen (or no memory).
template <typename S>
S* AggregateState(sqlite3_context* c, bool create) {
  auto** slot = static_cast<S**>(sqlite3_aggregate_context(c, create ? sizeof(S*) : 0));
  if (slot == nullptr) return nullptr;
  if (*slot == nullptr && create) {
    *slot = new (std::nothrow) S();
    if (*slot == nullptr) sqlite3_result_error_nomem(c);
  }
  return *slot;
}

// Rows with a NULL argument do not count.
template <typename S, int kSign>
void AggregateStep(sqlite3_context* c, int n, sqlite3_value** v) {
  for (int i = 0; i < n; ++i) {
    if (sqlite3_value_type(v[i]) == SQLITE_NULL) return;
  }
  if (S* state = AggregateState<S>(c, true)) state->Change(Call(c, n, v), kSign);
}
template <typename S, void (*Give)(Call&, const S&)>
void AggregateValue(sqlite3_context* c) {
  S* state = AggregateState<S>(c, false);
  Call call(c, 0, nullptr);
  if (state != nullptr) return Give(call, *state);
  S none;
  Give(call, none);
}
template <typename S, void (*Give)(Call&, const S&)>
void AggregateFinal(sqlite3_context* c) {
  AggregateValue<S, Give>(c);
  delete AggregateState<S>(c, false);
}

template <typename S, void (*Give)(Call&, const S&)>
constexpr Aggregate MakeAggregate(const char* name, int arity) {
  return {name, arity, AggregateStep<S, 1>, AggregateFinal<S, Give>, AggregateValue<S, Give>, AggregateStep<S, -1>};
}

}  // namespace allod::engine::sqlite
