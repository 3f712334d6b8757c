#include "session/context.h"

#include "base/format.h"
#include "catalog/system_relations.h"

namespace allod::session {

Result<const catalog::Sequence*> Context::Find(Oid sequence) const {
  const catalog::Sequence* found = definitions_->catalog->FindSequence(sequence);
  if (found == nullptr) {
    return Fail(sqlstate::kUndefinedTable, "sequence with OID " + std::to_string(sequence) + " does not exist");
  }
  return found;
}

void Context::SetDefinitions(std::shared_ptr<const Definitions> definitions) {
  definitions_ = std::move(definitions);
  format.labels = definitions_->catalog;
  settings_.UseLabels(definitions_->catalog);
}

Result<int64_t> Context::NextValue(Oid oid) {
  ALLOD_ASSIGN_OR_RETURN(const catalog::Sequence* sequence, Find(oid));
  ALLOD_ASSIGN_OR_RETURN(int64_t value, database_.sequences().Next(*sequence));
  current_[oid] = value;
  last_ = oid;
  drawn_.insert(oid);
  return value;
}

Result<int64_t> Context::CurrentValue(Oid oid) {
  ALLOD_ASSIGN_OR_RETURN(const catalog::Sequence* sequence, Find(oid));
  auto it = current_.find(oid);
  if (it == current_.end()) {
    return Fail(sqlstate::kObjectNotInPrerequisiteState,
                "currval of sequence \"" + sequence->name + "\" is not yet defined in this session");
  }
  return it->second;
}

Result<int64_t> Context::LastValue() {
  if (last_ == 0) return Fail(sqlstate::kObjectNotInPrerequisiteState, "lastval is not yet defined in this session");
  return CurrentValue(last_);
}

Result<int64_t> Context::SetValue(Oid oid, int64_t value, bool is_called) {
  ALLOD_ASSIGN_OR_RETURN(const catalog::Sequence* sequence, Find(oid));
  if (value < sequence->min || value > sequence->max) {
    return Fail(sqlstate::kNumericValueOutOfRange,
                "setval: value " + std::to_string(value) + " is out of bounds for sequence \"" + sequence->name + "\" (" +
                    std::to_string(sequence->min) + ".." + std::to_string(sequence->max) + ")");
  }
  database_.sequences().Set(*sequence, value, is_called);
  if (is_called) {
    current_[oid] = value;
    last_ = oid;
  }
  drawn_.insert(oid);
  return value;
}

Result<Value> Context::Call(std::string_view name, std::span<const Datum> arguments) {
  auto text = [&](size_t i) { return arguments[i].bytes; };
  if (name == "current_setting") {
    if (arguments.empty() || arguments[0].is_null()) return Value::Null();
    Result<std::string> value = settings_.Show(text(0));
    bool missing_ok = arguments.size() > 1 && arguments[1].integer != 0;
    if (!value.ok() && missing_ok) return Value::Null();
    if (!value.ok()) return std::move(value).status();
    return Value::Text(*std::move(value));
  }
  if (name == "set_config") {
    if (arguments.size() < 3 || arguments[0].is_null()) return Fail(sqlstate::kNullValueNotAllowed, "SET requires parameter name");
    ALLOD_RETURN_IF_ERROR(settings_.Set(text(0), arguments[1].is_null() ? "" : text(1), arguments[2].integer != 0));
    settings_changed = true;
    ALLOD_ASSIGN_OR_RETURN(std::string value, settings_.Show(text(0)));
    return Value::Text(std::move(value));
  }
  if (name == "pg_backend_pid") return Value::Integer(backend_pid);
  if (name == "txid_current") return Value::Integer(transaction_id);
  if (name == "version") return Value::Text("PostgreSQL 15.8 (Allod 0.1.0) on x86_64-linux-gnu, 64-bit");
  if (name == "current_database") return Value::Text(database);
  if (name == "current_user" || name == "session_user" || name == "user") return Value::Text(user);
  if (name == "current_schema") {
    for (const std::string& schema : settings_.search_path()) {
      if (definitions_->catalog->FindSchema(schema) != nullptr) return Value::Text(schema);
    }
    return Value::Null();
  }
  if (name == "current_schemas") {
    Row names;
    if (!arguments.empty() && arguments[0].integer != 0) names.push_back(Value::Text("pg_catalog"));
    for (const std::string& schema : settings_.search_path()) {
      if (definitions_->catalog->FindSchema(schema) != nullptr) names.push_back(Value::Text(schema));
    }
    return Value::Text(ArrayLiteral(oid::kName, names));
  }
  if (std::optional<Result<Value>> own = CallHistory(name, arguments)) return *std::move(own);
  if (std::optional<Result<Value>> own = CallSession(name, arguments)) return *std::move(own);
  return catalog::CallCatalogFunction(*definitions_->catalog, *this, name, arguments);
}

}  // namespace allod::session
