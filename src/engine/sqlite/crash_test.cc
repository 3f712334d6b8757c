// Whatever was acknowledged is there after a crash, at whichever write or sync it comes; and what is there is whole.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
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

class Crash : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override { ASSERT_OK(log::Open(directory_.file("log"), log::Level::kError)); }
  void TearDown() override { ASSERT_OK(log::Open("stderr", log::Level::kInfo)); }
  Result<std::unique_ptr<Engine>> OpenEngine(std::chrono::milliseconds checkpoint_idle = 5ms) {
    Options options;
    options.path = directory_.file("crash.db");  // only the lock is a real file
    if (GetParam().encrypted) options.key = std::string(32, 'k');
    options.file_layer = GetParam().encrypted ? LossyFiles::EncryptedName() : LossyFiles::Name();
    options.cache_kib = 48;  // large transactions spill into the log before they commit
    options.checkpoint_bytes = 60'000;
    options.wal_limit_bytes = 200'000;
    options.checkpoint_idle = checkpoint_idle;
    options.fatal = [this](const std::string&) { fatal_ = true; };
    return Open(std::move(options));
  }

  ScratchDirectory directory_;
  std::atomic<bool> fatal_{false};
};

// Row (transaction, part) for each of its parts, in both tables: a transaction is there whole, or not at all.
constexpr int kParts[] = {1, 2, 3, 60};

struct Log {
  std::mutex mutex;
  std::map<int64_t, CommitNumber> committed;  // COMMIT succeeded
  std::map<int64_t, int> parts;               // begun
  std::set<int64_t> acknowledged;
};

void WriteUntilItFails(Engine& engine, Log& log, std::atomic<int64_t>& next, uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::string filler(200, 'x');
  while (true) {
    const int parts = kParts[random() % std::size(kParts)];
    const bool jointly = random() % 4 != 0;
    auto turn = AwaitTurn(engine, 10s, jointly);
    if (!turn.ok()) return;
    auto transaction = engine.Begin(Mode::kWrite, *std::move(turn));
    if (!transaction.ok()) return;
    const int64_t id = next++;
    {
      std::lock_guard lock(log.mutex);
      log.parts[id] = parts;
    }
    for (int i = 0; i < parts; ++i) {
      for (const char* text : {"INSERT INTO t1 VALUES (?1, ?2, ?3)", "INSERT INTO t2 VALUES (?1, ?2, ?3)"}) {
        if (!RunAll(**transaction, text, {Datum::Integer(id), Datum::Integer(i), Datum::Text(filler)}).status.ok()) return;
      }
    }
    auto number = jointly ? AwaitJointCommit(**transaction) : (*transaction)->Commit();
    if (!number.ok()) return;
    {
      std::lock_guard lock(log.mutex);
      log.committed[id] = *number;
    }
    engine.WhenDurable(*number, [&log, id] {
      std::lock_guard lock(log.mutex);
      log.acknowledged.insert(id);
    });
    if (random() % 4 == 0) std::this_thread::yield();
  }
}

void Check(Engine& engine, const Log& log, std::map<int64_t, int>* present) {
  auto transaction = engine.Begin(Mode::kSnapshot);
  ASSERT_OK(transaction.status());
  PlainContext context;
  for (const std::string table : {"t1", "t2"}) {
    auto cursor = (*transaction)->Run("SELECT c1, count(*) FROM " + table + " GROUP BY c1", {}, &context);
    ASSERT_OK(cursor.status());
    std::map<int64_t, int> found;
    while (true) {
      auto more = (*cursor)->Next();
      ASSERT_OK(more.status());
      if (!*more) break;
      found[(*cursor)->column(0).integer] = static_cast<int>((*cursor)->column(1).integer);
    }
    for (const auto& [id, parts] : found) ASSERT_EQ(parts, log.parts.at(id)) << "transaction " << id << " is not whole";
    for (const int64_t id : log.acknowledged) ASSERT_TRUE(found.contains(id)) << "acknowledged " << id << " is lost";
    if (table == "t2") {
      ASSERT_EQ(found, *present);
    }
    *present = std::move(found);
  }
  // In order: what is lost is the end.
  CommitNumber newest = 0;
  for (const auto& [id, number] : log.committed) {
    if (present->contains(id)) newest = std::max(newest, number);
  }
  for (const auto& [id, number] : log.committed) {
    ASSERT_TRUE(number > newest || present->contains(id)) << "transaction " << id << " is lost, later ones are not";
  }
}

