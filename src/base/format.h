// Text and binary form of every type, in and out (PostgreSQL's typinput, typoutput, typreceive, typsend).
#pragma once

#include <string>
#include <string_view>

#include "base/datetime.h"
#include "base/status.h"
#include "base/types.h"
#include "base/value.h"

namespace allod {

// Text input: 22P02, 22003, 22007, 22008 as PostgreSQL answers; a typmod is applied as by an explicit cast's target
// (numeric(p,s) rounds; varchar(n) and char(n) do not truncate here: see CoerceTypmod).
Result<Value> ParseText(Type type, std::string_view text, const FormatContext& context);
// Binary input of a parameter. 22P03 if the length or content is wrong.
Result<Value> ParseBinary(Type type, std::string_view bytes, const FormatContext& context);
// Output. REQUIRES: !datum.is_null(), and datum is in the stored form of `type`.
void AppendText(Type type, const Datum& datum, const FormatContext& context, std::string* out);
void AppendBinary(Type type, const Datum& datum, const FormatContext& context, std::string* out);
std::string ToText(Type type, const Datum& datum, const FormatContext& context);

// Length and precision rules. `explicit_cast`: 'abcdef'::varchar(3) truncates silently; an assignment answers 22001.
Result<Value> CoerceTypmod(Type type, Value value, bool explicit_cast);

// Three-way SQL comparison of two non-null values of one type, in stored form: <0, 0, >0. As the collations do.
int Compare(Oid type, const Datum& a, const Datum& b);

// Array literals: "{1,NULL,\"a b\"}" <-> elements (one dimension). Elements are in *stored form* of the element type.
Result<Row> ArrayElements(Oid element, std::string_view literal);
std::string ArrayLiteral(Oid element, std::span<const Value> elements);

// As a JSON value, the way to_jsonb() does it: numbers and booleans bare, dates ISO, json inlined, the rest as strings.
void AppendJson(Type type, const Datum& datum, const FormatContext& context, std::string* out);
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace allod
