// Shared by format*.cc alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/format.h"

namespace allod {

inline bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline std::string_view TrimBlanks(std::string_view s) {
  while (!s.empty() && IsBlank(s.front())) s.remove_prefix(1);
  while (!s.empty() && IsBlank(s.back())) s.remove_suffix(1);
  return s;
}

// 22P02: invalid input syntax for type integer: "abc"
Status InvalidSyntax(std::string_view type, std::string_view text);

// One family each.
Result<Value> ParseBool(std::string_view text);
Result<Value> ParseInteger(Oid oid, std::string_view text);
Result<Value> ParseFloat(Oid oid, std::string_view text);
Result<Value> ParseBytea(std::string_view text);
Result<Value> ParseUuid(std::string_view text);
Result<Value> ParseArray(Type type, std::string_view text, const FormatContext& context);

void AppendInteger(int64_t v, std::string* out);
void AppendFloat(Oid oid, double v, int extra_float_digits, std::string* out);
void AppendBytea(std::string_view bytes, bool hex, std::string* out);
void AppendUuid(std::string_view bytes, std::string* out);
// From the stored literal: elements in the context's styles.
void AppendArray(Oid element, std::string_view literal, const FormatContext& context, std::string* out);

// Big-endian integers of the binary formats.
template <typename T>
void AppendBigEndian(T v, std::string* out) {
  auto u = static_cast<uint64_t>(v);
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>(u >> (8 * (sizeof(T) - 1 - i)));
  out->append(bytes, sizeof(T));
}
template <typename T>
T ReadBigEndian(std::string_view bytes, size_t at = 0) {
  uint64_t u = 0;
  for (size_t i = 0; i < sizeof(T); ++i) u = (u << 8) | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<T>(u);
}

// The context of array elements' stored form: ISO dates, UTC.
const FormatContext& StoredContext();

}  // namespace allod
