// Ed25519 signatures (RFC 8032). They are deterministic: there is no nonce to get wrong. What is signed must say for itself
// what it is: each use has messages that begin in a way of their own (docs/formats/ledger.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/seal.h"

namespace allod::crypto {

inline constexpr size_t kPublicKeyBytes = 32, kSignatureBytes = 64;

// Private key and public key; wiped when it goes.
class SigningKey {
 public:
  // `seed`: RFC 8032's private key.
  explicit SigningKey(Key seed);
  static SigningKey Random() { return SigningKey(Key::Random()); }

  const Key& seed() const { return seed_; }
  const std::string& public_key() const { return public_key_; }
  std::string Sign(std::string_view message) const;

 private:
  Key seed_;
  std::string public_key_;
};

// Also false for keys and signatures of another size, and for keys of small order.
bool VerifySignature(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace allod::crypto
