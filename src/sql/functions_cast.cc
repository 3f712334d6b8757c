// Casts: pg_cast's rows among the types known here, conversion through text (to strings by assignment, from strings
// explicitly), and arrays by their elements. Length coercion (varchar(3)) is not here: Note::typmod_cast.
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kCasts[] = {
    // integers: the stored form is one, ranges differ
    {"int2 int4", "", "i"}, {"int2 int8", "", "i"}, {"int4 int8", "", "i"},
    {"int4 int2", "pg_int2", "a"}, {"int8 int2", "pg_int2", "a"}, {"int8 int4", "pg_int4", "a"},
    {"int2 numeric", "CAST($1 AS TEXT)", "i"}, {"int4 numeric", "CAST($1 AS TEXT)", "i"},
    {"int8 numeric", "CAST($1 AS TEXT)", "i"},
    {"int2 float4", "CAST($1 AS REAL)", "i"}, {"int2 float8", "CAST($1 AS REAL)", "i"},
    {"int4 float4", "pg_float4", "i"}, {"int4 float8", "CAST($1 AS REAL)", "i"},
    {"int8 float4", "pg_float4", "i"}, {"int8 float8", "CAST($1 AS REAL)", "i"},
    {"int4 bool", "($1 <> 0)", "e"}, {"bool int4", "", "e"},
    {"int4 char", "pg_int4_char", "e"}, {"char int4", "pg_char_int4", "e"},
    // numeric and floats
    {"numeric int2", "pg_numeric_int2", "a"}, {"numeric int4", "pg_numeric_int4", "a"},
    {"numeric int8", "pg_numeric_int8", "a"},
    {"numeric float4", "pg_numeric_float4", "i"}, {"numeric float8", "pg_numeric_float8", "i"},
    {"float4 int2", "pg_float_int2", "a"}, {"float4 int4", "pg_float_int4", "a"}, {"float4 int8", "pg_float_int8", "a"},
    {"float8 int2", "pg_float_int2", "a"}, {"float8 int4", "pg_float_int4", "a"}, {"float8 int8", "pg_float_int8", "a"},
    {"float4 float8", "", "i"}, {"float8 float4", "pg_float4", "a"},
    {"float4 numeric", "pg_float4_numeric", "a"}, {"float8 numeric", "pg_float8_numeric", "a"},
    // oid and its aliases
    {"int2 oid", "pg_int4_oid", "i"}, {"int4 oid", "pg_int4_oid", "i"}, {"int8 oid", "pg_oid", "i"},
    {"oid int4", "pg_oid_int4", "a"}, {"oid int8", "", "a"},
    // strings: one stored form but for bpchar, which is padded, and name and "char", which are cut
    {"text varchar", "", "i"}, {"varchar text", "", "i"}, {"text bpchar", "", "i"}, {"varchar bpchar", "", "i"},
    {"bpchar text", "rtrim($1, ' ')", "i"}, {"bpchar varchar", "rtrim($1, ' ')", "i"},
    {"text name", "pg_name", "i"}, {"varchar name", "pg_name", "i"}, {"bpchar name", "pg_name(rtrim($1, ' '))", "i"},
    {"name text", "", "i"}, {"name varchar", "", "a"}, {"name bpchar", "", "a"},
    {"char text", "", "i"}, {"char varchar", "", "a"}, {"char bpchar", "", "a"},
    {"text char", "pg_text_char", "a"}, {"varchar char", "pg_text_char", "a"},
    {"bpchar char", "pg_text_char", "a"}, {"name char", "pg_text_char", "a"},
    {"char name", "", "a"},
    // dates and times
    {"date timestamp", "pg_date_timestamp", "i"}, {"date timestamptz", "pg_date_timestamptz", "is"},
    {"timestamp timestamptz", "pg_timestamp_timestamptz", "is"},
    {"timestamptz timestamp", "pg_timestamptz_timestamp", "as"},
    {"timestamp date", "pg_timestamp_date", "a"}, {"timestamptz date", "pg_timestamptz_date", "as"},
    {"timestamp time", "pg_timestamp_time", "a"}, {"timestamptz time", "pg_timestamptz_time", "as"},
    {"time interval", "pg_time_interval", "i"}, {"interval time", "pg_interval_time", "a"},
    // json
    {"json jsonb", "pg_json_jsonb", "a"}, {"jsonb json", "($1 COLLATE BINARY)", "a"},
    {"jsonb bool", "pg_jsonb_bool", "e"}, {"jsonb numeric", "pg_jsonb_numeric", "e"},
    {"jsonb int2", "pg_jsonb_int2", "e"}, {"jsonb int4", "pg_jsonb_int4", "e"}, {"jsonb int8", "pg_jsonb_int8", "e"},
    {"jsonb float4", "pg_jsonb_float4", "e"}, {"jsonb float8", "pg_jsonb_float8", "e"},
    // names of objects, by the catalogue
    {"text regclass", "@regclass_in", "is"}, {"varchar regclass", "@regclass_in", "is"},
    {"int2vector _int2", "pg_vector_array", "i"}, {"oidvector _oid", "pg_vector_array", "i"},
    {"pg_node_tree text", "", "i"},
};

constexpr std::string_view kStrings[] = {"text", "varchar", "bpchar", "name"};

