#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgAm(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_am");
  SystemRow(info, rows).Int("oid", kHeapAm).Text("amname", "heap").Int("amhandler", 3).Char("amtype", 't');
  SystemRow(info, rows).Int("oid", kBtreeAm).Text("amname", "btree").Int("amhandler", 330).Char("amtype", 'i');
}

}  // namespace allod::catalog
