// What clients do with COPY and advisory locks over libpq: much data, slow readers, cancelled and broken connections.
#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

class Clients : public ServerFixture {
 protected:
  // The state of the COPY's answer: its command tag, or the SQLSTATE.
  static std::string End(PGconn* connection) {
    std::string answer;
    while (PGresult* result = PQgetResult(connection)) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      answer = state != nullptr ? state : PQcmdStatus(result);
      PQclear(result);
    }
    return answer;
  }
  static bool StartCopy(PGconn* connection, const char* text) {
    PGresult* result = PQexec(connection, text);
    bool started = PQresultStatus(result) == PGRES_COPY_IN || PQresultStatus(result) == PGRES_COPY_OUT;
    PQclear(result);
    return started;
  }
};

TEST_F(Clients, CopiesMuchWithinBoundedMemory) {
  Client client(server.port());
  client.Run("CREATE TABLE big (id int PRIMARY KEY, body text)");
  ASSERT_TRUE(StartCopy(client.get(), "COPY big FROM STDIN"));
  const int rows = 300'000;
  const std::string body(200, 'b');
  for (int i = 0; i < rows; ++i) {
    std::string line = std::to_string(i) + "\t" + body + "\n";
    ASSERT_EQ(PQputCopyData(client.get(), line.data(), static_cast<int>(line.size())), 1);
  }
  ASSERT_EQ(PQputCopyEnd(client.get(), nullptr), 1);
  EXPECT_EQ(End(client.get()), "COPY 300000");
  // 60 MB have come, and go to a reader that takes them late.
  ASSERT_TRUE(StartCopy(client.get(), "COPY big TO STDOUT (FORMAT binary)"));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  if (!kAddressSanitizer) {
    EXPECT_LT(server.resident_bytes(), 220l << 20);
  }
  size_t bytes = 0;
  char* row = nullptr;
  for (int size; (size = PQgetCopyData(client.get(), &row, 0)) > 0;) {
    bytes += static_cast<size_t>(size);
    PQfreemem(row);
  }
  EXPECT_EQ(bytes, 19u + rows * (2u + 4 + 4 + 4 + 200) + 2);
  EXPECT_EQ(End(client.get()), "COPY 300000");
}

