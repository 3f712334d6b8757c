// libFuzzer target:  clang++ -std=c++20 -fsanitize=fuzzer,address -Isrc src/session/copy_{fuzz,format}.cc, with the base module
#include "session/copy_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  allod::session::FuzzCopy(data, size);
  return 0;
}
