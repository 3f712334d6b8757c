#include "planner/ddl_drop.h"

#include <algorithm>

#include "catalog/system_relations.h"
#include "planner/ddl_table.h"
#include "planner/ddl_type.h"
#include "planner/ddl_view.h"

namespace allod::planner::ddl {

namespace {

const Constraint* FindConstraintByOid(const Table& table, Oid oid) {
  for (const Constraint& constraint : table.constraints) {
    if (constraint.oid == oid) return &constraint;
  }
  return nullptr;
}

bool Holds(const std::vector<Attnum>& columns, Attnum column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

std::vector<Attnum> IndexColumns(const Table& table, const Index& index) {
  std::vector<Attnum> columns = index.include;
  auto add = [&](const std::string& expression) {
    Result<std::vector<Attnum>> read = ColumnsIn(table, expression);
    if (read.ok()) columns.insert(columns.end(), read->begin(), read->end());
  };
  for (const IndexColumn& column : index.columns) {
    if (column.column != 0) columns.push_back(column.column);
    add(column.expression_sql);
  }
  add(index.predicate_sql);
  return columns;
}

}  // namespace

std::string Describe(const Catalog& catalog, const Object& object) {
  const Table* table = catalog.FindTable(object.id);
  const std::string name = table == nullptr ? "" : ShownName(catalog, table->schema, table->name);
  const std::string kind = table != nullptr && table->kind == Table::Kind::kView ? "view " : "table ";
  switch (object.kind) {
    case Object::Kind::kSchema: return "schema " + sql::QuoteIdentifier(SchemaName(catalog, object.id));
    case Object::Kind::kTable: return kind + name;
    case Object::Kind::kType: {
      const EnumType* type = catalog.FindEnum(object.id);
      return type == nullptr ? "" : "type " + ShownName(catalog, type->schema, type->name);
    }
    case Object::Kind::kSequence: {
      const Sequence* sequence = catalog.FindSequence(object.id);
      return sequence == nullptr ? "" : "sequence " + ShownName(catalog, sequence->schema, sequence->name);
    }
    case Object::Kind::kIndex: {
      const Index* index = table == nullptr ? nullptr : table->FindIndex(object.sub);
      return index == nullptr ? "" : "index " + ShownName(catalog, table->schema, index->name);
    }
    case Object::Kind::kConstraint: {
      const Constraint* constraint = table == nullptr ? nullptr : FindConstraintByOid(*table, object.sub);
      return constraint == nullptr ? "" : "constraint " + constraint->name + " on " + kind + name;
    }
    case Object::Kind::kColumn:
    case Object::Kind::kDefault: {
      const Column* column = table == nullptr ? nullptr : table->FindColumn(static_cast<Attnum>(object.sub));
      if (column == nullptr) return "";
      return (object.kind == Object::Kind::kDefault ? "default value for column " : "column ") + column->name + " of " +
             kind + name;
    }
  }
  return "";
}

namespace {

class Dropper {
 public:
  Dropper(Ddl* ddl, bool cascade) : ddl_(*ddl), catalog_(*ddl->next), cascade_(cascade) {}

  Status Run(const std::vector<Object>& roots) {
    // First what goes without saying, so that what remains is what somebody has to be asked about.
    for (const Object& root : roots) Collect(root);
    std::vector<Object> asked;
    for (size_t i = 0; i < order_.size(); ++i) {
      const Object object = order_[i];  // grows meanwhile
      std::vector<std::pair<Object, Object>> dependents;
      ALLOD_RETURN_IF_ERROR(Dependents(object, &dependents));
      for (const auto& [dependent, on] : dependents) {
        if (all_.contains(dependent)) continue;
        details_.push_back(Describe(catalog_, dependent) + " depends on " + Describe(catalog_, on));
        cascades_.push_back("drop cascades to " + Describe(catalog_, dependent));
        Collect(dependent);
      }
    }
    if (!cascade_ && !details_.empty()) {
      const std::string what = roots.size() == 1 ? Describe(catalog_, roots[0]) : "desired object(s)";
      return Fail(sqlstate::kDependentObjectsStillExist, "cannot drop " + what + " because other objects depend on " +
                                                             (roots.size() == 1 ? "it" : "them"))
          .Detail(Lines(details_))
          .Hint("Use DROP ... CASCADE to drop the dependent objects too.");
    }
    if (cascades_.size() == 1) {
      ddl_.Notice(sqlstate::kSuccess, cascades_[0]);
    } else if (!cascades_.empty()) {
      ddl_.Notice(sqlstate::kSuccess, "drop cascades to " + std::to_string(cascades_.size()) + " other objects",
                  Lines(cascades_));
    }
    return Apply();
  }

