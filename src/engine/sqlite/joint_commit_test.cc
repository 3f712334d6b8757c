// Several transactions in one commit: all of them or none, each by itself when it fails, and nobody is told before.
#include "engine/sqlite/joint_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/sqlite/engine.h"
#include "engine/sqlite/testing/lossy_files.h"
#include "engine/test_support.h"

namespace allod::engine::sqlite {
namespace {

using namespace std::chrono_literals;

class Joint : public testing::Test {
 protected:
  void SetUp() override { OpenWith(Defaults()); }
  Options Defaults() {
    Options options;
    options.path = directory_.file("a.db");
    return options;
  }
  void OpenWith(Options options) {
    engine_.reset();
    auto opened = Open(std::move(options));
    ASSERT_OK(opened.status());
    engine_ = *std::move(opened);
    auto setup = engine_->Begin(Mode::kWrite, *AwaitTurn(*engine_));
    ASSERT_OK((*setup)->Script("CREATE TABLE t1 (c1 INTEGER PRIMARY KEY) STRICT;"
                               "CREATE TABLE t2 (c1 INTEGER PRIMARY KEY, c2 INTEGER REFERENCES t1 (c1) DEFERRABLE INITIALLY DEFERRED, c3 TEXT) STRICT;"
                               "INSERT INTO t1 VALUES (1)"));
    auto number = (*setup)->Commit();
    ASSERT_OK(number.status());
    AwaitDurable(*engine_, *number);
    commits_ = engine_->statistics().commits;
  }
  // The first has the turn, and so many others are in line.
  std::unique_ptr<Transaction> Lead(int followers, bool brief = true) {
    Turn turn = *AwaitTurn(*engine_);
    turns_.assign(static_cast<size_t>(followers), std::nullopt);
    for (int i = 0; i < followers; ++i) {
      requests_.push_back(engine_->RequestTurn(0ms, [this, i](Result<Turn> t) { turns_[static_cast<size_t>(i)] = std::move(t); }, brief));
    }
    return *engine_->Begin(Mode::kWrite, std::move(turn));
  }
  bool Granted(size_t i) const { return turns_[i].has_value(); }
  Turn Take(size_t i) { return **std::exchange(turns_[i], std::nullopt); }
  std::unique_ptr<Transaction> Follow(size_t i) {
    auto begun = engine_->Begin(Mode::kWrite, Take(i));
    EXPECT_OK(begun.status());
    return *std::move(begun);
  }
  struct Told {
    std::optional<Result<CommitNumber>> answer;
    Transaction::Committed Tell() {
      return [this](Result<CommitNumber> number) {
        EXPECT_FALSE(answer.has_value());
        answer = std::move(number);
      };
    }
    bool ok() const { return answer.has_value() && answer->ok(); }
    std::string sqlstate() const { return answer ? Sqlstate(answer->status()) : "not told"; }
  };
  static Status Insert(Transaction& t, int id, int parent = 1) {
    return RunAll(t, "INSERT INTO t2 VALUES (?1, ?2, 'x')", {Datum::Integer(id), Datum::Integer(parent)}).status;
  }
  std::string Rows() { return RunAll(**engine_->Begin(Mode::kRead), "SELECT group_concat(c1, ',') FROM t2").rows; }

