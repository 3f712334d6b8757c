// UNION, INTERSECT, EXCEPT, and VALUES: rows of several sources as one.

#include "planner/bind.h"

namespace allod::planner {
namespace {

std::string_view SetOperationName(Query::Kind kind) {
  return kind == Query::Kind::kUnion ? "UNION" : kind == Query::Kind::kIntersect ? "INTERSECT" : "EXCEPT";
}

}  // namespace

Status Binder::CoerceQueryColumn(Query* query, size_t column, Type type) {
  switch (query->kind) {
    case Query::Kind::kSelect: {
      Expr*& expr = query->targets[column].expr;
      ALLOD_ASSIGN_OR_RETURN(expr, Coerce(expr, Type{type.oid}, CastContext::kImplicit, expr->location));
      break;
    }
    case Query::Kind::kValues:
      for (auto& row : query->rows) {
        ALLOD_ASSIGN_OR_RETURN(row[column],
                               Coerce(row[column], Type{type.oid}, CastContext::kImplicit, row[column]->location));
      }
      break;
    default:
      ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(query->left, column, type));
      ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(query->right, column, type));
  }
  SetColumns(query);
  return Ok();
}

Status Binder::BindSetTree(const PgQuery__SelectStmt& select, Scope& scope, Query* query) {
  switch (select.op) {
    case PG_QUERY__SET_OPERATION__SETOP_UNION:
      query->kind = Query::Kind::kUnion;
      break;
    case PG_QUERY__SET_OPERATION__SETOP_INTERSECT:
      query->kind = Query::Kind::kIntersect;
      break;
    default:
      query->kind = Query::Kind::kExcept;
      break;
  }
  query->all = select.all;
  auto operand = [&](const PgQuery__SelectStmt& side) -> Result<Query*> {
    const bool nested = side.op != PG_QUERY__SET_OPERATION__SETOP_NONE && side.n_sort_clause == 0 &&
                        side.limit_count == nullptr && side.limit_offset == nullptr && side.with_clause == nullptr &&
                        side.n_locking_clause == 0;
    if (!nested) return BindSelect(side, &scope, true, false);
    Query* inner = pool().NewQuery();
    ALLOD_RETURN_IF_ERROR(BindSetTree(side, scope, inner));
    return inner;
  };
  ALLOD_ASSIGN_OR_RETURN(query->left, operand(*select.larg));
  ALLOD_ASSIGN_OR_RETURN(query->right, operand(*select.rarg));
  const std::string name(SetOperationName(query->kind));
  if (query->left->columns.size() != query->right->columns.size()) {
    int location = -1;
    if (!query->right->targets.empty()) location = query->right->targets[0].expr->location;
    return Error(sqlstate::kSyntaxError, "each " + name + " query must have the same number of columns", location);
  }
  for (size_t i = 0; i < query->left->columns.size(); ++i) {
    // Stand-ins that carry the types; a literal of unknown type follows the other side.
    auto stand_in = [&](Query* side) {
      Expr* expr = New(Expr::Kind::kColumn, side->columns[i].type, -1);
      if (side->kind == Query::Kind::kSelect) expr->location = side->targets[i].expr->location;
      return expr;
    };
    Expr* sides[2] = {stand_in(query->left), stand_in(query->right)};
    ALLOD_ASSIGN_OR_RETURN(Oid common, CommonType(sides, name));
    for (Query* side : {query->left, query->right}) {
      if (side->columns[i].type.oid != common) ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(side, i, Type{common}));
    }
    if (common == oid::kJson && !(query->kind == Query::Kind::kUnion && query->all)) {
      return Error(sqlstate::kUndefinedFunction, "could not identify an equality operator for type json",
                   sides[0]->location);
    }
  }
  SetColumns(query);
  return Ok();
}

Status Binder::BindValues(const PgQuery__SelectStmt& select, Scope& scope, Query* query, bool resolve_unknowns) {
  query->kind = Query::Kind::kValues;
  scope.clause = Clause::kValues;
  for (size_t r = 0; r < select.n_values_lists; ++r) {
    const PgQuery__List& list = *select.values_lists[r]->list;
    ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> row, BindList(list.items, list.n_items, scope));
    if (!query->rows.empty() && row.size() != query->rows[0].size()) {
      return Error(sqlstate::kSyntaxError, "VALUES lists must all be the same length",
                   row.empty() ? -1 : row[0]->location);
    }
    for (const Expr* expr : row) {
      if (expr->kind == Expr::Kind::kRow)
        return NotSupported("a row as a value is not supported", expr->location, "List its columns.");
    }
    query->rows.push_back(std::move(row));
  }
  for (size_t c = 0; c < query->rows[0].size(); ++c) {
    std::vector<Expr*> column;
    bool unknown = true;
    for (auto& row : query->rows) {
      column.push_back(row[c]);
      unknown = unknown && row[c]->type.oid == oid::kUnknown;
    }
    if (unknown && !resolve_unknowns) continue;
    ALLOD_RETURN_IF_ERROR(CoerceAll(column, "VALUES"));
    for (size_t r = 0; r < column.size(); ++r) query->rows[r][c] = column[r];
  }
  SetColumns(query);
  scope.clause = Clause::kOrderBy;
  ALLOD_RETURN_IF_ERROR(
      BindSortClause(select.sort_clause, select.n_sort_clause, scope, query, Clause::kOrderBy, &query->order));
  return BindLimit(select, scope, query);
}

}  // namespace allod::planner
