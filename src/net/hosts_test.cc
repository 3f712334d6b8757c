#include "net/hosts.h"

#include <gtest/gtest.h>

namespace allod::net {
namespace {

std::shared_ptr<const HostRules> Good(std::string_view text) {
  auto rules = HostRules::Parse(text, "allod.conf", true);
  EXPECT_TRUE(rules.ok()) << rules.status().error().message;
  return rules.ok() ? *rules : nullptr;
}

TEST(HostRulesTest, TheFirstThatMatchesHolds) {
  auto rules = Good(R"(# who                              from where        how
local    all        allod                                  trust
local    all        all                                    scram
host     all        mallory           all                  reject
hostssl  all        ada,bob           10.1.2.0/23          scram
hostssl  shop       "all"             2001:db8::/33        cert
host     "my shop"  all               127.0.0.1/32         trust  # only here
host     all        all               192.0.2.128/25       scram-sha-256
)");
  ASSERT_NE(rules, nullptr);
  struct {
    bool unix_socket, tls;
    const char *address, *database, *role;
    int line;  // 0: none
  } cases[] = {
      {true, false, "", "shop", "allod", 2},
      {true, false, "", "shop", "ada", 3},
      {false, true, "10.1.2.1", "shop", "mallory", 4},
      {false, false, "::1", "shop", "mallory", 4},
      {false, true, "10.1.2.0", "shop", "ada", 5},
      {false, true, "10.1.3.255", "shop", "bob", 5},
      {false, true, "::ffff:10.1.3.255", "shop", "bob", 5},
      {false, true, "10.1.4.0", "shop", "bob", 0},
      {false, true, "10.1.1.255", "shop", "bob", 0},
      {false, false, "10.1.2.1", "shop", "bob", 0},  // without TLS
      {false, true, "10.1.2.1", "shop", "adam", 0},
      {false, true, "2001:db8:7fff::1", "shop", "all", 6},
      {false, true, "2001:db8:8000::1", "shop", "all", 0},
      {false, true, "2001:db8::1", "shop", "ada", 0},
      {false, true, "2001:db8::1", "shops", "all", 0},
      {false, false, "127.0.0.1", "my shop", "ada", 7},
      {false, true, "127.0.0.1", "my shop", "ada", 7},
      {false, true, "127.0.0.2", "my shop", "ada", 0},
      {false, false, "192.0.2.128", "x", "y", 8},
      {false, false, "192.0.2.127", "x", "y", 0},
      {false, false, "no address", "x", "y", 0},
  };
  for (const auto& c : cases) {
    const HostRule* rule = rules->Find({c.unix_socket, c.tls, c.address, c.database, c.role});
    EXPECT_EQ(rule == nullptr ? 0 : rule->line, c.line) << c.address << " " << c.database << " " << c.role;
  }
  EXPECT_TRUE(rules->trusts_unix_socket());
  EXPECT_EQ(rules->Find({true, false, "", "x", "allod"})->method, AuthMethod::kTrust);
  EXPECT_EQ(rules->Find({false, true, "2001:db8::1", "shop", "all"})->method, AuthMethod::kCertificate);
}

TEST(HostRulesTest, NothingLetsNobodyIn) {
  for (const char* text : {"", "\n\n", "# host all all all scram\n", " \t \r\n"}) {
    auto rules = Good(text);
    ASSERT_NE(rules, nullptr);
    EXPECT_EQ(rules->size(), 0u);
    EXPECT_EQ(rules->Find({true, false, "", "allod", "allod"}), nullptr);
    EXPECT_FALSE(rules->trusts_unix_socket());
  }
}

TEST(HostRulesTest, WhatCannotBeMeantIsRefusedWithItsLine) {
  struct {
    const char *line, *why;
  } cases[] = {
      {"hosts all all all scram", "begins with local, host or hostssl"},
      {"hostnossl all all all scram", "begins with"},
      {"local all all 127.0.0.1/32 scram", "local DATABASE ROLE METHOD"},
      {"local all all", "local DATABASE ROLE METHOD"},
      {"host all all scram", "host DATABASE ROLE ADDRESS METHOD"},
      {"host all all 10.0.0.0 255.0.0.0 scram", "host DATABASE ROLE ADDRESS METHOD"},
      {"host all all 10.0.0.0/8 md5", "a method is"},
      {"host all all 10.0.0.0/8 password", "a method is"},
      {"host all all 10.0.0.0/8 SCRAM", "a method is"},
      {"host all all 10.0.0.0/33 scram", "impossible prefix"},
      {"host all all 10.0.0.0/-1 scram", "impossible prefix"},
      {"host all all 10.0.0.0/8x scram", "impossible prefix"},
      {"host all all 10.0.0.0/ scram", "impossible prefix"},
      {"host all all ::/129 scram", "impossible prefix"},
      {"host all all 10.0.0.1/8 scram", "beyond its prefix"},
      {"host all all 2001:db8::1/64 scram", "beyond its prefix"},
      {"host all all 10.0.0.1 scram", "lacks its prefix"},
      {"host all all example.org scram", "not a range of addresses"},
      {"host all all 10.0.0/8 scram", "not a range of addresses"},
      {"host all all all trust", "trust is only for"},
      {"host all all 0.0.0.0/0 trust", "trust is only for"},
      {"host all all 126.0.0.0/7 trust", "trust is only for"},
      {"host all all 128.0.0.0/8 trust", "trust is only for"},
      {"hostssl all all ::/127 trust", "trust is only for"},
      {"hostssl all all ::2/128 trust", "trust is only for"},
      {"hostssl all all ::ffff:10.0.0.0/104 trust", "trust is only for"},
      {"host all all all cert", "cert is only for hostssl"},
      {"local all all cert", "cert is only for hostssl"},
      {"host all ada,,bob all scram", "empty name"},
      {"host all ada, all scram", "empty name"},
      {"host all +staff all scram", "not supported"},
      {"host sameuser all all scram", "not a name"},
      {"host all all,ada all scram", "not a name"},
      {"host all \"ada all scram", "quote does not end"},
  };
  for (const auto& c : cases) {
    auto rules = HostRules::Parse(std::string("# a comment\n\n") + c.line + "\nlocal all all scram\n", "DATA/allod.conf", true);
    ASSERT_FALSE(rules.ok()) << c.line;
    EXPECT_EQ(rules.status().error().sqlstate, "F0000");
    EXPECT_TRUE(rules.status().error().message.starts_with("DATA/allod.conf:3: ")) << rules.status().error().message;
    EXPECT_NE(rules.status().error().message.find(c.why), std::string::npos) << c.line << ": " << rules.status().error().message;
  }
  EXPECT_FALSE(HostRules::Parse("hostssl all all all cert", "f", false).ok());
  for (const char* fine : {"host all all 127.0.0.0/8 trust", "host all all 127.1.0.0/16 trust", "host all all ::1/128 trust"}) Good(fine);
}

}  // namespace
}  // namespace allod::net
