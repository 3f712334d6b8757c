// Structured log lines, one per event, in logfmt: time, level, event, then key=value. Fields name things (a table, a
// session, a count); they never hold data values, statement parameters or keys. Any thread.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod::log {

enum class Level : uint8_t { kDebug, kInfo, kWarning, kError };

struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, double v) : key(k), value(std::to_string(v)) {}
  std::string_view key;
  std::string value;
};
using Fields = std::initializer_list<Field>;

// `target`: "stderr" (the default) or a file's path, which is appended to.
Status Open(std::string_view target, Level least);
void SetLevel(Level least);
bool Enabled(Level level);
// `event` is a constant in snake_case: Info("listening", {{"address", a}, {"port", p}}).
void Write(Level level, std::string_view event, Fields fields = {});
inline void Debug(std::string_view event, Fields fields = {}) { Write(Level::kDebug, event, fields); }
inline void Info(std::string_view event, Fields fields = {}) { Write(Level::kInfo, event, fields); }
inline void Warning(std::string_view event, Fields fields = {}) { Write(Level::kWarning, event, fields); }
inline void Error(std::string_view event, Fields fields = {}) { Write(Level::kError, event, fields); }
// "debug", "info", "warning", "error"; false if it is none.
bool ParseLevel(std::string_view name, Level* out);
// The line without time and newline, for tests: level=info event=listening port=5433
std::string FormatLine(Level level, std::string_view event, Fields fields);

}  // namespace allod::log
