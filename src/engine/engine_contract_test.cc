// What every engine must do (engine.h), run against each implementation.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/faulty/faulty.h"
#include "engine/postgres/engine.h"
#include "engine/postgres/testing/shared_server.h"
#include "engine/sqlite/engine.h"
#include "engine/test_support.h"

namespace allod::engine {
namespace {

using namespace std::chrono_literals;

struct Implementation {
  std::string name;
  // Opens the database in a directory; again after a close, with what was committed.
  std::function<Result<std::unique_ptr<Engine>>(const ScratchDirectory&)> open;
  bool native = false;  // speaks PostgreSQL's SQL, on a cluster that all tests share
};

void PrintTo(const Implementation& implementation, std::ostream* out) { *out << implementation.name; }

Result<std::unique_ptr<Engine>> OpenPlain(const ScratchDirectory& directory) {
  sqlite::Options options;
  options.path = directory.file("contract.db");
  return sqlite::Open(std::move(options));
}

Result<std::unique_ptr<Engine>> OpenEncrypted(const ScratchDirectory& directory) {
  sqlite::Options options;
  options.path = directory.file("contract.db");
  options.key = std::string(32, '\x5a');
  return sqlite::Open(std::move(options));
}

Result<std::unique_ptr<Engine>> OpenFaulty(const ScratchDirectory& directory) {
  auto real = OpenPlain(directory);
  if (!real.ok()) return std::move(real).status();
  return std::unique_ptr<Engine>(new faulty::FaultyEngine(*std::move(real)));
}

Result<std::unique_ptr<Engine>> OpenPostgres(const ScratchDirectory&) {
  return postgres::Open({.conninfo = postgres::testing::SharedServer().conninfo(), .max_connections = 16});
}

std::shared_ptr<const Watch> BothTables() {
  auto watch = std::make_shared<Watch>();
  watch->tables = {{"t2", {"c3", "c1", "c2"}, 20}, {"t1", {"c1", "c2", "c3"}, 10}};
  return watch;
}

class EngineContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (native()) postgres::testing::SharedServer().Clean();
    Reopen();
    Write([&](Transaction& t) {
      const std::string integer = Of("INTEGER", "bigint"), deferrable = Of("", " DEFERRABLE"), end = Of(" STRICT;", ";");
      ASSERT_OK(t.Script("CREATE TABLE t1 (c1 " + integer + " PRIMARY KEY, c2 TEXT, c3 " + Of("REAL", "float8") + ", c4 " +
                         Of("BLOB", "bytea") + ")" + end + "CREATE TABLE t2 (c1 " + integer + " PRIMARY KEY, c2 " + integer +
                         " NOT NULL, c3 " + integer +
                         ", CONSTRAINT \"k9\" CHECK (c3 > 0),"
                         " CONSTRAINT \"k8\" FOREIGN KEY (c2) REFERENCES t1(c1) ON DELETE CASCADE" + deferrable + ")" + end +
                         "CREATE UNIQUE INDEX i7 ON t2 (c2, c3);"));
      ASSERT_OK(t.PrepareWatches(BothTables()->tables));
    });
  }
  bool native() const { return GetParam().native; }
  // What is said in one dialect, or in the other.
  std::string Of(const std::string& sqlite, const std::string& postgres) const { return native() ? postgres : sqlite; }
  // Parameters are ?1, ?2 or $1, $2.
  std::string Numbered(std::string text) const {
    if (native()) std::replace(text.begin(), text.end(), '?', '$');
    return text;
  }
  // What may fail. Where a failure ends the transaction, it is taken back to before.
  Status Attempt(Transaction& t, const std::function<Status()>& body) {
    constexpr int kNumber = 100;
    if (!engine_->capabilities().failure_ends_transaction) return body();
    EXPECT_OK(t.Savepoint(kNumber));
    Status status = body();
    if (!status.ok()) EXPECT_OK(t.RollbackTo(kNumber));
    EXPECT_OK(t.Release(kNumber));
    return status;
  }
  Answer Try(Transaction& t, const std::string& text) {
    Answer answer;
    answer.status = Attempt(t, [&] { answer = RunAll(t, text); return answer.status; });
    return answer;
  }

  void Reopen() {
    engine_.reset();
    auto opened = GetParam().open(directory_);
    ASSERT_OK(opened.status());
    engine_ = *std::move(opened);
  }

  Turn TakeTurn() {
    auto turn = AwaitTurn(*engine_, 10s);
    EXPECT_OK(turn.status());
    return turn.ok() ? *std::move(turn) : Turn();
  }
  std::unique_ptr<Transaction> Begin(Mode mode) {
    auto transaction = AwaitBegin(*engine_, mode, 10s);
    EXPECT_OK(transaction.status());
    return transaction.ok() ? *std::move(transaction) : nullptr;
  }
  CommitNumber Write(const std::function<void(Transaction&)>& body) {
    auto transaction = Begin(Mode::kWrite);
    body(*transaction);
    auto number = transaction->Commit();
    EXPECT_OK(number.status());
    return number.ok() ? *number : 0;
  }
  CommitNumber WriteText(const std::string& text) {
    return Write([&](Transaction& t) { EXPECT_OK(RunAll(t, text).status); });
  }
  std::string Read(const std::string& text) {
    auto transaction = Begin(Mode::kRead);
    Answer answer = RunAll(*transaction, text);
    EXPECT_OK(answer.status);
    return answer.rows;
  }

  ScratchDirectory directory_;
  std::unique_ptr<Engine> engine_;
  PlainContext context_;
};

// --- Values, parameters, cursors -------------------------------------------------------------------------------------

