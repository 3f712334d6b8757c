// Random schemas, rows and statements; owners, orphans, GET and FORGET compared with the plain model of rights/model.h.
//
// A fixed seed, printed, for some seconds. ALLOD_PROPERTY_SECONDS runs it longer, ALLOD_PROPERTY_SEED from elsewhere;
// with ALLOD_PROPERTY_CASE one case alone (its number is in the failure).
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "ownership/testing.h"
#include "rights/model.h"
#include "rights/rights.h"

namespace allod::rights {
namespace {

using catalog::Annotation;
using catalog::AnonymizationRule;
using catalog::Attnum;
using catalog::Constraint;
using catalog::KeyAction;
using catalog::Table;
using model::Cell;
using model::Model;
using model::ModelRow;
using model::RowId;
using model::State;
using ownership::Graph;
using ownership::testing::OnPostgres;
using ownership::testing::Schema;
using ownership::testing::TestContext;

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(static_cast<int>(items.size()))];
  }

 private:
  std::mt19937_64 random_;
};

// Tables "t0" ...: a primary key of one or two columns, or none; data columns d0, d1; key columns k0, k1, ...
Schema RandomSchema(Dice& dice, Oid first) {
  Schema s(first);
  int tables = 3 + dice.Below(6);
  struct Shape {
    std::string name;
    std::vector<std::string> primary;  // types
  };
  std::vector<Shape> shapes;
  for (int i = 0; i < tables; ++i) {
    Shape shape{"t" + std::to_string(i), {}};
    int kind = dice.Below(10);
    auto type = [&] { return dice.Chance(20) ? std::string(":numeric") : std::string(); };
    if (kind < 7 || i == 0) {
      shape.primary = {type()};
    } else if (kind < 9) {
      shape.primary = {type(), type()};
    }
    shapes.push_back(shape);
  }
  struct PlannedKey {
    std::string table, columns, kind, target;
    KeyAction action;
    bool nullable;
  };
  std::vector<PlannedKey> keys;
  std::vector<std::string> bodies;
  for (int i = 0; i < tables; ++i) {
    std::string body;
    for (size_t p = 0; p < shapes[i].primary.size(); ++p) body += "p" + std::to_string(p) + shapes[i].primary[p] + "* ";
    body += "d0 d1" + std::string(dice.Chance(20) ? "!" : "") + " ";
    int count = i == 0 ? dice.Below(2) : 1 + dice.Below(3);
    for (int k = 0; k < count; ++k) {
      // Mostly to tables near the beginning, which are the subjects; sometimes anywhere, itself included.
      int target = dice.Chance(60) ? dice.Below(std::min(i + 1, 3)) : dice.Below(tables);
      if (shapes[target].primary.empty()) continue;
      bool nullable = dice.Chance(75);
      std::string columns;
      for (size_t p = 0; p < shapes[target].primary.size(); ++p) {
        std::string column = "k" + std::to_string(k) + "x" + std::to_string(p);
        body += column + shapes[target].primary[p] + (nullable || (p > 0 && dice.Chance(50)) ? " " : "! ");
        columns += (columns.empty() ? "" : " ") + column;
      }
      static const std::vector<std::string> kinds = {"OWNED_BY", "OWNED_BY", "OWNED_BY",   "ACCESSED_BY",    "OWNS",
                                                     "OWNS",     "ACCESSES", "REFERENCES", "REFERENCES ONLY"};
      static const std::vector<KeyAction> actions = {KeyAction::kNoAction, KeyAction::kNoAction, KeyAction::kNoAction,
                                                     KeyAction::kCascade,  KeyAction::kSetNull,  KeyAction::kRestrict};
      keys.push_back({shapes[i].name, columns, dice.Pick(kinds), shapes[target].name, dice.Pick(actions), nullable});
    }
    bodies.push_back(body);
  }
  for (int i = 0; i < tables; ++i)
    s.Table(shapes[i].name, bodies[i], !shapes[i].primary.empty() && (i == 0 || dice.Chance(15)));
  for (const PlannedKey& key : keys) {
    s.Key(key.table, key.columns, key.kind, key.target, key.action);
    if (dice.Chance(25)) {
      s.Alter(key.table, [](Table& table) { table.constraints.back().on_update = KeyAction::kCascade; });
    }
  }
  for (const PlannedKey& key : keys) {
    if (!dice.Chance(30)) continue;
    bool forward = key.kind == "OWNED_BY" || key.kind == "ACCESSED_BY";
    if (!forward && key.kind != "OWNS" && key.kind != "ACCESSES") continue;
    std::string column = key.columns.substr(0, key.columns.find(' '));
    static const std::vector<std::string> columns = {"", "d0", "d0 d1"};
    bool on_delete = dice.Chance(60);
    std::string anonymized = dice.Pick(columns);
    if (forward && key.nullable && dice.Chance(30)) anonymized = key.columns;
    s.Rule(forward ? key.table : key.target, on_delete, forward ? column : key.table + "(" + column + ")", anonymized);
  }
  return s;
}

