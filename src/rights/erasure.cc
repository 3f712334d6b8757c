#include "rights/erasure.h"

#include <algorithm>
#include <functional>
#include <set>

namespace allod::rights {

using catalog::AnonymizationRule;
using catalog::Attnum;
using catalog::Constraint;
using catalog::KeyAction;
using catalog::Table;
using ownership::Edge;
using ownership::Reference;

Result<bool> ErasurePlan::Decide(const SubjectKey& subject) {
  if (apply_ && graph_.queries().concurrent()) {
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(graph_.queries().AskIsolation(), {}, context_));
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    fixed_view_ = more && cursor->column(0).bytes != "read committed" && cursor->column(0).bytes != "read uncommitted";
  }
  ALLOD_ASSIGN_OR_RETURN(bool exists, reach_.Start(subject));
  if (!exists) return false;
  ALLOD_RETURN_IF_ERROR(reach_.FollowByRights());
  Grow();
  for (size_t row = 0; row < fates_.size(); ++row) {
    // All edges of the rows reached have been followed; what an owned row owns is owned by the subject too.
    fates_[row].expanded = true;
    fates_[row].candidate = reach_.rows()[row].owned;
  }
  Force(0);
  ApplyDeleteRules();
  for (bool more = true; more;) {
    ALLOD_RETURN_IF_ERROR(CloseDownstream());
    ALLOD_RETURN_IF_ERROR(FindSupport());
    ALLOD_ASSIGN_OR_RETURN(more, FindReferences());
  }
  ALLOD_RETURN_IF_ERROR(DecideChanges());
  return true;
}

void ErasurePlan::Force(int row) {
  Fate& fate = fates_[row];
  fate.forced = true;
  if (!fate.candidate) {
    fate.candidate = true;
    to_expand_.push_back(row);
  }
}

bool ErasurePlan::RuleApplies(const AnonymizationRule& rule, const ReachedRow& row) const {
  if (rule.event != AnonymizationRule::Event::kDelete || !row.related || row.through.empty()) return false;
  for (const Edge* edge : ownership::EdgesOfRule(graph_, *graph_.catalog().FindTable(row.table), rule)) {
    if (std::find(row.through.begin(), row.through.end(), edge) != row.through.end()) return true;
  }
  return false;
}

void ErasurePlan::ApplyDeleteRules() {
  for (size_t i = 0; i < reach_.rows().size(); ++i) {
    for (const AnonymizationRule& rule : TableOf(static_cast<int>(i)).rules) {
      if (rule.action == AnonymizationRule::Action::kDeleteRow && RuleApplies(rule, reach_.rows()[i])) {
        Force(static_cast<int>(i));
        break;
      }
    }
  }
}

// Whatever a forced row gives owners to may lose its last one.
Status ErasurePlan::CloseDownstream() {
  while (!to_expand_.empty()) {
    int row = to_expand_.back();
    to_expand_.pop_back();
    if (!fates_[row].expanded) {
      fates_[row].expanded = true;
      Oid table = reach_.rows()[row].table;
      for (const Edge* edge : graph_.EdgesFrom(table)) {
        if (!edge->gives_owners) continue;
        ALLOD_RETURN_IF_ERROR(reach_.Follow(*edge, std::span<const int>(&row, 1)));
        Grow();
      }
    }
    for (const auto& [edge, target] : reach_.rows()[row].gives) {
      if (!edge->gives_owners || fates_[target].candidate) continue;
      fates_[target].candidate = true;
      to_expand_.push_back(target);
    }
  }
  return Ok();
}

// Which candidates does another subject own, by a path that avoids E? A relation to a row that is no candidate is
// support: that row has an owner, and neither the subject nor a row of E has given it one.
Status ErasurePlan::FindSupport() {
  std::vector<ReachedRow>& rows = reach_.rows();
  for (Fate& fate : fates_) fate.supported = false;
  std::vector<const Edge*> asked;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!fates_[i].candidate || fates_[i].forced) continue;
    if (graph_.IsDataSubject(rows[i].table)) {
      Support(static_cast<int>(i));
      continue;
    }
    for (const Edge* edge : graph_.EdgesInto(rows[i].table)) {
      if (!edge->gives_owners) continue;
      if (!edge->forward) {
        if (std::find(asked.begin(), asked.end(), edge) == asked.end()) asked.push_back(edge);
        continue;
      }
      bool named = std::none_of(edge->key->columns.begin(), edge->key->columns.end(),
                                [&](Attnum column) { return reach_.Cell(rows[i], column).is_null(); });
      bool by_candidate = std::any_of(rows[i].takes.begin(), rows[i].takes.end(), [&](const auto& take) {
        return take.first == edge && fates_[take.second].candidate;
      });
      if (named && !by_candidate) Support(static_cast<int>(i));
    }
  }
  for (const Edge* edge : asked) ALLOD_RETURN_IF_ERROR(FindOutsideHolders(*edge));
  for (Fate& fate : fates_) fate.erased = fate.candidate && !fate.supported;
  return Ok();
}

