// Functions over the catalogue: what "@name" in sql/functions_catalog.cc means, but for those that are the session's.
#include <charconv>
#include <map>

#include "base/format.h"
#include "catalog/definition_text.h"
#include "catalog/pg_catalog/relations.h"
#include "catalog/system_relations.h"
#include "sql/functions.h"
#include "sql/parse.h"

namespace allod::catalog {
namespace {

struct Call {
  const Catalog& catalog;
  ExecContext& context;
  std::string_view name;
  std::span<const Datum> arguments;

  bool has(size_t i) const { return i < arguments.size() && !arguments[i].is_null(); }
  int64_t number(size_t i) const { return has(i) ? arguments[i].integer : 0; }
  std::string_view text(size_t i) const { return has(i) ? arguments[i].bytes : std::string_view(); }
};

Value TextOrNull(std::string text) { return text.empty() ? Value::Null() : Value::Text(std::move(text)); }

// "a.b", "\"A\".b" -> its parts, folded as identifiers are.
std::vector<std::string> NameParts(std::string_view text) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"') parts.back() += text[++i];
      else quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += quoted || c < 'A' || c > 'Z' ? c : static_cast<char>(c + 32);
    }
  }
  return parts;
}

bool AsNumber(std::string_view text, Oid* oid) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *oid);
  return error == std::errc() && end == text.data() + text.size();
}

// 0 if there is none.
Oid FindRelation(const Call& call, std::string_view text) {
  std::vector<std::string> parts = NameParts(text);
  std::string schema = parts.size() > 1 ? parts[parts.size() - 2] : "";
  const std::string& name = parts.back();
  if (const Table* table = call.catalog.FindTable(schema, name)) return table->oid;
  if (const Sequence* sequence = call.catalog.FindSequence(schema, name)) return sequence->oid;
  if (auto [table, index] = call.catalog.FindIndex(schema, name); index != nullptr) return index->oid;
  for (const auto& [oid, table] : call.catalog.tables()) {
    const Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->index == 0 && table->rowid_column != 0 && key->name == name) return IndexOfConstraint(call.catalog, *key);
  }
  const SystemRelationInfo* system = FindSystemRelation(schema, name);
  return system == nullptr ? 0 : system->oid;
}

std::string RelationText(const Call& call, Oid oid) {
  auto named = [&](Oid schema, const std::string& name) {
    return (schema == kPublicNamespace || schema == kPgCatalogNamespace ? "" : sql::QuoteIdentifier(SchemaName(call.catalog, schema)) + ".") +
           sql::QuoteIdentifier(name);
  };
  if (const Table* table = call.catalog.FindTable(oid)) return named(table->schema, table->name);
  if (const Sequence* sequence = call.catalog.FindSequence(oid)) return named(sequence->schema, sequence->name);
  for (const auto& [table_oid, table] : call.catalog.tables()) {
    for (const Index& index : table->indexes) {
      if (index.oid == oid) return named(table->schema, index.name);
    }
    const Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->index == 0 && table->rowid_column != 0 && IndexOfConstraint(call.catalog, *key) == oid) return named(table->schema, key->name);
  }
  for (const SystemRelationInfo* system : AllSystemRelations()) {
    if (system->oid == oid) return std::string(system->name);
  }
  return std::to_string(oid);
}

// A text or an OID that names a table.
const Table* TableArgument(const Call& call, size_t i) {
  if (!call.has(i)) return nullptr;
  if (call.arguments[i].kind == Kind::kInteger) return call.catalog.FindTable(static_cast<Oid>(call.number(i)));
  return call.catalog.FindTable(FindRelation(call, call.text(i)));
}

Result<Value> FormatTypeCall(const Call& call) {
  if (!call.has(0)) return Value::Null();
  return Value::Text(TypeText(
      call.catalog, {static_cast<Oid>(call.number(0)), call.has(1) ? static_cast<int32_t>(call.number(1)) : -1}));
}

