// Sealing: authenticated encryption under a random key (XChaCha20-Poly1305), and what goes with it. Nonces are random, 24
// bytes: no two messages under one key will have the same. The associated data says what is sealed and where it belongs, so
// that it opens nowhere else; each use has a label of its own in it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace allod::crypto {

inline constexpr size_t kKeyBytes = 32, kNonceBytes = 24, kTagBytes = 16, kHashBytes = 32;
// By how much what is sealed is longer.
inline constexpr size_t kSealBytes = kNonceBytes + kTagBytes;

// A key; wiped when it goes.
class Key {
 public:
  Key() = default;  // all zeros: not a key
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();
  static Key Random();
  // REQUIRES: kKeyBytes of them.
  static Key From(std::string_view bytes);
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  bool IsZero() const;
  void Wipe();

 private:
  std::array<unsigned char, kKeyBytes> bytes_{};
};

// Keys in memory that is not swapped or dumped, where the system lets us, and wiped when it goes.
class KeyBlock {
 public:
  explicit KeyBlock(size_t count);
  ~KeyBlock();
  KeyBlock(const KeyBlock&) = delete;
  KeyBlock& operator=(const KeyBlock&) = delete;
  Key& operator[](size_t index) { return keys_[index]; }
  const Key& operator[](size_t index) const { return keys_[index]; }
  size_t size() const { return count_; }

 private:
  const size_t count_;
  bool guarded_ = false;
  Key* keys_ = nullptr;
};

// Nonce, what is sealed, tag.
std::string Seal(const Key& key, std::string_view associated, std::string_view plain);
// Nothing if it is not what was sealed under this key with these associated data.
std::optional<std::string> Open(const Key& key, std::string_view associated, std::string_view sealed);
// Says which key it is, and nothing else about it (BLAKE2b-256 under the key).
std::string Commitment(const Key& key);

// BLAKE2b-256 of a label, its length first, and the bytes.
std::string LabelledHash(std::string_view label, std::string_view bytes);

void Wipe(std::string* bytes);

}  // namespace allod::crypto
