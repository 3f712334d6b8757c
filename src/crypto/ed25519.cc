#include "crypto/ed25519.h"

#include <sodium.h>

namespace allod::crypto {

static_assert(kPublicKeyBytes == crypto_sign_ed25519_PUBLICKEYBYTES);
static_assert(kSignatureBytes == crypto_sign_ed25519_BYTES);
static_assert(kKeyBytes == crypto_sign_ed25519_SEEDBYTES);

namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

// The library's form of a private key: seed and public key.
class Secret {
 public:
  Secret(const Key& seed, std::string* public_key) {
    crypto_sign_ed25519_seed_keypair(Bytes(public_key), bytes_, Bytes(seed.bytes()));
  }
  ~Secret() { sodium_memzero(bytes_, sizeof(bytes_)); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  const unsigned char* bytes() const { return bytes_; }

 private:
  unsigned char bytes_[crypto_sign_ed25519_SECRETKEYBYTES];
};

}  // namespace

SigningKey::SigningKey(Key seed) : seed_(seed), public_key_(kPublicKeyBytes, '\0') { Secret secret(seed_, &public_key_); }

std::string SigningKey::Sign(std::string_view message) const {
  std::string public_key(kPublicKeyBytes, '\0'), signature(kSignatureBytes, '\0');
  const Secret secret(seed_, &public_key);
  crypto_sign_ed25519_detached(Bytes(&signature), nullptr, Bytes(message), message.size(), secret.bytes());
  return signature;
}

bool VerifySignature(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kPublicKeyBytes || signature.size() != kSignatureBytes) return false;
  return crypto_sign_ed25519_verify_detached(Bytes(signature), Bytes(message), message.size(), Bytes(public_key)) == 0;
}

}  // namespace allod::crypto
