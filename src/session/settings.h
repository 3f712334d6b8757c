// A session's settings (SET, SHOW, RESET, the startup packet): PostgreSQL's names, values and errors.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/datetime.h"
#include "base/status.h"

namespace allod::session {

class Settings {
 public:
  Settings();

  // 42704 unknown, 22023 invalid, 55P02 cannot be changed now. `local`: until the transaction ends.
  Status Set(std::string_view name, std::string_view value, bool local);
  Status Reset(std::string_view name);
  void ResetAll();
  // From the startup packet: becomes the session's default, to which RESET returns. Unknown names are taken as they are.
  Status SetDefault(std::string_view name, std::string_view value);
  Result<std::string> Show(std::string_view name) const;
  struct Row {
    std::string name, value, description;  // value: as SHOW writes it
    std::string setting;                   // as pg_settings has it: without unit
    std::string unit, category, context, vartype, source, boot, reset, least, most, choices;
  };
  std::vector<Row> ShowAll() const;

  // For an engine that has settings of its own. ForEngine: the names and values that it is to go by; SetEngine: one that it
  // has accepted and that is not known here.
  std::vector<std::pair<std::string, std::string>> ForEngine() const;
  void SetEngine(std::string_view name, std::string_view value, bool local);

  // Transactions: what SET changed is taken back by a rollback; SET LOCAL also by a commit.
  void Begin() { in_transaction_ = true; }  // saves nothing until something changes
  void Commit();
  void Rollback();
  // For savepoints.
  std::map<std::string, std::string> Snapshot() const { return values_; }
  void Restore(std::map<std::string, std::string> values) { BeforeChange(); values_ = std::move(values); Derive(); }

  const FormatContext& format() const { return format_; }
  // Enumerated values are read and written by these labels from now on.
  void UseLabels(std::shared_ptr<const EnumLabels> labels) { format_.labels = std::move(labels); }
  // Changes with every change of a setting: what was compiled under another version is looked up again.
  uint64_t version() const { return version_; }
  const std::vector<std::string>& search_path() const { return search_path_; }
  // Milliseconds; 0: none.
  int64_t Milliseconds(std::string_view name) const;
  bool Bool(std::string_view name) const;
  const std::string& Get(std::string_view name) const;

  // Names that ParameterStatus reports.
  static const std::vector<std::string>& Reported();
  // As SHOW writes it: "TimeZone" for "timezone".
  static std::string Display(std::string_view name);

 private:
  Status Check(std::string_view name, std::string* value) const;  // canonicalises
  void BeforeChange() { if (in_transaction_ && !saved_) saved_ = values_; }
  void Derive();                                                  // format_, search_path_ from values_

  std::map<std::string, std::string> values_, defaults_, after_commit_;
  std::optional<std::map<std::string, std::string>> saved_;
  bool in_transaction_ = false;
  FormatContext format_;
  uint64_t version_ = 1;
  std::vector<std::string> search_path_;
};

}  // namespace allod::session
