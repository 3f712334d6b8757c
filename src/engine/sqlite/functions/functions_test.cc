// The table of overloads (sql/functions.h) and its bodies: every row can be run, and answers as PostgreSQL 15 does. The
// cases were recorded from it.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/exec_context.h"
#include "base/format.h"
#include "engine/sqlite/functions/functions.h"
#include "engine/sqlite/functions/functions_cases_casts.h"
#include "engine/sqlite/functions/functions_cases_datetime.h"
#include "engine/sqlite/functions/functions_cases_json.h"
#include "engine/sqlite/functions/functions_cases_numbers.h"
#include "engine/sqlite/functions/functions_cases_text.h"
#include "sql/functions.h"
#include "sql/functions_table.h"

namespace allod::engine::sqlite {
namespace {

using sql::FunctionKind;
using sql::Overload;

class TestContext : public ExecContext {
 public:
  Result<int64_t> NextValue(Oid sequence) override { return int64_t{sequence} + 1; }
  Result<int64_t> CurrentValue(Oid) override { return allod::Fail("55000", "currval is not yet defined"); }
  Result<int64_t> LastValue() override { return int64_t{7}; }
  Result<int64_t> SetValue(Oid, int64_t value, bool) override { return value; }
  Result<Value> Call(std::string_view name, std::span<const Datum> arguments) override {
    return Value::Text(std::string(name) + "/" + std::to_string(arguments.size()));
  }
};

std::string Shown(const Status& status) { return "ERR " + status.error().sqlstate + " " + status.error().message; }

class Functions : public testing::Test {
 protected:
  void SetUp() override {
    sqlite3_initialize();
    ASSERT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK);
    auto zone = TimeZone::Load("Europe/Berlin");
    ASSERT_TRUE(zone.ok());
    context_.format.zone = *zone;
    context_.format.now_us = context_.statement_start_us = 800'000'000'000'000;  // 2025-05-08 06:13:20+00
    state_.context = &context_;
    ASSERT_TRUE(RegisterFunctions(db_, &state_).ok());
  }
  void TearDown() override { sqlite3_close(db_); }

  // The rows as text, columns separated by |, rows by line ends.
  std::string Run(const std::string& text, const std::vector<Value>& arguments, const std::vector<Oid>& types) {
    state_.error = Ok();
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, text.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      return state_.error.ok() ? std::string("cannot prepare: ") + sqlite3_errmsg(db_) : Shown(state_.error);
    }
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(statement, sqlite3_finalize);
    for (size_t i = 0; i < arguments.size(); ++i) Bind(statement, static_cast<int>(i) + 1, arguments[i]);
    std::string out;
    int rc;
    for (bool first = true; (rc = sqlite3_step(statement)) == SQLITE_ROW; first = false) {
      if (!first) out += "\n";
      for (size_t i = 0; i < types.size(); ++i) {
        if (i > 0) out += "|";
        Datum datum = Argument(sqlite3_column_value(statement, static_cast<int>(i)));
        if (datum.is_null()) out += "NULL";
        else if (datum.kind != KindOf(types[i])) out += "not the stored form of " + FormatType(Type{types[i]});
        else AppendText(Type{types[i]}, datum, context_.format, &out);
      }
    }
    if (rc == SQLITE_DONE) return out;
    return state_.error.ok() ? std::string("engine: ") + sqlite3_errmsg(db_) : Shown(state_.error);
  }
  // One value of a type.
  std::string Ask(const std::string& expression, Oid type) { return Run("SELECT " + expression, {}, {type}); }

  static Kind KindOf(Oid type) {
    const TypeInfo* info = FindType(type);
    if (info == nullptr) return Kind::kNull;
    switch (info->storage) {
      case Storage::kInteger: return Kind::kInteger;
      case Storage::kReal: return Kind::kReal;
      case Storage::kText: return Kind::kText;
      case Storage::kBlob: return Kind::kBlob;
    }
    return Kind::kNull;
  }
  static void Bind(sqlite3_stmt* statement, int i, const Value& value) {
    const std::string& bytes = value.bytes();
    switch (value.kind()) {
      case Kind::kNull: sqlite3_bind_null(statement, i); break;
      case Kind::kInteger: sqlite3_bind_int64(statement, i, value.integer()); break;
      case Kind::kReal: sqlite3_bind_double(statement, i, value.real()); break;
      case Kind::kText: sqlite3_bind_text(statement, i, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT); break;
      case Kind::kBlob: sqlite3_bind_blob(statement, i, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT); break;
    }
  }

