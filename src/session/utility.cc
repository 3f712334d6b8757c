// Transaction control, SET/SHOW/RESET/DISCARD, PREPARE/EXECUTE/DEALLOCATE, EXPLAIN.
#include "session/utility.h"

#include "base/format.h"
#include "catalog/definition_text.h"
#include "planner/ddl.h"
#include "session/session_impl.h"
#include "session/settings.h"
#include "session/statistics.h"

namespace allod::session {
namespace {

planner::ResultColumn TextColumn(std::string name) { return {std::move(name), Type{oid::kText}, 0, 0}; }

Status Refused(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_DO_STMT:
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
    case PG_QUERY__NODE__NODE_CREATE_PLANG_STMT:
      return Unsupported("procedural code is not supported on the embedded engine",
                         "Put the logic into the application, or use a PostgreSQL cluster as the engine.");
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
    case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
      return Unsupported("roles cannot be changed by SQL",
                         "There is one role, allod; its password is in the data directory.");
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
      return Unsupported("user-defined types are not supported", "Write the column as text with a CHECK constraint.");
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      return Unsupported("MERGE is not supported", "Write INSERT ... ON CONFLICT DO UPDATE.");
    case PG_QUERY__NODE__NODE_LOCK_STMT:
      return Unsupported("LOCK TABLE is not supported", "A transaction that writes already excludes other writers; SELECT ... FOR UPDATE begins that early.");
    default:
      return Unsupported("this statement is not supported on the embedded engine", "docs/sql.md lists what is.");
  }
}

std::string Isolation(const PgQuery__TransactionStmt& statement, std::optional<bool>* read_only) {
  std::string isolation;
  for (size_t i = 0; i < statement.n_options; ++i) {
    const PgQuery__DefElem* option = statement.options[i]->def_elem;
    const PgQuery__AConst* value = option->arg != nullptr && option->arg->node_case == PG_QUERY__NODE__NODE_A_CONST ? option->arg->a_const : nullptr;
    if (value == nullptr) continue;
    if (std::string_view(option->defname) == "transaction_isolation" && value->sval != nullptr) isolation = value->sval->sval;
    if (std::string_view(option->defname) == "transaction_read_only" && value->ival != nullptr) *read_only = value->ival->ival != 0;
  }
  return isolation;
}

std::string ConstantText(const PgQuery__Node* node) {
  if (node == nullptr) return "";
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) return ConstantText(node->type_cast->arg);  // INTERVAL '...'
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST) return "";
  const PgQuery__AConst& c = *node->a_const;
  switch (c.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: return std::to_string(c.ival->ival);
    case PG_QUERY__A__CONST__VAL_FVAL: return c.fval->fval;
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return c.boolval->boolval ? "on" : "off";
    case PG_QUERY__A__CONST__VAL_SVAL: return c.sval->sval;
    default: return "";
  }
}

}  // namespace

Result<Description> DescribeUtility(const sql::Statement& statement) {
  Description description;
  const PgQuery__Node* node = statement.node;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
    case PG_QUERY__NODE__NODE_COPY_STMT:
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
    case PG_QUERY__NODE__NODE_FETCH_STMT:
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
    case PG_QUERY__NODE__NODE_CREATEDB_STMT:
    case PG_QUERY__NODE__NODE_DROPDB_STMT:
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT: break;
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
      if (std::string_view(node->variable_show_stmt->name) == "all") {
        description.columns = {TextColumn("name"), TextColumn("setting"), TextColumn("description")};
      } else if (std::string_view(node->variable_show_stmt->name) == kStatistics) {
        description.columns = {TextColumn("name"), TextColumn("value"), TextColumn("description")};
      } else {
        description.columns = {TextColumn(Settings::Display(node->variable_show_stmt->name))};
      }
      break;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      description.columns = {TextColumn("QUERY PLAN")};
      break;
    default: return Refused(node);
  }
  description.returns_rows = !description.columns.empty();
  return description;
}

