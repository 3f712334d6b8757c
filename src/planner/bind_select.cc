// SELECT: its clauses in the order in which they are understood.

#include "planner/bind.h"

namespace allod::planner {
namespace {

constexpr size_t kMaxTargets = 1664;  // PostgreSQL's

}  // namespace

Result<Query*> Binder::BindSubquery(const PgQuery__Node* node, Scope& scope) {
  if (node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return NotSupported("this kind of subquery is not supported", -1, "Write a SELECT.");
  }
  return BindSelect(*node->select_stmt, &scope, true, true);
}

void Binder::SetColumns(Query* query) {
  query->columns.clear();
  switch (query->kind) {
    case Query::Kind::kSelect:
      for (size_t i = 0; i < query->targets.size(); ++i) {
        const Target& target = query->targets[i];
        Range::Column column{target.name, "n" + std::to_string(i + 1), target.expr->type, target.expr->nullable, 0, 0};
        if (target.expr->kind == Expr::Kind::kColumn && target.expr->column >= 0) {
          column.table = target.expr->range->columns[target.expr->column].table;
          column.attnum = target.expr->range->columns[target.expr->column].attnum;
        }
        if (IsVolatile(target.expr)) query->volatile_targets = true;
        query->columns.push_back(std::move(column));
      }
      break;
    case Query::Kind::kValues:
      for (size_t i = 0; !query->rows.empty() && i < query->rows[0].size(); ++i) {
        Range::Column column{
            "column" + std::to_string(i + 1), "n" + std::to_string(i + 1), query->rows[0][i]->type, false, 0, 0};
        for (const auto& row : query->rows) {
          column.nullable = column.nullable || row[i]->nullable;
          if (row[i]->type.typmod != column.type.typmod) column.type.typmod = -1;
          if (IsVolatile(row[i])) query->volatile_targets = true;
        }
        query->columns.push_back(std::move(column));
      }
      break;
    default:
      for (size_t i = 0; i < query->left->columns.size(); ++i) {
        const Range::Column& l = query->left->columns[i];
        const Range::Column& r = query->right->columns[i];
        Range::Column column{l.name, "n" + std::to_string(i + 1), l.type, l.nullable || r.nullable, 0, 0};
        if (query->kind == Query::Kind::kExcept) column.nullable = l.nullable;
        if (r.type.typmod != l.type.typmod) column.type.typmod = -1;
        query->columns.push_back(std::move(column));
      }
      query->volatile_targets = query->left->volatile_targets || query->right->volatile_targets;
  }
}

Result<Query*> Binder::BindSelect(const PgQuery__SelectStmt& select, Scope* parent, bool sees_parent,
                                  bool resolve_unknowns, bool lateral, bool* lateral_reference) {
  Scope scope;
  scope.parent = parent;
  scope.sees_parent = sees_parent;
  scope.lateral = lateral;
  scope.select = &select;
  Query* query = pool().NewQuery();
  scope.query = query;
  if (select.into_clause != nullptr) {
    return NotSupported("SELECT INTO is not supported here", -1, "Use CREATE TABLE ... AS SELECT.");
  }
  ALLOD_RETURN_IF_ERROR(BindWith(select.with_clause, scope, &query->ctes, &query->recursive));
  if (select.op != PG_QUERY__SET_OPERATION__SETOP_NONE) {
    ALLOD_RETURN_IF_ERROR(BindSetTree(select, scope, query));
    if (resolve_unknowns) {
      for (size_t i = 0; i < query->columns.size(); ++i) {
        if (query->columns[i].type.oid == oid::kUnknown) {
          ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(query, i, Type{oid::kText}));
        }
      }
    }
    scope.clause = Clause::kOrderBy;
    ALLOD_RETURN_IF_ERROR(
        BindSortClause(select.sort_clause, select.n_sort_clause, scope, query, Clause::kOrderBy, &query->order));
    ALLOD_RETURN_IF_ERROR(BindLimit(select, scope, query));
    ALLOD_RETURN_IF_ERROR(BindLocking(select, scope, query));
  } else if (select.n_values_lists > 0) {
    ALLOD_RETURN_IF_ERROR(BindValues(select, scope, query, resolve_unknowns));
  } else {
    ALLOD_RETURN_IF_ERROR(BindSimpleSelect(select, scope, query, resolve_unknowns));
  }
  query->single = IsSingle(*query);
  if (lateral_reference != nullptr) *lateral_reference = scope.lateral_reference;
  return query;
}

