#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

namespace {

int64_t Checks(const Table& table) {
  int64_t count = 0;
  for (const Constraint& constraint : table.constraints) count += constraint.kind == Constraint::Kind::kCheck;
  return count;
}

bool HasForeignKeys(const Catalog& catalog, const Table& table) {
  for (const auto& [oid, other] : catalog.tables()) {
    for (const Constraint& constraint : other->constraints) {
      if (constraint.kind == Constraint::Kind::kForeignKey && (constraint.target == table.oid || oid == table.oid)) return true;
    }
  }
  return false;
}

SystemRow Relation(const SystemRelationInfo& info, std::vector<Row>* rows, Oid oid, std::string_view name, Oid schema, char kind) {
  SystemRow row(info, rows);
  row.Int("oid", oid).Text("relname", name).Int("relnamespace", schema).Char("relkind", kind).Int("reltype", 0).Int("reloftype", 0);
  row.Int("relowner", kBootstrapRole).Int("relfilenode", oid).Int("reltablespace", 0).Int("relpages", 0).Real("reltuples", -1);
  row.Int("relallvisible", 0).Int("reltoastrelid", 0).Bool("relhasindex", false).Bool("relisshared", false).Char("relpersistence", 'p');
  row.Int("relnatts", 0).Int("relchecks", 0).Bool("relhasrules", false).Bool("relhastriggers", false).Bool("relhassubclass", false);
  row.Bool("relrowsecurity", false).Bool("relforcerowsecurity", false).Bool("relispopulated", true).Char("relreplident", 'd');
  row.Bool("relispartition", false).Int("relrewrite", 0).Int("relfrozenxid", 0).Int("relminmxid", 0);
  row.Int("relam", kind == 'r' ? kHeapAm : kind == 'i' ? kBtreeAm : 0);
  return row;
}

}  // namespace

void FillPgClass(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_class");
  for (const auto& [oid, table] : catalog.tables()) {
    Relation(info, rows, oid, table->name, table->schema, static_cast<char>(table->kind))
        .Int("relnatts", static_cast<int64_t>(table->columns.size()))
        .Int("relchecks", Checks(*table))
        .Bool("relhasindex", !table->indexes.empty() || table->PrimaryKey() != nullptr)
        .Bool("relhasrules", !IsTable(*table))
        .Bool("relhastriggers", HasForeignKeys(catalog, *table));
    for (const Index& index : table->indexes) {
      if (index.for_key) continue;
      Relation(info, rows, index.oid, index.name, table->schema, 'i').Int("relnatts", static_cast<int64_t>(index.columns.size()));
    }
    // A key that is the engine's row id has no index of its own, but clients look for one.
    const Constraint* key = table->PrimaryKey();
    if (key != nullptr && key->index == 0 && table->rowid_column != 0) {
      Relation(info, rows, IndexOfConstraint(catalog, *key), key->name, table->schema, 'i').Int("relnatts", 1);
    }
  }
  for (const auto& [oid, sequence] : catalog.sequences()) {
    Relation(info, rows, oid, sequence->name, sequence->schema, 'S').Int("relnatts", 3);
  }
  for (const SystemRelationInfo* system : AllSystemRelations()) {
    bool standard = system->schema == "information_schema";
    Relation(info, rows, system->oid, system->name, standard ? kInformationSchemaNamespace : kPgCatalogNamespace, standard ? 'v' : 'r')
        .Int("relnatts", static_cast<int64_t>(system->columns.size()));
  }
}

}  // namespace allod::catalog
