// For tests of this module and of rights: a catalogue and its tables from a compact description, and an engine that
// holds them: the embedded one, or PostgreSQL. Not part of the program.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/postgres/engine.h"
#include "engine/postgres/testing/postgres_server.h"
#include "engine/sqlite/engine.h"
#include "ownership/graph.h"

namespace allod::ownership::testing {

using engine::DialectId;

// The engine that the test at hand runs on: TEST_P of a suite derived from EachEngine runs on every one.
inline DialectId& CurrentEngine() {
  static DialectId current = DialectId::kSqlite;
  return current;
}
inline bool OnPostgres() { return CurrentEngine() == DialectId::kPostgres; }

class EachEngine : public ::testing::TestWithParam<DialectId> {
 protected:
  EachEngine() { CurrentEngine() = GetParam(); }
  ~EachEngine() override { CurrentEngine() = DialectId::kSqlite; }
};
#define ALLOD_ON_EACH_ENGINE(suite)                                                                                  \
  INSTANTIATE_TEST_SUITE_P(                                                                                          \
      Engines, suite, ::testing::Values(::allod::engine::DialectId::kSqlite, ::allod::engine::DialectId::kPostgres), \
      [](const ::testing::TestParamInfo<::allod::engine::DialectId>& info) {                                         \
        return info.param == ::allod::engine::DialectId::kSqlite ? "Sqlite" : "Postgres";                            \
      })

// One for all tests of the process that want it.
inline engine::postgres::testing::PostgresServer& Cluster() {
  static engine::postgres::testing::PostgresServer server(
      "fsync = off\nsynchronous_commit = off\ndeadlock_timeout = 50ms\nlock_timeout = 30s");
  return server;
}

class TestContext : public ExecContext {
 public:
  Result<int64_t> NextValue(Oid) override { return None(); }
  Result<int64_t> CurrentValue(Oid) override { return None(); }
  Result<int64_t> LastValue() override { return None(); }
  Result<int64_t> SetValue(Oid, int64_t, bool) override { return None(); }
  Result<Value> Call(std::string_view, std::span<const Datum>) override { return None(); }

 private:
  static Status None() { return Fail(sqlstate::kInternalError, "tests have no sequences"); }
};

// Schema s;
// s.Table("users", "id* name:text", true).Table("members", "id* user_id group_id!")
//  .Key("members", "user_id", "OWNED_BY", "users");
// Columns are int8 unless ":text" or ":numeric" says otherwise; '*' part of the primary key, '!' NOT NULL.
class Schema {
 public:
  // `first`: where OIDs begin, so that several schemas fit into one engine.
  explicit Schema(Oid first = catalog::kFirstUserOid) : catalog_(catalog::Catalog::Initial()->Edit()) {
    catalog_->set_next_oid(first);
  }

  Schema& Table(const std::string& name, const std::string& columns, bool data_subject = false) {
    catalog::Table table;
    table.oid = catalog_->NewOid();
    table.name = name;
    table.data_subject = data_subject;
    catalog::Constraint primary;
    primary.kind = catalog::Constraint::Kind::kPrimaryKey;
    std::istringstream words(columns);
    for (std::string word; words >> word;) {
      catalog::Column column;
      column.number = table.next_attnum++;
      column.type = Type{oid::kInt8};
      bool part = false;
      if (size_t colon = word.find(':'); colon != std::string::npos) {
        std::string type = word.substr(colon + 1);
        word.resize(colon);
        while (!type.empty() && (type.back() == '*' || type.back() == '!')) {
          word += type.back();
          type.pop_back();
        }
        column.type = Type{type == "numeric" ? oid::kNumeric : oid::kText};
      }
      while (word.back() == '*' || word.back() == '!') {
        part = part || word.back() == '*';
        column.not_null = true;
        word.pop_back();
      }
      column.name = word;
      if (part) primary.columns.push_back(column.number);
      table.columns.push_back(column);
    }
    if (!primary.columns.empty()) {
      primary.oid = catalog_->NewOid();
      primary.name = name + "_pkey";
      if (primary.columns.size() == 1 && table.FindColumn(primary.columns[0])->type.oid == oid::kInt8) {
        table.rowid_column = primary.columns[0];
      }
      table.constraints.push_back(primary);
    }
    catalog_->Put(std::move(table));
    return *this;
  }

