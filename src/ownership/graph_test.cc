#include "ownership/graph.h"

#include <gtest/gtest.h>

#include "ownership/testing.h"

namespace allod::ownership {
namespace {

using testing::Schema;

std::string Describe(const Graph& graph) {
  std::string text;
  for (const Edge& edge : graph.edges()) {
    const catalog::Table& holder = *graph.catalog().FindTable(edge.holder);
    text += holder.name + "." + ColumnNames(holder, edge.key->columns) + " " + std::string(AnnotationName(edge)) + " " +
            graph.catalog().FindTable(edge.key->target)->name + (edge.implied ? " implied" : "") +
            (edge.gives_owners ? ""
             : edge.owns       ? " (gives nobody)"
                               : "") +
            "\n";
  }
  return text;
}

Schema OwnCloud() {
  Schema s;
  s.Table("users", "id* name:text", true)
      .Table("usergroups", "id* name:text")
      .Table("members", "id* user_id group_id")
      .Table("files", "id* path:text")
      .Table("shares", "id* creator share_with_user share_with_group file_id")
      .Key("members", "user_id", "OWNED_BY", "users")
      .Key("members", "group_id", "OWNS", "usergroups")
      .Key("shares", "creator", "OWNED_BY", "users")
      .Key("shares", "share_with_user", "ACCESSED_BY", "users")
      .Key("shares", "share_with_group", "ACCESSED_BY", "usergroups")
      .Key("shares", "file_id", "OWNS", "files");
  return s;
}

TEST(Graph, EdgesRunFromOwnersToWhatTheyOwn) {
  Schema s = OwnCloud();
  auto graph = s.graph();
  EXPECT_EQ(Describe(*graph),
            "members.user_id OWNED_BY users\n"
            "members.group_id OWNS usergroups\n"
            "shares.creator OWNED_BY users\n"
            "shares.share_with_user ACCESSED_BY users\n"
            "shares.share_with_group ACCESSED_BY usergroups\n"
            "shares.file_id OWNS files\n");
  EXPECT_EQ(graph->edges()[1].from, s.oid("members"));
  EXPECT_EQ(graph->edges()[1].to, s.oid("usergroups"));
  EXPECT_FALSE(graph->edges()[1].holder_is_target());
  EXPECT_TRUE(graph->edges()[0].holder_is_target());
  for (const char* table : {"users", "usergroups", "members", "files", "shares"})
    EXPECT_TRUE(graph->IsOwned(s.oid(table)));
  EXPECT_TRUE(graph->IsDataSubject(s.oid("users")));
  EXPECT_FALSE(graph->IsDataSubject(s.oid("members")));
  EXPECT_TRUE(CheckSchema(*graph, 0).ok());
}

TEST(Graph, OrderLeadsFromOwnersToOwned) {
  Schema s = OwnCloud();
  auto graph = s.graph();
  for (const Edge& edge : graph->edges()) EXPECT_LT(graph->Order(edge.from), graph->Order(edge.to));
}

TEST(Graph, NotNullKeysToSubjectsNeedNoCheck) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("posts", "id* author!")
      .Table("notes", "id* author")
      .Table("comments", "id* post!")
      .Table("groups", "id*")
      .Table("members", "user_id!* group_id!*")
      .Table("rooms", "id* group_id!")
      .Key("posts", "author", "OWNED_BY", "users")
      .Key("notes", "author", "OWNED_BY", "users")
      .Key("comments", "post", "OWNED_BY", "posts")
      .Key("members", "user_id", "OWNED_BY", "users")
      .Key("members", "group_id", "OWNS", "groups")
      .Key("rooms", "group_id", "OWNED_BY", "groups");
  auto graph = s.graph();
  EXPECT_TRUE(graph->AlwaysOwned(s.oid("posts")));
  EXPECT_TRUE(graph->AlwaysOwned(s.oid("comments")));
  EXPECT_FALSE(graph->AlwaysOwned(s.oid("notes")));
  EXPECT_FALSE(graph->AlwaysOwned(s.oid("rooms")));
  EXPECT_TRUE(graph->IsCarried(s.oid("rooms")));
  EXPECT_FALSE(graph->IsCarried(s.oid("groups")));

