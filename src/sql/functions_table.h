// How the files of the table (functions_*.cc) write their rows. Internal to sql/functions*.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/functions.h"

namespace allod::sql {

// One overload. Types are named as in pg_type ("int4", "_text", "anyelement").
struct Line {
  std::string_view signature;  // "substr(text,int4)text", "int4 + int8 = int8", "- int4 = int4", "int4 > int8" (a cast)
  std::string_view sqlite;     // see Overload::sqlite
  // s stable, v volatile, n called with NULLs (not strict), * the last argument repeats, w writes;
  // casts: i implicit, a assignment, e explicit.
  std::string_view flags = "";
  std::string_view columns = "";  // see Overload::columns
};

// Collects rows; strings it is given may be temporary.
class Table {
 public:
  void Functions(FunctionKind kind, std::span<const Line> lines);
  void Operators(std::span<const Line> lines);
  // `left`, `right`: type names; `left` empty for a prefix operator.
  void Operator(std::string_view name, std::string_view left, std::string_view right, std::string_view result,
                std::string_view sqlite, std::string_view flags = "");
  void Function(FunctionKind kind, std::string_view name, std::vector<std::string_view> arguments,
                std::string_view result, std::string_view sqlite, std::string_view flags = "",
                std::string_view columns = "");
  void Cast(std::string_view source, std::string_view target, std::string_view sqlite, std::string_view flags);

  // kInvalid and a mistake noted if there is none.
  Oid TypeOf(std::string_view name);

  std::vector<Overload> rows;
  std::vector<std::string> mistakes;  // lines that could not be read; the test wants none

 private:
  Overload& Add(FunctionKind kind, std::string_view name, std::string_view sqlite, std::string_view flags);
};

void AddArithmetic(Table& table);   // numbers: operators and functions
void AddComparison(Table& table);   // = <> < <= > >= of every type
void AddString(Table& table);       // text, bytea, patterns
void AddDatetime(Table& table);
void AddJson(Table& table);
void AddArray(Table& table);
void AddAggregates(Table& table);   // and window functions
void AddSetReturning(Table& table);
void AddCasts(Table& table);
void AddCatalog(Table& table);      // catalogue, session, sequences

// The lines of the table that could not be read (tests).
std::span<const std::string> TableMistakes();

}  // namespace allod::sql
