// Who may connect: allod.conf and its reload, wrong passwords, and the query log, which tells everything but values.
#include <sys/stat.h>

#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

class Rules : public ::testing::Test {
 protected:
  void Write(const std::string& text, mode_t mode = 0600) {
    std::filesystem::create_directories(server.data());
    std::ofstream(server.data() + "/allod.conf", std::ios::trunc) << text;
    ::chmod((server.data() + "/allod.conf").c_str(), mode);
  }
  // "" if the login works, else what the server says.
  std::string Attempt(const std::string& more = "user=allod dbname=allod") {
    Client client(server.port(), more);
    return client.ok() ? "" : PQerrorMessage(client.get());
  }
  std::string WithPassword() { return "user=allod dbname=allod passfile=" + server.data() + "/password"; }
  Directory directory;
  ServerProcess server{directory.path() + "/data"};
};

TEST_F(Rules, HoldAndAreReadAgain) {
  Write("host all mallory all reject\nhostssl all all 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram\n");
  server.arguments = {};
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Attempt(), "");
  EXPECT_NE(Attempt("user=allod dbname=allod sslmode=disable").find("no password supplied"), std::string::npos);
  EXPECT_EQ(Attempt(WithPassword() + " sslmode=disable"), "");
  std::string told = Attempt("user=mallory dbname=allod sslmode=disable");
  EXPECT_NE(told.find("allod.conf rejects connection for host \"127.0.0.1\", user \"mallory\", database \"allod\", no encryption"),
            std::string::npos)
      << told;

  // What cannot be used changes nothing, and is named.
  Write("host all all 127.0.0.1/32 scram\nhost all all all trust\n");
  ::kill(server.process(), SIGHUP);
  EXPECT_TRUE(Eventually([&] { return server.log().find("/allod.conf:2: trust is only for") != std::string::npos; })) << server.log();
  EXPECT_EQ(Attempt(), "");

  Client before(server.port());
  Write("# only with a password\nhost allod all 127.0.0.1/32 scram\n");
  ::kill(server.process(), SIGHUP);
  EXPECT_TRUE(Eventually([&] { return server.log().find("rules_loaded") != std::string::npos; })) << server.log();
  EXPECT_NE(Attempt().find("no password supplied"), std::string::npos);
  EXPECT_EQ(Attempt(WithPassword()), "");
  EXPECT_EQ(before.Run("SELECT 1"), "1");  // who is in stays
  told = Attempt("user=allod dbname=other");
  EXPECT_NE(told.find("no allod.conf entry for host \"127.0.0.1\", user \"allod\", database \"other\""), std::string::npos) << told;
  EXPECT_EQ(server.Terminate(), 0);
}

TEST_F(Rules, WhatCannotWorkIsRefusedAtTheStart) {
  auto refused = [&](const std::string& why) {
    std::filesystem::remove(server.log_path());
    server.Spawn();
    EXPECT_NE(server.Wait(), 0);
    EXPECT_NE(server.log().find(why), std::string::npos) << server.log();
  };
  server.arguments = {};
  Write("\nhost all all 10.0.0.1/8 scram\n");
  refused("/allod.conf:2: \"10.0.0.1/8\" has bits beyond its prefix");
  Write("host all all 10.0.0.0/8 scram\n", 0620);
  refused("can be changed by group or others");
  Write("hostssl all all all cert\n");
  refused("/allod.conf:1: cert needs the option --tls-client-ca");
  Write("host all all 10.0.0.0/8 scram\n");
  server.arguments = {"--auth", "trust"};
  refused("--auth contradicts");
}

