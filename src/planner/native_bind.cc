#include "planner/native_bind.h"

#include <algorithm>
#include <map>

#include "base/sqlstate.h"
#include "planner/tree_walk.h"

namespace allod::planner {
namespace {

using catalog::Attnum;
using catalog::Table;

// Functions of PostgreSQL's own whose effect a statement's text does not show, or that reach out of the database.
constexpr std::string_view kRefusedFunctions[] = {
    "query_to_xml",      "query_to_xmlschema",    "query_to_xml_and_xmlschema", "cursor_to_xml",   "cursor_to_xmlschema",
    "table_to_xml",      "table_to_xmlschema",    "table_to_xml_and_xmlschema", "schema_to_xml",   "schema_to_xmlschema",
    "database_to_xml",   "database_to_xmlschema", "schema_to_xml_and_xmlschema", "database_to_xml_and_xmlschema",
    "ts_stat",           "ts_rewrite",            "pg_read_file",               "pg_read_binary_file", "pg_ls_dir",
    "pg_ls_logdir",      "pg_ls_waldir",          "pg_ls_tmpdir",               "pg_stat_file",    "lo_import",
    "lo_export",         "pg_reload_conf",        "pg_rotate_logfile",          "pg_promote",      "pg_terminate_backend",
    "pg_cancel_backend", "pg_logical_emit_message", "pg_switch_wal",            "crosstab",        "connectby"};
constexpr std::string_view kRefusedPrefixes[] = {"dblink", "pg_logical_slot_", "pg_replication_", "pg_create_", "pg_drop_", "pg_file_"};

// Functions that write without saying so in the statement's kind.
constexpr std::string_view kWritingFunctions[] = {"nextval",   "setval",    "pg_notify", "txid_current", "pg_current_xact_id",
                                                  "lo_create", "lo_unlink", "lo_put",    "lo_from_bytea"};

// Functions that leave something in the engine's session which a later statement of the same client counts on.
constexpr std::string_view kKeepingFunctions[] = {"pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock",
                                                  "pg_try_advisory_lock_shared", "setseed"};

template <size_t N>
bool Contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// What a name in FROM stands for.
struct Item {
  std::string alias;
  const Table* table = nullptr;  // null: a subquery, a function, a CTE, a system relation
};
struct Scope {
  const Scope* parent = nullptr;
  std::vector<Item> items;
  std::vector<std::string> ctes;
};

class NativeBinder {
 public:
  NativeBinder(BoundStatement* bound, const sql::Parsed& parsed, const BindContext& context)
      : bound_(*bound), parsed_(parsed), context_(context) {}

  Status Top(const PgQuery__Node* node) {
    Scope scope;
    switch (node->node_case) {
      case PG_QUERY__NODE__NODE_SELECT_STMT: bound_.kind = StatementKind::kSelect; break;
      case PG_QUERY__NODE__NODE_INSERT_STMT: bound_.kind = StatementKind::kInsert; break;
      case PG_QUERY__NODE__NODE_UPDATE_STMT: bound_.kind = StatementKind::kUpdate; break;
      case PG_QUERY__NODE__NODE_MERGE_STMT: bound_.kind = StatementKind::kUpdate; break;
      case PG_QUERY__NODE__NODE_DELETE_STMT: bound_.kind = StatementKind::kDelete; break;
      default: bound_.kind = StatementKind::kUtility; break;
    }
    Walk(node, scope);
    if (!status_.ok()) return std::move(status_);
    for (auto& [oid, access] : accesses_) {
      const bool changes = access.inserts || access.updates || access.deletes;
      if (changes) {
        bound_.writes = true;
        const Table* table = context_.catalog->FindTable(oid);
        if (bound_.target != nullptr && bound_.target != table) bound_.writes_many = true;
        bound_.target = table;
        if (table->kind != Table::Kind::kTable || table->has_triggers) bound_.writes_many = true;
      }
      bound_.accesses.push_back(std::move(access));
    }
    return Ok();
  }

 private:
  void Fail(Status status, int location) {
    if (status_.ok()) status_ = std::move(std::move(status).At(parsed_.Position(location)));
  }

  Access& AccessOf(const Table& table) {
    Access& access = accesses_[table.oid];
    access.table = table.oid;
    return access;
  }

