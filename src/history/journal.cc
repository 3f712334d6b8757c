#include "history/journal.h"

#include <algorithm>

#include "base/format.h"
#include "history/body.h"
#include "history/sealed.h"
#include "history/statements.h"

namespace allod::history {

using catalog::Attnum;
using catalog::VersionOp;
using engine::Change;
using engine::Transaction;

namespace {

std::vector<Attnum> ChangedColumns(const TableLayout& table, const Change& change) {
  std::vector<Attnum> changed;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] != nullptr && change.before[i] != change.after[i]) changed.push_back(table.columns[i]->number);
  }
  return changed;
}

std::string BodyOf(const TableLayout& table, const Row& image) {
  BodyWriter body;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] != nullptr) body.Add(table.columns[i]->number, table.columns[i]->type.oid, image[i]);
  }
  return body.Take();
}

Datum OrNull(const std::string& text) { return text.empty() ? Datum::Null() : Datum::Text(text); }

}  // namespace

void Journal::Begin(int64_t began_us) {
  began_us_ = began_us;
  tx_ = changes_ = 0;
  link_.clear();
  given_up_.clear();
  forgotten_.clear();
  AbandonErasure();
}

void Journal::Use(Transaction& transaction, std::shared_ptr<const Layout> layout) {
  layout_ = std::move(layout);
  transaction.Record(layout_->recording(), this);
}

Status Journal::Record(Transaction& transaction, std::span<const Change> changes) {
  if (tx_ == 0) ALLOD_RETURN_IF_ERROR(NextTransaction(transaction));
  // What is known of domains is not kept: a rollback to a savepoint may take them back.
  domains_.clear();
  for (const Change& change : changes) {
    const TableLayout* table = layout_->Find(change.tag);
    if (table == nullptr) return Fail(sqlstate::kInternalError, "a change of a table that is not known was recorded");
    ALLOD_RETURN_IF_ERROR(RecordOne(transaction, *table, change));
  }
  return Ok();
}

// The next number is nobody else's until this transaction ends: it has the writer's turn.
Status Journal::NextTransaction(Transaction& transaction) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, "SELECT tx, committed, chain FROM allod_transaction ORDER BY tx DESC LIMIT 1", {}));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  tx_ = found ? cursor->column(0).integer + 1 : 1;
  earliest_us_ = found ? cursor->column(1).integer + 1 : INT64_MIN;
  chain_ = found ? cursor->column(2).bytes : "";
  return Ok();
}

Status Journal::RecordOne(Transaction& transaction, const TableLayout& table, const Change& change) {
  switch (change.op) {
    case Change::Op::kInsert:
      return Append(transaction, table, VersionOp::kInsert, NameOf(table, change.after, change.row_after), change.after, {});
    case Change::Op::kDelete:
      return Append(transaction, table, VersionOp::kDelete, NameOf(table, change.before, change.row_before), change.before, {});
    case Change::Op::kUpdate: {
      const std::vector<Attnum> changed = ChangedColumns(table, change);
      if (changed.empty()) return Ok();
      const std::string before = NameOf(table, change.before, change.row_before);
      const std::string after = NameOf(table, change.after, change.row_after);
      if (before == after) return Append(transaction, table, VersionOp::kUpdate, after, change.after, changed);
      // Under another key it is another row.
      ALLOD_RETURN_IF_ERROR(Append(transaction, table, VersionOp::kDelete, before, change.before, {}));
      return Append(transaction, table, VersionOp::kInsert, after, change.after, {});
    }
  }
  return Ok();
}

std::string Journal::NameOf(const TableLayout& table, const Row& image, int64_t row) const {
  if (table.key.empty()) return Store::RowName(row);
  std::vector<Datum> key;
  for (size_t at : table.key) key.push_back(image[at]);
  return store_->RowName(*table.table, key);
}

