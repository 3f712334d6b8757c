// What the engine on PostgreSQL does beyond the contract: connections that break, leases, settings, prepared statements.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/postgres/engine.h"
#include "engine/postgres/testing/shared_server.h"
#include "engine/test_support.h"

namespace allod::engine::postgres {
namespace {

using namespace std::chrono_literals;

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    server().Clean();
    Reopen({.max_connections = 8});
  }
  static testing::Shared& server() { return testing::SharedServer(); }
  void Reopen(Options options) {
    engine_.reset();
    options.conninfo = server().conninfo();
    auto opened = Open(std::move(options));
    ASSERT_OK(opened.status());
    engine_ = *std::move(opened);
  }
  std::unique_ptr<Transaction> Begin(Mode mode, Isolation isolation = Isolation::kReadCommitted) {
    auto turn = AwaitTurn(*engine_, 10s);
    EXPECT_OK(turn.status());
    return Begin(mode, *std::move(turn), isolation);
  }
  std::unique_ptr<Transaction> Begin(Mode mode, Turn turn, Isolation isolation = Isolation::kReadCommitted) {
    auto t = engine_->Begin(mode, std::move(turn), isolation);
    EXPECT_OK(t.status());
    return *std::move(t);
  }
  void Write(const std::string& text) {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(t->Script(text));
    EXPECT_OK(t->Commit().status());
  }
  std::string Read(const std::string& text) {
    auto t = Begin(Mode::kRead);
    Answer answer = RunAll(*t, text);
    EXPECT_OK(answer.status);
    return answer.rows;
  }
  static std::string PidOf(Transaction& t) { return RunAll(t, "SELECT pg_backend_pid()").rows; }
  static void Terminate(const std::string& pid) { EXPECT_EQ(server().Execute("SELECT pg_terminate_backend(" + pid + ", 5000)"), "t"); }

  std::unique_ptr<Engine> engine_;
  PlainContext context_;
};

std::shared_ptr<const SessionSettings> Settings(std::vector<std::pair<std::string, std::string>> values) {
  return std::make_shared<const SessionSettings>(SessionSettings{std::move(values)});
}

// --- Values ----------------------------------------------------------------------------------------------------------

