#include "catalog/json.h"

#include <boost/json.hpp>
#include <limits>
#include <type_traits>

namespace allod::catalog {

namespace json = boost::json;

namespace {

// --- Writing: members that have their default value are left out.

class Writer {
 public:
  template <typename T>
  Writer& Number(const char* name, T value, T standard = T{}) {
    if (value != standard) object_[name] = static_cast<int64_t>(value);
    return *this;
  }
  Writer& Bool(const char* name, bool value) {
    if (value) object_[name] = true;
    return *this;
  }
  Writer& Text(const char* name, const std::string& value) {
    if (!value.empty()) object_[name] = value;
    return *this;
  }
  Writer& Letter(const char* name, char value) {
    if (value != 0) object_[name] = std::string(1, value);
    return *this;
  }
  template <typename T>
  Writer& Numbers(const char* name, const std::vector<T>& values) {
    if (values.empty()) return *this;
    json::array array;
    for (T value : values) array.emplace_back(static_cast<int64_t>(value));
    object_[name] = std::move(array);
    return *this;
  }
  template <typename T, typename F>
  Writer& Objects(const char* name, const std::vector<T>& values, F write) {
    if (values.empty()) return *this;
    json::array array;
    for (const T& value : values) array.emplace_back(write(value));
    object_[name] = std::move(array);
    return *this;
  }
  json::object Take() { return std::move(object_); }

 private:
  json::object object_;
};

json::object Write(const Column& column) {
  return Writer()
      .Text("name", column.name)
      .Number("number", column.number)
      .Number("type", column.type.oid)
      .Number("typmod", column.type.typmod, -1)
      .Bool("not_null", column.not_null)
      .Text("default", column.default_sql)
      .Letter("identity", column.identity)
      .Number("sequence", column.sequence)
      .Text("comment", column.comment)
      .Take();
}

json::object Write(const Constraint& constraint) {
  Writer writer;
  writer.Number("oid", constraint.oid)
      .Text("name", constraint.name)
      .Letter("kind", static_cast<char>(constraint.kind))
      .Numbers("columns", constraint.columns)
      .Text("check", constraint.check_sql)
      .Number("index", constraint.index)
      .Bool("nulls_not_distinct", constraint.nulls_not_distinct)
      .Text("comment", constraint.comment);
  if (constraint.kind == Constraint::Kind::kForeignKey) {
    writer.Number("target", constraint.target)
        .Numbers("target_columns", constraint.target_columns)
        .Letter("on_update", static_cast<char>(constraint.on_update))
        .Letter("on_delete", static_cast<char>(constraint.on_delete))
        .Bool("deferrable", constraint.deferrable)
        .Bool("initially_deferred", constraint.initially_deferred)
        .Number("annotation", static_cast<int>(constraint.annotation));
  }
  return writer.Take();
}

json::object Write(const IndexColumn& column) {
  return Writer()
      .Number("column", column.column)
      .Text("expression", column.expression_sql)
      .Bool("descending", column.descending)
      .Bool("nulls_first", column.nulls_first)
      .Take();
}

json::object Write(const Index& index) {
  return Writer()
      .Number("oid", index.oid)
      .Text("name", index.name)
      .Bool("unique", index.unique)
      .Bool("nulls_not_distinct", index.nulls_not_distinct)
      .Bool("for_key", index.for_key)
      .Objects("columns", index.columns, [](const IndexColumn& column) { return Write(column); })
      .Text("predicate", index.predicate_sql)
      .Numbers("include", index.include)
      .Text("comment", index.comment)
      .Take();
}

json::object Write(const AnonymizationRule& rule) {
  return Writer()
      .Bool("on_delete", rule.event == AnonymizationRule::Event::kDelete)
      .Number("via_table", rule.via_table)
      .Number("via_column", rule.via_column)
      .Bool("delete_row", rule.action == AnonymizationRule::Action::kDeleteRow)
      .Numbers("columns", rule.columns)
      .Take();
}

// --- Reading: the first member of the wrong shape is remembered, the rest still has defaults.

class Reader {
 public:
  Reader(const json::value& value, std::string* wrong) : wrong_(wrong) {
    object_ = value.if_object();
    if (object_ == nullptr) Wrong("an object");
  }