class Case {
 public:
  // Several cases share an engine: each has its own tables.
  Case(uint64_t seed, ownership::testing::TestEngine& engine, Oid first)
      : dice_(seed), engine_(engine), schema_(RandomSchema(dice_, first)) {}

  struct Tally {
    int schemas = 0, ambiguous = 0, refused = 0, commits = 0, orphaned = 0, gets = 0, forgets = 0;
  };

  void Run(Tally* tally) {
    auto built = schema_.Build();
    catalog_ = schema_.catalog();
    Model model(*catalog_);
    ASSERT_EQ(!built.ok(), model.ambiguous());
    if (!built.ok()) {
      EXPECT_EQ(built.status().error().sqlstate, "42A01");
      ++tally->ambiguous;
      return;
    }
    graph_ = *built;
    for (const auto& [oid, table] : catalog_->tables())
      EXPECT_EQ(graph_->IsOwned(oid), model.IsOwned(oid)) << table->name;
    Status legal = CheckSchema(*graph_, 0);
    if (!legal.ok()) {
      EXPECT_TRUE(legal.error().sqlstate == "42A02" || legal.error().sqlstate == "42P17") << legal.error().message;
      ++tally->refused;
      return;
    }
    ++tally->schemas;
    Status made = engine_.Make(Script(), *graph_);
    ASSERT_TRUE(made.ok()) << made.error().message << "\n" << Script();
    for (int round = 0; round < 30 && !::testing::Test::HasFatalFailure(); ++round) {
      if (round > 5 && dice_.Chance(25)) {
        RequestsAreRight(model, tally);
      } else {
        TransactionIsJudgedRight(model, tally);
      }
    }
  }

 private:
  std::string Script() const { return OnPostgres() ? schema_.PostgresScript(true) : schema_.Script(); }
  static std::string NameOf(const Table& table) {
    return OnPostgres() ? Schema::Quoted(table.name) : catalog::PhysicalTable(table.oid);
  }
  static std::string NameOf(const catalog::Column& column) {
    return OnPostgres() ? Schema::Quoted(column.name) : catalog::PhysicalColumn(column.number);
  }
  static std::string Columns(const Table& table) {
    std::string text;
    for (const catalog::Column& column : table.columns) text += (text.empty() ? "" : ", ") + NameOf(column);
    return text;
  }

  State Read(engine::Transaction& transaction) {
    State state;
    for (const auto& [oid, table] : catalog_->tables()) {
      auto cursor = transaction.Run("SELECT rowid, " + Columns(*table) + " FROM " + NameOf(*table), {}, &context_);
      EXPECT_TRUE(cursor.ok());
      for (;;) {
        auto more = (*cursor)->Next();
        EXPECT_TRUE(more.ok());
        if (!more.ok() || !*more) break;
        ModelRow row{oid, (*cursor)->column(0).integer, {}};
        for (size_t i = 0; i < table->columns.size(); ++i) {
          row.cells[table->columns[i].number] = ToCell((*cursor)->column(static_cast<int>(i) + 1));
        }
        state[{oid, row.locator}] = row;
      }
    }
    return state;
  }