TEST_F(Postgres, ValuesGoThereAndComeBack) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<std::string, Value>> values = {
      {"bool", Value::Bool(true)}, {"bool", Value::Bool(false)},
      {"int2", Value::Integer(-32768)}, {"int4", Value::Integer(2147483647)}, {"int8", Value::Integer(INT64_MIN)},
      {"oid", Value::Integer(4294967295)}, {"regclass", Value::Integer(1259)}, {"regtype", Value::Integer(23)}, {"xid", Value::Integer(7)},
      {"float4", Value::Real(0.5)}, {"float8", Value::Real(0.1)}, {"float8", Value::Real(-infinity)}, {"float4", Value::Real(infinity)},
      {"numeric", Value::Text("0")}, {"numeric", Value::Text("-12.340")}, {"numeric", Value::Text("0.000")},
      {"numeric", Value::Text("100000000000000000000000000000000.00000000000000000001")}, {"numeric", Value::Text("10000")},
      {"numeric", Value::Text("0.00010000")}, {"numeric", Value::Text("NaN")}, {"numeric", Value::Text("-Infinity")},
      {"text", Value::Text("")}, {"text", Value::Text("héllo\n\"'\\")}, {"varchar", Value::Text("x")}, {"bpchar", Value::Text("x  ")},
      {"name", Value::Text("n")}, {"\"char\"", Value::Text("c")}, {"\"char\"", Value::Text("")}, {"json", Value::Text("{\"a\" : 1}")},
      {"jsonb", Value::Text("{\"a\": 1, \"bb\": [true, null]}")}, {"bytea", Value::Blob(std::string("\0\xff'\\", 4))}, {"bytea", Value::Blob("")},
      {"uuid", Value::Blob("0123456789abcdef")}, {"date", Value::Integer(-1)}, {"date", Value::Integer(INT32_MAX)}, {"date", Value::Integer(INT32_MIN)},
      {"time", Value::Integer(86400000000)}, {"timestamp", Value::Integer(-1)}, {"timestamptz", Value::Integer(INT64_MAX)},
      {"timestamptz", Value::Integer(INT64_MIN)}, {"timestamptz", Value::Integer(123456789)}, {"interval", Value::Text("-14 3 -5000001")},
      {"int4[]", Value::Text("{}")}, {"int4[]", Value::Text("{1,NULL,-3}")}, {"text[]", Value::Text("{a,\"b c\",\"NULL\",\"\",\"q\\\"\"}")},
      {"int4[]", Value::Text("{{1,2},{3,NULL}}")}, {"int4[]", Value::Text("[0:1]={5,6}")}, {"int4[]", Value::Text("[2:2][0:1]={{5,6}}")},
      {"numeric[]", Value::Text("{1.50,NaN}")}, {"float8[]", Value::Text("{NaN,1.5,Infinity}")}, {"bytea[]", Value::Text("{\"\\\\x00ff\"}")},
      {"timestamptz[]", Value::Text("{\"2000-01-01 00:00:00+00\",infinity}")}, {"date[]", Value::Text("{2000-01-02}")},
      {"interval[]", Value::Text("{\"1 day 02:00:00\"}")}, {"bool[]", Value::Text("{t,f,NULL}")},
      {"uuid[]", Value::Text("{00000000-0000-0000-0000-000000000001}")}, {"jsonb[]", Value::Text("{\"{\\\"a\\\": 1}\"}")},
      {"int2vector", Value::Text("1 2 3")}, {"oidvector", Value::Text("16 17")},
      // Carried as their text.
      {"int4range", Value::Text("[1,5)")}, {"point", Value::Text("(1,2)")}, {"inet", Value::Text("10.0.0.1/8")}, {"timetz", Value::Text("01:02:03+04")},
      {"mood", Value::Text("not so bad")}, {"mood[]", Value::Text("{fine,\"not so bad\"}")}, {"bit(3)", Value::Text("101")}, {"pair", Value::Text("(1,\"a b\")")},
      {"money", Value::Text("$1.50")}, {"whole", Value::Integer(5)}, {"xml", Value::Text("<a/>")}, {"tsvector", Value::Text("'a':1")},
  };
  Write("DROP TYPE IF EXISTS pair, mood; DROP DOMAIN IF EXISTS whole; CREATE TYPE mood AS ENUM ('fine', 'not so bad');"
        "CREATE TYPE pair AS (a int, b text); CREATE DOMAIN whole AS int CHECK (VALUE > 0)");
  auto t = Begin(Mode::kRead);
  // Under settings whose text forms are ambiguous or short.
  t->UseSettings(Settings({{"DateStyle", "SQL, DMY"}, {"TimeZone", "UTC"}, {"IntervalStyle", "iso_8601"}, {"extra_float_digits", "0"}}));
  context_.format.date_style = DateStyle::kSql;
  context_.format.date_order = DateOrder::kDmy;
  context_.format.interval_style = IntervalStyle::kIso8601;
  for (const auto& [type, value] : values) {
    SCOPED_TRACE(type + " " + AsText(value));
    const std::vector<Parameter> parameters = {value.view()};
    // Alone (in binary form where there is one), and beside something that is carried as text.
    for (const std::string& text : {"SELECT $1::" + type, "SELECT $1::" + type + ", '[1,2)'::int4range"}) {
      auto cursor = t->Run(text, parameters, &context_);
      ASSERT_OK(cursor.status());
      auto more = (*cursor)->Next();
      ASSERT_OK(more.status());
      if (type.starts_with("reg") && (*cursor)->columns() == 2) continue;  // its text is a name
      EXPECT_EQ(Value((*cursor)->column(0)), value) << AsText((*cursor)->column(0));
    }
    // The cluster reads it the same way.
    if (value.kind() == Kind::kText && type != "\"char\"" && type != "interval" && !type.starts_with("interval") && !type.starts_with("timestamptz")
        && type != "date[]" && type != "json" && type != "xml" && type != "point") {
      EXPECT_EQ(RunAll(*t, "SELECT $1::" + type + " = '" + [&] {
                  std::string quoted;
                  for (const char c : value.bytes()) quoted += c == '\'' ? std::string("''") : std::string(1, c);
                  return quoted;
                }() + "'::" + type, {value.view()}).rows, "1");
    }
  }
  EXPECT_EQ(RunAll(*t, "SELECT 'NaN'::float8::text, 'NaN'::float8 = $1", {Datum::Real(std::numeric_limits<double>::quiet_NaN())}).rows, "NaN|1");
}

TEST_F(Postgres, ParametersOfAnotherKindAreReadByTheCluster) {
  auto t = Begin(Mode::kRead);
  EXPECT_EQ(RunAll(*t, "SELECT $1::text, $2::int4, $3::numeric", {Datum::Integer(12), Datum::Text("34"), Datum::Integer(5)}).rows, "12|34|5");
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT $1::int4", {Datum::Integer(int64_t{1} << 40)}).status), "22003");
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT $1::int4", {Datum::Text("x")}).status), "22P02");
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT $1::inet", {Datum::Text(std::string_view("1\0", 2))}).status), "22021");
  const Oid types[] = {oid::kInt8};
  auto cursor = t->Run("SELECT $1", std::vector<Parameter>{Datum::Integer(1)}, &context_, types);
  ASSERT_OK(cursor.status());
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ((*cursor)->column(0).kind, Kind::kInteger);
  EXPECT_EQ(RunAll(*t, "SELECT $1", {Datum::Text("t")}).rows, "t");  // the same text, its type not declared
}

