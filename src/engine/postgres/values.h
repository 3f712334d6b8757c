// Values between their stored form (base/value.h) and the wire: parameters into what libpq sends, results into datums.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/datetime.h"
#include "base/status.h"
#include "base/types.h"
#include "base/value.h"
#include "engine/engine.h"
#include "engine/postgres/libpq.h"

namespace allod::engine::postgres {

// The parameters of one execution, as libpq wants them. Made to be reused: it keeps its memory. Bytes of the parameters are
// pointed to where they can be sent as they are, so they must outlive the sending.
class Arguments {
 public:
  // `types`: what the statement takes, one per $n. XX000 if the parameters do not fit it, 22021 for a zero byte in a text.
  Status Encode(std::span<const Oid> types, std::span<const Parameter> parameters);

  int count() const { return static_cast<int>(slots_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  struct Slot {
    const char* direct = nullptr;  // where the bytes are, if not in made_
    size_t at = 0, length = 0;
    bool null = false, binary = false;
  };

  Status Add(Oid type, const Datum& datum);
  Status AddColumn(Oid array, const Relation& relation, int column);

  std::vector<Slot> slots_;
  std::string made_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

// How a result column is read.
enum class Wire : uint8_t {
  kBool, kInt2, kInt4, kInt8, kUnsigned4, kFloat4, kFloat8, kText, kBytes, kJsonb, kNumeric, kInterval, kVector, kArray,
  kParsed,  // from its text form, by base/format
};
// Whether the type has a binary form that is understood here.
bool HasBinary(Oid type);
Wire WireOf(Oid type, bool binary);

struct ColumnReader {
  Type type;
  Wire wire = Wire::kText;
};

// One row, reused. Datums point into the result, or to texts that were made here.
class RowReader {
 public:
  Status Read(const PGresult* result, int row, std::span<const ColumnReader> columns, const FormatContext& context);
  const Datum& column(int index) const { return row_[static_cast<size_t>(index)]; }

 private:
  std::vector<Datum> row_;
  std::vector<std::string> made_;
};

}  // namespace allod::engine::postgres
