// The commands of the `allod` program. Each returns the process's exit code.
#pragma once

#include <string>
#include <vector>

#include "net/server.h"

namespace allod::cli {

struct ServeOptions {
  std::string data;
  std::string engine;       // "": embedded; else the connection string of a PostgreSQL cluster
  int engine_connections = 32;
  std::vector<std::string> listen;
  net::ServerOptions server;
  bool auth_given = false;  // --auth was
  bool tls = true;
  net::TlsFiles tls_files;  // "": the data directory's own
  std::string keys;         // the directory of the keys; "": in the data directory
  bool encrypt = true;      // the files of databases that are made from now on
  std::string log_target = "stderr", log_level = "info";
};

int Serve(ServeOptions options);                 // serves until SIGTERM or SIGINT
int Init(const std::string& data, const std::string& keys, bool encrypt);  // makes a data directory and leaves
// Becomes psql, connected to the server that runs on the directory; `print`: says the command line instead.
int Psql(const std::string& data, bool print, const std::vector<std::string>& arguments);

struct VerifyOptions {
  std::string data;      // a data directory that no server uses
  std::string keys;      // where its keys are, if elsewhere
  std::string database;  // "": all of them
};
int Verify(const VerifyOptions& options);  // VERIFY, on databases that no server has open; 0: nothing is wrong, 1: something is, 2: it could not be looked at

struct DistributeOptions {
  std::string data;      // a data directory that no server uses, and
  std::string keys;      // where its keys are, if elsewhere
  std::string database;  // one of its databases; or
  std::string engine;    // the connection string of a PostgreSQL cluster
  bool apply = false;    // run the statements, on a cluster with Citus; otherwise they are printed
};
int Distribute(const DistributeOptions& options);  // how to spread the tables so that a subject's rows are together

}  // namespace allod::cli
