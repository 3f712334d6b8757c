// What the network layer needs of the rest: who may log in, and sessions. A test puts its own here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "session/session.h"

namespace allod::session {
class Database;
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
  virtual std::unique_ptr<session::Session> Open(const std::string& user, const std::string& application) = 0;
  virtual const session::Description& Describe(const session::Prepared& prepared) = 0;
  // What the statement was written as.
  virtual std::string_view Text(const session::Prepared& prepared) = 0;
  virtual engine::Engine& engine() = 0;
};

std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Database> database);

}  // namespace allod::net