Result<Value> IndexDefinition(const Call& call) {
  Oid oid = static_cast<Oid>(call.number(0));
  int64_t column = call.number(1);
  auto part = [&](const Table& table, const Index& index) -> Value {
    if (column < 1 || column > static_cast<int64_t>(index.columns.size())) return Value::Text("");
    const IndexColumn& wanted = index.columns[static_cast<size_t>(column - 1)];
    const Column* of_table = table.FindColumn(wanted.column);
    return Value::Text(of_table != nullptr ? sql::QuoteIdentifier(of_table->name) : wanted.expression_sql);
  };
  for (const auto& [table_oid, table] : call.catalog.tables()) {
    for (const Index& index : table->indexes) {
      if (index.oid != oid) continue;
      return column > 0 ? part(*table, index) : Value::Text(IndexText(call.catalog, *table, index));
    }
    const Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->index == 0 && table->rowid_column != 0 && IndexOfConstraint(call.catalog, *key) == oid) {
      if (column == 1) return Value::Text(sql::QuoteIdentifier(table->FindColumn(table->rowid_column)->name));
      return Value::Text(RowIdIndexText(call.catalog, *table));
    }
  }
  return Value::Null();
}

Result<Value> ConstraintDefinition(const Call& call) {
  for (const auto& [oid, table] : call.catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      // psql's \d is where people look for what owns a row: the annotation is shown as it was written.
      if (constraint.oid == call.number(0)) return Value::Text(ConstraintText(call.catalog, *table, constraint, true));
    }
  }
  return Value::Null();
}

// obj_description(oid [, catalogue]): what COMMENT ON said. An object's number is no other's, whatever the catalogue.
Result<Value> ObjectDescription(const Call& call) {
  const auto oid = static_cast<Oid>(call.number(0));
  if (const Table* table = call.catalog.FindTable(oid)) return TextOrNull(table->comment);
  if (const Sequence* sequence = call.catalog.FindSequence(oid)) return TextOrNull(sequence->comment);
  if (const Schema* schema = call.catalog.FindSchema(oid)) return TextOrNull(schema->comment);
  if (const EnumType* type = call.catalog.FindEnum(oid)) return TextOrNull(type->comment);
  for (const auto& [table_oid, table] : call.catalog.tables()) {
    for (const Index& index : table->indexes) {
      if (index.oid == oid) return TextOrNull(index.comment);
    }
    for (const Constraint& constraint : table->constraints) {
      if (constraint.oid == oid) return TextOrNull(constraint.comment);
    }
  }
  return Value::Null();
}

Result<Value> ColumnDescription(const Call& call) {
  const Table* table = call.catalog.FindTable(static_cast<Oid>(call.number(0)));
  const Column* column = table == nullptr ? nullptr : table->FindColumn(static_cast<Attnum>(call.number(1)));
  return column == nullptr ? Value::Null() : TextOrNull(column->comment);
}

Result<Value> ViewDefinition(const Call& call) {
  const Table* view = TableArgument(call, 0);
  return view == nullptr || IsTable(*view) ? Value::Null() : Value::Text(" " + view->view_sql + ";");
}

Result<Value> SerialSequence(const Call& call) {
  if (!call.has(0) || !call.has(1)) return Value::Null();
  const Table* table = call.catalog.FindTable(FindRelation(call, call.text(0)));
  if (table == nullptr) return Fail(sqlstate::kUndefinedTable, "relation \"" + std::string(call.text(0)) + "\" does not exist");
  const Column* column = table->FindColumn(call.text(1));
  if (column == nullptr) {
    return Fail(sqlstate::kUndefinedColumn, "column \"" + std::string(call.text(1)) + "\" of relation \"" + table->name + "\" does not exist");
  }
  for (const auto& [oid, sequence] : call.catalog.sequences()) {
    if (sequence->owned_table == table->oid && sequence->owned_column == column->number) {
      return Value::Text(sql::QuoteIdentifier(SchemaName(call.catalog, sequence->schema)) + "." + sql::QuoteIdentifier(sequence->name));
    }
  }
  return Value::Null();
}

