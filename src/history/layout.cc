#include "history/layout.h"

#include <algorithm>
#include <map>

namespace allod::history {

using catalog::Attnum;
using catalog::Column;
using catalog::Table;
using ownership::Edge;

namespace {

size_t PositionOf(const std::vector<const Column*>& columns, Attnum number) {
  return static_cast<size_t>(std::find_if(columns.begin(), columns.end(),
                                          [&](const Column* column) { return column != nullptr && column->number == number; }) -
                             columns.begin());
}

// The values of the target's primary key, where the edge's key stands in this row.
Link LinkOf(const ownership::Graph& graph, const std::vector<const Column*>& columns, const Edge& edge) {
  Link link{edge.key->target, {}};
  const catalog::Constraint* primary = graph.catalog().FindTable(edge.key->target)->PrimaryKey();
  for (Attnum part : primary->columns) {
    const auto& named = edge.key->target_columns;
    const auto at = static_cast<size_t>(std::find(named.begin(), named.end(), part) - named.begin());
    link.at.push_back(PositionOf(columns, edge.key->columns[at]));
  }
  return link;
}

}  // namespace

TableLayout Layout::Of(const Table& table, const Table* before) const {
  TableLayout layout;
  layout.table = &table;
  layout.recorded = !table.without_history;
  // The engine's columns stand in the order of their numbers.
  std::map<Attnum, const Column*> columns;
  if (before != nullptr) {
    for (const Column& column : before->columns) columns[column.number] = nullptr;
  }
  for (const Column& column : table.columns) columns[column.number] = &column;
  for (const auto& [number, column] : columns) layout.columns.push_back(column);
  if (const catalog::Constraint* primary = table.PrimaryKey()) {
    for (Attnum number : primary->columns) layout.key.push_back(PositionOf(layout.columns, number));
  }
  layout.owned = graph_->IsOwned(table.oid);
  layout.subject = graph_->IsDataSubject(table.oid);
  for (const Edge* edge : graph_->EdgesInto(table.oid)) {
    if (!edge->gives_owners) continue;
    if (edge->forward) {
      layout.owners.push_back(LinkOf(*graph_, layout.columns, *edge));
    } else {
      layout.shared = true;
    }
  }
  for (const Edge* edge : graph_->EdgesFrom(table.oid)) {
    if (edge->gives_owners && !edge->forward) layout.owned_rows.push_back(LinkOf(*graph_, layout.columns, *edge));
  }
  return layout;
}

std::shared_ptr<const Layout> Layout::Build(std::shared_ptr<const ownership::Graph> graph, const catalog::Catalog* before) {
  std::shared_ptr<Layout> layout(new Layout());
  layout->graph_ = std::move(graph);
  auto recording = std::make_shared<engine::Recording>();
  for (const auto& [oid, table] : layout->graph_->catalog().tables()) {
    if (table->kind != Table::Kind::kTable) continue;
    const Table* old = before == nullptr ? nullptr : before->FindTable(oid);
    const TableLayout& made = layout->tables_.emplace(oid, layout->Of(*table, old)).first->second;
    if (!made.recorded && made.owned_rows.empty()) continue;
    engine::Recording::Table& entry = recording->tables.emplace_back();
    entry.table = catalog::PhysicalTable(oid);
    entry.tag = oid;
    for (const Column* column : made.columns) {
      const TypeInfo* type = column == nullptr ? nullptr : FindType(column->type.oid);
      entry.columns.push_back({column != nullptr, type != nullptr && type->storage == Storage::kReal});
    }
  }
  std::sort(recording->tables.begin(), recording->tables.end(),
            [](const auto& a, const auto& b) { return a.table < b.table; });
  layout->recording_ = std::move(recording);
  return layout;
}

}  // namespace allod::history
