#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace allod::log {
namespace {

TEST(LogTest, LineIsLogfmt) {
  EXPECT_EQ(FormatLine(Level::kInfo, "listening", {{"address", "127.0.0.1"}, {"port", 5433}, {"tls", false}}),
            "level=info event=listening address=127.0.0.1 port=5433 tls=false");
  EXPECT_EQ(FormatLine(Level::kError, "failed", {{"reason", "no \"space\"\nleft"}, {"file", ""}}),
            "level=error event=failed reason=\"no \\\"space\\\"\\nleft\" file=\"\"");
}

TEST(LogTest, WritesFromTheLevelOn) {
  std::string path = testing::TempDir() + "allod_log_test." + std::to_string(getpid());
  ASSERT_TRUE(Open(path, Level::kWarning).ok());
  EXPECT_FALSE(Enabled(Level::kInfo));
  Info("hidden");
  Warning("shown", {{"braces", "{}"}});
  SetLevel(Level::kDebug);
  Debug("now_too");
  ASSERT_TRUE(Open("stderr", Level::kInfo).ok());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str().find("hidden"), std::string::npos);
  EXPECT_NE(text.str().find("level=warning event=shown braces={}"), std::string::npos);
  EXPECT_NE(text.str().find("event=now_too"), std::string::npos);
  EXPECT_TRUE(text.str().starts_with("time=20"));
  std::remove(path.c_str());
}

TEST(LogTest, ADirectoryIsNoLogFile) { EXPECT_FALSE(Open("/", Level::kInfo).ok()); }

TEST(LogTest, Levels) {
  Level level = Level::kInfo;
  EXPECT_TRUE(ParseLevel("debug", &level));
  EXPECT_EQ(level, Level::kDebug);
  EXPECT_FALSE(ParseLevel("loud", &level));
}

}  // namespace
}  // namespace allod::log
