// Types: what can become what, and how (PostgreSQL's chapter "Type Conversion", parse_coerce.c).
#include <algorithm>
#include <cctype>

#include "catalog/definition_text.h"
#include "catalog/system_relations.h"
#include "planner/bind.h"

namespace allod::planner {
namespace {

bool DependsOnFormat(Oid type) {
  const TypeInfo* info = FindType(type);
  if (info != nullptr && info->element != 0) type = info->element;
  return type == oid::kDate || type == oid::kTime || type == oid::kTimestamp || type == oid::kTimestamptz ||
         type == oid::kInterval;
}

bool SpeaksOfNow(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (std::string_view word : {"now", "today", "tomorrow", "yesterday"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

// Its text is a name, which is looked up in the catalogue.
bool NamesAnObject(Oid type) {
  return type == oid::kRegclass || type == oid::kRegtype || type == oid::kRegnamespace || type == oid::kRegrole || type == oid::kRegproc;
}

bool IsInteger(Oid type) { return type == oid::kInt2 || type == oid::kInt4 || type == oid::kInt8; }

// A cast of a constant that needs nothing but arithmetic on its stored form.
std::optional<Value> FoldCast(const Value& value, Oid from, Oid to, const FormatContext& format) {
  if (value.is_null()) return Value::Null();
  if (IsInteger(from)) {
    int64_t v = value.integer();
    switch (to) {
      case oid::kInt2:
        if (v < INT16_MIN || v > INT16_MAX) return std::nullopt;
        return value;
      case oid::kInt4:
        if (v < INT32_MIN || v > INT32_MAX) return std::nullopt;
        return value;
      case oid::kInt8:
        return value;
      case oid::kOid:
        if (v < 0 || v > UINT32_MAX) return std::nullopt;
        return value;
      case oid::kFloat8:
        return Value::Real(static_cast<double>(v));
      case oid::kNumeric:
        return Value::Text(std::to_string(v));
      default:
        return std::nullopt;
    }
  }
  if (from == oid::kNumeric && to == oid::kFloat8) {
    Result<Value> parsed = ParseText(Type{oid::kFloat8}, value.bytes(), format);
    if (parsed.ok()) return *std::move(parsed);
  }
  return std::nullopt;
}

// schema.name, each folded unless quoted; nothing if a quote is left open.
std::vector<std::string> NameParts(std::string_view text) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
        parts.back() += '"';
        ++i;
        continue;
      }
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += quoted ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  if (quoted) parts.clear();
  return parts;
}

int ConstInteger(const PgQuery__Node* node, bool* ok) {
  *ok = node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL;
  if (!*ok) return 0;
  return node->a_const->ival == nullptr ? 0 : node->a_const->ival->ival;
}

}  // namespace

std::string Binder::TypeNameOf(Type type) const {
  if (type.oid == oid::kUnknown) return "unknown";
  if (type.oid == oid::kRecord) return "record";
  return catalog::TypeText(*context_->catalog, Type{type.oid});
}

bool Binder::CanCoerce(Oid from, Oid to, CastContext context) const {
  if (from == to || to == oid::kAny) return true;
  if (from == oid::kUnknown) return true;
  if (to == oid::kAnyElement || to == oid::kAnyCompatible) return from != oid::kRecord;
  if (to == oid::kAnyArray || to == oid::kAnyCompatibleArray) {
    return IsArray(from) || from == oid::kInt2Vector || from == oid::kOidVector;
  }
  if (to == oid::kAnyEnum) return IsEnum(from);
  if (to == oid::kAnyNonArray) return !IsArray(from) && from != oid::kRecord;
  if (from == oid::kRecord || to == oid::kRecord || to == oid::kUnknown) return false;
  if (const Overload* cast = sql::FindCast(from, to)) {
    if (cast->context <= context) return true;
  }
  if ((from == oid::kInt2Vector && to == oid::kInt2Array) || (from == oid::kOidVector && to == oid::kOidArray))
    return true;
  const TypeInfo* source = FindType(from);
  const TypeInfo* target = FindType(to);
  if (source == nullptr || target == nullptr) return false;
  if (IsArray(from) && IsArray(to)) return CanCoerce(source->element, target->element, context);
  // Through the text form: to a string type on assignment, from one explicitly.
  if (target->category == 'S' && context >= CastContext::kAssignment) return true;
  if (source->category == 'S' && context == CastContext::kExplicit) return true;
  return false;
}

Status Binder::FixParameter(int number, Oid type, int location) {
  Type& known = bound_->parameters[number - 1];
  if (known.oid == oid::kUnknown) {
    known = Type{type};
    return Ok();
  }
  if (known.oid == type) return Ok();
  Status status = Error(sqlstate::kAmbiguousParameter,
                        "inconsistent types deduced for parameter $" + std::to_string(number), location);
  return std::move(status).Detail(TypeNameOf(known) + " versus " + TypeNameOf(Type{type}));
}

Result<Value> Binder::ResolveRegClass(std::string_view text, int location) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) {
    return Value::Integer(std::strtoll(std::string(text).c_str(), nullptr, 10));
  }
  if (text == "-") return Value::Integer(0);
  std::vector<std::string> parts = NameParts(text);
  if (parts.empty() || parts.size() > 3) return Error(sqlstate::kInvalidName, "invalid name syntax", location);
  if (parts.size() == 3) parts.erase(parts.begin());
  const catalog::Catalog& catalog = *context_->catalog;
  std::vector<std::string> schemas;
  if (parts.size() == 2) schemas.push_back(parts[0]);
  else {
    // A stored text names what is in public without its schema (SequenceText), whatever the session's path.
    schemas = foreign_text_ > 0 ? std::vector<std::string>{"public"} : context_->search_path;
    schemas.insert(schemas.begin(), "pg_catalog");
  }
  const std::string& name = parts.back();
  for (const std::string& schema : schemas) {
    if (const auto* info = catalog::FindSystemRelation(schema, name)) return Value::Integer(info->oid);
    if (const auto* table = catalog.FindTable(schema, name)) return Value::Integer(table->oid);
    if (const auto* sequence = catalog.FindSequence(schema, name)) return Value::Integer(sequence->oid);
    if (auto [table, index] = catalog.FindIndex(schema, name); index != nullptr) return Value::Integer(index->oid);
  }
  return Error(sqlstate::kUndefinedTable, "relation \"" + std::string(text) + "\" does not exist", location);
}

