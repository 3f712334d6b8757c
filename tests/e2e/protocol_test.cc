// The wire protocol of the whole server, message by message.
#include <map>

#include "e2e/server_process.h"
#include "base/types.h"
#include "net/test_client.h"

namespace allod::e2e {
namespace {

using namespace net::testing;

class Protocol : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    client = std::make_unique<TestClient>(server.port());
    client->Send(Startup());
    client->Until('Z');
  }
  std::string Ask(const std::string& messages) {
    client->Send(messages);
    return client->Until('Z');
  }
  std::unique_ptr<TestClient> client;
};

TEST_F(Protocol, GreetsWithWhatDriversWaitFor) {
  TestClient other(server.port());
  other.Send(Startup({"user", "allod", "database", "allod", "application_name", "greeting", "TimeZone", "Europe/Berlin", "options",
                      "-c extra_float_digits=2 -c DateStyle=German"}));
  std::map<std::string, std::string> parameters;
  for (;;) {
    Received message = other.Receive();
    ASSERT_NE(message.type, 0);
    if (message.type == 'Z') break;
    if (message.type != 'S') continue;
    size_t end = message.body.find('\0');
    parameters[message.body.substr(0, end)] = message.body.substr(end + 1, message.body.size() - end - 2);
  }
  for (const char* name : {"server_version", "server_encoding", "client_encoding", "application_name", "is_superuser", "session_authorization",
                           "DateStyle", "IntervalStyle", "TimeZone", "integer_datetimes", "standard_conforming_strings", "in_hot_standby",
                           "default_transaction_read_only"}) {
    EXPECT_TRUE(parameters.contains(name)) << name;
  }
  EXPECT_EQ(parameters["server_version"].substr(0, 2), "15");
  EXPECT_EQ(parameters["client_encoding"], "UTF8");
  EXPECT_EQ(parameters["application_name"], "greeting");
  EXPECT_EQ(parameters["TimeZone"], "Europe/Berlin");
  EXPECT_EQ(parameters["DateStyle"].substr(0, 6), "German");
  EXPECT_EQ(parameters["is_superuser"], "on");
  // RESET goes back to what the startup packet said.
  other.Send(Query("SET TimeZone = 'UTC'"));
  EXPECT_EQ(other.Until('Z').find('S') != std::string::npos, true);
  other.Send(Query("RESET TimeZone"));
  other.Until('Z');
  // The process that BackendKeyData names is the one that SQL names.
  ASSERT_EQ(other.key.size(), 8u);
  uint32_t process = 0;
  for (int i = 0; i < 4; ++i) process = process << 8 | static_cast<unsigned char>(other.key[static_cast<size_t>(i)]);
  other.Send(Query("SELECT pg_backend_pid()"));
  EXPECT_EQ(other.Receive().type, 'T');
  EXPECT_EQ(other.Receive().body.substr(6), std::to_string(process));
  other.Until('Z');
  Client check(server.port(), "user=allod dbname=allod options='-c TimeZone=Europe/Berlin'");
  EXPECT_EQ(check.Run("SHOW TimeZone"), "Europe/Berlin");
  check.Run("SET TimeZone = 'UTC'");
  check.Run("RESET ALL");
  EXPECT_EQ(check.Run("SHOW TimeZone"), "Europe/Berlin");
}

TEST_F(Protocol, StatusBytes) {
  auto status = [&](const std::string& text) {
    Ask(Query(text));
    return client->status;
  };
  EXPECT_EQ(status("SELECT 1"), 'I');
  EXPECT_EQ(status("BEGIN"), 'T');
  EXPECT_EQ(status("SELECT 1"), 'T');
  EXPECT_EQ(status("SELECT 1/0"), 'E');
  EXPECT_EQ(status("SELECT 1"), 'E');
  EXPECT_EQ(client->error.Field('C'), "25P02");
  EXPECT_EQ(status("COMMIT"), 'I');
  EXPECT_EQ(status("BEGIN"), 'T');
  EXPECT_EQ(status("SAVEPOINT a"), 'T');
  EXPECT_EQ(status("SELECT nonsense"), 'E');
  EXPECT_EQ(status("ROLLBACK TO a"), 'T');
  EXPECT_EQ(status("COMMIT"), 'I');
  EXPECT_EQ(status("CTX START"), 'T');
  EXPECT_EQ(status("CTX ROLLBACK"), 'I');
}

