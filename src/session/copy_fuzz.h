// What a fuzzer drives: COPY's readers on the same bytes, given whole and in pieces. Used by the fuzz target and by a unit test.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "session/copy_format.h"

namespace allod::session {

// Every row as text, then how it ended: pieces of any size must give the same.
inline std::string ReadAllCopied(const CopyOptions& options, std::string_view bytes, size_t piece) {
  CopyReader reader(options, {{"a", Type{oid::kInt4}}, {"b", Type{oid::kText}}}, "t");
  std::string out;
  for (size_t at = 0;;) {
    Result<CopyReader::State> state = reader.Next();
    if (!state.ok()) return out + "! " + state.status().error().message + " " + reader.context();
    if (*state == CopyReader::State::kEnd) return out + ".";
    if (*state == CopyReader::State::kNeedsMore) {
      if (at >= bytes.size()) {
        reader.Finish();
      } else {
        reader.Append(bytes.substr(at, piece));
        at += piece;
      }
      continue;
    }
    for (const auto& field : reader.fields()) out += field ? "[" + std::string(*field) + "]" : "NULL";
    out += "\n";
  }
}

inline void FuzzCopy(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (int kind = 0; kind < 4; ++kind) {
    CopyOptions options;
    options.format = kind == 0 ? CopyOptions::Format::kText : kind == 3 ? CopyOptions::Format::kBinary : CopyOptions::Format::kCsv;
    if (options.csv()) {
      options.delimiter = ',';
      options.null = "";
      if (kind == 2) options.escape = '\\';
    }
    std::string whole = ReadAllCopied(options, bytes, bytes.size() + 1);
    if (ReadAllCopied(options, bytes, 1) != whole || ReadAllCopied(options, bytes, 3) != whole) std::abort();
  }
}

}  // namespace allod::session
