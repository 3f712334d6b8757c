// Definition statements: from the tree to a changed Catalog and the engine statements that make it so.
#pragma once

#include "planner/plan.h"

namespace allod::planner {

// What a definition statement will do. Nothing has been done when this is returned; ApplyDefinition does it.
struct Definition {
  std::shared_ptr<const catalog::Catalog> catalog;  // afterwards
  std::vector<std::string> script;                  // engine statements, in order
  // Those of the script that evaluate a user's expressions (a new column's default, CREATE TABLE AS): single statements,
  // run with an ExecContext and not as trusted text. By index into `script`.
  std::set<size_t> evaluated;
  // The evaluated statement whose affected rows end the tag, as in "SELECT 3"; SIZE_MAX: none.
  size_t counted = SIZE_MAX;
  // Queries that must return no row; each with the error to answer if one does.
  struct Check {
    std::string query;
    Status error;
    size_t before = SIZE_MAX;         // checked before script[before]; SIZE_MAX: after the whole script
    // The error's detail, where '%' stands for the values of the offending row: "Key (a)=(%) is duplicated."
    std::string detail;
    std::vector<Type> detail_types;
  };
  std::vector<Check> checks;
  // Sequences that start again (TRUNCATE RESTART IDENTITY, ALTER SEQUENCE RESTART): catalog::Sequences::Set(sequence,
  // value, is_called = false) and Persist, in the same transaction.
  struct Restart {
    Oid sequence;
    int64_t value;
  };
  std::vector<Restart> restarts;
  std::string tag;                    // "CREATE TABLE"
  std::vector<Error> notices;         // e.g. relation "t" already exists, skipping
};

bool IsDefinition(const sql::Statement& statement);

// CREATE/ALTER/DROP TABLE, CREATE/DROP INDEX, VIEW, SEQUENCE, SCHEMA, TRUNCATE (its checks and its cascade), ALTER ...
// SET DATA_SUBJECT and its kin. Does not judge ownership: ownership::CheckSchema does, on the resulting catalogue.
Result<Definition> PlanDefinition(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                  const BindContext& context, engine::DialectId dialect);

// Runs the script and the checks inside `transaction` (which must be able to write) and gives the command tag. On error
// the caller rolls back. Does not save the catalogue (catalog::Save), does not restart sequences.
Result<std::string> ApplyDefinition(const Definition& definition, engine::Transaction& transaction, ExecContext* context);

}  // namespace allod::planner
