// Expressions that are stored: checks, defaults, index expressions and predicates, USING.
#include "base/format.h"
#include "catalog/definition_text.h"
#include "planner/bind.h"
#include "planner/ddl_internal.h"
#include "planner/ddl_type.h"

namespace allod::planner::ddl {

namespace {

// PostgreSQL's words for the place, in messages.
std::string_view PlaceName(Place place) {
  switch (place) {
    case Place::kCheck: return "check constraint";
    case Place::kDefault: return "DEFAULT expression";
    case Place::kIndex: return "index expression";
    case Place::kPredicate: return "index predicate";
    case Place::kUsing: return "transform expression";
  }
  return "";
}

std::string_view PlacePlural(Place place) {
  switch (place) {
    case Place::kCheck: return "check constraints";
    case Place::kDefault: return "DEFAULT expressions";
    case Place::kIndex: return "index expressions";
    case Place::kPredicate: return "index predicates";
    case Place::kUsing: return "transform expressions";
  }
  return "";
}

bool IsSequenceFunction(const PgQuery__FuncCall& call) {
  if (call.n_funcname == 0 || call.n_args == 0) return false;
  const std::string_view name = NodeText(call.funcname[call.n_funcname - 1]);
  return name == "nextval" || name == "currval" || name == "setval";
}

// The constant in nextval('s') or nextval('s'::regclass); null if the argument is anything else.
PgQuery__String* SequenceArgument(const PgQuery__FuncCall& call) {
  PgQuery__Node* argument = call.args[0];
  while (argument != nullptr && argument->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) argument = argument->type_cast->arg;
  if (argument == nullptr || argument->node_case != PG_QUERY__NODE__NODE_A_CONST) return nullptr;
  const PgQuery__AConst& constant = *argument->a_const;
  return constant.val_case == PG_QUERY__A__CONST__VAL_SVAL ? constant.sval : nullptr;
}

// nextval('s') becomes nextval('s'::regclass), as PostgreSQL shows it (and ORMs look for it).
void CastToRegclass(PgQuery__FuncCall* call, sql::Arena* arena) {
  if (call->args[0]->node_case != PG_QUERY__NODE__NODE_A_CONST) return;
  auto* name = arena->Make<PgQuery__TypeName>(pg_query__type_name__init);
  name->n_names = 1;
  name->names = arena->Array<PgQuery__Node>(1);
  name->names[0] = MakeString(arena, "regclass");
  name->typemod = -1;
  auto* cast = arena->Make<PgQuery__TypeCast>(pg_query__type_cast__init);
  cast->arg = call->args[0];
  cast->type_name = name;
  auto* node = arena->Make<PgQuery__Node>(pg_query__node__init);
  node->node_case = PG_QUERY__NODE__NODE_TYPE_CAST;
  node->type_cast = cast;
  call->args[0] = node;
}

// Calls `visit` for the sequence's name in every nextval(), currval(), setval() of the tree.
void ForSequenceNames(PgQuery__Node* tree, const std::function<void(PgQuery__String*)>& visit) {
  WalkTree(tree, [&](ProtobufCMessage* message) {
    auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor);
    if (call == nullptr || !IsSequenceFunction(*call)) return true;
    if (PgQuery__String* text = SequenceArgument(*call)) visit(text);
    return true;
  });
}

// 's', '"S"', 'schema.s' -> schema and name, folded as identifiers are.
std::pair<std::string, std::string> SplitName(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && (text[i] != '"' || (i + 1 < text.size() && text[i + 1] == '"')); ++i) {
        if (text[i] == '"') ++i;
        parts.back() += text[i];
      }
    } else if (text[i] == '.') {
      parts.emplace_back();
    } else {
      const char c = text[i];
      parts.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (parts.size() == 1) return {"", parts[0]};
  return {parts[parts.size() - 2], parts.back()};
}