TEST_P(EngineContract, ValuesOfAllKindsComeBackAsTheyWere) {
  const std::string zeros("\0\1\0", 3);
  Write([&](Transaction& t) {
    EXPECT_OK(RunAll(t, Numbered("INSERT INTO t1 VALUES (?1, ?2, ?3, ?4)"),
                     {Datum::Integer(INT64_MIN), Datum::Text("héllo"), Datum::Real(0.1), Datum::Blob(zeros)}).status);
    EXPECT_OK(RunAll(t, Numbered("INSERT INTO t1 VALUES (?1, ?2, ?3, ?4)"),
                     {Datum::Integer(2), Datum::Text({}), Datum::Null(), Datum::Blob({})}).status);
  });
  auto transaction = Begin(Mode::kRead);
  auto cursor = transaction->Run("SELECT c1, c2, c3, c4 FROM t1 ORDER BY c1", {}, &context_);
  ASSERT_OK(cursor.status());
  EXPECT_EQ((*cursor)->columns(), 4);
  ASSERT_TRUE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->column(0).integer, INT64_MIN);
  EXPECT_EQ((*cursor)->column(1).kind, Kind::kText);
  EXPECT_EQ((*cursor)->column(1).bytes, "héllo");
  EXPECT_EQ((*cursor)->column(2).real, 0.1);
  EXPECT_EQ((*cursor)->column(3).kind, Kind::kBlob);
  EXPECT_EQ((*cursor)->column(3).bytes, zeros);
  ASSERT_TRUE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->column(1).kind, Kind::kText);
  EXPECT_EQ((*cursor)->column(1).bytes, "");
  EXPECT_TRUE((*cursor)->column(2).is_null());
  EXPECT_EQ((*cursor)->column(3).kind, Kind::kBlob);
  EXPECT_FALSE(*(*cursor)->Next());
  EXPECT_FALSE(*(*cursor)->Next());  // and stays at the end
}

TEST_P(EngineContract, AParameterMayStandInSeveralPlacesAndStatementsAreReused) {
  auto transaction = Begin(Mode::kRead);
  const std::string sum = Of("SELECT ?1 + ?2, ?1", "SELECT $1::int8 + $2::int8, $1");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(RunAll(*transaction, sum, {Datum::Integer(i), Datum::Integer(10)}).rows,
              std::to_string(i + 10) + "|" + std::to_string(i));
  }
  EXPECT_EQ(RunAll(*transaction, sum, {Datum::Null(), Datum::Integer(10)}).rows, "NULL|NULL");
}

TEST_P(EngineContract, TooFewParametersAreRefused) {
  auto transaction = Begin(Mode::kRead);
  EXPECT_EQ(Sqlstate(RunAll(*transaction, Numbered("SELECT ?1, ?2"), {Datum::Integer(1)}).status), "XX000");
}

TEST_P(EngineContract, RelationsAreParameters) {
  WriteText("INSERT INTO t1 (c1, c2) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  Relation keys{2, {{Value::Integer(3), Value::Text("x")}, {Value::Integer(1), Value::Null()}, {Value::Integer(9)}}};
  auto transaction = Begin(Mode::kRead);
  const std::string join =
      Of("SELECT t.c1, t.c2, k.c1 FROM allod_rows(?1) k CROSS JOIN t1 t ON t.c1 = k.c0",
         "SELECT t.c1, t.c2, k.c1 FROM unnest($1::int8[], $2::text[]) WITH ORDINALITY k(c0, c1, i) JOIN t1 t ON t.c1 = k.c0 ORDER BY i");
  EXPECT_EQ(RunAll(*transaction, join, {&keys}).rows, "3|c|x;1|a|NULL");
  keys.rows.pop_back();
  keys.rows.push_back({Value::Integer(2), Value::Blob("b")});
  EXPECT_EQ(RunAll(*transaction, join, {&keys}).rows, Of("3|c|x;1|a|NULL;2|b|xb", "3|c|x;1|a|NULL;2|b|\\x62"));
  const Relation none{2, {}};
  EXPECT_EQ(RunAll(*transaction, join, {&none}).rows, "");
  EXPECT_EQ(RunAll(*transaction, Of("SELECT count(*) FROM t1 WHERE c1 IN (SELECT c0 FROM allod_rows(?1))",
                                    "SELECT count(*) FROM t1 WHERE c1 IN (SELECT c0 FROM unnest($1::int8[], $2::text[]) k(c0, c1))"), {&keys}).rows, "3");
  EXPECT_EQ(RunAll(*transaction, Of("SELECT c0 FROM allod_rows(?2) ORDER BY c0 LIMIT ?1",
                                    "SELECT c0 FROM unnest($2::int8[], $3::text[]) k(c0, c1) ORDER BY c0 LIMIT $1"),
                   {Datum::Integer(1), &keys}).rows, "1");
  EXPECT_FALSE(RunAll(*transaction, join, {Datum::Integer(1)}).status.ok());  // not a relation
}

TEST_P(EngineContract, AffectedCountsRowsOfTheStatementItself) {
  Write([](Transaction& t) {
    EXPECT_EQ(RunAll(t, "INSERT INTO t1 (c1) VALUES (1), (2), (3)").affected, 3);
    EXPECT_EQ(RunAll(t, "INSERT INTO t2 VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1)").affected, 3);
    EXPECT_EQ(RunAll(t, "UPDATE t1 SET c2 = 'x' WHERE c1 < 3").affected, 2);
    EXPECT_EQ(RunAll(t, "UPDATE t1 SET c2 = 'x' WHERE c1 = 99").affected, 0);
    EXPECT_EQ(RunAll(t, "DELETE FROM t1 WHERE c1 = 1").affected, 1);  // and two of t2, by its key
    EXPECT_EQ(RunAll(t, "SELECT * FROM t1").affected, 0);
    EXPECT_EQ(RunAll(t, "DELETE FROM t1").affected, 2);
  });
  EXPECT_EQ(Read("SELECT count(*) FROM t2"), "0");
}

TEST_P(EngineContract, WritesRunToTheirEndInTheFirstNext) {
  auto transaction = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*transaction, "INSERT INTO t1 (c1, c2) VALUES (1, 'a'), (2, 'b')").status);
  {
    auto cursor = transaction->Run("UPDATE t1 SET c2 = c2 || '!' RETURNING c1, c2", {}, &context_);
    ASSERT_OK(cursor.status());
    ASSERT_TRUE(*(*cursor)->Next());
    EXPECT_EQ(RunAll(*transaction, "SELECT c2 FROM t1 ORDER BY c1").rows, "a!;b!");
  }  // dropped half way
  auto cursor = transaction->Run("DELETE FROM t1 RETURNING c2", {}, &context_);
  ASSERT_OK(cursor.status());
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->column(0).bytes, "a!");
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->column(0).bytes, "b!");
  EXPECT_FALSE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->affected(), 2);
  *cursor = nullptr;
  EXPECT_OK(transaction->Commit().status());
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
}

