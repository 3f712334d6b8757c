#include "engine/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace allod::engine::sqlite {
namespace {

// SQLite's file format, section 1.2, and os.h: pending byte, reserved byte, 510 bytes for readers.
constexpr off_t kSqlitePendingByte = 0x40000000;
constexpr off_t kSqliteLockBytes = 512;

}  // namespace

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

  lock.database_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock.database_ < 0) return Fail(sqlstate::kIoError, "could not open \"" + path + "\": " + std::strerror(errno));
  // Of the open file, not of the process: closing another descriptor of the same file does not drop it.
  struct flock range{};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = kSqlitePendingByte;
  range.l_len = kSqliteLockBytes;
  if (fcntl(lock.database_, F_OFD_SETLK, &range) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
      return Fail(sqlstate::kIoError, "could not lock \"" + path + "\": " + std::strerror(errno));
    }
    return Fail(sqlstate::kObjectInUse, "database file \"" + path + "\" is being used by another program");
  }
  return lock;
}

FileLock::~FileLock() {
  if (database_ >= 0) close(database_);
  if (fd_ >= 0) close(fd_);
}

}  // namespace allod::engine::sqlite
