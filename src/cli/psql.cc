#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "cli/data_directory.h"

namespace allod::cli {
namespace {

// "127.0.0.1:5433", "[::1]:5433", "/tmp/.s.PGSQL.5433" -> what psql's -h and -p take.
void Split(const std::string& address, std::string* host, std::string* port) {
  size_t at = address.rfind(address[0] == '/' ? "/.s.PGSQL." : ":");
  *host = address.substr(0, at);
  *port = address.substr(at + (address[0] == '/' ? std::strlen("/.s.PGSQL.") : 1));
  if (host->size() > 2 && host->front() == '[') *host = host->substr(1, host->size() - 2);
  if (*host == "0.0.0.0") *host = "127.0.0.1";
  if (*host == "::") *host = "::1";
}

}  // namespace

int Psql(const std::string& data, bool print, const std::vector<std::string>& arguments) {
  Result<RunningServer> server = FindServer(data);
  if (!server.ok()) {
    std::cerr << "allod: " << server.status().error().message << "\n  " << server.status().error().hint << "\n";
    return 1;
  }
  std::string host, port;
  Split(server->addresses.front(), &host, &port);
  // The line is to work from anywhere.
  std::error_code error;
  std::string password_file = std::filesystem::absolute(data, error).lexically_normal().string() + "/password";
  std::vector<std::string> words = {"psql", "-h", host, "-p", port, "-U", kSuperuser, "-d", kDatabase};
  words.insert(words.end(), arguments.begin(), arguments.end());
  if (print) {
    std::cout << "PGPASSFILE=" << password_file;
    for (const std::string& word : words) std::cout << " " << word;
    std::cout << "\n";
    return 0;
  }
  ::setenv("PGPASSFILE", password_file.c_str(), 1);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp("psql", argv.data());
  std::cerr << "allod: could not run psql: " << std::strerror(errno) << "\n";
  return 127;
}

}  // namespace allod::cli
