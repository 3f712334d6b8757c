// LISTEN, UNLISTEN, NOTIFY, and what a transaction's end does for them and for advisory locks.
#include "session/session_impl.h"

namespace allod::session {

void SessionImpl::Attach(int32_t process, std::function<void()> wake) {
  context_.backend_pid = process;
  if (context_.lock_owner != nullptr) context_.lock_owner->process = process;
  activity_->Attach(process);
  wake_ = std::move(wake);
}

Result<Progress> SessionImpl::RunNotification(const PgQuery__Node& node, Sink& sink) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
      listens_.push_back({true, node.listen_stmt->conditionname});
      sink.Done("LISTEN");
      return Progress::kDone;
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: {
      const char* name = node.unlisten_stmt->conditionname;
      listens_.push_back({false, name == nullptr ? "" : name});
      sink.Done("UNLISTEN");
      return Progress::kDone;
    }
    default: {
      const PgQuery__NotifyStmt& notify = *node.notify_stmt;
      ALLOD_RETURN_IF_ERROR(context_.Notify(notify.conditionname, notify.payload == nullptr ? "" : notify.payload));
      sink.Done("NOTIFY");
      return Progress::kDone;
    }
  }
}

// Before the turn goes to the next writer, so that notifications come in the order of commits.
void SessionImpl::PublishNotifications(engine::CommitNumber number) {
  Notifier& notifier = database_->notifier();
  for (const ListenAction& action : listens_) {
    if (context_.listener == nullptr) {
      if (!action.listen) continue;
      context_.listener = notifier.Add(wake_);
    }
    if (action.listen) notifier.Listen(*context_.listener, action.channel);
    else notifier.Unlisten(*context_.listener, action.channel);
  }
  listens_.clear();
  std::vector<Notification> notifications = context_.TakeNotifications();
  for (Notification& notification : notifications) notification.commit = number;
  notifier.Publish(notifications);
}

void SessionImpl::EndExtras() {
  listens_.clear();
  context_.ForgetNotifications(0);
  database_->advisory_locks().StopWaitingForTurn(*context_.lock_owner);
  database_->advisory_locks().UnlockTransaction(*context_.lock_owner, 0);
}

void SessionImpl::RollbackExtras(const SavepointState& savepoint) {
  listens_.resize(savepoint.listens);
  context_.ForgetNotifications(savepoint.notifications);
  database_->advisory_locks().UnlockTransaction(*context_.lock_owner, savepoint.locks);
}

Status SessionImpl::DeliverNotifications(Sink& sink) {
  if (context_.listener == nullptr) return Ok();
  Notifier& notifier = database_->notifier();
  if (notifier.Overflowed(*context_.listener)) {
    return Fail(sqlstate::kInsufficientResources, "too many notifications are waiting for this client")
        .Hint("Read them as they come; end transactions soon.");
  }
  for (const Notification& notification : notifier.Take(*context_.listener)) {
    visible_ = std::max(visible_, notification.commit);
    sink.Notified(notification.process, notification.channel, notification.payload);
  }
  return Ok();
}

// A lock that a function of the running statement did not get: the statement has had no effect, and is run again when it has it.
Progress SessionImpl::WaitForLock(PortalImpl& portal) {
  portal.cursor.reset();
  portal.reader.reset();
  portal.state = PortalImpl::State::kNew;
  portal.skip = portal.row;
  portal.row = 0;
  context_.ReplayLocks(&portal);
  return Progress::kNeedsLock;
}

// Unless whoever has the turn waits for this session.
Result<Progress> SessionImpl::WaitForTurn() {
  ALLOD_RETURN_IF_ERROR(database_->advisory_locks().WaitForTurn(*context_.lock_owner));
  activity_->Await(Activity::Wait::kTurn);
  return Progress::kNeedsTurn;
}

void SessionImpl::GiveTurn(engine::Turn turn) {
  turn_ = std::move(turn);
  activity_->Await(Activity::Wait::kNothing);
  database_->advisory_locks().StopWaitingForTurn(*context_.lock_owner);
}

Session::Withdraw SessionImpl::RequestLock(std::function<void(Status)> answered) {
  if (!context_.lock_wanted) {
    answered(Ok());
    return {};
  }
  Context::LockWanted wanted = *context_.lock_wanted;
  context_.lock_wanted.reset();
  context_.NoteLock(wanted);
  activity_->Await(Activity::Wait::kAdvisoryLock);
  bool holds_turn = writer_ != nullptr || turn_.held();
  database_->advisory_locks().Request(*context_.lock_owner, wanted.key, wanted.shared, wanted.of_transaction, holds_turn, std::move(answered));
  // It may be called when the session is gone.
  return [database = database_, owner = context_.lock_owner](Status why) { database->advisory_locks().Withdraw(*owner, std::move(why)); };
}

void SessionImpl::LeaveDatabase() {
  if (context_.listener != nullptr) database_->notifier().Remove(context_.listener);
  database_->advisory_locks().Leave(*context_.lock_owner);
}

}  // namespace allod::session
