// Advisory locks of one database (pg_advisory_lock and its kin): shared and exclusive, per session and per transaction.
// Nobody waits in here: who cannot have a lock leaves a request and is called when it is granted. Fair: a request waits
// behind those that wait already. A request that would close a circle of waiting is refused with 40P01; the writer's turn of
// an engine with one writer is part of the circle. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"

namespace allod::session {

struct AdvisoryKey {
  uint32_t high = 0, low = 0;  // of a bigint; or the two int4
  bool pair = false;
  auto operator<=>(const AdvisoryKey&) const = default;
};

class AdvisoryLocks {
 public:
  // One session. Made by Join; used by one thread at a time.
  struct Owner {
    int32_t process = 0;
    // Guarded by the table's lock:
    bool waits = false;            // in a queue
    AdvisoryKey waiting_key;
    bool waiting_shared = false;
    bool holds_turn = false, waits_for_turn = false;
    std::function<void(Status)> answer;
    std::map<AdvisoryKey, int> held;  // how many counts of each, of all kinds
    std::vector<std::pair<AdvisoryKey, bool>> of_transaction;  // (key, shared), in order
  };
  using Granted = std::function<void(Status)>;

  std::shared_ptr<Owner> Join(int32_t process);
  void Leave(Owner& owner);  // releases everything

  // True: it is held now.
  bool TryLock(Owner& owner, AdvisoryKey key, bool shared, bool of_transaction);
  // Waits in line: `granted` is called once, from any thread or before this returns; with 40P01 if it would wait for ever.
  void Request(Owner& owner, AdvisoryKey key, bool shared, bool of_transaction, bool holds_turn, Granted granted);
  // The request is answered with `why`, unless it was answered already.
  void Withdraw(Owner& owner, Status why);
  // False: it was not held so, of the session.
  bool Unlock(Owner& owner, AdvisoryKey key, bool shared);
  void UnlockSession(Owner& owner);
  // Locks of the transaction beyond the first `kept`: of a savepoint that is rolled back to, or (0) at its end.
  void UnlockTransaction(Owner& owner, size_t kept);

  // The session is about to wait for the writer's turn: 40P01 if whoever has it waits for a lock of this one.
  Status WaitForTurn(Owner& owner);
  void StopWaitingForTurn(Owner& owner);

  struct Entry {
    AdvisoryKey key;
    int32_t process;
    bool shared, granted;
  };
  std::vector<Entry> All() const;

 private:
  struct Counts {
    int exclusive = 0, shared = 0, transaction_exclusive = 0, transaction_shared = 0;
    bool none() const { return exclusive + shared + transaction_exclusive + transaction_shared == 0; }
    bool has_exclusive() const { return exclusive + transaction_exclusive > 0; }
  };
  struct Waiter {
    Owner* owner;
    bool shared, of_transaction;
  };
  struct Lock {
    std::map<Owner*, Counts> holders;
    std::list<Waiter> waiters;
  };
  using Answers = std::vector<std::pair<Granted, Status>>;

  bool CanHave(const Lock& lock, const Owner& owner, bool shared, bool behind_waiters) const;
  void Give(Lock& lock, Owner& owner, AdvisoryKey key, bool shared, bool of_transaction);
  void Release(Owner& owner, AdvisoryKey key, int Counts::*kind, Answers* answers);
  void Wake(std::map<AdvisoryKey, Lock>::iterator it, Answers* answers);
  bool ClosesCircle(const Owner& start) const;
  void Blockers(const Owner& owner, std::vector<const Owner*>* out) const;

  mutable std::mutex mutex_;
  std::map<AdvisoryKey, Lock> locks_;
};

}  // namespace allod::session
