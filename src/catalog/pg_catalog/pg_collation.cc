#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgCollation(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_collation");
  auto add = [&](Oid oid, std::string_view name) {
    SystemRow(info, rows).Int("oid", oid).Text("collname", name).Int("collnamespace", kPgCatalogNamespace).Int("collowner", kBootstrapRole)
        .Char("collprovider", oid == kDefaultCollation ? 'd' : 'c').Bool("collisdeterministic", true).Int("collencoding", -1)
        .Text("collcollate", oid == kDefaultCollation ? "" : name).Text("collctype", oid == kDefaultCollation ? "" : name);
  };
  add(kDefaultCollation, "default");
  add(950, "C");
  add(951, "POSIX");
}

}  // namespace allod::catalog