Status Journal::Append(Transaction& transaction, const TableLayout& table, VersionOp op, const std::string& name,
                       const Row& image, const std::vector<Attnum>& changed) {
  if (!table.recorded && op == VersionOp::kDelete) return Ok();
  const RowId row{table.table->oid, name};
  ALLOD_ASSIGN_OR_RETURN(const Last last, LastVersion(transaction, row));
  int64_t domain = last.domain;
  if (op != VersionOp::kDelete || !last.there) {
    ALLOD_ASSIGN_OR_RETURN(domain, DomainOf(transaction, table, name, image));
  }
  if (erasing_ && op == VersionOp::kUpdate) {
    // What it was before must not be readable, whoever owns it besides.
    ALLOD_ASSIGN_OR_RETURN(domain, Rotate(transaction, row, domain));
  }
  if (op != VersionOp::kDelete) ALLOD_RETURN_IF_ERROR(NoteOwnedRows(transaction, table, domain, image));
  if (!table.recorded) return Ok();
  const int64_t version = last.version + 1;
  const VersionId id{row.first, name, version, tx_, static_cast<int64_t>(op), domain};
  std::string body;
  if (op != VersionOp::kDelete) {
    std::string plain = BodyOf(table, image);
    ALLOD_ASSIGN_OR_RETURN(body, store_->Seal(id, plain));
    crypto::Wipe(&plain);
  }
  const std::string columns = PackColumns(changed);
  link_ = LinkAfter(link_, id, columns, body);
  ++changes_;
  ALLOD_RETURN_IF_ERROR(Do(transaction,
                           "INSERT INTO allod_version (tab, row, version, tx, n, op, domain, changed, body) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                           {Datum::Integer(id.table), Datum::Blob(name), Datum::Integer(version), Datum::Integer(tx_),
                            Datum::Integer(changes_), Datum::Integer(id.op), Datum::Integer(domain),
                            columns.empty() ? Datum::Null() : Datum::Blob(columns),
                            body.empty() ? Datum::Null() : Datum::Blob(body)}));
  if (erasing_) ALLOD_RETURN_IF_ERROR(EraseBodies(transaction, row, version));
  if (op != VersionOp::kDelete || domain == 0 || table.subject) return Ok();
  ALLOD_ASSIGN_OR_RETURN(const int64_t own, FindDomain(transaction, row));
  if (own != domain) return Ok();
  if (erasing_) erased_.insert(domain);
  // Nobody could be found any more whose it was, and who could have it forgotten.
  ALLOD_ASSIGN_OR_RETURN(const bool owned, HasOwner(transaction, domain));
  return owned ? Ok() : EraseBodies(transaction, row, version);
}

Status Journal::EraseBodies(Transaction& transaction, const RowId& row, int64_t before_version) {
  return EraseSome(transaction,
                   "SELECT tab, row, version, body FROM allod_version "
                   "WHERE tab = ?1 AND row = ?2 AND version < ?3 AND substr(body, 1, 1) = x'01' LIMIT 1000",
                   {Datum::Integer(row.first), Datum::Blob(row.second), Datum::Integer(before_version)});
}

// `select` gives some that are not erased yet; it is asked until there are none. Their digests stay, for the chain.
Status Journal::EraseSome(Transaction& transaction, std::string_view select, std::initializer_list<engine::Parameter> values) {
  for (;;) {
    std::vector<Row> found;
    {
      ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, select, values));
      for (;;) {
        ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
        if (!more) break;
        found.push_back({Value(cursor->column(0)), Value(cursor->column(1)), Value(cursor->column(2)), Value::Blob(ErasedBody(cursor->column(3).bytes))});
      }
    }
    if (found.empty()) return Ok();
    for (const Row& row : found) {
      ALLOD_RETURN_IF_ERROR(Do(transaction, "UPDATE allod_version SET body = ?4 WHERE tab = ?1 AND row = ?2 AND version = ?3",
                               {row[0].view(), row[1].view(), row[2].view(), row[3].view()}));
    }
  }
}

