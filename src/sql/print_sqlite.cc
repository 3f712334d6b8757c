// Queries and changes. Expressions are in print_sqlite_{expression,comparison,aggregate}.cc.
#include "sql/print_sqlite.h"

#include "sql/printer_sqlite.h"

namespace allod::sql {

namespace {

bool IsCompound(const Query& q) {
  return q.kind == Query::Kind::kUnion || q.kind == Query::Kind::kIntersect || q.kind == Query::Kind::kExcept;
}

// INTERSECT ALL and EXCEPT ALL, which the engine does not have, are done with numbered rows.
bool IsMultiset(const Query& q) {
  return q.all && (q.kind == Query::Kind::kIntersect || q.kind == Query::Kind::kExcept);
}

bool HasTail(const Query& q) {
  return !q.order.empty() || q.limit != nullptr || q.offset != nullptr || !q.ctes.empty() || !q.distinct_on.empty();
}

}  // namespace

bool HasOuterSide(const From& from) {
  if (from.kind != From::Kind::kJoin) return false;
  return from.join == From::Join::kRight || from.join == From::Join::kFull || HasOuterSide(*from.left) ||
         HasOuterSide(*from.right);
}

void SqlitePrinter::Ctes(const std::vector<Cte*>& ctes, bool recursive, bool top) {
  bool any = false;
  auto next = [&] {
    out_ += any ? ", " : recursive ? "WITH RECURSIVE " : "WITH ";
    any = true;
  };
  if (top) {
    for (size_t i = 0; i < options_.relation_widths.size(); ++i) {
      next();
      out_ += "s" + std::to_string(i) + " AS MATERIALIZED (SELECT ";
      for (int c = 0; c < options_.relation_widths[i]; ++c) out_ += (c > 0 ? ", c" : "c") + std::to_string(c);
      out_ += " FROM allod_rows(?" + std::to_string(options_.first_relation_parameter + static_cast<int>(i)) + "))";
    }
  }
  for (const Cte* cte : ctes) {
    next();
    out_ += cte->physical + "(";
    for (size_t i = 0; i < cte->columns.size(); ++i) out_ += (i > 0 ? ", n" : "n") + std::to_string(i + 1);
    out_ += ") AS ";
    if (!cte->recursive) {
      if (cte->materialized || cte->query->volatile_targets) out_ += "MATERIALIZED ";
      else if (cte->not_materialized) out_ += "NOT MATERIALIZED ";
    }
    out_ += "(";
    PrintQuery(*cte->query, Names::kNone, true);
    out_ += ")";
  }
  if (any) out_ += " ";
}

void SqlitePrinter::PrintTop(const Query& query) {
  top_ = true;
  PrintQuery(query, Names::kNone, false);
}

void SqlitePrinter::PrintQuery(const Query& query, Names names, bool collated) {
  if (!status_.ok()) return;
  const bool top = top_;
  top_ = false;
  Ctes(query.ctes, query.recursive, top);
  if (!query.distinct_on.empty()) {
    PrintDistinctOn(query, names, collated);
    return;
  }
  switch (query.kind) {
    case Query::Kind::kSelect:
      PrintSelect(query, names, collated);
      break;
    case Query::Kind::kValues:
      // VALUES takes no ORDER BY or LIMIT of its own.
      if (!query.order.empty() || query.limit != nullptr || query.offset != nullptr) {
        out_ += "SELECT * FROM (";
        PrintValues(query, names);
        out_ += ")";
      } else {
        PrintValues(query, names);
      }
      break;
    default:
      PrintCompound(query, names);
      break;
  }
  OrderBy(query, collated);
  Limit(query);
}

void SqlitePrinter::PrintCompound(const Query& query, Names names) {
  if (IsMultiset(query)) {
    auto numbered = [&](const Query& side) {
      out_ += "SELECT ";
      for (size_t i = 0; i < side.columns.size(); ++i) out_ += "n" + std::to_string(i + 1) + ", ";
      out_ += "row_number() OVER (PARTITION BY ";
      for (size_t i = 0; i < side.columns.size(); ++i) {
        out_ += (i > 0 ? ", n" : "n") + std::to_string(i + 1);
        Collate(side.columns[i].type.oid);
      }
      out_ += ") FROM (";
      PrintQuery(side, Names::kNumbered, true);
      out_ += ")";
    };
    out_ += "SELECT ";
    for (size_t i = 0; i < query.columns.size(); ++i) {
      out_ += (i > 0 ? ", n" : "n") + std::to_string(i + 1);
    }
    out_ += " FROM (";
    numbered(*query.left);
    out_ += query.kind == Query::Kind::kIntersect ? " INTERSECT " : " EXCEPT ";
    numbered(*query.right);
    out_ += ")";
    return;
  }
  auto operand = [&](const Query& side, bool left) {
    const bool wrap = HasTail(side) || (IsCompound(side) && (!left || IsMultiset(side)));
    if (wrap) out_ += "SELECT * FROM (";
    PrintQuery(side, left ? names : Names::kNone, true);
    if (wrap) out_ += ")";
  };
  operand(*query.left, true);
  out_ += query.kind == Query::Kind::kUnion       ? query.all ? " UNION ALL " : " UNION "
          : query.kind == Query::Kind::kIntersect ? " INTERSECT "
                                                  : " EXCEPT ";
  operand(*query.right, false);
}

void SqlitePrinter::PrintValues(const Query& query, Names names) {
  size_t first = 0;
  if (names == Names::kNumbered) {
    out_ += "SELECT ";
    for (size_t i = 0; i < query.rows[0].size(); ++i) {
      if (i > 0) out_ += ", ";
      PrintCollated(*query.rows[0][i]);
      out_ += " AS n" + std::to_string(i + 1);
    }
    first = 1;
    if (query.rows.size() > 1) out_ += " UNION ALL ";
  }
  if (first < query.rows.size()) out_ += "VALUES ";
  for (size_t r = first; r < query.rows.size(); ++r) {
    out_ += r > first ? ", (" : "(";
    List(query.rows[r]);
    out_ += ")";
  }
}

void SqlitePrinter::Targets(const Query& query, Names names, bool collated) {
  for (size_t i = 0; i < query.targets.size(); ++i) {
    if (i > 0) out_ += ", ";
    // HAVING alone makes a group of everything; the engine wants to see an aggregate for that.
    const bool bare_having = i == 0 && query.having != nullptr && query.group.empty();
    if (bare_having) out_ += "CASE WHEN count(*) >= 0 THEN ";
    if (collated || query.distinct) PrintCollated(*query.targets[i].expr);
    else Print(*query.targets[i].expr);
    if (bare_having) out_ += " END";
    if (names == Names::kNumbered) out_ += " AS n" + std::to_string(i + 1);
  }
  if (query.targets.empty()) out_ += "NULL";
}

void SqlitePrinter::Body(const Query& query) {
  if (!query.from.empty()) {
    out_ += " FROM ";
    FromList(query.from);
  }
  if (query.where != nullptr) {
    out_ += " WHERE ";
    Condition(*query.where);
  }
  if (!query.group.empty()) {
    out_ += " GROUP BY ";
    for (size_t i = 0; i < query.group.size(); ++i) {
      if (i > 0) out_ += ", ";
      GroupKey(*query.group[i]);
    }
  }
  if (query.having != nullptr) {
    out_ += " HAVING ";
    Condition(*query.having);
  }
}

void SqlitePrinter::GroupKey(const Expr& expr) {
  // A bare number would mean a column of the output.
  if (expr.kind == Expr::Kind::kConstant && expr.constant.kind() == Kind::kInteger) {
    out_ += "CAST(" + SqliteLiteral(expr.constant) + " AS INTEGER)";
    return;
  }
  PrintCollated(expr);
}

void SqlitePrinter::PrintSelect(const Query& query, Names names, bool collated) {
  out_ += query.distinct ? "SELECT DISTINCT " : "SELECT ";
  Targets(query, names, collated);
  Body(query);
}

// SELECT DISTINCT ON (d) t ... ORDER BY k: the first row of each d by k.
void SqlitePrinter::PrintDistinctOn(const Query& query, Names names, bool collated) {
  out_ += "SELECT ";
  for (size_t i = 0; i < query.targets.size(); ++i) {
    out_ += (i > 0 ? ", n" : "n") + std::to_string(i + 1);
    if (collated) Collate(query.targets[i].expr->type.oid);
    if (names == Names::kNumbered) out_ += " AS n" + std::to_string(i + 1);
  }
  out_ += " FROM (SELECT ";
  Targets(query, Names::kNumbered, true);
  for (size_t i = 0; i < query.order.size(); ++i) {
    if (query.order[i].ordinal > 0) continue;
    out_ += ", ";
    PrintCollated(*query.order[i].expr);
    out_ += " AS o" + std::to_string(i + 1);
  }
  out_ += ", row_number() OVER (PARTITION BY ";
  for (size_t i = 0; i < query.distinct_on.size(); ++i) {
    if (i > 0) out_ += ", ";
    PrintCollated(*query.distinct_on[i]);
  }
  if (!query.order.empty()) {
    out_ += " ORDER BY ";
    SortKeys(query.order);
  }
  out_ += ") AS rn";
  Body(query);
  out_ += ") WHERE rn = 1";
  for (size_t i = 0; i < query.order.size(); ++i) {
    const SortKey& key = query.order[i];
    out_ += i == 0 ? " ORDER BY " : ", ";
    out_ += key.ordinal > 0 ? "n" + std::to_string(key.ordinal) : "o" + std::to_string(i + 1);
    Collate(key.expr->type.oid);
    Direction(key);
  }
  Limit(query);
}

void SqlitePrinter::Direction(const SortKey& key) {
  if (key.descending) out_ += " DESC";
  // The engine takes NULL for the smallest value.
  if (!key.expr->nullable) return;
  if (key.descending && key.nulls_first) out_ += " NULLS FIRST";
  if (!key.descending && !key.nulls_first) out_ += " NULLS LAST";
}

void SqlitePrinter::SortKeys(const std::vector<SortKey>& keys) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out_ += ", ";
    if (keys[i].expr->kind == Expr::Kind::kConstant) out_ += "NULL";
    else PrintCollated(*keys[i].expr);
    Direction(keys[i]);
  }
}

