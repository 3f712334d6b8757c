// Names, types, parameters, errors, accesses: what the Binder finds out about a statement.
#include "planner/binder.h"

#include <gtest/gtest.h>

#include "base/thread.h"
#include "planner/bind.h"
#include "planner/ddl_testing.h"
#include "planner/make_plan.h"

namespace allod::planner {
namespace {

constexpr char kSchema[] = R"(
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, email varchar(40) UNIQUE, age int, balance numeric(10,2),
  active bool DEFAULT true, created timestamptz, born date, tags text[], data jsonb, code char(5), uid uuid);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users(id),
  amount numeric, qty int NOT NULL DEFAULT 1, note text, placed timestamp, small int2);
CREATE TABLE pair (a int, b int, c text, PRIMARY KEY (a, b));
CREATE INDEX orders_note ON orders (note);
CREATE VIEW adults AS SELECT id, name, age FROM users WHERE age >= 18;
)";

class BinderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = new TestDatabase();
    database_->Run(kSchema);
  }
  static void TearDownTestSuite() {
    delete database_;
    database_ = nullptr;
  }

  static Result<std::shared_ptr<BoundStatement>> BindText(const std::string& text, std::vector<Oid> types = {}) {
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
    BindContext context = database_->bind_context();
    context.parameter_types = std::move(types);
    return Bind(parsed, parsed->statements[0], context);
  }
  static Result<std::shared_ptr<const Plan>> PlanText(const std::string& text) {
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<BoundStatement> bound, BindText(text));
    return MakePlan(bound, database_->bind_context(), engine::DialectId::kSqlite);
  }
  static std::string Types(const std::vector<Type>& types) {
    std::string all;
    for (const Type& type : types) all += (all.empty() ? "" : ", ") + FormatType(type);
    return all;
  }
  // "id integer, name text" or "42703@8"
  static std::string Columns(const std::string& text) {
    Result<std::shared_ptr<BoundStatement>> bound = BindText(text);
    if (!bound.ok()) return bound.status().error().sqlstate + "@" + std::to_string(bound.status().error().position);
    std::string all;
    for (const ResultColumn& c : (*bound)->columns)
      all += (all.empty() ? "" : ", ") + c.name + " " + FormatType(c.type);
    return all;
  }
  static std::string Text(const std::string& text) {
    Result<std::shared_ptr<const Plan>> plan = PlanText(text);
    if (!plan.ok()) return plan.status().error().sqlstate + ": " + plan.status().error().message;
    std::string printed = (*plan)->text;
    // Table numbers depend on the schema above: users, orders, pair by name.
    for (std::string_view name : {"users", "orders", "pair"}) {
      std::string physical = catalog::PhysicalTable(database_->table(name).oid);
      for (size_t at = printed.find(physical); at != std::string::npos; at = printed.find(physical, at)) {
        printed.replace(at, physical.size(), name);
      }
    }
    return printed;
  }

  static TestDatabase* database_;
};
TestDatabase* BinderTest::database_ = nullptr;

