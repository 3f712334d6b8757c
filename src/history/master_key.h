// The master key of a data directory: KEYS/master.key, under which other keys are sealed. Internal to src/history.
#pragma once

#include <string>

#include "base/status.h"
#include "crypto/seal.h"

namespace allod::history {

// `fresh`: made, with the directory, if it is not there; else 58030 then.
Result<crypto::Key> OpenMasterKey(const std::string& directory, bool fresh);

}  // namespace allod::history