  void RunCases(std::span<const FunctionCase> cases);

  sqlite3* db_ = nullptr;
  TestContext context_;
  FunctionState state_;
};

// As the printer writes a call (Overload::sqlite).
std::string Print(const Overload& overload, const std::vector<Oid>& types, const std::vector<std::string>& arguments) {
  std::string body(overload.sqlite);
  auto call = [&](const std::string& name, bool typed) {
    std::string out = name + "(";
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0) out += ", ";
      if (typed) out += std::to_string(types[i]) + ", ";
      out += arguments[i];
    }
    return out + ")";
  };
  if (body.empty()) return arguments[0];
  if (body[0] == '@') {
    std::string out = "allod_call('" + body.substr(1) + "'";
    for (const std::string& argument : arguments) out += ", " + argument;
    return out + ")";
  }
  if (body[0] == '#') return call(body.substr(1), true);
  if (body.back() == '#') return call(body.substr(0, body.size() - 1) + std::to_string(types[0]), false);
  if (body.find('$') == std::string::npos) return body.back() == ')' ? body : call(body, false);
  std::string out;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '$') {
      out += body[i];
      continue;
    }
    char form = body[++i];
    if (form == 't' || form == 'e') {
      Oid type = types.at(static_cast<size_t>(body[++i] - '1'));
      out += std::to_string(form == 't' ? type : FindType(type)->element);
    } else {
      out += arguments.at(static_cast<size_t>(form - '1'));
    }
  }
  return out;
}

std::vector<std::string> Split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return parts;
}

bool IsElementPlaceholder(Oid type) {
  return type == oid::kAnyElement || type == oid::kAnyNonArray || type == oid::kAnyCompatible;
}
bool IsArrayPlaceholder(Oid type) { return type == oid::kAnyArray || type == oid::kAnyCompatibleArray; }

// Do the types fit the overload? `element`: what its polymorphic types stand for.
bool Fits(const Overload& overload, const std::vector<Oid>& types, Oid* element) {
  std::vector<Oid> declared = overload.arguments;
  while (overload.variadic && declared.size() < types.size()) declared.push_back(declared.back());
  if (declared.size() != types.size()) return false;
  for (size_t i = 0; i < types.size(); ++i) {
    if (declared[i] == types[i] || declared[i] == oid::kAny) continue;
    if (IsElementPlaceholder(declared[i]) && !IsArray(types[i])) *element = types[i];
    else if (IsArrayPlaceholder(declared[i]) && IsArray(types[i])) *element = FindType(types[i])->element;
    else return false;
  }
  return true;
}

const Overload* Find(const FunctionCase& c, const std::vector<Oid>& types, Oid* result) {
  if (c.kind == FunctionKind::kCast) {
    *result = FindTypeByName(c.name)->oid;
    return sql::FindCast(types[0], *result);
  }
  bool is_operator = c.kind == FunctionKind::kOperator || c.kind == FunctionKind::kPrefixOperator;
  const Overload* found = nullptr;
  for (const Overload* overload :
       is_operator ? sql::FindOperators(c.name, c.kind == FunctionKind::kPrefixOperator) : sql::FindFunctions(c.name)) {
    Oid element = oid::kText;
    if (overload->kind != c.kind || !Fits(*overload, types, &element)) continue;
    // One that names the types is better than one that takes any.
    if (found != nullptr && overload->arguments != types) continue;
    found = overload;
    *result = IsElementPlaceholder(overload->result) ? element
              : IsArrayPlaceholder(overload->result) ? FindType(element)->array
                                                     : overload->result;
  }
  return found;
}

