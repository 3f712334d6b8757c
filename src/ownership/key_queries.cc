#include "ownership/key_queries.h"

#include <algorithm>
#include <set>

namespace allod::ownership {

using catalog::Attnum;
using catalog::Constraint;
using catalog::PhysicalColumn;
using catalog::PhysicalTable;
using catalog::Table;

namespace {

constexpr int kSteps = 3;                 // how far one statement looks along the keys for an owner
constexpr size_t kLongestSupport = 4000;  // ... in schemas where that makes a short text

std::string Columns(const std::string& alias, const std::vector<Attnum>& columns) {
  std::string text;
  for (Attnum column : columns) text += ", " + alias + "." + PhysicalColumn(column);
  return text;
}

// The stored column stands on the left: its collation decides.
std::string MatchParameters(const std::string& alias, const std::vector<Attnum>& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : " AND ") + alias + "." + PhysicalColumn(columns[i]) + " = ?" + std::to_string(i + 1);
  }
  return text;
}

std::string MatchRelation(const std::string& alias, const std::vector<Attnum>& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : " AND ") + alias + "." + PhysicalColumn(columns[i]) + " = k.c" + std::to_string(i);
  }
  return text;
}

std::string MatchColumns(const std::string& alias, const std::vector<Attnum>& columns, const std::string& other,
                         const std::vector<Attnum>& other_columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : " AND ") + alias + "." + PhysicalColumn(columns[i]) + " = " + other + "." +
            PhysicalColumn(other_columns[i]);
  }
  return text;
}

std::string Number(const std::vector<Attnum>& columns) { return "k.c" + std::to_string(columns.size()); }

void AddUnique(std::vector<Attnum>* columns, const std::vector<Attnum>& more) {
  for (Attnum column : more) {
    if (std::find(columns->begin(), columns->end(), column) == columns->end()) columns->push_back(column);
  }
}

}  // namespace

KeyQueries::KeyQueries(const Graph& graph) : graph_(graph) {
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (table->kind == Table::Kind::kTable) AddTable(*table);
  }
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (table->PrimaryKey() != nullptr) AddLookup(*table, table->PrimaryKey()->columns);
    for (const Constraint& key : table->constraints) {
      if (key.kind == Constraint::Kind::kForeignKey) AddLookup(*table, key.columns);
    }
  }
  other_holders_.resize(graph.edges().size());
  givers_.resize(graph.edges().size());
  for (const Edge& edge : graph.edges()) {
    const Table& to = *graph.catalog().FindTable(edge.to);
    const Table& from = *graph.catalog().FindTable(edge.from);
    edges_.push_back(AddLookup(to, edge.to_columns()));
    if (!edge.forward) {
      // The inner list does not depend on the row: it is made once, and the search stops at the first other holder.
      other_holders_[edge.id] = "SELECT " + Number(edge.to_columns()) +
                                " FROM allod_rows(?1) AS k WHERE EXISTS (SELECT 1 FROM " + PhysicalTable(from.oid) +
                                " AS h WHERE " + MatchRelation("h", edge.key->columns) +
                                " AND h.rowid NOT IN (SELECT c0 FROM allod_rows(?2)))";
    }
    if (!edge.gives_owners || !graph.NeedsCheck(edge.to)) continue;
    givers_[edge.id] = "SELECT " + Number(edge.key->columns) + Columns("r", Of(from.oid).layout) + ", " +
                       Supported(from.oid, "r", kSteps) + " FROM allod_rows(?1) AS k CROSS JOIN " +
                       PhysicalTable(from.oid) + " AS r ON " + MatchRelation("r", edge.from_columns());
  }
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (graph.NeedsCheck(oid)) AddSupport(*table);
  }
}

void KeyQueries::AddTable(const Table& table) {
  TableKeys& keys = tables_[table.oid];
  keys.table = &table;
  std::set<Attnum> columns;
  auto add = [&](const std::vector<Attnum>& more) { columns.insert(more.begin(), more.end()); };
  if (const Constraint* primary = table.PrimaryKey()) {
    add(primary->columns);
    AddUnique(&keys.layout, primary->columns);
    keys.primary_width = primary->columns.size();
  }
  for (const Constraint& key : table.constraints) {
    if (key.kind == Constraint::Kind::kForeignKey) add(key.columns);
  }
  for (const Reference& reference : graph_.ReferencesTo(table.oid)) add(reference.key->target_columns);
  for (const catalog::AnonymizationRule& rule : table.rules) {
    if (rule.event == catalog::AnonymizationRule::Event::kDelete) add(rule.columns);
  }
  keys.columns.assign(columns.begin(), columns.end());
  Attnum last = 0;
  for (const catalog::Column& column : table.columns) last = std::max(last, column.number);
  keys.position_in_all.assign(last + 1, -1);
  keys.position_in_keys.assign(last + 1, -1);
  for (size_t i = 0; i < table.columns.size(); ++i)
    keys.position_in_all[table.columns[i].number] = static_cast<int16_t>(i);
  for (size_t i = 0; i < keys.columns.size(); ++i) {
    if (keys.columns[i] > 0 && keys.columns[i] <= last)
      keys.position_in_keys[keys.columns[i]] = static_cast<int16_t>(i);
  }
  for (const Edge* edge : graph_.EdgesInto(table.oid)) {
    if (edge->gives_owners && edge->forward) AddUnique(&keys.layout, edge->key->columns);
  }
  for (const Edge* edge : graph_.EdgesFrom(table.oid)) {
    if (edge->gives_owners) AddUnique(&keys.layout, edge->from_columns());
  }
  auto key_in_layout = [&](const Edge* edge) {
    TableKeys::LayoutKey key{edge, {}, edge->forward && graph_.IsCarried(edge->from)};
    for (Attnum column : edge->key->columns) {
      key.at.push_back(std::find(keys.layout.begin(), keys.layout.end(), column) - keys.layout.begin());
    }
    return key;
  };
  for (const Edge* edge : graph_.EdgesInto(table.oid)) {
    if (edge->gives_owners && edge->forward) keys.owner_keys.push_back(key_in_layout(edge));
  }
  for (const Edge* edge : graph_.EdgesFrom(table.oid)) {
    if (edge->gives_owners && !edge->forward && graph_.NeedsCheck(edge->to))
      keys.giver_keys.push_back(key_in_layout(edge));
  }
  std::string name = PhysicalTable(table.oid);
  keys.delete_one = "DELETE FROM " + name + " WHERE rowid = ?1";
  keys.delete_many = "DELETE FROM " + name + " WHERE rowid IN (SELECT c0 FROM allod_rows(?1))";
}