  // --- names

  const Table* Resolve(const PgQuery__RangeVar& var, const Scope& scope) {
    const std::string_view schema = var.schemaname != nullptr ? var.schemaname : "";
    const std::string_view name = var.relname;
    if (schema == "allod" && name == "transactions") {
      Fail(Status(Unsupported("history is not kept on a cluster", "Serve the database with the embedded engine to have one.")),
           var.location);
      return nullptr;
    }
    if (schema == "allod") {
      Fail(Status(allod::Fail(sqlstate::kInsufficientPrivilege, "permission denied for schema allod")), var.location);
      return nullptr;
    }
    if (!schema.empty()) {
      const Table* table = context_.catalog->FindTable(schema, name);
      if (table == nullptr && !schema.starts_with("pg_") && schema != "information_schema") bound_.unresolved = true;
      return table;
    }
    for (const Scope* at = &scope; at != nullptr; at = at->parent) {
      if (std::find(at->ctes.begin(), at->ctes.end(), name) != at->ctes.end()) return nullptr;
    }
    for (const std::string& candidate : context_.search_path) {
      if (candidate == "allod") Fail(Status(allod::Fail(sqlstate::kInsufficientPrivilege, "permission denied for schema allod")), var.location);
      const Table* table = context_.catalog->FindTable(candidate, name);
      if (table != nullptr) return table;
    }
    if (!name.starts_with("pg_")) bound_.unresolved = true;
    return nullptr;
  }

  static std::string AliasOf(const PgQuery__Alias* alias, const char* otherwise) {
    return alias != nullptr && alias->aliasname != nullptr ? alias->aliasname : otherwise == nullptr ? "" : otherwise;
  }

  void ReadColumn(const Table& table, std::string_view name) {
    const catalog::Column* column = table.FindColumn(name);
    if (column != nullptr) AccessOf(table).reads.insert(column->number);
  }
  void ReadAll(const Table& table) {
    Access& access = AccessOf(table);
    for (const catalog::Column& column : table.columns) access.reads.insert(column.number);
  }

  void Column(const PgQuery__ColumnRef& ref, const Scope& scope) {
    std::vector<std::string> names;
    bool star = false;
    for (size_t i = 0; i < ref.n_fields; ++i) {
      if (ref.fields[i]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        star = true;
      } else {
        names.emplace_back(NodeText(ref.fields[i]));
      }
    }
    if (names.empty()) {  // *: the columns of this level's tables
      for (const Item& item : scope.items) {
        if (item.table != nullptr) ReadAll(*item.table);
      }
      return;
    }
    if (star || names.size() > 1) {
      // [schema.]table.column, table.*, or column.field: the first name that is a table here decides.
      for (const Scope* at = &scope; at != nullptr; at = at->parent) {
        for (const Item& item : at->items) {
          if (item.table == nullptr) continue;
          size_t rest = item.alias == names[0] ? 1 : names.size() > 1 && item.alias == names[1] ? 2 : 0;
          if (rest == 0) continue;
          if (rest >= names.size()) {
            ReadAll(*item.table);
          } else {
            ReadColumn(*item.table, names[rest]);
          }
          if (rest == 1) return;
        }
      }
    }
    for (const Scope* at = &scope; at != nullptr; at = at->parent) {
      bool found = false;
      for (const Item& item : at->items) {
        if (item.table == nullptr) continue;
        if (item.table->FindColumn(names[0]) != nullptr) {
          ReadColumn(*item.table, names[0]);
          found = true;
        } else if (item.alias == names[0]) {  // a whole row
          ReadAll(*item.table);
          found = true;
        }
      }
      // A subquery beside it may have the name too, so that it may come from further out: that is counted as well.
      if (found) return;
    }
  }

  // --- statements and FROM

  // Whatever this level's expressions hold, except what has its own case.
  void Walk(const PgQuery__Node* node, const Scope& scope) {
    WalkTree(node, [&](ProtobufCMessage* message) { return Visit(message, scope); });
  }
  void WalkAll(PgQuery__Node* const* nodes, size_t count, const Scope& scope) {
    for (size_t i = 0; i < count; ++i) Walk(nodes[i], scope);
  }

