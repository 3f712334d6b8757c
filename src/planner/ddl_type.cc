// Enumerated types. A value is stored as its label's position, so what changes here changes no row.
#include "planner/ddl_type.h"

#include <algorithm>

namespace allod::planner::ddl {

namespace {

using catalog::EnumLabel;

// As a stored text writes it: what is in public without its schema.
std::vector<std::string> WrittenParts(const Catalog& catalog, const EnumType& type) {
  if (type.schema == catalog::kPublicNamespace) return {type.name};
  return {SchemaName(catalog, type.schema), type.name};
}

std::vector<std::string> PartsOf(const PgQuery__TypeName& name) { return NodeTexts(name.n_names, name.names); }

bool Names(const std::vector<std::string>& parts, const Catalog& catalog, const EnumType& type) {
  if (parts == WrittenParts(catalog, type)) return true;
  return parts.size() == 2 && parts[1] == type.name && parts[0] == SchemaName(catalog, type.schema);
}

void SetParts(PgQuery__TypeName* name, const std::vector<std::string>& parts, sql::Arena* arena) {
  name->n_names = parts.size();
  name->names = arena->Array<PgQuery__Node>(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) name->names[i] = MakeString(arena, parts[i]);
}

void ForTypeNames(PgQuery__Node* tree, const std::function<void(PgQuery__TypeName*)>& visit) {
  WalkTree(tree, [&](ProtobufCMessage* message) {
    if (auto* name = As<PgQuery__TypeName>(message, pg_query__type_name__descriptor)) visit(name);
    return true;
  });
}

// The expression, or the view's query, with one name of a type in place of another.
Result<std::string> RenameIn(const std::string& text, bool query, const Catalog& catalog, const EnumType& type,
                             const std::vector<std::string>& to) {
  if (text.find(type.name) == std::string::npos) return text;
  bool changed = false;
  auto edit = [&](PgQuery__Node* tree, sql::Arena* arena) {
    ForTypeNames(tree, [&](PgQuery__TypeName* name) {
      if (!Names(PartsOf(*name), catalog, type)) return;
      SetParts(name, to, arena);
      changed = true;
    });
  };
  if (query) {
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
    edit(parsed->statements[0].node, parsed->arena.get());
    return changed ? sql::Deparse(parsed->statements[0].node) : text;
  }
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * tree, sql::ParseExpression(text, arena));
  edit(tree, &arena);
  return changed ? sql::DeparseExpression(tree) : text;
}

// Every stored text that names the type names it anew.
Status RenameInTexts(Ddl* ddl, const EnumType& type, const std::vector<std::string>& to) {
  const Catalog& catalog = *ddl->next;
  std::vector<Table> changed;
  for (const auto& [oid, table] : catalog.tables()) {
    Table copy = *table;
    bool any = false;
    auto rename = [&](std::string* text, bool query) -> Status {
      if (text->empty()) return Ok();
      ALLOD_ASSIGN_OR_RETURN(std::string renamed, RenameIn(*text, query, catalog, type, to));
      any = any || renamed != *text;
      *text = std::move(renamed);
      return Ok();
    };
    for (Column& column : copy.columns) ALLOD_RETURN_IF_ERROR(rename(&column.default_sql, false));
    for (Constraint& constraint : copy.constraints) ALLOD_RETURN_IF_ERROR(rename(&constraint.check_sql, false));
    for (Index& index : copy.indexes) {
      for (IndexColumn& column : index.columns) ALLOD_RETURN_IF_ERROR(rename(&column.expression_sql, false));
      ALLOD_RETURN_IF_ERROR(rename(&index.predicate_sql, false));
    }
    ALLOD_RETURN_IF_ERROR(rename(&copy.view_sql, true));
    if (any) changed.push_back(std::move(copy));
  }
  for (Table& table : changed) ddl->next->Put(std::move(table));
  return Ok();
}

Status CheckLabel(std::string_view label) {
  if (label.size() <= kMaxNameBytes) return Ok();
  return Fail(sqlstate::kInvalidName, "invalid enum label \"" + std::string(label) + "\"")
      .Detail("Labels must be 63 bytes or less.");
}

Status Taken(std::string_view name) {
  return Fail(sqlstate::kDuplicateObject, "type \"" + std::string(name) + "\" already exists");
}

// PostgreSQL's types and tables share one name space: a table is a type of its own.
bool IsTaken(const Catalog& catalog, Oid schema, std::string_view name) {
  const std::string in = SchemaName(catalog, schema);
  return catalog.FindEnum(in, name) != nullptr || catalog.FindTable(in, name) != nullptr;
}

Status MissingType(const std::vector<std::string>& parts) {
  std::string written;
  for (const std::string& part : parts) written += (written.empty() ? "" : ".") + part;
  return Fail(sqlstate::kUndefinedObject, "type \"" + written + "\" does not exist");
}

// The type that a statement changes. 42704; 42809 for one that is not the user's.
Result<const EnumType*> FindType(const Ddl& ddl, const std::vector<std::string>& parts) {
  if (const EnumType* type = FindEnumType(ddl, parts)) return type;
  if (allod::FindTypeByName(parts.back()) == nullptr) return MissingType(parts);
  return Fail(sqlstate::kInsufficientPrivilege, "must be owner of type " + parts.back());
}

Status AddValue(Ddl* ddl, EnumType type, const PgQuery__AlterEnumStmt& alter) {
  const std::string label(Given(alter.new_val)), neighbor(Given(alter.new_val_neighbor));
  ALLOD_RETURN_IF_ERROR(CheckLabel(label));
  if (type.Find(label) != nullptr) {
    if (!alter.skip_if_new_val_exists) {
      return Fail(sqlstate::kDuplicateObject, "enum label \"" + label + "\" already exists");
    }
    ddl->Notice(sqlstate::kDuplicateObject, "enum label \"" + label + "\" already exists, skipping");
    return Ok();
  }
  size_t index = type.labels.size();
  if (!neighbor.empty()) {
    const EnumLabel* beside = type.Find(neighbor);
    if (beside == nullptr) {
      return Fail(sqlstate::kInvalidParameterValue, "\"" + neighbor + "\" is not an existing enum label");
    }
    index = static_cast<size_t>(beside - type.labels.data()) + (alter.new_val_is_after ? 1 : 0);
  }
  const std::optional<int64_t> position = type.PositionBefore(index);
  if (!position) {
    return Unsupported("there is no room left for another label at this place of type \"" + type.name + "\"",
                       "Add it at another place, or create the type anew.");
  }
  type.labels.insert(type.labels.begin() + static_cast<std::ptrdiff_t>(index), {ddl->next->NewOid(), *position, label});
  ddl->next->Put(std::move(type));
  return Ok();
}

Result<std::string> ReplaceConstants(const std::string& text, std::string_view from, std::string_view to) {
  sql::Arena arena;
  ALLOD_ASSIGN_OR_RETURN(PgQuery__Node * tree, sql::ParseExpression(text, arena));
  WalkTree(tree, [&](ProtobufCMessage* message) {
    auto* constant = As<PgQuery__AConst>(message, pg_query__a__const__descriptor);
    if (constant != nullptr && constant->val_case == PG_QUERY__A__CONST__VAL_SVAL && from == constant->sval->sval) {
      constant->sval->sval = arena.String(to);
    }
    return true;
  });
  return sql::DeparseExpression(tree);
}

// Stored expressions that mean the label say its new text. That they mean it, and nothing else by the same text, is
// what the engine's expression shows: it holds the label's position, and must stay as it was. (Any other is refused by
// CheckTypes.)
void RenameLabelInTexts(Ddl* ddl, const BindContext& before, const std::string& from, const std::string& to) {
  std::vector<Table> changed;
  for (const auto& [oid, table] : ddl->next->tables()) {
    Table copy = *table;
    bool any = false;
    auto rename = [&](std::string* text, const Table* row, Type as) {
      auto bind = [&](const std::string& sql, const BindContext& context) {
        return BindTableExpression(sql, row, as, context, nullptr, nullptr);
      };
      if (text->find(from) == std::string::npos || bind(*text, ddl->context).ok()) return;
      Result<std::string> renamed = ReplaceConstants(*text, from, to);
      if (!renamed.ok()) return;
      const Result<std::string> was = bind(*text, before), is = bind(*renamed, ddl->context);
      if (!was.ok() || !is.ok() || *was != *is) return;
      *text = *std::move(renamed);
      any = true;
    };
    for (Column& column : copy.columns) rename(&column.default_sql, nullptr, column.type);
    for (Constraint& constraint : copy.constraints) rename(&constraint.check_sql, table.get(), Type{oid::kBool});
    for (Index& index : copy.indexes) {
      for (IndexColumn& column : index.columns) rename(&column.expression_sql, table.get(), Type{});
      rename(&index.predicate_sql, table.get(), Type{oid::kBool});
    }
    if (any) changed.push_back(std::move(copy));
  }
  for (Table& table : changed) ddl->next->Put(std::move(table));
}

Status RenameValue(Ddl* ddl, EnumType type, const std::string& from, const std::string& to) {
  ALLOD_RETURN_IF_ERROR(CheckLabel(to));
  auto at =
      std::find_if(type.labels.begin(), type.labels.end(), [&](const EnumLabel& one) { return one.label == from; });
  if (at == type.labels.end()) {
    return Fail(sqlstate::kInvalidParameterValue, "\"" + from + "\" is not an existing enum label");
  }
  if (type.Find(to) != nullptr) return Fail(sqlstate::kDuplicateObject, "enum label \"" + to + "\" already exists");
  at->label = to;
  BindContext before = ddl->context;
  before.catalog = ddl->next->Edit();
  ddl->next->Put(std::move(type));
  RenameLabelInTexts(ddl, before, from, to);
  return Ok();
}

}  // namespace

