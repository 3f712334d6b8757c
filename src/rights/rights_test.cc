// GDPR GET and FORGET on hand-made schemas: what a reader of docs/sql.md expects.
#include "rights/rights.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "ownership/testing.h"

namespace allod::rights {
namespace {

using catalog::KeyAction;
using ownership::testing::Schema;
using ownership::testing::TestDatabase;

class GetTest : public ownership::testing::EachEngine {};
class ForgetTest : public ownership::testing::EachEngine {};
class RightsTest : public ownership::testing::EachEngine {};
class RulesTest : public ownership::testing::EachEngine {};
ALLOD_ON_EACH_ENGINE(GetTest);
ALLOD_ON_EACH_ENGINE(ForgetTest);
ALLOD_ON_EACH_ENGINE(RightsTest);
ALLOD_ON_EACH_ENGINE(RulesTest);

std::string Code(const Status& status) {
  return status.ok() ? "ok" : status.error().sqlstate + " " + status.error().message;
}

std::string Text(const Row& row) {
  std::string text;
  for (const Value& value : row) {
    if (!text.empty()) text += ",";
    text += value.is_null() ? "null" : value.kind() == Kind::kInteger ? std::to_string(value.integer()) : value.bytes();
  }
  return text;
}

// "users: 1,Alice; members: 1,1,1|2,1,2".
std::string GetText(TestDatabase& db, const std::string& table, Row key) {
  SubjectKey subject{db.graph().catalog().FindTable("", table)->oid, std::move(key)};
  auto answer = Get(db.graph(), subject, db.transaction(), db.context());
  db.Rollback();
  if (!answer.ok()) return answer.status().error().sqlstate + " " + answer.status().error().message;
  std::string text;
  for (const TableRows& one : *answer) {
    if (!text.empty()) text += "; ";
    text += db.graph().catalog().FindTable(one.table)->name + ":";
    for (size_t i = 0; i < one.rows.size(); ++i) text += (i == 0 ? " " : "|") + Text(one.rows[i]);
  }
  return text;
}

// "users 1/0/0; members 2/0/1": erased/anonymized/kept. Checks that the dry run says the same, and that nothing is
// orphaned afterwards.
std::string ForgetText(TestDatabase& db, const std::string& table, Row key) {
  SubjectKey subject{db.graph().catalog().FindTable("", table)->oid, std::move(key)};
  auto print = [&](const Result<std::vector<Erasure>>& counts) {
    if (!counts.ok()) return counts.status().error().sqlstate + " " + counts.status().error().message;
    std::string text;
    for (const Erasure& one : *counts) {
      if (!text.empty()) text += "; ";
      text += db.graph().catalog().FindTable(one.table)->name + " " + std::to_string(one.erased) + "/" +
              std::to_string(one.anonymized) + "/" + std::to_string(one.kept);
    }
    return text;
  };
  std::string dry = print(Forget(db.graph(), subject, db.transaction(), db.context(), true));
  db.Rollback();
  std::string text = print(Forget(db.graph(), subject, db.transaction(), db.context(), false));
  EXPECT_EQ(dry, text);
  Status commit = db.Commit();
  EXPECT_TRUE(commit.ok()) << commit.error().message << " " << commit.error().detail;
  return text;
}

Row Id(int64_t id) { return {Value::Integer(id)}; }

Schema OwnCloud(bool alternative) {
  Schema s;
  s.Table("users", "id* name:text", true)
      .Table("usergroups", "id* name:text")
      .Table("members", "id* user_id group_id")
      .Table("files", "id* path:text")
      .Table("shares", "id* creator share_with_user share_with_group file_id");
  s.Key("members", "user_id", "OWNED_BY", "users")
      .Key("members", "group_id", "OWNS", "usergroups")
      .Key("shares", "creator", "OWNED_BY", "users")
      .Key("shares", "share_with_user", alternative ? "OWNED_BY" : "ACCESSED_BY", "users")
      .Key("shares", "share_with_group", alternative ? "OWNED_BY" : "ACCESSED_BY", "usergroups")
      .Key("shares", "file_id", "OWNS", "files");
  return s;
}

void LoadOwnCloud(TestDatabase& db) {
  ASSERT_TRUE(db.status().ok()) << db.status().error().message;
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob'), (3, 'Carol')")), "ok");
  db.Begin();
  ASSERT_EQ(Code(db.Do("usergroups", "INSERT INTO usergroups VALUES (1, 'g1'), (2, 'g2')")), "ok");
  ASSERT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (1, 1, 1), (2, 3, 1), (3, 1, 2)")), "ok");
  ASSERT_EQ(Code(db.Do("files", "INSERT INTO files VALUES (1, 'f1'), (2, 'f2')")), "ok");
  ASSERT_EQ(Code(db.Do("shares",
                       "INSERT INTO shares VALUES (1, 1, NULL, NULL, 1), (2, 1, 2, NULL, 1), (3, 1, NULL, 1, 1), "
                       "(4, 2, 1, NULL, 2), (5, 2, NULL, 2, 2)")),
            "ok");
  ASSERT_EQ(Code(db.Commit()), "ok");
}

TEST_P(GetTest, OwnCloud) {
  TestDatabase db(OwnCloud(false));
  LoadOwnCloud(db);
  EXPECT_EQ(GetText(db, "users", Id(1)),
            "users: 1,Alice; usergroups: 1,g1|2,g2; members: 1,1,1|3,1,2; files: 1,f1|2,f2; "
            "shares: 1,1,null,null,1|2,1,2,null,1|3,1,null,1,1|4,2,1,null,2|5,2,null,2,2");
  EXPECT_EQ(GetText(db, "users", Id(2)),
            "users: 2,Bob; files: 1,f1|2,f2; shares: 2,1,2,null,1|4,2,1,null,2|5,2,null,2,2");
  EXPECT_EQ(GetText(db, "users", Id(3)),
            "users: 3,Carol; usergroups: 1,g1; members: 2,3,1; files: 1,f1; shares: 3,1,null,1,1");
  EXPECT_EQ(GetText(db, "users", Id(99)), "");
  EXPECT_EQ(GetText(db, "files", Id(1)).substr(0, 5), "42809");
}

TEST_P(ForgetTest, OwnCloud) {
  TestDatabase db(OwnCloud(false));
  LoadOwnCloud(db);
  // Alice: her shares and file 1 go; group 1 has Carol left, group 2 nobody; Bob's shares with her stay without her.
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; usergroups 1/0/1; members 2/0/0; files 1/0/1; shares 3/2/0");
  EXPECT_EQ(db.Query("SELECT id FROM users"), "2|3");
  EXPECT_EQ(db.Query("SELECT id FROM usergroups"), "1");
  EXPECT_EQ(db.Query("SELECT * FROM members"), "2,3,1");
  EXPECT_EQ(db.Query("SELECT id FROM files"), "2");
  EXPECT_EQ(db.Query("SELECT * FROM shares"), "4,2,null,null,2|5,2,null,null,2");
  EXPECT_EQ(GetText(db, "users", Id(1)), "");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "");
}

TEST_P(ForgetTest, OwnCloudWhereEveryShareOwns) {
  TestDatabase db(OwnCloud(true));
  LoadOwnCloud(db);
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; usergroups 1/0/1; members 2/0/0; files 0/0/2; shares 1/4/0");
  EXPECT_EQ(db.Query("SELECT * FROM shares"), "2,null,2,null,1|3,null,null,1,1|4,2,null,null,2|5,2,null,null,2");
  EXPECT_EQ(ForgetText(db, "users", Id(2)), "users 1/0/0; files 1/0/1; shares 3/0/0");
}

TEST_P(RightsTest, AccessIsNeverUpgraded) {
  // user -ACCESSED_BY-> album -OWNED_BY-> photo: access only.
  Schema s;
  s.Table("users", "id*", true).Table("albums", "id* owner guest").Table("photos", "id* album");
  s.Key("albums", "owner", "OWNED_BY", "users")
      .Key("albums", "guest", "ACCESSED_BY", "users")
      .Key("photos", "album", "OWNED_BY", "albums");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  ASSERT_EQ(Code(db.Do("albums", "INSERT INTO albums VALUES (1, 1, 2)")), "ok");
  ASSERT_EQ(Code(db.Do("photos", "INSERT INTO photos VALUES (1, 1)")), "ok");
  EXPECT_EQ(GetText(db, "users", Id(2)), "users: 2; albums: 1,1,2; photos: 1,1");
  EXPECT_EQ(ForgetText(db, "users", Id(2)), "users 1/0/0; albums 0/1/0; photos 0/0/1");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; albums 1/0/0; photos 1/0/0");
}

Schema Chat() {
  Schema s;
  s.Table("doctors", "id* name:text", true)
      .Table("patients", "id* name:text", true)
      .Table("chat", "id* patient_id doctor_id message:text");
  s.Key("chat", "patient_id", "OWNED_BY", "patients").Key("chat", "doctor_id", "ACCESSED_BY", "doctors");
  return s;
}

void LoadChat(TestDatabase& db) {
  ASSERT_EQ(Code(db.Do("doctors", "INSERT INTO doctors VALUES (1, 'Dr A')")), "ok");
  ASSERT_EQ(Code(db.Do("patients", "INSERT INTO patients VALUES (10, 'P'), (20, 'Q')")), "ok");
  ASSERT_EQ(Code(db.Do("chat", "INSERT INTO chat VALUES (1, 10, 1, 'hello'), (2, 20, 1, 'bye')")), "ok");
}

TEST_P(RulesTest, AnonymizeOnGetAndOnForget) {
  Schema s = Chat();
  s.Rule("chat", false, "doctor_id", "patient_id").Rule("chat", true, "doctor_id", "message");
  TestDatabase db(s);
  LoadChat(db);
  EXPECT_EQ(GetText(db, "doctors", Id(1)), "doctors: 1,Dr A; chat: 1,null,1,hello|2,null,1,bye");
  EXPECT_EQ(GetText(db, "patients", Id(10)), "patients: 10,P; chat: 1,10,1,hello");
  EXPECT_EQ(ForgetText(db, "doctors", Id(1)), "doctors 1/0/0; chat 0/2/0");
  EXPECT_EQ(db.Query("SELECT * FROM chat"), "1,10,null,null|2,20,null,null");
}

TEST_P(RulesTest, DeleteRow) {
  Schema s = Chat();
  s.Rule("chat", false, "doctor_id", "").Rule("chat", true, "doctor_id", "");
  TestDatabase db(s);
  LoadChat(db);
  EXPECT_EQ(GetText(db, "doctors", Id(1)), "doctors: 1,Dr A");
  EXPECT_EQ(GetText(db, "patients", Id(10)), "patients: 10,P; chat: 1,10,1,hello");
  EXPECT_EQ(ForgetText(db, "doctors", Id(1)), "doctors 1/0/0; chat 2/0/0");
}

TEST_P(RulesTest, ThroughAnotherTablesKey) {
  Schema s;
  s.Table("users", "id*", true).Table("teams", "id* name:text note:text").Table("members", "id* u team");
  s.Key("members", "u", "OWNED_BY", "users").Key("members", "team", "OWNS", "teams");
  s.Rule("teams", false, "members(team)", "note").Rule("teams", true, "members(team)", "note name");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  db.Begin();
  ASSERT_EQ(Code(db.Do("teams", "INSERT INTO teams VALUES (1, 'a', 'b')")), "ok");
  ASSERT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (1, 1, 1), (2, 2, 1)")), "ok");
  ASSERT_EQ(Code(db.Commit()), "ok");
  EXPECT_EQ(GetText(db, "users", Id(1)), "users: 1; teams: 1,a,null; members: 1,1,1");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; teams 0/1/0; members 1/0/0");
  EXPECT_EQ(db.Query("SELECT * FROM teams"), "1,null,null");
}

TEST_P(RulesTest, OthersOwnershipIsNotAnonymizedAway) {
  // The group stays, with its other member; the key by which she owns the post stays too.
  Schema s;
  s.Table("users", "id*", true).Table("groups", "id*").Table("members", "id* u g").Table("posts", "id* g text:text");
  s.Key("members", "u", "OWNED_BY", "users")
      .Key("members", "g", "OWNS", "groups")
      .Key("posts", "g", "OWNED_BY", "groups");
  s.Rule("posts", true, "g", "g text");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  db.Begin();
  ASSERT_EQ(Code(db.Do("groups", "INSERT INTO groups VALUES (1)")), "ok");
  ASSERT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (1, 1, 1), (2, 2, 1)")), "ok");
  ASSERT_EQ(Code(db.Do("posts", "INSERT INTO posts VALUES (1, 1, 'x')")), "ok");
  ASSERT_EQ(Code(db.Commit()), "ok");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; groups 0/0/1; members 1/0/0; posts 0/1/0");
  EXPECT_EQ(db.Query("SELECT * FROM posts"), "1,1,null");
}

TEST_P(ForgetTest, ASubjectThatAnotherOwns) {
  // Whoever else owns the subject's row: it goes. What was owned through it alone goes with it.
  Schema s;
  s.Table("parents", "id*", true).Table("children", "id* parent", true).Table("toys", "id* child");
  s.Key("children", "parent", "OWNED_BY", "parents").Key("toys", "child", "OWNED_BY", "children");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("parents", "INSERT INTO parents VALUES (1)")), "ok");
  ASSERT_EQ(Code(db.Do("children", "INSERT INTO children VALUES (1, 1), (2, 1)")), "ok");
  ASSERT_EQ(Code(db.Do("toys", "INSERT INTO toys VALUES (1, 1), (2, 2)")), "ok");
  EXPECT_EQ(GetText(db, "parents", Id(1)), "parents: 1; children: 1,1|2,1; toys: 1,1|2,2");
  EXPECT_EQ(ForgetText(db, "children", Id(1)), "children 1/0/0; toys 1/0/0");
  EXPECT_EQ(ForgetText(db, "parents", Id(1)), "parents 1/0/0; children 0/1/0; toys 0/0/1");
  EXPECT_EQ(db.Query("SELECT * FROM children"), "2,null");
}

