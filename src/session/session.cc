#include "session/session.h"

#include <random>

#include "base/clock.h"
#include "session/copy.h"
#include "session/cursor.h"
#include "session/session_impl.h"

namespace allod::session {

namespace {
constexpr size_t kRecentTexts = 256;
constexpr size_t kRecentTextBytes = 16 << 10;
}  // namespace

std::unique_ptr<Session> Session::Open(std::shared_ptr<Database> database, std::string user, std::string application) {
  return std::make_unique<SessionImpl>(std::move(database), std::move(user), std::move(application));
}

SessionImpl::SessionImpl(std::shared_ptr<Database> database, std::string user, std::string application)
    : database_(std::move(database)),
      native_(database_->engine().capabilities().native_sql),
      leases_(database_->engine().capabilities().leases),
      context_(*database_, settings_) {
  context_.user = context_.session_user = user;
  context_.database = database_->name();
  context_.application_name = application;
  context_.lock_owner = database_->advisory_locks().Join(0);
  (void)settings_.SetDefault("session_authorization", user);
  (void)settings_.SetDefault("application_name", application);
  activity_ = database_->activities().Join(std::move(user), std::move(application), NowMicroseconds());
  if (database_->history() != nullptr) journal_ = std::make_unique<history::Journal>(database_->history());
}

SessionImpl::~SessionImpl() {
  Rollback();
  LeaveDatabase();
}

PortalImpl::PortalImpl(SessionImpl& s, PreparedPtr p, Row v) : session(s), prepared(std::move(p)), values(std::move(v)) {
  session.live_.insert(this);
}

PortalImpl::~PortalImpl() {
  copy_in.reset();
  inner.reset();
  session.live_.erase(this);
}

void PortalImpl::Abandon() {
  cursor.reset();
  reader.reset();
  if (state != State::kDone) state = State::kAbandoned;
}

CompileSettings SessionImpl::compile_settings() const {
  FormatContext format = settings_.format();
  format.now_us = context_.format.now_us;
  return {settings_.search_path(), std::move(format), context_.user, context_.database};
}

std::string SessionImpl::CacheKey(std::string_view text, const std::vector<Oid>& types, bool simple) const {
  std::string key = compile_settings().Key();
  key += simple ? 's' : 'x';
  for (Oid type : types) key += std::to_string(type) + ',';
  key += '\x1e';
  key += text;
  return key;
}

Result<std::vector<PreparedPtr>> SessionImpl::ParseScript(std::string_view text) {
  if (text.size() <= kRecentTextBytes) {
    auto it = recent_.find(std::string(text));
    if (it != recent_.end()) return std::vector<PreparedPtr>{it->second};
  }
  if (!pending_) {
    // Another session may have compiled it already.
    CompiledPtr found = database_->statements().Find(CacheKey(text, {}, true));
    if (found != nullptr && found->definitions == definitions()) {
      auto prepared = std::make_shared<Prepared>();
      prepared->text = std::string(text);
      prepared->simple = true;
      prepared->compiled = std::move(found);
      prepared->settings_version = settings_.version();
      if (recent_.size() >= kRecentTexts) recent_.clear();
      recent_.emplace(prepared->text, prepared);
      return std::vector<PreparedPtr>{prepared};
    }
  }
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
  std::vector<PreparedPtr> script;
  bool one = parsed->statements.size() == 1;
  for (const sql::Statement& statement : parsed->statements) {
    auto prepared = std::make_shared<Prepared>();
    prepared->simple = true;
    prepared->script = parsed;
    prepared->statement = &statement;
    if (one) prepared->text = std::string(text);
    script.push_back(std::move(prepared));
  }
  if (one && text.size() <= kRecentTextBytes) {
    if (recent_.size() >= kRecentTexts) recent_.clear();
    recent_.emplace(std::string(text), script[0]);
  }
  return script;
}

Result<PreparedPtr> SessionImpl::Prepare(std::string_view text, std::vector<Oid> types) {
  auto prepared = std::make_shared<Prepared>();
  prepared->text = std::string(text);
  prepared->types = std::move(types);
  if (failed_) {
    // Only what ends the failed transaction may be prepared now.
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
    if (!parsed->statements.empty() && !Allowed(parsed->statements[0].node)) {
      return Fail(sqlstate::kInFailedSqlTransaction, "current transaction is aborted, commands ignored until end of transaction block");
    }
  }
  ALLOD_ASSIGN_OR_RETURN(prepared->compiled, Current(*prepared));
  return PreparedPtr(std::move(prepared));
}

// Compiled under the definitions that this session sees now: from the session, from the shared cache, or made.
Result<CompiledPtr> SessionImpl::Current(const Prepared& prepared) {
  std::shared_ptr<const Definitions> now = definitions();
  if (prepared.compiled != nullptr && prepared.compiled->definitions == now &&
      prepared.settings_version == settings_.version() && !prepared.compiled->once()) {
    return prepared.compiled;
  }
  bool first = prepared.compiled == nullptr;
  prepared.settings_version = settings_.version();

  CompileSettings settings = compile_settings();
  std::string key;
  // A transaction's own definitions are seen by nobody else; a script's statements have no text of their own.
  bool shared = !pending_ && !prepared.text.empty();
  if (shared) {
    key = CacheKey(prepared.text, prepared.types, prepared.simple);
    CompiledPtr found = database_->statements().Find(key);
    if (found != nullptr && found->definitions == now) {
      prepared.compiled = found;
      return found;
    }
  }
  std::shared_ptr<sql::Parsed> parsed;
  const sql::Statement* statement = nullptr;
  if (prepared.script != nullptr && first) {
    parsed = prepared.script;
    statement = prepared.statement;
  } else if (prepared.script != nullptr && prepared.text.empty()) {
    // A statement of a longer script whose definitions changed under it: its own text is parsed again.
    ALLOD_ASSIGN_OR_RETURN(parsed, sql::Parse(prepared.statement->text));
    statement = parsed->statements.empty() ? nullptr : &parsed->statements[0];
  } else {
    // A tree that was bound once is not bound again.
    ALLOD_ASSIGN_OR_RETURN(parsed, sql::Parse(prepared.text));
    if (parsed->statements.size() > 1) {
      return Fail(sqlstate::kSyntaxError, "cannot insert multiple commands into a prepared statement");
    }
    statement = parsed->statements.empty() ? nullptr : &parsed->statements[0];
  }
  CompiledPtr compiled;
  if (native_) {
    ALLOD_ASSIGN_OR_RETURN(compiled, CompileNative(parsed, statement, now, prepared.types, prepared.simple));
  } else {
    ALLOD_ASSIGN_OR_RETURN(compiled, Compile(parsed, statement, now, settings, prepared.types, prepared.simple,
                                             database_->engine().dialect()));
  }
  if (statement != nullptr && statement->node != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(CompiledPtr named, DescribeNamed(compiled, *statement->node, prepared.types));
    if (named != compiled) return prepared.compiled = std::move(named);
  }
  if (shared && compiled->plan != nullptr && !compiled->once()) database_->statements().Add(key, compiled);
  prepared.compiled = compiled;
  return compiled;
}

// What a statement that names another answers: not shared, since names are the session's.
Result<CompiledPtr> SessionImpl::DescribeNamed(CompiledPtr compiled, const PgQuery__Node& node, const std::vector<Oid>& types) {
  auto copy = [&](const Description& columns_of) {
    auto described = std::make_shared<Compiled>(*compiled);
    described->description.columns = columns_of.columns;
    described->description.returns_rows = columns_of.returns_rows;
    return described;
  };
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_EXECUTE_STMT: {
      ALLOD_ASSIGN_OR_RETURN(PreparedPtr target, FindStatement(node.execute_stmt->name));
      ALLOD_ASSIGN_OR_RETURN(CompiledPtr inner, Current(*target));
      return CompiledPtr(copy(inner->description));
    }
    case PG_QUERY__NODE__NODE_FETCH_STMT: {
      auto it = portals_.find(node.fetch_stmt->portalname);
      if (it == portals_.end() || node.fetch_stmt->ismove) return compiled;
      return CompiledPtr(copy(it->second->description()));
    }
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT: {
      if (compiled->statement->parameters == 0) return compiled;
      Prepared query;
      ALLOD_ASSIGN_OR_RETURN(query.text, sql::Deparse(node.declare_cursor_stmt->query));
      query.types = types;
      ALLOD_ASSIGN_OR_RETURN(CompiledPtr inner, Current(query));
      auto described = std::make_shared<Compiled>(*compiled);
      described->description.parameters = inner->description.parameters;
      return CompiledPtr(std::move(described));
    }
    default: return compiled;
  }
}

