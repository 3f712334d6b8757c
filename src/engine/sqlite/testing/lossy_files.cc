#include "engine/sqlite/testing/lossy_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "engine/sqlite/process.h"

namespace allod::engine::sqlite {
namespace {

constexpr size_t kSector = 512;

struct Write {
  size_t offset = 0;
  std::string bytes;
  bool truncation = false;  // to `offset`
};

void Apply(std::string& content, const Write& write) {
  if (write.truncation) {
    content.resize(std::min(content.size(), write.offset));
    return;
  }
  if (content.size() < write.offset + write.bytes.size()) content.resize(write.offset + write.bytes.size());
  content.replace(write.offset, write.bytes.size(), write.bytes);
}

struct Content {
  std::string now, durable;
  std::vector<Write> unsynced;  // durable + these = now
  // SQLite's shared memory and locks: of one process, gone at a crash.
  std::vector<std::unique_ptr<std::array<char, 32768>>> shared_memory;
  std::array<int, SQLITE_SHM_NLOCK> shm_shared{};
  std::array<const void*, SQLITE_SHM_NLOCK> shm_exclusive{};
  int readers = 0;
  const void* reserved = nullptr;
  const void* exclusive = nullptr;
};

struct OpenFile : sqlite3_file {
  std::shared_ptr<Content> content;
  bool temporary = false;
  int lock = SQLITE_LOCK_NONE;
  std::array<bool, SQLITE_SHM_NLOCK> shm_shared{};
};

}  // namespace

struct LossyFiles::State {
  std::recursive_mutex mutex;
  std::mt19937_64 random;
  std::map<std::string, std::shared_ptr<Content>> files;
  uint64_t operations = 0, crash_at = UINT64_MAX;
  bool crashed = false, full = false;
  int failing_syncs = 0;
  std::atomic<int64_t> sync_microseconds{0};
  uint64_t page_reads = 0;
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;

  // False: the power is gone.
  bool Step() {
    if (crashed) return false;
    if (++operations >= crash_at) crashed = true;
    return !crashed;
  }
  bool Chance() { return (random() & 1) != 0; }

