#include "history/places.h"

#include <algorithm>

#include "history/statements.h"

namespace allod::history {

using engine::Transaction;

namespace {

RowId RowAt(const engine::Cursor& cursor, int column) {
  return {static_cast<Oid>(cursor.column(column).integer), std::string(cursor.column(column + 1).bytes)};
}

}  // namespace

void Places::Clear() {
  versions_ = {};  // and what they took
  domains_ = {};
  parts_ = {};
  size_.store(0, std::memory_order_relaxed);
}

Status Places::Follow(Transaction& transaction, int64_t versions, int64_t domains) {
  if (versions == placed_versions_ && domains == placed_domains_) return Ok();
  placed_versions_ = versions;
  placed_domains_ = domains;
  Status loaded = Load(transaction);
  if (!loaded.ok()) placed_versions_ = -1;
  return loaded;
}

Status Places::Load(Transaction& transaction) {
  Clear();
  ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT tab, row, seq FROM allod_version WHERE seq > ?1 ORDER BY seq", {Datum::Integer(placed_versions_)},
                             [&](const engine::Cursor& cursor) { Added(RowAt(cursor, 0), cursor.column(2).integer); }));
  ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT tab, row, domain FROM allod_domain WHERE domain > ?1 AND tab IS NOT NULL ORDER BY domain",
                             {Datum::Integer(placed_domains_)},
                             [&](const engine::Cursor& cursor) { AddedDomain(RowAt(cursor, 0), cursor.column(2).integer); }));
  return Each(transaction, "SELECT owner, domain FROM allod_share WHERE domain > ?1", {Datum::Integer(placed_domains_)},
              [&](const engine::Cursor& cursor) { parts_[cursor.column(0).integer].push_back(cursor.column(1).integer); });
}

void Places::Added(const RowId& row, int64_t seq) {
  versions_[row].push_back(seq);
  size_.fetch_add(1, std::memory_order_relaxed);
}

Result<std::optional<Places::Version>> Places::Newest(Transaction& transaction, const RowId& row) const {
  std::optional<Version> found;
  const auto read = [&](const engine::Cursor& cursor) {
    found = {cursor.column(0).integer, cursor.column(1).integer, cursor.column(2).integer, cursor.column(3).integer};
  };
  if (const auto recent = versions_.find(row); recent != versions_.end()) {
    for (auto seq = recent->second.rbegin(); seq != recent->second.rend(); ++seq) {
      ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT seq, version, op, domain FROM allod_version WHERE seq = ?1 AND tab = ?2 AND row = ?3",
                                 {Datum::Integer(*seq), Datum::Integer(row.table), Datum::Blob(row.name)}, read));
      if (found) return found;
    }
  }
  ALLOD_RETURN_IF_ERROR(Each(transaction,
                             "SELECT v.seq, v.version, v.op, v.domain FROM allod_version_place AS p JOIN allod_version AS v ON v.seq = p.seq "
                             "WHERE p.tab = ?1 AND p.row = ?2 ORDER BY p.version DESC LIMIT 1",
                             {Datum::Integer(row.table), Datum::Blob(row.name)}, read));
  return found;
}

Result<std::vector<int64_t>> Places::Before(Transaction& transaction, const RowId& row, int64_t version) const {
  std::vector<int64_t> found;
  const auto read = [&](const engine::Cursor& cursor) { found.push_back(cursor.column(0).integer); };
  ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT seq FROM allod_version_place WHERE tab = ?1 AND row = ?2 AND version < ?3",
                             {Datum::Integer(row.table), Datum::Blob(row.name), Datum::Integer(version)}, read));
  if (const auto recent = versions_.find(row); recent != versions_.end()) {
    for (const int64_t seq : recent->second) {
      ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT seq FROM allod_version WHERE seq = ?1 AND tab = ?2 AND row = ?3 AND version < ?4",
                                 {Datum::Integer(seq), Datum::Integer(row.table), Datum::Blob(row.name), Datum::Integer(version)}, read));
    }
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

