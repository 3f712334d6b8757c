// RENAME and SET SCHEMA. The engine's names do not change; what does is the catalogue, and the texts that say the name.
#include <algorithm>

#include "planner/ddl_drop.h"
#include "planner/ddl_type.h"
#include "planner/ddl_view.h"

namespace allod::planner::ddl {

namespace {

Status Taken(std::string_view name) {
  return Fail(sqlstate::kDuplicateTable, "relation \"" + std::string(name) + "\" already exists");
}

// Defaults that call nextval() on the sequence say its new name.
Status RenameSequenceInDefaults(Ddl* ddl, const Sequence& sequence, const std::string& to) {
  std::vector<Table> changed;
  for (const auto& [oid, table] : ddl->next->tables()) {
    Table copy = *table;
    bool any = false;
    for (Column& column : copy.columns) {
      if (column.default_sql.empty() || !SequencesIn(*ddl->next, column.default_sql).contains(sequence.oid)) continue;
      ALLOD_ASSIGN_OR_RETURN(column.default_sql, RenameSequenceIn(*ddl->next, column.default_sql, sequence.oid, to));
      any = true;
    }
    if (any) changed.push_back(std::move(copy));
  }
  for (Table& table : changed) ddl->next->Put(std::move(table));
  return Ok();
}

Status RenameIndex(Ddl* ddl, const Table& table, const Index& index, const std::string& name) {
  if (ddl->next->HasRelation(table.schema, name)) return Taken(name);
  Table copy = table;
  for (Index& each : copy.indexes) {
    if (each.oid == index.oid) each.name = name;
  }
  for (Constraint& constraint : copy.constraints) {
    if (constraint.index == index.oid) constraint.name = name;
  }
  ddl->next->Put(std::move(copy));
  return Ok();
}

Status RenameSequence(Ddl* ddl, const Sequence& sequence, const std::string& name) {
  if (ddl->next->HasRelation(sequence.schema, name)) return Taken(name);
  ALLOD_RETURN_IF_ERROR(RenameSequenceInDefaults(ddl, sequence, SequenceText(*ddl->next, sequence.schema, name)));
  Sequence copy = sequence;
  copy.name = name;
  ddl->next->Put(std::move(copy));
  return Ok();
}

Status RenameTable(Ddl* ddl, const Table& table, const std::string& name) {
  if (ddl->next->HasRelation(table.schema, name)) return Taken(name);
  const Table before = table;
  Table after = table;
  after.name = name;
  ALLOD_RETURN_IF_ERROR(RenameRelationInViews(ddl, before, after));
  ddl->next->Put(std::move(after));
  return Ok();
}

Status RenameColumn(Ddl* ddl, const Table& table, const std::string& from, const std::string& to) {
  if (table.FindColumn(from) == nullptr) return Fail(sqlstate::kUndefinedColumn, "column \"" + from + "\" does not exist");
  for (std::string_view system : {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"}) {
    if (to == system) {
      return Fail(sqlstate::kDuplicateColumn, "column name \"" + to + "\" conflicts with a system column name");
    }
  }
  if (table.FindColumn(to) != nullptr) {
    return Fail(sqlstate::kDuplicateColumn, "column \"" + to + "\" of relation \"" + table.name + "\" already exists");
  }
  const Table before = table;
  ALLOD_RETURN_IF_ERROR(RenameColumnInViews(ddl, before, from));
  Table after = ddl->Copy(before.oid);
  for (Column& column : after.columns) {
    if (column.name == from) column.name = to;
  }
  for (Constraint& constraint : after.constraints) {
    ALLOD_ASSIGN_OR_RETURN(constraint.check_sql, RenameColumnIn(constraint.check_sql, from, to));
  }
  for (Index& index : after.indexes) {
    for (IndexColumn& column : index.columns) {
      ALLOD_ASSIGN_OR_RETURN(column.expression_sql, RenameColumnIn(column.expression_sql, from, to));
    }
    ALLOD_ASSIGN_OR_RETURN(index.predicate_sql, RenameColumnIn(index.predicate_sql, from, to));
  }
  ddl->next->Put(std::move(after));
  return Ok();
}

Status RenameConstraint(Ddl* ddl, const Table& table, const std::string& from, const std::string& to) {
  const Constraint* constraint = table.FindConstraint(from);
  if (constraint == nullptr) {
    return Fail(sqlstate::kUndefinedObject, "constraint \"" + from + "\" for table \"" + table.name + "\" does not exist");
  }
  if (table.FindConstraint(to) != nullptr) {
    return Fail(sqlstate::kDuplicateObject, "constraint \"" + to + "\" for relation \"" + table.name + "\" already exists");
  }
  if (constraint->index != 0) return RenameIndex(ddl, table, *table.FindIndex(constraint->index), to);
  Table copy = table;
  for (Constraint& each : copy.constraints) {
    if (each.name == from) each.name = to;
  }
  ddl->next->Put(std::move(copy));
  return Ok();
}

// Everything in the schema is read by its name in views and in defaults.
Status RenameSchema(Ddl* ddl, const std::string& from, const std::string& to) {
  const catalog::Schema* schema = ddl->next->FindSchema(from);
  if (schema == nullptr) return Fail(sqlstate::kInvalidSchemaName, "schema \"" + from + "\" does not exist");
  if (ddl->next->FindSchema(to) != nullptr || to == "allod" || to == "information_schema") {
    return Fail(sqlstate::kDuplicateSchema, "schema \"" + to + "\" already exists");
  }
  if (to.starts_with("pg_")) {
    return Fail(sqlstate::kReservedName, "unacceptable schema name \"" + to + "\"")
        .Detail("The prefix \"pg_\" is reserved for system schemas.");
  }
  if (schema->oid == catalog::kPublicNamespace) {
    return Unsupported("the schema \"public\" cannot be renamed", "Create another schema and move the tables there.");
  }
  catalog::Schema copy = *schema;
  copy.name = to;
  std::vector<Table> tables;
  for (const auto& [oid, table] : ddl->next->tables()) {
    if (table->schema == schema->oid) tables.push_back(*table);
  }
  std::vector<Sequence> sequences;
  for (const auto& [oid, sequence] : ddl->next->sequences()) {
    if (sequence->schema == schema->oid) sequences.push_back(*sequence);
  }
  for (const Sequence& sequence : sequences) {
    ALLOD_RETURN_IF_ERROR(RenameSequenceInDefaults(
        ddl, sequence, sql::QuoteIdentifier(to) + "." + sql::QuoteIdentifier(sequence.name)));
  }
  ALLOD_RETURN_IF_ERROR(RenameSchemaOfTypes(ddl, copy.oid, to));
  for (const Table& table : tables) ALLOD_RETURN_IF_ERROR(RenameSchemaInViews(ddl, table, to));
  ddl->next->Put(std::move(copy));
  return Ok();
}

}  // namespace

Status Rename(Ddl* ddl, const PgQuery__RenameStmt& rename) {
  const std::string to = Truncate(Given(rename.newname), kMaxNameBytes), sub(Given(rename.subname));
  if (rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
    ddl->definition.tag = "ALTER SCHEMA";
    return RenameSchema(ddl, sub, to);
  }
  if (rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE) {
    return RenameType(ddl, NodeTexts(rename.object->list->n_items, rename.object->list->items), to);
  }
  const PgQuery__ObjectType kind = rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ? rename.relation_type : rename.rename_type;
  ddl->definition.tag = kind == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW       ? "ALTER VIEW"
                        : kind == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX    ? "ALTER INDEX"
                        : kind == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ? "ALTER SEQUENCE"
                                                                         : "ALTER TABLE";
  ALLOD_RETURN_IF_ERROR(CheckDatabase(*ddl, *rename.relation));
  const std::string schema(Given(rename.relation->schemaname)), name(Given(rename.relation->relname));
  const Relation relation = FindRelation(*ddl, schema, name);
  if (relation.system) {
    return Fail(sqlstate::kInsufficientPrivilege, "permission denied: \"" + name + "\" is a system catalog");
  }
  if (!relation.found()) {
    if (rename.missing_ok) {
      ddl->Notice(sqlstate::kSuccess, "relation \"" + WrittenName(schema, name) + "\" does not exist, skipping");
      return Ok();
    }
    return Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist");
  }
  if (rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN) {
    if (relation.table == nullptr) return Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a table");
    return RenameColumn(ddl, *relation.table, sub, to);
  }
  if (rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT) {
    if (relation.table == nullptr) return Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a table");
    return RenameConstraint(ddl, *relation.table, sub, to);
  }
  if (relation.index != nullptr) return RenameIndex(ddl, *relation.index_table, *relation.index, to);
  if (relation.sequence != nullptr) return RenameSequence(ddl, *relation.sequence, to);
  if (rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && relation.table->kind != Table::Kind::kView) {
    return Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a view");
  }
  return RenameTable(ddl, *relation.table, to);
}

Status AlterSchemaOf(Ddl* ddl, const PgQuery__AlterObjectSchemaStmt& alter) {
  ddl->definition.tag = alter.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW       ? "ALTER VIEW"
                        : alter.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ? "ALTER SEQUENCE"
                                                                                      : "ALTER TABLE";
  if (alter.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE) {
    return MoveType(ddl, NodeTexts(alter.object->list->n_items, alter.object->list->items), Given(alter.newschema));
  }
  if (alter.relation == nullptr) return Unsupported("SET SCHEMA is not supported for this kind of object");
  const std::string schema(Given(alter.relation->schemaname)), name(Given(alter.relation->relname));
  const Relation relation = FindRelation(*ddl, schema, name);
  if (!relation.found() && alter.missing_ok) {
    ddl->Notice(sqlstate::kSuccess, "relation \"" + WrittenName(schema, name) + "\" does not exist, skipping");
    return Ok();
  }
  if (relation.sequence == nullptr && (relation.table == nullptr || relation.table->kind == Table::Kind::kTable)) {
    ALLOD_RETURN_IF_ERROR(FindTable(*ddl, schema, name).status());
  }
  const catalog::Schema* target = ddl->next->FindSchema(Given(alter.newschema));
  if (target == nullptr) {
    return Fail(sqlstate::kInvalidSchemaName, "schema \"" + std::string(Given(alter.newschema)) + "\" does not exist");
  }
  const Oid to = target->oid;
  auto taken = [&](std::string_view relation_name) {
    return Fail(sqlstate::kDuplicateTable,
                "relation \"" + std::string(relation_name) + "\" already exists in schema \"" + SchemaName(*ddl->next, to) + "\"");
  };
  auto move_sequence = [&](Sequence sequence) -> Status {
    if (ddl->next->HasRelation(to, sequence.name)) return taken(sequence.name);
    ALLOD_RETURN_IF_ERROR(RenameSequenceInDefaults(ddl, sequence, SequenceText(*ddl->next, to, sequence.name)));
    sequence.schema = to;
    ddl->next->Put(std::move(sequence));
    return Ok();
  };
  if (relation.sequence != nullptr) {
    if (relation.sequence->schema == to) return Ok();
    if (const Table* owner = ddl->next->FindTable(relation.sequence->owned_table)) {
      return Fail(sqlstate::kFeatureNotSupported, "cannot move an owned sequence into another schema")
          .Detail("Sequence \"" + name + "\" is linked to table \"" + owner->name + "\".");
    }
    return move_sequence(*relation.sequence);
  }
  const Table before = *relation.table;
  if (before.schema == to) return Ok();
  if (ddl->next->HasRelation(to, before.name)) return taken(before.name);
  for (const Index& index : before.indexes) {
    if (!index.for_key && ddl->next->HasRelation(to, index.name)) return taken(index.name);
  }
  std::vector<Sequence> owned;
  for (const auto& [oid, sequence] : ddl->next->sequences()) {
    if (sequence->owned_table == before.oid) owned.push_back(*sequence);
  }
  for (Sequence& sequence : owned) ALLOD_RETURN_IF_ERROR(move_sequence(std::move(sequence)));
  Table after = ddl->Copy(before.oid);
  after.schema = to;
  ALLOD_RETURN_IF_ERROR(RenameRelationInViews(ddl, before, after));
  ddl->next->Put(std::move(after));
  return Ok();
}

}  // namespace allod::planner::ddl
