// Running the history's own statements. Internal to src/history.
#pragma once

#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/engine.h"

namespace allod::history {

inline Result<std::unique_ptr<engine::Cursor>> Ask(engine::Transaction& transaction, std::string_view text,
                                                   std::initializer_list<engine::Parameter> values) {
  return transaction.Run(text, {values.begin(), values.size()}, nullptr);
}

inline Status Do(engine::Transaction& transaction, std::string_view text, std::initializer_list<engine::Parameter> values) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, text, values));
  return cursor->Next().status();
}

// Calls `use` with a cursor at each row; it may give back a Status.
template <typename Use>
Status Each(engine::Transaction& transaction, std::string_view text, std::initializer_list<engine::Parameter> values, Use use) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, text, values));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return Ok();
    if constexpr (std::is_void_v<decltype(use(*cursor))>) {
      use(*cursor);
    } else {
      ALLOD_RETURN_IF_ERROR(use(*cursor));
    }
  }
}

// The first column of the first row; `otherwise` if there is none, or it is NULL.
inline Result<int64_t> AskNumber(engine::Transaction& transaction, std::string_view text,
                                 std::initializer_list<engine::Parameter> values, int64_t otherwise) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, text, values));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  return found && cursor->column(0).kind == Kind::kInteger ? cursor->column(0).integer : otherwise;
}

}  // namespace allod::history
