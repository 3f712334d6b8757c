// What Allod adds to tables: data subjects, the annotations of keys, anonymisation rules.
#include <algorithm>

#include "planner/ddl_table.h"

namespace allod::planner::ddl {

using catalog::AnonymizationRule;

Result<Attnum> RuleColumn(const Table& table, const std::string& name, int position) {
  const Column* column = table.FindColumn(name);
  if (column == nullptr) {
    return Fail(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of relation \"" + table.name + "\" named in anonymization rule does not exist")
        .At(position);
  }
  return column->number;
}

namespace {

// Positions of rules are in the user's text already, in bytes.
int RulePosition(const Ddl& ddl, const sql::RuleClause& rule) {
  int position = 1;
  const std::string_view text = ddl.parsed->original;
  for (int i = 0; i < rule.location && static_cast<size_t>(i) < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) ++position;
  }
  return position;
}

}  // namespace

Result<AnonymizationRule> ResolveRule(const Ddl& ddl, const Table& table, const sql::RuleClause& rule) {
  const int position = RulePosition(ddl, rule);
  AnonymizationRule resolved;
  resolved.event = rule.on_delete ? AnonymizationRule::Event::kDelete : AnonymizationRule::Event::kGet;
  resolved.action = rule.delete_row ? AnonymizationRule::Action::kDeleteRow : AnonymizationRule::Action::kAnonymize;
  const Table* via = &table;
  if (!rule.via_table.empty() && rule.via_table != table.name) {
    const Relation relation = FindRelation(ddl, "", rule.via_table);
    if (relation.table == nullptr) {
      return Fail(sqlstate::kUndefinedTable, "relation \"" + rule.via_table + "\" does not exist")
          .Hint("A rule about rows reached through another table's key is added once that table is there: ALTER TABLE " +
                sql::QuoteIdentifier(table.name) + " ADD ON " + (rule.on_delete ? "DEL " : "GET ") +
                sql::QuoteIdentifier(rule.via_table) + "(" + sql::QuoteIdentifier(rule.via_column) + ") ...")
          .At(position);
    }
    via = relation.table;
    resolved.via_table = via->oid;
  }
  ALLOD_ASSIGN_OR_RETURN(resolved.via_column, RuleColumn(*via, rule.via_column, position));
  for (const std::string& name : rule.columns) {
    ALLOD_ASSIGN_OR_RETURN(const Attnum column, RuleColumn(table, name, position));
    if (std::find(resolved.columns.begin(), resolved.columns.end(), column) == resolved.columns.end()) {
      resolved.columns.push_back(column);
    }
  }
  return resolved;
}

Status TableBuilder::AddRule(const sql::RuleClause& rule) {
  ALLOD_ASSIGN_OR_RETURN(AnonymizationRule resolved, ResolveRule(ddl_, table_, rule));
  table_.rules.push_back(std::move(resolved));
  return Ok();
}

Status AlterOwnership(Ddl* ddl, const sql::AlterOwnershipStatement& alter) {
  ddl->definition.tag = "ALTER TABLE";
  const Relation relation = FindRelation(*ddl, alter.schema, alter.table);
  if (!relation.found() && alter.if_exists) {
    ddl->Notice(sqlstate::kSuccess,
                "relation \"" + WrittenName(alter.schema, alter.table) + "\" does not exist, skipping");
    return Ok();
  }
  ALLOD_ASSIGN_OR_RETURN(const Table* found, FindTable(*ddl, alter.schema, alter.table));
  Table table = *found;
  for (const auto& action : alter.actions) {
    if (const auto* subject = std::get_if<sql::AlterOwnershipStatement::SetDataSubject>(&action)) {
      table.data_subject = subject->on;
    } else if (const auto* history = std::get_if<sql::AlterOwnershipStatement::SetHistory>(&action)) {
      table.without_history = !history->on;
    } else if (const auto* key = std::get_if<sql::AlterOwnershipStatement::AnnotateKey>(&action)) {
      auto constraint = std::find_if(table.constraints.begin(), table.constraints.end(),
                                     [&](const Constraint& c) { return c.name == key->constraint; });
      if (constraint == table.constraints.end()) {
        return Fail(sqlstate::kUndefinedObject,
                    "constraint \"" + key->constraint + "\" of relation \"" + table.name + "\" does not exist");
      }
      if (constraint->kind != Constraint::Kind::kForeignKey) {
        return Fail(sqlstate::kWrongObjectType, "constraint \"" + key->constraint + "\" of relation \"" + table.name +
                                                    "\" is not a foreign key constraint");
      }
      constraint->annotation = key->word ? AnnotationOf(*key->word) : catalog::Annotation::kNone;
    } else if (const auto* add = std::get_if<sql::AlterOwnershipStatement::AddRule>(&action)) {
      ALLOD_ASSIGN_OR_RETURN(AnonymizationRule rule, ResolveRule(*ddl, table, add->rule));
      table.rules.push_back(std::move(rule));
    } else if (const auto* drop = std::get_if<sql::AlterOwnershipStatement::DropRule>(&action)) {
      ALLOD_ASSIGN_OR_RETURN(const AnonymizationRule wanted, ResolveRule(*ddl, table, drop->rule));
      const size_t erased = std::erase_if(table.rules, [&](const AnonymizationRule& rule) {
        return rule.event == wanted.event && rule.via_table == wanted.via_table && rule.via_column == wanted.via_column;
      });
      if (erased == 0) {
        return Fail(sqlstate::kUndefinedObject, std::string("relation \"") + table.name + "\" has no rule ON " +
                                                    (drop->rule.on_delete ? "DEL " : "GET ") +
                                                    (drop->rule.via_table.empty() ? "" : drop->rule.via_table + "(") +
                                                    drop->rule.via_column + (drop->rule.via_table.empty() ? "" : ")"));
      }
    }
  }
  ddl->next->Put(std::move(table));
  return Ok();
}

}  // namespace allod::planner::ddl