  EXPECT_EQ(WatchFor(*graph, s.oid("posts")), nullptr);
  EXPECT_EQ(WatchFor(*graph, s.oid("comments")), nullptr);
  EXPECT_EQ(WatchFor(*graph, s.oid("rooms")), nullptr);
  EXPECT_EQ(WatchFor(*graph, s.oid("users")), nullptr);
  ASSERT_NE(WatchFor(*graph, s.oid("notes")), nullptr);
  ASSERT_NE(WatchFor(*graph, s.oid("members")), nullptr);
  ASSERT_NE(WatchFor(*graph, s.oid("groups")), nullptr);
  EXPECT_EQ(WatchFor(*graph, s.oid("members"))->tables[0].tag, s.oid("members"));
}

TEST(Graph, WatchFollowsCascades) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("notes", "id* author")
      .Key("notes", "author", "OWNED_BY", "users", catalog::KeyAction::kSetNull);
  auto graph = s.graph();
  ASSERT_NE(WatchFor(*graph, s.oid("users")), nullptr);
  EXPECT_EQ(WatchFor(*graph, s.oid("users"))->tables.size(), 1u);
  EXPECT_EQ(WatchFor(*graph, s.oid("users")), WatchFor(*graph, s.oid("notes")));
}

TEST(Graph, SelfReferenceThatMustNotBeNullIsNoSupport) {
  Schema s;
  s.Table("users", "id*", true).Table("folders", "id* owner parent!");
  s.Key("folders", "owner", "OWNED_BY", "users").Key("folders", "parent", "OWNED_BY", "folders");
  auto graph = s.graph();
  EXPECT_TRUE(graph->NeedsCheck(s.oid("folders")));
}

TEST(ImpliedOwnership, TheOnlyKeyToAnOwnedTable) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("countries", "id*")
      .Table("posts", "id* author country")
      .Table("comments", "id* post")
      .Key("posts", "author", "REFERENCES", "users")
      .Key("posts", "country", "REFERENCES", "countries")
      .Key("comments", "post", "REFERENCES", "posts");
  EXPECT_EQ(Describe(*s.graph()),
            "posts.author OWNED_BY users implied\n"
            "comments.post OWNED_BY posts implied\n");
}

TEST(ImpliedOwnership, DependsOnImpliedKeysOfTablesDefinedLater) {
  // comments comes first, and is owned only because posts is, by an implied key.
  Schema s;
  s.Table("comments", "id* post").Table("posts", "id* author").Table("users", "id*", true);
  s.Key("comments", "post", "REFERENCES", "posts").Key("posts", "author", "REFERENCES", "users");
  EXPECT_EQ(s.graph()->edges().size(), 2u);
  EXPECT_TRUE(s.graph()->IsOwned(s.oid("comments")));
}

TEST(ImpliedOwnership, SeveralKeysAreAmbiguous) {
  Schema s;
  s.Table("users", "id*", true).Table("messages", "id* sender receiver");
  s.Key("messages", "sender", "REFERENCES", "users").Key("messages", "receiver", "REFERENCES", "users");
  auto graph = s.Build();
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.status().error().sqlstate, "42A01");
  EXPECT_EQ(
      graph.status().error().message,
      "which foreign key says who owns a row of table \"messages\" is ambiguous: \"messages_sender_fkey\" (sender) to "
      "\"users\", \"messages_receiver_fkey\" (receiver) to \"users\"");
  EXPECT_EQ(graph.status().error().hint,
            "Write OWNED_BY instead of REFERENCES on the keys whose targets own the row, and REFERENCES ONLY on those "
            "that say "
            "nothing about ownership.");
}

