#include "engine/postgres/capture.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/format.h"

namespace allod::engine::postgres {
namespace {

namespace json = boost::json;

Status Unreadable() { return Fail(sqlstate::kInternalError, "engine: what the capture triggers have noted cannot be read"); }

Status NotCaptured(const std::string& table) {
  return Fail(sqlstate::kInternalError, "engine: the capture triggers of " + table + " do not note what is watched")
      .Constraint(std::string(kStaleSchema));
}

// Which of a note's values are wanted, in the watch's order, with their types.
struct Selection {
  const TableWatch* table = nullptr;
  std::vector<size_t> at;
  std::vector<Oid> types;
};

// Triggers write ISO dates in UTC, whatever the session likes.
Result<Value> ValueOf(Oid type, const json::value& text) {
  static const FormatContext kStored;
  if (text.is_null()) return Value();
  if (!text.is_string()) return Unreadable();
  const std::string_view view(text.get_string().data(), text.get_string().size());
  if (FindType(type) == nullptr || type == oid::kJsonb) return Value::Text(std::string(view));
  if ((type == oid::kFloat4 || type == oid::kFloat8) && view == "NaN") return Value::Real(std::numeric_limits<double>::quiet_NaN());
  Result<Value> value = ParseText(Type{type}, view, kStored);
  if (!value.ok() && IsArray(type)) return Value::Text(std::string(view));  // of several dimensions: as it is
  return value;
}

Result<Row> RowOf(const Selection& selection, const json::value& values) {
  if (!values.is_array()) return Unreadable();
  Row row;
  row.reserve(selection.at.size());
  for (size_t i = 0; i < selection.at.size(); ++i) {
    if (selection.at[i] >= values.get_array().size()) return Unreadable();
    ALLOD_ASSIGN_OR_RETURN(Value value, ValueOf(selection.types[i], values.get_array()[selection.at[i]]));
    row.push_back(std::move(value));
  }
  return row;
}

const TableWatch* Find(const Watch& watch, std::string_view table) {
  for (const TableWatch& t : watch.tables) {
    if (t.table == table) return &t;
  }
  return nullptr;
}

// [["c1",23],["c2",25]]
Result<Selection> Select(const TableWatch& table, const json::value& columns) {
  if (!columns.is_array()) return Unreadable();
  Selection selection{&table, {}, {}};
  for (const std::string& wanted : table.columns) {
    size_t i = 0;
    for (; i < columns.get_array().size(); ++i) {
      const json::value& column = columns.get_array()[i];
      if (!column.is_array() || column.get_array().size() != 2 || !column.get_array()[0].is_string() || !column.get_array()[1].is_int64()) {
        return Unreadable();
      }
      if (std::string_view(column.get_array()[0].get_string()) == wanted) break;
    }
    if (i == columns.get_array().size()) return NotCaptured(table.table);
    selection.at.push_back(i);
    selection.types.push_back(static_cast<Oid>(columns.get_array()[i].get_array()[1].get_int64()));
  }
  return selection;
}

// Notes end with a comma each.
Result<json::value> ParseList(std::string_view notes) {
  if (notes.ends_with(',')) notes.remove_suffix(1);
  boost::system::error_code error;
  json::value list = json::parse("[" + std::string(notes) + "]", error);
  if (error || !list.is_array()) return Unreadable();
  return list;
}

}  // namespace

const char kReadNotes[] =
    "SELECT pg_catalog.current_setting('allod.overflow', true), pg_catalog.current_setting('allod.changes_0', true),"
    " pg_catalog.current_setting('allod.change_chunk', true)";
const char kReadManyNotes[] =
    "SELECT pg_catalog.current_setting('allod.overflow', true), (SELECT pg_catalog.string_agg(pg_catalog.current_setting("
    "pg_catalog.concat('allod.changes_', i), true), '' ORDER BY i) FROM pg_catalog.generate_series(0, coalesce(nullif("
    "pg_catalog.current_setting('allod.change_chunk', true), ''), '0')::pg_catalog.int4) AS i)";

void Capture::Watch(std::shared_ptr<const engine::Watch> watch) {
  if (watch == nullptr) {
    number_ = -1;
    text_.clear();
    return;
  }
  // What ran before anything was watched is noted under number 0.
  if (watches_.empty() && ran_) watches_.push_back(nullptr);
  if (const engine::Watch* now = this->watch(); now == watch.get()) return;
  Next(std::move(watch));
}

void Capture::Next(std::shared_ptr<const engine::Watch> watch) {
  number_ = static_cast<int>(watches_.size());
  text_ = std::to_string(number_);
  watches_.push_back(std::move(watch));
}

void Capture::Clear() {
  changes_.clear();
  overflowed_.clear();
  if (!ran_ || watches_.empty()) return;  // nothing is noted
  std::shared_ptr<const engine::Watch> now = number_ < 0 ? nullptr : watches_[static_cast<size_t>(number_)];
  std::fill(watches_.begin(), watches_.end(), nullptr);
  if (now != nullptr) Next(std::move(now));
}

const std::string* Capture::ToSay() {
  if (said_ == text_ && !unsure_) return nullptr;
  unsure_ = false;
  said_ = text_;
  return &said_;
}

const engine::Watch* Capture::Of(int64_t number) const {
  return number < 0 || static_cast<size_t>(number) >= watches_.size() ? nullptr : watches_[static_cast<size_t>(number)].get();
}

void Capture::Forget() {
  changes_.clear();
  overflowed_.clear();
}

// Notes: [number,"table","I",[["c1",23],...],[["1",...],...]], with U two rows each (before, after).
Status Capture::Read(std::string_view overflowed, std::string_view notes) {
  Forget();
  ALLOD_ASSIGN_OR_RETURN(const json::value lost, ParseList(overflowed));
  for (const json::value& note : lost.get_array()) {
    if (!note.is_array() || note.get_array().size() != 2 || !note.get_array()[0].is_int64() || !note.get_array()[1].is_string()) return Unreadable();
    const engine::Watch* watch = Of(note.get_array()[0].get_int64());
    const TableWatch* table = watch == nullptr ? nullptr : Find(*watch, note.get_array()[1].get_string());
    if (table != nullptr) overflowed_.insert(table->tag);
  }
  ALLOD_ASSIGN_OR_RETURN(const json::value list, ParseList(notes));
  for (const json::value& note : list.get_array()) {
    if (!note.is_array() || note.get_array().size() != 5) return Unreadable();
    const json::array& parts = note.get_array();
    if (!parts[0].is_int64() || !parts[1].is_string() || !parts[2].is_string() || !parts[4].is_array()) return Unreadable();
    const engine::Watch* watch = Of(parts[0].get_int64());
    const TableWatch* table = watch == nullptr ? nullptr : Find(*watch, parts[1].get_string());
    if (table == nullptr) continue;
    ALLOD_ASSIGN_OR_RETURN(const Selection selection, Select(*table, parts[3]));
    const std::string_view operation = parts[2].get_string();
    const json::array& rows = parts[4].get_array();
    for (size_t i = 0; i < rows.size(); ++i) {
      ALLOD_ASSIGN_OR_RETURN(Row row, RowOf(selection, rows[i]));
      if (operation == "I") {
        changes_.push_back({Change::Op::kInsert, table->tag, {}, std::move(row)});
      } else if (operation == "D") {
        changes_.push_back({Change::Op::kDelete, table->tag, std::move(row), {}});
      } else {
        if (++i == rows.size()) return Unreadable();
        ALLOD_ASSIGN_OR_RETURN(Row after, RowOf(selection, rows[i]));
        if (row != after) changes_.push_back({Change::Op::kUpdate, table->tag, std::move(row), std::move(after)});
      }
    }
  }
  stale_ = false;
  return Ok();
}

}  // namespace allod::engine::postgres
