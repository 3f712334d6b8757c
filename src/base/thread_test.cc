#include "base/thread.h"

#include <gtest/gtest.h>

#include <atomic>

namespace allod {
namespace {

// Uses about `kilobytes` of stack.
int Dig(int kilobytes) {
  volatile char page[1024];
  page[0] = static_cast<char>(kilobytes);
  return kilobytes == 0 ? page[0] : Dig(kilobytes - 1) + (page[0] == static_cast<char>(kilobytes) ? 1 : 0);
}

TEST(ThreadTest, HasTheStackItWasGiven) {
  std::atomic<int> depth = 0;
  Result<Thread> thread = Thread::Start("digger", size_t{512} << 20, [&] { depth = Dig(64 * 1024); });
  ASSERT_TRUE(thread.ok());
  thread->Join();
  EXPECT_EQ(depth, 64 * 1024);
  EXPECT_FALSE(thread->joinable());
}

TEST(ThreadTest, DestructorJoins) {
  std::atomic<bool> done = false;
  {
    Result<Thread> thread = Thread::Start("short", 1 << 20, [&] { done = true; });
    ASSERT_TRUE(thread.ok());
    Thread moved = *std::move(thread);
    EXPECT_TRUE(moved.joinable());
  }
  EXPECT_TRUE(done);
}

TEST(ThreadTest, AnImpossibleStackIsAnError) {
  Result<Thread> thread = Thread::Start("none", 1, [] {});
  ASSERT_FALSE(thread.ok());
  EXPECT_EQ(thread.status().error().sqlstate, "53000");
}

}  // namespace
}  // namespace allod
