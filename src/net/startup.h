// The first messages of a connection, up to a logged-in session. Runs on the server's front thread, apart from the threads
// that run statements, so that a cancel request is heard however busy those are.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>

#include "net/auth.h"
#include "net/connection.h"
#include "net/gate.h"
#include "net/hosts.h"
#include "net/tls.h"

namespace allod::net {

struct ServerOptions;

// What the handshake asks of the server. Called on the front thread.
class Host {
 public:
  virtual ~Host() = default;
  virtual Backend& backend() = 0;
  virtual const ServerOptions& options() const = 0;
  virtual std::shared_ptr<const HostRules> rules() const = 0;  // as of now; null: options().auth holds for all
  virtual FailureDelay& failures() = 0;
  virtual const std::string& mock_secret() const = 0;
  virtual void Cancel(Connection::Key key) = 0;
  // Takes a place, for as long as the token lives. 53300 if all are taken; the last few are for superusers.
  virtual Result<std::shared_ptr<void>> Admit(bool superuser) = 0;
  // Gives the connection to the threads that run statements. `descriptor` is the socket's; `tls` is null without TLS.
  virtual void Adopt(int descriptor, std::unique_ptr<TlsChannel> tls, Connection::Client client, std::shared_ptr<void> place,
                     std::string received) = 0;
};

// Where a client comes from.
struct Peer {
  bool unix_socket = false;
  bool local = false;   // a Unix socket or a loopback address
  std::string address;  // "local": a Unix socket
};

class Handshake {
 public:
  Handshake(Socket socket, Host& host, Peer peer);
  Awaitable<void> Run();

  // On the front thread: ends it (time limit, shutdown).
  void Abort();
  std::chrono::steady_clock::time_point started() const { return started_; }

 private:
  Awaitable<bool> Receive(size_t wanted);
  ssize_t TakeBytes(size_t wanted);  // like recv(); through TLS, what came may not be a whole record yet
  bool Decrypt(size_t wanted);       // true: in_ has more now
  Awaitable<bool> StartTls();
  Awaitable<bool> Send();
  Awaitable<Result<Frame>> NextMessage(Phase phase);  // its bytes stay until Consume()
  Awaitable<void> Converse();
  Status CheckNothingFollows() const;
  Awaitable<Status> Authenticate(const std::string& user, const std::string& database);
  Result<AuthMethod> Method(const std::string& user, const std::string& database) const;
  Awaitable<void> Pause(std::chrono::milliseconds time);
  Awaitable<Status> RunScram(const std::string& user);
  Status CheckCertificate(const std::string& user) const;
  bool OffersTls() const;
  Awaitable<Status> Begin(const StartupPacket& packet);
  void Consume();

  Socket socket_;
  Host& host_;
  const Peer peer_;
  const std::chrono::steady_clock::time_point started_;
  InputBuffer in_;
  std::string out_;
  std::unique_ptr<TlsChannel> tls_;
  size_t frame_bytes_ = 0;
  bool gone_ = false;
};

}  // namespace allod::net
