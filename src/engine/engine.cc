#include "engine/engine.h"

#include <future>
#include <memory>

namespace allod::engine {

Result<Turn> AwaitTurn(Engine& engine, std::chrono::milliseconds timeout) {
  // Shared with the callback: it may still be running its last instructions when the waiter has gone on.
  auto promise = std::make_shared<std::promise<Result<Turn>>>();
  std::future<Result<Turn>> turn = promise->get_future();
  engine.RequestTurn(timeout, [promise](Result<Turn> granted) { promise->set_value(std::move(granted)); });
  return turn.get();
}

void AwaitDurable(Engine& engine, CommitNumber number) {
  if (engine.IsDurable(number)) return;
  auto promise = std::make_shared<std::promise<void>>();
  std::future<void> durable = promise->get_future();
  engine.WhenDurable(number, [promise] { promise->set_value(); });
  durable.wait();
}

}  // namespace allod::engine
