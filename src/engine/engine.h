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
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/exec_context.h"
#include "base/status.h"
#include "base/value.h"

namespace allod::engine {

enum class DialectId : uint8_t { kSqlite, kPostgres };

// Opt-in abilities. What an engine does not claim is never asked of it.
struct Capabilities {
  bool single_writer = false;     // writers need a Turn
  bool transactional_ddl = true;
};

// Rows as a parameter: the statement reads them as the relation allod_rows(?N), columns c0, c1, ... (at most
// kMaxRelationColumns). This is how keys are looked up in sets, and how a relation that Allod computes (a system view,
// a history) enters a statement. Rows are in stored form and must outlive the cursor.
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
};
struct TableWatch {
  std::string table;                 // the engine's (physical) name
  std::vector<std::string> columns;  // the engine's column names
  uint32_t tag = 0;                  // the caller's
};
struct Watch {
  std::vector<TableWatch> tables;
};

// The right to write, on an engine with single_writer. Released by the destructor. Movable.
class Turn {
 public:
  Turn() = default;
  explicit Turn(std::shared_ptr<void> token) : token_(std::move(token)) {}
  bool held() const { return token_ != nullptr; }
  std::shared_ptr<void> token_;  // its deleter passes the turn on
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
};

// One thread at a time. The destructor rolls back what is not committed; nothing else ever rolls back.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Prepares (from a cache, by text) and binds. `text` is one statement in the engine's dialect; parameters are ?1, ?2, ...
  // The context and whatever parameters point to must live as long as the cursor.
  virtual Result<std::unique_ptr<Cursor>> Run(std::string_view text, std::span<const Parameter> parameters,
                                              ExecContext* context) = 0;
  // For definitions and other statements without rows that Allod itself writes; may hold several statements. Trusted:
  // second-line checks on what statements may touch do not apply. Never text that holds a user's words unescaped.
  virtual Status Script(std::string_view text) = 0;
  // All foreign keys are checked at commit instead of after each statement, until the transaction ends or it is taken back.
  virtual Status DeferForeignKeys(bool on = true) = 0;

  // Its reads may show the newest *durable* commit instead of the newest, so that nothing has to be waited for; but at least
  // `at_least`: a session's own last commit, or the one that made the definitions it goes by. REQUIRES: nothing was run yet.
  virtual void MayShowDurable(CommitNumber at_least) { (void)at_least; }

  // Row changes from now on are captured for these tables, cascades included; the watch must outlive the transaction.
  // Setting it again keeps what was captured. Rolling back to a savepoint takes back what was captured since.
  virtual void SetWatch(std::shared_ptr<const Watch> watch) = 0;
  virtual const std::vector<Change>& Changes() const = 0;
  virtual void ClearChanges() = 0;

  // Savepoints nest by number: 1, 2, ...
  virtual Status Savepoint(int number) = 0;
  virtual Status RollbackTo(int number) = 0;
  virtual Status Release(int number) = 0;

  // After it the transaction is over, committed or (on error) rolled back. The number is to be waited for with
  // Engine::WhenDurable before anybody is told; of a transaction that only read, it is what its reads have shown.
  virtual Result<CommitNumber> Commit() = 0;
  // False once the engine itself has ended the transaction (some errors do); what follows can only be rolled back.
  virtual bool alive() const = 0;

  // Any thread, any time while the transaction lives: the running statement fails with 57014.
  virtual void Interrupt() = 0;
};

enum class Mode : uint8_t {
  kRead,      // each statement sees what was committed when it began
  kSnapshot,  // all statements see what was committed when the first began
  kWrite,     // may write; sees its own changes and what was committed before. REQUIRES a Turn where single_writer
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual DialectId dialect() const = 0;
  virtual Capabilities capabilities() const = 0;

  // Waits in line (fair) for the writer's turn; `granted` is called once, from any thread or before this returns:
  // the turn, or 55P03 after `timeout` (zero: no limit), or 57014 when the request was withdrawn.
  using Granted = std::function<void(Result<Turn>)>;
  virtual uint64_t RequestTurn(std::chrono::milliseconds timeout, Granted granted) = 0;
  virtual void WithdrawRequest(uint64_t request) = 0;

  virtual Result<std::unique_ptr<Transaction>> Begin(Mode mode, Turn turn = {}) = 0;

  // What a reader that begins now could see: nothing may be told to a client before this number is durable. A reader
  // asks after the first Next() of its statement: what was committed in between is in it.
  virtual CommitNumber VisibleNumber() const = 0;
  virtual bool IsDurable(CommitNumber number) const = 0;
  // `done` is called once, from any thread or before this returns, when all commits up to `number` are on disk.
  virtual void WhenDurable(CommitNumber number, std::function<void()> done) = 0;

  struct Statistics {
    uint64_t commits = 0, syncs = 0, checkpoints = 0, wal_bytes = 0, writers_waiting = 0, connections = 0;
  };
  virtual Statistics statistics() const = 0;
};

// Blocking forms, for tests, tools and the embedded library.
Result<Turn> AwaitTurn(Engine& engine, std::chrono::milliseconds timeout = {});
void AwaitDurable(Engine& engine, CommitNumber number);

}  // namespace allod::engine
