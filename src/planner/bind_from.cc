// FROM: tables, views, subqueries, WITH, joins, functions, computed relations; and the names they bring into scope.
#include <algorithm>
#include <set>
#include <tuple>

#include "catalog/system_relations.h"
#include "planner/bind.h"
#include "sql/parse.h"

namespace allod::planner {
namespace {

// A view's text is parsed anew wherever it is named; views within views cannot go on for ever.
constexpr int kMaxViewDepth = 64;

Cte* FindCte(Scope* scope, std::string_view name) {
  for (; scope != nullptr; scope = scope->parent) {
    for (auto it = scope->ctes.rbegin(); it != scope->ctes.rend(); ++it) {
      if ((*it)->name == name) return *it;
    }
  }
  return nullptr;
}

void MakeNullable(From* from) {
  if (from->kind == From::Kind::kJoin) {
    MakeNullable(from->left);
    MakeNullable(from->right);
    return;
  }
  for (Range::Column& column : from->range->columns) column.nullable = true;
}

}  // namespace

Expr* Binder::ColumnOf(Range* range, int column, int location) {
  const Range::Column& c = range->columns[column];
  Expr* made = New(Expr::Kind::kColumn, c.type, location);
  made->range = range;
  made->column = column;
  made->nullable = c.nullable;
  if (range->kind == Range::Kind::kTable && c.attnum != 0) AccessOf(c.table).reads.insert(c.attnum);
  return made;
}

Expr* Binder::ExprOf(const NameColumn& column, int location) {
  if (column.expr == nullptr) return ColumnOf(column.range, column.column, location);
  Expr* made = pool().Copy(*column.expr);
  made->location = location;
  return made;
}

NameItem Binder::ItemFor(Range* range, std::string_view alias) {
  NameItem item;
  item.alias = alias;
  item.range = range;
  for (size_t i = 0; i < range->columns.size(); ++i) {
    item.columns.push_back({range->columns[i].name, range, static_cast<int>(i), nullptr});
  }
  return item;
}

Range* Binder::NewTableRange(const catalog::Table& table, Scope& scope) {
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kTable;
  range->alias = NewAlias();
  range->physical = catalog::PhysicalTable(table.oid);
  range->table = table.oid;
  range->home = scope.query;
  for (const catalog::Column& column : table.columns) {
    bool nullable = !column.not_null && column.number != table.rowid_column;
    range->columns.push_back(
        {column.name, catalog::PhysicalColumn(column.number), column.type, nullable, table.oid, column.number});
  }
  AccessOf(table.oid);
  scope.ranges.push_back(range);
  return range;
}

Result<const catalog::Table*> Binder::FindTable(const PgQuery__RangeVar& var) {
  const catalog::Catalog& catalog = *context_->catalog;
  std::string schema = var.schemaname == nullptr ? "" : var.schemaname;
  if (var.catalogname != nullptr && var.catalogname[0] != 0 && context_->database != var.catalogname) {
    return Error(sqlstate::kFeatureNotSupported,
                 "cross-database references are not implemented: \"" + std::string(var.catalogname) + "." + schema +
                     "." + var.relname + "\"",
                 var.location);
  }
  if (!schema.empty()) return catalog.FindTable(schema, var.relname);
  for (const std::string& name : context_->search_path) {
    const std::string& searched = name == "$user" ? context_->user : name;
    if (const catalog::Table* table = catalog.FindTable(searched, var.relname)) return table;
  }
  return static_cast<const catalog::Table*>(nullptr);
}

Result<const catalog::Table*> Binder::FindTarget(const PgQuery__RangeVar& var, std::string_view verb) {
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, FindTable(var));
  std::string schema = var.schemaname == nullptr ? "" : var.schemaname;
  if (table == nullptr && catalog::FindSystemRelation(schema, var.relname) != nullptr) {
    return Error(sqlstate::kInsufficientPrivilege,
                 "permission denied: \"" + std::string(var.relname) + "\" is a system catalog", var.location);
  }
  if (table == nullptr) {
    return Error(sqlstate::kUndefinedTable,
                 "relation \"" + (schema.empty() ? "" : schema + ".") + var.relname + "\" does not exist",
                 var.location);
  }
  if (table->kind == catalog::Table::Kind::kView) {
    return NotSupported("cannot " + std::string(verb) + " view \"" + table->name + "\"", var.location,
                        "Change the tables that the view reads.");
  }
  return table;
}

