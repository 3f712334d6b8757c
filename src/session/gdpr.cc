#include "session/gdpr.h"

#include "base/format.h"

namespace allod::session {
namespace {

struct Subject {
  const catalog::Table* table;
  std::vector<const catalog::Column*> key;
};

Result<Subject> Find(const sql::Parsed& parsed, const sql::GdprStatement& statement, const catalog::Catalog& catalog) {
  int position = parsed.OriginalPosition(statement.table_location);
  const catalog::Table* table = catalog.FindTable(statement.schema, statement.table);
  if (table == nullptr) {
    return Fail(sqlstate::kUndefinedTable, "relation \"" + statement.table + "\" does not exist").At(position);
  }
  if (!table->data_subject) {
    return Fail(sqlstate::kWrongObjectType, "\"" + table->name + "\" is not a data subject table")
        .At(position)
        .Hint("GDPR GET and GDPR FORGET name a table made by CREATE DATA_SUBJECT TABLE, or set by ALTER TABLE ... SET DATA_SUBJECT.");
  }
  Subject subject{table, {}};
  for (catalog::Attnum number : table->PrimaryKey()->columns) subject.key.push_back(table->FindColumn(number));
  if (subject.key.size() != statement.key.size()) {
    std::string columns;
    for (const catalog::Column* column : subject.key) columns += (columns.empty() ? "" : ", ") + column->name;
    return Fail(sqlstate::kSyntaxError, "the primary key of \"" + table->name + "\" has " + std::to_string(subject.key.size()) +
                                            " column(s), but " + std::to_string(statement.key.size()) + " value(s) were given")
        .At(position)
        .Hint("Write the values of (" + columns + ").");
  }
  return subject;
}

planner::ResultColumn Computed(std::string name, Oid type) { return {std::move(name), Type{type}, 0, 0}; }

}  // namespace

Result<Description> DescribeOwnStatement(const sql::Parsed& parsed, const sql::Statement& statement,
                                         const Definitions& definitions, bool simple) {
  Description description;
  if (std::holds_alternative<sql::ExplainComplianceStatement>(statement.own)) {
    description.columns = {Computed("table_name", oid::kText), Computed("kind", oid::kText), Computed("path", oid::kText),
                           Computed("length", oid::kInt4), Computed("warning", oid::kText)};
  } else if (std::holds_alternative<sql::VerifyStatement>(statement.own)) {
    description.columns = {Computed("table_name", oid::kText), Computed("key", oid::kText), Computed("problem", oid::kText)};
  } else if (const auto* gdpr = std::get_if<sql::GdprStatement>(&statement.own)) {
    ALLOD_ASSIGN_OR_RETURN(Subject subject, Find(parsed, *gdpr, *definitions.catalog));
    description.parameters.resize(static_cast<size_t>(statement.parameters), Type{oid::kText});
    for (size_t i = 0; i < gdpr->key.size(); ++i) {
      int parameter = gdpr->key[i].parameter;
      if (parameter > 0) description.parameters[static_cast<size_t>(parameter - 1)] = subject.key[i]->type;
    }
    if (gdpr->kind == sql::GdprStatement::Kind::kForget) {
      description.columns = {Computed("table_name", oid::kText), Computed("erased", oid::kInt8),
                             Computed("anonymized", oid::kInt8), Computed("kept", oid::kInt8)};
    } else if (gdpr->explain) {
      description.columns = {Computed("table_name", oid::kText), Computed("rows", oid::kInt8)};
    } else if (!simple) {
      description.columns = {Computed("table_name", oid::kText), Computed("row", oid::kJsonb)};
    }
  }
  description.returns_rows = !description.columns.empty();
  return description;
}

Result<rights::SubjectKey> SubjectOf(const sql::Parsed& parsed, const sql::GdprStatement& statement,
                                     const catalog::Catalog& catalog, const Row& parameters, const FormatContext& format) {
  ALLOD_ASSIGN_OR_RETURN(Subject subject, Find(parsed, statement, catalog));
  rights::SubjectKey key{subject.table->oid, {}};
  for (size_t i = 0; i < statement.key.size(); ++i) {
    const sql::GdprStatement::KeyPart& part = statement.key[i];
    if (part.parameter > 0) {
      key.key.push_back(parameters[static_cast<size_t>(part.parameter - 1)]);
    } else {
      Result<Value> value = ParseText(subject.key[i]->type, part.text, format);
      if (!value.ok()) return std::move(std::move(value).status()).At(parsed.OriginalPosition(statement.table_location));
      key.key.push_back(*std::move(value));
    }
    if (key.key.back().is_null()) {
      return Fail(sqlstate::kNullValueNotAllowed, "the key of a data subject cannot be null");
    }
  }
  return key;
}

}  // namespace allod::session