TEST_F(Postgres, RelationsOfEveryKindOfType) {
  Write("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('fine', 'not so bad')");
  auto t = Begin(Mode::kRead);
  const Relation r{4, {{Value::Integer(1), Value::Text("fine"), Value::Text("1.50"), Value::Blob("0123456789abcdef")},
                       {Value(), Value::Text("not so bad"), Value(), Value()}, {Value::Integer(3)}}};
  EXPECT_EQ(RunAll(*t, "SELECT a, b, c, d, $5::int4 FROM unnest($1::int4[], $2::mood[], $3::numeric[], $4::uuid[]) AS k(a, b, c, d)",
                   {&r, Datum::Integer(9)}).rows,
            "1|fine|1.50|" + AsText(Datum::Blob("0123456789abcdef")) + "|9;NULL|not so bad|NULL|NULL|9;3|NULL|NULL|NULL|9");
}

// --- Describing ------------------------------------------------------------------------------------------------------

TEST_F(Postgres, StatementsAreDescribed) {
  Write("CREATE TABLE t1 (c1 int PRIMARY KEY, c2 varchar(10), c3 numeric(5,2))");
  auto t = Begin(Mode::kWrite);
  auto shape = t->Describe("SELECT c2, c3, c1 + $1 AS s FROM t1 WHERE c2 = $2");
  ASSERT_OK(shape.status());
  EXPECT_EQ(shape->parameters, (std::vector<Type>{{oid::kInt4}, {oid::kText}}));
  ASSERT_EQ(shape->columns.size(), 3u);
  EXPECT_EQ(shape->columns[0].name, "c2");
  EXPECT_EQ(shape->columns[0].type, (Type{oid::kVarchar, 14}));
  EXPECT_EQ(shape->columns[0].attribute, 2);
  EXPECT_EQ(std::to_string(shape->columns[0].table), Read("SELECT 't1'::regclass::oid"));
  EXPECT_EQ(shape->columns[1].type, (Type{oid::kNumeric, ((5 << 16) | 2) + 4}));
  EXPECT_EQ(shape->columns[2].table, 0u);
  EXPECT_TRUE(t->Describe("INSERT INTO t1 VALUES ($1, $2, $3)")->columns.empty());
  const Oid types[] = {oid::kInt8, 0};
  EXPECT_EQ(t->Describe("SELECT $1, $2::text", types)->parameters, (std::vector<Type>{{oid::kInt8}, {oid::kText}}));
  const auto wrong = t->Describe("SELECT *, é FROM t1 WHERE nope");
  EXPECT_EQ(Sqlstate(wrong.status()), "42703");
  EXPECT_EQ(wrong.status().error().position, 11);
  EXPECT_EQ(Sqlstate(t->Describe("/* x */ copy t1 from stdin").status()), "0A000");
}

TEST_F(Postgres, ErrorsHaveAllFieldsAndNoticesAreKept) {
  Write("CREATE TABLE t1 (c1 int PRIMARY KEY CHECK (c1 > 0), c2 text NOT NULL)");
  auto t = Begin(Mode::kWrite);
  const Status status = RunAll(*t, "INSERT INTO t1 VALUES (1, NULL)").status;
  EXPECT_EQ(status.error().message, "null value in column \"c2\" of relation \"t1\" violates not-null constraint");
  EXPECT_EQ(status.error().detail, "Failing row contains (1, null).");
  EXPECT_EQ(status.error().schema, "public");
  EXPECT_EQ(status.error().table, "t1");
  EXPECT_EQ(status.error().column, "c2");
  EXPECT_FALSE(t->alive());
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "25P02");
  EXPECT_EQ(Sqlstate(t->Commit().status()), "25P02");
  t = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*t, "DROP TABLE IF EXISTS nope").status);
  const std::vector<Error> notices = t->TakeNotices();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].message, "table \"nope\" does not exist, skipping");
  EXPECT_TRUE(t->TakeNotices().empty());
}

TEST_F(Postgres, TagsSayWhatWasDone) {
  auto t = Begin(Mode::kWrite);
  const auto tag = [&](const char* text) {
    auto cursor = t->Run(text, {}, &context_);
    EXPECT_OK(cursor.status());
    while (*(*cursor)->Next()) {
    }
    return std::string((*cursor)->tag());
  };
  EXPECT_EQ(tag("CREATE TABLE t1 (c1 int)"), "CREATE TABLE");
  EXPECT_EQ(tag("INSERT INTO t1 VALUES (1), (2)"), "INSERT 0 2");
  EXPECT_EQ(tag("SELECT * FROM t1"), "SELECT 2");
}

