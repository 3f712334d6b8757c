// What the Binder found out about a tree, beside the tree: a Note per node. The printers read it. Neither changes the
// tree's meaning; a printer never guesses a type.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "base/value.h"
#include "sql/functions.h"
#include "sql/tree.h"

namespace allod::sql {

// One thing a FROM clause brings into scope, and how it is printed.
struct RangeEntry {
  enum class Kind : uint8_t {
    kTable,      // a stored table
    kSubquery,   // (SELECT ...) AS alias, also a view's
    kCte,        // WITH name
    kRelation,   // rows that Allod computes: parameter `relation` of the plan
    kFunction,   // generate_series(...), unnest(...)
    kJoin,       // alias of a JOIN
    kExcluded,   // ON CONFLICT's EXCLUDED
  };
  Kind kind = Kind::kTable;
  std::string alias;        // printed alias; unique within the statement: "r1", "r2", ...
  std::string physical;     // kTable: engine's table name; kCte: printed name of the CTE
  int relation = -1;        // kRelation: index into BoundStatement::relations
  struct Col {
    std::string name;       // as the user sees it
    std::string physical;   // as printed
    Type type;
    bool nullable = true;
    Oid table = 0;          // origin, for RowDescription; 0: computed
    int16_t attnum = 0;
  };
  std::vector<Col> columns;
};

struct Note {
  Type type;                               // of the value, after `coerce`
  bool nullable = true;
  // Implicit coercion the Binder decided on: printed around the node.
  const Overload* coerce = nullptr;        // a cast of sql/functions.h; null: none
  std::optional<Type> typmod_cast;         // length coercion to this type and modifier
  bool explicit_cast = false;              // for typmod_cast: 'abc'::varchar(2) truncates, assignment refuses
  // What the node is:
  std::optional<Value> constant;           // a literal, in stored form of `type`
  const Overload* overload = nullptr;      // function, operator or cast it calls
  const RangeEntry* range = nullptr;       // column reference or FROM item
  int column = -1;                         // index into range->columns
  PgQuery__SelectStmt* subquery = nullptr; // FROM item: a view's SELECT, bound
  int parameter = 0;                       // ParamRef: the engine's parameter number
};

class Notes {
 public:
  Note& operator[](const void* node) { return map_[node]; }
  const Note* find(const void* node) const { auto it = map_.find(node); return it == map_.end() ? nullptr : &it->second; }
  RangeEntry* NewRange() { ranges_.push_back(std::make_unique<RangeEntry>()); return ranges_.back().get(); }

 private:
  std::unordered_map<const void*, Note> map_;
  std::vector<std::unique_ptr<RangeEntry>> ranges_;
};

}  // namespace allod::sql
