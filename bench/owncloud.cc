// The ownCloud workload side by side on Allod, PostgreSQL and MariaDB, interleaved in one run.
//
//   owncloud --target Allod:pg:<conninfo>:<pid>:<data> --target ... [--users N] [--seconds S] [--rounds R] [--clients C]
//
// Users with 3 files each, in groups of 5; per file 3 direct shares and 2 group shares. Phases: "mixed" (95 % "which
// files may this user see", by joins, zipf 0.6; 5 % new shares), "view" (those reads alone), "point" reads, durable
// "insert"s, "get" (everything about a subject) and "forget". Allod answers the last two by GDPR GET and GDPR FORGET;
// the peers get the statements that an application would have to write by hand for this schema.
// "update" changes a row of a table that keeps a history, durably, and "as-of" reads a row of it as it was 500 of 1,000 versions ago: Allod
// does so by itself, PostgreSQL by a trigger that writes a table of versions, MariaDB by WITH SYSTEM VERSIONING.
// Prints tab-separated lines: phase, round, target, operations per second, median and 99th percentile in microseconds.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "client.h"

namespace {

using bench::Client;
using bench::Target;
using Clock = std::chrono::steady_clock;

struct Settings {
  long users = 10000;
  double seconds = 3;
  int rounds = 5;
  int clients = 8;
  bool load = true;
};

constexpr int kGroupSize = 5, kFiles = 3, kDirect = 3, kViaGroup = 2;

// Zipf over 1..n with exponent s, by inversion on the cumulative weights.
class Zipf {
 public:
  Zipf(long n, double s) : cumulative_(static_cast<size_t>(n)) {
    double sum = 0;
    for (long i = 0; i < n; ++i) cumulative_[static_cast<size_t>(i)] = sum += 1.0 / std::pow(static_cast<double>(i + 1), s);
    for (double& c : cumulative_) c /= sum;
  }
  // The popular ones are scattered over the key space, as accounts are.
  long Draw(std::mt19937_64& random) const {
    double u = std::uniform_real_distribution<double>(0, 1)(random);
    auto rank = static_cast<unsigned long>(std::lower_bound(cumulative_.begin(), cumulative_.end(), u) - cumulative_.begin());
    return static_cast<long>(rank * 2654435761UL % cumulative_.size()) + 1;
  }

