// The embedded engine's dialect: physical names, ?1, allod_rows(), rowid. One writer at a time, so nothing is locked.
#include "ownership/spellings.h"

namespace allod::ownership {

namespace {

class SqliteSpelling : public Spelling {
 public:
  std::string Table(const catalog::Table& table) const override { return catalog::PhysicalTable(table.oid); }
  std::string Column(const catalog::Table&, catalog::Attnum column) const override {
    return catalog::PhysicalColumn(column);
  }
  std::string WatchedColumn(const catalog::Table&, catalog::Attnum column) const override {
    return catalog::PhysicalColumn(column);
  }
  std::string Parameter(int number, const catalog::Column&) const override { return "?" + std::to_string(number); }
  std::string Boolean(bool value) const override { return value ? "1" : "0"; }

  std::string From(const Relation& relation, const std::string& alias) const override {
    return Rows(relation.index) + " AS " + alias;
  }
  // CROSS JOIN keeps the order as written.
  std::string Joined(const Relation& relation, const catalog::Table& table) const override {
    return " FROM " + From(relation, "k") + " CROSS JOIN " + Table(table) + " AS r ON ";
  }
  std::string EqualCell(const std::string& left, const catalog::Column& column, size_t index) const override {
    return Equal(left, column, "k.c" + std::to_string(index));
  }
  std::string Equal(const std::string& left, const catalog::Column&, const std::string& right) const override {
    return left + " = " + right;
  }

  RowNaming Naming(const catalog::Table&) const override { return RowNaming::kRowId; }
  std::string RowName(const std::string& alias, const catalog::Table&) const override { return alias + ".rowid"; }
  std::string Among(const std::string& alias, const catalog::Table&, int index, int, bool among) const override {
    return (alias.empty() ? "" : alias + ".") + "rowid " + (among ? "IN" : "NOT IN") + " (SELECT c0 FROM " +
           Rows(index) + ")";
  }

  std::string Holding(Hold, const catalog::Table&, const std::vector<catalog::Attnum>&) const override { return ""; }
  std::string HoldTables(const std::vector<const catalog::Table*>&) const override { return ""; }
  std::string HoldCycle(Oid) const override { return ""; }
  std::string AskIsolation() const override { return ""; }
  std::string DeleteTogether(const std::vector<const catalog::Table*>&) const override { return ""; }

 private:
  static std::string Rows(int index) { return "allod_rows(?" + std::to_string(index) + ")"; }
};

}  // namespace

std::unique_ptr<const Spelling> SpellSqlite() { return std::make_unique<SqliteSpelling>(); }

}  // namespace allod::ownership
