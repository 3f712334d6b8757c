// Arrays: bodies get the array type's OID, because an array literal does not say what its elements are.
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kOperators[] = {
    {"anycompatiblearray || anycompatible anycompatiblearray", "pg_array_append($t1, $1, $2)", "n"},
    {"anycompatible || anycompatiblearray anycompatiblearray", "pg_array_prepend($t2, $1, $2)", "n"},
    {"anycompatiblearray || anycompatiblearray anycompatiblearray", "pg_array_cat($t1, $1, $2)", "n"},
    {"anyarray @> anyarray bool", "pg_array_contains($t1, $1, $2)"},
    {"anyarray <@ anyarray bool", "pg_array_contains($t1, $2, $1)"},
    {"anyarray && anyarray bool", "pg_array_overlap($t1, $1, $2)"},
};

constexpr Line kFunctions[] = {
    {"array_length(anyarray,int4)int4", "pg_array_length($t1, $1, $2)", "n"},
    {"array_upper(anyarray,int4)int4", "pg_array_length($t1, $1, $2)", "n"},
    {"array_lower(anyarray,int4)int4", "pg_array_lower($t1, $1, $2)", "n"},
    {"array_ndims(anyarray)int4", "pg_array_ndims($t1, $1)", "n"},
    {"array_dims(anyarray)text", "pg_array_dims($t1, $1)", "n"},
    {"cardinality(anyarray)int4", "pg_cardinality($t1, $1)"},
    {"array_position(anycompatiblearray,anycompatible)int4", "pg_array_position($t1, $1, $2)", "n"},
    {"array_position(anycompatiblearray,anycompatible,int4)int4", "pg_array_position($t1, $1, $2, $3)", "n"},
    {"array_positions(anycompatiblearray,anycompatible)_int4", "pg_array_positions($t1, $1, $2)", "n"},
    {"array_append(anycompatiblearray,anycompatible)anycompatiblearray", "pg_array_append($t1, $1, $2)", "n"},
    {"array_prepend(anycompatible,anycompatiblearray)anycompatiblearray", "pg_array_prepend($t2, $1, $2)", "n"},
    {"array_cat(anycompatiblearray,anycompatiblearray)anycompatiblearray", "pg_array_cat($t1, $1, $2)", "n"},
    {"array_remove(anycompatiblearray,anycompatible)anycompatiblearray", "pg_array_remove($t1, $1, $2)", "n"},
    {"array_replace(anycompatiblearray,anycompatible,anycompatible)anycompatiblearray",
     "pg_array_replace($t1, $1, $2, $3)", "n"},
    {"array_fill(anyelement,_int4)anyarray", "pg_array_fill($t1, $1, $2)", "n"},
    {"trim_array(anyarray,int4)anyarray", "pg_trim_array($t1, $1, $2)"},
    {"array_to_string(anyarray,text)text", "pg_array_to_string($t1, $1, $2)", "s"},
    {"array_to_string(anyarray,text,text)text", "pg_array_to_string($t1, $1, $2, $3)", "sn"},
};

}  // namespace

void AddArray(Table& table) {
  table.Operators(kOperators);
  table.Functions(FunctionKind::kScalar, kFunctions);
}

}  // namespace allod::sql
