#include "net/auth.h"

#include <algorithm>

namespace allod::net {
namespace {

constexpr std::chrono::milliseconds kFirstDelay{100}, kLongestDelay{5'000};
constexpr std::chrono::minutes kForgottenAfter{10};
constexpr size_t kMaxEntries = 8192;

}  // namespace

crypto::ScramServer BeginScram(const Backend::Login& login, std::string_view user, std::string_view secret,
                               crypto::ChannelBinding binding) {
  // Always made, so that the time does not tell who exists.
  crypto::ScramVerifier mock = crypto::MockScramVerifier(user, secret);
  Result<crypto::ScramVerifier> real = crypto::ParseScramVerifier(login.verifier);
  bool genuine = login.may_login && real.ok();
  return crypto::ScramServer(genuine ? *real : std::move(mock), genuine, std::move(binding));
}

namespace {

constexpr size_t kLongestName = 63;  // no role has a longer one: what is kept of a stranger's is bounded

// The address's own entry, and the one of its attempts on a role.
std::string Key(const std::string& address, const std::string& role) { return address + '\0' + role.substr(0, kLongestName); }

std::chrono::milliseconds Delay(int failures) {
  if (failures == 0) return std::chrono::milliseconds(0);
  return std::min(kFirstDelay * (1 << std::min(failures - 1, 10)), kLongestDelay);
}

}  // namespace

FailureDelay::Entry* FailureDelay::Find(const std::string& key) {
  auto now = std::chrono::steady_clock::now();
  if (entries_.size() >= kMaxEntries) {
    std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.last > kForgottenAfter; });
    if (entries_.size() >= kMaxEntries && !entries_.contains(key)) return nullptr;
  }
  Entry& entry = entries_[key];
  if (now - entry.last > kForgottenAfter) entry = {};
  return &entry;
}

std::chrono::milliseconds FailureDelay::Attempt(const std::string& address, const std::string& role) {
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  auto it = entries_.find(Key(address, role));
  if (it == entries_.end() || it->second.failures == 0 || now - it->second.last > kForgottenAfter) return {};
  Entry& entry = it->second;
  auto turn = std::max(now, entry.next);
  entry.next = turn + Delay(entry.failures);
  return std::chrono::ceil<std::chrono::milliseconds>(turn - now);
}

std::chrono::milliseconds FailureDelay::Failed(const std::string& address, const std::string& role) {
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  std::chrono::milliseconds delay{0};
  for (const std::string& key : {address, Key(address, role)}) {
    Entry* entry = Find(key);
    if (entry == nullptr) return kLongestDelay;  // many at once: slow for all that are wrong
    ++entry->failures;
    entry->last = now;
    delay = std::max(delay, Delay(entry->failures));
    entry->next = std::max(entry->next, now + Delay(entry->failures));
  }
  return delay;
}

void FailureDelay::Succeeded(const std::string& address, const std::string& role) {
  std::lock_guard lock(mutex_);
  entries_.erase(Key(address, role));
}

}  // namespace allod::net
