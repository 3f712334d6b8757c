#include <string>

#include "base/jsonb.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

Status Refused(sqlite3* db, const char* name) {
  return allod::Fail(sqlstate::kInternalError, std::string("could not register ") + name + ": " + sqlite3_errmsg(db));
}

template <int (*Comparison)(std::string_view, std::string_view)>
int Collate(void*, int a_size, const void* a, int b_size, const void* b) {
  return Comparison({static_cast<const char*>(a), static_cast<size_t>(a_size)},
                    {static_cast<const char*>(b), static_cast<size_t>(b_size)});
}

Status RegisterCollations(sqlite3* db) {
  struct Collation {
    const char* name;
    int (*compare)(void*, int, const void*, int, const void*);
  };
  constexpr Collation kCollations[] = {
      {"allod_numeric", Collate<CompareStoredNumeric>},
      {"allod_interval", Collate<CompareStoredIntervals>},
      {"allod_jsonb", Collate<CompareJsonb>},
  };
  for (const Collation& collation : kCollations) {
    if (sqlite3_create_collation_v2(db, collation.name, SQLITE_UTF8, nullptr, collation.compare, nullptr) != SQLITE_OK) {
      return Refused(db, collation.name);
    }
  }
  return Ok();
}

}  // namespace

void Fail(sqlite3_context* c, Status error) {
  // The text is for the engine's own log; what the client is told is the Status.
  sqlite3_result_error(c, error.error().message.c_str(), -1);
  State(c).error = std::move(error);
}

Datum Argument(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: return Datum::Integer(sqlite3_value_int64(value));
    case SQLITE_FLOAT: return Datum::Real(sqlite3_value_double(value));
    case SQLITE_NULL: return Datum::Null();
    default: break;
  }
  const char* p = static_cast<const char*>(sqlite3_value_blob(value));
  std::string_view bytes(p == nullptr ? "" : p, static_cast<size_t>(sqlite3_value_bytes(value)));
  return sqlite3_value_type(value) == SQLITE_BLOB ? Datum::Blob(bytes) : Datum::Text(bytes);
}

void Return(sqlite3_context* c, const Datum& v) {
  switch (v.kind) {
    case Kind::kNull: sqlite3_result_null(c); break;
    case Kind::kInteger: sqlite3_result_int64(c, v.integer); break;
    case Kind::kReal: sqlite3_result_double(c, v.real); break;
    case Kind::kText: sqlite3_result_text64(c, v.bytes.data(), v.bytes.size(), SQLITE_TRANSIENT, SQLITE_UTF8); break;
    case Kind::kBlob: sqlite3_result_blob64(c, v.bytes.data(), v.bytes.size(), SQLITE_TRANSIENT); break;
  }
}

Status RegisterFunctions(sqlite3* db, FunctionState* state) {
  ALLOD_RETURN_IF_ERROR(RegisterCollations(db));
  for (std::span<const Scalar> list :
       {ArithmeticScalars(), NumericScalars(), StringScalars(), ByteaScalars(), PatternScalars(), RegexScalars(),
        DatetimeScalars(), FormattingScalars(), JsonScalars(), ArrayScalars(), CastScalars(), SequenceScalars()}) {
    for (const Scalar& scalar : list) {
      int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | (scalar.constant ? SQLITE_DETERMINISTIC : 0);
      if (sqlite3_create_function_v2(db, scalar.name, scalar.arity, flags, state, scalar.function, nullptr, nullptr,
                                     nullptr) != SQLITE_OK) {
        return Refused(db, scalar.name);
      }
    }
  }
  for (std::span<const Aggregate> list : {SumAggregates(), StatisticsAggregates(), ListAggregates()}) {
    for (const Aggregate& aggregate : list) {
      if (sqlite3_create_window_function(db, aggregate.name, aggregate.arity, SQLITE_UTF8 | SQLITE_INNOCUOUS, state,
                                         aggregate.step, aggregate.final, aggregate.value, aggregate.inverse,
                                         nullptr) != SQLITE_OK) {
        return Refused(db, aggregate.name);
      }
    }
  }
  ALLOD_RETURN_IF_ERROR(RegisterTypedAggregates(db, state));
  ALLOD_RETURN_IF_ERROR(RegisterTableFunctions(db, state));
  return RegisterIntrinsics(db, state);
}

}  // namespace allod::engine::sqlite