  void LosePower(Content& content) {
    // How much of the disk's cache made it: often nearly all or nothing.
    const uint64_t survivors = random() % 5;
    std::string after = content.durable;
    for (const Write& write : content.unsynced) {
      if (write.truncation) {
        if (survivors > 0 && Chance()) Apply(after, write);
        continue;
      }
      for (size_t at = 0; at < write.bytes.size();) {
        const size_t end = std::min(write.bytes.size(), ((write.offset + at) / kSector + 1) * kSector - write.offset);
        if (survivors > 0 && random() % 5 < survivors) Apply(after, {write.offset + at, write.bytes.substr(at, end - at)});
        at = end;
      }
    }
    content.durable = content.now = std::move(after);
    content.unsynced.clear();
  }
};

namespace {

LossyFiles::State* g_state = nullptr;

OpenFile& Of(sqlite3_file* file) { return *static_cast<OpenFile*>(file); }

int Close(sqlite3_file* file) {
  Of(file).~OpenFile();
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  std::lock_guard lock(g_state->mutex);
  if (count >= 512) ++g_state->page_reads;
  const std::string& now = Of(file).content->now;
  const size_t begin = std::min(now.size(), static_cast<size_t>(offset));
  const size_t size = std::min(now.size() - begin, static_cast<size_t>(count));
  std::memcpy(out, now.data() + begin, size);
  std::memset(static_cast<char*>(out) + size, 0, count - size);
  return size == static_cast<size_t>(count) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int WriteTo(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  Write write{static_cast<size_t>(offset), std::string(static_cast<const char*>(bytes), count)};
  const bool grows = write.offset + write.bytes.size() > open.content->now.size();
  if (!open.temporary) {
    if (g_state->full && grows) return SQLITE_FULL;
    const bool was_on = !g_state->crashed;
    if (!g_state->Step()) {
      if (was_on) open.content->unsynced.push_back(std::move(write));  // the write the power went in
      return SQLITE_IOERR_WRITE;
    }
  }
  Apply(open.content->now, write);
  if (!open.temporary) open.content->unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  if (!open.temporary && !g_state->Step()) return SQLITE_IOERR_TRUNCATE;
  Write write{static_cast<size_t>(size), "", true};
  Apply(open.content->now, write);
  if (!open.temporary) open.content->unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int Sync(sqlite3_file* file, int) {
  if (const int64_t time = g_state->sync_microseconds.load(); time > 0 && !Of(file).temporary) {
    std::this_thread::sleep_for(std::chrono::microseconds(time));
  }
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  if (open.temporary) return SQLITE_OK;
  if (!g_state->Step()) return SQLITE_IOERR_FSYNC;
  if (g_state->failing_syncs > 0) {
    --g_state->failing_syncs;
    return SQLITE_IOERR_FSYNC;
  }
  open.content->durable = open.content->now;
  open.content->unsynced.clear();
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  std::lock_guard lock(g_state->mutex);
  *size = static_cast<sqlite3_int64>(Of(file).content->now.size());
  return SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  Content& c = *open.content;
  if (level <= open.lock) return SQLITE_OK;
  if (open.lock == SQLITE_LOCK_NONE) {
    if (c.exclusive != nullptr) return SQLITE_BUSY;
    ++c.readers;
    open.lock = SQLITE_LOCK_SHARED;
  }
  if (level >= SQLITE_LOCK_RESERVED) {
    if (c.reserved != nullptr && c.reserved != file) return SQLITE_BUSY;
    c.reserved = file;
    open.lock = SQLITE_LOCK_RESERVED;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    if (c.readers > 1) return SQLITE_BUSY;
    c.exclusive = file;
    open.lock = SQLITE_LOCK_EXCLUSIVE;
  }
  return SQLITE_OK;
}

int Unlock(sqlite3_file* file, int level) {
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  Content& c = *open.content;
  if (level >= open.lock) return SQLITE_OK;
  if (c.exclusive == file) c.exclusive = nullptr;
  if (c.reserved == file) c.reserved = nullptr;
  if (level == SQLITE_LOCK_NONE) --c.readers;
  open.lock = level;
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* out) {
  std::lock_guard lock(g_state->mutex);
  *out = Of(file).content->reserved != nullptr;
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return kSector; }
// As on Linux: sectors beside a write are safe.
int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  std::lock_guard lock(g_state->mutex);
  auto& memory = Of(file).content->shared_memory;
  *out = nullptr;
  if (size != 32768) return SQLITE_IOERR_SHMMAP;
  if (static_cast<size_t>(region) >= memory.size()) {
    if (!extend) return SQLITE_OK;
    while (memory.size() <= static_cast<size_t>(region)) memory.push_back(std::make_unique<std::array<char, 32768>>());
  }
  *out = memory[region]->data();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  std::lock_guard lock(g_state->mutex);
  OpenFile& open = Of(file);
  Content& c = *open.content;
  for (int i = offset; i < offset + count && (flags & SQLITE_SHM_LOCK) != 0; ++i) {
    const bool others_share = c.shm_shared[i] > (open.shm_shared[i] ? 1 : 0);
    if (c.shm_exclusive[i] != nullptr && c.shm_exclusive[i] != file) return SQLITE_BUSY;
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others_share) return SQLITE_BUSY;
  }
  for (int i = offset; i < offset + count; ++i) {
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
      c.shm_exclusive[i] = (flags & SQLITE_SHM_LOCK) != 0 ? file : nullptr;
    } else if (((flags & SQLITE_SHM_LOCK) != 0) != open.shm_shared[i]) {
      open.shm_shared[i] = !open.shm_shared[i];
      c.shm_shared[i] += open.shm_shared[i] ? 1 : -1;
    }
  }
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) { std::lock_guard lock(g_state->mutex); }

int ShmUnmap(sqlite3_file* file, int remove) {
  std::lock_guard lock(g_state->mutex);
  if (remove) Of(file).content->shared_memory.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = [] {
  sqlite3_io_methods m{};
  m.iVersion = 2;
  m.xClose = Close;
  m.xRead = Read;
  m.xWrite = WriteTo;
  m.xTruncate = Truncate;
  m.xSync = Sync;
  m.xFileSize = FileSize;
  m.xLock = Lock;
  m.xUnlock = Unlock;
  m.xCheckReservedLock = CheckReservedLock;
  m.xFileControl = FileControl;
  m.xSectorSize = SectorSize;
  m.xDeviceCharacteristics = DeviceCharacteristics;
  m.xShmMap = ShmMap;
  m.xShmLock = ShmLock;
  m.xShmBarrier = ShmBarrier;
  m.xShmUnmap = ShmUnmap;
  return m;
}();

int OpenFileOf(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  std::lock_guard lock(g_state->mutex);
  auto* open = new (file) OpenFile();
  open->pMethods = nullptr;
  open->temporary = name == nullptr;
  if (open->temporary) {
    open->content = std::make_shared<Content>();
  } else {
    auto& content = g_state->files[name];
    if (content == nullptr) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) {
        g_state->files.erase(name);
        return SQLITE_CANTOPEN;
      }
      content = std::make_shared<Content>();
    }
    open->content = content;
  }
  open->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs*, const char* name, int) {
  std::lock_guard lock(g_state->mutex);
  if (!g_state->Step()) return SQLITE_IOERR_DELETE;
  return g_state->files.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int Access(sqlite3_vfs*, const char* name, int, int* out) {
  std::lock_guard lock(g_state->mutex);
  const auto found = g_state->files.find(name);
  *out = found != g_state->files.end();
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

}  // namespace

LossyFiles::LossyFiles(uint64_t seed) : state_(std::make_unique<State>()) {
  InitializeProcess();
  state_->random.seed(seed);
  state_->real = sqlite3_vfs_find(nullptr);
  sqlite3_vfs& vfs = state_->vfs;
  vfs = *state_->real;  // randomness, time, sleep; pAppData goes with them
  vfs.pNext = nullptr;
  vfs.zName = "allod-lossy";
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = 512;
  vfs.xOpen = OpenFileOf;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  g_state = state_.get();
  sqlite3_vfs_register(&vfs, 0);
  sqlite3mc_vfs_create("allod-lossy", 0);
}

LossyFiles::~LossyFiles() {
  sqlite3mc_vfs_destroy(EncryptedName().c_str());
  sqlite3_vfs_unregister(&state_->vfs);
  g_state = nullptr;
}

void LossyFiles::CrashAfter(uint64_t operations) {
  std::lock_guard lock(state_->mutex);
  state_->operations = 0;
  state_->crash_at = operations;
}

bool LossyFiles::crashed() const {
  std::lock_guard lock(state_->mutex);
  return state_->crashed;
}

uint64_t LossyFiles::operations() const {
  std::lock_guard lock(state_->mutex);
  return state_->operations;
}

void LossyFiles::Restart() {
  std::lock_guard lock(state_->mutex);
  for (auto& [name, content] : state_->files) {
    auto fresh = std::make_shared<Content>();
    state_->LosePower(*content);
    fresh->now = fresh->durable = content->durable;
    content = std::move(fresh);
  }
  state_->crashed = false;
  state_->crash_at = UINT64_MAX;
}

void LossyFiles::SetFull(bool full) {
  std::lock_guard lock(state_->mutex);
  state_->full = full;
}

void LossyFiles::FailSyncs(int count) {
  std::lock_guard lock(state_->mutex);
  state_->failing_syncs = count;
}

void LossyFiles::SetSyncTime(std::chrono::microseconds time) { state_->sync_microseconds.store(time.count()); }

uint64_t LossyFiles::page_reads() const {
  std::lock_guard lock(state_->mutex);
  return state_->page_reads;
}

}  // namespace allod::engine::sqlite
