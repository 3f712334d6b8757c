// What SQLite is told once per process: how memory is counted, and that files are not shared with other processes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace allod::engine::sqlite {

// SQLite's answer. The first call sets SQLite up; before it nothing else of SQLite may be called. Any thread.
int InitializeProcess();

// What one connection has allocated. A statement that wants more than the limit gets 53200; without one, a single sort or
// materialised subquery could take the server's memory (temporary structures live in memory: in files they would
// lie on the disk unencrypted).
struct MemoryAccount {
  int64_t used = 0;
  int64_t limit = INT64_MAX;
};

// While it lives, what SQLite allocates and frees on this thread is counted there. `limited`: and refused beyond the limit;
// not for ending a transaction.
class MemoryScope {
 public:
  MemoryScope(MemoryAccount* account, bool limited);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

 private:
  MemoryAccount* const outer_;
  const bool outer_limited_;
};

// Memory for pages of a cache, counted like SQLite's; in huge pages of the machine if it is a multiple of their size. Null: refused.
void* AllocatePages(size_t bytes);
void FreePages(void* memory, size_t bytes);

}  // namespace allod::engine::sqlite
