// Aggregates and window functions. Every aggregate may be called as a window function too.
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kAggregates[] = {
    {"count()int8", "count"},
    {"count(any)int8", "count"},
    {"sum(int2)int8", "pg_sum_int"},
    {"sum(int4)int8", "pg_sum_int"},
    {"sum(int8)numeric", "pg_sum_int8"},
    {"sum(float4)float4", "pg_sum_float4"},
    {"sum(float8)float8", "pg_sum_float8"},
    {"sum(numeric)numeric", "pg_sum_numeric"},
    {"sum(interval)interval", "pg_sum_interval"},
    {"avg(int2)numeric", "pg_avg_int"},
    {"avg(int4)numeric", "pg_avg_int"},
    {"avg(int8)numeric", "pg_avg_int"},
    {"avg(float4)float8", "pg_avg_float8"},
    {"avg(float8)float8", "pg_avg_float8"},
    {"avg(numeric)numeric", "pg_avg_numeric"},
    {"avg(interval)interval", "pg_avg_interval"},
    {"bool_and(bool)bool", "pg_bool_and"},
    {"bool_or(bool)bool", "pg_bool_or"},
    {"every(bool)bool", "pg_bool_and"},
    {"bit_and(int2)int2", "pg_bit_and"},
    {"bit_and(int4)int4", "pg_bit_and"},
    {"bit_and(int8)int8", "pg_bit_and"},
    {"bit_or(int2)int2", "pg_bit_or"},
    {"bit_or(int4)int4", "pg_bit_or"},
    {"bit_or(int8)int8", "pg_bit_or"},
    {"bit_xor(int2)int2", "pg_bit_xor"},
    {"bit_xor(int4)int4", "pg_bit_xor"},
    {"bit_xor(int8)int8", "pg_bit_xor"},
    {"string_agg(text,text)text", "pg_string_agg"},
    {"string_agg(bytea,bytea)bytea", "pg_bytea_agg"},
    {"json_object_agg(any,any)json", "#pg_json_object_agg", "s"},
    {"jsonb_object_agg(any,any)jsonb", "#pg_jsonb_object_agg", "s"},
    {"json_agg(anyelement)json", "pg_json_agg_#", "s"},
    {"jsonb_agg(anyelement)jsonb", "pg_jsonb_agg_#", "s"},
    {"corr(float8,float8)float8", "pg_corr"},
    {"covar_pop(float8,float8)float8", "pg_covar_pop"},
    {"covar_samp(float8,float8)float8", "pg_covar_samp"},
    {"regr_avgx(float8,float8)float8", "pg_regr_avgx"},
    {"regr_avgy(float8,float8)float8", "pg_regr_avgy"},
    {"regr_count(float8,float8)int8", "pg_regr_count"},
    {"regr_intercept(float8,float8)float8", "pg_regr_intercept"},
    {"regr_r2(float8,float8)float8", "pg_regr_r2"},
    {"regr_slope(float8,float8)float8", "pg_regr_slope"},
    {"regr_sxx(float8,float8)float8", "pg_regr_sxx"},
    {"regr_sxy(float8,float8)float8", "pg_regr_sxy"},
    {"regr_syy(float8,float8)float8", "pg_regr_syy"},
};

constexpr Line kWindow[] = {
    {"row_number()int8", "row_number"},
    {"rank()int8", "rank"},
    {"dense_rank()int8", "dense_rank"},
    {"percent_rank()float8", "percent_rank"},
    {"cume_dist()float8", "cume_dist"},
    {"ntile(int4)int4", "ntile"},
    {"lag(anyelement)anyelement", "lag"},
    {"lag(anyelement,int4)anyelement", "lag"},
    {"lag(anycompatible,int4,anycompatible)anycompatible", "lag"},
    {"lead(anyelement)anyelement", "lead"},
    {"lead(anyelement,int4)anyelement", "lead"},
    {"lead(anycompatible,int4,anycompatible)anycompatible", "lead"},
    {"first_value(anyelement)anyelement", "first_value"},
    {"last_value(anyelement)anyelement", "last_value"},
    {"nth_value(anyelement,int4)anyelement", "nth_value"},
};

}  // namespace

void AddAggregates(Table& table) {
  table.Functions(FunctionKind::kAggregate, kAggregates);
  // The engine's own, under the argument's collation. None for bool, uuid, jsonb, as in PostgreSQL; none for arrays,
  // whose stored form does not order as the elements do.
  for (std::string_view name : {"min", "max"}) {
    for (std::string_view type : {"int2", "int4", "int8", "float4", "float8", "numeric", "text", "bpchar", "oid",
                                  "date", "time", "timestamp", "timestamptz", "interval", "anyenum"}) {
      table.Function(FunctionKind::kAggregate, name, {type}, type, name);
    }
  }
  for (std::string_view name : {"stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"}) {
    std::string_view body = name == "stddev" ? "stddev_samp" : name == "variance" ? "var_samp" : name;
    for (std::string_view type : {"int2", "int4", "int8", "numeric"}) {
      table.Function(FunctionKind::kAggregate, name, {type}, "numeric",
                     "pg_" + std::string(body) + (type == "numeric" ? "_numeric" : "_int"));
    }
    for (std::string_view type : {"float4", "float8"}) {
      table.Function(FunctionKind::kAggregate, name, {type}, "float8", "pg_" + std::string(body) + "_float8");
    }
  }
  // array_agg is one overload per element type: the engine allows DISTINCT only on one argument, so the type is in the
  // name.
  table.Function(FunctionKind::kAggregate, "array_agg", {"anynonarray"}, "anyarray", "pg_array_agg_#", "s");
  table.Functions(FunctionKind::kWindow, kWindow);
}

}  // namespace allod::sql
