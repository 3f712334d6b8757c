// CREATE TABLE, CREATE TABLE AS, SELECT INTO, CREATE SCHEMA.
#include "catalog/definition_text.h"
#include "planner/ddl_table.h"

namespace allod::planner::ddl {

namespace {

// Storage parameters that PostgreSQL knows and that mean nothing here.
Status CheckStorageOptions(size_t count, PgQuery__Node* const* options) {
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& option = *options[i]->def_elem;
    const std::string_view name = Given(option.defname);
    if (name == "fillfactor" || name == "parallel_workers" || name == "user_catalog_table" ||
        name == "vacuum_truncate" || name == "vacuum_index_cleanup" || name == "toast_tuple_target" ||
        name == "oids" || name.starts_with("autovacuum_") || Given(option.defnamespace) == "toast") {
      continue;
    }
    return Fail(sqlstate::kInvalidParameterValue, "unrecognized parameter \"" + std::string(name) + "\"");
  }
  return Ok();
}

Status CheckTablespace(std::string_view name) {
  if (name.empty() || name == "pg_default") return Ok();
  return Fail(sqlstate::kUndefinedObject, "tablespace \"" + std::string(name) + "\" does not exist");
}

// The table's name is free, or the statement does not mind: then `*skip` is set.
Status CheckFree(Ddl* ddl, Oid schema, const std::string& name, bool if_not_exists, bool* skip) {
  if (!ddl->next->HasRelation(schema, name)) return Ok();
  const std::string message = "relation \"" + name + "\" already exists";
  if (!if_not_exists) return Fail(sqlstate::kDuplicateTable, message);
  ddl->Notice(sqlstate::kDuplicateTable, message + ", skipping");
  *skip = true;
  return Ok();
}

Oid RoleOf(const Ddl& ddl) {
  const catalog::Role* role = ddl.next->FindRole(ddl.context.user);
  return role == nullptr ? 10 : role->oid;
}

}  // namespace

Status CreateTable(Ddl* ddl, const PgQuery__CreateStmt& create) {
  ddl->definition.tag = "CREATE TABLE";
  const int position = ddl->Position(create.relation->location);
  ALLOD_ASSIGN_OR_RETURN(const Oid schema, SchemaForNew(*ddl, *create.relation));
  if (create.n_inh_relations > 0 && create.partbound == nullptr) {
    return Unsupported("table inheritance is not supported",
                       "Write the columns out, or use CREATE TABLE ... (LIKE parent INCLUDING ALL).")
        .At(position);
  }
  if (create.partspec != nullptr || create.partbound != nullptr) {
    return Unsupported("partitioned tables are not supported", "Create one table, with an index on the column.").At(position);
  }
  if (create.of_typename != nullptr) return Unsupported("typed tables are not supported", "Write the columns out.").At(position);
  const std::string_view method = Given(create.access_method);
  if (!method.empty() && method != "heap") {
    return Fail(sqlstate::kUndefinedObject, "access method \"" + std::string(method) + "\" does not exist");
  }
  ALLOD_RETURN_IF_ERROR(CheckStorageOptions(create.n_options, create.options));
  ALLOD_RETURN_IF_ERROR(CheckTablespace(Given(create.tablespacename)));

  const std::string name = Truncate(Given(create.relation->relname), kMaxNameBytes);
  bool skip = false;
  ALLOD_RETURN_IF_ERROR(CheckFree(ddl, schema, name, create.if_not_exists, &skip));
  if (skip) return Ok();

  Table table;
  table.oid = ddl->next->NewOid();
  table.schema = schema;
  table.name = name;
  table.owner = RoleOf(*ddl);
  table.data_subject = ddl->statement.data_subject;
  table.without_history = ddl->statement.without_history;
  ddl->next->Put(table);
  TableBuilder builder(ddl, &table, true);
  for (size_t i = 0; i < create.n_table_elts; ++i) {
    const PgQuery__Node& element = *create.table_elts[i];
    switch (element.node_case) {
      case PG_QUERY__NODE__NODE_COLUMN_DEF: ALLOD_RETURN_IF_ERROR(builder.AddColumn(*element.column_def)); break;
      case PG_QUERY__NODE__NODE_CONSTRAINT: ALLOD_RETURN_IF_ERROR(builder.AddConstraint(*element.constraint)); break;
      case PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE:
        ALLOD_RETURN_IF_ERROR(builder.AddLike(*element.table_like_clause));
        break;
      default: return Unsupported("this element of CREATE TABLE is not supported", "Write columns and constraints.");
    }
  }
  for (size_t i = 0; i < create.n_constraints; ++i) {
    ALLOD_RETURN_IF_ERROR(builder.AddConstraint(*create.constraints[i]->constraint));
  }
  ALLOD_RETURN_IF_ERROR(builder.Finish());
  for (const sql::RuleClause& rule : ddl->statement.rules) ALLOD_RETURN_IF_ERROR(builder.AddRule(rule));
  ddl->next->Put(std::move(table));
  return Ok();
}