  bool Visit(ProtobufCMessage* message, const Scope& scope) {
    if (!status_.ok()) return false;
    if (auto* ref = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor)) {
      Column(*ref, scope);
      return false;
    }
    if (auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) return Function(*call);
    if (auto* select = As<PgQuery__SelectStmt>(message, pg_query__select_stmt__descriptor)) {
      Select(*select, scope);
      return false;
    }
    if (auto* insert = As<PgQuery__InsertStmt>(message, pg_query__insert_stmt__descriptor)) {
      Insert(*insert, scope);
      return false;
    }
    if (auto* update = As<PgQuery__UpdateStmt>(message, pg_query__update_stmt__descriptor)) {
      Update(*update, scope);
      return false;
    }
    if (auto* del = As<PgQuery__DeleteStmt>(message, pg_query__delete_stmt__descriptor)) {
      Delete(*del, scope);
      return false;
    }
    if (auto* merge = As<PgQuery__MergeStmt>(message, pg_query__merge_stmt__descriptor)) {
      Merge(*merge, scope);
      return false;
    }
    if (auto* var = As<PgQuery__RangeVar>(message, pg_query__range_var__descriptor)) {
      // Outside of FROM: what a utility statement names.
      const Table* table = Resolve(*var, scope);
      if (table != nullptr) AccessOf(*table);
      return false;
    }
    return true;
  }

  bool Function(const PgQuery__FuncCall& call) {
    const std::vector<std::string> names = NodeTexts(call.n_funcname, call.funcname);
    const std::string& name = names.back();
    const bool system = names.size() == 1 || names[0] == "pg_catalog";
    if (names.size() > 1 && names[0] == "allod" && (name == "history" || name == "origin" || name == "system_time")) {
      Fail(Status(Unsupported("history is not kept on a cluster", "Serve the database with the embedded engine to have one.")),
           call.location);
      return false;
    }
    if (names.size() > 1 && names[0] == "allod") {
      Fail(Status(allod::Fail(sqlstate::kInsufficientPrivilege, "permission denied for schema allod")), call.location);
      return false;
    }
    const bool prefix = std::any_of(std::begin(kRefusedPrefixes), std::end(kRefusedPrefixes),
                                    [&](std::string_view start) { return name.starts_with(start); });
    if (Contains(kRefusedFunctions, name) || prefix) {
      Fail(Status(Unsupported("function " + name + "() is refused, because it reads or writes what the statement does not name",
                              "Write the query itself; administrators call it on the cluster directly.")),
           call.location);
      return false;
    }
    if (system && (name == "currval" || name == "lastval")) {
      // Connections are lent from message to message: it would tell what another client drew.
      Fail(Status(Unsupported("function " + name + "() is not supported on a cluster, whose connections are shared by all clients",
                              "Write INSERT ... RETURNING, or keep what nextval() gave.")),
           call.location);
      return false;
    }
    if (context_.catalog->opaque_functions().contains(name)) {
      Fail(Status(Unsupported("function " + name + "() is refused, because the SQL in its body cannot be seen here",
                              "Declare it IMMUTABLE if it reads no table, or write its statements out.")),
           call.location);
      return false;
    }
    if (system && Contains(kKeepingFunctions, name)) bound_.keeps_session = true;
    if (system && Contains(kWritingFunctions, name)) bound_.writes = true;
    if (system && name == "set_config") SetConfig(call);
    if (system && name == "pg_get_constraintdef") definitions_.push_back(call.location);
    return true;
  }