TEST_F(Protocol, CommandTags) {
  auto tag = [&](const std::string& text) {
    client->Send(Query(text));
    std::string last;
    for (;;) {
      Received message = client->Receive();
      if (message.type == 0 || message.type == 'Z') return last;
      if (message.type == 'C') last = message.body.substr(0, message.body.size() - 1);
      if (message.type == 'E') last = message.Field('C') + " " + message.Field('M');
    }
  };
  EXPECT_EQ(tag("CREATE TABLE t (a int PRIMARY KEY, b text)"), "CREATE TABLE");
  EXPECT_EQ(tag("INSERT INTO t VALUES (1, 'a'), (2, 'b')"), "INSERT 0 2");
  EXPECT_EQ(tag("UPDATE t SET b = 'c'"), "UPDATE 2");
  EXPECT_EQ(tag("SELECT * FROM t"), "SELECT 2");
  EXPECT_EQ(tag("BEGIN"), "BEGIN");
  EXPECT_EQ(tag("DELETE FROM t WHERE a = 1"), "DELETE 1");
  EXPECT_EQ(tag("SELECT 1/0"), "22012 division by zero");
  EXPECT_EQ(tag("COMMIT"), "ROLLBACK");
  EXPECT_EQ(tag("SELECT count(*) FROM t"), "SELECT 1");
  EXPECT_EQ(tag("SET TimeZone = 'UTC'"), "SET");
  EXPECT_EQ(tag("DROP TABLE t"), "DROP TABLE");
}

TEST_F(Protocol, OneQueryMessageIsOneTransaction) {
  Ask(Query("CREATE TABLE t (a int PRIMARY KEY)"));
  EXPECT_EQ(Ask(Query("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)")), "CCEZ");
  EXPECT_EQ(client->error.Field('C'), "23505");
  EXPECT_EQ(client->error.Field('t'), "t");
  EXPECT_EQ(client->error.Field('n'), "t_pkey");
  client->rows = 0;
  Ask(Query("SELECT * FROM t"));
  EXPECT_EQ(client->rows, 0);
  // A transaction command inside splits it.
  EXPECT_EQ(Ask(Query("INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (1)")).back(), 'Z');
  Ask(Query("SELECT * FROM t"));
  EXPECT_EQ(client->rows, 1);
}

TEST_F(Protocol, AnOrphanIsTheStatementsErrorInBothProtocols) {
  Ask(Query("CREATE DATA_SUBJECT TABLE users (id int PRIMARY KEY)"));
  Ask(Query("CREATE TABLE groups (id int PRIMARY KEY)"));
  Ask(Query("CREATE TABLE members (id int PRIMARY KEY, u int OWNED_BY users(id), g int OWNS groups(id))"));
  EXPECT_EQ(Ask(Query("INSERT INTO groups VALUES (1)")), "EZ");
  EXPECT_EQ(client->error.Field('C'), "23A01");
  EXPECT_EQ(Ask(Parse("", "INSERT INTO groups VALUES (1)") + Bind("", "") + Execute("") + Sync()), "12EZ");
  EXPECT_EQ(client->error.Field('C'), "23A01");
  Ask(Query("SELECT * FROM groups"));
  EXPECT_EQ(client->rows, 0);
}

TEST_F(Protocol, DescribesBeforeItExecutes) {
  Ask(Query("CREATE TABLE t (a int PRIMARY KEY, b varchar(20), c numeric(10,2), d timestamptz)"));
  client->Send(Parse("s", "SELECT a, b, c, d, count(*) AS n, a = 1 AS yes FROM t WHERE a = $1 AND b = $2 GROUP BY a, b, c, d") +
               Describe('S', "s") + Sync());
  EXPECT_EQ(client->Receive().type, '1');
  EXPECT_EQ(client->Receive().body.substr(0, 6), Int16(2) + Int32(23));
  std::string rows = client->Receive().body;
  auto has = [&](const std::string& name, int attnum, Oid oid, int length, int typmod) {
    std::string tail = Int16(attnum) + Int32(oid) + Int16(length) + Int32(typmod) + Int16(0);
    size_t at = rows.find(Text(name));
    return at != std::string::npos && rows.substr(at + name.size() + 5, tail.size()) == tail;
  };
  EXPECT_TRUE(has("a", 1, 23, 4, -1));
  EXPECT_TRUE(has("b", 2, 1043, -1, 24));
  EXPECT_TRUE(has("c", 3, 1700, -1, ((10 << 16) | 2) + 4));
  EXPECT_TRUE(has("d", 4, 1184, 8, -1));
  EXPECT_TRUE(has("n", 0, 20, 8, -1));
  EXPECT_TRUE(has("yes", 0, 16, 1, -1));
  client->Until('Z');
}

