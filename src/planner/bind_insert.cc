// INSERT: columns and their defaults, identity, rows or a query, ON CONFLICT, RETURNING.
#include <algorithm>
#include <set>

#include "planner/bind.h"
#include "sql/parse.h"
#include "sql/print_sqlite.h"

namespace allod::planner {

using sql::Change;

namespace {

// Does a subquery in here read the table? It would see what the statement has changed so far, or altogether.
bool SubqueryReads(Expr* expr, Oid table) {
  bool reads = false;
  VisitExpr(
      expr,
      [&](Expr* e) {
        if (e->query != nullptr && QueryReads(*e->query, table)) reads = true;
        return !reads;
      },
      true);
  return reads;
}

bool IsDefaultNode(const PgQuery__Node* node) { return node->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT; }

}  // namespace

Result<Expr*> Binder::DefaultOf(const catalog::Table& table, const catalog::Column& column) {
  if (column.identity != 0 || (column.default_sql.empty() && column.sequence != 0)) {
    Expr* sequence = New(Expr::Kind::kConstant, Type{oid::kRegclass}, -1);
    sequence->constant = Value::Integer(column.sequence);
    sequence->nullable = false;
    ALLOD_ASSIGN_OR_RETURN(Expr * next, CallFunction("nextval", {sequence}, -1));
    return Coerce(next, column.type, CastContext::kAssignment, -1);
  }
  if (column.default_sql.empty()) return static_cast<Expr*>(nullptr);
  // The tree may go: bound expressions hold no part of it.
  sql::Arena arena;
  Result<PgQuery__Node*> node = sql::ParseExpression(column.default_sql, arena);
  if (!node.ok()) {
    return Fail(sqlstate::kDataCorrupted,
                "the default of column \"" + column.name + "\" of relation \"" + table.name + "\" cannot be read");
  }
  ++foreign_text_;
  Scope scope;
  scope.clause = Clause::kDefault;
  Result<Expr*> expr = BindExpr(*node, scope);
  if (expr.ok()) expr = CoerceAssignment(*expr, column.type, column.name, -1);
  --foreign_text_;
  return expr;
}

// As it must be to be stored: the rowid column of the embedded engine takes NULL for "choose one".
Result<Expr*> Binder::StoredValue(Expr* value, const catalog::Table& table, const catalog::Column& column,
                                  int location) {
  ALLOD_ASSIGN_OR_RETURN(value, CoerceAssignment(value, column.type, column.name, location));
  if (column.number != table.rowid_column) return value;
  if (!value->nullable && value->kind != Expr::Kind::kParameter) return value;
  Expr* checked = New(Expr::Kind::kNotNull, value->type, value->location);
  checked->args = {value};
  checked->nullable = false;
  checked->text = catalog::PhysicalTable(table.oid);
  checked->text2 = catalog::PhysicalColumn(column.number);
  return checked;
}

Status Binder::BindReturning(PgQuery__Node** nodes, size_t count, Scope& scope, Change* change) {
  if (count == 0) return Ok();
  scope.clause = Clause::kReturning;
  ALLOD_ASSIGN_OR_RETURN(change->returning, BindTargets(nodes, count, scope));
  for (Target& target : change->returning) {
    ALLOD_ASSIGN_OR_RETURN(target.expr, ResolveUnknown(target.expr));
    ResultColumn column{target.name, target.expr->type};
    Status problem;
    VisitExpr(
        target.expr,
        [&](Expr* e) {
          if (e->kind == Expr::Kind::kColumn && e->range != nullptr && e->range != change->target &&
              e->range->home == nullptr &&
              std::find(scope.ranges.begin(), scope.ranges.end(), e->range) != scope.ranges.end()) {
            problem = NotSupported("RETURNING can name columns of the changed table only", e->location,
                                   "Read the other tables in a SELECT of its own.");
          }
          return problem.ok();
        },
        true);
    ALLOD_RETURN_IF_ERROR(std::move(problem));
    if (SubqueryReads(target.expr, change->target->table)) {
      return NotSupported("a subquery in RETURNING that reads the changed table is not supported",
                          target.expr->location, "Read it in a SELECT of its own.");
    }
    if (target.expr->kind == Expr::Kind::kColumn && target.expr->column >= 0) {
      column.table = target.expr->range->columns[target.expr->column].table;
      column.attnum = target.expr->range->columns[target.expr->column].attnum;
    }
    bound_->columns.push_back(std::move(column));
  }
  bound_->returning = true;
  return Ok();
}

Status Binder::BindInsert(const PgQuery__InsertStmt& insert) {
  bound_->kind = StatementKind::kInsert;
  Change* change = pool().NewChange();
  bound_->change = change;
  change->kind = Change::Kind::kInsert;
  Scope with_scope;
  ALLOD_RETURN_IF_ERROR(BindWith(insert.with_clause, with_scope, &change->ctes, &change->recursive));
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, FindTarget(*insert.relation, "insert into"));
  bound_->target = table;
  Scope scope;
  scope.parent = &with_scope;
  change->target = NewTableRange(*table, scope);
  AccessOf(table->oid).inserts = true;

