#include "session/verify.h"

#include <algorithm>

#include "base/format.h"
#include "catalog/system_relations.h"
#include "history/check.h"
#include "ownership/graph.h"

namespace allod::session {

namespace {

using catalog::Table;

// t16384, t16384.c2 and i16399 by the names that the user gave.
std::string InUserNames(std::string_view text, const catalog::Catalog& catalog) {
  std::string named;
  for (size_t i = 0; i < text.size();) {
    const bool begins = i == 0 || !(isalnum(static_cast<unsigned char>(text[i - 1])) || text[i - 1] == '_');
    size_t end = i + 1;
    while (end < text.size() && isdigit(static_cast<unsigned char>(text[end]))) ++end;
    if (!begins || end == i + 1 || (text[i] != 't' && text[i] != 'i')) {
      named += text[i++];
      continue;
    }
    const Oid oid = static_cast<Oid>(strtoul(std::string(text.substr(i + 1, end - i - 1)).c_str(), nullptr, 10));
    std::string name(text.substr(i, end - i));
    const Table* table = catalog.FindTable(oid);
    if (text[i] == 't' && table != nullptr) {
      name = table->name;
      if (text.substr(end, 2) == ".c") {
        size_t column_end = end + 2;
        while (column_end < text.size() && isdigit(static_cast<unsigned char>(text[column_end]))) ++column_end;
        const auto* column = table->FindColumn(static_cast<catalog::Attnum>(atoi(std::string(text.substr(end + 2, column_end - end - 2)).c_str())));
        if (column != nullptr) {
          name += "." + column->name;
          end = column_end;
        }
      }
    } else if (text[i] == 'i') {
      for (const auto& [_, candidate] : catalog.tables()) {
        if (const catalog::Index* index = candidate->FindIndex(oid); index != nullptr) name = index->name.empty() ? "an index of " + candidate->name : index->name;
      }
    }
    named += name;
    i = end;
  }
  return named;
}

// What is wrong with a value of this type; "": nothing.
std::string ValueFault(Type type, const Datum& value, const FormatContext& format) {
  const TypeInfo* info = FindType(type.oid);
  if (info == nullptr) return "";
  const auto integer_within = [&](int64_t low, int64_t high) { return value.integer >= low && value.integer <= high; };
  switch (info->storage) {
    case Storage::kInteger:
      if (value.kind != Kind::kInteger) return "is no integer";
      if (type.oid == oid::kInt2 && !integer_within(INT16_MIN, INT16_MAX)) return "is out of range";
      if (type.oid == oid::kInt4 && !integer_within(INT32_MIN, INT32_MAX)) return "is out of range";
      if (type.oid == oid::kBool && !integer_within(0, 1)) return "is neither true nor false";
      return "";
    case Storage::kReal: return value.kind == Kind::kReal ? "" : "is no floating point number";
    case Storage::kBlob:
      if (value.kind != Kind::kBlob) return "is no string of bytes";
      return type.oid == oid::kUuid && value.bytes.size() != 16 ? "is no uuid" : "";
    case Storage::kText: break;
  }
  if (value.kind != Kind::kText) return "is no text";
  FormatContext stored = format;
  stored.labels = nullptr;  // an array holds positions
  Result<Value> read = ParseText(Type{type.oid}, value.bytes, stored);
  if (!read.ok()) return "is not of type " + FormatType(type);
  if (type.typmod >= 0) {
    Result<Value> fitted = CoerceTypmod(type, *read, false);
    if (!fitted.ok()) return "does not fit " + FormatType(type);
  }
  return "";
}

class Verifier {
 public:
  Verifier(const Definitions& definitions, engine::Transaction& transaction, ExecContext* context, const FormatContext& format,
           const std::function<void(VerifyFault)>& found)
      : catalog_(*definitions.catalog), transaction_(transaction), context_(context), format_(format), found_(found) {}

  Status CheckStorage(const Table* only) {
    return transaction_.CheckStorage(only == nullptr ? "" : catalog::PhysicalTable(only->oid), context_,
                                     [&](std::string_view table, int64_t row, std::string_view fault) {
                                       if (faults_.size() < kMostNamedFaults) faults_.push_back({std::string(table), row, std::string(fault)});
                                       else ++unnamed_;
                                     });
  }

