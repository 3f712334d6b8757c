// CHECK, PRIMARY KEY, UNIQUE and FOREIGN KEY, of CREATE TABLE and ALTER TABLE.
#include <algorithm>

#include "catalog/definition_text.h"
#include "planner/ddl_table.h"

namespace allod::planner::ddl {

catalog::Annotation AnnotationOf(sql::KeyWord word) {
  switch (word) {
    case sql::KeyWord::kOwnedBy: return catalog::Annotation::kOwnedBy;
    case sql::KeyWord::kAccessedBy: return catalog::Annotation::kAccessedBy;
    case sql::KeyWord::kOwns: return catalog::Annotation::kOwns;
    case sql::KeyWord::kAccesses: return catalog::Annotation::kAccesses;
    case sql::KeyWord::kReferencesOnly: return catalog::Annotation::kReferencesOnly;
  }
  return catalog::Annotation::kNone;
}

Status CheckIndexable(Type type) {
  const TypeInfo* info = FindType(type.oid);
  const Oid element = info != nullptr && info->element != 0 ? info->element : type.oid;
  if (element != oid::kJson && element != oid::kXid && element != oid::kUnknown) return Ok();
  return Fail(sqlstate::kUndefinedObject,
              "data type " + FormatType({type.oid}) + " has no default operator class for access method \"btree\"")
      .Hint("You must specify an operator class for the index or define a default operator class for the data type.");
}

Status TableBuilder::AddConstraint(const PgQuery__Constraint& node) {
  switch (node.contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
      pending_.push_back({&node, {}, bool(node.deferrable), bool(node.initdeferred)});
      return Ok();
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
      return Unsupported("exclusion constraints are not supported", "Write a UNIQUE constraint, or check in the application.")
          .At(ddl_.Position(node.location));
    default:
      return Unsupported("this kind of constraint is not supported", "Write a CHECK or UNIQUE constraint.")
          .At(ddl_.Position(node.location));
  }
}

// The name that was written, or a free one.
Result<std::string> TableBuilder::NameOf(const PgQuery__Constraint& node, std::string_view name2, std::string_view label) {
  if (Given(node.conname).empty()) return ChooseConstraintName(*ddl_.next, table_, name2, label);
  std::string name = Truncate(node.conname, kMaxNameBytes);
  if (table_.FindConstraint(name) != nullptr) {
    if (fresh_ && node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
      return Fail(sqlstate::kDuplicateObject, "check constraint \"" + name + "\" already exists");
    }
    return Fail(sqlstate::kDuplicateObject, "constraint \"" + name + "\" for relation \"" + table_.name + "\" already exists");
  }
  return name;
}

Status TableBuilder::MakeCheck(const Pending& pending) {
  ALLOD_ASSIGN_OR_RETURN(StoredExpression stored, Store(ddl_, pending.node->raw_expr, &table_, Type{}, Place::kCheck));
  Constraint check;
  check.kind = Constraint::Kind::kCheck;
  check.columns = stored.columns;
  check.check_sql = std::move(stored.sql);
  const std::string column = check.columns.size() == 1 ? table_.FindColumn(check.columns[0])->name : "";
  ALLOD_ASSIGN_OR_RETURN(check.name, NameOf(*pending.node, column, "check"));
  check.oid = ddl_.next->NewOid();
  table_.constraints.push_back(std::move(check));
  Publish();
  return Ok();
}

Result<std::vector<Attnum>> TableBuilder::KeyColumns(const Pending& pending) {
  const bool primary = pending.node->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
  const std::vector<std::string> names =
      pending.columns.empty() ? NodeTexts(pending.node->n_keys, pending.node->keys) : pending.columns;
  std::vector<Attnum> columns;
  for (const std::string& name : names) {
    const Column* column = table_.FindColumn(name);
    const int position = ddl_.Position(pending.node->location);
    if (column == nullptr) {
      return Fail(sqlstate::kUndefinedColumn, "column \"" + name + "\" named in key does not exist").At(position);
    }
    if (std::find(columns.begin(), columns.end(), column->number) != columns.end()) {
      return Fail(sqlstate::kDuplicateColumn, "column \"" + name + "\" appears twice in " +
                                                  (primary ? "primary key" : "unique") + " constraint")
          .At(position);
    }
    ALLOD_RETURN_IF_ERROR(CheckIndexable(column->type));
    columns.push_back(column->number);
  }
  return columns;
}

Status TableBuilder::MakeKey(const Pending& pending) {
  const PgQuery__Constraint& node = *pending.node;
  const bool primary = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
  const int position = ddl_.Position(node.location);
  if (!Given(node.indexname).empty()) {
    return Unsupported("a constraint cannot be made from an existing index",
                       "Write ADD " + std::string(primary ? "PRIMARY KEY" : "UNIQUE") + " (columns) and drop the index.")
        .At(position);
  }
  if (pending.deferrable) {
    return Unsupported(std::string(primary ? "primary keys" : "unique constraints") + " cannot be deferrable",
                       "Leave DEFERRABLE out; uniqueness is checked by each statement.")
        .At(position);
  }
  if (primary && table_.PrimaryKey() != nullptr) {
    return Fail(sqlstate::kInvalidTableDefinition, "multiple primary keys for table \"" + table_.name + "\" are not allowed")
        .At(fresh_ ? position : 0);
  }
  Constraint key;
  key.kind = primary ? Constraint::Kind::kPrimaryKey : Constraint::Kind::kUnique;
  key.nulls_not_distinct = node.nulls_not_distinct;
  ALLOD_ASSIGN_OR_RETURN(key.columns, KeyColumns(pending));

  Index index;
  index.unique = true;
  index.nulls_not_distinct = key.nulls_not_distinct;
  for (Attnum column : key.columns) index.columns.push_back({column});
  for (const std::string& name : NodeTexts(node.n_including, node.including)) {
    const Column* column = table_.FindColumn(name);
    if (column == nullptr) {
      return Fail(sqlstate::kUndefinedColumn, "column \"" + name + "\" named in key does not exist").At(position);
    }
    index.include.push_back(column->number);
  }
  Publish();
  if (Given(node.conname).empty()) {
    key.name = ChooseRelationName(*ddl_.next, table_.schema, table_.name, primary ? "" : JoinNames(table_, key.columns),
                                  primary ? "pkey" : "key", true);
  } else {
    ALLOD_ASSIGN_OR_RETURN(key.name, NameOf(node, "", ""));
    if (ddl_.next->HasRelation(table_.schema, key.name)) {
      return Fail(sqlstate::kDuplicateTable, "relation \"" + key.name + "\" already exists");
    }
  }
  key.oid = ddl_.next->NewOid();
  index.oid = key.index = ddl_.next->NewOid();
  index.name = key.name;
  if (primary) {
    for (Attnum number : key.columns) {
      for (Column& column : table_.columns) {
        if (column.number == number) column.not_null = true;
      }
    }
    const Oid type = table_.FindColumn(key.columns[0])->type.oid;
    if (fresh_ && key.columns.size() == 1 && (type == oid::kInt2 || type == oid::kInt4 || type == oid::kInt8)) {
      table_.rowid_column = key.columns[0];
    }
  }
  table_.indexes.push_back(std::move(index));
  table_.constraints.push_back(std::move(key));
  Publish();
  return Ok();
}

const Index* UniqueIndexOn(const Table& table, const std::vector<Attnum>& columns) {
  const std::set<Attnum> wanted(columns.begin(), columns.end());
  const Index* best = nullptr;
  for (const Index& index : table.indexes) {
    if (!index.unique || !index.predicate_sql.empty() || index.columns.size() != wanted.size()) continue;
    std::set<Attnum> have;
    for (const IndexColumn& column : index.columns) have.insert(column.column);
    if (have != wanted) continue;
    // A constraint's index rather than another, and one that the engine can use rather than one it cannot.
    if (best == nullptr || best->nulls_not_distinct) best = &index;
  }
  return best;
}

Status CheckKeyTypes(const Catalog& catalog, const std::string& constraint, const Column& from, const Column& to) {
  auto family = [](Oid type) {
    switch (type) {
      case oid::kInt2: case oid::kInt4: case oid::kInt8: return 1;
      case oid::kFloat4: case oid::kFloat8: return 2;
      case oid::kText: case oid::kVarchar: case oid::kName: return 3;
      case oid::kBpchar: return 4;
      case oid::kNumeric: return 5;
      case oid::kDate: return 6;
      case oid::kTimestamp: return 7;
      case oid::kTimestamptz: return 8;
      default: return 0;
    }
  };
  if (from.type.oid == to.type.oid) return Ok();
  const int a = family(from.type.oid), b = family(to.type.oid);
  if (a != 0 && a == b) return Ok();
  // What PostgreSQL would compare across types, and the engine stores in different forms.
  const bool text = (a == 3 || a == 4) && (b == 3 || b == 4);
  const bool number = (a == 1 && (b == 5 || b == 2)) || (a == 5 && b == 2);
  const bool date = a >= 6 && b >= 6;
  if (text || number || date) {
    return Unsupported("foreign key constraint \"" + constraint + "\" between the types " + FormatType({from.type.oid}) +
                           " and " + FormatType({to.type.oid}) + " is not supported",
                       "Give the columns \"" + from.name + "\" and \"" + to.name + "\" the same type.");
  }
  return Fail(sqlstate::kDatatypeMismatch, "foreign key constraint \"" + constraint + "\" cannot be implemented")
      .Detail("Key columns \"" + from.name + "\" and \"" + to.name + "\" are of incompatible types: " +
              catalog::TypeText(catalog, from.type) + " and " + catalog::TypeText(catalog, to.type) + ".");
}

Status TableBuilder::MakeForeignKey(const Pending& pending) {
  const PgQuery__Constraint& node = *pending.node;
  Constraint key;
  key.kind = Constraint::Kind::kForeignKey;
  key.deferrable = pending.deferrable || pending.initially_deferred;
  key.initially_deferred = pending.initially_deferred;
  for (const sql::KeyAnnotation& annotation : ddl_.statement.keys) {
    if (annotation.location == node.location) key.annotation = AnnotationOf(annotation.word);
  }

  // The table it refers to, which may be the one being made.
  ALLOD_RETURN_IF_ERROR(CheckDatabase(ddl_, *node.pktable));
  Publish();
  const std::string_view schema = Given(node.pktable->schemaname), name = Given(node.pktable->relname);
  const Relation relation = FindRelation(ddl_, schema, name);
  if (relation.schema_missing) {
    return Fail(sqlstate::kInvalidSchemaName, "schema \"" + std::string(schema) + "\" does not exist");
  }
  if (!relation.found()) {
    return Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist");
  }
  if (relation.table == nullptr || relation.table->kind != Table::Kind::kTable) {
    return Fail(sqlstate::kWrongObjectType, "referenced relation \"" + std::string(name) + "\" is not a table");
  }
  const Table target = *relation.table;
  key.target = target.oid;

  auto find = [&](const Table& table, const std::vector<std::string>& names, std::vector<Attnum>* columns) -> Status {
    for (const std::string& column_name : names) {
      const Column* column = table.FindColumn(column_name);
      if (column == nullptr) {
        return Fail(sqlstate::kUndefinedColumn,
                    "column \"" + column_name + "\" referenced in foreign key constraint does not exist");
      }
      columns->push_back(column->number);
    }
    return Ok();
  };
  ALLOD_RETURN_IF_ERROR(find(table_, pending.columns.empty() ? NodeTexts(node.n_fk_attrs, node.fk_attrs) : pending.columns,
                             &key.columns));
  if (node.n_pk_attrs == 0) {
    const Constraint* primary = target.PrimaryKey();
    if (primary == nullptr) {
      return Fail(sqlstate::kUndefinedObject, "there is no primary key for referenced table \"" + target.name + "\"");
    }
    key.target_columns = primary->columns;
  } else {
    ALLOD_RETURN_IF_ERROR(find(target, NodeTexts(node.n_pk_attrs, node.pk_attrs), &key.target_columns));
  }
  ALLOD_ASSIGN_OR_RETURN(key.name, NameOf(node, JoinNames(table_, key.columns), "fkey"));
  if (key.columns.size() != key.target_columns.size()) {
    return Fail(sqlstate::kInvalidForeignKey, "number of referencing and referenced columns for foreign key disagree");
  }
  if (std::set<Attnum>(key.target_columns.begin(), key.target_columns.end()).size() != key.target_columns.size()) {
    return Fail(sqlstate::kInvalidForeignKey, "foreign key referenced-columns list must not contain duplicates");
  }
  const Index* index = UniqueIndexOn(target, key.target_columns);
  if (index == nullptr) {
    return Fail(sqlstate::kInvalidForeignKey,
                "there is no unique constraint matching given keys for referenced table \"" + target.name + "\"");
  }
  if (index->nulls_not_distinct) {
    return Unsupported("a foreign key cannot refer to a NULLS NOT DISTINCT key",
                       "Give the referenced columns of \"" + target.name + "\" a plain UNIQUE constraint.");
  }
  for (size_t i = 0; i < key.columns.size(); ++i) {
    ALLOD_RETURN_IF_ERROR(CheckKeyTypes(*ddl_.next, key.name, *table_.FindColumn(key.columns[i]),
                                        *target.FindColumn(key.target_columns[i])));
  }
  const std::string_view match = Given(node.fk_matchtype);
  if (match == "p") return Fail(sqlstate::kFeatureNotSupported, "MATCH PARTIAL not yet implemented").At(ddl_.Position(node.location));
  if (match == "f" && key.columns.size() > 1) {
    return Unsupported("MATCH FULL is not supported",
                       "Leave it out and add a CHECK that the columns are all NULL or all not NULL.")
        .At(ddl_.Position(node.location));
  }
  if (node.n_fk_del_set_cols > 0) {
    return Unsupported("a column list after SET NULL or SET DEFAULT is not supported", "Leave the list out.")
        .At(ddl_.Position(node.location));
  }
  auto action = [](const char* text) {
    const std::string_view given = Given(text);
    return given.empty() ? catalog::KeyAction::kNoAction : static_cast<catalog::KeyAction>(given[0]);
  };
  key.on_update = action(node.fk_upd_action);
  key.on_delete = action(node.fk_del_action);
  key.oid = ddl_.next->NewOid();
  table_.constraints.push_back(std::move(key));
  Publish();
  return Ok();
}

Status TableBuilder::Finish() {
  using Type = PgQuery__ConstrType;
  auto each = [&](Type type, Status (TableBuilder::*make)(const Pending&)) -> Status {
    for (const Pending& pending : pending_) {
      if (pending.node->contype == type) ALLOD_RETURN_IF_ERROR((this->*make)(pending));
    }
    return Ok();
  };
  ALLOD_RETURN_IF_ERROR(each(PG_QUERY__CONSTR_TYPE__CONSTR_CHECK, &TableBuilder::MakeCheck));
  ALLOD_RETURN_IF_ERROR(each(PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY, &TableBuilder::MakeKey));
  ALLOD_RETURN_IF_ERROR(each(PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE, &TableBuilder::MakeKey));
  ALLOD_RETURN_IF_ERROR(each(PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN, &TableBuilder::MakeForeignKey));
  pending_.clear();
  ServeKeys(ddl_.next.get(), &table_);
  Publish();
  return Ok();
}

}  // namespace allod::planner::ddl
