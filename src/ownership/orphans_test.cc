// The orphan check, statement by statement, on each engine.
#include <gtest/gtest.h>

#include "ownership/graph.h"
#include "ownership/testing.h"

namespace allod::ownership {
namespace {

using catalog::KeyAction;
using testing::Schema;
using testing::TestDatabase;

std::string Code(const Status& status) { return status.ok() ? "ok" : status.error().sqlstate; }

Schema Groups() {
  Schema s;
  s.Table("users", "id* name:text", true).Table("usergroups", "id* name:text").Table("members", "id* user_id group_id");
  s.Key("members", "user_id", "OWNED_BY", "users", KeyAction::kSetNull)
      .Key("members", "group_id", "OWNS", "usergroups");
  return s;
}

class OrphansTest : public testing::EachEngine {
 protected:
  void Load(TestDatabase& db) {
    ASSERT_TRUE(db.status().ok()) << db.status().error().message;
    ASSERT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob')")), "ok");
    db.Begin();
    ASSERT_EQ(Code(db.Do("usergroups", "INSERT INTO usergroups VALUES (1, 'g1')")), "ok");
    ASSERT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (1, 1, 1)")), "ok");
    ASSERT_EQ(Code(db.Commit()), "ok");
  }
};

TEST_P(OrphansTest, TheSeedsExample) {
  TestDatabase db(Groups());
  Load(db);
  Status status = db.Do("usergroups", "INSERT INTO usergroups VALUES (2, 'g2')");
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().message, "transaction would leave 1 row without an owner");
  EXPECT_EQ(status.error().detail, "usergroups (id)=(2).");
  EXPECT_EQ(status.error().hint,
            "In the same transaction give each of them an owner (members.group_id OWNS usergroups), or delete it.");
  EXPECT_EQ(status.error().table, "usergroups");
  EXPECT_EQ(db.Query("SELECT count(*) FROM usergroups"), "1");

  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id = 1")), "23A01");
  EXPECT_EQ(Code(db.Do("members", "UPDATE members SET group_id = NULL WHERE id = 1")), "23A01");
  EXPECT_EQ(Code(db.Do("members", "UPDATE members SET user_id = NULL WHERE id = 1")), "23A01");
  EXPECT_EQ(Code(db.Do("users", "DELETE FROM users WHERE id = 1")), "23A01");  // by SET NULL
  EXPECT_EQ(Code(db.Do("members", "UPDATE members SET user_id = 2 WHERE id = 1")), "ok");
  EXPECT_EQ(Code(db.Do("users", "DELETE FROM users WHERE id = 1")), "ok");
  EXPECT_EQ(db.Query("SELECT id, user_id, group_id FROM members"), "1,2,1");
}

TEST_P(OrphansTest, AMemberMayLeaveIfAnotherStays) {
  TestDatabase db(Groups());
  Load(db);
  EXPECT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (2, 2, 1)")), "ok");
  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id = 1")), "ok");
  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id = 2")), "23A01");
  db.Begin();
  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id = 2")), "ok");
  EXPECT_EQ(Code(db.Do("usergroups", "DELETE FROM usergroups WHERE id = 1")), "ok");
  EXPECT_EQ(Code(db.Commit()), "ok");
}

TEST_P(OrphansTest, OrderWithinTheTransactionDoesNotMatter) {
  TestDatabase db(Groups());
  Load(db);
  db.Begin();
  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id = 1")), "ok");
  EXPECT_EQ(Code(db.Do("members", "INSERT INTO members VALUES (7, 2, 1)")), "ok");
  EXPECT_EQ(Code(db.Commit()), "ok");
  db.Begin();
  EXPECT_EQ(Code(db.Do("usergroups", "INSERT INTO usergroups VALUES (5, 'x')")), "ok");
  EXPECT_EQ(Code(db.Do("usergroups", "DELETE FROM usergroups WHERE id = 5")), "ok");
  EXPECT_EQ(Code(db.Commit()), "ok");
}

TEST_P(OrphansTest, SavepointsTakeChangesBack) {
  TestDatabase db(Groups());
  Load(db);
  db.Begin();
  ASSERT_TRUE(db.transaction().Savepoint(1).ok());
  EXPECT_EQ(Code(db.Do("usergroups", "INSERT INTO usergroups VALUES (5, 'x')")), "ok");
  ASSERT_TRUE(db.transaction().RollbackTo(1).ok());
  EXPECT_EQ(Code(db.Commit()), "ok");
}

TEST_P(OrphansTest, NamesTenRowsAtMost) {
  TestDatabase db(Groups());
  Load(db);
  Status status =
      db.Do("usergroups",
            "INSERT INTO usergroups WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 112) "
            "SELECT i, 'x' FROM n");
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().message, "transaction would leave 13 rows without an owner");
  EXPECT_TRUE(status.error().detail.starts_with("usergroups (id)=(100), usergroups (id)=(101), "));
  EXPECT_TRUE(status.error().detail.ends_with("usergroups (id)=(109) and 3 more."));
}

