// The `allod` program under test: started on a directory of its own and a free port, ended or killed at will.
#pragma once

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace allod::e2e {

// It keeps what was freed, so how much memory a server takes says nothing then.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

template <typename Condition>
bool Eventually(Condition condition, int milliseconds = 10'000) {
  for (int i = 0; i < milliseconds / 10; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A directory that goes with the test.
class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "allod-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ServerProcess {
 public:
  explicit ServerProcess(std::string data) : data_(std::move(data)) {}
  ~ServerProcess() { Kill(); }

  std::vector<std::string> arguments{"--auth", "trust"};
  std::vector<std::string> environment;  // NAME=VALUE

  // True once it listens.
  bool Start() {
    Spawn();
    bool listening = Eventually([&] {
      std::istringstream lock(ReadFile(data_ + "/allod.lock"));
      std::string process, address;
      std::getline(lock, process);
      std::getline(lock, address);
      if (process != std::to_string(process_) || address.empty()) return !alive();
      port_ = static_cast<uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1));
      return true;
    });
    return listening && port_ != 0 && alive();
  }
  // Starts it and does not wait: for servers that refuse.
  void Spawn() {
    port_ = 0;
    std::vector<std::string> words = {ALLOD_PROGRAM, "serve", "--data", data_, "--listen", "127.0.0.1:0"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    process_ = ::fork();
    if (process_ == 0) {
      int log = ::open(log_path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      ::dup2(log, 1);
      ::dup2(log, 2);
      for (std::string& pair : environment) ::putenv(pair.data());
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execv(ALLOD_PROGRAM, argv.data());
      ::_exit(127);
    }
  }
  // The exit status; -1 if it had to be killed.
  int Terminate(int signal = SIGTERM) {
    if (process_ <= 0) return -1;
    ::kill(process_, signal);
    return Wait();
  }
  int Wait() {
    int status = 0;
    bool ended = Eventually([&] { return ::waitpid(process_, &status, WNOHANG) == process_; }, 20'000);
    if (!ended) {
      Kill();
      return -1;
    }
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void Kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  bool alive() const { return process_ > 0 && ::kill(process_, 0) == 0 && ::waitpid(process_, nullptr, WNOHANG) == 0; }
  uint16_t port() const { return port_; }
  pid_t process() const { return process_; }
  const std::string& data() const { return data_; }
  std::string log_path() const { return data_ + ".log"; }
  std::string log() const { return ReadFile(log_path()); }
  long resident_bytes() const {
    std::istringstream in(ReadFile("/proc/" + std::to_string(process_) + "/statm"));
    long size = 0, resident = 0;
    in >> size >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
  }

 private:
  std::string data_;
  pid_t process_ = 0;
  uint16_t port_ = 0;
};

// A client over libpq.
class Client {
 public:
  explicit Client(uint16_t port, const std::string& more = "user=allod dbname=allod") {
    connection_ = PQconnectdb(("host=127.0.0.1 port=" + std::to_string(port) + " connect_timeout=20 " + more).c_str());
    PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
  }
  ~Client() { PQfinish(connection_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool ok() const { return PQstatus(connection_) == CONNECTION_OK; }
  PGconn* get() { return connection_; }
  // The first value of the answer ("" if there is none). state() is "" unless it failed.
  std::string Run(const std::string& text) { return Take(PQexec(connection_, text.c_str())); }
  std::string Run(const std::string& text, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const std::string& value : parameters) values.push_back(value.c_str());
    return Take(PQexecParams(connection_, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0));
  }
  const std::string& state() const { return state_; }
  const std::string& message() const { return message_; }
  const std::string& tag() const { return tag_; }

 private:
  std::string Take(PGresult* result) {
    std::string value;
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
    state_ = good ? "" : state != nullptr ? state : "lost";
    message_ = good ? "" : PQresultErrorMessage(result);
    tag_ = good ? PQcmdStatus(result) : "";
    if (PQntuples(result) > 0 && PQnfields(result) > 0) value = PQgetvalue(result, 0, 0);
    PQclear(result);
    return value;
  }
  PGconn* connection_;
  std::string state_, message_, tag_;
};

class ServerFixture : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.Start()) << server.log(); }
  Directory directory;
  ServerProcess server{directory.path() + "/data"};
};

}  // namespace allod::e2e
