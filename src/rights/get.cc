// GDPR GET: everything that a data subject owns or may access.
#include <algorithm>
#include <map>

#include "base/format.h"
#include "rights/reach.h"
#include "rights/rights.h"

namespace allod::rights {

using catalog::AnonymizationRule;
using catalog::Attnum;
using catalog::Table;

namespace {

struct GetRule {
  const AnonymizationRule* rule;
  std::vector<const ownership::Edge*> edges;
};

// Applies the rules that are there for the edges through which the subject is related to the row. False: the row is not
// shown. What the subject may access *through* a hidden row stays.
bool ApplyRules(const std::vector<GetRule>& rules, const std::vector<int16_t>& positions, ReachedRow* row) {
  for (const GetRule& one : rules) {
    bool applies = std::any_of(one.edges.begin(), one.edges.end(), [&](const ownership::Edge* edge) {
      return std::find(row->through.begin(), row->through.end(), edge) != row->through.end();
    });
    if (!applies) continue;
    if (one.rule->action == AnonymizationRule::Action::kDeleteRow) return false;
    for (Attnum column : one.rule->columns) row->cells[positions[column]] = Value::Null();
  }
  return true;
}

}  // namespace

Result<std::vector<TableRows>> Get(const ownership::Graph& graph, const SubjectKey& subject,
                                   engine::Transaction& transaction, ExecContext* context) {
  std::vector<TableRows> answer;
  Reach reach(graph, Reach::Columns::kAll, transaction, context);
  ALLOD_ASSIGN_OR_RETURN(bool exists, reach.Start(subject));
  if (!exists) return answer;
  ALLOD_RETURN_IF_ERROR(reach.FollowAll());

  std::map<Oid, std::vector<ReachedRow*>> tables;  // by OID: in order of definition
  for (ReachedRow& row : reach.rows()) tables[row.table].push_back(&row);
  for (auto& [oid, rows] : tables) {
    const Table& table = *graph.catalog().FindTable(oid);
    const std::vector<int16_t>& positions = graph.queries().Of(oid).position_in_all;
    // Sorted before the rules hide anything. Without a primary key in the order of storage.
    struct Part {
      Oid type;
      int16_t position;
    };
    std::vector<Part> key;
    if (const catalog::Constraint* primary = table.PrimaryKey()) {
      for (Attnum column : primary->columns) key.push_back({table.FindColumn(column)->type.oid, positions[column]});
    }
    std::sort(rows.begin(), rows.end(), [&](const ReachedRow* a, const ReachedRow* b) {
      for (const Part& part : key) {
        int order = Compare(part.type, a->cells[part.position], b->cells[part.position]);
        if (order != 0) return order < 0;
      }
      return a->locator < b->locator;
    });
    std::vector<GetRule> rules;
    for (const AnonymizationRule& rule : table.rules) {
      if (rule.event == AnonymizationRule::Event::kGet)
        rules.push_back({&rule, ownership::EdgesOfRule(graph, table, rule)});
    }
    TableRows shown{oid, {}};
    shown.rows.reserve(rows.size());
    for (ReachedRow* row : rows) {
      if (ApplyRules(rules, positions, row)) shown.rows.push_back(std::move(row->cells));
    }
    if (!shown.rows.empty()) answer.push_back(std::move(shown));
  }
  return answer;
}

}  // namespace allod::rights
