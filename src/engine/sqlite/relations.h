// allod_rows(?N): rows that Allod computed, as a table of the statement. An eponymous virtual table with the columns
// c0, c1, ...; its argument is a pointer, which no SQL text can make up.
#pragma once

#include <sqlite3.h>

#include "base/status.h"
#include "engine/engine.h"

namespace allod::engine::sqlite {

Status RegisterRelations(sqlite3* db);
// SQLite's answer. The relation must outlive the binding.
int BindRelation(sqlite3_stmt* statement, int parameter, const Relation* relation);

}  // namespace allod::engine::sqlite
