// What the sessions of one database share: the engine, the current definitions (catalogue and ownership graph), the
// values of sequences, and compiled statements. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "catalog/catalog.h"
#include "catalog/store.h"
#include "engine/engine.h"
#include "ownership/graph.h"
#include "session/advisory_locks.h"
#include "session/notify.h"
#include "session/statement_cache.h"

namespace allod::session {

// One version of the definitions; immutable.
struct Definitions {
  std::shared_ptr<const catalog::Catalog> catalog;
  std::shared_ptr<const ownership::Graph> graph;
  engine::CommitNumber commit = 0;  // that made it so: who goes by these definitions must see at least this
};

class Database {
 public:
  struct Options {
    std::string directory;         // the data directory; must exist
    std::string name = "allod";    // the database: <directory>/databases/<name>.db
    int max_connections = 64;      // engine connections, not clients
  };
  // Creates the database's file if there is none. 55006 if another process has it open.
  static Result<std::shared_ptr<Database>> Open(Options options);
  // On an engine that is already open (tests, other engines).
  static Result<std::shared_ptr<Database>> Open(std::string name, std::unique_ptr<engine::Engine> engine);

  const std::string& name() const { return name_; }
  engine::Engine& engine() { return *engine_; }
  catalog::Sequences& sequences() { return *sequences_; }
  StatementCache& statements() { return statements_; }
  Notifier& notifier() { return notifier_; }
  AdvisoryLocks& advisory_locks() { return advisory_locks_; }

  std::shared_ptr<const Definitions> definitions() const {
    std::lock_guard lock(mutex_);
    return definitions_;
  }
  // After the commit that stored them. Only the holder of the writer's turn calls it.
  void Publish(std::shared_ptr<const Definitions> definitions);

  // Adds or replaces a role outside of any session (first start, tools).
  Status PutRole(catalog::Role role);

 private:
  Database() = default;

  std::string name_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<catalog::Sequences> sequences_;
  StatementCache statements_;
  Notifier notifier_;
  AdvisoryLocks advisory_locks_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Definitions> definitions_;
};

}  // namespace allod::session
