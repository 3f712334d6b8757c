#include "base/utf8.h"

#include <clocale>
#include <cstring>
#include <cwctype>

namespace allod {
namespace {

bool IsContinuation(unsigned char c) { return (c & 0xc0) == 0x80; }

// The length that a first byte announces; 1 for bytes that begin nothing.
size_t AnnouncedLength(unsigned char c) {
  if (c < 0x80) return 1;
  if (c < 0xc0) return 1;
  if (c < 0xe0) return 2;
  if (c < 0xf0) return 3;
  if (c < 0xf8) return 4;
  return 1;
}

// The valid character at text[0], or 0.
size_t ValidLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char c = byte(0);
  if (c == 0) return 0;
  if (c < 0x80) return 1;
  size_t length = AnnouncedLength(c);
  if (length < 2 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  if (length == 2) return c >= 0xc2 ? 2 : 0;
  if (length == 3) {
    if (c == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (c == 0xed && byte(1) > 0x9f) return 0;  // surrogates
    return 3;
  }
  if (c == 0xf0 && byte(1) < 0x90) return 0;
  if (c > 0xf4 || (c == 0xf4 && byte(1) > 0x8f)) return 0;
  return 4;
}

// Case is that of the C.UTF-8 locale, whatever the process's locale is.
locale_t CaseLocale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

template <typename F>
std::string MapCharacters(std::string_view text, F map) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    size_t length = 0;
    uint32_t c = Utf8Decode(text.substr(i), &length);
    AppendUtf8(map(c), &out);
    i += length;
  }
  return out;
}

bool IsAscii(std::string_view text) {
  for (unsigned char c : text) {
    if (c >= 0x80) return false;
  }
  return true;
}

uint32_t ToUpper(uint32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  locale_t locale = CaseLocale();
  return locale == nullptr ? c : static_cast<uint32_t>(towupper_l(static_cast<wint_t>(c), locale));
}
uint32_t ToLower(uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  locale_t locale = CaseLocale();
  return locale == nullptr ? c : static_cast<uint32_t>(towlower_l(static_cast<wint_t>(c), locale));
}

}  // namespace

size_t FindInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    // Eight bytes of plain ASCII without NUL at once.
    if (text.size() - i >= 8) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      constexpr uint64_t kHigh = 0x8080808080808080, kOnes = 0x0101010101010101;
      if (((word | (word - kOnes)) & kHigh) == 0) {
        i += 8;
        continue;
      }
    }
    size_t length = ValidLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

Status CheckUtf8(std::string_view text) {
  size_t at = FindInvalidUtf8(text);
  if (at == std::string_view::npos) return Ok();
  constexpr char kHex[] = "0123456789abcdef";
  std::string bytes;
  size_t length = AnnouncedLength(static_cast<unsigned char>(text[at]));
  for (size_t i = at; i < text.size() && i < at + length; ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (!bytes.empty()) bytes += ' ';
    bytes += "0x";
    bytes += kHex[c >> 4];
    bytes += kHex[c & 15];
  }
  return Fail(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": " + bytes);
}

size_t Utf8Length(std::string_view text) {
  size_t n = 0;
  for (unsigned char c : text) n += IsContinuation(c) ? 0 : 1;
  return n;
}

size_t Utf8CharLength(std::string_view text) {
  if (text.empty()) return 0;
  size_t length = AnnouncedLength(static_cast<unsigned char>(text[0]));
  return length < text.size() ? length : text.size();
}

size_t Utf8Offset(std::string_view text, size_t characters) {
  size_t i = 0;
  for (; characters > 0 && i < text.size(); --characters) i += Utf8CharLength(text.substr(i));
  return i;
}

std::string_view Utf8Substring(std::string_view text, size_t start, size_t count) {
  text.remove_prefix(Utf8Offset(text, start));
  return text.substr(0, Utf8Offset(text, count));
}

uint32_t Utf8Decode(std::string_view text, size_t* length) {
  if (text.empty()) {
    *length = 0;
    return 0;
  }
  auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  *length = Utf8CharLength(text);
  switch (*length) {
    case 2:
      return ((byte(0) & 0x1f) << 6) | (byte(1) & 0x3f);
    case 3:
      return ((byte(0) & 0x0f) << 12) | ((byte(1) & 0x3f) << 6) | (byte(2) & 0x3f);
    case 4:
      return ((byte(0) & 0x07) << 18) | ((byte(1) & 0x3f) << 12) | ((byte(2) & 0x3f) << 6) | (byte(3) & 0x3f);
    default:
      return byte(0);
  }
}

void AppendUtf8(uint32_t c, std::string* out) {
  auto put = [&](uint32_t b) { out->push_back(static_cast<char>(b)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

bool IsAlnum(uint32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  locale_t locale = CaseLocale();
  return locale != nullptr && iswalnum_l(static_cast<wint_t>(c), locale) != 0;
}

std::string Utf8Upper(std::string_view text) {
  if (!IsAscii(text)) return MapCharacters(text, ToUpper);
  std::string out(text);
  for (char& c : out) c = static_cast<char>(ToUpper(static_cast<unsigned char>(c)));
  return out;
}

std::string Utf8Lower(std::string_view text) {
  if (!IsAscii(text)) return MapCharacters(text, ToLower);
  std::string out(text);
  for (char& c : out) c = static_cast<char>(ToLower(static_cast<unsigned char>(c)));
  return out;
}

std::string Utf8InitCap(std::string_view text) {
  bool in_word = false;
  return MapCharacters(text, [&](uint32_t c) {
    uint32_t mapped = in_word ? ToLower(c) : ToUpper(c);
    in_word = IsAlnum(c);
    return mapped;
  });
}

}  // namespace allod
