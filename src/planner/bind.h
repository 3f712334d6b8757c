// Inside the Binder: one class, one function per node kind, spread over bind_*.cc. Private to planner/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "base/sqlstate.h"
#include "catalog/catalog.h"
#include "catalog/stored_history.h"
#include "planner/binder.h"
#include "planner/plan.h"
#include "sql/functions.h"
#include "sql/query.h"
#include "sql/tree.h"

namespace allod::planner {

using sql::CastContext;
using sql::CompareOp;
using sql::Cte;
using sql::Expr;
using sql::From;
using sql::Overload;
using sql::Query;
using sql::Range;
using sql::SortKey;
using sql::Target;

// A name that a column reference can find.
struct NameColumn {
  std::string name;
  Range* range = nullptr;
  int column = 0;
  Expr* expr = nullptr;  // a merged USING column; else range and column
};

// One FROM item's names. A join with USING is an item of its own, found by unqualified names only.
struct NameItem {
  std::string alias;          // "" for a join without alias
  std::string schema, table;  // as far as known, for schema.table.column
  Range* range = nullptr;     // null for joins
  std::vector<NameColumn> columns;
  bool qualified = true;    // alias.column finds it
  bool unqualified = true;  // column finds it
  bool lateral_ok = true;   // false: the left side of a RIGHT or FULL JOIN, while its right side is bound
};

// Where an expression stands: decides what it may hold, and what the message says.
enum class Clause : uint8_t {
  kTarget,
  kFrom,
  kOn,
  kWhere,
  kGroupBy,
  kHaving,
  kOrderBy,
  kDistinctOn,
  kLimit,
  kOffset,
  kValues,
  kReturning,
  kSet,
  kInsertValues,
  kWindow,
  kFilter,
  kCheck,
  kDefault,
  kIndex,
  kConflict,
};

struct Scope {
  Scope* parent = nullptr;
  bool sees_parent = true;  // false: a FROM subquery, whose siblings are invisible (their WITH is not)
  bool lateral = false;     // sees its siblings because of LATERAL
  Query* query = nullptr;   // null for the scope of INSERT, UPDATE, DELETE
  std::vector<NameItem> items;
  std::vector<Range*> ranges;  // all of this level, for errors and for checks
  std::vector<Cte*> ctes;
  // WITH RECURSIVE under way: the names of its queries from the one that is bound now on, which hide tables already.
  std::vector<std::string> coming;
  bool coming_union = false;  // the first of them is a UNION
  int coming_location = -1;
  Cte* open = nullptr;               // whose recursive term is bound now
  std::vector<int> self_references;  // to it: where
  const PgQuery__SelectStmt* select = nullptr;  // for its WINDOW clause
  Clause clause = Clause::kTarget;
  bool aggregates_allowed = false;
  bool has_aggregates = false, has_windows = false;
  bool in_aggregate = false, in_window = false;
  // Set-returning function of the target list, moved to FROM.
  From* srf = nullptr;
  bool lateral_reference = false;  // something here read a sibling of FROM
};

struct OverloadMatch {
  const Overload* overload = nullptr;
  std::vector<Type> arguments;  // resolved types, one per actual argument
  Type result;
};

class Binder {
 public:
  Binder(BoundStatement* bound, std::shared_ptr<sql::Parsed> parsed, const BindContext* context)
      : bound_(bound), parsed_(std::move(parsed)), context_(context) {}
  // What is bound from now on was written into a definition, not by the session.
  void TextIsStored() { ++foreign_text_; }

  // binder.cc
  Status BindStatement(const PgQuery__Node* node);
  Status Finish();  // parameters are all known; accesses in order
  Status Error(std::string_view sqlstate, std::string message, int location) const;
  Status NotSupported(std::string what, int location, std::string instead = "") const;
  Access& AccessOf(Oid table);
  std::string NewAlias() { return "r" + std::to_string(++aliases_); }

  // bind_expression.cc
  Result<Expr*> BindExpr(const PgQuery__Node* node, Scope& scope);
  Result<Expr*> BindCondition(const PgQuery__Node* node, Scope& scope, std::string_view clause);  // to boolean
  Result<std::vector<Expr*>> BindList(PgQuery__Node** nodes, size_t count, Scope& scope);

