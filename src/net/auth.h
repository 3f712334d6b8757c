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
};

// Begins an exchange for a user, known or not: both do the same work and look the same until the last message.
// `secret` is the server's own and stays the same while it runs.
crypto::ScramServer BeginScram(const Backend::Login& login, std::string_view user, std::string_view secret,
                               crypto::ChannelBinding binding = {});

// Slows an address down that gives wrong passwords: each failure in a row doubles the wait before its answer.
// Bounded memory. Any thread.
class FailureDelay {
 public:
  std::chrono::milliseconds Failed(const std::string& address);
  void Succeeded(const std::string& address);

 private:
  struct Entry {
    int failures = 0;
    std::chrono::steady_clock::time_point last;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace allod::net
