#include "catalog/definition_text.h"
#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgIndexes(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_indexes");
  for (const auto& [oid, table] : catalog.tables()) {
    auto add = [&](const std::string& name, const std::string& text) {
      SystemRow(info, rows).Text("schemaname", SchemaName(catalog, table->schema)).Text("tablename", table->name)
          .Text("indexname", name).Text("indexdef", text);
    };
    for (const Index& index : table->indexes) {
      if (!index.for_key) add(index.name, IndexText(catalog, *table, index));
    }
    if (table->rowid_column != 0 && table->PrimaryKey() != nullptr && table->PrimaryKey()->index == 0) add(table->PrimaryKey()->name, RowIdIndexText(catalog, *table));
  }
}

}  // namespace allod::catalog
