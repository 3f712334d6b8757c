// A database for tests of definitions: the embedded engine in a directory of its own, statements in SQL, no session.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "catalog/json.h"
#include "catalog/store.h"
#include "engine/sqlite/engine.h"
#include "planner/binder.h"
#include "planner/ddl.h"
#include "planner/make_plan.h"

namespace allod::planner {

class TestDatabase {
 public:
  TestDatabase() {
    char path[] = "/tmp/allod-ddl-XXXXXX";
    directory_ = mkdtemp(path);
    Open();
  }
  ~TestDatabase() {
    sequences_.reset();
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  // Closes and opens again: what is in the catalogue now is what was stored.
  void Reopen() {
    sequences_.reset();
    engine_.reset();
    Open();
  }

  const catalog::Catalog& catalog() const { return *catalog_; }
  const catalog::Table& table(std::string_view name) const {
    static const catalog::Table kNone;
    const catalog::Table* found = catalog_->FindTable("", name);
    EXPECT_NE(found, nullptr) << name;
    return found == nullptr ? kNone : *found;
  }
  const std::vector<Error>& notices() const { return notices_; }
  const std::string& tag() const { return tag_; }
  const Definition& last() const { return last_; }

  // Runs statements, each in a transaction of its own, up to the first error.
  Status Try(std::string_view text, std::vector<std::string>* rows = nullptr) {
    notices_.clear();
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<sql::Parsed> parsed, sql::Parse(text));
    for (const sql::Statement& statement : parsed->statements) {
      ALLOD_RETURN_IF_ERROR(IsDefinition(statement) ? Define(parsed, statement) : Manipulate(parsed, statement, rows));
    }
    return Ok();
  }
  void Run(std::string_view text) {
    const Status status = Try(text);
    EXPECT_TRUE(status.ok()) << text << "\n" << Describe(status);
  }
  // "1,a;2,null"
  std::string Query(std::string_view text) {
    std::vector<std::string> rows;
    const Status status = Try(text, &rows);
    EXPECT_TRUE(status.ok()) << text << "\n" << Describe(status);
    std::string joined;
    for (const std::string& row : rows) joined += (joined.empty() ? "" : ";") + row;
    return joined;
  }
  // "42P01: relation "x" does not exist"; "" if there is none.
  std::string ErrorOf(std::string_view text) {
    const Status status = Try(text);
    return status.ok() ? "" : status.error().sqlstate + ": " + status.error().message;
  }
  static std::string Describe(const Status& status) {
    if (status.ok()) return "ok";
    const Error& e = status.error();
    return e.sqlstate + ": " + e.message + (e.detail.empty() ? "" : "\n" + e.detail) + (e.hint.empty() ? "" : "\n" + e.hint);
  }

  // What SQLite itself thinks of its file: "ok", and no key without its target.
  std::string Integrity() {
    Result<std::unique_ptr<engine::Transaction>> transaction = BeginWrite();
    if (!transaction.ok()) return Describe(transaction.status());
    const Status script = (*transaction)->Script(
        "CREATE TABLE allod_check(x);"
        "INSERT INTO allod_check SELECT integrity_check FROM pragma_integrity_check;"
        "INSERT INTO allod_check SELECT 'foreign key of ' || \"table\" FROM pragma_foreign_key_check");
    if (!script.ok()) return Describe(script);
    std::string all;
    auto cursor = (*transaction)->Run("SELECT x FROM allod_check", {}, nullptr);
    if (!cursor.ok()) return Describe(cursor.status());
    for (;;) {
      auto more = (*cursor)->Next();
      if (!more.ok()) return Describe(more.status());
      if (!*more) break;
      all += (all.empty() ? "" : "; ") + std::string((*cursor)->column(0).bytes);
    }
    return all;
  }

  // Everything in the catalogue, as stored.
  std::string Dump() const {
    std::string dump;
    for (const auto& [oid, table] : catalog_->tables()) dump += catalog::ToJson(*table) + "\n";
    for (const auto& [oid, sequence] : catalog_->sequences()) dump += catalog::ToJson(*sequence) + "\n";
    for (const auto& [oid, schema] : catalog_->schemas()) dump += catalog::ToJson(*schema) + "\n";
    return dump;
  }

  BindContext bind_context() const {
    BindContext context;
    context.catalog = catalog_;
    context.user = "allod";
    context.database = "test";
    context.search_path = search_path;
    return context;
  }
  std::vector<std::string> search_path{"public"};

