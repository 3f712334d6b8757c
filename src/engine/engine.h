// The Engine interface: what Allod needs of whatever stores its rows. An engine knows nothing of owners, versions,
// leaves or trees; it runs statements in its own dialect inside transactions, and says which rows they changed.
//
// Implementations: engine/sqlite (embedded), engine/postgres (a cluster), engine/faulty (test double).
// engine/engine_contract_test.cc runs against every one of them.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/exec_context.h"
#include "base/status.h"
#include "base/types.h"
#include "base/value.h"

namespace allod::engine {

enum class DialectId : uint8_t { kSqlite, kPostgres };

// Opt-in abilities. What an engine does not claim is never asked of it.
struct Capabilities {
  bool single_writer = false;     // writers need a Turn
  bool transactional_ddl = true;
  bool leases = false;            // every transaction needs a Turn, readers too: it is one of a limited number of connections
  // The engine understands PostgreSQL's SQL itself: texts and names are the user's, parameters are $1, $2, ..., errors are
  // PostgreSQL's own, statements can be described.
  bool native_sql = false;
  // After a statement that failed, a transaction that writes (or has a snapshot) answers 25P02 until it is rolled back, to
  // a savepoint or whole. Without it a failed statement is undone alone and the transaction goes on.
  bool failure_ends_transaction = false;
  bool records_changes = false;   // Transaction::Record
  int blocking_threads = 0;       // > 0: calls wait for a network; run sessions on at least so many threads
};

// Rows as a parameter: the statement reads them as the relation allod_rows(?N), columns c0, c1, ... (at most
// kMaxRelationColumns). This is how keys are looked up in sets, and how a relation that Allod computes (a system view,
// a history) enters a statement. Rows are in stored form and must outlive the cursor.
// With native_sql, a relation takes as many consecutive parameter numbers as it has columns, each an array (whatever its
// rows): unnest($3::int4[], $4::text[]) AS k(c0, c1); the parameter after it has the next number.
inline constexpr int kMaxRelationColumns = 100;
// In Error::constraint, with SQLSTATE XX000: the statement was planned against definitions that have since changed (a
// table or column that is no more). Nothing was done; it can be planned again and run once more.
inline constexpr std::string_view kStaleSchema = "stale-schema";
struct Relation {
  int width = 0;
  std::vector<Row> rows;
};
using Parameter = std::variant<Datum, const Relation*>;

// One row change, as captured. Values are those of the watched columns, in the order of TableWatch::columns.
struct Change {
  enum class Op : uint8_t { kInsert, kUpdate, kDelete };
  Op op;
  uint32_t tag;          // TableWatch::tag
  Row before, after;     // empty for insert, delete respectively
  // What the engine itself calls the row, before and after; of recorded changes only.
  int64_t row_before = 0, row_after = 0;
};
struct TableWatch {
  std::string table;                 // the engine's (physical) name
  std::vector<std::string> columns;  // the engine's column names
  uint32_t tag = 0;                  // the caller's
};
struct Watch {
  std::vector<TableWatch> tables;
};

// Whole rows to be recorded (Transaction::Record). Columns are those that the table holds at that moment, in its order; one
// that is not wanted leaves a NULL in its place.
struct Recording {
  struct Column {
    bool wanted = true;
    bool real = false;  // of a floating point type
  };
  struct Table {
    std::string table;  // the engine's name
    uint32_t tag = 0;   // the caller's
    std::vector<Column> columns;
  };
  std::vector<Table> tables;  // ordered by `table`
};

class Transaction;

// Is told of the changes of recorded tables.
class Recorder {
 public:
  virtual ~Recorder() = default;
  // What one statement has changed, cascades included, or a part of it, in order. May run statements in the transaction,
  // which are not recorded. An error ends the transaction: it can only be rolled back.
  virtual Status Record(Transaction& transaction, std::span<const Change> changes) = 0;
};

// The types of a statement, as the engine sees them (native_sql).
struct StatementShape {
  struct Column {
    std::string name;
    Type type;
    Oid table = 0;          // where it is a table's column as it is: the table and the column's number; else 0
    int16_t attribute = 0;
  };
  std::vector<Type> parameters;
  std::vector<Column> columns;  // empty: gives no rows
};

// Settings that a statement's meaning depends on (TimeZone, DateStyle, search_path, ...), by name. Never changed once shared.
struct SessionSettings {
  std::vector<std::pair<std::string, std::string>> values;
};

// The right to write, on an engine with single_writer; the lease of a connection, on one with leases. Released by the
// destructor. Movable.
class Turn {
 public:
  Turn() = default;
  explicit Turn(std::shared_ptr<void> token, bool brief = false) : token_(std::move(token)), brief_(brief) {}
  bool held() const { return token_ != nullptr; }
  // It was asked for as such (Engine::RequestTurn), so others may be waiting for its end to be committed.
  bool brief() const { return held() && brief_; }
  std::shared_ptr<void> token_;  // its deleter passes the turn on