  // The columns that the statement names, in its order.
  std::vector<const catalog::Column*> named;
  std::set<catalog::Attnum> seen;
  for (size_t i = 0; i < insert.n_cols; ++i) {
    const PgQuery__ResTarget& target = *insert.cols[i]->res_target;
    if (target.n_indirection > 0) {
      return NotSupported("assigning to an element of a column is not supported", target.location,
                          "Assign the whole value.");
    }
    const catalog::Column* column = table->FindColumn(std::string_view(target.name));
    if (column == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + std::string(target.name) + "\" of relation \"" + table->name + "\" does not exist",
                   target.location);
    }
    if (!seen.insert(column->number).second) {
      return Error(sqlstate::kDuplicateColumn, "column \"" + column->name + "\" specified more than once",
                   target.location);
    }
    named.push_back(column);
  }
  const bool implicit = named.empty();
  if (implicit)
    for (const catalog::Column& column : table->columns) named.push_back(&column);

  auto check_identity = [&](const catalog::Column& column) -> Status {
    if (column.identity != 'a' || insert.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE) return Ok();
    Status status = Error("428C9", "cannot insert a non-DEFAULT value into column \"" + column.name + "\"", -1);
    return std::move(std::move(status).Detail("Column \"" + column.name +
                                              "\" is an identity column defined as GENERATED ALWAYS."))
        .Hint("Use OVERRIDING SYSTEM VALUE to override.");
  };
  const bool user_value = insert.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE;
  auto add_column = [&](const catalog::Column& column) {
    change->columns.push_back(catalog::PhysicalColumn(column.number));
    AccessOf(table->oid).writes.insert(column.number);
  };
  // Columns that are not named get their defaults, and the key that the engine would invent its NULL.
  std::vector<const catalog::Column*> order;
  auto fill_rest = [&](auto&& add_value) -> Status {
    for (const catalog::Column& column : table->columns) {
      if (std::find(order.begin(), order.end(), &column) != order.end()) continue;
      ALLOD_ASSIGN_OR_RETURN(Expr * value, DefaultOf(*table, column));
      if (value == nullptr && column.number != table->rowid_column) continue;
      if (value == nullptr) value = New(Expr::Kind::kConstant, column.type, -1);
      ALLOD_ASSIGN_OR_RETURN(value, StoredValue(value, *table, column, -1));
      add_column(column);
      order.push_back(&column);
      add_value(column, value);
    }
    return Ok();
  };
  const PgQuery__SelectStmt* select = insert.select_stmt == nullptr ? nullptr : insert.select_stmt->select_stmt;
  const bool values = select != nullptr && select->n_values_lists > 0 && select->n_sort_clause == 0 &&
                      select->limit_count == nullptr && select->limit_offset == nullptr &&
                      select->with_clause == nullptr;
  auto too_many = [&](size_t given, auto&& location_of) -> Status {
    if (given > named.size()) {
      return Error(sqlstate::kSyntaxError, "INSERT has more expressions than target columns",
                   location_of(named.size()));
    }
    if (!implicit && given < named.size()) {
      return Error(sqlstate::kSyntaxError, "INSERT has more target columns than expressions",
                   insert.cols[given]->res_target->location);
    }
    return Ok();
  };
  if (select == nullptr) {
    change->rows.emplace_back();
    ALLOD_RETURN_IF_ERROR(fill_rest([&](const catalog::Column&, Expr* value) { change->rows[0].push_back(value); }));
    change->default_row = change->columns.empty();
  } else if (values) {
    Scope values_scope;
    values_scope.parent = &with_scope;
    values_scope.clause = Clause::kInsertValues;
    const size_t width = select->values_lists[0]->list->n_items;
    for (size_t r = 0; r < select->n_values_lists; ++r) {
      const PgQuery__List& list = *select->values_lists[r]->list;
      if (list.n_items != width) {
        return Error(sqlstate::kSyntaxError, "VALUES lists must all be the same length", LocationOf(list.items[0]));
      }
    }
    ALLOD_RETURN_IF_ERROR(
        too_many(width, [&](size_t i) { return LocationOf(select->values_lists[0]->list->items[i]); }));
    std::vector<const catalog::Column*> given(named.begin(), named.begin() + static_cast<ptrdiff_t>(width));
    // A column that is DEFAULT in every row and has none is left out.
    for (const catalog::Column* column : given) {
      add_column(*column);
      order.push_back(column);
    }
    for (size_t r = 0; r < select->n_values_lists; ++r) {
      const PgQuery__List& list = *select->values_lists[r]->list;
      std::vector<Expr*> row;
      for (size_t c = 0; c < width; ++c) {
        const catalog::Column& column = *given[c];
        Expr* value = nullptr;
        int location = -1;
        if (IsDefaultNode(list.items[c]) || (user_value && column.identity != 0)) {
          ALLOD_ASSIGN_OR_RETURN(value, DefaultOf(*table, column));
          if (value == nullptr) value = New(Expr::Kind::kConstant, column.type, -1);
        } else {
          ALLOD_ASSIGN_OR_RETURN(value, BindExpr(list.items[c], values_scope));
          location = value->location;
          ALLOD_RETURN_IF_ERROR(check_identity(column));
        }
        ALLOD_ASSIGN_OR_RETURN(value, StoredValue(value, *table, column, location));
        row.push_back(value);
      }
      change->rows.push_back(std::move(row));
    }
    std::vector<Expr*> rest;
    ALLOD_RETURN_IF_ERROR(fill_rest([&](const catalog::Column&, Expr* value) { rest.push_back(value); }));
    for (auto& row : change->rows) row.insert(row.end(), rest.begin(), rest.end());
  } else {
    ALLOD_ASSIGN_OR_RETURN(Query * query, BindSelect(*select, &with_scope, true, false));
    const size_t width = query->columns.size();
    ALLOD_RETURN_IF_ERROR(
        too_many(width, [&](size_t i) { return i < query->targets.size() ? query->targets[i].expr->location : -1; }));
    change->source = query;
    Range* range = pool().NewRange();
    range->kind = Range::Kind::kSubquery;
    range->alias = NewAlias();
    // Literals of no type yet take the column's.
    for (size_t c = 0; c < width; ++c) {
      if (query->columns[c].type.oid == oid::kUnknown) {
        ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(query, c, Type{named[c]->type.oid}));
      }
    }
    range->columns = query->columns;
    for (size_t c = 0; c < width; ++c) range->columns[c].physical = "n" + std::to_string(c + 1);
    change->source_range = range;
    for (size_t c = 0; c < width; ++c) {
      const catalog::Column& column = *named[c];
      Expr* value = ColumnOf(range, static_cast<int>(c),
                             query->kind == Query::Kind::kSelect ? query->targets[c].expr->location : -1);
      if (user_value && column.identity != 0) {
        ALLOD_ASSIGN_OR_RETURN(value, DefaultOf(*table, column));
      } else {
        ALLOD_RETURN_IF_ERROR(check_identity(column));
      }
      ALLOD_ASSIGN_OR_RETURN(value, StoredValue(value, *table, column, value->location));
      add_column(column);
      order.push_back(&column);
      change->source_values.push_back(value);
    }
    ALLOD_RETURN_IF_ERROR(
        fill_rest([&](const catalog::Column&, Expr* value) { change->source_values.push_back(value); }));
    change->source_reads_target = QueryReads(*query, table->oid);
  }

  NameItem item =
      ItemFor(change->target, insert.relation->alias != nullptr ? insert.relation->alias->aliasname : table->name);
  item.schema = insert.relation->schemaname != nullptr ? insert.relation->schemaname : "";
  scope.items.push_back(item);
  if (insert.on_conflict_clause != nullptr &&
      insert.on_conflict_clause->action != PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NONE) {
    ALLOD_RETURN_IF_ERROR(BindConflict(*insert.on_conflict_clause, *table, scope, change));
  }
  return BindReturning(insert.returning_list, insert.n_returning_list, scope, change);
}