TEST_F(BinderTest, NamesAndTypesOfColumns) {
  const std::pair<const char*, const char*> kCases[] = {
      {"SELECT * FROM pair", "a integer, b integer, c text"},
      {"SELECT p.*, 1 FROM pair p", "a integer, b integer, c text, ?column? integer"},
      {"SELECT 1, 3000000000, 1.5, 'x', true, NULL",
       "?column? integer, ?column? bigint, ?column? numeric, ?column? text, ?column? boolean, ?column? text"},
      {"SELECT -2147483648, 99999999999999999999", "?column? integer, ?column? numeric"},
      {"SELECT count(*), sum(age), sum(id::bigint), avg(age), max(name), min(born) FROM users",
       "count bigint, sum bigint, sum numeric, avg numeric, max text, min date"},
      {"SELECT age + 1, age + 1.5, age / 2, balance * age, age = 1, name || age FROM users",
       "?column? integer, ?column? numeric, ?column? integer, ?column? numeric, ?column? boolean, ?column? text"},
      {"SELECT born + 1, born - born, created - created, created + interval '1 day' FROM users",
       "?column? date, ?column? integer, ?column? interval, ?column? timestamp with time zone"},
      {"SELECT email, balance, code FROM users",
       "email character varying(40), balance numeric(10,2), code character(5)"},
      {"SELECT CASE WHEN true THEN 1 ELSE 2.5 END, coalesce(age, 0), nullif(age, 1), greatest(1, 2.5) FROM users",
       "case numeric, coalesce integer, nullif integer, greatest numeric"},
      {"SELECT name::varchar(3), age::text, '1'::int8, CAST(age AS numeric(5,1)) FROM users",
       "name character varying(3), age text, int8 bigint, age numeric(5,1)"},
      {"SELECT upper(name), length(name), lower(name) AS l FROM users", "upper text, length integer, l text"},
      {"SELECT ARRAY[1, 2], ARRAY(SELECT name FROM users), tags[1] FROM users",
       "array integer[], array text[], tags text"},
      {"SELECT EXISTS (SELECT 1), (SELECT max(age) FROM users), 1 IN (1, 2)",
       "exists boolean, max integer, ?column? boolean"},
      {"SELECT current_date, current_timestamp, current_user",
       "current_date date, current_timestamp timestamp with time zone, current_user name"},
      {"SELECT row_number() OVER (), lag(name) OVER (ORDER BY id) FROM users", "row_number bigint, lag text"},
      {"SELECT 1 AS a UNION SELECT 2.5", "a numeric"},
      {"SELECT NULL UNION SELECT 1", "?column? integer"},
      {"SELECT NULL AS n UNION SELECT NULL", "n text"},
      {"VALUES (1, 'a'), (2.5, NULL)", "column1 numeric, column2 text"},
      {"SELECT * FROM (VALUES (1, 'a')) v(n)", "n integer, column2 text"},
      {"SELECT id, qty FROM users u JOIN orders o USING (id)", "id bigint, qty integer"},
      {"SELECT * FROM adults", "id integer, name text, age integer"},
      {"SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g(n, i)", "n integer, i bigint"},
      {"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t", "n integer"},
      {"SELECT data->'a', data->>'a' FROM users", "?column? jsonb, ?column? text"},
      {"SELECT extract(year FROM born), date_part('year', born) FROM users",
       "extract numeric, date_part double precision"},
      {"INSERT INTO pair VALUES (1, 2, 'x') RETURNING a, b + 1 AS n", "a integer, n integer"},
      {"UPDATE pair SET c = 'x' RETURNING *", "a integer, b integer, c text"},
      {"DELETE FROM pair", ""},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Columns(text), expected) << text;
}

