// Expressions: one function per node kind of the tree; comparisons, arrays, calls and columns have files of their own.
#include <algorithm>
#include <cstdlib>

#include "planner/bind.h"

namespace allod::planner {
namespace {

constexpr Type kBool{oid::kBool};

}  // namespace

Expr* Binder::NewBool(Expr::Kind kind, std::vector<Expr*> args, int location) {
  if ((kind == Expr::Kind::kAnd || kind == Expr::Kind::kOr) && args.size() == 1) return args[0];
  Expr* made = New(kind, kBool, location);
  made->nullable = false;
  for (const Expr* arg : args) made->nullable = made->nullable || arg->nullable;
  switch (kind) {
    case Expr::Kind::kIsNull:
    case Expr::Kind::kIsNotNull:
    case Expr::Kind::kIsDistinct:
    case Expr::Kind::kIsNotDistinct:
    case Expr::Kind::kIsTrue:
    case Expr::Kind::kIsNotTrue:
    case Expr::Kind::kIsFalse:
    case Expr::Kind::kIsNotFalse:
      made->nullable = false;
      break;
    default:
      break;
  }
  made->args = std::move(args);
  return made;
}

Result<std::vector<Expr*>> Binder::BindList(PgQuery__Node** nodes, size_t count, Scope& scope) {
  std::vector<Expr*> list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(nodes[i], scope));
    list.push_back(expr);
  }
  return list;
}

Result<Expr*> Binder::BindExpr(const PgQuery__Node* node, Scope& scope) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return BindColumnRef(*node->column_ref, scope);
    case PG_QUERY__NODE__NODE_A_CONST:
      return BindConst(*node->a_const);
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return BindParam(*node->param_ref);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return BindAExpr(*node->a_expr, scope);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
      return BindBoolExpr(*node->bool_expr, scope);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return BindFuncCall(*node->func_call, scope);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return BindTypeCast(*node->type_cast, scope);
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return BindSubLink(*node->sub_link, scope);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return BindCase(*node->case_expr, scope);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return BindCoalesce(*node->coalesce_expr, scope);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return BindMinMax(*node->min_max_expr, scope);
    case PG_QUERY__NODE__NODE_NULL_TEST:
      return BindNullTest(*node->null_test, scope);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      return BindBooleanTest(*node->boolean_test, scope);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return BindArray(*node->a_array_expr, scope, oid::kInvalid);
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
      return BindIndirection(*node->a_indirection, scope);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return BindCollate(*node->collate_clause, scope);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return BindValueFunction(*node->sqlvalue_function);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return BindRow(*node->row_expr, scope);
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
      return Error(sqlstate::kSyntaxError, "DEFAULT is not allowed in this context", node->set_to_default->location);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      return NotSupported("GROUPING is not supported", node->grouping_func->location,
                          "Write one SELECT per grouping and join them with UNION ALL.");
    case PG_QUERY__NODE__NODE_XML_EXPR:
    case PG_QUERY__NODE__NODE_XML_SERIALIZE:
      return NotSupported("XML is not supported", -1, "Use json or jsonb.");
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR:
      return NotSupported("WHERE CURRENT OF is not supported", -1, "Name the row by its key.");
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR:
      return NotSupported("named arguments are not supported here", node->named_arg_expr->location,
                          "Give the arguments by position.");
    default:
      return NotSupported("this kind of expression is not supported", -1, "See docs/sql.md for what is.");
  }
}

Result<Expr*> Binder::BindCondition(const PgQuery__Node* node, Scope& scope, std::string_view clause) {
  ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(node, scope));
  if (!CanCoerce(expr->type.oid, oid::kBool, CastContext::kAssignment) || expr->kind == Expr::Kind::kRow) {
    return Error(sqlstate::kDatatypeMismatch,
                 "argument of " + std::string(clause) + " must be type boolean, not type " + TypeNameOf(expr->type),
                 expr->location);
  }
  return Coerce(expr, kBool, CastContext::kAssignment, expr->location);
}

