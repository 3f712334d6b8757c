#include "session/copy_format.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "base/utf8.h"

namespace allod::session {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kShownBytes = 100;  // of a field or line, in an error's context

uint32_t Load32(const char* p) {
  auto u = reinterpret_cast<const unsigned char*>(p);
  return (uint32_t{u[0]} << 24) | (uint32_t{u[1]} << 16) | (uint32_t{u[2]} << 8) | uint32_t{u[3]};
}

void Append32(uint32_t v, std::string* out) {
  const char bytes[4] = {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
  out->append(bytes, 4);
}

void Append16(uint16_t v, std::string* out) {
  out->push_back(static_cast<char>(v >> 8));
  out->push_back(static_cast<char>(v));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// As much of it as an error shows, never half a character and never bytes that are no text.
std::string Shown(std::string_view text) {
  std::string out(text.substr(0, kShownBytes));
  size_t bad = FindInvalidUtf8(out);
  if (bad != std::string_view::npos) out.resize(bad);
  if (out.size() < text.size()) out += "...";
  return out;
}

}  // namespace

CopyReader::CopyReader(const CopyOptions& options, std::vector<CopyColumn> columns, std::string relation)
    : options_(options), columns_(std::move(columns)), relation_(std::move(relation)) {
  header_done_ = !options_.binary() && options_.header == CopyOptions::Header::kNone;
}

void CopyReader::Append(std::string_view bytes) {
  if (ended_) return;
  if (position_ > 0) {
    buffer_.erase(0, position_);
    scanned_ -= position_;
    position_ = 0;
  }
  buffer_.append(bytes);
}

Status CopyReader::Bad(std::string message) const { return Explain(Fail(sqlstate::kBadCopyFileFormat, std::move(message)), -1); }

Status CopyReader::Explain(Status status, int field) const {
  if (!context_.empty()) return status;
  context_ = RowContext(line_);
  if (field >= 0 && static_cast<size_t>(field) < columns_.size()) {
    context_ += ", column " + columns_[static_cast<size_t>(field)].name;
    if (options_.binary()) return status;
    const auto& value = fields_[static_cast<size_t>(field)];
    context_ += value ? ": \"" + Shown(*value) + "\"" : ": null input";
  } else if (!options_.binary() && in_row_) {
    context_ += ": \"" + Shown(line_text_) + "\"";
  }
  return status;
}

Result<CopyReader::State> CopyReader::Next() {
  if (ended_) return State::kEnd;
  return options_.binary() ? NextBinary() : NextText();
}

Result<CopyReader::State> CopyReader::NextText() {
  for (;;) {
    in_row_ = false;
    ALLOD_ASSIGN_OR_RETURN(bool found, FindLine());
    if (!found) return ended_ ? State::kEnd : State::kNeedsMore;
    in_row_ = true;
    if (high_bytes_ || line_text_.find('\0') != std::string_view::npos) {
      Status valid = CheckUtf8(line_text_);
      if (!valid.ok()) {
        in_row_ = false;
        return Explain(std::move(valid), -1);
      }
    }
    if (!header_done_) {
      header_done_ = true;
      if (options_.header == CopyOptions::Header::kMatch) ALLOD_RETURN_IF_ERROR(Header());
      continue;
    }
    ALLOD_RETURN_IF_ERROR(options_.csv() ? SplitCsv() : SplitText());
    if (fields_.size() > columns_.size()) return Bad("extra data after last expected column");
    if (fields_.size() < columns_.size()) return Bad("missing data for column \"" + columns_[fields_.size()].name + "\"");
    return State::kRow;
  }
}

// The line that begins at position_, without its end. What was looked at is not looked at again when more bytes come.
Result<bool> CopyReader::FindLine() {
  const bool csv = options_.csv();
  const char escape = options_.escape == options_.quote ? '\0' : options_.escape;
  const char* data = buffer_.data();
  const size_t size = buffer_.size();
  size_t i = std::max(scanned_, position_);
  auto finish = [&](size_t end, size_t next) {
    line_ += 1 + std::exchange(newlines_in_quotes_, 0);
    line_text_ = std::string_view(data + position_, end - position_);
    position_ = scanned_ = next;
    in_quote_ = last_was_escape_ = false;
  };
  if (i == position_) {
    has_backslash_ = high_bytes_ = in_quote_ = last_was_escape_ = false;
  }
  auto more = [&]() -> Result<bool> {
    scanned_ = i;
    if (!finished_) {
      if (size - position_ > kMaxCopyRowBytes) {
        return Fail(sqlstate::kProgramLimitExceeded, "a line of COPY data is too long")
            .Detail("A row may have " + std::to_string(kMaxCopyRowBytes) + " bytes.");
      }
      return false;
    }
    if (position_ == size) {
      ended_ = true;
      return false;
    }
    finish(size, size);
    return true;
  };
  auto literal = [&](bool newline) {
    line_ += 1;
    std::string what = std::string(csv ? "unquoted " : "literal ") + (newline ? "newline" : "carriage return") + " found in data";
    return Explain(Fail(sqlstate::kBadCopyFileFormat, std::move(what))
                       .Hint(csv ? std::string("Use quoted CSV field to represent ") + (newline ? "newline." : "carriage return.")
                                 : std::string("Use \"") + (newline ? "\\n" : "\\r") + "\" to represent " + (newline ? "newline." : "carriage return.")),
                   -1);
  };
  for (; i < size; ++i) {
    char c = data[i];
    high_bytes_ |= (c & 0x80) != 0;
    if (csv) {
      if (c == '\\' && i == position_ && !in_quote_) {
        // "\." alone on a line is the end.
        if (i + 1 >= size && !finished_) return more();
        if (i + 1 < size && data[i + 1] == '.') {
          if (i + 2 >= size && !finished_) return more();
          if (i + 2 >= size || data[i + 2] == '\n' || data[i + 2] == '\r') {
            ended_ = true;
            return false;
          }
        }
      }
      if (in_quote_ && escape != '\0' && c == escape) last_was_escape_ = !last_was_escape_;
      if (c == options_.quote && !last_was_escape_) in_quote_ = !in_quote_;
      if (c != escape) last_was_escape_ = false;
      if (in_quote_) {
        // As PostgreSQL counts: before it has seen a line's end, by carriage returns.
        if (c == (line_end_ == LineEnd::kNewline ? '\n' : '\r')) ++newlines_in_quotes_;
        continue;
      }
    } else if (c == '\\') {
      has_backslash_ = true;
      if (i + 1 >= size) {
        if (!finished_) return more();
        continue;
      }
      if (data[i + 1] == '.') {
        if (i + 2 >= size && !finished_) return more();
        if (i + 2 < size && data[i + 2] != '\n' && data[i + 2] != '\r') {
          line_ += 1;
          return Explain(Fail(sqlstate::kBadCopyFileFormat, "end-of-copy marker corrupt"), -1);
        }
        ended_ = true;
        if (i == position_) return false;
        finish(i, size);
        return true;
      }
      high_bytes_ |= (data[i + 1] & 0x80) != 0;
      ++i;  // what follows a backslash is data, a line's end too
      continue;
    }
    if (c == '\r') {
      if (line_end_ == LineEnd::kUnknown || line_end_ == LineEnd::kBoth) {
        if (i + 1 >= size && !finished_) return more();
        if (i + 1 < size && data[i + 1] == '\n') {
          line_end_ = LineEnd::kBoth;
          finish(i, i + 2);
          return true;
        }
        if (line_end_ == LineEnd::kBoth) return literal(false);
        line_end_ = LineEnd::kReturn;
      } else if (line_end_ == LineEnd::kNewline) {
        return literal(false);
      }
      finish(i, i + 1);
      return true;
    }
    if (c == '\n') {
      if (line_end_ == LineEnd::kReturn || line_end_ == LineEnd::kBoth) return literal(true);
      line_end_ = LineEnd::kNewline;
      finish(i, i + 1);
      return true;
    }
  }
  return more();
}

Status CopyReader::SplitText() {
  fields_.clear();
  const std::string_view line = line_text_;
  if (!has_backslash_) {
    for (size_t begin = 0;;) {
      const void* at = line.size() > begin ? std::memchr(line.data() + begin, options_.delimiter, line.size() - begin) : nullptr;
      size_t end = at == nullptr ? line.size() : static_cast<size_t>(static_cast<const char*>(at) - line.data());
      std::string_view field = line.substr(begin, end - begin);
      if (field == options_.null) fields_.emplace_back(std::nullopt);
      else fields_.emplace_back(field);
      if (at == nullptr) return Ok();
      begin = end + 1;
    }
  }
  unescaped_.clear();
  pieces_.clear();
  bool bytes = false;  // written by number: they may be no text
  for (size_t i = 0;;) {
    size_t raw = i, begin = unescaped_.size();
    bool last = true;
    while (i < line.size()) {
      char c = line[i++];
      if (c == options_.delimiter) {
        last = false;
        break;
      }
      if (c != '\\' || i >= line.size()) {
        unescaped_ += c;
        continue;
      }
      c = line[i++];
      switch (c) {
        case 'b': unescaped_ += '\b'; break;
        case 'f': unescaped_ += '\f'; break;
        case 'n': unescaped_ += '\n'; break;
        case 'r': unescaped_ += '\r'; break;
        case 't': unescaped_ += '\t'; break;
        case 'v': unescaped_ += '\v'; break;
        case 'x': {
          int first = i < line.size() ? HexDigit(line[i]) : -1;
          if (first < 0) {
            unescaped_ += 'x';
            break;
          }
          int second = i + 1 < line.size() ? HexDigit(line[i + 1]) : -1;
          unescaped_ += static_cast<char>(second < 0 ? first : first * 16 + second);
          i += second < 0 ? 1 : 2;
          bytes = true;
          break;
        }
        default:
          if (!IsOctal(c)) {
            unescaped_ += c;
            break;
          }
          int value = c - '0';
          for (int k = 0; k < 2 && i < line.size() && IsOctal(line[i]); ++k) value = value * 8 + (line[i++] - '0');
          unescaped_ += static_cast<char>(value & 0xff);
          bytes = true;
      }
    }
    std::string_view as_written = line.substr(raw, i - raw - (last ? 0 : 1));
    pieces_.push_back({begin, unescaped_.size(), false, as_written == options_.null});
    if (last) break;
  }
  for (const Piece& piece : pieces_) {
    if (piece.null) fields_.emplace_back(std::nullopt);
    else fields_.emplace_back(std::string_view(unescaped_).substr(piece.begin, piece.end - piece.begin));
  }
  if (bytes) {
    Status valid = CheckUtf8(unescaped_);
    if (!valid.ok()) return Explain(std::move(valid), -1);
  }
  return Ok();
}

Status CopyReader::SplitCsv() {
  fields_.clear();
  unescaped_.clear();
  pieces_.clear();
  const std::string_view line = line_text_;
  for (size_t i = 0;;) {
    size_t raw = i, begin = unescaped_.size();
    bool last = true, quoted = false, in_quote = false;
    while (i < line.size()) {
      char c = line[i++];
      if (!in_quote) {
        if (c == options_.delimiter) {
          last = false;
          break;
        }
        if (c == options_.quote) {
          quoted = in_quote = true;
          continue;
        }
        unescaped_ += c;
        continue;
      }
      if (c == options_.escape && i < line.size() && (line[i] == options_.escape || line[i] == options_.quote)) {
        unescaped_ += line[i++];
        continue;
      }
      if (c == options_.quote) {
        in_quote = false;
        continue;
      }
      unescaped_ += c;
    }
    if (in_quote) return Bad("unterminated CSV quoted field");
    std::string_view as_written = line.substr(raw, i - raw - (last ? 0 : 1));
    std::string_view value = std::string_view(unescaped_).substr(begin);
    const CopyColumn* column = pieces_.size() < columns_.size() ? &columns_[pieces_.size()] : nullptr;
    bool null = !quoted && as_written == options_.null && !(column != nullptr && column->force_not_null);
    if (quoted && column != nullptr && column->force_null && value == options_.null) null = true;
    pieces_.push_back({begin, unescaped_.size(), false, null});
    if (last) break;
  }
  for (const Piece& piece : pieces_) {
    if (piece.null) fields_.emplace_back(std::nullopt);
    else fields_.emplace_back(std::string_view(unescaped_).substr(piece.begin, piece.end - piece.begin));
  }
  return Ok();
}

Status CopyReader::Header() {
  ALLOD_RETURN_IF_ERROR(options_.csv() ? SplitCsv() : SplitText());
  if (fields_.size() != columns_.size()) {
    return Bad("wrong number of fields in header line: got " + std::to_string(fields_.size()) + ", expected " + std::to_string(columns_.size()));
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    std::string which = "column name mismatch in header line field " + std::to_string(i + 1) + ": got ";
    if (!fields_[i]) return Bad(which + "null value (\"" + options_.null + "\"), expected \"" + columns_[i].name + "\"");
    if (*fields_[i] != columns_[i].name) return Bad(which + "\"" + Shown(*fields_[i]) + "\", expected \"" + columns_[i].name + "\"");
  }
  return Ok();
}

Result<CopyReader::State> CopyReader::NextBinary() {
  std::string_view rest = std::string_view(buffer_).substr(position_);
  auto needs = [&]() -> Result<State> {
    if (finished_) return Bad("unexpected EOF in COPY data");
    if (rest.size() > kMaxCopyRowBytes) return Fail(sqlstate::kProgramLimitExceeded, "a row of COPY data is too long");
    return State::kNeedsMore;
  };
  if (!header_done_) {
    size_t known = std::min(rest.size(), kSignature.size());
    if (rest.substr(0, known) != kSignature.substr(0, known) || (finished_ && rest.size() < kSignature.size())) {
      return Fail(sqlstate::kBadCopyFileFormat, "COPY file signature not recognized");
    }
    if (rest.size() < kSignature.size() + 8) {
      if (finished_) return Fail(sqlstate::kBadCopyFileFormat, "invalid COPY file header (missing flags)");
      return State::kNeedsMore;
    }
    uint32_t flags = Load32(rest.data() + kSignature.size()), extension = Load32(rest.data() + kSignature.size() + 4);
    if ((flags & (1u << 16)) != 0) return Fail(sqlstate::kBadCopyFileFormat, "invalid COPY file header (WITH OIDS)");
    if (flags >> 16 != 0) return Fail(sqlstate::kBadCopyFileFormat, "unrecognized critical flags in COPY file header");
    if (extension > kMaxCopyRowBytes) return Fail(sqlstate::kBadCopyFileFormat, "invalid COPY file header (missing length)");
    if (rest.size() < kSignature.size() + 8 + extension) {
      if (finished_) return Fail(sqlstate::kBadCopyFileFormat, "invalid COPY file header (wrong length)");
      return State::kNeedsMore;
    }
    position_ += kSignature.size() + 8 + extension;
    scanned_ = position_;
    header_done_ = true;
    rest = std::string_view(buffer_).substr(position_);
  }
  if (rest.empty() && finished_) {
    ended_ = true;  // without its trailer, as PostgreSQL takes it from a client
    return State::kEnd;
  }
  if (rest.size() < 2) return needs();
  auto count = static_cast<int16_t>((static_cast<unsigned char>(rest[0]) << 8) | static_cast<unsigned char>(rest[1]));
  if (count == -1) {
    if (rest.size() > 2) return Fail(sqlstate::kBadCopyFileFormat, "received copy data after EOF marker");
    if (!finished_) return State::kNeedsMore;
    ended_ = true;
    return State::kEnd;
  }
  fields_.clear();
  if (static_cast<size_t>(count) != columns_.size() || count < 0) {
    line_ += 1;
    return Bad("row field count is " + std::to_string(count) + ", expected " + std::to_string(columns_.size()));
  }
  size_t at = 2;
  for (int16_t i = 0; i < count; ++i) {
    if (rest.size() < at + 4) return needs();
    auto length = static_cast<int32_t>(Load32(rest.data() + at));
    at += 4;
    if (length == -1) {
      fields_.emplace_back(std::nullopt);
      continue;
    }
    if (length < 0 || static_cast<size_t>(length) > kMaxCopyRowBytes) {
      line_ += 1;
      return Explain(Fail(sqlstate::kBadCopyFileFormat, "invalid field size"), i);
    }
    if (rest.size() < at + static_cast<size_t>(length)) return needs();
    fields_.emplace_back(rest.substr(at, static_cast<size_t>(length)));
    at += static_cast<size_t>(length);
  }
  line_ += 1;
  position_ += at;
  scanned_ = position_;
  return State::kRow;
}

// --- Out.

CopyWriter::CopyWriter(const CopyOptions& options, std::vector<CopyColumn> columns) : options_(options), columns_(std::move(columns)) {}

void CopyWriter::Begin(std::string* out) const {
  if (options_.binary()) {
    out->append(kSignature);
    Append32(0, out);
    Append32(0, out);
    return;
  }
  if (options_.header == CopyOptions::Header::kNone) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out->push_back(options_.delimiter);
    if (options_.csv()) AppendQuoted(columns_[i].name, false, out);
    else AppendEscaped(columns_[i].name, out);
  }
  out->push_back('\n');
}

void CopyWriter::AppendRow(std::span<const Datum> values, const FormatContext& format, std::string* out) {
  if (options_.binary()) {
    Append16(static_cast<uint16_t>(values.size()), out);
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_null()) {
        Append32(UINT32_MAX, out);
        continue;
      }
      scratch_.clear();
      AppendBinary(columns_[i].type, values[i], format, &scratch_);
      Append32(static_cast<uint32_t>(scratch_.size()), out);
      out->append(scratch_);
    }
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(options_.delimiter);
    if (values[i].is_null()) {
      out->append(options_.null);
      continue;
    }
    scratch_.clear();
    AppendText(columns_[i].type, values[i], format, &scratch_);
    if (options_.csv()) AppendQuoted(scratch_, columns_[i].force_quote, out);
    else AppendEscaped(scratch_, out);
  }
  out->push_back('\n');
}

