// Set-returning functions as eponymous virtual tables: their columns, then `ordinality`, then one hidden column per
// argument. A source gives the rows; what it returns too many rows of, it makes as it goes.
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/jsonb.h"
#include "base/utf8.h"
#include "engine/sqlite/functions/body.h"
#include "engine/sqlite/functions/collect.h"
#include "engine/sqlite/functions/regex.h"
#include "sql/lateral.h"

namespace allod::engine::sqlite {
namespace {

struct Arguments {
  std::span<sqlite3_value* const> values;
  const ExecContext* context;

  size_t size() const { return values.size(); }
  bool null(size_t i) const { return sqlite3_value_type(values[i]) == SQLITE_NULL; }
  int64_t integer(size_t i) const { return sqlite3_value_int64(values[i]); }
  std::string_view bytes(size_t i) const { return Argument(values[i]).bytes; }
  const TimeZone& zone() const {
    static const auto* utc = new std::shared_ptr<const TimeZone>(TimeZone::Utc());
    return context == nullptr ? **utc : *context->format.zone;
  }
};

class Source {
 public:
  virtual ~Source() = default;
  // The next row; false at the end.
  virtual Result<bool> Next() = 0;
  virtual Datum column(int i) const = 0;
};
using SourcePtr = std::unique_ptr<Source>;

// Rows that are there.
class Rows : public Source {
 public:
  explicit Rows(std::vector<Value> values) : values_(std::move(values)) {}
  Rows(std::vector<Value> first, std::vector<Value> second) : values_(std::move(first)), second_(std::move(second)) {}
  Result<bool> Next() override { return ++at_ <= values_.size(); }
  Datum column(int i) const override { return i == 0 ? values_[at_ - 1] : second_[at_ - 1]; }

 private:
  std::vector<Value> values_, second_;
  size_t at_ = 0;
};

Status ZeroStep() { return allod::Fail(sqlstate::kInvalidParameterValue, "step size cannot equal zero"); }

// --- generate_series ---

class IntSeries : public Source {
 public:
  IntSeries(int64_t from, int64_t to, int64_t step) : next_(from), to_(to), step_(step) {}
  Result<bool> Next() override {
    if (done_ || (step_ > 0 ? next_ > to_ : next_ < to_)) return false;
    now_ = next_;
    done_ = __builtin_add_overflow(next_, step_, &next_);
    return true;
  }
  Datum column(int) const override { return Datum::Integer(now_); }

 private:
  int64_t next_, to_, step_, now_ = 0;
  bool done_ = false;
};
Result<SourcePtr> MakeIntSeries(const Arguments& a) {
  int64_t step = a.size() > 2 ? a.integer(2) : 1;
  if (step == 0) return ZeroStep();
  return SourcePtr(new IntSeries(a.integer(0), a.integer(1), step));
}

class NumericSeries : public Source {
 public:
  NumericSeries(Numeric from, Numeric to, Numeric step)
      : next_(std::move(from)), to_(std::move(to)), step_(std::move(step)) {}
  Result<bool> Next() override {
    int order = Numeric::Compare(next_, to_);
    if (step_.sign() > 0 ? order > 0 : order < 0) return false;
    text_ = next_.ToString();
    ALLOD_ASSIGN_OR_RETURN(next_, Numeric::Add(next_, step_));
    return true;
  }
  Datum column(int) const override { return Datum::Text(text_); }

 private:
  Numeric next_, to_, step_;
  std::string text_;
};
Result<SourcePtr> MakeNumericSeries(const Arguments& a) {
  constexpr const char* kNames[] = {"start value", "stop value", "step size"};
  std::vector<Numeric> v;
  for (size_t i = 0; i < a.size(); ++i) {
    v.push_back(Numeric::FromStored(a.bytes(i)));
    if (!v.back().is_finite()) {
      return allod::Fail(sqlstate::kInvalidParameterValue,
                         std::string(kNames[i]) + " cannot be " + (v.back().is_nan() ? "NaN" : "infinity"));
    }
  }
  if (v.size() < 3) v.push_back(Numeric::FromInt64(1));
  if (v[2].sign() == 0) return ZeroStep();
  return SourcePtr(new NumericSeries(v[0], v[1], v[2]));
}

class TimeSeries : public Source {
 public:
  // `zone`: of timestamptz; null for timestamp.
  TimeSeries(int64_t from, int64_t to, const Interval& step, bool forward, const TimeZone* zone)
      : next_(from), to_(to), step_(step), forward_(forward), zone_(zone) {}
  Result<bool> Next() override {
    if (forward_ ? next_ > to_ : next_ < to_) return false;
    now_ = next_;
    ALLOD_ASSIGN_OR_RETURN(next_, zone_ != nullptr ? AddToTimestamptz(next_, step_, *zone_)
                                                   : AddToTimestamp(next_, step_));
    return true;
  }
  Datum column(int) const override { return Datum::Integer(now_); }

