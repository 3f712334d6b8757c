#include "planner/brief.h"

#include <algorithm>
#include <array>

#include "planner/bind.h"

namespace allod::planner {

namespace {

using catalog::Constraint;
using catalog::KeyAction;
using sql::Expr;

// Functions that neither wait, nor look at anything large, nor give back much more than they are given: a statement in a joint commit is
// held to no limit of memory. What joins strings or repeats them is not among them.
constexpr auto kQuick = std::to_array<std::string_view>(
    {"nextval", "currval", "lastval", "random", "gen_random_uuid", "clock_timestamp", "now", "statement_timestamp", "transaction_timestamp", "upper",
     "lower", "abs", "round", "length", "char_length", "octet_length", "btrim", "ltrim", "rtrim", "date_trunc"});
constexpr auto kQuickOperators = std::to_array<std::string_view>({"+", "-", "*", "/", "%", "=", "<>", "<", ">", "<=", ">="});
constexpr int32_t kWidestCharacter = 1024;  // character(n) is filled with blanks

template <size_t n>
bool Has(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool IsQuickFunction(const sql::Overload& overload) {
  return overload.kind == sql::FunctionKind::kCast || Has(kQuick, overload.name) || Has(kQuickOperators, overload.name);
}

// The same of an expression that is kept as text. Told by its words alone, on the safe side.
bool IsQuickText(std::string_view text) {
  constexpr auto kWords = std::to_array<std::string_view>({"and", "or", "not", "in", "any", "coalesce", "nullif", "when", "then", "else", "check", "varchar", "numeric"});
  if (text.find_first_of("^~|") != text.npos) return false;
  const auto in_word = [](char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (size_t i = text.find('('); i != text.npos; i = text.find('(', i + 1)) {
    size_t end = i;
    while (end > 0 && text[end - 1] == ' ') --end;
    size_t begin = end;
    while (begin > 0 && in_word(text[begin - 1])) --begin;
    std::string word(text.substr(begin, end - begin));
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(tolower(c)); });
    if (end > begin ? !Has(kWords, word) && !Has(kQuick, word) : end > 0 && text[end - 1] == '"') return false;
  }
  return true;
}

// What is computed besides the statement's own expressions, whenever a row is written.
bool IsQuickToWrite(const catalog::Table& table) {
  return std::ranges::all_of(table.constraints, [](const Constraint& c) { return IsQuickText(c.check_sql); }) &&
         std::ranges::all_of(table.indexes, [](const catalog::Index& index) {
           return IsQuickText(index.predicate_sql) && std::ranges::all_of(index.columns, [](const catalog::IndexColumn& c) { return IsQuickText(c.expression_sql); });
         });
}

bool IsQuick(Expr* expr) {
  bool quick = true;
  if (expr == nullptr) return quick;
  VisitExpr(
      expr,
      [&](Expr* e) {
        quick = quick && e->query == nullptr;
        if (e->overload != nullptr) quick = quick && IsQuickFunction(*e->overload);
        if (e->type.oid == oid::kBpchar) quick = quick && e->type.typmod <= kWidestCharacter;
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
  return IsQuickToWrite(*bound.target) && !OthersFollow(bound, catalog);
}

}  // namespace allod::planner
