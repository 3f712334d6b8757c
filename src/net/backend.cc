#include "net/backend.h"

#include "session/compiled.h"
#include "session/database.h"
#include "session/databases.h"

namespace allod::net {
namespace {

// One database, and what all have in common: the roles are the first one's.
class DatabaseBackend : public Backend {
 public:
  explicit DatabaseBackend(std::shared_ptr<session::Database> database) : database_(std::move(database)) {}

  Login FindLogin(std::string_view user) override {
    std::shared_ptr<const session::Definitions> definitions = database_->definitions();
    const catalog::Role* role = definitions->catalog->FindRole(user);
    if (role == nullptr) return {};
    return {role->login, role->superuser, role->verifier};
  }
  bool HasDatabase(std::string_view name) override { return name == database_->name(); }
  Result<Opened> Open(const std::string&, const std::string& user, const std::string& application) override {
    return OpenOn(database_, user, application);
  }
  const session::Description& Describe(const session::Prepared& prepared) override { return session::Describe(prepared); }
  std::string_view Text(const session::Prepared& prepared) override {
    if (!prepared.text.empty() || prepared.statement == nullptr) return prepared.text;
    return prepared.statement->text;
  }
  engine::Engine& engine() override { return database_->engine(); }

 protected:
  static Opened OpenOn(const std::shared_ptr<session::Database>& database, const std::string& user, const std::string& application) {
    return {session::Session::Open(database, user, application), &database->engine()};
  }

 private:
  std::shared_ptr<session::Database> database_;
};

class DirectoryBackend final : public DatabaseBackend {
 public:
  explicit DirectoryBackend(std::shared_ptr<session::Databases> databases)
      : DatabaseBackend(databases->first()), databases_(std::move(databases)) {}
  ~DirectoryBackend() override { databases_->SetEnder(nullptr); }

  bool HasDatabase(std::string_view name) override { return databases_->Has(name); }
  Result<Opened> Open(const std::string& name, const std::string& user, const std::string& application) override {
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<session::Database> database, databases_->Use(name));
    return OpenOn(database, user, application);
  }
  void SetEnder(std::function<void(const std::string& database)> ender) override { databases_->SetEnder(std::move(ender)); }

 private:
  std::shared_ptr<session::Databases> databases_;
};

}  // namespace

std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Database> database) {
  return std::make_unique<DatabaseBackend>(std::move(database));
}

std::unique_ptr<Backend> MakeBackend(std::shared_ptr<session::Databases> databases) {
  return std::make_unique<DirectoryBackend>(std::move(databases));
}

}  // namespace allod::net
