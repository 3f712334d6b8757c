#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

namespace {

void AddRoles(const SystemRelationInfo& info, const Catalog& catalog, std::vector<Row>* rows, bool roles) {
  for (const auto& [oid, role] : catalog.roles()) {
    SystemRow row(info, rows);
    if (roles) {
      row.Int("oid", oid).Text("rolname", role->name).Bool("rolsuper", role->superuser).Bool("rolinherit", true);
      row.Bool("rolcreaterole", role->createrole || role->superuser).Bool("rolcreatedb", role->createdb || role->superuser);
      row.Bool("rolcanlogin", role->login).Bool("rolreplication", false).Int("rolconnlimit", -1).Text("rolpassword", "********");
      row.Bool("rolbypassrls", role->superuser);
    } else if (role->login) {
      row.Text("usename", role->name).Int("usesysid", oid).Bool("usecreatedb", role->createdb || role->superuser);
      row.Bool("usesuper", role->superuser).Bool("userepl", false).Bool("usebypassrls", role->superuser).Text("passwd", "********");
    }
  }
}

}  // namespace

void FillPgRoles(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  AddRoles(*FindSystemRelation("pg_catalog", "pg_roles"), catalog, rows, true);
}

void FillPgUser(const Catalog& catalog, ExecContext&, std::vector<Row>* rows) {
  AddRoles(*FindSystemRelation("pg_catalog", "pg_user"), catalog, rows, false);
}

}  // namespace allod::catalog
