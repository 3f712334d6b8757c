// Which of the session's settings one connection has, and what to say to it so that it has the right ones.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace allod::engine::postgres {

class AppliedSettings {
 public:
  struct Changes {
    std::vector<std::pair<std::string, std::string>> set;
    std::vector<std::string> reset;
    bool empty() const { return set.empty() && reset.empty(); }
  };
  // The difference between what the connection has and what is wanted (null: nothing is).
  bool UpToDate(const std::shared_ptr<const SessionSettings>& wanted) const { return wanted == last_ && !unsure_; }
  Changes Difference(const SessionSettings* wanted) const;
  // What was said to the connection. `in_transaction`: it is undone if the transaction is rolled back.
  void Applied(std::shared_ptr<const SessionSettings> wanted, const Changes& changes, bool in_transaction);

  void Committed();     // the transaction, or a statement of its own
  void RolledBack();    // the whole transaction
  void RolledBackTo();  // to a savepoint: what was set since is unknown
  // A number for the search_path among these settings, for the statements that are prepared under it.
  int PathOf(const std::shared_ptr<const SessionSettings>& wanted);

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  Values values_;
  std::shared_ptr<const SessionSettings> last_;
  bool unsure_ = false;  // values_ has the right names, but their values are to be said again
  bool changed_in_transaction_ = false;
  Values before_;        // what the connection had when the transaction began
  std::shared_ptr<const SessionSettings> last_before_;
  std::set<std::string> touched_;  // what was reset in the transaction: a rollback brings it back
  std::map<std::string, int, std::less<>> paths_;
  std::shared_ptr<const SessionSettings> path_of_;
  int path_ = -1, next_path_ = 0;
};

}  // namespace allod::engine::postgres