Result<Expr*> Binder::Literal(const Expr& expr, Type to, bool explicit_cast, int location) {
  Expr* made = New(Expr::Kind::kConstant, to, expr.location);
  made->collation = expr.collation;
  if (expr.constant.is_null()) return made;
  made->nullable = false;
  const std::string& text = expr.constant.bytes();
  if (location < 0) location = expr.location;
  switch (to.oid) {
    case oid::kRegclass: {
      ALLOD_ASSIGN_OR_RETURN(made->constant, ResolveRegClass(text, location));
      return made;
    }
    case oid::kRegnamespace: {
      std::string name = text;
      if (const auto* schema = context_->catalog->FindSchema(name)) made->constant = Value::Integer(schema->oid);
      else if (name == "pg_catalog") made->constant = Value::Integer(catalog::kPgCatalogNamespace);
      else if (name == "information_schema") made->constant = Value::Integer(catalog::kInformationSchemaNamespace);
      else if (name == "allod") made->constant = Value::Integer(catalog::kAllodNamespace);
      else break;
      return made;
    }
    case oid::kRegrole: {
      if (const auto* role = context_->catalog->FindRole(text)) {
        made->constant = Value::Integer(role->oid);
        return made;
      }
      break;
    }
    case oid::kRegtype: {
      const bool array = text.ends_with("[]");
      const std::string_view base = std::string_view(text).substr(0, text.size() - (array ? 2 : 0));
      if (const catalog::EnumType* type = FindUserType(NameParts(base))) {
        made->constant = Value::Integer(array ? type->array_oid : type->oid);
        return made;
      }
      if (const TypeInfo* type = FindTypeByName(text)) {
        made->constant = Value::Integer(type->oid);
        return made;
      }
      break;
    }
    default:
      break;
  }
  if (DependsOnFormat(to.oid)) {
    bound_->depends_on_format = true;
    if (SpeaksOfNow(text)) bound_->depends_on_now = true;
  }
  FormatContext format = context_->format;
  format.labels = context_->catalog;
  Result<Value> value = ParseText(to, text, format);
  if (value.ok() && to.typmod >= 0) value = CoerceTypmod(to, *std::move(value), explicit_cast);
  if (!value.ok()) {
    Status status = value.status();
    if (foreign_text_ == 0 && location >= 0 && parsed_ != nullptr)
      status.error().position = parsed_->Position(location);
    return status;
  }
  made->constant = *std::move(value);
  return made;
}

