// Each kind of stored thing, damaged behind Allod's back, is found and named; an undamaged database has nothing to say.
#include "session/verify.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/thread.h"
#include "engine/sqlite/engine.h"
#include "engine/test_support.h"
#include "session/session.h"

namespace allod::session {
namespace {

constexpr char kSchema[] = R"(
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, born DATE, score NUMERIC(6,2), flag BOOL, uid UUID, more JSONB);
CREATE TABLE groups (id INT PRIMARY KEY, title TEXT);
CREATE TABLE members (user_id INT NOT NULL OWNED_BY users(id), group_id INT NOT NULL OWNS groups(id), PRIMARY KEY (user_id, group_id));
CREATE TABLE notes (id INT PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id), body TEXT, size INT CHECK (size >= 0));
CREATE INDEX notes_body ON notes (body);
CREATE TABLE loose (a INT, b TEXT);
INSERT INTO users VALUES (1, 'Alice', '2000-02-29', 1.50, true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}'), (2, 'Bob', NULL, NULL, NULL, NULL, NULL);
BEGIN; INSERT INTO groups VALUES (7, 'seven'); INSERT INTO members VALUES (1, 7), (2, 7); COMMIT;
INSERT INTO notes SELECT g, g % 2 + 1, 'note ' || g, g FROM generate_series(1, 50) AS g;
UPDATE notes SET body = 'changed' WHERE id = 5;
DELETE FROM notes WHERE id = 6;
INSERT INTO loose VALUES (1, 'x');
)";

class Silent : public Sink {
 public:
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum> values) override {
    for (const Datum& value : values) text += (value.is_null() ? std::string("-") : std::string(value.bytes)) + "|";
    text += "\n";
    return true;
  }
  void Done(std::string_view) override {}
  void Notice(const Error&) override {}
  void ParameterChanged(std::string_view, std::string_view) override {}
  std::string text;
};

class VerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    OpenDatabase();
    EXPECT_EQ(Run(kSchema), "");
  }
  void OpenDatabase() {
    Database::Options options;
    options.directory = directory_.path();
    options.encrypt = false;  // so that what is in the file can be found, and damaged
    auto opened = Database::Open(options);
    ASSERT_OK(opened.status());
    database_ = *std::move(opened);
  }
  // What the statements answer; the first error's text.
  std::string Run(const std::string& text) {
    std::string answer;
    OnLargeStack([&] { answer = RunHere(text); });
    return answer;
  }
  static void OnLargeStack(const std::function<void()>& body) {
    auto thread = Thread::Start("test", 64u << 20, body);
    ASSERT_OK(thread.status());
    thread->Join();
  }
  std::string RunHere(const std::string& text) {
    std::unique_ptr<Session> session = Session::Open(database_, "allod", "test");
    auto script = session->ParseScript(text);
    if (!script.ok()) return script.status().error().message;
    Silent sink;
    for (const PreparedPtr& statement : *script) {
      session->BeginImplicit();
      auto portal = session->Bind(statement, {});
      if (!portal.ok()) return portal.status().error().message;
      auto progress = session->Execute(**portal, sink, 0);
      if (progress.ok() && *progress == Progress::kNeedsTurn) {
        session->GiveTurn(*engine::AwaitTurn(database_->engine()));
        progress = session->Execute(**portal, sink, 0);
      }
      portal->reset();
      if (!progress.ok()) return progress.status().error().message;
      auto ended = session->EndImplicit(false);
      if (!ended.ok()) return ended.status().error().message;
    }
    return sink.text;
  }
  // As somebody who has the file, and knows what is in it, would.
  void Damage(const std::string& script) {
    auto transaction = engine::AwaitBegin(database_->engine(), engine::Mode::kWrite);
    ASSERT_OK(transaction.status());
    ASSERT_OK((*transaction)->Script("PRAGMA ignore_check_constraints = ON;" + script + ";PRAGMA ignore_check_constraints = OFF"));
    auto number = (*transaction)->Commit();
    ASSERT_OK(number.status());
    engine::AwaitDurable(database_->engine(), *number);
  }
  // The same by another program, which looks at no foreign keys.
  void DamageFile(const std::string& script) {
    database_.reset();
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open((directory_.path() + "/databases/allod.db").c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(file);
    sqlite3_close(file);
    OpenDatabase();
  }
  std::string Physical(const std::string& table) { return catalog::PhysicalTable(database_->definitions()->catalog->FindTable("", table)->oid); }
  std::string Oid(const std::string& table) { return std::to_string(database_->definitions()->catalog->FindTable("", table)->oid); }
  static void Place(Database& database) {
    auto transaction = engine::AwaitBegin(database.engine(), engine::Mode::kWrite);
    ASSERT_OK(transaction.status());
    ASSERT_OK(database.history()->places().Follow(**transaction, -2, -2));
    ASSERT_OK(database.history()->places().Place(**transaction));
    ASSERT_OK((*transaction)->Commit().status());
  }

  engine::ScratchDirectory directory_;
  std::shared_ptr<Database> database_;
};