namespace {

Status CreateFromQuery(Ddl* ddl, PgQuery__Node* query, const PgQuery__IntoClause& into, bool if_not_exists) {
  ALLOD_ASSIGN_OR_RETURN(const Oid schema, SchemaForNew(*ddl, *into.rel));
  if (into.on_commit != PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_NOOP &&
      into.on_commit != PG_QUERY__ON_COMMIT_ACTION__ON_COMMIT_ACTION_UNDEFINED) {
    return Fail(sqlstate::kInvalidTableDefinition, "ON COMMIT can only be used on temporary tables");
  }
  ALLOD_RETURN_IF_ERROR(CheckStorageOptions(into.n_options, into.options));
  ALLOD_RETURN_IF_ERROR(CheckTablespace(Given(into.table_space_name)));
  const std::string name = Truncate(Given(into.rel->relname), kMaxNameBytes);
  ddl->definition.tag = into.skip_data ? "CREATE TABLE AS" : "SELECT";
  bool skip = false;
  ALLOD_RETURN_IF_ERROR(CheckFree(ddl, schema, name, if_not_exists, &skip));
  if (skip) {
    ddl->definition.tag = "CREATE TABLE AS";
    return Ok();
  }
  sql::Statement select;
  select.node = query;
  select.text = ddl->statement.text;
  BindContext context = ddl->context;
  context.parameter_types.clear();
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<BoundStatement> bound, Bind(ddl->parsed, select, context));
  if (!bound->parameters.empty()) {
    return Unsupported("CREATE TABLE AS takes no parameters", "Create the table, then INSERT ... SELECT with them.");
  }
  if (!bound->relations.empty() && !into.skip_data) {
    return Unsupported("CREATE TABLE AS cannot read the system catalogue", "Create the table, then INSERT ... SELECT.");
  }
  Table table;
  table.oid = ddl->next->NewOid();
  table.schema = schema;
  table.name = name;
  table.owner = RoleOf(*ddl);
  table.without_history = ddl->statement.without_history;
  TableBuilder builder(ddl, &table, true);
  const std::vector<std::string> names = NodeTexts(into.n_col_names, into.col_names);
  if (names.size() > bound->columns.size()) return Fail(sqlstate::kSyntaxError, "too many column names were specified");
  for (size_t i = 0; i < bound->columns.size(); ++i) {
    Column column;
    column.name = Truncate(i < names.size() ? names[i] : bound->columns[i].name, kMaxNameBytes);
    column.type = bound->columns[i].type;
    const TypeInfo* info = FindType(column.type.oid);
    if (column.type.oid == oid::kUnknown) column.type = Type{oid::kText};
    if (info == nullptr || (info->category == 'P' && info->oid != oid::kUnknown)) {
      return Fail(sqlstate::kInvalidTableDefinition,
                  "column \"" + column.name + "\" has pseudo-type " + catalog::TypeText(*ddl->next, column.type));
    }
    ALLOD_RETURN_IF_ERROR(builder.AddPlainColumn(std::move(column)));
  }
  ALLOD_RETURN_IF_ERROR(builder.Finish());
  if (!into.skip_data) {
    ddl->copy_into = table.oid;
    ddl->copy_from = std::move(bound);
  }
  return Ok();
}

}  // namespace

Status CreateTableAs(Ddl* ddl, const PgQuery__CreateTableAsStmt& create) {
  if (create.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW) {
    return Unsupported("materialized views are not supported", "Use CREATE VIEW, or CREATE TABLE ... AS.");
  }
  if (create.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return Unsupported("CREATE TABLE ... AS EXECUTE is not supported", "Write the query itself.");
  }
  return CreateFromQuery(ddl, create.query, *create.into, create.if_not_exists);
}

Status SelectInto(Ddl* ddl, const PgQuery__Node* select) {
  // The clause stands in the leftmost SELECT of a set operation. It is taken out of a copy of the nodes on the way.
  sql::Arena& arena = *ddl->parsed->arena;
  auto* node = arena.Make<PgQuery__Node>(pg_query__node__init);
  *node = *select;
  PgQuery__SelectStmt** at = &node->select_stmt;
  const PgQuery__IntoClause* into = nullptr;
  while (into == nullptr) {
    auto* copy = arena.Make<PgQuery__SelectStmt>(pg_query__select_stmt__init);
    *copy = **at;
    *at = copy;
    into = copy->into_clause;
    copy->into_clause = nullptr;
    at = &copy->larg;
    if (into == nullptr && *at == nullptr) return Fail(sqlstate::kSyntaxError, "SELECT ... INTO is not allowed here");
  }
  return CreateFromQuery(ddl, node, *into, false);
}

Status CreateSchema(Ddl* ddl, const PgQuery__CreateSchemaStmt& create) {
  ddl->definition.tag = "CREATE SCHEMA";
  std::string name = Truncate(Given(create.schemaname), kMaxNameBytes);
  if (name.empty() && create.authrole != nullptr) {
    name = create.authrole->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING ? Given(create.authrole->rolename)
                                                                                  : ddl->context.user;
  }
  if (name.starts_with("pg_")) {
    return Fail(sqlstate::kReservedName, "unacceptable schema name \"" + name + "\"")
        .Detail("The prefix \"pg_\" is reserved for system schemas.");
  }
  if (create.n_schema_elts > 0) {
    return Unsupported("schema elements in CREATE SCHEMA are not supported", "Write them as statements of their own.");
  }
  if (name == "information_schema" || name == "allod" || ddl->next->FindSchema(name) != nullptr) {
    const std::string message = "schema \"" + name + "\" already exists";
    if (!create.if_not_exists) return Fail(sqlstate::kDuplicateSchema, message);
    ddl->Notice(sqlstate::kDuplicateSchema, message + ", skipping");
    return Ok();
  }
  ddl->next->Put(catalog::Schema{ddl->next->NewOid(), name});
  return Ok();
}

}  // namespace allod::planner::ddl
