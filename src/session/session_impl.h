// The session's state, for session/*.cc alone. The main path is session/execute.cc.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "history/journal.h"
#include "session/compiled.h"
#include "session/context.h"
#include "session/database.h"
#include "session/session.h"
#include "session/settings.h"

namespace allod::session {

class SessionImpl;
class CopyIn;   // session/copy.cc
class CopyOut;
struct SqlCursor;   // session/cursor.h
struct FetchState;

class PortalImpl final : public Portal {
 public:
  PortalImpl(SessionImpl& session, PreparedPtr prepared, Row values);
  ~PortalImpl() override;
  const Description& description() const override { return compiled->description; }

  // Ends whatever it holds of a transaction; a later Execute answers 34000.
  void Abandon();

  SessionImpl& session;
  PreparedPtr prepared;
  CompiledPtr compiled;
  Row values;                                          // the client's parameters
  std::vector<engine::Relation> relations;             // system relations, filled when it starts
  std::unique_ptr<engine::Transaction> reader;         // its own, for a read outside of a write transaction
  std::unique_ptr<engine::Cursor> cursor;
  // Rows of statements that the core itself answers (SHOW, GDPR GET, ...), one entry per result set.
  struct ResultSet {
    std::vector<planner::ResultColumn> columns;
    std::vector<Row> rows;
    std::string tag;
    std::vector<Error> notices;
  };
  std::vector<ResultSet> sets;
  size_t set = 0, row = 0;
  std::unique_ptr<Portal> inner;                       // EXECUTE: the portal of the statement it names; COPY TO: of its query
  std::unique_ptr<CopyIn> copy_in;
  std::unique_ptr<CopyOut> copy_out;
  std::unique_ptr<SqlCursor> cursor_state;             // it is a cursor of SQL
  std::unique_ptr<FetchState> fetch;                   // FETCH and MOVE
  size_t skip = 0;                                     // rows given before the statement had to wait and began again
  enum class State : uint8_t { kNew, kRunning, kDone, kAbandoned } state = State::kNew;
};

class SessionImpl final : public Session {
 public:
  SessionImpl(std::shared_ptr<Database> database, std::string user, std::string application);
  ~SessionImpl() override;
  void SetProcess(int32_t process) override { context_.backend_pid = process; }

  Result<std::vector<PreparedPtr>> ParseScript(std::string_view text) override;
  Result<PreparedPtr> Prepare(std::string_view text, std::vector<Oid> parameter_types) override;
  Result<std::unique_ptr<Portal>> Bind(PreparedPtr statement, Row values) override;
  Result<Progress> Execute(Portal& portal, Sink& sink, int64_t max_rows) override;
  void GiveTurn(engine::Turn turn) override;
  Withdraw RequestLock(std::function<void(Status)> answered) override;
  void Attach(int32_t process, std::function<void()> wake) override;
  Status DeliverNotifications(Sink& sink) override;
  void GiveCopyData(std::string_view bytes) override { copy_data_ = bytes; }
  void EndCopy(std::optional<std::string> failure) override {
    copy_ended_ = true;
    copy_failure_ = std::move(failure);
  }
  bool NeedsTurnFirst() const override;
  Status StoreStatement(std::string_view name, PreparedPtr statement) override;
  Result<PreparedPtr> FindStatement(std::string_view name) override;
  void CloseStatement(std::string_view name) override;
  Status StorePortal(std::string_view name, std::unique_ptr<Portal> portal) override;
  Result<Portal*> FindPortal(std::string_view name) override;
  void ClosePortal(std::string_view name) override;
  void BeginImplicit() override;
  Result<bool> EndImplicit(bool failed) override;
  void WhenCommitted(std::function<void()> done) override;
  bool WantsBriefTurn() const override { return wants_brief_turn_; }
  bool IsBrief() const override { return brief_; }
  Status Terminate() override;
  TransactionStatus status() const override;
  engine::CommitNumber visible() const override { return visible_; }
  std::chrono::milliseconds lock_timeout() const override;
  std::chrono::milliseconds idle_in_transaction_timeout() const override;
  std::chrono::milliseconds idle_session_timeout() const override;
  std::chrono::milliseconds statement_timeout() const override {
    if (timeout_version_ != settings_.version()) {  // asked for before each statement
      timeout_version_ = settings_.version();
      statement_timeout_ = std::chrono::milliseconds(settings_.Milliseconds("statement_timeout"));
    }
    return statement_timeout_;
  }
  const FormatContext& format() const override { return settings_.format(); }
  std::vector<std::pair<std::string, std::string>> ReportedParameters() const override;
  Status Set(std::string_view name, std::string_view value) override;
  void Cancel() override;

