#include "sql/annotations.h"

#include <algorithm>
#include <iterator>

namespace allod::sql {

// --------------------------------------------------------------------------------------------------- TokenCursor

namespace {

constexpr size_t kMaxNameBytes = 63;  // PostgreSQL cuts longer identifiers

std::string Cut(std::string name) {
  if (name.size() <= kMaxNameBytes) return name;
  size_t end = kMaxNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  name.resize(end);
  return name;
}

}  // namespace

bool TokenCursor::IsOneOf(std::initializer_list<std::string_view> words, int ahead) const {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return IsWord(word, ahead); });
}

bool TokenCursor::IsName(int ahead) const {
  if (ahead >= end_ - at_) return false;
  const Token& token = at_[ahead];
  return token.kind == PG_QUERY__TOKEN__IDENT || token.kind == PG_QUERY__TOKEN__UIDENT ||
         token.keyword == PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD ||
         token.keyword == PG_QUERY__KEYWORD_KIND__COL_NAME_KEYWORD;
}

void TokenCursor::SkipBrackets() {
  int depth = 0;
  while (!done()) {
    PgQuery__Token kind = at_++->kind;
    if (kind == PG_QUERY__TOKEN__ASCII_40 || kind == PG_QUERY__TOKEN__ASCII_91) ++depth;
    if ((kind == PG_QUERY__TOKEN__ASCII_41 || kind == PG_QUERY__TOKEN__ASCII_93) && --depth <= 0) return;
  }
}

Status TokenCursor::SyntaxError() const {
  if (at_ == limit_)
    return Fail(sqlstate::kSyntaxError, "syntax error at end of input")
        .At(CharacterPosition(text_, static_cast<int>(text_.size())));
  return Fail(sqlstate::kSyntaxError, "syntax error at or near \"" + std::string(Text(*at_)) + "\"").At(Position(*at_));
}

Status TokenCursor::Expect(PgQuery__Token kind) {
  if (!Accept(kind)) return SyntaxError();
  return Ok();
}