// Alias and column aliases of a FROM item.
Status Binder::ApplyAlias(const PgQuery__Alias* alias, std::string_view name, Range* range, NameItem* item) {
  std::string shown(name);
  if (alias != nullptr) {
    shown = alias->aliasname;
    std::vector<std::string> names = StringsOf(alias->colnames, alias->n_colnames);
    if (names.size() > range->columns.size()) {
      return Error(sqlstate::kInvalidColumnReference,
                   "table \"" + shown + "\" has " + std::to_string(range->columns.size()) + " columns available but " +
                       std::to_string(names.size()) + " columns specified",
                   -1);
    }
    for (size_t i = 0; i < names.size(); ++i) range->columns[i].name = names[i];
  }
  *item = ItemFor(range, shown);
  return Ok();
}

Status Binder::CheckDuplicateAliases(const std::vector<NameItem>& items, int location) {
  std::set<std::string> seen;
  for (const NameItem& item : items) {
    if (!item.qualified || item.alias.empty()) continue;
    if (!seen.insert(item.alias).second) {
      return Error(sqlstate::kDuplicateAlias, "table name \"" + item.alias + "\" specified more than once", location);
    }
  }
  return Ok();
}

Status Binder::BindFromClause(PgQuery__Node** nodes, size_t count, Scope& scope, std::vector<From*>* from) {
  Clause clause = scope.clause;
  scope.clause = Clause::kFrom;
  for (size_t i = 0; i < count; ++i) {
    std::vector<NameItem> items;
    ALLOD_ASSIGN_OR_RETURN(From * item, BindFromItem(nodes[i], scope, &items));
    if (item != nullptr) from->push_back(item);
    for (const NameItem& name : items) {
      if (name.optional) return RefuseLateral();
    }
    for (NameItem& name : items) scope.items.push_back(std::move(name));
    ALLOD_RETURN_IF_ERROR(CheckDuplicateAliases(scope.items, -1));
  }
  scope.clause = clause;
  return Ok();
}

Status Binder::RefuseLateral() const {
  return NotSupported("this LATERAL subquery, which reads the tables beside it, is not supported", -1,
                      "Use a subquery in the SELECT list, LEFT JOIN LATERAL (... LIMIT 1) ... ON true, or a join with "
                      "GROUP BY or a window function.");
}

Result<From*> Binder::BindFromItem(const PgQuery__Node* node, Scope& scope, std::vector<NameItem>* items) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return BindRangeVar(*node->range_var, scope, items);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
      return BindRangeSubselect(*node->range_subselect, scope, items);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
      return BindRangeFunction(*node->range_function, scope, items);
    case PG_QUERY__NODE__NODE_JOIN_EXPR:
      return BindJoin(*node->join_expr, scope, items);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
      return NotSupported("TABLESAMPLE is not supported", node->range_table_sample->location,
                          "Use ORDER BY random() LIMIT n, or WHERE random() < p.");
    case PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC:
      return NotSupported("XMLTABLE is not supported", node->range_table_func->location, "Use jsonb.");
    default:
      return NotSupported("this kind of FROM item is not supported", -1, "See docs/sql.md for what is.");
  }
}

