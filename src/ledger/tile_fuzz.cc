// libFuzzer target:  clang++ -std=c++20 -fsanitize=fuzzer,address -Isrc src/ledger/{tile_fuzz,tile,merkle}.cc src/crypto/sha256.cc -lcrypto -lfmt
#include "ledger/tile_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  allod::ledger::FuzzTile(data, size);
  return 0;
}
