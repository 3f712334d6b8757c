// Values as JSON, the way to_jsonb() makes them.
#include "base/civil.h"
#include "base/format_internal.h"
#include "base/jsonb.h"
#include "base/numeric.h"

namespace allod {
namespace {

// JSON's dates are ISO 8601, with "T" between date and time.
void AppendIsoInstant(Type type, const Datum& datum, const FormatContext& context, std::string* out) {
  FormatContext iso = context;
  iso.date_style = DateStyle::kIso;
  std::string text = ToText(type, datum, iso);
  if (size_t blank = text.find(' '); blank != std::string::npos && text[blank + 1] != 'B') text[blank] = 'T';
  // ISO 8601 wants minutes in the offset.
  if (type.oid == oid::kTimestamptz && !IsInfiniteTimestamp(datum.integer)) {
    size_t sign = text.find_last_of("+-");
    size_t end = text.find(' ', sign);
    if (end == std::string::npos) end = text.size();
    if (end - sign == 3) text.insert(end, ":00");
  }
  AppendJsonString(text, out);
}

}  // namespace

void AppendJson(Type type, const Datum& datum, const FormatContext& context, std::string* out) {
  if (datum.is_null()) {
    out->append("null");
    return;
  }
  switch (type.oid) {
    case oid::kBool:
      out->append(datum.integer != 0 ? "true" : "false");
      return;
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
      AppendInteger(datum.integer, out);
      return;
    case oid::kFloat4:
    case oid::kFloat8:
    case oid::kNumeric: {
      std::string text = ToText(type, datum, context);
      // JSON has neither NaN nor infinities; jsonb writes numbers without exponents.
      if (text.find_first_not_of("-+.0123456789eE") != std::string::npos) {
        AppendJsonString(text, out);
      } else if (text.find('e') != std::string::npos) {
        Numeric::FromStored(text).AppendTo(out);
      } else {
        out->append(text);
      }
      return;
    }
    case oid::kDate:
    case oid::kTimestamp:
    case oid::kTimestamptz:
      AppendIsoInstant(type, datum, context, out);
      return;
    case oid::kJsonb:
      out->append(datum.bytes);
      return;
    case oid::kJson: {
      Result<std::string> normal = NormalizeJsonb(datum.bytes);
      out->append(normal.ok() ? *normal : "null");
      return;
    }
    default:
      break;
  }
  const TypeInfo* info = FindType(type.oid);
  if (info != nullptr && info->category == 'A' && info->element != 0) {
    Result<Row> elements = ArrayElements(info->element, datum.bytes);
    out->push_back('[');
    if (elements.ok()) {
      for (size_t i = 0; i < elements->size(); ++i) {
        if (i > 0) out->append(", ");
        AppendJson(Type{info->element}, (*elements)[i], context, out);
      }
    }
    out->push_back(']');
    return;
  }
  AppendJsonString(ToText(type, datum, context), out);
}

}  // namespace allod