// --- Prepared statements and settings --------------------------------------------------------------------------------

TEST_F(Postgres, PreparedStatementsAreFewAndFollowDefinitions) {
  Reopen({.max_connections = 1, .cached_statements = 10});
  Write("CREATE TABLE t1 (c1 int); INSERT INTO t1 VALUES (1)");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Read("SELECT c1, " + std::to_string(i) + " FROM t1"), "1|" + std::to_string(i));
  EXPECT_LE(std::stoi(Read("SELECT count(*) FROM pg_prepared_statements")), 16);  // and five ways to BEGIN
  // Somebody else changes what the text means: prepared again, unseen.
  const std::string all = "SELECT * FROM t1", one = "SELECT c1 + $1 FROM t1";
  EXPECT_EQ(Read(all), "1");
  server().Execute("ALTER TABLE t1 ADD c2 int DEFAULT 5");
  EXPECT_EQ(Read(all), "1|5");
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(t->Savepoint(1));
    server().Execute("ALTER TABLE t1 ADD c3 int DEFAULT 6");
    EXPECT_EQ(RunAll(*t, all).rows, "1|5|6");  // the first statement
    EXPECT_OK(t->RollbackTo(1));
  }
  {
    auto t = Begin(Mode::kWrite);
    EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
    server().Execute("ALTER TABLE t1 DROP c3");
    EXPECT_EQ(Sqlstate(RunAll(*t, all).status), "40001");  // too late in this transaction
  }
  EXPECT_EQ(Read(all), "1|5");
  auto t = Begin(Mode::kRead);
  EXPECT_OK(RunAll(*t, "DEALLOCATE ALL").status);
  EXPECT_EQ(RunAll(*t, all).rows, "1|5");
}

TEST_F(Postgres, SettingsAreThoseOfTheSessionThatRuns) {
  Reopen({.max_connections = 1});
  const auto berlin = Settings({{"TimeZone", "Europe/Berlin"}, {"search_path", "a, public"}}), plain = Settings({{"TimeZone", "UTC"}});
  const std::string show = "SELECT current_setting('TimeZone'), current_setting('search_path')";
  const auto read = [&](const std::shared_ptr<const SessionSettings>& settings) {
    auto t = Begin(Mode::kRead);
    t->UseSettings(settings);
    return RunAll(*t, show).rows;
  };
  const std::string outset = read(nullptr);
  EXPECT_EQ(read(berlin), "Europe/Berlin|a, public");
  EXPECT_EQ(read(plain), "UTC|\"$user\", public");
  EXPECT_EQ(read(nullptr), outset);
  {  // Set within a transaction that is rolled back: said again afterwards.
    auto t = Begin(Mode::kWrite);
    t->UseSettings(berlin);
    EXPECT_OK(t->Savepoint(1));
    EXPECT_EQ(RunAll(*t, show).rows, "Europe/Berlin|a, public");
    t->UseSettings(plain);
    EXPECT_OK(t->Savepoint(2));
    EXPECT_EQ(RunAll(*t, show).rows, "UTC|\"$user\", public");
    EXPECT_OK(t->RollbackTo(2));
    EXPECT_EQ(RunAll(*t, show).rows, "UTC|\"$user\", public");
    t->UseSettings(berlin);
    EXPECT_EQ(RunAll(*t, show).rows, "Europe/Berlin|a, public");
    EXPECT_OK(t->RollbackTo(2));
    EXPECT_EQ(RunAll(*t, show).rows, "Europe/Berlin|a, public");
  }
  EXPECT_EQ(read(berlin), "Europe/Berlin|a, public");
  EXPECT_EQ(read(plain), "UTC|\"$user\", public");
  {  // A statement that fails takes its settings with it.
    auto t = Begin(Mode::kRead);
    t->UseSettings(berlin);
    EXPECT_FALSE(RunAll(*t, "SELECT 1/(SELECT 0)").status.ok());
    EXPECT_EQ(RunAll(*t, show).rows, "Europe/Berlin|a, public");
    t->UseSettings(Settings({{"TimeZone", "Nowhere/At/All"}}));
    EXPECT_EQ(Sqlstate(RunAll(*t, show).status), "22023");
    t->UseSettings(plain);
    EXPECT_EQ(RunAll(*t, show).rows, "UTC|\"$user\", public");
  }
  // The same text under another search_path means another table.
  Write("CREATE SCHEMA IF NOT EXISTS a; DROP TABLE IF EXISTS a.t9; CREATE TABLE a.t9 (x text); INSERT INTO a.t9 VALUES ('a');"
        "CREATE TABLE public.t9 (x int); INSERT INTO t9 VALUES (1)");
  auto t = Begin(Mode::kRead);
  for (int i = 0; i < 3; ++i) {
    t->UseSettings(berlin);
    EXPECT_EQ(RunAll(*t, "SELECT x FROM t9").rows, "a");
    t->UseSettings(plain);
    EXPECT_EQ(RunAll(*t, "SELECT x FROM t9").rows, "1");
  }
  t.reset();
  Write("DROP SCHEMA a CASCADE");
}