TEST_P(EngineContract, ReturningGivesNoRowOfAStatementThatFails) {
  auto transaction = Begin(Mode::kWrite);
  Answer answer = Try(*transaction, "INSERT INTO t2 VALUES (1, 77, 1) RETURNING c1");
  EXPECT_EQ(Sqlstate(answer.status), "23503");
  EXPECT_EQ(answer.rows, "");
  EXPECT_TRUE(transaction->alive());
  EXPECT_EQ(RunAll(*transaction, "SELECT count(*) FROM t2").rows, "0");
}

TEST_P(EngineContract, SeveralCursorsAreOpenAtATime) {
  WriteText("INSERT INTO t1 (c1) VALUES (1), (2), (3)");
  for (const Mode mode : {Mode::kRead, Mode::kSnapshot, Mode::kWrite}) {
    auto transaction = Begin(mode);
    auto first = transaction->Run("SELECT c1 FROM t1 ORDER BY c1", {}, &context_);
    ASSERT_TRUE(*(*first)->Next());
    auto second = transaction->Run("SELECT c1 FROM t1 ORDER BY c1", {}, &context_);  // the same text
    ASSERT_TRUE(*(*second)->Next());
    ASSERT_TRUE(*(*second)->Next());
    EXPECT_EQ((*first)->column(0).integer, 1);
    EXPECT_EQ((*second)->column(0).integer, 2);
    ASSERT_TRUE(*(*first)->Next());
    EXPECT_EQ((*first)->column(0).integer, 2);
  }
}

// --- Modes -----------------------------------------------------------------------------------------------------------

TEST_P(EngineContract, ReadSeesWhatWasCommittedWhenEachStatementBegan) {
  auto reader = Begin(Mode::kRead);
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "0");
  WriteText("INSERT INTO t1 (c1) VALUES (1), (2)");
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "2");
  auto cursor = reader->Run("SELECT c1 FROM t1 ORDER BY c1", {}, &context_);
  ASSERT_TRUE(*(*cursor)->Next());
  WriteText("DELETE FROM t1");
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "0");  // a new statement
  ASSERT_TRUE(*(*cursor)->Next());                                   // the old one
  EXPECT_EQ((*cursor)->column(0).integer, 2);
  EXPECT_FALSE(*(*cursor)->Next());
}

TEST_P(EngineContract, SnapshotSeesWhatWasCommittedWhenTheFirstStatementBegan) {
  auto reader = Begin(Mode::kSnapshot);
  WriteText("INSERT INTO t1 (c1) VALUES (1)");
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "1");
  WriteText("INSERT INTO t1 (c1) VALUES (2)");
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "1");
  EXPECT_OK(reader->Commit().status());
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "2");
}

TEST_P(EngineContract, ReadersDoNotSeeWhatIsNotCommittedAndDoNotWait) {
  auto writer = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*writer, "INSERT INTO t1 (c1) VALUES (1)").status);
  EXPECT_EQ(RunAll(*writer, "SELECT count(*) FROM t1").rows, "1");
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
  writer.reset();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
}

TEST_P(EngineContract, ReadModesRefuseToWrite) {
  for (const Mode mode : {Mode::kRead, Mode::kSnapshot}) {
    auto reader = Begin(mode);
    EXPECT_EQ(Sqlstate(Try(*reader, "INSERT INTO t1 (c1) VALUES (1)").status), "25006");
    EXPECT_EQ(Sqlstate(Attempt(*reader, [&] { return reader->Script("DROP TABLE t2"); })), "25006");
    EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "0");
  }
}

TEST_P(EngineContract, WhatIsNotCommittedIsRolledBack) {
  { auto t = Begin(Mode::kWrite); EXPECT_OK(RunAll(*t, "INSERT INTO t1 (c1) VALUES (1)").status); }
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
  WriteText("INSERT INTO t1 (c1) VALUES (2)");
  Reopen();
  EXPECT_EQ(Read("SELECT c1 FROM t1"), "2");
}

TEST_P(EngineContract, AfterCommitTheTransactionIsOver) {
  auto t = Begin(Mode::kWrite);
  EXPECT_TRUE(t->alive());
  EXPECT_OK(t->Commit().status());
  EXPECT_FALSE(t->alive());
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "25P01");
  EXPECT_EQ(Sqlstate(t->Commit().status()), "25P01");
}

TEST_P(EngineContract, CommitClosesCursors) {
  WriteText("INSERT INTO t1 (c1) VALUES (1), (2)");
  auto t = Begin(Mode::kWrite);
  auto cursor = t->Run("SELECT c1 FROM t1", {}, &context_);
  ASSERT_TRUE(*(*cursor)->Next());
  EXPECT_OK(t->Commit().status());
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "24000");
}

// --- Savepoints and changes ------------------------------------------------------------------------------------------

