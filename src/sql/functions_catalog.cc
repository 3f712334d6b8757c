// The catalogue, the session, sequences. "@name" asks the session (base/exec_context.h).
#include "sql/functions_table.h"

namespace allod::sql {
namespace {

constexpr Line kFunctions[] = {
    // sequences
    {"nextval(regclass)int8", "pg_nextval", "vw"},
    {"currval(regclass)int8", "pg_currval", "v"},
    {"lastval()int8", "pg_lastval", "v"},
    {"setval(regclass,int8)int8", "pg_setval", "vw"},
    {"setval(regclass,int8,bool)int8", "pg_setval", "vw"},
    // session
    {"version()text", "@version", "s"},
    {"current_database()name", "@current_database", "s"},
    {"current_catalog()name", "@current_database", "s"},
    {"current_schema()name", "@current_schema", "sn"},
    {"current_schemas(bool)_name", "@current_schemas", "s"},
    {"current_setting(text)text", "@current_setting", "s"},
    {"current_setting(text,bool)text", "@current_setting", "sn"},
    {"set_config(text,text,bool)text", "@set_config", "vn"},
    {"pg_backend_pid()int4", "@pg_backend_pid", "s"},
    {"pg_sleep(float8)void", "pg_sleep", "v"},
    {"pg_postmaster_start_time()timestamptz", "pg_start_time", "s"},
    {"pg_conf_load_time()timestamptz", "pg_start_time", "s"},
    {"pg_is_in_recovery()bool", "@pg_is_in_recovery", "v"},
    {"txid_current()int8", "@txid_current", "s"},
    {"pg_client_encoding()name", "@pg_client_encoding", "s"},
    {"getdatabaseencoding()name", "@getdatabaseencoding", "s"},
    {"pg_encoding_to_char(int4)name", "@pg_encoding_to_char", "s"},
    {"pg_char_to_encoding(name)int4", "@pg_char_to_encoding", "s"},
    {"pg_cancel_backend(int4)bool", "@pg_cancel_backend", "v"},
    {"pg_notify(text,text)void", "@pg_notify", "vn"},
    {"pg_notification_queue_usage()float8", "@pg_notification_queue_usage", "v"},
    // advisory locks: one bigint, or two int4
    {"pg_advisory_lock(int8)void", "@pg_advisory_lock", "v"},
    {"pg_advisory_lock(int4,int4)void", "@pg_advisory_lock", "v"},
    {"pg_advisory_lock_shared(int8)void", "@pg_advisory_lock_shared", "v"},
    {"pg_advisory_lock_shared(int4,int4)void", "@pg_advisory_lock_shared", "v"},
    {"pg_advisory_xact_lock(int8)void", "@pg_advisory_xact_lock", "v"},
    {"pg_advisory_xact_lock(int4,int4)void", "@pg_advisory_xact_lock", "v"},
    {"pg_advisory_xact_lock_shared(int8)void", "@pg_advisory_xact_lock_shared", "v"},
    {"pg_advisory_xact_lock_shared(int4,int4)void", "@pg_advisory_xact_lock_shared", "v"},
    {"pg_try_advisory_lock(int8)bool", "@pg_try_advisory_lock", "v"},
    {"pg_try_advisory_lock(int4,int4)bool", "@pg_try_advisory_lock", "v"},
    {"pg_try_advisory_lock_shared(int8)bool", "@pg_try_advisory_lock_shared", "v"},
    {"pg_try_advisory_lock_shared(int4,int4)bool", "@pg_try_advisory_lock_shared", "v"},
    {"pg_try_advisory_xact_lock(int8)bool", "@pg_try_advisory_xact_lock", "v"},
    {"pg_try_advisory_xact_lock(int4,int4)bool", "@pg_try_advisory_xact_lock", "v"},
    {"pg_try_advisory_xact_lock_shared(int8)bool", "@pg_try_advisory_xact_lock_shared", "v"},
    {"pg_try_advisory_xact_lock_shared(int4,int4)bool", "@pg_try_advisory_xact_lock_shared", "v"},
    {"pg_advisory_unlock(int8)bool", "@pg_advisory_unlock", "v"},
    {"pg_advisory_unlock(int4,int4)bool", "@pg_advisory_unlock", "v"},
    {"pg_advisory_unlock_shared(int8)bool", "@pg_advisory_unlock_shared", "v"},
    {"pg_advisory_unlock_shared(int4,int4)bool", "@pg_advisory_unlock_shared", "v"},
    {"pg_advisory_unlock_all()void", "@pg_advisory_unlock_all", "v"},
    // catalogue
    {"enum_first(anyenum)anyenum", "allod_call('enum_first', $t1)", "sn"},
    {"enum_last(anyenum)anyenum", "allod_call('enum_last', $t1)", "sn"},
    {"enum_range(anyenum)anyarray", "allod_call('enum_range', $t1)", "sn"},
    {"enum_range(anyenum,anyenum)anyarray", "allod_call('enum_range', $t1, $1, $2)", "sn"},
    {"format_type(oid,int4)text", "@format_type", "sn"},
    {"pg_get_indexdef(oid)text", "@pg_get_indexdef", "s"},
    {"pg_get_indexdef(oid,int4,bool)text", "@pg_get_indexdef", "s"},
    {"pg_get_constraintdef(oid)text", "@pg_get_constraintdef", "s"},
    {"pg_get_constraintdef(oid,bool)text", "@pg_get_constraintdef", "s"},
    {"pg_get_expr(pg_node_tree,oid)text", "@pg_get_expr", "s"},
    {"pg_get_expr(pg_node_tree,oid,bool)text", "@pg_get_expr", "s"},
    {"pg_get_expr(text,oid)text", "@pg_get_expr", "s"},
    {"pg_get_expr(text,oid,bool)text", "@pg_get_expr", "s"},
    {"pg_get_userbyid(oid)name", "@pg_get_userbyid", "s"},
    {"pg_get_serial_sequence(text,text)text", "@pg_get_serial_sequence", "s"},
    {"pg_get_viewdef(oid)text", "@pg_get_viewdef", "s"},
    {"pg_get_viewdef(oid,bool)text", "@pg_get_viewdef", "s"},
    {"pg_get_viewdef(oid,int4)text", "@pg_get_viewdef", "s"},
    {"pg_get_viewdef(text)text", "@pg_get_viewdef", "s"},
    {"pg_get_functiondef(oid)text", "@pg_get_functiondef", "s"},
    {"pg_get_function_result(oid)text", "@pg_get_function_result", "s"},
    {"pg_get_function_arguments(oid)text", "@pg_get_function_arguments", "s"},
    {"pg_get_function_identity_arguments(oid)text", "@pg_get_function_identity_arguments", "s"},
    {"pg_get_ruledef(oid)text", "@pg_get_ruledef", "s"},
    {"pg_get_ruledef(oid,bool)text", "@pg_get_ruledef", "s"},
    {"pg_get_triggerdef(oid)text", "@pg_get_triggerdef", "s"},
    {"pg_get_triggerdef(oid,bool)text", "@pg_get_triggerdef", "s"},
    {"pg_get_partkeydef(oid)text", "@pg_get_partkeydef", "s"},
    {"pg_get_statisticsobjdef_columns(oid)text", "@pg_get_statisticsobjdef_columns", "s"},
    {"pg_relation_is_publishable(regclass)bool", "@pg_relation_is_publishable", "s"},
    {"pg_table_is_visible(oid)bool", "@pg_table_is_visible", "s"},
    {"pg_type_is_visible(oid)bool", "@pg_type_is_visible", "s"},
    {"pg_function_is_visible(oid)bool", "@pg_function_is_visible", "s"},
    {"pg_operator_is_visible(oid)bool", "@pg_operator_is_visible", "s"},
    {"pg_opclass_is_visible(oid)bool", "@pg_opclass_is_visible", "s"},
    {"pg_collation_is_visible(oid)bool", "@pg_collation_is_visible", "s"},
    {"pg_conversion_is_visible(oid)bool", "@pg_conversion_is_visible", "s"},
    {"pg_statistics_obj_is_visible(oid)bool", "@pg_statistics_obj_is_visible", "s"},
    {"pg_ts_config_is_visible(oid)bool", "@pg_ts_config_is_visible", "s"},
    {"obj_description(oid)text", "@obj_description", "s"},
    {"obj_description(oid,name)text", "@obj_description", "s"},
    {"col_description(oid,int4)text", "@col_description", "s"},
    {"shobj_description(oid,name)text", "@shobj_description", "s"},
    {"to_regclass(text)regclass", "@to_regclass", "s"},
    {"to_regtype(text)regtype", "@to_regtype", "s"},
    {"to_regnamespace(text)regnamespace", "@to_regnamespace", "s"},
    {"to_regrole(text)regrole", "@to_regrole", "s"},
    {"to_regproc(text)regproc", "@to_regproc", "s"},
    // sizes
    {"pg_relation_size(regclass)int8", "@pg_relation_size", "v"},
    {"pg_relation_size(regclass,text)int8", "@pg_relation_size", "v"},
    {"pg_table_size(regclass)int8", "@pg_table_size", "v"},
    {"pg_indexes_size(regclass)int8", "@pg_indexes_size", "v"},
    {"pg_total_relation_size(regclass)int8", "@pg_total_relation_size", "v"},
    {"pg_database_size(name)int8", "@pg_database_size", "v"},
    {"pg_database_size(oid)int8", "@pg_database_size", "v"},
    {"pg_tablespace_location(oid)text", "@pg_tablespace_location", "s"},
    {"pg_size_pretty(int8)text", "pg_size_pretty"},
    {"pg_size_pretty(numeric)text", "pg_numeric_size_pretty"},
};

}  // namespace

void AddCatalog(Table& table) {
  table.Functions(FunctionKind::kScalar, kFunctions);
  // has_*_privilege([role,] object [, column], privilege): by name or oid.
  for (std::string_view object : {"table", "schema", "database", "sequence", "function", "type"}) {
    std::string name = "has_" + std::string(object) + "_privilege", call = "@" + name;
    for (std::string_view what : {"text", "oid"}) {
      table.Function(FunctionKind::kScalar, name, {what, "text"}, "bool", call, "s");
      for (std::string_view role : {"name", "oid"}) {
        table.Function(FunctionKind::kScalar, name, {role, what, "text"}, "bool", call, "s");
      }
    }
  }
  for (std::string_view what : {"text", "oid"}) {
    for (std::string_view column : {"text", "int2"}) {
      table.Function(FunctionKind::kScalar, "has_column_privilege", {what, column, "text"}, "bool",
                     "@has_column_privilege", "s");
      table.Function(FunctionKind::kScalar, "has_column_privilege", {"name", what, column, "text"}, "bool",
                     "@has_column_privilege", "s");
    }
    table.Function(FunctionKind::kScalar, "has_any_column_privilege", {what, "text"}, "bool",
                   "@has_any_column_privilege", "s");
  }
  for (std::string_view role : {"name", "oid"}) {
    table.Function(FunctionKind::kScalar, "pg_has_role", {role, "text"}, "bool", "@pg_has_role", "s");
    table.Function(FunctionKind::kScalar, "pg_has_role", {"name", role, "text"}, "bool", "@pg_has_role", "s");
  }
}

}  // namespace allod::sql