TEST_F(Postgres, AStatementTimesOut) {
  auto t = Begin(Mode::kRead);
  t->UseSettings(Settings({{"statement_timeout", "50"}}));
  const Status status = RunAll(*t, "SELECT pg_sleep(5)").status;
  EXPECT_EQ(Sqlstate(status), "57014");
  EXPECT_EQ(status.error().message, "canceling statement due to statement timeout");
  EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
}

// --- Transactions ----------------------------------------------------------------------------------------------------

TEST_F(Postgres, IsolationIsTheClusters) {
  Write("CREATE TABLE t1 (c1 int); INSERT INTO t1 VALUES (1)");
  auto a = Begin(Mode::kWrite, Isolation::kRepeatableRead);
  EXPECT_EQ(RunAll(*a, "SELECT c1 FROM t1").rows, "1");
  Write("UPDATE t1 SET c1 = 2");
  EXPECT_EQ(RunAll(*a, "SELECT c1 FROM t1").rows, "1");
  EXPECT_EQ(Sqlstate(RunAll(*a, "UPDATE t1 SET c1 = 3").status), "40001");
  a.reset();
  auto b = Begin(Mode::kWrite);
  EXPECT_EQ(RunAll(*b, "SELECT c1 FROM t1").rows, "2");
  Write("UPDATE t1 SET c1 = 5");
  EXPECT_EQ(RunAll(*b, "SELECT c1 FROM t1").rows, "5");
  b.reset();
  auto c = Begin(Mode::kWrite, Isolation::kSerializable);
  EXPECT_EQ(RunAll(*c, "SHOW transaction_isolation").rows, "serializable");
}

TEST_F(Postgres, TheCommitAsksForTheCataloguesVersion) {
  Write("CREATE TABLE t1 (c1 int); CREATE SCHEMA IF NOT EXISTS allod; CREATE OR REPLACE FUNCTION allod.assert_version(v bigint) RETURNS void"
        " LANGUAGE plpgsql AS $$ BEGIN IF v <> 7 THEN RAISE EXCEPTION 'moved on' USING ERRCODE = '40A01'; END IF; END $$");
  for (const int64_t version : {7, 8}) {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(RunAll(*t, "INSERT INTO t1 VALUES (1)").status);
    t->ExpectVersion(version);
    EXPECT_EQ(Sqlstate(t->Commit().status()), version == 7 ? "" : "40A01");
    EXPECT_FALSE(t->alive());
  }
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "1");
}

TEST_F(Postgres, ForeignKeysInOneStatementAreCheckedAtItsEnd) {
  // What cannot be deferred can still be deleted together.
  Write("CREATE TABLE t1 (c1 int PRIMARY KEY); CREATE TABLE t2 (c1 int REFERENCES t1); INSERT INTO t1 VALUES (1); INSERT INTO t2 VALUES (1)");
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(t->DeferForeignKeys());
  EXPECT_OK(t->Savepoint(1));
  EXPECT_EQ(Sqlstate(RunAll(*t, "DELETE FROM t1").status), "23503");
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_OK(RunAll(*t, "WITH a AS (DELETE FROM t1) DELETE FROM t2").status);
  EXPECT_OK(t->Commit().status());
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
}

// --- Cursors ---------------------------------------------------------------------------------------------------------

long MaxResidentKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_F(Postgres, ALongResultTakesLittleMemory) {
  auto t = Begin(Mode::kRead);
  auto cursor = t->Run("SELECT i, repeat('x', 1000) FROM generate_series(1, 300000) AS i", {}, &context_);
  ASSERT_OK(cursor.status());
  ASSERT_TRUE(*(*cursor)->Next());
  const long before = MaxResidentKilobytes();
  int64_t rows = 1;
  while (*(*cursor)->Next()) ++rows;
  EXPECT_EQ(rows, 300000);
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
  EXPECT_LT(MaxResidentKilobytes() - before, 20000);  // of 300 MB
#endif
}

