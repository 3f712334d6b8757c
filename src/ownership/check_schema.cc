// What a schema may not be: annotations that cannot be followed, rules that cannot be applied, and, above all, a schema
// under which somebody's erasure could only fail. Deletion must be possible before storage is.
#include <algorithm>

#include "ownership/graph.h"

namespace allod::ownership {

using catalog::AnonymizationRule;
using catalog::Attnum;
using catalog::Constraint;
using catalog::KeyAction;
using catalog::Table;

namespace {

std::string Quoted(const std::string& name) { return "\"" + name + "\""; }

bool Contains(const std::vector<Attnum>& columns, Attnum column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

bool SameColumns(const std::vector<Attnum>& a, const std::vector<Attnum>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

bool Nullable(const Table& table, Attnum number) {
  const catalog::Column* column = table.FindColumn(number);
  const Constraint* primary = table.PrimaryKey();
  return column != nullptr && !column->not_null && (primary == nullptr || !Contains(primary->columns, number));
}

Status CheckTable(const Graph& graph, const Table& table) {
  if (table.kind != Table::Kind::kTable) {
    if (table.data_subject || !table.rules.empty()) {
      return Fail(sqlstate::kWrongObjectType, Quoted(table.name) + " is not a table")
          .Hint("Ownership is declared on the tables that a view reads.")
          .Table(table.name);
    }
    return Ok();
  }
  if (table.data_subject && table.PrimaryKey() == nullptr) {
    return Fail(sqlstate::kInvalidTableDefinition,
                "data subject table " + Quoted(table.name) + " must have a primary key")
        .Hint("GDPR GET and GDPR FORGET name a data subject by its primary key.")
        .Table(table.name);
  }
  for (const Edge& edge : graph.edges()) {
    if (edge.holder != table.oid || edge.implied) continue;
    const Table& target = *graph.catalog().FindTable(edge.key->target);
    const Constraint* primary = target.PrimaryKey();
    if (primary == nullptr || !SameColumns(primary->columns, edge.key->target_columns)) {
      return Fail(sqlstate::kInvalidForeignKey, std::string(AnnotationName(edge)) + " key " + Quoted(edge.key->name) +
                                                    " must refer to the primary key of table " + Quoted(target.name))
          .Table(table.name)
          .Constraint(edge.key->name);
    }
  }
  return Ok();
}

Status CheckRule(const Graph& graph, const Table& table, const AnonymizationRule& rule) {
  bool erases = rule.event == AnonymizationRule::Event::kDelete;
  auto refuse = [&](std::string message) {
    return Fail(sqlstate::kInvalidObjectDefinition, std::move(message)).Table(table.name);
  };
  const Table* via = rule.via_table == 0 ? &table : graph.catalog().FindTable(rule.via_table);
  if (via == nullptr)
    return Fail(sqlstate::kUndefinedTable, "the table named in a rule of " + Quoted(table.name) + " does not exist");
  const catalog::Column* via_column = via->FindColumn(rule.via_column);
  if (via_column == nullptr) {
    return Fail(sqlstate::kUndefinedColumn,
                "a column named in a rule of table " + Quoted(table.name) + " does not exist");
  }
  std::string words = std::string(erases ? "ON DEL " : "ON GET ") +
                      (rule.via_table == 0 ? via_column->name : via->name + "(" + via_column->name + ")");
  std::vector<const Edge*> edges = EdgesOfRule(graph, table, rule);
  if (edges.empty()) {
    return refuse("rule " + words + " of table " + Quoted(table.name) +
                  " can never apply: no data subject is related to its rows " + "through that column")
        .Hint(rule.via_table == 0
                  ? "The column must be part of a key with OWNED_BY or ACCESSED_BY. For rows reached by another "
                    "table's OWNS or ACCESSES key, write that table and column: table(column)."
                  : "The column must be part of a key with OWNS or ACCESSES that refers to " + Quoted(table.name) +
                        ".");
  }
  if (rule.action == AnonymizationRule::Action::kDeleteRow) return Ok();
  const Constraint* primary = table.PrimaryKey();
  for (Attnum number : rule.columns) {
    const catalog::Column* column = table.FindColumn(number);
    if (column == nullptr) {
      return Fail(sqlstate::kUndefinedColumn,
                  "a column named in a rule of table " + Quoted(table.name) + " does not exist");
    }
    if (primary != nullptr && Contains(primary->columns, number)) {
      return refuse("rule " + words + " of table " + Quoted(table.name) + " cannot anonymize " + Quoted(column->name) +
                    ": it is part of the primary key")
          .Column(column->name);
    }
    // ON GET writes nothing: it may hide any other column, whoever else is named there, and whether or not it can be
    // NULL.
    if (!erases) continue;
    if (column->not_null) {
      return refuse("rule " + words + " of table " + Quoted(table.name) + " cannot anonymize " + Quoted(column->name) +
                    ": the column is NOT NULL")
          .Hint("Anonymizing sets a column to NULL: drop NOT NULL from " + column->name + ", or write DELETE_ROW.")
          .Column(column->name);
    }
    for (const Edge& edge : graph.edges()) {
      if (!edge.owns || edge.holder != table.oid || !Contains(edge.key->columns, number)) continue;
      if (std::find(edges.begin(), edges.end(), &edge) != edges.end()) continue;
      return refuse("rule " + words + " of table " + Quoted(table.name) + " cannot anonymize " + Quoted(column->name) +
                    ": it is part of another owner's key " + Quoted(edge.key->name))
          .Hint("Erasing one owner's data must not take the row away from another.")
          .Column(column->name);
    }
  }
  return Ok();
}

bool DeletesThrough(const Table& table, const Constraint& key) {
  return std::any_of(table.rules.begin(), table.rules.end(), [&](const AnonymizationRule& rule) {
    return rule.event == AnonymizationRule::Event::kDelete && rule.action == AnonymizationRule::Action::kDeleteRow &&
           rule.via_table == 0 && Contains(key.columns, rule.via_column);
  });
}

// Tables whose rows an erasure may delete, and those whose rows it may delete although somebody else owns them.
struct Erasable {
  std::set<Oid> any, forced;
};

Erasable FindErasable(const Graph& graph) {
  Erasable found;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (graph.IsOwned(oid)) found.any.insert(oid);
    bool deletes = std::any_of(table->rules.begin(), table->rules.end(), [](const AnonymizationRule& rule) {
      return rule.event == AnonymizationRule::Event::kDelete && rule.action == AnonymizationRule::Action::kDeleteRow;
    });
    if (graph.IsDataSubject(oid) || deletes) {
      found.any.insert(oid);
      found.forced.insert(oid);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [oid, table] : graph.catalog().tables()) {
      for (const Constraint& key : table->constraints) {
        if (key.kind != Constraint::Kind::kForeignKey || key.on_delete != KeyAction::kCascade) continue;
        if (!found.any.contains(key.target) || found.forced.contains(oid)) continue;
        // An owned row whose key can be cleared stays, whatever ON DELETE says.
        if (graph.IsOwned(oid) && !ClearableColumns(graph, *table, key).empty()) continue;
        found.any.insert(oid);
        found.forced.insert(oid);
        changed = true;
      }
    }
  }
  return found;
}

Status CheckErasable(const Graph& graph, const Table& holder, const Constraint& key, const Erasable& erasable) {
  if (key.kind != Constraint::Kind::kForeignKey || !erasable.any.contains(key.target)) return Ok();
  if (key.on_delete == KeyAction::kCascade || key.on_delete == KeyAction::kSetDefault) return Ok();
  if (key.on_delete == KeyAction::kSetNull) {
    // PostgreSQL takes such a definition, and then refuses every deletion.
    for (Attnum column : key.columns) {
      if (Nullable(holder, column)) continue;
      const std::string& name = holder.FindColumn(column)->name;
      return Fail(sqlstate::kUnerasableSchema, "rows of table " + Quoted(graph.catalog().FindTable(key.target)->name) +
                                                   " could not be erased: key " + Quoted(key.name) + " of table " +
                                                   Quoted(holder.name) + " has ON DELETE SET NULL, but " +
                                                   Quoted(name) + " cannot be NULL")
          .Hint("Make " + name + " nullable, or write ON DELETE CASCADE.")
          .Table(holder.name)
          .Constraint(key.name);
    }
  }
  if (!ClearableColumns(graph, holder, key).empty() || DeletesThrough(holder, key)) return Ok();
  if (const Edge* edge = graph.EdgeOf(&key); edge != nullptr && edge->gives_owners) {
    if (edge->forward && !graph.IsDataSubject(holder.oid)) {
      // The row it names is the only thing that can own it: both go together.
      const auto& into = graph.EdgesInto(holder.oid);
      if (std::count_if(into.begin(), into.end(), [](const Edge* one) { return one->gives_owners; }) == 1) return Ok();
    }
    // A holder that stays has an owner, who owns the row that it names.
    if (!edge->forward && !erasable.forced.contains(key.target)) return Ok();
  }
  const Table& target = *graph.catalog().FindTable(key.target);
  std::string columns = ColumnNames(holder, key.columns);
  bool not_null = std::none_of(key.columns.begin(), key.columns.end(), [&](Attnum c) { return Nullable(holder, c); });
  const Edge* edge = graph.EdgeOf(&key);
  std::string hint = not_null ? "Make " + columns + " nullable" : "Give this key a nullable column of its own";
  hint += ", or add ON DELETE CASCADE to the key";
  if (edge != nullptr && edge->forward) {
    hint += ", or add ON DEL " + holder.FindColumn(key.columns[0])->name + " DELETE_ROW to the table";
  }
  return Fail(sqlstate::kUnerasableSchema, "rows of table " + Quoted(target.name) + " could not be erased: key " +
                                               Quoted(key.name) + " of table " + Quoted(holder.name) +
                                               " cannot become NULL")
      .Detail("A row of " + holder.name + " can outlive the row of " + target.name + " that its " + columns +
              " names; the erasure of that row could only fail.")
      .Hint(hint + ".")
      .Table(holder.name)
      .Constraint(key.name);
}

}  // namespace

std::vector<Attnum> ClearableColumns(const Graph& graph, const Table& holder, const Constraint& key) {
  std::vector<Attnum> exclusive, harmless;
  for (Attnum column : key.columns) {
    if (!Nullable(holder, column)) continue;
    bool shared = false, owner = false;
    for (const Constraint& other : holder.constraints) {
      if (&other == &key || other.kind != Constraint::Kind::kForeignKey || !Contains(other.columns, column)) continue;
      if (other.target == key.target && other.columns == key.columns && other.target_columns == key.target_columns)
        continue;
      shared = true;
      const Edge* edge = graph.EdgeOf(&other);
      owner = owner || (edge != nullptr && edge->owns);
    }
    if (!shared) exclusive.push_back(column);
    if (!owner) harmless.push_back(column);
  }
  return exclusive.empty() ? harmless : exclusive;
}

std::vector<const Edge*> EdgesOfRule(const Graph& graph, const Table& table, const AnonymizationRule& rule) {
  std::vector<const Edge*> edges;
  for (const Edge* edge : graph.EdgesInto(table.oid)) {
    // A key of the table itself: its own OWNED_BY or ACCESSED_BY, or a self-reference in either direction.
    bool named = rule.via_table == 0 ? edge->holder == table.oid : !edge->forward && edge->holder == rule.via_table;
    if (named && Contains(edge->key->columns, rule.via_column)) edges.push_back(edge);
  }
  return edges;
}

Status CheckSchema(const Graph& graph, Oid changed) {
  std::vector<const Table*> tables;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (oid == changed) {
      tables.insert(tables.begin(), table.get());
    } else {
      tables.push_back(table.get());
    }
  }
  for (const Table* table : tables) {
    ALLOD_RETURN_IF_ERROR(CheckTable(graph, *table));
    for (const AnonymizationRule& rule : table->rules) ALLOD_RETURN_IF_ERROR(CheckRule(graph, *table, rule));
  }
  Erasable erasable = FindErasable(graph);
  for (const Table* table : tables) {
    for (const Constraint& key : table->constraints) {
      ALLOD_RETURN_IF_ERROR(CheckErasable(graph, *table, key, erasable));
    }
  }
  return Ok();
}

}  // namespace allod::ownership
