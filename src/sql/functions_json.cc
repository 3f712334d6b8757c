// json and jsonb.
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kOperators[] = {
    {"json -> int4 json", "pg_json_index", "n"},
    {"json -> text json", "pg_json_field", "n"},
    {"jsonb -> int4 jsonb", "pg_jsonb_index", "n"},
    {"jsonb -> text jsonb", "pg_json_field", "n"},
    {"json ->> int4 text", "pg_json_index_text", "n"},
    {"json ->> text text", "pg_json_field_text", "n"},
    {"jsonb ->> int4 text", "pg_jsonb_index_text", "n"},
    {"jsonb ->> text text", "pg_json_field_text", "n"},
    {"json #> _text json", "pg_json_path", "n"},
    {"jsonb #> _text jsonb", "pg_json_path", "n"},
    {"json #>> _text text", "pg_json_path_text", "n"},
    {"jsonb #>> _text text", "pg_json_path_text", "n"},
    {"jsonb @> jsonb bool", "pg_jsonb_contains"},
    {"jsonb <@ jsonb bool", "pg_jsonb_contains($2, $1)"},
    {"jsonb ? text bool", "pg_jsonb_exists"},
    {"jsonb ?| _text bool", "pg_jsonb_exists_any"},
    {"jsonb ?& _text bool", "pg_jsonb_exists_all"},
    {"jsonb || jsonb jsonb", "pg_jsonb_concat"},
    {"jsonb - text jsonb", "pg_jsonb_delete"},
    {"jsonb - _text jsonb", "pg_jsonb_delete_keys"},
    {"jsonb - int4 jsonb", "pg_jsonb_delete_index"},
    {"jsonb #- _text jsonb", "pg_jsonb_delete_path"},
};

constexpr Line kFunctions[] = {
    {"to_json(anyelement)json", "#pg_to_json", "s"},
    {"to_jsonb(anyelement)jsonb", "#pg_to_jsonb", "s"},
    {"array_to_json(anyarray)json", "#pg_to_json", "s"},
    {"json_build_object()json", "#pg_json_build_object", "sn"},
    {"json_build_object(any)json", "#pg_json_build_object", "sn*"},
    {"jsonb_build_object()jsonb", "#pg_jsonb_build_object", "sn"},
    {"jsonb_build_object(any)jsonb", "#pg_jsonb_build_object", "sn*"},
    {"json_build_array()json", "#pg_json_build_array", "sn"},
    {"json_build_array(any)json", "#pg_json_build_array", "sn*"},
    {"jsonb_build_array()jsonb", "#pg_jsonb_build_array", "sn"},
    {"jsonb_build_array(any)jsonb", "#pg_jsonb_build_array", "sn*"},
    {"json_object(_text)json", "pg_json_object"},
    {"json_object(_text,_text)json", "pg_json_object"},
    {"jsonb_object(_text)jsonb", "pg_jsonb_object"},
    {"jsonb_object(_text,_text)jsonb", "pg_jsonb_object"},
    {"jsonb_exists(jsonb,text)bool", "pg_jsonb_exists"},
    {"jsonb_exists_any(jsonb,_text)bool", "pg_jsonb_exists_any"},
    {"jsonb_exists_all(jsonb,_text)bool", "pg_jsonb_exists_all"},
    {"json_typeof(json)text", "pg_json_typeof"},
    {"jsonb_typeof(jsonb)text", "pg_json_typeof"},
    {"json_array_length(json)int4", "pg_json_array_length"},
    {"jsonb_array_length(jsonb)int4", "pg_json_array_length"},
    {"json_extract_path(json,text)json", "pg_json_extract_path", "n*"},
    {"json_extract_path_text(json,text)text", "pg_json_extract_path_text", "n*"},
    {"jsonb_extract_path(jsonb,text)jsonb", "pg_json_extract_path", "n*"},
    {"jsonb_extract_path_text(jsonb,text)text", "pg_json_extract_path_text", "n*"},
    {"jsonb_set(jsonb,_text,jsonb)jsonb", "pg_jsonb_set"},
    {"jsonb_set(jsonb,_text,jsonb,bool)jsonb", "pg_jsonb_set"},
    {"jsonb_set_lax(jsonb,_text,jsonb)jsonb", "pg_jsonb_set_lax", "n"},
    {"jsonb_set_lax(jsonb,_text,jsonb,bool)jsonb", "pg_jsonb_set_lax", "n"},
    {"jsonb_set_lax(jsonb,_text,jsonb,bool,text)jsonb", "pg_jsonb_set_lax", "n"},
    {"jsonb_insert(jsonb,_text,jsonb)jsonb", "pg_jsonb_insert"},
    {"jsonb_insert(jsonb,_text,jsonb,bool)jsonb", "pg_jsonb_insert"},
    {"jsonb_pretty(jsonb)text", "pg_jsonb_pretty"},
    {"json_strip_nulls(json)json", "pg_json_strip_nulls"},
    {"jsonb_strip_nulls(jsonb)jsonb", "pg_jsonb_strip_nulls"},
};

}  // namespace

void AddJson(Table& table) {
  table.Operators(kOperators);
  table.Functions(FunctionKind::kScalar, kFunctions);
}

}  // namespace allod::sql
