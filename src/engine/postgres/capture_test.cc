// Row changes on PostgreSQL, as the generated triggers note them.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/postgres/engine.h"
#include "engine/postgres/testing/shared_server.h"
#include "engine/test_support.h"

namespace allod::engine::postgres {
namespace {

using namespace std::chrono_literals;

class PostgresCapture : public ::testing::Test {
 protected:
  void SetUp() override {
    server().Clean();
    auto opened = Open({.conninfo = server().conninfo(), .max_connections = 4});
    ASSERT_OK(opened.status());
    engine_ = *std::move(opened);
  }
  static testing::Shared& server() { return testing::SharedServer(); }

  // Makes tables, and captures them.
  void Prepare(const std::string& script, std::vector<TableWatch> tables) {
    watch_ = std::make_shared<Watch>(Watch{tables});
    auto t = *AwaitBegin(*engine_, Mode::kWrite, 10s);
    ASSERT_OK(t->Script(script));
    ASSERT_OK(t->PrepareWatches(tables));
    ASSERT_OK(t->Commit().status());
  }
  std::unique_ptr<Transaction> Begin() {
    auto t = *AwaitBegin(*engine_, Mode::kWrite, 10s);
    t->SetWatch(watch_);
    return t;
  }
  static std::string Captured(Transaction& t, bool sorted = false) {
    auto changes = t.Changes();
    EXPECT_OK(changes.status());
    if (!changes.ok()) return "";
    std::vector<std::string> texts;
    for (const Change& change : **changes) {
      std::string text = change.op == Change::Op::kInsert ? "+" : change.op == Change::Op::kUpdate ? "~" : "-";
      text += std::to_string(change.tag) + "(";
      for (const Value& v : change.before) text += AsText(v) + ",";
      text += "/";
      for (const Value& v : change.after) text += AsText(v) + ",";
      texts.push_back(text + ")");
    }
    if (sorted) std::sort(texts.begin(), texts.end());
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
    return all;
  }
  // One statement in a transaction that is rolled back.
  std::string Of(const std::string& text) {
    auto t = Begin();
    EXPECT_OK(RunAll(*t, text).status);
    return Captured(*t);
  }

  std::unique_ptr<Engine> engine_;
  std::shared_ptr<const Watch> watch_;
};

TEST_F(PostgresCapture, StatementsOfAllKinds) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY, x text, y int); INSERT INTO a VALUES (1, 'one', 0), (2, NULL, 0)", {{"a", {"id", "x"}, 1}});
  EXPECT_EQ(Of("INSERT INTO a VALUES (3, 'th\"ree'), (4, E'\\\\,\\n')"), "+1(/3,th\"ree,) +1(/4,\\,\n,)");
  EXPECT_EQ(Of("UPDATE a SET x = 'both', y = 1"), "~1(1,one,/1,both,) ~1(2,NULL,/2,both,)");
  EXPECT_EQ(Of("UPDATE a SET y = 5"), "");       // nothing that is watched
  EXPECT_EQ(Of("UPDATE a SET x = x"), "");
  EXPECT_EQ(Of("UPDATE a SET id = id + 1 WHERE id = 2"), "~1(2,NULL,/3,NULL,)");
  EXPECT_EQ(Of("DELETE FROM a"), "-1(1,one,/) -1(2,NULL,/)");
  EXPECT_EQ(Of("DELETE FROM a WHERE id = 77"), "");
  EXPECT_EQ(Of("SELECT * FROM a"), "");
  EXPECT_EQ(Of("INSERT INTO a VALUES (1, 'new', 0), (9, 'nine', 0) ON CONFLICT (id) DO UPDATE SET x = excluded.x"), "~1(1,one,/1,new,) +1(/9,nine,)");
  EXPECT_EQ(Of("INSERT INTO a VALUES (1, 'new', 0) ON CONFLICT DO NOTHING"), "");
  EXPECT_EQ(Of("WITH d AS (DELETE FROM a WHERE id = 1 RETURNING x) INSERT INTO a SELECT 5, x FROM d"), "-1(1,one,/) +1(/5,one,)");
  EXPECT_EQ(Of("MERGE INTO a USING (VALUES (1), (2), (8)) AS s(id) ON a.id = s.id WHEN MATCHED AND a.id = 1 THEN DELETE"
               " WHEN MATCHED THEN UPDATE SET x = 'm' WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'i', 0)"),
            "~1(2,NULL,/2,m,) -1(1,one,/) +1(/8,i,)");
  auto t = Begin();
  EXPECT_OK(RunAll(*t, "TRUNCATE a").status);
  EXPECT_EQ(Captured(*t), "");
  EXPECT_EQ(t->Overflowed(), (std::set<uint32_t>{1}));
}

