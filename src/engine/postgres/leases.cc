#include "engine/postgres/leases.h"

#include <utility>
#include <vector>

#include "engine/postgres/errors.h"

namespace allod::engine::postgres {
namespace {

Status Late(const Options& options) {
  return Fail(sqlstate::kTooManyConnections, "no connection to the database cluster became free in time")
      .Detail("All " + std::to_string(options.max_connections) + " are in use.")
      .Hint("End transactions that are open and idle, or let Allod have more connections.");
}

// Knows a lease among all tokens.
struct LeaseDeleter {
  void operator()(Lease* lease) const { delete lease; }
};

}  // namespace

Lease::~Lease() {
  if (connection_ != nullptr) leases_->GiveBack(std::move(connection_));
}

Result<Connection*> Lease::Idle() {
  if (connection_ != nullptr && !connection_->StillThere()) {
    const bool traces = connection_->traces;
    const Status told = connection_->told();
    connection_.reset();
    leases_->Closed();
    if (traces) return ConnectionLost(told);
  }
  if (connection_ == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(connection_, leases_->Take());
  }
  return connection_.get();
}

Leases::Leases(Options options) : options_(std::move(options)), queue_(TurnQueue::Create(options_.max_connections, Late(options_))) {}

Result<std::shared_ptr<Leases>> Leases::Open(Options options) {
  if (options.max_connections < 1) return Fail(sqlstate::kInvalidParameterValue, "engine: there must be at least one connection");
  ALLOD_RETURN_IF_ERROR(Connection::Check(options));
  const std::shared_ptr<Leases> leases(new Leases(std::move(options)));
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<Connection> first, Connection::Open(leases->options_, true));
  leases->open_ = 1;
  leases->GiveBack(std::move(first));
  return leases;
}

uint64_t Leases::Request(std::chrono::milliseconds timeout, Engine::Granted granted) {
  if (timeout.count() == 0) timeout = options_.lease_timeout;
  return queue_->Request(timeout, [self = shared_from_this(), granted = std::move(granted)](Result<Turn> permit) {
    if (!permit.ok()) return granted(std::move(permit));
    granted(Turn(std::shared_ptr<void>(std::shared_ptr<Lease>(new Lease(self, *std::move(permit)), LeaseDeleter()))));
  });
}

Lease* Leases::LeaseOf(const Turn& turn) const {
  if (std::get_deleter<LeaseDeleter>(turn.token_) == nullptr) return nullptr;
  auto* lease = static_cast<Lease*>(turn.token_.get());
  return lease->Of(this) ? lease : nullptr;
}

Result<std::unique_ptr<Connection>> Leases::Take() {
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      std::lock_guard lock(mutex_);
      if (idle_.empty()) {
        ++open_;
        break;
      }
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    if (connection->StillThere()) return connection;
    connection.reset();
    Closed();
  }
  auto opened = Connection::Open(options_, false);
  if (!opened.ok()) Closed();
  return opened;
}

void Leases::GiveBack(std::unique_ptr<Connection> connection) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Connection>> leaving;  // closed without the lock
  {
    std::lock_guard lock(mutex_);
    if (closed_ || connection->broken() || connection->busy() || connection->in_transaction() || connection->traces) {
      leaving.push_back(std::move(connection));
    } else {
      connection->idle_since = now;
      connection->notices().clear();
      idle_.push_back(std::move(connection));
    }
    while (!idle_.empty() && now - idle_.front()->idle_since > options_.idle_timeout) {
      leaving.push_back(std::move(idle_.front()));
      idle_.pop_front();
    }
    open_ -= leaving.size();
  }
}

void Leases::Closed() {
  std::lock_guard lock(mutex_);
  --open_;
}

void Leases::Close() {
  queue_->Close();
  std::deque<std::unique_ptr<Connection>> idle;
  std::lock_guard lock(mutex_);
  closed_ = true;
  open_ -= idle_.size();
  idle.swap(idle_);
}

uint64_t Leases::connections() const {
  std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace allod::engine::postgres
