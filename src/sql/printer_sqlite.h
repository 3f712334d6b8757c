// The printer of the embedded engine's dialect, inside. Private to sql/print_sqlite*.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/print_sqlite.h"

namespace allod::sql {

class SqlitePrinter {
 public:
  explicit SqlitePrinter(PrintOptions options) : options_(std::move(options)) {}

  void PrintTop(const Query& query);
  void PrintChange(const Change& change);
  void Print(const Expr& expr);
  Result<std::string> Finish() {
    if (!status_.ok()) return std::move(status_);
    return std::move(out_);
  }

 private:
  // How the output columns of a query are named: not at all, or n1, n2, ... (when something around it reads them).
  enum class Names : uint8_t { kNone, kNumbered };

  // print_sqlite.cc
  void PrintQuery(const Query& query, Names names, bool collated);
  void PrintSelect(const Query& query, Names names, bool collated);
  void PrintDistinctOn(const Query& query, Names names, bool collated);
  void PrintCompound(const Query& query, Names names);
  void PrintValues(const Query& query, Names names);
  void Ctes(const std::vector<Cte*>& ctes, bool recursive, bool top);
  void Targets(const Query& query, Names names, bool collated);
  void Body(const Query& query);
  void GroupKey(const Expr& expr);
  void OrderBy(const Query& query, bool collated);
  void Limit(const Query& query);
  void SortKeys(const std::vector<SortKey>& keys);
  void Direction(const SortKey& key);
  void FromList(const std::vector<From*>& from);
  void PrintFrom(const From& from);
  void Lateral(const Query& query);
  void PrintInsert(const Change& change);
  void PrintUpdate(const Change& change);
  void PrintDelete(const Change& change);
  void Assignments(const std::vector<Assignment>& set);
  void ValueRows(const std::vector<std::vector<Expr*>>& rows);

  // print_sqlite_expression.cc, print_sqlite_comparison.cc, print_sqlite_aggregate.cc
  void Condition(const Expr& expr);                // where false and NULL are the same
  void PrintCollated(const Expr& expr);            // where values will be compared
  void Collate(Oid type);                          // " COLLATE x" if the type has one
  std::string_view CollationOf(const Expr& expr);  // that the engine sees by itself; "?": not known
  void List(const std::vector<Expr*>& exprs);
  void Column(const Expr& expr);
  void PrintIo(const Expr& expr);
  void Call(const Expr& expr);
  void CallName(const Overload& overload, const std::vector<Expr*>& args, std::string_view prefix);
  void Template(std::string_view text, const std::vector<Expr*>& args);
  void Comparison(const Expr& expr);
  void Junction(const std::vector<Expr*>& args, size_t from, size_t to, std::string_view word, bool condition);
  void In(const Expr& expr);
  void InQuery(const Expr& expr);
  void InArray(const Expr& expr, bool condition);
  void AnyAll(const Expr& expr);
  void Exists(const Expr& expr);
  void Scalar(const Expr& expr);
  void Case(const Expr& expr);
  void Aggregate(const Expr& expr);
  void WindowCall(const Expr& expr);
  void Over(const Window& window);
  void PrefixRange(const Expr& expr);
  static bool IsVolatileCall(const Expr& expr);
  static bool ReadsAnyColumn(const Expr& expr);

  PrintOptions options_;
  std::string out_;
  Status status_;
  bool top_ = false;
  const Range* target_ = nullptr;  // while RETURNING is printed
};

// print_sqlite_comparison.cc
const char* Symbol(CompareOp op);  // " = "
Oid ElementOf(Oid array);          // kInvalid if it is none

}  // namespace allod::sql
