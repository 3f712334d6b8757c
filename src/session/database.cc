#include "session/database.h"

#include <filesystem>

#include "base/log.h"
#include "catalog/native/store.h"
#include "engine/postgres/engine.h"
#include "engine/sqlite/engine.h"
#include "history/database_key.h"

namespace allod::session {

Result<std::shared_ptr<Database>> Database::Open(Options options) {
  std::filesystem::path directory = std::filesystem::path(options.directory) / "databases";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Fail(sqlstate::kIoError, "could not create directory \"" + directory.string() + "\": " + error.message());
  const std::string keys = options.keys.empty() ? options.directory + "/keys" : options.keys;
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Engine> engine,
                         OpenFile((directory / (options.name + ".db")).string(), options.name, keys, options.encrypt, options.max_connections));
  return Open(options.name, std::move(engine), keys);
}

Result<std::unique_ptr<engine::Engine>> Database::OpenFile(const std::string& path, const std::string& name, const std::string& keys, bool encrypt,
                                                           int max_connections) {
  engine::sqlite::Options options;
  options.path = path;
  options.max_connections = max_connections;
  std::error_code error;
  ALLOD_ASSIGN_OR_RETURN(options.key, history::OpenDatabaseKey(keys, name, std::filesystem::exists(path, error), encrypt));
  const bool has_key = !options.key.empty();
  Result<std::unique_ptr<engine::Engine>> opened = engine::sqlite::Open(std::move(options));
  if (opened.ok() || has_key || opened.status().error().sqlstate != sqlstate::kDataCorrupted) return opened;
  Status status = std::move(opened).status();
  return std::move(status).Hint("If it is encrypted, start with --keys and the directory that has its key.");
}

Result<std::shared_ptr<Database>> Database::Open(std::string name, std::unique_ptr<engine::Engine> engine, const std::string& keys) {
  std::shared_ptr<Database> database(new Database());
  database->name_ = std::move(name);
  database->engine_ = std::move(engine);
  if (database->engine_->capabilities().native_sql) {
    ALLOD_RETURN_IF_ERROR(database->OpenNative());
    return database;
  }
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> catalog, catalog::Load(*database->engine_));
  ALLOD_ASSIGN_OR_RETURN(database->sequences_, catalog::OpenSequences(*database->engine_));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const ownership::Graph> graph, ownership::Graph::Build(catalog));
  std::shared_ptr<const history::Layout> layout;
  if (database->engine_->capabilities().records_changes) {
    ALLOD_ASSIGN_OR_RETURN(database->history_, history::Store::Open(*database->engine_, keys));
    ALLOD_ASSIGN_OR_RETURN(database->placer_, history::Placer::Start(*database->engine_, database->history_));
    layout = history::Layout::Build(graph);
  }
  database->definitions_ = std::make_shared<const Definitions>(Definitions{std::move(catalog), std::move(graph), std::move(layout)});
  return database;
}

Result<std::shared_ptr<Database>> Database::OpenCluster(ClusterOptions options) {
  engine::postgres::Options engine_options;
  engine_options.conninfo = std::move(options.connection);
  engine_options.max_connections = options.max_connections;
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Engine> engine, engine::postgres::Open(std::move(engine_options)));
  std::string name;
  {
    ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(*engine, engine::Mode::kRead));
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction->Run("SELECT current_database()::text", {}, nullptr));
    ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
    if (found) name = cursor->column(0).bytes;
  }
  return Open(std::move(name), std::move(engine));
}