Result<std::unique_ptr<Portal>> SessionImpl::Bind(PreparedPtr prepared, Row values) {
  auto portal = std::make_unique<PortalImpl>(*this, std::move(prepared), std::move(values));
  portal->compiled = portal->prepared->compiled;
  return std::unique_ptr<Portal>(std::move(portal));
}

Status SessionImpl::StoreStatement(std::string_view name, PreparedPtr statement) {
  std::string key(name);
  statement->made_us = NowMicroseconds();
  if (!key.empty() && statements_.contains(key)) {
    return Fail(sqlstate::kDuplicatePreparedStatement, "prepared statement \"" + key + "\" already exists");
  }
  statements_[std::move(key)] = std::move(statement);
  return Ok();
}

Result<PreparedPtr> SessionImpl::FindStatement(std::string_view name) {
  settings_.UseLabels(definitions()->catalog);  // its parameters are about to be read
  auto it = statements_.find(std::string(name));
  if (it != statements_.end()) return it->second;
  if (name.empty()) return Fail(sqlstate::kInvalidSqlStatementName, "unnamed prepared statement does not exist");
  return Fail(sqlstate::kInvalidSqlStatementName, "prepared statement \"" + std::string(name) + "\" does not exist");
}

void SessionImpl::CloseStatement(std::string_view name) { statements_.erase(std::string(name)); }

