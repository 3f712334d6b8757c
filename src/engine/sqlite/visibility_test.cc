// What readers are shown while commits are under way: one commit's state, whole; nothing that a crash could still take back;
// everything that was acknowledged before they began. And that a commit costs their caches only what it changed.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/testing/lossy_files.h"
#include "engine/test_support.h"

namespace allod::engine::sqlite {
namespace {

using namespace std::chrono_literals;

struct Setting {
  bool encrypted;
};

class Visibility : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override { ASSERT_OK(log::Open(directory_.file("log"), log::Level::kError)); }
  void TearDown() override { ASSERT_OK(log::Open("stderr", log::Level::kInfo)); }
  Options Defaults() {
    Options options;
    options.path = directory_.file("visible.db");  // only the lock is a real file
    if (GetParam().encrypted) options.key = std::string(32, 'k');
    options.file_layer = GetParam().encrypted ? LossyFiles::EncryptedName() : LossyFiles::Name();
    options.fatal = [this](const std::string&) { fatal_ = true; };
    return options;
  }

  ScratchDirectory directory_;
  std::atomic<bool> fatal_{false};
};

Result<CommitNumber> Write(Engine& engine, const std::vector<std::string>& texts) {
  ALLOD_ASSIGN_OR_RETURN(Turn turn, AwaitTurn(engine, 10s));
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<Transaction> t, engine.Begin(Mode::kWrite, std::move(turn)));
  for (const std::string& text : texts) {
    if (text.starts_with("CREATE")) ALLOD_RETURN_IF_ERROR(t->Script(text));
    else ALLOD_RETURN_IF_ERROR(RunAll(*t, text).status);
  }
  return t->Commit();
}

void Raise(std::atomic<int64_t>& most, int64_t value) {
  for (int64_t now = most.load(); now < value && !most.compare_exchange_weak(now, value);) {
  }
}

constexpr int kAccounts = 400;

// The n-th commit adds row n, moves something between two accounts, and now and then removes and refills many pages.
std::vector<std::string> NthCommit(int64_t n, std::mt19937_64& random) {
  const std::string id = std::to_string(n), sum = std::to_string(random() % 100);
  std::vector<std::string> texts = {
      "INSERT INTO t1 VALUES (" + id + ", '" + std::string(20 + random() % 400, 'h') + "')",
      "UPDATE t2 SET c2 = c2 - " + sum + " WHERE c1 = " + std::to_string(random() % kAccounts),
      "UPDATE t2 SET c2 = c2 + " + sum + " WHERE c1 = " + std::to_string(random() % kAccounts),
      "UPDATE t3 SET c1 = " + id};
  if (n % 7 == 0) {
    // Pages go to the list of free ones, and come back for other tables.
    texts.push_back("DELETE FROM t4");
  } else if (n % 7 < 3) {
    for (int i = 0; i < 20; ++i) texts.push_back("INSERT INTO t4 VALUES (" + id + ", '" + std::string(700, 'f') + "')");
  }
  return texts;
}

// One state has: rows 1..n in t1, n in t3, balances in t2 that sum up to nothing, and indexes that agree with their tables.
constexpr char kState[] =
    "SELECT (SELECT c1 FROM t3), (SELECT count(*) FROM t1), (SELECT coalesce(max(c1), 0) FROM t1),"
    " (SELECT sum(c2) FROM t2 NOT INDEXED), (SELECT sum(c2) FROM t2 INDEXED BY i2 WHERE c2 > -1000000000),"
    " (SELECT count(DISTINCT c1) FROM t4 NOT INDEXED), (SELECT count(DISTINCT c1) FROM t4 INDEXED BY i4 WHERE c1 > 0)";

struct Counts {
  std::atomic<int64_t> committed{0}, acknowledged{0};
  std::atomic<int64_t> told{0};     // the newest state that a reader could have passed on
  std::atomic<int64_t> reads{0}, behind{0};  // `behind`: shown an older commit than the newest
  std::atomic<bool> stop{false};
};