 private:
  static std::string Lines(const std::vector<std::string>& lines) {
    std::string text;
    for (size_t i = 0; i < lines.size() && i < 100; ++i) text += (i == 0 ? "" : "\n") + lines[i];
    if (lines.size() > 100) text += "\nand " + std::to_string(lines.size() - 100) + " other objects";
    return text;
  }

  // The object and what belongs to it.
  void Collect(const Object& object) {
    if (!all_.insert(object).second) return;
    order_.push_back(object);
    const Table* table = catalog_.FindTable(object.id);
    switch (object.kind) {
      case Object::Kind::kTable:
        if (table == nullptr) return;
        for (const Constraint& constraint : table->constraints) Collect({Object::Kind::kConstraint, object.id, constraint.oid});
        for (const Index& index : table->indexes) Collect({Object::Kind::kIndex, object.id, index.oid});
        for (const auto& [oid, sequence] : catalog_.sequences()) {
          if (sequence->owned_table == object.id) Collect({Object::Kind::kSequence, oid, 0});
        }
        return;
      case Object::Kind::kColumn: {
        if (table == nullptr) return;
        const auto column = static_cast<Attnum>(object.sub);
        for (const Constraint& constraint : table->constraints) {
          if (Holds(constraint.columns, column)) Collect({Object::Kind::kConstraint, object.id, constraint.oid});
        }
        for (const Index& index : table->indexes) {
          if (Holds(IndexColumns(*table, index), column)) Collect({Object::Kind::kIndex, object.id, index.oid});
        }
        Collect({Object::Kind::kDefault, object.id, object.sub});
        for (const auto& [oid, sequence] : catalog_.sequences()) {
          if (sequence->owned_table == object.id && sequence->owned_column == column) Collect({Object::Kind::kSequence, oid, 0});
        }
        return;
      }
      case Object::Kind::kConstraint: {
        const Constraint* constraint = table == nullptr ? nullptr : FindConstraintByOid(*table, object.sub);
        if (constraint != nullptr && constraint->index != 0) Collect({Object::Kind::kIndex, object.id, constraint->index});
        return;
      }
      default: return;
    }
  }

  bool Goes(Object::Kind kind, Oid id, uint32_t sub) const {
    return all_.contains({Object::Kind::kTable, id, 0}) || all_.contains({kind, id, sub});
  }

