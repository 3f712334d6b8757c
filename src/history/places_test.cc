// What is found is what a search of everything stored finds, whatever was placed, rolled back or forgotten meanwhile.
#include "history/places.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/sqlite/engine.h"
#include "engine/test_support.h"
#include "history/statements.h"
#include "history/store.h"

namespace allod::history {
namespace {

using engine::Mode;
using engine::ScratchDirectory;
using engine::Transaction;

class PlacesTest : public testing::Test {
 protected:
  static constexpr int kRows = 12, kOwners = 5;

  void SetUp() override {
    engine::sqlite::Options options;
    options.path = directory_.file("a.db");
    auto opened = engine::sqlite::Open(std::move(options));
    ASSERT_OK(opened.status());
    engine_ = *std::move(opened);
    Transaction& t = Begin();
    ASSERT_OK(t.Script("CREATE TABLE allod_meta (name TEXT PRIMARY KEY, value ANY) STRICT"));
    End(true);
    ASSERT_OK(Store::Open(*engine_, "").status());
  }
  Transaction& Begin() {
    transaction_ = *engine::AwaitBegin(*engine_, Mode::kWrite);
    return *transaction_;
  }
  void End(bool commit) {
    if (commit) EXPECT_OK(transaction_->Commit().status());
    transaction_.reset();
  }
  int64_t Number(const std::string& text) {
    auto number = AskNumber(*transaction_, text, {}, 0);
    EXPECT_OK(number.status());
    return number.ok() ? *number : -1;
  }
  void Follow(Places& places) {
    EXPECT_OK(places.Follow(*transaction_, Number("SELECT versions FROM allod_placed"), Number("SELECT domains FROM allod_placed")));
  }
  static RowId RowOf(int i) { return {static_cast<Oid>(16384 + i % 2), "row " + std::to_string(i)}; }
  static std::string Where(const RowId& row) {
    return " WHERE tab = " + std::to_string(row.table) + " AND row = CAST('" + row.name + "' AS BLOB)";
  }

  void AddVersion(Places& places, int i) {
    const RowId row = RowOf(i);
    const int64_t seq = Number("SELECT max(seq) FROM allod_version") + 1;
    const int64_t version = Number("SELECT max(version) FROM allod_version" + Where(row)) + 1;
    ASSERT_OK(Do(*transaction_, "INSERT INTO allod_version VALUES (?1, ?2, ?3, ?4, 1, 1, 1, 0, NULL, NULL)",
                 {Datum::Integer(seq), Datum::Integer(row.table), Datum::Blob(row.name), Datum::Integer(version)}));
    places.Added(row, seq);
  }
  void AddDomain(Places& places, int i) {
    const RowId row = RowOf(i);
    if (Number("SELECT domain FROM allod_domain" + Where(row)) != 0) return;
    const int64_t domain = Number("SELECT max(domain) FROM allod_domain") + 1;
    ASSERT_OK(Do(*transaction_, "INSERT INTO allod_domain VALUES (?1, ?2, ?3)",
                 {Datum::Integer(domain), Datum::Integer(row.table), Datum::Blob(row.name)}));
    places.AddedDomain(row, domain);
  }
  void AddPart(Places& places, int owner, int64_t domain) {
    ASSERT_OK(Do(*transaction_, "INSERT INTO allod_share VALUES (?1, ?2) ON CONFLICT DO NOTHING", {Datum::Integer(domain), Datum::Integer(owner)}));
    ASSERT_OK(places.AddedPart(*transaction_, owner, domain));
  }
  void RemoveDomain(Places& places, int64_t domain) {
    ASSERT_OK(places.RemovedDomain(*transaction_, domain));
    ASSERT_OK(Do(*transaction_, "UPDATE allod_domain SET tab = NULL, row = NULL WHERE domain = ?1", {Datum::Integer(domain)}));
  }

  void Check(const Places& places) {
    for (int i = 0; i < kRows; ++i) {
      const RowId row = RowOf(i);
      auto newest = places.Newest(*transaction_, row);
      ASSERT_OK(newest.status());
      EXPECT_EQ(*newest ? (*newest)->version : 0, Number("SELECT max(version) FROM allod_version" + Where(row)));
      auto before = places.Before(*transaction_, row, 3);
      ASSERT_OK(before.status());
      EXPECT_EQ(static_cast<int64_t>(before->size()), Number("SELECT count(*) FROM allod_version" + Where(row) + " AND version < 3"));
      auto domain = places.DomainOf(*transaction_, row);
      ASSERT_OK(domain.status());
      EXPECT_EQ(*domain, Number("SELECT domain FROM allod_domain" + Where(row)));
    }
    for (int owner = 1000; owner < 1000 + kOwners; ++owner) {
      auto parts = places.PartsOf(*transaction_, owner);
      ASSERT_OK(parts.status());
      EXPECT_EQ(static_cast<int64_t>(parts->size()), Number("SELECT count(*) FROM allod_share WHERE owner = " + std::to_string(owner)));
    }
  }

  ScratchDirectory directory_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Transaction> transaction_;
};

TEST_F(PlacesTest, FindWhatIsStored) {
  std::mt19937_64 random(17);
  Places places;
  int rolled_back = 0, placed = 0;
  for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
    SCOPED_TRACE(round);
    Begin();
    if (random() % 10 == 0) {
      // Somebody else, as after the database was opened again.
      Places other;
      Follow(other);
      ASSERT_OK(other.Place(*transaction_));
    }
    Follow(places);
    bool saved = false;
    for (int step = static_cast<int>(random() % 12); step > 0; --step) {
      const int row = static_cast<int>(random() % kRows);
      const int64_t domains = Number("SELECT max(domain) FROM allod_domain");
      switch (random() % 8) {
        case 0: case 1: case 2: AddVersion(places, row); break;
        case 3: AddDomain(places, row); break;
        case 4:
          if (domains > 0) AddPart(places, 1000 + static_cast<int>(random() % kOwners), 1 + static_cast<int64_t>(random()) % domains);
          break;
        case 5:
          if (domains > 0 && random() % 3 == 0) RemoveDomain(places, 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(domains)));
          break;
        case 6:
          if (!saved) ASSERT_OK(transaction_->Savepoint(1));
          saved = true;
          if (random() % 2 == 0) {
            ASSERT_OK(transaction_->RollbackTo(1));
            Follow(places);
            ++rolled_back;
          }
          break;
        case 7:
          if (random() % 3 == 0) {
            ASSERT_OK(places.Place(*transaction_));
            ++placed;
          }
          break;
      }
      Check(places);
    }
    const bool commit = random() % 4 != 0;
    rolled_back += commit ? 0 : 1;
    End(commit);
  }
  EXPECT_GT(rolled_back, 20);
  EXPECT_GT(placed, 20);
  // When everything has its place, nothing waits, and the same is found.
  Begin();
  Follow(places);
  ASSERT_OK(places.Place(*transaction_));
  EXPECT_EQ(places.size(), 0u);
  EXPECT_EQ(Number("SELECT count(*) FROM allod_version_place"), Number("SELECT count(*) FROM allod_version"));
  EXPECT_EQ(Number("SELECT count(*) FROM allod_share_place"), Number("SELECT count(*) FROM allod_share"));
  EXPECT_EQ(Number("SELECT count(*) FROM allod_domain_place"), Number("SELECT count(*) FROM allod_domain WHERE tab IS NOT NULL"));
  Check(places);
  End(true);
}

}  // namespace
}  // namespace allod::history
