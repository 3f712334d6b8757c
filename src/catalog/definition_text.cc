#include "catalog/definition_text.h"

#include "sql/parse.h"

namespace allod::catalog {

namespace {

std::string ColumnNames(const Table& table, const std::vector<Attnum>& columns) {
  std::string text;
  for (Attnum number : columns) {
    const Column* column = table.FindColumn(number);
    text += (text.empty() ? "" : ", ") + (column == nullptr ? "?" : sql::QuoteIdentifier(column->name));
  }
  return text;
}

// Whether PostgreSQL puts brackets of its own around such an expression: around operators, not around functions.
bool IsOperation(const std::string& expression) {
  sql::Arena arena;
  Result<PgQuery__Node*> tree = sql::ParseExpression(expression, arena);
  if (!tree.ok()) return true;
  switch ((*tree)->node_case) {
    case PG_QUERY__NODE__NODE_A_EXPR:
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    case PG_QUERY__NODE__NODE_TYPE_CAST:
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return true;
    default: return false;
  }
}

std::string Bracketed(const std::string& expression, bool pretty) {
  return !pretty && IsOperation(expression) ? "(" + expression + ")" : expression;
}

std::string_view ActionText(KeyAction action) {
  switch (action) {
    case KeyAction::kNoAction: return "";
    case KeyAction::kRestrict: return "RESTRICT";
    case KeyAction::kCascade: return "CASCADE";
    case KeyAction::kSetNull: return "SET NULL";
    case KeyAction::kSetDefault: return "SET DEFAULT";
  }
  return "";
}

std::string IncludeText(const Table& table, const Index* index) {
  return index == nullptr || index->include.empty() ? "" : " INCLUDE (" + ColumnNames(table, index->include) + ")";
}

}  // namespace

std::string_view AnnotationText(Annotation annotation) {
  switch (annotation) {
    case Annotation::kNone: return "REFERENCES";
    case Annotation::kOwnedBy: return "OWNED_BY";
    case Annotation::kAccessedBy: return "ACCESSED_BY";
    case Annotation::kOwns: return "OWNS";
    case Annotation::kAccesses: return "ACCESSES";
    case Annotation::kReferencesOnly: return "REFERENCES ONLY";
  }
  return "REFERENCES";
}

std::string QualifiedName(const Catalog& catalog, Oid schema, std::string_view name) {
  const Schema* found = catalog.FindSchema(schema);
  if (schema == kPublicNamespace || found == nullptr) return sql::QuoteIdentifier(name);
  return sql::QuoteIdentifier(found->name) + "." + sql::QuoteIdentifier(name);
}

std::string ConstraintText(const Catalog& catalog, const Table& table, const Constraint& constraint,
                           const TextOptions& options) {
  switch (constraint.kind) {
    case Constraint::Kind::kCheck: return "CHECK (" + Bracketed(constraint.check_sql, options.pretty) + ")";
    case Constraint::Kind::kPrimaryKey:
    case Constraint::Kind::kUnique: {
      std::string text = constraint.kind == Constraint::Kind::kPrimaryKey ? "PRIMARY KEY" : "UNIQUE";
      if (constraint.nulls_not_distinct) text += " NULLS NOT DISTINCT";
      return text + " (" + ColumnNames(table, constraint.columns) + ")" +
             IncludeText(table, table.FindIndex(constraint.index));
    }
    case Constraint::Kind::kForeignKey: {
      const Table* target = catalog.FindTable(constraint.target);
      const Annotation shown = options.annotations ? constraint.annotation : Annotation::kNone;
      std::string text = "FOREIGN KEY (" + ColumnNames(table, constraint.columns) + ") " +
                         std::string(AnnotationText(shown)) + " " +
                         (target == nullptr ? "?" : QualifiedName(catalog, target->schema, target->name)) + "(" +
                         (target == nullptr ? "?" : ColumnNames(*target, constraint.target_columns)) + ")";
      if (constraint.on_update != KeyAction::kNoAction) text += " ON UPDATE " + std::string(ActionText(constraint.on_update));
      if (constraint.on_delete != KeyAction::kNoAction) text += " ON DELETE " + std::string(ActionText(constraint.on_delete));
      if (constraint.deferrable) text += " DEFERRABLE";
      if (constraint.initially_deferred) text += " INITIALLY DEFERRED";
      return text;
    }
  }
  return "";
}

std::string IndexColumnText(const Table& table, const Index& index, size_t column, const TextOptions& options) {
  if (column >= index.columns.size()) {
    const size_t included = column - index.columns.size();
    return included < index.include.size() ? ColumnNames(table, {index.include[included]}) : "";
  }
  const IndexColumn& part = index.columns[column];
  if (part.column != 0) return ColumnNames(table, {part.column});
  // In a list of columns an operation needs its brackets; a function call does not.
  (void)options;
  return IsOperation(part.expression_sql) ? "(" + part.expression_sql + ")" : part.expression_sql;
}

std::string IndexText(const Catalog& catalog, const Table& table, const Index& index, const TextOptions& options) {
  const Schema* schema = catalog.FindSchema(table.schema);
  const bool bare = options.pretty && table.schema == kPublicNamespace;
  std::string text = std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX " + sql::QuoteIdentifier(index.name) +
                     " ON " + (bare || schema == nullptr ? "" : sql::QuoteIdentifier(schema->name) + ".") +
                     sql::QuoteIdentifier(table.name) + " USING btree (";
  for (size_t i = 0; i < index.columns.size(); ++i) {
    const IndexColumn& part = index.columns[i];
    text += (i == 0 ? "" : ", ") + IndexColumnText(table, index, i, options);
    if (part.descending) text += " DESC";
    if (part.nulls_first != part.descending) text += part.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  text += ")" + IncludeText(table, &index);
  if (index.nulls_not_distinct) text += " NULLS NOT DISTINCT";
  if (!index.predicate_sql.empty()) text += " WHERE " + Bracketed(index.predicate_sql, options.pretty);
  return text;
}

std::string RowIdIndexText(const Catalog& catalog, const Table& table, const TextOptions& options) {
  Index index;
  index.name = table.PrimaryKey()->name;
  index.unique = true;
  index.columns.push_back({table.rowid_column});
  return IndexText(catalog, table, index, options);
}

std::string RuleText(const Catalog& catalog, const Table& table, const AnonymizationRule& rule) {
  std::string text = rule.event == AnonymizationRule::Event::kDelete ? "ON DEL " : "ON GET ";
  const Table* via = rule.via_table == 0 ? &table : catalog.FindTable(rule.via_table);
  const std::string column = via == nullptr ? "?" : ColumnNames(*via, {rule.via_column});
  text += rule.via_table == 0 ? column : (via == nullptr ? "?" : sql::QuoteIdentifier(via->name)) + "(" + column + ")";
  if (rule.action == AnonymizationRule::Action::kDeleteRow) return text + " DELETE_ROW";
  return text + " ANON (" + ColumnNames(table, rule.columns) + ")";
}

std::string TypeText(const Catalog& catalog, Type type) {
  const EnumType* found = catalog.FindEnum(type.oid);
  if (found == nullptr) return FormatType(type);
  return QualifiedName(catalog, found->schema, found->name) + (IsArray(type.oid) ? "[]" : "");
}

std::string TableText(const Catalog& catalog, const Table& table, const TextOptions& options) {
  std::vector<std::string> elements;
  for (const Column& column : table.columns) {
    std::string text = sql::QuoteIdentifier(column.name) + " " + TypeText(catalog, column.type);
    if (!column.default_sql.empty()) text += " DEFAULT " + column.default_sql;
    if (column.identity != 0) {
      text += std::string(" GENERATED ") + (column.identity == 'a' ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY";
    }
    if (column.not_null) text += " NOT NULL";
    elements.push_back(std::move(text));
  }
  for (const Constraint& constraint : table.constraints) {
    elements.push_back("CONSTRAINT " + sql::QuoteIdentifier(constraint.name) + " " +
                       ConstraintText(catalog, table, constraint, options));
  }
  if (options.annotations) {
    for (const AnonymizationRule& rule : table.rules) elements.push_back(RuleText(catalog, table, rule));
  }
  std::string text = std::string("CREATE ") + (options.annotations && table.data_subject ? "DATA_SUBJECT " : "") + "TABLE " +
                     QualifiedName(catalog, table.schema, table.name) + " (";
  for (size_t i = 0; i < elements.size(); ++i) text += (i == 0 ? "\n  " : ",\n  ") + elements[i];
  return text + "\n)" + (options.annotations && table.without_history ? " WITHOUT HISTORY" : "");
}

}  // namespace allod::catalog
