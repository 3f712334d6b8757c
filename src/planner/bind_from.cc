// FROM: tables, views, subqueries, functions, computed relations.
#include <algorithm>
#include <functional>
#include <set>

#include "catalog/system_relations.h"
#include "planner/bind.h"
#include "sql/lateral.h"
#include "sql/parse.h"
#include "sql/print_sqlite.h"
#include "sql/unnest.h"

namespace allod::planner {
namespace {

// A view's text is parsed anew wherever it is named; views within views cannot go on for ever.
constexpr int kMaxViewDepth = 64;

struct CteFound {
  Cte* cte = nullptr;
  Scope* scope = nullptr;   // where it was found
  bool in_sublink = false;  // from within a subquery that is an operand
  bool coming = false;      // not found: WITH RECURSIVE has it, but it is not there yet
};
CteFound FindCte(Scope* scope, std::string_view name) {
  CteFound found;
  for (; scope != nullptr; scope = scope->parent) {
    found.scope = scope;
    for (auto it = scope->ctes.rbegin(); it != scope->ctes.rend(); ++it) {
      if ((*it)->name != name) continue;
      found.cte = *it;
      return found;
    }
    found.coming = std::find(scope->coming.begin(), scope->coming.end(), name) != scope->coming.end();
    if (found.coming) return found;
    found.in_sublink = found.in_sublink || (scope->sees_parent && !scope->lateral);
  }
  return {};
}

// unnest(a, b, ...) of FROM is a function of its own: null if this is not it.
const PgQuery__FuncCall* UnnestOfSeveral(const PgQuery__Node* node) {
  if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL) return nullptr;
  const PgQuery__FuncCall& call = *node->func_call;
  const std::vector<std::string> names = StringsOf(call.funcname, call.n_funcname);
  if (names.back() != "unnest" || (names.size() > 1 && names[0] != "pg_catalog") || call.n_args < 2) return nullptr;
  const bool plain = !call.agg_star && !call.agg_distinct && !call.func_variadic && call.n_agg_order == 0 &&
                     call.agg_filter == nullptr && call.over == nullptr;
  return plain ? &call : nullptr;
}

}  // namespace

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
  const bool history = schema == "allod" && std::string_view(var.relname) == "transactions";
  if (table == nullptr && (history || catalog::FindSystemRelation(schema, var.relname) != nullptr)) {
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
    from->push_back(item);
    if (i > 0 && sql::HasOuterSide(*item)) ALLOD_RETURN_IF_ERROR(CheckReach(*item, scope));
    for (NameItem& name : items) scope.items.push_back(std::move(name));
    ALLOD_RETURN_IF_ERROR(CheckDuplicateAliases(scope.items, -1));
  }
  scope.clause = clause;
  return Ok();
}

// What the engine is given in brackets sees nothing outside of them.
Status Binder::CheckReach(const From& inner, const Scope& scope) {
  std::set<const Range*> own;
  std::vector<const From*> items;
  std::function<void(const From&)> collect = [&](const From& from) {
    if (from.kind == From::Kind::kJoin) {
      collect(*from.left);
      collect(*from.right);
      return;
    }
    own.insert(from.range);
    items.push_back(&from);
  };
  collect(inner);
  bool outside = false;
  auto look = [&](Expr* e) {
    const bool sibling = e->kind == Expr::Kind::kColumn &&
                         std::find(scope.ranges.begin(), scope.ranges.end(), e->range) != scope.ranges.end();
    outside = outside || (sibling && !own.contains(e->range));
    return true;
  };
  for (const From* item : items) {
    if (item->lateral) VisitQuery(item->query, look);
    else if (item->function != nullptr) VisitExpr(item->function, look, true);
  }
  if (!outside) return Ok();
  return NotSupported("a LATERAL item that reads a table outside of the joins in whose brackets it stands is not supported", -1,
                      "Write the joins one after the other: a JOIN b ON ... JOIN LATERAL (...) AS l ON ...");
}

