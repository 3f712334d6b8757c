#include "planner/native_ddl.h"

#include <algorithm>

#include "planner/ddl_internal.h"
#include "planner/ddl_table.h"
#include "planner/native_bind.h"
#include "planner/tree_walk.h"

namespace allod::planner {

using catalog::Attnum;
using catalog::Constraint;
using catalog::Table;

namespace {

// The foreign keys that a statement's annotations are on, as far as the tree says: where, which columns.
struct WrittenKey {
  int location = 0;
  std::vector<std::string> columns;
};

std::vector<WrittenKey> WrittenKeys(const PgQuery__Node* node) {
  std::vector<WrittenKey> keys;
  WalkTree(node, [&](ProtobufCMessage* message) {
    if (auto* column = As<PgQuery__ColumnDef>(message, pg_query__column_def__descriptor)) {
      for (size_t i = 0; i < column->n_constraints; ++i) {
        if (column->constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const PgQuery__Constraint& constraint = *column->constraints[i]->constraint;
        if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) keys.push_back({constraint.location, {column->colname}});
      }
    } else if (auto* constraint = As<PgQuery__Constraint>(message, pg_query__constraint__descriptor)) {
      if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN && constraint->n_fk_attrs > 0) {
        keys.push_back({constraint->location, NodeTexts(constraint->n_fk_attrs, constraint->fk_attrs)});
      }
    }
    return true;
  });
  return keys;
}

// The table that CREATE TABLE or ALTER TABLE names.
const PgQuery__RangeVar* NamedTable(const PgQuery__Node* node) {
  if (node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT) return node->create_stmt->relation;
  if (node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) return node->alter_table_stmt->relation;
  return nullptr;
}

bool IsAllods(const char* schema) { return schema != nullptr && std::string_view(schema) == "allod"; }

}  // namespace

Status CheckNativeUtility(const sql::Parsed& parsed, const sql::Statement& statement) {
  const PgQuery__Node* node = statement.node;
  auto refuse = [&](std::string what, std::string instead) { return Status(Unsupported(std::move(what), std::move(instead))); };
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_DO_STMT:
      return refuse("DO is refused, because the SQL in its body cannot be seen here", "Write its statements out.");
    case PG_QUERY__NODE__NODE_CALL_STMT:
      return refuse("CALL is refused, because the SQL in the procedure's body cannot be seen here", "Write its statements out.");
    case PG_QUERY__NODE__NODE_LOAD_STMT:
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
    case PG_QUERY__NODE__NODE_ALTER_SUBSCRIPTION_STMT:
    case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
    case PG_QUERY__NODE__NODE_ALTER_EVENT_TRIG_STMT:
      return refuse("this statement is the cluster's administration", "Run it on the cluster directly.");
    default: break;
  }
  Status status;
  WalkTree(node, [&](ProtobufCMessage* message) {
    if (!status.ok()) return false;
    bool allods = false;
    int location = -1;
    if (auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) {
      status = CheckStoredCall(*call);
      if (!status.ok()) status.error().position = parsed.Position(call->location);
      return status.ok();
    }
    if (auto* var = As<PgQuery__RangeVar>(message, pg_query__range_var__descriptor)) {
      allods = IsAllods(var->schemaname);
      location = var->location;
    } else if (auto* list = As<PgQuery__List>(message, pg_query__list__descriptor)) {
      allods = list->n_items > 1 && IsAllods(NodeText(list->items[0]));  // DROP TABLE allod.x
    } else if (auto* create = As<PgQuery__CreateSchemaStmt>(message, pg_query__create_schema_stmt__descriptor)) {
      allods = IsAllods(create->schemaname);
    } else if (auto* drop = As<PgQuery__DropStmt>(message, pg_query__drop_stmt__descriptor)) {
      for (size_t i = 0; i < drop->n_objects && drop->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA; ++i) {
        allods = allods || IsAllods(NodeText(drop->objects[i]));
      }
    } else if (auto* rename = As<PgQuery__RenameStmt>(message, pg_query__rename_stmt__descriptor)) {
      allods = rename->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA && IsAllods(rename->subname);
    } else if (auto* cmd = As<PgQuery__AlterTableCmd>(message, pg_query__alter_table_cmd__descriptor)) {
      switch (cmd->subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
          status = Status(Fail(sqlstate::kInsufficientPrivilege, "triggers cannot be disabled: owners are kept by them"));
          return false;
        default: break;
      }
    } else if (auto* create_trigger = As<PgQuery__CreateTrigStmt>(message, pg_query__create_trig_stmt__descriptor)) {
      if (std::string_view(create_trigger->trigname).starts_with("allod_")) {
        status = Status(Fail(sqlstate::kReservedName, "trigger names that begin with allod_ are reserved"));
        return false;
      }
    }
    if (allods) {
      status = Status(Fail(sqlstate::kInsufficientPrivilege, "permission denied for schema allod")).At(location < 0 ? 0 : parsed.Position(location));
    }
    return status.ok();
  });
  return status;
}

