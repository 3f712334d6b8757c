// Walking bound expressions; and the rule of GROUP BY: what a grouped query may name.
#include <algorithm>
#include <set>

#include "planner/bind.h"

namespace allod::planner {
namespace {

void VisitFrom(From* from, const std::function<bool(Expr*)>& visit) {
  if (from->kind == From::Kind::kJoin) {
    VisitFrom(from->left, visit);
    VisitFrom(from->right, visit);
    if (from->on != nullptr) VisitExpr(from->on, visit, true);
    return;
  }
  if (from->query != nullptr) VisitQuery(from->query, visit);
  if (from->function != nullptr) VisitExpr(from->function, visit, true);
}

bool EqualList(const std::vector<Expr*>& a, const std::vector<Expr*>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!EqualExpr(*a[i], *b[i])) return false;
  }
  return true;
}

bool EqualKeys(const std::vector<SortKey>& a, const std::vector<SortKey>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].descending != b[i].descending || a[i].nulls_first != b[i].nulls_first ||
        !EqualExpr(*a[i].expr, *b[i].expr)) {
      return false;
    }
  }
  return true;
}

bool EqualOptional(const Expr* a, const Expr* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return EqualExpr(*a, *b);
}

bool EqualWindow(const sql::Window* a, const sql::Window* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->frame == b->frame && EqualList(a->partition, b->partition) && EqualKeys(a->order, b->order) &&
         EqualOptional(a->start, b->start) && EqualOptional(a->end, b->end);
}

}  // namespace

void VisitExpr(Expr* expr, const std::function<bool(Expr*)>& visit, bool into_queries) {
  if (expr == nullptr || !visit(expr)) return;
  for (Expr* arg : expr->args) VisitExpr(arg, visit, into_queries);
  for (SortKey& key : expr->order) VisitExpr(key.expr, visit, into_queries);
  VisitExpr(expr->filter, visit, into_queries);
  if (expr->over != nullptr) {
    for (Expr* part : expr->over->partition) VisitExpr(part, visit, into_queries);
    for (SortKey& key : expr->over->order) VisitExpr(key.expr, visit, into_queries);
  }
  if (into_queries && expr->query != nullptr) VisitQuery(expr->query, visit);
}

void VisitQuery(Query* query, const std::function<bool(Expr*)>& visit) {
  for (Cte* cte : query->ctes) VisitQuery(cte->query, visit);
  if (query->left != nullptr) VisitQuery(query->left, visit);
  if (query->right != nullptr) VisitQuery(query->right, visit);
  for (auto& row : query->rows)
    for (Expr* e : row) VisitExpr(e, visit, true);
  for (Target& target : query->targets) VisitExpr(target.expr, visit, true);
  for (From* from : query->from) VisitFrom(from, visit);
  VisitExpr(query->where, visit, true);
  for (Expr* e : query->group) VisitExpr(e, visit, true);
  VisitExpr(query->having, visit, true);
  for (Expr* e : query->distinct_on) VisitExpr(e, visit, true);
  if (query->kind == Query::Kind::kSelect) {
    for (SortKey& key : query->order) VisitExpr(key.expr, visit, true);
  }
  VisitExpr(query->limit, visit, true);
  VisitExpr(query->offset, visit, true);
}

bool IsVolatile(Expr* expr) {
  bool found = false;
  VisitExpr(
      expr,
      [&](Expr* e) {
        found = found || (e->overload != nullptr && e->overload->volatility == sql::Volatility::kVolatile);
        return !found;
      },
      true);
  return found;
}

namespace {

// Without casts that change nothing.
Expr* Plain(Expr* expr) {
  while (expr->kind == Expr::Kind::kCall && expr->overload != nullptr && expr->overload->kind == sql::FunctionKind::kCast &&
         expr->overload->sqlite.empty()) {
    expr = expr->args[0];
  }
  return expr;
}

}  // namespace

