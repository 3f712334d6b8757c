// The statements by which ownership and rights follow foreign keys, as texts for the embedded engine, compiled once per
// graph. This file and its .cc are the only place that writes them: another engine's dialect is added beside it.
//
// Rows are named by a *locator*: the engine's own name of a stored row (the row id), so that tables without a primary
// key work too. A locator is good within one transaction.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ownership/graph.h"

namespace allod::ownership {

// Finds the rows of one table whose `columns` equal a key. Each text answers locator, then the projection's columns;
// `many` answers one column more in front: the last column of the relation's row that was found by, so that the caller
// knows which key it was. The relation's rows are the key's values, then that number.
struct Lookup {
  std::string one_all, many_all;    // all columns, in the table's order
  std::string one_keys, many_keys;  // TableKeys::columns
};

struct TableKeys {
  const catalog::Table* table = nullptr;
  // What erasure needs to know of a row: the columns of its keys, those that others' keys name, and those that an ON
  // DEL rule sets to NULL. Ascending.
  std::vector<catalog::Attnum> columns;
  // Where a column stands among all columns and among `columns`; indexed by its number, -1: nowhere.
  std::vector<int16_t> position_in_all, position_in_keys;
  std::string delete_one, delete_many;  // by locator; the relation has one column

  // The orphan check's view of a row, which is also what is captured of a change: the primary key, then the columns of
  // the keys that make it owned, then those of the keys by which it makes others owned.
  std::vector<catalog::Attnum> layout;
  size_t primary_width = 0;  // the first columns of `layout` are the primary key; 0: the table has none
  struct LayoutKey {
    const Edge* edge = nullptr;
    std::vector<size_t> at;  // the key's columns in `layout`
    bool enough = false;     // a row whose key is not NULL has an owner by it
  };
  std::vector<LayoutKey> owner_keys;  // by which the table's rows get owners
  std::vector<LayoutKey> giver_keys;  // OWNS keys by which they give them to tables that need checks
  // Rows that have no owner as far as three steps along the keys can tell: their layout. For tables that need checks.
  std::string unsupported;
};

class KeyQueries {
 public:
  explicit KeyQueries(const Graph& graph);

  const TableKeys& Of(Oid table) const { return tables_.at(table); }
  // By an edge, from its `from` to its `to`.
  const Lookup& Along(const Edge& edge) const { return *edges_[edge.id]; }
  // The rows whose key names one of the given rows of its target.
  const Lookup& Holders(const catalog::Table& holder, const catalog::Constraint& key) const {
    return lookups_.at({holder.oid, key.columns});
  }
  const Lookup& ByPrimaryKey(const catalog::Table& table) const {
    return lookups_.at({table.oid, table.PrimaryKey()->columns});
  }
  // REQUIRES: edge is OWNS. Of the relation ?1 (values of to_columns, a number), the numbers of those that a row of
  // `holder` names whose locator is not in the relation ?2.
  const std::string& OtherHolders(const Edge& edge) const { return other_holders_[edge.id]; }
  // For the orphan check, against a gives_owners edge: of the relation ?1 (key values, a number) the rows at the edge's
  // `from` end that are related to it: number, layout, 1 if three steps along the keys show an owner.
  // The key values are those of to_columns() for OWNS, of the holder's key for OWNED_BY.
  const std::string& Givers(const Edge& edge) const { return givers_[edge.id]; }
  // The same, of rows given by their primary key.
  const std::string& Rows(Oid table) const { return rows_.at(table); }

  // Sets columns to NULL in the rows of the relation ?1 (locators).
  static std::string Clear(Oid table, const std::vector<catalog::Attnum>& columns);

 private:
  using LookupKey = std::pair<Oid, std::vector<catalog::Attnum>>;
  void AddTable(const catalog::Table& table);
  const Lookup* AddLookup(const catalog::Table& table, const std::vector<catalog::Attnum>& columns);
  void AddSupport(const catalog::Table& table);
  std::string Supported(Oid table, const std::string& alias, int steps) const;

  const Graph& graph_;
  std::unordered_map<Oid, TableKeys> tables_;
  std::map<LookupKey, Lookup> lookups_;
  std::vector<const Lookup*> edges_;
  std::vector<std::string> other_holders_, givers_;
  std::unordered_map<Oid, std::string> rows_;
};

}  // namespace allod::ownership