TEST_P(OrphansTest, CyclesDoNotSupportThemselves) {
  Schema s;
  s.Table("users", "id*", true).Table("folders", "id* owner parent");
  s.Key("folders", "owner", "OWNED_BY", "users").Key("folders", "parent", "OWNED_BY", "folders");
  TestDatabase db(s);
  ASSERT_TRUE(db.status().ok());
  EXPECT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1), (2)")), "ok");
  EXPECT_EQ(Code(db.Do("folders", "INSERT INTO folders VALUES (1, 1, NULL), (2, NULL, 1), (3, NULL, 2), (4, NULL, 3)")),
            "ok");
  EXPECT_EQ(Code(db.Do("folders", "INSERT INTO folders VALUES (9, NULL, 9)")), "23A01");
  // The root's owner leaves; then it hangs on its own grandchild.
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET owner = NULL, parent = 3 WHERE id = 1")), "23A01");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET parent = 3 WHERE id = 1")), "ok");
  Status status = db.Do("folders", "UPDATE folders SET owner = NULL WHERE id = 1");
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().detail, "folders (id)=(1).");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET owner = 2 WHERE id = 3")), "ok");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET owner = NULL WHERE id = 1")), "ok");
}

TEST_P(OrphansTest, ADeepTreeThatHangsOnItself) {
  // Deeper than one statement looks.
  Schema s;
  s.Table("users", "id*", true).Table("folders", "id* owner parent");
  s.Key("folders", "owner", "OWNED_BY", "users").Key("folders", "parent", "OWNED_BY", "folders");
  TestDatabase db(s);
  EXPECT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1)")), "ok");
  EXPECT_EQ(Code(db.Do("folders", "INSERT INTO folders VALUES (1, 1, NULL)")), "ok");
  EXPECT_EQ(Code(db.Do("folders",
                       "INSERT INTO folders WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < "
                       "50) SELECT i, NULL, i - 1 FROM n")),
            "ok");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET parent = NULL WHERE id = 30")), "23A01");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET parent = 45 WHERE id = 30")), "23A01");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET parent = 2 WHERE id = 30")), "ok");
  EXPECT_EQ(Code(db.Do("folders", "UPDATE folders SET owner = NULL WHERE id = 1")), "23A01");
}

TEST_P(OrphansTest, RowsWithoutAPrimaryKey) {
  Schema s;
  s.Table("users", "id*", true).Table("tags", "user_id file_id tag:text").Table("files", "id*");
  s.Key("tags", "user_id", "OWNED_BY", "users").Key("tags", "file_id", "OWNS", "files");
  TestDatabase db(s);
  EXPECT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1)")), "ok");
  EXPECT_EQ(Code(db.Do("tags", "INSERT INTO tags VALUES (1, NULL, 'a'), (1, NULL, 'a')")), "ok");
  Status status = db.Do("tags", "INSERT INTO tags VALUES (NULL, NULL, 'a')");
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().detail, "tags (user_id, file_id)=(null, null).");
  EXPECT_EQ(Code(db.Do("tags", "UPDATE tags SET user_id = NULL")), "23A01");
  db.Begin();
  EXPECT_EQ(Code(db.Do("tags", "INSERT INTO tags VALUES (NULL, NULL, 'b')")), "ok");
  EXPECT_EQ(Code(db.Do("tags", "UPDATE tags SET user_id = 1")), "ok");
  EXPECT_EQ(Code(db.Do("files", "INSERT INTO files VALUES (1)")), "ok");
  EXPECT_EQ(Code(db.Do("tags", "UPDATE tags SET file_id = 1 WHERE tag = 'b'")), "ok");
  EXPECT_EQ(Code(db.Commit()), "ok");
  EXPECT_EQ(Code(db.Do("tags", "DELETE FROM tags WHERE tag = 'b'")), "23A01");
}