 private:
  std::vector<double> cumulative_;
};

void Load(const Target& target, const Settings& settings) {
  std::unique_ptr<Client> client = Connect(target);
  bool allod = target.name.starts_with("Allod");
  if (allod) {
    client->Script(
        "CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);"
        "CREATE TABLE usergroups (id INT PRIMARY KEY, name TEXT);"
        "CREATE TABLE members (id INT PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id), group_id INT NOT NULL OWNS usergroups(id));"
        "CREATE TABLE files (id INT PRIMARY KEY, path TEXT);"
        "CREATE TABLE shares (id INT PRIMARY KEY, creator INT NOT NULL OWNED_BY users(id), share_with_user INT ACCESSED_BY users(id),"
        " share_with_group INT ACCESSED_BY usergroups(id), file_id INT NOT NULL OWNS files(id))");
  } else {
    std::string engine = target.mariadb ? " ENGINE=InnoDB" : "";
    std::string text = target.mariadb ? "VARCHAR(200)" : "TEXT";
    client->Script("CREATE TABLE users (id INT PRIMARY KEY, name " + text + ")" + engine + ";");
    client->Script("CREATE TABLE usergroups (id INT PRIMARY KEY, name " + text + ")" + engine + ";");
    client->Script("CREATE TABLE members (id INT PRIMARY KEY, user_id INT NOT NULL, group_id INT NOT NULL,"
                   " FOREIGN KEY (user_id) REFERENCES users(id), FOREIGN KEY (group_id) REFERENCES usergroups(id))" + engine + ";");
    client->Script("CREATE TABLE files (id INT PRIMARY KEY, path " + text + ")" + engine + ";");
    client->Script("CREATE TABLE shares (id INT PRIMARY KEY, creator INT NOT NULL, share_with_user INT, share_with_group INT, file_id INT NOT NULL,"
                   " FOREIGN KEY (creator) REFERENCES users(id), FOREIGN KEY (share_with_user) REFERENCES users(id),"
                   " FOREIGN KEY (share_with_group) REFERENCES usergroups(id), FOREIGN KEY (file_id) REFERENCES files(id))" + engine + ";");
    if (!target.mariadb) {  // MariaDB makes these by itself
      client->Script("CREATE INDEX ON members(user_id); CREATE INDEX ON members(group_id); CREATE INDEX ON shares(creator);"
                     "CREATE INDEX ON shares(share_with_user); CREATE INDEX ON shares(share_with_group); CREATE INDEX ON shares(file_id)");
    }
  }
  std::mt19937_64 random(42);
  long groups = settings.users / kGroupSize, member = 0, share = 0;
  std::string begin = "BEGIN", commit = "COMMIT";
  // In transactions of some thousand rows, by statements of many rows.
  auto insert = [&](const char* head, std::string& rows) {
    if (rows.empty()) return;
    rows.pop_back();
    client->Script(head + rows);
    rows.clear();
  };
  constexpr long kBatch = 500;
  for (long first = 1; first <= settings.users; first += kBatch) {
    std::string users, group_rows, members, files, shares;
    long last = std::min(first + kBatch - 1, settings.users);
    client->Script(begin);
    for (long u = first; u <= last; ++u) users += "(" + std::to_string(u) + ",'user " + std::to_string(u) + "'),";
    insert("INSERT INTO users VALUES ", users);
    client->Script(commit);
  }
  for (long first = 1; first <= groups; first += kBatch) {
    std::string group_rows, members;
    client->Script(begin);
    for (long g = first; g <= std::min(first + kBatch - 1, groups); ++g) {
      group_rows += "(" + std::to_string(g) + ",'group " + std::to_string(g) + "'),";
      for (int i = 0; i < kGroupSize; ++i) {
        ++member;
        members += "(" + std::to_string(member) + "," + std::to_string((g - 1) * kGroupSize + i + 1) + "," + std::to_string(g) + "),";
      }
    }
    insert("INSERT INTO usergroups VALUES ", group_rows);
    insert("INSERT INTO members VALUES ", members);
    client->Script(commit);
  }
  for (long first = 1; first <= settings.users; first += kBatch) {
    std::string files, shares;
    client->Script(begin);
    for (long u = first; u <= std::min(first + kBatch - 1, settings.users); ++u) {
      for (int f = 0; f < kFiles; ++f) {
        long file = (u - 1) * kFiles + f + 1;
        files += "(" + std::to_string(file) + ",'/home/" + std::to_string(u) + "/documents/file " + std::to_string(file) + ".txt'),";
        for (int s = 0; s < kDirect + kViaGroup; ++s) {
          bool direct = s < kDirect;
          long with = 1 + static_cast<long>(random() % static_cast<unsigned long>(direct ? settings.users : groups));
          shares += "(" + std::to_string(++share) + "," + std::to_string(u) + "," + (direct ? std::to_string(with) : "NULL") + "," +
                    (direct ? "NULL" : std::to_string(with)) + "," + std::to_string(file) + "),";
        }
      }
    }
    insert("INSERT INTO files VALUES ", files);
    insert("INSERT INTO shares VALUES ", shares);
    client->Script(commit);
  }
  client->Script(target.mariadb ? "ANALYZE TABLE users, usergroups, members, files, shares" : "ANALYZE");
}

// One account for each user, with a history; the first has 1,000 versions, and moments says when half of them were written.
void LoadAccounts(Client& client, const Target& target, const Settings& settings) {
  const bool allod = target.name.starts_with("Allod");
  client.Script(std::string("CREATE TABLE accounts (id INT PRIMARY KEY, user_id INT NOT NULL") + (allod ? " OWNED_BY users(id)" : "") + ", state INT, note " +
                (target.mariadb ? "VARCHAR(200)" : "TEXT") + (allod ? ")" : ", FOREIGN KEY (user_id) REFERENCES users(id))") +
                (target.mariadb ? " ENGINE=InnoDB WITH SYSTEM VERSIONING" : ""));
  if (!allod && !target.mariadb) {
    client.Script(
        "CREATE INDEX ON accounts(user_id);"
        "CREATE TABLE accounts_history (id INT, user_id INT, state INT, note TEXT, op TEXT, who TEXT, at TIMESTAMPTZ);"
        "CREATE INDEX ON accounts_history (id, at);"
        "CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN INSERT INTO accounts_history VALUES (OLD.id, OLD.user_id, OLD.state, OLD.note, TG_OP, current_user, clock_timestamp());"
        " ELSE INSERT INTO accounts_history VALUES (NEW.id, NEW.user_id, NEW.state, NEW.note, TG_OP, current_user, clock_timestamp()); END IF;"
        " RETURN NULL; END $$;"
        "CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION keep_history()");
  }
  constexpr long kBatch = 500, kVersions = 1000;
  for (long first = 1; first <= settings.users; first += kBatch) {
    std::string rows;
    for (long id = first; id <= std::min(first + kBatch - 1, settings.users); ++id) {
      rows += (rows.empty() ? "(" : ",(") + std::to_string(id) + "," + std::to_string(id) + ",0,'a note of some words, as they are')";
    }
    client.Script("INSERT INTO accounts VALUES " + rows);
  }
  client.Script(target.mariadb ? "CREATE TABLE moments (t TIMESTAMP(6))" : "CREATE TABLE moments (t TIMESTAMPTZ)");
  for (long version = 1; version <= kVersions; ++version) {
    client.Script("UPDATE accounts SET state = state + 1 WHERE id = 1");
    if (version == kVersions / 2) client.Script(target.mariadb ? "INSERT INTO moments VALUES (now(6))" : "INSERT INTO moments SELECT clock_timestamp()");
  }
}

enum Statement { kView, kPoint, kShare, kUser, kGet, kForgetFirst, kUpdate, kAsOf };

void PrepareAll(Client& client, const Target& target) {
  std::string p1 = client.Placeholder(1), p2 = client.Placeholder(2), p3 = client.Placeholder(3), p4 = client.Placeholder(4);
  std::string second = target.mariadb ? "?" : "$1";
  client.Prepare(kView,
                 "SELECT f.id, f.path FROM shares s JOIN files f ON f.id = s.file_id WHERE s.share_with_user = " + p1 +
                     " UNION ALL SELECT f.id, f.path FROM members m JOIN shares s ON s.share_with_group = m.group_id"
                     " JOIN files f ON f.id = s.file_id WHERE m.user_id = " + second,
                 1);
  client.Prepare(kPoint, "SELECT name FROM users WHERE id = " + p1, 1);
  client.Prepare(kShare, "INSERT INTO shares (id, creator, share_with_user, share_with_group, file_id) VALUES (" + p1 + ", " + p2 + ", " + p3 + ", NULL, " + p4 + ")", 4);
  client.Prepare(kUpdate, "UPDATE accounts SET state = state + 1 WHERE id = " + p1, 1);
  if (target.mariadb) client.Script("SET @then = (SELECT t FROM moments)");
  client.Prepare(kAsOf,
                 target.mariadb                    ? "SELECT state FROM accounts FOR SYSTEM_TIME AS OF @then WHERE id = ?"
                 : target.name.starts_with("Allod") ? "SELECT state FROM accounts FOR SYSTEM_TIME AS OF (SELECT t FROM moments) WHERE id = $1"
                                                    : "SELECT state FROM accounts_history WHERE id = $1 AND at <= (SELECT t FROM moments) ORDER BY at DESC LIMIT 1",
                 1);
  if (target.name.starts_with("Allod")) {
    client.Prepare(kGet, "GDPR GET users $1", 1);
    client.Prepare(kForgetFirst, "GDPR FORGET users $1", 1);
  }
}

// What an application has to write for this schema, and to keep right whenever the schema changes.
const char* const kGetByHand[] = {
    "SELECT * FROM users WHERE id = %s",
    "SELECT * FROM members WHERE user_id = %s",
    "SELECT * FROM accounts WHERE user_id = %s",
    "SELECT g.* FROM usergroups g JOIN members m ON m.group_id = g.id WHERE m.user_id = %s",
    "SELECT * FROM shares WHERE creator = %s",
    "SELECT * FROM shares WHERE share_with_user = %s",
    "SELECT s.* FROM shares s JOIN members m ON m.group_id = s.share_with_group WHERE m.user_id = %s",
    "SELECT DISTINCT f.* FROM files f JOIN shares s ON s.file_id = f.id WHERE s.creator = %s",
    "SELECT DISTINCT f.* FROM files f JOIN shares s ON s.file_id = f.id WHERE s.share_with_user = %s",
    "SELECT DISTINCT f.* FROM files f JOIN shares s ON s.file_id = f.id JOIN members m ON m.group_id = s.share_with_group WHERE m.user_id = %s",
};
const char* const kForgetByHand[] = {
    "CREATE TEMPORARY TABLE gone AS SELECT DISTINCT file_id AS id FROM shares WHERE creator = %s",
    "CREATE TEMPORARY TABLE gone_groups AS SELECT m.group_id AS id FROM members m WHERE m.user_id = %s"
    " AND NOT EXISTS (SELECT 1 FROM members o WHERE o.group_id = m.group_id AND o.user_id <> m.user_id)",
    "DELETE FROM shares WHERE creator = %s",
    "UPDATE shares SET share_with_user = NULL WHERE share_with_user = %s",
    "UPDATE shares SET share_with_group = NULL WHERE share_with_group IN (SELECT id FROM gone_groups)",
    "DELETE FROM files WHERE id IN (SELECT id FROM gone) AND NOT EXISTS (SELECT 1 FROM shares s WHERE s.file_id = files.id)",
    "DELETE FROM members WHERE user_id = %s",
    "DELETE FROM accounts WHERE user_id = %s",
    "DELETE FROM usergroups WHERE id IN (SELECT id FROM gone_groups)",
    "DELETE FROM users WHERE id = %s",
    "DROP TABLE gone",
    "DROP TABLE gone_groups",
};

std::string Fill(const char* pattern, long id) {
  std::string text(pattern);
  size_t at = text.find("%s");
  if (at != std::string::npos) text.replace(at, 2, std::to_string(id));
  return text;
}

// Keys that no earlier run on the same data has used: it drew fewer than ten thousand a second.
std::atomic<long> next_share{100000000 + std::chrono::duration_cast<std::chrono::seconds>(
                                             std::chrono::system_clock::now().time_since_epoch()).count() % 100000 * 10000};
std::atomic<long> next_forget{0};

using Operation = void (*)(Client&, const Target&, const Settings&, const Zipf&, std::mt19937_64&);

void View(Client& c, const Target&, const Settings&, const Zipf& z, std::mt19937_64& r) { c.Run(kView, {z.Draw(r)}); }
void Point(Client& c, const Target&, const Settings&, const Zipf& z, std::mt19937_64& r) { c.Run(kPoint, {z.Draw(r)}); }
void Insert(Client& c, const Target&, const Settings& s, const Zipf&, std::mt19937_64& r) {
  auto users = static_cast<unsigned long>(s.users);
  long user = static_cast<long>(r() % users) + 1;
  c.Run(kShare, {++next_share, user, static_cast<long>(r() % users) + 1, (user - 1) * kFiles + 1});
}
void Update(Client& c, const Target&, const Settings& s, const Zipf&, std::mt19937_64& r) {
  c.Run(kUpdate, {static_cast<long>(r() % static_cast<unsigned long>(s.users - 1)) + 2});
}
void AsOf(Client& c, const Target&, const Settings&, const Zipf&, std::mt19937_64&) { c.Run(kAsOf, {1}); }
void Mixed(Client& c, const Target& t, const Settings& s, const Zipf& z, std::mt19937_64& r) {
  if (r() % 100 < 5) Insert(c, t, s, z, r);
  else View(c, t, s, z, r);
}
void Get(Client& c, const Target& t, const Settings&, const Zipf& z, std::mt19937_64& r) {
  long id = z.Draw(r);
  if (t.name.starts_with("Allod")) {
    c.Run(kGet, {id});
    return;
  }
  for (const char* pattern : kGetByHand) c.Script(Fill(pattern, id));
}
void Forget(Client& c, const Target& t, const Settings& s, const Zipf&, std::mt19937_64&) {
  // Each target is asked for each subject once; members of a group go one after the other.
  long id = ++next_forget % s.users + 1;
  if (t.name.starts_with("Allod")) {
    c.Run(kForgetFirst, {id});
    return;
  }
  std::string text = "BEGIN;";
  if (t.mariadb) {
    c.Script("START TRANSACTION");
    for (const char* pattern : kForgetByHand) c.Script(Fill(pattern, id));
    c.Script("COMMIT");
    return;
  }
  for (const char* pattern : kForgetByHand) text += Fill(pattern, id) + ";";
  c.Script(text + "COMMIT");
}

struct Phase {
  const char* name;
  Operation operation;
  int clients;  // 0: as given
};
constexpr Phase kPhases[] = {{"mixed", Mixed, 0}, {"view", View, 0}, {"point", Point, 0}, {"insert", Insert, 0},
                             {"insert-1-client", Insert, 1}, {"update", Update, 0}, {"update-1-client", Update, 1},
                             {"as-of", AsOf, 1}, {"get", Get, 1}, {"forget", Forget, 1}};

struct Measured {
  double per_second, median_us, p99_us;
};

Measured Measure(const Phase& phase, const Target& target, const Settings& settings, const Zipf& zipf, unsigned seed) {
  int count = phase.clients > 0 ? phase.clients : settings.clients;
  std::vector<std::vector<double>> latencies(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  Clock::time_point end;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      std::unique_ptr<Client> client = Connect(target);
      PrepareAll(*client, target);
      std::mt19937_64 random(seed * 1000 + static_cast<unsigned>(i));
      std::vector<double>& mine = latencies[static_cast<size_t>(i)];
      for (int warm = 0; warm < 20 && phase.operation != Forget; ++warm) phase.operation(*client, target, settings, zipf, random);
      ++ready;
      while (!go) std::this_thread::yield();
      for (auto begin = Clock::now(); begin < end;) {
        phase.operation(*client, target, settings, zipf, random);
        auto now = Clock::now();
        mine.push_back(std::chrono::duration<double, std::micro>(now - begin).count());
        begin = now;
      }
    });
  }
  while (ready < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  auto start = Clock::now();
  end = start + std::chrono::microseconds(static_cast<long>(settings.seconds * 1e6));
  go = true;
  for (std::thread& thread : threads) thread.join();
  double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  std::vector<double> all;
  for (auto& mine : latencies) all.insert(all.end(), mine.begin(), mine.end());
  if (all.empty()) return {0, 0, 0};
  std::sort(all.begin(), all.end());
  return {static_cast<double>(all.size()) / elapsed, all[all.size() / 2], all[all.size() * 99 / 100]};
}

