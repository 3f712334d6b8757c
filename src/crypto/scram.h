// SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, and the verifiers that it checks against.
//
// A verifier is stored as PostgreSQL stores it in pg_authid: "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>",
// the last three in base64. It does not reveal the password, but whoever has it can pose as the server.
// The exchange is written here and not taken from libgsasl because PostgreSQL's clients leave the user name in the first
// message empty (it is in the startup packet), which libgsasl refuses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace allod::crypto {

inline constexpr int kScramIterations = 4096;

struct ScramVerifier {
  int iterations = kScramIterations;
  std::string salt;  // raw bytes
  std::array<uint8_t, 32> stored_key{}, server_key{};
};

// 28000 if the text is not a SCRAM-SHA-256 verifier. The message never holds the text.
Result<ScramVerifier> ParseScramVerifier(std::string_view text);
std::string FormatScramVerifier(const ScramVerifier& verifier);

// A new verifier with a random salt. The password is prepared with SASLprep (RFC 4013) where that is possible, else taken
// as it is, as PostgreSQL does.
std::string MakeScramVerifier(std::string_view password, int iterations = kScramIterations);

// For a user that does not exist or has no password: the same salt each time for the same name, so that the exchange does
// not tell who exists. `secret` is the server's own. No password matches it.
ScramVerifier MockScramVerifier(std::string_view user, std::string_view secret);

// One exchange. The messages are those of the SASL mechanism, without the protocol's framing.
class ScramServer {
 public:
  // `genuine` false: the exchange runs its course, with the same work, and fails at the end.
  ScramServer(ScramVerifier verifier, bool genuine) : verifier_(std::move(verifier)), genuine_(genuine) {}

  // client-first-message -> server-first-message. 08P01 if it is malformed.
  // `server_nonce` is drawn at random if empty (a test gives the RFC's).
  Result<std::string> First(std::string_view client_first, std::string server_nonce = "");
  // client-final-message -> server-final-message. 08P01 if it is malformed, 28P01 if the proof is wrong.
  Result<std::string> Final(std::string_view client_final);

 private:
  ScramVerifier verifier_;
  bool genuine_;
  char binding_flag_ = 'n';
  std::string client_first_bare_, server_first_, nonce_;
};

// Random bytes from the system, base64 (standard alphabet, padded); and a password people can copy.
std::string RandomBytes(size_t count);
std::string Base64(std::string_view bytes);
bool FromBase64(std::string_view text, std::string* bytes);

}  // namespace allod::crypto