// Through text. The forms of dates depend on the session's settings.
struct ByText { std::string_view type, out, flags; };
constexpr ByText kByText[] = {
    {"bool", "", ""},
    {"int2", "CAST($1 AS TEXT)", ""}, {"int4", "CAST($1 AS TEXT)", ""}, {"int8", "CAST($1 AS TEXT)", ""},
    {"oid", "CAST($1 AS TEXT)", ""}, {"xid", "CAST($1 AS TEXT)", ""},
    {"float4", "", "s"}, {"float8", "", "s"},
    // Their stored form is their text, but it must not keep their collation.
    {"numeric", "($1 COLLATE BINARY)", ""}, {"jsonb", "($1 COLLATE BINARY)", ""}, {"json", "($1 COLLATE BINARY)", ""},
    {"date", "", "s"}, {"time", "", "s"}, {"timestamp", "", "s"}, {"timestamptz", "", "s"}, {"interval", "", "s"},
    {"uuid", "", ""}, {"bytea", "", "s"},
};

struct Element { std::string_view type; bool by_session; };
constexpr Element kElements[] = {
    {"bool", false}, {"bytea", true}, {"char", false}, {"name", false}, {"int2", false}, {"int4", false},
    {"text", false}, {"bpchar", false}, {"varchar", false}, {"int8", false}, {"float4", false}, {"float8", false},
    {"oid", false}, {"timestamp", true}, {"date", true}, {"time", true}, {"timestamptz", true}, {"interval", true},
    {"numeric", false}, {"uuid", false}, {"json", false}, {"jsonb", false}};

// Not as elements: what nobody writes, and cannot be done through text.
bool CastsInArrays(std::string_view from, std::string_view to) {
  if (from == "jsonb") return to == "json" || to == "text" || to == "varchar" || to == "bpchar" || to == "name";
  if (from == "char" && to == "int4") return false;
  if (to == "char" || to == "oid") return false;
  return !(from == "interval" && to == "time");
}

void AddScalarCasts(Table& table) {
  for (const Line& line : kCasts) {
    size_t blank = line.signature.find(' ');
    std::string_view source = line.signature.substr(0, blank), target = line.signature.substr(blank + 1);
    table.Cast(source, target, line.sqlite, line.flags);
    // Also as a function by the type's name: date(now()).
    if (line.sqlite.starts_with('@') || source.ends_with("vector") || source == "pg_node_tree") continue;
    table.Function(FunctionKind::kScalar, target, {source}, target, line.sqlite,
                   line.flags.ends_with('s') ? "s" : "");
  }
  for (std::string_view alias : {"regclass", "regtype", "regnamespace", "regrole", "regproc"}) {
    table.Cast("oid", alias, "", "i");
    table.Cast(alias, "oid", "", "i");
    table.Cast("int2", alias, "pg_int4_oid", "i");
    table.Cast("int4", alias, "pg_int4_oid", "i");
    table.Cast("int8", alias, "pg_oid", "i");
    table.Cast(alias, "int4", "pg_oid_int4", "a");
    table.Cast(alias, "int8", "", "a");
    std::string in = "@" + std::string(alias) + "_in", out = "@" + std::string(alias) + "_out";
    for (std::string_view string : kStrings) {
      if (alias != "regclass" || (string != "text" && string != "varchar")) table.Cast(string, alias, in, "es");
      table.Cast(alias, string, out, "as");
    }
  }
  for (const ByText& line : kByText) {
    std::string number = std::to_string(table.TypeOf(line.type));
    for (std::string_view string : kStrings) {
      std::string out = line.out.empty() ? "pg_out(" + number + ", $1)" : std::string(line.out);
      if (line.type == "bool" && string != "name") out = "pg_bool_text";
      if (string == "name") out = "pg_name(" + (line.type == "bool" ? "pg_out(16, $1)" : out) + ")";
      table.Cast(line.type, string, out, "a" + std::string(line.flags));
      table.Cast(string, line.type, "pg_in(" + number + ", $1)", "e" + std::string(line.flags));
    }
  }
}

void AddArrayCasts(Table& table) {
  // An array casts as its elements do. Its literal is the same where the elements' text is.
  std::vector<Overload> scalar;
  for (const Overload& row : table.rows) {
    if (row.kind == FunctionKind::kCast) scalar.push_back(row);
  }
  for (const Element& from : kElements) {
    std::string source = "_" + std::string(from.type);
    std::string from_number = std::to_string(table.TypeOf(source));
    for (const Element& to : kElements) {
      if (from.type == to.type) continue;
      if (!CastsInArrays(from.type, to.type)) continue;
      Oid source_oid = table.TypeOf(from.type), target_oid = table.TypeOf(to.type);
      for (const Overload& cast : scalar) {
        if (cast.arguments[0] != source_oid || cast.result != target_oid) continue;
        std::string target = "_" + std::string(to.type);
        std::string context = cast.context == CastContext::kImplicit     ? "i"
                              : cast.context == CastContext::kAssignment ? "a"
                                                                         : "e";
        if (cast.volatility == Volatility::kStable) context += "s";
        table.Cast(source, target,
                   "pg_array_cast(" + from_number + ", " + std::to_string(table.TypeOf(target)) + ", $1)", context);
      }
    }
    for (std::string_view string : {"text", "varchar", "bpchar"}) {
      table.Cast(source, string, "pg_out(" + from_number + ", $1)", from.by_session ? "as" : "a");
      table.Cast(string, source, "pg_in(" + from_number + ", $1)", from.by_session ? "es" : "e");
    }
  }
}

}  // namespace

void AddCasts(Table& table) {
  AddScalarCasts(table);
  AddArrayCasts(table);
}

}  // namespace allod::sql