long ResidentKb(long pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::vector<Target> targets;
  std::string only;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string option = argv[i], value = argv[i + 1];
    if (option == "--users") settings.users = std::stol(value);
    else if (option == "--seconds") settings.seconds = std::stod(value);
    else if (option == "--rounds") settings.rounds = std::stoi(value);
    else if (option == "--clients") settings.clients = std::stoi(value);
    else if (option == "--load") settings.load = value == "yes";
    else if (option == "--phases") only = "," + value + ",";
    else if (option == "--target") {
      std::vector<std::string> parts;
      std::stringstream stream(value);
      for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
      targets.push_back({parts.at(0), parts.at(2), parts.at(1) == "mariadb", std::stol(parts.at(3)), parts.at(4)});
    } else {
      std::fprintf(stderr, "owncloud: unknown option %s\n", option.c_str());
      return 2;
    }
  }
  if (settings.load) {
    for (const Target& target : targets) {
      auto begin = Clock::now();
      Load(target, settings);
      LoadAccounts(*Connect(target), target, settings);
      std::printf("load\t0\t%s\t%.1f\t0\t0\n", target.name.c_str(), std::chrono::duration<double>(Clock::now() - begin).count());
      std::printf("memory-kb\t0\t%s\t%ld\t0\t0\n", target.name.c_str(), ResidentKb(target.server_pid));
      std::fflush(stdout);
    }
  }
  Zipf zipf(settings.users, 0.6);
  for (const Phase& phase : kPhases) {
    if (!only.empty() && only.find("," + std::string(phase.name) + ",") == std::string::npos) continue;
    for (int round = 1; round <= settings.rounds; ++round) {
      for (const Target& target : targets) {
        Measured m = Measure(phase, target, settings, zipf, static_cast<unsigned>(round));
        std::printf("%s\t%d\t%s\t%.1f\t%.1f\t%.1f\n", phase.name, round, target.name.c_str(), m.per_second, m.median_us, m.p99_us);
        std::fflush(stdout);
      }
    }
  }
  return 0;
}
