// What the printer of sql/ needs beyond functions that a user can name.
//   allod_call('name', ...)                   ExecContext::Call
//   allod_single(x)                           aggregate: the one value, NULL of none; 21000 of more
//   allod_not_null(x, 'table', 'column')      x, or 23502 with those (physical) names
//   allod_coerce(x, type, typmod, explicit)   CoerceTypmod of base/format.h
//   allod_limit(n), allod_offset(n)           n of LIMIT and OFFSET: NULL is none; 2201W, 2201X below zero
//   allod_greatest(type, ...), allod_least    of the arguments that are not NULL
//   allod_array(element_type, ...)            ARRAY[...]
//   allod_array_agg(element_type, x)          aggregate: ARRAY(SELECT x ...), '{}' of no rows
//   allod_collect(x, ...)                     aggregate: the rows as one value, see collect.h
//   allod_subscript(array, type, i)           array[i]
//   allod_slice(array, type, given, i, j)     array[i:j]; bits of `given`: 1 i, 2 j
//   allod_any(b), allod_all(b)                aggregates: op ANY, op ALL over the elements' comparisons
//   allod_like_low(p), allod_like_high(p)     between which everything lies that is LIKE the pattern
//   allod_propose(...), allod_upsert(...)     see Proposals
//   allod_current_user(), allod_session_user()
#include <map>
#include <memory>
#include <new>
#include <vector>

#include "base/format.h"
#include "engine/sqlite/functions/body.h"
#include "engine/sqlite/functions/collect.h"

namespace allod::engine::sqlite {
namespace {

void CallContext(Call& call) {
  if (call.size() < 1) return;
  if (call.context() == nullptr) {
    return call.Fail(sqlstate::kInternalError, "a session function was used outside a statement");
  }
  std::vector<Datum> arguments;
  for (int i = 1; i < call.size(); ++i) arguments.push_back(call.datum(i));
  call.Give(call.context()->Call(call.bytes(0), arguments));
}

void NotNull(Call& call) {
  if (!call.null(0)) return sqlite3_result_value(call.raw(), call.value(0));
  std::string table(call.bytes(1)), column(call.bytes(2));
  call.Fail(allod::Fail(sqlstate::kNotNullViolation, "null value in column \"" + column + "\" of relation \"" + table +
                                                         "\" violates not-null constraint")
                .Table(table)
                .Column(column));
}

void Coerce(Call& call) {
  if (call.null(0)) return;
  Type type{static_cast<Oid>(call.integer(1)), static_cast<int32_t>(call.integer(2))};
  call.Give(CoerceTypmod(type, Value(call.datum(0)), call.boolean(3)));
}

void Limit(Call& call) {
  if (call.null(0)) return call.Integer(-1);
  if (call.integer(0) < 0) return call.Fail(sqlstate::kInvalidRowCountInLimit, "LIMIT must not be negative");
  call.Integer(call.integer(0));
}
void Offset(Call& call) {
  if (call.null(0)) return call.Integer(0);
  if (call.integer(0) < 0) return call.Fail(sqlstate::kInvalidRowCountInOffset, "OFFSET must not be negative");
  call.Integer(call.integer(0));
}

template <int kSign>
void Extreme(Call& call) {
  const Oid type = static_cast<Oid>(call.integer(0));
  int best = 0;
  for (int i = 1; i < call.size(); ++i) {
    if (call.null(i)) continue;
    if (best == 0 || kSign * Compare(type, call.datum(i), call.datum(best)) > 0) best = i;
  }
  if (best != 0) sqlite3_result_value(call.raw(), call.value(best));
}

void MakeArray(Call& call) {
  std::vector<Value> elements;
  for (int i = 1; i < call.size(); ++i) elements.emplace_back(call.datum(i));
  call.Text(ArrayLiteral(static_cast<Oid>(call.integer(0)), elements));
}

// int2vector and oidvector are "1 2 3", and count from 0.
bool IsVector(Oid type) { return type == oid::kInt2Vector || type == oid::kOidVector; }

Result<Row> Elements(Oid type, std::string_view text) {
  if (!IsVector(type)) {
    const TypeInfo* info = FindType(type);
    return ArrayElements(info == nullptr ? oid::kText : info->element, text);
  }
  Row row;
  for (size_t i = 0; i < text.size();) {
    size_t end = text.find(' ', i);
    if (end == std::string_view::npos) end = text.size();
    if (end > i) row.push_back(Value::Integer(std::strtoll(std::string(text.substr(i, end - i)).c_str(), nullptr, 10)));
    i = end + 1;
  }
  return row;
}

void Subscript(Call& call) {
  if (call.null(0) || call.null(2)) return;
  const Oid type = static_cast<Oid>(call.integer(1));
  Result<Row> row = Elements(type, call.bytes(0));
  if (!row.ok()) return call.Fail(row.status());
  const int64_t index = call.integer(2) - (IsVector(type) ? 0 : 1);
  if (index < 0 || index >= static_cast<int64_t>(row->size())) return;
  call.Give((*row)[index]);
}

void Slice(Call& call) {
  const int64_t given = call.integer(2);
  if (call.null(0) || ((given & 1) != 0 && call.null(3)) || ((given & 2) != 0 && call.null(4))) return;
  const Oid type = static_cast<Oid>(call.integer(1));
  const TypeInfo* info = FindType(type);
  Result<Row> row = Elements(type, call.bytes(0));
  if (!row.ok()) return call.Fail(row.status());
  const int64_t base = IsVector(type) ? 0 : 1, size = static_cast<int64_t>(row->size());
  const int64_t from = std::max<int64_t>((given & 1) != 0 ? call.integer(3) - base : 0, 0);
  const int64_t to = std::min((given & 2) != 0 ? call.integer(4) - base : size - 1, size - 1);
  std::vector<Value> kept;
  for (int64_t i = from; i <= to; ++i) kept.push_back((*row)[i]);
  call.Text(ArrayLiteral(IsVector(type) ? (type == oid::kInt2Vector ? oid::kInt2 : oid::kOid) : info->element, kept));
}

// The text before the first wildcard, escapes undone.
std::string PatternPrefix(std::string_view pattern, bool* whole) {
  std::string prefix;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' || pattern[i] == '_') {
      *whole = false;
      return prefix;
    }
    if (pattern[i] == '\\' && ++i == pattern.size()) break;
    prefix += pattern[i];
  }
  *whole = true;
  return prefix;
}