TEST_P(ForgetTest, CyclesDoNotSupportThemselves) {
  Schema s;
  s.Table("users", "id*", true).Table("folders", "id* owner parent");
  s.Key("folders", "owner", "OWNED_BY", "users").Key("folders", "parent", "OWNED_BY", "folders");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  ASSERT_EQ(Code(db.Do("folders",
                       "INSERT INTO folders VALUES (1, 1, 3), (2, NULL, 1), (3, NULL, 2), (4, 2, 3), (5, NULL, 4)")),
            "ok");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; folders 3/1/1");
  EXPECT_EQ(db.Query("SELECT * FROM folders"), "4,2,null|5,null,4");
}

TEST_P(ForgetTest, OnDeleteCascadeLeavesWhatOthersOwn) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("docs", "id* owner editor")
      .Table("stars", "id* owner doc!")
      .Table("log", "id* who! text:text");
  s.Key("docs", "owner", "OWNED_BY", "users").Key("docs", "editor", "OWNED_BY", "users", KeyAction::kCascade);
  s.Key("stars", "owner", "OWNED_BY", "users").Key("stars", "doc", "REFERENCES ONLY", "docs", KeyAction::kCascade);
  s.Key("log", "who", "REFERENCES ONLY", "users", KeyAction::kCascade);
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  ASSERT_EQ(Code(db.Do("docs", "INSERT INTO docs VALUES (1, 1, 2), (2, 2, 1), (3, 1, 1)")), "ok");
  ASSERT_EQ(Code(db.Do("stars", "INSERT INTO stars VALUES (1, 2, 3), (2, 2, 1)")), "ok");
  ASSERT_EQ(Code(db.Do("log", "INSERT INTO log VALUES (1, 1, 'x'), (2, 2, 'y')")), "ok");
  // Document 2 is the other's: the key is cleared. Star 1 cannot exist without document 3. The log follows its schema.
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; docs 1/2/0; stars 1/0/0; log 1/0/0");
  EXPECT_EQ(db.Query("SELECT * FROM docs"), "1,null,2|2,2,null");
  EXPECT_EQ(db.Query("SELECT * FROM stars"), "2,2,1");
  EXPECT_EQ(db.Query("SELECT id FROM log"), "2");
}