  // What is not part of the object but cannot be without it; with what exactly it depends on.
  Status Dependents(const Object& object, std::vector<std::pair<Object, Object>>* out) {
    const Table* table = catalog_.FindTable(object.id);
    switch (object.kind) {
      case Object::Kind::kSchema:
        for (const auto& [oid, in] : catalog_.tables()) {
          if (in->schema == object.id) out->push_back({{Object::Kind::kTable, oid, 0}, object});
        }
        for (const auto& [oid, in] : catalog_.sequences()) {
          if (in->schema == object.id && in->owned_table == 0) out->push_back({{Object::Kind::kSequence, oid, 0}, object});
        }
        for (const auto& [oid, in] : catalog_.enums()) {
          if (in->schema == object.id) out->push_back({{Object::Kind::kType, oid, 0}, object});
        }
        return Ok();
      case Object::Kind::kTable:
        for (const auto& [oid, other] : catalog_.tables()) {
          if (Holds_(other->view_reads, object.id)) out->push_back({{Object::Kind::kTable, oid, 0}, object});
          for (const Constraint& key : other->constraints) {
            if (key.kind == Constraint::Kind::kForeignKey && key.target == object.id && oid != object.id) {
              out->push_back({{Object::Kind::kConstraint, oid, key.oid}, object});
            }
          }
        }
        return Ok();
      case Object::Kind::kColumn: {
        if (table == nullptr || all_.contains({Object::Kind::kTable, object.id, 0})) return Ok();
        const auto column = static_cast<Attnum>(object.sub);
        for (const auto& [oid, other] : catalog_.tables()) {
          if (other->kind == Table::Kind::kView && Holds_(other->view_reads, object.id)) {
            ALLOD_ASSIGN_OR_RETURN(const std::set<Attnum> reads, ColumnsReadByView(ddl_, *other, object.id));
            if (reads.contains(column)) out->push_back({{Object::Kind::kTable, oid, 0}, object});
          }
          for (const Constraint& key : other->constraints) {
            if (key.kind == Constraint::Kind::kForeignKey && key.target == object.id && Holds(key.target_columns, column)) {
              out->push_back({{Object::Kind::kConstraint, oid, key.oid}, object});
            }
          }
        }
        return Ok();
      }
      case Object::Kind::kIndex: {
        // Foreign keys that this index makes possible, unless another one does.
        const Index* index = table == nullptr ? nullptr : table->FindIndex(object.sub);
        if (index == nullptr || !index->unique || all_.contains({Object::Kind::kTable, object.id, 0})) return Ok();
        Table without = *table;
        std::erase_if(without.indexes, [&](const Index& i) { return all_.contains({Object::Kind::kIndex, object.id, i.oid}); });
        for (const auto& [oid, other] : catalog_.tables()) {
          for (const Constraint& key : other->constraints) {
            if (key.kind != Constraint::Kind::kForeignKey || key.target != object.id) continue;
            if (UniqueIndexOn(*table, key.target_columns) == nullptr) continue;
            const Index* other_index = UniqueIndexOn(without, key.target_columns);
            if (other_index != nullptr && !other_index->nulls_not_distinct) continue;
            out->push_back({{Object::Kind::kConstraint, oid, key.oid}, object});
          }
        }
        return Ok();
      }
      case Object::Kind::kSequence:
        for (const auto& [oid, other] : catalog_.tables()) {
          for (const Column& column : other->columns) {
            if (column.default_sql.empty() || !SequencesIn(catalog_, column.default_sql).contains(object.id)) continue;
            const auto number = static_cast<uint32_t>(column.number);
            if (Goes(Object::Kind::kColumn, oid, number) || Goes(Object::Kind::kDefault, oid, number)) continue;
            out->push_back({{Object::Kind::kDefault, oid, number}, object});
          }
        }
        return Ok();
      case Object::Kind::kType: {
        DependentsOfType(*catalog_.FindEnum(object.id), object, out);
        return Ok();
      }
      default: return Ok();
    }
  }

  // Columns of it, and what names it in a cast.
  void DependentsOfType(const EnumType& type, const Object& object, std::vector<std::pair<Object, Object>>* out) {
    for (const auto& [oid, table] : catalog_.tables()) {
      auto add = [&](Object::Kind kind, uint32_t sub) {
        if (!Goes(kind, oid, sub)) out->push_back({{kind, oid, sub}, object});
      };
      auto names = [&](const std::string& text) { return NamesType(catalog_, text, false, type); };
      const bool view = table->kind == Table::Kind::kView;
      if (view && NamesType(catalog_, table->view_sql, true, type)) add(Object::Kind::kTable, 0);
      for (const Column& column : table->columns) {
        const auto number = static_cast<uint32_t>(column.number);
        if (catalog_.FindEnum(column.type.oid) == &type)
          add(view ? Object::Kind::kTable : Object::Kind::kColumn, view ? 0 : number);
        else if (names(column.default_sql)) add(Object::Kind::kDefault, number);
      }
      for (const Constraint& constraint : table->constraints) {
        if (names(constraint.check_sql)) add(Object::Kind::kConstraint, constraint.oid);
      }
      for (const Index& index : table->indexes) {
        bool named = names(index.predicate_sql);
        for (const IndexColumn& column : index.columns) named = named || names(column.expression_sql);
        if (named) add(Object::Kind::kIndex, index.oid);
      }
    }
  }

  static bool Holds_(const std::vector<Oid>& oids, Oid oid) { return std::find(oids.begin(), oids.end(), oid) != oids.end(); }

