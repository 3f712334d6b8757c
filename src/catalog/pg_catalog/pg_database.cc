#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgDatabase(const Catalog&, ExecContext& context, std::vector<Row>* rows) {
  SystemRow(*FindSystemRelation("pg_catalog", "pg_database"), rows)
      .Int("oid", 5).Text("datname", context.database).Int("datdba", kBootstrapRole).Int("encoding", 6).Char("datlocprovider", 'c')
      .Bool("datistemplate", false).Bool("datallowconn", true).Int("datconnlimit", -1).Int("datfrozenxid", 0).Int("datminmxid", 0)
      .Int("dattablespace", kDefaultTablespace).Text("datcollate", "C").Text("datctype", "C.UTF-8");
}

}  // namespace allod::catalog
