#include "engine/sqlite/errors.h"

#include <cerrno>
#include <string>
#include <utility>

#include "engine/engine.h"

namespace allod::engine::sqlite {
namespace {

// What SQLite itself says of a window's arguments, and what PostgreSQL does.
struct WindowMistake {
  std::string_view message, sqlstate, text;
};
constexpr WindowMistake kWindowMistakes[] = {
    {"frame starting offset must be", sqlstate::kInvalidPrecedingOrFollowingSize, "frame starting offset must not be negative"},
    {"frame ending offset must be", sqlstate::kInvalidPrecedingOrFollowingSize, "frame ending offset must not be negative"},
    {"argument of ntile must be", sqlstate::kInvalidArgumentForNtile, "argument of ntile must be greater than zero"},
    {"second argument to nth_value must be", sqlstate::kInvalidArgumentForNthValue, "argument of nth_value must be greater than zero"},
};

const WindowMistake* FindWindowMistake(std::string_view message) {
  for (const WindowMistake& mistake : kWindowMistakes) {
    if (message.starts_with(mistake.message)) return &mistake;
  }
  return nullptr;
}

// "UNIQUE constraint failed: t16384.c1, t16384.c2" -> "t16384", "c1,c2".
std::pair<std::string, std::string> TableAndColumns(std::string_view list) {
  std::string table, columns;
  while (!list.empty()) {
    const size_t comma = list.find(", ");
    const std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 2);
    const size_t dot = item.find('.');
    if (dot == std::string_view::npos) continue;
    table = item.substr(0, dot);
    if (!columns.empty()) columns += ',';
    columns += item.substr(dot + 1);
  }
  return {table, columns};
}

std::string_view AfterColon(std::string_view message) {
  const size_t colon = message.find(": ");
  return colon == std::string_view::npos ? std::string_view() : message.substr(colon + 2);
}

Status ConstraintError(int code, std::string_view message) {
  const std::string_view what = AfterColon(message);
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: {
      Error error{std::string(sqlstate::kUniqueViolation), "duplicate key value violates a unique constraint"};
      if (what.starts_with("index '") && what.ends_with("'")) {
        error.constraint = what.substr(7, what.size() - 8);
      } else {
        std::tie(error.table, error.column) = TableAndColumns(what);
      }
      return error;
    }
    case SQLITE_CONSTRAINT_NOTNULL: {
      Error error{std::string(sqlstate::kNotNullViolation), "null value violates a not-null constraint"};
      std::tie(error.table, error.column) = TableAndColumns(what);
      return error;
    }
    case SQLITE_CONSTRAINT_CHECK: {
      Error error{std::string(sqlstate::kCheckViolation), "new row violates a check constraint"};
      error.constraint = what;
      return error;
    }
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_TRIGGER:
      return Fail(sqlstate::kForeignKeyViolation, "a foreign key constraint is violated");
    default:  // STRICT's datatype check: a value that is not in stored form got this far
      return Fail(sqlstate::kInternalError, "engine: " + std::string(message));
  }
}

// A statement planned against a schema that has since changed. The session plans it again.
bool IsStaleSchema(std::string_view message) {
  return message.starts_with("no such table") || message.starts_with("no such column") ||
         message.starts_with("no such index") || message.find("has no column named") != std::string_view::npos;
}

// Limits that a statement can hit while it is prepared; SQLite reports them as plain errors.
bool IsTooComplex(std::string_view message) {
  return message.starts_with("Expression tree is too large") || message.starts_with("parser stack overflow") ||
         message.starts_with("too many") || message.starts_with("at most ") ||
         message.starts_with("Recursion limit");
}

Status DiskFull() {
  return Fail(sqlstate::kDiskFull, "could not extend file: no space left on device")
      .Hint("Make room on the disk that holds the data directory; the statement can then be run again.");
}

}  // namespace

Status ErrorFrom(int code, std::string_view message, int system_errno) {
  const std::string text(message);
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return ConstraintError(code, message);
    case SQLITE_FULL: return DiskFull();
    case SQLITE_IOERR:
      if (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG) return DiskFull();
      if (code == SQLITE_IOERR_NOMEM) return Fail(sqlstate::kOutOfMemory, "out of memory");
      // The cipher reports a page that does not authenticate through the same door.
      if (code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS) {
        return Fail(sqlstate::kDataCorrupted, "the database file is damaged");
      }
      return Fail(sqlstate::kIoError, "could not read or write the database file: " + text);
    case SQLITE_CANTOPEN: return Fail(sqlstate::kIoError, "could not open the database file: " + text);
    case SQLITE_READONLY: return Fail(sqlstate::kIoError, "could not write the database file: it is read-only");
    case SQLITE_PERM: return Fail(sqlstate::kIoError, "could not open the database file: permission denied");
    case SQLITE_CORRUPT: return Fail(sqlstate::kDataCorrupted, "the database file is damaged: " + text);
    case SQLITE_NOTADB:
      return Fail(sqlstate::kDataCorrupted, "the file is not a database, or is encrypted with another key");
    case SQLITE_LOCKED:
      return Fail(sqlstate::kObjectInUse, "the table is being used by active queries in this session");
    case SQLITE_BUSY:
      return Fail(sqlstate::kSerializationFailure, "could not serialize access due to concurrent update");
    case SQLITE_TOOBIG:
      return Fail(sqlstate::kProgramLimitExceeded, "a value or the statement is longer than the engine allows");
    case SQLITE_NOMEM:
      return Fail(sqlstate::kOutOfMemory, "out of memory")
          .Hint("The statement needs more memory than one statement may use.");
    case SQLITE_INTERRUPT: return Fail(sqlstate::kQueryCanceled, "canceling statement due to user request");
    case SQLITE_AUTH: return Fail(sqlstate::kInsufficientPrivilege, "the engine refuses this statement: " + text);
    case SQLITE_SCHEMA:
      return Fail(sqlstate::kInternalError, "the schema changed while the statement was running")
          .Constraint(std::string(kStaleSchema));
    case SQLITE_ERROR:
      if (IsStaleSchema(message)) return Fail(sqlstate::kInternalError, text).Constraint(std::string(kStaleSchema));
      if (const WindowMistake* mistake = FindWindowMistake(message)) return Fail(mistake->sqlstate, std::string(mistake->text));
      if (IsTooComplex(message)) {
        return Fail(sqlstate::kStatementTooComplex, "the statement is too complex: " + text);
      }
      [[fallthrough]];
    default: return Fail(sqlstate::kInternalError, "engine: " + text);
  }
}

Status LastError(sqlite3* db, int code) {
  return ErrorFrom(code, sqlite3_errmsg(db), sqlite3_system_errno(db));
}

}  // namespace allod::engine::sqlite