  // bind_coerce.cc
  bool CanCoerce(Oid from, Oid to, CastContext context) const;
  Result<Expr*> Coerce(Expr* expr, Type to, CastContext context, int location);
  Result<Expr*> CoerceAssignment(Expr* expr, Type to, std::string_view column, int location);
  Result<Expr*> Literal(const Expr& expr, Type to, bool explicit_cast, int location);
  // The type a CASE, UNION, VALUES, ... gives; `what` for the error, "CASE".
  Result<Oid> CommonType(std::span<Expr* const> exprs, std::string_view what);
  Status CoerceAll(std::span<Expr*> exprs, std::string_view what);
  Result<Expr*> ResolveUnknown(Expr* expr);  // to text
  Result<Type> ResolveTypeName(const PgQuery__TypeName& name);
  const catalog::EnumType* FindUserType(const std::vector<std::string>& names) const;
  std::string TypeNameOf(Type type) const;  // for messages: "integer", "mood"
  Result<Value> ResolveRegClass(std::string_view text, int location);
  Status FixParameter(int number, Oid type, int location);

  // bind_function.cc, bind_overload.cc
  Result<Expr*> BindFuncCall(const PgQuery__FuncCall& call, Scope& scope);
  Result<Expr*> CallFunction(std::string_view name, std::vector<Expr*> args, int location);
  Result<Expr*> CallOperator(std::string_view name, std::vector<Expr*> args, int location);
  Result<Expr*> Compare(std::string_view name, Expr* left, Expr* right, int location);
  Result<OverloadMatch> Resolve(std::span<const Overload* const> candidates, std::span<Expr* const> args,
                                bool is_operator, std::string_view name, int location);
  Status CoerceArguments(const OverloadMatch& match, std::vector<Expr*>* args, int location);

  // bind_from.cc, bind_with.cc, bind_column.cc
  Result<From*> BindFromItem(const PgQuery__Node* node, Scope& scope, std::vector<NameItem>* items);
  Status BindFromClause(PgQuery__Node** nodes, size_t count, Scope& scope, std::vector<From*>* from);
  Status BindWith(const PgQuery__WithClause* with, Scope& scope, std::vector<Cte*>* ctes, bool* recursive);
  Range* NewTableRange(const catalog::Table& table, Scope& scope);
  Result<const catalog::Table*> FindTable(const PgQuery__RangeVar& var);  // null: none, without an error
  Result<const catalog::Table*> FindTarget(const PgQuery__RangeVar& var, std::string_view verb);
  NameItem ItemFor(Range* range, std::string_view alias);
  Expr* ColumnOf(Range* range, int column, int location);
  Result<Expr*> BindColumnRef(const PgQuery__ColumnRef& ref, Scope& scope);
  Result<Expr*> BindUnnest(const PgQuery__FuncCall& call, Scope& scope);  // of several arrays
  Result<Expr*> ArrayOfSet(Expr* call);
  Result<Expr*> AddToSetReturning(Expr* call, std::string_view name, Scope& scope);
  void AddFunctionColumns(Range* range, const Expr& call, std::string_view alias, bool ordinality);

  // bind_select.cc, bind_set_operation.cc, bind_sort.cc, bind_window.cc, bind_target_name.cc
  Result<Query*> BindSelect(const PgQuery__SelectStmt& select, Scope* parent, bool sees_parent, bool resolve_unknowns,
                            bool lateral = false, bool* lateral_reference = nullptr);
  Result<std::vector<Target>> BindTargets(PgQuery__Node** nodes, size_t count, Scope& scope);
  Status BindSortClause(PgQuery__Node** nodes, size_t count, Scope& scope, Query* query, Clause clause,
                        std::vector<SortKey>* keys);
  std::string TargetName(const PgQuery__Node* node);
  Result<sql::Window*> BindWindow(const PgQuery__WindowDef& definition, Scope& scope);
  Result<Query*> BindSubquery(const PgQuery__Node* node, Scope& scope);
  Status CoerceQueryColumn(Query* query, size_t column, Type type);
  void SetColumns(Query* query);

  // bind_group.cc
  Status CheckGrouping(const Query& query, const Scope& scope);
  bool IsSingle(const Query& query) const;  // at most one row, whatever the data

  // bind_insert.cc, bind_update.cc, bind_delete.cc
  Status BindInsert(const PgQuery__InsertStmt& insert);
  Status BindUpdate(const PgQuery__UpdateStmt& update);
  Status BindDelete(const PgQuery__DeleteStmt& del);
  Status BindReturning(PgQuery__Node** nodes, size_t count, Scope& scope, sql::Change* change);
  // Null if the column has none.
  Result<Expr*> DefaultOf(const catalog::Table& table, const catalog::Column& column);
  Result<Expr*> StoredValue(Expr* value, const catalog::Table& table, const catalog::Column& column, int location);
  Status BindAssignments(PgQuery__Node** nodes, size_t count, const catalog::Table& table, Scope& scope,
                         std::vector<sql::Assignment>* set);
  Status BindConflict(const PgQuery__OnConflictClause& clause, const catalog::Table& table, Scope& scope,
                      sql::Change* change);

