// The stored form of the catalogue's objects: one JSON object each. Unknown members are ignored, missing ones have their
// defaults, so that an older catalogue can be read; a member of the wrong shape is XX001.
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"

namespace allod::catalog {

std::string ToJson(const Table& table);
std::string ToJson(const Sequence& sequence);
std::string ToJson(const EnumType& type);
std::string ToJson(const Role& role);
std::string ToJson(const Schema& schema);

Result<Table> TableFromJson(std::string_view json);
Result<Sequence> SequenceFromJson(std::string_view json);
Result<EnumType> EnumFromJson(std::string_view json);
Result<Role> RoleFromJson(std::string_view json);
Result<Schema> SchemaFromJson(std::string_view json);

}  // namespace allod::catalog
