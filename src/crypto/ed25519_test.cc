#include "crypto/ed25519.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/sha256.h"

namespace allod::crypto {
namespace {

std::string FromHex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

// RFC 8032, 7.1, TEST 2.
TEST(Ed25519, TheKnownAnswer) {
  const SigningKey key(Key::From(FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
  EXPECT_EQ(ToHex(key.public_key()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(ToHex(key.Sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519, AcceptsWhatWasSignedAndNothingElse) {
  const SigningKey key = SigningKey::Random();
  const std::string signature = key.Sign("a message");
  EXPECT_TRUE(VerifySignature(key.public_key(), "a message", signature));
  EXPECT_FALSE(VerifySignature(key.public_key(), "a messagf", signature));
  EXPECT_FALSE(VerifySignature(SigningKey::Random().public_key(), "a message", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string bent = signature;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(VerifySignature(key.public_key(), "a message", bent)) << i;
    EXPECT_FALSE(VerifySignature(key.public_key(), "a message", signature.substr(0, i))) << i;
  }
  // A key of small order verifies signatures that nobody made.
  EXPECT_FALSE(VerifySignature(std::string(1, '\1') + std::string(31, '\0'), "", std::string(1, '\1') + std::string(63, '\0')));
}

TEST(Sha256, IsThatOfThePiecesTogether) {
  EXPECT_EQ(AsBytes(Sha256({"a", "", "bc"})), Hash(Digest::kSha256, "abc"));
  EXPECT_EQ(AsBytes(Sha256({})), Hash(Digest::kSha256, ""));
}

}  // namespace
}  // namespace allod::crypto
