// Expressions: one function per node kind of the tree.
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "planner/bind.h"

namespace allod::planner {
namespace {

constexpr Type kBool{oid::kBool};

std::string OperatorName(PgQuery__Node* const* names, size_t count) {
  std::vector<std::string> parts = StringsOf(names, count);
  return parts.empty() ? "" : parts.back();
}

bool IsNullConstant(const Expr& e) { return e.kind == Expr::Kind::kConstant && e.constant.is_null(); }

bool IsComparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

// The comparison is the engine's own, not one that converts an argument on the way.
bool IsNative(const Expr& compare) {
  return compare.kind == Expr::Kind::kCompare && compare.overload->sqlite.size() > 3 &&
         compare.overload->sqlite.substr(0, 3) == "($1" &&
         compare.overload->sqlite.find("_cmp") == std::string_view::npos;
}

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

Result<Expr*> Binder::BindAExpr(const PgQuery__AExpr& node, Scope& scope) {
  switch (node.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
      return BindOperator(node, scope);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: {
      ALLOD_ASSIGN_OR_RETURN(Expr * left, BindExpr(node.lexpr, scope));
      ALLOD_ASSIGN_OR_RETURN(Expr * right, BindExpr(node.rexpr, scope));
      return BindAnyAll(OperatorName(node.name, node.n_name), left, right,
                        node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY, node.location);
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: {
      ALLOD_ASSIGN_OR_RETURN(Expr * left, BindExpr(node.lexpr, scope));
      ALLOD_ASSIGN_OR_RETURN(Expr * right, BindExpr(node.rexpr, scope));
      return BindDistinctFrom(left, right, node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT, node.location);
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF: {
      ALLOD_ASSIGN_OR_RETURN(Expr * left, BindExpr(node.lexpr, scope));
      ALLOD_ASSIGN_OR_RETURN(Expr * right, BindExpr(node.rexpr, scope));
      if (left->kind == Expr::Kind::kRow || right->kind == Expr::Kind::kRow) {
        return NotSupported("NULLIF of rows is not supported", node.location, "Compare the columns.");
      }
      ALLOD_ASSIGN_OR_RETURN(Expr * compare, Compare("=", left, right, node.location));
      if (!IsNative(*compare)) {
        return NotSupported(
            "NULLIF of " + TypeNameOf(left->type) + " and " + TypeNameOf(right->type) + " is not supported",
            node.location, "Cast one of them to the type of the other.");
      }
      Expr* made = New(Expr::Kind::kNullIf, compare->args[0]->type, node.location);
      made->args = compare->args;
      return made;
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
      return BindIn(node, scope);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
      return BindBetween(node, scope);
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
      return NotSupported("SIMILAR TO is not supported", node.location, "Use LIKE, or ~ with a regular expression.");
    default:
      return NotSupported("this kind of expression is not supported", node.location, "See docs/sql.md for what is.");
  }
}

Result<Expr*> Binder::BindOperator(const PgQuery__AExpr& node, Scope& scope) {
  std::string op = OperatorName(node.name, node.n_name);
  if (node.lexpr == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(Expr * operand, BindExpr(node.rexpr, scope));
    if (op == "-" && operand->kind == Expr::Kind::kConstant && !operand->constant.is_null() &&
        (operand->type.oid == oid::kInt4 || operand->type.oid == oid::kInt8) &&
        operand->constant.integer() != INT64_MIN && operand->constant.integer() != INT32_MIN) {
      Expr* made = pool().Copy(*operand);
      made->constant = Value::Integer(-operand->constant.integer());
      return made;
    }
    return CallOperator(op, {operand}, node.location);
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * left, BindExpr(node.lexpr, scope));
  ALLOD_ASSIGN_OR_RETURN(Expr * right, BindExpr(node.rexpr, scope));
  if (IsComparison(op)) return BindComparison(op, left, right, node.location);
  if (left->kind == Expr::Kind::kRow || right->kind == Expr::Kind::kRow) {
    return Error(sqlstate::kUndefinedFunction, "operator does not exist: record " + op + " record", node.location);
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * call, CallOperator(op, {left, right}, node.location));
  if (op == "~~" && call->args[0]->kind == Expr::Kind::kColumn && call->args[0]->range->kind == Range::Kind::kTable &&
      (call->args[1]->kind == Expr::Kind::kConstant || call->args[1]->kind == Expr::Kind::kParameter)) {
    call->text = "prefix";  // an index on the column may serve: the printer adds its range
  } else if (op == "~~" && call->args[0]->kind == Expr::Kind::kCall && call->args[0]->overload->sqlite.empty() &&
             call->args[0]->args[0]->kind == Expr::Kind::kColumn && call->args[0]->args[0]->type.oid == oid::kVarchar &&
             (call->args[1]->kind == Expr::Kind::kConstant || call->args[1]->kind == Expr::Kind::kParameter)) {
    call->text = "prefix";
  }
  return call;
}

Result<Expr*> Binder::BindComparison(std::string_view op, Expr* left, Expr* right, int location) {
  const bool left_row = left->kind == Expr::Kind::kRow, right_row = right->kind == Expr::Kind::kRow;
  if (!left_row && !right_row) return Compare(op, left, right, location);
  if (left_row != right_row) {
    return Error(
        sqlstate::kUndefinedFunction,
        "operator does not exist: " + TypeNameOf(left->type) + " " + std::string(op) + " " + TypeNameOf(right->type),
        location);
  }
  if (left->args.size() != right->args.size()) {
    return Error(sqlstate::kSyntaxError, "unequal number of entries in row expressions", location);
  }
  if (left->args.empty()) return NotSupported("comparing empty rows is not supported", location, "Compare columns.");
  std::vector<Expr*> parts;
  for (size_t i = 0; i < left->args.size(); ++i) {
    ALLOD_ASSIGN_OR_RETURN(Expr * part, BindComparison(op, left->args[i], right->args[i], location));
    parts.push_back(part);
  }
  if (op == "=") return NewBool(Expr::Kind::kAnd, std::move(parts), location);
  if (op == "<>" || op == "!=") return NewBool(Expr::Kind::kOr, std::move(parts), location);
  Expr* a = New(Expr::Kind::kRow, Type{oid::kRecord}, left->location);
  Expr* b = New(Expr::Kind::kRow, Type{oid::kRecord}, right->location);
  for (Expr* part : parts) {
    if (!IsNative(*part)) {
      return NotSupported("comparing these types in a row is not supported", location, "Cast the values to one type.");
    }
    a->args.push_back(part->args[0]);
    b->args.push_back(part->args[1]);
    a->nullable = a->nullable || part->nullable;
  }
  Expr* made = NewBool(Expr::Kind::kRowCompare, {a, b}, location);
  made->op = parts[0]->op;
  return made;
}

Result<Expr*> Binder::BindIn(const PgQuery__AExpr& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Expr * left, BindExpr(node.lexpr, scope));
  if (node.rexpr->node_case != PG_QUERY__NODE__NODE_LIST) {
    return NotSupported("this form of IN is not supported", node.location, "Write a list or a subquery.");
  }
  const bool negated = OperatorName(node.name, node.n_name) == "<>";
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> items, BindList(node.rexpr->list->items, node.rexpr->list->n_items, scope));
  // A string literal among typed values takes their type, as in an array of them.
  if (left->kind != Expr::Kind::kRow && left->type.oid == oid::kUnknown) {
    for (const Expr* item : items) {
      if (item->type.oid == oid::kUnknown) continue;
      ALLOD_ASSIGN_OR_RETURN(left, Coerce(left, Type{item->type.oid}, CastContext::kImplicit, left->location));
      break;
    }
    ALLOD_ASSIGN_OR_RETURN(left, ResolveUnknown(left));
  }
  // Those that compare with the same form of the left side are one IN.
  std::vector<Expr*> alternatives;
  Expr* in = nullptr;
  const Overload* left_cast = nullptr;
  for (Expr* item : items) {
    ALLOD_ASSIGN_OR_RETURN(Expr * compare, BindComparison("=", left, item, node.location));
    if (!IsNative(*compare)) {
      alternatives.push_back(compare);
      continue;
    }
    Expr* form = compare->args[0];
    const Overload* cast = form == left ? nullptr : form->kind == Expr::Kind::kCall ? form->overload : nullptr;
    const bool same =
        in != nullptr &&
        (form == in->args[0] || (form != left && cast != nullptr && cast == left_cast && form->args[0] == left) ||
         EqualExpr(*form, *in->args[0]));
    if (!same) {
      in = New(Expr::Kind::kIn, kBool, node.location);
      in->args = {form};
      in->nullable = form->nullable;
      left_cast = cast;
      alternatives.push_back(in);
    }
    in->args.push_back(compare->args[1]);
    in->nullable = in->nullable || compare->args[1]->nullable;
  }
  Expr* made = NewBool(Expr::Kind::kOr, std::move(alternatives), node.location);
  if (negated) {
    if (made->kind == Expr::Kind::kIn) made->negated = true;
    else made = NewBool(Expr::Kind::kNot, {made}, node.location);
  }
  return made;
}

Result<Expr*> Binder::BindBetween(const PgQuery__AExpr& node, Scope& scope) {
  const bool negated = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                       node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  const bool symmetric = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                         node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  ALLOD_ASSIGN_OR_RETURN(Expr * value, BindExpr(node.lexpr, scope));
  ALLOD_ASSIGN_OR_RETURN(Expr * low, BindExpr(node.rexpr->list->items[0], scope));
  ALLOD_ASSIGN_OR_RETURN(Expr * high, BindExpr(node.rexpr->list->items[1], scope));
  auto range = [&](Expr* a, Expr* b) -> Result<Expr*> {
    ALLOD_ASSIGN_OR_RETURN(Expr * from, BindComparison(negated ? "<" : ">=", value, a, node.location));
    ALLOD_ASSIGN_OR_RETURN(Expr * to, BindComparison(negated ? ">" : "<=", value, b, node.location));
    return NewBool(negated ? Expr::Kind::kOr : Expr::Kind::kAnd, {from, to}, node.location);
  };
  ALLOD_ASSIGN_OR_RETURN(Expr * made, range(low, high));
  if (!symmetric) return made;
  ALLOD_ASSIGN_OR_RETURN(Expr * other, range(high, low));
  return NewBool(negated ? Expr::Kind::kAnd : Expr::Kind::kOr, {made, other}, node.location);
}

Result<Expr*> Binder::BindDistinctFrom(Expr* left, Expr* right, bool distinct, int location) {
  if (left->kind == Expr::Kind::kRow && right->kind == Expr::Kind::kRow) {
    if (left->args.size() != right->args.size()) {
      return Error(sqlstate::kSyntaxError, "unequal number of entries in row expressions", location);
    }
    std::vector<Expr*> parts;
    for (size_t i = 0; i < left->args.size(); ++i) {
      ALLOD_ASSIGN_OR_RETURN(Expr * part, BindDistinctFrom(left->args[i], right->args[i], distinct, location));
      parts.push_back(part);
    }
    return NewBool(distinct ? Expr::Kind::kOr : Expr::Kind::kAnd, std::move(parts), location);
  }
  if (IsNullConstant(*left) && left->type.oid == oid::kUnknown) std::swap(left, right);
  if (IsNullConstant(*right) && right->type.oid == oid::kUnknown) {
    ALLOD_ASSIGN_OR_RETURN(left, ResolveUnknown(left));
    return NewBool(distinct ? Expr::Kind::kIsNotNull : Expr::Kind::kIsNull, {left}, location);
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * compare, BindComparison("=", left, right, location));
  if (!IsNative(*compare)) {
    if (!left->nullable && !right->nullable) {
      return distinct ? NewBool(Expr::Kind::kNot, {compare}, location) : compare;
    }
    return NotSupported("IS DISTINCT FROM between these types is not supported", location,
                        "Cast one side to the type of the other.");
  }
  return NewBool(distinct ? Expr::Kind::kIsDistinct : Expr::Kind::kIsNotDistinct, compare->args, location);
}

Result<Expr*> Binder::BindAnyAll(std::string_view op, Expr* left, Expr* array, bool any, int location) {
  if (left->kind == Expr::Kind::kRow) {
    return NotSupported("comparing a row with the elements of an array is not supported", location,
                        "Use IN with a list of rows or a subquery.");
  }
  // The element, as a value of its own: `value` of the engine's unnesting function.
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  Oid element = oid::kUnknown;
  if (array->type.oid != oid::kUnknown) {
    const TypeInfo* info = FindType(array->type.oid);
    if (array->type.oid == oid::kInt2Vector) element = oid::kInt2;
    else if (array->type.oid == oid::kOidVector) element = oid::kOid;
    else if (info != nullptr && IsArray(array->type.oid)) element = info->element;
    else return Error(sqlstate::kWrongObjectType, "op ANY/ALL (array) requires array on right side", location);
  }
  range->columns.push_back({"value", "value", Type{element}, true, 0, 0});
  Expr* value = New(Expr::Kind::kColumn, Type{element}, array->location);
  value->range = range;
  // A literal or parameter array is of the type that its elements are compared as.
  if (element == oid::kUnknown) {
    value = New(Expr::Kind::kConstant, Type{oid::kUnknown}, array->location);
  }
  std::vector<Expr*> args{left, value};
  std::string name = op == "!=" ? "<>" : std::string(op);
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(sql::FindOperators(name, false), args, true, name, location));
  if (match.result.oid != oid::kBool) {
    return Error(sqlstate::kWrongObjectType, "op ANY/ALL (array) requires operator to yield boolean", location);
  }
  Oid wanted = match.arguments[1].oid;
  if (wanted != element) {
    const TypeInfo* info = FindType(wanted);
    if (info == nullptr || info->array == 0) {
      return Error(sqlstate::kUndefinedObject,
                   "could not find array type for data type " + TypeNameOf(match.arguments[1]), location);
    }
    ALLOD_ASSIGN_OR_RETURN(array, Coerce(array, Type{info->array}, CastContext::kImplicit, array->location));
    element = wanted;
    range->columns[0].type = Type{element};
    value = New(Expr::Kind::kColumn, Type{element}, array->location);
    value->range = range;
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * body, IsComparison(name) ? Compare(name, left, value, location)
                                                         : CallOperator(name, {left, value}, location));
  const bool native = IsNative(*body) && body->args[1] == value;
  if (native && ((name == "=" && any) || (name == "<>" && !any))) {
    Expr* in = New(Expr::Kind::kInArray, kBool, location);
    in->args = {body->args[0], array};
    in->range = range;
    return any ? in : NewBool(Expr::Kind::kNot, {in}, location);
  }
  Expr* made = New(Expr::Kind::kAnyAll, kBool, location);
  made->number = any ? 1 : 0;
  made->args = {body, array};
  made->range = range;
  return made;
}

Result<Expr*> Binder::BindSubLink(const PgQuery__SubLink& node, Scope& scope) {
  if (scope.clause == Clause::kCheck || scope.clause == Clause::kDefault || scope.clause == Clause::kIndex) {
    return Error(sqlstate::kFeatureNotSupported,
                 std::string("cannot use subquery in ") + (scope.clause == Clause::kCheck     ? "check constraint"
                                                           : scope.clause == Clause::kDefault ? "DEFAULT expression"
                                                                                              : "index expression"),
                 node.location);
  }
  std::vector<Expr*> lefts;
  Expr* left = nullptr;
  if (node.testexpr != nullptr) {
    ALLOD_ASSIGN_OR_RETURN(left, BindExpr(node.testexpr, scope));
    lefts = left->kind == Expr::Kind::kRow ? left->args : std::vector<Expr*>{left};
  }
  ALLOD_ASSIGN_OR_RETURN(Query * query, BindSubquery(node.subselect, scope));
  std::string op = node.n_oper_name == 0 ? "=" : OperatorName(node.oper_name, node.n_oper_name);
  auto one_column = [&]() -> Status {
    if (query->columns.size() != 1)
      return Error(sqlstate::kSyntaxError, "subquery must return only one column", node.location);
    return Ok();
  };
  switch (node.sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: {
      Expr* made = New(Expr::Kind::kExists, kBool, node.location);
      made->nullable = false;
      made->query = query;
      return made;
    }
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: {
      ALLOD_RETURN_IF_ERROR(one_column());
      Expr* made = New(Expr::Kind::kScalar, query->columns[0].type, node.location);
      made->query = query;
      return made;
    }
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: {
      ALLOD_RETURN_IF_ERROR(one_column());
      const TypeInfo* info = FindType(query->columns[0].type.oid);
      if (info == nullptr || info->array == 0) {
        if (info != nullptr && info->element != 0) {
          return NotSupported("arrays of more than one dimension are not supported", node.location, "Use jsonb_agg.");
        }
        return Error(sqlstate::kUndefinedObject,
                     "could not find array type for data type " + TypeNameOf(query->columns[0].type), node.location);
      }
      Expr* made = New(Expr::Kind::kArrayQuery, Type{info->array}, node.location);
      made->nullable = false;
      made->query = query;
      return made;
    }
    case PG_QUERY__SUB_LINK_TYPE__ROWCOMPARE_SUBLINK: {
      if (lefts.size() != query->columns.size()) {
        return Error(
            sqlstate::kSyntaxError,
            lefts.size() < query->columns.size() ? "subquery has too many columns" : "subquery has too few columns",
            node.location);
      }
      std::vector<Expr*> parts;
      for (size_t i = 0; i < lefts.size(); ++i) {
        Expr* value = New(Expr::Kind::kScalar, query->columns[i].type, node.location);
        value->query = query;
        value->column = static_cast<int>(i);
        ALLOD_ASSIGN_OR_RETURN(Expr * part, Compare(op, lefts[i], value, node.location));
        parts.push_back(part);
      }
      if (op == "=") return NewBool(Expr::Kind::kAnd, std::move(parts), node.location);
      if (op == "<>") return NewBool(Expr::Kind::kOr, std::move(parts), node.location);
      return NotSupported("comparing a row with a subquery by " + op + " is not supported", node.location,
                          "Join with the subquery in FROM and compare there.");
    }
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
    case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK:
      break;
    default:
      return NotSupported("this kind of subquery is not supported", node.location, "Join with it in FROM.");
  }
  const bool any = node.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  if (lefts.size() != query->columns.size()) {
    return Error(
        sqlstate::kSyntaxError,
        lefts.size() < query->columns.size() ? "subquery has too many columns" : "subquery has too few columns",
        node.location);
  }
  // Each pair decides on its types; the subquery's columns are brought to them.
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kSubquery;
  range->alias = NewAlias();
  std::vector<Expr*> parts;
  if (op == "!=") op = "<>";
  for (size_t i = 0; i < lefts.size(); ++i) {
    const Range::Column& column = query->columns[i];
    range->columns.push_back({column.name, "n" + std::to_string(i + 1), column.type, column.nullable, 0, 0});
    Expr* value = New(Expr::Kind::kColumn, column.type, node.location);
    value->range = range;
    value->column = static_cast<int>(i);
    value->nullable = column.nullable;
    ALLOD_ASSIGN_OR_RETURN(Expr * part, IsComparison(op) ? Compare(op, lefts[i], value, node.location)
                                                         : CallOperator(op, {lefts[i], value}, node.location));
    parts.push_back(part);
  }
  bool native = true;
  for (const Expr* part : parts) native = native && IsNative(*part);
  if (native && ((any && op == "=") || (!any && op == "<>"))) {
    Expr* made = New(Expr::Kind::kInQuery, kBool, node.location);
    made->nullable = false;
    made->query = query;
    for (size_t i = 0; i < parts.size(); ++i) {
      Expr* right = parts[i]->args[1];
      if (right->kind != Expr::Kind::kColumn || right->range != range) {
        ALLOD_RETURN_IF_ERROR(CoerceQueryColumn(query, i, right->type));
      }
      made->args.push_back(parts[i]->args[0]);
      made->nullable = made->nullable || parts[i]->nullable;
    }
    if (any) return made;
    made->negated = true;
    return made;
  }
  if (parts.size() > 1) {
    return NotSupported("comparing a row with a subquery by " + op + (any ? " ANY" : " ALL") + " is not supported",
                        node.location, "Use EXISTS with the conditions written out.");
  }
  Expr* made = New(Expr::Kind::kAnyAll, kBool, node.location);
  made->number = any ? 1 : 0;
  made->args = {parts[0]};
  made->range = range;
  made->query = query;
  return made;
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

Result<Expr*> Binder::BindArray(const PgQuery__AArrayExpr& node, Scope& scope, Oid wanted) {
  if (node.n_elements == 0 && wanted == oid::kInvalid) {
    Status status = Error(sqlstate::kIndeterminateDatatype, "cannot determine type of empty array", node.location);
    return std::move(status).Hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].");
  }
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> elements, BindList(node.elements, node.n_elements, scope));
  for (Expr*& element : elements) {
    if (element->kind == Expr::Kind::kRow)
      return NotSupported("arrays of rows are not supported", node.location, "Use jsonb_agg.");
    if (IsArray(element->type.oid)) {
      return NotSupported("arrays of more than one dimension are not supported", node.location, "Use jsonb.");
    }
    if (wanted != oid::kInvalid) {
      ALLOD_ASSIGN_OR_RETURN(element, Coerce(element, Type{wanted}, CastContext::kExplicit, element->location));
    }
  }
  if (wanted == oid::kInvalid) {
    ALLOD_RETURN_IF_ERROR(CoerceAll(elements, "ARRAY"));
    wanted = elements[0]->type.oid;
  }
  const TypeInfo* info = FindType(wanted);
  if (info == nullptr || info->array == 0) {
    return Error(sqlstate::kUndefinedObject, "could not find array type for data type " + TypeNameOf(Type{wanted}),
                 node.location);
  }
  bool constant = true;
  for (const Expr* element : elements) constant = constant && element->kind == Expr::Kind::kConstant;
  if (constant) {
    std::vector<Value> values;
    for (const Expr* element : elements) values.push_back(element->constant);
    Expr* made = New(Expr::Kind::kConstant, Type{info->array}, node.location);
    made->constant = Value::Text(ArrayLiteral(wanted, values));
    made->nullable = false;
    return made;
  }
  Expr* made = New(Expr::Kind::kArray, Type{info->array}, node.location);
  made->nullable = false;
  made->args = std::move(elements);
  return made;
}

Result<Expr*> Binder::BindIndirection(const PgQuery__AIndirection& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Expr * value, BindExpr(node.arg, scope));
  for (size_t i = 0; i < node.n_indirection; ++i) {
    const PgQuery__Node* step = node.indirection[i];
    if (step->node_case != PG_QUERY__NODE__NODE_A_INDICES) {
      return NotSupported("selecting a field of a row value is not supported", value->location,
                          "Name the column of the table.");
    }
    const PgQuery__AIndices& indices = *step->a_indices;
    if (value->type.oid == oid::kJsonb && !indices.is_slice) {
      ALLOD_ASSIGN_OR_RETURN(Expr * index, BindExpr(indices.uidx, scope));
      ALLOD_ASSIGN_OR_RETURN(value, CallOperator("->", {value, index}, value->location));
      continue;
    }
    Oid element = value->type.oid == oid::kInt2Vector  ? oid::kInt2
                  : value->type.oid == oid::kOidVector ? oid::kOid
                                                       : oid::kInvalid;
    if (element == oid::kInvalid && IsArray(value->type.oid)) element = FindType(value->type.oid)->element;
    if (element == oid::kInvalid) {
      return Error(sqlstate::kDatatypeMismatch,
                   "cannot subscript type " + TypeNameOf(value->type) + " because it does not support subscripting",
                   value->location);
    }
    auto index_of = [&](const PgQuery__Node* index) -> Result<Expr*> {
      if (index == nullptr) {
        Expr* none = New(Expr::Kind::kConstant, Type{oid::kInt4}, -1);
        return none;
      }
      ALLOD_ASSIGN_OR_RETURN(Expr * bound, BindExpr(index, scope));
      if (!CanCoerce(bound->type.oid, oid::kInt4, CastContext::kAssignment)) {
        return Error(sqlstate::kDatatypeMismatch, "array subscript must have type integer", bound->location);
      }
      return Coerce(bound, Type{oid::kInt4}, CastContext::kAssignment, bound->location);
    };
    if (indices.is_slice) {
      ALLOD_ASSIGN_OR_RETURN(Expr * lower, index_of(indices.lidx));
      ALLOD_ASSIGN_OR_RETURN(Expr * upper, index_of(indices.uidx));
      Expr* made = New(Expr::Kind::kSlice, value->type, value->location);
      made->number = (indices.lidx != nullptr ? 1 : 0) | (indices.uidx != nullptr ? 2 : 0);
      made->args = {value, lower, upper};
      value = made;
    } else {
      ALLOD_ASSIGN_OR_RETURN(Expr * index, index_of(indices.uidx));
      Expr* made = New(Expr::Kind::kSubscript, Type{element}, value->location);
      made->args = {value, index};
      value = made;
    }
  }
  return value;
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
