#include "engine/sqlite/transaction.h"

#include <algorithm>
#include <utility>

#include "engine/sqlite/errors.h"

namespace allod::engine::sqlite {
namespace {

class SqliteCursor;

// A view into the statement's current row.
Datum ColumnOf(sqlite3_stmt* handle, int index) {
  const int type = sqlite3_column_type(handle, index);
  switch (type) {
    case SQLITE_INTEGER: return Datum::Integer(sqlite3_column_int64(handle, index));
    case SQLITE_FLOAT: return Datum::Real(sqlite3_column_double(handle, index));
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
      // Not sqlite3_column_text(): it would copy the value only to put a zero behind it.
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle, index));
      const size_t size = static_cast<size_t>(sqlite3_column_bytes(handle, index));
      const std::string_view view(bytes == nullptr ? "" : bytes, size);
      return type == SQLITE_TEXT ? Datum::Text(view) : Datum::Blob(view);
    }
    default: return Datum::Null();
  }
}

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(Shared& shared, Mode mode, Turn turn, Lease lease)
      : shared_(shared), mode_(mode), turn_(std::move(turn)), lease_(std::move(lease)),
        joined_(mode == Mode::kWrite ? shared.joint.number() : 0), seen_(mode == Mode::kWrite ? shared.durability.visible() : 0) {}
  ~SqliteTransaction() override { End(); }

  Result<std::unique_ptr<Cursor>> Run(std::string_view text, std::span<const Parameter> parameters,
                                      ExecContext* context, std::span<const Oid> types) override;
  Status Script(std::string_view text) override;
  Status DeferForeignKeys(bool on) override;
  void MayShowDurable(CommitNumber at_least) override { at_least_ = at_least; }
  void SetWatch(std::shared_ptr<const Watch> watch) override;
  void Record(std::shared_ptr<const Recording> recording, Recorder* recorder) override;
  Result<const std::vector<Change>*> Changes() override;
  void ClearChanges() override {
    if (lease_) lease_->changes().Clear();
  }
  Status CheckStorage(std::string_view table, ExecContext* context, const FaultFound& found) override;
  Status Savepoint(int number) override;
  Status RollbackTo(int number) override;
  Status Release(int number) override;
  Result<CommitNumber> Commit() override;
  void CommitJointly(Committed done) override;
  bool alive() const override { return !over_ && (mode_ == Mode::kRead || (lease_->in_transaction() && !doomed_)); }
  void Interrupt() override { interrupt_.store(1, std::memory_order_relaxed); }

 private:
  friend class SqliteCursor;

  Status CheckAlive() const;
  // If the newest commit is not durable: makes the connection show the newest that is (durable_view.h). True if so; the
  // connection is then in a transaction.
  bool ShowDurable(Connection& connection);
  Status CheckWrites() const;
  Status Watching();
  // A statement has run: its changes go to the recorder.
  Status TellRecorder();
  // A statement has failed. `changes`: how many were captured when it began.
  Status Failed(Connection& connection, int code, size_t changes);
  Status Controls(std::initializer_list<const char*> texts);
  void SchemaChanged();
  void CloseCursors();
  // What it has changed becomes part of the joint commit, and the transaction is over but for the turn. An error: it is as before.
  Status Join(const Committed& done);
  void LeaveJoint();  // rolled back
  void End();

  Shared& shared_;
  const Mode mode_;
  Turn turn_;
  Lease lease_;  // kSnapshot, kWrite; a kRead transaction lends a connection to each cursor
  const CommitNumber joined_;  // the joint commit (joint_commit.h) that it goes on in; 0: SQLite's transaction is its own
  bool over_ = false;
  bool deferred_ = false;       // DeferForeignKeys, which lasts until SQLite's transaction ends
  bool doomed_ = false;         // must not commit
  bool schema_touched_ = false;
  CommitNumber seen_ = 0;       // the newest commit that a reader may have seen
  CommitNumber at_least_ = UINT64_MAX;  // what it must be shown: the newest, unless told otherwise
  CommitNumber shown_ = 0;      // the durable snapshot that it is shown; 0: the newest commit
  bool ran_ = false;
  std::shared_ptr<const Watch> watch_;
  std::shared_ptr<const Recording> recording_;
  Recorder* recorder_ = nullptr;
  bool telling_ = false;  // the recorder is at work
  InterruptFlag interrupt_{0};
  struct Mark { int number; size_t changes; };
  std::vector<Mark> savepoints_;
  std::vector<SqliteCursor*> cursors_;  // those that have a statement
};

