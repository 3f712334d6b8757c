#include "ownership/distribution.h"

#include <algorithm>
#include <map>
#include <utility>

namespace allod::ownership {

using catalog::Attnum;
using catalog::Constraint;
using catalog::KeyAction;
using catalog::Table;

namespace {

using Kind = Placement::Kind;

std::string NameOf(const Graph& graph, const Table& table) {
  const catalog::Schema* schema = graph.catalog().FindSchema(table.schema);
  return table.schema == catalog::kPublicNamespace || schema == nullptr ? table.name : schema->name + "." + table.name;
}

std::string ColumnName(const Table& table, Attnum column) { return ColumnNames(table, {column}); }

class Planner {
 public:
  explicit Planner(const Graph& graph) : graph_(graph) {
    for (const auto& [oid, table] : graph.catalog().tables()) {
      if (table->kind == Table::Kind::kTable) tables_.push_back(table.get());
    }
    std::stable_sort(tables_.begin(), tables_.end(), [&](const Table* a, const Table* b) {
      const bool subject_a = graph.IsDataSubject(a->oid), subject_b = graph.IsDataSubject(b->oid);
      return subject_a != subject_b ? subject_a : graph.Order(a->oid) < graph.Order(b->oid);
    });
  }

  Distribution Plan() {
    for (const Table* table : tables_) {
      if (graph_.IsDataSubject(table->oid)) PlaceSubject(*table);
    }
    // A parent on a circle may be placed after its child was looked at.
    for (bool changed = true; changed;) {
      changed = false;
      for (const Table* table : tables_) {
        if (graph_.IsOwned(table->oid) && !placed_.contains(table->oid)) changed = PlaceWithOwner(*table) || changed;
      }
    }
    for (const Table* table : tables_) {
      if (graph_.IsOwned(table->oid) && !placed_.contains(table->oid)) PlaceShared(*table);
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (const Table* table : tables_) {
        if (!placed_.contains(table->oid)) changed = PlaceByReference(*table) || changed;
      }
    }
    PlaceRest();
    Distribution distribution;
    for (const Table* table : tables_) {
      const Placement& placement = placed_.at(table->oid);
      distribution.placements.push_back(placement);
      if (placement.kind == Kind::kDistributed) CheckColumn(*table, placement);
      CheckForeignKeys(*table, placement);
    }
    distribution.obstacles = std::move(obstacles_);
    return distribution;
  }

 private:
  // A column that holds the key by which the parent is distributed.
  struct Candidate {
    Attnum column = 0;
    Oid with = 0;
    const Constraint* key = nullptr;
    bool nullable = false;
    bool in_primary = false;  // of the table that has the column
  };

  void Add(Obstacle::Kind kind, const Table& table, const Constraint* constraint, std::string what,
           std::string remedy) {
    obstacles_.push_back(
        {kind, table.oid, constraint != nullptr ? constraint->name : "", std::move(what), std::move(remedy)});
  }
  void Place(const Table& table, Kind kind, std::string reason, Attnum column = 0, Oid with = 0) {
    placed_[table.oid] = {table.oid, kind, column, with, std::move(reason)};
  }

  static Candidate Through(const Constraint& key, const Placement& parent) {
    if (parent.kind != Kind::kDistributed) return {};
    for (size_t i = 0; i < key.columns.size(); ++i) {
      if (key.target_columns[i] == parent.column) return {key.columns[i], parent.with, &key, false, false};
    }
    return {};
  }

  void PlaceSubject(const Table& table) {
    if (const Constraint* primary = table.PrimaryKey()) {
      Place(table, Kind::kDistributed, "data subject", primary->columns[0], table.oid);
    } else {
      Place(table, Kind::kUnplaced, "data subject without a primary key");
    }
    for (const Edge* edge : graph_.EdgesInto(table.oid)) {
      if (!edge->gives_owners) continue;
      Add(Obstacle::Kind::kSeveralOwners, table, edge->key,
          "a row is its own subject's, and also owned through " + Way(*edge),
          "it is stored by its own key, apart from the other owner's rows");
    }
  }