  // Rows are known by number to the engine, and by their keys to the user.
  Status NameStorageFaults() {
    for (const StorageFault& fault : faults_) {
      const Table* table = fault.table.empty() ? nullptr : catalog_.FindTable(static_cast<Oid>(atol(fault.table.c_str() + 1)));
      std::string key;
      if (table != nullptr && fault.row != 0 && table->PrimaryKey() != nullptr) {
        std::string text = "SELECT ";
        for (const catalog::Attnum number : table->PrimaryKey()->columns) text += catalog::PhysicalColumn(number) + ", ";
        text += "rowid FROM " + catalog::PhysicalTable(table->oid) + " WHERE rowid = ?1";
        const engine::Parameter row = Datum::Integer(fault.row);
        ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(text, {&row, 1}, context_));
        ALLOD_ASSIGN_OR_RETURN(const bool there, cursor->Next());
        if (there) key = KeyAt(*table, *cursor, 0);
      }
      found_({table == nullptr ? "" : table->name, key, InUserNames(fault.text, catalog_)});
    }
    for (; unnamed_ > 0; --unnamed_) found_({});
    return Ok();
  }

  Status Values(const Table& table) {
    std::string text = "SELECT ";
    for (const catalog::Column& column : table.columns) text += catalog::PhysicalColumn(column.number) + ", ";
    const size_t keys_at = table.columns.size();
    const catalog::Constraint* primary = table.PrimaryKey();
    if (primary != nullptr) {
      for (const catalog::Attnum number : primary->columns) text += catalog::PhysicalColumn(number) + ", ";
    }
    text += "0 FROM " + catalog::PhysicalTable(table.oid);
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(text, {}, context_));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
      if (!more) return Ok();
      bool key_is_sound = true;
      std::vector<VerifyFault> faults;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        const Datum value = cursor->column(static_cast<int>(i));
        if (value.is_null()) continue;
        const std::string fault = ValueFault(table.columns[i].type, value, format_);
        if (fault.empty()) continue;
        faults.push_back({table.name, "", "the value of column " + table.columns[i].name + " " + fault});
        if (primary != nullptr && std::ranges::find(primary->columns, table.columns[i].number) != primary->columns.end()) key_is_sound = false;
      }
      for (VerifyFault& fault : faults) {
        if (key_is_sound && primary != nullptr) fault.key = KeyAt(table, *cursor, static_cast<int>(keys_at));
        found_(std::move(fault));
      }
    }
  }

 private:
  struct StorageFault {
    std::string table;
    int64_t row;
    std::string text;
  };

  std::string KeyAt(const Table& table, const engine::Cursor& cursor, int first) const {
    std::string key;
    for (const catalog::Attnum number : table.PrimaryKey()->columns) {
      const Datum value = cursor.column(first++);
      if (value.is_null()) return "";
      key += (key.empty() ? "" : ", ") + ToText(table.FindColumn(number)->type, value, format_);
    }
    return key;
  }

  const catalog::Catalog& catalog_;
  engine::Transaction& transaction_;
  ExecContext* const context_;
  const FormatContext& format_;
  const std::function<void(VerifyFault)>& found_;
  std::vector<StorageFault> faults_;
  int64_t unnamed_ = 0;  // more of them
};

}  // namespace

Status Verify(Database& database, const Definitions& definitions, engine::Transaction& transaction, ExecContext* context, const FormatContext& format,
              const Table* only, const std::function<void(VerifyFault)>& found) {
  Verifier verifier(definitions, transaction, context, format, found);
  ALLOD_RETURN_IF_ERROR(verifier.CheckStorage(only));
  ALLOD_RETURN_IF_ERROR(verifier.NameStorageFaults());
  for (const auto& [oid, table] : definitions.catalog->tables()) {
    if (table->kind != Table::Kind::kTable || (only != nullptr && table.get() != only)) continue;
    ALLOD_RETURN_IF_ERROR(verifier.Values(*table));
    if (!definitions.graph->IsOwned(oid)) continue;
    Status owned = ownership::CheckAllRows(*definitions.graph, transaction, context, {oid});
    if (!owned.ok() && !owned.error().sqlstate.starts_with("23")) return owned;
    if (!owned.ok()) found({table->name, "", owned.error().message + (owned.error().detail.empty() ? "" : ": " + owned.error().detail)});
  }
  if (database.history() == nullptr || definitions.layout == nullptr) return Ok();
  return history::CheckHistory(*database.history(), *definitions.layout, transaction, format, only == nullptr ? 0 : only->oid, [&](history::Fault fault) {
    const Table* table = fault.table == 0 ? nullptr : definitions.catalog->FindTable(fault.table);
    found({table == nullptr ? "" : table->name, std::move(fault.key), std::move(fault.problem)});
  });
}

}  // namespace allod::session
