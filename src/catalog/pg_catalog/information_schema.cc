#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

// information_schema: SQL-92's views of the catalogue, with PostgreSQL's columns.
namespace {

const SystemRelationInfo& Info(std::string_view name) { return *FindSystemRelation("information_schema", name); }

// Calls `each(row, table, constraint, i)` for every column of every key.
template <typename Each>
void ForKeyColumns(const Catalog& catalog, Each each) {
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      for (size_t i = 0; i < constraint.columns.size(); ++i) each(*table, constraint, i);
    }
  }
}

std::string_view RuleText(KeyAction action) {
  switch (action) {
    case KeyAction::kNoAction: return "NO ACTION";
    case KeyAction::kRestrict: return "RESTRICT";
    case KeyAction::kCascade: return "CASCADE";
    case KeyAction::kSetNull: return "SET NULL";
    case KeyAction::kSetDefault: return "SET DEFAULT";
  }
  return "";
}

std::string_view ColumnName(const Table& table, Attnum number) {
  const Column* column = table.FindColumn(number);
  return column == nullptr ? std::string_view("?") : std::string_view(column->name);
}

}  // namespace

void FillInformationTables(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    SystemRow(Info("tables"), rows).Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, table->schema))
        .Text("table_name", table->name).Text("table_type", IsTable(*table) ? "BASE TABLE" : "VIEW")
        .Text("is_insertable_into", IsTable(*table) ? "YES" : "NO").Text("is_typed", "NO");
  }
}

void FillInformationColumns(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    int64_t position = 0;
    for (const Column& column : table->columns) {
      ++position;
      const TypeInfo* type = FindType(column.type.oid);
      SystemRow row(Info("columns"), rows);
      row.Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, table->schema)).Text("table_name", table->name);
      row.Text("column_name", column.name).Int("ordinal_position", column.number).Text("is_nullable", column.not_null ? "NO" : "YES");
      if (!column.default_sql.empty() && column.identity == 0) row.Text("column_default", column.default_sql);
      bool array = IsArray(column.type.oid);
      const EnumType* of_user = catalog.FindEnum(column.type.oid);
      row.Text("data_type", array                ? "ARRAY"
                            : of_user != nullptr ? "USER-DEFINED"
                                                 : std::string(type == nullptr ? "?" : type->sql_name));
      row.Text("udt_catalog", context.database);
      if (of_user != nullptr)
        row.Text("udt_schema", SchemaName(catalog, of_user->schema))
            .Text("udt_name", (array ? "_" : "") + of_user->name);
      else row.Text("udt_schema", "pg_catalog").Text("udt_name", type == nullptr ? "?" : type->name);
      row.Text("dtd_identifier", std::to_string(position)).Text("is_self_referencing", "NO").Text("is_generated", "NEVER");
      row.Text("is_identity", column.identity != 0 ? "YES" : "NO").Text("identity_cycle", "NO").Text("is_updatable", IsTable(*table) ? "YES" : "NO");
      if (column.identity != 0) row.Text("identity_generation", column.identity == 'a' ? "ALWAYS" : "BY DEFAULT");
      Oid t = column.type.oid;
      if ((t == oid::kVarchar || t == oid::kBpchar) && column.type.typmod >= 4) {
        row.Int("character_maximum_length", column.type.typmod - 4).Int("character_octet_length", (column.type.typmod - 4) * int64_t{4});
      } else if (t == oid::kText || t == oid::kVarchar || t == oid::kBpchar) {
        row.Int("character_octet_length", 1 << 30);
      } else if (t == oid::kInt2 || t == oid::kInt4 || t == oid::kInt8) {
        row.Int("numeric_precision", t == oid::kInt2 ? 16 : t == oid::kInt4 ? 32 : 64).Int("numeric_precision_radix", 2).Int("numeric_scale", 0);
      } else if (t == oid::kFloat4 || t == oid::kFloat8) {
        row.Int("numeric_precision", t == oid::kFloat4 ? 24 : 53).Int("numeric_precision_radix", 2);
      } else if (t == oid::kNumeric) {
        row.Int("numeric_precision_radix", 10);
        if (column.type.typmod >= 4) {
          row.Int("numeric_precision", (column.type.typmod - 4) >> 16).Int("numeric_scale", (column.type.typmod - 4) & 0x7ff);
        }
      } else if (t == oid::kTimestamp || t == oid::kTimestamptz || t == oid::kTime || t == oid::kInterval || t == oid::kDate) {
        row.Int("datetime_precision", t == oid::kDate ? 0 : column.type.typmod >= 0 ? column.type.typmod & 0xffff : 6);
      }
    }
  }
}

void FillInformationSchemata(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  auto add = [&](std::string_view name) {
    SystemRow(Info("schemata"), rows).Text("catalog_name", context.database).Text("schema_name", name).Text("schema_owner", "allod");
  };
  add("pg_catalog");
  add("information_schema");
  for (const auto& [oid, schema] : catalog.schemas()) add(schema->name);
}

