// WITH: plain and recursive.

#include "planner/bind.h"

namespace allod::planner {

Status Binder::BindWith(const PgQuery__WithClause* with, Scope& scope, std::vector<Cte*>* ctes, bool* recursive) {
  if (with == nullptr) return Ok();
  *recursive = with->recursive;
  if (with->recursive) {
    for (size_t i = 0; i < with->n_ctes; ++i) scope.coming.push_back(with->ctes[i]->common_table_expr->ctename);
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < with->n_ctes; ++i) {
    const PgQuery__CommonTableExpr& node = *with->ctes[i]->common_table_expr;
    if (!seen.insert(node.ctename).second) {
      return Error(sqlstate::kDuplicateAlias,
                   "WITH query name \"" + std::string(node.ctename) + "\" specified more than once", node.location);
    }
    if (node.search_clause != nullptr || node.cycle_clause != nullptr) {
      return NotSupported("SEARCH and CYCLE are not supported", node.location,
                          "Carry a path or a depth column through the recursion.");
    }
    if (node.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
      return NotSupported("data-modifying statements in WITH are not supported", node.location,
                          "Run them as statements of their own, in one transaction.");
    }
    const PgQuery__SelectStmt& select = *node.ctequery->select_stmt;
    Cte* cte = pool().NewCte();
    cte->name = node.ctename;
    cte->physical = "w" + std::to_string(++ctes_);
    cte->materialized = node.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways;
    cte->not_materialized = node.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever;
    bool done = false;
    scope.coming_union = select.op == PG_QUERY__SET_OPERATION__SETOP_UNION;
    scope.coming_location = node.location;
    if (with->recursive && select.op == PG_QUERY__SET_OPERATION__SETOP_UNION) {
      // The name is known to the right side only; whether it is used decides if this is a recursion.
      ALLOD_RETURN_IF_ERROR(BindRecursive(node, select, scope, cte));
      done = cte->query != nullptr;
    }
    if (!done) {
      ALLOD_ASSIGN_OR_RETURN(cte->query, BindSelect(select, &scope, false, true));
      cte->columns = cte->query->columns;
    }
    std::vector<std::string> names = StringsOf(node.aliascolnames, node.n_aliascolnames);
    if (names.size() > cte->columns.size()) {
      return Error(sqlstate::kInvalidColumnReference,
                   "WITH query \"" + cte->name + "\" has " + std::to_string(cte->columns.size()) +
                       " columns available but " + std::to_string(names.size()) + " columns specified",
                   node.location);
    }
    for (size_t c = 0; c < cte->columns.size(); ++c) {
      cte->columns[c].physical = "n" + std::to_string(c + 1);
      if (c < names.size()) cte->columns[c].name = names[c];
    }
    scope.ctes.push_back(cte);
    ctes->push_back(cte);
    if (with->recursive) scope.coming.erase(scope.coming.begin());
  }
  return Ok();
}

Status Binder::CheckComing(const PgQuery__RangeVar& node, const Scope& scope) const {
  const std::string name = node.relname;
  if (name != scope.coming.front()) {
    return NotSupported("a WITH query that reads a later one is not supported", node.location,
                        "Write \"" + name + "\" before it; they cannot read each other.");
  }
  const char* what = scope.coming_union ? "recursive reference to query \"" : "recursive query \"";
  return Error(sqlstate::kInvalidRecursion,
               what + name +
                   (scope.coming_union ? "\" must not appear within its non-recursive term"
                                       : "\" does not have the form non-recursive-term UNION [ALL] recursive-term"),
               scope.coming_union ? node.location : scope.coming_location);
}

Status Binder::BindRecursive(const PgQuery__CommonTableExpr& node, const PgQuery__SelectStmt& select, Scope& scope,
                             Cte* cte) {
  // Does the right side name it at all? The cheap way to know is to bind it and count.
  Scope inner;
  inner.parent = &scope;
  inner.sees_parent = false;
  Query* query = pool().NewQuery();
  query->kind = Query::Kind::kUnion;
  query->all = select.all;
  inner.query = query;
  ALLOD_RETURN_IF_ERROR(BindWith(select.with_clause, inner, &query->ctes, &query->recursive));
  ALLOD_ASSIGN_OR_RETURN(query->left, BindSelect(*select.larg, &inner, false, true));
  cte->columns = query->left->columns;
  std::vector<std::string> names = StringsOf(node.aliascolnames, node.n_aliascolnames);
  for (size_t c = 0; c < cte->columns.size(); ++c) {
    cte->columns[c].physical = "n" + std::to_string(c + 1);
    cte->columns[c].nullable = true;
    cte->columns[c].table = 0;
    cte->columns[c].attnum = 0;
    if (c < names.size()) cte->columns[c].name = names[c];
  }
  inner.ctes.push_back(cte);
  inner.open = cte;
  cte->references = 0;
  ALLOD_ASSIGN_OR_RETURN(query->right, BindSelect(*select.rarg, &inner, false, false));
  if (cte->references == 0) {
    cte->columns.clear();
    return Ok();  // an ordinary UNION
  }
  cte->references = 0;
  cte->recursive = true;
  if (query->right->columns.size() != query->left->columns.size()) {
    return Error(sqlstate::kSyntaxError, "each UNION query must have the same number of columns",
                 query->right->targets.empty() ? node.location : query->right->targets[0].expr->location);
  }
  if (select.n_sort_clause > 0 || select.limit_count != nullptr || select.limit_offset != nullptr ||
      select.n_locking_clause > 0) {
    return NotSupported("ORDER BY, LIMIT and OFFSET in a recursive query are not supported", node.location,
                        "Write them in the query that reads \"" + cte->name + "\".");
  }
  const Query& right = *query->right;
  if (right.kind != Query::Kind::kSelect) {
    return NotSupported("a recursive term that is not a single SELECT is not supported", node.location,
                        "Write one SELECT after UNION [ALL], with OR in its WHERE.");
  }
  bool windows = false;
  const Expr* aggregate = nullptr;
  auto look = [&](Expr* expr) {
    VisitExpr(
        expr,
        [&](Expr* e) {
          windows = windows || e->kind == Expr::Kind::kWindow;
          if (e->kind == Expr::Kind::kAggregate && aggregate == nullptr) aggregate = e;
          return true;
        },
        false);
  };
  for (const Target& target : right.targets) look(target.expr);
  look(right.having);
  if (aggregate != nullptr) {
    return Error(sqlstate::kInvalidRecursion,
                 "aggregate functions are not allowed in a recursive query's recursive term", aggregate->location);
  }
  if (right.grouped || right.distinct || !right.distinct_on.empty() || right.limit != nullptr ||
      right.offset != nullptr || !right.order.empty() || windows || !right.ctes.empty()) {
    return NotSupported(
        "GROUP BY, DISTINCT, ORDER BY, LIMIT, WITH and window functions in a recursive term are not supported",
        node.location, "Write them in the query that reads \"" + cte->name + "\".");
  }
  // The reference must stand in FROM, and not where an outer join may leave it empty.
  int direct = 0;
  bool outer = false;
  std::function<void(const From&, bool)> walk = [&](const From& from, bool nullable) {
    if (from.kind == From::Kind::kJoin) {
      walk(*from.left, nullable || from.join == From::Join::kRight || from.join == From::Join::kFull);
      walk(*from.right, nullable || from.join == From::Join::kLeft || from.join == From::Join::kFull);
    } else if (from.range->kind == Range::Kind::kCte && from.range->physical == cte->physical) {
      ++direct;
      outer = outer || nullable;
    }
  };
  for (const From* from : right.from) walk(*from, false);
  if (direct != 1) {
    return NotSupported("a reference of query \"" + cte->name + "\" to itself within a subquery is not supported",
                        node.location, "Name it in FROM of the recursive term itself.");
  }
  if (outer) {
    return Error(sqlstate::kInvalidRecursion,
                 "recursive reference to query \"" + cte->name + "\" must not appear within an outer join",
                 inner.self_references[0]);
  }
  for (size_t c = 0; c < cte->columns.size(); ++c) {
    Oid declared = cte->columns[c].type.oid;
    Expr* expr = query->right->targets[c].expr;
    if (expr->type.oid == oid::kUnknown) {
      ALLOD_ASSIGN_OR_RETURN(query->right->targets[c].expr,
                             Coerce(expr, Type{declared}, CastContext::kImplicit, expr->location));
      continue;
    }
    if (expr->type.oid == declared) continue;
    const TypeInfo* a = FindType(declared);
    const TypeInfo* b = FindType(expr->type.oid);
    if (a == nullptr || b == nullptr || a->category != b->category) {
      return Error(
          sqlstate::kDatatypeMismatch,
          "UNION types " + TypeNameOf(Type{declared}) + " and " + TypeNameOf(expr->type) + " cannot be matched",
          expr->location);
    }
    if (CanCoerce(expr->type.oid, declared, CastContext::kImplicit)) {
      ALLOD_ASSIGN_OR_RETURN(query->right->targets[c].expr,
                             Coerce(expr, Type{declared}, CastContext::kImplicit, expr->location));
      continue;
    }
    Status status =
        Error(sqlstate::kDatatypeMismatch,
              "recursive query \"" + cte->name + "\" column " + std::to_string(c + 1) + " has type " +
                  TypeNameOf(Type{declared}) + " in non-recursive term but type " + TypeNameOf(expr->type) + " overall",
              expr->location);
    return std::move(status).Hint("Cast the output of the non-recursive term to the correct type.");
  }
  SetColumns(query);
  for (Range::Column& column : query->columns) column.nullable = true;
  for (size_t c = 0; c < cte->columns.size(); ++c) cte->columns[c].type.typmod = query->columns[c].type.typmod;
  cte->query = query;
  return Ok();
}

}  // namespace allod::planner
