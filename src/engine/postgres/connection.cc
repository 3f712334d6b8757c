#include "engine/postgres/connection.h"

#include <poll.h>

#include <utility>

#include "engine/postgres/errors.h"

namespace allod::engine::postgres {
namespace {

constexpr int kOldestServer = 140000;
constexpr size_t kMaxNotices = 100;
// Read-only unless a transaction says otherwise; triggers capture what these connections change (triggers.h).
constexpr char kServerOptions[] = "-c default_transaction_read_only=on -c allod.capture=0";

// By Connection::Standard.
constexpr std::pair<const char*, const char*> kStandards[] = {
    {"allod_begin_rc", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    {"allod_begin_rr", "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"},
    {"allod_begin_s", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"},
    {"allod_begin_snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    {"allod_begin_s_snapshot", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"},
};

struct InfoDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What the connection string says, with what is ours.
struct Parameters {
  std::vector<std::string> texts;
  std::vector<const char*> keywords, values;
};

Result<Parameters> ParametersOf(const Options& options) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, InfoDeleter> info(PQconninfoParse(options.conninfo.c_str(), &complaint));
  if (info == nullptr) {
    PQfreemem(complaint);  // it may quote what was meant to be a password
    return Fail(sqlstate::kInvalidParameterValue, "the connection string of the database cluster cannot be read")
        .Hint("Write postgres://user@host:port/database, or keyword=value pairs as libpq reads them.");
  }
  std::string server_options = kServerOptions;
  for (const PQconninfoOption* o = info.get(); o->keyword != nullptr; ++o) {
    if (o->val != nullptr && std::string_view(o->keyword) == "options") server_options = std::string(o->val) + " " + server_options;
  }
  Parameters parameters;
  parameters.texts = {std::to_string(options.connect_timeout.count()), options.application_name, options.conninfo,
                      std::move(server_options)};
  // A later one counts more; the connection string stands between our defaults and what must be as we say.
  const std::pair<const char*, const char*> all[] = {
      {"connect_timeout", parameters.texts[0].c_str()},
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "60000"},
      {"application_name", parameters.texts[1].c_str()},
      {"dbname", parameters.texts[2].c_str()},
      {"client_encoding", "UTF8"},
      {"options", parameters.texts[3].c_str()},
      {nullptr, nullptr},
  };
  for (const auto& [keyword, value] : all) {
    parameters.keywords.push_back(keyword);
    parameters.values.push_back(value);
  }
  return parameters;
}

// COPY from or to the client would need another way of talking than statements have.
bool IsCopy(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r') || text[i] == ';') {
      ++i;
    } else if (text.substr(i, 2) == "--") {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (text.substr(i, 2) == "/*") {
      int depth = 0;
      do {
        if (text.substr(i, 2) == "/*") {
          ++depth;
          i += 2;
        } else if (text.substr(i, 2) == "*/") {
          --depth;
          i += 2;
        } else {
          ++i;
        }
      } while (depth > 0 && i < text.size());
    } else {
      break;
    }
  }
  const std::string_view word = text.substr(i, 4);
  return word.size() == 4 && (word[0] | 32) == 'c' && (word[1] | 32) == 'o' && (word[2] | 32) == 'p' && (word[3] | 32) == 'y';
}

Status NoCopy() {
  return Unsupported("COPY is not a statement that can be prepared here", "Use INSERT and SELECT.");
}

}  // namespace

Status Connection::CheckText(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return Fail(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00");
  }
  return IsCopy(text) ? NoCopy() : Ok();
}

Status Connection::Check(const Options& options) { return ParametersOf(options).status(); }

Result<std::unique_ptr<Connection>> Connection::Open(const Options& options, bool show_reason) {
  ALLOD_ASSIGN_OR_RETURN(const Parameters parameters, ParametersOf(options));
  ConnectionPtr handle(PQconnectdbParams(parameters.keywords.data(), parameters.values.data(), 1));
  if (handle == nullptr) return Fail(sqlstate::kOutOfMemory, "out of memory");
  if (PQstatus(handle.get()) != CONNECTION_OK) return CannotConnect(PQerrorMessage(handle.get()), show_reason);
  if (PQserverVersion(handle.get()) < kOldestServer) {
    return Unsupported("the database cluster is PostgreSQL " + std::to_string(PQserverVersion(handle.get()) / 10000) + ", which is too old",
                       "Use PostgreSQL 14 or later.");
  }
  std::unique_ptr<Connection> connection(new Connection(std::move(handle), options));
  connection->PrepareStandards();
  return connection;
}