TEST_F(Clients, BinaryGoesOutAndComesBack) {
  Client client(server.port());
  client.Run("CREATE TABLE a (i int, t text, n numeric, d timestamptz, u uuid, f float8, b bytea, arr int[])");
  client.Run("INSERT INTO a VALUES (1, 'x', 12.345, '2024-02-29 12:00+00', '00000000-0000-0000-0000-000000000001', 1.5, '\\x00ff', '{1,NULL}'),"
             "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
  client.Run("CREATE TABLE b (LIKE a)");
  ASSERT_TRUE(StartCopy(client.get(), "COPY a TO STDOUT (FORMAT binary)"));
  std::string all;
  char* row = nullptr;
  for (int size; (size = PQgetCopyData(client.get(), &row, 0)) > 0;) {
    all.append(row, static_cast<size_t>(size));
    PQfreemem(row);
  }
  EXPECT_EQ(End(client.get()), "COPY 2");
  ASSERT_TRUE(StartCopy(client.get(), "COPY b FROM STDIN (FORMAT binary)"));
  for (char c : all) ASSERT_EQ(PQputCopyData(client.get(), &c, 1), 1);
  ASSERT_EQ(PQputCopyEnd(client.get(), nullptr), 1);
  EXPECT_EQ(End(client.get()), "COPY 2");
  EXPECT_EQ(client.Run("SELECT count(*) FROM (SELECT * FROM a EXCEPT SELECT * FROM b) AS x"), "0");
}

TEST_F(Clients, ACopyThatWaitsForItsClientCanBeCancelled) {
  Client client(server.port());
  client.Run("CREATE TABLE t (i int)");
  ASSERT_TRUE(StartCopy(client.get(), "COPY t FROM STDIN"));
  PGcancel* cancel = PQgetCancel(client.get());
  char error[256];
  ASSERT_EQ(PQcancel(cancel, error, sizeof(error)), 1) << error;
  PQfreeCancel(cancel);
  // libpq hears of it when it ends the copy.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  PQputCopyEnd(client.get(), nullptr);
  EXPECT_EQ(End(client.get()), "57014");
  EXPECT_EQ(client.Run("SELECT count(*) FROM t"), "0");
  client.Run("SET statement_timeout = '150ms'");
  ASSERT_TRUE(StartCopy(client.get(), "COPY t FROM STDIN"));
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  PQputCopyEnd(client.get(), nullptr);
  EXPECT_EQ(End(client.get()), "57014");
}

TEST_F(Clients, ASlowCopyDoesNotKeepOthersFromWriting) {
  Client slow(server.port()), other(server.port());
  other.Run("CREATE TABLE t (i int)");
  ASSERT_TRUE(StartCopy(slow.get(), "COPY t FROM STDIN"));
  ASSERT_EQ(PQputCopyData(slow.get(), "1\n", 2), 1);
  PQflush(slow.get());
  other.Run("SET lock_timeout = '2s'");
  EXPECT_EQ(other.Run("INSERT INTO t VALUES (2)"), "");
  ASSERT_EQ(PQputCopyEnd(slow.get(), nullptr), 1);
  EXPECT_EQ(End(slow.get()), "COPY 1");
  EXPECT_EQ(other.Run("SELECT count(*) FROM t"), "2");
}

TEST_F(Clients, AnAdvisoryLockThatIsWaitedForCanBeCancelled) {
  Client holder(server.port()), waiter(server.port());
  holder.Run("SELECT pg_advisory_lock(7)");
  ASSERT_EQ(PQsendQuery(waiter.get(), "SELECT pg_advisory_lock(7)"), 1);
  EXPECT_TRUE(Eventually([&] { return holder.Run("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"; }));
  PGcancel* cancel = PQgetCancel(waiter.get());
  char error[256];
  ASSERT_EQ(PQcancel(cancel, error, sizeof(error)), 1) << error;
  PQfreeCancel(cancel);
  EXPECT_EQ(End(waiter.get()), "57014");
  EXPECT_EQ(holder.Run("SELECT count(*) FROM pg_locks WHERE NOT granted"), "0");
  // Many wait, each gets it in turn.
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(std::make_unique<Client>(server.port()));
    ASSERT_EQ(PQsendQuery(crowd.back()->get(), "BEGIN; SELECT pg_advisory_xact_lock(7); COMMIT"), 1);
  }
  EXPECT_TRUE(Eventually([&] { return holder.Run("SELECT count(*) FROM pg_locks WHERE NOT granted") == "200"; }));
  holder.Run("SELECT pg_advisory_unlock_all()");
  for (auto& one : crowd) EXPECT_EQ(End(one->get()), "COMMIT");
}

TEST_F(Clients, AnIdleSessionEnds) {
  Client client(server.port());
  client.Run("SET idle_session_timeout = '100ms'");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  PQclear(PQexec(client.get(), "SELECT 1"));
  EXPECT_FALSE(client.ok());
}

TEST_F(Clients, WhoWaitsToWriteIsVisible) {
  Client holder(server.port()), waiter(server.port()), observer(server.port());
  holder.Run("CREATE TABLE t (id int PRIMARY KEY)");
  holder.Run("BEGIN");
  holder.Run("INSERT INTO t VALUES (1)");
  auto statistic = [&](const std::string& name) {
    PGresult* result = PQexec(observer.get(), "SHOW allod.statistics");
    std::string value;
    for (int i = 0; i < PQntuples(result); ++i) {
      if (PQgetvalue(result, i, 0) == name) value = PQgetvalue(result, i, 1);
    }
    PQclear(result);
    return value;
  };
  EXPECT_EQ(statistic("sessions"), "3");
  EXPECT_EQ(statistic("sessions_waiting_to_write"), "0");
  ASSERT_EQ(PQsendQuery(waiter.get(), "INSERT INTO t VALUES (2)"), 1);
  for (int i = 0; i < 500 && statistic("sessions_waiting_to_write") == "0"; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(statistic("sessions_waiting_to_write"), "1");
  holder.Run("COMMIT");
  EXPECT_EQ(End(waiter.get()), "INSERT 0 1");
  EXPECT_EQ(statistic("sessions_waiting_to_write"), "0");
}

}  // namespace
}  // namespace allod::e2e
