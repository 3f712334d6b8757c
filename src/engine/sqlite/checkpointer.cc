#include "engine/sqlite/checkpointer.h"

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/sqlite/errors.h"

namespace allod::engine::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr auto kReadersMayTake = 50ms;   // how long writers wait for readers that hold the log
constexpr auto kBetweenAttempts = 200ms;  // when readers did not let go
constexpr auto kTurnTimeout = 60s;
constexpr int kMostPasses = 6;
constexpr auto kLittle = 10ms;
constexpr auto kBetweenLooks = 10ms;
constexpr uint64_t kChunk = 64 * 1024;  // not the size of a page or frame: the cipher would take it for one
constexpr uint64_t kLeastRefill = 1u << 20;

constexpr uint64_t LogBytes(int frames) {
  // wal.c: a header of 32 bytes, then per frame a header of 24 and a page.
  return frames <= 0 ? 0 : 32 + static_cast<uint64_t>(frames) * (24 + 4096);
}

}  // namespace

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wakes_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Committed(int frames) {
  wal_bytes_.store(LogBytes(frames), std::memory_order_relaxed);
  most_bytes_.store(std::max(most_bytes_.load(std::memory_order_relaxed), LogBytes(frames)), std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
  // The first commit into an empty log wakes it, to begin to wait for idleness; then only a full log does.
  if (commits_seen_++ == 0 || wal_bytes() >= options_.checkpoint_bytes) wakes_.notify_one();
}

void Checkpointer::Loop() {
  const auto full = [&] { return stopping_ || wal_bytes() >= options_.checkpoint_bytes; };
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (wal_bytes() == 0) {
      commits_seen_ = 0;
      wakes_.wait(lock, [&] { return stopping_ || wal_bytes() > 0; });
      continue;
    }
    const uint64_t seen = commits_seen_;
    wakes_.wait_for(lock, options_.checkpoint_idle, full);
    if (stopping_) return;
    const bool idle = commits_seen_ == seen;
    if (!idle && wal_bytes() < options_.checkpoint_bytes) continue;
    lock.unlock();
    // Cutting the file costs the next commits the time to let it grow again, so only when nobody is in a hurry.
    const bool cut = idle || wal_bytes() >= options_.wal_limit_bytes;
    bool done = CopyBesideWriters() && UnderTurn(cut ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART, idle);
    lock.lock();
    if (!done) wakes_.wait_for(lock, kBetweenAttempts, [&] { return stopping_; });
  }
}

bool Checkpointer::CopyBesideWriters() {
  // What is committed while it copies must be copied too, and by the last checkpoint while writers wait. So: until there is
  // little of that, and none of it in the database that its file's sync would find.
  int ignored = 0;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    const auto begin = std::chrono::steady_clock::now();
    if (Checkpoint(SQLITE_CHECKPOINT_PASSIVE, &ignored, &ignored) != SQLITE_OK) return false;
    sqlite3_file* file = nullptr;
    std::lock_guard lock(connection_mutex_);
    if (sqlite3_file_control(connection_->db(), "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file->pMethods != nullptr &&
        file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
      durability_.Break();
      return false;
    }
    if (std::chrono::steady_clock::now() - begin < kLittle) break;
  }
  return true;
}

bool Checkpointer::UnderTurn(int mode, bool refill) {
  auto promise = std::make_shared<std::promise<Result<Turn>>>();
  turns_->Request(std::chrono::milliseconds(kTurnTimeout), [promise](Result<Turn> t) { promise->set_value(std::move(t)); });
  Result<Turn> granted = promise->get_future().get();
  if (!granted.ok()) return false;
  Turn turn = *std::move(granted);
  // While the checkpoint holds its lock, readers cannot open snapshots. When all is durable, they need none.
  auto durable = std::make_shared<std::promise<void>>();
  durability_.WhenDurable(durability_.visible(), [durable] { durable->set_value(); });
  for (auto done = durable->get_future(); done.wait_for(kBetweenLooks) != std::future_status::ready;) {
    if (durability_.broken()) return false;
  }
  int log_frames = 0, copied_frames = 0;
  if (Checkpoint(mode, &log_frames, &copied_frames) != SQLITE_OK) return false;
  wal_bytes_.store(0, std::memory_order_relaxed);  // nothing in it that still counts
  sqlite3_file* log = refill ? Refill() : nullptr;
  turn = Turn();
  // Not needed for what was committed; but what fails here is a failed disk like any other.
  if (log != nullptr && log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK) durability_.Break();
  return true;
}

sqlite3_file* Checkpointer::Refill() {
  std::lock_guard lock(connection_mutex_);
  const uint64_t target = std::min(most_bytes_.exchange(0, std::memory_order_relaxed), options_.checkpoint_bytes + kChunk);
  sqlite3_file* log = nullptr;
  if (target < kLeastRefill || sqlite3_file_control(connection_->db(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
      log == nullptr || log->pMethods == nullptr) {
    return nullptr;
  }
  sqlite3_int64 size = 0;
  if (log->pMethods->xFileSize(log, &size) != SQLITE_OK || size != 0) return nullptr;
  // The cut must be on disk before anything is written: a log of old frames with zeros in it would be a log of old states.
  if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
    durability_.Break();
    return nullptr;
  }
  const std::vector<char> zeros(kChunk);
  for (uint64_t at = 0; at < target && turns_->waiting() == 0; at += kChunk) {
    if (log->pMethods->xWrite(log, zeros.data(), static_cast<int>(kChunk), static_cast<sqlite3_int64>(at)) != SQLITE_OK) {
      log->pMethods->xTruncate(log, 0);  // a full disk has better uses
      break;
    }
  }
  return log;
}

int Checkpointer::Checkpoint(int mode, int* log_frames, int* copied_frames) {
  std::lock_guard lock(connection_mutex_);
  if (connection_ == nullptr) {
    auto connection = Connection::Open(options_, 64);
    if (!connection.ok()) {
      log::Error("checkpoint_failed", {{"error", connection.status().error().message}});
      return SQLITE_ERROR;
    }
    connection_ = *std::move(connection);
    sqlite3_busy_timeout(connection_->db(), static_cast<int>(std::chrono::milliseconds(kReadersMayTake).count()));
  }
  const int rc = sqlite3_wal_checkpoint_v2(connection_->db(), "main", mode, log_frames, copied_frames);
  if (rc == SQLITE_OK) {
    checkpoints_.fetch_add(1, std::memory_order_relaxed);
  } else if (IsSyncFailure(rc)) {
    durability_.Break();
  } else if (rc != SQLITE_BUSY) {
    log::Error("checkpoint_failed", {{"error", sqlite3_errmsg(connection_->db())}, {"code", rc}});
  }
  return rc;
}

Result<bool> Checkpointer::CheckpointNow() {
  int ignored = 0;
  const int rc = Checkpoint(SQLITE_CHECKPOINT_PASSIVE, &ignored, &ignored);
  if (rc != SQLITE_OK && rc != SQLITE_BUSY) return ErrorFrom(rc, sqlite3_errstr(rc));
  return rc == SQLITE_OK && UnderTurn(SQLITE_CHECKPOINT_TRUNCATE, false);
}

}  // namespace allod::engine::sqlite
