#include "engine/postgres/transaction.h"

#include <algorithm>
#include <utility>

#include "engine/postgres/cursor.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/triggers.h"

namespace allod::engine::postgres {
namespace {

Connection::Standard BeginOf(Mode mode, Isolation isolation) {
  using Standard = Connection::Standard;
  if (mode == Mode::kSnapshot) {
    return isolation == Isolation::kSerializable ? Standard::kBeginSerializableSnapshot : Standard::kBeginSnapshot;
  }
  switch (isolation) {
    case Isolation::kRepeatableRead: return Standard::kBeginRepeatableRead;
    case Isolation::kSerializable: return Standard::kBeginSerializable;
    default: return Standard::kBeginReadCommitted;
  }
}

Status ReadOnly(const char* what) {
  return Fail(sqlstate::kReadOnlySqlTransaction, std::string("cannot execute ") + what + " in a read-only transaction");
}

std::string Numbered(const char* text, int number) { return text + std::to_string(number); }

}  // namespace

PostgresTransaction::PostgresTransaction(std::shared_ptr<Shared> shared, Mode mode, Isolation isolation, Turn turn, Lease* lease)
    : shared_(std::move(shared)), mode_(mode), isolation_(isolation), turn_(std::move(turn)), lease_(lease) {}

Status PostgresTransaction::CheckUsable() const {
  if (over_) return TransactionOver();
  if (lost_) return ConnectionLost();
  return failed_ ? TransactionFailed() : Ok();
}

Result<Connection*> PostgresTransaction::Ready() {
  if (active_ != nullptr) ALLOD_RETURN_IF_ERROR(active_->ReadAhead(shared_->leases->options().read_ahead_bytes));
  // Reading ahead may have met the end of the transaction.
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (begun_) return lease_->connection();
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, lease_->Idle());
  if (traces_) connection->traces = true;
  return connection;
}

Result<std::unique_ptr<Cursor>> PostgresTransaction::Run(std::string_view text, std::span<const Parameter> parameters,
                                                         ExecContext* context, std::span<const Oid> types) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (capture_.watch() != checked_) ALLOD_RETURN_IF_ERROR(CheckWatch());
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, Ready());
  StartRunning(*connection);
  attempt_.again = false;
  auto prepared = Prepare(*connection, text, types);
  Status status = prepared.ok() ? connection->arguments().Encode((*prepared)->parameters, parameters) : std::move(prepared).status();
  if (!status.ok()) {
    StopRunning();
    return status;
  }
  attempt_.prepared = *std::move(prepared);
  attempt_.parameters.assign(parameters.begin(), parameters.end());
  Send(*connection);
  return std::unique_ptr<Cursor>(new PostgresCursor(*this, attempt_.prepared, context));
}

void PostgresTransaction::Send(Connection& connection) {
  SendPreamble(connection);
  connection.Statement(*attempt_.prepared, connection.arguments());
  connection.Sync();
}

Result<std::shared_ptr<const Prepared>> PostgresTransaction::Prepare(Connection& connection, std::string_view text,
                                                                     std::span<const Oid> types) {
  const int path = connection.settings().PathOf(settings_);
  const uint64_t epoch = shared_->epoch.load(std::memory_order_relaxed);
  if (std::shared_ptr<const Prepared> known = connection.statements().Find(path, types, text)) {
    if (known->epoch == epoch) return known;
    connection.statements().Drop(*known);
  }
  ALLOD_RETURN_IF_ERROR(Connection::CheckText(text));
  // The names in it depend on the settings. Outside of a transaction it is one by itself.
  if (begun_) {
    SendPreamble(connection);
  } else {
    SendSettings(connection);
  }
  auto prepared = connection.Prepare(text, types, path, epoch);
  Answered(connection, prepared.ok());
  if (!begun_ && prepared.ok()) connection.settings().Committed();
  if (!begun_ && !prepared.ok()) connection.settings().RolledBack();
  if (connection.broken()) return Lost(std::move(prepared).status());
  return prepared;
}

