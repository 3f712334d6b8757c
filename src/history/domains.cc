// Whose a version is. A domain is a set of versions that are sealed under one key and erased together: those of one data subject, or those of one
// row that several may own. A row that has its owners from one other row alone is in that row's domain; rows that nobody
// owns are in domain 0. So what is decided when a version is written needs no walk along the keys, and what belongs to a
// subject is found whatever has become of the rows since.
//
// Who has a part in a row's own domain is noted when the row that gives it owners is written. Where that cannot be told
// (its row has no history), nobody is noted, and the history of the row ends with the row.
#include "history/journal.h"
#include "history/statements.h"

namespace allod::history {

using engine::Transaction;

std::optional<RowId> Journal::Target(const Link& link, const Row& image) const {
  std::vector<Datum> key;
  for (size_t at : link.at) {
    if (image[at].is_null()) return std::nullopt;
    key.push_back(image[at]);
  }
  return RowId{link.target, store_->RowName(*layout_->graph().catalog().FindTable(link.target), key)};
}

Result<int64_t> Journal::DomainOf(Transaction& transaction, const TableLayout& table, const std::string& name, const Row& image) {
  if (!table.owned) return 0;
  const RowId self{table.table->oid, name};
  if (table.subject) return FindOrMakeDomain(transaction, self);
  std::set<int64_t> owners;
  bool all_known = true;
  for (const Link& link : table.owners) {
    const std::optional<RowId> owner = Target(link, image);
    if (!owner) continue;
    int64_t domain = 0;
    if (layout_->Find(owner->table)->subject) {
      ALLOD_ASSIGN_OR_RETURN(domain, FindOrMakeDomain(transaction, *owner));
    } else {
      ALLOD_ASSIGN_OR_RETURN(const auto last, places().Newest(transaction, *owner));
      domain = last ? last->domain : 0;
      ALLOD_ASSIGN_OR_RETURN(const auto key, store_->keyring().Find(domain));
      if (!key) domain = 0;
    }
    if (domain != 0) owners.insert(domain);
    else all_known = false;
  }
  if (!table.shared && all_known && owners.size() == 1) return *owners.begin();
  ALLOD_ASSIGN_OR_RETURN(const int64_t own, FindOrMakeDomain(transaction, self));
  for (int64_t owner : owners) ALLOD_RETURN_IF_ERROR(Share(transaction, owner, own));
  return own;
}

Status Journal::NoteOwnedRows(Transaction& transaction, const TableLayout& table, int64_t domain, const Row& image) {
  if (domain == 0) return Ok();
  for (const Link& link : table.owned_rows) {
    const std::optional<RowId> target = Target(link, image);
    if (!target || layout_->Find(target->table)->subject) continue;
    ALLOD_ASSIGN_OR_RETURN(const int64_t owned, FindOrMakeDomain(transaction, *target));
    ALLOD_RETURN_IF_ERROR(Share(transaction, domain, owned));
  }
  return Ok();
}

Result<int64_t> Journal::FindDomain(Transaction& transaction, const RowId& row) {
  if (auto known = domains_.find(row); known != domains_.end()) return known->second;
  ALLOD_ASSIGN_OR_RETURN(const int64_t found, places().DomainOf(transaction, row));
  if (found != 0) domains_.emplace(row, found);
  return found;
}

Result<int64_t> Journal::FindOrMakeDomain(Transaction& transaction, const RowId& row) {
  ALLOD_ASSIGN_OR_RETURN(const int64_t found, FindDomain(transaction, row));
  Keyring& keyring = store_->keyring();
  if (found != 0) {
    ALLOD_ASSIGN_OR_RETURN(const auto key, keyring.Find(found));
    if (key) return found;
    // The database is older than the destruction: it was restored from a backup.
    ALLOD_RETURN_IF_ERROR(GiveUp(transaction, {found}));
  }
  ALLOD_ASSIGN_OR_RETURN(int64_t made, AskNumber(transaction, "SELECT max(domain) + 1 FROM allod_domain", {}, 1));
  for (;; ++made) {
    ALLOD_RETURN_IF_ERROR(keyring.Reach(made));
    ALLOD_ASSIGN_OR_RETURN(const auto key, keyring.Find(made));
    if (key) break;
  }
  ALLOD_RETURN_IF_ERROR(Do(transaction, "INSERT INTO allod_domain (domain, tab, row) VALUES (?1, ?2, ?3)",
                           {Datum::Integer(made), Datum::Integer(row.table), Datum::Blob(row.name)}));
  places().AddedDomain(row, made);
  domains_.emplace(row, made);
  return made;
}

Status Journal::Share(Transaction& transaction, int64_t owner, int64_t domain) {
  if (owner == domain) return Ok();
  ALLOD_RETURN_IF_ERROR(Do(transaction, "INSERT INTO allod_share (domain, owner) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                           {Datum::Integer(domain), Datum::Integer(owner)}));
  return places().AddedPart(transaction, owner, domain);
}

Status Journal::GiveUp(Transaction& transaction, const std::set<int64_t>& domains) {
  for (int64_t domain : domains) {
    ALLOD_RETURN_IF_ERROR(places().RemovedDomain(transaction, domain));
    ALLOD_RETURN_IF_ERROR(Do(transaction, "UPDATE allod_domain SET tab = NULL, row = NULL WHERE domain = ?1", {Datum::Integer(domain)}));
    given_up_.insert(domain);
  }
  domains_.clear();
  return Ok();
}

Result<int64_t> Journal::Rotate(Transaction& transaction, const RowId& row, int64_t domain) {
  ALLOD_ASSIGN_OR_RETURN(const int64_t own, FindDomain(transaction, row));
  if (domain == 0 || own != domain || layout_->Find(row.table)->subject) return domain;
  ALLOD_RETURN_IF_ERROR(GiveUp(transaction, {domain}));
  ALLOD_ASSIGN_OR_RETURN(const int64_t made, FindOrMakeDomain(transaction, row));
  // Who had a part in the old one has one in the new; what the old one had a part in, too.
  std::vector<int64_t> owners;
  {
    ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, "SELECT owner FROM allod_share WHERE domain = ?1", {Datum::Integer(domain)}));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
      if (!more) break;
      owners.push_back(cursor->column(0).integer);
    }
  }
  for (const int64_t owner : owners) {
    ALLOD_RETURN_IF_ERROR(Unshare(transaction, owner, domain));
    ALLOD_RETURN_IF_ERROR(Share(transaction, owner, made));
  }
  ALLOD_ASSIGN_OR_RETURN(const std::set<int64_t> parts, places().PartsOf(transaction, domain));
  for (const int64_t part : parts) {
    ALLOD_RETURN_IF_ERROR(Unshare(transaction, domain, part));
    ALLOD_RETURN_IF_ERROR(Share(transaction, made, part));
  }
  return made;
}

