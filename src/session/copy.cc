// COPY: bytes to INSERT, SELECT to bytes. The rows go through the session's own statements, so nothing here knows the engine.
#include "session/copy.h"

#include <algorithm>

#include "base/format.h"
#include "base/utf8.h"
#include "catalog/system_relations.h"

namespace allod::session {
namespace {

constexpr size_t kBatchValues = 600;             // values of one INSERT
constexpr size_t kMaxBatchRows = 200;
constexpr size_t kBatchBytes = 4 << 20;          // of values gathered before they are inserted
constexpr size_t kHeldBytes = 1 << 20;           // taken from the client before the writer's turn is asked for

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::vector<std::string> NamedColumns(const PgQuery__CopyStmt& statement) {
  std::vector<std::string> names;
  for (size_t i = 0; i < statement.n_attlist; ++i) names.emplace_back(statement.attlist[i]->string->sval);
  return names;
}

std::string RelationText(const PgQuery__RangeVar& relation) {
  std::string text = relation.schemaname != nullptr && *relation.schemaname != '\0' ? sql::QuoteIdentifier(relation.schemaname) + "." : "";
  return text + sql::QuoteIdentifier(relation.relname);
}

// The stored relation that is meant, or null.
const catalog::Table* FindStored(const catalog::Catalog& catalog, const PgQuery__RangeVar& relation,
                                 const std::vector<std::string>& search_path) {
  if (relation.schemaname != nullptr && *relation.schemaname != '\0') return catalog.FindTable(relation.schemaname, relation.relname);
  for (const std::string& schema : search_path) {
    if (const catalog::Table* table = catalog.FindTable(schema, relation.relname)) return table;
  }
  return nullptr;
}

bool IsSequence(const catalog::Catalog& catalog, const PgQuery__RangeVar& relation, const std::vector<std::string>& search_path) {
  if (relation.schemaname != nullptr && *relation.schemaname != '\0') return catalog.FindSequence(relation.schemaname, relation.relname) != nullptr;
  return std::any_of(search_path.begin(), search_path.end(),
                     [&](const std::string& schema) { return catalog.FindSequence(schema, relation.relname) != nullptr; });
}

Status CheckColumns(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) != names.begin() + static_cast<std::ptrdiff_t>(i)) {
      return Fail(sqlstate::kDuplicateColumn, "column \"" + names[i] + "\" specified more than once");
    }
  }
  return Ok();
}

// Marks the columns that FORCE_... names.
Status Force(const CopyOptions::Columns& list, std::string_view option, bool CopyColumn::*mark, std::vector<CopyColumn>* columns) {
  if (list.all) {
    for (CopyColumn& column : *columns) column.*mark = true;
  }
  for (const std::string& name : list.names) {
    auto it = std::find_if(columns->begin(), columns->end(), [&](const CopyColumn& column) { return column.name == name; });
    if (it == columns->end()) {
      return Fail(sqlstate::kInvalidColumnReference, std::string(option) + " column \"" + name + "\" not referenced by COPY");
    }
    (*it).*mark = true;
  }
  return Ok();
}

Status ForceAll(const CopyOptions& options, std::vector<CopyColumn>* columns) {
  ALLOD_RETURN_IF_ERROR(Force(options.force_quote, "FORCE_QUOTE", &CopyColumn::force_quote, columns));
  ALLOD_RETURN_IF_ERROR(Force(options.force_not_null, "FORCE_NOT_NULL", &CopyColumn::force_not_null, columns));
  return Force(options.force_null, "FORCE_NULL", &CopyColumn::force_null, columns);
}

Result<Value> Convert(const CopyReader& reader, size_t field, const FormatContext& format) {
  const std::optional<std::string_view>& bytes = reader.fields()[field];
  if (!bytes) return Value::Null();
  Type type = reader.columns()[field].type;
  Result<Value> value = Value::Null();
  if (reader.binary()) {
    value = ParseBinary(type, *bytes, format);
    if (value.ok() && value->kind() == Kind::kText) ALLOD_RETURN_IF_ERROR(CheckUtf8(value->bytes()));
  } else {
    value = ParseText(type, *bytes, format);
  }
  if (!value.ok() || type.typmod == -1) return value;
  return CoerceTypmod(type, *std::move(value), false);
}

// Takes the answers of the statements that COPY runs: nobody is told of each INSERT.
class Silent final : public Sink {
 public:
  explicit Silent(Sink& outer) : outer_(outer) {}
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum>) override { return true; }
  void Done(std::string_view) override {}
  void Notice(const Error& notice) override { outer_.Notice(notice); }
  void ParameterChanged(std::string_view name, std::string_view value) override { outer_.ParameterChanged(name, value); }

 private:
  Sink& outer_;
};