TEST_F(VerifyTest, NothingIsWrongWithWhatAllodWrites) {
  EXPECT_EQ(Run("VERIFY"), "");
  EXPECT_EQ(Run("VERIFY TABLE notes"), "");
  Run("ALTER TABLE notes ADD COLUMN extra TEXT DEFAULT 'e'; ALTER TABLE notes DROP COLUMN size; ALTER TABLE notes ALTER COLUMN id TYPE BIGINT");
  Run("UPDATE users SET id = 10 WHERE id = 2; GDPR FORGET users 1; INSERT INTO users (id, name) VALUES (1, 'Anna'); TRUNCATE loose");
  EXPECT_EQ(Run("VERIFY"), "");
  Place(*database_);
  EXPECT_EQ(Run("VERIFY"), "");
  EXPECT_EQ(Run("BEGIN; UPDATE users SET name = 'x'; VERIFY; ROLLBACK"), "");
  database_.reset();
  OpenDatabase();
  EXPECT_EQ(Run("VERIFY"), "");
}

TEST_F(VerifyTest, EachDamageIsFoundAndNamed) {
  struct Case {
    const char* what;
    std::string script;    // {notes}, {#notes}: the engine's name, the number
    std::string expected;  // a part of the answer
    bool outside = false;  // by another program
  };
  const std::vector<Case> cases = {
      {"a row is changed", "UPDATE {notes} SET c3 = 'forged' WHERE c1 = 5", "notes|5|the row is not what its newest version says (body)"},
      {"a row is deleted", "DELETE FROM {notes} WHERE c1 = 8", "notes|8|the row is missing"},
      {"a row is put back", "INSERT INTO {notes} VALUES (6, 1, 'note 6', 6)", "notes|6|the row is there, though its newest version is its deletion"},
      {"a row without a key is changed", "UPDATE {loose} SET c2 = 'y'", "loose|-|the row is not what its newest version says (b)"},
      {"a bit of a body",
       "UPDATE allod_version SET body = unhex(substr(hex(body), 1, 60) || CASE substr(hex(body), 61, 1) WHEN '0' THEN '1' ELSE '0' END || "
       "substr(hex(body), 62)) WHERE seq = 7",
       "its body is damaged"},
      {"a body is another's", "UPDATE allod_version SET body = (SELECT body FROM allod_version WHERE seq = 9) WHERE seq = 10",
       "its body is damaged, or stands in the wrong place"},
      {"a body is gone", "UPDATE allod_version SET body = NULL WHERE seq = 9", "its body is missing"},
      {"a version is deleted", "DELETE FROM allod_version WHERE seq = 20", "versions before version 21 of the history"},
      {"the last version is deleted", "DELETE FROM allod_version WHERE seq = (SELECT max(seq) FROM allod_version)", "instead of"},
      {"a version says another operation", "UPDATE allod_version SET op = 2 WHERE seq = 12", "the chain does not hold"},
      {"a version says other columns", "UPDATE allod_version SET changed = x'02' WHERE seq = 12", "the chain does not hold"},
      {"a transaction says another role", "UPDATE allod_transaction SET role = 'mallory' WHERE tx = 2", "transaction 2, or a version of it, is not what was written"},
      {"a transaction says another time", "UPDATE allod_transaction SET committed = committed + 1 WHERE tx = 2", "transaction 2, or a version of it"},
      {"a transaction is deleted", "DELETE FROM allod_transaction WHERE tx = 2", "transactions 2 to 2 are missing"},
      {"a version cannot be found", "DELETE FROM allod_version_place WHERE seq = 15", "version 15 of the history cannot be found by its row"},
      {"a version is found in another's place", "UPDATE allod_version_place SET seq = 16 WHERE seq = 15", "is not the one that is found in its place"},
      {"a value of no type", "UPDATE {users} SET c4 = 'many' WHERE c1 = 1", "users|1|the value of column score is not of type numeric"},
      {"a value that does not fit", "UPDATE {users} SET c2 = 'a name of more than twenty letters' WHERE c1 = 1",
       "users|1|the value of column name does not fit character varying(20)"},
      {"a truth that is none", "UPDATE {users} SET c5 = 7 WHERE c1 = 1", "users|1|the value of column flag is neither true nor false"},
      {"a uuid that is too short", "UPDATE {users} SET c6 = x'0102' WHERE c1 = 1", "users|1|the value of column uid is no uuid"},
      {"json that is none", "UPDATE {users} SET c7 = '{' WHERE c1 = 1", "users|1|the value of column more is not of type jsonb"},
      {"a check does not hold", "UPDATE {notes} SET c4 = -1 WHERE c1 = 9", "CHECK"},
      {"a key names nobody", "DELETE FROM {users} WHERE c1 = 2", "notes|1|names a row of users that is not there", true},
      {"a row has no owner", "DELETE FROM {members}", "groups|-|"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.what);
    database_.reset();
    std::filesystem::remove_all(directory_.path() + "/databases");
    std::filesystem::remove_all(directory_.path() + "/keys");
    SetUp();
    Place(*database_);
    std::string script = test.script;
    for (const std::string table : {"notes", "users", "loose", "members"}) {
      const std::string name = "{" + table + "}";
      for (size_t at; (at = script.find(name)) != std::string::npos;) script.replace(at, name.size(), Physical(table));
    }
    if (test.outside) DamageFile(script); else Damage(script);
    const std::string answer = Run("VERIFY");
    EXPECT_NE(answer.find(test.expected), std::string::npos) << answer;
  }
}