 private:
  int64_t next_, to_, now_ = 0;
  Interval step_;
  bool forward_;
  const TimeZone* zone_;
};
template <bool kZone>
Result<SourcePtr> MakeTimeSeries(const Arguments& a) {
  Interval step;
  Interval::FromStored(a.bytes(2), &step);
  int sign = CompareIntervals(step, Interval{});
  if (sign == 0) return ZeroStep();
  return SourcePtr(new TimeSeries(a.integer(0), a.integer(1), step, sign > 0, kZone ? &a.zone() : nullptr));
}

// --- arrays ---

Result<SourcePtr> MakeUnnest(const Arguments& a) {
  ALLOD_ASSIGN_OR_RETURN(Row row, ArrayElements(static_cast<Oid>(a.integer(1)), a.bytes(0)));
  return SourcePtr(new Rows(std::move(row)));
}
// Side by side; those that end early, or are NULL, go on with NULLs.
class Columns : public Source {
 public:
  explicit Columns(std::vector<Row> columns) : columns_(std::move(columns)) {
    for (const Row& column : columns_) rows_ = std::max(rows_, column.size());
  }
  Result<bool> Next() override { return ++at_ <= rows_; }
  Datum column(int i) const override {
    const size_t c = static_cast<size_t>(i);
    if (c >= columns_.size() || at_ > columns_[c].size()) return Datum();
    return columns_[c][at_ - 1];
  }

 private:
  std::vector<Row> columns_;
  size_t rows_ = 0, at_ = 0;
};
Result<SourcePtr> MakeUnnestSeveral(const Arguments& a) {  // (type, array)*
  std::vector<Row> columns;
  for (size_t i = 0; i + 1 < a.size(); i += 2) {
    columns.emplace_back();
    if (a.null(i + 1)) continue;
    const TypeInfo* type = FindType(static_cast<Oid>(a.integer(i)));
    ALLOD_ASSIGN_OR_RETURN(columns.back(),
                           ArrayElements(type == nullptr ? oid::kText : type->element, a.bytes(i + 1)));
  }
  return SourcePtr(new Columns(std::move(columns)));
}
Result<SourcePtr> MakeSubscripts(const Arguments& a) {  // (type, array, dimension, reverse)
  const TypeInfo* type = FindType(static_cast<Oid>(a.integer(0)));
  ALLOD_ASSIGN_OR_RETURN(Row row, ArrayElements(type == nullptr ? oid::kText : type->element, a.bytes(1)));
  int64_t n = a.integer(2) == 1 ? static_cast<int64_t>(row.size()) : 0;
  if (n == 0) return SourcePtr(new Rows({}));
  bool reverse = a.size() > 3 && a.integer(3) != 0;
  // An int2vector or oidvector counts from 0.
  const int64_t first = a.integer(0) == oid::kInt2Vector || a.integer(0) == oid::kOidVector ? 0 : 1;
  const int64_t last = first + n - 1;
  return SourcePtr(reverse ? new IntSeries(last, first, -1) : new IntSeries(first, last, 1));
}

// Rows of allod_collect.
class Collected : public Source {
 public:
  explicit Collected(std::string rows) : rows_(std::move(rows)), left_(rows_) {}
  Result<bool> Next() override { return TakeCollectedRow(&left_, &row_); }
  Datum column(int i) const override { return static_cast<size_t>(i) < row_.size() ? row_[i] : Datum(); }

