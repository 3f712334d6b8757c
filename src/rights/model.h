// For tests: the meaning of ownership, written down as plainly as possible over rows in memory, with loops over
// everything until nothing changes. It shares no code with the modules that it judges but the catalogue's structures.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catalog/catalog.h"

namespace allod::rights::model {

using catalog::Annotation;
using catalog::AnonymizationRule;
using catalog::Attnum;
using catalog::Constraint;
using catalog::KeyAction;
using catalog::Table;

using Cell = std::optional<int64_t>;
struct ModelRow {
  Oid table = 0;
  int64_t locator = 0;
  std::map<Attnum, Cell> cells;
};
using RowId = std::pair<Oid, int64_t>;
using State = std::map<RowId, ModelRow>;

// A key with what it means.
struct Link {
  const Table* holder;
  const Constraint* key;
  Annotation meaning;  // kNone: an ordinary key
};

class Model {
 public:
  explicit Model(const catalog::Catalog& catalog) : catalog_(catalog) {
    for (const auto& [oid, table] : catalog.tables()) {
      if (table->data_subject) owned_.insert(oid);
    }
    // Assume the most that is owned, given what is known; repeat.
    for (bool changed = true; changed;) {
      size_t before = owned_.size();
      links_.clear();
      ambiguous_ = false;
      for (const auto& [oid, table] : catalog.tables()) AddLinks(*table);
      for (const Link& link : links_) {
        if (link.meaning == Annotation::kOwnedBy && owned_.contains(link.key->target)) owned_.insert(link.holder->oid);
        if (link.meaning == Annotation::kOwns && owned_.contains(link.holder->oid)) owned_.insert(link.key->target);
      }
      changed = owned_.size() != before;
    }
  }

  bool ambiguous() const { return ambiguous_; }
  bool IsOwned(Oid table) const { return owned_.contains(table); }

  struct Rights {
    std::map<RowId, std::set<RowId>> owners, accessors;
  };

