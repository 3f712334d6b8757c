// The functions, operators, aggregates and casts of the language: one table of overloads (sql/functions*.cc). The
// Binder picks an overload by name and argument types (PostgreSQL's rules, chapter "Type Conversion"); a printer writes
// its implementation. Adding a function is adding a row here and, if the engine does not have it, its body in
// engine/sqlite/functions/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace allod::sql {

enum class FunctionKind : uint8_t { kScalar, kOperator, kPrefixOperator, kAggregate, kWindow, kSetReturning, kCast };
enum class Volatility : uint8_t { kImmutable, kStable, kVolatile };
enum class CastContext : uint8_t { kImplicit, kAssignment, kExplicit };

struct Overload {
  std::string_view name;          // "upper", "+", "count"; a cast: ""
  FunctionKind kind = FunctionKind::kScalar;
  std::vector<Oid> arguments{};     // may hold kAny, kAnyElement, ...; a cast: the source
  Oid result = oid::kUnknown;     // may be kAnyElement, kAnyArray (resolved by the Binder)
  // For the embedded engine: "name" (printed name(args)), "@name" (ExecContext::Call), or a template in which $1, $2
  // are arguments: "($1 || $2)". A cast with "" changes nothing in the stored form.
  std::string_view sqlite;
  Volatility volatility = Volatility::kImmutable;
  bool strict = true;             // NULL in, NULL out: the result is null only if an argument is (else nullable)
  bool variadic = false;          // the last argument type repeats (zero or more)
  CastContext context = CastContext::kExplicit;  // kCast only
  bool writes = false;            // nextval, setval: needs the writer's turn
};

// All overloads of a name (case as folded) among the kinds that a call or an operator can mean.
std::span<const Overload* const> FindFunctions(std::string_view name);
std::span<const Overload* const> FindOperators(std::string_view name, bool prefix);
// Null if there is none. Same source and target: null (nothing to do).
const Overload* FindCast(Oid source, Oid target);
// All rows, for pg_proc, pg_operator, pg_aggregate, pg_cast and the documentation.
std::span<const Overload> AllOverloads();

}  // namespace allod::sql
