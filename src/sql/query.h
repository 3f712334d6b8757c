// What a statement means: names resolved, types known, coercions explicit. The Binder (planner/bind_*.cc) makes it from
// libpg_query's tree, the printers (sql/print_*.cc) write it in an engine's dialect.
//
// It is not a second grammar: there is one node kind per *meaning*, not per spelling (x IN (1), x BETWEEN a AND b and
// a merged USING column are comparisons, ANDs and COALESCEs here), so a dialect has few functions to write, and a rule
// about meaning (GROUP BY, what is read) is said once.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/types.h"
#include "base/value.h"
#include "sql/functions.h"

namespace allod::sql {

struct Query;
struct Cte;

// A relation in scope: what a column reference points at.
struct Range {
  enum class Kind : uint8_t {
    kTable,     // a stored table
    kSubquery,  // (SELECT ...), also a view's
    kCte,       // WITH name
    kRelation,  // rows that Allod computes: parameter `relation` of the plan
    kFunction,  // generate_series(...), unnest(...)
    kExcluded,  // ON CONFLICT's EXCLUDED
  };
  Kind kind = Kind::kTable;
  std::string alias;     // printed; unique within the statement: "r1", "r2", ...
  std::string physical;  // kTable: the engine's table name; kCte: the printed name of the CTE
  Oid table = 0;         // kTable
  int relation = -1;     // kRelation: index into BoundStatement::relations
  struct Column {
    std::string name;      // as the user sees it
    std::string physical;  // as printed
    Type type;
    bool nullable = true;
    Oid table = 0;  // origin, for RowDescription; 0: computed
    int16_t attnum = 0;
  };
  std::vector<Column> columns;
  const Query* home = nullptr;  // the query whose FROM (or statement whose target) it is
};

enum class CompareOp : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe };

struct SortKey;
struct Window;

struct Expr {
  enum class Kind : uint8_t {
    kConstant,    // constant; type unknown: a literal that no context has given a type yet
    kParameter,   // $number
    kColumn,      // range->columns[column]; column -1: the row's identity, null only beside an outer join
    kCall,        // overload(args): a function, operator or cast; a cast with an empty body relabels
    kIo,          // cast through the text form: args[0] to `type`
    kTypmod,      // args[0] with the length and precision of `type`; explicit_cast: truncates silently
    kCompare,     // args[0] op args[1] under the type's order
    kRowCompare,  // the same of two kRow
    kAnd,
    kOr,
    kNot,
    kIsNull,
    kIsNotNull,
    kIsDistinct,
    kIsNotDistinct,
    kIsTrue,
    kIsNotTrue,
    kIsFalse,
    kIsNotFalse,
    kIn,          // args[0] = one of args[1..]; negated
    kInQuery,     // args[0] (or a kRow) among the rows of query; negated
    kInArray,     // args[0] = one of the elements of the array args[1]
    kAnyAll,      // args[0], a condition over range, holds for ANY|ALL rows of query, or of the array args[1]
    kExists,      // query
    kScalar,      // column `column` of query; NULL without a row, 21000 with several
    kArrayQuery,  // ARRAY(query)
    kCase,        // [when, then]*, else (may be null); operand: CASE args[0] WHEN ...
    kCoalesce,
    kNullIf,
    kGreatest,
    kLeast,
    kAggregate,  // overload(args), distinct, order, filter
    kWindow,     // overload(args), filter, over
    kRow,        // ROW(args)
    kArray,      // ARRAY[args]
    kSubscript,  // args[0][args[1]]
    kSlice,      // args[0][args[1]:args[2]], each may be null
    kNotNull,    // args[0], or 23502 naming text (table), text2 (column): where the engine would not refuse NULL
  };
  Kind kind = Kind::kConstant;
  Type type;
  bool nullable = true;
  int location = -1;  // in the cleaned text, for errors
  std::vector<Expr*> args;
  Value constant;
  int number = 0;  // kParameter; kAnyAll: 1 for ANY, 0 for ALL
  Range* range = nullptr;
  int column = 0;
  const Overload* overload = nullptr;
  CompareOp op = CompareOp::kEq;
  bool negated = false;        // kIn, kInQuery
  bool explicit_cast = false;  // kTypmod
  bool operand = false;        // kCase
  bool star = false;           // count(*)
  bool distinct = false;       // kAggregate
  Query* query = nullptr;
  std::vector<SortKey> order;  // kAggregate
  Expr* filter = nullptr;      // kAggregate, kWindow
  Window* over = nullptr;      // kWindow
  std::string text, text2;
  std::string collation;  // an explicit COLLATE, "" if none
};

struct SortKey {
  Expr* expr = nullptr;
  bool descending = false;
  bool nulls_first = false;
  int ordinal = 0;  // 1-based position in the target list if it is one of them
};

struct Window {
  std::vector<Expr*> partition;
  std::vector<SortKey> order;
  int frame = 0;  // PostgreSQL's FRAMEOPTION_ bits
  Expr* start = nullptr;
  Expr* end = nullptr;
};

