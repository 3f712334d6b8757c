// What the embedded engine has to do for a definition: the difference between two catalogues, as SQLite statements.
//
// SQLite can add and drop columns, but cannot change a constraint. Constraints therefore change by writing the table's
// new CREATE TABLE text into sqlite_schema, which is what a constraint is to SQLite: text that is read when the schema is
// loaded (https://www.sqlite.org/lang_altertable.html, "Making other kinds of table schema changes"). The text of a
// table follows from the catalogue alone (columns in order of their numbers, which is the order they were added in), so
// after any change the right text is known. A table whose rows change goes through a bare text without constraints: no
// check runs on rows that are half way, and what must hold afterwards is asked once, by Definition::checks.
#include <algorithm>
#include <map>
#include <set>

#include "planner/ddl_internal.h"
#include "sql/print_sqlite.h"

namespace allod::planner::ddl {

namespace {

using catalog::PhysicalColumn;
using catalog::PhysicalIndex;
using catalog::PhysicalTable;

std::string StorageText(Type type) {
  const TypeInfo* info = FindType(type.oid);
  if (info == nullptr) return "TEXT";
  std::string text;
  switch (info->storage) {
    case Storage::kInteger: text = "INTEGER"; break;
    case Storage::kReal: text = "REAL"; break;
    case Storage::kText: text = "TEXT"; break;
    case Storage::kBlob: text = "BLOB"; break;
  }
  if (!info->collation.empty()) text += " COLLATE " + std::string(info->collation);
  return text;
}

std::string ColumnList(const std::vector<Attnum>& columns) {
  std::string text;
  for (Attnum column : columns) text += (text.empty() ? "" : ", ") + PhysicalColumn(column);
  return text;
}

std::string_view ActionText(catalog::KeyAction action) {
  switch (action) {
    case catalog::KeyAction::kNoAction: return "NO ACTION";
    case catalog::KeyAction::kRestrict: return "RESTRICT";
    case catalog::KeyAction::kCascade: return "CASCADE";
    case catalog::KeyAction::kSetNull: return "SET NULL";
    case catalog::KeyAction::kSetDefault: return "SET DEFAULT";
  }
  return "NO ACTION";
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

bool Intersects(const std::vector<Attnum>& columns, const std::set<Attnum>& set) {
  return std::any_of(columns.begin(), columns.end(), [&](Attnum column) { return set.contains(column); });
}

// One version of the catalogue, as text.
class Texts {
 public:
  Texts(const Catalog& catalog, BindContext context) : catalog_(catalog), context_(std::move(context)) {}

  const Catalog& catalog() const { return catalog_; }

  // `without`: foreign keys left out, by oid.
  Result<std::string> Table_(const Table& table, const std::set<Oid>& without = {}) const {
    std::string text = "CREATE TABLE " + PhysicalTable(table.oid) + "(";
    std::set<Attnum> defaulted;  // the engine itself sets these to their defaults
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      if (key.on_delete == catalog::KeyAction::kSetDefault || key.on_update == catalog::KeyAction::kSetDefault) {
        defaulted.insert(key.columns.begin(), key.columns.end());
      }
    }
    bool first = true;
    for (const Column* column : ByNumber(table)) {
      text += (first ? "" : ", ") + PhysicalColumn(column->number) + " ";
      first = false;
      if (column->number == table.rowid_column) {
        text += "INTEGER PRIMARY KEY";
        continue;
      }
      text += StorageText(column->type);
      if (column->not_null) text += " NOT NULL";
      if (defaulted.contains(column->number) && !column->default_sql.empty()) {
        ALLOD_ASSIGN_OR_RETURN(const std::string value, Expression(column->default_sql, nullptr, column->type));
        text += " DEFAULT (" + value + ")";
      }
    }
    for (const Constraint& constraint : table.constraints) {
      const std::string name = ", CONSTRAINT \"k" + std::to_string(constraint.oid) + "\" ";
      if (constraint.kind == Constraint::Kind::kCheck) {
        ALLOD_ASSIGN_OR_RETURN(const std::string check, Expression(constraint.check_sql, &table, Type{}));
        text += name + "CHECK (" + check + ")";
      } else if (constraint.kind == Constraint::Kind::kForeignKey && !without.contains(constraint.oid)) {
        text += name + "FOREIGN KEY (" + ColumnList(constraint.columns) + ") REFERENCES " +
                PhysicalTable(constraint.target) + "(" + ColumnList(constraint.target_columns) + ")";
        if (constraint.on_update != catalog::KeyAction::kNoAction) {
          text += " ON UPDATE " + std::string(ActionText(constraint.on_update));
        }
        if (constraint.on_delete != catalog::KeyAction::kNoAction) {
          text += " ON DELETE " + std::string(ActionText(constraint.on_delete));
        }
        if (constraint.initially_deferred) text += " DEFERRABLE INITIALLY DEFERRED";
      }
    }
    return text + ") STRICT";
  }

  // "" if the engine has no such index: the row id serves.
  Result<std::string> Index_(const Table& table, const Index& index) const {
    if (IsRowid(table, index)) return std::string();
    std::string text = std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX " + PhysicalIndex(index.oid) +
                       " ON " + PhysicalTable(table.oid) + "(";
    ALLOD_ASSIGN_OR_RETURN(const std::vector<std::string> parts, IndexParts(table, index));
    for (size_t i = 0; i < parts.size(); ++i) {
      text += (i == 0 ? "" : ", ") + parts[i] + (index.columns[i].descending ? " DESC" : "");
    }
    text += ")";
    if (!index.predicate_sql.empty()) {
      ALLOD_ASSIGN_OR_RETURN(const std::string predicate, Expression(index.predicate_sql, &table, Type{}));
      text += " WHERE " + predicate;
    }
    return text;
  }

  // The columns and expressions of an index. Where NULLs are not distinct, a nullable one is made not null: by a value
  // of a kind that a STRICT column of its type cannot hold.
  Result<std::vector<std::string>> IndexParts(const Table& table, const Index& index) const {
    std::vector<std::string> parts;
    for (const IndexColumn& part : index.columns) {
      std::string text;
      Type type;
      bool nullable = true;
      if (part.column != 0) {
        const Column& column = *table.FindColumn(part.column);
        text = PhysicalColumn(part.column);
        type = column.type;
        nullable = !column.not_null;
      } else {
        ALLOD_ASSIGN_OR_RETURN(text, BindTableExpression(part.expression_sql, &table, Type{}, context_, nullptr, &type));
        text = "(" + text + ")";
      }
      const TypeInfo* info = FindType(type.oid);
      const bool fill = index.nulls_not_distinct && index.unique && nullable;
      if (fill) text = "ifnull(" + text + ", " + (info != nullptr && info->storage == Storage::kBlob ? "0" : "x''") + ")";
      if ((fill || part.column == 0) && info != nullptr && !info->collation.empty()) {
        text += " COLLATE " + std::string(info->collation);
      }
      parts.push_back(std::move(text));
    }
    return parts;
  }

  Result<std::string> Expression(const std::string& sql, const Table* table, Type as) const {
    return BindTableExpression(sql, table, as, context_, nullptr, nullptr);
  }

  static bool IsRowid(const Table& table, const Index& index) {
    if (table.rowid_column == 0) return false;
    const Constraint* key = table.PrimaryKey();
    return key != nullptr && key->index == index.oid;
  }

  static std::vector<const Column*> ByNumber(const Table& table) {
    std::vector<const Column*> columns;
    for (const Column& column : table.columns) columns.push_back(&column);
    std::sort(columns.begin(), columns.end(), [](const Column* a, const Column* b) { return a->number < b->number; });
    return columns;
  }

 private:
  const Catalog& catalog_;
  BindContext context_;
};

class Script {
 public:
  explicit Script(Ddl* ddl)
      : ddl_(*ddl), out_(ddl->definition), before_(ddl->before, ContextOf(*ddl, ddl->before)), after_(*ddl->next, ddl->context) {}

