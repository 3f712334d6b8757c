#include "net/wire.h"

#include <fmt/format.h>

namespace allod::net {
namespace {

uint32_t LoadInt32(const char* p) {
  auto u = reinterpret_cast<const unsigned char*>(p);
  return (uint32_t{u[0]} << 24) | (uint32_t{u[1]} << 16) | (uint32_t{u[2]} << 8) | uint32_t{u[3]};
}

Status Violation(std::string message) { return Fail(sqlstate::kProtocolViolation, std::move(message)); }

FrameResult Invalid(Status error) {
  FrameResult result;
  result.state = FrameResult::State::kInvalid;
  result.error = std::move(error);
  return result;
}

// 0 if no client message has this type.
uint32_t LimitOf(char type) {
  switch (static_cast<ClientMessage>(type)) {
    case ClientMessage::kQuery:
    case ClientMessage::kParse:
    case ClientMessage::kBind:
    case ClientMessage::kFunctionCall:
    case ClientMessage::kCopyData:
      return kMaxMessageBytes;
    case ClientMessage::kClose:
    case ClientMessage::kCopyDone:
    case ClientMessage::kCopyFail:
    case ClientMessage::kDescribe:
    case ClientMessage::kExecute:
    case ClientMessage::kFlush:
    case ClientMessage::kPassword:
    case ClientMessage::kSync:
    case ClientMessage::kTerminate:
      return kMaxSmallMessageBytes;
  }
  return 0;
}

}  // namespace

FrameResult NextFrame(std::string_view bytes, Phase phase) {
  FrameResult result;
  size_t header = phase == Phase::kStartup ? 4 : 5;
  uint32_t limit = kMaxSmallMessageBytes;
  char type = 0;
  if (phase != Phase::kStartup) {
    if (bytes.empty()) return result;
    type = bytes[0];
    if (phase == Phase::kAuthentication && type != static_cast<char>(ClientMessage::kPassword) &&
        type != static_cast<char>(ClientMessage::kTerminate)) {
      return Invalid(Violation(fmt::format("expected a password response, got message type {}",
                                           static_cast<int>(static_cast<unsigned char>(type)))));
    }
    limit = LimitOf(type);
    if (limit == 0) {
      return Invalid(
          Violation(fmt::format("invalid frontend message type {}", static_cast<int>(static_cast<unsigned char>(type)))));
    }
  }
  if (bytes.size() < header) return result;
  uint32_t length = LoadInt32(bytes.data() + header - 4);  // counts itself, not the type
  if (length < (phase == Phase::kStartup ? 8u : 4u)) {
    return Invalid(Violation(phase == Phase::kStartup ? "invalid length of startup packet" : "invalid message length"));
  }
  if (length > limit) {
    if (limit == kMaxSmallMessageBytes) {
      return Invalid(Violation(phase == Phase::kStartup ? "invalid length of startup packet" : "invalid message length"));
    }
    return Invalid(Fail(sqlstate::kProgramLimitExceeded, fmt::format("message of {} bytes is too long", length))
                       .Detail(fmt::format("A message may have {} bytes.", limit)));
  }
  size_t whole = header - 4 + length;
  if (bytes.size() < whole) {
    result.needed = whole;
    return result;
  }
  result.state = FrameResult::State::kComplete;
  result.frame = {type, bytes.substr(header, length - 4)};
  result.consumed = whole;
  return result;
}

bool FieldReader::Has(size_t count) {
  if (!ok_ || rest_.size() < count) {
    ok_ = false;
    rest_ = {};
  }
  return ok_;
}

uint8_t FieldReader::Byte() {
  if (!Has(1)) return 0;
  auto value = static_cast<uint8_t>(rest_[0]);
  rest_.remove_prefix(1);
  return value;
}

uint16_t FieldReader::Int16() {
  if (!Has(2)) return 0;
  auto u = reinterpret_cast<const unsigned char*>(rest_.data());
  auto value = static_cast<uint16_t>((u[0] << 8) | u[1]);
  rest_.remove_prefix(2);
  return value;
}

uint32_t FieldReader::Int32() {
  if (!Has(4)) return 0;
  uint32_t value = LoadInt32(rest_.data());
  rest_.remove_prefix(4);
  return value;
}

std::string_view FieldReader::Bytes(size_t count) {
  if (!Has(count)) return {};
  std::string_view bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return bytes;
}

std::string_view FieldReader::CString() {
  size_t end = ok_ ? rest_.find('\0') : std::string_view::npos;
  if (end == std::string_view::npos) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::string_view text = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return text;
}

std::string_view FieldReader::Rest() {
  std::string_view bytes = rest_;
  rest_ = {};
  return bytes;
}

Status FieldReader::Finished() const {
  if (!ok_) return Violation("insufficient data left in message");
  if (!rest_.empty()) return Violation("invalid message format");
  return Ok();
}

Status ReadQuery(std::string_view body, std::string_view* text) {
  FieldReader reader(body);
  *text = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  return reader.Finished();
}

Status ReadParse(std::string_view body, ParseMessage* out) {
  FieldReader reader(body);
  out->types.clear();
  out->name = reader.CString();
  out->text = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  size_t count = reader.Int16();
  if (reader.left() < count * 4) return Violation("insufficient data left in message");
  for (size_t i = 0; i < count; ++i) out->types.push_back(reader.Int32());
  return reader.Finished();
}

Status ReadBind(std::string_view body, BindMessage* out) {
  FieldReader reader(body);
  out->parameter_formats.clear();
  out->parameters.clear();
  out->result_formats.clear();
  out->portal = reader.CString();
  out->statement = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  size_t formats = reader.Int16();
  if (reader.left() < formats * 2) return Violation("insufficient data left in message");
  for (size_t i = 0; i < formats; ++i) out->parameter_formats.push_back(reader.Int16());
  size_t parameters = reader.Int16();
  if (formats > 1 && formats != parameters) {
    return Violation(fmt::format("bind message has {} parameter formats but {} parameters", formats, parameters));
  }
  if (reader.left() < parameters * 4) return Violation("insufficient data left in message");
  for (size_t i = 0; i < parameters; ++i) {
    uint32_t length = reader.Int32();
    if (length == UINT32_MAX) {
      out->parameters.emplace_back(std::nullopt);
    } else {
      out->parameters.emplace_back(reader.Bytes(length));
    }
  }
  size_t results = reader.Int16();
  if (reader.left() < results * 2) return Violation("insufficient data left in message");
  for (size_t i = 0; i < results; ++i) out->result_formats.push_back(reader.Int16());
  ALLOD_RETURN_IF_ERROR(reader.Finished());
  for (const std::vector<uint16_t>* codes : {&out->parameter_formats, &out->result_formats}) {
    for (uint16_t code : *codes) {
      if (code > 1) {
        return Fail(sqlstate::kInvalidParameterValue,
                    fmt::format("unsupported format code: {}", static_cast<int16_t>(code)));
      }
    }
  }
  return Ok();
}

Status ReadExecute(std::string_view body, ExecuteMessage* out) {
  FieldReader reader(body);
  out->portal = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  auto rows = static_cast<int32_t>(reader.Int32());
  out->max_rows = rows > 0 ? rows : 0;
  return reader.Finished();
}

Status ReadNamed(std::string_view body, NamedMessage* out) {
  FieldReader reader(body);
  uint8_t kind = reader.Byte();
  out->name = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  if (kind != 'S' && kind != 'P') return Violation(fmt::format("invalid message subtype {}", kind));
  out->portal = kind == 'P';
  return reader.Finished();
}

Status ReadSaslInitial(std::string_view body, std::string_view* mechanism, std::optional<std::string_view>* response) {
  FieldReader reader(body);
  *mechanism = reader.CString();
  if (!reader.ok()) return Violation("invalid string in message");
  uint32_t length = reader.Int32();
  if (length == UINT32_MAX) {
    response->reset();
  } else {
    *response = reader.Bytes(length);
  }
  return reader.Finished();
}

Status ReadStartup(std::string_view body, StartupPacket* out) {
  FieldReader reader(body);
  *out = StartupPacket();
  out->code = reader.Int32();
  switch (out->code) {
    case kSslRequestCode:
    case kGssRequestCode:
      return reader.Finished();
    case kCancelRequestCode:
      out->process = reader.Int32();
      out->secret = reader.Int32();
      return reader.Finished();
    default:
      break;
  }
  if (!reader.ok()) return reader.Finished();
  if (out->major() != kProtocolMajor) return Ok();  // the rest is in a layout of its own
  while (reader.ok() && reader.left() > 0) {
    std::string_view name = reader.CString();
    if (!reader.ok()) break;
    if (name.empty()) {
      if (reader.left() != 0) break;
      return Ok();
    }
    std::string_view value = reader.CString();
    if (!reader.ok()) break;
    out->parameters.emplace_back(name, value);
  }
  return Violation("invalid startup packet layout: expected terminator as last byte");
}

Result<std::vector<std::pair<std::string, std::string>>> ParseOptions(std::string_view options) {
  std::vector<std::string> words;
  bool in_word = false;
  for (size_t i = 0; i < options.size(); ++i) {
    char c = options[i];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\\' && i + 1 < options.size()) c = options[++i];
    words.back().push_back(c);
  }
  std::vector<std::pair<std::string, std::string>> settings;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (word == "-c" && i + 1 < words.size()) {
      word = words[++i];
    } else if (word.substr(0, 2) == "-c" || word.substr(0, 2) == "--") {
      word.remove_prefix(2);
    } else {
      return Fail(sqlstate::kSyntaxError, fmt::format("invalid command-line argument for server process: {}", word))
          .Hint("Write settings as -c name=value.");
    }
    size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Fail(sqlstate::kSyntaxError, fmt::format("-c {} requires a value", word));
    }
    std::string name(word.substr(0, equals));
    for (char& c : name) {
      if (c == '-') c = '_';
    }
    settings.emplace_back(std::move(name), word.substr(equals + 1));
  }
  return settings;
}

}  // namespace allod::net
