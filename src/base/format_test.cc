#include "base/format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/types.h"

namespace allod {
namespace {

std::string Show(const Status& status) { return status.error().sqlstate + " " + status.error().message; }
std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

// The answers in this table are PostgreSQL 15's: text form (or SQLSTATE and message), then the binary form in hex.
struct Form {
  const char *type, *in, *text, *binary;
};
constexpr Form kForms[] = {
    {"int2", "0", "0", "0000"},
    {"int4", "0", "0", "00000000"},
    {"int8", "0", "0", "0000000000000000"},
    {"int2", "-1", "-1", "ffff"},
    {"int4", "-1", "-1", "ffffffff"},
    {"int8", "-1", "-1", "ffffffffffffffff"},
    {"int2", "32767", "32767", "7fff"},
    {"int4", "32767", "32767", "00007fff"},
    {"int8", "32767", "32767", "0000000000007fff"},
    {"int2", "32768", "22003 value \"32768\" is out of range for type smallint", ""},
    {"int4", "32768", "32768", "00008000"},
    {"int8", "32768", "32768", "0000000000008000"},
    {"int2", "-32768", "-32768", "8000"},
    {"int4", "-32768", "-32768", "ffff8000"},
    {"int8", "-32768", "-32768", "ffffffffffff8000"},
    {"int2", "2147483648", "22003 value \"2147483648\" is out of range for type smallint", ""},
    {"int4", "2147483648", "22003 value \"2147483648\" is out of range for type integer", ""},
    {"int8", "2147483648", "2147483648", "0000000080000000"},
    {"int2", "-2147483648", "22003 value \"-2147483648\" is out of range for type smallint", ""},
    {"int4", "-2147483648", "-2147483648", "80000000"},
    {"int8", "-2147483648", "-2147483648", "ffffffff80000000"},
    {"int2", "9223372036854775807", "22003 value \"9223372036854775807\" is out of range for type smallint", ""},
    {"int4", "9223372036854775807", "22003 value \"9223372036854775807\" is out of range for type integer", ""},
    {"int8", "9223372036854775807", "9223372036854775807", "7fffffffffffffff"},
    {"int2", "9223372036854775808", "22003 value \"9223372036854775808\" is out of range for type smallint", ""},
    {"int4", "9223372036854775808", "22003 value \"9223372036854775808\" is out of range for type integer", ""},
    {"int8", "9223372036854775808", "22003 value \"9223372036854775808\" is out of range for type bigint", ""},
    {"int2", "abc", "22P02 invalid input syntax for type smallint: \"abc\"", ""},
    {"int4", "abc", "22P02 invalid input syntax for type integer: \"abc\"", ""},
    {"int8", "abc", "22P02 invalid input syntax for type bigint: \"abc\"", ""},
    {"int2", "", "22P02 invalid input syntax for type smallint: \"\"", ""},
    {"int4", "", "22P02 invalid input syntax for type integer: \"\"", ""},
    {"int8", "", "22P02 invalid input syntax for type bigint: \"\"", ""},
    {"int2", " 7 ", "7", "0007"},
    {"int4", " 7 ", "7", "00000007"},
    {"int8", " 7 ", "7", "0000000000000007"},
    {"int2", "+5", "5", "0005"},
    {"int4", "+5", "5", "00000005"},
    {"int8", "+5", "5", "0000000000000005"},
    {"int2", "+-1", "22P02 invalid input syntax for type smallint: \"+-1\"", ""},
    {"int4", "+-1", "22P02 invalid input syntax for type integer: \"+-1\"", ""},
    {"int8", "+-1", "22P02 invalid input syntax for type bigint: \"+-1\"", ""},
    {"int2", "1.5", "22P02 invalid input syntax for type smallint: \"1.5\"", ""},
    {"int4", "1.5", "22P02 invalid input syntax for type integer: \"1.5\"", ""},
    {"int8", "1.5", "22P02 invalid input syntax for type bigint: \"1.5\"", ""},
    {"oid", "0", "0", "00000000"},
    {"oid", "4294967295", "4294967295", "ffffffff"},
    {"oid", "4294967296", "22003 value \"4294967296\" is out of range for type oid", ""},
    {"oid", "-1", "4294967295", "ffffffff"},
    {"oid", "x", "22P02 invalid input syntax for type oid: \"x\"", ""},
    {"bool", "t", "t", "01"},
    {"bool", "TRUE", "t", "01"},
    {"bool", "tru", "t", "01"},
    {"bool", "no", "f", "00"},
    {"bool", "of", "f", "00"},
    {"bool", "off", "f", "00"},
    {"bool", "o", "22P02 invalid input syntax for type boolean: \"o\"", ""},
    {"bool", "1", "t", "01"},
    {"bool", "2", "22P02 invalid input syntax for type boolean: \"2\"", ""},
    {"bool", "", "22P02 invalid input syntax for type boolean: \"\"", ""},
    {"bool", " on ", "t", "01"},
    {"bool", "truee", "22P02 invalid input syntax for type boolean: \"truee\"", ""},
    {"float8", "0", "0", "0000000000000000"},
    {"float4", "0", "0", "00000000"},
    {"float8", "-0", "-0", "8000000000000000"},
    {"float4", "-0", "-0", "80000000"},
    {"float8", "1.5", "1.5", "3ff8000000000000"},
    {"float4", "1.5", "1.5", "3fc00000"},
    {"float8", "1e10", "10000000000", "4202a05f20000000"},
    {"float4", "1e10", "1e+10", "501502f9"},
    {"float8", "1e-5", "1e-05", "3ee4f8b588e368f1"},
    {"float4", "1e-5", "1e-05", "3727c5ac"},
    {"float8", "0.0001", "0.0001", "3f1a36e2eb1c432d"},
    {"float4", "0.0001", "0.0001", "38d1b717"},
    {"float8", "1e15", "1e+15", "430c6bf526340000"},
    {"float4", "1e15", "1e+15", "58635fa9"},
    {"float8", "123456789012345", "123456789012345", "42dc12218377de40"},
    {"float4", "123456789012345", "1.2345679e+14", "56e0910c"},
    {"float8", "100000", "100000", "40f86a0000000000"},
    {"float4", "100000", "100000", "47c35000"},
    {"float8", "1000000", "1000000", "412e848000000000"},
    {"float4", "1000000", "1e+06", "49742400"},
    {"float8", "1e400", "22003 \"1e400\" is out of range for type double precision", ""},
    {"float4", "1e400", "22003 \"1e400\" is out of range for type real", ""},
    {"float8", "1e-400", "22003 \"1e-400\" is out of range for type double precision", ""},
    {"float4", "1e-400", "22003 \"1e-400\" is out of range for type real", ""},
    {"float8", "3.5e38", "3.5e+38", "47f074f8c4d3cd7b"},
    {"float4", "3.5e38", "22003 \"3.5e38\" is out of range for type real", ""},
    {"float8", "16777217", "16777217", "4170000010000000"},
    {"float4", "16777217", "1.6777216e+07", "4b800000"},
    {"float8", "9007199254740993", "9.007199254740992e+15", "4340000000000000"},
    {"float4", "9007199254740993", "9.007199e+15", "5a000000"},
    {"float8", "76174093192544992", "7.617409319254499e+16", "4370e9fef25d442e"},
    {"float4", "76174093192544992", "7.61741e+16", "5b874ff8"},
    {"float8", "-4.0681241586834496e16", "-4.0681241586834496e+16", "c36210ebf539c388"},
    {"float4", "-4.0681241586834496e16", "-4.0681243e+16", "db108760"},
    {"float8", "0.1", "0.1", "3fb999999999999a"},
    {"float4", "0.1", "0.1", "3dcccccd"},
    {"float8", "1.1", "1.1", "3ff199999999999a"},
    {"float4", "1.1", "1.1", "3f8ccccd"},
    {"float8", "-Infinity", "-Infinity", "fff0000000000000"},
    {"float4", "-Infinity", "-Infinity", "ff800000"},
    {"float8", "inf", "Infinity", "7ff0000000000000"},
    {"float4", "inf", "Infinity", "7f800000"},
    {"float8", "abc", "22P02 invalid input syntax for type double precision: \"abc\"", ""},
    {"float4", "abc", "22P02 invalid input syntax for type real: \"abc\"", ""},
    {"float8", "", "22P02 invalid input syntax for type double precision: \"\"", ""},
    {"float4", "", "22P02 invalid input syntax for type real: \"\"", ""},
    {"float8", ".5", "0.5", "3fe0000000000000"},
    {"float4", ".5", "0.5", "3f000000"},
    {"float8", "5.", "5", "4014000000000000"},
    {"float4", "5.", "5", "40a00000"},
    {"float8", " 7 ", "7", "401c000000000000"},
    {"float4", " 7 ", "7", "40e00000"},
    {"float8", "1e", "22P02 invalid input syntax for type double precision: \"1e\"", ""},
    {"float4", "1e", "22P02 invalid input syntax for type real: \"1e\"", ""},
    {"float8", "123456.789", "123456.789", "40fe240c9fbe76c9"},
    {"float4", "123456.789", "123456.79", "47f12065"},
    {"float8", "1e-310", "1e-310", "000012688b70e62b"},
    {"float4", "1e-310", "22003 \"1e-310\" is out of range for type real", ""},
    {"float8", "1.7976931348623157e308", "1.7976931348623157e+308", "7fefffffffffffff"},
    {"float4", "1.7976931348623157e308", "22003 \"1.7976931348623157e308\" is out of range for type real", ""},
    {"float8", "5e-324", "5e-324", "0000000000000001"},
    {"float4", "5e-324", "22003 \"5e-324\" is out of range for type real", ""},
    {"bytea", "\\x", "\\x", ""},
    {"bytea", "\\xDEADbeef", "\\xdeadbeef", "deadbeef"},
    {"bytea", "\\x de ad", "\\xdead", "dead"},
    {"bytea", "\\xabc", "22023 invalid hexadecimal data: odd number of digits", ""},
    {"bytea", "\\xzz", "22023 invalid hexadecimal digit: \"z\"", ""},
    {"bytea", "abc", "\\x616263", "616263"},
    {"bytea", "a\\\\b", "\\x615c62", "615c62"},
    {"bytea", "\\001\\377", "\\x01ff", "01ff"},
    {"bytea", "\\400", "22P02 invalid input syntax for type bytea", ""},
    {"bytea", "\\9", "22P02 invalid input syntax for type bytea", ""},
    {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
    {"uuid", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
    {"uuid", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
    {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
     "22P02 invalid input syntax for type uuid: \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1\"", ""},
    {"uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "22P02 invalid input syntax for type uuid: \"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"", ""},
    {"uuid", "", "22P02 invalid input syntax for type uuid: \"\"", ""},
    {"numeric", "1.50", "1.50", "000200000000000200011388"},
    {"numeric", "-0", "0", "0000000000000000"},
    {"numeric", "1e3", "1000", "000100000000000003e8"},
    {"numeric", "NaN", "NaN", "00000000c0000000"},
    {"numeric", "x", "22P02 invalid input syntax for type numeric: \"x\"", ""},
    {"date", "2024-02-29", "2024-02-29", "00002279"},
    {"date", "2023-02-29", "22008 date/time field value out of range: \"2023-02-29\"", ""},
    {"date", "infinity", "infinity", "7fffffff"},
    {"date", "0044-03-15 BC", "0044-03-15 BC", "fff49d7b"},
    {"date", "x", "22007 invalid input syntax for type date: \"x\"", ""},
    {"time", "10:20:30.5", "10:20:30.5", "00000008ab1c58a0"},
    {"time", "24:00", "24:00:00", "000000141dd76000"},
    {"time", "25:00", "22008 date/time field value out of range: \"25:00\"", ""},
    {"timestamp", "2024-01-15 10:20:30.25", "2024-01-15 10:20:30.25", "0002b1f821c90810"},
    {"timestamptz", "2024-01-15 10:20:30.25", "2024-01-15 10:20:30.25+00", "0002b1f821c90810"},
    {"timestamp", "infinity", "infinity", "7fffffffffffffff"},
    {"timestamptz", "infinity", "infinity", "7fffffffffffffff"},
    {"timestamp", "2024-01-15 10:20:30+02", "2024-01-15 10:20:30", "0002b1f821c53780"},
    {"timestamptz", "2024-01-15 10:20:30+02", "2024-01-15 08:20:30+00", "0002b1f6749def80"},
    {"timestamp", "x", "22007 invalid input syntax for type timestamp: \"x\"", ""},
    {"timestamptz", "x", "22007 invalid input syntax for type timestamp with time zone: \"x\"", ""},
    {"interval", "1 year 2 mons 3 days 04:05:06.7", "1 year 2 mons 3 days 04:05:06.7",
     "000000036c966ee0000000030000000e"},
    {"interval", "-1 day", "-1 days", "0000000000000000ffffffff00000000"},
    {"interval", "x", "22007 invalid input syntax for type interval: \"x\"", ""},
    {"jsonb", "{\"b\":1,\"a\":[1.50,1e2]}", "{\"a\": [1.50, 100], \"b\": 1}",
     "017b2261223a205b312e35302c203130305d2c202262223a20317d"},
    {"jsonb", "{", "22P02 invalid input syntax for type json", ""},
    {"jsonb", "\"\\u0000\"", "22P05 unsupported Unicode escape sequence", ""},
    {"_int4", "{}", "{}", "000000000000000000000017"},
    {"_int4", "{1,2,3}", "{1,2,3}",
     "0000000100000000000000170000000300000001000000040000000100000004000000020000000400000003"},
    {"_int4", "{1,NULL,3}", "{1,NULL,3}",
     "00000001000000010000001700000003000000010000000400000001ffffffff0000000400000003"},
    {"_int4", "{ 1 , 2 }", "{1,2}", "000000010000000000000017000000020000000100000004000000010000000400000002"},
    {"_int4", "{1,}", "22P02 malformed array literal: \"{1,}\"", ""},
    {"_int4", "{,1}", "22P02 malformed array literal: \"{,1}\"", ""},
    {"_int4", "{1 2}", "22P02 invalid input syntax for type integer: \"1 2\"", ""},
    {"_int4", "{\"1\",\"2\"}", "{1,2}", "000000010000000000000017000000020000000100000004000000010000000400000002"},
    {"_int4", "{null}", "{NULL}", "0000000100000001000000170000000100000001ffffffff"},
    {"_int4", "1,2", "22P02 malformed array literal: \"1,2\"", ""},
    {"_int4", "{1,2", "22P02 malformed array literal: \"{1,2\"", ""},
    {"_int4", "{1,2}x", "22P02 malformed array literal: \"{1,2}x\"", ""},
    {"_int4", "[1:2]={1,2}", "{1,2}", "000000010000000000000017000000020000000100000004000000010000000400000002"},
    {"_int4", "", "22P02 malformed array literal: \"\"", ""},
    {"_int4", "{a}", "22P02 invalid input syntax for type integer: \"a\"", ""},
    {"_text", "{a b,\"c,d\",\"e\\\"f\",g\\\"h,\"\\\\\"}", "{\"a b\",\"c,d\",\"e\\\"f\",\"g\\\"h\",\"\\\\\"}",
     "00000001000000000000001900000005000000010000000361206200000003632c640000000365226600000003672268000000015c"},
    {"_text", "{\"{x}\",}", "22P02 malformed array literal: \"{\"{x}\",}\"", ""},
    {"_text", "{\"NULL\",nulls}", "{\"NULL\",nulls}",
     "0000000100000000000000190000000200000001000000044e554c4c000000056e756c6c73"},
    {"_text", "{  a  b  }", "{\"a  b\"}", "00000001000000000000001900000001000000010000000461202062"},
    {"_text", "{\"a\"b}", "22P02 malformed array literal: \"{\"a\"b}\"", ""},
    {"_text", "{a \"b\"}", "22P02 malformed array literal: \"{a \"b\"}\"", ""},
    {"_text", "{\\n\\u}", "{nu}", "0000000100000000000000190000000100000001000000026e75"},
    {"_text", "{\" \"}", "{\" \"}", "00000001000000000000001900000001000000010000000120"},
    {"_text", "{\"\"}", "{\"\"}", "000000010000000000000019000000010000000100000000"},
    {"_timestamptz", "{2024-01-15 10:20:30+02,NULL}", "{\"2024-01-15 08:20:30+00\",NULL}",
     "0000000100000001000004a00000000200000001000000080002b1f6749def80ffffffff"},
    {"_numeric", "{1.50,NaN}", "{1.50,NaN}",
     "0000000100000000000006a400000002000000010000000c0002000000000002000113880000000800000000c0000000"},
    {"_uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
     "000000010000000000000b86000000010000000100000010a0eebc999c0b4ef8bb6d6bb9bd380a11"},
    {"name", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787"
     "878787878787878787878787878"},
};

TEST(FormatTest, TextAndBinaryAnswerAsPostgres) {
  FormatContext context;
  for (const Form& f : kForms) {
    Type type{FindTypeByName(f.type)->oid};
    Result<Value> v = ParseText(type, f.in, context);
    EXPECT_EQ(v.ok() ? ToText(type, *v, context) : Show(v.status()), f.text) << f.type << " '" << f.in << "'";
    if (!v.ok()) continue;
    std::string bytes;
    AppendBinary(type, *v, context, &bytes);
    EXPECT_EQ(Hex(bytes), f.binary) << f.type << " '" << f.in << "'";
    Result<Value> back = ParseBinary(type, bytes, context);
    ASSERT_TRUE(back.ok()) << f.type << " '" << f.in << "': " << Show(back.status());
    EXPECT_EQ(*back, *v) << f.type << " '" << f.in << "'";
    // The text form reads back as the same value.
    Result<Value> again = ParseText(type, f.text, context);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *v) << f.type << " '" << f.text << "'";
  }
}

TEST(FormatTest, EveryTypeSurvivesBrokenBinary) {
  FormatContext context;
  const std::string samples[] = {"",
                                 std::string(1, '\0'),
                                 "\x01",
                                 "\xff",
                                 std::string(4, '\0'),
                                 std::string(8, '\xff'),
                                 std::string(12, '\0'),
                                 std::string(16, '\x01'),
                                 std::string(20, '\xff'),
                                 std::string(100, '\x7f'),
                                 std::string("\0\0\0\1\0\0\0\0\0\0\0\x17\x7f\xff\xff\xff\0\0\0\1", 20)};
  for (const TypeInfo& t : AllTypes()) {
    for (const std::string& bytes : samples) {
      Result<Value> v = ParseBinary(Type{t.oid}, bytes, context);
      if (!v.ok()) {
        EXPECT_EQ(v.status().error().sqlstate.size(), 5u);
      }
    }
  }
}

TEST(FormatTest, NaNIsNoFloat) {
  FormatContext context;
  for (Oid type : {oid::kFloat4, oid::kFloat8}) {
    Result<Value> v = ParseText(Type{type}, "NaN", context);
    ASSERT_FALSE(v.ok());
    EXPECT_EQ(v.status().error().sqlstate, "22003");
    EXPECT_FALSE(v.status().error().hint.empty());
  }
  EXPECT_FALSE(ParseBinary(Type{oid::kFloat8}, std::string("\x7f\xf8\0\0\0\0\0\0", 8), context).ok());
}

TEST(FormatTest, TextIsValidUtf8WithoutNul) {
  FormatContext context;
  EXPECT_EQ(Show(ParseText(Type{oid::kText}, "a\xff", context).status()),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
  EXPECT_EQ(Show(ParseText(Type{oid::kVarchar}, std::string_view("a\0b", 3), context).status()),
            "22021 invalid byte sequence for encoding \"UTF8\": 0x00");
  EXPECT_EQ(Show(ParseBinary(Type{oid::kText}, "\xc3(", context).status()),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xc3 0x28");
  EXPECT_EQ(Show(ParseText(Type{oid::kJsonb}, "\"\xed\xa0\x80\"", context).status()).substr(0, 5), "22021");
}

struct Length {
  Oid type;
  int length;
  const char *in, *assigned, *cast;
};

TEST(FormatTest, LengthRules) {
  constexpr Length kLengths[] = {
      {oid::kVarchar, 3, "abc", "abc", "abc"},
      {oid::kVarchar, 3, "abcd", "22001 value too long for type character varying(3)", "abc"},
      {oid::kVarchar, 3, "abc  ", "abc", "abc"},
      {oid::kVarchar, 3, "äöü", "äöü", "äöü"},
      {oid::kVarchar, 3, "äöüß", "22001 value too long for type character varying(3)", "äöü"},
      {oid::kBpchar, 3, "a", "a  ", "a  "},
      {oid::kBpchar, 3, "abcd", "22001 value too long for type character(3)", "abc"},
      {oid::kBpchar, 3, "abc   ", "abc", "abc"},
      {oid::kBpchar, 3, "", "   ", "   "},
  };
  for (const Length& l : kLengths) {
    Type type{l.type, l.length + 4};
    for (bool cast : {false, true}) {
      Result<Value> v = CoerceTypmod(type, Value::Text(l.in), cast);
      EXPECT_EQ(v.ok() ? v->bytes() : Show(v.status()), cast ? l.cast : l.assigned) << l.in;
    }
  }
  Type money{oid::kNumeric, ((5 << 16) | 2) + 4};
  EXPECT_EQ(CoerceTypmod(money, Value::Text("12.345"), false)->bytes(), "12.35");
  EXPECT_EQ(Show(CoerceTypmod(money, Value::Text("1234.5"), true).status()), "22003 numeric field overflow");
  EXPECT_EQ(CoerceTypmod(Type{oid::kTimestamp, 0}, Value::Integer(1500000), false)->integer(), 2000000);
  EXPECT_EQ(CoerceTypmod(Type{oid::kVarcharArray, 7}, Value::Text("{abc,NULL,abcdef}"), true)->bytes(),
            "{abc,NULL,abc}");
  EXPECT_TRUE(CoerceTypmod(money, Value(), false)->is_null());
}

TEST(FormatTest, CompareByType) {
  auto text = [](std::string_view s) { return Datum::Text(s); };
  EXPECT_EQ(Compare(oid::kNumeric, text("1.10"), text("1.1")), 0);
  EXPECT_EQ(Compare(oid::kNumeric, text("9"), text("10")), -1);
  EXPECT_EQ(Compare(oid::kText, text("9"), text("10")), 1);
  EXPECT_EQ(Compare(oid::kBpchar, text("a  "), text("a")), 0);
  EXPECT_EQ(Compare(oid::kInterval, text("1 0 0"), text("0 30 0")), 0);
  EXPECT_EQ(Compare(oid::kInterval, text("0 0 86400000001"), text("0 1 0")), 1);
  EXPECT_EQ(Compare(oid::kJsonb, text("{\"a\": 1}"), text("[1]")), 1);
  EXPECT_EQ(Compare(oid::kInt8, Datum::Integer(-1), Datum::Integer(1)), -1);
  EXPECT_EQ(Compare(oid::kFloat8, Datum::Real(2.5), Datum::Real(2.5)), 0);
}

TEST(FormatTest, ArrayElementsAreInStoredForm) {
  Result<Row> dates = ArrayElements(oid::kDate, "{2000-01-02,NULL,infinity}");
  ASSERT_TRUE(dates.ok());
  ASSERT_EQ(dates->size(), 3u);
  EXPECT_EQ((*dates)[0].integer(), 1);
  EXPECT_TRUE((*dates)[1].is_null());
  EXPECT_EQ(ArrayLiteral(oid::kDate, *dates), "{2000-01-02,NULL,infinity}");
  EXPECT_EQ(ArrayLiteral(oid::kText, Row{Value::Text("NULL"), Value::Text(""), Value::Text("a\\b")}),
            "{\"NULL\",\"\",\"a\\\\b\"}");
  // int2vector has a form of its own.
  Result<Row> vector = ArrayElements(oid::kInt2, "1 2 3");
  ASSERT_TRUE(vector.ok());
  EXPECT_EQ(vector->size(), 3u);
  EXPECT_EQ(ParseText(Type{oid::kInt2Vector}, " 1  2 ", FormatContext())->bytes(), "1 2");
}

TEST(FormatTest, ArraysInTheSessionsStyle) {
  FormatContext context;
  context.zone = *TimeZone::Load("Europe/Berlin");
  Result<Value> v = ParseText(Type{oid::kTimestamptzArray}, "{2024-07-01 12:00:00}", context);
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->bytes(), "{\"2024-07-01 10:00:00+00\"}");
  EXPECT_EQ(ToText(Type{oid::kTimestamptzArray}, *v, context), "{\"2024-07-01 12:00:00+02\"}");
}

TEST(FormatTest, ArraysOfSeveralDimensionsAreRefused) {
  EXPECT_EQ(ParseText(Type{oid::kInt4Array}, "{{1},{2}}", FormatContext()).status().error().sqlstate, "0A000");
}

TEST(FormatTest, FloatDigits) {
  auto shown = [](double d, int digits) {
    FormatContext context;
    context.extra_float_digits = digits;
    return ToText(Type{oid::kFloat8}, Datum::Real(d), context);
  };
  EXPECT_EQ(shown(0.1, 1), "0.1");
  EXPECT_EQ(shown(1.0 / 3, 1), "0.3333333333333333");
  EXPECT_EQ(shown(1.0 / 3, 0), "0.333333333333333");
  EXPECT_EQ(shown(1.0 / 3, -12), "0.333");
  EXPECT_EQ(shown(1e15, 1), "1e+15");
  EXPECT_EQ(shown(123456789012345.0, 1), "123456789012345");
  EXPECT_EQ(shown(-0.0, 1), "-0");
  EXPECT_EQ(shown(std::numeric_limits<double>::infinity(), 1), "Infinity");
  // The shortest, 7.61740931925450e+16, lies exactly between two numbers.
  EXPECT_EQ(shown(76174093192544992.0, 1), "7.617409319254499e+16");
}

TEST(FormatTest, ByteaEscapeFormat) {
  FormatContext context;
  context.bytea_hex = false;
  EXPECT_EQ(ToText(Type{oid::kBytea}, Datum::Blob(std::string_view("a\\\0\xff", 4)), context), "a\\\\\\000\\377");
}

TEST(FormatTest, AsJson) {
  FormatContext context;
  context.zone = *TimeZone::Load("Asia/Kolkata");
  context.date_style = DateStyle::kGerman;
  auto json = [&](Oid type, std::string_view text) {
    Result<Value> v = ParseText(Type{type}, text, context);
    EXPECT_TRUE(v.ok()) << text;
    std::string out;
    if (v.ok()) AppendJson(Type{type}, *v, context, &out);
    return out;
  };
  EXPECT_EQ(json(oid::kBool, "t"), "true");
  EXPECT_EQ(json(oid::kFloat8, "1e20"), "100000000000000000000");
  EXPECT_EQ(json(oid::kFloat8, "Infinity"), "\"Infinity\"");
  EXPECT_EQ(json(oid::kNumeric, "1.50"), "1.50");
  EXPECT_EQ(json(oid::kNumeric, "NaN"), "\"NaN\"");
  EXPECT_EQ(json(oid::kText, "a\"b\n"), "\"a\\\"b\\n\"");
  EXPECT_EQ(json(oid::kTimestamptz, "2024-01-15 10:20:30+02"), "\"2024-01-15T13:50:30+05:30\"");
  EXPECT_EQ(json(oid::kTimestamp, "2024-01-15 10:20:30.5"), "\"2024-01-15T10:20:30.5\"");
  EXPECT_EQ(json(oid::kDate, "2024-01-15"), "\"2024-01-15\"");
  EXPECT_EQ(json(oid::kJsonb, "{\"b\":1, \"a\":2}"), "{\"a\": 2, \"b\": 1}");
  EXPECT_EQ(json(oid::kInt4Array, "{1,NULL}"), "[1, null]");
  EXPECT_EQ(json(oid::kUuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"");
}

}  // namespace
}  // namespace allod
