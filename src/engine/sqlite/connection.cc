#include "engine/sqlite/connection.h"

#include <string.h>  // explicit_bzero

#include <utility>

#include "engine/sqlite/errors.h"
#include "engine/sqlite/guard.h"
#include "engine/sqlite/refresh.h"
#include "engine/sqlite/relations.h"

namespace allod::engine::sqlite {
namespace {

constexpr int kStepsBetweenInterruptChecks = 1000;
constexpr int kBusyMilliseconds = 5000;  // another connection's recovery of the log, when all open at once
constexpr size_t kLongestCachedText = 64 * 1024;
constexpr size_t kControlStatements = 64;

// What a statement may be at most. The wire protocol's limits come first; these keep what Allod itself prints, and what
// values can grow to, within what one connection may cost.
constexpr struct { int id, value; } kLimits[] = {
    {SQLITE_LIMIT_LENGTH, 256 << 20},        // of a value or row
    {SQLITE_LIMIT_SQL_LENGTH, 64 << 20},
    {SQLITE_LIMIT_EXPR_DEPTH, 12000},        // recursion on the C stack: about 500 bytes a level
    {SQLITE_LIMIT_COMPOUND_SELECT, 500},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 10000},  // matching is recursive
};

int RowsDone(int rc) { return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc; }

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const Options& options, int cache_kib) {
  if (const int rc = InitializeProcess(); rc != SQLITE_OK) return ErrorFrom(rc, sqlite3_errstr(rc));
  std::unique_ptr<Connection> connection(new Connection());
  connection->memory_.limit = static_cast<int64_t>(options.connection_memory_mib) << 20;
  MemoryScope scope(&connection->memory_, false);
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    SQLITE_OPEN_NOFOLLOW;
  const int rc = sqlite3_open_v2(options.path.c_str(), &connection->db_, flags,
                                 options.file_layer.empty() ? nullptr : options.file_layer.c_str());
  if (rc != SQLITE_OK) {
    if (connection->db_ == nullptr) return ErrorFrom(SQLITE_NOMEM, "");
    return LastError(connection->db_, rc);
  }
  ALLOD_RETURN_IF_ERROR(connection->SetUp(options, cache_kib));
  return connection;
}