Result<Expr*> Binder::Coerce(Expr* expr, Type to, CastContext context, int location) {
  if (to.oid == oid::kAny) return expr;
  const bool is_explicit = context == CastContext::kExplicit;
  if (location < 0) location = expr->location;
  if (expr->type.oid == oid::kUnknown && to.oid != oid::kUnknown) {
    if (expr->kind == Expr::Kind::kConstant) return Literal(*expr, to, is_explicit, expr->location);
    if (expr->kind == Expr::Kind::kParameter) {
      // A name cast to regtype or its like is looked up when the statement runs: its parameter is text.
      const Oid known = bound_->parameters[expr->number - 1].oid;
      if (is_explicit && NamesAnObject(to.oid) && (known == oid::kUnknown || known == oid::kText)) {
        ALLOD_ASSIGN_OR_RETURN(Expr * name, Coerce(expr, Type{oid::kText}, CastContext::kImplicit, expr->location));
        return Coerce(name, to, context, location);
      }
      ALLOD_RETURN_IF_ERROR(FixParameter(expr->number, to.oid, expr->location));
      Expr* typed = pool().Copy(*expr);
      typed->type = Type{to.oid};
      expr = typed;
    }
  }
  if (expr->type.oid != to.oid) {
    const Oid from = expr->type.oid;
    if (!CanCoerce(from, to.oid, context)) {
      return Error(is_explicit ? sqlstate::kCannotCoerce : sqlstate::kDatatypeMismatch,
                   "cannot cast type " + TypeNameOf(expr->type) + " to " + TypeNameOf(to), location);
    }
    Expr* made = nullptr;
    const Overload* cast = sql::FindCast(from, to.oid);
    std::optional<Value> folded;
    if (expr->kind == Expr::Kind::kConstant) folded = FoldCast(expr->constant, from, to.oid, context_->format);
    if (folded) {
      made = New(Expr::Kind::kConstant, Type{to.oid}, expr->location);
      made->constant = *std::move(folded);
      made->nullable = made->constant.is_null();
    } else if (cast != nullptr && cast->context <= context) {
      made = New(Expr::Kind::kCall, Type{to.oid}, expr->location);
      made->overload = cast;
      made->args = {expr};
      made->nullable = expr->nullable || !cast->strict;
    } else {
      made = New(Expr::Kind::kIo, Type{to.oid}, expr->location);
      made->args = {expr};
      made->nullable = expr->nullable;
    }
    made->collation = expr->collation;
    expr = made;
  }
  if (to.typmod >= 0 && expr->type.typmod != to.typmod) {
    if (expr->kind == Expr::Kind::kConstant) {
      Expr* made = pool().Copy(*expr);
      if (!made->constant.is_null()) {
        ALLOD_ASSIGN_OR_RETURN(made->constant, CoerceTypmod(to, made->constant, is_explicit));
      }
      made->type = to;
      return made;
    }
    Expr* made = New(Expr::Kind::kTypmod, to, expr->location);
    made->args = {expr};
    made->nullable = expr->nullable;
    made->explicit_cast = is_explicit;
    made->collation = expr->collation;
    expr = made;
  }
  return expr;
}

