// json and jsonb: base/jsonb.h does the work.
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/jsonb.h"
#include "engine/sqlite/functions/body.h"
#include "engine/sqlite/functions/json_text.h"

namespace allod::engine::sqlite {
namespace {

// --- reading into a value ---

// What -> and ->> give: the part as it stands, or as text (where JSON's null is NULL).
template <bool kText>
void GivePart(Call& call, const JsonView& part) {
  if (!kText) return call.Text(part.text());
  if (part.kind() != JsonKind::kNull) call.Text(part.AsText());
}
template <bool kText>
void Field(Call& call) {
  JsonView part("null");
  if (JsonView(call.bytes(0)).Member(call.bytes(1), &part)) GivePart<kText>(call, part);
}
template <bool kText, bool kJsonb>
void Index(Call& call) {
  JsonView view(call.bytes(0)), part("null");
  // jsonb holds a scalar as an array of one element, and that shows.
  if (kJsonb && !view.is_container()) {
    if (call.integer(1) == 0 || call.integer(1) == -1) GivePart<kText>(call, view);
    return;
  }
  if (view.Element(call.integer(1), &part)) GivePart<kText>(call, part);
}
// A text[] as keys; none if an element is NULL.
Result<std::optional<std::vector<std::string>>> Keys(std::string_view literal) {
  ALLOD_ASSIGN_OR_RETURN(Row elements, ArrayElements(oid::kText, literal));
  std::vector<std::string> keys;
  for (const Value& element : elements) {
    if (element.is_null()) return std::optional<std::vector<std::string>>();
    keys.push_back(element.bytes());
  }
  return std::optional(std::move(keys));
}
template <bool kText>
void GivePath(Call& call, const std::vector<std::string>& path) {
  JsonView part("null");
  if (JsonView(call.bytes(0)).Path(path, &part)) GivePart<kText>(call, part);
}
template <bool kText>
void Path(Call& call) {
  auto path = Keys(call.bytes(1));
  if (!path.ok()) return call.Fail(path.status());
  if (path->has_value()) GivePath<kText>(call, **path);
}
template <bool kText>
void ExtractPath(Call& call) {
  std::vector<std::string> path;
  for (int i = 1; i < call.size(); ++i) path.emplace_back(call.bytes(i));
  GivePath<kText>(call, path);
}

void TypeOf(Call& call) { call.Text(JsonTypeName(JsonView(call.bytes(0)).kind())); }
void ArrayLength(Call& call) {
  JsonView view(call.bytes(0));
  if (view.kind() == JsonKind::kArray) return call.Integer(static_cast<int64_t>(view.size()));
  call.Fail(sqlstate::kInvalidParameterValue, view.kind() == JsonKind::kObject
                                                  ? "cannot get array length of a non-array"
                                                  : "cannot get array length of a scalar");
}

// --- jsonb's operators ---

void Contains(Call& call) { call.Bool(JsonbContains(call.bytes(0), call.bytes(1))); }
void Exists(Call& call) { call.Bool(JsonbExists(call.bytes(0), call.bytes(1))); }
template <bool kAll>
void ExistsMany(Call& call) {
  Result<Row> keys = ArrayElements(oid::kText, call.bytes(1));
  if (!keys.ok()) return call.Fail(keys.status());
  for (const Value& key : *keys) {
    if (!key.is_null() && JsonbExists(call.bytes(0), key.bytes()) != kAll) return call.Bool(!kAll);
  }
  call.Bool(kAll);
}
void Concat(Call& call) { call.Give(JsonbConcat(call.bytes(0), call.bytes(1))); }
void Delete(Call& call) { call.Give(JsonbDelete(call.bytes(0), {std::string(call.bytes(1))})); }
void DeleteKeys(Call& call) {
  Result<Row> elements = ArrayElements(oid::kText, call.bytes(1));
  if (!elements.ok()) return call.Fail(elements.status());
  std::vector<std::string> keys;
  for (const Value& element : *elements) {
    if (!element.is_null()) keys.push_back(element.bytes());
  }
  call.Give(JsonbDelete(call.bytes(0), keys));
}
void DeleteIndex(Call& call) { call.Give(JsonbDeleteIndex(call.bytes(0), call.integer(1))); }

// The path argument of a change; null after Fail.
std::optional<std::vector<std::string>> ChangePath(Call& call, int i, const char* verb) {
  if (!JsonView(call.bytes(0)).is_container()) {
    call.Fail(sqlstate::kInvalidParameterValue, std::string("cannot ") + verb + " path in scalar");
    return std::nullopt;
  }
  Result<Row> elements = ArrayElements(oid::kText, call.bytes(i));
  if (!elements.ok()) {
    call.Fail(elements.status());
    return std::nullopt;
  }
  std::vector<std::string> path;
  for (size_t k = 0; k < elements->size(); ++k) {
    if ((*elements)[k].is_null()) {
      call.Fail(sqlstate::kNullValueNotAllowed,
                "path element at position " + std::to_string(k + 1) + " is null");
      return std::nullopt;
    }
    path.push_back((*elements)[k].bytes());
  }
  return path;
}
void DeletePath(Call& call) {
  if (auto path = ChangePath(call, 1, "delete")) call.Give(JsonbDeletePath(call.bytes(0), *path));
}
void Set(Call& call) {
  bool create = call.size() < 4 || call.boolean(3);
  if (auto path = ChangePath(call, 1, "set")) call.Give(JsonbSet(call.bytes(0), *path, call.bytes(2), create));
}
void Insert(Call& call) {
  bool after = call.size() > 3 && call.boolean(3);
  if (auto path = ChangePath(call, 1, "set")) call.Give(JsonbInsert(call.bytes(0), *path, call.bytes(2), after));
}
void SetLax(Call& call) {
  if (call.null(0) || call.null(1) || (call.size() > 3 && call.null(3))) return;
  bool create = call.size() < 4 || call.boolean(3);
  if (!call.null(2) && (call.size() <= 4 || !call.null(4))) {
    if (auto path = ChangePath(call, 1, "set")) call.Give(JsonbSet(call.bytes(0), *path, call.bytes(2), create));
    return;
  }
  if (call.size() > 4 && call.null(4)) {
    return call.Fail(sqlstate::kInvalidParameterValue,
                     "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
                     "\"raise_exception\"");
  }
  std::string_view treatment = call.size() > 4 ? call.bytes(4) : "use_json_null";
  if (treatment == "raise_exception") {
    return call.Fail(allod::Fail(sqlstate::kNullValueNotAllowed, "JSON value must not be null")
                         .Detail("Exception was raised because null_value_treatment is \"raise_exception\".")
                         .Hint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL "
                               "is not passed."));
  }
  if (treatment == "return_target") return call.Text(call.bytes(0));
  bool null = treatment == "use_json_null";
  if (!null && treatment != "delete_key") {
    return call.Fail(sqlstate::kInvalidParameterValue,
                     "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
                     "\"raise_exception\"");
  }
  auto path = ChangePath(call, 1, null ? "set" : "delete");
  if (!path) return;
  if (null) return call.Give(JsonbSet(call.bytes(0), *path, "null", create));
  call.Give(JsonbDeletePath(call.bytes(0), *path));
}
void Pretty(Call& call) { call.Text(JsonbPretty(call.bytes(0))); }
void StripNulls(Call& call) { call.Text(StripJsonNulls(call.bytes(0))); }
void StripNullsJsonb(Call& call) { call.Text(JsonStripNulls(call.bytes(0))); }

// --- building ---

// Argument i of a function whose arguments come as pairs of type and value, as JSON.
Oid TypeAt(const Call& call, int i) { return static_cast<Oid>(call.integer(2 * i)); }
void AppendValue(const Call& call, int i, std::string* out) {
  AppendJsonText(TypeAt(call, i), call.datum(2 * i + 1), call.format(), out);
}
void ToJson(Call& call) {
  if (call.null(1)) return;
  std::string out;
  AppendValue(call, 0, &out);
  call.Text(out);
}
void ToJsonb(Call& call) {
  if (call.null(1)) return;
  std::string out;
  AppendValue(call, 0, &out);
  call.Give(NormalizeJsonb(out));
}

// Null after Fail.
std::optional<std::string> Key(Call& call, int i, const char* function) {
  if (call.null(2 * i + 1)) {
    bool jsonb = std::string_view(function) == "jsonb_build_object()";
    Status status = allod::Fail(sqlstate::kInvalidParameterValue,
                                jsonb ? "argument " + std::to_string(i + 1) + ": key must not be null"
                                      : "argument " + std::to_string(i + 1) + " cannot be null");
    if (!jsonb) status.error().hint = "Object keys should be text.";
    call.Fail(std::move(status));
    return std::nullopt;
  }
  Oid type = TypeAt(call, i);
  if (!IsJsonKeyType(type)) {
    call.Fail(sqlstate::kInvalidParameterValue, "key value must be scalar, not array, composite, or json");
    return std::nullopt;
  }
  std::string key;
  AppendJsonKey(type, call.datum(2 * i + 1), call.format(), &key);
  return key;
}
bool EvenArguments(Call& call, const char* function) {
  if (call.size() / 2 % 2 == 0) return true;
  call.Fail(allod::Fail(sqlstate::kInvalidParameterValue, "argument list must have even number of elements")
                .Hint("The arguments of " + std::string(function) +
                      " must consist of alternating keys and values."));
  return false;
}
void BuildObject(Call& call) {
  if (!EvenArguments(call, "json_build_object()")) return;
  std::string out = "{";
  for (int i = 0; 2 * i < call.size(); i += 2) {
    auto key = Key(call, i, "json_build_object()");
    if (!key) return;
    if (i > 0) out += ", ";
    AppendJsonString(*key, &out);
    out += " : ";
    AppendValue(call, i + 1, &out);
  }
  call.Text(out + "}");
}
void BuildObjectJsonb(Call& call) {
  if (!EvenArguments(call, "jsonb_build_object()")) return;
  JsonbObjectBuilder builder;
  for (int i = 0; 2 * i < call.size(); i += 2) {
    auto key = Key(call, i, "jsonb_build_object()");
    if (!key) return;
    std::string value;
    AppendValue(call, i + 1, &value);
    Result<std::string> normal = NormalizeJsonb(value);
    if (!normal.ok()) return call.Fail(normal.status());
    builder.Add(std::move(*key), *std::move(normal));
  }
  call.Text(builder.Finish());
}
void BuildArray(Call& call) {
  std::string out = "[";
  for (int i = 0; 2 * i < call.size(); ++i) {
    if (i > 0) out += ", ";
    AppendValue(call, i, &out);
  }
  call.Text(out + "]");
}
void BuildArrayJsonb(Call& call) {
  std::string out = "[";
  for (int i = 0; 2 * i < call.size(); ++i) {
    if (i > 0) out += ", ";
    AppendValue(call, i, &out);
  }
  call.Give(NormalizeJsonb(out + "]"));
}

// json_object(text[]) of alternating keys and values; json_object(keys, values).
template <bool kJsonb>
void ObjectOfArrays(Call& call) {
  Result<Row> first = ArrayElements(oid::kText, call.bytes(0));
  if (!first.ok()) return call.Fail(first.status());
  std::vector<std::pair<const Value*, const Value*>> members;
  Result<Row> second = Row();
  if (call.size() == 1) {
    if (first->size() % 2 != 0) {
      return call.Fail(sqlstate::kArraySubscriptError, "array must have even number of elements");
    }
    for (size_t i = 0; i < first->size(); i += 2) members.emplace_back(&(*first)[i], &(*first)[i + 1]);
  } else {
    second = ArrayElements(oid::kText, call.bytes(1));
    if (!second.ok()) return call.Fail(second.status());
    if (first->size() != second->size()) {
      bool one_is_empty = first->empty() || second->empty();
      return call.Fail(sqlstate::kArraySubscriptError,
                       one_is_empty ? "wrong number of array subscripts" : "mismatched array dimensions");
    }
    for (size_t i = 0; i < first->size(); ++i) members.emplace_back(&(*first)[i], &(*second)[i]);
  }
  std::string out = "{";
  JsonbObjectBuilder builder;
  for (const auto& [key, value] : members) {
    if (key->is_null()) return call.Fail(sqlstate::kNullValueNotAllowed, "null value not allowed for object key");
    std::string text;
    if (value->is_null()) text = "null";
    else AppendJsonString(value->bytes(), &text);
    if (kJsonb) {
      builder.Add(key->bytes(), std::move(text));
    } else {
      if (out.size() > 1) out += ", ";
      AppendJsonString(key->bytes(), &out);
      out += " : " + text;
    }
  }
  call.Text(kJsonb ? builder.Finish() : out + "}");
}

constexpr Scalar kScalars[] = {
    {"pg_json_field", 2, Strict<Field<false>>},
    {"pg_json_field_text", 2, Strict<Field<true>>},
    {"pg_json_index", 2, Strict<Index<false, false>>},
    {"pg_json_index_text", 2, Strict<Index<true, false>>},
    {"pg_jsonb_index", 2, Strict<Index<false, true>>},
    {"pg_jsonb_index_text", 2, Strict<Index<true, true>>},
    {"pg_json_path", 2, Strict<Path<false>>},
    {"pg_json_path_text", 2, Strict<Path<true>>},
    {"pg_json_extract_path", -1, Strict<ExtractPath<false>>},
    {"pg_json_extract_path_text", -1, Strict<ExtractPath<true>>},
    {"pg_json_typeof", 1, Strict<TypeOf>},
    {"pg_json_array_length", 1, Strict<ArrayLength>},
    {"pg_jsonb_contains", 2, Strict<Contains>},
    {"pg_jsonb_exists", 2, Strict<Exists>},
    {"pg_jsonb_exists_any", 2, Strict<ExistsMany<false>>},
    {"pg_jsonb_exists_all", 2, Strict<ExistsMany<true>>},
    {"pg_jsonb_concat", 2, Strict<Concat>},
    {"pg_jsonb_delete", 2, Strict<Delete>},
    {"pg_jsonb_delete_keys", 2, Strict<DeleteKeys>},
    {"pg_jsonb_delete_index", 2, Strict<DeleteIndex>},
    {"pg_jsonb_delete_path", 2, Strict<DeletePath>},
    {"pg_jsonb_set", 3, Strict<Set>},
    {"pg_jsonb_set", 4, Strict<Set>},
    {"pg_jsonb_set_lax", 3, Plain<SetLax>},
    {"pg_jsonb_set_lax", 4, Plain<SetLax>},
    {"pg_jsonb_set_lax", 5, Plain<SetLax>},
    {"pg_jsonb_insert", 3, Strict<Insert>},
    {"pg_jsonb_insert", 4, Strict<Insert>},
    {"pg_jsonb_pretty", 1, Strict<Pretty>},
    {"pg_json_strip_nulls", 1, Strict<StripNulls>},
    {"pg_jsonb_strip_nulls", 1, Strict<StripNullsJsonb>},
    {"pg_to_json", 2, Plain<ToJson>},
    {"pg_to_jsonb", 2, Plain<ToJsonb>},
    {"pg_json_build_object", -1, Plain<BuildObject>},
    {"pg_jsonb_build_object", -1, Plain<BuildObjectJsonb>},
    {"pg_json_build_array", -1, Plain<BuildArray>},
    {"pg_jsonb_build_array", -1, Plain<BuildArrayJsonb>},
    {"pg_json_object", 1, Strict<ObjectOfArrays<false>>},
    {"pg_json_object", 2, Strict<ObjectOfArrays<false>>},
    {"pg_jsonb_object", 1, Strict<ObjectOfArrays<true>>},
    {"pg_jsonb_object", 2, Strict<ObjectOfArrays<true>>},
};

}  // namespace

std::span<const Scalar> JsonScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
