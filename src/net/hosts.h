// Who may connect from where, and how: the rules of allod.conf. docs/security.md describes the format.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/auth.h"

namespace allod::net {

// A range of addresses in CIDR notation; IPv4 addresses stand at the end of ::ffff:0:0/96.
struct AddressRange {
  std::array<uint8_t, 16> base{};
  int bits = 0;  // of 128

  // 22023 if it is none, or if the address has bits beyond the prefix.
  static Result<AddressRange> Parse(std::string_view text);
  bool Contains(const std::array<uint8_t, 16>& address) const;
  bool loopback_only() const;
};
// nullopt if the text is no address.
std::optional<std::array<uint8_t, 16>> ParseAddress(std::string_view text);

struct HostRule {
  enum class Kind : uint8_t { kLocal, kHost, kHostSsl } kind = Kind::kHost;
  std::vector<std::string> databases, roles;  // empty: all
  std::optional<AddressRange> range;          // nullopt: all
  AuthMethod method = AuthMethod::kScram;
  int line = 0;
};

// What a rule is compared with.
struct Attempt {
  bool unix_socket = false, tls = false;
  std::string address;  // numeric; not looked at for a Unix socket
  std::string_view database, role;
};

class HostRules {
 public:
  // F0000 with file and line for whatever cannot be meant. `client_certificates`: the server asks for them.
  static Result<std::shared_ptr<const HostRules>> Parse(std::string_view text, const std::string& file, bool client_certificates);

  // The first that matches; null: none.
  const HostRule* Find(const Attempt& attempt) const;
  // Somebody gets in by the Unix socket without being asked.
  bool trusts_unix_socket() const;
  size_t size() const { return rules_.size(); }

 private:
  std::vector<HostRule> rules_;
};

}  // namespace allod::net
