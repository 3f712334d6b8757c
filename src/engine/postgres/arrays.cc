#include "engine/postgres/arrays.h"

#include <utility>
#include <vector>

#include "base/format.h"
#include "engine/postgres/wire.h"

namespace allod::engine::postgres {
namespace {

constexpr uint32_t kNullLength = 0xffffffff;
constexpr int kMaxDimensions = 6;  // PostgreSQL's

const Value* At(const Row& row, int column) {
  const auto index = static_cast<size_t>(column);
  return index < row.size() && !row[index].is_null() ? &row[index] : nullptr;
}

Status Malformed() { return Fail(sqlstate::kInvalidBinaryRepresentation, "the database cluster sent a malformed array"); }

class LiteralWriter {
 public:
  LiteralWriter(Oid element, std::string_view bytes, std::string* out)
      : element_(element), wire_(WireOf(element, true)), bytes_(bytes), out_(out) {}

  Status Write() {
    if (bytes_.size() < 12) return Malformed();
    const auto dimensions = BigEndian<int32_t>(bytes_, 0);
    if (BigEndian<Oid>(bytes_, 8) != element_ || dimensions < 0 || dimensions > kMaxDimensions) return Malformed();
    at_ = 12;
    if (bytes_.size() < at_ + 8 * static_cast<size_t>(dimensions)) return Malformed();
    bool shifted = false;
    for (int i = 0; i < dimensions; ++i, at_ += 8) {
      dimensions_.push_back({BigEndian<int32_t>(bytes_, at_), BigEndian<int32_t>(bytes_, at_ + 4)});
      if (dimensions_.back().length < 0) return Malformed();
      shifted = shifted || dimensions_.back().lower != 1;
    }
    if (dimensions == 0) {
      out_->append("{}");
      return Ok();
    }
    if (shifted) {
      for (const Dimension& d : dimensions_) {
        *out_ += "[" + std::to_string(d.lower) + ":" + std::to_string(static_cast<int64_t>(d.lower) + d.length - 1) + "]";
      }
      *out_ += '=';
    }
    return WriteLevel(0);
  }

 private:
  struct Dimension {
    int32_t length, lower;
  };

  Status WriteLevel(size_t level) {
    if (level + 1 == dimensions_.size()) {
      Row elements;
      for (int32_t i = 0; i < dimensions_[level].length; ++i) {
        ALLOD_ASSIGN_OR_RETURN(Value value, Element());
        elements.push_back(std::move(value));
      }
      out_->append(ArrayLiteral(element_, elements));
      return Ok();
    }
    out_->push_back('{');
    for (int32_t i = 0; i < dimensions_[level].length; ++i) {
      if (i > 0) out_->push_back(',');
      ALLOD_RETURN_IF_ERROR(WriteLevel(level + 1));
    }
    out_->push_back('}');
    return Ok();
  }

  Result<Value> Element() {
    if (at_ + 4 > bytes_.size()) return Malformed();
    const auto length = BigEndian<uint32_t>(bytes_, at_);
    at_ += 4;
    if (length == kNullLength) return Value();
    if (length > bytes_.size() - at_) return Malformed();
    ALLOD_ASSIGN_OR_RETURN(Datum datum, ReadBinary(element_, wire_, bytes_.substr(at_, length), &made_));
    at_ += length;
    return Value(datum);
  }

  const Oid element_;
  const Wire wire_;
  const std::string_view bytes_;
  std::string* const out_;
  size_t at_ = 0;
  std::vector<Dimension> dimensions_;
  std::string made_;
};

}  // namespace

void AppendArrayBinary(Oid element, const Relation& relation, int column, std::string* out) {
  static const FormatContext kStored;
  const bool empty = relation.rows.empty();
  bool has_null = false;
  for (const Row& row : relation.rows) has_null = has_null || At(row, column) == nullptr;
  AppendInt4(empty ? 0 : 1, out);
  AppendInt4(has_null ? 1 : 0, out);
  AppendInt4(element, out);
  if (empty) return;
  AppendInt4(static_cast<uint32_t>(relation.rows.size()), out);
  AppendInt4(1, out);
  for (const Row& row : relation.rows) {
    const Value* value = At(row, column);
    const size_t length_at = out->size();
    AppendInt4(kNullLength, out);
    if (value == nullptr) continue;
    AppendBinary(Type{element}, *value, kStored, out);
    const auto length = static_cast<uint32_t>(out->size() - length_at - 4);
    for (int i = 0; i < 4; ++i) (*out)[length_at + static_cast<size_t>(i)] = static_cast<char>(length >> (24 - 8 * i));
  }
}

Status AppendArrayText(const Relation& relation, int column, std::string* out) {
  static const FormatContext kStored;
  out->push_back('{');
  bool first = true;
  std::string text;
  for (const Row& row : relation.rows) {
    if (!std::exchange(first, false)) out->push_back(',');
    const Value* value = At(row, column);
    if (value == nullptr) {
      out->append("NULL");
      continue;
    }
    text.clear();
    const Oid type = value->kind() == Kind::kInteger ? oid::kInt8
                     : value->kind() == Kind::kReal  ? oid::kFloat8
                     : value->kind() == Kind::kBlob  ? oid::kBytea
                                                     : oid::kText;
    AppendText(Type{type}, *value, kStored, &text);
    if (text.find('\0') != std::string::npos) {
      return Fail(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00");
    }
    out->push_back('"');
    for (const char c : text) {
      if (c == '"' || c == '\\') out->push_back('\\');
      out->push_back(c);
    }
    out->push_back('"');
  }
  out->push_back('}');
  return Ok();
}

Status AppendArrayLiteral(Oid element, std::string_view bytes, std::string* out) {
  return LiteralWriter(element, bytes, out).Write();
}

}  // namespace allod::engine::postgres