TEST_P(ForgetTest, OrdinaryKeysToErasedRowsBecomeNull) {
  Schema s;
  s.Table("users", "id*", true).Table("posts", "id* author").Table("counters", "id* last_post");
  s.Key("posts", "author", "OWNED_BY", "users")
      .Key("counters", "last_post", "REFERENCES ONLY", "posts", KeyAction::kRestrict);
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1)")), "ok");
  ASSERT_EQ(Code(db.Do("posts", "INSERT INTO posts VALUES (1, 1)")), "ok");
  ASSERT_EQ(Code(db.Do("counters", "INSERT INTO counters VALUES (1, 1), (2, NULL)")), "ok");
  EXPECT_EQ(ForgetText(db, "users", Id(1)), "users 1/0/0; posts 1/0/0; counters 0/1/0");
}

TEST_P(RightsTest, CompositeKeysAndTablesWithoutAPrimaryKey) {
  Schema s;
  s.Table("people", "country:text* number:numeric*", true).Table("letters", "c:text n:numeric body:text");
  s.Key("letters", "c n", "OWNED_BY", "people");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("people", "INSERT INTO people VALUES ('de', '1.50'), ('fr', '1.5')")), "ok");
  ASSERT_EQ(
      Code(db.Do("letters", "INSERT INTO letters VALUES ('de', '1.5', 'x'), ('de', '1.5', 'x'), ('fr', '1.500', 'y')")),
      "ok");
  EXPECT_EQ(GetText(db, "people", {Value::Text("de"), Value::Text("1.500")}),
            "people: de,1.50; letters: de,1.5,x|de,1.5,x");
  EXPECT_EQ(ForgetText(db, "people", {Value::Text("de"), Value::Text("1.5")}), "people 1/0/0; letters 2/0/0");
  EXPECT_EQ(db.Query("SELECT * FROM letters"), "fr,1.500,y");
}

