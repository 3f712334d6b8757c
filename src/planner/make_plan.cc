#include "planner/make_plan.h"

#include "planner/brief.h"
#include "sql/print_sqlite.h"

namespace allod::planner {

Result<std::shared_ptr<const Plan>> MakePlan(std::shared_ptr<const BoundStatement> bound, const BindContext& context,
                                             engine::DialectId dialect) {
  if (dialect != engine::DialectId::kSqlite)
    return Unsupported("this engine has no printer yet", "Use the embedded engine.");
  auto plan = std::make_shared<Plan>();
  sql::PrintOptions options;
  options.first_relation_parameter = static_cast<int>(bound->parameters.size()) + 1;
  for (size_t i = 0; i < bound->parameters.size(); ++i) {
    plan->sources.push_back({Plan::Source::Kind::kParameter, static_cast<int>(i)});
  }
  for (size_t i = 0; i < bound->relations.size(); ++i) {
    plan->sources.push_back({Plan::Source::Kind::kRelation, static_cast<int>(i)});
    options.relation_widths.push_back(bound->relations[i].width);
  }
  if (bound->query != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(plan->text, sql::PrintSqlite(*bound->query, options));
  } else {
    ALLOD_ASSIGN_OR_RETURN(plan->text, sql::PrintSqlite(*bound->change, options));
  }
  switch (bound->kind) {
    case StatementKind::kInsert:
      plan->tag = "INSERT 0";
      break;
    case StatementKind::kUpdate:
      plan->tag = "UPDATE";
      break;
    case StatementKind::kDelete:
      plan->tag = "DELETE";
      break;
    default:
      plan->tag = "SELECT";
      break;
  }
  plan->needs_turn = bound->writes || bound->locks_rows;
  plan->brief = plan->text.size() <= kMostBriefText && IsBrief(*bound, *context.catalog);
  plan->catalog = context.catalog;
  plan->bound = std::move(bound);
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace allod::planner
