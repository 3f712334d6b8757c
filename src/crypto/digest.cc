#include "crypto/digest.h"

#include <openssl/evp.h>

namespace allod::crypto {

std::string Hash(Digest digest, std::string_view bytes) {
  const EVP_MD* algorithm = nullptr;
  switch (digest) {
    case Digest::kMd5: algorithm = EVP_md5(); break;
    case Digest::kSha224: algorithm = EVP_sha224(); break;
    case Digest::kSha256: algorithm = EVP_sha256(); break;
    case Digest::kSha384: algorithm = EVP_sha384(); break;
    case Digest::kSha512: algorithm = EVP_sha512(); break;
  }
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1) return {};
  return std::string(reinterpret_cast<char*>(out), size);
}

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace allod::crypto
