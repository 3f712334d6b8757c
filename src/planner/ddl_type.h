// Enumerated types in definition statements. Private to planner/ddl_*.cc.
#pragma once

#include <string>
#include <vector>

#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

using catalog::EnumType;

// By the search path unless a schema is named; null: none.
const EnumType* FindEnumType(const Ddl& ddl, const std::vector<std::string>& parts);
// Names of the user's types become those that a stored text has, which no search path can change. Says whether any did.
bool PinTypes(const Ddl& ddl, PgQuery__Node* tree, sql::Arena* arena);
// Whether a stored expression (or a view's query) names the type.
bool NamesType(const Catalog& catalog, const std::string& text, bool query, const EnumType& type);

Status CreateEnum(Ddl* ddl, const PgQuery__CreateEnumStmt& create);
Status AlterEnum(Ddl* ddl, const PgQuery__AlterEnumStmt& alter);
Status RenameType(Ddl* ddl, const std::vector<std::string>& parts, const std::string& to);
Status MoveType(Ddl* ddl, const std::vector<std::string>& parts, std::string_view schema);
// The schema is about to be called `to`.
Status RenameSchemaOfTypes(Ddl* ddl, Oid schema, const std::string& to);
// After the definition is made: every stored expression must still mean something.
Status CheckTypes(Ddl* ddl);

}  // namespace allod::planner::ddl
