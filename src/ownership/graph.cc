#include "ownership/graph.h"

#include <algorithm>
#include <functional>
#include <map>

#include "ownership/key_queries.h"

namespace allod::ownership {

using catalog::Annotation;
using catalog::Constraint;
using catalog::Table;

namespace {

bool AnyNullable(const Table& table, const std::vector<catalog::Attnum>& columns) {
  const Constraint* primary = table.PrimaryKey();
  return std::any_of(columns.begin(), columns.end(), [&](catalog::Attnum number) {
    const catalog::Column* column = table.FindColumn(number);
    if (column == nullptr || column->not_null) return false;
    return primary == nullptr ||
           std::find(primary->columns.begin(), primary->columns.end(), number) == primary->columns.end();
  });
}

std::string Quoted(const std::string& name) { return "\"" + name + "\""; }

}  // namespace

std::string ColumnNames(const Table& table, const std::vector<catalog::Attnum>& columns) {
  std::string names;
  for (catalog::Attnum number : columns) {
    if (!names.empty()) names += ", ";
    const catalog::Column* column = table.FindColumn(number);
    names += column != nullptr ? column->name : "?";
  }
  return names;
}

std::string_view AnnotationName(const Edge& edge) {
  if (edge.forward) return edge.owns ? "OWNED_BY" : "ACCESSED_BY";
  return edge.owns ? "OWNS" : "ACCESSES";
}

Graph::~Graph() = default;

const Graph::Node& Graph::Of(Oid table) const {
  static const Node kNone;
  auto it = nodes_.find(table);
  return it != nodes_.end() ? it->second : kNone;
}

const Edge* Graph::EdgeOf(const Constraint* key) const {
  for (const Reference& reference : ReferencesTo(key->target)) {
    if (reference.key == key) return reference.edge;
  }
  return nullptr;
}

Result<std::shared_ptr<const Graph>> Graph::Build(std::shared_ptr<const catalog::Catalog> catalog,
                                                  engine::DialectId dialect) {
  std::shared_ptr<Graph> graph(new Graph());
  graph->catalog_ = std::move(catalog);
  for (const auto& [oid, table] : graph->catalog_->tables()) {
    Node& node = graph->nodes_[oid];
    node.table = table.get();
    node.subject = table->data_subject && table->kind == Table::Kind::kTable;
  }
  ALLOD_RETURN_IF_ERROR(graph->MakeEdges());
  graph->FindOrder();
  graph->FindCarried();
  graph->queries_ = std::make_unique<const KeyQueries>(*graph, dialect);
  graph->MakeWatches();
  return std::shared_ptr<const Graph>(std::move(graph));
}

void Graph::AddEdge(const Table& holder, const Constraint& key, Annotation kind, bool implied) {
  Edge edge;
  edge.id = static_cast<int>(edges_.size());
  edge.holder = holder.oid;
  edge.key = &key;
  edge.owns = kind == Annotation::kOwnedBy || kind == Annotation::kOwns;
  edge.forward = kind == Annotation::kOwnedBy || kind == Annotation::kAccessedBy;
  edge.from = edge.forward ? key.target : holder.oid;
  edge.to = edge.forward ? holder.oid : key.target;
  edge.implied = implied;
  edge.nullable = AnyNullable(holder, key.columns);
  edges_.push_back(edge);
}

// What an unannotated key means depends on whether its target is owned, which may depend on other unannotated keys: the
// owned tables are the least set closed under both. It only grows, and so does the list of a table's candidate keys.
Status Graph::MakeEdges() {
  struct Unannotated {
    const Table* table;
    std::vector<const Constraint*> keys;  // may imply ownership, if their target is owned
  };
  std::vector<Unannotated> unannotated;
  for (const auto& [oid, table] : catalog_->tables()) {
    Unannotated mine{table.get(), {}};
    bool explicit_owner = false;
    for (const Constraint& key : table->constraints) {
      if (key.kind != Constraint::Kind::kForeignKey || !nodes_.contains(key.target)) continue;
      switch (key.annotation) {
        case Annotation::kNone:
          // A self-reference says nothing about who owns the first row of a chain: an ordinary key unless annotated.
          if (key.target != oid) mine.keys.push_back(&key);
          break;
        case Annotation::kReferencesOnly:
          break;
        case Annotation::kOwnedBy:
          explicit_owner = true;
          [[fallthrough]];
        default:
          AddEdge(*table, key, key.annotation, false);
      }
    }
    if (!explicit_owner && !mine.keys.empty()) unannotated.push_back(std::move(mine));
  }
  std::set<Oid> owned;
  for (const auto& [oid, node] : nodes_) {
    if (node.subject) owned.insert(oid);
  }
  auto candidates = [&](const Unannotated& one) {
    std::vector<const Constraint*> keys;
    for (const Constraint* key : one.keys) {
      if (owned.contains(key->target)) keys.push_back(key);
    }
    return keys;
  };
  for (size_t before = owned.size() + 1; before != owned.size();) {
    before = owned.size();
    for (const Edge& edge : edges_) {
      if (edge.owns && owned.contains(edge.from)) owned.insert(edge.to);
    }
    for (const Unannotated& one : unannotated) {
      if (!candidates(one).empty()) owned.insert(one.table->oid);
    }
  }
  for (const Unannotated& one : unannotated) {
    std::vector<const Constraint*> keys = candidates(one);
    if (keys.size() > 1) {
      std::string list;
      for (const Constraint* key : keys) {
        if (!list.empty()) list += ", ";
        list += Quoted(key->name) + " (" + ColumnNames(*one.table, key->columns) + ") to " +
                Quoted(nodes_.at(key->target).table->name);
      }
      return Fail(sqlstate::kAmbiguousOwnership, "which foreign key says who owns a row of table " +
                                                     Quoted(one.table->name) + " is ambiguous: " + list)
          .Detail("Each of them refers to an owned table, and none is annotated.")
          .Hint(
              "Write OWNED_BY instead of REFERENCES on the keys whose targets own the row, and REFERENCES ONLY on "
              "those "
              "that say nothing about ownership.")
          .Table(one.table->name);
    }
    if (keys.size() == 1) AddEdge(*one.table, *keys[0], Annotation::kOwnedBy, true);
  }
  for (Oid oid : owned) nodes_.at(oid).owned = true;
  for (Edge& edge : edges_) {
    edge.gives_owners = edge.owns && nodes_.at(edge.from).owned;
    nodes_.at(edge.from).out.push_back(&edge);
    nodes_.at(edge.to).into.push_back(&edge);
  }
  for (const auto& [oid, table] : catalog_->tables()) {
    for (const Constraint& key : table->constraints) {
      if (key.kind != Constraint::Kind::kForeignKey || !nodes_.contains(key.target)) continue;
      const Edge* edge = nullptr;
      for (const Edge& one : edges_) {
        if (one.key == &key) edge = &one;
      }
      nodes_.at(key.target).references.push_back({table.get(), &key, edge});
    }
  }
  return Ok();
}

namespace {

// Strongly connected components (Tarjan), numbered so that an edge between two of them leads from a smaller number to a
// larger one.
std::unordered_map<Oid, int> Components(const std::vector<Oid>& tables,
                                        const std::function<std::vector<Oid>(Oid)>& successors) {
  struct State {
    int index = -1, low = 0;
    bool on_stack = false;
  };
  struct Frame {
    Oid table;
    std::vector<Oid> next;
    size_t at = 0;
  };
  std::unordered_map<Oid, State> states;
  std::unordered_map<Oid, int> component;
  std::vector<Oid> stack;
  int index = 0, found = 0;
  for (Oid root : tables) {
    if (states[root].index >= 0) continue;
    std::vector<Frame> frames;
    auto enter = [&](Oid table) {
      states[table] = {index, index, true};
      ++index;
      stack.push_back(table);
      frames.push_back({table, successors(table)});
    };
    enter(root);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      if (frame.at < frame.next.size()) {
        Oid next = frame.next[frame.at++];
        if (states[next].index < 0) {
          enter(next);
        } else if (states[next].on_stack) {
          states[frame.table].low = std::min(states[frame.table].low, states[next].index);
        }
        continue;
      }
      Oid table = frame.table;
      frames.pop_back();
      if (!frames.empty())
        states[frames.back().table].low = std::min(states[frames.back().table].low, states[table].low);
      if (states[table].low != states[table].index) continue;
      for (Oid member = 0; member != table;) {
        member = stack.back();
        stack.pop_back();
        states[member].on_stack = false;
        component[member] = found;
      }
      ++found;
    }
  }
  for (auto& [oid, number] : component) number = found - 1 - number;  // Tarjan finds sinks first
  return component;
}

}  // namespace