 private:
  std::string rows_;
  std::string_view left_;
  std::vector<Datum> row_;
};

// --- json ---

// json and jsonb differ only in what they say when they refuse.
template <bool kJsonb, bool kText>
Result<SourcePtr> MakeElements(const Arguments& a) {
  JsonView view(a.bytes(0));
  if (view.kind() != JsonKind::kArray) {
    bool object = view.kind() == JsonKind::kObject;
    std::string function = kText ? "json_array_elements_text" : "json_array_elements";
    return allod::Fail(sqlstate::kInvalidParameterValue,
                       kJsonb ? std::string("cannot extract elements from ") + (object ? "an object" : "a scalar")
                              : "cannot call " + function + " on " + (object ? "a non-array" : "a scalar"));
  }
  std::vector<Value> values;
  view.ForEachElement([&](JsonView element) {
    if (kText && element.kind() == JsonKind::kNull) values.push_back(Value::Null());
    else values.push_back(Value::Text(kText ? element.AsText() : std::string(element.text())));
    return true;
  });
  return SourcePtr(new Rows(std::move(values)));
}
template <bool kJsonb, bool kText>
Result<SourcePtr> MakeEach(const Arguments& a) {
  JsonView view(a.bytes(0));
  if (view.kind() != JsonKind::kObject) {
    bool array = view.kind() == JsonKind::kArray;
    return allod::Fail(sqlstate::kInvalidParameterValue,
                       kJsonb ? std::string("cannot call jsonb_each") + (kText ? "_text" : "") + " on a non-object"
                              : std::string("cannot deconstruct ") + (array ? "an array as an object" : "a scalar"));
  }
  std::vector<Value> keys, values;
  view.ForEachMember([&](const std::string& key, JsonView value) {
    keys.push_back(Value::Text(key));
    if (kText && value.kind() == JsonKind::kNull) values.push_back(Value::Null());
    else values.push_back(Value::Text(kText ? value.AsText() : std::string(value.text())));
    return true;
  });
  return SourcePtr(new Rows(std::move(keys), std::move(values)));
}
template <bool kJsonb>
Result<SourcePtr> MakeKeys(const Arguments& a) {
  JsonView view(a.bytes(0));
  if (view.kind() != JsonKind::kObject) {
    return allod::Fail(sqlstate::kInvalidParameterValue,
                       std::string("cannot call ") + (kJsonb ? "jsonb" : "json") + "_object_keys on " +
                           (view.kind() == JsonKind::kArray ? "an array" : "a scalar"));
  }
  std::vector<Value> keys;
  view.ForEachMember([&](const std::string& key, JsonView) {
    keys.push_back(Value::Text(key));
    return true;
  });
  return SourcePtr(new Rows(std::move(keys)));
}

// --- text ---

// `refuses_global`: the function that has no use for "g".
Result<std::shared_ptr<const Regex>> PatternOf(const Arguments& a, RegexFlags* flags,
                                               const char* refuses_global = nullptr) {
  if (a.size() > 2) {
    ALLOD_ASSIGN_OR_RETURN(*flags, RegexFlags::Parse(a.bytes(2)));
  }
  if (flags->global && refuses_global != nullptr) {
    return allod::Fail(sqlstate::kInvalidParameterValue,
                       std::string(refuses_global) + " does not support the \"global\" option");
  }
  return Regex::Get(a.bytes(1), *flags);
}
Result<SourcePtr> MakeSplit(const Arguments& a) {
  RegexFlags flags;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const Regex> regex,
                         PatternOf(a, &flags, "regexp_split_to_table()"));
  ALLOD_ASSIGN_OR_RETURN(std::vector<Value> parts, RegexSplit(*regex, a.bytes(0)));
  return SourcePtr(new Rows(std::move(parts)));
}
Result<SourcePtr> MakeMatches(const Arguments& a) {
  RegexFlags flags;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const Regex> regex, PatternOf(a, &flags));
  ALLOD_ASSIGN_OR_RETURN(std::vector<Value> matches, RegexMatches(*regex, a.bytes(0), flags.global));
  return SourcePtr(new Rows(std::move(matches)));
}
Result<SourcePtr> MakeStringTable(const Arguments& a) {
  std::vector<Value> parts;
  if (a.null(0)) return SourcePtr(new Rows({}));
  std::string_view text = a.bytes(0);
  auto add = [&](std::string_view part) {
    bool null = a.size() > 2 && !a.null(2) && part == a.bytes(2);
    parts.push_back(null ? Value::Null() : Value::Text(std::string(part)));
  };
  if (text.empty()) return SourcePtr(new Rows({}));
  if (a.null(1)) {
    while (!text.empty()) {
      size_t n = std::min(std::max<size_t>(Utf8CharLength(text), 1), text.size());
      add(text.substr(0, n));
      text.remove_prefix(n);
    }
  } else if (std::string_view delimiter = a.bytes(1); delimiter.empty()) {
    add(text);
  } else {
    for (;;) {
      size_t at = text.find(delimiter);
      add(text.substr(0, at));
      if (at == std::string_view::npos) break;
      text.remove_prefix(at + delimiter.size());
    }
  }
  return SourcePtr(new Rows(std::move(parts)));
}