TEST_F(Rules, WrongPasswordsHoldUpNobodyElse) {
  server.arguments = {};
  ASSERT_TRUE(server.Start()) << server.log();
  using Clock = std::chrono::steady_clock;
  auto milliseconds = [](Clock::time_point since) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
  };
  for (const char* user : {"allod", "nobody"}) {
    for (int i = 0; i < 3; ++i) {
      std::string told = Attempt("dbname=allod sslmode=disable password=wrong user=" + std::string(user));
      EXPECT_NE(told.find("password authentication failed for user \"" + std::string(user) + "\""), std::string::npos) << told;
    }
  }
  // Several at once, each of them waiting by now.
  std::vector<std::thread> wrong;
  std::atomic<int> answered{0};
  for (int i = 0; i < 4; ++i) {
    wrong.emplace_back([&] {
      Attempt("dbname=allod sslmode=disable password=wrong user=nobody");
      ++answered;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  auto begin = Clock::now();
  EXPECT_EQ(Attempt("user=allod dbname=allod sslmode=disable passfile=" + server.data() + "/password"), "");
  EXPECT_LT(milliseconds(begin), 1500);  // its own role was wrong three times: one pause of a few hundred milliseconds at most
  EXPECT_LT(answered.load(), 4);
  for (std::thread& thread : wrong) thread.join();
  EXPECT_EQ(server.Terminate(), 0);
}

TEST_F(Rules, TheQueryLogTellsNoValue) {
  server.arguments = {"--auth", "trust", "--log-queries"};
  ASSERT_TRUE(server.Start()) << server.log();
  Client client(server.port());
  const std::string quiet = server.log();
  const std::string secret = "47114711";  // stands for a value wherever one can stand
  client.Run("CREATE DATA_SUBJECT TABLE people (id int PRIMARY KEY, name text UNIQUE, born date CHECK (born > '1900-01-01'))");
  EXPECT_EQ(client.state(), "");
  struct {
    std::string text;
    std::vector<std::string> parameters;
    std::string state;
  } statements[] = {
      {"INSERT INTO people VALUES (" + secret + ", 'x" + secret + "')", {}, ""},
      {"INSERT INTO people VALUES (" + secret + ", 'y" + secret + "')", {}, "23505"},
      {"INSERT INTO people VALUES ($1, $2)", {"1", "x" + secret}, "23505"},
      {"INSERT INTO people VALUES ($1, $2, $3)", {"2", "z", "1800-01-01"}, "23514"},
      {"INSERT INTO people VALUES ($1, $2)", {"x" + secret, "z"}, "22P02"},
      {"SELECT 'x" + secret + "'::int", {}, "22P02"},
      {"SELECT * FROM people WHERE name = 'x" + secret + "' /* " + secret + " */ -- " + secret, {}, ""},
      {"SELECT * FROM people WHERE name = \"x" + secret + "\"", {}, "42703"},
      {"SELECT * FROM people WHERE id = $1", {secret}, ""},
      {"SELECT * FROM people WHERE name = 'x" + secret, {}, "42601"},
      {"SELEC '" + secret + "'", {}, "42601"},
      {"SELECT 1 / 0, " + secret, {}, "22012"},
      {"SELECT $tag$" + secret + "$tag$, E'\\x34" + secret + "', X'" + secret + "'", {}, "42883"},
      {"PREPARE p(text) AS SELECT * FROM people WHERE name = $1", {}, ""},
      {"EXECUTE p('x" + secret + "')", {}, ""},
      {"SET application_name TO 'x" + secret + "'", {}, ""},
      {"SET application_name TO x" + secret, {}, ""},
      {"CTX START; SELECT " + secret + "; CTX ROLLBACK", {}, ""},
      {"GDPR GET people " + secret, {}, ""},
      {"GDPR FORGET people " + secret, {}, ""},
      {"GDPR FORGET people 'x" + secret + "'", {}, "22P02"},
      {"NOTIFY news, 'x" + secret + "'", {}, ""},
  };
  for (const auto& s : statements) {
    s.parameters.empty() ? client.Run(s.text) : client.Run(s.text, s.parameters);
    if (s.text.find("X'") == std::string::npos) EXPECT_EQ(client.state(), s.state) << s.text << client.message();
    else EXPECT_TRUE(client.state().empty() || client.state() == "42883" || client.state() == "0A000") << client.state();
  }
  EXPECT_EQ(server.Terminate(), 0);
  const std::string log = server.log();
  EXPECT_EQ(log.find(secret), std::string::npos) << log;
  EXPECT_EQ(log.find("1800-01-01"), std::string::npos) << log;
  // But what was run, by whom, how often and with what outcome.
  for (const char* told : {"INSERT INTO people VALUES (?, ?)", "INSERT INTO people VALUES ($1, $2)", "sqlstate=23505", "sqlstate=22P02",
                           "sqlstate=42703", "sqlstate=42601", "GDPR FORGET people ?", "role=allod", "us=", "SELECT * FROM people WHERE id = $1",
                           "<unreadable>", "EXECUTE p(?)"}) {
    EXPECT_NE(log.find(told), std::string::npos) << told << "\n" << log;
  }
  EXPECT_EQ(quiet.find("event=statement"), std::string::npos);
}

TEST_F(Rules, WithoutItNoStatementIsLogged) {
  ASSERT_TRUE(server.Start()) << server.log();
  Client client(server.port());
  client.Run("SELECT 4711");
  EXPECT_EQ(server.Terminate(), 0);
  EXPECT_EQ(server.log().find("event=statement"), std::string::npos);
}

}  // namespace
}  // namespace allod::e2e
