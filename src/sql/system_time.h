// t FOR SYSTEM_TIME ...: a table as it was (SQL:2011). The grammar does not know it; it is rewritten to the function that it stands for:
//
//   t FOR SYSTEM_TIME AS OF x           ->  allod.system_time('t', 'as of', x)
//   t FOR SYSTEM_TIME FROM x TO y       ->  allod.system_time('t', 'from', x, y)
//   t FOR SYSTEM_TIME BETWEEN x AND y   ->  allod.system_time('t', 'between', x, y)
//   t FOR SYSTEM_TIME ALL               ->  allod.system_time('t', 'all')
//
// An alias stands behind it, as behind a table. Internal to sql/.
#pragma once

#include <string_view>
#include <vector>

#include "sql/annotations.h"

namespace allod::sql {

// Adds its edits, in the text's order among the others.
Status FindSystemTime(std::string_view text, const std::vector<Token>& tokens, std::vector<Edit>* edits);

}  // namespace allod::sql
