// DELETE: USING, WHERE, RETURNING.
#include "planner/bind.h"

namespace allod::planner {

using sql::Change;

Status Binder::BindDelete(const PgQuery__DeleteStmt& del) {
  bound_->kind = StatementKind::kDelete;
  Change* change = pool().NewChange();
  bound_->change = change;
  change->kind = Change::Kind::kDelete;
  Scope scope;
  ALLOD_RETURN_IF_ERROR(BindWith(del.with_clause, scope, &change->ctes, &change->recursive));
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, FindTarget(*del.relation, "delete from"));
  bound_->target = table;
  change->target = NewTableRange(*table, scope);
  AccessOf(table->oid).deletes = true;
  NameItem item =
      ItemFor(change->target, del.relation->alias != nullptr ? del.relation->alias->aliasname : table->name);
  item.schema = del.relation->schemaname != nullptr ? del.relation->schemaname : "public";
  ALLOD_RETURN_IF_ERROR(BindFromClause(del.using_clause, del.n_using_clause, scope, &change->from));
  scope.items.insert(scope.items.begin(), std::move(item));
  ALLOD_RETURN_IF_ERROR(CheckDuplicateAliases(scope.items, del.relation->location));
  if (del.where_clause != nullptr) {
    scope.clause = Clause::kWhere;
    ALLOD_ASSIGN_OR_RETURN(change->where, BindCondition(del.where_clause, scope, "WHERE"));
  }
  return BindReturning(del.returning_list, del.n_returning_list, scope, change);
}

}  // namespace allod::planner
