#include "planner/ddl_view.h"

#include <algorithm>

#include "catalog/definition_text.h"
#include "planner/ddl_type.h"
#include "planner/ddl_view_text.h"

namespace allod::planner::ddl {

namespace {

Result<std::shared_ptr<sql::Parsed>> ParseView(const std::string& text) {
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
  if (parsed->statements.size() != 1 || parsed->statements[0].node == nullptr ||
      parsed->statements[0].node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return Fail(sqlstate::kDataCorrupted, "the text of a view is not a query");
  }
  return parsed;
}

bool Reads(const Table& view, Oid table) {
  return view.kind == Table::Kind::kView &&
         std::find(view.view_reads.begin(), view.view_reads.end(), table) != view.view_reads.end();
}

// The columns' types as a view gives them: a literal of unknown type is text.
Type ShownType(Type type) { return type.oid == oid::kUnknown ? Type{oid::kText} : type; }

}  // namespace

Result<std::shared_ptr<BoundStatement>> BindStoredView(const Ddl& ddl, std::shared_ptr<const Catalog> catalog,
                                                       const Table& view) {
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, ParseView(view.view_sql));
  BindContext context = ddl.context;
  context.catalog = std::move(catalog);
  const sql::Statement& statement = parsed->statements[0];
  return Bind(parsed, statement, context);
}

Result<std::set<Attnum>> ColumnsReadByView(const Ddl& ddl, const Table& view, Oid table) {
  // The catalogue of the statement so far, which the caller keeps.
  std::shared_ptr<const Catalog> catalog(std::shared_ptr<const Catalog>(), ddl.next.get());
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<BoundStatement> bound, BindStoredView(ddl, std::move(catalog), view));
  std::set<Attnum> columns;
  for (const Access& access : bound->accesses) {
    if (access.table == table) columns.insert(access.reads.begin(), access.reads.end());
  }
  return columns;
}

