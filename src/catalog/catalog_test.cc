#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/system_relations.h"
#include "engine/test_support.h"

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

// pg_enum.enumsortorder is position / kEnumGap: 1, 2, 3, the middle of two neighbours, one beyond either end.
TEST(EnumType, ALabelGoesBetweenItsNeighboursUntilThereIsNoRoom) {
  EnumType type;
  auto add = [&](size_t index) {
    const std::optional<int64_t> position = type.PositionBefore(index);
    if (!position) return false;
    type.labels.insert(type.labels.begin() + static_cast<std::ptrdiff_t>(index),
                       {1, *position, std::to_string(*position)});
    return true;
  };
  ASSERT_TRUE(add(0) && add(1) && add(2));
  EXPECT_EQ(type.labels[0].position, kEnumGap);
  EXPECT_EQ(type.labels[2].position, 3 * kEnumGap);
  ASSERT_TRUE(add(1));
  EXPECT_EQ(type.labels[1].position, kEnumGap + kEnumGap / 2);
  ASSERT_TRUE(add(0));
  EXPECT_EQ(type.labels[0].position, 0);
  ASSERT_TRUE(add(0));
  EXPECT_EQ(type.labels[0].position, -kEnumGap);
  int added = 0;
  while (added < 100 && add(1)) ++added;
  EXPECT_EQ(added, 32);
  for (size_t i = 1; i < type.labels.size(); ++i) EXPECT_LT(type.labels[i - 1].position, type.labels[i].position);
  type.labels = {{1, INT64_MIN, "a"}, {2, INT64_MAX, "b"}};
  EXPECT_EQ(type.PositionBefore(0), std::nullopt);
  EXPECT_EQ(type.PositionBefore(1), -1);
  EXPECT_EQ(type.PositionBefore(2), std::nullopt);
}

// The rows of a system relation whose `key` is `value`, as the text of the columns named.
std::vector<std::string> RowsOf(const Catalog& catalog, std::string_view relation, std::string_view key, int64_t value,
                                const std::vector<std::string_view>& columns) {
  const SystemRelationInfo& info = *FindSystemRelation("", relation);
  engine::PlainContext session;
  std::vector<Row> rows;
  info.fill(catalog, session, &rows);
  auto place = [&](std::string_view name) {
    size_t i = 0;
    while (info.columns[i].name != name) ++i;
    return i;
  };
  std::vector<std::string> found;
  for (const Row& row : rows) {
    if (row[place(key)].integer() != value) continue;
    std::string& line = found.emplace_back();
    for (std::string_view column : columns) {
      const size_t i = place(column);
      line += (line.empty() ? "" : "|") + ToText(Type{info.columns[i].type}, row[i].view(), session.format);
    }
  }
  return found;
}

TEST(EnumType, IsShownAsPostgresShowsIt) {
  auto catalog = Catalog::Initial()->Edit();
  EnumType type{20000, 20001, kPublicNamespace, "mood"};
  type.labels = {{20002, kEnumGap, "sad"}, {20004, kEnumGap + kEnumGap / 2, "ok"}, {20003, 2 * kEnumGap, "happy"}};
  catalog->Put(type);
  const std::vector<std::string_view> of_type = {"typname",     "typnamespace", "typlen",   "typbyval", "typtype",
                                                 "typcategory", "typelem",      "typarray", "typinput", "typstorage"};
  EXPECT_EQ(RowsOf(*catalog, "pg_type", "oid", 20000, of_type),
            (std::vector<std::string>{"mood|2200|4|t|e|E|0|20001|0|p"}));
  EXPECT_EQ(RowsOf(*catalog, "pg_type", "oid", 20001, of_type),
            (std::vector<std::string>{"_mood|2200|-1|f|b|A|20000|0|750|x"}));
  EXPECT_EQ(RowsOf(*catalog, "pg_enum", "enumtypid", 20000, {"oid", "enumsortorder", "enumlabel"}),
            (std::vector<std::string>{"20002|1|sad", "20004|1.5|ok", "20003|2|happy"}));
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
