#include "session/compiled.h"

#include "ownership/graph.h"
#include "planner/binder.h"
#include "planner/ddl.h"
#include "planner/make_plan.h"
#include "session/database.h"
#include "session/gdpr.h"
#include "session/utility.h"

namespace allod::session {

std::string CompileSettings::Key() const {
  std::string key;
  for (const std::string& schema : search_path) key += schema + '\x1f';
  key += '\x1e' + user + '\x1f' + database + '\x1f' + std::string(format.zone->name()) + '\x1f';
  key += static_cast<char>('a' + static_cast<int>(format.date_order));
  key += static_cast<char>('a' + static_cast<int>(format.interval_style));
  return key;
}

namespace {

bool IsQuery(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: return node->select_stmt->into_clause == nullptr;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT: return true;
    default: return false;
  }
}

}  // namespace

Result<CompiledPtr> Compile(std::shared_ptr<sql::Parsed> parsed, const sql::Statement* statement,
                            std::shared_ptr<const Definitions> definitions, const CompileSettings& settings,
                            const std::vector<Oid>& types, bool simple, engine::DialectId dialect) {
  auto compiled = std::make_shared<Compiled>();
  compiled->parsed = parsed;
  compiled->statement = statement;
  compiled->definitions = definitions;
  if (statement == nullptr) return CompiledPtr(std::move(compiled));

  bool prepares = statement->node != nullptr && statement->node->node_case == PG_QUERY__NODE__NODE_PREPARE_STMT;
  if (simple && statement->parameters > 0 && !prepares) {
    return Fail(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(statement->parameters));
  }
  if (statement->node == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(compiled->description, DescribeOwnStatement(*parsed, *statement, *definitions, simple));
    return CompiledPtr(std::move(compiled));
  }
  if (!IsQuery(statement->node)) {
    if (!planner::IsDefinition(*statement)) {
      ALLOD_ASSIGN_OR_RETURN(compiled->description, DescribeUtility(*statement));
    }
    return CompiledPtr(std::move(compiled));
  }

  planner::BindContext context{definitions->catalog, settings.format, types, settings.search_path, settings.user, settings.database};
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<planner::BoundStatement> bound, planner::Bind(parsed, *statement, context));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const planner::Plan> made, planner::MakePlan(bound, context, dialect));
  auto plan = std::make_shared<planner::Plan>(*made);
  if (bound->target != nullptr) plan->watch = ownership::WatchFor(*definitions->graph, bound->target->oid);
  compiled->description.parameters = bound->parameters;
  compiled->description.columns = bound->columns;
  compiled->description.returns_rows = !bound->columns.empty() || bound->kind == planner::StatementKind::kSelect;
  compiled->plan = std::move(plan);
  return CompiledPtr(std::move(compiled));
}

const Description& Describe(const Prepared& prepared) { return prepared.compiled->description; }

}  // namespace allod::session
