// A view's query as it is stored: every relation with its schema, every * written out, every NATURAL JOIN with its columns,
// so that it means the same when tables get other columns or the search path is another. Private to planner/ddl_*.cc.
#pragma once

#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

// Changes the tree (new nodes and texts in `arena`). 0A000 for a * that it cannot write out.
Status PinQuery(const Ddl& ddl, PgQuery__SelectStmt* select, sql::Arena* arena);

// Calls `visit` for each RangeVar that is not the name of a WITH query. In a pinned query these have schemas.
void ForRelations(PgQuery__Node* query, const std::function<void(PgQuery__RangeVar*)>& visit);

PgQuery__Alias* EnsureAlias(PgQuery__RangeVar* range, sql::Arena* arena);

}  // namespace allod::planner::ddl
