#include "engine/faulty/faulty.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/sqlite/engine.h"
#include "engine/test_support.h"

namespace allod::engine::faulty {
namespace {

class Faulty : public testing::Test {
 protected:
  void SetUp() override {
    sqlite::Options options;
    options.path = directory_.file("a.db");
    auto real = sqlite::Open(std::move(options));
    ASSERT_OK(real.status());
    engine_ = std::make_unique<FaultyEngine>(*std::move(real));
    auto t = engine_->Begin(Mode::kWrite, *AwaitTurn(*engine_));
    ASSERT_OK((*t)->Script("CREATE TABLE t1 (c1 INTEGER PRIMARY KEY)"));
    ASSERT_OK((*t)->Commit().status());
  }

  // One transaction that takes every step. The first error.
  Status Work(int64_t key) {
    auto turn = AwaitTurn(*engine_);
    if (!turn.ok()) return turn.status();
    auto t = engine_->Begin(Mode::kWrite, *std::move(turn));
    if (!t.ok()) return t.status();
    ALLOD_RETURN_IF_ERROR((*t)->Savepoint(1));
    ALLOD_RETURN_IF_ERROR((*t)->RollbackTo(1));
    ALLOD_RETURN_IF_ERROR(RunAll(**t, "INSERT INTO t1 VALUES (?1)", {Datum::Integer(key)}).status);
    ALLOD_RETURN_IF_ERROR((*t)->Script("CREATE TABLE IF NOT EXISTS t2 (c1 INTEGER)"));
    ALLOD_RETURN_IF_ERROR((*t)->Release(1));
    return (*t)->Commit().status();
  }
  std::string Count() {
    auto t = engine_->real().Begin(Mode::kRead);
    return RunAll(**t, "SELECT count(*) FROM t1").rows;
  }

  ScratchDirectory directory_;
  std::unique_ptr<FaultyEngine> engine_;
};

TEST_F(Faulty, WithoutFaultsItIsTheRealOne) {
  EXPECT_OK(Work(1));
  EXPECT_EQ(Count(), "1");
  EXPECT_EQ(engine_->count(Step::kCommit), 2);
  EXPECT_EQ(engine_->count(Step::kRun), 1);
}

TEST_F(Faulty, EveryStepFailsInEveryWay) {
  int64_t key = 0;
  int present = 0;
  for (const Step step : {Step::kTurn, Step::kBegin, Step::kSavepoint, Step::kRollbackTo, Step::kRun, Step::kNext, Step::kScript,
                          Step::kRelease, Step::kCommit}) {
    for (const Fault fault : {Fault::kFails, Fault::kFailsButPersists}) {
      SCOPED_TRACE(std::string(Name(step)) + " " + std::string(Name(fault)));
      engine_->Inject(step, fault);
      const Status status = Work(++key);
      EXPECT_EQ(Sqlstate(status), "58030");
      // Only a commit leaves anything behind.
      if (step == Step::kCommit && fault == Fault::kFailsButPersists) ++present;
      EXPECT_EQ(Count(), std::to_string(present));
      EXPECT_OK(Work(++key));  // and the next one works: the turn is free
      EXPECT_EQ(Count(), std::to_string(++present));
    }
  }
}

TEST_F(Faulty, AfterTheKillNothingHappens) {
  engine_->Inject(Step::kNext, Fault::kKilled);
  EXPECT_EQ(Sqlstate(Work(1)), "08006");
  EXPECT_TRUE(engine_->killed());
  EXPECT_EQ(Sqlstate(Work(2)), "08006");
  EXPECT_FALSE(engine_->Begin(Mode::kRead).ok());
  EXPECT_EQ(Count(), "0");
}

TEST_F(Faulty, TheNthCallFailsWithTheErrorGiven) {
  engine_->Inject(Step::kCommit, Fault::kFails, 3, Fail(sqlstate::kSerializationFailure, "no"));
  EXPECT_OK(Work(1));
  EXPECT_OK(Work(2));
  EXPECT_EQ(Sqlstate(Work(3)), "40001");
  EXPECT_OK(Work(4));
  EXPECT_EQ(Count(), "3");
}

TEST_F(Faulty, AnAcknowledgementCanGetLost) {
  bool told = false;
  engine_->Inject(Step::kDurable, Fault::kFails);
  engine_->WhenDurable(0, [&] { told = true; });
  EXPECT_FALSE(told);
  engine_->WhenDurable(0, [&] { told = true; });
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace allod::engine::faulty
