#include "session/settings.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "session/codes.h"
#include "planner/native_bind.h"
#include "sql/parse.h"

namespace allod::session {
namespace {

enum class Kind : uint8_t { kBool, kInt, kReal, kTime, kText, kEnum, kZone, kDateStyle, kReadOnly };

struct Known {
  std::string_view name;  // as SHOW ALL writes it
  Kind kind;
  std::string_view initial;
  std::string_view description;
  std::string_view choices = "";  // kEnum: "a|b|c"; kInt: "min..max"
  bool reported = false;
};

// Settings that clients of PostgreSQL send or ask for. One that Allod has no use for is accepted with the values that
// PostgreSQL accepts, so that a client's session start does not fail.
constexpr Known kKnown[] = {
    {"allod.auto_ctx", Kind::kBool, "off", "Wraps the whole session in one transaction"},
    {"allod.data_subject", Kind::kText, "", "On whose behalf is written, as table and key, for allod.transactions"},
    {"allod.grant_id", Kind::kText, "", "By which permission is written, for allod.transactions"},
    {"allod.purpose", Kind::kText, "", "What for is written, for allod.transactions"},
    {"application_name", Kind::kText, "", "Name of the client program", "", true},
    {"array_nulls", Kind::kBool, "on", "Accepted; NULL in an array literal is always NULL"},
    {"backend_flush_after", Kind::kInt, "0", "Accepted; has no effect", "0..256"},
    {"backslash_quote", Kind::kEnum, "safe_encoding", "Accepted; has no effect", "safe_encoding|on|off"},
    {"block_size", Kind::kReadOnly, "8192", "Bytes in a block, for those who ask"},
    {"bytea_output", Kind::kEnum, "hex", "Output form of bytea", "hex|escape"},
    {"check_function_bodies", Kind::kBool, "on", "Accepted; there are no function bodies"},
    {"client_connection_check_interval", Kind::kTime, "0", "Accepted; a client that left is noticed at once"},
    {"client_encoding", Kind::kEnum, "UTF8", "Character set of the client; only UTF8", "utf8|unicode|sqlascii", true},
    {"client_min_messages", Kind::kEnum, "notice", "Least severe notice that is sent",
     "debug5|debug4|debug3|debug2|debug1|debug|log|notice|warning|error"},
    {"cursor_tuple_fraction", Kind::kReal, "0.1", "Accepted; has no effect"},
    {"datestyle", Kind::kDateStyle, "ISO, MDY", "Output form of dates and order of ambiguous input", "", true},
    {"default_statistics_target", Kind::kInt, "100", "Accepted; has no effect", "1..10000"},
    {"default_table_access_method", Kind::kText, "heap", "Accepted; has no effect"},
    {"default_tablespace", Kind::kText, "", "Accepted; there are no tablespaces"},
    {"default_text_search_config", Kind::kText, "pg_catalog.simple", "Accepted; there is no text search"},
    {"default_transaction_deferrable", Kind::kBool, "off", "Accepted; has no effect"},
    {"default_transaction_isolation", Kind::kEnum, "read committed", "Isolation of new transactions",
     "read uncommitted|read committed|repeatable read|serializable"},
    {"default_transaction_read_only", Kind::kBool, "off", "New transactions may not write", "", true},
    {"effective_cache_size", Kind::kText, "4GB", "Accepted; has no effect"},
    {"enable_bitmapscan", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_hashagg", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_hashjoin", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_indexonlyscan", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_indexscan", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_material", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_mergejoin", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_nestloop", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_seqscan", Kind::kBool, "on", "Accepted; has no effect"},
    {"enable_sort", Kind::kBool, "on", "Accepted; has no effect"},
    {"escape_string_warning", Kind::kBool, "on", "Accepted; has no effect"},
    {"extra_float_digits", Kind::kInt, "1", "Digits of floating point output", "-15..3"},
    {"force_parallel_mode", Kind::kEnum, "off", "Accepted; has no effect", "off|on|regress"},
    {"from_collapse_limit", Kind::kInt, "8", "Accepted; has no effect", "1..2147483647"},
    {"geqo", Kind::kBool, "on", "Accepted; has no effect"},
    {"idle_in_transaction_session_timeout", Kind::kTime, "0", "Ends a session that idles in a transaction (ms)"},
    {"idle_session_timeout", Kind::kTime, "0", "Ends a session that idles outside of a transaction (ms)"},
    {"in_hot_standby", Kind::kReadOnly, "off", "Whether the server is a standby", "", true},
    {"integer_datetimes", Kind::kReadOnly, "on", "Dates are integers", "", true},
    {"intervalstyle", Kind::kEnum, "postgres", "Output form of intervals", "postgres|postgres_verbose|sql_standard|iso_8601", true},
    {"is_superuser", Kind::kReadOnly, "on", "Whether the role is a superuser", "", true},
    {"jit", Kind::kBool, "off", "Accepted; has no effect"},
    {"join_collapse_limit", Kind::kInt, "8", "Accepted; has no effect", "1..2147483647"},
    {"lc_collate", Kind::kReadOnly, "C", "Collation order of text"},
    {"lc_ctype", Kind::kReadOnly, "C.UTF-8", "Character classes of text"},
    {"lc_messages", Kind::kText, "C", "Accepted; messages are English"},
    {"lc_monetary", Kind::kText, "C", "Accepted; has no effect"},
    {"lc_numeric", Kind::kText, "C", "Accepted; has no effect"},
    {"lc_time", Kind::kText, "C", "Accepted; has no effect"},
    {"lo_compat_privileges", Kind::kBool, "off", "Accepted; there are no large objects"},
    {"lock_timeout", Kind::kTime, "0", "Longest wait for the writer's turn (ms); 0: no limit"},
    {"log_statement", Kind::kEnum, "none", "Accepted; see the server's query log", "none|ddl|mod|all"},
    {"maintenance_work_mem", Kind::kText, "64MB", "Accepted; has no effect"},
    {"max_connections", Kind::kReadOnly, "1000", "Clients at a time"},
    {"max_function_args", Kind::kReadOnly, "100", "Arguments of a function"},
    {"max_identifier_length", Kind::kReadOnly, "63", "Bytes in a name"},
    {"max_index_keys", Kind::kReadOnly, "32", "Columns of an index"},
    {"max_parallel_workers_per_gather", Kind::kInt, "0", "Accepted; has no effect", "0..1024"},
    {"max_prepared_transactions", Kind::kReadOnly, "0", "There are no prepared transactions"},
    {"max_stack_depth", Kind::kText, "2MB", "Accepted; has no effect"},
    {"password_encryption", Kind::kEnum, "scram-sha-256", "How passwords are kept", "scram-sha-256"},
    {"plan_cache_mode", Kind::kEnum, "auto", "Accepted; has no effect", "auto|force_generic_plan|force_custom_plan"},
    {"quote_all_identifiers", Kind::kBool, "off", "Accepted; has no effect"},
    {"random_page_cost", Kind::kReal, "4", "Accepted; has no effect"},
    {"role", Kind::kText, "none", "Current role"},
    {"row_security", Kind::kBool, "on", "Accepted; has no effect"},
    {"search_path", Kind::kText, "\"$user\", public", "Schemas in which names are looked up"},
    {"seq_page_cost", Kind::kReal, "1", "Accepted; has no effect"},
    {"server_encoding", Kind::kReadOnly, "UTF8", "Character set of the database", "", true},
    {"server_version", Kind::kReadOnly, "15.8", "The PostgreSQL version whose behaviour is followed", "", true},
    {"server_version_num", Kind::kReadOnly, "150008", "The same as a number"},
    {"session_authorization", Kind::kReadOnly, "allod", "The role that logged in", "", true},
    {"session_replication_role", Kind::kEnum, "origin", "Only origin: constraints always hold", "origin"},
    {"standard_conforming_strings", Kind::kEnum, "on", "Backslashes in strings are ordinary; only on", "on|true|yes|1", true},
    {"statement_timeout", Kind::kTime, "0", "Longest run of a statement (ms); 0: no limit"},
    {"synchronize_seqscans", Kind::kBool, "on", "Accepted; has no effect"},
    {"synchronous_commit", Kind::kEnum, "on", "Accepted; every commit is durable before it is told",
     "on|off|local|remote_write|remote_apply|true|false|yes|no|1|0"},
    {"temp_tablespaces", Kind::kText, "", "Accepted; there are no tablespaces"},
    {"timezone", Kind::kZone, "UTC", "Time zone of the session", "", true},
    {"timezone_abbreviations", Kind::kText, "Default", "Accepted; has no effect"},
    {"transaction_deferrable", Kind::kBool, "off", "Accepted; has no effect"},
    {"transaction_isolation", Kind::kEnum, "read committed", "Isolation of the current transaction",
     "read uncommitted|read committed|repeatable read|serializable"},
    {"transaction_read_only", Kind::kBool, "off", "The current transaction may not write"},
    {"transform_null_equals", Kind::kEnum, "off", "Only off", "off|false|no|0"},
    {"wal_level", Kind::kReadOnly, "replica", "For those who ask"},
    {"work_mem", Kind::kText, "4MB", "Accepted; has no effect"},
    {"xmloption", Kind::kEnum, "content", "Accepted; there is no xml type", "content|document"},
};

std::string LettersAndDigits(std::string_view text) {
  std::string kept;
  for (char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

const Known* FindKnown(std::string_view lower) {
  for (const Known& known : kKnown) {
    if (known.name == lower) return &known;
  }
  return nullptr;
}

std::string_view DisplayName(std::string_view lower) {
  if (lower == "datestyle") return "DateStyle";
  if (lower == "intervalstyle") return "IntervalStyle";
  if (lower == "timezone") return "TimeZone";
  return lower;
}

std::optional<bool> ParseBool(std::string_view text) {
  std::string v = Lower(text);
  if (v.empty()) return std::nullopt;
  auto prefix = [&](std::string_view word, size_t least) { return v.size() >= least && word.substr(0, v.size()) == v; };
  if (v == "1" || v == "on" || prefix("true", 1) || prefix("yes", 1)) return true;
  if (v == "0" || prefix("off", 2) || prefix("false", 1) || prefix("no", 1)) return false;
  return std::nullopt;
}

// "1500", "2s", "1min", "100ms", "1h", "1d" -> milliseconds.
// Fractions round to the nearest millisecond. nullopt: not a time.
std::optional<int64_t> ParseTime(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  double factor = unit.empty() || unit == "ms" ? 1
                  : unit == "us"               ? 0.001
                  : unit == "s"                ? 1000
                  : unit == "min"              ? 60000
                  : unit == "h"                ? 3600000
                  : unit == "d"                ? 86400000
                                               : 0;
  if (factor == 0 || !(std::abs(number) < 1e15)) return std::nullopt;
  return std::llround(number * factor);
}

// As PostgreSQL shows a time: in the largest unit that divides it.
std::string ShowTime(int64_t milliseconds) {
  if (milliseconds == 0) return "0";
  for (auto [unit, size] : {std::pair{"d", int64_t{86400000}}, {"h", int64_t{3600000}}, {"min", int64_t{60000}}, {"s", int64_t{1000}}}) {
    if (milliseconds % size == 0) return std::to_string(milliseconds / size) + unit;
  }
  return std::to_string(milliseconds) + "ms";
}

Status OutOfRange(std::string_view name, std::string number, int64_t least, int64_t most, std::string unit) {
  return Fail(sqlstate::kInvalidParameterValue, number + " is outside the valid range for parameter \"" + std::string(name) + "\" (" +
                                                    std::to_string(least) + unit + " .. " + std::to_string(most) + unit + ")");
}

Status Invalid(std::string_view name, std::string_view value) {
  return Fail(sqlstate::kInvalidParameterValue,
              "invalid value for parameter \"" + std::string(DisplayName(name)) + "\": \"" + std::string(value) + "\"");
}

}  // namespace

Settings::Settings() {
  for (const Known& known : kKnown) values_.emplace(known.name, known.initial);
  defaults_ = values_;
  Derive();
}

const std::vector<std::string>& Settings::Reported() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Known& known : kKnown) {
      if (known.reported) out.emplace_back(known.name);
    }
    return out;
  }();
  return names;
}

