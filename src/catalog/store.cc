#include "catalog/store.h"

#include <charconv>
#include <map>
#include <mutex>
#include <set>

#include "catalog/json.h"

namespace allod::catalog {

namespace {

constexpr int64_t kFormatVersion = 3;  // 2: tables may be without history; 3: enumerated types

// Plain enough for every engine's dialect.
constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS allod_catalog (kind TEXT NOT NULL, oid BIGINT NOT NULL, body TEXT NOT NULL, "
    "PRIMARY KEY (kind, oid));"
    "CREATE TABLE IF NOT EXISTS allod_sequence (oid BIGINT PRIMARY KEY, last_value BIGINT NOT NULL, "
    "is_called BIGINT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS allod_meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)";

constexpr std::string_view kTable = "table", kSequence = "sequence", kRole = "role", kSchema = "schema", kEnum = "enum";

Status Damaged(const std::string& what) {
  return Fail(sqlstate::kDataCorrupted, "the catalogue is damaged: " + what)
      .Hint("Restore the database from a backup.");
}

Status RunToEnd(engine::Transaction& transaction, std::string_view text, std::initializer_list<Datum> values) {
  std::vector<engine::Parameter> parameters(values.begin(), values.end());
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(text, parameters, nullptr));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return Ok();
  }
}

using Meta = std::map<std::string, int64_t, std::less<>>;

Result<Meta> ReadMeta(engine::Transaction& transaction) {
  Meta meta;
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run("SELECT name, value FROM allod_meta", {}, nullptr));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return meta;
    const Datum name = cursor->column(0), value = cursor->column(1);
    if (name.kind != Kind::kText || value.kind != Kind::kInteger) return Damaged("allod_meta holds values of wrong types");
    meta[std::string(name.bytes)] = value.integer;
  }
}

