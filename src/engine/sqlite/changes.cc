#include "engine/sqlite/changes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/sqlite/errors.h"

namespace allod::engine::sqlite {
namespace {

constexpr size_t kResolvedWatches = 64;

Value Copy(sqlite3_value* value, bool real) {
  switch (sqlite3_value_type(value)) {
    // SQLite writes whole numbers of a REAL column as integers, and for new rows shows them so.
    case SQLITE_INTEGER:
      if (real) return Value::Real(static_cast<double>(sqlite3_value_int64(value)));
      return Value::Integer(sqlite3_value_int64(value));
    case SQLITE_FLOAT: return Value::Real(sqlite3_value_double(value));
    case SQLITE_TEXT: {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      return Value::Text(std::string(bytes == nullptr ? "" : bytes, sqlite3_value_bytes(value)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      return Value::Blob(std::string(bytes == nullptr ? "" : bytes, sqlite3_value_bytes(value)));
    }
    default: return Value::Null();
  }
}

Change::Op OpOf(int op) {
  return op == SQLITE_INSERT ? Change::Op::kInsert : op == SQLITE_UPDATE ? Change::Op::kUpdate : Change::Op::kDelete;
}

// The table's columns in physical order. Stepping the statement makes SQLite read the schema again if it has changed.
struct Definition {
  std::string name;
  bool real;
};
Result<std::vector<Definition>> ColumnsOf(sqlite3* db, const std::string& table) {
  std::string text = "SELECT * FROM \"";
  for (const char c : table) text.append(c == '"' ? 2 : 1, c);
  text += "\" LIMIT 0";
  sqlite3_stmt* statement = nullptr;
  int rc = sqlite3_prepare_v3(db, text.data(), static_cast<int>(text.size()), 0, &statement, nullptr);
  std::vector<Definition> columns;
  if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_DONE) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const char* type = sqlite3_column_decltype(statement, i);
      columns.push_back({sqlite3_column_name(statement, i), type != nullptr && sqlite3_stricmp(type, "REAL") == 0});
    }
    rc = SQLITE_OK;
  }
  Status status = rc == SQLITE_OK ? Ok() : LastError(db, rc);
  sqlite3_finalize(statement);
  if (!status.ok()) return status;
  return columns;
}

}  // namespace

Result<ChangeCapture::Resolved> ChangeCapture::Resolve(sqlite3* db, std::shared_ptr<const Watch> watch, uint64_t epoch) {
  Resolved resolved{watch, epoch, {}};
  for (const TableWatch& wanted : watch->tables) {
    ALLOD_ASSIGN_OR_RETURN(const std::vector<Definition> columns, ColumnsOf(db, wanted.table));
    Table table{wanted.table, wanted.tag, {}};
    for (const std::string& name : wanted.columns) {
      const auto it = std::find_if(columns.begin(), columns.end(), [&](const Definition& c) { return c.name == name; });
      if (it == columns.end()) {
        return Fail(sqlstate::kInternalError, "no such column: " + wanted.table + "." + name)
            .Constraint(std::string(kStaleSchema));
      }
      table.columns.push_back({static_cast<int>(it - columns.begin()), it->real});
    }
    resolved.tables.push_back(std::move(table));
  }
  std::sort(resolved.tables.begin(), resolved.tables.end(), [](const Table& a, const Table& b) { return a.name < b.name; });
  return resolved;
}

Status ChangeCapture::Start(sqlite3* db, std::shared_ptr<const Watch> watch, uint64_t epoch) {
  const auto it = std::find_if(resolved_.begin(), resolved_.end(), [&](const Resolved& r) { return r.watch == watch; });
  current_ = nullptr;
  last_ = nullptr;
  if (it != resolved_.end() && it->epoch == epoch) {
    resolved_.splice(resolved_.begin(), resolved_, it);
  } else {
    if (it != resolved_.end()) resolved_.erase(it);
    ALLOD_ASSIGN_OR_RETURN(Resolved fresh, Resolve(db, std::move(watch), epoch));
    resolved_.push_front(std::move(fresh));
    if (resolved_.size() > kResolvedWatches) resolved_.pop_back();
  }
  current_ = &resolved_.front();
  SetHook(db);
  return Ok();
}