  static Cell ToCell(const Datum& datum) {
    if (datum.is_null()) return std::nullopt;
    if (datum.kind == Kind::kInteger) return datum.integer;
    return std::stoll(std::string(datum.bytes));  // numeric, whatever its scale
  }

  // A numeric is written with a random scale: equal values then differ in their bytes. Not where a row may refer to
  // itself: there SQLite compares bytes.
  std::string Literal(const Table& table, const catalog::Column& column, const Cell& cell) {
    if (!cell.has_value()) return "NULL";
    std::string digits = std::to_string(*cell);
    if (column.type.oid != oid::kNumeric) return digits;
    for (const Constraint& key : table.constraints) {
      if (key.kind == Constraint::Kind::kForeignKey && key.target == table.oid) return "'" + digits + "'";
    }
    static const std::vector<std::string> scales = {"", ".0", ".00"};
    return "'" + digits + dice_.Pick(scales) + "'";
  }

  const Table& RandomTable() {
    auto it = catalog_->tables().begin();
    std::advance(it, dice_.Below(static_cast<int>(catalog_->tables().size())));
    return *it->second;
  }

  const ModelRow* RandomRow(const State& state, Oid table) {
    std::vector<const ModelRow*> rows;
    for (auto it = state.lower_bound({table, INT64_MIN}); it != state.end() && it->first.first == table; ++it)
      rows.push_back(&it->second);
    return rows.empty() ? nullptr : dice_.Pick(rows);
  }

  // Values for a table's row: keys mostly name rows that are there.
  std::map<Attnum, Cell> RandomCells(const State& state, const Table& table) {
    std::map<Attnum, Cell> cells;
    for (const catalog::Column& column : table.columns) {
      cells[column.number] = dice_.Chance(20) && !column.not_null ? Cell() : Cell(dice_.Below(8));
    }
    for (const Constraint& key : table.constraints) {
      if (key.kind != Constraint::Kind::kForeignKey) continue;
      const ModelRow* named = dice_.Chance(90) ? RandomRow(state, key.target) : nullptr;
      for (size_t i = 0; i < key.columns.size(); ++i) {
        Cell value = named != nullptr ? named->cells.at(key.target_columns[i]) : Cell();
        if (!value.has_value() && table.FindColumn(key.columns[i])->not_null) value = dice_.Below(8);
        cells[key.columns[i]] = value;
      }
      if (dice_.Chance(25)) {
        for (Attnum column : key.columns) {
          if (!table.FindColumn(column)->not_null) cells[column] = std::nullopt;
        }
      }
    }
    return cells;
  }

  std::string Insert(const Table& table, const std::map<Attnum, Cell>& cells) {
    std::string values;
    for (const catalog::Column& column : table.columns)
      values += (values.empty() ? "" : ", ") + Literal(table, column, cells.at(column.number));
    return "INSERT INTO " + NameOf(table) + "(" + Columns(table) + ") VALUES (" + values + ")";
  }

  // As a session does it: what the statement may change is watched. A statement that fails has no effect.
  bool Do(engine::Transaction& transaction, const Table& table, const std::string& text) {
    transaction.SetWatch(WatchFor(*graph_, table.oid));
    log_ += text + ";\n";
    // Some engines need to be told that a statement may fail.
    bool savepoint = engine_.engine()->capabilities().failure_ends_transaction;
    if (savepoint) {
      EXPECT_TRUE(transaction.Savepoint(savepoints_ + 1).ok());
    }
    bool ok = ownership::testing::Run(transaction, text, &context_).ok();
    if (!ok) log_ += "-- failed\n";
    if (savepoint && !ok) {
      EXPECT_TRUE(transaction.RollbackTo(savepoints_ + 1).ok());
    }
    if (savepoint) {
      EXPECT_TRUE(transaction.Release(savepoints_ + 1).ok());
    }
    return ok;
  }

