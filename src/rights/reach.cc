#include "rights/reach.h"

#include <algorithm>
#include <set>

namespace allod::rights {

using catalog::Attnum;
using ownership::Edge;
using ownership::Lookup;
using ownership::TableKeys;

Result<bool> Reach::Start(const SubjectKey& subject) {
  const catalog::Table* table = graph_.catalog().FindTable(subject.table);
  if (table == nullptr || !graph_.IsDataSubject(subject.table)) {
    return Fail(sqlstate::kWrongObjectType, "table \"" +
                                                (table != nullptr ? table->name : std::to_string(subject.table)) +
                                                "\" is not a data subject table")
        .Hint("Data subjects are the rows of tables made with CREATE DATA_SUBJECT TABLE.");
  }
  if (table->PrimaryKey() == nullptr || table->PrimaryKey()->columns.size() != subject.key.size()) {
    return Fail(sqlstate::kInvalidParameterValue,
                "a data subject of table \"" + table->name + "\" is named by its primary key (" +
                    (table->PrimaryKey() != nullptr ? ownership::ColumnNames(*table, table->PrimaryKey()->columns)
                                                    : std::string()) +
                    ")");
  }
  for (const Value& value : subject.key) {
    if (value.is_null()) return false;
  }
  ALLOD_RETURN_IF_ERROR(
      Find(subject.table, graph_.queries().ByPrimaryKey(*table), {subject.key}, [](size_t, int, bool) {}));
  if (rows_.empty()) return false;
  rows_[0].related = rows_[0].owned = true;
  return true;
}

Status Reach::FollowAll() { return FollowPending(false); }

Status Reach::FollowByRights() {
  ALLOD_RETURN_IF_ERROR(FollowPending(true));
  return FollowPending(false);
}

// Tables are taken in the graph's order, so that without cycles each edge is followed once, by all rows together.
Status Reach::FollowPending(bool owned_only) {
  std::map<std::pair<int, Oid>, std::vector<int>> pending;
  auto add = [&](int row) { pending[{graph_.Order(rows_[row].table), rows_[row].table}].push_back(row); };
  for (size_t row = 0; row < rows_.size(); ++row) add(static_cast<int>(row));
  while (!pending.empty()) {
    Oid table = pending.begin()->first.second;
    std::vector<int> rows = std::move(pending.begin()->second);
    pending.erase(pending.begin());
    // In the second pass the owned rows have followed their ownership edges already.
    std::vector<int> accessed;
    if (columns_ != Columns::kAll && !owned_only) {
      for (int row : rows) {
        if (!rows_[row].owned) accessed.push_back(row);
      }
    } else {
      accessed = rows;
    }
    for (const Edge* edge : graph_.EdgesFrom(table)) {
      if (owned_only && !edge->owns) continue;
      fresh_.clear();
      ALLOD_RETURN_IF_ERROR(Follow(*edge, edge->owns ? accessed : rows));
      for (int row : fresh_) {
        if (owned_only) rows_[row].owned = true;
        add(row);
      }
    }
  }
  return Ok();
}

Status Reach::Follow(const Edge& edge, std::span<const int> from) {
  if (from.empty()) return Ok();
  std::vector<Row> keys;
  std::vector<std::vector<int>> givers;  // by key: several rows can name the same one
  std::map<Row, size_t> known;
  for (int row : from) {
    Row key = Key(rows_[row], edge.from_columns());
    if (key.empty()) continue;
    if (edge.forward) {  // a key of the target: no two rows share it
      keys.push_back(std::move(key));
      givers.push_back({row});
      continue;
    }
    auto [it, inserted] = known.try_emplace(std::move(key), keys.size());
    if (inserted) {
      keys.push_back(it->first);
      givers.emplace_back();
    }
    givers[it->second].push_back(row);
  }
  return Find(edge.to, graph_.queries().Along(edge), std::move(keys), [&](size_t key, int row, bool) {
    bool related = false;
    for (int giver : givers[key]) {
      related = related || rows_[giver].related;
      if (columns_ != Columns::kAll) {
        rows_[giver].gives.emplace_back(&edge, row);
        rows_[row].takes.emplace_back(&edge, giver);
      }
    }
    if (!related) return;
    ReachedRow& target = rows_[row];
    if (std::find(target.through.begin(), target.through.end(), &edge) == target.through.end()) {
      target.through.push_back(&edge);
    }
    if (!target.related) {
      target.related = true;
      fresh_.push_back(row);
    }
  });
}

Result<std::vector<std::pair<int, int>>> Reach::Holders(const ownership::Reference& reference,
                                                        std::span<const int> named) {
  std::vector<std::pair<int, int>> pairs;
  std::vector<Row> keys;
  std::vector<int> targets;
  for (int row : named) {
    Row key = Key(rows_[row], reference.key->target_columns);
    if (key.empty()) continue;
    keys.push_back(std::move(key));
    targets.push_back(row);
  }
  ALLOD_RETURN_IF_ERROR(Find(reference.holder->oid, graph_.queries().Holders(*reference.holder, *reference.key),
                             std::move(keys),
                             [&](size_t key, int row, bool) { pairs.emplace_back(row, targets[key]); }));
  return pairs;
}

Status Reach::Find(Oid table, const Lookup& lookup, std::vector<Row> keys,
                   const std::function<void(size_t key, int row, bool fresh)>& found) {
  if (keys.empty()) return Ok();
  bool held = columns_ == Columns::kHeld && graph_.queries().concurrent();
  const std::string& one = columns_ == Columns::kAll ? lookup.one_all : held ? lookup.one_held : lookup.one_keys;
  const std::string& many = columns_ == Columns::kAll ? lookup.many_all : held ? lookup.many_held : lookup.many_keys;
  bool fresh = false;
  if (keys.size() == 1) {
    std::vector<engine::Parameter> parameters;
    for (const Value& value : keys[0]) parameters.emplace_back(value.view());
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(one, parameters, context_));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
      if (!more) return Ok();
      int row = AddRow(table, *cursor, 0, &fresh);
      found(0, row, fresh);
    }
  }
  engine::Relation relation;
  relation.width = static_cast<int>(keys[0].size()) + 1;
  for (size_t i = 0; i < keys.size(); ++i) keys[i].push_back(Value::Integer(static_cast<int64_t>(i)));
  relation.rows = std::move(keys);
  engine::Parameter parameter = &relation;
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(many, {&parameter, 1}, context_));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    if (!more) return Ok();
    auto key = static_cast<size_t>(cursor->column(0).integer);
    int row = AddRow(table, *cursor, 1, &fresh);
    found(key, row, fresh);
  }
}

