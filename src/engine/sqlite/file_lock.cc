#include "engine/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace allod::engine::sqlite {

Result<FileLock> FileLock::Take(const std::string& path) {
  const std::string name = path + ".lock";
  FileLock lock(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.fd_ < 0) return Fail(sqlstate::kIoError, "could not open \"" + name + "\": " + std::strerror(errno));
  char text[32] = {};
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Fail(sqlstate::kIoError, "could not lock \"" + name + "\": " + std::strerror(errno));
    const ssize_t size = pread(lock.fd_, text, sizeof(text) - 1, 0);
    std::string holder(text, size > 0 ? static_cast<size_t>(size) : 0);
    holder = holder.substr(0, holder.find_first_not_of("0123456789"));
    return Fail(sqlstate::kObjectInUse, "database file \"" + path + "\" is being used by " +
                                            (holder.empty() ? "another process" : "process " + holder));
  }
  const std::string self = std::to_string(getpid()) + "\n";
  if (ftruncate(lock.fd_, 0) != 0 || pwrite(lock.fd_, self.data(), self.size(), 0) < 0) {
    // Only a courtesy to whoever comes second; a full disk must not keep the database from being opened.
  }
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace allod::engine::sqlite
