#include "base/jsonb.h"

#include <gtest/gtest.h>

namespace allod {
namespace {

std::string Show(const Result<std::string>& r) {
  return r.ok() ? *r : r.status().error().sqlstate + " " + r.status().error().message;
}
std::string J(std::string_view text) {
  Result<std::string> r = NormalizeJsonb(text);
  EXPECT_TRUE(r.ok()) << text;
  return r.ok() ? *r : "null";
}

TEST(JsonbTest, NormalForm) {
  struct Case {
    const char *in, *want;
  };
  constexpr Case kCases[] = {{" 1 ", "1"},
                             {"-0", "0"},
                             {"-0.0", "0.0"},
                             {"1.50", "1.50"},
                             {"1e2", "100"},
                             {"1E-3", "0.001"},
                             {"123456789012345678901234567890.123", "123456789012345678901234567890.123"},
                             {"null", "null"},
                             {"[ ]", "[]"},
                             {"{ }", "{}"},
                             {"[1,[2,{}]]", "[1, [2, {}]]"},
                             {"{\"b\":1,\"aa\":2,\"a\":3,\"\":0}", "{\"\": 0, \"a\": 3, \"b\": 1, \"aa\": 2}"},
                             {"{\"a\":1,\"a\":{\"b\":2}}", "{\"a\": {\"b\": 2}}"},
                             {"\"\\u00e9\\/\\n\\u0001\\ud83d\\ude00\"", "\"é/\\n\\u0001😀\""},
                             {"{\"\\u0061\":1}", "{\"a\": 1}"},
                             {"\"\x7f\"", "\"\x7f\""},
                             {"{\"c\":{\"z\":1,\"y\":[true,false]},\"b\":\"q\\\"\"}",
                              "{\"b\": \"q\\\"\", \"c\": {\"y\": [true, false], \"z\": 1}}"}};
  for (const Case& c : kCases) {
    EXPECT_EQ(J(c.in), c.want) << c.in;
    EXPECT_EQ(J(J(c.in)), c.want) << c.in;
    EXPECT_TRUE(ValidateJson(c.in).ok()) << c.in;
  }
}

TEST(JsonbTest, Refusals) {
  for (const char* bad :
       {"",          "  ",     "{",          "}",     "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",  "nul",
        "True",      "01",     "1.",         ".5",    "-",    "+1",      "1e",       "\"abc",       "\"\\x\"",
        "\"\\u12\"", "\"\t\"", "{\"a\":1}x", "[1 2]", "'a'",  "{a:1}",   "NaN",      "\"a\" \"b\"", "// c\n1"}) {
    EXPECT_EQ(Show(NormalizeJsonb(bad)), "22P02 invalid input syntax for type json") << bad;
    EXPECT_FALSE(ValidateJson(bad).ok()) << bad;
  }
  EXPECT_EQ(NormalizeJsonb("{\"a\": tru}").status().error().detail, "Token \"tru\" is invalid.");
  EXPECT_EQ(NormalizeJsonb("[1").status().error().detail, "The input string ended unexpectedly.");
  EXPECT_EQ(Show(NormalizeJsonb("\"\\u0000\"")), "22P05 unsupported Unicode escape sequence");
  EXPECT_EQ(Show(NormalizeJsonb("{\"\\u0000\":1}")), "22P05 unsupported Unicode escape sequence");
  EXPECT_TRUE(ValidateJson("\"\\u0000\"").ok());
  EXPECT_EQ(Show(NormalizeJsonb("1e400000")), "22003 value overflows numeric format");
}

TEST(JsonbTest, DepthIsLimited) {
  auto nested = [](int depth, const char* open, const char* close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(NormalizeJsonb(nested(kMaxJsonDepth, "[", "]")).ok());
  EXPECT_TRUE(NormalizeJsonb(nested(kMaxJsonDepth, "{\"a\":", "}")).ok());
  for (int depth : {kMaxJsonDepth + 1, 1000000}) {
    EXPECT_EQ(Show(NormalizeJsonb(nested(depth, "[", "]"))).substr(0, 5), "54001") << depth;
    EXPECT_FALSE(ValidateJson(nested(depth, "{\"a\":", "}")).ok());
  }
  std::string deep = J(nested(kMaxJsonDepth, "[", "]"));
  EXPECT_EQ(CompareJsonb(deep, J(nested(kMaxJsonDepth - 1, "[", "]"))), 1);
  EXPECT_TRUE(JsonbContains(deep, deep));
}

TEST(JsonbTest, BtreeOrder) {
  // Ascending, as PostgreSQL sorts them: the empty array before everything, then kinds.
  const std::vector<std::string> ascending = {
      "[]",    "null",       "\"\"",       "\"a\"",      "\"aa\"",
      "\"b\"", "-1",         "1",          "1.5",        "10",
      "false", "true",       "[null]",     "[\"a\"]",    "[1]",
      "[[]]",  "[{}]",       "[1, 2]",     "[1, 3]",     "[1, 1, 1]",
      "{}",    "{\"a\": 1}", "{\"a\": 2}", "{\"b\": 0}", "{\"a\": 1, \"b\": 1}"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(CompareJsonb(ascending[i], ascending[j]), i < j   ? -1
                                                          : i > j ? 1
                                                                  : 0)
          << ascending[i] << " " << ascending[j];
    }
  }
  EXPECT_EQ(CompareJsonb("{\"a\": 1.0}", "{\"a\": 1}"), 0);
}

TEST(JsonbTest, Containment) {
  struct Case {
    const char *a, *b;
    bool want;
  };
  constexpr Case kCases[] = {{"{\"a\": 1, \"b\": 2}", "{\"b\": 2}", true},
                             {"{\"a\": 1}", "{\"a\": 1.0}", true},
                             {"{\"a\": [1, 2]}", "{\"a\": [2]}", true},
                             {"{\"a\": [1]}", "{\"a\": 1}", false},
                             {"[1, 2, 3]", "[3, 1, 1]", true},
                             {"[1, 2]", "1", true},
                             {"1", "[1]", false},
                             {"[[1]]", "[1]", false},
                             {"[[1, 2]]", "[[2]]", true},
                             {"{}", "[]", false},
                             {"[]", "[]", true},
                             {"{\"a\": {}}", "{}", true},
                             {"\"a\"", "\"a\"", true},
                             {"null", "null", true},
                             {"{\"a\": {\"b\": 1, \"c\": 2}}", "{\"a\": {\"c\": 2}}", true},
                             {"{\"aa\": 1, \"b\": 2}", "{\"aa\": 1, \"b\": 3}", false}};
  for (const Case& c : kCases) EXPECT_EQ(JsonbContains(J(c.a), J(c.b)), c.want) << c.a << " @> " << c.b;
  EXPECT_TRUE(JsonbExists("{\"a\": 1}", "a"));
  EXPECT_FALSE(JsonbExists("{\"a\": \"b\"}", "b"));
  EXPECT_TRUE(JsonbExists("[\"x\", 1]", "x"));
  EXPECT_FALSE(JsonbExists("[1]", "1"));
  EXPECT_TRUE(JsonbExists("\"x\"", "x"));
}

TEST(JsonViewTest, ReadsInPlace) {
  // Of type json: blanks, escapes and duplicates are as they were written.
  JsonView v(" { \"a\" : 1 , \"b\\u0062\" : [ 10, {\"x\": \"q\\\"\\n\"} ,null], \"a\": 2 } ");
  EXPECT_EQ(v.kind(), JsonKind::kObject);
  EXPECT_EQ(v.size(), 3u);
  JsonView out = v;
  ASSERT_TRUE(v.Member("a", &out));
  EXPECT_EQ(out.text(), "2");
  ASSERT_TRUE(v.Member("bb", &out));
  EXPECT_EQ(out.text(), "[ 10, {\"x\": \"q\\\"\\n\"} ,null]");
  JsonView element = out;
  ASSERT_TRUE(out.Element(-1, &element));
  EXPECT_EQ(element.kind(), JsonKind::kNull);
  EXPECT_FALSE(out.Element(3, &element));
  EXPECT_FALSE(out.Element(-4, &element));
  ASSERT_TRUE(v.Path({"bb", "1", "x"}, &element));
  EXPECT_EQ(element.AsText(), "q\"\n");
  EXPECT_FALSE(v.Path({"bb", "x"}, &element));
  EXPECT_FALSE(v.Path({"a", "0"}, &element));
  ASSERT_TRUE(v.Path({"bb", "0"}, &element));
  EXPECT_EQ(element.AsNumber().ToString(), "10");
  std::string keys;
  v.ForEachMember([&](const std::string& key, JsonView) {
    keys += key + ";";
    return true;
  });
  EXPECT_EQ(keys, "a;bb;a;");
  EXPECT_EQ(JsonTypeName(v.kind()), "object");
}

TEST(JsonViewTest, InvalidTextIsSafe) {
  for (std::string_view text :
       {"", "{", "[", "{\"a", "{\"a\":", "[1,", "\"", "\"\\", "{\"a\" 1}", "]", "}", ",", "[\"\\u12"}) {
    JsonView v(text);
    JsonView out = v;
    v.Member("a", &out);
    v.Element(0, &out);
    v.Element(-1, &out);
    v.AsText();
    EXPECT_LE(v.size(), text.size());
    CompareJsonb(text, "{\"a\": 1}");
  }
}

TEST(JsonbTest, Editing) {
  EXPECT_EQ(Show(JsonbConcat("{\"a\": 1, \"b\": 2}", "{\"b\": 3, \"aa\": 4}")), "{\"a\": 1, \"b\": 3, \"aa\": 4}");
  EXPECT_EQ(Show(JsonbConcat("[1]", "{\"a\": 1}")), "[1, {\"a\": 1}]");
  EXPECT_EQ(Show(JsonbConcat("1", "2")), "[1, 2]");
  EXPECT_EQ(Show(JsonbDelete("{\"a\": 1, \"b\": 2}", {"a", "z"})), "{\"b\": 2}");
  EXPECT_EQ(Show(JsonbDelete("[\"a\", \"b\", 1]", {"a"})), "[\"b\", 1]");
  EXPECT_EQ(Show(JsonbDelete("1", {"a"})), "22023 cannot delete from scalar");
  EXPECT_EQ(Show(JsonbDeleteIndex("[1, 2, 3]", -1)), "[1, 2]");
  EXPECT_EQ(Show(JsonbDeleteIndex("{}", 0)), "22023 cannot delete from object using integer index");
  EXPECT_EQ(Show(JsonbDeletePath("{\"a\": [1, {\"b\": 2}]}", {"a", "1", "b"})), "{\"a\": [1, {}]}");
  EXPECT_EQ(Show(JsonbSet("{\"a\": {\"b\": 1}}", {"a", "b"}, "[1]", true)), "{\"a\": {\"b\": [1]}}");
  EXPECT_EQ(Show(JsonbSet("{\"a\": 1}", {"b"}, "2", true)), "{\"a\": 1, \"b\": 2}");
  EXPECT_EQ(Show(JsonbSet("{\"a\": 1}", {"b"}, "2", false)), "{\"a\": 1}");
  EXPECT_EQ(Show(JsonbSet("[1]", {"-5"}, "0", true)), "[0, 1]");
  EXPECT_EQ(Show(JsonbSet("[1]", {"x"}, "0", true)), "22P02 path element at position 1 is not an integer: \"x\"");
  EXPECT_EQ(Show(JsonbSet("1", {"x"}, "0", true)), "22023 cannot set path in scalar");
  EXPECT_EQ(Show(JsonbInsert("{\"a\": [0, 1]}", {"a", "1"}, "9", false)), "{\"a\": [0, 9, 1]}");
  EXPECT_EQ(Show(JsonbInsert("{\"a\": [0, 1]}", {"a", "1"}, "9", true)), "{\"a\": [0, 1, 9]}");
  EXPECT_EQ(Show(JsonbInsert("{\"a\": 1}", {"a"}, "9", true)), "22023 cannot replace existing key");
  EXPECT_EQ(JsonbPretty("{\"a\": [1, {}]}"), "{\n    \"a\": [\n        1,\n        {\n        }\n    ]\n}");
  EXPECT_EQ(JsonStripNulls("{\"a\": null, \"b\": [null, {\"c\": null}]}"), "{\"b\": [null, {}]}");
  EXPECT_EQ(JsonStripNulls("{\"a\" : null, \"\\u0062\": 1}", false), "{\"b\":1}");
}

TEST(JsonbTest, ObjectBuilder) {
  JsonbObjectBuilder builder;
  builder.Add("bb", "1");
  builder.Add("a", "2");
  builder.Add("bb", "\"last\"");
  EXPECT_EQ(builder.Finish(), "{\"a\": 2, \"bb\": \"last\"}");
  EXPECT_EQ(JsonbObjectBuilder().Finish(), "{}");
}

}  // namespace
}  // namespace allod