Result<Expr*> Binder::BindConst(const PgQuery__AConst& node) {
  Expr* made = New(Expr::Kind::kConstant, Type{}, node.location);
  made->nullable = node.isnull;
  if (node.isnull) return made;
  switch (node.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      made->type = Type{oid::kInt4};
      made->constant = Value::Integer(node.ival == nullptr ? 0 : node.ival->ival);
      return made;
    case PG_QUERY__A__CONST__VAL_FVAL: {
      // Digits beyond int4, or a decimal fraction.
      std::string text = node.fval->fval;
      if (text.find_first_of(".eE") == std::string::npos) {
        errno = 0;
        char* end = nullptr;
        long long v = std::strtoll(text.c_str(), &end, 10);
        if (errno == 0 && *end == 0) {
          made->type = Type{v >= INT32_MIN && v <= INT32_MAX ? oid::kInt4 : oid::kInt8};
          made->constant = Value::Integer(v);
          return made;
        }
      }
      Expr text_constant = *made;
      text_constant.constant = Value::Text(std::move(text));
      return Literal(text_constant, Type{oid::kNumeric}, false, node.location);
    }
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      made->type = kBool;
      made->constant = Value::Bool(node.boolval != nullptr && node.boolval->boolval);
      return made;
    case PG_QUERY__A__CONST__VAL_SVAL:
      made->constant = Value::Text(node.sval == nullptr || node.sval->sval == nullptr ? "" : node.sval->sval);
      return made;
    default:
      return NotSupported("bit strings are not supported", node.location, "Use bytea ('\\x...'), or an integer.");
  }
}

Result<Expr*> Binder::BindParam(const PgQuery__ParamRef& node) {
  if (!parameters_allowed_ || foreign_text_ > 0 || node.number < 1 ||
      node.number > static_cast<int>(bound_->parameters.size())) {
    return Error(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(node.number), node.location);
  }
  Expr* made = New(Expr::Kind::kParameter, bound_->parameters[node.number - 1], node.location);
  made->number = node.number;
  return made;
}

Result<Expr*> Binder::BindBoolExpr(const PgQuery__BoolExpr& node, Scope& scope) {
  const bool is_not = node.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR;
  const bool is_and = node.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  std::vector<Expr*> args;
  for (size_t i = 0; i < node.n_args; ++i) {
    ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindCondition(node.args[i], scope, is_not ? "NOT" : is_and ? "AND" : "OR"));
    args.push_back(arg);
  }
  return NewBool(is_not   ? Expr::Kind::kNot
                 : is_and ? Expr::Kind::kAnd
                          : Expr::Kind::kOr,
                 std::move(args), node.location);
}

Result<Expr*> Binder::BindTypeCast(const PgQuery__TypeCast& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Type type, ResolveTypeName(*node.type_name));
  const PgQuery__Node* arg = node.arg;
  if (type.oid == oid::kInterval && node.type_name->n_typmods > 0 &&
      node.type_name->typmods[0]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
      node.type_name->typmods[0]->a_const->ival != nullptr &&
      node.type_name->typmods[0]->a_const->ival->ival != 0x7FFF) {
    // INTERVAL '3' DAY: the field is the unit of a bare number.
    std::string_view unit;
    switch (node.type_name->typmods[0]->a_const->ival->ival) {
      case 1 << 1:
        unit = "month";
        break;
      case 1 << 2:
        unit = "year";
        break;
      case 1 << 3:
        unit = "day";
        break;
      case 1 << 10:
        unit = "hour";
        break;
      case 1 << 11:
        unit = "minute";
        break;
      case 1 << 12:
        unit = "second";
        break;
      default:
        break;
    }
    if (!unit.empty() && arg->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) {
      std::string text = arg->a_const->sval->sval;
      if (!text.empty() && text.find_first_not_of("0123456789+-") == std::string::npos) {
        Expr constant;
        constant.constant = Value::Text(text + " " + std::string(unit));
        constant.location = arg->a_const->location;
        ALLOD_ASSIGN_OR_RETURN(Expr * made, Literal(constant, Type{oid::kInterval}, true, constant.location));
        made->type.typmod = (node.type_name->typmods[0]->a_const->ival->ival << 16) | 0xFFFF;
        return made;
      }
    }
    return NotSupported("interval with fields is not supported", node.location,
                        "Write the units in the text: interval '1 day 2 hours'.");
  }
  if (arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && IsArray(type.oid)) {
    ALLOD_ASSIGN_OR_RETURN(Expr * array, BindArray(*arg->a_array_expr, scope, FindType(type.oid)->element));
    return Coerce(array, type, CastContext::kExplicit, node.location);
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(arg, scope));
  if (expr->kind == Expr::Kind::kRow) {
    return Error(sqlstate::kCannotCoerce, "cannot cast type record to " + TypeNameOf(type), node.location);
  }
  return Coerce(expr, type, CastContext::kExplicit, node.location >= 0 ? node.location : expr->location);
}

