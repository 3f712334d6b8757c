#include "crypto/scram.h"

#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace allod::crypto {
namespace {

using Key = std::array<uint8_t, 32>;

constexpr std::string_view kMechanism = "SCRAM-SHA-256";
constexpr std::string_view kEndPointFlag = "p=tls-server-end-point";
constexpr size_t kNonceBytes = 18, kSaltBytes = 16;  // as PostgreSQL
constexpr int kMaxIterations = 10'000'000;

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
std::string_view View(const Key& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

Key Hmac(std::string_view key, std::string_view data) {
  Key out;
  unsigned int length = out.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(data), data.size(), out.data(), &length);
  return out;
}

Key Sha256(std::string_view data) {
  Key out;
  unsigned int length = out.size();
  EVP_Digest(data.data(), data.size(), out.data(), &length, EVP_sha256(), nullptr);
  return out;
}

// The keys of RFC 5802 section 3 from a prepared password.
void DeriveKeys(std::string_view password, ScramVerifier* verifier) {
  Key salted;
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(verifier->salt),
                    static_cast<int>(verifier->salt.size()), verifier->iterations, EVP_sha256(),
                    static_cast<int>(salted.size()), salted.data());
  Key client = Hmac(View(salted), "Client Key");
  verifier->stored_key = Sha256(View(client));
  verifier->server_key = Hmac(View(salted), "Server Key");
  OPENSSL_cleanse(salted.data(), salted.size());
  OPENSSL_cleanse(client.data(), client.size());
}

Status Malformed(std::string detail) {
  return Fail(sqlstate::kProtocolViolation, "malformed SCRAM message").Detail(std::move(detail));
}

// Takes "<name>=<value>" off the front of `text`, up to the next comma or the end.
bool TakeAttribute(std::string_view* text, char name, std::string_view* value) {
  if (text->size() < 2 || (*text)[0] != name || (*text)[1] != '=') return false;
  size_t comma = text->find(',');
  *value = text->substr(2, comma == std::string_view::npos ? std::string_view::npos : comma - 2);
  text->remove_prefix(comma == std::string_view::npos ? text->size() : comma + 1);
  return true;
}

bool IsNonce(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (c < 0x21 || c > 0x7e || c == ',') return false;
  }
  return true;
}

}  // namespace

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  // The generator is seeded by the system at process start and cannot fail afterwards; a zero nonce must never be used.
  while (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
  }
  return bytes;
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Bytes(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

bool FromBase64(std::string_view text, std::string* bytes) {
  if (text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  for (char c : text.substr(0, text.size() - padding)) {
    bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!ok) return false;  // EVP_DecodeBlock would skip white space
  }
  bytes->resize(text.size() / 4 * 3);
  if (text.empty()) return true;
  int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes->data()), Bytes(text), static_cast<int>(text.size()));
  if (length < 0) return false;
  bytes->resize(static_cast<size_t>(length) - padding);
  return true;
}

Result<ScramVerifier> ParseScramVerifier(std::string_view text) {
  const Status invalid = Fail(sqlstate::kInvalidAuthorization, "not a SCRAM-SHA-256 verifier");
  if (text.substr(0, kMechanism.size()) != kMechanism) return invalid;
  text.remove_prefix(kMechanism.size());
  size_t colon = text.find(':'), dollar = text.find('$', 1);
  if (text.empty() || text[0] != '$' || colon == std::string_view::npos || dollar == std::string_view::npos || dollar < colon) {
    return invalid;
  }
  std::string_view iterations = text.substr(1, colon - 1), salt = text.substr(colon + 1, dollar - colon - 1);
  std::string_view keys = text.substr(dollar + 1);
  size_t between = keys.find(':');
  if (between == std::string_view::npos) return invalid;

  ScramVerifier verifier;
  auto [end, error] = std::from_chars(iterations.data(), iterations.data() + iterations.size(), verifier.iterations);
  if (error != std::errc() || end != iterations.data() + iterations.size()) return invalid;
  if (verifier.iterations < 1 || verifier.iterations > kMaxIterations) return invalid;
  std::string stored, server;
  if (!FromBase64(salt, &verifier.salt) || verifier.salt.empty()) return invalid;
  if (!FromBase64(keys.substr(0, between), &stored) || stored.size() != verifier.stored_key.size()) return invalid;
  if (!FromBase64(keys.substr(between + 1), &server) || server.size() != verifier.server_key.size()) return invalid;
  std::memcpy(verifier.stored_key.data(), stored.data(), stored.size());
  std::memcpy(verifier.server_key.data(), server.data(), server.size());
  return verifier;
}

std::string FormatScramVerifier(const ScramVerifier& verifier) {
  return std::string(kMechanism) + "$" + std::to_string(verifier.iterations) + ":" + Base64(verifier.salt) + "$" +
         Base64(View(verifier.stored_key)) + ":" + Base64(View(verifier.server_key));
}

std::string MakeScramVerifier(std::string_view password, int iterations) {
  ScramVerifier verifier;
  verifier.iterations = iterations;
  verifier.salt = RandomBytes(kSaltBytes);
  std::string raw(password);
  char* prepared = nullptr;
  if (gsasl_saslprep(raw.c_str(), static_cast<Gsasl_saslprep_flags>(0), &prepared, nullptr) == GSASL_OK) {
    DeriveKeys(prepared, &verifier);
    OPENSSL_cleanse(prepared, std::strlen(prepared));
    gsasl_free(prepared);
  } else {
    DeriveKeys(raw, &verifier);
  }
  OPENSSL_cleanse(raw.data(), raw.size());
  return FormatScramVerifier(verifier);
}