  std::string Way(const Edge& edge) const {
    const Table& holder = *graph_.catalog().FindTable(edge.holder);
    std::string columns = ColumnNames(holder, edge.key->columns);
    return edge.forward ? columns : NameOf(graph_, holder) + "(" + columns + ")";
  }

  // By a column of its own that holds its owner's key.
  bool PlaceWithOwner(const Table& table) {
    std::vector<Candidate> candidates;
    std::string others;  // ways to get an owner besides the one chosen
    for (const Edge* edge : graph_.EdgesInto(table.oid)) {
      if (!edge->gives_owners || !edge->forward) continue;
      auto parent = placed_.find(edge->from);
      if (parent == placed_.end()) continue;
      Candidate candidate = Through(*edge->key, parent->second);
      if (candidate.column == 0) continue;
      candidate.nullable = edge->nullable;
      candidate.in_primary = table.PrimaryKey() != nullptr && Has(table.PrimaryKey()->columns, candidate.column);
      candidates.push_back(candidate);
    }
    if (candidates.empty()) return false;
    // A key that is always there before one that may be NULL; one that the primary key holds already before others.
    const Candidate best =
        *std::min_element(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
          return std::pair(a.nullable, !a.in_primary) < std::pair(b.nullable, !b.in_primary);
        });
    for (const Edge* edge : graph_.EdgesInto(table.oid)) {
      if (!edge->gives_owners || edge->key == best.key) continue;
      const bool same = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        return candidate.key == edge->key && candidate.column == best.column && candidate.with == best.with;
      });
      if (!same) others += (others.empty() ? "" : " and ") + Way(*edge);
    }
    const std::string column = ColumnName(table, best.column);
    Place(table, Kind::kDistributed, "owned through " + column, best.column, best.with);
    if (!others.empty()) {
      Add(Obstacle::Kind::kSeveralOwners, table, nullptr, "a row can also be owned through " + others,
          "it is stored with the owner in " + column + " only");
    }
    return true;
  }

  // No column of its own says who owns its rows.
  void PlaceShared(const Table& table) {
    std::string ways;
    const Edge* indirect = nullptr;
    for (const Edge* edge : graph_.EdgesInto(table.oid)) {
      if (!edge->gives_owners) continue;
      ways += (ways.empty() ? "" : " and ") + Way(*edge);
      auto parent = placed_.find(edge->from);
      if (edge->forward && (parent == placed_.end() || parent->second.kind != Kind::kReference)) indirect = edge;
    }
    if (indirect != nullptr) {
      const Table& parent = *graph_.catalog().FindTable(indirect->from);
      Place(table, Kind::kUnplaced, "owned through " + ways);
      Add(Obstacle::Kind::kNoOwnerColumn, table, indirect->key,
          "owned through " + ways + ", but no column holds the owner's own key",
          "add the column that " + NameOf(graph_, parent) + " is distributed by, and put it into the foreign key");
      return;
    }
    Place(table, Kind::kReference, "owned through " + ways);
    Add(Obstacle::Kind::kSeveralOwners, table, nullptr, "a row can have several owners, through " + ways,
        "the table is on every node");
  }

  // What is nobody's, but refers to rows that are somebody's, goes where they are.
  bool PlaceByReference(const Table& table) {
    bool refers = false;
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      auto parent = placed_.find(key.target);
      if (parent == placed_.end() || parent->second.kind != Kind::kDistributed) continue;
      refers = true;
      const Candidate candidate = Through(key, parent->second);
      if (candidate.column == 0) continue;
      Place(table, Kind::kDistributed, "refers to " + NameOf(graph_, *graph_.catalog().FindTable(key.target)),
            candidate.column, candidate.with);
      return true;
    }
    if (!refers) return false;
    Place(table, Kind::kUnplaced, "refers to rows that are distributed, by other columns");
    return true;
  }

  // Reference tables may refer to each other only; what nothing distributed refers to can stay.
  void PlaceRest() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Table* table : tables_) {
        auto holder = placed_.find(table->oid);
        if (holder == placed_.end()) continue;
        for (const Constraint& key : table->constraints) {
          if (key.kind != Constraint::Kind::kForeignKey || placed_.contains(key.target)) continue;
          const Table* target = graph_.catalog().FindTable(key.target);
          if (target == nullptr) continue;
          Place(*target, Kind::kReference, "referred to by " + NameOf(graph_, *table));
          changed = true;
        }
      }
    }
    for (const Table* table : tables_) {
      if (!placed_.contains(table->oid)) Place(*table, Kind::kLocal, "nobody's");
    }
  }

  void CheckColumn(const Table& table, const Placement& placement) {
    const catalog::Column& column = *table.FindColumn(placement.column);
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kPrimaryKey && key.kind != Constraint::Kind::kUnique) continue;
      CheckKey(table, placement, key.columns, &key,
               key.kind == Constraint::Kind::kPrimaryKey ? "primary key" : "unique key");
    }
    for (const catalog::Index& index : table.indexes) {
      const bool of_key = std::any_of(table.constraints.begin(), table.constraints.end(),
                                      [&](const Constraint& key) { return key.index == index.oid; });
      if (!index.unique || of_key) continue;
      std::vector<Attnum> columns;
      for (const catalog::IndexColumn& part : index.columns) {
        if (part.column != 0) columns.push_back(part.column);
      }
      CheckKey(table, placement, columns, nullptr, "unique index " + index.name);
    }
    const Constraint* primary = table.PrimaryKey();
    const bool in_primary = primary != nullptr && Has(primary->columns, placement.column);
    if (!column.not_null && !in_primary) {
      Add(Obstacle::Kind::kNullable, table, nullptr, column.name + " can be NULL",
          "ALTER TABLE " + NameOf(graph_, table) + " ALTER COLUMN " + column.name + " SET NOT NULL");
    }
    const Table& subject = *graph_.catalog().FindTable(placement.with);
    const catalog::Column& key = *subject.FindColumn(placed_.at(subject.oid).column);
    if (key.type.oid != column.type.oid) {
      Add(Obstacle::Kind::kTypeDiffers, table, nullptr,
          column.name + " is " + TypeName(column) + ", but " + NameOf(graph_, subject) + "." + key.name + " is " +
              TypeName(key),
          "give both the same type");
    }
  }

  static bool Has(const std::vector<Attnum>& columns, Attnum column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }
  static std::string TypeName(const catalog::Column& column) {
    return FindType(column.type.oid) != nullptr ? FormatType({column.type.oid, -1}) : column.type_name;
  }

  void CheckKey(const Table& table, const Placement& placement, const std::vector<Attnum>& columns,
                const Constraint* constraint, const std::string& what) {
    if (Has(columns, placement.column)) return;
    std::vector<Attnum> more = columns;
    more.insert(more.begin(), placement.column);
    Add(Obstacle::Kind::kKeyWithoutColumn, table, constraint,
        what + " (" + ColumnNames(table, columns) + ") does not hold " + ColumnName(table, placement.column),
        "make it (" + ColumnNames(table, more) + ")");
  }

  void CheckForeignKeys(const Table& table, const Placement& placement) {
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      auto target = placed_.find(key.target);
      if (target == placed_.end() || target->second.kind != Kind::kDistributed) continue;
      const std::string other = NameOf(graph_, *graph_.catalog().FindTable(key.target));
      const std::string named = "foreign key (" + ColumnNames(table, key.columns) + ") to " + other;
      const std::string drop = "drop it, or make it hold the columns that both tables are distributed by";
      if (placement.kind == Kind::kReference) {
        Add(Obstacle::Kind::kForeignKey, table, &key, named + " leads from a table on every node to a distributed one",
            "drop it");
        continue;
      }
      if (placement.kind != Kind::kDistributed) {
        // What has no owner's column has been told so, if this is the key that makes the owners.
        const Edge* edge = graph_.EdgeOf(&key);
        if (edge == nullptr || !edge->gives_owners) {
          Add(Obstacle::Kind::kForeignKey, table, &key,
              named + " does not hold the column that " + other + " is distributed by", drop);
        }
        continue;
      }
      const Candidate through = Through(key, target->second);
      if (through.column != placement.column || through.with != placement.with) {
        Add(Obstacle::Kind::kForeignKey, table, &key, named + " leads to other nodes", drop);
      } else if (key.on_delete == KeyAction::kSetNull || key.on_delete == KeyAction::kSetDefault) {
        Add(Obstacle::Kind::kForeignKey, table, &key,
            named + " would change " + ColumnName(table, placement.column) + " when the row it refers to is deleted",
            "use ON DELETE CASCADE or NO ACTION");
      }
    }
  }

  const Graph& graph_;
  std::vector<const Table*> tables_;
  std::map<Oid, Placement> placed_;
  std::vector<Obstacle> obstacles_;
};