void LikeLow(Call& call) {
  bool whole = false;
  call.Text(PatternPrefix(call.bytes(0), &whole));
}
void LikeHigh(Call& call) {
  bool whole = false;
  std::string prefix = PatternPrefix(call.bytes(0), &whole);
  // The next text after all that begin so: UTF-8 has no byte 0xff, and no text is above it.
  prefix += "\xff";
  call.Text(prefix);
}

// ON CONFLICT DO UPDATE must not change a row twice (21000), nor one that the same statement has just inserted. The
// rows of the statement are passed through allod_propose(key...); at a conflict allod_upsert(batch, condition, key...)
// knows whether an earlier row had the same key: then it is either in the table already or was changed before. `batch`:
// all rows are proposed before the first is inserted (the source reads the target).
struct Proposals {
  struct Key {
    int64_t proposed = 0, conflicts = 0;
    bool changed = false;
  };
  std::map<std::string, Key> keys;
};
constexpr int kProposalsSlot = -7301;  // auxiliary data with a negative number belongs to the whole statement

Proposals* ProposalsOf(sqlite3_context* c) {
  auto* proposals = static_cast<Proposals*>(sqlite3_get_auxdata(c, kProposalsSlot));
  if (proposals != nullptr) return proposals;
  sqlite3_set_auxdata(c, kProposalsSlot, new (std::nothrow) Proposals(),
                      [](void* p) { delete static_cast<Proposals*>(p); });
  return static_cast<Proposals*>(sqlite3_get_auxdata(c, kProposalsSlot));
}

