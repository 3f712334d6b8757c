#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

namespace {

void AddIndex(const SystemRelationInfo& info, std::vector<Row>* rows, const Table& table, Oid oid, bool unique, bool primary,
              const Index* index) {
  std::string keys, collations, classes, options;
  size_t count = 0;
  auto add = [&](const IndexColumn& column) {
    std::string space = count++ == 0 ? "" : " ";
    keys += space + std::to_string(column.column);
    const Column* of_table = table.FindColumn(column.column);
    collations += space + (of_table != nullptr && IsStringType(of_table->type.oid) ? std::to_string(kDefaultCollation) : "0");
    classes += space + "0";
    options += space + std::to_string((column.descending ? 1 : 0) | (column.nulls_first ? 2 : 0));
  };
  if (index == nullptr) {
    add({table.rowid_column, "", false, false});
  } else {
    for (const IndexColumn& column : index->columns) add(column);
  }
  SystemRow row(info, rows);
  row.Int("indexrelid", oid).Int("indrelid", table.oid).Int("indnatts", static_cast<int64_t>(count)).Int("indnkeyatts", static_cast<int64_t>(count));
  row.Bool("indisunique", unique).Bool("indnullsnotdistinct", index != nullptr && index->nulls_not_distinct).Bool("indisprimary", primary);
  row.Bool("indisexclusion", false).Bool("indimmediate", true).Bool("indisclustered", false).Bool("indisvalid", true);
  row.Bool("indcheckxmin", false).Bool("indisready", true).Bool("indislive", true).Bool("indisreplident", false);
  row.Text("indkey", keys).Text("indcollation", collations).Text("indclass", classes).Text("indoption", options);
  if (index != nullptr) {
    for (const IndexColumn& column : index->columns) {
      if (column.column == 0) row.Text("indexprs", column.expression_sql);
    }
    if (!index->predicate_sql.empty()) row.Text("indpred", index->predicate_sql);
  }
}

}  // namespace

void FillPgIndex(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_index");
  for (const auto& [oid, table] : catalog.tables()) {
    const Constraint* key = table->PrimaryKey();
    for (const Index& index : table->indexes) {
      if (!index.for_key) AddIndex(info, rows, *table, index.oid, index.unique, key != nullptr && key->index == index.oid, &index);
    }
    if (key != nullptr && key->index == 0 && table->rowid_column != 0) AddIndex(info, rows, *table, IndexOfConstraint(catalog, *key), true, true, nullptr);
  }
}

}  // namespace allod::catalog
