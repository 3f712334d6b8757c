// Database files are encrypted unless that is turned off, each under its own key; what is there stays as it was made.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

namespace fs = std::filesystem;

class Encryption : public testing::Test {
 protected:
  static std::string Ask(ServerProcess& server, const std::string& text, const std::string& database = "allod") {
    Client client(server.port(), "user=allod dbname='" + database + "'");
    std::string answer = client.Run(text);
    EXPECT_EQ(client.state(), "") << text << ": " << client.message();
    return answer;
  }
  static std::string Holding(const fs::path& path, const std::string& bytes) {
    std::string names;
    for (const auto& file : fs::recursive_directory_iterator(path)) {
      if (!file.is_regular_file()) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(stream), {}};
      if (content.find(bytes) != content.npos) names += file.path().filename().string() + " ";
    }
    return names;
  }

  Directory directory;
  ServerProcess server{directory.path() + "/data"};
};

TEST_F(Encryption, IsTheDefaultAndNothingReadableIsInAnyFile) {
  ASSERT_TRUE(server.Start()) << server.log();
  for (const std::string database : {"allod", "shop"}) {
    if (database == "shop") Ask(server, "CREATE DATABASE shop");
    Ask(server, "CREATE TABLE t (id int PRIMARY KEY, body text)", database);
    Ask(server, "INSERT INTO t SELECT g, 'readable-' || g FROM generate_series(1, 1000) AS g", database);
  }
  EXPECT_EQ(Holding(server.data(), "readable-"), "");  // the log, too
  EXPECT_EQ(Holding(server.data(), "CREATE TABLE"), "");
  server.Kill();
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Ask(server, "SELECT count(*) FROM t WHERE body LIKE 'readable-%'"), "1000");
  EXPECT_EQ(Ask(server, "SELECT count(*) FROM t WHERE body LIKE 'readable-%'", "shop"), "1000");
  ASSERT_EQ(server.Terminate(), 0);
  EXPECT_EQ(Holding(server.data(), "readable-"), "");
  EXPECT_EQ(Holding(server.data(), "SQLite format 3"), "");
  // Each has its own key: one's file is of no use under the other's name.
  const std::string files = server.data() + "/databases/";
  fs::copy_file(files + "allod.db", files + "shop.db", fs::copy_options::overwrite_existing);
  ASSERT_TRUE(server.Start()) << server.log();
  Client client(server.port(), "user=allod dbname=shop");
  EXPECT_NE(client.Run("SELECT count(*) FROM t"), "1000");
}

TEST_F(Encryption, WhatIsThereStaysAsItWasMade) {
  server.arguments.insert(server.arguments.end(), {"--encryption", "off"});
  ASSERT_TRUE(server.Start()) << server.log();
  Ask(server, "CREATE TABLE t (body text); INSERT INTO t VALUES ('readable-1')");
  ASSERT_EQ(server.Terminate(), 0);
  EXPECT_NE(Holding(server.data(), "readable-1"), "");
  server.arguments.back() = "on";
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Ask(server, "SELECT body FROM t"), "readable-1");
  Ask(server, "CREATE DATABASE shop");
  Ask(server, "CREATE TABLE t (body text)", "shop");
  Ask(server, "INSERT INTO t VALUES ('hidden-1')", "shop");
  ASSERT_EQ(server.Terminate(), 0);
  EXPECT_EQ(Holding(server.data(), "hidden-1"), "");
  server.arguments.back() = "off";
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(Ask(server, "SELECT body FROM t", "shop"), "hidden-1");
}

TEST_F(Encryption, WithoutItsKeyADatabaseCannotBeRead) {
  const std::string keys = directory.path() + "/elsewhere";
  server.arguments.insert(server.arguments.end(), {"--keys", keys});
  ASSERT_TRUE(server.Start()) << server.log();
  Ask(server, "CREATE TABLE t (body text)");
  EXPECT_TRUE(fs::exists(keys + "/files/allod.key"));
  EXPECT_FALSE(fs::exists(server.data() + "/keys"));
  EXPECT_EQ(fs::status(keys + "/files/allod.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(server.Terminate(), 0);
  const std::vector<std::string> arguments = server.arguments;
  server.arguments.resize(server.arguments.size() - 2);
  EXPECT_FALSE(server.Start());
  EXPECT_NE(server.log().find("start with --keys"), std::string::npos) << server.log();
  EXPECT_FALSE(fs::exists(server.data() + "/keys/files"));  // and it has made none
  server.arguments = arguments;
  {
    std::fstream key(keys + "/files/allod.key", std::ios::in | std::ios::out | std::ios::binary);
    key.seekp(40);
    key.put('\x55');
    key.put('\xAA');
  }
  EXPECT_FALSE(server.Start());
  EXPECT_NE(server.log().find("is damaged, or of another master key"), std::string::npos) << server.log();
}

TEST_F(Encryption, ADroppedDatabaseTakesItsKeyAlong) {
  ASSERT_TRUE(server.Start()) << server.log();
  const std::string key = server.data() + "/keys/files/a%20shop.key";
  Ask(server, "CREATE DATABASE \"a shop\"");
  EXPECT_TRUE(fs::exists(key));
  Ask(server, "DROP DATABASE \"a shop\"");
  EXPECT_FALSE(fs::exists(key));
  Ask(server, "CREATE DATABASE \"a shop\"");
  EXPECT_EQ(Ask(server, "SELECT 1", "a shop"), "1");
}

}  // namespace
}  // namespace allod::e2e