  template <typename T>
  Reader& Number(const char* name, T* out) {
    const json::value* value = Find(name);
    if (value == nullptr) return *this;
    int64_t number = 0;
    if (!Integer(*value, &number) || !Fits<T>(number)) {
      Wrong(name);
    } else {
      *out = static_cast<T>(number);
    }
    return *this;
  }
  Reader& Bool(const char* name, bool* out) {
    const json::value* value = Find(name);
    if (value == nullptr) return *this;
    if (!value->is_bool()) {
      Wrong(name);
    } else {
      *out = value->get_bool();
    }
    return *this;
  }
  Reader& Text(const char* name, std::string* out) {
    const json::value* value = Find(name);
    if (value == nullptr) return *this;
    if (!value->is_string()) {
      Wrong(name);
    } else {
      *out = std::string(std::string_view(value->get_string()));
    }
    return *this;
  }
  // One of `allowed`.
  Reader& Letter(const char* name, std::string_view allowed, char* out) {
    std::string text;
    if (Find(name) == nullptr) return *this;
    Text(name, &text);
    if (text.size() != 1 || allowed.find(text[0]) == std::string_view::npos) {
      Wrong(name);
    } else {
      *out = text[0];
    }
    return *this;
  }
  template <typename T>
  Reader& Numbers(const char* name, std::vector<T>* out) {
    return Each(name, [&](const json::value& value) {
      int64_t number = 0;
      if (!Integer(value, &number) || !Fits<T>(number)) return Wrong(name);
      out->push_back(static_cast<T>(number));
    });
  }
  template <typename F>
  Reader& Each(const char* name, F read) {
    const json::value* value = Find(name);
    if (value == nullptr) return *this;
    const json::array* array = value->if_array();
    if (array == nullptr) {
      Wrong(name);
      return *this;
    }
    for (const json::value& element : *array) read(element);
    return *this;
  }
  void Wrong(const char* name) {
    if (wrong_->empty()) *wrong_ = name;
  }

 private:
  const json::value* Find(const char* name) const { return object_ == nullptr ? nullptr : object_->if_contains(name); }
  static bool Integer(const json::value& value, int64_t* out) {
    if (value.is_int64()) {
      *out = value.get_int64();
      return true;
    }
    return false;
  }
  template <typename T>
  static bool Fits(int64_t number) {
    if constexpr (sizeof(T) == 8) {
      return true;
    } else {
      return number >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
             number <= static_cast<int64_t>(std::numeric_limits<T>::max());
    }
  }