Status CreateView(Ddl* ddl, const PgQuery__ViewStmt& create) {
  ddl->definition.tag = "CREATE VIEW";
  ALLOD_ASSIGN_OR_RETURN(const Oid schema, SchemaForNew(*ddl, *create.view));
  if (create.with_check_option != PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION &&
      create.with_check_option != PG_QUERY__VIEW_CHECK_OPTION__VIEW_CHECK_OPTION_UNDEFINED) {
    return Unsupported("WITH CHECK OPTION is not supported", "Leave it out and write to the table.");
  }
  for (size_t i = 0; i < create.n_options; ++i) {
    const std::string_view option = Given(create.options[i]->def_elem->defname);
    if (option != "security_barrier" && option != "security_invoker") {
      return Fail(sqlstate::kInvalidParameterValue, "unrecognized parameter \"" + std::string(option) + "\"");
    }
  }
  if (create.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
    return Fail(sqlstate::kFeatureNotSupported, "a view must be a query").Hint("Write CREATE VIEW ... AS SELECT ...");
  }
  if (create.query->select_stmt->into_clause != nullptr) {
    return Fail(sqlstate::kFeatureNotSupported, "views must not contain SELECT INTO");
  }
  sql::Statement query;
  query.node = create.query;
  query.text = ddl->statement.text;
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<BoundStatement> bound, Bind(ddl->parsed, query, ddl->context));
  if (!bound->parameters.empty()) return Fail(sqlstate::kUndefinedParameter, "there is no parameter $1");

  const std::string name = Truncate(Given(create.view->relname), kMaxNameBytes);
  Table view;
  view.kind = Table::Kind::kView;
  view.schema = schema;
  view.name = name;
  const Table* old = nullptr;
  const std::string schema_name = SchemaName(*ddl->next, schema);
  if (ddl->next->HasRelation(schema, name)) {
    if (!create.replace) return Fail(sqlstate::kDuplicateTable, "relation \"" + name + "\" already exists");
    old = ddl->next->FindTable(schema_name, name);
    if (old == nullptr || old->kind != Table::Kind::kView) {
      return Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a view");
    }
    view.oid = old->oid;
    view.owner = old->owner;
    view.comment = old->comment;
  }

  const std::vector<std::string> aliases = NodeTexts(create.n_aliases, create.aliases);
  if (aliases.size() > bound->columns.size()) {
    return Fail(sqlstate::kSyntaxError, "CREATE VIEW specifies more column names than columns");
  }
  if (bound->columns.size() > kMaxColumns) {
    return Fail(sqlstate::kTooManyColumns, "target lists can have at most 1664 entries");
  }
  for (size_t i = 0; i < bound->columns.size(); ++i) {
    Column column;
    column.name = Truncate(i < aliases.size() ? aliases[i] : bound->columns[i].name, kMaxNameBytes);
    column.type = ShownType(bound->columns[i].type);
    column.number = static_cast<Attnum>(i + 1);
    if (view.FindColumn(column.name) != nullptr) {
      return Fail(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    }
    view.columns.push_back(std::move(column));
  }
  view.next_attnum = static_cast<Attnum>(view.columns.size() + 1);
  if (old != nullptr) {
    if (view.columns.size() < old->columns.size()) {
      return Fail(sqlstate::kInvalidTableDefinition, "cannot drop columns from view");
    }
    for (size_t i = 0; i < old->columns.size(); ++i) {
      const Column &was = old->columns[i], &is = view.columns[i];
      if (was.name != is.name) {
        return Fail(sqlstate::kInvalidTableDefinition,
                    "cannot change name of view column \"" + was.name + "\" to \"" + is.name + "\"")
            .Hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.");
      }
      if (was.type != is.type) {
        return Fail(sqlstate::kInvalidTableDefinition, "cannot change data type of view column \"" + was.name +
                                                           "\" from " + catalog::TypeText(*ddl->next, was.type) +
                                                           " to " + catalog::TypeText(*ddl->next, is.type));
      }
      view.columns[i].comment = was.comment;
    }
  }

  // The text that is kept: pinned, and checked to mean what the user's text meant.
  ALLOD_ASSIGN_OR_RETURN(const std::string written, sql::Deparse(create.query));
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> copy, ParseView(written));
  PgQuery__Node* tree = copy->statements[0].node;
  ALLOD_RETURN_IF_ERROR(PinQuery(*ddl, tree->select_stmt, copy->arena.get()));
  PinTypes(*ddl, tree, copy->arena.get());
  ALLOD_ASSIGN_OR_RETURN(view.view_sql, sql::Deparse(tree));
  std::set<Oid> reads;
  ForRelations(tree, [&](PgQuery__RangeVar* range) {
    const Table* read = ddl->next->FindTable(Given(range->schemaname), range->relname);
    if (read != nullptr) reads.insert(read->oid);
  });
  view.view_reads.assign(reads.begin(), reads.end());
  Result<std::shared_ptr<BoundStatement>> again = BindStoredView(*ddl, ddl->context.catalog, view);
  bool same = again.ok() && (*again)->columns.size() == bound->columns.size();
  for (size_t i = 0; same && i < bound->columns.size(); ++i) {
    same = (*again)->columns[i].name == bound->columns[i].name && (*again)->columns[i].type == bound->columns[i].type;
  }
  if (!same) {
    return Unsupported("this query cannot be kept as a view", "Write the names of the columns instead of * and NATURAL JOIN.");
  }

  // A view that would read itself.
  std::vector<Oid> todo(reads.begin(), reads.end());
  std::set<Oid> seen;
  while (!todo.empty()) {
    const Oid oid = todo.back();
    todo.pop_back();
    if (!seen.insert(oid).second) continue;
    if (old != nullptr && oid == old->oid) {
      return Fail(sqlstate::kInvalidObjectDefinition, "infinite recursion detected in rules for relation \"" + name + "\"");
    }
    if (const Table* read = ddl->next->FindTable(oid)) todo.insert(todo.end(), read->view_reads.begin(), read->view_reads.end());
  }
  if (view.oid == 0) {
    view.oid = ddl->next->NewOid();
    const catalog::Role* role = ddl->next->FindRole(ddl->context.user);
    if (role != nullptr) view.owner = role->oid;
  }
  ddl->next->Put(std::move(view));
  return Ok();
}

namespace {

// Edits the text of every view that reads `table`; `edit` sees each place where the view names it. `concerned` null: all.
Status EditViews(Ddl* ddl, const Table& table, const std::function<void(PgQuery__RangeVar*, sql::Arena*)>& edit,
                 const std::function<bool(PgQuery__Node*)>& concerned = nullptr) {
  const std::string schema = SchemaName(*ddl->next, table.schema);
  std::vector<Table> changed;
  for (const auto& [oid, view] : ddl->next->tables()) {
    if (!Reads(*view, table.oid)) continue;
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, ParseView(view->view_sql));
    PgQuery__Node* tree = parsed->statements[0].node;
    if (concerned != nullptr && !concerned(tree)) continue;
    ForRelations(tree, [&](PgQuery__RangeVar* range) {
      if (schema == Given(range->schemaname) && table.name == range->relname) edit(range, parsed->arena.get());
    });
    Table copy = *view;
    ALLOD_ASSIGN_OR_RETURN(copy.view_sql, sql::Deparse(tree));
    changed.push_back(std::move(copy));
  }
  for (Table& view : changed) ddl->next->Put(std::move(view));
  return Ok();
}

// Makes the alias say names for the first `count` columns of the table, and one more if `last` is not "".
void NameColumns(PgQuery__Alias* alias, const Table& table, size_t count, const std::string& last, sql::Arena* arena) {
  std::vector<PgQuery__Node*> names(alias->colnames, alias->colnames + alias->n_colnames);
  while (names.size() < count) names.push_back(MakeString(arena, table.columns[names.size()].name));
  if (!last.empty() && names.size() == count) names.push_back(MakeString(arena, last));
  alias->n_colnames = names.size();
  alias->colnames = arena->Array<PgQuery__Node>(names.size());
  std::copy(names.begin(), names.end(), alias->colnames);
}

}  // namespace

