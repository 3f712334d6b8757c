// Aggregates that put their rows together: string_agg, array_agg, json_agg, json_object_agg. As window functions they
// give up rows in the order they took them.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/format.h"
#include "base/jsonb.h"
#include "engine/sqlite/functions/aggregate.h"
#include "engine/sqlite/functions/json_text.h"

namespace allod::engine::sqlite {
namespace {

// --- string_agg(value, delimiter): rows without a value do not count; the first one's delimiter is left out ---

class Pieces {
 public:
  void Add(std::string_view delimiter, std::string_view value) {
    sizes_.emplace_back(static_cast<uint32_t>(delimiter.size()), static_cast<uint32_t>(value.size()));
    text_.append(delimiter);
    text_.append(value);
  }
  void RemoveFirst() {
    if (sizes_.empty()) return;
    begin_ += sizes_.front().first + sizes_.front().second;
    sizes_.pop_front();
    if (begin_ > text_.size() / 2 && begin_ > 4096) {
      text_.erase(0, begin_);
      begin_ = 0;
    }
  }
  bool empty() const { return sizes_.empty(); }
  size_t bytes() const { return text_.size(); }
  std::string_view Text() const { return std::string_view(text_).substr(begin_ + sizes_.front().first); }

 private:
  std::string text_;
  size_t begin_ = 0;
  std::deque<std::pair<uint32_t, uint32_t>> sizes_;  // of delimiter and value
};

constexpr size_t kMaxBytes = size_t{1} << 30;  // the engine's limit for a value

void TooLong(sqlite3_context* c) {
  Fail(c, allod::Fail(sqlstate::kProgramLimitExceeded, "the result of an aggregate is longer than 1 GB"));
}

void StringStep(sqlite3_context* c, int n, sqlite3_value** v) {
  Call call(c, n, v);
  if (call.null(0)) return;
  Pieces* pieces = AggregateState<Pieces>(c, true);
  if (pieces == nullptr) return;
  pieces->Add(call.null(1) ? std::string_view() : call.bytes(1), call.bytes(0));
  if (pieces->bytes() > kMaxBytes) TooLong(c);
}
void StringInverse(sqlite3_context* c, int, sqlite3_value** v) {
  if (sqlite3_value_type(v[0]) == SQLITE_NULL) return;
  if (Pieces* pieces = AggregateState<Pieces>(c, false)) pieces->RemoveFirst();
}
template <bool kBlob>
void StringValue(sqlite3_context* c) {
  Pieces* pieces = AggregateState<Pieces>(c, false);
  if (pieces == nullptr || pieces->empty()) return;
  Call call(c, 0, nullptr);
  if (kBlob) call.Blob(pieces->Text());
  else call.Text(pieces->Text());
}
template <bool kBlob>
void StringFinal(sqlite3_context* c) {
  StringValue<kBlob>(c);
  delete AggregateState<Pieces>(c, false);
}

// --- json_object_agg(key, value), each preceded by its type ---

struct Members {
  // A NULL key is refused when the object is asked for: the engine also shows rows that lie outside of the frame.
  std::deque<std::pair<std::optional<std::string>, std::string>> list;
  size_t bytes = 0;
};
void ObjectStep(sqlite3_context* c, int n, sqlite3_value** v) {
  Call call(c, n, v);
  Members* members = AggregateState<Members>(c, true);
  if (members == nullptr) return;
  if (call.null(1)) {
    members->list.emplace_back(std::nullopt, "");
    return;
  }
  Oid type = static_cast<Oid>(call.integer(0));
  if (!IsJsonKeyType(type)) {
    return call.Fail(sqlstate::kInvalidParameterValue, "key value must be scalar, not array, composite, or json");
  }
  std::string key, value;
  AppendJsonKey(type, call.datum(1), call.format(), &key);
  AppendJsonText(static_cast<Oid>(call.integer(2)), call.datum(3), call.format(), &value);
  members->bytes += key.size() + value.size();
  members->list.emplace_back(std::move(key), std::move(value));
  if (members->bytes > kMaxBytes) TooLong(c);
}
void ObjectInverse(sqlite3_context* c, int, sqlite3_value**) {
  Members* members = AggregateState<Members>(c, false);
  if (members != nullptr && !members->list.empty()) members->list.pop_front();
}
template <bool kJsonb>
void ObjectValue(sqlite3_context* c) {
  Members* members = AggregateState<Members>(c, false);
  if (members == nullptr || members->list.empty()) return;
  Call call(c, 0, nullptr);
  for (const auto& member : members->list) {
    if (!member.first) return call.Fail(sqlstate::kInvalidParameterValue, "field name must not be null");
  }
  if (kJsonb) {
    JsonbObjectBuilder builder;
    for (const auto& [key, value] : members->list) {
      Result<std::string> normal = NormalizeJsonb(value);
      if (!normal.ok()) return call.Fail(normal.status());
      builder.Add(*key, *std::move(normal));
    }
    return call.Text(builder.Finish());
  }
  std::string out = "{ ";
  for (const auto& [key, value] : members->list) {
    if (out.size() > 2) out += ", ";
    AppendJsonString(*key, &out);
    out += " : " + value;
  }
  call.Text(out + " }");
}
template <bool kJsonb>
void ObjectFinal(sqlite3_context* c) {
  ObjectValue<kJsonb>(c);
  delete AggregateState<Members>(c, false);
}

constexpr Aggregate kAggregates[] = {
    {"pg_string_agg", 2, StringStep, StringFinal<false>, StringValue<false>, StringInverse},
    {"pg_bytea_agg", 2, StringStep, StringFinal<true>, StringValue<true>, StringInverse},
    {"pg_json_object_agg", 4, ObjectStep, ObjectFinal<false>, ObjectValue<false>, ObjectInverse},
    {"pg_jsonb_object_agg", 4, ObjectStep, ObjectFinal<true>, ObjectValue<true>, ObjectInverse},
};

// --- array_agg, json_agg, jsonb_agg: the type is in the name, and so in the user data ---

struct Typed {
  FunctionState* state;
  Oid type;
};
const Typed& TypedData(sqlite3_context* c) { return *static_cast<const Typed*>(sqlite3_user_data(c)); }
void FailTyped(sqlite3_context* c, Status error) {
  sqlite3_result_error(c, error.error().message.c_str(), -1);
  TypedData(c).state->error = std::move(error);
}
const FormatContext& TypedFormat(sqlite3_context* c) {
  static const FormatContext* plain = new FormatContext();
  ExecContext* context = TypedData(c).state->context;
  return context == nullptr ? *plain : context->format;
}

struct List {
  std::deque<Value> values;
  size_t bytes = 0;
};
void ListStep(sqlite3_context* c, int, sqlite3_value** v) {
  List* list = AggregateState<List>(c, true);
  if (list == nullptr) return;
  list->values.emplace_back(Argument(v[0]));
  list->bytes += list->values.back().bytes().size() + 1;
  if (list->bytes > kMaxBytes) {
    FailTyped(c, allod::Fail(sqlstate::kProgramLimitExceeded, "the result of an aggregate is longer than 1 GB"));
  }
}
void ListInverse(sqlite3_context* c, int, sqlite3_value**) {
  List* list = AggregateState<List>(c, false);
  if (list != nullptr && !list->values.empty()) list->values.pop_front();
}
void GiveText(sqlite3_context* c, const std::string& text) {
  sqlite3_result_text64(c, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void ArrayValue(sqlite3_context* c, const List& list) {
  Row row(list.values.begin(), list.values.end());
  GiveText(c, ArrayLiteral(TypedData(c).type, row));
}
std::string JsonList(sqlite3_context* c, const List& list) {
  Oid type = TypedData(c).type;
  std::string out = "[";
  for (const Value& value : list.values) {
    if (out.size() > 1) out += IsArray(type) ? ", \n " : ", ";
    AppendJsonText(type, value, TypedFormat(c), &out);
  }
  return out + "]";
}
void JsonValue(sqlite3_context* c, const List& list) { GiveText(c, JsonList(c, list)); }
void JsonbValue(sqlite3_context* c, const List& list) {
  Result<std::string> normal = NormalizeJsonb(JsonList(c, list));
  if (!normal.ok()) return FailTyped(c, normal.status());
  GiveText(c, *normal);
}

template <void (*Give)(sqlite3_context*, const List&)>
void ListValue(sqlite3_context* c) {
  List* list = AggregateState<List>(c, false);
  if (list != nullptr && !list->values.empty()) Give(c, *list);
}
template <void (*Give)(sqlite3_context*, const List&)>
void ListFinal(sqlite3_context* c) {
  ListValue<Give>(c);
  delete AggregateState<List>(c, false);
}

}  // namespace

std::span<const Aggregate> ListAggregates() { return kAggregates; }

Status RegisterTypedAggregates(sqlite3* db, FunctionState* state) {
  struct Kind {
    const char* prefix;
    void (*final)(sqlite3_context*);
    void (*value)(sqlite3_context*);
  };
  constexpr Kind kKinds[] = {
      {"pg_array_agg_", ListFinal<ArrayValue>, ListValue<ArrayValue>},
      {"pg_json_agg_", ListFinal<JsonValue>, ListValue<JsonValue>},
      {"pg_jsonb_agg_", ListFinal<JsonbValue>, ListValue<JsonbValue>},
  };
  for (const TypeInfo& type : AllTypes()) {
    for (const Kind& kind : kKinds) {
      std::string name = kind.prefix + std::to_string(type.oid);
      if (sqlite3_create_window_function(db, name.c_str(), 1, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                         new Typed{state, type.oid}, ListStep, kind.final, kind.value, ListInverse,
                                         [](void* p) { delete static_cast<Typed*>(p); }) != SQLITE_OK) {
        return allod::Fail(sqlstate::kInternalError, "could not register " + name);
      }
    }
  }
  return Ok();
}

}  // namespace allod::engine::sqlite
