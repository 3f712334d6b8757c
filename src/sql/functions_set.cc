// Set-returning functions.
#include "sql/functions_table.h"
#include "sql/unnest.h"

namespace allod::sql {
namespace {

constexpr Line kLines[] = {
    {"generate_series(int4,int4)int4", "allod_generate_series_int4"},
    {"generate_series(int4,int4,int4)int4", "allod_generate_series_int4"},
    {"generate_series(int8,int8)int8", "allod_generate_series_int8"},
    {"generate_series(int8,int8,int8)int8", "allod_generate_series_int8"},
    {"generate_series(numeric,numeric)numeric", "allod_generate_series_numeric"},
    {"generate_series(numeric,numeric,numeric)numeric", "allod_generate_series_numeric"},
    {"generate_series(timestamp,timestamp,interval)timestamp", "allod_generate_series_timestamp"},
    {"generate_series(timestamptz,timestamptz,interval)timestamptz", "allod_generate_series_timestamptz", "s"},
    {"generate_subscripts(anyarray,int4)int4", "allod_generate_subscripts($t1, $1, $2)"},
    {"generate_subscripts(anyarray,int4,bool)int4", "allod_generate_subscripts($t1, $1, $2, $3)"},
    {"generate_subscripts(int2vector,int4)int4", "allod_generate_subscripts(22, pg_vector_array($1), $2)"},
    {"generate_subscripts(oidvector,int4)int4", "allod_generate_subscripts(30, pg_vector_array($1), $2)"},
    {"unnest(anyarray)anyelement", "allod_unnest($1, $e1)"},
    {"json_array_elements(json)json", "allod_json_array_elements"},
    {"jsonb_array_elements(jsonb)jsonb", "allod_jsonb_array_elements"},
    {"json_array_elements_text(json)text", "allod_json_array_elements_text"},
    {"jsonb_array_elements_text(jsonb)text", "allod_jsonb_array_elements_text"},
    {"json_each(json)record", "allod_json_each", "", "key text, value json"},
    {"jsonb_each(jsonb)record", "allod_jsonb_each", "", "key text, value jsonb"},
    {"json_each_text(json)record", "allod_json_each_text", "", "key text, value text"},
    {"jsonb_each_text(jsonb)record", "allod_jsonb_each_text", "", "key text, value text"},
    {"json_object_keys(json)text", "allod_json_object_keys"},
    {"jsonb_object_keys(jsonb)text", "allod_jsonb_object_keys"},
    {"regexp_split_to_table(text,text)text", "allod_regexp_split_to_table"},
    {"regexp_split_to_table(text,text,text)text", "allod_regexp_split_to_table"},
    {"regexp_matches(text,text)_text", "allod_regexp_matches"},
    {"regexp_matches(text,text,text)_text", "allod_regexp_matches"},
    {"string_to_table(text,text)text", "allod_string_to_table"},
    {"string_to_table(text,text,text)text", "allod_string_to_table"},
    {"pg_listening_channels()text", "allod_unnest(allod_call('pg_listening_channels'), 25)", "s"},
    // There are no partitions, so nothing has ancestors; psql's \d asks.
    {"pg_partition_ancestors(regclass)regclass", "allod_unnest(iif($1 IS NULL, '{}', '{}'), 26)"},
};

}  // namespace

const Overload& UnnestSeveral() {
  static const Overload* overload = new Overload{.name = "unnest",
                                                 .kind = FunctionKind::kSetReturning,
                                                 .arguments = {oid::kAnyArray},
                                                 .result = oid::kRecord,
                                                 .sqlite = "#allod_unnest_several",
                                                 .strict = false,
                                                 .variadic = true};
  return *overload;
}

void AddSetReturning(Table& table) { table.Functions(FunctionKind::kSetReturning, kLines); }

}  // namespace allod::sql
