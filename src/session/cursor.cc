// DECLARE, FETCH, MOVE, CLOSE: cursors of SQL are portals that have a name.
#include "session/cursor.h"

#include <algorithm>
#include <limits>

#include "base/clock.h"

namespace allod::session {
namespace {

enum Option : int32_t { kBinary = 1, kScroll = 2, kNoScroll = 4, kInsensitive = 8, kAsensitive = 16, kHold = 32 };
constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

// Keeps the rows it is given.
class Gather final : public Sink {
 public:
  Gather(Sink& outer, SqlCursor& cursor) : outer_(outer), cursor_(cursor) {}
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum> values) override {
    allod::Row& row = cursor_.rows.emplace_back();
    row.reserve(values.size());
    cursor_.bytes += sizeof(allod::Row);
    for (const Datum& value : values) {
      row.emplace_back(value);
      cursor_.bytes += sizeof(Value) + value.bytes.size();
    }
    return cursor_.bytes <= kMaxCursorBytes;
  }
  void Done(std::string_view) override {}
  void Notice(const Error& notice) override { outer_.Notice(notice); }
  void ParameterChanged(std::string_view name, std::string_view value) override { outer_.ParameterChanged(name, value); }

 private:
  Sink& outer_;
  SqlCursor& cursor_;
};

// Passes rows over, then on.
class Passing final : public Sink {
 public:
  Passing(Sink& outer, bool give) : outer_(outer), give_(give) {}
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum> values) override {
    ++count;
    return !give_ || outer_.Row(values);
  }
  void Done(std::string_view) override {}
  void Notice(const Error& notice) override { outer_.Notice(notice); }
  void ParameterChanged(std::string_view name, std::string_view value) override { outer_.ParameterChanged(name, value); }
  int64_t count = 0;

 private:
  Sink& outer_;
  bool give_;
};

Status NoCursor(std::string_view name) { return Fail(sqlstate::kInvalidCursorName, "cursor \"" + std::string(name) + "\" does not exist"); }

Status ForwardOnly() {
  return Fail(sqlstate::kObjectNotInPrerequisiteState, "cursor can only scan forward")
      .Hint("Declare it with SCROLL option to enable backward scan.");
}

Status TooLarge() {
  return Fail(sqlstate::kInsufficientResources, "the rows of the cursor take more than " + std::to_string(kMaxCursorBytes >> 20) + " MB")
      .Hint("Read them without SCROLL and WITH HOLD, before the transaction writes; or in parts, by a key.");
}

Status CheckOptions(const PgQuery__DeclareCursorStmt& statement) {
  if ((statement.options & kBinary) != 0) {
    return Unsupported("binary cursors are not supported", "Ask for the binary format in the extended protocol.");
  }
  if ((statement.options & kScroll) != 0 && (statement.options & kNoScroll) != 0) {
    return Fail(sqlstate::kInvalidCursorDefinition, "cannot specify both SCROLL and NO SCROLL");
  }
  if ((statement.options & kInsensitive) != 0 && (statement.options & kAsensitive) != 0) {
    return Fail(sqlstate::kInvalidCursorDefinition, "cannot specify both INSENSITIVE and ASENSITIVE");
  }
  const PgQuery__Node* query = statement.query;
  bool locks = query != nullptr && query->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && query->select_stmt->n_locking_clause > 0;
  if (!locks) return Ok();
  if ((statement.options & kHold) != 0) {
    return Fail(sqlstate::kFeatureNotSupported, "DECLARE CURSOR WITH HOLD ... FOR UPDATE is not supported").Detail("Holdable cursors must be READ ONLY.");
  }
  if ((statement.options & kScroll) != 0) {
    return Fail(sqlstate::kFeatureNotSupported, "DECLARE SCROLL CURSOR ... FOR UPDATE is not supported").Detail("Scrollable cursors must be READ ONLY.");
  }
  if ((statement.options & kInsensitive) != 0) {
    return Fail(sqlstate::kInvalidCursorDefinition, "DECLARE INSENSITIVE CURSOR ... FOR UPDATE is not valid").Detail("Insensitive cursors must be READ ONLY.");
  }
  return Ok();
}

}  // namespace

