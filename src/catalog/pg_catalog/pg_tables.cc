#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgTables(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_tables");
  for (const auto& [oid, table] : catalog.tables()) {
    if (!IsTable(*table)) continue;
    SystemRow(info, rows).Text("schemaname", SchemaName(catalog, table->schema)).Text("tablename", table->name)
        .Text("tableowner", "allod").Bool("hasindexes", !table->indexes.empty() || table->rowid_column != 0)
        .Bool("hasrules", false).Bool("hastriggers", false).Bool("rowsecurity", false);
  }
}

void FillPgViews(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_views");
  for (const auto& [oid, table] : catalog.tables()) {
    if (IsTable(*table)) continue;
    SystemRow(info, rows).Text("schemaname", SchemaName(catalog, table->schema)).Text("viewname", table->name)
        .Text("viewowner", "allod").Text("definition", table->view_sql + ";");
  }
}

}  // namespace allod::catalog
