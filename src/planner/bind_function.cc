// Calls of functions and operators.
#include <algorithm>

#include "planner/bind.h"
#include "sql/unnest.h"

namespace allod::planner {

using sql::FunctionKind;

Result<Expr*> Binder::MakeCall(const OverloadMatch& match, std::vector<Expr*> args, int location) {
  ALLOD_RETURN_IF_ERROR(CoerceArguments(match, &args, location));
  Expr* call = New(Expr::Kind::kCall, match.result, location);
  call->overload = match.overload;
  call->nullable = !match.overload->strict;
  for (const Expr* arg : args) call->nullable = call->nullable || arg->nullable;
  call->args = std::move(args);
  if (match.overload->writes) bound_->writes = true;
  return call;
}

Result<Expr*> Binder::CallFunction(std::string_view name, std::vector<Expr*> args, int location) {
  std::vector<const Overload*> scalars;
  for (const Overload* overload : sql::FindFunctions(name)) {
    if (overload->kind == FunctionKind::kScalar) scalars.push_back(overload);
  }
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(scalars, args, false, name, location));
  return MakeCall(match, std::move(args), location);
}

Result<Expr*> Binder::CallOperator(std::string_view name, std::vector<Expr*> args, int location) {
  const bool prefix = args.size() == 1;
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(sql::FindOperators(name, prefix), args, true, name, location));
  return MakeCall(match, std::move(args), location);
}

static std::optional<CompareOp> CompareOpOf(std::string_view name) {
  if (name == "=") return CompareOp::kEq;
  if (name == "<>" || name == "!=") return CompareOp::kNe;
  if (name == "<") return CompareOp::kLt;
  if (name == "<=") return CompareOp::kLe;
  if (name == ">") return CompareOp::kGt;
  if (name == ">=") return CompareOp::kGe;
  return std::nullopt;
}

Result<Expr*> Binder::Compare(std::string_view name, Expr* left, Expr* right, int location) {
  if (name == "!=") name = "<>";
  std::vector<Expr*> args{left, right};
  // `json = json` and the like have no operator: the generic resolution says so.
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(sql::FindOperators(name, false), args, true, name, location));
  ALLOD_ASSIGN_OR_RETURN(Expr * call, MakeCall(match, std::move(args), location));
  if (auto op = CompareOpOf(name)) {
    call->kind = Expr::Kind::kCompare;
    call->op = *op;
  }
  return call;
}

Result<Expr*> Binder::SpecialFunction(const PgQuery__FuncCall& call, std::string_view name, Scope& scope,
                                      bool* handled) {
  *handled = true;
  if (name == "pg_typeof" && call.n_args == 1) {
    ALLOD_ASSIGN_OR_RETURN(Expr * arg, BindExpr(call.args[0], scope));
    Expr* made = New(Expr::Kind::kConstant, Type{oid::kRegtype}, call.location);
    made->constant = Value::Integer(arg->type.oid);
    made->nullable = false;
    return made;
  }
  if (name == "make_interval" && call.n_args > 0 && call.args[0]->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
    static constexpr std::string_view kNames[] = {"years", "months", "weeks", "days", "hours", "mins", "secs"};
    std::vector<Expr*> args(7, nullptr);
    for (size_t i = 0; i < call.n_args; ++i) {
      if (call.args[i]->node_case != PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) break;
      const PgQuery__NamedArgExpr& named = *call.args[i]->named_arg_expr;
      auto it = std::find(std::begin(kNames), std::end(kNames), std::string_view(named.name));
      if (it == std::end(kNames)) {
        return Error(sqlstate::kUndefinedFunction,
                     "function make_interval has no argument named \"" + std::string(named.name) + "\"",
                     named.location);
      }
      ALLOD_ASSIGN_OR_RETURN(args[it - std::begin(kNames)], BindExpr(named.arg, scope));
    }
    for (size_t i = 0; i < args.size(); ++i) {
      if (args[i] != nullptr) continue;
      args[i] = New(Expr::Kind::kConstant, Type{i == 6 ? oid::kFloat8 : oid::kInt4}, call.location);
      args[i]->constant = i == 6 ? Value::Real(0) : Value::Integer(0);
      args[i]->nullable = false;
    }
    return CallFunction(name, std::move(args), call.location);
  }
  *handled = false;
  return nullptr;
}

