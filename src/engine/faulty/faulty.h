// A test double: an engine that fails where the test says, in front of a real one.
//
// For each step of a transaction there are three ways to fail (as in Sunlight's TestSequenceErrors): the step fails and
// has had no effect; it answers an error, though its effect persists; or the process is killed at this point: this and every
// later call fails, and what had not happened before never happens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/engine.h"

namespace allod::engine::faulty {

enum class Step : uint8_t { kTurn, kBegin, kRun, kNext, kScript, kSavepoint, kRollbackTo, kRelease, kCommit, kDurable };
enum class Fault : uint8_t { kFails, kFailsButPersists, kKilled };

struct Plan;  // shared by the engine and what it gave out

// Thread-safe. Owns the real engine.
class FaultyEngine final : public Engine {
 public:
  explicit FaultyEngine(std::unique_ptr<Engine> real);
  ~FaultyEngine() override;

  // The n-th next call of this kind (1: the next one) fails this way; one plan per step, and the last one counts.
  // `error` is what is answered (58030 if empty). For kDurable there is no error to answer: the callback is never called,
  // whether the number becomes durable (kFailsButPersists) or not.
  void Inject(Step step, Fault fault, int nth = 1, Status error = Ok());
  // How often a step was reached since the engine was made; to run a test once per step that it takes.
  int count(Step step) const;
  bool killed() const;
  Engine& real();

  DialectId dialect() const override;
  Capabilities capabilities() const override;
  uint64_t RequestTurn(std::chrono::milliseconds timeout, Granted granted, bool brief = false) override;
  void WithdrawRequest(uint64_t request) override;
  Result<std::unique_ptr<Transaction>> Begin(Mode mode, Turn turn = {}, Isolation isolation = Isolation::kReadCommitted) override;
  CommitNumber VisibleNumber() const override;
  bool IsDurable(CommitNumber number) const override;
  void WhenDurable(CommitNumber number, std::function<void()> done) override;
  Result<std::shared_ptr<void>> Listen(std::string_view channel, Heard heard) override;
  Statistics statistics() const override;

 private:
  std::unique_ptr<Engine> real_;
  std::shared_ptr<Plan> plan_;
};

std::string_view Name(Step step);
std::string_view Name(Fault fault);

}  // namespace allod::engine::faulty
