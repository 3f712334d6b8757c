#include "ownership/distribution.h"

#include <gtest/gtest.h>

#include "ownership/testing.h"

namespace allod::ownership {
namespace {

using testing::Schema;

std::string Plan(const Schema& s) {
  auto graph = s.graph();
  return ToText(*graph, PlanDistribution(*graph));
}

std::string Statements(const Schema& s) {
  auto graph = s.graph();
  std::string text;
  for (const std::string& statement : CitusStatements(*graph, PlanDistribution(*graph))) text += statement + "\n";
  return text;
}

// examples/owncloud/schema.sql
TEST(Distribution, OwnCloud) {
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
  EXPECT_EQ(
      Plan(s),
      "users: distributed by id (data subject)\n"
      "members: distributed by user_id, with users (owned through user_id)\n"
      "usergroups: on every node (owned through members(group_id))\n"
      "shares: distributed by creator, with users (owned through creator)\n"
      "files: on every node (owned through shares(file_id))\n"
      "note: usergroups: a row can have several owners, through members(group_id); the table is on every node\n"
      "note: files: a row can have several owners, through shares(file_id); the table is on every node\n"
      "in the way: members: primary key (id) does not hold user_id; make it (user_id, id)\n"
      "in the way: members: user_id can be NULL; ALTER TABLE members ALTER COLUMN user_id SET NOT NULL\n"
      "in the way: shares: primary key (id) does not hold creator; make it (creator, id)\n"
      "in the way: shares: creator can be NULL; ALTER TABLE shares ALTER COLUMN creator SET NOT NULL\n"
      "in the way: shares: foreign key (share_with_user) to users leads to other nodes; drop it, or make it hold the "
      "columns that both tables are distributed by\n");
  EXPECT_EQ(Statements(s),
            "SELECT create_reference_table('public.usergroups')\n"
            "SELECT create_reference_table('public.files')\n"
            "SELECT create_distributed_table('public.users', 'id', colocate_with => 'none')\n"
            "SELECT create_distributed_table('public.members', 'user_id', colocate_with => 'public.users')\n"
            "SELECT create_distributed_table('public.shares', 'creator', colocate_with => 'public.users')\n");
}

// Keys that carry the subject's key along: nothing is in the way.
TEST(Distribution, CompositeKeysKeepASubjectTogether) {
  Schema s;
  s.Table("tenants", "id*", true)
      .Table("projects", "tenant_id* id*")
      .Table("tasks", "tenant_id* id* project_id! assignee")
      .Table("countries", "code:text*")
      .Table("addresses", "tenant_id* id* country:text")
      .Table("logs", "id*")
      .Key("projects", "tenant_id", "OWNED_BY", "tenants")
      .Key("tasks", "tenant_id project_id", "OWNED_BY", "projects")
      .Key("addresses", "tenant_id", "OWNED_BY", "tenants")
      .Key("addresses", "country", "REFERENCES ONLY", "countries");
  EXPECT_EQ(Plan(s),
            "tenants: distributed by id (data subject)\n"
            "logs: stays where it is (nobody's)\n"
            "countries: on every node (referred to by addresses)\n"
            "addresses: distributed by tenant_id, with tenants (owned through tenant_id)\n"
            "projects: distributed by tenant_id, with tenants (owned through tenant_id)\n"
            "tasks: distributed by tenant_id, with tenants (owned through tenant_id)\n");
  std::string statements = Statements(s);
  EXPECT_NE(statements.find("create_reference_table('public.countries')"), std::string::npos);
  EXPECT_EQ(statements.find("logs"), std::string::npos);
  EXPECT_LT(statements.find("'public.tenants', 'id'"), statements.find("'public.projects'"));
  EXPECT_LT(statements.find("'public.projects', "), statements.find("'public.tasks', "));
}

TEST(Distribution, AnOwnerTwoStepsAwayMustBeInAColumn) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("posts", "user_id* id*")
      .Table("comments", "id* post_user post_id!")
      .Table("likes", "id* comment_id!")
      .Key("posts", "user_id", "OWNED_BY", "users")
      .Key("comments", "post_user post_id", "OWNED_BY", "posts")
      .Key("likes", "comment_id", "OWNED_BY", "comments");
  EXPECT_EQ(Plan(s),
            "users: distributed by id (data subject)\n"
            "posts: distributed by user_id, with users (owned through user_id)\n"
            "comments: distributed by post_user, with users (owned through post_user)\n"
            "likes: cannot be placed (owned through comment_id)\n"
            "in the way: likes: owned through comment_id, but no column holds the owner's own key; add the column that "
            "comments is distributed by, and put it into the foreign key\n"
            "in the way: comments: primary key (id) does not hold post_user; make it (post_user, id)\n"
            "in the way: comments: post_user can be NULL; ALTER TABLE comments ALTER COLUMN post_user SET NOT NULL\n");
  EXPECT_EQ(Statements(s).find("likes"), std::string::npos);
}

TEST(Distribution, SeveralOwnersAndUniqueKeys) {
  Schema s;
  s.Table("users", "id*", true)
      .Table("messages", "sender* id* receiver! token:text")
      .Table("notes", "id* message_sender message_id")
      .Key("messages", "receiver", "OWNED_BY", "users")
      .Key("messages", "sender", "OWNED_BY", "users")
      .Key("notes", "message_sender message_id", "REFERENCES ONLY", "messages", catalog::KeyAction::kSetNull)
      .Alter("messages", [](catalog::Table& table) {
        catalog::Constraint unique;
        unique.kind = catalog::Constraint::Kind::kUnique;
        unique.name = "messages_token_key";
        unique.columns = {table.FindColumn("token")->number};
        table.constraints.push_back(unique);
      });
  // By the sender, whom the primary key holds already.
  EXPECT_EQ(
      Plan(s),
      "users: distributed by id (data subject)\n"
      "notes: distributed by message_sender, with users (refers to messages)\n"
      "messages: distributed by sender, with users (owned through sender)\n"
      "note: messages: a row can also be owned through receiver; it is stored with the owner in sender only\n"
      "in the way: notes: primary key (id) does not hold message_sender; make it (message_sender, id)\n"
      "in the way: notes: message_sender can be NULL; ALTER TABLE notes ALTER COLUMN message_sender SET NOT NULL\n"
      "in the way: notes: foreign key (message_sender, message_id) to messages would change message_sender when the "
      "row "
      "it refers to is deleted; use ON DELETE CASCADE or NO ACTION\n"
      "in the way: messages: unique key (token) does not hold sender; make it (sender, token)\n"
      "in the way: messages: foreign key (receiver) to users leads to other nodes; drop it, or make it hold the "
      "columns "
      "that both tables are distributed by\n");
}

TEST(Distribution, NamesAreWrittenAsTheyAre) {
  Schema s;
  s.Table("Users", "Id*", true).Table("it's", "user* id*").Key("it's", "user", "OWNED_BY", "Users");
  EXPECT_EQ(Statements(s),
            "SELECT create_distributed_table('public.\"Users\"', 'Id', colocate_with => 'none')\n"
            "SELECT create_distributed_table('public.\"it''s\"', 'user', colocate_with => 'public.\"Users\"')\n");
}

TEST(Distribution, SubjectsOfTwoKindsAreTwoGroups) {
  Schema s;
  s.Table("patients", "id*", true)
      .Table("doctors", "id:text*", true)
      .Table("visits", "patient* id* doctor:text")
      .Key("visits", "patient", "OWNED_BY", "patients")
      .Key("visits", "doctor", "ACCESSED_BY", "doctors");
  EXPECT_EQ(
      Plan(s),
      "doctors: distributed by id (data subject)\n"
      "patients: distributed by id (data subject)\n"
      "visits: distributed by patient, with patients (owned through patient)\n"
      "in the way: visits: foreign key (doctor) to doctors leads to other nodes; drop it, or make it hold the columns "
      "that both tables are distributed by\n");
}

}  // namespace
}  // namespace allod::ownership
