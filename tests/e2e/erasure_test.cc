// What is forgotten can be read nowhere: not in a file of the data directory, and not in the history of an older copy of the
// database with all the keys that are left.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

namespace fs = std::filesystem;

// The files are not encrypted, or nothing could be found in them.
class Erasure : public ServerFixture {
 protected:
  void SetUp() override {
    server.arguments.insert(server.arguments.end(), {"--encryption", "off"});
    ServerFixture::SetUp();
  }
  std::string Ask(const std::string& text) {
    Client client(server.port());
    std::string answer = client.Run(text);
    EXPECT_EQ(client.state(), "") << text << ": " << client.message();
    return answer;
  }
  // Files that have these bytes.
  static std::string Holding(const fs::path& directory, const std::string& bytes) {
    std::string names;
    for (const auto& file : fs::recursive_directory_iterator(directory)) {
      if (!file.is_regular_file()) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(stream), {}};
      if (content.find(bytes) != content.npos) names += file.path().filename().string() + " ";
    }
    return names;
  }
  void Fill() {
    Ask("CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT)");
    Ask("CREATE TABLE notes (id INT PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id), body TEXT)");
    Ask("CREATE INDEX ON notes (body)");
    Ask("INSERT INTO users VALUES (1, 'alice-first-name'), (2, 'bob-first-name')");
    Ask("UPDATE users SET name = replace(name, 'first', 'second')");
    Ask("INSERT INTO notes SELECT g, g % 2 + 1, CASE g % 2 WHEN 0 THEN 'alice' ELSE 'bob' END || '-note-' || g || repeat('x', g * 50) "
        "FROM generate_series(1, 100) AS g");
    Ask("UPDATE notes SET body = 'alice-changed' WHERE id = 2");
    Ask("DELETE FROM notes WHERE id = 4");
  }
  const std::string kAlices[4] = {"alice-first-name", "alice-second-name", "alice-note-", "alice-changed"};
};

TEST_F(Erasure, WhatIsForgottenIsInNoFileAndInNoOlderHistory) {
  Fill();
  ASSERT_EQ(server.Terminate(), 0);
  const std::string backup = directory.path() + "/backup";
  fs::copy(server.data(), backup, fs::copy_options::recursive);
  fs::remove_all(backup + "/keys");  // a backup is without keys
  for (const char* word : {"-note-4x", "-first-name"}) EXPECT_EQ(Holding(backup, word), "") << "history is stored in the open: " << word;

  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE status = 'erased'"), "0");
  Ask("GDPR FORGET users 1");
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('users') WHERE status <> 'erased'"), "2");
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE body LIKE 'alice%'"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE status = 'damaged'"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE body LIKE 'bob%'"), "50");
  ASSERT_EQ(server.Terminate(), 0);
  for (const std::string& value : kAlices) EXPECT_EQ(Holding(server.data(), value), "") << value;
  EXPECT_NE(Holding(server.data(), "bob-note-"), "");

  // The older database under today's keys: everybody's versions but hers.
  fs::copy(server.data() + "/keys", backup + "/keys", fs::copy_options::recursive);
  ServerProcess older(backup);
  ASSERT_TRUE(older.Start()) << older.log();
  Client client(older.port());
  EXPECT_EQ(client.Run("SELECT count(*) FROM allod.history('users') WHERE status = 'erased'"), "2");
  EXPECT_EQ(client.Run("SELECT count(*) FROM allod.history('notes') WHERE status = 'erased'"), "52");
  EXPECT_EQ(client.Run("SELECT count(*) FROM allod.history('notes') WHERE body LIKE 'alice%'"), "0");
  EXPECT_EQ(client.Run("SELECT count(*) FROM allod.history('notes') WHERE body LIKE 'bob%'"), "50");
  // Whoever writes there for her gets another key.
  client.Run("UPDATE users SET name = 'anew' WHERE id = 1");
  EXPECT_EQ(client.state(), "") << client.message();
  EXPECT_EQ(client.Run("SELECT string_agg(coalesce(name, status), ' ' ORDER BY version) FROM allod.history('users') WHERE name IS NULL OR id = 1"),
            "erased erased anew");
}

TEST_F(Erasure, TakenBackItForgetsNothing) {
  Fill();
  Client client(server.port());
  for (const char* text : {"BEGIN", "SAVEPOINT a", "GDPR FORGET users 1", "ROLLBACK TO a", "INSERT INTO users VALUES (3, 'carol')", "COMMIT",
                           "BEGIN", "GDPR FORGET users 1", "ROLLBACK"}) {
    client.Run(text);
    ASSERT_EQ(client.state(), "") << text << client.message();
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE status = 'erased'"), "0");
  server.Kill();
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Ask("SELECT count(*) FROM allod.history('notes') WHERE status IN ('erased', 'damaged')"), "0");
  EXPECT_EQ(Ask("SELECT name FROM allod.history('users') WHERE id = 1 AND op = 'insert'"), "alice-first-name");
}

TEST_F(Erasure, KeysMayLieElsewhereAndAreMissed) {
  const std::string keys = directory.path() + "/elsewhere";
  ServerProcess other(directory.path() + "/other");
  other.arguments.insert(other.arguments.end(), {"--encryption", "off", "--keys", keys});
  ASSERT_TRUE(other.Start()) << other.log();
  EXPECT_EQ(Client(other.port()).Run("SELECT 1"), "1");
  EXPECT_TRUE(fs::exists(keys + "/master.key"));
  EXPECT_FALSE(fs::exists(other.data() + "/keys"));
  ASSERT_EQ(other.Terminate(), 0);
  other.arguments.resize(other.arguments.size() - 2);
  EXPECT_FALSE(other.Start());
  EXPECT_NE(other.log().find("master key"), std::string::npos) << other.log();
}

TEST_F(Erasure, ADroppedDatabaseTakesItsKeysAlong) {
  auto rings = [&] {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(server.data() + "/keys")) count += entry.is_directory() ? 1 : 0;
    return count;
  };
  EXPECT_EQ(rings(), 1u);
  Ask("CREATE DATABASE shop");
  EXPECT_EQ(rings(), 2u);
  Ask("DROP DATABASE shop");
  EXPECT_EQ(rings(), 1u);
}

}  // namespace
}  // namespace allod::e2e
