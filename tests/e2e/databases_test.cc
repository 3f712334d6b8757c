// Several databases in one data directory: made, used, dropped, and whole or not there after a kill.
#include <atomic>
#include <random>
#include <set>

#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

class Databases : public ServerFixture {
 protected:
  static std::string In(const std::string& database) { return "user=allod dbname='" + database + "'"; }
  std::string Listed() {
    Client client(server.port());
    return client.Run("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database");
  }
};

TEST_F(Databases, AreMadeUsedAndDropped) {
  Client client(server.port());
  EXPECT_EQ(Listed(), "allod postgres");
  client.Run("CREATE DATABASE shop");
  EXPECT_EQ(client.state(), "") << client.message();
  EXPECT_EQ(client.tag(), "CREATE DATABASE");
  EXPECT_EQ(Listed(), "allod postgres shop");
  client.Run("CREATE DATABASE shop");
  EXPECT_EQ(client.state(), "42P04");
  EXPECT_NE(client.message().find("database \"shop\" already exists"), std::string::npos);
  {
    Client shop(server.port(), In("shop"));
    ASSERT_TRUE(shop.ok()) << PQerrorMessage(shop.get());
    EXPECT_EQ(shop.Run("SELECT current_database()"), "shop");
    EXPECT_EQ(shop.Run("SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolsuper"), "allod");
    shop.Run("CREATE TABLE things (id int PRIMARY KEY)");
    shop.Run("INSERT INTO things VALUES (1), (2)");
    EXPECT_EQ(shop.Run("SELECT count(*) FROM things"), "2");
    EXPECT_EQ(shop.Run("SELECT datname FROM pg_stat_activity a JOIN pg_database d USING (datname) WHERE d.oid = a.datid"), "shop");
    shop.Run("SELECT pg_advisory_lock(1)");
    EXPECT_EQ(shop.Run("SELECT datname FROM pg_locks l JOIN pg_database d ON d.oid = l.database"), "shop");
    client.Run("SELECT * FROM things");
    EXPECT_EQ(client.state(), "42P01");
    client.Run("DROP DATABASE shop");
    EXPECT_EQ(client.state(), "55006");
    EXPECT_NE(client.message().find("There is 1 other session using the database."), std::string::npos) << client.message();
    shop.Run("DROP DATABASE shop");
    EXPECT_EQ(shop.state(), "55006");
    EXPECT_NE(shop.message().find("cannot drop the currently open database"), std::string::npos);
  }
  // It outlives the server.
  EXPECT_EQ(server.Terminate(), 0);
  ASSERT_TRUE(server.Start()) << server.log();
  Client again(server.port());
  EXPECT_EQ(Client(server.port(), In("shop")).Run("SELECT count(*) FROM things"), "2");
  EXPECT_TRUE(Eventually([&] {
    again.Run("DROP DATABASE shop");
    return again.state().empty();
  })) << again.message();
  EXPECT_EQ(Listed(), "allod postgres");
  Client gone(server.port(), In("shop"));
  EXPECT_NE(std::string(PQerrorMessage(gone.get())).find("database \"shop\" does not exist"), std::string::npos);
  again.Run("DROP DATABASE shop");
  EXPECT_EQ(again.state(), "3D000");
  again.Run("DROP DATABASE IF EXISTS shop");
  EXPECT_EQ(again.state(), "");
  // A new one of the name is empty.
  again.Run("CREATE DATABASE shop");
  Client anew(server.port(), In("shop"));
  anew.Run("SELECT * FROM things");
  EXPECT_EQ(anew.state(), "42P01");
}

TEST_F(Databases, TheMaintenanceDatabaseIsThereForTools) {
  Client tool(server.port(), In("postgres"));
  ASSERT_TRUE(tool.ok()) << PQerrorMessage(tool.get());
  for (const char* text : {"CREATE DATABASE \"test_django\"", "CREATE DATABASE \"test_rails\" ENCODING = 'unicode'",
                           "CREATE DATABASE test_alchemy ENCODING 'utf8' TEMPLATE template1", "CREATE DATABASE test_owned OWNER allod LC_COLLATE 'C'"}) {
    tool.Run(text);
    EXPECT_EQ(tool.state(), "") << text << tool.message();
  }
  EXPECT_EQ(tool.Run("SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'"), "4");
  EXPECT_EQ(tool.Run("SELECT 1 FROM pg_database WHERE datname = 'test_rails'"), "1");
  tool.Run("DROP DATABASE \"test_django\"");
  tool.Run("DROP DATABASE IF EXISTS \"test_rails\"");
  EXPECT_EQ(Listed(), "allod postgres test_alchemy test_owned");
}

