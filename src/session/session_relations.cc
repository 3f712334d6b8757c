// System relations whose rows are the session's or the server's: pg_cursors, pg_prepared_statements, pg_locks, pg_settings,
// pg_stat_activity.
#include "catalog/pg_catalog/relations.h"
#include "catalog/system_relations.h"
#include "session/cursor.h"
#include "session/databases.h"
#include "session/session_impl.h"

namespace allod::session {

using catalog::SystemRow;

namespace {

std::string_view NameOf(Activity::State state) {
  switch (state) {
    case Activity::State::kIdle: return "idle";
    case Activity::State::kActive: return "active";
    case Activity::State::kIdleInTransaction: return "idle in transaction";
    case Activity::State::kIdleInFailedTransaction: return "idle in transaction (aborted)";
  }
  return "";
}

// As pg_database says it.
int64_t OidOf(const Database& database) {
  constexpr int64_t kOnlyOne = 5;
  if (database.family() == nullptr) return kOnlyOne;
  for (const Databases::Entry& entry : database.family()->All()) {
    if (entry.name == database.name()) return entry.oid;
  }
  return kOnlyOne;
}

}  // namespace

bool SessionImpl::FillSessionRelation(std::string_view name, std::vector<Row>* rows) {
  const catalog::SystemRelationInfo* info = catalog::FindSystemRelation("pg_catalog", name);
  if (info == nullptr) return false;
  if (name == "pg_cursors") {
    for (const auto& [key, base] : portals_) {
      const auto& portal = static_cast<const PortalImpl&>(*base);
      if (portal.cursor_state == nullptr || !portal.cursor_state->declared) continue;
      const SqlCursor& cursor = *portal.cursor_state;
      SystemRow(*info, rows).Text("name", cursor.name).Text("statement", cursor.text).Bool("is_holdable", cursor.hold)
          .Bool("is_binary", false).Bool("is_scrollable", cursor.scroll).Int("creation_time", cursor.created_us);
    }
    return true;
  }
  if (name == "pg_prepared_statements") {
    for (const auto& [key, prepared] : statements_) {
      if (key.empty()) continue;
      std::string types;
      if (prepared->compiled != nullptr) {
        for (const Type& type : prepared->compiled->description.parameters) types += (types.empty() ? "" : ",") + FormatType({type.oid, -1});
      }
      SystemRow(*info, rows).Text("name", key).Text("statement", prepared->sql_text.empty() ? prepared->text : prepared->sql_text)
          .Int("prepare_time", prepared->made_us).Text("parameter_types", "{" + types + "}").Bool("from_sql", !prepared->sql_text.empty())
          .Int("generic_plans", 0).Int("custom_plans", 0);
    }
    return true;
  }
  if (name == "pg_database") {
    if (database_->family() == nullptr) return false;
    for (const Databases::Entry& entry : database_->family()->All()) {
      SystemRow(*info, rows).Int("oid", entry.oid).Text("datname", entry.name).Int("datdba", catalog::kBootstrapRole).Int("encoding", 6)
          .Char("datlocprovider", 'c').Bool("datistemplate", false).Bool("datallowconn", true).Int("datconnlimit", -1)
          .Int("datfrozenxid", 0).Int("datminmxid", 0).Int("dattablespace", catalog::kDefaultTablespace).Text("datcollate", "C")
          .Text("datctype", "C.UTF-8");
    }
    return true;
  }
  if (name == "pg_locks") {
    const int64_t database = OidOf(*database_);
    for (const AdvisoryLocks::Entry& entry : database_->advisory_locks().All()) {
      SystemRow(*info, rows).Text("locktype", "advisory").Int("database", database).Int("classid", entry.key.high).Int("objid", entry.key.low)
          .Int("objsubid", entry.key.pair ? 2 : 1).Int("pid", entry.process).Text("mode", entry.shared ? "ShareLock" : "ExclusiveLock")
          .Bool("granted", entry.granted).Bool("fastpath", false);
    }
    return true;
  }
  if (name == "pg_stat_activity") {
    const int64_t database = OidOf(*database_);
    const catalog::Catalog& catalog = *definitions()->catalog;
    const catalog::Role* self = catalog.FindRole(context_.user);
    for (const Activity::Snapshot& session : database_->activities().All()) {
      const catalog::Role* role = catalog.FindRole(session.user);
      SystemRow row(*info, rows);
      row.Int("datid", database).Text("datname", database_->name()).Int("pid", session.process).Text("usename", session.user)
          .Text("application_name", session.application).Text("backend_type", "client backend");
      if (role != nullptr) row.Int("usesysid", role->oid);
      // What a statement says may be somebody's data: for its own role and for superusers only, as in PostgreSQL.
      if (session.user != context_.user && (self == nullptr || !self->superuser)) {
        row.Text("query", "<insufficient privilege>");
        continue;
      }
      row.Int("backend_start", session.session_start).Int("state_change", session.state_change);
      if (session.transaction_start != 0) row.Int("xact_start", session.transaction_start);
      if (session.statement_start != 0) row.Int("query_start", session.statement_start);
      row.Text("query", session.text).Text("state", NameOf(session.state));
      if (session.state != Activity::State::kActive) {
        row.Text("wait_event_type", "Client").Text("wait_event", "ClientRead");
      } else if (session.wait != Activity::Wait::kNothing) {
        row.Text("wait_event_type", "Lock").Text("wait_event", session.wait == Activity::Wait::kTurn ? "writer" : "advisory");
      }
    }
    return true;
  }
  if (name == "pg_settings") {
    for (const Settings::Row& row : settings_.ShowAll()) {
      SystemRow line(*info, rows);
      line.Text("name", row.name).Text("setting", row.setting).Text("category", row.category).Text("short_desc", row.description)
          .Text("context", row.context).Text("vartype", row.vartype).Text("source", row.source).Text("boot_val", row.boot)
          .Text("reset_val", row.reset).Bool("pending_restart", false);
      if (!row.unit.empty()) line.Text("unit", row.unit);
      if (!row.least.empty()) line.Text("min_val", row.least).Text("max_val", row.most);
      if (!row.choices.empty()) line.Text("enumvals", row.choices);
    }
    return true;
  }
  return false;
}

}  // namespace allod::session
