// bytea, and uuid. Positions count bytes, from 1; bits and bytes by number from 0.
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "crypto/digest.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

void Cat(Call& call) { call.Blob(std::string(call.bytes(0)) + std::string(call.bytes(1))); }

void Substr(Call& call) {
  std::string_view bytes = call.bytes(0);
  int64_t start = call.integer(1), end = INT64_MAX;
  if (call.size() > 2) {
    if (call.integer(2) < 0) return call.Fail(sqlstate::kSubstringError, "negative substring length not allowed");
    end = start + call.integer(2);
  }
  start = std::max<int64_t>(start, 1);
  int64_t size = static_cast<int64_t>(bytes.size());
  if (end <= start || start > size) return call.Blob("");
  call.Blob(bytes.substr(static_cast<size_t>(start - 1), static_cast<size_t>(std::min(end, size + 1) - start)));
}
void Position(Call& call) {
  size_t at = call.bytes(0).find(call.bytes(1));
  call.Integer(at == std::string_view::npos ? 0 : static_cast<int64_t>(at) + 1);
}
template <bool kFromLeft, bool kFromRight>
void Trim(Call& call) {
  std::string_view bytes = call.bytes(0), set = call.bytes(1);
  while (kFromLeft && !bytes.empty() && set.find(bytes.front()) != std::string_view::npos) bytes.remove_prefix(1);
  while (kFromRight && !bytes.empty() && set.find(bytes.back()) != std::string_view::npos) bytes.remove_suffix(1);
  call.Blob(bytes);
}
void Overlay(Call& call) {
  std::string_view bytes = call.bytes(0), by = call.bytes(1);
  int64_t start = call.integer(2), size = static_cast<int64_t>(bytes.size());
  int64_t length = call.size() > 3 ? call.integer(3) : static_cast<int64_t>(by.size());
  if (start <= 0) return call.Fail(sqlstate::kSubstringError, "negative substring length not allowed");
  if (start + length > INT32_MAX || start + length < INT32_MIN) {
    return call.Fail(sqlstate::kNumericValueOutOfRange, "integer out of range");
  }
  std::string out(bytes.substr(0, static_cast<size_t>(std::min(start - 1, size))));
  out.append(by);
  out.append(bytes.substr(static_cast<size_t>(std::clamp<int64_t>(start - 1 + length, 0, size))));
  call.Blob(out);
}

template <crypto::Digest kDigest>
void Sha(Call& call) { call.Blob(crypto::Hash(kDigest, call.bytes(0))); }

// --- encode, decode ---

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string ToBase64(std::string_view bytes) {
  std::string out;
  size_t line = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    size_t n = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out.push_back(k <= n ? kBase64[word >> (18 - 6 * k) & 63] : '=');
    // Lines of 76 characters; no line end after the last.
    if ((line += 4) == 76) {
      out.push_back('\n');
      line = 0;
    }
  }
  return out;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Result<std::string> FromBase64(std::string_view text) {
  std::string out;
  uint32_t word = 0;
  int count = 0, end = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (IsBlank(c)) continue;
    uint32_t six = 0;
    if (c == '=') {
      if (end == 0) {
        if (count != 2 && count != 3) {
          return allod::Fail(sqlstate::kInvalidParameterValue, "unexpected \"=\" while decoding base64 sequence");
        }
        end = count == 2 ? 1 : 2;
      }
    } else {
      const char* at = static_cast<const char*>(memchr(kBase64, c, 64));
      if (at == nullptr) {
        std::string symbol(text.substr(i, std::max<size_t>(Utf8CharLength(text.substr(i)), 1)));
        return allod::Fail(sqlstate::kInvalidParameterValue,
                           "invalid symbol \"" + symbol + "\" found while decoding base64 sequence");
      }
      six = static_cast<uint32_t>(at - kBase64);
    }
    word = word << 6 | six;
    if (++count == 4) {
      out.push_back(static_cast<char>(word >> 16));
      if (end == 0 || end > 1) out.push_back(static_cast<char>(word >> 8));
      if (end == 0 || end > 2) out.push_back(static_cast<char>(word));
      word = 0;
      count = 0;
    }
  }
  if (count != 0) {
    return allod::Fail(sqlstate::kInvalidParameterValue, "invalid base64 end sequence")
        .Hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
Result<std::string> FromHex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (IsBlank(text[i])) {
      ++i;
      continue;
    }
    int digits[2];
    for (int& digit : digits) {
      if (i >= text.size()) {
        return allod::Fail(sqlstate::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
      }
      digit = HexDigit(text[i]);
      if (digit < 0) {
        std::string symbol(text.substr(i, std::max<size_t>(Utf8CharLength(text.substr(i)), 1)));
        return allod::Fail(sqlstate::kInvalidParameterValue, "invalid hexadecimal digit: \"" + symbol + "\"");
      }
      ++i;
    }
    out.push_back(static_cast<char>(digits[0] << 4 | digits[1]));
  }
  return out;
}

