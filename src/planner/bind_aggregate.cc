// Aggregates and window functions: where they may stand and what they take.
#include <algorithm>
#include <set>

#include "planner/bind.h"

namespace allod::planner {

using sql::FunctionKind;

Result<Expr*> Binder::BindAggregate(const PgQuery__FuncCall& call, std::string_view name, Scope& scope) {
  const bool over = call.over != nullptr;
  auto clause_name = [&]() -> std::string {
    switch (scope.clause) {
      case Clause::kWhere:
        return "WHERE";
      case Clause::kOn:
        return "JOIN conditions";
      case Clause::kGroupBy:
        return "GROUP BY";
      case Clause::kHaving:
        return "HAVING";
      case Clause::kLimit:
        return "LIMIT";
      case Clause::kOffset:
        return "OFFSET";
      case Clause::kValues:
      case Clause::kInsertValues:
        return "VALUES";
      case Clause::kReturning:
        return "RETURNING";
      case Clause::kSet:
        return "UPDATE";
      case Clause::kFilter:
        return "FILTER";
      case Clause::kFrom:
        return "functions in FROM";
      case Clause::kCheck:
        return "check constraints";
      case Clause::kDefault:
        return "DEFAULT expressions";
      case Clause::kIndex:
        return "index expressions";
      case Clause::kWindow:
        return "window definitions";
      default:
        return "this place";
    }
  };
  if (over) {
    if (scope.in_window) {
      return Error(sqlstate::kWindowingError, "window function calls cannot be nested", call.location);
    }
    if (scope.in_aggregate) {
      return Error(sqlstate::kGroupingError, "aggregate function calls cannot contain window function calls",
                   call.location);
    }
    if (scope.clause != Clause::kTarget && scope.clause != Clause::kOrderBy && scope.clause != Clause::kDistinctOn) {
      return Error(sqlstate::kWindowingError, "window functions are not allowed in " + clause_name(), call.location);
    }
  } else {
    if (scope.in_aggregate) {
      return Error(sqlstate::kGroupingError, "aggregate function calls cannot be nested", call.location);
    }
    if (!scope.aggregates_allowed) {
      return Error(sqlstate::kGroupingError, "aggregate functions are not allowed in " + clause_name(), call.location);
    }
  }
  // count(t.*) and count(t) count the rows of t that are there.
  std::vector<Expr*> args;
  const bool in_window = scope.in_window, in_aggregate = scope.in_aggregate;
  if (over) scope.in_window = true;
  else scope.in_aggregate = true;
  auto restore = [&] {
    scope.in_window = in_window;
    scope.in_aggregate = in_aggregate;
  };
  auto bind_arguments = [&]() -> Status {
    if (name == "count" && call.n_args == 1 && call.args[0]->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
      const PgQuery__ColumnRef& ref = *call.args[0]->column_ref;
      if (ref.n_fields == 2 && ref.fields[1]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        std::string alias = StringOf(ref.fields[0]);
        for (NameItem& item : scope.items) {
          if (item.qualified && item.alias == alias && item.range != nullptr &&
              item.range->kind == Range::Kind::kTable) {
            Expr* row = New(Expr::Kind::kColumn, Type{oid::kInt8}, ref.location);
            row->range = item.range;
            row->column = -1;
            args.push_back(row);
            AccessOf(item.range->table);
            return Ok();
          }
        }
        return NotSupported("count of a whole row is not supported here", ref.location, "Count one of its columns.");
      }
    }
    ALLOD_ASSIGN_OR_RETURN(args, BindList(call.args, call.n_args, scope));
    return Ok();
  };
  Status bound = bind_arguments();
  std::vector<SortKey> order;
  Expr* filter = nullptr;
  if (bound.ok() && call.n_agg_order > 0) {
    for (size_t i = 0; i < call.n_agg_order && bound.ok(); ++i) {
      // Ordinals and output names mean nothing here.
      const PgQuery__SortBy& sort = *call.agg_order[i]->sort_by;
      Result<Expr*> key = BindExpr(sort.node, scope);
      if (key.ok()) key = ResolveUnknown(*key);
      if (!key.ok()) {
        bound = key.status();
        break;
      }
      SortKey made{*key};
      made.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
      made.nulls_first = sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                         (sort.sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && made.descending);
      order.push_back(made);
    }
  }
  if (bound.ok() && call.agg_filter != nullptr) {
    Clause clause = scope.clause;
    scope.clause = Clause::kFilter;
    Result<Expr*> condition = BindCondition(call.agg_filter, scope, "FILTER");
    scope.clause = clause;
    if (condition.ok()) filter = *condition;
    else bound = condition.status();
  }
  restore();
  ALLOD_RETURN_IF_ERROR(std::move(bound));

  std::vector<const Overload*> candidates;
  for (const Overload* overload : sql::FindFunctions(name)) {
    if (overload->kind == FunctionKind::kAggregate || (over && overload->kind == FunctionKind::kWindow)) {
      candidates.push_back(overload);
    }
  }
  if (call.agg_star && name != "count") {
    return Error(sqlstate::kUndefinedFunction, "function " + std::string(name) + "() does not exist", call.location);
  }
  if (name == "count" && call.n_args == 0 && !call.agg_star) {
    return Error(sqlstate::kWrongObjectType, "count(*) must be used to call a parameterless aggregate function",
                 call.location);
  }
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(candidates, args, false, name, call.location));
  ALLOD_RETURN_IF_ERROR(CoerceArguments(match, &args, call.location));

