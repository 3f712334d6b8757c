// The ownership graph: what the foreign keys of a catalogue say about who owns and who may access a row
// (docs/architecture.md, "Ownership"). Derived from the catalogue, never stored. Immutable; one per catalogue version;
// any number of threads may use it.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "catalog/catalog.h"
#include "engine/engine.h"

namespace allod::ownership {

class KeyQueries;

// An edge carries rights from the rows of `from` to the rows of `to`: the owners of a row of `from` own (or access) the
// related rows of `to`. The key stands in `holder`, which is `to` for OWNED_BY/ACCESSED_BY and `from` for
// OWNS/ACCESSES.
struct Edge {
  int id = 0;  // its index in Graph::edges()
  Oid from = 0, to = 0;
  Oid holder = 0;  // table that has the foreign key
  const catalog::Constraint* key = nullptr;
  bool owns = false;      // else it gives access only
  bool implied = false;   // an unannotated REFERENCES
  bool nullable = false;  // some key column is nullable
  bool forward = false;   // OWNED_BY, ACCESSED_BY: the key stands in `to` (also in a self-reference)
  // It can make somebody an owner: `owns`, and the rows of `from` have owners. An OWNED_BY of a table that nobody owns
  // (yet) passes access on, no more.
  bool gives_owners = false;

  bool holder_is_target() const { return forward; }
  // The rows of `to` whose to_columns() equal a row of `from`'s from_columns() are related to it.
  const std::vector<catalog::Attnum>& from_columns() const { return forward ? key->target_columns : key->columns; }
  const std::vector<catalog::Attnum>& to_columns() const { return forward ? key->columns : key->target_columns; }
};

// A foreign key of any kind, seen from the table that it names.
struct Reference {
  const catalog::Table* holder = nullptr;
  const catalog::Constraint* key = nullptr;
  const Edge* edge = nullptr;  // null: an ordinary key
};

class Graph {
 public:
  // 42A01 where an unannotated key is ambiguous; names the keys. The dialect is that of the engine whose rows are judged.
  static Result<std::shared_ptr<const Graph>> Build(std::shared_ptr<const catalog::Catalog> catalog,
                                                    engine::DialectId dialect = engine::DialectId::kSqlite);
  ~Graph();

  const catalog::Catalog& catalog() const { return *catalog_; }
  const std::vector<Edge>& edges() const { return edges_; }
  const std::vector<const Edge*>& EdgesInto(Oid table) const { return Of(table).into; }
  const std::vector<const Edge*>& EdgesFrom(Oid table) const { return Of(table).out; }
  // Foreign keys of other tables (and its own) that name this table.
  const std::vector<Reference>& ReferencesTo(Oid table) const { return Of(table).references; }
  // The edge that a foreign key makes; null for an ordinary key.
  const Edge* EdgeOf(const catalog::Constraint* key) const;

  // Every row of the table must have an owner: a data subject, or some ownership edge leads to it from one (over any
  // number of steps).
  bool IsOwned(Oid table) const { return Of(table).owned; }
  bool IsDataSubject(Oid table) const { return Of(table).subject; }
  // A row of the table has an owner whatever the data: a data subject, or a NOT NULL OWNED_BY to such a table.
  bool AlwaysOwned(Oid table) const { return Of(table).always_owned; }
  // If a row of this owned table has no owner, then its parent by a NOT NULL OWNED_BY key has none either, and the
  // parent does not depend on this table. So the table itself never needs to be looked at: see orphans.cc.
  bool IsCarried(Oid table) const { return Of(table).carried; }
  // Owned and not carried: the tables in which an orphan shows first.
  bool NeedsCheck(Oid table) const { return Of(table).owned && !Of(table).carried; }
  // Tables in an order in which every edge between different cycles leads forward.
  int Order(Oid table) const { return Of(table).order; }
  // Of tables whose rows can own each other in a circle: the first of them, by OID; 0 for other tables.
  Oid CycleOf(Oid table) const { return Of(table).cycle; }
  // `table` and everything its rows can own, directly or not.
  std::set<Oid> OwnedDownstream(Oid table) const;