TEST_F(Databases, WhatCannotBeDoneIsRefused) {
  Client client(server.port());
  struct {
    const char *text, *state;
  } cases[] = {{"CREATE DATABASE d TEMPLATE allod", "0A000"},
               {"CREATE DATABASE d ENCODING 'LATIN1'", "0A000"},
               {"CREATE DATABASE d LC_COLLATE 'de_DE.UTF-8'", "0A000"},
               {"CREATE DATABASE d CONNECTION LIMIT 5", "0A000"},
               {"CREATE DATABASE d OWNER nobody", "42704"},
               {"CREATE DATABASE d; SELECT 1", "25001"},
               {"DROP DATABASE allod", "55006"},
               {"DROP DATABASE nowhere", "3D000"}};
  for (const auto& c : cases) {
    client.Run(c.text);
    EXPECT_EQ(client.state(), c.state) << c.text;
  }
  client.Run("BEGIN");
  client.Run("CREATE DATABASE d");
  EXPECT_EQ(client.state(), "25001");
  client.Run("ROLLBACK");
  client.Run("BEGIN");
  client.Run("DROP DATABASE postgres");
  EXPECT_EQ(client.state(), "25001");
  client.Run("ROLLBACK");
  Client other(server.port(), In("postgres"));
  other.Run("DROP DATABASE allod");  // it keeps the roles
  EXPECT_EQ(other.state(), "0A000");
  EXPECT_EQ(Listed(), "allod postgres");
}

TEST_F(Databases, AnyNameIsOne) {
  Client client(server.port());
  for (const std::string& name : {std::string("a/b"), std::string(".."), std::string("../../up"), std::string("Mit Blank"),
                                  std::string("\xc3\x9cml\xc3\xa4ut"), std::string("x.db"), std::string("%41"), std::string("a.creating"),
                                  std::string(63, 'n')}) {
    client.Run("CREATE DATABASE \"" + name + "\"");
    EXPECT_EQ(client.state(), "") << name << client.message();
    EXPECT_EQ(Client(server.port(), In(name)).Run("SELECT current_database()"), name);
  }
  const std::string before = Listed();
  EXPECT_EQ(server.Terminate(), 0);
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Listed(), before);
  EXPECT_EQ(Client(server.port(), In("../../up")).Run("SELECT current_database()"), "../../up");
}

TEST_F(Databases, ForceEndsWhoIsInIt) {
  Client client(server.port());
  client.Run("CREATE DATABASE busy");
  Client idle(server.port(), In("busy")), open(server.port(), In("busy")), running(server.port(), In("busy"));
  ASSERT_TRUE(running.ok());
  open.Run("BEGIN");
  open.Run("CREATE TABLE t (id int PRIMARY KEY)");
  std::thread sleeper([&] { running.Run("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  client.Run("DROP DATABASE busy WITH (FORCE)");
  EXPECT_EQ(client.state(), "") << client.message();
  sleeper.join();
  idle.Run("SELECT 1");
  EXPECT_NE(idle.state(), "");
  EXPECT_NE(running.state(), "");
  EXPECT_EQ(Listed(), "allod postgres");
  EXPECT_EQ(client.Run("SELECT 1"), "1");
}

// A kill at any moment: what was told is so, what was under way is there as a whole or not at all, and nothing lies about.
TEST_F(Databases, AKillLeavesThemWholeOrNotThere) {
  std::mt19937 random(20'000'101);
  std::set<std::string> known;
  for (int round = 0; round < 20; ++round) {
    std::string pending;  // what was asked for and not answered
    std::thread killer([&, wait = 5 + random() % 120] {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
      server.Kill();
    });
    {
      Client client(server.port());
      for (int i = 0; client.ok(); ++i) {
        bool drop = !known.empty() && random() % 2 == 0;
        pending = drop ? *known.begin() : "d" + std::to_string(round) + "_" + std::to_string(i);
        client.Run((drop ? "DROP DATABASE " : "CREATE DATABASE ") + pending);
        if (!client.state().empty()) break;
        if (drop) known.erase(pending);
        else known.insert(pending);
        pending.clear();
      }
    }
    killer.join();
    ASSERT_TRUE(server.Start()) << server.log();
    Client client(server.port());
    std::set<std::string> listed;
    std::istringstream names(client.Run("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE 'd%'"));
    for (std::string name; names >> name;) listed.insert(name);
    for (const std::string& name : listed) {
      EXPECT_TRUE(known.contains(name) || name == pending) << name << " in round " << round;
      Client inside(server.port(), In(name));
      EXPECT_EQ(inside.Run("SELECT rolname FROM pg_roles WHERE rolname = current_user"), "allod") << PQerrorMessage(inside.get());
      inside.Run("CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY)");
      EXPECT_EQ(inside.state(), "") << inside.message();
    }
    for (const std::string& name : known) EXPECT_TRUE(listed.contains(name) || name == pending) << name << " in round " << round;
    for (const auto& file : std::filesystem::directory_iterator(server.data() + "/databases")) {
      std::string name = file.path().filename().string();
      EXPECT_EQ(name.find(".creating"), std::string::npos) << name;
      EXPECT_EQ(name.find(".dropped"), std::string::npos) << name;
    }
    known = listed;
  }
}

}  // namespace
}  // namespace allod::e2e
