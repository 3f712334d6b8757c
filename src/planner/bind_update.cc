// UPDATE: SET in all its forms, FROM, WHERE, RETURNING.
#include <algorithm>
#include <set>

#include "planner/bind.h"

namespace allod::planner {

using sql::Assignment;
using sql::Change;

Status Binder::BindAssignments(PgQuery__Node** nodes, size_t count, const catalog::Table& table, Scope& scope,
                               std::vector<Assignment>* set) {
  std::set<catalog::Attnum> seen;
  Query* multi = nullptr;  // (a, b) = (SELECT ...)
  const PgQuery__Node* multi_source = nullptr;
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__ResTarget& node = *nodes[i]->res_target;
    const catalog::Column* column = table.FindColumn(std::string_view(node.name));
    if (column == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + std::string(node.name) + "\" of relation \"" + table.name + "\" does not exist",
                   node.location);
    }
    if (node.n_indirection > 0) {
      return NotSupported("assigning to an element of a column is not supported", node.location,
                          "Assign the whole value: jsonb_set, array_replace.");
    }
    if (!seen.insert(column->number).second) {
      return Error(sqlstate::kSyntaxError, "multiple assignments to same column \"" + column->name + "\"",
                   node.location);
    }
    const PgQuery__Node* source = node.val;
    Expr* value = nullptr;
    if (source->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) {
      const PgQuery__MultiAssignRef& ref = *source->multi_assign_ref;
      // The first reference of a group carries the source; the grammar may share it or leave it out later.
      const PgQuery__Node* from = ref.source != nullptr ? ref.source : multi_source;
      if (ref.colno == 1) {
        multi = nullptr;
        multi_source = from;
      }
      if (from == nullptr)
        return NotSupported("this form of SET is not supported", node.location, "Assign the columns one by one.");
      if (from->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
        const PgQuery__RowExpr& row = *from->row_expr;
        if (static_cast<int>(row.n_args) != ref.ncolumns) {
          return Error(sqlstate::kSyntaxError, "number of columns does not match number of values", row.location);
        }
        source = row.args[ref.colno - 1];
      } else if (from->node_case == PG_QUERY__NODE__NODE_SUB_LINK) {
        if (ref.colno == 1 || multi == nullptr) {
          ALLOD_ASSIGN_OR_RETURN(multi, BindSubquery(from->sub_link->subselect, scope));
          if (static_cast<int>(multi->columns.size()) != ref.ncolumns) {
            return Error(sqlstate::kSyntaxError, "number of columns does not match number of values",
                         from->sub_link->location);
          }
          if (multi->volatile_targets) {
            return NotSupported(
                "assigning several columns from a subquery whose values change with every evaluation is not supported",
                from->sub_link->location, "Use UPDATE ... FROM (SELECT ...).");
          }
        }
        value = New(Expr::Kind::kScalar, multi->columns[ref.colno - 1].type, node.location);
        value->query = multi;
        value->column = ref.colno - 1;
      } else {
        return Error(sqlstate::kFeatureNotSupported,
                     "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                     node.location);
      }
    }
    int location = -1;
    if (value == nullptr) {
      if (source->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT) {
        ALLOD_ASSIGN_OR_RETURN(value, DefaultOf(table, *column));
        if (value == nullptr) value = New(Expr::Kind::kConstant, column->type, -1);
      } else {
        if (column->identity == 'a') {
          Status status =
              Error("428C9", "column \"" + column->name + "\" can only be updated to DEFAULT", node.location);
          return std::move(status).Detail("Column \"" + column->name +
                                          "\" is an identity column defined as GENERATED ALWAYS.");
        }
        ALLOD_ASSIGN_OR_RETURN(value, BindExpr(source, scope));
        location = value->location;
      }
    }
    ALLOD_ASSIGN_OR_RETURN(value, StoredValue(value, table, *column, location));
    AccessOf(table.oid).writes.insert(column->number);
    set->push_back({catalog::PhysicalColumn(column->number), column->number, value});
  }
  return Ok();
}

Status Binder::BindUpdate(const PgQuery__UpdateStmt& update) {
  bound_->kind = StatementKind::kUpdate;
  Change* change = pool().NewChange();
  bound_->change = change;
  change->kind = Change::Kind::kUpdate;
  Scope scope;
  ALLOD_RETURN_IF_ERROR(BindWith(update.with_clause, scope, &change->ctes, &change->recursive));
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, FindTarget(*update.relation, "update"));
  bound_->target = table;
  change->target = NewTableRange(*table, scope);
  AccessOf(table->oid).updates = true;
  NameItem item =
      ItemFor(change->target, update.relation->alias != nullptr ? update.relation->alias->aliasname : table->name);
  item.schema = update.relation->schemaname != nullptr ? update.relation->schemaname : "public";
  // FROM does not see the target; afterwards both are in scope, the target first.
  ALLOD_RETURN_IF_ERROR(BindFromClause(update.from_clause, update.n_from_clause, scope, &change->from));
  scope.items.insert(scope.items.begin(), std::move(item));
  ALLOD_RETURN_IF_ERROR(CheckDuplicateAliases(scope.items, update.relation->location));
  scope.clause = Clause::kSet;
  ALLOD_RETURN_IF_ERROR(BindAssignments(update.target_list, update.n_target_list, *table, scope, &change->set));
  // The engine computes SET row by row, after it has changed the rows before; a subquery would see those changes.
  for (const Assignment& assignment : change->set) {
    VisitExpr(
        assignment.value,
        [&](Expr* e) {
          if (e->query != nullptr) change->snapshot = true;
          return true;
        },
        false);
  }
  if (update.where_clause != nullptr) {
    scope.clause = Clause::kWhere;
    ALLOD_ASSIGN_OR_RETURN(change->where, BindCondition(update.where_clause, scope, "WHERE"));
  }
  return BindReturning(update.returning_list, update.n_returning_list, scope, change);
}

}  // namespace allod::planner