Result<From*> Binder::BindRangeVar(const PgQuery__RangeVar& node, Scope& scope, std::vector<NameItem>* items) {
  const std::string schema = node.schemaname == nullptr ? "" : node.schemaname;
  From* from = pool().NewFrom();
  NameItem item;
  if (schema.empty()) {
    if (Cte* cte = FindCte(&scope, node.relname)) {
      ++cte->references;
      Range* range = pool().NewRange();
      range->kind = Range::Kind::kCte;
      range->alias = NewAlias();
      range->physical = cte->physical;
      range->home = scope.query;
      range->columns = cte->columns;
      scope.ranges.push_back(range);
      ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, node.relname, range, &item));
      item.table = node.relname;
      items->push_back(std::move(item));
      from->range = range;
      return from;
    }
  }
  // pg_catalog comes before the search path.
  const catalog::SystemRelationInfo* info = nullptr;
  if (schema.empty() || schema == "pg_catalog" || schema == "information_schema" || schema == "allod") {
    info = catalog::FindSystemRelation(schema, node.relname);
  }
  if (info != nullptr) {
    auto key = std::make_pair(std::string(info->schema), std::string(info->name));
    auto it = relation_index_.find(key);
    if (it == relation_index_.end()) {
      it = relation_index_.emplace(key, static_cast<int>(bound_->relations.size())).first;
      bound_->relations.push_back({key.first, key.second, static_cast<int>(info->columns.size())});
    }
    Range* range = pool().NewRange();
    range->kind = Range::Kind::kRelation;
    range->alias = NewAlias();
    range->relation = it->second;
    range->home = scope.query;
    for (size_t i = 0; i < info->columns.size(); ++i) {
      const catalog::SystemColumn& column = info->columns[i];
      range->columns.push_back({std::string(column.name), "c" + std::to_string(i), Type{column.type}, column.nullable,
                                info->oid, static_cast<int16_t>(i + 1)});
    }
    scope.ranges.push_back(range);
    ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, node.relname, range, &item));
    item.schema = key.first;
    item.table = key.second;
    items->push_back(std::move(item));
    from->range = range;
    return from;
  }
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, FindTable(node));
  if (table == nullptr) {
    if (schema.empty() ? context_->catalog->FindSequence("public", node.relname) != nullptr
                       : context_->catalog->FindSequence(schema, node.relname) != nullptr) {
      return NotSupported("reading sequence \"" + std::string(node.relname) + "\" as a table is not supported",
                          node.location, "Use pg_sequences or pg_sequence_last_value().");
    }
    return Error(sqlstate::kUndefinedTable,
                 "relation \"" + (schema.empty() ? "" : schema + ".") + node.relname + "\" does not exist",
                 node.location);
  }
  if (table->kind == catalog::Table::Kind::kView) return BindView(*table, node, scope, items);
  from->range = NewTableRange(*table, scope);
  ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, node.relname, from->range, &item));
  const catalog::Schema* home = context_->catalog->FindSchema(table->schema);
  item.schema = home == nullptr ? "public" : home->name;
  item.table = table->name;
  items->push_back(std::move(item));
  return from;
}

Result<From*> Binder::BindView(const catalog::Table& view, const PgQuery__RangeVar& node, Scope& scope,
                               std::vector<NameItem>* items) {
  if (view_depth_ >= kMaxViewDepth) {
    return Error(sqlstate::kStatementTooComplex, "views are nested too deeply", node.location);
  }
  Result<std::shared_ptr<sql::Parsed>> parsed = sql::Parse(view.view_sql);
  if (!parsed.ok() || (*parsed)->statements.size() != 1 || (*parsed)->statements[0].node == nullptr ||
      (*parsed)->statements[0].node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return Fail(sqlstate::kDataCorrupted, "the definition of view \"" + view.name + "\" cannot be read");
  }
  AccessOf(view.oid);
  ++foreign_text_;
  ++view_depth_;
  Result<Query*> query = BindSelect(*(*parsed)->statements[0].node->select_stmt, nullptr, false, true);
  --view_depth_;
  --foreign_text_;
  if (!query.ok()) return query.status();
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kSubquery;
  range->alias = NewAlias();
  range->home = scope.query;
  range->columns = (*query)->columns;
  if (range->columns.size() != view.columns.size()) {
    return Fail(sqlstate::kDataCorrupted, "the definition of view \"" + view.name + "\" does not fit its columns");
  }
  for (size_t i = 0; i < range->columns.size(); ++i) {
    Range::Column& column = range->columns[i];
    column.name = view.columns[i].name;
    column.physical = "n" + std::to_string(i + 1);
    column.table = view.oid;
    column.attnum = view.columns[i].number;
    AccessOf(view.oid);
  }
  scope.ranges.push_back(range);
  From* from = pool().NewFrom();
  from->range = range;
  from->query = *query;
  NameItem item;
  ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, node.relname, range, &item));
  item.table = view.name;
  items->push_back(std::move(item));
  return from;
}