Result<std::vector<Target>> Binder::BindTargets(PgQuery__Node** nodes, size_t count, Scope& scope) {
  std::vector<Target> targets;
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__ResTarget& node = *nodes[i]->res_target;
    const PgQuery__ColumnRef* ref =
        node.val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? node.val->column_ref : nullptr;
    if (ref != nullptr && ref->fields[ref->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
      if (ref->n_fields == 1) {
        if (scope.items.empty()) {
          return Error(sqlstate::kSyntaxError, "SELECT * with no tables specified is not valid", ref->location);
        }
        for (const NameItem& item : scope.items) {
          if (!item.unqualified) continue;
          for (const NameColumn& column : item.columns) targets.push_back({ExprOf(column, ref->location), column.name});
        }
        continue;
      }
      const std::string alias = StringOf(ref->fields[ref->n_fields - 2]);
      const NameItem* match = nullptr;
      for (Scope* s = &scope; s != nullptr && match == nullptr; s = s->sees_parent ? s->parent : nullptr) {
        for (const NameItem& item : s->items) {
          if (item.qualified && item.alias == alias) {
            match = &item;
            ALLOD_RETURN_IF_ERROR(ReadOutside(scope, s, item, ref->location));
            break;
          }
        }
      }
      if (match == nullptr) {
        return MissingFrom(alias, scope, ref->location);
      }
      for (const NameColumn& column : match->columns) targets.push_back({ExprOf(column, ref->location), column.name});
      continue;
    }
    ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(node.val, scope));
    if (expr->kind == Expr::Kind::kRow) {
      return NotSupported("a row as a value is not supported", expr->location, "List its columns.");
    }
    targets.push_back({expr, node.name != nullptr && node.name[0] != 0 ? node.name : TargetName(node.val)});
  }
  if (targets.size() > kMaxTargets) {
    return Error(sqlstate::kTooManyColumns, "target lists can have at most " + std::to_string(kMaxTargets) + " entries",
                 -1);
  }
  return targets;
}

