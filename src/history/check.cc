#include "history/check.h"

#include <map>
#include <optional>

#include "base/format.h"
#include "catalog/stored_history.h"
#include "history/body.h"
#include "history/statements.h"

namespace allod::history {

namespace {

using catalog::VersionOp;
using engine::Transaction;

constexpr int64_t kDelete = static_cast<int64_t>(VersionOp::kDelete);

std::string Count(int64_t count, const char* what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

class Checker {
 public:
  Checker(const Store& store, const Layout& layout, Transaction& transaction, const FormatContext& format, Oid only, const FaultFound& found)
      : store_(store), layout_(layout), transaction_(transaction), format_(format), only_(only), found_(found) {}

  Status Run() {
    ALLOD_RETURN_IF_ERROR(ReadUnplaced());
    if (only_ == 0) ALLOD_RETURN_IF_ERROR(Chain());
    ALLOD_RETURN_IF_ERROR(Bodies());
    ALLOD_RETURN_IF_ERROR(Placed());
    for (const auto& [oid, table] : layout_.graph().catalog().tables()) {
      const TableLayout* recorded = layout_.Find(oid);
      if (recorded == nullptr || !recorded->recorded || (only_ != 0 && oid != only_)) continue;
      ALLOD_RETURN_IF_ERROR(Rows(*recorded));
      ALLOD_RETURN_IF_ERROR(Missing(*recorded));
    }
    return Ok();
  }

 private:
  struct Newest {
    int64_t seq = 0, version = 0;
  };

  void Report(Oid table, std::string key, std::string problem) { found_({table, std::move(key), std::move(problem)}); }
  std::string Only(const char* column) const { return only_ == 0 ? "" : std::string(" AND ") + column + " = " + std::to_string(only_); }

  Status ReadUnplaced() {
    return Each(transaction_, "SELECT seq, tab, row, version FROM allod_version WHERE seq > (SELECT versions FROM allod_placed)" + Only("tab"), {},
                [&](const engine::Cursor& c) {
                  Newest& newest = unplaced_[{static_cast<Oid>(c.column(1).integer), std::string(c.column(2).bytes)}];
                  if (c.column(3).integer > newest.version) newest = {c.column(0).integer, c.column(3).integer};
                  return Ok();
                });
  }

  // Transactions and their versions, in the order in which they were written.
  Status Chain() {
    ALLOD_ASSIGN_OR_RETURN(auto versions, Ask(transaction_, "SELECT seq, tab, row, version, tx, n, op, domain, changed, body FROM allod_version ORDER BY seq", {}));
    ALLOD_ASSIGN_OR_RETURN(bool more, versions->Next());
    int64_t seq = 0, tx = 0;
    std::string chain;
    const auto stray = [&](int64_t of) {
      Report(0, "", "version " + std::to_string(versions->column(0).integer) + " of the history is of transaction " + std::to_string(of) + ", which is not there");
    };
    ALLOD_RETURN_IF_ERROR(Each(transaction_, "SELECT tx, began, committed, changes, role, purpose, grant_id, application, chain FROM allod_transaction ORDER BY tx", {},
        [&](const engine::Cursor& c) -> Status {
          if (c.column(0).integer != tx + 1) {
            Report(0, "", "transactions " + std::to_string(tx + 1) + " to " + std::to_string(c.column(0).integer - 1) + " are missing");
          }
          const bool follows = c.column(0).integer == tx + 1;
          tx = c.column(0).integer;
          std::string link;
          int64_t count = 0;
          for (; more && versions->column(4).integer <= tx;) {
            const engine::Cursor& v = *versions;
            if (v.column(4).integer != tx) {
              stray(v.column(4).integer);
            } else {
              ++count;
              if (v.column(0).integer != seq + 1 || v.column(5).integer != count) {
                Report(static_cast<Oid>(v.column(1).integer), "",
                       "versions before version " + std::to_string(v.column(0).integer) + " of the history, of transaction " + std::to_string(tx) + ", are missing");
                count = v.column(5).integer;
              }
              const std::string row(v.column(2).bytes);
              const VersionId id{v.column(1).integer, row, v.column(3).integer, tx, v.column(6).integer, v.column(7).integer};
              link = LinkAfter(link, id, v.column(8).bytes, v.column(9).bytes);
            }
            seq = v.column(0).integer;
            ALLOD_ASSIGN_OR_RETURN(more, versions->Next());
          }
          if (count != c.column(3).integer) {
            Report(0, "", "transaction " + std::to_string(tx) + " has " + Count(count, "version") + " instead of " + std::to_string(c.column(3).integer));
          }
          const std::string stored(c.column(8).bytes);
          const std::string role(c.column(4).bytes), purpose(c.column(5).bytes), grant(c.column(6).bytes), application(c.column(7).bytes);
          const TransactionRecord record{tx, c.column(1).integer, c.column(2).integer, c.column(3).integer, role, purpose, grant, application};
          if (follows && ChainAfter(chain, record, link) != stored) {
            Report(0, "", "transaction " + std::to_string(tx) + ", or a version of it, is not what was written: the chain does not hold");
          }
          chain = stored;
          return Ok();
        }));
    // What the same transaction has written itself has no record yet.
    for (; more;) {
      if (versions->column(4).integer <= tx) stray(versions->column(4).integer);
      ALLOD_ASSIGN_OR_RETURN(more, versions->Next());
    }
    return Ok();
  }

  Status Bodies() {
    const std::string text = "SELECT tab, row, version, tx, op, domain, body FROM allod_version WHERE true" + Only("tab") + " ORDER BY seq";
    return Each(transaction_, text, {}, [&](const engine::Cursor& c) -> Status {
      const std::string row(c.column(1).bytes);
      const VersionId id{c.column(0).integer, row, c.column(2).integer, c.column(3).integer, c.column(4).integer, c.column(5).integer};
      const Oid table = static_cast<Oid>(id.table);
      const std::string which = "version " + std::to_string(id.version) + " of a row, of transaction " + std::to_string(id.tx);
      if (id.op == kDelete) {
        if (!c.column(6).is_null()) Report(table, "", which + ": a deletion has a body");
        return Ok();
      }
      if (c.column(6).is_null()) {
        Report(table, "", which + ": its body is missing");
        return Ok();
      }
      Result<Store::Opened> opened = store_.Open(id, c.column(6).bytes);
      if (!opened.ok()) {
        // A ring that cannot be read concerns many versions.
        if (broken_rings_.insert(id.domain / static_cast<int64_t>(kKeysInRing)).second) {
          Report(0, "", "keys cannot be read: " + opened.status().error().message);
        }
        return Ok();
      }
      if (opened->state == Store::State::kDamaged) Report(table, KeyIn(table, *opened), which + ": its body is damaged, or stands in the wrong place");
      return Ok();
    });
  }

  Status Placed() {
    ALLOD_RETURN_IF_ERROR(Each(transaction_, "SELECT p.tab, p.seq FROM allod_version_place AS p LEFT JOIN allod_version AS v ON v.seq = p.seq "
                               "WHERE (v.seq IS NULL OR v.tab <> p.tab OR v.row <> p.row OR v.version <> p.version)" + Only("p.tab"), {},
                               [&](const engine::Cursor& c) {
                                 Report(static_cast<Oid>(c.column(0).integer), "", "version " + std::to_string(c.column(1).integer) +
                                                                                       " of the history is not the one that is found in its place");
                                 return Ok();
                               }));
    return Each(transaction_, "SELECT v.tab, v.seq FROM allod_version AS v WHERE v.seq <= (SELECT versions FROM allod_placed)" + Only("v.tab") +
                    " AND NOT EXISTS (SELECT 1 FROM allod_version_place AS p WHERE p.tab = v.tab AND p.row = v.row AND p.version = v.version AND p.seq = v.seq)",
                {}, [&](const engine::Cursor& c) {
                  Report(static_cast<Oid>(c.column(0).integer), "", "version " + std::to_string(c.column(1).integer) + " of the history cannot be found by its row");
                  return Ok();
                });
  }

  Result<Newest> NewestOf(const RowId& row) {
    if (const auto recent = unplaced_.find(row); recent != unplaced_.end()) return recent->second;
    Newest newest;
    ALLOD_RETURN_IF_ERROR(Each(transaction_, "SELECT seq, version FROM allod_version_place WHERE tab = ?1 AND row = ?2 ORDER BY version DESC LIMIT 1",
                               {Datum::Integer(row.table), Datum::Blob(row.name)}, [&](const engine::Cursor& c) {
                                 newest = {c.column(0).integer, c.column(1).integer};
                                 return Ok();
                               }));
    return newest;
  }

  struct Read {
    int64_t op = 0;
    Store::Opened opened;
  };
  Result<Read> ReadVersion(int64_t seq) {
    Read read;
    constexpr const char* kText = "SELECT tab, row, version, tx, op, domain, body FROM allod_version WHERE seq = ?1";
    ALLOD_RETURN_IF_ERROR(Each(transaction_, kText, {Datum::Integer(seq)}, [&](const engine::Cursor& c) -> Status {
      const std::string row(c.column(1).bytes);
      const VersionId id{c.column(0).integer, row, c.column(2).integer, c.column(3).integer, c.column(4).integer, c.column(5).integer};
      read.op = id.op;
      if (Result<Store::Opened> opened = store_.Open(id, c.column(6).bytes); opened.ok()) read.opened = *std::move(opened);
      return Ok();
    }));
    return read;
  }

  std::string KeyText(const catalog::Table& table, std::span<const Datum> key) const {
    std::string text;
    const catalog::Constraint* primary = table.PrimaryKey();
    for (size_t i = 0; i < key.size(); ++i) {
      if (i > 0) text += ", ";
      text += ToText(table.FindColumn(primary->columns[i])->type, key[i], format_);
    }
    return text;
  }

  std::string KeyIn(Oid oid, const Store::Opened& opened) const {
    const TableLayout* table = layout_.Find(oid);
    if (table == nullptr || opened.state != Store::State::kReadable || table->table->PrimaryKey() == nullptr) return "";
    Row values;
    std::vector<Datum> key;
    for (const catalog::Attnum number : table->table->PrimaryKey()->columns) {
      values.push_back(ValueIn(opened.body, number, table->table->FindColumn(number)->type.oid, format_));
    }
    for (const Value& value : values) {
      if (value.is_null()) return "";
      key.push_back(value.view());
    }
    return KeyText(*table->table, key);
  }

  static std::string SelectRow(const TableLayout& table) {
    std::string text = "SELECT ";
    for (const catalog::Column& column : table.table->columns) text += catalog::PhysicalColumn(column.number) + ", ";
    return text + "rowid FROM " + catalog::PhysicalTable(table.table->oid);
  }

  // Every row that is there is what its newest version says.
  Status Rows(const TableLayout& layout) {
    const catalog::Table& table = *layout.table;
    const catalog::Constraint* primary = table.PrimaryKey();
    const std::string columns = SelectRow(layout);
    return Each(transaction_, columns, {}, [&](const engine::Cursor& c) -> Status {
      std::vector<Datum> key;
      if (primary != nullptr) {
        for (const catalog::Attnum number : primary->columns) {
          for (size_t i = 0; i < table.columns.size(); ++i) {
            if (table.columns[i].number == number) key.push_back(c.column(static_cast<int>(i)));
          }
        }
      }
      const std::string name = primary == nullptr ? Store::RowName(c.column(static_cast<int>(table.columns.size())).integer) : store_.RowName(table, key);
      ALLOD_ASSIGN_OR_RETURN(const Newest newest, NewestOf({table.oid, name}));
      if (newest.version == 0) return Ok();  // from before the history
      ALLOD_ASSIGN_OR_RETURN(const Read read, ReadVersion(newest.seq));
      if (read.op == kDelete) {
        Report(table.oid, KeyText(table, key), "the row is there, though its newest version is its deletion");
        return Ok();
      }
      if (read.opened.state != Store::State::kReadable) return Ok();
      std::string differ;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        const Value recorded = ValueIn(read.opened.body, table.columns[i].number, table.columns[i].type.oid, format_);
        if (!(recorded == Value(c.column(static_cast<int>(i))))) differ += (differ.empty() ? "" : ", ") + table.columns[i].name;
      }
      if (!differ.empty()) {
        Report(table.oid, KeyText(table, key), "the row is not what its newest version says (" + differ + "): it was changed behind the history's back");
      }
      return Ok();
    });
  }

  // Every row whose newest version is no deletion is there.
  Status Missing(const TableLayout& layout) {
    const catalog::Table& table = *layout.table;
    const catalog::Constraint* primary = table.PrimaryKey();
    std::string by_key = "SELECT 1 FROM " + catalog::PhysicalTable(table.oid) + " WHERE ";
    if (primary == nullptr) {
      by_key += "rowid = ?1";
    } else {
      for (size_t i = 0; i < primary->columns.size(); ++i) {
        by_key += (i > 0 ? " AND " : "") + catalog::PhysicalColumn(primary->columns[i]) + " = ?" + std::to_string(i + 1);
      }
    }
    const auto look = [&](const std::string& name, const Newest& newest) -> Status {
      ALLOD_ASSIGN_OR_RETURN(const Read read, ReadVersion(newest.seq));
      if (read.op == kDelete || read.op == 0 || read.opened.state != Store::State::kReadable) return Ok();
      Row values;
      if (primary == nullptr) {
        std::string_view bytes = std::string_view(name).substr(1);
        uint64_t row = 0;
        if (!name.starts_with('r') || !TakeNumber(&bytes, &row)) return Ok();
        values.push_back(Value::Integer(static_cast<int64_t>(row)));
      } else {
        for (const catalog::Attnum number : primary->columns) {
          values.push_back(ValueIn(read.opened.body, number, table.FindColumn(number)->type.oid, format_));
        }
      }
      std::vector<engine::Parameter> parameters;
      for (const Value& value : values) parameters.emplace_back(value.view());
      ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(by_key, parameters, nullptr));
      ALLOD_ASSIGN_OR_RETURN(const bool there, cursor->Next());
      if (!there) Report(table.oid, KeyIn(table.oid, read.opened), "the row is missing, though its newest version is no deletion");
      return Ok();
    };
    ALLOD_RETURN_IF_ERROR(Each(transaction_, "SELECT row, max(version), seq FROM allod_version_place WHERE tab = ?1 GROUP BY row", {Datum::Integer(table.oid)},
                               [&](const engine::Cursor& c) -> Status {
                                 const std::string name(c.column(0).bytes);
                                 if (unplaced_.contains({table.oid, name})) return Ok();
                                 return look(name, {c.column(2).integer, c.column(1).integer});
                               }));
    for (const auto& [row, newest] : unplaced_) {
      if (row.table == table.oid) ALLOD_RETURN_IF_ERROR(look(row.name, newest));
    }
    return Ok();
  }

  const Store& store_;
  const Layout& layout_;
  Transaction& transaction_;
  const FormatContext& format_;
  const Oid only_;
  const FaultFound& found_;
  std::map<RowId, Newest> unplaced_;
  std::set<int64_t> broken_rings_;
};

}  // namespace

Status CheckHistory(const Store& store, const Layout& layout, Transaction& transaction, const FormatContext& format, Oid only,
                    const FaultFound& found) {
  return Checker(store, layout, transaction, format, only, found).Run();
}

}  // namespace allod::history
