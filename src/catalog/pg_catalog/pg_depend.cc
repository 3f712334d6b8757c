#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

// Only what clients look for: which column owns a sequence.
void FillPgDepend(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_depend");
  for (const auto& [oid, sequence] : catalog.sequences()) {
    if (sequence->owned_table == 0) continue;
    const Table* table = catalog.FindTable(sequence->owned_table);
    const Column* column = table == nullptr ? nullptr : table->FindColumn(sequence->owned_column);
    SystemRow(info, rows).Int("classid", 1259).Int("objid", oid).Int("objsubid", 0).Int("refclassid", 1259)
        .Int("refobjid", sequence->owned_table).Int("refobjsubid", sequence->owned_column)
        .Char("deptype", column != nullptr && column->identity != 0 ? 'i' : 'a');
  }
}

}  // namespace allod::catalog
