#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgDescription(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_description");
  auto add = [&](Oid object, Oid of, int64_t column, const std::string& comment) {
    if (comment.empty()) return;
    SystemRow(info, rows).Int("objoid", object).Int("classoid", of).Int("objsubid", column).Text("description", comment);
  };
  constexpr Oid kPgClass = 1259, kPgConstraint = 2606, kPgNamespace = 2615;
  for (const auto& [oid, table] : catalog.tables()) {
    add(oid, kPgClass, 0, table->comment);
    for (const Column& column : table->columns) add(oid, kPgClass, column.number, column.comment);
    for (const Index& index : table->indexes) add(index.oid, kPgClass, 0, index.comment);
    for (const Constraint& constraint : table->constraints) add(constraint.oid, kPgConstraint, 0, constraint.comment);
  }
  for (const auto& [oid, sequence] : catalog.sequences()) add(oid, kPgClass, 0, sequence->comment);
  for (const auto& [oid, schema] : catalog.schemas()) add(oid, kPgNamespace, 0, schema->comment);
}

}  // namespace allod::catalog