  void RandomStatement(engine::Transaction& transaction) {
    State state = Read(transaction);
    const Table& table = RandomTable();
    int what = dice_.Below(10);
    if (what < 6 || state.size() < 8) {
      std::map<Attnum, Cell> cells = RandomCells(state, table);
      if (!Do(transaction, table, Insert(table, cells))) return;
      // Often somebody who owns it follows in the same transaction.
      for (const ownership::Edge* edge : graph_->EdgesInto(table.oid)) {
        if (edge->forward || !edge->owns || !dice_.Chance(60)) continue;
        const Table& holder = *catalog_->FindTable(edge->holder);
        State now = Read(transaction);
        std::map<Attnum, Cell> held = RandomCells(now, holder);
        for (size_t i = 0; i < edge->key->columns.size(); ++i)
          held[edge->key->columns[i]] = cells[edge->key->target_columns[i]];
        Do(transaction, holder, Insert(holder, held));
      }
      return;
    }
    const ModelRow* row = RandomRow(state, table.oid);
    if (row == nullptr) return;
    std::string where = " WHERE rowid = " + std::to_string(row->locator);
    if (dice_.Chance(10)) where = dice_.Chance(50) ? "" : " WHERE rowid % 2 = " + std::to_string(dice_.Below(2));
    if (what < 8) {
      std::map<Attnum, Cell> cells = RandomCells(state, table);
      std::string set;
      for (const catalog::Column& column : table.columns) {
        if (!dice_.Chance(40)) continue;
        set += (set.empty() ? "" : ", ") + NameOf(column) + " = " + Literal(table, column, cells.at(column.number));
      }
      if (!set.empty()) Do(transaction, table, "UPDATE " + NameOf(table) + " SET " + set + where);
    } else {
      Do(transaction, table, "DELETE FROM " + NameOf(table) + where);
    }
  }

  void TransactionIsJudgedRight(const Model& model, Tally* tally) {
    auto transaction = engine_.Write();
    log_ += "BEGIN;\n";
    if (dice_.Chance(10)) {
      ASSERT_TRUE(transaction->DeferForeignKeys().ok());
    }
    int statements = 1 + dice_.Below(4);
    for (int i = 0; i < statements; ++i) {
      bool savepoint = dice_.Chance(10);
      if (savepoint) {
        ASSERT_TRUE(transaction->Savepoint(1).ok());
      }
      savepoints_ = savepoint ? 1 : 0;
      RandomStatement(*transaction);
      if (savepoint && dice_.Chance(50)) {
        log_ += "ROLLBACK of the last;\n";
        ASSERT_TRUE(transaction->RollbackTo(1).ok());
      }
      if (savepoint) {
        ASSERT_TRUE(transaction->Release(1).ok());
      }
    }
    State state = Read(*transaction);
    if (model.Dangling(state) > 0) {
      // Deferred keys that do not hold: the engine's commit refuses, whatever the orphan check says.
      ASSERT_FALSE(transaction->Commit().ok());
      log_ += "-- dangling\n";
      return;
    }
    std::set<RowId> orphans = model.Orphans(state);
    Status status = CheckOrphans(*graph_, *transaction, &context_);
    ASSERT_EQ(status.ok(), orphans.empty())
        << (status.ok() ? "" : status.error().message + ": " + status.error().detail) << "\n"
        << Story();
    Status all = CheckAllRows(*graph_, *transaction, &context_, {});
    ASSERT_EQ(all.ok(), orphans.empty()) << (all.ok() ? "" : all.error().message + ": " + all.error().detail) << "\n"
                                         << Story();
    if (status.ok()) {
      auto committed = transaction->Commit();
      ASSERT_TRUE(committed.ok()) << committed.status().error().message << Story();
      ++tally->commits;
      log_ += "COMMIT;\n";
    } else {
      EXPECT_EQ(status.error().sqlstate, "23A01");
      ++tally->orphaned;
      log_ += "-- orphans\n";
    }
  }

