// Expressions: one function per kind. Everything printed is self-contained: it can stand in any place without brackets.
#include <charconv>
#include <cmath>

#include "sql/printer_sqlite.h"

namespace allod::sql {
namespace {

bool ReadsColumnOf(const Expr& expr, const Query& query) {
  if (expr.kind == Expr::Kind::kColumn && expr.range->home == &query) return true;
  for (const Expr* arg : expr.args) {
    if (ReadsColumnOf(*arg, query)) return true;
  }
  return false;
}

// Deeper nesting than the engine's parser likes is avoided for lists of any length.
constexpr size_t kFlat = 50;

}  // namespace

std::string SqliteLiteral(const Datum& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "NULL";
    case Kind::kInteger: {
      std::string text = std::to_string(value.integer);
      return value.integer < 0 ? "(" + text + ")" : text;
    }
    case Kind::kReal: {
      if (std::isinf(value.real)) return value.real > 0 ? "9e999" : "(-9e999)";
      char buffer[40];
      auto [end, ec] = std::to_chars(buffer, buffer + sizeof buffer, value.real, std::chars_format::scientific);
      std::string text(buffer, end);
      if (text.find('.') == std::string::npos) text.insert(text.find('e'), ".0");
      return std::signbit(value.real) ? "(" + text + ")" : text;
    }
    case Kind::kText: {
      std::string text = "'";
      for (char c : value.bytes) {
        if (c == '\'') text += '\'';
        text += c;
      }
      return text + "'";
    }
    case Kind::kBlob: {
      static constexpr char kHex[] = "0123456789abcdef";
      std::string text = "x'";
      for (unsigned char c : value.bytes) {
        text += kHex[c >> 4];
        text += kHex[c & 15];
      }
      return text + "'";
    }
  }
  return "NULL";
}

bool SqlitePrinter::IsVolatileCall(const Expr& expr) {
  if (expr.overload != nullptr && expr.overload->volatility == Volatility::kVolatile) return true;
  for (const Expr* arg : expr.args) {
    if (IsVolatileCall(*arg)) return true;
  }
  return false;
}

void SqlitePrinter::List(const std::vector<Expr*>& exprs) {
  for (size_t i = 0; i < exprs.size(); ++i) {
    if (i > 0) out_ += ", ";
    Print(*exprs[i]);
  }
}

void SqlitePrinter::Condition(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kAnd:
      Junction(expr.args, 0, expr.args.size(), " AND ", true);
      break;
    case Expr::Kind::kInArray:
      InArray(expr, true);
      break;
    default:
      Print(expr);
  }
}

void SqlitePrinter::Junction(const std::vector<Expr*>& args, size_t from, size_t to, std::string_view word,
                             bool condition) {
  out_ += "(";
  if (to - from > kFlat) {
    size_t middle = from + (to - from) / 2;
    Junction(args, from, middle, word, condition);
    out_ += word;
    Junction(args, middle, to, word, condition);
  } else {
    for (size_t i = from; i < to; ++i) {
      if (i > from) out_ += word;
      if (condition) Condition(*args[i]);
      else Print(*args[i]);
    }
  }
  out_ += ")";
}

