// What was acknowledged is there after a kill at any moment, and nothing is there by halves; one directory has one server; a full
// disk is an error and not an end; SIGTERM ends cleanly.
#include <atomic>
#include <random>
#include <set>

#include "e2e/server_process.h"
#include "net/test_client.h"

namespace allod::e2e {
namespace {

constexpr int kWorkers = 4, kAccounts = 10;
constexpr long kBalance = 1000;

// What one client was told.
struct Acknowledged {
  std::set<long> rows, pairs, groups;
};

// Writes until the connection breaks: single rows, pairs in a transaction, transfers between accounts, groups with a member.
void Work(uint16_t port, int worker, std::atomic<long>* next, Acknowledged* told) {
  Client client(port);
  std::mt19937 random(static_cast<unsigned>(worker));
  auto number = [&] { return std::to_string(random() % kAccounts); };
  while (client.ok()) {
    long id = next->fetch_add(1);
    std::string n = std::to_string(id);
    switch (random() % 4) {
      case 0:
        client.Run("INSERT INTO log VALUES ($1, $2)", {n, std::to_string(worker)});
        if (client.tag() == "INSERT 0 1") told->rows.insert(id);
        break;
      case 1:
        client.Run("BEGIN");
        client.Run("INSERT INTO left_half VALUES (" + n + ")");
        client.Run("INSERT INTO right_half VALUES (" + n + ")");
        client.Run("COMMIT");
        if (client.tag() == "COMMIT") told->pairs.insert(id);
        break;
      case 2: {
        std::string amount = std::to_string(random() % 50);
        client.Run("UPDATE account SET balance = balance - " + amount + " WHERE id = " + number() + "; UPDATE account SET balance = balance + " +
                   amount + " WHERE id = " + number());
        break;
      }
      default:
        client.Run("CTX START");
        client.Run("INSERT INTO team VALUES (" + n + ", 'a team')");
        client.Run("INSERT INTO member VALUES (" + n + ", 1, " + n + ")");
        client.Run("CTX COMMIT");
        if (client.tag() == "COMMIT") told->groups.insert(id);
    }
  }
}

std::set<long> Ids(Client* client, const std::string& table) {
  std::set<long> ids;
  PGresult* result = PQexec(client->get(), ("SELECT id FROM " + table).c_str());
  EXPECT_EQ(PQresultStatus(result), PGRES_TUPLES_OK) << PQresultErrorMessage(result);
  for (int i = 0; i < PQntuples(result); ++i) ids.insert(std::atol(PQgetvalue(result, i, 0)));
  PQclear(result);
  return ids;
}

TEST(Durability, NothingIsLostWhenTheServerIsKilled) {
  Directory directory;
  ServerProcess server(directory.path() + "/data");
  ASSERT_TRUE(server.Start()) << server.log();
  {
    Client client(server.port());
    for (const char* statement :
         {"CREATE TABLE log (id int8 PRIMARY KEY, worker int)", "CREATE TABLE left_half (id int8 PRIMARY KEY)",
          "CREATE TABLE right_half (id int8 PRIMARY KEY)", "CREATE TABLE account (id int PRIMARY KEY, balance int8 NOT NULL)",
          "CREATE DATA_SUBJECT TABLE person (id int PRIMARY KEY, name text)", "CREATE TABLE team (id int8 PRIMARY KEY, name text)",
          "CREATE TABLE member (id int8 PRIMARY KEY, person_id int NOT NULL OWNED_BY person(id), team_id int8 OWNS team(id))",
          "INSERT INTO person VALUES (1, 'Ada')"}) {
      client.Run(statement);
      ASSERT_EQ(client.state(), "") << statement << ": " << client.message();
    }
    for (int i = 0; i < kAccounts; ++i) client.Run("INSERT INTO account VALUES (" + std::to_string(i) + ", " + std::to_string(kBalance) + ")");
    ASSERT_EQ(client.state(), "");
  }
  std::mt19937 random(42);
  std::atomic<long> next{1};
  Acknowledged told[kWorkers];
  for (int round = 0; round < 12; ++round) {
    std::vector<std::thread> workers;
    for (int i = 0; i < kWorkers; ++i) workers.emplace_back(Work, server.port(), i, &next, &told[i]);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 400));
    server.Kill();
    for (std::thread& worker : workers) worker.join();
    ASSERT_TRUE(server.Start()) << server.log();