void ReadStates(Engine& engine, Counts& counts, Mode mode, uint64_t seed) {
  std::mt19937_64 random(seed);
  static PlainContext context;
  while (!counts.stop) {
    const int64_t before = counts.acknowledged, committed = counts.committed;
    auto transaction = engine.Begin(mode);
    if (!transaction.ok()) return;
    if (random() % 8 != 0) (*transaction)->MayShowDurable(0);
    int64_t first = -1;
    for (int i = 0; i < (mode == Mode::kSnapshot ? 2 : 1); ++i) {
      auto cursor = (*transaction)->Run(kState, {}, &context);
      if (!cursor.ok()) return;
      auto more = (*cursor)->Next();
      if (!more.ok()) return;  // the power is gone
      ASSERT_TRUE(*more);
      const int64_t n = (*cursor)->column(0).integer;
      ASSERT_EQ((*cursor)->column(1).integer, n);
      ASSERT_EQ((*cursor)->column(2).integer, n);
      ASSERT_EQ((*cursor)->column(3).integer, 0) << "at " << n;
      ASSERT_EQ((*cursor)->column(4).integer, 0) << "at " << n;
      ASSERT_EQ((*cursor)->column(5).integer, (*cursor)->column(6).integer) << "at " << n;
      ASSERT_GE(n, before) << "acknowledged before the read began, and not in it";
      if (first >= 0) {
        ASSERT_EQ(n, first) << "a snapshot changed";
      }
      first = n;
    }
    auto shown = (*transaction)->Commit();
    if (!shown.ok()) return;
    counts.reads++;
    if (first < committed) counts.behind++;
    if (engine.IsDurable(*shown)) {
      Raise(counts.told, first);
    } else {
      engine.WhenDurable(*shown, [&counts, first] { Raise(counts.told, first); });
    }
  }
}

void CommitUntilItFails(Engine& engine, Counts& counts, int64_t next, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (; !counts.stop; ++next) {
    auto number = Write(engine, NthCommit(next, random));
    if (!number.ok()) break;
    counts.committed = next;
    engine.WhenDurable(*number, [&counts, next] { Raise(counts.acknowledged, next); });
    if (random() % 16 == 0) std::this_thread::sleep_for(2ms);
  }
  counts.stop = true;
}

TEST_P(Visibility, WhatReadersWereShownSurvivesACrash) {
  std::mt19937_64 random(GetParam().encrypted ? 21 : 17);
  int64_t reads = 0, behind = 0, lost = 0;
  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE(round);
    LossyFiles files(random());
    Options options = Defaults();
    options.cache_kib = 400;
    options.checkpoint_bytes = round % 2 == 0 ? 200'000 : 2'000'000;  // the log starts over often, or seldom
    options.wal_limit_bytes = 1'000'000;
    options.checkpoint_idle = 5ms;
    Counts counts;
    for (int life = 0; life < 3; ++life) {
      SCOPED_TRACE(life);
      fatal_ = false;
      auto engine = Open(options);
      ASSERT_OK(engine.status());
      if (life == 0) {
        auto number = Write(**engine, {"CREATE TABLE t1 (c1 INTEGER PRIMARY KEY, c2 TEXT);"
                                       "CREATE TABLE t2 (c1 INTEGER PRIMARY KEY, c2 INTEGER, c3 TEXT); CREATE INDEX i2 ON t2 (c2);"
                                       "CREATE TABLE t3 (c1 INTEGER); INSERT INTO t3 VALUES (0);"
                                       "CREATE TABLE t4 (c1 INTEGER, c2 TEXT); CREATE INDEX i4 ON t4 (c1);"
                                       "INSERT INTO t2 WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < " +
                                       std::to_string(kAccounts - 1) + ") SELECT i, 0, 'an account with a name' FROM r"});
        ASSERT_OK(number.status());
        AwaitDurable(**engine, *number);
      }
      // What came through the crash: at least what anybody was told.
      auto reader = (*engine)->Begin(Mode::kRead);
      const int64_t now = std::stoll(RunAll(**reader, "SELECT c1 FROM t3").rows);
      ASSERT_GE(now, counts.acknowledged.load());
      ASSERT_GE(now, counts.told.load());
      lost += counts.committed - now;
      reader->reset();
      counts.committed = counts.acknowledged = now;
      counts.stop = false;
      files.SetSyncTime(300us);
      files.CrashAfter(500 + random() % 2500);
      std::vector<std::thread> threads;
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i, seed = random()] { ReadStates(**engine, counts, i == 0 ? Mode::kSnapshot : Mode::kRead, seed); });
      }
      CommitUntilItFails(**engine, counts, now + 1, random());
      for (std::thread& thread : threads) thread.join();
      if (HasFatalFailure()) return;
      engine->reset();
      files.SetSyncTime(0us);
      files.Restart();
    }
    reads += counts.reads;
    behind += counts.behind;
  }
  // The test would prove nothing if no read had been shown an older commit, or no commit ever lost.
  EXPECT_GT(reads, 100);
  EXPECT_GT(behind, 20);
  EXPECT_GT(lost, 0);
}