Result<StatementShape> PostgresTransaction::Describe(std::string_view text, std::span<const Oid> types) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, Ready());
  StartRunning(*connection);
  auto prepared = Prepare(*connection, text, types);
  StopRunning();
  if (!prepared.ok()) return std::move(prepared).status();
  return (*prepared)->shape;
}

bool PostgresTransaction::SendSettings(Connection& connection) {
  AppliedSettings& applied = connection.settings();
  if (applied.UpToDate(settings_)) return false;
  const AppliedSettings::Changes changes = applied.Difference(settings_.get());
  for (const auto& [name, value] : changes.set) connection.Control("SELECT pg_catalog.set_config($1, $2, false)", {name, value});
  for (const std::string& name : changes.reset) connection.Control(("RESET \"" + name + "\"").c_str());
  applied.Applied(settings_, changes, true);
  return !changes.empty();
}

void PostgresTransaction::SendPreamble(Connection& connection) {
  attempt_.began = false;
  if (mode_ != Mode::kRead && !begun_) {
    connection.Control(BeginOf(mode_, isolation_));
    begun_ = attempt_.began = true;
  }
  for (const std::string& control : pending_) connection.Control(control.c_str());
  if (mode_ == Mode::kWrite) {
    if (const std::string* number = capture_.ToSay()) connection.Control("SELECT pg_catalog.set_config('allod.capture', $1, true)", {*number});
  }
  attempt_.before = std::move(pending_);
  pending_.clear();
  SendSettings(connection);
}

Status PostgresTransaction::Now(const char* control) {
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, Ready());
  SendPreamble(*connection);
  connection->Control(control);
  connection->Sync();
  Status status = connection->Finish();
  Answered(*connection, status.ok());
  return connection->broken() ? Lost(std::move(status)) : status;
}

Status PostgresTransaction::Again(Connection& connection, Status stale) {
  connection.statements().Drop(*attempt_.prepared);
  connection.ForgetStandards();
  if (std::exchange(attempt_.again, true) || (mode_ != Mode::kRead && !attempt_.began)) {
    return Fail(sqlstate::kSerializationFailure, "could not serialize access due to a concurrent change of definitions")
        .Detail("The cluster says: " + stale.error().message + ".")
        .Hint("Run the transaction again.");
  }
  // Nothing has run but what was sent with it.
  if (mode_ == Mode::kRead) {
    connection.settings().RolledBack();
  } else {
    ALLOD_RETURN_IF_ERROR(connection.Script("ROLLBACK"));
    connection.settings().RolledBack();
    begun_ = failed_ = false;
    pending_ = std::move(attempt_.before);
  }
  const std::shared_ptr<const Prepared> old = std::move(attempt_.prepared);
  ALLOD_ASSIGN_OR_RETURN(attempt_.prepared, Prepare(connection, old->text, old->types));
  ALLOD_RETURN_IF_ERROR(connection.arguments().Encode(attempt_.prepared->parameters, attempt_.parameters));
  Send(connection);
  return Ok();
}

void PostgresTransaction::Answered(Connection& connection, bool ok) {
  if (connection.broken()) return;
  if (mode_ == Mode::kRead) {
    if (ok) connection.settings().Committed(); else connection.settings().RolledBack();
  } else if (begun_) {
    failed_ = failed_ || connection.in_failed_transaction();
  }
}

Status PostgresTransaction::Lost(Status status) {
  lost_ = true;
  active_ = nullptr;
  return status;
}

void PostgresTransaction::Done(std::string_view tag) {
  if (mode_ != Mode::kWrite) return;
  capture_.Ran();
  if (!tag.starts_with("SELECT") && !tag.starts_with("SHOW") && !tag.starts_with("SET")) wrote_ = true;
  if (!tag.starts_with("CREATE") && !tag.starts_with("ALTER") && !tag.starts_with("DROP")) return;
  definitions_ = true;
  shared_->epoch.fetch_add(1, std::memory_order_relaxed);
}

Status PostgresTransaction::Script(std::string_view text) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, Ready());
  StartRunning(*connection);
  SendPreamble(*connection);
  connection->Sync();
  Status status = connection->Finish();
  if (status.ok()) status = connection->Script(std::string(text));
  StopRunning();
  Answered(*connection, status.ok());
  if (connection->broken()) return Lost(std::move(status));
  Done("CREATE");
  return status;
}