void SqlitePrinter::Print(const Expr& e) {
  if (!status_.ok()) return;
  switch (e.kind) {
    case Expr::Kind::kConstant:
      out_ += SqliteLiteral(e.constant);
      break;
    case Expr::Kind::kParameter:
      out_ += "?" + std::to_string(e.number);
      break;
    case Expr::Kind::kColumn:
      Column(e);
      break;
    case Expr::Kind::kCall:
      Call(e);
      break;
    case Expr::Kind::kIo:
      PrintIo(e);
      break;
    case Expr::Kind::kTypmod:
      out_ += "allod_coerce(";
      Print(*e.args[0]);
      out_ += ", " + std::to_string(e.type.oid) + ", " + std::to_string(e.type.typmod) +
              (e.explicit_cast ? ", 1)" : ", 0)");
      break;
    case Expr::Kind::kCompare:
      Comparison(e);
      break;
    case Expr::Kind::kRowCompare:
      out_ += "((";
      for (size_t i = 0; i < e.args[0]->args.size(); ++i) {
        if (i > 0) out_ += ", ";
        PrintCollated(*e.args[0]->args[i]);
      }
      out_ += ")";
      out_ += Symbol(e.op);
      out_ += "(";
      List(e.args[1]->args);
      out_ += "))";
      break;
    case Expr::Kind::kAnd:
      Junction(e.args, 0, e.args.size(), " AND ", false);
      break;
    case Expr::Kind::kOr:
      Junction(e.args, 0, e.args.size(), " OR ", false);
      break;
    case Expr::Kind::kNot:
      out_ += "(NOT ";
      Print(*e.args[0]);
      out_ += ")";
      break;
    case Expr::Kind::kIsNull:
    case Expr::Kind::kIsNotNull:
      out_ += "(";
      Print(*e.args[0]);
      out_ += e.kind == Expr::Kind::kIsNull ? " IS NULL)" : " IS NOT NULL)";
      break;
    case Expr::Kind::kIsDistinct:
    case Expr::Kind::kIsNotDistinct:
      out_ += "(";
      PrintCollated(*e.args[0]);
      out_ += e.kind == Expr::Kind::kIsDistinct ? " IS DISTINCT FROM " : " IS NOT DISTINCT FROM ";
      Print(*e.args[1]);
      out_ += ")";
      break;
    case Expr::Kind::kIsTrue:
    case Expr::Kind::kIsNotTrue:
    case Expr::Kind::kIsFalse:
    case Expr::Kind::kIsNotFalse: {
      const bool negated = e.kind == Expr::Kind::kIsNotTrue || e.kind == Expr::Kind::kIsNotFalse;
      const bool truth = e.kind == Expr::Kind::kIsTrue || e.kind == Expr::Kind::kIsNotTrue;
      out_ += "(";
      Print(*e.args[0]);
      out_ += negated ? " IS NOT " : " IS ";
      out_ += truth ? "1)" : "0)";
      break;
    }
    case Expr::Kind::kIn:
      In(e);
      break;
    case Expr::Kind::kInQuery:
      InQuery(e);
      break;
    case Expr::Kind::kInArray:
      InArray(e, false);
      break;
    case Expr::Kind::kAnyAll:
      AnyAll(e);
      break;
    case Expr::Kind::kExists:
      Exists(e);
      break;
    case Expr::Kind::kScalar:
      Scalar(e);
      break;
    case Expr::Kind::kArrayQuery:
      out_ += "(SELECT allod_array_agg(" + std::to_string(e.query->columns[0].type.oid) + ", n1) FROM (";
      PrintQuery(*e.query, Names::kNumbered, false);
      out_ += "))";
      break;
    case Expr::Kind::kCase:
      Case(e);
      break;
    case Expr::Kind::kCoalesce:
      if (e.args.size() == 1) return Print(*e.args[0]);
      out_ += "coalesce(";
      List(e.args);
      out_ += ")";
      break;
    case Expr::Kind::kNullIf:
      out_ += "nullif(";
      PrintCollated(*e.args[0]);
      out_ += ", ";
      Print(*e.args[1]);
      out_ += ")";
      break;
    case Expr::Kind::kGreatest:
    case Expr::Kind::kLeast:
      out_ += e.kind == Expr::Kind::kGreatest ? "allod_greatest(" : "allod_least(";
      out_ += std::to_string(e.type.oid) + ", ";
      List(e.args);
      out_ += ")";
      break;
    case Expr::Kind::kAggregate:
      Aggregate(e);
      break;
    case Expr::Kind::kWindow:
      WindowCall(e);
      break;
    case Expr::Kind::kRow:
      status_ = Unsupported("a row as a value is not supported", "List its columns.");
      break;
    case Expr::Kind::kArray:
      out_ += "allod_array(" + std::to_string(ElementOf(e.type.oid)) + ", ";
      List(e.args);
      out_ += ")";
      break;
    case Expr::Kind::kSubscript:
      out_ += "allod_subscript(";
      Print(*e.args[0]);
      out_ += ", " + std::to_string(e.args[0]->type.oid) + ", ";
      Print(*e.args[1]);
      out_ += ")";
      break;
    case Expr::Kind::kSlice:
      out_ += "allod_slice(";
      Print(*e.args[0]);
      out_ += ", " + std::to_string(e.args[0]->type.oid) + ", " + std::to_string(e.number) + ", ";
      Print(*e.args[1]);
      out_ += ", ";
      Print(*e.args[2]);
      out_ += ")";
      break;
    case Expr::Kind::kNotNull:
      out_ += "allod_not_null(";
      Print(*e.args[0]);
      out_ += ", '" + e.text + "', '" + e.text2 + "')";
      break;
  }
}

// Between a type and its text; arrays by their elements.
void SqlitePrinter::PrintIo(const Expr& e) {
  const Oid from = e.args[0]->type.oid, to = e.type.oid;
  if (IsArray(from) && IsArray(to)) out_ += "pg_array_cast(" + std::to_string(from) + ", " + std::to_string(to) + ", ";
  else if (IsStringType(to)) out_ += "pg_out(" + std::to_string(from) + ", ";
  else out_ += "pg_in(" + std::to_string(to) + ", ";
  Print(*e.args[0]);
  out_ += ")";
}

void SqlitePrinter::Column(const Expr& e) {
  const std::string& qualifier = e.range == target_ ? e.range->physical : e.range->alias;
  if (!qualifier.empty()) out_ += qualifier + ".";
  if (e.column < 0) {
    out_ += "rowid";
    return;
  }
  const Range::Column& column = e.range->columns[e.column];
  if (e.range->kind == Range::Kind::kFunction) out_ += "\"" + column.physical + "\"";
  else out_ += column.physical;
}