    Client client(server.port());
    std::set<long> rows = Ids(&client, "log"), left = Ids(&client, "left_half"), right = Ids(&client, "right_half"), teams = Ids(&client, "team");
    EXPECT_EQ(left, right);
    size_t acknowledged = 0;
    for (const Acknowledged& mine : told) {
      for (long id : mine.rows) EXPECT_TRUE(rows.contains(id)) << "row " << id << " was acknowledged and is gone";
      for (long id : mine.pairs) EXPECT_TRUE(left.contains(id)) << "pair " << id << " was acknowledged and is gone";
      for (long id : mine.groups) EXPECT_TRUE(teams.contains(id)) << "group " << id << " was acknowledged and is gone";
      acknowledged += mine.rows.size() + mine.pairs.size() + mine.groups.size();
    }
    // Each worker may have had one more commit under way in each round.
    EXPECT_LE(rows.size() + left.size() + teams.size(), acknowledged + static_cast<size_t>(kWorkers * (round + 1)));
    EXPECT_EQ(client.Run("SELECT sum(balance) FROM account"), std::to_string(kAccounts * kBalance));
    EXPECT_EQ(client.Run("SELECT count(*) FROM team WHERE NOT EXISTS (SELECT 1 FROM member WHERE team_id = team.id)"), "0");
    EXPECT_EQ(client.Run("SELECT count(*) FROM member LEFT JOIN team ON team.id = team_id WHERE team.id IS NULL"), "0");
    if (HasFailure()) return;
  }
  size_t all = 0;
  for (const Acknowledged& mine : told) all += mine.rows.size() + mine.pairs.size() + mine.groups.size();
  EXPECT_GT(all, 100u);  // there was something to lose
}

TEST(Durability, ADirectoryHasOneServer) {
  Directory directory;
  ServerProcess server(directory.path() + "/data");
  ASSERT_TRUE(server.Start()) << server.log();
  ServerProcess second(server.data());
  second.Spawn();
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(server.log().find("is in use by process " + std::to_string(server.process()) + ", listening on 127.0.0.1:" +
                              std::to_string(server.port())),
            std::string::npos)
      << server.log();
  Client client(server.port());
  EXPECT_EQ(client.Run("SELECT 1"), "1");
  // A killed server leaves no lock behind.
  server.Kill();
  ASSERT_TRUE(second.Start()) << second.log();
}

TEST(Durability, AFullDiskIsAnErrorAndTheServerGoesOn) {
  Directory directory;
  if (kAddressSanitizer) GTEST_SKIP() << "it must be loaded before any other library";
  std::string flag = directory.path() + "/full";
  ServerProcess server(directory.path() + "/data");
  server.environment = {"LD_PRELOAD=" FULL_DISK_LIBRARY, "ALLOD_TEST_DISK_FULL=" + flag};
  ASSERT_TRUE(server.Start()) << server.log();
  Client client(server.port()), other(server.port());
  client.Run("CREATE TABLE t (id int PRIMARY KEY, x text)");
  client.Run("INSERT INTO t VALUES (1, 'a')");
  ASSERT_EQ(client.state(), "") << client.message();
  { std::ofstream out(flag); }
  for (int i = 0; i < 3; ++i) {
    client.Run("INSERT INTO t SELECT n, repeat('x', 5000) FROM generate_series(10, 2000) AS g(n)");
    EXPECT_EQ(client.state(), "53100") << client.message();
    EXPECT_NE(client.message().find("no space left"), std::string::npos) << client.message();
    client.Run("INSERT INTO t VALUES (2, 'b')");
    EXPECT_EQ(client.state(), "53100") << client.message();
    EXPECT_EQ(other.Run("SELECT count(*) FROM t"), "1") << other.message();
  }
  client.Run("BEGIN");
  client.Run("DELETE FROM t");
  client.Run("COMMIT");
  EXPECT_EQ(client.state() == "53100" || client.tag() == "ROLLBACK", true) << client.message();
  EXPECT_EQ(other.Run("SELECT count(*) FROM t"), "1") << other.message();
  std::filesystem::remove(flag);
  client.Run("INSERT INTO t VALUES (2, 'b')");
  EXPECT_EQ(client.state(), "") << client.message();
  EXPECT_EQ(other.Run("SELECT count(*) FROM t"), "2");
  EXPECT_EQ(server.Terminate(), 0);
  ASSERT_TRUE(server.Start()) << server.log();
  Client again(server.port());
  EXPECT_EQ(again.Run("SELECT count(*) FROM t"), "2");
}

