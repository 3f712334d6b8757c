// A client's session: settings, the transaction it is in, prepared statements and portals. It is synchronous and knows
// no sockets; where it would have to wait it says so, and the caller (net/, or the blocking helper below) waits.
// One thread at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "base/value.h"
#include "engine/engine.h"
#include "planner/plan.h"

namespace allod::session {

class Database;  // session/database.h: what the sessions of one database share

// Where the answer of a statement goes. Calls come in this order per result set: Columns, Row*, then Done.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Columns(const std::vector<planner::ResultColumn>& columns) = 0;  // not called for statements without rows
  // False: the client takes no more now (its buffer is full); the row was taken. Execute returns kSuspended.
  virtual bool Row(std::span<const Datum> values) = 0;
  virtual void Done(std::string_view tag) = 0;                                  // "INSERT 0 1"; "" for an empty query
  virtual void Notice(const Error& notice) = 0;                                 // severity NOTICE or WARNING
  virtual void ParameterChanged(std::string_view name, std::string_view value) = 0;
  // COPY. Begin comes before the data, or before the data is asked for (`in`). Data is one row, or what stands before the rows;
  // false as for Row. Done follows.
  virtual void CopyBegin(bool in, bool binary, size_t columns) { (void)in, (void)binary, (void)columns; }
  virtual bool CopyData(std::string_view bytes) { return (void)bytes, true; }
  virtual void CopyEnd() {}
  virtual void ErrorContext(std::string_view context) { (void)context; }  // of the error that Execute is about to answer
  virtual void Notified(int32_t process, std::string_view channel, std::string_view payload) { (void)process, (void)channel, (void)payload; }
};

struct Prepared;  // a parsed and planned statement
using PreparedPtr = std::shared_ptr<const Prepared>;

// What Describe tells.
struct Description {
  std::vector<Type> parameters;
  std::vector<planner::ResultColumn> columns;
  bool returns_rows = false;
};
const Description& Describe(const Prepared& prepared);

// A bound statement, possibly half way through its rows.
class Portal {
 public:
  virtual ~Portal() = default;
  virtual const Description& description() const = 0;
};

enum class Progress : uint8_t {
  kDone,       // finished; Sink::Done was called
  kSuspended,  // row limit reached, or the sink is full: call Execute again
  kNeedsData,  // COPY FROM STDIN: give it what the client sends (GiveCopyData, EndCopy), call Execute again after each
  kNeedsLock,  // nothing was done: RequestLock, wait for its answer, call Execute again
  kNeedsTurn,  // nothing was done: get the writer's turn (Engine::RequestTurn), GiveTurn(), call Execute again
};

enum class TransactionStatus : char { kIdle = 'I', kInTransaction = 'T', kFailed = 'E' };

class Session {
 public:
  static std::unique_ptr<Session> Open(std::shared_ptr<Database> database, std::string user, std::string application);
  virtual ~Session() = default;  // a broken connection: rolls back
  virtual void SetProcess(int32_t process) = 0;  // what pg_backend_pid() says

  // Splits a text into statements. One Prepared per statement; planned lazily, because an earlier statement of the same
  // text may define what a later one uses.
  virtual Result<std::vector<PreparedPtr>> ParseScript(std::string_view text) = 0;
  // Extended protocol's Parse: one statement (42601 if several). Planned at once; types are known afterwards.
  virtual Result<PreparedPtr> Prepare(std::string_view text, std::vector<Oid> parameter_types) = 0;
  // `values` in stored form, one per parameter.
  virtual Result<std::unique_ptr<Portal>> Bind(PreparedPtr statement, Row values) = 0;
  virtual Result<Progress> Execute(Portal& portal, Sink& sink, int64_t max_rows /* 0: all */) = 0;
  virtual void GiveTurn(engine::Turn turn) = 0;
  // Of the statement that answered kNeedsTurn: it is brief (planner/brief.h). If its transaction ends as soon as it has run, without
  // waiting for the client, the turn may be asked for as brief.
  virtual bool WantsBriefTurn() const { return false; }
  // Its turn was given as brief, and others may wait for the end of its transaction.
  virtual bool IsBrief() const { return false; }
  // For a statement that answered kNeedsLock. `answered` is called once, from any thread or before this returns. The function
  // that comes back ends the wait with the status it is given; any thread, also when the session is gone.
  using Withdraw = std::function<void(Status)>;
  virtual Withdraw RequestLock(std::function<void(Status)> answered) { answered(Ok()); return {}; }
  // Who serves it, before its first statement: its number as clients know it, and how to call when notifications wait (from any
  // thread, under locks: it must not call back).
  virtual void Attach(int32_t process, std::function<void()> wake) { (void)process, (void)wake; }
  // What waits goes to the sink, outside of a transaction. An error: the connection must end, for some were lost.
  virtual Status DeliverNotifications(Sink& sink) { return (void)sink, Ok(); }
  // For a statement that answered kNeedsData. The bytes must stay until Execute returns.
  virtual void GiveCopyData(std::string_view bytes) { (void)bytes; }
  virtual void EndCopy(std::optional<std::string> failure) { (void)failure; }  // CopyDone, or CopyFail with its message
  // An engine that lends a limited number of connections, and none is lent to this session: before the next message is
  // handled, get one (Engine::RequestTurn) and give it.
  virtual bool NeedsTurnFirst() const { return false; }

  // Named statements and portals (protocol and SQL share them). The unnamed one is "". Store replaces "" and refuses a
  // taken name (42P05, 42P03); Find answers 26000, 34000. Closing an unknown name is no error. Portals end with their
  // transaction.
  virtual Status StoreStatement(std::string_view name, PreparedPtr statement) = 0;
  virtual Result<PreparedPtr> FindStatement(std::string_view name) = 0;
  virtual void CloseStatement(std::string_view name) = 0;
  virtual Status StorePortal(std::string_view name, std::unique_ptr<Portal> portal) = 0;
  virtual Result<Portal*> FindPortal(std::string_view name) = 0;
  virtual void ClosePortal(std::string_view name) = 0;

  // The implicit transaction of a Query message (several statements) or of Parse..Sync. End commits it (orphan check and
  // all), or rolls back when `failed`. In an explicit transaction both do nothing but mark it failed.
  virtual void BeginImplicit() = 0;
  // True; or false: it is being committed along with others'. Then nothing may be done but WhenCommitted and, after that, EndImplicit(false)
  // again, which tells how that has ended.
  virtual Result<bool> EndImplicit(bool failed) = 0;
  // `done` is called once, from any thread or before this returns.
  virtual void WhenCommitted(std::function<void()> done) { done(); }

  // Clean disconnect (Terminate): commits what SET AUTO_CTX wrapped.
  virtual Status Terminate() = 0;

  virtual TransactionStatus status() const = 0;
  // No reply may leave before this commit number is durable.
  virtual engine::CommitNumber visible() const = 0;
  virtual std::chrono::milliseconds lock_timeout() const = 0;
  virtual std::chrono::milliseconds idle_in_transaction_timeout() const = 0;
  virtual std::chrono::milliseconds idle_session_timeout() const { return {}; }
  virtual std::chrono::milliseconds statement_timeout() const { return {}; }  // the caller cancels what runs longer; 0: none
  virtual const FormatContext& format() const = 0;
  virtual std::vector<std::pair<std::string, std::string>> ReportedParameters() const = 0;  // ParameterStatus
  virtual Status Set(std::string_view name, std::string_view value) = 0;  // startup packet's settings
  virtual void Cancel() = 0;  // any thread: 57014 for the running statement, if there is one
};

}  // namespace allod::session