int Reach::AddRow(Oid table, const engine::Cursor& cursor, int first_column, bool* fresh) {
  const TableKeys& keys = graph_.queries().Of(table);
  const int next = static_cast<int>(rows_.size());
  if (keys.naming == ownership::RowNaming::kRowId) {
    int64_t locator = cursor.column(first_column).integer;
    auto [it, inserted] = index_[table].try_emplace(locator, next);
    *fresh = inserted;
    if (!inserted) return it->second;
    rows_.emplace_back().locator = locator;
  } else {
    Row name;
    if (keys.naming == ownership::RowNaming::kPlace) {
      name.emplace_back(cursor.column(first_column));
    } else {
      const std::vector<int16_t>& positions = Positions(keys);
      for (Attnum column : keys.table->PrimaryKey()->columns)
        name.emplace_back(cursor.column(first_column + 1 + positions[column]));
    }
    auto [it, inserted] = index_by_name_[table].try_emplace(std::move(name), next);
    *fresh = inserted;
    if (!inserted) return it->second;
    rows_.emplace_back().locator = static_cast<int64_t>(places_.size());
    if (keys.naming == ownership::RowNaming::kPlace) places_.push_back(it->first[0].bytes());
  }
  ReachedRow& row = rows_.back();
  row.table = table;
  row.cells.reserve(static_cast<size_t>(cursor.columns() - first_column - 1));
  for (int i = first_column + 1; i < cursor.columns(); ++i) row.cells.emplace_back(cursor.column(i));
  return next;
}

const std::vector<int16_t>& Reach::Positions(const TableKeys& keys) const {
  return columns_ == Columns::kAll ? keys.position_in_all : keys.position_in_keys;
}

Row Reach::Name(const ReachedRow& row) const {
  const TableKeys& keys = graph_.queries().Of(row.table);
  switch (keys.naming) {
    case ownership::RowNaming::kRowId:
      return {Value::Integer(row.locator)};
    case ownership::RowNaming::kPlace:
      return {Value::Text(places_[row.locator])};
    default:
      return Key(row, keys.table->PrimaryKey()->columns);
  }
}

int Reach::NameWidth(Oid table) const {
  const TableKeys& keys = graph_.queries().Of(table);
  return keys.naming == ownership::RowNaming::kPrimaryKey ? static_cast<int>(keys.primary_width) : 1;
}

const Value& Reach::Cell(const ReachedRow& row, Attnum column) const {
  static const Value kNull;
  const TableKeys& keys = graph_.queries().Of(row.table);
  const std::vector<int16_t>& positions = Positions(keys);
  auto number = static_cast<size_t>(column);
  return number < positions.size() && positions[number] >= 0 ? row.cells[positions[number]] : kNull;
}

Row Reach::Key(const ReachedRow& row, const std::vector<Attnum>& columns) const {
  Row key;
  key.reserve(columns.size() + 1);
  for (Attnum column : columns) {
    const Value& value = Cell(row, column);
    if (value.is_null()) return {};
    key.push_back(value);
  }
  return key;
}

}  // namespace allod::rights