TEST(ImpliedOwnership, AnotherTableCanMakeKeysAmbiguous) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("usergroups", "id*")
      .Table("posts", "id* author group_id")
      .Table("members", "id* u g");
  s.Key("posts", "author", "REFERENCES", "users").Key("posts", "group_id", "REFERENCES", "usergroups");
  EXPECT_TRUE(s.Build().ok());
  s.Key("members", "u", "OWNED_BY", "users").Key("members", "g", "OWNS", "usergroups");
  ASSERT_FALSE(s.Build().ok());
  EXPECT_EQ(s.Build().status().error().table, "posts");
}

TEST(ImpliedOwnership, ExplicitOwnerMakesTheOthersOrdinary) {
  Schema s;
  s.Table("users", "id*", true).Table("messages", "id* sender receiver third");
  s.Key("messages", "sender", "OWNED_BY", "users")
      .Key("messages", "receiver", "REFERENCES", "users")
      .Key("messages", "third", "REFERENCES", "users");
  EXPECT_EQ(Describe(*s.graph()), "messages.sender OWNED_BY users\n");
}

TEST(ImpliedOwnership, ReferencesOnlyAndOtherAnnotationsDoNotCount) {
  Schema s;
  s.Table("users", "id*", true).Table("messages", "id* sender receiver third");
  s.Key("messages", "sender", "REFERENCES", "users")
      .Key("messages", "receiver", "ACCESSED_BY", "users")
      .Key("messages", "third", "REFERENCES ONLY", "users");
  EXPECT_EQ(Describe(*s.graph()), "messages.receiver ACCESSED_BY users\nmessages.sender OWNED_BY users implied\n");
}

TEST(ImpliedOwnership, SelfReferenceIsAnOrdinaryKey) {
  Schema s;
  s.Table("users", "id* invited_by", true).Table("comments", "id* author parent");
  s.Key("users", "invited_by", "REFERENCES", "users")
      .Key("comments", "author", "REFERENCES", "users")
      .Key("comments", "parent", "REFERENCES", "comments");
  EXPECT_EQ(Describe(*s.graph()), "comments.author OWNED_BY users implied\n");
}

TEST(ImpliedOwnership, KeysToUnownedTablesAreOrdinary) {
  Schema s;
  s.Table("countries", "id*").Table("cities", "id* country").Table("accessed", "id* u").Table("users", "id*", true);
  s.Table("things", "id* a");
  s.Key("cities", "country", "REFERENCES", "countries")
      .Key("accessed", "u", "ACCESSED_BY", "users")
      .Key("things", "a", "REFERENCES", "accessed");
  EXPECT_EQ(Describe(*s.graph()), "accessed.u ACCESSED_BY users\n");
  EXPECT_FALSE(s.graph()->IsOwned(s.oid("accessed")));
}

TEST(Graph, OwnedByAnUnownedTableGivesNobody) {
  Schema s;
  s.Table("users", "id*", true).Table("files", "id*").Table("parts", "id* file").Table("shares", "id* u file");
  s.Key("parts", "file", "OWNED_BY", "files");
  EXPECT_FALSE(s.graph()->IsOwned(s.oid("parts")));
  EXPECT_EQ(Describe(*s.graph()), "parts.file OWNED_BY files (gives nobody)\n");
  s.Key("shares", "u", "OWNED_BY", "users").Key("shares", "file", "OWNS", "files");
  EXPECT_TRUE(s.graph()->IsOwned(s.oid("parts")));
}

TEST(Graph, CompositeKeys) {
  Schema s;
  s.Table("people", "country* number*", true).Table("letters", "id* country number");
  s.Key("letters", "country number", "OWNED_BY", "people");
  auto graph = s.graph();
  EXPECT_EQ(graph->edges()[0].from_columns(), (std::vector<catalog::Attnum>{1, 2}));
  EXPECT_EQ(graph->edges()[0].to_columns(), (std::vector<catalog::Attnum>{2, 3}));
  EXPECT_TRUE(graph->edges()[0].nullable);
}

}  // namespace
}  // namespace allod::ownership
