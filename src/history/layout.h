// What must be known of the tables so that changes of their rows can be recorded, and under whose key: derived from one
// version of the definitions. Immutable; any number of threads may use it.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "ownership/graph.h"

namespace allod::history {

// A key by which one row names another: positions, in the recorded row, of the values of the target's primary key.
struct Link {
  Oid target = 0;
  std::vector<size_t> at;
};

struct TableLayout {
  const catalog::Table* table = nullptr;
  bool recorded = false;              // else only its links matter
  std::vector<const catalog::Column*> columns;  // of the recorded row; null: not wanted
  std::vector<size_t> key;            // positions of the primary key's columns; empty: the table has none
  // Whose the rows are (docs/history.md, "Whose a version is").
  bool owned = false, subject = false;
  bool shared = false;                // others may give the row owners without changing it
  std::vector<Link> owners;           // rows that give it owners, named by its own keys
  std::vector<Link> owned_rows;       // rows to which it gives owners, named by its own keys
};

class Layout {
 public:
  // `before`: definitions that are being replaced, while rows are rewritten for the new ones: the rows have the columns of
  // both. Null otherwise.
  static std::shared_ptr<const Layout> Build(std::shared_ptr<const ownership::Graph> graph,
                                             const catalog::Catalog* before = nullptr);

  const TableLayout* Find(Oid table) const {
    auto it = tables_.find(table);
    return it == tables_.end() ? nullptr : &it->second;
  }
  const std::shared_ptr<const engine::Recording>& recording() const { return recording_; }
  const ownership::Graph& graph() const { return *graph_; }

 private:
  TableLayout Of(const catalog::Table& table, const catalog::Table* before) const;

  std::shared_ptr<const ownership::Graph> graph_;
  std::unordered_map<Oid, TableLayout> tables_;
  std::shared_ptr<const engine::Recording> recording_;
};

}  // namespace allod::history