  Status Write() {
    ALLOD_RETURN_IF_ERROR(Plan());
    ALLOD_RETURN_IF_ERROR(Strip());
    for (Oid oid : dropped_) out_.script.push_back("DROP TABLE " + PhysicalTable(oid));
    for (Change& change : changes_) ALLOD_RETURN_IF_ERROR(ChangeRows(change));
    ALLOD_RETURN_IF_ERROR(WriteChecks());
    ALLOD_RETURN_IF_ERROR(Create());
    ALLOD_RETURN_IF_ERROR(Truncate());
    return Copy();
  }

 private:
  // A table that both catalogues have, in different states.
  struct Change {
    const Table* before;
    const Table* after;
    std::set<Attnum> added, dropped;
    std::set<Attnum> refilled;        // columns of both whose values change
    std::set<Attnum> gone;            // dropped or refilled: what referred to them has to let go
    bool rows_change = false;         // some row is written
  };

  static BindContext ContextOf(const Ddl& ddl, const Catalog& catalog) {
    BindContext context = ddl.context;
    // The copy must not own the catalogue: PlanDefinition's caller does.
    context.catalog = std::shared_ptr<const Catalog>(std::shared_ptr<const Catalog>(), &catalog);
    return context;
  }

  Status Plan() {
    for (const auto& [oid, table] : ddl_.before.tables()) {
      if (table->kind == Table::Kind::kTable && ddl_.next->FindTable(oid) == nullptr) dropped_.push_back(oid);
    }
    for (const auto& [oid, table] : ddl_.next->tables()) {
      if (table->kind != Table::Kind::kTable) continue;
      const Table* old = ddl_.before.FindTable(oid);
      if (old == nullptr) {
        created_.push_back(table.get());
        continue;
      }
      if (old == table.get()) continue;
      Change change{old, table.get()};
      for (const Column& column : table->columns) {
        if (old->FindColumn(column.number) == nullptr) change.added.insert(column.number);
      }
      for (const Column& column : old->columns) {
        if (table->FindColumn(column.number) == nullptr) change.dropped.insert(column.number);
      }
      if (auto fills = ddl_.fills.find(oid); fills != ddl_.fills.end()) {
        for (const auto& [column, fill] : fills->second) {
          if (old->FindColumn(column) != nullptr) change.refilled.insert(column);
          change.rows_change = true;
        }
      }
      change.gone = change.dropped;
      change.gone.insert(change.refilled.begin(), change.refilled.end());
      changes_.push_back(std::move(change));
    }
    return Ok();
  }

