// Status and Result<T>: how every module reports failure. No exception crosses a module boundary.
//
// An Error is what a PostgreSQL client is told (protocol 3.0, "ErrorResponse"): a SQLSTATE, one sentence that
// names the thing, and optionally detail, hint, position and the names of the objects concerned.
// Texts must hold no key material; `detail` may hold values of the failing row only where PostgreSQL shows them.
#pragma once

#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/sqlstate.h"

namespace allod {

struct Error {
  std::string sqlstate;  // five characters, from base/sqlstate.h
  std::string message;   // lower case first letter, no full stop, as PostgreSQL writes them
  std::string detail{};
  std::string hint{};
  int position = 0;  // 1-based character (not byte) in the statement text; 0: none
  std::string schema{}, table{}, column{}, datatype{}, constraint{};
};

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  Status(const Status& other) : error_(other.error_ ? std::make_unique<Error>(*other.error_) : nullptr) {}
  Status(Status&&) noexcept = default;
  Status& operator=(const Status& other) {
    error_ = other.error_ ? std::make_unique<Error>(*other.error_) : nullptr;
    return *this;
  }
  Status& operator=(Status&&) noexcept = default;

  bool ok() const { return error_ == nullptr; }
  const Error& error() const { return *error_; }  // REQUIRES: !ok()
  Error& error() { return *error_; }              // REQUIRES: !ok()

  // Chained on a fresh error: return Fail(...).Hint("...").
  Status&& Detail(std::string text) && { error_->detail = std::move(text); return std::move(*this); }
  Status&& Hint(std::string text) && { error_->hint = std::move(text); return std::move(*this); }
  Status&& At(int position) && { error_->position = position; return std::move(*this); }
  Status&& Table(std::string name) && { error_->schema = "public"; error_->table = std::move(name); return std::move(*this); }
  Status&& Column(std::string name) && { error_->column = std::move(name); return std::move(*this); }
  Status&& Constraint(std::string name) && { error_->constraint = std::move(name); return std::move(*this); }

 private:
  std::unique_ptr<Error> error_;
};

inline Status Ok() { return Status(); }

inline Status Fail(std::string_view sqlstate, std::string message) {
  return Status(Error{std::string(sqlstate), std::move(message)});
}

// What the language has but this engine cannot do. `instead` says what to write.
inline Status Unsupported(std::string what, std::string instead = "") {
  return Status(Error{std::string(sqlstate::kFeatureNotSupported), std::move(what), "", std::move(instead)});
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status&& status() && { return std::move(status_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

#define ALLOD_CONCAT_INNER(a, b) a##b
#define ALLOD_CONCAT(a, b) ALLOD_CONCAT_INNER(a, b)
#define ALLOD_RETURN_IF_ERROR(expr)            \
  do {                                         \
    ::allod::Status allod_status_ = (expr);    \
    if (!allod_status_.ok()) return allod_status_; \
  } while (false)
#define ALLOD_ASSIGN_OR_RETURN(lhs, expr) ALLOD_ASSIGN_OR_RETURN_(ALLOD_CONCAT(allod_result_, __LINE__), lhs, expr)
#define ALLOD_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                            \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

}  // namespace allod