// Rows of the query, written as COPY data.
class Writing final : public Sink {
 public:
  Writing(Sink& outer, CopyOut& out, const FormatContext& format) : outer_(outer), out_(out), format_(format) {}
  void Begin() {
    if (out_.begun) return;
    out_.begun = true;
    outer_.CopyBegin(false, out_.binary, out_.width);
    out_.line.clear();
    out_.writer.Begin(&out_.line);
    if (!out_.line.empty()) (void)outer_.CopyData(out_.line);
  }
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum> values) override {
    Begin();
    out_.line.clear();
    out_.writer.AppendRow(values, format_, &out_.line);
    return outer_.CopyData(out_.line);
  }
  void Done(std::string_view tag) override { tag_ = tag; }
  void Notice(const Error& notice) override { outer_.Notice(notice); }
  void ParameterChanged(std::string_view name, std::string_view value) override { outer_.ParameterChanged(name, value); }
  const std::string& tag() const { return tag_; }

 private:
  Sink& outer_;
  CopyOut& out_;
  const FormatContext& format_;
  std::string tag_;
};

}  // namespace

Result<Progress> SessionImpl::RunCopy(PortalImpl& portal, Sink& sink) {
  const PgQuery__CopyStmt& statement = *portal.compiled->statement->node->copy_stmt;
  if (portal.state == PortalImpl::State::kNew) {
    if (statement.is_program) {
      return Fail(sqlstate::kInsufficientPrivilege, "COPY to or from an external program is not allowed")
          .Hint("Run the program at the client: psql's \\copy command reads and writes programs.");
    }
    if (statement.filename != nullptr && *statement.filename != '\0') {
      return Fail(sqlstate::kInsufficientPrivilege, "COPY to or from a file of the server is not allowed")
          .Hint("Write COPY ... FROM STDIN or TO STDOUT. psql's \\copy command also works for anyone.");
    }
  }
  if (!statement.is_from) return RunCopyTo(portal, sink);
  if (portal.state == PortalImpl::State::kNew) return BeginCopyFrom(portal, sink);
  // Nothing is told of a COPY that waits: here it is running again.
  {
    std::lock_guard lock(running_mutex_);
    copying_ = false;
    if (std::exchange(cancelled_, false)) return Fail(sqlstate::kQueryCanceled, "canceling statement due to user request");
  }
  Result<Progress> progress = ContinueCopyFrom(portal, sink);
  if (!progress.ok()) sink.ErrorContext(portal.copy_in->reader.context());
  if (progress.ok() && *progress == Progress::kNeedsData) {
    std::lock_guard lock(running_mutex_);
    copying_ = true;
  }
  return progress;
}

Result<Progress> SessionImpl::BeginCopyFrom(PortalImpl& portal, Sink& sink) {
  const PgQuery__CopyStmt& statement = *portal.compiled->statement->node->copy_stmt;
  const catalog::Catalog& catalog = *portal.compiled->definitions->catalog;
  if (statement.where_clause != nullptr) {
    return Unsupported("COPY ... FROM ... WHERE is not supported", "Copy into a table of its own, then INSERT ... SELECT ... WHERE.");
  }
  ALLOD_ASSIGN_OR_RETURN(CopyOptions options, ParseCopyOptions(*portal.compiled->parsed, statement));
  if (read_only_) return Fail(sqlstate::kReadOnlySqlTransaction, "cannot execute COPY FROM in a read-only transaction");
  const PgQuery__RangeVar& relation = *statement.relation;
  const catalog::Table* table = FindStored(catalog, relation, settings_.search_path());
  if (table == nullptr) {
    if (IsSequence(catalog, relation, settings_.search_path())) {
      return Fail(sqlstate::kWrongObjectType, "cannot copy to sequence \"" + std::string(relation.relname) + "\"");
    }
    return Fail(sqlstate::kUndefinedTable, "relation \"" + std::string(relation.relname) + "\" does not exist");
  }
  if (table->kind == catalog::Table::Kind::kView) {
    return Fail(sqlstate::kWrongObjectType, "cannot copy to view \"" + table->name + "\"").Hint("Copy to the table that it reads.");
  }
  std::vector<std::string> names = NamedColumns(statement);
  ALLOD_RETURN_IF_ERROR(CheckColumns(names));
  if (names.empty()) {
    for (const catalog::Column& column : table->columns) names.push_back(column.name);
  }
  if (names.empty()) return Unsupported("COPY to a table without columns is not supported", "Write INSERT ... DEFAULT VALUES.");
  std::vector<CopyColumn> columns;
  std::vector<std::string> quoted;
  bool identity = false;
  for (const std::string& name : names) {
    const catalog::Column* column = table->FindColumn(name);
    if (column == nullptr) {
      return Fail(sqlstate::kUndefinedColumn, "column \"" + name + "\" of relation \"" + table->name + "\" does not exist");
    }
    identity |= column->identity == 'a';
    columns.push_back({name, column->type});
    quoted.push_back(sql::QuoteIdentifier(name));
  }
  ALLOD_RETURN_IF_ERROR(ForceAll(options, &columns));
  std::string head = "INSERT INTO " + RelationText(relation) + " (" + Join(quoted) + ")" + (identity ? " OVERRIDING SYSTEM VALUE" : "") + " VALUES ";
  size_t width = columns.size();
  auto copy = std::make_unique<CopyIn>(CopyReader(options, std::move(columns), table->name), std::move(head));
  copy->batch_rows = std::clamp<size_t>(kBatchValues / width, 1, kMaxBatchRows);
  // Whoever may not insert is told before anything is sent.
  std::string one = "(";
  for (size_t i = 1; i <= width; ++i) one += (i == 1 ? "$" : ", $") + std::to_string(i);
  ALLOD_ASSIGN_OR_RETURN(copy->single, Prepare(copy->head + one + ")", {}));
  portal.copy_in = std::move(copy);
  portal.state = PortalImpl::State::kRunning;
  copy_data_ = {};
  copy_ended_ = false;
  copy_failure_.reset();
  sink.CopyBegin(true, options.binary(), width);
  std::lock_guard lock(running_mutex_);
  copying_ = true;
  cancelled_ = false;
  return Progress::kNeedsData;
}