Result<From*> Binder::BindRangeSubselect(const PgQuery__RangeSubselect& node, Scope& scope,
                                         std::vector<NameItem>* items) {
  if (node.subquery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return NotSupported("this kind of subquery is not supported in FROM", -1, "Write a SELECT.");
  }
  bool lateral_reference = false;
  ALLOD_ASSIGN_OR_RETURN(Query * query, BindSelect(*node.subquery->select_stmt, &scope, node.lateral, true,
                                                   node.lateral, &lateral_reference));
  NameItem item;
  if (lateral_reference) {
    // LATERAL (SELECT a.x + 1 AS y): its columns are expressions over what stands to the left. The engine has no
    // LATERAL, but these need none.
    const bool plain = query->kind == Query::Kind::kSelect && query->from.empty() && query->where == nullptr &&
                       !query->grouped && !query->distinct && query->limit == nullptr && query->offset == nullptr &&
                       query->ctes.empty() && !query->volatile_targets;
    // One row at most: each column is a scalar subquery.
    const bool one = query->kind == Query::Kind::kSelect && query->grouped && query->group.empty() &&
                     query->having == nullptr && query->limit == nullptr && query->offset == nullptr;
    if ((!plain && !query->single) || query->volatile_targets) return RefuseLateral();
    item.inlined = true;
    item.optional = !plain && !one;
    if (node.alias != nullptr) item.alias = node.alias->aliasname;
    std::vector<std::string> names =
        node.alias == nullptr ? std::vector<std::string>() : StringsOf(node.alias->colnames, node.alias->n_colnames);
    for (size_t i = 0; i < query->columns.size(); ++i) {
      Expr* value = nullptr;
      if (plain) {
        value = query->targets[i].expr;
      } else {
        value = New(Expr::Kind::kScalar, query->columns[i].type, -1);
        value->query = query;
        value->column = static_cast<int>(i);
      }
      item.columns.push_back({i < names.size() ? names[i] : query->columns[i].name, nullptr, 0, value});
    }
    items->push_back(std::move(item));
    return static_cast<From*>(nullptr);
  }
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kSubquery;
  range->alias = NewAlias();
  range->home = scope.query;
  range->columns = query->columns;
  for (size_t i = 0; i < range->columns.size(); ++i) range->columns[i].physical = "n" + std::to_string(i + 1);
  scope.ranges.push_back(range);
  if (node.alias == nullptr) {
    Status status = Error(sqlstate::kSyntaxError, "subquery in FROM must have an alias", -1);
    return std::move(status).Hint("For example, FROM (SELECT ...) [AS] foo.");
  }
  ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, "", range, &item));
  items->push_back(std::move(item));
  From* from = pool().NewFrom();
  from->range = range;
  from->query = query;
  return from;
}

void Binder::AddFunctionColumns(Range* range, const Expr& call, std::string_view alias, bool ordinality) {
  const Overload& overload = *call.overload;
  if (!overload.columns.empty()) {
    // "key text, value jsonb"
    std::string_view rest = overload.columns;
    while (!rest.empty()) {
      size_t comma = rest.find(',');
      std::string_view one = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      size_t blank = one.find(' ');
      std::string name(one.substr(0, blank));
      const TypeInfo* info = FindTypeByName(one.substr(blank + 1));
      range->columns.push_back({name, name, Type{info == nullptr ? oid::kText : info->oid}, true, 0, 0});
    }
  } else {
    bool nullable = !(overload.name == "generate_series" || overload.name == "generate_subscripts" ||
                      overload.name == "json_object_keys" || overload.name == "jsonb_object_keys");
    range->columns.push_back({std::string(alias), "value", call.type, nullable, 0, 0});
  }
  if (ordinality) range->columns.push_back({"ordinality", "ordinality", Type{oid::kInt8}, false, 0, 0});
}

