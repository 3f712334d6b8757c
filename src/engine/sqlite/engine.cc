#include "engine/sqlite/engine.h"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "engine/sqlite/checkpointer.h"
#include "engine/sqlite/durability.h"
#include "engine/sqlite/errors.h"
#include "engine/sqlite/file_lock.h"
#include "engine/sqlite/pool.h"
#include "engine/sqlite/transaction.h"
#include "engine/turns.h"

namespace allod::engine::sqlite {
namespace {

constexpr int kKeeperCacheKib = 64;

Status LateWriter() { return allod::Fail(sqlstate::kLockNotAvailable, "canceling statement due to lock timeout"); }

void EndProcess(const std::string& text) {
  log::Error("disk_failed", {{"detail", text}});
  _exit(74);  // EX_IOERR; nothing may run any more, not even destructors
}

// Another process may have left a log that only the system's cache holds: killed before it synced. What readers of this
// process will see must be on disk; and read from there, as a sync that failed before may have left clean pages in memory
// that the disk never got (so: sync, drop the cache, and let SQLite's checksums decide).
Status SettleLog(const std::string& path) {
  const std::string name = path + "-wal";
  const int fd = open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT ? Ok() : allod::Fail(sqlstate::kIoError, "could not open \"" + name + "\": " + strerror(errno));
  Status status;
  if (fdatasync(fd) != 0) status = allod::Fail(sqlstate::kIoError, "could not sync \"" + name + "\": " + strerror(errno));
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
  return status;
}

// So that the names of a new database and its log are on disk, too.
Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (synced) return Ok();
  return allod::Fail(sqlstate::kIoError, "could not sync directory \"" + directory + "\": " + strerror(error));
}

class SqliteEngine final : public Engine {
 public:
  SqliteEngine(Options options, FileLock lock)
      : options_(std::move(options)), lock_(std::move(lock)), turns_(TurnQueue::Create(1, LateWriter())),
        durability_([this] { return SyncLog(); }, [this] { DiskFailed(); }), pool_(options_),
        checkpointer_(options_, turns_, durability_),
        shared_{pool_, durability_, view_, schema_epoch_, [this](int frames) { checkpointer_.Committed(frames); }, commits_, joint_} {
    turns_->SetBeforePassing([this](size_t in_line) { return joint_.BeforePassing(shared_, in_line); });
  }

  ~SqliteEngine() override;
  Status Start();
  Result<bool> Checkpoint() { return checkpointer_.CheckpointNow(); }

  DialectId dialect() const override { return DialectId::kSqlite; }
  Capabilities capabilities() const override { return {.single_writer = true, .transactional_ddl = true, .records_changes = true}; }

  uint64_t RequestTurn(std::chrono::milliseconds timeout, Granted granted, bool brief) override {
    return turns_->Request(timeout, std::move(granted), brief);
  }
  void WithdrawRequest(uint64_t request) override { turns_->Withdraw(request); }

  Result<std::unique_ptr<Transaction>> Begin(Mode mode, Turn turn, Isolation) override {
    if (mode == Mode::kWrite && !turns_->Holds(turn)) {
      return allod::Fail(sqlstate::kInternalError, "engine: writing without the writer's turn");
    }
    return BeginTransaction(shared_, mode, std::move(turn));
  }

  CommitNumber VisibleNumber() const override { return durability_.visible(); }
  bool IsDurable(CommitNumber number) const override { return durability_.IsDurable(number); }
  void WhenDurable(CommitNumber number, std::function<void()> done) override {
    durability_.WhenDurable(number, std::move(done));
  }

  Statistics statistics() const override {
    return {.commits = commits_.load(std::memory_order_relaxed),
            .syncs = durability_.syncs(),
            .checkpoints = checkpointer_.checkpoints(),
            .wal_bytes = checkpointer_.wal_bytes(),
            .writers_waiting = turns_->waiting(),
            .connections = pool_.size()};
  }

 private:
  bool SyncLog() { return log_->pMethods->xSync(log_, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK; }
  void DiskFailed() {
    const std::string text = "a sync of \"" + options_.path + "\" or its log failed; what is on disk is unknown";
    if (options_.fatal) options_.fatal(text); else EndProcess(text);
  }

  struct Wipe {
    std::string& key;
    ~Wipe() { explicit_bzero(key.data(), key.size()); }
  };

  // Destroyed from the last to the first.
  Options options_;
  Wipe wipe_{options_.key};
  FileLock lock_;
  std::atomic<uint64_t> schema_epoch_{1}, commits_{0};
  std::unique_ptr<Connection> keeper_;  // keeps the log's file open for the sync thread; runs nothing
  sqlite3_file* log_ = nullptr;         // the keeper's
  std::shared_ptr<TurnQueue> turns_;
  Durability durability_;
  DurableView view_;
  Pool pool_;
  JointCommit joint_;
  Checkpointer checkpointer_;
  Shared shared_;
};

Status SqliteEngine::Start() {
  if (options_.file_layer.empty()) ALLOD_RETURN_IF_ERROR(SettleLog(options_.path));
  ALLOD_ASSIGN_OR_RETURN(keeper_, Connection::Open(options_, kKeeperCacheKib));
  // Reads the first page (is the key right?) and opens the log; recovers it after a crash.
  ALLOD_RETURN_IF_ERROR(keeper_->QueryInteger("SELECT count(*) FROM sqlite_schema").status());
  if (sqlite3_file_control(keeper_->db(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log_) != SQLITE_OK || log_ == nullptr ||
      log_->pMethods == nullptr) {
    return allod::Fail(sqlstate::kInternalError, "engine: the write-ahead log is not open");
  }
  if (options_.file_layer.empty()) return SyncDirectoryOf(options_.path);
  return Ok();
}

SqliteEngine::~SqliteEngine() {
  turns_->Close();
  turns_->SetBeforePassing(nullptr);
  if (joint_.open()) {  // the next one was given the turn, and has kept it for nothing
    for (auto& call : joint_.Settle(shared_)) call();
  }
  if (keeper_ == nullptr) return;
  // The last connection to close copies the log back and, unless told to keep it, deletes it. Not on a disk that
  // has failed: the next process may read the log better than this one can write the database.
  if (durability_.broken()) {
    sqlite3_db_config(keeper_->db(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return;
  }
  int persist = 0;
  sqlite3_file_control(keeper_->db(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
}

}  // namespace

Result<std::unique_ptr<Engine>> Open(Options options) {
  ALLOD_ASSIGN_OR_RETURN(FileLock lock, FileLock::Take(options.path));
  auto engine = std::make_unique<SqliteEngine>(std::move(options), std::move(lock));
  ALLOD_RETURN_IF_ERROR(engine->Start());
  return std::unique_ptr<Engine>(std::move(engine));
}

Result<bool> Checkpoint(Engine& engine) { return static_cast<SqliteEngine&>(engine).Checkpoint(); }

}  // namespace allod::engine::sqlite
