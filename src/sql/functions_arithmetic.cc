// Numbers: operators and functions. Integers are checked for their range by the function of the result's width.
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kOperators[] = {
    {"numeric + numeric numeric", "pg_numeric_add"},
    {"numeric - numeric numeric", "pg_numeric_sub"},
    {"numeric * numeric numeric", "pg_numeric_mul"},
    {"numeric / numeric numeric", "pg_numeric_div"},
    {"numeric % numeric numeric", "pg_numeric_mod"},
    {"numeric ^ numeric numeric", "pg_numeric_power"},
    {"float8 ^ float8 float8", "pg_float8_power"},
    {"- int2 int2", "pg_int2_neg"},
    {"- int4 int4", "pg_int4_neg"},
    {"- int8 int8", "pg_int8_neg"},
    {"- float4 float4", "pg_float8_neg"},
    {"- float8 float8", "pg_float8_neg"},
    {"- numeric numeric", "pg_numeric_neg"},
    {"+ int2 int2", "(+$1)"},
    {"+ int4 int4", "(+$1)"},
    {"+ int8 int8", "(+$1)"},
    {"+ float4 float4", "(+$1)"},
    {"+ float8 float8", "(+$1)"},
    {"+ numeric numeric", "(+$1)"},
    {"@ int2 int2", "pg_int2_abs"},
    {"@ int4 int4", "pg_int4_abs"},
    {"@ int8 int8", "pg_int8_abs"},
    {"@ float4 float4", "pg_float8_abs"},
    {"@ float8 float8", "pg_float8_abs"},
    {"@ numeric numeric", "pg_numeric_abs"},
    {"|/ float8 float8", "pg_float8_sqrt"},
    {"||/ float8 float8", "pg_float8_cbrt"},
    {"~ int2 int2", "(~$1)"},
    {"~ int4 int4", "(~$1)"},
    {"~ int8 int8", "(~$1)"},
    {"int2 << int4 int2", "pg_int2_shl"},
    {"int4 << int4 int4", "pg_int4_shl"},
    {"int8 << int4 int8", "pg_int8_shl"},
    {"int2 >> int4 int2", "pg_int2_shr"},
    {"int4 >> int4 int4", "pg_int4_shr"},
    {"int8 >> int4 int8", "pg_int8_shr"},
};