void EachEquality(const Expr* condition, const std::function<void(const Expr& column, Expr& value)>& use) {
  if (condition == nullptr) return;
  if (condition->kind == Expr::Kind::kAnd) {
    for (const Expr* part : condition->args) EachEquality(part, use);
    return;
  }
  if (condition->kind != Expr::Kind::kCompare || condition->op != sql::CompareOp::kEq) return;
  for (const size_t side : {0, 1}) {
    const Expr* column = Plain(condition->args[side]);
    Expr* value = Plain(condition->args[1 - side]);
    if (column->kind != Expr::Kind::kColumn) continue;
    if (value->kind == Expr::Kind::kConstant || value->kind == Expr::Kind::kParameter) use(*column, *value);
  }
}

bool QueryReads(const Query& query, Oid table) {
  bool reads = false;
  std::function<void(const Query&)> walk;
  std::function<void(const From&)> look = [&](const From& from) {
    if (from.kind == From::Kind::kJoin) {
      look(*from.left);
      look(*from.right);
      return;
    }
    reads = reads || (from.range->kind == Range::Kind::kTable && from.range->table == table);
    // A CTE may stand outside of this query: it is taken to read the table.
    reads = reads || from.range->kind == Range::Kind::kCte;
    if (from.query != nullptr) walk(*from.query);
  };
  walk = [&](const Query& q) {
    for (const Cte* cte : q.ctes) walk(*cte->query);
    if (q.left != nullptr) walk(*q.left);
    if (q.right != nullptr) walk(*q.right);
    for (const From* from : q.from) look(*from);
  };
  walk(query);
  if (!reads) {
    VisitQuery(const_cast<Query*>(&query), [&](Expr* e) {
      if (e->query != nullptr) walk(*e->query);
      return !reads;
    });
  }
  return reads;
}

bool EqualExpr(const Expr& a, const Expr& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.type.oid != b.type.oid || a.type.typmod != b.type.typmod) return false;
  if (a.number != b.number || a.range != b.range || a.column != b.column || a.overload != b.overload || a.op != b.op ||
      a.negated != b.negated || a.explicit_cast != b.explicit_cast || a.operand != b.operand || a.star != b.star ||
      a.distinct != b.distinct || a.query != b.query || a.constant != b.constant || a.text != b.text) {
    return false;
  }
  return EqualList(a.args, b.args) && EqualKeys(a.order, b.order) && EqualOptional(a.filter, b.filter) &&
         EqualWindow(a.over, b.over);
}

bool Binder::IsSingle(const Query& query) const {
  if (query.limit != nullptr && query.limit->kind == Expr::Kind::kConstant && query.limit->constant.integer() <= 1)
    return true;
  if (query.kind == Query::Kind::kValues) return query.rows.size() == 1;
  if (query.kind != Query::Kind::kSelect) return false;
  if ((query.grouped && query.group.empty()) || query.from.empty()) return true;
  // Every table found by a unique key, whose values come from outside or from tables found before.
  std::vector<const Range*> open;
  std::vector<const Expr*> equal;
  bool simple = true;
  std::function<void(const Expr*)> conjuncts = [&](const Expr* e) {
    if (e == nullptr) return;
    if (e->kind == Expr::Kind::kAnd)
      for (const Expr* arg : e->args) conjuncts(arg);
    else if (e->kind == Expr::Kind::kCompare && e->op == CompareOp::kEq) equal.push_back(e);
  };
  std::function<void(const From*)> walk = [&](const From* from) {
    if (from->kind == From::Kind::kJoin) {
      simple = simple && (from->join == From::Join::kInner || from->join == From::Join::kLeft);
      walk(from->left);
      walk(from->right);
      conjuncts(from->on);
      return;
    }
    simple = simple && from->range->kind == Range::Kind::kTable;
    open.push_back(from->range);
  };
  for (const From* from : query.from) walk(from);
  if (!simple) return false;
  conjuncts(query.where);
  bool progress = true;
  while (progress && !open.empty()) {
    progress = false;
    for (size_t i = 0; i < open.size(); ++i) {
      const Range* range = open[i];
      const catalog::Table* table = context_->catalog->FindTable(range->table);
      if (table == nullptr) return false;
      std::set<catalog::Attnum> fixed;
      for (const Expr* e : equal) {
        for (int side = 0; side < 2; ++side) {
          const Expr* column = e->args[side];
          if (column->kind != Expr::Kind::kColumn || column->range != range || column->column < 0) continue;
          bool known = true;
          VisitExpr(
              e->args[1 - side],
              [&](Expr* x) {
                if (x->kind == Expr::Kind::kColumn && std::find(open.begin(), open.end(), x->range) != open.end())
                  known = false;
                return known;
              },
              true);
          if (known) fixed.insert(range->columns[column->column].attnum);
        }
      }
      auto covered = [&](const std::vector<catalog::Attnum>& columns) {
        return !columns.empty() &&
               std::all_of(columns.begin(), columns.end(), [&](auto a) { return fixed.contains(a); });
      };
      bool unique = false;
      for (const catalog::Constraint& constraint : table->constraints) {
        if (constraint.kind == catalog::Constraint::Kind::kPrimaryKey ||
            constraint.kind == catalog::Constraint::Kind::kUnique) {
          unique = unique || covered(constraint.columns);
        }
      }
      for (const catalog::Index& index : table->indexes) {
        if (!index.unique || !index.predicate_sql.empty()) continue;
        std::vector<catalog::Attnum> columns;
        for (const catalog::IndexColumn& column : index.columns) columns.push_back(column.column);
        unique = unique || covered(columns);
      }
      if (!unique) continue;
      open.erase(open.begin() + static_cast<ptrdiff_t>(i));
      progress = true;
      break;
    }
  }
  return open.empty();
}