// --- LATERAL ---

Result<SourcePtr> MakeLateral(const Arguments& a) { return SourcePtr(new Collected(std::string(a.bytes(0)))); }
std::string LateralColumns() {
  std::string columns = "n1";
  for (size_t i = 2; i <= sql::kMaxLateralColumns; ++i) columns += ", n" + std::to_string(i);
  return columns;
}

// --- the virtual table ---

struct Definition {
  const char* name;
  const char* columns;   // "value" or "key, value"; null: n1, n2, ...
  int column_count;
  int least_arguments, most_arguments;
  bool strict;           // a NULL argument: no rows
  Result<SourcePtr> (*make)(const Arguments&);
};
constexpr Definition kDefinitions[] = {
    {"allod_generate_series_int4", "value", 1, 2, 3, true, MakeIntSeries},
    {"allod_generate_series_int8", "value", 1, 2, 3, true, MakeIntSeries},
    {"allod_generate_series_numeric", "value", 1, 2, 3, true, MakeNumericSeries},
    {"allod_generate_series_timestamp", "value", 1, 3, 3, true, MakeTimeSeries<false>},
    {"allod_generate_series_timestamptz", "value", 1, 3, 3, true, MakeTimeSeries<true>},
    {"allod_generate_subscripts", "value", 1, 3, 4, true, MakeSubscripts},
    {"allod_unnest", "value", 1, 2, 2, true, MakeUnnest},
    {"allod_unnest_several",
     "value1, value2, value3, value4, value5, value6, value7, value8, value9, value10, value11, value12, value13, value14, "
     "value15, value16",
     16, 4, 32, false, MakeUnnestSeveral},
    {"allod_lateral", nullptr, sql::kMaxLateralColumns, 1, 1, true, MakeLateral},
    {"allod_json_array_elements", "value", 1, 1, 1, true, MakeElements<false, false>},
    {"allod_jsonb_array_elements", "value", 1, 1, 1, true, MakeElements<true, false>},
    {"allod_json_array_elements_text", "value", 1, 1, 1, true, MakeElements<false, true>},
    {"allod_jsonb_array_elements_text", "value", 1, 1, 1, true, MakeElements<true, true>},
    {"allod_json_each", "key, value", 2, 1, 1, true, MakeEach<false, false>},
    {"allod_jsonb_each", "key, value", 2, 1, 1, true, MakeEach<true, false>},
    {"allod_json_each_text", "key, value", 2, 1, 1, true, MakeEach<false, true>},
    {"allod_jsonb_each_text", "key, value", 2, 1, 1, true, MakeEach<true, true>},
    {"allod_json_object_keys", "value", 1, 1, 1, true, MakeKeys<false>},
    {"allod_jsonb_object_keys", "value", 1, 1, 1, true, MakeKeys<true>},
    {"allod_regexp_split_to_table", "value", 1, 2, 3, true, MakeSplit},
    {"allod_regexp_matches", "value", 1, 2, 3, true, MakeMatches},
    {"allod_string_to_table", "value", 1, 2, 3, false, MakeStringTable},
};

struct Registration {
  const Definition* definition;
  FunctionState* state;
};
struct FunctionTable : sqlite3_vtab {
  Registration registration;
};
struct FunctionCursor : sqlite3_vtab_cursor {
  SourcePtr source;
  int64_t row = 0;
  bool end = true;
};

constexpr double kGuessedRows = 25;  // few enough to drive a join

int FailVtab(sqlite3_vtab* vtab, Status error) {
  auto* table = static_cast<FunctionTable*>(vtab);
  sqlite3_free(vtab->zErrMsg);
  vtab->zErrMsg = sqlite3_mprintf("%s", error.error().message.c_str());
  table->registration.state->error = std::move(error);
  return SQLITE_ERROR;
}