  const Change* ChangeOf(Oid table) const {
    for (const Change& change : changes_) {
      if (change.after->oid == table) return &change;
    }
    return nullptr;
  }

  // Takes away what would stand in the way: constraints and indexes on what goes or changes.
  Status Strip() {
    for (const auto& [oid, table] : ddl_.before.tables()) {
      if (table->kind != Table::Kind::kTable) continue;
      const Change* own = ChangeOf(oid);
      if (own != nullptr && (own->rows_change || !own->dropped.empty())) {
        SetText(oid, Bare(*own->before, true));
        continue;
      }
      std::set<Oid> without;
      for (const Constraint& key : table->constraints) {
        if (key.kind != Constraint::Kind::kForeignKey) continue;
        const Change* target = ChangeOf(key.target);
        if (ddl_.next->FindTable(key.target) == nullptr || (target != nullptr && Intersects(key.target_columns, target->gone))) {
          without.insert(key.oid);
        }
      }
      if (!without.empty()) {
        ALLOD_ASSIGN_OR_RETURN(const std::string text, before_.Table_(*table, without));
        SetText(oid, text);
      }
    }
    for (const Change& change : changes_) {
      for (const Index& index : change.before->indexes) {
        ALLOD_ASSIGN_OR_RETURN(const std::string old_text, before_.Index_(*change.before, index));
        if (old_text.empty()) continue;
        const Index* kept = change.after->FindIndex(index.oid);
        std::string new_text;
        if (kept != nullptr) {
          ALLOD_ASSIGN_OR_RETURN(new_text, after_.Index_(*change.after, *kept));
        }
        std::vector<Attnum> columns;
        for (const IndexColumn& column : index.columns) {
          if (column.column != 0) columns.push_back(column.column);
          ALLOD_ASSIGN_OR_RETURN(const std::vector<Attnum> read, ColumnsIn(*change.before, column.expression_sql));
          columns.insert(columns.end(), read.begin(), read.end());
        }
        ALLOD_ASSIGN_OR_RETURN(const std::vector<Attnum> read, ColumnsIn(*change.before, index.predicate_sql));
        columns.insert(columns.end(), read.begin(), read.end());
        if (old_text == new_text && !Intersects(columns, change.gone)) {
          standing_.insert(index.oid);
        } else {
          out_.script.push_back("DROP INDEX " + PhysicalIndex(index.oid));
        }
      }
    }
    Flush();
    return Ok();
  }

