#include "catalog/catalog.h"

#include <algorithm>

#include "sql/parse.h"

namespace allod::catalog {

const Column* Table::FindColumn(std::string_view name) const {
  for (const Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

const Column* Table::FindColumn(Attnum number) const {
  for (const Column& column : columns) {
    if (column.number == number) return &column;
  }
  return nullptr;
}

const Constraint* Table::FindConstraint(std::string_view name) const {
  for (const Constraint& constraint : constraints) {
    if (constraint.name == name) return &constraint;
  }
  return nullptr;
}

const Constraint* Table::PrimaryKey() const {
  for (const Constraint& constraint : constraints) {
    if (constraint.kind == Constraint::Kind::kPrimaryKey) return &constraint;
  }
  return nullptr;
}

const Index* Table::FindIndex(Oid oid) const {
  for (const Index& index : indexes) {
    if (index.oid == oid) return &index;
  }
  return nullptr;
}

const EnumLabel* EnumType::Find(std::string_view label) const {
  for (const EnumLabel& one : labels) {
    if (one.label == label) return &one;
  }
  return nullptr;
}

const EnumLabel* EnumType::Find(int64_t position) const {
  const auto at = std::lower_bound(labels.begin(), labels.end(), position,
                                   [](const EnumLabel& one, int64_t wanted) { return one.position < wanted; });
  return at == labels.end() || at->position != position ? nullptr : &*at;
}

std::optional<int64_t> EnumType::PositionBefore(size_t index) const {
  if (labels.empty()) return kEnumGap;
  int64_t position = 0;
  if (index == 0) {
    if (__builtin_sub_overflow(labels.front().position, kEnumGap, &position)) return std::nullopt;
    return position;
  }
  const int64_t low = labels[index - 1].position;
  if (index == labels.size()) {
    if (__builtin_add_overflow(low, kEnumGap, &position)) return std::nullopt;
    return position;
  }
  // The neighbours of a gap may be the whole range apart.
  position =
      low + static_cast<int64_t>((static_cast<uint64_t>(labels[index].position) - static_cast<uint64_t>(low)) / 2);
  if (position == low) return std::nullopt;
  return position;
}

std::shared_ptr<const Catalog> Catalog::Initial() {
  auto catalog = std::make_shared<Catalog>();
  catalog->Put(Schema{kPublicNamespace, "public", "standard public schema"});
  Role role;
  role.oid = 10;
  role.name = "allod";
  role.superuser = role.createdb = role.createrole = true;
  catalog->Put(std::move(role));
  return catalog;
}

const Catalog::Named* Catalog::FindName(std::string_view schema, std::string_view name) const {
  const Schema* found = FindSchema(schema.empty() ? std::string_view("public") : schema);
  if (found == nullptr) return nullptr;
  auto it = names_.find(RelationNameView{found->oid, name});
  return it == names_.end() ? nullptr : &it->second;
}

bool Catalog::HasRelation(Oid schema, std::string_view name) const {
  return names_.contains(RelationNameView{schema, name});
}

const Table* Catalog::FindTable(std::string_view schema, std::string_view name) const {
  const Named* named = FindName(schema, name);
  return named == nullptr || named->index != 0 ? nullptr : FindTable(named->oid);
}

const Table* Catalog::FindTable(Oid oid) const {
  auto it = tables_.find(oid);
  return it == tables_.end() ? nullptr : it->second.get();
}

const Sequence* Catalog::FindSequence(std::string_view schema, std::string_view name) const {
  const Named* named = FindName(schema, name);
  return named == nullptr || named->index != 0 ? nullptr : FindSequence(named->oid);
}

const Sequence* Catalog::FindSequence(Oid oid) const {
  auto it = sequences_.find(oid);
  return it == sequences_.end() ? nullptr : it->second.get();
}

const EnumType* Catalog::FindEnum(std::string_view schema, std::string_view name) const {
  const Schema* found = FindSchema(schema.empty() ? std::string_view("public") : schema);
  if (found == nullptr) return nullptr;
  for (const auto& [oid, type] : enums_) {
    if (type->schema == found->oid && type->name == name) return type.get();
  }
  return nullptr;
}

const EnumType* Catalog::FindEnum(Oid oid) const {
  auto it = enums_.find(oid >= kFirstEnum ? oid & ~Oid{1} : oid);
  return it == enums_.end() ? nullptr : it->second.get();
}

const Role* Catalog::FindRole(std::string_view name) const {
  for (const auto& [oid, role] : roles_) {
    if (role->name == name) return role.get();
  }
  return nullptr;
}

const Schema* Catalog::FindSchema(std::string_view name) const {
  for (const auto& [oid, schema] : schemas_) {
    if (schema->name == name) return schema.get();
  }
  return nullptr;
}

const Schema* Catalog::FindSchema(Oid oid) const {
  auto it = schemas_.find(oid);
  return it == schemas_.end() ? nullptr : it->second.get();
}

std::pair<const Table*, const Index*> Catalog::FindIndex(std::string_view schema, std::string_view name) const {
  const Named* named = FindName(schema, name);
  if (named == nullptr || named->index == 0) return {nullptr, nullptr};
  const Table* table = FindTable(named->oid);
  return {table, table == nullptr ? nullptr : table->FindIndex(named->index)};
}

std::shared_ptr<Catalog> Catalog::Edit() const {
  auto copy = std::make_shared<Catalog>(*this);
  ++copy->version_;
  return copy;
}

void Catalog::RemoveNames(const Table& table) {
  auto remove = [&](std::string_view name) {
    auto it = names_.find(RelationNameView{table.schema, name});
    if (it != names_.end() && it->second.oid == table.oid) names_.erase(it);
  };
  remove(table.name);
  for (const Index& index : table.indexes) {
    if (!index.for_key) remove(index.name);
  }
}

void Catalog::Put(Table table) {
  if (const Table* old = FindTable(table.oid)) RemoveNames(*old);
  names_[{table.schema, table.name}] = {table.oid, 0};
  for (const Index& index : table.indexes) {
    if (!index.for_key) names_[{table.schema, index.name}] = {table.oid, index.oid};
  }
  const Oid oid = table.oid;
  tables_[oid] = std::make_shared<const Table>(std::move(table));
}

void Catalog::Put(Sequence sequence) {
  if (const Sequence* old = FindSequence(sequence.oid)) names_.erase({old->schema, old->name});
  names_[{sequence.schema, sequence.name}] = {sequence.oid, 0};
  const Oid oid = sequence.oid;
  sequences_[oid] = std::make_shared<const Sequence>(std::move(sequence));
}

const std::string* Catalog::LabelAt(Oid type, int64_t position) const {
  const EnumType* found = FindEnum(type);
  const EnumLabel* label = found == nullptr ? nullptr : found->Find(position);
  return label == nullptr ? nullptr : &label->label;
}

Result<int64_t> Catalog::PositionOf(Oid type, std::string_view label) const {
  const EnumType* found = FindEnum(type);
  const EnumLabel* one = found == nullptr ? nullptr : found->Find(label);
  if (one != nullptr) return one->position;
  return Fail(sqlstate::kInvalidTextRepresentation,
              "invalid input value for enum " +
                  (found == nullptr ? std::to_string(type) : sql::QuoteIdentifier(found->name)) + ": \"" +
                  std::string(label) + "\"");
}

void Catalog::Put(EnumType type) {
  AddEnumType(type.oid);
  const Oid oid = type.oid;
  enums_[oid] = std::make_shared<const EnumType>(std::move(type));
}

void Catalog::Put(Role role) {
  const Oid oid = role.oid;
  roles_[oid] = std::make_shared<const Role>(std::move(role));
}

void Catalog::Put(Schema schema) {
  const Oid oid = schema.oid;
  schemas_[oid] = std::make_shared<const Schema>(std::move(schema));
}

void Catalog::DropTable(Oid oid) {
  const Table* table = FindTable(oid);
  if (table == nullptr) return;
  RemoveNames(*table);
  tables_.erase(oid);
}

void Catalog::DropSequence(Oid oid) {
  const Sequence* sequence = FindSequence(oid);
  if (sequence == nullptr) return;
  names_.erase({sequence->schema, sequence->name});
  sequences_.erase(oid);
}

// Older versions of rows may hold its values: what their labels were stays known, under no name.
void Catalog::DropEnum(Oid oid) {
  const EnumType* found = FindEnum(oid);
  if (found == nullptr) return;
  EnumType dropped = *found;
  dropped.schema = 0;
  Put(std::move(dropped));
}

void Catalog::DropRole(Oid oid) { roles_.erase(oid); }
void Catalog::DropSchema(Oid oid) { schemas_.erase(oid); }

}  // namespace allod::catalog