Status SessionImpl::StorePortal(std::string_view name, std::unique_ptr<Portal> portal) {
  std::string key(name);
  auto it = portals_.find(key);
  if (it != portals_.end()) {
    if (!key.empty()) return Fail(sqlstate::kDuplicateCursor, "cursor \"" + key + "\" already exists");
    it->second = std::move(portal);
    return Ok();
  }
  portals_.emplace(std::move(key), std::move(portal));
  return Ok();
}

Result<Portal*> SessionImpl::FindPortal(std::string_view name) {
  auto it = portals_.find(std::string(name));
  if (it != portals_.end()) return it->second.get();
  return Fail(sqlstate::kInvalidCursorName, "portal \"" + std::string(name) + "\" does not exist");
}

void SessionImpl::ClosePortal(std::string_view name) { portals_.erase(std::string(name)); }

std::chrono::milliseconds SessionImpl::lock_timeout() const {
  return std::chrono::milliseconds(settings_.Milliseconds("lock_timeout"));
}

std::chrono::milliseconds SessionImpl::idle_in_transaction_timeout() const {
  return std::chrono::milliseconds(settings_.Milliseconds("idle_in_transaction_session_timeout"));
}

std::chrono::milliseconds SessionImpl::idle_session_timeout() const {
  return std::chrono::milliseconds(settings_.Milliseconds("idle_session_timeout"));
}

std::vector<std::pair<std::string, std::string>> SessionImpl::ReportedParameters() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Settings::Row& row : settings_.ShowAll()) {
    for (const std::string& name : Settings::Reported()) {
      if (row.name.size() != name.size()) continue;
      bool same = true;
      for (size_t i = 0; i < name.size(); ++i) same = same && std::tolower(static_cast<unsigned char>(row.name[i])) == name[i];
      if (same) out.emplace_back(row.name, row.value);
    }
  }
  return out;
}

Status SessionImpl::Set(std::string_view name, std::string_view value) { return settings_.SetDefault(name, value); }

void SessionImpl::Cancel() {
  std::lock_guard lock(running_mutex_);
  if (running_ != nullptr) running_->Interrupt();
  if (copying_) cancelled_ = true;
}

}  // namespace allod::session