void ChangeCapture::SetHook(sqlite3* db) {
  const bool needed = current_ != nullptr || recording_ != nullptr;
  sqlite3_preupdate_hook(db, needed ? &ChangeCapture::Hook : nullptr, this);
}

void ChangeCapture::Record(sqlite3* db, const Recording* recording) {
  if (recording == recording_) return;
  recording_ = recording;
  last_recorded_ = nullptr;
  SetHook(db);
}

void ChangeCapture::Pause(sqlite3* db) {
  if (current_ == nullptr) return;
  current_ = nullptr;
  last_ = nullptr;
  SetHook(db);
}

void ChangeCapture::Stop(sqlite3* db) {
  Pause(db);
  Record(db, nullptr);
  recorded_.clear();
  incomplete_ = false;
  captured_.clear();
  if (captured_.capacity() > 1024) captured_.shrink_to_fit();
}

const ChangeCapture::Table* ChangeCapture::Find(const char* table) {
  if (last_ != nullptr && last_->name == table) return last_;
  const auto& tables = current_->tables;
  const auto it = std::lower_bound(tables.begin(), tables.end(), table,
                                   [](const Table& t, const char* name) { return t.name.compare(name) < 0; });
  if (it == tables.end() || it->name != table) return nullptr;
  last_ = &*it;
  return last_;
}

void ChangeCapture::Hook(void* self, sqlite3* db, int op, const char*, const char* table, sqlite3_int64 row_before,
                         sqlite3_int64 row_after) {
  auto* capture = static_cast<ChangeCapture*>(self);
  if (capture->recording_ != nullptr) capture->Keep(db, op, table, row_before, row_after);
  if (capture->current_ == nullptr) return;
  if (const Table* watched = capture->Find(table)) capture->Capture(db, op, *watched);
}

void ChangeCapture::Keep(sqlite3* db, int op, const char* table, int64_t row_before, int64_t row_after) {
  if (last_recorded_ == nullptr || last_recorded_->table != table) {
    const auto& tables = recording_->tables;
    const auto it = std::lower_bound(tables.begin(), tables.end(), table, [](const Recording::Table& t, const char* name) {
      return t.table.compare(name) < 0;
    });
    if (it == tables.end() || it->table != table) return;
    last_recorded_ = &*it;
  }
  const std::vector<Recording::Column>& columns = last_recorded_->columns;
  Change& change = recorded_.emplace_back();
  change.op = OpOf(op);
  change.tag = last_recorded_->tag;
  change.row_before = row_before;
  change.row_after = row_after;
  // A row of another width was not described to us: it must not go by unrecorded.
  if (sqlite3_preupdate_count(db) != static_cast<int>(columns.size())) return void(incomplete_ = true);
  auto read = [&](auto* get, Row* row) {
    row->resize(columns.size());
    sqlite3_value* value = nullptr;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].wanted) continue;
      if (get(db, static_cast<int>(i), &value) != SQLITE_OK) return void(incomplete_ = true);
      (*row)[i] = Copy(value, columns[i].real);
    }
  };
  if (op != SQLITE_INSERT) read(&sqlite3_preupdate_old, &change.before);
  if (op != SQLITE_DELETE) read(&sqlite3_preupdate_new, &change.after);
}

void ChangeCapture::Capture(sqlite3* db, int op, const Table& table) {
  Change change;
  change.op = OpOf(op);
  change.tag = table.tag;
  sqlite3_value* value = nullptr;
  if (op != SQLITE_INSERT) {
    change.before.reserve(table.columns.size());
    for (const Column& column : table.columns) {
      if (sqlite3_preupdate_old(db, column.position, &value) != SQLITE_OK) return void(incomplete_ = true);
      change.before.push_back(Copy(value, column.real));
    }
  }
  if (op != SQLITE_DELETE) {
    change.after.reserve(table.columns.size());
    for (const Column& column : table.columns) {
      if (sqlite3_preupdate_new(db, column.position, &value) != SQLITE_OK) return void(incomplete_ = true);
      change.after.push_back(Copy(value, column.real));
    }
  }
  captured_.push_back(std::move(change));
}

}  // namespace allod::engine::sqlite
