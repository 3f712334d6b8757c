// For tests of this module and of rights: a catalogue and its physical tables from a compact description, and an
// embedded engine that holds them. Not part of the program.
#pragma once

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
#include "engine/sqlite/engine.h"
#include "ownership/graph.h"

namespace allod::ownership::testing {

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
  Result<std::shared_ptr<const Graph>> Build() const { return Graph::Build(catalog_); }
  // REQUIRES: not ambiguous.
  std::shared_ptr<const Graph> graph() const { return *Build(); }

  // The physical tables (docs/architecture.md), as the planner writes them.
  std::string Script() const {
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

// An engine on a directory of its own, which goes with it.
class TestEngine {
 public:
  TestEngine() {
    std::string pattern = (std::filesystem::temp_directory_path() / "allod-ownership-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    engine::sqlite::Options options;
    options.path = directory_ + "/test.db";
    options.max_connections = 4;
    Result<std::unique_ptr<engine::Engine>> opened = engine::sqlite::Open(options);
    if (opened.ok()) {
      engine_ = *std::move(opened);
    } else {
      error_ = opened.status().error().message;
    }
  }
  ~TestEngine() {
    engine_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  engine::Engine* engine() { return engine_.get(); }
  const std::string& error() const { return error_; }

  std::unique_ptr<engine::Transaction> Write() {
    return *engine_->Begin(engine::Mode::kWrite, *engine::AwaitTurn(*engine_));
  }

 private:
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
    Begin();
    status_ = transaction_->Script(schema.Script());
    if (status_.ok()) status_ = Commit();
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
  // All rows of a query, as text: "1,2|2,null".
  std::string Query(const std::string& text) {
    bool alone = transaction_ == nullptr;
    Begin();
    std::string answer;
    {
      auto cursor = transaction_->Run(Physical(text), {}, &context_);
      if (!cursor.ok()) return cursor.status().error().message;
      for (Result<bool> more = (*cursor)->Next(); more.ok() && *more; more = (*cursor)->Next()) {
        if (!answer.empty()) answer += "|";
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
    return answer;
  }

  // Tables' names anywhere; columns' names by the first table in the text that has them.
  std::string Physical(const std::string& text) const {
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
