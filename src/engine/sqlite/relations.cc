#include "engine/sqlite/relations.h"

#include <new>
#include <string>

#include "engine/sqlite/errors.h"

namespace allod::engine::sqlite {
namespace {

constexpr char kPointerType[] = "allod_rows";
constexpr int kArgumentColumn = kMaxRelationColumns;  // hidden, behind the others

// What SQLite's planner is told, as the size is not known when a statement is prepared: few enough to start from, so that
// `FROM allod_rows(?1) k JOIN t ON t.c1 = k.c0` looks keys up in t's index.
constexpr double kGuessedRows = 25;

struct RowsCursor : sqlite3_vtab_cursor {
  const Relation* relation = nullptr;
  size_t next = 0;
};

RowsCursor& Of(sqlite3_vtab_cursor* cursor) { return *static_cast<RowsCursor*>(cursor); }

int Connect(sqlite3* db, void*, int, const char* const*, sqlite3_vtab** table, char**) {
  static const std::string* const kDeclaration = [] {
    auto* text = new std::string("CREATE TABLE x(");
    for (int i = 0; i < kMaxRelationColumns; ++i) *text += "c" + std::to_string(i) + ",";
    *text += "argument HIDDEN)";
    return text;
  }();
  if (const int rc = sqlite3_declare_vtab(db, kDeclaration->c_str()); rc != SQLITE_OK) return rc;
  // Not from definitions in the schema: only from statements that bind it.
  sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
  *table = new (std::nothrow) sqlite3_vtab();
  return *table == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int Disconnect(sqlite3_vtab* table) {
  delete table;
  return SQLITE_OK;
}

int BestIndex(sqlite3_vtab*, sqlite3_index_info* info) {
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn != kArgumentColumn || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
    info->estimatedCost = kGuessedRows;
    info->estimatedRows = static_cast<sqlite3_int64>(kGuessedRows);
    return SQLITE_OK;
  }
  return SQLITE_CONSTRAINT;  // no argument
}

int OpenCursor(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = new (std::nothrow) RowsCursor();
  return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int CloseCursor(sqlite3_vtab_cursor* cursor) {
  delete static_cast<RowsCursor*>(cursor);
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* cursor, int, const char*, int count, sqlite3_value** arguments) {
  RowsCursor& c = Of(cursor);
  c.next = 0;
  c.relation = count == 1 ? static_cast<const Relation*>(sqlite3_value_pointer(arguments[0], kPointerType)) : nullptr;
  if (c.relation != nullptr) return SQLITE_OK;
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = sqlite3_mprintf("allod_rows: the parameter is not a relation");
  return SQLITE_ERROR;
}

int Next(sqlite3_vtab_cursor* cursor) {
  ++Of(cursor).next;
  return SQLITE_OK;
}

int Eof(sqlite3_vtab_cursor* cursor) { return Of(cursor).next >= Of(cursor).relation->rows.size(); }

int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
  const RowsCursor& c = Of(cursor);
  const Row& row = c.relation->rows[c.next];
  if (index < 0 || static_cast<size_t>(index) >= row.size()) return SQLITE_OK;  // NULL
  // The relation outlives the statement's run, so nothing is copied.
  const Value& value = row[index];
  switch (value.kind()) {
    case Kind::kNull: break;
    case Kind::kInteger: sqlite3_result_int64(context, value.integer()); break;
    case Kind::kReal: sqlite3_result_double(context, value.real()); break;
    case Kind::kText:
      sqlite3_result_text64(context, value.bytes().data(), value.bytes().size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    case Kind::kBlob:
      sqlite3_result_blob64(context, value.bytes().data(), value.bytes().size(), SQLITE_STATIC);
      break;
  }
  return SQLITE_OK;
}

int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = static_cast<sqlite3_int64>(Of(cursor).next);
  return SQLITE_OK;
}

const sqlite3_module kModule = [] {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xCreate = nullptr;  // eponymous only
  module.xConnect = Connect;
  module.xBestIndex = BestIndex;
  module.xDisconnect = Disconnect;
  module.xOpen = OpenCursor;
  module.xClose = CloseCursor;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = Eof;
  module.xColumn = Column;
  module.xRowid = RowId;
  return module;
}();

}  // namespace

Status RegisterRelations(sqlite3* db) {
  const int rc = sqlite3_create_module_v2(db, "allod_rows", &kModule, nullptr, nullptr);
  return rc == SQLITE_OK ? Ok() : LastError(db, rc);
}

int BindRelation(sqlite3_stmt* statement, int parameter, const Relation* relation) {
  // SQLite keeps the pointer as it is; nothing writes through it.
  return sqlite3_bind_pointer(statement, parameter, const_cast<Relation*>(relation), kPointerType, nullptr);
}

}  // namespace allod::engine::sqlite