  // The table's columns and nothing else. `rowid`: the row id's column is declared as such.
  static std::string Bare(const Table& table, bool rowid) {
    std::string text = "CREATE TABLE " + PhysicalTable(table.oid) + "(";
    bool first = true;
    for (const Column* column : Texts::ByNumber(table)) {
      text += (first ? "" : ", ") + PhysicalColumn(column->number) + " " +
              (column->number == table.rowid_column ? (rowid ? "INTEGER PRIMARY KEY" : "INTEGER") : StorageText(column->type));
      first = false;
    }
    return text + ") STRICT";
  }

  Status ChangeRows(const Change& change) {
    const std::string name = PhysicalTable(change.after->oid);
    for (Attnum column : change.added) {
      out_.script.push_back("ALTER TABLE " + name + " ADD COLUMN " + PhysicalColumn(column) + " " +
                            StorageText(change.after->FindColumn(column)->type));
      altered_.insert(change.after->oid);
    }
    if (change.rows_change) {
      std::string set;
      for (const auto& [column, fill] : ddl_.fills[change.after->oid]) {
        const Column* target = change.after->FindColumn(column);
        if (target == nullptr) continue;
        ALLOD_ASSIGN_OR_RETURN(const std::string value,
                               fill.over_row ? before_.Expression(fill.sql, change.before, target->type)
                                             : after_.Expression(fill.sql, nullptr, target->type));
        set += (set.empty() ? "" : ", ") + PhysicalColumn(column) + " = " + value;
      }
      if (!set.empty()) {
        out_.evaluated.insert(out_.script.size());
        out_.script.push_back("UPDATE " + name + " SET " + set);
      }
    }
    if (change.before->rowid_column != 0 && change.dropped.contains(change.before->rowid_column)) {
      // What is no longer declared as the row id reads as NULL (its place in the row is empty), and can be dropped.
      Table wide = *change.before;
      for (Attnum column : change.added) wide.columns.push_back(*change.after->FindColumn(column));
      SetText(change.after->oid, Bare(wide, false));
      Flush();
    }
    for (Attnum column : change.dropped) {
      out_.script.push_back("ALTER TABLE " + name + " DROP COLUMN " + PhysicalColumn(column));
      altered_.insert(change.after->oid);
    }
    return Ok();
  }

  void AddCheck(std::string query, Status error, const Table& table, std::string_view constraint, std::string detail = "",
                std::vector<Type> types = {}) {
    error.error().schema = SchemaName(*ddl_.next, table.schema);
    error.error().table = table.name;
    error.error().constraint = constraint;
    out_.checks.push_back({std::move(query), std::move(error), out_.script.size(), std::move(detail), std::move(types)});
  }

