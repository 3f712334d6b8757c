#include "catalog/store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <set>
#include <thread>

#include "catalog/json.h"
#include "engine/sqlite/engine.h"

namespace allod::catalog {
namespace {

class Store : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/allod-catalog-XXXXXX";
    directory_ = mkdtemp(path);
    Open();
  }
  void TearDown() override {
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    engine_.reset();
    engine::sqlite::Options options;
    options.path = directory_ + "/test.db";
    auto engine = engine::sqlite::Open(options);
    ASSERT_TRUE(engine.ok()) << engine.status().error().message;
    engine_ = *std::move(engine);
  }
  std::unique_ptr<engine::Transaction> Write() {
    auto turn = engine::AwaitTurn(*engine_);
    EXPECT_TRUE(turn.ok());
    auto transaction = engine_->Begin(engine::Mode::kWrite, *std::move(turn));
    EXPECT_TRUE(transaction.ok());
    return *std::move(transaction);
  }
  void Script(const std::string& text) {
    auto transaction = Write();
    const Status status = transaction->Script(text);
    ASSERT_TRUE(status.ok()) << text << ": " << status.error().message;
    ASSERT_TRUE(transaction->Commit().ok());
  }
  std::shared_ptr<const Catalog> MustLoad() {
    auto loaded = Load(*engine_);
    EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.status().error().message);
    return loaded.ok() ? *loaded : nullptr;
  }
  void SaveAndCommit(const Catalog& before, const Catalog& after) {
    auto transaction = Write();
    const Status status = Save(before, after, *transaction);
    ASSERT_TRUE(status.ok()) << status.error().message;
    ASSERT_TRUE(transaction->Commit().ok());
  }

  // users(id, name) with a key, members with a foreign key to it, a view and a sequence.
  static std::shared_ptr<Catalog> Example(const Catalog& before) {
    auto catalog = before.Edit();
    Table users;
    users.oid = catalog->NewOid();
    users.name = "users";
    users.columns = {{"id", 1, Type{oid::kInt4}, true}, {"name", 2, Type{oid::kText}}};
    users.next_attnum = 3;
    Index index{catalog->NewOid(), "users_pkey", true, false, false, {{1}}};
    Constraint key;
    key.oid = catalog->NewOid();
    key.name = "users_pkey";
    key.kind = Constraint::Kind::kPrimaryKey;
    key.columns = {1};
    key.index = index.oid;
    users.indexes.push_back(index);
    users.constraints.push_back(key);
    Table members;
    members.oid = catalog->NewOid();
    members.name = "members";
    members.columns = {{"user_id", 1, Type{oid::kInt4}}};
    members.next_attnum = 2;
    Constraint foreign;
    foreign.oid = catalog->NewOid();
    foreign.name = "members_user_id_fkey";
    foreign.kind = Constraint::Kind::kForeignKey;
    foreign.columns = {1};
    foreign.target = users.oid;
    foreign.target_columns = {1};
    foreign.annotation = Annotation::kOwnedBy;
    members.constraints.push_back(foreign);
    Sequence sequence;
    sequence.oid = catalog->NewOid();
    sequence.name = "s";
    Table view;
    view.oid = catalog->NewOid();
    view.name = "v";
    view.kind = Table::Kind::kView;
    view.columns = {{"id", 1, Type{oid::kInt4}}};
    view.next_attnum = 2;
    view.view_sql = "SELECT id FROM public.users";
    view.view_reads = {users.oid};
    catalog->Put(users);
    catalog->Put(members);
    catalog->Put(sequence);
    catalog->Put(view);
    return catalog;
  }

  std::string directory_;
  std::unique_ptr<engine::Engine> engine_;
};

TEST_F(Store, AFreshDatabaseIsInitial) {
  auto catalog = MustLoad();
  ASSERT_NE(catalog, nullptr);
  EXPECT_NE(catalog->FindRole("allod"), nullptr);
  EXPECT_NE(catalog->FindSchema("public"), nullptr);
  Open();
  auto again = MustLoad();
  EXPECT_EQ(again->next_oid(), kFirstUserOid);
  EXPECT_EQ(again->version(), catalog->version());
}