Status Binder::CheckGrouping(const Query& query, const Scope& scope) {
  // All columns of a table whose primary key is grouped by have one value per group.
  std::set<const Range*> determined;
  for (const Range* range : scope.ranges) {
    if (range->kind != Range::Kind::kTable) continue;
    const catalog::Table* table = context_->catalog->FindTable(range->table);
    const catalog::Constraint* key = table == nullptr ? nullptr : table->PrimaryKey();
    if (key == nullptr) continue;
    bool all = true;
    for (catalog::Attnum attnum : key->columns) {
      bool found = false;
      for (const Expr* expr : query.group) {
        found = found || (expr->kind == Expr::Kind::kColumn && expr->range == range && expr->column >= 0 &&
                          range->columns[expr->column].attnum == attnum);
      }
      all = all && found;
    }
    if (all) determined.insert(range);
  }
  Status problem;
  int depth = 0;
  std::function<bool(Expr*)> visit = [&](Expr* e) {
    if (!problem.ok()) return false;
    for (const Expr* group : query.group) {
      if (EqualExpr(*group, *e)) return false;
    }
    if (e->kind == Expr::Kind::kAggregate) {
      // Its own arguments see the rows of the group. (An aggregate of an outer query is refused where it stands.)
      return false;
    }
    if (e->kind == Expr::Kind::kColumn && e->range != nullptr && e->range->home == &query && e->column >= 0 &&
        !determined.contains(e->range)) {
      std::string name;
      for (const NameItem& item : scope.items) {
        if (item.range == e->range) name = item.alias + ".";
      }
      name += e->range->columns[e->column].name;
      problem = Error(
          sqlstate::kGroupingError,
          depth > 0 ? "subquery uses ungrouped column \"" + name + "\" from outer query"
                    : "column \"" + name + "\" must appear in the GROUP BY clause or be used in an aggregate function",
          e->location);
      return false;
    }
    if (e->query != nullptr) {
      ++depth;
      VisitQuery(e->query, visit);
      --depth;
    }
    return true;
  };
  for (const Target& target : query.targets) VisitExpr(target.expr, visit, false);
  VisitExpr(query.having, visit, false);
  for (const SortKey& key : query.order) VisitExpr(key.expr, visit, false);
  for (Expr* expr : query.distinct_on) VisitExpr(expr, visit, false);
  return problem;
}

}  // namespace allod::planner
