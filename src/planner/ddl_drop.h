// Dropping things with what depends on them. Private to planner/ddl_*.cc.
#pragma once

#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

struct Object {
  enum class Kind : uint8_t { kSchema, kTable /* or view */, kSequence, kIndex, kConstraint, kColumn, kDefault, kType };
  Kind kind = Kind::kTable;
  Oid id = 0;        // the table, view, sequence, schema or type
  uint32_t sub = 0;  // kIndex, kConstraint: its oid; kColumn, kDefault: the column's number
  auto operator<=>(const Object&) const = default;
};
// "table t", "column a of table t", "constraint c on table t"
std::string Describe(const Catalog& catalog, const Object& object);

// Takes the objects out of ddl->next, with what belongs to them (a table's indexes, a column's constraints). Where
// something else depends on them (a view, another table's key, a default): 2BP01, or with `cascade` it goes too, with a
// notice.
Status DropObjects(Ddl* ddl, const std::vector<Object>& objects, bool cascade);

// The column moves to a new physical column, whose rows are filled with `value` (an expression over the old row).
// 54011 when the table has had too many columns.
Status ReplaceColumn(Ddl* ddl, Table* table, Attnum number, std::string value);

}  // namespace allod::planner::ddl
