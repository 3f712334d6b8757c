// A data directory: made on first use, readable by its owner only, used by one server at a time.
//
//   DATA/allod.lock   locked while a server runs; holds its process id and, line by line, the addresses it listens on
//   DATA/password     of the role `allod`, in the form of a password file of psql (PGPASSFILE), mode 0600
//   DATA/server.crt   the server's certificate, where none is given, and its key; mode 0600
//   DATA/server.key
//   DATA/allod.conf   who may connect from where, and how; made by people, not by the server
//   DATA/databases/   the databases
//   DATA/keys/        the keys of their histories (docs/history.md), unless they are kept elsewhere
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "session/databases.h"

namespace allod::cli {

inline constexpr char kSuperuser[] = "allod";
inline constexpr char kDatabase[] = "allod";

class DataDirectory {
 public:
  // Creates the directory (0700) if it is not there, and locks it. 55006 if a server uses it, saying which.
  static Result<DataDirectory> Open(const std::string& path);
  DataDirectory(DataDirectory&& other) noexcept : path_(std::move(other.path_)), lock_(other.lock_) { other.lock_ = -1; }
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();  // unlocks

  const std::string& path() const { return path_; }
  std::string password_file() const { return path_ + "/password"; }
  std::string certificate_file() const { return path_ + "/server.crt"; }
  std::string key_file() const { return path_ + "/server.key"; }

  // Puts a new random password for the superuser into the file, durably, and gives it back.
  Result<std::string> NewPassword() const;
  // Makes a certificate for this machine's names, with a new key, unless both are there. True if it did.
  Result<bool> EnsureCertificate() const;
  std::string rules_file() const { return path_ + "/allod.conf"; }
  // The text of allod.conf; nullopt if there is none. F0000 if others than its owner could change it.
  Result<std::optional<std::string>> ReadRules() const;
  // For whoever wants to connect or is refused.
  Status Announce(const std::vector<std::string>& addresses) const;

 private:
  Status WriteDurably(const std::string& path, std::string_view text) const;
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
  int lock_ = -1;
};

// The databases of a directory that no server uses, for a tool that makes nothing where there is nothing. `keys`: "": in the directory.
Result<std::shared_ptr<session::Databases>> OpenExisting(const std::string& path, const std::string& keys);

// What the lock file of a running server says. 55000 if none is running on the directory.
struct RunningServer {
  long process = 0;
  std::vector<std::string> addresses;
};
Result<RunningServer> FindServer(const std::string& path);

}  // namespace allod::cli
