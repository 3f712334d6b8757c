#include "catalog/stored_history.h"

namespace allod::catalog {

namespace {

constexpr std::string_view kOp = "CASE v.op WHEN 1 THEN 'insert' WHEN 2 THEN 'update' ELSE 'delete' END AS op";
// What says which version a body belongs to, and the body.
constexpr std::string_view kSealed = "b.tab, b.row, b.version, b.tx, b.op, b.domain, b.body";
constexpr std::string_view kNext = " FROM allod_version AS n WHERE n.tab = v.tab AND n.row = v.row AND n.version = v.version + 1)";

}  // namespace

std::string HistoryText(const Table& table) {
  std::string text = "(SELECT ";
  for (const Column& column : table.columns) {
    text += "allod_call('history_value', " + std::to_string(column.number) + ", " + std::to_string(column.type.oid) + ", ";
    text += kSealed;
    text += ") AS " + PhysicalColumn(column.number) + ", ";
  }
  text += "v.tx AS tx, ";
  text += kOp;
  text += ", v.version AS version, x.committed AS row_start, "
          "(SELECT (SELECT y.committed FROM allod_transaction AS y WHERE y.tx = n.tx)";
  text += kNext;
  text += " AS row_end, CASE allod_call('history_state', ";
  text += kSealed;
  text += ") WHEN 0 THEN 'erased' WHEN 2 THEN 'damaged' ELSE CASE WHEN v.op = 3 THEN 'deleted' WHEN EXISTS (SELECT 1";
  text += kNext;
  text += " THEN 'past' ELSE 'current' END END AS status FROM allod_version AS v "
          // A deletion shows what it deleted.
          "LEFT JOIN allod_version AS b ON b.tab = v.tab AND b.row = v.row AND b.version = v.version - (v.op = 3) "
          "LEFT JOIN allod_transaction AS x ON x.tx = v.tx WHERE v.tab = " +
          std::to_string(table.oid) + ")";
  return text;
}

std::string OriginText(const Table& table, Attnum column) {
  std::string text = "(SELECT v.tx AS tx, ";
  text += kOp;
  text += ", v.version AS version, x.role AS role, x.subject AS subject, x.purpose AS purpose, x.grant_id AS grant_id, "
          "x.application AS application, x.began AS began, x.committed AS committed "
          "FROM allod_version AS v LEFT JOIN allod_transaction AS x ON x.tx = v.tx "
          "WHERE v.tab = " + std::to_string(table.oid) + " AND v.row = allod_call('history_row', " + std::to_string(table.oid) + ", $1)";
  // A row that was inserted has all its columns from there; one that was deleted has none.
  if (column != 0) text += " AND v.op < 3 AND (v.op = 1 OR allod_call('history_changed', v.changed, " + std::to_string(column) + "))";
  return text + " ORDER BY v.version DESC LIMIT 1)";
}

std::string TransactionsText() {
  return "(SELECT tx, role, subject, purpose, grant_id, application, began, committed, changes FROM allod_transaction)";
}

}  // namespace allod::catalog
