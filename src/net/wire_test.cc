#include "net/wire.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "net/error.h"
#include "net/test_client.h"
#include "net/wire_fuzz.h"

namespace allod::net {
namespace {

using namespace testing;
using State = FrameResult::State;

TEST(Frames, AreFoundOnlyWhenWhole) {
  std::string bytes = Query("SELECT 1") + Sync();
  for (size_t size = 0; size < Query("SELECT 1").size(); ++size) {
    FrameResult result = NextFrame(std::string_view(bytes).substr(0, size), Phase::kReady);
    EXPECT_EQ(result.state, State::kIncomplete);
    EXPECT_EQ(result.needed, size < 5 ? 0 : Query("SELECT 1").size());
  }
  FrameResult result = NextFrame(bytes, Phase::kReady);
  ASSERT_EQ(result.state, State::kComplete);
  EXPECT_EQ(result.frame.type, 'Q');
  EXPECT_EQ(result.frame.body, std::string_view("SELECT 1\0", 9));
  result = NextFrame(std::string_view(bytes).substr(result.consumed), Phase::kReady);
  ASSERT_EQ(result.state, State::kComplete);
  EXPECT_EQ(result.frame.type, 'S');
  EXPECT_EQ(result.consumed, 5u);
}

TEST(Frames, LimitsDependOnThePhaseAndTheType) {
  auto state = [](const std::string& bytes, Phase phase) { return NextFrame(bytes, phase).state; };
  EXPECT_EQ(state("Q" + Int32(kMaxMessageBytes), Phase::kReady), State::kIncomplete);
  EXPECT_EQ(state("Q" + Int32(kMaxMessageBytes + 1), Phase::kReady), State::kInvalid);
  EXPECT_EQ(state("S" + Int32(kMaxSmallMessageBytes + 1), Phase::kReady), State::kInvalid);
  EXPECT_EQ(state("Q" + Int32(3), Phase::kReady), State::kInvalid);
  EXPECT_EQ(state("!" + Int32(4), Phase::kReady), State::kInvalid);
  EXPECT_EQ(state("Q" + Int32(10), Phase::kAuthentication), State::kInvalid);
  EXPECT_EQ(state("p" + Int32(10), Phase::kAuthentication), State::kIncomplete);
  EXPECT_EQ(state("p" + Int32(kMaxSmallMessageBytes + 1), Phase::kAuthentication), State::kInvalid);
  EXPECT_EQ(state(Int32(7), Phase::kStartup), State::kInvalid);
  EXPECT_EQ(state(Int32(8), Phase::kStartup), State::kIncomplete);
  EXPECT_EQ(state(Int32(kMaxSmallMessageBytes + 1), Phase::kStartup), State::kInvalid);
}

TEST(Messages, BindReadsEveryForm) {
  BindMessage bind;
  std::string body = Text("p") + Text("s") + Int16(2) + Int16(0) + Int16(1) + Int16(2) + Int32(-1) + Int32(3) + "abc" + Int16(1) + Int16(1);
  ASSERT_TRUE(ReadBind(body, &bind).ok());
  EXPECT_EQ(bind.portal, "p");
  EXPECT_EQ(bind.statement, "s");
  EXPECT_EQ(bind.parameters.size(), 2u);
  EXPECT_FALSE(bind.parameters[0].has_value());
  EXPECT_EQ(bind.parameters[1], "abc");
  EXPECT_EQ(FormatOf(bind.parameter_formats, 1), 1);
  EXPECT_EQ(FormatOf(bind.result_formats, 7), 1);
  EXPECT_EQ(FormatOf({}, 7), 0);

  // Counts are unsigned: 65,535 parameters are as good as one.
  body = Text("") + Text("") + Int16(0) + Int16(65535);
  for (int i = 0; i < 65535; ++i) body += Int32(-1);
  ASSERT_TRUE(ReadBind(body + Int16(0), &bind).ok());
  EXPECT_EQ(bind.parameters.size(), 65535u);
}

TEST(Messages, RefuseWhatDoesNotAddUp) {
  BindMessage bind;
  ParseMessage parse;
  ExecuteMessage execute;
  NamedMessage named;
  std::string_view text;
  EXPECT_FALSE(ReadBind(Text("") + Text("") + Int16(0) + Int16(1) + Int32(5) + "abc" + Int16(0), &bind).ok());
  EXPECT_FALSE(ReadBind(Text("") + Text("") + Int16(0) + Int16(1) + Int32(-2) + Int16(0), &bind).ok());
  EXPECT_FALSE(ReadBind(Text("") + Text("") + Int16(0) + Int16(65535) + Int32(0), &bind).ok());
  EXPECT_FALSE(ReadBind(Text("") + Text("") + Int16(0) + Int16(0) + Int16(0) + "x", &bind).ok());
  EXPECT_FALSE(ReadBind(Text("") + Text("") + Int16(2) + Int16(0) + Int16(0) + Int16(0) + Int16(0), &bind).ok());
  EXPECT_FALSE(ReadBind("abc", &bind).ok());
  EXPECT_FALSE(ReadParse(Text("") + Text("") + Int16(2) + Int32(1), &parse).ok());
  EXPECT_FALSE(ReadParse(Text(""), &parse).ok());
  EXPECT_FALSE(ReadExecute(Text(""), &execute).ok());
  EXPECT_FALSE(ReadNamed("X" + Text(""), &named).ok());
  EXPECT_FALSE(ReadNamed("", &named).ok());
  EXPECT_FALSE(ReadQuery("no end", &text).ok());
  EXPECT_FALSE(ReadQuery(Text("a") + Text("b"), &text).ok());
}

TEST(Messages, ExecuteTakesNegativeLimitsAsNone) {
  ExecuteMessage execute;
  ASSERT_TRUE(ReadExecute(Text("") + Int32(-1), &execute).ok());
  EXPECT_EQ(execute.max_rows, 0);
}

TEST(StartupOptions, AreSplitLikePostgres) {
  auto settings = ParseOptions("-c a=1  -cb=2 --c-d=x\\ y\\\\ ");
  ASSERT_TRUE(settings.ok());
  std::vector<std::pair<std::string, std::string>> expected{{"a", "1"}, {"b", "2"}, {"c_d", "x y\\"}};
  EXPECT_EQ(*settings, expected);
  EXPECT_TRUE(ParseOptions("").ok());
  for (const char* bad : {"-c", "-c a", "-x", "word", "-c =1"}) EXPECT_FALSE(ParseOptions(bad).ok()) << bad;
}

TEST(Errors, CarryAllFields) {
  Error error{"23505", "message", "detail", "hint", 7, "public", "t", "c", "int4", "t_pkey"};
  std::string out;
  AppendError(&out, error, Severity::kFatal);
  Received message{out[0], out.substr(5)};
  EXPECT_EQ(message.type, 'E');
  for (auto [letter, text] : std::vector<std::pair<char, std::string>>{{'S', "FATAL"}, {'V', "FATAL"}, {'C', "23505"}, {'M', "message"},
                                                                       {'D', "detail"}, {'H', "hint"}, {'P', "7"}, {'s', "public"},
                                                                       {'t', "t"}, {'c', "c"}, {'d', "int4"}, {'n', "t_pkey"}}) {
    EXPECT_EQ(message.Field(letter), text) << letter;
  }
  EXPECT_EQ(out.substr(out.size() - 2), std::string("\0\0", 2));
  out.clear();
  AppendNotice(&out, {"25P01", "there is no transaction in progress"});
  EXPECT_NE(out.find("SWARNING"), std::string::npos);
  out.clear();
  AppendNotice(&out, {"42P07", "relation exists, skipping"});
  EXPECT_NE(out.find("SNOTICE"), std::string::npos);
}

// The fuzz target on mutations of good messages, a fixed number of them from a fixed seed. ALLOD_FUZZ_SECONDS goes on for so
// long instead, ALLOD_FUZZ_SEED begins elsewhere.
TEST(Fuzz, MutatedMessagesDoNoHarm) {
  const std::vector<std::string> seeds = {
      Startup(), Startup({"user", "u", "options", "-c a=b"}), StartupBody(Int32(80877103)), StartupBody(Int32(80877102) + Int32(1) + Int32(2)),
      Query("SELECT 1"), Parse("s", "SELECT $1"), Bind("p", "s", {"a", "bc"}, {0, 1}), Describe('S', "s"), Execute("p", 5),
      Close('P', "p"), Sync(), Message('H', ""), Message('X', ""), Message('p', Text("SCRAM-SHA-256") + Int32(3) + "abc"),
      Parse("s", "SELECT $1") + Bind("p", "s", {"a"}) + Execute("p") + Sync()};
  const char* seed = std::getenv("ALLOD_FUZZ_SEED");
  const char* seconds = std::getenv("ALLOD_FUZZ_SECONDS");
  std::mt19937 random(seed != nullptr ? static_cast<uint32_t>(std::atoll(seed)) : 20'000'101);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoll(seconds) : 0);
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  for (int64_t i = 0; i < 20'000 || std::chrono::steady_clock::now() < end; ++i) {
    std::string bytes = seeds[below(seeds.size())];
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      size_t at = bytes.empty() ? 0 : below(bytes.size());
      switch (below(6)) {
        case 0: if (!bytes.empty()) bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.resize(at); break;
        case 2: bytes.insert(at, 1 + below(8), static_cast<char>(random())); break;
        case 3: bytes.erase(at, 1 + below(8)); break;
        case 4: bytes.insert(at, seeds[below(seeds.size())]); break;
        default: if (!bytes.empty()) bytes[at] = static_cast<char>(below(2) != 0 ? 0xff : 0x00); break;
      }
    }
    // In memory of exactly its size, so that a sanitizer sees a read beyond it.
    std::vector<char> exact(bytes.begin(), bytes.end());
    FuzzWire(reinterpret_cast<const uint8_t*>(exact.data()), exact.size());
  }
}

}  // namespace
}  // namespace allod::net
