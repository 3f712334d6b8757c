// The PostgreSQL wire protocol 3.0 as bytes (PostgreSQL 15 documentation, chapter 55, "Message Formats"): finding messages
// in what has arrived, taking their fields apart, and writing messages. Pure functions: no sockets, no state, no waiting.
// Everything here may be called with whatever a stranger sends; lengths and counts are checked against the bytes present.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/types.h"

namespace allod::net {

inline constexpr uint32_t kMaxMessageBytes = 64u << 20;         // after authentication
inline constexpr uint32_t kMaxSmallMessageBytes = 10'000;       // before it, and for messages that are small by nature
inline constexpr uint32_t kProtocolMajor = 3;

// Codes in the place of a protocol version in a startup packet.
inline constexpr uint32_t kCancelRequestCode = (1234u << 16) | 5678u;
inline constexpr uint32_t kSslRequestCode = (1234u << 16) | 5679u;
inline constexpr uint32_t kGssRequestCode = (1234u << 16) | 5680u;

// What a client may send once the connection is set up.
enum class ClientMessage : char {
  kBind = 'B',
  kClose = 'C',
  kCopyData = 'd',
  kCopyDone = 'c',
  kCopyFail = 'f',
  kDescribe = 'D',
  kExecute = 'E',
  kFlush = 'H',
  kFunctionCall = 'F',
  kParse = 'P',
  kPassword = 'p',  // and all SASL responses
  kQuery = 'Q',
  kSync = 'S',
  kTerminate = 'X',
};

// What the server sends.
enum class ServerMessage : char {
  kAuthentication = 'R',
  kBackendKeyData = 'K',
  kBindComplete = '2',
  kCloseComplete = '3',
  kCommandComplete = 'C',
  kCopyData = 'd',
  kCopyDone = 'c',
  kCopyInResponse = 'G',
  kCopyOutResponse = 'H',
  kDataRow = 'D',
  kEmptyQueryResponse = 'I',
  kErrorResponse = 'E',
  kNegotiateProtocolVersion = 'v',
  kNoData = 'n',
  kNoticeResponse = 'N',
  kNotificationResponse = 'A',
  kParameterDescription = 't',
  kParameterStatus = 'S',
  kParseComplete = '1',
  kPortalSuspended = 's',
  kReadyForQuery = 'Z',
  kRowDescription = 'T',
};

// One message: its type, and its body (without type and length). A startup packet has type 0.
struct Frame {
  char type = 0;
  std::string_view body;
};

enum class Phase : uint8_t { kStartup, kAuthentication, kReady };

struct FrameResult {
  enum class State : uint8_t { kComplete, kIncomplete, kInvalid } state = State::kIncomplete;
  Frame frame;        // kComplete; views the input
  size_t consumed = 0;  // kComplete: bytes of the input that the message takes
  size_t needed = 0;    // kIncomplete: the message's whole size if it is known yet, else 0
  Status error;       // kInvalid: the connection cannot go on
};

// Looks for one message at the start of `bytes`. 08P01 for an impossible length or type, 54000 for one beyond the limit.
FrameResult NextFrame(std::string_view bytes, Phase phase);

// Takes the fields of a body one after the other. After a field that is not there everything else fails too; check
// Finished() at the end: left-over bytes are an error.
class FieldReader {
 public:
  explicit FieldReader(std::string_view body) : rest_(body) {}
  uint8_t Byte();
  uint16_t Int16();
  uint32_t Int32();
  std::string_view Bytes(size_t count);
  std::string_view CString();  // up to a NUL, which is taken too
  std::string_view Rest();
  size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }
  // 08P01 unless every field was there and nothing is left.
  Status Finished() const;

 private:
  bool Has(size_t count);
  std::string_view rest_;
  bool ok_ = true;
};

