// On an engine that understands PostgreSQL's SQL itself (Capabilities::native_sql): statements are handed on as they were
// written, definitions are made there, and the catalogue is read back. What is Allod's (owners, rights) is the same code as
// everywhere.
//
// A session holds a lease (engine::Turn) from the first message after it was idle to the ReadyForQuery that finds it idle
// again. The lease is in turn_, in reader_ (statements that commit by themselves) or in writer_ (a transaction).
#include "catalog/native/store.h"
#include "planner/native_bind.h"
#include "planner/native_ddl.h"
#include "session/gdpr.h"
#include "session/session_impl.h"
#include "session/utility.h"

namespace allod::session {
namespace {

// "Key (id)=(1) already exists." -> "Key (id) already exists.": another owner's row must not be read off an error.
std::string WithoutValues(const std::string& detail) {
  if (!detail.starts_with("Key (")) return "";
  const size_t equals = detail.find(")=(");
  if (equals == std::string::npos) return "";
  for (std::string_view end : {" already exists.", " is duplicated.", " conflicts with existing key"}) {
    const size_t at = detail.rfind(end);
    if (at != std::string::npos) return detail.substr(0, equals + 1) + (end.back() == '.' ? std::string(end) : " conflicts with an existing key.");
  }
  for (std::string_view middle : {" is not present in table ", " is still referenced from table "}) {
    const size_t at = detail.rfind(middle);
    if (at != std::string::npos) return detail.substr(0, equals + 1) + detail.substr(at);
  }
  return "";
}

// Statements that are bound: what they read and write is known.
bool IsBound(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
    case PG_QUERY__NODE__NODE_MERGE_STMT:
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return true;
    default: return false;
  }
}

bool ExplainRuns(const PgQuery__ExplainStmt& explain) {
  for (size_t i = 0; i < explain.n_options; ++i) {
    if (std::string_view(explain.options[i]->def_elem->defname) == "analyze") return true;
  }
  return false;
}

Status RunToEnd(engine::Transaction& transaction, std::string_view text, ExecContext* context, std::string* tag) {
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, transaction.Run(text, {}, context));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) break;
  }
  if (tag != nullptr) *tag = cursor->tag();
  return Ok();
}

std::string QualifiedName(const catalog::Catalog& catalog, const catalog::Table& table) {
  const catalog::Schema* schema = catalog.FindSchema(table.schema);
  return sql::QuoteIdentifier(schema == nullptr ? "public" : schema->name) + "." + sql::QuoteIdentifier(table.name);
}

}  // namespace

bool IsSessionStatement(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
    case PG_QUERY__NODE__NODE_COPY_STMT:
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
    case PG_QUERY__NODE__NODE_FETCH_STMT:
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: return true;
    default: return false;
  }
}

bool SessionImpl::NeedsTurnFirst() const {
  return leases_ && !turn_.held() && writer_ == nullptr && reader_ == nullptr;
}

engine::Turn SessionImpl::ReclaimTurn() {
  if (!leases_) return engine::Turn();
  if (reader_ != nullptr) {
    turn_ = reader_->TakeTurn();
    reader_.reset();
  }
  return std::move(turn_);
}

// Between two messages an idle session holds no connection, unless it has left something on it.
void SessionImpl::ReleaseIdleTurn() {
  if (!leases_ || explicit_ || implicit_ || pinned_ || writer_ != nullptr) return;
  if (reader_ != nullptr) {
    turn_ = reader_->TakeTurn();
    reader_.reset();
  }
  turn_ = engine::Turn();
}

engine::Isolation SessionImpl::isolation() const {
  const std::string& level = settings_.Get(explicit_ ? "transaction_isolation" : "default_transaction_isolation");
  if (level == "serializable") return engine::Isolation::kSerializable;
  return level == "repeatable read" ? engine::Isolation::kRepeatableRead : engine::Isolation::kReadCommitted;
}