void SqlitePrinter::OrderBy(const Query& query, bool) {
  bool first = true;
  for (const SortKey& key : query.order) {
    if (key.expr->kind == Expr::Kind::kConstant) continue;  // orders nothing
    out_ += first ? " ORDER BY " : ", ";
    first = false;
    const bool by_position =
        query.kind != Query::Kind::kSelect || (key.ordinal > 0 && key.expr->kind != Expr::Kind::kColumn);
    if (by_position) {
      out_ += std::to_string(key.ordinal);
      Collate(key.expr->type.oid);
    } else {
      PrintCollated(*key.expr);
    }
    Direction(key);
  }
}

void SqlitePrinter::Limit(const Query& query) {
  if (query.limit == nullptr && query.offset == nullptr) return;
  auto number = [&](const Expr& expr, const char* function) {
    if (expr.kind == Expr::Kind::kConstant && !expr.constant.is_null() && expr.constant.integer() >= 0) {
      Print(expr);
      return;
    }
    out_ += function;
    out_ += "(";
    Print(expr);
    out_ += ")";
  };
  out_ += " LIMIT ";
  if (query.limit == nullptr) out_ += "-1";
  else number(*query.limit, "allod_limit");
  if (query.offset != nullptr) {
    out_ += " OFFSET ";
    number(*query.offset, "allod_offset");
  }
}

