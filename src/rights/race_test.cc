// Two sessions at once, on PostgreSQL: whatever they do, no row is left without an owner, and no erased subject is
// named.
//
// Each race is run for some seconds in READ COMMITTED, and mixed with the other levels; ALLOD_PROPERTY_SECONDS runs
// them longer. A transaction may fail with 23A01 (it would have left an orphan), 23503 (what it refers to is gone),
// 40001 or 40P01; nothing else, and nothing hangs: the cluster's lock_timeout would say so.
#include <gtest/gtest.h>

#include <barrier>
#include <chrono>
#include <functional>
#include <random>
#include <thread>

#include "ownership/testing.h"
#include "rights/rights.h"

namespace allod::rights {
namespace {

using engine::Isolation;
using ownership::Graph;
using ownership::testing::Schema;
using ownership::testing::TestContext;
using ownership::testing::TestEngine;

// Groups of members, files of shares, folders that can hold each other.
Schema Office() {
  Schema s;
  s.Table("users", "id*", true)
      .Table("usergroups", "id*")
      .Table("members", "id* user_id group_id")
      .Table("files", "id*")
      .Table("shares", "id* creator guest file_id")
      .Table("folders", "id* owner parent");
  s.Key("members", "user_id", "OWNED_BY", "users")
      .Key("members", "group_id", "OWNS", "usergroups")
      .Key("shares", "creator", "OWNED_BY", "users")
      .Key("shares", "guest", "ACCESSED_BY", "users")
      .Key("shares", "file_id", "OWNS", "files")
      .Key("folders", "owner", "OWNED_BY", "users")
      .Key("folders", "parent", "OWNED_BY", "folders");
  return s;
}

class Session {
 public:
  Session(TestEngine& engine, const Graph& graph) : engine_(engine), graph_(graph) {}

  // The whole way of a transaction: "ok", or the SQLSTATE with which it failed.
  std::string Transact(Isolation isolation, const std::function<Status(Session&)>& work) {
    transaction_ = engine_.Write(isolation);
    transaction_->SetWatch(graph_.full_watch());
    Status status = work(*this);
    if (status.ok()) status = CheckOrphans(graph_, *transaction_, &context_);
    if (status.ok()) status = transaction_->Commit().status();
    transaction_.reset();
    if (!status.ok()) message_ = status.error().message;
    return status.ok() ? "ok" : status.error().sqlstate;
  }
  Status Run(const std::string& text) { return ownership::testing::Run(*transaction_, text, &context_); }
  Status Forget(int64_t user) {
    const SubjectKey subject{graph_.catalog().FindTable("", "users")->oid, {Value::Integer(user)}};
    return rights::Forget(graph_, subject, *transaction_, &context_, false).status();
  }
  const std::string& message() const { return message_; }

 private:
  TestEngine& engine_;
  const Graph& graph_;
  TestContext context_;
  std::unique_ptr<engine::Transaction> transaction_;
  std::string message_;
};

class Race : public ::testing::Test {
 protected:
  Race() {
    ownership::testing::CurrentEngine() = engine::DialectId::kPostgres;
    // The query that looks for orphans would be compiled, which takes longer than the race.
    ownership::testing::Cluster().Execute("ALTER SYSTEM SET jit = off");
    ownership::testing::Cluster().Execute("SELECT pg_reload_conf()");
    engine_ = std::make_unique<TestEngine>();
    schema_ = Office();
    graph_ = schema_.graph();
  }
  ~Race() override { ownership::testing::CurrentEngine() = engine::DialectId::kSqlite; }

