#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgSequence(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_sequence");
  for (const auto& [oid, sequence] : catalog.sequences()) {
    SystemRow(info, rows).Int("seqrelid", oid).Int("seqtypid", sequence->type.oid).Int("seqstart", sequence->start)
        .Int("seqincrement", sequence->increment).Int("seqmax", sequence->max).Int("seqmin", sequence->min).Int("seqcache", 1)
        .Bool("seqcycle", sequence->cycle);
  }
}

void FillPgSequences(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_sequences");
  for (const auto& [oid, sequence] : catalog.sequences()) {
    SystemRow(info, rows).Text("schemaname", SchemaName(catalog, sequence->schema)).Text("sequencename", sequence->name)
        .Text("sequenceowner", "allod").Int("data_type", sequence->type.oid).Int("start_value", sequence->start)
        .Int("min_value", sequence->min).Int("max_value", sequence->max).Int("increment_by", sequence->increment)
        .Bool("cycle", sequence->cycle).Int("cache_size", 1);
  }
}

}  // namespace allod::catalog
