#include "planner/binder.h"

#include <algorithm>

#include "planner/bind.h"
#include "sql/print_sqlite.h"

namespace allod::planner {

std::string StringOf(const PgQuery__Node* node) {
  if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_STRING || node->string->sval == nullptr) return "";
  return node->string->sval;
}

std::vector<std::string> StringsOf(PgQuery__Node* const* nodes, size_t count) {
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i) strings.push_back(StringOf(nodes[i]));
  return strings;
}

int LocationOf(const PgQuery__Node* node) {
  if (node == nullptr) return -1;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
      return node->a_const->location;
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return node->column_ref->location;
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return node->param_ref->location;
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return node->func_call->location;
    case PG_QUERY__NODE__NODE_A_EXPR: {
      int left = node->a_expr->lexpr == nullptr ? -1 : LocationOf(node->a_expr->lexpr);
      return left >= 0 ? std::min(left, node->a_expr->location) : node->a_expr->location;
    }
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      int arg = LocationOf(node->type_cast->arg);
      return arg >= 0 && node->type_cast->location >= 0 ? std::min(arg, node->type_cast->location) : arg;
    }
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return node->sub_link->location;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return node->case_expr->location;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return node->coalesce_expr->location;
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
      return node->set_to_default->location;
    default:
      return -1;
  }
}

Status Binder::Error(std::string_view sqlstate, std::string message, int location) const {
  Status status = Fail(sqlstate, std::move(message));
  if (location >= 0 && foreign_text_ == 0 && parsed_ != nullptr) status.error().position = parsed_->Position(location);
  return status;
}

Status Binder::NotSupported(std::string what, int location, std::string instead) const {
  Status status = Error(sqlstate::kFeatureNotSupported, std::move(what), location);
  status.error().hint = std::move(instead);
  return status;
}

Access& Binder::AccessOf(Oid table) {
  auto [it, added] = access_index_.try_emplace(table, bound_->accesses.size());
  if (added) {
    bound_->accesses.emplace_back();
    bound_->accesses.back().table = table;
  }
  return bound_->accesses[it->second];
}

Status Binder::BindStatement(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: {
      bound_->kind = StatementKind::kSelect;
      ALLOD_ASSIGN_OR_RETURN(bound_->query, BindSelect(*node->select_stmt, nullptr, false, true));
      if (bound_->query->columns.empty()) {
        return NotSupported("a SELECT without columns is not supported", -1, "Select a constant: SELECT 1 FROM ...");
      }
      for (const Range::Column& column : bound_->query->columns) {
        bound_->columns.push_back({column.name, column.type, column.table, column.attnum});
      }
      return Ok();
    }
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      return BindInsert(*node->insert_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      return BindUpdate(*node->update_stmt);
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      return BindDelete(*node->delete_stmt);
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      return NotSupported("MERGE is not supported", -1,
                          "Use INSERT ... ON CONFLICT DO UPDATE, UPDATE ... FROM, or both.");
    default:
      return NotSupported("this statement is not supported", -1, "See docs/sql.md for what is.");
  }
}

Status Binder::Finish() {
  for (size_t i = 0; i < bound_->parameters.size(); ++i) {
    if (bound_->parameters[i].oid == oid::kUnknown) {
      return Error(sqlstate::kIndeterminateDatatype,
                   "could not determine data type of parameter $" + std::to_string(i + 1), -1);
    }
  }
  return Ok();
}

Result<std::shared_ptr<BoundStatement>> Bind(std::shared_ptr<sql::Parsed> parsed, const sql::Statement& statement,
                                             const BindContext& context) {
  if (statement.node == nullptr) return Fail(sqlstate::kInternalError, "nothing to bind");
  auto bound = std::make_shared<BoundStatement>();
  bound->parsed = parsed;
  bound->statement = &statement;
  const size_t count = std::max<size_t>(statement.parameters, context.parameter_types.size());
  bound->parameters.resize(count);
  for (size_t i = 0; i < count; ++i) {
    Oid type = i < context.parameter_types.size() ? context.parameter_types[i] : 0;
    const catalog::EnumType* of_user = context.catalog->FindEnum(type);
    const bool known = type >= kFirstEnum ? of_user != nullptr && of_user->schema != 0 : FindType(type) != nullptr;
    if (type != 0 && type != oid::kUnknown && !known) {
      return Fail(sqlstate::kUndefinedObject, "type with OID " + std::to_string(type) + " does not exist");
    }
    bound->parameters[i] = Type{type == 0 ? oid::kUnknown : type};
  }
  Binder binder(bound.get(), std::move(parsed), &context);
  ALLOD_RETURN_IF_ERROR(binder.BindStatement(statement.node));
  ALLOD_RETURN_IF_ERROR(binder.Finish());
  if (bound->kind != StatementKind::kSelect) bound->writes = true;
  return bound;
}

Result<std::string> BindTableExpression(std::string_view expression_sql, const catalog::Table* table, Type as,
                                        const BindContext& context, std::vector<catalog::Attnum>* columns_read,
                                        Type* result) {
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * node, sql::ParseExpression(expression_sql, arena));
  BoundStatement bound;
  Binder binder(&bound, nullptr, &context);
  binder.TextIsStored();
  Scope scope;
  scope.clause = table == nullptr ? Clause::kDefault : Clause::kCheck;
  if (table != nullptr) {
    Range* range = binder.NewTableRange(*table, scope);
    range->alias.clear();  // printed bare
    scope.items.push_back(binder.ItemFor(range, table->name));
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * expr, binder.BindExpr(node, scope));
  if (expr->kind == Expr::Kind::kRow) {
    return Unsupported("a row as a value is not supported", "List its columns.");
  }
  if (as.oid == oid::kUnknown) {
    ALLOD_ASSIGN_OR_RETURN(expr, binder.ResolveUnknown(expr));
  } else if (as.oid == oid::kBool) {
    if (!binder.CanCoerce(expr->type.oid, oid::kBool, CastContext::kAssignment)) {
      return Fail(sqlstate::kDatatypeMismatch,
                  "argument of CHECK must be type boolean, not type " + binder.TypeNameOf(expr->type));
    }
    ALLOD_ASSIGN_OR_RETURN(expr, binder.Coerce(expr, as, CastContext::kAssignment, -1));
  } else {
    if (!binder.CanCoerce(expr->type.oid, as.oid, CastContext::kAssignment)) {
      return Fail(sqlstate::kDatatypeMismatch, "expression is of type " + binder.TypeNameOf(expr->type) + " but type " +
                                                   binder.TypeNameOf(as) + " is expected");
    }
    ALLOD_ASSIGN_OR_RETURN(expr, binder.Coerce(expr, as, CastContext::kAssignment, -1));
  }
  if (result != nullptr) *result = expr->type;
  if (columns_read != nullptr) {
    columns_read->clear();
    for (const Access& access : bound.accesses)
      columns_read->insert(columns_read->end(), access.reads.begin(), access.reads.end());
  }
  return sql::PrintSqliteExpression(*expr);
}

}  // namespace allod::planner
