// GDPR GET|FORGET, EXPLAIN GDPR, EXPLAIN COMPLIANCE, VERIFY, and ALTER TABLE's actions on ownership.
#include <charconv>

#include "sql/annotations.h"

namespace allod::sql {

namespace {

constexpr const char* kGdprHint =
    "Write GDPR GET table key or GDPR FORGET table key; a key of several columns: (key, key).";
constexpr int kMaxParameter = 65535;  // the protocol's own limit

// The value of a string constant: '..', E'..' or $$..$$, continued over lines or not. The scanner knows the escapes, so
// the grammar is asked; nothing but a constant can come out of one token.
Result<std::string> StringConstant(std::string_view token) {
  if (token.size() >= 2 && token.front() == '\'' && token.find('\'', 1) == token.size() - 1)
    return std::string(token.substr(1, token.size() - 2));
  Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * node, ParseExpression(token, arena));
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
    return Fail(sqlstate::kSyntaxError, "not a string constant: " + std::string(token));
  return std::string(node->a_const->sval->sval);
}

Result<GdprStatement::KeyPart> ParseKeyPart(TokenCursor& cursor, Found* found) {
  GdprStatement::KeyPart part;
  bool sign = cursor.Is(PG_QUERY__TOKEN__ASCII_45) || cursor.Is(PG_QUERY__TOKEN__ASCII_43);
  if (sign) {
    if (cursor.Is(PG_QUERY__TOKEN__ASCII_45)) part.text = "-";
    cursor.Skip();
  }
  if (cursor.done()) return cursor.SyntaxError().Hint(kGdprHint);
  std::string_view token = cursor.Text(*cursor.at());
  int position = cursor.Position(*cursor.at());
  if (cursor.Is(PG_QUERY__TOKEN__ICONST) || cursor.Is(PG_QUERY__TOKEN__FCONST)) {
    part.text += token;
  } else if (!sign && cursor.Is(PG_QUERY__TOKEN__SCONST)) {
    Result<std::string> value = StringConstant(token);
    if (!value.ok()) return std::move(value).status().At(position);
    part.text = *std::move(value);
  } else if (!sign && (cursor.Is(PG_QUERY__TOKEN__TRUE_P) || cursor.Is(PG_QUERY__TOKEN__FALSE_P))) {
    part.text = cursor.Is(PG_QUERY__TOKEN__TRUE_P) ? "true" : "false";
  } else if (!sign && cursor.Is(PG_QUERY__TOKEN__PARAM)) {
    auto [end, error] = std::from_chars(token.data() + 1, token.data() + token.size(), part.parameter);
    if (error != std::errc() || part.parameter < 1 || part.parameter > kMaxParameter)
      return Fail(sqlstate::kUndefinedParameter, "there is no parameter " + std::string(token)).At(position);
    found->parameters = std::max(found->parameters, part.parameter);
  } else if (!sign && cursor.Is(PG_QUERY__TOKEN__NULL_P)) {
    return Fail(sqlstate::kNullValueNotAllowed, "the key of a data subject cannot be null").At(position);
  } else if (cursor.Is(PG_QUERY__TOKEN__CAST) || cursor.Is(PG_QUERY__TOKEN__SCONST, 1)) {
    return cursor.SyntaxError().Hint("The key's type is known: write the value alone.");
  } else {
    return cursor.SyntaxError().Hint(kGdprHint);
  }
  cursor.Skip();
  if (cursor.Is(PG_QUERY__TOKEN__TYPECAST))
    return cursor.SyntaxError().Hint("The key's type is known: write the value alone.");
  return part;
}

}  // namespace

