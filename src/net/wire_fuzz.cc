// libFuzzer target:  clang++ -std=c++20 -fsanitize=fuzzer,address -Isrc src/net/{wire_fuzz,wire,error}.cc -lfmt
#include "net/wire_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  allod::net::FuzzWire(data, size);
  return 0;
}