  BoundStatement& bound() { return *bound_; }
  sql::Pool& pool() { return bound_->pool; }
  const BindContext& context() const { return *context_; }
  Expr* New(Expr::Kind kind, Type type, int location) { return pool().NewExpr(kind, type, location); }
  Expr* NewBool(Expr::Kind kind, std::vector<Expr*> args, int location);

 private:
  // bind_expression.cc, bind_comparison.cc, bind_array.cc: one per node kind
  Result<Expr*> BindConst(const PgQuery__AConst& node);
  Result<Expr*> BindParam(const PgQuery__ParamRef& node);
  Result<Expr*> BindAExpr(const PgQuery__AExpr& node, Scope& scope);
  Result<Expr*> BindOperator(const PgQuery__AExpr& node, Scope& scope);
  Result<Expr*> BindComparison(std::string_view op, Expr* left, Expr* right, int location);
  Result<Expr*> BindIn(const PgQuery__AExpr& node, Scope& scope);
  Result<Expr*> BindBetween(const PgQuery__AExpr& node, Scope& scope);
  Result<Expr*> BindAnyAll(std::string_view op, Expr* left, Expr* array, bool any, int location);
  Result<Expr*> BindBoolExpr(const PgQuery__BoolExpr& node, Scope& scope);
  Result<Expr*> BindSubLink(const PgQuery__SubLink& node, Scope& scope);
  Range* RangeOver(const Query* query);  // (query) AS r: its columns
  Expr* RowOf(Range* range, int location);
  Result<Expr*> BindTypeCast(const PgQuery__TypeCast& node, Scope& scope);
  Result<Expr*> BindCase(const PgQuery__CaseExpr& node, Scope& scope);
  Result<Expr*> BindCoalesce(const PgQuery__CoalesceExpr& node, Scope& scope);
  Result<Expr*> BindMinMax(const PgQuery__MinMaxExpr& node, Scope& scope);
  Result<Expr*> BindNullTest(const PgQuery__NullTest& node, Scope& scope);
  Result<Expr*> BindBooleanTest(const PgQuery__BooleanTest& node, Scope& scope);
  Result<Expr*> BindArray(const PgQuery__AArrayExpr& node, Scope& scope, Oid wanted);
  Result<Expr*> BindIndirection(const PgQuery__AIndirection& node, Scope& scope);
  Result<Expr*> BindCollate(const PgQuery__CollateClause& node, Scope& scope);
  Result<Expr*> BindValueFunction(const PgQuery__SQLValueFunction& node);
  Result<Expr*> BindRow(const PgQuery__RowExpr& node, Scope& scope);
  Result<Expr*> BindDistinctFrom(Expr* left, Expr* right, bool distinct, int location);
  // bind_function.cc, bind_aggregate.cc
  Result<Expr*> BindAggregate(const PgQuery__FuncCall& call, std::string_view name, Scope& scope);
  Result<Expr*> SpecialFunction(const PgQuery__FuncCall& call, std::string_view name, Scope& scope, bool* handled);
  Result<Expr*> MakeCall(const OverloadMatch& match, std::vector<Expr*> args, int location);
  // bind_from.cc, bind_join.cc, bind_with.cc, bind_column.cc
  Result<From*> BindRangeVar(const PgQuery__RangeVar& node, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindRangeSubselect(const PgQuery__RangeSubselect& node, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindRangeFunction(const PgQuery__RangeFunction& node, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindJoin(const PgQuery__JoinExpr& node, Scope& scope, std::vector<NameItem>* items);
  // bind_history.cc: null if it is not allod.history(...), allod.origin(...), allod.transactions.
  Result<From*> BindHistoryFunction(const PgQuery__RangeFunction& node, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindTransactions(const PgQuery__RangeVar& node, Scope& scope, std::vector<NameItem>* items);
  Result<From*> HistoryRange(std::string_view name, std::string body, std::vector<Expr*> args, std::vector<Range::Column> columns,
                             const PgQuery__Alias* alias, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindSystemTime(const PgQuery__RangeFunction& node, const PgQuery__FuncCall& call, Scope& scope, std::vector<NameItem>* items);
  Result<From*> BindHistory(const PgQuery__RangeFunction& node, const PgQuery__FuncCall& call, catalog::Period period, Scope& scope, std::vector<NameItem>* items);
  // Where the condition fixes a history's primary key, only that row's versions are read.
  void NarrowHistories(const Query& query);
  Result<const catalog::Table*> HistoryTable(const PgQuery__Node* name, int location);
  Result<From*> BindView(const catalog::Table& view, const PgQuery__RangeVar& node, Scope& scope,
                         std::vector<NameItem>* items);
  Status ApplyAlias(const PgQuery__Alias* alias, std::string_view name, Range* range, NameItem* item);
  Status CheckDuplicateAliases(const std::vector<NameItem>& items, int location);
  // 42P19 or 0A000 for a reference to a WITH query that is not there yet.
  Status CheckComing(const PgQuery__RangeVar& node, const Scope& scope) const;
  Status BindRecursive(const PgQuery__CommonTableExpr& node, const PgQuery__SelectStmt& select, Scope& scope, Cte* cte);
  Expr* ExprOf(const NameColumn& column, int location);
  Expr* TableOid(const Range& range, int location);
  // Notes that `scope` or one around it reads `found`, beside which it stands; 42P10 where it may not.
  Status ReadOutside(Scope& scope, const Scope* found, const NameItem& item, int location);
  Status CheckReach(const From& inner, const Scope& scope);
  Status MakeLateral(From* from);
  Status MissingFrom(const std::string& table, const Scope& scope, int location) const;
  // bind_select.cc, bind_set_operation.cc, bind_sort.cc
  Status BindSetTree(const PgQuery__SelectStmt& select, Scope& scope, Query* query);
  Status BindValues(const PgQuery__SelectStmt& select, Scope& scope, Query* query, bool resolve_unknowns);
  Status BindSimpleSelect(const PgQuery__SelectStmt& select, Scope& scope, Query* query, bool resolve_unknowns);
  Status MakeOneGroup(Query* query);
  Status BindGroupClause(const PgQuery__SelectStmt& select, Scope& scope, Query* query);
  Status BindLimit(const PgQuery__SelectStmt& select, Scope& scope, Query* query);
  Status BindLocking(const PgQuery__SelectStmt& select, Scope& scope, Query* query);
  Result<SortKey> BindSortKey(const PgQuery__Node* node, Scope& scope, Query* query, Clause clause);

  BoundStatement* bound_;
  std::shared_ptr<sql::Parsed> parsed_;
  const BindContext* context_;
  std::map<Oid, size_t> access_index_;
  std::map<std::pair<std::string, std::string>, int> relation_index_;
  int aliases_ = 0, ctes_ = 0;
  int foreign_text_ = 0;  // > 0: inside a view's or default's text, whose positions mean nothing to the user
  int view_depth_ = 0;
  struct HistoryItem {
    Range* range;
    Expr* call;
    const catalog::Table* table;
    catalog::Period period;
  };
  std::vector<HistoryItem> histories_;
  bool parameters_allowed_ = true;

  friend Result<std::string> BindTableExpressionImpl(std::string_view, const catalog::Table*, Type, const BindContext&,
                                                     std::vector<catalog::Attnum>*, Type*);
};

// Same value, whatever the position in the text.
bool EqualExpr(const Expr& a, const Expr& b);
// Calls `visit` on the expression and, if it says true, on its parts; subqueries' expressions too if `into_queries`.
void VisitExpr(Expr* expr, const std::function<bool(Expr*)>& visit, bool into_queries);
void VisitQuery(Query* query, const std::function<bool(Expr*)>& visit);
bool IsVolatile(Expr* expr);
// Calls `use` for each part of a condition that must hold by itself and says that a column equals a constant or a parameter.
void EachEquality(const Expr* condition, const std::function<void(const Expr& column, Expr& value)>& use);
bool QueryReads(const Query& query, Oid table);  // in any FROM of it, WITH and subqueries included
// The type that these, coerced to one, have together: a modifier only if all have it.
Type TypeOfAll(std::span<Expr* const> exprs);
int LocationOf(const PgQuery__Node* node);  // of an expression's first token; -1: not known

std::string StringOf(const PgQuery__Node* node);  // of a String node, "" otherwise
std::vector<std::string> StringsOf(PgQuery__Node* const* nodes, size_t count);
// The comparison is the engine's own, not one that converts an argument on the way.
bool IsNative(const Expr& compare);

}  // namespace allod::planner