  void SetUp() override {
    ASSERT_NE(engine_->engine(), nullptr) << engine_->error();
    Status made = engine_->Make(schema_.Script(), *graph_);
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  using Work = std::function<Status(Session&, int64_t round)>;
  // `rounds` times: what `prepare` says (in a transaction of its own, which must commit), then both at once. Round n
  // has the ids 10n ... 10n + 9.
  void Compete(const std::string& prepare, const std::vector<Work>& works, int rounds = 2000) {
    const char* seconds = std::getenv("ALLOD_PROPERTY_SECONDS");
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoll(seconds) : 4);
    if (seconds != nullptr) rounds *= 100;
    std::map<std::string, int> outcomes;
    std::atomic<int64_t> round = 0;
    std::atomic<bool> done = false;
    Isolation levels[2] = {};
    std::string results[2];
    std::barrier barrier(3);
    auto compete = [&](int me) {
      Session session(*engine_, *graph_);
      for (;;) {
        barrier.arrive_and_wait();
        if (done) return;
        const Work& work = works[static_cast<size_t>(me) % works.size()];
        results[me] = session.Transact(levels[me], [&](Session& s) { return work(s, round); });
        if (results[me].starts_with("XX") || results[me].starts_with("42")) results[me] += " " + session.message();
        barrier.arrive_and_wait();
      }
    };
    std::thread threads[2] = {std::thread(compete, 0), std::thread(compete, 1)};
    std::mt19937 random(20260101);
    Session session(*engine_, *graph_);
    int run = 0;
    for (; run < rounds && std::chrono::steady_clock::now() < end && !HasFailure(); ++run) {
      round = run;
      std::string text;
      for (char c : prepare) text += c == '#' ? std::to_string(run) : std::string(1, c);
      std::string prepared = session.Transact(Isolation::kReadCommitted, [&](Session& s) {
        for (size_t at = 0; at < text.size();) {
          size_t stop = std::min(text.find(';', at), text.size());
          ALLOD_RETURN_IF_ERROR(s.Run(text.substr(at, stop - at)));
          at = stop + 1;
        }
        return Ok();
      });
      EXPECT_EQ(prepared, "ok") << session.message();
      const bool mixed = run % 5 == 4;
      for (Isolation& level : levels) level = mixed ? static_cast<Isolation>(random() % 3) : Isolation::kReadCommitted;
      barrier.arrive_and_wait();
      barrier.arrive_and_wait();
      std::string outcome = results[0] < results[1] ? results[0] + "/" + results[1] : results[1] + "/" + results[0];
      ++outcomes[outcome];
      for (const std::string& result : results) {
        EXPECT_TRUE(result == "ok" || result == "23A01" || result == "23503" || result == "40001" || result == "40P01")
            << result;
      }
      // All rows so far: an orphan stays one.
      if (run % 10 == 0) {
        EXPECT_EQ(Orphans(), "0") << "round " << run << ": " << outcome;
      }
    }
    EXPECT_EQ(Orphans(), "0");
    done = true;
    barrier.arrive_and_wait();
    for (std::thread& thread : threads) thread.join();
    std::string summary;
    for (const auto& [outcome, count] : outcomes) summary += "  " + outcome + " " + std::to_string(count);
    std::printf("%d rounds:%s\n", run, summary.c_str());
    outcomes_ = std::move(outcomes);
    EXPECT_GT(run, 0);
  }

  // Rows without an owner, as the database says itself, without the code that is on trial.
  std::string Orphans() {
    return Ask(
        "SELECT (SELECT count(*) FROM usergroups g WHERE NOT EXISTS (SELECT FROM members m WHERE m.group_id = g.id AND "
        "m.user_id IS NOT NULL)) + (SELECT count(*) FROM members WHERE user_id IS NULL AND group_id IS NOT NULL) + "
        "(SELECT count(*) FROM files f WHERE NOT EXISTS (SELECT FROM shares s WHERE s.file_id = f.id AND s.creator IS "
        "NOT "
        "NULL)) + (SELECT count(*) FROM shares WHERE creator IS NULL) + (WITH RECURSIVE o(id) AS (SELECT id FROM "
        "folders "
        "WHERE owner IS NOT NULL UNION SELECT f.id FROM folders f JOIN o ON f.parent = o.id) SELECT count(*) FROM "
        "folders "
        "WHERE id NOT IN (SELECT id FROM o))");
  }
  std::string Ask(const std::string& text) {
    auto transaction = engine_->engine()->Begin(engine::Mode::kRead, *engine::AwaitTurn(*engine_->engine()));
    if (!transaction.ok()) return transaction.status().error().message;
    TestContext context;
    auto cursor = (*transaction)->Run(text, {}, &context);
    if (!cursor.ok()) return cursor.status().error().message;
    auto more = (*cursor)->Next();
    if (!more.ok()) return more.status().error().message;
    Datum value = (*cursor)->column(0);
    return value.kind == Kind::kInteger ? std::to_string(value.integer) : std::string(value.bytes);
  }
  int Count(const std::string& outcome) const { return outcomes_.contains(outcome) ? outcomes_.at(outcome) : 0; }

  static std::string Id(int64_t round, int64_t n) { return std::to_string(round) + std::to_string(n); }