void SqlitePrinter::FromList(const std::vector<From*>& from) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (i > 0) out_ += ", ";
    // A comma binds as a join does: what an outer join on the right must not reach is kept out by brackets.
    const bool wrap = i > 0 && HasOuterSide(*from[i]);
    if (wrap) out_ += "(";
    PrintFrom(*from[i]);
    if (wrap) out_ += ")";
  }
}

void SqlitePrinter::PrintFrom(const From& from) {
  if (from.kind == From::Kind::kJoin) {
    PrintFrom(*from.left);
    switch (from.join) {
      case From::Join::kInner:
        out_ += " JOIN ";
        break;  // not CROSS JOIN: that would fix the order
      case From::Join::kLeft:
        out_ += " LEFT JOIN ";
        break;
      case From::Join::kRight:
        out_ += " RIGHT JOIN ";
        break;
      case From::Join::kFull:
        out_ += " FULL JOIN ";
        break;
    }
    const bool wrap = from.right->kind == From::Kind::kJoin;
    if (wrap) out_ += "(";
    PrintFrom(*from.right);
    if (wrap) out_ += ")";
    if (from.on != nullptr) {
      out_ += " ON ";
      Condition(*from.on);
    } else if (from.join != From::Join::kInner) {
      out_ += " ON 1";
    }
    return;
  }
  const Range& range = *from.range;
  switch (range.kind) {
    case Range::Kind::kTable:
    case Range::Kind::kCte:
      out_ += range.physical;
      break;
    case Range::Kind::kRelation:
      out_ += "s" + std::to_string(range.relation);
      break;
    case Range::Kind::kSubquery:
      if (from.lateral) {
        Lateral(*from.query);
      } else if (from.query->volatile_targets) {
        out_ += "(WITH m AS MATERIALIZED (";
        PrintQuery(*from.query, Names::kNumbered, true);
        out_ += ") SELECT * FROM m)";
      } else {
        out_ += "(";
        PrintQuery(*from.query, Names::kNumbered, true);
        out_ += ")";
      }
      break;
    case Range::Kind::kFunction:
      if (from.function->kind == Expr::Kind::kCall && from.function->overload->kind == FunctionKind::kSetReturning) {
        Call(*from.function);
      } else {
        out_ += IsVolatileCall(*from.function) ? "(WITH m AS MATERIALIZED (SELECT " : "(SELECT ";
        PrintCollated(*from.function);
        out_ += " AS n1";
        if (from.ordinality) out_ += ", 1 AS n2";
        out_ += IsVolatileCall(*from.function) ? ") SELECT * FROM m)" : ")";
      }
      break;
    case Range::Kind::kExcluded:
      break;
  }
  out_ += " AS " + range.alias;
}

