#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgLanguage(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_language");
  SystemRow(info, rows).Int("oid", 12).Text("lanname", "internal").Int("lanowner", kBootstrapRole).Bool("lanispl", false)
      .Bool("lanpltrusted", false).Int("lanplcallfoid", 0).Int("laninline", 0).Int("lanvalidator", 0);
}

}  // namespace allod::catalog
