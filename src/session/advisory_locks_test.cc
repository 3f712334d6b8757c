#include "session/advisory_locks.h"

#include <gtest/gtest.h>

#include "session/codes.h"

namespace allod::session {
namespace {

class AdvisoryLocksTest : public testing::Test {
 protected:
  // "waits", "granted", or the SQLSTATE.
  struct Request {
    std::string state = "waits";
  };
  std::shared_ptr<Request> Ask(AdvisoryLocks::Owner& owner, uint32_t key, bool shared = false, bool holds_turn = false) {
    auto request = std::make_shared<Request>();
    locks.Request(owner, {0, key, false}, shared, false, holds_turn,
                  [request](Status status) { request->state = status.ok() ? "granted" : status.error().sqlstate; });
    return request;
  }
  bool Try(AdvisoryLocks::Owner& owner, uint32_t key, bool shared = false) { return locks.TryLock(owner, {0, key, false}, shared, false); }
  bool Unlock(AdvisoryLocks::Owner& owner, uint32_t key, bool shared = false) { return locks.Unlock(owner, {0, key, false}, shared); }

  AdvisoryLocks locks;
  std::shared_ptr<AdvisoryLocks::Owner> a = locks.Join(1), b = locks.Join(2), c = locks.Join(3);
};

TEST_F(AdvisoryLocksTest, CountsAndExcludes) {
  EXPECT_TRUE(Try(*a, 1));
  EXPECT_TRUE(Try(*a, 1));
  EXPECT_TRUE(Try(*a, 1, true));
  EXPECT_FALSE(Try(*b, 1, true));
  EXPECT_TRUE(Unlock(*a, 1));
  EXPECT_TRUE(Unlock(*a, 1));
  EXPECT_FALSE(Unlock(*a, 1));
  EXPECT_TRUE(Try(*b, 1, true));
  EXPECT_FALSE(Try(*a, 1));
  EXPECT_EQ(locks.All().size(), 2u);
  locks.Leave(*a);
  EXPECT_TRUE(Try(*b, 1));
  locks.Leave(*b);
  EXPECT_TRUE(locks.All().empty());
}

TEST_F(AdvisoryLocksTest, WaitsInLine) {
  EXPECT_TRUE(Try(*a, 1, true));
  auto exclusive = Ask(*b, 1);
  auto shared = Ask(*c, 1, true);  // not past the one that waits
  EXPECT_EQ(exclusive->state, "waits");
  EXPECT_EQ(shared->state, "waits");
  EXPECT_FALSE(locks.TryLock(*locks.Join(4), {0, 1, false}, true, false));
  EXPECT_TRUE(Unlock(*a, 1, true));
  EXPECT_EQ(exclusive->state, "granted");
  EXPECT_EQ(shared->state, "waits");
  locks.Leave(*b);
  EXPECT_EQ(shared->state, "granted");
}

TEST_F(AdvisoryLocksTest, WithdrawLetsTheNextIn) {
  EXPECT_TRUE(Try(*a, 1, true));
  auto exclusive = Ask(*b, 1);
  auto shared = Ask(*c, 1, true);
  locks.Withdraw(*b, Fail(sqlstate::kQueryCanceled, "canceled"));
  EXPECT_EQ(exclusive->state, "57014");
  EXPECT_EQ(shared->state, "granted");
  locks.Withdraw(*b, Fail(sqlstate::kQueryCanceled, "canceled"));
}

TEST_F(AdvisoryLocksTest, FindsCirclesOfThree) {
  EXPECT_TRUE(Try(*a, 1) && Try(*b, 2) && Try(*c, 3));
  auto first = Ask(*a, 2), second = Ask(*b, 3), third = Ask(*c, 1);
  EXPECT_EQ(third->state, sqlstate::kDeadlockDetected);
  EXPECT_EQ(first->state, "waits");
  EXPECT_TRUE(Unlock(*c, 3));
  EXPECT_EQ(second->state, "granted");
}

TEST_F(AdvisoryLocksTest, TheTurnIsPartOfTheCircle) {
  EXPECT_TRUE(Try(*b, 1));
  EXPECT_TRUE(locks.WaitForTurn(*b).ok());
  EXPECT_EQ(Ask(*a, 1, false, true)->state, sqlstate::kDeadlockDetected);
  locks.StopWaitingForTurn(*b);
  auto waits = Ask(*a, 1, false, true);
  EXPECT_EQ(waits->state, "waits");
  EXPECT_EQ(locks.WaitForTurn(*b).error().sqlstate, sqlstate::kDeadlockDetected);
  EXPECT_TRUE(Unlock(*b, 1));
  EXPECT_EQ(waits->state, "granted");
}

TEST_F(AdvisoryLocksTest, SavepointsReleaseWhatCameAfterThem) {
  EXPECT_TRUE(locks.TryLock(*a, {0, 1, false}, false, true));
  EXPECT_TRUE(locks.TryLock(*a, {0, 2, false}, false, true));
  EXPECT_TRUE(Try(*a, 2));
  locks.UnlockTransaction(*a, 1);
  EXPECT_FALSE(Try(*b, 1));
  EXPECT_FALSE(Try(*b, 2));  // the session's own stays
  locks.UnlockTransaction(*a, 0);
  EXPECT_TRUE(Try(*b, 1));
  locks.UnlockSession(*a);
  EXPECT_TRUE(Try(*b, 2));
}

}  // namespace
}  // namespace allod::session
