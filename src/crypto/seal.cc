#include "crypto/seal.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace allod::crypto {

static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

// The library chooses the fastest code for the processor. No harm if it was initialised before.
void Initialise() {
  static const int done = sodium_init();
  static_cast<void>(done);
}

// Random bytes, asked of the system for many nonces at a time. What was given out is wiped.
void FillNonce(unsigned char* nonce) {
  thread_local std::array<unsigned char, 64 * kNonceBytes> pool;
  thread_local size_t used = pool.size();
  if (used == pool.size()) {
    randombytes_buf(pool.data(), pool.size());
    used = 0;
  }
  std::memcpy(nonce, pool.data() + used, kNonceBytes);
  sodium_memzero(pool.data() + used, kNonceBytes);
  used += kNonceBytes;
}

}  // namespace

Key::~Key() { Wipe(); }

void Key::Wipe() { sodium_memzero(bytes_.data(), bytes_.size()); }

Key Key::Random() {
  Initialise();
  Key key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

Key Key::From(std::string_view bytes) {
  Key key;
  std::memcpy(key.bytes_.data(), bytes.data(), std::min(bytes.size(), key.bytes_.size()));
  return key;
}

bool Key::IsZero() const { return sodium_is_zero(bytes_.data(), bytes_.size()) == 1; }

KeyBlock::KeyBlock(size_t count) : count_(count) {
  Initialise();
  void* memory = sodium_allocarray(count, sizeof(Key));
  guarded_ = memory != nullptr;
  if (!guarded_) memory = ::operator new(count * sizeof(Key));
  keys_ = static_cast<Key*>(memory);
  for (size_t i = 0; i < count; ++i) new (keys_ + i) Key();
}

KeyBlock::~KeyBlock() {
  for (size_t i = 0; i < count_; ++i) keys_[i].~Key();  // wipes
  if (guarded_) sodium_free(keys_);
  else ::operator delete(keys_);
}

std::string Seal(const Key& key, std::string_view associated, std::string_view plain) {
  Initialise();
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  FillNonce(Bytes(&sealed));
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(&sealed) + kNonceBytes, nullptr, Bytes(plain), plain.size(), Bytes(associated),
                                             associated.size(), nullptr, Bytes(&sealed), Bytes(key.bytes()));
  return sealed;
}

std::optional<std::string> Open(const Key& key, std::string_view associated, std::string_view sealed) {
  Initialise();
  if (sealed.size() < kSealBytes) return std::nullopt;
  std::string plain(sealed.size() - kSealBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(&plain), nullptr, nullptr, Bytes(sealed) + kNonceBytes,
                                                 sealed.size() - kNonceBytes, Bytes(associated), associated.size(), Bytes(sealed),
                                                 Bytes(key.bytes())) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::string Commitment(const Key& key) {
  constexpr std::string_view kLabel = "allod key commitment 1";
  std::string hash(kHashBytes, '\0');
  crypto_generichash(Bytes(&hash), hash.size(), Bytes(kLabel), kLabel.size(), Bytes(key.bytes()), kKeyBytes);
  return hash;
}

std::string LabelledHash(std::string_view label, std::string_view bytes) {
  std::string hash(kHashBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, hash.size());
  const auto length = static_cast<unsigned char>(label.size());
  crypto_generichash_update(&state, &length, 1);
  crypto_generichash_update(&state, Bytes(label), label.size());
  crypto_generichash_update(&state, Bytes(bytes), bytes.size());
  crypto_generichash_final(&state, Bytes(&hash), hash.size());
  return hash;
}

void Wipe(std::string* bytes) {
  sodium_memzero(bytes->data(), bytes->size());
  bytes->clear();
}

}  // namespace allod::crypto
