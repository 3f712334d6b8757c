// Calls: which overload is meant (PostgreSQL's chapter "Type Conversion", parse_func.c and parse_oper.c), and what may
// stand where (aggregates, window functions, set-returning functions).
#include <algorithm>
#include <set>

#include "planner/bind.h"

namespace allod::planner {
namespace {

using sql::FunctionKind;

bool IsPolymorphic(Oid type) {
  return type == oid::kAnyElement || type == oid::kAnyArray || type == oid::kAnyNonArray ||
         type == oid::kAnyCompatible || type == oid::kAnyCompatibleArray;
}

char CategoryOf(Oid type) {
  if (type == oid::kUnknown) return 'X';
  if (type == oid::kAny || IsPolymorphic(type)) return 'P';
  const TypeInfo* info = FindType(type);
  return info == nullptr ? 'X' : info->category;
}

bool IsPreferred(char category, Oid type) {
  if (IsPolymorphic(type) || type == oid::kAny) return false;
  const TypeInfo* info = FindType(type);
  return info != nullptr && info->category == category && info->preferred;
}

// A candidate with its argument types spelled out for the call at hand.
struct Candidate {
  const Overload* overload;
  std::vector<Oid> arguments;
};

std::optional<Candidate> Expand(const Overload& overload, size_t count) {
  Candidate candidate{&overload, overload.arguments};
  if (!overload.variadic) {
    if (overload.arguments.size() != count) return std::nullopt;
    return candidate;
  }
  if (count + 1 < overload.arguments.size()) return std::nullopt;
  candidate.arguments.resize(count, overload.arguments.back());
  return candidate;
}

Oid ElementOf(Oid array) {
  if (array == oid::kInt2Vector) return oid::kInt2;
  if (array == oid::kOidVector) return oid::kOid;
  const TypeInfo* info = FindType(array);
  return info == nullptr ? oid::kInvalid : info->element;
}

std::string TypeList(std::span<const Oid> types) {
  std::string list;
  for (Oid type : types) list += (list.empty() ? "" : ", ") + TypeNameOf(Type{type});
  return list;
}

}  // namespace

// What the polymorphic arguments stand for; false if they do not agree.
static bool ResolvePolymorphic(const Binder& binder, const Candidate& candidate, std::span<const Oid> actual,
                               std::vector<Oid>* resolved, Oid* result) {
  *resolved = candidate.arguments;
  Oid element = oid::kInvalid, compatible = oid::kInvalid;
  bool uses_element = false, uses_compatible = false, unknown_text = false;
  for (size_t i = 0; i < actual.size(); ++i) {
    Oid declared = candidate.arguments[i], type = actual[i];
    if (declared == oid::kAnyElement || declared == oid::kAnyArray || declared == oid::kAnyNonArray) {
      uses_element = true;
      if (type == oid::kUnknown) continue;
      Oid e = declared == oid::kAnyArray ? ElementOf(type) : type;
      if (e == oid::kInvalid) return false;
      if (element == oid::kInvalid) element = e;
      else if (element != e) return false;
    } else if (declared == oid::kAnyCompatible || declared == oid::kAnyCompatibleArray) {
      uses_compatible = true;
      if (type == oid::kUnknown) {
        unknown_text = true;
        continue;
      }
      Oid e = declared == oid::kAnyCompatibleArray ? ElementOf(type) : type;
      if (e == oid::kInvalid) return false;
      if (compatible == oid::kInvalid || compatible == e) {
        compatible = e;
        continue;
      }
      if (binder.CanCoerce(compatible, e, CastContext::kImplicit) &&
          !binder.CanCoerce(e, compatible, CastContext::kImplicit)) {
        compatible = e;
      } else if (!binder.CanCoerce(e, compatible, CastContext::kImplicit)) {
        return false;
      }
    }
  }
  if (uses_element && element == oid::kInvalid) return false;
  if (uses_compatible && compatible == oid::kInvalid) {
    if (!unknown_text) return false;
    compatible = oid::kText;
  }
  auto array_of = [](Oid e) {
    const TypeInfo* info = FindType(e);
    return info == nullptr ? oid::kInvalid : info->array;
  };
  auto replace = [&](Oid type) -> Oid {
    switch (type) {
      case oid::kAnyElement:
      case oid::kAnyNonArray:
        return element;
      case oid::kAnyArray:
        return array_of(element);
      case oid::kAnyCompatible:
        return compatible;
      case oid::kAnyCompatibleArray:
        return array_of(compatible);
      default:
        return type;
    }
  };
  for (size_t i = 0; i < actual.size(); ++i) {
    (*resolved)[i] = replace((*resolved)[i]);
    if ((*resolved)[i] == oid::kInvalid) return false;
    // An int2vector is an int2[] already.
    if (IsPolymorphic(candidate.arguments[i]) && (actual[i] == oid::kInt2Vector || actual[i] == oid::kOidVector)) {
      (*resolved)[i] = actual[i] == oid::kInt2Vector ? oid::kInt2Array : oid::kOidArray;
    }
  }
  *result = replace(candidate.overload->result);
  return *result != oid::kInvalid;
}

// parse_func.c, func_select_candidate.
static std::vector<Candidate> SelectCandidates(const Binder& binder, std::vector<Candidate> candidates,
                                               std::span<const Oid> types) {
  const size_t count = types.size();
  size_t unknowns = std::count(types.begin(), types.end(), oid::kUnknown);
  auto keep_best = [&](auto&& score) {
    int best = -1;
    std::vector<Candidate> kept;
    for (Candidate& candidate : candidates) {
      int points = 0;
      for (size_t i = 0; i < count; ++i) {
        if (types[i] != oid::kUnknown && score(candidate.arguments[i], types[i])) ++points;
      }
      if (points > best) {
        best = points;
        kept.clear();
      }
      if (points == best) kept.push_back(candidate);
    }
    candidates = std::move(kept);
  };
  keep_best([](Oid declared, Oid actual) { return declared == actual; });
  if (candidates.size() <= 1) return candidates;
  keep_best([](Oid declared, Oid actual) { return declared == actual || IsPreferred(CategoryOf(actual), declared); });
  if (candidates.size() <= 1 || unknowns == 0) return candidates;

  bool resolved = true;
  std::vector<char> category(count, 0);
  std::vector<bool> has_preferred(count, false);
  for (size_t i = 0; i < count && resolved; ++i) {
    if (types[i] != oid::kUnknown) continue;
    bool conflict = false;
    for (const Candidate& candidate : candidates) {
      char c = CategoryOf(candidate.arguments[i]);
      bool preferred = IsPreferred(c, candidate.arguments[i]);
      if (category[i] == 0) {
        category[i] = c;
        has_preferred[i] = preferred;
      } else if (category[i] == c) {
        has_preferred[i] = has_preferred[i] || preferred;
      } else if (c == 'S') {
        category[i] = 'S';
        has_preferred[i] = preferred;
      } else if (category[i] != 'S') {
        conflict = true;
      }
    }
    if (conflict && category[i] != 'S') resolved = false;
  }
  if (resolved) {
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates) {
      bool keep = true;
      for (size_t i = 0; i < count; ++i) {
        if (types[i] != oid::kUnknown) continue;
        char c = CategoryOf(candidate.arguments[i]);
        if (c != category[i] || (has_preferred[i] && !IsPreferred(c, candidate.arguments[i]))) keep = false;
      }
      if (keep) kept.push_back(candidate);
    }
    if (!kept.empty()) candidates = std::move(kept);
    if (candidates.size() == 1) return candidates;
  }
  // All known arguments of one type: take the unknown ones to be of it too.
  Oid known = oid::kInvalid;
  for (Oid type : types) {
    if (type == oid::kUnknown) continue;
    if (known != oid::kInvalid && known != type) return candidates;
    known = type;
  }
  if (known != oid::kInvalid && unknowns < count) {
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates) {
      bool fits = true;
      for (Oid declared : candidate.arguments) fits = fits && binder.CanCoerce(known, declared, CastContext::kImplicit);
      if (fits) kept.push_back(candidate);
    }
    if (kept.size() == 1) return kept;
  }
  return candidates;
}

