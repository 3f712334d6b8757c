// Columns and constraints of a table, as CREATE TABLE and ALTER TABLE define them. Private to planner/ddl_*.cc.
#pragma once

#include "planner/ddl_internal.h"

namespace allod::planner::ddl {

// Adds columns and constraints to a table. Constraints wait until Finish: they may name columns that come later, and
// PostgreSQL makes checks first, then the primary key, unique keys, and foreign keys.
class TableBuilder {
 public:
  // `fresh`: the table is being created; its primary key may become the engine's row id.
  TableBuilder(Ddl* ddl, Table* table, bool fresh) : ddl_(*ddl), table_(*table), fresh_(fresh) {}

  // On an existing table, rows get the column's default (Ddl::fills).
  Status AddColumn(const PgQuery__ColumnDef& definition);
  Status AddConstraint(const PgQuery__Constraint& constraint);
  Status AddLike(const PgQuery__TableLikeClause& like);
  // A column as it is given (CREATE TABLE AS, LIKE); its number is set here.
  Status AddPlainColumn(Column column);
  Status AddRule(const sql::RuleClause& rule);
  Status Finish();

 private:
  struct Pending {
    const PgQuery__Constraint* node = nullptr;
    std::vector<std::string> columns;  // of a column constraint: the column
    bool deferrable = false, initially_deferred = false;
  };

  Status AddColumnConstraint(const PgQuery__Constraint& node, Column* column, bool* saw_null, bool* saw_default);
  Status AddAttribute(const PgQuery__Constraint& node);
  Status AddIdentity(const PgQuery__Constraint& node, Column* column);
  Status MakeCheck(const Pending& pending);
  Status MakeKey(const Pending& pending);
  Status MakeForeignKey(const Pending& pending);
  Result<std::vector<Attnum>> KeyColumns(const Pending& pending);
  Result<std::string> NameOf(const PgQuery__Constraint& node, std::string_view name2, std::string_view label);
  void Publish() { ddl_.next->Put(table_); }

  Ddl& ddl_;
  Table& table_;
  const bool fresh_;
  std::vector<Pending> pending_;
};

// The type that a column definition names, or an integer type for serial (`serial` is then set).
Result<Type> ColumnType(const Ddl& ddl, const PgQuery__TypeName& name, std::string_view column, bool* serial);
// 0A000 where the engine orders text differently from what COLLATE asks for.
Status CheckCollation(const Ddl& ddl, const PgQuery__CollateClause* collate);
// 42804, or 0A000 where the two are stored differently, if a key of type `from` cannot refer to one of type `to`.
Status CheckKeyTypes(const Catalog& catalog, const std::string& constraint, const Column& from, const Column& to);
// The unique index of the table on exactly these columns, in any order; null if there is none.
const Index* UniqueIndexOn(const Table& table, const std::vector<Attnum>& columns);
// 42704 for a type that has no order, and so no index.
Status CheckIndexable(Type type);
Result<Attnum> RuleColumn(const Table& table, const std::string& name, int position);
Result<catalog::AnonymizationRule> ResolveRule(const Ddl& ddl, const Table& table, const sql::RuleClause& rule);
catalog::Annotation AnnotationOf(sql::KeyWord word);

}  // namespace allod::planner::ddl