Connection::Connection(ConnectionPtr handle, const Options& options)
    : handle_(std::move(handle)), cancel_(PQgetCancel(handle_.get())), statements_(static_cast<size_t>(options.cached_statements)) {
  PQsetNoticeReceiver(handle_.get(), Noticed, this);
  PQenterPipelineMode(handle_.get());
}

Connection::~Connection() = default;

void Connection::Noticed(void* self, const PGresult* result) {
  auto& notices = static_cast<Connection*>(self)->notices_;
  if (notices.size() < kMaxNotices) notices.push_back(ErrorFrom(result));
}

bool Connection::StillThere(const Said& said) {
  if (broken()) return false;
  pollfd ready{PQsocket(handle_.get()), POLLIN, 0};
  while (poll(&ready, 1, 0) != 0) {
    // Either the end, or something that nobody asked for: a notification, a changed parameter, the reason of the end.
    if (PQconsumeInput(handle_.get()) == 0) return false;
    while (PGnotify* notification = PQnotifies(handle_.get())) {
      if (said) said(notification->relname, notification->extra);
      PQfreemem(notification);
    }
    if (broken()) return false;
  }
  return true;
}

void Connection::Control(const char* text, std::initializer_list<std::string_view> parameters) {
  std::vector<std::string> texts(parameters.begin(), parameters.end());
  std::vector<const char*> values;
  for (const std::string& t : texts) values.push_back(t.c_str());
  if (PQsendQueryParams(handle_.get(), text, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0) != 0) ++controls_;
}

void Connection::PrepareStandards() {
  for (const auto& [name, text] : kStandards) {
    if (PQsendPrepare(handle_.get(), name, text, 0, nullptr) != 0) ++controls_;
  }
  Sync();
  standards_ = Finish().ok();
}

void Connection::Control(Standard standard) {
  const auto& [name, text] = kStandards[static_cast<size_t>(standard)];
  if (!standards_) return Control(text);
  if (PQsendQueryPrepared(handle_.get(), name, 0, nullptr, nullptr, nullptr, 0) != 0) ++controls_;
}

void Connection::Statement(const Prepared& prepared, const Arguments& a) {
  statement_ = PQsendQueryPrepared(handle_.get(), prepared.name.c_str(), a.count(), a.values(), a.lengths(), a.formats(),
                                   prepared.binary ? 1 : 0) != 0;
  single_row_ = false;
}

void Connection::Sync() { synced_ = PQpipelineSync(handle_.get()) != 0; }

ResultPtr Connection::Get() { return ResultPtr(PQgetResult(handle_.get())); }

// The last words of a connection.
void Connection::NoteEnd(const PGresult* result) {
  if (broken() && told_.ok() && PQresultErrorField(result, PG_DIAG_SQLSTATE) != nullptr) told_ = StatusFrom(result);
}

Status Connection::Failure(const PGresult* result) {
  NoteEnd(result);
  return StatusFrom(result);
}

Status Connection::ReadControls() {
  Status failure;
  while (controls_ > 0 && !broken()) {
    const ResultPtr result = Get();
    if (result == nullptr) {
      --controls_;
    } else if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && failure.ok()) {
      failure = Failure(result.get());
    }
  }
  if (failure.ok() && broken()) failure = ConnectionLost(told_);
  if (!failure.ok()) Discard();
  return failure;
}

ResultPtr Connection::ReadRow() {
  if (!single_row_) single_row_ = PQsetSingleRowMode(handle_.get()) != 0;
  ResultPtr result = Get();
  if (result != nullptr && PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) return result;
  const bool failed = result != nullptr && PQresultStatus(result.get()) == PGRES_FATAL_ERROR;
  if (failed) NoteEnd(result.get());
  Discard();
  if (failed && PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) == nullptr) return nullptr;
  return result;
}

void Connection::Discard() {
  if (!busy()) return;
  if (!synced_) Sync();
  // Each query's results end with a null; the last thing is the sync's, without one.
  for (bool null_before = false; synced_ && !broken();) {
    const ResultPtr result = Get();
    if (result == nullptr && std::exchange(null_before, true)) {
      confused_ = true;  // nothing comes any more, though something should
    } else if (result != nullptr) {
      null_before = false;
      if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
      if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) NoteEnd(result.get());
    }
  }
  controls_ = 0;
  statement_ = synced_ = false;
}

