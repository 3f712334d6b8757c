// What one statement means (BoundStatement) and how it is run (Plan). A Plan is immutable, made once per statement text,
// parameter types, role, search path and catalogue version, and shared by sessions.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/exec_context.h"
#include "base/status.h"
#include "base/types.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "sql/parse.h"
#include "sql/query.h"

namespace allod::planner {

struct ResultColumn {
  std::string name;
  Type type;
  Oid table = 0;            // origin; 0: computed
  catalog::Attnum attnum = 0;
};

// Which stored tables and columns a statement touches: the whole truth, for permission checks, the authorizer's
// allow list and history. View bodies are followed.
struct Access {
  Oid table = 0;
  std::set<catalog::Attnum> reads, writes;
  bool inserts = false, updates = false, deletes = false;
};

enum class StatementKind : uint8_t { kSelect, kInsert, kUpdate, kDelete, kUtility };

// A relation that Allod computes when the statement runs (pg_catalog.pg_class, allod.*).
struct SystemRelation {
  std::string schema, name;
  int width = 0;  // columns
};

struct BoundStatement {
  StatementKind kind = StatementKind::kSelect;
  std::shared_ptr<sql::Parsed> parsed;  // keeps the tree alive
  const sql::Statement* statement = nullptr;
  sql::Pool pool;                         // owns what the next two point into
  sql::Query* query = nullptr;            // SELECT, VALUES
  sql::Change* change = nullptr;          // INSERT, UPDATE, DELETE
  std::vector<Type> parameters;
  std::vector<ResultColumn> columns;
  std::vector<Access> accesses;
  std::vector<SystemRelation> relations;
  const catalog::Table* target = nullptr;  // INSERT, UPDATE, DELETE
  bool locks_rows = false;                 // SELECT ... FOR UPDATE: takes the writer's turn
  bool writes = false;                     // calls nextval() and the like, or changes rows
  bool returning = false;
  // On an engine that understands SQL itself:
  std::string native_text;       // what it is sent
  bool writes_many = false;      // not `target` alone: data-modifying WITH, views, tables with triggers or rules
  bool unresolved = false;       // names a relation that is neither ours nor the system's, as far as this catalogue knows
  bool keeps_session = false;    // leaves something in the engine's session: advisory locks, currval(), temporary tables
  struct SetConfig {             // set_config() with constants: the session's own settings follow
    std::string name, value;
    bool local = false;
  };
  std::vector<SetConfig> set_configs;
  // Literals were read under the session's time zone and date style: a plan is good for those only.
  bool depends_on_format = false;
  // A literal meant the current time ('now', 'today'): the plan is good for this execution only.
  bool depends_on_now = false;
};

// Everything the Binder needs to know besides the text.
struct BindContext {
  std::shared_ptr<const catalog::Catalog> catalog;
  FormatContext format;                     // literals of date types depend on the session's zone and style
  std::vector<Oid> parameter_types;         // as given in Parse; 0 or missing: to be inferred
  std::vector<std::string> search_path{"public"};
  std::string user, database;
};

struct Plan {
  std::shared_ptr<const BoundStatement> bound;  // null for utility statements
  std::shared_ptr<const catalog::Catalog> catalog;
  std::string text;                             // in the engine's dialect
  // Engine parameter i+1 is: a client's parameter, a system relation, or a value fixed at plan time.
  struct Source {
    enum class Kind : uint8_t { kParameter, kRelation } kind;
    int index;
  };
  std::vector<Source> sources;
  std::shared_ptr<const engine::Watch> watch;   // what ownership wants captured; null: nothing
  bool needs_turn = false;
  bool brief = false;                           // see brief.h
  std::string tag;                              // command tag's verb: "SELECT", "INSERT 0", "UPDATE"
  bool returns_rows() const { return bound != nullptr && !bound->columns.empty(); }
};

}  // namespace allod::planner