Result<Progress> SessionImpl::RunUtility(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  const PgQuery__Node* node = portal.compiled->statement->node;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COPY_STMT: return RunCopy(portal, sink);
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT: return RunDeclare(portal, sink);
    case PG_QUERY__NODE__NODE_FETCH_STMT: return RunFetch(portal, sink, max_rows);
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT: return RunClose(portal, sink);
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: return RunNotification(*node, sink);
    case PG_QUERY__NODE__NODE_CREATEDB_STMT: return RunCreateDatabase(portal, *node->createdb_stmt, sink);
    case PG_QUERY__NODE__NODE_DROPDB_STMT: return RunDropDatabase(portal, *node->dropdb_stmt, sink);
    default: break;
  }
  if (portal.state == PortalImpl::State::kRunning && portal.inner == nullptr) return StreamSets(portal, sink, max_rows);
  auto done = [&](std::string_view tag) -> Result<Progress> {
    sink.Done(tag);
    return Progress::kDone;
  };
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return RunTransactionStatement(*node->transaction_stmt, sink);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: {
      ALLOD_RETURN_IF_ERROR(RunSet(*node->variable_set_stmt, sink));
      bool reset = node->variable_set_stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
                   node->variable_set_stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
      return done(reset ? "RESET" : "SET");
    }
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT: {
      PortalImpl::ResultSet result;
      result.columns = portal.compiled->description.columns;
      result.tag = "SHOW";
      std::string_view name = node->variable_show_stmt->name;
      if (name == "all") {
        for (Settings::Row& row : settings_.ShowAll()) {
          result.rows.push_back({Value::Text(std::move(row.name)), Value::Text(std::move(row.value)), Value::Text(std::move(row.description))});
        }
      } else if (name == kStatistics) {
        result.rows = StatisticsRows(*database_);
      } else {
        Result<std::string> value = settings_.Show(name);
        if (!value.ok() && native_) {
          // The engine has more settings than are known here.
          ALLOD_ASSIGN_OR_RETURN(engine::Transaction * transaction, NativeTransaction(false));
          ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction->Run("SHOW " + sql::QuoteIdentifier(name), {}, &context_));
          ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
          if (found) value = std::string(cursor->column(0).bytes);
        }
        if (!value.ok()) return std::move(value).status();
        result.rows.push_back({Value::Text(*std::move(value))});
      }
      portal.sets.push_back(std::move(result));
      return StreamSets(portal, sink, max_rows);
    }
    case PG_QUERY__NODE__NODE_PREPARE_STMT: {
      const PgQuery__PrepareStmt& prepare = *node->prepare_stmt;
      ALLOD_ASSIGN_OR_RETURN(std::string text, sql::Deparse(prepare.query));
      std::vector<Oid> types;
      for (size_t i = 0; i < prepare.n_argtypes; ++i) {
        const PgQuery__TypeName& type = *prepare.argtypes[i]->type_name;
        std::string name = type.n_names == 0 ? "" : type.names[type.n_names - 1]->string->sval;
        const TypeInfo* info = FindTypeByName(name);
        if (info != nullptr && type.n_array_bounds > 0) info = FindType(info->array);
        if (info == nullptr) {
          const std::string in = type.n_names > 1 ? type.names[type.n_names - 2]->string->sval : "";
          for (const std::string& schema : in.empty() ? settings_.search_path() : std::vector<std::string>{in}) {
            const catalog::EnumType* found = definitions()->catalog->FindEnum(schema, name);
            if (found == nullptr) continue;
            info = FindType(type.n_array_bounds > 0 ? found->array_oid : found->oid);
            break;
          }
        }
        if (info == nullptr) return Fail(sqlstate::kUndefinedObject, "type \"" + name + "\" does not exist");
        types.push_back(info->oid);
      }
      ALLOD_ASSIGN_OR_RETURN(PreparedPtr prepared, Prepare(text, std::move(types)));
      prepared->sql_text = portal.compiled->statement->text;
      ALLOD_RETURN_IF_ERROR(StoreStatement(prepare.name, std::move(prepared)));
      return done("PREPARE");
    }
    case PG_QUERY__NODE__NODE_EXECUTE_STMT: return RunExecute(portal, *node->execute_stmt, sink, max_rows);
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT: {
      const char* name = node->deallocate_stmt->name;
      if (name == nullptr || *name == '\0') {
        statements_.clear();
        return done("DEALLOCATE ALL");
      }
      ALLOD_RETURN_IF_ERROR(FindStatement(name).status());
      CloseStatement(name);
      return done("DEALLOCATE");
    }
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
      switch (node->discard_stmt->target) {
        case PG_QUERY__DISCARD_MODE__DISCARD_ALL:
          if (explicit_) return Fail(sqlstate::kActiveSqlTransaction, "DISCARD ALL cannot run inside a transaction block");
          settings_.ResetAll();
          statements_.clear();
          CloseAllCursors(portal);
          listens_.push_back({false, ""});
          database_->advisory_locks().UnlockSession(*context_.lock_owner);
          context_.ForgetSequences();
          context_.settings_changed = true;
          ReportChanges(sink);
          return done("DISCARD ALL");
        case PG_QUERY__DISCARD_MODE__DISCARD_PLANS: return done("DISCARD PLANS");
        case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES: context_.ForgetSequences(); return done("DISCARD SEQUENCES");
        default: return done("DISCARD TEMP");
      }
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
      if (node->vacuum_stmt->is_vacuumcmd) {
        // Freed pages are reused and wiped at once, so there is nothing to clean; pgbench and others ask for it.
        if (explicit_) return Fail(sqlstate::kActiveSqlTransaction, "VACUUM cannot run inside a transaction block");
        bool analyze = false;
        for (size_t i = 0; i < node->vacuum_stmt->n_options; ++i) {
          analyze |= std::string_view(node->vacuum_stmt->options[i]->def_elem->defname) == "analyze";
        }
        if (!analyze) return done("VACUUM");
      }
      if (writer_ == nullptr) {
        if (LacksTurn()) return Progress::kNeedsTurn;
        ALLOD_RETURN_IF_ERROR(EnsureWriter());
      }
      ALLOD_RETURN_IF_ERROR(writer_->Script("ANALYZE"));
      return done(node->vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE");
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT: return done("CHECKPOINT");
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
      if (!explicit_) {
        sink.Notice(Error{std::string(sqlstate::kNoActiveSqlTransaction), "SET CONSTRAINTS can only be used in transaction blocks"});
      } else if (!node->constraints_set_stmt->deferred) {
        return Unsupported("SET CONSTRAINTS ... IMMEDIATE is not supported", "Foreign keys are checked at the commit at the latest.");
      } else {
        if (writer_ == nullptr) {
          if (LacksTurn()) return Progress::kNeedsTurn;
          ALLOD_RETURN_IF_ERROR(EnsureWriter());
        }
        ALLOD_RETURN_IF_ERROR(writer_->DeferForeignKeys());
      }
      return done("SET CONSTRAINTS");
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return RunExplain(portal, *node->explain_stmt, sink, max_rows);
    default: return Refused(node);
  }
}