// Empty if a part is NULL: such a key conflicts with nothing. Two keys are one where they are equal as numbers too.
std::string ProposalKey(Call& call, int from) {
  std::string key;
  for (int i = from; i < call.size(); ++i) {
    if (call.null(i)) return {};
    Datum datum = call.datum(i);
    switch (datum.kind) {
      case Kind::kInteger:
        key += "i" + std::to_string(datum.integer);
        break;
      case Kind::kReal:
        key += "r" + std::to_string(datum.real);
        break;
      default: {
        std::string text(datum.bytes);
        if (text.find('.') != std::string::npos && text.find_first_not_of("-0123456789.") == std::string::npos) {
          while (text.back() == '0') text.pop_back();
          if (text.back() == '.') text.pop_back();
        }
        while (!text.empty() && text.back() == ' ') text.pop_back();
        key += "t" + std::to_string(text.size()) + ":" + text;
      }
    }
  }
  return key;
}

void Propose(Call& call) {
  call.Integer(1);
  std::string key = ProposalKey(call, 0);
  Proposals* proposals = key.empty() ? nullptr : ProposalsOf(call.raw());
  if (proposals != nullptr) ++proposals->keys[key].proposed;
}

void Upsert(Call& call) {
  const bool batch = call.boolean(0), wanted = !call.null(1) && call.boolean(1);
  Proposals* proposals = ProposalsOf(call.raw());
  if (proposals == nullptr) return sqlite3_result_error_nomem(call.raw());
  Proposals::Key& key = proposals->keys[ProposalKey(call, 2)];
  ++key.conflicts;
  if (key.changed || (batch ? key.proposed > 1 : key.conflicts < key.proposed)) {
    Status status =
        allod::Fail(sqlstate::kCardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time");
    return call.Fail(std::move(status).Hint(
        "Ensure that no rows proposed for insertion within the same command have duplicate constrained values."));
  }
  key.changed = wanted;
  call.Bool(wanted);
}

void CurrentUser(Call& call) {
  if (call.context() != nullptr) call.Text(call.context()->user);
}
void SessionUser(Call& call) {
  if (call.context() != nullptr) call.Text(call.context()->session_user);
}

// Aggregates over pointers: the state is made by the first row.
template <typename S>
S* StateOf(sqlite3_context* c, bool create) {
  auto** slot = static_cast<S**>(sqlite3_aggregate_context(c, create ? sizeof(S*) : 0));
  if (slot == nullptr) return nullptr;
  if (*slot == nullptr && create) *slot = new (std::nothrow) S();
  if (*slot == nullptr && create) sqlite3_result_error_nomem(c);
  return *slot;
}

struct Collected {
  Oid element = 0;
  std::vector<Value> values;
};
void CollectStep(sqlite3_context* c, int, sqlite3_value** v) {
  Collected* collected = StateOf<Collected>(c, true);
  if (collected == nullptr) return;
  collected->element = static_cast<Oid>(sqlite3_value_int64(v[0]));
  collected->values.emplace_back(Argument(v[1]));
}
void CollectFinal(sqlite3_context* c) {
  std::unique_ptr<Collected> collected(StateOf<Collected>(c, false));
  Value array = Value::Text(collected == nullptr ? "{}" : ArrayLiteral(collected->element, collected->values));
  Return(c, array);
}

struct Truth {
  bool any_true = false, any_false = false, any_null = false;
};
void TruthStep(sqlite3_context* c, int, sqlite3_value** v) {
  auto* truth = static_cast<Truth*>(sqlite3_aggregate_context(c, sizeof(Truth)));
  if (truth == nullptr) return sqlite3_result_error_nomem(c);
  if (sqlite3_value_type(v[0]) == SQLITE_NULL) truth->any_null = true;
  else if (sqlite3_value_int(v[0]) != 0) truth->any_true = true;
  else truth->any_false = true;
}
template <bool kAny>
void TruthFinal(sqlite3_context* c) {
  auto* truth = static_cast<Truth*>(sqlite3_aggregate_context(c, 0));
  const bool decided = truth != nullptr && (kAny ? truth->any_true : truth->any_false);
  if (!decided && truth != nullptr && truth->any_null) return;
  sqlite3_result_int(c, kAny ? decided : !decided);
}

struct Single {
  bool seen;
  sqlite3_value* value;
};
void SingleStep(sqlite3_context* c, int, sqlite3_value** v) {
  auto* single = static_cast<Single*>(sqlite3_aggregate_context(c, sizeof(Single)));
  if (single == nullptr) return sqlite3_result_error_nomem(c);
  if (single->seen) {
    return Fail(c, allod::Fail(sqlstate::kCardinalityViolation,
                               "more than one row returned by a subquery used as an expression"));
  }
  single->seen = true;
  single->value = sqlite3_value_dup(v[0]);
}
void SingleFinal(sqlite3_context* c) {
  auto* single = static_cast<Single*>(sqlite3_aggregate_context(c, 0));
  if (single == nullptr) return;
  if (single->value != nullptr) sqlite3_result_value(c, single->value);
  sqlite3_value_free(single->value);
  single->value = nullptr;
}

}  // namespace

