// The ownership graph: what the foreign keys of a catalogue say about who owns and who may access a row
// (docs/architecture.md, "Ownership"). Derived from the catalogue, never stored. Immutable; one per catalogue version.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "catalog/catalog.h"
#include "engine/engine.h"

namespace allod::ownership {

// An edge carries rights from the rows of `from` to the rows of `to`: the owners of a row of `from` own (or access) the
// related rows of `to`. The key stands in `holder`, which is `to` for OWNED_BY/ACCESSED_BY and `from` for OWNS/ACCESSES.
struct Edge {
  Oid from = 0, to = 0;
  Oid holder = 0;                          // table that has the foreign key
  const catalog::Constraint* key = nullptr;
  bool owns = false;                       // else it gives access only
  bool implied = false;                    // an unannotated REFERENCES
  bool nullable = false;                   // some key column is nullable
  bool holder_is_target() const { return holder == to; }
};

class Graph {
 public:
  // 42A01 where an unannotated key is ambiguous; names the keys.
  static Result<std::shared_ptr<const Graph>> Build(std::shared_ptr<const catalog::Catalog> catalog);

  const catalog::Catalog& catalog() const { return *catalog_; }
  const std::vector<Edge>& edges() const { return edges_; }
  std::vector<const Edge*> EdgesInto(Oid table) const;
  std::vector<const Edge*> EdgesFrom(Oid table) const;
  // Some ownership edge leads to it from a data subject (over any number of steps).
  bool IsOwned(Oid table) const { return owned_.contains(table); }
  bool IsDataSubject(Oid table) const;
  // A row of the table has an owner whatever the data: a data subject, or a NOT NULL OWNED_BY to such a table.
  bool AlwaysOwned(Oid table) const { return always_owned_.contains(table); }

 private:
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::vector<Edge> edges_;
  std::set<Oid> owned_, always_owned_;
};

// Refuses a schema under which some erasure could only fail (42A02), a rule on a primary key or another owner's key
// (42P17), an annotation that does not point at a primary key (42830). `changed`: the table just defined, 0 for all.
Status CheckSchema(const Graph& graph, Oid changed);

// Which tables and columns must be captured so that CheckOrphans can be exact; null if nothing ever can be orphaned by
// a statement that touches `table`. The watch covers cascades: it is the union over what the change can reach.
std::shared_ptr<const engine::Watch> WatchFor(const Graph& graph, Oid table);

// The orphan check, before commit: 23A01 naming the rows if a row of an owned table that these changes concern has no
// owner. Reads through `transaction`, which sees the changes.
Status CheckOrphans(const Graph& graph, engine::Transaction& transaction, ExecContext* context);

// All rows of owned tables, for ALTER TABLE on tables that hold data. Empty status if none is an orphan.
Status CheckAllRows(const Graph& graph, engine::Transaction& transaction, ExecContext* context, const std::set<Oid>& tables);

// EXPLAIN COMPLIANCE's rows: (table_name, kind, paths, warnings).
struct ComplianceRow {
  std::string table, kind;  // kind: "data subject", "owned", "accessed", "unowned"
  std::string path;         // "members.user_id OWNED_BY users (explicit)"; "" if none
  int length = 0;           // steps from the data subject
  std::string warning;      // "" if none
};
std::vector<ComplianceRow> ExplainCompliance(const Graph& graph);

}  // namespace allod::ownership
