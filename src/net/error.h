// ErrorResponse and NoticeResponse.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace allod::net {

enum class Severity : uint8_t { kError, kFatal };  // kFatal: the connection ends

// `context`: where it happened, PostgreSQL's CONTEXT.
void AppendError(std::string* out, const Error& error, Severity severity = Severity::kError, std::string_view context = {});
// NOTICE, or WARNING for SQLSTATE classes 01 and 25 (what PostgreSQL warns of: no transaction in progress, ...).
void AppendNotice(std::string* out, const Error& notice);

}  // namespace allod::net
