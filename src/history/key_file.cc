#include "history/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace allod::history {

namespace {

// Written whole before what it replaces is overwritten.
constexpr std::string_view kNext = ".next";

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

Status IoError(const std::string& what, const std::string& path) {
  const int error = errno;
  return Fail(error == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
              "could not " + what + " \"" + path + "\": " + std::strerror(error));
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

Status SyncDirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  File file(directory, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0 || ::fsync(file.fd()) != 0) return IoError("sync", directory);
  return Ok();
}

Status Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return IoError("rename", from);
  return SyncDirectoryOf(to);
}

Status WriteSynced(const std::string& path, std::string_view bytes) {
  File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd() < 0) return IoError("create", path);
  if (!WriteAll(file.fd(), bytes) || ::fsync(file.fd()) != 0) return IoError("write", path);
  return SyncDirectoryOf(path);
}

// In place, so that the same blocks of the disk are written. What a disk remaps by itself is beyond reach.
Status Overwrite(const std::string& path) {
  File file(path, O_WRONLY);
  if (file.fd() < 0) return errno == ENOENT ? Ok() : IoError("open", path);
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return IoError("read", path);
  // The first byte by itself: whoever finds it in place after a power failure has all of the file (FinishReplacing).
  if (info.st_size > 0 && (::pwrite(file.fd(), "", 1, 0) != 1 || ::fdatasync(file.fd()) != 0)) return IoError("overwrite", path);
  if (!WriteAll(file.fd(), std::string(static_cast<size_t>(info.st_size), '\0')) || ::fsync(file.fd()) != 0) {
    return IoError("overwrite", path);
  }
  return Ok();
}

}  // namespace

Status DamagedKeyFile(const std::string& path) {
  return Fail(sqlstate::kDataCorrupted, "the key file \"" + path + "\" is damaged, or of another master key")
      .Hint("Restore the keys from their own backup.");
}

Status MakeKeyDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return SyncDirectoryOf(path);
  return errno == EEXIST ? Ok() : IoError("create directory", path);
}

Result<std::optional<std::string>> ReadKeyFile(const std::string& path) {
  File file(path, O_RDONLY);
  if (file.fd() < 0 && errno == ENOENT) return std::optional<std::string>();
  struct stat info {};
  if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return IoError("read", path);
  if ((info.st_mode & 077) != 0) {
    return Fail(sqlstate::kIoError, "others than its owner may read the keys in \"" + path + "\"").Hint("chmod 600 it.");
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.fd(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return IoError("read", path);
    done += static_cast<size_t>(got);
  }
  return std::optional<std::string>(std::move(bytes));
}

Status WriteKeyFile(const std::string& path, std::string_view bytes) {
  const std::string next = path + std::string(kNext);
  ALLOD_RETURN_IF_ERROR(WriteSynced(next, bytes));
  return Rename(next, path);
}

Status ReplaceKeyFile(const std::string& path, std::string_view bytes) {
  const std::string next = path + std::string(kNext);
  ALLOD_RETURN_IF_ERROR(WriteSynced(next, bytes));
  ALLOD_RETURN_IF_ERROR(Overwrite(path));
  return Rename(next, path);
}

Status FinishReplacing(const std::string& path) {
  const std::string next = path + std::string(kNext);
  ALLOD_ASSIGN_OR_RETURN(const std::optional<std::string> old, ReadKeyFile(path));
  ALLOD_ASSIGN_OR_RETURN(const std::optional<std::string> fresh, ReadKeyFile(next));
  if (!fresh) return Ok();
  // Nothing of the old one was overwritten yet: whoever wanted it replaced asks again.
  if (old && !old->empty() && old->front() != '\0') return DestroyKeyFile(next);
  return Rename(next, path);
}

Status DestroyKeyFile(const std::string& path) {
  ALLOD_RETURN_IF_ERROR(Overwrite(path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return IoError("remove", path);
  return SyncDirectoryOf(path);
}

}  // namespace allod::history