  void SetConfig(const PgQuery__FuncCall& call) {
    auto constant = [](const PgQuery__Node* node) -> const PgQuery__AConst* {
      while (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
      return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_CONST ? node->a_const : nullptr;
    };
    const PgQuery__AConst* parts[3] = {nullptr, nullptr, nullptr};
    for (size_t i = 0; i < call.n_args && i < 3; ++i) parts[i] = constant(call.args[i]);
    const bool readable = parts[0] != nullptr && parts[0]->val_case == PG_QUERY__A__CONST__VAL_SVAL && parts[1] != nullptr &&
                          parts[1]->val_case == PG_QUERY__A__CONST__VAL_SVAL && parts[2] != nullptr &&
                          parts[2]->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL;
    if (!readable) {
      Fail(Status(Unsupported("set_config() takes constants here", "Write SET name = value.")), call.location);
      return;
    }
    std::string name = parts[0]->sval->sval;
    if (IsReservedSetting(name)) {
      Fail(Status(allod::Fail(sqlstate::kInsufficientPrivilege, "permission denied to set parameter \"" + name + "\"")), call.location);
      return;
    }
    bound_.set_configs.push_back({std::move(name), parts[1]->sval->sval, parts[2]->boolval->boolval != 0});
  }

  void With(const PgQuery__WithClause* with, Scope* scope) {
    if (with == nullptr) return;
    for (size_t i = 0; i < with->n_ctes; ++i) {
      const PgQuery__CommonTableExpr& cte = *with->ctes[i]->common_table_expr;
      if (with->recursive) scope->ctes.emplace_back(cte.ctename);
    }
    for (size_t i = 0; i < with->n_ctes; ++i) {
      const PgQuery__CommonTableExpr& cte = *with->ctes[i]->common_table_expr;
      Scope inner;
      inner.parent = scope;
      Walk(cte.ctequery, inner);
      if (!with->recursive) scope->ctes.emplace_back(cte.ctename);
    }
  }

  void From(PgQuery__Node* node, Scope* scope) {
    if (node == nullptr || !status_.ok()) return;
    switch (node->node_case) {
      case PG_QUERY__NODE__NODE_RANGE_VAR: {
        const PgQuery__RangeVar& var = *node->range_var;
        const Table* table = Resolve(var, *scope);
        if (table != nullptr) AccessOf(*table);
        // A list of new names for the columns: the names written no longer tell which they are.
        if (table != nullptr && var.alias != nullptr && var.alias->n_colnames > 0) ReadAll(*table);
        scope->items.push_back({AliasOf(var.alias, var.relname), table});
        break;
      }
      case PG_QUERY__NODE__NODE_JOIN_EXPR: {
        const PgQuery__JoinExpr& join = *node->join_expr;
        const size_t first = scope->items.size();
        From(join.larg, scope);
        From(join.rarg, scope);
        for (size_t i = first; i < scope->items.size(); ++i) {
          const Table* table = scope->items[i].table;
          if (table == nullptr) continue;
          if (join.is_natural || join.alias != nullptr) ReadAll(*table);
          for (size_t k = 0; k < join.n_using_clause; ++k) ReadColumn(*table, NodeText(join.using_clause[k]));
        }
        joins_.push_back(join.quals);
        break;
      }
      case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: {
        Scope inner;
        inner.parent = scope;  // also without LATERAL: the engine refuses what may not be seen
        Walk(node->range_subselect->subquery, inner);
        scope->items.push_back({AliasOf(node->range_subselect->alias, nullptr), nullptr});
        break;
      }
      case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
        From(node->range_table_sample->relation, scope);
        WalkAll(node->range_table_sample->args, node->range_table_sample->n_args, *scope);
        break;
      default:  // functions, XMLTABLE, ...
        Walk(node, *scope);
        scope->items.push_back({"", nullptr});
        break;
    }
  }
  void FromList(PgQuery__Node** nodes, size_t count, Scope* scope) {
    std::vector<PgQuery__Node*> outer;
    outer.swap(joins_);
    for (size_t i = 0; i < count; ++i) From(nodes[i], scope);
    for (PgQuery__Node* quals : joins_) Walk(quals, *scope);
    joins_.swap(outer);
  }

  void Select(const PgQuery__SelectStmt& select, const Scope& parent) {
    if (select.into_clause != nullptr) {
      Fail(Status(Unsupported("SELECT INTO is not supported", "Write CREATE TABLE ... AS SELECT.")), -1);
      return;
    }
    Scope scope;
    scope.parent = &parent;
    With(select.with_clause, &scope);
    if (select.larg != nullptr) Select(*select.larg, scope);
    if (select.rarg != nullptr) Select(*select.rarg, scope);
    FromList(select.from_clause, select.n_from_clause, &scope);
    WalkAll(select.distinct_clause, select.n_distinct_clause, scope);
    WalkAll(select.target_list, select.n_target_list, scope);
    Walk(select.where_clause, scope);
    WalkAll(select.group_clause, select.n_group_clause, scope);
    Walk(select.having_clause, scope);
    WalkAll(select.window_clause, select.n_window_clause, scope);
    WalkAll(select.values_lists, select.n_values_lists, scope);
    WalkAll(select.sort_clause, select.n_sort_clause, scope);
    Walk(select.limit_offset, scope);
    Walk(select.limit_count, scope);
    if (select.n_locking_clause > 0) bound_.locks_rows = true;
  }

  const Table* Target(const PgQuery__RangeVar& var, Scope* scope) {
    const Table* table = Resolve(var, *scope);
    scope->items.push_back({AliasOf(var.alias, var.relname), table});
    if (table != nullptr) AccessOf(*table);
    return table;
  }
  void Write(const Table* table, PgQuery__Node* const* targets, size_t count) {
    if (table == nullptr) return;
    Access& access = AccessOf(*table);
    for (size_t i = 0; i < count; ++i) {
      if (targets[i]->node_case != PG_QUERY__NODE__NODE_RES_TARGET || targets[i]->res_target->name == nullptr) continue;
      const catalog::Column* column = table->FindColumn(targets[i]->res_target->name);
      if (column != nullptr) access.writes.insert(column->number);
    }
  }
  void WriteAll(const Table* table) {
    if (table == nullptr) return;
    for (const catalog::Column& column : table->columns) AccessOf(*table).writes.insert(column.number);
  }
  void Returning(PgQuery__Node* const* nodes, size_t count, const Scope& scope) {
    if (count > 0) bound_.returning = true;
    WalkAll(nodes, count, scope);
  }

  void Insert(const PgQuery__InsertStmt& insert, const Scope& parent) {
    Scope scope;
    scope.parent = &parent;
    With(insert.with_clause, &scope);
    Walk(insert.select_stmt, scope);
    const Table* table = Target(*insert.relation, &scope);
    if (table != nullptr) AccessOf(*table).inserts = true;
    if (insert.n_cols > 0) {
      Write(table, insert.cols, insert.n_cols);
    } else {
      WriteAll(table);
    }
    if (insert.on_conflict_clause != nullptr) {
      const PgQuery__OnConflictClause& conflict = *insert.on_conflict_clause;
      if (conflict.n_target_list > 0) {
        if (table != nullptr) AccessOf(*table).updates = true;
        Write(table, conflict.target_list, conflict.n_target_list);
      }
      WalkTree(const_cast<ProtobufCMessage*>(&conflict.base), [&](ProtobufCMessage* message) { return Visit(message, scope); });
      if (conflict.infer != nullptr && table != nullptr) {
        for (size_t i = 0; i < conflict.infer->n_index_elems; ++i) {
          const PgQuery__IndexElem* element = conflict.infer->index_elems[i]->index_elem;
          if (element->name != nullptr) ReadColumn(*table, element->name);
        }
      }
    }
    Returning(insert.returning_list, insert.n_returning_list, scope);
  }

  void Update(const PgQuery__UpdateStmt& update, const Scope& parent) {
    Scope scope;
    scope.parent = &parent;
    With(update.with_clause, &scope);
    const Table* table = Target(*update.relation, &scope);
    if (table != nullptr) AccessOf(*table).updates = true;
    FromList(update.from_clause, update.n_from_clause, &scope);
    Write(table, update.target_list, update.n_target_list);
    WalkAll(update.target_list, update.n_target_list, scope);
    Walk(update.where_clause, scope);
    Returning(update.returning_list, update.n_returning_list, scope);
  }

  void Delete(const PgQuery__DeleteStmt& del, const Scope& parent) {
    Scope scope;
    scope.parent = &parent;
    With(del.with_clause, &scope);
    const Table* table = Target(*del.relation, &scope);
    if (table != nullptr) AccessOf(*table).deletes = true;
    FromList(del.using_clause, del.n_using_clause, &scope);
    Walk(del.where_clause, scope);
    Returning(del.returning_list, del.n_returning_list, scope);
  }

  void Merge(const PgQuery__MergeStmt& merge, const Scope& parent) {
    Scope scope;
    scope.parent = &parent;
    With(merge.with_clause, &scope);
    const Table* table = Target(*merge.relation, &scope);
    FromList(const_cast<PgQuery__Node**>(&merge.source_relation), 1, &scope);
    Walk(merge.join_condition, scope);
    for (size_t i = 0; i < merge.n_merge_when_clauses; ++i) {
      const PgQuery__MergeWhenClause& when = *merge.merge_when_clauses[i]->merge_when_clause;
      if (table != nullptr) {
        Access& access = AccessOf(*table);
        access.inserts |= when.command_type == PG_QUERY__CMD_TYPE__CMD_INSERT;
        access.updates |= when.command_type == PG_QUERY__CMD_TYPE__CMD_UPDATE;
        access.deletes |= when.command_type == PG_QUERY__CMD_TYPE__CMD_DELETE;
      }
      if (when.n_target_list > 0) {
        Write(table, when.target_list, when.n_target_list);
      } else if (when.command_type == PG_QUERY__CMD_TYPE__CMD_INSERT) {
        WriteAll(table);
      }
      Walk(when.condition, scope);
      WalkAll(when.target_list, when.n_target_list, scope);
      WalkAll(when.values, when.n_values, scope);
    }
  }

  // Where pg_get_constraintdef() is called, in the cleaned text.
 public:
  std::vector<int> definitions_;

 private:
  BoundStatement& bound_;
  const sql::Parsed& parsed_;
  const BindContext& context_;
  std::map<Oid, Access> accesses_;
  std::vector<PgQuery__Node*> joins_;  // ON conditions of the FROM list at hand: they see all of it
  Status status_;
};

// Keys are shown as they were written: allod.constraint_def() knows their annotations. The two names are as long as each
// other, so every position in the text stays what it was.
void ShowAnnotations(size_t at, std::string* text) {
  constexpr std::string_view kFrom = "pg_get_constraintdef", kTo = "allod.constraint_def", kSchema = "pg_catalog.";
  static_assert(kFrom.size() == kTo.size());
  if (text->compare(at, kSchema.size(), kSchema) == 0) {
    text->replace(at, kSchema.size(), std::string(kSchema.size(), ' '));
    at += kSchema.size();
  }
  if (text->compare(at, kFrom.size(), kFrom) == 0) text->replace(at, kFrom.size(), kTo);
}

}  // namespace

Result<std::shared_ptr<BoundStatement>> BindNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                                   const BindContext& context) {
  auto bound = std::make_shared<BoundStatement>();
  bound->parsed = parsed;
  bound->statement = &statement;
  NativeBinder binder(bound.get(), *parsed, context);
  ALLOD_RETURN_IF_ERROR(binder.Top(statement.node));
  bound->native_text = parsed->Cleaned(statement);
  for (int location : binder.definitions_) ShowAnnotations(static_cast<size_t>(location - statement.cleaned_start), &bound->native_text);
  return bound;
}

