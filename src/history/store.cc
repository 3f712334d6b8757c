#include "history/store.h"

#include "base/format.h"
#include "catalog/stored_history.h"
#include "crypto/pseudonym.h"
#include "crypto/scram.h"
#include "history/body.h"
#include "history/statements.h"

namespace allod::history {

namespace {

constexpr int64_t kFormat = 3;  // of what is stored; 1 was not sealed, 2 was ordered by rows

Result<std::string> ReadSecret(engine::Transaction& transaction, std::string_view name, size_t size) {
  const engine::Parameter parameter = Datum::Text(name);
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run("SELECT value FROM allod_history WHERE name = ?1", {&parameter, 1}, nullptr));
  ALLOD_ASSIGN_OR_RETURN(const bool found, cursor->Next());
  const Datum value = found ? cursor->column(0) : Datum::Null();
  if (value.kind != Kind::kBlob || value.bytes.size() != size) {
    return Fail(sqlstate::kDataCorrupted, "the history is damaged: its " + std::string(name) + " cannot be read")
        .Hint("Restore the database from a backup.");
  }
  return std::string(value.bytes);
}

// 0: there is none.
Result<int64_t> FormatOf(engine::Transaction& transaction) {
  return AskNumber(transaction, "SELECT value FROM allod_meta WHERE name = 'history'", {}, 0);
}

// What the database says is destroyed, and the keyring may not know yet: a kill came between.
Result<std::set<int64_t>> DestroyedDomains(engine::Transaction& transaction) {
  std::set<int64_t> domains;
  ALLOD_ASSIGN_OR_RETURN(auto cursor, Ask(transaction, "SELECT domain FROM allod_domain WHERE tab IS NULL", {}));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return domains;
    domains.insert(cursor->column(0).integer);
  }
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

Result<std::shared_ptr<const Store>> Store::Open(engine::Engine& engine, const std::string& keys) {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine::AwaitBegin(engine, engine::Mode::kWrite));
  ALLOD_ASSIGN_OR_RETURN(const int64_t format, FormatOf(*transaction));
  if (format == kFormat) {
    ALLOD_ASSIGN_OR_RETURN(std::string secret, ReadSecret(*transaction, "row names", crypto::kPseudonymKeyBytes));
    ALLOD_ASSIGN_OR_RETURN(std::string id, ReadSecret(*transaction, "database", kDatabaseIdBytes));
    ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<Keyring> keyring, Keyring::Open(keys, std::move(id), false));
    ALLOD_ASSIGN_OR_RETURN(const std::set<int64_t> destroyed, DestroyedDomains(*transaction));
    ALLOD_RETURN_IF_ERROR(keyring->Destroy(destroyed));
    return std::shared_ptr<const Store>(new Store(std::move(secret), std::move(keyring)));
  }
  if (format != 0) {
    return Unsupported("the history was written by another Allod (format " + std::to_string(format) + ", this one reads " +
                           std::to_string(kFormat) + ")",
                       "Start that version.");
  }
  std::string secret = crypto::RandomBytes(crypto::kPseudonymKeyBytes), id = crypto::RandomBytes(kDatabaseIdBytes);
  // The keys come first: a kill in between leaves keys that nothing is sealed under.
  ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<Keyring> keyring, Keyring::Open(keys, id, true));
  ALLOD_RETURN_IF_ERROR(keyring->Reach(0));
  ALLOD_RETURN_IF_ERROR(transaction->Script(catalog::kCreateHistory));
  ALLOD_RETURN_IF_ERROR(Do(*transaction, "INSERT INTO allod_history (name, value) VALUES ('row names', ?1), ('database', ?2)",
                           {Datum::Blob(secret), Datum::Blob(id)}));
  ALLOD_RETURN_IF_ERROR(Do(*transaction, "INSERT INTO allod_meta (name, value) VALUES ('history', ?1)", {Datum::Integer(kFormat)}));
  // An older program would write without a history.
  ALLOD_RETURN_IF_ERROR(Do(*transaction, "UPDATE allod_meta SET value = max(value, 2) WHERE name = 'format'", {}));
  ALLOD_ASSIGN_OR_RETURN(const engine::CommitNumber number, transaction->Commit());
  transaction.reset();
  engine::AwaitDurable(engine, number);
  return std::shared_ptr<const Store>(new Store(std::move(secret), std::move(keyring)));
}

Result<std::string> Store::Seal(const VersionId& id, std::string_view plain) const {
  ALLOD_ASSIGN_OR_RETURN(const std::optional<Keyring::Found> key, keyring_->Find(id.domain));
  if (!key) return Fail(sqlstate::kDataCorrupted, "the key to seal a version with is not there").Hint("Restore the keys from their own backup.");
  return SealBody(*key, keyring_->database_id(), id, plain);
}

Result<Store::Opened> Store::Open(const VersionId& id, std::string_view stored) const {
  if (stored.empty() || IsErased(stored)) return Opened{State::kErased, ""};
  ALLOD_ASSIGN_OR_RETURN(const std::optional<Keyring::Found> key, keyring_->Find(id.domain));
  if (!key) return Opened{State::kErased, ""};
  std::optional<std::string> body = OpenBody(*key, keyring_->database_id(), id, stored);
  if (!body) return Opened{State::kDamaged, ""};
  return Opened{State::kReadable, *std::move(body)};
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
