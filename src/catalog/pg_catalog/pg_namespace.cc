#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgNamespace(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_namespace");
  auto add = [&](Oid oid, std::string_view name) {
    SystemRow(info, rows).Int("oid", oid).Text("nspname", name).Int("nspowner", kBootstrapRole);
  };
  add(kPgCatalogNamespace, "pg_catalog");
  add(kInformationSchemaNamespace, "information_schema");
  for (const auto& [oid, schema] : catalog.schemas()) add(oid, schema->name);
}

}  // namespace allod::catalog
