#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgConstraint(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_constraint");
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      bool foreign = constraint.kind == Constraint::Kind::kForeignKey;
      SystemRow row(info, rows);
      row.Int("oid", constraint.oid).Text("conname", constraint.name).Int("connamespace", table->schema);
      row.Char("contype", static_cast<char>(constraint.kind)).Bool("condeferrable", constraint.deferrable);
      row.Bool("condeferred", constraint.initially_deferred).Bool("convalidated", true).Int("conrelid", oid).Int("contypid", 0);
      row.Int("conindid", IndexOfConstraint(catalog, constraint)).Int("conparentid", 0).Int("confrelid", foreign ? constraint.target : 0);
      row.Char("confupdtype", foreign ? static_cast<char>(constraint.on_update) : ' ');
      row.Char("confdeltype", foreign ? static_cast<char>(constraint.on_delete) : ' ').Char("confmatchtype", foreign ? 's' : ' ');
      row.Bool("conislocal", true).Int("coninhcount", 0).Bool("connoinherit", !foreign);
      row.Text("conkey", NumberArray(constraint.columns));
      if (foreign) row.Text("confkey", NumberArray(constraint.target_columns));
      if (constraint.kind == Constraint::Kind::kCheck) row.Text("conbin", constraint.check_sql);
    }
  }
}

}  // namespace allod::catalog
