// Comparisons, and the collation under which the engine makes them.
#include "sql/printer_sqlite.h"

namespace allod::sql {
namespace {

bool IsRelabel(const Expr& e) {
  return e.kind == Expr::Kind::kCall && e.overload->kind == FunctionKind::kCast && e.overload->sqlite.empty();
}

std::string_view TypeCollation(Oid type) {
  const TypeInfo* info = FindType(type);
  return info == nullptr ? std::string_view() : info->collation;
}

}  // namespace

const char* Symbol(CompareOp op) {
  switch (op) {
    case CompareOp::kEq:
      return " = ";
    case CompareOp::kNe:
      return " <> ";
    case CompareOp::kLt:
      return " < ";
    case CompareOp::kLe:
      return " <= ";
    case CompareOp::kGt:
      return " > ";
    case CompareOp::kGe:
      return " >= ";
  }
  return " = ";
}

Oid ElementOf(Oid array) {
  if (array == oid::kInt2Vector) return oid::kInt2;
  if (array == oid::kOidVector) return oid::kOid;
  const TypeInfo* info = FindType(array);
  return info == nullptr ? oid::kInvalid : info->element;
}

std::string_view SqlitePrinter::CollationOf(const Expr& expr) {
  if (expr.kind == Expr::Kind::kColumn && expr.column >= 0) {
    std::string_view own = TypeCollation(expr.range->columns[expr.column].type.oid);
    if (expr.range->kind == Range::Kind::kTable || expr.range->kind == Range::Kind::kExcluded) return own;
    return own.empty() ? own : "?";
  }
  if (IsRelabel(expr)) return CollationOf(*expr.args[0]);
  return {};
}

void SqlitePrinter::Collate(Oid type) {
  std::string_view collation = TypeCollation(type);
  if (!collation.empty()) {
    out_ += " COLLATE ";
    out_ += collation;
  }
}

void SqlitePrinter::PrintCollated(const Expr& expr) {
  Print(expr);
  std::string_view wanted = TypeCollation(expr.type.oid), has = CollationOf(expr);
  if (wanted == has) return;
  if (expr.kind == Expr::Kind::kConstant && expr.constant.is_null()) return;
  out_ += " COLLATE ";
  out_ += wanted.empty() ? "BINARY" : wanted;
}

// column LIKE 'abc%': the range of the prefix beside it, so that an index on the column serves.
void SqlitePrinter::PrefixRange(const Expr& e) {
  auto bound = [&](const char* function) {
    out_ += function;
    out_ += "(";
    Print(*e.args[1]);
    out_ += ")";
  };
  out_ += "(";
  Print(*e.args[0]);
  out_ += " >= ";
  bound("allod_like_low");
  out_ += " AND ";
  Print(*e.args[0]);
  out_ += " < ";
  bound("allod_like_high");
  out_ += " AND ";
  CallName(*e.overload, e.args, "");
  out_ += "))";
}

void SqlitePrinter::Comparison(const Expr& e) {
  const Expr& left = *e.args[0];
  const Expr& right = *e.args[1];
  std::string_view body = e.overload->sqlite;
  if (body.find("$t") != std::string_view::npos || body.find("_cmp") != std::string_view::npos) {
    Template(body, e.args);
    return;
  }
  // The engine takes the left side's collation, else the right side's.
  std::string_view wanted = TypeCollation(left.type.oid), l = CollationOf(left), r = CollationOf(right);
  const bool left_is_column = left.kind == Expr::Kind::kColumn || IsRelabel(left);
  const bool natural =
      wanted.empty() ? l.empty() && r.empty() : l == wanted || (l.empty() && !left_is_column && r == wanted);
  out_ += "(";
  Print(left);
  if (!natural) {
    out_ += " COLLATE ";
    out_ += wanted.empty() ? "BINARY" : wanted;
  }
  out_ += Symbol(e.op);
  Print(right);
  out_ += ")";
}

void SqlitePrinter::In(const Expr& e) {
  out_ += "(";
  PrintCollated(*e.args[0]);
  out_ += e.negated ? " NOT IN (" : " IN (";
  for (size_t i = 1; i < e.args.size(); ++i) {
    if (i > 1) out_ += ", ";
    Print(*e.args[i]);
  }
  out_ += "))";
}

void SqlitePrinter::InQuery(const Expr& e) {
  out_ += "(";
  if (e.args.size() > 1) out_ += "(";
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i > 0) out_ += ", ";
    PrintCollated(*e.args[i]);
  }
  if (e.args.size() > 1) out_ += ")";
  out_ += e.negated ? " NOT IN (" : " IN (";
  PrintQuery(*e.query, Names::kNone, false);
  out_ += "))";
}

void SqlitePrinter::InArray(const Expr& e, bool condition) {
  const bool guarded = !condition && e.args[1]->nullable;
  if (guarded) {
    out_ += "CASE WHEN ";
    Print(*e.args[1]);
    out_ += " IS NOT NULL THEN ";
  }
  out_ += "(";
  PrintCollated(*e.args[0]);
  out_ += " IN (SELECT value FROM allod_unnest(";
  Print(*e.args[1]);
  out_ += ", " + std::to_string(ElementOf(e.args[1]->type.oid)) + ")))";
  if (guarded) out_ += " END";
}

void SqlitePrinter::AnyAll(const Expr& e) {
  const bool array = e.query == nullptr;
  const bool guarded = array && e.args[1]->nullable;
  if (guarded) {
    out_ += "CASE WHEN ";
    Print(*e.args[1]);
    out_ += " IS NOT NULL THEN ";
  }
  out_ += e.number == 1 ? "(SELECT allod_any(" : "(SELECT allod_all(";
  Print(*e.args[0]);
  out_ += ") FROM ";
  if (array) {
    out_ += "allod_unnest(";
    Print(*e.args[1]);
    out_ += ", " + std::to_string(ElementOf(e.args[1]->type.oid)) + ")";
  } else {
    out_ += "(";
    PrintQuery(*e.query, Names::kNumbered, true);
    out_ += ")";
  }
  out_ += " AS " + e.range->alias + ")";
  if (guarded) out_ += " END";
}

}  // namespace allod::sql
