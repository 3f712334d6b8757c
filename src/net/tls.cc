#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "net/codes.h"

namespace allod::net {
namespace {

std::string LibraryError() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "unknown error";
}

Status Unusable(const std::string& what, const std::string& file) {
  return Fail(sqlstate::kConfigFileError, fmt::format("could not load {} \"{}\": {}", what, file, LibraryError()));
}

// PostgreSQL's rule: nobody but the owner, or, where it is root's, a group that may read it.
Status CheckKeyFile(const std::string& file) {
  struct stat info;
  if (::stat(file.c_str(), &info) != 0) {
    return Fail(sqlstate::kIoError, fmt::format("could not read private key file \"{}\": {}", file, std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) return Fail(sqlstate::kConfigFileError, fmt::format("private key file \"{}\" is not a regular file", file));
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return Fail(sqlstate::kConfigFileError, fmt::format("private key file \"{}\" must be owned by the server's user or root", file));
  }
  mode_t forbidden = info.st_uid == ::geteuid() ? 0077 : 0027;
  if ((info.st_mode & forbidden) != 0) {
    return Fail(sqlstate::kConfigFileError, fmt::format("private key file \"{}\" has group or world access", file))
        .Hint(fmt::format("chmod 0600 {}", file));
  }
  return Ok();
}

// RFC 5929, section 4.1: the hash of the certificate's signature, but SHA-256 in place of MD5 and SHA-1.
std::string EndPoint(X509* certificate) {
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr) != 1 || digest == NID_undef) return "";
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* algorithm = EVP_get_digestbynid(digest);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (algorithm == nullptr || X509_digest(certificate, algorithm, hash, &size) != 1) return "";
  return {reinterpret_cast<const char*>(hash), size};
}

// A key with a passphrase is not asked for one.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsChannel::Free::operator()(ssl_st* channel) const { SSL_free(channel); }

Result<std::shared_ptr<const TlsContext>> TlsContext::Load(const TlsFiles& files) {
  ERR_clear_error();
  auto made = std::make_shared<TlsContext>();
  made->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made->context_.get();
  if (context == nullptr) return Fail(sqlstate::kInternalError, "could not set up TLS: " + LibraryError());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ALLOD_RETURN_IF_ERROR(CheckKeyFile(files.key));
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) return Unusable("server certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) return Unusable("private key", files.key);
  if (SSL_CTX_check_private_key(context) != 1) return Unusable("private key that fits the certificate", files.key);
  made->end_point_ = EndPoint(SSL_CTX_get0_certificate(context));
  if (!files.client_ca.empty()) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.client_ca.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(context, files.client_ca.c_str()) != 1) {
      sk_X509_NAME_pop_free(names, X509_NAME_free);
      return Unusable("client certificate authority", files.client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);  // owns them now
    // Who has none may still log in with a password; who shows a bad one may not go on.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
    made->asks_clients_ = true;
  }
  return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsChannel::TlsChannel(std::shared_ptr<const TlsContext> context) : context_(std::move(context)), channel_(SSL_new(context_->context_.get())) {
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (channel_ == nullptr || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    channel_.reset();
    failure_ = "out of memory";
    closed_ = true;
    return;
  }
  BIO_set_mem_eof_return(in, -1);  // an empty store means "later", not the end
  SSL_set_bio(channel_.get(), in, out);
  SSL_set_accept_state(channel_.get());
}

TlsChannel::~TlsChannel() = default;

void TlsChannel::Receive(std::string_view bytes) {
  if (channel_ == nullptr || bytes.empty()) return;
  int size = static_cast<int>(bytes.size());
  if (BIO_write(SSL_get_rbio(channel_.get()), bytes.data(), size) != size) closed_ = true;
}

void TlsChannel::NoteFailure() {
  closed_ = true;
  long verified = channel_ != nullptr ? SSL_get_verify_result(channel_.get()) : X509_V_OK;
  failure_ = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : LibraryError();
  ERR_clear_error();
}

TlsChannel::State TlsChannel::Shake() {
  if (channel_ == nullptr || closed_) return State::kFailed;
  ERR_clear_error();
  int result = SSL_do_handshake(channel_.get());
  if (result == 1) return State::kDone;
  int why = SSL_get_error(channel_.get(), result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return State::kMore;
  NoteFailure();
  return State::kFailed;
}

size_t TlsChannel::Read(char* into, size_t room) {
  if (channel_ == nullptr || closed_ || room == 0) return 0;
  ERR_clear_error();
  size_t count = 0;
  if (SSL_read_ex(channel_.get(), into, room, &count) == 1) return count;
  int why = SSL_get_error(channel_.get(), 0);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return 0;
  if (why == SSL_ERROR_ZERO_RETURN) {
    closed_ = true;
  } else {
    NoteFailure();
  }
  return 0;
}

bool TlsChannel::Write(std::string_view bytes) {
  if (channel_ == nullptr) return false;
  ERR_clear_error();
  size_t written = 0;
  // The store for what goes out takes everything.
  return bytes.empty() || (SSL_write_ex(channel_.get(), bytes.data(), bytes.size(), &written) == 1 && written == bytes.size());
}

void TlsChannel::Close() {
  if (channel_ == nullptr || !failure_.empty() || !SSL_is_init_finished(channel_.get())) return;
  ERR_clear_error();
  (void)SSL_shutdown(channel_.get());
  ERR_clear_error();
}

std::string_view TlsChannel::output() {
  if (channel_ == nullptr) return {};
  char* bytes = nullptr;
  long size = BIO_get_mem_data(SSL_get_wbio(channel_.get()), &bytes);
  return {bytes, static_cast<size_t>(size > 0 ? size : 0)};
}

void TlsChannel::Sent(size_t count) {
  // Reading is how a store of OpenSSL forgets.
  char forgotten[4096];
  BIO* out = SSL_get_wbio(channel_.get());
  while (count > 0) {
    int taken = BIO_read(out, forgotten, static_cast<int>(std::min(count, sizeof(forgotten))));
    if (taken <= 0) return;
    count -= static_cast<size_t>(taken);
  }
}

std::string TlsChannel::ClientName() const {
  if (channel_ == nullptr || !context_->asks_clients() || SSL_get_verify_result(channel_.get()) != X509_V_OK) return "";
  X509* certificate = SSL_get0_peer_certificate(channel_.get());
  if (certificate == nullptr) return "";
  X509_NAME* subject = X509_get_subject_name(certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  // Of several names none is the one.
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return "";
  unsigned char* text = nullptr;
  int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size <= 0) return "";
  std::string name(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  // A zero byte would make "root\0.example" look like "root" to whoever reads it as a C string.
  return name.find('\0') == std::string::npos ? name : "";
}

}  // namespace allod::net
