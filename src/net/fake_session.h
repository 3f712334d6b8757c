// A session and an engine without SQL, for the tests of this layer. The text of a statement says what to do:
//
//   rows N [BYTES]    N rows (n int4, t text); t has BYTES characters
//   echo              one row with the parameter $1 (int4) and $2 (text)
//   write             needs the writer's turn; durable only when the engine is told so (FakeEngine::hold_sync)
//   begin commit rollback, fail, failcommit, notice, set NAME VALUE, sleep (until cancelled), empty text
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/backend.h"

namespace allod::net::testing {

class FakeEngine final : public engine::Engine {
 public:
  ~FakeEngine() override { ReleaseSync(); }
  engine::DialectId dialect() const override { return engine::DialectId::kSqlite; }
  engine::Capabilities capabilities() const override { return {.single_writer = true}; }
  uint64_t RequestTurn(std::chrono::milliseconds, Granted granted, bool) override {
    std::unique_lock lock(mutex_);
    uint64_t id = ++last_request_;
    if (!taken_) {
      taken_ = true;
      lock.unlock();
      granted(MakeTurn());
      return id;
    }
    waiting_.emplace_back(id, std::move(granted));
    return id;
  }
  void WithdrawRequest(uint64_t request) override {
    std::unique_lock lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (it->first != request) continue;
      Granted granted = std::move(it->second);
      waiting_.erase(it);
      lock.unlock();
      granted(Fail(sqlstate::kQueryCanceled, "canceling statement due to user request"));
      return;
    }
  }
  Result<std::unique_ptr<engine::Transaction>> Begin(engine::Mode, engine::Turn, engine::Isolation) override {
    return Unsupported("no transactions here");
  }
  engine::CommitNumber VisibleNumber() const override { return committed_.load(); }
  bool IsDurable(engine::CommitNumber number) const override { return number <= durable_.load(); }
  void WhenDurable(engine::CommitNumber number, std::function<void()> done) override {
    {
      std::lock_guard lock(mutex_);
      if (number > durable_.load()) {
        syncing_.push_back(std::move(done));
        return;
      }
    }
    done();
  }
  Statistics statistics() const override {
    Statistics statistics;
    std::lock_guard lock(mutex_);
    statistics.writers_waiting = waiting_.size();
    return statistics;
  }

  engine::CommitNumber Commit() {
    engine::CommitNumber number = committed_.fetch_add(1) + 1;
    if (!hold_sync.load()) durable_.store(number);
    return number;
  }
  void ReleaseSync() {
    std::vector<std::function<void()>> all;
    {
      std::lock_guard lock(mutex_);
      hold_sync.store(false);
      durable_.store(committed_.load());
      all.swap(syncing_);
    }
    for (auto& done : all) done();
  }
  size_t syncing() const {
    std::lock_guard lock(mutex_);
    return syncing_.size();
  }
  std::atomic<bool> hold_sync{false};

 private:
  engine::Turn MakeTurn() {
    return engine::Turn(std::shared_ptr<void>(this, [](void* self) { static_cast<FakeEngine*>(self)->PassOn(); }));
  }
  void PassOn() {
    std::unique_lock lock(mutex_);
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    Granted granted = std::move(waiting_.front().second);
    waiting_.pop_front();
    lock.unlock();
    granted(MakeTurn());
  }
  mutable std::mutex mutex_;
  bool taken_ = false;
  uint64_t last_request_ = 0;
  std::deque<std::pair<uint64_t, Granted>> waiting_;
  std::vector<std::function<void()>> syncing_;
  std::atomic<engine::CommitNumber> committed_{0}, durable_{0};
};

struct FakePrepared {
  std::string text;
  std::vector<std::string> words;
  session::Description description;
};

class FakePortal final : public session::Portal {
 public:
  explicit FakePortal(std::shared_ptr<const FakePrepared> p, allod::Row v) : prepared(std::move(p)), values(std::move(v)) {}
  const session::Description& description() const override { return prepared->description; }
  std::shared_ptr<const FakePrepared> prepared;
  allod::Row values;
  int64_t row = 0;
};

class FakeSession final : public session::Session {
 public:
  explicit FakeSession(FakeEngine& engine) : engine_(engine) {}
  void SetProcess(int32_t) override {}