void FillInformationTableConstraints(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      std::string_view type = constraint.kind == Constraint::Kind::kPrimaryKey  ? "PRIMARY KEY"
                              : constraint.kind == Constraint::Kind::kUnique    ? "UNIQUE"
                              : constraint.kind == Constraint::Kind::kForeignKey ? "FOREIGN KEY"
                                                                                 : "CHECK";
      SystemRow(Info("table_constraints"), rows).Text("constraint_catalog", context.database)
          .Text("constraint_schema", SchemaName(catalog, table->schema)).Text("constraint_name", constraint.name)
          .Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, table->schema)).Text("table_name", table->name)
          .Text("constraint_type", type).Text("is_deferrable", constraint.deferrable ? "YES" : "NO")
          .Text("initially_deferred", constraint.initially_deferred ? "YES" : "NO").Text("enforced", "YES");
    }
  }
}

void FillInformationKeyColumnUsage(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  ForKeyColumns(catalog, [&](const Table& table, const Constraint& constraint, size_t i) {
    if (constraint.kind == Constraint::Kind::kCheck) return;
    SystemRow row(Info("key_column_usage"), rows);
    row.Text("constraint_catalog", context.database).Text("constraint_schema", SchemaName(catalog, table.schema));
    row.Text("constraint_name", constraint.name).Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, table.schema));
    row.Text("table_name", table.name).Text("column_name", ColumnName(table, constraint.columns[i])).Int("ordinal_position", static_cast<int64_t>(i) + 1);
    if (constraint.kind == Constraint::Kind::kForeignKey) row.Int("position_in_unique_constraint", static_cast<int64_t>(i) + 1);
  });
}

void FillInformationReferentialConstraints(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind != Constraint::Kind::kForeignKey) continue;
      SystemRow row(Info("referential_constraints"), rows);
      row.Text("constraint_catalog", context.database).Text("constraint_schema", SchemaName(catalog, table->schema));
      row.Text("constraint_name", constraint.name).Text("match_option", "NONE").Text("update_rule", RuleText(constraint.on_update));
      row.Text("delete_rule", RuleText(constraint.on_delete));
      const Table* target = catalog.FindTable(constraint.target);
      if (target == nullptr) continue;
      for (const Constraint& key : target->constraints) {
        if ((key.kind == Constraint::Kind::kPrimaryKey || key.kind == Constraint::Kind::kUnique) && key.columns == constraint.target_columns) {
          row.Text("unique_constraint_catalog", context.database).Text("unique_constraint_schema", SchemaName(catalog, target->schema));
          row.Text("unique_constraint_name", key.name);
        }
      }
    }
  }
}

void FillInformationConstraintColumnUsage(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  ForKeyColumns(catalog, [&](const Table& table, const Constraint& constraint, size_t i) {
    bool foreign = constraint.kind == Constraint::Kind::kForeignKey;
    const Table* of = foreign ? catalog.FindTable(constraint.target) : &table;
    if (of == nullptr) return;
    Attnum column = foreign ? constraint.target_columns[i] : constraint.columns[i];
    SystemRow(Info("constraint_column_usage"), rows).Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, of->schema))
        .Text("table_name", of->name).Text("column_name", ColumnName(*of, column)).Text("constraint_catalog", context.database)
        .Text("constraint_schema", SchemaName(catalog, table.schema)).Text("constraint_name", constraint.name);
  });
}

void FillInformationViews(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    if (IsTable(*table)) continue;
    SystemRow(Info("views"), rows).Text("table_catalog", context.database).Text("table_schema", SchemaName(catalog, table->schema))
        .Text("table_name", table->name).Text("view_definition", table->view_sql + ";").Text("check_option", "NONE").Text("is_updatable", "NO")
        .Text("is_insertable_into", "NO").Text("is_trigger_updatable", "NO").Text("is_trigger_deletable", "NO").Text("is_trigger_insertable_into", "NO");
  }
}

void FillInformationCheckConstraints(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, table] : catalog.tables()) {
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind != Constraint::Kind::kCheck) continue;
      SystemRow(Info("check_constraints"), rows).Text("constraint_catalog", context.database)
          .Text("constraint_schema", SchemaName(catalog, table->schema)).Text("constraint_name", constraint.name)
          .Text("check_clause", "(" + constraint.check_sql + ")");
    }
  }
}

void FillInformationSequences(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows) {
  for (const auto& [oid, sequence] : catalog.sequences()) {
    SystemRow(Info("sequences"), rows).Text("sequence_catalog", context.database).Text("sequence_schema", SchemaName(catalog, sequence->schema))
        .Text("sequence_name", sequence->name).Text("data_type", FormatType(sequence->type))
        .Int("numeric_precision", sequence->type.oid == oid::kInt8 ? 64 : sequence->type.oid == oid::kInt4 ? 32 : 16)
        .Int("numeric_precision_radix", 2).Int("numeric_scale", 0).Text("start_value", std::to_string(sequence->start))
        .Text("minimum_value", std::to_string(sequence->min)).Text("maximum_value", std::to_string(sequence->max))
        .Text("increment", std::to_string(sequence->increment)).Text("cycle_option", sequence->cycle ? "YES" : "NO");
  }
}

}  // namespace allod::catalog