const EnumType* FindEnumType(const Ddl& ddl, const std::vector<std::string>& parts) {
  if (parts.empty()) return nullptr;
  if (parts.size() > 1) return ddl.next->FindEnum(parts[parts.size() - 2], parts.back());
  for (Oid schema : SearchSchemas(ddl)) {
    if (const EnumType* type = ddl.next->FindEnum(SchemaName(*ddl.next, schema), parts.back())) return type;
  }
  return nullptr;
}

bool PinTypes(const Ddl& ddl, PgQuery__Node* tree, sql::Arena* arena) {
  bool changed = false;
  ForTypeNames(tree, [&](PgQuery__TypeName* name) {
    const std::vector<std::string> parts = PartsOf(*name);
    if (parts.empty() || (parts.size() == 1 && FindTypeByName(parts[0]) != nullptr)) return;
    const EnumType* type = FindEnumType(ddl, parts);
    if (type == nullptr || parts == WrittenParts(*ddl.next, *type)) return;
    SetParts(name, WrittenParts(*ddl.next, *type), arena);
    changed = true;
  });
  return changed;
}

bool NamesType(const Catalog& catalog, const std::string& text, bool query, const EnumType& type) {
  if (text.find(type.name) == std::string::npos) return false;
  bool found = false;
  auto look = [&](PgQuery__TypeName* name) { found = found || Names(PartsOf(*name), catalog, type); };
  if (query) {
    Result<std::shared_ptr<sql::Parsed>> parsed = sql::Parse(text);
    if (parsed.ok()) ForTypeNames((*parsed)->statements[0].node, look);
    return found;
  }
  sql::Arena arena;
  Result<PgQuery__Node*> tree = sql::ParseExpression(text, arena);
  if (tree.ok()) ForTypeNames(*tree, look);
  return found;
}

