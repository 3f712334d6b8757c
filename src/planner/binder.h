// The Binder: names, types, overloads; what is read and written. It follows PostgreSQL's rules and knows no engine.
// planner/bind_*.cc hold one function per node kind.
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// SELECT, VALUES, INSERT, UPDATE, DELETE. Errors carry the position in the user's text.
Result<std::shared_ptr<BoundStatement>> Bind(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                             const BindContext& context);

// An expression over the columns of one table (a check, a default, an index expression), as the embedded engine's text
// with physical column names and no alias: "(c1 > 0)". `table` may be null (defaults see no columns).
// `as`: coerced to this type as by assignment; kUnknown: as it is. `columns_read`, `result` may be null.
Result<std::string> BindTableExpression(std::string_view expression_sql, const catalog::Table* table, Type as,
                                        const BindContext& context, std::vector<catalog::Attnum>* columns_read, Type* result);

}  // namespace allod::planner