 private:
  bool brief_ = false;
};

// A number that grows with commits. 0: nothing to wait for.
using CommitNumber = uint64_t;

// The rows of one statement. One thread at a time. Destroy before its Transaction ends.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual int columns() const = 0;
  // Steps to the next row: true, or false at the end. After an error the statement has had no effect.
  // INSERT, UPDATE, DELETE run to completion within the first Next().
  virtual Result<bool> Next() = 0;
  // REQUIRES: the last Next() gave true. Valid until the next Next().
  virtual Datum column(int index) const = 0;
  // Rows inserted, updated or deleted by this statement itself (not by cascades). After Next() gave false.
  virtual int64_t affected() const = 0;
  // What the engine calls the statement when it is done ("INSERT 0 3", "CREATE TABLE"). Empty without native_sql.
  virtual std::string_view tag() const { return {}; }
};

// One thread at a time. The destructor rolls back what is not committed; nothing else ever rolls back.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Prepares (from a cache, by text) and binds. `text` is one statement in the engine's dialect; parameters are ?1, ?2, ...
  // The context and whatever parameters point to must live as long as the cursor. `types` (native_sql): the types of
  // $1, $2, ... as a client declared them, 0 or missing where the engine is to find out.
  virtual Result<std::unique_ptr<Cursor>> Run(std::string_view text, std::span<const Parameter> parameters,
                                              ExecContext* context, std::span<const Oid> types = {}) = 0;
  // Parameters and columns of a statement, without running it. Only with native_sql.
  virtual Result<StatementShape> Describe(std::string_view text, std::span<const Oid> types = {});
  // For definitions and other statements without rows that Allod itself writes; may hold several statements. Trusted:
  // second-line checks on what statements may touch do not apply. Never text that holds a user's words unescaped.
  virtual Status Script(std::string_view text) = 0;
  // What statements run from now on go by. An engine whose functions ask the ExecContext has no use for it.
  virtual void UseSettings(std::shared_ptr<const SessionSettings> settings) { (void)settings; }
  // What is run here leaves something behind on the connection, beyond the transaction (a temporary table, an advisory
  // lock): nobody else may get it. Only with leases.
  virtual void LeavesTraces() {}
  // What the engine wanted to be told to the client since the last call: NOTICE, WARNING.
  virtual std::vector<Error> TakeNotices() { return {}; }
  // All foreign keys are checked at commit instead of after each statement, until the transaction ends or it is taken back.
  virtual Status DeferForeignKeys(bool on = true) = 0;

  // Its reads may show the newest *durable* commit instead of the newest, so that nothing has to be waited for; but at least
  // `at_least`: a session's own last commit, or the one that made the definitions it goes by. REQUIRES: nothing was run yet.
  virtual void MayShowDurable(CommitNumber at_least) { (void)at_least; }

  // Row changes from now on are captured for these tables, cascades included; the watch must outlive the transaction.
  // Setting it again keeps what was captured. Rolling back to a savepoint takes back what was captured since.
  virtual void SetWatch(std::shared_ptr<const Watch> watch) = 0;
  // Valid until the next call of the transaction. May ask the engine over the network, if anything was watched.
  virtual Result<const std::vector<Change>*> Changes() = 0;
  virtual void ClearChanges() = 0;
  // Tags of tables of which more rows changed than can be held: what Changes() says of them is not all, and they must be
  // looked at whole. As of the last Changes().
  virtual const std::set<uint32_t>& Overflowed() const;
  // Every row that a statement changes from now on is told to the recorder before the statement is over: a statement that
  // has succeeded is recorded. Scripts are not recorded. Both must outlive the transaction; null: nothing more is recorded.
  // Only with records_changes. REQUIRES: kWrite.
  virtual void Record(std::shared_ptr<const Recording> recording, Recorder* recorder) { (void)recording, (void)recorder; }
  // The tables and columns that may be watched from now on, by any process, when this transaction is committed; no others.
  // An engine that captures changes by triggers makes them here. REQUIRES: kWrite.
  virtual Status PrepareWatches(std::span<const TableWatch> tables) { (void)tables; return Ok(); }

  // Looks at what is stored: pages, the order of rows, indexes against tables, NOT NULL, UNIQUE, CHECK and foreign keys. `table`: the engine's
  // name; "": everything. `found` is told each fault, in the engine's names, with the engine's number of the row (0: not known). An error: it could not be
  // looked at. Sees what the transaction sees. REQUIRES: not kRead.
  using FaultFound = std::function<void(std::string_view table, int64_t row, std::string_view fault)>;
  virtual Status CheckStorage(std::string_view table, ExecContext* context, const FaultFound& found);

  // Savepoints nest by number: 1, 2, ...
  virtual Status Savepoint(int number) = 0;
  virtual Status RollbackTo(int number) = 0;
  virtual Status Release(int number) = 0;

  // The commit is to fail with 40A01 if the catalogue kept in the engine has another version by then (native_sql).
  virtual void ExpectVersion(int64_t version) { (void)version; }

  // After it the transaction is over, committed or (on error) rolled back. The number is to be waited for with
  // Engine::WhenDurable before anybody is told; of a transaction that only read, it is what its reads have shown.
  // 08007: the connection was lost before the engine answered; whether it is committed is unknown.
  virtual Result<CommitNumber> Commit() = 0;
  // The same for whoever can wait for the answer without holding up others: if the next in line for the turn is brief, the engine
  // may commit both transactions, and those that follow, at once, all of them or none. The transaction is over, `done` is called once, from any
  // thread or before this returns.
  using Committed = std::function<void(Result<CommitNumber>)>;
  virtual void CommitJointly(Committed done) { done(Commit()); }
  // False once the engine itself has ended the transaction (some errors do); what follows can only be rolled back.
  virtual bool alive() const = 0;
  // The turn that Begin got, for the session's next transaction. Only with leases, and when this transaction is over (an
  // uncommitted one is rolled back by this call). Otherwise the turn is released with the transaction.
  virtual Turn TakeTurn() { return {}; }

  // Any thread, any time while the transaction lives: the running statement fails with 57014.
  virtual void Interrupt() = 0;
};

