#include "engine/postgres/errors.h"

#include <charconv>
#include <utility>

#include "base/log.h"

namespace allod::engine::postgres {
namespace {

std::string Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

// libpq gives no SQLSTATE for what the server answers to a connection attempt, only its words.
std::string_view StateOf(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"the database system is", sqlstate::kCannotConnectNow},  // starting up, shutting down, in recovery mode
      {"too many clients already", sqlstate::kTooManyConnections},
      {"remaining connection slots", sqlstate::kTooManyConnections},
      {"too many connections for", sqlstate::kTooManyConnections},
      {"password authentication failed", sqlstate::kInvalidPassword},
      {"no password supplied", sqlstate::kInvalidPassword},
      {"authentication failed", sqlstate::kInvalidAuthorization},
      {"no pg_hba.conf entry", sqlstate::kInvalidAuthorization},
      {"role \"", sqlstate::kInvalidAuthorization},
      {"database \"", sqlstate::kInvalidCatalogName},
  };
  for (const auto& [words, state] : kWords) {
    if (text.find(words) != std::string_view::npos) return state;
  }
  return sqlstate::kCannotConnect;
}

}  // namespace

Error ErrorFrom(const PGresult* result) {
  Error error;
  error.sqlstate = Field(result, PG_DIAG_SQLSTATE);
  error.message = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  error.detail = Field(result, PG_DIAG_MESSAGE_DETAIL);
  error.hint = Field(result, PG_DIAG_MESSAGE_HINT);
  const std::string position = Field(result, PG_DIAG_STATEMENT_POSITION);
  std::from_chars(position.data(), position.data() + position.size(), error.position);
  error.schema = Field(result, PG_DIAG_SCHEMA_NAME);
  error.table = Field(result, PG_DIAG_TABLE_NAME);
  error.column = Field(result, PG_DIAG_COLUMN_NAME);
  error.datatype = Field(result, PG_DIAG_DATATYPE_NAME);
  error.constraint = Field(result, PG_DIAG_CONSTRAINT_NAME);
  return error;
}

Status StatusFrom(const PGresult* result) {
  Error error = ErrorFrom(result);
  if (error.sqlstate.empty()) return ConnectionLost();
  return Status(std::move(error));
}

Status ConnectionLost(const Status& told) {
  if (!told.ok()) return told;
  return Fail(sqlstate::kConnectionFailure, "the connection to the database cluster was lost")
      .Hint("What was not committed is rolled back; run the transaction again.");
}

Status OutcomeUnknown() {
  return Fail(sqlstate::kTransactionResolutionUnknown, "the connection to the database cluster was lost during COMMIT; its outcome is unknown")
      .Hint("Look whether the transaction's changes are there before running it again.");
}

Status CannotConnect(std::string_view libpq_text, bool show) {
  while (!libpq_text.empty() && (libpq_text.back() == '\n' || libpq_text.back() == ' ')) libpq_text.remove_suffix(1);
  Status status = Fail(StateOf(libpq_text), "could not connect to the database cluster");
  if (show) return std::move(status).Detail(std::string(libpq_text));
  log::Error("cluster_unreachable", {{"detail", libpq_text}});
  return status;
}

Status TransactionFailed() {
  return Fail(sqlstate::kInFailedSqlTransaction, "current transaction is aborted, commands ignored until end of transaction block");
}

Status TransactionOver() { return Fail(sqlstate::kNoActiveSqlTransaction, "there is no transaction in progress"); }

bool IsStalePlan(const Error& error) {
  return error.sqlstate == sqlstate::kInvalidSqlStatementName ||
         (error.sqlstate == sqlstate::kFeatureNotSupported && error.message == "cached plan must not change result type");
}

}  // namespace allod::engine::postgres
