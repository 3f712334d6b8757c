// What the bodies of functions are written with. Internal to engine/sqlite/functions.
#pragma once

#include <sqlite3.h>

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/civil.h"
#include "base/exec_context.h"
#include "base/numeric.h"
#include "base/status.h"
#include "base/value.h"
#include "engine/sqlite/functions/functions.h"

namespace allod::engine::sqlite {

// One call of a scalar function: its arguments (in stored form) and its result, which is NULL until it is given.
class Call {
 public:
  Call(sqlite3_context* c, int n, sqlite3_value** v) : c_(c), n_(n), v_(v) {}

  int size() const { return n_; }
  bool null(int i) const { return sqlite3_value_type(v_[i]) == SQLITE_NULL; }
  int64_t integer(int i) const { return sqlite3_value_int64(v_[i]); }
  bool boolean(int i) const { return sqlite3_value_int64(v_[i]) != 0; }
  double real(int i) const { return sqlite3_value_double(v_[i]); }
  // Text or blob. (sqlite3_value_blob does not copy to add a NUL, as sqlite3_value_text may.)
  std::string_view bytes(int i) const {
    const char* p = static_cast<const char*>(sqlite3_value_blob(v_[i]));
    return {p == nullptr ? "" : p, static_cast<size_t>(sqlite3_value_bytes(v_[i]))};
  }
  Numeric numeric(int i) const { return Numeric::FromStored(bytes(i)); }
  Interval interval(int i) const {
    Interval interval;
    Interval::FromStored(bytes(i), &interval);
    return interval;
  }
  Datum datum(int i) const { return Argument(v_[i]); }
  sqlite3_value* value(int i) const { return v_[i]; }
  sqlite3_context* raw() const { return c_; }

  // Null while a statement is prepared (the engine may evaluate constants then).
  ExecContext* context() const { return State(c_).context; }
  const FormatContext& format() const {
    static const FormatContext* plain = new FormatContext();
    return context() == nullptr ? *plain : context()->format;
  }
  const TimeZone& zone() const { return *format().zone; }

  void Integer(int64_t v) { sqlite3_result_int64(c_, v); }
  void Bool(bool v) { sqlite3_result_int(c_, v ? 1 : 0); }
  void Text(std::string_view v) { sqlite3_result_text64(c_, v.data(), v.size(), SQLITE_TRANSIENT, SQLITE_UTF8); }
  void Blob(std::string_view v) { sqlite3_result_blob64(c_, v.data(), v.size(), SQLITE_TRANSIENT); }
  void Fail(Status status) { sqlite::Fail(c_, std::move(status)); }
  void Fail(std::string_view sqlstate, std::string message) { Fail(allod::Fail(sqlstate, std::move(message))); }
  // The engine has no NaN: it would make it NULL.
  void Real(double v) {
    if (std::isnan(v)) return Fail(sqlstate::kNumericValueOutOfRange, "the result is NaN, which is not supported");
    sqlite3_result_double(c_, v);
  }

  void Give(int64_t v) { Integer(v); }
  void Give(int32_t v) { Integer(v); }
  void Give(int16_t v) { Integer(v); }
  void Give(double v) { Real(v); }
  void Give(float v) { Real(v); }
  void Give(bool v) { Bool(v); }
  void Give(const std::string& v) { Text(v); }
  void Give(std::string_view v) { Text(v); }
  void Give(const Numeric& v) { Text(v.ToString()); }
  void Give(const Interval& v) { Text(v.ToStored()); }
  void Give(const Value& v) { Return(c_, v); }
  template <typename T>
  void Give(const Result<T>& v) {
    if (!v.ok()) return Fail(v.status());
    Give(*v);
  }

 private:
  sqlite3_context* c_;
  int n_;
  sqlite3_value** v_;
};

using ScalarFunction = void (*)(sqlite3_context*, int, sqlite3_value**);

// NULL if any argument is; else the body's answer.
template <void (*Body)(Call&)>
void Strict(sqlite3_context* c, int n, sqlite3_value** v) {
  for (int i = 0; i < n; ++i) {
    if (sqlite3_value_type(v[i]) == SQLITE_NULL) return;
  }
  Call call(c, n, v);
  Body(call);
}
// The body sees NULLs.
template <void (*Body)(Call&)>
void Plain(sqlite3_context* c, int n, sqlite3_value** v) {
  Call call(c, n, v);
  Body(call);
}

struct Scalar {
  const char* name;
  int arity;  // -1: any
  ScalarFunction function;
  // Not computed anew for every row where the arguments are the same. What depends only on the session (the zone, the
  // transaction's time) is constant in this sense too.
  bool constant = true;
};

struct Aggregate {
  const char* name;
  int arity;
  void (*step)(sqlite3_context*, int, sqlite3_value**);
  void (*final)(sqlite3_context*);
  void (*value)(sqlite3_context*);  // window use
  void (*inverse)(sqlite3_context*, int, sqlite3_value**);
};

// One list per file.
std::span<const Scalar> ArithmeticScalars();
std::span<const Scalar> NumericScalars();
std::span<const Scalar> StringScalars();
std::span<const Scalar> ByteaScalars();
std::span<const Scalar> PatternScalars();
std::span<const Scalar> RegexScalars();
std::span<const Scalar> DatetimeScalars();
std::span<const Scalar> FormattingScalars();
std::span<const Scalar> JsonScalars();
std::span<const Scalar> ArrayScalars();
std::span<const Scalar> CastScalars();
std::span<const Scalar> SequenceScalars();

std::span<const Aggregate> SumAggregates();
std::span<const Aggregate> StatisticsAggregates();
std::span<const Aggregate> ListAggregates();
// Those named after the type of their argument (array_agg, json_agg): one registration per type.
Status RegisterTypedAggregates(sqlite3* db, FunctionState* state);
Status RegisterTableFunctions(sqlite3* db, FunctionState* state);

}  // namespace allod::engine::sqlite
