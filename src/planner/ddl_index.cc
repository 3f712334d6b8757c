// CREATE INDEX, and the indexes that foreign keys need.
#include <algorithm>

#include "planner/bind.h"
#include "planner/ddl_table.h"

namespace allod::planner::ddl {

namespace {

// Whether the index finds the rows with given values of these columns: they are its first columns, in any order.
bool Serves(const Table& table, const Index& index, const std::vector<Attnum>& columns) {
  if (!index.predicate_sql.empty() || index.nulls_not_distinct || index.columns.size() < columns.size()) return false;
  (void)table;
  const std::set<Attnum> wanted(columns.begin(), columns.end());
  std::set<Attnum> first;
  for (size_t i = 0; i < wanted.size(); ++i) first.insert(index.columns[i].column);
  return first == wanted;
}

}  // namespace

void ServeKeys(Catalog* catalog, Table* table) {
  std::set<Oid> needed;  // of those made for keys
  for (const Constraint& key : table->constraints) {
    if (key.kind != Constraint::Kind::kForeignKey) continue;
    const Index* server = nullptr;
    for (const Index& index : table->indexes) {
      if (Serves(*table, index, key.columns) && (server == nullptr || server->for_key)) server = &index;
    }
    if (server == nullptr) {
      Index index;
      index.oid = catalog->NewOid();
      index.for_key = true;
      for (Attnum column : key.columns) {
        if (std::none_of(index.columns.begin(), index.columns.end(),
                         [&](const IndexColumn& have) { return have.column == column; })) {
          index.columns.push_back({column});
        }
      }
      table->indexes.push_back(std::move(index));
      server = &table->indexes.back();
    }
    if (server->for_key) needed.insert(server->oid);
  }
  std::erase_if(table->indexes, [&](const Index& index) { return index.for_key && !needed.contains(index.oid); });
}

namespace {

Status ReadIndexColumn(Ddl* ddl, const Table& table, const PgQuery__IndexElem& element, IndexColumn* column,
                       std::string* name) {
  const std::string_view given = Given(element.name);
  Type type;
  if (!given.empty()) {
    const Column* found = table.FindColumn(given);
    if (found == nullptr) {
      return Fail(sqlstate::kUndefinedColumn, "column \"" + std::string(given) + "\" does not exist");
    }
    column->column = found->number;
    type = found->type;
    *name = given;
  } else {
    ALLOD_ASSIGN_OR_RETURN(StoredExpression stored, Store(*ddl, element.expr, &table, Type{}, Place::kIndex));
    // (a) is the column a.
    if (element.expr->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && stored.columns.size() == 1) {
      column->column = stored.columns[0];
    } else {
      column->expression_sql = std::move(stored.sql);
    }
    type = stored.type;
    BoundStatement bound;
    Binder binder(&bound, ddl->parsed, &ddl->context);
    *name = binder.TargetName(element.expr);
    if (*name == "?column?") *name = "expr";
  }
  if (element.n_collation > 0) {
    PgQuery__CollateClause collate = PG_QUERY__COLLATE_CLAUSE__INIT;
    collate.n_collname = element.n_collation;
    collate.collname = element.collation;
    ALLOD_RETURN_IF_ERROR(CheckCollation(*ddl, &collate));
  }
  if (element.n_opclass > 0) {
    // Text is compared bytewise, so the pattern classes are the ordinary ones.
    const std::string name_of_class = NodeText(element.opclass[element.n_opclass - 1]);
    if (!name_of_class.ends_with("_ops")) {
      return Fail(sqlstate::kUndefinedObject,
                  "operator class \"" + name_of_class + "\" does not exist for access method \"btree\"");
    }
    if (name_of_class.starts_with("gin_") || name_of_class.starts_with("gist_") || name_of_class.find("jsonb_path") == 0) {
      return Unsupported("operator class \"" + name_of_class + "\" is not supported", "Leave it out.");
    }
  }
  ALLOD_RETURN_IF_ERROR(CheckIndexable(type));
  column->descending = element.ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
  column->nulls_first = element.nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                        (column->descending && element.nulls_ordering != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST);
  return Ok();
}

}  // namespace

Status CreateIndex(Ddl* ddl, const PgQuery__IndexStmt& create) {
  ddl->definition.tag = "CREATE INDEX";
  const std::string_view method = Given(create.access_method);
  if (!method.empty() && method != "btree" && method != "hash") {
    if (method == "gin" || method == "gist" || method == "spgist" || method == "brin") {
      return Unsupported("access method \"" + std::string(method) + "\" is not supported", "Leave USING out: a btree index is made.");
    }
    return Fail(sqlstate::kUndefinedObject, "access method \"" + std::string(method) + "\" does not exist");
  }
  ALLOD_RETURN_IF_ERROR(CheckDatabase(*ddl, *create.relation));
  const std::string_view schema = Given(create.relation->schemaname), relname = Given(create.relation->relname);
  const Relation relation = FindRelation(*ddl, schema, relname);
  if (relation.table != nullptr && relation.table->kind == Table::Kind::kView) {
    return Fail(sqlstate::kWrongObjectType, "cannot create index on relation \"" + std::string(relname) + "\"")
        .Detail("This operation is not supported for views.");
  }
  ALLOD_ASSIGN_OR_RETURN(const Table* found, FindTable(*ddl, schema, relname));
  Table table = *found;

  if (!Given(create.idxname).empty() && ddl->next->HasRelation(table.schema, create.idxname)) {
    const std::string message = "relation \"" + std::string(create.idxname) + "\" already exists";
    if (!create.if_not_exists) return Fail(sqlstate::kDuplicateTable, message);
    ddl->Notice(sqlstate::kDuplicateTable, message + ", skipping");
    return Ok();
  }
  Index index;
  index.unique = create.unique;
  index.nulls_not_distinct = create.nulls_not_distinct;
  if (index.unique && method == "hash") {
    return Fail(sqlstate::kFeatureNotSupported, "access method \"hash\" does not support unique indexes");
  }
  if (create.n_index_params > 32) return Fail(sqlstate::kTooManyColumns, "cannot use more than 32 columns in an index");
  std::vector<std::string> names;
  for (size_t i = 0; i < create.n_index_params; ++i) {
    IndexColumn column;
    std::string base;
    ALLOD_RETURN_IF_ERROR(ReadIndexColumn(ddl, table, *create.index_params[i]->index_elem, &column, &base));
    std::string name = base;
    for (int n = 1; std::find(names.begin(), names.end(), name) != names.end(); ++n) {
      const std::string digits = std::to_string(n);
      name = Truncate(base, kMaxNameBytes - digits.size()) + digits;
    }
    names.push_back(std::move(name));
    index.columns.push_back(std::move(column));
  }
  for (size_t i = 0; i < create.n_index_including_params; ++i) {
    const PgQuery__IndexElem& element = *create.index_including_params[i]->index_elem;
    const Column* column = element.expr == nullptr ? table.FindColumn(Given(element.name)) : nullptr;
    if (element.expr != nullptr) {
      return Fail(sqlstate::kFeatureNotSupported, "expressions are not supported in included columns");
    }
    if (column == nullptr) {
      return Fail(sqlstate::kUndefinedColumn, "column \"" + std::string(element.name) + "\" does not exist");
    }
    index.include.push_back(column->number);
    names.push_back(column->name);
  }
  if (create.where_clause != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(StoredExpression stored, Store(*ddl, create.where_clause, &table, Type{}, Place::kPredicate));
    index.predicate_sql = std::move(stored.sql);
  }
  if (Given(create.idxname).empty()) {
    std::string joined;
    for (const std::string& name : names) joined += (joined.empty() ? "" : "_") + name;
    index.name = ChooseRelationName(*ddl->next, table.schema, table.name, Truncate(joined, kMaxNameBytes), "idx", false);
  } else {
    index.name = Truncate(create.idxname, kMaxNameBytes);
  }
  index.oid = ddl->next->NewOid();
  table.indexes.push_back(std::move(index));
  ServeKeys(ddl->next.get(), &table);
  ddl->next->Put(std::move(table));
  return Ok();
}

}  // namespace allod::planner::ddl
