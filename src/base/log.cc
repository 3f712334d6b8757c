#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

namespace allod::log {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

std::string_view LevelName(Level level) { return kLevelNames[static_cast<size_t>(level)]; }

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> Prepared(std::shared_ptr<spdlog::logger> logger, Level least) {
  // UTC, so that lines of several machines compare; what follows the time is FormatLine's.
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
  logger->set_level(ToSpdlog(least));
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger> ToStderr(Level least) {
  return Prepared(std::make_shared<spdlog::logger>("allod", std::make_shared<spdlog::sinks::stderr_sink_mt>()), least);
}

// Never destroyed: threads may log until the process is gone.
std::mutex& Guard() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::shared_ptr<spdlog::logger>& Holder() {
  static auto* logger = new std::shared_ptr<spdlog::logger>(ToStderr(Level::kInfo));
  return *logger;
}
std::shared_ptr<spdlog::logger> Current() {
  std::lock_guard lock(Guard());
  return Holder();
}
std::atomic<Level> least_level{Level::kInfo};

// A value is bare where a reader cannot mistake it, else quoted; control characters never reach the file raw.
void AppendLogValue(std::string_view value, std::string* out) {
  bool bare = !value.empty();
  for (unsigned char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) bare = false;
  }
  if (bare) {
    out->append(value);
    return;
  }
  out->push_back('"');
  for (unsigned char c : value) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out->append("\\n");
    } else if (c < ' ' || c == 0x7f) {
      constexpr char kHex[] = "0123456789abcdef";
      out->append("\\x");
      out->push_back(kHex[c >> 4]);
      out->push_back(kHex[c & 15]);
    } else {
      out->push_back(static_cast<char>(c));
    }
  }
  out->push_back('"');
}

}  // namespace

Status Open(std::string_view target, Level least) {
  std::shared_ptr<spdlog::logger> logger;
  if (target == "stderr") {
    logger = ToStderr(least);
  } else {
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(std::string(target));
      logger = Prepared(std::make_shared<spdlog::logger>("allod", std::move(sink)), least);
    } catch (const spdlog::spdlog_ex& e) {
      return Fail(sqlstate::kIoError, "could not open log file \"" + std::string(target) + "\": " + e.what());
    }
  }
  std::lock_guard lock(Guard());
  Holder() = std::move(logger);
  least_level = least;
  return Ok();
}

void SetLevel(Level least) {
  std::lock_guard lock(Guard());
  Holder()->set_level(ToSpdlog(least));
  least_level = least;
}

bool Enabled(Level level) { return level >= least_level.load(std::memory_order_relaxed); }

void Write(Level level, std::string_view event, Fields fields) {
  if (!Enabled(level)) return;
  // As an argument: a brace in a value is no format.
  Current()->log(ToSpdlog(level), "{}", FormatLine(level, event, fields));
}

bool ParseLevel(std::string_view name, Level* out) {
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) {
      *out = static_cast<Level>(i);
      return true;
    }
  }
  return false;
}

std::string FormatLine(Level level, std::string_view event, Fields fields) {
  std::string line = "level=";
  line.append(LevelName(level));
  line.append(" event=");
  AppendLogValue(event, &line);
  for (const Field& f : fields) {
    line.push_back(' ');
    line.append(f.key);
    line.push_back('=');
    AppendLogValue(f.value, &line);
  }
  return line;
}

}  // namespace allod::log