int Connect(sqlite3* db, void* data, int, const char* const*, sqlite3_vtab** out, char**) {
  const auto& registration = *static_cast<const Registration*>(data);
  const char* columns = registration.definition->columns;
  std::string declaration = "CREATE TABLE x(" + (columns == nullptr ? LateralColumns() : columns) + ", ordinality";
  for (int i = 0; i < registration.definition->most_arguments; ++i) declaration += ", a" + std::to_string(i) + " HIDDEN";
  if (int rc = sqlite3_declare_vtab(db, (declaration + ")").c_str()); rc != SQLITE_OK) return rc;
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  auto* table = new (std::nothrow) FunctionTable();
  if (table == nullptr) return SQLITE_NOMEM;
  table->registration = registration;
  *out = table;
  return SQLITE_OK;
}
int Disconnect(sqlite3_vtab* vtab) {
  delete static_cast<FunctionTable*>(vtab);
  return SQLITE_OK;
}

// The arguments are equality constraints on the hidden columns; idxNum is how many there are.
int BestIndex(sqlite3_vtab* vtab, sqlite3_index_info* info) {
  const Definition& definition = *static_cast<FunctionTable*>(vtab)->registration.definition;
  int first = definition.column_count + 1, count = 0;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn < first || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    info->aConstraintUsage[i].argvIndex = constraint.iColumn - first + 1;
    info->aConstraintUsage[i].omit = 1;
    ++count;
  }
  if (count < definition.least_arguments) return SQLITE_CONSTRAINT;
  info->idxNum = count;
  info->estimatedCost = kGuessedRows;
  info->estimatedRows = static_cast<sqlite3_int64>(kGuessedRows);
  // Rows come in the order of ordinality.
  if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn == definition.column_count && !info->aOrderBy[0].desc) {
    info->orderByConsumed = 1;
  }
  return SQLITE_OK;
}

int OpenCursor(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = new (std::nothrow) FunctionCursor();
  return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}
int CloseCursor(sqlite3_vtab_cursor* cursor) {
  delete static_cast<FunctionCursor*>(cursor);
  return SQLITE_OK;
}
int Next(sqlite3_vtab_cursor* cursor) {
  auto* c = static_cast<FunctionCursor*>(cursor);
  Result<bool> more = c->source->Next();
  if (!more.ok()) {
    c->end = true;
    return FailVtab(cursor->pVtab, more.status());
  }
  c->end = !*more;
  ++c->row;
  return SQLITE_OK;
}
int Filter(sqlite3_vtab_cursor* cursor, int, const char*, int count, sqlite3_value** values) {
  auto* c = static_cast<FunctionCursor*>(cursor);
  const Registration& registration = static_cast<FunctionTable*>(cursor->pVtab)->registration;
  c->source.reset();
  c->row = 0;
  c->end = true;
  for (int i = 0; registration.definition->strict && i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) return SQLITE_OK;
  }
  Arguments arguments{{values, static_cast<size_t>(count)}, registration.state->context};
  Result<SourcePtr> source = registration.definition->make(arguments);
  if (!source.ok()) return FailVtab(cursor->pVtab, source.status());
  c->source = *std::move(source);
  return Next(cursor);
}
int Eof(sqlite3_vtab_cursor* cursor) { return static_cast<FunctionCursor*>(cursor)->end; }
int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* result, int i) {
  auto* c = static_cast<FunctionCursor*>(cursor);
  int columns = static_cast<FunctionTable*>(cursor->pVtab)->registration.definition->column_count;
  if (i < columns) Return(result, c->source->column(i));
  else if (i == columns) sqlite3_result_int64(result, c->row);
  return SQLITE_OK;
}
int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = static_cast<FunctionCursor*>(cursor)->row;
  return SQLITE_OK;
}

const sqlite3_module* Module() {
  static const sqlite3_module* module = [] {
    auto* m = new sqlite3_module();
    m->xConnect = Connect;  // no xCreate: only as a function, never by CREATE VIRTUAL TABLE
    m->xDisconnect = Disconnect;
    m->xBestIndex = BestIndex;
    m->xOpen = OpenCursor;
    m->xClose = CloseCursor;
    m->xFilter = Filter;
    m->xNext = Next;
    m->xEof = Eof;
    m->xColumn = Column;
    m->xRowid = RowId;
    return m;
  }();
  return module;
}

}  // namespace

Status RegisterTableFunctions(sqlite3* db, FunctionState* state) {
  for (const Definition& definition : kDefinitions) {
    if (sqlite3_create_module_v2(db, definition.name, Module(), new Registration{&definition, state},
                                 [](void* p) { delete static_cast<Registration*>(p); }) != SQLITE_OK) {
      return allod::Fail(sqlstate::kInternalError, std::string("could not register ") + definition.name);
    }
  }
  return Ok();
}

}  // namespace allod::engine::sqlite