TEST_F(Postgres, AHalfReadResultIsKeptAsFarAsThereIsRoom) {
  Reopen({.max_connections = 2, .read_ahead_bytes = 1 << 20});
  for (const Mode mode : {Mode::kRead, Mode::kWrite}) {
    auto t = Begin(mode);
    auto small = t->Run("SELECT generate_series(1, 100)", {}, &context_);
    ASSERT_TRUE(*(*small)->Next());
    auto big = t->Run("SELECT i, repeat('x', 1000) FROM generate_series(1, 100000) AS i", {}, &context_);
    ASSERT_TRUE(*(*big)->Next());
    EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "54000");
    int64_t rows = 1;
    while (*(*big)->Next()) ++rows;  // it is still whole
    EXPECT_EQ(rows, 100000);
    for (int i = 2; i <= 100; ++i) {
      ASSERT_TRUE(*(*small)->Next());
      EXPECT_EQ((*small)->column(0).integer, i);
    }
    EXPECT_FALSE(*(*small)->Next());
    EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
  }
}

TEST_F(Postgres, ALongResultCanBeDropped) {
  const auto start = std::chrono::steady_clock::now();
  for (const Mode mode : {Mode::kRead, Mode::kSnapshot, Mode::kWrite}) {
    auto t = Begin(mode);
    auto cursor = t->Run("SELECT generate_series(1, 1000000000::int8)", {}, &context_);
    ASSERT_TRUE(*(*cursor)->Next());
    if (mode == Mode::kRead) {
      *cursor = nullptr;
      EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
    }
    t.reset();  // the cursor is closed by the end of its transaction
    if (mode == Mode::kRead) continue;
    EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "24000");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(Postgres, AnErrorInTheMiddleOfAResult) {
  auto t = Begin(Mode::kRead);
  auto cursor = t->Run("SELECT 10 / (3 - i) FROM generate_series(1, 5) AS i", {}, &context_);
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "22012");
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "22012");
  // Met while reading ahead: told to the cursor that it belongs to.
  cursor = t->Run("SELECT 10 / (3 - i) FROM generate_series(1, 5) AS i", {}, &context_);
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
  EXPECT_TRUE(*(*cursor)->Next());
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "22012");
}

// --- Interrupts ------------------------------------------------------------------------------------------------------

TEST_F(Postgres, AnInterruptNeverHitsAnotherStatement) {
  Reopen({.max_connections = 1});
  std::atomic<Transaction*> target{nullptr};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::thread other([&] {
    while (!stop) {
      std::this_thread::sleep_for(200us);
      std::lock_guard lock(mutex);  // the transaction lives meanwhile
      if (Transaction* t = target.load()) t->Interrupt();
    }
  });
  for (int i = 0; i < 150; ++i) {
    {
      auto victim = Begin(Mode::kRead);
      target = victim.get();
      for (int j = 0; j < 5; ++j) {
        const Status status = RunAll(*victim, "SELECT count(*) FROM generate_series(1, 1000)").status;
        EXPECT_TRUE(status.ok() || Sqlstate(status) == "57014") << Sqlstate(status);
      }
      target = nullptr;
      std::lock_guard lock(mutex);
      victim.reset();
    }
    // The same connection.
    EXPECT_EQ(Read("SELECT count(*) FROM generate_series(1, 1000)"), "1000");
  }
  stop = true;
  other.join();
}

TEST_F(Postgres, AWriteThatWasInterruptedTooLateDoesNotStay) {
  Write("CREATE TABLE t1 (c1 int)");
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(t->Savepoint(1));
  auto cursor = t->Run("INSERT INTO t1 SELECT generate_series(1, 3) RETURNING c1", {}, &context_);
  ASSERT_TRUE(*(*cursor)->Next());
  t->Interrupt();
  EXPECT_EQ(Sqlstate((*cursor)->Next().status()), "57014");
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "25P02");
  EXPECT_TRUE(t->alive());
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM t1").rows, "0");
}

// --- Connections that break ------------------------------------------------------------------------------------------

TEST_F(Postgres, ATransactionEndsWithItsConnection) {
  Write("CREATE TABLE t1 (c1 int)");
  auto t = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*t, "INSERT INTO t1 VALUES (1)").status);
  Terminate(PidOf(*t));
  const Status status = RunAll(*t, "INSERT INTO t1 VALUES (2)").status;
  EXPECT_TRUE(Sqlstate(status) == "57P01" || Sqlstate(status) == "08006") << Sqlstate(status);
  EXPECT_FALSE(t->alive());
  EXPECT_EQ(Sqlstate(RunAll(*t, "SELECT 1").status), "08006");
  EXPECT_EQ(Sqlstate(t->RollbackTo(1)), "08006");
  EXPECT_EQ(Sqlstate(t->Commit().status()), "08006");
  t.reset();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
}