// Where in the user's text an error about a part of the expression points: at the node that its message names, or at the
// expression's beginning.
int ErrorPosition(const Ddl& ddl, const PgQuery__Node* expression, const Error& error) {
  int location = -1;
  auto named = [&](std::string_view name, bool quoted) {
    const std::string wanted = quoted ? "\"" + std::string(name) + "\"" : " " + std::string(name) + "(";
    return !name.empty() && error.message.find(wanted) != std::string::npos;
  };
  WalkTree(expression, [&](ProtobufCMessage* message) {
    if (location > 0) return false;
    if (auto* column = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor)) {
      if (column->n_fields > 0 && named(NodeText(column->fields[column->n_fields - 1]), true)) location = column->location;
    } else if (auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) {
      if (call->n_funcname > 0 && named(NodeText(call->funcname[call->n_funcname - 1]), false)) location = call->location;
    } else if (auto* constant = As<PgQuery__AConst>(message, pg_query__a__const__descriptor)) {
      if (constant->val_case == PG_QUERY__A__CONST__VAL_SVAL && named(constant->sval->sval, true)) {
        location = constant->location;
      }
    }
    return true;
  });
  if (location <= 0 && error.sqlstate == sqlstate::kUndefinedFunction) {
    WalkTree(expression, [&](ProtobufCMessage* message) {
      if (location > 0) return false;
      auto* operation = As<PgQuery__AExpr>(message, pg_query__a__expr__descriptor);
      if (operation != nullptr && operation->n_name > 0 &&
          error.message.find(" " + std::string(NodeText(operation->name[operation->n_name - 1])) + " ") != std::string::npos) {
        location = operation->location;
      }
      return true;
    });
  }
  return ddl.Position(location > 0 ? location : LeftmostLocation(expression));
}

// Where a constant with this text stands.
int NamePosition(const Ddl& ddl, const PgQuery__Node* expression, std::string_view text) {
  int location = -1;
  WalkTree(expression, [&](ProtobufCMessage* message) {
    auto* constant = As<PgQuery__AConst>(message, pg_query__a__const__descriptor);
    if (location < 0 && constant != nullptr && constant->val_case == PG_QUERY__A__CONST__VAL_SVAL && text == constant->sval->sval) {
      location = constant->location;
    }
    return true;
  });
  return ddl.Position(location);
}

// What the grammar allows in an expression and a stored one may not hold.
Status CheckKind(const Ddl& ddl, const PgQuery__Node* expression, bool sees_columns, Place place) {
  Status status;
  auto fail = [&](Status failure) {
    if (status.ok()) status = std::move(failure);
    return false;
  };
  WalkTree(expression, [&](ProtobufCMessage* message) {
    if (!status.ok()) return false;
    if (auto* link = As<PgQuery__SubLink>(message, pg_query__sub_link__descriptor)) {
      return fail(Fail(sqlstate::kFeatureNotSupported, "cannot use subquery in " + std::string(PlaceName(place)))
                      .At(ddl.Position(link->location)));
    }
    if (auto* parameter = As<PgQuery__ParamRef>(message, pg_query__param_ref__descriptor)) {
      return fail(Fail(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(parameter->number))
                      .At(ddl.Position(parameter->location)));
    }
    if (auto* column = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor); column != nullptr && !sees_columns) {
      return fail(Fail(sqlstate::kFeatureNotSupported, "cannot use column reference in " + std::string(PlaceName(place)))
                      .At(ddl.Position(column->location)));
    }
    if (auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) {
      const std::string_view name = call->n_funcname == 0 ? "" : NodeText(call->funcname[call->n_funcname - 1]);
      if (call->over != nullptr) {
        return fail(Fail(sqlstate::kWindowingError, "window functions are not allowed in " + std::string(PlacePlural(place)))
                        .At(ddl.Position(call->location)));
      }
      for (const sql::Overload* overload : sql::FindFunctions(name)) {
        if (overload->kind == sql::FunctionKind::kAggregate) {
          return fail(
              Fail(sqlstate::kGroupingError, "aggregate functions are not allowed in " + std::string(PlacePlural(place)))
                  .At(ddl.Position(call->location)));
        }
        if (overload->kind == sql::FunctionKind::kSetReturning) {
          return fail(Fail(sqlstate::kFeatureNotSupported,
                           "set-returning functions are not allowed in " + std::string(PlacePlural(place)))
                          .At(ddl.Position(call->location)));
        }
        if ((place == Place::kIndex || place == Place::kPredicate) && overload->volatility != sql::Volatility::kImmutable) {
          return fail(Fail(sqlstate::kInvalidObjectDefinition,
                           "functions in " + std::string(PlaceName(place)) + " must be marked IMMUTABLE"));
        }
      }
    }
    if (message->descriptor == &pg_query__sqlvalue_function__descriptor &&
        (place == Place::kIndex || place == Place::kPredicate)) {
      return fail(Fail(sqlstate::kInvalidObjectDefinition,
                       "functions in " + std::string(PlaceName(place)) + " must be marked IMMUTABLE"));
    }
    return true;
  });
  return status;
}