  // `kind`: an annotation, "REFERENCES" or "REFERENCES ONLY". Several columns are separated by blanks. The target's
  // columns are its primary key's unless given.
  Schema& Key(const std::string& name, const std::string& columns, const std::string& kind, const std::string& target,
              catalog::KeyAction on_delete = catalog::KeyAction::kNoAction, const std::string& target_columns = "") {
    catalog::Table table = *catalog_->FindTable("", name);
    const catalog::Table& other = *catalog_->FindTable("", target);
    catalog::Constraint key;
    key.kind = catalog::Constraint::Kind::kForeignKey;
    key.oid = catalog_->NewOid();
    key.name = name + "_" + columns + "_fkey";
    std::replace(key.name.begin(), key.name.end(), ' ', '_');
    key.columns = Numbers(table, columns);
    key.target = other.oid;
    key.target_columns = target_columns.empty() ? other.PrimaryKey()->columns : Numbers(other, target_columns);
    key.on_delete = on_delete;
    using catalog::Annotation;
    key.annotation = kind == "OWNED_BY"          ? Annotation::kOwnedBy
                     : kind == "ACCESSED_BY"     ? Annotation::kAccessedBy
                     : kind == "OWNS"            ? Annotation::kOwns
                     : kind == "ACCESSES"        ? Annotation::kAccesses
                     : kind == "REFERENCES ONLY" ? Annotation::kReferencesOnly
                                                 : Annotation::kNone;
    table.constraints.push_back(key);
    catalog_->Put(std::move(table));
    return *this;
  }

  // ON GET/DEL via ANON (columns), or DELETE_ROW when there are none. `via`: "column" or "table(column)".
  Schema& Rule(const std::string& name, bool on_delete, const std::string& via, const std::string& columns) {
    catalog::Table table = *catalog_->FindTable("", name);
    catalog::AnonymizationRule rule;
    rule.event = on_delete ? catalog::AnonymizationRule::Event::kDelete : catalog::AnonymizationRule::Event::kGet;
    const catalog::Table* holder = &table;
    std::string column = via;
    if (size_t bracket = via.find('('); bracket != std::string::npos) {
      holder = catalog_->FindTable("", via.substr(0, bracket));
      column = via.substr(bracket + 1, via.size() - bracket - 2);
      rule.via_table = holder->oid == table.oid ? 0 : holder->oid;
    }
    rule.via_column = Numbers(*holder, column)[0];
    rule.action = columns.empty() ? catalog::AnonymizationRule::Action::kDeleteRow
                                  : catalog::AnonymizationRule::Action::kAnonymize;
    rule.columns = Numbers(table, columns);
    table.rules.push_back(rule);
    catalog_->Put(std::move(table));
    return *this;
  }

  // To change a table that is there.
  template <typename Change>
  Schema& Alter(const std::string& name, Change change) {
    catalog::Table table = *catalog_->FindTable("", name);
    change(table);
    catalog_->Put(std::move(table));
    return *this;
  }

  std::shared_ptr<const catalog::Catalog> catalog() const { return catalog_; }
  Oid oid(const std::string& name) const { return catalog_->FindTable("", name)->oid; }
  Result<std::shared_ptr<const Graph>> Build() const { return Graph::Build(catalog_, CurrentEngine()); }
  // REQUIRES: not ambiguous.
  std::shared_ptr<const Graph> graph() const { return *Build(); }

  // The tables as the current engine has them.
  std::string Script() const { return OnPostgres() ? PostgresScript(false) : SqliteScript(); }