Result<From*> Binder::BindRangeFunction(const PgQuery__RangeFunction& node, Scope& scope,
                                        std::vector<NameItem>* items) {
  if (node.is_rowsfrom && node.n_functions > 1) {
    return NotSupported("ROWS FROM with several functions is not supported", -1,
                        "Join the functions WITH ORDINALITY on the ordinality.");
  }
  if (node.n_coldeflist > 0) {
    return NotSupported("a column definition list is not supported", -1, "Use jsonb_each, or ->> with a cast.");
  }
  const PgQuery__List& first = *node.functions[0]->list;
  const PgQuery__Node* call_node = first.items[0];
  if (first.n_items > 1 && first.items[1]->node_case == PG_QUERY__NODE__NODE_LIST &&
      first.items[1]->list->n_items > 0) {
    return NotSupported("a column definition list is not supported", -1, "Use jsonb_each, or ->> with a cast.");
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * call, BindExpr(call_node, scope));
  std::string name = TargetName(call_node);
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  range->home = scope.query;
  From* from = pool().NewFrom();
  from->range = range;
  from->function = call;
  from->ordinality = node.ordinality;
  const bool set_returning =
      call->kind == Expr::Kind::kCall && call->overload->kind == sql::FunctionKind::kSetReturning;
  if (set_returning) {
    AddFunctionColumns(range, *call, node.alias != nullptr ? node.alias->aliasname : name, node.ordinality);
  } else {
    // A function of one value is a relation of one row.
    call->location = -1;
    range->columns.push_back(
        {node.alias != nullptr ? node.alias->aliasname : name, "n1", call->type, call->nullable, 0, 0});
    if (node.ordinality) range->columns.push_back({"ordinality", "n2", Type{oid::kInt8}, false, 0, 0});
    bool reads_siblings = false;
    VisitExpr(
        call,
        [&](Expr* e) {
          if (e->kind == Expr::Kind::kColumn && e->range->home == scope.query && scope.query != nullptr)
            reads_siblings = true;
          return true;
        },
        true);
    if (reads_siblings) {
      NameItem item;
      item.alias = node.alias != nullptr ? node.alias->aliasname : name;
      if (node.ordinality || IsVolatile(call)) {
        return NotSupported("a function in FROM that reads the tables beside it is not supported here", -1,
                            "Call it in the SELECT list.");
      }
      std::vector<std::string> names =
          node.alias == nullptr ? std::vector<std::string>() : StringsOf(node.alias->colnames, node.alias->n_colnames);
      item.inlined = true;
      item.columns.push_back({names.empty() ? item.alias : names[0], nullptr, 0, call});
      items->push_back(std::move(item));
      return static_cast<From*>(nullptr);
    }
  }
  scope.ranges.push_back(range);
  NameItem item;
  ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, name, range, &item));
  items->push_back(std::move(item));
  return from;
}

