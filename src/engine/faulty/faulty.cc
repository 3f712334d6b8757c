#include "engine/faulty/faulty.h"

#include <array>
#include <mutex>
#include <optional>
#include <utility>

namespace allod::engine::faulty {

constexpr size_t kSteps = static_cast<size_t>(Step::kDurable) + 1;

struct Plan {
  struct Injection {
    int remaining = 0;  // 0: none
    Fault fault = Fault::kFails;
    Status error;
  };

  // What this call is to do: nothing special, or fail this way.
  std::optional<Fault> Reach(Step step, Status* error) {
    std::lock_guard lock(mutex);
    if (killed) {
      *error = Killed();
      return Fault::kKilled;
    }
    ++counts[static_cast<size_t>(step)];
    Injection& injection = injections[static_cast<size_t>(step)];
    if (injection.remaining == 0 || --injection.remaining > 0) return std::nullopt;
    if (injection.fault == Fault::kKilled) killed = true;
    *error = killed ? Killed() : injection.error;
    return injection.fault;
  }
  bool IsKilled() {
    std::lock_guard lock(mutex);
    return killed;
  }
  static Status Killed() { return Fail(sqlstate::kConnectionFailure, "the process was killed here"); }

  std::mutex mutex;
  bool killed = false;
  std::array<int, kSteps> counts{};
  std::array<Injection, kSteps> injections;
};

namespace {

using PlanPtr = std::shared_ptr<Plan>;

// Runs `real` unless it is to fail; answers the error if it is, whatever `real` did.
template <typename Real>
auto At(Plan& plan, Step step, Real real) -> decltype(real()) {
  Status error;
  const std::optional<Fault> fault = plan.Reach(step, &error);
  if (!fault) return real();
  if (*fault == Fault::kFailsButPersists) (void)real();
  return error;
}

class FaultyCursor final : public Cursor {
 public:
  FaultyCursor(std::unique_ptr<Cursor> real, PlanPtr plan) : real_(std::move(real)), plan_(std::move(plan)) {}
  int columns() const override { return real_->columns(); }
  Result<bool> Next() override {
    return At(*plan_, Step::kNext, [&] { return real_->Next(); });
  }
  Datum column(int index) const override { return real_->column(index); }
  int64_t affected() const override { return real_->affected(); }

 private:
  std::unique_ptr<Cursor> real_;
  PlanPtr plan_;
};

class FaultyTransaction final : public Transaction {
 public:
  FaultyTransaction(std::unique_ptr<Transaction> real, PlanPtr plan) : real_(std::move(real)), plan_(std::move(plan)) {}

  Result<std::unique_ptr<Cursor>> Run(std::string_view text, std::span<const Parameter> parameters,
                                      ExecContext* context, std::span<const Oid> types) override {
    auto cursor = Do(Step::kRun, [&] { return real_->Run(text, parameters, context, types); });
    if (!cursor.ok()) return std::move(cursor).status();
    return std::unique_ptr<Cursor>(new FaultyCursor(*std::move(cursor), plan_));
  }
  Result<StatementShape> Describe(std::string_view text, std::span<const Oid> types) override {
    if (real_ == nullptr) return Over();
    return plan_->IsKilled() ? Plan::Killed() : real_->Describe(text, types);
  }
  void UseSettings(std::shared_ptr<const SessionSettings> settings) override {
    if (real_ != nullptr) real_->UseSettings(std::move(settings));
  }
  void LeavesTraces() override {
    if (real_ != nullptr) real_->LeavesTraces();
  }
  std::vector<Error> TakeNotices() override { return real_ == nullptr ? std::vector<Error>() : real_->TakeNotices(); }
  Status Script(std::string_view text) override {
    return Do(Step::kScript, [&] { return real_->Script(text); });
  }
  Status CheckStorage(std::string_view table, ExecContext* context, const FaultFound& found) override {
    if (real_ == nullptr) return Over();
    return plan_->IsKilled() ? Plan::Killed() : real_->CheckStorage(table, context, found);
  }
  Status DeferForeignKeys(bool on) override {
    if (real_ == nullptr) return Over();
    return plan_->IsKilled() ? Plan::Killed() : real_->DeferForeignKeys(on);
  }
  void MayShowDurable(CommitNumber at_least) override {
    if (real_ != nullptr) real_->MayShowDurable(at_least);
  }
  void SetWatch(std::shared_ptr<const Watch> watch) override {
    if (real_ != nullptr) real_->SetWatch(std::move(watch));
  }
  Result<const std::vector<Change>*> Changes() override {
    static const std::vector<Change> kNone;
    if (real_ == nullptr) return &kNone;
    return real_->Changes();
  }
  const std::set<uint32_t>& Overflowed() const override {
    return real_ == nullptr ? Transaction::Overflowed() : real_->Overflowed();
  }
  void Record(std::shared_ptr<const Recording> recording, Recorder* recorder) override {
    if (real_ != nullptr) real_->Record(std::move(recording), recorder);
  }
  Status PrepareWatches(std::span<const TableWatch> tables) override {
    if (real_ == nullptr) return Over();
    return plan_->IsKilled() ? Plan::Killed() : real_->PrepareWatches(tables);
  }
  void ExpectVersion(int64_t version) override {
    if (real_ != nullptr) real_->ExpectVersion(version);
  }
  void ClearChanges() override {
    if (real_ != nullptr) real_->ClearChanges();
  }
  Status Savepoint(int number) override {
    return Do(Step::kSavepoint, [&] { return real_->Savepoint(number); });
  }
  Status RollbackTo(int number) override {
    return Do(Step::kRollbackTo, [&] { return real_->RollbackTo(number); });
  }
  Status Release(int number) override {
    return Do(Step::kRelease, [&] { return real_->Release(number); });
  }
  Result<CommitNumber> Commit() override {
    auto number = Do(Step::kCommit, [&] { return real_->Commit(); });
    if (!number.ok() && real_ != nullptr) {  // over, one way or the other: rolls back what was not committed
      turn_ = real_->TakeTurn();
      real_.reset();
    }
    return number;
  }
  bool alive() const override { return real_ != nullptr && real_->alive() && !plan_->IsKilled(); }
  void Interrupt() override {
    if (real_ != nullptr) real_->Interrupt();
  }
  Turn TakeTurn() override { return real_ == nullptr ? std::exchange(turn_, Turn()) : real_->TakeTurn(); }