  // What rows that are already there must satisfy: new constraints, and old ones over changed values.
  Status WriteChecks() {
    for (const Change& change : changes_) {
      const Table& table = *change.after;
      const std::string from = " FROM " + PhysicalTable(table.oid);
      std::set<Attnum> fresh = change.added;
      fresh.insert(change.refilled.begin(), change.refilled.end());
      for (const Column& column : table.columns) {
        const Column* old = change.before->FindColumn(column.number);
        if (!column.not_null || column.number == table.rowid_column) continue;
        if (old != nullptr && old->not_null && !fresh.contains(column.number)) continue;
        Status error = Fail(sqlstate::kNotNullViolation,
                            "column \"" + column.name + "\" of relation \"" + table.name + "\" contains null values");
        error.error().column = column.name;
        AddCheck("SELECT 1" + from + " WHERE " + PhysicalColumn(column.number) + " IS NULL LIMIT 1", std::move(error), table, "");
      }
      for (const Constraint& constraint : table.constraints) {
        bool known = false;
        for (const Constraint& old : change.before->constraints) {
          known = known || (old.oid == constraint.oid && old.columns == constraint.columns);
        }
        if (known && !Intersects(constraint.columns, fresh)) continue;
        if (constraint.kind == Constraint::Kind::kCheck) {
          ALLOD_ASSIGN_OR_RETURN(const std::string check, after_.Expression(constraint.check_sql, &table, Type{}));
          AddCheck("SELECT 1" + from + " WHERE NOT (" + check + ") LIMIT 1",
                   Fail(sqlstate::kCheckViolation, "check constraint \"" + constraint.name + "\" of relation \"" + table.name +
                                                       "\" is violated by some row"),
                   table, constraint.name);
        } else if (constraint.kind == Constraint::Kind::kForeignKey) {
          CheckKey(table, constraint);
        }
      }
      for (const Index& index : table.indexes) {
        if (!index.unique || standing_.contains(index.oid) || Texts::IsRowid(table, index)) continue;
        ALLOD_RETURN_IF_ERROR(CheckUnique(table, index));
      }
    }
    // Keys of other tables that name columns whose values changed.
    for (const auto& [oid, table] : ddl_.next->tables()) {
      for (const Constraint& key : table->constraints) {
        const Change* target = key.kind == Constraint::Kind::kForeignKey && key.target != oid ? ChangeOf(key.target) : nullptr;
        if (target == nullptr || ddl_.before.FindTable(oid) == nullptr) continue;
        std::set<Attnum> fresh = target->added;
        fresh.insert(target->refilled.begin(), target->refilled.end());
        if (Intersects(key.target_columns, fresh)) CheckKey(*table, key);
      }
    }
    return Ok();
  }

  void CheckKey(const Table& table, const Constraint& key) {
    const Table& target = *ddl_.next->FindTable(key.target);
    std::string columns, names, present, match;
    std::vector<Type> types;
    for (size_t i = 0; i < key.columns.size(); ++i) {
      const std::string column = "c." + PhysicalColumn(key.columns[i]);
      const Column& named = *table.FindColumn(key.columns[i]);
      columns += (i == 0 ? "" : ", ") + column;
      names += (i == 0 ? "" : ", ") + named.name;
      present += (i == 0 ? "" : " AND ") + column + " IS NOT NULL";
      match += (i == 0 ? "" : " AND ") + ("p." + PhysicalColumn(key.target_columns[i])) + " = " + column;
      types.push_back(named.type);
    }
    AddCheck("SELECT " + columns + " FROM " + PhysicalTable(table.oid) + " AS c WHERE " + present +
                 " AND NOT EXISTS (SELECT 1 FROM " + PhysicalTable(target.oid) + " AS p WHERE " + match + ") LIMIT 1",
             Fail(sqlstate::kForeignKeyViolation, "insert or update on table \"" + table.name +
                                                      "\" violates foreign key constraint \"" + key.name + "\""),
             table, key.name, "Key (" + names + ")=(%) is not present in table \"" + target.name + "\".", std::move(types));
  }