Result<OverloadMatch> Binder::Resolve(std::span<const Overload* const> overloads, std::span<Expr* const> args,
                                      bool is_operator, std::string_view name, int location) {
  std::vector<Oid> types;
  for (const Expr* arg : args) types.push_back(arg->type.oid);
  auto finish = [&](const Candidate& candidate) -> std::optional<OverloadMatch> {
    std::vector<Oid> resolved;
    Oid result;
    if (!ResolvePolymorphic(*this, candidate, types, &resolved, &result)) return std::nullopt;
    OverloadMatch match{candidate.overload, {}, Type{result}};
    for (Oid type : resolved) match.arguments.push_back(Type{type});
    return match;
  };
  std::vector<Candidate> fitting;
  std::vector<Oid> exact = types;
  if (is_operator && types.size() == 2) {
    if (exact[0] == oid::kUnknown) exact[0] = exact[1];
    else if (exact[1] == oid::kUnknown) exact[1] = exact[0];
  }
  for (const Overload* overload : overloads) {
    std::optional<Candidate> candidate = Expand(*overload, args.size());
    if (!candidate) continue;
    if (candidate->arguments == exact) {
      if (auto match = finish(*candidate)) return *std::move(match);
    }
    bool fits = true;
    for (size_t i = 0; i < types.size() && fits; ++i) {
      fits = CanCoerce(types[i], candidate->arguments[i], CastContext::kImplicit);
    }
    std::vector<Oid> resolved;
    Oid result;
    if (fits && ResolvePolymorphic(*this, *candidate, types, &resolved, &result)) {
      bool still = true;
      for (size_t i = 0; i < types.size(); ++i)
        still = still && CanCoerce(types[i], resolved[i], CastContext::kImplicit);
      if (still) fitting.push_back(*std::move(candidate));
    }
  }
  const size_t before = fitting.size();
  if (before > 1) fitting = SelectCandidates(*this, std::move(fitting), types);
  if (fitting.size() == 1) {
    if (auto match = finish(fitting[0])) return *std::move(match);
  }
  std::string spelled;
  if (is_operator) {
    spelled = types.size() == 2
                  ? TypeNameOf(Type{types[0]}) + " " + std::string(name) + " " + TypeNameOf(Type{types[1]})
                  : std::string(name) + " " + TypeNameOf(Type{types[0]});
  } else {
    spelled = std::string(name) + "(" + TypeList(types) + ")";
  }
  std::string what = is_operator ? "operator" : "function";
  if (fitting.size() > 1) {
    Status status =
        Error(sqlstate::kAmbiguousFunction,
              is_operator ? "operator is not unique: " + spelled : "function " + spelled + " is not unique", location);
    return std::move(status).Hint("Could not choose a best candidate " + what +
                                  ". You might need to add explicit type casts.");
  }
  Status status =
      Error(sqlstate::kUndefinedFunction,
            is_operator ? "operator does not exist: " + spelled : "function " + spelled + " does not exist", location);
  return std::move(status).Hint(
      is_operator
          ? types.size() == 2
                ? "No operator matches the given name and argument types. You might need to add explicit type casts."
                : "No operator matches the given name and argument type. You might need to add an explicit type cast."
          : "No function matches the given name and argument types. You might need to add explicit type casts.");
}

