// History as it is stored on an engine that records changes: the tables and the texts that read them, in the embedded
// engine's dialect. This is the one place that knows their shape (docs/history.md says what it means); src/history writes them.
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"

namespace allod::catalog {

// allod_transaction: one row for each transaction that changed rows of a recorded table; tx counts up without gaps.
//   `chain`: a hash over this row and its versions, as they are stored, and the chain before it (history/sealed.h).
// allod_version: one row for each change of a row. `seq` orders them as they were written, `row` names the row, `version` counts from 1, `n`
//   within the transaction; `changed` as history/body.h says, `body` as history/sealed.h does, NULL: a deletion. `domain`: whose it is, 0: nobody's.
// allod_domain: whose a version can be: a row of a table, by its name; destroyed ones have none.
// allod_share: `owner` is a co-owner of the row that `domain` is.
// allod_version_place, allod_domain_place, allod_share_place find them by a row's name and by an owner, as far as allod_placed says
//   (history/places.h): up to that `seq`, and that `domain`.
inline constexpr std::string_view kCreateHistory =
    "CREATE TABLE allod_transaction (tx INTEGER PRIMARY KEY, began INTEGER NOT NULL, committed INTEGER NOT NULL, "
    "role TEXT NOT NULL, subject TEXT, purpose TEXT, grant_id TEXT, application TEXT, changes INTEGER NOT NULL, "
    "chain BLOB NOT NULL) STRICT;"
    "CREATE TABLE allod_version (seq INTEGER PRIMARY KEY, tab INTEGER NOT NULL, row BLOB NOT NULL, version INTEGER NOT NULL, tx INTEGER NOT NULL, "
    "n INTEGER NOT NULL, op INTEGER NOT NULL, domain INTEGER NOT NULL, changed BLOB, body BLOB) STRICT;"
    "CREATE TABLE allod_version_place (tab INTEGER NOT NULL, row BLOB NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, "
    "PRIMARY KEY (tab, row, version)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE allod_domain (domain INTEGER PRIMARY KEY, tab INTEGER, row BLOB) STRICT;"
    "CREATE TABLE allod_domain_place (tab INTEGER NOT NULL, row BLOB NOT NULL, domain INTEGER NOT NULL, PRIMARY KEY (tab, row)) "
    "WITHOUT ROWID, STRICT;"
    "CREATE TABLE allod_share (domain INTEGER NOT NULL, owner INTEGER NOT NULL, PRIMARY KEY (domain, owner)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE allod_share_place (owner INTEGER NOT NULL, domain INTEGER NOT NULL, PRIMARY KEY (owner, domain)) "
    "WITHOUT ROWID, STRICT;"
    "CREATE TABLE allod_placed (versions INTEGER NOT NULL, domains INTEGER NOT NULL) STRICT;"
    "INSERT INTO allod_placed VALUES (0, 0);"
    "CREATE TABLE allod_history (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT";

enum class VersionOp : int64_t { kInsert = 1, kUpdate = 2, kDelete = 3 };

// Which versions: all, deletions too; those that were valid at $1; at some time from $1 until before $2; from $1 until $2; at any time.
// A version was valid from its transaction's commit until that of the next version's, if that is not the same.
enum class Period { kHistory, kAsOf, kFrom, kBetween, kAll };
// Tables in brackets, as templates in the sense of sql::Overload::sqlite. Columns: the table's physical ones, then tx, op,
// version, row_start, row_end, status. `key`: the argument ($3) that is the primary key of the only row wanted; 0: all rows.
std::string HistoryText(const Table& table, Period period = Period::kHistory, int key = 0);
// The newest version of the row whose primary key has the text $1, of those that changed column number `column` (0: any).
// Columns: tx, op, version, role, subject, purpose, grant_id, application, began, committed.
std::string OriginText(const Table& table, Attnum column);
// Columns: tx, role, subject, purpose, grant_id, application, began, committed, changes.
std::string TransactionsText();

}  // namespace allod::catalog
