#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

namespace {

// What an enumerated type and its array type have in common; the rest of the row is the caller's.
SystemRow& DescribeEnum(const EnumType& type, SystemRow& row) {
  row.Int("typnamespace", type.schema)
      .Int("typowner", kBootstrapRole)
      .Bool("typispreferred", false)
      .Bool("typisdefined", true);
  row.Char("typdelim", ',').Int("typrelid", 0).Int("typsubscript", 0).Char("typalign", 'i');
  row.Int("typinput", 0)
      .Int("typoutput", 0)
      .Int("typreceive", 0)
      .Int("typsend", 0)
      .Int("typmodin", 0)
      .Int("typmodout", 0);
  row.Int("typanalyze", 0).Bool("typnotnull", false).Int("typbasetype", 0).Int("typtypmod", -1).Int("typndims", 0);
  return row.Int("typcollation", 0);
}

void FillEnum(const SystemRelationInfo& info, const EnumType& type, std::vector<Row>* rows) {
  {
    SystemRow row(info, rows);
    DescribeEnum(type, row).Int("oid", type.oid).Text("typname", type.name).Int("typlen", 4).Bool("typbyval", true);
    row.Char("typtype", 'e')
        .Char("typcategory", 'E')
        .Char("typstorage", 'p')
        .Int("typelem", 0)
        .Int("typarray", type.array_oid);
  }
  SystemRow row(info, rows);
  DescribeEnum(type, row)
      .Int("oid", type.array_oid)
      .Text("typname", "_" + type.name)
      .Int("typlen", -1)
      .Bool("typbyval", false);
  row.Char("typtype", 'b').Char("typcategory", 'A').Char("typstorage", 'x').Int("typelem", type.oid).Int("typarray", 0);
  row.Int("typinput", 750);
}

}  // namespace

void FillPgType(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
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
  for (const auto& [oid, type] : catalog.enums()) {
    if (type->schema != 0) FillEnum(info, *type, rows);
  }
}

}  // namespace allod::catalog
