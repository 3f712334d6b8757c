// Mutations of what is well formed. ALLOD_FUZZ_SECONDS runs it longer, ALLOD_FUZZ_SEED from elsewhere.
#include "ledger/tile_fuzz.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace allod::ledger {
namespace {

TEST(Fuzz, MutatedPathsAndBundlesDoNoHarm) {
  std::string bundle;
  for (const char* entry : {"entry 0", "", "entry 2"}) AppendToBundle(entry, &bundle);
  const std::vector<std::string> seeds = {PathOf({0, 1234067}), PathOf({63, 5, 17}), PathOf({kEntriesLevel, 1000, 1}), bundle};
  const char* seed = std::getenv("ALLOD_FUZZ_SEED");
  const char* seconds = std::getenv("ALLOD_FUZZ_SECONDS");
  std::mt19937 random(seed != nullptr ? static_cast<uint32_t>(std::atoll(seed)) : 20'261'127);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoll(seconds) : 0);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  constexpr std::string_view kPieces = "/x.p0123456789entries";
  for (int64_t i = 0; i < 50'000 || std::chrono::steady_clock::now() < end; ++i) {
    std::string bytes = seeds[below(seeds.size())];
    for (size_t changes = 1 + below(3); changes > 0; --changes) {
      const size_t at = bytes.empty() ? 0 : below(bytes.size());
      switch (below(5)) {
        case 0: if (!bytes.empty()) bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.resize(at); break;
        case 2: bytes.insert(at, 1, kPieces[below(kPieces.size())]); break;
        case 3: bytes.erase(at, 1 + below(4)); break;
        default: bytes.insert(at, seeds[below(seeds.size())]); break;
      }
    }
    // In memory of exactly its size, so that a sanitizer sees a read beyond it.
    const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
    FuzzTile(exact.data(), exact.size());
  }
}

}  // namespace
}  // namespace allod::ledger
