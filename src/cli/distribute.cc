// `allod distribute`: the plan of ownership/distribution.h for a database that is there, and its statements run by Citus.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"
#include "ownership/distribution.h"
#include "session/databases.h"

namespace allod::cli {
namespace {

using ownership::Distribution;
using ownership::Obstacle;
using ownership::Placement;

Result<std::vector<std::string>> FirstColumn(engine::Transaction& transaction, std::string_view text) {
  std::vector<std::string> values;
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(text, {}, nullptr));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return values;
    values.emplace_back(cursor->column(0).bytes);
  }
}

// Citus would run a trigger on the node that has the row, where Allod does not see what it has captured. So a table whose changes
// must be looked at for orphans can be on every node or where it is, but not distributed.
Status AddCaptured(engine::Transaction& transaction, const catalog::Catalog& catalog, Distribution* distribution) {
  ALLOD_ASSIGN_OR_RETURN(
      const std::vector<std::string> captured,
      FirstColumn(transaction, "SELECT DISTINCT tgrelid::int8::text FROM pg_catalog.pg_trigger WHERE pg_catalog.starts_with(tgname, 'allod_capture_')"));
  for (const Placement& placement : distribution->placements) {
    if (placement.kind != Placement::Kind::kDistributed) continue;
    const catalog::Table& table = *catalog.FindTable(placement.table);
    if (std::find(captured.begin(), captured.end(), std::to_string(table.oid)) == captured.end()) continue;
    distribution->obstacles.push_back({Obstacle::Kind::kCaptured, table.oid, "",
                                       "its changes can leave rows without an owner; Allod captures them by a trigger, which Citus would run on another node",
                                       "give every row that it owns an owner by a key of its own (OWNED_BY, NOT NULL)"});
  }
  return Ok();
}

bool InTheWay(const Distribution& distribution) {
  return std::any_of(distribution.obstacles.begin(), distribution.obstacles.end(),
                     [](const Obstacle& obstacle) { return obstacle.kind != Obstacle::Kind::kSeveralOwners; }) ||
         std::any_of(distribution.placements.begin(), distribution.placements.end(),
                     [](const Placement& placement) { return placement.kind == Placement::Kind::kUnplaced; });
}

Status Apply(session::Database& database, const session::Definitions& definitions, const std::vector<std::string>& statements) {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(database.engine(), engine::Mode::kWrite));
  // A plan for definitions that have changed since is not carried out.
  transaction->ExpectVersion(static_cast<int64_t>(definitions.catalog->version()));
  // Citus's functions and no others of their names: these run with all that this role may do. Tables are named with their schemas.
  ALLOD_RETURN_IF_ERROR(FirstColumn(*transaction, "SET LOCAL search_path = pg_catalog").status());
  for (const std::string& statement : statements) ALLOD_RETURN_IF_ERROR(FirstColumn(*transaction, statement).status());
  ALLOD_RETURN_IF_ERROR(transaction->Commit().status());
  for (const std::string& statement : statements) std::cout << "done: " << statement << "\n";
  return Ok();
}

Status Run(const DistributeOptions& options) {
  const bool cluster = !options.engine.empty();
  if (options.apply && !cluster) {
    return Fail(sqlstate::kInvalidParameterValue, "--apply needs a cluster").Hint("Give --engine postgres://USER@HOST/DB.");
  }
  std::shared_ptr<session::Database> database;
  if (cluster) {
    session::Database::ClusterOptions cluster_options;
    cluster_options.connection = options.engine;
    ALLOD_ASSIGN_OR_RETURN(database, session::Database::OpenCluster(std::move(cluster_options)));
  } else {
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<session::Databases> databases, OpenExisting(options.data, options.keys));
    ALLOD_ASSIGN_OR_RETURN(database, databases->Use(options.database.empty() ? kDatabase : options.database));
  }
  const std::shared_ptr<const session::Definitions> definitions = database->definitions();
  const ownership::Graph& graph = *definitions->graph;
  Distribution distribution = ownership::PlanDistribution(graph);
  bool citus = false;
  if (cluster) {
    ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(database->engine(), engine::Mode::kRead));
    ALLOD_RETURN_IF_ERROR(AddCaptured(*transaction, *definitions->catalog, &distribution));
    ALLOD_ASSIGN_OR_RETURN(const std::vector<std::string> found,
                           FirstColumn(*transaction, "SELECT proname::text FROM pg_catalog.pg_proc WHERE proname = 'create_distributed_table' AND "
                                                     "pronamespace = 'pg_catalog'::pg_catalog.regnamespace"));
    citus = !found.empty();
  }
  const std::vector<std::string> statements = ownership::CitusStatements(graph, distribution);
  std::cout << ownership::ToText(graph, distribution);
  if (!options.apply) {
    std::cout << (InTheWay(distribution) ? "\nFor a cluster with Citus, when nothing is in the way any more:\n\n"
                                         : "\nFor a cluster with Citus:\n\n");
    for (const std::string& statement : statements) std::cout << statement << ";\n";
    return Ok();
  }
  std::cout << "\n" << std::flush;
  if (InTheWay(distribution)) {
    return Fail(sqlstate::kObjectNotInPrerequisiteState, "the tables cannot be distributed yet").Hint("Change what is in the way.");
  }
  if (!citus) {
    for (const std::string& statement : statements) std::cout << statement << ";\n";
    std::cout << "\n" << std::flush;
    return Fail(sqlstate::kUndefinedObject, "this cluster has no Citus, so nothing was done")
        .Hint("Run CREATE EXTENSION citus there; or run what the statements above say in the cluster's own way.");
  }
  return Apply(*database, *definitions, statements);
}

}  // namespace

int Distribute(const DistributeOptions& options) {
  (void)log::Open("stderr", log::Level::kWarning);
  Status status = Run(options);
  return status.ok() ? 0 : Report(status);
}

}  // namespace allod::cli
