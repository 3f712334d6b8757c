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
  tx_ = changes_ = seq_ = 0;
  follows_ = false;
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
  ALLOD_RETURN_IF_ERROR(Follow(transaction));
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
Status Journal::Follow(Transaction& transaction) {
  if (follows_) return Ok();
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction,
                                          "SELECT p.versions, p.domains, (SELECT max(seq) FROM allod_version), t.tx, t.committed, t.chain "
                                          "FROM allod_placed AS p LEFT JOIN allod_transaction AS t ON t.tx = (SELECT max(tx) FROM allod_transaction)",
                                          {}));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  if (!found) return Fail(sqlstate::kDataCorrupted, "the history is damaged: what is placed cannot be read").Hint("Restore the database from a backup.");
  const int64_t versions = cursor->column(0).integer, domains = cursor->column(1).integer;
  seq_ = cursor->column(2).integer;  // NULL is 0
  if (tx_ == 0) {
    const bool first = cursor->column(3).is_null();
    tx_ = first ? 1 : cursor->column(3).integer + 1;
    earliest_us_ = first ? INT64_MIN : cursor->column(4).integer + 1;
    chain_ = first ? "" : cursor->column(5).bytes;
  }
  cursor.reset();
  ALLOD_RETURN_IF_ERROR(places().Follow(transaction, versions, domains));
  follows_ = true;
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
  ALLOD_ASSIGN_OR_RETURN(const auto last, places().Newest(transaction, row));
  int64_t domain = last ? last->domain : 0;
  if (op != VersionOp::kDelete || !last) {
    ALLOD_ASSIGN_OR_RETURN(domain, DomainOf(transaction, table, name, image));
  }
  if (erasing_ && op == VersionOp::kUpdate) {
    // What it was before must not be readable, whoever owns it besides.
    ALLOD_ASSIGN_OR_RETURN(domain, Rotate(transaction, row, domain));
  }
  if (op != VersionOp::kDelete) ALLOD_RETURN_IF_ERROR(NoteOwnedRows(transaction, table, domain, image));
  if (!table.recorded) return Ok();
  const int64_t version = last ? last->version + 1 : 1;
  const VersionId id{row.table, name, version, tx_, static_cast<int64_t>(op), domain};
  std::string body;
  if (op != VersionOp::kDelete) {
    std::string plain = BodyOf(table, image);
    ALLOD_ASSIGN_OR_RETURN(body, store_->Seal(id, plain));
    crypto::Wipe(&plain);
  }
  const std::string columns = PackColumns(changed);
  link_ = LinkAfter(link_, id, columns, body);
  ++changes_;
  ++seq_;
  ALLOD_RETURN_IF_ERROR(Do(transaction,
                           "INSERT INTO allod_version (seq, tab, row, version, tx, n, op, domain, changed, body) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                           {Datum::Integer(seq_), Datum::Integer(id.table), Datum::Blob(name), Datum::Integer(version), Datum::Integer(tx_),
                            Datum::Integer(changes_), Datum::Integer(id.op), Datum::Integer(domain),
                            columns.empty() ? Datum::Null() : Datum::Blob(columns),
                            body.empty() ? Datum::Null() : Datum::Blob(body)}));
  places().Added(row, seq_);
  if (places().size() >= Places::kTooMany) ALLOD_RETURN_IF_ERROR(places().Place(transaction));
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
  ALLOD_ASSIGN_OR_RETURN(const std::vector<int64_t> versions, places().Before(transaction, row, before_version));
  for (const int64_t seq : versions) ALLOD_RETURN_IF_ERROR(EraseBody(transaction, seq));
  return Ok();
}

// Its digest stays, for the chain.
Status Journal::EraseBody(Transaction& transaction, int64_t seq) {
  std::string erased;
  {
    ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, "SELECT body FROM allod_version WHERE seq = ?1 AND substr(body, 1, 1) = x'01'", {Datum::Integer(seq)}));
    ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
    if (!found) return Ok();
    erased = ErasedBody(cursor->column(0).bytes);
  }
  return Do(transaction, "UPDATE allod_version SET body = ?2 WHERE seq = ?1", {Datum::Integer(seq), Datum::Blob(erased)});
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
  ALLOD_RETURN_IF_ERROR(Follow(transaction));
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
  ALLOD_RETURN_IF_ERROR(Follow(transaction));
  ALLOD_RETURN_IF_ERROR(places().Place(transaction));
  Value row = Value::Blob(""), version = Value::Integer(0);
  for (;;) {
    // A batch at a time: they are not read while they change.
    std::vector<int64_t> batch;
    Value last_row, last_version;  // the statement still reads the others
    {
      ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction,
                                              "SELECT seq, row, version FROM allod_version_place WHERE tab = ?1 AND (row, version) > (?2, ?3) "
                                              "ORDER BY row, version LIMIT 1000",
                                              {Datum::Integer(table), row.view(), version.view()}));
      for (;;) {
        ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
        if (!more) break;
        batch.push_back(cursor->column(0).integer);
        last_row = Value(cursor->column(1));
        last_version = Value(cursor->column(2));
      }
    }
    if (batch.empty()) return Ok();
    row = std::move(last_row);
    version = std::move(last_version);
    for (const int64_t seq : batch) ALLOD_RETURN_IF_ERROR(EraseBody(transaction, seq));
  }
}

}  // namespace allod::history