Status PutMeta(engine::Transaction& transaction, std::string_view name, int64_t value) {
  return RunToEnd(transaction,
                  "INSERT INTO allod_meta (name, value) VALUES (?1, ?2) "
                  "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                  {Datum::Text(name), Datum::Integer(value)});
}

Status PutRow(engine::Transaction& transaction, std::string_view kind, Oid oid, const std::string& body) {
  return RunToEnd(transaction,
                  "INSERT INTO allod_catalog (kind, oid, body) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (kind, oid) DO UPDATE SET body = excluded.body",
                  {Datum::Text(kind), Datum::Integer(oid), Datum::Text(body)});
}

Status DeleteRow(engine::Transaction& transaction, std::string_view kind, Oid oid) {
  return RunToEnd(transaction, "DELETE FROM allod_catalog WHERE kind = ?1 AND oid = ?2",
                  {Datum::Text(kind), Datum::Integer(oid)});
}

// Objects are shared between versions of the catalogue, so an unchanged one is the same pointer.
template <typename T>
Status SaveDifference(const std::map<Oid, std::shared_ptr<const T>>& before,
                      const std::map<Oid, std::shared_ptr<const T>>& after, std::string_view kind,
                      engine::Transaction& transaction) {
  for (const auto& [oid, object] : after) {
    auto it = before.find(oid);
    if (it != before.end() && it->second == object) continue;
    ALLOD_RETURN_IF_ERROR(PutRow(transaction, kind, oid, ToJson(*object)));
  }
  for (const auto& [oid, object] : before) {
    if (!after.contains(oid)) ALLOD_RETURN_IF_ERROR(DeleteRow(transaction, kind, oid));
  }
  return Ok();
}

// The references between objects, which the rest of the program follows without looking.
Status CheckTable(const Catalog& catalog, const Table& table) {
  const std::string name = "table " + table.name;
  std::set<Attnum> numbers;
  for (const Column& column : table.columns) {
    if (column.number <= 0 || column.number >= table.next_attnum || !numbers.insert(column.number).second) {
      return Damaged(name + " has a column with an impossible number");
    }
    const bool of_user = column.type.oid >= kFirstEnum;
    const EnumType* type = catalog.FindEnum(column.type.oid);
    if (of_user ? type == nullptr || type->schema == 0 : FindType(column.type.oid) == nullptr)
      return Damaged(name + " has a column of an unknown type");
    if (column.sequence != 0 && catalog.FindSequence(column.sequence) == nullptr) {
      return Damaged(name + " has a column whose sequence is missing");
    }
  }
  if (catalog.FindSchema(table.schema) == nullptr) return Damaged(name + " is in a schema that is missing");
  auto known = [&](const std::vector<Attnum>& columns) {
    for (Attnum column : columns) {
      if (!numbers.contains(column)) return false;
    }
    return true;
  };
  for (const Constraint& constraint : table.constraints) {
    const std::string what = name + ", constraint " + constraint.name;
    if (constraint.oid == 0 || !known(constraint.columns)) return Damaged(what + ": a column is missing");
    switch (constraint.kind) {
      case Constraint::Kind::kPrimaryKey:
      case Constraint::Kind::kUnique:
        if (table.FindIndex(constraint.index) == nullptr) return Damaged(what + ": its index is missing");
        break;
      case Constraint::Kind::kCheck:
        if (constraint.check_sql.empty()) return Damaged(what + ": its expression is missing");
        break;
      case Constraint::Kind::kForeignKey: {
        const Table* target = catalog.FindTable(constraint.target);
        if (target == nullptr) return Damaged(what + ": its target is missing");
        if (constraint.columns.empty() || constraint.columns.size() != constraint.target_columns.size()) {
          return Damaged(what + ": its columns do not match its target's");
        }
        for (Attnum column : constraint.target_columns) {
          if (target->FindColumn(column) == nullptr) return Damaged(what + ": a column of its target is missing");
        }
        break;
      }
    }
  }
  for (const Index& index : table.indexes) {
    if (index.oid == 0 || index.columns.empty()) return Damaged(name + ", index " + index.name + " has no columns");
    for (const IndexColumn& column : index.columns) {
      if (column.column == 0 ? column.expression_sql.empty() : !numbers.contains(column.column)) {
        return Damaged(name + ", index " + index.name + ": a column is missing");
      }
    }
    if (!known(index.include)) return Damaged(name + ", index " + index.name + ": a column is missing");
  }
  for (const AnonymizationRule& rule : table.rules) {
    const Table* via = rule.via_table == 0 ? &table : catalog.FindTable(rule.via_table);
    if (via == nullptr || via->FindColumn(rule.via_column) == nullptr || !known(rule.columns)) {
      return Damaged(name + ": a column of an anonymisation rule is missing");
    }
  }
  if (table.rowid_column != 0 && !numbers.contains(table.rowid_column)) {
    return Damaged(name + ": its row id's column is missing");
  }
  if (table.kind == Table::Kind::kView && table.view_sql.empty()) return Damaged("view " + table.name + " has no query");
  for (Oid read : table.view_reads) {
    if (catalog.FindTable(read) == nullptr) return Damaged("view " + table.name + " reads a relation that is missing");
  }
  return Ok();
}

Status CheckReferences(const Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables()) ALLOD_RETURN_IF_ERROR(CheckTable(catalog, *table));
  std::set<std::pair<Oid, std::string_view>> names;
  std::set<Oid> numbers;
  for (const auto& [oid, type] : catalog.enums()) {
    const bool dropped = type->schema == 0;
    if (!dropped && catalog.FindSchema(type->schema) == nullptr)
      return Damaged("type " + type->name + " is in a schema that is missing");
    bool once = (dropped || names.insert({type->schema, type->name}).second) && numbers.insert(oid).second;
    once = once && oid >= kFirstEnum && oid < kEnumLimit && oid % 2 == 0 && type->array_oid == oid + 1;
    for (const EnumLabel& label : type->labels) once = once && numbers.insert(label.oid).second;
    if (!once) return Damaged("type " + type->name + " has the name or a number of another");
  }
  for (const auto& [oid, sequence] : catalog.sequences()) {
    if (catalog.FindSchema(sequence->schema) == nullptr) {
      return Damaged("sequence " + sequence->name + " is in a schema that is missing");
    }
    if (sequence->owned_table == 0) continue;
    const Table* owner = catalog.FindTable(sequence->owned_table);
    if (owner == nullptr || owner->FindColumn(sequence->owned_column) == nullptr) {
      return Damaged("sequence " + sequence->name + " belongs to a column that is missing");
    }
  }
  return Ok();
}

// Puts one row into the catalogue being read.
template <typename T>
Status Add(Result<T> object, Oid oid, const std::string& row, Catalog* catalog) {
  if (!object.ok()) return Damaged(row + ": " + object.status().error().message);
  if (object->oid != oid) return Damaged(row + " holds the object " + std::to_string(object->oid));
  catalog->Put(*std::move(object));
  return Ok();
}

