#include "catalog/system_relations.h"

#include <map>

#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

std::span<const SystemRelationInfo* const> AllSystemRelations() {
  static const std::vector<const SystemRelationInfo*> all = [] {
    std::vector<const SystemRelationInfo*> out;
    for (const SystemRelationInfo& info : SystemShapes()) out.push_back(&info);
    return out;
  }();
  return all;
}

const SystemRelationInfo* FindSystemRelation(std::string_view schema, std::string_view name) {
  static const std::map<std::pair<std::string_view, std::string_view>, const SystemRelationInfo*> index = [] {
    std::map<std::pair<std::string_view, std::string_view>, const SystemRelationInfo*> out;
    for (const SystemRelationInfo* info : AllSystemRelations()) out.emplace(std::pair(info->schema, info->name), info);
    return out;
  }();
  auto it = index.find({schema.empty() ? "pg_catalog" : schema, name});
  return it == index.end() ? nullptr : it->second;
}

std::string SchemaName(const Catalog& catalog, Oid schema) {
  if (schema == kPgCatalogNamespace) return "pg_catalog";
  if (schema == kInformationSchemaNamespace) return "information_schema";
  auto it = catalog.schemas().find(schema);
  return it == catalog.schemas().end() ? "" : it->second->name;
}

std::string NumberArray(const std::vector<Attnum>& numbers) {
  std::string out = "{";
  for (Attnum number : numbers) out += (out.size() == 1 ? "" : ",") + std::to_string(number);
  return out + "}";
}

Oid IndexOfConstraint(const Catalog& catalog, const Constraint& constraint) {
  if (constraint.kind == Constraint::Kind::kCheck) return 0;
  if (constraint.index != 0) return constraint.index;
  // A key that is the row id: the constraint's own number, which no relation has.
  if (constraint.kind == Constraint::Kind::kPrimaryKey) return constraint.oid;
  const Table* target = catalog.FindTable(constraint.target);
  if (target == nullptr) return 0;
  for (const Constraint& key : target->constraints) {
    if ((key.kind == Constraint::Kind::kPrimaryKey || key.kind == Constraint::Kind::kUnique) && key.columns == constraint.target_columns) {
      return IndexOfConstraint(catalog, key);
    }
  }
  return 0;
}

}  // namespace allod::catalog