 private:
  class Context : public ExecContext {
   public:
    explicit Context(TestDatabase* database) : database_(*database) { user = session_user = "allod"; }
    Result<int64_t> NextValue(Oid oid) override {
      drawn.insert(oid);
      const catalog::Sequence* sequence = now->FindSequence(oid);
      if (sequence == nullptr) return Fail(sqlstate::kUndefinedTable, "no such sequence");
      return database_.sequences_->Next(*sequence);
    }
    Result<int64_t> CurrentValue(Oid) override { return Fail("55000", "not in tests"); }
    Result<int64_t> LastValue() override { return Fail("55000", "not in tests"); }
    Result<int64_t> SetValue(Oid oid, int64_t value, bool is_called) override {
      database_.sequences_->Set(*now->FindSequence(oid), value, is_called);
      return value;
    }
    Result<Value> Call(std::string_view name, std::span<const Datum> arguments) override {
      if (name == "regclass_in" && arguments.size() == 1) {
        const catalog::Sequence* sequence = now->FindSequence("", arguments[0].bytes);
        if (sequence != nullptr) return Value::Integer(sequence->oid);
      }
      return Fail(sqlstate::kFeatureNotSupported, "not in tests: " + std::string(name));
    }
    std::shared_ptr<const catalog::Catalog> now;
    std::set<Oid> drawn;

   private:
    TestDatabase& database_;
  };

  void Open() {
    engine::sqlite::Options options;
    options.path = directory_ + "/test.db";
    Result<std::unique_ptr<engine::Engine>> engine = engine::sqlite::Open(options);
    ASSERT_TRUE(engine.ok()) << Describe(engine.status());
    engine_ = *std::move(engine);
    auto loaded = catalog::Load(*engine_);
    ASSERT_TRUE(loaded.ok()) << Describe(loaded.status());
    catalog_ = *loaded;
    auto sequences = catalog::OpenSequences(*engine_);
    ASSERT_TRUE(sequences.ok()) << Describe(sequences.status());
    sequences_ = *std::move(sequences);
  }

  Result<std::unique_ptr<engine::Transaction>> BeginWrite() {
    ALLOD_ASSIGN_OR_RETURN(engine::Turn turn, engine::AwaitTurn(*engine_));
    return engine_->Begin(engine::Mode::kWrite, std::move(turn));
  }

  Status Define(const std::shared_ptr<sql::Parsed>& parsed, const sql::Statement& statement) {
    ALLOD_ASSIGN_OR_RETURN(last_, PlanDefinition(parsed, statement, bind_context(), engine::DialectId::kSqlite));
    notices_.insert(notices_.end(), last_.notices.begin(), last_.notices.end());
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Transaction> transaction, BeginWrite());
    for (const Definition::Restart& restart : last_.restarts) {
      sequences_->Set(*last_.catalog->FindSequence(restart.sequence), restart.value, false);
    }
    Context context(this);
    context.now = last_.catalog;
    ALLOD_ASSIGN_OR_RETURN(tag_, ApplyDefinition(last_, *transaction, &context));
    ALLOD_RETURN_IF_ERROR(catalog::Save(*catalog_, *last_.catalog, *transaction));
    std::vector<Oid> drawn(context.drawn.begin(), context.drawn.end());
    for (const Definition::Restart& restart : last_.restarts) drawn.push_back(restart.sequence);
    ALLOD_RETURN_IF_ERROR(sequences_->Persist(drawn, *transaction));
    ALLOD_RETURN_IF_ERROR(transaction->Commit().status());
    catalog_ = last_.catalog;
    return Ok();
  }

  Status Manipulate(const std::shared_ptr<sql::Parsed>& parsed, const sql::Statement& statement,
                    std::vector<std::string>* rows) {
    const BindContext bind = bind_context();
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<BoundStatement> bound, Bind(parsed, statement, bind));
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<const Plan> plan, MakePlan(bound, bind, engine::DialectId::kSqlite));
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Transaction> transaction, BeginWrite());
    Context context(this);
    context.now = catalog_;
    {
      ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<engine::Cursor> cursor, transaction->Run(plan->text, {}, &context));
      for (;;) {
        ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
        if (!more) break;
        std::string row;
        for (size_t i = 0; i < bound->columns.size(); ++i) {
          const Datum value = cursor->column(static_cast<int>(i));
          row += i == 0 ? "" : ",";
          row += value.is_null() ? "null" : ToText(bound->columns[i].type, value, FormatContext{});
        }
        if (rows != nullptr) rows->push_back(std::move(row));
      }
    }
    ALLOD_RETURN_IF_ERROR(
        sequences_->Persist(std::vector<Oid>(context.drawn.begin(), context.drawn.end()), *transaction));
    return transaction->Commit().status();
  }

  std::string directory_;
  std::unique_ptr<engine::Engine> engine_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::unique_ptr<catalog::Sequences> sequences_;
  std::vector<Error> notices_;
  Definition last_;
  std::string tag_;
};

}  // namespace allod::planner