Result<std::shared_ptr<const Catalog>> ReadCatalog(engine::Transaction& transaction, const Meta& meta) {
  auto catalog = std::make_shared<Catalog>();
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run("SELECT kind, oid, body FROM allod_catalog ORDER BY kind, oid", {},
                                                      nullptr));
  Oid highest = kFirstUserOid - 1;
  size_t relations = 0;
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) break;
    const Datum kind = cursor->column(0), number = cursor->column(1), body = cursor->column(2);
    if (kind.kind != Kind::kText || number.kind != Kind::kInteger || body.kind != Kind::kText) {
      return Damaged("allod_catalog holds values of wrong types");
    }
    const std::string row = "row (" + std::string(kind.bytes) + ", " + std::to_string(number.integer) + ")";
    if (number.integer <= 0 || number.integer > UINT32_MAX) return Damaged(row + " has an impossible number");
    const Oid oid = static_cast<Oid>(number.integer);
    if (kind.bytes == kTable) {
      ALLOD_RETURN_IF_ERROR(Add(TableFromJson(body.bytes), oid, row, catalog.get()));
      const Table* table = catalog->FindTable(oid);
      for (const Constraint& constraint : table->constraints) highest = std::max(highest, constraint.oid);
      for (const Index& index : table->indexes) {
        highest = std::max(highest, index.oid);
        relations += index.for_key ? 0 : 1;
      }
      ++relations;
    } else if (kind.bytes == kSequence) {
      ALLOD_RETURN_IF_ERROR(Add(SequenceFromJson(body.bytes), oid, row, catalog.get()));
      ++relations;
    } else if (kind.bytes == kEnum) {
      ALLOD_RETURN_IF_ERROR(Add(EnumFromJson(body.bytes), oid, row, catalog.get()));
      const EnumType* type = catalog->FindEnum(oid);
      for (const EnumLabel& label : type->labels) highest = std::max(highest, label.oid);
    } else if (kind.bytes == kRole) {
      ALLOD_RETURN_IF_ERROR(Add(RoleFromJson(body.bytes), oid, row, catalog.get()));
    } else if (kind.bytes == kSchema) {
      ALLOD_RETURN_IF_ERROR(Add(SchemaFromJson(body.bytes), oid, row, catalog.get()));
    } else {
      return Damaged(row + " is of an unknown kind");
    }
    highest = std::max(highest, oid >= kFirstEnum ? (oid - kFirstEnum) / 2 : oid);
  }
  if (catalog->relation_names() != relations) return Damaged("two relations have one name");
  auto next_oid = meta.find("next_oid"), version = meta.find("catalog_version");
  if (next_oid == meta.end() || version == meta.end() || next_oid->second <= highest ||
      next_oid->second > UINT32_MAX || version->second <= 0) {
    return Damaged("its counters are missing or too low");
  }
  catalog->set_next_oid(static_cast<Oid>(next_oid->second));
  catalog->set_version(static_cast<uint64_t>(version->second));
  ALLOD_RETURN_IF_ERROR(CheckReferences(*catalog));
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

// A transaction that may write, waiting for the turn where there is one.
Result<std::unique_ptr<engine::Transaction>> BeginWrite(engine::Engine& engine) {
  engine::Turn turn;
  if (engine.capabilities().single_writer) {
    ALLOD_ASSIGN_OR_RETURN(turn, engine::AwaitTurn(engine));
  }
  return engine.Begin(engine::Mode::kWrite, std::move(turn));
}

}  // namespace

Result<std::shared_ptr<const Catalog>> Load(engine::Engine& engine) {
  ALLOD_ASSIGN_OR_RETURN(auto transaction, BeginWrite(engine));
  ALLOD_RETURN_IF_ERROR(transaction->Script(kCreate));
  ALLOD_ASSIGN_OR_RETURN(const Meta meta, ReadMeta(*transaction));
  if (!meta.empty()) {
    auto format = meta.find("format");
    if (format == meta.end() || format->second <= 0) return Damaged("its format is not recorded");
    if (format->second > kFormatVersion) {
      return Unsupported("the database was written by a newer Allod (format " + std::to_string(format->second) +
                             ", this one reads up to " + std::to_string(kFormatVersion) + ")",
                         "Start the newer version.");
    }
    return ReadCatalog(*transaction, meta);  // nothing was written: rolling back loses nothing
  }
  std::shared_ptr<const Catalog> initial = Catalog::Initial();
  ALLOD_RETURN_IF_ERROR(Save(Catalog(), *initial, *transaction));
  ALLOD_ASSIGN_OR_RETURN(const engine::CommitNumber number, transaction->Commit());
  transaction.reset();
  engine::AwaitDurable(engine, number);
  return initial;
}

