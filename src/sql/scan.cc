#include "sql/scan.h"

extern "C" {
#include <pg_query.h>
}

#include <algorithm>
#include <array>
#include <cstdio>

#include "sql/parse.h"

namespace allod::sql {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Length of the well-formed sequence at text[at], 0 if there is none (RFC 3629: no overlong form, no surrogate).
size_t SequenceLength(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
  auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return follows(1) ? 2 : 0;
  if (first < 0xF0) {
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first > 0xF4 || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return follows(1) && follows(2) && follows(3) ? 4 : 0;
}

Status InvalidSequence(std::string_view text, size_t at) {
  unsigned char first = static_cast<unsigned char>(text[at]);
  size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 1;
  std::string message = "invalid byte sequence for encoding \"UTF8\":";
  for (size_t i = at; i < std::min(at + length, text.size()); ++i) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, " 0x%02x", static_cast<unsigned char>(text[i]));
    message += buffer;
  }
  return Fail(sqlstate::kCharacterNotInRepertoire, message);
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view lower_case_b) {
  if (a.size() != lower_case_b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (Lower(a[i]) != lower_case_b[i]) return false;
  return true;
}

Status CheckEncoding(std::string_view text, std::vector<int>* marks) {
  marks->clear();
  size_t ascii = 0;
  while (ascii + 8 <= text.size()) {
    uint64_t word;
    std::memcpy(&word, text.data() + ascii, 8);
    // No byte with the high bit set, and none that is zero.
    if ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) break;
    ascii += 8;
  }
  while (ascii < text.size() && text[ascii] > 0) ++ascii;
  if (ascii == text.size()) return Ok();

  int characters = 0;
  for (size_t at = 0; at < text.size();) {
    while (at >= marks->size() * kMarkBytes) marks->push_back(characters);
    if (text[at] == '\0') return InvalidSequence(text, at);
    size_t length = SequenceLength(text, at);
    if (length == 0) return InvalidSequence(text, at);
    at += length;
    ++characters;
  }
  return Ok();
}

int CharacterPosition(std::string_view text, int byte) {
  size_t end = std::min(text.size(), static_cast<size_t>(std::max(byte, 0)));
  int characters = 1;
  for (size_t i = 0; i < end; ++i) characters += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
  return characters;
}

// ------------------------------------------------------------------------------------------------------- a look

namespace {

enum ByteClass : uint8_t { kOther, kWordByte, kDeepening, kDollar };

constexpr std::array<uint8_t, 256> kByteClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80)
      classes[c] = kWordByte;
  for (char c : std::string_view("([+-*/<>=~!@#%^&|`?:")) classes[static_cast<unsigned char>(c)] = kDeepening;
  classes['$'] = kDollar;
  return classes;
}();

// Below these, neither bound of parse.h can be broken: a level needs a byte of kDeepening or a word of three letters.
constexpr size_t kShallowBytes = 4096;
constexpr size_t kShallowDeepening = 500;

bool IsAllodWord(std::string_view word) {
  switch (word.size()) {
    case 3:
      return EqualsIgnoringCase(word, "get") || EqualsIgnoringCase(word, "del") || EqualsIgnoringCase(word, "ctx");
    case 4:
      return EqualsIgnoringCase(word, "owns") || EqualsIgnoringCase(word, "only") || EqualsIgnoringCase(word, "gdpr");
    case 6:
      return EqualsIgnoringCase(word, "verify");
    case 7:
      return EqualsIgnoringCase(word, "history");
    case 8:
      return EqualsIgnoringCase(word, "owned_by") || EqualsIgnoringCase(word, "accesses") ||
             EqualsIgnoringCase(word, "auto_ctx");
    case 10:
      return EqualsIgnoringCase(word, "compliance") || EqualsIgnoringCase(word, "references");
    case 11:
      return EqualsIgnoringCase(word, "accessed_by") || EqualsIgnoringCase(word, "system_time");
    case 12:
      return EqualsIgnoringCase(word, "data_subject");
    default:
      return false;
  }
}

}  // namespace

Glance Look(std::string_view text) {
  Glance glance;
  size_t deepening = 0, word = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    uint8_t byte = kOther;
    if (i < text.size()) byte = kByteClasses[static_cast<unsigned char>(text[i])];
    if (byte == kWordByte) continue;
    if (i > word && !glance.may_annotate) glance.may_annotate = IsAllodWord(text.substr(word, i - word));
    word = i + 1;
    if (byte == kDeepening) ++deepening;
    if (byte == kDollar) glance.may_have_parameters = true;
  }
  glance.may_be_deep = text.size() > kShallowBytes || deepening > kShallowDeepening;
  return glance;
}