ScramVerifier MockScramVerifier(std::string_view user, std::string_view secret) {
  ScramVerifier verifier;
  verifier.salt = std::string(View(Hmac(secret, user)).substr(0, kSaltBytes));
  return verifier;
}

// gs2-header = ("n" / "y" / "p=" channel-binding-name) "," [authzid] ","
Status ScramServer::ReadHeader(std::string_view* client_first) {
  const std::string_view message = *client_first;
  const char flag = message.empty() ? '\0' : message[0];
  std::string_view flag_end = message.substr(std::min<size_t>(1, message.size()));
  switch (flag) {
    case 'n':
      if (binding_.selected) {
        return Malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.");
      }
      break;
    case 'y':
      if (binding_.selected) {
        return Malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.");
      }
      // Somebody in between took SCRAM-SHA-256-PLUS out of the list.
      if (!binding_.end_point.empty()) {
        return Fail(sqlstate::kInvalidAuthorization, "SCRAM channel binding negotiation error")
            .Detail("The client supports SCRAM channel binding but thinks the server does not. However, this server does support "
                    "channel binding.");
      }
      break;
    case 'p':
      if (!binding_.selected) {
        return Malformed(
            "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.");
      }
      if (!message.starts_with(kEndPointFlag)) {
        return Fail(sqlstate::kProtocolViolation, "unsupported SCRAM channel-binding type");
      }
      flag_end = message.substr(kEndPointFlag.size());
      break;
    default: return Malformed("Unexpected channel-binding flag.");
  }
  if (!flag_end.starts_with(",")) return Malformed("The message does not begin with a GS2 header.");
  std::string_view rest = flag_end.substr(1);
  if (rest.starts_with("a")) {
    return Fail(sqlstate::kFeatureNotSupported, "client uses authorization identity, but it is not supported");
  }
  if (!rest.starts_with(",")) return Malformed("Unexpected attribute in the GS2 header.");
  rest.remove_prefix(1);
  // The last message repeats the header, and names the channel: neither may have been changed on the way.
  std::string bound(message.substr(0, message.size() - rest.size()));
  if (flag == 'p') bound += binding_.end_point;
  expected_binding_ = Base64(bound);
  *client_first = rest;
  return Ok();
}

Result<std::string> ScramServer::First(std::string_view client_first, std::string server_nonce) {
  ALLOD_RETURN_IF_ERROR(ReadHeader(&client_first));
  client_first_bare_ = client_first;
  if (!client_first.empty() && client_first[0] == 'm') {
    return Fail(sqlstate::kProtocolViolation, "client requires an unsupported SCRAM extension");
  }
  std::string_view user, nonce;
  if (!TakeAttribute(&client_first, 'n', &user)) return Malformed("The user name attribute is missing.");
  if (!TakeAttribute(&client_first, 'r', &nonce)) return Malformed("The nonce attribute is missing.");
  if (!IsNonce(nonce)) return Malformed("The nonce holds characters that are not printable.");
  if (server_nonce.empty()) server_nonce = Base64(RandomBytes(kNonceBytes));
  nonce_ = std::string(nonce) + server_nonce;
  server_first_ = "r=" + nonce_ + ",s=" + Base64(verifier_.salt) + ",i=" + std::to_string(verifier_.iterations);
  return server_first_;
}

Result<std::string> ScramServer::Final(std::string_view client_final) {
  std::string_view rest = client_final, binding, nonce, proof_text;
  if (!TakeAttribute(&rest, 'c', &binding)) return Malformed("The channel binding attribute is missing.");
  if (binding != expected_binding_) {
    if (binding_.selected) return Fail(sqlstate::kInvalidAuthorization, "SCRAM channel binding check failed");
    return Fail(sqlstate::kProtocolViolation, "unexpected SCRAM channel-binding attribute in client-final-message");
  }
  if (!TakeAttribute(&rest, 'r', &nonce)) return Malformed("The nonce attribute is missing.");
  if (nonce != nonce_) return Fail(sqlstate::kProtocolViolation, "invalid SCRAM response").Detail("Nonce does not match.");
  size_t proof_at = client_final.rfind(",p=");
  if (proof_at == std::string_view::npos) return Malformed("The proof attribute is missing.");
  proof_text = client_final.substr(proof_at + 3);
  std::string proof;
  if (!FromBase64(proof_text, &proof) || proof.size() != verifier_.stored_key.size()) return Malformed("The proof is malformed.");

  // RFC 5802: ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); it is right if H(ClientKey) = StoredKey.
  std::string message =
      client_first_bare_ + "," + server_first_ + "," + std::string(client_final.substr(0, proof_at));
  Key client_key = Hmac(View(verifier_.stored_key), message);
  for (size_t i = 0; i < client_key.size(); ++i) client_key[i] ^= static_cast<uint8_t>(proof[i]);
  Key stored = Sha256(View(client_key));
  OPENSSL_cleanse(client_key.data(), client_key.size());
  bool right = CRYPTO_memcmp(stored.data(), verifier_.stored_key.data(), stored.size()) == 0;
  Key signature = Hmac(View(verifier_.server_key), message);
  if (!right || !genuine_) return Fail(sqlstate::kInvalidPassword, "password authentication failed");
  return "v=" + Base64(View(signature));
}

}  // namespace allod::crypto
