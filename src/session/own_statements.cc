// GDPR GET, GDPR FORGET, EXPLAIN GDPR, EXPLAIN COMPLIANCE and VERIFY, run.
#include "base/format.h"
#include "base/jsonb.h"
#include "ownership/graph.h"
#include "rights/rights.h"
#include "session/gdpr.h"
#include "session/session_impl.h"
#include "session/verify.h"

namespace allod::session {
namespace {

std::vector<planner::ResultColumn> ColumnsOf(const catalog::Table& table) {
  std::vector<planner::ResultColumn> columns;
  for (const catalog::Column& column : table.columns) columns.push_back({column.name, column.type, table.oid, column.number});
  return columns;
}

std::string AsJson(const catalog::Table& table, const Row& row, const FormatContext& format) {
  std::string json = "{";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) json += ", ";
    AppendJsonString(table.columns[i].name, &json);
    json += ": ";
    if (row[i].is_null()) json += "null";
    else AppendJson(table.columns[i].type, row[i], format, &json);
  }
  return json + "}";
}

}  // namespace

Result<Progress> SessionImpl::RunVerify(PortalImpl& portal, const sql::VerifyStatement& statement, Sink& sink, int64_t max_rows) {
  const Compiled& compiled = *portal.compiled;
  const Definitions& definitions = *compiled.definitions;
  if (native_) return Unsupported("VERIFY is not supported on a cluster", "Use what the cluster has for it, as amcheck.");
  const catalog::Role* role = definitions.catalog->FindRole(context_.user);
  if (role == nullptr || !role->superuser) return Fail(sqlstate::kInsufficientPrivilege, "permission denied: only superusers may verify the database");
  const catalog::Table* only = nullptr;
  if (!statement.table.empty()) {
    only = definitions.catalog->FindTable(statement.schema, statement.table);
    const int position = compiled.parsed->OriginalPosition(statement.table_location);
    if (only == nullptr) return Fail(sqlstate::kUndefinedTable, "relation \"" + statement.table + "\" does not exist").At(position);
    if (only->kind != catalog::Table::Kind::kTable) return Fail(sqlstate::kWrongObjectType, "\"" + only->name + "\" is not a table").At(position);
  }
  // In a transaction that writes: what it sees. Else one state, whatever is committed meanwhile.
  engine::Transaction* transaction = writer_ != nullptr ? writer_.get() : reader_.get();
  if (transaction == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(portal.reader, database_->engine().Begin(engine::Mode::kSnapshot));
    portal.reader->MayShowDurable(std::max(visible_, definitions.commit));
    transaction = portal.reader.get();
  }
  PortalImpl::ResultSet result;
  result.columns = compiled.description.columns;
  result.tag = "VERIFY";
  struct Running {
    SessionImpl& session;
    Running(SessionImpl& s, engine::Transaction* t) : session(s) { std::lock_guard lock(s.running_mutex_); s.running_ = t; }
    ~Running() { std::lock_guard lock(session.running_mutex_); session.running_ = nullptr; }
  };
  {
    Running running(*this, transaction);
    int64_t faults = 0;
    const auto text = [](const std::string& s) { return s.empty() ? Value::Null() : Value::Text(s); };
    ALLOD_RETURN_IF_ERROR(Verify(*database_, definitions, *transaction, &context_, settings_.format(), only, [&](const VerifyFault& fault) {
      if (++faults <= kMostNamedFaults) result.rows.push_back({text(fault.table), text(fault.key), Value::Text(fault.problem)});
    }));
    if (faults > kMostNamedFaults) result.rows.push_back({Value::Null(), Value::Null(), Value::Text(std::to_string(faults - kMostNamedFaults) + " more faults")});
  }
  if (portal.reader != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(engine::CommitNumber shown, portal.reader->Commit());
    visible_ = std::max(visible_, shown);
    portal.reader.reset();
  } else {
    visible_ = std::max(visible_, database_->engine().VisibleNumber());
  }
  portal.sets.push_back(std::move(result));
  return StreamSets(portal, sink, max_rows);
}