  Status Apply() {
    std::set<Oid> touched;
    for (const Object& object : order_) {
      if (object.kind == Object::Kind::kTable) ddl_.next->DropTable(object.id);
      if (object.kind == Object::Kind::kSequence) ddl_.next->DropSequence(object.id);
      if (object.kind == Object::Kind::kSchema) ddl_.next->DropSchema(object.id);
      if (object.kind == Object::Kind::kType) ddl_.next->DropEnum(object.id);
      if (object.kind == Object::Kind::kConstraint || object.kind == Object::Kind::kIndex ||
          object.kind == Object::Kind::kColumn || object.kind == Object::Kind::kDefault) {
        touched.insert(object.id);
      }
    }
    for (Oid oid : touched) {
      if (ddl_.next->FindTable(oid) != nullptr) ALLOD_RETURN_IF_ERROR(ApplyToTable(oid));
    }
    // A sequence or a rule may have gone with something else than its table.
    std::vector<Oid> all;
    for (const auto& [oid, table] : ddl_.next->tables()) all.push_back(oid);
    for (Oid oid : all) {
      Table table = ddl_.Copy(oid);
      bool changed = false;
      for (Column& column : table.columns) {
        if (column.sequence == 0 || ddl_.next->FindSequence(column.sequence) != nullptr) continue;
        column.sequence = 0;
        column.identity = 0;
        changed = true;
      }
      changed |= std::erase_if(table.rules, [&](const catalog::AnonymizationRule& rule) {
                   const Table* via = rule.via_table == 0 ? &table : ddl_.next->FindTable(rule.via_table);
                   return via == nullptr || via->FindColumn(rule.via_column) == nullptr;
                 }) > 0;
      if (changed) ddl_.next->Put(std::move(table));
    }
    return Ok();
  }

  Status ApplyToTable(Oid oid) {
    Table table = ddl_.Copy(oid);
    std::erase_if(table.indexes, [&](const Index& index) { return all_.contains({Object::Kind::kIndex, oid, index.oid}); });
    bool lost_primary = false;
    std::erase_if(table.constraints, [&](const Constraint& constraint) {
      if (!all_.contains({Object::Kind::kConstraint, oid, constraint.oid})) return false;
      lost_primary |= constraint.kind == Constraint::Kind::kPrimaryKey;
      return true;
    });
    for (Column& column : table.columns) {
      if (all_.contains({Object::Kind::kDefault, oid, static_cast<uint32_t>(column.number)})) column.default_sql.clear();
    }
    auto gone = [&](Attnum column) { return all_.contains({Object::Kind::kColumn, oid, static_cast<uint32_t>(column)}); };
    const bool columns_gone = std::erase_if(table.columns, [&](const Column& column) { return gone(column.number); }) > 0;
    if (columns_gone) {
      if (table.rowid_column != 0 && gone(table.rowid_column)) table.rowid_column = 0;
      std::erase_if(table.rules, [&](catalog::AnonymizationRule& rule) {
        if (rule.via_table == 0 && gone(rule.via_column)) return true;
        const bool had = !rule.columns.empty();
        std::erase_if(rule.columns, gone);
        return had && rule.columns.empty();
      });
    }
    if (lost_primary && table.rowid_column != 0) {
      // The engine cannot take the row id from a column: the values move to an ordinary one.
      const std::string name = table.FindColumn(table.rowid_column)->name;
      ALLOD_RETURN_IF_ERROR(ReplaceColumn(&ddl_, &table, table.rowid_column, sql::QuoteIdentifier(name)));
    }
    ServeKeys(ddl_.next.get(), &table);
    ddl_.next->Put(std::move(table));
    return Ok();
  }

