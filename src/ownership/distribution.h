// How to spread a schema over the nodes of a cluster so that what a data subject owns is together: each owned table is
// distributed by the column that holds its subject's key, what several subjects share is on every node. A plan on
// paper: nothing here asks or changes an engine.
#pragma once

#include <string>
#include <vector>

#include "ownership/graph.h"

namespace allod::ownership {

struct Placement {
  enum class Kind : uint8_t {
    kDistributed,  // by `column`, on the same nodes as the rows of `with` that have the same value
    kReference,    // the whole table on every node
    kLocal,        // as it is, on the node that coordinates: nothing of a subject's, and nothing distributed refers to it
    kUnplaced,     // no way that works; the obstacles say why
  };
  Oid table = 0;
  Kind kind = Kind::kLocal;
  catalog::Attnum column = 0;
  Oid with = 0;        // the data subject's table: the first of its colocation group
  std::string reason;  // "owned through user_id"
};

// What must be changed in the schema before the statements run, or (kSeveralOwners) what the plan cannot give.
struct Obstacle {
  enum class Kind : uint8_t {
    kKeyWithoutColumn,  // a primary key or unique key without the column that the table is distributed by
    kNullable,          // that column can be NULL
    kTypeDiffers,       // that column has another type than the subject's key
    kNoOwnerColumn,     // the table's key leads to its owner over another table, and does not hold the owner's key
    kSeveralOwners,     // a row can have several; it is stored with one of them, or everywhere
    kForeignKey,        // it would lead from one node to another
    kCaptured,          // its changes are captured in the database itself, which a distributed table cannot have
  };
  Kind kind;
  Oid table = 0;
  std::string constraint;  // the key that is in the way; "" if none
  std::string what;        // "primary key (id) does not hold user_id"
  std::string remedy;      // "make it (user_id, id)"
};

struct Distribution {
  std::vector<Placement> placements;  // every table once; data subjects first, owners before what they own
  std::vector<Obstacle> obstacles;
};

Distribution PlanDistribution(const Graph& graph);

// A line for each table, then one for each obstacle.
std::string ToText(const Graph& graph, const Distribution& distribution);

// For a cluster with Citus: SELECT create_reference_table('...'), SELECT create_distributed_table('...', '...', colocate_with
// => '...'), in an order that foreign keys allow. Good only without obstacles other than kSeveralOwners.
std::vector<std::string> CitusStatements(const Graph& graph, const Distribution& distribution);

}  // namespace allod::ownership
