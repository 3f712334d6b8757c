// The statements by which ownership and rights follow foreign keys, as texts in the engine's dialect, compiled once per
// graph. This file and its .cc are the only place that writes them; what differs between dialects is in spelling.h.
//
// Rows are named as the dialect can (RowNaming), within one transaction; tables without a primary key work too. Where
// the text names parameters ?1, ?2, another dialect has its own numbers; the order is the same.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ownership/graph.h"
#include "ownership/spelling.h"

namespace allod::ownership {

// Finds the rows of one table whose `columns` equal a key. Each text answers the row's name, then the projection's
// columns; `many` answers one column more in front: the last column of the relation's row that was found by, so that the caller
// knows which key it was. The relation's rows are the key's values, then that number.
struct Lookup {
  std::string one_all, many_all;    // all columns, in the table's order
  std::string one_keys, many_keys;  // TableKeys::columns
  std::string one_held, many_held;  // the same, and holds the rows exclusively; "" where that needs no words
};

struct TableKeys {
  const catalog::Table* table = nullptr;
  // What erasure needs to know of a row: the columns of its keys, those that others' keys name, and those that an ON
  // DEL rule sets to NULL. Ascending.
  std::vector<catalog::Attnum> columns;
  // Where a column stands among all columns and among `columns`; indexed by its number, -1: nowhere.
  std::vector<int16_t> position_in_all, position_in_keys;
  RowNaming naming = RowNaming::kRowId;
  std::string delete_one, delete_many;  // by row id: one integer, a relation of them. For other names: DeleteTogether

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
  // All rows in the same form, held shared; "" where that is never asked.
  std::string all_held;
};

class KeyQueries {
 public:
  KeyQueries(const Graph& graph, engine::DialectId dialect);

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
  // `holder` names that is not among the rows named by the relation ?2. `held`: one such row is held shared for each.
  const std::string& OtherHolders(const Edge& edge, bool held) const {
    return held ? other_holders_held_[edge.id] : other_holders_[edge.id];
  }
  // For the orphan check, against a gives_owners edge: of the relation ?1 (key values, a number) the rows at the edge's
  // `from` end that are related to it: number, layout, 1 if three steps along the keys show an owner.
  // The key values are those of to_columns() for OWNS, of the holder's key for OWNED_BY.
  // `held`: they are held shared.
  const std::string& Givers(const Edge& edge, bool held) const { return held ? givers_held_[edge.id] : givers_[edge.id]; }
  // The same, of rows given by their primary key.
  const std::string& Rows(Oid table) const { return rows_.at(table); }

  // Sets columns to NULL in the rows that the relation ?1 names.
  std::string Clear(Oid table, const std::vector<catalog::Attnum>& columns) const;
  // One statement that deletes the rows that the relations ?1, ?2, ... name from these tables, and answers how many it
  // was; keys between the rows do not hinder it. "" where the engine has delete_one, delete_many and deferred keys instead.
  std::string DeleteTogether(const std::vector<Oid>& tables) const;

  // Whether several transactions can be judged at the same time; then what is relied on must be held. See orphans.cc.
  bool concurrent() const { return !ask_isolation_.empty(); }
  const std::string& AskIsolation() const { return ask_isolation_; }
  // Of a gives_owners edge that is OWNS, for the relation ?1 (values of to_columns): holds the rows' links.
  const std::string& HoldTargets(const Edge& edge) const { return hold_targets_[edge.id]; }
  std::string HoldTables(const std::set<Oid>& tables) const;
  std::string HoldCycle(Oid first) const { return spelling_->HoldCycle(first); }
  const Spelling& spelling() const { return *spelling_; }

 private:
  using LookupKey = std::pair<Oid, std::vector<catalog::Attnum>>;
  void AddTable(const catalog::Table& table);
  const Lookup* AddLookup(const catalog::Table& table, const std::vector<catalog::Attnum>& columns);
  void AddSupport(const catalog::Table& table);
  void AddHeld(const Edge& edge, const catalog::Table& from, const catalog::Table& to);
  std::string Supported(Oid table, const std::string& alias, int steps) const;
  const catalog::Table& TableOf(Oid oid) const { return *graph_.catalog().FindTable(oid); }
  std::string Columns(const std::string& alias, const catalog::Table& table,
                      const std::vector<catalog::Attnum>& columns) const;
  std::string MatchParameters(const std::string& alias, const catalog::Table& table,
                              const std::vector<catalog::Attnum>& columns) const;
  std::string MatchRelation(const std::string& alias, const catalog::Table& table,
                            const std::vector<catalog::Attnum>& columns) const;

  const Graph& graph_;
  const std::unique_ptr<const Spelling> spelling_;
  const std::string ask_isolation_;
  std::unordered_map<Oid, TableKeys> tables_;
  std::map<LookupKey, Lookup> lookups_;
  std::vector<const Lookup*> edges_;
  std::vector<std::string> other_holders_, other_holders_held_, givers_, givers_held_, hold_targets_;
  std::unordered_map<Oid, std::string> rows_;
};

}  // namespace allod::ownership
