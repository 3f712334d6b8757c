// Is the history what was written, and are the rows what it says? Every transaction and version against the chain, every body against its key, what
// finds them against them, and every row of every recorded table against its newest version.
#pragma once

#include <functional>
#include <string>

#include "history/layout.h"
#include "history/store.h"

namespace allod::history {

struct Fault {
  Oid table = 0;        // 0: of no table
  std::string key;      // the row's primary key, as text; "": not known
  std::string problem;  // holds no values
};
using FaultFound = std::function<void(Fault)>;

// `only`: that table's versions and rows, and not the chain; 0: all. Sees what `transaction` sees, and needs memory for what has no place
// yet alone. An error: it could not be looked at.
Status CheckHistory(const Store& store, const Layout& layout, engine::Transaction& transaction, const FormatContext& format, Oid only,
                    const FaultFound& found);

}  // namespace allod::history
