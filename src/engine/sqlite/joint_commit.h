// Several transactions in one commit of SQLite's: while writers wait in line, and the next is brief, a transaction that commits jointly
// leaves SQLite's transaction open, and the next one goes on in it, inside a savepoint. All are committed together, or none; until then
// none of them is answered. What they write to the same pages goes to the log once.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "engine/sqlite/durability.h"
#include "engine/sqlite/durable_view.h"
#include "engine/sqlite/pool.h"

namespace allod::engine::sqlite {

struct Shared;

// SQLite's commit: the writer's connection is in a transaction before, and not afterwards. `number`: taken before (Durability::Begin).
// True if anything was changed.
Result<bool> CommitConnection(Shared& shared, Connection& connection, CommitNumber number);

// Belongs to whoever has the writer's turn.
class JointCommit {
 public:
  static constexpr size_t kMostMembers = 64;
  static constexpr std::chrono::milliseconds kLongest{5};  // from the first member's end to the last one's begin

  bool open() const { return static_cast<bool>(connection_); }
  // The first one's, until it is settled.
  CommitNumber number() const { return number_; }

  // For the next member, which gives it back. REQUIRES: open().
  Lease Take() { return std::move(connection_); }
  // A member has ended: with `done`, it is to be committed; without, it is rolled back.
  void GiveBack(Lease connection, CommitNumber number, Transaction::Committed done);
  // SQLite has rolled back all of it, because of a member's failure.
  void Lost(Status why) { if (lost_.ok()) lost_ = std::move(why); }
  // Nobody else can go on in it.
  void Close() { closed_ = true; }

  // What TurnQueue::BeforePassing asks for: commits, unless the next one can go on.
  std::vector<std::function<void()>> BeforePassing(Shared& shared, size_t in_line);
  // Commits; the members are told by what it gives back.
  std::vector<std::function<void()>> Settle(Shared& shared);

 private:
  Lease connection_;  // in a transaction
  std::vector<Transaction::Committed> members_;
  CommitNumber number_ = 0;
  std::chrono::steady_clock::time_point began_;
  bool closed_ = false;
  Status lost_;
};

}  // namespace allod::engine::sqlite