Status RenameRelationInViews(Ddl* ddl, const Table& before, const Table& after) {
  const std::string schema = SchemaName(*ddl->next, after.schema);
  return EditViews(ddl, before, [&](PgQuery__RangeVar* range, sql::Arena* arena) {
    EnsureAlias(range, arena);  // columns go on being called by the old name
    range->schemaname = arena->String(schema);
    range->relname = arena->String(after.name);
  });
}

Status RenameSchemaInViews(Ddl* ddl, const Table& table, const std::string& to) {
  return EditViews(ddl, table, [&](PgQuery__RangeVar* range, sql::Arena* arena) { range->schemaname = arena->String(to); });
}

Status RenameColumnInViews(Ddl* ddl, const Table& table, std::string_view from) {
  const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.name == from; });
  const size_t index = static_cast<size_t>(at - table.columns.begin());
  return EditViews(ddl, table, [&](PgQuery__RangeVar* range, sql::Arena* arena) {
    NameColumns(EnsureAlias(range, arena), table, index + 1, "", arena);
  });
}

Status AddColumnInViews(Ddl* ddl, const Table& table, const std::string& name) {
  std::set<std::string> said;  // every column name in the view's text
  std::string hidden;
  return EditViews(
      ddl, table,
      [&](PgQuery__RangeVar* range, sql::Arena* arena) {
        NameColumns(EnsureAlias(range, arena), table, table.columns.size(), hidden, arena);
      },
      [&](PgQuery__Node* tree) {
        said.clear();
        WalkTree(tree, [&](ProtobufCMessage* message) {
          if (auto* column = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor)) {
            if (column->n_fields > 0) said.insert(NodeText(column->fields[column->n_fields - 1]));
          } else if (auto* alias = As<PgQuery__Alias>(message, pg_query__alias__descriptor)) {
            for (const std::string& each : NodeTexts(alias->n_colnames, alias->colnames)) said.insert(each);
          } else if (auto* join = As<PgQuery__JoinExpr>(message, pg_query__join_expr__descriptor)) {
            for (const std::string& each : NodeTexts(join->n_using_clause, join->using_clause)) said.insert(each);
          }
          return true;
        });
        if (!said.contains(name)) return false;
        for (int n = 1; n == 1 || said.contains(hidden) || table.FindColumn(hidden) != nullptr; ++n) {
          const std::string digits = "_" + std::to_string(n);
          hidden = Truncate(name, kMaxNameBytes - digits.size()) + digits;
        }
        return true;
      });
}

Status DropColumnInViews(Ddl* ddl, const Table& table, size_t index) {
  return EditViews(ddl, table, [&](PgQuery__RangeVar* range, sql::Arena*) {
    if (range->alias == nullptr || range->alias->n_colnames <= index) return;
    PgQuery__Node** names = range->alias->colnames;
    std::copy(names + index + 1, names + range->alias->n_colnames, names + index);
    --range->alias->n_colnames;
  });
}

Status CheckViews(Ddl* ddl) {
  // Which relations differ, and which views feel it.
  std::set<Oid> changed;
  for (const auto& [oid, table] : ddl->next->tables()) {
    const Table* old = ddl->before.FindTable(oid);
    if (old != table.get()) changed.insert(oid);
  }
  for (const auto& [oid, table] : ddl->before.tables()) {
    if (ddl->next->FindTable(oid) == nullptr) changed.insert(oid);
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [oid, view] : ddl->next->tables()) {
      for (Oid read : view->view_reads) {
        if (changed.contains(read)) grown |= changed.insert(oid).second;
      }
    }
  }
  for (const auto& [oid, view] : ddl->next->tables()) {
    const bool types = ddl->before.enums() != ddl->next->enums();  // any view may name one
    if (view->kind != Table::Kind::kView || !(types || changed.contains(oid))) continue;
    Result<std::shared_ptr<BoundStatement>> bound = BindStoredView(*ddl, ddl->context.catalog, *view);
    bool good = bound.ok() && (*bound)->columns.size() == view->columns.size();
    for (size_t i = 0; good && i < view->columns.size(); ++i) {
      good = ShownType((*bound)->columns[i].type) == view->columns[i].type;
    }
    if (good) continue;
    const std::string name = ShownName(*ddl->next, view->schema, view->name);
    return Unsupported("view \"" + name + "\" depends on what this statement changes",
                       "Drop the view, and create it again afterwards.")
        .Detail(bound.ok() ? "Its columns would be different." : bound.status().error().message);
  }
  return Ok();
}

}  // namespace allod::planner::ddl
