#include "session/notify.h"

#include <gtest/gtest.h>

namespace allod::session {
namespace {

TEST(NotifierTest, GivesInOrderToWhoListens) {
  Notifier notifier;
  int woken = 0;
  auto a = notifier.Add([&] { ++woken; });
  auto b = notifier.Add([&] { ++woken; });
  notifier.Listen(*a, "x");
  notifier.Publish({{1, "x", "one", 0}, {1, "y", "unheard", 0}, {1, "x", "two", 7}});
  EXPECT_EQ(woken, 1);
  auto taken = notifier.Take(*a);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].payload, "one");
  EXPECT_EQ(taken[1].payload, "two");
  EXPECT_EQ(taken[1].commit, 7u);
  EXPECT_TRUE(notifier.Take(*a).empty());
  EXPECT_TRUE(notifier.Take(*b).empty());
  notifier.Unlisten(*a, "");
  notifier.Publish({{1, "x", "late", 0}});
  EXPECT_TRUE(notifier.Take(*a).empty());
  notifier.Listen(*b, "x");
  notifier.Remove(b);
  notifier.Publish({{1, "x", "nobody", 0}});
  EXPECT_EQ(woken, 1);
}

TEST(NotifierTest, WhoDoesNotTakeThemIsNotKeptWaitingInMemory) {
  Notifier notifier;
  auto slow = notifier.Add([] {});
  auto quick = notifier.Add([] {});
  notifier.Listen(*slow, "x");
  notifier.Listen(*quick, "x");
  std::string payload(kMaxPayloadBytes, 'p');
  size_t sent = 0;
  for (size_t bytes = 0; bytes <= kMaxWaitingBytes; bytes += payload.size()) {
    notifier.Publish({{1, "x", payload, 0}});
    sent += notifier.Take(*quick).size();
  }
  EXPECT_TRUE(notifier.Overflowed(*slow));
  EXPECT_FALSE(notifier.Overflowed(*quick));
  EXPECT_TRUE(notifier.Take(*slow).empty());
  EXPECT_GT(sent, 1000u);
}

TEST(NotifierTest, Limits) {
  EXPECT_TRUE(CheckNotification("c", std::string(7999, 'x')).ok());
  EXPECT_EQ(CheckNotification("c", std::string(8000, 'x')).error().message, "payload string too long");
  EXPECT_EQ(CheckNotification("", "").error().message, "channel name cannot be empty");
  EXPECT_EQ(CheckNotification(std::string(64, 'c'), "").error().message, "channel name too long");
}

}  // namespace
}  // namespace allod::session
