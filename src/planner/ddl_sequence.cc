// CREATE SEQUENCE, ALTER SEQUENCE, and the sequences of serial and identity columns.
#include <charconv>
#include <limits>

#include "planner/bind.h"
#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

namespace {

// Integer options arrive as Integer, or as Float when they do not fit 32 bits.
Result<int64_t> NumberOf(const Ddl& ddl, const PgQuery__DefElem& option) {
  const PgQuery__Node* node = option.arg;
  if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_INTEGER) return int64_t{node->integer->ival};
  if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_FLOAT) {
    const std::string_view text = Given(node->float_->fval);
    int64_t value = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    return Fail(sqlstate::kNumericValueOutOfRange, "value \"" + std::string(text) + "\" is out of range for type bigint");
  }
  return Fail(sqlstate::kSyntaxError, "invalid value of option \"" + std::string(option.defname) + "\"")
      .At(ddl.Position(option.location));
}

bool IsTrue(const PgQuery__DefElem& option) {
  if (option.arg == nullptr) return true;
  if (option.arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN) return option.arg->boolean->boolval;
  return option.arg->node_case == PG_QUERY__NODE__NODE_INTEGER && option.arg->integer->ival != 0;
}

struct Bounds {
  int64_t min, max;
};
Bounds BoundsOf(Oid type) {
  switch (type) {
    case oid::kInt2: return {INT16_MIN, INT16_MAX};
    case oid::kInt4: return {INT32_MIN, INT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

Status Invalid(std::string message) { return Fail(sqlstate::kInvalidParameterValue, std::move(message)); }

}  // namespace

Result<SequenceChange> ReadSequenceOptions(const Ddl& ddl, size_t count, PgQuery__Node* const* options, Sequence start,
                                           bool fresh) {
  SequenceChange change;
  Sequence& sequence = change.sequence = std::move(start);
  std::set<std::string> seen;
  std::optional<int64_t> min, max, start_value;
  bool no_min = false, no_max = false, restart = false;
  const Sequence old = sequence;
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& option = *options[i]->def_elem;
    const std::string name = option.defname;
    if (!seen.insert(name).second) {
      return Fail(sqlstate::kSyntaxError, "conflicting or redundant options").At(ddl.Position(option.location));
    }
    if (name == "as") {
      BoundStatement bound;
      Binder binder(&bound, ddl.parsed, &ddl.context);
      ALLOD_ASSIGN_OR_RETURN(sequence.type, binder.ResolveTypeName(*option.arg->type_name));
      if (sequence.type.oid != oid::kInt2 && sequence.type.oid != oid::kInt4 && sequence.type.oid != oid::kInt8) {
        return Invalid("sequence type must be smallint, integer, or bigint");
      }
    } else if (name == "increment") {
      ALLOD_ASSIGN_OR_RETURN(sequence.increment, NumberOf(ddl, option));
      if (sequence.increment == 0) return Invalid("INCREMENT must not be zero");
    } else if (name == "minvalue") {
      no_min = option.arg == nullptr;
      if (!no_min) {
        ALLOD_ASSIGN_OR_RETURN(min, NumberOf(ddl, option));
      }
    } else if (name == "maxvalue") {
      no_max = option.arg == nullptr;
      if (!no_max) {
        ALLOD_ASSIGN_OR_RETURN(max, NumberOf(ddl, option));
      }
    } else if (name == "start") {
      ALLOD_ASSIGN_OR_RETURN(start_value, NumberOf(ddl, option));
    } else if (name == "restart") {
      restart = true;
      if (option.arg != nullptr) {
        ALLOD_ASSIGN_OR_RETURN(change.restart, NumberOf(ddl, option));
      }
    } else if (name == "cycle") {
      sequence.cycle = IsTrue(option);
    } else if (name == "cache") {
      ALLOD_ASSIGN_OR_RETURN(const int64_t cache, NumberOf(ddl, option));
      if (cache <= 0) return Invalid("CACHE (" + std::to_string(cache) + ") must be greater than zero");
    } else if (name == "owned_by") {
      change.owned_by_given = true;
      change.owned_by = NodeTexts(option.arg->list->n_items, option.arg->list->items);
    } else if (name == "sequence_name") {
      // GENERATED ... AS IDENTITY (SEQUENCE NAME s): read by the caller.
    } else {
      return Unsupported("option \"" + name + "\" of a sequence is not supported", "Leave it out.");
    }
  }
  const bool retyped = sequence.type.oid != old.type.oid;
  const Bounds bounds = BoundsOf(sequence.type.oid), old_bounds = BoundsOf(old.type.oid);
  const bool up = sequence.increment > 0;
  // A bound that was the old type's own follows the new type.
  if (max) {
    sequence.max = *max;
  } else if (fresh || no_max || (retyped && old.max == old_bounds.max)) {
    sequence.max = up ? bounds.max : -1;
  }
  if (min) {
    sequence.min = *min;
  } else if (fresh || no_min || (retyped && old.min == old_bounds.min)) {
    sequence.min = up ? 1 : bounds.min;
  }
  const std::string type_name = FormatType(sequence.type);
  if (sequence.max < bounds.min || sequence.max > bounds.max) {
    return Invalid("MAXVALUE (" + std::to_string(sequence.max) + ") is out of range for sequence data type " + type_name);
  }
  if (sequence.min < bounds.min || sequence.min > bounds.max) {
    return Invalid("MINVALUE (" + std::to_string(sequence.min) + ") is out of range for sequence data type " + type_name);
  }
  if (sequence.min >= sequence.max) {
    return Invalid("MINVALUE (" + std::to_string(sequence.min) + ") must be less than MAXVALUE (" +
                   std::to_string(sequence.max) + ")");
  }
  if (start_value) {
    sequence.start = *start_value;
  } else if (fresh) {
    sequence.start = up ? sequence.min : sequence.max;
  }
  if (sequence.start < sequence.min) {
    return Invalid("START value (" + std::to_string(sequence.start) + ") cannot be less than MINVALUE (" +
                   std::to_string(sequence.min) + ")");
  }
  if (sequence.start > sequence.max) {
    return Invalid("START value (" + std::to_string(sequence.start) + ") cannot be greater than MAXVALUE (" +
                   std::to_string(sequence.max) + ")");
  }
  if (restart && !change.restart) change.restart = sequence.start;
  if (change.restart && *change.restart < sequence.min) {
    return Invalid("RESTART value (" + std::to_string(*change.restart) + ") cannot be less than MINVALUE (" +
                   std::to_string(sequence.min) + ")");
  }
  if (change.restart && *change.restart > sequence.max) {
    return Invalid("RESTART value (" + std::to_string(*change.restart) + ") cannot be greater than MAXVALUE (" +
                   std::to_string(sequence.max) + ")");
  }
  return change;
}

namespace {

// OWNED BY NONE, or the column.
Status ResolveOwner(const Ddl& ddl, const SequenceChange& change, Sequence* sequence) {
  if (!change.owned_by_given) return Ok();
  const std::vector<std::string>& names = change.owned_by;
  sequence->owned_table = 0;
  sequence->owned_column = 0;
  if (names.size() == 1) {
    if (names[0] == "none") return Ok();
    return Fail(sqlstate::kSyntaxError, "invalid OWNED BY option")
        .Hint("Specify OWNED BY table.column or OWNED BY NONE.");
  }
  const std::string schema = names.size() > 2 ? names[names.size() - 3] : "";
  ALLOD_ASSIGN_OR_RETURN(const Table* table, FindTable(ddl, schema, names[names.size() - 2]));
  const Column* column = table->FindColumn(names.back());
  if (column == nullptr) {
    return Fail(sqlstate::kUndefinedColumn,
                "column \"" + names.back() + "\" of relation \"" + table->name + "\" does not exist");
  }
  if (table->schema != sequence->schema) {
    return Fail(sqlstate::kObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to");
  }
  sequence->owned_table = table->oid;
  sequence->owned_column = column->number;
  return Ok();
}

}  // namespace

Status CreateSequence(Ddl* ddl, const PgQuery__CreateSeqStmt& create) {
  ddl->definition.tag = "CREATE SEQUENCE";
  ALLOD_ASSIGN_OR_RETURN(const Oid schema, SchemaForNew(*ddl, *create.sequence));
  const std::string name = Truncate(Given(create.sequence->relname), kMaxNameBytes);
  if (ddl->next->HasRelation(schema, name)) {
    if (!create.if_not_exists) return Fail(sqlstate::kDuplicateTable, "relation \"" + name + "\" already exists");
    ddl->Notice(sqlstate::kDuplicateTable, "relation \"" + name + "\" already exists, skipping");
    return Ok();
  }
  Sequence sequence;
  sequence.schema = schema;
  sequence.name = name;
  ALLOD_ASSIGN_OR_RETURN(SequenceChange change,
                         ReadSequenceOptions(*ddl, create.n_options, create.options, std::move(sequence), true));
  ALLOD_RETURN_IF_ERROR(ResolveOwner(*ddl, change, &change.sequence));
  change.sequence.oid = ddl->next->NewOid();
  ddl->definition.restarts.push_back({change.sequence.oid, change.restart.value_or(change.sequence.start)});
  ddl->next->Put(std::move(change.sequence));
  return Ok();
}

Status AlterSequence(Ddl* ddl, const PgQuery__AlterSeqStmt& alter) {
  ddl->definition.tag = "ALTER SEQUENCE";
  ALLOD_RETURN_IF_ERROR(CheckDatabase(*ddl, *alter.sequence));
  const std::string_view schema = Given(alter.sequence->schemaname), name = Given(alter.sequence->relname);
  const Relation relation = FindRelation(*ddl, schema, name);
  if (!relation.found()) {
    if (!alter.missing_ok) {
      return Fail(sqlstate::kUndefinedTable, "relation \"" + WrittenName(schema, name) + "\" does not exist");
    }
    ddl->Notice(sqlstate::kSuccess, "relation \"" + WrittenName(schema, name) + "\" does not exist, skipping");
    return Ok();
  }
  if (relation.sequence == nullptr) {
    return Fail(sqlstate::kWrongObjectType, "\"" + std::string(name) + "\" is not a sequence");
  }
  ALLOD_ASSIGN_OR_RETURN(SequenceChange change,
                         ReadSequenceOptions(*ddl, alter.n_options, alter.options, *relation.sequence, false));
  const Table* owner = ddl->next->FindTable(change.sequence.owned_table);
  const Column* owned = owner == nullptr ? nullptr : owner->FindColumn(change.sequence.owned_column);
  if (change.owned_by_given && owned != nullptr && owned->identity != 0) {
    return Fail(sqlstate::kFeatureNotSupported, "cannot change ownership of identity sequence")
        .Detail("Sequence \"" + change.sequence.name + "\" is linked to table \"" + owner->name + "\".");
  }
  ALLOD_RETURN_IF_ERROR(ResolveOwner(*ddl, change, &change.sequence));
  if (change.owned_by_given) {
    // A column remembers the sequence that goes with it.
    if (owned != nullptr && owned->sequence == change.sequence.oid) {
      Table copy = *owner;
      for (Column& column : copy.columns) {
        if (column.sequence == change.sequence.oid) column.sequence = 0;
      }
      ddl->next->Put(std::move(copy));
    }
    if (const Table* table = ddl->next->FindTable(change.sequence.owned_table)) {
      Table copy = *table;
      for (Column& column : copy.columns) {
        if (column.number == change.sequence.owned_column && column.sequence == 0) column.sequence = change.sequence.oid;
      }
      ddl->next->Put(std::move(copy));
    }
  }
  if (change.restart) ddl->definition.restarts.push_back({change.sequence.oid, *change.restart});
  ddl->next->Put(std::move(change.sequence));
  return Ok();
}

Result<Sequence> MakeOwnedSequence(Ddl* ddl, const Table& table, const Column& column, size_t count,
                                   PgQuery__Node* const* options) {
  Sequence sequence;
  sequence.schema = table.schema;
  sequence.type = Type{column.type.oid};
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__DefElem& option = *options[i]->def_elem;
    if (Given(option.defname) == "sequence_name" && option.arg != nullptr) {
      sequence.name = NodeText(option.arg->list->items[option.arg->list->n_items - 1]);
    }
  }
  if (sequence.name.empty()) {
    sequence.name = ChooseRelationName(*ddl->next, table.schema, table.name, column.name, "seq", false);
  } else if (ddl->next->HasRelation(table.schema, sequence.name)) {
    return Fail(sqlstate::kDuplicateTable, "relation \"" + sequence.name + "\" already exists");
  }
  ALLOD_ASSIGN_OR_RETURN(SequenceChange change, ReadSequenceOptions(*ddl, count, options, std::move(sequence), true));
  change.sequence.oid = ddl->next->NewOid();
  change.sequence.owned_table = table.oid;
  change.sequence.owned_column = column.number;
  ddl->definition.restarts.push_back({change.sequence.oid, change.restart.value_or(change.sequence.start)});
  ddl->next->Put(change.sequence);
  return change.sequence;
}

}  // namespace allod::planner::ddl