void Functions::RunCases(std::span<const FunctionCase> cases) {
  for (const FunctionCase& c : cases) {
    std::string shown = std::string(c.name) + "(" + c.types + ")";
    for (const char* argument : c.arguments) shown += std::string(" '") + (argument == nullptr ? "NULL" : argument) + "'";
    SCOPED_TRACE(shown);
    std::vector<Oid> types;
    for (const std::string& name : Split(c.types)) {
      const TypeInfo* type = FindTypeByName(name);
      ASSERT_NE(type, nullptr) << name;
      types.push_back(type->oid);
    }
    Oid result = oid::kText;
    const Overload* overload = Find(c, types, &result);
    ASSERT_NE(overload, nullptr);
    std::vector<Value> values;
    std::vector<std::string> arguments;
    for (size_t i = 0; i < types.size(); ++i) {
      arguments.push_back("?" + std::to_string(i + 1));
      if (c.arguments[i] == nullptr) {
        values.emplace_back();
        continue;
      }
      Result<Value> value = ParseText(Type{types[i]}, c.arguments[i], context_.format);
      ASSERT_TRUE(value.ok()) << value.status().error().message;
      values.push_back(*value);
      // As the printer does for what is compared.
      if (!FindType(types[i])->collation.empty() && result == oid::kBool) {
        arguments.back() = "(" + arguments.back() + " COLLATE " + std::string(FindType(types[i])->collation) + ")";
      }
    }
    std::string call = Print(*overload, types, arguments);
    if (c.kind != FunctionKind::kSetReturning) {
      EXPECT_EQ(Run("SELECT " + call, values, {result}), c.answer) << call;
    } else if (overload->columns.empty()) {
      EXPECT_EQ(Run("SELECT value FROM " + call + " ORDER BY ordinality", values, {result}), c.answer) << call;
    } else {
      // "key text, value jsonb"
      Oid value = FindTypeByName(overload->columns.substr(overload->columns.rfind(' ') + 1))->oid;
      EXPECT_EQ(Run("SELECT key, value FROM " + call, values, {oid::kText, value}), c.answer) << call;
    }
  }
}

TEST_F(Functions, Numbers) { RunCases(kNumbersCases); }
TEST_F(Functions, Text) { RunCases(kTextCases); }
TEST_F(Functions, Datetime) { RunCases(kDatetimeCases); }
TEST_F(Functions, Json) { RunCases(kJsonCases); }
TEST_F(Functions, Casts) { RunCases(kCastsCases); }

// --- the table ---

TEST_F(Functions, TableIsReadable) {
  EXPECT_EQ(sql::TableMistakes().size(), 0u);
  for (const std::string& mistake : sql::TableMistakes()) ADD_FAILURE() << mistake;
}

TEST_F(Functions, NoOverloadTwice) {
  std::set<std::string> seen;
  for (const Overload& overload : sql::AllOverloads()) {
    std::string key = std::to_string(static_cast<int>(overload.kind)) + " " + std::string(overload.name);
    for (Oid argument : overload.arguments) key += " " + std::to_string(argument);
    if (overload.kind == FunctionKind::kCast) key += " " + std::to_string(overload.result);
    EXPECT_TRUE(seen.insert(key).second) << key;
  }
}

// Every row can be printed, and what is printed can be prepared: the body is registered with that many arguments.
TEST_F(Functions, EveryBodyIsRegistered) {
  for (const Overload& overload : sql::AllOverloads()) {
    std::vector<Oid> types;
    std::vector<std::string> arguments;
    for (Oid argument : overload.arguments) {
      Oid type = IsArrayPlaceholder(argument)                                  ? oid::kInt4Array
                 : IsElementPlaceholder(argument) || argument == oid::kAny ? oid::kInt4
                                                                           : argument;
      types.push_back(type);
      arguments.push_back("?" + std::to_string(types.size()));
    }
    std::string call = Print(overload, types, arguments);
    if (overload.kind == FunctionKind::kWindow) call += " OVER (ORDER BY 1)";
    if (overload.name == "count" && types.empty()) call = "count(*)";
    std::string text = overload.kind == FunctionKind::kSetReturning ? "SELECT ordinality FROM " + call : "SELECT " + call;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, text.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << overload.name << ": " << text << ": " << sqlite3_errmsg(db_);
    sqlite3_finalize(statement);
    if (overload.kind != FunctionKind::kAggregate) continue;
    EXPECT_EQ(sqlite3_prepare_v2(db_, (text + " OVER ()").c_str(), -1, &statement, nullptr), SQLITE_OK) << text;
    sqlite3_finalize(statement);
  }
}