std::string Settings::Display(std::string_view name) { return std::string(DisplayName(Lower(name))); }

Status Settings::Check(std::string_view name, std::string* value) const {
  const Known* known = FindKnown(name);
  if (known == nullptr) return Ok();
  switch (known->kind) {
    case Kind::kReadOnly:
      return Fail(sqlstate::kCantChangeRuntimeParam, "parameter \"" + std::string(name) + "\" cannot be changed");
    case Kind::kBool: {
      std::optional<bool> b = ParseBool(*value);
      if (!b) return Fail(sqlstate::kInvalidParameterValue, "parameter \"" + std::string(name) + "\" requires a Boolean value");
      *value = *b ? "on" : "off";
      return Ok();
    }
    case Kind::kInt: {
      int number = 0, least = 0, most = 0;
      auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
      if (error != std::errc() || end != value->data() + value->size()) return Invalid(name, *value);
      size_t dots = known->choices.find("..");
      std::from_chars(known->choices.data(), known->choices.data() + dots, least);
      std::from_chars(known->choices.data() + dots + 2, known->choices.data() + known->choices.size(), most);
      if (number < least || number > most) {
        return OutOfRange(name, std::to_string(number), least, most, "");
      }
      return Ok();
    }
    case Kind::kTime: {
      std::optional<int64_t> time = ParseTime(*value);
      if (!time) {
        return Invalid(name, *value).Hint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".");
      }
      if (*time < 0 || *time > INT32_MAX) return OutOfRange(name, std::to_string(*time) + " ms", 0, INT32_MAX, " ms");
      *value = std::to_string(*time);
      return Ok();
    }
    case Kind::kReal: {
      double number = 0;
      auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
      if (error != std::errc() || end != value->data() + value->size()) return Invalid(name, *value);
      return Ok();
    }
    case Kind::kText:
      return Ok();
    case Kind::kEnum: {
      std::string lower = Lower(*value);
      // As PostgreSQL reads names of encodings: by their letters and digits alone (asyncpg sends 'utf-8' with the quotes).
      if (name == "client_encoding") lower = LettersAndDigits(lower);
      std::string_view rest = known->choices;
      while (!rest.empty()) {
        size_t bar = rest.find('|');
        if (rest.substr(0, bar) == lower) {
          if (name == "client_encoding") lower = lower == "sqlascii" ? "SQL_ASCII" : "UTF8";
          if (name == "standard_conforming_strings") lower = "on";
          *value = lower;
          return Ok();
        }
        if (bar == std::string_view::npos) break;
        rest.remove_prefix(bar + 1);
      }
      if (name == "client_encoding") return Invalid(name, *value);
      std::string available;
      for (char c : known->choices) available += c == '|' ? std::string(", ") : std::string(1, c);
      return Invalid(name, *value).Hint("Available values: " + available + ".");
    }
    case Kind::kZone: {
      std::string text = *value;
      if (Lower(text) == "default" || Lower(text) == "local") text = "UTC";
      auto zone = TimeZone::Load(text);
      if (!zone.ok()) return Invalid(name, *value);
      *value = std::string((*zone)->name());
      return Ok();
    }
    case Kind::kDateStyle: {
      std::string style(format_.date_style == DateStyle::kIso        ? "ISO"
                        : format_.date_style == DateStyle::kPostgres ? "Postgres"
                        : format_.date_style == DateStyle::kSql      ? "SQL"
                                                                     : "German");
      std::string order(format_.date_order == DateOrder::kMdy ? "MDY" : format_.date_order == DateOrder::kDmy ? "DMY" : "YMD");
      std::string word;
      for (char c : Lower(*value) + ",") {
        if (c != ',' && c != ' ') {
          word += c;
          continue;
        }
        if (word.empty()) continue;
        if (word == "iso") style = "ISO";
        else if (word == "postgres") style = "Postgres";
        else if (word == "sql") style = "SQL";
        else if (word == "german") style = "German", order = "DMY";
        else if (word == "mdy" || word == "us" || word == "noneuro" || word == "noneuropean") order = "MDY";
        else if (word == "dmy" || word == "euro" || word == "european") order = "DMY";
        else if (word == "ymd") order = "YMD";
        else if (word == "default") style = "ISO", order = "MDY";
        else return Invalid(name, *value);
        word.clear();
      }
      *value = style + ", " + order;
      return Ok();
    }
  }
  return Ok();
}

