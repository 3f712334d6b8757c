// What is particular to the embedded engine.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/sqlite/engine.h"
#include "engine/test_support.h"

#ifdef __SANITIZE_THREAD__
// SQLite reads the log's shared header without a lock on purpose: it copies it twice and compares, with checksums
// (walIndexTryHdr in wal.c, which says so to clang only). What a writer takes away of the log's hash table (walCleanupHash) is past the
// last frame that any reader looks for: whichever value it reads there, it passes over it (walFindFrame).
extern "C" const char* __tsan_default_suppressions() {
  return "race:walIndexWriteHdr\nrace:walIndexTryHdr\nrace:walRestartHdr\nrace:walCleanupHash\n";
}
#endif

namespace allod::engine::sqlite {
namespace {

using namespace std::chrono_literals;

class Sqlite : public testing::Test {
 protected:
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
  }
  std::unique_ptr<Transaction> Begin(Mode mode) {
    Turn turn;
    if (mode == Mode::kWrite) {
      auto granted = AwaitTurn(*engine_, 10s);
      EXPECT_OK(granted.status());
      turn = *std::move(granted);
    }
    auto t = engine_->Begin(mode, std::move(turn));
    EXPECT_OK(t.status());
    return t.ok() ? *std::move(t) : nullptr;
  }
  void Script(const std::string& text) {
    auto t = Begin(Mode::kWrite);
    ASSERT_OK(t->Script(text));
    auto number = t->Commit();
    ASSERT_OK(number.status());
    AwaitDurable(*engine_, *number);
  }
  Answer Read(const std::string& text) { return RunAll(*Begin(Mode::kRead), text); }
  std::string FileBytes(const std::string& name) {
    std::ifstream in(directory_.file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  ScratchDirectory directory_;
  std::unique_ptr<Engine> engine_;
  PlainContext context_;
};

// --- The file --------------------------------------------------------------------------------------------------------

// Of one statement of the user's several are made; the inner ones do not make it forget that it is to end.
TEST_F(Sqlite, AnInterruptReachesWhatRunsWithinAStatement) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER PRIMARY KEY) STRICT; INSERT INTO t1 VALUES (1), (2), (3)");
  auto t = Begin(Mode::kSnapshot);
  auto outer = t->Run("SELECT c1 FROM t1", {}, nullptr);
  ASSERT_OK(outer.status());
  ASSERT_TRUE(*(*outer)->Next());
  t->Interrupt();
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT count(*) FROM t1").status), "57014");
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t1").rows, "3") << "it has been told once";
  EXPECT_TRUE(*(*outer)->Next());
}

TEST_F(Sqlite, ASecondOpenIsRefusedAndSaysWhoHasIt) {
  OpenWith(Defaults());
  auto second = Open(Defaults());
  EXPECT_EQ(Sqlstate(second.status()), "55006");
  const std::string expected =
      "database file \"" + directory_.file("a.db") + "\" is being used by process " + std::to_string(getpid());
  EXPECT_EQ(second.status().error().message, expected);
  const pid_t child = fork();
  if (child == 0) {
    const auto third = Open(Defaults());
    _exit(!third.ok() && third.status().error().sqlstate == "55006" ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  engine_.reset();
  EXPECT_OK(Open(Defaults()).status());
}

TEST_F(Sqlite, OtherProgramsFindItLocked) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER)");
  struct flock range{};
  range.l_type = F_RDLCK;
  range.l_whence = SEEK_SET;
  range.l_start = 0x40000000;  // what SQLite asks for first
  range.l_len = 1;
  const int fd = open(directory_.file("a.db").c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  EXPECT_NE(fcntl(fd, F_OFD_SETLK, &range), 0);
  engine_.reset();
  EXPECT_EQ(fcntl(fd, F_OFD_SETLK, &range), 0);
  EXPECT_EQ(Sqlstate(Open(Defaults()).status()), "55006");
  close(fd);
  for (const char* name : {"a.db", "a.db.lock"}) {
    const auto rights = std::filesystem::status(directory_.file(name)).permissions();
    EXPECT_EQ(rights & (std::filesystem::perms::group_all | std::filesystem::perms::others_all), std::filesystem::perms::none);
  }
}

TEST_F(Sqlite, WithAKeyNothingReadableIsOnDisk) {
  Options options = Defaults();
  options.key = std::string(32, 'k');
  OpenWith(options);
  Script("CREATE TABLE t1 (c1 TEXT); INSERT INTO t1 VALUES ('a secret that must not be seen')");
  EXPECT_EQ(FileBytes("a.db-wal").find("secret"), std::string::npos);
  EXPECT_GT(FileBytes("a.db-wal").size(), 4096u);
  engine_.reset();
  EXPECT_EQ(FileBytes("a.db").find("secret"), std::string::npos);
  EXPECT_EQ(FileBytes("a.db").find("CREATE TABLE"), std::string::npos);
  EXPECT_NE(FileBytes("a.db").substr(0, 6), "SQLite");
  EXPECT_EQ(access(directory_.file("a.db-wal").c_str(), F_OK), -1);  // a clean end leaves one file

  EXPECT_EQ(Sqlstate(Open(Defaults()).status()), "XX001");
  Options wrong = Defaults();
  wrong.key = std::string(32, 'w');
  EXPECT_EQ(Sqlstate(Open(wrong).status()), "XX001");
  OpenWith(options);
  EXPECT_EQ(Read("SELECT length(c1) FROM t1").rows, "30");
}

TEST_F(Sqlite, AFlippedBitIsAnError) {
  Options options = Defaults();
  options.key = std::string(32, 'k');
  OpenWith(options);
  Script("CREATE TABLE t1 (c1 INTEGER PRIMARY KEY, c2 TEXT);"
         "INSERT INTO t1 WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM k WHERE n < 2000)"
         " SELECT n, hex(randomblob(40)) FROM k");
  engine_.reset();
  {
    std::fstream file(directory_.file("a.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(10 * 4096 + 100);
    const char c = static_cast<char>(file.get());
    file.seekp(10 * 4096 + 100);
    file.put(static_cast<char>(c ^ 1));
  }
  OpenWith(options);
  EXPECT_EQ(Sqlstate(Read("SELECT sum(length(c2)) FROM t1").status), "XX001");
}

TEST_F(Sqlite, WhatIsNoDatabaseIsRefused) {
  std::ofstream(directory_.file("a.db")) << std::string(8192, 'x');
  EXPECT_EQ(Sqlstate(Open(Defaults()).status()), "XX001");
  Options elsewhere = Defaults();
  elsewhere.path = directory_.file("missing/a.db");
  EXPECT_EQ(Sqlstate(Open(elsewhere).status()), "58030");
}

TEST_F(Sqlite, WhatAKilledProcessCommittedIsThere) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto engine = Open(Defaults());
    if (!engine.ok()) _exit(1);
    auto t = (*engine)->Begin(Mode::kWrite, *AwaitTurn(**engine));
    if (!(*t)->Script("CREATE TABLE t1 (c1 INTEGER); INSERT INTO t1 VALUES (1)").ok()) _exit(1);
    AwaitDurable(**engine, *(*t)->Commit());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  OpenWith(Defaults());
  EXPECT_EQ(Read("SELECT c1 FROM t1").rows, "1");
}

TEST_F(Sqlite, AFileSizeLimitIsAFullDisk) {
  // In a process of its own, as the limit cannot be taken back everywhere.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto engine = Open(Defaults());
    if (!engine.ok()) _exit(10);
    auto insert = [&](int rows) -> std::string {
      auto t = (*engine)->Begin(Mode::kWrite, *AwaitTurn(**engine));
      for (int i = 0; i < rows; ++i) {
        Status status = RunAll(**t, "INSERT INTO t1 VALUES (zeroblob(5000))").status;
        if (!status.ok()) return status.error().sqlstate;
      }
      auto number = (*t)->Commit();
      if (!number.ok()) return number.status().error().sqlstate;
      AwaitDurable(**engine, *number);
      return "";
    };
    {
      auto t = (*engine)->Begin(Mode::kWrite, *AwaitTurn(**engine));
      if (!(*t)->Script("CREATE TABLE t1 (c1 BLOB)").ok() || !(*t)->Commit().ok()) _exit(11);
    }
    if (insert(1) != "") _exit(12);
    rlimit limit{100'000, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(13);
    std::string sqlstate;
    for (int i = 0; i < 100 && sqlstate.empty(); ++i) sqlstate = insert(1);
    if (sqlstate != "53100") _exit(14);
    if (insert(10000) != "53100") _exit(15);  // while it spills
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(16);
    if (insert(20) != "") _exit(17);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// --- What statements may touch ---------------------------------------------------------------------------------------

TEST_F(Sqlite, TheGuardRefusesWhatIsNotTheirs) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER); CREATE INDEX i5 ON t1 (c1); CREATE TABLE allod_meta (name TEXT); CREATE TABLE other (c1 INTEGER)");
  auto t = Begin(Mode::kWrite);
  for (const char* text :
       {"SELECT sql FROM sqlite_schema", "SELECT count(*) FROM sqlite_schema", "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_temp_schema", "UPDATE sqlite_schema SET sql = ''", "DELETE FROM sqlite_schema",
        "SELECT c1 FROM other", "INSERT INTO other VALUES (1)", "PRAGMA journal_mode=DELETE", "PRAGMA table_info(t1)",
        "SELECT * FROM pragma_table_info('t1')", "SELECT count(*) FROM pragma_database_list",
        "ATTACH 'x.db' AS x", "DETACH main", "CREATE TABLE t9 (c1)", "CREATE TEMP TABLE t9 (c1)", "DROP TABLE t1",
        "ALTER TABLE t1 ADD COLUMN c2", "CREATE INDEX i1 ON t1 (c1)", "CREATE VIEW t9 AS SELECT 1", "BEGIN", "COMMIT",
        "ROLLBACK", "SAVEPOINT s1", "RELEASE s1", "VACUUM", "ANALYZE", "REINDEX t1", "SELECT sqlite3mc_codec_data('salt')",
        "SELECT sqlite3mc_config('cipher')", "SELECT sqlite_version()", "SELECT load_extension('x')",
        "CREATE TRIGGER x AFTER INSERT ON t1 BEGIN SELECT 1; END"}) {
    const Status status = RunAll(*t, text).status;
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_TRUE(status.error().sqlstate == "42501" || status.error().sqlstate == "XX000")
        << text << ": " << status.error().sqlstate << " " << status.error().message;
  }
  EXPECT_TRUE(t->alive());
  for (const char* text : {"SELECT c1 FROM t1", "INSERT INTO t1 VALUES (1)", "DELETE FROM t1", "SELECT name FROM allod_meta",
                           "WITH k AS (SELECT 1) SELECT count(*) FROM k", "SELECT count(*) FROM t1",
                           "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 3) SELECT n FROM k",
                           "SELECT (SELECT count(*) FROM (SELECT 1 AS x) s)"}) {
    EXPECT_OK(RunAll(*t, text).status);
  }
  EXPECT_FALSE(RunAll(*t, "SELECT 1; SELECT 2").status.ok());
  EXPECT_FALSE(RunAll(*t, "").status.ok());
  // A savepoint's own statement is not reachable through the cache of statements.
  EXPECT_OK(t->Savepoint(1));
  EXPECT_FALSE(RunAll(*t, "SAVEPOINT s1").status.ok());
}

TEST_F(Sqlite, TooComplexIsAnErrorAndNothingElse) {
  OpenWith(Defaults());
  std::string sum = "SELECT 1", unions = "SELECT 1", parentheses;
  for (int i = 0; i < 20000; ++i) sum += "+1";
  for (int i = 0; i < 2000; ++i) unions += " UNION ALL SELECT 1";
  parentheses = "SELECT " + std::string(60000, '(') + "1" + std::string(60000, ')');
  for (const std::string& text : {sum, unions, parentheses}) {
    EXPECT_EQ(Sqlstate(Read(text).status), "54001") << text.substr(0, 30);
  }
  std::string deep = "SELECT 1";
  for (int i = 0; i < 2500; ++i) deep += "+1";
  EXPECT_EQ(Read(deep).rows, "2501");  // within an ordinary thread's stack
  EXPECT_EQ(Sqlstate(Read("SELECT zeroblob(300000000)").status), "54000");
}

// --- Definitions -----------------------------------------------------------------------------------------------------

TEST_F(Sqlite, ConstraintsChangeByEditingTheSchema) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER, c2 TEXT) STRICT; INSERT INTO t1 VALUES (1, 'a')");
  auto reader = Begin(Mode::kRead);
  const std::string insert = "INSERT INTO t1 VALUES (-1, 'b')";
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "1");
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(RunAll(*t, insert).status);  // cached, as it was
  }
  const std::string edit =
      "PRAGMA writable_schema=ON;"
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE t1 (c1 INTEGER, c2 TEXT, CONSTRAINT \"k5\" CHECK (c1 > 0)) STRICT'"
      " WHERE name = 't1';"
      "PRAGMA writable_schema=RESET";
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(t->Script(edit));
    const Status status = RunAll(*t, insert).status;  // at once, in the same transaction
    EXPECT_EQ(Sqlstate(status), "23514");
    t.reset();  // and taken back
    t = Begin(Mode::kWrite);
    EXPECT_OK(RunAll(*t, insert).status);
  }
  // Two connections, both with the old definition in their caches.
  auto held = Begin(Mode::kSnapshot);
  EXPECT_EQ(RunAll(*held, "SELECT count(*) FROM t1").rows, "1");
  Script(edit);
  EXPECT_OK(held->Commit().status());
  for (int i = 0; i < 3; ++i) {
    auto a = Begin(Mode::kWrite);
    const Status status = RunAll(*a, insert).status;
    EXPECT_EQ(Sqlstate(status), "23514");
    EXPECT_EQ(status.error().constraint, "k5");
  }
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "1");
  OpenWith(Defaults());
  auto t = Begin(Mode::kWrite);
  EXPECT_EQ(Sqlstate(RunAll(*t, insert).status), "23514");
  EXPECT_FALSE(RunAll(*t, "UPDATE sqlite_schema SET sql = sql").status.ok());  // the guard is back
}

