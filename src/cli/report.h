// How the commands end that fail.
#pragma once

#include <iostream>

#include "base/status.h"

namespace allod::cli {

inline constexpr int kFailed = 1;  // exit code

inline int Report(const Status& status) {
  const Error& error = status.error();
  std::cerr << "allod: " << error.message << "\n";
  if (!error.detail.empty()) std::cerr << "  " << error.detail << "\n";
  if (!error.hint.empty()) std::cerr << "  " << error.hint << "\n";
  return kFailed;
}

}  // namespace allod::cli