class SqliteCursor final : public Cursor {
 public:
  // `lease` is empty if the connection is the transaction's.
  SqliteCursor(SqliteTransaction& transaction, Lease lease, Connection& connection, Statement& statement,
               ExecContext* context)
      : transaction_(transaction), lease_(std::move(lease)), connection_(&connection), statement_(&statement),
        context_(context), columns_(statement.columns), changes_before_(connection.changes().size()),
        shown_(transaction.shown_) {
    transaction_.cursors_.push_back(this);
  }
  ~SqliteCursor() override { Close(); }

  int columns() const override { return columns_; }
  Result<bool> Next() override;
  Datum column(int index) const override;
  int64_t affected() const override { return affected_; }

  // Gives the statement (and, in a kRead transaction, the connection) back.
  void Close();

 private:
  SqliteTransaction& transaction_;
  Lease lease_;
  Connection* connection_;
  Statement* statement_;  // null once closed
  ExecContext* const context_;
  const int columns_;
  const size_t changes_before_;
  const CommitNumber shown_;  // as the transaction's when this was run; another cursor may be shown something else
  int64_t affected_ = 0;
  bool stepped_ = false;
  bool finished_ = false;      // the statement is; what is in `buffered_` is still to be given out
  std::vector<Row> buffered_;  // what a writing statement returns
  size_t returned_ = 0;
};

Result<bool> SqliteCursor::Next() {
  if (finished_) return returned_ < buffered_.size() ? (++returned_, true) : false;
  if (statement_ == nullptr) return allod::Fail(sqlstate::kInvalidCursorState, "the cursor is closed");
  // Also between two rows; the progress handler looks while SQLite is at work.
  if (transaction_.interrupt_.exchange(0, std::memory_order_relaxed) != 0) {
    Close();
    return ErrorFrom(SQLITE_INTERRUPT, "");
  }
  int rc = SQLITE_OK;
  if (statement_->needs_savepoint && (rc = connection_->Control("SAVEPOINT statement")) != SQLITE_OK) {
    Status failure = connection_->Failure(rc);
    Close();
    return failure;
  }
  // An interrupt, or a limit of memory, would roll back all of a joint commit; who joins one is brief.
  InterruptFlag* interrupt = transaction_.joined_ != 0 ? nullptr : &transaction_.interrupt_;
  rc = connection_->Step(*statement_, context_, interrupt);
  if (!stepped_) {
    stepped_ = true;
    // The statement's snapshot is taken now, so everything in it has its number already.
    transaction_.seen_ =
        std::max(transaction_.seen_, shown_ != 0 ? shown_ : transaction_.shared_.durability.visible());
  }
  if (statement_->writes) {
    // With RETURNING, SQLite holds the rows back until all is modified, but looks for broken foreign keys only after the
    // last row. So that no row is given out of a statement that then fails, they are taken here.
    for (; rc == SQLITE_ROW; rc = connection_->Step(*statement_, context_, interrupt)) {
      Row& row = buffered_.emplace_back();
      for (int i = 0; i < columns_; ++i) row.emplace_back(ColumnOf(statement_->handle, i));
    }
  } else if (rc == SQLITE_ROW) {
    return true;
  }
  if (rc != SQLITE_DONE) {
    buffered_.clear();
    if (rc == SQLITE_INTERRUPT) transaction_.interrupt_.store(0, std::memory_order_relaxed);  // it has been told
    Status failure = transaction_.Failed(*connection_, rc, changes_before_);
    if (statement_->needs_savepoint && connection_->in_transaction()) {
      sqlite3_reset(statement_->handle);
      if (connection_->Control("ROLLBACK TO statement") != SQLITE_OK) transaction_.doomed_ = true;
      connection_->Control("RELEASE statement");
    }
    Close();
    return failure;
  }
  finished_ = true;
  const bool writes = statement_->writes;
  if (writes) affected_ = sqlite3_changes64(connection_->db());
  if (statement_->needs_savepoint) connection_->Control("RELEASE statement");
  const bool incomplete = connection_->changes().incomplete();
  Close();
  if (incomplete) {
    transaction_.doomed_ = true;
    return allod::Fail(sqlstate::kOutOfMemory, "out of memory while capturing row changes");
  }
  if (writes) ALLOD_RETURN_IF_ERROR(transaction_.TellRecorder());
  return returned_ < buffered_.size() ? (++returned_, true) : false;
}

