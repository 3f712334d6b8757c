// What forgetting a data subject means for each row: decided first, without writing, then applied.
//
// The rows erased are the least set E that holds
//   - the subject's own row, whoever else owns it: it is what the request is about;
//   - each row to which a rule ON DEL ... DELETE_ROW applies;
//   - each row that the subject, or a row of E, has given an owner, and that no other data subject owns in the database
//     without E (the least fixpoint of docs/sql.md: rows of a cycle do not support each other);
//   - each row whose foreign key names a row of E, has ON DELETE CASCADE, and either nobody has a right to the row or
//   the
//     key cannot become NULL. So a row that somebody else owns, or that the subject only accesses, outlives the row
//     that it refers to, unless its schema leaves it no other form.
// Every other foreign key to a row of E becomes NULL (ON DELETE SET DEFAULT is left to the engine). Rows that stay and
// that the subject was related to are anonymised by the ON DEL rules that apply; but a rule never takes away an
// ownership key that names a row that stays, because others own the row through it.
//
// Where other transactions run at the same time, an erasure that is to be applied holds every row that it finds from
// then on, before it looks at what refers to it: nobody can refer to such a row newly, or change what it refers to. Two
// erasures that each take one of a row's last owners meet at that row.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "rights/reach.h"
#include "rights/rights.h"

namespace allod::rights {

class ErasurePlan {
 public:
  // `apply`: Apply() is to follow.
  ErasurePlan(const ownership::Graph& graph, engine::Transaction& transaction, ExecContext* context, bool apply)
      : graph_(graph),
        transaction_(transaction),
        context_(context),
        apply_(apply),
        reach_(graph, apply ? Reach::Columns::kHeld : Reach::Columns::kKeys, transaction, context) {}

  // Reads only; writes nothing but locks. False: there is no such subject.
  Result<bool> Decide(const SubjectKey& subject);
  std::vector<Erasure> Counts() const;
  // REQUIRES: Decide gave true, and `apply`. Writes; afterwards no foreign key names a row that is gone.
  Status Apply();

 private:
  struct Fate {
    bool candidate = false;  // may lose its last owner: owned by the subject, or by way of a row of E
    bool expanded = false;   // its ownership edges have been followed
    bool forced = false;     // in E whoever owns it
    bool supported = false;  // another data subject owns it
    bool erased = false;
    bool referenced = false;  // who names it has been looked up
    bool changed = false;
    std::vector<const catalog::Constraint*> dead_keys;  // its keys that name a row of E
  };

  void Grow() { fates_.resize(reach_.rows().size()); }
  const catalog::Table& TableOf(int row) const { return *graph_.catalog().FindTable(reach_.rows()[row].table); }
  void ApplyDeleteRules();
  bool RuleApplies(const catalog::AnonymizationRule& rule, const ReachedRow& row) const;
  void Force(int row);
  Status CloseDownstream();
  Status FindSupport();
  Status FindOutsideHolders(const ownership::Edge& edge);
  void Support(int row);
  Result<bool> FindReferences();
  Status NoteReference(int row, const ownership::Reference& reference, bool* forced);
  Status DecideChanges();
  Status DeleteTogether(const std::vector<Oid>& tables, const std::map<Oid, std::vector<int>>& erased);
  Status AllChanged(int64_t changed, size_t rows) const;
  // The rows' names, as a parameter of KeyQueries' statements.
  engine::Relation Names(Oid table, const std::vector<int>& rows) const;
  bool NeedsDeferral(const std::vector<Oid>& order) const;
  std::vector<Oid> HoldersFirst(const std::map<Oid, std::vector<int>>& tables) const;

  const ownership::Graph& graph_;
  engine::Transaction& transaction_;
  ExecContext* context_;
  const bool apply_;
  bool fixed_view_ = false;  // as in ownership/orphans.cc: what is relied on is held
  mutable Reach reach_;
  std::vector<Fate> fates_;     // by row of reach_
  std::vector<int> to_expand_;  // candidates whose downstream is not yet known
  std::map<std::pair<Oid, std::vector<catalog::Attnum>>, std::vector<int>> cleared_;  // columns to clear -> rows
};

}  // namespace allod::rights