TEST_P(EngineContract, SavepointsNest) {
  Write([](Transaction& t) {
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (1)").status);
    EXPECT_OK(t.Savepoint(1));
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (2)").status);
    EXPECT_OK(t.Savepoint(2));
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (3)").status);
    EXPECT_OK(t.RollbackTo(2));
    EXPECT_EQ(RunAll(t, "SELECT c1 FROM t1").rows, "1;2");
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (4)").status);
    EXPECT_OK(t.RollbackTo(2));  // stays open, as in SQL
    EXPECT_OK(t.Release(2));
    EXPECT_EQ(RunAll(t, "SELECT c1 FROM t1").rows, "1;2");
    EXPECT_OK(t.RollbackTo(1));
    EXPECT_EQ(RunAll(t, "SELECT c1 FROM t1").rows, "1");
    EXPECT_OK(t.Release(1));
  });
  EXPECT_EQ(Read("SELECT c1 FROM t1"), "1");
}

std::string Describe(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    if (!text.empty()) text += ' ';
    text += change.op == Change::Op::kInsert ? '+' : change.op == Change::Op::kUpdate ? '~' : '-';
    text += std::to_string(change.tag) + "(";
    for (const Value& v : change.before) text += AsText(v) + ",";
    text += "/";
    for (const Value& v : change.after) text += AsText(v) + ",";
    text += ")";
  }
  return text;
}

