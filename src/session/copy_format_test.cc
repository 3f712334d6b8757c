#include "session/copy_format.h"

#include <random>

#include <gtest/gtest.h>

#include "base/format.h"
#include "session/copy_fuzz.h"

namespace allod::session {
namespace {

CopyOptions Text() { return {}; }

CopyOptions Csv() {
  CopyOptions options;
  options.format = CopyOptions::Format::kCsv;
  options.delimiter = ',';
  options.null = "";
  return options;
}

CopyOptions Binary() {
  CopyOptions options;
  options.format = CopyOptions::Format::kBinary;
  return options;
}

std::string Read(const CopyOptions& options, std::string_view bytes) {
  std::string whole = ReadAllCopied(options, bytes, bytes.size() + 1);
  for (size_t piece : {1, 2, 5}) EXPECT_EQ(ReadAllCopied(options, bytes, piece), whole) << piece;
  return whole;
}

TEST(CopyReaderTest, Text) {
  EXPECT_EQ(Read(Text(), "1\tx\n2\t\\N\n"), "[1][x]\n[2]NULL\n.");
  EXPECT_EQ(Read(Text(), "1\ta\\tb\\\\c\\x41\\101\\\nd\n"), "[1][a\tb\\cAA\nd]\n.");
  EXPECT_EQ(Read(Text(), "1\tx\r\n2\ty\r\n"), "[1][x]\n[2][y]\n.");
  EXPECT_EQ(Read(Text(), "1\tx\r2\ty"), "[1][x]\n[2][y]\n.");
  EXPECT_EQ(Read(Text(), "1\tx\n\\.\nwhat follows is not looked at"), "[1][x]\n.");
  EXPECT_EQ(Read(Text(), ""), ".");
  EXPECT_EQ(Read(Text(), "1\n"), "! missing data for column \"b\" COPY t, line 1: \"1\"");
  EXPECT_EQ(Read(Text(), "1\tx\n1\tx\ty\n"), "[1][x]\n! extra data after last expected column COPY t, line 2: \"1\tx\ty\"");
  EXPECT_EQ(Read(Text(), "1\tx\n2\ty\r\n"), "[1][x]\n! literal carriage return found in data COPY t, line 2");
  EXPECT_EQ(Read(Text(), "1\tx\r2\ty\n"), "[1][x]\n! literal newline found in data COPY t, line 2");
  EXPECT_EQ(Read(Text(), "1\t\\.x\n"), "! end-of-copy marker corrupt COPY t, line 1");
  EXPECT_EQ(Read(Text(), "1\t\xff\n"), "! invalid byte sequence for encoding \"UTF8\": 0xff COPY t, line 1");
}

TEST(CopyReaderTest, Csv) {
  EXPECT_EQ(Read(Csv(), "1,\"a \"\"b\"\", c\"\n2,\n3,\"\"\n"), "[1][a \"b\", c]\n[2]NULL\n[3][]\n.");
  EXPECT_EQ(Read(Csv(), "1,\"two\nlines\"\n2,x\n"), "[1][two\nlines]\n[2][x]\n.");
  EXPECT_EQ(Read(Csv(), "1,a\"b,\"c\n"), "[1][ab,c]\n.");
  EXPECT_EQ(Read(Csv(), "1,x\n\\.\n2,y\n"), "[1][x]\n.");
  EXPECT_EQ(Read(Csv(), "1,\\.\n"), "[1][\\.]\n.");
  EXPECT_EQ(Read(Csv(), "1,x\n2,\"y\nz\n"), "[1][x]\n! unterminated CSV quoted field COPY t, line 4: \"2,\"y\nz\n\"");
  CopyOptions escaped = Csv();
  escaped.escape = '\\';
  EXPECT_EQ(Read(escaped, "1,\"a\\\"b\\\\c\"\n"), "[1][a\"b\\c]\n.");
}

TEST(CopyReaderTest, Header) {
  CopyOptions options = Csv();
  options.header = CopyOptions::Header::kLine;
  EXPECT_EQ(Read(options, "what,ever,this is\n1,x\n"), "[1][x]\n.");
  options.header = CopyOptions::Header::kMatch;
  EXPECT_EQ(Read(options, "a,b\n1,x\n"), "[1][x]\n.");
  EXPECT_EQ(Read(options, "a,c\n"), "! column name mismatch in header line field 2: got \"c\", expected \"b\" COPY t, line 1: \"a,c\"");
}

TEST(CopyReaderTest, Binary) {
  CopyWriter writer(Binary(), {{"a", Type{oid::kInt4}}, {"b", Type{oid::kText}}});
  FormatContext format;
  std::string bytes;
  writer.Begin(&bytes);
  const Datum first[] = {Datum::Integer(7), Datum::Text("x")};
  const Datum second[] = {Datum::Null(), Datum::Text("")};
  writer.AppendRow(first, format, &bytes);
  writer.AppendRow(second, format, &bytes);
  std::string untrailed = bytes;
  writer.End(&bytes);
  EXPECT_EQ(Read(Binary(), bytes), std::string("[\0\0\0\7][x]\nNULL[]\n.", 18));
  EXPECT_EQ(Read(Binary(), untrailed), std::string("[\0\0\0\7][x]\nNULL[]\n.", 18));
  EXPECT_EQ(Read(Binary(), "PGCOPY\n"), "! COPY file signature not recognized ");
  EXPECT_EQ(Read(Binary(), "1\tx\n2\ty\n..."), "! COPY file signature not recognized ");
  for (size_t cut = 20; cut < untrailed.size(); ++cut) {
    EXPECT_NE(Read(Binary(), std::string_view(untrailed).substr(0, cut)).find_first_of("!."), std::string::npos);
  }
}

TEST(CopyWriterTest, WhatItWritesIsReadBack) {
  FormatContext format;
  std::mt19937 random(7);
  const std::string_view alphabet[] = {"a", ",", "\"", "\\", "\n", "\r", "\t", "N", ".", "'", "ü", "\b", "\v"};
  for (int round = 0; round < 2000; ++round) {
    CopyOptions options = round % 3 == 0 ? Text() : round % 3 == 1 ? Csv() : Binary();
    if (options.csv() && round % 2 == 0) options.escape = '\\';
    CopyWriter writer(options, {{"a", Type{oid::kInt4}}, {"b", Type{oid::kText}}});
    std::string bytes, expected;
    writer.Begin(&bytes);
    for (int row = 0; row < 3; ++row) {
      std::string text;
      for (unsigned i = random() % 6; i > 0; --i) text += alphabet[random() % std::size(alphabet)];
      const Datum values[] = {Datum::Integer(5), random() % 5 == 0 ? Datum::Null() : Datum::Text(text)};
      writer.AppendRow(values, format, &bytes);
      expected += (options.binary() ? std::string("[\0\0\0\5]", 6) : std::string("[5]")) + (values[1].is_null() ? "NULL" : "[" + text + "]") + "\n";
    }
    writer.End(&bytes);
    ASSERT_EQ(Read(options, bytes), expected + ".") << bytes;
  }
}

TEST(CopyFuzzTest, PiecesMakeNoDifference) {
  std::mt19937 random(11);
  const std::string_view pieces[] = {"1", "\t", ",", "\"", "\\", "\\.", "\n", "\r", "\r\n", "\\N", "x", "\xff", std::string_view("\0", 1), "\xc3\xbc",
                                     std::string_view("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19), std::string_view("\0\2\0\0\0\1", 6)};
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (unsigned i = random() % 12; i > 0; --i) bytes += pieces[random() % std::size(pieces)];
    FuzzCopy(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }
}

}  // namespace
}  // namespace allod::session
