// The engine names a failed constraint in its own terms, or not at all; here it gets the names that the user gave.
// Values are left out of the texts: a unique violation must not tell what another owner's row holds.
#include "base/format.h"
#include "session/session_impl.h"

namespace allod::session {
namespace {

std::vector<catalog::Attnum> Attnums(std::string_view columns) {  // "c1,c2"
  std::vector<catalog::Attnum> out;
  while (!columns.empty()) {
    size_t comma = columns.find(',');
    std::string_view one = columns.substr(0, comma);
    if (one.size() > 1) out.push_back(static_cast<catalog::Attnum>(atoi(std::string(one.substr(1)).c_str())));
    if (comma == std::string_view::npos) break;
    columns.remove_prefix(comma + 1);
  }
  return out;
}

Oid Number(std::string_view physical) {  // "t16384", "k16400", "i16401"
  return physical.size() < 2 ? 0 : static_cast<Oid>(strtoul(std::string(physical.substr(1)).c_str(), nullptr, 10));
}

std::string Names(const catalog::Table& table, const std::vector<catalog::Attnum>& columns) {
  std::string out;
  for (catalog::Attnum number : columns) {
    const catalog::Column* column = table.FindColumn(number);
    out += (out.empty() ? "" : ", ") + (column == nullptr ? std::string("?") : column->name);
  }
  return out;
}

Status Named(Status status, const catalog::Table& table, std::string_view constraint, std::string_view column = "") {
  status.error().schema = "public";
  status.error().table = table.name;
  status.error().constraint = constraint;
  status.error().column = column;
  return status;
}

Status Unique(const Error& error, const catalog::Catalog& catalog) {
  const catalog::Table* table = catalog.FindTable(Number(error.table));
  std::vector<catalog::Attnum> columns = Attnums(error.column);
  Oid index_oid = Number(error.constraint);
  if (table == nullptr) {
    for (const auto& [oid, candidate] : catalog.tables()) {
      for (const catalog::Index& index : candidate->indexes) {
        if (index.oid == index_oid && index_oid != 0) table = candidate.get();
      }
    }
  }
  if (table == nullptr) return error;
  std::string name;
  for (const catalog::Index& index : table->indexes) {
    if (!index.unique) continue;
    std::vector<catalog::Attnum> of_index;
    for (const catalog::IndexColumn& column : index.columns) of_index.push_back(column.column);
    if (index.oid == index_oid || (index_oid == 0 && of_index == columns)) {
      name = index.name;
      columns = of_index;
      break;
    }
  }
  if (name.empty()) {
    const catalog::Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->columns == columns) name = key->name;
  }
  return Named(Fail(sqlstate::kUniqueViolation, "duplicate key value violates unique constraint \"" + name + "\"")
                   .Detail("Key (" + Names(*table, columns) + ") already exists."),
               *table, name);
}

Status NotNull(const Error& error, const catalog::Catalog& catalog) {
  const catalog::Table* table = catalog.FindTable(Number(error.table));
  std::vector<catalog::Attnum> columns = Attnums(error.column);
  if (table == nullptr || columns.empty() || table->FindColumn(columns[0]) == nullptr) return error;
  const std::string& column = table->FindColumn(columns[0])->name;
  return Named(Fail(sqlstate::kNotNullViolation, "null value in column \"" + column + "\" of relation \"" + table->name +
                                                     "\" violates not-null constraint"),
               *table, "", column);
}

Status Check(const Error& error, const catalog::Catalog& catalog) {
  Oid oid = Number(error.constraint);
  for (const auto& [table_oid, table] : catalog.tables()) {
    for (const catalog::Constraint& constraint : table->constraints) {
      if (constraint.oid != oid) continue;
      return Named(Fail(sqlstate::kCheckViolation, "new row for relation \"" + table->name + "\" violates check constraint \"" +
                                                       constraint.name + "\""),
                   *table, constraint.name);
    }
  }
  return error;
}

// Watches the key columns of every foreign key that a change of `target` can break, its own and those that point at it
// (and what cascades from there).
std::shared_ptr<const engine::Watch> WatchKeys(const catalog::Catalog& catalog) {
  auto watch = std::make_shared<engine::Watch>();
  for (const auto& [oid, table] : catalog.tables()) {
    if (table->kind != catalog::Table::Kind::kTable) continue;
    engine::TableWatch entry{catalog::PhysicalTable(oid), {}, oid};
    for (const catalog::Column& column : table->columns) entry.columns.push_back(catalog::PhysicalColumn(column.number));
    watch->tables.push_back(std::move(entry));
  }
  return watch;
}

Row KeyOf(const catalog::Table& table, const std::vector<catalog::Attnum>& columns, const Row& row) {
  Row key;
  for (catalog::Attnum number : columns) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].number == number && i < row.size()) key.push_back(row[i]);
    }
  }
  return key;
}

std::string ExistsText(const catalog::Table& table, const std::vector<catalog::Attnum>& columns) {
  std::string text = "SELECT 1 FROM \"" + catalog::PhysicalTable(table.oid) + "\" WHERE ";
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : " AND ") + catalog::PhysicalColumn(columns[i]) + " = ?" + std::to_string(i + 1);
  }
  return text + " LIMIT 1";
}

