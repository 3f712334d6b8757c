#include "crypto/sha256.h"

#include <openssl/evp.h>

#include <memory>

namespace allod::crypto {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Sha256Hash Sha256(std::initializer_list<std::string_view> pieces) {
  // Looking the algorithm up costs more than hashing 64 bytes: once for each thread.
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256Hash hash{};
  EVP_DigestInit_ex(context.get(), algorithm, nullptr);
  for (std::string_view piece : pieces) EVP_DigestUpdate(context.get(), piece.data(), piece.size());
  EVP_DigestFinal_ex(context.get(), hash.data(), nullptr);
  return hash;
}

}  // namespace allod::crypto
