#include "net/hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "net/codes.h"

namespace allod::net {
namespace {

constexpr int kAddressBits = 128, kMappedBits = 96;

// One word of a line. What stands in quotes is a name, never a keyword.
struct Word {
  std::string text;
  bool quoted = false;
};

// The words of a line, up to a comment. False if a quote does not end.
bool Split(std::string_view line, std::vector<Word>* words) {
  size_t at = 0;
  for (;;) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r')) ++at;
    if (at >= line.size() || line[at] == '#') return true;
    Word word;
    while (at < line.size() && !std::strchr(" \t\r#", line[at])) {
      if (line[at] != '"') {
        word.text += line[at++];
        continue;
      }
      word.quoted = true;
      size_t end = line.find('"', at + 1);
      if (end == std::string_view::npos) return false;
      word.text += line.substr(at + 1, end - at - 1);
      at = end + 1;
    }
    words->push_back(std::move(word));
  }
}

// A list of names divided by commas; empty for `all`. Quoted, it is one name.
Result<std::vector<std::string>> Names(const Word& word, std::string_view what) {
  if (word.quoted) return std::vector<std::string>{word.text};
  if (word.text == "all") return std::vector<std::string>();
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= word.text.size();) {
    size_t comma = std::min(word.text.find(',', begin), word.text.size());
    std::string name = word.text.substr(begin, comma - begin);
    if (name.empty()) return Fail(sqlstate::kConfigFileError, fmt::format("an empty name among the {}", what));
    if (name[0] == '+' || name[0] == '@' || name[0] == '/') {
      return Fail(sqlstate::kConfigFileError, fmt::format("\"{}\": groups, files and patterns are not supported here; write the names", name));
    }
    if (name == "all" || name == "sameuser" || name == "samerole" || name == "replication") {
      return Fail(sqlstate::kConfigFileError, fmt::format("\"{}\" is not a name; in quotes it is", name));
    }
    names.push_back(std::move(name));
    begin = comma + 1;
  }
  return names;
}

