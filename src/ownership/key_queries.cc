#include "ownership/key_queries.h"

#include <algorithm>
#include <set>

namespace allod::ownership {

using catalog::Attnum;
using catalog::Constraint;
using catalog::Table;

namespace {

constexpr int kSteps = 3;                 // how far one statement looks along the keys for an owner
constexpr size_t kLongestSupport = 4000;  // ... in schemas where that makes a short text

// A column that a key names is there; but nobody falls who builds a catalogue by hand.
const catalog::Column& ColumnOf(const Table& table, Attnum number) {
  static const catalog::Column kNone;
  const catalog::Column* column = table.FindColumn(number);
  return column != nullptr ? *column : kNone;
}

std::string Number(const std::vector<Attnum>& columns) { return "k.c" + std::to_string(columns.size()); }

void AddUnique(std::vector<Attnum>* columns, const std::vector<Attnum>& more) {
  for (Attnum column : more) {
    if (std::find(columns->begin(), columns->end(), column) == columns->end()) columns->push_back(column);
  }
}

}  // namespace

std::string KeyQueries::Columns(const std::string& alias, const Table& table,
                                const std::vector<Attnum>& columns) const {
  std::string text;
  for (Attnum column : columns) text += ", " + alias + "." + spelling_->Column(table, column);
  return text;
}

// The stored column stands on the left: its collation decides.
std::string KeyQueries::MatchParameters(const std::string& alias, const Table& table,
                                        const std::vector<Attnum>& columns) const {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    const catalog::Column& column = ColumnOf(table, columns[i]);
    text += (i == 0 ? "" : " AND ") + spelling_->Equal(alias + "." + spelling_->Column(table, columns[i]), column,
                                                       spelling_->Parameter(static_cast<int>(i) + 1, column));
  }
  return text;
}

std::string KeyQueries::MatchRelation(const std::string& alias, const Table& table,
                                      const std::vector<Attnum>& columns) const {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : " AND ") +
            spelling_->EqualCell(alias + "." + spelling_->Column(table, columns[i]), ColumnOf(table, columns[i]), i);
  }
  return text;
}

KeyQueries::KeyQueries(const Graph& graph, engine::DialectId dialect)
    : graph_(graph), spelling_(Spelling::For(dialect, graph.catalog())), ask_isolation_(spelling_->AskIsolation()) {
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (table->kind == Table::Kind::kTable) AddTable(*table);
  }
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (table->PrimaryKey() != nullptr) AddLookup(*table, table->PrimaryKey()->columns);
    for (const Constraint& key : table->constraints) {
      if (key.kind == Constraint::Kind::kForeignKey) AddLookup(*table, key.columns);
    }
  }
  for (auto* texts : {&other_holders_, &other_holders_held_, &givers_, &givers_held_, &hold_targets_})
    texts->resize(graph.edges().size());
  for (const Edge& edge : graph.edges()) {
    const Table& to = TableOf(edge.to);
    const Table& from = TableOf(edge.from);
    edges_.push_back(AddLookup(to, edge.to_columns()));
    if (!edge.forward) {
      // The inner list does not depend on the row: it is made once, and the search stops at the first other holder.
      other_holders_[edge.id] =
          "SELECT " + Number(edge.to_columns()) + " FROM " + spelling_->From({&to, &edge.to_columns(), true}, "k") +
          " WHERE EXISTS (SELECT 1 FROM " + spelling_->Table(from) + " AS h WHERE " +
          MatchRelation("h", from, edge.key->columns) + " AND " +
          spelling_->Among("h", from, 2, static_cast<int>(edge.to_columns().size()) + 1, false) + ")";
    }
    if (edge.gives_owners && graph.NeedsCheck(edge.to)) {
      const std::vector<Attnum>& related = edge.forward ? edge.key->target_columns : edge.key->columns;
      givers_[edge.id] = "SELECT " + Number(edge.key->columns) + Columns("r", from, Of(from.oid).layout) + ", " +
                         Supported(from.oid, "r", kSteps) + spelling_->Joined({&from, &related, true}, from) +
                         MatchRelation("r", from, related);
    }
    if (concurrent()) AddHeld(edge, from, to);
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
  keys.naming = spelling_->Naming(table);
  if (keys.naming == RowNaming::kRowId) {
    std::string name = spelling_->Table(table);
    keys.delete_one = "DELETE FROM " + name + " WHERE rowid = ?1";
    keys.delete_many = "DELETE FROM " + name + " WHERE " + spelling_->Among("", table, 1, 0, true);
  }
}

const Lookup* KeyQueries::AddLookup(const Table& table, const std::vector<Attnum>& columns) {
  auto [it, inserted] = lookups_.try_emplace({table.oid, columns});
  if (!inserted) return &it->second;
  std::vector<Attnum> all;
  for (const catalog::Column& column : table.columns) all.push_back(column.number);
  const std::vector<Attnum>& keys = Of(table.oid).columns;
  std::string one = " FROM " + spelling_->Table(table) + " AS r WHERE " + MatchParameters("r", table, columns);
  std::string many = spelling_->Joined({&table, &columns, true}, table) + MatchRelation("r", table, columns);
  std::string name = spelling_->RowName("r", table);
  Lookup& lookup = it->second;
  lookup.one_all = "SELECT " + name + Columns("r", table, all) + one;
  lookup.one_keys = "SELECT " + name + Columns("r", table, keys) + one;
  lookup.many_all = "SELECT " + Number(columns) + ", " + name + Columns("r", table, all) + many;
  lookup.many_keys = "SELECT " + Number(columns) + ", " + name + Columns("r", table, keys) + many;
  if (concurrent()) {
    const Constraint* primary = table.PrimaryKey();
    std::string hold =
        spelling_->Holding(Hold::kExclusive, table, primary != nullptr ? primary->columns : std::vector<Attnum>());
    lookup.one_held = lookup.one_keys + hold;
    lookup.many_held = lookup.many_keys + hold;
  }
  return &lookup;
}

