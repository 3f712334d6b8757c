#include "engine/sqlite/functions/collect.h"

#include <cstring>
#include <string>

#include "engine/sqlite/functions/aggregate.h"

namespace allod::engine::sqlite {
namespace {

constexpr size_t kMaxBytes = 256 << 20;  // the engine's longest value (SQLITE_LIMIT_LENGTH): no more is gathered than can be given back

template <typename T>
void Put(T value, std::string* out) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out->append(bytes, sizeof value);
}
template <typename T>
bool Take(std::string_view* in, T* value) {
  if (in->size() < sizeof *value) return false;
  std::memcpy(value, in->data(), sizeof *value);
  in->remove_prefix(sizeof *value);
  return true;
}

bool TakeValue(std::string_view* in, Datum* value) {
  uint8_t kind = 0;
  uint64_t size = 0;
  if (!Take(in, &kind)) return false;
  *value = Datum();
  switch (static_cast<Kind>(kind)) {
    case Kind::kNull:
      return true;
    case Kind::kInteger:
      value->kind = Kind::kInteger;
      return Take(in, &value->integer);
    case Kind::kReal:
      value->kind = Kind::kReal;
      return Take(in, &value->real);
    case Kind::kText:
    case Kind::kBlob:
      if (!Take(in, &size) || in->size() < size) return false;
      *value =
          static_cast<Kind>(kind) == Kind::kText ? Datum::Text(in->substr(0, size)) : Datum::Blob(in->substr(0, size));
      in->remove_prefix(size);
      return true;
  }
  return false;
}

}  // namespace

void CollectRowStep(sqlite3_context* c, int n, sqlite3_value** v) {
  std::string* rows = AggregateState<std::string>(c, true);
  if (rows == nullptr) return;
  Put(static_cast<uint16_t>(n), rows);
  for (int i = 0; i < n; ++i) {
    const Datum value = Argument(v[i]);
    Put(static_cast<uint8_t>(value.kind), rows);
    switch (value.kind) {
      case Kind::kNull:
        break;
      case Kind::kInteger:
        Put(value.integer, rows);
        break;
      case Kind::kReal:
        Put(value.real, rows);
        break;
      case Kind::kText:
      case Kind::kBlob:
        Put(static_cast<uint64_t>(value.bytes.size()), rows);
        rows->append(value.bytes);
        break;
    }
  }
  if (rows->size() > kMaxBytes) {
    Fail(c,
         allod::Fail(sqlstate::kProgramLimitExceeded, "the rows of a LATERAL subquery are longer than 256 MB together"));
  }
}

void CollectRowFinal(sqlite3_context* c) {
  std::string* rows = AggregateState<std::string>(c, false);
  if (rows == nullptr) return;
  sqlite3_result_blob64(c, rows->data(), rows->size(), SQLITE_TRANSIENT);
  delete rows;
}

Result<bool> TakeCollectedRow(std::string_view* rows, std::vector<Datum>* row) {
  row->clear();
  if (rows->empty()) return false;
  uint16_t count = 0;
  bool whole = Take(rows, &count);
  for (uint16_t i = 0; whole && i < count; ++i) whole = TakeValue(rows, &row->emplace_back());
  if (!whole) return allod::Fail(sqlstate::kInternalError, "the rows of a LATERAL subquery are broken");
  return true;
}

}  // namespace allod::engine::sqlite