std::string_view RunsOutsideTransactions(const sql::Statement& statement) {
  const PgQuery__Node* node = statement.node;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_VACUUM_STMT: return node->vacuum_stmt->is_vacuumcmd ? "VACUUM" : "";
    case PG_QUERY__NODE__NODE_INDEX_STMT: return node->index_stmt->concurrent ? "CREATE INDEX CONCURRENTLY" : "";
    case PG_QUERY__NODE__NODE_DROP_STMT: return node->drop_stmt->concurrent ? "DROP INDEX CONCURRENTLY" : "";
    case PG_QUERY__NODE__NODE_REINDEX_STMT: return node->reindex_stmt->n_params > 0 ? "REINDEX CONCURRENTLY" : "";
    case PG_QUERY__NODE__NODE_CREATEDB_STMT: return "CREATE DATABASE";
    case PG_QUERY__NODE__NODE_DROPDB_STMT: return "DROP DATABASE";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT: return "CREATE TABLESPACE";
    case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT: return "DROP TABLESPACE";
    case PG_QUERY__NODE__NODE_CLUSTER_STMT: return "CLUSTER";
    default: return "";
  }
}

bool ChangesDefinitions(const sql::Statement& statement) {
  if (statement.node == nullptr) return true;  // ALTER TABLE ... SET DATA_SUBJECT and its kin
  switch (statement.node->node_case) {
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
    case PG_QUERY__NODE__NODE_LOCK_STMT:
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
    case PG_QUERY__NODE__NODE_CLUSTER_STMT:
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
    case PG_QUERY__NODE__NODE_CREATEDB_STMT:
    case PG_QUERY__NODE__NODE_DROPDB_STMT: return false;
    default: return true;
  }
}

namespace {

bool SpeaksOfHistory(const sql::Statement& statement) {
  if (const auto* alter = std::get_if<sql::AlterOwnershipStatement>(&statement.own)) {
    return std::any_of(alter->actions.begin(), alter->actions.end(), [](const auto& action) {
      return std::holds_alternative<sql::AlterOwnershipStatement::SetHistory>(action);
    });
  }
  return statement.without_history;
}

}  // namespace