  Schema schema_;
  std::shared_ptr<const Graph> graph_;
  std::unique_ptr<TestEngine> engine_;
  std::map<std::string, int> outcomes_;
};

const char kGroup[] =
    "INSERT INTO users VALUES (#1), (#2); INSERT INTO usergroups VALUES (#1); "
    "INSERT INTO members VALUES (#1, #1, #1), (#2, #2, #1)";

TEST_F(Race, TheLastTwoMembersLeave) {
  Compete(kGroup, {[](Session& s, int64_t round) { return s.Run("DELETE FROM members WHERE id = " + Id(round, 1)); },
                   [](Session& s, int64_t round) { return s.Run("DELETE FROM members WHERE id = " + Id(round, 2)); }});
  EXPECT_EQ(Count("ok/ok"), 0);
  EXPECT_GT(Count("23A01/ok"), 0);
}

TEST_F(Race, OneMemberLeavesAndTheOtherMovesElsewhere) {
  Compete(std::string(kGroup) + "; INSERT INTO usergroups VALUES (#2); INSERT INTO members VALUES (#3, #1, #2)",
          {[](Session& s, int64_t round) { return s.Run("DELETE FROM members WHERE id = " + Id(round, 1)); },
           [](Session& s, int64_t round) {
             return s.Run("UPDATE members SET group_id = " + Id(round, 2) + " WHERE id = " + Id(round, 2));
           }});
  EXPECT_EQ(Count("ok/ok"), 0);
}

TEST_F(Race, TheLastTwoMembersAreForgotten) {
  Compete(kGroup, {[](Session& s, int64_t round) { return s.Forget(std::atoll(Id(round, 1).c_str())); },
                   [](Session& s, int64_t round) { return s.Forget(std::atoll(Id(round, 2).c_str())); }});
  EXPECT_GT(Count("ok/ok"), 0);
}

TEST_F(Race, AMemberLeavesWhileTheOtherIsForgotten) {
  Compete(kGroup, {[](Session& s, int64_t round) { return s.Forget(std::atoll(Id(round, 1).c_str())); },
                   [](Session& s, int64_t round) { return s.Run("DELETE FROM members WHERE id = " + Id(round, 2)); }});
  EXPECT_GT(Count("23A01/ok") + Count("ok/ok"), 0);
}

TEST_F(Race, AShareIsMadeForSomebodyWhoIsForgotten) {
  Compete(
      "INSERT INTO users VALUES (#1), (#2); INSERT INTO files VALUES (#1); "
      "INSERT INTO shares VALUES (#1, #1, NULL, #1), (#2, #2, #1, #1)",
      {[](Session& s, int64_t round) { return s.Forget(std::atoll(Id(round, 1).c_str())); },
       [](Session& s, int64_t round) {
         // His own, and one for him.
         ALLOD_RETURN_IF_ERROR(s.Run("INSERT INTO shares VALUES (" + Id(round, 3) + ", " + Id(round, 1) + ", NULL, " +
                                     Id(round, 1) + ")"));
         return s.Run("INSERT INTO shares VALUES (" + Id(round, 4) + ", " + Id(round, 2) + ", " + Id(round, 1) + ", " +
                      Id(round, 1) + ")");
       }});
  EXPECT_GT(Count("23503/ok") + Count("ok/ok"), 0);
  EXPECT_EQ(Ask("SELECT count(*) FROM shares s WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.creator) OR "
                "(s.guest IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = s.guest))"),
            "0");
}

TEST_F(Race, TwoFoldersThatHoldEachOtherLoseTheirOwners) {
  Compete(
      "INSERT INTO users VALUES (#1), (#2); INSERT INTO folders VALUES (#1, #1, NULL), (#2, #2, #1); "
      "UPDATE folders SET parent = #2 WHERE id = #1",
      {[](Session& s, int64_t round) { return s.Run("UPDATE folders SET owner = NULL WHERE id = " + Id(round, 1)); },
       [](Session& s, int64_t round) { return s.Run("UPDATE folders SET owner = NULL WHERE id = " + Id(round, 2)); }});
  EXPECT_EQ(Count("ok/ok"), 0);
  EXPECT_GT(Count("23A01/ok"), 0);
}

// So many changes that they are not held: whole tables are looked at, and nobody else may take a link meanwhile.
TEST_F(Race, AMemberLeavesWhileThousandsDo) {
  Compete(
      "INSERT INTO users VALUES (#1), (#2); INSERT INTO usergroups SELECT #0000000 + i FROM generate_series(1, 5100) "
      "i; "
      "INSERT INTO members SELECT #0000000 + i, #1, #0000000 + i FROM generate_series(1, 5100) i; "
      "INSERT INTO members SELECT #0005100 + i, #2, #0000000 + i FROM generate_series(1, 5100) i",
      {[](Session& s, int64_t round) {
         // The others' groups go with them; this one's has two members.
         std::string first = std::to_string(round) + "0000000";
         ALLOD_RETURN_IF_ERROR(
             s.Run("DELETE FROM members WHERE group_id > " + first + " + 1 AND group_id <= " + first + " + 5100"));
         ALLOD_RETURN_IF_ERROR(s.Run("DELETE FROM members WHERE id = " + first + " + 1"));
         return s.Run("DELETE FROM usergroups WHERE id > " + first + " + 1 AND id <= " + first + " + 5100");
       },
       [](Session& s, int64_t round) {
         return s.Run("DELETE FROM members WHERE id = " + std::to_string(round) + "0005101");
       }},
      10);
  EXPECT_EQ(Count("ok/ok"), 0);
}

}  // namespace
}  // namespace allod::rights