Result<HostRule> ParseRule(const std::vector<Word>& words, bool client_certificates) {
  auto refuse = [](std::string why) { return Fail(sqlstate::kConfigFileError, std::move(why)); };
  HostRule rule;
  const std::string& kind = words[0].text;
  if (kind == "local") rule.kind = HostRule::Kind::kLocal;
  else if (kind == "host") rule.kind = HostRule::Kind::kHost;
  else if (kind == "hostssl") rule.kind = HostRule::Kind::kHostSsl;
  else return refuse(fmt::format("a rule begins with local, host or hostssl, not with \"{}\"", kind));
  const bool local = rule.kind == HostRule::Kind::kLocal;
  const size_t wanted = local ? 4 : 5;
  if (words.size() != wanted) {
    return refuse(local ? "a rule for the Unix socket is: local DATABASE ROLE METHOD" : fmt::format("a rule for addresses is: {} DATABASE ROLE ADDRESS METHOD", kind));
  }
  ALLOD_ASSIGN_OR_RETURN(rule.databases, Names(words[1], "databases"));
  ALLOD_ASSIGN_OR_RETURN(rule.roles, Names(words[2], "roles"));
  if (!local && words[3].text != "all") {
    Result<AddressRange> range = AddressRange::Parse(words[3].text);
    if (!range.ok()) return refuse(range.status().error().message);
    rule.range = *range;
  }
  const std::string& method = words.back().text;
  if (method == "scram" || method == "scram-sha-256") rule.method = AuthMethod::kScram;
  else if (method == "cert") rule.method = AuthMethod::kCertificate;
  else if (method == "trust") rule.method = AuthMethod::kTrust;
  else if (method == "reject") rule.method = AuthMethod::kReject;
  else return refuse(fmt::format("a method is scram, cert, trust or reject, not \"{}\"", method));

  if (rule.method == AuthMethod::kTrust && !local && (!rule.range || !rule.range->loopback_only())) {
    return refuse("trust is only for the Unix socket and loopback addresses (127.0.0.0/8, ::1/128)");
  }
  if (rule.method == AuthMethod::kCertificate && rule.kind != HostRule::Kind::kHostSsl) return refuse("cert is only for hostssl");
  if (rule.method == AuthMethod::kCertificate && !client_certificates) return refuse("cert needs the option --tls-client-ca");
  return rule;
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<std::array<uint8_t, 16>> ParseAddress(std::string_view text) {
  std::array<uint8_t, 16> address{};
  std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xff;
  if (::inet_pton(AF_INET, copy.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

Result<AddressRange> AddressRange::Parse(std::string_view text) {
  auto refuse = [&](std::string_view why) { return Fail(sqlstate::kInvalidParameterValue, fmt::format("\"{}\" {}", text, why)); };
  size_t slash = text.find('/');
  std::optional<std::array<uint8_t, 16>> address = ParseAddress(text.substr(0, slash));
  if (!address) return refuse("is not a range of addresses: write 192.0.2.0/24, 2001:db8::/32 or all");
  if (slash == std::string_view::npos) return refuse("lacks its prefix: write /32 (IPv4) or /128 (IPv6) behind one address");
  const bool four = text.substr(0, slash).find(':') == std::string_view::npos;
  std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > (four ? kAddressBits - kMappedBits : kAddressBits)) {
    return refuse("has an impossible prefix");
  }
  AddressRange range{*address, four ? bits + kMappedBits : bits};
  for (int bit = range.bits; bit < kAddressBits; ++bit) {
    if ((range.base[static_cast<size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return refuse("has bits beyond its prefix");
  }
  return range;
}

bool AddressRange::Contains(const std::array<uint8_t, 16>& address) const {
  size_t whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(address.data(), base.data(), whole) != 0) return false;
  int rest = bits % 8;
  return rest == 0 || (address[whole] ^ base[whole]) >> (8 - rest) == 0;
}

bool AddressRange::loopback_only() const {
  const auto six = *ParseAddress("::1"), four = *ParseAddress("127.0.0.0");
  return (bits == kAddressBits && base == six) || (bits >= kMappedBits + 8 && AddressRange{four, kMappedBits + 8}.Contains(base));
}

Result<std::shared_ptr<const HostRules>> HostRules::Parse(std::string_view text, const std::string& file, bool client_certificates) {
  auto rules = std::make_shared<HostRules>();
  for (int number = 1; !text.empty(); ++number) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto refuse = [&](const std::string& why) { return Fail(sqlstate::kConfigFileError, fmt::format("{}:{}: {}", file, number, why)); };
    std::vector<Word> words;
    if (line.find('\0') != std::string_view::npos) return refuse("a zero byte");
    if (!Split(line, &words)) return refuse("a quote does not end");
    if (words.empty()) continue;
    Result<HostRule> rule = ParseRule(words, client_certificates);
    if (!rule.ok()) return refuse(rule.status().error().message);
    rule->line = number;
    rules->rules_.push_back(*std::move(rule));
  }
  return std::shared_ptr<const HostRules>(std::move(rules));
}

const HostRule* HostRules::Find(const Attempt& attempt) const {
  std::optional<std::array<uint8_t, 16>> address;
  if (!attempt.unix_socket) {
    address = ParseAddress(attempt.address.substr(0, attempt.address.find('%')));  // without its interface
    if (!address) return nullptr;
  }
  for (const HostRule& rule : rules_) {
    if ((rule.kind == HostRule::Kind::kLocal) != attempt.unix_socket) continue;
    if (rule.kind == HostRule::Kind::kHostSsl && !attempt.tls) continue;
    if (rule.range && !rule.range->Contains(*address)) continue;
    if (Lists(rule.databases, attempt.database) && Lists(rule.roles, attempt.role)) return &rule;
  }
  return nullptr;
}

bool HostRules::trusts_unix_socket() const {
  return std::any_of(rules_.begin(), rules_.end(), [](const HostRule& rule) {
    return rule.kind == HostRule::Kind::kLocal && rule.method == AuthMethod::kTrust;
  });
}

}  // namespace allod::net