// Reads ahead: everything, or one row, which fixes what the cursor sees.
Status SessionImpl::FillCursor(PortalImpl& portal, Sink& sink) {
  SqlCursor& cursor = *portal.cursor_state;
  Gather gather(sink, cursor);
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(Progress progress, Execute(portal, gather, cursor.stored ? 0 : 1));
    if (progress == Progress::kDone) return Ok();
    if (progress != Progress::kSuspended) return Fail(sqlstate::kInternalError, "a cursor's query cannot wait");
    if (cursor.bytes > kMaxCursorBytes) return TooLarge();
    if (!cursor.stored) return Ok();
  }
}

Result<Progress> SessionImpl::RunDeclare(PortalImpl& portal, Sink& sink) {
  const PgQuery__DeclareCursorStmt& statement = *portal.compiled->statement->node->declare_cursor_stmt;
  std::string name = statement.portalname;
  bool hold = (statement.options & kHold) != 0;
  if (portal.inner == nullptr) {
    if (!hold && !explicit_) return Fail(sqlstate::kNoActiveSqlTransaction, "DECLARE CURSOR can only be used in transaction blocks");
    ALLOD_RETURN_IF_ERROR(CheckOptions(statement));
    if (portals_.contains(name)) return Fail(sqlstate::kDuplicateCursor, "cursor \"" + name + "\" already exists");
    ALLOD_ASSIGN_OR_RETURN(std::string text, sql::Deparse(statement.query));
    std::vector<Oid> types;
    for (const Type& type : portal.compiled->description.parameters) types.push_back(type.oid);
    Result<PreparedPtr> made = Prepare(text, std::move(types));
    if (!made.ok()) {
      Status status = std::move(made).status();
      status.error().position = 0;  // in a text that the client has not written
      return status;
    }
    PreparedPtr prepared = *std::move(made);
    if (prepared->compiled->plan == nullptr || !prepared->compiled->description.returns_rows) {
      return Fail(sqlstate::kInvalidCursorDefinition, "DECLARE CURSOR must name a query that gives rows");
    }
    ALLOD_ASSIGN_OR_RETURN(portal.inner, Bind(std::move(prepared), portal.values));
  }
  auto& inner = static_cast<PortalImpl&>(*portal.inner);
  const planner::Plan& plan = *inner.prepared->compiled->plan;
  if ((plan.needs_turn || (explicit_ && snapshot_ && !read_only_)) && LacksTurn()) return Progress::kNeedsTurn;
  auto cursor = std::make_unique<SqlCursor>();
  cursor->name = name;
  cursor->text = portal.compiled->statement->text;
  cursor->created_us = NowMicroseconds();
  cursor->declared = true;
  cursor->scroll = (statement.options & kScroll) != 0;
  cursor->hold = hold;
  cursor->stored = cursor->scroll || writer_ != nullptr || plan.needs_turn || (explicit_ && snapshot_ && !read_only_);
  inner.cursor_state = std::move(cursor);
  ALLOD_RETURN_IF_ERROR(FillCursor(inner, sink));
  ALLOD_RETURN_IF_ERROR(StorePortal(name, std::move(portal.inner)));
  sink.Done("DECLARE CURSOR");
  return Progress::kDone;
}

// At the commit: a cursor WITH HOLD keeps what it has not given yet.
Status SessionImpl::HoldCursors() {
  for (auto& [name, base] : portals_) {
    auto& portal = static_cast<PortalImpl&>(*base);
    SqlCursor* cursor = portal.cursor_state.get();
    if (cursor == nullptr || !cursor->hold || cursor->held) continue;
    if (!cursor->stored) {
      cursor->rows.erase(cursor->rows.begin(), cursor->rows.begin() + static_cast<std::ptrdiff_t>(cursor->ahead));
      cursor->ahead = 0;
      // Nobody scrolls backward in it, so it may count from here.
      cursor->position = 0;
      cursor->stored = true;
      class Mute final : public Sink {
       public:
        void Columns(const std::vector<planner::ResultColumn>&) override {}
        bool Row(std::span<const Datum>) override { return true; }
        void Done(std::string_view) override {}
        void Notice(const Error&) override {}
        void ParameterChanged(std::string_view, std::string_view) override {}
      } mute;
      ALLOD_RETURN_IF_ERROR(FillCursor(portal, mute));
    }
    cursor->held = true;
    portal.cursor.reset();
    portal.reader.reset();
    portal.state = PortalImpl::State::kDone;
  }
  return Ok();
}