Result<bool> ParseGdpr(TokenCursor cursor, Found* found) {
  GdprStatement statement;
  if (cursor.Accept(PG_QUERY__TOKEN__EXPLAIN)) {
    statement.explain = true;
    const Token* options = cursor.at();
    if (cursor.Is(PG_QUERY__TOKEN__ASCII_40)) cursor.SkipBrackets();
    while (cursor.Is(PG_QUERY__TOKEN__ANALYZE) || cursor.Is(PG_QUERY__TOKEN__ANALYSE) ||
           cursor.Is(PG_QUERY__TOKEN__VERBOSE))
      cursor.Skip();
    bool compliance = cursor.IsWord("compliance");
    if (!compliance && !cursor.IsWord("gdpr")) return false;
    if (cursor.at() != options)
      return cursor.SyntaxError().Hint(compliance ? "EXPLAIN COMPLIANCE takes no options."
                                                  : "EXPLAIN GDPR takes no options.");
    if (compliance) {
      cursor.Skip();
      if (!cursor.done()) return cursor.SyntaxError();
      found->own = ExplainComplianceStatement{};
      return true;
    }
  }
  if (!cursor.AcceptWord("gdpr")) return false;

  if (cursor.IsWord("forget")) statement.kind = GdprStatement::Kind::kForget;
  else if (!cursor.IsWord("get")) return cursor.SyntaxError().Hint(kGdprHint);
  cursor.Skip();
  if (!cursor.IsName()) return cursor.SyntaxError().Hint(kGdprHint);
  statement.table_location = cursor.at()->start;
  ALLOD_RETURN_IF_ERROR(cursor.TableName(&statement.schema, &statement.table));

  bool bracket = cursor.Accept(PG_QUERY__TOKEN__ASCII_40);
  do {
    ALLOD_ASSIGN_OR_RETURN(GdprStatement::KeyPart part, ParseKeyPart(cursor, found));
    statement.key.push_back(std::move(part));
  } while (cursor.Accept(PG_QUERY__TOKEN__ASCII_44));
  if (bracket) ALLOD_RETURN_IF_ERROR(cursor.Expect(PG_QUERY__TOKEN__ASCII_41));
  if (cursor.Is(PG_QUERY__TOKEN__TYPECAST))
    return cursor.SyntaxError().Hint("The key's type is known: write the value alone.");
  if (!cursor.done()) return cursor.SyntaxError().Hint(kGdprHint);
  found->own = std::move(statement);
  return true;
}

Result<bool> ParseVerify(TokenCursor cursor, Found* found) {
  if (!cursor.AcceptWord("verify")) return false;
  VerifyStatement statement;
  if (cursor.Accept(PG_QUERY__TOKEN__TABLE)) {
    if (cursor.done()) return cursor.SyntaxError();
    statement.table_location = cursor.at()->start;
    ALLOD_RETURN_IF_ERROR(cursor.TableName(&statement.schema, &statement.table));
  }
  if (!cursor.done()) return cursor.SyntaxError().Hint("Write VERIFY, or VERIFY TABLE table.");
  found->own = std::move(statement);
  return true;
}

// ------------------------------------------------------------------------------------------------- ALTER TABLE

namespace {

constexpr const char* kOneKind =
    "Write two statements: one ALTER TABLE for the ownership, another for everything else.";

// At the action's end: the statement's, or a comma.
bool EndsAction(const TokenCursor& cursor, int ahead) {
  return ahead == cursor.end() - cursor.at() || cursor.Is(PG_QUERY__TOKEN__ASCII_44, ahead);
}

bool IsOwnAction(const TokenCursor& cursor) {
  // An unquoted DROP data_subject is Allod's; the column of that name is dropped with DROP COLUMN.
  if (cursor.Is(PG_QUERY__TOKEN__SET) || cursor.Is(PG_QUERY__TOKEN__DROP))
    if (cursor.IsWord("data_subject", 1) && EndsAction(cursor, 2)) return true;
  if (cursor.Is(PG_QUERY__TOKEN__SET) && (cursor.Is(PG_QUERY__TOKEN__WITH, 1) || cursor.Is(PG_QUERY__TOKEN__WITHOUT, 1)))
    return cursor.IsWord("history", 2) && EndsAction(cursor, 3);
  if (cursor.Is(PG_QUERY__TOKEN__ADD_P) || cursor.Is(PG_QUERY__TOKEN__DROP)) return IsRuleStart(cursor, 1);
  return cursor.Is(PG_QUERY__TOKEN__ALTER) && cursor.Is(PG_QUERY__TOKEN__CONSTRAINT, 1) && cursor.IsName(2) &&
         (cursor.Is(PG_QUERY__TOKEN__REFERENCES, 3) ||
          cursor.IsOneOf({"owned_by", "owns", "accessed_by", "accesses"}, 3));
}

Status ParseAction(TokenCursor& cursor, AlterOwnershipStatement* statement) {
  using Alter = AlterOwnershipStatement;
  bool set = cursor.Is(PG_QUERY__TOKEN__SET), add = cursor.Is(PG_QUERY__TOKEN__ADD_P);
  if (cursor.Accept(PG_QUERY__TOKEN__ALTER)) {
    cursor.Skip();
    Alter::AnnotateKey key;
    ALLOD_ASSIGN_OR_RETURN(key.constraint, cursor.Name());
    if (cursor.AcceptWord("owned_by")) key.word = KeyWord::kOwnedBy;
    else if (cursor.AcceptWord("accessed_by")) key.word = KeyWord::kAccessedBy;
    else if (cursor.AcceptWord("owns")) key.word = KeyWord::kOwns;
    else if (cursor.AcceptWord("accesses")) key.word = KeyWord::kAccesses;
    else if (cursor.Accept(PG_QUERY__TOKEN__REFERENCES) && cursor.Accept(PG_QUERY__TOKEN__ONLY))
      key.word = KeyWord::kReferencesOnly;
    if (cursor.IsName() || cursor.Is(PG_QUERY__TOKEN__ASCII_40))
      return cursor.SyntaxError().Hint("The constraint knows its table: the annotation stands alone.");
    statement->actions.emplace_back(std::move(key));
    return Ok();
  }
  cursor.Skip();
  if (IsRuleStart(cursor)) {
    int location = cursor.at()->start;
    cursor.Skip();
    ALLOD_ASSIGN_OR_RETURN(RuleClause rule, ParseRule(cursor, location, !add));
    if (add) statement->actions.emplace_back(Alter::AddRule{std::move(rule)});
    else statement->actions.emplace_back(Alter::DropRule{std::move(rule)});
    return Ok();
  }
  if (set && !cursor.IsWord("data_subject")) {
    statement->actions.emplace_back(Alter::SetHistory{cursor.Is(PG_QUERY__TOKEN__WITH)});
    cursor.Skip(2);
    return Ok();
  }
  cursor.Skip();
  statement->actions.emplace_back(Alter::SetDataSubject{set});
  return Ok();
}

}  // namespace

