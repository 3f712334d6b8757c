// Transactions: where they begin, commit and roll back. Every path to a commit goes through SessionImpl::Commit.
#include "base/clock.h"
#include "ownership/graph.h"
#include "session/session_impl.h"

namespace allod::session {

void SessionImpl::BeginImplicit() {
  ended_.clear();
  if (implicit_) return;
  implicit_ = true;
  if (explicit_) return;
  context_.format.now_us = NowMicroseconds();
  settings_.Begin();
}

Result<bool> SessionImpl::EndImplicit(bool failed) {
  if (!implicit_) return true;
  struct Resting {
    SessionImpl* session;
    ~Resting() { if (session != nullptr) session->RestActivity(); }
  } resting{this};
  if (explicit_) {
    implicit_ = false;
    if (failed) {
      failed_ = true;
      AbandonPortals();
      NoteSeen();
      // Nothing but a rollback can follow, so others need not wait for the client to send it.
      if (savepoints_.empty()) {
        if (pinned_ && writer_ != nullptr) turn_ = writer_->TakeTurn();
        writer_.reset();
        reader_.reset();
        if (!pinned_) turn_ = engine::Turn();
        EndExtras();
      }
    }
    return true;
  }
  Status status;
  if (failed) {
    implicit_ = false;
    Rollback();
  } else if (committing_ != nullptr) {
    implicit_ = false;
    status = FinishCommit(*std::move(std::exchange(committing_, nullptr)->number));
  } else if (writer_ == nullptr || pending_ || native_) {
    implicit_ = false;
    status = Commit();
  } else {
    status = PrepareCommit();
    if (status.ok()) {
      committing_ = std::make_shared<JointAnswer>();
      writer_->CommitJointly([answer = committing_](Result<engine::CommitNumber> number) {
        std::function<void()> done;
        {
          std::lock_guard lock(answer->mutex);
          answer->number = std::move(number);
          done = std::move(answer->done);
        }
        if (done) done();
      });
      {
        std::lock_guard lock(committing_->mutex);
        if (!committing_->number) {
          resting.session = nullptr;
          return false;
        }
      }
      status = FinishCommit(*std::move(std::exchange(committing_, nullptr)->number));
    } else {
      Rollback();
    }
    implicit_ = false;
  }
  ReleaseIdleTurn();
  if (!status.ok()) return status;
  return true;
}

void SessionImpl::WhenCommitted(std::function<void()> done) {
  {
    std::lock_guard lock(committing_->mutex);
    if (!committing_->number) {
      committing_->done = std::move(done);
      return;
    }
  }
  done();
}

void SessionImpl::RestActivity() {
  if (activity_settings_version_ != settings_.version()) {
    activity_settings_version_ = settings_.version();
    activity_->UseApplication(settings_.Get("application_name"));
  }
  activity_->Rest(!explicit_ ? Activity::State::kIdle
                  : failed_  ? Activity::State::kIdleInFailedTransaction
                             : Activity::State::kIdleInTransaction,
                  NowMicroseconds());
}

Status SessionImpl::BeginExplicit(std::string_view isolation, std::optional<bool> read_only) {
  explicit_ = true;
  failed_ = false;
  std::string_view level = isolation.empty() ? std::string_view(settings_.Get("default_transaction_isolation")) : isolation;
  snapshot_ = level == "repeatable read" || level == "serializable";
  read_only_ = read_only.value_or(settings_.Bool("default_transaction_read_only"));
  ALLOD_RETURN_IF_ERROR(settings_.Set("transaction_isolation", level, true));
  return settings_.Set("transaction_read_only", read_only_ ? "on" : "off", true);
}

// 1. no row without an owner, 2. what else must be stored with the transaction, 3. the engine's commit,
// 4. the new definitions are seen by others. A crash before 3 leaves nothing; after it, everything.
Status SessionImpl::Commit() {
  if (Status prepared = PrepareCommit(); !prepared.ok()) {
    Rollback();
    return prepared;
  }
  return FinishCommit(writer_ == nullptr ? visible_ : writer_->Commit());
}

Status SessionImpl::PrepareCommit() {
  ALLOD_RETURN_IF_ERROR(HoldCursors());
  AbandonPortals();
  if (writer_ == nullptr) return Ok();
  const std::shared_ptr<const Definitions> now = definitions();
  context_.SetDefinitions(now);
  const auto prepare = [&]() -> Status {
    if (!recheck_.empty()) {
      ALLOD_RETURN_IF_ERROR(ownership::CheckAllRows(*now->graph, *writer_, &context_, recheck_));
    }
    ALLOD_RETURN_IF_ERROR(ownership::CheckOrphans(*now->graph, *writer_, &context_));
    if (!context_.drawn().empty()) {
      std::vector<Oid> drawn(context_.drawn().begin(), context_.drawn().end());
      ALLOD_RETURN_IF_ERROR(database_->sequences().Persist(drawn, *writer_));
    }
    if (native_) {
      if (wrote_) writer_->ExpectVersion(static_cast<int64_t>(now->catalog->version()));
    } else if (pending_) {
      ALLOD_RETURN_IF_ERROR(catalog::Save(*base_->catalog, *pending_->catalog, *writer_));
    }
    return journal_ == nullptr ? Ok() : journal_->Finish(*writer_, origin(), NowMicroseconds());
  };
  Status status = prepare();
  return status.ok() || !native_ ? status : TranslateNative(status.error(), nullptr);
}

Status SessionImpl::FinishCommit(Result<engine::CommitNumber> number) {
  if (!number.ok()) {
    Status status = std::move(number).status();
    if (native_) status = TranslateNative(status.error(), nullptr);
    Rollback();
    return status;
  }
  const bool wrote = writer_ != nullptr;
  visible_ = std::max(visible_, *number);
  if (pending_) {
    auto published = std::make_shared<Definitions>(*pending_);
    published->commit = *number;
    database_->Publish(std::move(published));
  }
  PublishNotifications(*number);
  EndTransaction();
  settings_.Commit();
  return !wrote || journal_ == nullptr ? Ok() : journal_->Committed(database_->engine(), *number);
}

// What a transaction that writes has failed over may be of commits that are not on disk yet, or of a joint one that could still fail.
void SessionImpl::NoteSeen() {
  if (writer_ != nullptr) visible_ = std::max(visible_, database_->engine().VisibleNumber());
}

void SessionImpl::Rollback() {
  AbandonPortals();
  NoteSeen();
  // What nextval() drew stays drawn, as in PostgreSQL; what a definition set back was not.
  for (auto it = restarted_.rbegin(); it != restarted_.rend(); ++it) {
    const catalog::Sequence* sequence = database_->definitions()->catalog->FindSequence(it->first);
    if (sequence != nullptr) database_->sequences().Set(*sequence, it->second.first, it->second.second);
  }
  EndTransaction();
  settings_.Rollback();
}

void SessionImpl::EndTransaction() {
  // The destructor rolls back what was not committed; then the turn goes to the next in line. A lent connection serves the
  // rest of the message.
  if (leases_) {
    if (writer_ != nullptr) turn_ = writer_->TakeTurn();
    if (reader_ != nullptr) turn_ = reader_->TakeTurn();
  }
  writer_.reset();
  reader_.reset();
  if (!leases_ || (!implicit_ && !pinned_)) turn_ = engine::Turn();
  pending_.reset();
  base_.reset();
  restarted_.clear();
  recheck_.clear();
  savepoints_.clear();
  context_.drawn().clear();
  EndExtras();
  brief_ = false;
  explicit_ = failed_ = auto_ctx_ = read_only_ = snapshot_ = wrote_ = false;
}

void SessionImpl::AbandonPortals() {
  context_.ReplayLocks(nullptr);  // whatever waited for a lock is not run again
  for (PortalImpl* portal : live_) {
    if (!Held(*portal)) portal->Abandon();
  }
  // One of them may be the COMMIT that is running now: they are destroyed when the next message begins.
  for (auto it = portals_.begin(); it != portals_.end();) {
    if (Held(static_cast<PortalImpl&>(*it->second))) {
      ++it;
      continue;
    }
    ended_.push_back(std::move(it->second));
    it = portals_.erase(it);
  }
}

Status SessionImpl::EnsureWriter() {
  if (writer_ != nullptr) return Ok();
  ALLOD_ASSIGN_OR_RETURN(writer_, database_->engine().Begin(engine::Mode::kWrite, leases_ ? ReclaimTurn() : std::move(turn_), isolation()));
  turn_ = engine::Turn();
  if (native_) writer_->UseSettings(engine_settings());
  ++context_.transaction_id;
  if (journal_ != nullptr) {
    journal_->Begin(context_.format.now_us);
    UseLayout();
  }
  for (size_t i = 1; i <= savepoints_.size(); ++i) ALLOD_RETURN_IF_ERROR(writer_->Savepoint(static_cast<int>(i)));
  return Ok();
}

void SessionImpl::UseLayout() {
  if (journal_ != nullptr && writer_ != nullptr) journal_->Use(*writer_, definitions()->layout);
}

history::Origin SessionImpl::origin() const {
  return {context_.user, settings_.Get("application_name"), settings_.Get("allod.data_subject"), settings_.Get("allod.purpose"),
          settings_.Get("allod.grant_id")};
}

Status SessionImpl::Savepoint(std::string name) {
  if (!explicit_) return Fail(sqlstate::kNoActiveSqlTransaction, "SAVEPOINT can only be used in transaction blocks");
  if (writer_ != nullptr) ALLOD_RETURN_IF_ERROR(writer_->Savepoint(static_cast<int>(savepoints_.size()) + 1));
  savepoints_.push_back({std::move(name), pending_, settings_.Snapshot(), recheck_, listens_.size(), context_.notification_count(),
                         context_.lock_owner->of_transaction.size(), writer_ == nullptr || journal_ == nullptr ? history::Journal::Mark() : journal_->mark()});
  return Ok();
}

Status SessionImpl::ReleaseSavepoint(const std::string& name) {
  if (!explicit_) return Fail(sqlstate::kNoActiveSqlTransaction, "RELEASE SAVEPOINT can only be used in transaction blocks");
  for (size_t i = savepoints_.size(); i > 0; --i) {
    if (savepoints_[i - 1].name != name) continue;
    if (writer_ != nullptr) ALLOD_RETURN_IF_ERROR(writer_->Release(static_cast<int>(i)));
    savepoints_.resize(i - 1);
    return Ok();
  }
  return Fail(sqlstate::kInvalidSavepoint, "savepoint \"" + name + "\" does not exist");
}

Status SessionImpl::RollbackToSavepoint(const std::string& name) {
  if (!explicit_) return Fail(sqlstate::kNoActiveSqlTransaction, "ROLLBACK TO SAVEPOINT can only be used in transaction blocks");
  for (size_t i = savepoints_.size(); i > 0; --i) {
    if (savepoints_[i - 1].name != name) continue;
    AbandonPortals();
    if (writer_ != nullptr) {
      if (!writer_->alive()) {
        return Fail(sqlstate::kInFailedSqlTransaction, "the engine has ended this transaction; only ROLLBACK is possible");
      }
      ALLOD_RETURN_IF_ERROR(writer_->RollbackTo(static_cast<int>(i)));
    }
    savepoints_.resize(i);
    RollbackExtras(savepoints_.back());
    pending_ = savepoints_.back().pending;
    recheck_ = savepoints_.back().recheck;
    if (!pending_) base_.reset();
    UseLayout();
    if (journal_ != nullptr) journal_->RollBackTo(savepoints_.back().recorded);
    settings_.Restore(savepoints_.back().settings);
    failed_ = false;
    return Ok();
  }
  return Fail(sqlstate::kInvalidSavepoint, "savepoint \"" + name + "\" does not exist");
}

Status SessionImpl::Terminate() {
  if (!auto_ctx_ || failed_) return Ok();
  return Commit();
}

TransactionStatus SessionImpl::status() const {
  if (!explicit_) return TransactionStatus::kIdle;
  return failed_ ? TransactionStatus::kFailed : TransactionStatus::kInTransaction;
}

}  // namespace allod::session
