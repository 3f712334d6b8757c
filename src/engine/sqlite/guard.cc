#include "engine/sqlite/guard.h"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>

namespace allod::engine::sqlite {
namespace {

// Tables of the database (t<oid>), Allod's own (allod_*), and its virtual tables (allod_* too).
bool IsOurs(std::string_view table) {
  if (table.starts_with("allod_")) return true;
  return table.size() > 1 && table[0] == 't' &&
         std::all_of(table.begin() + 1, table.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool MayCall(std::string_view function) {
  // What reads keys and settings of the cipher, files, or SQLite's own structures. Everything else that is registered is
  // SQLite's plain arithmetic and text functions, or Allod's.
  for (const std::string_view prefix : {"sqlite3mc_", "sqlite_", "load_extension", "fts", "rtree", "readfile", "writefile"}) {
    if (function.starts_with(prefix)) return false;
  }
  return true;
}

}  // namespace

bool IsSchemaTable(const char* table) {
  const std::string_view name = table == nullptr ? "" : table;
  return name == "sqlite_master" || name == "sqlite_schema" || name == "sqlite_temp_master" || name == "sqlite_temp_schema";
}

int Guard(int action, const char* a, const char* b) {
  const std::string_view first = a == nullptr ? "" : a;
  const std::string_view second = b == nullptr ? "" : b;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_READ:
      if (IsOurs(first)) return SQLITE_OK;
      // "No column of it is read" (SELECT count(*) FROM x) is also asked for common table expressions, under their
      // names. What is not one of ours and is a table can only be SQLite's.
      return second.empty() && !first.starts_with("sqlite_") && !first.starts_with("pragma_") ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_INSERT:
    case SQLITE_UPDATE: return IsOurs(first) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_DELETE:
      // SQLITE_IGNORE: do not cut the table off as a whole, which would pass by the capture of changes.
      return IsOurs(first) ? SQLITE_IGNORE : SQLITE_DENY;
    case SQLITE_FUNCTION: return MayCall(second) ? SQLITE_OK : SQLITE_DENY;
    default: return SQLITE_DENY;  // PRAGMA, ATTACH, CREATE, DROP, ALTER, BEGIN, SAVEPOINT, ANALYZE, REINDEX, ...
  }
}

}  // namespace allod::engine::sqlite
