// What the sessions of one database share: the engine, the current definitions (catalogue and ownership graph), the
// values of sequences, and compiled statements. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "base/thread.h"
#include "catalog/catalog.h"
#include "catalog/store.h"
#include "engine/engine.h"
#include "history/placer.h"
#include "history/store.h"
#include "ownership/graph.h"
#include "session/activity.h"
#include "session/advisory_locks.h"
#include "session/notify.h"
#include "session/statement_cache.h"

namespace allod::session {

class Databases;

// One version of the definitions; immutable.
struct Definitions {
  std::shared_ptr<const catalog::Catalog> catalog;
  std::shared_ptr<const ownership::Graph> graph;
  std::shared_ptr<const history::Layout> layout;  // null: no history is kept
  engine::CommitNumber commit = 0;  // that made it so: who goes by these definitions must see at least this
};

class Database {
 public:
  ~Database();
  struct Options {
    std::string directory;         // the data directory; must exist
    std::string name = "allod";    // the database: <directory>/databases/<name>.db
    int max_connections = 64;      // engine connections, not clients
    std::string keys;              // the directory of its keys; "": <directory>/keys
    bool encrypt = true;           // its file, if it is made now; one that is there stays as it is
  };
  // Creates the database's file if there is none. 55006 if another process has it open.
  static Result<std::shared_ptr<Database>> Open(Options options);
  // The engine of a database's file, encrypted or not. `name`: of its key.
  static Result<std::unique_ptr<engine::Engine>> OpenFile(const std::string& path, const std::string& name, const std::string& keys, bool encrypt,
                                                          int max_connections);
  // A database of a PostgreSQL cluster, by its connection string (libpq's forms). 08001 if it cannot be reached.
  struct ClusterOptions {
    std::string connection;
    int max_connections = 32;  // that all clients share
  };
  static Result<std::shared_ptr<Database>> OpenCluster(ClusterOptions options);
  // On an engine that is already open. `keys`: the directory of the keys of its history; "": they last as long as this.
  static Result<std::shared_ptr<Database>> Open(std::string name, std::unique_ptr<engine::Engine> engine, const std::string& keys = "");

  const std::string& name() const { return name_; }
  engine::Engine& engine() { return *engine_; }
  Databases* family() const { return family_; }  // the databases beside this one; null: there cannot be any
  catalog::Sequences& sequences() { return *sequences_; }
  const std::shared_ptr<const history::Store>& history() const { return history_; }  // null: none is kept
  StatementCache& statements() { return statements_; }
  Notifier& notifier() { return notifier_; }
  AdvisoryLocks& advisory_locks() { return advisory_locks_; }
  Activities& activities() { return activities_; }

  std::shared_ptr<const Definitions> definitions() const {
    std::lock_guard lock(mutex_);
    return definitions_;
  }
  // After the commit that stored them. Only the holder of the writer's turn calls it.
  void Publish(std::shared_ptr<const Definitions> definitions);

  // On an engine that keeps the catalogue itself: reads it again if it is newer than what is known here. True if it was.
  // Sees what `transaction` sees: not for one that has changed definitions.
  Result<bool> Refresh(engine::Transaction& transaction);

  // Adds or replaces a role outside of any session (first start, tools).
  Status PutRole(catalog::Role role);

 private:
  friend class Databases;
  Database() = default;
  Status OpenNative();
  Status PutRoleNative(catalog::Role role);
  void FollowDefinitions();

  std::string name_;
  Databases* family_ = nullptr;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<catalog::Sequences> sequences_;
  std::shared_ptr<const history::Store> history_;
  std::unique_ptr<history::Placer> placer_;
  StatementCache statements_;
  Notifier notifier_;
  AdvisoryLocks advisory_locks_;
  Activities activities_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Definitions> definitions_;

  // Other processes may define things too: a thread reads the catalogue again when they say so.
  std::mutex news_mutex_;
  std::condition_variable news_;
  bool news_pending_ = false, ending_ = false;
  Thread follower_;
  std::shared_ptr<void> listening_;  // goes first
};

}  // namespace allod::session