  const json::object* object_ = nullptr;
  std::string* wrong_;
};

Column ReadColumn(const json::value& value, std::string* wrong) {
  Column column;
  Reader(value, wrong)
      .Text("name", &column.name)
      .Number("number", &column.number)
      .Number("type", &column.type.oid)
      .Number("typmod", &column.type.typmod)
      .Bool("not_null", &column.not_null)
      .Text("default", &column.default_sql)
      .Letter("identity", "ad", &column.identity)
      .Number("sequence", &column.sequence)
      .Text("comment", &column.comment);
  return column;
}

Constraint ReadConstraint(const json::value& value, std::string* wrong) {
  Constraint constraint;
  char kind = 0, on_update = 'a', on_delete = 'a';
  uint8_t annotation = 0;
  Reader reader(value, wrong);
  reader.Number("oid", &constraint.oid)
      .Text("name", &constraint.name)
      .Letter("kind", "pucf", &kind)
      .Numbers("columns", &constraint.columns)
      .Text("check", &constraint.check_sql)
      .Number("index", &constraint.index)
      .Bool("nulls_not_distinct", &constraint.nulls_not_distinct)
      .Text("comment", &constraint.comment)
      .Number("target", &constraint.target)
      .Numbers("target_columns", &constraint.target_columns)
      .Letter("on_update", "arcnd", &on_update)
      .Letter("on_delete", "arcnd", &on_delete)
      .Bool("deferrable", &constraint.deferrable)
      .Bool("initially_deferred", &constraint.initially_deferred)
      .Number("annotation", &annotation);
  if (kind == 0) reader.Wrong("kind");
  if (annotation > static_cast<uint8_t>(Annotation::kReferencesOnly)) reader.Wrong("annotation");
  constraint.kind = static_cast<Constraint::Kind>(kind);
  constraint.on_update = static_cast<KeyAction>(on_update);
  constraint.on_delete = static_cast<KeyAction>(on_delete);
  constraint.annotation = static_cast<Annotation>(annotation);
  return constraint;
}

Index ReadIndex(const json::value& value, std::string* wrong) {
  Index index;
  Reader(value, wrong)
      .Number("oid", &index.oid)
      .Text("name", &index.name)
      .Bool("unique", &index.unique)
      .Bool("nulls_not_distinct", &index.nulls_not_distinct)
      .Bool("for_key", &index.for_key)
      .Each("columns",
            [&](const json::value& element) {
              IndexColumn column;
              Reader(element, wrong)
                  .Number("column", &column.column)
                  .Text("expression", &column.expression_sql)
                  .Bool("descending", &column.descending)
                  .Bool("nulls_first", &column.nulls_first);
              index.columns.push_back(std::move(column));
            })
      .Text("predicate", &index.predicate_sql)
      .Numbers("include", &index.include)
      .Text("comment", &index.comment);
  return index;
}

AnonymizationRule ReadRule(const json::value& value, std::string* wrong) {
  AnonymizationRule rule;
  bool on_delete = false, delete_row = false;
  Reader(value, wrong)
      .Bool("on_delete", &on_delete)
      .Number("via_table", &rule.via_table)
      .Number("via_column", &rule.via_column)
      .Bool("delete_row", &delete_row)
      .Numbers("columns", &rule.columns);
  rule.event = on_delete ? AnonymizationRule::Event::kDelete : AnonymizationRule::Event::kGet;
  rule.action = delete_row ? AnonymizationRule::Action::kDeleteRow : AnonymizationRule::Action::kAnonymize;
  return rule;
}

// Parses, lets `read` fill a T, and demands the members that every object has.
template <typename T, typename F>
Result<T> Read(std::string_view text, F read) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return Fail(sqlstate::kDataCorrupted, "not JSON: " + error.message());
  std::string wrong;
  T object;
  Reader reader(value, &wrong);
  reader.Number("oid", &object.oid).Text("name", &object.name);
  if (object.oid == 0) reader.Wrong("oid");
  if (object.name.empty()) reader.Wrong("name");
  read(reader, value, &wrong, &object);
  if (!wrong.empty()) return Fail(sqlstate::kDataCorrupted, "member \"" + wrong + "\" is missing or malformed");
  return object;
}

}  // namespace

std::string ToJson(const Table& table) {
  Writer writer;
  writer.Number("oid", table.oid)
      .Number("schema", table.schema)
      .Text("name", table.name)
      .Letter("kind", static_cast<char>(table.kind))
      .Objects("columns", table.columns, [](const Column& column) { return Write(column); })
      .Objects("constraints", table.constraints, [](const Constraint& constraint) { return Write(constraint); })
      .Objects("indexes", table.indexes, [](const Index& index) { return Write(index); })
      .Bool("data_subject", table.data_subject)
      .Bool("without_history", table.without_history)
      .Objects("rules", table.rules, [](const AnonymizationRule& rule) { return Write(rule); })
      .Number("next_attnum", table.next_attnum)
      .Number("rowid_column", table.rowid_column)
      .Text("view", table.view_sql)
      .Numbers("view_reads", table.view_reads)
      .Number("owner", table.owner)
      .Text("comment", table.comment);
  return json::serialize(writer.Take());
}

std::string ToJson(const Sequence& sequence) {
  Writer writer;
  writer.Number("oid", sequence.oid)
      .Number("schema", sequence.schema)
      .Text("name", sequence.name)
      .Number("type", sequence.type.oid)
      .Number("start", sequence.start)
      .Number("increment", sequence.increment)
      .Number("min", sequence.min)
      .Number("max", sequence.max)
      .Bool("cycle", sequence.cycle)
      .Number("owned_table", sequence.owned_table)
      .Number("owned_column", sequence.owned_column)
      .Text("comment", sequence.comment);
  return json::serialize(writer.Take());
}

std::string ToJson(const EnumType& type) {
  Writer writer;
  writer.Number("oid", type.oid)
      .Number("array_oid", type.array_oid)
      .Number("schema", type.schema)
      .Text("name", type.name)
      .Objects("labels", type.labels,
               [](const EnumLabel& label) {
                 return Writer()
                     .Number("oid", label.oid)
                     .Number("position", label.position)
                     .Text("label", label.label)
                     .Take();
               })
      .Text("comment", type.comment);
  return json::serialize(writer.Take());
}

