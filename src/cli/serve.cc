#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include <fmt/format.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"
#include "crypto/scram.h"
#include "net/codes.h"
#include "session/databases.h"

namespace allod::cli {
namespace {

// Keys must never reach a core file; every client needs a descriptor.
void SetProcessLimits() {
  rlimit core{0, 0};
  ::setrlimit(RLIMIT_CORE, &core);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

// The superuser gets a password when it has none: at first start, or when the first start did not come to its end.
Status EnsurePassword(const DataDirectory& directory, session::Database& database) {
  auto definitions = database.definitions();
  const catalog::Role* existing = definitions->catalog->FindRole(kSuperuser);
  if (existing != nullptr && !existing->verifier.empty()) return Ok();
  ALLOD_ASSIGN_OR_RETURN(std::string password, directory.NewPassword());
  catalog::Role role;
  if (existing != nullptr) role = *existing;
  role.name = kSuperuser;
  role.superuser = role.login = role.createdb = role.createrole = true;
  role.verifier = crypto::MakeScramVerifier(password);
  ALLOD_RETURN_IF_ERROR(database.PutRole(std::move(role)));
  log::Info("password_generated", {{"role", kSuperuser}, {"file", directory.password_file()}});
  return Ok();
}

Result<std::unique_ptr<net::Backend>> OpenCluster(const DataDirectory& directory, const ServeOptions& serve) {
  session::Database::ClusterOptions options;
  options.connection = serve.engine;
  options.max_connections = serve.engine_connections;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<session::Database> database, session::Database::OpenCluster(std::move(options)));
  ALLOD_RETURN_IF_ERROR(EnsurePassword(directory, *database));
  return net::MakeBackend(std::move(database));
}

Result<std::unique_ptr<net::Backend>> OpenDirectory(const DataDirectory& directory, const std::string& keys, bool encrypt) {
  session::Databases::Options options;
  options.keys = keys;
  options.encrypt = encrypt;
  options.directory = directory.path();
  options.first = kDatabase;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<session::Databases> databases, session::Databases::Open(options));
  ALLOD_RETURN_IF_ERROR(EnsurePassword(directory, *databases->first()));
  return net::MakeBackend(std::move(databases));
}

// Refuses to let anybody in from elsewhere without a password.
Status CheckTrust(const net::ServerOptions& options) {
  if (options.auth != net::AuthMethod::kTrust) return Ok();
  for (const net::ServerOptions::Endpoint& endpoint : options.listen) {
    if (net::IsLoopback(endpoint.host)) continue;
    return Fail(sqlstate::kInvalidParameterValue,
                fmt::format("--auth trust is only for loopback addresses and the Unix socket, not for {}", endpoint.host))
        .Hint("Use --auth scram, or listen on 127.0.0.1.");
  }
  return Ok();
}

// Options that contradict each other are refused before anything is made.
Status CheckTlsOptions(const ServeOptions& options) {
  const net::TlsFiles& files = options.tls_files;
  auto refuse = [](const char* why) { return Fail(sqlstate::kInvalidParameterValue, why); };
  if (files.certificate.empty() != files.key.empty()) return refuse("--tls-cert and --tls-key belong together");
  if (!options.tls && !files.certificate.empty()) return refuse("--tls off contradicts --tls-cert");
  if (!options.tls && !files.client_ca.empty()) return refuse("--tls off contradicts --tls-client-ca");
  if (options.server.auth == net::AuthMethod::kCertificate && files.client_ca.empty()) {
    return Fail(sqlstate::kInvalidParameterValue, "--auth cert needs to know who signs the certificates of clients")
        .Hint("Give --tls-client-ca FILE.");
  }
  return Ok();
}

// Null if TLS is off.
Result<std::shared_ptr<const net::TlsContext>> LoadTls(const DataDirectory& directory, const ServeOptions& options) {
  if (!options.tls) return std::shared_ptr<const net::TlsContext>();
  net::TlsFiles files = options.tls_files;
  if (files.certificate.empty()) {
    files.certificate = directory.certificate_file();
    files.key = directory.key_file();
    ALLOD_ASSIGN_OR_RETURN(bool made, directory.EnsureCertificate());
    if (made) log::Info("certificate_generated", {{"file", files.certificate}});
  }
  return net::TlsContext::Load(files);
}

// Null if the data directory has no allod.conf.
Result<std::shared_ptr<const net::HostRules>> LoadRules(const DataDirectory& directory, const ServeOptions& options) {
  ALLOD_ASSIGN_OR_RETURN(std::optional<std::string> text, directory.ReadRules());
  if (!text) return std::shared_ptr<const net::HostRules>();
  if (options.auth_given) {
    return Fail(sqlstate::kInvalidParameterValue, fmt::format("--auth contradicts \"{}\"", directory.rules_file()))
        .Hint("Leave --auth out, or remove the file.");
  }
  return net::HostRules::Parse(*text, directory.rules_file(), !options.tls_files.client_ca.empty());
}

// SIGHUP. What cannot be used changes nothing.
void ReloadRules(const DataDirectory& directory, const ServeOptions& options, net::Server& server) {
  auto rules = LoadRules(directory, options);
  if (rules.ok() && *rules == nullptr) {
    rules = Fail(sqlstate::kConfigFileError, fmt::format("\"{}\" is not there", directory.rules_file()));
  }
  if (!rules.ok()) return log::Error("rules_not_loaded", {{"why", rules.status().error().message}});
  server.UseRules(*rules);
  log::Info("rules_loaded", {{"file", directory.rules_file()}, {"rules", (*rules)->size()}});
}

Status ServeUntilSignal(ServeOptions options, const sigset_t& signals) {
  for (const std::string& text : options.listen) {
    ALLOD_ASSIGN_OR_RETURN(options.server.listen.emplace_back(), net::ParseEndpoint(text));
  }
  ALLOD_RETURN_IF_ERROR(CheckTrust(options.server));
  ALLOD_RETURN_IF_ERROR(CheckTlsOptions(options));
  ALLOD_ASSIGN_OR_RETURN(DataDirectory directory, DataDirectory::Open(options.data));
  ALLOD_ASSIGN_OR_RETURN(options.server.rules, LoadRules(directory, options));
  ALLOD_ASSIGN_OR_RETURN(options.server.tls, LoadTls(directory, options));
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<net::Backend> backend,
                         options.engine.empty() ? OpenDirectory(directory, options.keys, options.encrypt) : OpenCluster(directory, options));
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<net::Server> server, net::Server::Start(options.server, *backend));
  ALLOD_RETURN_IF_ERROR(directory.Announce(server->addresses()));
  for (const std::string& address : server->addresses()) log::Info("listening", {{"address", address}});

  int signal = 0;
  while (sigwait(&signals, &signal) != 0 || signal == SIGHUP) {
    if (signal == SIGHUP) ReloadRules(directory, options, *server);
  }
  log::Info("stopping", {{"signal", signal}});
  server->Stop();
  server.reset();
  backend.reset();
  log::Info("stopped");
  return Ok();
}

}  // namespace

int Serve(ServeOptions options) {
  log::Level level;
  if (!log::ParseLevel(options.log_level, &level)) {
    return Report(Fail(sqlstate::kInvalidParameterValue, "--log-level is debug, info, warning or error"));
  }
  Status opened = log::Open(options.log_target, level);
  if (!opened.ok()) return Report(opened);
  SetProcessLimits();
  // Every thread inherits the mask: only sigwait() sees these.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  Status status = ServeUntilSignal(std::move(options), signals);
  return status.ok() ? 0 : Report(status);
}

int Init(const std::string& data, const std::string& keys, bool encrypt) {
  auto run = [&]() -> Status {
    ALLOD_ASSIGN_OR_RETURN(DataDirectory directory, DataDirectory::Open(data));
    return OpenDirectory(directory, keys, encrypt).status();
  };
  (void)log::Open("stderr", log::Level::kWarning);
  SetProcessLimits();
  Status status = run();
  if (!status.ok()) return Report(status);
  std::cout << "The data directory " << data << " is ready. The password of the role " << kSuperuser << " is in " << data
            << "/password.\n";
  return 0;
}

}  // namespace allod::cli
