// The key of a database's file, under which the engine encrypts its pages and its log: random, sealed under the master key.
//
//   KEYS/files/NAME.key   "allodfk1"; the key, sealed (72 bytes). NAME: the file's, without its ending
//
// A database is encrypted if it has one. It is made before the file is.
#pragma once

#include <string>

#include "base/status.h"

namespace allod::history {

// 32 bytes, or "": the file is not encrypted. `exists`: it is there already, and as it is; else it is about to be made, with a key if `encrypt`.
// 58030, XX001: there is a key, and it cannot be read.
Result<std::string> OpenDatabaseKey(const std::string& directory, const std::string& name, bool exists, bool encrypt);
// Of a database that is gone. Fine if it had none.
Status DestroyDatabaseKey(const std::string& directory, const std::string& name);

}  // namespace allod::history
