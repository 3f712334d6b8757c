// A transaction on a leased connection. BEGIN, savepoints and settings wait until there is a statement to send them with.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/postgres/capture.h"
#include "engine/postgres/leases.h"
#include "engine/postgres/triggers.h"

namespace allod::engine::postgres {

class PostgresCursor;

// What transactions share with their engine.
struct Shared {
  std::shared_ptr<Leases> leases;
  std::atomic<uint64_t> epoch{1};    // changes when this process changes definitions: statements are prepared again
  std::atomic<uint64_t> commits{0};
  // What the triggers note, as last looked at, and under which epoch.
  std::mutex captured_mutex;
  std::shared_ptr<const CapturedColumns> captured;
  uint64_t captured_epoch = 0;
};

class PostgresTransaction final : public Transaction {
 public:
  // REQUIRES: the turn holds the lease.
  PostgresTransaction(std::shared_ptr<Shared> shared, Mode mode, Isolation isolation, Turn turn, Lease* lease);
  ~PostgresTransaction() override { End(); }

  Result<std::unique_ptr<Cursor>> Run(std::string_view text, std::span<const Parameter> parameters, ExecContext* context,
                                      std::span<const Oid> types) override;
  Result<StatementShape> Describe(std::string_view text, std::span<const Oid> types) override;
  Status Script(std::string_view text) override;
  void UseSettings(std::shared_ptr<const SessionSettings> settings) override { settings_ = std::move(settings); }
  void LeavesTraces() override { traces_ = true; }
  std::vector<Error> TakeNotices() override;
  Status DeferForeignKeys(bool on) override;
  void SetWatch(std::shared_ptr<const Watch> watch) override;
  Result<const std::vector<Change>*> Changes() override;
  void ClearChanges() override;
  const std::set<uint32_t>& Overflowed() const override { return capture_.overflowed(); }
  Status PrepareWatches(std::span<const TableWatch> tables) override;
  Status Savepoint(int number) override;
  Status RollbackTo(int number) override;
  Status Release(int number) override;
  void ExpectVersion(int64_t version) override { version_ = version; }
  Result<CommitNumber> Commit() override;
  bool alive() const override { return !over_ && !lost_ && (!failed_ || !savepoints_.empty()); }
  void Interrupt() override;
  Turn TakeTurn() override;

 private:
  friend class PostgresCursor;

  // What a statement is made of, to be sent again if its plan has gone stale. Valid for the newest statement.
  struct Attempt {
    std::shared_ptr<const Prepared> prepared;
    std::vector<Parameter> parameters;
    std::vector<std::string> before;  // what was sent between BEGIN and it
    bool began = false;               // BEGIN was sent with it
    bool again = false;
  };

  Status CheckUsable() const;
  // The connection, with nothing in the pipe.
  Result<Connection*> Ready();
  Connection& connection() { return *lease_->connection(); }
  Result<std::shared_ptr<const Prepared>> Prepare(Connection& connection, std::string_view text, std::span<const Oid> types);
  // BEGIN and what waits for it, then the settings.
  void SendPreamble(Connection& connection);
  bool SendSettings(Connection& connection);
  // Sends the preamble now, with one more control. What comes back is an error of the transaction.
  Status Now(const char* control);
  // The newest statement's plan is stale: once more from the beginning, if it is the first here. Otherwise 40001.
  Status Again(Connection& connection, Status stale);
  // All that is watched is noted by triggers; otherwise stale-schema.
  Status CheckWatch();
  // All rows of a statement of the engine's own.
  Result<std::vector<ExistingCapture>> FindCaptures();
  Result<std::vector<Row>> Query(std::string_view text, std::span<const Parameter> parameters);
  void Send(Connection& connection);

  // After an answer that ended a batch.
  void Answered(Connection& connection, bool ok);
  Status Lost(Status status);
  // A statement is done, the cluster calls it so.
  void Done(std::string_view tag);

  void StartRunning(Connection& connection);
  void StopRunning();
  void CloseCursors();
  // Gets rid of what the cursor in the pipe has not read; it may be cancelled when nothing is lost by it.
  void Abandon(bool may_cancel);
  void End();

  const std::shared_ptr<Shared> shared_;
  const Mode mode_;
  const Isolation isolation_;
  Turn turn_;
  Lease* const lease_;
  bool begun_ = false;   // BEGIN was sent
  bool failed_ = false;  // only a rollback helps
  bool lost_ = false;    // the connection is, and with it the transaction
  bool over_ = false;
  bool traces_ = false;
  bool definitions_ = false;  // some were changed
  bool wrote_ = false;
  int64_t version_ = -1;
  std::shared_ptr<const SessionSettings> settings_;
  std::vector<std::string> pending_;  // controls that wait for a statement
  std::vector<int> savepoints_;
  Attempt attempt_;
  Capture capture_;
  const Watch* checked_ = nullptr;    // the watch that CheckWatch() was content with
  PostgresCursor* active_ = nullptr;  // whose rows are in the pipe
  std::vector<PostgresCursor*> cursors_;

  std::mutex running_mutex_;          // guards running_
  Connection* running_ = nullptr;     // what Interrupt() is to cancel
  std::atomic<bool> interrupted_{false};
};

}  // namespace allod::engine::postgres