 private:
  friend class PortalImpl;

  // The definitions that a statement now sees: those this transaction has changed, else the current ones.
  std::shared_ptr<const Definitions> definitions() const { return pending_ ? pending_ : database_->definitions(); }
  CompileSettings compile_settings() const;
  std::string CacheKey(std::string_view text, const std::vector<Oid>& types, bool simple) const;
  // `prepared` compiled under today's definitions.
  Result<CompiledPtr> Current(const Prepared& prepared);
  Result<CompiledPtr> DescribeNamed(CompiledPtr compiled, const PgQuery__Node& node, const std::vector<Oid>& types);

  // --- transaction.cc
  bool in_block() const { return explicit_; }
  Status BeginExplicit(std::string_view isolation, std::optional<bool> read_only);
  Status Commit();
  // Its three parts: what is checked and stored before the engine's commit, that, and what follows from its answer.
  Status PrepareCommit();
  Status FinishCommit(Result<engine::CommitNumber> number);
  void Rollback();
  void NoteSeen();
  // A write transaction is there afterwards; REQUIRES the turn to be held or not needed.
  Status EnsureWriter();
  bool LacksTurn() const { return writer_ == nullptr && !turn_.held() && database_->engine().capabilities().single_writer; }
  void UseLayout();  // changes are recorded under the definitions that statements now see
  history::Origin origin() const;
  void EndTransaction();  // what commit and rollback share
  void AbandonPortals();
  void StartStatement(const PortalImpl& portal);
  Status Savepoint(std::string name);
  Status ReleaseSavepoint(const std::string& name);
  Status RollbackToSavepoint(const std::string& name);

  // --- execute.cc
  Result<Progress> Dispatch(PortalImpl& portal, Sink& sink, int64_t max_rows);
  Result<Progress> RunPlan(PortalImpl& portal, Sink& sink, int64_t max_rows);
  // `watch`: instead of the plan's; null: the plan's.
  Status OpenCursor(PortalImpl& portal, std::shared_ptr<const engine::Watch> watch = nullptr);
  Result<Progress> Stream(PortalImpl& portal, Sink& sink, int64_t max_rows);
  Result<Progress> StreamSets(PortalImpl& portal, Sink& sink, int64_t max_rows);
  bool Allowed(const PgQuery__Node* node) const;  // in a failed transaction

