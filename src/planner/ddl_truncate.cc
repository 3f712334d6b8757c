// TRUNCATE and COMMENT ON.
#include <algorithm>

#include "planner/ddl_drop.h"
#include "planner/ddl_type.h"

namespace allod::planner::ddl {

Status Truncate(Ddl* ddl, const PgQuery__TruncateStmt& truncate) {
  ddl->definition.tag = "TRUNCATE TABLE";
  const bool cascade = truncate.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  std::vector<Oid>& tables = ddl->truncated;
  auto add = [&](Oid table) {
    if (std::find(tables.begin(), tables.end(), table) != tables.end()) return false;
    tables.push_back(table);
    return true;
  };
  for (size_t i = 0; i < truncate.n_relations; ++i) {
    const PgQuery__RangeVar& range = *truncate.relations[i]->range_var;
    ALLOD_ASSIGN_OR_RETURN(const Table* table, FindTable(*ddl, range));
    add(table->oid);
  }
  // Tables whose keys refer to one that is emptied are emptied with it, or named in the refusal.
  for (size_t i = 0; i < tables.size(); ++i) {
    for (const auto& [oid, other] : ddl->next->tables()) {
      for (const Constraint& key : other->constraints) {
        if (key.kind != Constraint::Kind::kForeignKey || key.target != tables[i]) continue;
        if (std::find(tables.begin(), tables.end(), oid) != tables.end()) continue;
        if (!cascade) {
          const std::string name = ddl->next->FindTable(tables[i])->name;
          return Fail(sqlstate::kFeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint")
              .Detail("Table \"" + other->name + "\" references \"" + name + "\".")
              .Hint("Truncate table \"" + other->name + "\" at the same time, or use TRUNCATE ... CASCADE.");
        }
        ddl->Notice(sqlstate::kSuccess, "truncate cascades to table \"" + other->name + "\"");
        add(oid);
      }
    }
  }
  if (truncate.restart_seqs) {
    for (const auto& [oid, sequence] : ddl->next->sequences()) {
      if (std::find(tables.begin(), tables.end(), sequence->owned_table) == tables.end()) continue;
      ddl->definition.restarts.push_back({oid, sequence->start});
    }
  }
  return Ok();
}

namespace {

Status Missing(std::string_view kind, const std::string& name) {
  return Fail(kind == "schema" ? sqlstate::kInvalidSchemaName : sqlstate::kUndefinedTable,
              (kind == "schema" ? "schema \"" : "relation \"") + name + "\" does not exist");
}

}  // namespace

Status Comment(Ddl* ddl, const PgQuery__CommentStmt& comment) {
  ddl->definition.tag = "COMMENT";
  const std::string text(Given(comment.comment));
  const PgQuery__Node& object = *comment.object;
  std::vector<std::string> parts = object.node_case == PG_QUERY__NODE__NODE_LIST
                                       ? NodeTexts(object.list->n_items, object.list->items)
                                   : object.node_case == PG_QUERY__NODE__NODE_TYPE_NAME
                                       ? NodeTexts(object.type_name->n_names, object.type_name->names)
                                       : std::vector<std::string>{NodeText(&object)};
  if (parts.empty()) return Unsupported("this comment is not supported");
  // Column and constraint are named after their table.
  std::string sub;
  if (comment.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || comment.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT) {
    sub = parts.back();
    parts.pop_back();
    if (parts.empty()) return Fail(sqlstate::kSyntaxError, "column name must be qualified");
  }
  const std::string name = parts.back(), schema = parts.size() > 1 ? parts[parts.size() - 2] : "";
  const Relation relation = FindRelation(*ddl, schema, name);
  const std::string written = WrittenName(schema, name);
  switch (comment.objtype) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: {
      const catalog::Schema* found = ddl->next->FindSchema(name);
      if (found == nullptr) return Missing("schema", name);
      catalog::Schema copy = *found;
      copy.comment = text;
      ddl->next->Put(std::move(copy));
      return Ok();
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: {
      const EnumType* found = FindEnumType(*ddl, parts);
      if (found == nullptr) return Fail(sqlstate::kUndefinedObject, "type \"" + written + "\" does not exist");
      EnumType copy = *found;
      copy.comment = text;
      ddl->next->Put(std::move(copy));
      return Ok();
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: {
      if (!relation.found()) return Missing("relation", written);
      const bool view = comment.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
      if (relation.table == nullptr || (relation.table->kind == Table::Kind::kView) != view) {
        return Fail(sqlstate::kWrongObjectType, "\"" + name + "\" is not a " + (view ? "view" : "table"));
      }
      Table copy = *relation.table;
      copy.comment = text;
      ddl->next->Put(std::move(copy));
      return Ok();
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: {
      if (relation.sequence == nullptr) return Missing("relation", written);
      Sequence copy = *relation.sequence;
      copy.comment = text;
      ddl->next->Put(std::move(copy));
      return Ok();
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: {
      if (relation.index == nullptr) return Missing("relation", written);
      Table copy = *relation.index_table;
      for (Index& index : copy.indexes) {
        if (index.oid == relation.index->oid) index.comment = text;
      }
      ddl->next->Put(std::move(copy));
      return Ok();
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: {
      if (relation.table == nullptr) return Missing("relation", written);
      Table copy = *relation.table;
      for (Column& column : copy.columns) {
        if (column.name != sub) continue;
        column.comment = text;
        ddl->next->Put(std::move(copy));
        return Ok();
      }
      return Fail(sqlstate::kUndefinedColumn, "column \"" + sub + "\" of relation \"" + name + "\" does not exist");
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: {
      if (relation.table == nullptr) return Missing("relation", written);
      Table copy = *relation.table;
      for (Constraint& constraint : copy.constraints) {
        if (constraint.name != sub) continue;
        constraint.comment = text;
        ddl->next->Put(std::move(copy));
        return Ok();
      }
      return Fail(sqlstate::kUndefinedObject, "constraint \"" + sub + "\" for table \"" + name + "\" does not exist");
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
      // Nothing shows these; a dump has them.
      return Ok();
    default: return Unsupported("comments on this kind of object are not supported", "Comment on a table or its columns.");
  }
}

}  // namespace allod::planner::ddl
