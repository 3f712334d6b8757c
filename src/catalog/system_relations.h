// pg_catalog.*, information_schema.* and allod.* relations: one file per relation under catalog/pg_catalog/. A relation
// has a fixed shape and computes its rows from a catalogue snapshot; a statement that names it gets the rows as a parameter.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/exec_context.h"
#include "base/types.h"
#include "base/value.h"
#include "catalog/catalog.h"

namespace allod::catalog {

struct SystemColumn {
  std::string_view name;
  Oid type;
  bool nullable = true;
};
struct SystemRelationInfo {
  Oid oid;
  std::string_view schema, name;  // "pg_catalog", "pg_class"
  std::vector<SystemColumn> columns;
  // Appends the rows, values in stored form, in column order.
  // Null: the relation is there for those who join it, and always empty.
  void (*fill)(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows);
};

// "" schema: pg_catalog. Null if there is none.
const SystemRelationInfo* FindSystemRelation(std::string_view schema, std::string_view name);
std::span<const SystemRelationInfo* const> AllSystemRelations();

// Functions over the catalogue, written "@name" in sql/functions.cc: format_type, pg_get_indexdef, pg_table_is_visible,
// regclass_in, regclass_out, to_regclass, pg_get_userbyid, obj_description, pg_get_constraintdef, pg_get_expr, ...
Result<Value> CallCatalogFunction(const Catalog& catalog, ExecContext& context, std::string_view name,
                                  std::span<const Datum> arguments);

}  // namespace allod::catalog
