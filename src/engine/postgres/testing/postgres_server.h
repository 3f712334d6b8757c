// A real PostgreSQL for tests: a cluster of its own in a temporary directory, on a Unix socket there and no other address. It
// is stopped and removed by the destructor, or by a shell that waits for the end of the test's process, however it ends. Root
// runs it as user postgres.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace allod::engine::postgres::testing {

class PostgresServer {
 public:
  // `settings`: lines for postgresql.conf. Throws std::runtime_error if it cannot be had.
  explicit PostgresServer(const std::string& settings = "") {
    std::string pattern = (std::filesystem::temp_directory_path() / "allod-pg-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
    Watch();
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr) throw std::runtime_error("there is no user postgres");
      uid_ = user->pw_uid;
      gid_ = user->pw_gid;
      if (chown(directory_.c_str(), uid_, gid_) != 0) throw std::runtime_error("chown failed");
    }
    if (Wait(Spawn({Binary("initdb"), "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"})) != 0) {
      throw std::runtime_error("initdb failed: " + log());
    }
    std::ofstream conf(data() + "/postgresql.conf", std::ios::app);
    conf << "listen_addresses = ''\nunix_socket_directories = '" << directory_ << "'\nfsync = on\nshared_buffers = 32MB\n"
         << "max_connections = 60\nwal_level = minimal\nmax_wal_senders = 0\nautovacuum = off\nlog_min_messages = fatal\n"
         << "lc_messages = 'C'\n" << settings << "\n";
    conf.close();
    Start();
  }
  ~PostgresServer() {
    Stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    close(lifeline_);
    Wait(watcher_);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string conninfo(const std::string& database = "postgres") const {
    return "host=" + directory_ + " port=5432 user=postgres dbname=" + database;
  }
  const std::string& directory() const { return directory_; }

  void Start() {
    process_ = Spawn({Binary("postgres"), "-D", data()});
    for (int i = 0; i < 600; ++i) {
      if (PQping(conninfo().c_str()) == PQPING_OK) return;
      if (waitpid(process_, nullptr, WNOHANG) == process_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("postgres does not start: " + log());
  }
  void Stop() { End(SIGINT); }   // "fast": sessions are told and ended
  void Kill() { End(SIGQUIT); }  // as a crash: the next start recovers from the log
  void Restart() {
    Stop();
    Start();
  }
  std::string log() const {
    std::ifstream file(directory_ + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Runs statements on a connection of its own; the first value of the last result, or "ERROR: ..." .
  std::string Execute(const std::string& text, const std::string& database = "postgres") const {
    PGconn* connection = PQconnectdb(conninfo(database).c_str());
    PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
    PGresult* result = PQexec(connection, text.c_str());
    std::string answer;
    const ExecStatusType state = PQresultStatus(result);
    if (state == PGRES_TUPLES_OK) {
      if (PQntuples(result) > 0) answer = PQgetvalue(result, 0, 0);
    } else if (state != PGRES_COMMAND_OK) {
      answer = PQerrorMessage(connection);
    }
    PQclear(result);
    PQfinish(connection);
    return answer;
  }

  // An empty database. What is in it is removed with it.
  void Recreate(const std::string& database) {
    Execute("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    Execute("CREATE DATABASE " + database + " STRATEGY file_copy");
  }

 private:
  static std::string Binary(const std::string& name) { return "/usr/lib/postgresql/15/bin/" + name; }
  std::string data() const { return directory_ + "/data"; }

  pid_t Spawn(const std::vector<std::string>& arguments) const {
    std::vector<char*> argv;
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    const std::string log = directory_ + "/log";
    const pid_t child = fork();
    if (child != 0) return child;
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, 1);
    dup2(out, 2);
    if (uid_ != 0 && (setgroups(1, &gid_) != 0 || setgid(gid_) != 0 || setuid(uid_) != 0)) _exit(126);
    if (chdir("/") != 0) _exit(126);
    // Settings of whoever runs the test are not for the server.
    for (const char* name : {"PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE"}) unsetenv(name);
    execv(argv[0], argv.data());
    _exit(127);
  }
  // A shell that reads from a pipe which only this process writes to: it comes to the pipe's end when the process does.
  void Watch() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    lifeline_ = ends[1];
    const std::string script = "cat >/dev/null; [ -d '" + directory_ + "' ] || exit 0; kill -QUIT $(head -n 1 '" + data() +
                               "/postmaster.pid') 2>/dev/null; sleep 1; rm -rf '" + directory_ + "'";
    watcher_ = fork();
    if (watcher_ == 0) {
      setsid();  // not to be stopped together with the test
      dup2(ends[0], 0);
      execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
      _exit(127);
    }
    close(ends[0]);
  }
  static int Wait(pid_t process) {
    int status = -1;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  void End(int signal) {
    if (process_ <= 0) return;
    kill(process_, signal);
    Wait(process_);
    process_ = 0;
  }

  std::string directory_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  pid_t process_ = 0;
  pid_t watcher_ = 0;
  int lifeline_ = -1;
};

}  // namespace allod::engine::postgres::testing
