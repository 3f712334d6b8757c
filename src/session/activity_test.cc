#include "session/activity.h"

#include <gtest/gtest.h>

#include <thread>

namespace allod::session {
namespace {

TEST(ActivityTest, FollowsASession) {
  Activities activities;
  const std::shared_ptr<Activity> a = activities.Join("ann", "psql", 10);
  a->Attach(7);
  a->Begin("SELECT 1", 20, 30);
  a->Await(Activity::Wait::kTurn);
  Activity::Snapshot now = activities.All().at(0);
  EXPECT_EQ(now.process, 7);
  EXPECT_EQ(now.user, "ann");
  EXPECT_EQ(now.text, "SELECT 1");
  EXPECT_EQ(now.state, Activity::State::kActive);
  EXPECT_EQ(now.wait, Activity::Wait::kTurn);
  EXPECT_EQ(now.session_start, 10);
  EXPECT_EQ(now.transaction_start, 20);
  EXPECT_EQ(now.statement_start, 30);
  EXPECT_EQ(now.state_change, 30);

  a->Rest(Activity::State::kIdleInTransaction, 40);
  now = a->snapshot();
  EXPECT_EQ(now.wait, Activity::Wait::kNothing);
  EXPECT_EQ(now.transaction_start, 20);
  EXPECT_EQ(now.state_change, 40);
  a->Rest(Activity::State::kIdle, 50);
  EXPECT_EQ(a->snapshot().transaction_start, 0);
  a->Rest(Activity::State::kIdle, 60);
  EXPECT_EQ(a->snapshot().state_change, 50);
}

TEST(ActivityTest, WhoLeavesIsGone) {
  Activities activities;
  std::shared_ptr<Activity> a = activities.Join("ann", "", 1), b = activities.Join("bob", "", 2);
  EXPECT_EQ(activities.size(), 2u);
  a.reset();
  EXPECT_EQ(activities.size(), 1u);
  ASSERT_EQ(activities.All().size(), 1u);
  EXPECT_EQ(activities.All()[0].user, "bob");
}

// An idle session keeps no statement of megabytes, and what it keeps is whole characters.
TEST(ActivityTest, KeepsTheBeginningOfALongText) {
  Activities activities;
  const std::shared_ptr<Activity> a = activities.Join("ann", "", 1);
  a->Begin(std::string(10'000'000, 'x'), 1, 1);
  EXPECT_EQ(a->snapshot().text, std::string(Activity::kMaxText, 'x'));
  std::string euros;
  for (int i = 0; i < 1'000; ++i) euros += "\u20ac";  // three bytes each
  a->Begin("'" + euros, 1, 1);
  EXPECT_EQ(a->snapshot().text, "'" + euros.substr(0, 3 * ((Activity::kMaxText - 1) / 3)));
  a->Begin(std::string(Activity::kMaxText, 'y'), 1, 1);
  EXPECT_EQ(a->snapshot().text, std::string(Activity::kMaxText, 'y'));
}

TEST(ActivityTest, IsReadWhileItChanges) {
  Activities activities;
  const std::shared_ptr<Activity> a = activities.Join("ann", "", 1);
  std::thread writer([&] {
    for (int i = 1; i <= 20'000; ++i) {
      a->Begin("SELECT 1", i, i);
      a->Rest(Activity::State::kIdle, i);
    }
  });
  for (int i = 0; i < 2'000; ++i) {
    const Activity::Snapshot now = activities.All().at(0);
    // Never one half of a change.
    if (now.state == Activity::State::kActive) EXPECT_EQ(now.transaction_start, now.statement_start);
    else EXPECT_EQ(now.transaction_start, 0);
  }
  writer.join();
}

}  // namespace
}  // namespace allod::session