Status ErasurePlan::FindOutsideHolders(const Edge& edge) {
  std::vector<ReachedRow>& rows = reach_.rows();
  engine::Relation keys{static_cast<int>(edge.key->columns.size()) + 1, {}};
  engine::Relation known{reach_.NameWidth(edge.from), {}};
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!fates_[i].candidate) continue;
    if (rows[i].table == edge.from) known.rows.push_back(reach_.Name(rows[i]));
    if (rows[i].table != edge.to || fates_[i].supported || fates_[i].forced) continue;
    Row key = reach_.Key(rows[i], edge.key->target_columns);
    if (key.empty()) continue;
    key.push_back(Value::Integer(static_cast<int64_t>(i)));
    keys.rows.push_back(std::move(key));
  }
  if (keys.rows.empty()) return Ok();
  engine::Parameter parameters[] = {&keys, &known};
  ALLOD_ASSIGN_OR_RETURN(auto cursor,
                         transaction_.Run(graph_.queries().OtherHolders(edge, fixed_view_), parameters, context_));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    if (!more) return Ok();
    Support(static_cast<int>(cursor->column(0).integer));
  }
}

void ErasurePlan::Support(int first) {
  std::vector<int> queue{first};
  while (!queue.empty()) {
    int row = queue.back();
    queue.pop_back();
    Fate& fate = fates_[row];
    if (fate.supported || fate.forced || !fate.candidate) continue;
    fate.supported = true;
    for (const auto& [edge, target] : reach_.rows()[row].gives) {
      if (edge->gives_owners) queue.push_back(target);
    }
  }
}

// Who names a row of E? True if that has brought more rows into E, so that support must be found again.
Result<bool> ErasurePlan::FindReferences() {
  std::map<Oid, std::vector<int>> fresh;
  for (size_t i = 0; i < fates_.size(); ++i) {
    if (fates_[i].erased && !fates_[i].referenced) fresh[reach_.rows()[i].table].push_back(static_cast<int>(i));
  }
  bool forced = false;
  for (auto& [table, rows] : fresh) {
    for (int row : rows) fates_[row].referenced = true;
    for (const Reference& reference : graph_.ReferencesTo(table)) {
      const Edge* edge = reference.edge;
      std::vector<int> ask;
      for (int row : rows) {
        const ReachedRow& reached = reach_.rows()[row];
        if (edge != nullptr && edge->forward && (reached.related || edge->gives_owners)) {
          // Already followed, when the row was reached or became a candidate.
          auto gives = reached.gives;
          for (const auto& [followed, holder] : gives) {
            if (followed == edge) ALLOD_RETURN_IF_ERROR(NoteReference(holder, reference, &forced));
          }
        } else if (edge != nullptr && !edge->forward && edge->gives_owners && !fates_[row].forced) {
          // Only rows of E can hold such a key: any other would have given the row an owner.
        } else {
          ask.push_back(row);
        }
      }
      if (ask.empty()) continue;
      ALLOD_ASSIGN_OR_RETURN(auto holders, reach_.Holders(reference, ask));
      Grow();
      for (const auto& [holder, named] : holders) ALLOD_RETURN_IF_ERROR(NoteReference(holder, reference, &forced));
    }
  }
  return forced;
}

Status ErasurePlan::NoteReference(int row, const Reference& reference, bool* forced) {
  Fate& fate = fates_[row];
  const Constraint& key = *reference.key;
  if (std::find(fate.dead_keys.begin(), fate.dead_keys.end(), &key) != fate.dead_keys.end()) return Ok();
  fate.dead_keys.push_back(&key);
  if (fate.erased || fate.forced) return Ok();
  const Table& table = *reference.holder;
  bool clearable = !ownership::ClearableColumns(graph_, table, key).empty();
  bool stays = graph_.IsOwned(table.oid) || reach_.rows()[row].related;
  bool erase = key.on_delete == KeyAction::kCascade && !(stays && clearable);
  if (!clearable && !erase) {
    // A rule that says so for this key decides also where the subject is not itself related to the row.
    erase = std::any_of(table.rules.begin(), table.rules.end(), [&](const AnonymizationRule& rule) {
      return rule.event == AnonymizationRule::Event::kDelete && rule.action == AnonymizationRule::Action::kDeleteRow &&
             rule.via_table == 0 &&
             std::find(key.columns.begin(), key.columns.end(), rule.via_column) != key.columns.end();
    });
  }
  if (!erase) return Ok();
  Force(row);
  *forced = true;
  return Ok();
}

