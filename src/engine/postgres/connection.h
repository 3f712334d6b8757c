// One connection to the cluster. What is sent together is a batch: controls (statements whose rows nobody reads) and at most
// one statement whose rows are, then a sync; the cluster stops at the first error in it. Answers are read in that order.
//
// One thread at a time, but for Cancel().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/postgres/engine.h"
#include "engine/postgres/libpq.h"
#include "engine/postgres/settings.h"
#include "engine/postgres/statements.h"
#include "engine/postgres/values.h"

namespace allod::engine::postgres {

class Connection {
 public:
  // `show_reason`: an error may hold libpq's words, which name host, user and database.
  static Result<std::unique_ptr<Connection>> Open(const Options& options, bool show_reason);
  // Whether the connection string can be read at all: 22023.
  static Status Check(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool broken() const { return confused_ || PQstatus(handle_.get()) != CONNECTION_OK; }
  // Whether an idle connection is still there: the cluster says it when it goes. No round trip.
  using Said = std::function<void(std::string_view channel, std::string_view payload)>;
  bool StillThere(const Said& said = nullptr);
  int socket() const { return PQsocket(handle_.get()); }
  // Open on the cluster's side, as of the last answer.
  bool in_transaction() const { return PQtransactionStatus(handle_.get()) != PQTRANS_IDLE; }
  bool in_failed_transaction() const { return PQtransactionStatus(handle_.get()) == PQTRANS_INERROR; }
  int server_version() const { return PQserverVersion(handle_.get()); }

  // --- Sending. A failure to send shows up when the answer is read.
  void Control(const char* text, std::initializer_list<std::string_view> parameters = {});
  // One of the statements that every connection has prepared; without parameters.
  enum class Standard : uint8_t { kBeginReadCommitted, kBeginRepeatableRead, kBeginSerializable, kBeginSnapshot, kBeginSerializableSnapshot };
  void Control(Standard standard);
  void Statement(const Prepared& prepared, const Arguments& arguments);
  void Sync();
  bool busy() const { return controls_ > 0 || statement_ || synced_; }

  // --- Reading.
  // The answers to the controls. After an error the batch is over.
  Status ReadControls();
  // The next result of the statement: a row (PGRES_SINGLE_TUPLE), or the last one, which may be an error; then the batch is
  // over. Null: the connection is lost.
  ResultPtr ReadRow();
  // All of a batch without rows; the first error.
  Status Finish();
  // Reads and throws away what is still to come.
  void Discard();

  // What can be prepared at all: not COPY (0A000), no zero byte (22021).
  static Status CheckText(std::string_view text);
  // Prepares, and learns what it takes and gives. Nothing may be in the pipe but controls, which are read first.
  Result<std::shared_ptr<const Prepared>> Prepare(std::string_view text, std::span<const Oid> types, int path, uint64_t epoch);
  // After IsStalePlan(): somebody has deallocated what is prepared here.
  void ForgetStandards() { standards_ = false; }
  // Statements as one simple query message; what they answer is not read. Nothing may be in the pipe. It is the cheapest
  // way to say something alone.
  Status Script(const std::string& text);

  // Any thread: what runs now is cancelled. REQUIRES: the caller makes sure that it is not the next one that is hit.
  void Cancel();

  Statements& statements() { return statements_; }
  AppliedSettings& settings() { return settings_; }
  Arguments& arguments() { return arguments_; }
  std::vector<Error>& notices() { return notices_; }
  // Why it is broken, if the cluster has said so.
  const Status& told() const { return told_; }

  bool traces = false;  // must not go to another session
  std::chrono::steady_clock::time_point idle_since;

 private:
  Connection(ConnectionPtr handle, const Options& options);
  void PrepareStandards();
  static void Noticed(void* self, const PGresult* result);
  ResultPtr Get();
  Status Failure(const PGresult* result);
  void NoteEnd(const PGresult* result);
  void DropStatements();

  ConnectionPtr handle_;
  CancelPtr cancel_;
  Statements statements_;
  AppliedSettings settings_;
  Arguments arguments_;
  std::vector<Error> notices_;
  Status told_;
  uint64_t last_name_ = 0;
  bool standards_ = false;
  int controls_ = 0;        // answers to read, before the statement's
  bool statement_ = false;  // the statement's answer is to be read
  bool single_row_ = false; // was asked for it
  bool synced_ = false;     // the sync's answer is to be read
  bool confused_ = false;   // what is in the pipe is not what was expected: of no use any more
};

}  // namespace allod::engine::postgres