  static session::PreparedPtr Make(std::string_view text, bool simple) {
    auto prepared = std::make_shared<FakePrepared>();
    prepared->text = std::string(text);
    std::istringstream in{std::string(text)};
    for (std::string word; in >> word;) prepared->words.push_back(word);
    const std::string verb = prepared->words.empty() ? "" : prepared->words[0];
    session::Description& description = prepared->description;
    if (verb == "echo" && !simple) description.parameters = {Type{oid::kInt4}, Type{oid::kText}};
    if (verb == "rows" || verb == "echo") {
      description.returns_rows = true;
      description.columns = {{"n", Type{oid::kInt4}, 16384, 1}, {"t", Type{oid::kText}, 0, 0}};
    }
    auto* raw = reinterpret_cast<const session::Prepared*>(prepared.get());
    return session::PreparedPtr(prepared, raw);
  }

  Result<std::vector<session::PreparedPtr>> ParseScript(std::string_view text) override {
    std::vector<session::PreparedPtr> script;
    std::istringstream in{std::string(text)};
    for (std::string part; std::getline(in, part, ';');) {
      if (part.find_first_not_of(" \n") != std::string::npos) script.push_back(Make(part, true));
    }
    return script;
  }
  Result<session::PreparedPtr> Prepare(std::string_view text, std::vector<Oid>) override {
    if (text == "bad") return Fail(sqlstate::kSyntaxError, "syntax error at or near \"bad\"").At(1);
    return Make(text, false);
  }
  Result<std::unique_ptr<session::Portal>> Bind(session::PreparedPtr statement, allod::Row values) override {
    auto prepared = std::shared_ptr<const FakePrepared>(statement, reinterpret_cast<const FakePrepared*>(statement.get()));
    return std::unique_ptr<session::Portal>(std::make_unique<FakePortal>(std::move(prepared), std::move(values)));
  }
  Result<session::Progress> Execute(session::Portal& base, session::Sink& sink, int64_t max_rows) override;
  void GiveTurn(engine::Turn turn) override { turn_ = std::move(turn); }

  Status StoreStatement(std::string_view name, session::PreparedPtr statement) override {
    if (!name.empty() && statements_.contains(std::string(name))) {
      return Fail(sqlstate::kDuplicatePreparedStatement, "prepared statement already exists");
    }
    statements_[std::string(name)] = std::move(statement);
    return Ok();
  }
  Result<session::PreparedPtr> FindStatement(std::string_view name) override {
    auto it = statements_.find(std::string(name));
    if (it == statements_.end()) return Fail(sqlstate::kInvalidSqlStatementName, "prepared statement does not exist");
    return it->second;
  }
  void CloseStatement(std::string_view name) override { statements_.erase(std::string(name)); }
  Status StorePortal(std::string_view name, std::unique_ptr<session::Portal> portal) override {
    portals_[std::string(name)] = std::move(portal);
    return Ok();
  }
  Result<session::Portal*> FindPortal(std::string_view name) override {
    auto it = portals_.find(std::string(name));
    if (it == portals_.end()) return Fail(sqlstate::kInvalidCursorName, "portal does not exist");
    return it->second.get();
  }
  void ClosePortal(std::string_view name) override { portals_.erase(std::string(name)); }

  void BeginImplicit() override { implicit_ = true; }
  Result<bool> EndImplicit(bool failed) override {
    if (!implicit_) return true;
    implicit_ = false;
    if (explicit_) {
      failed_ = failed_ || failed;
      return true;
    }
    ALLOD_RETURN_IF_ERROR(End(failed));
    return true;
  }
  Status Terminate() override {
    terminated.fetch_add(1);
    return Ok();
  }
  session::TransactionStatus status() const override {
    if (!explicit_) return session::TransactionStatus::kIdle;
    return failed_ ? session::TransactionStatus::kFailed : session::TransactionStatus::kInTransaction;
  }
  engine::CommitNumber visible() const override { return visible_; }
  std::chrono::milliseconds lock_timeout() const override { return {}; }
  std::chrono::milliseconds idle_in_transaction_timeout() const override { return idle_timeout_; }
  std::chrono::milliseconds statement_timeout() const override { return statement_timeout_; }
  const FormatContext& format() const override { return format_; }
  std::vector<std::pair<std::string, std::string>> ReportedParameters() const override {
    return {{"server_version", "15.0"}, {"client_encoding", "UTF8"}};
  }
  Status Set(std::string_view name, std::string_view value) override {
    if (name == "idle") idle_timeout_ = std::chrono::milliseconds(std::stol(std::string(value)));
    if (name == "statement") statement_timeout_ = std::chrono::milliseconds(std::stol(std::string(value)));
    if (name == "refused") return Fail(sqlstate::kInvalidParameterValue, "invalid value");
    return Ok();
  }
  void Cancel() override {
    std::lock_guard lock(mutex_);
    if (sleeping_) cancelled_ = true;
    wake_.notify_all();
  }

  static inline std::atomic<int> terminated{0};

