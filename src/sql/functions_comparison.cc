// = <> < <= > >=: the engine's own, on stored forms, under the type's collation (which the printer adds). Types whose
// stored forms differ are brought to one. json has no equality, as in PostgreSQL.
#include "sql/functions_table.h"

namespace allod::sql {

void AddComparison(Table& table) {
  constexpr std::string_view kOps[] = {"=", "<>", "<", "<=", ">", ">="};
  auto add = [&table, &kOps](std::string_view left, std::string_view right, std::string a = "$1", std::string b = "$2",
                             std::string_view flags = "") {
    for (std::string_view op : kOps) {
      table.Operator(op, left, right, "bool", "(" + a + " " + std::string(op) + " " + b + ")", flags);
    }
  };
  for (std::string_view left : {"int2", "int4", "int8"}) {
    for (std::string_view right : {"int2", "int4", "int8"}) add(left, right);
  }
  for (std::string_view left : {"float4", "float8"}) {
    for (std::string_view right : {"float4", "float8"}) add(left, right);
  }
  for (std::string_view type : {"bool", "bpchar", "bytea", "char", "date", "interval", "jsonb", "name", "numeric",
                                "oid", "text", "time", "timestamp", "timestamptz", "uuid"}) {
    add(type, type);
  }
  add("name", "text");
  add("text", "name");
  add("date", "timestamp", "pg_date_timestamp_cmp($1)");
  add("timestamp", "date", "$1", "pg_date_timestamp_cmp($2)");
  // By the session's zone.
  add("date", "timestamptz", "pg_date_timestamptz_cmp($1)", "$2", "s");
  add("timestamptz", "date", "$1", "pg_date_timestamptz_cmp($2)", "s");
  add("timestamp", "timestamptz", "pg_timestamp_timestamptz_cmp($1)", "$2", "s");
  add("timestamptz", "timestamp", "$1", "pg_timestamp_timestamptz_cmp($2)", "s");

  // Equality is all that is defined on transaction ids.
  table.Operator("=", "xid", "xid", "bool", "($1 = $2)");
  table.Operator("<>", "xid", "xid", "bool", "($1 <> $2)");
  table.Operator("=", "xid", "int4", "bool", "($1 = $2)");
  table.Operator("<>", "xid", "int4", "bool", "($1 <> $2)");

  // One type on both sides: the Binder sees to it.
  for (std::string_view op : kOps) {
    table.Operator(op, "anyenum", "anyenum", "bool", "($1 " + std::string(op) + " $2)");
  }

  // Array literals do not compare as their elements do.
  for (std::string_view op : kOps) {
    table.Operator(op, "anyarray", "anyarray", "bool",
                   "(pg_array_cmp($t1, $1, $2) " + std::string(op) + " 0)");
  }
}

}  // namespace allod::sql