TEST_P(EngineContract, ChangesAreCapturedInStoredFormWithCascades) {
  Write([&](Transaction& t) {
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1, c2, c3) VALUES (1, 'a', 1), (5, 'b', 2.5)").status);
    t.SetWatch(BothTables());
    EXPECT_EQ(Describe(**t.Changes()), "");  // only from now on
    EXPECT_OK(RunAll(t, Of("INSERT INTO t1 (c2, c3) VALUES ('c', 3)", "INSERT INTO t1 (c1, c2, c3) VALUES (6, 'c', 3)")).status);
    EXPECT_EQ(Describe(**t.Changes()), "+10(/6,c,3.000000,)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, "INSERT INTO t2 VALUES (1, 1, 7), (2, 1, 8)").status);
    EXPECT_EQ(Describe(**t.Changes()), "+20(/7,1,1,) +20(/8,2,1,)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, "UPDATE t1 SET c2 = NULL, c3 = 4 WHERE c1 = 1").status);
    EXPECT_EQ(Describe(**t.Changes()), "~10(1,a,1.000000,/1,NULL,4.000000,)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, "DELETE FROM t1 WHERE c1 = 1").status);
    EXPECT_EQ(Describe(**t.Changes()), "-10(1,NULL,4.000000,/) -20(7,1,1,/) -20(8,2,1,/)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, "UPDATE t1 SET c1 = 50 WHERE c1 = 5").status);  // the key itself
    EXPECT_EQ(Describe(**t.Changes()), "~10(5,b,2.500000,/50,b,2.500000,)");
  });
}

TEST_P(EngineContract, ChangesSurviveASecondWatchAndStopWithoutOne) {
  Write([](Transaction& t) {
    t.SetWatch(BothTables());
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (1)").status);
    auto narrow = std::make_shared<Watch>();
    narrow->tables = {{"t1", {"c1"}, 11}};
    t.SetWatch(narrow);
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (2)").status);
    EXPECT_OK(RunAll(t, "INSERT INTO t2 VALUES (1, 1, 7)").status);
    EXPECT_EQ(Describe(**t.Changes()), "+10(/1,NULL,NULL,) +11(/2,)");
    t.SetWatch(nullptr);
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (3)").status);
    EXPECT_EQ((*t.Changes())->size(), 2u);
  });
  // The next transaction begins with nothing.
  Write([](Transaction& t) {
    EXPECT_TRUE((*t.Changes())->empty());
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (4)").status);
    EXPECT_TRUE((*t.Changes())->empty());
  });
}

TEST_P(EngineContract, WholesaleStatementsAreCapturedToo) {
  // Prepared and run before anybody watches, then run again out of the cache.
  const std::string all = "DELETE FROM t2", copy = "INSERT INTO t2 SELECT c1, c1, 1 FROM t1";
  WriteText("INSERT INTO t1 (c1) VALUES (1), (2)");
  WriteText(copy);
  WriteText(all);
  Write([&](Transaction& t) {
    t.SetWatch(BothTables());
    EXPECT_OK(RunAll(t, copy).status);
    EXPECT_EQ(Describe(**t.Changes()), "+20(/1,1,1,) +20(/1,2,2,)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, all).status);
    EXPECT_EQ(Describe(**t.Changes()), "-20(1,1,1,/) -20(1,2,2,/)");
  });
}

TEST_P(EngineContract, RollingBackTakesChangesBack) {
  Write([&](Transaction& t) {
    t.SetWatch(BothTables());
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (1)").status);
    EXPECT_OK(t.Savepoint(1));
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (2)").status);
    EXPECT_OK(t.Savepoint(2));
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (3)").status);
    EXPECT_OK(t.RollbackTo(1));
    EXPECT_EQ(Describe(**t.Changes()), "+10(/1,NULL,NULL,)");
    // A statement that fails half way.
    EXPECT_EQ(Sqlstate(Try(t, "INSERT INTO t1 (c1) VALUES (7), (8), (1)").status), "23505");
    EXPECT_EQ(Describe(**t.Changes()), "+10(/1,NULL,NULL,)");
    EXPECT_EQ(RunAll(t, "SELECT c1 FROM t1").rows, "1");
  });
}

TEST_P(EngineContract, WatchFollowsDefinitions) {
  auto watch = BothTables();
  Write([&](Transaction& t) {
    t.SetWatch(watch);
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1, c2) VALUES (1, 'a')").status);
  });
  auto wider = std::make_shared<Watch>();
  wider->tables = {{"t1", {"c5", "c2", "c1"}, 10}};
  Write([&](Transaction& t) {
    EXPECT_OK(t.Script("ALTER TABLE t1 ADD COLUMN c5 INTEGER DEFAULT 42; ALTER TABLE t1 DROP COLUMN c4"));
    EXPECT_OK(t.PrepareWatches(wider->tables));
  });
  Write([&](Transaction& t) {
    t.SetWatch(wider);
    EXPECT_OK(RunAll(t, "UPDATE t1 SET c2 = 'b'").status);  // the row is older than the column
    EXPECT_EQ(Describe(**t.Changes()), "~10(42,a,1,/42,b,1,)");
    t.ClearChanges();
    EXPECT_OK(RunAll(t, "DELETE FROM t1").status);
    EXPECT_EQ(Describe(**t.Changes()), "-10(42,b,1,/)");
  });
  auto missing = std::make_shared<Watch>();
  missing->tables = {{"t1", {"c4"}, 10}};
  auto t = Begin(Mode::kWrite);
  t->SetWatch(missing);
  const Status status = RunAll(*t, "DELETE FROM t1").status;
  EXPECT_EQ(Sqlstate(status), "XX000");
  EXPECT_EQ(status.error().constraint, kStaleSchema);
}

// --- Definitions -----------------------------------------------------------------------------------------------------

// Writes down what it is told, and keeps a copy in a table of its own.
struct Notebook final : Recorder {
  Status Record(Transaction& transaction, std::span<const Change> changes) override {
    ++calls;
    for (const Change& change : changes) {
      told += std::string(change.op == Change::Op::kInsert ? "+" : change.op == Change::Op::kUpdate ? "*" : "-") +
              std::to_string(change.tag) + ":" + std::to_string(change.before.size()) + ">" + std::to_string(change.after.size()) + " ";
      last = change;
    }
    if (failing) return Fail(sqlstate::kDiskFull, "nothing can be recorded");
    Answer answer = RunAll(transaction, "INSERT INTO t1 VALUES (" + std::to_string(100 + calls) + ", 'told', 0, NULL)");
    return answer.status;
  }
  int calls = 0;
  bool failing = false;
  std::string told;
  Change last;
};

TEST_P(EngineContract, EveryChangeIsRecordedBeforeItsStatementIsOver) {
  if (!engine_->capabilities().records_changes) GTEST_SKIP() << "does not record";
  WriteText("INSERT INTO t1 VALUES (1, 'one', 1.5, NULL)");
  WriteText("INSERT INTO t2 VALUES (7, 1, 1)");
  auto rows = std::make_shared<Recording>();
  rows->tables = {{"t1", 10, {{}, {}, {.real = true}, {.wanted = false}}}, {"t2", 20, {{}, {}, {}}}};
  Notebook recorder;
  {
    auto t = Begin(Mode::kWrite);
    t->Record(rows, &recorder);
    EXPECT_OK(RunAll(*t, "INSERT INTO t1 VALUES (2, 'two', 2, x'00'), (3, 'three', 3, NULL)").status);
    EXPECT_EQ(recorder.told, "+10:0>4 +10:0>4 ");  // what it wrote itself is not told
    EXPECT_EQ(recorder.last.row_after, 3);
    EXPECT_EQ(recorder.last.after[2], Value::Real(3));
    EXPECT_TRUE(recorder.last.after[3].is_null());
    recorder.told.clear();
    EXPECT_FALSE(RunAll(*t, "INSERT INTO t1 VALUES (4, 'four', 4, NULL), (1, 'one', 1, NULL)").status.ok());
    EXPECT_OK(RunAll(*t, "SELECT c1 FROM t1").status);
    EXPECT_OK(t->Script("UPDATE t1 SET c2 = 'TWO' WHERE c1 = 2"));
    EXPECT_EQ(recorder.told, "");
    EXPECT_OK(RunAll(*t, "UPDATE t1 SET c2 = 'drei' WHERE c1 = 3").status);
    EXPECT_OK(RunAll(*t, "DELETE FROM t1 WHERE c1 = 1").status);  // and the row of t2 that refers to it
    EXPECT_EQ(recorder.told, "*10:4>4 -10:4>0 -20:3>0 ");
    t->Record(nullptr, nullptr);
    EXPECT_OK(RunAll(*t, "DELETE FROM t1 WHERE c1 = 3").status);
    EXPECT_EQ(recorder.calls, 3);
  }
  recorder.failing = true;
  auto t = Begin(Mode::kWrite);
  t->Record(rows, &recorder);
  EXPECT_EQ(RunAll(*t, "DELETE FROM t1 WHERE c1 = 1").status.error().sqlstate, sqlstate::kDiskFull);
  EXPECT_FALSE(t->alive());
  EXPECT_FALSE(t->Commit().ok());
  t.reset();
  EXPECT_EQ(Read("SELECT c1 FROM t1"), "1");
}

TEST_P(EngineContract, ARowOfAnotherWidthIsNotLeftUnrecorded) {
  if (!engine_->capabilities().records_changes) GTEST_SKIP() << "does not record";
  auto rows = std::make_shared<Recording>();
  rows->tables = {{"t1", 10, {{}, {}, {}}}};
  Notebook recorder;
  auto t = Begin(Mode::kWrite);
  t->Record(rows, &recorder);
  EXPECT_FALSE(RunAll(*t, "INSERT INTO t1 VALUES (2, 'two', 2, NULL)").status.ok());
  EXPECT_FALSE(t->alive());
}

TEST_P(EngineContract, DefinitionsAreTransactional) {
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(t->Script("CREATE TABLE t3 (c1 INTEGER); DROP TABLE t2"));
    EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t3").rows, "0");
  }
  EXPECT_EQ(Read("SELECT count(*) FROM t2"), "0");
  auto t = Begin(Mode::kRead);
  const Status status = RunAll(*t, "SELECT count(*) FROM t3").status;
  EXPECT_EQ(native() ? status.error().sqlstate : status.error().constraint, native() ? "42P01" : kStaleSchema);
}

TEST_P(EngineContract, AFailedScriptHasNoEffect) {
  Write([&](Transaction& t) {
    EXPECT_FALSE(Attempt(t, [&] { return t.Script("CREATE TABLE t3 (c1 INTEGER); CREATE TABLE t1 (c1 INTEGER)"); }).ok());
    EXPECT_TRUE(t.alive());
    EXPECT_OK(t.Script("CREATE TABLE t3 (c1 INTEGER); INSERT INTO t3 VALUES (1)"));
  });
  EXPECT_EQ(Read("SELECT c1 FROM t3"), "1");
}

TEST_P(EngineContract, OtherConnectionsFollowDefinitions) {
  if (native()) GTEST_SKIP() << "a definition waits for whoever reads the table";
  WriteText("INSERT INTO t1 (c1) VALUES (1)");
  auto reader = Begin(Mode::kSnapshot);  // holds on to a connection, with its prepared statements
  const std::string query = "SELECT c1 FROM t1";
  EXPECT_EQ(RunAll(*reader, query).rows, "1");
  auto open = Begin(Mode::kRead);
  auto cursor = open->Run(query, {}, &context_);
  ASSERT_TRUE(*(*cursor)->Next());
  Write([](Transaction& t) { EXPECT_OK(t.Script("ALTER TABLE t1 DROP COLUMN c2; ALTER TABLE t1 ADD COLUMN c9 TEXT")); });
  EXPECT_EQ(RunAll(*reader, "SELECT c2 FROM t1").rows, "NULL");  // the old snapshot
  EXPECT_FALSE(*(*cursor)->Next());
  EXPECT_OK(reader->Commit().status());
  EXPECT_EQ(Read(query), "1");
  EXPECT_EQ(Read("SELECT c9 FROM t1"), "NULL");
}

// --- Errors ----------------------------------------------------------------------------------------------------------

TEST_P(EngineContract, ConstraintErrorsNameWhatWasViolated) {
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*t, "INSERT INTO t1 (c1) VALUES (1)").status);
  EXPECT_OK(RunAll(*t, "INSERT INTO t2 VALUES (1, 1, 1)").status);

  Status status = Try(*t, "INSERT INTO t1 (c1) VALUES (1)").status;
  EXPECT_EQ(Sqlstate(status), "23505");
  EXPECT_EQ(status.error().table, "t1");
  EXPECT_EQ(native() ? status.error().constraint : status.error().column, Of("c1", "t1_pkey"));

  status = Try(*t, "INSERT INTO t2 VALUES (2, 1, 1)").status;
  EXPECT_EQ(Sqlstate(status), "23505");
  EXPECT_EQ(status.error().table, "t2");
  EXPECT_EQ(native() ? status.error().constraint : status.error().column, Of("c2,c3", "i7"));

  status = Try(*t, "INSERT INTO t2 VALUES (2, NULL, 1)").status;
  EXPECT_EQ(Sqlstate(status), "23502");
  EXPECT_EQ(status.error().table, "t2");
  EXPECT_EQ(status.error().column, "c2");

  status = Try(*t, "UPDATE t2 SET c3 = -1").status;
  EXPECT_EQ(Sqlstate(status), "23514");
  EXPECT_EQ(status.error().constraint, "k9");

  EXPECT_EQ(Sqlstate(Try(*t, "INSERT INTO t2 VALUES (2, 99, 1)").status), "23503");
  EXPECT_TRUE(t->alive());
  EXPECT_EQ(RunAll(*t, "SELECT c1, c2, c3 FROM t2").rows, "1|1|1");
}

