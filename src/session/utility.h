// Statements that neither read nor define data: transaction control, settings, prepared statements.
#pragma once

#include "session/compiled.h"

namespace allod::session {

// Statements that the session itself answers on every engine: transaction control, settings, prepared statements.
bool IsSessionStatement(const PgQuery__Node* node);

// Result columns of SHOW, EXPLAIN, EXECUTE ... 0A000 for a statement that is not supported, with what to do instead.
Result<Description> DescribeUtility(const sql::Statement& statement);

}  // namespace allod::session