std::string ToJson(const Role& role) {
  Writer writer;
  writer.Number("oid", role.oid)
      .Text("name", role.name)
      .Bool("superuser", role.superuser)
      .Bool("login", role.login)
      .Bool("createdb", role.createdb)
      .Bool("createrole", role.createrole)
      .Text("verifier", role.verifier);
  return json::serialize(writer.Take());
}

std::string ToJson(const Schema& schema) {
  Writer writer;
  writer.Number("oid", schema.oid).Text("name", schema.name).Text("comment", schema.comment);
  return json::serialize(writer.Take());
}

Result<Table> TableFromJson(std::string_view text) {
  return Read<Table>(text, [](Reader& reader, const json::value&, std::string* wrong, Table* table) {
    char kind = 0;
    table->schema = 0;
    reader.Number("schema", &table->schema)
        .Letter("kind", "rv", &kind)
        .Each("columns", [&](const json::value& value) { table->columns.push_back(ReadColumn(value, wrong)); })
        .Each("constraints",
              [&](const json::value& value) { table->constraints.push_back(ReadConstraint(value, wrong)); })
        .Each("indexes", [&](const json::value& value) { table->indexes.push_back(ReadIndex(value, wrong)); })
        .Bool("data_subject", &table->data_subject)
        .Bool("without_history", &table->without_history)
        .Each("rules", [&](const json::value& value) { table->rules.push_back(ReadRule(value, wrong)); })
        .Number("next_attnum", &table->next_attnum)
        .Number("rowid_column", &table->rowid_column)
        .Text("view", &table->view_sql)
        .Numbers("view_reads", &table->view_reads)
        .Number("owner", &table->owner)
        .Text("comment", &table->comment);
    if (kind == 0) reader.Wrong("kind");
    table->kind = static_cast<Table::Kind>(kind);
  });
}

Result<Sequence> SequenceFromJson(std::string_view text) {
  return Read<Sequence>(text, [](Reader& reader, const json::value&, std::string*, Sequence* sequence) {
    // All of these are always written unless zero.
    sequence->schema = 0;
    sequence->type = Type{};
    sequence->start = sequence->increment = sequence->min = sequence->max = 0;
    reader.Number("schema", &sequence->schema)
        .Number("type", &sequence->type.oid)
        .Number("start", &sequence->start)
        .Number("increment", &sequence->increment)
        .Number("min", &sequence->min)
        .Number("max", &sequence->max)
        .Bool("cycle", &sequence->cycle)
        .Number("owned_table", &sequence->owned_table)
        .Number("owned_column", &sequence->owned_column)
        .Text("comment", &sequence->comment);
    if (sequence->increment == 0) reader.Wrong("increment");
    if (sequence->min > sequence->max) reader.Wrong("min");
  });
}

Result<EnumType> EnumFromJson(std::string_view text) {
  return Read<EnumType>(text, [](Reader& reader, const json::value&, std::string* wrong, EnumType* type) {
    type->schema = 0;
    reader.Number("array_oid", &type->array_oid)
        .Number("schema", &type->schema)
        .Each("labels",
              [&](const json::value& value) {
                EnumLabel label;
                Reader(value, wrong)
                    .Number("oid", &label.oid)
                    .Number("position", &label.position)
                    .Text("label", &label.label);
                // Two labels of one position, or of one name, could not be told apart.
                const bool behind = !type->labels.empty() && label.position <= type->labels.back().position;
                if (label.oid == 0 || behind || type->Find(label.label) != nullptr) reader.Wrong("labels");
                type->labels.push_back(std::move(label));
              })
        .Text("comment", &type->comment);
    if (type->array_oid == 0) reader.Wrong("array_oid");
  });
}

Result<Role> RoleFromJson(std::string_view text) {
  return Read<Role>(text, [](Reader& reader, const json::value&, std::string*, Role* role) {
    role->login = false;
    reader.Bool("superuser", &role->superuser)
        .Bool("login", &role->login)
        .Bool("createdb", &role->createdb)
        .Bool("createrole", &role->createrole)
        .Text("verifier", &role->verifier);
  });
}

Result<Schema> SchemaFromJson(std::string_view text) {
  return Read<Schema>(text, [](Reader& reader, const json::value&, std::string*, Schema* schema) {
    reader.Text("comment", &schema->comment);
  });
}

}  // namespace allod::catalog
