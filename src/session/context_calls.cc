// Functions that are the session's own: advisory locks, notifications.
#include "session/context.h"

#include <algorithm>

#include "base/format.h"
#include "history/body.h"

namespace allod::session {
namespace {

AdvisoryKey KeyOf(std::span<const Datum> arguments) {
  if (arguments.size() > 1) {
    return {static_cast<uint32_t>(arguments[0].integer), static_cast<uint32_t>(arguments[1].integer), true};
  }
  auto key = static_cast<uint64_t>(arguments[0].integer);
  return {static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key), false};
}

bool Take(std::string_view* name, std::string_view prefix) {
  if (!name->starts_with(prefix)) return false;
  name->remove_prefix(prefix.size());
  return true;
}

const Value kVoid = Value::Text("");

}  // namespace

// Each column of a version asks for it: it is opened once. A key that is destroyed meanwhile closes it again.
Result<const history::Store::Opened*> Context::OpenVersion(std::span<const Datum> version) {
  const history::VersionId id{version[0].integer, version[1].bytes,   version[2].integer,
                              version[3].integer, version[4].integer, version[5].integer};
  const bool same = opened_statement_ == statement_start_us && opened_id_.table == id.table && opened_row_ == id.row &&
                    opened_id_.version == id.version;
  if (!same) {
    ALLOD_ASSIGN_OR_RETURN(opened_, database_.history()->Open(id, version[6].bytes));
    opened_id_ = id;
    opened_row_ = id.row;
    opened_statement_ = statement_start_us;
  }
  return &opened_;
}

// What catalog/stored_history.h asks while it reads.
std::optional<Result<Value>> Context::CallHistory(std::string_view name, std::span<const Datum> arguments) {
  if (name == "history_value") {
    ALLOD_ASSIGN_OR_RETURN(const history::Store::Opened* version, OpenVersion(arguments.subspan(2)));
    if (version->state != history::Store::State::kReadable) return Value::Null();
    return history::ValueIn(version->body, static_cast<catalog::Attnum>(arguments[0].integer), static_cast<Oid>(arguments[1].integer), format);
  }
  if (name == "history_state") {
    ALLOD_ASSIGN_OR_RETURN(const history::Store::Opened* version, OpenVersion(arguments));
    return Value::Integer(static_cast<int64_t>(version->state));
  }
  if (name == "history_row") {
    const catalog::Table* table = definitions_->catalog->FindTable(static_cast<Oid>(arguments[0].integer));
    if (arguments[1].is_null() || table == nullptr) return Value::Null();
    return Value::Blob(database_.history()->RowName(*table, arguments.subspan(1, 1)));
  }
  if (name == "history_changed") {
    const std::vector<catalog::Attnum> changed = history::UnpackColumns(arguments[0].bytes);
    return Value::Bool(std::find(changed.begin(), changed.end(), static_cast<catalog::Attnum>(arguments[1].integer)) != changed.end());
  }
  return std::nullopt;
}

void Context::StartLocks(const void* portal) {
  if (replay_ == nullptr) {
    journal_.clear();
    journal_next_ = 0;
  } else if (replay_ == portal) {
    replay_ = nullptr;
    journal_next_ = 0;
  }
}

// pg_[try_]advisory_[xact_]lock[_shared], pg_advisory_unlock[_shared], pg_advisory_unlock_all
Result<Value> Context::CallAdvisory(std::string_view name, std::span<const Datum> arguments) {
  AdvisoryLocks& locks = database_.advisory_locks();
  if (name == "pg_advisory_unlock_all") {
    locks.UnlockSession(*lock_owner);
    return kVoid;
  }
  if (arguments.empty()) return Fail(sqlstate::kInternalError, "an advisory lock needs a key");
  AdvisoryKey key = KeyOf(arguments);
  bool try_only = Take(&name, "pg_try_advisory_");
  if (!try_only) (void)Take(&name, "pg_advisory_");
  bool of_transaction = Take(&name, "xact_");
  if (Take(&name, "unlock")) {
    bool shared = name == "_shared";
    bool held = locks.Unlock(*lock_owner, key, shared);
    if (!held) {
      notices.push_back(Error{std::string(sqlstate::kWarning), std::string("you don't own a lock of type ") + (shared ? "ShareLock" : "ExclusiveLock")});
    }
    return Value::Bool(held);
  }
  bool shared = name == "lock_shared";
  if (try_only) return Value::Bool(locks.TryLock(*lock_owner, key, shared, of_transaction));
  LockWanted wanted{key, shared, of_transaction};
  // Had when this statement was tried before?
  if (journal_next_ < journal_.size() && journal_[journal_next_] == wanted) {
    ++journal_next_;
    return kVoid;
  }
  if (!locks.TryLock(*lock_owner, key, shared, of_transaction)) {
    lock_wanted = wanted;
    return Fail(sqlstate::kLockNotAvailable, "the lock must be waited for");
  }
  NoteLock(wanted);
  return kVoid;
}

void Context::NoteLock(const LockWanted& lock) {
  journal_.resize(journal_next_);
  journal_.push_back(lock);
  ++journal_next_;
}

Status Context::Notify(std::string channel, std::string payload) {
  ALLOD_RETURN_IF_ERROR(CheckNotification(channel, payload));
  std::string both = channel + '\0' + payload;
  if (!notified_.insert(std::move(both)).second) return Ok();
  notified_bytes_ += channel.size() + payload.size() + sizeof(Notification);
  if (notified_bytes_ > kMaxWaitingBytes) {
    return Fail(sqlstate::kProgramLimitExceeded, "too many notifications in one transaction").Hint("Commit more often.");
  }
  notifications_.push_back({backend_pid, std::move(channel), std::move(payload), 0});
  return Ok();
}

void Context::ForgetNotifications(size_t kept) {
  while (notifications_.size() > kept) {
    const Notification& last = notifications_.back();
    notified_.erase(last.channel + '\0' + last.payload);
    notified_bytes_ -= last.channel.size() + last.payload.size() + sizeof(Notification);
    notifications_.pop_back();
  }
}

std::vector<Notification> Context::TakeNotifications() {
  notified_.clear();
  notified_bytes_ = 0;
  return std::exchange(notifications_, {});
}

std::optional<Result<Value>> Context::CallSession(std::string_view name, std::span<const Datum> arguments) {
  if (name.starts_with("pg_advisory_") || name.starts_with("pg_try_advisory_")) return CallAdvisory(name, arguments);
  if (name == "pg_notify") {
    auto text = [&](size_t i) { return arguments.size() > i && !arguments[i].is_null() ? std::string(arguments[i].bytes) : std::string(); };
    Status status = Notify(text(0), text(1));
    if (!status.ok()) return Result<Value>(std::move(status));
    return Result<Value>(kVoid);
  }
  if (name == "pg_listening_channels") {
    Row channels;
    if (listener != nullptr) {
      for (std::string& channel : database_.notifier().Channels(*listener)) channels.push_back(Value::Text(std::move(channel)));
    }
    return Result<Value>(Value::Text(ArrayLiteral(oid::kText, channels)));
  }
  if (name == "pg_notification_queue_usage") return Result<Value>(Value::Real(0));
  return std::nullopt;
}

}  // namespace allod::session
