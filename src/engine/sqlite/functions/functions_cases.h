// One call of a function, operator or cast, and what PostgreSQL 15 answers. See functions_test.cc.
#pragma once

#include <vector>

#include "sql/functions.h"

namespace allod::engine::sqlite {

struct FunctionCase {
  sql::FunctionKind kind;
  const char* name;                    // of a cast: the target type
  const char* types;                   // of the arguments, as in pg_type, separated by commas
  std::vector<const char*> arguments;  // as text; null for NULL
  const char* answer;                  // as text; "NULL"; "ERR <sqlstate> <message>"; rows are separated by line ends
};

using enum sql::FunctionKind;

}  // namespace allod::engine::sqlite
