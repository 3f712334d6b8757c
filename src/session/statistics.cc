#include "session/statistics.h"

#include <string>

#include "session/database.h"

namespace allod::session {

std::vector<Row> StatisticsRows(Database& database) {
  std::vector<Row> rows;
  auto add = [&](std::string_view name, uint64_t value, std::string_view description) {
    rows.push_back({Value::Text(std::string(name)), Value::Text(std::to_string(value)), Value::Text(std::string(description))});
  };
  const engine::Engine::Statistics engine = database.engine().statistics();
  const engine::Capabilities capabilities = database.engine().capabilities();
  add("sessions", database.activities().size(), "clients that are connected to this database");
  add("connections", engine.connections, "connections that are open to the engine");
  if (capabilities.leases) {
    add("connections_lent", engine.leases, "of these, how many sessions are using now");
    add("sessions_waiting_for_connection", engine.leases_waiting, "sessions that wait for one to become free");
  }
  if (capabilities.single_writer) {
    add("sessions_waiting_to_write", engine.writers_waiting, "sessions that wait for the writer's turn");
    add("commits", engine.commits, "transactions that have written, since the server started");
    add("syncs", engine.syncs, "times the log was brought to disk for them");
    add("checkpoints", engine.checkpoints, "times the log was copied into the database");
    add("wal_bytes", engine.wal_bytes, "size of the log");
  }
  return rows;
}

}  // namespace allod::session
