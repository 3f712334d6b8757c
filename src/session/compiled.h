// A compiled statement: parsed, bound, planned. Immutable and shared by the sessions of a database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planner/plan.h"
#include "session/session.h"
#include "sql/parse.h"

namespace allod::session {

struct Definitions;

struct Compiled {
  std::shared_ptr<sql::Parsed> parsed;
  const sql::Statement* statement = nullptr;  // null: an empty text
  std::shared_ptr<const Definitions> definitions;  // those it was planned under
  std::shared_ptr<const planner::Plan> plan;       // null for utility, definition and GDPR statements
  Description description;
  // A literal that means the current time ('now', 'today') was read when it was bound: good for one execution.
  bool once() const { return plan != nullptr && plan->bound->depends_on_now; }
};
using CompiledPtr = std::shared_ptr<const Compiled>;

// What a compiled statement depends on besides the definitions; part of the cache's key.
struct CompileSettings {
  std::vector<std::string> search_path;
  FormatContext format;
  std::string user, database;
  std::string Key() const;
};

// One statement of `parsed`. `types`: parameter types as the client gave them, 0 to be inferred. `allow_parameters` is
// false in the simple protocol (42P02).
Result<CompiledPtr> Compile(std::shared_ptr<sql::Parsed> parsed, const sql::Statement* statement,
                            std::shared_ptr<const Definitions> definitions, const CompileSettings& settings,
                            const std::vector<Oid>& types, bool simple, engine::DialectId dialect);

// What a client holds: a text and what it was compiled to last. A changed catalogue makes it be compiled again.
struct Prepared {
  std::string text;  // one statement
  std::vector<Oid> types;
  bool simple = false;                  // from a Query message: GDPR GET answers a result set per table
  mutable uint64_t settings_version = 0;  // of the session's settings that it was compiled under
  mutable CompiledPtr compiled;         // null until first needed (scripts); a session's own, so no lock
  std::shared_ptr<sql::Parsed> script;  // of a script of several statements: the whole, for error positions
  const sql::Statement* statement = nullptr;
  mutable std::string sql_text;                 // the PREPARE statement that made it
  mutable int64_t made_us = 0;          // when it got its name
};

}  // namespace allod::session
