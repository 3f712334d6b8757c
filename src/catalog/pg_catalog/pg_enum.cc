#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgEnum(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_enum");
  for (const auto& [oid, type] : catalog.enums()) {
    if (type->schema == 0) continue;  // dropped
    for (const EnumLabel& label : type->labels) {
      // As PostgreSQL numbers them: 1, 2, 3, and the middle for one that was put between.
      const auto order = static_cast<float>(static_cast<double>(label.position) / static_cast<double>(kEnumGap));
      SystemRow(info, rows)
          .Int("oid", label.oid)
          .Int("enumtypid", oid)
          .Real("enumsortorder", order)
          .Text("enumlabel", label.label);
    }
  }
}

}  // namespace allod::catalog