Result<Expr*> Binder::BindFuncCall(const PgQuery__FuncCall& call, Scope& scope) {
  std::vector<std::string> names = StringsOf(call.funcname, call.n_funcname);
  const std::string name = names.back();
  const std::string schema = names.size() > 1 ? names[names.size() - 2] : "";
  std::string spelled = schema.empty() ? name : schema + "." + name;
  bool handled = false;
  ALLOD_ASSIGN_OR_RETURN(Expr * special, SpecialFunction(call, name, scope, &handled));
  if (handled) return special;

  std::span<const Overload* const> overloads = sql::FindFunctions(name);
  if (!schema.empty() && schema != "pg_catalog" && schema != "information_schema" && schema != "allod") overloads = {};
  if (call.agg_within_group) {
    return NotSupported("WITHIN GROUP is not supported", call.location,
                        "Compute the value with a window function (percent_rank, row_number) in a subquery.");
  }
  bool aggregate = false, window = false, set_returning = false, scalar = false;
  for (const Overload* overload : overloads) {
    aggregate |= overload->kind == FunctionKind::kAggregate;
    window |= overload->kind == FunctionKind::kWindow;
    set_returning |= overload->kind == FunctionKind::kSetReturning;
    scalar |= overload->kind == FunctionKind::kScalar;
  }
  if (aggregate || (window && call.over != nullptr)) return BindAggregate(call, name, scope);
  if (window) {
    return Error(sqlstate::kWrongObjectType, "window function " + name + " requires an OVER clause", call.location);
  }
  for (size_t i = 0; i < call.n_args; ++i) {
    if (call.args[i]->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
      return NotSupported("named arguments of function " + name + " are not supported", call.location,
                          "Give the arguments by position.");
    }
  }
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> args, BindList(call.args, call.n_args, scope));
  if (call.agg_star || call.agg_distinct || call.n_agg_order > 0 || call.agg_filter != nullptr) {
    if (!overloads.empty()) {
      return Error(sqlstate::kWrongObjectType,
                   std::string(call.agg_star          ? spelled + "(*)"
                               : call.agg_distinct    ? "DISTINCT"
                               : call.n_agg_order > 0 ? "ORDER BY"
                                                      : "FILTER") +
                       " specified, but " + spelled + " is not an aggregate function",
                   call.location);
    }
  }
  if (call.over != nullptr && !overloads.empty()) {
    return Error(sqlstate::kWrongObjectType,
                 "OVER specified, but " + spelled + " is not a window function nor an aggregate function",
                 call.location);
  }
  // A type's name with one argument is a cast: text(x), date(x), int4(x).
  if (call.n_args == 1 && schema != "public") {
    const TypeInfo* info = FindTypeByName(name);
    if (info != nullptr && info->name == name) {
      bool exact = false;
      for (const Overload* overload : overloads) {
        exact |= overload->arguments.size() == 1 && overload->arguments[0] == args[0]->type.oid;
      }
      if (!exact &&
          (args[0]->type.oid == oid::kUnknown || args[0]->type.oid == info->oid ||
           sql::FindCast(args[0]->type.oid, info->oid) != nullptr || (info->category == 'S' && overloads.empty()))) {
        return Coerce(args[0], Type{info->oid}, CastContext::kExplicit, call.location);
      }
    }
  }
  if (call.func_variadic) {
    return NotSupported("VARIADIC with an array is not supported", call.location, "Give the arguments one by one.");
  }
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(overloads, args, false, spelled, call.location));
  ALLOD_ASSIGN_OR_RETURN(Expr * made, MakeCall(match, std::move(args), call.location));
  if (match.overload->kind != FunctionKind::kSetReturning) return made;

  // A set-returning function of the target list is one of FROM, to the right of everything.
  if (scope.clause == Clause::kFrom) return made;
  if (scope.clause != Clause::kTarget || scope.query == nullptr || scope.in_aggregate || scope.in_window) {
    return NotSupported("set-returning functions are not supported here", call.location, "Call " + name + " in FROM.");
  }
  if (scope.srf != nullptr) return AddToSetReturning(made, name, scope);
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  range->home = scope.query;
  AddFunctionColumns(range, *made, name, false);
  if (range->columns.size() != 1) {
    return NotSupported("function " + name + " in a target list is not supported", call.location, "Call it in FROM.");
  }
  range->columns[0].nullable = true;  // another one beside it may give more rows
  From* item = pool().NewFrom();
  item->range = range;
  item->function = made;
  scope.srf = item;
  return ColumnOf(range, 0, call.location);
}

// All the values of a set-returning function as an array: ARRAY(SELECT call).
Result<Expr*> Binder::ArrayOfSet(Expr* call) {
  const TypeInfo* info = FindType(call->type.oid);
  if (info == nullptr || info->array == 0 || !call->overload->columns.empty()) {
    return NotSupported("this set-returning function beside another one in a target list is not supported", call->location,
                        "Call them in FROM.");
  }
  if (call->overload->name == "unnest" && call->args.size() == 1 && IsArray(call->args[0]->type.oid)) return call->args[0];
  Query* query = pool().NewQuery();
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  range->home = query;
  AddFunctionColumns(range, *call, call->overload->name, false);
  From* from = pool().NewFrom();
  from->range = range;
  from->function = call;
  query->from = {from};
  query->targets.push_back({ColumnOf(range, 0, call->location), "value"});
  SetColumns(query);
  Expr* made = New(Expr::Kind::kArrayQuery, Type{info->array}, call->location);
  made->nullable = false;
  made->query = query;
  return made;
}

// Several set-returning functions of a target list advance together, and the shorter ones give NULL at their end: as unnest() of
// several arrays does.
Result<Expr*> Binder::AddToSetReturning(Expr* call, std::string_view name, Scope& scope) {
  From* item = scope.srf;
  bool nested = false;
  VisitExpr(
      call,
      [&](Expr* e) {
        nested |= e->kind == Expr::Kind::kColumn && e->range == item->range;
        return true;
      },
      true);
  if (nested || item->range->columns.size() == sql::kMaxUnnestArrays) {
    return NotSupported(nested ? "a set-returning function of another one in a target list is not supported"
                               : "so many set-returning functions in a target list are not supported",
                        call->location, "Call them in FROM.");
  }
  if (item->function->overload != &sql::UnnestSeveral()) {
    ALLOD_ASSIGN_OR_RETURN(Expr * first, ArrayOfSet(item->function));
    Expr* together = New(Expr::Kind::kCall, Type{oid::kRecord}, item->function->location);
    together->overload = &sql::UnnestSeveral();
    together->args = {first};
    item->function = together;
    item->range->columns[0].physical = "value1";
  }
  ALLOD_ASSIGN_OR_RETURN(Expr * array, ArrayOfSet(call));
  item->function->args.push_back(array);
  const int column = static_cast<int>(item->range->columns.size());
  item->range->columns.push_back({std::string(name), "value" + std::to_string(column + 1), call->type, true, 0, 0});
  return ColumnOf(item->range, column, call->location);
}

}  // namespace allod::planner