Result<int64_t> Places::DomainOf(Transaction& transaction, const RowId& row) const {
  if (const auto recent = domains_.find(row); recent != domains_.end()) {
    for (auto domain = recent->second.rbegin(); domain != recent->second.rend(); ++domain) {
      ALLOD_ASSIGN_OR_RETURN(const int64_t found,
                             AskNumber(transaction, "SELECT domain FROM allod_domain WHERE domain = ?1 AND tab = ?2 AND row = ?3",
                                       {Datum::Integer(*domain), Datum::Integer(row.table), Datum::Blob(row.name)}, 0));
      if (found != 0) return found;
    }
  }
  return AskNumber(transaction, "SELECT domain FROM allod_domain_place WHERE tab = ?1 AND row = ?2",
                   {Datum::Integer(row.table), Datum::Blob(row.name)}, 0);
}

Result<std::set<int64_t>> Places::PartsOf(Transaction& transaction, int64_t owner) const {
  std::set<int64_t> found;
  const auto read = [&](const engine::Cursor& cursor) { found.insert(cursor.column(0).integer); };
  ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT domain FROM allod_share_place WHERE owner = ?1", {Datum::Integer(owner)}, read));
  if (const auto recent = parts_.find(owner); recent != parts_.end()) {
    for (const int64_t domain : recent->second) {
      ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT domain FROM allod_share WHERE domain = ?1 AND owner = ?2",
                                 {Datum::Integer(domain), Datum::Integer(owner)}, read));
    }
  }
  return found;
}

Status Places::AddedPart(Transaction& transaction, int64_t owner, int64_t domain) {
  if (domain <= placed_domains_) {
    return Do(transaction, "INSERT INTO allod_share_place (owner, domain) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
              {Datum::Integer(owner), Datum::Integer(domain)});
  }
  std::vector<int64_t>& parts = parts_[owner];
  if (parts.empty() || parts.back() != domain) parts.push_back(domain);
  return Ok();
}

Status Places::RemovedDomain(Transaction& transaction, int64_t domain) {
  std::optional<RowId> row;
  ALLOD_RETURN_IF_ERROR(Each(transaction, "SELECT tab, row FROM allod_domain WHERE domain = ?1 AND tab IS NOT NULL", {Datum::Integer(domain)},
                             [&](const engine::Cursor& cursor) { row = RowAt(cursor, 0); }));
  if (!row) return Ok();
  return Do(transaction, "DELETE FROM allod_domain_place WHERE tab = ?1 AND row = ?2 AND domain = ?3",
            {Datum::Integer(row->table), Datum::Blob(row->name), Datum::Integer(domain)});
}

Status Places::Place(Transaction& transaction) {
  for (const char* text :
       {"INSERT INTO allod_version_place (tab, row, version, seq) SELECT tab, row, version, seq FROM allod_version "
        "WHERE seq > (SELECT versions FROM allod_placed) ORDER BY tab, row, version",
        "INSERT INTO allod_domain_place (tab, row, domain) SELECT tab, row, domain FROM allod_domain "
        "WHERE domain > (SELECT domains FROM allod_placed) AND tab IS NOT NULL ORDER BY tab, row",
        "INSERT INTO allod_share_place (owner, domain) SELECT owner, domain FROM allod_share "
        "WHERE domain > (SELECT domains FROM allod_placed) ORDER BY owner, domain",
        "UPDATE allod_placed SET versions = (SELECT coalesce(max(seq), 0) FROM allod_version), "
        "domains = (SELECT coalesce(max(domain), 0) FROM allod_domain)"}) {
    ALLOD_RETURN_IF_ERROR(Do(transaction, text, {}));
  }
  Clear();
  ALLOD_ASSIGN_OR_RETURN(placed_versions_, AskNumber(transaction, "SELECT versions FROM allod_placed", {}, 0));
  ALLOD_ASSIGN_OR_RETURN(placed_domains_, AskNumber(transaction, "SELECT domains FROM allod_placed", {}, 0));
  return Ok();
}

}  // namespace allod::history
