#include "engine/sqlite/process.h"

#include <fcntl.h>
#include <malloc.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>

#include "engine/sqlite/page_cache.h"

namespace allod::engine::sqlite {
namespace {

// --- Memory: malloc, counted -----------------------------------------------------------------------------------------

constexpr size_t kHugePage = 2u << 20;

thread_local MemoryAccount* t_account = nullptr;
thread_local bool t_limited = false;

bool MayTake(int64_t size) { return t_account == nullptr || !t_limited || t_account->used + size <= t_account->limit; }

void Count(void* memory, int64_t sign) {
  if (t_account != nullptr) t_account->used += sign * static_cast<int64_t>(malloc_usable_size(memory));
}

void* Allocate(int size) {
  if (!MayTake(size)) return nullptr;
  void* memory = std::malloc(static_cast<size_t>(size));
  if (memory != nullptr) Count(memory, 1);
  return memory;
}

void Free(void* memory) {
  Count(memory, -1);
  std::free(memory);
}

void* Reallocate(void* memory, int size) {
  if (!MayTake(size - static_cast<int64_t>(malloc_usable_size(memory)))) return nullptr;
  Count(memory, -1);
  void* moved = std::realloc(memory, static_cast<size_t>(size));
  Count(moved == nullptr ? memory : moved, 1);
  return moved;
}

int Size(void* memory) { return memory == nullptr ? 0 : static_cast<int>(malloc_usable_size(memory)); }
int RoundUp(int size) { return (size + 7) & ~7; }
int Start(void*) { return SQLITE_OK; }
void End(void*) {}

// --- Locks: of this process only -------------------------------------------------------------------------------------

// SQLite guards its files against other processes by range locks: two system calls for the shortest of reads. A database is
// open in one process only (file_lock.h keeps others out, other programs that use SQLite too), and among the
// connections of a process SQLite does not rely on them: it counts in memory what each holds (os_unix.c, unixInodeInfo
// and unixShmNode). So the range locks are answered here, as if nobody else were there.
int FcntlAlone(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  int result = 0;
  if (command == F_SETLK || command == F_SETLKW) {
    // granted
  } else if (command == F_GETLK) {
    va_arg(arguments, struct flock*)->l_type = F_UNLCK;
  } else {
    result = fcntl(fd, command, va_arg(arguments, long));
  }
  va_end(arguments);
  return result;
}

int Initialize() {
  static const sqlite3_mem_methods kMemory{Allocate, Free, Reallocate, Size, RoundUp, Start, End, nullptr};
  int rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &kMemory);
  if (rc == SQLITE_OK) rc = sqlite3_config(SQLITE_CONFIG_PCACHE2, &PageCacheMethods());
  if (rc == SQLITE_OK) rc = sqlite3_initialize();
  if (rc != SQLITE_OK) return rc;
  sqlite3_vfs* unix_files = sqlite3_vfs_find("unix");
  if (unix_files == nullptr) return SQLITE_ERROR;
  return unix_files->xSetSystemCall(unix_files, "fcntl", reinterpret_cast<sqlite3_syscall_ptr>(FcntlAlone));
}

}  // namespace

int InitializeProcess() {
  static const int rc = Initialize();
  return rc;
}

void* AllocatePages(size_t bytes) {
  if (bytes % kHugePage != 0) return Allocate(static_cast<int>(bytes));
  if (!MayTake(static_cast<int64_t>(bytes))) return nullptr;
  // More than wanted, of which an aligned part is kept.
  void* mapped = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(mapped);
  const uintptr_t memory = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = begin + bytes + kHugePage;
  if (memory > begin) munmap(mapped, memory - begin);
  if (end > memory + bytes) munmap(reinterpret_cast<void*>(memory + bytes), end - memory - bytes);
  madvise(reinterpret_cast<void*>(memory), bytes, MADV_HUGEPAGE);  // if that is refused, they are small pages
  if (t_account != nullptr) t_account->used += static_cast<int64_t>(bytes);
  return reinterpret_cast<void*>(memory);
}

void FreePages(void* memory, size_t bytes) {
  if (bytes % kHugePage != 0) return Free(memory);
  munmap(memory, bytes);
  if (t_account != nullptr) t_account->used -= static_cast<int64_t>(bytes);
}

MemoryScope::MemoryScope(MemoryAccount* account, bool limited) : outer_(t_account), outer_limited_(t_limited) {
  t_account = account;
  t_limited = limited;
}

MemoryScope::~MemoryScope() {
  t_account = outer_;
  t_limited = outer_limited_;
}

}  // namespace allod::engine::sqlite
