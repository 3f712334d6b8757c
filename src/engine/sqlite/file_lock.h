// PATH.lock: held by the process that has the database open. SQLite's own locks would let a second process in, which knew
// nothing of the first one's turns and syncs.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"

namespace allod::engine::sqlite {

class FileLock {
 public:
  // 55006 if somebody holds it: says who. The file stays when the lock goes; it names the last holder.
  static Result<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace allod::engine::sqlite