Result<Value> UserById(const Call& call) {
  auto it = call.catalog.roles().find(static_cast<Oid>(call.number(0)));
  return Value::Text(it == call.catalog.roles().end() ? "unknown (OID=" + std::to_string(call.number(0)) + ")" : it->second->name);
}

Result<Value> TableIsVisible(const Call& call) {
  Oid oid = static_cast<Oid>(call.number(0));
  const Table* table = call.catalog.FindTable(oid);
  if (table != nullptr) return Value::Bool(call.catalog.FindTable("", table->name) == table);
  const Sequence* sequence = call.catalog.FindSequence(oid);
  if (sequence != nullptr) return Value::Bool(call.catalog.FindSequence("", sequence->name) == sequence);
  for (const SystemRelationInfo* system : AllSystemRelations()) {
    if (system->oid == oid) return Value::Bool(system->schema == "pg_catalog");
  }
  return Value::Bool(true);
}

// --- reg* types: text -> OID (in), OID -> text (out), and to_reg* (NULL instead of an error).

Result<Value> RegIn(const Call& call, std::string_view what, bool or_null) {
  if (!call.has(0)) return Value::Null();
  std::string text(call.text(0));
  Oid oid = 0;
  if (text == "-") return Value::Integer(0);
  if (AsNumber(text, &oid)) return Value::Integer(oid);
  if (what == "regclass") oid = FindRelation(call, text);
  if (what == "regtype") {
    bool array = text.ends_with("[]");
    std::string_view base(text.data(), array ? text.size() - 2 : text.size());
    if (base.starts_with("pg_catalog.")) base.remove_prefix(11);
    const TypeInfo* type = FindTypeByName(NameParts(base).back());
    if (type == nullptr) type = FindTypeByName(base);
    if (type == nullptr) {
      const std::vector<std::string> parts = NameParts(base);
      const EnumType* found = call.catalog.FindEnum(parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back());
      if (found != nullptr) type = FindType(found->oid);
    }
    oid = type == nullptr ? 0 : array ? type->array : type->oid;
  }
  if (what == "regnamespace") {
    std::string name = NameParts(text).back();
    const Schema* schema = call.catalog.FindSchema(name);
    oid = schema != nullptr ? schema->oid : name == "pg_catalog" ? kPgCatalogNamespace : name == "information_schema" ? kInformationSchemaNamespace : 0;
  }
  if (what == "regrole") {
    const Role* role = call.catalog.FindRole(NameParts(text).back());
    oid = role == nullptr ? 0 : role->oid;
  }
  if (what == "regproc") {
    Oid number = 10000;
    std::string name = NameParts(text).back();
    for (const sql::Overload& overload : sql::AllOverloads()) {
      ++number;
      if (overload.name == name && overload.kind != sql::FunctionKind::kOperator && overload.kind != sql::FunctionKind::kPrefixOperator) {
        oid = number;
        break;
      }
    }
  }
  if (oid != 0) return Value::Integer(oid);
  if (or_null) return Value::Null();
  if (what == "regclass") return Fail(sqlstate::kUndefinedTable, "relation \"" + text + "\" does not exist");
  if (what == "regtype") return Fail(sqlstate::kUndefinedObject, "type \"" + text + "\" does not exist");
  if (what == "regnamespace") return Fail(sqlstate::kInvalidSchemaName, "schema \"" + text + "\" does not exist");
  if (what == "regrole") return Fail(sqlstate::kUndefinedObject, "role \"" + text + "\" does not exist");
  return Fail(sqlstate::kUndefinedFunction, "function \"" + text + "\" does not exist");
}

