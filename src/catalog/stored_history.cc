#include "catalog/stored_history.h"

namespace allod::catalog {

namespace {

constexpr std::string_view kOp = "CASE e.op WHEN 1 THEN 'insert' WHEN 2 THEN 'update' ELSE 'delete' END AS op";
// What says which version a body belongs to, and the body.
constexpr std::string_view kSealed = "b.tab, b.row, b.version, b.tx, b.op, b.domain, b.body";
// Versions that have no place yet.
constexpr std::string_view kUnplaced = "seq > (SELECT versions FROM allod_placed)";

// The version `by` numbers after v, as far as there is one: its place is NAME1.seq or NAME2.seq.
std::string JoinNeighbour(std::string_view name, std::string_view table, std::string_view by, std::string_view condition) {
  std::string text;
  for (const std::string_view kind : {"1", "2"}) {
    const std::string alias = std::string(name) + std::string(kind);
    text += " LEFT JOIN ";
    text += kind == "1" ? "allod_version_place" : "recent";
    text += " AS " + alias + " ON ";
    if (kind == "1") text += alias + ".tab = " + std::string(table) + " AND ";
    text += alias + ".row = v.row AND " + alias + ".version = v.version + " + std::string(by) + std::string(condition);
  }
  return text;
}

// WITH queries `name_cut`, and `name` with the last version that was committed by the time $argument, or before it. Sequences and times grow
// together, so it is searched for by halves.
std::string LastVersionBy(const std::string& name, int argument, std::string_view comparison) {
  const std::string earlier = "x.committed " + std::string(comparison) + " $" + std::to_string(argument);
  const std::string middle = "(c.lo + c.hi + 1) / 2";
  return name + "_cut (lo, hi) AS (SELECT 0, (SELECT coalesce(max(seq), 0) FROM allod_version) UNION ALL SELECT CASE WHEN " + earlier + " THEN " + middle +
         " ELSE c.lo END, CASE WHEN " + earlier + " THEN c.hi ELSE " + middle + " - 1 END FROM " + name + "_cut AS c "
         "LEFT JOIN allod_version AS m ON m.seq = " + middle + " LEFT JOIN allod_transaction AS x ON x.tx = m.tx WHERE c.lo < c.hi), " +
         name + " AS MATERIALIZED (SELECT max(lo) AS seq FROM " + name + "_cut), ";
}

}  // namespace

std::string HistoryText(const Table& table, Period period, int key) {
  const std::string oid = std::to_string(table.oid);
  std::string text = "(WITH RECURSIVE ", valid, row;
  if (key != 0) {
    text += "k AS MATERIALIZED (SELECT allod_call('history_row', " + oid + ", $" + std::to_string(key) + ") AS row), ";
    row = " AND row = (SELECT row FROM k)";
  }
  // By sequences, not by times: what is in the places alone decides, and only what is wanted is looked up.
  switch (period) {
    case Period::kHistory: break;
    case Period::kAll: break;
    case Period::kAsOf: text += LastVersionBy("until", 1, "<="); break;
    case Period::kFrom: text += LastVersionBy("begun", 1, "<=") + LastVersionBy("until", 2, "<"); break;
    case Period::kBetween: text += LastVersionBy("begun", 1, "<=") + LastVersionBy("until", 2, "<="); break;
  }
  if (period != Period::kHistory && period != Period::kAll) {
    row += " AND seq <= (SELECT seq FROM until)";
    valid = " WHERE e.op < 3 AND (coalesce(n1.seq, n2.seq) IS NULL OR coalesce(n1.seq, n2.seq) > (SELECT seq FROM ";
    valid += period == Period::kAsOf ? "until" : "begun";
    valid += ") AND n.tx > e.tx)";
    if (period == Period::kFrom) valid += " AND $1 < $2";
    if (period == Period::kBetween) valid += " AND $1 <= $2";
  } else if (period == Period::kAll) {
    valid = " WHERE e.op < 3";
  }
  text += "recent AS MATERIALIZED (SELECT seq, row, version FROM allod_version WHERE ";
  text += kUnplaced;
  text += " AND tab = " + oid + (key != 0 ? " AND row = (SELECT row FROM k)" : "") + "), v AS (";
  // Of one row at one time only its newest version by then can be the one, of those that have a place and of the others.
  const std::string newest = key != 0 && period == Period::kAsOf ? " ORDER BY version DESC LIMIT 1" : "";
  text += "SELECT * FROM (SELECT seq, row, version FROM allod_version_place WHERE tab = " + oid + row + newest + ") UNION ALL "
          "SELECT * FROM (SELECT seq, row, version FROM recent WHERE true" + row + newest + ")) SELECT ";
  for (const Column& column : table.columns) {
    text += "allod_call('history_value', " + std::to_string(column.number) + ", " + std::to_string(column.type.oid) + ", ";
    text += kSealed;
    text += ") AS " + PhysicalColumn(column.number) + ", ";
  }
  text += "e.tx AS tx, ";
  text += kOp;
  text += ", e.version AS version, x.committed AS row_start, y.committed AS row_end, CASE allod_call('history_state', ";
  text += kSealed;
  text += ") WHEN 0 THEN 'erased' WHEN 2 THEN 'damaged' ELSE CASE WHEN e.op = 3 THEN 'deleted' WHEN n.seq IS NULL THEN 'current' ELSE 'past' END "
          "END AS status FROM v CROSS JOIN allod_version AS e ON e.seq = v.seq";
  text += JoinNeighbour("n", oid, "1", "");
  text += " LEFT JOIN allod_version AS n ON n.seq = coalesce(n1.seq, n2.seq) LEFT JOIN allod_transaction AS y ON y.tx = n.tx";
  // A deletion shows what it deleted.
  text += JoinNeighbour("b", oid, "-1", " AND e.op = 3");
  text += " LEFT JOIN allod_version AS b ON b.seq = CASE e.op WHEN 3 THEN coalesce(b1.seq, b2.seq) ELSE e.seq END "
          "LEFT JOIN allod_transaction AS x ON x.tx = e.tx" + valid + ")";
  return text;
}

std::string OriginText(const Table& table, Attnum column) {
  const std::string oid = std::to_string(table.oid);
  // A row that was inserted has all its columns from there; one that was deleted has none.
  std::string condition;
  if (column != 0) {
    condition = " AND e.op < 3 AND (e.op = 1 OR allod_call('history_changed', e.changed, " + std::to_string(column) + "))";
  }
  const std::string newest = condition + " ORDER BY e.version DESC LIMIT 1)";
  std::string text = "(WITH k AS MATERIALIZED (SELECT allod_call('history_row', " + oid + ", $1) AS row), v AS (SELECT seq FROM ("
                     "SELECT e.seq FROM k CROSS JOIN allod_version_place AS p ON p.tab = " + oid + " AND p.row = k.row "
                     "CROSS JOIN allod_version AS e ON e.seq = p.seq WHERE true";
  text += condition + " ORDER BY p.version DESC LIMIT 1) UNION ALL SELECT seq FROM (SELECT e.seq FROM k CROSS JOIN allod_version AS e ON e.";
  text += kUnplaced;
  text += " AND e.tab = " + oid + " AND e.row = k.row WHERE true" + newest;
  text += ") SELECT e.tx AS tx, ";
  text += kOp;
  text += ", e.version AS version, x.role AS role, x.subject AS subject, x.purpose AS purpose, x.grant_id AS grant_id, "
          "x.application AS application, x.began AS began, x.committed AS committed "
          "FROM v CROSS JOIN allod_version AS e ON e.seq = v.seq LEFT JOIN allod_transaction AS x ON x.tx = e.tx "
          "ORDER BY e.version DESC LIMIT 1)";
  return text;
}

std::string TransactionsText() {
  return "(SELECT tx, role, subject, purpose, grant_id, application, began, committed, changes FROM allod_transaction)";
}

}  // namespace allod::catalog