  Expr* made = New(over ? Expr::Kind::kWindow : Expr::Kind::kAggregate, match.result, call.location);
  made->overload = match.overload;
  made->star = call.agg_star;
  made->distinct = call.agg_distinct;
  made->nullable = !(name == "count" || name == "row_number" || name == "rank" || name == "dense_rank" ||
                     name == "percent_rank" || name == "cume_dist" || name == "regr_count");
  made->args = std::move(args);
  made->order = std::move(order);
  made->filter = filter;
  if (made->distinct) {
    for (const SortKey& key : made->order) {
      if (std::none_of(made->args.begin(), made->args.end(), [&](Expr* arg) { return EqualExpr(*arg, *key.expr); })) {
        return Error(sqlstate::kInvalidColumnReference,
                     "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                     key.expr->location);
      }
    }
    const TypeInfo* info = made->args.empty() ? nullptr : FindType(made->args[0]->type.oid);
    if (info != nullptr && (info->oid == oid::kJson)) {
      return Error(sqlstate::kUndefinedFunction, "could not identify an equality operator for type json",
                   call.location);
    }
  }
  if (over) {
    if (made->distinct) {
      return Error(sqlstate::kFeatureNotSupported, "DISTINCT is not implemented for window functions", call.location);
    }
    if (!made->order.empty()) {
      return Error(sqlstate::kFeatureNotSupported, "aggregate ORDER BY is not implemented for window functions",
                   call.location);
    }
    if (filter != nullptr && match.overload->kind == FunctionKind::kWindow) {
      return Error(sqlstate::kFeatureNotSupported, "FILTER is not implemented for non-aggregate window functions",
                   call.location);
    }
    Clause clause = scope.clause;
    bool aggregates = scope.aggregates_allowed;
    scope.clause = Clause::kWindow;
    scope.in_window = true;
    Result<sql::Window*> window = BindWindow(*call.over, scope);
    scope.in_window = in_window;
    scope.clause = clause;
    scope.aggregates_allowed = aggregates;
    if (!window.ok()) return window.status();
    made->over = *window;
    scope.has_windows = true;
    return made;
  }
  // Whose aggregate it is: that of the innermost query a column of its arguments belongs to.
  bool own = false, outer = false;
  std::set<const Query*> outside;  // of this query's scopes; columns of subqueries within do not count
  for (Scope* s = scope.parent; s != nullptr; s = s->parent) {
    if (s->query != nullptr) outside.insert(s->query);
  }
  VisitExpr(
      made,
      [&](Expr* e) {
        if (e->kind == Expr::Kind::kColumn && e->range != nullptr) {
          if (e->range->home == scope.query) own = true;
          else if (outside.contains(e->range->home)) outer = true;
        }
        return true;
      },
      true);
  if (outer && !own) {
    return NotSupported("an aggregate over columns of an outer query only is not supported", call.location,
                        "Compute it in the outer query, in a FROM subquery.");
  }
  scope.has_aggregates = true;
  return made;
}

}  // namespace allod::planner
