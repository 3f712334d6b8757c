// SELECT, VALUES and set operations.
#include <algorithm>

#include "planner/bind.h"

namespace allod::planner {
namespace {

// FRAMEOPTION_ bits of PostgreSQL's parsenodes.h that matter to the Binder.
constexpr int kFrameRange = 0x2, kFrameOffsets = 0x800 | 0x1000 | 0x2000 | 0x4000;

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

std::string_view SetOperationName(Query::Kind kind) {
  return kind == Query::Kind::kUnion ? "UNION" : kind == Query::Kind::kIntersect ? "INTERSECT" : "EXCEPT";
}

}  // namespace

// FigureColname of parse_target.c: a name, and how strongly it is meant.
static int Figure(const PgQuery__Node* node, std::string* name) {
  if (node == nullptr) return 0;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: {
      for (size_t i = node->column_ref->n_fields; i > 0; --i) {
        std::string part = StringOf(node->column_ref->fields[i - 1]);
        if (!part.empty()) {
          *name = part;
          return 2;
        }
      }
      return 0;
    }
    case PG_QUERY__NODE__NODE_A_INDIRECTION: {
      for (size_t i = node->a_indirection->n_indirection; i > 0; --i) {
        std::string part = StringOf(node->a_indirection->indirection[i - 1]);
        if (!part.empty()) {
          *name = part;
          return 2;
        }
      }
      return Figure(node->a_indirection->arg, name);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      *name = StringOf(node->func_call->funcname[node->func_call->n_funcname - 1]);
      return 2;
    case PG_QUERY__NODE__NODE_A_EXPR:
      if (node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF) {
        *name = "nullif";
        return 2;
      }
      return 0;
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      int strength = Figure(node->type_cast->arg, name);
      if (strength <= 1 && node->type_cast->type_name != nullptr && node->type_cast->type_name->n_names > 0) {
        *name = StringOf(node->type_cast->type_name->names[node->type_cast->type_name->n_names - 1]);
        return 1;
      }
      return strength;
    }
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return Figure(node->collate_clause->arg, name);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      *name = "grouping";
      return 2;
    case PG_QUERY__NODE__NODE_SUB_LINK:
      switch (node->sub_link->sub_link_type) {
        case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
          *name = "exists";
          return 2;
        case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
          *name = "array";
          return 2;
        case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: {
          // The name of the subquery's single column.
          const PgQuery__Node* sub = node->sub_link->subselect;
          if (sub == nullptr || sub->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return 0;
          const PgQuery__SelectStmt* select = sub->select_stmt;
          while (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE && select->larg != nullptr) select = select->larg;
          if (select->n_values_lists > 0) {
            *name = "column1";
            return 2;
          }
          if (select->n_target_list == 0) return 0;
          const PgQuery__ResTarget* target = select->target_list[0]->res_target;
          if (target->name != nullptr && target->name[0] != 0) {
            *name = target->name;
            return 2;
          }
          std::string inner = "?column?";
          Figure(target->val, &inner);
          *name = inner;
          return 2;
        }
        default:
          return 0;
      }
    case PG_QUERY__NODE__NODE_CASE_EXPR: {
      int strength = Figure(node->case_expr->defresult, name);
      if (strength <= 1) {
        *name = "case";
        return 1;
      }
      return strength;
    }
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      *name = "array";
      return 2;
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      *name = "row";
      return 2;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      *name = "coalesce";
      return 2;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      *name = node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least";
      return 2;
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      switch (node->sqlvalue_function->op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
          *name = "current_date";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
          *name = "current_time";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
          *name = "current_timestamp";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
          *name = "localtime";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
          *name = "localtimestamp";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE:
          *name = "current_role";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER:
          *name = "current_user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
          *name = "user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER:
          *name = "session_user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
          *name = "current_catalog";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
          *name = "current_schema";
          break;
        default:
          return 0;
      }
      return 2;
    default:
      return 0;
  }
}

std::string Binder::TargetName(const PgQuery__Node* node) {
  std::string name = "?column?";
  Figure(node, &name);
  return name;
}

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
  SetColumns(query);
  return BindLocking(select, scope, query);
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

Result<sql::Window*> Binder::BindWindow(const PgQuery__WindowDef& definition, Scope& scope) {
  sql::Window* window = pool().NewWindow();
  const PgQuery__WindowDef* frame = &definition;
  auto find = [&](std::string_view name) -> const PgQuery__WindowDef* {
    if (scope.select == nullptr) return nullptr;
    for (size_t i = 0; i < scope.select->n_window_clause; ++i) {
      const PgQuery__WindowDef* def = scope.select->window_clause[i]->window_def;
      if (def->name != nullptr && name == def->name) return def;
    }
    return nullptr;
  };
  // OVER w: the window itself; OVER (w ...): its partition and order, with more.
  std::vector<const PgQuery__WindowDef*> chain;
  const PgQuery__WindowDef* current = &definition;
  if (definition.name != nullptr && definition.name[0] != 0) {
    current = find(definition.name);
    if (current == nullptr) {
      return Error(sqlstate::kUndefinedObject, "window \"" + std::string(definition.name) + "\" does not exist",
                   definition.location);
    }
    frame = current;
  }
  chain.push_back(current);
  while (current->refname != nullptr && current->refname[0] != 0) {
    const PgQuery__WindowDef* base = find(current->refname);
    if (base == nullptr || chain.size() > 100) {
      return Error(sqlstate::kUndefinedObject, "window \"" + std::string(current->refname) + "\" does not exist",
                   current->location);
    }
    if (current->n_partition_clause > 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot override PARTITION BY clause of window \"" + std::string(current->refname) + "\"",
                   current->location);
    }
    if (current->n_order_clause > 0 && base->n_order_clause > 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot override ORDER BY clause of window \"" + std::string(current->refname) + "\"",
                   current->location);
    }
    if ((base->frame_options & 1) != 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot copy window \"" + std::string(current->refname) + "\" because it has a frame clause",
                   current->location);
    }
    current = base;
    chain.push_back(base);
  }
  for (const PgQuery__WindowDef* def : chain) {
    for (size_t i = 0; i < def->n_partition_clause; ++i) {
      ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(def->partition_clause[i], scope));
      ALLOD_ASSIGN_OR_RETURN(expr, ResolveUnknown(expr));
      window->partition.push_back(expr);
    }
    for (size_t i = 0; i < def->n_order_clause; ++i) {
      const PgQuery__SortBy& sort = *def->order_clause[i]->sort_by;
      SortKey key;
      ALLOD_ASSIGN_OR_RETURN(key.expr, BindExpr(sort.node, scope));
      ALLOD_ASSIGN_OR_RETURN(key.expr, ResolveUnknown(key.expr));
      key.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
      key.nulls_first = sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                        (sort.sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && key.descending);
      window->order.push_back(key);
    }
  }
  window->frame = frame->frame_options;
  const bool range_offset = (window->frame & kFrameRange) != 0 && (window->frame & kFrameOffsets) != 0;
  if (range_offset) {
    if (window->order.size() != 1) {
      return Error(sqlstate::kWindowingError,
                   "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", frame->location);
    }
    Oid type = window->order[0].expr->type.oid;
    if (type != oid::kInt2 && type != oid::kInt4 && type != oid::kInt8 && type != oid::kFloat8) {
      return NotSupported("RANGE with an offset over " + TypeNameOf(Type{type}) + " is not supported", frame->location,
                          "Order by an integer or double precision value, or use ROWS.");
    }
  }
  for (auto [node, slot] :
       {std::pair{frame->start_offset, &window->start}, std::pair{frame->end_offset, &window->end}}) {
    if (node == nullptr) continue;
    ALLOD_ASSIGN_OR_RETURN(Expr * offset, BindExpr(node, scope));
    Type wanted{range_offset && window->order[0].expr->type.oid == oid::kFloat8 ? oid::kFloat8 : oid::kInt8};
    if (!CanCoerce(offset->type.oid, wanted.oid, CastContext::kImplicit)) {
      return Error(
          sqlstate::kDatatypeMismatch,
          "argument of window frame must be type " + TypeNameOf(wanted) + ", not type " + TypeNameOf(offset->type),
          offset->location);
    }
    ALLOD_ASSIGN_OR_RETURN(*slot, Coerce(offset, wanted, CastContext::kImplicit, offset->location));
    bool constant = true;
    VisitExpr(
        *slot,
        [&](Expr* e) {
          constant = constant && e->kind != Expr::Kind::kColumn;
          return true;
        },
        true);
    if (!constant) {
      return Error(sqlstate::kInvalidColumnReference, "argument of window frame must not contain variables",
                   offset->location);
    }
  }
  return window;
}

}  // namespace allod::planner