Result<Value> RegOut(const Call& call, std::string_view what) {
  if (!call.has(0)) return Value::Null();
  Oid oid = static_cast<Oid>(call.number(0));
  if (oid == 0) return Value::Text("-");
  if (what == "regclass") return Value::Text(RelationText(call, oid));
  if (what == "regtype")
    return Value::Text(FindType(oid) == nullptr ? std::to_string(oid) : TypeText(call.catalog, {oid, -1}));
  if (what == "regnamespace") {
    std::string name = SchemaName(call.catalog, oid);
    return Value::Text(name.empty() ? std::to_string(oid) : sql::QuoteIdentifier(name));
  }
  if (what == "regrole") {
    auto it = call.catalog.roles().find(oid);
    return Value::Text(it == call.catalog.roles().end() ? std::to_string(oid) : sql::QuoteIdentifier(it->second->name));
  }
  size_t index = oid - 10001;
  std::span<const sql::Overload> all = sql::AllOverloads();
  if (oid == 750) return Value::Text("array_in");
  return Value::Text(index < all.size() ? std::string(all[index].name) : std::to_string(oid));
}

// The type's OID, and for enum_range the two ends, which may be null.
Result<Value> EnumEnd(const Call& call, bool last) {
  const EnumType* type = call.catalog.FindEnum(static_cast<Oid>(call.number(0)));
  if (type == nullptr || type->labels.empty()) return Value::Null();
  return Value::Integer(last ? type->labels.back().position : type->labels.front().position);
}

Result<Value> EnumRange(const Call& call) {
  const EnumType* type = call.catalog.FindEnum(static_cast<Oid>(call.number(0)));
  if (type == nullptr) return Value::Null();
  Row positions;
  for (const EnumLabel& label : type->labels) {
    if (call.has(1) && label.position < call.number(1)) continue;
    if (call.has(2) && label.position > call.number(2)) continue;
    positions.push_back(Value::Integer(label.position));
  }
  return Value::Text(ArrayLiteral(type->oid, positions));
}

Result<Value> AlwaysTrue(const Call&) { return Value::Bool(true); }
Result<Value> AlwaysFalse(const Call&) { return Value::Bool(false); }
Result<Value> AlwaysNull(const Call&) { return Value::Null(); }
Result<Value> AlwaysZero(const Call&) { return Value::Integer(0); }

using Body = Result<Value> (*)(const Call&);

