// ORDER BY, DISTINCT ON, LIMIT: what the rows are ordered by and how many are wanted.

#include "planner/bind.h"

namespace allod::planner {
namespace {

bool IsUnqualifiedName(const PgQuery__Node* node) {
  return node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && node->column_ref->n_fields == 1 &&
         node->column_ref->fields[0]->node_case == PG_QUERY__NODE__NODE_STRING;
}

const char* ClauseName(Clause clause) {
  switch (clause) {
    case Clause::kGroupBy:
      return "GROUP BY";
    case Clause::kDistinctOn:
      return "DISTINCT ON";
    default:
      return "ORDER BY";
  }
}

}  // namespace

// SQL92: the name or number of an output column; else an expression over the input.
Result<SortKey> Binder::BindSortKey(const PgQuery__Node* node, Scope& scope, Query* query, Clause clause) {
  const std::string name = ClauseName(clause);
  SortKey key;
  const bool set_operation = query->kind != Query::Kind::kSelect;
  auto output = [&](size_t index) {
    key.ordinal = static_cast<int>(index) + 1;
    if (set_operation) {
      key.expr = New(Expr::Kind::kColumn, query->columns[index].type, -1);
      key.expr->nullable = query->columns[index].nullable;
      key.expr->column = static_cast<int>(index);
    } else {
      key.expr = query->targets[index].expr;
    }
  };
  const size_t count = set_operation ? query->columns.size() : query->targets.size();
  if (IsUnqualifiedName(node)) {
    const std::string wanted = StringOf(node->column_ref->fields[0]);
    bool input = false;
    if (clause == Clause::kGroupBy) {
      for (const NameItem& item : scope.items) {
        if (!item.unqualified) continue;
        for (const NameColumn& column : item.columns) input = input || column.name == wanted;
      }
    }
    if (!input) {
      bool found = false;
      for (size_t i = 0; i < count; ++i) {
        if ((set_operation ? query->columns[i].name : query->targets[i].name) != wanted) continue;
        if (found) {
          if (!set_operation && EqualExpr(*key.expr, *query->targets[i].expr)) continue;
          return Error(sqlstate::kAmbiguousColumn, name + " \"" + wanted + "\" is ambiguous",
                       node->column_ref->location);
        }
        output(i);
        found = true;
      }
      if (found) return key;
    }
  }
  if (node->node_case == PG_QUERY__NODE__NODE_A_CONST) {
    const PgQuery__AConst& constant = *node->a_const;
    if (constant.isnull || constant.val_case != PG_QUERY__A__CONST__VAL_IVAL) {
      return Error(sqlstate::kSyntaxError, "non-integer constant in " + name, constant.location);
    }
    int position = constant.ival == nullptr ? 0 : constant.ival->ival;
    if (position < 1 || position > static_cast<int>(count)) {
      return Error(sqlstate::kInvalidColumnReference,
                   name + " position " + std::to_string(position) + " is not in select list", constant.location);
    }
    output(position - 1);
    return key;
  }
  if (set_operation && query->kind != Query::Kind::kValues) {
    Status status = Error(sqlstate::kFeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                          IsUnqualifiedName(node) ? node->column_ref->location : -1);
    if (IsUnqualifiedName(node)) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + StringOf(node->column_ref->fields[0]) + "\" does not exist",
                   node->column_ref->location);
    }
    return std::move(std::move(status).Detail("Only result column names can be used, not expressions or functions."))
        .Hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.");
  }
  if (query->kind == Query::Kind::kValues) {
    return NotSupported("expressions in ORDER BY of VALUES are not supported", -1,
                        "Order by a column's number, or put the VALUES into FROM.");
  }
  ALLOD_ASSIGN_OR_RETURN(key.expr, BindExpr(node, scope));
  if (key.expr->kind == Expr::Kind::kRow) {
    return NotSupported(name + " of a row is not supported", key.expr->location, "List its columns.");
  }
  for (size_t i = 0; i < query->targets.size(); ++i) {
    if (EqualExpr(*query->targets[i].expr, *key.expr) && !IsVolatile(key.expr)) {
      key.ordinal = static_cast<int>(i) + 1;
      key.expr = query->targets[i].expr;
      break;
    }
  }
  return key;
}

Status Binder::BindSortClause(PgQuery__Node** nodes, size_t count, Scope& scope, Query* query, Clause clause,
                              std::vector<SortKey>* keys) {
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__SortBy& sort = *nodes[i]->sort_by;
    if (sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING) {
      return NotSupported("ORDER BY ... USING is not supported", sort.location, "Use ASC or DESC.");
    }
    ALLOD_ASSIGN_OR_RETURN(SortKey key, BindSortKey(sort.node, scope, query, clause));
    key.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    key.nulls_first = sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                      (sort.sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && key.descending);
    keys->push_back(key);
  }
  return Ok();
}

Status Binder::BindLimit(const PgQuery__SelectStmt& select, Scope& scope, Query* query) {
  if (select.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES) {
    return NotSupported("FETCH FIRST ... WITH TIES is not supported", -1, "Use rank() in a subquery.");
  }
  auto bind = [&](const PgQuery__Node* node, Clause clause, std::string_view name) -> Result<Expr*> {
    scope.clause = clause;
    ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(node, scope));
    bool variables = false;
    VisitExpr(
        expr,
        [&](Expr* e) {
          variables = variables || (e->kind == Expr::Kind::kColumn && e->range->home == query);
          return true;
        },
        false);
    if (variables) {
      return Error(sqlstate::kInvalidColumnReference,
                   "argument of " + std::string(name) + " must not contain variables", expr->location);
    }
    if (!CanCoerce(expr->type.oid, oid::kInt8, CastContext::kAssignment) || expr->kind == Expr::Kind::kRow) {
      return Error(sqlstate::kDatatypeMismatch,
                   "argument of " + std::string(name) + " must be type bigint, not type " + TypeNameOf(expr->type),
                   expr->location);
    }
    if (expr->kind == Expr::Kind::kConstant && expr->type.oid == oid::kInt4 && expr->constant.integer() < 0) {
      return Fail(clause == Clause::kLimit ? sqlstate::kInvalidRowCountInLimit : sqlstate::kInvalidRowCountInOffset,
                  std::string(name) + " must not be negative");
    }
    return Coerce(expr, Type{oid::kInt8}, CastContext::kAssignment, expr->location);
  };
  if (select.limit_count != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(query->limit, bind(select.limit_count, Clause::kLimit, "LIMIT"));
    if (query->limit->kind == Expr::Kind::kConstant && query->limit->constant.is_null()) query->limit = nullptr;
  }
  if (select.limit_offset != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(query->offset, bind(select.limit_offset, Clause::kOffset, "OFFSET"));
    if (query->offset->kind == Expr::Kind::kConstant && query->offset->constant.is_null()) query->offset = nullptr;
  }
  return Ok();
}

}  // namespace allod::planner
