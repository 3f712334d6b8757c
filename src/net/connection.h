// One client, after authentication: takes its messages, drives its session, sends the answers.
//
// Run() is one coroutine, and so its own strand: nothing of a connection runs on two threads at once. It runs statements
// inline, and suspends where it must wait: for bytes, for the writer's turn, for durability, for a slow reader.
// Nothing is sent before what it tells is durable. What has already arrived is answered in one write.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>

#include "net/backend.h"
#include "net/buffer.h"
#include "net/gate.h"
#include "net/tls.h"
#include "net/wire.h"
#include "session/session.h"

namespace allod::net {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

struct ConnectionLimits {
  size_t output_bytes = 1 << 20;                       // of one connection, before its statement is paused
  std::chrono::milliseconds write_timeout{60'000};     // a client that takes nothing for so long is dropped
  bool log_queries = false;                            // each statement gets a line in the log
};

class Connection final : private session::Sink {
 public:
  struct Key {
    uint32_t process = 0, secret = 0;  // BackendKeyData
  };
  // Who has logged in.
  struct Client {
    std::unique_ptr<session::Session> session;
    engine::Engine* engine = nullptr;  // of the session's database
    std::string role, database;
  };
  // `received`: bytes that came with or after the startup packet.
  Connection(Socket socket, std::unique_ptr<TlsChannel> tls, Client client, Backend& backend, Key key, ConnectionLimits limits,
             std::string_view received);
  ~Connection() override;

  // From AuthenticationOk to the end. The caller keeps the connection alive.
  Awaitable<void> Run();

  const Key& key() const { return key_; }
  const std::string& database() const { return database_; }
  int lane = 0;  // the server's: whose thread waits for its bytes
  // The lane whose thread runs its statement: its own, or that of a connection that passed the turn on (Gate).
  int runs_on() const { return runs_on_.load(std::memory_order_relaxed); }

  // --- Any thread.
  void Cancel();    // a CancelRequest: ends the running statement, or its wait, and nothing else
  void Shutdown();  // 57P01, at once
  void Drop();      // closes without a word
  // Called every kTick by one thread: enforces time limits and notices clients that left while their statement waits. True while one
  // statement has been running since the last call.
  bool Tick(std::chrono::steady_clock::time_point now);
  static constexpr std::chrono::milliseconds kTick{25};

 private:
  // What the coroutine does next.
  enum class Step : uint8_t {
    kNext,       // the message is done
    kNeedsTurn,  // wait for the writer's turn, then Resume()
    kFull,       // send, then Resume()
    kNeedsLock,  // wait for an advisory lock, then Resume()
    kCommitting,  // wait until the session's transaction is committed along with others, then Resume()
    kNeedsData,  // the client sends COPY data: HandleCopy() resumes
  };
  enum class Activity : uint8_t { kRunning, kReading, kWriting, kWaitingForTurn, kWaitingForLock, kWaitingForDisk };
  // Why the connection must end, set from outside.
  enum class Ending : uint8_t { kNone, kShutdown, kIdleInTransaction, kIdle, kDropped };

  // --- connection.cc: the switch over messages, and what each does.
  void Greet();
  Step Handle(const Frame& frame);
  bool MayRun(const Frame& frame) const;  // it may run something: on an engine that lends connections, one is needed
  Step Resume();
  Step HandleQuery(std::string_view body);
  Step RunScript();
  Step FinishScript(Status status);
  Step EndScript();
  void TellFailedCommit(const Status& status);
  void RollBack();
  // The running statement is all of its transaction, which ends behind it without waiting for the client.
  bool EndsAtOnce() const;
  void HandleParse(std::string_view body);
  void HandleBind(std::string_view body);
  void HandleDescribe(std::string_view body);
  Step HandleExecute(std::string_view body);
  Step RunExecute();
  void HandleClose(std::string_view body);
  Step HandleSync();
  Step HandleCopy(const Frame& frame);
  void BeginCopy();
  void AbandonCopy();
  void HandleFunctionCall();
  void HandleTerminate();
  Status TakeWaitFailure();
  Status Parse(std::string_view body);
  Status Bind(std::string_view body);
  Status Describe(std::string_view body);
  void EnterImplicit();
  void BeginStatement();
  // A line of the query log: what was run, without its values.
  void LogStatement(std::string_view text, const Status& status);
  void LogScript(const Status& status);  // the statement of the script that has ended
  void SetStatementLimit(std::chrono::milliseconds limit);
  void EndStatement(Status* status);
  void FailExtended(const Status& status);
  void SendError(const Status& status);
  void Fatal(const Error& error);  // 'closing' afterwards
  void SendReady();

  // --- session::Sink
  void Columns(const std::vector<planner::ResultColumn>& columns) override;
  bool Row(std::span<const Datum> values) override;
  void Done(std::string_view tag) override;
  void Notice(const Error& notice) override;
  void ParameterChanged(std::string_view name, std::string_view value) override;

  void CopyBegin(bool in, bool binary, size_t columns) override;
  bool CopyData(std::string_view bytes) override;
  void CopyEnd() override;
  void ErrorContext(std::string_view context) override { error_context_ = context; }
  void Notified(int32_t process, std::string_view channel, std::string_view payload) override;

