// Definition statements: from the tree to a changed Catalog and the engine statements that make it so.
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// What a definition statement will do. Nothing has been done when this is returned.
struct Definition {
  std::shared_ptr<const catalog::Catalog> catalog;  // afterwards
  std::vector<std::string> script;                  // engine statements, in order
  // Queries that must return no row (checked after the script; each with the error to answer if one does).
  struct Check {
    std::string query;
    Status error;
  };
  std::vector<Check> checks;
  std::string tag;                    // "CREATE TABLE"
  std::vector<Error> notices;         // e.g. relation "t" already exists, skipping
};

bool IsDefinition(const sql::Statement& statement);

// CREATE/ALTER/DROP TABLE, CREATE/DROP INDEX, VIEW, SEQUENCE, SCHEMA, TRUNCATE (its checks and its cascade), ALTER ...
// SET DATA_SUBJECT and its kin. Does not judge ownership: ownership::CheckSchema does, on the resulting catalogue.
Result<Definition> PlanDefinition(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                  const BindContext& context, engine::DialectId dialect);

}  // namespace allod::planner