// What the engine with one writer at a time has no need of.
void KeyQueries::AddHeld(const Edge& edge, const Table& from, const Table& to) {
  if (!edge.forward) {
    other_holders_held_[edge.id] =
        "SELECT " + Number(edge.to_columns()) + " FROM " + spelling_->From({&to, &edge.to_columns(), true}, "k") +
        " CROSS JOIN LATERAL (SELECT 1 FROM " + spelling_->Table(from) + " AS r WHERE " +
        MatchRelation("r", from, edge.key->columns) + " AND " +
        spelling_->Among("r", from, 2, static_cast<int>(edge.to_columns().size()) + 1, false) + " LIMIT 1" +
        spelling_->Holding(Hold::kShared, from, {}) + ") AS h";
    hold_targets_[edge.id] = "SELECT 1" + spelling_->Joined({&to, &edge.to_columns(), false}, to) +
                             MatchRelation("r", to, edge.to_columns()) +
                             spelling_->Holding(Hold::kLink, to, edge.to_columns());
  }
  if (!givers_[edge.id].empty()) givers_held_[edge.id] = givers_[edge.id] + spelling_->Holding(Hold::kShared, from, {});
}

std::string KeyQueries::HoldTables(const std::set<Oid>& tables) const {
  std::vector<const Table*> held;
  for (Oid table : tables) held.push_back(&TableOf(table));
  return spelling_->HoldTables(held);
}

void KeyQueries::AddSupport(const Table& table) {
  TableKeys& keys = tables_.at(table.oid);
  std::string supported = Supported(table.oid, "r", kSteps);
  std::string rows = "SELECT 1" + Columns("r", table, keys.layout) + " FROM " + spelling_->Table(table) + " AS r";
  keys.unsupported = rows + " WHERE NOT (" + supported + ")";
  if (concurrent()) keys.all_held = rows + spelling_->Holding(Hold::kShared, table, {});
  if (const Constraint* primary = table.PrimaryKey()) {
    rows_[table.oid] = "SELECT " + Number(primary->columns) + Columns("r", table, keys.layout) + ", " + supported +
                       spelling_->Joined({&table, &primary->columns, true}, table) +
                       MatchRelation("r", table, primary->columns);
  }
}

// An expression that is true if an owner can be seen within so many steps from the row `alias`: never when there is
// none (a row of a carried table is taken to have one, see orphans.cc), but not always when there is one.
std::string KeyQueries::Supported(Oid table, const std::string& alias, int steps) const {
  const std::string never = spelling_->Boolean(false);
  if (graph_.IsCarried(table)) return spelling_->Boolean(true);
  std::string near, far;
  auto add = [](std::string* text, const std::string& term) { *text += (text->empty() ? "" : " OR ") + term; };
  for (const Edge* edge : graph_.EdgesInto(table)) {
    if (!edge->gives_owners) continue;
    bool carried = graph_.IsCarried(edge->from);
    if (edge->forward && carried) {
      std::string present;
      for (Attnum column : edge->key->columns) {
        present +=
            (present.empty() ? "" : " AND ") + alias + "." + spelling_->Column(TableOf(table), column) + " IS NOT NULL";
      }
      add(&near, "(" + present + ")");
      continue;
    }
    if (steps == 0) continue;
    std::string inner = alias + "x" + std::to_string(edge->id);
    std::string further = carried ? "" : Supported(edge->from, inner, steps - 1);
    if (further == never) continue;
    const Table& giver = TableOf(edge->from);
    std::string term = "EXISTS (SELECT 1 FROM " + spelling_->Table(giver) + " AS " + inner + " WHERE ";
    for (size_t i = 0; i < edge->key->columns.size(); ++i) {
      const Attnum left = edge->from_columns()[i], right = edge->to_columns()[i];
      term += (i == 0 ? "" : " AND ") + spelling_->Equal(inner + "." + spelling_->Column(giver, left),
                                                         ColumnOf(giver, left),
                                                         alias + "." + spelling_->Column(TableOf(table), right));
    }
    if (!carried) term += " AND (" + further + ")";
    add(&far, term + ")");
  }
  if (near.empty() && far.empty()) return never;
  if (far.empty()) return near;
  if (near.size() + far.size() > kLongestSupport) return near.empty() ? never : near;
  return near.empty() ? far : near + " OR " + far;
}

std::string KeyQueries::Clear(Oid oid, const std::vector<Attnum>& columns) const {
  const Table& table = TableOf(oid);
  std::string text = "UPDATE " + spelling_->Table(table) + " SET ";
  for (size_t i = 0; i < columns.size(); ++i)
    text += (i == 0 ? "" : ", ") + spelling_->Column(table, columns[i]) + " = NULL";
  return text + " WHERE " + spelling_->Among("", table, 1, 0, true);
}

std::string KeyQueries::DeleteTogether(const std::vector<Oid>& tables) const {
  std::vector<const Table*> named;
  for (Oid table : tables) named.push_back(&TableOf(table));
  return spelling_->DeleteTogether(named);
}

}  // namespace allod::ownership