Result<Expr*> Binder::BindCase(const PgQuery__CaseExpr& node, Scope& scope) {
  Expr* operand = nullptr;
  if (node.arg != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(operand, BindExpr(node.arg, scope));
    if (operand->kind == Expr::Kind::kRow) {
      return NotSupported("CASE of a row is not supported", node.location, "Write CASE WHEN with the comparisons.");
    }
    ALLOD_ASSIGN_OR_RETURN(operand, ResolveUnknown(operand));
  }
  std::vector<Expr*> conditions, results;
  Expr* shared = nullptr;  // the operand in the form that all comparisons have
  bool same = true;
  for (size_t i = 0; i < node.n_args; ++i) {
    const PgQuery__CaseWhen& when = *node.args[i]->case_when;
    if (operand != nullptr) {
      ALLOD_ASSIGN_OR_RETURN(Expr * value, BindExpr(when.expr, scope));
      ALLOD_ASSIGN_OR_RETURN(Expr * compare, BindComparison("=", operand, value, when.location));
      conditions.push_back(compare);
      if (!IsNative(*compare)) same = false;
      else if (shared == nullptr) shared = compare->args[0];
      else if (!EqualExpr(*shared, *compare->args[0])) same = false;
    } else {
      ALLOD_ASSIGN_OR_RETURN(Expr * condition, BindCondition(when.expr, scope, "CASE/WHEN"));
      conditions.push_back(condition);
    }
    ALLOD_ASSIGN_OR_RETURN(Expr * result, BindExpr(when.result, scope));
    results.push_back(result);
  }
  if (node.defresult != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(Expr * result, BindExpr(node.defresult, scope));
    results.push_back(result);
  }
  for (const Expr* result : results) {
    if (result->kind == Expr::Kind::kRow)
      return NotSupported("rows as results of CASE are not supported", node.location, "Use one CASE per column.");
  }
  ALLOD_RETURN_IF_ERROR(CoerceAll(results, "CASE"));
  Expr* made = New(Expr::Kind::kCase, TypeOfAll(results), node.location);
  made->nullable = node.defresult == nullptr;
  for (const Expr* result : results) made->nullable = made->nullable || result->nullable;
  if (operand != nullptr && same) {
    made->operand = true;
    made->args.push_back(shared);
  } else if (operand != nullptr && IsVolatile(operand)) {
    return NotSupported("CASE of a value that changes with every evaluation is not supported here", node.location,
                        "Compute it in a subquery of FROM.");
  }
  for (size_t i = 0; i < conditions.size(); ++i) {
    made->args.push_back(made->operand ? conditions[i]->args[1] : conditions[i]);
    made->args.push_back(results[i]);
  }
  if (node.defresult != nullptr) made->args.push_back(results.back());
  return made;
}

Result<Expr*> Binder::BindCoalesce(const PgQuery__CoalesceExpr& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> args, BindList(node.args, node.n_args, scope));
  ALLOD_RETURN_IF_ERROR(CoerceAll(args, "COALESCE"));
  Expr* made = New(Expr::Kind::kCoalesce, TypeOfAll(args), node.location);
  for (const Expr* arg : args) made->nullable = made->nullable && arg->nullable;
  made->args = std::move(args);
  return made;
}

Result<Expr*> Binder::BindMinMax(const PgQuery__MinMaxExpr& node, Scope& scope) {
  const bool greatest = node.op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> args, BindList(node.args, node.n_args, scope));
  ALLOD_RETURN_IF_ERROR(CoerceAll(args, greatest ? "GREATEST" : "LEAST"));
  if (args[0]->type.oid == oid::kJson) {
    return Error(sqlstate::kUndefinedFunction, "could not identify a comparison function for type json", node.location);
  }
  Expr* made = New(greatest ? Expr::Kind::kGreatest : Expr::Kind::kLeast, TypeOfAll(args), node.location);
  for (const Expr* arg : args) made->nullable = made->nullable && arg->nullable;
  made->args = std::move(args);
  return made;
}

Result<Expr*> Binder::BindNullTest(const PgQuery__NullTest& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindExpr(node.arg, scope));
  const Expr::Kind kind =
      node.nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL ? Expr::Kind::kIsNull : Expr::Kind::kIsNotNull;
  if (arg->kind == Expr::Kind::kRow) {
    // All fields are null, all fields are not null.
    std::vector<Expr*> parts;
    for (Expr* field : arg->args) {
      ALLOD_ASSIGN_OR_RETURN(field, ResolveUnknown(field));
      parts.push_back(NewBool(kind, {field}, node.location));
    }
    return NewBool(Expr::Kind::kAnd, std::move(parts), node.location);
  }
  // A parameter may get its type elsewhere: id = $1 OR $1 IS NULL, in either order.
  if (arg->kind != Expr::Kind::kParameter) {
    ALLOD_ASSIGN_OR_RETURN(arg, ResolveUnknown(arg));
  }
  return NewBool(kind, {arg}, node.location);
}