  ScratchDirectory directory_;
  std::unique_ptr<Engine> engine_;
  std::vector<uint64_t> requests_;
  std::deque<std::optional<Result<Turn>>> turns_;
  uint64_t commits_ = 0;
};

TEST_F(Joint, ThoseInLineAreCommittedTogether) {
  auto first = Lead(2);
  Told told[3];
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told[0].Tell());
  ASSERT_TRUE(Granted(0));
  EXPECT_EQ(told[0].sqlstate(), "not told");
  EXPECT_EQ(Rows(), "NULL");  // nobody sees it
  auto second = Follow(0);
  EXPECT_EQ(RunAll(*second, "SELECT count(*) FROM t2").rows, "1");  // but who is committed with it
  ASSERT_OK(Insert(*second, 2));
  second->CommitJointly(told[1].Tell());
  auto third = Granted(1) ? Follow(1) : nullptr;
  ASSERT_NE(third, nullptr);
  ASSERT_OK(Insert(*third, 3));
  third->CommitJointly(told[2].Tell());  // the last in line: it is done when this returns
  for (const Told& t : told) ASSERT_TRUE(t.ok()) << t.sqlstate();
  EXPECT_EQ(engine_->statistics().commits, commits_ + 3);
  AwaitDurable(*engine_, **told[0].answer);
  EXPECT_EQ(Rows(), "1,2,3");
}

TEST_F(Joint, WhoIsNotBriefWaitsForTheCommit) {
  auto first = Lead(2, false);
  Told told;
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told.Tell());
  EXPECT_TRUE(told.ok());
  EXPECT_TRUE(Granted(0));
}

TEST_F(Joint, OneThatFailsIsUndoneAlone) {
  auto first = Lead(3);
  Told told[3];
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told[0].Tell());
  {
    auto second = Follow(0);
    ASSERT_OK(Insert(*second, 2));
    EXPECT_EQ(Sqlstate(Insert(*second, 1)), "23505");
  }  // rolled back
  auto third = Follow(1);
  ASSERT_OK(Insert(*third, 3, 99));  // names a row that is not there
  third->CommitJointly(told[1].Tell());
  EXPECT_EQ(told[1].sqlstate(), "23503");
  auto fourth = Follow(2);
  ASSERT_OK(Insert(*fourth, 4));
  fourth->CommitJointly(told[2].Tell());
  EXPECT_TRUE(told[0].ok());
  EXPECT_TRUE(told[2].ok());
  EXPECT_EQ(Rows(), "1,4");
}

TEST_F(Joint, AnOrdinaryCommitTakesTheOthersAlong) {
  auto first = Lead(2);
  Told told;
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told.Tell());
  auto second = Follow(0);
  ASSERT_OK(Insert(*second, 2));
  EXPECT_OK(second->Commit().status());
  EXPECT_TRUE(told.ok());
  EXPECT_EQ(Rows(), "1,2");
}

TEST_F(Joint, ATurnThatIsGivenBackUnusedHoldsNobodyUp) {
  auto first = Lead(2);
  Told told;
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told.Tell());
  { Turn unused = Take(0); }
  { Turn unused = Take(1); }
  EXPECT_TRUE(told.ok());
  EXPECT_EQ(Rows(), "1");
}

TEST_F(Joint, OneThatIsGivenBackAfterTheEngineHasEndedToo) {
  auto first = Lead(2);
  Told told;
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told.Tell());
  first.reset();
  EXPECT_EQ(told.sqlstate(), "not told");
  engine_.reset();
  EXPECT_TRUE(told.ok());
  turns_.clear();
  auto again = Open(Defaults());
  ASSERT_OK(again.status());
  EXPECT_EQ(RunAll(**(*again)->Begin(Mode::kRead), "SELECT c1 FROM t2").rows, "1");
}

TEST_F(Joint, AnInterruptDoesNotReachThoseBefore) {
  auto first = Lead(2);
  Told told[2];
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told[0].Tell());
  auto second = Follow(0);
  std::thread interrupts([&] {
    for (int i = 0; i < 200; ++i) {
      second->Interrupt();
      std::this_thread::sleep_for(100us);
    }
  });
  // Long enough to be interrupted, if it could be.
  const Answer answer = RunAll(*second, "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
                                        "INSERT INTO t2 SELECT i, 1, 'x' FROM n");
  interrupts.join();
  EXPECT_TRUE(answer.status.ok() || Sqlstate(answer.status) == "57014");
  if (answer.status.ok()) second->CommitJointly(told[1].Tell());
  second.reset();
  if (Granted(1)) { Turn unused = Take(1); }
  EXPECT_TRUE(told[0].ok()) << told[0].sqlstate();
  EXPECT_EQ(RunAll(**engine_->Begin(Mode::kRead), "SELECT count(*) > 0 FROM t2 WHERE c1 = 1").rows, "1");
}

