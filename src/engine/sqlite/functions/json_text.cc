#include "engine/sqlite/functions/json_text.h"

#include <cmath>

#include "base/format.h"
#include "base/jsonb.h"

namespace allod::engine::sqlite {

void AppendJsonText(Oid type, const Datum& datum, const FormatContext& context, std::string* out) {
  if (datum.is_null()) {
    out->append("null");
    return;
  }
  switch (type) {
    case oid::kJson:
    case oid::kJsonb: out->append(datum.bytes); return;
    case oid::kFloat4:
    case oid::kFloat8:
      if (std::isinf(datum.real)) AppendJsonString(ToText(Type{type}, datum, context), out);
      else AppendText(Type{type}, datum, context, out);
      return;
    default: break;
  }
  const TypeInfo* info = FindType(type);
  if (info == nullptr || info->category != 'A' || info->element == 0) {
    return AppendJson(Type{type}, datum, context, out);
  }
  Result<Row> elements = ArrayElements(info->element, datum.bytes);
  out->push_back('[');
  if (elements.ok()) {
    bool first = true;
    for (const Value& element : *elements) {
      if (!first) out->push_back(',');
      first = false;
      AppendJsonText(info->element, element, context, out);
    }
  }
  out->push_back(']');
}

void AppendJsonKey(Oid type, const Datum& datum, const FormatContext& context, std::string* out) {
  if (type == oid::kBool) out->append(datum.integer != 0 ? "true" : "false");
  else if (type == oid::kDate || type == oid::kTimestamp || type == oid::kTimestamptz) {
    // ISO 8601, as the value would be, without its quotes.
    std::string quoted;
    AppendJson(Type{type}, datum, context, &quoted);
    out->append(quoted.size() >= 2 ? quoted.substr(1, quoted.size() - 2) : quoted);
  } else {
    AppendText(Type{type}, datum, context, out);
  }
}

bool IsJsonKeyType(Oid type) { return type != oid::kJson && type != oid::kJsonb && !IsArray(type); }

namespace {

void Strip(JsonView view, std::string* out) {
  bool first = true;
  auto comma = [&] {
    if (!first) out->push_back(',');
    first = false;
  };
  switch (view.kind()) {
    case JsonKind::kObject:
      out->push_back('{');
      view.ForEachMember([&](const std::string& key, JsonView value) {
        if (value.kind() == JsonKind::kNull) return true;
        comma();
        AppendJsonString(key, out);
        out->push_back(':');
        Strip(value, out);
        return true;
      });
      out->push_back('}');
      return;
    case JsonKind::kArray:
      out->push_back('[');
      view.ForEachElement([&](JsonView element) {
        comma();
        Strip(element, out);
        return true;
      });
      out->push_back(']');
      return;
    case JsonKind::kString: AppendJsonString(view.AsText(), out); return;
    default: out->append(view.text());
  }
}

}  // namespace

std::string StripJsonNulls(std::string_view json) {
  std::string out;
  Strip(JsonView(json), &out);
  return out;
}

}  // namespace allod::engine::sqlite