Status Save(const Catalog& before, const Catalog& after, engine::Transaction& transaction) {
  ALLOD_RETURN_IF_ERROR(SaveDifference(before.schemas(), after.schemas(), kSchema, transaction));
  ALLOD_RETURN_IF_ERROR(SaveDifference(before.enums(), after.enums(), kEnum, transaction));
  ALLOD_RETURN_IF_ERROR(SaveDifference(before.roles(), after.roles(), kRole, transaction));
  ALLOD_RETURN_IF_ERROR(SaveDifference(before.sequences(), after.sequences(), kSequence, transaction));
  ALLOD_RETURN_IF_ERROR(SaveDifference(before.tables(), after.tables(), kTable, transaction));
  for (const auto& [oid, sequence] : before.sequences()) {
    if (after.FindSequence(oid) != nullptr) continue;
    ALLOD_RETURN_IF_ERROR(
        RunToEnd(transaction, "DELETE FROM allod_sequence WHERE oid = ?1", {Datum::Integer(oid)}));
  }
  // What is written here may mean nothing to the Allod that made the directory: from now on that one must refuse it.
  ALLOD_RETURN_IF_ERROR(PutMeta(transaction, "format", kFormatVersion));
  ALLOD_RETURN_IF_ERROR(PutMeta(transaction, "next_oid", after.next_oid()));
  return PutMeta(transaction, "catalog_version", static_cast<int64_t>(after.version()));
}

namespace {

class StoredSequences : public Sequences {
 public:
  struct State {
    int64_t last_value = 1;
    bool is_called = false;
  };

  explicit StoredSequences(std::map<Oid, State> states) : states_(std::move(states)) {}

  Result<int64_t> Next(const Sequence& sequence) override {
    std::lock_guard lock(mutex_);
    State& state = Find(sequence);
    if (!state.is_called && InBounds(sequence, state.last_value)) {
      state.is_called = true;
      return state.last_value;
    }
    int64_t next = 0;
    const bool up = sequence.increment > 0;
    const bool overflow = __builtin_add_overflow(state.last_value, sequence.increment, &next);
    if (overflow || (up ? next > sequence.max : next < sequence.min)) {
      if (!sequence.cycle) {
        return Fail(sqlstate::kSequenceGeneratorLimitExceeded,
                    std::string("nextval: reached ") + (up ? "maximum" : "minimum") + " value of sequence \"" +
                        sequence.name + "\" (" + std::to_string(up ? sequence.max : sequence.min) + ")");
      }
      next = up ? sequence.min : sequence.max;
    }
    state = {next, true};
    return next;
  }

  void Set(const Sequence& sequence, int64_t value, bool is_called) override {
    std::lock_guard lock(mutex_);
    states_[sequence.oid] = {value, is_called};
  }

  std::pair<int64_t, bool> Current(const Sequence& sequence) const override {
    std::lock_guard lock(mutex_);
    auto it = states_.find(sequence.oid);
    if (it == states_.end()) return {sequence.start, false};
    return {it->second.last_value, it->second.is_called};
  }

  // What is written is the value now, which may be beyond what this transaction drew: others draw meanwhile, and a
  // stored value must never fall behind one that a committed row holds.
  Status Persist(const std::vector<Oid>& drawn, engine::Transaction& transaction) override {
    for (Oid oid : std::set<Oid>(drawn.begin(), drawn.end())) {
      State state;
      {
        std::lock_guard lock(mutex_);
        auto it = states_.find(oid);
        if (it == states_.end()) continue;
        state = it->second;
      }
      ALLOD_RETURN_IF_ERROR(RunToEnd(
          transaction,
          "INSERT INTO allod_sequence (oid, last_value, is_called) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (oid) DO UPDATE SET last_value = excluded.last_value, is_called = excluded.is_called",
          {Datum::Integer(oid), Datum::Integer(state.last_value), Datum::Integer(state.is_called ? 1 : 0)}));
    }
    return Ok();
  }

 private:
  State& Find(const Sequence& sequence) {
    return states_.try_emplace(sequence.oid, State{sequence.start, false}).first->second;
  }
  static bool InBounds(const Sequence& sequence, int64_t value) {
    return value >= sequence.min && value <= sequence.max;
  }

  mutable std::mutex mutex_;
  std::map<Oid, State> states_;
};

}  // namespace

Result<std::unique_ptr<Sequences>> OpenSequences(engine::Engine& engine) {
  std::map<Oid, StoredSequences::State> states;
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine.Begin(engine::Mode::kRead));
  ALLOD_ASSIGN_OR_RETURN(auto cursor,
                         transaction->Run("SELECT oid, last_value, is_called FROM allod_sequence", {}, nullptr));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) break;
    const Datum oid = cursor->column(0), last_value = cursor->column(1), is_called = cursor->column(2);
    if (oid.kind != Kind::kInteger || oid.integer <= 0 || oid.integer > UINT32_MAX ||
        last_value.kind != Kind::kInteger || is_called.kind != Kind::kInteger) {
      return Damaged("allod_sequence holds values of wrong types");
    }
    states[static_cast<Oid>(oid.integer)] = {last_value.integer, is_called.integer != 0};
  }
  return std::unique_ptr<Sequences>(std::make_unique<StoredSequences>(std::move(states)));
}

}  // namespace allod::catalog