TEST_F(Joint, AMembersMemoryDoesNotEndThoseBefore) {
  Options options = Defaults();
  options.path = directory_.file("small.db");
  options.connection_memory_mib = 8;
  OpenWith(options);
  constexpr const char* kLarge = "INSERT INTO t2 VALUES (2, 1, hex(zeroblob(20000000)))";
  auto alone = Lead(0);
  EXPECT_EQ(Sqlstate(RunAll(*alone, kLarge).status), "53200") << "the limit of a connection's memory";
  alone.reset();
  auto first = Lead(2);
  Told told[2];
  ASSERT_OK(Insert(*first, 1));
  first->CommitJointly(told[0].Tell());
  auto second = Follow(0);
  EXPECT_OK(RunAll(*second, kLarge).status);
  second->CommitJointly(told[1].Tell());
  second.reset();
  if (Granted(1)) { Turn unused = Take(1); }
  EXPECT_TRUE(told[0].ok()) << told[0].sqlstate();
  EXPECT_TRUE(told[1].ok()) << told[1].sqlstate();
  EXPECT_EQ(Rows(), "1,2");
}

TEST_F(Joint, AFullDiskFailsThemAll) {
  engine_.reset();
  LossyFiles files(5);
  Options options = Defaults();
  options.path = directory_.file("lossy.db");
  options.file_layer = LossyFiles::Name();
  OpenWith(options);
  files.SetFull(true);
  std::string sqlstates;
  for (int round = 0; round < 100 && sqlstates.empty(); ++round) {  // the log has some room left
    auto first = Lead(2);
    Told told[3];
    const std::string filler(3000, 'x');
    const auto insert = [&](Transaction& t, int i) {
      return RunAll(t, "INSERT INTO t2 VALUES (?1, 1, ?2)", {Datum::Integer(round * 3 + i), Datum::Text(filler)}).status;
    };
    ASSERT_OK(insert(*first, 0));
    first->CommitJointly(told[0].Tell());
    for (size_t i = 0; i < 2; ++i) {
      auto next = Follow(i);
      ASSERT_OK(insert(*next, static_cast<int>(i) + 1));
      next->CommitJointly(told[i + 1].Tell());
    }
    if (!told[2].ok()) sqlstates = told[0].sqlstate() + " " + told[1].sqlstate() + " " + told[2].sqlstate();
  }
  EXPECT_EQ(sqlstates, "53100 53100 53100");
  files.SetFull(false);
  auto again = engine_->Begin(Mode::kWrite, *AwaitTurn(*engine_));
  ASSERT_OK(Insert(**again, 1'000'000));
  EXPECT_OK((*again)->Commit().status());
  again->reset();
  engine_.reset();
}

// Threads that ask for the turn as brief, and now and then roll back: what was told as committed is there, and nothing else.
TEST_F(Joint, ManyWritersLoseNothing) {
  constexpr int kThreads = 8, kEach = 300;
  std::atomic<int> committed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        Turn turn = *AwaitTurn(*engine_, 0ms, i % 10 != 0);
        auto t = engine_->Begin(Mode::kWrite, std::move(turn));
        ASSERT_OK(t.status());
        const int id = thread * kEach + i + 1;
        ASSERT_OK(Insert(**t, id));
        if (i % 7 == 3) continue;  // rolled back
        const Result<CommitNumber> answer = AwaitJointCommit(**t);
        ASSERT_OK(answer.status());
        ++committed;
        if (i % 50 == 0) {
          AwaitDurable(*engine_, *answer);
          EXPECT_EQ(RunAll(**engine_->Begin(Mode::kRead), "SELECT count(*) FROM t2 WHERE c1 = " + std::to_string(id)).rows, "1");
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Rows().empty(), false);
  EXPECT_EQ(RunAll(**engine_->Begin(Mode::kRead), "SELECT count(*) FROM t2").rows, std::to_string(committed.load()));
}

}  // namespace
}  // namespace allod::engine::sqlite
