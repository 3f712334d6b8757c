// The main path. A simple Query, an extended Execute and SQL's EXECUTE all come through SessionImpl::Execute:
//
//   compiled under today's definitions -> allowed in this transaction? -> the writer's turn, if it writes
//   -> the engine runs it -> rows to the client.   The commit, with its checks, is transaction.cc's.
#include "base/clock.h"
#include "catalog/system_relations.h"
#include "planner/ddl.h"
#include "session/session_impl.h"
#include "session/utility.h"

namespace allod::session {

Result<Progress> SessionImpl::Execute(Portal& portal_base, Sink& sink, int64_t max_rows) {
  auto& portal = static_cast<PortalImpl&>(portal_base);
  if (portal.state == PortalImpl::State::kAbandoned) {
    return Fail(sqlstate::kInvalidCursorState, "the transaction of this portal has ended");
  }
  if (portal.state == PortalImpl::State::kDone) {
    sink.Done(portal.compiled->plan ? "SELECT 0" : "");
    return Progress::kDone;
  }
  wants_brief_turn_ = false;
  Result<Progress> progress = Dispatch(portal, sink, max_rows);
  if (!progress.ok() && context_.lock_wanted) return WaitForLock(portal);
  if (progress.ok() && *progress == Progress::kNeedsTurn) progress = WaitForTurn();
  if (!progress.ok()) {
    portal.cursor.reset();
    portal.reader.reset();
    portal.state = PortalImpl::State::kDone;
    return Explain(std::move(std::move(progress).status().error()), portal);
  }
  if (*progress == Progress::kDone) {
    portal.cursor.reset();
    portal.reader.reset();
    portal.state = PortalImpl::State::kDone;
  }
  return progress;
}

namespace {

// What the client was told by Describe must still hold.
bool SameShape(const Compiled& a, const Compiled& b) {
  const auto& left = a.description.columns;
  const auto& right = b.description.columns;
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& x, const auto& y) { return x.type == y.type && x.name == y.name; });
}

std::string_view OutputFunction(Oid type) {
  switch (type) {
    case oid::kRegclass: return "regclass_out";
    case oid::kRegtype: return "regtype_out";
    case oid::kRegproc: return "regproc_out";
    case oid::kRegnamespace: return "regnamespace_out";
    case oid::kRegrole: return "regrole_out";
    default: return "";
  }
}

}  // namespace

Result<Progress> SessionImpl::Dispatch(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  if (portal.state == PortalImpl::State::kNew) {
    if (failed_ && !(portal.compiled != nullptr && portal.compiled->statement == nullptr)) {
      const PgQuery__Node* node = portal.prepared->statement != nullptr ? portal.prepared->statement->node
                                  : portal.prepared->compiled != nullptr && portal.prepared->compiled->statement != nullptr
                                      ? portal.prepared->compiled->statement->node
                                      : nullptr;
      if (!Allowed(node)) {
        return Fail(sqlstate::kInFailedSqlTransaction,
                    "current transaction is aborted, commands ignored until end of transaction block");
      }
    }
    ALLOD_ASSIGN_OR_RETURN(CompiledPtr compiled, Current(*portal.prepared));
    // A simple query was not described before, so it may have changed.
    if (!portal.prepared->simple && portal.compiled != nullptr && compiled != portal.compiled && !SameShape(*compiled, *portal.compiled)) {
      return Fail(sqlstate::kFeatureNotSupported, "cached plan must not change result type");
    }
    portal.compiled = std::move(compiled);
    if (portal.compiled->statement == nullptr) {
      sink.Done("");
      return Progress::kDone;
    }
    StartStatement(portal);
  }
  const Compiled& compiled = *portal.compiled;
  context_.SetDefinitions(compiled.definitions);
  if (compiled.plan != nullptr) return RunPlan(portal, sink, max_rows);
  if (compiled.statement->node == nullptr) return RunOwn(portal, sink, max_rows);
  if (native_ && !IsSessionStatement(compiled.statement->node)) return RunNativeDefinition(portal, sink);
  if (planner::IsDefinition(*compiled.statement)) return RunDefinition(portal, sink);
  return RunUtility(portal, sink, max_rows);
}

void SessionImpl::StartStatement(const PortalImpl& portal) {
  context_.StartLocks(&portal);
  context_.statement_start_us = NowMicroseconds();
  int64_t transaction_start = context_.format.now_us;
  context_.format = settings_.format();
  context_.format.now_us = transaction_start;
  activity_->Begin(portal.prepared->text, transaction_start, context_.statement_start_us);
  if (settings_.Bool("allod.auto_ctx") && !explicit_) {
    explicit_ = auto_ctx_ = true;
    snapshot_ = read_only_ = false;
  }
}

// In a failed transaction only its end is allowed.
bool SessionImpl::Allowed(const PgQuery__Node* node) const {
  if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_TRANSACTION_STMT) return false;
  switch (node->transaction_stmt->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO: return true;
    default: return false;
  }
}