 private:
  Status End(bool failed) {
    portals_.clear();
    bool wrote = std::exchange(wrote_, false), fails = std::exchange(commit_fails_, false);
    Status status;
    if (!failed && fails) {
      status = Fail(sqlstate::kOrphanedData, "rows would have no owner");
    } else if (!failed && wrote) {
      visible_ = engine_.Commit();
    }
    turn_ = engine::Turn();
    explicit_ = failed_ = false;
    return status;
  }

  FakeEngine& engine_;
  engine::Turn turn_;
  bool implicit_ = false, explicit_ = false, failed_ = false, wrote_ = false, commit_fails_ = false;
  engine::CommitNumber visible_ = 0;
  FormatContext format_;
  std::chrono::milliseconds idle_timeout_{0}, statement_timeout_{0};
  std::unordered_map<std::string, session::PreparedPtr> statements_;
  std::unordered_map<std::string, std::unique_ptr<session::Portal>> portals_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool sleeping_ = false, cancelled_ = false;
};

inline Result<session::Progress> FakeSession::Execute(session::Portal& base, session::Sink& sink, int64_t max_rows) {
  auto& portal = static_cast<FakePortal&>(base);
  const std::vector<std::string>& words = portal.prepared->words;
  const std::string verb = words.empty() ? "" : words[0];
  if (failed_ && verb != "rollback") return Fail(sqlstate::kInFailedSqlTransaction, "current transaction is aborted");
  std::string tag = verb;
  for (char& c : tag) c = static_cast<char>(std::toupper(c));
  if (verb == "rows") {
    int64_t count = std::stol(words.at(1));
    std::string text(words.size() > 2 ? std::stoul(words[2]) : 1, 'x');
    if (portal.row == 0) sink.Columns(portal.prepared->description.columns);
    int64_t sent = 0;
    while (portal.row < count) {
      if (max_rows > 0 && sent == max_rows) return session::Progress::kSuspended;
      ++portal.row;
      ++sent;
      const Datum values[2] = {Datum::Integer(portal.row), Datum::Text(text)};
      if (!sink.Row(values)) return session::Progress::kSuspended;
    }
    tag = "SELECT " + std::to_string(count);
  } else if (verb == "echo") {
    sink.Columns(portal.prepared->description.columns);
    const Datum values[2] = {portal.values.at(0).view(), portal.values.at(1).view()};
    sink.Row(values);
    tag = "SELECT 1";
  } else if (verb == "write") {
    if (!turn_.held()) return session::Progress::kNeedsTurn;
    wrote_ = true;
    tag = "INSERT 0 1";
  } else if (verb == "begin") {
    explicit_ = true;
  } else if (verb == "commit" || verb == "rollback") {
    ALLOD_RETURN_IF_ERROR(End(verb == "rollback" || failed_));
  } else if (verb == "fail") {
    return Fail(sqlstate::kDivisionByZero, "division by zero").Detail("a detail").Hint("a hint");
  } else if (verb == "failcommit") {
    commit_fails_ = true;
  } else if (verb == "notice") {
    sink.Notice({"00000", "a notice"});
  } else if (verb == "set") {
    ALLOD_RETURN_IF_ERROR(Set(words.at(1), words.at(2)));
    sink.ParameterChanged(words.at(1), words.at(2));
  } else if (verb == "sleep") {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    wake_.wait(lock, [this] { return cancelled_; });
    sleeping_ = cancelled_ = false;
    return Fail(sqlstate::kQueryCanceled, "canceling statement due to user request");
  }
  sink.Done(tag);
  return session::Progress::kDone;
}

class FakeBackend final : public Backend {
 public:
  Login FindLogin(std::string_view user) override {
    std::lock_guard lock(mutex_);
    auto it = logins.find(std::string(user));
    return it == logins.end() ? Login{} : it->second;
  }
  bool HasDatabase(std::string_view name) override { return name == "allod"; }
  Result<Opened> Open(const std::string&, const std::string&, const std::string&) override {
    return Opened{std::make_unique<FakeSession>(fake), &fake};
  }
  const session::Description& Describe(const session::Prepared& prepared) override {
    return reinterpret_cast<const FakePrepared&>(prepared).description;
  }
  std::string_view Text(const session::Prepared& prepared) override {
    return reinterpret_cast<const FakePrepared&>(prepared).text;
  }
  engine::Engine& engine() override { return fake; }

  FakeEngine fake;
  std::map<std::string, Login> logins{{"allod", {true, true, ""}}, {"user", {true, false, ""}}};

 private:
  std::mutex mutex_;
};

}  // namespace allod::net::testing