Datum SqliteCursor::column(int index) const {
  if (finished_) return buffered_[returned_ - 1][index];
  return ColumnOf(statement_->handle, index);
}

void SqliteCursor::Close() {
  if (statement_ == nullptr) return;
  connection_->Release(std::exchange(statement_, nullptr));
  std::erase(transaction_.cursors_, this);
  if (lease_ && connection_->in_transaction()) connection_->Control("ROLLBACK");  // ShowDurable's
  connection_ = nullptr;
  lease_ = Lease();
}

Status SqliteTransaction::CheckAlive() const {
  if (over_) return allod::Fail(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress");
  if (!alive()) {
    return allod::Fail(sqlstate::kInFailedSqlTransaction,
                "current transaction is aborted, commands ignored until end of transaction block");
  }
  return Ok();
}

Status SqliteTransaction::CheckWrites() const {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  if (mode_ == Mode::kWrite) return Ok();
  return allod::Fail(sqlstate::kReadOnlySqlTransaction, "cannot change data in a read-only transaction");
}

Status SqliteTransaction::Watching() {
  ChangeCapture& changes = lease_->changes();
  if (!telling_) changes.Record(lease_->db(), recording_.get());
  if (watch_ == nullptr) {
    changes.Pause(lease_->db());
    return Ok();
  }
  const uint64_t epoch = shared_.schema_epoch.load(std::memory_order_relaxed);
  if (changes.watching() && changes.watch() == watch_ && changes.epoch() == epoch) return Ok();
  return changes.Start(lease_->db(), watch_, epoch);
}

Result<std::unique_ptr<Cursor>> SqliteTransaction::Run(std::string_view text, std::span<const Parameter> parameters,
                                                       ExecContext* context, std::span<const Oid>) {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  // It was for an earlier statement. While a cursor is open it may be for what this statement is a part of.
  if (!telling_ && cursors_.empty()) interrupt_.store(0, std::memory_order_relaxed);
  Lease lease;
  if (mode_ == Mode::kRead) {
    // A connection of its own: another open cursor would hold this one to what it has seen.
    ALLOD_ASSIGN_OR_RETURN(lease, shared_.pool.Read());
  }
  Connection& connection = lease ? *lease.get() : *lease_.get();
  const bool first = !std::exchange(ran_, true);
  if ((mode_ == Mode::kRead || (mode_ == Mode::kSnapshot && first)) && !ShowDurable(connection)) connection.Refresh();
  const uint64_t epoch = shared_.schema_epoch.load(std::memory_order_relaxed);
  ALLOD_ASSIGN_OR_RETURN(Statement * statement, connection.Prepare(text, context, epoch));
  Status status = statement->writes ? CheckWrites() : Ok();
  if (status.ok() && statement->writes) status = Watching();
  if (status.ok()) status = connection.Bind(*statement, parameters);
  if (!status.ok()) {
    connection.Release(statement);
    if (lease && connection.in_transaction()) connection.Control("ROLLBACK");
    return status;
  }
  return std::unique_ptr<Cursor>(new SqliteCursor(*this, std::move(lease), connection, *statement, context));
}

bool SqliteTransaction::ShowDurable(Connection& connection) {
  shown_ = 0;
  Durability& durability = shared_.durability;
  const CommitNumber visible = durability.visible();
  if (at_least_ > visible || durability.IsDurable(visible)) return false;
  const DurableView::Snapshot snapshot = shared_.view.Newest(durability.durable());
  if (snapshot.handle == nullptr || snapshot.number < at_least_) return false;
  const bool own = !connection.in_transaction();
  if (own && connection.Control("BEGIN") != SQLITE_OK) return false;
  if (!connection.OpenSnapshot(snapshot.handle.get())) {
    // The log has started over since, or this connection has not read yet: the newest commit is shown, and waited for.
    if (own) connection.Control("ROLLBACK");
    return false;
  }
  shown_ = snapshot.number;
  return true;
}

Status SqliteTransaction::Failed(Connection& connection, int code, size_t changes) {
  Status failure = connection.Failure(code);
  if (IsSyncFailure(code)) shared_.durability.Break();
  // SQLite has undone the statement, or on some errors the whole transaction.
  connection.changes().Truncate(&connection == lease_.get() && !connection.in_transaction() ? 0 : changes);
  if (!telling_) connection.changes().ForgetRecorded();
  if (joined_ != 0 && !connection.in_transaction()) shared_.joint.Lost(failure);
  return failure;
}

Status SqliteTransaction::TellRecorder() {
  if (recorder_ == nullptr || telling_ || lease_->changes().recorded().empty()) return Ok();
  telling_ = true;
  lease_->changes().Record(lease_->db(), nullptr);
  Status status = recorder_->Record(*this, lease_->changes().recorded());
  lease_->changes().ForgetRecorded();
  telling_ = false;
  if (!status.ok()) doomed_ = true;
  return status;
}

Status SqliteTransaction::Script(std::string_view text) {
  ALLOD_RETURN_IF_ERROR(CheckWrites());
  // An earlier script may have taken away what is watched: rewriting rows for a definition is then nobody's change.
  if (!Watching().ok()) lease_->changes().Pause(lease_->db());
  lease_->changes().Record(lease_->db(), nullptr);
  interrupt_.store(0, std::memory_order_relaxed);
  const size_t changes = lease_->changes().size();
  // To be undone as a whole, like a statement. The session's savepoints have numbers; this one is on top of them all.
  if (const int rc = lease_->Control("SAVEPOINT script"); rc != SQLITE_OK) return Failed(*lease_.get(), rc, changes);
  Status status = lease_->Script(text, &interrupt_);
  SchemaChanged();
  if (!status.ok()) {
    if (lease_->in_transaction()) lease_->Control("ROLLBACK TO script");
    lease_->changes().Truncate(lease_->in_transaction() ? changes : 0);
  }
  if (lease_->in_transaction()) lease_->Control("RELEASE script");
  return status;
}

void SqliteTransaction::SchemaChanged() {
  schema_touched_ = true;
  shared_.schema_epoch.fetch_add(1, std::memory_order_relaxed);
}

Status SqliteTransaction::DeferForeignKeys(bool on) {
  ALLOD_RETURN_IF_ERROR(CheckWrites());
  deferred_ = true;
  if (on) return Controls({"PRAGMA defer_foreign_keys=ON"});
  // Taking it back makes SQLite forget the violations that it has counted so far and that commit must still find;
  // going back to a savepoint restores the counts.
  return Controls({"SAVEPOINT undefer", "PRAGMA defer_foreign_keys=OFF", "ROLLBACK TO undefer", "RELEASE undefer"});
}

Status SqliteTransaction::Controls(std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    if (const int rc = lease_->Control(text); rc != SQLITE_OK) return lease_->Failure(rc);
  }
  return Ok();
}