Status Binder::CoerceArguments(const OverloadMatch& match, std::vector<Expr*>* args, int location) {
  for (size_t i = 0; i < args->size(); ++i) {
    Expr*& arg = (*args)[i];
    if (arg->kind == Expr::Kind::kRow) {
      return NotSupported("a row as an argument of a function is not supported", location, "Pass its columns.");
    }
    if (match.arguments[i].oid == oid::kAny) {
      ALLOD_ASSIGN_OR_RETURN(arg, ResolveUnknown(arg));
    } else {
      ALLOD_ASSIGN_OR_RETURN(arg, Coerce(arg, match.arguments[i], CastContext::kImplicit, arg->location));
    }
  }
  return Ok();
}

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
  if (scope.srf != nullptr) {
    return NotSupported("more than one set-returning function in a target list is not supported", call.location,
                        "Call them in FROM.");
  }
  Range* range = pool().NewRange();
  range->kind = Range::Kind::kFunction;
  range->alias = NewAlias();
  range->home = scope.query;
  AddFunctionColumns(range, *made, name, false);
  if (range->columns.size() != 1) {
    return NotSupported("function " + name + " in a target list is not supported", call.location, "Call it in FROM.");
  }
  From* item = pool().NewFrom();
  item->range = range;
  item->function = made;
  scope.srf = item;
  return ColumnOf(range, 0, call.location);
}