Result<From*> Binder::BindJoin(const PgQuery__JoinExpr& node, Scope& scope, std::vector<NameItem>* items) {
  std::vector<NameItem> left_items, right_items;
  ALLOD_ASSIGN_OR_RETURN(From * left, BindFromItem(node.larg, scope, &left_items));
  if (left == nullptr) {
    return NotSupported("this LATERAL item cannot be the left side of a join", -1, "Put it to the right of a table.");
  }
  // The right side may read the left one if it is LATERAL (or a function).
  const size_t visible = scope.items.size();
  for (const NameItem& item : left_items) scope.items.push_back(item);
  Result<From*> right_result = BindFromItem(node.rarg, scope, &right_items);
  scope.items.resize(visible);
  if (!right_result.ok()) return right_result.status();
  From* right = *right_result;

  From* join = pool().NewFrom();
  join->kind = From::Kind::kJoin;
  join->left = left;
  join->right = right;
  switch (node.jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
      join->join = From::Join::kLeft;
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
      join->join = From::Join::kRight;
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_FULL:
      join->join = From::Join::kFull;
      break;
    default:
      break;
  }
  const bool left_nulls = join->join == From::Join::kRight || join->join == From::Join::kFull;
  const bool right_nulls = join->join == From::Join::kLeft || join->join == From::Join::kFull;

  // USING and NATURAL: the columns in common, left ones first.
  std::vector<std::string> shared = StringsOf(node.using_clause, node.n_using_clause);
  auto find = [](std::vector<NameItem>& where, const std::string& name, int* count) -> NameColumn* {
    NameColumn* found = nullptr;
    *count = 0;
    for (NameItem& item : where) {
      if (!item.unqualified) continue;
      for (NameColumn& column : item.columns) {
        if (column.name == name) {
          found = &column;
          ++*count;
        }
      }
    }
    return found;
  };
  if (node.is_natural) {
    for (NameItem& item : left_items) {
      if (!item.unqualified) continue;
      for (NameColumn& column : item.columns) {
        int count = 0;
        if (find(right_items, column.name, &count) != nullptr) shared.push_back(column.name);
      }
    }
  }
  const bool merges = !shared.empty();
  std::vector<NameColumn> merged;
  std::vector<Expr*> conditions;
  if (right == nullptr && (merges || left_nulls)) {
    return NotSupported("this LATERAL item cannot be joined this way", -1,
                        "Use CROSS JOIN LATERAL or LEFT JOIN LATERAL ... ON true.");
  }
  for (const std::string& name : shared) {
    int count = 0;
    NameColumn* l = find(left_items, name, &count);
    if (count > 1) {
      return Error(sqlstate::kAmbiguousColumn,
                   "common column name \"" + name + "\" appears more than once in left table", -1);
    }
    if (l == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + name + "\" specified in USING clause does not exist in left table", -1);
    }
    NameColumn* r = find(right_items, name, &count);
    if (count > 1) {
      return Error(sqlstate::kAmbiguousColumn,
                   "common column name \"" + name + "\" appears more than once in right table", -1);
    }
    if (r == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + name + "\" specified in USING clause does not exist in right table", -1);
    }
    ALLOD_ASSIGN_OR_RETURN(Expr * equal, Compare("=", ExprOf(*l, -1), ExprOf(*r, -1), -1));
    conditions.push_back(equal);
  }
  // What an outer join leaves empty can be NULL from here on.
  for (auto [nulls, from, side] :
       {std::tuple{left_nulls, left, &left_items}, std::tuple{right_nulls, right, &right_items}}) {
    if (!nulls || from == nullptr) continue;
    MakeNullable(from);
    for (NameItem& item : *side) {
      if (item.inlined) return RefuseLateral();  // its expressions need not be NULL where the row is
      for (NameColumn& column : item.columns) {
        if (column.expr != nullptr) column.expr->nullable = true;
      }
    }
  }
  for (const std::string& name : shared) {
    int count = 0;
    NameColumn* l = find(left_items, name, &count);
    NameColumn* r = find(right_items, name, &count);
    NameColumn column{name, nullptr, 0, nullptr};
    std::vector<Expr*> sides{ExprOf(*l, -1), ExprOf(*r, -1)};
    ALLOD_RETURN_IF_ERROR(CoerceAll(sides, "JOIN/USING"));
    if (join->join == From::Join::kFull) {
      Expr* both = New(Expr::Kind::kCoalesce, sides[0]->type, -1);
      both->args = sides;
      both->nullable = true;
      column.expr = both;
    } else {
      column.expr = sides[join->join == From::Join::kRight ? 1 : 0];
    }
    merged.push_back(std::move(column));
  }
  if (merges) {
    join->on = NewBool(Expr::Kind::kAnd, std::move(conditions), -1);
  } else if (node.quals != nullptr) {
    const size_t before = scope.items.size();
    // ON sees the two sides only.
    std::vector<NameItem> outer = std::move(scope.items);
    scope.items.clear();
    for (const NameItem& item : left_items) scope.items.push_back(item);
    for (const NameItem& item : right_items) scope.items.push_back(item);
    Clause clause = scope.clause;
    scope.clause = Clause::kOn;
    Result<Expr*> on = BindCondition(node.quals, scope, "JOIN/ON");
    scope.clause = clause;
    scope.items = std::move(outer);
    scope.items.resize(before);
    if (!on.ok()) return on.status();
    join->on = *on;
  }
  if (right == nullptr) {
    // An inlined LATERAL item: always one row. A condition would have to be the outer query's.
    const bool always =
        join->on == nullptr || (join->on->kind == Expr::Kind::kConstant && join->on->constant.integer() == 1);
    for (NameItem& item : right_items) {
      if (item.optional && join->join != From::Join::kLeft) return RefuseLateral();
      item.optional = false;
    }
    if (!always) {
      return NotSupported("a condition on this LATERAL item is not supported", -1,
                          "Write ON true, and the condition in WHERE.");
    }
    for (NameItem& item : left_items) items->push_back(std::move(item));
    for (NameItem& item : right_items) items->push_back(std::move(item));
    return left;
  }
  std::vector<NameColumn> all;
  if (merges || node.alias != nullptr) {
    all = merged;
    for (std::vector<NameItem>* side : {&left_items, &right_items}) {
      for (NameItem& item : *side) {
        if (!item.unqualified) continue;
        for (const NameColumn& column : item.columns) {
          if (std::find(shared.begin(), shared.end(), column.name) == shared.end()) all.push_back(column);
        }
      }
    }
  }
  if (node.alias != nullptr) {
    NameItem item;
    item.alias = node.alias->aliasname;
    std::vector<std::string> names = StringsOf(node.alias->colnames, node.alias->n_colnames);
    if (names.size() > all.size()) {
      return Error(sqlstate::kSyntaxError, "column alias list for \"" + item.alias + "\" has too many entries", -1);
    }
    for (size_t i = 0; i < names.size(); ++i) all[i].name = names[i];
    item.columns = std::move(all);
    items->push_back(std::move(item));
    return join;
  }
  for (std::vector<NameItem>* side : {&left_items, &right_items}) {
    for (NameItem& item : *side) {
      if (merges) item.unqualified = false;
      if (merges && !item.qualified) continue;  // the item of a USING join within: replaced by this one's
      items->push_back(std::move(item));
    }
  }
  if (merges) {
    NameItem item;
    item.qualified = false;
    item.columns = std::move(all);
    items->push_back(std::move(item));
    if (node.join_using_alias != nullptr) {
      NameItem named;
      named.alias = node.join_using_alias->aliasname;
      named.unqualified = false;
      named.columns = std::move(merged);
      items->push_back(std::move(named));
    }
  }
  return join;
}

