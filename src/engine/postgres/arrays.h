// Arrays: a relation's column as a parameter, and an array of a result as a literal.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/types.h"
#include "engine/engine.h"
#include "engine/postgres/values.h"

namespace allod::engine::postgres {

// One column of the rows, in the binary form of element[]. REQUIRES: the values are of that type. A row that is too short has NULL.
void AppendArrayBinary(Oid element, const Relation& relation, int column, std::string* out);
// The same as a literal, for a type that is known by its text only. 22021: a zero byte.
Status AppendArrayText(const Relation& relation, int column, std::string* out);

// The stored form of an array (base/value.h) from its binary form; several dimensions and lower bounds as PostgreSQL writes
// them: [0:1]={{1,2},{3,4}}.
Status AppendArrayLiteral(Oid element, std::string_view bytes, std::string* out);

// A value in binary form. The datum points into the bytes or to what was made.
Result<Datum> ReadBinary(Oid type, Wire wire, std::string_view bytes, std::string* made);

}  // namespace allod::engine::postgres