Status Binder::BindConflict(const PgQuery__OnConflictClause& clause, const catalog::Table& table, Scope& scope,
                            Change* change) {
  change->conflict = std::make_unique<Change::Conflict>();
  Change::Conflict& conflict = *change->conflict;
  conflict.update = clause.action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
  const PgQuery__InferClause* infer = clause.infer;
  const catalog::Index* index = nullptr;
  std::vector<catalog::Attnum> key;
  if (infer == nullptr) {
    if (conflict.update) {
      Status status =
          Error(sqlstate::kSyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                clause.location);
      return std::move(status).Hint("For example, ON CONFLICT (column_name).");
    }
    conflict.any = true;
    return Ok();
  }
  auto find_index = [&](Oid oid) -> const catalog::Index* {
    for (const catalog::Index& candidate : table.indexes)
      if (candidate.oid == oid) return &candidate;
    return nullptr;
  };
  if (infer->conname != nullptr && infer->conname[0] != 0) {
    const catalog::Constraint* constraint = table.FindConstraint(std::string_view(infer->conname));
    if (constraint == nullptr) {
      return Error(sqlstate::kUndefinedObject,
                   "constraint \"" + std::string(infer->conname) + "\" for table \"" + table.name + "\" does not exist",
                   infer->location);
    }
    if (constraint->kind != catalog::Constraint::Kind::kPrimaryKey &&
        constraint->kind != catalog::Constraint::Kind::kUnique) {
      return Error(sqlstate::kWrongObjectType, "constraint in ON CONFLICT clause has no associated index",
                   infer->location);
    }
    key = constraint->columns;
    index = find_index(constraint->index);
  } else {
    // Columns in any order; expressions as an index has them.
    std::vector<catalog::Attnum> columns;
    std::vector<Expr*> expressions;
    Scope bare;
    bare.clause = Clause::kIndex;
    bare.items.push_back(scope.items[0]);
    for (size_t i = 0; i < infer->n_index_elems; ++i) {
      const PgQuery__IndexElem& elem = *infer->index_elems[i]->index_elem;
      if (elem.name != nullptr && elem.name[0] != 0) {
        const catalog::Column* column = table.FindColumn(std::string_view(elem.name));
        if (column == nullptr) {
          return Error(sqlstate::kUndefinedColumn, "column \"" + std::string(elem.name) + "\" does not exist",
                       infer->location);
        }
        columns.push_back(column->number);
      } else {
        ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(elem.expr, bare));
        ALLOD_ASSIGN_OR_RETURN(expr, ResolveUnknown(expr));
        expressions.push_back(expr);
      }
    }
    Expr* predicate = nullptr;
    if (infer->where_clause != nullptr) {
      ALLOD_ASSIGN_OR_RETURN(predicate, BindCondition(infer->where_clause, bare, "WHERE"));
    }
    // How expressions of the statement and of an index are compared: as they are printed without an alias.
    auto printed = [&](const Expr& expr) -> Result<std::string> {
      std::string alias = std::move(change->target->alias);
      change->target->alias.clear();
      Result<std::string> text = sql::PrintSqliteExpression(expr);
      change->target->alias = std::move(alias);
      return text;
    };
    std::multiset<std::string> wanted;
    for (catalog::Attnum attnum : columns) wanted.insert(catalog::PhysicalColumn(attnum));
    for (const Expr* expr : expressions) {
      ALLOD_ASSIGN_OR_RETURN(std::string text, printed(*expr));
      wanted.insert(text);
    }
    std::string predicate_text;
    if (predicate != nullptr) {
      ALLOD_ASSIGN_OR_RETURN(predicate_text, printed(*predicate));
    }
    std::set<std::string> distinct(wanted.begin(), wanted.end());
    bool found = false;
    if (const catalog::Constraint* primary = table.PrimaryKey()) {
      std::set<std::string> names;
      for (catalog::Attnum attnum : primary->columns) names.insert(catalog::PhysicalColumn(attnum));
      if (names == distinct) {
        key = primary->columns;
        found = true;
      }
    }
    for (const catalog::Index& candidate : table.indexes) {
      if (found || !candidate.unique) continue;
      std::set<std::string> names;
      std::vector<std::string> ordered;
      for (const catalog::IndexColumn& column : candidate.columns) {
        if (column.column != 0) {
          ordered.push_back(catalog::PhysicalColumn(column.column));
        } else {
          ALLOD_ASSIGN_OR_RETURN(std::string text, BindTableExpression(column.expression_sql, &table, Type{}, *context_,
                                                                       nullptr, nullptr));
          ordered.push_back(text);
        }
        names.insert(ordered.back());
      }
      if (names != distinct) continue;
      if (!candidate.predicate_sql.empty()) {
        ALLOD_ASSIGN_OR_RETURN(std::string text, BindTableExpression(candidate.predicate_sql, &table, Type{oid::kBool},
                                                                     *context_, nullptr, nullptr));
        if (text != predicate_text) continue;
        conflict.predicate = text;
      }
      index = &candidate;
      conflict.target = std::move(ordered);
      for (const catalog::IndexColumn& column : candidate.columns) {
        if (column.column != 0) key.push_back(column.column);
      }
      found = true;
    }
    if (!found) {
      return Error(sqlstate::kInvalidColumnReference,
                   "there is no unique or exclusion constraint matching the ON CONFLICT specification", -1);
    }
    if (conflict.update && !expressions.empty() && (change->rows.size() > 1 || change->source != nullptr)) {
      return NotSupported("ON CONFLICT DO UPDATE on an index of expressions takes one row", clause.location,
                          "Insert the rows one by one.");
    }
  }
  if (conflict.target.empty()) {
    for (catalog::Attnum attnum : key) conflict.target.push_back(catalog::PhysicalColumn(attnum));
    if (index != nullptr && !index->predicate_sql.empty() && conflict.predicate.empty()) {
      ALLOD_ASSIGN_OR_RETURN(conflict.predicate, BindTableExpression(index->predicate_sql, &table, Type{oid::kBool},
                                                                     *context_, nullptr, nullptr));
    }
  }
  for (catalog::Attnum attnum : key) {
    AccessOf(table.oid).reads.insert(attnum);
    auto it = std::find(change->columns.begin(), change->columns.end(), catalog::PhysicalColumn(attnum));
    if (it != change->columns.end()) conflict.key.push_back(static_cast<int>(it - change->columns.begin()));
  }
  if (!conflict.update) return Ok();
  AccessOf(table.oid).updates = true;
  conflict.excluded = pool().NewRange();
  *conflict.excluded = *change->target;
  conflict.excluded->kind = Range::Kind::kExcluded;
  conflict.excluded->alias = "excluded";
  // The columns of EXCLUDED were given by the statement: no origin, nothing read.
  for (Range::Column& column : conflict.excluded->columns) {
    column.nullable = true;
    column.table = 0;
    column.attnum = 0;
  }
  // Its columns are found without a qualifier too, so a bare name is ambiguous: as in PostgreSQL.
  scope.items.push_back(ItemFor(conflict.excluded, "excluded"));
  scope.clause = Clause::kSet;
  ALLOD_RETURN_IF_ERROR(BindAssignments(clause.target_list, clause.n_target_list, table, scope, &conflict.set));
  if (clause.where_clause != nullptr) {
    scope.clause = Clause::kWhere;
    ALLOD_ASSIGN_OR_RETURN(conflict.where, BindCondition(clause.where_clause, scope, "WHERE"));
  }
  scope.items.pop_back();
  if (change->rows.size() > 1 || change->source != nullptr) {
    bool reads = conflict.where != nullptr && SubqueryReads(conflict.where, table.oid);
    for (const sql::Assignment& assignment : conflict.set) reads = reads || SubqueryReads(assignment.value, table.oid);
    if (reads) {
      return NotSupported("a subquery in DO UPDATE that reads the changed table takes one row", clause.location,
                          "Insert the rows one by one.");
    }
  }
  return Ok();
}

}  // namespace allod::planner
