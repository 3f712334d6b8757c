// The catalogue as rows of the database: table allod_catalog(kind, oid, body JSON), allod_sequence(oid, last_value,
// is_called), allod_meta(name, value: format version, next oid, catalogue version).
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "engine/engine.h"

namespace allod::catalog {

// Creates the tables of an empty database, or reads what is there. XX001 if it does not parse; 0A000 for a newer format.
Result<std::shared_ptr<const Catalog>> Load(engine::Engine& engine);
// Writes the difference between two catalogues, in the transaction that makes it so; a directory of an older format is
// of the present one from then on.
Status Save(const Catalog& before, const Catalog& after, engine::Transaction& transaction);

std::string ToJson(const Table& table);
Result<Table> TableFromJson(std::string_view json);

// Values of sequences, shared by all sessions of a database; not transactional, as in PostgreSQL. A transaction that
// drew values writes the last one at its commit, so no value that a committed row holds is ever drawn again.
class Sequences {
 public:
  virtual ~Sequences() = default;
  virtual Result<int64_t> Next(const Sequence& sequence) = 0;                                    // thread-safe
  virtual void Set(const Sequence& sequence, int64_t value, bool is_called) = 0;
  virtual std::pair<int64_t, bool> Current(const Sequence& sequence) const = 0;                  // (last_value, is_called)
  virtual Status Persist(const std::vector<Oid>& drawn, engine::Transaction& transaction) = 0;
};
Result<std::unique_ptr<Sequences>> OpenSequences(engine::Engine& engine);

}  // namespace allod::catalog
