#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgType(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_type");
  for (const TypeInfo& type : AllTypes()) {
    bool by_value = type.length > 0 && type.length <= 8;
    SystemRow row(info, rows);
    row.Int("oid", type.oid).Text("typname", type.name).Int("typnamespace", kPgCatalogNamespace).Int("typowner", kBootstrapRole);
    row.Int("typlen", type.length).Bool("typbyval", by_value).Char("typtype", type.category == 'P' ? 'p' : 'b');
    row.Char("typcategory", type.category).Bool("typispreferred", type.preferred).Bool("typisdefined", true).Char("typdelim", ',');
    row.Int("typrelid", 0).Int("typsubscript", 0).Int("typelem", type.element).Int("typarray", type.array).Char("typalign", 'i');
    // Clients tell arrays, ranges and enums by the names of these functions; only array_in says anything here.
    row.Int("typinput", 0).Int("typoutput", 0).Int("typreceive", 0).Int("typsend", 0).Int("typmodin", 0).Int("typmodout", 0);
    row.Int("typanalyze", 0).Char("typstorage", by_value ? 'p' : 'x').Bool("typnotnull", false).Int("typbasetype", 0).Int("typtypmod", -1);
    row.Int("typndims", 0).Int("typcollation", IsStringType(type.oid) ? kDefaultCollation : 0);
    if (type.category == 'A') row.Int("typinput", 750);
  }
}

}  // namespace allod::catalog