enum class Mode : uint8_t {
  kRead,      // each statement sees what was committed when it began
  kSnapshot,  // all statements see what was committed when the first began
  kWrite,     // may write; sees its own changes and what was committed before. REQUIRES a Turn where single_writer
};

// Of transactions that take part in no single line of writers; an engine with single_writer is always serializable.
enum class Isolation : uint8_t { kReadCommitted, kRepeatableRead, kSerializable };

class Engine {
 public:
  virtual ~Engine() = default;
  virtual DialectId dialect() const = 0;
  virtual Capabilities capabilities() const = 0;

  // Waits in line (fair) for the writer's turn, or for a lease; `granted` is called once, from any thread or before this
  // returns: the turn, or after `timeout` 55P03 (zero: no limit), 53300 for a lease (zero: the engine's own limit), or 57014
  // when the request was withdrawn.
  // `brief`: it is wanted for one statement that changes a few rows and waits for nobody, neither a lock nor its client, until
  // its transaction ends. Then it may become part of the commit of those before it (Transaction::CommitJointly).
  using Granted = std::function<void(Result<Turn>)>;
  virtual uint64_t RequestTurn(std::chrono::milliseconds timeout, Granted granted, bool brief = false) = 0;
  virtual void WithdrawRequest(uint64_t request) = 0;

  virtual Result<std::unique_ptr<Transaction>> Begin(Mode mode, Turn turn = {},
                                                     Isolation isolation = Isolation::kReadCommitted) = 0;

  // What a reader that begins now could see: nothing may be told to a client before this number is durable. A reader
  // asks after the first Next() of its statement: what was committed in between is in it.
  virtual CommitNumber VisibleNumber() const = 0;
  virtual bool IsDurable(CommitNumber number) const = 0;
  // `done` is called once, from any thread or before this returns, when all commits up to `number` are on disk.
  virtual void WhenDurable(CommitNumber number, std::function<void()> done) = 0;

  // Hears what is said on a channel of the engine (LISTEN, NOTIFY) until the handle is dropped; the callback runs on a
  // thread of the engine's, and must not drop the handle itself. An empty payload also says: something may have been missed
  // (the connection was lost and is there again). Only with native_sql.
  using Heard = std::function<void(std::string_view payload)>;
  virtual Result<std::shared_ptr<void>> Listen(std::string_view channel, Heard heard);

  struct Statistics {
    uint64_t commits = 0, syncs = 0, checkpoints = 0, wal_bytes = 0, writers_waiting = 0, connections = 0;
    uint64_t leases = 0, leases_waiting = 0;  // connections lent now; how many wait for one
  };
  virtual Statistics statistics() const = 0;
};

// Blocking forms, for tests, tools and the embedded library.
Result<Turn> AwaitTurn(Engine& engine, std::chrono::milliseconds timeout = {}, bool brief = false);
// Begins with a turn if this mode needs one here, waiting for it.
Result<std::unique_ptr<Transaction>> AwaitBegin(Engine& engine, Mode mode, std::chrono::milliseconds timeout = {});
Result<CommitNumber> AwaitJointCommit(Transaction& transaction);
void AwaitDurable(Engine& engine, CommitNumber number);

}  // namespace allod::engine
