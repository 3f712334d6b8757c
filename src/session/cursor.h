// A cursor that FETCH and MOVE go over: what a portal needs besides itself.
#pragma once

#include <string>
#include <vector>

#include "base/value.h"
#include "session/session_impl.h"

namespace allod::session {

inline constexpr size_t kMaxCursorBytes = 64u << 20;  // rows that one cursor keeps in memory

struct SqlCursor {
  std::string name, text;         // the DECLARE statement, for pg_cursors
  int64_t created_us = 0;
  bool declared = false;          // by DECLARE; else it is a portal of the protocol
  bool scroll = false, hold = false;
  bool held = false;              // its transaction is over: all that is left of it is in `rows`
  // All rows are in `rows` (scroll, held, or the session was writing: its later changes must not be seen); else `rows`
  // are those read ahead, and the rest comes from the engine.
  bool stored = false;
  std::vector<Row> rows;
  size_t ahead = 0;               // !stored: the first of `rows` not given yet
  size_t bytes = 0;
  int64_t position = 0;           // 0: before the first row; n: on row n; one more than there are: after the last
};

// FETCH or MOVE under way.
struct FetchState {
  PortalImpl* target = nullptr;
  bool move = false;
  int64_t skip = 0, left = 0;     // rows to pass over, then to give; streaming
  int64_t next = 0, step = 0;     // stored: row numbers
  int64_t count = 0;
};

}  // namespace allod::session
