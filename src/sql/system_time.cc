#include "sql/system_time.h"

#include <algorithm>

namespace allod::sql {

namespace {

bool OpensBracket(const Token& token) { return token.kind == PG_QUERY__TOKEN__ASCII_40 || token.kind == PG_QUERY__TOKEN__ASCII_91; }
bool ClosesBracket(const Token& token) { return token.kind == PG_QUERY__TOKEN__ASCII_41 || token.kind == PG_QUERY__TOKEN__ASCII_93; }

// What cannot stand in an expression outside of brackets, but behind one in FROM.
bool EndsExpression(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__ASCII_44:  // ,
    case PG_QUERY__TOKEN__ASCII_59:  // ;
    case PG_QUERY__TOKEN__AS:
    case PG_QUERY__TOKEN__WHERE:
    case PG_QUERY__TOKEN__GROUP_P:
    case PG_QUERY__TOKEN__HAVING:
    case PG_QUERY__TOKEN__WINDOW:
    case PG_QUERY__TOKEN__ORDER:
    case PG_QUERY__TOKEN__LIMIT:
    case PG_QUERY__TOKEN__OFFSET:
    case PG_QUERY__TOKEN__FETCH:
    case PG_QUERY__TOKEN__FOR:
    case PG_QUERY__TOKEN__UNION:
    case PG_QUERY__TOKEN__INTERSECT:
    case PG_QUERY__TOKEN__EXCEPT:
    case PG_QUERY__TOKEN__JOIN:
    case PG_QUERY__TOKEN__INNER_P:
    case PG_QUERY__TOKEN__LEFT:
    case PG_QUERY__TOKEN__RIGHT:
    case PG_QUERY__TOKEN__FULL:
    case PG_QUERY__TOKEN__CROSS:
    case PG_QUERY__TOKEN__NATURAL:
    case PG_QUERY__TOKEN__ON:
    case PG_QUERY__TOKEN__USING:
    case PG_QUERY__TOKEN__SET:
    case PG_QUERY__TOKEN__RETURNING: return true;
    default: return false;
  }
}

// An identifier behind it is another thing: the alias.
bool EndsOperand(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__PARAM:
    case PG_QUERY__TOKEN__IDENT:
    case PG_QUERY__TOKEN__CURRENT_TIMESTAMP:
    case PG_QUERY__TOKEN__CURRENT_DATE:
    case PG_QUERY__TOKEN__LOCALTIMESTAMP:
    case PG_QUERY__TOKEN__YEAR_P:
    case PG_QUERY__TOKEN__MONTH_P:
    case PG_QUERY__TOKEN__DAY_P:
    case PG_QUERY__TOKEN__HOUR_P:
    case PG_QUERY__TOKEN__MINUTE_P:
    case PG_QUERY__TOKEN__SECOND_P:
    case PG_QUERY__TOKEN__END_P: return true;
    default: return ClosesBracket(token);
  }
}

// A word that may be an alias, and does not go on with the expression before it (x AT TIME ZONE z, interval '1' DAY).
bool MayBeAlias(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__AT:
    case PG_QUERY__TOKEN__OPERATOR:
    case PG_QUERY__TOKEN__YEAR_P:
    case PG_QUERY__TOKEN__MONTH_P:
    case PG_QUERY__TOKEN__DAY_P:
    case PG_QUERY__TOKEN__HOUR_P:
    case PG_QUERY__TOKEN__MINUTE_P:
    case PG_QUERY__TOKEN__SECOND_P: return false;
    default: return token.kind == PG_QUERY__TOKEN__IDENT || token.keyword == PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD;
  }
}

std::string Literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += c;
    literal += c;
  }
  return literal + "'";
}

class Finder {
 public:
  Finder(std::string_view text, const std::vector<Token>& tokens, std::vector<Edit>* edits)
      : text_(text), begin_(tokens.data()), end_(tokens.data() + tokens.size()), edits_(edits) {}

  Status Find() {
    for (const Token* token = begin_; token != end_; ++token) {
      if (token->kind == PG_QUERY__TOKEN__FOR && token + 1 != end_ && token[1].kind == PG_QUERY__TOKEN__IDENT &&
          EqualsIgnoringCase(Text(token[1]), "system_time")) {
        ALLOD_RETURN_IF_ERROR(Clause(token));
      }
    }
    return Ok();
  }