TEST_F(Functions, FlagsSayWhatBodiesDo) {
  for (const Overload& overload : sql::AllOverloads()) {
    bool writes = overload.name == "nextval" || overload.name == "setval";
    EXPECT_EQ(overload.writes, writes) << overload.name;
    if (writes || overload.name == "random" || overload.name == "gen_random_uuid") {
      EXPECT_EQ(overload.volatility, sql::Volatility::kVolatile) << overload.name;
    }
    EXPECT_FALSE(overload.sqlite.starts_with('@') && overload.volatility == sql::Volatility::kImmutable) << overload.name;
    EXPECT_TRUE(overload.kind != FunctionKind::kCast || overload.arguments.size() == 1);
    if (overload.kind == FunctionKind::kSetReturning) {
      EXPECT_EQ(overload.result == oid::kRecord, !overload.columns.empty()) << overload.name;
    }
  }
}

// A strict row answers NULL when an argument is NULL.
TEST_F(Functions, StrictMeansNullForNull) {
  for (const Overload& overload : sql::AllOverloads()) {
    bool scalar = overload.kind == FunctionKind::kScalar || overload.kind == FunctionKind::kOperator ||
                  overload.kind == FunctionKind::kPrefixOperator || overload.kind == FunctionKind::kCast;
    if (!scalar || !overload.strict || overload.arguments.empty() || overload.sqlite.starts_with('@')) continue;
    std::vector<Oid> types;
    std::vector<std::string> arguments(overload.arguments.size(), "NULL");
    for (Oid argument : overload.arguments) {
      types.push_back(IsArrayPlaceholder(argument) ? oid::kInt4Array : IsElementPlaceholder(argument) ? oid::kInt4 : argument);
    }
    std::string call = Print(overload, types, arguments);
    EXPECT_EQ(Ask(call, oid::kText), "NULL") << overload.name << ": " << call;
  }
}

TEST_F(Functions, CastContexts) {
  auto context = [](Oid from, Oid to) { return sql::FindCast(from, to)->context; };
  EXPECT_EQ(context(oid::kInt4, oid::kInt8), sql::CastContext::kImplicit);
  EXPECT_EQ(context(oid::kInt8, oid::kInt4), sql::CastContext::kAssignment);
  EXPECT_EQ(context(oid::kInt4, oid::kText), sql::CastContext::kAssignment);
  EXPECT_EQ(context(oid::kText, oid::kInt4), sql::CastContext::kExplicit);
  EXPECT_EQ(context(oid::kInt4, oid::kBool), sql::CastContext::kExplicit);
  EXPECT_EQ(context(oid::kInt4Array, oid::kInt8Array), sql::CastContext::kImplicit);
  EXPECT_EQ(sql::FindCast(oid::kInt4, oid::kInt4), nullptr);
  EXPECT_EQ(sql::FindCast(oid::kUuid, oid::kInt4), nullptr);
}

// --- aggregates ---

constexpr char kRows[] = "WITH t(n, x) AS (VALUES ";

TEST_F(Functions, SumsAreExact) {
  EXPECT_EQ(Run(std::string(kRows) + "(1, 9223372036854775807), (2, 1), (3, NULL)) SELECT pg_sum_int8(x) FROM t", {},
                {oid::kNumeric}), "9223372036854775808");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 9223372036854775807), (2, 1)) SELECT pg_sum_int(x) FROM t", {}, {oid::kInt8}),
            "ERR 22003 bigint out of range");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 1), (2, 2)) SELECT pg_avg_int(x), pg_sum_int(x) FROM t", {},
                {oid::kNumeric, oid::kInt8}), "1.5000000000000000|3");
  EXPECT_EQ(Run(std::string(kRows) + "(1, '0.10'), (2, '99999999999999999999.5'), (3, '-0.1'), (4, '-99999999999999999999.5'))"
                " SELECT pg_sum_numeric(x), pg_avg_numeric(x) FROM t", {}, {oid::kNumeric, oid::kNumeric}),
            "0.00|0.00000000000000000000");
  EXPECT_EQ(Run(std::string(kRows) + "(1, NULL)) SELECT pg_sum_numeric(x) FROM t", {}, {oid::kNumeric}), "NULL");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 'NaN'), (2, '1')) SELECT pg_sum_numeric(x) FROM t", {}, {oid::kNumeric}), "NaN");
}

