// Random ALTER TABLE statements on filled tables, against a plain model: whatever is accepted leaves the rows as the model
// says, whatever is refused leaves everything as it was, and SQLite finds its file sound.
#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "planner/ddl_testing.h"

namespace allod::planner {
namespace {

struct ModelColumn {
  std::string name;
  bool text = false;  // else an integer
  bool not_null = false;
};
using Cell = std::optional<std::string>;

// One table: columns in order, rows by their key.
class Model {
 public:
  std::vector<ModelColumn> columns;
  std::map<int, std::vector<Cell>> rows;

  std::string Dump() const {
    std::string all;
    for (const auto& [id, row] : rows) {
      all += (all.empty() ? "" : ";") + std::to_string(id);
      for (const Cell& cell : row) all += "," + cell.value_or("null");
    }
    return all;
  }
  bool HasNull(size_t column) const {
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return !row.second[column].has_value(); });
  }
  bool HasDuplicates(size_t column) const {
    std::set<std::string> seen;
    for (const auto& [id, row] : rows) {
      if (row[column] && !seen.insert(*row[column]).second) return true;
    }
    return false;
  }
};

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed) {
    db_.Run("CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT g FROM generate_series(1, 9) AS g");
    db_.Run("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE)");
  }

  void Step() {
    switch (random_() % 12) {
      case 0: case 1: return AddColumn();
      case 2: return DropColumn();
      case 3: return RenameColumn();
      case 4: return ChangeType();
      case 5: return NotNull();
      case 6: return AddConstraint();
      case 7: return DropConstraint();
      case 8: return AddIndex();
      case 9: return Rekey();
      case 10: return Delete();
      default: return Insert();
    }
  }

  void Check(bool thorough) {
    std::string select = "SELECT id";
    for (const ModelColumn& column : model_.columns) select += ", " + column.name;
    ASSERT_EQ(db_.Query(select + " FROM " + name_ + " ORDER BY id"), model_.Dump()) << History();
    ASSERT_EQ(db_.Query("SELECT * FROM " + name_ + " ORDER BY id"), model_.Dump()) << History();
    std::string children;
    for (const auto& [id, t] : children_) children += (children.empty() ? "" : ";") + std::to_string(id) + "," + std::to_string(t);
    ASSERT_EQ(db_.Query("SELECT * FROM child ORDER BY id"), children) << History();
    if (!thorough) return;
    ASSERT_EQ(db_.Integrity(), "ok") << History();
    const std::string before = db_.Dump();
    db_.Reopen();
    ASSERT_EQ(db_.Dump(), before) << History();
  }

  std::string History() const {
    std::string all;
    for (const std::string& line : history_) all += line + "\n";
    return all;
  }

 private:
  // True if it was accepted. `allowed`: whether it must be.
  bool Do(const std::string& sql, bool must_work) {
    const Status status = db_.Try(sql);
    history_.push_back(sql + "   -- " + (status.ok() ? "ok" : status.error().sqlstate + " " + status.error().message));
    EXPECT_TRUE(status.ok() || !must_work) << History();
    if (!status.ok()) {
      // Never an internal error, and never a message about the engine's names.
      EXPECT_FALSE(status.error().sqlstate.starts_with("XX")) << History();
      EXPECT_FALSE(status.error().sqlstate.starts_with("58")) << History();
    }
    return status.ok();
  }
  int Pick(size_t size) { return static_cast<int>(random_() % size); }
  std::string NewName() { return "c" + std::to_string(++names_); }
  bool Constrained(const std::string& column) const {
    const catalog::Table& table = db_.table(name_);
    const catalog::Column* found = table.FindColumn(column);
    for (const catalog::Constraint& constraint : table.constraints) {
      if (std::find(constraint.columns.begin(), constraint.columns.end(), found->number) != constraint.columns.end()) return true;
    }
    for (const catalog::Index& index : table.indexes) {
      if (index.unique && index.columns[0].column == found->number) return true;
    }
    return false;
  }

  // An index on an expression over a text does not fit a number, and the other way round.
  bool InExpression(const std::string& column) const {
    for (const catalog::Index& index : db_.table(name_).indexes) {
      for (const catalog::IndexColumn& part : index.columns) {
        if (part.expression_sql.find(column) != std::string::npos) return true;
      }
    }
    return false;
  }

  void AddColumn() {
    if (model_.columns.size() > 8) return;
    ModelColumn column{NewName(), random_() % 2 == 0, random_() % 3 == 0};
    const int kind = Pick(3);  // no default, constant, volatile
    const std::string type = column.text ? "text" : random_() % 2 == 0 ? "int" : "bigint";
    std::string sql = "ALTER TABLE " + name_ + " ADD " + column.name + " " + type;
    if (column.not_null) sql += " NOT NULL";
    if (kind == 1) sql += column.text ? " DEFAULT 'd'" : " DEFAULT 5";
    if (kind == 2) sql += column.text ? " DEFAULT length(random()::text)::text" : " DEFAULT (random() * 0)::int + 3";
    const bool works = kind != 0 || !column.not_null || model_.rows.empty();
    if (kind == 2 && column.text) return;
    if (!Do(sql, works)) return;
    EXPECT_TRUE(works) << History();
    for (auto& [id, row] : model_.rows) {
      row.push_back(kind == 0 ? Cell() : Cell(kind == 1 ? (column.text ? "d" : "5") : "3"));
    }
    model_.columns.push_back(column);
  }

  void DropColumn() {
    if (model_.columns.empty()) return;
    const int i = Pick(model_.columns.size());
    if (!Do("ALTER TABLE " + name_ + " DROP COLUMN " + model_.columns[i].name, true)) return;
    model_.columns.erase(model_.columns.begin() + i);
    for (auto& [id, row] : model_.rows) row.erase(row.begin() + i);
  }

  void RenameColumn() {
    if (random_() % 4 == 0) {
      const std::string to = "t" + std::to_string(++names_);
      if (Do("ALTER TABLE " + name_ + " RENAME TO " + to, true)) name_ = to;
      return;
    }
    if (model_.columns.empty()) return;
    const int i = Pick(model_.columns.size());
    const std::string to = NewName();
    if (Do("ALTER TABLE " + name_ + " RENAME " + model_.columns[i].name + " TO " + to, true)) model_.columns[i].name = to;
  }

  void ChangeType() {
    if (model_.columns.empty()) return;
    const int i = Pick(model_.columns.size());
    ModelColumn& column = model_.columns[i];
    if (!column.text && random_() % 2 == 0) {
      // Values change in place. A constraint may object, to a new value or to values that meet.
      if (Do("ALTER TABLE " + name_ + " ALTER " + column.name + " TYPE bigint USING 100 - " + column.name, !Constrained(column.name) && !InExpression(column.name))) {
        for (auto& [id, row] : model_.rows) {
          if (row[i]) row[i] = std::to_string(100 - std::stol(*row[i]));
        }
      }
      return;
    }
    if (column.text) {
      if (Do("ALTER TABLE " + name_ + " ALTER " + column.name + " DROP DEFAULT, ALTER " + column.name + " TYPE int USING length(" +
                 column.name + ")",
             !Constrained(column.name) && !InExpression(column.name))) {
        for (auto& [id, row] : model_.rows) {
          if (row[i]) row[i] = std::to_string(row[i]->size());
        }
        column.text = false;
      }
    } else if (Do("ALTER TABLE " + name_ + " ALTER " + column.name + " DROP DEFAULT, ALTER " + column.name + " TYPE text USING 'n' || " +
                      column.name,
                  !Constrained(column.name) && !InExpression(column.name))) {
      for (auto& [id, row] : model_.rows) {
        if (row[i]) row[i] = "n" + *row[i];
      }
      column.text = true;
    }
  }

  void NotNull() {
    if (model_.columns.empty()) return;
    const int i = Pick(model_.columns.size());
    ModelColumn& column = model_.columns[i];
    const std::string alter = "ALTER TABLE " + name_ + " ALTER " + column.name;
    if (random_() % 2 == 0) {
      const bool works = !model_.HasNull(i);
      if (Do(alter + " SET NOT NULL", works)) {
        EXPECT_TRUE(works) << History();
        column.not_null = true;
      }
    } else if (Do(alter + " DROP NOT NULL", true)) {
      column.not_null = false;
    }
  }

  void AddConstraint() {
    if (model_.columns.empty()) return;
    const int i = Pick(model_.columns.size());
    const ModelColumn& column = model_.columns[i];
    const std::string add = "ALTER TABLE " + name_ + " ADD CONSTRAINT k" + std::to_string(++names_) + " ";
    switch (Pick(3)) {
      case 0: {
        const bool works = !model_.HasDuplicates(i);
        EXPECT_EQ(Do(add + "UNIQUE (" + column.name + ")", works), works) << History();
        return;
      }
      case 1:
        if (column.text) {
          Do(add + "CHECK (length(" + column.name + ") < 3)", false);
        } else {
          Do(add + "CHECK (" + column.name + " < 50 AND id > 0)", false);
        }
        return;
      default:
        if (!column.text) Do(add + "FOREIGN KEY (" + column.name + ") REFERENCES parent", false);
        return;
    }
  }

  void DropConstraint() {
    std::vector<std::string> names;
    for (const catalog::Constraint& constraint : db_.table(name_).constraints) {
      if (constraint.kind != catalog::Constraint::Kind::kPrimaryKey) names.push_back(constraint.name);
    }
    if (names.empty()) return;
    Do("ALTER TABLE " + name_ + " DROP CONSTRAINT " + names[Pick(names.size())], true);
  }

  void AddIndex() {
    if (model_.columns.empty()) return;
    const ModelColumn& column = model_.columns[Pick(model_.columns.size())];
    const std::string expression = column.text ? "upper(" + column.name + ")" : "(" + column.name + " + id)";
    Do("CREATE INDEX ON " + name_ + " (" + (random_() % 2 == 0 ? column.name : expression) + ", id DESC)" +
           (random_() % 3 == 0 ? " WHERE " + column.name + " IS NOT NULL" : ""),
       true);
  }

  // The primary key goes and comes back, and the other table's key with it.
  void Rekey() {
    std::string key;
    for (const catalog::Constraint& constraint : db_.table(name_).constraints) {
      if (constraint.kind == catalog::Constraint::Kind::kPrimaryKey) key = constraint.name;
    }
    if (key.empty() || random_() % 3 != 0) return;
    Do("ALTER TABLE " + name_ + " DROP CONSTRAINT " + key + " CASCADE", true);
    Do("ALTER TABLE " + name_ + " ADD PRIMARY KEY (id)", true);
    Do("ALTER TABLE child ADD FOREIGN KEY (t) REFERENCES " + name_ + " ON DELETE CASCADE", true);
  }

  void Insert() {
    const int id = ++ids_;
    std::string columns = "id", values = std::to_string(id);
    std::vector<Cell> row;
    for (const ModelColumn& column : model_.columns) {
      const bool null = !column.not_null && random_() % 4 == 0;
      const std::string value = column.text ? std::string(1 + Pick(3), static_cast<char>('a' + Pick(3))) : std::to_string(Pick(12));
      columns += ", " + column.name;
      values += ", " + (null ? "NULL" : column.text ? "'" + value + "'" : value);
      row.push_back(null ? Cell() : Cell(value));
    }
    if (!Do("INSERT INTO " + name_ + " (" + columns + ") VALUES (" + values + ")", false)) return;
    model_.rows[id] = std::move(row);
    if (random_() % 2 == 0 && Do("INSERT INTO child VALUES (" + std::to_string(id) + ", " + std::to_string(id) + ")", true)) {
      children_[id] = id;
    }
  }

  void Delete() {
    if (model_.rows.empty()) return;
    auto row = std::next(model_.rows.begin(), Pick(model_.rows.size()));
    if (!Do("DELETE FROM " + name_ + " WHERE id = " + std::to_string(row->first), true)) return;
    children_.erase(row->first);
    model_.rows.erase(row);
  }

  TestDatabase db_;
  Model model_;
  std::map<int, int> children_;
  std::string name_ = "t";
  std::mt19937 random_;
  int names_ = 0, ids_ = 0;
  std::vector<std::string> history_;
};

TEST(DdlRandom, AltersAgainstAModel) {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    Walk walk(seed);
    for (int step = 1; step <= 120; ++step) {
      walk.Step();
      if (::testing::Test::HasFailure()) return;
      walk.Check(step % 40 == 0);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace allod::planner