TEST_F(BinderTest, Errors) {
  // PostgreSQL's code and position.
  const std::pair<const char*, const char*> kCases[] = {
      {"SELECT nosuch FROM users", "42703@8"},
      {"SELECT u.nosuch FROM users u", "42703@8"},
      {"SELECT x.id FROM users u", "42P01@8"},
      {"SELECT * FROM nosuch", "42P01@15"},
      {"SELECT id FROM users, orders", "42702@8"},
      {"SELECT nosuch(1)", "42883@8"},
      {"SELECT lower(1)", "42883@8"},
      {"SELECT 1 = true", "42883@10"},
      {"SELECT name + 1 FROM users", "42883@13"},
      {"SELECT 1 = 'x'", "22P02@12"},
      {"SELECT id FROM users WHERE age", "42804@28"},
      {"SELECT id FROM users WHERE count(*) > 1", "42803@28"},
      {"SELECT sum(count(*)) FROM users", "42803@12"},
      {"SELECT name, count(*) FROM users", "42803@8"},
      {"SELECT (SELECT users.name) FROM users GROUP BY age", "42803@16"},
      {"SELECT id FROM users WHERE row_number() OVER () = 1", "42P20@28"},
      {"SELECT row_number() FROM users", "42809@8"},
      {"SELECT id FROM users ORDER BY 3", "42P10@31"},
      {"SELECT DISTINCT name FROM users ORDER BY age", "42P10@42"},
      {"SELECT DISTINCT ON (name) id FROM users ORDER BY age", "42P10@21"},
      {"SELECT * FROM users u, users u", "42712@0"},
      {"SELECT (SELECT id, name FROM users)", "42601@8"},
      {"SELECT 1 IN (SELECT id, name FROM users)", "42601@10"},
      {"SELECT 1 UNION SELECT 'x'", "22P02@23"},
      {"SELECT 1 UNION SELECT true", "42804@23"},
      {"SELECT 1, 2 UNION SELECT 1", "42601@26"},
      {"VALUES (1), (1, 2)", "42601@14"},
      {"SELECT ARRAY[]", "42P18@8"},
      {"SELECT $1 + $2", "42725@11"},
      {"SELECT * FROM users WHERE id = $1 AND name = $1", "42883@44"},
      {"SELECT CASE WHEN 1 THEN 2 END", "42804@18"},
      {"SELECT '2024-13-01'::date", "22008@8"},
      {"SELECT 1::nosuch", "42704@11"},
      {"SELECT true::date", "42846@12"},
      {"SELECT id FROM users LIMIT 'x'", "22P02@28"},
      {"SELECT id FROM users LIMIT -1", "2201W@0"},
      {"SELECT id FROM users LIMIT id", "42P10@28"},
      {"INSERT INTO pair (a, nosuch) VALUES (1, 2)", "42703@22"},
      {"INSERT INTO pair (a, a) VALUES (1, 2)", "42701@22"},
      {"INSERT INTO pair (a) VALUES (1, 2)", "42601@33"},
      {"INSERT INTO pair (a, b) VALUES (1)", "42601@22"},
      {"INSERT INTO pair (a) VALUES (true)", "42804@30"},
      {"INSERT INTO orders (id) VALUES (1)", "428C9@0"},
      {"INSERT INTO users (id, name, email) VALUES (1, 'x', repeat('x', 3)) ON CONFLICT (age) DO NOTHING", "42P10@0"},
      {"INSERT INTO pair VALUES (1, 1) ON CONFLICT DO UPDATE SET c = 'x'", "42601@32"},
      {"INSERT INTO adults VALUES (1, 'x', 2)", "0A000@13"},
      {"UPDATE pair SET nosuch = 1", "42703@17"},
      {"UPDATE pair SET c = 1, c = 2", "42601@24"},
      {"UPDATE pair SET a = 'x'", "22P02@21"},
      {"UPDATE users SET id = 1 FROM orders o RETURNING o.id", "0A000@49"},
      {"DELETE FROM nosuch", "42P01@13"},
      {"SELECT x FROM generate_series(1, 2) g(x) GROUP BY ROLLUP (x)", "0A000@51"},
      {"WITH d AS (DELETE FROM pair RETURNING *) SELECT * FROM d", "0A000@6"},
      {"SELECT users FROM users", "0A000@8"},
      {"SELECT 1 FROM users a JOIN (pair p JOIN LATERAL (SELECT a.id) l ON true) ON true", "0A000@0"},
      {"SELECT 1 FROM users a FULL JOIN LATERAL (SELECT a.id) l ON true", "42P10@49"},
      {"SELECT name COLLATE \"de_DE\" FROM users", "0A000@13"},
      {"SELECT data->'a' FROM users WHERE name SIMILAR TO 'x'", "0A000@40"},
      {"SELECT count(DISTINCT data::json) FROM users", "42883@8"},
      {"SELECT FROM users", "0A000@0"},
      {"INSERT INTO pair VALUES (1, 1) RETURNING (SELECT count(*) FROM pair)", "0A000@42"},
      {"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM (SELECT n FROM t) q) SELECT n FROM t", "0A000@16"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Columns(text), expected) << text;
}

TEST_F(BinderTest, ParametersAreInferred) {
  struct Case {
    const char* text;
    std::vector<Oid> given;
    const char* expected;
  };
  const Case kCases[] = {
      {"SELECT * FROM users WHERE id = $1", {}, "integer"},
      {"SELECT * FROM users WHERE $1 = name AND age > $2", {}, "text, integer"},
      {"SELECT * FROM users WHERE id = ANY($1)", {}, "integer[]"},
      {"SELECT * FROM users WHERE id IN ($1, $2)", {}, "integer, integer"},
      {"SELECT * FROM users WHERE email LIKE $1", {}, "text"},
      {"SELECT $1", {}, "text"},
      {"SELECT $1::int8", {}, "bigint"},
      {"SELECT $1 || 'x'", {}, "text"},
      {"INSERT INTO users (id, name, email, balance, created) VALUES ($1, $2, $3, $4, $5)",
       {},
       "integer, text, character varying, numeric, timestamp with time zone"},
      {"UPDATE users SET age = $1, data = $2 WHERE id = $3", {}, "integer, jsonb, integer"},
      {"SELECT * FROM users ORDER BY id LIMIT $1 OFFSET $2", {}, "bigint, bigint"},
      {"SELECT coalesce($1, 5)", {}, "integer"},
      {"SELECT CASE WHEN $1 THEN $2 ELSE 1.5 END", {}, "boolean, numeric"},
      {"SELECT * FROM users WHERE id = $1", {oid::kInt8}, "bigint"},
      {"SELECT * FROM users WHERE (id, name) = ($1, $2)", {}, "integer, text"},
      {"SELECT * FROM users WHERE id BETWEEN $1 AND $2", {}, "integer, integer"},
      {"SELECT * FROM users WHERE created > now() - $1::interval", {}, "interval"},
      {"SELECT * FROM users WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = users.id AND note = $1)", {}, "text"},
      {"SELECT 1 UNION SELECT $1", {}, "integer"},
  };
  for (const Case& c : kCases) {
    Result<std::shared_ptr<BoundStatement>> bound = BindText(c.text, c.given);
    ASSERT_TRUE(bound.ok()) << c.text << " " << bound.status().error().message;
    EXPECT_EQ(Types((*bound)->parameters), c.expected) << c.text;
  }
  EXPECT_EQ(Columns("SELECT 1 FROM users WHERE $1 IS NULL OR id = $1"), "?column? integer");
  EXPECT_EQ(Columns("SELECT 1 WHERE $1 IS NULL"), "42P18@0");
  EXPECT_EQ(Columns("SELECT $1, $1 + 1"), "42P08@8");
  EXPECT_EQ(Columns("SELECT $2::int"), "42P18@0");
}

TEST_F(BinderTest, WhatIsReadAndWritten) {
  auto accesses = [](const std::string& text) {
    Result<std::shared_ptr<BoundStatement>> bound = BindText(text);
    if (!bound.ok()) return bound.status().error().message;
    std::string all;
    for (const Access& access : (*bound)->accesses) {
      all += (all.empty() ? "" : "; ") + database_->catalog().FindTable(access.table)->name;
      if (access.inserts) all += " insert";
      if (access.updates) all += " update";
      if (access.deletes) all += " delete";
      for (catalog::Attnum a : access.reads) all += " r" + std::to_string(a);
      for (catalog::Attnum a : access.writes) all += " w" + std::to_string(a);
    }
    return all;
  };
  EXPECT_EQ(accesses("SELECT name FROM users WHERE id = 1"), "users r1 r2");
  EXPECT_EQ(accesses("SELECT count(*) FROM users"), "users");
  EXPECT_EQ(accesses("SELECT o.qty FROM users u JOIN orders o ON o.user_id = u.id"), "users r1; orders r2 r4");
  EXPECT_EQ(accesses("SELECT name FROM adults"), "adults; users r1 r2 r4");
  EXPECT_EQ(accesses("INSERT INTO pair (a, b) VALUES (1, 2) RETURNING c"), "pair insert r3 w1 w2");
  EXPECT_EQ(accesses("INSERT INTO orders (user_id) SELECT id FROM users"), "orders insert w1 w2 w4; users r1");
  EXPECT_EQ(accesses("INSERT INTO pair VALUES (1, 2, 'x') ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"),
            "pair insert update r1 r2 w1 w2 w3");
  EXPECT_EQ(accesses("UPDATE pair SET c = 'x' WHERE a = 1"), "pair update r1 w3");
  EXPECT_EQ(accesses("DELETE FROM pair USING users WHERE a = id"), "pair delete r1; users r1");
  Result<std::shared_ptr<BoundStatement>> locking = BindText("SELECT * FROM pair FOR UPDATE");
  ASSERT_TRUE(locking.ok());
  EXPECT_TRUE((*locking)->locks_rows);
  EXPECT_FALSE((*locking)->writes);
}

TEST_F(BinderTest, OriginsOfColumns) {
  Result<std::shared_ptr<BoundStatement>> bound = BindText(
      "SELECT q.id, q.n + 1, u.name, coalesce(u.name) FROM (SELECT id, age AS n FROM users) q JOIN users u ON u.id = "
      "q.id");
  ASSERT_TRUE(bound.ok());
  const Oid users = database_->table("users").oid;
  EXPECT_EQ((*bound)->columns[0].table, users);
  EXPECT_EQ((*bound)->columns[0].attnum, 1);
  EXPECT_EQ((*bound)->columns[1].table, 0u);
  EXPECT_EQ((*bound)->columns[2].attnum, 2);
  EXPECT_EQ((*bound)->columns[3].table, 0u);
}

// What indexes serve must be printed plainly; what the engine would answer differently must be dressed.
TEST_F(BinderTest, PrintedText) {
  const std::pair<const char*, const char*> kCases[] = {
      {"SELECT name FROM users WHERE id = $1", "SELECT r1.c2 FROM users AS r1 WHERE (r1.c1 = ?1)"},
      {"SELECT name FROM users WHERE email = $1", "SELECT r1.c2 FROM users AS r1 WHERE (r1.c3 = ?1)"},
      {"SELECT name FROM users WHERE id = 5::bigint", "SELECT r1.c2 FROM users AS r1 WHERE (r1.c1 = 5)"},
      {"SELECT name FROM users WHERE balance = 1.5", "SELECT r1.c2 FROM users AS r1 WHERE (r1.c5 = '1.5')"},
      {"SELECT name FROM users WHERE balance + 1 = 1.5",
       "SELECT r1.c2 FROM users AS r1 WHERE (pg_numeric_add(r1.c5, '1') COLLATE allod_numeric = '1.5')"},
      {"SELECT name FROM users WHERE balance::text = '1.5'",
       "SELECT r1.c2 FROM users AS r1 WHERE ((r1.c5 COLLATE BINARY) = '1.5')"},
      {"SELECT u.name FROM users u JOIN orders o ON o.user_id = u.id",
       "SELECT r1.c2 FROM users AS r1 JOIN orders AS r2 ON (r2.c2 = r1.c1)"},
      {"SELECT id FROM users ORDER BY id", "SELECT r1.c1 FROM users AS r1 ORDER BY r1.c1"},
      {"SELECT id FROM users ORDER BY age", "SELECT r1.c1 FROM users AS r1 ORDER BY r1.c4 NULLS LAST"},
      {"SELECT id FROM users ORDER BY age DESC", "SELECT r1.c1 FROM users AS r1 ORDER BY r1.c4 DESC NULLS FIRST"},
      {"SELECT id FROM users ORDER BY name DESC", "SELECT r1.c1 FROM users AS r1 ORDER BY r1.c2 DESC"},
      {"SELECT o.qty FROM users u LEFT JOIN orders o ON o.user_id = u.id ORDER BY o.qty",
       "SELECT r2.c4 FROM users AS r1 LEFT JOIN orders AS r2 ON (r2.c2 = r1.c1) ORDER BY r2.c4 NULLS LAST"},
      {"SELECT id FROM users WHERE id = ANY($1)",
       "SELECT r1.c1 FROM users AS r1 WHERE (r1.c1 IN (SELECT value FROM allod_unnest(?1, 23)))"},
      {"SELECT id FROM users WHERE id IN (1, 2, $1)", "SELECT r1.c1 FROM users AS r1 WHERE (r1.c1 IN (1, 2, ?1))"},
      {"SELECT id FROM orders WHERE note LIKE $1",
       "SELECT r1.c1 FROM orders AS r1 WHERE (r1.c5 >= allod_like_low(?1) AND r1.c5 < allod_like_high(?1) AND "
       "pg_like(r1.c5, ?1))"},
      {"SELECT id FROM users LIMIT $1", "SELECT r1.c1 FROM users AS r1 LIMIT allod_limit(?1)"},
      {"SELECT id FROM users LIMIT 5 OFFSET 2", "SELECT r1.c1 FROM users AS r1 LIMIT 5 OFFSET 2"},
      {"SELECT (SELECT name FROM users u WHERE u.id = o.user_id) FROM orders o",
       "SELECT (SELECT r2.c2 FROM users AS r2 WHERE (r2.c1 = r1.c2)) FROM orders AS r1"},
      {"SELECT (SELECT name FROM users u WHERE u.age = o.qty) FROM orders o",
       "SELECT (SELECT allod_single(r2.c2) FROM users AS r2 WHERE (r2.c4 = r1.c4)) FROM orders AS r1"},
      {"INSERT INTO pair VALUES ($1, $2, $3)", "INSERT INTO pair AS r1(c1, c2, c3) VALUES (?1, ?2, ?3)"},
      {"INSERT INTO users (id, name) VALUES ($1, $2)",
       "INSERT INTO users AS r1(c1, c2, c6) VALUES (allod_not_null(?1, 'users', 'c1'), ?2, 1)"},
      {"INSERT INTO pair SELECT a, b, c FROM pair",
       "INSERT INTO pair AS r1(c1, c2, c3) SELECT r2.c1, r2.c2, r2.c3 FROM pair AS r2"},
      {"INSERT INTO pair VALUES (1, 2) ON CONFLICT (b, a) DO UPDATE SET c = excluded.c || pair.c WHERE pair.c <> 'x'",
       "INSERT INTO pair AS r1(c1, c2) VALUES (1, 2) ON CONFLICT (c1, c2) DO UPDATE SET c3 = (excluded.c3 || r1.c3) "
       "WHERE (r1.c3 <> 'x')"},
      {"UPDATE pair SET c = $1 WHERE a = $2 AND b = $3",
       "UPDATE pair AS r1 SET c3 = ?1 WHERE ((r1.c1 = ?2) AND (r1.c2 = ?3))"},
      {"UPDATE pair p SET c = u.name FROM users u WHERE u.id = p.a RETURNING p.c",
       "UPDATE pair AS r1 SET c3 = r2.c2 FROM users AS r2 WHERE (r2.c1 = r1.c1) RETURNING pair.c3"},
      {"UPDATE pair SET b = (SELECT count(*) FROM pair)",
       "UPDATE pair AS r1 SET c2 = pg_int4((SELECT count(*) FROM pair AS r2)) FROM (SELECT 1) AS r0"},
      {"DELETE FROM pair WHERE a = 1", "DELETE FROM pair AS r1 WHERE (r1.c1 = 1)"},
      {"DELETE FROM pair USING users WHERE a = id",
       "DELETE FROM pair WHERE rowid IN (SELECT r1.rowid FROM pair AS r1, users AS r2 WHERE (r1.c1 = r2.c1))"},
      {"SELECT count(*) FROM pg_class", "WITH s0 AS MATERIALIZED"},
  };
  for (const auto& [text, expected] : kCases) {
    std::string printed = Text(text);
    if (std::string_view(expected).starts_with("WITH s0")) printed.resize(std::min(printed.size(), strlen(expected)));
    EXPECT_EQ(printed, expected) << text;
  }
}

TEST_F(BinderTest, SystemRelationsAreParametersAfterTheClients) {
  Result<std::shared_ptr<const Plan>> plan = PlanText(
      "SELECT c.relname FROM pg_class c JOIN pg_class d ON c.oid = d.oid JOIN pg_namespace n ON true WHERE c.oid = $1");
  ASSERT_TRUE(plan.ok()) << plan.status().error().message;
  ASSERT_EQ((*plan)->sources.size(), 3u);
  EXPECT_EQ((*plan)->sources[0].kind, Plan::Source::Kind::kParameter);
  EXPECT_EQ((*plan)->sources[1].kind, Plan::Source::Kind::kRelation);
  EXPECT_EQ((*plan)->sources[2].index, 1);
  EXPECT_NE((*plan)->text.find("allod_rows(?2)"), std::string::npos);
  EXPECT_NE((*plan)->text.find("allod_rows(?3)"), std::string::npos);
  EXPECT_EQ((*plan)->text.find("allod_rows(?4)"), std::string::npos);
}

TEST_F(BinderTest, PlansSayWhatTheyDependOn) {
  Result<std::shared_ptr<BoundStatement>> plain = BindText("SELECT * FROM users WHERE id = 1");
  Result<std::shared_ptr<BoundStatement>> dated = BindText("SELECT * FROM users WHERE born = '2024-01-01'");
  Result<std::shared_ptr<BoundStatement>> now = BindText("SELECT * FROM users WHERE created < 'today'");
  ASSERT_TRUE(plain.ok() && dated.ok() && now.ok());
  EXPECT_FALSE((*plain)->depends_on_format);
  EXPECT_TRUE((*dated)->depends_on_format);
  EXPECT_FALSE((*dated)->depends_on_now);
  EXPECT_TRUE((*now)->depends_on_now);
}

TEST_F(BinderTest, LongStatements) {
  auto repeat = [](const std::string& first, const std::string& more, int count) {
    std::string text = first;
    for (int i = 0; i < count; ++i) text += more;
    return text;
  };
  std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT " + repeat("1", " + 1", 600), "601"},
      {"SELECT 1 WHERE " + repeat("true", " AND true", 4900), "1"},
      {"SELECT 1 WHERE " + repeat("false", " OR 1 = 1", 4900), "1"},
      {"SELECT 7 IN (" + repeat("1", ", 2", 20000) + ", 7)", "t"},
      {"SELECT " + repeat("", "(", 900) + "1" + repeat("", ")", 900), "1"},
      {"SELECT length(" + repeat("'a'", " || 'b'", 2000) + ")", "2001"},
      {"SELECT count(*) FROM (VALUES " + repeat("(1)", ", (2)", 5000) + ") v", "5001"},
      {"SELECT count(*) FROM (" + repeat("SELECT 1", " UNION ALL SELECT 1", 300) + ") u", "301"},
  };
  std::vector<std::string> answers(cases.size());
  Result<Thread> thread = Thread::Start("long", 512u << 20, [&] {
    for (size_t i = 0; i < cases.size(); ++i) {
      std::vector<std::string> rows;
      Status status = database_->Try(cases[i].first, &rows);
      answers[i] = !status.ok() ? status.error().message : rows.empty() ? "" : rows[0];
    }
  });
  ASSERT_TRUE(thread.ok());
  thread->Join();
  for (size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(answers[i], cases[i].second) << cases[i].first.substr(0, 60);
}

TEST_F(BinderTest, TableExpressions) {
  const catalog::Table& users = database_->table("users");
  std::vector<catalog::Attnum> columns;
  Type type;
  BindContext context = database_->bind_context();
  Result<std::string> check =
      BindTableExpression("age > 18 AND name <> ''", &users, Type{oid::kBool}, context, &columns, nullptr);
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(*check, "((c4 > 18) AND (c2 <> ''))");
  EXPECT_EQ(columns, (std::vector<catalog::Attnum>{2, 4}));
  Result<std::string> index = BindTableExpression("lower(name)", &users, Type{}, context, nullptr, &type);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(*index, "pg_lower(c2)");
  EXPECT_EQ(type.oid, oid::kText);
  Result<std::string> value = BindTableExpression("'2024-01-01'", nullptr, Type{oid::kDate}, context, nullptr, nullptr);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, "8766");
  EXPECT_EQ(
      BindTableExpression("nosuch", nullptr, Type{oid::kInt4}, context, nullptr, nullptr).status().error().sqlstate,
      "0A000");
  EXPECT_EQ(BindTableExpression("(SELECT 1) = 1", &users, Type{oid::kBool}, context, nullptr, nullptr)
                .status()
                .error()
                .sqlstate,
            "0A000");
  EXPECT_EQ(BindTableExpression("count(*) > 1", &users, Type{oid::kBool}, context, nullptr, nullptr)
                .status()
                .error()
                .sqlstate,
            "42803");
}