TEST_P(Crash, AtEveryKindOfOperation) {
  std::mt19937_64 random(GetParam().encrypted ? 11 : 7);
  int64_t acknowledged = 0, lost = 0;
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    LossyFiles files(random());
    Log log;
    std::map<int64_t, int> present;
    std::atomic<int64_t> next{1};
    {
      auto engine = OpenEngine();
      ASSERT_OK(engine.status());
      auto setup = (*engine)->Begin(Mode::kWrite, *AwaitTurn(**engine));
      ASSERT_OK((*setup)->Script("CREATE TABLE t1 (c1 INTEGER, c2 INTEGER, c3 TEXT); CREATE INDEX i1 ON t1 (c1);"
                                 "CREATE TABLE t2 (c1 INTEGER, c2 INTEGER, c3 TEXT)"));
      auto number = (*setup)->Commit();
      ASSERT_OK(number.status());
      setup->reset();
      AwaitDurable(**engine, *number);
    }
    files.Restart();
    // Crash, come back, crash again: recovery itself is interrupted, too.
    for (int life = 0; life < 3; ++life) {
      SCOPED_TRACE(life);
      fatal_ = false;
      files.CrashAfter(life == 1 ? 1 + random() % 40 : 1 + random() % 1500);
      auto engine = OpenEngine();  // may fail: the power goes while it opens
      if (engine.ok()) {
        // Only those that the log may check against after this life: what was lost before stays lost.
        Check(**engine, log, &present);
        if (HasFatalFailure()) return;
        for (auto it = log.committed.begin(); it != log.committed.end();) {
          it = present.contains(it->first) ? std::next(it) : log.committed.erase(it);
        }
        for (auto& [id, number] : log.committed) number = 0;  // numbers begin again; these are all older
        std::vector<std::thread> writers;
        for (int i = 0; i < 3; ++i) {
          writers.emplace_back([&, seed = random()] { WriteUntilItFails(**engine, log, next, seed); });
        }
        for (std::thread& writer : writers) writer.join();
        engine->reset();
      }
      EXPECT_TRUE(files.crashed());
      files.Restart();
    }
    auto engine = OpenEngine();
    ASSERT_OK(engine.status());
    Check(**engine, log, &present);
    if (HasFatalFailure()) return;
    acknowledged += static_cast<int64_t>(log.acknowledged.size());
    lost += static_cast<int64_t>(log.parts.size() - present.size());
    auto reader = (*engine)->Begin(Mode::kRead);
    EXPECT_EQ(RunAll(**reader, "SELECT count(*), sum(c1) FROM t1 INDEXED BY i1 WHERE c1 > 0").rows,
              RunAll(**reader, "SELECT count(*), sum(c1) FROM t1 NOT INDEXED WHERE c1 > 0").rows);
  }
  // The test would prove nothing if nothing was ever acknowledged, or nothing ever lost.
  EXPECT_GT(acknowledged, 300);
  EXPECT_GT(lost, 40);
}

TEST_P(Crash, AFailedSyncEndsEverythingAndAcknowledgesNothing) {
  LossyFiles files(3);
  auto engine = OpenEngine(1h);  // the sync that fails is to be the log's, not a checkpoint's
  ASSERT_OK(engine.status());
  auto write = [&](const char* text) -> Result<CommitNumber> {
    auto turn = AwaitTurn(**engine, 1s);
    if (!turn.ok()) return turn.status();
    auto t = (*engine)->Begin(Mode::kWrite, *std::move(turn));
    if (!t.ok()) return t.status();
    ALLOD_RETURN_IF_ERROR((*t)->Script(text));
    return (*t)->Commit();
  };
  auto first = write("CREATE TABLE t1 (c1 INTEGER)");
  ASSERT_OK(first.status());
  AwaitDurable(**engine, *first);
  files.FailSyncs(1);
  auto number = write("INSERT INTO t1 VALUES (1)");
  ASSERT_OK(number.status());
  for (int i = 0; i < 200 && !fatal_; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(fatal_);
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE((*engine)->IsDurable(*number));  // never tried again, though the next sync would succeed
  EXPECT_EQ(Sqlstate(write("INSERT INTO t1 VALUES (2)").status()), "58030");
}

TEST_P(Crash, AFullDiskIsAnErrorAndTheServerGoesOn) {
  LossyFiles files(5);
  auto engine = OpenEngine();
  ASSERT_OK(engine.status());
  const std::string filler(3000, 'x');
  auto insert = [&](int rows) -> Status {
    auto turn = AwaitTurn(**engine, 1s);
    if (!turn.ok()) return turn.status();
    auto t = (*engine)->Begin(Mode::kWrite, *std::move(turn));
    if (!t.ok()) return t.status();
    for (int i = 0; i < rows; ++i) {
      ALLOD_RETURN_IF_ERROR(RunAll(**t, "INSERT INTO t1 VALUES (?1)", {Datum::Text(filler)}).status);
    }
    auto number = (*t)->Commit();
    if (number.ok()) AwaitDurable(**engine, *number);
    return number.status();
  };
  {
    auto t = (*engine)->Begin(Mode::kWrite, *AwaitTurn(**engine));
    ASSERT_OK((*t)->Script("CREATE TABLE t1 (c1 TEXT)"));
    ASSERT_OK((*t)->Commit().status());
  }
  ASSERT_OK(insert(1));
  files.SetFull(true);
  for (const int rows : {1, 100}) {  // at the commit; while it spills
    Status status = Ok();
    for (int i = 0; i < 100 && status.ok(); ++i) status = insert(rows);
    EXPECT_EQ(Sqlstate(status), "53100");
    EXPECT_EQ(status.error().message, "could not extend file: no space left on device");
  }
  auto reader = (*engine)->Begin(Mode::kRead);
  ASSERT_OK(reader.status());
  EXPECT_OK(RunAll(**reader, "SELECT count(*) FROM t1").status);
  files.SetFull(false);
  EXPECT_OK(insert(50));
  EXPECT_FALSE(fatal_);
}

INSTANTIATE_TEST_SUITE_P(Layers, Crash, testing::Values(Setting{false}, Setting{true}),
                         [](const auto& info) { return info.param.encrypted ? "Encrypted" : "Plain"; });

}  // namespace
}  // namespace allod::engine::sqlite
