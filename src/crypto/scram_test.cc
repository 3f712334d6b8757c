#include "crypto/scram.h"

#include <gtest/gtest.h>

namespace allod::crypto {
namespace {

// RFC 7677, section 3: user "user", password "pencil".
constexpr char kClientFirst[] = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr char kServerNonce[] = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr char kServerFirst[] = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr char kClientFinal[] =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr char kServerFinal[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
// The keys that PostgreSQL derives from the same password, salt and iterations.
constexpr char kVerifier[] =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

ScramServer Server(bool genuine = true) {
  auto verifier = ParseScramVerifier(kVerifier);
  EXPECT_TRUE(verifier.ok());
  return ScramServer(*verifier, genuine);
}

TEST(Scram, RunsTheExchangeOfTheRfc) {
  ScramServer server = Server();
  auto first = server.First(kClientFirst, kServerNonce);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*first, kServerFirst);
  auto final = server.Final(kClientFinal);
  ASSERT_TRUE(final.ok()) << final.status().error().message;
  EXPECT_EQ(*final, kServerFinal);
}

TEST(Scram, RefusesAWrongProof) {
  ScramServer server = Server();
  ASSERT_TRUE(server.First(kClientFirst, kServerNonce).ok());
  std::string wrong = kClientFinal;
  wrong[wrong.size() - 3] ^= 1;
  auto final = server.Final(wrong);
  ASSERT_FALSE(final.ok());
  EXPECT_EQ(final.status().error().sqlstate, sqlstate::kInvalidPassword);
}

TEST(Scram, AMockNeverSucceeds) {
  ScramServer server = Server(false);
  ASSERT_TRUE(server.First(kClientFirst, kServerNonce).ok());
  EXPECT_FALSE(server.Final(kClientFinal).ok());
  EXPECT_EQ(MockScramVerifier("ada", "s").salt, MockScramVerifier("ada", "s").salt);
  EXPECT_NE(MockScramVerifier("ada", "s").salt, MockScramVerifier("bob", "s").salt);
  EXPECT_NE(MockScramVerifier("ada", "s").salt, MockScramVerifier("ada", "t").salt);
}

TEST(Scram, AcceptsAnEmptyUserName) {
  ScramServer server = Server();
  EXPECT_TRUE(server.First("n,,n=,r=abc").ok());
  EXPECT_TRUE(server.First("y,,n=,r=abc").ok());
}

constexpr char kPlus[] = "p=tls-server-end-point,,";

TEST(Scram, BindsTheChannel) {
  const std::string end_point = "hash of a certificate";
  struct {
    const char* what;
    bool offered, selected;
    std::string header, bound;
    std::string_view code;  // "" : only the proof is wrong
  } cases[] = {
      {"bound", true, true, kPlus, kPlus + end_point, sqlstate::kInvalidPassword},
      {"bound to another channel", true, true, kPlus, kPlus + std::string("hash of another"), sqlstate::kInvalidAuthorization},
      {"bound to nothing", true, true, kPlus, kPlus, sqlstate::kInvalidAuthorization},
      {"the header taken back", true, true, kPlus, "n,,", sqlstate::kInvalidAuthorization},
      {"offered, and the client cannot", true, false, "n,,", "n,,", sqlstate::kInvalidPassword},
      {"offered, and hidden from the client", true, false, "y,,", "", sqlstate::kInvalidAuthorization},
      {"not offered, and the client could", false, false, "y,,", "y,,", sqlstate::kInvalidPassword},
      {"not offered, but bound", false, false, kPlus, "", sqlstate::kProtocolViolation},
      {"selected, but not bound", true, true, "n,,", "", sqlstate::kProtocolViolation},
      {"selected, but the client thinks otherwise", true, true, "y,,", "", sqlstate::kProtocolViolation},
      {"another kind of binding", true, true, "p=tls-unique,,", "", sqlstate::kProtocolViolation},
      {"a longer name", true, true, "p=tls-server-end-pointless,,", "", sqlstate::kProtocolViolation},
  };
  for (const auto& c : cases) {
    ScramServer server(*ParseScramVerifier(kVerifier), true, {c.offered ? end_point : "", c.selected});
    auto first = server.First(c.header + "n=,r=abc", "def");
    if (!first.ok()) {
      EXPECT_EQ(first.status().error().sqlstate, c.code) << c.what;
      continue;
    }
    auto final = server.Final("c=" + Base64(c.bound) + ",r=abcdef,p=" + Base64(std::string(32, 'x')));
    ASSERT_FALSE(final.ok()) << c.what;
    EXPECT_EQ(final.status().error().sqlstate, c.code) << c.what;
  }
}

TEST(Scram, RefusesMalformedMessages) {
  for (const char* message : {"", "n", "n,", "n,,", "x,,n=,r=a", "p=tls-unique,,n=,r=a", "n,a=x,n=,r=a", "n,,m=x,n=,r=a", "n,,n=",
                              "n,,r=a", "n,,n=,r=", "n,,n=,r=\x01", "n,,,"}) {
    ScramServer server = Server();
    EXPECT_FALSE(server.First(message).ok()) << message;
  }
  for (const char* message :
       {"", "c=biws", "c=biws,r=x", "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=", "c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=AAAA",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=AA A"}) {
    ScramServer server = Server();
    ASSERT_TRUE(server.First(kClientFirst, kServerNonce).ok());
    EXPECT_FALSE(server.Final(message).ok()) << message;
  }
}

TEST(Scram, MakesVerifiersThatParse) {
  std::string text = MakeScramVerifier("pencil");
  auto verifier = ParseScramVerifier(text);
  ASSERT_TRUE(verifier.ok());
  EXPECT_EQ(FormatScramVerifier(*verifier), text);
  EXPECT_NE(MakeScramVerifier("pencil"), text);  // a salt of its own
}

TEST(Scram, RefusesWhatIsNoVerifier) {
  for (const char* text : {"", "md5abc", "SCRAM-SHA-256", "SCRAM-SHA-256$", "SCRAM-SHA-256$x:AAAA$AAAA:AAAA", "SCRAM-SHA-256$4096:$A:B",
                           "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                           "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                           "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm:wfPLwcE6"}) {
    EXPECT_FALSE(ParseScramVerifier(text).ok()) << text;
  }
}

TEST(Base64Test, RoundTrips) {
  for (size_t n = 0; n < 20; ++n) {
    std::string bytes = RandomBytes(n), back;
    ASSERT_TRUE(FromBase64(Base64(bytes), &back));
    EXPECT_EQ(back, bytes);
  }
  std::string out;
  EXPECT_FALSE(FromBase64("A", &out));
  EXPECT_FALSE(FromBase64("A===", &out));
  EXPECT_FALSE(FromBase64("AA\nA", &out));
}

}  // namespace
}  // namespace allod::crypto