Status Settings::Set(std::string_view name, std::string_view value, bool local) {
  std::string lower = Lower(name);
  std::string text(value);
  if (FindKnown(lower) == nullptr && lower.find('.') == std::string::npos && !values_.contains(lower)) {
    return Fail(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"" + std::string(name) + "\"");
  }
  ALLOD_RETURN_IF_ERROR(Check(lower, &text));
  BeforeChange();
  if (local) {
    if (!in_transaction_) return Ok();  // as PostgreSQL: a warning, and no effect
    after_commit_.try_emplace(lower, values_[lower]);
  } else {
    after_commit_.erase(lower);
  }
  values_[lower] = std::move(text);
  Derive();
  return Ok();
}

Status Settings::Reset(std::string_view name) {
  BeforeChange();
  std::string lower = Lower(name);
  auto it = defaults_.find(lower);
  if (it == defaults_.end()) {
    if (values_.erase(lower) > 0) return Ok();
    return Fail(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"" + std::string(name) + "\"");
  }
  const Known* known = FindKnown(lower);
  if (known != nullptr && known->kind == Kind::kReadOnly) {
    return Fail(sqlstate::kCantChangeRuntimeParam, "parameter \"" + lower + "\" cannot be changed");
  }
  values_[lower] = it->second;
  Derive();
  return Ok();
}