TEST_F(Sqlite, ASchemaEditIsUndoneBySavepoint) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER)");
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(t->Savepoint(1));
  EXPECT_OK(t->Script("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t1 (c1 INTEGER CHECK (c1 > 0))'"
                      " WHERE name = 't1'; PRAGMA writable_schema=RESET"));
  EXPECT_EQ(Sqlstate(RunAll(*t, "INSERT INTO t1 VALUES (0)").status), "23514");
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO t1 VALUES (0)").status);
  EXPECT_OK(t->Commit().status());
  EXPECT_EQ(Read("SELECT c1 FROM t1").rows, "0");
}

TEST_F(Sqlite, AChainOfCascadesHasALimit) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER PRIMARY KEY, c2 INTEGER, FOREIGN KEY (c2) REFERENCES t1(c1) ON DELETE CASCADE);"
         "CREATE INDEX i1 ON t1 (c2);"
         "INSERT INTO t1 WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM k WHERE n < 1200)"
         " SELECT n, CASE WHEN n > 1 THEN n - 1 END FROM k");
  auto t = Begin(Mode::kWrite);
  EXPECT_EQ(Sqlstate(RunAll(*t, "DELETE FROM t1 WHERE c1 = 1").status), "54001");
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t1").rows, "1200");
  EXPECT_EQ(RunAll(*t, "DELETE FROM t1 WHERE c1 = 1000").affected, 1);
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t1").rows, "999");
}