Status RegisterIntrinsics(sqlite3* db, FunctionState* state) {
  struct Body {
    const char* name;
    int arity, flags;
    ScalarFunction function;
  };
  constexpr Body kBodies[] = {
      {"allod_call", -1, 0, Plain<CallContext>},
      {"allod_not_null", 3, SQLITE_DETERMINISTIC, Plain<NotNull>},
      {"allod_coerce", 4, SQLITE_DETERMINISTIC, Plain<Coerce>},
      {"allod_limit", 1, SQLITE_DETERMINISTIC, Plain<Limit>},
      {"allod_offset", 1, SQLITE_DETERMINISTIC, Plain<Offset>},
      {"allod_greatest", -1, SQLITE_DETERMINISTIC, Plain<Extreme<1>>},
      {"allod_least", -1, SQLITE_DETERMINISTIC, Plain<Extreme<-1>>},
      {"allod_array", -1, SQLITE_DETERMINISTIC, Plain<MakeArray>},
      {"allod_subscript", 3, SQLITE_DETERMINISTIC, Plain<Subscript>},
      {"allod_slice", 5, SQLITE_DETERMINISTIC, Plain<Slice>},
      {"allod_like_low", 1, SQLITE_DETERMINISTIC, Strict<LikeLow>},
      {"allod_like_high", 1, SQLITE_DETERMINISTIC, Strict<LikeHigh>},
      {"allod_propose", -1, 0, Plain<Propose>},
      {"allod_upsert", -1, 0, Plain<Upsert>},
      {"allod_current_user", 0, 0, Plain<CurrentUser>},
      {"allod_session_user", 0, 0, Plain<SessionUser>},
  };
  for (const Body& body : kBodies) {
    if (sqlite3_create_function_v2(db, body.name, body.arity, SQLITE_UTF8 | SQLITE_INNOCUOUS | body.flags, state,
                                   body.function, nullptr, nullptr, nullptr) != SQLITE_OK) {
      return allod::Fail(sqlstate::kInternalError, std::string("could not register ") + body.name);
    }
  }
  struct AggregateBody {
    const char* name;
    int arity;
    void (*step)(sqlite3_context*, int, sqlite3_value**);
    void (*final)(sqlite3_context*);
  };
  constexpr AggregateBody kAggregates[] = {
      {"allod_single", 1, SingleStep, SingleFinal},
      {"allod_collect", -1, CollectRowStep, CollectRowFinal},
      {"allod_array_agg", 2, CollectStep, CollectFinal},
      {"allod_any", 1, TruthStep, TruthFinal<true>},
      {"allod_all", 1, TruthStep, TruthFinal<false>},
  };
  for (const AggregateBody& body : kAggregates) {
    if (sqlite3_create_function_v2(db, body.name, body.arity, SQLITE_UTF8 | SQLITE_INNOCUOUS, state, nullptr, body.step,
                                   body.final, nullptr) != SQLITE_OK) {
      return allod::Fail(sqlstate::kInternalError, std::string("could not register ") + body.name);
    }
  }
  return Ok();
}

}  // namespace allod::engine::sqlite