TEST_P(EngineContract, AStatementThatFailsHalfWayHasHadNoEffect) {
  WriteText("INSERT INTO t1 (c1, c2) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
  const std::string fails = "abs(CASE WHEN c1 = 3 THEN -9223372036854775807 - 1 ELSE c1 END)";  // out of range in the third
  auto t = Begin(Mode::kWrite);
  t->SetWatch(BothTables());
  EXPECT_OK(RunAll(*t, "UPDATE t1 SET c2 = 'e' WHERE c1 = 4").status);
  for (int i = 0; i < 2; ++i) {
    for (const std::string& text :
         std::vector<std::string>{"UPDATE t1 SET c3 = " + fails, "DELETE FROM t1 WHERE " + fails + " > 0",
                                  "INSERT INTO t1 (c1, c3) SELECT c1 + 10, " + fails + " FROM t1 ORDER BY c1",
                                  "INSERT INTO t1 (c1) VALUES (3000) RETURNING abs(-9223372036854775807 - c1 / 3000)",
                                  "UPDATE t1 SET c2 = 'z' RETURNING " + fails}) {
      Answer answer = Try(*t, text);
      EXPECT_FALSE(answer.status.ok()) << text;
      EXPECT_EQ(answer.rows, "");
      EXPECT_TRUE(t->alive());
      EXPECT_EQ(RunAll(*t, "SELECT c1, c2, c3 FROM t1 ORDER BY c1").rows, "1|a|NULL;2|b|NULL;3|c|NULL;4|e|NULL") << text;
      EXPECT_EQ((*t->Changes())->size(), 1u);
    }
  }
  EXPECT_OK(t->Commit().status());
}

TEST_P(EngineContract, ForeignKeysCanBeDeferredToTheCommit) {
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(t->DeferForeignKeys());
    EXPECT_OK(RunAll(*t, "INSERT INTO t2 VALUES (1, 99, 1)").status);
    EXPECT_EQ(Sqlstate(t->Commit().status()), "23503");
    EXPECT_FALSE(t->alive());
  }
  EXPECT_EQ(Read("SELECT count(*) FROM t2"), "0");
  Write([](Transaction& t) {
    EXPECT_OK(t.DeferForeignKeys());
    EXPECT_OK(RunAll(t, "INSERT INTO t2 VALUES (1, 99, 1)").status);
    EXPECT_OK(RunAll(t, "INSERT INTO t1 (c1) VALUES (99)").status);
  });
  // Only until the transaction ends.
  auto t = Begin(Mode::kWrite);
  EXPECT_EQ(Sqlstate(RunAll(*t, "INSERT INTO t2 VALUES (2, 98, 1)").status), "23503");
}