TEST(Shutdown, SigtermTellsEveryClientAndEndsWithZero) {
  for (int signal : {SIGTERM, SIGINT}) {
    Directory directory;
    ServerProcess server(directory.path() + "/data");
    ASSERT_TRUE(server.Start()) << server.log();
    Client client(server.port());
    client.Run("CREATE TABLE t (id int PRIMARY KEY)");
    client.Run("BEGIN");
    client.Run("INSERT INTO t VALUES (1)");
    net::testing::TestClient busy(server.port());
    busy.Send(net::testing::Startup());
    busy.Until('Z');
    busy.Send(net::testing::Query("SELECT count(*) FROM generate_series(1, 100000) AS a(x), generate_series(1, 100000) AS b(y)"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(server.Terminate(signal), 0) << server.log();
    busy.Until('.');
    EXPECT_EQ(busy.error.Field('C'), "57P01");
    client.Run("SELECT 1");
    EXPECT_NE(client.state(), "");
    ASSERT_TRUE(server.Start()) << server.log();
    Client after(server.port());
    EXPECT_EQ(after.Run("SELECT count(*) FROM t"), "0");  // what was not committed is not there
  }
}

TEST(Access, TrustIsOnlyForThisMachine) {
  Directory directory;
  for (const char* address : {"0.0.0.0:0", "*:0", "[::]:0"}) {
    ServerProcess server(directory.path() + "/data");
    server.arguments = {"--listen", address, "--auth", "trust"};
    server.Spawn();
    EXPECT_EQ(server.Wait(), 1) << address;
  }
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/data"));
}

TEST(Access, ScramIsTheDefaultAndThePasswordIsTheOwnersAlone) {
  Directory directory;
  ServerProcess server(directory.path() + "/data");
  server.arguments = {"--socket", directory.path()};
  ASSERT_TRUE(server.Start()) << server.log();
  auto mode = [&](const std::string& path) { return std::filesystem::status(path).permissions() & std::filesystem::perms::all; };
  using std::filesystem::perms;
  EXPECT_EQ(mode(server.data()), perms::owner_all);
  EXPECT_EQ(mode(server.data() + "/password"), perms::owner_read | perms::owner_write);
  EXPECT_EQ(mode(server.data() + "/databases/allod.db"), perms::owner_read | perms::owner_write);

  std::string login = "user=allod dbname=allod passfile=" + server.data() + "/password";
  EXPECT_EQ(Client(server.port(), login).Run("SELECT current_user"), "allod");
  EXPECT_FALSE(Client(server.port(), "user=allod dbname=allod password=wrong passfile=/nonexistent").ok());
  EXPECT_FALSE(Client(server.port(), "user=allod dbname=allod passfile=/nonexistent").ok());
  EXPECT_FALSE(Client(server.port(), "user=nobody dbname=allod password=x passfile=/nonexistent").ok());
  PGconn* local = PQconnectdb(("host=" + directory.path() + " port=" + std::to_string(server.port()) + " " + login).c_str());
  EXPECT_EQ(PQstatus(local), CONNECTION_OK) << PQerrorMessage(local);
  PQfinish(local);

  // The password stays the same, and is in no log and no file but its own.
  std::string line = ReadFile(server.data() + "/password");
  std::string password = line.substr(line.rfind(':') + 1, 24);
  server.Terminate();
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(ReadFile(server.data() + "/password"), line);
  EXPECT_TRUE(Client(server.port(), login).ok());
  EXPECT_EQ(server.log().find(password), std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.data())) {
    if (entry.is_regular_file() && entry.path().filename() != "password") {
      EXPECT_EQ(ReadFile(entry.path()).find(password), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
}  // namespace allod::e2e