std::string ToEscape(std::string_view bytes) {
  std::string out;
  for (unsigned char byte : bytes) {
    if (byte == 0 || byte >= 0x80) {
      out.push_back('\\');
      for (int shift : {6, 3, 0}) out.push_back(static_cast<char>('0' + (byte >> shift & 7)));
    } else {
      if (byte == '\\') out.push_back('\\');
      out.push_back(static_cast<char>(byte));
    }
  }
  return out;
}
Result<std::string> FromEscape(std::string_view text) {
  std::string out;
  auto octal = [&](size_t i, char most) { return i < text.size() && text[i] >= '0' && text[i] <= most; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      out.push_back(static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
      i += 3;
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out.push_back('\\');
      ++i;
    } else {
      return allod::Fail(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type bytea");
    }
  }
  return out;
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}
void UnknownEncoding(Call& call, int i) {
  call.Fail(sqlstate::kInvalidParameterValue, "unrecognized encoding: \"" + std::string(call.bytes(i)) + "\"");
}
void Encode(Call& call) {
  std::string how = LowerAscii(call.bytes(1));
  if (how == "hex") return call.Text(crypto::ToHex(call.bytes(0)));
  if (how == "base64") return call.Text(ToBase64(call.bytes(0)));
  if (how == "escape") return call.Text(ToEscape(call.bytes(0)));
  UnknownEncoding(call, 1);
}
void Decode(Call& call) {
  std::string how = LowerAscii(call.bytes(1));
  Result<std::string> bytes = how == "hex"      ? FromHex(call.bytes(0))
                              : how == "base64" ? FromBase64(call.bytes(0))
                              : how == "escape" ? FromEscape(call.bytes(0))
                                                : allod::Fail(sqlstate::kInvalidParameterValue,
                                                              "unrecognized encoding: \"" + std::string(call.bytes(1)) + "\"");
  if (!bytes.ok()) return call.Fail(bytes.status());
  call.Blob(*bytes);
}

// UTF-8 and its subset ASCII are what text is; Latin 1 is simple enough to have.
enum class Charset { kUtf8, kAscii, kLatin1, kUnknown };
Charset CharsetOf(std::string_view name) {
  std::string plain;
  for (char c : LowerAscii(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain.push_back(c);
  }
  if (plain == "utf8" || plain == "unicode") return Charset::kUtf8;
  if (plain == "sqlascii") return Charset::kAscii;
  if (plain == "latin1" || plain == "iso88591") return Charset::kLatin1;
  return Charset::kUnknown;
}
void NoCharset(Call& call) {
  call.Fail(Unsupported("encoding \"" + std::string(call.bytes(1)) + "\" is not supported",
                        "Use UTF8, LATIN1 or SQL_ASCII."));
}
void ConvertFrom(Call& call) {
  std::string_view bytes = call.bytes(0);
  std::string out;
  switch (CharsetOf(call.bytes(1))) {
    case Charset::kUnknown: return NoCharset(call);
    case Charset::kLatin1:
      for (unsigned char byte : bytes) AppendUtf8(byte, &out);
      break;
    default: out = bytes;
  }
  if (Status status = CheckUtf8(out); !status.ok()) return call.Fail(std::move(status));
  call.Text(out);
}
void ConvertTo(Call& call) {
  std::string_view text = call.bytes(0);
  switch (CharsetOf(call.bytes(1))) {
    case Charset::kUnknown: return NoCharset(call);
    case Charset::kLatin1: {
      std::string out;
      while (!text.empty()) {
        size_t n = 1;
        uint32_t code = Utf8Decode(text, &n);
        if (code > 0xFF) {
          std::string bytes;
          for (char c : text.substr(0, n)) {
            bytes += (bytes.empty() ? "0x" : " 0x") + crypto::ToHex(std::string_view(&c, 1));
          }
          return call.Fail(sqlstate::kUntranslatableCharacter, "character with byte sequence " + bytes +
                                                                   " in encoding \"UTF8\" has no equivalent in "
                                                                   "encoding \"LATIN1\"");
        }
        out.push_back(static_cast<char>(code));
        text.remove_prefix(std::clamp<size_t>(n, 1, text.size()));
      }
      return call.Blob(out);
    }
    default: return call.Blob(text);
  }
}

// --- bits and bytes ---

bool Index(Call& call, int64_t i, int64_t size) {
  if (i >= 0 && i < size) return true;
  call.Fail(sqlstate::kArraySubscriptError,
            "index " + std::to_string(i) + " out of valid range, 0.." + std::to_string(size - 1));
  return false;
}
void GetByte(Call& call) {
  std::string_view bytes = call.bytes(0);
  if (!Index(call, call.integer(1), static_cast<int64_t>(bytes.size()))) return;
  call.Integer(static_cast<unsigned char>(bytes[static_cast<size_t>(call.integer(1))]));
}
void SetByte(Call& call) {
  std::string bytes(call.bytes(0));
  if (!Index(call, call.integer(1), static_cast<int64_t>(bytes.size()))) return;
  bytes[static_cast<size_t>(call.integer(1))] = static_cast<char>(call.integer(2));
  call.Blob(bytes);
}
void GetBit(Call& call) {
  std::string_view bytes = call.bytes(0);
  int64_t i = call.integer(1);
  if (!Index(call, i, static_cast<int64_t>(bytes.size()) * 8)) return;
  call.Integer(static_cast<unsigned char>(bytes[static_cast<size_t>(i / 8)]) >> (i % 8) & 1);
}
void SetBit(Call& call) {
  std::string bytes(call.bytes(0));
  int64_t i = call.integer(1), bit = call.integer(2);
  if (!Index(call, i, static_cast<int64_t>(bytes.size()) * 8)) return;
  if (bit != 0 && bit != 1) return call.Fail(sqlstate::kInvalidParameterValue, "new bit must be 0 or 1");
  char& byte = bytes[static_cast<size_t>(i / 8)];
  byte = static_cast<char>((byte & ~(1 << (i % 8))) | static_cast<int>(bit) << (i % 8));
  call.Blob(bytes);
}
void BitCount(Call& call) {
  int64_t n = 0;
  for (unsigned char byte : call.bytes(0)) n += __builtin_popcount(byte);
  call.Integer(n);
}

// --- uuid ---

// Version 4: random but for six bits.
void RandomUuid(Call& call) {
  unsigned char bytes[16];
  if (getentropy(bytes, sizeof bytes) != 0) {
    return call.Fail(sqlstate::kInternalError, "could not generate random values");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  call.Blob({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

constexpr Scalar kScalars[] = {
    {"pg_bytea_cat", 2, Strict<Cat>},
    {"pg_bytea_substr", 2, Strict<Substr>},
    {"pg_bytea_substr", 3, Strict<Substr>},
    {"pg_bytea_position", 2, Strict<Position>},
    {"pg_bytea_ltrim", 2, Strict<Trim<true, false>>},
    {"pg_bytea_rtrim", 2, Strict<Trim<false, true>>},
    {"pg_bytea_btrim", 2, Strict<Trim<true, true>>},
    {"pg_bytea_overlay", 3, Strict<Overlay>},
    {"pg_bytea_overlay", 4, Strict<Overlay>},
    {"pg_sha224", 1, Strict<Sha<crypto::Digest::kSha224>>},
    {"pg_sha256", 1, Strict<Sha<crypto::Digest::kSha256>>},
    {"pg_sha384", 1, Strict<Sha<crypto::Digest::kSha384>>},
    {"pg_sha512", 1, Strict<Sha<crypto::Digest::kSha512>>},
    {"pg_encode", 2, Strict<Encode>},
    {"pg_decode", 2, Strict<Decode>},
    {"pg_convert_from", 2, Strict<ConvertFrom>},
    {"pg_convert_to", 2, Strict<ConvertTo>},
    {"pg_get_byte", 2, Strict<GetByte>},
    {"pg_set_byte", 3, Strict<SetByte>},
    {"pg_get_bit", 2, Strict<GetBit>},
    {"pg_set_bit", 3, Strict<SetBit>},
    {"pg_gen_random_uuid", 0, Strict<RandomUuid>, false},
    {"pg_bit_count", 1, Strict<BitCount>},
};

}  // namespace

std::span<const Scalar> ByteaScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
