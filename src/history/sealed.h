// The stored form of a version's body, and the chain over versions (docs/history.md). Hashes are over what is stored, so they
// hold after a key is destroyed.
//
//   body    0x01, then the plain body sealed under the key of the version's domain; or 0x02, then the digest of the body that
//           stood there and was erased
//   digest  BLAKE2b-256 of the stored body
//   link    of a version: BLAKE2b-256 of the link before it in its transaction, and of the version with its body's digest
//   chain   of a transaction: BLAKE2b-256 of the chain before it, and of the transaction with its last link
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "history/keyring.h"

namespace allod::history {

// Which version a body belongs to; views into somebody else's bytes.
struct VersionId {
  int64_t table = 0;
  std::string_view row;
  int64_t version = 0, tx = 0, op = 0, domain = 0;
};

std::string SealBody(const Keyring::Found& key, std::string_view database_id, const VersionId& id, std::string_view plain);
bool IsErased(std::string_view stored);  // it was; whether its key is still there is another question
// Nothing: it is not what was sealed there.
std::optional<std::string> OpenBody(const Keyring::Found& key, std::string_view database_id, const VersionId& id,
                                    std::string_view stored);

// Of a stored body, erased or not: the same before and after. "" has one too: a deletion has no body.
std::string DigestOf(std::string_view stored);
std::string ErasedBody(std::string_view stored);

std::string LinkAfter(std::string_view link, const VersionId& id, std::string_view changed, std::string_view stored);

struct TransactionRecord {
  int64_t tx = 0, began = 0, committed = 0, changes = 0;
  std::string_view role, purpose, grant, application;  // the subject is not in it: it may have to go
};
std::string ChainAfter(std::string_view chain, const TransactionRecord& record, std::string_view last_link);

}  // namespace allod::history
