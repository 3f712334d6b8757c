#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgTablespace(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  SystemRow(*FindSystemRelation("pg_catalog", "pg_tablespace"), rows)
      .Int("oid", kDefaultTablespace).Text("spcname", "pg_default").Int("spcowner", kBootstrapRole);
}

}  // namespace allod::catalog
