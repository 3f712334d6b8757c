#include "net/server.h"

#include <gtest/gtest.h>

#include <sys/un.h>

#include "net/fake_session.h"
#include "net/test_client.h"

namespace allod::net {
namespace {

using namespace testing;

class ServerTest : public ::testing::Test {
 protected:
  void Start(AuthMethod auth = AuthMethod::kTrust, ServerOptions options = {}) {
    options.listen = {{"127.0.0.1", 0}};
    options.auth = auth;
    options.threads = 2;
    auto server = Server::Start(options, backend_);
    ASSERT_TRUE(server.ok()) << server.status().error().message;
    server_ = *std::move(server);
  }
  std::unique_ptr<TestClient> Connect() {
    auto client = std::make_unique<TestClient>(server_->port());
    client->Send(Startup());
    EXPECT_EQ(client->Until('Z'), "RSSKZ");
    return client;
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  FakeBackend backend_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, SimpleQuery) {
  Start();
  auto client = Connect();
  client->Send(Query("rows 2"));
  EXPECT_EQ(client->Until('Z'), "TDDCZ");
  EXPECT_EQ(client->status, 'I');
  client->Send(Query(""));
  EXPECT_EQ(client->Until('Z'), "IZ");
  client->Send(Query("rows 1; notice; rows 0; set x y"));
  EXPECT_EQ(client->Until('Z'), "TDCNCTCSCZ");
}

TEST_F(ServerTest, RowDescriptionAndDataRowAreExact) {
  Start();
  auto client = Connect();
  client->Send(Query("rows 1"));
  Received description = client->Receive();
  EXPECT_EQ(description.body, Int16(2) + Text("n") + Int32(16384) + Int16(1) + Int32(23) + Int16(4) + Int32(-1) + Int16(0) +
                                  Text("t") + Int32(0) + Int16(0) + Int32(25) + Int16(-1) + Int32(-1) + Int16(0));
  EXPECT_EQ(client->Receive().body, Int16(2) + Int32(1) + "1" + Int32(1) + "x");
  EXPECT_EQ(client->Receive().body, Text("SELECT 1"));
  EXPECT_EQ(client->Receive().body, "I");
}

TEST_F(ServerTest, ErrorsEndAScriptAndNameEverything) {
  Start();
  auto client = Connect();
  client->Send(Query("rows 1; fail; rows 1"));
  EXPECT_EQ(client->Until('Z'), "TDCEZ");
  EXPECT_EQ(client->error.Field('S'), "ERROR");
  EXPECT_EQ(client->error.Field('V'), "ERROR");
  EXPECT_EQ(client->error.Field('C'), "22012");
  EXPECT_EQ(client->error.Field('M'), "division by zero");
  EXPECT_EQ(client->error.Field('D'), "a detail");
  EXPECT_EQ(client->error.Field('H'), "a hint");
}

TEST_F(ServerTest, ACommitThatFailsTakesTheLastCompletionBack) {
  Start();
  auto client = Connect();
  client->Send(Query("failcommit"));
  EXPECT_EQ(client->Until('Z'), "EZ");
  EXPECT_EQ(client->error.Field('C'), "23A01");
  client->Send(Query("rows 1; failcommit"));
  EXPECT_EQ(client->Until('Z'), "TDCEZ");
  client->Send(Parse("", "failcommit") + Bind("", "") + Execute("") + Sync());
  EXPECT_EQ(client->Until('Z'), "12EZ");
}

TEST_F(ServerTest, TransactionStatus) {
  Start();
  auto client = Connect();
  client->Send(Query("begin"));
  EXPECT_EQ(client->Until('Z'), "CZ");
  EXPECT_EQ(client->status, 'T');
  client->Send(Query("fail"));
  client->Until('Z');
  EXPECT_EQ(client->status, 'E');
  client->Send(Query("rows 1"));
  client->Until('Z');
  EXPECT_EQ(client->error.Field('C'), "25P02");
  client->Send(Query("rollback"));
  client->Until('Z');
  EXPECT_EQ(client->status, 'I');
  // An error of this layer fails the transaction too.
  client->Send(Query("begin"));
  client->Until('Z');
  client->Send(Bind("", "nowhere") + Sync());
  EXPECT_EQ(client->Until('Z'), "EZ");
  EXPECT_EQ(client->status, 'E');
}

TEST_F(ServerTest, ExtendedQuery) {
  Start();
  auto client = Connect();
  client->Send(Parse("s", "echo") + Describe('S', "s") + Bind("", "s", {"42", "abc"}, {1, 0}) + Describe('P', "") + Execute("") +
               Sync());
  EXPECT_EQ(client->Receive().type, '1');
  EXPECT_EQ(client->Receive().body, Int16(2) + Int32(23) + Int32(25));
  EXPECT_EQ(client->Receive().type, 'T');
  EXPECT_EQ(client->Receive().type, '2');
  Received description = client->Receive();
  EXPECT_EQ(description.type, 'T');
  EXPECT_NE(description.body.find(Int32(23) + Int16(4) + Int32(-1) + Int16(1)), std::string::npos);
  EXPECT_EQ(client->Receive().body, Int16(2) + Int32(4) + Int32(42) + Int32(3) + "abc");
  EXPECT_EQ(client->Until('Z'), "CZ");
}

TEST_F(ServerTest, BindChecksItsCounts) {
  Start();
  auto client = Connect();
  auto fails = [&](const std::string& messages, std::string_view code) {
    client->Send(messages + Sync());
    client->Until('Z');
    EXPECT_EQ(client->error.Field('C'), code);
    client->error = {};
  };
  fails(Parse("", "echo") + Bind("", "", {"1"}), "08P01");
  fails(Parse("", "echo") + Bind("", "", {"1", "a"}, {0, 0, 0}), "08P01");
  fails(Parse("", "echo") + Bind("", "", {"1", "a"}, {2}), "22023");
  fails(Parse("", "echo") + Bind("", "", {"1", "\xff"}), "22021");
  fails(Parse("", "echo") + Bind("", "", {"x", "a"}), "22P02");
  fails(Parse("", "bad"), "42601");
  fails(Bind("", "none"), "26000");
  fails(Execute("none"), "34000");
  fails(Describe('X', ""), "08P01");
  fails(Parse("a", "rows 1") + Parse("a", "rows 1"), "42P05");
}

TEST_F(ServerTest, SkipsToSyncAfterAnError) {
  Start();
  auto client = Connect();
  client->Send(Parse("", "bad") + Bind("", "") + Execute("") + Query("rows 1") + Sync() + Query("rows 1"));
  EXPECT_EQ(client->Until('Z'), "EZ");
  EXPECT_EQ(client->Until('Z'), "TDCZ");
}

TEST_F(ServerTest, PortalsSuspendAtTheirRowLimit) {
  Start();
  auto client = Connect();
  client->Send(Parse("", "rows 5") + Bind("a", "") + Bind("b", "") + Execute("a", 2) + Execute("b", 3) + Execute("a", 2) +
               Execute("a", 2) + Execute("b") + Close('P', "a") + Sync());
  EXPECT_EQ(client->Until('Z'), "122DDsDDDsDDsDCDDC3Z");
}

TEST_F(ServerTest, FlushSendsWithoutEndingTheTransaction) {
  Start();
  auto client = Connect();
  client->Send(Parse("", "rows 1") + Message('H', ""));
  EXPECT_EQ(client->Until('1'), "1");
  client->Send(Bind("", "") + Describe('P', "") + Execute("") + Message('H', ""));
  EXPECT_EQ(client->Until('C'), "2TDC");
  client->Send(Sync());
  EXPECT_EQ(client->Until('Z'), "Z");
  client->Send(Parse("", "begin") + Describe('S', "") + Sync());
  EXPECT_EQ(client->Until('Z'), "1tnZ");
}

TEST_F(ServerTest, LargeResultsPassThroughABoundedBuffer) {
  Start();
  auto client = Connect();
  client->Send(Query("rows 3000 10000"));  // 30 MB
  client->Until('Z');
  EXPECT_EQ(client->rows, 3000);
  client->rows = 0;
  client->Send(Parse("", "rows 3000 10000") + Bind("", "") + Execute("", 2000) + Execute("", 2000) + Sync());
  client->Until('s');
  EXPECT_EQ(client->rows, 2000);
  client->Until('Z');
  EXPECT_EQ(client->rows, 3000);
}

TEST_F(ServerTest, PipelinedWritesWaitOnceForTheDisk) {
  Start();
  auto client = Connect();
  backend_.fake.hold_sync = true;
  std::string batch;
  for (int i = 0; i < 50; ++i) batch += Parse("", "write") + Bind("", "") + Execute("") + Sync();
  client->Send(batch);
  ASSERT_TRUE(Eventually([&] { return backend_.fake.syncing() == 1 && backend_.fake.VisibleNumber() == 50; }));
  EXPECT_EQ(client->Receive(100).type, 0);
  EXPECT_TRUE(client->timed_out());  // nothing is told before it is durable
  backend_.fake.ReleaseSync();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client->Until('Z'), "12CZ");
}

TEST_F(ServerTest, WaitsForTheTurnWithoutAThread) {
  Start();
  auto holder = Connect();
  holder->Send(Query("begin; write"));
  holder->Until('Z');
  std::vector<std::unique_ptr<TestClient>> waiters;
  for (int i = 0; i < 20; ++i) {
    waiters.push_back(Connect());
    waiters.back()->Send(Query("write"));
  }
  ASSERT_TRUE(Eventually([&] { return backend_.fake.statistics().writers_waiting == 20; }));
  auto reader = Connect();
  reader->Send(Query("rows 1"));
  EXPECT_EQ(reader->Until('Z'), "TDCZ");
  // A client that leaves is taken out of the line.
  waiters[3]->Disconnect();
  ASSERT_TRUE(Eventually([&] { return backend_.fake.statistics().writers_waiting == 19; }));
  // So is one that cancels.
  TestClient cancel(server_->port());
  cancel.Send(StartupBody(Int32((1234 << 16) | 5678) + waiters[5]->key));
  EXPECT_EQ(waiters[5]->Until('Z'), "EZ");
  EXPECT_EQ(waiters[5]->error.Field('C'), "57014");
  holder->Send(Query("commit"));
  holder->Until('Z');
  for (size_t i = 0; i < waiters.size(); ++i) {
    if (i != 3 && i != 5) {
      EXPECT_EQ(waiters[i]->Until('Z'), "CZ");
    }
  }
}

TEST_F(ServerTest, APipelinesAnswersDoNotWaitForTheTurn) {
  Start();
  auto holder = Connect();
  holder->Send(Query("begin; write"));
  holder->Until('Z');
  const std::string read = Parse("", "rows 1") + Bind("", "") + Execute(""), write = Parse("", "write") + Bind("", "") + Execute("");
  auto client = Connect();
  client->Send(read + Sync() + read + write + Sync());
  EXPECT_EQ(client->Until('Z'), "12DCZ");
  EXPECT_EQ(client->Until('C'), "12DC");
  EXPECT_EQ(client->Until('2'), "12");
  EXPECT_EQ(client->Receive(100).type, 0);
  EXPECT_TRUE(client->timed_out());
  holder->Send(Query("commit"));
  holder->Until('Z');
  EXPECT_EQ(client->Until('Z'), "CZ");
}

TEST_F(ServerTest, APipelinesAnswersWaitForTheDiskButNotForTheTurn) {
  Start();
  auto first = Connect(), second = Connect(), client = Connect();
  auto waiting = [&](size_t count) {
    return Eventually([&] { return backend_.fake.statistics().writers_waiting == count; });
  };
  first->Send(Query("begin; write"));
  first->Until('Z');
  const std::string write = Parse("", "write") + Bind("", "") + Execute("") + Sync();
  client->Send(write + write);
  ASSERT_TRUE(waiting(1));
  EXPECT_EQ(client->Until('2'), "12");
  second->Send(Query("begin; write"));
  ASSERT_TRUE(waiting(2));
  backend_.fake.hold_sync = true;
  first->Send(Query("rollback"));
  // The client's first write is done and not durable; its second stands behind `second`, which is told later as well.
  ASSERT_TRUE(Eventually([&] { return backend_.fake.VisibleNumber() == 1 && backend_.fake.syncing() >= 1; }));
  ASSERT_TRUE(waiting(1));
  EXPECT_EQ(client->Receive(100).type, 0);
  EXPECT_TRUE(client->timed_out());
  backend_.fake.ReleaseSync();
  EXPECT_EQ(client->Until('Z'), "CZ");
  EXPECT_EQ(client->Until('2'), "12");
  second->Until('Z');
  second->Send(Query("rollback"));
  second->Until('Z');
  EXPECT_EQ(client->Until('Z'), "CZ");
  // A turn that comes before the disk is used at once: both commits are told by one sync.
  backend_.fake.hold_sync = true;
  client->Send(write + write);
  ASSERT_TRUE(Eventually([&] { return backend_.fake.VisibleNumber() == 4; }));
  backend_.fake.ReleaseSync();
  EXPECT_EQ(client->Until('Z'), "12CZ");
  EXPECT_EQ(client->Until('Z'), "12CZ");
}

TEST_F(ServerTest, CancelEndsTheRunningStatementOnly) {
  Start();
  auto client = Connect();
  auto cancel = [&](const std::string& key) {
    TestClient other(server_->port());
    other.Send(StartupBody(Int32((1234 << 16) | 5678) + key));
    EXPECT_EQ(other.Until('Z'), ".");  // closed without a word
  };
  client->Send(Query("sleep"));
  std::string wrong = client->key;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  cancel(wrong);
  EXPECT_EQ(client->Receive(200).type, 0);
  cancel(client->key);
  EXPECT_EQ(client->Until('Z'), "EZ");
  EXPECT_EQ(client->error.Field('C'), "57014");
  cancel(client->key);  // nothing is running: the next statement is not hit
  client->Send(Query("rows 1"));
  EXPECT_EQ(client->Until('Z'), "TDCZ");
}

TEST_F(ServerTest, LongStatementsDoNotHoldUpTheOthers) {
  Start();
  std::vector<std::unique_ptr<TestClient>> sleepers;
  for (int i = 0; i < 5; ++i) {  // more than there are threads
    sleepers.push_back(Connect());
    sleepers.back()->Send(Query("sleep"));
  }
  auto client = Connect();
  client->Send(Query("rows 1"));
  EXPECT_EQ(client->Until('Z'), "TDCZ");
  server_->Stop();
  EXPECT_EQ(sleepers[0]->Until('.').back(), '.');
}

TEST_F(ServerTest, IdleInTransactionTimeout) {
  Start();
  auto client = Connect();
  client->Send(Query("set idle 200; begin"));
  client->Until('Z');
  EXPECT_EQ(client->Until('.'), "E.");
  EXPECT_EQ(client->error.Field('C'), "25P03");
  EXPECT_EQ(client->error.Field('S'), "FATAL");
}

TEST_F(ServerTest, StatementTimeout) {
  Start();
  auto client = Connect();
  auto holder = Connect();
  client->Send(Query("set statement 100"));
  client->Until('Z');
  client->Send(Query("sleep"));
  EXPECT_EQ(client->Until('Z'), "EZ");
  EXPECT_EQ(client->error.Field('C'), "57014");
  EXPECT_EQ(client->error.Field('M'), "canceling statement due to statement timeout");
  // The wait for the turn counts too.
  holder->Send(Query("begin; write"));
  holder->Until('Z');
  client->Send(Parse("", "write") + Bind("", "") + Execute("") + Sync());
  EXPECT_EQ(client->Until('Z'), "12EZ");
  EXPECT_EQ(client->error.Field('M'), "canceling statement due to statement timeout");
  client->Send(Query("rows 1"));
  EXPECT_EQ(client->Until('Z'), "TDCZ");
}

TEST_F(ServerTest, AClientThatTakesNothingIsDropped) {
  ServerOptions options;
  options.limits.write_timeout = std::chrono::milliseconds(300);
  Start(AuthMethod::kTrust, options);
  TestClient client(server_->port(), 4096);
  client.Send(Startup());
  client.Until('Z');
  client.Send(Query("rows 100000 10000"));
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

TEST_F(ServerTest, StopTellsEveryClient) {
  Start();
  auto idle = Connect();
  auto busy = Connect();
  busy->Send(Query("sleep"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server_->Stop();
  EXPECT_EQ(idle->Until('.'), "E.");
  EXPECT_EQ(idle->error.Field('C'), "57P01");
  std::string types = busy->Until('.');
  EXPECT_EQ(types.substr(types.size() - 2), "E.");
  EXPECT_EQ(busy->error.Field('C'), "57P01");
  EXPECT_FALSE(TestClient(server_->port()).connected());
}

TEST_F(ServerTest, TerminateReachesTheSession) {
  Start();
  int before = FakeSession::terminated;
  auto client = Connect();
  client->Send(Message('X', ""));
  EXPECT_EQ(client->Until('.'), ".");
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
  EXPECT_EQ(FakeSession::terminated, before + 1);
}

TEST_F(ServerTest, BadFramesEndTheConnection) {
  Start();
  auto fails = [&](const std::string& bytes, std::string_view code) {
    auto client = Connect();
    client->Send(bytes);
    EXPECT_EQ(client->Until('.'), "E.");
    EXPECT_EQ(client->error.Field('C'), code);
    EXPECT_EQ(client->error.Field('S'), "FATAL");
  };
  fails(std::string("Q") + Int32(3), "08P01");
  fails(std::string("Q") + Int32(-1), "54000");
  fails(std::string("Q") + Int32((64 << 20) + 1), "54000");
  fails(std::string("S") + Int32(20'000), "08P01");
  fails(std::string("z") + Int32(4), "08P01");
  fails(Message('p', "x"), "08P01");
}

TEST_F(ServerTest, StartupIsNegotiated) {
  Start();
  {
    TestClient client(server_->port());
    client.Send(StartupBody(Int32((1234 << 16) | 5679)));
    EXPECT_EQ(client.Bytes(1), "N");
    client.Send(StartupBody(Int32((1234 << 16) | 5680)));
    EXPECT_EQ(client.Bytes(1), "N");
    client.Send(Startup({"user", "allod", "database", "allod", "options", "-c a=b --c-d=e\\ f", "_pq_.x", "1"}, 2));
    Received negotiation = client.Receive();
    EXPECT_EQ(negotiation.type, 'v');
    EXPECT_EQ(negotiation.body, Int32(3 << 16) + Int32(1) + Text("_pq_.x"));
    EXPECT_EQ(client.Until('Z'), "RSSKZ");
  }
  auto fails = [&](const std::string& bytes, std::string_view code) {
    TestClient client(server_->port());
    client.Send(bytes);
    EXPECT_EQ(client.Until('.'), "E.");
    EXPECT_EQ(client.error.Field('C'), code) << client.error.Field('M');
    EXPECT_EQ(client.error.Field('S'), "FATAL");
  };
  fails(StartupBody(Int32(2 << 16)), "0A000");
  fails(Startup({"database", "allod"}), "28000");
  fails(Startup({"user", "allod", "database", "other"}), "3D000");
  fails(Startup({"user", "nobody", "database", "allod"}), "28000");
  fails(Startup({"user", "allod", "database", "allod", "refused", "1"}), "22023");
  fails(Startup({"user", "allod", "database", "allod", "options", "nonsense"}), "42601");
  fails(Startup({"user", "allod", "replication", "true"}), "0A000");
  fails(Startup({"user"}), "08P01");
  fails(Int32(7) + "abc", "08P01");
  fails(Int32(20'000) + "abc", "08P01");
  fails(StartupBody(Int32(3 << 16) + "user"), "08P01");
}

TEST_F(ServerTest, QueriesMayFollowTheStartupPacketAtOnce) {
  Start();
  TestClient client(server_->port());
  client.Send(Startup() + Query("rows 1"));
  EXPECT_EQ(client.Until('Z'), "RSSKZ");
  EXPECT_EQ(client.Until('Z'), "TDCZ");
}

TEST_F(ServerTest, ConnectionsAreLimitedAndAFewAreReserved) {
  ServerOptions options;
  options.max_connections = 5;
  options.reserved_for_superusers = 2;
  Start(AuthMethod::kTrust, options);
  std::vector<std::unique_ptr<TestClient>> clients;
  auto attempt = [&](const std::string& user) {
    clients.push_back(std::make_unique<TestClient>(server_->port()));
    clients.back()->Send(Startup({"user", user, "database", "allod"}));
    return clients.back()->Until('Z') == "RSSKZ";
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(attempt("user"));
  EXPECT_FALSE(attempt("user"));
  EXPECT_EQ(clients.back()->error.Field('C'), "53300");
  EXPECT_TRUE(attempt("allod"));
  EXPECT_TRUE(attempt("allod"));
  EXPECT_FALSE(attempt("allod"));
  EXPECT_EQ(clients.back()->error.Field('C'), "53300");
  clients[0]->Disconnect();
  EXPECT_TRUE(Eventually([&] { return attempt("allod"); }));
}

TEST_F(ServerTest, ListensOnAUnixSocket) {
  std::string directory = ::testing::TempDir();
  ServerOptions options;
  options.socket_directory = directory;
  Start(AuthMethod::kTrust, options);
  std::string path = directory + "/.s.PGSQL." + std::to_string(server_->port());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  std::string startup = Startup();
  ASSERT_EQ(::send(fd, startup.data(), startup.size(), 0), static_cast<ssize_t>(startup.size()));
  char type = 0;
  ASSERT_EQ(::recv(fd, &type, 1, 0), 1);
  EXPECT_EQ(type, 'R');
  ::close(fd);
  server_->Stop();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(ServerTest, IdleConnectionsAreCheap) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's memory is counted too";
#endif
  auto resident = [] {
    long pages = 0, unused = 0;
    FILE* file = std::fopen("/proc/self/statm", "r");
    EXPECT_EQ(std::fscanf(file, "%ld %ld", &unused, &pages), 2);
    std::fclose(file);
    return pages * ::sysconf(_SC_PAGESIZE);
  };
  ServerOptions options;
  options.max_connections = 500;
  Start(AuthMethod::kTrust, options);
  Connect();
  long before = resident();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 400; ++i) clients.push_back(Connect());  // descriptors of both ends are this process's
  for (auto& client : clients) {
    client->Send(Query("rows 10 1000"));
    client->Until('Z');
  }
  EXPECT_LT(resident() - before, 400 * 30'000);
}

// A client of SCRAM: RFC 5802 with an empty user name, as PostgreSQL's.
struct ScramLogin {
  static std::string First(TestClient& client, const std::string& user) {
    client.Send(Startup({"user", user, "database", "allod"}));
    Received offer = client.Receive();
    EXPECT_EQ(offer.body, Int32(10) + Text("SCRAM-SHA-256") + '\0');
    std::string first = "n,,n=,r=nonce";
    client.Send(Message('p', Text("SCRAM-SHA-256") + Int32(static_cast<int64_t>(first.size())) + first));
    return client.Receive().body;
  }
};

TEST_F(ServerTest, ScramDoesNotTellWhoExists) {
  backend_.logins["ada"] = {true, false, crypto::MakeScramVerifier("secret")};
  Start(AuthMethod::kScram);
  for (const char* user : {"ada", "nobody"}) {
    std::string challenges[2];
    for (std::string& challenge : challenges) {
      TestClient client(server_->port());
      challenge = ScramLogin::First(client, user);
      EXPECT_EQ(challenge.substr(0, 4), Int32(11));
      std::string nonce = challenge.substr(6, challenge.find(',') - 6);
      client.Send(Message('p', "c=biws,r=" + nonce + ",p=" + crypto::Base64(std::string(32, 'x'))));
      EXPECT_EQ(client.Until('.'), "E.");
      EXPECT_EQ(client.error.Field('C'), "28P01");
    }
    auto salt = [](const std::string& s) { return s.substr(s.find(",s=")); };
    EXPECT_EQ(salt(challenges[0]), salt(challenges[1]));  // the same each time, known or not
  }
}

TEST_F(ServerTest, BeforeLoginOnlyPasswordsAreHeard) {
  Start(AuthMethod::kScram);
  for (const std::string& bytes : {Query("rows 1"), std::string("p") + Int32(20'000), Message('p', "x"),
                                   Message('p', Text("PLAIN") + Int32(-1))}) {
    TestClient client(server_->port());
    client.Send(Startup());
    client.Receive();
    client.Send(bytes);
    EXPECT_EQ(client.Until('.'), "E.");
    EXPECT_EQ(client.error.Field('C'), "08P01");
  }
}

TEST_F(ServerTest, AuthenticationHasATimeLimit) {
  ServerOptions options;
  options.authentication_timeout = std::chrono::seconds(1);
  Start(AuthMethod::kScram, options);
  TestClient client(server_->port());
  EXPECT_EQ(client.Until('.'), ".");
}

TEST(FailureDelayTest, DoublesAndForgets) {
  FailureDelay delay;
  auto first = delay.Failed("a", "ada");
  EXPECT_EQ(delay.Failed("a", "ada"), 2 * first);
  EXPECT_EQ(delay.Failed("b", "ada"), first);
  EXPECT_EQ(delay.Failed("a", "bob"), 4 * first);  // one address, whatever the role
  for (int i = 0; i < 20; ++i) delay.Failed("a", "ada");
  EXPECT_EQ(delay.Failed("a", "ada"), std::chrono::seconds(5));
  // Who is right is not held up by what others did, and is free again.
  EXPECT_EQ(delay.Attempt("b", "bob").count(), 0);
  delay.Succeeded("b", "ada");
  EXPECT_EQ(delay.Attempt("b", "ada").count(), 0);
}

TEST(FailureDelayTest, AttemptsAtOnceGoOneBehindTheOther) {
  FailureDelay delay;
  EXPECT_EQ(delay.Attempt("a", "ada").count(), 0);
  auto first = delay.Failed("a", "ada");
  auto wait = delay.Attempt("a", "ada");
  EXPECT_GT(wait, first / 2);
  for (int i = 1; i < 10; ++i) {
    auto next = delay.Attempt("a", "ada");
    EXPECT_GT(next, wait + first / 2);
    wait = next;
  }
  EXPECT_EQ(delay.Attempt("a", "bob").count(), 0);
  EXPECT_EQ(delay.Attempt("b", "ada").count(), 0);
}

TEST(Endpoint, Parses) {
  auto endpoint = ParseEndpoint("[::1]:5433");
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint->host, "::1");
  EXPECT_EQ(endpoint->port, 5433);
  for (const char* bad : {"", "localhost", ":1", "a:", "a:b", "a:70000", "a:1x"}) EXPECT_FALSE(ParseEndpoint(bad).ok()) << bad;
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
  EXPECT_FALSE(IsLoopback("*"));
  EXPECT_FALSE(IsLoopback("192.0.2.1"));
}

}  // namespace
}  // namespace allod::net
