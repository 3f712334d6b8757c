// Views: their text, and what they read. Private to planner/ddl_*.cc.
#pragma once

#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

// Columns of `table` that the view reads, under the catalogue as it was before the statement.
Result<std::set<Attnum>> ColumnsReadByView(const Ddl& ddl, const Table& view, Oid table);
// A stored view, bound against a catalogue.
Result<std::shared_ptr<BoundStatement>> BindStoredView(const Ddl& ddl, std::shared_ptr<const Catalog> catalog,
                                                       const Table& view);

// The text of every view that reads `table` (a table or view) is changed so that it goes on meaning the same:
// after the relation got another name or schema ...
Status RenameRelationInViews(Ddl* ddl, const Table& before, const Table& after);
// ... after its schema did, ...
Status RenameSchemaInViews(Ddl* ddl, const Table& table, const std::string& to);
// ... after one of its columns did (the views keep calling it as they did), ...
Status RenameColumnInViews(Ddl* ddl, const Table& table, std::string_view from);
// ... before one called `name` is added (a view that says that name means something else), ...
Status AddColumnInViews(Ddl* ddl, const Table& table, const std::string& name);
// ... or after one that no view reads was dropped, which was the `index`th.
Status DropColumnInViews(Ddl* ddl, const Table& table, size_t index);

}  // namespace allod::planner::ddl