// --- Connections -----------------------------------------------------------------------------------------------------

TEST_F(Sqlite, TooManyReadersWaitThenAreRefusedButTheWriterIsNot) {
  Options options = Defaults();
  options.max_connections = 2;
  options.connection_wait = 300ms;
  OpenWith(options);
  Script("CREATE TABLE t1 (c1 INTEGER)");
  auto a = Begin(Mode::kSnapshot), b = Begin(Mode::kSnapshot);
  EXPECT_EQ(Sqlstate(engine_->Begin(Mode::kSnapshot).status()), "53300");
  auto reader = Begin(Mode::kRead);  // needs none until it runs something
  EXPECT_EQ(Sqlstate(RunAll(*reader, "SELECT 1").status), "53300");
  EXPECT_EQ(engine_->statistics().connections, 3u);  // the writer's own, too
  { Script("INSERT INTO t1 VALUES (1)"); }
  std::thread later([&] {
    std::this_thread::sleep_for(10ms);
    a.reset();
  });
  EXPECT_EQ(RunAll(*reader, "SELECT count(*) FROM t1").rows, "1");
  later.join();
  EXPECT_EQ(engine_->statistics().connections, 3u);
}

TEST_F(Sqlite, AnIdleReadTransactionHoldsNoConnection) {
  Options options = Defaults();
  options.max_connections = 2;
  options.connection_wait = 1ms;
  OpenWith(options);
  std::vector<std::unique_ptr<Transaction>> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(Begin(Mode::kRead));
    EXPECT_EQ(RunAll(*idle.back(), "SELECT 1").rows, "1");
  }
  EXPECT_EQ(engine_->statistics().connections, 1u);
}