TEST_F(Postgres, AStatementIsToldWhyItsConnectionWent) {
  auto t = Begin(Mode::kRead);
  const std::string pid = PidOf(*t);
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    Terminate(pid);
  });
  const Status status = RunAll(*t, "SELECT pg_sleep(10)").status;
  other.join();
  EXPECT_EQ(Sqlstate(status), "57P01");
  t.reset();
  EXPECT_EQ(Read("SELECT 1"), "1");
}

TEST_F(Postgres, IdleConnectionsThatWentAreReplacedUnseen) {
  Reopen({.max_connections = 1});
  const std::string before = Read("SELECT pg_backend_pid()");
  Terminate(before);
  EXPECT_NE(Read("SELECT pg_backend_pid()"), before);
  EXPECT_EQ(engine_->statistics().connections, 1u);
  // A session that kept its lease, too.
  auto t = Begin(Mode::kRead);
  Terminate(PidOf(*t));
  t = Begin(Mode::kRead, t->TakeTurn());
  EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
  // But not if there was something of its own on it.
  t->LeavesTraces();
  Terminate(PidOf(*t));
  t = Begin(Mode::kRead, t->TakeTurn());
  const Status status = RunAll(*t, "SELECT 1").status;
  EXPECT_TRUE(Sqlstate(status) == "57P01" || Sqlstate(status) == "08006") << Sqlstate(status);
  EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");  // told once
}

TEST_F(Postgres, TheClusterMayRestart) {
  Write("CREATE TABLE t1 (c1 int)");
  auto held = Begin(Mode::kWrite);
  EXPECT_OK(RunAll(*held, "INSERT INTO t1 VALUES (1)").status);
  server().Stop();
  EXPECT_FALSE(RunAll(*held, "SELECT 1").status.ok());
  held.reset();
  {
    auto t = Begin(Mode::kRead);
    const Status status = RunAll(*t, "SELECT 1").status;
    EXPECT_EQ(Sqlstate(status), "08001");
    EXPECT_EQ(status.error().detail, "");  // libpq's words name host and user
    EXPECT_TRUE(t->alive());               // nothing has begun
  }
  server().Start();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
  server().Kill();
  server().Start();
  Write("INSERT INTO t1 VALUES (2)");
  EXPECT_EQ(Read("SELECT c1 FROM t1"), "2");
}

TEST_F(Postgres, ACommitWithoutAnAnswerIsUnknown) {
  Write("CREATE TABLE t1 (c1 int); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t1 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()");
  for (const bool kill : {false, true}) {
    auto t = Begin(Mode::kWrite);
    EXPECT_OK(RunAll(*t, "INSERT INTO t1 VALUES (1)").status);
    const std::string pid = PidOf(*t);
    std::thread other([&] {
      std::this_thread::sleep_for(200ms);
      if (kill) {
        server().Kill();
      } else {
        Terminate(pid);
      }
    });
    EXPECT_EQ(Sqlstate(t->Commit().status()), "08007");
    EXPECT_FALSE(t->alive());
    other.join();
    if (kill) server().Start();
    t.reset();
    EXPECT_EQ(Read("SELECT count(*) FROM t1"), "0");
  }
}

TEST_F(Postgres, WhatCannotBeOpenedSaysWhy) {
  EXPECT_EQ(Sqlstate(Open({.conninfo = "host=/nowhere/at/all"}).status()), "08001");
  EXPECT_EQ(Sqlstate(Open({.conninfo = server().conninfo("nope")}).status()), "3D000");
  EXPECT_EQ(Sqlstate(Open({.conninfo = server().conninfo() + " user=nobody"}).status()), "28000");
  const Status status = Open({.conninfo = "password=secret nonsense"}).status();
  EXPECT_EQ(Sqlstate(status), "22023");
  EXPECT_EQ((status.error().message + status.error().detail).find("secret"), std::string::npos);
  Options options{.conninfo = server().conninfo() + " options='-c work_mem=5MB'", .application_name = "name'd"};
  auto engine = Open(std::move(options));
  ASSERT_OK(engine.status());
  auto t = *AwaitBegin(**engine, Mode::kRead);
  EXPECT_EQ(RunAll(*t, "SELECT current_setting('work_mem'), current_setting('application_name')").rows, "5MB|name'd");
}

// --- Leases ----------------------------------------------------------------------------------------------------------