  void RequestsAreRight(const Model& model, Tally* tally) {
    auto transaction = engine_.Write();
    State state = Read(*transaction);
    std::vector<RowId> subjects;
    for (const auto& [id, row] : state) {
      if (catalog_->FindTable(id.first)->data_subject) subjects.push_back(id);
    }
    if (subjects.empty()) return;
    RowId subject = dice_.Pick(subjects);
    const Table& table = *catalog_->FindTable(subject.first);
    SubjectKey key{subject.first, {}};
    for (Attnum column : table.PrimaryKey()->columns) {
      int64_t value = *state[subject].cells[column];
      key.key.push_back(table.FindColumn(column)->type.oid == oid::kNumeric ? Value::Text(std::to_string(value))
                                                                            : Value::Integer(value));
    }
    log_ += "-- requests of " + table.name + " row " + std::to_string(subject.second) + "\n";

    auto got = Get(*graph_, key, *transaction, &context_);
    ASSERT_TRUE(got.ok()) << got.status().error().message;
    std::multiset<std::string> expected, actual;
    for (const auto& [id, row] : model.Get(state, subject))
      expected.insert(Text(*catalog_->FindTable(id.first), row.cells));
    for (const TableRows& one : *got) {
      const Table& shown = *catalog_->FindTable(one.table);
      for (const Row& row : one.rows) {
        ASSERT_EQ(row.size(), shown.columns.size());
        std::map<Attnum, Cell> cells;
        for (size_t i = 0; i < row.size(); ++i) cells[shown.columns[i].number] = ToCell(row[i]);
        actual.insert(Text(shown, cells));
      }
    }
    ASSERT_EQ(actual, expected) << "GET\n" << Story();
    ++tally->gets;

    Model::Outcome outcome = model.Forget(state, subject);
    auto dry = Forget(*graph_, key, *transaction, &context_, true);
    ASSERT_TRUE(dry.ok()) << dry.status().error().message;
    ASSERT_EQ(Text(Read(*transaction)), Text(state)) << "a dry run writes nothing";
    auto counts = Forget(*graph_, key, *transaction, &context_, false);
    ASSERT_TRUE(counts.ok()) << counts.status().error().message << Story();
    ASSERT_EQ(Text(*dry), Text(*counts));
    std::map<Oid, std::tuple<int, int, int>> counted;
    for (const Erasure& one : *counts) counted[one.table] = {one.erased, one.anonymized, one.kept};
    State after = Read(*transaction);
    ASSERT_EQ(Text(after), Text(outcome.state)) << "FORGET; before:\n" << Text(state) << Story();
    ASSERT_EQ(counted, outcome.counts) << Story();
    ASSERT_EQ(model.Dangling(after), 0);
    ASSERT_TRUE(model.Orphans(after).empty()) << Text(after) << Story();
    Status orphans = CheckOrphans(*graph_, *transaction, &context_);
    ASSERT_TRUE(orphans.ok()) << orphans.error().detail;
    ++tally->forgets;
    if (dice_.Chance(50)) return;  // rolled back, so that there are rows left for others
    log_ += "-- forgotten\n";
    auto committed = transaction->Commit();
    ASSERT_TRUE(committed.ok()) << committed.status().error().message << Story();
  }

  static std::string Text(const Table& table, const std::map<Attnum, Cell>& cells) {
    std::string text = table.name + ":";
    for (const auto& [column, cell] : cells) text += " " + (cell.has_value() ? std::to_string(*cell) : "null");
    return text;
  }
  std::string Text(const State& state) {
    std::string text;
    for (const auto& [id, row] : state)
      text += std::to_string(id.second) + " " + Text(*catalog_->FindTable(id.first), row.cells) + "\n";
    return text;
  }
  static std::string Text(const std::vector<Erasure>& counts) {
    std::string text;
    for (const Erasure& one : counts) {
      text += std::to_string(one.table) + ":" + std::to_string(one.erased) + "/" + std::to_string(one.anonymized) +
              "/" + std::to_string(one.kept) + " ";
    }
    return text;
  }

