// One PostgreSQL server for all tests of a program; it is started by the first that asks.
#pragma once

#include <string>

#include "engine/postgres/testing/postgres_server.h"

namespace allod::engine::postgres::testing {

class Shared : public PostgresServer {
 public:
  using PostgresServer::PostgresServer;
  // As if nobody had been here.
  void Clean() const {
    Execute("SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()");
    Execute("DROP SCHEMA IF EXISTS allod CASCADE");
    Execute("DROP SCHEMA public CASCADE");
    Execute("CREATE SCHEMA public");
  }
};

inline Shared& SharedServer() {
  static Shared server;
  return server;
}

}  // namespace allod::engine::postgres::testing
