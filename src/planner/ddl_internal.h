// What the parts of PlanDefinition share. A definition statement edits `next`, a copy of the catalogue; what the engine has
// to do follows from the difference between the two catalogues (ddl_sqlite.cc), so the parts say what changes and not how.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/binder.h"
#include "planner/ddl.h"
#include "planner/tree_walk.h"
#include "sql/parse.h"

namespace allod::planner::ddl {

using catalog::Attnum;
using catalog::Catalog;
using catalog::Column;
using catalog::Constraint;
using catalog::Index;
using catalog::IndexColumn;
using catalog::Sequence;
using catalog::Table;

inline constexpr size_t kMaxNameBytes = 63;  // NAMEDATALEN - 1
inline constexpr size_t kMaxColumns = 1600;

// The value that existing rows get in a new column, or in one whose type changed.
struct Fill {
  std::string sql;        // in Allod's SQL
  bool over_row = false;  // it reads the columns of the table as it was (USING); a default reads none
};

struct Ddl {
  std::shared_ptr<sql::Parsed> parsed;
  const sql::Statement& statement;
  BindContext context;  // its catalogue is `next`
  const Catalog& before;
  std::shared_ptr<Catalog> next;
  Definition definition;
  std::map<Oid, std::map<Attnum, Fill>> fills;
  std::vector<Oid> truncated;
  // CREATE TABLE AS: the rows of the new table.
  Oid copy_into = 0;
  std::shared_ptr<BoundStatement> copy_from;

