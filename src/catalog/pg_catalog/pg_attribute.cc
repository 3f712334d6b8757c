#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

namespace {

void Attribute(const SystemRelationInfo& info, std::vector<Row>* rows, Oid relation, int64_t number, std::string_view name, Type type,
               bool not_null, bool has_default, char identity) {
  const TypeInfo* t = FindType(type.oid);
  bool by_value = t != nullptr && t->length > 0 && t->length <= 8;
  SystemRow row(info, rows);
  row.Int("attrelid", relation).Text("attname", name).Int("atttypid", type.oid).Int("attstattarget", -1);
  row.Int("attlen", t == nullptr ? -1 : t->length).Int("attnum", number).Int("attndims", IsArray(type.oid) ? 1 : 0);
  row.Int("attcacheoff", -1).Int("atttypmod", type.typmod).Bool("attbyval", by_value).Char("attalign", 'i');
  row.Char("attstorage", by_value ? 'p' : 'x').Char("attcompression", 0).Bool("attnotnull", not_null).Bool("atthasdef", has_default);
  row.Bool("atthasmissing", false).Char("attidentity", identity).Char("attgenerated", 0).Bool("attisdropped", false);
  row.Bool("attislocal", true).Int("attinhcount", 0).Int("attcollation", IsStringType(type.oid) ? kDefaultCollation : 0);
}

}  // namespace

void FillPgAttribute(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_attribute");
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Column& column : table->columns) {
      Attribute(info, rows, oid, column.number, column.name, column.type, column.not_null,
                !column.default_sql.empty() && column.identity == 0, column.identity);
    }
    auto index_columns = [&](Oid index, const std::vector<IndexColumn>& columns) {
      int64_t number = 0;
      for (const IndexColumn& column : columns) {
        const Column* of_table = table->FindColumn(column.column);
        Attribute(info, rows, index, ++number, of_table != nullptr ? of_table->name : "expr",
                  of_table != nullptr ? of_table->type : Type{oid::kText}, false, false, 0);
      }
    };
    for (const Index& index : table->indexes) {
      if (!index.for_key) index_columns(index.oid, index.columns);
    }
    const Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->index == 0 && table->rowid_column != 0) index_columns(IndexOfConstraint(catalog, *key), {{table->rowid_column, "", false, false}});
  }
}

}  // namespace allod::catalog