TEST_F(Sqlite, TheStatementCacheIsBounded) {
  Options options = Defaults();
  options.cached_statements = 4;
  OpenWith(options);
  auto t = Begin(Mode::kSnapshot);
  std::vector<std::unique_ptr<Cursor>> open;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string text = "SELECT ?1 + " + std::to_string(i);
      const std::vector<Parameter> parameters{Datum::Integer(1)};
      EXPECT_EQ(RunAll(*t, text, parameters).rows, std::to_string(i + 1));
      open.push_back(*t->Run(text, parameters, &context_));  // in use: not to be evicted
      ASSERT_TRUE(*open.back()->Next());
    }
    for (size_t i = 0; i < open.size(); ++i) EXPECT_EQ(open[i]->column(0).integer, static_cast<int64_t>(i % 20) + 1);
    if (round == 1) open.clear();
  }
}

TEST_F(Sqlite, AStatementThatWantsTooMuchMemoryFailsAlone) {
  Options options = Defaults();
  options.connection_memory_mib = 24;
  OpenWith(options);
  const std::string rows = "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM k WHERE n < ?1)";
  auto reader = Begin(Mode::kRead);
  auto snapshot = Begin(Mode::kSnapshot);
  for (int i = 0; i < 3; ++i) {
    for (Transaction* t : {reader.get(), snapshot.get()}) {
      for (const char* wants : {" SELECT hex(zeroblob(500)) || n AS x FROM k ORDER BY x DESC LIMIT 200000",
                                " SELECT count(DISTINCT hex(zeroblob(500)) || n) FROM k"}) {
        const Status status = RunAll(*t, rows + wants, {Datum::Integer(200000)}).status;
        EXPECT_EQ(Sqlstate(status), "53200");
        EXPECT_EQ(RunAll(*t, rows + wants, {Datum::Integer(2)}).status.ok(), true);
      }
    }
  }
  auto writer = Begin(Mode::kWrite);
  EXPECT_OK(writer->Script("CREATE TABLE t1 (c1 TEXT)"));
  EXPECT_OK(RunAll(*writer, rows + " INSERT INTO t1 SELECT hex(zeroblob(500)) || n FROM k", {Datum::Integer(40000)}).status);
  EXPECT_EQ(Sqlstate(writer->Script("CREATE INDEX i1 ON t1 (c1)")), "53200");
  EXPECT_TRUE(writer->alive());
  EXPECT_OK(writer->Commit().status());
  EXPECT_EQ(Read("SELECT count(*) FROM t1").rows, "40000");
}

