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
