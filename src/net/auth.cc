#include "net/auth.h"

#include <algorithm>

namespace allod::net {
namespace {

constexpr std::chrono::milliseconds kFirstDelay{100}, kLongestDelay{5'000};
constexpr std::chrono::minutes kForgottenAfter{10};
constexpr size_t kMaxAddresses = 4096;

}  // namespace

crypto::ScramServer BeginScram(const Backend::Login& login, std::string_view user, std::string_view secret,
                               crypto::ChannelBinding binding) {
  // Always made, so that the time does not tell who exists.
  crypto::ScramVerifier mock = crypto::MockScramVerifier(user, secret);
  Result<crypto::ScramVerifier> real = crypto::ParseScramVerifier(login.verifier);
  bool genuine = login.may_login && real.ok();
  return crypto::ScramServer(genuine ? *real : std::move(mock), genuine, std::move(binding));
}

std::chrono::milliseconds FailureDelay::Failed(const std::string& address) {
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxAddresses) {
    std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.last > kForgottenAfter; });
    if (entries_.size() >= kMaxAddresses) return kLongestDelay;  // many at once: slow for all that are wrong
  }
  Entry& entry = entries_[address];
  if (now - entry.last > kForgottenAfter) entry.failures = 0;
  entry.last = now;
  int doublings = std::min(entry.failures++, 10);
  return std::min(kFirstDelay * (1 << doublings), kLongestDelay);
}

void FailureDelay::Succeeded(const std::string& address) {
  std::lock_guard lock(mutex_);
  entries_.erase(address);
}

}  // namespace allod::net