const Lookup* KeyQueries::AddLookup(const Table& table, const std::vector<Attnum>& columns) {
  auto [it, inserted] = lookups_.try_emplace({table.oid, columns});
  if (!inserted) return &it->second;
  std::vector<Attnum> all;
  for (const catalog::Column& column : table.columns) all.push_back(column.number);
  const std::vector<Attnum>& keys = Of(table.oid).columns;
  std::string name = PhysicalTable(table.oid);
  std::string one = " FROM " + name + " AS r WHERE " + MatchParameters("r", columns);
  std::string many = " FROM allod_rows(?1) AS k CROSS JOIN " + name + " AS r ON " + MatchRelation("r", columns);
  Lookup& lookup = it->second;
  lookup.one_all = "SELECT r.rowid" + Columns("r", all) + one;
  lookup.one_keys = "SELECT r.rowid" + Columns("r", keys) + one;
  lookup.many_all = "SELECT " + Number(columns) + ", r.rowid" + Columns("r", all) + many;
  lookup.many_keys = "SELECT " + Number(columns) + ", r.rowid" + Columns("r", keys) + many;
  return &lookup;
}

void KeyQueries::AddSupport(const Table& table) {
  TableKeys& keys = tables_.at(table.oid);
  std::string name = PhysicalTable(table.oid);
  std::string supported = Supported(table.oid, "r", kSteps);
  keys.unsupported = "SELECT 1" + Columns("r", keys.layout) + " FROM " + name + " AS r WHERE NOT (" + supported + ")";
  if (const Constraint* primary = table.PrimaryKey()) {
    rows_[table.oid] = "SELECT " + Number(primary->columns) + Columns("r", keys.layout) + ", " + supported +
                       " FROM allod_rows(?1) AS k CROSS JOIN " + name + " AS r ON " +
                       MatchRelation("r", primary->columns);
  }
}

// An expression that is true if an owner can be seen within so many steps from the row `alias`: never when there is
// none (a row of a carried table is taken to have one, see orphans.cc), but not always when there is one.
std::string KeyQueries::Supported(Oid table, const std::string& alias, int steps) const {
  if (graph_.IsCarried(table)) return "1";
  std::string near, far;
  auto add = [](std::string* text, const std::string& term) { *text += (text->empty() ? "" : " OR ") + term; };
  for (const Edge* edge : graph_.EdgesInto(table)) {
    if (!edge->gives_owners) continue;
    bool carried = graph_.IsCarried(edge->from);
    if (edge->forward && carried) {
      std::string present;
      for (Attnum column : edge->key->columns) {
        present += (present.empty() ? "" : " AND ") + alias + "." + PhysicalColumn(column) + " IS NOT NULL";
      }
      add(&near, "(" + present + ")");
      continue;
    }
    if (steps == 0) continue;
    std::string inner = alias + "x" + std::to_string(edge->id);
    std::string further = carried ? "" : Supported(edge->from, inner, steps - 1);
    if (further == "0") continue;
    std::string term = "EXISTS (SELECT 1 FROM " + PhysicalTable(edge->from) + " AS " + inner + " WHERE " +
                       MatchColumns(inner, edge->from_columns(), alias, edge->to_columns());
    if (!carried) term += " AND (" + further + ")";
    add(&far, term + ")");
  }
  if (near.empty() && far.empty()) return "0";
  if (far.empty()) return near;
  if (near.size() + far.size() > kLongestSupport) return near.empty() ? "0" : near;
  return near.empty() ? far : near + " OR " + far;
}

std::string KeyQueries::Clear(Oid table, const std::vector<Attnum>& columns) {
  std::string text = "UPDATE " + PhysicalTable(table) + " SET ";
  for (size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : ", ") + PhysicalColumn(columns[i]) + " = NULL";
  return text + " WHERE rowid IN (SELECT c0 FROM allod_rows(?1))";
}

}  // namespace allod::ownership