// Whose end others may wait for: see brief.h.
TEST_F(BinderTest, WhatIsBrief) {
  database_->Run("CREATE TABLE lines (id int PRIMARY KEY, pair_a int, pair_b int, FOREIGN KEY (pair_a, pair_b) REFERENCES pair ON DELETE CASCADE)");
  database_->Run("CREATE TABLE checked (a text CHECK (length(a) > 0 AND (a IN ('a', 'b') OR a <> '')), b int CHECK (b > 0))");
  database_->Run("CREATE TABLE slow (a text CHECK (length(repeat(a, 1000000)) > 0))");
  database_->Run("CREATE TABLE joined (a text CHECK (a || a <> ''))");
  database_->Run("CREATE TABLE filled (a int, b text DEFAULT repeat('x', 100000000))");
  database_->Run("CREATE TABLE indexed (a text)");
  database_->Run("CREATE INDEX ON indexed (md5(a))");
  const auto brief = [](const std::string& text) {
    auto plan = PlanText(text);
    EXPECT_TRUE(plan.ok()) << text;
    return plan.ok() && (*plan)->brief;
  };
  for (const char* text : {"INSERT INTO pair VALUES (1, 2, 'x')", "INSERT INTO orders (user_id) VALUES (1), (2) RETURNING id",
                           "INSERT INTO users (id, name, uid) VALUES ($1, upper($2), gen_random_uuid()) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
                           "INSERT INTO checked VALUES (lower('A'), 5 * 2)",
                           "UPDATE users SET age = age + 1 WHERE id = $1", "UPDATE users SET age = 1 WHERE email = 'a' AND age > 3",
                           "UPDATE pair SET c = 'x' WHERE b = 1 AND a = 2", "DELETE FROM orders WHERE id = 3", "DELETE FROM lines WHERE id = 1"}) {
    EXPECT_TRUE(brief(text)) << text;
  }
  for (const char* text : {"SELECT 1", "INSERT INTO pair SELECT id, id, 'x' FROM users", "INSERT INTO pair VALUES ((SELECT max(id) FROM users), 1, 'x')",
                           "INSERT INTO pair VALUES (1, 2, pg_sleep(1)::text)", "INSERT INTO pair VALUES (1, 2, pg_try_advisory_lock(1)::text)",
                           "INSERT INTO pair VALUES (1, 2, 'x') RETURNING (SELECT count(*) FROM users)",
                           "UPDATE users SET age = 1", "UPDATE users SET age = 1 WHERE id > 3", "UPDATE users SET age = 1 WHERE id = age",
                           "UPDATE users SET age = 1 WHERE id = 1 OR id = 2", "UPDATE pair SET c = 'x' WHERE a = 2",
                           "UPDATE pair SET a = 5 WHERE a = 1 AND b = 2", "DELETE FROM pair WHERE a = 1 AND b = 2",
                           "UPDATE users SET age = 1 FROM orders WHERE users.id = 1",
                           "INSERT INTO pair VALUES (1, 2, repeat('x', 100000000))", "INSERT INTO pair VALUES (1, 2, lpad('x', 100000000))",
                           "UPDATE pair SET c = c || c WHERE a = 1 AND b = 2", "UPDATE pair SET c = 'x'::char(9999999) WHERE a = 1 AND b = 2",
                           "INSERT INTO slow VALUES ('x')",
                           "INSERT INTO filled VALUES (1)", "INSERT INTO filled VALUES (1, DEFAULT)", "INSERT INTO filled DEFAULT VALUES",
                           "INSERT INTO joined VALUES ('x')", "INSERT INTO indexed VALUES ('x')",
                           "WITH x AS (SELECT 1) UPDATE users SET age = 1 WHERE id = 1"}) {
    EXPECT_FALSE(brief(text)) << text;
  }
  EXPECT_FALSE(brief("INSERT INTO pair VALUES (1, 2, '" + std::string(70'000, 'x') + "')"));
}

}  // namespace
}  // namespace allod::planner
