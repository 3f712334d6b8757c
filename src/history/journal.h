// Writes the history of a session's transactions: a version for each row that a statement changes, in the same engine
// transaction, and one row that says whose transaction it was. One per session; one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/stored_history.h"
#include "history/store.h"

namespace allod::history {

// Where what a transaction writes comes from.
struct Origin {
  std::string role, application;
  std::string subject, purpose, grant;  // as the client has set them; "": not said
};

class Journal final : public engine::Recorder {
 public:
  explicit Journal(std::shared_ptr<const Store> store) : store_(std::move(store)) {}

  // A write transaction has begun; nothing of an earlier one counts.
  void Begin(int64_t began_us);
  // Changes are recorded under these definitions from now on. Keeps the layout as long as they are.
  void Use(engine::Transaction& transaction, std::shared_ptr<const Layout> layout);
  Status Record(engine::Transaction& transaction, std::span<const engine::Change> changes) override;
  // For savepoints: versions written since are taken back by the engine.
  struct Mark {
    int64_t changes = 0;
    std::string link;
  };
  Mark mark() const { return {changes_, link_}; }
  void RollBackTo(const Mark& mark) { changes_ = mark.changes, link_ = mark.link, follows_ = false; }
  // Before the engine's commit. Nothing is written if no row was changed.
  Status Finish(engine::Transaction& transaction, Origin origin, int64_t now_us);
  // After the engine's commit: destroys the keys of whatever it has erased, when that is on disk. An error says that the rows
  // are gone and the keys are not; it is tried again when the database is opened.
  Status Committed(engine::Engine& engine, engine::CommitNumber number);

  // Between the two, rows are changed because a data subject is forgotten: what they were before is erased from their
  // history, and at the end all that was the subject's alone. `key`: the subject's primary key.
  void BeginErasure() { erasing_ = true; }
  Status EndErasure(engine::Transaction& transaction, const catalog::Table& subject, std::span<const Value> key);
  // The erasure has failed.
  void AbandonErasure();

  // The table is gone, or has no history any more: nothing of its rows stays readable.
  Status EraseTable(engine::Transaction& transaction, Oid table);

 private:
  // Before anything of the history is read or written in a transaction.
  Status Follow(engine::Transaction& transaction);
  std::string NameOf(const TableLayout& table, const Row& image, int64_t row) const;
  Status RecordOne(engine::Transaction& transaction, const TableLayout& table, const engine::Change& change);
  Status Append(engine::Transaction& transaction, const TableLayout& table, catalog::VersionOp op, const std::string& name,
                const Row& image, const std::vector<catalog::Attnum>& changed);
  Status EraseBody(engine::Transaction& transaction, int64_t seq);
  Status EraseBodies(engine::Transaction& transaction, const RowId& row, int64_t before_version);
  Places& places() const { return store_->places(); }

  // domains.cc: whose a version is.
  Result<int64_t> DomainOf(engine::Transaction& transaction, const TableLayout& table, const std::string& name, const Row& image);
  // 0: there is none.
  Result<int64_t> FindDomain(engine::Transaction& transaction, const RowId& row);
  Result<int64_t> FindOrMakeDomain(engine::Transaction& transaction, const RowId& row);
  Status NoteOwnedRows(engine::Transaction& transaction, const TableLayout& table, int64_t domain, const Row& image);
  std::optional<RowId> Target(const Link& link, const Row& image) const;
  Status Share(engine::Transaction& transaction, int64_t owner, int64_t domain);
  Status Unshare(engine::Transaction& transaction, int64_t owner, int64_t domain);
  // The row's later versions are sealed under another key; the domain itself has no row any more.
  Result<int64_t> Rotate(engine::Transaction& transaction, const RowId& row, int64_t domain);
  Status GiveUp(engine::Transaction& transaction, const std::set<int64_t>& domains);
  Result<bool> HasOwner(engine::Transaction& transaction, int64_t domain) const;
  Result<bool> IsAlive(engine::Transaction& transaction, int64_t domain) const;
  // Those that nobody but the forgotten one has a part in, beginning with `first`.
  Result<std::set<int64_t>> DomainsToErase(engine::Transaction& transaction, std::set<int64_t> first);

  const std::shared_ptr<const Store> store_;
  std::shared_ptr<const Layout> layout_;
  int64_t began_us_ = 0;
  int64_t tx_ = 0;       // 0: nothing recorded yet
  int64_t earliest_us_ = 0;  // times of commits grow with their numbers, whatever the clock does
  int64_t changes_ = 0;
  int64_t seq_ = 0;      // of the newest version
  bool follows_ = false;  // that, and what is placed, was found out
  std::string chain_, link_;  // of the transaction before this one; of its newest version
  bool erasing_ = false;
  std::set<int64_t> erased_;                  // domains of rows that an erasure has deleted
  std::set<int64_t> given_up_;                // domains whose keys are to be destroyed, unless a savepoint has taken that back
  std::set<std::string> forgotten_;           // subjects, as Origin::subject would name them
  std::map<RowId, int64_t> domains_;          // known within one call of Record
};

}  // namespace allod::history