void Graph::FindOrder() {
  std::vector<Oid> tables;
  for (const auto& [oid, table] : catalog_->tables()) tables.push_back(oid);
  auto order = Components(tables, [this](Oid table) {
    std::vector<Oid> next;
    for (const Edge* edge : Of(table).out) next.push_back(edge->to);
    return next;
  });
  for (auto& [oid, node] : nodes_) node.order = order[oid];
}

void Graph::FindCarried() {
  std::vector<Oid> tables;
  for (const auto& [oid, table] : catalog_->tables()) tables.push_back(oid);
  auto component = Components(tables, [this](Oid table) {
    std::vector<Oid> next;
    for (const Edge* edge : Of(table).out) {
      if (edge->gives_owners) next.push_back(edge->to);
    }
    return next;
  });
  std::map<int, std::vector<Oid>> members;  // by component, ascending
  for (const auto& [oid, table] : catalog_->tables()) members[component[oid]].push_back(oid);
  for (const auto& [number, together] : members) {
    const Oid first = together.front();
    const bool itself = std::any_of(Of(first).out.begin(), Of(first).out.end(),
                                    [&](const Edge* edge) { return edge->gives_owners && edge->to == first; });
    if (together.size() == 1 && !itself) continue;
    for (Oid oid : together) nodes_.at(oid).cycle = first;
  }
  for (auto& [oid, node] : nodes_) node.always_owned = node.carried = node.subject;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Edge& edge : edges_) {
      if (!edge.gives_owners || !edge.forward || edge.nullable) continue;
      Node& to = nodes_.at(edge.to);
      if (!to.always_owned && nodes_.at(edge.from).always_owned) to.always_owned = changed = true;
      if (!to.carried && component[edge.from] != component[edge.to]) to.carried = changed = true;
    }
  }
  for (auto& [oid, node] : nodes_) node.carried = node.carried || node.always_owned;
}

std::set<Oid> Graph::OwnedDownstream(Oid table) const {
  std::set<Oid> reached{table};
  std::vector<Oid> queue{table};
  while (!queue.empty()) {
    Oid one = queue.back();
    queue.pop_back();
    for (const Edge* edge : EdgesFrom(one)) {
      if (edge->gives_owners && reached.insert(edge->to).second) queue.push_back(edge->to);
    }
  }
  return reached;
}

}  // namespace allod::ownership
