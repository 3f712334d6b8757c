// The row changes of a transaction, taken from SQLite's preupdate hook: no triggers, cascades included. They go two ways:
// some columns of watched tables are kept until the transaction ends; whole rows of recorded tables until the statement does.
#pragma once

#include <sqlite3.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace allod::engine::sqlite {

// One per connection. The hook is only set while a transaction watches or records something.
class ChangeCapture {
 public:
  // Finds the watched columns' positions, from a cache if this watch was used before with the same schema. `epoch`
  // changes with the schema. Answers stale-schema if a table or column is not there.
  Status Start(sqlite3* db, std::shared_ptr<const Watch> watch, uint64_t epoch);
  // Watches nothing; what was captured stays.
  void Pause(sqlite3* db);
  // Watches and records nothing, and forgets what was captured.
  void Stop(sqlite3* db);
  bool watching() const { return current_ != nullptr; }
  uint64_t epoch() const { return current_->epoch; }
  const std::shared_ptr<const Watch>& watch() const { return current_->watch; }

  const std::vector<Change>& captured() const { return captured_; }
  size_t size() const { return captured_.size(); }
  void Truncate(size_t size) { if (size < captured_.size()) captured_.resize(size); }
  void Clear() { captured_.clear(); }
  // Null: records nothing.
  void Record(sqlite3* db, const Recording* recording);
  const std::vector<Change>& recorded() const { return recorded_; }
  void ForgetRecorded() { recorded_.clear(); }

  // True if a change could not be read (no memory, unreadable page): the transaction must not commit.
  bool incomplete() const { return incomplete_; }

 private:
  struct Column {
    int position;
    bool real;
  };
  struct Table {
    std::string name;
    uint32_t tag;
    std::vector<Column> columns;
  };
  struct Resolved {
    std::shared_ptr<const Watch> watch;
    uint64_t epoch;
    std::vector<Table> tables;  // by name
  };

  static Result<Resolved> Resolve(sqlite3* db, std::shared_ptr<const Watch> watch, uint64_t epoch);
  static void Hook(void* self, sqlite3* db, int op, const char* schema, const char* table, sqlite3_int64 before_key,
                   sqlite3_int64 after_key);
  void SetHook(sqlite3* db);
  const Table* Find(const char* table);
  void Capture(sqlite3* db, int op, const Table& table);
  void Keep(sqlite3* db, int op, const char* table, int64_t row_before, int64_t row_after);

  std::list<Resolved> resolved_;  // front: used last; bounded
  Resolved* current_ = nullptr;
  const Table* last_ = nullptr;   // most changes are to the table of the one before
  std::vector<Change> captured_;
  const Recording* recording_ = nullptr;
  const Recording::Table* last_recorded_ = nullptr;
  std::vector<Change> recorded_;
  bool incomplete_ = false;
};

}  // namespace allod::engine::sqlite