TEST_F(Protocol, BinaryFormatBothWays) {
  std::string message = Text("") + Text("") + Int16(1) + Int16(1) + Int16(2) + Int32(4) + Int32(7) + Int32(8) + Int32(0) + Int32(9) +
                        Int16(1) + Int16(1);
  client->Send(Parse("", "SELECT $1::int4 + 1, $2::int8 * 2, true, 'x'::text") + Message('B', message) + Execute("") + Sync());
  EXPECT_EQ(client->Until('2'), "12");
  EXPECT_EQ(client->Receive().body, Int16(4) + Int32(4) + Int32(8) + Int32(8) + Int32(0) + Int32(18) + Int32(1) + "\x01" + Int32(1) + "x");
  EXPECT_EQ(client->Until('Z'), "CZ");
}

TEST_F(Protocol, PipelinesManyStatements) {
  Ask(Query("CREATE TABLE t (a int PRIMARY KEY)"));
  std::string batch = Parse("i", "INSERT INTO t VALUES ($1)");
  for (int i = 0; i < 500; ++i) batch += Bind("", "i", {std::to_string(i)}) + Execute("") + Sync();
  batch += Bind("", "i", {"7"}) + Execute("") + Bind("", "i", {"1000"}) + Execute("") + Sync();  // fails, skips
  batch += Bind("", "i", {"1001"}) + Execute("") + Sync();
  client->Send(batch);
  EXPECT_EQ(client->Until('Z'), "12CZ");
  for (int i = 1; i < 500; ++i) ASSERT_EQ(client->Until('Z'), "2CZ") << i;
  EXPECT_EQ(client->Until('Z'), "2EZ");
  EXPECT_EQ(client->error.Field('C'), "23505");
  EXPECT_EQ(client->Until('Z'), "2CZ");
  Client check(server.port());
  EXPECT_EQ(check.Run("SELECT count(*) FROM t"), "501");
}

TEST_F(Protocol, PortalsSuspendAndResume) {
  EXPECT_EQ(Ask(Parse("", "SELECT n FROM generate_series(1, 5) AS g(n)") + Bind("a", "") + Bind("b", "") + Execute("a", 2) +
                Execute("b", 4) + Execute("a", 2) + Execute("a", 2) + Sync()),
            "122DDsDDDDsDDsDCZ");
  // They end with their transaction.
  EXPECT_EQ(Ask(Execute("b", 1) + Sync()), "EZ");
  EXPECT_EQ(client->error.Field('C'), "34000");
  EXPECT_EQ(Ask(Query("BEGIN")), "CZ");
  EXPECT_EQ(Ask(Parse("", "SELECT n FROM generate_series(1, 3) AS g(n)") + Bind("c", "") + Execute("c", 1) + Sync()), "12DsZ");
  EXPECT_EQ(Ask(Execute("c", 1) + Sync()), "DsZ");
  EXPECT_EQ(Ask(Execute("c") + Sync()), "DCZ");
  EXPECT_EQ(Ask(Query("COMMIT")), "CZ");
}