const std::map<std::string_view, Body>& Bodies() {
  static const std::map<std::string_view, Body> bodies = {
      {"format_type", FormatTypeCall},
      {"enum_first", [](const Call& c) { return EnumEnd(c, false); }},
      {"enum_last", [](const Call& c) { return EnumEnd(c, true); }},
      {"enum_range", EnumRange},
      {"pg_get_indexdef", IndexDefinition},
      {"pg_get_constraintdef", ConstraintDefinition},
      {"pg_get_viewdef", ViewDefinition},
      {"pg_get_serial_sequence", SerialSequence},
      {"pg_get_userbyid", UserById},
      // Expressions are stored as text, so this is the text.
      {"pg_get_expr",
       [](const Call& c) -> Result<Value> { return c.has(0) ? Value::Text(std::string(c.text(0))) : Value::Null(); }},
      {"pg_table_is_visible", TableIsVisible},
      {"pg_type_is_visible", AlwaysTrue},
      {"pg_function_is_visible", AlwaysTrue},
      {"pg_operator_is_visible", AlwaysTrue},
      {"pg_opclass_is_visible", AlwaysTrue},
      {"pg_collation_is_visible", AlwaysTrue},
      {"pg_conversion_is_visible", AlwaysTrue},
      {"pg_statistics_obj_is_visible", AlwaysTrue},
      {"pg_ts_config_is_visible", AlwaysTrue},
      {"pg_relation_is_publishable", AlwaysFalse},
      {"pg_is_in_recovery", AlwaysFalse},
      {"pg_cancel_backend", AlwaysFalse},
      // There is one role, and it may do everything.
      {"has_table_privilege", AlwaysTrue},
      {"has_schema_privilege", AlwaysTrue},
      {"has_database_privilege", AlwaysTrue},
      {"has_sequence_privilege", AlwaysTrue},
      {"has_function_privilege", AlwaysTrue},
      {"has_type_privilege", AlwaysTrue},
      {"has_column_privilege", AlwaysTrue},
      {"has_any_column_privilege", AlwaysTrue},
      {"pg_has_role", AlwaysTrue},
      // Triggers, rules, statistics objects, partitions and user's functions do not exist here.
      {"pg_get_triggerdef", AlwaysNull},
      {"pg_get_ruledef", AlwaysNull},
      {"pg_get_functiondef", AlwaysNull},
      {"pg_get_function_result", AlwaysNull},
      {"pg_get_function_arguments", AlwaysNull},
      {"pg_get_function_identity_arguments", AlwaysNull},
      {"pg_get_partkeydef", AlwaysNull},
      {"pg_get_statisticsobjdef_columns", AlwaysNull},
      {"pg_tablespace_location", AlwaysNull},
      {"shobj_description", AlwaysNull},
      {"obj_description", ObjectDescription},
      {"col_description", ColumnDescription},
      // The embedded engine keeps all tables in one file and does not count pages per table.
      {"pg_relation_size", AlwaysZero},
      {"pg_table_size", AlwaysZero},
      {"pg_indexes_size", AlwaysZero},
      {"pg_total_relation_size", AlwaysZero},
      {"pg_database_size", AlwaysZero},
      {"pg_client_encoding", [](const Call&) -> Result<Value> { return Value::Text("UTF8"); }},
      {"getdatabaseencoding", [](const Call&) -> Result<Value> { return Value::Text("UTF8"); }},
      {"pg_encoding_to_char",
       [](const Call& c) -> Result<Value> { return Value::Text(c.number(0) == 6 ? "UTF8" : ""); }},
      {"pg_char_to_encoding",
       [](const Call& c) -> Result<Value> {
         return Value::Integer(c.text(0) == "UTF8" || c.text(0) == "utf8" ? 6 : -1);
       }},
      {"to_regclass", [](const Call& c) { return RegIn(c, "regclass", true); }},
      {"to_regtype", [](const Call& c) { return RegIn(c, "regtype", true); }},
      {"to_regnamespace", [](const Call& c) { return RegIn(c, "regnamespace", true); }},
      {"to_regrole", [](const Call& c) { return RegIn(c, "regrole", true); }},
      {"to_regproc", [](const Call& c) { return RegIn(c, "regproc", true); }},
      {"regclass_in", [](const Call& c) { return RegIn(c, "regclass", false); }},
      {"regtype_in", [](const Call& c) { return RegIn(c, "regtype", false); }},
      {"regnamespace_in", [](const Call& c) { return RegIn(c, "regnamespace", false); }},
      {"regrole_in", [](const Call& c) { return RegIn(c, "regrole", false); }},
      {"regproc_in", [](const Call& c) { return RegIn(c, "regproc", false); }},
      {"regclass_out", [](const Call& c) { return RegOut(c, "regclass"); }},
      {"regtype_out", [](const Call& c) { return RegOut(c, "regtype"); }},
      {"regnamespace_out", [](const Call& c) { return RegOut(c, "regnamespace"); }},
      {"regrole_out", [](const Call& c) { return RegOut(c, "regrole"); }},
      {"regproc_out", [](const Call& c) { return RegOut(c, "regproc"); }},
  };
  return bodies;
}

}  // namespace

Result<Value> CallCatalogFunction(const Catalog& catalog, ExecContext& context, std::string_view name, std::span<const Datum> arguments) {
  auto it = Bodies().find(name);
  if (it == Bodies().end()) return Unsupported("function " + std::string(name) + "() is not supported on the embedded engine");
  return it->second(Call{catalog, context, name, arguments});
}

}  // namespace allod::catalog
