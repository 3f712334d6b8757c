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

// What ties an exchange to the TLS channel that it runs in (RFC 5802 section 6): without it, whoever ends the client's TLS could
// pass the exchange on to the server.
struct ChannelBinding {
  std::string end_point;  // tls-server-end-point (RFC 5929); "": SCRAM-SHA-256-PLUS was not offered
  bool selected = false;  // the client chose SCRAM-SHA-256-PLUS. REQUIRES: it was offered.
};

// One exchange. The messages are those of the SASL mechanism, without the protocol's framing.
class ScramServer {
 public:
  // `genuine` false: the exchange runs its course, with the same work, and fails at the end.
  ScramServer(ScramVerifier verifier, bool genuine, ChannelBinding binding = {})
      : verifier_(std::move(verifier)), genuine_(genuine), binding_(std::move(binding)) {}

  // client-first-message -> server-first-message. 08P01 if it is malformed; 28000 if the client could bind the channel and was made
  // to believe that the server cannot.
  // `server_nonce` is drawn at random if empty (a test gives the RFC's).
  Result<std::string> First(std::string_view client_first, std::string server_nonce = "");
  // client-final-message -> server-final-message. 08P01 if it is malformed, 28P01 if the proof is wrong.
  Result<std::string> Final(std::string_view client_final);

 private:
  // Takes the GS2 header off the front of the message.
  Status ReadHeader(std::string_view* client_first);
  ScramVerifier verifier_;
  bool genuine_;
  ChannelBinding binding_;
  std::string expected_binding_;  // the attribute c of the last message
  std::string client_first_bare_, server_first_, nonce_;
};

// Random bytes from the system, base64 (standard alphabet, padded); and a password people can copy.
std::string RandomBytes(size_t count);
std::string Base64(std::string_view bytes);
bool FromBase64(std::string_view text, std::string* bytes);

}  // namespace allod::crypto
