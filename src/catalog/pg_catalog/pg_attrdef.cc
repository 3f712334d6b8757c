#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgAttrdef(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_attrdef");
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Column& column : table->columns) {
      if (column.default_sql.empty() || column.identity != 0) continue;
      // A default has no OID of its own; the pair of table and column makes one.
      SystemRow(info, rows)
          .Int("oid", (int64_t{oid} * 2000 + column.number) % 4000000000)
          .Int("adrelid", oid)
          .Int("adnum", column.number)
          .Text("adbin", column.default_sql);
    }
  }
}

}  // namespace allod::catalog
