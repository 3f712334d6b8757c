#include "catalog/catalog.h"

#include <gtest/gtest.h>

namespace allod::catalog {
namespace {

Table MakeTable(Oid oid, std::string name) {
  Table table;
  table.oid = oid;
  table.name = std::move(name);
  table.columns.push_back({"id", 1, Type{oid::kInt4}, true});
  table.columns.push_back({"name", 2, Type{oid::kText}});
  table.next_attnum = 3;
  return table;
}

TEST(Catalog, InitialHasPublicAndTheFirstRole) {
  auto catalog = Catalog::Initial();
  ASSERT_NE(catalog->FindSchema("public"), nullptr);
  EXPECT_EQ(catalog->FindSchema("public")->oid, kPublicNamespace);
  ASSERT_NE(catalog->FindRole("allod"), nullptr);
  EXPECT_TRUE(catalog->FindRole("allod")->superuser);
  EXPECT_EQ(catalog->FindRole("allod")->oid, 10u);
  EXPECT_TRUE(catalog->tables().empty());
}

TEST(Catalog, AnEditLeavesTheSnapshotAlone) {
  auto before = Catalog::Initial();
  auto after = before->Edit();
  const Oid oid = after->NewOid();
  after->Put(MakeTable(oid, "users"));
  EXPECT_EQ(before->FindTable("", "users"), nullptr);
  ASSERT_NE(after->FindTable("", "users"), nullptr);
  EXPECT_EQ(after->FindTable("public", "users"), after->FindTable(oid));
  EXPECT_EQ(after->version(), before->version() + 1);
  EXPECT_EQ(before->next_oid(), kFirstUserOid);
  EXPECT_EQ(after->next_oid(), kFirstUserOid + 1);
  // Unchanged tables are the same object in later versions.
  auto later = after->Edit();
  later->Put(MakeTable(later->NewOid(), "groups"));
  EXPECT_EQ(later->FindTable(oid), after->FindTable(oid));
}

TEST(Catalog, PutUnderAnotherNameRenames) {
  auto catalog = Catalog::Initial()->Edit();
  catalog->Put(MakeTable(20000, "a"));
  Table table = *catalog->FindTable(20000);
  table.name = "b";
  catalog->Put(table);
  EXPECT_EQ(catalog->FindTable("", "a"), nullptr);
  EXPECT_NE(catalog->FindTable("", "b"), nullptr);
  catalog->DropTable(20000);
  EXPECT_EQ(catalog->FindTable("", "b"), nullptr);
  EXPECT_EQ(catalog->relation_names(), 0u);
}

TEST(Catalog, RelationsShareOneNameSpace) {
  auto catalog = Catalog::Initial()->Edit();
  Table table = MakeTable(20000, "t");
  table.indexes.push_back({20001, "t_idx", false, false, false, {{1}}});
  table.indexes.push_back({20002, "", false, false, /*for_key=*/true, {{2}}});
  catalog->Put(table);
  Sequence sequence;
  sequence.oid = 20003;
  sequence.name = "s";
  catalog->Put(sequence);
  Table view = MakeTable(20004, "v");
  view.kind = Table::Kind::kView;
  catalog->Put(view);
  for (std::string_view name : {"t", "t_idx", "s", "v"}) EXPECT_TRUE(catalog->HasRelation(kPublicNamespace, name)) << name;
  EXPECT_FALSE(catalog->HasRelation(kPublicNamespace, ""));
  EXPECT_EQ(catalog->FindTable("", "t_idx"), nullptr);
  EXPECT_EQ(catalog->FindTable("", "s"), nullptr);
  EXPECT_EQ(catalog->FindSequence("", "s")->oid, 20003u);
  EXPECT_EQ(catalog->FindSequence("", "t"), nullptr);
  auto [owner, index] = catalog->FindIndex("", "t_idx");
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(owner->oid, 20000u);
  EXPECT_EQ(index->oid, 20001u);
  EXPECT_EQ(catalog->FindIndex("", "t").second, nullptr);
  catalog->DropSequence(20003);
  EXPECT_FALSE(catalog->HasRelation(kPublicNamespace, "s"));
}

TEST(Catalog, SchemasKeepNamesApart) {
  auto catalog = Catalog::Initial()->Edit();
  catalog->Put(Schema{30000, "app"});
  Table table = MakeTable(20000, "t");
  catalog->Put(table);
  table.oid = 20001;
  table.schema = 30000;
  catalog->Put(table);
  EXPECT_EQ(catalog->FindTable("", "t")->oid, 20000u);
  EXPECT_EQ(catalog->FindTable("app", "t")->oid, 20001u);
  EXPECT_EQ(catalog->FindTable("nowhere", "t"), nullptr);
  // A renamed schema takes its relations along.
  catalog->Put(Schema{30000, "shop"});
  EXPECT_EQ(catalog->FindTable("app", "t"), nullptr);
  EXPECT_EQ(catalog->FindTable("shop", "t")->oid, 20001u);
}

}  // namespace
}  // namespace allod::catalog
