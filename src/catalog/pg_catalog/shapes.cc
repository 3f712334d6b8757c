// The shapes of PostgreSQL 15's system relations: OIDs, columns, types (read off its own pg_attribute). A type that Allod
// does not have (aclitem[], anyarray, pg_lsn, ...) is text here. To give a relation rows, write its file beside this one.
#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

const std::vector<SystemRelationInfo>& SystemShapes() {
  static const std::vector<SystemRelationInfo> shapes = {
      {1259, "pg_catalog", "pg_class",
       {
        {"oid", oid::kOid, false}, {"relname", oid::kName, false}, {"relnamespace", oid::kOid, false},
        {"reltype", oid::kOid, false}, {"reloftype", oid::kOid, false}, {"relowner", oid::kOid, false},
        {"relam", oid::kOid, false}, {"relfilenode", oid::kOid, false}, {"reltablespace", oid::kOid, false},
        {"relpages", oid::kInt4, false}, {"reltuples", oid::kFloat4, false}, {"relallvisible", oid::kInt4, false},
        {"reltoastrelid", oid::kOid, false}, {"relhasindex", oid::kBool, false}, {"relisshared", oid::kBool, false},
        {"relpersistence", oid::kChar, false}, {"relkind", oid::kChar, false}, {"relnatts", oid::kInt2, false},
        {"relchecks", oid::kInt2, false}, {"relhasrules", oid::kBool, false}, {"relhastriggers", oid::kBool, false},
        {"relhassubclass", oid::kBool, false}, {"relrowsecurity", oid::kBool, false},
        {"relforcerowsecurity", oid::kBool, false}, {"relispopulated", oid::kBool, false},
        {"relreplident", oid::kChar, false}, {"relispartition", oid::kBool, false},
        {"relrewrite", oid::kOid, false}, {"relfrozenxid", oid::kXid, false}, {"relminmxid", oid::kXid, false},
        {"relacl", oid::kTextArray, true}, {"reloptions", oid::kTextArray, true},
        {"relpartbound", oid::kPgNodeTree, true}
       },
       FillPgClass},
      {2615, "pg_catalog", "pg_namespace",
       {
        {"oid", oid::kOid, false}, {"nspname", oid::kName, false}, {"nspowner", oid::kOid, false},
        {"nspacl", oid::kTextArray, true}
       },
       FillPgNamespace},
      {1249, "pg_catalog", "pg_attribute",
       {
        {"attrelid", oid::kOid, false}, {"attname", oid::kName, false}, {"atttypid", oid::kOid, false},
        {"attstattarget", oid::kInt4, false}, {"attlen", oid::kInt2, false}, {"attnum", oid::kInt2, false},
        {"attndims", oid::kInt4, false}, {"attcacheoff", oid::kInt4, false}, {"atttypmod", oid::kInt4, false},
        {"attbyval", oid::kBool, false}, {"attalign", oid::kChar, false}, {"attstorage", oid::kChar, false},
        {"attcompression", oid::kChar, false}, {"attnotnull", oid::kBool, false}, {"atthasdef", oid::kBool, false},
        {"atthasmissing", oid::kBool, false}, {"attidentity", oid::kChar, false},
        {"attgenerated", oid::kChar, false}, {"attisdropped", oid::kBool, false}, {"attislocal", oid::kBool, false},
        {"attinhcount", oid::kInt4, false}, {"attcollation", oid::kOid, false}, {"attacl", oid::kTextArray, true},
        {"attoptions", oid::kTextArray, true}, {"attfdwoptions", oid::kTextArray, true},
        {"attmissingval", oid::kText, true}
       },
       FillPgAttribute},
      {1247, "pg_catalog", "pg_type",
       {
        {"oid", oid::kOid, false}, {"typname", oid::kName, false}, {"typnamespace", oid::kOid, false},
        {"typowner", oid::kOid, false}, {"typlen", oid::kInt2, false}, {"typbyval", oid::kBool, false},
        {"typtype", oid::kChar, false}, {"typcategory", oid::kChar, false}, {"typispreferred", oid::kBool, false},
        {"typisdefined", oid::kBool, false}, {"typdelim", oid::kChar, false}, {"typrelid", oid::kOid, false},
        {"typsubscript", oid::kRegproc, false}, {"typelem", oid::kOid, false}, {"typarray", oid::kOid, false},
        {"typinput", oid::kRegproc, false}, {"typoutput", oid::kRegproc, false},
        {"typreceive", oid::kRegproc, false}, {"typsend", oid::kRegproc, false}, {"typmodin", oid::kRegproc, false},
        {"typmodout", oid::kRegproc, false}, {"typanalyze", oid::kRegproc, false}, {"typalign", oid::kChar, false},
        {"typstorage", oid::kChar, false}, {"typnotnull", oid::kBool, false}, {"typbasetype", oid::kOid, false},
        {"typtypmod", oid::kInt4, false}, {"typndims", oid::kInt4, false}, {"typcollation", oid::kOid, false},
        {"typdefaultbin", oid::kPgNodeTree, true}, {"typdefault", oid::kText, true},
        {"typacl", oid::kTextArray, true}
       },
       FillPgType},
      {2610, "pg_catalog", "pg_index",
       {
        {"indexrelid", oid::kOid, false}, {"indrelid", oid::kOid, false}, {"indnatts", oid::kInt2, false},
        {"indnkeyatts", oid::kInt2, false}, {"indisunique", oid::kBool, false},
        {"indnullsnotdistinct", oid::kBool, false}, {"indisprimary", oid::kBool, false},
        {"indisexclusion", oid::kBool, false}, {"indimmediate", oid::kBool, false},
        {"indisclustered", oid::kBool, false}, {"indisvalid", oid::kBool, false},
        {"indcheckxmin", oid::kBool, false}, {"indisready", oid::kBool, false}, {"indislive", oid::kBool, false},
        {"indisreplident", oid::kBool, false}, {"indkey", oid::kInt2Vector, false},
        {"indcollation", oid::kOidVector, false}, {"indclass", oid::kOidVector, false},
        {"indoption", oid::kInt2Vector, false}, {"indexprs", oid::kPgNodeTree, true},
        {"indpred", oid::kPgNodeTree, true}
       },
       FillPgIndex},
      {2606, "pg_catalog", "pg_constraint",
       {
        {"oid", oid::kOid, false}, {"conname", oid::kName, false}, {"connamespace", oid::kOid, false},
        {"contype", oid::kChar, false}, {"condeferrable", oid::kBool, false}, {"condeferred", oid::kBool, false},
        {"convalidated", oid::kBool, false}, {"conrelid", oid::kOid, false}, {"contypid", oid::kOid, false},
        {"conindid", oid::kOid, false}, {"conparentid", oid::kOid, false}, {"confrelid", oid::kOid, false},
        {"confupdtype", oid::kChar, false}, {"confdeltype", oid::kChar, false},
        {"confmatchtype", oid::kChar, false}, {"conislocal", oid::kBool, false}, {"coninhcount", oid::kInt4, false},
        {"connoinherit", oid::kBool, false}, {"conkey", oid::kInt2Array, true}, {"confkey", oid::kInt2Array, true},
        {"conpfeqop", oid::kOidArray, true}, {"conppeqop", oid::kOidArray, true},
        {"conffeqop", oid::kOidArray, true}, {"confdelsetcols", oid::kInt2Array, true},
        {"conexclop", oid::kOidArray, true}, {"conbin", oid::kPgNodeTree, true}
       },
       FillPgConstraint},
      {2604, "pg_catalog", "pg_attrdef",
       {
        {"oid", oid::kOid, false}, {"adrelid", oid::kOid, false}, {"adnum", oid::kInt2, false},
        {"adbin", oid::kPgNodeTree, false}
       },
       FillPgAttrdef},
      {2601, "pg_catalog", "pg_am",
       {
        {"oid", oid::kOid, false}, {"amname", oid::kName, false}, {"amhandler", oid::kRegproc, false},
        {"amtype", oid::kChar, false}
       },
       FillPgAm},
      {2609, "pg_catalog", "pg_description",
       {
        {"objoid", oid::kOid, false}, {"classoid", oid::kOid, false}, {"objsubid", oid::kInt4, false},
        {"description", oid::kText, false}
       },
       FillPgDescription},
      {12000, "pg_catalog", "pg_roles",
       {
        {"rolname", oid::kName, true}, {"rolsuper", oid::kBool, true}, {"rolinherit", oid::kBool, true},
        {"rolcreaterole", oid::kBool, true}, {"rolcreatedb", oid::kBool, true}, {"rolcanlogin", oid::kBool, true},
        {"rolreplication", oid::kBool, true}, {"rolconnlimit", oid::kInt4, true}, {"rolpassword", oid::kText, true},
        {"rolvaliduntil", oid::kTimestamptz, true}, {"rolbypassrls", oid::kBool, true},
        {"rolconfig", oid::kTextArray, true}, {"oid", oid::kOid, true}
       },
       FillPgRoles},
      {12014, "pg_catalog", "pg_user",
       {
        {"usename", oid::kName, true}, {"usesysid", oid::kOid, true}, {"usecreatedb", oid::kBool, true},
        {"usesuper", oid::kBool, true}, {"userepl", oid::kBool, true}, {"usebypassrls", oid::kBool, true},
        {"passwd", oid::kText, true}, {"valuntil", oid::kTimestamptz, true}, {"useconfig", oid::kTextArray, true}
       },
       FillPgUser},
      {1262, "pg_catalog", "pg_database",
       {
        {"oid", oid::kOid, false}, {"datname", oid::kName, false}, {"datdba", oid::kOid, false},
        {"encoding", oid::kInt4, false}, {"datlocprovider", oid::kChar, false},
        {"datistemplate", oid::kBool, false}, {"datallowconn", oid::kBool, false},
        {"datconnlimit", oid::kInt4, false}, {"datfrozenxid", oid::kXid, false}, {"datminmxid", oid::kXid, false},
        {"dattablespace", oid::kOid, false}, {"datcollate", oid::kText, false}, {"datctype", oid::kText, false},
        {"daticulocale", oid::kText, true}, {"datcollversion", oid::kText, true}, {"datacl", oid::kTextArray, true}
       },
       FillPgDatabase},
      {3456, "pg_catalog", "pg_collation",
       {
        {"oid", oid::kOid, false}, {"collname", oid::kName, false}, {"collnamespace", oid::kOid, false},
        {"collowner", oid::kOid, false}, {"collprovider", oid::kChar, false},
        {"collisdeterministic", oid::kBool, false}, {"collencoding", oid::kInt4, false},
        {"collcollate", oid::kText, true}, {"collctype", oid::kText, true}, {"colliculocale", oid::kText, true},
        {"collversion", oid::kText, true}
       },
       FillPgCollation},
      {1255, "pg_catalog", "pg_proc",
       {
        {"oid", oid::kOid, false}, {"proname", oid::kName, false}, {"pronamespace", oid::kOid, false},
        {"proowner", oid::kOid, false}, {"prolang", oid::kOid, false}, {"procost", oid::kFloat4, false},
        {"prorows", oid::kFloat4, false}, {"provariadic", oid::kOid, false}, {"prosupport", oid::kRegproc, false},
        {"prokind", oid::kChar, false}, {"prosecdef", oid::kBool, false}, {"proleakproof", oid::kBool, false},
        {"proisstrict", oid::kBool, false}, {"proretset", oid::kBool, false}, {"provolatile", oid::kChar, false},
        {"proparallel", oid::kChar, false}, {"pronargs", oid::kInt2, false}, {"pronargdefaults", oid::kInt2, false},
        {"prorettype", oid::kOid, false}, {"proargtypes", oid::kOidVector, false},
        {"proallargtypes", oid::kOidArray, true}, {"proargmodes", oid::kCharArray, true},
        {"proargnames", oid::kTextArray, true}, {"proargdefaults", oid::kPgNodeTree, true},
        {"protrftypes", oid::kOidArray, true}, {"prosrc", oid::kText, false}, {"probin", oid::kText, true},
        {"prosqlbody", oid::kPgNodeTree, true}, {"proconfig", oid::kTextArray, true},
        {"proacl", oid::kTextArray, true}
       },
       FillPgProc},
      {2224, "pg_catalog", "pg_sequence",
       {
        {"seqrelid", oid::kOid, false}, {"seqtypid", oid::kOid, false}, {"seqstart", oid::kInt8, false},
        {"seqincrement", oid::kInt8, false}, {"seqmax", oid::kInt8, false}, {"seqmin", oid::kInt8, false},
        {"seqcache", oid::kInt8, false}, {"seqcycle", oid::kBool, false}
       },
       FillPgSequence},
      {12048, "pg_catalog", "pg_sequences",
       {
        {"schemaname", oid::kName, true}, {"sequencename", oid::kName, true}, {"sequenceowner", oid::kName, true},
        {"data_type", oid::kRegtype, true}, {"start_value", oid::kInt8, true}, {"min_value", oid::kInt8, true},
        {"max_value", oid::kInt8, true}, {"increment_by", oid::kInt8, true}, {"cycle", oid::kBool, true},
        {"cache_size", oid::kInt8, true}, {"last_value", oid::kInt8, true}
       },
       FillPgSequences},
      {12104, "pg_catalog", "pg_settings",
       {
        {"name", oid::kText, true}, {"setting", oid::kText, true}, {"unit", oid::kText, true},
        {"category", oid::kText, true}, {"short_desc", oid::kText, true}, {"extra_desc", oid::kText, true},
        {"context", oid::kText, true}, {"vartype", oid::kText, true}, {"source", oid::kText, true},
        {"min_val", oid::kText, true}, {"max_val", oid::kText, true}, {"enumvals", oid::kTextArray, true},
        {"boot_val", oid::kText, true}, {"reset_val", oid::kText, true}, {"sourcefile", oid::kText, true},
        {"sourceline", oid::kInt4, true}, {"pending_restart", oid::kBool, true}
       },
       FillPgSettings},
      {12033, "pg_catalog", "pg_tables",
       {
        {"schemaname", oid::kName, true}, {"tablename", oid::kName, true}, {"tableowner", oid::kName, true},
        {"tablespace", oid::kName, true}, {"hasindexes", oid::kBool, true}, {"hasrules", oid::kBool, true},
        {"hastriggers", oid::kBool, true}, {"rowsecurity", oid::kBool, true}
       },
       FillPgTables},
      {12028, "pg_catalog", "pg_views",
       {
        {"schemaname", oid::kName, true}, {"viewname", oid::kName, true}, {"viewowner", oid::kName, true},
        {"definition", oid::kText, true}
       },
       FillPgViews},
      {12043, "pg_catalog", "pg_indexes",
       {
        {"schemaname", oid::kName, true}, {"tablename", oid::kName, true}, {"indexname", oid::kName, true},
        {"tablespace", oid::kName, true}, {"indexdef", oid::kText, true}
       },
       FillPgIndexes},
      {1213, "pg_catalog", "pg_tablespace",
       {
        {"oid", oid::kOid, false}, {"spcname", oid::kName, false}, {"spcowner", oid::kOid, false},
        {"spcacl", oid::kTextArray, true}, {"spcoptions", oid::kTextArray, true}
       },
       FillPgTablespace},
      {2608, "pg_catalog", "pg_depend",
       {
        {"classid", oid::kOid, false}, {"objid", oid::kOid, false}, {"objsubid", oid::kInt4, false},
        {"refclassid", oid::kOid, false}, {"refobjid", oid::kOid, false}, {"refobjsubid", oid::kInt4, false},
        {"deptype", oid::kChar, false}
       },
       FillPgDepend},
      {2612, "pg_catalog", "pg_language",
       {
        {"oid", oid::kOid, false}, {"lanname", oid::kName, false}, {"lanowner", oid::kOid, false},
        {"lanispl", oid::kBool, false}, {"lanpltrusted", oid::kBool, false}, {"lanplcallfoid", oid::kOid, false},
        {"laninline", oid::kOid, false}, {"lanvalidator", oid::kOid, false}, {"lanacl", oid::kTextArray, true}
       },
       FillPgLanguage},
      {13425, "information_schema", "tables",
       {
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"table_type", oid::kVarchar, true}, {"self_referencing_column_name", oid::kName, true},
        {"reference_generation", oid::kVarchar, true}, {"user_defined_type_catalog", oid::kName, true},
        {"user_defined_type_schema", oid::kName, true}, {"user_defined_type_name", oid::kName, true},
        {"is_insertable_into", oid::kVarchar, true}, {"is_typed", oid::kVarchar, true},
        {"commit_action", oid::kVarchar, true}
       },
       FillInformationTables},
      {13295, "information_schema", "columns",
       {
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"column_name", oid::kName, true}, {"ordinal_position", oid::kInt4, true},
        {"column_default", oid::kVarchar, true}, {"is_nullable", oid::kVarchar, true},
        {"data_type", oid::kVarchar, true}, {"character_maximum_length", oid::kInt4, true},
        {"character_octet_length", oid::kInt4, true}, {"numeric_precision", oid::kInt4, true},
        {"numeric_precision_radix", oid::kInt4, true}, {"numeric_scale", oid::kInt4, true},
        {"datetime_precision", oid::kInt4, true}, {"interval_type", oid::kVarchar, true},
        {"interval_precision", oid::kInt4, true}, {"character_set_catalog", oid::kName, true},
        {"character_set_schema", oid::kName, true}, {"character_set_name", oid::kName, true},
        {"collation_catalog", oid::kName, true}, {"collation_schema", oid::kName, true},
        {"collation_name", oid::kName, true}, {"domain_catalog", oid::kName, true},
        {"domain_schema", oid::kName, true}, {"domain_name", oid::kName, true}, {"udt_catalog", oid::kName, true},
        {"udt_schema", oid::kName, true}, {"udt_name", oid::kName, true}, {"scope_catalog", oid::kName, true},
        {"scope_schema", oid::kName, true}, {"scope_name", oid::kName, true},
        {"maximum_cardinality", oid::kInt4, true}, {"dtd_identifier", oid::kName, true},
        {"is_self_referencing", oid::kVarchar, true}, {"is_identity", oid::kVarchar, true},
        {"identity_generation", oid::kVarchar, true}, {"identity_start", oid::kVarchar, true},
        {"identity_increment", oid::kVarchar, true}, {"identity_maximum", oid::kVarchar, true},
        {"identity_minimum", oid::kVarchar, true}, {"identity_cycle", oid::kVarchar, true},
        {"is_generated", oid::kVarchar, true}, {"generation_expression", oid::kVarchar, true},
        {"is_updatable", oid::kVarchar, true}
       },
       FillInformationColumns},
      {13382, "information_schema", "schemata",
       {
        {"catalog_name", oid::kName, true}, {"schema_name", oid::kName, true}, {"schema_owner", oid::kName, true},
        {"default_character_set_catalog", oid::kName, true}, {"default_character_set_schema", oid::kName, true},
        {"default_character_set_name", oid::kName, true}, {"sql_path", oid::kVarchar, true}
       },
       FillInformationSchemata},
      {13411, "information_schema", "table_constraints",
       {
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}, {"table_catalog", oid::kName, true},
        {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"constraint_type", oid::kVarchar, true}, {"is_deferrable", oid::kVarchar, true},
        {"initially_deferred", oid::kVarchar, true}, {"enforced", oid::kVarchar, true},
        {"nulls_distinct", oid::kVarchar, true}
       },
       FillInformationTableConstraints},
      {13329, "information_schema", "key_column_usage",
       {
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}, {"table_catalog", oid::kName, true},
        {"table_schema", oid::kName, true}, {"table_name", oid::kName, true}, {"column_name", oid::kName, true},
        {"ordinal_position", oid::kInt4, true}, {"position_in_unique_constraint", oid::kInt4, true}
       },
       FillInformationKeyColumnUsage},
      {13339, "information_schema", "referential_constraints",
       {
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}, {"unique_constraint_catalog", oid::kName, true},
        {"unique_constraint_schema", oid::kName, true}, {"unique_constraint_name", oid::kName, true},
        {"match_option", oid::kVarchar, true}, {"update_rule", oid::kVarchar, true},
        {"delete_rule", oid::kVarchar, true}
       },
       FillInformationReferentialConstraints},
      {13300, "information_schema", "constraint_column_usage",
       {
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"column_name", oid::kName, true}, {"constraint_catalog", oid::kName, true},
        {"constraint_schema", oid::kName, true}, {"constraint_name", oid::kName, true}
       },
       FillInformationConstraintColumnUsage},
      {13483, "information_schema", "views",
       {
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"view_definition", oid::kVarchar, true}, {"check_option", oid::kVarchar, true},
        {"is_updatable", oid::kVarchar, true}, {"is_insertable_into", oid::kVarchar, true},
        {"is_trigger_updatable", oid::kVarchar, true}, {"is_trigger_deletable", oid::kVarchar, true},
        {"is_trigger_insertable_into", oid::kVarchar, true}
       },
       FillInformationViews},
      {13260, "information_schema", "check_constraints",
       {
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}, {"check_clause", oid::kVarchar, true}
       },
       FillInformationCheckConstraints},
      {13386, "information_schema", "sequences",
       {
        {"sequence_catalog", oid::kName, true}, {"sequence_schema", oid::kName, true},
        {"sequence_name", oid::kName, true}, {"data_type", oid::kVarchar, true},
        {"numeric_precision", oid::kInt4, true}, {"numeric_precision_radix", oid::kInt4, true},
        {"numeric_scale", oid::kInt4, true}, {"start_value", oid::kVarchar, true},
        {"minimum_value", oid::kVarchar, true}, {"maximum_value", oid::kVarchar, true},
        {"increment", oid::kVarchar, true}, {"cycle_option", oid::kVarchar, true}
       },
       FillInformationSequences},
      {1261, "pg_catalog", "pg_auth_members",
       {
        {"roleid", oid::kOid, false}, {"member", oid::kOid, false}, {"grantor", oid::kOid, false},
        {"admin_option", oid::kBool, false}
       },
       nullptr},
      {2396, "pg_catalog", "pg_shdescription",
       {
        {"objoid", oid::kOid, false}, {"classoid", oid::kOid, false}, {"description", oid::kText, false}
       },
       nullptr},
      {3501, "pg_catalog", "pg_enum",
       {
        {"oid", oid::kOid, false}, {"enumtypid", oid::kOid, false}, {"enumsortorder", oid::kFloat4, false},
        {"enumlabel", oid::kName, false}
       },
       FillPgEnum},
      {2611, "pg_catalog", "pg_inherits",
       {
        {"inhrelid", oid::kOid, false}, {"inhparent", oid::kOid, false}, {"inhseqno", oid::kInt4, false},
        {"inhdetachpending", oid::kBool, false}
       },
       nullptr},
      {2620, "pg_catalog", "pg_trigger",
       {
        {"oid", oid::kOid, false}, {"tgrelid", oid::kOid, false}, {"tgparentid", oid::kOid, false},
        {"tgname", oid::kName, false}, {"tgfoid", oid::kOid, false}, {"tgtype", oid::kInt2, false},
        {"tgenabled", oid::kChar, false}, {"tgisinternal", oid::kBool, false}, {"tgconstrrelid", oid::kOid, false},
        {"tgconstrindid", oid::kOid, false}, {"tgconstraint", oid::kOid, false},
        {"tgdeferrable", oid::kBool, false}, {"tginitdeferred", oid::kBool, false}, {"tgnargs", oid::kInt2, false},
        {"tgattr", oid::kInt2Vector, false}, {"tgargs", oid::kBytea, false}, {"tgqual", oid::kPgNodeTree, true},
        {"tgoldtable", oid::kName, true}, {"tgnewtable", oid::kName, true}
       },
       nullptr},
      {3256, "pg_catalog", "pg_policy",
       {
        {"oid", oid::kOid, false}, {"polname", oid::kName, false}, {"polrelid", oid::kOid, false},
        {"polcmd", oid::kChar, false}, {"polpermissive", oid::kBool, false}, {"polroles", oid::kOidArray, false},
        {"polqual", oid::kPgNodeTree, true}, {"polwithcheck", oid::kPgNodeTree, true}
       },
       nullptr},
      {6104, "pg_catalog", "pg_publication",
       {
        {"oid", oid::kOid, false}, {"pubname", oid::kName, false}, {"pubowner", oid::kOid, false},
        {"puballtables", oid::kBool, false}, {"pubinsert", oid::kBool, false}, {"pubupdate", oid::kBool, false},
        {"pubdelete", oid::kBool, false}, {"pubtruncate", oid::kBool, false}, {"pubviaroot", oid::kBool, false}
       },
       nullptr},
      {6106, "pg_catalog", "pg_publication_rel",
       {
        {"oid", oid::kOid, false}, {"prpubid", oid::kOid, false}, {"prrelid", oid::kOid, false},
        {"prqual", oid::kPgNodeTree, true}, {"prattrs", oid::kInt2Vector, true}
       },
       nullptr},
      {6237, "pg_catalog", "pg_publication_namespace",
       {
        {"oid", oid::kOid, false}, {"pnpubid", oid::kOid, false}, {"pnnspid", oid::kOid, false}
       },
       nullptr},
      {3381, "pg_catalog", "pg_statistic_ext",
       {
        {"oid", oid::kOid, false}, {"stxrelid", oid::kOid, false}, {"stxname", oid::kName, false},
        {"stxnamespace", oid::kOid, false}, {"stxowner", oid::kOid, false}, {"stxstattarget", oid::kInt4, false},
        {"stxkeys", oid::kInt2Vector, false}, {"stxkind", oid::kCharArray, false},
        {"stxexprs", oid::kPgNodeTree, true}
       },
       nullptr},
      {3429, "pg_catalog", "pg_statistic_ext_data",
       {
        {"stxoid", oid::kOid, false}, {"stxdinherit", oid::kBool, false}, {"stxdndistinct", oid::kText, true},
        {"stxddependencies", oid::kText, true}, {"stxdmcv", oid::kText, true}, {"stxdexpr", oid::kText, true}
       },
       nullptr},
      {2618, "pg_catalog", "pg_rewrite",
       {
        {"oid", oid::kOid, false}, {"rulename", oid::kName, false}, {"ev_class", oid::kOid, false},
        {"ev_type", oid::kChar, false}, {"ev_enabled", oid::kChar, false}, {"is_instead", oid::kBool, false},
        {"ev_qual", oid::kPgNodeTree, false}, {"ev_action", oid::kPgNodeTree, false}
       },
       nullptr},
      {3079, "pg_catalog", "pg_extension",
       {
        {"oid", oid::kOid, false}, {"extname", oid::kName, false}, {"extowner", oid::kOid, false},
        {"extnamespace", oid::kOid, false}, {"extrelocatable", oid::kBool, false},
        {"extversion", oid::kText, false}, {"extconfig", oid::kOidArray, true},
        {"extcondition", oid::kTextArray, true}
       },
       nullptr},
      {3118, "pg_catalog", "pg_foreign_table",
       {
        {"ftrelid", oid::kOid, false}, {"ftserver", oid::kOid, false}, {"ftoptions", oid::kTextArray, true}
       },
       nullptr},
      {1417, "pg_catalog", "pg_foreign_server",
       {
        {"oid", oid::kOid, false}, {"srvname", oid::kName, false}, {"srvowner", oid::kOid, false},
        {"srvfdw", oid::kOid, false}, {"srvtype", oid::kText, true}, {"srvversion", oid::kText, true},
        {"srvacl", oid::kTextArray, true}, {"srvoptions", oid::kTextArray, true}
       },
       nullptr},
      {2328, "pg_catalog", "pg_foreign_data_wrapper",
       {
        {"oid", oid::kOid, false}, {"fdwname", oid::kName, false}, {"fdwowner", oid::kOid, false},
        {"fdwhandler", oid::kOid, false}, {"fdwvalidator", oid::kOid, false}, {"fdwacl", oid::kTextArray, true},
        {"fdwoptions", oid::kTextArray, true}
       },
       nullptr},
      {1418, "pg_catalog", "pg_user_mapping",
       {
        {"oid", oid::kOid, false}, {"umuser", oid::kOid, false}, {"umserver", oid::kOid, false},
        {"umoptions", oid::kTextArray, true}
       },
       nullptr},
      {12327, "pg_catalog", "pg_user_mappings",
       {
        {"umid", oid::kOid, true}, {"srvid", oid::kOid, true}, {"srvname", oid::kName, true},
        {"umuser", oid::kOid, true}, {"usename", oid::kName, true}, {"umoptions", oid::kTextArray, true}
       },
       nullptr},
      {3350, "pg_catalog", "pg_partitioned_table",
       {
        {"partrelid", oid::kOid, false}, {"partstrat", oid::kChar, false}, {"partnatts", oid::kInt2, false},
        {"partdefid", oid::kOid, false}, {"partattrs", oid::kInt2Vector, false},
        {"partclass", oid::kOidVector, false}, {"partcollation", oid::kOidVector, false},
        {"partexprs", oid::kPgNodeTree, true}
       },
       nullptr},
      {3466, "pg_catalog", "pg_event_trigger",
       {
        {"oid", oid::kOid, false}, {"evtname", oid::kName, false}, {"evtevent", oid::kName, false},
        {"evtowner", oid::kOid, false}, {"evtfoid", oid::kOid, false}, {"evtenabled", oid::kChar, false},
        {"evttags", oid::kTextArray, true}
       },
       nullptr},
      {3602, "pg_catalog", "pg_ts_config",
       {
        {"oid", oid::kOid, false}, {"cfgname", oid::kName, false}, {"cfgnamespace", oid::kOid, false},
        {"cfgowner", oid::kOid, false}, {"cfgparser", oid::kOid, false}
       },
       nullptr},
      {3600, "pg_catalog", "pg_ts_dict",
       {
        {"oid", oid::kOid, false}, {"dictname", oid::kName, false}, {"dictnamespace", oid::kOid, false},
        {"dictowner", oid::kOid, false}, {"dicttemplate", oid::kOid, false}, {"dictinitoption", oid::kText, true}
       },
       nullptr},
      {3601, "pg_catalog", "pg_ts_parser",
       {
        {"oid", oid::kOid, false}, {"prsname", oid::kName, false}, {"prsnamespace", oid::kOid, false},
        {"prsstart", oid::kRegproc, false}, {"prstoken", oid::kRegproc, false}, {"prsend", oid::kRegproc, false},
        {"prsheadline", oid::kRegproc, false}, {"prslextype", oid::kRegproc, false}
       },
       nullptr},
      {3764, "pg_catalog", "pg_ts_template",
       {
        {"oid", oid::kOid, false}, {"tmplname", oid::kName, false}, {"tmplnamespace", oid::kOid, false},
        {"tmplinit", oid::kRegproc, false}, {"tmpllexize", oid::kRegproc, false}
       },
       nullptr},
      {2616, "pg_catalog", "pg_opclass",
       {
        {"oid", oid::kOid, false}, {"opcmethod", oid::kOid, false}, {"opcname", oid::kName, false},
        {"opcnamespace", oid::kOid, false}, {"opcowner", oid::kOid, false}, {"opcfamily", oid::kOid, false},
        {"opcintype", oid::kOid, false}, {"opcdefault", oid::kBool, false}, {"opckeytype", oid::kOid, false}
       },
       nullptr},
      {2753, "pg_catalog", "pg_opfamily",
       {
        {"oid", oid::kOid, false}, {"opfmethod", oid::kOid, false}, {"opfname", oid::kName, false},
        {"opfnamespace", oid::kOid, false}, {"opfowner", oid::kOid, false}
       },
       nullptr},
      {2617, "pg_catalog", "pg_operator",
       {
        {"oid", oid::kOid, false}, {"oprname", oid::kName, false}, {"oprnamespace", oid::kOid, false},
        {"oprowner", oid::kOid, false}, {"oprkind", oid::kChar, false}, {"oprcanmerge", oid::kBool, false},
        {"oprcanhash", oid::kBool, false}, {"oprleft", oid::kOid, false}, {"oprright", oid::kOid, false},
        {"oprresult", oid::kOid, false}, {"oprcom", oid::kOid, false}, {"oprnegate", oid::kOid, false},
        {"oprcode", oid::kRegproc, false}, {"oprrest", oid::kRegproc, false}, {"oprjoin", oid::kRegproc, false}
       },
       nullptr},
      {2600, "pg_catalog", "pg_aggregate",
       {
        {"aggfnoid", oid::kRegproc, false}, {"aggkind", oid::kChar, false}, {"aggnumdirectargs", oid::kInt2, false},
        {"aggtransfn", oid::kRegproc, false}, {"aggfinalfn", oid::kRegproc, false},
        {"aggcombinefn", oid::kRegproc, false}, {"aggserialfn", oid::kRegproc, false},
        {"aggdeserialfn", oid::kRegproc, false}, {"aggmtransfn", oid::kRegproc, false},
        {"aggminvtransfn", oid::kRegproc, false}, {"aggmfinalfn", oid::kRegproc, false},
        {"aggfinalextra", oid::kBool, false}, {"aggmfinalextra", oid::kBool, false},
        {"aggfinalmodify", oid::kChar, false}, {"aggmfinalmodify", oid::kChar, false},
        {"aggsortop", oid::kOid, false}, {"aggtranstype", oid::kOid, false}, {"aggtransspace", oid::kInt4, false},
        {"aggmtranstype", oid::kOid, false}, {"aggmtransspace", oid::kInt4, false},
        {"agginitval", oid::kText, true}, {"aggminitval", oid::kText, true}
       },
       nullptr},
      {2605, "pg_catalog", "pg_cast",
       {
        {"oid", oid::kOid, false}, {"castsource", oid::kOid, false}, {"casttarget", oid::kOid, false},
        {"castfunc", oid::kOid, false}, {"castcontext", oid::kChar, false}, {"castmethod", oid::kChar, false}
       },
       nullptr},
      {3541, "pg_catalog", "pg_range",
       {
        {"rngtypid", oid::kOid, false}, {"rngsubtype", oid::kOid, false}, {"rngmultitypid", oid::kOid, false},
        {"rngcollation", oid::kOid, false}, {"rngsubopc", oid::kOid, false}, {"rngcanonical", oid::kRegproc, false},
        {"rngsubdiff", oid::kRegproc, false}
       },
       nullptr},
      {2607, "pg_catalog", "pg_conversion",
       {
        {"oid", oid::kOid, false}, {"conname", oid::kName, false}, {"connamespace", oid::kOid, false},
        {"conowner", oid::kOid, false}, {"conforencoding", oid::kInt4, false}, {"contoencoding", oid::kInt4, false},
        {"conproc", oid::kRegproc, false}, {"condefault", oid::kBool, false}
       },
       nullptr},
      {12073, "pg_catalog", "pg_locks",
       {
        {"locktype", oid::kText, true}, {"database", oid::kOid, true}, {"relation", oid::kOid, true},
        {"page", oid::kInt4, true}, {"tuple", oid::kInt2, true}, {"virtualxid", oid::kText, true},
        {"transactionid", oid::kXid, true}, {"classid", oid::kOid, true}, {"objid", oid::kOid, true},
        {"objsubid", oid::kInt2, true}, {"virtualtransaction", oid::kText, true}, {"pid", oid::kInt4, true},
        {"mode", oid::kText, true}, {"granted", oid::kBool, true}, {"fastpath", oid::kBool, true},
        {"waitstart", oid::kTimestamptz, true}
       },
       nullptr},
      {12222, "pg_catalog", "pg_stat_activity",
       {
        {"datid", oid::kOid, true}, {"datname", oid::kName, true}, {"pid", oid::kInt4, true},
        {"leader_pid", oid::kInt4, true}, {"usesysid", oid::kOid, true}, {"usename", oid::kName, true},
        {"application_name", oid::kText, true}, {"client_addr", oid::kText, true},
        {"client_hostname", oid::kText, true}, {"client_port", oid::kInt4, true},
        {"backend_start", oid::kTimestamptz, true}, {"xact_start", oid::kTimestamptz, true},
        {"query_start", oid::kTimestamptz, true}, {"state_change", oid::kTimestamptz, true},
        {"wait_event_type", oid::kText, true}, {"wait_event", oid::kText, true}, {"state", oid::kText, true},
        {"backend_xid", oid::kXid, true}, {"backend_xmin", oid::kXid, true}, {"query_id", oid::kInt8, true},
        {"query", oid::kText, true}, {"backend_type", oid::kText, true}
       },
       nullptr},
      {12038, "pg_catalog", "pg_matviews",
       {
        {"schemaname", oid::kName, true}, {"matviewname", oid::kName, true}, {"matviewowner", oid::kName, true},
        {"tablespace", oid::kName, true}, {"hasindexes", oid::kBool, true}, {"ispopulated", oid::kBool, true},
        {"definition", oid::kText, true}
       },
       nullptr},
      {12023, "pg_catalog", "pg_rules",
       {
        {"schemaname", oid::kName, true}, {"tablename", oid::kName, true}, {"rulename", oid::kName, true},
        {"definition", oid::kText, true}
       },
       nullptr},
      {12018, "pg_catalog", "pg_policies",
       {
        {"schemaname", oid::kName, true}, {"tablename", oid::kName, true}, {"policyname", oid::kName, true},
        {"permissive", oid::kText, true}, {"roles", oid::kNameArray, true}, {"cmd", oid::kText, true},
        {"qual", oid::kText, true}, {"with_check", oid::kText, true}
       },
       nullptr},
      {6100, "pg_catalog", "pg_subscription",
       {
        {"oid", oid::kOid, false}, {"subdbid", oid::kOid, false}, {"subskiplsn", oid::kText, false},
        {"subname", oid::kName, false}, {"subowner", oid::kOid, false}, {"subenabled", oid::kBool, false},
        {"subbinary", oid::kBool, false}, {"substream", oid::kBool, false}, {"subtwophasestate", oid::kChar, false},
        {"subdisableonerr", oid::kBool, false}, {"subconninfo", oid::kText, false},
        {"subslotname", oid::kName, true}, {"subsynccommit", oid::kText, false},
        {"subpublications", oid::kTextArray, false}
       },
       nullptr},
      {3596, "pg_catalog", "pg_seclabel",
       {
        {"objoid", oid::kOid, false}, {"classoid", oid::kOid, false}, {"objsubid", oid::kInt4, false},
        {"provider", oid::kText, false}, {"label", oid::kText, false}
       },
       nullptr},
      {12099, "pg_catalog", "pg_seclabels",
       {
        {"objoid", oid::kOid, true}, {"classoid", oid::kOid, true}, {"objsubid", oid::kInt4, true},
        {"objtype", oid::kText, true}, {"objnamespace", oid::kOid, true}, {"objname", oid::kText, true},
        {"provider", oid::kText, true}, {"label", oid::kText, true}
       },
       nullptr},
      {3592, "pg_catalog", "pg_shseclabel",
       {
        {"objoid", oid::kOid, false}, {"classoid", oid::kOid, false}, {"provider", oid::kText, false},
        {"label", oid::kText, false}
       },
       nullptr},
      {3394, "pg_catalog", "pg_init_privs",
       {
        {"objoid", oid::kOid, false}, {"classoid", oid::kOid, false}, {"objsubid", oid::kInt4, false},
        {"privtype", oid::kChar, false}, {"initprivs", oid::kTextArray, false}
       },
       nullptr},
      {826, "pg_catalog", "pg_default_acl",
       {
        {"oid", oid::kOid, false}, {"defaclrole", oid::kOid, false}, {"defaclnamespace", oid::kOid, false},
        {"defaclobjtype", oid::kChar, false}, {"defaclacl", oid::kTextArray, false}
       },
       nullptr},
      {3576, "pg_catalog", "pg_transform",
       {
        {"oid", oid::kOid, false}, {"trftype", oid::kOid, false}, {"trflang", oid::kOid, false},
        {"trffromsql", oid::kRegproc, false}, {"trftosql", oid::kRegproc, false}
       },
       nullptr},
      {12090, "pg_catalog", "pg_prepared_xacts",
       {
        {"transaction", oid::kXid, true}, {"gid", oid::kText, true}, {"prepared", oid::kTimestamptz, true},
        {"owner", oid::kName, true}, {"database", oid::kName, true}
       },
       nullptr},
      {12095, "pg_catalog", "pg_prepared_statements",
       {
        {"name", oid::kText, true}, {"statement", oid::kText, true}, {"prepare_time", oid::kTimestamptz, true},
        {"parameter_types", oid::kText, true}, {"from_sql", oid::kBool, true}, {"generic_plans", oid::kInt8, true},
        {"custom_plans", oid::kInt8, true}
       },
       nullptr},
      {12077, "pg_catalog", "pg_cursors",
       {
        {"name", oid::kText, true}, {"statement", oid::kText, true}, {"is_holdable", oid::kBool, true},
        {"is_binary", oid::kBool, true}, {"is_scrollable", oid::kBool, true},
        {"creation_time", oid::kTimestamptz, true}
       },
       nullptr},
      {2995, "pg_catalog", "pg_largeobject_metadata",
       {
        {"oid", oid::kOid, false}, {"lomowner", oid::kOid, false}, {"lomacl", oid::kTextArray, true}
       },
       nullptr},
      {2964, "pg_catalog", "pg_db_role_setting",
       {
        {"setdatabase", oid::kOid, false}, {"setrole", oid::kOid, false}, {"setconfig", oid::kTextArray, true}
       },
       nullptr},
      {1214, "pg_catalog", "pg_shdepend",
       {
        {"dbid", oid::kOid, false}, {"classid", oid::kOid, false}, {"objid", oid::kOid, false},
        {"objsubid", oid::kInt4, false}, {"refclassid", oid::kOid, false}, {"refobjid", oid::kOid, false},
        {"deptype", oid::kChar, false}
       },
       nullptr},
      {12257, "pg_catalog", "pg_replication_slots",
       {
        {"slot_name", oid::kName, true}, {"plugin", oid::kName, true}, {"slot_type", oid::kText, true},
        {"datoid", oid::kOid, true}, {"database", oid::kName, true}, {"temporary", oid::kBool, true},
        {"active", oid::kBool, true}, {"active_pid", oid::kInt4, true}, {"xmin", oid::kXid, true},
        {"catalog_xmin", oid::kXid, true}, {"restart_lsn", oid::kText, true},
        {"confirmed_flush_lsn", oid::kText, true}, {"wal_status", oid::kText, true},
        {"safe_wal_size", oid::kInt8, true}, {"two_phase", oid::kBool, true}
       },
       nullptr},
      {12170, "pg_catalog", "pg_statio_all_tables",
       {
        {"relid", oid::kOid, true}, {"schemaname", oid::kName, true}, {"relname", oid::kName, true},
        {"heap_blks_read", oid::kInt8, true}, {"heap_blks_hit", oid::kInt8, true}, {"idx_blks_read", oid::kInt8, true},
        {"idx_blks_hit", oid::kInt8, true}, {"toast_blks_read", oid::kInt8, true}, {"toast_blks_hit", oid::kInt8, true},
        {"tidx_blks_read", oid::kInt8, true}, {"tidx_blks_hit", oid::kInt8, true}
       },
       nullptr},
      {12161, "pg_catalog", "pg_stat_user_tables",
       {
        {"relid", oid::kOid, true}, {"schemaname", oid::kName, true}, {"relname", oid::kName, true},
        {"seq_scan", oid::kInt8, true}, {"seq_tup_read", oid::kInt8, true}, {"idx_scan", oid::kInt8, true},
        {"idx_tup_fetch", oid::kInt8, true}, {"n_tup_ins", oid::kInt8, true}, {"n_tup_upd", oid::kInt8, true},
        {"n_tup_del", oid::kInt8, true}, {"n_tup_hot_upd", oid::kInt8, true}, {"n_live_tup", oid::kInt8, true},
        {"n_dead_tup", oid::kInt8, true}, {"n_mod_since_analyze", oid::kInt8, true},
        {"n_ins_since_vacuum", oid::kInt8, true}, {"last_vacuum", oid::kTimestamptz, true},
        {"last_autovacuum", oid::kTimestamptz, true}, {"last_analyze", oid::kTimestamptz, true},
        {"last_autoanalyze", oid::kTimestamptz, true}, {"vacuum_count", oid::kInt8, true},
        {"autovacuum_count", oid::kInt8, true}, {"analyze_count", oid::kInt8, true},
        {"autoanalyze_count", oid::kInt8, true}
       },
       nullptr},
      {12081, "pg_catalog", "pg_available_extensions",
       {
        {"name", oid::kName, true}, {"default_version", oid::kText, true}, {"installed_version", oid::kText, true},
        {"comment", oid::kText, true}
       },
       nullptr},
      {12010, "pg_catalog", "pg_group",
       {
        {"groname", oid::kName, true}, {"grosysid", oid::kOid, true}, {"grolist", oid::kOidArray, true}
       },
       nullptr},
      {12053, "pg_catalog", "pg_stats",
       {
        {"schemaname", oid::kName, true}, {"tablename", oid::kName, true}, {"attname", oid::kName, true},
        {"inherited", oid::kBool, true}, {"null_frac", oid::kFloat4, true}, {"avg_width", oid::kInt4, true},
        {"n_distinct", oid::kFloat4, true}, {"most_common_vals", oid::kText, true},
        {"most_common_freqs", oid::kFloat4Array, true}, {"histogram_bounds", oid::kText, true},
        {"correlation", oid::kFloat4, true}, {"most_common_elems", oid::kText, true},
        {"most_common_elem_freqs", oid::kFloat4Array, true}, {"elem_count_histogram", oid::kFloat4Array, true}
       },
       nullptr},
      {13377, "information_schema", "routines",
       {
        {"specific_catalog", oid::kName, true}, {"specific_schema", oid::kName, true},
        {"specific_name", oid::kName, true}, {"routine_catalog", oid::kName, true},
        {"routine_schema", oid::kName, true}, {"routine_name", oid::kName, true},
        {"routine_type", oid::kVarchar, true}, {"module_catalog", oid::kName, true},
        {"module_schema", oid::kName, true}, {"module_name", oid::kName, true}, {"udt_catalog", oid::kName, true},
        {"udt_schema", oid::kName, true}, {"udt_name", oid::kName, true}, {"data_type", oid::kVarchar, true},
        {"character_maximum_length", oid::kInt4, true}, {"character_octet_length", oid::kInt4, true},
        {"character_set_catalog", oid::kName, true}, {"character_set_schema", oid::kName, true},
        {"character_set_name", oid::kName, true}, {"collation_catalog", oid::kName, true},
        {"collation_schema", oid::kName, true}, {"collation_name", oid::kName, true},
        {"numeric_precision", oid::kInt4, true}, {"numeric_precision_radix", oid::kInt4, true},
        {"numeric_scale", oid::kInt4, true}, {"datetime_precision", oid::kInt4, true},
        {"interval_type", oid::kVarchar, true}, {"interval_precision", oid::kInt4, true},
        {"type_udt_catalog", oid::kName, true}, {"type_udt_schema", oid::kName, true},
        {"type_udt_name", oid::kName, true}, {"scope_catalog", oid::kName, true},
        {"scope_schema", oid::kName, true}, {"scope_name", oid::kName, true},
        {"maximum_cardinality", oid::kInt4, true}, {"dtd_identifier", oid::kName, true},
        {"routine_body", oid::kVarchar, true}, {"routine_definition", oid::kVarchar, true},
        {"external_name", oid::kVarchar, true}, {"external_language", oid::kVarchar, true},
        {"parameter_style", oid::kVarchar, true}, {"is_deterministic", oid::kVarchar, true},
        {"sql_data_access", oid::kVarchar, true}, {"is_null_call", oid::kVarchar, true},
        {"sql_path", oid::kVarchar, true}, {"schema_level_routine", oid::kVarchar, true},
        {"max_dynamic_result_sets", oid::kInt4, true}, {"is_user_defined_cast", oid::kVarchar, true},
        {"is_implicitly_invocable", oid::kVarchar, true}, {"security_type", oid::kVarchar, true},
        {"to_sql_specific_catalog", oid::kName, true}, {"to_sql_specific_schema", oid::kName, true},
        {"to_sql_specific_name", oid::kName, true}, {"as_locator", oid::kVarchar, true},
        {"created", oid::kTimestamptz, true}, {"last_altered", oid::kTimestamptz, true},
        {"new_savepoint_level", oid::kVarchar, true}, {"is_udt_dependent", oid::kVarchar, true},
        {"result_cast_from_data_type", oid::kVarchar, true}, {"result_cast_as_locator", oid::kVarchar, true},
        {"result_cast_char_max_length", oid::kInt4, true}, {"result_cast_char_octet_length", oid::kInt4, true},
        {"result_cast_char_set_catalog", oid::kName, true}, {"result_cast_char_set_schema", oid::kName, true},
        {"result_cast_char_set_name", oid::kName, true}, {"result_cast_collation_catalog", oid::kName, true},
        {"result_cast_collation_schema", oid::kName, true}, {"result_cast_collation_name", oid::kName, true},
        {"result_cast_numeric_precision", oid::kInt4, true},
        {"result_cast_numeric_precision_radix", oid::kInt4, true}, {"result_cast_numeric_scale", oid::kInt4, true},
        {"result_cast_datetime_precision", oid::kInt4, true}, {"result_cast_interval_type", oid::kVarchar, true},
        {"result_cast_interval_precision", oid::kInt4, true}, {"result_cast_type_udt_catalog", oid::kName, true},
        {"result_cast_type_udt_schema", oid::kName, true}, {"result_cast_type_udt_name", oid::kName, true},
        {"result_cast_scope_catalog", oid::kName, true}, {"result_cast_scope_schema", oid::kName, true},
        {"result_cast_scope_name", oid::kName, true}, {"result_cast_maximum_cardinality", oid::kInt4, true},
        {"result_cast_dtd_identifier", oid::kName, true}
       },
       nullptr},
      {13334, "information_schema", "parameters",
       {
        {"specific_catalog", oid::kName, true}, {"specific_schema", oid::kName, true},
        {"specific_name", oid::kName, true}, {"ordinal_position", oid::kInt4, true},
        {"parameter_mode", oid::kVarchar, true}, {"is_result", oid::kVarchar, true},
        {"as_locator", oid::kVarchar, true}, {"parameter_name", oid::kName, true},
        {"data_type", oid::kVarchar, true}, {"character_maximum_length", oid::kInt4, true},
        {"character_octet_length", oid::kInt4, true}, {"character_set_catalog", oid::kName, true},
        {"character_set_schema", oid::kName, true}, {"character_set_name", oid::kName, true},
        {"collation_catalog", oid::kName, true}, {"collation_schema", oid::kName, true},
        {"collation_name", oid::kName, true}, {"numeric_precision", oid::kInt4, true},
        {"numeric_precision_radix", oid::kInt4, true}, {"numeric_scale", oid::kInt4, true},
        {"datetime_precision", oid::kInt4, true}, {"interval_type", oid::kVarchar, true},
        {"interval_precision", oid::kInt4, true}, {"udt_catalog", oid::kName, true},
        {"udt_schema", oid::kName, true}, {"udt_name", oid::kName, true}, {"scope_catalog", oid::kName, true},
        {"scope_schema", oid::kName, true}, {"scope_name", oid::kName, true},
        {"maximum_cardinality", oid::kInt4, true}, {"dtd_identifier", oid::kName, true},
        {"parameter_default", oid::kVarchar, true}
       },
       nullptr},
      {13440, "information_schema", "triggers",
       {
        {"trigger_catalog", oid::kName, true}, {"trigger_schema", oid::kName, true},
        {"trigger_name", oid::kName, true}, {"event_manipulation", oid::kVarchar, true},
        {"event_object_catalog", oid::kName, true}, {"event_object_schema", oid::kName, true},
        {"event_object_table", oid::kName, true}, {"action_order", oid::kInt4, true},
        {"action_condition", oid::kVarchar, true}, {"action_statement", oid::kVarchar, true},
        {"action_orientation", oid::kVarchar, true}, {"action_timing", oid::kVarchar, true},
        {"action_reference_old_table", oid::kName, true}, {"action_reference_new_table", oid::kName, true},
        {"action_reference_old_row", oid::kName, true}, {"action_reference_new_row", oid::kName, true},
        {"created", oid::kTimestamptz, true}
       },
       nullptr},
      {13320, "information_schema", "domains",
       {
        {"domain_catalog", oid::kName, true}, {"domain_schema", oid::kName, true},
        {"domain_name", oid::kName, true}, {"data_type", oid::kVarchar, true},
        {"character_maximum_length", oid::kInt4, true}, {"character_octet_length", oid::kInt4, true},
        {"character_set_catalog", oid::kName, true}, {"character_set_schema", oid::kName, true},
        {"character_set_name", oid::kName, true}, {"collation_catalog", oid::kName, true},
        {"collation_schema", oid::kName, true}, {"collation_name", oid::kName, true},
        {"numeric_precision", oid::kInt4, true}, {"numeric_precision_radix", oid::kInt4, true},
        {"numeric_scale", oid::kInt4, true}, {"datetime_precision", oid::kInt4, true},
        {"interval_type", oid::kVarchar, true}, {"interval_precision", oid::kInt4, true},
        {"domain_default", oid::kVarchar, true}, {"udt_catalog", oid::kName, true},
        {"udt_schema", oid::kName, true}, {"udt_name", oid::kName, true}, {"scope_catalog", oid::kName, true},
        {"scope_schema", oid::kName, true}, {"scope_name", oid::kName, true},
        {"maximum_cardinality", oid::kInt4, true}, {"dtd_identifier", oid::kName, true}
       },
       nullptr},
      {13493, "information_schema", "element_types",
       {
        {"object_catalog", oid::kName, true}, {"object_schema", oid::kName, true},
        {"object_name", oid::kName, true}, {"object_type", oid::kVarchar, true},
        {"collection_type_identifier", oid::kName, true}, {"data_type", oid::kVarchar, true},
        {"character_maximum_length", oid::kInt4, true}, {"character_octet_length", oid::kInt4, true},
        {"character_set_catalog", oid::kName, true}, {"character_set_schema", oid::kName, true},
        {"character_set_name", oid::kName, true}, {"collation_catalog", oid::kName, true},
        {"collation_schema", oid::kName, true}, {"collation_name", oid::kName, true},
        {"numeric_precision", oid::kInt4, true}, {"numeric_precision_radix", oid::kInt4, true},
        {"numeric_scale", oid::kInt4, true}, {"datetime_precision", oid::kInt4, true},
        {"interval_type", oid::kVarchar, true}, {"interval_precision", oid::kInt4, true},
        {"domain_default", oid::kVarchar, true}, {"udt_catalog", oid::kName, true},
        {"udt_schema", oid::kName, true}, {"udt_name", oid::kName, true}, {"scope_catalog", oid::kName, true},
        {"scope_schema", oid::kName, true}, {"scope_name", oid::kName, true},
        {"maximum_cardinality", oid::kInt4, true}, {"dtd_identifier", oid::kName, true}
       },
       nullptr},
      {13416, "information_schema", "table_privileges",
       {
        {"grantor", oid::kName, true}, {"grantee", oid::kName, true}, {"table_catalog", oid::kName, true},
        {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"privilege_type", oid::kVarchar, true}, {"is_grantable", oid::kVarchar, true},
        {"with_hierarchy", oid::kVarchar, true}
       },
       nullptr},
      {13285, "information_schema", "column_privileges",
       {
        {"grantor", oid::kName, true}, {"grantee", oid::kName, true}, {"table_catalog", oid::kName, true},
        {"table_schema", oid::kName, true}, {"table_name", oid::kName, true}, {"column_name", oid::kName, true},
        {"privilege_type", oid::kVarchar, true}, {"is_grantable", oid::kVarchar, true}
       },
       nullptr},
      {13421, "information_schema", "role_table_grants",
       {
        {"grantor", oid::kName, true}, {"grantee", oid::kName, true}, {"table_catalog", oid::kName, true},
        {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"privilege_type", oid::kVarchar, true}, {"is_grantable", oid::kVarchar, true},
        {"with_hierarchy", oid::kVarchar, true}
       },
       nullptr},
      {13250, "information_schema", "character_sets",
       {
        {"character_set_catalog", oid::kName, true}, {"character_set_schema", oid::kName, true},
        {"character_set_name", oid::kName, true}, {"character_repertoire", oid::kName, true},
        {"form_of_use", oid::kName, true}, {"default_collate_catalog", oid::kName, true},
        {"default_collate_schema", oid::kName, true}, {"default_collate_name", oid::kName, true}
       },
       nullptr},
      {13265, "information_schema", "collations",
       {
        {"collation_catalog", oid::kName, true}, {"collation_schema", oid::kName, true},
        {"collation_name", oid::kName, true}, {"pad_attribute", oid::kVarchar, true}
       },
       nullptr},
      {13463, "information_schema", "user_defined_types",
       {
        {"user_defined_type_catalog", oid::kName, true}, {"user_defined_type_schema", oid::kName, true},
        {"user_defined_type_name", oid::kName, true}, {"user_defined_type_category", oid::kVarchar, true},
        {"is_instantiable", oid::kVarchar, true}, {"is_final", oid::kVarchar, true},
        {"ordering_form", oid::kVarchar, true}, {"ordering_category", oid::kVarchar, true},
        {"ordering_routine_catalog", oid::kName, true}, {"ordering_routine_schema", oid::kName, true},
        {"ordering_routine_name", oid::kName, true}, {"reference_type", oid::kVarchar, true},
        {"data_type", oid::kVarchar, true}, {"character_maximum_length", oid::kInt4, true},
        {"character_octet_length", oid::kInt4, true}, {"character_set_catalog", oid::kName, true},
        {"character_set_schema", oid::kName, true}, {"character_set_name", oid::kName, true},
        {"collation_catalog", oid::kName, true}, {"collation_schema", oid::kName, true},
        {"collation_name", oid::kName, true}, {"numeric_precision", oid::kInt4, true},
        {"numeric_precision_radix", oid::kInt4, true}, {"numeric_scale", oid::kInt4, true},
        {"datetime_precision", oid::kInt4, true}, {"interval_type", oid::kVarchar, true},
        {"interval_precision", oid::kInt4, true}, {"source_dtd_identifier", oid::kName, true},
        {"ref_dtd_identifier", oid::kName, true}
       },
       nullptr},
      {13305, "information_schema", "constraint_table_usage",
       {
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}
       },
       nullptr},
      {13468, "information_schema", "view_column_usage",
       {
        {"view_catalog", oid::kName, true}, {"view_schema", oid::kName, true}, {"view_name", oid::kName, true},
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true},
        {"column_name", oid::kName, true}
       },
       nullptr},
      {13478, "information_schema", "view_table_usage",
       {
        {"view_catalog", oid::kName, true}, {"view_schema", oid::kName, true}, {"view_name", oid::kName, true},
        {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true}, {"table_name", oid::kName, true}
       },
       nullptr},
      {13280, "information_schema", "column_domain_usage",
       {
        {"domain_catalog", oid::kName, true}, {"domain_schema", oid::kName, true},
        {"domain_name", oid::kName, true}, {"table_catalog", oid::kName, true}, {"table_schema", oid::kName, true},
        {"table_name", oid::kName, true}, {"column_name", oid::kName, true}
       },
       nullptr},
      {13310, "information_schema", "domain_constraints",
       {
        {"constraint_catalog", oid::kName, true}, {"constraint_schema", oid::kName, true},
        {"constraint_name", oid::kName, true}, {"domain_catalog", oid::kName, true},
        {"domain_schema", oid::kName, true}, {"domain_name", oid::kName, true},
        {"is_deferrable", oid::kVarchar, true}, {"initially_deferred", oid::kVarchar, true}
       },
       nullptr},
      {13353, "information_schema", "routine_privileges",
       {
        {"grantor", oid::kName, true}, {"grantee", oid::kName, true}, {"specific_catalog", oid::kName, true},
        {"specific_schema", oid::kName, true}, {"specific_name", oid::kName, true},
        {"routine_catalog", oid::kName, true}, {"routine_schema", oid::kName, true},
        {"routine_name", oid::kName, true}, {"privilege_type", oid::kVarchar, true},
        {"is_grantable", oid::kVarchar, true}
       },
       nullptr},
      {13454, "information_schema", "usage_privileges",
       {
        {"grantor", oid::kName, true}, {"grantee", oid::kName, true}, {"object_catalog", oid::kName, true},
        {"object_schema", oid::kName, true}, {"object_name", oid::kName, true},
        {"object_type", oid::kVarchar, true}, {"privilege_type", oid::kVarchar, true},
        {"is_grantable", oid::kVarchar, true}
       },
       nullptr},
  };
  return shapes;
}

}  // namespace allod::catalog