namespace {

constexpr size_t kSmallValues = 64 * 1024;  // of a brief statement, in bytes

bool IsSmall(const Row& values) {
  size_t bytes = 0;
  for (const Value& value : values) bytes += value.view().bytes.size();
  return bytes <= kSmallValues;
}

}  // namespace

Result<Progress> SessionImpl::RunPlan(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  if (portal.state == PortalImpl::State::kNew) {
    const planner::Plan& plan = *portal.compiled->plan;
    if (read_only_ && plan.bound->writes) {
      return Fail(sqlstate::kReadOnlySqlTransaction, "cannot execute " + plan.tag.substr(0, plan.tag.find(' ')) + " in a read-only transaction");
    }
    bool writes = plan.needs_turn || (explicit_ && snapshot_ && !read_only_);
    // Rows that may be fetched later, after other statements, need a transaction that lasts until then.
    if (native_ && (explicit_ || max_rows > 0)) writes = true;
    if (writes && LacksTurn()) {
      wants_brief_turn_ = plan.brief && !explicit_ && max_rows == 0 && IsSmall(portal.values);
      return Progress::kNeedsTurn;
    }
    if (writes && writer_ == nullptr) {
      brief_ = turn_.brief();
      ALLOD_RETURN_IF_ERROR(EnsureWriter());
      // Whoever had the turn before may have changed the definitions while this statement waited.
      ALLOD_ASSIGN_OR_RETURN(portal.compiled, Current(*portal.prepared));
      context_.SetDefinitions(portal.compiled->definitions);
      if (brief_ && !portal.compiled->plan->brief) {
        // Not under the new definitions: it must not keep others waiting.
        writer_.reset();
        brief_ = false;
        return Progress::kNeedsTurn;
      }
    }
    ALLOD_RETURN_IF_ERROR(OpenCursor(portal));
    portal.state = PortalImpl::State::kRunning;
    if (portal.compiled->plan->returns_rows()) sink.Columns(portal.compiled->description.columns);
  }
  Result<Progress> progress = Stream(portal, sink, max_rows);
  if (!progress.ok() && native_ && writer_ == nullptr && !read_only_ && portal.row == 0 &&
      progress.status().error().sqlstate == sqlstate::kReadOnlySqlTransaction) {
    // A function in it writes. It has had no effect; it is run once more in a transaction that may.
    portal.cursor.reset();
    ALLOD_RETURN_IF_ERROR(EnsureWriter());
    ALLOD_RETURN_IF_ERROR(OpenCursor(portal));
    return Stream(portal, sink, max_rows);
  }
  if (!progress.ok() && progress.status().error().constraint == "stale-schema" && writer_ == nullptr && reader_ == nullptr) {
    // A definition was committed between planning and reading; nothing was sent yet.
    portal.cursor.reset();
    portal.reader.reset();
    ALLOD_ASSIGN_OR_RETURN(portal.compiled, Current(*portal.prepared));
    context_.SetDefinitions(portal.compiled->definitions);
    ALLOD_RETURN_IF_ERROR(OpenCursor(portal));
    return Stream(portal, sink, max_rows);
  }
  return progress;
}

Status SessionImpl::OpenCursor(PortalImpl& portal, std::shared_ptr<const engine::Watch> watch) {
  if (native_) return OpenNativeCursor(portal);
  const planner::Plan& plan = *portal.compiled->plan;
  engine::Transaction* transaction = writer_.get();
  if (transaction == nullptr && explicit_ && snapshot_ && read_only_) {
    if (reader_ == nullptr) {
      ALLOD_ASSIGN_OR_RETURN(reader_, database_->engine().Begin(engine::Mode::kSnapshot));
      reader_->MayShowDurable(std::max(visible_, portal.compiled->definitions->commit));
    }
    transaction = reader_.get();
  }
  if (transaction == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(portal.reader, database_->engine().Begin(engine::Mode::kRead));
    transaction = portal.reader.get();
    transaction->MayShowDurable(std::max(visible_, portal.compiled->definitions->commit));
  }
  if (transaction == writer_.get() && plan.bound->target != nullptr) transaction->SetWatch(watch != nullptr ? watch : plan.watch);

  portal.relations.clear();
  portal.relations.reserve(plan.bound->relations.size());
  for (const planner::SystemRelation& wanted : plan.bound->relations) {
    const catalog::SystemRelationInfo* info = catalog::FindSystemRelation(wanted.schema, wanted.name);
    engine::Relation& relation = portal.relations.emplace_back();
    relation.width = static_cast<int>(info->columns.size());
    if (!FillSessionRelation(info->name, &relation.rows) && info->fill != nullptr) info->fill(*portal.compiled->definitions->catalog, context_, &relation.rows);
  }
  std::vector<engine::Parameter> parameters;
  parameters.reserve(plan.sources.size());
  for (const planner::Plan::Source& source : plan.sources) {
    if (source.kind == planner::Plan::Source::Kind::kParameter) {
      parameters.emplace_back(portal.values[source.index].view());
    } else {
      parameters.emplace_back(&portal.relations[source.index]);
    }
  }
  ALLOD_ASSIGN_OR_RETURN(portal.cursor, transaction->Run(plan.text, parameters, &context_));
  return Ok();
}

