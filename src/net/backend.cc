#include "net/backend.h"

#include "session/compiled.h"
#include "session/database.h"

namespace allod::net {
namespace {

class DatabaseBackend final : public Backend {
 public:
  explicit DatabaseBackend(std::shared_ptr<session::Database> database) : database_(std::move(database)) {}

  Login FindLogin(std::string_view user) override {
    std::shared_ptr<const session::Definitions> definitions = database_->definitions();
    const catalog::Role* role = definitions->catalog->FindRole(user);
    if (role == nullptr) return {};
    return {role->login, role->superuser, role->verifier};
  }
  bool HasDatabase(std::string_view name) override { return name == database_->name(); }
  std::unique_ptr<session::Session> Open(const std::string& user, const std::string& application) override {
    return session::Session::Open(database_, user, application);
  }
  const session::Description& Describe(const session::Prepared& prepared) override { return session::Describe(prepared); }
  std::string_view Text(const session::Prepared& prepared) override {
    if (!prepared.text.empty() || prepared.statement == nullptr) return prepared.text;
    return prepared.statement->text;
  }
  engine::Engine& engine() override { return database_->engine(); }

 private:
  std::shared_ptr<session::Database> database_;
};

}  // namespace

std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Database> database) {
  return std::make_unique<DatabaseBackend>(std::move(database));
}

}  // namespace allod::net