// ------------------------------------------------------------------------------------------------------- scanning

namespace {

// ScanResult{ int32 version = 1; repeated ScanToken tokens = 2; }, ScanToken{ int32 start = 1, end = 2; Token token =
// 4; KeywordKind keyword_kind = 5; }. Read straight from the wire: a message object per token would cost more than the
// scan.
class ScanReader {
 public:
  ScanReader(const char* data, size_t size) : at_(reinterpret_cast<const uint8_t*>(data)), end_(at_ + size) {}

  bool Read(std::vector<Token>* tokens) {
    while (at_ < end_) {
      uint64_t tag = Varint();
      if (tag == (1 << 3 | 0)) {
        Varint();
      } else if (tag == (2 << 3 | 2)) {
        uint64_t length = Varint();
        if (length > static_cast<uint64_t>(end_ - at_)) return false;
        const uint8_t* token_end = at_ + length;
        Token token{};
        while (at_ < token_end) {
          uint64_t field = Varint(), value = Varint();
          switch (field) {
            case 1 << 3:
              token.start = static_cast<int>(value);
              break;
            case 2 << 3:
              token.end = static_cast<int>(value);
              break;
            case 4 << 3:
              token.kind = static_cast<PgQuery__Token>(value);
              break;
            case 5 << 3:
              token.keyword = static_cast<PgQuery__KeywordKind>(value);
              break;
            default:
              return false;
          }
        }
        if (token.kind != PG_QUERY__TOKEN__SQL_COMMENT && token.kind != PG_QUERY__TOKEN__C_COMMENT)
          tokens->push_back(token);
      } else {
        return false;
      }
    }
    return true;
  }