void SqlitePrinter::Lateral(const Query& query) {
  out_ += "allod_lateral((SELECT allod_collect(";
  for (size_t i = 0; i < query.columns.size(); ++i) out_ += (i > 0 ? ", n" : "n") + std::to_string(i + 1);
  out_ += ") FROM (";
  PrintQuery(query, Names::kNumbered, true);
  out_ += ")))";
}

// --- changes

void SqlitePrinter::PrintChange(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kInsert:
      PrintInsert(change);
      break;
    case Change::Kind::kUpdate:
      PrintUpdate(change);
      break;
    case Change::Kind::kDelete:
      PrintDelete(change);
      break;
  }
  if (change.returning.empty()) return;
  out_ += " RETURNING ";
  // Here the engine knows the target by its own name only.
  target_ = change.target;
  for (size_t i = 0; i < change.returning.size(); ++i) {
    if (i > 0) out_ += ", ";
    Print(*change.returning[i].expr);
  }
  target_ = nullptr;
}

void SqlitePrinter::PrintInsert(const Change& change) {
  const bool upsert = change.conflict != nullptr && change.conflict->update;
  const bool several = change.rows.size() > 1 || change.source != nullptr;
  // A row may be changed once only: the keys of the rows proposed so far are remembered (21000).
  const bool watched = upsert && several && !change.conflict->key.empty() &&
                       change.conflict->key.size() == change.conflict->target.size();
  const bool through_rows = watched && change.source == nullptr;
  bool direct = change.source != nullptr && change.conflict == nullptr &&
                change.source_values.size() == change.source->columns.size();
  if (direct) {
    for (size_t i = 0; i < change.source_values.size(); ++i) {
      const Expr& value = *change.source_values[i];
      direct = direct && value.kind == Expr::Kind::kColumn && value.range == change.source_range &&
               value.column == static_cast<int>(i);
    }
  }
  Ctes(change.ctes, change.recursive, true);
  out_ += "INSERT INTO " + change.target->physical + " AS " + change.target->alias;
  if (change.default_row) {
    out_ += " DEFAULT VALUES";
  } else {
    out_ += "(";
    for (size_t i = 0; i < change.columns.size(); ++i) out_ += (i > 0 ? ", " : "") + change.columns[i];
    out_ += ") ";
    if (direct) {
      PrintQuery(*change.source, Names::kNone, false);
    } else if (change.source != nullptr) {
      out_ += "SELECT ";
      const bool keep_order = !change.source->order.empty() || change.source->volatile_targets;
      // The values of the key columns are needed twice: once to store, once to remember.
      if (watched) {
        for (size_t i = 0; i < change.columns.size(); ++i) out_ += (i > 0 ? ", v" : "v") + std::to_string(i + 1);
        out_ += " FROM (WITH m AS MATERIALIZED (SELECT ";
        for (size_t i = 0; i < change.source_values.size(); ++i) {
          if (i > 0) out_ += ", ";
          Print(*change.source_values[i]);
          out_ += " AS v" + std::to_string(i + 1);
        }
      } else {
        List(change.source_values);
      }
      out_ += " FROM (";
      if (keep_order) out_ += "WITH q AS MATERIALIZED (";
      PrintQuery(*change.source, Names::kNumbered, false);
      if (keep_order) out_ += ") SELECT * FROM q";
      out_ += ") AS " + change.source_range->alias;
      if (watched) out_ += ") SELECT * FROM m) AS m";
      out_ += watched ? " WHERE " : change.conflict != nullptr ? " WHERE 1" : "";
    } else if (through_rows) {
      out_ += "SELECT ";
      for (size_t i = 0; i < change.columns.size(); ++i) out_ += (i > 0 ? ", v" : "v") + std::to_string(i + 1);
      out_ += " FROM (WITH m(";
      for (size_t i = 0; i < change.columns.size(); ++i) out_ += (i > 0 ? ", v" : "v") + std::to_string(i + 1);
      out_ += ") AS MATERIALIZED (VALUES ";
      ValueRows(change.rows);
      out_ += ") SELECT * FROM m) AS m WHERE ";
    } else {
      out_ += "VALUES ";
      ValueRows(change.rows);
    }
    if (watched) {
      out_ += "allod_propose(";
      for (size_t i = 0; i < change.conflict->key.size(); ++i) {
        const int column = change.conflict->key[i];
        out_ += (i > 0 ? ", v" : "v") + std::to_string(column + 1);
      }
      out_ += ")";
    }
  }
  if (change.conflict == nullptr) return;
  const Change::Conflict& conflict = *change.conflict;
  out_ += " ON CONFLICT ";
  if (!conflict.any) {
    out_ += "(";
    for (size_t i = 0; i < conflict.target.size(); ++i) out_ += (i > 0 ? ", " : "") + conflict.target[i];
    out_ += ") ";
    if (!conflict.predicate.empty()) out_ += "WHERE " + conflict.predicate + " ";
  }
  if (!conflict.update) {
    out_ += "DO NOTHING";
    return;
  }
  out_ += "DO UPDATE SET ";
  Assignments(conflict.set);
  if (watched) {
    out_ += " WHERE allod_upsert(";
    out_ += change.source_reads_target ? "1, " : "0, ";
    if (conflict.where != nullptr) Print(*conflict.where);
    else out_ += "1";
    for (size_t i = 0; i < conflict.key.size(); ++i) out_ += ", excluded." + change.columns[conflict.key[i]];
    out_ += ")";
  } else if (conflict.where != nullptr) {
    out_ += " WHERE ";
    Condition(*conflict.where);
  }
}

