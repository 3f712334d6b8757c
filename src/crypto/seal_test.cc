#include "crypto/seal.h"

#include <gtest/gtest.h>

#include <set>

namespace allod::crypto {
namespace {

TEST(Seal, OpensUnderItsKeyAndItsPlaceOnly) {
  const Key key = Key::Random(), other = Key::Random();
  const std::string sealed = Seal(key, "here", "a value");
  EXPECT_EQ(sealed.size(), 7 + kSealBytes);
  EXPECT_EQ(sealed.find("value"), std::string::npos);
  EXPECT_EQ(Open(key, "here", sealed), "a value");
  EXPECT_EQ(Open(other, "here", sealed), std::nullopt);
  EXPECT_EQ(Open(key, "there", sealed), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string bent = sealed;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_EQ(Open(key, "here", bent), std::nullopt) << i;
    EXPECT_EQ(Open(key, "here", sealed.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(Open(key, "", Seal(key, "", "")), "");
}

TEST(Seal, NoNonceTwice) {
  const Key key = Key::Random();
  std::set<std::string> nonces;
  for (int i = 0; i < 10000; ++i) nonces.insert(Seal(key, "", "").substr(0, kNonceBytes));
  EXPECT_EQ(nonces.size(), 10000u);
}

TEST(Seal, ACommitmentSaysWhichKey) {
  const Key key = Key::Random();
  EXPECT_EQ(Commitment(key), Commitment(Key::From(key.bytes())));
  EXPECT_NE(Commitment(key), Commitment(Key::Random()));
  EXPECT_NE(Commitment(key), key.bytes());
}

TEST(Seal, LabelsKeepHashesApart) {
  EXPECT_NE(LabelledHash("a", "bc"), LabelledHash("ab", "c"));
  EXPECT_EQ(LabelledHash("a", "bc"), LabelledHash("a", "bc"));
}

TEST(Seal, KeysAreZeroOnceWiped) {
  Key key = Key::Random();
  EXPECT_FALSE(key.IsZero());
  key.Wipe();
  EXPECT_TRUE(key.IsZero());
  KeyBlock block(100);
  EXPECT_TRUE(block[99].IsZero());
  block[99] = Key::Random();
  EXPECT_FALSE(block[99].IsZero());
}

}  // namespace
}  // namespace allod::crypto
