#include "net/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <list>
#include <thread>
#include <unordered_map>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "base/thread.h"
#include "net/lane.h"
#include "net/startup.h"

namespace allod::net {
namespace {

using std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor>;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;
template <typename Protocol>
using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;

constexpr size_t kStackBytes = 256u << 20;  // parsing and planning recurse; only touched pages count
constexpr size_t kFrontStackBytes = 8u << 20;
constexpr size_t kMaxHelpers = 128;
constexpr std::chrono::seconds kHelperStays{2};
constexpr size_t kMoreHandshakes = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};

class ServerImpl final : public Server, public Host {
 public:
  ServerImpl(ServerOptions options, Backend& backend)
      : options_(std::move(options)),
        backend_(backend),
        rules_(options_.rules),
        mock_secret_(crypto::RandomBytes(32)),
        front_guard_(front_.get_executor()),
        timer_(front_.get_executor()) {}

  ~ServerImpl() override { Stop(); }

  Status Listen();
  Status StartThreads();

  std::vector<std::string> addresses() const override { return addresses_; }
  uint16_t port() const override { return port_; }
  size_t connections() const override {
    std::lock_guard lock(mutex_);
    return connections_.size();
  }
  void UseRules(std::shared_ptr<const HostRules> rules) override;
  void Stop() override;

  // Host
  Backend& backend() override { return backend_; }
  const ServerOptions& options() const override { return options_; }
  std::shared_ptr<const HostRules> rules() const override {
    std::lock_guard lock(mutex_);
    return rules_;
  }
  FailureDelay& failures() override { return failures_; }
  const std::string& mock_secret() const override { return mock_secret_; }
  void Cancel(Connection::Key key) override;
  Result<std::shared_ptr<void>> Admit(bool superuser) override;
  void Adopt(int descriptor, std::unique_ptr<TlsChannel> tls, Connection::Client client, std::shared_ptr<void> place,
             std::string received) override;

 private:
  Status ListenTcp(const ServerOptions::Endpoint& endpoint);
  Status ListenLocal();
  template <typename Protocol>
  Awaitable<void> Accept(Acceptor<Protocol>& acceptor);
  template <typename Protocol>
  void Welcome(typename Protocol::socket::template rebind_executor<Executor>::other socket);
  Awaitable<void> RunHandshake(std::shared_ptr<Handshake> handshake);
  Awaitable<void> RunConnection(std::shared_ptr<Connection> connection, std::shared_ptr<void> place);
  Awaitable<void> Housekeep();
  void Help(Lane& lane, size_t busy);
  void EndSessions(const std::string& database);
  // Where nobody is asked for a password, the file's owner alone may connect.
  bool AsksNobody() const { return rules_ != nullptr ? rules_->trusts_unix_socket() : options_.auth == AuthMethod::kTrust; }

  const ServerOptions options_;
  Backend& backend_;
  std::shared_ptr<const HostRules> rules_;  // guarded by mutex_
  const std::string mock_secret_;
  FailureDelay failures_;
  asio::io_context front_;
  asio::executor_work_guard<Executor> front_guard_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Timer timer_;
  std::list<Acceptor<Tcp>> tcp_;
  std::list<Acceptor<Local>> local_;
  std::string socket_path_;
  std::vector<std::string> addresses_;
  uint16_t port_ = 0;
  std::list<std::shared_ptr<Handshake>> handshakes_;  // the front thread's
  std::atomic<int> places_{0};

  mutable std::mutex mutex_;
  std::condition_variable all_gone_;
  std::unordered_map<uint32_t, std::shared_ptr<Connection>> connections_;
  uint32_t next_process_ = 1;
  bool stopping_ = false;

