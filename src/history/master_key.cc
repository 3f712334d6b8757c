#include "history/master_key.h"

#include "history/key_file.h"

namespace allod::history {

namespace {

constexpr std::string_view kMagic = "allodmk1";  // then the key

}  // namespace

Result<crypto::Key> OpenMasterKey(const std::string& directory, bool fresh) {
  if (fresh) ALLOD_RETURN_IF_ERROR(MakeKeyDirectory(directory));
  const std::string path = directory + "/master.key";
  ALLOD_ASSIGN_OR_RETURN(std::optional<std::string> bytes, ReadKeyFile(path));
  if (!bytes && fresh) {
    crypto::Key key = crypto::Key::Random();
    std::string made(kMagic);
    made += key.bytes();
    Status status = WriteKeyFile(path, made);
    crypto::Wipe(&made);
    if (!status.ok()) return status;
    return key;
  }
  if (!bytes) {
    return Fail(sqlstate::kIoError, "there is no master key \"" + path + "\"")
        .Hint("Start with --keys and the directory that has it. Without it neither an encrypted database nor any history can be read.");
  }
  if (bytes->size() != kMagic.size() + crypto::kKeyBytes || !bytes->starts_with(kMagic)) return DamagedKeyFile(path);
  crypto::Key key = crypto::Key::From(std::string_view(*bytes).substr(kMagic.size()));
  crypto::Wipe(&*bytes);
  return key;
}

}  // namespace allod::history
