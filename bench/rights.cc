// GDPR GET and FORGET of a subject with about 100 rows, in a database of more and more other users: in process, without
// the wire. ownCloud's tables: groups of 5, 3 files a user, 3 direct and 2 group shares a file.
//
//   rights_bench [users...]
//
// Times are of the processor, so that other work on the machine does not count; the disk's wait is not in them.
#include "rights/rights.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "engine/sqlite/engine.h"
#include "ownership/testing.h"

namespace {

using namespace allod;
using ownership::testing::Schema;
using ownership::testing::TestDatabase;

double Now() {  // microseconds
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s %s\n", status.error().message.c_str(), status.error().detail.c_str());
  std::exit(1);
}

void Load(TestDatabase& db, int users) {
  std::string n = std::to_string(users), groups = std::to_string(users / 5);
  auto count = [](const std::string& to) {
    return "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + to + ") ";
  };
  db.Begin();
  Must(db.Do("users", "INSERT INTO users " + count(n) + "SELECT i, 'user ' || i FROM n"));
  Must(db.Do("usergroups", "INSERT INTO usergroups " + count(groups) + "SELECT i, 'group ' || i FROM n"));
  Must(db.Do("members", "INSERT INTO members " + count(n) + "SELECT i, i, i % " + groups + " FROM n"));
  Must(db.Do("files", "INSERT INTO files " + count(std::to_string(users * 3)) + "SELECT i, '/home/' || i FROM n"));
  // Spread by a stride that is prime to the number of users.
  Must(db.Do("shares", "INSERT INTO shares " + count(std::to_string(users * 15)) +
                           "SELECT i, i / 15, CASE WHEN i % 5 < 3 THEN (i * 7919 + 13) % " + n +
                           " END, CASE WHEN i % 5 >= 3 THEN (i * 7919 + 13) % " + groups + " END, i / 5 FROM n"));
  double start = Now();
  Must(CheckOrphans(db.graph(), db.transaction(), db.context()));
  std::printf("%7d users (the orphan check of the load: %.0f ms)\n", users, (Now() - start) / 1e3);
  Must(db.transaction().Commit().status());
  db.Rollback();
}

void Show(const char* name, std::vector<double> v) {
  std::sort(v.begin(), v.end());
  double sum = 0;
  for (double x : v) sum += x;
  std::printf("    %-24s mean %7.1f  median %7.1f  p99 %7.1f us\n", name, sum / static_cast<double>(v.size()),
              v[v.size() / 2], v[v.size() * 99 / 100]);
}

void Bench(int users) {
  Schema s;
  s.Table("users", "id* name:text", true)
      .Table("usergroups", "id* name:text")
      .Table("members", "id* user_id group_id")
      .Table("files", "id* path:text")
      .Table("shares", "id* creator share_with_user share_with_group file_id");
  s.Key("members", "user_id", "OWNED_BY", "users").Key("members", "group_id", "OWNS", "usergroups");
  s.Key("shares", "creator", "OWNED_BY", "users")
      .Key("shares", "share_with_user", "ACCESSED_BY", "users")
      .Key("shares", "share_with_group", "ACCESSED_BY", "usergroups")
      .Key("shares", "file_id", "OWNS", "files");
  TestDatabase db(s);
  Must(db.status());
  Load(db, users);

  // As a server would find it: the load's log copied back, statements compiled.
  Must(engine::sqlite::Checkpoint(*db.engine().engine()).status());
  constexpr int kWarm = 20, kGets = 1000, kForgets = 200;
  std::mt19937 random(7);
  std::vector<double> get, decide, forget, check, commit;
  size_t rows = 0;
  for (int i = -kWarm; i < kGets; ++i) {
    rights::SubjectKey key{s.oid("users"),
                           {Value::Integer(static_cast<int64_t>(random() % static_cast<unsigned>(users)))}};
    double start = Now();
    auto transaction = *db.engine().engine()->Begin(engine::Mode::kSnapshot);
    auto answer = rights::Get(db.graph(), key, *transaction, db.context());
    transaction.reset();
    const double took = Now() - start;
    Must(answer.status());
    if (i < 0) continue;
    get.push_back(took);
    for (const auto& table : *answer) rows += table.rows.size();
  }
  int64_t erased = 0, anonymized = 0, kept = 0;
  for (int i = 0; i < kForgets; ++i) {
    rights::SubjectKey key{s.oid("users"), {Value::Integer((i * 37) % users)}};
    auto transaction = db.engine().Write();
    double a = Now();
    Must(rights::Forget(db.graph(), key, *transaction, db.context(), true).status());
    double b = Now();
    auto counts = rights::Forget(db.graph(), key, *transaction, db.context(), false);
    double c = Now();
    Must(counts.status());
    Must(CheckOrphans(db.graph(), *transaction, db.context()));
    double d = Now();
    Must(transaction->Commit().status());
    double e = Now();
    decide.push_back(b - a);
    forget.push_back(e - b);
    check.push_back(d - c);
    commit.push_back(e - d);
    for (const auto& one : *counts) {
      erased += one.erased;
      anonymized += one.anonymized;
      kept += one.kept;
    }
  }
  std::printf("    GET answers %.1f rows; FORGET erases %.1f, anonymizes %.1f, keeps %.1f\n",
              static_cast<double>(rows) / kGets, static_cast<double>(erased) / kForgets,
              static_cast<double>(anonymized) / kForgets, static_cast<double>(kept) / kForgets);
  Show("GET", get);
  Show("FORGET as a dry run", decide);
  Show("FORGET and commit", forget);
  Show("  of it: orphan check", check);
  Show("  of it: commit", commit);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoi(argv[i]));
  if (sizes.empty()) sizes = {1000, 10000, 100000};
  for (int users : sizes) Bench(users);
}
