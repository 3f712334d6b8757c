// Names for things that must not say what they are: a keyed hash (BLAKE2b, 16 bytes). Whoever has the key can test a guess,
// nobody else can do anything with it.
#pragma once

#include <string>
#include <string_view>

namespace allod::crypto {

inline constexpr size_t kPseudonymKeyBytes = 32, kPseudonymBytes = 16;

// REQUIRES: a key of kPseudonymKeyBytes. The same key and bytes give the same name.
std::string Pseudonym(std::string_view key, std::string_view bytes);
}  // namespace allod::crypto
