#include "session/database.h"

#include <filesystem>

#include "engine/sqlite/engine.h"

namespace allod::session {

Result<std::shared_ptr<Database>> Database::Open(Options options) {
  std::filesystem::path directory = std::filesystem::path(options.directory) / "databases";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Fail(sqlstate::kIoError, "could not create directory \"" + directory.string() + "\": " + error.message());
  engine::sqlite::Options engine_options;
  engine_options.path = (directory / (options.name + ".db")).string();
  engine_options.max_connections = options.max_connections;
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Engine> engine, engine::sqlite::Open(engine_options));
  return Open(options.name, std::move(engine));
}

Result<std::shared_ptr<Database>> Database::Open(std::string name, std::unique_ptr<engine::Engine> engine) {
  std::shared_ptr<Database> database(new Database());
  database->name_ = std::move(name);
  database->engine_ = std::move(engine);
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> catalog, catalog::Load(*database->engine_));
  ALLOD_ASSIGN_OR_RETURN(database->sequences_, catalog::OpenSequences(*database->engine_));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const ownership::Graph> graph, ownership::Graph::Build(catalog));
  database->definitions_ = std::make_shared<const Definitions>(Definitions{std::move(catalog), std::move(graph)});
  return database;
}

void Database::Publish(std::shared_ptr<const Definitions> definitions) {
  {
    std::lock_guard lock(mutex_);
    definitions_ = std::move(definitions);
  }
  statements_.Clear();
}

Status Database::PutRole(catalog::Role role) {
  ALLOD_ASSIGN_OR_RETURN(engine::Turn turn, engine::AwaitTurn(*engine_));
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Transaction> transaction, engine_->Begin(engine::Mode::kWrite, std::move(turn)));
  std::shared_ptr<const Definitions> before = definitions();
  std::shared_ptr<catalog::Catalog> after = before->catalog->Edit();
  const catalog::Role* existing = after->FindRole(role.name);
  role.oid = existing != nullptr ? existing->oid : after->NewOid();
  after->Put(std::move(role));
  ALLOD_RETURN_IF_ERROR(catalog::Save(*before->catalog, *after, *transaction));
  ALLOD_ASSIGN_OR_RETURN(engine::CommitNumber number, transaction->Commit());
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const ownership::Graph> graph, ownership::Graph::Build(after));
  Publish(std::make_shared<const Definitions>(Definitions{std::move(after), std::move(graph)}));
  engine::AwaitDurable(*engine_, number);
  return Ok();
}

}  // namespace allod::session