Result<Expr*> Binder::BindAggregate(const PgQuery__FuncCall& call, std::string_view name, Scope& scope) {
  const bool over = call.over != nullptr;
  auto clause_name = [&]() -> std::string {
    switch (scope.clause) {
      case Clause::kWhere:
        return "WHERE";
      case Clause::kOn:
        return "JOIN conditions";
      case Clause::kGroupBy:
        return "GROUP BY";
      case Clause::kHaving:
        return "HAVING";
      case Clause::kLimit:
        return "LIMIT";
      case Clause::kOffset:
        return "OFFSET";
      case Clause::kValues:
      case Clause::kInsertValues:
        return "VALUES";
      case Clause::kReturning:
        return "RETURNING";
      case Clause::kSet:
        return "UPDATE";
      case Clause::kFilter:
        return "FILTER";
      case Clause::kFrom:
        return "functions in FROM";
      case Clause::kCheck:
        return "check constraints";
      case Clause::kDefault:
        return "DEFAULT expressions";
      case Clause::kIndex:
        return "index expressions";
      case Clause::kWindow:
        return "window definitions";
      default:
        return "this place";
    }
  };
  if (over) {
    if (scope.in_window) {
      return Error(sqlstate::kWindowingError, "window function calls cannot be nested", call.location);
    }
    if (scope.in_aggregate) {
      return Error(sqlstate::kGroupingError, "aggregate function calls cannot contain window function calls",
                   call.location);
    }
    if (scope.clause != Clause::kTarget && scope.clause != Clause::kOrderBy && scope.clause != Clause::kDistinctOn) {
      return Error(sqlstate::kWindowingError, "window functions are not allowed in " + clause_name(), call.location);
    }
  } else {
    if (scope.in_aggregate) {
      return Error(sqlstate::kGroupingError, "aggregate function calls cannot be nested", call.location);
    }
    if (!scope.aggregates_allowed) {
      return Error(sqlstate::kGroupingError, "aggregate functions are not allowed in " + clause_name(), call.location);
    }
  }
  // count(t.*) and count(t) count the rows of t that are there.
  std::vector<Expr*> args;
  const bool in_window = scope.in_window, in_aggregate = scope.in_aggregate;
  if (over) scope.in_window = true;
  else scope.in_aggregate = true;
  auto restore = [&] {
    scope.in_window = in_window;
    scope.in_aggregate = in_aggregate;
  };
  auto bind_arguments = [&]() -> Status {
    if (name == "count" && call.n_args == 1 && call.args[0]->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
      const PgQuery__ColumnRef& ref = *call.args[0]->column_ref;
      if (ref.n_fields == 2 && ref.fields[1]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        std::string alias = StringOf(ref.fields[0]);
        for (NameItem& item : scope.items) {
          if (item.qualified && item.alias == alias && item.range != nullptr &&
              item.range->kind == Range::Kind::kTable) {
            Expr* row = New(Expr::Kind::kColumn, Type{oid::kInt8}, ref.location);
            row->range = item.range;
            row->column = -1;
            args.push_back(row);
            AccessOf(item.range->table);
            return Ok();
          }
        }
        return NotSupported("count of a whole row is not supported here", ref.location, "Count one of its columns.");
      }
    }
    ALLOD_ASSIGN_OR_RETURN(args, BindList(call.args, call.n_args, scope));
    return Ok();
  };
  Status bound = bind_arguments();
  std::vector<SortKey> order;
  Expr* filter = nullptr;
  if (bound.ok() && call.n_agg_order > 0) {
    for (size_t i = 0; i < call.n_agg_order && bound.ok(); ++i) {
      // Ordinals and output names mean nothing here.
      const PgQuery__SortBy& sort = *call.agg_order[i]->sort_by;
      Result<Expr*> key = BindExpr(sort.node, scope);
      if (key.ok()) key = ResolveUnknown(*key);
      if (!key.ok()) {
        bound = key.status();
        break;
      }
      SortKey made{*key};
      made.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
      made.nulls_first = sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                         (sort.sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && made.descending);
      order.push_back(made);
    }
  }
  if (bound.ok() && call.agg_filter != nullptr) {
    Clause clause = scope.clause;
    scope.clause = Clause::kFilter;
    Result<Expr*> condition = BindCondition(call.agg_filter, scope, "FILTER");
    scope.clause = clause;
    if (condition.ok()) filter = *condition;
    else bound = condition.status();
  }
  restore();
  ALLOD_RETURN_IF_ERROR(std::move(bound));

  std::vector<const Overload*> candidates;
  for (const Overload* overload : sql::FindFunctions(name)) {
    if (overload->kind == FunctionKind::kAggregate || (over && overload->kind == FunctionKind::kWindow)) {
      candidates.push_back(overload);
    }
  }
  if (call.agg_star && name != "count") {
    return Error(sqlstate::kUndefinedFunction, "function " + std::string(name) + "() does not exist", call.location);
  }
  if (name == "count" && call.n_args == 0 && !call.agg_star) {
    return Error(sqlstate::kWrongObjectType, "count(*) must be used to call a parameterless aggregate function",
                 call.location);
  }
  ALLOD_ASSIGN_OR_RETURN(OverloadMatch match, Resolve(candidates, args, false, name, call.location));
  ALLOD_RETURN_IF_ERROR(CoerceArguments(match, &args, call.location));

  Expr* made = New(over ? Expr::Kind::kWindow : Expr::Kind::kAggregate, match.result, call.location);
  made->overload = match.overload;
  made->star = call.agg_star;
  made->distinct = call.agg_distinct;
  made->nullable = !(name == "count" || name == "row_number" || name == "rank" || name == "dense_rank" ||
                     name == "percent_rank" || name == "cume_dist" || name == "regr_count");
  made->args = std::move(args);
  made->order = std::move(order);
  made->filter = filter;
  if (made->distinct) {
    for (const SortKey& key : made->order) {
      if (std::none_of(made->args.begin(), made->args.end(), [&](Expr* arg) { return EqualExpr(*arg, *key.expr); })) {
        return Error(sqlstate::kInvalidColumnReference,
                     "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                     key.expr->location);
      }
    }
    const TypeInfo* info = made->args.empty() ? nullptr : FindType(made->args[0]->type.oid);
    if (info != nullptr && (info->oid == oid::kJson)) {
      return Error(sqlstate::kUndefinedFunction, "could not identify an equality operator for type json",
                   call.location);
    }
  }
  if (over) {
    if (made->distinct) {
      return Error(sqlstate::kFeatureNotSupported, "DISTINCT is not implemented for window functions", call.location);
    }
    if (!made->order.empty()) {
      return Error(sqlstate::kFeatureNotSupported, "aggregate ORDER BY is not implemented for window functions",
                   call.location);
    }
    if (filter != nullptr && match.overload->kind == FunctionKind::kWindow) {
      return Error(sqlstate::kFeatureNotSupported, "FILTER is not implemented for non-aggregate window functions",
                   call.location);
    }
    Clause clause = scope.clause;
    bool aggregates = scope.aggregates_allowed;
    scope.clause = Clause::kWindow;
    scope.in_window = true;
    Result<sql::Window*> window = BindWindow(*call.over, scope);
    scope.in_window = in_window;
    scope.clause = clause;
    scope.aggregates_allowed = aggregates;
    if (!window.ok()) return window.status();
    made->over = *window;
    scope.has_windows = true;
    return made;
  }
  // Whose aggregate it is: that of the innermost query a column of its arguments belongs to.
  bool own = false, outer = false;
  std::set<const Query*> outside;  // of this query's scopes; columns of subqueries within do not count
  for (Scope* s = scope.parent; s != nullptr; s = s->parent) {
    if (s->query != nullptr) outside.insert(s->query);
  }
  VisitExpr(
      made,
      [&](Expr* e) {
        if (e->kind == Expr::Kind::kColumn && e->range != nullptr) {
          if (e->range->home == scope.query) own = true;
          else if (outside.contains(e->range->home)) outer = true;
        }
        return true;
      },
      true);
  if (outer && !own) {
    return NotSupported("an aggregate over columns of an outer query only is not supported", call.location,
                        "Compute it in the outer query, in a FROM subquery.");
  }
  scope.has_aggregates = true;
  return made;
}

}  // namespace allod::planner