TEST_F(VerifyTest, FilesThatAreDamaged) {
  const std::string file = directory_.path() + "/databases/allod.db";
  database_.reset();
  // The index of the notes: a byte in the middle of its page is another letter.
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(bytes)), {});
    size_t at = all.find("note 42"), last = at;
    while (at != std::string::npos) last = at, at = all.find("note 42", at + 1);
    ASSERT_NE(last, std::string::npos);
    bytes.clear();
    bytes.seekp(static_cast<std::streamoff>(last));
    bytes << "nota";
  }
  OpenDatabase();
  const std::string answer = Run("VERIFY");
  EXPECT_TRUE(answer.find("missing from index notes_body") != std::string::npos || answer.find("not what its newest version says") != std::string::npos) << answer;
  database_.reset();
  // A ring of keys.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() + "/keys")) {
    if (entry.path().extension() != ".ring") continue;
    std::fstream ring(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    ring.seekp(200);
    ring.put('\x55');
    ring.put('\xAA');
  }
  auto opened = Database::Open({.directory = directory_.path(), .encrypt = false});
  if (opened.ok()) {
    database_ = *std::move(opened);
    EXPECT_NE(Run("VERIFY").find("keys cannot be read"), std::string::npos);
  } else {
    EXPECT_NE(opened.status().error().message.find("key"), std::string::npos) << opened.status().error().message;
  }
}

TEST_F(VerifyTest, SoManyAreNamedAndTheRestIsCounted) {
  EXPECT_EQ(Run("CREATE TABLE numbers (a INT); INSERT INTO numbers SELECT g FROM generate_series(1, 10003) AS g"), "");
  Damage("UPDATE " + Physical("numbers") + " SET c1 = c1 + 5000000000");
  const std::string answer = Run("VERIFY TABLE numbers");
  EXPECT_EQ(std::ranges::count(answer, '\n'), kMostNamedFaults + 1);
  EXPECT_NE(answer.find(" more faults"), std::string::npos);
}

TEST_F(VerifyTest, OfOneTable) {
  Damage("UPDATE " + Physical("notes") + " SET c3 = 'forged' WHERE c1 = 5");
  EXPECT_EQ(Run("VERIFY TABLE users"), "");
  EXPECT_NE(Run("VERIFY TABLE notes").find("notes|5|"), std::string::npos);
  EXPECT_EQ(Run("VERIFY TABLE nothing"), "relation \"nothing\" does not exist");
}

}  // namespace
}  // namespace allod::session
