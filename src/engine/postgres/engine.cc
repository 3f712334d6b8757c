#include "engine/postgres/engine.h"

#include <utility>

#include "engine/postgres/leases.h"
#include "engine/postgres/listener.h"
#include "engine/postgres/transaction.h"

namespace allod::engine::postgres {
namespace {

class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(std::shared_ptr<Leases> leases) : shared_(std::make_shared<Shared>()) {
    shared_->leases = std::move(leases);
    listener_ = std::make_shared<Listener>(shared_->leases->options());
  }
  ~PostgresEngine() override {
    listener_->Stop();
    shared_->leases->Close();
  }

  DialectId dialect() const override { return DialectId::kPostgres; }
  Capabilities capabilities() const override {
    return {.transactional_ddl = true,
            .leases = true,
            .native_sql = true,
            .failure_ends_transaction = true,
            .blocking_threads = shared_->leases->options().max_connections};
  }

  uint64_t RequestTurn(std::chrono::milliseconds timeout, Granted granted, bool) override {
    return shared_->leases->Request(timeout, std::move(granted));
  }
  void WithdrawRequest(uint64_t request) override { shared_->leases->Withdraw(request); }

  Result<std::unique_ptr<Transaction>> Begin(Mode mode, Turn turn, Isolation isolation) override {
    Lease* lease = shared_->leases->LeaseOf(turn);
    if (lease == nullptr) return Fail(sqlstate::kInternalError, "engine: a transaction without a lease of this engine's");
    return std::unique_ptr<Transaction>(new PostgresTransaction(shared_, mode, isolation, std::move(turn), lease));
  }

  // The cluster answers a COMMIT when it is on its disk.
  CommitNumber VisibleNumber() const override { return shared_->commits.load(std::memory_order_relaxed); }
  bool IsDurable(CommitNumber number) const override { return number <= VisibleNumber(); }
  void WhenDurable(CommitNumber, std::function<void()> done) override { done(); }

  Result<std::shared_ptr<void>> Listen(std::string_view channel, Heard heard) override {
    return listener_->Listen(channel, std::move(heard));
  }

  Statistics statistics() const override {
    return {.commits = VisibleNumber(),
            .connections = shared_->leases->connections(),
            .leases = shared_->leases->taken(),
            .leases_waiting = shared_->leases->waiting()};
  }

 private:
  const std::shared_ptr<Shared> shared_;
  std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Open(Options options) {
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<Leases> leases, Leases::Open(std::move(options)));
  return std::unique_ptr<Engine>(new PostgresEngine(std::move(leases)));
}

}  // namespace allod::engine::postgres