void CopyWriter::End(std::string* out) const {
  if (options_.binary()) Append16(UINT16_MAX, out);
}

void CopyWriter::AppendEscaped(std::string_view text, std::string* out) const {
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i], letter = 0;
    if (c == '\\') {
      letter = c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      switch (c) {
        case '\b': letter = 'b'; break;
        case '\f': letter = 'f'; break;
        case '\n': letter = 'n'; break;
        case '\r': letter = 'r'; break;
        case '\t': letter = 't'; break;
        case '\v': letter = 'v'; break;
        default: break;
      }
    }
    if (letter == 0 && c == options_.delimiter) letter = c;
    if (letter == 0) continue;
    out->append(text.substr(begin, i - begin));
    out->push_back('\\');
    out->push_back(letter);
    begin = i + 1;
  }
  out->append(text.substr(begin));
}

void CopyWriter::AppendQuoted(std::string_view text, bool force, std::string* out) const {
  bool quote = force || text == options_.null || (columns_.size() == 1 && text == "\\.");
  for (size_t i = 0; !quote && i < text.size(); ++i) {
    char c = text[i];
    quote = c == options_.delimiter || c == options_.quote || c == '\n' || c == '\r';
  }
  if (!quote) {
    out->append(text);
    return;
  }
  out->push_back(options_.quote);
  for (char c : text) {
    if (c == options_.quote || c == options_.escape) out->push_back(options_.escape);
    out->push_back(c);
  }
  out->push_back(options_.quote);
}

}  // namespace allod::session
