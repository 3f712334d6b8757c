// The options of COPY: PostgreSQL 15's names, defaults and errors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/parse.h"

namespace allod::session {

struct CopyOptions {
  enum class Format : uint8_t { kText, kCsv, kBinary } format = Format::kText;
  enum class Header : uint8_t { kNone, kLine, kMatch } header = Header::kNone;
  char delimiter = '\t';
  std::string null = "\\N";
  char quote = '"', escape = '"';  // kCsv
  // Columns by name; `*` is all.
  struct Columns {
    bool all = false;
    std::vector<std::string> names;
    bool given() const { return all || !names.empty(); }
  };
  Columns force_quote, force_not_null, force_null;
  bool csv() const { return format == Format::kCsv; }
  bool binary() const { return format == Format::kBinary; }
};

Result<CopyOptions> ParseCopyOptions(const sql::Parsed& parsed, const PgQuery__CopyStmt& statement);

}  // namespace allod::session