Result<Progress> SessionImpl::ContinueCopyFrom(PortalImpl& portal, Sink& sink) {
  CopyIn& copy = *portal.copy_in;
  copy.reader.Append(std::exchange(copy_data_, {}));
  if (copy_ended_ && !copy.announced) {
    copy.announced = true;
    if (copy_failure_) return Fail(sqlstate::kQueryCanceled, "COPY from stdin failed: " + *copy_failure_);
    copy.reader.Finish();
  }
  // A client that is slow must not keep others from writing before it has sent something.
  if (writer_ == nullptr) {
    if (!copy.announced && copy.reader.buffered() < kHeldBytes) return Progress::kNeedsData;
    if (LacksTurn()) return Progress::kNeedsTurn;
    ALLOD_RETURN_IF_ERROR(EnsureWriter());
  }
  Silent silent(sink);
  const FormatContext format = settings_.format();
  for (;;) {
    Result<CopyReader::State> state = copy.reader.Next();
    if (!state.ok()) return std::move(state).status();
    if (*state == CopyReader::State::kRow) {
      for (size_t i = 0; i < copy.reader.columns().size(); ++i) {
        Result<Value> value = Convert(copy.reader, i, format);
        if (!value.ok()) return copy.reader.Explain(std::move(value).status(), static_cast<int>(i));
        copy.value_bytes += value->bytes().size();
        copy.values.push_back(*std::move(value));
      }
      copy.lines.push_back(copy.reader.line());
      if (copy.lines.size() >= copy.batch_rows || copy.value_bytes >= kBatchBytes) ALLOD_RETURN_IF_ERROR(InsertCopied(copy, silent));
      continue;
    }
    if (!copy.announced) return Progress::kNeedsData;
    ALLOD_RETURN_IF_ERROR(InsertCopied(copy, silent));
    ReportChanges(sink);
    sink.Done("COPY " + std::to_string(copy.inserted));
    return Progress::kDone;
  }
}

// The rows gathered: in one statement if they fill it, else one by one. If the one statement fails it has had no effect, and
// the rows are tried alone, to tell which it was.
Status SessionImpl::InsertCopied(CopyIn& copy, Sink& sink) {
  size_t width = copy.reader.columns().size(), rows = copy.lines.size();
  Row values = std::exchange(copy.values, {});
  std::vector<int64_t> lines = std::exchange(copy.lines, {});
  copy.value_bytes = 0;
  auto run = [&](const PreparedPtr& statement, Row arguments) -> Status {
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<Portal> portal, Bind(statement, std::move(arguments)));
    ALLOD_ASSIGN_OR_RETURN(Progress progress, Execute(*portal, sink, 0));
    if (progress != Progress::kDone) return Fail(sqlstate::kInternalError, "COPY's INSERT did not come to its end");
    return Ok();
  };
  if (rows == copy.batch_rows && rows > 1) {
    if (copy.batch == nullptr) {
      std::string text = copy.head;
      for (size_t row = 0; row < rows; ++row) {
        text += row == 0 ? "(" : ", (";
        for (size_t i = 1; i <= width; ++i) text += (i == 1 ? "$" : ", $") + std::to_string(row * width + i);
        text += ")";
      }
      ALLOD_ASSIGN_OR_RETURN(copy.batch, Prepare(text, {}));
    }
    Row kept = values;
    Status status = run(copy.batch, std::move(kept));
    if (status.ok()) {
      copy.inserted += static_cast<int64_t>(rows);
      copy.values.reserve(width * rows);
      return Ok();
    }
    if (writer_ == nullptr || !writer_->alive() || status.error().sqlstate == sqlstate::kQueryCanceled) return status;
  }
  for (size_t row = 0; row < rows; ++row) {
    auto begin = std::make_move_iterator(values.begin() + static_cast<std::ptrdiff_t>(row * width));
    Status status = run(copy.single, Row(begin, begin + static_cast<std::ptrdiff_t>(width)));
    if (!status.ok()) {
      copy.reader.SetContext(copy.reader.RowContext(lines[row]));
      status.error().position = 0;  // of a statement that the client has not written
      return status;
    }
    ++copy.inserted;
  }
  return Ok();
}