TEST_P(GetTest, RowsAreOrderedByPrimaryKey) {
  Schema s;
  s.Table("users", "id*", true).Table("items", "n:numeric* owner");
  s.Key("items", "owner", "OWNED_BY", "users");
  TestDatabase db(s);
  ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1)")), "ok");
  ASSERT_EQ(Code(db.Do("items", "INSERT INTO items VALUES ('10', 1), ('9.5', 1), ('-3', 1), ('100', 1)")), "ok");
  EXPECT_EQ(GetText(db, "users", Id(1)), "users: 1; items: -3,1|9.5,1|10,1|100,1");
}

// Keys of a type that only the cluster knows, one and several at a time.
TEST(ForgetOnPostgres, KeysOfAForeignType) {
  using ownership::testing::CurrentEngine;
  CurrentEngine() = engine::DialectId::kPostgres;
  Schema s;
  s.Table("users", "mac:text*", true).Table("devices", "mac:text* owner:text").Table("apps", "id* device:text");
  s.Key("devices", "owner", "OWNED_BY", "users").Key("apps", "device", "OWNED_BY", "devices");
  for (const char* name : {"users", "devices", "apps"}) {
    s.Alter(name, [](catalog::Table& table) {
      for (catalog::Column& column : table.columns) {
        if (column.type.oid != oid::kText) continue;
        column.type = Type{829};
        column.type_name = "\"pg_catalog\".\"macaddr\"";
      }
    });
  }
  {
    ownership::testing::TestEngine engine;
    ASSERT_NE(engine.engine(), nullptr) << engine.error();
    auto graph = s.graph();
    Status made = engine.Make(
        "CREATE TABLE users(mac macaddr PRIMARY KEY); CREATE TABLE devices(mac macaddr PRIMARY KEY, owner macaddr "
        "REFERENCES "
        "users); CREATE TABLE apps(id int8 PRIMARY KEY, device macaddr REFERENCES devices); INSERT INTO users VALUES "
        "('08:00:2b:01:02:01'), ('08:00:2b:01:02:02'); INSERT INTO devices VALUES ('08:00:2b:01:02:11', "
        "'08:00:2b:01:02:01'), "
        "('08:00:2b:01:02:12', '08:00:2b:01:02:01'), ('08:00:2b:01:02:13', '08:00:2b:01:02:02'); INSERT INTO apps "
        "VALUES "
        "(1, '08:00:2b:01:02:11'), (2, '08:00:2b:01:02:12'), (3, '08:00:2b:01:02:13')",
        *graph);
    ASSERT_TRUE(made.ok()) << made.error().message;
    ownership::testing::TestContext context;
    auto transaction = engine.Write();
    transaction->SetWatch(graph->full_watch());
    auto counts = Forget(*graph, {s.oid("users"), {Value::Text("08:00:2b:01:02:01")}}, *transaction, &context, false);
    ASSERT_TRUE(counts.ok()) << counts.status().error().message;
    ASSERT_EQ(counts->size(), 3U);
    EXPECT_EQ((*counts)[0].erased, 1);
    EXPECT_EQ((*counts)[1].erased, 2);
    EXPECT_EQ((*counts)[2].erased, 2);
    Status orphans = CheckOrphans(*graph, *transaction, &context);
    EXPECT_TRUE(orphans.ok()) << orphans.error().message;
    EXPECT_EQ(Code(ownership::testing::Run(*transaction, "UPDATE apps SET device = NULL", &context)), "ok");
    EXPECT_EQ(Code(CheckOrphans(*graph, *transaction, &context)).substr(0, 5), "23A01");
  }
  CurrentEngine() = engine::DialectId::kSqlite;
}

}  // namespace
}  // namespace allod::rights