std::vector<Error> PostgresTransaction::TakeNotices() {
  Connection* connection = lease_->connection();
  return connection == nullptr ? std::vector<Error>() : std::exchange(connection->notices(), {});
}

Status PostgresTransaction::DeferForeignKeys(bool on) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (mode_ != Mode::kWrite) return ReadOnly("SET CONSTRAINTS");
  if (!on) return Now("SET CONSTRAINTS ALL IMMEDIATE");  // checks what waits to be checked
  pending_.emplace_back("SET CONSTRAINTS ALL DEFERRED");
  return Ok();
}

void PostgresTransaction::SetWatch(std::shared_ptr<const Watch> watch) {
  if (mode_ == Mode::kWrite && !over_) capture_.Watch(std::move(watch));
}

void PostgresTransaction::ClearChanges() { capture_.Clear(); }

Result<const std::vector<Change>*> PostgresTransaction::Changes() {
  if (!capture_.watched() || over_ || lost_ || failed_ || !begun_) {
    capture_.Forget();
    return &capture_.changes();
  }
  if (active_ != nullptr) ALLOD_RETURN_IF_ERROR(active_->ReadAhead(shared_->leases->options().read_ahead_bytes));
  if (failed_ || lost_) {
    capture_.Forget();
  } else if (capture_.stale()) {
    ALLOD_ASSIGN_OR_RETURN(std::vector<Row> rows, Query(kReadNotes, {}));
    if (!rows.empty() && !rows[0][2].is_null() && rows[0][2].bytes() != "" && rows[0][2].bytes() != "0") {
      ALLOD_ASSIGN_OR_RETURN(rows, Query(kReadManyNotes, {}));
    }
    if (rows.size() != 1) return Fail(sqlstate::kInternalError, "engine: the notes of the capture triggers cannot be read");
    ALLOD_RETURN_IF_ERROR(capture_.Read(rows[0][0].bytes(), rows[0][1].bytes()));
  }
  return &capture_.changes();
}

Status PostgresTransaction::CheckWatch() {
  const Watch* watch = capture_.watch();
  const uint64_t epoch = shared_->epoch.load(std::memory_order_relaxed);
  std::shared_ptr<const CapturedColumns> captured;
  {
    std::lock_guard lock(shared_->captured_mutex);
    if (shared_->captured_epoch == epoch) captured = shared_->captured;
  }
  if (watch != nullptr && (captured == nullptr || !Covers(*captured, *watch))) {
    ALLOD_ASSIGN_OR_RETURN(const std::vector<ExistingCapture> existing, FindCaptures());
    captured = std::make_shared<CapturedColumns>(ColumnsOf(existing));
    {
      std::lock_guard lock(shared_->captured_mutex);
      shared_->captured = captured;
      shared_->captured_epoch = epoch;
    }
    if (!Covers(*captured, *watch)) {
      return Fail(sqlstate::kInternalError, "engine: the capture triggers do not note what is watched").Constraint(std::string(kStaleSchema));
    }
  }
  checked_ = watch;
  return Ok();
}

Result<std::vector<ExistingCapture>> PostgresTransaction::FindCaptures() {
  ALLOD_ASSIGN_OR_RETURN(const std::vector<Row> rows, Query(kFindCaptures, {}));
  std::vector<ExistingCapture> existing;
  for (const Row& row : rows) existing.push_back({static_cast<Oid>(row[0].integer()), row[1].bytes(), row[2].bytes()});
  return existing;
}

