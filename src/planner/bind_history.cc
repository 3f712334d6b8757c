// allod.history('t'), t FOR SYSTEM_TIME ..., allod.origin('t', key [, column]), allod.transactions: stored history, read where it lies.
#include <algorithm>

#include "catalog/stored_history.h"
#include "planner/bind.h"

namespace allod::planner {

namespace {

constexpr std::string_view kHint = "Write the table's name as a constant: allod.history('t'), allod.origin('t', key, 'column').";

Range::Column Named(const char* name, Oid type, bool nullable = true) { return {name, name, Type{type}, nullable, 0, 0}; }

const char* StringConstant(const PgQuery__Node* node) {
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL) return nullptr;
  return node->a_const->sval->sval;
}

}  // namespace

Result<const catalog::Table*> Binder::HistoryTable(const PgQuery__Node* name, int location) {
  const char* text = StringConstant(name);
  if (text == nullptr) return NotSupported("a history of a table that is not named by a constant", location, std::string(kHint));
  // It shows what was everybody's, whatever they own now.
  const catalog::Role* role = context_->catalog->FindRole(context_->user);
  if (role == nullptr || !role->superuser) {
    return Error(sqlstate::kInsufficientPrivilege, "permission denied: only superusers may read the history", location);
  }
  ALLOD_ASSIGN_OR_RETURN(const Value oid, ResolveRegClass(text, location));
  const catalog::Table* table = context_->catalog->FindTable(static_cast<Oid>(oid.integer()));
  if (table == nullptr || table->kind != catalog::Table::Kind::kTable) {
    return Error(sqlstate::kWrongObjectType, "\"" + std::string(text) + "\" is not a table", location);
  }
  if (table->without_history) {
    return Error(sqlstate::kObjectNotInPrerequisiteState, "table \"" + table->name + "\" has no history", location)
        .Hint("Its changes are recorded after ALTER TABLE " + sql::QuoteIdentifier(table->name) + " SET WITH HISTORY.");
  }
  for (const catalog::Column& column : table->columns) AccessOf(table->oid).reads.insert(column.number);
  return table;
}

Result<From*> Binder::HistoryRange(std::string_view name, std::string body, std::vector<Expr*> args,
                                   std::vector<Range::Column> columns, const PgQuery__Alias* alias, Scope& scope,
                                   std::vector<NameItem>* items) {
  Expr* call = New(Expr::Kind::kCall, Type{oid::kRecord}, -1);
  call->overload = pool().NewTableFunction(name, std::move(body));
  call->args = std::move(args);
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  range->home = scope.query;
  range->columns = std::move(columns);
  scope.ranges.push_back(range);
  NameItem item;
  ALLOD_RETURN_IF_ERROR(ApplyAlias(alias, name, range, &item));
  items->push_back(std::move(item));
  From* from = pool().NewFrom();
  from->range = range;
  from->function = call;
  return from;
}

// What FOR SYSTEM_TIME is rewritten to (sql/system_time.h).
Result<From*> Binder::BindSystemTime(const PgQuery__RangeFunction& node, const PgQuery__FuncCall& call, Scope& scope,
                                     std::vector<NameItem>* items) {
  struct Form {
    std::string_view name;
    catalog::Period period;
    size_t times;
  };
  static constexpr Form kForms[] = {{"as of", catalog::Period::kAsOf, 1}, {"from", catalog::Period::kFrom, 2},
                                    {"between", catalog::Period::kBetween, 2}, {"all", catalog::Period::kAll, 0}};
  const char* name = call.n_args < 2 ? nullptr : StringConstant(call.args[1]);
  for (const Form& form : kForms) {
    if (name != nullptr && form.name == name && call.n_args == form.times + 2) return BindHistory(node, call, form.period, scope, items);
  }
  return Error(sqlstate::kUndefinedFunction, "function allod.system_time does not take these arguments", call.location)
      .Hint("Write t FOR SYSTEM_TIME AS OF time, FROM time TO time, BETWEEN time AND time, or ALL.");
}

// `call`: the table's name; and behind the second argument the times of the period, if it has any.
Result<From*> Binder::BindHistory(const PgQuery__RangeFunction& node, const PgQuery__FuncCall& call, catalog::Period period, Scope& scope,
                                  std::vector<NameItem>* items) {
  if (node.ordinality) return NotSupported("WITH ORDINALITY is not supported here", call.location, "Use row_number().");
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, HistoryTable(call.args[0], call.location));
  std::vector<Expr*> times;
  for (size_t i = 2; i < call.n_args; ++i) {
    Scope outside;  // the tables beside it do not decide what it shows
    outside.clause = scope.clause;
    ALLOD_ASSIGN_OR_RETURN(Expr * time, BindExpr(call.args[i], outside));
    ALLOD_ASSIGN_OR_RETURN(time, Coerce(time, Type{oid::kTimestamptz}, CastContext::kAssignment, LocationOf(call.args[i])));
    times.push_back(time);
  }
  std::vector<Range::Column> columns;
  for (const catalog::Column& column : table->columns) {
    columns.push_back({column.name, catalog::PhysicalColumn(column.number), column.type, true, table->oid, column.number});
  }
  for (Range::Column column : {Named("tx", oid::kInt8, false), Named("op", oid::kText, false), Named("version", oid::kInt8, false),
                               Named("row_start", oid::kTimestamptz), Named("row_end", oid::kTimestamptz),
                               Named("status", oid::kText, false)}) {
    columns.push_back(std::move(column));
  }
  const std::string name = period == catalog::Period::kHistory ? "history" : table->name;
  ALLOD_ASSIGN_OR_RETURN(From * from, HistoryRange(name, catalog::HistoryText(*table, period), std::move(times), std::move(columns), node.alias,
                                                   scope, items));
  histories_.push_back({from->range, from->function, table, period});
  return from;
}