 private:
  std::string_view Text(const Token& token) const { return text_.substr(token.start, token.end - token.start); }
  TokenCursor At(const Token* token) const { return TokenCursor(text_, token, end_, end_); }

  // The first token of the table's name, which ends before `word`; null if there is none.
  const Token* Name(const Token* word) const {
    const auto is_name = [&](const Token* token) { return token >= begin_ && At(token).IsName(); };
    if (!is_name(word - 1)) return nullptr;
    const Token* name = word - 1;
    while (name - 2 >= begin_ && name[-1].kind == PG_QUERY__TOKEN__ASCII_46 && is_name(name - 2)) name -= 2;
    return name;
  }

  Status Clause(const Token* word) {
    const Token* name = Name(word);
    if (name == nullptr) return At(word + 1).SyntaxError();
    const std::string_view table = text_.substr(name->start, word[-1].end - name->start);
    TokenCursor cursor = At(word + 2);
    const char* kind = nullptr;
    PgQuery__Token between = PG_QUERY__TOKEN__NUL;
    int arguments = 1;
    if (cursor.Is(PG_QUERY__TOKEN__AS) && cursor.Is(PG_QUERY__TOKEN__OF, 1)) {
      cursor.Skip(2);
      kind = "as of";
    } else if (cursor.Accept(PG_QUERY__TOKEN__FROM)) {
      kind = "from";
      between = PG_QUERY__TOKEN__TO;
    } else if (cursor.Accept(PG_QUERY__TOKEN__BETWEEN)) {
      kind = "between";
      between = PG_QUERY__TOKEN__AND;
    } else if (cursor.Accept(PG_QUERY__TOKEN__ALL)) {
      kind = "all";
      arguments = 0;
    } else {
      Status refused = cursor.SyntaxError();
      refused.error().hint = "Write FOR SYSTEM_TIME AS OF time, FROM time TO time, BETWEEN time AND time, or ALL.";
      return refused;
    }
    edits_->push_back({name->start, word[-1].end, "allod.system_time(" + Literal(table) + ", '" + kind + "'"});
    edits_->push_back({word->start, cursor.at()[-1].end, arguments == 0 ? ")" : ", "});
    if (arguments == 0) return Ok();
    if (between != PG_QUERY__TOKEN__NUL) {
      const Token* separator = Expression(cursor.at(), between);
      if (separator == cursor.at() || separator == end_ || separator->kind != between) return At(separator).SyntaxError();
      edits_->push_back({separator->start, separator->end, ","});
      cursor = At(separator + 1);
    }
    const Token* end = Expression(cursor.at(), PG_QUERY__TOKEN__NUL);
    if (end == cursor.at()) return At(end).SyntaxError();
    edits_->push_back({end[-1].end, end[-1].end, ")"});
    return Ok();
  }

  // To the end of the expression that begins here, or to `until` outside of brackets.
  const Token* Expression(const Token* token, PgQuery__Token until) const {
    int brackets = 0, cases = 0;
    for (const Token* begin = token; token != end_; ++token) {
      if (brackets == 0 && cases == 0) {
        if (token->kind == until || ClosesBracket(*token) || EndsExpression(*token)) return token;
        if (token != begin && MayBeAlias(*token) && EndsOperand(token[-1])) return token;
      }
      if (OpensBracket(*token)) ++brackets;
      if (ClosesBracket(*token)) --brackets;
      if (token->kind == PG_QUERY__TOKEN__CASE) ++cases;
      if (token->kind == PG_QUERY__TOKEN__END_P && cases > 0) --cases;
    }
    return token;
  }

  const std::string_view text_;
  const Token* const begin_;
  const Token* const end_;
  std::vector<Edit>* const edits_;
};

}  // namespace

Status FindSystemTime(std::string_view text, const std::vector<Token>& tokens, std::vector<Edit>* edits) {
  ALLOD_RETURN_IF_ERROR(Finder(text, tokens, edits).Find());
  std::stable_sort(edits->begin(), edits->end(), [](const Edit& a, const Edit& b) { return a.start < b.start; });
  return Ok();
}

}  // namespace allod::sql
