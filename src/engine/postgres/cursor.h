// The rows of one statement: out of the pipe as they come, or out of memory when another statement needed the pipe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/transaction.h"

namespace allod::engine::postgres {

class PostgresCursor final : public Cursor {
 public:
  // The statement was sent.
  PostgresCursor(PostgresTransaction& transaction, std::shared_ptr<const Prepared> prepared, const ExecContext* context);
  ~PostgresCursor() override;

  int columns() const override { return static_cast<int>(prepared_->readers.size()); }
  Result<bool> Next() override;
  Datum column(int index) const override { return row_.column(index); }
  int64_t affected() const override { return affected_; }
  std::string_view tag() const override { return tag_; }

  // Takes what is in the pipe into memory. 54000: it is too much; the cursor can still be read.
  Status ReadAhead(size_t limit);
  // What is not read is lost: Next() answers 24000 from now on.
  void Close() { transaction_ = nullptr; }
  void Abandoned() { in_pipe_ = false; }

 private:
  // The next result out of the pipe: a row, or null when the statement is done (or the error).
  Result<ResultPtr> Take();
  // After an error: once more, if it is because of a plan that has gone stale.
  Result<ResultPtr> Again(Status status);
  Status Failed(Status status);
  Status Interrupted();
  Result<bool> Show(ResultPtr row);

  PostgresTransaction* transaction_;  // null: closed
  std::shared_ptr<const Prepared> prepared_;
  const FormatContext& format_;
  bool in_pipe_ = true, controls_read_ = false;
  Status failure_;                    // found while reading ahead
  std::deque<ResultPtr> ahead_;
  size_t ahead_bytes_ = 0;
  ResultPtr result_;                  // of the current row
  RowReader row_;
  int64_t affected_ = 0;
  std::string tag_;
};

}  // namespace allod::engine::postgres