void Binder::NarrowHistories(const Query& query) {
  if (histories_.empty()) return;
  EachEquality(query.where, [&](const Expr& column, Expr& value) {
    const auto item = std::ranges::find_if(histories_, [&](const HistoryItem& history) { return history.range == column.range; });
    if (item == histories_.end() || column.range->home != &query || column.column < 0) return;
    const catalog::Constraint* primary = item->table->PrimaryKey();
    const Range::Column& named = column.range->columns[static_cast<size_t>(column.column)];
    if (primary == nullptr || primary->columns.size() != 1 || named.attnum != primary->columns[0]) return;
    // A row's name is that of the key's stored form.
    const TypeInfo* key = FindType(named.type.oid);
    const TypeInfo* given = FindType(value.type.oid);
    if (key == nullptr || given == nullptr || key->storage != given->storage) return;
    item->call->args.push_back(&value);
    item->call->overload = pool().NewTableFunction(item->call->overload->name,
                                                   catalog::HistoryText(*item->table, item->period, static_cast<int>(item->call->args.size())));
    histories_.erase(item);
  });
}

Result<From*> Binder::BindHistoryFunction(const PgQuery__RangeFunction& node, Scope& scope, std::vector<NameItem>* items) {
  const PgQuery__Node* call_node = node.functions[0]->list->items[0];
  if (call_node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL) return static_cast<From*>(nullptr);
  const PgQuery__FuncCall& call = *call_node->func_call;
  const std::vector<std::string> names = StringsOf(call.funcname, call.n_funcname);
  if (names.size() != 2 || names[0] != "allod") return static_cast<From*>(nullptr);
  if (names[1] == "system_time") return BindSystemTime(node, call, scope, items);
  if (names[1] != "history" && names[1] != "origin") return static_cast<From*>(nullptr);
  const bool whole = names[1] == "history";
  if (whole ? call.n_args != 1 : call.n_args != 2 && call.n_args != 3) {
    return Error(sqlstate::kUndefinedFunction, "function allod." + names[1] + " does not take " + std::to_string(call.n_args) + " arguments",
                 call.location)
        .Hint(std::string(kHint));
  }
  if (node.ordinality) return NotSupported("WITH ORDINALITY is not supported here", call.location, "Use row_number().");
  if (whole) return BindHistory(node, call, catalog::Period::kHistory, scope, items);
  ALLOD_ASSIGN_OR_RETURN(const catalog::Table* table, HistoryTable(call.args[0], call.location));
  if (table->PrimaryKey() == nullptr || table->PrimaryKey()->columns.size() != 1) {
    return NotSupported("allod.origin of a table whose primary key is not one column", call.location,
                        "Read allod.history('t') with a WHERE clause.");
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * key, BindExpr(call.args[1], scope));
  const Type key_type = table->FindColumn(table->PrimaryKey()->columns[0])->type;
  ALLOD_ASSIGN_OR_RETURN(key, Coerce(key, Type{key_type.oid}, CastContext::kAssignment, call.location));
  catalog::Attnum number = 0;
  if (call.n_args == 3) {
    const char* name = StringConstant(call.args[2]);
    const catalog::Column* column = name == nullptr ? nullptr : table->FindColumn(name);
    if (column == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + std::string(name == nullptr ? "" : name) + "\" of relation \"" + table->name + "\" does not exist",
                   call.location)
          .Hint(std::string(kHint));
    }
    number = column->number;
  }
  return HistoryRange("origin", catalog::OriginText(*table, number), {key},
                      {Named("tx", oid::kInt8, false), Named("op", oid::kText, false), Named("version", oid::kInt8, false),
                       Named("role", oid::kText), Named("subject", oid::kText), Named("purpose", oid::kText),
                       Named("grant_id", oid::kText), Named("application", oid::kText), Named("began", oid::kTimestamptz),
                       Named("committed", oid::kTimestamptz)},
                      node.alias, scope, items);
}

Result<From*> Binder::BindTransactions(const PgQuery__RangeVar& node, Scope& scope, std::vector<NameItem>* items) {
  const catalog::Role* role = context_->catalog->FindRole(context_->user);
  if (role == nullptr || !role->superuser) {
    return Error(sqlstate::kInsufficientPrivilege, "permission denied: only superusers may read the history", node.location);
  }
  return HistoryRange("transactions", catalog::TransactionsText(), {},
                      {Named("tx", oid::kInt8, false), Named("role", oid::kText, false), Named("subject", oid::kText),
                       Named("purpose", oid::kText), Named("grant_id", oid::kText), Named("application", oid::kText),
                       Named("began", oid::kTimestamptz, false), Named("committed", oid::kTimestamptz, false),
                       Named("changes", oid::kInt8, false)},
                      node.alias, scope, items);
}

}  // namespace allod::planner
