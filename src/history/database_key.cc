#include "history/database_key.h"

#include "crypto/seal.h"
#include "history/key_file.h"
#include "history/master_key.h"

namespace allod::history {

namespace {

constexpr std::string_view kMagic = "allodfk1";
constexpr std::string_view kLabel = "allod file key 1";  // then the name: a key opens no other file

std::string PathOf(const std::string& directory, const std::string& name) { return directory + "/files/" + name + ".key"; }

}  // namespace

Result<std::string> OpenDatabaseKey(const std::string& directory, const std::string& name, bool exists, bool encrypt) {
  const std::string path = PathOf(directory, name), associated = std::string(kLabel) + name;
  ALLOD_ASSIGN_OR_RETURN(std::optional<std::string> bytes, ReadKeyFile(path));
  if (!bytes) {
    if (exists || !encrypt) return std::string();
    ALLOD_ASSIGN_OR_RETURN(const crypto::Key master, OpenMasterKey(directory, true));
    ALLOD_RETURN_IF_ERROR(MakeKeyDirectory(directory + "/files"));
    const crypto::Key key = crypto::Key::Random();
    ALLOD_RETURN_IF_ERROR(WriteKeyFile(path, std::string(kMagic) + crypto::Seal(master, associated, key.bytes())));
    return std::string(key.bytes());
  }
  ALLOD_ASSIGN_OR_RETURN(const crypto::Key master, OpenMasterKey(directory, false));
  if (!bytes->starts_with(kMagic)) return DamagedKeyFile(path);
  std::optional<std::string> opened = crypto::Open(master, associated, std::string_view(*bytes).substr(kMagic.size()));
  if (!opened || opened->size() != crypto::kKeyBytes) return DamagedKeyFile(path);
  return *std::move(opened);
}

Status DestroyDatabaseKey(const std::string& directory, const std::string& name) { return DestroyKeyFile(PathOf(directory, name)); }

}  // namespace allod::history
