// ALTER TABLE: its subcommands, in PostgreSQL's order whatever order they were written in (drops, types, new columns, column
// attributes, constraints).
#include <algorithm>

#include "catalog/definition_text.h"
#include "planner/bind.h"
#include "planner/ddl_drop.h"
#include "planner/ddl_table.h"
#include "planner/ddl_type.h"
#include "planner/ddl_view.h"

namespace allod::planner::ddl {

namespace {

using Command = PgQuery__AlterTableCmd;

enum class Pass : uint8_t { kDrop, kType, kAddColumn, kColumn, kConstraint, kOther };

Status NoColumn(const Table& table, std::string_view column) {
  return Fail(sqlstate::kUndefinedColumn,
              "column \"" + std::string(column) + "\" of relation \"" + table.name + "\" does not exist");
}
Status NoConstraint(const Table& table, std::string_view name) {
  return Fail(sqlstate::kUndefinedObject,
              "constraint \"" + std::string(name) + "\" of relation \"" + table.name + "\" does not exist");
}
std::string OfRelation(const Table& table, std::string_view column) {
  return "column \"" + std::string(column) + "\" of relation \"" + table.name + "\"";
}

Column* Find(Table* table, std::string_view name) {
  for (Column& column : table->columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

class Alterer {
 public:
  Alterer(Ddl* ddl, Oid table, bool is_view) : ddl_(*ddl), oid_(table), view_(is_view) {}

  Status Run(size_t count, PgQuery__Node* const* commands) {
    for (Pass pass : {Pass::kDrop, Pass::kType}) ALLOD_RETURN_IF_ERROR(RunPass(pass, count, commands, nullptr));
    Table table = ddl_.Copy(oid_);
    TableBuilder builder(&ddl_, &table, false);
    ALLOD_RETURN_IF_ERROR(RunPass(Pass::kAddColumn, count, commands, &builder));
    ALLOD_RETURN_IF_ERROR(RunPass(Pass::kColumn, count, commands, nullptr));
    table = ddl_.Copy(oid_);
    ALLOD_RETURN_IF_ERROR(RunPass(Pass::kConstraint, count, commands, &builder));
    if (built_) ALLOD_RETURN_IF_ERROR(builder.Finish());
    return RunPass(Pass::kOther, count, commands, nullptr);
  }

 private:
  Result<Pass> PassOf(const Command& command) const {
    switch (command.subtype) {
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity: return Pass::kDrop;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: return command.def == nullptr ? Pass::kDrop : Pass::kColumn;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return Pass::kType;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: return Pass::kAddColumn;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity: return Pass::kColumn;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: return Pass::kConstraint;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
      // How PostgreSQL stores a table, which means nothing here.
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOids:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity: return Pass::kOther;
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIndexConstraint:
        return Unsupported("a constraint cannot be made from an existing index",
                           "Write ADD UNIQUE (columns) and drop the index.");
      case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
        return Unsupported("row security policies are not supported", "Read through a view that has the condition.");
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
        return Unsupported("table inheritance and partitions are not supported", "Keep the rows in one table.");
      default: return Unsupported("this form of ALTER TABLE is not supported", "See docs/sql.md for those that are.");
    }
  }

  Status RunPass(Pass pass, size_t count, PgQuery__Node* const* commands, TableBuilder* builder) {
    for (size_t i = 0; i < count; ++i) {
      const Command& command = *commands[i]->alter_table_cmd;
      ALLOD_ASSIGN_OR_RETURN(const Pass belongs, PassOf(command));
      if (belongs != pass) continue;
      if (view_ && command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner &&
          command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions &&
          command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions) {
        return Unsupported("a view cannot be altered like this", "Use CREATE OR REPLACE VIEW.");
      }
      ALLOD_RETURN_IF_ERROR(RunCommand(command, builder));
    }
    return Ok();
  }

  Status RunCommand(const Command& command, TableBuilder* builder) {
    const std::string name(Given(command.name));
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    switch (command.subtype) {
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: return DropColumn(name, command.missing_ok, cascade);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint: return DropConstraint(name, command.missing_ok, cascade);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull: return DropNotNull(name);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
        return EditColumn(name, [](Table*, Column* column) {
          column->not_null = true;
          return Ok();
        });
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: return SetDefault(name, command.def);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity: return AddIdentity(name, *command.def->constraint);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity: return SetIdentity(name, *command.def->list);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity: return DropIdentity(name, command.missing_ok);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return SetType(name, *command.def->column_def);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: {
        const PgQuery__ColumnDef& definition = *command.def->column_def;
        const Table* table = ddl_.next->FindTable(oid_);
        if (command.missing_ok && table->FindColumn(Given(definition.colname)) != nullptr) {
          ddl_.Notice(sqlstate::kDuplicateColumn, "column \"" + std::string(definition.colname) + "\" of relation \"" +
                                                      table->name + "\" already exists, skipping");
          return Ok();
        }
        ALLOD_RETURN_IF_ERROR(AddColumnInViews(&ddl_, *table, std::string(Given(definition.colname))));
        built_ = true;
        return builder->AddColumn(definition);
      }
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        built_ = true;
        return builder->AddConstraint(*command.def->constraint);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint: return AlterConstraint(*command.def->constraint);
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint: {
        // Constraints are checked when they are added, NOT VALID or not.
        const Table& table = *ddl_.next->FindTable(oid_);
        const Constraint* constraint = table.FindConstraint(name);
        if (constraint == nullptr) return NoConstraint(table, name);
        if (constraint->kind != Constraint::Kind::kForeignKey && constraint->kind != Constraint::Kind::kCheck) {
          return Fail(sqlstate::kWrongObjectType, "constraint \"" + name + "\" of relation \"" + table.name +
                                                      "\" is not a foreign key or check constraint");
        }
        return Ok();
      }
      case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner: return ChangeOwner(*command.newowner);
      default: return Ok();
    }
  }

  template <typename F>
  Status EditColumn(const std::string& name, F edit) {
    Table table = ddl_.Copy(oid_);
    Column* column = Find(&table, name);
    if (column == nullptr) return NoColumn(table, name);
    ALLOD_RETURN_IF_ERROR(edit(&table, column));
    ddl_.next->Put(std::move(table));
    return Ok();
  }

  Status DropColumn(const std::string& name, bool missing_ok, bool cascade) {
    const Table table = ddl_.Copy(oid_);
    const Column* column = table.FindColumn(name);
    if (column == nullptr) {
      if (!missing_ok) return NoColumn(table, name);
      ddl_.Notice(sqlstate::kSuccess, OfRelation(table, name) + " does not exist, skipping");
      return Ok();
    }
    const auto number = static_cast<uint32_t>(column->number);
    const auto index = static_cast<size_t>(column - table.columns.data());
    ALLOD_RETURN_IF_ERROR(DropObjects(&ddl_, {{Object::Kind::kColumn, oid_, number}}, cascade));
    return DropColumnInViews(&ddl_, table, index);
  }

  Status DropConstraint(const std::string& name, bool missing_ok, bool cascade) {
    const Table& table = *ddl_.next->FindTable(oid_);
    const Constraint* constraint = table.FindConstraint(name);
    if (constraint == nullptr) {
      if (!missing_ok) return NoConstraint(table, name);
      ddl_.Notice(sqlstate::kSuccess,
                  "constraint \"" + name + "\" of relation \"" + table.name + "\" does not exist, skipping");
      return Ok();
    }
    return DropObjects(&ddl_, {{Object::Kind::kConstraint, oid_, constraint->oid}}, cascade);
  }

  Status DropNotNull(const std::string& name) {
    return EditColumn(name, [](Table* table, Column* column) -> Status {
      const Constraint* key = table->PrimaryKey();
      if (key != nullptr && std::find(key->columns.begin(), key->columns.end(), column->number) != key->columns.end()) {
        return Fail(sqlstate::kInvalidTableDefinition, "column \"" + column->name + "\" is in a primary key");
      }
      if (column->identity != 0) {
        return Fail(sqlstate::kSyntaxError, OfRelation(*table, column->name) + " is an identity column");
      }
      column->not_null = false;
      return Ok();
    });
  }

  Status SetDefault(const std::string& name, const PgQuery__Node* expression) {
    return EditColumn(name, [&](Table* table, Column* column) -> Status {
      if (column->identity != 0) {
        Status error = Fail(sqlstate::kSyntaxError, OfRelation(*table, name) + " is an identity column");
        if (expression == nullptr) error.error().hint = "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.";
        return error;
      }
      column->default_sql.clear();
      if (expression == nullptr) return Ok();
      ALLOD_ASSIGN_OR_RETURN(StoredExpression stored,
                             Store(ddl_, expression, nullptr, column->type, Place::kDefault, name));
      if (stored.sql != "NULL") column->default_sql = std::move(stored.sql);
      return Ok();
    });
  }

  Status AddIdentity(const std::string& name, const PgQuery__Constraint& node) {
    return EditColumn(name, [&](Table* table, Column* column) -> Status {
      const std::string what = OfRelation(*table, name);
      if (!column->not_null) {
        return Fail(sqlstate::kObjectNotInPrerequisiteState, what + " must be declared NOT NULL before identity can be added");
      }
      if (column->identity != 0) return Fail(sqlstate::kObjectNotInPrerequisiteState, what + " is already an identity column");
      if (!column->default_sql.empty()) {
        return Fail(sqlstate::kObjectNotInPrerequisiteState, what + " already has a default value");
      }
      if (column->type.oid != oid::kInt2 && column->type.oid != oid::kInt4 && column->type.oid != oid::kInt8) {
        return Fail(sqlstate::kInvalidParameterValue, "identity column type must be smallint, integer, or bigint");
      }
      ALLOD_ASSIGN_OR_RETURN(const Sequence sequence, MakeOwnedSequence(&ddl_, *table, *column, node.n_options, node.options));
      column->identity = Given(node.generated_when) == "a" ? 'a' : 'd';
      column->sequence = sequence.oid;
      return Ok();
    });
  }

  Status SetIdentity(const std::string& name, const PgQuery__List& options) {
    return EditColumn(name, [&](Table* table, Column* column) -> Status {
      if (column->identity == 0) {
        return Fail(sqlstate::kObjectNotInPrerequisiteState, OfRelation(*table, name) + " is not an identity column");
      }
      std::vector<PgQuery__Node*> rest;
      for (size_t i = 0; i < options.n_items; ++i) {
        const PgQuery__DefElem& option = *options.items[i]->def_elem;
        if (Given(option.defname) == "generated") {
          column->identity = option.arg->integer->ival == 'a' ? 'a' : 'd';
        } else {
          rest.push_back(options.items[i]);
        }
      }
      if (rest.empty()) return Ok();
      ALLOD_ASSIGN_OR_RETURN(SequenceChange change, ReadSequenceOptions(ddl_, rest.size(), rest.data(),
                                                                        *ddl_.next->FindSequence(column->sequence), false));
      if (change.restart) ddl_.definition.restarts.push_back({change.sequence.oid, *change.restart});
      ddl_.next->Put(std::move(change.sequence));
      return Ok();
    });
  }

  Status DropIdentity(const std::string& name, bool missing_ok) {
    Oid sequence = 0;
    ALLOD_RETURN_IF_ERROR(EditColumn(name, [&](Table* table, Column* column) -> Status {
      if (column->identity == 0) {
        if (!missing_ok) {
          return Fail(sqlstate::kObjectNotInPrerequisiteState, OfRelation(*table, name) + " is not an identity column");
        }
        ddl_.Notice(sqlstate::kSuccess, OfRelation(*table, name) + " is not an identity column, skipping");
        return Ok();
      }
      sequence = column->sequence;
      column->identity = 0;
      column->sequence = 0;
      return Ok();
    }));
    if (sequence == 0) return Ok();
    return DropObjects(&ddl_, {{Object::Kind::kSequence, sequence, 0}}, false);
  }

  // Same values in the same stored form: nothing to do but to say so.
  static bool IsRelabeling(Type from, Type to) {
    if (from == to) return true;
    auto text = [](Oid type) { return type == oid::kText || type == oid::kVarchar; };
    if (text(from.oid) && text(to.oid)) {
      return to.typmod == -1 || (from.oid == oid::kVarchar && from.typmod != -1 && to.typmod >= from.typmod);
    }
    auto width = [](Oid type) { return type == oid::kInt2 ? 2 : type == oid::kInt4 ? 4 : type == oid::kInt8 ? 8 : 0; };
    if (width(from.oid) != 0 && width(to.oid) != 0) return width(to.oid) >= width(from.oid);
    return from.oid == to.oid && to.typmod == -1;
  }

  static bool StoredAlike(Type from, Type to) {
    const TypeInfo *a = FindType(from.oid), *b = FindType(to.oid);
    return a != nullptr && b != nullptr && a->storage == b->storage && a->collation == b->collation;
  }

  Status SetType(const std::string& name, const PgQuery__ColumnDef& definition) {
    Table table = ddl_.Copy(oid_);
    Column* column = Find(&table, name);
    if (column == nullptr) return NoColumn(table, name);
    ALLOD_ASSIGN_OR_RETURN(const Type type, ColumnType(ddl_, *definition.type_name, name, nullptr));
    ALLOD_RETURN_IF_ERROR(CheckCollation(ddl_, definition.coll_clause));
    for (const auto& [oid, view] : ddl_.next->tables()) {
      if (std::find(view->view_reads.begin(), view->view_reads.end(), oid_) == view->view_reads.end()) continue;
      ALLOD_ASSIGN_OR_RETURN(const std::set<Attnum> reads, ColumnsReadByView(ddl_, *view, oid_));
      if (!reads.contains(column->number)) continue;
      return Fail(sqlstate::kFeatureNotSupported, "cannot alter type of a column used by a view or rule")
          .Detail("rule _RETURN on view " + ShownName(*ddl_.next, view->schema, view->name) + " depends on column \"" + name + "\"")
          .Hint("Drop the view, and create it again afterwards.");
    }
    if (column->identity != 0 && type.oid != oid::kInt2 && type.oid != oid::kInt4 && type.oid != oid::kInt8) {
      return Fail(sqlstate::kInvalidParameterValue, "identity column type must be smallint, integer, or bigint");
    }

    std::string value = sql::QuoteIdentifier(name);
    const bool given = definition.raw_default != nullptr;
    if (given) {
      ALLOD_ASSIGN_OR_RETURN(StoredExpression stored, Store(ddl_, definition.raw_default, &table, type, Place::kUsing, name));
      value = std::move(stored.sql);
    } else {
      Result<std::string> cast = BindTableExpression(value, &table, type, ddl_.context, nullptr, nullptr);
      if (!cast.ok()) {
        if (cast.status().error().sqlstate != sqlstate::kDatatypeMismatch && cast.status().error().sqlstate != sqlstate::kCannotCoerce) {
          return cast.status();
        }
        return Fail(sqlstate::kDatatypeMismatch, "column \"" + name + "\" cannot be cast automatically to type " +
                                                     catalog::TypeText(*ddl_.next, Type{type.oid}))
            .Hint("You might need to specify \"USING " + value + "::" + catalog::TypeText(*ddl_.next, type) + "\".");
      }
    }
    if (!column->default_sql.empty()) {
      Result<std::string> cast = BindTableExpression(column->default_sql, nullptr, type, ddl_.context, nullptr, nullptr);
      if (!cast.ok()) {
        return Fail(sqlstate::kDatatypeMismatch, "default for column \"" + name +
                                                     "\" cannot be cast automatically to type " +
                                                     catalog::TypeText(*ddl_.next, Type{type.oid}));
      }
    }
    const Type old = column->type;
    column->type = type;
    const bool relabeled = !given && IsRelabeling(old, type);
    if (!relabeled) {
      const bool moves = !StoredAlike(old, type) || (given && column->number == table.rowid_column);
      if (moves) {
        ALLOD_RETURN_IF_ERROR(ReplaceColumn(&ddl_, &table, column->number, value));
      } else {
        ddl_.fills[oid_][column->number] = {value, true};
      }
    }
    // Identity and serial sequences count in the column's type.
    const Sequence* sequence = ddl_.next->FindSequence(Find(&table, name)->sequence);
    if (sequence != nullptr && Find(&table, name)->identity != 0 && sequence->type.oid != type.oid) {
      Sequence copy = *sequence;
      const bool at_limit = copy.max == (copy.type.oid == oid::kInt2 ? INT16_MAX : copy.type.oid == oid::kInt4 ? INT32_MAX : INT64_MAX);
      const int64_t limit = type.oid == oid::kInt2 ? INT16_MAX : type.oid == oid::kInt4 ? INT32_MAX : INT64_MAX;
      copy.type = Type{type.oid};
      if (at_limit || copy.max > limit) copy.max = limit;
      ddl_.next->Put(std::move(copy));
    }
    ddl_.next->Put(table);
    return CheckKeys(table, Find(&table, name)->number);
  }

  // Keys and indexes on the column must be possible with its new type.
  Status CheckKeys(const Table& table, Attnum number) {
    for (const Index& index : table.indexes) {
      for (const IndexColumn& part : index.columns) {
        if (part.column == number) ALLOD_RETURN_IF_ERROR(CheckIndexable(table.FindColumn(number)->type));
      }
    }
    for (const auto& [oid, holder] : ddl_.next->tables()) {
      for (const Constraint& key : holder->constraints) {
        if (key.kind != Constraint::Kind::kForeignKey || (oid != oid_ && key.target != oid_)) continue;
        const Table& target = *ddl_.next->FindTable(key.target);
        for (size_t i = 0; i < key.columns.size(); ++i) {
          const bool concerned = (oid == oid_ && key.columns[i] == number) || (key.target == oid_ && key.target_columns[i] == number);
          if (!concerned) continue;
          ALLOD_RETURN_IF_ERROR(CheckKeyTypes(*ddl_.next, key.name, *holder->FindColumn(key.columns[i]),
                                              *target.FindColumn(key.target_columns[i])));
        }
      }
    }
    return Ok();
  }

  Status AlterConstraint(const PgQuery__Constraint& node) {
    Table table = ddl_.Copy(oid_);
    for (Constraint& constraint : table.constraints) {
      if (constraint.name != Given(node.conname)) continue;
      if (constraint.kind != Constraint::Kind::kForeignKey) {
        return Fail(sqlstate::kWrongObjectType, "constraint \"" + constraint.name + "\" of relation \"" + table.name +
                                                    "\" is not a foreign key constraint");
      }
      constraint.deferrable = node.deferrable || node.initdeferred;
      constraint.initially_deferred = node.initdeferred;
      ddl_.next->Put(std::move(table));
      return Ok();
    }
    return NoConstraint(table, Given(node.conname));
  }

  Status ChangeOwner(const PgQuery__RoleSpec& spec);

  Ddl& ddl_;
  const Oid oid_;
  const bool view_;
  bool built_ = false;  // columns or constraints were added
};

Result<Oid> RoleNamed(const Ddl& ddl, const PgQuery__RoleSpec& spec) {
  const std::string name = spec.roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING ? Given(spec.rolename).data() : ddl.context.user;
  const catalog::Role* role = ddl.next->FindRole(name);
  if (role == nullptr) return Fail(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
  return role->oid;
}

Status Alterer::ChangeOwner(const PgQuery__RoleSpec& spec) {
  ALLOD_ASSIGN_OR_RETURN(const Oid role, RoleNamed(ddl_, spec));
  Table table = ddl_.Copy(oid_);
  table.owner = role;
  ddl_.next->Put(std::move(table));
  return Ok();
}

std::string_view TagOf(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: return "ALTER VIEW";
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return "ALTER INDEX";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return "ALTER SEQUENCE";
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return "ALTER SCHEMA";
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
      return "ALTER TYPE";
    default: return "ALTER TABLE";
  }
}

}  // namespace

Status AlterTable(Ddl* ddl, const PgQuery__AlterTableStmt& alter) {
  ddl->definition.tag = TagOf(alter.objtype);
  ALLOD_RETURN_IF_ERROR(CheckDatabase(*ddl, *alter.relation));
  const std::string_view schema = Given(alter.relation->schemaname), name = Given(alter.relation->relname);
  const Relation relation = FindRelation(*ddl, schema, name);
  if (!relation.found() && alter.missing_ok) {
    ddl->Notice(sqlstate::kSuccess, "relation \"" + WrittenName(schema, name) + "\" does not exist, skipping");
    return Ok();
  }
  if (relation.index != nullptr || relation.sequence != nullptr) {
    // ALTER INDEX ... SET (...), ALTER SEQUENCE ... OWNER TO: nothing here depends on them.
    for (size_t i = 0; i < alter.n_cmds; ++i) {
      const Command& command = *alter.cmds[i]->alter_table_cmd;
      switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
          ALLOD_RETURN_IF_ERROR(RoleNamed(*ddl, *command.newowner).status());
          break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics: break;
        default: return Fail(sqlstate::kWrongObjectType, "\"" + std::string(name) + "\" is not a table");
      }
    }
    return Ok();
  }
  const bool is_view = relation.table != nullptr && relation.table->kind == Table::Kind::kView;
  if (!is_view || alter.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) {
    ALLOD_RETURN_IF_ERROR(FindTable(*ddl, schema, name).status());
  }
  if (is_view != (alter.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW) && !is_view) {
    return Fail(sqlstate::kWrongObjectType, "\"" + std::string(name) + "\" is not a view");
  }
  return Alterer(ddl, relation.table->oid, is_view).Run(alter.n_cmds, alter.cmds);
}

Status AlterOwner(Ddl* ddl, const PgQuery__AlterOwnerStmt& alter) {
  ddl->definition.tag = TagOf(alter.object_type);
  ALLOD_RETURN_IF_ERROR(RoleNamed(*ddl, *alter.newowner).status());
  if (alter.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
    const std::string name = NodeText(alter.object);
    if (ddl->next->FindSchema(name) == nullptr) return Fail(sqlstate::kInvalidSchemaName, "schema \"" + name + "\" does not exist");
  }
  if (alter.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE) {
    const std::vector<std::string> parts = NodeTexts(alter.object->list->n_items, alter.object->list->items);
    if (FindEnumType(*ddl, parts) == nullptr) {
      return Fail(sqlstate::kUndefinedObject, "type \"" + parts.back() + "\" does not exist");
    }
  }
  return Ok();
}

}  // namespace allod::planner::ddl