// The cluster keeps the catalogue, and sequences are its own.
Status Database::OpenNative() {
  ALLOD_RETURN_IF_ERROR(catalog::PrepareNative(*engine_));
  ALLOD_ASSIGN_OR_RETURN(listening_, engine_->Listen(catalog::kNativeChannel, [this](std::string_view) {
    std::lock_guard lock(news_mutex_);
    news_pending_ = true;
    news_.notify_one();
  }));
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(*engine_, engine::Mode::kSnapshot));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> catalog, catalog::LoadNative(*transaction));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const ownership::Graph> graph, ownership::Graph::Build(catalog, engine_->dialect()));
  definitions_ = std::make_shared<const Definitions>(Definitions{std::move(catalog), std::move(graph), nullptr});
  constexpr size_t kStackBytes = 1 << 20;
  ALLOD_ASSIGN_OR_RETURN(follower_, Thread::Start("allod-follow", kStackBytes, [this] { FollowDefinitions(); }));
  return Ok();
}

Database::~Database() {
  listening_.reset();
  {
    std::lock_guard lock(news_mutex_);
    ending_ = true;
    news_.notify_one();
  }
  follower_ = Thread();  // joins
}

void Database::FollowDefinitions() {
  std::unique_lock lock(news_mutex_);
  for (;;) {
    news_.wait(lock, [&] { return news_pending_ || ending_; });
    if (ending_) return;
    news_pending_ = false;
    lock.unlock();
    auto refresh = [&]() -> Status {
      ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(*engine_, engine::Mode::kSnapshot));
      return Refresh(*transaction).status();
    };
    // Whoever goes by older definitions is refused at the commit, so this is for speed: no harm if it fails.
    if (Status status = refresh(); !status.ok()) log::Warning("definitions_not_read", {{"sqlstate", status.error().sqlstate}});
    lock.lock();
  }
}

Result<bool> Database::Refresh(engine::Transaction& transaction) {
  ALLOD_ASSIGN_OR_RETURN(const int64_t version, catalog::NativeVersion(transaction));
  if (static_cast<uint64_t>(version) <= definitions()->catalog->version()) return false;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> catalog, catalog::LoadNative(transaction));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const ownership::Graph> graph, ownership::Graph::Build(catalog, engine_->dialect()));
  Publish(std::make_shared<const Definitions>(Definitions{std::move(catalog), std::move(graph), nullptr}));
  return true;
}

Status Database::PutRoleNative(catalog::Role role) {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(*engine_, engine::Mode::kWrite));
  ALLOD_RETURN_IF_ERROR(catalog::LockNative(*transaction).status());
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Catalog> before, catalog::LoadNative(*transaction));
  std::shared_ptr<catalog::Catalog> after = before->Edit();
  const catalog::Role* existing = after->FindRole(role.name);
  if (existing != nullptr) {
    role.oid = existing->oid;
  } else {
    for (const auto& [oid, other] : after->roles()) role.oid = std::max(role.oid, oid + 1);
    role.oid = std::max(role.oid, catalog::kFirstUserOid);
  }
  after->Put(std::move(role));
  ALLOD_RETURN_IF_ERROR(catalog::SaveNative(*before, *after, *transaction));
  ALLOD_RETURN_IF_ERROR(transaction->Commit().status());
  transaction.reset();
  ALLOD_ASSIGN_OR_RETURN(auto reader, engine::AwaitBegin(*engine_, engine::Mode::kSnapshot));
  return Refresh(*reader).status();
}

void Database::Publish(std::shared_ptr<const Definitions> definitions) {
  {
    std::lock_guard lock(mutex_);
    // On a cluster two threads may read the catalogue at once: the newer one stays.
    if (definitions_ != nullptr && definitions->catalog->version() < definitions_->catalog->version()) return;
    definitions_ = std::move(definitions);
  }
  statements_.Clear();
}

Status Database::PutRole(catalog::Role role) {
  if (engine_->capabilities().native_sql) return PutRoleNative(std::move(role));
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
  std::shared_ptr<const history::Layout> layout = history_ == nullptr ? nullptr : history::Layout::Build(graph);
  Publish(std::make_shared<const Definitions>(Definitions{std::move(after), std::move(graph), std::move(layout)}));
  engine::AwaitDurable(*engine_, number);
  return Ok();
}

}  // namespace allod::session