TEST_P(Visibility, ACommitCostsReadersThePagesThatItChanged) {
  LossyFiles files(1);
  Options options = Defaults();
  options.max_connections = 1;
  options.checkpoint_idle = 1h;
  auto engine = Open(options);
  ASSERT_OK(engine.status());
  auto number = Write(**engine, {"CREATE TABLE t1 (c1 INTEGER PRIMARY KEY, c2 TEXT); CREATE TABLE t2 (c1 INTEGER PRIMARY KEY);"
                                 "INSERT INTO t1 WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 4000)"
                                 " SELECT i, 'some text for this row, so that a page does not hold too many of them' FROM r"});
  ASSERT_OK(number.status());
  AwaitDurable(**engine, *number);
  const auto read = [&](bool durable) {
    const uint64_t before = files.page_reads();
    auto reader = (*engine)->Begin(Mode::kRead);
    if (durable) (*reader)->MayShowDurable(0);
    Answer answer = RunAll(**reader, "SELECT count(*), max(c2), (SELECT count(*) FROM t2) FROM t1");
    EXPECT_OK(answer.status);
    return std::pair(files.page_reads() - before, answer.rows.substr(answer.rows.rfind('|') + 1));
  };
  EXPECT_GT(read(false).first, 50u);  // cold
  EXPECT_EQ(read(false).first, 0u);
  for (int i = 1; i <= 5; ++i) {
    number = Write(**engine, {"INSERT INTO t2 VALUES (" + std::to_string(i) + ")"});
    ASSERT_OK(number.status());
    AwaitDurable(**engine, *number);
    const auto [pages, rows] = read(false);
    EXPECT_EQ(rows, std::to_string(i));
    EXPECT_LE(pages, 3u);
  }
  // Back to an older commit, and forth again.
  files.SetSyncTime(2s);
  number = Write(**engine, {"INSERT INTO t2 VALUES (6)"});
  ASSERT_OK(number.status());
  for (const bool durable : {true, false, true, false}) {
    const auto [pages, rows] = read(durable);
    EXPECT_EQ(rows, durable ? "5" : "6");
    EXPECT_LE(pages, 3u);
  }
  EXPECT_FALSE((*engine)->IsDurable(*number));  // or the reads above were not what they were to be
  files.SetSyncTime(0us);
  AwaitDurable(**engine, *number);
  EXPECT_FALSE(fatal_);
}

INSTANTIATE_TEST_SUITE_P(Layers, Visibility, testing::Values(Setting{false}, Setting{true}),
                         [](const auto& info) { return info.param.encrypted ? "Encrypted" : "Plain"; });

}  // namespace
}  // namespace allod::engine::sqlite