TEST_F(Protocol, StatementsAndPortalsHaveTheirLifetimes) {
  EXPECT_EQ(Ask(Parse("s", "SELECT 1") + Parse("s", "SELECT 2") + Sync()), "1EZ");
  EXPECT_EQ(client->error.Field('C'), "42P05");
  EXPECT_EQ(Ask(Parse("", "SELECT 1") + Parse("", "SELECT 2") + Sync()), "11Z");
  EXPECT_EQ(Ask(Close('S', "s") + Close('S', "never") + Close('P', "never") + Sync()), "333Z");
  EXPECT_EQ(Ask(Bind("", "s") + Sync()), "EZ");
  EXPECT_EQ(client->error.Field('C'), "26000");
  EXPECT_EQ(Ask(Parse("", "SELECT 1") + Sync() + Query("SELECT 2")), "1Z");
  client->Until('Z');
  EXPECT_EQ(Ask(Bind("", "") + Sync()), "EZ");  // a Query ends the unnamed statement
  EXPECT_EQ(Ask(Parse("", "") + Bind("", "") + Describe('P', "") + Execute("") + Sync()), "12nIZ");
  // Prepared by SQL, used by the protocol.
  EXPECT_EQ(Ask(Query("PREPARE p AS SELECT 7")), "CZ");
  EXPECT_EQ(Ask(Bind("", "p") + Execute("") + Sync()), "2DCZ");
  EXPECT_EQ(Ask(Parse("q", "SELECT 8") + Sync()), "1Z");
  EXPECT_EQ(Ask(Query("EXECUTE q")), "TDCZ");
}

TEST_F(Protocol, SettingsThatChangeAreReported) {
  EXPECT_NE(Ask(Query("SET application_name = 'other'")).find('S'), std::string::npos);
  EXPECT_NE(Ask(Query("SET DateStyle = 'German'")).find('S'), std::string::npos);
}

TEST_F(Protocol, CopyInBothProtocols) {
  Ask(Query("CREATE TABLE t (a int)"));
  client->Send(Query("COPY t FROM STDIN"));
  EXPECT_EQ(client->Until('G'), "G");
  EXPECT_EQ(Ask(Message('d', "1\n2") + Message('d', "\n3\n") + Message('c', "")), "CZ");
  // A driver sends Sync with the Execute, and again behind the data.
  client->Send(Parse("", "COPY t FROM STDIN") + Bind("", "") + Describe('P', "") + Execute("") + Sync());
  EXPECT_EQ(client->Until('G'), "12nG");
  EXPECT_EQ(Ask(Message('d', "4\n") + Message('H', "") + Message('c', "") + Sync()), "CZ");
  EXPECT_EQ(Ask(Query("COPY t TO STDOUT")), "HddddcCZ");
  EXPECT_EQ(Ask(Parse("", "COPY t TO STDOUT") + Bind("", "") + Describe('P', "") + Execute("") + Sync()), "12nHddddcCZ");
}

TEST_F(Protocol, CopyThatFailsIsAnsweredOnceAndTheConnectionGoesOn) {
  Ask(Query("CREATE TABLE t (a int)"));
  EXPECT_EQ(Ask(Query("COPY nothing FROM STDIN")), "EZ");
  client->Send(Message('d', "1\n") + Message('c', ""));  // too late: ignored
  EXPECT_EQ(Ask(Query("SELECT 1")), "TDCZ");
  client->Send(Query("COPY t FROM STDIN"));
  client->Until('G');
  EXPECT_EQ(Ask(Message('f', Text("no more"))), "EZ");
  EXPECT_EQ(client->error.Field('C'), "57014");
  EXPECT_EQ(client->error.Field('M'), "COPY from stdin failed: no more");
  client->Send(Query("COPY t FROM STDIN"));
  client->Until('G');
  EXPECT_EQ(Ask(Query("SELECT 1")), "EZ");  // nothing but COPY's messages may come
  EXPECT_EQ(client->error.Field('C'), "08P01");
  client->Send(Parse("", "COPY t FROM STDIN") + Bind("", "") + Execute("") + Sync());
  client->Until('G');
  EXPECT_EQ(Ask(Message('d', "x\n") + Message('c', "") + Sync()), "EZ");
  EXPECT_EQ(client->error.Field('W'), "COPY t, line 1, column a: \"x\"");
  EXPECT_EQ(Ask(Query("COPY t TO STDOUT")), "HcCZ");
  // A client that leaves in the middle leaves nothing behind.
  client->Send(Query("COPY t FROM STDIN"));
  client->Until('G');
  client->Send(Message('d', "1\n") + Message('X', ""));
  Client other(server.port());
  EXPECT_EQ(other.Run("SELECT count(*) FROM t"), "0");
}

TEST_F(Protocol, NotificationsComeToAnIdleClient) {
  Ask(Query("LISTEN news"));
  Client other(server.port());
  other.Run("NOTIFY news, 'x'");
  EXPECT_EQ(client->Until('A'), "A");
}

}  // namespace
}  // namespace allod::e2e
