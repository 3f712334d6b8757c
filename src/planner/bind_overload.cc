// Which overload is meant: PostgreSQL's chapter "Type Conversion", parse_func.c and parse_oper.c.
#include <algorithm>

#include "planner/bind.h"

namespace allod::planner {
namespace {

bool IsPolymorphic(Oid type) {
  return type == oid::kAnyElement || type == oid::kAnyArray || type == oid::kAnyNonArray || type == oid::kAnyEnum ||
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
  if (count < overload.arguments.size()) return std::nullopt;
  candidate.arguments.resize(count, overload.arguments.back());
  return candidate;
}

Oid ElementOf(Oid array) {
  if (array == oid::kInt2Vector) return oid::kInt2;
  if (array == oid::kOidVector) return oid::kOid;
  const TypeInfo* info = FindType(array);
  return info == nullptr ? oid::kInvalid : info->element;
}

std::string TypeList(const Binder& binder, std::span<const Oid> types) {
  std::string list;
  for (Oid type : types) list += (list.empty() ? "" : ", ") + binder.TypeNameOf(Type{type});
  return list;
}

// What the polymorphic arguments stand for; false if they do not agree.
bool ResolvePolymorphic(const Binder& binder, const Candidate& candidate, std::span<const Oid> actual,
                        std::vector<Oid>* resolved, Oid* result) {
  *resolved = candidate.arguments;
  Oid element = oid::kInvalid, compatible = oid::kInvalid;
  bool uses_element = false, uses_compatible = false, unknown_text = false;
  for (size_t i = 0; i < actual.size(); ++i) {
    Oid declared = candidate.arguments[i], type = actual[i];
    if (declared == oid::kAnyElement || declared == oid::kAnyArray || declared == oid::kAnyNonArray ||
        declared == oid::kAnyEnum) {
      uses_element = true;
      if (type == oid::kUnknown) continue;
      Oid e = declared == oid::kAnyArray ? ElementOf(type) : type;
      if (e == oid::kInvalid || (declared == oid::kAnyEnum && !IsEnum(e))) return false;
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
      case oid::kAnyEnum:
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
std::vector<Candidate> SelectCandidates(const Binder& binder, std::vector<Candidate> candidates,
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

}  // namespace

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
    spelled = std::string(name) + "(" + TypeList(*this, types) + ")";
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
    // What is registered per type (Overload::sqlite ends in #) and shows values has no registration for the user's
    // types: it is given their text, which is what it would show.
    const TypeInfo* info = FindType(arg->type.oid);
    const Oid element = info == nullptr ? oid::kInvalid : info->category == 'A' ? info->element : info->oid;
    if (match.overload->sqlite.ends_with('#') && !IsArray(match.result.oid) && IsEnum(element)) {
      const Oid text = info->category == 'A' ? oid::kTextArray : oid::kText;
      ALLOD_ASSIGN_OR_RETURN(arg, Coerce(arg, Type{text}, CastContext::kExplicit, arg->location));
      continue;
    }
    if (match.arguments[i].oid == oid::kAny) {
      ALLOD_ASSIGN_OR_RETURN(arg, ResolveUnknown(arg));
    } else {
      ALLOD_ASSIGN_OR_RETURN(arg, Coerce(arg, match.arguments[i], CastContext::kImplicit, arg->location));
    }
  }
  return Ok();
}

}  // namespace allod::planner