// What a frame loses is taken back exactly: its scale too.
TEST_F(Functions, MovingFrames) {
  const std::string frame = " OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t";
  EXPECT_EQ(Run(std::string(kRows) + "(1, '1.250'), (2, '2'), (3, '3')) SELECT pg_sum_numeric(x)" + frame, {}, {oid::kNumeric}),
            "1.250\n3.250\n5");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 1e300), (2, 1.0), (3, 0.25)) SELECT pg_sum_float8(x)" + frame, {}, {oid::kFloat8}),
            "1e+300\n1e+300\n1.25");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 'NaN'), (2, '2'), (3, '3')) SELECT pg_sum_numeric(x)" + frame, {}, {oid::kNumeric}),
            "NaN\nNaN\n5");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 'a'), (2, NULL), (3, 'c'), (4, 'd')) SELECT pg_string_agg(x, n)" + frame, {},
                {oid::kText}), "a\na\nc\nc4d");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 1), (2, NULL), (3, 0)) SELECT pg_bool_and(x)" + frame, {}, {oid::kBool}), "t\nt\nf");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 1), (2, NULL), (3, 3)) SELECT pg_array_agg_23(x)" + frame, {}, {oid::kInt4Array}),
            "{1}\n{1,NULL}\n{NULL,3}");
}

// More rows than a frame keeps: exact sums serve.
TEST_F(Functions, WideFrames) {
  EXPECT_EQ(Run("WITH t(n, x) AS (SELECT value, CASE value WHEN 1 THEN 1e300 ELSE 0.5 END FROM allod_generate_series_int4(1, 6000))"
                " SELECT pg_sum_float8(x) OVER (ORDER BY n ROWS BETWEEN 4999 PRECEDING AND CURRENT ROW) FROM t ORDER BY n DESC LIMIT 1",
                {}, {oid::kFloat8}), "2500");
  EXPECT_EQ(Run("WITH t(n, x) AS (SELECT value, value % 2 * 1.0 FROM allod_generate_series_int4(1, 6000))"
                " SELECT pg_var_pop_float8(x) OVER (ORDER BY n ROWS BETWEEN 4999 PRECEDING AND CURRENT ROW) FROM t ORDER BY n DESC LIMIT 1",
                {}, {oid::kFloat8}), "0.25");
}

TEST_F(Functions, Lists) {
  EXPECT_EQ(Run(std::string(kRows) + "(1, 'a'), (2, NULL), (3, 'b c')) SELECT pg_array_agg_25(x), pg_json_agg_25(x), "
                "pg_jsonb_agg_25(x), pg_string_agg(x, '-') FROM t", {},
                {oid::kTextArray, oid::kJson, oid::kJsonb, oid::kText}),
            "{a,NULL,\"b c\"}|[\"a\", null, \"b c\"]|[\"a\", null, \"b c\"]|a-b c");
  EXPECT_EQ(Run(std::string(kRows) + "(1, '2'), (2, '1')) SELECT pg_json_object_agg(23, n, 25, x), "
                "pg_jsonb_object_agg(25, x, 23, n) FROM t", {}, {oid::kJson, oid::kJsonb}),
            "{ \"1\" : \"2\", \"2\" : \"1\" }|{\"1\": 2, \"2\": 1}");
  EXPECT_EQ(Run(std::string(kRows) + "(NULL, 1)) SELECT pg_json_object_agg(23, n, 25, x) FROM t", {}, {oid::kJson}),
            "ERR 22023 field name must not be null");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 2), (2, 1), (3, 2)) SELECT pg_array_agg_23(DISTINCT x ORDER BY x) FROM t", {},
                {oid::kInt4Array}), "{1,2}");
}

TEST_F(Functions, Statistics) {
  EXPECT_EQ(Run(std::string(kRows) + "(1, 2), (2, 4), (3, 9)) SELECT pg_stddev_samp_int(x), pg_var_pop_int(x), "
                "pg_var_samp_float8(x), pg_corr(x, n), pg_regr_slope(x, n) FROM t", {},
                {oid::kNumeric, oid::kNumeric, oid::kFloat8, oid::kFloat8, oid::kFloat8}),
            "3.6055512754639893|8.6666666666666667|13|0.9707253433941511|3.5");
  EXPECT_EQ(Run(std::string(kRows) + "(1, -2147483648), (2, -5)) SELECT pg_stddev_pop_int(x) FROM t", {}, {oid::kNumeric}),
            "1073741821");
  EXPECT_EQ(Run(std::string(kRows) + "(1, 5)) SELECT pg_var_samp_int(x), pg_var_pop_int(x) FROM t", {},
                {oid::kNumeric, oid::kNumeric}), "NULL|0");
}

