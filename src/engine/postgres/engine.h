// The engine on a PostgreSQL cluster (version 14 or later), through libpq.
//
// The user's SQL goes to the cluster as it is. Every transaction runs on a leased connection; there are at most
// `max_connections`, and who wants one waits in line. A transaction's BEGIN, its settings and its savepoints travel with its
// first statement; each statement is prepared once per connection. Statements that may write and were not said to (Mode::kRead)
// are refused by the cluster itself: these connections are read-only by default.
//
// Nothing about the cluster is kept in this process that another process would have to know: row changes are captured by
// triggers (triggers.h) into settings of the transaction.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "engine/engine.h"

namespace allod::engine::postgres {

struct Options {
  // postgres://user@host/database?sslmode=..., or keywords and values, as libpq reads them; PGHOST and its kin, a service
  // and a password file count too. Never logged, never in an error.
  std::string conninfo;
  int max_connections = 32;
  std::chrono::milliseconds lease_timeout{30'000};   // of a request for a lease that gives none itself
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds idle_timeout{600};            // a connection that nobody has used for so long is closed
  std::string application_name = "allod";
  int cached_statements = 256;                       // per connection
  // What is read ahead of a half-read cursor when another statement is run: more is refused with 54000.
  size_t read_ahead_bytes = size_t{64} << 20;
};

// Connects once. 08001: the cluster cannot be reached; 28000, 28P01, 3D000, 53300, 57P03 as the cluster answers; 0A000: it is
// too old; 22023: the connection string cannot be read.
Result<std::unique_ptr<Engine>> Open(Options options);

}  // namespace allod::engine::postgres