TEST_F(Store, WhatIsSavedIsLoaded) {
  auto before = MustLoad();
  auto after = Example(*before);
  SaveAndCommit(*before, *after);
  Open();
  auto loaded = MustLoad();
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->next_oid(), after->next_oid());
  EXPECT_EQ(loaded->version(), after->version());
  ASSERT_EQ(loaded->tables().size(), 3u);
  for (const auto& [oid, table] : after->tables()) EXPECT_EQ(ToJson(*loaded->FindTable(oid)), ToJson(*table));
  EXPECT_NE(loaded->FindIndex("", "users_pkey").second, nullptr);

  auto dropped = loaded->Edit();
  dropped->DropTable(dropped->FindTable("", "v")->oid);
  dropped->DropTable(dropped->FindTable("", "members")->oid);
  dropped->DropSequence(dropped->FindSequence("", "s")->oid);
  SaveAndCommit(*loaded, *dropped);
  Open();
  EXPECT_EQ(MustLoad()->tables().size(), 1u);
}

EnumType Mood(Catalog* catalog) {
  EnumType type;
  type.oid = catalog->NewEnumOid();
  type.array_oid = type.oid + 1;
  type.name = "mood";
  for (const char* label : {"sad", "ok", "happy"}) {
    type.labels.push_back({catalog->NewOid(), *type.PositionBefore(type.labels.size()), label});
  }
  return type;
}

TEST_F(Store, EnumeratedTypesAreSavedLoadedAndDropped) {
  auto before = MustLoad();
  auto after = before->Edit();
  const EnumType type = Mood(after.get());
  after->Put(type);
  Table table;
  table.oid = after->NewOid();
  table.name = "person";
  table.columns = {{"mood", 1, Type{type.oid}}};
  table.next_attnum = 2;
  after->Put(table);
  SaveAndCommit(*before, *after);
  Open();
  auto loaded = MustLoad();
  ASSERT_NE(loaded, nullptr);
  ASSERT_NE(loaded->FindEnum("", "mood"), nullptr);
  EXPECT_EQ(ToJson(*loaded->FindEnum("public", "mood")), ToJson(type));
  EXPECT_EQ(loaded->FindEnum(type.oid)->Find("ok")->position, 2 * kEnumGap);
  EXPECT_EQ(loaded->FindEnum(type.oid)->Find(3 * kEnumGap)->label, "happy");
  EXPECT_EQ(loaded->FindEnum(type.oid)->Find("OK"), nullptr);

  auto dropped = loaded->Edit();
  dropped->DropTable(table.oid);
  dropped->DropEnum(type.oid);
  SaveAndCommit(*loaded, *dropped);
  Open();
  // Histories may hold its values.
  EXPECT_EQ(MustLoad()->FindEnum("", "mood"), nullptr);
  ASSERT_NE(MustLoad()->LabelAt(type.oid, 2 * kEnumGap), nullptr);
  EXPECT_EQ(*MustLoad()->LabelAt(type.oid, 2 * kEnumGap), "ok");
}

TEST_F(Store, DamagedEnumeratedTypesAreFound) {
  auto before = MustLoad();
  auto after = before->Edit();
  after->Put(Mood(after.get()));
  SaveAndCommit(*before, *after);
  Script("CREATE TABLE allod_save AS SELECT * FROM allod_catalog");
  for (const std::string damage :
       {"body = replace(body, '\"ok\"', '\"sad\"')", "body = replace(body, '8589934592', '1')",
        "body = replace(body, '\"array_oid\":1073774593', '\"array_oid\":1073774592')",
        "body = replace(body, '\"schema\":2200', '\"schema\":2201')",
        "body = replace(body, '\"oid\":16386', '\"oid\":16385')",
        "body = replace(body, '\"oid\":1073774592', '\"oid\":99999')"}) {
    Script("UPDATE allod_catalog SET " + damage + " WHERE kind = 'enum'");
    auto loaded = Load(*engine_);
    ASSERT_FALSE(loaded.ok()) << damage;
    EXPECT_EQ(loaded.status().error().sqlstate, sqlstate::kDataCorrupted) << damage;
    Script("DELETE FROM allod_catalog; INSERT INTO allod_catalog SELECT * FROM allod_save");
  }
  EXPECT_EQ(MustLoad()->enums().size(), 1u);
}