void SqliteTransaction::SetWatch(std::shared_ptr<const Watch> watch) {
  if (mode_ != Mode::kWrite || over_) return;  // nothing can change
  watch_ = std::move(watch);                   // looked up when the next statement runs
}

void SqliteTransaction::Record(std::shared_ptr<const Recording> recording, Recorder* recorder) {
  if (mode_ != Mode::kWrite || over_) return;
  if (lease_) lease_->changes().Record(lease_->db(), nullptr);  // set again when the next statement runs
  recording_ = recorder == nullptr ? nullptr : std::move(recording);
  recorder_ = recorder;
}

Result<const std::vector<Change>*> SqliteTransaction::Changes() {
  static const std::vector<Change> kNone;
  return lease_ ? &lease_->changes().captured() : &kNone;
}

Status SqliteTransaction::CheckStorage(std::string_view table, ExecContext* context, const FaultFound& found) {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  if (!lease_) return allod::Fail(sqlstate::kInternalError, "engine: a check needs a transaction that sees one state");
  interrupt_.store(0, std::memory_order_relaxed);
  const bool first = !std::exchange(ran_, true);
  if (mode_ == Mode::kSnapshot && first && !ShowDurable(*lease_.get())) lease_->Refresh();
  constexpr std::string_view kMostFaults = "1000";
  const std::string argument = table.empty() ? std::string(kMostFaults) : "\"" + std::string(table) + "\"";
  ALLOD_RETURN_IF_ERROR(lease_->Ask("PRAGMA main.integrity_check(" + argument + ")", context, &interrupt_, [&](const std::vector<std::string>& row) {
    if (row[0] != "ok") found(table, 0, row[0]);
  }));
  seen_ = std::max(seen_, shown_ != 0 ? shown_ : shared_.durability.visible());
  const std::string keys = table.empty() ? "PRAGMA main.foreign_key_check" : "PRAGMA main.foreign_key_check(\"" + std::string(table) + "\")";
  return lease_->Ask(keys, context, &interrupt_, [&](const std::vector<std::string>& row) {
    found(row[0], row[1].empty() ? 0 : std::atoll(row[1].c_str()), "names a row of " + row[2] + " that is not there");
  });
}

