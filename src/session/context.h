// The session's side of ExecContext: sequences, settings, and functions over the session and the catalogue.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/exec_context.h"
#include "session/database.h"
#include "session/settings.h"

namespace allod::session {

class Context final : public ExecContext {
 public:
  Context(Database& database, Settings& settings) : database_(database), settings_(settings) {}

  // The definitions of the running statement.
  void SetDefinitions(std::shared_ptr<const Definitions> definitions) { definitions_ = std::move(definitions); }

  Result<int64_t> NextValue(Oid sequence) override;
  Result<int64_t> CurrentValue(Oid sequence) override;
  Result<int64_t> LastValue() override;
  Result<int64_t> SetValue(Oid sequence, int64_t value, bool is_called) override;
  Result<Value> Call(std::string_view name, std::span<const Datum> arguments) override;

  // Sequences whose values this transaction drew: persisted with it.
  std::set<Oid>& drawn() { return drawn_; }
  void ForgetSequences() { current_.clear(); last_ = 0; }  // DISCARD

  int32_t backend_pid = 0;
  int64_t transaction_id = 0;
  bool settings_changed = false;  // set_config() was called: ParameterStatus may be due

 private:
  Result<const catalog::Sequence*> Find(Oid sequence) const;

  Database& database_;
  Settings& settings_;
  std::shared_ptr<const Definitions> definitions_;
  std::map<Oid, int64_t> current_;  // currval, per session
  Oid last_ = 0;
  std::set<Oid> drawn_;
};

}  // namespace allod::session