  // --- own_statements.cc, define.cc, utility.cc
  Result<Progress> RunOwn(PortalImpl& portal, Sink& sink, int64_t max_rows);
  Result<Progress> RunVerify(PortalImpl& portal, const sql::VerifyStatement& statement, Sink& sink, int64_t max_rows);
  Result<Progress> RunDefinition(PortalImpl& portal, Sink& sink);
  Result<Progress> RunUtility(PortalImpl& portal, Sink& sink, int64_t max_rows);
  Result<Progress> RunTransactionStatement(const PgQuery__TransactionStmt& statement, Sink& sink);
  Result<Progress> RunExecute(PortalImpl& portal, const PgQuery__ExecuteStmt& statement, Sink& sink, int64_t max_rows);
  Status RunSet(const PgQuery__VariableSetStmt& statement, Sink& sink);
  Result<Progress> RunExplain(PortalImpl& portal, const PgQuery__ExplainStmt& statement, Sink& sink, int64_t max_rows);
  // --- database_statements.cc
  Status CheckDatabaseStatement(const PortalImpl& portal, const std::string& what) const;
  Result<Progress> RunCreateDatabase(PortalImpl& portal, const PgQuery__CreatedbStmt& statement, Sink& sink);
  Result<Progress> RunDropDatabase(PortalImpl& portal, const PgQuery__DropdbStmt& statement, Sink& sink);
  // --- cursor.cc
  Result<Progress> RunDeclare(PortalImpl& portal, Sink& sink);
  Result<Progress> RunFetch(PortalImpl& portal, Sink& sink, int64_t max_rows);
  Result<Progress> RunClose(PortalImpl& portal, Sink& sink);
  void CloseAllCursors(const PortalImpl& running);
  Result<PortalImpl*> FindCursor(std::string_view name);
  Status FillCursor(PortalImpl& portal, Sink& sink);
  Status HoldCursors();
  static bool Held(const PortalImpl& portal);

  // --- notify_session.cc, session_relations.cc
  struct ListenAction {
    bool listen;
    std::string channel;  // "": all
  };
  Result<Progress> RunNotification(const PgQuery__Node& node, Sink& sink);
  void PublishNotifications(engine::CommitNumber number);
  Progress WaitForLock(PortalImpl& portal);
  Result<Progress> WaitForTurn();
  void EndExtras();  // of a transaction, committed or not
  void RestActivity();
  void LeaveDatabase();
  bool FillSessionRelation(std::string_view name, std::vector<Row>* rows);

  // --- copy.cc
  Result<Progress> RunCopy(PortalImpl& portal, Sink& sink);
  Result<Progress> BeginCopyFrom(PortalImpl& portal, Sink& sink);
  Result<Progress> ContinueCopyFrom(PortalImpl& portal, Sink& sink);
  Status InsertCopied(CopyIn& copy, Sink& sink);
  Result<Progress> RunCopyTo(PortalImpl& portal, Sink& sink);

  Result<Row> Evaluate(const std::vector<std::string>& expressions, const std::vector<Type>& types);
  void ReportChanges(Sink& sink);

  // --- define.cc: what follows from changed definitions, before they are kept for the commit.
  Status EndHistories(const catalog::Catalog& before, const catalog::Catalog& after);
  Status JudgeDefinition(const std::shared_ptr<const Definitions>& before, std::shared_ptr<const Definitions> after);

  // --- native.cc: an engine that understands SQL itself.
  Result<engine::Transaction*> NativeTransaction(bool whole);
  engine::Turn ReclaimTurn();   // for a transaction of another kind
  void ReleaseIdleTurn();
  engine::Isolation isolation() const;
  std::shared_ptr<const engine::SessionSettings> engine_settings();
  Error TranslateNative(Error error, const Compiled* compiled) const;
  Status RefreshDefinitions(engine::Transaction& transaction);
  Result<CompiledPtr> CompileNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement* statement,
                                    std::shared_ptr<const Definitions> now, const std::vector<Oid>& types, bool simple);
  Status OpenNativeCursor(PortalImpl& portal);
  Status FinishNative(const planner::Plan& plan, engine::Transaction& transaction, Sink& sink);
  Result<Progress> RunNativeDefinition(PortalImpl& portal, Sink& sink);
  Result<std::shared_ptr<const Definitions>> AdoptNative(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                                         std::shared_ptr<const Definitions> before, std::vector<Error>* notices);
  Status LockForJudgement(const ownership::Graph& graph, const std::set<Oid>& tables);
  Status RecheckTruncated(const PgQuery__TruncateStmt& truncate, const Definitions& now);
  Status SetOnEngine(const std::string& name, const std::string& value, bool local);

