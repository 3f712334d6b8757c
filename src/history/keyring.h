// The keys under which one database's versions are sealed: one for each domain, random, and destroyable.
//
// They are made a thousand at a time, before they are needed, so that nobody waits for the disk who becomes a data subject. A
// thousand keys (a *ring*) stand in a file of their own, each wrapped by the ring's epoch key, which is wrapped by the master
// key:
//
//   KEYS/master.key      the master key of all databases of a data directory, mode 0600
//   KEYS/<database id>/<number>.ring
//
// A key is destroyed by writing the ring anew, without it, under a new epoch key; then the old file is overwritten, then the new
// one takes its place. A kill in between leaves a ring that is whole: the old one, or the new one. What a ring holds does not
// depend on how much was sealed, so neither does destroying a key. docs/history.md has the files' form.
//
// Thread-safe. Keys leave it by value, for the moment of their use.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "crypto/seal.h"

namespace allod::history {

inline constexpr size_t kKeysInRing = 1000;
inline constexpr size_t kDatabaseIdBytes = 16;

class Keyring {
 public:
  // REQUIRES: database_id has kDatabaseIdBytes. `fresh`: the database is new, and the master key may be too; else 58030 if
  // the keys are not there. An empty `directory`: keys in memory alone, for databases that last no longer.
  static Result<std::shared_ptr<Keyring>> Open(const std::string& directory, std::string database_id, bool fresh);

  struct Found {
    crypto::Key key;
    std::string commitment;
  };
  // Nothing: it is destroyed, or was never made.
  Result<std::optional<Found>> Find(int64_t domain);
  // The keys up to this domain's are made, and on disk.
  Status Reach(int64_t domain);
  // When it returns, the keys are not in any file or in memory here. Those that are destroyed already may be among them.
  Status Destroy(const std::set<int64_t>& domains);
  // Destroys all of it, for a database that is dropped. No other call may follow.
  Status Remove();

  const std::string& database_id() const { return database_id_; }

 private:
  struct Ring {
    Ring() : keys(kKeysInRing) {}
    crypto::KeyBlock keys;  // zero: destroyed
    std::vector<std::string> commitments = std::vector<std::string>(kKeysInRing);  // found out when first asked for
    std::list<int64_t>::iterator age;
  };

  Keyring(std::string directory, std::string database_id) : directory_(std::move(directory)), database_id_(std::move(database_id)) {}
  std::string PathOf(int64_t ring) const;
  // Null: there is no such ring.
  Result<Ring*> Load(int64_t ring);
  Status Write(int64_t ring, const Ring& content);
  Ring& Remember(int64_t number, std::unique_ptr<Ring> ring);
  std::string Associated(std::string_view label, int64_t number) const;

  const std::string directory_;    // of this database's rings; "": memory alone
  const std::string database_id_;
  crypto::Key master_;
  std::mutex mutex_;
  std::unordered_map<int64_t, std::unique_ptr<Ring>> rings_;
  std::list<int64_t> ages_;        // front: used last
};

}  // namespace allod::history