Result<std::shared_ptr<const catalog::Catalog>> AnnotateNative(std::shared_ptr<sql::Parsed> parsed,
                                                               const sql::Statement& statement, const BindContext& context,
                                                               const catalog::Catalog& before, std::vector<Error>* notices) {
  const bool own = std::holds_alternative<sql::AlterOwnershipStatement>(statement.own);
  if (SpeaksOfHistory(statement)) {
    return Unsupported("history is not kept on a cluster", "Leave the clause out: no table has a history there.");
  }
  const PgQuery__RangeVar* named = own || statement.node == nullptr ? nullptr : NamedTable(statement.node);
  if (!own && (named == nullptr || (!statement.data_subject && statement.keys.empty() && statement.rules.empty()))) {
    return context.catalog;
  }
  std::shared_ptr<catalog::Catalog> next = context.catalog->Edit();
  next->set_version(context.catalog->version());
  ddl::Ddl ddl{parsed, statement, context, before, next};
  ddl.context.catalog = next;
  if (own) {
    ALLOD_RETURN_IF_ERROR(ddl::AlterOwnership(&ddl, std::get<sql::AlterOwnershipStatement>(statement.own)));
    *notices = std::move(ddl.definition.notices);
    return std::shared_ptr<const catalog::Catalog>(std::move(next));
  }
  const ddl::Relation relation = ddl::FindRelation(ddl, ddl::Given(named->schemaname), named->relname);
  // IF NOT EXISTS, and it did; IF EXISTS, and it did not.
  if (relation.table == nullptr) return context.catalog;
  const bool create = statement.node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT;
  if (create && before.FindTable(relation.table->oid) != nullptr) return context.catalog;

  Table table = *relation.table;
  if (statement.data_subject) table.data_subject = true;
  for (const WrittenKey& key : WrittenKeys(statement.node)) {
    auto annotation = std::find_if(statement.keys.begin(), statement.keys.end(),
                                   [&](const sql::KeyAnnotation& candidate) { return candidate.location == key.location; });
    if (annotation == statement.keys.end()) continue;
    std::vector<Attnum> columns;
    for (const std::string& name : key.columns) {
      const catalog::Column* column = table.FindColumn(name);
      columns.push_back(column == nullptr ? Attnum{0} : column->number);
    }
    const Table* old = before.FindTable(table.oid);
    for (Constraint& constraint : table.constraints) {
      if (constraint.kind != Constraint::Kind::kForeignKey || constraint.columns != columns ||
          constraint.annotation != catalog::Annotation::kNone) {
        continue;
      }
      const bool fresh = old == nullptr || std::none_of(old->constraints.begin(), old->constraints.end(),
                                                        [&](const Constraint& c) { return c.oid == constraint.oid; });
      if (!fresh) continue;
      constraint.annotation = ddl::AnnotationOf(annotation->word);
      break;
    }
  }
  for (const sql::RuleClause& rule : statement.rules) {
    ALLOD_ASSIGN_OR_RETURN(catalog::AnonymizationRule resolved, ddl::ResolveRule(ddl, table, rule));
    table.rules.push_back(std::move(resolved));
  }
  next->Put(std::move(table));
  return std::shared_ptr<const catalog::Catalog>(std::move(next));
}

std::vector<std::string> NativeKeyIndexes(const catalog::Catalog& catalog,
                                          const std::function<bool(const catalog::Constraint&)>& wanted) {
  std::vector<std::string> statements;
  for (const auto& [oid, table] : catalog.tables()) {
    if (table->kind != Table::Kind::kTable) continue;
    for (const Constraint& key : table->constraints) {
      if (key.kind != Constraint::Kind::kForeignKey || !wanted(key)) continue;
      const bool served = std::any_of(table->indexes.begin(), table->indexes.end(), [&](const catalog::Index& index) {
        if (!index.predicate_sql.empty() || index.columns.size() < key.columns.size()) return false;
        std::vector<Attnum> leading;
        for (size_t i = 0; i < key.columns.size(); ++i) leading.push_back(index.columns[i].column);
        return std::is_permutation(leading.begin(), leading.end(), key.columns.begin());
      });
      if (served) continue;
      std::string columns;
      for (Attnum number : key.columns) {
        columns += (columns.empty() ? "" : ", ") + sql::QuoteIdentifier(table->FindColumn(number)->name);
      }
      statements.push_back("CREATE INDEX " + sql::QuoteIdentifier("allod_key_" + std::to_string(key.oid)) + " ON " +
                           sql::QuoteIdentifier(ddl::SchemaName(catalog, table->schema)) + "." + sql::QuoteIdentifier(table->name) +
                           " (" + columns + ")");
    }
  }
  return statements;
}

}  // namespace allod::planner
