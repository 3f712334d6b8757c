#include "session/databases.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "base/log.h"
#include "engine/sqlite/engine.h"
#include "history/database_key.h"

namespace allod::session {
namespace {

namespace fs = std::filesystem;

// The endings of files: a database; one that is not finished; one that is going.
constexpr std::string_view kWhole = ".db", kUnfinished = ".creating", kGoing = ".dropped";
// What the engine puts beside a database.
constexpr std::string_view kBeside[] = {"-wal", "-shm", "-journal", ".lock"};
constexpr Oid kFirstOid = 5;  // PostgreSQL's, of its database postgres
constexpr std::chrono::seconds kPatience{5};

Status IoError(const std::string& what, const std::string& path) {
  int error = errno;
  return Fail(error == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
              fmt::format("could not {} \"{}\": {}", what, path, std::strerror(error)));
}

// A file's or directory's content, onto the disk.
Status Sync(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return IoError("open", path);
  int result = ::fsync(fd);
  Status status = result == 0 ? Ok() : IoError("sync", path);
  ::close(fd);
  return status;
}

Status Rename(const std::string& from, const std::string& to, const std::string& directory) {
  if (::rename(from.c_str(), to.c_str()) != 0) return IoError("rename", from);
  return Sync(directory);
}

// Files of a database that is not one any more, or not yet. Those that are not there are none.
Status RemoveBeside(const std::string& path) {
  for (std::string_view ending : kBeside) {
    std::string file = path + std::string(ending);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return IoError("remove", file);
  }
  return Ok();
}

Status Remove(const std::string& path) {
  ALLOD_RETURN_IF_ERROR(RemoveBeside(path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return IoError("remove", path);
  return Ok();
}

bool IsPlain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// A database's name as a file's: what could mean something to a file system is written %XX.
std::string FileName(std::string_view name) {
  std::string file;
  for (char c : name) {
    if (IsPlain(c)) {
      file += c;
    } else {
      file += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return file;
}

// And back; "" if it is none.
std::string NameOf(std::string_view file) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string name;
  for (size_t i = 0; i < file.size(); ++i) {
    if (IsPlain(file[i])) {
      name += file[i];
    } else if (file[i] == '%' && i + 2 < file.size() && digit(file[i + 1]) >= 0 && digit(file[i + 2]) >= 0) {
      name += static_cast<char>(digit(file[i + 1]) * 16 + digit(file[i + 2]));
      i += 2;
    } else {
      return "";
    }
  }
  return FileName(name) == file ? name : "";
}

Status Missing(std::string_view name) { return Fail(sqlstate::kInvalidCatalogName, fmt::format("database \"{}\" does not exist", name)); }

}  // namespace

Result<std::shared_ptr<Databases>> Databases::Open(Options options) {
  std::shared_ptr<Databases> databases(new Databases(std::move(options)));
  ALLOD_RETURN_IF_ERROR(databases->Find());
  return databases;
}

Status Databases::Find() {
  Database::Options first;
  first.directory = options_.directory;
  first.name = options_.first;
  first.keys = options_.keys;
  first.encrypt = options_.encrypt;
  first.max_connections = options_.max_connections;
  ALLOD_ASSIGN_OR_RETURN(first_, Database::Open(first));
  first_->family_ = this;
  directory_ = (fs::path(options_.directory) / "databases").string();
  ALLOD_RETURN_IF_ERROR(RemoveLeftovers());
  next_oid_ = kFirstOid;
  known_[options_.first] = {next_oid_++, first_};
  known_[kMaintenanceDatabase].oid = next_oid_++;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(directory_, error)) {
    std::string stem = file.path().stem().string();
    if (file.path().extension() != kWhole) continue;
    std::string name = NameOf(stem);
    if (!name.empty() && !known_.contains(name)) known_[name].oid = next_oid_++;
  }
  if (error) return Fail(sqlstate::kIoError, fmt::format("could not read \"{}\": {}", directory_, error.message()));
  return Ok();
}

Status Databases::RemoveLeftovers() {
  std::vector<std::string> gone;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(directory_, error)) {
    std::string path = file.path().string(), name = file.path().filename().string();
    for (std::string_view ending : {kUnfinished, kGoing}) {
      if (name.ends_with(ending)) gone.push_back(path);
    }
    // Something beside a database that is not there. Never beside one that is: its log holds what was committed.
    for (std::string_view ending : kBeside) {
      if (!name.ends_with(ending)) continue;
      std::string of = path.substr(0, path.size() - ending.size());
      bool ours = of.ends_with(kWhole) || of.ends_with(kUnfinished) || of.ends_with(kGoing);
      if (ours && !fs::exists(of, error)) gone.push_back(of);
    }
  }
  if (error) return Fail(sqlstate::kIoError, fmt::format("could not read \"{}\": {}", directory_, error.message()));
  for (const std::string& path : gone) {
    log::Info("leftover_removed", {{"file", path}});
    ALLOD_RETURN_IF_ERROR(Remove(path));
  }
  return gone.empty() ? Ok() : Sync(directory_);
}

std::string Databases::PathOf(std::string_view name) const { return directory_ + "/" + FileName(name); }

bool Databases::Has(std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto it = known_.find(name);
  return it != known_.end() && !it->second.going;
}

bool Databases::IsMade(std::string_view name) const { return fs::exists(PathOf(name) + std::string(kWhole)); }

std::vector<Databases::Entry> Databases::All() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  for (const auto& [name, known] : known_) {
    if (!known.going) all.push_back({known.oid, name});
  }
  return all;
}

void Databases::SetEnder(std::function<void(const std::string&)> ender) {
  std::lock_guard lock(mutex_);
  ender_ = std::move(ender);
}

Result<std::shared_ptr<Database>> Databases::Use(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto it = known_.find(name);
  if (it == known_.end() || it->second.going) return Missing(name);
  if (it->second.database == nullptr) {
    if (name == kMaintenanceDatabase && !fs::exists(PathOf(name) + std::string(kWhole))) ALLOD_RETURN_IF_ERROR(CreateLocked(name));
    ALLOD_ASSIGN_OR_RETURN(it->second.database, OpenFile(PathOf(name) + std::string(kWhole), name));
    it->second.database->family_ = this;
  }
  ++it->second.users;
  // Whoever holds the answer holds a place among the users, and this.
  std::shared_ptr<void> place(nullptr, [self = shared_from_this(), name](void*) { self->Leave(name); });
  return std::shared_ptr<Database>(place, it->second.database.get());
}

Result<std::shared_ptr<Database>> Databases::OpenFile(const std::string& path, const std::string& name) {
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Engine> engine, Database::OpenFile(path, FileName(name), keys(), options_.encrypt, options_.max_connections));
  return Database::Open(name, std::move(engine), keys());
}

