// The second line of defence: what a statement that came through the planner may touch at all. The first line, which
// knows users and rights, is the permission check on the bound tree.
#pragma once

namespace allod::engine::sqlite {

// For sqlite3_set_authorizer: SQLITE_OK, SQLITE_DENY, or SQLITE_IGNORE (rows are deleted one by one). It is asked when
// a statement is prepared, so cached statements do not pay for it.
int Guard(int action, const char* a, const char* b);
// Is it sqlite_schema, under any of its names?
bool IsSchemaTable(const char* table);

}  // namespace allod::engine::sqlite
