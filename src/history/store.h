// The history of one database: its stored tables (catalog/stored_history.h), the names under which rows stand in them, and the
// keys under which they are sealed. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/datetime.h"
#include "base/status.h"
#include "base/value.h"
#include "engine/engine.h"
#include "history/layout.h"
#include "history/places.h"
#include "history/sealed.h"

namespace allod::history {

class Store {
 public:
  // Makes the stored tables, and keys, if they are not there, and destroys what keys should be destroyed already. REQUIRES:
  // the engine records changes. `keys`: the directory of key files; "": in memory, for a database that lasts no longer.
  static Result<std::shared_ptr<const Store>> Open(engine::Engine& engine, const std::string& keys);

  Keyring& keyring() const { return *keyring_; }
  // For whoever has the writer's turn.
  Places& places() const { return *places_; }

  // What a row is called in the history: a pseudonym of its primary key, or, without one, what the engine calls it.
  // `key`: its values, in the primary key's order; equal keys have the same name, whatever their spelling.
  std::string RowName(const catalog::Table& table, std::span<const Datum> key) const;
  static std::string RowName(int64_t row);

  // XX001 if the key is not there.
  Result<std::string> Seal(const VersionId& id, std::string_view plain) const;
  enum class State : int64_t { kErased = 0, kReadable = 1, kDamaged = 2 };
  struct Opened {
    State state = State::kErased;
    std::string body;  // kReadable
  };
  Result<Opened> Open(const VersionId& id, std::string_view stored) const;

 private:
  Store(std::string secret, std::shared_ptr<Keyring> keyring) : secret_(std::move(secret)), keyring_(std::move(keyring)) {}
  const std::string secret_;
  const std::shared_ptr<Keyring> keyring_;
  const std::unique_ptr<Places> places_ = std::make_unique<Places>();
};

// A column's value out of a version's body, as a value of `type`. NULL: the row had no such column then, or what it had
// cannot be read as that type.
Value ValueIn(std::string_view body, catalog::Attnum column, Oid type, const FormatContext& format);

}  // namespace allod::history
