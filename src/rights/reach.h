// The rows that a data subject is related to: found by following the edges of the ownership graph from the subject's
// own row, a set of rows and one statement at a time. The cost grows with the rows found.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "ownership/graph.h"
#include "ownership/key_queries.h"
#include "rights/rights.h"

namespace allod::rights {

// One row of the database, fetched once.
struct ReachedRow {
  Oid table = 0;
  int64_t locator = 0;                          // its row id, if that is how rows are named here (Reach::Name)
  Row cells;                                    // all columns, or only the key columns (ownership::TableKeys::columns)
  bool related = false;                         // the subject owns it or may access it
  bool owned = false;                           // the subject owns it
  std::vector<const ownership::Edge*> through;  // the edges by which a related row leads to this one
  std::vector<std::pair<const ownership::Edge*, int>> gives,
      takes;  // followed edges out of and into it, and the other row
};

class Reach {
 public:
  // With kKeys, `gives` and `takes` are recorded too; with kHeld moreover the rows are held until the transaction ends.
  enum class Columns : uint8_t { kAll, kKeys, kHeld };
  Reach(const ownership::Graph& graph, Columns columns, engine::Transaction& transaction, ExecContext* context)
      : graph_(graph), columns_(columns), transaction_(transaction), context_(context) {}

  // The subject's row becomes row 0. False if there is none. 42809 if the table is not a data subject's.
  Result<bool> Start(const SubjectKey& subject);
  // All rows that the subject owns or may access; `owned` is not decided.
  Status FollowAll();
  // First the rows that it owns, then those that it may access.
  Status FollowByRights();

  // Rows at the far end of an edge from the given rows, added to rows().
  Status Follow(const ownership::Edge& edge, std::span<const int> from);
  // The rows whose `key` names one of these rows of its target: (naming row, named row).
  Result<std::vector<std::pair<int, int>>> Holders(const ownership::Reference& reference, std::span<const int> named);

  std::vector<ReachedRow>& rows() { return rows_; }
  // The value of a column; NULL if it was not fetched.
  const Value& Cell(const ReachedRow& row, catalog::Attnum column) const;
  // The values of some columns; empty if one of them is NULL.
  Row Key(const ReachedRow& row, const std::vector<catalog::Attnum>& columns) const;
  // What names the row in KeyQueries' statements.
  Row Name(const ReachedRow& row) const;
  // How many values that is for rows of this table.
  int NameWidth(Oid table) const;

 private:
  // Runs `lookup` for the keys; `found` gets the key's index and the row, which is new if `fresh`.
  Status Find(Oid table, const ownership::Lookup& lookup, std::vector<Row> keys,
              const std::function<void(size_t key, int row, bool fresh)>& found);
  int AddRow(Oid table, const engine::Cursor& cursor, int first_column, bool* fresh);
  const std::vector<int16_t>& Positions(const ownership::TableKeys& keys) const;
  Status FollowPending(bool owned_only);

  const ownership::Graph& graph_;
  const Columns columns_;
  engine::Transaction& transaction_;
  ExecContext* context_;
  std::vector<ReachedRow> rows_;
  std::unordered_map<Oid, std::unordered_map<int64_t, int>> index_;
  std::unordered_map<Oid, std::map<Row, int>> index_by_name_;  // where rows are not named by a row id
  std::vector<std::string> places_;                            // of rows named so; `locator` is the index
  std::vector<int> fresh_;  // related by the last Follow, for the first time
};

}  // namespace allod::rights
