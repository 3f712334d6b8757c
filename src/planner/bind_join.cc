// Joins: ON, USING, NATURAL; what an outer join makes NULL.
#include <algorithm>

#include "planner/bind.h"

namespace allod::planner {
namespace {

void MakeNullable(From* from) {
  if (from->kind == From::Kind::kJoin) {
    MakeNullable(from->left);
    MakeNullable(from->right);
    return;
  }
  for (Range::Column& column : from->range->columns) column.nullable = true;
}

}  // namespace

Result<From*> Binder::BindJoin(const PgQuery__JoinExpr& node, Scope& scope, std::vector<NameItem>* items) {
  std::vector<NameItem> left_items, right_items;
  ALLOD_ASSIGN_OR_RETURN(From * left, BindFromItem(node.larg, scope, &left_items));
  // The right side may read the left one if it is LATERAL (or a function).
  const size_t visible = scope.items.size();
  const bool right_or_full = node.jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT || node.jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL;
  for (const NameItem& item : left_items) {
    scope.items.push_back(item);
    scope.items.back().lateral_ok = !right_or_full;
  }
  Result<From*> right_result = BindFromItem(node.rarg, scope, &right_items);
  scope.items.resize(visible);
  if (!right_result.ok()) return right_result.status();
  From* right = *right_result;
  if (right->kind == From::Kind::kJoin) ALLOD_RETURN_IF_ERROR(CheckReach(*right, scope));

  From* join = pool().NewFrom();
  join->kind = From::Kind::kJoin;
  join->left = left;
  join->right = right;
  switch (node.jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
      join->join = From::Join::kLeft;
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
      join->join = From::Join::kRight;
      break;
    case PG_QUERY__JOIN_TYPE__JOIN_FULL:
      join->join = From::Join::kFull;
      break;
    default:
      break;
  }
  const bool left_nulls = join->join == From::Join::kRight || join->join == From::Join::kFull;
  const bool right_nulls = join->join == From::Join::kLeft || join->join == From::Join::kFull;

  // USING and NATURAL: the columns in common, left ones first.
  std::vector<std::string> shared = StringsOf(node.using_clause, node.n_using_clause);
  auto find = [](std::vector<NameItem>& where, const std::string& name, int* count) -> NameColumn* {
    NameColumn* found = nullptr;
    *count = 0;
    for (NameItem& item : where) {
      if (!item.unqualified) continue;
      for (NameColumn& column : item.columns) {
        if (column.name == name) {
          found = &column;
          ++*count;
        }
      }
    }
    return found;
  };
  if (node.is_natural) {
    for (NameItem& item : left_items) {
      if (!item.unqualified) continue;
      for (NameColumn& column : item.columns) {
        int count = 0;
        if (find(right_items, column.name, &count) != nullptr) shared.push_back(column.name);
      }
    }
  }
  const bool merges = !shared.empty();
  std::vector<NameColumn> merged;
  std::vector<Expr*> conditions;
  for (const std::string& name : shared) {
    int count = 0;
    NameColumn* l = find(left_items, name, &count);
    if (count > 1) {
      return Error(sqlstate::kAmbiguousColumn,
                   "common column name \"" + name + "\" appears more than once in left table", -1);
    }
    if (l == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + name + "\" specified in USING clause does not exist in left table", -1);
    }
    NameColumn* r = find(right_items, name, &count);
    if (count > 1) {
      return Error(sqlstate::kAmbiguousColumn,
                   "common column name \"" + name + "\" appears more than once in right table", -1);
    }
    if (r == nullptr) {
      return Error(sqlstate::kUndefinedColumn,
                   "column \"" + name + "\" specified in USING clause does not exist in right table", -1);
    }
    ALLOD_ASSIGN_OR_RETURN(Expr * equal, Compare("=", ExprOf(*l, -1), ExprOf(*r, -1), -1));
    conditions.push_back(equal);
  }
  // What an outer join leaves empty can be NULL from here on.
  for (auto [nulls, from, side] :
       {std::tuple{left_nulls, left, &left_items}, std::tuple{right_nulls, right, &right_items}}) {
    if (!nulls) continue;
    MakeNullable(from);
    for (NameItem& item : *side) {
      for (NameColumn& column : item.columns) {
        if (column.expr != nullptr) column.expr->nullable = true;
      }
    }
  }
  for (const std::string& name : shared) {
    int count = 0;
    NameColumn* l = find(left_items, name, &count);
    NameColumn* r = find(right_items, name, &count);
    NameColumn column{name, nullptr, 0, nullptr};
    std::vector<Expr*> sides{ExprOf(*l, -1), ExprOf(*r, -1)};
    ALLOD_RETURN_IF_ERROR(CoerceAll(sides, "JOIN/USING"));
    if (join->join == From::Join::kFull) {
      Expr* both = New(Expr::Kind::kCoalesce, sides[0]->type, -1);
      both->args = sides;
      both->nullable = true;
      column.expr = both;
    } else {
      column.expr = sides[join->join == From::Join::kRight ? 1 : 0];
    }
    merged.push_back(std::move(column));
  }
  if (merges) {
    join->on = NewBool(Expr::Kind::kAnd, std::move(conditions), -1);
  } else if (node.quals != nullptr) {
    const size_t before = scope.items.size();
    // ON sees the two sides only.
    std::vector<NameItem> outer = std::move(scope.items);
    scope.items.clear();
    for (const NameItem& item : left_items) scope.items.push_back(item);
    for (const NameItem& item : right_items) scope.items.push_back(item);
    Clause clause = scope.clause;
    scope.clause = Clause::kOn;
    Result<Expr*> on = BindCondition(node.quals, scope, "JOIN/ON");
    scope.clause = clause;
    scope.items = std::move(outer);
    scope.items.resize(before);
    if (!on.ok()) return on.status();
    join->on = *on;
  }
  std::vector<NameColumn> all;
  if (merges || node.alias != nullptr) {
    all = merged;
    for (std::vector<NameItem>* side : {&left_items, &right_items}) {
      for (NameItem& item : *side) {
        if (!item.unqualified) continue;
        for (const NameColumn& column : item.columns) {
          if (std::find(shared.begin(), shared.end(), column.name) == shared.end()) all.push_back(column);
        }
      }
    }
  }
  if (node.alias != nullptr) {
    NameItem item;
    item.alias = node.alias->aliasname;
    std::vector<std::string> names = StringsOf(node.alias->colnames, node.alias->n_colnames);
    if (names.size() > all.size()) {
      return Error(sqlstate::kSyntaxError, "column alias list for \"" + item.alias + "\" has too many entries", -1);
    }
    for (size_t i = 0; i < names.size(); ++i) all[i].name = names[i];
    item.columns = std::move(all);
    items->push_back(std::move(item));
    return join;
  }
  for (std::vector<NameItem>* side : {&left_items, &right_items}) {
    for (NameItem& item : *side) {
      if (merges) item.unqualified = false;
      if (merges && !item.qualified) continue;  // the item of a USING join within: replaced by this one's
      items->push_back(std::move(item));
    }
  }
  if (merges) {
    NameItem item;
    item.qualified = false;
    item.columns = std::move(all);
    items->push_back(std::move(item));
    if (node.join_using_alias != nullptr) {
      NameItem named;
      named.alias = node.join_using_alias->aliasname;
      named.unqualified = false;
      named.columns = std::move(merged);
      items->push_back(std::move(named));
    }
  }
  return join;
}

}  // namespace allod::planner
