#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

void FillPgSettings(const Catalog&, ExecContext& context, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_settings");
  for (std::string_view name : {"application_name", "bytea_output", "client_encoding", "DateStyle", "default_transaction_isolation",
                                "default_transaction_read_only", "extra_float_digits", "idle_in_transaction_session_timeout",
                                "IntervalStyle", "lc_collate", "lc_ctype", "lock_timeout", "max_identifier_length", "search_path",
                                "server_encoding", "server_version", "server_version_num", "standard_conforming_strings",
                                "statement_timeout", "TimeZone", "transaction_isolation", "transaction_read_only"}) {
    Datum argument = Datum::Text(name);
    Result<Value> value = context.Call("current_setting", {&argument, 1});
    if (!value.ok() || value->is_null()) continue;
    SystemRow(info, rows).Text("name", name).Text("setting", value->bytes()).Text("category", "Allod").Text("context", "user")
        .Text("vartype", "string").Text("source", "session").Bool("pending_restart", false);
  }
  SystemRow(info, rows).Text("name", "max_index_keys").Text("setting", "32").Text("category", "Allod").Text("context", "internal")
      .Text("vartype", "integer").Text("source", "default").Bool("pending_restart", false);
}

}  // namespace allod::catalog
