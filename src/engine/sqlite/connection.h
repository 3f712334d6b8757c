// One SQLite connection, set up as the server wants it: hardened, with Allod's functions, a cache of prepared
// statements, a guard on what statements may touch, and the capture of row changes. One thread at a time.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "engine/sqlite/changes.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/functions/functions.h"
#include "engine/sqlite/process.h"

namespace allod::engine::sqlite {

struct Statement {
  sqlite3_stmt* handle = nullptr;
  std::string text;
  int parameters = 0;
  int columns = 0;
  bool writes = false;
  // It may have changed something before it fails, which SQLite then would not undo (see MayLeaveHalf).
  bool needs_savepoint = false;
  uint64_t epoch = 0;  // of the schema, when that was found out
  bool in_use = false;
  bool cached = false;
  std::list<Statement*>::iterator age;  // its place in the cache's order of use

  ~Statement() { sqlite3_finalize(handle); }
};

// A counter that a running statement looks at every thousand steps or so: not zero, and the statement is interrupted.
using InterruptFlag = std::atomic<int>;

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const Options& options, int cache_kib);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* db() const { return db_; }

  // A statement for Run(): guarded. Give it back with Release(), bindings and all. `epoch` changes with the schema.
  Result<Statement*> Prepare(std::string_view text, ExecContext* context, uint64_t epoch);
  void Release(Statement* statement);
  Status Bind(Statement& statement, std::span<const Parameter> parameters);
  // SQLite's answer. Sets up what functions and the progress handler need to know.
  // Without `interrupt` nothing may end it, the limit of the connection's memory neither: either would undo all of a joint commit.
  int Step(Statement& statement, ExecContext* context, InterruptFlag* interrupt);

  // Allod's own: BEGIN, COMMIT, SAVEPOINT ... Unguarded, without rows. SQLite's answer.
  int Control(const char* text);
  // Several statements, unguarded and with sqlite_schema writable. Tells other connections if the schema changed.
  Status Script(std::string_view text, InterruptFlag* interrupt);

  // What the last Step or Control failed with; a function's own error goes first.
  Status Failure(int code);

  // Outside of a transaction, or within BEGIN before anything was read: brings the page cache to the newest commit (refresh.h).
  void Refresh();
  // Within BEGIN, before anything was read. What is shown from then on is that snapshot; false if it is gone.
  bool OpenSnapshot(sqlite3_snapshot* snapshot);
  // Within BEGIN: the newest commit. Null if there is none to be had.
  sqlite3_snapshot* TakeSnapshot();

  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  // Frames in the log after the last COMMIT; 0 if it wrote none.
  int TakeCommittedFrames() { return std::exchange(committed_frames_, 0); }
  ChangeCapture& changes() { return changes_; }

  // A statement of Allod's own, unguarded: its rows as texts. `each` says whether to go on.
  Status Ask(const std::string& text, ExecContext* context, InterruptFlag* interrupt, const std::function<void(const std::vector<std::string>& row)>& each);
  // One integer out of a statement of Allod's own.
  Result<int64_t> QueryInteger(const char* text);

 private:
  Connection() = default;
  Status SetUp(const Options& options, int cache_kib);
  Result<std::unique_ptr<Statement>> PrepareNew(std::string_view text);
  bool MayLeaveHalf(const Statement& statement);
  void EvictOldest();
  Status RunScript(std::string_view text, InterruptFlag* interrupt);

  static int Authorize(void* self, int action, const char* a, const char* b, const char* schema, const char* trigger);
  static int Progress(void* self);
  static int Committed(void* self, sqlite3* db, const char* schema, int frames);

  sqlite3* db_ = nullptr;
  FunctionState functions_;
  ChangeCapture changes_;
  InterruptFlag* interrupt_ = nullptr;
  MemoryAccount memory_;
  bool trusted_ = false;         // the guard lets everything pass
  bool schema_edited_ = false;   // a trusted statement wrote sqlite_schema
  int committed_frames_ = 0;

  size_t max_cached_ = 0;
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> cache_;  // keys are the statements' own texts
  std::list<Statement*> ages_;                                             // front: used last
  std::vector<std::unique_ptr<Statement>> uncached_;                       // in use, and not to be kept
  std::unordered_map<std::string, sqlite3_stmt*> control_;
};

}  // namespace allod::engine::sqlite
