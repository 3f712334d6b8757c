#include "net/error.h"

#include <charconv>

#include "net/wire.h"

namespace allod::net {
namespace {

// PostgreSQL 15 documentation, 55.8: each field is a letter and a string; S is for people and V is never translated.
void AppendFields(std::string* out, ServerMessage type, const Error& error, std::string_view severity,
                  std::string_view context = {}) {
  MessageWriter message(out, type);
  auto field = [&](char letter, std::string_view text) {
    if (!text.empty()) message.Byte(letter).CString(text);
  };
  field('S', severity);
  field('V', severity);
  field('C', error.sqlstate.empty() ? sqlstate::kInternalError : std::string_view(error.sqlstate));
  // A client may rely on there being a message.
  field('M', error.message.empty() ? std::string_view("missing error text") : std::string_view(error.message));
  field('D', error.detail);
  field('H', error.hint);
  if (error.position > 0) {
    char digits[16];
    auto end = std::to_chars(digits, digits + sizeof(digits), error.position).ptr;
    field('P', std::string_view(digits, static_cast<size_t>(end - digits)));
  }
  field('W', context);
  field('s', error.schema);
  field('t', error.table);
  field('c', error.column);
  field('d', error.datatype);
  field('n', error.constraint);
  message.Byte('\0');
}

}  // namespace

void AppendError(std::string* out, const Error& error, Severity severity, std::string_view context) {
  AppendFields(out, ServerMessage::kErrorResponse, error, severity == Severity::kFatal ? "FATAL" : "ERROR", context);
}

void AppendNotice(std::string* out, const Error& notice) {
  std::string_view code(notice.sqlstate);
  bool warning = code.substr(0, 2) == "01" || code.substr(0, 2) == "25";
  AppendFields(out, ServerMessage::kNoticeResponse, notice, warning ? "WARNING" : "NOTICE");
}

}  // namespace allod::net
