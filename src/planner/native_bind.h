// Binding for an engine that understands PostgreSQL's SQL itself (Capabilities::native_sql). The statement goes to it as it
// was written; what is found here is which tables and columns it reads and writes. Where that cannot be told (code that runs
// SQL of its own, files, programs of the server's), the statement is refused. Names are resolved as the engine does, along
// the same search path; what is no table of ours (a system relation, a CTE) is left to it.
//
// Columns are told exactly where they are qualified or belong to one table of the FROM list; an unqualified name that
// several tables have counts for each of them, since only the engine will say that it is ambiguous.
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// SELECT, INSERT, UPDATE, DELETE, MERGE, and what EXPLAIN, DECLARE, COPY and CREATE TABLE AS hold of them.
// Parameter and result types are the engine's to tell: they are left empty.
Result<std::shared_ptr<BoundStatement>> BindNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                                   const BindContext& context);
// Settings of the engine by which captured changes could be lost or another role be taken, in any case of letters: nobody
// may set them, by whatever way (SET, set_config(), the startup packet).
bool IsReservedSetting(std::string_view name);
// Refuses calls that no statement and no stored expression (a default, a view) may hold: set_config(), currval(), lastval(),
// functions of Allod's own schema. The binder itself allows set_config() with constants.
Status CheckStoredCall(const PgQuery__FuncCall& call);
// The plan that hands it on.
std::shared_ptr<Plan> MakeNativePlan(std::shared_ptr<const BoundStatement> bound, const BindContext& context);

}  // namespace allod::planner