  int Position(int location) const { return location > 0 ? parsed->Position(location) : 0; }
  void Notice(std::string_view sqlstate, std::string message, std::string detail = "") {
    definition.notices.push_back(Error{std::string(sqlstate), std::move(message), std::move(detail)});
  }
  Table Copy(Oid table) const { return *next->FindTable(table); }  // REQUIRES: it exists
};

// --- ddl_names.cc: what names mean, and how unnamed things are called.

// "s.t" if the schema was written, else "t".
std::string WrittenName(std::string_view schema, std::string_view name);
inline std::string_view Given(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

// What a relation's name means: at most one of table (or view), sequence, index; or one of Allod's own relations.
struct Relation {
  const Table* table = nullptr;
  const Sequence* sequence = nullptr;
  const Table* index_table = nullptr;
  const Index* index = nullptr;
  bool system = false;
  bool schema_missing = false;  // the schema that was written does not exist
  bool found() const { return table != nullptr || sequence != nullptr || index != nullptr || system; }
};
Relation FindRelation(const Ddl& ddl, std::string_view schema, std::string_view name);
// 0A000 if the name has another database in it.
Status CheckDatabase(const Ddl& ddl, const PgQuery__RangeVar& range);

// The table that a statement changes: 42P01, 42809 (a view, an index, a sequence), 42501 (one of Allod's own).
Result<const Table*> FindTable(const Ddl& ddl, std::string_view schema, std::string_view name, int position = 0);
Result<const Table*> FindTable(const Ddl& ddl, const PgQuery__RangeVar& range);
// The schema that a new relation is made in. 3F000, 42501.
Result<Oid> SchemaForNew(const Ddl& ddl, const PgQuery__RangeVar& range);
std::string SchemaName(const Catalog& catalog, Oid schema);
// Schemas of the search path that exist, in order.
std::vector<Oid> SearchSchemas(const Ddl& ddl);
// "t", or "s.t" where the schema is not public: as dependencies are described.
std::string ShownName(const Catalog& catalog, Oid schema, std::string_view name);

std::string Truncate(std::string_view name, size_t bytes);  // at a character's boundary
// PostgreSQL's makeObjectName: "<name1>_<name2>_<label>", the names cut so that it fits.
std::string MakeObjectName(std::string_view name1, std::string_view name2, std::string_view label);
// The first of label, label1, label2, ... that gives a free name of a relation (index, sequence). `constraint`: no constraint
// of the schema may have it either.
std::string ChooseRelationName(const Catalog& catalog, Oid schema, std::string_view name1, std::string_view name2,
                               std::string_view label, bool constraint);
std::string ChooseConstraintName(const Catalog& catalog, const Table& table, std::string_view name2, std::string_view label);
std::string JoinNames(const Table& table, const std::vector<Attnum>& columns);

// --- ddl_expression.cc

enum class Place { kCheck, kDefault, kIndex, kPredicate, kUsing };
struct StoredExpression {
  std::string sql;               // canonical; names of sequences are resolved, columns are not qualified
  std::vector<Attnum> columns;   // that it reads
  Type type;
};
// Checks an expression of the statement and gives the text to store. `table` null: it sees no columns. `as`: what it is
// coerced to, kUnknown: nothing. `column`: for messages about defaults and USING.
Result<StoredExpression> Store(const Ddl& ddl, const PgQuery__Node* expression, const Table* table, Type as, Place place,
                               std::string_view column = "");
// Sequences that a stored expression calls nextval() and its kin on.
std::set<Oid> SequencesIn(const Catalog& catalog, const std::string& expression);
// The text with column `from` called `to`; the same for a sequence's name as written in nextval('...').
Result<std::string> RenameColumnIn(const std::string& expression, std::string_view from, std::string_view to);
Result<std::string> RenameSequenceIn(const Catalog& catalog, const std::string& expression, Oid sequence,
                                     const std::string& to);
std::string NextValueSql(const Catalog& catalog, const Sequence& sequence);
// How a sequence is written inside nextval('...').
std::string SequenceText(const Catalog& catalog, Oid schema, std::string_view name);
// Columns of `table` that a stored expression reads.
Result<std::vector<Attnum>> ColumnsIn(const Table& table, const std::string& expression);

// --- ddl_table.cc, ddl_alter.cc, ...: one function per statement.

Status CreateTable(Ddl* ddl, const PgQuery__CreateStmt& create);
Status CreateTableAs(Ddl* ddl, const PgQuery__CreateTableAsStmt& create);
Status SelectInto(Ddl* ddl, const PgQuery__Node* select);
Status AlterTable(Ddl* ddl, const PgQuery__AlterTableStmt& alter);
Status AlterOwnership(Ddl* ddl, const sql::AlterOwnershipStatement& alter);
Status Rename(Ddl* ddl, const PgQuery__RenameStmt& rename);
Status AlterSchemaOf(Ddl* ddl, const PgQuery__AlterObjectSchemaStmt& alter);
Status AlterOwner(Ddl* ddl, const PgQuery__AlterOwnerStmt& alter);
Status Drop(Ddl* ddl, const PgQuery__DropStmt& drop);
Status CreateIndex(Ddl* ddl, const PgQuery__IndexStmt& create);
Status CreateView(Ddl* ddl, const PgQuery__ViewStmt& create);
Status CreateSequence(Ddl* ddl, const PgQuery__CreateSeqStmt& create);
Status AlterSequence(Ddl* ddl, const PgQuery__AlterSeqStmt& alter);
Status CreateSchema(Ddl* ddl, const PgQuery__CreateSchemaStmt& create);
Status Truncate(Ddl* ddl, const PgQuery__TruncateStmt& truncate);
Status Comment(Ddl* ddl, const PgQuery__CommentStmt& comment);

// --- ddl_index.cc

// Gives every foreign key of the table an index on its columns, and takes away those made for keys that are no more or that
// another index serves.
void ServeKeys(Catalog* catalog, Table* table);

// --- ddl_sequence.cc

struct SequenceChange {
  Sequence sequence;
  std::optional<int64_t> restart;       // RESTART [WITH n]
  bool owned_by_given = false;          // OWNED BY
  std::vector<std::string> owned_by;    // {"none"} or {[schema,] table, column}
};
// The options of CREATE SEQUENCE, ALTER SEQUENCE and GENERATED ... AS IDENTITY (...). `fresh`: defaults are filled in.
Result<SequenceChange> ReadSequenceOptions(const Ddl& ddl, size_t count, PgQuery__Node* const* options, Sequence start,
                                           bool fresh);
// Puts a new sequence owned by a column into the catalogue.
Result<Sequence> MakeOwnedSequence(Ddl* ddl, const Table& table, const Column& column, size_t count,
                                   PgQuery__Node* const* options);

// --- ddl_view.cc

// After the definition is made: every view that can feel it must still bind, with the same columns.
Status CheckViews(Ddl* ddl);

// --- ddl_sqlite.cc

// The engine's script, from the difference between `before` and `next`.
Status WriteSqliteScript(Ddl* ddl);

}  // namespace allod::planner::ddl