TEST_P(EngineContract, TakingDeferralBackForgetsNothing) {
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(t->DeferForeignKeys());
  EXPECT_OK(RunAll(*t, "INSERT INTO t2 VALUES (1, 99, 1)").status);
  if (native()) {
    EXPECT_EQ(Sqlstate(t->DeferForeignKeys(false)), "23503");  // looks at once
    return;
  }
  EXPECT_OK(t->DeferForeignKeys(false));
  EXPECT_EQ(Sqlstate(RunAll(*t, "INSERT INTO t2 VALUES (2, 98, 1)").status), "23503");  // at once again
  EXPECT_EQ(Sqlstate(t->Commit().status()), "23503");                                   // the first one
}

TEST_P(EngineContract, WhatIsNotThereAnymoreIsAStalePlan) {
  auto t = Begin(Mode::kRead);
  for (const char* text : {"SELECT * FROM t99", "SELECT c77 FROM t1"}) {
    const Status status = RunAll(*t, text).status;
    if (native()) {
      EXPECT_TRUE(Sqlstate(status) == "42P01" || Sqlstate(status) == "42703") << Sqlstate(status);
      continue;
    }
    EXPECT_EQ(Sqlstate(status), "XX000");
    EXPECT_EQ(status.error().constraint, kStaleSchema);
  }
}

// --- Turns -----------------------------------------------------------------------------------------------------------

TEST_P(EngineContract, WritingNeedsATurnOfThisEngine) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  EXPECT_FALSE(engine_->Begin(Mode::kWrite).ok());
  EXPECT_FALSE(engine_->Begin(Mode::kWrite, Turn(std::make_shared<int>(1))).ok());
}

TEST_P(EngineContract, TurnsAreFairAndOneAtATime) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  Turn first = TakeTurn();
  std::vector<int> order;
  std::vector<Turn> turns(5);
  for (int i = 0; i < 5; ++i) {
    engine_->RequestTurn(0ms, [&, i](Result<Turn> granted) {
      ASSERT_OK(granted.status());
      order.push_back(i);
      turns[i] = *std::move(granted);
    });
  }
  EXPECT_EQ(engine_->statistics().writers_waiting, 5u);
  EXPECT_TRUE(order.empty());
  first = Turn();
  EXPECT_EQ(order, (std::vector<int>{0}));
  for (int i = 0; i < 5; ++i) turns[i] = Turn();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(engine_->statistics().writers_waiting, 0u);
}

TEST_P(EngineContract, ALongLineOfCallbacksThatLetGoAtOnceDoesNotNest) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  Turn first = TakeTurn();
  int depth = 0, deepest = 0, count = 0;
  for (int i = 0; i < 20000; ++i) {
    engine_->RequestTurn(0ms, [&](Result<Turn> granted) {
      deepest = std::max(deepest, ++depth);
      ++count;
      { Turn dropped = *std::move(granted); }
      --depth;
    });
  }
  first = Turn();
  EXPECT_EQ(count, 20000);
  EXPECT_EQ(deepest, 1);
}

TEST_P(EngineContract, WaitingForATurnTimesOut) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  Turn first = TakeTurn();
  const auto start = std::chrono::steady_clock::now();
  auto late = AwaitTurn(*engine_, 50ms);
  EXPECT_EQ(Sqlstate(late.status()), "55P03");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
  EXPECT_EQ(engine_->statistics().writers_waiting, 0u);
  first = Turn();
  EXPECT_OK(AwaitTurn(*engine_, 50ms).status());
}

TEST_P(EngineContract, ARequestCanBeWithdrawn) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  Turn first = TakeTurn();
  std::vector<std::string> answers;
  const auto note = [&](Result<Turn> granted) { answers.push_back(Sqlstate(granted.status())); };
  const uint64_t a = engine_->RequestTurn(0ms, note);
  const uint64_t b = engine_->RequestTurn(0ms, note);
  engine_->WithdrawRequest(a);
  engine_->WithdrawRequest(a);
  EXPECT_EQ(answers, (std::vector<std::string>{"57014"}));
  first = Turn();
  EXPECT_EQ(answers, (std::vector<std::string>{"57014", ""}));
  engine_->WithdrawRequest(b);  // too late: nothing happens
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_OK(AwaitTurn(*engine_, 1s).status());
}

TEST_P(EngineContract, TheTurnIsPassedOnAfterTheRollback) {
  if (!engine_->capabilities().single_writer) GTEST_SKIP();
  auto writer = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*writer, "INSERT INTO t1 (c1) VALUES (1)").status);
  std::string seen = "not asked";
  engine_->RequestTurn(0ms, [&](Result<Turn> granted) {
    ASSERT_OK(granted.status());
    auto next = engine_->Begin(Mode::kWrite, *std::move(granted));
    ASSERT_OK(next.status());
    seen = RunAll(**next, "SELECT count(*) FROM t1").rows;
  });
  EXPECT_EQ(seen, "not asked");
  writer.reset();
  EXPECT_EQ(seen, "0");
}

// --- Durability ------------------------------------------------------------------------------------------------------