TEST_F(PostgresCapture, CascadesAndTriggersOfTheUsers) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE);"
          "CREATE TABLE c (b int REFERENCES b ON DELETE SET NULL, n int); CREATE TABLE log (n int);"
          "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (OLD.id); RETURN NULL; END $$;"
          "CREATE TRIGGER z AFTER DELETE ON a FOR EACH ROW EXECUTE FUNCTION note();"
          "INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (10, 1), (11, 1), (20, 2); INSERT INTO c VALUES (10, 0), (20, 0)",
          {{"a", {"id"}, 1}, {"b", {"id", "a"}, 2}, {"c", {"b"}, 3}, {"log", {"n"}, 4}});
  auto t = Begin();
  EXPECT_OK(RunAll(*t, "DELETE FROM a WHERE id = 1").status);
  EXPECT_EQ(Captured(*t, true), "+4(/1,) -1(1,/) -2(10,1,/) -2(11,1,/) ~3(10,/NULL,)");
  t = Begin();
  EXPECT_OK(RunAll(*t, "UPDATE a SET id = 3 WHERE id = 2").status);
  EXPECT_EQ(Captured(*t, true), "~1(2,/3,) ~2(20,2,/20,3,)");
}

TEST_F(PostgresCapture, SavepointsTakeBackWhatWasNoted) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY)", {{"a", {"id"}, 1}});
  auto t = Begin();
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (1)").status);
  EXPECT_OK(t->Savepoint(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (2)").status);
  EXPECT_EQ(Captured(*t), "+1(/1,) +1(/2,)");
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_EQ(Captured(*t), "+1(/1,)");
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (3)").status);
  EXPECT_FALSE(RunAll(*t, "INSERT INTO a VALUES (3)").status.ok());
  EXPECT_EQ(Captured(*t), "");  // nothing counts but the rollback
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (4)").status);
  EXPECT_EQ(Captured(*t), "+1(/1,) +1(/4,)");
  t->ClearChanges();
  EXPECT_EQ(Captured(*t), "");
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (5)").status);
  EXPECT_EQ(Captured(*t), "+1(/5,)");
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_EQ(Captured(*t), "");  // what was cleared does not come back
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (6)").status);
  EXPECT_EQ(Captured(*t), "+1(/6,)");
  EXPECT_OK(t->Commit().status());
  // A watch of later, after a rollback of its number.
  t = Begin();
  EXPECT_OK(t->Savepoint(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (7)").status);
  t->SetWatch(nullptr);
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (8)").status);
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (9)").status);
  EXPECT_EQ(Captured(*t), "");
  t->SetWatch(watch_);
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (10)").status);
  EXPECT_EQ(Captured(*t), "+1(/10,)");
}

TEST_F(PostgresCapture, TooManyRowsAreSaidToBeTooMany) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int REFERENCES a ON DELETE CASCADE); CREATE INDEX ON b (id)",
          {{"a", {"id", "x"}, 1}, {"b", {"id"}, 2}});
  auto t = Begin();
  EXPECT_OK(RunAll(*t, "INSERT INTO a SELECT i, 0 FROM generate_series(1, 10000) AS i").status);
  EXPECT_EQ((*t->Changes())->size(), 10000u);
  EXPECT_TRUE(t->Overflowed().empty());
  EXPECT_OK(t->Savepoint(1));
  EXPECT_OK(RunAll(*t, "INSERT INTO b SELECT i FROM generate_series(1, 5000) AS i").status);
  EXPECT_EQ((*t->Changes())->size(), 10000u);
  EXPECT_EQ(t->Overflowed(), (std::set<uint32_t>{2}));
  EXPECT_OK(RunAll(*t, "UPDATE a SET x = 1 WHERE id = 5").status);
  EXPECT_OK(t->Changes().status());
  EXPECT_EQ(t->Overflowed(), (std::set<uint32_t>{1, 2}));
  EXPECT_OK(t->RollbackTo(1));
  EXPECT_OK(t->Changes().status());
  EXPECT_TRUE(t->Overflowed().empty());
  EXPECT_OK(RunAll(*t, "INSERT INTO b SELECT i FROM generate_series(1, 5000) AS i").status);
  EXPECT_OK(t->Commit().status());
  // Row by row, in cascades.
  const auto start = std::chrono::steady_clock::now();
  t = Begin();
  EXPECT_OK(RunAll(*t, "DELETE FROM a WHERE id <= 4000").status);
  EXPECT_EQ((*t->Changes())->size(), 8000u);
  EXPECT_TRUE(t->Overflowed().empty());
  t = Begin();
  EXPECT_OK(RunAll(*t, "UPDATE a SET x = 2").status);
  EXPECT_EQ((*t->Changes())->size(), 10000u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(PostgresCapture, ValuesKeepTheirStoredFormWhateverTheSessionsStyle) {
  Prepare("CREATE DOMAIN positive AS numeric(8, 2) CHECK (VALUE > 0); CREATE TYPE mood AS ENUM ('fine');"
          "CREATE TABLE a (c1 timestamptz, c2 date, c3 interval, c4 bytea, c5 float8, c6 char(4), c7 positive, c8 mood, c9 jsonb, c10 uuid, c11 int[],"
          " c12 regclass, c13 inet, c14 bool, c15 float8, c16 timestamp[], \"c 17\"\"\" json, c18 point)",
          {{"a", {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15", "c16", "c 17\"", "c18"}, 1}});
  auto t = Begin();
  t->UseSettings(std::make_shared<const SessionSettings>(SessionSettings{{{"DateStyle", "German"},
                                                                          {"TimeZone", "Asia/Tokyo"},
                                                                          {"IntervalStyle", "sql_standard"},
                                                                          {"bytea_output", "escape"},
                                                                          {"extra_float_digits", "-10"},
                                                                          {"search_path", "pg_temp"},
                                                                          {"standard_conforming_strings", "off"}}}));
  EXPECT_OK(RunAll(*t, "INSERT INTO public.a VALUES ('2000-01-01 00:00:01+00', '2000-01-03', '1 month 2 days -3 seconds', '\\\\x00ff41', 0.1, 'ab', 1.5,"
                       " 'fine', '{\"b\": 1, \"a\": \"x\"}', '00000000-0000-0000-0000-000000000041', '{1,NULL}', 'pg_class', '10.0.0.1', true,"
                       " 'NaN', '{2000-01-01 00:00:00}', '{\"k\" : 1}', '(1,2)')").status);
  auto changes = t->Changes();
  ASSERT_OK(changes.status());
  ASSERT_EQ((*changes)->size(), 1u);
  const Row& row = (**changes)[0].after;
  EXPECT_EQ(row[0].integer(), 1000000);
  EXPECT_EQ(row[1].integer(), 2);
  EXPECT_EQ(row[2].bytes(), "1 2 -3000000");
  EXPECT_EQ(row[3], Value::Blob(std::string("\0\xff" "A", 3)));
  EXPECT_EQ(row[4].real(), 0.1);
  EXPECT_EQ(row[5].bytes(), "ab  ");
  EXPECT_EQ(row[6].bytes(), "1.50");
  EXPECT_EQ(row[7].bytes(), "fine");
  EXPECT_EQ(row[8].bytes(), "{\"a\": \"x\", \"b\": 1}");
  EXPECT_EQ(row[9], Value::Blob(std::string(15, '\0') + "A"));
  EXPECT_EQ(row[10].bytes(), "{1,NULL}");
  EXPECT_EQ(row[11].integer(), 1259);
  EXPECT_EQ(row[12].bytes(), "10.0.0.1");
  EXPECT_EQ(row[13].integer(), 1);
  EXPECT_TRUE(row[14].real() != row[14].real());
  EXPECT_EQ(row[15].bytes(), "{\"2000-01-01 00:00:00\"}");
  EXPECT_EQ(row[16].bytes(), "{\"k\" : 1}");
  EXPECT_EQ(row[17].bytes(), "(1,2)");
  EXPECT_OK(RunAll(*t, "UPDATE public.a SET c18 = '(1,3)'").status);  // a type without equality
  EXPECT_EQ((*t->Changes())->size(), 2u);
}

TEST_F(PostgresCapture, PartitionedTablesAndRowsThatMove) {
  Prepare("CREATE TABLE a (id int, x int) PARTITION BY RANGE (id); CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);"
          "CREATE TABLE a2 PARTITION OF a FOR VALUES FROM (10) TO (20); INSERT INTO a VALUES (1, 0), (2, 0), (11, 0)",
          {{"a", {"id", "x"}, 1}});
  EXPECT_EQ(Of("INSERT INTO a VALUES (3, 0), (12, 0)"), "+1(/3,0,) +1(/12,0,)");
  EXPECT_EQ(Of("UPDATE a SET id = id + 10 WHERE id = 1"), "~1(1,0,/11,0,)");
  EXPECT_EQ(Of("UPDATE a SET x = id WHERE id < 3"), "~1(1,0,/1,1,) ~1(2,0,/2,2,)");
  EXPECT_EQ(Of("DELETE FROM a WHERE id > 1"), "-1(2,0,/) -1(11,0,/)");
}

TEST_F(PostgresCapture, PreparingFollowsDefinitionsAndIsDoneOnce) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int)", {{"a", {"id"}, 1}, {"b", {"id"}, 2}});
  const std::string triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'allod%'", ids = "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_trigger";
  EXPECT_EQ(server().Execute(triggers), "8");
  const std::string before = server().Execute(ids);
  Prepare("", {{"a", {"id"}, 1}, {"b", {"id"}, 2}});
  EXPECT_EQ(server().Execute(ids), before);
  Prepare("ALTER TABLE a ALTER COLUMN id TYPE bigint; ALTER TABLE b RENAME id TO n", {{"a", {"x", "id"}, 1}, {"b", {"n"}, 2}});
  EXPECT_EQ(Of("INSERT INTO a VALUES (5000000000, 1)"), "+1(/1,5000000000,)");
  EXPECT_EQ(Of("INSERT INTO b VALUES (1)"), "+2(/1,)");
  Prepare("DROP TABLE b", {{"a", {}, 1}});
  EXPECT_EQ(server().Execute(triggers), "3");  // no columns, no updates
  EXPECT_EQ(Of("INSERT INTO a VALUES (1, 1)"), "+1(/)");
  EXPECT_EQ(server().Execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'capture_%_insert'"), "1");
  Prepare("", {});
  EXPECT_EQ(server().Execute(triggers), "0");
  // What is not noted cannot be watched.
  auto t = *AwaitBegin(*engine_, Mode::kWrite);
  t->SetWatch(std::make_shared<Watch>(Watch{{{"a", {"id"}, 1}}}));
  EXPECT_EQ(RunAll(*t, "INSERT INTO a VALUES (2, 2)").status.error().constraint, kStaleSchema);
  t = *AwaitBegin(*engine_, Mode::kWrite);
  const TableWatch missing[] = {{"a", {"nope"}, 1}};
  EXPECT_EQ(t->PrepareWatches(missing).error().constraint, kStaleSchema);
}

TEST_F(PostgresCapture, OtherProgramsAreNotDisturbed) {
  Prepare("CREATE TABLE a (id int PRIMARY KEY)", {{"a", {"id"}, 1}});
  EXPECT_EQ(server().Execute("INSERT INTO a VALUES (1); UPDATE a SET id = 2; SELECT coalesce(current_setting('allod.changes_0', true), '-')"), "-");
  EXPECT_EQ(server().Execute("SET session_replication_role = replica; DELETE FROM a"), "");
  // For Allod's connections they fire even so.
  auto t = Begin();
  EXPECT_OK(t->Script("SET LOCAL session_replication_role = replica"));
  EXPECT_OK(RunAll(*t, "INSERT INTO a VALUES (3)").status);
  EXPECT_EQ(Captured(*t), "+1(/3,)");
}

TEST_F(PostgresCapture, QuotedNamesInSchemas) {
  Prepare("CREATE SCHEMA IF NOT EXISTS \"S x\"; DROP TABLE IF EXISTS \"S x\".\"T\"\"'\\\"; CREATE TABLE \"S x\".\"T\"\"'\\\" (\"I'd\\\" int)",
          {{"\"S x\".\"T\"\"'\\\"", {"I'd\\"}, 1}});
  EXPECT_EQ(Of("INSERT INTO \"S x\".\"T\"\"'\\\" VALUES (1)"), "+1(/1,)");
  EXPECT_EQ(Of("INSERT INTO \"S x\".\"T\"\"'\\\" VALUES (1), (2)"), "+1(/1,) +1(/2,)");
}

}  // namespace
}  // namespace allod::engine::postgres
