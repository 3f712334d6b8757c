// Operators and what is made of comparisons: IN, BETWEEN, IS DISTINCT FROM, ANY and ALL, subqueries as operands.
#include <algorithm>

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

}  // namespace

bool IsNative(const Expr& compare) {
  return compare.kind == Expr::Kind::kCompare && compare.overload->sqlite.size() > 3 &&
         compare.overload->sqlite.substr(0, 3) == "($1" &&
         compare.overload->sqlite.find("_cmp") == std::string_view::npos;
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
  if (node.lexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
      node.rexpr->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
      node.rexpr->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
    // The grammar leaves it to its reader to see a row compared with a subquery (transformAExprOp of parse_expr.c).
    PgQuery__SubLink link = *node.rexpr->sub_link;
    link.sub_link_type = PG_QUERY__SUB_LINK_TYPE__ROWCOMPARE_SUBLINK;
    link.testexpr = node.lexpr;
    link.oper_name = node.name;
    link.n_oper_name = node.n_name;
    link.location = node.location;
    return BindSubLink(link, scope);
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
  if (left->args.empty()) return Error(sqlstate::kFeatureNotSupported, "cannot compare rows of zero length", location);
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

Range* Binder::RangeOver(const Query* query) {
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kSubquery;
  range->alias = NewAlias();
  for (size_t i = 0; i < query->columns.size(); ++i) {
    const Range::Column& column = query->columns[i];
    range->columns.push_back({column.name, "n" + std::to_string(i + 1), column.type, column.nullable, 0, 0});
  }
  return range;
}

Expr* Binder::RowOf(Range* range, int location) {
  Expr* row = New(Expr::Kind::kRow, Type{oid::kRecord}, location);
  for (size_t i = 0; i < range->columns.size(); ++i) {
    row->args.push_back(ColumnOf(range, static_cast<int>(i), location));
  }
  return row;
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
  // The left side is evaluated beside the subquery's rows, where an aggregate would be one over those.
  auto no_aggregates = [&]() -> Status {
    bool found = false;
    VisitExpr(
        left,
        [&](Expr* e) {
          found = found || e->kind == Expr::Kind::kAggregate || e->kind == Expr::Kind::kWindow;
          return !found;
        },
        false);
    if (!found) return Ok();
    return NotSupported("comparing an aggregate with a subquery by " + op + " is not supported here", node.location,
                        "Compute the aggregate in a subquery in FROM, and compare its column.");
  };
  auto unknown_row_operator = [&]() -> Status {
    return Error(sqlstate::kFeatureNotSupported, "could not determine interpretation of row comparison operator " + op,
                 node.location)
        .Hint("Row comparison operators must be associated with btree operator families.");
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
      if (!IsComparison(op)) return unknown_row_operator();
      // The comparison is made beside the subquery's row: (SELECT left < right FROM (subquery)).
      ALLOD_RETURN_IF_ERROR(no_aggregates());
      Query* around = pool().NewQuery();
      Range* range = RangeOver(query);
      range->home = around;
      From* from = pool().NewFrom();
      from->range = range;
      from->query = query;
      around->from = {from};
      around->single = query->single;
      ALLOD_ASSIGN_OR_RETURN(Expr * compared, BindComparison(op, left, RowOf(range, node.location), node.location));
      around->targets.push_back({compared, "?column?"});
      SetColumns(around);
      Expr* made = New(Expr::Kind::kScalar, kBool, node.location);
      made->query = around;
      return made;
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
  Range* range = RangeOver(query);
  Expr* row = RowOf(range, node.location);
  std::vector<Expr*> parts;
  if (op == "!=") op = "<>";
  for (size_t i = 0; i < lefts.size(); ++i) {
    ALLOD_ASSIGN_OR_RETURN(Expr * part, IsComparison(op) ? Compare(op, lefts[i], row->args[i], node.location)
                                                         : CallOperator(op, {lefts[i], row->args[i]}, node.location));
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
  ALLOD_RETURN_IF_ERROR(no_aggregates());
  Expr* condition = parts[0];
  if (parts.size() > 1) {
    if (!IsComparison(op)) return unknown_row_operator();
    ALLOD_ASSIGN_OR_RETURN(condition, BindComparison(op, left, row, node.location));
  }
  Expr* made = New(Expr::Kind::kAnyAll, kBool, node.location);
  made->number = any ? 1 : 0;
  made->args = {condition};
  made->range = range;
  made->query = query;
  return made;
}

}  // namespace allod::planner