Status Connection::Finish() {
  ALLOD_RETURN_IF_ERROR(ReadControls());
  Discard();
  return broken() ? ConnectionLost(told_) : Ok();
}

void Connection::DropStatements() {
  if (in_transaction()) return;  // an error would end the transaction
  for (const std::string& name : statements_.dropped()) Control(("DEALLOCATE " + name).c_str());
  statements_.dropped().clear();
}

Result<std::shared_ptr<const Prepared>> Connection::Prepare(std::string_view text, std::span<const Oid> types, int path,
                                                                    uint64_t epoch) {
  auto prepared = std::make_shared<Prepared>();
  prepared->name = "allod_" + std::to_string(++last_name_);
  prepared->epoch = epoch;
  prepared->path = path;
  prepared->text = text;
  prepared->types.assign(types.begin(), types.end());
  const bool sent = PQsendPrepare(handle_.get(), prepared->name.c_str(), prepared->text.c_str(), static_cast<int>(types.size()), types.data()) != 0 &&
                    PQsendDescribePrepared(handle_.get(), prepared->name.c_str()) != 0;
  Sync();
  if (!sent || !synced_) {
    Discard();
    return ConnectionLost(told_);
  }
  ALLOD_RETURN_IF_ERROR(ReadControls());
  // Parse, then describe; each followed by a null.
  Status failure;
  ResultPtr described;
  for (int nulls = 0; nulls < 2 && !broken();) {
    ResultPtr result = Get();
    if (result == nullptr) {
      ++nulls;
    } else if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && failure.ok()) {
      failure = Failure(result.get());
    } else if (nulls == 1) {
      described = std::move(result);
    }
  }
  Discard();
  if (broken()) return failure.ok() ? ConnectionLost(told_) : failure;
  if (!failure.ok()) return failure;
  if (described == nullptr) return Fail(sqlstate::kInternalError, "engine: the cluster has not described the statement");

  StatementShape& shape = prepared->shape;
  for (int i = 0; i < PQnparams(described.get()); ++i) {
    prepared->parameters.push_back(PQparamtype(described.get(), i));
    shape.parameters.push_back(Type{prepared->parameters.back()});
  }
  for (int i = 0; i < PQnfields(described.get()); ++i) {
    shape.columns.push_back({PQfname(described.get(), i), Type{PQftype(described.get(), i), PQfmod(described.get(), i)},
                             PQftable(described.get(), i), static_cast<int16_t>(PQftablecol(described.get(), i))});
    prepared->binary = prepared->binary && HasBinary(shape.columns.back().type.oid);
  }
  for (const StatementShape::Column& column : shape.columns) {
    prepared->readers.push_back({column.type, WireOf(column.type.oid, prepared->binary)});
  }
  if (!statements_.dropped().empty() && !in_transaction()) {
    DropStatements();
    Sync();
    (void)Finish();
  }
  statements_.Add(prepared);
  return std::shared_ptr<const Prepared>(std::move(prepared));
}

Status Connection::Script(const std::string& text) {
  if (PQexitPipelineMode(handle_.get()) == 0 || PQsendQuery(handle_.get(), text.c_str()) == 0) return ConnectionLost(told_);
  Status failure;
  while (const ResultPtr result = Get()) {
    switch (PQresultStatus(result.get())) {
      case PGRES_FATAL_ERROR:
        if (failure.ok()) failure = Failure(result.get());
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_BOTH:
        PQputCopyEnd(handle_.get(), "COPY is not possible here");
        break;
      case PGRES_COPY_OUT: {
        char* line = nullptr;
        while (PQgetCopyData(handle_.get(), &line, 0) > 0) PQfreemem(line);
        if (failure.ok()) failure = NoCopy();
        break;
      }
      default: break;
    }
    if (broken()) break;
  }
  if (broken()) return failure.ok() ? ConnectionLost(told_) : failure;
  PQenterPipelineMode(handle_.get());
  return failure;
}

void Connection::Cancel() {
  char complaint[256];
  if (cancel_ != nullptr) PQcancel(cancel_.get(), complaint, sizeof complaint);
}

}  // namespace allod::engine::postgres
