// The names that FROM brings into scope: which column a reference means.

#include "planner/bind.h"

namespace allod::planner {

Expr* Binder::ColumnOf(Range* range, int column, int location) {
  const Range::Column& c = range->columns[column];
  Expr* made = New(Expr::Kind::kColumn, c.type, location);
  made->range = range;
  made->column = column;
  made->nullable = c.nullable;
  if (range->kind == Range::Kind::kTable && c.attnum != 0) AccessOf(c.table).reads.insert(c.attnum);
  return made;
}

Expr* Binder::ExprOf(const NameColumn& column, int location) {
  if (column.expr == nullptr) return ColumnOf(column.range, column.column, location);
  Expr* made = pool().Copy(*column.expr);
  made->location = location;
  return made;
}

NameItem Binder::ItemFor(Range* range, std::string_view alias) {
  NameItem item;
  item.alias = alias;
  item.range = range;
  for (size_t i = 0; i < range->columns.size(); ++i) {
    item.columns.push_back({range->columns[i].name, range, static_cast<int>(i), nullptr});
  }
  return item;
}

// The one system column that is the same for all rows. Null where an outer join may have left the row out.
Expr* Binder::TableOid(const Range& range, int location) {
  Oid oid = range.table;
  if (range.kind == Range::Kind::kRelation) oid = range.columns.empty() ? 0 : range.columns[0].table;
  else if (range.kind != Range::Kind::kTable) return nullptr;
  bool certain = false;
  for (const Range::Column& column : range.columns) certain = certain || !column.nullable;
  if (!certain) return nullptr;
  Expr* made = New(Expr::Kind::kConstant, Type{oid::kOid}, location);
  made->constant = Value::Integer(oid);
  made->nullable = false;
  return made;
}

Status Binder::ReadOutside(Scope& scope, const Scope* found, const NameItem& item, int location) {
  if (!item.lateral_ok) {
    Status status = Error(sqlstate::kInvalidColumnReference, "invalid reference to FROM-clause entry for table \"" + item.alias + "\"",
                          location);
    return std::move(status).Detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
  }
  for (Scope* s = &scope; s != found; s = s->parent) {
    if (s->parent == found && s->lateral) s->lateral_reference = true;
  }
  return Ok();
}

Result<Expr*> Binder::BindColumnRef(const PgQuery__ColumnRef& ref, Scope& scope) {
  std::vector<std::string> names;
  for (size_t i = 0; i < ref.n_fields; ++i) {
    if (ref.fields[i]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
      return NotSupported("a whole row as a value is not supported", ref.location, "List its columns.");
    }
    names.push_back(StringOf(ref.fields[i]));
  }
  if (scope.clause == Clause::kDefault && scope.items.empty()) {
    return Error(sqlstate::kFeatureNotSupported, "cannot use column reference in DEFAULT expression", ref.location);
  }
  const std::string& name = names.back();
  // Siblings of a FROM subquery are passed over, unless it is LATERAL.
  auto next = [](Scope* s) -> Scope* {
    if (s->parent == nullptr) return nullptr;
    if (s->sees_parent) return s->parent;
    // What the parent itself sees outside.
    Scope* p = s->parent;
    while (p != nullptr && !p->sees_parent) p = p->parent;
    return p == nullptr ? nullptr : p->parent;
  };
  if (names.size() == 1) {
    for (Scope* s = &scope; s != nullptr; s = next(s)) {
      const NameColumn* found = nullptr;
      const NameItem* in = nullptr;
      int count = 0;
      for (const NameItem& item : s->items) {
        if (!item.unqualified) continue;
        for (const NameColumn& column : item.columns) {
          if (column.name != name) continue;
          found = &column;
          in = &item;
          ++count;
        }
      }
      if (count > 1) {
        return Error(sqlstate::kAmbiguousColumn, "column reference \"" + name + "\" is ambiguous", ref.location);
      }
      if (found != nullptr) {
        ALLOD_RETURN_IF_ERROR(ReadOutside(scope, s, *in, ref.location));
        return ExprOf(*found, ref.location);
      }
    }
    // A table's name means its row.
    for (Scope* s = &scope; s != nullptr; s = next(s)) {
      for (const NameItem& item : s->items) {
        if (!item.qualified || item.alias != name) continue;
        if (item.range != nullptr && item.range->kind == Range::Kind::kFunction && item.columns.size() == 1) {
          ALLOD_RETURN_IF_ERROR(ReadOutside(scope, s, item, ref.location));
          return ExprOf(item.columns[0], ref.location);
        }
        return NotSupported("a whole row as a value is not supported", ref.location,
                            "List the columns of \"" + name + "\".");
      }
    }
    if (name == "tableoid" && scope.items.size() == 1 && scope.items[0].range != nullptr) {
      if (Expr* table_oid = TableOid(*scope.items[0].range, ref.location)) return table_oid;
    }
    return Error(sqlstate::kUndefinedColumn, "column \"" + name + "\" does not exist", ref.location);
  }
  // [catalog.][schema.]table.column
  const std::string table = names[names.size() - 2];
  const std::string schema = names.size() > 2 ? names[names.size() - 3] : "";
  for (Scope* s = &scope; s != nullptr; s = next(s)) {
    const NameItem* match = nullptr;
    for (const NameItem& item : s->items) {
      if (!item.qualified || item.alias != table) continue;
      if (!schema.empty() && item.schema != schema) continue;
      if (match != nullptr) {
        return Error("42P09", "table reference \"" + table + "\" is ambiguous", ref.location);
      }
      match = &item;
    }
    if (match == nullptr) continue;
    ALLOD_RETURN_IF_ERROR(ReadOutside(scope, s, *match, ref.location));
    const NameColumn* found = nullptr;
    for (const NameColumn& column : match->columns) {
      if (column.name != name) continue;
      if (found != nullptr) {
        return Error(sqlstate::kAmbiguousColumn, "column reference \"" + name + "\" is ambiguous", ref.location);
      }
      found = &column;
    }
    if (found == nullptr && name == "tableoid" && match->range != nullptr) {
      if (Expr* table_oid = TableOid(*match->range, ref.location)) return table_oid;
    }
    if (found == nullptr) {
      return Error(sqlstate::kUndefinedColumn, "column " + table + "." + name + " does not exist", ref.location);
    }
    return ExprOf(*found, ref.location);
  }
  return MissingFrom(table, scope, ref.location);
}

Status Binder::MissingFrom(const std::string& table, const Scope& scope, int location) const {
  for (const Scope* s = &scope; s != nullptr; s = s->parent) {
    for (const NameItem& item : s->items) {
      if (item.table != table || item.alias == table) continue;
      Status status = Error(sqlstate::kUndefinedTable,
                            "invalid reference to FROM-clause entry for table \"" + table + "\"", location);
      return std::move(status).Hint("Perhaps you meant to reference the table alias \"" + item.alias + "\".");
    }
  }
  return Error(sqlstate::kUndefinedTable, "missing FROM-clause entry for table \"" + table + "\"", location);
}

}  // namespace allod::planner
