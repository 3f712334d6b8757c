#include "net/startup.h"

#include <sys/socket.h>

#include <cerrno>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "base/utf8.h"
#include "net/error.h"
#include "net/server.h"

namespace allod::net {
namespace {

#define ALLOD_CO_RETURN_IF_ERROR(expr)                       \
  do {                                                       \
    ::allod::Status allod_status_ = (expr);                  \
    if (!allod_status_.ok()) co_return allod_status_;        \
  } while (false)

constexpr std::string_view kScramName = "SCRAM-SHA-256", kScramPlusName = "SCRAM-SHA-256-PLUS";
constexpr size_t kEncryptedBytes = 4096;  // taken at a time before login
// The first byte of a TLS handshake: never that of a startup packet, whose length it would begin.
constexpr char kTlsHandshakeByte = 0x16;
// RFC 8446 section 6: a fatal alert, no_application_protocol.
constexpr std::string_view kTlsAlert("\x15\x03\x03\x00\x02\x02\x78", 7);
// AuthenticationRequest codes.
constexpr uint32_t kSasl = 10, kSaslContinue = 11, kSaslFinal = 12;

Status Gone() { return Fail(sqlstate::kConnectionFailure, "client closed the connection"); }

}  // namespace

Handshake::Handshake(Socket socket, Host& host, Peer peer)
    : socket_(std::move(socket)),
      host_(host),
      peer_(std::move(peer)),
      started_(std::chrono::steady_clock::now()) {}

void Handshake::Abort() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  gone_ = true;
}

Awaitable<void> Handshake::Run() {
  try {
    co_await Converse();
  } catch (const std::exception& e) {
    log::Error("handshake_failed", {{"what", e.what()}});
  }
}

ssize_t Handshake::TakeBytes(size_t wanted) {
  if (tls_ == nullptr) {
    in_.Prepare(wanted);  // not before bytes are there
    ssize_t count = ::recv(socket_.native_handle(), in_.space(), in_.space_size(), MSG_DONTWAIT);
    if (count > 0) in_.Received(static_cast<size_t>(count));
    return count;
  }
  char bytes[kEncryptedBytes];
  ssize_t count = ::recv(socket_.native_handle(), bytes, sizeof(bytes), MSG_DONTWAIT);
  if (count > 0) tls_->Receive({bytes, static_cast<size_t>(count)});
  return count;
}

bool Handshake::Decrypt(size_t wanted) {
  bool more = false;
  for (;;) {
    in_.Prepare(wanted);
    size_t count = tls_->Read(in_.space(), in_.space_size());
    if (count == 0) return more;
    in_.Received(count);
    more = true;
  }
}

Awaitable<bool> Handshake::StartTls() {
  tls_ = std::make_unique<TlsChannel>(host_.options().tls);
  for (;;) {
    TlsChannel::State state = tls_->Shake();
    if (!co_await Send()) co_return false;
    if (state == TlsChannel::State::kDone) co_return true;
    if (state == TlsChannel::State::kFailed) {
      log::Info("tls_failed", {{"address", peer_.address}, {"why", tls_->failure()}});
      co_return false;
    }
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwait, error));
    if (error || gone_) co_return false;
    ssize_t count = TakeBytes(0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) co_return false;
  }
}

Awaitable<bool> Handshake::Receive(size_t wanted) {
  for (;;) {
    if (tls_ != nullptr) {
      if (Decrypt(wanted)) co_return true;
      if (tls_->closed()) co_return false;
    }
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwait, error));
    if (error || gone_) co_return false;
    ssize_t count = TakeBytes(wanted);
    if (count > 0 && tls_ == nullptr) co_return true;
    if (count > 0) continue;
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) co_return false;
  }
}