Status ErasurePlan::DecideChanges() {
  std::vector<ReachedRow>& rows = reach_.rows();
  for (size_t i = 0; i < rows.size(); ++i) {
    Fate& fate = fates_[i];
    if (fate.erased) continue;
    const Table& table = *graph_.catalog().FindTable(rows[i].table);
    std::vector<Attnum> clear;
    for (const Constraint* key : fate.dead_keys) {
      if (key->on_delete == KeyAction::kSetDefault) {
        fate.changed = true;
        continue;
      }
      std::vector<Attnum> columns = ownership::ClearableColumns(graph_, table, *key);
      if (columns.empty()) {
        // ownership::CheckSchema refuses such schemas.
        return Fail(sqlstate::kForeignKeyViolation, "key \"" + key->name + "\" of table \"" + table.name +
                                                        "\" cannot become NULL, but names a row that is to be erased")
            .Table(table.name)
            .Constraint(key->name);
      }
      clear.insert(clear.end(), columns.begin(), columns.end());
    }
    for (const AnonymizationRule& rule : table.rules) {
      if (rule.action != AnonymizationRule::Action::kAnonymize || !RuleApplies(rule, rows[i])) continue;
      for (Attnum column : rule.columns) {
        bool others_own_by_it =
            std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& key) {
              if (key.kind != Constraint::Kind::kForeignKey) return false;
              if (std::find(key.columns.begin(), key.columns.end(), column) == key.columns.end()) return false;
              const Edge* edge = graph_.EdgeOf(&key);
              if (edge == nullptr || !edge->gives_owners) return false;
              if (std::find(fate.dead_keys.begin(), fate.dead_keys.end(), &key) != fate.dead_keys.end()) return false;
              return !reach_.Key(rows[i], key.columns).empty();
            });
        if (!others_own_by_it) clear.push_back(column);
      }
    }
    std::sort(clear.begin(), clear.end());
    clear.erase(std::unique(clear.begin(), clear.end()), clear.end());
    std::erase_if(clear, [&](Attnum column) { return reach_.Cell(rows[i], column).is_null(); });
    if (clear.empty()) continue;
    fate.changed = true;
    cleared_[{table.oid, std::move(clear)}].push_back(static_cast<int>(i));
  }
  return Ok();
}

std::vector<Erasure> ErasurePlan::Counts() const {
  std::map<Oid, Erasure> tables;
  for (size_t i = 0; i < fates_.size(); ++i) {
    const ReachedRow& row = reach_.rows()[i];
    if (!fates_[i].erased && !fates_[i].changed && !row.related) continue;
    Erasure& count = tables[row.table];
    count.table = row.table;
    ++(fates_[i].erased ? count.erased : fates_[i].changed ? count.anonymized : count.kept);
  }
  std::vector<Erasure> counts;
  for (const auto& [table, count] : tables) counts.push_back(count);
  return counts;
}

// Rows that name others go before those they name, so that ON DELETE actions have nothing left to do (a column that
// they would set to NULL may have a CHECK). In circles of keys the order does not help, and the actions run.
std::vector<Oid> ErasurePlan::HoldersFirst(const std::map<Oid, std::vector<int>>& tables) const {
  std::vector<Oid> order;
  std::set<Oid> visited;
  std::function<void(Oid)> visit = [&](Oid table) {
    if (!visited.insert(table).second) return;
    for (const Reference& reference : graph_.ReferencesTo(table)) {
      if (tables.contains(reference.holder->oid)) visit(reference.holder->oid);
    }
    order.push_back(table);
  };
  for (const auto& [table, rows] : tables) visit(table);
  return order;
}

// Whether rows can be left over, within that order, that name a row already deleted.
bool ErasurePlan::NeedsDeferral(const std::vector<Oid>& order) const {
  for (size_t i = 0; i < order.size(); ++i) {
    for (const Reference& reference : graph_.ReferencesTo(order[i])) {
      auto holder = std::find(order.begin(), order.end(), reference.holder->oid);
      if (holder == order.end()) continue;
      auto at = static_cast<size_t>(holder - order.begin());
      if (at > i) return true;
      // One statement deletes a table's rows; only RESTRICT is judged before it ends.
      if (at == i && reference.key->on_delete == KeyAction::kRestrict) return true;
    }
  }
  return false;
}