bool SessionImpl::Held(const PortalImpl& portal) { return portal.cursor_state != nullptr && portal.cursor_state->held; }

namespace {

// What FETCH means over rows that are all there. `how` is the direction, `count` its number.
void PlanStored(SqlCursor& cursor, PgQuery__FetchDirection how, int64_t count, FetchState* fetch) {
  const auto size = static_cast<int64_t>(cursor.rows.size());
  int64_t& position = cursor.position;
  auto one = [&](int64_t target) {
    position = std::clamp<int64_t>(target, 0, size + 1);
    fetch->left = position >= 1 && position <= size ? 1 : 0;
    fetch->next = position;
    fetch->step = 1;
  };
  switch (how) {
    case PG_QUERY__FETCH_DIRECTION__FETCH_ABSOLUTE: return one(count >= 0 ? count : std::max<int64_t>(size + 1 + count, 0));
    case PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE: {
      int64_t target = count > size + 1 ? size + 1 : count < -size - 1 ? 0 : position + count;
      return one(target);
    }
    default: break;
  }
  bool forward = how != PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD;
  if (count == 0) return one(position);
  if (count < 0) {
    forward = !forward;
    count = count == std::numeric_limits<int64_t>::min() ? kAll : -count;
  }
  if (forward) {
    int64_t there = std::max<int64_t>(size - position, 0);
    fetch->left = std::min(count, there);
    fetch->next = position + 1;
    fetch->step = 1;
    position = count > there ? size + 1 : position + count;
  } else {
    int64_t there = std::max<int64_t>(std::min(position, size + 1) - 1, 0);
    fetch->left = std::min(count, there);
    fetch->next = position - 1;
    fetch->step = -1;
    position = count > there ? 0 : position - count;
  }
}

Status PlanForward(const SqlCursor& cursor, PgQuery__FetchDirection how, int64_t count, FetchState* fetch) {
  switch (how) {
    case PG_QUERY__FETCH_DIRECTION__FETCH_ABSOLUTE:
      if (count <= cursor.position) return ForwardOnly();
      fetch->skip = count - cursor.position - 1;
      fetch->left = 1;
      return Ok();
    case PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE:
      if (count <= 0) return ForwardOnly();
      fetch->skip = count - 1;
      fetch->left = 1;
      return Ok();
    case PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD:
      if (count >= 0) return ForwardOnly();
      fetch->left = -count;
      return Ok();
    default:
      if (count <= 0) return ForwardOnly();
      fetch->left = count;
      return Ok();
  }
}

}  // namespace

// The portal that FETCH or MOVE names; its rows must come from a query.
Result<PortalImpl*> SessionImpl::FindCursor(std::string_view name) {
  auto it = portals_.find(std::string(name));
  if (it == portals_.end()) return NoCursor(name);
  auto* portal = static_cast<PortalImpl*>(it->second.get());
  if (portal->cursor_state == nullptr) {
    if (portal->prepared->compiled == nullptr || portal->prepared->compiled->plan == nullptr ||
        !portal->prepared->compiled->plan->returns_rows()) {
      return Fail(sqlstate::kInvalidCursorState, "cursor \"" + std::string(name) + "\" cannot be fetched from");
    }
    portal->cursor_state = std::make_unique<SqlCursor>();
    portal->cursor_state->name = name;
    portal->cursor_state->position = static_cast<int64_t>(portal->row);
  }
  return portal;
}

