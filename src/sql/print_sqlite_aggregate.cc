// Aggregates and window calls.
#include "sql/printer_sqlite.h"

namespace allod::sql {

void SqlitePrinter::Aggregate(const Expr& e) {
  auto filter = [&](const Expr* not_null) {
    if (e.filter == nullptr && not_null == nullptr) return;
    out_ += " FILTER (WHERE ";
    if (not_null != nullptr) {
      Print(*not_null);
      out_ += " IS NOT NULL";
      if (e.filter != nullptr) out_ += " AND ";
    }
    if (e.filter != nullptr) Condition(*e.filter);
    out_ += ")";
  };
  auto order = [&](const std::vector<SortKey>& keys) {
    if (keys.empty()) return;
    out_ += " ORDER BY ";
    SortKeys(keys);
  };
  if (e.star) {
    out_ += "count(*)";
    filter(nullptr);
    return;
  }
  // What PostgreSQL makes distinct it has sorted: where the order shows, it is said.
  std::vector<SortKey> keys = e.order;
  const std::string_view name = e.overload->name;
  const bool ordered = name == "array_agg" || name == "string_agg" || name == "json_agg" || name == "jsonb_agg";
  if (e.distinct && keys.empty() && ordered) keys.push_back({e.args[0]});
  if (e.distinct && e.args.size() > 1) {
    // The engine makes one argument distinct, not two.
    if (name != "string_agg" || e.args[0]->type.oid != oid::kText || ReadsAnyColumn(*e.args[1])) {
      status_ = Unsupported("DISTINCT in an aggregate of several arguments is not supported",
                            "Make the rows distinct in a subquery of FROM.");
      return;
    }
    out_ += "pg_array_to_string(" + std::to_string(oid::kTextArray) + ", pg_array_agg_" + std::to_string(oid::kText) +
            "(DISTINCT ";
    Print(*e.args[0]);
    order(keys);
    out_ += ")";
    filter(e.args[0]);
    out_ += ", coalesce(";
    Print(*e.args[1]);
    out_ += ", ''))";
    return;
  }
  if (e.overload->sqlite.find('$') != std::string_view::npos) {
    if (e.distinct || !keys.empty()) {
      status_ = Unsupported("DISTINCT and ORDER BY in this aggregate are not supported", "Use a subquery in FROM.");
      return;
    }
    Template(e.overload->sqlite, e.args);
    filter(nullptr);
    return;
  }
  CallName(*e.overload, e.args, e.distinct ? "DISTINCT " : "");
  order(keys);
  out_ += ")";
  filter(nullptr);
}

bool SqlitePrinter::ReadsAnyColumn(const Expr& e) {
  if (e.kind == Expr::Kind::kColumn || e.query != nullptr) return true;
  for (const Expr* arg : e.args) {
    if (ReadsAnyColumn(*arg)) return true;
  }
  return false;
}

void SqlitePrinter::WindowCall(const Expr& e) {
  if (e.star) {
    out_ += "count(*";
  } else {
    CallName(*e.overload, e.args, "");
  }
  out_ += ")";
  if (e.filter != nullptr) {
    out_ += " FILTER (WHERE ";
    Condition(*e.filter);
    out_ += ")";
  }
  out_ += " OVER (";
  Over(*e.over);
  out_ += ")";
}

void SqlitePrinter::Over(const Window& w) {
  // FRAMEOPTION_ bits, PostgreSQL's parsenodes.h.
  constexpr int kNonDefault = 0x1, kRange = 0x2, kRows = 0x4, kStartUnboundedPreceding = 0x20, kStartCurrentRow = 0x200,
                kEndCurrentRow = 0x400, kStartOffsetPreceding = 0x800, kEndOffsetPreceding = 0x1000,
                kStartOffsetFollowing = 0x2000, kEndOffsetFollowing = 0x4000, kEndUnboundedFollowing = 0x100,
                kExcludeCurrentRow = 0x8000, kExcludeGroup = 0x10000, kExcludeTies = 0x20000;
  bool blank = false;
  if (!w.partition.empty()) {
    out_ += "PARTITION BY ";
    for (size_t i = 0; i < w.partition.size(); ++i) {
      if (i > 0) out_ += ", ";
      PrintCollated(*w.partition[i]);
    }
    blank = true;
  }
  if (!w.order.empty()) {
    if (blank) out_ += " ";
    out_ += "ORDER BY ";
    SortKeys(w.order);
    blank = true;
  }
  if ((w.frame & kNonDefault) == 0) return;
  if (blank) out_ += " ";
  out_ += (w.frame & kRange) != 0 ? "RANGE" : (w.frame & kRows) != 0 ? "ROWS" : "GROUPS";
  out_ += " BETWEEN ";
  auto offset = [&](const Expr* e) {
    if (e != nullptr) Print(*e);
  };
  if ((w.frame & kStartUnboundedPreceding) != 0) out_ += "UNBOUNDED PRECEDING";
  else if ((w.frame & kStartCurrentRow) != 0) out_ += "CURRENT ROW";
  else if ((w.frame & kStartOffsetPreceding) != 0) {
    offset(w.start);
    out_ += " PRECEDING";
  } else if ((w.frame & kStartOffsetFollowing) != 0) {
    offset(w.start);
    out_ += " FOLLOWING";
  }
  out_ += " AND ";
  if ((w.frame & kEndUnboundedFollowing) != 0) out_ += "UNBOUNDED FOLLOWING";
  else if ((w.frame & kEndOffsetPreceding) != 0) {
    offset(w.end);
    out_ += " PRECEDING";
  } else if ((w.frame & kEndOffsetFollowing) != 0) {
    offset(w.end);
    out_ += " FOLLOWING";
  } else if ((w.frame & kEndCurrentRow) != 0) out_ += "CURRENT ROW";
  if ((w.frame & kExcludeCurrentRow) != 0) out_ += " EXCLUDE CURRENT ROW";
  if ((w.frame & kExcludeGroup) != 0) out_ += " EXCLUDE GROUP";
  if ((w.frame & kExcludeTies) != 0) out_ += " EXCLUDE TIES";
}

}  // namespace allod::sql
