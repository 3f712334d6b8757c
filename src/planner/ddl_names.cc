#include <algorithm>

#include "catalog/system_relations.h"
#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

namespace {

bool IsSystemSchema(std::string_view name) {
  return name == "pg_catalog" || name == "information_schema" || name == "allod";
}

}  // namespace

std::string WrittenName(std::string_view schema, std::string_view name) {
  return schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
}

std::string SchemaName(const Catalog& catalog, Oid schema) {
  const catalog::Schema* found = catalog.FindSchema(schema);
  return found == nullptr ? "" : found->name;
}

std::string ShownName(const Catalog& catalog, Oid schema, std::string_view name) {
  const std::string quoted = sql::QuoteIdentifier(name);
  return schema == catalog::kPublicNamespace ? quoted : sql::QuoteIdentifier(SchemaName(catalog, schema)) + "." + quoted;
}

std::vector<Oid> SearchSchemas(const Ddl& ddl) {
  std::vector<Oid> schemas;
  for (const std::string& name : ddl.context.search_path) {
    const catalog::Schema* schema = ddl.next->FindSchema(name == "$user" ? ddl.context.user : name);
    if (schema != nullptr) schemas.push_back(schema->oid);
  }
  return schemas;
}

Relation FindRelation(const Ddl& ddl, std::string_view schema, std::string_view name) {
  Relation relation;
  auto look = [&](std::string_view in) {
    relation.table = ddl.next->FindTable(in, name);
    relation.sequence = ddl.next->FindSequence(in, name);
    std::tie(relation.index_table, relation.index) = ddl.next->FindIndex(in, name);
    return relation.found();
  };
  if (!schema.empty()) {
    if (IsSystemSchema(schema)) {
      relation.system = catalog::FindSystemRelation(schema, name) != nullptr;
      return relation;
    }
    relation.schema_missing = ddl.next->FindSchema(schema) == nullptr;
    if (!relation.schema_missing) look(schema);
    return relation;
  }
  // pg_catalog is searched before everything that the path names.
  if (catalog::FindSystemRelation("", name) != nullptr) {
    relation.system = true;
    return relation;
  }
  for (Oid oid : SearchSchemas(ddl)) {
    if (look(SchemaName(*ddl.next, oid))) return relation;
  }
  for (const std::string& in : ddl.context.search_path) {
    if (IsSystemSchema(in) && catalog::FindSystemRelation(in, name) != nullptr) relation.system = true;
  }
  return relation;
}

Status CheckDatabase(const Ddl& ddl, const PgQuery__RangeVar& range) {
  const std::string_view database = Given(range.catalogname);
  if (database.empty() || database == ddl.context.database) return Ok();
  return Fail(sqlstate::kFeatureNotSupported, "cross-database references are not implemented: \"" +
                                                  std::string(database) + "." + Given(range.schemaname).data() + "." +
                                                  range.relname + "\"")
      .At(ddl.Position(range.location));
}

Result<const Table*> FindTable(const Ddl& ddl, std::string_view schema, std::string_view name, int position) {
  const Relation relation = FindRelation(ddl, schema, name);
  const std::string quoted = "\"" + std::string(name) + "\"";
  if (relation.system) {
    return Fail(sqlstate::kInsufficientPrivilege, "permission denied: " + quoted + " is a system catalog").At(position);
  }
  if (relation.schema_missing) {
    return Fail(sqlstate::kInvalidSchemaName, "schema \"" + std::string(schema) + "\" does not exist").At(position);
  }
  if (!relation.found()) {
    return Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist").At(position);
  }
  if (relation.table == nullptr || relation.table->kind != Table::Kind::kTable) {
    return Fail(sqlstate::kWrongObjectType, quoted + " is not a table").At(position);
  }
  return relation.table;
}

Result<const Table*> FindTable(const Ddl& ddl, const PgQuery__RangeVar& range) {
  ALLOD_RETURN_IF_ERROR(CheckDatabase(ddl, range));
  return FindTable(ddl, Given(range.schemaname), Given(range.relname));
}