TEST_F(Store, ARolledBackSaveLeavesNothing) {
  auto before = MustLoad();
  auto after = Example(*before);
  {
    auto transaction = Write();
    ASSERT_TRUE(Save(*before, *after, *transaction).ok());
  }
  EXPECT_TRUE(MustLoad()->tables().empty());
}

TEST_F(Store, DamageIsFound) {
  auto before = MustLoad();
  SaveAndCommit(*before, *Example(*before));
  const std::string damages[] = {
      "UPDATE allod_catalog SET body = substr(body, 1, length(body) / 2) WHERE kind = 'table'",
      "UPDATE allod_catalog SET body = '' WHERE kind = 'role'",
      "UPDATE allod_catalog SET body = '{}' WHERE kind = 'schema'",
      "UPDATE allod_catalog SET body = x'00ff' WHERE kind = 'table'",
      "UPDATE allod_catalog SET kind = 'tabel' WHERE kind = 'sequence'",
      "UPDATE allod_catalog SET oid = oid + 1000 WHERE kind = 'sequence'",
      "UPDATE allod_catalog SET oid = -oid WHERE kind = 'role'",
      "DELETE FROM allod_catalog WHERE kind = 'schema'",
      "DELETE FROM allod_catalog WHERE body LIKE '%users_pkey%'",
      "UPDATE allod_catalog SET body = replace(body, '\"columns\":[1]', '\"columns\":[9]') WHERE kind = 'table'",
      "UPDATE allod_catalog SET body = replace(body, '\"name\":\"members\"', '\"name\":\"users\"') WHERE kind = 'table'",
      "UPDATE allod_catalog SET body = replace(body, '\"number\":2', '\"number\":1') WHERE kind = 'table'",
      "UPDATE allod_catalog SET body = replace(body, '\"type\":23', '\"type\":999999') WHERE kind = 'table'",
      "UPDATE allod_meta SET value = 3 WHERE name = 'next_oid'",
      "DELETE FROM allod_meta WHERE name = 'catalog_version'",
      "DELETE FROM allod_meta WHERE name = 'format'",
  };
  Script("CREATE TABLE allod_save AS SELECT * FROM allod_catalog; CREATE TABLE allod_save_meta AS SELECT * FROM allod_meta");
  for (const std::string& damage : damages) {
    Script(damage);
    auto loaded = Load(*engine_);
    ASSERT_FALSE(loaded.ok()) << damage;
    EXPECT_EQ(loaded.status().error().sqlstate, sqlstate::kDataCorrupted) << damage << ": " << loaded.status().error().message;
    Script("DELETE FROM allod_catalog; INSERT INTO allod_catalog SELECT * FROM allod_save; "
           "DELETE FROM allod_meta; INSERT INTO allod_meta SELECT * FROM allod_save_meta");
  }
  EXPECT_EQ(MustLoad()->tables().size(), 3u);
  Script("UPDATE allod_meta SET value = 99 WHERE name = 'format'");
  EXPECT_EQ(Load(*engine_).status().error().sqlstate, sqlstate::kFeatureNotSupported);
}

