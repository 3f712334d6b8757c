#include "history/body.h"

#include <cstring>

namespace allod::history {

void PutNumber(uint64_t number, std::string* out) {
  for (; number >= 0x80; number >>= 7) *out += static_cast<char>(number | 0x80);
  *out += static_cast<char>(number);
}

bool TakeNumber(std::string_view* bytes, uint64_t* number) {
  *number = 0;
  for (size_t i = 0; i < bytes->size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>((*bytes)[i]);
    *number |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) {
      bytes->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

namespace {

// Small magnitudes stay short: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
uint64_t Folded(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}
int64_t Unfolded(uint64_t number) { return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1); }

// One value without its column. False if the bytes end too early or its kind is not known.
bool TakeValue(std::string_view* bytes, Datum* value) {
  if (bytes->empty()) return false;
  const auto kind = static_cast<Kind>(bytes->front());
  bytes->remove_prefix(1);
  uint64_t number = 0;
  switch (kind) {
    case Kind::kNull:
      *value = Datum::Null();
      return true;
    case Kind::kInteger:
      if (!TakeNumber(bytes, &number)) return false;
      *value = Datum::Integer(Unfolded(number));
      return true;
    case Kind::kReal: {
      double real = 0;
      if (bytes->size() < sizeof(real)) return false;
      std::memcpy(&real, bytes->data(), sizeof(real));
      bytes->remove_prefix(sizeof(real));
      *value = Datum::Real(real);
      return true;
    }
    case Kind::kText:
    case Kind::kBlob:
      if (!TakeNumber(bytes, &number) || number > bytes->size()) return false;
      *value = kind == Kind::kText ? Datum::Text(bytes->substr(0, number)) : Datum::Blob(bytes->substr(0, number));
      bytes->remove_prefix(number);
      return true;
  }
  return false;
}

}  // namespace

void BodyWriter::Add(catalog::Attnum column, Oid type, const Value& value) {
  PutNumber(static_cast<uint64_t>(column), &bytes_);
  PutNumber(type, &bytes_);
  bytes_ += static_cast<char>(value.kind());
  switch (value.kind()) {
    case Kind::kNull:
      break;
    case Kind::kInteger:
      PutNumber(Folded(value.integer()), &bytes_);
      break;
    case Kind::kReal: {
      const double real = value.real();
      bytes_.append(reinterpret_cast<const char*>(&real), sizeof(real));
      break;
    }
    case Kind::kText:
    case Kind::kBlob:
      PutNumber(value.bytes().size(), &bytes_);
      bytes_ += value.bytes();
      break;
  }
}

std::optional<BodyValue> FindInBody(std::string_view body, catalog::Attnum column) {
  uint64_t number = 0, type = 0;
  BodyValue found;
  while (TakeNumber(&body, &number) && TakeNumber(&body, &type) && TakeValue(&body, &found.value)) {
    if (number != static_cast<uint64_t>(column)) continue;
    found.type = static_cast<Oid>(type);
    return found;
  }
  return std::nullopt;
}

std::string PackColumns(const std::vector<catalog::Attnum>& columns) {
  std::string bytes;
  for (catalog::Attnum column : columns) PutNumber(static_cast<uint64_t>(column), &bytes);
  return bytes;
}

std::vector<catalog::Attnum> UnpackColumns(std::string_view bytes) {
  std::vector<catalog::Attnum> columns;
  for (uint64_t number = 0; TakeNumber(&bytes, &number);) columns.push_back(static_cast<catalog::Attnum>(number));
  return columns;
}

}  // namespace allod::history
