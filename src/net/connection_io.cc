// A connection's bytes and waiting.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/log.h"
#include "net/connection.h"
#include "net/error.h"
#include "net/lane.h"
#include "session/codes.h"

namespace allod::net {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// Opens a gate, if somebody still waits there.
class Bell {
 public:
  explicit Bell(Gate* gate) : gate_(gate) {}
  void Ring() {
    std::lock_guard lock(mutex_);
    if (gate_ != nullptr) gate_->Open();
  }
  void Silence() {
    std::lock_guard lock(mutex_);
    gate_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Gate* gate_;
};

int64_t Microseconds(steady_clock::time_point time) { return duration_cast<microseconds>(time.time_since_epoch()).count(); }


}  // namespace

Connection::Connection(Socket socket, std::unique_ptr<TlsChannel> tls, Client client, Backend& backend, Key key, ConnectionLimits limits,
                       std::string_view received)
    : backend_(backend),
      engine_(*client.engine),
      key_(key),
      limits_(limits),
      role_(std::move(client.role)),
      database_(std::move(client.database)),
      socket_(std::move(socket)),
      tls_(std::move(tls)),
      gate_(socket_.get_executor()),
      session_(std::move(client.session)),
      descriptor_(socket_.native_handle()) {
  session_->SetProcess(static_cast<int32_t>(key_.process));
  if (!received.empty()) in_.Append(received);
  session_->Attach(static_cast<int32_t>(key.process), [this] { Wake(); });
}

Connection::~Connection() { CloseSocket(); }

Awaitable<void> Connection::Run() {
  try {
    co_await Serve();
  } catch (const std::exception& e) {
    // What libraries throw (no memory, no thread): this connection ends, the others go on.
    log::Error("connection_failed", {{"process", key_.process}, {"what", e.what()}});
  }
  // Portals belong to the session and go first; the session's end rolls back.
  script_portal_.reset();
  script_.clear();
  std::unique_ptr<session::Session> session;
  {
    std::lock_guard lock(mutex_);
    session = std::move(session_);
  }
  session.reset();
  CloseSocket();
}

Awaitable<void> Connection::Serve() {
  out_ = TakeString();
  Greet();
  flush_ = true;
  size_t wanted = 0;  // the size of a message that has begun, if known
  for (;;) {
    co_await ProcessReceived(&wanted);
    if (read_all_ && !closing_) {
      // The last receive filled the buffer: what else is there belongs to the same batch.
      co_await Receive(wanted);
      continue;
    }
    if ((flush_ || closing_) && !TryFlush()) co_await Flush();
    flush_ = false;
    if (closing_ || broken_ || CheckEnding()) break;
    co_await Receive(wanted);
    if (broken_) break;
  }
  if (!out_.empty() && !broken_ && !TryFlush()) co_await Flush();  // the last word, if any
  if (tls_ != nullptr && !broken_) {
    tls_->Close();
    TryFlush();
  }
}

// Handles every complete message that is there.
Awaitable<void> Connection::ProcessReceived(size_t* wanted) {
  SetActivity(Activity::kRunning);
  while (!closing_ && !broken_) {
    FrameResult result = NextFrame(in_.view(), Phase::kReady);
    if (result.state == FrameResult::State::kIncomplete) {
      *wanted = result.needed;
      co_return;
    }
    if (result.state == FrameResult::State::kInvalid) {
      Fatal(result.error.error());
      co_return;
    }
    progress_.store(progress_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (session_->NeedsTurnFirst() && MayRun(result.frame)) {
      co_await AwaitTurn();
      if (broken_) co_return;
      SetActivity(Activity::kRunning);
    }
    handled_ = result.consumed;
    Step step = Handle(result.frame);
    if (step != Step::kNext) co_await RunSteps(step);
    if (broken_) co_return;
    in_.Consume(result.consumed);
    if (out_.size() >= limits_.output_bytes && !session_->IsBrief() && !TryFlush()) co_await Flush();
    if (ending_.load(std::memory_order_relaxed) != Ending::kNone && CheckEnding()) co_return;
  }
}

// Waits for what a statement needs, and goes on with it.
Awaitable<void> Connection::RunSteps(Step step) {
  while (step != Step::kNext && !broken_) {
    if (step == Step::kNeedsData) {
      BeginCopy();
      co_return;
    }
    if (step == Step::kNeedsTurn) {
      co_await AwaitTurn();
    } else if (step == Step::kNeedsLock) {
      co_await AwaitLock();
    } else if (step == Step::kCommitting) {
      co_await AwaitCommit();
    } else if (!TryFlush()) {
      co_await Flush();
    }
    if (broken_) co_return;
    SetActivity(Activity::kRunning);
    step = Resume();
  }
}

// `count` bytes have come into first_; 0 after Wake().
Awaitable<void> Connection::AwaitBytes(size_t* count) {
  struct Came {
    boost::system::error_code error;
    size_t count = 0;
  };
  // Under read_mutex_ the read begins or is found to be unwanted, so that Wake() never misses it.
  Came came = co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Came)>(
      [this](auto&& handler) {
        std::lock_guard lock(read_mutex_);
        if (!woken_) {
          reading_ = true;
          socket_.async_read_some(asio::buffer(first_), [ready = std::move(handler)](boost::system::error_code error, size_t bytes) mutable {
            std::move(ready)(Came{error, bytes});
          });
          return;
        }
        asio::post(socket_.get_executor(),
                   [ready = std::move(handler)]() mutable { std::move(ready)(Came{asio::error::operation_aborted, 0}); });
      },
      kAwait);
  *count = came.count;
  boost::system::error_code error = came.error;
  bool woken;
  {
    std::lock_guard lock(read_mutex_);
    reading_ = false;
    woken = std::exchange(woken_, false);
  }
  if (CheckEnding()) co_return;
  if (error && !(woken && error == asio::error::operation_aborted)) broken_ = true;
  if (woken && !broken_ && !copying_) {
    DeliverNotifications();
    // So many may have come that its answers wait here: more are taken when these are gone.
    if (!out_.empty()) flush_ = true;
  }
  if (woken && !broken_ && copying_) {
    // It may have been cancelled.
    copying_ = false;
    SetActivity(Activity::kRunning);
    co_await RunSteps(Resume());
  }
}

void Connection::Wake() {
  std::lock_guard lock(read_mutex_);
  woken_ = true;
  boost::system::error_code ignored;
  if (reading_) socket_.cancel(ignored);
}

// Waits for at least one byte. Sets broken_ at the end of the stream.
Awaitable<void> Connection::Receive(size_t wanted) {
  if (tls_ != nullptr && tls_->closed()) {
    broken_ = !CheckEnding();
    co_return;
  }
  if (!read_all_) {
    Rest();
    std::chrono::milliseconds limit{0};
    // A COPY may hold the writer's turn while its client says nothing.
    bool busy = copying_ || implicit_ || session_->status() != session::TransactionStatus::kIdle;
    limit = busy ? session_->idle_in_transaction_timeout() : session_->idle_session_timeout();
    idle_.store(!busy);
    SetActivity(Activity::kReading, limit);
    size_t count = 0;
    co_await AwaitBytes(&count);
    if (broken_ || closing_) co_return;
    if (tls_ != nullptr) {
      Decrypt({first_, count}, wanted);
      if (count < sizeof(first_)) co_return;
    } else if (count < sizeof(first_)) {
      in_.Append({first_, count});
      co_return;
    } else {
      in_.Prepare(wanted);
      in_.Append({first_, count});
    }
  }
  // There may be more than that.
  read_all_ = false;
  if (tls_ != nullptr) {
    ReceiveEncrypted(wanted);
  } else {
    ReceivePlain(wanted);
  }
}

void Connection::ReceiveEncrypted(size_t wanted) {
  char bytes[TlsChannel::kMaxRecordBytes];
  ssize_t count;
  do {
    count = ::recv(socket_.native_handle(), bytes, sizeof(bytes), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    read_all_ = static_cast<size_t>(count) == sizeof(bytes);
    Decrypt({bytes, static_cast<size_t>(count)}, wanted);
  } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
    broken_ = !CheckEnding();
  }
}

void Connection::Decrypt(std::string_view bytes, size_t wanted) {
  tls_->Receive(bytes);
  for (;;) {
    in_.Prepare(wanted);
    size_t count = tls_->Read(in_.space(), in_.space_size());
    if (count == 0) break;
    in_.Received(count);
  }
  if (!tls_->output().empty()) flush_ = true;  // it answers to changed keys
}

void Connection::ReceivePlain(size_t wanted) {
  in_.Prepare(wanted);
  ssize_t count;
  do {
    count = ::recv(socket_.native_handle(), in_.space(), in_.space_size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    read_all_ = static_cast<size_t>(count) == in_.space_size();
    in_.Received(static_cast<size_t>(count));
  } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
    broken_ = !CheckEnding();
  }
}

bool Connection::Durable() const { return engine_.IsDurable(session_->visible()); }

// The common case: durable already, and the socket takes everything at once.
bool Connection::TryFlush() {
  if (broken_ || (out_.empty() && (tls_ == nullptr || tls_->output().empty()))) return true;
  if (!Durable()) return false;
  for (;;) {
    ssize_t count = SendSome();
    if (count == 0) break;
    if (count > 0) continue;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    broken_ = true;
    break;
  }
  out_.clear();
  sent_ = 0;
  done_begin_ = done_end_ = 0;
  return true;
}

ssize_t Connection::SendSome() {
  std::string_view rest = std::string_view(out_).substr(sent_);
  if (tls_ != nullptr) {
    // One record at a time: what a slow client does not take stays in out_, where it is counted.
    if (tls_->output().empty() && !rest.empty()) {
      rest = rest.substr(0, TlsChannel::kMaxRecordBytes);
      if (!tls_->Write(rest)) {
        errno = EIO;
        return -1;
      }
      sent_ += rest.size();
    }
    rest = tls_->output();
  }
  if (rest.empty()) return 0;
  ssize_t count = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0) {
    if (tls_ != nullptr) {
      tls_->Sent(static_cast<size_t>(count));
    } else {
      sent_ += static_cast<size_t>(count);
    }
  }
  return count;
}

