#include <gtest/gtest.h>

#include "ownership/graph.h"
#include "ownership/testing.h"

namespace allod::ownership {
namespace {

using catalog::KeyAction;
using testing::Schema;

Error Refusal(const Schema& schema) {
  Status status = CheckSchema(*schema.graph(), 0);
  return status.ok() ? Error{"00000", ""} : status.error();
}

TEST(CheckSchema, NotNullKeyFromARowThatSurvives) {
  Schema s;
  s.Table("users", "id*", true).Table("chat", "id* sender! receiver!");
  s.Key("chat", "sender", "OWNED_BY", "users").Key("chat", "receiver", "OWNED_BY", "users");
  Error error = Refusal(s);
  EXPECT_EQ(error.sqlstate, "42A02");
  EXPECT_EQ(
      error.message,
      "rows of table \"users\" could not be erased: key \"chat_sender_fkey\" of table \"chat\" cannot become NULL");
  EXPECT_EQ(error.hint,
            "Make sender nullable, or add ON DELETE CASCADE to the key, or add ON DEL sender DELETE_ROW to the table.");
  s.Rule("chat", true, "sender", "");
  EXPECT_EQ(Refusal(s).constraint, "chat_receiver_fkey");
  s.Rule("chat", true, "receiver", "");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");
}

TEST(CheckSchema, NotNullKeyToTheOnlyOwnerIsFine) {
  Schema s;
  s.Table("users", "id*", true).Table("posts", "id* author!").Table("comments", "id* post!");
  s.Key("posts", "author", "OWNED_BY", "users").Key("comments", "post", "OWNED_BY", "posts");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");
}

TEST(CheckSchema, NotNullKeysOfHoldersAreFine) {
  Schema s;
  s.Table("users", "id*", true).Table("usergroups", "id*").Table("members", "user_id!* group_id!*");
  s.Key("members", "user_id", "OWNED_BY", "users").Key("members", "group_id", "OWNS", "usergroups");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");
  // Unless the group can be erased while members stay.
  s.Table("visits", "id* u g").Key("visits", "u", "OWNED_BY", "users").Key("visits", "g", "ACCESSES", "usergroups");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");
  s.Rule("usergroups", true, "visits(g)", "");
  EXPECT_EQ(Refusal(s).sqlstate, "42A02");
}

TEST(CheckSchema, OrdinaryKeysCount) {
  Schema s;
  s.Table("users", "id*", true).Table("audit", "id* who!");
  s.Key("audit", "who", "REFERENCES ONLY", "users");
  Error error = Refusal(s);
  EXPECT_EQ(error.sqlstate, "42A02");
  EXPECT_EQ(error.hint, "Make who nullable, or add ON DELETE CASCADE to the key.");
  Schema cascade;
  cascade.Table("users", "id*", true).Table("audit", "id* who!");
  cascade.Key("audit", "who", "REFERENCES ONLY", "users", KeyAction::kCascade);
  EXPECT_EQ(Refusal(cascade).sqlstate, "00000");
  // SET NULL of a NOT NULL column is no help.
  Schema set_null;
  set_null.Table("users", "id*", true).Table("audit", "id* who!");
  set_null.Key("audit", "who", "REFERENCES ONLY", "users", KeyAction::kSetNull);
  EXPECT_EQ(Refusal(set_null).sqlstate, "42A02");
  EXPECT_EQ(Refusal(set_null).hint, "Make who nullable, or write ON DELETE CASCADE.");
}

TEST(CheckSchema, WhatCascadesAway) {
  // Erasing a user takes the log entry along, which something else must not hold fast.
  Schema s;
  s.Table("users", "id*", true).Table("log", "id* who!").Table("lines", "id* entry!");
  s.Key("log", "who", "REFERENCES ONLY", "users", KeyAction::kCascade).Key("lines", "entry", "REFERENCES ONLY", "log");
  EXPECT_EQ(Refusal(s).constraint, "lines_entry_fkey");
}

TEST(CheckSchema, KeyThatSharesItsColumnsWithAnOwnersKey) {
  Schema s;
  s.Table("tenants", "id*", true)
      .Table("users", "tenant* id*", true)
      .Table("notes", "id* tenant author")
      .Table("marks", "id* tenant author!");
  s.Key("notes", "tenant", "OWNED_BY", "tenants", KeyAction::kCascade)
      .Key("notes", "tenant author", "OWNED_BY", "users");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");  // author alone can be cleared
  s.Key("marks", "tenant", "OWNED_BY", "tenants", KeyAction::kCascade)
      .Key("marks", "tenant author", "OWNED_BY", "users");
  EXPECT_EQ(Refusal(s).constraint, "marks_tenant_author_fkey");
}

TEST(CheckSchema, ClearingOneOwnersKeyMustNotTakeTheRowFromAnother) {
  Schema s;
  s.Table("tenants", "id*", true).Table("users", "tenant* id*", true).Table("notes", "id* tenant author");
  s.Key("notes", "tenant", "OWNED_BY", "tenants").Key("notes", "tenant author", "OWNED_BY", "users");
  Error error = Refusal(s);
  EXPECT_EQ(error.sqlstate, "42A02");
  EXPECT_EQ(error.constraint, "notes_tenant_fkey");
  EXPECT_EQ(error.hint,
            "Give this key a nullable column of its own, or add ON DELETE CASCADE to the key, or add ON DEL tenant "
            "DELETE_ROW to "
            "the table.");
}

TEST(CheckSchema, DataSubjectsThatNameEachOther) {
  Schema s;
  s.Table("users", "id* manager!", true).Key("users", "manager", "OWNED_BY", "users");
  EXPECT_EQ(Refusal(s).sqlstate, "42A02");
  Schema t;
  t.Table("users", "id* manager", true).Key("users", "manager", "OWNED_BY", "users");
  EXPECT_EQ(Refusal(t).sqlstate, "00000");
}

TEST(CheckSchema, AnnotationsPointAtPrimaryKeys) {
  Schema s;
  s.Table("users", "id* email", true).Table("posts", "id* author");
  s.Alter("users", [](catalog::Table& table) {
    catalog::Constraint unique;
    unique.kind = catalog::Constraint::Kind::kUnique;
    unique.oid = 99999;
    unique.name = "users_email_key";
    unique.columns = {2};
    table.constraints.push_back(unique);
  });
  s.Key("posts", "author", "OWNED_BY", "users", KeyAction::kNoAction, "email");
  Error error = Refusal(s);
  EXPECT_EQ(error.sqlstate, "42830");
  EXPECT_EQ(error.message, "OWNED_BY key \"posts_author_fkey\" must refer to the primary key of table \"users\"");
}

TEST(CheckSchema, SubjectsNeedAPrimaryKey) {
  Schema s;
  s.Table("users", "id name:text", true);
  EXPECT_EQ(Refusal(s).sqlstate, "42P16");
}

TEST(CheckSchema, ViewsAreNotOwned) {
  Schema s;
  s.Table("users", "id*", true).Table("v", "id");
  s.Alter("v", [](catalog::Table& table) {
    table.kind = catalog::Table::Kind::kView;
    table.data_subject = true;
  });
  EXPECT_EQ(Refusal(s).sqlstate, "42809");
}

Schema Chat() {
  Schema s;
  s.Table("doctors", "id* name:text", true)
      .Table("patients", "id* name:text", true)
      .Table("rooms", "id*")
      .Table("chat", "id* patient_id doctor_id room_id message:text kind:text!");
  s.Key("chat", "patient_id", "OWNED_BY", "patients")
      .Key("chat", "doctor_id", "ACCESSED_BY", "doctors")
      .Key("chat", "room_id", "OWNS", "rooms");
  return s;
}

TEST(AnonymizationRules, Accepted) {
  Schema s = Chat();
  s.Rule("chat", false, "doctor_id", "patient_id kind").Rule("chat", true, "doctor_id", "doctor_id message");
  s.Rule("chat", true, "patient_id", "patient_id").Rule("chat", false, "patient_id", "");
  s.Rule("rooms", true, "chat(room_id)", "");
  EXPECT_EQ(Refusal(s).sqlstate, "00000");
}

TEST(AnonymizationRules, Refused) {
  struct Case {
    bool on_delete;
    const char* table;
    const char* via;
    const char* columns;
    const char* message;
  };
  for (const Case& c : {
           Case{true, "chat", "doctor_id", "id",
                "rule ON DEL doctor_id of table \"chat\" cannot anonymize \"id\": it is part of the primary key"},
           Case{false, "chat", "doctor_id", "id",
                "rule ON GET doctor_id of table \"chat\" cannot anonymize \"id\": it is part of the primary key"},
           Case{true, "chat", "doctor_id", "patient_id",
                "rule ON DEL doctor_id of table \"chat\" cannot anonymize \"patient_id\": it is part of another "
                "owner's key "
                "\"chat_patient_id_fkey\""},
           Case{true, "chat", "doctor_id", "room_id",
                "rule ON DEL doctor_id of table \"chat\" cannot anonymize \"room_id\": it is part of another owner's "
                "key "
                "\"chat_room_id_fkey\""},
           Case{true, "chat", "doctor_id", "kind",
                "rule ON DEL doctor_id of table \"chat\" cannot anonymize \"kind\": the column is NOT NULL"},
           Case{true, "chat", "message", "message",
                "rule ON DEL message of table \"chat\" can never apply: no data subject is related to its rows through "
                "that column"},
           Case{true, "chat", "room_id", "message",
                "rule ON DEL room_id of table \"chat\" can never apply: no data subject is related to its rows through "
                "that column"},
           Case{true, "rooms", "chat(doctor_id)", "",
                "rule ON DEL chat(doctor_id) of table \"rooms\" can never apply: no data subject is related to its "
                "rows through that column"},
       }) {
    Schema s = Chat();
    s.Rule(c.table, c.on_delete, c.via, c.columns);
    EXPECT_EQ(Refusal(s).sqlstate, "42P17");
    EXPECT_EQ(Refusal(s).message, c.message);
  }
}

TEST(AnonymizationRules, UnknownColumns) {
  Schema s = Chat();
  s.Rule("chat", true, "doctor_id", "message");
  s.Alter("chat", [](catalog::Table& table) { table.rules[0].columns = {77}; });
  EXPECT_EQ(Refusal(s).sqlstate, "42703");
  s.Alter("chat", [](catalog::Table& table) { table.rules[0].via_column = 78; });
  EXPECT_EQ(Refusal(s).sqlstate, "42703");
}

TEST(ExplainCompliance, PathsAndWarnings) {
  Schema s;
  s.Table("users", "id* name:text", true)
      .Table("usergroups", "id*")
      .Table("members", "id* user_id group_id")
      .Table("logins", "id* ip:text home_address:text")
      .Table("views", "id* u");
  s.Key("members", "user_id", "REFERENCES", "users").Key("members", "group_id", "OWNS", "usergroups");
  s.Key("views", "u", "ACCESSED_BY", "users");
  std::string text;
  for (const ComplianceRow& row : ExplainCompliance(*s.graph())) {
    text += row.table + " | " + row.kind + " | " + row.path + " | " + std::to_string(row.length) + " | " + row.warning +
            "\n";
  }
  EXPECT_EQ(text,
            "users | data subject |  | 0 | \n"
            "usergroups | owned | members.group_id OWNS usergroups (explicit), members.user_id OWNED_BY users "
            "(implied) | 2 | \n"
            "members | owned | members.user_id OWNED_BY users (implied) | 1 | every ownership key can be NULL: a row "
            "must be given "
            "an owner in the same transaction\n"
            "logins | unowned |  | 0 | nobody owns it, but these columns sound personal: ip, home_address\n"
            "views | accessed | views.u ACCESSED_BY users (explicit) | 1 | \n");
}

TEST(ExplainCompliance, SeveralVariableSteps) {
  Schema s;
  s.Table("users", "id*", true).Table("a", "id* u b").Table("b", "id* c").Table("c", "id*");
  s.Key("a", "u", "OWNED_BY", "users").Key("a", "b", "OWNS", "b").Key("b", "c", "OWNS", "c");
  auto rows = ExplainCompliance(*s.graph());
  EXPECT_EQ(rows.back().length, 3);
  EXPECT_EQ(rows.back().warning, "ownership passes through 2 OWNS steps: one change can move many rows");
}

}  // namespace
}  // namespace allod::ownership
