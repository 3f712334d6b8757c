// How an output column without AS is called.
#include "planner/bind.h"

namespace allod::planner {
namespace {

// FigureColname of parse_target.c: a name, and how strongly it is meant.
int Figure(const PgQuery__Node* node, std::string* name) {
  if (node == nullptr) return 0;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: {
      for (size_t i = node->column_ref->n_fields; i > 0; --i) {
        std::string part = StringOf(node->column_ref->fields[i - 1]);
        if (!part.empty()) {
          *name = part;
          return 2;
        }
      }
      return 0;
    }
    case PG_QUERY__NODE__NODE_A_INDIRECTION: {
      for (size_t i = node->a_indirection->n_indirection; i > 0; --i) {
        std::string part = StringOf(node->a_indirection->indirection[i - 1]);
        if (!part.empty()) {
          *name = part;
          return 2;
        }
      }
      return Figure(node->a_indirection->arg, name);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      *name = StringOf(node->func_call->funcname[node->func_call->n_funcname - 1]);
      return 2;
    case PG_QUERY__NODE__NODE_A_EXPR:
      if (node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF) {
        *name = "nullif";
        return 2;
      }
      return 0;
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      int strength = Figure(node->type_cast->arg, name);
      if (strength <= 1 && node->type_cast->type_name != nullptr && node->type_cast->type_name->n_names > 0) {
        *name = StringOf(node->type_cast->type_name->names[node->type_cast->type_name->n_names - 1]);
        return 1;
      }
      return strength;
    }
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return Figure(node->collate_clause->arg, name);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      *name = "grouping";
      return 2;
    case PG_QUERY__NODE__NODE_SUB_LINK:
      switch (node->sub_link->sub_link_type) {
        case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
          *name = "exists";
          return 2;
        case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
          *name = "array";
          return 2;
        case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: {
          // The name of the subquery's single column.
          const PgQuery__Node* sub = node->sub_link->subselect;
          if (sub == nullptr || sub->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return 0;
          const PgQuery__SelectStmt* select = sub->select_stmt;
          while (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE && select->larg != nullptr) select = select->larg;
          if (select->n_values_lists > 0) {
            *name = "column1";
            return 2;
          }
          if (select->n_target_list == 0) return 0;
          const PgQuery__ResTarget* target = select->target_list[0]->res_target;
          if (target->name != nullptr && target->name[0] != 0) {
            *name = target->name;
            return 2;
          }
          std::string inner = "?column?";
          Figure(target->val, &inner);
          *name = inner;
          return 2;
        }
        default:
          return 0;
      }
    case PG_QUERY__NODE__NODE_CASE_EXPR: {
      int strength = Figure(node->case_expr->defresult, name);
      if (strength <= 1) {
        *name = "case";
        return 1;
      }
      return strength;
    }
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      *name = "array";
      return 2;
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      *name = "row";
      return 2;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      *name = "coalesce";
      return 2;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      *name = node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least";
      return 2;
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      switch (node->sqlvalue_function->op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
          *name = "current_date";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
          *name = "current_time";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
          *name = "current_timestamp";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
          *name = "localtime";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
          *name = "localtimestamp";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE:
          *name = "current_role";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER:
          *name = "current_user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
          *name = "user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER:
          *name = "session_user";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
          *name = "current_catalog";
          break;
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
          *name = "current_schema";
          break;
        default:
          return 0;
      }
      return 2;
    default:
      return 0;
  }
}

}  // namespace

std::string Binder::TargetName(const PgQuery__Node* node) {
  std::string name = "?column?";
  Figure(node, &name);
  return name;
}

}  // namespace allod::planner