Result<Oid> SchemaForNew(const Ddl& ddl, const PgQuery__RangeVar& range) {
  ALLOD_RETURN_IF_ERROR(CheckDatabase(ddl, range));
  const int position = ddl.Position(range.location);
  if (Given(range.relpersistence) == "t" || Given(range.schemaname) == "pg_temp") {
    return Unsupported("temporary relations are not supported",
                       "Create an ordinary table and drop it, or use WITH name AS (...) in the query.");
  }
  const std::string_view schema = Given(range.schemaname);
  if (IsSystemSchema(schema)) {
    return Fail(sqlstate::kInsufficientPrivilege,
                "permission denied to create \"" + std::string(schema) + "." + range.relname + "\"")
        .Detail("System catalog modifications are currently disallowed.");
  }
  if (!schema.empty()) {
    const catalog::Schema* found = ddl.next->FindSchema(schema);
    if (found == nullptr) {
      return Fail(sqlstate::kInvalidSchemaName, "schema \"" + std::string(schema) + "\" does not exist").At(position);
    }
    return found->oid;
  }
  const std::vector<Oid> schemas = SearchSchemas(ddl);
  if (schemas.empty()) {
    return Fail(sqlstate::kInvalidSchemaName, "no schema has been selected to create in").At(position);
  }
  return schemas.front();
}

std::string Truncate(std::string_view name, size_t bytes) {
  if (name.size() <= bytes) return std::string(name);
  while (bytes > 0 && (static_cast<unsigned char>(name[bytes]) & 0xc0) == 0x80) --bytes;
  return std::string(name.substr(0, bytes));
}

std::string MakeObjectName(std::string_view name1, std::string_view name2, std::string_view label) {
  const size_t overhead = (name2.empty() ? 0 : 1) + (label.empty() ? 0 : label.size() + 1);
  const size_t available = kMaxNameBytes - std::min(kMaxNameBytes, overhead);
  size_t size1 = name1.size(), size2 = name2.size();
  while (size1 + size2 > available) {
    if (size1 > size2) --size1; else --size2;
  }
  std::string name = Truncate(name1, size1);
  if (!name2.empty()) name += "_" + Truncate(name2, size2);
  if (!label.empty()) name += "_" + std::string(label);
  return name;
}

namespace {

bool ConstraintExists(const Catalog& catalog, Oid schema, std::string_view name) {
  for (const auto& [oid, table] : catalog.tables()) {
    if (table->schema == schema && table->FindConstraint(name) != nullptr) return true;
  }
  return false;
}

template <typename Taken>
std::string ChooseName(std::string_view name1, std::string_view name2, std::string_view label, Taken taken) {
  for (int pass = 0;; ++pass) {
    const std::string numbered = std::string(label) + (pass == 0 ? "" : std::to_string(pass));
    std::string name = MakeObjectName(name1, name2, numbered);
    if (!taken(name)) return name;
  }
}

}  // namespace

std::string ChooseRelationName(const Catalog& catalog, Oid schema, std::string_view name1, std::string_view name2,
                               std::string_view label, bool constraint) {
  return ChooseName(name1, name2, label, [&](const std::string& name) {
    return catalog.HasRelation(schema, name) || (constraint && ConstraintExists(catalog, schema, name));
  });
}

std::string ChooseConstraintName(const Catalog& catalog, const Table& table, std::string_view name2,
                                 std::string_view label) {
  return ChooseName(table.name, name2, label, [&](const std::string& name) {
    return table.FindConstraint(name) != nullptr || ConstraintExists(catalog, table.schema, name);
  });
}

std::string JoinNames(const Table& table, const std::vector<Attnum>& columns) {
  std::string joined;
  for (Attnum number : columns) {
    if (!joined.empty()) joined += "_";
    joined += table.FindColumn(number)->name;
    if (joined.size() > kMaxNameBytes) break;
  }
  return Truncate(joined, kMaxNameBytes);
}

}  // namespace allod::planner::ddl