Status PostgresTransaction::PrepareWatches(std::span<const TableWatch> tables) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (mode_ != Mode::kWrite) return ReadOnly("CREATE TRIGGER");
  Relation pairs{2, {}};
  std::vector<const TableWatch*> of;
  for (const TableWatch& table : tables) {
    for (const std::string& column : table.columns) pairs.rows.push_back({Value::Text(table.table), Value::Text(column)});
    if (table.columns.empty()) pairs.rows.push_back({Value::Text(table.table), Value()});
    of.resize(pairs.rows.size(), &table);
  }
  const Parameter parameter = &pairs;
  ALLOD_ASSIGN_OR_RETURN(const std::vector<Row> found, Query(kFindColumns, {&parameter, 1}));
  std::vector<CapturedTable> wanted;
  for (size_t i = 0; i < found.size(); ++i) {
    const Row& row = found[i];
    if (row[1].is_null() || (!row[4].is_null() && row[5].is_null())) {
      return Fail(sqlstate::kInternalError, "engine: a table or column to be watched is not there: " + of[i]->table)
          .Constraint(std::string(kStaleSchema));
    }
    if (i == 0 || of[i] != of[i - 1]) {
      wanted.push_back({of[i]->table, row[2].bytes(), static_cast<Oid>(row[1].integer()), row[3].integer() != 0, {}});
    }
    if (!row[4].is_null()) wanted.back().columns.push_back({row[4].bytes(), static_cast<Oid>(row[5].integer()), row[6].integer() != 0});
  }
  ALLOD_ASSIGN_OR_RETURN(const std::vector<ExistingCapture> existing, FindCaptures());
  ALLOD_ASSIGN_OR_RETURN(const std::vector<Row> functions, Query(kFindFunctions, {}));
  std::vector<Oid> oids;
  for (const Row& row : functions) oids.push_back(static_cast<Oid>(row[0].integer()));
  const std::string script = TriggerScript(wanted, existing, oids);
  return script.empty() ? Ok() : Script(script);
}

Result<std::vector<Row>> PostgresTransaction::Query(std::string_view text, std::span<const Parameter> parameters) {
  // Before the session's settings are looked at: these texts mean the same under all of them.
  ALLOD_ASSIGN_OR_RETURN(Connection * connection, Ready());
  StartRunning(*connection);
  auto prepared = Prepare(*connection, text, {});
  Status status = prepared.ok() ? connection->arguments().Encode((*prepared)->parameters, parameters) : std::move(prepared).status();
  if (!status.ok()) {
    StopRunning();
    return status;
  }
  attempt_.prepared = *std::move(prepared);
  attempt_.parameters.assign(parameters.begin(), parameters.end());
  Send(*connection);
  PostgresCursor cursor(*this, attempt_.prepared, nullptr);
  std::vector<Row> rows;
  while (true) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor.Next());
    if (!more) return rows;
    Row& row = rows.emplace_back();
    for (int i = 0; i < cursor.columns(); ++i) row.emplace_back(cursor.column(i));
  }
}

Status PostgresTransaction::Savepoint(int number) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (mode_ == Mode::kRead) return Ok();  // nothing to come back to
  pending_.push_back(Numbered("SAVEPOINT s", number));
  savepoints_.push_back(number);
  return Ok();
}

Status PostgresTransaction::Release(int number) {
  ALLOD_RETURN_IF_ERROR(CheckUsable());
  if (mode_ == Mode::kRead) return Ok();
  pending_.push_back(Numbered("RELEASE s", number));
  while (!savepoints_.empty() && savepoints_.back() >= number) savepoints_.pop_back();
  return Ok();
}

Status PostgresTransaction::RollbackTo(int number) {
  if (over_) return TransactionOver();
  if (lost_) return ConnectionLost();
  if (mode_ == Mode::kRead) return Ok();
  const std::string text = Numbered("ROLLBACK TO s", number);
  if (!begun_) {
    pending_.push_back(text);
  } else {
    if (active_ != nullptr) ALLOD_RETURN_IF_ERROR(active_->ReadAhead(shared_->leases->options().read_ahead_bytes));
    if (lost_) return ConnectionLost();
    Connection& here = connection();
    // In a failed transaction nothing waits: what was said since it failed was refused.
    for (const std::string& control : pending_) here.Control(control.c_str());
    pending_.clear();
    here.Control(text.c_str());
    here.Sync();
    Status status = here.Finish();
    if (here.broken()) return Lost(std::move(status));
    failed_ = here.in_failed_transaction();
    here.settings().RolledBackTo();
    capture_.RolledBack();
    if (definitions_) shared_->epoch.fetch_add(1, std::memory_order_relaxed);
    if (!status.ok()) return status;
  }
  while (!savepoints_.empty() && savepoints_.back() > number) savepoints_.pop_back();
  return Ok();
}