Result<Progress> SessionImpl::RunOwn(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  if (portal.state == PortalImpl::State::kRunning) return StreamSets(portal, sink, max_rows);
  const Compiled* compiled = portal.compiled.get();
  if (std::holds_alternative<sql::AlterOwnershipStatement>(compiled->statement->own)) return native_ ? RunNativeDefinition(portal, sink) : RunDefinition(portal, sink);

  PortalImpl::ResultSet result;
  result.columns = compiled->description.columns;
  if (std::holds_alternative<sql::ExplainComplianceStatement>(compiled->statement->own)) {
    for (const ownership::ComplianceRow& row : ownership::ExplainCompliance(*compiled->definitions->graph)) {
      auto text = [](const std::string& s) { return s.empty() ? Value::Null() : Value::Text(s); };
      result.rows.push_back({Value::Text(row.table), Value::Text(row.kind), text(row.path),
                             row.path.empty() ? Value::Null() : Value::Integer(row.length), text(row.warning)});
    }
    result.tag = "EXPLAIN";
    portal.sets.push_back(std::move(result));
    return StreamSets(portal, sink, max_rows);
  }

  if (const auto* verify = std::get_if<sql::VerifyStatement>(&compiled->statement->own)) return RunVerify(portal, *verify, sink, max_rows);

  const auto* gdpr = &std::get<sql::GdprStatement>(compiled->statement->own);
  bool forget = gdpr->kind == sql::GdprStatement::Kind::kForget;
  bool writes = forget && !gdpr->explain;
  if (writes && read_only_) return Fail(sqlstate::kReadOnlySqlTransaction, "cannot execute GDPR FORGET in a read-only transaction");
  if ((writes || (explicit_ && snapshot_ && !read_only_)) && writer_ == nullptr) {
    if (LacksTurn()) return Progress::kNeedsTurn;
    ALLOD_RETURN_IF_ERROR(EnsureWriter());
    ALLOD_ASSIGN_OR_RETURN(portal.compiled, Current(*portal.prepared));
    compiled = portal.compiled.get();
    context_.SetDefinitions(compiled->definitions);
    gdpr = &std::get<sql::GdprStatement>(compiled->statement->own);
  }
  const ownership::Graph& graph = *compiled->definitions->graph;
  const catalog::Catalog& catalog = *compiled->definitions->catalog;
  ALLOD_ASSIGN_OR_RETURN(rights::SubjectKey subject,
                         SubjectOf(*compiled->parsed, *gdpr, catalog, portal.values, settings_.format()));

  if (native_ && explicit_) ALLOD_RETURN_IF_ERROR(NativeTransaction(true).status());
  engine::Transaction* transaction = writer_.get();
  if (transaction == nullptr) {
    if (reader_ != nullptr && !native_) {
      transaction = reader_.get();
    } else {
      ALLOD_ASSIGN_OR_RETURN(portal.reader, database_->engine().Begin(engine::Mode::kSnapshot, ReclaimTurn()));
      if (native_) portal.reader->UseSettings(engine_settings());
      portal.reader->MayShowDurable(std::max(visible_, compiled->definitions->commit));
      transaction = portal.reader.get();
    }
  }
  struct Running {
    SessionImpl& session;
    Running(SessionImpl& s, engine::Transaction* t) : session(s) { std::lock_guard lock(s.running_mutex_); s.running_ = t; }
    ~Running() { std::lock_guard lock(session.running_mutex_); session.running_ = nullptr; }
  } running(*this, transaction);

  if (forget) {
    if (writes) wrote_ = true;
    if (writes) transaction->SetWatch(ownership::WatchFor(graph, subject.table));
    const bool from_history = writes && journal_ != nullptr;
    if (from_history) journal_->BeginErasure();
    Result<std::vector<rights::Erasure>> done = rights::Forget(graph, subject, *transaction, &context_, gdpr->explain);
    if (from_history && !done.ok()) journal_->AbandonErasure();
    ALLOD_ASSIGN_OR_RETURN(std::vector<rights::Erasure> erased, std::move(done));
    if (from_history) {
      ALLOD_RETURN_IF_ERROR(journal_->EndErasure(*transaction, *catalog.FindTable(subject.table), subject.key));
    }
    for (const rights::Erasure& row : erased) {
      result.rows.push_back({Value::Text(catalog.FindTable(row.table)->name), Value::Integer(row.erased),
                             Value::Integer(row.anonymized), Value::Integer(row.kept)});
    }
    result.tag = gdpr->explain ? "EXPLAIN" : "GDPR FORGET";
    portal.sets.push_back(std::move(result));
  } else {
    ALLOD_ASSIGN_OR_RETURN(std::vector<rights::TableRows> tables, rights::Get(graph, subject, *transaction, &context_));
    for (rights::TableRows& rows : tables) {
      const catalog::Table& table = *catalog.FindTable(rows.table);
      if (gdpr->explain) {
        result.rows.push_back({Value::Text(table.name), Value::Integer(static_cast<int64_t>(rows.rows.size()))});
      } else if (!portal.prepared->simple) {
        for (const Row& row : rows.rows) {
          ALLOD_ASSIGN_OR_RETURN(std::string json, NormalizeJsonb(AsJson(table, row, settings_.format())));
          result.rows.push_back({Value::Text(table.name), Value::Text(std::move(json))});
        }
      } else {
        Error notice{std::string(sqlstate::kSuccess), "table \"" + table.name + "\": " + std::to_string(rows.rows.size()) +
                                                          (rows.rows.size() == 1 ? " row" : " rows")};
        portal.sets.push_back({ColumnsOf(table), std::move(rows.rows), "GDPR GET", {std::move(notice)}});
      }
    }
    result.tag = gdpr->explain ? "EXPLAIN" : "GDPR GET";
    if (gdpr->explain || !portal.prepared->simple || portal.sets.empty()) portal.sets.push_back(std::move(result));
  }
  if (portal.reader != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(engine::CommitNumber shown, portal.reader->Commit());
    visible_ = std::max(visible_, shown);
    if (leases_) turn_ = portal.reader->TakeTurn();
    portal.reader.reset();
  } else {
    visible_ = std::max(visible_, database_->engine().VisibleNumber());
  }
  return StreamSets(portal, sink, max_rows);
}

}  // namespace allod::session
