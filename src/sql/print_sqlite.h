// Bound tree -> the embedded engine's SQL. One function per node. Refuses (0A000) what it cannot say exactly.
#pragma once

#include <string>

#include "base/status.h"
#include "sql/notes.h"
#include "sql/parse.h"

namespace allod::sql {

// `notes` as the Binder filled them. Client parameter $n is printed ?n; system relation k is printed allod_rows(?p) with
// p = first_relation_parameter + k.
Result<std::string> PrintSqlite(const Parsed& parsed, const PgQuery__Node* statement, const Notes& notes,
                                int first_relation_parameter);
Result<std::string> PrintSqliteExpression(const PgQuery__Node* expression, const Notes& notes);

// A constant in stored form: 12, 1.5e0, 'text', x'0a'.
std::string SqliteLiteral(const Datum& value);

}  // namespace allod::sql
