// A database as the benchmark sees it: one connection, prepared statements, blocking calls. PostgreSQL's protocol (Allod
// and PostgreSQL, through libpq) and MariaDB's (through its C client). Every call ends the program on an error: a
// benchmark that goes on after one measures nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace bench {

class Client {
 public:
  virtual ~Client() = default;
  // Several statements at once; results are thrown away.
  virtual void Script(const std::string& text) = 0;
  // Prepares under a number; parameters are $1, $2 (written ? for MariaDB by the caller's dialect()).
  virtual void Prepare(int number, const std::string& text, int parameters) = 0;
  // Runs a prepared statement with integer parameters; reads all rows; returns how many.
  virtual long Run(int number, const std::vector<long>& parameters) = 0;
  // "$1" or "?".
  virtual std::string Placeholder(int n) const = 0;
};

struct Target {
  std::string name;        // "Allod", "PostgreSQL", "MariaDB"
  std::string connection;  // libpq's conninfo, or MariaDB's socket path
  bool mariadb = false;
  long server_pid = 0;     // for memory
  std::string data;        // its data directory, for size on disk
};

std::unique_ptr<Client> Connect(const Target& target);

}  // namespace bench
