#include "history/keyring.h"

#include <filesystem>

#include "crypto/digest.h"
#include "history/body.h"
#include "history/key_file.h"
#include "history/master_key.h"

namespace allod::history {

namespace {

// Files: eight bytes that say what it is, then what the comments say.
constexpr std::string_view kRingMagic = "allodkr1";    // the epoch key, sealed under the master key; the keys, under the epoch key
constexpr std::string_view kEpochLabel = "allod epoch key 1", kDomainLabel = "allod domain key 1";
constexpr size_t kSealedKeyBytes = crypto::kKeyBytes + crypto::kSealBytes;
constexpr size_t kRingBytes = 8 + kSealedKeyBytes * (1 + kKeysInRing);
constexpr size_t kRingsInMemory = 256;

int64_t RingOf(int64_t domain) { return domain / static_cast<int64_t>(kKeysInRing); }
size_t PlaceOf(int64_t domain) { return static_cast<size_t>(domain % static_cast<int64_t>(kKeysInRing)); }

}  // namespace

Result<std::shared_ptr<Keyring>> Keyring::Open(const std::string& directory, std::string database_id, bool fresh) {
  const std::string own = directory.empty() ? "" : directory + "/" + crypto::ToHex(database_id);
  std::shared_ptr<Keyring> keyring(new Keyring(own, std::move(database_id)));
  if (directory.empty()) {
    keyring->master_ = crypto::Key::Random();
    return keyring;
  }
  ALLOD_ASSIGN_OR_RETURN(keyring->master_, OpenMasterKey(directory, fresh));
  if (fresh) ALLOD_RETURN_IF_ERROR(MakeKeyDirectory(own));
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(own, error)) {
    if (file.path().extension() == ".next") ALLOD_RETURN_IF_ERROR(FinishReplacing(file.path().parent_path() / file.path().stem()));
  }
  if (error) {
    return Fail(sqlstate::kIoError, "the keys of this database are not in \"" + own + "\"")
        .Hint("Start with --keys and the directory that has them. Without them its history cannot be read.");
  }
  return keyring;
}

std::string Keyring::PathOf(int64_t ring) const { return directory_ + "/" + std::to_string(ring) + ".ring"; }

std::string Keyring::Associated(std::string_view label, int64_t number) const {
  std::string bytes(label);
  bytes += database_id_;
  PutNumber(static_cast<uint64_t>(number), &bytes);
  return bytes;
}

Keyring::Ring& Keyring::Remember(int64_t number, std::unique_ptr<Ring> ring) {
  // One that only is in memory cannot be read again.
  if (!directory_.empty() && rings_.size() >= kRingsInMemory) {
    rings_.erase(ages_.back());
    ages_.pop_back();
  }
  ring->age = ages_.insert(ages_.begin(), number);
  return *rings_.emplace(number, std::move(ring)).first->second;
}

Result<Keyring::Ring*> Keyring::Load(int64_t number) {
  if (auto known = rings_.find(number); known != rings_.end()) {
    ages_.splice(ages_.begin(), ages_, known->second->age);
    return known->second.get();
  }
  if (directory_.empty()) return static_cast<Ring*>(nullptr);
  const std::string path = PathOf(number);
  ALLOD_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, ReadKeyFile(path));
  if (!bytes) return static_cast<Ring*>(nullptr);
  if (bytes->size() != kRingBytes || !bytes->starts_with(kRingMagic)) return DamagedKeyFile(path);
  std::string_view rest = std::string_view(*bytes).substr(kRingMagic.size());
  std::optional<std::string> opened = crypto::Open(master_, Associated(kEpochLabel, number), rest.substr(0, kSealedKeyBytes));
  if (!opened) return DamagedKeyFile(path);
  const crypto::Key epoch = crypto::Key::From(*opened);
  crypto::Wipe(&*opened);
  auto ring = std::make_unique<Ring>();
  for (size_t i = 0; i < kKeysInRing; ++i) {
    rest.remove_prefix(kSealedKeyBytes);
    const std::string_view sealed = rest.substr(0, kSealedKeyBytes);
    if (sealed.find_first_not_of('\0') == sealed.npos) continue;  // destroyed
    opened = crypto::Open(epoch, Associated(kDomainLabel, number * static_cast<int64_t>(kKeysInRing) + static_cast<int64_t>(i)), sealed);
    if (!opened) return DamagedKeyFile(path);
    ring->keys[i] = crypto::Key::From(*opened);
    crypto::Wipe(&*opened);
  }
  return &Remember(number, std::move(ring));
}

