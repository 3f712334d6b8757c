// What a data subject may ask for: access (GDPR GET), erasure (GDPR FORGET), and both as counts (EXPLAIN GDPR ...).
// Cost grows with the subject's own rows: every step is a key lookup along an indexed foreign key.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "ownership/graph.h"

namespace allod::rights {

struct SubjectKey {
  Oid table = 0;
  Row key;  // primary key, stored form, in the key's column order
};

struct TableRows {
  Oid table = 0;
  std::vector<Row> rows;  // all columns, in the table's order, after the ON GET rules; each row once
};

// 42809 if the table is not a data subject; P0002-like 02000 is not an error: an unknown subject has no rows.
Result<std::vector<TableRows>> Get(const ownership::Graph& graph, const SubjectKey& subject,
                                   engine::Transaction& transaction, ExecContext* context);

struct Erasure {
  Oid table = 0;
  int64_t erased = 0, anonymized = 0, kept = 0;
};
// Runs in the caller's transaction (kWrite); the caller commits. `dry_run`: counts only, nothing is written.
Result<std::vector<Erasure>> Forget(const ownership::Graph& graph, const SubjectKey& subject,
                                    engine::Transaction& transaction, ExecContext* context, bool dry_run);

}  // namespace allod::rights
