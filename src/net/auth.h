// Who may log in, and how often they may be wrong.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "crypto/scram.h"
#include "net/backend.h"

namespace allod::net {

enum class AuthMethod : uint8_t {
  kScram,  // SCRAM-SHA-256
  kCertificate,  // a client certificate whose common name is the role's
  kTrust,  // nobody is asked; only for loopback addresses and the Unix socket
  kReject,  // nobody gets in; only in allod.conf
};

// Begins an exchange for a user, known or not: both do the same work and look the same until the last message.
// `secret` is the server's own and stays the same while it runs.
crypto::ScramServer BeginScram(const Backend::Login& login, std::string_view user, std::string_view secret,
                               crypto::ChannelBinding binding = {});

// Slows down who gives wrong passwords, and nobody else. An address that fails again and again, for whatever roles, waits longer
// for each answer; and the attempts of one address on one role go one behind the other, with as much time between them, so that
// asking many times at once does not help. Bounded memory. Any thread.
class FailureDelay {
 public:
  // Before a proof is looked at: how long it waits. Nothing where the address has not failed with the role lately.
  std::chrono::milliseconds Attempt(const std::string& address, const std::string& role);
  // How long the answer waits.
  std::chrono::milliseconds Failed(const std::string& address, const std::string& role);
  // The role may be tried again at once; the address's failures with others stay.
  void Succeeded(const std::string& address, const std::string& role);

 private:
  struct Entry {
    int failures = 0;
    std::chrono::steady_clock::time_point last, next;  // the next attempt may not come before `next`
  };
  Entry* Find(const std::string& key);  // null: there are too many
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace allod::net