Result<Expr*> Binder::BindBooleanTest(const PgQuery__BooleanTest& node, Scope& scope) {
  Expr::Kind kind = Expr::Kind::kIsTrue;
  std::string_view name = "IS TRUE";
  switch (node.booltesttype) {
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE:
      kind = Expr::Kind::kIsNotTrue;
      name = "IS NOT TRUE";
      break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE:
      kind = Expr::Kind::kIsFalse;
      name = "IS FALSE";
      break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE:
      kind = Expr::Kind::kIsNotFalse;
      name = "IS NOT FALSE";
      break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN:
      kind = Expr::Kind::kIsNull;
      name = "IS UNKNOWN";
      break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN:
      kind = Expr::Kind::kIsNotNull;
      name = "IS NOT UNKNOWN";
      break;
    default:
      break;
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindCondition(node.arg, scope, name));
  return NewBool(kind, {arg}, node.location);
}

Result<Expr*> Binder::BindCollate(const PgQuery__CollateClause& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindExpr(node.arg, scope));
  std::vector<std::string> names = StringsOf(node.collname, node.n_collname);
  const std::string& name = names.back();
  const TypeInfo* info = FindType(arg->type.oid);
  if (arg->type.oid != oid::kUnknown && (info == nullptr || info->category != 'S')) {
    return Error(sqlstate::kDatatypeMismatch, "collations are not supported by type " + TypeNameOf(arg->type),
                 node.location);
  }
  // Text is compared by its bytes: that is these three, and the default.
  if (name == "C" || name == "POSIX" || name == "ucs_basic" || name == "default" || name == "C.UTF-8" ||
      name == "C.utf8") {
    if (arg->kind != Expr::Kind::kColumn) return arg;
    // No longer the column itself, as RowDescription tells it.
    Expr* made = New(Expr::Kind::kCoalesce, arg->type, node.location);
    made->nullable = arg->nullable;
    made->args = {arg};
    return made;
  }
  return NotSupported("collation \"" + name + "\" is not supported", node.location,
                      "Text is ordered by its bytes: use COLLATE \"C\", or order by lower(...).");
}

Result<Expr*> Binder::BindValueFunction(const PgQuery__SQLValueFunction& node) {
  // Written without brackets, so not in the table of functions.
  static const Overload kCurrentUser{"current_user", sql::FunctionKind::kScalar, {},
                                     oid::kName,     "allod_current_user",       sql::Volatility::kStable};
  static const Overload kSessionUser{"session_user", sql::FunctionKind::kScalar, {},
                                     oid::kName,     "allod_session_user",       sql::Volatility::kStable};
  auto user = [&](const Overload* overload) -> Result<Expr*> {
    return MakeCall({overload, {}, Type{oid::kName}}, {}, node.location);
  };
  auto now = [&](Oid type) -> Result<Expr*> {
    ALLOD_ASSIGN_OR_RETURN(Expr * call, CallFunction("now", {}, node.location));
    call->nullable = false;
    int32_t typmod = -1;
    switch (node.op) {
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
        typmod = std::min(node.typmod, 6);
        break;
      default:
        break;
    }
    return Coerce(call, Type{type, typmod}, CastContext::kExplicit, node.location);
  };
  switch (node.op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
      return now(oid::kDate);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
      return now(oid::kTimestamptz);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
      return now(oid::kTime);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
      return now(oid::kTimestamp);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
      return NotSupported("CURRENT_TIME is not supported (type time with time zone)", node.location, "Use LOCALTIME.");
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
      return user(&kCurrentUser);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER:
      return user(&kSessionUser);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
      return CallFunction("current_database", {}, node.location);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
      return CallFunction("current_schema", {}, node.location);
    default:
      return NotSupported("this function is not supported", node.location, "See docs/sql.md for what is.");
  }
}

Result<Expr*> Binder::BindRow(const PgQuery__RowExpr& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> args, BindList(node.args, node.n_args, scope));
  Expr* made = New(Expr::Kind::kRow, Type{oid::kRecord}, node.location);
  made->nullable = false;
  made->args = std::move(args);
  return made;
}

}  // namespace allod::planner