Result<Progress> SessionImpl::RunFetch(PortalImpl& portal, Sink& sink, int64_t max_rows) {
  const PgQuery__FetchStmt& statement = *portal.compiled->statement->node->fetch_stmt;
  if (portal.fetch == nullptr) {
    ALLOD_ASSIGN_OR_RETURN(PortalImpl * target, FindCursor(statement.portalname));
    if (target == &portal) return Fail(sqlstate::kObjectInUse, "cursor \"" + std::string(statement.portalname) + "\" is being executed");
    auto fetch = std::make_unique<FetchState>();
    fetch->target = target;
    fetch->move = statement.ismove;
    if (target->cursor_state->stored && (target->cursor_state->scroll || statement.direction != PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD)) {
      if (!target->cursor_state->scroll) {
        FetchState probe;
        ALLOD_RETURN_IF_ERROR(PlanForward(*target->cursor_state, statement.direction, statement.how_many, &probe));
      }
      PlanStored(*target->cursor_state, statement.direction, statement.how_many, fetch.get());
    } else {
      ALLOD_RETURN_IF_ERROR(PlanForward(*target->cursor_state, statement.direction, statement.how_many, fetch.get()));
    }
    portal.fetch = std::move(fetch);
    portal.state = PortalImpl::State::kRunning;
    if (!statement.ismove) sink.Columns(target->description().columns);
  }
  FetchState& fetch = *portal.fetch;
  // The target may have been closed since.
  auto it = portals_.find(statement.portalname);
  if (it == portals_.end() || it->second.get() != fetch.target) return NoCursor(statement.portalname);
  SqlCursor& cursor = *fetch.target->cursor_state;
  int64_t given = 0;
  std::vector<Datum> values;
  auto give = [&](const Row& row) -> bool {  // false: the client takes no more now
    ++fetch.count;
    --fetch.left;
    if (fetch.move) return true;
    values.assign(row.begin(), row.end());
    ++given;
    return sink.Row(values);
  };
  if (cursor.stored) {
    while (fetch.left > 0) {
      if (max_rows > 0 && given == max_rows) return Progress::kSuspended;
      const Row& row = cursor.rows[static_cast<size_t>(fetch.next - 1)];
      fetch.next += fetch.step;
      if (!give(row)) return Progress::kSuspended;
    }
  } else {
    while (cursor.ahead < cursor.rows.size() && fetch.skip + fetch.left > 0) {
      if (max_rows > 0 && given == max_rows) return Progress::kSuspended;
      const Row row = std::move(cursor.rows[cursor.ahead++]);
      ++cursor.position;
      if (fetch.skip > 0) {
        --fetch.skip;
        continue;
      }
      if (!give(row)) return Progress::kSuspended;
    }
    bool ended = false;
    while (!ended && fetch.skip + fetch.left > 0) {
      bool skipping = fetch.skip > 0;
      int64_t wanted = skipping ? fetch.skip : fetch.left;
      if (!skipping && max_rows > 0) wanted = std::min(wanted, max_rows - given);
      if (wanted == 0) return Progress::kSuspended;
      Passing passing(sink, !skipping && !fetch.move);
      ALLOD_ASSIGN_OR_RETURN(Progress progress, Execute(*fetch.target, passing, wanted == kAll ? 0 : wanted));
      if (progress == Progress::kNeedsTurn) return progress;
      cursor.position += passing.count;
      (skipping ? fetch.skip : fetch.left) -= passing.count;
      if (!skipping) {
        fetch.count += passing.count;
        given += passing.count;
      }
      ended = progress == Progress::kDone;
      if (!ended && passing.count < wanted) return Progress::kSuspended;
    }
    if (ended && fetch.skip + fetch.left > 0) ++cursor.position;  // after the last row
  }
  sink.Done((fetch.move ? "MOVE " : "FETCH ") + std::to_string(fetch.count));
  return Progress::kDone;
}

// What runs now may be in the middle of one of them: they are destroyed when the next message begins.
static void EndCursor(std::unique_ptr<Portal> closed, std::vector<std::unique_ptr<Portal>>* ended) {
  auto& portal = static_cast<PortalImpl&>(*closed);
  portal.cursor_state.reset();
  portal.Abandon();
  ended->push_back(std::move(closed));
}

void SessionImpl::CloseAllCursors(const PortalImpl& running) {
  for (auto it = portals_.begin(); it != portals_.end();) {
    if (it->second.get() == &running) {
      ++it;
      continue;
    }
    EndCursor(std::move(it->second), &ended_);
    it = portals_.erase(it);
  }
}

Result<Progress> SessionImpl::RunClose(PortalImpl& portal, Sink& sink) {
  const char* name = portal.compiled->statement->node->close_portal_stmt->portalname;
  if (name == nullptr || *name == '\0') {
    CloseAllCursors(portal);
    sink.Done("CLOSE CURSOR ALL");
    return Progress::kDone;
  }
  auto it = portals_.find(name);
  if (it == portals_.end()) return NoCursor(name);
  if (it->second.get() == &portal) return Fail(sqlstate::kInvalidCursorState, "cursor \"" + std::string(name) + "\" is being executed");
  EndCursor(std::move(it->second), &ended_);
  portals_.erase(it);
  sink.Done("CLOSE CURSOR");
  return Progress::kDone;
}

}  // namespace allod::session