Result<Expr*> Binder::CoerceAssignment(Expr* expr, Type to, std::string_view column, int location) {
  if (expr->kind == Expr::Kind::kRow || !CanCoerce(expr->type.oid, to.oid, CastContext::kAssignment)) {
    Status status = Error(sqlstate::kDatatypeMismatch,
                          "column \"" + std::string(column) + "\" is of type " + TypeNameOf(to) +
                              " but expression is of type " + TypeNameOf(expr->type),
                          location >= 0 ? location : expr->location);
    return std::move(status).Hint("You will need to rewrite or cast the expression.");
  }
  return Coerce(expr, to, CastContext::kAssignment, location);
}

Result<Oid> Binder::CommonType(std::span<Expr* const> exprs, std::string_view what) {
  Oid chosen = oid::kUnknown;
  for (const Expr* expr : exprs) {
    Oid type = expr->type.oid;
    if (type == oid::kUnknown || type == chosen) continue;
    if (chosen == oid::kUnknown) {
      chosen = type;
      continue;
    }
    const TypeInfo* a = FindType(chosen);
    const TypeInfo* b = FindType(type);
    if (a == nullptr || b == nullptr || a->category != b->category) {
      return Error(sqlstate::kDatatypeMismatch,
                   std::string(what) + " types " + TypeNameOf(Type{chosen}) + " and " + TypeNameOf(expr->type) +
                       " cannot be matched",
                   expr->location);
    }
    if (!a->preferred && CanCoerce(chosen, type, CastContext::kImplicit) &&
        !CanCoerce(type, chosen, CastContext::kImplicit)) {
      chosen = type;
    }
  }
  return chosen == oid::kUnknown ? oid::kText : chosen;
}

Status Binder::CoerceAll(std::span<Expr*> exprs, std::string_view what) {
  ALLOD_ASSIGN_OR_RETURN(Oid common, CommonType(exprs, what));
  // The modifier survives if all agree on it.
  int32_t typmod = -1;
  if (!exprs.empty() && exprs[0]->type.oid == common) {
    typmod = exprs[0]->type.typmod;
    for (const Expr* expr : exprs) {
      if (expr->type.oid != common || expr->type.typmod != typmod) typmod = -1;
    }
  }
  for (Expr*& expr : exprs) {
    if (!CanCoerce(expr->type.oid, common, CastContext::kImplicit)) {
      return Error(
          sqlstate::kCannotCoerce,
          std::string(what) + " could not convert type " + TypeNameOf(expr->type) + " to " + TypeNameOf(Type{common}),
          expr->location);
    }
    ALLOD_ASSIGN_OR_RETURN(expr, Coerce(expr, Type{common, typmod}, CastContext::kImplicit, expr->location));
  }
  return Ok();
}

Type TypeOfAll(std::span<Expr* const> exprs) {
  Type type = exprs[0]->type;
  for (const Expr* expr : exprs) {
    if (expr->type.typmod != type.typmod) type.typmod = -1;
  }
  return type;
}

Result<Expr*> Binder::ResolveUnknown(Expr* expr) {
  if (expr->type.oid != oid::kUnknown) return expr;
  return Coerce(expr, Type{oid::kText}, CastContext::kImplicit, expr->location);
}

// By the search path, unless the schema is named. Null: none.
const catalog::EnumType* Binder::FindUserType(const std::vector<std::string>& names) const {
  const catalog::Catalog& catalog = *context_->catalog;
  if (names.empty() || catalog.enums().empty()) return nullptr;
  if (names.size() > 1) return catalog.FindEnum(names[names.size() - 2], names.back());
  // A stored text names what is in public without its schema, whatever the session's path.
  if (foreign_text_ > 0) return catalog.FindEnum("public", names.back());
  for (const std::string& schema : context_->search_path) {
    if (const catalog::EnumType* found = catalog.FindEnum(schema, names.back())) return found;
  }
  return nullptr;
}

