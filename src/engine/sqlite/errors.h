// What SQLite answers -> Status, in physical names (t16384, c1, i16399, k16400); session/ translates them.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "base/status.h"

namespace allod::engine::sqlite {

// `code` is extended; `message` is sqlite3_errmsg(). The result is never ok.
Status ErrorFrom(int code, std::string_view message, int system_errno = 0);
// Of the connection's last call. A full disk is told from other write errors by the system's error number.
Status LastError(sqlite3* db, int code);

// The disk refused to keep what it was given.
inline bool IsSyncFailure(int code) { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }

}  // namespace allod::engine::sqlite
