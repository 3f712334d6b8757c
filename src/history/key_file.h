// Files of keys: written durably, readable by their owner only, and overwritten before they go. Internal to src/history.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod::history {

// XX001
Status DamagedKeyFile(const std::string& path);
Status MakeKeyDirectory(const std::string& path);  // 0700; fine if it is there
// Nothing: there is no such file. 58030 if others than its owner could read it.
Result<std::optional<std::string>> ReadKeyFile(const std::string& path);
// A new file, on disk when this returns; it is there whole or not at all.
Status WriteKeyFile(const std::string& path, std::string_view bytes);
// `path` then has these bytes, and what it had before is overwritten. A kill leaves one or the other: FinishReplacing.
Status ReplaceKeyFile(const std::string& path, std::string_view bytes);
// After a kill. REQUIRES: nobody uses the file.
Status FinishReplacing(const std::string& path);
// Overwritten, then removed. Fine if it is not there.
Status DestroyKeyFile(const std::string& path);

}  // namespace allod::history