  Ddl& ddl_;
  const Catalog& catalog_;
  const bool cascade_;
  std::set<Object> all_;
  std::vector<Object> order_;
  std::vector<std::string> details_, cascades_;
};

}  // namespace

Status DropObjects(Ddl* ddl, const std::vector<Object>& objects, bool cascade) { return Dropper(ddl, cascade).Run(objects); }

Status ReplaceColumn(Ddl* ddl, Table* table, Attnum old_number, std::string value) {
  if (table->next_attnum == INT16_MAX) {
    return Fail(sqlstate::kTooManyColumns, "table \"" + table->name + "\" has had too many columns")
        .Hint("Create a new table with these columns and copy the rows.");
  }
  const Attnum number = table->next_attnum++;
  auto replace = [&](Attnum* column) {
    if (*column == old_number) *column = number;
  };
  auto replace_all = [&](std::vector<Attnum>* columns) {
    for (Attnum& column : *columns) replace(&column);
  };
  for (Column& column : table->columns) replace(&column.number);
  for (Index& index : table->indexes) {
    for (IndexColumn& column : index.columns) replace(&column.column);
    replace_all(&index.include);
  }
  for (Constraint& constraint : table->constraints) {
    replace_all(&constraint.columns);
    if (constraint.target == table->oid) replace_all(&constraint.target_columns);
  }
  for (catalog::AnonymizationRule& rule : table->rules) {
    if (rule.via_table == 0) replace(&rule.via_column);
    replace_all(&rule.columns);
  }
  if (table->rowid_column == old_number) table->rowid_column = 0;

  std::vector<Table> others;
  for (const auto& [oid, other] : ddl->next->tables()) {
    if (oid == table->oid) continue;
    Table copy = *other;
    bool changed = false;
    for (Constraint& constraint : copy.constraints) {
      if (constraint.target != table->oid || !Holds(constraint.target_columns, old_number)) continue;
      replace_all(&constraint.target_columns);
      changed = true;
    }
    for (catalog::AnonymizationRule& rule : copy.rules) {
      if (rule.via_table != table->oid || rule.via_column != old_number) continue;
      rule.via_column = number;
      changed = true;
    }
    if (changed) others.push_back(std::move(copy));
  }
  for (Table& other : others) ddl->next->Put(std::move(other));
  std::vector<Sequence> sequences;
  for (const auto& [oid, sequence] : ddl->next->sequences()) {
    if (sequence->owned_table == table->oid && sequence->owned_column == old_number) sequences.push_back(*sequence);
  }
  for (Sequence& sequence : sequences) {
    sequence.owned_column = number;
    ddl->next->Put(std::move(sequence));
  }
  ddl->fills[table->oid].erase(old_number);
  ddl->fills[table->oid][number] = {std::move(value), true};
  return Ok();
}

namespace {

struct KindWords {
  std::string_view noun, tag;
};
KindWords WordsOf(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: return {"table", "DROP TABLE"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: return {"view", "DROP VIEW"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return {"index", "DROP INDEX"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return {"sequence", "DROP SEQUENCE"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return {"schema", "DROP SCHEMA"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return {"materialized view", "DROP MATERIALIZED VIEW"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: return {"type", "DROP TYPE"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return {"type", "DROP DOMAIN"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION: return {"extension", "DROP EXTENSION"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION: return {"function", "DROP FUNCTION"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE: return {"procedure", "DROP PROCEDURE"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return {"trigger", "DROP TRIGGER"};
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE: return {"foreign table", "DROP FOREIGN TABLE"};
    default: return {"object", "DROP"};
  }
}

// 42809 with what to say instead.
Status WrongKind(const Relation& relation, std::string_view name, std::string_view noun) {
  const bool vowel = noun == "index";
  const std::string_view command = relation.table != nullptr
                                       ? relation.table->kind == Table::Kind::kView ? "DROP VIEW to remove a view"
                                                                                    : "DROP TABLE to remove a table"
                                   : relation.index != nullptr ? "DROP INDEX to remove an index"
                                                               : "DROP SEQUENCE to remove a sequence";
  return Fail(sqlstate::kWrongObjectType, "\"" + std::string(name) + "\" is not " + (vowel ? "an " : "a ") + std::string(noun))
      .Hint("Use " + std::string(command) + ".");
}

Status DropSchemas(Ddl* ddl, const PgQuery__DropStmt& drop) {
  std::vector<Object> objects;
  for (size_t i = 0; i < drop.n_objects; ++i) {
    const std::string name = NodeText(drop.objects[i]);
    if (name == "pg_catalog" || name == "information_schema" || name == "allod") {
      return Fail(sqlstate::kDependentObjectsStillExist,
                  "cannot drop schema " + name + " because it is required by the database system");
    }
    const catalog::Schema* schema = ddl->next->FindSchema(name);
    if (schema == nullptr) {
      if (!drop.missing_ok) return Fail(sqlstate::kInvalidSchemaName, "schema \"" + name + "\" does not exist");
      ddl->Notice(sqlstate::kSuccess, "schema \"" + name + "\" does not exist, skipping");
      continue;
    }
    objects.push_back({Object::Kind::kSchema, schema->oid, 0});
  }
  return DropObjects(ddl, objects, drop.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE);
}

}  // namespace

Status Drop(Ddl* ddl, const PgQuery__DropStmt& drop) {
  const KindWords words = WordsOf(drop.remove_type);
  ddl->definition.tag = words.tag;
  if (drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) return DropSchemas(ddl, drop);
  const bool cascade = drop.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  std::vector<Object> objects;
  for (size_t i = 0; i < drop.n_objects; ++i) {
    const PgQuery__Node* node = drop.objects[i];
    std::vector<std::string> parts;
    if (node->node_case == PG_QUERY__NODE__NODE_LIST) {
      parts = NodeTexts(node->list->n_items, node->list->items);
    } else if (node->node_case == PG_QUERY__NODE__NODE_STRING) {
      parts = {NodeText(node)};
    } else if (node->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
      parts = NodeTexts(node->type_name->n_names, node->type_name->names);
    } else if (node->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
      parts = NodeTexts(node->object_with_args->n_objname, node->object_with_args->objname);
    }
    if (parts.empty()) return Unsupported("this kind of object is not supported");
    const std::string name = parts.back(), schema = parts.size() > 1 ? parts[parts.size() - 2] : "";
    const std::string missing = std::string(words.noun) + " \"" + WrittenName(schema, name) + "\" does not exist";
    if (drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE) {
      if (const EnumType* type = FindEnumType(*ddl, parts)) {
        objects.push_back({Object::Kind::kType, type->oid, 0});
        continue;
      }
      if (FindTypeByName(name) != nullptr) {
        return Fail(sqlstate::kDependentObjectsStillExist,
                    "cannot drop type " + name + " because it is required by the database system");
      }
    }
    const bool relation_kind = drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
                               drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW ||
                               drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ||
                               drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE;
    const Relation relation = relation_kind ? FindRelation(*ddl, schema, name) : Relation{};
    if (relation.system) {
      return Fail(sqlstate::kInsufficientPrivilege, "permission denied: \"" + name + "\" is a system catalog");
    }
    if (!relation.found()) {
      if (drop.missing_ok) {
        ddl->Notice(sqlstate::kSuccess, (relation.schema_missing ? "schema \"" + schema + "\" does not exist" : missing) + ", skipping");
        continue;
      }
      if (relation.schema_missing) return Fail(sqlstate::kInvalidSchemaName, "schema \"" + schema + "\" does not exist");
      return Fail(relation_kind && drop.remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ? sqlstate::kUndefinedTable
                                                                                           : sqlstate::kUndefinedObject,
                  missing);
    }
    switch (drop.remove_type) {
      case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
      case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: {
        const Table::Kind kind = drop.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW ? Table::Kind::kView : Table::Kind::kTable;
        if (relation.table == nullptr || relation.table->kind != kind) return WrongKind(relation, name, words.noun);
        objects.push_back({Object::Kind::kTable, relation.table->oid, 0});
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: {
        if (relation.index == nullptr) return WrongKind(relation, name, words.noun);
        for (const Constraint& constraint : relation.index_table->constraints) {
          if (constraint.index != relation.index->oid) continue;
          const std::string of = "constraint " + constraint.name + " on table " +
                                 ShownName(*ddl->next, relation.index_table->schema, relation.index_table->name);
          return Fail(sqlstate::kDependentObjectsStillExist, "cannot drop index " + sql::QuoteIdentifier(name) + " because " + of + " requires it")
              .Hint("You can drop " + of + " instead.");
        }
        objects.push_back({Object::Kind::kIndex, relation.index_table->oid, relation.index->oid});
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: {
        if (relation.sequence == nullptr) return WrongKind(relation, name, words.noun);
        const Table* owner = ddl->next->FindTable(relation.sequence->owned_table);
        const Column* column = owner == nullptr ? nullptr : owner->FindColumn(relation.sequence->owned_column);
        if (column != nullptr && column->identity != 0) {
          const std::string of = "column " + column->name + " of table " + ShownName(*ddl->next, owner->schema, owner->name);
          return Fail(sqlstate::kDependentObjectsStillExist, "cannot drop sequence " + sql::QuoteIdentifier(name) + " because " + of + " requires it")
              .Hint("You can drop " + of + " instead.");
        }
        objects.push_back({Object::Kind::kSequence, relation.sequence->oid, 0});
        break;
      }
      default: break;
    }
  }
  return objects.empty() ? Ok() : DropObjects(ddl, objects, cascade);
}

}  // namespace allod::planner::ddl
