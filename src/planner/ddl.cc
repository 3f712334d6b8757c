#include "planner/ddl.h"

#include "base/format.h"
#include "planner/ddl_internal.h"
#include "planner/ddl_type.h"
#include "sql/scan.h"

namespace allod::planner {

namespace {

using namespace ddl;  // NOLINT: the parts of this file's one function

bool IsSelectInto(const PgQuery__SelectStmt* select) {
  for (; select != nullptr; select = select->larg) {
    if (select->into_clause != nullptr) return true;
  }
  return false;
}

// Objects whose renaming, comments and so on are the catalogue's.
bool IsRelationLike(PgQuery__ObjectType type) {
  switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return true;
    default: return false;
  }
}

Status Dispatch(Ddl* ddl) {
  if (const auto* own = std::get_if<sql::AlterOwnershipStatement>(&ddl->statement.own)) return AlterOwnership(ddl, *own);
  const PgQuery__Node& node = *ddl->statement.node;
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return CreateTable(ddl, *node.create_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return CreateTableAs(ddl, *node.create_table_as_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return SelectInto(ddl, &node);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return AlterTable(ddl, *node.alter_table_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return Rename(ddl, *node.rename_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return AlterSchemaOf(ddl, *node.alter_object_schema_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT: return AlterOwner(ddl, *node.alter_owner_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return Drop(ddl, *node.drop_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return CreateIndex(ddl, *node.index_stmt);
    case PG_QUERY__NODE__NODE_VIEW_STMT: return CreateView(ddl, *node.view_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return CreateSequence(ddl, *node.create_seq_stmt);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return AlterSequence(ddl, *node.alter_seq_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
      return CreateEnum(ddl, *node.create_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
      return AlterEnum(ddl, *node.alter_enum_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return CreateSchema(ddl, *node.create_schema_stmt);
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: return Truncate(ddl, *node.truncate_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return ddl::Comment(ddl, *node.comment_stmt);
    default: return Unsupported("this definition is not supported", "See docs/sql.md for what can be defined.");
  }
}

// The grammar cuts long names without a word; whoever writes one is told, as in PostgreSQL.
void NoticeLongNames(Ddl* ddl) {
  const std::string& text = ddl->statement.text;
  if (text.size() <= kMaxNameBytes) return;
  Result<std::vector<sql::Token>> tokens = sql::Scan(text);
  if (!tokens.ok()) return;
  std::set<std::string> told;
  for (const sql::Token& token : *tokens) {
    if (token.kind != PG_QUERY__TOKEN__IDENT || token.end - token.start <= static_cast<int>(kMaxNameBytes)) continue;
    std::string name = text.substr(static_cast<size_t>(token.start), static_cast<size_t>(token.end - token.start));
    if (name.front() == '"') {
      name = name.substr(1, name.size() - 2);
      for (size_t at = 0; (at = name.find("\"\"", at)) != std::string::npos; ++at) name.erase(at, 1);
    } else {
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (name.size() <= kMaxNameBytes || !told.insert(name).second) continue;
    ddl->Notice(sqlstate::kNameTooLong,
                "identifier \"" + name + "\" will be truncated to \"" + ddl::Truncate(name, kMaxNameBytes) + "\"");
  }
}

bool SameObjects(const catalog::Catalog& a, const catalog::Catalog& b) {
  return a.tables() == b.tables() && a.sequences() == b.sequences() && a.schemas() == b.schemas() &&
         a.roles() == b.roles() && a.enums() == b.enums();
}

}  // namespace

bool IsDefinition(const sql::Statement& statement) {
  if (std::holds_alternative<sql::AlterOwnershipStatement>(statement.own)) return true;
  if (statement.node == nullptr) return false;
  switch (statement.node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
    case PG_QUERY__NODE__NODE_INDEX_STMT:
    case PG_QUERY__NODE__NODE_VIEW_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
    case PG_QUERY__NODE__NODE_DROP_STMT:
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return true;
    case PG_QUERY__NODE__NODE_SELECT_STMT: return IsSelectInto(statement.node->select_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return IsRelationLike(statement.node->rename_stmt->rename_type);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
      return IsRelationLike(statement.node->alter_object_schema_stmt->object_type);
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT: return IsRelationLike(statement.node->alter_owner_stmt->object_type);
    default: return false;
  }
}

Result<Definition> PlanDefinition(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                  const BindContext& context, engine::DialectId dialect) {
  if (statement.parameters > 0) {
    return Fail(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(statement.parameters));
  }
  std::shared_ptr<catalog::Catalog> next = context.catalog->Edit();
  Ddl ddl{std::move(parsed), statement, context, *context.catalog, next};
  ddl.context.catalog = next;
  ddl.context.parameter_types.clear();
  NoticeLongNames(&ddl);
  ALLOD_RETURN_IF_ERROR(Dispatch(&ddl));
  const bool same = SameObjects(*context.catalog, *next);
  if (!same) ALLOD_RETURN_IF_ERROR(CheckTypes(&ddl));
  if (!same) ALLOD_RETURN_IF_ERROR(CheckViews(&ddl));
  if (dialect != engine::DialectId::kSqlite) {
    return Unsupported("definitions are not supported on this engine", "Use the embedded engine.");
  }
  ALLOD_RETURN_IF_ERROR(WriteSqliteScript(&ddl));
  // A definition that defined nothing (IF NOT EXISTS, TRUNCATE) leaves every plan good.
  ddl.definition.catalog = same ? context.catalog : std::move(next);
  return std::move(ddl.definition);
}

namespace {

Status RunCheck(const Definition::Check& check, engine::Transaction& transaction, ExecContext* context) {
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, transaction.Run(check.query, {}, context));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  if (!found) return Ok();
  Status error = check.error;
  if (const size_t at = check.detail.find('%'); at != std::string::npos) {
    std::string values;
    for (size_t i = 0; i < check.detail_types.size(); ++i) {
      const Datum value = cursor->column(static_cast<int>(i));
      values += i == 0 ? "" : ", ";
      if (value.is_null()) values += "null";
      else AppendText(check.detail_types[i], value, context == nullptr ? FormatContext{} : context->format, &values);
    }
    error.error().detail = check.detail.substr(0, at) + values + check.detail.substr(at + 1);
  }
  return error;
}

}  // namespace

Result<std::string> ApplyDefinition(const Definition& definition, engine::Transaction& transaction, ExecContext* context) {
  std::string tag = definition.tag;
  for (size_t i = 0; i <= definition.script.size(); ++i) {
    const bool last = i == definition.script.size();
    for (const Definition::Check& check : definition.checks) {
      if (last ? check.before >= i : check.before == i) ALLOD_RETURN_IF_ERROR(RunCheck(check, transaction, context));
    }
    if (last) break;
    if (!definition.evaluated.contains(i)) {
      ALLOD_RETURN_IF_ERROR(transaction.Script(definition.script[i]));
      continue;
    }
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, transaction.Run(definition.script[i], {}, context));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
      if (!more) break;
    }
    if (definition.counted == i) tag += " " + std::to_string(cursor->affected());
  }
  return tag;
}

}  // namespace allod::planner