Result<Progress> SessionImpl::RunTransactionStatement(const PgQuery__TransactionStmt& statement, Sink& sink) {
  auto warn = [&](std::string_view state, std::string text) { sink.Notice(Error{std::string(state), std::move(text)}); };
  std::string name = statement.savepoint_name == nullptr ? "" : statement.savepoint_name;
  std::string_view tag;
  switch (statement.kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START: {
      tag = statement.kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN ? "BEGIN" : "START TRANSACTION";
      if (explicit_) {
        warn(sqlstate::kActiveSqlTransaction, "there is already a transaction in progress");
        break;
      }
      std::optional<bool> read_only;
      std::string isolation = Isolation(statement, &read_only);
      ALLOD_RETURN_IF_ERROR(BeginExplicit(isolation, read_only));
      break;
    }
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK: {
      bool commit = statement.kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT;
      tag = commit && !failed_ ? "COMMIT" : "ROLLBACK";
      if (!explicit_) warn(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress");
      if (commit && !failed_) {
        ALLOD_RETURN_IF_ERROR(Commit());
      } else {
        Rollback();
      }
      if (statement.chain) ALLOD_RETURN_IF_ERROR(BeginExplicit("", std::nullopt));
      // What else the message holds is a transaction of its own.
      settings_.Begin();
      context_.settings_changed = true;
      ReportChanges(sink);
      break;
    }
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
      tag = "SAVEPOINT";
      ALLOD_RETURN_IF_ERROR(Savepoint(name));
      break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
      tag = "RELEASE";
      ALLOD_RETURN_IF_ERROR(ReleaseSavepoint(name));
      break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
      tag = "ROLLBACK";
      ALLOD_RETURN_IF_ERROR(RollbackToSavepoint(name));
      break;
    default: return Unsupported("two-phase commit is not supported", "Use one transaction.");
  }
  sink.Done(tag);
  return Progress::kDone;
}

Status SessionImpl::RunSet(const PgQuery__VariableSetStmt& statement, Sink& sink) {
  std::string name = statement.name == nullptr ? "" : statement.name;
  context_.settings_changed = true;
  switch (statement.kind) {
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE:
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT: {
      if (name == "role" || name == "session_authorization") {
        std::string role = statement.n_args > 0 ? ConstantText(statement.args[0]) : "none";
        if (role != "none" && role != "default" && role != context_.user) {
          return Fail(sqlstate::kInsufficientPrivilege, "permission denied to set role \"" + role + "\"");
        }
        break;
      }
      if (statement.kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT) {
        ALLOD_RETURN_IF_ERROR(settings_.Reset(name));
        break;
      }
      std::string value;
      for (size_t i = 0; i < statement.n_args; ++i) {
        std::string part = ConstantText(statement.args[i]);
        if (name == "search_path") part = sql::QuoteIdentifier(part);
        value += (i == 0 ? "" : ", ") + part;
      }
      Status set = settings_.Set(name, value, statement.is_local);
      if (!set.ok() && native_ && set.error().sqlstate == sqlstate::kUndefinedObject) set = SetOnEngine(name, value, statement.is_local);
      ALLOD_RETURN_IF_ERROR(std::move(set));
      if (statement.is_local && !explicit_) {
        sink.Notice(Error{std::string(sqlstate::kNoActiveSqlTransaction), "SET LOCAL can only be used in transaction blocks"});
      }
      break;
    }
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
      if (name == "role" || name == "session_authorization") break;
      ALLOD_RETURN_IF_ERROR(settings_.Reset(name));
      break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL: settings_.ResetAll(); break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI: {
      // SET TRANSACTION ..., SET SESSION CHARACTERISTICS AS TRANSACTION ...
      bool session = name == "SESSION CHARACTERISTICS";
      for (size_t i = 0; i < statement.n_args; ++i) {
        const PgQuery__DefElem* option = statement.args[i]->def_elem;
        std::string value = ConstantText(option->arg);
        std::string option_name = option->defname;
        if (option_name == "transaction_read_only") value = value == "0" ? "off" : "on";
        if (option_name == "transaction_deferrable") continue;
        if (session) {
          ALLOD_RETURN_IF_ERROR(settings_.Set("default_" + option_name, value, false));
          continue;
        }
        if (!explicit_) {
          sink.Notice(Error{std::string(sqlstate::kNoActiveSqlTransaction), "SET TRANSACTION can only be used in transaction blocks"});
          continue;
        }
        if (option_name == "transaction_isolation") {
          if (writer_ != nullptr || reader_ != nullptr) {
            return Fail(sqlstate::kActiveSqlTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query");
          }
          snapshot_ = value == "repeatable read" || value == "serializable";
        } else if (option_name == "transaction_read_only") {
          if (value == "off" && read_only_ && reader_ != nullptr) {
            return Fail(sqlstate::kActiveSqlTransaction, "transaction read-write mode must be set before any query");
          }
          read_only_ = value == "on";
        }
        ALLOD_RETURN_IF_ERROR(settings_.Set(option_name, value, true));
      }
      break;
    }
    default: return Unsupported("this form of SET is not supported", "Write SET name = value.");
  }
  ReportChanges(sink);
  return Ok();
}

// EXECUTE name (expressions): the expressions are evaluated as a SELECT of their own, then it is an ordinary portal.
Result<Progress> SessionImpl::RunExecute(PortalImpl& portal, const PgQuery__ExecuteStmt& statement, Sink& sink, int64_t max_rows) {
  if (portal.inner == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(PreparedPtr target, FindStatement(statement.name));
    ALLOD_ASSIGN_OR_RETURN(CompiledPtr compiled, Current(*target));
    const std::vector<Type>& types = compiled->description.parameters;
    if (types.size() != statement.n_params) {
      return Fail(sqlstate::kSyntaxError, "wrong number of parameters for prepared statement \"" + std::string(statement.name) + "\"")
          .Detail("Expected " + std::to_string(types.size()) + " parameters but got " + std::to_string(statement.n_params) + ".");
    }
    std::vector<std::string> expressions;
    for (size_t i = 0; i < statement.n_params; ++i) {
      ALLOD_ASSIGN_OR_RETURN(std::string text, sql::DeparseExpression(statement.params[i]));
      expressions.push_back(std::move(text));
    }
    ALLOD_ASSIGN_OR_RETURN(Row values, Evaluate(expressions, types));
    ALLOD_ASSIGN_OR_RETURN(portal.inner, Bind(std::move(target), std::move(values)));
    portal.state = PortalImpl::State::kNew;
  }
  ALLOD_ASSIGN_OR_RETURN(Progress progress, Execute(*portal.inner, sink, max_rows));
  if (progress == Progress::kSuspended) portal.state = PortalImpl::State::kRunning;
  return progress;
}

Result<Row> SessionImpl::Evaluate(const std::vector<std::string>& expressions, const std::vector<Type>& types) {
  if (expressions.empty()) return Row();
  std::string text = "SELECT ";
  for (size_t i = 0; i < expressions.size(); ++i) {
    text += (i == 0 ? "(" : ", (") + expressions[i] + ")::" + catalog::TypeText(*definitions()->catalog, types[i]);
  }
  Prepared prepared;
  prepared.text = text;
  ALLOD_ASSIGN_OR_RETURN(CompiledPtr compiled, Current(prepared));
  std::unique_ptr<engine::Transaction> own;
  engine::Transaction* reader = nullptr;
  if (native_) {
    ALLOD_ASSIGN_OR_RETURN(reader, NativeTransaction(false));
  } else {
    ALLOD_ASSIGN_OR_RETURN(own, database_->engine().Begin(engine::Mode::kRead));
    reader = own.get();
  }
  if (!compiled->plan->sources.empty()) return Unsupported("EXECUTE's values cannot name relations", "Write constants.");
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, reader->Run(compiled->plan->text, {}, &context_));
  ALLOD_RETURN_IF_ERROR(cursor->Next().status());
  Row row;
  for (size_t i = 0; i < expressions.size(); ++i) row.emplace_back(cursor->column(static_cast<int>(i)));
  return row;
}

// What the engine will do: its own plan, and the text it is given.
Result<Progress> SessionImpl::RunExplain(PortalImpl& portal, const PgQuery__ExplainStmt& statement, Sink& sink, int64_t max_rows) {
  for (size_t i = 0; i < statement.n_options; ++i) {
    std::string_view option = statement.options[i]->def_elem->defname;
    if (option == "analyze") return Unsupported("EXPLAIN ANALYZE is not supported on the embedded engine", "Write EXPLAIN without ANALYZE.");
    if (option == "format") return Unsupported("EXPLAIN's FORMAT is not supported", "Write EXPLAIN without FORMAT.");
  }
  Prepared prepared;
  ALLOD_ASSIGN_OR_RETURN(prepared.text, sql::Deparse(statement.query));
  ALLOD_ASSIGN_OR_RETURN(CompiledPtr compiled, Current(prepared));
  if (compiled->plan == nullptr) return Unsupported("only queries and changes of rows can be explained", "Write EXPLAIN SELECT, INSERT, UPDATE or DELETE.");
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Transaction> reader, database_->engine().Begin(engine::Mode::kRead));
  std::vector<engine::Parameter> parameters(compiled->plan->sources.size(), engine::Parameter(Datum::Null()));
  PortalImpl::ResultSet result;
  result.columns = portal.compiled->description.columns;
  result.tag = "EXPLAIN";
  {
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor,
                           reader->Run("EXPLAIN QUERY PLAN " + compiled->plan->text, parameters, &context_));
    std::map<int64_t, int> depth{{0, 0}};
    while (true) {
      ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
      if (!more) break;
      int level = depth[cursor->column(1).integer];
      depth[cursor->column(0).integer] = level + 1;
      result.rows.push_back({Value::Text(std::string(static_cast<size_t>(level) * 2, ' ') + std::string(cursor->column(3).bytes))});
    }
  }
  result.rows.push_back({Value::Text("Statement: " + compiled->plan->text)});
  portal.sets.push_back(std::move(result));
  return StreamSets(portal, sink, max_rows);
}

}  // namespace allod::session