Result<PgQuery__Node*> ParseStored(const std::string& expression, sql::Arena* arena) {
  Result<PgQuery__Node*> tree = sql::ParseExpression(expression, *arena);
  if (!tree.ok()) {
    return Fail(sqlstate::kDataCorrupted, "a stored expression does not parse: " + tree.status().error().message);
  }
  return tree;
}

}  // namespace

Result<StoredExpression> Store(const Ddl& ddl, const PgQuery__Node* expression, const Table* table, Type as, Place place,
                               std::string_view column) {
  ALLOD_RETURN_IF_ERROR(CheckKind(ddl, expression, table != nullptr, place));
  StoredExpression stored;
  ALLOD_ASSIGN_OR_RETURN(stored.sql, sql::DeparseExpression(expression));

  // The statement's own tree is shared and stays as it is: names are made canonical in a copy.
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * copy, ParseStored(stored.sql, &arena));
  bool changed = false;
  Status status;
  WalkTree(copy, [&](ProtobufCMessage* message) {
    auto* reference = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor);
    if (reference == nullptr || table == nullptr || reference->n_fields < 2) return true;
    if (table->name != NodeText(reference->fields[reference->n_fields - 2])) return true;
    reference->fields += reference->n_fields - 1;
    reference->n_fields = 1;
    changed = true;
    return true;
  });
  changed |= PinTypes(ddl, copy, &arena);
  ForSequenceNames(copy, [&](PgQuery__String* text) {
    auto [schema, name] = SplitName(text->sval);
    const Relation relation = FindRelation(ddl, schema, name);
    if (relation.sequence == nullptr) {
      if (status.ok()) {
        status = relation.found() ? Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a sequence")
                                  : Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist");
        status.error().position = NamePosition(ddl, expression, text->sval);
      }
      return;
    }
    text->sval = arena.String(SequenceText(*ddl.next, relation.sequence->schema, relation.sequence->name));
    changed = true;
  });
  ALLOD_RETURN_IF_ERROR(status);
  if (changed) {
    WalkTree(copy, [&](ProtobufCMessage* message) {
      auto* call = As<PgQuery__FuncCall>(message, pg_query__func_call__descriptor);
      if (call != nullptr && IsSequenceFunction(*call)) CastToRegclass(call, &arena);
      return true;
    });
    ALLOD_ASSIGN_OR_RETURN(stored.sql, sql::DeparseExpression(copy));
  }

  const Type wanted = place == Place::kCheck || place == Place::kPredicate ? Type{} : as;
  Result<std::string> text = BindTableExpression(stored.sql, table, wanted, ddl.context, &stored.columns, &stored.type);
  if (!text.ok()) {
    Error error = text.status().error();
    if (wanted.oid != oid::kUnknown && (error.sqlstate == sqlstate::kDatatypeMismatch || error.sqlstate == sqlstate::kCannotCoerce)) {
      // The same without the coercion says what type it has.
      Type own;
      if (BindTableExpression(stored.sql, table, Type{}, ddl.context, nullptr, &own).ok()) {
        const std::string quoted = "\"" + std::string(column) + "\"";
        if (place == Place::kDefault) {
          return Fail(sqlstate::kDatatypeMismatch,
                      "column " + quoted + " is of type " + catalog::TypeText(*ddl.next, {wanted.oid}) +
                          " but default expression is of type " + catalog::TypeText(*ddl.next, {own.oid}))
              .Hint("You will need to rewrite or cast the expression.");
        }
        if (place == Place::kUsing) {
          return Fail(sqlstate::kDatatypeMismatch, "result of USING clause for column " + quoted +
                                                       " cannot be cast automatically to type " +
                                                       catalog::TypeText(*ddl.next, {wanted.oid}))
              .Hint("You might need to add an explicit cast.");
        }
      }
    }
    error.position = ErrorPosition(ddl, expression, error);
    return Status(std::move(error));
  }
  if (place == Place::kCheck || place == Place::kPredicate) {
    if (stored.type.oid != oid::kBool && stored.type.oid != oid::kUnknown) {
      return Fail(sqlstate::kDatatypeMismatch,
                  std::string("argument of ") + (place == Place::kCheck ? "CHECK" : "WHERE") +
                      " must be type boolean, not type " + catalog::TypeText(*ddl.next, {stored.type.oid}))
          .At(ddl.Position(LeftmostLocation(expression)));
    }
  }
  return stored;
}

