// What the evaluation of a statement may depend on besides its parameters: time, zone, user, sequences, the catalogue.
// The session implements it; the engine hands it to its functions. One statement, one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/datetime.h"
#include "base/status.h"
#include "base/types.h"
#include "base/value.h"

namespace allod {

class ExecContext {
 public:
  virtual ~ExecContext() = default;

  FormatContext format;              // time zone, styles; format.now_us is the transaction's start
  int64_t statement_start_us = 0;    // microseconds since 2000-01-01 UTC
  std::string user, session_user, database, application_name;
  std::string search_path = "\"$user\", public";

  virtual Result<int64_t> NextValue(Oid sequence) = 0;
  virtual Result<int64_t> CurrentValue(Oid sequence) = 0;
  virtual Result<int64_t> LastValue() = 0;
  virtual Result<int64_t> SetValue(Oid sequence, int64_t value, bool is_called) = 0;
  // Functions over the catalogue and the session (format_type, pg_get_indexdef, current_setting, ...): the overload's
  // implementation is written "@name" in sql/functions.cc. Values are in stored form.
  virtual Result<Value> Call(std::string_view name, std::span<const Datum> arguments) = 0;
};

}  // namespace allod