Status CreateEnum(Ddl* ddl, const PgQuery__CreateEnumStmt& create) {
  ddl->definition.tag = "CREATE TYPE";
  const std::vector<std::string> parts = NodeTexts(create.n_type_name, create.type_name);
  PgQuery__RangeVar range = PG_QUERY__RANGE_VAR__INIT;
  std::string schema_name = parts.size() > 1 ? parts[parts.size() - 2] : "",
              name = Truncate(parts.back(), kMaxNameBytes);
  range.schemaname = schema_name.data();
  range.relname = name.data();
  EnumType type;
  ALLOD_ASSIGN_OR_RETURN(type.schema, SchemaForNew(*ddl, range));
  type.name = name;
  if (IsTaken(*ddl->next, type.schema, type.name)) return Taken(type.name);
  type.oid = ddl->next->NewEnumOid();
  if (type.oid >= kEnumLimit) return Fail(sqlstate::kProgramLimitExceeded, "there are no numbers left for types");
  type.array_oid = type.oid + 1;
  for (const std::string& label : NodeTexts(create.n_vals, create.vals)) {
    ALLOD_RETURN_IF_ERROR(CheckLabel(label));
    if (type.Find(label) != nullptr) {
      return Fail(sqlstate::kDuplicateObject, "enum label \"" + label + "\" used more than once");
    }
    type.labels.push_back({ddl->next->NewOid(), *type.PositionBefore(type.labels.size()), label});
  }
  ddl->next->Put(std::move(type));
  return Ok();
}

