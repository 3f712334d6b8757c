// For the files of this directory: one file per relation that has rows, each with a Fill function; shapes.cc names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "catalog/catalog.h"
#include "catalog/system_relations.h"

namespace allod::catalog {

const std::vector<SystemRelationInfo>& SystemShapes();

// One row, filled by column name; what is not named is NULL.
class SystemRow {
 public:
  SystemRow(const SystemRelationInfo& info, std::vector<Row>* rows) : info_(info), row_(rows->emplace_back()) {
    row_.resize(info.columns.size());
  }
  SystemRow& Int(std::string_view column, int64_t value) { return Put(column, Value::Integer(value)); }
  SystemRow& Bool(std::string_view column, bool value) { return Put(column, Value::Bool(value)); }
  SystemRow& Real(std::string_view column, double value) { return Put(column, Value::Real(value)); }
  SystemRow& Text(std::string_view column, std::string_view value) { return Put(column, Value::Text(std::string(value))); }
  SystemRow& Char(std::string_view column, char value) { return Put(column, Value::Text(value == 0 ? "" : std::string(1, value))); }

 private:
  SystemRow& Put(std::string_view column, Value value) {
    for (size_t i = 0; i < info_.columns.size(); ++i) {
      if (info_.columns[i].name == column) row_[i] = std::move(value);
    }
    return *this;
  }
  const SystemRelationInfo& info_;
  Row& row_;
};

inline constexpr Oid kHeapAm = 2, kBtreeAm = 403, kDefaultCollation = 100, kBootstrapRole = 10, kDefaultTablespace = 1663;

// Name of the schema of an OID; "" if there is none.
std::string SchemaName(const Catalog& catalog, Oid schema);
// "{1,2}" for a smallint[] column.
std::string NumberArray(const std::vector<Attnum>& numbers);
// The index that enforces a foreign key's target, a key, or 0.
Oid IndexOfConstraint(const Catalog& catalog, const Constraint& constraint);
inline bool IsTable(const Table& table) { return table.kind == Table::Kind::kTable; }

using Fill = void(const Catalog& catalog, ExecContext& context, std::vector<Row>* rows);
Fill FillPgClass;
Fill FillPgNamespace;
Fill FillPgAttribute;
Fill FillPgType;
Fill FillPgEnum;
Fill FillPgIndex;
Fill FillPgConstraint;
Fill FillPgAttrdef;
Fill FillPgAm;
Fill FillPgDescription;
Fill FillPgRoles;
Fill FillPgUser;
Fill FillPgDatabase;
Fill FillPgCollation;
Fill FillPgProc;
Fill FillPgSequence;
Fill FillPgSequences;
Fill FillPgSettings;
Fill FillPgTables;
Fill FillPgViews;
Fill FillPgIndexes;
Fill FillPgTablespace;
Fill FillPgDepend;
Fill FillPgLanguage;
Fill FillInformationTables;
Fill FillInformationColumns;
Fill FillInformationSchemata;
Fill FillInformationTableConstraints;
Fill FillInformationKeyColumnUsage;
Fill FillInformationReferentialConstraints;
Fill FillInformationConstraintColumnUsage;
Fill FillInformationViews;
Fill FillInformationCheckConstraints;
Fill FillInformationSequences;

}  // namespace allod::catalog