struct ParseMessage {
  std::string_view name, text;
  std::vector<Oid> types;
};
struct BindMessage {
  std::string_view portal, statement;
  std::vector<uint16_t> parameter_formats;                   // 0, 1 or one per parameter
  std::vector<std::optional<std::string_view>> parameters;   // nullopt: NULL
  std::vector<uint16_t> result_formats;                      // 0, 1 or one per column
};
struct ExecuteMessage {
  std::string_view portal;
  int64_t max_rows = 0;  // 0: all
};
struct NamedMessage {  // Describe, Close
  bool portal = false;  // else a statement
  std::string_view name;
};

// Each takes the body apart into `out`, whose vectors keep their memory. Views point into `body`. 08P01 if it is malformed.
Status ReadQuery(std::string_view body, std::string_view* text);
Status ReadParse(std::string_view body, ParseMessage* out);
Status ReadBind(std::string_view body, BindMessage* out);
Status ReadExecute(std::string_view body, ExecuteMessage* out);
Status ReadNamed(std::string_view body, NamedMessage* out);

// The format (0 text, 1 binary) of item `index`, by the rule that 0 codes mean text and 1 code means all.
inline uint16_t FormatOf(const std::vector<uint16_t>& codes, size_t index) {
  return codes.size() == 1 ? codes[0] : index < codes.size() ? codes[index] : 0;
}

// SASLInitialResponse: mechanism, and the first message (nullopt if there is none).
Status ReadSaslInitial(std::string_view body, std::string_view* mechanism, std::optional<std::string_view>* response);

struct StartupPacket {
  uint32_t code = 0;  // protocol version or one of the request codes above
  uint32_t process = 0, secret = 0;                             // kCancelRequestCode
  std::vector<std::pair<std::string, std::string>> parameters;  // a protocol version
  uint32_t major() const { return code >> 16; }
  uint32_t minor() const { return code & 0xffff; }
};
Status ReadStartup(std::string_view body, StartupPacket* out);

// The startup packet's "options": "-c name=value -c name=value --name=value", blanks and backslashes escaped by a
// backslash. 42601 for anything else.
Result<std::vector<std::pair<std::string, std::string>>> ParseOptions(std::string_view options);

// Writes one message at the end of a buffer: the constructor its type and room for the length, the destructor the length.
class MessageWriter {
 public:
  MessageWriter(std::string* out, ServerMessage type) : out_(out) {
    out_->push_back(static_cast<char>(type));
    start_ = out_->size();
    out_->append(4, '\0');
  }
  ~MessageWriter() { PatchInt32(out_, start_, static_cast<uint32_t>(out_->size() - start_)); }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  MessageWriter& Byte(char value) {
    out_->push_back(value);
    return *this;
  }
  MessageWriter& Int16(uint16_t value) {
    char bytes[2] = {static_cast<char>(value >> 8), static_cast<char>(value)};
    out_->append(bytes, 2);
    return *this;
  }
  MessageWriter& Int32(uint32_t value) {
    char bytes[4] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                     static_cast<char>(value)};
    out_->append(bytes, 4);
    return *this;
  }
  MessageWriter& Raw(std::string_view bytes) {
    out_->append(bytes);
    return *this;
  }
  MessageWriter& CString(std::string_view text) {
    out_->append(text.substr(0, text.find('\0')));
    out_->push_back('\0');
    return *this;
  }
  static void PatchInt32(std::string* out, size_t at, uint32_t value) {
    (*out)[at] = static_cast<char>(value >> 24);
    (*out)[at + 1] = static_cast<char>(value >> 16);
    (*out)[at + 2] = static_cast<char>(value >> 8);
    (*out)[at + 3] = static_cast<char>(value);
  }

 private:
  std::string* out_;
  size_t start_;
};

inline void AppendEmptyMessage(std::string* out, ServerMessage type) {
  const char bytes[5] = {static_cast<char>(type), 0, 0, 0, 4};
  out->append(bytes, 5);
}

}  // namespace allod::net
