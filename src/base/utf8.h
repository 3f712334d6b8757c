// UTF-8: validation, counting, slicing, case. Positions are characters (code points), as SQL counts them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod {

// The offset of the first invalid byte (overlong, surrogate, beyond U+10FFFF, NUL), or npos.
size_t FindInvalidUtf8(std::string_view text);
inline bool IsValidUtf8(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }
// 22021 with PostgreSQL's sentence: invalid byte sequence for encoding "UTF8": 0xff.
Status CheckUtf8(std::string_view text);

// The rest REQUIRES valid UTF-8 for right answers; on anything else memory stays safe.
size_t Utf8Length(std::string_view text);
// The byte offset of a character; text.size() if there are fewer.
size_t Utf8Offset(std::string_view text, size_t characters);
// As substring(): `start` is 0-based here, counts are clipped to the text.
std::string_view Utf8Substring(std::string_view text, size_t start, size_t count);
// The byte length of the character that begins at text[0]; 0 if text is empty.
size_t Utf8CharLength(std::string_view text);
uint32_t Utf8Decode(std::string_view text, size_t* length);  // the first character
void AppendUtf8(uint32_t code_point, std::string* out);

std::string Utf8Upper(std::string_view text);
std::string Utf8Lower(std::string_view text);
std::string Utf8InitCap(std::string_view text);
bool IsAlnum(uint32_t code_point);

}  // namespace allod