Awaitable<void> Connection::Flush() {
  if (!Durable()) {
    SetActivity(Activity::kWaitingForDisk);
    gate_.Close();
    // Whoever brought it to disk also sends the answer: this connection's thread need not wake up first. Until the gate opens
    // nobody else touches what is sent.
    engine_.WhenDurable(session_->visible(), [this] {
      TryFlush();
      gate_.Open();
    });
    if (!gate_.is_open()) co_await gate_.Wait();
  }
  while (!TryFlush()) {
    SetActivity(Activity::kWriting, limits_.write_timeout);
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(kAwait, error));
    if (error || ending_.load() == Ending::kDropped) {
      broken_ = true;
      co_return;
    }
  }
  SetActivity(Activity::kRunning);
}

// Afterwards the session has the turn, or wait_failed_ says why not.
Awaitable<void> Connection::AwaitTurn() {
  {
    std::lock_guard lock(mutex_);
    turn_wanted_ = true;
    turn_cancelled_ = false;
    turn_request_ = 0;
    turn_.reset();
  }
  SetActivity(Activity::kWaitingForTurn);
  gate_.Close();
  const auto granted = [this](Result<engine::Turn> turn) {
    std::lock_guard lock(mutex_);
    turn_ = std::move(turn);
    gate_.Open();
  };
  uint64_t request = engine_.RequestTurn(session_->lock_timeout(), granted, session_->WantsBriefTurn() && EndsAtOnce());
  bool cancelled;
  {
    std::lock_guard lock(mutex_);
    turn_request_ = request;
    cancelled = turn_cancelled_;
  }
  if (cancelled) engine_.WithdrawRequest(request);
  if (!gate_.is_open() && !TryFlush() && !Durable()) {
    // What a pipeline has been answered before waits for the disk, not for the turn. Whichever comes first opens the gate.
    auto bell = std::make_shared<Bell>(&gate_);
    engine_.WhenDurable(session_->visible(), [bell] { bell->Ring(); });
    if (!gate_.is_open()) co_await gate_.Wait();
    bell->Silence();
    bool came;
    {
      std::lock_guard lock(mutex_);
      came = turn_.has_value();
      if (!came) gate_.Close();
    }
    if (!came) TryFlush();
  }
  if (!gate_.is_open()) co_await gate_.Wait();
  std::optional<Result<engine::Turn>> turn;
  {
    std::lock_guard lock(mutex_);
    turn_wanted_ = false;
    cancelled = turn_cancelled_;
    turn = std::move(turn_);
    turn_.reset();
  }
  if (cancelled) {
    wait_failed_ = Fail(sqlstate::kQueryCanceled, "canceling statement due to user request");
  } else if (turn->ok()) {
    session_->GiveTurn(**std::move(turn));
  } else {
    wait_failed_ = std::move(*turn).status();
  }
}