void Settings::ResetAll() {
  BeforeChange();
  values_ = defaults_;
  Derive();
}

Status Settings::SetDefault(std::string_view name, std::string_view value) {
  std::string lower = Lower(name);
  std::string text(value);
  const Known* known = FindKnown(lower);
  if (known != nullptr && known->kind == Kind::kReadOnly) {
    if (lower == "session_authorization") values_[lower] = defaults_[lower] = text;  // set by the session itself
    return Ok();
  }
  ALLOD_RETURN_IF_ERROR(Check(lower, &text));
  values_[lower] = defaults_[lower] = std::move(text);
  Derive();
  return Ok();
}

Result<std::string> Settings::Show(std::string_view name) const {
  auto it = values_.find(Lower(name));
  if (it == values_.end()) {
    return Fail(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"" + std::string(name) + "\"");
  }
  const Known* known = FindKnown(it->first);
  if (known != nullptr && known->kind == Kind::kTime) return ShowTime(ParseTime(it->second).value_or(0));
  return it->second;
}

std::vector<Settings::Row> Settings::ShowAll() const {
  std::vector<Row> rows;
  for (const auto& [name, value] : values_) {
    const Known* known = FindKnown(name);
    Row& row = rows.emplace_back();
    row.name = DisplayName(name);
    row.value = row.setting = value;
    row.category = known == nullptr ? "Customized Options" : "Client Connection Defaults";
    row.context = known != nullptr && known->kind == Kind::kReadOnly ? "internal" : "user";
    row.vartype = "string";
    auto initial = defaults_.find(name);
    row.reset = initial == defaults_.end() ? "" : initial->second;
    row.boot = known == nullptr ? "" : std::string(known->initial);
    row.source = value == row.boot ? "default" : value == row.reset ? "client" : "session";
    if (known == nullptr) continue;
    row.description = known->description;
    switch (known->kind) {
      case Kind::kBool: row.vartype = "bool"; break;
      case Kind::kReal: row.vartype = "real"; break;
      case Kind::kInt:
        row.vartype = "integer";
        row.least = known->choices.substr(0, known->choices.find(".."));
        row.most = known->choices.substr(known->choices.find("..") + 2);
        break;
      case Kind::kTime:
        row.vartype = "integer";
        row.unit = "ms";
        row.least = "0";
        row.most = "2147483647";
        row.value = ShowTime(ParseTime(value).value_or(0));
        break;
      case Kind::kEnum: {
        row.vartype = "enum";
        row.choices = "{";
        for (char c : known->choices) {
          if (c == '|') row.choices += "\",\"";
          else row.choices += (row.choices.size() == 1 ? "\"" : "") + std::string(1, c);
        }
        row.choices += "\"}";
        break;
      }
      default: break;
    }
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> Settings::ForEngine() const {
  // Those that are known here and mean something to the engine; the others are this session's affair.
  static constexpr std::string_view kShared[] = {"application_name", "bytea_output",  "client_min_messages", "datestyle",
                                                 "extra_float_digits", "intervalstyle", "lock_timeout",        "row_security",
                                                 "search_path",      "timezone",      "xmloption"};
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : values_) {
    if (planner::IsReservedSetting(name)) continue;  // also what a startup packet brought
    const Known* known = FindKnown(name);
    if (known != nullptr && std::find(std::begin(kShared), std::end(kShared), name) == std::end(kShared)) continue;
    if (name == "search_path") {
      // "$user" is the engine's own role there, and the schema of Allod's own tables is nobody's.
      std::string path;
      for (const std::string& schema : search_path_) {
        if (schema != "allod") path += (path.empty() ? "" : ", ") + sql::QuoteIdentifier(schema);
      }
      out.emplace_back(name, std::move(path));
      continue;
    }
    out.emplace_back(name, value);
  }
  return out;
}

void Settings::SetEngine(std::string_view name, std::string_view value, bool local) {
  std::string lower = Lower(name);
  BeforeChange();
  if (local) {
    if (!in_transaction_) return;
    after_commit_.try_emplace(lower, values_[lower]);
  } else {
    after_commit_.erase(lower);
  }
  values_[lower] = std::string(value);
  Derive();
}

void Settings::Commit() {
  in_transaction_ = false;
  saved_.reset();
  if (after_commit_.empty()) return;
  for (auto& [name, value] : after_commit_) values_[name] = value;
  after_commit_.clear();
  Derive();
}

void Settings::Rollback() {
  in_transaction_ = false;
  after_commit_.clear();
  if (!saved_) return;
  values_ = *std::move(saved_);
  saved_.reset();
  Derive();
}

int64_t Settings::Milliseconds(std::string_view name) const { return ParseTime(Get(name)).value_or(0); }
bool Settings::Bool(std::string_view name) const { return Get(name) == "on"; }

const std::string& Settings::Get(std::string_view name) const {
  static const std::string empty;
  auto it = values_.find(std::string(name));
  return it == values_.end() ? empty : it->second;
}

void Settings::Derive() {
  ++version_;
  if (format_.zone->name() != Get("timezone")) {
    auto zone = TimeZone::Load(Get("timezone"));
    if (zone.ok()) format_.zone = *std::move(zone);
  }
  const std::string& style = Get("datestyle");
  format_.date_style = style.starts_with("ISO")        ? DateStyle::kIso
                       : style.starts_with("Postgres") ? DateStyle::kPostgres
                       : style.starts_with("SQL")      ? DateStyle::kSql
                                                       : DateStyle::kGerman;
  format_.date_order = style.ends_with("MDY") ? DateOrder::kMdy : style.ends_with("DMY") ? DateOrder::kDmy : DateOrder::kYmd;
  const std::string& interval = Get("intervalstyle");
  format_.interval_style = interval == "postgres"           ? IntervalStyle::kPostgres
                           : interval == "postgres_verbose" ? IntervalStyle::kPostgresVerbose
                           : interval == "sql_standard"     ? IntervalStyle::kSqlStandard
                                                            : IntervalStyle::kIso8601;
  format_.bytea_hex = Get("bytea_output") == "hex";
  int digits = 1;
  const std::string& text = Get("extra_float_digits");
  std::from_chars(text.data(), text.data() + text.size(), digits);
  format_.extra_float_digits = digits;

  search_path_.clear();
  std::string name;
  bool quoted = false, was_quoted = false;
  for (char c : Get("search_path") + ",") {
    if (c == '"') {
      quoted = !quoted;
      was_quoted = true;
    } else if (c == ',' && !quoted) {
      if (!name.empty() && name != "$user") search_path_.push_back(was_quoted ? name : Lower(name));
      name.clear();
      was_quoted = false;
    } else if (c != ' ' || quoted) {
      name += c;
    }
  }
}

}  // namespace allod::session
