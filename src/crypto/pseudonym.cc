#include "crypto/pseudonym.h"

#include <sodium.h>

namespace allod::crypto {

std::string Pseudonym(std::string_view key, std::string_view bytes) {
  unsigned char out[kPseudonymBytes];
  crypto_generichash(out, sizeof(out), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return std::string(reinterpret_cast<char*>(out), sizeof(out));
}

}  // namespace allod::crypto