  std::mutex stop_mutex_;
  bool stopped_ = false;
  Thread front_thread_;
  std::vector<Thread> lane_threads_;
  struct Helper {
    Thread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };
  std::list<Helper> helpers_;  // the front thread's, and Stop()'s after it
};

Status ServerImpl::Listen() {
  for (const ServerOptions::Endpoint& endpoint : options_.listen) ALLOD_RETURN_IF_ERROR(ListenTcp(endpoint));
  if (!options_.socket_directory.empty()) ALLOD_RETURN_IF_ERROR(ListenLocal());
  return Ok();
}

Status ServerImpl::ListenTcp(const ServerOptions::Endpoint& endpoint) {
  auto failed = [&](const std::string& what) {
    return Fail(sqlstate::kConnectionFailure, fmt::format("could not listen on {}:{}: {}", endpoint.host, endpoint.port, what));
  };
  boost::system::error_code error;
  asio::ip::basic_resolver<Tcp, Executor> resolver(front_.get_executor());
  std::string host = endpoint.host == "*" ? "0.0.0.0" : endpoint.host;
  auto found = resolver.resolve(host, std::to_string(endpoint.port), Tcp::resolver::passive, error);
  if (error) return failed(error.message());
  for (const auto& entry : found) {
    Acceptor<Tcp>& acceptor = tcp_.emplace_back(front_.get_executor());
    (void)acceptor.open(entry.endpoint().protocol(), error);
    if (!error) (void)acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error && entry.endpoint().address().is_v6()) (void)acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) (void)acceptor.bind(entry.endpoint(), error);
    if (!error) (void)acceptor.listen(1024, error);
    if (error) return failed(error.message());
    auto bound = acceptor.local_endpoint(error);
    if (port_ == 0) port_ = bound.port();
    addresses_.push_back(bound.address().is_v6() ? fmt::format("[{}]:{}", bound.address().to_string(), bound.port())
                                                 : fmt::format("{}:{}", bound.address().to_string(), bound.port()));
  }
  return Ok();
}

Status ServerImpl::ListenLocal() {
  std::string path =
      fmt::format("{}/.s.PGSQL.{}", options_.socket_directory, port_ != 0 ? port_ : options_.socket_port);
  auto failed = [&](const std::string& what) {
    return Fail(sqlstate::kConnectionFailure, fmt::format("could not listen on {}: {}", path, what));
  };
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return failed("the path is too long");
  boost::system::error_code error;
  {
    // A socket that a killed server left behind is removed; one that somebody listens on is not.
    Local::socket probe(front_);
    (void)probe.connect(Local::endpoint(path), error);
    if (!error) return failed("another server is using it");
    if (error == boost::system::errc::connection_refused) ::unlink(path.c_str());
  }
  Acceptor<Local>& acceptor = local_.emplace_back(front_.get_executor());
  (void)acceptor.open(Local(), error);
  // The mask holds from the first moment.
  mode_t mask = ::umask(AsksNobody() ? 0077 : 0000);
  if (!error) (void)acceptor.bind(Local::endpoint(path), error);
  ::umask(mask);
  if (!error) (void)acceptor.listen(1024, error);
  if (error) return failed(error.message());
  socket_path_ = path;
  addresses_.push_back(path);
  return Ok();
}

// 57P01 to every client of a database.
void ServerImpl::EndSessions(const std::string& database) {
  std::vector<std::shared_ptr<Connection>> theirs;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [process, connection] : connections_) {
      if (connection->database() == database) theirs.push_back(connection);
    }
  }
  for (const auto& connection : theirs) connection->Shutdown();
}