Result<Progress> SessionImpl::Stream(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  const planner::Plan& plan = *portal.compiled->plan;
  engine::Cursor& cursor = *portal.cursor;
  engine::Transaction* transaction = portal.reader != nullptr ? portal.reader.get()
                                     : writer_ != nullptr     ? writer_.get()
                                                              : reader_.get();
  // Cancel() may interrupt exactly this stretch, never a later statement.
  struct Running {
    SessionImpl& session;
    Running(SessionImpl& s, engine::Transaction* t) : session(s) { std::lock_guard lock(s.running_mutex_); s.running_ = t; }
    ~Running() { std::lock_guard lock(session.running_mutex_); session.running_ = nullptr; }
  } running(*this, transaction);

  const std::vector<planner::ResultColumn>& columns = portal.compiled->description.columns;
  std::vector<Datum> values(columns.size());
  std::vector<size_t> named;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!OutputFunction(columns[i].type.oid).empty()) named.push_back(i);
  }
  allod::Row texts(named.empty() ? 0 : columns.size());
  int64_t rows = 0;
  bool more = true;
  while (max_rows == 0 || rows < max_rows) {
    ALLOD_ASSIGN_OR_RETURN(more, cursor.Next());
    if (!more) break;
    if (portal.skip > 0) {
      --portal.skip;
      ++portal.row;
      continue;
    }
    for (size_t i = 0; i < values.size(); ++i) values[i] = cursor.column(static_cast<int>(i));
    for (size_t i : named) {
      // An object identifier is shown by name, which only the catalogue knows; its number stays for the binary format.
      if (values[i].is_null() || values[i].kind != Kind::kInteger) continue;
      ALLOD_ASSIGN_OR_RETURN(texts[i], catalog::CallCatalogFunction(*portal.compiled->definitions->catalog, context_,
                                                                    OutputFunction(columns[i].type.oid), {&values[i], 1}));
      values[i].bytes = texts[i].bytes();
    }
    ++rows;
    ++portal.row;
    if (!sink.Row(values) && !brief_) break;
  }
  // Whatever it has shown must be on disk before anybody is told.
  if (portal.reader != nullptr && !more) {
    ALLOD_ASSIGN_OR_RETURN(engine::CommitNumber shown, portal.reader->Commit());
    visible_ = std::max(visible_, shown);
  } else if (portal.reader != nullptr || transaction == reader_.get() || portal.row > 0) {
    visible_ = std::max(visible_, database_->engine().VisibleNumber());
  }
  if (more) return Progress::kSuspended;
  if (native_) ALLOD_RETURN_IF_ERROR(FinishNative(plan, *transaction, sink));
  bool counts_rows = plan.bound->kind == planner::StatementKind::kSelect;
  int64_t count = counts_rows ? static_cast<int64_t>(max_rows > 0 ? rows : portal.row) : cursor.affected();
  ReportChanges(sink);
  if (native_ && !(counts_rows && max_rows > 0)) {
    sink.Done(cursor.tag());
  } else {
    sink.Done(plan.tag + " " + std::to_string(count));
  }
  return Progress::kDone;
}

// Rows that are already there: SHOW, EXPLAIN, GDPR GET.
Result<Progress> SessionImpl::StreamSets(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  portal.state = PortalImpl::State::kRunning;
  std::vector<Datum> values;
  int64_t rows = 0;
  for (; portal.set < portal.sets.size(); ++portal.set, portal.row = 0) {
    PortalImpl::ResultSet& set = portal.sets[portal.set];
    if (portal.row == 0) {
      for (const Error& notice : set.notices) sink.Notice(notice);
      if (!set.columns.empty()) sink.Columns(set.columns);
    }
    while (portal.row < set.rows.size()) {
      if (max_rows > 0 && rows == max_rows) return Progress::kSuspended;
      Row& row = set.rows[portal.row++];
      values.assign(row.begin(), row.end());
      ++rows;
      if (!sink.Row(values)) return Progress::kSuspended;
    }
    sink.Done(set.tag);
  }
  return Progress::kDone;
}

void SessionImpl::ReportChanges(Sink& sink) {
  for (const Error& notice : std::exchange(context_.notices, {})) sink.Notice(notice);
  if (!context_.settings_changed) return;
  context_.settings_changed = false;
  for (const auto& [name, value] : ReportedParameters()) sink.ParameterChanged(name, value);
}

}  // namespace allod::session