Status SqliteTransaction::Savepoint(int number) {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  if (mode_ == Mode::kRead) return Ok();  // nothing to come back to
  const std::string text = "SAVEPOINT s" + std::to_string(number);
  ALLOD_RETURN_IF_ERROR(Controls({text.c_str()}));
  savepoints_.push_back({number, lease_->changes().size()});
  return Ok();
}

Status SqliteTransaction::RollbackTo(int number) {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  if (mode_ == Mode::kRead) return Ok();
  const std::string text = "ROLLBACK TO s" + std::to_string(number);
  ALLOD_RETURN_IF_ERROR(Controls({text.c_str()}));
  while (!savepoints_.empty() && savepoints_.back().number > number) savepoints_.pop_back();
  if (!savepoints_.empty()) lease_->changes().Truncate(savepoints_.back().changes);
  if (schema_touched_) SchemaChanged();
  return Ok();
}

Status SqliteTransaction::Release(int number) {
  ALLOD_RETURN_IF_ERROR(CheckAlive());
  if (mode_ == Mode::kRead) return Ok();
  const std::string text = "RELEASE s" + std::to_string(number);
  ALLOD_RETURN_IF_ERROR(Controls({text.c_str()}));
  while (!savepoints_.empty() && savepoints_.back().number >= number) savepoints_.pop_back();
  return Ok();
}

Result<CommitNumber> SqliteTransaction::Commit() {
  if (Status status = CheckAlive(); !status.ok()) {
    End();
    return status;
  }
  CloseCursors();
  if (mode_ != Mode::kWrite) {
    const CommitNumber seen = seen_;
    End();
    return seen;
  }
  if (joined_ != 0) {
    Result<CommitNumber> result = joined_;
    if (Status status = Join([&result](Result<CommitNumber> told) { result = std::move(told); }); !status.ok()) {
      End();
      return status;
    }
    std::vector<std::function<void()>> calls = shared_.joint.Settle(shared_);
    turn_ = Turn();
    for (std::function<void()>& call : calls) call();
    return result;
  }
  // Before anybody can see it (durability.h).
  const CommitNumber number = shared_.durability.Begin();
  Result<bool> changed = CommitConnection(shared_, *lease_.get(), number);
  if (!changed.ok() && schema_touched_) SchemaChanged();
  if (changed.ok()) shared_.commits.fetch_add(1, std::memory_order_relaxed);
  End();  // lets the next writer go, before this commit is durable
  if (!changed.ok()) return std::move(changed).status();
  return *changed ? number : seen_;
}