// --- The log ---------------------------------------------------------------------------------------------------------

TEST_F(Sqlite, TheLogIsCopiedBackAndStartsOver) {
  Options options = Defaults();
  options.checkpoint_bytes = 100'000;
  options.wal_limit_bytes = 100'000'000;
  options.checkpoint_idle = 1h;
  OpenWith(options);
  Script("CREATE TABLE t1 (c1 BLOB)");
  for (int i = 0; i < 300; ++i) Script("INSERT INTO t1 VALUES (zeroblob(3000))");
  for (int i = 0; i < 200 && engine_->statistics().checkpoints < 4; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_GE(engine_->statistics().checkpoints, 4u);
  // 300 times two pages or more, but the log never came near it.
  EXPECT_LT(FileBytes("a.db-wal").size(), 1'000'000u);
  EXPECT_GT(FileBytes("a.db").size(), 500'000u);
}

TEST_F(Sqlite, TheLogIsCutWhenNothingHappens) {
  Options options = Defaults();
  options.checkpoint_idle = 20ms;
  OpenWith(options);
  Script("CREATE TABLE t1 (c1 TEXT); INSERT INTO t1 VALUES ('a word to be forgotten')");
  Script("DELETE FROM t1");
  for (int i = 0; i < 500 && engine_->statistics().wal_bytes > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(FileBytes("a.db-wal").size(), 0u);
  EXPECT_EQ(FileBytes("a.db").find("forgotten"), std::string::npos);  // secure_delete
}

TEST_F(Sqlite, AReaderKeepsTheLogButStopsNobody) {
  OpenWith(Defaults());
  Script("CREATE TABLE t1 (c1 INTEGER); INSERT INTO t1 VALUES (1)");
  auto reader = Begin(Mode::kSnapshot);
  EXPECT_EQ(RunAll(*reader, "SELECT c1 FROM t1").rows, "1");
  Script("UPDATE t1 SET c1 = 2");
  auto done = Checkpoint(*engine_);
  ASSERT_OK(done.status());
  EXPECT_FALSE(*done);
  EXPECT_EQ(RunAll(*reader, "SELECT c1 FROM t1").rows, "1");
  Script("UPDATE t1 SET c1 = 3");
  reader.reset();
  done = Checkpoint(*engine_);
  ASSERT_OK(done.status());
  EXPECT_TRUE(*done);
  EXPECT_EQ(FileBytes("a.db-wal").size(), 0u);
  EXPECT_EQ(Read("SELECT c1 FROM t1").rows, "3");
}

}  // namespace
}  // namespace allod::engine::sqlite
