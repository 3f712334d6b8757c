// COPY's state between two calls of Execute.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "session/copy_format.h"
#include "session/session_impl.h"

namespace allod::session {

// COPY ... FROM STDIN under way. Rows are gathered and inserted by two prepared statements, one for many rows and one for a
// single row, so that everything that holds for INSERT (rights, defaults, constraints, owners) holds here.
class CopyIn {
 public:
  CopyIn(CopyReader r, std::string insert_head) : reader(std::move(r)), head(std::move(insert_head)) {}
  CopyReader reader;
  std::string head;               // INSERT INTO t (a, b) ... up to VALUES
  size_t batch_rows = 1;          // of the statement for many
  PreparedPtr batch, single;      // made when first needed
  Row values;                     // of the rows gathered
  std::vector<int64_t> lines;     // where they stood
  size_t value_bytes = 0;
  int64_t inserted = 0;
  bool announced = false;         // all bytes were given
};

class CopyOut {
 public:
  CopyOut(CopyWriter w, size_t columns, bool is_binary) : writer(std::move(w)), width(columns), binary(is_binary) {}
  CopyWriter writer;
  size_t width;
  bool binary;
  std::string line;
  bool begun = false;
};

}  // namespace allod::session
