// Definitions on an engine that understands PostgreSQL's SQL itself. The engine makes the objects; what is Allod's in the
// statement (data subjects, annotations, anonymisation rules) is put into the catalogue that is read from it afterwards.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "planner/plan.h"

namespace allod::planner {

// Refuses what would take Allod's own objects, or its say over the rows, away: 42501; code whose effect cannot be seen: 0A000.
Status CheckNativeUtility(const sql::Parsed& parsed, const sql::Statement& statement);
// What statement this is, if it cannot run inside a transaction block: "VACUUM", "CREATE INDEX CONCURRENTLY", ...; else "".
std::string_view RunsOutsideTransactions(const sql::Statement& statement);
// The statement can change what the catalogue says of tables, keys and owners.
bool ChangesDefinitions(const sql::Statement& statement);

// `context.catalog` as read after the statement was run -> with what the statement adds of Allod's. `before`: the catalogue
// before it. The same pointer if there is nothing to add.
Result<std::shared_ptr<const catalog::Catalog>> AnnotateNative(std::shared_ptr<sql::Parsed> parsed,
                                                               const sql::Statement& statement, const BindContext& context,
                                                               const catalog::Catalog& before, std::vector<Error>* notices);
// Indexes for those foreign keys that have none, as statements of the engine: ownership is followed along keys.
std::vector<std::string> NativeKeyIndexes(const catalog::Catalog& catalog,
                                          const std::function<bool(const catalog::Constraint&)>& wanted);

}  // namespace allod::planner