Awaitable<bool> Handshake::Send() {
  if (tls_ != nullptr) {
    if (!tls_->Write(out_)) co_return false;
    out_.clear();
  }
  size_t sent = 0;
  while (!gone_) {
    std::string_view rest = tls_ != nullptr ? tls_->output() : std::string_view(out_).substr(sent);
    if (rest.empty()) break;
    ssize_t count = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      if (tls_ != nullptr) {
        tls_->Sent(static_cast<size_t>(count));
      } else {
        sent += static_cast<size_t>(count);
      }
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) co_return false;
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(kAwait, error));
    if (error) co_return false;
  }
  out_.clear();
  co_return !gone_;
}

Awaitable<Result<Frame>> Handshake::NextMessage(Phase phase) {
  for (;;) {
    FrameResult result = NextFrame(in_.view(), phase);
    if (result.state == FrameResult::State::kInvalid) co_return std::move(result.error);
    if (result.state == FrameResult::State::kComplete) {
      frame_bytes_ = result.consumed;
      co_return result.frame;
    }
    if (!co_await Receive(result.needed)) co_return Gone();
  }
}

void Handshake::Consume() {
  in_.Consume(frame_bytes_);
  frame_bytes_ = 0;
}

Awaitable<void> Handshake::Converse() {
  bool asked_ssl = false, asked_gss = false;
  for (;;) {
    Result<Frame> frame = co_await NextMessage(Phase::kStartup);
    Status status;
    StartupPacket packet;
    if (frame.ok()) {
      status = ReadStartup(frame->body, &packet);
      Consume();
    } else {
      status = frame.status();
    }
    if (status.ok()) {
      bool ssl = packet.code == kSslRequestCode, gss = packet.code == kGssRequestCode;
      if (ssl || gss) {
        bool& asked = ssl ? asked_ssl : asked_gss;
        if (asked || tls_ != nullptr) {
          status = Fail(sqlstate::kProtocolViolation,
                        fmt::format("unsupported frontend protocol {}.{}", packet.major(), packet.minor()));
        } else {
          asked = true;
          const bool encrypt = ssl && OffersTls();
          if (encrypt) status = CheckNothingFollows();
          if (status.ok()) {
            out_.push_back(encrypt ? 'S' : 'N');
            if (!co_await Send()) co_return;
            if (encrypt) {
              if (!co_await StartTls()) co_return;
            }
            continue;
          }
        }
      } else if (packet.code == kCancelRequestCode) {
        // Carried out before the connection is closed, and never answered: who waits for the close knows that nothing sent
        // later is hit.
        host_.Cancel({packet.process, packet.secret});
        co_return;
      } else {
        status = co_await Begin(packet);
      }
    }
    if (status.ok() || gone_) co_return;
    if (status.error().sqlstate == sqlstate::kConnectionFailure) co_return;
    log::Info("connection_refused", {{"sqlstate", status.error().sqlstate}, {"address", peer_.address}});
    if (tls_ == nullptr && !asked_ssl && in_.view().starts_with(kTlsHandshakeByte)) {
      // TLS without an SSLRequest before it (sslnegotiation=direct). A message of this protocol would be noise to it.
      out_ = kTlsAlert;
    } else {
      AppendError(&out_, status.error(), Severity::kFatal);
    }
    (void)co_await Send();
    co_return;
  }
}

bool Handshake::OffersTls() const { return host_.options().tls != nullptr && !peer_.unix_socket; }

// Nothing that came before the handshake may be taken for what the client said inside of it: whoever sits between could have
// put it there (CVE-2021-23222).
Status Handshake::CheckNothingFollows() const {
  if (in_.empty()) return Ok();
  return Fail(sqlstate::kProtocolViolation, "received unencrypted data after SSL request")
      .Detail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.");
}