  // `numbered`: each table gets a column "rowid" more, which the catalogue does not know; some keys are deferrable.
  std::string PostgresScript(bool numbered) const {
    std::string tables, keys;
    for (const auto& [oid, table] : catalog_->tables()) {
      std::string name = Quoted(table->name), body;
      for (const catalog::Column& column : table->columns) {
        body += (body.empty() ? "" : ", ") + Quoted(column.name) + " " + std::string(FindType(column.type.oid)->name) +
                (column.not_null ? " NOT NULL" : "");
      }
      if (numbered) body += ", rowid bigint GENERATED ALWAYS AS IDENTITY";
      for (const catalog::Constraint& constraint : table->constraints) {
        std::string columns = "(" + Names(*table, constraint.columns) + ")";
        if (constraint.kind == catalog::Constraint::Kind::kPrimaryKey) body += ", PRIMARY KEY " + columns;
        if (constraint.kind == catalog::Constraint::Kind::kUnique) body += ", UNIQUE " + columns;
        if (constraint.kind != catalog::Constraint::Kind::kForeignKey) continue;
        const catalog::Table& target = *catalog_->FindTable(constraint.target);
        keys += "CREATE INDEX ON " + name + columns + ";ALTER TABLE " + name + " ADD CONSTRAINT k" +
                std::to_string(constraint.oid) + " FOREIGN KEY " + columns + " REFERENCES " + Quoted(target.name) +
                "(" + Names(target, constraint.target_columns) + ")";
        if (constraint.on_delete == catalog::KeyAction::kCascade) keys += " ON DELETE CASCADE";
        if (constraint.on_delete == catalog::KeyAction::kSetNull) keys += " ON DELETE SET NULL";
        if (constraint.on_delete == catalog::KeyAction::kRestrict) keys += " ON DELETE RESTRICT";
        if (constraint.on_update == catalog::KeyAction::kCascade) keys += " ON UPDATE CASCADE";
        if (numbered && constraint.oid % 2 == 0) keys += " DEFERRABLE";
        keys += ";";
      }
      tables += "CREATE TABLE " + name + "(" + body + ");";
    }
    return tables + keys;
  }

  // The physical tables (docs/architecture.md), as the planner writes them.
  std::string SqliteScript() const {
    std::string script;
    for (const auto& [oid, table] : catalog_->tables()) {
      std::string name = catalog::PhysicalTable(oid);
      std::string body, indexes;
      for (const catalog::Column& column : table->columns) {
        body += (body.empty() ? "" : ", ") + catalog::PhysicalColumn(column.number);
        body += column.type.oid == oid::kInt8      ? " INTEGER"
                : column.type.oid == oid::kNumeric ? " TEXT COLLATE allod_numeric"
                                                   : " TEXT";
        if (column.number == table->rowid_column) {
          body += " PRIMARY KEY";
        } else if (column.not_null) {
          body += " NOT NULL";
        }
      }
      for (const catalog::Constraint& constraint : table->constraints) {
        std::string columns = PhysicalColumns(constraint.columns);
        std::string index = "i" + std::to_string(constraint.oid);
        if (constraint.kind == catalog::Constraint::Kind::kPrimaryKey && table->rowid_column == 0) {
          indexes += "CREATE UNIQUE INDEX " + index + " ON " + name + "(" + columns + ");";
        } else if (constraint.kind == catalog::Constraint::Kind::kUnique) {
          indexes += "CREATE UNIQUE INDEX " + index + " ON " + name + "(" + columns + ");";
        } else if (constraint.kind == catalog::Constraint::Kind::kForeignKey) {
          indexes += "CREATE INDEX " + index + " ON " + name + "(" + columns + ");";
          body += ", CONSTRAINT k" + std::to_string(constraint.oid) + " FOREIGN KEY (" + columns + ") REFERENCES " +
                  catalog::PhysicalTable(constraint.target) + "(" + PhysicalColumns(constraint.target_columns) + ")";
          if (constraint.on_delete == catalog::KeyAction::kCascade) body += " ON DELETE CASCADE";
          if (constraint.on_delete == catalog::KeyAction::kSetNull) body += " ON DELETE SET NULL";
          if (constraint.on_delete == catalog::KeyAction::kRestrict) body += " ON DELETE RESTRICT";
          if (constraint.on_update == catalog::KeyAction::kCascade) body += " ON UPDATE CASCADE";
        }
      }
      script += "CREATE TABLE " + name + "(" + body + ") STRICT;" + indexes;
    }
    return script;
  }