void SqlitePrinter::ValueRows(const std::vector<std::vector<Expr*>>& rows) {
  for (size_t r = 0; r < rows.size(); ++r) {
    out_ += r > 0 ? ", (" : "(";
    List(rows[r]);
    out_ += ")";
  }
}

void SqlitePrinter::Assignments(const std::vector<Assignment>& set) {
  for (size_t i = 0; i < set.size(); ++i) {
    if (i > 0) out_ += ", ";
    out_ += set[i].physical + " = ";
    Print(*set[i].value);
  }
}

void SqlitePrinter::PrintUpdate(const Change& change) {
  Ctes(change.ctes, change.recursive, true);
  out_ += "UPDATE " + change.target->physical + " AS " + change.target->alias + " SET ";
  Assignments(change.set);
  if (!change.from.empty()) {
    out_ += " FROM ";
    FromList(change.from);
  } else if (change.snapshot) {
    // With a FROM the engine computes all new rows before it changes the first.
    out_ += " FROM (SELECT 1) AS r0";
  }
  if (change.where != nullptr) {
    out_ += " WHERE ";
    Condition(*change.where);
  }
}

void SqlitePrinter::PrintDelete(const Change& change) {
  Ctes(change.ctes, change.recursive, true);
  if (change.from.empty()) {
    out_ += "DELETE FROM " + change.target->physical + " AS " + change.target->alias;
    if (change.where != nullptr) {
      out_ += " WHERE ";
      Condition(*change.where);
    }
    return;
  }
  // USING: the rows to go are found first.
  out_ += "DELETE FROM " + change.target->physical + " WHERE rowid IN (SELECT " + change.target->alias +
          ".rowid FROM " + change.target->physical + " AS " + change.target->alias + ", ";
  const bool wrap = HasOuterSide(*change.from[0]);
  if (wrap) out_ += "(";
  PrintFrom(*change.from[0]);
  if (wrap) out_ += ")";
  std::vector<From*> rest(change.from.begin() + 1, change.from.end());
  for (From* from : rest) {
    out_ += ", ";
    const bool outer = HasOuterSide(*from);
    if (outer) out_ += "(";
    PrintFrom(*from);
    if (outer) out_ += ")";
  }
  if (change.where != nullptr) {
    out_ += " WHERE ";
    Condition(*change.where);
  }
  out_ += ")";
}

Result<std::string> PrintSqlite(const Query& query, const PrintOptions& options) {
  SqlitePrinter printer(options);
  printer.PrintTop(query);
  return printer.Finish();
}

Result<std::string> PrintSqlite(const Change& change, const PrintOptions& options) {
  SqlitePrinter printer(options);
  printer.PrintChange(change);
  return printer.Finish();
}

Result<std::string> PrintSqliteExpression(const Expr& expression) {
  SqlitePrinter printer(PrintOptions{});
  printer.Print(expression);
  return printer.Finish();
}

}  // namespace allod::sql
