#include "sql/parse.h"

extern "C" {
#include <pg_query.h>
}

#include <algorithm>

#include "sql/annotations.h"
#include "sql/message.h"
#include "sql/scan.h"
#include "sql/system_time.h"

namespace allod::sql {

namespace {

// ------------------------------------------------------------------------------------------------------ rewriting

// The edits, made. Shifts say where each byte that stays came from.
std::string Clean(const std::string& text, const std::vector<Edit>& edits, std::vector<Parsed::Shift>* shifts) {
  std::string cleaned;
  cleaned.reserve(text.size() + 16 * edits.size());
  int from = 0;
  for (const Edit& edit : edits) {
    cleaned.append(text, from, edit.start - from);
    shifts->push_back({static_cast<int>(cleaned.size()), edit.start});
    cleaned += edit.replacement;
    shifts->push_back({static_cast<int>(cleaned.size()), edit.end});
    from = edit.end;
  }
  cleaned.append(text, from);
  return cleaned;
}

int ToOriginal(const std::vector<Parsed::Shift>& shifts, int cleaned) {
  auto next = std::upper_bound(shifts.begin(), shifts.end(), cleaned,
                               [](int byte, const Parsed::Shift& shift) { return byte < shift.cleaned; });
  if (next == shifts.begin()) return cleaned;
  int original = next[-1].original + (cleaned - next[-1].cleaned);
  // A replacement may be longer than what it replaces.
  return next == shifts.end() ? original : std::min(original, next->original);
}

// Of a byte that stays, or the first byte of an edit.
int ToCleaned(const std::vector<Parsed::Shift>& shifts, int original) {
  auto next = std::upper_bound(shifts.begin(), shifts.end(), original,
                               [](int byte, const Parsed::Shift& shift) { return byte < shift.original; });
  return next == shifts.begin() ? original : next[-1].cleaned + (original - next[-1].original);
}

// The byte where the character at `position` begins, counted from 1.
int ByteAt(std::string_view text, int position) {
  size_t byte = 0;
  for (int characters = 1; byte < text.size(); ++byte) {
    bool begins = (static_cast<unsigned char>(text[byte]) & 0xC0) != 0x80;
    if (begins && characters++ == position) break;
  }
  return static_cast<int>(byte);
}

// The grammar's error on the cleaned text, as an error on the user's.
Status TranslateError(Status error, const Parsed& parsed, const std::string& cleaned, const std::vector<Edit>& edits,
                      bool hints) {
  Error& e = error.error();
  if (e.position == 0) return error;
  int byte = ByteAt(cleaned, e.position);
  int original = ToOriginal(parsed.shifts, byte);
  e.position = parsed.OriginalPosition(original);
  if (e.sqlstate != sqlstate::kSyntaxError) return error;

  // It may name a word that only the rewriting put there.
  for (const Edit& edit : edits) {
    const int begin = ToCleaned(parsed.shifts, edit.start);
    const bool inside = byte >= begin && byte < begin + std::max(1, static_cast<int>(edit.replacement.size()));
    if (!inside || edit.end == edit.start || e.message.find(" at or near \"") == std::string::npos) continue;
    std::string word = parsed.original.substr(edit.start, edit.end - edit.start);
    e.message = "syntax error at or near \"" + word.substr(0, word.find_first_of(" \t\r\n")) + "\"";
    e.position = parsed.OriginalPosition(edit.start);
  }

  if (!hints || !e.hint.empty()) return error;
  Result<std::vector<Token>> tokens = Scan(parsed.original);
  if (!tokens.ok()) return error;
  auto token =
      std::lower_bound(tokens->begin(), tokens->end(), original, [](const Token& t, int at) { return t.start < at; });
  if (token != tokens->end())
    e.hint = AnnotationHint(parsed.original, *tokens, static_cast<size_t>(token - tokens->begin()));
  return error;
}

// ----------------------------------------------------------------------------------------------------- the grammar

Result<PgQuery__ParseResult*> RunGrammar(const std::string& text, Arena& arena) {
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  struct Free {
    PgQueryProtobufParseResult& result;
    ~Free() { pg_query_free_protobuf_parse_result(result); }
  } free{result};
  if (result.error != nullptr) return GrammarError(result.error->message, result.error->cursorpos);
  ProtobufCAllocator allocator = AllocatorOf(arena);
  PgQuery__ParseResult* tree = pg_query__parse_result__unpack(&allocator, result.parse_tree.len,
                                                              reinterpret_cast<const uint8_t*>(result.parse_tree.data));
  if (tree == nullptr) return Fail(sqlstate::kInternalError, "the grammar's answer could not be read");
  return tree;
}

// The highest $n below a message.
void HighestParameter(ProtobufCMessage* message, int* highest) {
  if (message->descriptor == &pg_query__param_ref__descriptor)
    *highest = std::max(*highest, reinterpret_cast<const PgQuery__ParamRef*>(message)->number);
  EachChild(message, [highest](ProtobufCMessage** child) { HighestParameter(*child, highest); });
}

// ------------------------------------------------------------------------------------------------------ statements

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Past white space and comments (which nest, as /* */ do in PostgreSQL).
int SkipBlank(std::string_view text, int at, int end) {
  while (at < end) {
    if (IsSpace(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      while (at < end && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (text.substr(at, 2) == "/*") {
      int depth = 0;
      do {
        std::string_view two = text.substr(at, 2);
        if (two == "/*") ++depth;
        if (two == "*/") --depth;
        at += two == "/*" || two == "*/" ? 2 : 1;
      } while (depth > 0 && at < end);
    } else {
      break;
    }
  }
  return at;
}

// [start, end) of a statement of the grammar, in the user's text.
struct Span {
  int start, end;
  int cleaned_start, cleaned_end;
};
Span SpanOf(const PgQuery__RawStmt& raw, const Parsed& parsed, std::string_view cleaned) {
  int start = raw.stmt_location;
  int end = raw.stmt_len > 0 ? start + raw.stmt_len : static_cast<int>(cleaned.size());
  start = SkipBlank(cleaned, start, end);
  while (end > start && IsSpace(cleaned[end - 1])) --end;
  return {ToOriginal(parsed.shifts, start), ToOriginal(parsed.shifts, end), start, end};
}

Status CheckDataSubject(const Statement& statement, const Parsed& parsed, int start) {
  if (!statement.data_subject || statement.node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT) return Ok();
  return Status(Unsupported("CREATE DATA_SUBJECT TABLE ... AS is not supported",
                            "create the table with its columns, then fill it with INSERT ... SELECT"))
      .At(parsed.OriginalPosition(start));
}

// Puts together, in the text's order, the grammar's statements and what was found of Allod's.
Status Assemble(const PgQuery__ParseResult& tree, std::string_view cleaned, std::vector<Found>& found, bool parameters,
                Parsed* parsed) {
  auto text_of = [&](int start, int end) { return parsed->original.substr(start, end - start); };
  auto next = found.begin();
  auto add_own_before = [&](int offset) {
    for (; next != found.end() && next->start < offset; ++next) {
      if (std::holds_alternative<std::monostate>(next->own)) continue;
      Statement& own = parsed->statements.emplace_back();
      own.own = std::move(next->own);
      own.text = text_of(next->start, next->end);
      own.parameters = next->parameters;
    }
  };
  parsed->statements.reserve(tree.n_stmts + found.size());
  for (size_t i = 0; i < tree.n_stmts; ++i) {
    const PgQuery__RawStmt& raw = *tree.stmts[i];
    if (raw.stmt == nullptr) continue;
    Span span = SpanOf(raw, *parsed, cleaned);
    add_own_before(span.start);
    Statement& statement = parsed->statements.emplace_back();
    statement.node = raw.stmt;
    statement.text = text_of(span.start, span.end);
    statement.cleaned_start = span.cleaned_start;
    statement.cleaned_end = span.cleaned_end;
    if (parameters) HighestParameter(&raw.stmt->base, &statement.parameters);
    if (next != found.end() && next->start < span.end) {
      statement.data_subject = next->data_subject;
      statement.without_history = next->without_history;
      for (const Found::Key& key : next->keys)
        statement.keys.push_back({ToCleaned(parsed->shifts, key.location), key.word});
      statement.rules = std::move(next->rules);
      ++next;
    }
    ALLOD_RETURN_IF_ERROR(CheckDataSubject(statement, *parsed, span.start));
  }
  add_own_before(static_cast<int>(parsed->original.size()) + 1);
  return Ok();
}

}  // namespace

int Parsed::OriginalPosition(int byte) const {
  if (byte < 0) return 0;
  size_t end = std::min(original.size(), static_cast<size_t>(byte));
  if (marks.empty()) return static_cast<int>(end) + 1;
  size_t mark = std::min(marks.size() - 1, end / kMarkBytes);
  int characters = marks[mark] + 1;
  for (size_t i = mark * kMarkBytes; i < end; ++i)
    characters += (static_cast<unsigned char>(original[i]) & 0xC0) != 0x80;
  return characters;
}

int Parsed::CleanedPosition(const Statement& statement, int position) const {
  return position <= 0 ? 0 : Position(statement.cleaned_start + ByteAt(Cleaned(statement), position));
}

int Parsed::Position(int location) const { return location < 0 ? 0 : OriginalPosition(ToOriginal(shifts, location)); }

Result<std::shared_ptr<Parsed>> Parse(std::string_view text) {
  if (text.size() > kMaxStatementBytes)
    return Fail(sqlstate::kProgramLimitExceeded, "the statement is too long: " + std::to_string(text.size()) +
                                                     " bytes, of " + std::to_string(kMaxStatementBytes) + " allowed");
  auto parsed = std::make_shared<Parsed>();
  ALLOD_RETURN_IF_ERROR(CheckEncoding(text, &parsed->marks));
  parsed->original = text;
  const std::string& original = parsed->original;

  Glance glance = Look(text);
  std::vector<Found> found;
  std::vector<Edit> edits;
  if (glance.may_annotate || glance.may_be_deep) {
    ALLOD_ASSIGN_OR_RETURN(std::vector<Token> tokens, Scan(original));
    ALLOD_RETURN_IF_ERROR(CheckBounds(original, tokens));
    if (glance.may_annotate) {
      ALLOD_ASSIGN_OR_RETURN(found, FindAnnotations(original, tokens, &edits));
      ALLOD_RETURN_IF_ERROR(FindSystemTime(original, tokens, &edits));
    }
  }

  if (!edits.empty()) parsed->cleaned = Clean(original, edits, &parsed->shifts);
  const std::string& cleaned = edits.empty() ? original : parsed->cleaned;
  Result<PgQuery__ParseResult*> tree = RunGrammar(cleaned, *parsed->arena);
  if (!tree.ok()) return TranslateError(std::move(tree).status(), *parsed, cleaned, edits, !glance.may_be_deep);
  ALLOD_RETURN_IF_ERROR(Assemble(**tree, cleaned, found, glance.may_have_parameters, parsed.get()));
  return parsed;
}

Result<PgQuery__Node*> ParseExpression(std::string_view text, Arena& arena) {
  constexpr std::string_view kPrefix = "SELECT ";
  auto shorten = [&](Status status) {
    if (status.error().position > static_cast<int>(kPrefix.size()))
      status.error().position -= static_cast<int>(kPrefix.size());
    return status;
  };
  if (text.size() > kMaxStatementBytes) return Fail(sqlstate::kProgramLimitExceeded, "the expression is too long");
  std::vector<int> marks;
  ALLOD_RETURN_IF_ERROR(CheckEncoding(text, &marks));
  std::string statement = std::string(kPrefix) + std::string(text);
  if (Look(statement).may_be_deep) {
    Result<std::vector<Token>> tokens = Scan(statement);
    if (!tokens.ok()) return shorten(std::move(tokens).status());
    Status bounds = CheckBounds(statement, *tokens);
    if (!bounds.ok()) return shorten(std::move(bounds));
  }
  Result<PgQuery__ParseResult*> tree = RunGrammar(statement, arena);
  if (!tree.ok()) return shorten(std::move(tree).status());

  // Nothing but the expression: no second column, alias, FROM, UNION, second statement.
  Status refused = Fail(sqlstate::kSyntaxError, "not an expression: " + std::string(text.substr(0, 200)));
  if ((*tree)->n_stmts != 1 || (*tree)->stmts[0]->stmt == nullptr) return refused;
  PgQuery__Node* node = (*tree)->stmts[0]->stmt;
  if (node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return refused;
  const PgQuery__SelectStmt& select = *node->select_stmt;
  if (select.n_target_list != 1 || select.n_from_clause != 0 || select.where_clause != nullptr ||
      select.n_group_clause != 0 || select.having_clause != nullptr || select.n_window_clause != 0 ||
      select.n_distinct_clause != 0 || select.n_sort_clause != 0 || select.limit_count != nullptr ||
      select.limit_offset != nullptr || select.n_locking_clause != 0 || select.into_clause != nullptr ||
      select.n_values_lists != 0 || select.op != PG_QUERY__SET_OPERATION__SETOP_NONE)
    return refused;
  const PgQuery__ResTarget& target = *select.target_list[0]->res_target;
  if (target.name[0] != '\0' || target.val == nullptr) return refused;
  return target.val;
}

}  // namespace allod::sql
