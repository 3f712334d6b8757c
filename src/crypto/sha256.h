// SHA-256 of pieces put one behind the other, for whoever hashes many short things: the tree of a log.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace allod::crypto {

using Sha256Hash = std::array<unsigned char, 32>;

Sha256Hash Sha256(std::initializer_list<std::string_view> pieces);

inline std::string_view AsBytes(const Sha256Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

}  // namespace allod::crypto
