#include "engine/postgres/cursor.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/datetime.h"
#include "engine/postgres/errors.h"

namespace allod::engine::postgres {
namespace {

const FormatContext& StoredFormat() {
  static const FormatContext format;
  return format;
}

Status Canceled() { return Fail(sqlstate::kQueryCanceled, "canceling statement due to user request"); }

Status TooMuchAhead() {
  return Fail(sqlstate::kProgramLimitExceeded, "a result that is only partly read is too large to be kept while another statement runs")
      .Hint("Read it to its end first, or use DECLARE CURSOR and FETCH.");
}

bool CountsChanges(std::string_view tag) {
  return tag.starts_with("INSERT ") || tag.starts_with("UPDATE ") || tag.starts_with("DELETE ") || tag.starts_with("MERGE ");
}

}  // namespace

PostgresCursor::PostgresCursor(PostgresTransaction& transaction, std::shared_ptr<const Prepared> prepared, const ExecContext* context)
    : transaction_(&transaction), prepared_(std::move(prepared)), format_(context == nullptr ? StoredFormat() : context->format) {
  transaction_->cursors_.push_back(this);
  transaction_->active_ = this;
}

PostgresCursor::~PostgresCursor() {
  if (transaction_ == nullptr) return;
  if (in_pipe_) transaction_->Abandon(false);
  std::erase(transaction_->cursors_, this);
}

Result<bool> PostgresCursor::Next() {
  if (transaction_ == nullptr) return Fail(sqlstate::kInvalidCursorState, "the cursor is closed");
  // Also between two rows: the cluster may have sent them long ago.
  if (transaction_->interrupted_.load(std::memory_order_relaxed) && (in_pipe_ || !ahead_.empty())) return Interrupted();
  if (!ahead_.empty()) {
    ResultPtr row = std::move(ahead_.front());
    ahead_.pop_front();
    ahead_bytes_ -= PQresultMemorySize(row.get());
    return Show(std::move(row));
  }
  if (!failure_.ok()) return failure_;
  if (!in_pipe_) return false;
  ALLOD_ASSIGN_OR_RETURN(ResultPtr row, Take());
  if (row == nullptr) return false;
  return Show(std::move(row));
}

Result<bool> PostgresCursor::Show(ResultPtr row) {
  result_ = std::move(row);
  ALLOD_RETURN_IF_ERROR(row_.Read(result_.get(), 0, prepared_->readers, format_));
  return true;
}

Result<ResultPtr> PostgresCursor::Take() {
  Connection& connection = transaction_->connection();
  if (!controls_read_) {
    if (Status status = connection.ReadControls(); !status.ok()) return Again(std::move(status));
    controls_read_ = true;
  }
  ResultPtr result = connection.ReadRow();
  if (result == nullptr) return Failed(ConnectionLost(connection.told()));
  switch (PQresultStatus(result.get())) {
    case PGRES_SINGLE_TUPLE: return result;
    case PGRES_FATAL_ERROR: return Again(StatusFrom(result.get()));
    default: break;
  }
  in_pipe_ = false;
  tag_ = PQcmdStatus(result.get());
  if (CountsChanges(tag_)) {
    const std::string_view count = PQcmdTuples(result.get());
    std::from_chars(count.data(), count.data() + count.size(), affected_);
  }
  transaction_->active_ = nullptr;
  transaction_->StopRunning();
  transaction_->Answered(connection, true);
  transaction_->Done(tag_);
  return ResultPtr();
}

Result<ResultPtr> PostgresCursor::Again(Status status) {
  Connection& connection = transaction_->connection();
  if (!IsStalePlan(status.error()) || connection.broken()) return Failed(std::move(status));
  status = transaction_->Again(connection, std::move(status));
  if (!status.ok()) return Failed(std::move(status));
  prepared_ = transaction_->attempt_.prepared;
  controls_read_ = false;
  return Take();
}

Status PostgresCursor::Failed(Status status) {
  in_pipe_ = false;
  transaction_->active_ = nullptr;
  Connection& connection = transaction_->connection();
  transaction_->StopRunning();
  transaction_->Answered(connection, false);
  failure_ = connection.broken() ? transaction_->Lost(std::move(status)) : std::move(status);
  return failure_;
}

Status PostgresCursor::Interrupted() {
  // On the cluster's side it may be done, with effects that must not stay.
  if (in_pipe_) transaction_->Abandon(true);
  if (transaction_->mode_ != Mode::kRead) transaction_->failed_ = true;
  ahead_.clear();
  failure_ = Canceled();
  return failure_;
}

Status PostgresCursor::ReadAhead(size_t limit) {
  while (in_pipe_) {
    if (ahead_bytes_ > limit) return TooMuchAhead();
    Result<ResultPtr> row = Take();
    if (!row.ok() || *row == nullptr) break;  // an error is this cursor's own, and told when it comes to it
    ahead_bytes_ += PQresultMemorySize(row->get());
    ahead_.push_back(*std::move(row));
  }
  return Ok();
}

}  // namespace allod::engine::postgres