std::shared_ptr<const engine::SessionSettings> SessionImpl::engine_settings() {
  if (engine_settings_ == nullptr || engine_settings_version_ != settings_.version()) {
    engine_settings_version_ = settings_.version();
    auto settings = std::make_shared<engine::SessionSettings>();
    settings->values = settings_.ForEngine();
    if (engine_settings_ == nullptr || engine_settings_->values != settings->values) engine_settings_ = std::move(settings);
  }
  return engine_settings_;
}

// The transaction in which the next statement runs. `whole`: one that is committed later, with what else belongs to it.
Result<engine::Transaction*> SessionImpl::NativeTransaction(bool whole) {
  if (writer_ == nullptr && (whole || explicit_)) ALLOD_RETURN_IF_ERROR(EnsureWriter());
  if (writer_ == nullptr && reader_ == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(reader_, database_->engine().Begin(engine::Mode::kRead, std::move(turn_)));
    turn_ = engine::Turn();
  }
  engine::Transaction* transaction = writer_ != nullptr ? writer_.get() : reader_.get();
  transaction->UseSettings(engine_settings());
  return transaction;
}

// The engine's error in the user's terms: positions in the text as it was written, no values of rows.
Error SessionImpl::TranslateNative(Error error, const Compiled* compiled) const {
  if (error.position < 0) {  // it is one in the user's text already
    error.position = -error.position;
  } else if (error.position > 0 && compiled != nullptr && compiled->statement != nullptr && compiled->statement->node != nullptr) {
    error.position = compiled->parsed->CleanedPosition(*compiled->statement, error.position);
  }
  if (error.sqlstate.starts_with("23") && error.sqlstate != sqlstate::kOrphanedData) error.detail = WithoutValues(error.detail);
  if (error.sqlstate == "40A01") {
    return Error{std::string(sqlstate::kSerializationFailure), "the schema was changed by another session while this transaction ran", "",
                 "Run the transaction again."};
  }
  return error;
}

Status SessionImpl::RefreshDefinitions(engine::Transaction& transaction) {
  ALLOD_ASSIGN_OR_RETURN(const bool changed, database_->Refresh(transaction));
  (void)changed;
  return Ok();
}

