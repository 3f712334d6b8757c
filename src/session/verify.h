// VERIFY: is what is stored what may be stored, and what was written?
//
//   structure   pages, indexes, foreign keys, NOT NULL and UNIQUE; every value in its type's form; no row of an owned table without an owner
//   domain      CHECK
//   bits        history/check.h
#pragma once

#include <functional>
#include <string>

#include "session/database.h"

namespace allod::session {

// So many are named; of more, their number is said.
inline constexpr int64_t kMostNamedFaults = 10'000;

struct VerifyFault {
  std::string table;    // "": of no table
  std::string key;      // of the row, as text; "": not known, or all of the table
  std::string problem;  // in the user's names; holds no values
};

// `only`: one table; null: the whole database. Sees what `transaction` sees, a snapshot. An error: it could not be looked at.
Status Verify(Database& database, const Definitions& definitions, engine::Transaction& transaction, ExecContext* context, const FormatContext& format,
              const catalog::Table* only, const std::function<void(VerifyFault)>& found);

}  // namespace allod::session
