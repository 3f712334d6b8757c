// The databases of one data directory, a file each: DATA/databases/NAME.db. Thread-safe.
//
// A database comes into being by a rename of its finished file, and goes by a rename away: a server that is killed leaves it whole or
// not there, and what lies about in between is removed at the next start. Roles are the first database's; the others get a
// copy without passwords, so that names can be looked up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "session/database.h"

namespace allod::session {

// Where clients go that only want to make a database. It is always there: made when it is first asked for.
inline constexpr char kMaintenanceDatabase[] = "postgres";

class Databases : public std::enable_shared_from_this<Databases> {
 public:
  struct Options {
    std::string directory;         // the data directory; must exist
    std::string first = "allod";   // the database that is always there and keeps the roles
    int max_connections = 64;      // engine connections of each, not clients
    std::string keys;              // the directory of their keys; "": <directory>/keys
    bool encrypt = true;           // the files that are made from now on
  };
  // Opens the first one and removes what a killed server left half made. Errors as Database::Open.
  static Result<std::shared_ptr<Databases>> Open(Options options);

  const std::shared_ptr<Database>& first() const { return first_; }
  bool Has(std::string_view name) const;
  // False for the maintenance database until somebody uses it.
  bool IsMade(std::string_view name) const;
  // Opens it if nobody has. While the answer lives, the database is in use. 3D000 if it is not there.
  Result<std::shared_ptr<Database>> Use(const std::string& name);

  // Durable when they return. 42P04; 3D000, and 55006 while somebody uses it. `force`: whoever does is ended first.
  Status Create(const std::string& name);
  Status Drop(const std::string& name, bool force);

  struct Entry {
    Oid oid;
    std::string name;
  };
  std::vector<Entry> All() const;  // by name

  // How Drop ends the sessions of a database: called without a lock held, returns at once. Null: it cannot.
  void SetEnder(std::function<void(const std::string& name)> ender);

 private:
  explicit Databases(Options options) : options_(std::move(options)) {}
  struct Known {
    Oid oid = 0;
    std::shared_ptr<Database> database;  // null until somebody uses it
    int users = 0;
    bool going = false;                  // being dropped: nobody may come
  };
  Status Find();
  Status RemoveLeftovers();
  Status Make(const std::string& path, const std::string& name);
  Result<std::shared_ptr<Database>> OpenFile(const std::string& path, const std::string& name);
  std::string PathOf(std::string_view name) const;  // without an ending
  std::string keys() const { return options_.keys.empty() ? options_.directory + "/keys" : options_.keys; }
  Status CreateLocked(const std::string& name);
  void Leave(const std::string& name);

  const Options options_;
  std::string directory_;
  std::shared_ptr<Database> first_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::map<std::string, Known, std::less<>> known_;
  Oid next_oid_ = 0;
  std::function<void(const std::string&)> ender_;
};

}  // namespace allod::session