constexpr Line kFunctions[] = {
    {"abs(int2)int2", "pg_int2_abs"},
    {"abs(int4)int4", "pg_int4_abs"},
    {"abs(int8)int8", "pg_int8_abs"},
    {"abs(float4)float4", "pg_float8_abs"},
    {"abs(float8)float8", "pg_float8_abs"},
    {"abs(numeric)numeric", "pg_numeric_abs"},
    {"ceil(float8)float8", "pg_float8_ceil"},
    {"ceil(numeric)numeric", "pg_numeric_ceil"},
    {"ceiling(float8)float8", "pg_float8_ceil"},
    {"ceiling(numeric)numeric", "pg_numeric_ceil"},
    {"floor(float8)float8", "pg_float8_floor"},
    {"floor(numeric)numeric", "pg_numeric_floor"},
    {"round(float8)float8", "pg_float8_round"},
    {"round(numeric)numeric", "pg_numeric_round"},
    {"round(numeric,int4)numeric", "pg_numeric_round"},
    {"trunc(float8)float8", "pg_float8_trunc"},
    {"trunc(numeric)numeric", "pg_numeric_trunc"},
    {"trunc(numeric,int4)numeric", "pg_numeric_trunc"},
    {"sign(float8)float8", "pg_float8_sign"},
    {"sign(numeric)numeric", "pg_numeric_sign"},
    {"sqrt(float8)float8", "pg_float8_sqrt"},
    {"sqrt(numeric)numeric", "pg_numeric_sqrt"},
    {"cbrt(float8)float8", "pg_float8_cbrt"},
    {"exp(float8)float8", "pg_float8_exp"},
    {"exp(numeric)numeric", "pg_numeric_exp"},
    {"ln(float8)float8", "pg_float8_ln"},
    {"ln(numeric)numeric", "pg_numeric_ln"},
    {"log(float8)float8", "pg_float8_log10"},
    {"log(numeric)numeric", "pg_numeric_log10"},
    {"log(numeric,numeric)numeric", "pg_numeric_log"},
    {"log10(float8)float8", "pg_float8_log10"},
    {"log10(numeric)numeric", "pg_numeric_log10"},
    {"power(float8,float8)float8", "pg_float8_power"},
    {"power(numeric,numeric)numeric", "pg_numeric_power"},
    {"pow(float8,float8)float8", "pg_float8_power"},
    {"pow(numeric,numeric)numeric", "pg_numeric_power"},
    {"mod(int2,int2)int2", "pg_int2_mod"},
    {"mod(int4,int4)int4", "pg_int4_mod"},
    {"mod(int8,int8)int8", "pg_int8_mod"},
    {"mod(numeric,numeric)numeric", "pg_numeric_mod"},
    {"div(numeric,numeric)numeric", "pg_numeric_div_trunc"},
    {"gcd(int4,int4)int4", "pg_int4_gcd"},
    {"gcd(int8,int8)int8", "pg_int8_gcd"},
    {"gcd(numeric,numeric)numeric", "pg_numeric_gcd"},
    {"lcm(int4,int4)int4", "pg_int4_lcm"},
    {"lcm(int8,int8)int8", "pg_int8_lcm"},
    {"lcm(numeric,numeric)numeric", "pg_numeric_lcm"},
    {"factorial(int8)numeric", "pg_factorial"},
    {"scale(numeric)int4", "pg_numeric_scale"},
    {"min_scale(numeric)int4", "pg_numeric_min_scale"},
    {"trim_scale(numeric)numeric", "pg_numeric_trim_scale"},
    {"width_bucket(float8,float8,float8,int4)int4", "pg_float8_width_bucket"},
    {"width_bucket(numeric,numeric,numeric,int4)int4", "pg_numeric_width_bucket"},
    {"pi()float8", "pg_pi"},
    {"random()float8", "pg_random", "v"},
    {"degrees(float8)float8", "pg_degrees"},
    {"radians(float8)float8", "pg_radians"},
    {"sin(float8)float8", "pg_sin"},
    {"cos(float8)float8", "pg_cos"},
    {"tan(float8)float8", "pg_tan"},
    {"cot(float8)float8", "pg_cot"},
    {"asin(float8)float8", "pg_asin"},
    {"acos(float8)float8", "pg_acos"},
    {"atan(float8)float8", "pg_atan"},
    {"atan2(float8,float8)float8", "pg_atan2"},
    {"sinh(float8)float8", "pg_sinh"},
    {"cosh(float8)float8", "pg_cosh"},
    {"tanh(float8)float8", "pg_tanh"},
    {"asinh(float8)float8", "pg_asinh"},
    {"acosh(float8)float8", "pg_acosh"},
    {"atanh(float8)float8", "pg_atanh"},
};

}  // namespace

void AddArithmetic(Table& table) {
  // Integers mix freely; the result has the wider type.
  struct Width { std::string_view name; int rank; };
  constexpr Width kInts[] = {{"int2", 0}, {"int4", 1}, {"int8", 2}};
  struct Named { std::string_view op, name; };
  constexpr Named kBasic[] = {{"+", "add"}, {"-", "sub"}, {"*", "mul"}, {"/", "div"}};
  auto function = [](std::string_view type, std::string_view name) {
    return "pg_" + std::string(type) + "_" + std::string(name);
  };
  for (const auto& [op, name] : kBasic) {
    for (const Width& left : kInts) {
      for (const Width& right : kInts) {
        std::string_view result = left.rank >= right.rank ? left.name : right.name;
        table.Operator(op, left.name, right.name, result, function(result, name));
      }
    }
    for (std::string_view left : {"float4", "float8"}) {
      for (std::string_view right : {"float4", "float8"}) {
        std::string_view result = left == right ? left : "float8";
        table.Operator(op, left, right, result, function(result, name));
      }
    }
  }
  for (const Width& type : kInts) {
    table.Operator("%", type.name, type.name, type.name, function(type.name, "mod"));
    table.Operator("&", type.name, type.name, type.name, "($1 & $2)");
    table.Operator("|", type.name, type.name, type.name, "($1 | $2)");
    table.Operator("#", type.name, type.name, type.name, "pg_int_xor");
  }
  table.Operators(kOperators);
  table.Functions(FunctionKind::kScalar, kFunctions);
}

}  // namespace allod::sql