 private:
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; at_ < end_ && shift < 64; shift += 7) {
      uint8_t byte = *at_++;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace

Result<std::vector<Token>> Scan(const std::string& text) {
  PgQueryScanResult scan = pg_query_scan(text.c_str());
  struct Free {
    PgQueryScanResult& scan;
    ~Free() { pg_query_free_scan_result(scan); }
  } free{scan};
  if (scan.error != nullptr) return GrammarError(scan.error->message, scan.error->cursorpos);
  std::vector<Token> tokens;
  tokens.reserve(scan.pbuf.len / 9);
  if (!ScanReader(scan.pbuf.data, scan.pbuf.len).Read(&tokens))
    return Fail(sqlstate::kInternalError, "the scanner's answer could not be read");
  return tokens;
}

namespace {

// The scanner's and grammar's errors that are not 42601 (libpg_query drops the SQLSTATE). Beginnings of messages.
struct {
  const char* message;
  std::string_view sqlstate;
} constexpr kOtherErrors[] = {
    {"memory exhausted", sqlstate::kStatementTooComplex},
    {"invalid byte sequence for encoding", sqlstate::kCharacterNotInRepertoire},
    {"invalid Unicode escape value", sqlstate::kSyntaxError},
    {"invalid Unicode escape", sqlstate::kInvalidEscapeSequence},
    {"unsafe use of \\' in a string literal", "22P06"},
    {"precision for type float", sqlstate::kInvalidParameterValue},
    {"frame start", sqlstate::kWindowingError},
    {"frame starting", sqlstate::kWindowingError},
    {"frame end", sqlstate::kWindowingError},
    {"MATCH PARTIAL not yet implemented", sqlstate::kFeatureNotSupported},
    {"CREATE ASSERTION is not yet implemented", sqlstate::kFeatureNotSupported},
    {"UNIQUE predicate is not yet implemented", sqlstate::kFeatureNotSupported},
    {"WITH CHECK OPTION not supported", sqlstate::kFeatureNotSupported},
    {"current database cannot be changed", sqlstate::kFeatureNotSupported},
    {"CHECK constraints cannot be marked", sqlstate::kFeatureNotSupported},
    {"NOT NULL constraints cannot be marked", sqlstate::kFeatureNotSupported},
    {"PRIMARY KEY constraints cannot be marked", sqlstate::kFeatureNotSupported},
    {"UNIQUE constraints cannot be marked", sqlstate::kFeatureNotSupported},
    {"EXCLUDE constraints cannot be marked", sqlstate::kFeatureNotSupported},
};

}  // namespace

Status GrammarError(const char* message, int position) {
  std::string_view text = message != nullptr ? message : "syntax error";
  std::string_view code = sqlstate::kSyntaxError;
  for (const auto& other : kOtherErrors)
    if (text.starts_with(other.message)) {
      code = other.sqlstate;
      break;
    }
  if (code == sqlstate::kStatementTooComplex)
    return Fail(code, "the statement is too complex: it is nested too deeply").At(position);
  return Fail(code, std::string(text)).At(position);
}

// --------------------------------------------------------------------------------------------------------- bounds

namespace {

// One open bracket (or CASE, or the statement itself). A group is what stands between commas, AND, OR and clauses: only
// within a group can operators build a tree of one level each.
struct Level {
  bool bracket;                // else CASE
  int chain = 0;               // operators of the group
  int child = 0;               // depth of the deepest bracket within the group
  int groups = 0;              // depth of the deepest group that is finished
  int sets = 0;                // set operations and joins: left-deep too, and not ended by a comma
  int betweens = 0;            // BETWEENs whose AND is still to come: it ends no group
  int prefixes = 0;            // operators or NOTs in a row, each the operand of the one before it
  int64_t start, group_start;  // counts of tokens
};

constexpr int kMaxDepth = kMaxChain + kMaxNesting;
// Each level of the tree moves the bytes of everything below it once while libpg_query packs it.
constexpr int64_t kMaxMoves = 300'000'000;

bool IsOperator(PgQuery__Token kind) {
  switch (kind) {
    case PG_QUERY__TOKEN__ASCII_37:
    case PG_QUERY__TOKEN__ASCII_42:
    case PG_QUERY__TOKEN__ASCII_43:
    case PG_QUERY__TOKEN__ASCII_45:
    case PG_QUERY__TOKEN__ASCII_47:
    case PG_QUERY__TOKEN__ASCII_60:
    case PG_QUERY__TOKEN__ASCII_61:
    case PG_QUERY__TOKEN__ASCII_62:
    case PG_QUERY__TOKEN__ASCII_94:
    case PG_QUERY__TOKEN__Op:
    case PG_QUERY__TOKEN__LESS_EQUALS:
    case PG_QUERY__TOKEN__GREATER_EQUALS:
    case PG_QUERY__TOKEN__NOT_EQUALS:
    case PG_QUERY__TOKEN__OPERATOR:
      return true;
    default:
      return false;
  }
}

// Words that put a level above what stands before (or after) them.
bool IsOperatorWord(PgQuery__Token kind) {
  switch (kind) {
    case PG_QUERY__TOKEN__TYPECAST:
    case PG_QUERY__TOKEN__COLLATE:
    case PG_QUERY__TOKEN__AT:
    case PG_QUERY__TOKEN__IS:
    case PG_QUERY__TOKEN__ISNULL:
    case PG_QUERY__TOKEN__NOTNULL:
    case PG_QUERY__TOKEN__LIKE:
    case PG_QUERY__TOKEN__ILIKE:
    case PG_QUERY__TOKEN__SIMILAR:
    case PG_QUERY__TOKEN__IN_P:
    case PG_QUERY__TOKEN__BETWEEN:
    case PG_QUERY__TOKEN__OVERLAPS:
    case PG_QUERY__TOKEN__ESCAPE:
      return true;
    default:
      return false;
  }
}

bool IsSetWord(PgQuery__Token kind) {
  return kind == PG_QUERY__TOKEN__UNION || kind == PG_QUERY__TOKEN__INTERSECT || kind == PG_QUERY__TOKEN__EXCEPT ||
         kind == PG_QUERY__TOKEN__JOIN;
}

// Words after which a new group begins.
bool EndsGroup(PgQuery__Token kind) {
  switch (kind) {
    case PG_QUERY__TOKEN__ASCII_44:
    case PG_QUERY__TOKEN__AND:
    case PG_QUERY__TOKEN__OR:
    case PG_QUERY__TOKEN__SELECT:
    case PG_QUERY__TOKEN__FROM:
    case PG_QUERY__TOKEN__WHERE:
    case PG_QUERY__TOKEN__ON:
    case PG_QUERY__TOKEN__WHEN:
    case PG_QUERY__TOKEN__THEN:
    case PG_QUERY__TOKEN__ELSE:
    case PG_QUERY__TOKEN__HAVING:
    case PG_QUERY__TOKEN__GROUP_P:
    case PG_QUERY__TOKEN__ORDER:
    case PG_QUERY__TOKEN__LIMIT:
    case PG_QUERY__TOKEN__VALUES:
    case PG_QUERY__TOKEN__SET:
    case PG_QUERY__TOKEN__RETURNING:
    case PG_QUERY__TOKEN__USING:
      return true;
    default:
      return IsSetWord(kind);
  }
}

class BoundsCheck {
 public:
  explicit BoundsCheck(std::string_view text) : text_(text) { Reset(0); }

  Status Run(const std::vector<Token>& tokens) {
    PgQuery__Token previous = PG_QUERY__TOKEN__ASCII_59;
    int64_t count = 0;
    for (const Token& token : tokens) {
      Step(token.kind, previous, ++count);
      if (deepest_ > kMaxDepth || static_cast<int>(levels_.size()) - 1 + levels_.back().prefixes > kMaxNesting)
        return Refuse(token, "it is nested too deeply");
      if (levels_.back().chain > kMaxChain || levels_.back().sets > kMaxChain)
        return Refuse(token, "it chains too many operators, joins or set operations");
      if (moves_ > kMaxMoves) return Refuse(token, "too much of it is nested too deeply");
      previous = token.kind;
    }
    return Ok();
  }

 private:
  void Step(PgQuery__Token kind, PgQuery__Token previous, int64_t count) {
    Level& level = levels_.back();
    switch (kind) {
      case PG_QUERY__TOKEN__ASCII_59:
        // Within brackets it is no separator (CREATE RULE ... DO (a; b)).
        if (std::none_of(levels_.begin() + 1, levels_.end(), [](const Level& open) { return open.bracket; }))
          Reset(count);
        return;
      case PG_QUERY__TOKEN__ASCII_40:
      case PG_QUERY__TOKEN__ASCII_91:
        Open(true, count);
        return;
      case PG_QUERY__TOKEN__CASE:
        // A label may be called "case".
        if (previous != PG_QUERY__TOKEN__ASCII_46 && previous != PG_QUERY__TOKEN__AS) Open(false, count);
        return;
      case PG_QUERY__TOKEN__END_P:
        if (!level.bracket && levels_.size() > 1) Close(count);
        return;
      case PG_QUERY__TOKEN__ASCII_41:
      case PG_QUERY__TOKEN__ASCII_93:
        while (levels_.size() > 1 && !levels_.back().bracket) Close(count);
        if (levels_.size() > 1) Close(count);
        return;
      case PG_QUERY__TOKEN__NOT: {
        // NOT LIKE, IS NOT NULL, DEFAULT 1 NOT NULL: no harm in counting them.
        level.prefixes = previous == PG_QUERY__TOKEN__NOT ? level.prefixes + 1 : 1;
        Deepen(level, count);
        return;
      }
      default:
        break;
    }
    if (kind == PG_QUERY__TOKEN__AND && level.betweens > 0) {
      --level.betweens;
      level.prefixes = 0;
      return;
    }
    if (kind == PG_QUERY__TOKEN__BETWEEN) ++level.betweens;
    if (EndsGroup(kind)) {
      level.groups = std::max(level.groups, level.chain + level.child);
      level.chain = level.child = level.prefixes = 0;
      level.group_start = count;
      if (IsSetWord(kind)) {
        ++level.sets;
        moves_ += count - level.start;
        deepest_ = std::max(deepest_, static_cast<int>(levels_.size()) + Depth(level));
      }
    } else if (IsOperator(kind)) {
      level.prefixes = IsOperator(previous) || previous == PG_QUERY__TOKEN__NOT ? level.prefixes + 1 : 0;
      Deepen(level, count);
    } else {
      level.prefixes = 0;
      if (IsOperatorWord(kind)) Deepen(level, count);
    }
  }

  static int Depth(const Level& level) { return std::max(level.groups, level.chain + level.child) + level.sets; }

  void Deepen(Level& level, int64_t count) {
    ++level.chain;
    moves_ += count - level.group_start;
    deepest_ = std::max(deepest_, static_cast<int>(levels_.size()) + Depth(level));
  }
  void Reset(int64_t count) {
    levels_.clear();
    levels_.push_back(Level{.bracket = false, .start = count, .group_start = count});
    deepest_ = 0;
  }
  void Open(bool bracket, int64_t count) {
    levels_.push_back(Level{.bracket = bracket, .start = count, .group_start = count});
  }
  void Close(int64_t count) {
    int depth = Depth(levels_.back()) + 1;
    moves_ += 3 * (count - levels_.back().start);
    levels_.pop_back();
    Level& level = levels_.back();
    level.child = std::max(level.child, depth);
    level.prefixes = 0;
    deepest_ = std::max(deepest_, static_cast<int>(levels_.size()) + Depth(level));
  }

  Status Refuse(const Token& token, const char* why) const {
    return Fail(sqlstate::kStatementTooComplex, std::string("the statement is too complex: ") + why)
        .At(CharacterPosition(text_, token.start));
  }

  std::string_view text_;
  std::vector<Level> levels_;
  int deepest_ = 0;
  int64_t moves_ = 0;
};

}  // namespace

Status CheckBounds(std::string_view text, const std::vector<Token>& tokens) { return BoundsCheck(text).Run(tokens); }

}  // namespace allod::sql
