#include "client.h"

#include <libpq-fe.h>
#include <mysql.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace bench {
namespace {

[[noreturn]] void Die(const std::string& what, const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), message.c_str());
  std::exit(1);
}

class PgClient final : public Client {
 public:
  explicit PgClient(const Target& target) : name_(target.name), connection_(PQconnectdb(target.connection.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) Die(name_, PQerrorMessage(connection_));
    PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
  }
  ~PgClient() override { PQfinish(connection_); }

  void Script(const std::string& text) override { Check(PQexec(connection_, text.c_str()), text); }

  void Prepare(int number, const std::string& text, int) override {
    Check(PQprepare(connection_, std::to_string(number).c_str(), text.c_str(), 0, nullptr), text);
  }

  long Run(int number, const std::vector<long>& parameters) override {
    std::array<std::string, 8> texts;
    std::array<const char*, 8> values;
    for (size_t i = 0; i < parameters.size(); ++i) {
      texts[i] = std::to_string(parameters[i]);
      values[i] = texts[i].c_str();
    }
    PGresult* result = PQexecPrepared(connection_, std::to_string(number).c_str(), static_cast<int>(parameters.size()),
                                      values.data(), nullptr, nullptr, 0);
    long rows = PQntuples(result);
    Check(result, "statement " + std::to_string(number));
    return rows;
  }

  std::string Placeholder(int n) const override { return "$" + std::to_string(n); }

 private:
  void Check(PGresult* result, const std::string& what) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      Die(name_, std::string(PQerrorMessage(connection_)) + "in: " + what.substr(0, 200));
    }
    PQclear(result);
  }

  std::string name_;
  PGconn* connection_;
};

class MariaClient final : public Client {
 public:
  explicit MariaClient(const Target& target) : connection_(mysql_init(nullptr)) {
    if (mysql_real_connect(connection_, nullptr, "root", nullptr, "bench", 0, target.connection.c_str(), CLIENT_MULTI_STATEMENTS) == nullptr) {
      Die("MariaDB", mysql_error(connection_));
    }
  }
  ~MariaClient() override {
    for (auto& [number, statement] : statements_) mysql_stmt_close(statement);
    mysql_close(connection_);
  }

  void Script(const std::string& text) override {
    if (mysql_real_query(connection_, text.data(), text.size()) != 0) Die("MariaDB", std::string(mysql_error(connection_)) + " in: " + text.substr(0, 200));
    do {
      if (MYSQL_RES* result = mysql_store_result(connection_)) mysql_free_result(result);
    } while (mysql_next_result(connection_) == 0);
    if (mysql_errno(connection_) != 0) Die("MariaDB", std::string(mysql_error(connection_)) + " in: " + text.substr(0, 200));
  }

  void Prepare(int number, const std::string& text, int) override {
    MYSQL_STMT* statement = mysql_stmt_init(connection_);
    if (mysql_stmt_prepare(statement, text.data(), text.size()) != 0) Die("MariaDB", std::string(mysql_stmt_error(statement)) + " in: " + text);
    statements_[number] = statement;
  }

  long Run(int number, const std::vector<long>& parameters) override {
    MYSQL_STMT* statement = statements_.at(number);
    std::array<MYSQL_BIND, 8> binds;
    std::array<long long, 8> values;
    std::memset(binds.data(), 0, sizeof(binds));
    for (size_t i = 0; i < parameters.size(); ++i) {
      values[i] = parameters[i];
      binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
      binds[i].buffer = &values[i];
    }
    if (!parameters.empty()) mysql_stmt_bind_param(statement, binds.data());
    if (mysql_stmt_execute(statement) != 0) Die("MariaDB", mysql_stmt_error(statement));
    unsigned columns = mysql_stmt_field_count(statement);
    if (columns == 0) return 0;
    // Columns are fetched as text, as libpq does.
    std::array<MYSQL_BIND, 8> results;
    std::array<std::array<char, 256>, 8> buffers;
    std::array<unsigned long, 8> lengths;
    std::array<my_bool, 8> nulls;
    std::memset(results.data(), 0, sizeof(results));
    for (unsigned i = 0; i < columns && i < results.size(); ++i) {
      results[i].buffer_type = MYSQL_TYPE_STRING;
      results[i].buffer = buffers[i].data();
      results[i].buffer_length = buffers[i].size();
      results[i].length = &lengths[i];
      results[i].is_null = &nulls[i];
    }
    mysql_stmt_bind_result(statement, results.data());
    mysql_stmt_store_result(statement);
    long rows = 0;
    while (mysql_stmt_fetch(statement) == 0) ++rows;
    mysql_stmt_free_result(statement);
    return rows;
  }

  std::string Placeholder(int) const override { return "?"; }

 private:
  MYSQL* connection_;
  std::map<int, MYSQL_STMT*> statements_;
};

}  // namespace

std::unique_ptr<Client> Connect(const Target& target) {
  if (target.mariadb) return std::make_unique<MariaClient>(target);
  return std::make_unique<PgClient>(target);
}

}  // namespace bench
