// Casts whose stored form changes, or whose range is checked.
#include <algorithm>
#include <cfloat>

#include "base/format.h"
#include "base/jsonb.h"
#include "base/utf8.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

struct Width {
  int64_t min, max;
  const char* name;
  // Of doubles: the first value above the range.
  double end;
};
constexpr Width kInt2{INT16_MIN, INT16_MAX, "smallint", 0x1p15}, kInt4{INT32_MIN, INT32_MAX, "integer", 0x1p31},
    kInt8{INT64_MIN, INT64_MAX, "bigint", 0x1p63};

Status OutOfRange(const Width& width) {
  return allod::Fail(sqlstate::kNumericValueOutOfRange, std::string(width.name) + " out of range");
}
Result<int64_t> ToInt(int64_t v, const Width& width) {
  if (v < width.min || v > width.max) return OutOfRange(width);
  return v;
}
Result<int64_t> FloatToInt(double v, const Width& width) {
  v = std::rint(v);  // half to even
  if (!(v >= -width.end && v < width.end)) return OutOfRange(width);
  return static_cast<int64_t>(v);
}
Result<int64_t> NumericToInt(const Numeric& v, const Width& width) {
  if (&width == &kInt2) {
    ALLOD_ASSIGN_OR_RETURN(int16_t r, v.ToInt16());
    return r;
  }
  if (&width == &kInt4) {
    ALLOD_ASSIGN_OR_RETURN(int32_t r, v.ToInt32());
    return r;
  }
  return v.ToInt64();
}
Result<double> ToFloat4(double v) {
  float r = static_cast<float>(v);
  if (std::isinf(r) && !std::isinf(v)) {
    return allod::Fail(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
  }
  if (r == 0 && v != 0) return allod::Fail(sqlstate::kNumericValueOutOfRange, "value out of range: underflow");
  return r;
}

template <const Width& kWidth>
void IntInt(Call& call) { call.Give(ToInt(call.integer(0), kWidth)); }
template <const Width& kWidth>
void FloatInt(Call& call) { call.Give(FloatToInt(call.real(0), kWidth)); }
template <const Width& kWidth>
void NumericInt(Call& call) { call.Give(NumericToInt(call.numeric(0), kWidth)); }
void Float4(Call& call) { call.Give(ToFloat4(call.real(0))); }
void NumericFloat4(Call& call) { call.Give(call.numeric(0).CastToFloat()); }
void NumericFloat8(Call& call) { call.Give(call.numeric(0).CastToDouble()); }
void Float4Numeric(Call& call) { call.Give(Numeric::FromFloat(static_cast<float>(call.real(0)))); }
void Float8Numeric(Call& call) { call.Give(Numeric::FromDouble(call.real(0))); }

// An oid is 32 bits without sign; an int4 is taken bit by bit.
void Int4Oid(Call& call) { call.Integer(static_cast<uint32_t>(call.integer(0))); }
void OidInt4(Call& call) { call.Integer(static_cast<int32_t>(static_cast<uint32_t>(call.integer(0)))); }
void Int8Oid(Call& call) {
  if (call.integer(0) < 0 || call.integer(0) > UINT32_MAX) {
    return call.Fail(sqlstate::kNumericValueOutOfRange, "OID out of range");
  }
  call.Integer(call.integer(0));
}
// "char" is one byte. One that is no character is written as \ooo, as charout does.
void GiveChar(Call& call, unsigned char byte) {
  char text[8];
  if (byte >= 0x80) snprintf(text, sizeof text, "\\%03o", byte);
  else snprintf(text, sizeof text, "%c", byte);
  call.Text(text);
}
void Int4Char(Call& call) {
  int64_t v = call.integer(0);
  if (v < -128 || v > 127) return call.Fail(sqlstate::kNumericValueOutOfRange, "\"char\" out of range");
  GiveChar(call, static_cast<unsigned char>(v));
}
void TextChar(Call& call) { GiveChar(call, call.bytes(0).empty() ? 0 : static_cast<unsigned char>(call.bytes(0)[0])); }
void CharInt4(Call& call) {
  std::string_view text = call.bytes(0);
  unsigned byte = text.empty() ? 0 : static_cast<unsigned char>(text[0]);
  if (text.size() == 4 && text[0] == '\\') {
    byte = static_cast<unsigned>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
  }
  call.Integer(static_cast<signed char>(byte));
}

// Names have at most 63 bytes, cut between characters.
std::string_view CutName(std::string_view text) {
  size_t end = std::min<size_t>(text.size(), 63);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}
void Name(Call& call) { call.Text(CutName(call.bytes(0))); }
void BoolText(Call& call) { call.Text(call.boolean(0) ? "true" : "false"); }

// --- dates ---

void DateTimestamp(Call& call) { call.Give(DateToTimestamp(static_cast<int32_t>(call.integer(0)))); }
void DateTimestamptz(Call& call) {
  call.Give(DateToTimestamptz(static_cast<int32_t>(call.integer(0)), call.zone()));
}
void TimestampTimestamptz(Call& call) { call.Give(TimestampToTimestamptz(call.integer(0), call.zone())); }
void TimestamptzTimestamp(Call& call) { call.Give(TimestamptzToTimestamp(call.integer(0), call.zone())); }
// In comparisons, what is beyond the range of timestamps is simply later (or earlier) than all of them.
template <void (*Convert)(Call&), bool kDate>
void ForComparison(Call& call) {
  if (kDate) {
    int64_t days = call.integer(0);
    if (days == kDateInfinity) return call.Integer(kTimestampInfinity);
    if (days == kDateMinusInfinity) return call.Integer(kTimestampMinusInfinity);
    if (days >= kEndTimestamp / kUsPerDay) return call.Integer(kTimestampInfinity - 1);
  }
  Convert(call);
}
void TimestampDate(Call& call) { call.Give(TimestampToDate(call.integer(0))); }
void TimestamptzDate(Call& call) {
  Result<int64_t> local = TimestamptzToTimestamp(call.integer(0), call.zone());
  if (!local.ok()) return call.Fail(local.status());
  call.Give(TimestampToDate(*local));
}
void TimestampTime(Call& call) {
  if (!IsInfiniteTimestamp(call.integer(0))) call.Give(TimeOfTimestamp(call.integer(0)));
}
void TimestamptzTime(Call& call) {
  if (IsInfiniteTimestamp(call.integer(0))) return;
  Result<int64_t> local = TimestamptzToTimestamp(call.integer(0), call.zone());
  if (!local.ok()) return call.Fail(local.status());
  call.Give(TimeOfTimestamp(*local));
}
void TimeInterval(Call& call) { call.Give(Interval{0, 0, call.integer(0)}); }
void IntervalTime(Call& call) {
  int64_t rest = call.interval(0).micros % kUsPerDay;
  call.Integer(rest < 0 ? rest + kUsPerDay : rest);
}

// --- json ---

void JsonJsonb(Call& call) { call.Give(NormalizeJsonb(call.bytes(0))); }

// A jsonb number as a Numeric; false after Fail.
bool JsonNumber(Call& call, const char* type, Numeric* out) {
  JsonView view(call.bytes(0));
  if (view.kind() == JsonKind::kNumber) {
    *out = view.AsNumber();
    return true;
  }
  std::string kind(JsonTypeName(view.kind()));
  call.Fail(sqlstate::kInvalidParameterValue, "cannot cast jsonb " + kind + " to type " + type);
  return false;
}
void JsonbBool(Call& call) {
  JsonView view(call.bytes(0));
  if (view.kind() == JsonKind::kBool) return call.Bool(view.AsBool());
  std::string kind(view.kind() == JsonKind::kNumber ? "numeric" : JsonTypeName(view.kind()));
  call.Fail(sqlstate::kInvalidParameterValue, "cannot cast jsonb " + kind + " to type boolean");
}
void JsonbNumeric(Call& call) {
  Numeric n;
  if (JsonNumber(call, "numeric", &n)) call.Give(n);
}
template <const Width& kWidth>
void JsonbInt(Call& call) {
  Numeric n;
  if (JsonNumber(call, kWidth.name, &n)) call.Give(NumericToInt(n, kWidth));
}
void JsonbFloat4(Call& call) {
  Numeric n;
  if (JsonNumber(call, "real", &n)) call.Give(n.CastToFloat());
}
void JsonbFloat8(Call& call) {
  Numeric n;
  if (JsonNumber(call, "double precision", &n)) call.Give(n.CastToDouble());
}

// --- through text ---

void In(Call& call) {
  call.Give(ParseText(Type{static_cast<Oid>(call.integer(0))}, call.bytes(1), call.format()));
}
void Out(Call& call) {
  std::string out;
  AppendText(Type{static_cast<Oid>(call.integer(0))}, call.datum(1), call.format(), &out);
  call.Text(out);
}

// --- arrays, element by element ---

enum class Family { kInt, kFloat, kNumeric, kString, kOther };
Family FamilyOf(Oid type) {
  switch (type) {
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8: return Family::kInt;
    case oid::kFloat4:
    case oid::kFloat8: return Family::kFloat;
    case oid::kNumeric: return Family::kNumeric;
    case oid::kText:
    case oid::kVarchar:
    case oid::kBpchar:
    case oid::kName:
    case oid::kChar: return Family::kString;
    default: return Family::kOther;
  }
}
const Width& WidthOf(Oid type) { return type == oid::kInt2 ? kInt2 : type == oid::kInt4 ? kInt4 : kInt8; }

Result<Value> NumberToInt(Family from, const Value& v, const Width& width) {
  Result<int64_t> r = from == Family::kInt     ? ToInt(v.integer(), width)
                      : from == Family::kFloat ? FloatToInt(v.real(), width)
                                               : NumericToInt(Numeric::FromStored(v.bytes()), width);
  if (!r.ok()) return r.status();
  return Value::Integer(*r);
}
Result<Value> NumberToFloat(Family from, const Value& v, bool single) {
  if (from == Family::kNumeric) {
    Numeric n = Numeric::FromStored(v.bytes());
    if (single) {
      ALLOD_ASSIGN_OR_RETURN(float r, n.CastToFloat());
      return Value::Real(r);
    }
    ALLOD_ASSIGN_OR_RETURN(double r, n.CastToDouble());
    return Value::Real(r);
  }
  double r = from == Family::kInt ? static_cast<double>(v.integer()) : v.real();
  if (!single) return Value::Real(r);
  ALLOD_ASSIGN_OR_RETURN(double rounded, ToFloat4(r));
  return Value::Real(rounded);
}

Result<Value> CastElement(Oid from, Oid to, const Value& v, const FormatContext& context) {
  Family a = FamilyOf(from), b = FamilyOf(to);
  bool number = a == Family::kInt || a == Family::kFloat || a == Family::kNumeric;
  if (number && b == Family::kInt) return NumberToInt(a, v, WidthOf(to));
  if (number && b == Family::kFloat) return NumberToFloat(a, v, to == oid::kFloat4);
  if (a == Family::kFloat && b == Family::kNumeric) {
    return Value::Text((from == oid::kFloat4 ? Numeric::FromFloat(static_cast<float>(v.real()))
                                             : Numeric::FromDouble(v.real())).ToString());
  }
  if (from == oid::kInt4 && to == oid::kBool) return Value::Bool(v.integer() != 0);
  if (from == oid::kBool && to == oid::kInt4) return v;
  if (from == oid::kBool && b == Family::kString && to != oid::kName) return Value::Text(v.integer() != 0 ? "true" : "false");
  if (a == Family::kString && to == oid::kName) return Value::Text(std::string(CutName(v.bytes())));
  // Instants and local times are alike in text only if the zone is UTC.
  if (from == oid::kTimestamp && to == oid::kTimestamptz) {
    ALLOD_ASSIGN_OR_RETURN(int64_t r, TimestampToTimestamptz(v.integer(), *context.zone));
    return Value::Integer(r);
  }
  if (from == oid::kDate && to == oid::kTimestamptz) {
    ALLOD_ASSIGN_OR_RETURN(int64_t r, DateToTimestamptz(static_cast<int32_t>(v.integer()), *context.zone));
    return Value::Integer(r);
  }
  if (from == oid::kDate && to == oid::kTimestamp) {
    ALLOD_ASSIGN_OR_RETURN(int64_t r, DateToTimestamp(static_cast<int32_t>(v.integer())));
    return Value::Integer(r);
  }
  if (from == oid::kTimestamptz || from == oid::kTimestamp) {
    int64_t local = v.integer();
    if (from == oid::kTimestamptz && (to == oid::kTimestamp || to == oid::kDate || to == oid::kTime)) {
      ALLOD_ASSIGN_OR_RETURN(local, TimestamptzToTimestamp(local, *context.zone));
    }
    if (to == oid::kTimestamp) return Value::Integer(local);
    if (to == oid::kDate) {
      ALLOD_ASSIGN_OR_RETURN(int32_t r, TimestampToDate(local));
      return Value::Integer(r);
    }
    if (to == oid::kTime) return IsInfiniteTimestamp(local) ? Value::Null() : Value::Integer(TimeOfTimestamp(local));
  }
  // The rest has a text in common.
  return ParseText(Type{to}, ToText(Type{from}, v, context), context);
}

void ArrayCast(Call& call) {
  const TypeInfo* from = FindType(static_cast<Oid>(call.integer(0)));
  const TypeInfo* to = FindType(static_cast<Oid>(call.integer(1)));
  if (from == nullptr || to == nullptr) return call.Fail(sqlstate::kInternalError, "cast of an unknown array type");
  Result<Row> elements = ArrayElements(from->element, call.bytes(2));
  if (!elements.ok()) return call.Fail(elements.status());
  for (Value& element : *elements) {
    if (element.is_null()) continue;
    Result<Value> cast = CastElement(from->element, to->element, element, call.format());
    if (!cast.ok()) return call.Fail(cast.status());
    element = *std::move(cast);
  }
  call.Text(ArrayLiteral(to->element, *elements));
}
// int2vector and oidvector are written "1 2 3".
void VectorArray(Call& call) {
  std::string out = "{";
  for (char c : call.bytes(0)) out.push_back(c == ' ' ? ',' : c);
  call.Text(out + "}");
}

constexpr Scalar kScalars[] = {
    {"pg_int2", 1, Strict<IntInt<kInt2>>},
    {"pg_int4", 1, Strict<IntInt<kInt4>>},
    {"pg_float_int2", 1, Strict<FloatInt<kInt2>>},
    {"pg_float_int4", 1, Strict<FloatInt<kInt4>>},
    {"pg_float_int8", 1, Strict<FloatInt<kInt8>>},
    {"pg_numeric_int2", 1, Strict<NumericInt<kInt2>>},
    {"pg_numeric_int4", 1, Strict<NumericInt<kInt4>>},
    {"pg_numeric_int8", 1, Strict<NumericInt<kInt8>>},
    {"pg_float4", 1, Strict<Float4>},
    {"pg_numeric_float4", 1, Strict<NumericFloat4>},
    {"pg_numeric_float8", 1, Strict<NumericFloat8>},
    {"pg_float4_numeric", 1, Strict<Float4Numeric>},
    {"pg_float8_numeric", 1, Strict<Float8Numeric>},
    {"pg_int4_oid", 1, Strict<Int4Oid>},
    {"pg_oid_int4", 1, Strict<OidInt4>},
    {"pg_oid", 1, Strict<Int8Oid>},
    {"pg_int4_char", 1, Strict<Int4Char>},
    {"pg_text_char", 1, Strict<TextChar>},
    {"pg_char_int4", 1, Strict<CharInt4>},
    {"pg_name", 1, Strict<Name>},
    {"pg_bool_text", 1, Strict<BoolText>},
    {"pg_date_timestamp", 1, Strict<DateTimestamp>},
    {"pg_date_timestamptz", 1, Strict<DateTimestamptz>},
    {"pg_timestamp_timestamptz", 1, Strict<TimestampTimestamptz>},
    {"pg_timestamptz_timestamp", 1, Strict<TimestamptzTimestamp>},
    {"pg_date_timestamp_cmp", 1, Strict<ForComparison<DateTimestamp, true>>},
    {"pg_date_timestamptz_cmp", 1, Strict<ForComparison<DateTimestamptz, true>>},
    {"pg_timestamp_timestamptz_cmp", 1, Strict<ForComparison<TimestampTimestamptz, false>>},
    {"pg_timestamp_date", 1, Strict<TimestampDate>},
    {"pg_timestamptz_date", 1, Strict<TimestamptzDate>},
    {"pg_timestamp_time", 1, Strict<TimestampTime>},
    {"pg_timestamptz_time", 1, Strict<TimestamptzTime>},
    {"pg_time_interval", 1, Strict<TimeInterval>},
    {"pg_interval_time", 1, Strict<IntervalTime>},
    {"pg_json_jsonb", 1, Strict<JsonJsonb>},
    {"pg_jsonb_bool", 1, Strict<JsonbBool>},
    {"pg_jsonb_numeric", 1, Strict<JsonbNumeric>},
    {"pg_jsonb_int2", 1, Strict<JsonbInt<kInt2>>},
    {"pg_jsonb_int4", 1, Strict<JsonbInt<kInt4>>},
    {"pg_jsonb_int8", 1, Strict<JsonbInt<kInt8>>},
    {"pg_jsonb_float4", 1, Strict<JsonbFloat4>},
    {"pg_jsonb_float8", 1, Strict<JsonbFloat8>},
    {"pg_in", 2, Strict<In>},
    {"pg_out", 2, Strict<Out>},
    {"pg_array_cast", 3, Strict<ArrayCast>},
    {"pg_vector_array", 1, Strict<VectorArray>},
};

}  // namespace

std::span<const Scalar> CastScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
