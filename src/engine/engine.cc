#include "engine/engine.h"

#include <future>
#include <memory>
#include <utility>

namespace allod::engine {

Result<StatementShape> Transaction::Describe(std::string_view, std::span<const Oid>) {
  return Fail(sqlstate::kInternalError, "engine: this one does not describe statements");
}

const std::set<uint32_t>& Transaction::Overflowed() const {
  static const std::set<uint32_t> kNone;
  return kNone;
}

Result<std::shared_ptr<void>> Engine::Listen(std::string_view, Heard) {
  return Fail(sqlstate::kInternalError, "engine: nothing is said here");
}

Result<std::unique_ptr<Transaction>> AwaitBegin(Engine& engine, Mode mode, std::chrono::milliseconds timeout) {
  const Capabilities capabilities = engine.capabilities();
  Turn turn;
  if (capabilities.leases || (capabilities.single_writer && mode == Mode::kWrite)) {
    ALLOD_ASSIGN_OR_RETURN(turn, AwaitTurn(engine, timeout));
  }
  return engine.Begin(mode, std::move(turn));
}

Status Transaction::CheckStorage(std::string_view, ExecContext*, const FaultFound&) {
  return Unsupported("this engine cannot be asked to verify what it stores", "Use what the cluster has for it.");
}

Result<Turn> AwaitTurn(Engine& engine, std::chrono::milliseconds timeout, bool brief) {
  // Shared with the callback: it may still be running its last instructions when the waiter has gone on.
  auto promise = std::make_shared<std::promise<Result<Turn>>>();
  std::future<Result<Turn>> turn = promise->get_future();
  engine.RequestTurn(timeout, [promise](Result<Turn> granted) { promise->set_value(std::move(granted)); }, brief);
  return turn.get();
}

Result<CommitNumber> AwaitJointCommit(Transaction& transaction) {
  auto promise = std::make_shared<std::promise<Result<CommitNumber>>>();
  std::future<Result<CommitNumber>> committed = promise->get_future();
  transaction.CommitJointly([promise](Result<CommitNumber> number) { promise->set_value(std::move(number)); });
  return committed.get();
}

void AwaitDurable(Engine& engine, CommitNumber number) {
  if (engine.IsDurable(number)) return;
  auto promise = std::make_shared<std::promise<void>>();
  std::future<void> durable = promise->get_future();
  engine.WhenDurable(number, [promise] { promise->set_value(); });
  durable.wait();
}

}  // namespace allod::engine
