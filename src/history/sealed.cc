#include "history/sealed.h"

#include "history/body.h"

namespace allod::history {

namespace {

constexpr char kSealed = 1, kErased = 2;
constexpr std::string_view kVersionLabel = "allod version 1", kBodyLabel = "allod body 1", kLinkLabel = "allod link 1",
                           kChainLabel = "allod chain 1";

void PutBytes(std::string_view bytes, std::string* out) {
  PutNumber(bytes.size(), out);
  *out += bytes;
}

void PutId(const VersionId& id, std::string* out) {
  PutNumber(static_cast<uint64_t>(id.table), out);
  PutBytes(id.row, out);
  for (int64_t number : {id.version, id.tx, id.op, id.domain}) PutNumber(static_cast<uint64_t>(number), out);
}

std::string Associated(const Keyring::Found& key, std::string_view database_id, const VersionId& id) {
  std::string bytes(kVersionLabel);
  bytes += database_id;
  PutId(id, &bytes);
  bytes += key.commitment;
  return bytes;
}

}  // namespace

std::string SealBody(const Keyring::Found& key, std::string_view database_id, const VersionId& id, std::string_view plain) {
  return kSealed + crypto::Seal(key.key, Associated(key, database_id, id), plain);
}

bool IsErased(std::string_view stored) { return !stored.empty() && stored.front() == kErased; }

std::optional<std::string> OpenBody(const Keyring::Found& key, std::string_view database_id, const VersionId& id,
                                    std::string_view stored) {
  if (stored.empty() || stored.front() != kSealed) return std::nullopt;
  return crypto::Open(key.key, Associated(key, database_id, id), stored.substr(1));
}

std::string DigestOf(std::string_view stored) {
  return IsErased(stored) ? std::string(stored.substr(1)) : crypto::LabelledHash(kBodyLabel, stored);
}

std::string ErasedBody(std::string_view stored) { return kErased + DigestOf(stored); }

std::string LinkAfter(std::string_view link, const VersionId& id, std::string_view changed, std::string_view stored) {
  std::string bytes;
  PutBytes(link, &bytes);
  PutId(id, &bytes);
  PutBytes(changed, &bytes);
  bytes += DigestOf(stored);
  return crypto::LabelledHash(kLinkLabel, bytes);
}

std::string ChainAfter(std::string_view chain, const TransactionRecord& record, std::string_view last_link) {
  std::string bytes;
  PutBytes(chain, &bytes);
  for (int64_t number : {record.tx, record.began, record.committed, record.changes}) PutNumber(static_cast<uint64_t>(number), &bytes);
  for (std::string_view text : {record.role, record.purpose, record.grant, record.application}) PutBytes(text, &bytes);
  bytes += last_link;
  return crypto::LabelledHash(kChainLabel, bytes);
}

}  // namespace allod::history