Result<Progress> SessionImpl::RunCopyTo(PortalImpl& portal, Sink& sink) {
  const PgQuery__CopyStmt& statement = *portal.compiled->statement->node->copy_stmt;
  if (portal.inner == nullptr) {
    if (statement.where_clause != nullptr) return Fail(sqlstate::kSyntaxError, "WHERE clause not allowed with COPY TO");
    ALLOD_ASSIGN_OR_RETURN(CopyOptions options, ParseCopyOptions(*portal.compiled->parsed, statement));
    std::string text;
    if (statement.relation != nullptr) {
      const PgQuery__RangeVar& relation = *statement.relation;
      const catalog::Catalog& catalog = *portal.compiled->definitions->catalog;
      const catalog::Table* table = FindStored(catalog, relation, settings_.search_path());
      if (table != nullptr && table->kind == catalog::Table::Kind::kView) {
        return Fail(sqlstate::kWrongObjectType, "cannot copy from view \"" + table->name + "\"").Hint("Try the COPY (SELECT ...) TO variant.");
      }
      if (table == nullptr && IsSequence(catalog, relation, settings_.search_path())) {
        return Fail(sqlstate::kWrongObjectType, "cannot copy from sequence \"" + std::string(relation.relname) + "\"");
      }
      std::vector<std::string> columns = NamedColumns(statement);
      ALLOD_RETURN_IF_ERROR(CheckColumns(columns));
      for (std::string& column : columns) {
        if (table != nullptr && table->FindColumn(column) == nullptr) {
          return Fail(sqlstate::kUndefinedColumn, "column \"" + column + "\" of relation \"" + table->name + "\" does not exist");
        }
        column = sql::QuoteIdentifier(column);
      }
      text = "SELECT " + (columns.empty() ? "*" : Join(columns)) + " FROM " + RelationText(relation);
    } else {
      PgQuery__Node* query = statement.query;
      if (query->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && query->select_stmt->into_clause != nullptr) {
        return Unsupported("COPY (SELECT INTO) is not supported");
      }
      ALLOD_ASSIGN_OR_RETURN(text, sql::Deparse(query));
    }
    Result<PreparedPtr> prepared = Prepare(text, {});
    if (!prepared.ok()) {
      Status status = std::move(prepared).status();
      status.error().position = 0;  // in a text that the client has not written
      return status;
    }
    const Description& description = Describe(**prepared);
    if (!description.returns_rows) return Fail(sqlstate::kFeatureNotSupported, "COPY query must have a RETURNING clause");
    std::vector<CopyColumn> columns;
    for (const planner::ResultColumn& column : description.columns) columns.push_back({column.name, column.type});
    ALLOD_RETURN_IF_ERROR(ForceAll(options, &columns));
    size_t width = columns.size();
    ALLOD_ASSIGN_OR_RETURN(portal.inner, Bind(*prepared, {}));
    portal.copy_out = std::make_unique<CopyOut>(CopyWriter(options, std::move(columns)), width, options.binary());
  }
  CopyOut& out = *portal.copy_out;
  // The reply begins when the query has begun: an error before its first row is answered instead.
  Writing writing(sink, out, settings_.format());
  ALLOD_ASSIGN_OR_RETURN(Progress progress, Execute(*portal.inner, writing, 0));
  if (progress == Progress::kSuspended) portal.state = PortalImpl::State::kRunning;
  if (progress != Progress::kDone) return progress;
  writing.Begin();
  out.line.clear();
  out.writer.End(&out.line);
  if (!out.line.empty()) (void)sink.CopyData(out.line);
  sink.CopyEnd();
  size_t blank = writing.tag().rfind(' ');
  sink.Done("COPY" + (blank == std::string::npos ? std::string(" 0") : writing.tag().substr(blank)));
  return Progress::kDone;
}

}  // namespace allod::session