Status ServerImpl::StartThreads() {
  backend_.SetEnder([this](const std::string& database) { EndSessions(database); });
  int threads = options_.threads > 0 ? options_.threads : std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 0; i < threads; ++i) {
    Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>(i));
    // Where statements wait for a network, each that waits has a thread: one may wait for what another holds.
    const int more = backend_.engine().capabilities().blocking_threads;
    for (int thread = 0; thread <= more; ++thread) {
      ALLOD_ASSIGN_OR_RETURN(lane_threads_.emplace_back(), Thread::Start("allod-session", kStackBytes, [&lane] {
                               lane.RunThread([](asio::io_context& context) { context.run(); });
                             }));
    }
  }
  for (Acceptor<Tcp>& acceptor : tcp_) asio::co_spawn(front_.get_executor(), Accept<Tcp>(acceptor), asio::detached);
  for (Acceptor<Local>& acceptor : local_) asio::co_spawn(front_.get_executor(), Accept<Local>(acceptor), asio::detached);
  asio::co_spawn(front_.get_executor(), Housekeep(), asio::detached);
  ALLOD_ASSIGN_OR_RETURN(front_thread_, Thread::Start("allod-front", kFrontStackBytes, [this] { front_.run(); }));
  return Ok();
}

// `busy`: statements of this lane that have been running for longer than a tick.
void ServerImpl::Help(Lane& lane, size_t busy) {
  auto now = steady_clock::now();
  int helpers = lane.helpers.load();
  if (busy > static_cast<size_t>(helpers)) {
    lane.needed = now;
    if (helpers_.size() >= kMaxHelpers) return;
    auto ended = std::make_shared<std::atomic<bool>>(false);
    Result<Thread> thread = Thread::Start("allod-helper", kStackBytes, [&lane, ended] {
      lane.RunThread([&lane](asio::io_context& context) {
        while (context.run_one() > 0) {
          int retiring = lane.retiring.load();
          if (retiring > 0 && lane.retiring.compare_exchange_strong(retiring, retiring - 1)) break;
        }
      });
      ended->store(true);
    });
    if (!thread.ok()) return;
    lane.helpers.store(helpers + 1);
    helpers_.push_back({*std::move(thread), std::move(ended)});
    log::Debug("helper_joins", {{"helpers", helpers_.size()}});
  } else if (busy > 0) {
    lane.needed = now;
  } else if (helpers > 0 && now - lane.needed > kHelperStays) {
    lane.helpers.store(0);
    lane.retiring.fetch_add(helpers);
    for (int i = 0; i < helpers; ++i) asio::post(lane.context, [] {});
  }
}

template <typename Protocol>
Awaitable<void> ServerImpl::Accept(Acceptor<Protocol>& acceptor) {
  for (;;) {
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(front_.get_executor(), asio::redirect_error(kAwait, error));
    if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
    if (error) {
      // Out of descriptors or memory: others may end meanwhile.
      log::Warning("accept_failed", {{"error", error.message()}});
      Timer pause(front_.get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(kAwait, error));
      continue;
    }
    Welcome<Protocol>(std::move(socket));
  }
}

template <typename Protocol>
void ServerImpl::Welcome(typename Protocol::socket::template rebind_executor<Executor>::other socket) {
  boost::system::error_code error;
  Peer peer{true, true, "local"};
  if constexpr (std::is_same_v<Protocol, Tcp>) {
    (void)socket.set_option(Tcp::no_delay(true), error);
    (void)socket.set_option(asio::socket_base::keep_alive(true), error);
    auto remote = socket.remote_endpoint(error);
    if (error) return;
    peer = {false, remote.address().is_loopback(), remote.address().to_string()};
  }
  (void)socket.non_blocking(true, error);
  int family = socket.local_endpoint(error).protocol().family();
  int descriptor = socket.release(error);
  if (error) return;
  Socket generic(front_.get_executor());
  (void)generic.assign(asio::generic::stream_protocol(family, 0), descriptor, error);
  if (error) {
    ::close(descriptor);
    return;
  }
  // Whoever has not logged in yet costs little, but not nothing.
  if (handshakes_.size() >= static_cast<size_t>(options_.max_connections) + kMoreHandshakes) return;
  auto handshake = std::make_shared<Handshake>(std::move(generic), *this, std::move(peer));
  asio::co_spawn(front_.get_executor(), RunHandshake(std::move(handshake)), asio::detached);
}