  Status CheckUnique(const Table& table, const Index& index) {
    ALLOD_ASSIGN_OR_RETURN(const std::vector<std::string> parts, after_.IndexParts(table, index));
    std::string group, values, names, present;
    std::vector<Type> types;
    for (size_t i = 0; i < parts.size(); ++i) {
      const IndexColumn& part = index.columns[i];
      group += (i == 0 ? "" : ", ") + parts[i];
      // The values themselves, not what stands for NULL.
      std::string value = part.column != 0 ? PhysicalColumn(part.column) : parts[i];
      Type type;
      if (part.column != 0) {
        type = table.FindColumn(part.column)->type;
        names += (i == 0 ? "" : ", ") + table.FindColumn(part.column)->name;
      } else {
        ALLOD_ASSIGN_OR_RETURN(value, BindTableExpression(part.expression_sql, &table, Type{}, ddl_.context, nullptr, &type));
        names += (i == 0 ? "" : ", ") + part.expression_sql;
      }
      values += (i == 0 ? "" : ", ") + value;
      if (!index.nulls_not_distinct) present += " AND " + value + " IS NOT NULL";
      types.push_back(type);
    }
    std::string predicate = "1";
    if (!index.predicate_sql.empty()) {
      ALLOD_ASSIGN_OR_RETURN(predicate, after_.Expression(index.predicate_sql, &table, Type{}));
    }
    AddCheck("SELECT " + values + " FROM " + PhysicalTable(table.oid) + " WHERE " + predicate + present + " GROUP BY " + group +
                 " HAVING count(*) > 1 LIMIT 1",
             Fail(sqlstate::kUniqueViolation, "could not create unique index \"" + index.name + "\""), table, index.name,
             "Key (" + names + ")=(%) is duplicated.", std::move(types));
    return Ok();
  }

  // New tables, the final texts of changed ones, and the indexes that are not there yet.
  Status Create() {
    for (const Table* table : created_) {
      if (table->columns.empty()) {
        return Unsupported("a table needs at least one column", "Add a column, for example: id int.");
      }
      ALLOD_ASSIGN_OR_RETURN(std::string text, after_.Table_(*table));
      out_.script.push_back(std::move(text));
    }
    for (const Change& change : changes_) {
      if (change.after->columns.empty()) {
        return Unsupported("a table needs at least one column", "Drop the table instead.");
      }
    }
    for (const auto& [oid, table] : ddl_.next->tables()) {
      if (table->kind != Table::Kind::kTable || ddl_.before.FindTable(oid) == nullptr) continue;
      const bool written = texts_.contains(oid) || altered_.contains(oid);
      if (!written && ChangeOf(oid) == nullptr) continue;
      ALLOD_ASSIGN_OR_RETURN(const std::string text, after_.Table_(*table));
      if (!written) {
        ALLOD_ASSIGN_OR_RETURN(const std::string old_text, before_.Table_(*ddl_.before.FindTable(oid)));
        if (old_text == text) continue;
      }
      SetText(oid, text);
    }
    Flush();
    auto create_indexes = [&](const Table& table) -> Status {
      for (const Index& index : table.indexes) {
        if (standing_.contains(index.oid)) continue;
        ALLOD_ASSIGN_OR_RETURN(std::string text, after_.Index_(table, index));
        if (!text.empty()) out_.script.push_back(std::move(text));
      }
      return Ok();
    };
    for (const Table* table : created_) ALLOD_RETURN_IF_ERROR(create_indexes(*table));
    for (const Change& change : changes_) ALLOD_RETURN_IF_ERROR(create_indexes(*change.after));
    return Ok();
  }

