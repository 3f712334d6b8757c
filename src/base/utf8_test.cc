#include "base/utf8.h"

#include <gtest/gtest.h>

namespace allod {
namespace {

TEST(Utf8Test, Validation) {
  for (std::string_view good :
       {"", "abc", "äöü", "€", "😀", "\xf4\x8f\xbf\xbf", "plain ascii that is longer than a word"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
  struct Bad {
    std::string_view text;
    size_t at;
  };
  const Bad bad[] = {{"\x80", 0},
                     {"ab\xc3", 2},
                     {"\xc0\x80", 0},
                     {"\xe0\x80\x80", 0},
                     {"\xed\xa0\x80", 0},
                     {"\xf0\x80\x80\x80", 0},
                     {"\xf4\x90\x80\x80", 0},
                     {"\xf8\x88\x80\x80\x80", 0},
                     {std::string_view("0123456789\0", 11), 10},
                     {"12345678\xff", 8},
                     {"a\xe2\x82", 1}};
  for (const Bad& b : bad) EXPECT_EQ(FindInvalidUtf8(b.text), b.at) << b.text;
  // Every position of a NUL or a high byte within the words that are read at once.
  for (size_t i = 0; i < 24; ++i) {
    for (char c : {'\0', '\x80', '\xff'}) {
      std::string text(24, 'x');
      text[i] = c;
      EXPECT_EQ(FindInvalidUtf8(text), i);
    }
  }
  EXPECT_EQ(CheckUtf8("a\xe2\x28z").error().message, "invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0x7a");
}

TEST(Utf8Test, CountsCharacters) {
  EXPECT_EQ(Utf8Length("aä€😀"), 4u);
  EXPECT_EQ(Utf8Offset("aä€😀", 2), 3u);
  EXPECT_EQ(Utf8Offset("aä", 9), 3u);
  EXPECT_EQ(Utf8Substring("aä€😀z", 1, 3), "ä€😀");
  EXPECT_EQ(Utf8Substring("abc", 5, 2), "");
  EXPECT_EQ(Utf8CharLength(""), 0u);
}

TEST(Utf8Test, CodePointsRoundTrip) {
  for (uint32_t c : {0x41u, 0xe4u, 0x20acu, 0x1f600u, 0x10ffffu}) {
    std::string text;
    AppendUtf8(c, &text);
    size_t length = 0;
    EXPECT_EQ(Utf8Decode(text, &length), c);
    EXPECT_EQ(length, text.size());
  }
}

TEST(Utf8Test, Case) {
  EXPECT_EQ(Utf8Upper("straße äé λ Ж"), "STRAßE ÄÉ Λ Ж");
  EXPECT_EQ(Utf8Lower("ÄÉΛЖ I"), "äéλж i");
  EXPECT_EQ(Utf8Upper("abc"), "ABC");
  EXPECT_EQ(Utf8InitCap("hi THOMAS, ärger-los 4you"), "Hi Thomas, Ärger-Los 4you");
}

TEST(Utf8Test, InvalidTextIsSafe) {
  std::string_view broken = "\xff\xe2\x82";
  EXPECT_LE(Utf8Upper(broken).size(), 16u);
  EXPECT_EQ(Utf8Substring(broken, 0, 100), broken);
}

}  // namespace
}  // namespace allod