  // --- connection_io.cc: bytes and waiting.
  Awaitable<void> Serve();
  Awaitable<void> ProcessReceived(size_t* wanted);
  Awaitable<void> RunSteps(Step step);
  Awaitable<void> AwaitBytes(size_t* count);
  void Wake();                   // any thread: Receive() returns soon, with nothing if nothing came
  Awaitable<void> Receive(size_t wanted);
  void ReceivePlain(size_t wanted);
  void ReceiveEncrypted(size_t wanted);
  void Decrypt(std::string_view bytes, size_t wanted);
  ssize_t SendSome();  // like send(); 0: nothing is left
  Awaitable<void> AwaitTurn();
  Awaitable<void> AwaitLock();
  Awaitable<void> AwaitCommit();
  void EndLockWait(Status why);  // any thread
  void DeliverNotifications();   // if nothing is under way
  bool TryFlush();               // true: everything was sent, or the client is gone
  Awaitable<void> Flush();
  bool Durable() const;
  void Rest();                   // gives buffers back
  bool CheckEnding();            // true: the connection must end now
  void CloseSocket();
  void SetActivity(Activity activity, std::chrono::milliseconds limit = {});
  void Interrupt(Ending ending, int how);
  void CancelLocked(std::unique_lock<std::mutex> lock);

  Backend& backend_;
  engine::Engine& engine_;
  const Key key_;
  const ConnectionLimits limits_;
  const std::string role_, database_;
  Socket socket_;
  const std::unique_ptr<TlsChannel> tls_;  // null: none. Used by whoever may read or send.
  char first_[512];         // where bytes arrive while the connection waits; a longer message goes on in in_
  InputBuffer in_;
  size_t handled_ = 0;      // bytes of in_ that are the message under way
  std::string out_;
  size_t sent_ = 0;         // bytes of out_ that are gone, or in tls_
  bool flush_ = false;      // what is in out_ is to be sent before waiting
  bool closing_ = false;    // nothing more is read
  bool broken_ = false;     // nothing more can be sent
  bool read_all_ = false;   // the last receive filled its room: there may be more
  Gate gate_;

  // --- The protocol's state.
  bool skip_to_sync_ = false;
  std::string error_context_;
  bool copying_ = false;    // COPY FROM STDIN: what comes is its data
  bool implicit_ = false;   // between the first extended message and Sync
  std::vector<uint16_t> unnamed_formats_;
  std::unordered_map<std::string, std::vector<uint16_t>> named_formats_;
  std::vector<std::pair<std::string, std::string>> reported_;  // what ParameterStatus said last

  // --- The statement under way.
  enum class Work : uint8_t { kNone, kScript, kExecute, kEndScript, kSync } work_ = Work::kNone;
  std::vector<session::PreparedPtr> script_;
  size_t script_index_ = 0;
  std::unique_ptr<session::Portal> script_portal_;
  session::Portal* execute_portal_ = nullptr;
  int64_t execute_limit_ = 0;
  const std::vector<planner::ResultColumn>* columns_ = nullptr;
  const std::vector<uint16_t>* formats_ = nullptr;
  bool describe_rows_ = false;
  int64_t rows_ = 0;
  // Where the last CommandComplete stands in out_: taken back if the commit that follows at once fails.
  size_t done_begin_ = 0, done_end_ = 0;
  std::optional<Status> wait_failed_;  // the turn was not had

  // --- For the query log; empty without one.
  std::chrono::steady_clock::time_point began_;
  int64_t affected_ = 0;          // what the command tag counts
  std::string message_text_;      // of a Query
  session::PreparedPtr binding_;  // what Bind names
  session::PreparedPtr executing_;
  std::unordered_map<std::string, session::PreparedPtr> bound_;  // by portal

  // --- Shared with other threads.
  std::mutex read_mutex_;          // guards the socket while a read begins or is withdrawn; taken after mutex_
  bool woken_ = false, reading_ = false;
  std::mutex mutex_;               // guards the session's and the descriptor's end, and the wait for the turn
  std::unique_ptr<session::Session> session_;
  int descriptor_ = -1;
  bool turn_wanted_ = false, turn_cancelled_ = false;
  uint64_t turn_request_ = 0;
  std::optional<Result<engine::Turn>> turn_;
  session::Session::Withdraw withdraw_lock_;  // while a lock is waited for
  std::optional<Status> lock_ended_;          // why the wait is to end, if that was asked for before withdraw_lock_ was known
  bool lock_wanted_ = false;
  bool timed_out_ = false;         // the statement's limit ended it
  std::atomic<int64_t> statement_deadline_us_{0};  // changed under mutex_; 0: none
  std::atomic<Ending> ending_{Ending::kNone};
  std::atomic<Activity> activity_{Activity::kRunning};
  std::atomic<bool> idle_{false};         // it reads outside of a transaction
  std::atomic<int64_t> deadline_us_{0};   // steady clock; 0: none
  std::atomic<uint32_t> progress_{0};     // counts activities
  std::atomic<int> runs_on_{0};
  uint32_t ticked_progress_ = 0;          // Tick's own
};

}  // namespace allod::net
