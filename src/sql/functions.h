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
  // For the embedded engine, with the arguments after their coercions:
  //   "name"      name(a1, a2)
  //   "@name"     allod_call('name', a1, a2): ExecContext::Call
  //   "#name"     name(t1, a1, t2, a2): before every argument the OID of its type
  //   "name#"     the OID of the first argument's type ends the name (aggregates that need it): name23(a1)
  //   else, with a $ in it, a template: "($1 || $2)". $1 is an argument, $t1 the OID of its type, $e1 the OID of the
  //               elements of its (array) type.
  // A cast with "" changes nothing in the stored form. What is printed as a call has no collation of its own.
  std::string_view sqlite;
  Volatility volatility = Volatility::kImmutable;
  bool strict = true;             // NULL in, NULL out: the result is null only if an argument is (else nullable)
  bool variadic = false;          // the last argument type repeats (zero or more)
  CastContext context = CastContext::kExplicit;  // kCast only
  bool writes = false;            // nextval, setval: needs the writer's turn
  // kSetReturning with result kRecord: its columns, "key text, value jsonb". See below for how it is printed.
  std::string_view columns{};
};

// A set-returning function is printed as a table function, "name(args)", of the embedded engine. Its columns are, in
// this order: `value`, or for a record those of Overload::columns by their names; then `ordinality` (1, 2, ...).
//   SELECT value, ordinality FROM allod_generate_series_int4(1, 10)
// unnest is allod_unnest(array, element_oid): columns value, ordinality.

// All overloads of a name (case as folded) among the kinds that a call or an operator can mean.
std::span<const Overload* const> FindFunctions(std::string_view name);
std::span<const Overload* const> FindOperators(std::string_view name, bool prefix);
// Null if there is none. Same source and target: null (nothing to do).
const Overload* FindCast(Oid source, Oid target);
// All rows, for pg_proc, pg_operator, pg_aggregate, pg_cast and the documentation.
std::span<const Overload> AllOverloads();

}  // namespace allod::sql
