#include "catalog/json.h"

#include <gtest/gtest.h>

#include <random>

namespace allod::catalog {
namespace {

Table FullTable() {
  Table table;
  table.oid = 16400;
  table.schema = 16390;
  table.name = "Größe \"x\"\n";
  table.data_subject = true;
  table.next_attnum = 7;
  table.rowid_column = 1;
  table.owner = 16385;
  table.comment = "about it";
  table.columns.push_back({"id", 1, Type{oid::kInt8}, true, "nextval('s'::regclass)", 'd', 16401, "the key"});
  table.columns.push_back({"price", 4, Type{oid::kNumeric, (10 << 16 | 2) + 4}, false, "", 0, 0, ""});
  table.columns.push_back({"name", 6, Type{oid::kText}, false, "'it''s'", 0, 0, ""});
  Constraint key;
  key.oid = 16402;
  key.name = "pk";
  key.kind = Constraint::Kind::kPrimaryKey;
  key.columns = {1};
  key.index = 16403;
  table.constraints.push_back(key);
  Constraint check;
  check.oid = 16404;
  check.name = "c";
  check.columns = {4};
  check.check_sql = "price > 0";
  check.comment = "positive";
  table.constraints.push_back(check);
  Constraint foreign;
  foreign.oid = 16405;
  foreign.name = "fk";
  foreign.kind = Constraint::Kind::kForeignKey;
  foreign.columns = {4, 6};
  foreign.target = 16400;
  foreign.target_columns = {1, 4};
  foreign.on_update = KeyAction::kCascade;
  foreign.on_delete = KeyAction::kSetDefault;
  foreign.deferrable = foreign.initially_deferred = true;
  foreign.annotation = Annotation::kAccesses;
  table.constraints.push_back(foreign);
  table.indexes.push_back({16403, "pk", true, true, false, {{1}}, "", {4}, "an index"});
  table.indexes.push_back({16406, "", false, false, true, {{0, "lower(name)", true, true}, {4}}, "price > 1"});
  table.rules.push_back({AnonymizationRule::Event::kDelete, 16400, 4, AnonymizationRule::Action::kAnonymize, {4, 6}});
  table.rules.push_back({AnonymizationRule::Event::kGet, 0, 1, AnonymizationRule::Action::kDeleteRow, {}});
  return table;
}

TEST(CatalogJson, ATableComesBackWhole) {
  const Table table = FullTable();
  const std::string json = ToJson(table);
  Result<Table> back = TableFromJson(json);
  ASSERT_TRUE(back.ok()) << back.status().error().message;
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(back->name, table.name);
  EXPECT_EQ(back->columns[0].identity, 'd');
  EXPECT_EQ(back->columns[1].type, table.columns[1].type);
  EXPECT_EQ(back->columns[2].default_sql, "'it''s'");
  EXPECT_EQ(back->constraints[2].annotation, Annotation::kAccesses);
  EXPECT_EQ(back->constraints[2].on_delete, KeyAction::kSetDefault);
  EXPECT_EQ(back->indexes[1].columns[0].expression_sql, "lower(name)");
  EXPECT_TRUE(back->indexes[1].for_key);
  EXPECT_EQ(back->rules[0].columns, (std::vector<Attnum>{4, 6}));
  EXPECT_EQ(back->rules[1].action, AnonymizationRule::Action::kDeleteRow);
  EXPECT_EQ(back->rowid_column, 1);
  EXPECT_EQ(back->owner, 16385u);
}

TEST(CatalogJson, AViewASequenceARoleASchemaComeBack) {
  Table view;
  view.oid = 16500;
  view.name = "v";
  view.kind = Table::Kind::kView;
  view.view_sql = "SELECT 1 AS a";
  view.view_reads = {16400, 16401};
  Result<Table> view_back = TableFromJson(ToJson(view));
  ASSERT_TRUE(view_back.ok());
  EXPECT_EQ(view_back->kind, Table::Kind::kView);
  EXPECT_EQ(view_back->view_sql, view.view_sql);
  EXPECT_EQ(view_back->view_reads, view.view_reads);

  Sequence sequence;
  sequence.oid = 16501;
  sequence.name = "s";
  sequence.type = Type{oid::kInt2};
  sequence.start = 0;  // defaults of the struct differ: zero has to come back as zero
  sequence.increment = -5;
  sequence.min = INT64_MIN;
  sequence.max = 0;
  sequence.cycle = true;
  sequence.owned_table = 16400;
  sequence.owned_column = 3;
  Result<Sequence> sequence_back = SequenceFromJson(ToJson(sequence));
  ASSERT_TRUE(sequence_back.ok()) << sequence_back.status().error().message;
  EXPECT_EQ(ToJson(*sequence_back), ToJson(sequence));
  EXPECT_EQ(sequence_back->start, 0);
  EXPECT_EQ(sequence_back->min, INT64_MIN);
  EXPECT_EQ(sequence_back->max, 0);
  EXPECT_TRUE(sequence_back->cycle);

  Role role{16502, "u", false, false, true, true, "SCRAM-SHA-256$4096:x$y:z"};
  Result<Role> role_back = RoleFromJson(ToJson(role));
  ASSERT_TRUE(role_back.ok());
  EXPECT_FALSE(role_back->login);
  EXPECT_TRUE(role_back->createdb);
  EXPECT_EQ(role_back->verifier, role.verifier);

  Result<Schema> schema_back = SchemaFromJson(ToJson(Schema{16503, "app", "c"}));
  ASSERT_TRUE(schema_back.ok());
  EXPECT_EQ(schema_back->comment, "c");
}

TEST(CatalogJson, WrongShapesAreRefused) {
  for (std::string_view json : {
           "", "{", "[]", "null", "17", "{}", R"({"oid":1})", R"({"oid":1,"name":"t"})",
           R"({"oid":0,"name":"t","kind":"r"})", R"({"oid":1,"name":"","kind":"r"})",
           R"({"oid":1,"name":"t","kind":"x"})", R"({"oid":"1","name":"t","kind":"r"})",
           R"({"oid":-1,"name":"t","kind":"r"})", R"({"oid":4294967296,"name":"t","kind":"r"})",
           R"({"oid":1.5,"name":"t","kind":"r"})", R"({"oid":1,"name":7,"kind":"r"})",
           R"({"oid":1,"name":"t","kind":"r","columns":{}})", R"({"oid":1,"name":"t","kind":"r","columns":[1]})",
           R"({"oid":1,"name":"t","kind":"r","columns":[{"number":70000}]})",
           R"({"oid":1,"name":"t","kind":"r","columns":[{"identity":"zz"}]})",
           R"({"oid":1,"name":"t","kind":"r","constraints":[{"oid":2}]})",
           R"({"oid":1,"name":"t","kind":"r","constraints":[{"oid":2,"kind":"f","annotation":6}]})",
           R"({"oid":1,"name":"t","kind":"r","constraints":[{"oid":2,"kind":"f","on_delete":"q"}]})",
           R"({"oid":1,"name":"t","kind":"r","view_reads":["a"]})", R"({"oid":1,"name":"t","kind":"r"} x)",
       }) {
    Result<Table> table = TableFromJson(json);
    ASSERT_FALSE(table.ok()) << json;
    EXPECT_EQ(table.status().error().sqlstate, sqlstate::kDataCorrupted) << json;
  }
}

TEST(CatalogJson, DamagedBytesNeverCrash) {
  const std::string good = ToJson(FullTable());
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(TableFromJson(good.substr(0, size)).ok());
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string bad = good;
    for (int n = 1 + static_cast<int>(random() % 4); n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
    Result<Table> table = TableFromJson(bad);
    if (table.ok()) continue;
    EXPECT_EQ(table.status().error().sqlstate, sqlstate::kDataCorrupted);
  }
}

}  // namespace
}  // namespace allod::catalog