  std::string Story() const {
    std::string text = "\n" + Script();
    for (const auto& [oid, table] : catalog_->tables()) {
      text += "\n-- t" + std::to_string(oid) + " is " + table->name + (table->data_subject ? ", a data subject" : "") +
              (graph_->IsOwned(oid) ? ", owned" : "") + (graph_->IsCarried(oid) ? ", carried" : "");
      for (const AnonymizationRule& rule : table->rules) {
        text += std::string("; ON ") + (rule.event == AnonymizationRule::Event::kGet ? "GET " : "DEL ") +
                std::to_string(rule.via_table) + ".c" + std::to_string(rule.via_column) +
                (rule.columns.empty() ? " DELETE_ROW" : " ANON " + Schema::PhysicalColumns(rule.columns));
      }
    }
    for (const ownership::Edge& edge : graph_->edges()) {
      text += "\n-- t" + std::to_string(edge.holder) + "(" + Schema::PhysicalColumns(edge.key->columns) + ") " +
              std::string(AnnotationName(edge)) + " t" + std::to_string(edge.key->target);
    }
    return text + "\n" + log_;
  }

  Dice dice_;
  ownership::testing::TestEngine& engine_;
  Schema schema_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::shared_ptr<const Graph> graph_;
  TestContext context_;
  std::string log_;
  int savepoints_ = 0;  // that are open around a statement
};

int64_t Setting(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoll(text) : otherwise;
}

// On the embedded engine, where each has tables of its own.
constexpr int kCasesPerEngine = 25;

class Property : public ownership::testing::EachEngine {};
ALLOD_ON_EACH_ENGINE(Property);

TEST_P(Property, OwnersOrphansGetAndForgetAreAsTheModelSays) {
  int64_t seed = Setting("ALLOD_PROPERTY_SEED", 20260101), only = Setting("ALLOD_PROPERTY_CASE", -1);
  auto limit = std::chrono::seconds(Setting("ALLOD_PROPERTY_SECONDS", 12));
  auto start = std::chrono::steady_clock::now();
  std::unique_ptr<ownership::testing::TestEngine> engine;
  Case::Tally tally;
  int64_t number = only >= 0 ? only : 0;
  for (; std::chrono::steady_clock::now() - start < limit && number < 100'000'000; ++number) {
    SCOPED_TRACE("ALLOD_PROPERTY_SEED=" + std::to_string(seed) + " ALLOD_PROPERTY_CASE=" + std::to_string(number));
    if (engine == nullptr || OnPostgres() || number % kCasesPerEngine == 0) {
      engine.reset();
      engine = std::make_unique<ownership::testing::TestEngine>();
      ASSERT_NE(engine->engine(), nullptr) << engine->error();
    }
    auto first = catalog::kFirstUserOid + static_cast<Oid>(number % kCasesPerEngine) * 1000;
    Case(static_cast<uint64_t>(seed + number * 7919), *engine, first).Run(&tally);
    if (HasFailure() || only >= 0) break;
  }
  std::printf(
      "seed %lld, %lld cases: %d schemas run (%d ambiguous, %d refused), %d commits, %d refused for orphans, %d GET, "
      "%d FORGET\n",
      static_cast<long long>(seed), static_cast<long long>(number), tally.schemas, tally.ambiguous, tally.refused,
      tally.commits, tally.orphaned, tally.gets, tally.forgets);
  if (only < 0 && !HasFailure()) {
    EXPECT_GT(tally.commits, 0);
    EXPECT_GT(tally.orphaned, 0);
    EXPECT_GT(tally.forgets, 0);
  }
}

}  // namespace
}  // namespace allod::rights