// An older Allod refuses a newer format; what it may not understand must therefore never be written under an old
// number.
TEST_F(Store, AnOlderFormatIsRaisedByTheFirstSave) {
  auto format = [&]() -> int64_t {
    auto transaction = *engine_->Begin(engine::Mode::kRead);
    auto cursor = *transaction->Run("SELECT value FROM allod_meta WHERE name = 'format'", {}, nullptr);
    auto more = cursor->Next();
    return more.ok() && *more ? cursor->column(0).integer : -1;
  };
  MustLoad();
  const int64_t current = format();
  ASSERT_GT(current, 1);
  Script("UPDATE allod_meta SET value = 1 WHERE name = 'format'");
  Open();
  auto before = MustLoad();
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(format(), 1) << "reading alone changes nothing: the older Allod can still go back to it";
  {
    auto transaction = Write();
    ASSERT_TRUE(Save(*before, *Example(*before), *transaction).ok());
  }
  EXPECT_EQ(format(), 1) << "rolled back with what it stands for";
  SaveAndCommit(*before, *Example(*before));
  EXPECT_EQ(format(), current);
  Open();
  EXPECT_EQ(MustLoad()->tables().size(), 3u);
}

Sequence MakeSequence() {
  Sequence sequence;
  sequence.oid = 20000;
  sequence.name = "s";
  return sequence;
}

TEST_F(Store, SequencesGoOnAfterRestart) {
  MustLoad();
  auto opened = OpenSequences(*engine_);
  ASSERT_TRUE(opened.ok());
  Sequences& sequences = **opened;
  const Sequence sequence = MakeSequence();
  EXPECT_EQ(sequences.Current(sequence), (std::pair<int64_t, bool>{1, false}));
  EXPECT_EQ(*sequences.Next(sequence), 1);
  EXPECT_EQ(*sequences.Next(sequence), 2);
  EXPECT_EQ(sequences.Current(sequence), (std::pair<int64_t, bool>{2, true}));
  {
    auto transaction = Write();
    ASSERT_TRUE(sequences.Persist({sequence.oid, sequence.oid, 777}, *transaction).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }
  EXPECT_EQ(*sequences.Next(sequence), 3);  // drawn, never written
  opened = Result<std::unique_ptr<Sequences>>(std::unique_ptr<Sequences>());
  Open();
  auto again = OpenSequences(*engine_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*(*again)->Next(sequence), 3);
  (*again)->Set(sequence, 10, false);
  EXPECT_EQ(*(*again)->Next(sequence), 10);
  (*again)->Set(sequence, 10, true);
  EXPECT_EQ(*(*again)->Next(sequence), 11);
}

TEST_F(Store, SequenceBounds) {
  MustLoad();
  auto sequences = *OpenSequences(*engine_);
  Sequence up = MakeSequence();
  up.max = 2;
  EXPECT_EQ(*sequences->Next(up), 1);
  EXPECT_EQ(*sequences->Next(up), 2);
  Result<int64_t> over = sequences->Next(up);
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.status().error().sqlstate, "2200H");
  EXPECT_EQ(over.status().error().message, "nextval: reached maximum value of sequence \"s\" (2)");
  up.cycle = true;
  EXPECT_EQ(*sequences->Next(up), 1);
  Sequence down = MakeSequence();
  down.oid = 20001;
  down.increment = -1;
  down.min = INT64_MIN;
  down.max = -1;
  down.start = INT64_MIN + 1;
  EXPECT_EQ(*sequences->Next(down), INT64_MIN + 1);
  EXPECT_EQ(*sequences->Next(down), INT64_MIN);
  EXPECT_FALSE(sequences->Next(down).ok());
}

TEST_F(Store, NoTwoThreadsDrawTheSameValue) {
  MustLoad();
  auto sequences = *OpenSequences(*engine_);
  const Sequence sequence = MakeSequence();
  std::vector<std::vector<int64_t>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& values : drawn) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) values.push_back(*sequences->Next(sequence));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> all;
  for (const auto& values : drawn) all.insert(values.begin(), values.end());
  EXPECT_EQ(all.size(), 2000u);
  EXPECT_EQ(*all.rbegin(), 2000);
}

}  // namespace
}  // namespace allod::catalog
