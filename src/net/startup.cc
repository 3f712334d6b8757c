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

constexpr std::string_view kScramName = "SCRAM-SHA-256";
// AuthenticationRequest codes.
constexpr uint32_t kSasl = 10, kSaslContinue = 11, kSaslFinal = 12;

Status Gone() { return Fail(sqlstate::kConnectionFailure, "client closed the connection"); }

}  // namespace

Handshake::Handshake(Socket socket, Host& host, bool local, std::string address)
    : socket_(std::move(socket)),
      host_(host),
      local_(local),
      address_(std::move(address)),
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

Awaitable<bool> Handshake::Receive(size_t wanted) {
  for (;;) {
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwait, error));
    if (error || gone_) co_return false;
    in_.Prepare(wanted);  // not before bytes are there
    ssize_t count = ::recv(socket_.native_handle(), in_.space(), in_.space_size(), MSG_DONTWAIT);
    if (count > 0) {
      in_.Received(static_cast<size_t>(count));
      co_return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) co_return false;
  }
}

Awaitable<bool> Handshake::Send() {
  size_t sent = 0;
  while (sent < out_.size() && !gone_) {
    ssize_t count = ::send(socket_.native_handle(), out_.data() + sent, out_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
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
        if (asked) {
          status = Fail(sqlstate::kProtocolViolation,
                        fmt::format("unsupported frontend protocol {}.{}", packet.major(), packet.minor()));
        } else {
          asked = true;
          out_.push_back('N');
          if (!co_await Send()) co_return;
          continue;
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
    log::Info("connection_refused", {{"sqlstate", status.error().sqlstate}, {"address", address_}});
    AppendError(&out_, status.error(), Severity::kFatal);
    (void)co_await Send();
    co_return;
  }
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

  Result<std::shared_ptr<void>> place = host_.Admit(true);
  if (!place.ok()) co_return place.status();
  ALLOD_CO_RETURN_IF_ERROR(co_await Authenticate(user));
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
  std::unique_ptr<session::Session> session = host_.backend().Open(user, application);
  for (const auto& [name, value] : settings) ALLOD_CO_RETURN_IF_ERROR(session->Set(name, value));
  if (!co_await Send()) co_return Gone();
  // The descriptor leaves this thread's reactor.
  boost::system::error_code error;
  int descriptor = socket_.release(error);
  gone_ = true;
  if (error) co_return Fail(sqlstate::kConnectionFailure, error.message());
  host_.Adopt(descriptor, std::move(session), *std::move(place), std::string(in_.view()));
  co_return Ok();
}

Awaitable<Status> Handshake::Authenticate(const std::string& user) {
  if (host_.options().auth == AuthMethod::kTrust) {
    if (local_) co_return Ok();
    co_return Fail(sqlstate::kInvalidAuthorization, "only local connections are trusted");
  }
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(kSasl).CString(kScramName).Byte('\0');
  if (!co_await Send()) co_return Gone();

  Result<Frame> frame = co_await NextMessage(Phase::kAuthentication);
  if (!frame.ok()) co_return frame.status();
  if (frame->type == static_cast<char>(ClientMessage::kTerminate)) co_return Gone();
  std::string_view mechanism;
  std::optional<std::string_view> first;
  ALLOD_CO_RETURN_IF_ERROR(ReadSaslInitial(frame->body, &mechanism, &first));
  if (mechanism != kScramName || !first) {
    co_return Fail(sqlstate::kProtocolViolation, "client selected an invalid SASL authentication mechanism");
  }
  crypto::ScramServer scram = BeginScram(host_.backend().FindLogin(user), user, host_.mock_secret());
  Result<std::string> answer = scram.First(*first);
  if (!answer.ok()) co_return answer.status();
  Consume();
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(kSaslContinue).Raw(*answer);
  if (!co_await Send()) co_return Gone();

  frame = co_await NextMessage(Phase::kAuthentication);
  if (!frame.ok()) co_return frame.status();
  if (frame->type == static_cast<char>(ClientMessage::kTerminate)) co_return Gone();
  answer = scram.Final(frame->body);
  Consume();
  if (!answer.ok()) {
    if (answer.status().error().sqlstate != sqlstate::kInvalidPassword) co_return answer.status();
    log::Warning("login_failed", {{"user", user}, {"address", address_}});
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer(
        socket_.get_executor(), host_.failures().Failed(address_));
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(kAwait, ignored));
    co_return Fail(sqlstate::kInvalidPassword, fmt::format("password authentication failed for user \"{}\"", user));
  }
  host_.failures().Succeeded(address_);
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(kSaslFinal).Raw(*answer);
  co_return Ok();
}

}  // namespace allod::net
