// allod_collect(x, ...): the rows of a LATERAL subquery as one value, which the table function allod_lateral takes
// apart (sql/lateral.h). The value lives within one statement only. A row is its number of values in two bytes, then
// each as a byte for its kind and, of a number, its eight bytes; of text and blobs, the length in eight bytes and the
// bytes. Numbers are in the machine's own order.
#pragma once

#include <sqlite3.h>

#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace allod::engine::sqlite {

void CollectRowStep(sqlite3_context* c, int n, sqlite3_value** v);
void CollectRowFinal(sqlite3_context* c);  // NULL of no rows

// Takes the first row off `rows`: false at the end. The values point into it. What no allod_collect made is an error.
Result<bool> TakeCollectedRow(std::string_view* rows, std::vector<Datum>* row);

}  // namespace allod::engine::sqlite
