// The binary formats of PostgreSQL's wire protocol (typsend, typreceive).
#include <bit>
#include <cmath>

#include "base/civil.h"
#include "base/format_internal.h"
#include "base/jsonb.h"
#include "base/numeric.h"
#include "base/utf8.h"

namespace allod {
namespace {

constexpr char kJsonbVersion = 1;
constexpr int32_t kNullLength = -1;

Status WrongLength() {
  return Fail(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format in bind parameter");
}

// How long a value of a fixed-length type is on the wire; 0 if it varies.
size_t WireLength(Oid oid) {
  switch (oid) {
    case oid::kBool:
      return 1;
    case oid::kInt2:
      return 2;
    case oid::kInt4:
    case oid::kOid:
    case oid::kXid:
    case oid::kFloat4:
    case oid::kDate:
    case oid::kRegproc:
    case oid::kRegclass:
    case oid::kRegtype:
    case oid::kRegnamespace:
    case oid::kRegrole:
      return 4;
    case oid::kInt8:
    case oid::kFloat8:
    case oid::kTime:
    case oid::kTimestamp:
    case oid::kTimestamptz:
      return 8;
    case oid::kInterval:
    case oid::kUuid:
      return 16;
    default:
      return 0;
  }
}

Result<Value> ReceiveFloat(double v) {
  if (!std::isnan(v)) return Value::Real(v);
  return Fail(sqlstate::kNumericValueOutOfRange, "\"NaN\" cannot be stored as a floating-point number")
      .Hint("Store it as numeric, which has a NaN, or use NULL.");
}

Result<Value> ReceiveArray(Oid element, int32_t typmod, std::string_view bytes, const FormatContext& context) {
  if (bytes.size() < 12) return WrongLength();
  auto dimensions = ReadBigEndian<int32_t>(bytes, 0);
  auto sent_type = ReadBigEndian<Oid>(bytes, 8);
  if (sent_type != element) {
    return Fail(sqlstate::kDatatypeMismatch, "binary data has array element type " + std::to_string(sent_type) + " (" +
                                                 FormatType(Type{sent_type}) + ") instead of expected " +
                                                 std::to_string(element) + " (" + FormatType(Type{element}) + ")");
  }
  if (dimensions == 0) return bytes.size() == 12 ? Result<Value>(Value::Text("{}")) : WrongLength();
  if (dimensions != 1) {
    return Unsupported("arrays of more than one dimension are not supported", "Use a jsonb value instead.");
  }
  if (bytes.size() < 20) return WrongLength();
  auto count = ReadBigEndian<int32_t>(bytes, 12);
  if (count < 0) return WrongLength();
  size_t at = 20;
  Row elements;
  for (int32_t i = 0; i < count; ++i) {
    if (at + 4 > bytes.size()) return WrongLength();
    auto length = ReadBigEndian<int32_t>(bytes, at);
    at += 4;
    if (length == kNullLength) {
      elements.emplace_back();
      continue;
    }
    if (length < 0 || static_cast<size_t>(length) > bytes.size() - at) return WrongLength();
    ALLOD_ASSIGN_OR_RETURN(Value v,
                           ParseBinary(Type{element, typmod}, bytes.substr(at, static_cast<size_t>(length)), context));
    at += static_cast<size_t>(length);
    elements.push_back(std::move(v));
  }
  if (at != bytes.size()) return WrongLength();
  return Value::Text(ArrayLiteral(element, elements));
}

void SendArray(Oid element, std::string_view literal, int32_t lower_bound, const FormatContext& context,
               std::string* out) {
  Result<Row> elements = ArrayElements(element, literal);
  if (!elements.ok()) elements = Row();
  bool has_null = false;
  for (const Value& v : *elements) has_null = has_null || v.is_null();
  AppendBigEndian<int32_t>(elements->empty() ? 0 : 1, out);
  AppendBigEndian<int32_t>(has_null ? 1 : 0, out);
  AppendBigEndian<Oid>(element, out);
  if (elements->empty()) return;
  AppendBigEndian<int32_t>(static_cast<int32_t>(elements->size()), out);
  AppendBigEndian<int32_t>(lower_bound, out);
  for (const Value& v : *elements) {
    if (v.is_null()) {
      AppendBigEndian<int32_t>(kNullLength, out);
      continue;
    }
    // The length is known when the element is written.
    size_t length_at = out->size();
    out->append(4, '\0');
    AppendBinary(Type{element}, v, context, out);
    std::string length;
    AppendBigEndian<int32_t>(static_cast<int32_t>(out->size() - length_at - 4), &length);
    out->replace(length_at, 4, length);
  }
}

}  // namespace

Result<Value> ParseBinary(Type type, std::string_view bytes, const FormatContext& context) {
  if (size_t length = WireLength(type.oid); length != 0 && bytes.size() != length) return WrongLength();
  switch (type.oid) {
    case oid::kBool:
      return Value::Bool(bytes[0] != 0);
    case oid::kInt2:
      return Value::Integer(ReadBigEndian<int16_t>(bytes));
    case oid::kInt4:
      return Value::Integer(ReadBigEndian<int32_t>(bytes));
    case oid::kInt8:
      return Value::Integer(ReadBigEndian<int64_t>(bytes));
    case oid::kOid:
    case oid::kXid:
    case oid::kRegproc:
    case oid::kRegclass:
    case oid::kRegtype:
    case oid::kRegnamespace:
    case oid::kRegrole:
      return Value::Integer(ReadBigEndian<uint32_t>(bytes));
    case oid::kFloat4:
      return ReceiveFloat(static_cast<double>(std::bit_cast<float>(ReadBigEndian<uint32_t>(bytes))));
    case oid::kFloat8:
      return ReceiveFloat(std::bit_cast<double>(ReadBigEndian<uint64_t>(bytes)));
    case oid::kNumeric: {
      ALLOD_ASSIGN_OR_RETURN(Numeric n, Numeric::FromBinary(bytes));
      ALLOD_ASSIGN_OR_RETURN(n, n.WithTypmod(type.typmod));
      return Value::Text(n.ToString());
    }
    case oid::kDate: {
      auto days = ReadBigEndian<int32_t>(bytes);
      if (!IsInfiniteDate(days) && (days < kMinDate || days >= kEndDate)) {
        return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range");
      }
      return Value::Integer(days);
    }
    case oid::kTime: {
      auto time = ReadBigEndian<int64_t>(bytes);
      if (time < 0 || time > kUsPerDay) return Fail(sqlstate::kDatetimeFieldOverflow, "time out of range");
      return Value::Integer(RoundTime(time, type.typmod));
    }
    case oid::kTimestamp:
    case oid::kTimestamptz: {
      auto timestamp = ReadBigEndian<int64_t>(bytes);
      if (!IsInfiniteTimestamp(timestamp) && (timestamp < kMinTimestamp || timestamp >= kEndTimestamp)) {
        return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range");
      }
      return Value::Integer(RoundTimestamp(timestamp, type.typmod));
    }
    case oid::kInterval: {
      Interval interval{ReadBigEndian<int32_t>(bytes, 12), ReadBigEndian<int32_t>(bytes, 8),
                        ReadBigEndian<int64_t>(bytes, 0)};
      ALLOD_ASSIGN_OR_RETURN(interval, RoundInterval(interval, type.typmod));
      return Value::Text(interval.ToStored());
    }
    case oid::kUuid:
    case oid::kBytea:
      return Value::Blob(std::string(bytes));
    case oid::kJsonb:
      if (bytes.empty()) return WrongLength();
      if (bytes[0] != kJsonbVersion) {
        return Fail(sqlstate::kInternalError,
                    "unsupported jsonb version number " + std::to_string(static_cast<unsigned char>(bytes[0])));
      }
      return ParseText(type, bytes.substr(1), context);
    case oid::kChar:
      if (bytes.size() != 1) return WrongLength();
      break;
    default:
      break;
  }
  const TypeInfo* info = FindType(type.oid);
  if (info != nullptr && info->category == 'A' && info->element != 0) {
    Result<Value> array = ReceiveArray(info->element, type.typmod, bytes, context);
    if (!array.ok() || (type.oid != oid::kInt2Vector && type.oid != oid::kOidVector)) return array;
    std::string vector;
    for (char c : array->bytes()) {
      if (c != '{' && c != '}') vector += c == ',' ? ' ' : c;
    }
    return Value::Text(std::move(vector));
  }
  return ParseText(type, bytes, context);
}

void AppendBinary(Type type, const Datum& datum, const FormatContext& context, std::string* out) {
  switch (type.oid) {
    case oid::kBool:
      out->push_back(datum.integer != 0 ? 1 : 0);
      return;
    case oid::kInt2:
      AppendBigEndian<int16_t>(static_cast<int16_t>(datum.integer), out);
      return;
    case oid::kInt4:
    case oid::kDate:
      AppendBigEndian<int32_t>(static_cast<int32_t>(datum.integer), out);
      return;
    case oid::kInt8:
    case oid::kTime:
    case oid::kTimestamp:
    case oid::kTimestamptz:
      AppendBigEndian<int64_t>(datum.integer, out);
      return;
    case oid::kOid:
    case oid::kXid:
    case oid::kRegproc:
    case oid::kRegclass:
    case oid::kRegtype:
    case oid::kRegnamespace:
    case oid::kRegrole:
      AppendBigEndian<uint32_t>(static_cast<uint32_t>(datum.integer), out);
      return;
    case oid::kFloat4:
      AppendBigEndian<uint32_t>(std::bit_cast<uint32_t>(static_cast<float>(datum.real)), out);
      return;
    case oid::kFloat8:
      AppendBigEndian<uint64_t>(std::bit_cast<uint64_t>(datum.real), out);
      return;
    case oid::kNumeric:
      Numeric::FromStored(datum.bytes).AppendBinary(out);
      return;
    case oid::kInterval: {
      Interval interval;
      Interval::FromStored(datum.bytes, &interval);
      AppendBigEndian<int64_t>(interval.micros, out);
      AppendBigEndian<int32_t>(interval.days, out);
      AppendBigEndian<int32_t>(interval.months, out);
      return;
    }
    case oid::kText:
    case oid::kVarchar:
    case oid::kUuid:
    case oid::kBytea:
      out->append(datum.bytes);
      return;
    case oid::kJsonb:
      out->push_back(kJsonbVersion);
      out->append(datum.bytes);
      return;
    case oid::kChar:
      // Exactly one byte, on the wire as in PostgreSQL; the empty one is NUL.
      out->push_back(datum.bytes.empty() ? '\0' : datum.bytes[0]);
      return;
    default:
      break;
  }
  if (const TypeInfo* info = FindType(type.oid); info != nullptr && info->category == 'A' && info->element != 0) {
    bool vector = type.oid == oid::kInt2Vector || type.oid == oid::kOidVector;
    SendArray(info->element, datum.bytes, vector ? 0 : 1, context, out);
    return;
  }
  AppendText(type, datum, context, out);
}

}  // namespace allod