Result<std::string> TokenCursor::Name() {
  if (!IsName()) return SyntaxError();
  if (Is(PG_QUERY__TOKEN__UIDENT))
    return Status(Unsupported("a U&\"...\" identifier cannot stand in Allod's own clauses",
                              "write the identifier itself in double quotes"))
        .At(Position(*at_));
  std::string_view token = Text(*at_++);
  std::string name;
  if (token.starts_with('"')) {
    token = token.substr(1, token.size() - 2);
    for (size_t i = 0; i < token.size(); ++i) {
      name += token[i];
      if (token[i] == '"') ++i;  // doubled
    }
  } else {
    for (char c : token) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return Cut(std::move(name));
}

Status TokenCursor::TableName(std::string* schema, std::string* table) {
  ALLOD_ASSIGN_OR_RETURN(*table, Name());
  if (!Accept(PG_QUERY__TOKEN__ASCII_46)) return Ok();
  *schema = std::move(*table);
  ALLOD_ASSIGN_OR_RETURN(*table, Name());
  return Ok();
}

// --------------------------------------------------------------------------------------------------------- rules

bool IsRuleStart(const TokenCursor& cursor, int ahead) {
  return cursor.Is(PG_QUERY__TOKEN__ON, ahead) && cursor.IsOneOf({"get", "del"}, ahead + 1);
}

Result<RuleClause> ParseRule(TokenCursor& cursor, int location, bool via_only) {
  RuleClause rule;
  rule.location = location;
  rule.on_delete = cursor.IsWord("del");
  cursor.Skip();
  ALLOD_ASSIGN_OR_RETURN(rule.via_column, cursor.Name());
  if (cursor.Accept(PG_QUERY__TOKEN__ASCII_40)) {
    rule.via_table = std::move(rule.via_column);
    ALLOD_ASSIGN_OR_RETURN(rule.via_column, cursor.Name());
    ALLOD_RETURN_IF_ERROR(cursor.Expect(PG_QUERY__TOKEN__ASCII_41));
  }
  if (via_only) return rule;
  if (cursor.AcceptWord("delete_row")) {
    rule.delete_row = true;
    return rule;
  }
  if (!cursor.AcceptWord("anon"))
    return cursor.SyntaxError().Hint("After the column write ANON (column, ...) or DELETE_ROW.");
  if (!cursor.Is(PG_QUERY__TOKEN__ASCII_40))
    return cursor.SyntaxError().Hint("The columns stand in brackets: ANON (column, ...).");
  do {
    cursor.Skip();
    std::string column;
    ALLOD_ASSIGN_OR_RETURN(column, cursor.Name());
    rule.columns.push_back(std::move(column));
  } while (cursor.Is(PG_QUERY__TOKEN__ASCII_44));
  ALLOD_RETURN_IF_ERROR(cursor.Expect(PG_QUERY__TOKEN__ASCII_41));
  return rule;
}

// ---------------------------------------------------------------------------------------------------- statements

namespace {

bool KeyWordOf(const TokenCursor& cursor, KeyWord* word) {
  if (cursor.IsWord("owned_by")) *word = KeyWord::kOwnedBy;
  else if (cursor.IsWord("accessed_by")) *word = KeyWord::kAccessedBy;
  else if (cursor.IsWord("owns")) *word = KeyWord::kOwns;
  else if (cursor.IsWord("accesses")) *word = KeyWord::kAccesses;
  else return false;
  return true;
}

class Finder {
 public:
  Finder(std::string_view text, const std::vector<Token>& tokens, std::vector<Edit>* edits)
      : text_(text), limit_(tokens.data() + tokens.size()), edits_(edits) {}

  // Of one statement, [begin, end) without its semicolon.
  Result<bool> Statement(const Token* begin, const Token* end, Found* found) {
    found->start = begin->start;
    found->end = end[-1].end;
    TokenCursor cursor(text_, begin, end, limit_);
    switch (begin->kind) {
      case PG_QUERY__TOKEN__IDENT:
      case PG_QUERY__TOKEN__EXPLAIN: {
        if (cursor.IsWord("ctx")) {
          ALLOD_RETURN_IF_ERROR(Ctx(cursor));
          return true;
        }
        ALLOD_ASSIGN_OR_RETURN(bool own, ParseGdpr(cursor, found));
        if (!own) {
          ALLOD_ASSIGN_OR_RETURN(own, ParseVerify(cursor, found));
        }
        if (own) Remove(found->start, found->end);
        return own;
      }
      case PG_QUERY__TOKEN__SET:
        if (end - begin == 2 && cursor.IsWord("auto_ctx", 1))
          Replace(begin[1].start, begin[1].end, "allod.auto_ctx = on");
        return true;
      case PG_QUERY__TOKEN__CREATE:
        ALLOD_RETURN_IF_ERROR(CreateTable(cursor, found));
        return found->data_subject || found->without_history || !found->keys.empty() || !found->rules.empty();
      case PG_QUERY__TOKEN__ALTER: {
        ALLOD_ASSIGN_OR_RETURN(bool own, ParseAlterOwnership(cursor, found));
        if (own) Remove(found->start, found->end);
        else AlterTable(cursor, found);
        return own || !found->keys.empty();
      }
      default:
        return false;
    }
  }

 private:
  void Replace(int start, int end, std::string replacement) { edits_->push_back({start, end, std::move(replacement)}); }
  void Remove(int start, int end) { Replace(start, end, " "); }

  Status Ctx(TokenCursor cursor) {
    const Token* first = cursor.at();
    cursor.Skip();
    const char* statement = cursor.Is(PG_QUERY__TOKEN__START)      ? "BEGIN"
                            : cursor.Is(PG_QUERY__TOKEN__COMMIT)   ? "COMMIT"
                            : cursor.Is(PG_QUERY__TOKEN__ROLLBACK) ? "ROLLBACK"
                                                                   : nullptr;
    if (statement != nullptr) cursor.Skip();
    if (statement == nullptr || !cursor.done())
      return cursor.SyntaxError().Hint("Write CTX START, CTX COMMIT or CTX ROLLBACK.");
    Replace(first->start, cursor.at()[-1].end, statement);
    return Ok();
  }

  // CREATE [DATA_SUBJECT | TEMP ...] TABLE [IF NOT EXISTS] name [( element, ... )] [WITHOUT HISTORY]
  Status CreateTable(TokenCursor cursor, Found* found) {
    cursor.Skip();
    if (cursor.IsWord("data_subject") && cursor.Is(PG_QUERY__TOKEN__TABLE, 1)) {
      found->data_subject = true;
      Remove(cursor.at()->start, cursor.at()->end);
      cursor.Skip();
    }
    while (cursor.Is(PG_QUERY__TOKEN__TEMP) || cursor.Is(PG_QUERY__TOKEN__TEMPORARY) ||
           cursor.Is(PG_QUERY__TOKEN__LOCAL) || cursor.Is(PG_QUERY__TOKEN__GLOBAL) ||
           cursor.Is(PG_QUERY__TOKEN__UNLOGGED))
      cursor.Skip();
    if (!cursor.Accept(PG_QUERY__TOKEN__TABLE)) return Ok();
    if (cursor.Is(PG_QUERY__TOKEN__IF_P)) cursor.Skip(std::min<int>(3, static_cast<int>(cursor.end() - cursor.at())));
    auto without_history = [&] { return cursor.Is(PG_QUERY__TOKEN__WITHOUT) && cursor.IsWord("history", 1); };
    while (!without_history() && (cursor.IsName() || cursor.Is(PG_QUERY__TOKEN__ASCII_46))) cursor.Skip();
    if (cursor.Is(PG_QUERY__TOKEN__ASCII_40)) {
      ALLOD_RETURN_IF_ERROR(Elements(cursor, found));
      cursor.SkipBrackets();
    }
    if (without_history()) {
      found->without_history = true;
      Remove(cursor.at()->start, cursor.at()[1].end);
    }
    return Ok();
  }

  // Rules go out with one comma each, so that the elements that stay are separated as before.
  Status Elements(TokenCursor cursor, Found* found) {
    bool only_rules_yet = true;
    const Token* comma = nullptr;  // before this element
    do {
      if (comma == nullptr || cursor.Is(PG_QUERY__TOKEN__ASCII_44)) cursor.Skip();
      const Token* begin = cursor.at();
      const Token* end = ElementEnd(cursor);
      TokenCursor element(text_, begin, end, limit_);
      if (IsRuleStart(element)) {
        element.Skip();
        ALLOD_ASSIGN_OR_RETURN(RuleClause rule, ParseRule(element, begin->start, false));
        if (!element.done()) return element.SyntaxError();
        found->rules.push_back(std::move(rule));
        bool followed = cursor.Is(PG_QUERY__TOKEN__ASCII_44);
        if (only_rules_yet) Remove(begin->start, followed ? cursor.at()->end : end[-1].end);
        else Remove(comma->start, end[-1].end);
      } else {
        Element(element, found);
        only_rules_yet = false;
      }
      comma = cursor.at();
    } while (cursor.Is(PG_QUERY__TOKEN__ASCII_44));
    return Ok();
  }

  // Moves to the comma or bracket that ends it.
  static const Token* ElementEnd(TokenCursor& cursor) {
    while (!cursor.done() && !cursor.Is(PG_QUERY__TOKEN__ASCII_44) && !cursor.Is(PG_QUERY__TOKEN__ASCII_41)) {
      if (cursor.Is(PG_QUERY__TOKEN__ASCII_40) || cursor.Is(PG_QUERY__TOKEN__ASCII_91)) cursor.SkipBrackets();
      else cursor.Skip();
    }
    return cursor.at();
  }

  // OWNED_BY t, OWNS t, ..., REFERENCES ONLY t. `location`: what libpg_query will give the constraint.
  bool KeyClause(const TokenCursor& cursor, int location, Found* found) {
    const Token* token = cursor.at();
    KeyWord word;
    if (cursor.Is(PG_QUERY__TOKEN__REFERENCES) && cursor.Is(PG_QUERY__TOKEN__ONLY, 1)) {
      word = KeyWord::kReferencesOnly;
      Remove(token[1].start, token[1].end);
    } else if (KeyWordOf(cursor, &word) && cursor.IsName(1)) {
      Replace(token->start, token->end, "REFERENCES");
    } else {
      return false;
    }
    found->keys.push_back({location, word});
    return true;
  }

  // A table constraint or a column's definition.
  void Element(TokenCursor cursor, Found* found) {
    const Token* first = cursor.at();
    bool named = cursor.Is(PG_QUERY__TOKEN__CONSTRAINT);
    if (named) {
      if (cursor.end() - cursor.at() < 3) return;
      cursor.Skip(2);
    }
    if (cursor.Is(PG_QUERY__TOKEN__FOREIGN) && cursor.Is(PG_QUERY__TOKEN__KEY, 1) &&
        cursor.Is(PG_QUERY__TOKEN__ASCII_40, 2)) {
      cursor.Skip(2);
      cursor.SkipBrackets();
      KeyClause(cursor, first->start, found);
      return;
    }
    if (named || !cursor.IsName()) return;
    // The column's name and the first word of its type are never annotations, whatever they are called.
    for (int i = 0; i < 2 && !cursor.done(); ++i) cursor.Skip();
    while (!cursor.done()) {
      if (cursor.Is(PG_QUERY__TOKEN__ASCII_40) || cursor.Is(PG_QUERY__TOKEN__ASCII_91)) {
        cursor.SkipBrackets();
        continue;
      }
      const Token* token = cursor.at();
      if (MayBeginConstraint(token[-1])) {
        bool has_name = token - first >= 2 && token[-2].kind == PG_QUERY__TOKEN__CONSTRAINT;
        // What follows is the table's name, even if it is called "owns".
        if (KeyClause(cursor, has_name ? token[-2].start : token->start, found)) cursor.Skip();
      }
      cursor.Skip();
    }
  }

  // After these a word is a name (DEFAULT owns, COLLATE owns, CONSTRAINT owns, s.owns) or an operand.
  static bool MayBeginConstraint(const Token& previous) {
    switch (previous.kind) {
      case PG_QUERY__TOKEN__DEFAULT:
      case PG_QUERY__TOKEN__COLLATE:
      case PG_QUERY__TOKEN__CONSTRAINT:
      case PG_QUERY__TOKEN__REFERENCES:
      case PG_QUERY__TOKEN__COMPRESSION:
      case PG_QUERY__TOKEN__TYPECAST:
      case PG_QUERY__TOKEN__Op:
      case PG_QUERY__TOKEN__SETOF:
        return false;
      case PG_QUERY__TOKEN__ASCII_41:
      case PG_QUERY__TOKEN__ASCII_93:
        return true;
      default:
        return previous.kind >= PG_QUERY__TOKEN__IDENT;  // below: single characters
    }
  }

  // ALTER TABLE ... ADD [COLUMN] definition, ADD [CONSTRAINT n] FOREIGN KEY ...
  void AlterTable(TokenCursor cursor, Found* found) {
    cursor.Skip();
    if (!cursor.Accept(PG_QUERY__TOKEN__TABLE)) return;
    if (cursor.Accept(PG_QUERY__TOKEN__IF_P)) cursor.Accept(PG_QUERY__TOKEN__EXISTS);
    cursor.Accept(PG_QUERY__TOKEN__ONLY);
    while (cursor.IsName() && cursor.Is(PG_QUERY__TOKEN__ASCII_46, 1)) cursor.Skip(2);
    if (!cursor.IsName()) return;
    cursor.Skip();
    cursor.Accept(PG_QUERY__TOKEN__ASCII_42);
    while (!cursor.done()) {
      const Token* begin = cursor.at();
      const Token* end = ElementEnd(cursor);
      TokenCursor action(text_, begin, end, limit_);
      if (action.Accept(PG_QUERY__TOKEN__ADD_P)) {
        action.Accept(PG_QUERY__TOKEN__COLUMN);
        if (action.Is(PG_QUERY__TOKEN__IF_P) && action.Is(PG_QUERY__TOKEN__NOT, 1) &&
            action.Is(PG_QUERY__TOKEN__EXISTS, 2))
          action.Skip(3);
        if (!action.done()) Element(action, found);
      }
      if (!cursor.done()) cursor.Skip();
    }
  }

  std::string_view text_;
  const Token* limit_;
  std::vector<Edit>* edits_;
};

}  // namespace

Result<std::vector<Found>> FindAnnotations(std::string_view text, const std::vector<Token>& tokens,
                                           std::vector<Edit>* edits) {
  std::vector<Found> all;
  Finder finder(text, tokens, edits);
  const Token* limit = tokens.data() + tokens.size();
  for (const Token* begin = tokens.data(); begin != limit;) {
    // To the semicolon, which is none within brackets (CREATE RULE ... DO (a; b)) or within BEGIN ATOMIC ... END.
    const Token* end = begin;
    int brackets = 0, atomic = 0;
    for (; end != limit; ++end) {
      if (end->kind == PG_QUERY__TOKEN__ASCII_40) ++brackets;
      if (end->kind == PG_QUERY__TOKEN__ASCII_41) --brackets;
      if (atomic > 0 && end->kind == PG_QUERY__TOKEN__CASE) ++atomic;
      if (atomic > 0 && end->kind == PG_QUERY__TOKEN__END_P) --atomic;
      if (end->kind == PG_QUERY__TOKEN__ATOMIC && begin->kind == PG_QUERY__TOKEN__CREATE &&
          end[-1].kind == PG_QUERY__TOKEN__BEGIN_P)
        atomic = 1;
      if (end->kind == PG_QUERY__TOKEN__ASCII_59 && brackets <= 0 && atomic == 0) break;
    }
    if (end != begin) {
      Found found;
      ALLOD_ASSIGN_OR_RETURN(bool any, finder.Statement(begin, end, &found));
      if (any) all.push_back(std::move(found));
    }
    begin = end == limit ? limit : end + 1;
  }
  return all;
}

// --------------------------------------------------------------------------------------------------------- hints

namespace {

// Letters only, in upper case: OWNED_BY, "OWNED BY", OwnedBy -> OWNEDBY.
std::string Letters(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') letters += static_cast<char>(c - ('a' - 'A'));
    if (c >= 'A' && c <= 'Z') letters += c;
  }
  return letters;
}

// Levenshtein's distance; the words are short.
int Distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      int above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string AnnotationHint(std::string_view text, const std::vector<Token>& tokens, size_t token) {
  auto word = [&](size_t i) {
    if (i >= tokens.size() || tokens[i].end - tokens[i].start > 24) return std::string();
    return Letters(text.substr(tokens[i].start, tokens[i].end - tokens[i].start));
  };
  size_t begin = token;
  while (begin > 0 && tokens[begin - 1].kind != PG_QUERY__TOKEN__ASCII_59) --begin;
  if (begin >= tokens.size()) return "";
  PgQuery__Token statement = tokens[begin].kind;
  if (statement != PG_QUERY__TOKEN__CREATE && statement != PG_QUERY__TOKEN__ALTER) return "";

  std::string one = word(token), two = one + word(token + 1);
  if (one.empty()) return "";
  // The word itself stands there, but not where it can, or without its table.
  for (std::string_view key : {"OWNED_BY", "ACCESSED_BY", "OWNS", "ACCESSES"})
    if (one == Letters(key) && text.substr(tokens[token].start, key.size()).find('_') == key.find('_'))
      return "Write it as REFERENCES is written: column type " + std::string(key) +
             " table(column), or FOREIGN KEY (column) " + std::string(key) + " table(column).";
  if (one == "DATASUBJECT" && statement == PG_QUERY__TOKEN__CREATE) return "Write CREATE DATA_SUBJECT TABLE.";
  if (one == "ON" || one == "DEL" || one == "DELETE" || one == "GET")
    return "A rule is a table element: ON GET column ANON (column, ...), ON DEL column ANON (column, ...), "
           "ON GET column DELETE_ROW or ON DEL column DELETE_ROW.";

  struct Spelling {
    std::string_view letters;
    const char* meant;
  };
  static constexpr Spelling kSpellings[] = {
      {"OWNEDBY", "OWNED_BY"},     {"OWNED", "OWNED_BY"},           {"ACCESSEDBY", "ACCESSED_BY"},
      {"ACCESSED", "ACCESSED_BY"}, {"ACCESSIBLEBY", "ACCESSED_BY"}, {"OWNS", "OWNS"},
      {"ACCESSES", "ACCESSES"},    {"DATASUBJECT", "DATA_SUBJECT"}, {"DELETEROW", "DELETE_ROW"},
  };
  for (const std::string& written : {two, one})
    for (const Spelling& spelling : kSpellings) {
      int allowed = spelling.letters.size() > 5 ? 2 : 1;
      if (written.size() >= 3 && Distance(written, spelling.letters) <= allowed)
        return std::string("Write ") + spelling.meant + ".";
    }
  return "";
}

}  // namespace allod::sql