Status AlterEnum(Ddl* ddl, const PgQuery__AlterEnumStmt& alter) {
  ddl->definition.tag = "ALTER TYPE";
  ALLOD_ASSIGN_OR_RETURN(const EnumType* type, FindType(*ddl, NodeTexts(alter.n_type_name, alter.type_name)));
  const std::string from(Given(alter.old_val));
  return from.empty() ? AddValue(ddl, *type, alter) : RenameValue(ddl, *type, from, std::string(Given(alter.new_val)));
}

Status RenameType(Ddl* ddl, const std::vector<std::string>& parts, const std::string& to) {
  ddl->definition.tag = "ALTER TYPE";
  ALLOD_ASSIGN_OR_RETURN(const EnumType* found, FindType(*ddl, parts));
  EnumType type = *found;
  if (IsTaken(*ddl->next, type.schema, to)) return Taken(to);
  std::vector<std::string> written = WrittenParts(*ddl->next, type);
  written.back() = to;
  ALLOD_RETURN_IF_ERROR(RenameInTexts(ddl, type, written));
  type.name = to;
  ddl->next->Put(std::move(type));
  return Ok();
}

Status MoveType(Ddl* ddl, const std::vector<std::string>& parts, std::string_view schema) {
  ddl->definition.tag = "ALTER TYPE";
  ALLOD_ASSIGN_OR_RETURN(const EnumType* found, FindType(*ddl, parts));
  const catalog::Schema* target = ddl->next->FindSchema(schema);
  if (target == nullptr)
    return Fail(sqlstate::kInvalidSchemaName, "schema \"" + std::string(schema) + "\" does not exist");
  EnumType type = *found;
  if (type.schema == target->oid) return Ok();
  if (IsTaken(*ddl->next, target->oid, type.name)) {
    return Fail(sqlstate::kDuplicateObject,
                "type \"" + type.name + "\" already exists in schema \"" + std::string(schema) + "\"");
  }
  EnumType moved = type;
  moved.schema = target->oid;
  ALLOD_RETURN_IF_ERROR(RenameInTexts(ddl, type, WrittenParts(*ddl->next, moved)));
  ddl->next->Put(std::move(moved));
  return Ok();
}

Status RenameSchemaOfTypes(Ddl* ddl, Oid schema, const std::string& to) {
  std::vector<EnumType> types;
  for (const auto& [oid, type] : ddl->next->enums()) {
    if (type->schema == schema) types.push_back(*type);
  }
  for (const EnumType& type : types) ALLOD_RETURN_IF_ERROR(RenameInTexts(ddl, type, {to, type.name}));
  return Ok();
}

// A label's text stands in defaults, checks and views as it was written: where it would be gone, the statement is
// refused.
Status CheckTypes(Ddl* ddl) {
  if (ddl->before.enums() == ddl->next->enums()) return Ok();
  for (const auto& [oid, table] : ddl->next->tables()) {
    const std::string of = "table \"" + ShownName(*ddl->next, table->schema, table->name) + "\"";
    auto check = [&](const std::string& text, const Table* row, Type as, const std::string& what) -> Status {
      if (text.empty()) return Ok();
      const Result<std::string> bound = BindTableExpression(text, row, as, ddl->context, nullptr, nullptr);
      if (bound.ok()) return Ok();
      return Unsupported(what + " of " + of + " depends on what this statement changes",
                         "Drop it, and create it again afterwards.")
          .Detail(bound.status().error().message);
    };
    for (const Column& column : table->columns) {
      ALLOD_RETURN_IF_ERROR(
          check(column.default_sql, nullptr, column.type, "the default of column \"" + column.name + "\""));
    }
    for (const Constraint& constraint : table->constraints) {
      ALLOD_RETURN_IF_ERROR(
          check(constraint.check_sql, table.get(), Type{oid::kBool}, "constraint \"" + constraint.name + "\""));
    }
    for (const Index& index : table->indexes) {
      for (const IndexColumn& column : index.columns) {
        ALLOD_RETURN_IF_ERROR(check(column.expression_sql, table.get(), Type{}, "index \"" + index.name + "\""));
      }
      ALLOD_RETURN_IF_ERROR(check(index.predicate_sql, table.get(), Type{oid::kBool}, "index \"" + index.name + "\""));
    }
  }
  return Ok();
}

}  // namespace allod::planner::ddl