  // --- constraint_errors.cc
  // The engine's constraint error in the user's names. May run the statement once more, in a savepoint, to find out which
  // foreign key it was.
  Status Explain(Error error, PortalImpl& portal);

  std::shared_ptr<Database> database_;
  const bool native_;  // the engine understands SQL itself
  const bool leases_;  // it lends connections
  Settings settings_;
  Context context_;
  std::shared_ptr<Activity> activity_;
  std::unique_ptr<history::Journal> journal_;  // null: no history is kept
  uint64_t activity_settings_version_ = 0;  // of the settings that activity_ was last told of

  // Transaction.
  bool explicit_ = false;   // BEGIN was given
  bool implicit_ = false;   // within a Query message or Parse..Sync
  bool failed_ = false;     // 25P02 until ROLLBACK
  bool auto_ctx_ = false;   // the open explicit transaction is SET AUTO_CTX's
  bool read_only_ = false;
  bool snapshot_ = false;   // REPEATABLE READ or SERIALIZABLE
  bool wrote_ = false;      // on an engine that understands SQL itself: something was written, so the definitions count
  bool pinned_ = false;     // something was left on the lent connection: it stays with this session
  engine::Turn turn_;
  bool wants_brief_turn_ = false;  // the statement that waits for it does
  bool brief_ = false;             // the turn was given as brief
  // The engine's answer to a commit that is made along with others'; null: none is under way.
  struct JointAnswer {
    std::mutex mutex;
    std::optional<Result<engine::CommitNumber>> number;
    std::function<void()> done;
  };
  std::shared_ptr<JointAnswer> committing_;
  std::unique_ptr<engine::Transaction> writer_;  // the write transaction, from the first write on
  std::unique_ptr<engine::Transaction> reader_;  // READ ONLY with a snapshot
  std::shared_ptr<const Definitions> pending_;
  std::shared_ptr<const Definitions> base_;      // what pending_ was made from, as stored
  std::vector<std::pair<Oid, std::pair<int64_t, bool>>> restarted_;  // sequences set back, with their values before
  std::set<Oid> recheck_;                        // tables whose rows must all be checked for owners at commit
  struct SavepointState {
    std::string name;
    std::shared_ptr<const Definitions> pending;
    std::map<std::string, std::string> settings;
    std::set<Oid> recheck;
    size_t listens = 0, notifications = 0, locks = 0;
    history::Journal::Mark recorded;
  };
  void RollbackExtras(const SavepointState& savepoint);
  std::vector<ListenAction> listens_;  // of this transaction
  std::function<void()> wake_;
  std::vector<SavepointState> savepoints_;
  engine::CommitNumber visible_ = 0;

  std::unordered_map<std::string, PreparedPtr> statements_;  // named, and "" the unnamed
  std::unordered_map<std::string, std::unique_ptr<Portal>> portals_;
  std::set<PortalImpl*> live_;
  std::vector<std::unique_ptr<Portal>> ended_;  // of a transaction that ended while one of them was running
  // Texts of this session, so that a repeated simple query is neither parsed nor looked up under a lock.
  std::unordered_map<std::string, PreparedPtr> recent_;

  std::shared_ptr<const engine::SessionSettings> engine_settings_;
  uint64_t engine_settings_version_ = 0;
  mutable uint64_t timeout_version_ = UINT64_MAX;
  mutable std::chrono::milliseconds statement_timeout_{0};

  // What COPY FROM STDIN is given.
  std::string_view copy_data_;
  bool copy_ended_ = false;
  std::optional<std::string> copy_failure_;

  std::mutex running_mutex_;
  bool copying_ = false, cancelled_ = false;  // guarded by it: a COPY waits for its client; it is to fail
  engine::Transaction* running_ = nullptr;  // whom Cancel() interrupts
};

}  // namespace allod::session