Result<CompiledPtr> SessionImpl::CompileNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement* statement,
                                               std::shared_ptr<const Definitions> now, const std::vector<Oid>& types, bool simple) {
  auto compiled = std::make_shared<Compiled>();
  compiled->parsed = parsed;
  compiled->statement = statement;
  compiled->definitions = now;
  if (statement == nullptr) return CompiledPtr(std::move(compiled));
  const bool prepares = statement->node != nullptr && statement->node->node_case == PG_QUERY__NODE__NODE_PREPARE_STMT;
  if (simple && statement->parameters > 0 && !prepares) {
    return Fail(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(statement->parameters));
  }
  if (statement->node == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(compiled->description, DescribeOwnStatement(*parsed, *statement, *now, simple));
    return CompiledPtr(std::move(compiled));
  }
  if (IsSessionStatement(statement->node)) {
    ALLOD_ASSIGN_OR_RETURN(compiled->description, DescribeUtility(*statement));
    return CompiledPtr(std::move(compiled));
  }
  if (!IsBound(statement->node)) {
    ALLOD_RETURN_IF_ERROR(planner::CheckNativeUtility(*parsed, *statement));
    return CompiledPtr(std::move(compiled));
  }

  CompileSettings settings = compile_settings();
  ALLOD_ASSIGN_OR_RETURN(engine::Transaction * transaction, NativeTransaction(false));
  planner::BindContext context{now->catalog, settings.format, types, settings.search_path, settings.user, settings.database};
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<planner::BoundStatement> bound, planner::BindNative(parsed, *statement, context));
  if (bound->unresolved && !pending_) {
    // Another process may have made the table a moment ago.
    ALLOD_ASSIGN_OR_RETURN(const bool changed, database_->Refresh(*transaction));
    if (changed) {
      now = definitions();
      compiled->definitions = now;
      context.catalog = now->catalog;
      ALLOD_ASSIGN_OR_RETURN(bound, planner::BindNative(parsed, *statement, context));
    }
  }
  if (statement->node->node_case == PG_QUERY__NODE__NODE_EXPLAIN_STMT && !ExplainRuns(*statement->node->explain_stmt)) {
    bound->writes = bound->writes_many = false;
    bound->target = nullptr;
  }
  Result<engine::StatementShape> shape = transaction->Describe(bound->native_text, types);
  if (!shape.ok()) return Status(TranslateNative(shape.status().error(), compiled.get()));
  bound->parameters = shape->parameters;
  for (engine::StatementShape::Column& column : shape->columns) {
    if (column.name == "constraint_def" && column.table == 0) column.name = "pg_get_constraintdef";
    bound->columns.push_back({std::move(column.name), column.type, column.table, column.attribute});
  }
  std::shared_ptr<planner::Plan> plan = planner::MakeNativePlan(bound, context);
  for (size_t i = 0; i < bound->parameters.size(); ++i) {
    plan->sources.push_back({planner::Plan::Source::Kind::kParameter, static_cast<int>(i)});
  }
  if (bound->writes) {
    if (bound->writes_many) {
      plan->watch = now->graph->full_watch();
    } else if (bound->target != nullptr) {
      plan->watch = ownership::WatchFor(*now->graph, bound->target->oid);
    }
  }
  compiled->description.parameters = bound->parameters;
  compiled->description.columns = bound->columns;
  compiled->description.returns_rows = !bound->columns.empty() || bound->kind == planner::StatementKind::kSelect;
  compiled->plan = std::move(plan);
  return CompiledPtr(std::move(compiled));
}

Status SessionImpl::OpenNativeCursor(PortalImpl& portal) {
  const planner::Plan& plan = *portal.compiled->plan;
  ALLOD_ASSIGN_OR_RETURN(engine::Transaction * transaction, NativeTransaction(plan.needs_turn));
  if (plan.bound->writes) {
    wrote_ = true;
    if (plan.watch != nullptr) transaction->SetWatch(plan.watch);
  }
  if (plan.bound->keeps_session) {
    pinned_ = true;
    transaction->LeavesTraces();
  }
  std::vector<engine::Parameter> parameters;
  parameters.reserve(portal.values.size());
  for (const Value& value : portal.values) parameters.emplace_back(value.view());
  std::vector<Oid> types;
  for (const Type& type : plan.bound->parameters) types.push_back(type.oid);
  ALLOD_ASSIGN_OR_RETURN(portal.cursor, transaction->Run(plan.text, parameters, &context_, types));
  return Ok();
}

Status SessionImpl::FinishNative(const planner::Plan& plan, engine::Transaction& transaction, Sink& sink) {
  for (const Error& notice : transaction.TakeNotices()) sink.Notice(notice);
  for (const planner::BoundStatement::SetConfig& change : plan.bound->set_configs) {
    Status set = settings_.Set(change.name, change.value, change.local);
    if (!set.ok()) settings_.SetEngine(change.name, change.value, change.local);
    context_.settings_changed = true;
  }
  return Ok();
}