  // The least sets. Rows in `without` count as not there; a subject in it is nobody.
  Rights Compute(const State& state, const std::set<RowId>& without) const {
    Rights rights;
    for (const auto& [id, row] : state) {
      if (!without.contains(id) && catalog_.FindTable(id.first)->data_subject) rights.owners[id].insert(id);
    }
    std::vector<std::tuple<RowId, RowId, bool>> relations;  // from, to, gives ownership
    ForEachRelation(state, [&](const Link& link, const RowId& holder, const RowId& named) {
      if (link.meaning == Annotation::kNone || without.contains(holder) || without.contains(named)) return;
      bool forward = link.meaning == Annotation::kOwnedBy || link.meaning == Annotation::kAccessedBy;
      bool owns = link.meaning == Annotation::kOwnedBy || link.meaning == Annotation::kOwns;
      relations.emplace_back(forward ? named : holder, forward ? holder : named, owns);
    });
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [from, to, owns] : relations) {
        std::set<RowId> owners = rights.owners[from], accessors = rights.accessors[from];
        auto add = [&](std::set<RowId>& target, const std::set<RowId>& more) {
          size_t before = target.size();
          target.insert(more.begin(), more.end());
          changed = changed || target.size() != before;
        };
        if (owns) {
          add(rights.owners[to], owners);
        } else {
          add(rights.accessors[to], owners);
        }
        add(rights.accessors[to], accessors);
      }
    }
    return rights;
  }

  std::set<RowId> Orphans(const State& state) const {
    Rights rights = Compute(state, {});
    std::set<RowId> orphans;
    for (const auto& [id, row] : state) {
      if (owned_.contains(id.first) && rights.owners[id].empty()) orphans.insert(id);
    }
    return orphans;
  }

  State Get(const State& state, const RowId& subject) const {
    State answer;
    if (!state.contains(subject)) return answer;
    Rights rights = Compute(state, {});
    auto through = Through(state, rights, subject);
    for (const auto& [id, row] : state) {
      if (!Related(rights, id, subject)) continue;
      ModelRow shown = row;
      bool hidden = false;
      for (const AnonymizationRule& rule : catalog_.FindTable(id.first)->rules) {
        if (rule.event != AnonymizationRule::Event::kGet || !Applies(rule, id, through)) continue;
        hidden = hidden || rule.action == AnonymizationRule::Action::kDeleteRow;
        for (Attnum column : rule.columns) shown.cells[column] = std::nullopt;
      }
      if (!hidden) answer[id] = shown;
    }
    return answer;
  }

  struct Outcome {
    State state;
    std::map<Oid, std::tuple<int, int, int>> counts;  // erased, anonymized, kept
  };

  Outcome Forget(const State& state, const RowId& subject) const {
    Outcome outcome{state, {}};
    if (!state.contains(subject)) return outcome;
    Rights rights = Compute(state, {});
    auto through = Through(state, rights, subject);
    std::set<RowId> erased{subject};
    for (bool changed = true; changed;) {
      size_t before = erased.size();
      Rights rest = Compute(state, erased);
      for (const auto& [id, row] : state) {
        const Table& table = *catalog_.FindTable(id.first);
        // All rows of owned tables had an owner, so one that has none now has lost it by this.
        if (owned_.contains(id.first) && rest.owners[id].empty()) erased.insert(id);
        for (const AnonymizationRule& rule : table.rules) {
          if (rule.event == AnonymizationRule::Event::kDelete && rule.action == AnonymizationRule::Action::kDeleteRow &&
              Applies(rule, id, through)) {
            erased.insert(id);
          }
        }
      }
      std::set<RowId> now = erased;
      ForEachRelation(state, [&](const Link& link, const RowId& holder, const RowId& named) {
        if (!now.contains(named) || now.contains(holder)) return;
        bool clearable = !Clearable(*link.holder, *link.key).empty();
        bool stays = owned_.contains(holder.first) || Related(rights, holder, subject);
        if (link.key->on_delete == KeyAction::kCascade && !(stays && clearable)) erased.insert(holder);
        if (clearable) return;
        for (const AnonymizationRule& rule : link.holder->rules) {
          if (rule.event == AnonymizationRule::Event::kDelete && rule.action == AnonymizationRule::Action::kDeleteRow &&
              rule.via_table == 0 && Has(link.key->columns, rule.via_column)) {
            erased.insert(holder);
          }
        }
      });
      changed = erased.size() != before;
    }
    std::map<RowId, std::set<Attnum>> cleared;
    ForEachRelation(state, [&](const Link& link, const RowId& holder, const RowId& named) {
      if (!erased.contains(named) || erased.contains(holder)) return;
      for (Attnum column : Clearable(*link.holder, *link.key)) cleared[holder].insert(column);
    });
    for (const auto& [id, row] : state) {
      if (erased.contains(id)) continue;
      for (const AnonymizationRule& rule : catalog_.FindTable(id.first)->rules) {
        if (rule.event != AnonymizationRule::Event::kDelete || !Applies(rule, id, through)) continue;
        for (Attnum column : rule.columns) {
          bool others = false;  // own the row by a key with this column, which names a row that stays
          ForEachRelation(state, [&](const Link& link, const RowId& holder, const RowId& named) {
            bool gives = (link.meaning == Annotation::kOwnedBy && owned_.contains(link.key->target)) ||
                         (link.meaning == Annotation::kOwns && owned_.contains(link.holder->oid));
            others = others || (holder == id && gives && Has(link.key->columns, column) && !erased.contains(named));
          });
          if (!others) cleared[id].insert(column);
        }
      }
    }
    for (const auto& [id, row] : state) {
      auto& [gone, anonymized, kept] = outcome.counts[id.first];
      if (erased.contains(id)) {
        ++gone;
        outcome.state.erase(id);
        continue;
      }
      ModelRow& after = outcome.state[id];
      bool changed = false;
      for (Attnum column : cleared[id]) {
        changed = changed || after.cells[column].has_value();
        after.cells[column] = std::nullopt;
      }
      if (changed) {
        ++anonymized;
      } else if (Related(rights, id, subject)) {
        ++kept;
      }
    }
    std::erase_if(outcome.counts, [](const auto& count) { return count.second == std::tuple<int, int, int>(0, 0, 0); });
    return outcome;
  }

  // Keys that name no row.
  int Dangling(const State& state) const {
    int dangling = 0;
    for (const auto& [id, row] : state) {
      for (const Constraint& key : catalog_.FindTable(id.first)->constraints) {
        if (key.kind != Constraint::Kind::kForeignKey || AnyNull(row, key.columns)) continue;
        if (Named(state, row, key) == nullptr) ++dangling;
      }
    }
    return dangling;
  }

 private:
  static bool Has(const std::vector<Attnum>& columns, Attnum column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }
  static bool AnyNull(const ModelRow& row, const std::vector<Attnum>& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [&](Attnum column) { return !row.cells.at(column).has_value(); });
  }

  void AddLinks(const Table& table) {
    std::vector<const Constraint*> unannotated;
    bool explicit_owner = false;
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      explicit_owner = explicit_owner || key.annotation == Annotation::kOwnedBy;
      if (key.annotation == Annotation::kNone && key.target != table.oid && owned_.contains(key.target))
        unannotated.push_back(&key);
    }
    bool implied = !explicit_owner && !unannotated.empty();
    if (implied && unannotated.size() > 1) ambiguous_ = true;
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      Annotation meaning = key.annotation == Annotation::kReferencesOnly ? Annotation::kNone : key.annotation;
      if (implied && &key == unannotated[0]) meaning = Annotation::kOwnedBy;
      links_.push_back({&table, &key, meaning});
    }
  }

  const ModelRow* Named(const State& state, const ModelRow& row, const Constraint& key) const {
    for (auto it = state.lower_bound({key.target, INT64_MIN}); it != state.end() && it->first.first == key.target;
         ++it) {
      bool same = true;
      for (size_t i = 0; i < key.columns.size(); ++i) {
        same = same && row.cells.at(key.columns[i]) == it->second.cells.at(key.target_columns[i]);
      }
      if (same) return &it->second;
    }
    return nullptr;
  }

  // Each (key, row that holds it, row that it names).
  template <typename Visit>
  void ForEachRelation(const State& state, Visit visit) const {
    for (const Link& link : links_) {
      for (auto it = state.lower_bound({link.holder->oid, INT64_MIN});
           it != state.end() && it->first.first == link.holder->oid; ++it) {
        if (AnyNull(it->second, link.key->columns)) continue;
        const ModelRow* named = Named(state, it->second, *link.key);
        if (named != nullptr) visit(link, it->first, RowId(named->table, named->locator));
      }
    }
  }

  bool Related(Rights& rights, const RowId& row, const RowId& subject) const {
    return rights.owners[row].contains(subject) || rights.accessors[row].contains(subject);
  }

  // For each row the keys through which the subject is related to it.
  std::map<RowId, std::set<const Constraint*>> Through(const State& state, Rights& rights, const RowId& subject) const {
    std::map<RowId, std::set<const Constraint*>> through;
    ForEachRelation(state, [&](const Link& link, const RowId& holder, const RowId& named) {
      if (link.meaning == Annotation::kNone) return;
      bool forward = link.meaning == Annotation::kOwnedBy || link.meaning == Annotation::kAccessedBy;
      if (Related(rights, forward ? named : holder, subject)) through[forward ? holder : named].insert(link.key);
    });
    return through;
  }

  bool Applies(const AnonymizationRule& rule, const RowId& row,
               const std::map<RowId, std::set<const Constraint*>>& through) const {
    auto it = through.find(row);
    if (it == through.end()) return false;
    for (const Link& link : links_) {
      Oid holder = rule.via_table != 0 ? rule.via_table : row.first;
      bool forward = link.meaning == Annotation::kOwnedBy || link.meaning == Annotation::kAccessedBy;
      if (rule.via_table != 0 && forward) continue;
      if (link.holder->oid == holder && Has(link.key->columns, rule.via_column) && it->second.contains(link.key))
        return true;
    }
    return false;
  }

  std::vector<Attnum> Clearable(const Table& table, const Constraint& key) const {
    std::vector<Attnum> exclusive, harmless;
    for (Attnum column : key.columns) {
      bool primary = table.PrimaryKey() != nullptr && Has(table.PrimaryKey()->columns, column);
      if (table.FindColumn(column)->not_null || primary) continue;
      bool shared = false, owner = false;
      for (const Link& link : links_) {
        if (link.holder != &table || link.key == &key || !Has(link.key->columns, column)) continue;
        if (link.key->target == key.target && link.key->columns == key.columns &&
            link.key->target_columns == key.target_columns)
          continue;
        shared = true;
        owner = owner || link.meaning == Annotation::kOwnedBy || link.meaning == Annotation::kOwns;
      }
      if (!shared) exclusive.push_back(column);
      if (!owner) harmless.push_back(column);
    }
    return exclusive.empty() ? harmless : exclusive;
  }

  const catalog::Catalog& catalog_;
  std::set<Oid> owned_;
  std::vector<Link> links_;
  bool ambiguous_ = false;
};

}  // namespace allod::rights::model
