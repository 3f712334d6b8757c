#include "cli/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "crypto/certificate.h"
#include "crypto/scram.h"
#include "net/codes.h"

namespace allod::cli {
namespace {

constexpr size_t kPasswordBytes = 18;  // 24 characters of base64

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  int Take() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

Status IoError(const std::string& what, const std::string& path) {
  int error = errno;
  return Fail(error == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
              fmt::format("could not {} \"{}\": {}", what, path, std::strerror(error)));
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

std::string LockPath(const std::string& directory) { return directory + "/allod.lock"; }

RunningServer ReadLock(int fd) {
  char bytes[4096];
  ssize_t count = ::pread(fd, bytes, sizeof(bytes), 0);
  std::string_view text(bytes, count > 0 ? static_cast<size_t>(count) : 0);
  RunningServer server;
  for (bool first = true; !text.empty(); first = false) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (first) {
      server.process = std::strtol(line.c_str(), nullptr, 10);
    } else if (!line.empty()) {
      server.addresses.push_back(std::move(line));
    }
  }
  return server;
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::path parent = std::filesystem::absolute(path, error).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) return Fail(sqlstate::kIoError, fmt::format("could not create directory \"{}\": {}", parent.string(), error.message()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return IoError("create directory", path);
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return IoError("look at", path);
  if (!S_ISDIR(info.st_mode)) return Fail(sqlstate::kIoError, fmt::format("\"{}\" is not a directory", path));
  if ((info.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0) return IoError("restrict access to", path);
  ::umask(0077);  // all that is made from here on is its owner's alone

  DataDirectory directory(path);
  std::string lock_path = LockPath(path);
  File lock(lock_path, O_RDWR | O_CREAT, 0600);
  if (lock.fd() < 0) return IoError("open", lock_path);
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return IoError("lock", lock_path);
    RunningServer server = ReadLock(lock.fd());
    std::string where;
    for (const std::string& address : server.addresses) where += (where.empty() ? ", listening on " : " and ") + address;
    return Fail(sqlstate::kObjectInUse,
                fmt::format("data directory \"{}\" is in use by process {}{}", path, server.process, where))
        .Hint("One directory is served by one server; stop that one, or use another directory.");
  }
  directory.lock_ = lock.Take();
  ALLOD_RETURN_IF_ERROR(directory.Announce({}));
  return directory;
}

DataDirectory::~DataDirectory() {
  if (lock_ < 0) return;
  if (::ftruncate(lock_, 0) != 0) errno = 0;  // who reads it asks for the lock as well
  ::close(lock_);
}

Status DataDirectory::Announce(const std::vector<std::string>& addresses) const {
  std::string text = std::to_string(::getpid()) + "\n";
  for (const std::string& address : addresses) text += address + "\n";
  if (::ftruncate(lock_, 0) != 0 || ::lseek(lock_, 0, SEEK_SET) != 0 || !WriteAll(lock_, text)) {
    return IoError("write", LockPath(path_));
  }
  return Ok();
}

Result<std::string> DataDirectory::NewPassword() const {
  std::string password = crypto::Base64(crypto::RandomBytes(kPasswordBytes));
  for (char& c : password) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  ALLOD_RETURN_IF_ERROR(WriteDurably(password_file(), fmt::format("*:*:*:{}:{}\n", kSuperuser, password)));
  return password;
}

// The whole file or none of it, readable by its owner only from the first moment.
Status DataDirectory::WriteDurably(const std::string& path, std::string_view text) const {
  std::string temporary = path + ".new";
  (void)::unlink(temporary.c_str());  // one that is there would keep its mode
  {
    File file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file.fd() < 0) return IoError("create", temporary);
    if (!WriteAll(file.fd(), text) || ::fsync(file.fd()) != 0) return IoError("write", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return IoError("rename", temporary);
  File directory(path_, O_RDONLY | O_DIRECTORY);
  if (directory.fd() < 0 || ::fsync(directory.fd()) != 0) return IoError("sync", path_);
  return Ok();
}

Result<bool> DataDirectory::EnsureCertificate() const {
  if (::access(certificate_file().c_str(), F_OK) == 0 && ::access(key_file().c_str(), F_OK) == 0) return false;
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};
  char name[256] = {};
  std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  if (::gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' && hosts[0] != name &&
      std::string_view(name).find_first_not_of(allowed) == std::string_view::npos) {
    hosts.emplace_back(name);
  }
  ALLOD_ASSIGN_OR_RETURN(crypto::SelfSigned made, crypto::MakeSelfSigned(hosts));
  // The certificate goes first and comes last: where this ends in between, the next start makes both anew.
  if (::unlink(certificate_file().c_str()) != 0 && errno != ENOENT) return IoError("remove", certificate_file());
  ALLOD_RETURN_IF_ERROR(WriteDurably(key_file(), made.key));
  ALLOD_RETURN_IF_ERROR(WriteDurably(certificate_file(), made.certificate));
  return true;
}

Result<std::optional<std::string>> DataDirectory::ReadRules() const {
  constexpr size_t kMostBytes = 1 << 20;
  File file(rules_file(), O_RDONLY);
  if (file.fd() < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return IoError("open", rules_file());
  }
  struct stat info;
  if (::fstat(file.fd(), &info) != 0) return IoError("look at", rules_file());
  if ((info.st_mode & 0022) != 0) {
    return Fail(sqlstate::kConfigFileError, fmt::format("\"{}\" can be changed by group or others", rules_file()))
        .Hint(fmt::format("chmod go-w {}", rules_file()));
  }
  std::string text;
  char bytes[4096];
  for (ssize_t count; (count = ::read(file.fd(), bytes, sizeof(bytes))) != 0;) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return IoError("read", rules_file());
    text.append(bytes, static_cast<size_t>(count));
    if (text.size() > kMostBytes) return Fail(sqlstate::kConfigFileError, fmt::format("\"{}\" is too long", rules_file()));
  }
  return std::optional<std::string>(std::move(text));
}

Result<RunningServer> FindServer(const std::string& path) {
  File lock(LockPath(path), O_RDONLY);
  Status none = Fail(sqlstate::kObjectNotInPrerequisiteState, fmt::format("no server is running on \"{}\"", path))
                    .Hint(fmt::format("Start one: allod serve --data {}", path));
  if (lock.fd() < 0 || ::flock(lock.fd(), LOCK_SH | LOCK_NB) == 0) return none;
  RunningServer server = ReadLock(lock.fd());
  if (server.addresses.empty()) return none;
  return server;
}

Result<std::shared_ptr<session::Databases>> OpenExisting(const std::string& path, const std::string& keys) {
  std::error_code error;
  if (!std::filesystem::exists(path + "/databases/" + kDatabase + ".db", error)) {
    return Fail(sqlstate::kUndefinedObject, "there is no database in \"" + path + "\"");
  }
  session::Databases::Options options;
  options.directory = path;
  options.first = kDatabase;
  options.keys = keys;
  return session::Databases::Open(options);
}

}  // namespace allod::cli