bool IsReservedSetting(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower.starts_with("allod.") || lower == "session_replication_role" || lower == "role" || lower == "session_authorization";
}

Status CheckStoredCall(const PgQuery__FuncCall& call) {
  const std::vector<std::string> names = NodeTexts(call.n_funcname, call.funcname);
  if (names.size() > 1 && names[0] == "allod") return Fail(sqlstate::kInsufficientPrivilege, "permission denied for schema allod");
  const std::string& name = names.back();
  if (name != "set_config" && name != "currval" && name != "lastval") return Ok();
  return Unsupported("function " + name + "() is refused in definitions on a cluster", "Leave it out of defaults, checks and views.");
}

std::shared_ptr<Plan> MakeNativePlan(std::shared_ptr<const BoundStatement> bound, const BindContext& context) {
  auto plan = std::make_shared<Plan>();
  plan->text = bound->native_text;
  switch (bound->kind) {
    case StatementKind::kInsert: plan->tag = "INSERT 0"; break;
    case StatementKind::kUpdate: plan->tag = "UPDATE"; break;
    case StatementKind::kDelete: plan->tag = "DELETE"; break;
    default: plan->tag = "SELECT"; break;
  }
  plan->needs_turn = bound->writes || bound->locks_rows;
  plan->catalog = context.catalog;
  plan->bound = std::move(bound);
  return plan;
}

}  // namespace allod::planner
