#include "net/connection.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/format.h"
#include "base/log.h"
#include "base/utf8.h"
#include "session/codes.h"
#include "net/error.h"
#include "net/result.h"
#include "sql/normalize.h"

namespace allod::net {

// What every client is told first: PostgreSQL 15 documentation, 55.2.1.
void Connection::Greet() {
  MessageWriter(&out_, ServerMessage::kAuthentication).Int32(0);
  for (const auto& [name, value] : session_->ReportedParameters()) ParameterChanged(name, value);
  MessageWriter(&out_, ServerMessage::kBackendKeyData).Int32(key_.process).Int32(key_.secret);
  SendReady();
}

Connection::Step Connection::Handle(const Frame& frame) {
  auto type = static_cast<ClientMessage>(frame.type);
  if (copying_) return HandleCopy(frame);
  // After an error in the extended protocol everything is thrown away up to Sync.
  if (skip_to_sync_ && type != ClientMessage::kSync && type != ClientMessage::kTerminate) return Step::kNext;
  switch (type) {
    case ClientMessage::kQuery: return HandleQuery(frame.body);
    case ClientMessage::kParse: HandleParse(frame.body); break;
    case ClientMessage::kBind: HandleBind(frame.body); break;
    case ClientMessage::kDescribe: HandleDescribe(frame.body); break;
    case ClientMessage::kExecute: return HandleExecute(frame.body);
    case ClientMessage::kClose: HandleClose(frame.body); break;
    case ClientMessage::kSync: return HandleSync();
    case ClientMessage::kFlush: flush_ = true; break;
    case ClientMessage::kTerminate: HandleTerminate(); break;
    case ClientMessage::kFunctionCall: HandleFunctionCall(); break;
    // Left over from a COPY that has failed: the protocol says to ignore them.
    case ClientMessage::kCopyData:
    case ClientMessage::kCopyDone:
    case ClientMessage::kCopyFail: break;
    case ClientMessage::kPassword:
      Fatal({std::string(sqlstate::kProtocolViolation), "unexpected password message"});
      break;
  }
  return Step::kNext;
}

bool Connection::MayRun(const Frame& frame) const {
  switch (static_cast<ClientMessage>(frame.type)) {
    case ClientMessage::kQuery: return true;
    case ClientMessage::kParse:
    case ClientMessage::kBind:
    case ClientMessage::kDescribe:
    case ClientMessage::kExecute: return !skip_to_sync_;
    default: return false;
  }
}

Connection::Step Connection::Resume() {
  switch (work_) {
    case Work::kScript: return RunScript();
    case Work::kExecute: return RunExecute();
    case Work::kEndScript: return EndScript();
    case Work::kSync: return HandleSync();
    case Work::kNone: break;
  }
  return Step::kNext;
}

// --- Simple protocol: all statements of one message are one transaction, unless they say otherwise.

Connection::Step Connection::HandleQuery(std::string_view body) {
  flush_ = true;
  std::string_view text;
  Status read = ReadQuery(body, &text);
  session_->BeginImplicit();
  implicit_ = false;
  session_->CloseStatement("");
  session_->ClosePortal("");
  work_ = Work::kScript;
  script_index_ = 0;
  script_.clear();
  if (limits_.log_queries) {
    message_text_ = std::string(text);
    began_ = std::chrono::steady_clock::now();
  }
  if (!read.ok()) return FinishScript(std::move(read));
  if (wait_failed_) return RunScript();
  Result<std::vector<session::PreparedPtr>> script = session_->ParseScript(text);
  if (!script.ok()) return FinishScript(std::move(script).status());
  script_ = *std::move(script);
  if (script_.empty()) AppendEmptyMessage(&out_, ServerMessage::kEmptyQueryResponse);
  return RunScript();
}

Connection::Step Connection::RunScript() {
  static const std::vector<uint16_t> kText;
  if (wait_failed_) {
    Status failed = *std::move(wait_failed_);
    wait_failed_.reset();
    return FinishScript(std::move(failed));
  }
  for (; script_index_ < script_.size(); ++script_index_) {
    if (script_portal_ == nullptr) {
      Result<std::unique_ptr<session::Portal>> portal = session_->Bind(script_[script_index_], {});
      if (!portal.ok()) return FinishScript(std::move(portal).status());
      script_portal_ = *std::move(portal);
      formats_ = &kText;
      describe_rows_ = true;
      columns_ = nullptr;
      rows_ = 0;
      BeginStatement();
    }
    Result<session::Progress> progress = session_->Execute(*script_portal_, *this, 0);
    if (!progress.ok()) return FinishScript(std::move(progress).status());
    switch (*progress) {
      case session::Progress::kNeedsTurn: return Step::kNeedsTurn;
      case session::Progress::kNeedsLock: return Step::kNeedsLock;
      case session::Progress::kNeedsData: return Step::kNeedsData;
      case session::Progress::kSuspended: return Step::kFull;
      case session::Progress::kDone:
        script_portal_.reset();
        EndStatement(nullptr);
        LogScript(Ok());
    }
  }
  return FinishScript(Ok());
}

Connection::Step Connection::FinishScript(Status status) {
  work_ = Work::kNone;
  flush_ = true;
  EndStatement(&status);
  script_portal_.reset();
  if (!status.ok()) LogScript(status);
  script_.clear();
  if (status.ok()) return EndScript();
  RollBack();
  SendError(status);
  SendReady();
  return Step::kNext;
}

Connection::Step Connection::EndScript() {
  work_ = Work::kNone;
  const Result<bool> ended = session_->EndImplicit(false);
  if (ended.ok() && !*ended) {
    work_ = Work::kEndScript;
    return Step::kCommitting;
  }
  if (!ended.ok()) TellFailedCommit(ended.status());
  SendReady();
  return Step::kNext;
}

void Connection::TellFailedCommit(const Status& status) {
  // The last statement was not done after all.
  if (done_end_ == out_.size()) out_.resize(done_begin_);
  LogStatement("COMMIT", status);
  SendError(status);
}

void Connection::RollBack() {
  const Result<bool> rolled_back = session_->EndImplicit(true);
  if (!rolled_back.ok()) log::Error("rollback_failed", {{"sqlstate", rolled_back.status().error().sqlstate}});
}

bool Connection::EndsAtOnce() const {
  if (work_ == Work::kScript) return script_.size() == 1;
  if (work_ != Work::kExecute || execute_limit_ != 0) return false;
  const FrameResult next = NextFrame(in_.view().substr(handled_), Phase::kReady);
  return next.state == FrameResult::State::kComplete && static_cast<ClientMessage>(next.frame.type) == ClientMessage::kSync;
}

// --- Extended protocol.

void Connection::EnterImplicit() {
  if (implicit_) return;
  implicit_ = true;
  session_->BeginImplicit();
}

void Connection::HandleParse(std::string_view body) {
  EnterImplicit();
  Status status = Parse(body);
  if (!status.ok() && limits_.log_queries) {
    static thread_local ParseMessage message;
    BeginStatement();
    if (ReadParse(body, &message).ok()) LogStatement(message.text, status);
  }
  if (!status.ok()) return FailExtended(status);
  AppendEmptyMessage(&out_, ServerMessage::kParseComplete);
}

Status Connection::TakeWaitFailure() {
  if (!wait_failed_) return Ok();
  Status failed = *std::move(wait_failed_);
  wait_failed_.reset();
  return failed;
}

Status Connection::Parse(std::string_view body) {
  ALLOD_RETURN_IF_ERROR(TakeWaitFailure());
  static thread_local ParseMessage message;
  ALLOD_RETURN_IF_ERROR(ReadParse(body, &message));
  ALLOD_RETURN_IF_ERROR(CheckUtf8(message.name));
  if (message.name.empty()) session_->CloseStatement("");
  ALLOD_ASSIGN_OR_RETURN(session::PreparedPtr prepared, session_->Prepare(message.text, message.types));
  return session_->StoreStatement(message.name, std::move(prepared));
}

void Connection::HandleBind(std::string_view body) {
  EnterImplicit();
  Status status = Bind(body);
  if (!status.ok() && binding_ != nullptr) {
    BeginStatement();
    LogStatement(backend_.Text(*binding_), status);
  }
  binding_.reset();
  if (!status.ok()) return FailExtended(status);
  AppendEmptyMessage(&out_, ServerMessage::kBindComplete);
}

Status Connection::Bind(std::string_view body) {
  ALLOD_RETURN_IF_ERROR(TakeWaitFailure());
  static thread_local BindMessage message;
  ALLOD_RETURN_IF_ERROR(ReadBind(body, &message));
  ALLOD_RETURN_IF_ERROR(CheckUtf8(message.portal));
  ALLOD_ASSIGN_OR_RETURN(session::PreparedPtr prepared, session_->FindStatement(message.statement));
  if (limits_.log_queries) binding_ = prepared;
  const session::Description& description = backend_.Describe(*prepared);
  if (message.parameters.size() != description.parameters.size()) {
    return Fail(sqlstate::kProtocolViolation,
                fmt::format("bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                            message.parameters.size(), message.statement, description.parameters.size()));
  }
  if (message.result_formats.size() > 1 && message.result_formats.size() != description.columns.size()) {
    return Fail(sqlstate::kProtocolViolation, fmt::format("bind message has {} result formats but query has {} columns",
                                                          message.result_formats.size(), description.columns.size()));
  }
  allod::Row values;
  values.reserve(message.parameters.size());
  for (size_t i = 0; i < message.parameters.size(); ++i) {
    const std::optional<std::string_view>& bytes = message.parameters[i];
    if (!bytes) {
      values.emplace_back();
      continue;
    }
    Type type = description.parameters[i];
    if (FormatOf(message.parameter_formats, i) == 0) {
      ALLOD_RETURN_IF_ERROR(CheckUtf8(*bytes));
      ALLOD_ASSIGN_OR_RETURN(values.emplace_back(), ParseText(type, *bytes, session_->format()));
    } else {
      ALLOD_ASSIGN_OR_RETURN(values.emplace_back(), ParseBinary(type, *bytes, session_->format()));
    }
  }
  ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<session::Portal> portal, session_->Bind(std::move(prepared), std::move(values)));
  ALLOD_RETURN_IF_ERROR(session_->StorePortal(message.portal, std::move(portal)));
  if (limits_.log_queries) bound_[std::string(message.portal)] = binding_;
  if (message.portal.empty()) {
    unnamed_formats_ = message.result_formats;
  } else {
    named_formats_[std::string(message.portal)] = message.result_formats;
  }
  return Ok();
}

void Connection::HandleDescribe(std::string_view body) {
  EnterImplicit();
  Status status = Describe(body);
  if (!status.ok()) FailExtended(status);
}

Status Connection::Describe(std::string_view body) {
  ALLOD_RETURN_IF_ERROR(TakeWaitFailure());
  static const std::vector<uint16_t> kText;
  NamedMessage message;
  ALLOD_RETURN_IF_ERROR(ReadNamed(body, &message));
  const session::Description* description = nullptr;
  const std::vector<uint16_t>* formats = &kText;
  session::PreparedPtr prepared;
  if (message.portal) {
    ALLOD_ASSIGN_OR_RETURN(session::Portal* portal, session_->FindPortal(message.name));
    description = &portal->description();
    if (message.name.empty()) {
      formats = &unnamed_formats_;
    } else if (auto it = named_formats_.find(std::string(message.name)); it != named_formats_.end()) {
      formats = &it->second;
    }
  } else {
    ALLOD_ASSIGN_OR_RETURN(prepared, session_->FindStatement(message.name));
    description = &backend_.Describe(*prepared);
    AppendParameterDescription(&out_, description->parameters);
  }
  if (description->returns_rows) {
    AppendRowDescription(&out_, description->columns, *formats);
  } else {
    AppendEmptyMessage(&out_, ServerMessage::kNoData);
  }
  return Ok();
}

Connection::Step Connection::HandleExecute(std::string_view body) {
  static const std::vector<uint16_t> kText;
  EnterImplicit();
  ExecuteMessage message;
  Status status = ReadExecute(body, &message);
  if (!status.ok()) {
    FailExtended(status);
    return Step::kNext;
  }
  Result<session::Portal*> portal = session_->FindPortal(message.portal);
  if (!portal.ok()) {
    FailExtended(portal.status());
    return Step::kNext;
  }
  work_ = Work::kExecute;
  execute_portal_ = *portal;
  execute_limit_ = message.max_rows;
  if (limits_.log_queries) {
    auto bound = bound_.find(std::string(message.portal));
    executing_ = bound == bound_.end() ? nullptr : bound->second;
  }
  formats_ = &kText;
  if (message.portal.empty()) {
    formats_ = &unnamed_formats_;
  } else if (auto it = named_formats_.find(std::string(message.portal)); it != named_formats_.end()) {
    formats_ = &it->second;
  }
  describe_rows_ = false;
  columns_ = &execute_portal_->description().columns;
  rows_ = 0;
  BeginStatement();
  return RunExecute();
}

Connection::Step Connection::RunExecute() {
  Status status;
  if (wait_failed_) {
    status = *std::move(wait_failed_);
    wait_failed_.reset();
  } else {
    int64_t limit = execute_limit_ == 0 ? 0 : execute_limit_ - rows_;
    Result<session::Progress> progress = session_->Execute(*execute_portal_, *this, limit);
    if (progress.ok()) {
      switch (*progress) {
        case session::Progress::kNeedsTurn: return Step::kNeedsTurn;
        case session::Progress::kNeedsLock: return Step::kNeedsLock;
        case session::Progress::kNeedsData: return Step::kNeedsData;
        case session::Progress::kSuspended:
          if (execute_limit_ == 0 || rows_ < execute_limit_) return Step::kFull;
          AppendEmptyMessage(&out_, ServerMessage::kPortalSuspended);
          break;
        case session::Progress::kDone: break;
      }
    } else {
      status = std::move(progress).status();
    }
  }
  work_ = Work::kNone;
  execute_portal_ = nullptr;
  EndStatement(&status);
  if (limits_.log_queries) LogStatement(executing_ == nullptr ? std::string_view() : backend_.Text(*executing_), status);
  if (!status.ok()) FailExtended(status);
  return Step::kNext;
}

void Connection::HandleClose(std::string_view body) {
  EnterImplicit();
  NamedMessage message;
  Status status = ReadNamed(body, &message);
  if (!status.ok()) return FailExtended(status);
  if (message.portal) {
    session_->ClosePortal(message.name);
    if (!message.name.empty()) named_formats_.erase(std::string(message.name));
    bound_.erase(std::string(message.name));
  } else {
    session_->CloseStatement(message.name);
  }
  AppendEmptyMessage(&out_, ServerMessage::kCloseComplete);
}

Connection::Step Connection::HandleSync() {
  work_ = Work::kNone;
  flush_ = true;
  skip_to_sync_ = false;
  if (implicit_) {
    const Result<bool> ended = session_->EndImplicit(false);
    if (ended.ok() && !*ended) {
      work_ = Work::kSync;
      return Step::kCommitting;
    }
    implicit_ = false;
    if (!ended.ok()) TellFailedCommit(ended.status());
  }
  if (session_->status() == session::TransactionStatus::kIdle && !named_formats_.empty()) named_formats_.clear();
  if (session_->status() == session::TransactionStatus::kIdle && !bound_.empty()) bound_.clear();
  SendReady();
  return Step::kNext;
}

// --- COPY FROM STDIN: the statement waits for these messages, in both protocols.

void Connection::BeginCopy() {
  copying_ = true;
  flush_ = true;
}

Connection::Step Connection::HandleCopy(const Frame& frame) {
  copying_ = false;
  switch (static_cast<ClientMessage>(frame.type)) {
    case ClientMessage::kCopyData: session_->GiveCopyData(frame.body); return Resume();
    case ClientMessage::kCopyDone: session_->EndCopy(std::nullopt); return Resume();
    case ClientMessage::kCopyFail: {
      std::string_view message = FieldReader(frame.body).CString();
      session_->EndCopy(std::string(IsValidUtf8(message) ? message : std::string_view("(no text)")));
      return Resume();
    }
    // A client that pipelines has sent them already; it sends another Sync behind its CopyDone.
    case ClientMessage::kFlush:
    case ClientMessage::kSync: copying_ = true; return Step::kNext;
    case ClientMessage::kTerminate: AbandonCopy(); HandleTerminate(); return Step::kNext;
    default: break;
  }
  wait_failed_ = Fail(sqlstate::kProtocolViolation,
                      fmt::format("unexpected message type 0x{:02X} during COPY from stdin", static_cast<unsigned char>(frame.type)));
  return Resume();
}

// The client left in the middle: nothing of it stays.
void Connection::AbandonCopy() {
  script_portal_.reset();
  script_.clear();
  execute_portal_ = nullptr;
  work_ = Work::kNone;
  RollBack();
}

void Connection::HandleFunctionCall() {
  flush_ = true;
  SendError(Fail(sqlstate::kFeatureNotSupported, "fastpath function calls are not supported")
                .Hint("Call the function in a SELECT."));
  SendReady();
}

void Connection::HandleTerminate() {
  closing_ = true;
  flush_ = false;
  out_.clear();
  sent_ = 0;
  Status status = session_->Terminate();
  if (!status.ok()) log::Warning("commit_at_terminate_failed", {{"sqlstate", status.error().sqlstate}});
}

void Connection::BeginStatement() {
  if (limits_.log_queries) {
    began_ = std::chrono::steady_clock::now();
    affected_ = rows_ = 0;
  }
  std::chrono::milliseconds limit = session_->statement_timeout();
  if (limit.count() > 0) SetStatementLimit(limit);
}

void Connection::EndStatement(Status* status) {
  if (statement_deadline_us_.load(std::memory_order_relaxed) == 0) return;
  bool late;
  {
    std::lock_guard lock(mutex_);
    late = timed_out_;
    timed_out_ = false;
    statement_deadline_us_.store(0, std::memory_order_relaxed);
  }
  if (late && status != nullptr && !status->ok() && status->error().sqlstate == sqlstate::kQueryCanceled) {
    status->error().message = "canceling statement due to statement timeout";
  }
}

void Connection::LogScript(const Status& status) {
  if (!limits_.log_queries) return;
  LogStatement(script_index_ < script_.size() ? backend_.Text(*script_[script_index_]) : std::string_view(message_text_), status);
}

void Connection::LogStatement(std::string_view text, const Status& status) {
  if (!limits_.log_queries) return;
  auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_).count();
  std::string_view state = status.ok() ? sqlstate::kSuccess : std::string_view(status.error().sqlstate);
  log::Info("statement", {{"process", key_.process}, {"role", role_}, {"us", took}, {"rows", affected_ > 0 ? affected_ : rows_},
                          {"sqlstate", state}, {"text", sql::Normalize(text, !status.ok())}});
}

void Connection::FailExtended(const Status& status) {
  SendError(status);
  skip_to_sync_ = true;
  flush_ = true;
  implicit_ = false;
  RollBack();
}

void Connection::SendError(const Status& status) {
  done_begin_ = done_end_ = 0;
  AppendError(&out_, status.error(), Severity::kError, std::exchange(error_context_, {}));
}

void Connection::Fatal(const Error& error) {
  AppendError(&out_, error, Severity::kFatal);
  flush_ = true;
  closing_ = true;
}

// Notifications reach a client between its transactions.
void Connection::DeliverNotifications() {
  if (implicit_ || copying_ || closing_ || work_ != Work::kNone || session_->status() != session::TransactionStatus::kIdle) return;
  Status status = session_->DeliverNotifications(*this);
  if (!status.ok()) Fatal(status.error());
}

void Connection::Notified(int32_t process, std::string_view channel, std::string_view payload) {
  MessageWriter(&out_, ServerMessage::kNotificationResponse).Int32(static_cast<uint32_t>(process)).CString(channel).CString(payload);
  flush_ = true;
}

void Connection::SendReady() {
  DeliverNotifications();
  if (closing_) return;
  MessageWriter(&out_, ServerMessage::kReadyForQuery).Byte(static_cast<char>(session_->status()));
  done_begin_ = done_end_ = 0;
}

// --- What the session answers.

void Connection::Columns(const std::vector<planner::ResultColumn>& columns) {
  columns_ = &columns;
  if (describe_rows_) AppendRowDescription(&out_, columns, *formats_);
}

bool Connection::Row(std::span<const Datum> values) {
  AppendDataRow(&out_, *columns_, *formats_, values, session_->format());
  ++rows_;
  return out_.size() < limits_.output_bytes;
}

void Connection::Done(std::string_view tag) {
  if (limits_.log_queries) {
    size_t space = tag.rfind(' ');
    std::string_view digits = space == std::string_view::npos ? "" : tag.substr(space + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), affected_);
  }
  done_begin_ = out_.size();
  if (tag.empty()) {
    AppendEmptyMessage(&out_, ServerMessage::kEmptyQueryResponse);
  } else {
    MessageWriter(&out_, ServerMessage::kCommandComplete).CString(tag);
  }
  done_end_ = out_.size();
}

