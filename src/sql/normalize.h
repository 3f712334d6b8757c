// A statement without the values that stand in it, for logs.
#pragma once

#include <string>
#include <string_view>

namespace allod::sql {

// The text on one line, without comments; each constant is a `?`, and what is behind `=` or `TO` in a SET. Parameters ($1) stay: they
// are no values. Works on tokens, so on every statement, right or wrong; what the scanner cannot read gives "<unreadable>".
// `failed`: quoted names become `"?"` too: a value that was quoted like a name by mistake is what such statements fail with.
// At most about kMaxNormalizedBytes, then "...".
inline constexpr size_t kMaxNormalizedBytes = 2000;
inline constexpr size_t kMaxNormalizedTextBytes = 1 << 20;  // a longer text is "<unreadable>"
std::string Normalize(std::string_view text, bool failed = false);

}  // namespace allod::sql