// The one system column that is the same for all rows. Null where an outer join may have left the row out.
Expr* Binder::TableOid(const Range& range, int location) {
  Oid oid = range.table;
  if (range.kind == Range::Kind::kRelation) oid = range.columns.empty() ? 0 : range.columns[0].table;
  else if (range.kind != Range::Kind::kTable) return nullptr;
  bool certain = false;
  for (const Range::Column& column : range.columns) certain = certain || !column.nullable;
  if (!certain) return nullptr;
  Expr* made = New(Expr::Kind::kConstant, Type{oid::kOid}, location);
  made->constant = Value::Integer(oid);
  made->nullable = false;
  return made;
}

Result<Expr*> Binder::BindColumnRef(const PgQuery__ColumnRef& ref, Scope& scope) {
  std::vector<std::string> names;
  for (size_t i = 0; i < ref.n_fields; ++i) {
    if (ref.fields[i]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
      return NotSupported("a whole row as a value is not supported", ref.location, "List its columns.");
    }
    names.push_back(StringOf(ref.fields[i]));
  }
  if (scope.clause == Clause::kDefault && scope.items.empty()) {
    return Error(sqlstate::kFeatureNotSupported, "cannot use column reference in DEFAULT expression", ref.location);
  }
  const std::string& name = names.back();
  // Siblings of a FROM subquery are passed over, unless it is LATERAL.
  auto next = [](Scope* s) -> Scope* {
    if (s->parent == nullptr) return nullptr;
    if (s->sees_parent) return s->parent;
    // What the parent itself sees outside.
    Scope* p = s->parent;
    while (p != nullptr && !p->sees_parent) p = p->parent;
    return p == nullptr ? nullptr : p->parent;
  };
  if (names.size() == 1) {
    Scope* from = nullptr;
    for (Scope* s = &scope; s != nullptr; from = s, s = next(s)) {
      const NameColumn* found = nullptr;
      int count = 0;
      for (const NameItem& item : s->items) {
        if (!item.unqualified) continue;
        for (const NameColumn& column : item.columns) {
          if (column.name != name) continue;
          found = &column;
          ++count;
        }
      }
      if (count > 1) {
        return Error(sqlstate::kAmbiguousColumn, "column reference \"" + name + "\" is ambiguous", ref.location);
      }
      if (found != nullptr) {
        if (from != nullptr && from->lateral) from->lateral_reference = true;
        return ExprOf(*found, ref.location);
      }
    }
    // A table's name means its row.
    for (Scope* s = &scope; s != nullptr; s = next(s)) {
      for (const NameItem& item : s->items) {
        if (!item.qualified || item.alias != name) continue;
        if (item.range != nullptr && item.range->kind == Range::Kind::kFunction && item.columns.size() == 1) {
          return ExprOf(item.columns[0], ref.location);
        }
        return NotSupported("a whole row as a value is not supported", ref.location,
                            "List the columns of \"" + name + "\".");
      }
    }
    if (name == "tableoid" && scope.items.size() == 1 && scope.items[0].range != nullptr) {
      if (Expr* table_oid = TableOid(*scope.items[0].range, ref.location)) return table_oid;
    }
    return Error(sqlstate::kUndefinedColumn, "column \"" + name + "\" does not exist", ref.location);
  }
  // [catalog.][schema.]table.column
  const std::string table = names[names.size() - 2];
  const std::string schema = names.size() > 2 ? names[names.size() - 3] : "";
  Scope* from = nullptr;
  for (Scope* s = &scope; s != nullptr; from = s, s = next(s)) {
    const NameItem* match = nullptr;
    for (const NameItem& item : s->items) {
      if (!item.qualified || item.alias != table) continue;
      if (!schema.empty() && item.schema != schema) continue;
      if (match != nullptr) {
        return Error("42P09", "table reference \"" + table + "\" is ambiguous", ref.location);
      }
      match = &item;
    }
    if (match == nullptr) continue;
    if (from != nullptr && from->lateral) from->lateral_reference = true;
    const NameColumn* found = nullptr;
    for (const NameColumn& column : match->columns) {
      if (column.name != name) continue;
      if (found != nullptr) {
        return Error(sqlstate::kAmbiguousColumn, "column reference \"" + name + "\" is ambiguous", ref.location);
      }
      found = &column;
    }
    if (found == nullptr && name == "tableoid" && match->range != nullptr) {
      if (Expr* table_oid = TableOid(*match->range, ref.location)) return table_oid;
    }
    if (found == nullptr) {
      return Error(sqlstate::kUndefinedColumn, "column " + table + "." + name + " does not exist", ref.location);
    }
    return ExprOf(*found, ref.location);
  }
  return MissingFrom(table, scope, ref.location);
}

