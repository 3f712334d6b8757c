// Listens, and keeps the connections: a front thread accepts, authenticates and hears cancel requests; a pool of threads
// runs the sessions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/auth.h"
#include "net/backend.h"
#include "net/connection.h"
#include "net/hosts.h"
#include "net/tls.h"

namespace allod::net {

struct ServerOptions {
  struct Endpoint {
    std::string host;  // an address or a name
    uint16_t port = 5433;  // 0: any free one
  };
  std::vector<Endpoint> listen;
  std::string socket_directory;  // "": no Unix socket; else <directory>/.s.PGSQL.<port of the first endpoint, or socket_port>
  uint16_t socket_port = 5433;
  AuthMethod auth = AuthMethod::kScram;     // where there are no rules
  std::shared_ptr<const HostRules> rules;  // of allod.conf; null: there is none
  std::shared_ptr<const TlsContext> tls;  // null: TLS is not offered. A Unix socket never does.
  bool tls_required = false;              // whoever comes without it, but by the Unix socket, is refused
  int max_connections = 1000;
  int reserved_for_superusers = 3;
  int threads = 0;               // 0: as many as cores, at least 2
  std::chrono::seconds authentication_timeout{60};
  std::chrono::seconds shutdown_timeout{10};  // then connections are dropped
  ConnectionLimits limits;
};

class Server {
 public:
  // Listens; clients are served from now on. 08006 if an address cannot be had.
  // The backend must outlive the server.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Backend& backend);
  virtual ~Server() = default;  // stops

  // "127.0.0.1:5433", "/tmp/.s.PGSQL.5433"
  virtual std::vector<std::string> addresses() const = 0;
  virtual uint16_t port() const = 0;  // of the first TCP endpoint; 0 if there is none
  virtual size_t connections() const = 0;
  // Other rules, for whoever connects from now on. Any thread.
  virtual void UseRules(std::shared_ptr<const HostRules> rules) = 0;
  // Tells every client 57P01 and waits until all are gone. Any thread; the second call does nothing.
  virtual void Stop() = 0;
};

// "HOST:PORT", "[::1]:5433", "*:5433". 22023 if it is none of these.
Result<ServerOptions::Endpoint> ParseEndpoint(std::string_view text);
// Whether every address that the host name stands for is a loopback one.
bool IsLoopback(const std::string& host);

}  // namespace allod::net
