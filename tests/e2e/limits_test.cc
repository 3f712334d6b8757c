// Bad input and slow clients: each gets a clear error or meets a limit, and none affects the others.
#include "e2e/server_process.h"
#include "net/test_client.h"

namespace allod::e2e {
namespace {

using namespace net::testing;

class Limits : public ServerFixture {
 protected:
  std::unique_ptr<TestClient> Connect() {
    auto client = std::make_unique<TestClient>(server.port());
    client->Send(Startup());
    std::string types = client->Until('Z');
    EXPECT_EQ(types.substr(0, 2), "RS");
    EXPECT_EQ(types.substr(types.size() - 2), "KZ");
    return client;
  }
  void ExpectServing() {
    Client client(server.port());
    EXPECT_EQ(client.Run("SELECT 40 + 2"), "42") << client.message();
  }
};

TEST_F(Limits, MessagesCutOffAnywhere) {
  std::string conversation = Startup() + Query("SELECT 1") + Parse("s", "SELECT $1::int4") + Describe('S', "s") + Bind("", "s", {"1"}) +
                             Execute("") + Sync() + Message('X', "");
  for (size_t size = 0; size < conversation.size(); ++size) {
    TestClient client(server.port());
    client.Send(conversation.substr(0, size));
  }
  ExpectServing();
}

TEST_F(Limits, ImpossibleLengths) {
  for (auto [bytes, code] : std::vector<std::pair<std::string, std::string>>{
           {"Q" + Int32(0), "08P01"}, {"Q" + Int32(-1), "54000"}, {"Q" + Int32(0x7fffffff), "54000"}, {"D" + Int32(1 << 20), "08P01"},
           {"\x01" + Int32(4), "08P01"}}) {
    auto client = Connect();
    client->Send(bytes);
    EXPECT_EQ(client->Until('.'), "E.");
    EXPECT_EQ(client->error.Field('C'), code);
  }
  // A length alone makes nobody set memory aside.
  long before = server.resident_bytes();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(Connect());
    clients.back()->Send("Q" + Int32(60 << 20) + std::string(1000, 'x'));
  }
  ExpectServing();
  EXPECT_LT(server.resident_bytes() - before, 20 << 20);
}

TEST_F(Limits, RandomBytes) {
  std::srand(7);  // NOLINT: the same bytes each time
  for (int i = 0; i < 200; ++i) {
    TestClient client(server.port());
    if (i % 2 == 0) client.Send(Startup());
    std::string bytes;
    for (int k = std::rand() % 300; k >= 0; --k) bytes += static_cast<char>(std::rand());
    client.Send(bytes);
  }
  ExpectServing();
}

TEST_F(Limits, InvalidUtf8IsRefusedAndTheConnectionGoesOn) {
  auto client = Connect();
  for (const std::string& bad : {std::string("\xff"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xf5\x80\x80\x80"),
                                 std::string("a\xe2\x82")}) {
    client->Send(Query("SELECT '" + bad + "'"));
    std::string types = client->Until('Z');
    EXPECT_EQ(types, "EZ");
    EXPECT_EQ(client->error.Field('C'), "22021");
    client->Send(Parse("", "SELECT $1::text") + Bind("", "", {bad}) + Execute("") + Sync());
    client->Until('Z');
    EXPECT_EQ(client->error.Field('C'), "22021");
    client->error = {};
    client->Send(Parse(bad, "SELECT 1") + Sync());
    client->Until('Z');
    EXPECT_EQ(client->error.Field('C'), "22021");
  }
  client->Send(Query("SELECT 'h\xc3\xa9'"));
  EXPECT_EQ(client->Until('Z'), "TDCZ");
}

TEST_F(Limits, AStatementOfTenMegabytes) {
  Client client(server.port());
  std::string text(10 << 20, 'x');
  EXPECT_EQ(client.Run("SELECT length('" + text + "')"), std::to_string(10 << 20)) << client.message();
  EXPECT_EQ(client.Run("SELECT length($1::text)", {text}), std::to_string(10 << 20)) << client.message();
  // Garbage of that size is an error and no more.
  client.Run(std::string(10 << 20, '('));
  EXPECT_NE(client.state(), "");
  EXPECT_NE(client.state(), "lost");
  EXPECT_EQ(client.Run("SELECT 1"), "1");
}

TEST_F(Limits, NestingOfTenThousandLevels) {
  Client client(server.port());
  constexpr int kDepth = 10'000;
  auto repeat = [](const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  const std::vector<std::string> statements = {
      "SELECT " + repeat("(", kDepth) + "1" + repeat(")", kDepth),
      "SELECT 1" + repeat("+1", kDepth),
      "SELECT " + repeat("NOT ", kDepth) + "true",
      "SELECT " + repeat("- ", kDepth) + "1",
      "SELECT " + repeat("CASE WHEN true THEN ", kDepth) + "1" + repeat(" END", kDepth),
      "SELECT " + repeat("(SELECT ", kDepth) + "1" + repeat(")", kDepth),
      "SELECT 1 WHERE true" + repeat(" AND true", kDepth),
      "SELECT 1" + repeat(" UNION ALL SELECT 1", kDepth),
      "SELECT " + repeat("abs(", kDepth) + "1" + repeat(")", kDepth),
      "SELECT 1" + repeat("::int4", kDepth),
      "SELECT " + repeat("ARRAY[", kDepth) + "1" + repeat("]", kDepth),
      repeat("EXPLAIN ", kDepth) + "SELECT 1",
      repeat("/*", kDepth) + repeat("*/", kDepth) + "SELECT 1",
      "SELECT '" + repeat("[", kDepth) + repeat("]", kDepth) + "'::jsonb",
  };
  for (const std::string& statement : statements) {
    client.Run(statement);
    EXPECT_NE(client.state(), "lost") << statement.substr(0, 40);
    ASSERT_TRUE(server.alive()) << statement.substr(0, 40);
  }
  EXPECT_EQ(client.Run("SELECT 1"), "1");
}

// What applications do send: generated conditions, lists and rows.
TEST_F(Limits, LongChainsAndWideLists) {
  Client client(server.port());
  auto list = [](int count, const std::string& separator, auto&& item) {
    std::string out;
    for (int i = 0; i < count; ++i) out += (i > 0 ? separator : "") + item(i);
    return out;
  };
  auto number = [](int i) { return std::to_string(i); };
  auto tag = [&](const std::string& text) {
    client.Run(text);
    return client.tag();
  };
  auto same = [](const std::string& text) { return [text](int) { return text; }; };
  EXPECT_EQ(client.Run("SELECT " + list(4000, "+", same("1"))), "4000") << client.message();
  EXPECT_EQ(client.Run("SELECT " + list(4000, "-", same("1.5"))), "-5997.0") << client.message();
  EXPECT_EQ(client.Run("SELECT length(" + list(4000, "||", same("'ab'")) + ")"), "8000") << client.message();
  EXPECT_EQ(client.Run("SELECT length(" + list(1500, "||", same("'a'::text || 1")) + ")"), "3000") << client.message();
  ASSERT_EQ(tag("CREATE TABLE wide (id INT PRIMARY KEY, t TEXT)"), "CREATE TABLE") << client.message();
  ASSERT_EQ(tag("INSERT INTO wide VALUES " + list(1000, ", ", [&](int i) { return "(" + number(i) + ", 'x')"; })), "INSERT 0 1000")
      << client.message();
  for (const auto& [condition, count] : std::vector<std::pair<std::string, std::string>>{
           {list(10000, " OR ", [&](int i) { return "id = " + number(2 * i); }), "500"},
           {list(10000, " AND ", [&](int i) { return "id <> " + number(2 * i); }), "500"},
           {list(5000, " AND ", [&](int i) { return "(id <> " + number(2 * i) + " OR t = 'y')"; }), "500"},
           {"id IN (" + list(10000, ", ", [&](int i) { return number(2 * i); }) + ")", "500"},
           {"id NOT IN (" + list(10000, ", ", [&](int i) { return number(2 * i); }) + ")", "500"},
           {"(id, t) IN (" + list(2000, ", ", [&](int i) { return "(" + number(2 * i) + ", 'x')"; }) + ")", "500"},
           {"id = ANY (ARRAY[" + list(5000, ", ", [&](int i) { return number(2 * i); }) + "])", "500"},
           {"id IN (VALUES " + list(5000, ", ", [&](int i) { return "(" + number(2 * i) + ")"; }) + ")", "500"},
           {"coalesce(" + list(900, ", ", same("NULL")) + ", id) < 10", "10"},
           {"CASE " + list(2000, " ", [&](int i) { return "WHEN id = " + number(i) + " THEN true"; }) + " ELSE false END", "1000"}}) {
    EXPECT_EQ(client.Run("SELECT count(*) FROM wide WHERE " + condition), count)
        << condition.substr(0, 60) << ": " << client.message();
  }
  EXPECT_EQ(client.Run("SELECT count(*) FROM (VALUES " + list(1000, ", ", [&](int i) { return "(" + number(i) + ", 'x')"; }) + ") v"), "1000")
      << client.message();
  // PostgreSQL's 1664 columns of a result.
  EXPECT_EQ(client.Run("SELECT " + list(1600, ", ", number)), "0") << client.message();
  EXPECT_EQ(tag("CREATE TABLE columns (" + list(1600, ", ", [&](int i) { return "c" + number(i) + " INT"; }) + ")"), "CREATE TABLE")
      << client.message();
  EXPECT_EQ(tag("INSERT INTO columns VALUES (" + list(1600, ", ", number) + ")"), "INSERT 0 1") << client.message();
  EXPECT_EQ(client.Run("SELECT c1599 FROM columns"), "1599") << client.message();
  client.Run("CREATE TABLE too_wide (" + list(2500, ", ", [&](int i) { return "c" + number(i) + " INT"; }) + ")");
  EXPECT_EQ(client.state(), "54011") << client.message();
  client.Run("SELECT " + list(6000, "+", same("1")));
  EXPECT_EQ(client.state(), "54001");
  client.Run("SELECT " + list(1665, ", ", number));
  EXPECT_EQ(client.state(), "54011") << client.message();
  EXPECT_EQ(client.Run("SELECT 1"), "1");
}

TEST_F(Limits, AThousandIdleConnections) {
  auto first = Connect();
  long before = server.resident_bytes();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 990; ++i) {
    clients.push_back(Connect());
    ASSERT_TRUE(clients.back()->connected());
  }
  ExpectServing();
  if (!kAddressSanitizer) {
    EXPECT_LT(server.resident_bytes() - before, 40 << 20);
  }
}

TEST_F(Limits, ConnectionsBeyondTheLimitAreTold) {
  server.Kill();
  server.arguments = {"--auth", "trust", "--max-connections", "10"};
  ASSERT_TRUE(server.Start());
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(Connect());
  TestClient late(server.port());
  late.Send(Startup());
  EXPECT_EQ(late.Until('.'), "E.");
  EXPECT_EQ(late.error.Field('C'), "53300");
  clients.clear();
  EXPECT_TRUE(Eventually([&] {
    Client client(server.port());
    return client.ok();
  }));
}

TEST_F(Limits, AClientThatStopsReadingCostsOnlyItself) {
  server.Kill();
  server.arguments = {"--auth", "trust", "--write-timeout", "1"};
  ASSERT_TRUE(server.Start());
  long before = server.resident_bytes();
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(std::make_unique<TestClient>(server.port(), 4096));
    slow.back()->Send(Startup());
    slow.back()->Until('Z');
    slow.back()->Send(Query("SELECT n, repeat('x', 1000) FROM generate_series(1, 1000000) AS g(n)"));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ExpectServing();
  if (!kAddressSanitizer) {
    EXPECT_LT(server.resident_bytes() - before, 60 << 20);
  }
  Client client(server.port());
  EXPECT_TRUE(Eventually([&] {  // all were dropped, and the server says so
    std::string log = server.log();
    size_t count = 0;
    for (size_t at = log.find("client_takes_nothing"); at != std::string::npos; at = log.find("client_takes_nothing", at + 1)) ++count;
    return count == slow.size();
  }));
  EXPECT_EQ(client.Run("SELECT 1"), "1");
}

TEST_F(Limits, CancelEndsALongStatement) {
  auto client = Connect();
  client->Send(Query("SELECT count(*) FROM generate_series(1, 100000) AS a(x), generate_series(1, 100000) AS b(y)"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  {
    TestClient cancel(server.port());
    cancel.Send(StartupBody(Int32((1234 << 16) | 5678) + client->key));
    EXPECT_EQ(cancel.Until('Z'), ".");
  }
  std::string types = client->Until('Z');
  EXPECT_EQ(types.substr(types.size() - 2), "EZ");
  EXPECT_EQ(client->error.Field('C'), "57014");
  client->Send(Query("SELECT 1"));
  EXPECT_EQ(client->Until('Z'), "TDCZ");
}

TEST_F(Limits, LongStatementsOnAllThreadsLeaveRoomForOthers) {
  std::vector<std::unique_ptr<TestClient>> busy;
  for (int i = 0; i < 4; ++i) {
    busy.push_back(Connect());
    busy.back()->Send(Query("SELECT count(*) FROM generate_series(1, 100000) AS a(x), generate_series(1, 100000) AS b(y)"));
  }
  ExpectServing();
  for (auto& client : busy) client->Disconnect();  // nobody waits for these any more: they end
  EXPECT_EQ(server.Terminate(), 0) << server.log();
}

}  // namespace
}  // namespace allod::e2e
