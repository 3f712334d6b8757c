// LIKE, byte by byte: % any characters, _ one character, \ before a character that stands for itself.
#pragma once

#include <string_view>

#include "base/status.h"

namespace allod::engine::sqlite {

enum class LikeUnit {
  kCharacters,
  kBytes,       // bytea has no characters: _ is a byte
  kAsciiFold,   // letters match in either case. REQUIRES: both are ASCII
};

// 22025 if the pattern ends with the escape character.
Result<bool> Like(std::string_view text, std::string_view pattern, LikeUnit unit);

}  // namespace allod::engine::sqlite