TEST_F(Postgres, LeasesAreFewAndFair) {
  Reopen({.max_connections = 2, .lease_timeout = 60ms});
  EXPECT_FALSE(engine_->Begin(Mode::kRead).ok());
  EXPECT_FALSE(engine_->Begin(Mode::kRead, Turn(std::make_shared<int>(1))).ok());
  std::vector<Turn> held;
  for (int i = 0; i < 2; ++i) held.push_back(*AwaitTurn(*engine_, 1s));
  EXPECT_EQ(engine_->statistics().leases, 2u);
  for (const auto timeout : {50ms, 0ms}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Sqlstate(AwaitTurn(*engine_, timeout).status()), "53300");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
  }
  std::vector<int> order;
  std::vector<Turn> turns(5);
  std::vector<uint64_t> requests;
  std::string withdrawn;
  for (int i = 0; i < 5; ++i) {
    requests.push_back(engine_->RequestTurn(60s, [&, i](Result<Turn> granted) {
      if (!granted.ok()) {
        withdrawn = Sqlstate(granted.status());
        return;
      }
      order.push_back(i);
      turns[static_cast<size_t>(i)] = *std::move(granted);
    }));
  }
  EXPECT_EQ(engine_->statistics().leases_waiting, 5u);
  engine_->WithdrawRequest(requests[2]);
  EXPECT_EQ(withdrawn, "57014");
  held.pop_back();
  EXPECT_EQ(order, (std::vector<int>{0}));
  held.pop_back();
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
  turns[1] = Turn();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 3}));
  for (Turn& turn : turns) turn = Turn();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 3, 4}));
  turns.clear();
  EXPECT_EQ(engine_->statistics().leases, 0u);
  EXPECT_LE(engine_->statistics().connections, 2u);
}

TEST_F(Postgres, ManyThreadsShareFewConnections) {
  Reopen({.max_connections = 3});
  Write("CREATE TABLE t1 (c1 int)");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        auto t = AwaitBegin(*engine_, j % 2 == 0 ? Mode::kWrite : Mode::kRead);
        ASSERT_OK(t.status());
        if (j % 2 == 0) {
          EXPECT_OK(RunAll(**t, "INSERT INTO t1 VALUES ($1)", {Datum::Integer(j)}).status);
        } else {
          EXPECT_OK(RunAll(**t, "SELECT count(*) FROM t1").status);
        }
        EXPECT_OK((*t)->Commit().status());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read("SELECT count(*) FROM t1"), "80");
  EXPECT_LE(engine_->statistics().connections, 3u);
}

TEST_F(Postgres, ASessionMayKeepItsConnection) {
  auto t = Begin(Mode::kWrite);
  t->LeavesTraces();
  EXPECT_OK(RunAll(*t, "CREATE TEMP TABLE mine (c1 int)").status);
  const std::string pid = PidOf(*t);
  EXPECT_OK(t->Commit().status());
  t = Begin(Mode::kWrite, t->TakeTurn());
  EXPECT_EQ(RunAll(*t, "SELECT count(*) FROM mine").rows, "0");
  EXPECT_EQ(PidOf(*t), pid);
  t.reset();  // uncommitted, and the lease with it: nobody else gets this connection
  for (int i = 0; i < 3; ++i) EXPECT_NE(Read("SELECT pg_backend_pid()"), pid);
}

TEST_F(Postgres, TransactionsMayOutliveTheEngine) {
  auto t = Begin(Mode::kWrite);
  EXPECT_EQ(RunAll(*t, "SELECT 1").rows, "1");
  engine_.reset();
  EXPECT_EQ(RunAll(*t, "SELECT 2").rows, "2");
  EXPECT_OK(t->Commit().status());
}

// --- Listening -------------------------------------------------------------------------------------------------------

TEST_F(Postgres, NotificationsAreHeardAlsoAfterALoss) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto wait_for = [&](size_t count) {
    for (int i = 0; i < 400; ++i) {
      std::this_thread::sleep_for(25ms);
      std::lock_guard lock(mutex);
      if (heard.size() >= count) return heard;
    }
    return heard;
  };
  auto handle = engine_->Listen("a \"channel", [&](std::string_view payload) {
    std::lock_guard lock(mutex);
    heard.emplace_back(payload);
  });
  ASSERT_OK(handle.status());
  const std::string listeners = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";
  for (int i = 0; i < 400 && server().Execute(listeners) != "1"; ++i) std::this_thread::sleep_for(25ms);
  server().Execute("SELECT pg_notify('a \"channel', 'one')");
  EXPECT_EQ(wait_for(1), (std::vector<std::string>{"one"}));
  server().Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  EXPECT_EQ(wait_for(2), (std::vector<std::string>{"one", ""}));
  server().Execute("SELECT pg_notify('a \"channel', 'two')");
  EXPECT_EQ(wait_for(3), (std::vector<std::string>{"one", "", "two"}));
  *handle = nullptr;
  server().Execute("SELECT pg_notify('a \"channel', 'three')");
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(wait_for(3).size(), 3u);
}

}  // namespace
}  // namespace allod::engine::postgres
