// Bound statement -> the embedded engine's SQL. One function per node kind. Refuses (0A000) what it cannot say exactly.
//
// Client parameter $n is printed ?n; system relation k is read from allod_rows(?p), p = first_relation_parameter + k,
// in a materialised WITH of the statement, once.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "sql/query.h"

namespace allod::sql {

struct PrintOptions {
  int first_relation_parameter = 1;
  std::vector<int> relation_widths;  // columns of each system relation
};

Result<std::string> PrintSqlite(const Query& query, const PrintOptions& options);
Result<std::string> PrintSqlite(const Change& change, const PrintOptions& options);
// Columns are printed without their table: for checks, defaults and index expressions.
Result<std::string> PrintSqliteExpression(const Expr& expression);

// Such a FROM item is printed in brackets, outside of which nothing is seen, unless it is the first.
bool HasOuterSide(const From& from);

// A constant in stored form: 12, 1.5e0, 'text', x'0a'.
std::string SqliteLiteral(const Datum& value);

}  // namespace allod::sql
