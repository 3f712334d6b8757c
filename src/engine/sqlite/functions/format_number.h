// to_char() and to_number() of numbers, after PostgreSQL's formatting.c.
#pragma once

#include <string>
#include <string_view>

#include "base/numeric.h"
#include "base/status.h"

namespace allod::engine::sqlite {

Result<std::string> NumericToChar(const Numeric& value, std::string_view format);
// `digits`: what the type holds for sure, 15 (float8) or 6 (float4).
Result<std::string> FloatToChar(double value, int digits, std::string_view format);
Result<Numeric> ToNumber(std::string_view text, std::string_view format);

}  // namespace allod::engine::sqlite
