// The session's side of ExecContext: sequences, settings, and functions over the session and the catalogue.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/exec_context.h"
#include "session/advisory_locks.h"
#include "session/database.h"
#include "session/notify.h"
#include "session/settings.h"

namespace allod::session {

class Context final : public ExecContext {
 public:
  Context(Database& database, Settings& settings) : database_(database), settings_(settings) {}

  // The definitions of the running statement.
  void SetDefinitions(std::shared_ptr<const Definitions> definitions);

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

  std::vector<Error> notices;     // of functions, to be sent with the statement's end

  // --- context_calls.cc: advisory locks and notifications.
  struct LockWanted {
    AdvisoryKey key;
    bool shared = false, of_transaction = false;
    bool operator==(const LockWanted&) const = default;
  };
  std::shared_ptr<AdvisoryLocks::Owner> lock_owner;
  std::optional<LockWanted> lock_wanted;  // what the statement that has just failed must wait for
  // A statement that waited for a lock runs again from its start: locks that it has already got are not taken twice.
  void StartLocks(const void* portal);
  void ReplayLocks(const void* portal) { replay_ = portal; }
  void NoteLock(const LockWanted& lock);

  std::shared_ptr<Notifier::Listener> listener;  // from the first LISTEN on
  Status Notify(std::string channel, std::string payload);  // at the commit; the same twice is once
  size_t notification_count() const { return notifications_.size(); }
  void ForgetNotifications(size_t kept);
  std::vector<Notification> TakeNotifications();

 private:
  std::optional<Result<Value>> CallSession(std::string_view name, std::span<const Datum> arguments);
  Result<const history::Store::Opened*> OpenVersion(std::span<const Datum> version);
  std::optional<Result<Value>> CallHistory(std::string_view name, std::span<const Datum> arguments);
  Result<Value> CallAdvisory(std::string_view name, std::span<const Datum> arguments);
  std::vector<LockWanted> journal_;
  size_t journal_next_ = 0;
  const void* replay_ = nullptr;
  std::vector<Notification> notifications_;
  std::unordered_set<std::string> notified_;
  size_t notified_bytes_ = 0;

  Result<const catalog::Sequence*> Find(Oid sequence) const;

  Database& database_;
  Settings& settings_;
  std::shared_ptr<const Definitions> definitions_;
  // The version of a history that was read last.
  history::Store::Opened opened_;
  history::VersionId opened_id_;
  std::string opened_row_;
  int64_t opened_statement_ = 0;
  std::map<Oid, int64_t> current_;  // currval, per session
  Oid last_ = 0;
  std::set<Oid> drawn_;
};

}  // namespace allod::session