Result<CommitNumber> PostgresTransaction::Commit() {
  if (over_) return TransactionOver();
  if (lost_) {
    End();
    return ConnectionLost();
  }
  const bool was_failed = failed_;
  if (active_ != nullptr) Abandon(mode_ != Mode::kWrite);
  CloseCursors();
  // Cutting a result short fails a snapshot on the cluster's side; it has nothing to lose.
  if (failed_ && (mode_ == Mode::kWrite || was_failed)) {
    End();
    return TransactionFailed();
  }
  if (begun_ && !lost_ && !failed_) {
    Connection& here = connection();
    std::string text = "COMMIT";
    if (version_ >= 0) text = "SELECT allod.assert_version(" + std::to_string(version_) + "); COMMIT";
    Status status = here.Script(text);
    if (here.broken()) {
      (void)Lost(Ok());
      End();
      return mode_ == Mode::kWrite ? OutcomeUnknown() : status;
    }
    if (status.ok()) here.settings().Committed();
    if (!here.in_transaction()) begun_ = false;
    if (!status.ok()) {
      if (!begun_) here.settings().RolledBack();
      End();
      return status;
    }
  }
  const bool counts = wrote_;
  if (counts) shared_->commits.fetch_add(1, std::memory_order_relaxed);
  End();
  return CommitNumber{shared_->commits.load(std::memory_order_relaxed)};
}

void PostgresTransaction::StartRunning(Connection& connection) {
  std::lock_guard lock(running_mutex_);
  running_ = &connection;
  interrupted_.store(false, std::memory_order_relaxed);
}

void PostgresTransaction::StopRunning() {
  std::lock_guard lock(running_mutex_);
  running_ = nullptr;
}

void PostgresTransaction::Interrupt() {
  // Holding the lock, so that the statement that is cancelled cannot end and be followed by another one meanwhile: a
  // cancellation has reached the server process when Cancel() returns.
  std::lock_guard lock(running_mutex_);
  interrupted_.store(true, std::memory_order_relaxed);
  if (running_ != nullptr) running_->Cancel();
}

void PostgresTransaction::CloseCursors() {
  for (PostgresCursor* cursor : cursors_) cursor->Close();
  cursors_.clear();
}

void PostgresTransaction::Abandon(bool may_cancel) {
  Connection& here = connection();
  std::exchange(active_, nullptr)->Abandoned();
  if (!may_cancel && mode_ == Mode::kRead) {
    // Mostly it is a row or two; a long result is not worth waiting for.
    constexpr int kFew = 100;
    may_cancel = true;
    if (here.ReadControls().ok()) {
      for (int i = 0; i < kFew && here.busy(); ++i) (void)here.ReadRow();
    }
  }
  if (may_cancel && here.busy()) here.Cancel();
  here.Discard();
  StopRunning();
  if (here.broken()) {
    (void)Lost(Ok());
    return;
  }
  if (mode_ == Mode::kRead) {
    // Done or not: what was set with it may or may not be there.
    here.settings().RolledBackTo();
    here.settings().Committed();
  } else {
    failed_ = failed_ || here.in_failed_transaction();
    capture_.Ran();
    wrote_ = wrote_ || mode_ == Mode::kWrite;
  }
}

void PostgresTransaction::End() {
  if (over_) return;
  over_ = true;
  if (active_ != nullptr && !lost_) Abandon(true);
  CloseCursors();
  if (begun_ && !lost_) {
    Connection& here = connection();
    (void)here.Script("ROLLBACK");
    here.settings().RolledBack();
  }
  if (traces_ && lease_->connection() != nullptr) lease_->connection()->traces = true;
  if (definitions_) shared_->epoch.fetch_add(1, std::memory_order_relaxed);
}

Turn PostgresTransaction::TakeTurn() {
  End();
  return std::move(turn_);
}

}  // namespace allod::engine::postgres
