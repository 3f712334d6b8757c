// TLS 1.3 (RFC 8446) as bytes: what came from the network in, what is to be sent out; no sockets and no waiting. Over OpenSSL.
// Older versions are refused, and so are session tickets and early data: nothing is heard that could have been replayed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

struct ssl_ctx_st;
struct ssl_st;

namespace allod::net {

struct TlsFiles {
  std::string certificate, key;  // PEM; the certificate's chain may follow it
  std::string client_ca;         // PEM; "": no client is asked for a certificate
};

// The server's certificate and key. Immutable: any thread.
class TlsContext {
 public:
  // 58030 or F0000 with the file's name if something is missing, does not fit, or if others than its owner can read the key.
  static Result<std::shared_ptr<const TlsContext>> Load(const TlsFiles& files);

  // tls-server-end-point (RFC 5929): the certificate's hash, which a client of SCRAM-SHA-256-PLUS puts into its proof. "" if the
  // certificate's signature names no hash: then SCRAM-SHA-256-PLUS is not offered.
  const std::string& end_point() const { return end_point_; }
  bool asks_clients() const { return asks_clients_; }

 private:
  friend class TlsChannel;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::string end_point_;
  bool asks_clients_ = false;
};

// One connection, the server's side. One thread at a time.
class TlsChannel {
 public:
  explicit TlsChannel(std::shared_ptr<const TlsContext> context);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  // What came. At most kMaxRecordBytes at a time, each followed by Shake() or by Read() until that gives none.
  void Receive(std::string_view bytes);

  enum class State : uint8_t { kMore, kDone, kFailed };
  // Goes on with the handshake. kMore: more bytes are needed. Whatever it answers, output() is to be sent.
  State Shake();
  // After a failure: what it was, for the log.
  const std::string& failure() const { return failure_; }

  // After the handshake. 0: there is nothing more now; closed() tells whether there ever will be.
  size_t Read(char* into, size_t room);
  bool closed() const { return closed_; }
  // Encrypts. False: the channel is broken.
  bool Write(std::string_view bytes);
  void Close();  // tells the other side that nothing follows

  // What is to be sent, and that so much of it was.
  std::string_view output();
  void Sent(size_t count);

  // The common name of the client's certificate, which the context's authorities have signed. "" without one.
  std::string ClientName() const;
  const TlsContext& context() const { return *context_; }

  static constexpr size_t kMaxRecordBytes = 16 << 10;

 private:
  struct Free {
    void operator()(ssl_st* channel) const;
  };
  void NoteFailure();
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ssl_st, Free> channel_;
  std::string failure_;
  bool closed_ = false;
};

}  // namespace allod::net
