#include "base/types.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace allod {
namespace {

TEST(TypesTest, TableIsConsistent) {
  Oid previous = 0;
  for (const TypeInfo& t : AllTypes()) {
    EXPECT_GT(t.oid, previous);
    previous = t.oid;
    EXPECT_EQ(FindType(t.oid), &t);
    EXPECT_EQ(FindTypeByName(t.name), &t) << t.name;
    if (t.array != 0 && FindType(t.array) != nullptr && t.category != 'P') {
      EXPECT_EQ(FindType(t.array)->element, t.oid) << t.name;
      EXPECT_TRUE(IsArray(t.array)) << t.name;
    }
  }
  EXPECT_EQ(FindType(0), nullptr);
  EXPECT_EQ(FindType(16384), nullptr);
  EXPECT_EQ(FindType(UINT32_MAX), nullptr);
}

TEST(TypesTest, Spellings) {
  struct Spelling {
    const char* name;
    Oid oid;
  };
  constexpr Spelling kSpellings[] = {{"integer", oid::kInt4},
                                     {"int", oid::kInt4},
                                     {"INT4", oid::kInt4},
                                     {"bigint", oid::kInt8},
                                     {"smallint", oid::kInt2},
                                     {"double  precision", oid::kFloat8},
                                     {"float", oid::kFloat8},
                                     {"real", oid::kFloat4},
                                     {"decimal", oid::kNumeric},
                                     {"character varying", oid::kVarchar},
                                     {"char varying", oid::kVarchar},
                                     {"character", oid::kBpchar},
                                     {"bpchar", oid::kBpchar},
                                     {"char", oid::kChar},
                                     {"\"char\"", oid::kChar},
                                     {"boolean", oid::kBool},
                                     {"timestamp with time zone", oid::kTimestamptz},
                                     {"timestamp without time zone", oid::kTimestamp},
                                     {"timestamp", oid::kTimestamp},
                                     {"time", oid::kTime},
                                     {"time without time zone", oid::kTime},
                                     {"int4[]", oid::kInt4Array},
                                     {"integer[]", oid::kInt4Array},
                                     {"integer [ 3 ]", 0},
                                     {"integer [3]", oid::kInt4Array},
                                     {"_int4", oid::kInt4Array},
                                     {"text[][]", oid::kTextArray},
                                     {" pg_catalog.int4 ", oid::kInt4},
                                     {"void", oid::kVoid},
                                     {"record", oid::kRecord},
                                     {"unknown", oid::kUnknown},
                                     {"anyelement", oid::kAnyElement},
                                     {"nosuch", 0},
                                     {"", 0},
                                     {"[]", 0},
                                     {"]", 0}};
  for (const Spelling& s : kSpellings) {
    const TypeInfo* t = FindTypeByName(s.name);
    EXPECT_EQ(t == nullptr ? 0 : t->oid, s.oid) << s.name;
  }
}

TEST(TypesTest, Format) {
  EXPECT_EQ(FormatType(Type{oid::kVarchar, 24}), "character varying(20)");
  EXPECT_EQ(FormatType(Type{oid::kBpchar, 5}), "character(1)");
  EXPECT_EQ(FormatType(Type{oid::kNumeric, ((10 << 16) | 2) + 4}), "numeric(10,2)");
  EXPECT_EQ(FormatType(Type{oid::kNumeric, ((3 << 16) | (-2 & 0x7ff)) + 4}), "numeric(3,-2)");
  EXPECT_EQ(FormatType(Type{oid::kTimestamp, 3}), "timestamp(3) without time zone");
  EXPECT_EQ(FormatType(Type{oid::kInterval, (0x7fff << 16) | 3}), "interval(3)");
  EXPECT_EQ(FormatType(Type{oid::kInterval, (6 << 16) | 0xffff}), "interval year to month");
  EXPECT_EQ(FormatType(Type{oid::kVarcharArray, 24}), "character varying(20)[]");
  EXPECT_EQ(FormatType(Type{oid::kChar}), "\"char\"");
  EXPECT_EQ(FormatType(Type{99999}), "???");
}

TEST(TypesTest, Kinds) {
  EXPECT_TRUE(IsStringType(oid::kName));
  EXPECT_FALSE(IsStringType(oid::kJson));
  EXPECT_FALSE(IsArray(oid::kName));
  EXPECT_TRUE(IsArray(oid::kInt2Vector));
}

}  // namespace
}  // namespace allod
