// The `allod` program.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Allod: a SQL database in which every row knows its owners. It speaks the PostgreSQL protocol."};
  app.set_version_flag("--version", std::string("allod ") + ALLOD_VERSION);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);

  allod::cli::ServeOptions serve;
  std::string auth = "scram", tls = "on";
  CLI::App* serve_command = app.add_subcommand("serve", "Serve a data directory until SIGTERM or SIGINT");
  serve_command->add_option("--data", serve.data, "The data directory; made if it is not there")->required();
  serve_command->add_option("--engine", serve.engine,
                            "postgres://USER@HOST/DB: keep the data in that PostgreSQL cluster instead of in the data directory");
  serve_command->add_option("--engine-connections", serve.engine_connections, "Connections to the cluster, shared by all clients")
      ->check(CLI::Range(2, 10'000))
      ->capture_default_str();
  serve_command->add_option("--keys", serve.keys, "The directory of the keys, made if it is not there; default: DATA/keys");
  std::string encryption = "on";
  const auto add_encryption = [&encryption](CLI::App* command) {
    command->add_option("--encryption", encryption, "on (the default), off: of the files of databases that are made from now on; the others stay as they are")
        ->check(CLI::IsMember({"on", "off"}).description(""))
        ->type_name("on|off");
  };
  add_encryption(serve_command);
  serve_command->add_option("--listen", serve.listen, "HOST:PORT, may be given several times")
      ->default_val(std::vector<std::string>{"127.0.0.1:5433"});
  serve_command->add_option("--socket", serve.server.socket_directory, "Directory of a Unix socket (.s.PGSQL.PORT) to listen on as well");
  serve_command
      ->add_option("--auth", auth,
                   "scram (the default): passwords; cert: client certificates; trust: none, only on loopback addresses and the Unix "
                   "socket; DATA/allod.conf says it for each address and role")
      ->check(CLI::IsMember({"scram", "cert", "trust"}).description(""))
      ->type_name("scram|cert|trust");
  serve_command->add_option("--tls", tls, "off; on (the default): for those who ask for it; required: but for the Unix socket")
      ->check(CLI::IsMember({"off", "on", "required"}).description(""))
      ->type_name("off|on|required");
  serve_command->add_option("--tls-cert", serve.tls_files.certificate,
                            "The server's certificate (PEM), its chain behind it; default: one of its own making, DATA/server.crt");
  serve_command->add_option("--tls-key", serve.tls_files.key, "The certificate's private key (PEM), readable by its owner only");
  serve_command->add_option("--tls-client-ca", serve.tls_files.client_ca, "Who may sign the certificates of clients (PEM)");
  serve_command->add_option("--max-connections", serve.server.max_connections, "Clients at a time; 3 places are kept for superusers")
      ->check(CLI::Range(4, 100'000))
      ->capture_default_str();
  serve_command->add_option("--threads", serve.server.threads, "Threads that run statements; default: one per core")
      ->check(CLI::Range(1, 128));
  long write_timeout = serve.server.limits.write_timeout.count() / 1000;
  serve_command->add_option("--write-timeout", write_timeout, "Seconds after which a client that takes nothing is dropped")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  serve_command->add_flag("--log-queries", serve.server.limits.log_queries,
                          "Log each statement, its values left out, with its role, duration, rows and SQLSTATE");
  serve_command->add_option("--log", serve.log_target, "stderr, or a file to append to")->capture_default_str();
  serve_command->add_option("--log-level", serve.log_level, "debug, info, warning or error")->capture_default_str();

  std::string data;
  CLI::App* init_command = app.add_subcommand("init", "Make a data directory, with a password for the role allod");
  init_command->add_option("--data", data, "The data directory")->required();
  std::string init_keys;
  init_command->add_option("--keys", init_keys, "The directory of the keys, made if it is not there; default: DATA/keys");
  add_encryption(init_command);

  bool print = false;
  CLI::App* psql_command = app.add_subcommand("psql", "Run psql on the server of a data directory");
  psql_command->add_option("--data", data, "The data directory")->required();
  psql_command->add_flag("--print", print, "Print the command line instead");
  psql_command->prefix_command();
  psql_command->footer("What follows is psql's, for example: allod psql --data DIR -c 'SELECT 1'");

  allod::cli::DistributeOptions distribute;
  bool plan = false;
  CLI::App* distribute_command = app.add_subcommand(
      "distribute", "Print how to spread the tables over a cluster's nodes so that what a data subject owns is together");
  auto* where = distribute_command->add_option_group("where", "Whose tables");
  CLI::Option* directory = where->add_option("--data", distribute.data, "A data directory that no server is using");
  where->add_option("--engine", distribute.engine, "postgres://USER@HOST/DB: a PostgreSQL cluster");
  where->require_option(1);
  distribute_command->add_option("--keys", distribute.keys, "Where its keys are, if elsewhere")->needs(directory);
  distribute_command->add_option("--database", distribute.database, "Which of its databases; default: allod")->needs(directory);
  CLI::Option* plan_option = distribute_command->add_flag("--plan", plan, "Print the plan, what stands in its way, and the statements (the default)");
  distribute_command->add_flag("--apply", distribute.apply, "Run the statements, on a cluster with Citus")->excludes(plan_option);

  allod::cli::VerifyOptions verify;
  CLI::App* verify_command = app.add_subcommand(
      "verify", "Check that what is stored is what may be stored, and what was written; exits with 0 if so, 1 if not, 2 if it cannot be looked at");
  verify_command->add_option("data", verify.data, "A data directory that no server is using")->required();
  verify_command->add_option("--keys", verify.keys, "Where its keys are, if elsewhere");
  verify_command->add_option("--database", verify.database, "One of its databases; default: all of them");

  CLI11_PARSE(app, argc, argv);
  if (app.get_subcommands().empty()) {
    std::cerr << app.help();
    return 1;
  }
  if (*serve_command) {
    serve.server.auth = auth == "trust"  ? allod::net::AuthMethod::kTrust
                        : auth == "cert" ? allod::net::AuthMethod::kCertificate
                                         : allod::net::AuthMethod::kScram;
    serve.auth_given = serve_command->count("--auth") > 0;
    serve.tls = tls != "off";
    serve.encrypt = encryption == "on";
    serve.server.tls_required = tls == "required";
    serve.server.limits.write_timeout = std::chrono::seconds(write_timeout);
    return allod::cli::Serve(std::move(serve));
  }
  if (*verify_command) return allod::cli::Verify(verify);
  if (*distribute_command) return allod::cli::Distribute(distribute);
  if (*init_command) return allod::cli::Init(data, init_keys, encryption == "on");
  return allod::cli::Psql(data, print, psql_command->remaining());
}