Result<bool> ParseAlterOwnership(TokenCursor cursor, Found* found) {
  AlterOwnershipStatement statement;
  cursor.Skip();
  if (!cursor.Accept(PG_QUERY__TOKEN__TABLE)) return false;
  if (cursor.Is(PG_QUERY__TOKEN__IF_P) && cursor.Is(PG_QUERY__TOKEN__EXISTS, 1)) {
    statement.if_exists = true;
    cursor.Skip(2);
  }
  cursor.Accept(PG_QUERY__TOKEN__ONLY);  // there is no inheritance: ONLY says nothing
  const Token* name = cursor.at();
  while (cursor.IsName() && cursor.Is(PG_QUERY__TOKEN__ASCII_46, 1)) cursor.Skip(2);
  if (!cursor.IsName()) return false;
  cursor.Skip();
  TokenCursor table = cursor;
  cursor.Accept(PG_QUERY__TOKEN__ASCII_42);

  // Look at all actions before one is parsed.
  const Token* foreign = nullptr;
  bool own = false;
  for (TokenCursor action = cursor; !action.done();) {
    if (IsOwnAction(action)) own = true;
    else if (foreign == nullptr) foreign = action.at();
    while (!action.done() && !action.Is(PG_QUERY__TOKEN__ASCII_44)) {
      if (action.Is(PG_QUERY__TOKEN__ASCII_40) || action.Is(PG_QUERY__TOKEN__ASCII_91)) action.SkipBrackets();
      else action.Skip();
    }
    action.Accept(PG_QUERY__TOKEN__ASCII_44);
  }
  if (!own) return false;
  if (foreign != nullptr)
    return Status(Unsupported("ALTER TABLE cannot change ownership and something else in one statement", kOneKind))
        .At(cursor.Position(*foreign));

  statement.table_location = name->start;
  table.Skip(static_cast<int>(name - table.at()));
  ALLOD_RETURN_IF_ERROR(table.TableName(&statement.schema, &statement.table));
  if (table.Is(PG_QUERY__TOKEN__ASCII_46)) return table.SyntaxError();
  do {
    if (cursor.done()) return cursor.SyntaxError();
    ALLOD_RETURN_IF_ERROR(ParseAction(cursor, &statement));
  } while (cursor.Accept(PG_QUERY__TOKEN__ASCII_44));
  if (!cursor.done()) return cursor.SyntaxError();
  found->own = std::move(statement);
  return true;
}

}  // namespace allod::sql