Awaitable<void> ServerImpl::RunHandshake(std::shared_ptr<Handshake> handshake) {
  auto place = handshakes_.insert(handshakes_.end(), handshake);
  co_await handshake->Run();
  handshakes_.erase(place);
}

Result<std::shared_ptr<void>> ServerImpl::Admit(bool superuser) {
  int limit = options_.max_connections - (superuser ? 0 : options_.reserved_for_superusers);
  if (places_.fetch_add(1) >= limit) {
    places_.fetch_sub(1);
    return superuser ? Fail(sqlstate::kTooManyConnections, "sorry, too many clients already")
                     : Fail(sqlstate::kTooManyConnections, "remaining connection slots are reserved for superusers");
  }
  return std::shared_ptr<void>(this, [](void* server) { static_cast<ServerImpl*>(server)->places_.fetch_sub(1); });
}

void ServerImpl::Adopt(int descriptor, std::unique_ptr<TlsChannel> tls, Connection::Client client, std::shared_ptr<void> place,
                       std::string received) {
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length);
  size_t index = 0;
  for (size_t i = 1; i < lanes_.size(); ++i) {
    if (lanes_[i]->connections.load() < lanes_[index]->connections.load()) index = i;
  }
  Lane& lane = *lanes_[index];
  Socket socket(lane.context.get_executor());
  boost::system::error_code error;
  (void)socket.assign(asio::generic::stream_protocol(name.ss_family, 0), descriptor, error);
  if (error) {
    ::close(descriptor);
    return;
  }
  Connection::Key key;
  for (char c : crypto::RandomBytes(4)) key.secret = key.secret << 8 | static_cast<unsigned char>(c);
  std::shared_ptr<Connection> connection;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) {
      (void)socket.close(error);
      return;
    }
    do {
      key.process = next_process_++ & 0x7fffffff;
    } while (key.process == 0 || connections_.contains(key.process));
    connection = std::make_shared<Connection>(std::move(socket), std::move(tls), std::move(client), backend_, key, options_.limits, received);
    connection->lane = static_cast<int>(index);
    connections_.emplace(key.process, connection);
    lane.connections.fetch_add(1);
  }
  log::Debug("connected", {{"process", key.process}});
  asio::co_spawn(lane.context.get_executor(), RunConnection(std::move(connection), std::move(place)), asio::detached);
}

Awaitable<void> ServerImpl::RunConnection(std::shared_ptr<Connection> connection, std::shared_ptr<void> place) {
  co_await connection->Run();
  log::Debug("disconnected", {{"process", connection->key().process}});
  place.reset();
  lanes_[static_cast<size_t>(connection->lane)]->connections.fetch_sub(1);
  std::lock_guard lock(mutex_);
  connections_.erase(connection->key().process);
  if (connections_.empty()) all_gone_.notify_all();
}

void ServerImpl::Cancel(Connection::Key key) {
  std::shared_ptr<Connection> connection;
  {
    std::lock_guard lock(mutex_);
    auto it = connections_.find(key.process);
    if (it == connections_.end() || (it->second->key().secret ^ key.secret) != 0) return;
    connection = it->second;
  }
  connection->Cancel();
}

Awaitable<void> ServerImpl::Housekeep() {
  std::vector<size_t> busy(lanes_.size());
  for (;;) {
    boost::system::error_code error;
    timer_.expires_after(Connection::kTick);
    co_await timer_.async_wait(asio::redirect_error(kAwait, error));
    if (error) co_return;
    auto now = steady_clock::now();
    // Ending one may remove it from the list, so not while walking over it.
    std::vector<std::shared_ptr<Handshake>> late;
    for (const auto& handshake : handshakes_) {
      if (now - handshake->started() > options_.authentication_timeout) late.push_back(handshake);
    }
    for (const auto& handshake : late) handshake->Abort();

    std::fill(busy.begin(), busy.end(), 0);
    {
      std::lock_guard lock(mutex_);
      for (const auto& [process, connection] : connections_) {
        if (connection->Tick(now)) ++busy[static_cast<size_t>(connection->runs_on())];
      }
    }
    for (size_t i = 0; i < lanes_.size(); ++i) Help(*lanes_[i], busy[i]);
    helpers_.remove_if([](const Helper& helper) { return helper.ended->load(); });
  }
}