Status Keyring::Write(int64_t number, const Ring& content) {
  if (directory_.empty()) return Ok();
  const crypto::Key epoch = crypto::Key::Random();
  std::string bytes(kRingMagic);
  bytes += crypto::Seal(master_, Associated(kEpochLabel, number), epoch.bytes());
  for (size_t i = 0; i < kKeysInRing; ++i) {
    const int64_t domain = number * static_cast<int64_t>(kKeysInRing) + static_cast<int64_t>(i);
    if (content.keys[i].IsZero()) bytes.append(kSealedKeyBytes, '\0');
    else bytes += crypto::Seal(epoch, Associated(kDomainLabel, domain), content.keys[i].bytes());
  }
  return ReplaceKeyFile(PathOf(number), bytes);
}

Result<std::optional<Keyring::Found>> Keyring::Find(int64_t domain) {
  std::lock_guard lock(mutex_);
  ALLOD_ASSIGN_OR_RETURN(Ring * ring, Load(RingOf(domain)));
  const size_t place = PlaceOf(domain);
  if (domain < 0 || ring == nullptr || ring->keys[place].IsZero()) return std::optional<Found>();
  std::string& commitment = ring->commitments[place];
  if (commitment.empty()) commitment = crypto::Commitment(ring->keys[place]);
  return std::optional<Found>(Found{ring->keys[place], commitment});
}

Status Keyring::Reach(int64_t domain) {
  std::lock_guard lock(mutex_);
  const int64_t number = RingOf(domain);
  ALLOD_ASSIGN_OR_RETURN(const Ring* there, Load(number));
  if (there != nullptr) return Ok();
  auto ring = std::make_unique<Ring>();
  for (size_t i = 0; i < kKeysInRing; ++i) ring->keys[i] = crypto::Key::Random();
  ALLOD_RETURN_IF_ERROR(Write(number, *ring));
  Remember(number, std::move(ring));
  return Ok();
}

Status Keyring::Destroy(const std::set<int64_t>& domains) {
  std::lock_guard lock(mutex_);
  for (auto it = domains.begin(); it != domains.end();) {
    const int64_t number = RingOf(*it);
    ALLOD_ASSIGN_OR_RETURN(Ring * ring, Load(number));
    bool changed = false;
    for (; it != domains.end() && RingOf(*it) == number; ++it) {
      if (ring == nullptr || ring->keys[PlaceOf(*it)].IsZero()) continue;
      // Gone from memory first: whatever comes of the file, nothing is opened with it here any more.
      ring->keys[PlaceOf(*it)].Wipe();
      ring->commitments[PlaceOf(*it)].clear();
      changed = true;
    }
    if (!changed) continue;
    Status written = Write(number, *ring);
    if (!written.ok()) {
      // The file may still have them: it is read again before anything else is said of this ring.
      ages_.erase(ring->age);
      rings_.erase(number);
      return written;
    }
  }
  return Ok();
}

Status Keyring::Remove() {
  std::lock_guard lock(mutex_);
  rings_.clear();
  ages_.clear();
  if (directory_.empty()) return Ok();
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(directory_, error)) files.push_back(file.path().string());
  for (const std::string& file : files) ALLOD_RETURN_IF_ERROR(DestroyKeyFile(file));
  std::filesystem::remove(directory_, error);
  return error ? Fail(sqlstate::kIoError, "could not remove \"" + directory_ + "\": " + error.message()) : Ok();
}

}  // namespace allod::history
