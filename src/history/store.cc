#include "history/store.h"

#include "base/format.h"
#include "catalog/stored_history.h"
#include "crypto/pseudonym.h"
#include "crypto/scram.h"
#include "history/body.h"

namespace allod::history {

namespace {

constexpr std::string_view kReadSecret = "SELECT value FROM allod_history WHERE name = 'row names'";

Result<std::string> ReadSecret(engine::Transaction& transaction) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(kReadSecret, {}, nullptr));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  const Datum value = found ? cursor->column(0) : Datum::Null();
  if (value.kind != Kind::kBlob || value.bytes.size() != crypto::kPseudonymKeyBytes) {
    return Fail(sqlstate::kDataCorrupted, "the history is damaged: the key of its rows' names cannot be read")
        .Hint("Restore the database from a backup.");
  }
  return std::string(value.bytes);
}

Result<bool> IsThere(engine::Transaction& transaction) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run("SELECT 1 FROM allod_meta WHERE name = 'history'", {}, nullptr));
  return cursor->Next();
}

Status RunOnce(engine::Transaction& transaction, std::string_view text, std::span<const engine::Parameter> parameters) {
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(text, parameters, nullptr));
  return cursor->Next().status();
}

// Equal values have the same bytes here, as they have under the type's order.
std::string Canonical(const Datum& value, const TypeInfo* type) {
  std::string bytes(value.bytes);
  if (type == nullptr) return bytes;
  if (type->oid == oid::kNumeric && bytes.find('.') != std::string::npos) {
    bytes.erase(bytes.find_last_not_of('0') + 1);
    if (bytes.ends_with('.')) bytes.pop_back();
  } else if (type->oid == oid::kBpchar) {
    bytes.erase(bytes.find_last_not_of(' ') + 1);
  }
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const Store>> Store::Open(engine::Engine& engine) {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(engine, engine::Mode::kWrite));
  ALLOD_ASSIGN_OR_RETURN(const bool there, IsThere(*transaction));
  if (there) {
    ALLOD_ASSIGN_OR_RETURN(std::string secret, ReadSecret(*transaction));
    return std::shared_ptr<const Store>(new Store(std::move(secret)));
  }
  ALLOD_RETURN_IF_ERROR(transaction->Script(catalog::kCreateHistory));
  std::string secret = crypto::RandomBytes(crypto::kPseudonymKeyBytes);
  const engine::Parameter parameter = Datum::Blob(secret);
  ALLOD_RETURN_IF_ERROR(RunOnce(*transaction, "INSERT INTO allod_history (name, value) VALUES ('row names', ?1)", {&parameter, 1}));
  ALLOD_RETURN_IF_ERROR(RunOnce(*transaction, "INSERT INTO allod_meta (name, value) VALUES ('history', 1)", {}));
  // An older program would write without a history.
  ALLOD_RETURN_IF_ERROR(RunOnce(*transaction, "UPDATE allod_meta SET value = max(value, 2) WHERE name = 'format'", {}));
  ALLOD_ASSIGN_OR_RETURN(const engine::CommitNumber number, transaction->Commit());
  transaction.reset();
  engine::AwaitDurable(engine, number);
  return std::shared_ptr<const Store>(new Store(std::move(secret)));
}

std::string Store::RowName(const catalog::Table& table, std::span<const Datum> key) const {
  BodyWriter bytes;
  const catalog::Constraint* primary = table.PrimaryKey();
  for (size_t i = 0; i < key.size(); ++i) {
    const catalog::Column* column = table.FindColumn(primary->columns[i]);
    Value value(key[i]);
    if (value.kind() == Kind::kText) value = Value::Text(Canonical(key[i], FindType(column->type.oid)));
    if (value.kind() == Kind::kReal && value.real() == 0) value = Value::Real(0);  // not -0
    bytes.Add(static_cast<catalog::Attnum>(i), table.oid, value);
  }
  return crypto::Pseudonym(secret_, bytes.Take());
}

std::string Store::RowName(int64_t row) {
  std::string name = "r";
  PutNumber(static_cast<uint64_t>(row), &name);
  return name;
}

Value ValueIn(std::string_view body, catalog::Attnum column, Oid type, const FormatContext& format) {
  const std::optional<BodyValue> found = FindInBody(body, column);
  if (!found) return Value::Null();
  if (found->type == type || found->value.is_null()) return Value(found->value);
  // The column had another type then.
  Result<Value> read = ParseText(Type{type}, ToText(Type{found->type}, Value(found->value), format), format);
  return read.ok() ? *std::move(read) : Value::Null();
}

}  // namespace allod::history
