// COPY's file formats (text, CSV, binary) as bytes, in and out: PostgreSQL 15 documentation, COPY, "File Formats".
// No sessions and no waiting; the reader may be given whatever a stranger sends.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/datetime.h"
#include "base/types.h"
#include "base/value.h"
#include "session/codes.h"
#include "session/copy_options.h"

namespace allod::session {

inline constexpr size_t kMaxCopyRowBytes = 64u << 20;  // of one row, as it arrives

// A column that is copied.
struct CopyColumn {
  std::string name;
  Type type;
  bool force_quote = false, force_not_null = false, force_null = false;
};

// Takes bytes as they come, gives rows of fields.
class CopyReader {
 public:
  // `relation`: the table's name, for the context of errors.
  CopyReader(const CopyOptions& options, std::vector<CopyColumn> columns, std::string relation);

  void Append(std::string_view bytes);
  void Finish() { finished_ = true; }  // nothing more comes
  size_t buffered() const { return buffer_.size() - position_; }

  enum class State : uint8_t { kRow, kNeedsMore, kEnd };
  // kRow: fields() is the next row. kNeedsMore: append or finish. kEnd: the end mark or the end of the bytes was reached.
  // 22P04, 22021, 54000 as PostgreSQL answers; context() says where.
  Result<State> Next();
  // nullopt: NULL. Views are good until the next call.
  const std::vector<std::optional<std::string_view>>& fields() const { return fields_; }
  int64_t line() const { return line_; }

  // `status` again; its cause is a field (or -1: the whole row) of the current row, and so context() is told.
  Status Explain(Status status, int field) const;
  // Where the last error was: "COPY t, line 3, column x: "..."", PostgreSQL's CONTEXT; "" if there was none.
  const std::string& context() const { return context_; }
  void SetContext(std::string context) { context_ = std::move(context); }
  std::string RowContext(int64_t line) const { return "COPY " + relation_ + ", line " + std::to_string(line); }
  const std::vector<CopyColumn>& columns() const { return columns_; }
  bool binary() const { return options_.binary(); }

 private:
  enum class LineEnd : uint8_t { kUnknown, kNewline, kReturn, kBoth };
  Result<State> NextText();
  Result<State> NextBinary();
  Result<bool> FindLine();  // true: line_text_ is a line; false: more bytes are needed
  Status SplitText();
  Status SplitCsv();
  Status Header();
  Status Bad(std::string message) const;

  const CopyOptions options_;
  const std::vector<CopyColumn> columns_;
  const std::string relation_;
  mutable std::string context_;
  std::string buffer_;
  size_t position_ = 0;   // of the first byte that is not used
  bool finished_ = false, ended_ = false, header_done_ = false;
  int64_t line_ = 0;
  LineEnd line_end_ = LineEnd::kUnknown;
  // The scan of a line that is not complete yet.
  size_t scanned_ = 0;
  bool in_quote_ = false, last_was_escape_ = false, has_backslash_ = false, high_bytes_ = false;
  int64_t newlines_in_quotes_ = 0;
  std::string_view line_text_;
  bool in_row_ = false;
  std::string unescaped_;
  struct Piece { size_t begin, end; bool in_line, null; };
  std::vector<Piece> pieces_;
  std::vector<std::optional<std::string_view>> fields_;
};

// Rows as bytes.
class CopyWriter {
 public:
  CopyWriter(const CopyOptions& options, std::vector<CopyColumn> columns);
  // What comes before the rows; may be empty.
  void Begin(std::string* out) const;
  void AppendRow(std::span<const Datum> values, const FormatContext& format, std::string* out);
  void End(std::string* out) const;

 private:
  void AppendEscaped(std::string_view text, std::string* out) const;
  void AppendQuoted(std::string_view text, bool force, std::string* out) const;
  const CopyOptions options_;
  const std::vector<CopyColumn> columns_;
  std::string scratch_;
};

}  // namespace allod::session
