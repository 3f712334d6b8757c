// What must be captured of a statement's changes for the orphan check.
#include <map>

#include "ownership/graph.h"
#include "ownership/key_queries.h"

namespace allod::ownership {

using catalog::KeyAction;
using catalog::Table;

namespace {

// Rows of `table` can lose or lack an owner by a change of rows of this very table.
bool IsWatched(const Graph& graph, Oid table) {
  if (graph.NeedsCheck(table)) return true;
  for (const Edge* edge : graph.EdgesFrom(table)) {
    if (!edge->forward && edge->gives_owners && graph.NeedsCheck(edge->to)) return true;
  }
  return false;
}

bool Changes(KeyAction action) {
  return action == KeyAction::kCascade || action == KeyAction::kSetNull || action == KeyAction::kSetDefault;
}

engine::TableWatch Capture(const Graph& graph, Oid table) {
  engine::TableWatch watch;
  const TableKeys& keys = graph.queries().Of(table);
  const Spelling& spelling = graph.queries().spelling();
  watch.table = spelling.Table(*keys.table);
  for (catalog::Attnum column : keys.layout) watch.columns.push_back(spelling.WatchedColumn(*keys.table, column));
  watch.tag = table;
  return watch;
}

}  // namespace

void Graph::MakeWatches() {
  // Tables with the same set of watched tables share one watch, so that the engine need not be told of it again.
  std::map<std::set<Oid>, std::shared_ptr<const engine::Watch>> made;
  auto make = [&](const std::set<Oid>& tables) -> std::shared_ptr<const engine::Watch> {
    if (tables.empty()) return nullptr;
    auto& watch = made[tables];
    if (watch == nullptr) {
      auto fresh = std::make_shared<engine::Watch>();
      for (Oid table : tables) fresh->tables.push_back(Capture(*this, table));
      watch = std::move(fresh);
    }
    return watch;
  };
  std::set<Oid> all;
  for (auto& [oid, node] : nodes_) {
    if (node.table->kind != Table::Kind::kTable) continue;
    std::set<Oid> changed{oid};
    std::vector<Oid> queue{oid};
    while (!queue.empty()) {
      Oid one = queue.back();
      queue.pop_back();
      for (const Reference& reference : ReferencesTo(one)) {
        if (!Changes(reference.key->on_delete) && !Changes(reference.key->on_update)) continue;
        if (changed.insert(reference.holder->oid).second) queue.push_back(reference.holder->oid);
      }
    }
    std::erase_if(changed, [&](Oid table) { return !IsWatched(*this, table); });
    all.insert(changed.begin(), changed.end());
    node.watch = make(changed);
  }
  full_watch_ = make(all);
}

std::shared_ptr<const engine::Watch> WatchFor(const Graph& graph, Oid table) { return graph.watch(table); }

}  // namespace allod::ownership