// The engine has no LATERAL: the rows of the subquery, collected for each row beside it, come back as a table function's.
Status Binder::MakeLateral(From* from) {
  if (from->query->columns.size() > sql::kMaxLateralColumns) {
    return NotSupported("a LATERAL subquery of more than " + std::to_string(sql::kMaxLateralColumns) + " columns is not supported",
                        -1, "Select fewer columns in it.");
  }
  from->lateral = true;
  return Ok();
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
    const CteFound found = FindCte(&scope, node.relname);
    if (found.coming) return CheckComing(node, *found.scope);
    if (Cte* cte = found.cte) {
      if (found.scope->open == cte) {
        const char* wrong = found.in_sublink                        ? "within a subquery"
                            : !found.scope->self_references.empty() ? "more than once"
                                                                    : nullptr;
        if (wrong != nullptr) {
          return Error(sqlstate::kInvalidRecursion,
                       "recursive reference to query \"" + cte->name + "\" must not appear " + wrong, node.location);
        }
        found.scope->self_references.push_back(node.location);
      }
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
  if (schema == "allod" && std::string_view(node.relname) == "transactions") return BindTransactions(node, scope, items);
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
  if (lateral_reference) ALLOD_RETURN_IF_ERROR(MakeLateral(from));
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

Result<Expr*> Binder::BindUnnest(const PgQuery__FuncCall& call, Scope& scope) {
  if (call.n_args > sql::kMaxUnnestArrays) {
    return NotSupported("unnest of more than " + std::to_string(sql::kMaxUnnestArrays) + " arrays is not supported",
                        call.location, "Join several of them WITH ORDINALITY on the ordinality.");
  }
  Expr* made = New(Expr::Kind::kCall, Type{oid::kRecord}, call.location);
  made->overload = &sql::UnnestSeveral();
  for (size_t i = 0; i < call.n_args; ++i) {
    ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindExpr(call.args[i], scope));
    if (arg->type.oid == oid::kUnknown) {
      return Error(sqlstate::kAmbiguousFunction, "function pg_catalog.unnest(unknown) is not unique", call.location)
          .Hint("Could not choose a best candidate function. You might need to add explicit type casts.");
    }
    if (arg->type.oid == oid::kInt2Vector || arg->type.oid == oid::kOidVector) {
      ALLOD_ASSIGN_OR_RETURN(arg, Coerce(arg, Type{arg->type.oid == oid::kOidVector ? oid::kOidArray : oid::kInt2Array},
                                         CastContext::kImplicit, arg->location));
    }
    if (!IsArray(arg->type.oid)) {
      return Error(sqlstate::kUndefinedFunction,
                   "function pg_catalog.unnest(" + TypeNameOf(arg->type) + ") does not exist", call.location)
          .Hint("No function matches the given name and argument types. You might need to add explicit type casts.");
    }
    made->args.push_back(arg);
  }
  return made;
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
  ALLOD_ASSIGN_OR_RETURN(From * history, BindHistoryFunction(node, scope, items));
  if (history != nullptr) return history;
  Expr* call = nullptr;
  const PgQuery__FuncCall* unnest = UnnestOfSeveral(call_node);
  if (unnest != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(call, BindUnnest(*unnest, scope));
  } else {
    ALLOD_ASSIGN_OR_RETURN(call, BindExpr(call_node, scope));
  }
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
  if (unnest != nullptr) {
    for (size_t i = 0; i < call->args.size(); ++i) {
      const TypeInfo* array = FindType(call->args[i]->type.oid);
      range->columns.push_back({name, "value" + std::to_string(i + 1), Type{array->element}, true, 0, 0});
    }
    if (node.ordinality) range->columns.push_back({"ordinality", "ordinality", Type{oid::kInt8}, false, 0, 0});
  } else if (set_returning) {
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
          reads_siblings = reads_siblings || (e->kind == Expr::Kind::kColumn && std::find(scope.ranges.begin(), scope.ranges.end(),
                                                                                          e->range) != scope.ranges.end());
          return true;
        },
        true);
    if (reads_siblings) {
      // It is LATERAL (SELECT f(...)).
      Query* query = pool().NewQuery();
      query->targets.push_back({call, range->columns[0].name});
      if (node.ordinality) {
        Expr* one = New(Expr::Kind::kConstant, Type{oid::kInt8}, -1);
        one->constant = Value::Integer(1);
        one->nullable = false;
        query->targets.push_back({one, "ordinality"});
      }
      SetColumns(query);
      query->single = true;
      range->kind = Range::Kind::kSubquery;
      from->function = nullptr;
      from->query = query;
      ALLOD_RETURN_IF_ERROR(MakeLateral(from));
    }
  }
  scope.ranges.push_back(range);
  NameItem item;
  ALLOD_RETURN_IF_ERROR(ApplyAlias(node.alias, name, range, &item));
  items->push_back(std::move(item));
  return from;
}

}  // namespace allod::planner
