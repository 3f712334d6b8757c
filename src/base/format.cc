// Text form of every type, by dispatch to its family; length rules; comparison.
#include "base/format.h"

#include <cmath>

#include "base/civil.h"
#include "base/format_internal.h"
#include "base/jsonb.h"
#include "base/numeric.h"
#include "base/utf8.h"

namespace allod {
namespace {

constexpr size_t kMaxNameBytes = 63;

// A name is cut at 63 bytes, between characters.
std::string_view CutName(std::string_view text) {
  if (text.size() <= kMaxNameBytes) return text;
  size_t end = kMaxNameBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

Result<Value> ParseNumeric(std::string_view text, int32_t typmod) {
  // What needs no change is the common case: digits with at most one point, no leading zero to drop.
  if (typmod < 4 && !text.empty() && text.size() <= 100) {
    size_t i = text[0] == '-' ? 1 : 0;
    size_t point = std::string_view::npos;
    bool nonzero = false, plain = i < text.size() && text[i] >= '0' && text[i] <= '9';
    if (plain && text[i] == '0' && i + 1 < text.size() && text[i + 1] != '.') plain = false;
    for (size_t k = i; plain && k < text.size(); ++k) {
      char c = text[k];
      if (c == '.' && point == std::string_view::npos) {
        point = k;
      } else if (c < '0' || c > '9') {
        plain = false;
      } else if (c != '0') {
        nonzero = true;
      }
    }
    if (plain && point != text.size() - 1 && (nonzero || i == 0)) return Value::Text(std::string(text));
  }
  ALLOD_ASSIGN_OR_RETURN(Numeric number, Numeric::Parse(text));
  if (typmod >= 4) {
    ALLOD_ASSIGN_OR_RETURN(number, number.WithTypmod(typmod));
  }
  return Value::Text(number.ToString());
}

// "1 2 3", as int2vector and oidvector are written.
Result<Value> ParseVector(Oid element, std::string_view text) {
  std::string out;
  std::string_view rest = TrimBlanks(text);
  while (!rest.empty()) {
    size_t n = 0;
    while (n < rest.size() && !IsBlank(rest[n])) ++n;
    ALLOD_ASSIGN_OR_RETURN(Value v, ParseInteger(element, rest.substr(0, n)));
    if (!out.empty()) out += ' ';
    AppendInteger(v.integer(), &out);
    rest = TrimBlanks(rest.substr(n));
  }
  return Value::Text(std::move(out));
}

}  // namespace

Status InvalidSyntax(std::string_view type, std::string_view text) {
  return Fail(sqlstate::kInvalidTextRepresentation,
              "invalid input syntax for type " + std::string(type) + ": \"" + std::string(text) + "\"");
}

const FormatContext& StoredContext() {
  static const auto* const context = new FormatContext;
  return *context;
}

Result<Value> ParseText(Type type, std::string_view text, const FormatContext& context) {
  switch (type.oid) {
    case oid::kBool:
      return ParseBool(text);
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
    case oid::kOid:
    case oid::kXid:
    case oid::kRegproc:
    case oid::kRegclass:
    case oid::kRegtype:
    case oid::kRegnamespace:
    case oid::kRegrole:
      return ParseInteger(type.oid, text);
    case oid::kFloat4:
    case oid::kFloat8:
      return ParseFloat(type.oid, text);
    case oid::kNumeric:
      return ParseNumeric(text, type.typmod);
    case oid::kDate: {
      ALLOD_ASSIGN_OR_RETURN(int32_t v, ParseDate(text, context));
      return Value::Integer(v);
    }
    case oid::kTime: {
      ALLOD_ASSIGN_OR_RETURN(int64_t v, ParseTime(text, type.typmod, context));
      return Value::Integer(v);
    }
    case oid::kTimestamp: {
      ALLOD_ASSIGN_OR_RETURN(int64_t v, ParseTimestamp(text, type.typmod, context));
      return Value::Integer(v);
    }
    case oid::kTimestamptz: {
      ALLOD_ASSIGN_OR_RETURN(int64_t v, ParseTimestamptz(text, type.typmod, context));
      return Value::Integer(v);
    }
    case oid::kInterval: {
      ALLOD_ASSIGN_OR_RETURN(Interval v, ParseInterval(text, type.typmod, context));
      return Value::Text(v.ToStored());
    }
    case oid::kUuid:
      return ParseUuid(text);
    case oid::kBytea:
      return ParseBytea(text);
    default:
      break;
  }
  // Everything else holds text.
  ALLOD_RETURN_IF_ERROR(CheckUtf8(text));
  switch (type.oid) {
    case oid::kJson: {
      ALLOD_RETURN_IF_ERROR(ValidateJson(text));
      return Value::Text(std::string(text));
    }
    case oid::kJsonb: {
      ALLOD_ASSIGN_OR_RETURN(std::string normal, NormalizeJsonb(text));
      return Value::Text(std::move(normal));
    }
    case oid::kName:
      return Value::Text(std::string(CutName(text)));
    case oid::kChar:
      return Value::Text(std::string(text.substr(0, Utf8CharLength(text))));
    case oid::kInt2Vector:
    case oid::kOidVector:
      return ParseVector(FindType(type.oid)->element, text);
    default:
      break;
  }
  if (IsArray(type.oid)) return ParseArray(type, text, context);
  if (IsEnum(type.oid)) {
    if (context.labels == nullptr) return ParseInteger(oid::kInt8, text);
    ALLOD_ASSIGN_OR_RETURN(const int64_t position, context.labels->PositionOf(type.oid, text));
    return Value::Integer(position);
  }
  return Value::Text(std::string(text));
}

void AppendText(Type type, const Datum& datum, const FormatContext& context, std::string* out) {
  switch (type.oid) {
    case oid::kBool:
      out->push_back(datum.integer != 0 ? 't' : 'f');
      return;
    case oid::kRegproc:
    case oid::kRegclass:
    case oid::kRegtype:
    case oid::kRegnamespace:
    case oid::kRegrole:
      // Its name, where who asks has looked it up in the catalogue.
      if (!datum.bytes.empty()) {
        out->append(datum.bytes);
        return;
      }
      [[fallthrough]];
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
    case oid::kOid:
    case oid::kXid:
      AppendInteger(datum.integer, out);
      return;
    case oid::kFloat4:
    case oid::kFloat8:
      AppendFloat(type.oid, datum.real, context.extra_float_digits, out);
      return;
    case oid::kDate:
      AppendDate(static_cast<int32_t>(datum.integer), context, out);
      return;
    case oid::kTime:
      AppendTime(datum.integer, out);
      return;
    case oid::kTimestamp:
      AppendTimestamp(datum.integer, context, out);
      return;
    case oid::kTimestamptz:
      AppendTimestamptz(datum.integer, context, out);
      return;
    case oid::kInterval: {
      Interval interval;
      Interval::FromStored(datum.bytes, &interval);
      AppendInterval(interval, context.interval_style, out);
      return;
    }
    case oid::kUuid:
      AppendUuid(datum.bytes, out);
      return;
    case oid::kBytea:
      AppendBytea(datum.bytes, context.bytea_hex, out);
      return;
    case oid::kText:
    case oid::kVarchar:
    case oid::kNumeric:
    case oid::kBpchar:
    case oid::kJson:
    case oid::kJsonb:
      out->append(datum.bytes);
      return;
    default:
      break;
  }
  if (const TypeInfo* info = FindType(type.oid);
      info != nullptr && info->category == 'A' && datum.bytes.starts_with('{')) {
    AppendArray(info->element, datum.bytes, context, out);
    return;
  }
  if (context.labels != nullptr && datum.kind == Kind::kInteger && IsEnum(type.oid)) {
    if (const std::string* label = context.labels->LabelAt(type.oid, datum.integer)) {
      out->append(*label);
      return;
    }
  }
  // What the engine computed for a type without a form of its own.
  switch (datum.kind) {
    case Kind::kNull:
      return;
    case Kind::kInteger:
      AppendInteger(datum.integer, out);
      return;
    case Kind::kReal:
      AppendFloat(oid::kFloat8, datum.real, context.extra_float_digits, out);
      return;
    case Kind::kText:
    case Kind::kBlob:
      out->append(datum.bytes);
      return;
  }
}

std::string ToText(Type type, const Datum& datum, const FormatContext& context) {
  std::string out;
  AppendText(type, datum, context, &out);
  return out;
}

Result<Value> CoerceTypmod(Type type, Value value, bool explicit_cast) {
  if (type.typmod < 0 || value.is_null()) return value;
  switch (type.oid) {
    case oid::kVarchar:
    case oid::kBpchar: {
      if (type.typmod < 4) return value;
      auto limit = static_cast<size_t>(type.typmod - 4);
      const std::string& text = value.bytes();
      size_t length = text.size() <= limit && type.oid == oid::kVarchar ? 0 : Utf8Length(text);
      if (length > limit) {
        size_t cut = Utf8Offset(text, limit);
        // Blanks beyond the length go silently, as SQL says; for anything else the cast must be written.
        if (!explicit_cast && text.find_first_not_of(' ', cut) != std::string::npos) {
          return Fail(sqlstate::kStringDataRightTruncation, "value too long for type " + FormatType(type));
        }
        return Value::Text(text.substr(0, cut));
      }
      if (type.oid == oid::kBpchar && length < limit) return Value::Text(text + std::string(limit - length, ' '));
      return value;
    }
    case oid::kNumeric: {
      ALLOD_ASSIGN_OR_RETURN(Numeric number, Numeric::FromStored(value.bytes()).WithTypmod(type.typmod));
      return Value::Text(number.ToString());
    }
    case oid::kTime:
      return Value::Integer(RoundTime(value.integer(), type.typmod));
    case oid::kTimestamp:
    case oid::kTimestamptz:
      return Value::Integer(RoundTimestamp(value.integer(), type.typmod));
    case oid::kInterval: {
      Interval interval;
      if (!Interval::FromStored(value.bytes(), &interval)) return value;
      ALLOD_ASSIGN_OR_RETURN(interval, RoundInterval(interval, type.typmod));
      return Value::Text(interval.ToStored());
    }
    default:
      break;
  }
  const TypeInfo* info = FindType(type.oid);
  if (info == nullptr || info->category != 'A' || info->element == 0) return value;
  // Of an array: each element.
  ALLOD_ASSIGN_OR_RETURN(Row elements, ArrayElements(info->element, value.bytes()));
  for (Value& element : elements) {
    ALLOD_ASSIGN_OR_RETURN(element, CoerceTypmod(Type{info->element, type.typmod}, std::move(element), explicit_cast));
  }
  return Value::Text(ArrayLiteral(info->element, elements));
}

namespace {

std::string_view WithoutTrailingBlanks(std::string_view s) {
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

int CompareBytes(std::string_view a, std::string_view b) {
  int c = a.compare(b);
  return c < 0 ? -1 : c > 0 ? 1 : 0;
}

}  // namespace

int Compare(Oid type, const Datum& a, const Datum& b) {
  if (a.kind != b.kind) {
    // An integer beside a real: only where the engine computed one of them.
    if (a.kind == Kind::kInteger && b.kind == Kind::kReal)
      return Compare(type, Datum::Real(static_cast<double>(a.integer)), b);
    if (a.kind == Kind::kReal && b.kind == Kind::kInteger) return -Compare(type, b, a);
    return a.kind < b.kind ? -1 : 1;
  }
  switch (a.kind) {
    case Kind::kNull:
      return 0;
    case Kind::kInteger:
      return a.integer < b.integer ? -1 : a.integer > b.integer ? 1 : 0;
    case Kind::kReal:
      return a.real < b.real ? -1 : a.real > b.real ? 1 : 0;
    case Kind::kText:
    case Kind::kBlob:
      break;
  }
  switch (type) {
    case oid::kNumeric:
      return CompareStoredNumeric(a.bytes, b.bytes);
    case oid::kInterval:
      return CompareStoredIntervals(a.bytes, b.bytes);
    case oid::kJsonb:
      return CompareJsonb(a.bytes, b.bytes);
    case oid::kBpchar:
      return CompareBytes(WithoutTrailingBlanks(a.bytes), WithoutTrailingBlanks(b.bytes));
    default:
      return CompareBytes(a.bytes, b.bytes);
  }
}

}  // namespace allod