 private:
  static Status Over() { return Fail(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress"); }
  template <typename Real>
  auto Do(Step step, Real real) -> decltype(real()) {
    if (real_ == nullptr) return Over();
    return At(*plan_, step, std::move(real));
  }

  std::unique_ptr<Transaction> real_;  // null after a commit that failed
  Turn turn_;                          // what it left then
  PlanPtr plan_;
};

}  // namespace

FaultyEngine::FaultyEngine(std::unique_ptr<Engine> real) : real_(std::move(real)), plan_(std::make_shared<Plan>()) {}
FaultyEngine::~FaultyEngine() = default;

void FaultyEngine::Inject(Step step, Fault fault, int nth, Status error) {
  if (error.ok()) {
    error = Fail(sqlstate::kIoError, "injected failure of " + std::string(Name(step)));
  }
  std::lock_guard lock(plan_->mutex);
  plan_->injections[static_cast<size_t>(step)] = {nth, fault, std::move(error)};
}

int FaultyEngine::count(Step step) const {
  std::lock_guard lock(plan_->mutex);
  return plan_->counts[static_cast<size_t>(step)];
}

bool FaultyEngine::killed() const { return plan_->IsKilled(); }
Engine& FaultyEngine::real() { return *real_; }
DialectId FaultyEngine::dialect() const { return real_->dialect(); }
Capabilities FaultyEngine::capabilities() const { return real_->capabilities(); }

uint64_t FaultyEngine::RequestTurn(std::chrono::milliseconds timeout, Granted granted, bool brief) {
  Status error;
  const std::optional<Fault> fault = plan_->Reach(Step::kTurn, &error);
  if (!fault) return real_->RequestTurn(timeout, std::move(granted), brief);
  granted(std::move(error));  // a turn has no effect that could persist
  return 0;
}

void FaultyEngine::WithdrawRequest(uint64_t request) {
  if (request != 0) real_->WithdrawRequest(request);
}

Result<std::unique_ptr<Transaction>> FaultyEngine::Begin(Mode mode, Turn turn, Isolation isolation) {
  auto real = At(*plan_, Step::kBegin, [&] { return real_->Begin(mode, std::move(turn), isolation); });
  if (!real.ok()) return std::move(real).status();
  return std::unique_ptr<Transaction>(new FaultyTransaction(*std::move(real), plan_));
}

CommitNumber FaultyEngine::VisibleNumber() const { return real_->VisibleNumber(); }
bool FaultyEngine::IsDurable(CommitNumber number) const { return !plan_->IsKilled() && real_->IsDurable(number); }

void FaultyEngine::WhenDurable(CommitNumber number, std::function<void()> done) {
  Status error;
  if (!plan_->Reach(Step::kDurable, &error)) real_->WhenDurable(number, std::move(done));
}

Result<std::shared_ptr<void>> FaultyEngine::Listen(std::string_view channel, Heard heard) {
  return real_->Listen(channel, std::move(heard));
}

Engine::Statistics FaultyEngine::statistics() const { return real_->statistics(); }

std::string_view Name(Step step) {
  switch (step) {
    case Step::kTurn: return "turn";
    case Step::kBegin: return "begin";
    case Step::kRun: return "run";
    case Step::kNext: return "next";
    case Step::kScript: return "script";
    case Step::kSavepoint: return "savepoint";
    case Step::kRollbackTo: return "rollback to";
    case Step::kRelease: return "release";
    case Step::kCommit: return "commit";
    case Step::kDurable: return "durable";
  }
  return "";
}

std::string_view Name(Fault fault) {
  switch (fault) {
    case Fault::kFails: return "fails";
    case Fault::kFailsButPersists: return "fails but persists";
    case Fault::kKilled: return "killed";
  }
  return "";
}

}  // namespace allod::engine::faulty