Result<bool> Exists(engine::Transaction& transaction, const catalog::Table& table,
                    const std::vector<catalog::Attnum>& columns, const Row& key) {
  std::vector<engine::Parameter> parameters;
  for (const Value& value : key) parameters.emplace_back(value.view());
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, transaction.Run(ExistsText(table, columns), parameters, nullptr));
  return cursor->Next();
}

bool HasNull(const Row& key) {
  for (const Value& value : key) {
    if (value.is_null()) return true;
  }
  return false;
}

Result<std::optional<Status>> FindBrokenKey(const catalog::Catalog& catalog, engine::Transaction& transaction, size_t first) {
  ALLOD_ASSIGN_OR_RETURN(const std::vector<engine::Change>* captured, transaction.Changes());
  const std::vector<engine::Change> changes(captured->begin() + static_cast<ptrdiff_t>(first), captured->end());
  for (const engine::Change& change : changes) {
    const catalog::Table* table = catalog.FindTable(change.tag);
    if (table == nullptr) continue;
    if (!change.after.empty()) {
      for (const catalog::Constraint& key : table->constraints) {
        if (key.kind != catalog::Constraint::Kind::kForeignKey) continue;
        Row values = KeyOf(*table, key.columns, change.after);
        if (HasNull(values)) continue;
        const catalog::Table* target = catalog.FindTable(key.target);
        ALLOD_ASSIGN_OR_RETURN(bool there, Exists(transaction, *target, key.target_columns, values));
        if (there) continue;
        return std::optional<Status>(
            Named(Fail(sqlstate::kForeignKeyViolation, "insert or update on table \"" + table->name +
                                                           "\" violates foreign key constraint \"" + key.name + "\"")
                      .Detail("Key (" + Names(*table, key.columns) + ") is not present in table \"" + target->name + "\"."),
                  *table, key.name));
      }
    }
    if (change.before.empty()) continue;
    for (const auto& [oid, holder] : catalog.tables()) {
      for (const catalog::Constraint& key : holder->constraints) {
        if (key.kind != catalog::Constraint::Kind::kForeignKey || key.target != table->oid) continue;
        Row values = KeyOf(*table, key.target_columns, change.before);
        if (HasNull(values)) continue;
        ALLOD_ASSIGN_OR_RETURN(bool still, Exists(transaction, *table, key.target_columns, values));
        if (still) continue;
        ALLOD_ASSIGN_OR_RETURN(bool referenced, Exists(transaction, *holder, key.columns, values));
        if (!referenced) continue;
        return std::optional<Status>(
            Named(Fail(sqlstate::kForeignKeyViolation, "update or delete on table \"" + table->name +
                                                           "\" violates foreign key constraint \"" + key.name + "\" on table \"" +
                                                           holder->name + "\"")
                      .Detail("Key (" + Names(*table, key.target_columns) + ") is still referenced from table \"" + holder->name + "\"."),
                  *holder, key.name));
      }
    }
  }
  return std::optional<Status>();
}

}  // namespace

Status SessionImpl::Explain(Error error, PortalImpl& portal) {
  if (portal.copy_in != nullptr || portal.inner != nullptr) return error;  // of a statement within this: it was explained there
  if (native_) return TranslateNative(std::move(error), portal.compiled.get());
  std::shared_ptr<const Definitions> now = definitions();
  const catalog::Catalog& catalog = *now->catalog;
  if (error.table.starts_with("t") || error.constraint.starts_with("i") || error.constraint.starts_with("k") ||
      error.sqlstate == sqlstate::kForeignKeyViolation) {
    if (error.sqlstate == sqlstate::kUniqueViolation) return Unique(error, catalog);
    if (error.sqlstate == sqlstate::kNotNullViolation) return NotNull(error, catalog);
    if (error.sqlstate == sqlstate::kCheckViolation) return Check(error, catalog);
  }
  if (error.sqlstate != sqlstate::kForeignKeyViolation || !error.table.empty()) return error;
  if (portal.compiled == nullptr || portal.compiled->plan == nullptr || writer_ == nullptr || !writer_->alive()) return error;

  // The statement has had no effect. It is run once more with the keys not yet enforced, to see which row breaks which.
  constexpr int kProbe = 1 << 20;
  if (!writer_->Savepoint(kProbe).ok()) return error;
  Status found = error;
  auto probe = [&]() -> Status {
    ALLOD_RETURN_IF_ERROR(writer_->DeferForeignKeys(true));
    ALLOD_ASSIGN_OR_RETURN(const std::vector<engine::Change>* before, writer_->Changes());
    const size_t captured = before->size();
    ALLOD_RETURN_IF_ERROR(OpenCursor(portal, WatchKeys(catalog)));
    ALLOD_ASSIGN_OR_RETURN(bool more, portal.cursor->Next());
    while (more) {
      ALLOD_ASSIGN_OR_RETURN(more, portal.cursor->Next());
    }
    portal.cursor.reset();
    ALLOD_ASSIGN_OR_RETURN(std::optional<Status> broken, FindBrokenKey(catalog, *writer_, captured));
    if (broken) found = *std::move(broken);
    return Ok();
  };
  (void)probe();
  portal.cursor.reset();
  (void)writer_->RollbackTo(kProbe);
  (void)writer_->Release(kProbe);
  (void)writer_->DeferForeignKeys(false);
  return found;
}

}  // namespace allod::session