Result<Journal::Last> Journal::LastVersion(Transaction& transaction, const RowId& row) const {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction,
                                          "SELECT version, op, domain FROM allod_version WHERE tab = ?1 AND row = ?2 "
                                          "ORDER BY version DESC LIMIT 1",
                                          {Datum::Integer(row.first), Datum::Blob(row.second)}));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  if (!found) return Last{};
  return Last{cursor->column(0).integer, cursor->column(2).integer, true,
              cursor->column(1).integer == static_cast<int64_t>(VersionOp::kDelete)};
}

Status Journal::Finish(Transaction& transaction, Origin origin, int64_t now_us) {
  if (!given_up_.empty()) {
    // A savepoint may have taken it back.
    for (auto it = given_up_.begin(); it != given_up_.end();) {
      ALLOD_ASSIGN_OR_RETURN(const int64_t there, AskNumber(transaction, "SELECT domain FROM allod_domain WHERE domain = ?1 AND tab IS NULL",
                                                            {Datum::Integer(*it)}, 0));
      it = there == 0 ? given_up_.erase(it) : std::next(it);
    }
  }
  if (changes_ == 0) return Ok();
  if (forgotten_.contains(origin.subject)) origin.subject.clear();
  const TransactionRecord record{tx_, began_us_, std::max(now_us, earliest_us_), changes_, origin.role, origin.purpose, origin.grant,
                                 origin.application};
  const std::string chain = ChainAfter(chain_, record, link_);
  return Do(transaction,
            "INSERT INTO allod_transaction (tx, began, committed, role, subject, purpose, grant_id, application, changes, chain) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            {Datum::Integer(tx_), Datum::Integer(began_us_), Datum::Integer(record.committed), Datum::Text(origin.role),
             OrNull(origin.subject), OrNull(origin.purpose), OrNull(origin.grant), OrNull(origin.application),
             Datum::Integer(changes_), Datum::Blob(chain)});
}

Status Journal::Committed(engine::Engine& engine, engine::CommitNumber number) {
  if (given_up_.empty()) return Ok();
  engine::AwaitDurable(engine, number);
  Status destroyed = store_->keyring().Destroy(std::exchange(given_up_, {}));
  if (destroyed.ok()) return Ok();
  return Fail(destroyed.error().sqlstate, "what was to be forgotten is erased, but its keys could not be destroyed")
      .Detail(destroyed.error().message)
      .Hint("It is tried again when the database is opened. Until then its history and older backups can be read.");
}

void Journal::AbandonErasure() {
  erasing_ = false;
  erased_.clear();
}

Status Journal::EndErasure(Transaction& transaction, const catalog::Table& subject, std::span<const Value> key) {
  erasing_ = false;
  domains_.clear();
  std::vector<Datum> values(key.begin(), key.end());
  const RowId row{subject.oid, store_->RowName(subject, values)};
  ALLOD_ASSIGN_OR_RETURN(const int64_t own, FindDomain(transaction, row));
  std::set<int64_t> first = std::exchange(erased_, {});
  if (own != 0) first.insert(own);
  ALLOD_ASSIGN_OR_RETURN(const std::set<int64_t> domains, DomainsToErase(transaction, std::move(first)));
  ALLOD_RETURN_IF_ERROR(GiveUp(transaction, domains));
  std::string name = subject.name;
  const catalog::Constraint* primary = subject.PrimaryKey();
  for (size_t i = 0; i < key.size(); ++i) {
    name += (i == 0 ? " " : ", ") + ToText(subject.FindColumn(primary->columns[i])->type, key[i], FormatContext());
  }
  forgotten_.insert(name);
  return Do(transaction, "UPDATE allod_transaction SET subject = NULL WHERE subject = ?1", {Datum::Text(name)});
}

Status Journal::EraseTable(Transaction& transaction, Oid table) {
  return EraseSome(transaction,
                   "SELECT tab, row, version, body FROM allod_version WHERE tab = ?1 AND substr(body, 1, 1) = x'01' LIMIT 1000",
                   {Datum::Integer(table)});
}

}  // namespace allod::history