// --- the rest ---

TEST_F(Functions, Collations) {
  EXPECT_EQ(Ask("'1.10' COLLATE allod_numeric = '1.1'", oid::kInt4), "1");
  EXPECT_EQ(Ask("'9' COLLATE allod_numeric < '10'", oid::kInt4), "1");
  EXPECT_EQ(Ask("'0 30 0' COLLATE allod_interval = '1 0 0'", oid::kInt4), "1");
  EXPECT_EQ(Ask("'{\"a\": 1.0}' COLLATE allod_jsonb = '{\"a\": 1}'", oid::kInt4), "1");
}

TEST_F(Functions, SessionAndSequences) {
  EXPECT_EQ(Ask("pg_nextval(41)", oid::kInt8), "42");
  EXPECT_EQ(Ask("pg_setval(41, 9)", oid::kInt8), "9");
  EXPECT_EQ(Ask("pg_currval(41)", oid::kInt8), "ERR 55000 currval is not yet defined");
  EXPECT_EQ(Ask("allod_call('version', 1, 2)", oid::kText), "version/2");
  EXPECT_EQ(Ask("pg_now()", oid::kTimestamptz), "2025-05-08 08:13:20+02");
  EXPECT_EQ(Ask("pg_timestamptz_age(0)", oid::kInterval), "25 years 4 mons 6 days 23:00:00");
}

TEST_F(Functions, WithoutAStatementNothingCrashes) {
  state_.context = nullptr;
  EXPECT_EQ(Ask("pg_nextval(41)", oid::kInt8), "ERR XX000 a sequence was used outside a statement");
  EXPECT_EQ(Ask("pg_out(1184, 0)", oid::kText), "2000-01-01 00:00:00+00");
}

TEST_F(Functions, LikeTakesLinearTimeOnHardPatterns) {
  // One % after another that can only fail at the end: each is tried in one place at a time.
  std::string pattern, text(20000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "%a";
  pattern += "b";
  EXPECT_EQ(Run("SELECT pg_like(?1, ?2)", {Value::Text(text), Value::Text(pattern)}, {oid::kBool}), "f");
  EXPECT_EQ(Run("SELECT pg_regex(?1, ?2)", {Value::Text(text), Value::Text("(a*)*b")}, {oid::kBool}), "f");
}

TEST_F(Functions, RegularExpressionsRefuseWhatWouldDiffer) {
  for (const char* pattern : {"(a)\\1", "a(?=b)", "a(?!b)", "(?<=a)b", "\\mfoo", "[[.a.]]", "(?x)a"}) {
    std::string answer = Run("SELECT pg_regex('abc', ?1)", {Value::Text(pattern)}, {oid::kBool});
    EXPECT_EQ(answer.substr(0, 9), "ERR 0A000") << pattern << ": " << answer;
  }
  // The boundary of a word is known for ASCII only.
  EXPECT_EQ(Ask("pg_regex('foo bar', '\\ybar')", oid::kBool), "t");
  EXPECT_EQ(Ask("pg_regex('foo bär', '\\yb')", oid::kBool).substr(0, 9), "ERR 0A000");
  // Which match is meant differs.
  EXPECT_EQ(Ask("pg_regex_substring('XY1234Z', 'Y*?([0-9]{1,3})')", oid::kText).substr(0, 9), "ERR 0A000");
}

TEST_F(Functions, RandomIsRandom) {
  EXPECT_EQ(Ask("pg_random() <> pg_random() AND pg_gen_random_uuid() <> pg_gen_random_uuid()", oid::kInt4), "1");
  EXPECT_EQ(Run("SELECT count(DISTINCT pg_random()) FROM allod_generate_series_int4(1, 50)", {}, {oid::kInt8}), "50");
}

}  // namespace
}  // namespace allod::engine::sqlite
