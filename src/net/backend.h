// What the network layer needs of the rest: who may log in, and sessions. A test puts its own here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "session/session.h"

namespace allod::session {
class Database;
class Databases;
}

namespace allod::net {

// Thread-safe.
class Backend {
 public:
  struct Login {
    bool may_login = false;  // false: no such role, or one that may not log in
    bool superuser = false;
    std::string verifier;    // "" : no password, so SCRAM cannot succeed
  };
  virtual ~Backend() = default;
  virtual Login FindLogin(std::string_view user) = 0;
  virtual bool HasDatabase(std::string_view name) = 0;
  struct Opened {
    std::unique_ptr<session::Session> session;
    engine::Engine* engine = nullptr;  // the database's; lives at least as long as the session
  };
  // 3D000 if the database is not there.
  virtual Result<Opened> Open(const std::string& database, const std::string& user, const std::string& application) = 0;
  // How the sessions of a database are ended when it is dropped; null: no more.
  virtual void SetEnder(std::function<void(const std::string& database)>) {}
  virtual const session::Description& Describe(const session::Prepared& prepared) = 0;
  // What the statement was written as.
  virtual std::string_view Text(const session::Prepared& prepared) = 0;
  virtual engine::Engine& engine() = 0;
};

std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Database> database);    // one database
std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Databases> databases);  // those of a data directory

}  // namespace allod::net