struct From {
  enum class Kind : uint8_t { kRange, kJoin };
  Kind kind = Kind::kRange;
  Range* range = nullptr;
  Query* query = nullptr;    // kSubquery
  Expr* function = nullptr;  // kFunction: a kCall of a set-returning overload, or a scalar one
  bool ordinality = false;
  bool lateral = false;  // the query reads items to the left of it
  enum class Join : uint8_t { kInner, kLeft, kRight, kFull };
  Join join = Join::kInner;
  From* left = nullptr;
  From* right = nullptr;
  Expr* on = nullptr;  // null: always
};

struct Target {
  Expr* expr = nullptr;
  std::string name;  // as the user sees it
};

struct Cte {
  std::string name, physical;
  Query* query = nullptr;
  std::vector<Range::Column> columns;
  bool recursive = false;  // the query is a UNION whose right side reads it
  bool materialized = false, not_materialized = false;
  int references = 0;
};

struct Query {
  enum class Kind : uint8_t { kSelect, kValues, kUnion, kIntersect, kExcept };
  Kind kind = Kind::kSelect;
  std::vector<Cte*> ctes;
  bool recursive = false;  // WITH RECURSIVE
  // kUnion, kIntersect, kExcept:
  bool all = false;
  Query* left = nullptr;
  Query* right = nullptr;
  // kValues:
  std::vector<std::vector<Expr*>> rows;
  // kSelect:
  std::vector<Target> targets;
  bool distinct = false;
  std::vector<Expr*> distinct_on;
  std::vector<From*> from;
  Expr* where = nullptr;
  std::vector<Expr*> group;
  bool grouped = false;  // GROUP BY, HAVING or an aggregate
  Expr* having = nullptr;
  // any:
  std::vector<SortKey> order;
  Expr* limit = nullptr;
  Expr* offset = nullptr;
  // What it gives: a name, a type and an origin per column. Set operations and VALUES have no targets.
  std::vector<Range::Column> columns;
  bool volatile_targets = false;  // must not be evaluated more than once per row
  bool single = false;            // at most one row, whatever the data
};

struct Assignment {
  std::string physical;
  int16_t attnum = 0;
  Expr* value = nullptr;
};

// INSERT, UPDATE, DELETE.
struct Change {
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  std::vector<Cte*> ctes;
  bool recursive = false;
  Range* target = nullptr;
  // kInsert: the columns, and either rows of values or `source` with one expression per column over `source_range`.
  std::vector<std::string> columns;
  std::vector<std::vector<Expr*>> rows;
  Query* source = nullptr;
  Range* source_range = nullptr;
  std::vector<Expr*> source_values;
  bool source_reads_target = false;
  bool default_row = false;  // no column has a value
  struct Conflict {
    bool update = false;              // DO UPDATE, else DO NOTHING
    bool any = false;                 // no target given
    std::vector<std::string> target;  // printed: columns or expressions
    std::string predicate;            // printed; of a partial index
    std::vector<int> key;             // positions in `columns` of the target's columns, for 21000
    std::vector<Assignment> set;
    Expr* where = nullptr;
    Range* excluded = nullptr;
  };
  std::unique_ptr<Conflict> conflict;
  // kUpdate:
  std::vector<Assignment> set;
  bool snapshot = false;  // SET reads the target: all values are computed before the first row changes
  // kUpdate, kDelete:
  std::vector<From*> from;  // FROM, USING
  Expr* where = nullptr;
  std::vector<Target> returning;
};

// Owns the nodes of one bound statement.
class Pool {
 public:
  Expr* NewExpr(Expr::Kind kind, Type type, int location) {
    Expr& e = exprs_.emplace_back();
    e.kind = kind;
    e.type = type;
    e.location = location;
    return &e;
  }
  Expr* Copy(const Expr& expr) { return &exprs_.emplace_back(expr); }
  Range* NewRange() { return &ranges_.emplace_back(); }
  Query* NewQuery() { return &queries_.emplace_back(); }
  From* NewFrom() { return &froms_.emplace_back(); }
  Cte* NewCte() { return &ctes_.emplace_back(); }
  Window* NewWindow() { return &windows_.emplace_back(); }
  Change* NewChange() { return &changes_.emplace_back(); }
  // A set-returning function that only this statement has: its body, a template (Overload::sqlite).
  const Overload* NewTableFunction(std::string_view name, std::string body) {
    Overload& made = overloads_.emplace_back();
    made.name = name;
    made.kind = FunctionKind::kSetReturning;
    made.result = oid::kRecord;
    made.volatility = Volatility::kStable;
    made.sqlite = texts_.emplace_back(std::move(body));
    return &made;
  }

 private:
  std::deque<Expr> exprs_;
  std::deque<Range> ranges_;
  std::deque<Query> queries_;
  std::deque<From> froms_;
  std::deque<Cte> ctes_;
  std::deque<Window> windows_;
  std::deque<Change> changes_;
  std::deque<Overload> overloads_;
  std::deque<std::string> texts_;
};

}  // namespace allod::sql
