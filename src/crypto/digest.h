// Plain hashes of bytes, as SQL's md5() and sha256() give them. Nothing here is for keeping secrets.
#pragma once

#include <string>
#include <string_view>

namespace allod::crypto {

enum class Digest { kMd5, kSha224, kSha256, kSha384, kSha512 };

// The raw bytes (16, 28, 32, 48, 64). Empty if the library refuses the algorithm (md5 where it is switched off).
std::string Hash(Digest digest, std::string_view bytes);
// Lower case hexadecimal digits.
std::string ToHex(std::string_view bytes);

}  // namespace allod::crypto
