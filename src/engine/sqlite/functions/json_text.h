// A value as it stands in a json text: to_json(), json_build_object(). (jsonb is made of the same text, normalized.)
#pragma once

#include <string>
#include <string_view>

#include "base/datetime.h"
#include "base/types.h"
#include "base/value.h"

namespace allod::engine::sqlite {

// json values keep their text, floats their exponent, arrays have no blanks.
void AppendJsonText(Oid type, const Datum& datum, const FormatContext& context, std::string* out);
// An object's key: a scalar's text, booleans as words.
void AppendJsonKey(Oid type, const Datum& datum, const FormatContext& context, std::string* out);
// Can a value of the type be an object's key?
bool IsJsonKeyType(Oid type);
// json_strip_nulls(): without members that are null, and without blanks.
std::string StripJsonNulls(std::string_view json);

}  // namespace allod::engine::sqlite
