#include "planner/brief.h"

#include <algorithm>
#include <array>

#include "planner/bind.h"

namespace allod::planner {

namespace {

using catalog::Constraint;
using catalog::KeyAction;
using sql::Expr;

// Volatile functions that neither wait nor look at anything large.
constexpr std::array<std::string_view, 6> kQuick = {"nextval", "currval", "lastval", "random", "gen_random_uuid", "clock_timestamp"};

bool IsQuick(Expr* expr) {
  bool quick = true;
  if (expr == nullptr) return quick;
  VisitExpr(
      expr,
      [&](Expr* e) {
        quick = quick && e->query == nullptr;
        if (e->overload != nullptr && e->overload->volatility == sql::Volatility::kVolatile) {
          quick = quick && std::ranges::find(kQuick, e->overload->name) != kQuick.end();
        }
        return quick;
      },
      false);
  return quick;
}

bool AreQuick(const std::vector<sql::Assignment>& assignments) {
  return std::ranges::all_of(assignments, [](const sql::Assignment& a) { return IsQuick(a.value); });
}

bool NamesOneRow(const sql::Change& change, const catalog::Table& table) {
  std::set<catalog::Attnum> fixed;
  EachEquality(change.where, [&](const Expr& column, const Expr&) {
    if (column.range == change.target && column.column >= 0) fixed.insert(change.target->columns[static_cast<size_t>(column.column)].attnum);
  });
  return std::ranges::any_of(table.constraints, [&](const Constraint& constraint) {
    return (constraint.kind == Constraint::Kind::kPrimaryKey || constraint.kind == Constraint::Kind::kUnique) &&
           std::ranges::all_of(constraint.columns, [&](catalog::Attnum column) { return fixed.contains(column); });
  });
}

// Rows of other tables (or of this one) change with the row: it is deleted, or a column is changed that they name it by.
bool OthersFollow(const BoundStatement& bound, const catalog::Catalog& catalog) {
  const bool deletes = bound.kind == StatementKind::kDelete;
  std::set<catalog::Attnum> changed;
  for (const sql::Assignment& assignment : bound.change->set) changed.insert(assignment.attnum);
  if (bound.change->conflict != nullptr) {
    for (const sql::Assignment& assignment : bound.change->conflict->set) changed.insert(assignment.attnum);
  }
  const auto follows = [&](const Constraint& key) {
    if (key.kind != Constraint::Kind::kForeignKey || key.target != bound.target->oid) return false;
    if (deletes) return key.on_delete != KeyAction::kNoAction && key.on_delete != KeyAction::kRestrict;
    return std::ranges::any_of(key.target_columns, [&](catalog::Attnum column) { return changed.contains(column); });
  };
  return std::ranges::any_of(catalog.tables(), [&](const auto& entry) { return std::ranges::any_of(entry.second->constraints, follows); });
}

}  // namespace

bool IsBrief(const BoundStatement& bound, const catalog::Catalog& catalog) {
  if (bound.change == nullptr || bound.target == nullptr || !bound.relations.empty()) return false;
  const sql::Change& change = *bound.change;
  if (!change.ctes.empty() || !change.from.empty() || change.source != nullptr || change.rows.size() > kMostBriefRows) return false;
  for (const std::vector<Expr*>& row : change.rows) {
    if (!std::ranges::all_of(row, IsQuick)) return false;
  }
  if (!AreQuick(change.set) || !IsQuick(change.where)) return false;
  if (change.conflict != nullptr && (!AreQuick(change.conflict->set) || !IsQuick(change.conflict->where))) return false;
  if (!std::ranges::all_of(change.returning, [](const sql::Target& target) { return IsQuick(target.expr); })) return false;
  if (bound.kind != StatementKind::kInsert && !NamesOneRow(change, *bound.target)) return false;
  return !OthersFollow(bound, catalog);
}

}  // namespace allod::planner