  const KeyQueries& queries() const { return *queries_; }
  std::shared_ptr<const engine::Watch> watch(Oid table) const { return Of(table).watch; }
  // Whatever a statement may touch.
  std::shared_ptr<const engine::Watch> full_watch() const { return full_watch_; }

 private:
  struct Node {
    const catalog::Table* table = nullptr;
    std::vector<const Edge*> into, out;
    std::vector<Reference> references;
    bool subject = false, owned = false, always_owned = false, carried = false;
    int order = 0;
    Oid cycle = 0;
    std::shared_ptr<const engine::Watch> watch;
  };

  Graph() = default;
  const Node& Of(Oid table) const;
  Status MakeEdges();
  void AddEdge(const catalog::Table& holder, const catalog::Constraint& key, catalog::Annotation kind, bool implied);
  void FindCarried();
  void FindOrder();
  void MakeWatches();

  std::shared_ptr<const catalog::Catalog> catalog_;
  std::vector<Edge> edges_;
  std::unordered_map<Oid, Node> nodes_;
  std::unique_ptr<const KeyQueries> queries_;
  std::shared_ptr<const engine::Watch> full_watch_;
};

// Refuses a schema under which some erasure could only fail (42A02), a rule on a primary key or another owner's key
// (42P17), an annotation that does not point at a primary key (42830). The whole schema is checked, because one
// definition can make another table owned; what concerns `changed` (the table just defined, or 0) is reported first.
Status CheckSchema(const Graph& graph, Oid changed);

// Which tables and columns must be captured so that CheckOrphans can be exact; null if nothing ever can be orphaned by
// a statement that touches `table`. The watch covers cascades: it is the union over what the change can reach. The same
// pointer every time; tags are table OIDs.
std::shared_ptr<const engine::Watch> WatchFor(const Graph& graph, Oid table);

// The orphan check, before commit: 23A01 naming the rows if a row of an owned table that these changes concern has no
// owner. Reads through `transaction`, which sees the changes. The rows named are those that the transaction itself has
// left without an owner, not all that hang on them.
// Where several transactions are judged at once, it first holds the rows that lost an owner-giving relation (and waits
// for others who do): nothing but Commit may come between it and the commit. 40001 or 40P01 then say that the
// transaction can be tried again.
// Changes captured under an older graph (a definition in the same transaction) are understood as far as they can be;
// the caller gives the tables that were defined or altered to CheckAllRows as well.
Status CheckOrphans(const Graph& graph, engine::Transaction& transaction, ExecContext* context);

// The same for all rows of owned tables among `tables` and whatever their rows own, directly or not. Empty `tables`:
// all tables. For ALTER TABLE on tables that hold data: the tables into which edges have changed.
Status CheckAllRows(const Graph& graph, engine::Transaction& transaction, ExecContext* context,
                    const std::set<Oid>& tables);

// EXPLAIN COMPLIANCE's rows: (table_name, kind, paths, warnings). One for each edge into a table, with the shortest
// path that ends in it; one for a table without any.
struct ComplianceRow {
  std::string table, kind;  // kind: "data subject", "owned", "accessed", "unowned"
  std::string
      path;        // "members.user_id OWNED_BY users (explicit)"; steps from the table to the subject, ", "; "" if none
  int length = 0;  // steps from the data subject
  std::string warning;  // "" if none; several are separated by "; "
};
std::vector<ComplianceRow> ExplainCompliance(const Graph& graph);

// The columns to set to NULL so that a foreign key names nothing, without taking anything from another key that makes
// owners; empty if there are none (NOT NULL, part of the primary key, or shared).
std::vector<catalog::Attnum> ClearableColumns(const Graph& graph, const catalog::Table& holder,
                                              const catalog::Constraint& key);

// The edges that an anonymisation rule of `table` speaks of.
std::vector<const Edge*> EdgesOfRule(const Graph& graph, const catalog::Table& table,
                                     const catalog::AnonymizationRule& rule);

// For messages: "group_id, user_id".
std::string ColumnNames(const catalog::Table& table, const std::vector<catalog::Attnum>& columns);
std::string_view AnnotationName(const Edge& edge);  // "OWNED_BY", ...

}  // namespace allod::ownership
