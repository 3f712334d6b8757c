// Keeps a database to one process: PATH.lock is held by whoever has it open, and says who that is; and the bytes of the
// database file by which programs that use SQLite lock it are held, too, so that they find it busy. SQLite's own protocol
// would let them in, and they know nothing of this process's turns and syncs.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"

namespace allod::engine::sqlite {

class FileLock {
 public:
  // 55006 if somebody holds it: says who. Makes the database file, empty and readable by its owner alone, if it is not
  // there. PATH.lock stays when the lock goes; it names the last holder.
  static Result<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)), database_(std::exchange(other.database_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(database_, other.database_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
  int database_ = -1;
};

}  // namespace allod::engine::sqlite