void SqliteTransaction::CommitJointly(Committed done) {
  if (mode_ != Mode::kWrite || !CheckAlive().ok() || schema_touched_) return done(Commit());
  CloseCursors();
  if (Status status = Join(done); !status.ok()) {
    End();
    return done(status);
  }
  turn_ = Turn();  // whoever lets it go commits, unless the next one goes on (JointCommit::BeforePassing)
}

Status SqliteTransaction::Join(const Committed& done) {
  // COMMIT would look for deferred foreign keys that do not hold, of all members at once.
  int broken = 0, highest = 0;
  sqlite3_db_status(lease_->db(), SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &highest, 0);
  if (broken != 0) return ErrorFrom(SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed");
  if (joined_ != 0) ALLOD_RETURN_IF_ERROR(Controls({"RELEASE member"}));
  if (deferred_) shared_.joint.Close();
  lease_->changes().Stop(lease_->db());
  // The number is taken before anybody can see it (durability.h).
  shared_.joint.GiveBack(std::move(lease_), joined_ != 0 ? joined_ : shared_.durability.Begin(), done);
  over_ = true;
  return Ok();
}

void SqliteTransaction::LeaveJoint() {
  if (lease_->in_transaction()) {
    if (Status undone = Controls({"ROLLBACK TO member", "RELEASE member"}); !undone.ok()) shared_.joint.Lost(std::move(undone));
  } else {
    shared_.joint.Lost(allod::Fail(sqlstate::kIoError, "the engine has rolled back the transaction"));
  }
  if (deferred_) shared_.joint.Close();
  if (schema_touched_) SchemaChanged();
  lease_->changes().Stop(lease_->db());
  shared_.joint.GiveBack(std::move(lease_), joined_, nullptr);
}

void SqliteTransaction::CloseCursors() {
  while (!cursors_.empty()) cursors_.back()->Close();
}

void SqliteTransaction::End() {
  if (over_) return;
  CloseCursors();
  if (lease_ && joined_ != 0) {
    LeaveJoint();
  } else if (lease_) {
    if (lease_->in_transaction()) {
      lease_->Control("ROLLBACK");
      if (schema_touched_) SchemaChanged();
    }
    lease_->changes().Stop(lease_->db());
    lease_ = Lease();
  }
  over_ = true;
  turn_ = Turn();  // last: the next writer finds everything in place
}

}  // namespace

Result<std::unique_ptr<Transaction>> BeginTransaction(Shared& shared, Mode mode, Turn turn) {
  Lease lease;
  if (mode == Mode::kWrite) {
    if (shared.durability.broken()) {
      return allod::Fail(sqlstate::kIoError, "the disk has failed; the database must be opened again");
    }
    if (shared.joint.open()) {
      lease = shared.joint.Take();
      if (const int rc = lease->Control("SAVEPOINT member"); rc != SQLITE_OK) {
        Status failure = lease->Failure(rc);
        shared.joint.Lost(failure);
        shared.joint.GiveBack(std::move(lease), shared.joint.number(), nullptr);
        return failure;
      }
      return std::unique_ptr<Transaction>(new SqliteTransaction(shared, mode, std::move(turn), std::move(lease)));
    }
    ALLOD_ASSIGN_OR_RETURN(lease, shared.pool.Write());
  } else if (mode == Mode::kSnapshot) {
    ALLOD_ASSIGN_OR_RETURN(lease, shared.pool.Read());
  }
  if (lease) {
    if (mode == Mode::kWrite) lease->Refresh();
    const int rc = lease->Control(mode == Mode::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
    if (rc != SQLITE_OK) {
      if (IsSyncFailure(rc)) shared.durability.Break();
      return lease->Failure(rc);
    }
  }
  return std::unique_ptr<Transaction>(new SqliteTransaction(shared, mode, std::move(turn), std::move(lease)));
}

}  // namespace allod::engine::sqlite