TEST_P(OrphansTest, CompositeAndNumericKeys) {
  Schema s;
  s.Table("people", "country* number:numeric*", true)
      .Table("boxes", "shelf:numeric* place*")
      .Table("claims", "id* c n:numeric s:numeric p");
  s.Key("claims", "c n", "OWNED_BY", "people").Key("claims", "s p", "OWNS", "boxes");
  TestDatabase db(s);
  ASSERT_TRUE(db.status().ok()) << db.status().error().message;
  EXPECT_EQ(Code(db.Do("people", "INSERT INTO people VALUES (49, '1.0')")), "ok");
  db.Begin();
  EXPECT_EQ(Code(db.Do("boxes", "INSERT INTO boxes VALUES ('7.50', 1)")), "ok");
  EXPECT_EQ(Code(db.Do("claims", "INSERT INTO claims VALUES (1, 49, '1.00', '7.5', 1), (2, 49, '1', '7.500', 1)")),
            "ok");
  ASSERT_EQ(Code(db.Commit()), "ok");
  EXPECT_EQ(Code(db.Do("claims", "DELETE FROM claims WHERE id = 1")), "ok");
  EXPECT_EQ(Code(db.Do("claims", "UPDATE claims SET n = NULL WHERE id = 2")), "23A01");
  Status status = db.Do("claims", "DELETE FROM claims WHERE id = 2");
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().detail, "boxes (shelf, place)=(7.50, 1).");
}

TEST_P(OrphansTest, ManyRowsInOneTransaction) {
  TestDatabase db(Groups());
  Load(db);
  db.Begin();
  EXPECT_EQ(Code(db.Do("usergroups",
                       "INSERT INTO usergroups WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 20999) SELECT i, 'x' FROM n")),
            "ok");
  EXPECT_EQ(Code(db.Do("members",
                       "INSERT INTO members WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i "
                       "< 20999) SELECT i, 1 + i % 2, i FROM n")),
            "ok");
  EXPECT_EQ(Code(db.Commit()), "ok");
  EXPECT_EQ(db.Query("SELECT count(*) FROM usergroups"), "20001");
  EXPECT_EQ(Code(db.Do("members", "DELETE FROM members WHERE id > 1")), "23A01");
}

TEST_P(OrphansTest, AnnotatingTablesThatHoldRows) {
  Schema plain;
  plain.Table("users", "id*").Table("notes", "id* author");
  plain.Key("notes", "author", "REFERENCES", "users");
  TestDatabase db(plain);
  EXPECT_EQ(Code(db.Do("users", "INSERT INTO users VALUES (1)")), "ok");
  EXPECT_EQ(Code(db.Do("notes", "INSERT INTO notes VALUES (1, 1), (2, NULL)")), "ok");
  Schema annotated = plain;
  annotated.Alter("users", [](catalog::Table& table) { table.data_subject = true; });
  auto graph = annotated.graph();
  Status status = CheckAllRows(*graph, db.transaction(), db.context(), {annotated.oid("users")});
  ASSERT_EQ(Code(status), "23A01");
  EXPECT_EQ(status.error().detail, "notes (id)=(2).");
  EXPECT_EQ(Code(CheckAllRows(*graph, db.transaction(), db.context(), {})), "23A01");
  EXPECT_EQ(Code(db.Do("notes", "UPDATE notes SET author = 1")), "ok");
  EXPECT_EQ(Code(CheckAllRows(*graph, db.transaction(), db.context(), {annotated.oid("users")})), "ok");
}

ALLOD_ON_EACH_ENGINE(OrphansTest);

}  // namespace
}  // namespace allod::ownership