  // Deletes, so that the changes are captured row by row. Tables that refer to others come first; where they refer to
  // each other in a circle (or to themselves), the keys are taken off meanwhile: all of these tables end up empty.
  Status Truncate() {
    std::set<Oid> left(ddl_.truncated.begin(), ddl_.truncated.end());
    std::vector<Oid> stripped;
    auto refers = [&](const Table& child, Oid parent) {
      return std::any_of(child.constraints.begin(), child.constraints.end(), [&](const Constraint& key) {
        return key.kind == Constraint::Kind::kForeignKey && key.target == parent;
      });
    };
    std::vector<std::string> deletes;
    while (!left.empty()) {
      auto next = std::find_if(left.begin(), left.end(), [&](Oid parent) {
        return std::none_of(left.begin(), left.end(), [&](Oid child) { return refers(*ddl_.next->FindTable(child), parent); });
      });
      if (next == left.end()) {
        for (Oid oid : left) {
          const Table& table = *ddl_.next->FindTable(oid);
          std::set<Oid> without;
          for (const Constraint& key : table.constraints) {
            if (key.kind == Constraint::Kind::kForeignKey && left.contains(key.target)) without.insert(key.oid);
          }
          if (without.empty()) continue;
          ALLOD_ASSIGN_OR_RETURN(const std::string text, after_.Table_(table, without));
          SetText(oid, text);
          stripped.push_back(oid);
        }
        for (Oid oid : left) deletes.push_back("DELETE FROM " + PhysicalTable(oid));
        break;
      }
      deletes.push_back("DELETE FROM " + PhysicalTable(*next));
      left.erase(next);
    }
    Flush();
    for (std::string& text : deletes) {
      out_.evaluated.insert(out_.script.size());
      out_.script.push_back(std::move(text));
    }
    for (Oid oid : stripped) {
      ALLOD_ASSIGN_OR_RETURN(const std::string text, after_.Table_(*ddl_.next->FindTable(oid)));
      SetText(oid, text);
    }
    Flush();
    return Ok();
  }

  Status Copy() {
    if (ddl_.copy_from == nullptr) return Ok();
    ALLOD_ASSIGN_OR_RETURN(const std::string query, sql::PrintSqlite(*ddl_.copy_from->query, {}));
    std::string columns;
    for (const Column& column : ddl_.next->FindTable(ddl_.copy_into)->columns) {
      columns += (columns.empty() ? "" : ", ") + PhysicalColumn(column.number);
    }
    out_.counted = out_.script.size();
    out_.evaluated.insert(out_.script.size());
    out_.script.push_back("INSERT INTO " + PhysicalTable(ddl_.copy_into) + "(" + columns + ") " + query);
    return Ok();
  }

  void SetText(Oid table, const std::string& text) {
    texts_.insert(table);
    edits_[table] = text;
  }

  // Writes the texts. RESET makes this connection read them; the statements around it change the schema's number, by
  // which other connections notice (DROP after RESET: rolling back must find that the schema has changed).
  void Flush() {
    if (edits_.empty()) return;
    std::string script = "PRAGMA writable_schema=ON;\n";
    for (const auto& [table, text] : edits_) {
      script += "UPDATE sqlite_schema SET sql=" + Quoted(text) + " WHERE type='table' AND name=" +
                Quoted(PhysicalTable(table)) + ";\n";
    }
    script += "CREATE TABLE allod_edit(x);\nPRAGMA writable_schema=RESET;\nDROP TABLE allod_edit;";
    out_.script.push_back(std::move(script));
    edits_.clear();
  }

  Ddl& ddl_;
  Definition& out_;
  Texts before_, after_;
  std::vector<Oid> dropped_;
  std::vector<const Table*> created_;
  std::vector<Change> changes_;
  std::set<Oid> texts_;      // tables whose text was written
  std::set<Oid> altered_;    // tables whose text the engine itself changed
  std::set<Oid> standing_;   // indexes that are there and stay as they are
  std::map<Oid, std::string> edits_;
};

}  // namespace

Status WriteSqliteScript(Ddl* ddl) { return Script(ddl).Write(); }

}  // namespace allod::planner::ddl
