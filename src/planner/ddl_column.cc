// Column definitions: types, NOT NULL, DEFAULT, serial and identity, LIKE.
#include "catalog/definition_text.h"
#include "planner/bind.h"
#include "planner/ddl_table.h"

namespace allod::planner::ddl {

namespace {

constexpr std::string_view kSystemColumns[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};

Oid SerialType(const PgQuery__TypeName& name) {
  if (name.n_names != 1) return 0;
  const std::string_view text = NodeText(name.names[0]);
  if (text == "serial" || text == "serial4") return oid::kInt4;
  if (text == "bigserial" || text == "serial8") return oid::kInt8;
  if (text == "smallserial" || text == "serial2") return oid::kInt2;
  return 0;
}

bool IsNullConstant(const PgQuery__Node* node) {
  while (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
  return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->isnull;
}

}  // namespace

Result<Type> ColumnType(const Ddl& ddl, const PgQuery__TypeName& name, std::string_view column, bool* serial) {
  if (const Oid type = SerialType(name)) {
    if (name.n_array_bounds > 0) {
      return Fail(sqlstate::kFeatureNotSupported, "array of serial is not implemented").At(ddl.Position(name.location));
    }
    if (serial != nullptr) {
      *serial = true;
      return Type{type};
    }
    return Fail(sqlstate::kUndefinedObject, std::string("type \"") + NodeText(name.names[0]) + "\" does not exist")
        .At(ddl.Position(name.location));
  }
  BoundStatement bound;
  Binder binder(&bound, ddl.parsed, &ddl.context);
  ALLOD_ASSIGN_OR_RETURN(const Type type, binder.ResolveTypeName(name));
  const TypeInfo* info = FindType(type.oid);
  if (info == nullptr || info->category == 'P' || info->category == 'X') {
    return Fail(sqlstate::kInvalidTableDefinition,
                "column \"" + std::string(column) + "\" has pseudo-type " + catalog::TypeText(*ddl.next, type));
  }
  return type;
}

Status CheckCollation(const Ddl& ddl, const PgQuery__CollateClause* collate) {
  if (collate == nullptr || collate->n_collname == 0) return Ok();
  const std::string name = NodeText(collate->collname[collate->n_collname - 1]);
  if (name == "C" || name == "POSIX" || name == "default" || name == "ucs_basic") return Ok();
  return Unsupported("collation \"" + name + "\" is not supported",
                     "Leave COLLATE out: text is compared bytewise, as with COLLATE \"C\".")
      .At(ddl.Position(collate->location));
}

Status TableBuilder::AddPlainColumn(Column column) {
  if (table_.columns.size() >= kMaxColumns || table_.next_attnum > INT16_MAX - 1) {
    return Fail(sqlstate::kTooManyColumns, "tables can have at most " + std::to_string(kMaxColumns) + " columns");
  }
  for (std::string_view system : kSystemColumns) {
    if (column.name == system) {
      return Fail(sqlstate::kDuplicateColumn,
                  "column name \"" + column.name + "\" conflicts with a system column name");
    }
  }
  if (table_.FindColumn(column.name) != nullptr) {
    if (fresh_) return Fail(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    return Fail(sqlstate::kDuplicateColumn,
                "column \"" + column.name + "\" of relation \"" + table_.name + "\" already exists");
  }
  column.number = table_.next_attnum++;
  table_.columns.push_back(std::move(column));
  return Ok();
}

Status TableBuilder::AddColumn(const PgQuery__ColumnDef& definition) {
  Column column;
  column.name = Truncate(Given(definition.colname), kMaxNameBytes);
  bool serial = false;
  ALLOD_ASSIGN_OR_RETURN(column.type, ColumnType(ddl_, *definition.type_name, column.name, &serial));
  ALLOD_RETURN_IF_ERROR(CheckCollation(ddl_, definition.coll_clause));
  ALLOD_RETURN_IF_ERROR(AddPlainColumn(std::move(column)));
  const Attnum number = table_.columns.back().number;
  Publish();

  if (serial) {
    Column& added = table_.columns.back();
    ALLOD_ASSIGN_OR_RETURN(const Sequence sequence, MakeOwnedSequence(&ddl_, table_, added, 0, nullptr));
    added.sequence = sequence.oid;
    added.default_sql = NextValueSql(*ddl_.next, sequence);
    added.not_null = true;
  }
  bool saw_null = false, saw_default = serial;
  for (size_t i = 0; i < definition.n_constraints; ++i) {
    const PgQuery__Constraint& constraint = *definition.constraints[i]->constraint;
    ALLOD_RETURN_IF_ERROR(AddColumnConstraint(constraint, &table_.columns.back(), &saw_null, &saw_default));
  }
  const Column& added = table_.columns.back();
  if (saw_null && added.identity != 0) {
    return Fail(sqlstate::kSyntaxError, "conflicting NULL/NOT NULL declarations for column \"" + added.name +
                                            "\" of table \"" + table_.name + "\"");
  }
  if (!fresh_) {
    if (!added.default_sql.empty()) ddl_.fills[table_.oid][number] = {added.default_sql, false};
    if (added.identity != 0) {
      ddl_.fills[table_.oid][number] = {NextValueSql(*ddl_.next, *ddl_.next->FindSequence(added.sequence)), false};
    }
  }
  Publish();
  return Ok();
}

Status TableBuilder::AddColumnConstraint(const PgQuery__Constraint& node, Column* column, bool* saw_null,
                                         bool* saw_default) {
  const int position = ddl_.Position(node.location);
  const std::string where = "column \"" + column->name + "\" of table \"" + table_.name + "\"";
  switch (node.contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
      if (column->not_null) {
        return Fail(sqlstate::kSyntaxError, "conflicting NULL/NOT NULL declarations for " + where).At(position);
      }
      *saw_null = true;
      return Ok();
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
      if (*saw_null) {
        return Fail(sqlstate::kSyntaxError, "conflicting NULL/NOT NULL declarations for " + where).At(position);
      }
      column->not_null = true;
      return Ok();
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT: {
      if (column->identity != 0) {
        return Fail(sqlstate::kSyntaxError, "both default and identity specified for " + where).At(position);
      }
      if (*saw_default) {
        return Fail(sqlstate::kSyntaxError, "multiple default values specified for " + where).At(position);
      }
      *saw_default = true;
      if (IsNullConstant(node.raw_expr)) return Ok();
      ALLOD_ASSIGN_OR_RETURN(StoredExpression stored,
                             Store(ddl_, node.raw_expr, nullptr, column->type, Place::kDefault, column->name));
      column->default_sql = std::move(stored.sql);
      return Ok();
    }
    case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
      if (*saw_default) {
        return Fail(sqlstate::kSyntaxError, "both default and identity specified for " + where).At(position);
      }
      return AddIdentity(node, column);
    case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
      return Unsupported("generated columns are not supported",
                         "Compute the value in a view: CREATE VIEW v AS SELECT *, (...) AS " + column->name +
                             " FROM " + table_.name + ".")
          .At(position);
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
      pending_.push_back({&node, {column->name}, bool(node.deferrable), bool(node.initdeferred)});
      return Ok();
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE: return AddAttribute(node);
    default: return Unsupported("this kind of constraint is not supported", "Write a CHECK or UNIQUE constraint.").At(position);
  }
}

// DEFERRABLE and its kin are nodes of their own, after the constraint that they belong to.
Status TableBuilder::AddAttribute(const PgQuery__Constraint& node) {
  const bool deferrable = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE;
  const bool deferred = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED;
  if (pending_.empty() || pending_.back().columns.empty() || pending_.back().columns[0] != table_.columns.back().name ||
      pending_.back().node->contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
    const std::string_view word = deferrable ? "DEFERRABLE"
                                  : deferred ? "INITIALLY DEFERRED"
                                  : node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE ? "INITIALLY IMMEDIATE"
                                                                                                : "NOT DEFERRABLE";
    return Fail(sqlstate::kSyntaxError, "misplaced " + std::string(word) + " clause").At(ddl_.Position(node.location));
  }
  Pending& last = pending_.back();
  if (deferrable) last.deferrable = true;
  if (deferred) last.deferrable = last.initially_deferred = true;
  return Ok();
}

Status TableBuilder::AddIdentity(const PgQuery__Constraint& node, Column* column) {
  const int position = ddl_.Position(node.location);
  if (column->identity != 0) {
    return Fail(sqlstate::kSyntaxError, "multiple identity specifications for column \"" + column->name +
                                            "\" of table \"" + table_.name + "\"")
        .At(position);
  }
  if (column->type.oid != oid::kInt2 && column->type.oid != oid::kInt4 && column->type.oid != oid::kInt8) {
    return Fail(sqlstate::kInvalidParameterValue, "identity column type must be smallint, integer, or bigint");
  }
  ALLOD_ASSIGN_OR_RETURN(const Sequence sequence,
                         MakeOwnedSequence(&ddl_, table_, *column, node.n_options, node.options));
  column->identity = Given(node.generated_when) == "a" ? 'a' : 'd';
  column->sequence = sequence.oid;
  column->not_null = true;
  return Ok();
}

Status TableBuilder::AddLike(const PgQuery__TableLikeClause& like) {
  constexpr uint32_t kComments = 1, kConstraints = 4, kDefaults = 8, kIdentity = 32, kIndexes = 64;
  ALLOD_RETURN_IF_ERROR(CheckDatabase(ddl_, *like.relation));
  const std::string_view schema = Given(like.relation->schemaname), name = Given(like.relation->relname);
  const Relation relation = FindRelation(ddl_, schema, name);
  if (relation.table == nullptr) {
    if (relation.found()) return Fail(sqlstate::kWrongObjectType, "relation \"" + std::string(name) + "\" is invalid in LIKE clause");
    return Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist")
        .At(ddl_.Position(like.relation->location));
  }
  const Table source = *relation.table;
  std::map<Attnum, Attnum> numbers;
  for (const Column& original : source.columns) {
    Column column = original;
    column.sequence = 0;
    column.identity = 0;
    if ((like.options & kDefaults) == 0) column.default_sql.clear();
    if ((like.options & kComments) == 0) column.comment.clear();
    ALLOD_RETURN_IF_ERROR(AddPlainColumn(std::move(column)));
    Column& added = table_.columns.back();
    numbers[original.number] = added.number;
    Publish();
    if (original.identity != 0 && (like.options & kIdentity) != 0) {
      ALLOD_ASSIGN_OR_RETURN(const Sequence sequence, MakeOwnedSequence(&ddl_, table_, added, 0, nullptr));
      added.identity = original.identity;
      added.sequence = sequence.oid;
    }
  }
  auto renumber = [&](std::vector<Attnum>* columns) {
    for (Attnum& column : *columns) column = numbers[column];
  };
  for (const Constraint& original : source.constraints) {
    const bool key = original.kind == Constraint::Kind::kPrimaryKey || original.kind == Constraint::Kind::kUnique;
    if (key ? (like.options & kIndexes) == 0
            : original.kind != Constraint::Kind::kCheck || (like.options & kConstraints) == 0) {
      continue;
    }
    Constraint constraint = original;
    constraint.oid = ddl_.next->NewOid();
    renumber(&constraint.columns);
    if ((like.options & kComments) == 0) constraint.comment.clear();
    if (key) {
      const bool primary = original.kind == Constraint::Kind::kPrimaryKey;
      Index index = *source.FindIndex(original.index);
      index.oid = ddl_.next->NewOid();
      for (IndexColumn& column : index.columns) column.column = numbers[column.column];
      renumber(&index.include);
      Publish();
      index.name = ChooseRelationName(*ddl_.next, table_.schema, table_.name,
                                      primary ? "" : JoinNames(table_, constraint.columns), primary ? "pkey" : "key", true);
      constraint.name = index.name;
      constraint.index = index.oid;
      if (primary && source.rowid_column != 0) table_.rowid_column = numbers[source.rowid_column];
      table_.indexes.push_back(std::move(index));
    }
    table_.constraints.push_back(std::move(constraint));
  }
  if ((like.options & kIndexes) != 0) {
    for (const Index& original : source.indexes) {
      bool of_constraint = original.for_key;
      for (const Constraint& constraint : source.constraints) of_constraint = of_constraint || constraint.index == original.oid;
      if (of_constraint) continue;
      Index index = original;
      index.oid = ddl_.next->NewOid();
      std::string names;
      for (IndexColumn& column : index.columns) {
        if (column.column != 0) column.column = numbers[column.column];
        names += (names.empty() ? "" : "_") + (column.column != 0 ? table_.FindColumn(column.column)->name : "expr");
      }
      renumber(&index.include);
      Publish();
      index.name = ChooseRelationName(*ddl_.next, table_.schema, table_.name, Truncate(names, kMaxNameBytes), "idx", false);
      table_.indexes.push_back(std::move(index));
    }
  }
  Publish();
  return Ok();
}

}  // namespace allod::planner::ddl
