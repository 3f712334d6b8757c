// CREATE DATABASE and DROP DATABASE.
#include <algorithm>

#include "session/databases.h"
#include "session/session_impl.h"

namespace allod::session {
namespace {

// An option's value as text; "" for DEFAULT.
std::string OptionText(const PgQuery__DefElem& option) {
  if (option.arg == nullptr) return "";
  switch (option.arg->node_case) {
    case PG_QUERY__NODE__NODE_STRING: return option.arg->string->sval;
    case PG_QUERY__NODE__NODE_INTEGER: return std::to_string(option.arg->integer->ival);
    case PG_QUERY__NODE__NODE_BOOLEAN: return option.arg->boolean->boolval ? "true" : "false";
    default: return "";
  }
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

bool IsOneOf(std::string_view value, std::initializer_list<std::string_view> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// What an embedded database is anyway may be asked for; what it is not is refused.
Status CheckOption(const PgQuery__DefElem& option, const catalog::Catalog& catalog) {
  const std::string_view name = option.defname;
  const std::string value = OptionText(option), lower = Lower(value);
  if (value.empty() || name == "strategy") return Ok();
  if (name == "owner") {
    if (catalog.FindRole(value) == nullptr) return Fail(sqlstate::kUndefinedObject, "role \"" + value + "\" does not exist");
    return Ok();
  }
  if (name == "template") {
    if (IsOneOf(lower, {"template0", "template1"})) return Ok();
    return Unsupported("a database cannot be copied by TEMPLATE", "Make an empty one, and load it with pg_dump's output or COPY.");
  }
  if (name == "encoding") {
    if (IsOneOf(lower, {"utf8", "utf-8", "unicode", "6", "-1"})) return Ok();
    return Unsupported("the encoding \"" + value + "\" is not supported", "Write UTF8: every database has it.");
  }
  if (IsOneOf(name, {"locale", "lc_collate", "lc_ctype"})) {
    if (IsOneOf(lower, {"c", "posix", "c.utf-8", "c.utf8"})) return Ok();
    return Unsupported("the locale \"" + value + "\" is not supported", "Write C: every database has it.");
  }
  if (name == "locale_provider" && lower == "libc") return Ok();
  if (name == "tablespace" && lower == "pg_default") return Ok();
  if (name == "connection_limit" && lower == "-1") return Ok();
  if (name == "allow_connections" && IsOneOf(lower, {"true", "on", "1"})) return Ok();
  if (name == "is_template" && IsOneOf(lower, {"false", "off", "0"})) return Ok();
  return Unsupported("this option of CREATE DATABASE is not supported", "Leave " + std::string(name) + " out.");
}

}  // namespace

Status SessionImpl::CheckDatabaseStatement(const PortalImpl& portal, const std::string& what) const {
  if (native_ || database_->family() == nullptr) {
    return Unsupported(what + " is not supported here", "A server with --engine serves one database of its cluster: make the other in the cluster, "
                                                        "and serve it by another server.");
  }
  const std::shared_ptr<sql::Parsed>& script = portal.prepared->script;
  if (explicit_ || (script != nullptr && script->statements.size() > 1)) {
    return Fail(sqlstate::kActiveSqlTransaction, what + " cannot run inside a transaction block");
  }
  return Ok();
}

Result<Progress> SessionImpl::RunCreateDatabase(PortalImpl& portal, const PgQuery__CreatedbStmt& statement, Sink& sink) {
  ALLOD_RETURN_IF_ERROR(CheckDatabaseStatement(portal, "CREATE DATABASE"));
  std::shared_ptr<const Definitions> now = definitions();
  for (size_t i = 0; i < statement.n_options; ++i) {
    ALLOD_RETURN_IF_ERROR(CheckOption(*statement.options[i]->def_elem, *now->catalog));
  }
  const catalog::Role* role = now->catalog->FindRole(context_.user);
  if (role == nullptr || !(role->superuser || role->createdb)) {
    return Fail(sqlstate::kInsufficientPrivilege, "permission denied to create database");
  }
  ALLOD_RETURN_IF_ERROR(database_->family()->Create(statement.dbname));
  sink.Done("CREATE DATABASE");
  return Progress::kDone;
}

Result<Progress> SessionImpl::RunDropDatabase(PortalImpl& portal, const PgQuery__DropdbStmt& statement, Sink& sink) {
  ALLOD_RETURN_IF_ERROR(CheckDatabaseStatement(portal, "DROP DATABASE"));
  const std::string name = statement.dbname;
  Databases& databases = *database_->family();
  bool force = false;
  for (size_t i = 0; i < statement.n_options; ++i) force |= std::string_view(statement.options[i]->def_elem->defname) == "force";
  if (statement.missing_ok && !databases.Has(name)) {
    sink.Notice(Error{std::string(sqlstate::kSuccess), "database \"" + name + "\" does not exist, skipping"});
    sink.Done("DROP DATABASE");
    return Progress::kDone;
  }
  const std::shared_ptr<const Definitions> now = definitions();
  const catalog::Role* role = now->catalog->FindRole(context_.user);
  if (databases.Has(name) && (role == nullptr || !role->superuser)) {
    return Fail(sqlstate::kInsufficientPrivilege, "must be owner of database " + name);
  }
  if (name == database_->name()) return Fail(sqlstate::kObjectInUse, "cannot drop the currently open database");
  ALLOD_RETURN_IF_ERROR(databases.Drop(name, force));
  sink.Done("DROP DATABASE");
  return Progress::kDone;
}

}  // namespace allod::session