// Everything that is no query and not the session's own: run by the engine; afterwards the catalogue is read again.
Result<Progress> SessionImpl::RunNativeDefinition(PortalImpl& portal, Sink& sink) {
  std::shared_ptr<sql::Parsed> parsed = portal.compiled->parsed;
  const sql::Statement& statement = *portal.compiled->statement;
  if (read_only_) return Fail(sqlstate::kReadOnlySqlTransaction, "cannot execute a definition in a read-only transaction");
  const bool changes = planner::ChangesDefinitions(statement);
  std::string tag;
  if (const std::string_view what = statement.node == nullptr ? "" : planner::RunsOutsideTransactions(statement); !what.empty()) {
    if (explicit_) return Fail(sqlstate::kActiveSqlTransaction, std::string(what) + " cannot run inside a transaction block");
    ALLOD_ASSIGN_OR_RETURN(engine::Transaction * transaction, NativeTransaction(false));
    if (transaction != reader_.get()) {
      return Fail(sqlstate::kActiveSqlTransaction, "this statement cannot be executed together with others that write");
    }
    // The connection is read-only but for transactions that say otherwise, and this is none. Whatever becomes of it in between, it is
    // lent to nobody again: on one that is not read-only a function could write what no trigger captures.
    transaction->LeavesTraces();
    ALLOD_RETURN_IF_ERROR(RunToEnd(*transaction, "SET default_transaction_read_only = off", &context_, &tag));
    Status status = RunToEnd(*transaction, parsed->Cleaned(statement), &context_, &tag);
    std::string ignored;
    Status restored = RunToEnd(*transaction, "SET default_transaction_read_only = on", &context_, &ignored);
    ALLOD_RETURN_IF_ERROR(status);
    ALLOD_RETURN_IF_ERROR(restored);
    for (const Error& notice : transaction->TakeNotices()) sink.Notice(notice);
    sink.Done(tag);
    return Progress::kDone;
  }

  ALLOD_RETURN_IF_ERROR(NativeTransaction(true).status());
  wrote_ = true;
  if (changes) {
    ALLOD_ASSIGN_OR_RETURN(const int64_t version, catalog::LockNative(*writer_));
    if (static_cast<uint64_t>(version) != definitions()->catalog->version()) ALLOD_RETURN_IF_ERROR(RefreshDefinitions(*writer_));
  }
  std::shared_ptr<const Definitions> before = definitions();
  context_.SetDefinitions(before);
  if (statement.node != nullptr) {
    if (statement.node->node_case == PG_QUERY__NODE__NODE_TRUNCATE_STMT) {
      ALLOD_RETURN_IF_ERROR(RecheckTruncated(*statement.node->truncate_stmt, *before));
    }
    ALLOD_RETURN_IF_ERROR(RunToEnd(*writer_, parsed->Cleaned(statement), &context_, &tag));
    for (const Error& notice : writer_->TakeNotices()) sink.Notice(notice);
  } else {
    tag = "ALTER TABLE";
  }
  if (changes) {
    std::vector<Error> notices;
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const Definitions> after, AdoptNative(parsed, statement, before, &notices));
    ALLOD_RETURN_IF_ERROR(JudgeDefinition(before, std::move(after)));
    for (const Error& notice : notices) sink.Notice(notice);
  }
  sink.Done(tag);
  return Progress::kDone;
}

// A setting that only the engine knows: it judges the value, and every connection that this session gets is told.
Status SessionImpl::SetOnEngine(const std::string& name, const std::string& value, bool local) {
  if (planner::IsReservedSetting(name)) {
    return Fail(sqlstate::kInsufficientPrivilege, "permission denied to set parameter \"" + name + "\"");
  }
  ALLOD_ASSIGN_OR_RETURN(engine::Transaction * transaction, NativeTransaction(false));
  const std::string text = "SET " + std::string(local ? "LOCAL " : "") + sql::QuoteIdentifier(name) + " TO " + sql::QuoteLiteral(value);
  Status set = RunToEnd(*transaction, text, &context_, nullptr);
  if (!set.ok()) {
    set.error().position = 0;
    return set;
  }
  settings_.SetEngine(name, value, local);
  return Ok();
}