// Within a regclass's text and a column's name: no words are reserved there.
std::string Literal(const std::string& text) {
  std::string literal = "'";
  for (char c : text) literal += c == '\'' ? "''" : std::string(1, c);
  return literal + "'";
}

std::string Identifier(const std::string& name) {
  const bool plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                     std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (plain) return name;
  std::string quoted = "\"";
  for (char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string Regclass(const Graph& graph, Oid oid) {
  const Table& table = *graph.catalog().FindTable(oid);
  const catalog::Schema* schema = graph.catalog().FindSchema(table.schema);
  return Literal((schema != nullptr ? Identifier(schema->name) + "." : "") + Identifier(table.name));
}

}  // namespace

Distribution PlanDistribution(const Graph& graph) { return Planner(graph).Plan(); }

std::string ToText(const Graph& graph, const Distribution& distribution) {
  std::string text;
  for (const Placement& placement : distribution.placements) {
    const Table& table = *graph.catalog().FindTable(placement.table);
    text += NameOf(graph, table) + ": ";
    switch (placement.kind) {
      case Kind::kDistributed:
        text += "distributed by " + ColumnName(table, placement.column);
        if (placement.with != placement.table)
          text += ", with " + NameOf(graph, *graph.catalog().FindTable(placement.with));
        break;
      case Kind::kReference:
        text += "on every node";
        break;
      case Kind::kLocal:
        text += "stays where it is";
        break;
      case Kind::kUnplaced:
        text += "cannot be placed";
        break;
    }
    text += " (" + placement.reason + ")\n";
  }
  for (const Obstacle& obstacle : distribution.obstacles) {
    text += (obstacle.kind == Obstacle::Kind::kSeveralOwners ? "note: " : "in the way: ") +
            NameOf(graph, *graph.catalog().FindTable(obstacle.table)) + ": " + obstacle.what + "; " + obstacle.remedy +
            "\n";
  }
  return text;
}

std::vector<std::string> CitusStatements(const Graph& graph, const Distribution& distribution) {
  // Tables on every node first, because distributed ones refer to them; within a kind, a table after those it refers
  // to.
  std::vector<std::string> statements;
  for (Kind kind : {Kind::kReference, Kind::kDistributed}) {
    std::vector<const Placement*> waiting;
    for (const Placement& placement : distribution.placements) {
      if (placement.kind == kind) waiting.push_back(&placement);
    }
    while (!waiting.empty()) {
      auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const Placement* one) {
        const Table& table = *graph.catalog().FindTable(one->table);
        return std::none_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& key) {
          return key.kind == Constraint::Kind::kForeignKey && key.target != one->table &&
                 std::any_of(waiting.begin(), waiting.end(),
                             [&](const Placement* other) { return other->table == key.target; });
        });
      });
      if (ready == waiting.end()) ready = waiting.begin();  // a circle of foreign keys
      const Placement& one = **ready;
      waiting.erase(ready);
      if (kind == Kind::kReference) {
        statements.push_back("SELECT create_reference_table(" + Regclass(graph, one.table) + ")");
        continue;
      }
      const std::string column = graph.catalog().FindTable(one.table)->FindColumn(one.column)->name;
      const std::string with = one.with == one.table ? Literal("none") : Regclass(graph, one.with);
      statements.push_back("SELECT create_distributed_table(" + Regclass(graph, one.table) + ", " + Literal(column) +
                           ", colocate_with => " + with + ")");
    }
  }
  return statements;
}

}  // namespace allod::ownership
