#include "engine/postgres/settings.h"

namespace allod::engine::postgres {

AppliedSettings::Changes AppliedSettings::Difference(const SessionSettings* wanted) const {
  Changes changes;
  std::map<std::string_view, std::string_view> names;
  if (wanted != nullptr) {
    for (const auto& [name, value] : wanted->values) names[name] = value;
  }
  for (const auto& [name, value] : names) {
    const auto has = values_.find(name);
    if (unsure_ || has == values_.end() || has->second != value) changes.set.emplace_back(name, value);
  }
  for (const auto& [name, value] : values_) {
    if (!names.contains(name)) changes.reset.push_back(name);
  }
  return changes;
}

void AppliedSettings::Applied(std::shared_ptr<const SessionSettings> wanted, const Changes& changes, bool in_transaction) {
  if (in_transaction && !changed_in_transaction_) {
    before_ = values_;
    last_before_ = last_;
  }
  changed_in_transaction_ = in_transaction;
  for (const auto& [name, value] : changes.set) values_[name] = value;
  for (const std::string& name : changes.reset) {
    values_.erase(name);
    if (in_transaction) touched_.insert(name);
  }
  last_ = std::move(wanted);
  unsure_ = false;
}

void AppliedSettings::Committed() {
  changed_in_transaction_ = false;
  touched_.clear();
}

void AppliedSettings::RolledBack() {
  if (!changed_in_transaction_) return;
  Committed();
  // Names set since then are gone from the connection; those that it had before it has again.
  values_ = before_;
  last_ = last_before_;
  unsure_ = false;
}

void AppliedSettings::RolledBackTo() {
  if (!changed_in_transaction_) return;
  unsure_ = true;
  for (const std::string& name : touched_) values_.emplace(name, "");
}

int AppliedSettings::PathOf(const std::shared_ptr<const SessionSettings>& wanted) {
  if (path_ >= 0 && wanted == path_of_) return path_;
  std::string_view path;
  if (wanted != nullptr) {
    for (const auto& [name, value] : wanted->values) {
      if (name == "search_path") path = value;
    }
  }
  auto found = paths_.find(path);
  if (found == paths_.end()) {
    constexpr size_t kMaxPaths = 1000;
    if (paths_.size() >= kMaxPaths) paths_.clear();  // numbers are not used again
    found = paths_.emplace(path, next_path_++).first;
  }
  path_of_ = wanted;
  return path_ = found->second;
}

}  // namespace allod::engine::postgres