Awaitable<Status> Handshake::Begin(const StartupPacket& packet) {
  if (packet.major() != kProtocolMajor) {
    co_return Fail(sqlstate::kFeatureNotSupported, fmt::format("unsupported frontend protocol {}.{}: server supports 3.0 to 3.0",
                                                               packet.major(), packet.minor()));
  }
  std::string user, database, application;
  std::vector<std::string> unknown;
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [name, value] : packet.parameters) {
    ALLOD_CO_RETURN_IF_ERROR(CheckUtf8(name));
    ALLOD_CO_RETURN_IF_ERROR(CheckUtf8(value));
    if (name == "user") {
      user = value;
    } else if (name == "database") {
      database = value;
    } else if (name == "replication") {
      if (value != "false" && value != "off" && value != "no" && value != "0") {
        co_return Fail(sqlstate::kFeatureNotSupported, "replication connections are not supported");
      }
    } else if (name == "options") {
      auto parsed = ParseOptions(value);
      if (!parsed.ok()) co_return parsed.status();
      settings.insert(settings.end(), parsed->begin(), parsed->end());
    } else if (name.starts_with("_pq_.")) {
      unknown.push_back(name);
    } else {
      if (name == "application_name") application = value;
      settings.emplace_back(name, value);
    }
  }
  if (user.empty()) co_return Fail(sqlstate::kInvalidAuthorization, "no PostgreSQL user name specified in startup packet");
  if (database.empty()) database = user;
  if (packet.minor() > 0 || !unknown.empty()) {
    MessageWriter message(&out_, ServerMessage::kNegotiateProtocolVersion);
    message.Int32(kProtocolMajor << 16).Int32(static_cast<uint32_t>(unknown.size()));
    for (const std::string& name : unknown) message.CString(name);
  }

  if (host_.options().tls_required && tls_ == nullptr && !peer_.unix_socket) {
    co_return Fail(sqlstate::kInvalidAuthorization, "connections without TLS are refused").Hint("Connect with sslmode=require or better.");
  }
  Result<std::shared_ptr<void>> place = host_.Admit(true);
  if (!place.ok()) co_return place.status();
  ALLOD_CO_RETURN_IF_ERROR(co_await Authenticate(user, database));
  Backend::Login login = host_.backend().FindLogin(user);
  if (!login.may_login) {
    co_return Fail(sqlstate::kInvalidAuthorization, fmt::format("role \"{}\" does not exist or may not log in", user));
  }
  if (!login.superuser) {
    // The places of the superusers count as taken.
    place->reset();
    place = host_.Admit(false);
    if (!place.ok()) co_return place.status();
  }
  if (!host_.backend().HasDatabase(database)) {
    co_return Fail(sqlstate::kInvalidCatalogName, fmt::format("database \"{}\" does not exist", database));
  }
  Result<Backend::Opened> opened = host_.backend().Open(database, user, application);
  if (!opened.ok()) co_return opened.status();
  for (const auto& [name, value] : settings) ALLOD_CO_RETURN_IF_ERROR(opened->session->Set(name, value));
  if (!co_await Send()) co_return Gone();
  // The descriptor leaves this thread's reactor.
  boost::system::error_code error;
  int descriptor = socket_.release(error);
  gone_ = true;
  if (error) co_return Fail(sqlstate::kConnectionFailure, error.message());
  host_.Adopt(descriptor, std::move(tls_), {std::move(opened->session), opened->engine, user, database}, *std::move(place), std::string(in_.view()));
  co_return Ok();
}

// The first rule that matches, or what holds for all.
Result<AuthMethod> Handshake::Method(const std::string& user, const std::string& database) const {
  std::shared_ptr<const HostRules> rules = host_.rules();
  if (rules == nullptr) return host_.options().auth;
  const HostRule* rule = rules->Find({peer_.unix_socket, tls_ != nullptr, peer_.address, database, user});
  if (rule != nullptr && rule->method != AuthMethod::kReject) return rule->method;
  const std::string who = peer_.unix_socket
                              ? fmt::format("local connections of user \"{}\" to database \"{}\"", user, database)
                              : fmt::format("host \"{}\", user \"{}\", database \"{}\", {}", peer_.address, user, database,
                                            tls_ != nullptr ? "SSL encryption" : "no encryption");
  return Fail(sqlstate::kInvalidAuthorization,
              rule == nullptr ? "no allod.conf entry for " + who : "allod.conf rejects connection for " + who);
}