void Databases::Leave(const std::string& name) {
  std::lock_guard lock(mutex_);
  --known_.find(name)->second.users;
  left_.notify_all();
}

Status Databases::Create(const std::string& name) {
  std::lock_guard lock(mutex_);
  if (known_.contains(name)) return Fail(sqlstate::kDuplicateDatabase, fmt::format("database \"{}\" already exists", name));
  ALLOD_RETURN_IF_ERROR(CreateLocked(name));
  known_[name].oid = next_oid_++;
  return Ok();
}

// A kill before the rename leaves a file that the next start removes; after it, the database.
Status Databases::CreateLocked(const std::string& name) {
  const std::string unfinished = PathOf(name) + std::string(kUnfinished), whole = PathOf(name) + std::string(kWhole);
  ALLOD_RETURN_IF_ERROR(Remove(unfinished));
  Status made = Make(unfinished, name);
  if (made.ok()) made = Sync(unfinished);
  if (made.ok()) made = RemoveBeside(whole);  // nothing may be taken for this one's log
  if (made.ok()) made = Rename(unfinished, whole, directory_);
  if (!made.ok()) (void)Remove(unfinished);
  return made;
}

// Closed again when it returns, with everything in the one file.
Status Databases::Make(const std::string& path, const std::string& name) {
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<Database> database, OpenFile(path, name));
  for (const auto& [oid, role] : first_->definitions()->catalog->roles()) {
    catalog::Role copy = *role;
    copy.verifier.clear();
    ALLOD_RETURN_IF_ERROR(database->PutRole(std::move(copy)));
  }
  ALLOD_ASSIGN_OR_RETURN(const bool copied, engine::sqlite::Checkpoint(database->engine()));
  if (!copied) return Fail(sqlstate::kInternalError, "a new database's log is in use");
  database.reset();
  return RemoveBeside(path);
}

Status Databases::Drop(const std::string& name, bool force) {
  std::unique_lock lock(mutex_);
  auto it = known_.find(name);
  if (it == known_.end() || it->second.going) return Missing(name);
  if (name == options_.first) {
    return Fail(sqlstate::kFeatureNotSupported, fmt::format("database \"{}\" cannot be dropped", name))
        .Detail("The roles and their passwords are kept in it.")
        .Hint("Drop its tables or schemas.");
  }
  Known& known = it->second;
  known.going = true;
  if (known.users > 0 && force && ender_ != nullptr) {
    auto ender = ender_;
    lock.unlock();
    ender(name);
    lock.lock();
    left_.wait_for(lock, kPatience, [&] { return known.users == 0; });
  }
  if (known.users > 0) {
    known.going = false;
    return Fail(sqlstate::kObjectInUse, fmt::format("database \"{}\" is being accessed by other users", name))
        .Detail(known.users == 1 ? "There is 1 other session using the database."
                                 : fmt::format("There are {} other sessions using the database.", known.users));
  }
  const std::string whole = PathOf(name) + std::string(kWhole), going = PathOf(name) + std::string(kGoing);
  std::shared_ptr<const history::Store> history;  // its keys go with it
  if (known.database == nullptr && fs::exists(whole)) {
    Result<std::shared_ptr<Database>> opened = OpenFile(whole, name);
    if (opened.ok()) known.database = *std::move(opened);
  }
  if (known.database != nullptr) history = known.database->history();
  // Closing copies the log into the file; an answer that waits for the disk goes first.
  if (known.database != nullptr) {
    engine::AwaitDurable(known.database->engine(), known.database->engine().VisibleNumber());
    known.database.reset();
  }
  Status gone = fs::exists(whole) ? Rename(whole, going, directory_) : Ok();  // the maintenance database may not have been made yet
  if (!gone.ok()) {
    known.going = false;
    return gone;
  }
  if (name == kMaintenanceDatabase) {
    known.going = false;  // it comes back empty when somebody asks for it
  } else {
    known_.erase(it);
  }
  // It is dropped. What cannot be removed now is at the next start.
  Status removed = Remove(going);
  if (removed.ok()) removed = RemoveBeside(whole);
  if (removed.ok() && history != nullptr) removed = history->keyring().Remove();
  if (removed.ok()) removed = history::DestroyDatabaseKey(keys(), FileName(name));
  if (!removed.ok()) log::Warning("dropped_database_not_removed", {{"file", going}, {"sqlstate", removed.error().sqlstate}});
  return Ok();
}

}  // namespace allod::session
