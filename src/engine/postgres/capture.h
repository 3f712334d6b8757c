// What the capture triggers (triggers.h) have noted in a transaction, as Changes.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace allod::engine::postgres {

// Triggers note everything; each note has the number that the watch had when it was made. That number is a setting of the
// transaction: "0" when it begins, empty while nothing is watched.
class Capture {
 public:
  // From now on. `ran`: statements that may have changed something have run before.
  void Watch(std::shared_ptr<const engine::Watch> watch);
  const engine::Watch* watch() const { return number_ < 0 ? nullptr : watches_[static_cast<size_t>(number_)].get(); }
  bool watched() const { return !watches_.empty(); }
  void Clear();

  // The number to be said to the cluster before the next statement; null if it has it.
  const std::string* ToSay();
  // What a statement or a rollback may have done to the notes.
  void Ran() { stale_ = ran_ = true; }
  void RolledBack() { stale_ = unsure_ = true; }

  bool stale() const { return stale_; }
  // The notes as the cluster has them.
  Status Read(std::string_view overflowed, std::string_view notes);
  void Forget();
  const std::vector<Change>& changes() const { return changes_; }
  const std::set<uint32_t>& overflowed() const { return overflowed_; }

 private:
  void Next(std::shared_ptr<const engine::Watch> watch);
  const engine::Watch* Of(int64_t number) const;

  std::vector<std::shared_ptr<const engine::Watch>> watches_;  // by number; null: nothing, or cleared
  int number_ = -1;          // -1: nothing is watched
  std::string said_ = "0";   // what the cluster has
  std::string text_ = "0";   // what it should have
  bool unsure_ = false;      // said_ may have been rolled back
  bool ran_ = false, stale_ = false;
  std::vector<Change> changes_;
  std::set<uint32_t> overflowed_;
};

// The statement that asks for the notes: two columns, as Read() wants them, and the number of the last piece. If that is not
// 0, the other one reads all pieces.
extern const char kReadNotes[], kReadManyNotes[];

}  // namespace allod::engine::postgres