Status Connection::SetUp(const Options& options, int cache_kib) {
  max_cached_ = options.cached_statements;
  if (!options.key.empty()) {
    if (options.key.size() != 32) return allod::Fail(sqlstate::kInternalError, "the database key must have 32 bytes");
    const int aegis = sqlite3mc_cipher_index("aegis");
    std::string raw = "raw:" + options.key;  // the key itself, not a passphrase to derive one from
    int rc = SQLITE_ERROR;
    if (sqlite3mc_config(db_, "cipher", aegis) == aegis) {
      rc = sqlite3_key_v2(db_, "main", raw.data(), static_cast<int>(raw.size()));
    }
    explicit_bzero(raw.data(), raw.size());
    if (rc != SQLITE_OK) return allod::Fail(sqlstate::kInternalError, "the database's cipher cannot be set up");
  }
  for (const auto& limit : kLimits) sqlite3_limit(db_, limit.id, limit.value);
  sqlite3_busy_timeout(db_, kBusyMilliseconds);

  constexpr struct { int id, on; } kConfig[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
      {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      // A plan does not depend on the values bound to it: with statistics, each new value would have it planned again.
      {SQLITE_DBCONFIG_ENABLE_QPSG, 1},
  };
  for (const auto& config : kConfig) {
    if (const int rc = sqlite3_db_config(db_, config.id, config.on, nullptr); rc != SQLITE_OK) return LastError(db_, rc);
  }
  std::string pragmas =
      "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
      "PRAGMA mmap_size=0; PRAGMA cache_size=-" + std::to_string(cache_kib) + ";";
  if (const int rc = sqlite3_exec(db_, pragmas.c_str(), nullptr, nullptr, nullptr); rc != SQLITE_OK) {
    return LastError(db_, rc);
  }
  int persist = 1;
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  sqlite3_wal_hook(db_, &Connection::Committed, this);  // takes the place of automatic checkpoints

  ALLOD_RETURN_IF_ERROR(RegisterFunctions(db_, &functions_));
  ALLOD_RETURN_IF_ERROR(RegisterRelations(db_));
  sqlite3_progress_handler(db_, kStepsBetweenInterruptChecks, &Connection::Progress, this);
  sqlite3_set_authorizer(db_, &Connection::Authorize, this);
  return Ok();
}

Connection::~Connection() {
  MemoryScope scope(&memory_, false);
  cache_.clear();
  uncached_.clear();
  for (auto& [text, handle] : control_) sqlite3_finalize(handle);
  sqlite3_close_v2(db_);
}

int Connection::Authorize(void* self, int action, const char* a, const char* b, const char*, const char*) {
  auto* connection = static_cast<Connection*>(self);
  if (!connection->trusted_) return Guard(action, a, b);
  if ((action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE) && IsSchemaTable(a)) {
    connection->schema_edited_ = true;
  }
  return SQLITE_OK;
}

int Connection::Progress(void* self) {
  const InterruptFlag* flag = static_cast<Connection*>(self)->interrupt_;
  return flag != nullptr && flag->load(std::memory_order_relaxed) != 0;
}

int Connection::Committed(void* self, sqlite3*, const char*, int frames) {
  static_cast<Connection*>(self)->committed_frames_ = frames;
  return SQLITE_OK;
}

Result<std::unique_ptr<Statement>> Connection::PrepareNew(std::string_view text) {
  if (text.find('\0') != text.npos) return allod::Fail(sqlstate::kInternalError, "engine: zero byte in a statement");
  auto statement = std::make_unique<Statement>();
  statement->text = text;
  const char* rest = nullptr;
  const int rc = sqlite3_prepare_v3(db_, statement->text.c_str(), static_cast<int>(statement->text.size()) + 1,
                                    SQLITE_PREPARE_PERSISTENT, &statement->handle, &rest);
  if (rc != SQLITE_OK) return Failure(rc);
  if (statement->handle == nullptr) return allod::Fail(sqlstate::kInternalError, "engine: empty statement");
  if (std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return allod::Fail(sqlstate::kInternalError, "engine: more than one statement");
  }
  statement->parameters = sqlite3_bind_parameter_count(statement->handle);
  statement->columns = sqlite3_column_count(statement->handle);
  statement->writes = sqlite3_stmt_readonly(statement->handle) == 0;
  return statement;
}

// SQLite undoes a failed statement only if it foresaw that it could fail half way: by a constraint. It does not foresee a
// function that fails (1/0 in the tenth row), nor too deep a cascade, and leaves what was done until then. So those
// statements get a savepoint of their own. Not needed where all expressions are computed before the only row is
// touched: no loop, no cascade, nothing returned.
bool Connection::MayLeaveHalf(const Statement& statement) {
  if (statement.columns > 0) return true;
  sqlite3_stmt* program = nullptr;
  const std::string text = "EXPLAIN " + statement.text;
  bool loops = sqlite3_prepare_v3(db_, text.c_str(), static_cast<int>(text.size()) + 1, 0, &program, nullptr) != SQLITE_OK;
  while (!loops && sqlite3_step(program) == SQLITE_ROW) {
    const auto* opcode = reinterpret_cast<const char*>(sqlite3_column_text(program, 1));
    for (const std::string_view repeats :
         {"Next", "Prev", "VNext", "SorterNext", "RowSetRead", "Yield", "Program", "IfNotZero", "DecrJumpZero"}) {
      if (opcode == nullptr || repeats == opcode) loops = true;
    }
  }
  sqlite3_finalize(program);
  return loops;
}

Result<Statement*> Connection::Prepare(std::string_view text, ExecContext* context, uint64_t epoch) {
  const auto found = cache_.find(text);
  if (found != cache_.end() && !found->second->in_use) {
    Statement* statement = found->second.get();
    ages_.splice(ages_.begin(), ages_, statement->age);
    statement->in_use = true;
    if (statement->writes && statement->epoch != epoch) {
      MemoryScope scope(&memory_, true);
      statement->needs_savepoint = MayLeaveHalf(*statement);
      statement->epoch = epoch;
    }
    return statement;
  }
  MemoryScope scope(&memory_, true);
  functions_.context = context;  // the planner of SQLite may evaluate functions of constants
  functions_.error = Ok();
  auto prepared = PrepareNew(text);
  if (!prepared.ok()) {
    functions_.context = nullptr;
    return std::move(prepared).status();
  }
  Statement* statement = prepared->get();
  if (statement->writes) statement->needs_savepoint = MayLeaveHalf(*statement);
  statement->epoch = epoch;
  functions_.context = nullptr;
  statement->in_use = true;
  if (found == cache_.end() && text.size() <= kLongestCachedText && max_cached_ > 0) {
    if (cache_.size() >= max_cached_) EvictOldest();
    statement->cached = true;
    statement->age = ages_.insert(ages_.begin(), statement);
    cache_.emplace(statement->text, *std::move(prepared));
  } else {
    uncached_.push_back(*std::move(prepared));
  }
  return statement;
}

void Connection::EvictOldest() {
  for (auto it = ages_.rbegin(); it != ages_.rend(); ++it) {
    if ((*it)->in_use) continue;
    const auto found = cache_.find((*it)->text);
    ages_.erase(std::next(it).base());
    std::unique_ptr<Statement> evicted = std::move(found->second);  // owns the key's text
    cache_.erase(found);
    return;
  }
}

void Connection::Release(Statement* statement) {
  MemoryScope scope(&memory_, false);
  sqlite3_reset(statement->handle);
  if (statement->cached) {
    if (statement->parameters > 0) sqlite3_clear_bindings(statement->handle);
    statement->in_use = false;
    return;
  }
  std::erase_if(uncached_, [&](const auto& owned) { return owned.get() == statement; });
}

Status Connection::Bind(Statement& statement, std::span<const Parameter> parameters) {
  if (static_cast<int>(parameters.size()) < statement.parameters) {
    return allod::Fail(sqlstate::kInternalError, "engine: the statement has " + std::to_string(statement.parameters) +
                                              " parameters, but " + std::to_string(parameters.size()) + " were given");
  }
  for (int i = 0; i < statement.parameters; ++i) {
    int rc = SQLITE_OK;
    if (const auto* relation = std::get_if<const Relation*>(&parameters[i])) {
      rc = BindRelation(statement.handle, i + 1, *relation);
    } else {
      const Datum& datum = std::get<Datum>(parameters[i]);
      // An empty view may have no address, which SQLite would take for NULL.
      const char* bytes = datum.bytes.data() == nullptr ? "" : datum.bytes.data();
      switch (datum.kind) {
        case Kind::kNull: break;  // what is not bound is NULL
        case Kind::kInteger: rc = sqlite3_bind_int64(statement.handle, i + 1, datum.integer); break;
        case Kind::kReal: rc = sqlite3_bind_double(statement.handle, i + 1, datum.real); break;
        case Kind::kText:
          rc = sqlite3_bind_text64(statement.handle, i + 1, bytes, datum.bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
          break;
        case Kind::kBlob:
          rc = sqlite3_bind_blob64(statement.handle, i + 1, bytes, datum.bytes.size(), SQLITE_STATIC);
          break;
      }
    }
    if (rc != SQLITE_OK) return LastError(db_, rc);
  }
  return Ok();
}

int Connection::Step(Statement& statement, ExecContext* context, InterruptFlag* interrupt) {
  MemoryScope scope(&memory_, interrupt != nullptr);
  functions_.context = context;
  if (!functions_.error.ok()) functions_.error = Ok();
  interrupt_ = interrupt;
  const int rc = sqlite3_step(statement.handle);
  interrupt_ = nullptr;
  functions_.context = nullptr;
  return rc;
}

void Connection::Refresh() {
  MemoryScope scope(&memory_, false);
  allod_refresh_pages(db_, nullptr);  // after an error SQLite does what it can, by itself
}

bool Connection::OpenSnapshot(sqlite3_snapshot* snapshot) {
  MemoryScope scope(&memory_, false);
  // Not while a checkpoint runs, which may be long: then the newest commit is shown. Never wait for it here.
  if (allod_refresh_pages(db_, snapshot) != SQLITE_OK) return false;
  sqlite3_busy_timeout(db_, 0);
  const bool opened = sqlite3_snapshot_open(db_, "main", snapshot) == SQLITE_OK;
  sqlite3_busy_timeout(db_, kBusyMilliseconds);
  return opened;
}

sqlite3_snapshot* Connection::TakeSnapshot() {
  MemoryScope scope(&memory_, false);
  sqlite3_snapshot* taken = nullptr;
  if (sqlite3_snapshot_get(db_, "main", &taken) != SQLITE_OK) return nullptr;
  // It is given away, and freed where nothing is counted.
  memory_.used -= sqlite3_msize(taken);
  return taken;
}

int Connection::Control(const char* text) {
  MemoryScope scope(&memory_, false);
  if (!functions_.error.ok()) functions_.error = Ok();
  trusted_ = true;
  auto found = control_.find(text);
  if (found == control_.end()) {
    if (control_.size() >= kControlStatements) {
      for (auto& [old, handle] : control_) sqlite3_finalize(handle);
      control_.clear();
    }
    sqlite3_stmt* handle = nullptr;
    if (const int rc = sqlite3_prepare_v3(db_, text, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr); rc != SQLITE_OK) {
      trusted_ = false;
      return rc;
    }
    found = control_.emplace(text, handle).first;
  }
  int rc = RowsDone(sqlite3_step(found->second));
  if (const int reset = sqlite3_reset(found->second); rc == SQLITE_OK) rc = reset;
  trusted_ = false;
  return rc;
}

Status Connection::Script(std::string_view text, InterruptFlag* interrupt) {
  MemoryScope scope(&memory_, true);
  trusted_ = true;
  schema_edited_ = false;
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  Status status = RunScript(text, interrupt);
  if (status.ok() && schema_edited_) {
    // Definitions that were edited as rows of sqlite_schema do not change the number by which other connections
    // notice; one more step for the others is harmless. SQLite also reads its own schema again after this.
    if (auto version = QueryInteger("PRAGMA schema_version"); version.ok()) {
      const uint32_t next = static_cast<uint32_t>(*version) + 1;
      status = RunScript("PRAGMA schema_version=" + std::to_string(static_cast<int32_t>(next & 0x7fffffff)), nullptr);
    } else {
      status = std::move(version).status();
    }
  }
  sqlite3_db_config(db_, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  trusted_ = false;
  return status;
}

Status Connection::RunScript(std::string_view text, InterruptFlag* interrupt) {
  const std::string owned(text);  // ends with a zero
  const char* next = owned.c_str();
  functions_.error = Ok();
  while (*next != '\0') {
    sqlite3_stmt* handle = nullptr;
    int rc = sqlite3_prepare_v3(db_, next, -1, 0, &handle, &next);
    if (rc == SQLITE_OK && handle == nullptr) continue;  // blanks, a comment
    interrupt_ = interrupt;
    while (rc == SQLITE_OK || rc == SQLITE_ROW) rc = sqlite3_step(handle);
    interrupt_ = nullptr;
    Status status = rc == SQLITE_DONE ? Ok() : Failure(rc);
    sqlite3_finalize(handle);
    ALLOD_RETURN_IF_ERROR(status);
  }
  return Ok();
}

Status Connection::Ask(const std::string& text, ExecContext* context, InterruptFlag* interrupt,
                       const std::function<void(const std::vector<std::string>& row)>& each) {
  MemoryScope scope(&memory_, true);
  const bool was_trusted = std::exchange(trusted_, true);
  functions_.context = context;
  if (!functions_.error.ok()) functions_.error = Ok();
  interrupt_ = interrupt;
  sqlite3_stmt* handle = nullptr;
  int rc = sqlite3_prepare_v3(db_, text.c_str(), -1, 0, &handle, nullptr);
  std::vector<std::string> row;
  while (rc == SQLITE_OK || rc == SQLITE_ROW) {
    rc = sqlite3_step(handle);
    if (rc != SQLITE_ROW) break;
    row.clear();
    for (int i = 0; i < sqlite3_column_count(handle); ++i) {
      const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(handle, i));
      row.emplace_back(value == nullptr ? "" : value);
    }
    each(row);
  }
  Status status = rc == SQLITE_DONE ? Ok() : Failure(rc);
  sqlite3_finalize(handle);
  interrupt_ = nullptr;
  functions_.context = nullptr;
  trusted_ = was_trusted;
  return status;
}

Result<int64_t> Connection::QueryInteger(const char* text) {
  const bool was_trusted = std::exchange(trusted_, true);
  sqlite3_stmt* handle = nullptr;
  int rc = sqlite3_prepare_v3(db_, text, -1, 0, &handle, nullptr);
  int64_t value = 0;
  if (rc == SQLITE_OK && (rc = sqlite3_step(handle)) == SQLITE_ROW) value = sqlite3_column_int64(handle, 0);
  Status status = RowsDone(rc) == SQLITE_OK ? Ok() : LastError(db_, rc);
  sqlite3_finalize(handle);
  trusted_ = was_trusted;
  if (!status.ok()) return status;
  return value;
}

Status Connection::Failure(int code) {
  if (!functions_.error.ok()) return std::exchange(functions_.error, Ok());
  return LastError(db_, code);
}

}  // namespace allod::engine::sqlite
