// The history of one database: its stored tables (catalog/stored_history.h), and the names under which rows stand in them.
// Thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/datetime.h"
#include "base/status.h"
#include "base/value.h"
#include "engine/engine.h"
#include "history/layout.h"

namespace allod::history {

class Store {
 public:
  // Makes the stored tables if they are not there. REQUIRES: the engine records changes.
  static Result<std::shared_ptr<const Store>> Open(engine::Engine& engine);

  // What a row is called in the history: a pseudonym of its primary key, or, without one, what the engine calls it.
  // `key`: its values, in the primary key's order; equal keys have the same name, whatever their spelling.
  std::string RowName(const catalog::Table& table, std::span<const Datum> key) const;
  static std::string RowName(int64_t row);

 private:
  explicit Store(std::string secret) : secret_(std::move(secret)) {}
  const std::string secret_;
};

// A column's value out of a version's body, as a value of `type`. NULL: the row had no such column then, or what it had
// cannot be read as that type.
Value ValueIn(std::string_view body, catalog::Attnum column, Oid type, const FormatContext& format);

}  // namespace allod::history