// Afterwards the session knows how its commit has ended. It takes as long as those who are committed along with it, which are brief.
Awaitable<void> Connection::AwaitCommit() {
  SetActivity(Activity::kWaitingForDisk);
  gate_.Close();
  session_->WhenCommitted([this] { gate_.Open(); });
  if (!gate_.is_open()) co_await gate_.Wait();
}

// Afterwards the session has the lock that its statement asked for, or wait_failed_ says why not.
Awaitable<void> Connection::AwaitLock() {
  describe_rows_ = false;  // it may have been described before it came to the lock
  gate_.Close();
  {
    std::lock_guard lock(mutex_);
    lock_wanted_ = true;
    lock_ended_.reset();
    withdraw_lock_ = nullptr;
  }
  SetActivity(Activity::kWaitingForLock, session_->lock_timeout());
  // Set before the gate opens, read after it.
  auto answer = std::make_shared<Status>();
  session::Session::Withdraw withdraw = session_->RequestLock([this, answer](Status status) {
    *answer = std::move(status);
    gate_.Open();
  });
  std::optional<Status> ended;
  {
    std::lock_guard lock(mutex_);
    withdraw_lock_ = withdraw;
    ended = lock_ended_;
  }
  if (ended && withdraw) withdraw(*std::move(ended));
  if (!gate_.is_open()) co_await gate_.Wait();
  {
    std::lock_guard lock(mutex_);
    lock_wanted_ = false;
    withdraw_lock_ = nullptr;
  }
  if (!answer->ok()) wait_failed_ = *answer;
}