TEST_P(EngineContract, CommitNumbersGrowAndBecomeDurable) {
  const CommitNumber a = WriteText("INSERT INTO t1 (c1) VALUES (1)");
  const CommitNumber b = WriteText("INSERT INTO t1 (c1) VALUES (2)");
  EXPECT_LT(a, b);
  EXPECT_GE(engine_->VisibleNumber(), b);
  AwaitDurable(*engine_, b);
  EXPECT_TRUE(engine_->IsDurable(a));
  EXPECT_TRUE(engine_->IsDurable(b));
  EXPECT_FALSE(engine_->IsDurable(b + 1000));
  EXPECT_TRUE(engine_->IsDurable(0));
  bool called = false;
  engine_->WhenDurable(a, [&] { called = true; });  // at once
  EXPECT_TRUE(called);
  EXPECT_EQ(engine_->statistics().commits, 3u);
}

TEST_P(EngineContract, AFailedCommitHoldsNobodyUp) {
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(t->DeferForeignKeys());
  EXPECT_OK(RunAll(*t, "INSERT INTO t2 VALUES (1, 99, 1)").status);
  EXPECT_FALSE(t->Commit().ok());
  AwaitDurable(*engine_, engine_->VisibleNumber());
}

TEST_P(EngineContract, ATransactionThatChangedNothingWaitsOnlyForWhatItSaw) {
  const CommitNumber a = WriteText("INSERT INTO t1 (c1) VALUES (1)");
  const CommitNumber b = Write([](Transaction& t) { EXPECT_OK(RunAll(t, "SELECT * FROM t1").status); });
  EXPECT_EQ(b, a);
  auto reader = Begin(Mode::kSnapshot);
  EXPECT_OK(RunAll(*reader, "SELECT * FROM t1").status);
  auto seen = reader->Commit();
  ASSERT_OK(seen.status());
  EXPECT_GE(*seen, a);
  AwaitDurable(*engine_, *seen);
}

TEST_P(EngineContract, ManyWritersShareSyncs) {
  constexpr int kThreads = 8, kEach = 40;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < kEach; ++j) {
        auto turn = AwaitTurn(*engine_);
        ASSERT_OK(turn.status());
        auto t = engine_->Begin(Mode::kWrite, *std::move(turn));
        ASSERT_OK(t.status());
        EXPECT_OK(RunAll(**t, Numbered("INSERT INTO t1 (c1) VALUES (?1)"), {Datum::Integer(i * kEach + j)}).status);
        auto number = (*t)->Commit();
        ASSERT_OK(number.status());
        AwaitDurable(*engine_, *number);
      }
    });
  }
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    int64_t last = 0;
    while (!stop) {
      auto t = AwaitBegin(*engine_, Mode::kRead);
      ASSERT_OK(t.status());
      const Answer answer = RunAll(**t, "SELECT count(*) FROM t1");
      ASSERT_OK(answer.status);
      const int64_t count = std::stoll(answer.rows);
      EXPECT_GE(count, last);
      last = count;
      AwaitDurable(*engine_, engine_->VisibleNumber());
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  reader.join();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), std::to_string(kThreads * kEach));
  EXPECT_LE(engine_->statistics().syncs, engine_->statistics().commits);
  Reopen();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), std::to_string(kThreads * kEach));
}

// --- Interrupt -------------------------------------------------------------------------------------------------------

constexpr char kEndless[] =
    "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k) SELECT count(*) FROM k WHERE n < 0";

TEST_P(EngineContract, ARunningStatementIsInterrupted) {
  for (const Mode mode : {Mode::kRead, Mode::kSnapshot, Mode::kWrite}) {
    auto t = Begin(mode);
    std::thread other([&] {
      std::this_thread::sleep_for(30ms);
      t->Interrupt();
    });
    const Status status = Try(*t, kEndless).status;
    other.join();
    EXPECT_EQ(Sqlstate(status), "57014");
    EXPECT_EQ(status.error().message, "canceling statement due to user request");
    EXPECT_TRUE(t->alive());
    EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");  // the next one is not meant
  }
}

TEST_P(EngineContract, AnInterruptedWriteLeavesNothing) {
  WriteText("INSERT INTO t1 (c1) VALUES (1)");
  {
    auto t = Begin(Mode::kWrite);
    t->SetWatch(BothTables());
    EXPECT_OK(RunAll(*t, "INSERT INTO t1 (c1) VALUES (2)").status);
    std::thread other([&] {
      std::this_thread::sleep_for(50ms);
      t->Interrupt();
    });
    const Status status = RunAll(*t, "INSERT INTO t1 (c1) WITH RECURSIVE k(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM k)"
                                     " SELECT n FROM k").status;
    other.join();
    EXPECT_EQ(Sqlstate(status), "57014");
    if (t->alive()) {
      EXPECT_EQ(RunAll(*t, "SELECT c1 FROM t1").rows, "1;2");
      EXPECT_EQ((*t->Changes())->size(), 1u);
    } else {
      EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "25P02");
      EXPECT_TRUE((*t->Changes())->empty());
      EXPECT_FALSE(t->Commit().ok());
    }
  }
  EXPECT_EQ(Read("SELECT count(*) FROM t1 WHERE c1 >= 10"), "0");
  WriteText("INSERT INTO t1 (c1) VALUES (3)");
}

TEST_P(EngineContract, AnInterruptBetweenRowsEndsTheStatementButNotTheNext) {
  WriteText("INSERT INTO t1 (c1) VALUES (1), (2), (3)");
  auto t = Begin(Mode::kRead);
  auto cursor = t->Run("SELECT c1 FROM t1", {}, &context_);
  ASSERT_TRUE(*(*cursor)->Next());
  t->Interrupt();
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "57014");
  t->Interrupt();  // nothing runs
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t1").rows, "3");
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract,
                         testing::Values(Implementation{"Sqlite", OpenPlain},
                                         Implementation{"SqliteEncrypted", OpenEncrypted},
                                         Implementation{"Faulty", OpenFaulty},
                                         Implementation{"Postgres", OpenPostgres, true}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace allod::engine
