// The body of a version: a row's values, each with its column's number and its type at the time, so that it can be read
// whatever became of the table (docs/history.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "base/value.h"
#include "catalog/catalog.h"

namespace allod::history {

class BodyWriter {
 public:
  void Add(catalog::Attnum column, Oid type, const Value& value);  // NULLs too
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

struct BodyValue {
  Oid type = 0;
  Datum value;  // a view into the body
};

// The column's value; none if the body has no such column, or ends too early.
std::optional<BodyValue> FindInBody(std::string_view body, catalog::Attnum column);

// A set of column numbers, as it is stored: ascending.
std::string PackColumns(const std::vector<catalog::Attnum>& columns);
std::vector<catalog::Attnum> UnpackColumns(std::string_view bytes);

// Numbers of seven bits a byte, least first; the last byte's high bit is 0.
void PutNumber(uint64_t number, std::string* out);
// False, and nothing taken, if the bytes end within it.
bool TakeNumber(std::string_view* bytes, uint64_t* number);

}  // namespace allod::history