void Connection::EndLockWait(Status why) {
  session::Session::Withdraw withdraw;
  {
    std::lock_guard lock(mutex_);
    if (!lock_wanted_) return;
    lock_ended_ = why;
    withdraw = withdraw_lock_;
  }
  if (withdraw) withdraw(std::move(why));  // it calls back
}

void Connection::Rest() {
  if (in_.empty()) in_.Release();
  if (out_.empty() && out_.capacity() > 0) {
    GiveString(std::move(out_));
    out_ = std::string();
  }
}

bool Connection::CheckEnding() {
  if (closing_) return true;
  switch (ending_.load(std::memory_order_acquire)) {
    case Ending::kNone: return false;
    case Ending::kDropped: broken_ = true; break;
    case Ending::kShutdown:
      Fatal({std::string(sqlstate::kAdminShutdown), "terminating connection due to administrator command"});
      break;
    case Ending::kIdle:
      Fatal({std::string(sqlstate::kIdleSessionTimeout), "terminating connection due to idle-session timeout"});
      break;
    case Ending::kIdleInTransaction:
      Fatal({std::string(sqlstate::kIdleInTransactionSessionTimeout),
             "terminating connection due to idle-in-transaction timeout"});
      break;
  }
  closing_ = true;
  return true;
}

void Connection::CloseSocket() {
  std::lock_guard lock(mutex_);
  std::lock_guard read_lock(read_mutex_);
  descriptor_ = -1;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Connection::SetActivity(Activity activity, std::chrono::milliseconds limit) {
  int64_t deadline = limit.count() > 0 ? Microseconds(steady_clock::now() + limit) : 0;
  deadline_us_.store(deadline, std::memory_order_relaxed);
  if (activity == Activity::kRunning && Lane::here != nullptr) runs_on_.store(Lane::here->index, std::memory_order_relaxed);
  activity_.store(activity, std::memory_order_release);
}

void Connection::SetStatementLimit(std::chrono::milliseconds limit) {
  std::lock_guard lock(mutex_);
  timed_out_ = false;
  statement_deadline_us_.store(Microseconds(steady_clock::now() + limit), std::memory_order_relaxed);
}

// --- Any thread.

void Connection::Interrupt(Ending ending, int how) {
  std::lock_guard lock(mutex_);
  Ending expected = Ending::kNone;
  // The first reason counts, but a connection that is being shut down may still be dropped.
  if (!ending_.compare_exchange_strong(expected, ending) && ending != Ending::kDropped) return;
  ending_.store(ending);
  if (descriptor_ >= 0) ::shutdown(descriptor_, how);
}

void Connection::Cancel() { CancelLocked(std::unique_lock(mutex_)); }

void Connection::CancelLocked(std::unique_lock<std::mutex> lock) {
  if (session_ == nullptr) return;
  if (lock_wanted_) {
    lock.unlock();
    return EndLockWait(Fail(sqlstate::kQueryCanceled, "canceling statement due to user request"));
  }
  if (!turn_wanted_) {
    session_->Cancel();
    return Wake();
  }
  turn_cancelled_ = true;
  uint64_t request = turn_request_;
  lock.unlock();  // whoever grants turns calls back
  if (request != 0) engine_.WithdrawRequest(request);
}

void Connection::Shutdown() {
  Interrupt(Ending::kShutdown, SHUT_RD);
  Cancel();
}

void Connection::Drop() {
  Interrupt(Ending::kDropped, SHUT_RDWR);
  Cancel();
}

bool Connection::Tick(steady_clock::time_point now) {
  Activity activity = activity_.load(std::memory_order_acquire);
  int64_t deadline = deadline_us_.load(std::memory_order_relaxed);
  uint32_t progress = progress_.load(std::memory_order_relaxed);
  bool unchanged = progress == ticked_progress_;
  ticked_progress_ = progress;
  if (deadline != 0 && Microseconds(now) > deadline) {
    if (activity == Activity::kReading) Interrupt(idle_.load() ? Ending::kIdle : Ending::kIdleInTransaction, SHUT_RD);
    if (activity == Activity::kWaitingForLock) {
      EndLockWait(Fail(sqlstate::kLockNotAvailable, "canceling statement due to lock timeout"));
    }
    if (activity == Activity::kWriting) {
      log::Info("client_takes_nothing", {{"process", key_.process}});
      Interrupt(Ending::kDropped, SHUT_RDWR);
    }
  }
  if (int64_t limit = statement_deadline_us_.load(std::memory_order_relaxed); limit != 0 && Microseconds(now) > limit) {
    std::unique_lock lock(mutex_);
    // Asked again under the lock: the statement may just have ended, and the next must not be hit.
    if (statement_deadline_us_.load(std::memory_order_relaxed) == limit) {
      timed_out_ = true;
      CancelLocked(std::move(lock));
    }
  }
  bool waits = activity == Activity::kWaitingForTurn || activity == Activity::kWaitingForLock || activity == Activity::kRunning;
  if (waits && unchanged) {
    // Is the client still there? If not, nobody waits for this statement.
    bool gone = false;
    {
      std::lock_guard lock(mutex_);
      pollfd entry{descriptor_, POLLRDHUP, 0};
      gone = descriptor_ >= 0 && ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    }
    if (gone && ending_.load() == Ending::kNone) Drop();
  }
  return activity == Activity::kRunning && unchanged;
}

}  // namespace allod::net