void ServerImpl::UseRules(std::shared_ptr<const HostRules> rules) {
  std::lock_guard lock(mutex_);
  const bool trusted = AsksNobody(), trusts = rules->trusts_unix_socket();
  // The socket is closed to others before anybody is trusted, and opened to them after.
  if (!socket_path_.empty() && trusts && !trusted && ::chmod(socket_path_.c_str(), 0700) != 0) {
    log::Error("socket_not_restricted", {{"path", socket_path_}});
    return;
  }
  rules_ = std::move(rules);
  if (!socket_path_.empty() && trusted && !trusts && ::chmod(socket_path_.c_str(), 0777) != 0) {
    log::Warning("socket_not_opened", {{"path", socket_path_}});
  }
}

void ServerImpl::Stop() {
  std::lock_guard stop_lock(stop_mutex_);
  if (stopped_) return;
  stopped_ = true;
  asio::post(front_.get_executor(), [this] {
    boost::system::error_code ignored;
    for (auto& acceptor : tcp_) (void)acceptor.close(ignored);
    for (auto& acceptor : local_) (void)acceptor.close(ignored);
    auto handshakes = handshakes_;
    for (const auto& handshake : handshakes) handshake->Abort();
  });
  backend_.SetEnder(nullptr);
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    auto everyone = connections_;
    lock.unlock();
    for (const auto& [process, connection] : everyone) connection->Shutdown();
    lock.lock();
    auto gone = [this] { return connections_.empty(); };
    if (!all_gone_.wait_for(lock, options_.shutdown_timeout, gone)) {
      log::Warning("dropping_connections", {{"count", connections_.size()}});
      everyone = connections_;
      lock.unlock();
      for (const auto& [process, connection] : everyone) connection->Drop();
      lock.lock();
      all_gone_.wait(lock, gone);
    }
  }
  front_.stop();
  front_thread_.Join();
  tcp_.clear();  // the front thread may not have come to it
  local_.clear();
  for (auto& lane : lanes_) lane->guard.reset();
  lane_threads_.clear();  // joins
  helpers_.clear();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Backend& backend) {
  auto server = std::make_unique<ServerImpl>(std::move(options), backend);
  ALLOD_RETURN_IF_ERROR(server->Listen());
  ALLOD_RETURN_IF_ERROR(server->StartThreads());
  return std::unique_ptr<Server>(std::move(server));
}

Result<ServerOptions::Endpoint> ParseEndpoint(std::string_view text) {
  size_t colon = text.rfind(':');
  ServerOptions::Endpoint endpoint;
  unsigned port = 0;
  if (colon != std::string_view::npos) {
    std::string_view digits = text.substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    std::string_view host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (error == std::errc() && end == digits.data() + digits.size() && port <= 65535 && !host.empty()) {
      endpoint.host = std::string(host);
      endpoint.port = static_cast<uint16_t>(port);
      return endpoint;
    }
  }
  return Fail(sqlstate::kInvalidParameterValue, fmt::format("not an address to listen on: \"{}\"", text))
      .Hint("Write HOST:PORT, for example 127.0.0.1:5433 or [::1]:5433.");
}

bool IsLoopback(const std::string& host) {
  asio::io_context context;
  Tcp::resolver resolver(context);
  boost::system::error_code error;
  auto found = resolver.resolve(host == "*" ? "0.0.0.0" : host, "0", Tcp::resolver::passive, error);
  if (error || found.empty()) return false;
  return std::all_of(found.begin(), found.end(), [](const auto& entry) { return entry.endpoint().address().is_loopback(); });
}

}  // namespace allod::net