Status Binder::BindSimpleSelect(const PgQuery__SelectStmt& select, Scope& scope, Query* query, bool resolve_unknowns) {
  ALLOD_RETURN_IF_ERROR(BindFromClause(select.from_clause, select.n_from_clause, scope, &query->from));
  scope.clause = Clause::kTarget;
  scope.aggregates_allowed = true;
  ALLOD_ASSIGN_OR_RETURN(query->targets, BindTargets(select.target_list, select.n_target_list, scope));
  if (scope.srf != nullptr) query->from.push_back(scope.srf);
  scope.aggregates_allowed = false;
  if (select.where_clause != nullptr) {
    scope.clause = Clause::kWhere;
    ALLOD_ASSIGN_OR_RETURN(query->where, BindCondition(select.where_clause, scope, "WHERE"));
    NarrowHistories(*query);
  }
  if (select.having_clause != nullptr) {
    scope.clause = Clause::kHaving;
    scope.aggregates_allowed = true;
    ALLOD_ASSIGN_OR_RETURN(query->having, BindCondition(select.having_clause, scope, "HAVING"));
  }
  scope.clause = Clause::kOrderBy;
  scope.aggregates_allowed = true;
  ALLOD_RETURN_IF_ERROR(
      BindSortClause(select.sort_clause, select.n_sort_clause, scope, query, Clause::kOrderBy, &query->order));
  scope.aggregates_allowed = false;
  ALLOD_RETURN_IF_ERROR(BindGroupClause(select, scope, query));

  if (select.n_distinct_clause > 0) {
    // DISTINCT has one empty node, DISTINCT ON its expressions.
    const bool on =
        select.n_distinct_clause > 1 || select.distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET;
    if (!on) {
      query->distinct = true;
    } else {
      scope.clause = Clause::kDistinctOn;
      for (size_t i = 0; i < select.n_distinct_clause; ++i) {
        ALLOD_ASSIGN_OR_RETURN(SortKey key, BindSortKey(select.distinct_clause[i], scope, query, Clause::kDistinctOn));
        query->distinct_on.push_back(key.expr);
      }
      size_t matched = 0;
      for (const SortKey& key : query->order) {
        bool found = false;
        for (const Expr* expr : query->distinct_on) found = found || EqualExpr(*expr, *key.expr);
        if (found) {
          ++matched;
          continue;
        }
        if (matched < query->distinct_on.size()) {
          bool all = true;
          for (const Expr* expr : query->distinct_on) {
            bool seen = false;
            for (size_t k = 0; k < matched; ++k) seen = seen || EqualExpr(*query->order[k].expr, *expr);
            all = all && seen;
          }
          if (!all) {
            return Error(sqlstate::kInvalidColumnReference,
                         "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                         query->distinct_on[0]->location);
          }
        }
        break;
      }
    }
  }
  ALLOD_RETURN_IF_ERROR(BindLimit(select, scope, query));

  if (resolve_unknowns) {
    for (Target& target : query->targets) {
      Expr* before = target.expr;
      ALLOD_ASSIGN_OR_RETURN(target.expr, ResolveUnknown(target.expr));
      for (SortKey& key : query->order) {
        if (key.expr == before) key.expr = target.expr;
      }
    }
  }
  for (SortKey& key : query->order) {
    ALLOD_ASSIGN_OR_RETURN(key.expr, ResolveUnknown(key.expr));
    if (key.expr->type.oid == oid::kJson) {
      Status status = Error(sqlstate::kUndefinedFunction, "could not identify an ordering operator for type json",
                            key.expr->location);
      return std::move(status).Hint("Use an explicit ordering operator or modify the query.");
    }
  }
  if (query->distinct) {
    for (const Target& target : query->targets) {
      if (target.expr->type.oid == oid::kJson) {
        return Error(sqlstate::kUndefinedFunction, "could not identify an equality operator for type json",
                     target.expr->location);
      }
    }
    for (const SortKey& key : query->order) {
      if (key.ordinal == 0) {
        return Error(sqlstate::kInvalidColumnReference,
                     "for SELECT DISTINCT, ORDER BY expressions must appear in select list", key.expr->location);
      }
    }
  }
  query->grouped = query->grouped || !query->group.empty() || query->having != nullptr || scope.has_aggregates;
  if (scope.srf != nullptr && (query->grouped || scope.has_windows || query->limit != nullptr)) {
    if (query->grouped || scope.has_windows) {
      return NotSupported("a set-returning function beside aggregates or window functions is not supported",
                          scope.srf->function->location, "Call it in FROM.");
    }
  }
  if (query->grouped) ALLOD_RETURN_IF_ERROR(CheckGrouping(*query, scope));
  if (query->grouped && query->group.empty() && !scope.has_aggregates) {
    ALLOD_RETURN_IF_ERROR(MakeOneGroup(query));
  }
  SetColumns(query);
  return BindLocking(select, scope, query);
}

// GROUP BY () or HAVING without an aggregate: one group of all rows. An aggregate that is true of it says so to any
// engine.
Status Binder::MakeOneGroup(Query* query) {
  Expr* count = New(Expr::Kind::kAggregate, Type{oid::kInt8}, -1);
  for (const Overload* overload : sql::FindFunctions("count")) {
    if (overload->arguments.empty()) count->overload = overload;
  }
  if (count->overload == nullptr) return Error(sqlstate::kInternalError, "count(*) is missing", -1);
  count->star = true;
  count->nullable = false;
  Expr* zero = New(Expr::Kind::kConstant, Type{oid::kInt8}, -1);
  zero->constant = Value::Integer(0);
  zero->nullable = false;
  ALLOD_ASSIGN_OR_RETURN(Expr * always, Compare(">=", count, zero, -1));
  query->having = query->having == nullptr ? always : NewBool(Expr::Kind::kAnd, {always, query->having}, -1);
  return Ok();
}

Status Binder::BindGroupClause(const PgQuery__SelectStmt& select, Scope& scope, Query* query) {
  scope.clause = Clause::kGroupBy;
  if (select.group_distinct) return NotSupported("GROUP BY DISTINCT is not supported", -1, "Write the groupings out.");
  std::function<Status(const PgQuery__Node*)> add = [&](const PgQuery__Node* node) -> Status {
    if (node->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
      if (node->grouping_set->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_EMPTY && select.n_group_clause == 1) {
        query->grouped = true;
        return Ok();
      }
      return NotSupported("GROUPING SETS, ROLLUP and CUBE are not supported", node->grouping_set->location,
                          "Write one SELECT per grouping and join them with UNION ALL.");
    }
    if (node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
        node->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST) {
      for (size_t i = 0; i < node->row_expr->n_args; ++i) ALLOD_RETURN_IF_ERROR(add(node->row_expr->args[i]));
      return Ok();
    }
    ALLOD_ASSIGN_OR_RETURN(SortKey key, BindSortKey(node, scope, query, Clause::kGroupBy));
    Expr* expr = key.expr;
    if (expr->type.oid == oid::kUnknown) {
      ALLOD_ASSIGN_OR_RETURN(expr, ResolveUnknown(expr));
    }
    if (expr->kind == Expr::Kind::kRow)
      return NotSupported("grouping by a row is not supported", expr->location, "List the columns.");
    if (expr->type.oid == oid::kJson) {
      return Error(sqlstate::kUndefinedFunction, "could not identify an equality operator for type json",
                   expr->location);
    }
    std::optional<std::pair<std::string_view, int>> bad;
    VisitExpr(
        expr,
        [&](Expr* e) {
          if (e->kind == Expr::Kind::kAggregate) bad = {"aggregate functions are not allowed in GROUP BY", e->location};
          if (e->kind == Expr::Kind::kWindow) bad = {"window functions are not allowed in GROUP BY", e->location};
          return true;
        },
        false);
    if (bad) {
      return Error(bad->first.front() == 'a' ? sqlstate::kGroupingError : sqlstate::kWindowingError,
                   std::string(bad->first), bad->second);
    }
    query->group.push_back(expr);
    return Ok();
  };
  for (size_t i = 0; i < select.n_group_clause; ++i) ALLOD_RETURN_IF_ERROR(add(select.group_clause[i]));
  return Ok();
}

Status Binder::BindLocking(const PgQuery__SelectStmt& select, Scope& scope, Query* query) {
  if (select.n_locking_clause == 0) return Ok();
  auto refuse = [&](std::string_view with) {
    return Error(sqlstate::kFeatureNotSupported, "FOR UPDATE is not allowed with " + std::string(with), -1);
  };
  if (query->kind == Query::Kind::kValues) return refuse("VALUES");
  if (query->kind != Query::Kind::kSelect) return refuse("UNION/INTERSECT/EXCEPT");
  if (query->distinct || !query->distinct_on.empty()) return refuse("DISTINCT clause");
  if (!query->group.empty()) return refuse("GROUP BY clause");
  if (query->having != nullptr) return refuse("HAVING clause");
  if (scope.has_aggregates) return refuse("aggregate functions");
  if (scope.has_windows) return refuse("window functions");
  for (size_t i = 0; i < select.n_locking_clause; ++i) {
    const PgQuery__LockingClause& clause = *select.locking_clause[i]->locking_clause;
    for (size_t r = 0; r < clause.n_locked_rels; ++r) {
      const PgQuery__RangeVar& rel = *clause.locked_rels[r]->range_var;
      bool found = false;
      for (const NameItem& item : scope.items) found = found || (item.qualified && item.alias == rel.relname);
      if (!found) {
        return Error(sqlstate::kUndefinedTable,
                     "relation \"" + std::string(rel.relname) + "\" in FOR UPDATE clause not found in FROM clause",
                     rel.location);
      }
    }
    if (clause.wait_policy == PG_QUERY__LOCK_WAIT_POLICY__LockWaitError) {
      return NotSupported("NOWAIT is not supported", -1, "Set lock_timeout, and leave NOWAIT out.");
    }
  }
  // There is one writer at a time: with its turn no row is locked by anybody else, so SKIP LOCKED skips nothing.
  bound_->locks_rows = true;
  return Ok();
}

}  // namespace allod::planner