engine::Relation ErasurePlan::Names(Oid table, const std::vector<int>& rows) const {
  engine::Relation relation{reach_.NameWidth(table), {}};
  relation.rows.reserve(rows.size());
  for (int row : rows) relation.rows.push_back(reach_.Name(reach_.rows()[row]));
  return relation;
}

// Rows that are held and yet not there to be changed: something in the cluster is in the way (a trigger, a rule, a
// policy).
Status ErasurePlan::AllChanged(int64_t changed, size_t rows) const {
  if (changed == static_cast<int64_t>(rows)) return Ok();
  return Fail(sqlstate::kObjectNotInPrerequisiteState,
              "of " + std::to_string(rows) + " rows that are to be erased or anonymized, " +
                  std::to_string(static_cast<int64_t>(rows) - changed) + " could not be changed")
      .Hint("Look for triggers, rules and row security policies that keep rows from being changed.");
}

Status ErasurePlan::DeleteTogether(const std::vector<Oid>& tables, const std::map<Oid, std::vector<int>>& erased) {
  std::vector<engine::Relation> relations;
  size_t rows = 0;
  for (Oid table : tables) {
    relations.push_back(Names(table, erased.at(table)));
    rows += relations.back().rows.size();
  }
  std::vector<engine::Parameter> parameters;
  for (const engine::Relation& relation : relations) parameters.emplace_back(&relation);
  const std::string text = graph_.queries().DeleteTogether(tables);
  int64_t deleted = 0;
  auto run = [&]() -> Status {
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(text, parameters, context_));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
      if (!more) return Ok();
      deleted = cursor->column(0).integer;
    }
  };
  Status status = run();
  if (!status.ok() && fixed_view_ && status.error().sqlstate == sqlstate::kForeignKeyViolation) {
    // A row that refers to one of these, and that this transaction cannot see.
    return Fail(sqlstate::kSerializationFailure, "could not serialize access due to concurrent update")
        .Detail(status.error().message);
  }
  ALLOD_RETURN_IF_ERROR(std::move(status));
  return AllChanged(deleted, rows);
}

Status ErasurePlan::Apply() {
  auto run = [&](std::string_view text, std::span<const engine::Parameter> parameters) -> Result<int64_t> {
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(text, parameters, context_));
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    static_cast<void>(more);
    return cursor->affected();
  };
  const ownership::KeyQueries& queries = graph_.queries();
  // Before the deletions, so that no ON DELETE action reaches a row that stays.
  for (const auto& [what, rows] : cleared_) {
    engine::Relation relation = Names(what.first, rows);
    engine::Parameter parameter = &relation;
    ALLOD_ASSIGN_OR_RETURN(int64_t changed, run(queries.Clear(what.first, what.second), {&parameter, 1}));
    if (queries.concurrent()) ALLOD_RETURN_IF_ERROR(AllChanged(changed, rows.size()));
  }
  std::map<Oid, std::vector<int>> erased;
  for (size_t i = 0; i < fates_.size(); ++i) {
    if (fates_[i].erased) erased[reach_.rows()[i].table].push_back(static_cast<int>(i));
  }
  std::vector<Oid> order = HoldersFirst(erased);
  if (queries.concurrent()) return DeleteTogether(order, erased);
  // Not done without need: the embedded engine compiles all its statements again afterwards.
  bool defer = NeedsDeferral(order);
  if (defer) ALLOD_RETURN_IF_ERROR(transaction_.DeferForeignKeys());
  for (Oid table : order) {
    const std::vector<int>& rows = erased.at(table);
    const ownership::TableKeys& keys = queries.Of(table);
    if (rows.size() == 1) {
      engine::Parameter locator = Datum::Integer(reach_.rows()[rows[0]].locator);
      ALLOD_RETURN_IF_ERROR(run(keys.delete_one, {&locator, 1}).status());
      continue;
    }
    engine::Relation relation = Names(table, rows);
    engine::Parameter parameter = &relation;
    ALLOD_RETURN_IF_ERROR(run(keys.delete_many, {&parameter, 1}).status());
  }
  // What follows in the caller's transaction is checked statement by statement again.
  return defer ? transaction_.DeferForeignKeys(false) : Ok();
}

}  // namespace allod::rights