Result<Type> Binder::ResolveTypeName(const PgQuery__TypeName& name) {
  std::vector<std::string> names = StringsOf(name.names, name.n_names);
  if (name.setof) return NotSupported("SETOF is not supported here", name.location);
  if (name.pct_type) return NotSupported("%TYPE is not supported", name.location, "Name the type itself.");
  std::string spelled;
  for (const std::string& part : names) spelled += (spelled.empty() ? "" : ".") + part;
  if (names.size() == 3) names.erase(names.begin());
  const TypeInfo* info = nullptr;
  if (names.size() == 1 || (names.size() == 2 && (names[0] == "pg_catalog" || names[0] == "public"))) {
    info = FindTypeByName(names.back());
  }
  if (info == nullptr) {
    if (const catalog::EnumType* found = FindUserType(names)) info = FindType(found->oid);
  }
  if (info == nullptr || info->oid == oid::kUnknown) {
    for (std::string_view other :
         {"bit",      "varbit",    "money",     "xml",      "inet",    "cidr",      "macaddr",  "timetz",
          "tsvector", "tsquery",   "point",     "box",      "polygon", "line",      "lseg",     "circle",
          "path",     "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"}) {
      if (!names.empty() && names.back() == other) {
        return NotSupported("type " + std::string(other) + " is not supported", name.location,
                            "Store the value as text, or in a type listed in docs/sql.md.");
      }
    }
    return Error(sqlstate::kUndefinedObject, "type \"" + spelled + "\" does not exist", name.location);
  }
  Type type{info->oid};
  std::vector<int> mods;
  for (size_t i = 0; i < name.n_typmods; ++i) {
    bool ok = false;
    int mod = ConstInteger(name.typmods[i], &ok);
    if (!ok)
      return Error(sqlstate::kInvalidParameterValue, "type modifiers must be simple constants or identifiers",
                   name.location);
    mods.push_back(mod);
  }
  if (!mods.empty()) {
    switch (type.oid) {
      case oid::kVarchar:
      case oid::kBpchar: {
        std::string_view label = type.oid == oid::kVarchar ? "varchar" : "char";
        if (mods[0] < 1) {
          return Error(sqlstate::kInvalidParameterValue,
                       "length for type " + std::string(label) + " must be at least 1", name.location);
        }
        if (mods[0] > 10485760) {
          return Error(sqlstate::kInvalidParameterValue,
                       "length for type " + std::string(label) + " cannot exceed 10485760", name.location);
        }
        type.typmod = mods[0] + 4;
        break;
      }
      case oid::kNumeric: {
        if (mods[0] < 1 || mods[0] > 1000) {
          return Error(sqlstate::kInvalidParameterValue,
                       "NUMERIC precision " + std::to_string(mods[0]) + " must be between 1 and 1000", name.location);
        }
        int scale = mods.size() > 1 ? mods[1] : 0;
        if (scale < 0 || scale > mods[0]) {
          if (scale < -1000 || scale > 1000) {
            return Error(sqlstate::kInvalidParameterValue,
                         "NUMERIC scale " + std::to_string(scale) + " must be between -1000 and 1000", name.location);
          }
          if (scale < 0)
            return NotSupported("a negative scale of numeric is not supported", name.location, "Use round(x, n).");
        }
        type.typmod = ((mods[0] << 16) | scale) + 4;
        break;
      }
      case oid::kTime:
      case oid::kTimestamp:
      case oid::kTimestamptz:
        type.typmod = std::min(mods[0], 6);
        break;
      case oid::kInterval: {
        constexpr int kFullRange = 0x7FFF;
        if (mods[0] != kFullRange) {
          // A field (INTERVAL '1' DAY): the caller reads it from the tree, see BindTypeCast.
          break;
        }
        if (mods.size() > 1 && mods[1] < 6) {
          return NotSupported("interval with a precision is not supported", name.location, "Use interval without (p).");
        }
        break;
      }
      case oid::kFloat8:
      case oid::kFloat4:
        break;  // float(n): the grammar has chosen the type
      default:
        return Error(sqlstate::kSyntaxError, "type modifier is not allowed for type \"" + spelled + "\"",
                     name.location);
    }
  }
  if (name.n_array_bounds > 0) {
    if (name.n_array_bounds > 1) {
      return NotSupported("arrays of more than one dimension are not supported", name.location,
                          "Use one dimension, or jsonb.");
    }
    if (info->array == 0) {
      return Error(sqlstate::kUndefinedObject, "type \"" + spelled + "[]\" does not exist", name.location);
    }
    type.oid = info->array;
  }
  return type;
}

}  // namespace allod::planner