Awaitable<void> Handshake::Pause(std::chrono::milliseconds time) {
  if (time.count() == 0) co_return;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer(
      socket_.get_executor(), time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(kAwait, ignored));
}

Awaitable<Status> Handshake::Authenticate(const std::string& user, const std::string& database) {
  Result<AuthMethod> method = Method(user, database);
  if (!method.ok()) co_return method.status();
  switch (*method) {
    case AuthMethod::kTrust:
      if (peer_.local) co_return Ok();
      co_return Fail(sqlstate::kInvalidAuthorization, "only local connections are trusted");
    case AuthMethod::kCertificate: co_return CheckCertificate(user);
    case AuthMethod::kReject:
    case AuthMethod::kScram: break;
  }
  co_return co_await RunScram(user);
}

Status Handshake::CheckCertificate(const std::string& user) const {
  std::string name = tls_ != nullptr ? tls_->ClientName() : "";
  if (name.empty()) return Fail(sqlstate::kInvalidAuthorization, "connection requires a valid client certificate");
  if (name == user) return Ok();
  log::Warning("login_failed", {{"user", user}, {"address", peer_.address}});
  return Fail(sqlstate::kInvalidAuthorization, fmt::format("certificate authentication failed for user \"{}\"", user));
}

Awaitable<Status> Handshake::RunScram(const std::string& user) {
  crypto::ChannelBinding binding{tls_ != nullptr ? tls_->context().end_point() : "", false};
  {
    MessageWriter offer(&out_, ServerMessage::kAuthentication);
    offer.Int32(kSasl);
    if (!binding.end_point.empty()) offer.CString(kScramPlusName);
    offer.CString(kScramName).Byte('\0');
  }
  if (!co_await Send()) co_return Gone();

  Result<Frame> frame = co_await NextMessage(Phase::kAuthentication);
  if (!frame.ok()) co_return frame.status();
  if (frame->type == static_cast<char>(ClientMessage::kTerminate)) co_return Gone();
  std::string_view mechanism;
  std::optional<std::string_view> first;
  ALLOD_CO_RETURN_IF_ERROR(ReadSaslInitial(frame->body, &mechanism, &first));
  binding.selected = mechanism == kScramPlusName && !binding.end_point.empty();
  if ((mechanism != kScramName && !binding.selected) || !first) {
    co_return Fail(sqlstate::kProtocolViolation, "client selected an invalid SASL authentication mechanism");
  }
  crypto::ScramServer scram = BeginScram(host_.backend().FindLogin(user), user, host_.mock_secret(), std::move(binding));
  Result<std::string> answer = scram.First(*first);
  if (!answer.ok()) co_return answer.status();
  Consume();
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(kSaslContinue).Raw(*answer);
  if (!co_await Send()) co_return Gone();

  frame = co_await NextMessage(Phase::kAuthentication);
  if (!frame.ok()) co_return frame.status();
  if (frame->type == static_cast<char>(ClientMessage::kTerminate)) co_return Gone();
  co_await Pause(host_.failures().Attempt(peer_.address, user));
  if (gone_) co_return Gone();
  answer = scram.Final(frame->body);
  Consume();
  if (!answer.ok()) {
    if (answer.status().error().sqlstate != sqlstate::kInvalidPassword) co_return answer.status();
    log::Warning("login_failed", {{"user", user}, {"address", peer_.address}});
    co_await Pause(host_.failures().Failed(peer_.address, user));
    co_return Fail(sqlstate::kInvalidPassword, fmt::format("password authentication failed for user \"{}\"", user));
  }
  host_.failures().Succeeded(peer_.address, user);
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(kSaslFinal).Raw(*answer);
  co_return Ok();
}

}  // namespace allod::net
