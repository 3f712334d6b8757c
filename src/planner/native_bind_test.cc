#include "planner/native_bind.h"

#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "planner/native_ddl.h"

namespace allod::planner {
namespace {

std::string Bound(const std::string& text) {
  auto parsed = sql::Parse(text);
  if (!parsed.ok()) return parsed.status().error().sqlstate;
  BindContext context;
  context.catalog = catalog::Catalog::Initial();
  auto bound = BindNative(*parsed, (*parsed)->statements[0], context);
  return bound.ok() ? "ok" : bound.status().error().sqlstate;
}

std::string Defined(const std::string& text) {
  auto parsed = sql::Parse(text);
  if (!parsed.ok()) return parsed.status().error().sqlstate;
  const Status status = CheckNativeUtility(**parsed, (*parsed)->statements[0]);
  return status.ok() ? "ok" : status.error().sqlstate;
}

// What is captured of a transaction lies in settings allod.*: nobody may empty them.
TEST(NativeBind, CapturedChangesAreOutOfReach) {
  EXPECT_EQ(Bound("SELECT set_config('timezone', 'UTC', false)"), "ok");
  EXPECT_EQ(Bound("SELECT set_config('allod.changes', '', true)"), "42501");
  EXPECT_EQ(Bound("SELECT pg_catalog.set_config('ALLOD.Changes', '', true)"), "42501");
  EXPECT_EQ(Bound("SELECT set_config('Session_Replication_Role', 'replica', false)"), "42501");
  EXPECT_EQ(Bound("SELECT set_config('allod' || '.changes', '', true)"), "0A000");
  EXPECT_EQ(Bound("WITH x AS (SELECT (SELECT set_config('allod.changes', '', true))) SELECT * FROM x"), "42501");
  EXPECT_EQ(Bound("SELECT * FROM set_config('allod.changes', '', true)"), "42501");
  EXPECT_EQ(Bound("SELECT * FROM allod.role"), "42501");
  EXPECT_EQ(Bound("SELECT allod.assert_version(1)"), "42501");
  EXPECT_EQ(Bound("SELECT lastval()"), "0A000");
  EXPECT_EQ(Bound("SELECT query_to_xml('SELECT 1', true, true, '')"), "0A000");
}

TEST(NativeBind, DefinitionsDoNotHideThem) {
  EXPECT_EQ(Defined("CREATE VIEW v AS SELECT 1 AS a"), "ok");
  EXPECT_EQ(Defined("CREATE VIEW v AS SELECT set_config('allod.changes', '', true)"), "0A000");
  EXPECT_EQ(Defined("CREATE TABLE t (a bigint DEFAULT lastval())"), "0A000");
  EXPECT_EQ(Defined("CREATE TABLE t (a bigint DEFAULT nextval('s'))"), "ok");
  EXPECT_EQ(Defined("CREATE VIEW v AS SELECT * FROM allod.role"), "42501");
  EXPECT_EQ(Defined("DROP TABLE allod.role"), "42501");
  EXPECT_EQ(Defined("ALTER TABLE t DISABLE TRIGGER ALL"), "42501");
  EXPECT_EQ(Defined("DO $$ BEGIN END $$"), "0A000");
}

}  // namespace
}  // namespace allod::planner
