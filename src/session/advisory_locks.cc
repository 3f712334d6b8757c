#include "session/advisory_locks.h"

#include <algorithm>
#include <set>

#include "session/codes.h"

namespace allod::session {

std::shared_ptr<AdvisoryLocks::Owner> AdvisoryLocks::Join(int32_t process) {
  auto owner = std::make_shared<Owner>();
  owner->process = process;
  return owner;
}

void AdvisoryLocks::Leave(Owner& owner) {
  Withdraw(owner, Fail(sqlstate::kQueryCanceled, "the session has ended"));
  UnlockTransaction(owner, 0);
  UnlockSession(owner);
}

// A session never stands in its own way.
bool AdvisoryLocks::CanHave(const Lock& lock, const Owner& owner, bool shared, bool behind_waiters) const {
  auto own = lock.holders.find(const_cast<Owner*>(&owner));
  if (own != lock.holders.end() && (own->second.has_exclusive() || shared)) return true;
  for (const auto& [holder, counts] : lock.holders) {
    if (holder != &owner && (!shared || counts.has_exclusive())) return false;
  }
  if (!behind_waiters) return true;
  return std::none_of(lock.waiters.begin(), lock.waiters.end(),
                      [&](const Waiter& waiter) { return waiter.owner != &owner && (!shared || !waiter.shared); });
}

void AdvisoryLocks::Give(Lock& lock, Owner& owner, AdvisoryKey key, bool shared, bool of_transaction) {
  Counts& counts = lock.holders[&owner];
  if (of_transaction) {
    ++(shared ? counts.transaction_shared : counts.transaction_exclusive);
    owner.of_transaction.emplace_back(key, shared);
  } else {
    ++(shared ? counts.shared : counts.exclusive);
  }
  ++owner.held[key];
}

bool AdvisoryLocks::TryLock(Owner& owner, AdvisoryKey key, bool shared, bool of_transaction) {
  std::lock_guard lock(mutex_);
  auto it = locks_.try_emplace(key).first;
  if (!CanHave(it->second, owner, shared, true)) return false;
  Give(it->second, owner, key, shared, of_transaction);
  return true;
}

void AdvisoryLocks::Request(Owner& owner, AdvisoryKey key, bool shared, bool of_transaction, bool holds_turn, Granted granted) {
  Status answer;
  {
    std::lock_guard lock(mutex_);
    Lock& entry = locks_[key];
    if (CanHave(entry, owner, shared, true)) {
      Give(entry, owner, key, shared, of_transaction);
    } else {
      entry.waiters.push_back({&owner, shared, of_transaction});
      owner.waits = true;
      owner.waiting_key = key;
      owner.waiting_shared = shared;
      owner.holds_turn = holds_turn;
      if (!ClosesCircle(owner)) {
        owner.answer = std::move(granted);
        return;
      }
      owner.waits = false;
      entry.waiters.pop_back();
      answer = Fail(sqlstate::kDeadlockDetected, "deadlock detected")
                   .Detail("The advisory lock is held by a session that waits for this one.")
                   .Hint("Take locks in the same order everywhere, before the first write.");
    }
  }
  granted(std::move(answer));
}

void AdvisoryLocks::Withdraw(Owner& owner, Status why) {
  Answers answers;
  {
    std::lock_guard lock(mutex_);
    if (!owner.waits) return;
    auto it = locks_.find(owner.waiting_key);
    if (it != locks_.end()) {
      it->second.waiters.remove_if([&](const Waiter& waiter) { return waiter.owner == &owner; });
      Wake(it, &answers);
    }
    owner.waits = false;
    answers.emplace_back(std::move(owner.answer), std::move(why));
    owner.answer = nullptr;
  }
  for (auto& [granted, status] : answers) granted(std::move(status));
}

// Grants from the front of the queue, as far as it goes; an entry that nobody needs is removed.
void AdvisoryLocks::Wake(std::map<AdvisoryKey, Lock>::iterator it, Answers* answers) {
  Lock& lock = it->second;
  while (!lock.waiters.empty()) {
    Waiter first = lock.waiters.front();
    if (!CanHave(lock, *first.owner, first.shared, false)) break;
    lock.waiters.pop_front();
    Give(lock, *first.owner, it->first, first.shared, first.of_transaction);
    first.owner->waits = false;
    answers->emplace_back(std::move(first.owner->answer), Ok());
    first.owner->answer = nullptr;
  }
  if (lock.holders.empty() && lock.waiters.empty()) locks_.erase(it);
}

void AdvisoryLocks::Release(Owner& owner, AdvisoryKey key, int Counts::*kind, Answers* answers) {
  auto it = locks_.find(key);
  if (it == locks_.end()) return;
  auto holder = it->second.holders.find(&owner);
  if (holder == it->second.holders.end() || holder->second.*kind == 0) return;
  --(holder->second.*kind);
  auto held = owner.held.find(key);
  if (held != owner.held.end() && --held->second == 0) owner.held.erase(held);
  if (!holder->second.none()) {
    // An exclusive count may be gone while a shared one stays.
    Wake(it, answers);
    return;
  }
  it->second.holders.erase(holder);
  Wake(it, answers);
}

bool AdvisoryLocks::Unlock(Owner& owner, AdvisoryKey key, bool shared) {
  Answers answers;
  bool held = false;
  {
    std::lock_guard lock(mutex_);
    auto it = locks_.find(key);
    if (it != locks_.end()) {
      auto holder = it->second.holders.find(&owner);
      held = holder != it->second.holders.end() && (shared ? holder->second.shared : holder->second.exclusive) > 0;
    }
    if (held) Release(owner, key, shared ? &Counts::shared : &Counts::exclusive, &answers);
  }
  for (auto& [granted, status] : answers) granted(std::move(status));
  return held;
}

void AdvisoryLocks::UnlockSession(Owner& owner) {
  Answers answers;
  {
    std::lock_guard lock(mutex_);
    const std::map<AdvisoryKey, int> held = owner.held;
    for (const auto& [key, count] : held) {
      for (int i = 0; i < count; ++i) Release(owner, key, &Counts::exclusive, &answers);
      for (int i = 0; i < count; ++i) Release(owner, key, &Counts::shared, &answers);
    }
  }
  for (auto& [granted, status] : answers) granted(std::move(status));
}

void AdvisoryLocks::UnlockTransaction(Owner& owner, size_t kept) {
  if (owner.of_transaction.size() <= kept) return;
  Answers answers;
  {
    std::lock_guard lock(mutex_);
    while (owner.of_transaction.size() > kept) {
      auto [key, shared] = owner.of_transaction.back();
      owner.of_transaction.pop_back();
      Release(owner, key, shared ? &Counts::transaction_shared : &Counts::transaction_exclusive, &answers);
    }
  }
  for (auto& [granted, status] : answers) granted(std::move(status));
}

// Whom it waits for: who holds what it wants, who stands before it in line, and who has the turn it wants.
void AdvisoryLocks::Blockers(const Owner& owner, std::vector<const Owner*>* out) const {
  if (owner.waits) {
    auto it = locks_.find(owner.waiting_key);
    if (it != locks_.end()) {
      for (const auto& [holder, counts] : it->second.holders) {
        if (holder != &owner && (!owner.waiting_shared || counts.has_exclusive())) out->push_back(holder);
      }
      for (const Waiter& waiter : it->second.waiters) {
        if (waiter.owner == &owner) break;
        if (!owner.waiting_shared || !waiter.shared) out->push_back(waiter.owner);
      }
    }
  }
  if (owner.waits_for_turn) {
    // Only one who waits for a lock can be part of a circle.
    for (const auto& [key, lock] : locks_) {
      for (const Waiter& waiter : lock.waiters) {
        if (waiter.owner->holds_turn) out->push_back(waiter.owner);
      }
    }
  }
}

bool AdvisoryLocks::ClosesCircle(const Owner& start) const {
  std::set<const Owner*> seen;
  std::vector<const Owner*> todo;
  Blockers(start, &todo);
  while (!todo.empty()) {
    const Owner* next = todo.back();
    todo.pop_back();
    if (next == &start) return true;
    if (seen.insert(next).second) Blockers(*next, &todo);
  }
  return false;
}

Status AdvisoryLocks::WaitForTurn(Owner& owner) {
  if (owner.held.empty()) return Ok();  // nobody can be waiting for it
  std::lock_guard lock(mutex_);
  owner.waits_for_turn = true;
  if (!ClosesCircle(owner)) return Ok();
  owner.waits_for_turn = false;
  return Fail(sqlstate::kDeadlockDetected, "deadlock detected")
      .Detail("The session that is writing waits for an advisory lock of this one.")
      .Hint("Take locks in the same order everywhere, before the first write.");
}

void AdvisoryLocks::StopWaitingForTurn(Owner& owner) {
  if (owner.held.empty()) return;
  std::lock_guard lock(mutex_);
  owner.waits_for_turn = false;
}

std::vector<AdvisoryLocks::Entry> AdvisoryLocks::All() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  for (const auto& [key, lock] : locks_) {
    for (const auto& [holder, counts] : lock.holders) {
      if (counts.has_exclusive()) all.push_back({key, holder->process, false, true});
      if (counts.shared + counts.transaction_shared > 0) all.push_back({key, holder->process, true, true});
    }
    for (const Waiter& waiter : lock.waiters) all.push_back({key, waiter.owner->process, waiter.shared, false});
  }
  return all;
}

}  // namespace allod::session
