#include "engine/sqlite/joint_commit.h"

#include <utility>

#include "engine/sqlite/errors.h"
#include "engine/sqlite/transaction.h"

namespace allod::engine::sqlite {

Result<bool> CommitConnection(Shared& shared, Connection& connection, CommitNumber number) {
  connection.TakeCommittedFrames();
  const int rc = connection.Control("COMMIT");
  Status failure;
  if (rc != SQLITE_OK) {
    failure = connection.Failure(rc);
    if (IsSyncFailure(rc)) shared.durability.Break();
    // A deferred foreign key that does not hold leaves SQLite's transaction open.
    if (connection.in_transaction()) connection.Control("ROLLBACK");
  }
  const int frames = connection.TakeCommittedFrames();
  if (frames > 0 && connection.Control("BEGIN") == SQLITE_OK) {
    shared.view.Committed(connection.TakeSnapshot(), number);
    connection.Control("ROLLBACK");
  }
  shared.durability.Written(number, frames > 0);
  if (!failure.ok()) return failure;
  if (frames > 0) shared.committed(frames);
  return frames > 0;
}

void JointCommit::GiveBack(Lease connection, CommitNumber number, Transaction::Committed done) {
  if (members_.empty()) {
    number_ = number;
    began_ = std::chrono::steady_clock::now();
  }
  connection_ = std::move(connection);
  if (done) members_.push_back(std::move(done));
}

std::vector<std::function<void()>> JointCommit::BeforePassing(Shared& shared, size_t in_line) {
  if (!open()) return {};
  // While the disk is at work there is time; when it is not, half of those in line are better begun with.
  const bool worthwhile = in_line > 0 && (shared.durability.syncing() || members_.size() < in_line);
  const bool goes_on = worthwhile && !closed_ && lost_.ok() && members_.size() < kMostMembers &&
                       std::chrono::steady_clock::now() - began_ < kLongest;
  return goes_on ? std::vector<std::function<void()>>() : Settle(shared);
}

std::vector<std::function<void()>> JointCommit::Settle(Shared& shared) {
  Lease connection = std::move(connection_);
  const CommitNumber number = std::exchange(number_, 0);
  closed_ = false;
  Status failure = std::exchange(lost_, Ok());
  std::vector<Transaction::Committed> members = std::exchange(members_, {});
  if (failure.ok()) {
    failure = CommitConnection(shared, *connection.get(), number).status();
  } else {
    if (connection->in_transaction()) connection->Control("ROLLBACK");
    shared.durability.Written(number, false);
  }
  connection = Lease();
  if (failure.ok()) shared.commits.fetch_add(members.size(), std::memory_order_relaxed);
  std::vector<std::function<void()>> calls;
  calls.reserve(members.size());
  for (Transaction::Committed& done : members) {
    calls.emplace_back([done = std::move(done), number, failure] { done(failure.ok() ? Result<CommitNumber>(number) : failure); });
  }
  return calls;
}

}  // namespace allod::engine::sqlite