void Connection::CopyBegin(bool in, bool binary, size_t columns) {
  MessageWriter message(&out_, in ? ServerMessage::kCopyInResponse : ServerMessage::kCopyOutResponse);
  message.Byte(binary ? '\1' : '\0').Int16(static_cast<uint16_t>(columns));
  for (size_t i = 0; i < columns; ++i) message.Int16(binary ? 1 : 0);
}

bool Connection::CopyData(std::string_view bytes) {
  MessageWriter(&out_, ServerMessage::kCopyData).Raw(bytes);
  return out_.size() < limits_.output_bytes;
}

void Connection::CopyEnd() { AppendEmptyMessage(&out_, ServerMessage::kCopyDone); }

void Connection::Notice(const Error& notice) { AppendNotice(&out_, notice); }

// Drivers are told what changed, not what was set again.
void Connection::ParameterChanged(std::string_view name, std::string_view value) {
  auto it = std::find_if(reported_.begin(), reported_.end(), [&](const auto& entry) { return entry.first == name; });
  if (it == reported_.end()) {
    reported_.emplace_back(name, value);
  } else if (it->second == value) {
    return;
  } else {
    it->second = value;
  }
  MessageWriter(&out_, ServerMessage::kParameterStatus).CString(name).CString(value);
}

}  // namespace allod::net