Status Binder::MissingFrom(const std::string& table, const Scope& scope, int location) const {
  for (const Scope* s = &scope; s != nullptr; s = s->parent) {
    for (const NameItem& item : s->items) {
      if (item.table != table || item.alias == table) continue;
      Status status = Error(sqlstate::kUndefinedTable,
                            "invalid reference to FROM-clause entry for table \"" + table + "\"", location);
      return std::move(status).Hint("Perhaps you meant to reference the table alias \"" + item.alias + "\".");
    }
  }
  return Error(sqlstate::kUndefinedTable, "missing FROM-clause entry for table \"" + table + "\"", location);
}

Status Binder::BindWith(const PgQuery__WithClause* with, Scope& scope, std::vector<Cte*>* ctes, bool* recursive) {
  if (with == nullptr) return Ok();
  *recursive = with->recursive;
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
    if (with->recursive && select.op == PG_QUERY__SET_OPERATION__SETOP_UNION) {
      // The name is known to the right side only; whether it is used decides if this is a recursion.
      ALLOD_RETURN_IF_ERROR(BindRecursive(node, select, scope, cte));
      done = cte->query != nullptr;
    }
    if (!done) {
      // Forward and self references without UNION are unknown relations here.
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
  }
  return Ok();
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
  cte->references = 0;
  ALLOD_ASSIGN_OR_RETURN(query->right, BindSelect(*select.rarg, &inner, false, false));
  if (cte->references == 0) {
    cte->columns.clear();
    return Ok();  // an ordinary UNION
  }
  const int uses = cte->references;
  cte->references = 0;
  cte->recursive = true;
  if (query->right->columns.size() != query->left->columns.size()) {
    return Error(sqlstate::kSyntaxError, "each UNION query must have the same number of columns", node.location);
  }
  if (uses > 1) {
    return Error(sqlstate::kInvalidRecursion,
                 "recursive reference to query \"" + cte->name + "\" must not appear more than once", node.location);
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
  if (right.grouped) {
    return Error(sqlstate::kInvalidRecursion,
                 "aggregate functions are not allowed in a recursive query's recursive term", node.location);
  }
  bool windows = false;
  for (const Target& target : right.targets) {
    VisitExpr(
        target.expr,
        [&](Expr* e) {
          windows = windows || e->kind == Expr::Kind::kWindow;
          return true;
        },
        false);
  }
  if (right.distinct || !right.distinct_on.empty() || right.limit != nullptr || right.offset != nullptr ||
      !right.order.empty() || windows || !right.ctes.empty()) {
    return NotSupported("DISTINCT, ORDER BY, LIMIT, WITH and window functions in a recursive term are not supported",
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
                 node.location);
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
