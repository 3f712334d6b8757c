// What the cluster and libpq say went wrong, as Status.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "engine/codes.h"
#include "engine/postgres/libpq.h"

namespace allod::engine::postgres {

// All fields of an ErrorResponse (or a notice). A result without a SQLSTATE is libpq's own: the connection is lost.
Error ErrorFrom(const PGresult* result);
Status StatusFrom(const PGresult* result);

// 08006; `told` is what the server said before it went (57P01), if anything.
Status ConnectionLost(const Status& told = Ok());
Status OutcomeUnknown();                          // 08007
Status CannotConnect(std::string_view libpq_text, bool show);  // `show`: with libpq's text; otherwise that is only logged
Status TransactionFailed();                       // 25P02
Status TransactionOver();                         // 25P01

// The plan of a prepared statement does not fit any more, or it is gone: to be prepared again.
bool IsStalePlan(const Error& error);

}  // namespace allod::engine::postgres