// What the engine now has, with what the statement adds of Allod's, stored.
Result<std::shared_ptr<const Definitions>> SessionImpl::AdoptNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                                                   std::shared_ptr<const Definitions> before,
                                                                   std::vector<Error>* notices) {
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> loaded, catalog::LoadNative(*writer_));
  CompileSettings settings = compile_settings();
  planner::BindContext bind{loaded, settings.format, {}, settings.search_path, settings.user, settings.database};
  Result<std::shared_ptr<const catalog::Catalog>> made = planner::AnnotateNative(parsed, statement, bind, *before->catalog, notices);
  if (!made.ok()) {
    Status status = std::move(made).status();
    status.error().position = -status.error().position;
    return status;
  }
  std::shared_ptr<const catalog::Catalog> annotated = *std::move(made);
  std::shared_ptr<catalog::Catalog> next = annotated->Edit();
  next->set_version(loaded->version() + 1);
  auto after = std::make_shared<Definitions>();
  after->catalog = next;
  ALLOD_ASSIGN_OR_RETURN(after->graph, ownership::Graph::Build(after->catalog, database_->engine().dialect()));
  ALLOD_RETURN_IF_ERROR(ownership::CheckSchema(*after->graph, 0));
  ALLOD_RETURN_IF_ERROR(catalog::SaveNative(*loaded, *annotated, *writer_));
  for (const std::string& text : planner::NativeKeyIndexes(*after->catalog, [&](const catalog::Constraint& key) {
         return after->graph->EdgeOf(&key) != nullptr || after->graph->IsOwned(key.target);
       })) {
    ALLOD_RETURN_IF_ERROR(writer_->Script(text));
  }
  const std::shared_ptr<const engine::Watch> watch = after->graph->full_watch();
  ALLOD_RETURN_IF_ERROR(writer_->PrepareWatches(watch == nullptr ? std::span<const engine::TableWatch>() : watch->tables));
  return std::shared_ptr<const Definitions>(std::move(after));
}

// Writers that go by the older definitions are waited for, and then looked at: their rows must bear the new ones too.
Status SessionImpl::LockForJudgement(const ownership::Graph& graph, const std::set<Oid>& tables) {
  std::set<Oid> locked = tables;
  for (Oid table : tables) {
    for (const ownership::Edge* edge : graph.EdgesInto(table)) locked.insert(edge->holder);
  }
  std::string names;
  for (Oid oid : locked) {
    const catalog::Table* table = graph.catalog().FindTable(oid);
    if (table == nullptr || table->kind != catalog::Table::Kind::kTable) continue;
    names += (names.empty() ? "" : ", ") + QualifiedName(graph.catalog(), *table);
  }
  return names.empty() ? Ok() : writer_->Script("LOCK TABLE " + names + " IN SHARE ROW EXCLUSIVE MODE");
}

// TRUNCATE is not captured row by row: whatever the tables' rows owned is looked at whole.
Status SessionImpl::RecheckTruncated(const PgQuery__TruncateStmt& truncate, const Definitions& now) {
  std::set<Oid> emptied;
  std::vector<Oid> queue;
  for (size_t i = 0; i < truncate.n_relations; ++i) {
    const PgQuery__RangeVar& var = *truncate.relations[i]->range_var;
    const catalog::Table* table = nullptr;
    if (var.schemaname != nullptr && *var.schemaname != '\0') {
      table = now.catalog->FindTable(var.schemaname, var.relname);
    } else {
      for (const std::string& schema : settings_.search_path()) {
        if (table == nullptr) table = now.catalog->FindTable(schema, var.relname);
      }
    }
    if (table != nullptr) queue.push_back(table->oid);
  }
  const bool cascade = truncate.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  while (!queue.empty()) {
    const Oid table = queue.back();
    queue.pop_back();
    if (!emptied.insert(table).second || !cascade) continue;
    for (const ownership::Reference& reference : now.graph->ReferencesTo(table)) queue.push_back(reference.holder->oid);
  }
  for (Oid table : emptied) {
    for (Oid owned : now.graph->OwnedDownstream(table)) {
      if (!emptied.contains(owned) && now.graph->IsOwned(owned)) recheck_.insert(owned);
    }
  }
  return Ok();
}

}  // namespace allod::session