void SqlitePrinter::Template(std::string_view text, const std::vector<Expr*>& args) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out_ += text[i];
      continue;
    }
    char form = 0;
    if (i + 1 < text.size() && (text[i + 1] == 't' || text[i + 1] == 'e')) form = text[++i];
    size_t index = 0;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') index = index * 10 + (text[++i] - '0');
    if (index == 0 || index > args.size()) {
      out_ += "NULL";
      continue;
    }
    const Expr& arg = *args[index - 1];
    if (form == 't') out_ += std::to_string(arg.type.oid);
    else if (form == 'e') out_ += std::to_string(ElementOf(arg.type.oid));
    else Print(arg);
  }
}

// See Overload::sqlite for the forms.
void SqlitePrinter::CallName(const Overload& overload, const std::vector<Expr*>& args, std::string_view prefix) {
  std::string_view body = overload.sqlite;
  bool typed = false;
  if (body.starts_with('@')) {
    out_ += "allod_call('";
    out_ += body.substr(1);
    out_ += args.empty() ? "'" : "', ";
  } else {
    if (body.starts_with('#')) {
      typed = true;
      body.remove_prefix(1);
    }
    const bool suffixed = body.ends_with('#');
    if (suffixed) body.remove_suffix(1);
    out_ += body;
    // One such function is registered per type; of the user's types, those of what they are stored as serve.
    if (suffixed && !args.empty()) out_ += std::to_string(IsEnum(args[0]->type.oid) ? oid::kInt8 : args[0]->type.oid);
    out_ += "(";
  }
  out_ += prefix;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out_ += ", ";
    if (typed) out_ += std::to_string(args[i]->type.oid) + ", ";
    if (overload.kind == FunctionKind::kAggregate) PrintCollated(*args[i]);
    else Print(*args[i]);
  }
}

void SqlitePrinter::Call(const Expr& e) {
  const Overload& overload = *e.overload;
  if (overload.sqlite.empty()) {
    Print(*e.args[0]);
    return;
  }
  if (e.text == "prefix") {
    PrefixRange(e);
    return;
  }
  if (overload.sqlite.find_first_of("$(") != std::string_view::npos) {
    Template(overload.sqlite, e.args);
    return;
  }
  CallName(overload, e.args, "");
  out_ += ")";
}

void SqlitePrinter::Exists(const Expr& e) {
  const Query& q = *e.query;
  out_ += "EXISTS (";
  const bool plain = q.kind == Query::Kind::kSelect && !q.grouped && q.ctes.empty() && q.distinct_on.empty() &&
                     q.limit == nullptr && q.offset == nullptr;
  if (plain) {
    out_ += "SELECT 1";
    Body(q);
  } else {
    PrintQuery(q, Names::kNone, false);
  }
  out_ += ")";
}

void SqlitePrinter::Scalar(const Expr& e) {
  const Query& q = *e.query;
  if (q.single && q.columns.size() == 1) {
    out_ += "(";
    PrintQuery(q, Names::kNone, false);
    out_ += ")";
    return;
  }
  // More than one row is an error (21000): an aggregate says so. It must read a column of this query, or the engine
  // would take it for one of the query outside.
  const bool plain = q.kind == Query::Kind::kSelect && !q.grouped && !q.distinct && q.distinct_on.empty() &&
                     q.limit == nullptr && q.offset == nullptr && q.ctes.empty() && !q.volatile_targets;
  if (plain && ReadsColumnOf(*q.targets[e.column].expr, q)) {
    bool windows = false;
    const Expr& target = *q.targets[e.column].expr;
    auto look = [&](auto&& self, const Expr& x) -> void {
      windows = windows || x.kind == Expr::Kind::kWindow;
      for (const Expr* arg : x.args) self(self, *arg);
    };
    look(look, target);
    if (!windows) {
      out_ += "(SELECT allod_single(";
      Print(target);
      out_ += ")";
      Body(q);
      out_ += ")";
      return;
    }
  }
  const std::string column = "n" + std::to_string(e.column + 1);
  out_ += q.single ? "(SELECT " + column : "(SELECT allod_single(" + column + ")";
  out_ += " FROM (";
  PrintQuery(q, Names::kNumbered, false);
  out_ += "))";
}

void SqlitePrinter::Case(const Expr& e) {
  out_ += "CASE";
  size_t i = 0;
  if (e.operand) {
    out_ += " ";
    PrintCollated(*e.args[0]);
    i = 1;
  }
  for (; i + 1 < e.args.size(); i += 2) {
    out_ += " WHEN ";
    Print(*e.args[i]);
    out_ += " THEN ";
    Print(*e.args[i + 1]);
  }
  if (i < e.args.size()) {
    out_ += " ELSE ";
    Print(*e.args[i]);
  }
  out_ += " END";
}

}  // namespace allod::sql