std::set<Oid> SequencesIn(const Catalog& catalog, const std::string& expression) {
  std::set<Oid> sequences;
  sql::Arena arena;
  if (expression.find("val") == std::string::npos) return sequences;
  Result<PgQuery__Node*> tree = sql::ParseExpression(expression, arena);
  if (!tree.ok()) return sequences;
  ForSequenceNames(*tree, [&](PgQuery__String* text) {
    auto [schema, name] = SplitName(text->sval);
    if (const Sequence* sequence = catalog.FindSequence(schema, name)) sequences.insert(sequence->oid);
  });
  return sequences;
}

Result<std::string> RenameColumnIn(const std::string& expression, std::string_view from, std::string_view to) {
  if (expression.empty()) return expression;
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * tree, ParseStored(expression, &arena));
  WalkTree(tree, [&](ProtobufCMessage* message) {
    auto* reference = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor);
    if (reference == nullptr || reference->n_fields == 0) return true;
    PgQuery__Node* last = reference->fields[reference->n_fields - 1];
    if (last->node_case == PG_QUERY__NODE__NODE_STRING && from == last->string->sval) last->string->sval = arena.String(to);
    return true;
  });
  return sql::DeparseExpression(tree);
}

Result<std::string> RenameSequenceIn(const Catalog& catalog, const std::string& expression, Oid sequence,
                                     const std::string& to) {
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * tree, ParseStored(expression, &arena));
  ForSequenceNames(tree, [&](PgQuery__String* text) {
    auto [schema, name] = SplitName(text->sval);
    const Sequence* found = catalog.FindSequence(schema, name);
    if (found != nullptr && found->oid == sequence) text->sval = arena.String(to);
  });
  return sql::DeparseExpression(tree);
}

std::string SequenceText(const Catalog& catalog, Oid schema, std::string_view name) {
  std::string text = sql::QuoteIdentifier(name);
  if (schema != catalog::kPublicNamespace) text = sql::QuoteIdentifier(SchemaName(catalog, schema)) + "." + text;
  return text;
}

std::string NextValueSql(const Catalog& catalog, const Sequence& sequence) {
  return "nextval(" + sql::QuoteLiteral(SequenceText(catalog, sequence.schema, sequence.name)) + "::regclass)";
}

Result<std::vector<Attnum>> ColumnsIn(const Table& table, const std::string& expression) {
  std::vector<Attnum> columns;
  if (expression.empty()) return columns;
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * tree, ParseStored(expression, &arena));
  std::set<Attnum> seen;
  WalkTree(tree, [&](ProtobufCMessage* message) {
    auto* reference = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor);
    if (reference == nullptr || reference->n_fields == 0) return true;
    const Column* column = table.FindColumn(std::string_view(NodeText(reference->fields[reference->n_fields - 1])));
    if (column != nullptr && seen.insert(column->number).second) columns.push_back(column->number);
    return true;
  });
  return columns;
}

}  // namespace allod::planner::ddl
