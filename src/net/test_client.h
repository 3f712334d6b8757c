// A client for tests: blocking, over a raw socket, message by message.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace allod::net::testing {

inline std::string Int16(int value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }
inline std::string Int32(int64_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}
inline std::string Text(std::string_view text) { return std::string(text) + '\0'; }
inline std::string Message(char type, std::string_view body) {
  return std::string(1, type) + Int32(static_cast<int64_t>(body.size()) + 4) + std::string(body);
}
inline std::string StartupBody(std::string_view body) { return Int32(static_cast<int64_t>(body.size()) + 4) + std::string(body); }
inline std::string Startup(const std::vector<std::string>& parameters = {"user", "allod", "database", "allod"}, int minor = 0) {
  std::string body = Int32((3 << 16) | minor);
  for (const std::string& word : parameters) body += Text(word);
  return StartupBody(body + '\0');
}
inline std::string Query(std::string_view text) { return Message('Q', Text(text)); }
inline std::string Parse(std::string_view name, std::string_view text) { return Message('P', Text(name) + Text(text) + Int16(0)); }
inline std::string Bind(std::string_view portal, std::string_view statement, const std::vector<std::string>& values = {},
                        const std::vector<int>& result_formats = {}) {
  std::string body = Text(portal) + Text(statement) + Int16(0) + Int16(static_cast<int>(values.size()));
  for (const std::string& value : values) body += Int32(static_cast<int64_t>(value.size())) + value;
  body += Int16(static_cast<int>(result_formats.size()));
  for (int format : result_formats) body += Int16(format);
  return Message('B', body);
}
inline std::string Describe(char kind, std::string_view name) { return Message('D', std::string(1, kind) + Text(name)); }
inline std::string Execute(std::string_view portal, int rows = 0) { return Message('E', Text(portal) + Int32(rows)); }
inline std::string Close(char kind, std::string_view name) { return Message('C', std::string(1, kind) + Text(name)); }
inline std::string Sync() { return Message('S', ""); }

struct Received {
  char type = 0;  // 0: the connection was closed
  std::string body;
  // A field of an ErrorResponse or NoticeResponse.
  std::string Field(char letter) const {
    for (size_t at = 0; at < body.size() && body[at] != 0;) {
      size_t end = body.find('\0', at);
      if (body[at] == letter) return body.substr(at + 1, end - at - 1);
      at = end + 1;
    }
    return "";
  }
};

class TestClient {
 public:
  explicit TestClient(uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Disconnect();
    int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  }
  ~TestClient() { Disconnect(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void Disconnect() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  // What is there within `milliseconds`; a closed connection gives type 0 and timed_out() false.
  Received Receive(int milliseconds = 10'000) {
    timed_out_ = false;
    std::string header = Bytes(5, milliseconds);
    if (header.size() < 5) return {};
    Received message;
    message.type = header[0];
    uint32_t length = 0;
    for (int i = 1; i < 5; ++i) length = length << 8 | static_cast<unsigned char>(header[static_cast<size_t>(i)]);
    message.body = Bytes(length - 4, milliseconds);
    if (message.type == 'K') {
      key = message.body;
    }
    return message;
  }
  // Types of all messages up to and with `last`, or up to the end of the connection.
  std::string Until(char last) {
    std::string types;
    for (;;) {
      Received message = Receive();
      if (message.type == 0) return types + (timed_out_ ? "?" : ".");
      types += message.type;
      if (message.type == 'E') error = message;
      if (message.type == 'Z') status = message.body[0];
      if (message.type == 'D') ++rows;
      if (message.type == last) {
        this->last = message;
        return types;
      }
    }
  }
  std::string Bytes(size_t count, int milliseconds = 10'000) {
    std::string bytes;
    while (bytes.size() < count) {
      pollfd entry{fd_, POLLIN, 0};
      if (::poll(&entry, 1, milliseconds) <= 0) {
        timed_out_ = true;
        return bytes;
      }
      char chunk[65536];
      ssize_t got = ::recv(fd_, chunk, std::min(sizeof(chunk), count - bytes.size()), 0);
      if (got <= 0) return bytes;
      bytes.append(chunk, static_cast<size_t>(got));
    }
    return bytes;
  }
  bool timed_out() const { return timed_out_; }

  std::string key;
  Received error, last;
  char status = 0;
  int64_t rows = 0;

 private:
  int fd_;
  bool timed_out_ = false;
};

}  // namespace allod::net::testing