  static std::string Quoted(const std::string& name) { return "\"" + name + "\""; }
  static std::string Names(const catalog::Table& table, const std::vector<catalog::Attnum>& columns) {
    std::string text;
    for (catalog::Attnum column : columns) text += (text.empty() ? "" : ", ") + Quoted(table.FindColumn(column)->name);
    return text;
  }
  static std::string PhysicalColumns(const std::vector<catalog::Attnum>& columns) {
    std::string text;
    for (catalog::Attnum column : columns) text += (text.empty() ? "" : ", ") + catalog::PhysicalColumn(column);
    return text;
  }

 private:
  static std::vector<catalog::Attnum> Numbers(const catalog::Table& table, const std::string& names) {
    std::vector<catalog::Attnum> numbers;
    std::istringstream words(names);
    for (std::string word; words >> word;) numbers.push_back(table.FindColumn(word)->number);
    return numbers;
  }

  std::shared_ptr<catalog::Catalog> catalog_;
};

// The current engine, empty: on a directory of its own, which goes with it, or on the cluster.
class TestEngine {
 public:
  TestEngine() {
    if (OnPostgres()) {
      Cluster().Execute(
          "SET client_min_messages = warning; DROP SCHEMA IF EXISTS public, allod CASCADE; CREATE SCHEMA public");
      engine::postgres::Options options;
      options.conninfo = Cluster().conninfo();
      options.max_connections = 8;
      Take(engine::postgres::Open(options));
      return;
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "allod-ownership-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    engine::sqlite::Options options;
    options.path = directory_ + "/test.db";
    options.max_connections = 4;
    Take(engine::sqlite::Open(options));
  }
  ~TestEngine() {
    engine_.reset();
    if (directory_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  engine::Engine* engine() { return engine_.get(); }
  const std::string& error() const { return error_; }

  std::unique_ptr<engine::Transaction> Write(engine::Isolation isolation = engine::Isolation::kReadCommitted) {
    return *engine_->Begin(engine::Mode::kWrite, *engine::AwaitTurn(*engine_), isolation);
  }
  // Makes the tables, and has their changes captured.
  Status Make(const std::string& script, const Graph& graph) {
    auto transaction = Write();
    ALLOD_RETURN_IF_ERROR(transaction->Script(script));
    if (graph.full_watch() != nullptr) ALLOD_RETURN_IF_ERROR(transaction->PrepareWatches(graph.full_watch()->tables));
    return transaction->Commit().status();
  }

 private:
  void Take(Result<std::unique_ptr<engine::Engine>> opened) {
    if (opened.ok()) {
      engine_ = *std::move(opened);
    } else {
      error_ = opened.status().error().message;
    }
  }

  std::string directory_, error_;
  std::unique_ptr<engine::Engine> engine_;
};

inline Status Run(engine::Transaction& transaction, const std::string& text, ExecContext* context,
                  std::vector<engine::Parameter> parameters = {}) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(text, parameters, context));
  ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
  static_cast<void>(more);
  return Ok();
}

// A schema in an engine, with one transaction at a time, as a session has it: statements in the users' names, watched.
class TestDatabase {
 public:
  explicit TestDatabase(const Schema& schema) : catalog_(schema.catalog()), graph_(schema.graph()) {
    status_ = engine_.Make(schema.Script(), *graph_);
  }

