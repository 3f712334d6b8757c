#include <set>

#include "sql/functions.h"
#include "catalog/pg_catalog/relations.h"

namespace allod::catalog {

// One row per overload of the language. OIDs are the row's number in the table of functions: stable within a version.
void FillPgProc(const Catalog&, ExecContext&, std::vector<Row>* rows) {
  const SystemRelationInfo& info = *FindSystemRelation("pg_catalog", "pg_proc");
  int64_t oid = 10000;
  for (const sql::Overload& overload : sql::AllOverloads()) {
    ++oid;
    char kind = overload.kind == sql::FunctionKind::kAggregate ? 'a' : overload.kind == sql::FunctionKind::kWindow ? 'w' : 'f';
    if (overload.kind == sql::FunctionKind::kOperator || overload.kind == sql::FunctionKind::kPrefixOperator ||
        overload.kind == sql::FunctionKind::kCast) {
      continue;
    }
    std::string arguments;
    for (Oid argument : overload.arguments) arguments += (arguments.empty() ? "" : " ") + std::to_string(argument);
    SystemRow(info, rows).Int("oid", oid).Text("proname", overload.name).Int("pronamespace", kPgCatalogNamespace)
        .Int("proowner", kBootstrapRole).Int("prolang", 12).Real("procost", 1).Real("prorows", 0)
        .Int("provariadic", overload.variadic ? oid::kAny : 0).Int("prosupport", 0).Char("prokind", kind).Bool("prosecdef", false)
        .Bool("proleakproof", false).Bool("proisstrict", overload.strict)
        .Bool("proretset", overload.kind == sql::FunctionKind::kSetReturning)
        .Char("provolatile", overload.volatility == sql::Volatility::kImmutable ? 'i' : overload.volatility == sql::Volatility::kStable ? 's' : 'v')
        .Char("proparallel", 's').Int("pronargs", static_cast<int64_t>(overload.arguments.size())).Int("pronargdefaults", 0)
        .Int("prorettype", overload.result).Text("proargtypes", arguments).Text("prosrc", overload.name);
  }
}

}  // namespace allod::catalog
