#include "engine/postgres/values.h"

#include <bit>
#include <limits>
#include <utility>

#include "base/format.h"
#include "engine/postgres/arrays.h"
#include "engine/postgres/wire.h"

namespace allod::engine::postgres {
namespace {

Status ZeroByte() { return Fail(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00"); }

bool FitsInteger(Oid type, int64_t v) {
  switch (type) {
    case oid::kInt2: return v >= INT16_MIN && v <= INT16_MAX;
    case oid::kInt4:
    case oid::kDate: return v >= INT32_MIN && v <= INT32_MAX;
    case oid::kInt8:
    case oid::kTime:
    case oid::kTimestamp:
    case oid::kTimestamptz: return true;
    case oid::kBool: return v == 0 || v == 1;
    default: return v >= 0 && v <= std::numeric_limits<uint32_t>::max();
  }
}

// What of a type this datum can be sent as in binary: false where the cluster is to read its text instead.
bool Fits(const TypeInfo& info, const Datum& datum) {
  switch (info.storage) {
    case Storage::kInteger: return datum.kind == Kind::kInteger && FitsInteger(info.oid, datum.integer);
    case Storage::kReal: return datum.kind == Kind::kReal;
    case Storage::kText: return datum.kind == Kind::kText;
    case Storage::kBlob: return datum.kind == Kind::kBlob;
  }
  return false;
}

// Bytes that are the same in the stored form, in text and in binary.
bool IsPlainText(Oid type) {
  switch (type) {
    case oid::kText:
    case oid::kVarchar:
    case oid::kBpchar:
    case oid::kName:
    case oid::kJson: return true;
    default: return false;
  }
}

// The text form of a datum whose type is not the parameter's.
void AppendPlain(const Datum& datum, std::string* out) {
  static const FormatContext kStored;
  switch (datum.kind) {
    case Kind::kInteger: AppendText(Type{oid::kInt8}, datum, kStored, out); return;
    case Kind::kReal: AppendText(Type{oid::kFloat8}, datum, kStored, out); return;
    case Kind::kBlob: AppendText(Type{oid::kBytea}, datum, kStored, out); return;
    default: out->append(datum.bytes); return;
  }
}

Status Misfit(size_t given, size_t wanted) {
  return Fail(sqlstate::kInternalError, "engine: the statement has " + std::to_string(wanted) + " parameters, " +
                                            std::to_string(given) + " were given");
}

Status MalformedNumeric() { return Fail(sqlstate::kInvalidBinaryRepresentation, "the database cluster sent a malformed numeric"); }

// numeric_send: how many digits (base 10,000), the weight of the first, the sign, digits shown after the point, the digits.
// Straight to text, which is the stored form.
Status AppendNumeric(std::string_view bytes, std::string* out) {
  if (bytes.size() < 8) return MalformedNumeric();
  const auto count = BigEndian<uint16_t>(bytes, 0);
  const int weight = BigEndian<int16_t>(bytes, 2);
  const auto sign = BigEndian<uint16_t>(bytes, 4);
  const int scale = BigEndian<uint16_t>(bytes, 6);
  constexpr uint16_t kNegative = 0x4000, kNaN = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
  if (sign == kNaN || sign == kInfinity || sign == kMinusInfinity) {
    out->append(sign == kNaN ? "NaN" : sign == kInfinity ? "Infinity" : "-Infinity");
    return Ok();
  }
  if (bytes.size() != 8 + 2 * size_t{count}) return MalformedNumeric();
  const auto digit = [&](int i) { return i < 0 || i >= count ? 0 : BigEndian<uint16_t>(bytes, 8 + 2 * static_cast<size_t>(i)); };
  const auto append = [&](int v) {
    const char four[4] = {static_cast<char>('0' + v / 1000), static_cast<char>('0' + v / 100 % 10), static_cast<char>('0' + v / 10 % 10),
                          static_cast<char>('0' + v % 10)};
    out->append(four, 4);
  };
  if (sign == kNegative) out->push_back('-');
  if (weight < 0) {
    out->push_back('0');
  } else {
    out->append(std::to_string(digit(0)));
    for (int i = 1; i <= weight; ++i) append(digit(i));
  }
  if (scale == 0) return Ok();
  out->push_back('.');
  const size_t end = out->size() + static_cast<size_t>(scale);
  for (int i = weight + 1; out->size() < end; ++i) append(digit(i));
  out->resize(end);
  return Ok();
}

}  // namespace

Status Arguments::Encode(std::span<const Oid> types, std::span<const Parameter> parameters) {
  slots_.clear();
  made_.clear();
  size_t wanted = 0;
  for (const Parameter& parameter : parameters) {
    const auto* relation = std::get_if<const Relation*>(&parameter);
    wanted += relation == nullptr ? 1 : static_cast<size_t>((*relation)->width);
  }
  if (wanted != types.size()) return Misfit(wanted, types.size());
  for (const Parameter& parameter : parameters) {
    if (const auto* datum = std::get_if<Datum>(&parameter)) {
      ALLOD_RETURN_IF_ERROR(Add(types[slots_.size()], *datum));
      continue;
    }
    const Relation& relation = *std::get<const Relation*>(parameter);
    for (int i = 0; i < relation.width; ++i) ALLOD_RETURN_IF_ERROR(AddColumn(types[slots_.size()], relation, i));
  }
  values_.resize(slots_.size());
  lengths_.resize(slots_.size());
  formats_.resize(slots_.size());
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    values_[i] = slot.null ? nullptr : slot.direct != nullptr ? slot.direct : made_.data() + slot.at;
    lengths_[i] = static_cast<int>(slot.length);
    formats_[i] = slot.binary ? 1 : 0;
  }
  return Ok();
}

Status Arguments::Add(Oid type, const Datum& datum) {
  static const FormatContext kStored;
  Slot& slot = slots_.emplace_back();
  if (datum.is_null()) {
    slot.null = true;
    return Ok();
  }
  const TypeInfo* info = FindType(type);
  slot.at = made_.size();
  if (info != nullptr && info->category != 'A' && info->category != 'P' && Fits(*info, datum)) {
    slot.binary = true;
    if (IsPlainText(type) || type == oid::kBytea || type == oid::kUuid) {
      slot.direct = datum.bytes.data() == nullptr ? "" : datum.bytes.data();
      slot.length = datum.bytes.size();
      return Ok();
    }
    if (type != oid::kUnknown && type != oid::kPgNodeTree) {
      AppendBinary(Type{type}, datum, kStored, &made_);
      slot.length = made_.size() - slot.at;
      return Ok();
    }
    slot.binary = false;
  }
  // In text form libpq looks for the end itself.
  AppendPlain(datum, &made_);
  slot.length = made_.size() - slot.at;
  if (datum.kind == Kind::kText && datum.bytes.find('\0') != std::string_view::npos) return ZeroByte();
  made_.push_back('\0');
  return Ok();
}

Status Arguments::AddColumn(Oid array, const Relation& relation, int column) {
  Slot& slot = slots_.emplace_back();
  slot.at = made_.size();
  const TypeInfo* info = FindType(array);
  const TypeInfo* element = info == nullptr || info->category != 'A' ? nullptr : FindType(info->element);
  bool binary = element != nullptr && HasBinary(element->oid);
  for (const Row& row : relation.rows) {
    if (!binary) break;
    const size_t index = static_cast<size_t>(column);
    binary = index >= row.size() || row[index].is_null() || Fits(*element, row[index]);
  }
  slot.binary = binary;
  if (binary) {
    AppendArrayBinary(element->oid, relation, column, &made_);
  } else {
    ALLOD_RETURN_IF_ERROR(AppendArrayText(relation, column, &made_));
  }
  slot.length = made_.size() - slot.at;
  if (!binary) made_.push_back('\0');
  return Ok();
}

bool HasBinary(Oid type) {
  const TypeInfo* info = FindType(type);
  if (info == nullptr || type == oid::kPgNodeTree || type == oid::kRecord) return false;
  if (info->category == 'P') return type == oid::kVoid;
  return info->category != 'A' || info->element != 0;
}

Wire WireOf(Oid type, bool binary) {
  const TypeInfo* info = FindType(type);
  if (info == nullptr) return Wire::kText;
  switch (type) {
    case oid::kText:
    case oid::kVarchar:
    case oid::kBpchar:
    case oid::kName:
    case oid::kChar:
    case oid::kJson:
    case oid::kUnknown:
    case oid::kVoid:
    case oid::kPgNodeTree:
    case oid::kRecord: return Wire::kText;
    case oid::kNumeric: return binary ? Wire::kNumeric : Wire::kText;
    case oid::kJsonb: return binary ? Wire::kJsonb : Wire::kText;
    default: break;
  }
  const bool named = type == oid::kRegproc || type == oid::kRegclass || type == oid::kRegtype || type == oid::kRegnamespace ||
                     type == oid::kRegrole;
  if (!binary) return info->category == 'P' || named ? Wire::kText : Wire::kParsed;
  switch (type) {
    case oid::kBool: return Wire::kBool;
    case oid::kInt2: return Wire::kInt2;
    case oid::kInt4:
    case oid::kDate: return Wire::kInt4;
    case oid::kInt8:
    case oid::kTime:
    case oid::kTimestamp:
    case oid::kTimestamptz: return Wire::kInt8;
    case oid::kFloat4: return Wire::kFloat4;
    case oid::kFloat8: return Wire::kFloat8;
    case oid::kBytea:
    case oid::kUuid: return Wire::kBytes;
    case oid::kInterval: return Wire::kInterval;
    case oid::kInt2Vector:
    case oid::kOidVector: return Wire::kVector;
    default: return info->category == 'A' ? Wire::kArray : Wire::kUnsigned4;
  }
}

Result<Datum> ReadBinary(Oid type, Wire wire, std::string_view bytes, std::string* made) {
  static const FormatContext kStored;
  const auto of_length = [&](size_t length) { return bytes.size() == length; };
  switch (wire) {
    case Wire::kBool:
      if (of_length(1)) return Datum::Integer(bytes[0] != 0 ? 1 : 0);
      break;
    case Wire::kInt2:
      if (of_length(2)) return Datum::Integer(BigEndian<int16_t>(bytes, 0));
      break;
    case Wire::kInt4:
      if (of_length(4)) return Datum::Integer(BigEndian<int32_t>(bytes, 0));
      break;
    case Wire::kUnsigned4:
      if (of_length(4)) return Datum::Integer(BigEndian<uint32_t>(bytes, 0));
      break;
    case Wire::kInt8:
      if (of_length(8)) return Datum::Integer(BigEndian<int64_t>(bytes, 0));
      break;
    case Wire::kFloat4:
      if (of_length(4)) return Datum::Real(static_cast<double>(std::bit_cast<float>(BigEndian<uint32_t>(bytes, 0))));
      break;
    case Wire::kFloat8:
      if (of_length(8)) return Datum::Real(std::bit_cast<double>(BigEndian<uint64_t>(bytes, 0)));
      break;
    case Wire::kText:
      // The empty "char" is a zero byte on the wire.
      return Datum::Text(type == oid::kChar && bytes == std::string_view("\0", 1) ? std::string_view() : bytes);
    case Wire::kBytes: return Datum::Blob(bytes);
    case Wire::kJsonb:
      if (!bytes.empty() && bytes[0] == 1) return Datum::Text(bytes.substr(1));
      break;
    case Wire::kArray:
      made->clear();
      ALLOD_RETURN_IF_ERROR(AppendArrayLiteral(FindType(type)->element, bytes, made));
      return Datum::Text(*made);
    case Wire::kNumeric:
      made->clear();
      ALLOD_RETURN_IF_ERROR(AppendNumeric(bytes, made));
      return Datum::Text(*made);
    case Wire::kInterval:
    case Wire::kVector: {
      ALLOD_ASSIGN_OR_RETURN(Value value, ParseBinary(Type{type}, bytes, kStored));
      *made = value.bytes();
      return Datum::Text(*made);
    }
    case Wire::kParsed: break;
  }
  return Fail(sqlstate::kInvalidBinaryRepresentation, "the database cluster sent a value of type " + FormatType(Type{type}) +
                                                          " in a form that is not understood");
}

namespace {

// In text form: needed only where a column beside it has a type that is carried as text.
Result<Datum> ReadParsed(Oid type, std::string_view text, const FormatContext& context, std::string* made) {
  if ((type == oid::kFloat4 || type == oid::kFloat8) && text == "NaN") return Datum::Real(std::numeric_limits<double>::quiet_NaN());
  Result<Value> value = ParseText(Type{type}, text, context);
  if (!value.ok() && IsArray(type)) {
    *made = text;  // of several dimensions, or with a NaN: as it is
    return Datum::Text(*made);
  }
  if (!value.ok()) return std::move(value).status();
  *made = value->bytes();
  Datum datum = value->view();
  datum.bytes = *made;
  return datum;
}

}  // namespace

Status RowReader::Read(const PGresult* result, int row, std::span<const ColumnReader> columns, const FormatContext& context) {
  row_.resize(columns.size());
  made_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const int column = static_cast<int>(i);
    if (PQgetisnull(result, row, column) != 0) {
      row_[i] = Datum::Null();
      continue;
    }
    const std::string_view bytes = FieldOf(result, row, column);
    const Oid type = columns[i].type.oid;
    if (columns[i].wire == Wire::kParsed) {
      ALLOD_ASSIGN_OR_RETURN(row_[i], ReadParsed(type, bytes, context, &made_[i]));
    } else {
      ALLOD_ASSIGN_OR_RETURN(row_[i], ReadBinary(type, columns[i].wire, bytes, &made_[i]));
    }
  }
  return Ok();
}

}  // namespace allod::engine::postgres