  const Status& status() const { return status_; }
  const Graph& graph() const { return *graph_; }
  void SetGraph(std::shared_ptr<const Graph> graph) { graph_ = std::move(graph); }
  TestContext* context() { return &context_; }
  TestEngine& engine() { return engine_; }
  engine::Transaction& transaction() {
    Begin();
    return *transaction_;
  }
  void Begin() {
    if (transaction_ == nullptr) transaction_ = engine_.Write();
  }
  void Rollback() { transaction_.reset(); }

  // "INSERT INTO members(id, user_id) VALUES (1, 1)": names in the text are replaced by physical ones. `table` is the
  // one that is changed; in a transaction of its own unless one has begun.
  Status Do(const std::string& table, const std::string& text) {
    bool alone = transaction_ == nullptr;
    Begin();
    transaction_->SetWatch(WatchFor(*graph_, catalog_->FindTable("", table)->oid));
    Status status = Run(*transaction_, Physical(text), &context_);
    if (!alone) return status;
    if (status.ok()) return Commit();
    Rollback();
    return status;
  }
  Status Commit() {
    Begin();
    Status status = CheckOrphans(*graph_, *transaction_, &context_);
    if (status.ok()) {
      Result<engine::CommitNumber> number = transaction_->Commit();
      if (!number.ok()) status = number.status();
    }
    transaction_.reset();
    return status;
  }
  // All rows of a query, as text: "1,2|2,null"; where the engine has no order of its own, sorted.
  std::string Query(const std::string& text) {
    bool alone = transaction_ == nullptr;
    Begin();
    std::vector<std::string> rows;
    {
      auto cursor = transaction_->Run(Physical(text), {}, &context_);
      if (!cursor.ok()) return cursor.status().error().message;
      for (Result<bool> more = (*cursor)->Next(); more.ok() && *more; more = (*cursor)->Next()) {
        std::string& answer = rows.emplace_back();
        for (int i = 0; i < (*cursor)->columns(); ++i) {
          Datum value = (*cursor)->column(i);
          if (i > 0) answer += ",";
          answer += value.is_null()                ? "null"
                    : value.kind == Kind::kInteger ? std::to_string(value.integer)
                                                   : std::string(value.bytes);
        }
      }
    }
    if (alone) Rollback();
    if (OnPostgres()) std::sort(rows.begin(), rows.end());
    std::string answer;
    for (const std::string& row : rows) answer += (&row == rows.data() ? "" : "|") + row;
    return answer;
  }

  // Tables' names anywhere; columns' names by the first table in the text that has them.
  std::string Physical(const std::string& text) const {
    if (OnPostgres()) return text;
    std::vector<const catalog::Table*> tables;
    auto words = [&](auto&& word) {
      std::string out;
      for (size_t i = 0; i < text.size();) {
        if (text[i] == '\'') {
          size_t end = text.find('\'', i + 1) + 1;
          out += text.substr(i, end - i);
          i = end;
        } else if (isalpha(text[i]) || text[i] == '_') {
          size_t end = i;
          while (end < text.size() && (isalnum(text[end]) || text[end] == '_')) ++end;
          out += word(text.substr(i, end - i));
          i = end;
        } else {
          out += text[i++];
        }
      }
      return out;
    };
    words([&](const std::string& word) {
      if (const catalog::Table* table = catalog_->FindTable("", word)) tables.push_back(table);
      return word;
    });
    return words([&](const std::string& word) {
      if (const catalog::Table* table = catalog_->FindTable("", word)) return catalog::PhysicalTable(table->oid);
      for (const catalog::Table* table : tables) {
        if (const catalog::Column* column = table->FindColumn(word)) return catalog::PhysicalColumn(column->number);
      }
      return word;
    });
  }

 private:
  TestEngine engine_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::shared_ptr<const Graph> graph_;
  TestContext context_;
  std::unique_ptr<engine::Transaction> transaction_;
  Status status_;
};

}  // namespace allod::ownership::testing