Status Journal::Unshare(Transaction& transaction, int64_t owner, int64_t domain) {
  ALLOD_RETURN_IF_ERROR(Do(transaction, "DELETE FROM allod_share WHERE domain = ?1 AND owner = ?2", {Datum::Integer(domain), Datum::Integer(owner)}));
  return Do(transaction, "DELETE FROM allod_share_place WHERE owner = ?1 AND domain = ?2", {Datum::Integer(owner), Datum::Integer(domain)});
}

Result<bool> Journal::HasOwner(Transaction& transaction, int64_t domain) const {
  ALLOD_ASSIGN_OR_RETURN(const int64_t owner,
                         AskNumber(transaction, "SELECT owner FROM allod_share WHERE domain = ?1 LIMIT 1", {Datum::Integer(domain)}, 0));
  return owner != 0;
}

Result<bool> Journal::IsAlive(Transaction& transaction, int64_t domain) const {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, "SELECT tab, row FROM allod_domain WHERE domain = ?1 AND tab IS NOT NULL",
                                          {Datum::Integer(domain)}));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  if (!found) return false;
  const RowId row{static_cast<Oid>(cursor->column(0).integer), std::string(cursor->column(1).bytes)};
  ALLOD_ASSIGN_OR_RETURN(const auto last, places().Newest(transaction, row));
  return last && last->op != static_cast<int64_t>(catalog::VersionOp::kDelete);
}

Result<std::set<int64_t>> Journal::DomainsToErase(Transaction& transaction, std::set<int64_t> first) {
  std::set<int64_t> erased = first;
  std::vector<int64_t> queue(first.begin(), first.end());
  while (!queue.empty()) {
    const int64_t owner = queue.back();
    queue.pop_back();
    ALLOD_ASSIGN_OR_RETURN(const std::set<int64_t> shared, places().PartsOf(transaction, owner));
    for (int64_t domain : shared) ALLOD_RETURN_IF_ERROR(Unshare(transaction, owner, domain));
    for (int64_t domain : shared) {
      if (erased.contains(domain)) continue;
      // A row that is still there was left to others by the erasure.
      ALLOD_ASSIGN_OR_RETURN(const bool alive, IsAlive(transaction, domain));
      if (alive) continue;
      ALLOD_ASSIGN_OR_RETURN(const bool owned, HasOwner(transaction, domain));
      if (owned) continue;
      erased.insert(domain);
      queue.push_back(domain);
    }
  }
  return erased;
}

}  // namespace allod::history
