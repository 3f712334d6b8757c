// How the statements of key_queries.cc are written in an engine's dialect: names, parameters, relations, how a row is
// named, what locks it. The shape of a statement is the same on all engines; only what stands here differs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "engine/engine.h"

namespace allod::ownership {

// How a statement names the rows that an earlier one has found, within one transaction.
enum class RowNaming : uint8_t {
  kRowId,       // by an integer of the engine's own
  kPrimaryKey,  // by the primary key's values: a row's place changes when it is updated, and is not unique in a
                // partitioned or distributed table
  kPlace,       // by a text of the engine's own: where the row is stored
};

// What the statement keeps from the rows that it reads until the transaction ends. Never while others only read.
enum class Hold : uint8_t {
  kNothing,
  kShared,     // nobody changes or deletes the row
  kLink,       // nobody else holds it so, changes or deletes it; others may newly refer to it
  kExclusive,  // nobody does anything with it, and nobody newly refers to it
};

class Spelling {
 public:
  static std::unique_ptr<const Spelling> For(engine::DialectId dialect, const catalog::Catalog& catalog);
  virtual ~Spelling() = default;

  // As they stand in a statement.
  virtual std::string Table(const catalog::Table& table) const = 0;
  virtual std::string Column(const catalog::Table& table, catalog::Attnum column) const = 0;
  // As the engine's capture of changes knows it.
  virtual std::string WatchedColumn(const catalog::Table& table, catalog::Attnum column) const = 0;
  virtual std::string Parameter(int number, const catalog::Column& column) const = 0;
  virtual std::string Boolean(bool value) const = 0;

  // A relation parameter, as an item of FROM: values of some columns of a table, then (if numbered) an integer. It is
  // the parameter with this index (1, 2, ...), and `before` columns are in the relations before it.
  struct Relation {
    const catalog::Table* table;
    const std::vector<catalog::Attnum>* columns;
    bool numbered = false;
    int index = 1, before = 0;
  };
  virtual std::string From(const Relation& relation, const std::string& alias) const = 0;
  // `FROM relation k joined with table r`, up to the condition; the engine begins with the relation where that matters.
  virtual std::string Joined(const Relation& relation, const catalog::Table& table) const = 0;
  // The relation's value `index` compared with a column, which stands on the left: its collation decides.
  virtual std::string EqualCell(const std::string& left, const catalog::Column& column, size_t index) const = 0;
  virtual std::string Equal(const std::string& left, const catalog::Column& column, const std::string& right) const = 0;

  virtual RowNaming Naming(const catalog::Table& table) const = 0;
  // The name of the row, as the lookups' column; a constant where the primary key names it.
  virtual std::string RowName(const std::string& alias, const catalog::Table& table) const = 0;
  // Whether the row is (`among`: or is not) one of those that a relation names. The alias may be empty: the statement's
  // only table.
  virtual std::string Among(const std::string& alias, const catalog::Table& table, int index, int before,
                            bool among) const = 0;

  // The end of a SELECT that holds the rows of `r`, in an order that is the same for everybody; "" where one writer at
  // a time is alone anyway.
  virtual std::string Holding(Hold hold, const catalog::Table& table, const std::vector<catalog::Attnum>& order) const = 0;
  // Statements that wait until others who hold rows of these tables, or stand in the same cycle, have ended, and keep them
  // out. "" as above.
  virtual std::string HoldTables(const std::vector<const catalog::Table*>& tables) const = 0;
  virtual std::string HoldCycle(Oid first) const = 0;
  // A statement whose only value is what each statement of the transaction sees: "read committed" (what was committed
  // before it), or else what was committed before the transaction. "" where nothing can be committed meanwhile.
  virtual std::string AskIsolation() const = 0;
  // One statement that deletes from several tables, before any foreign key is judged, and answers how many rows: the
  // tables' relations are the parameters. "" where foreign keys can be deferred instead.
  virtual std::string DeleteTogether(const std::vector<const catalog::Table*>& tables) const = 0;
};

}  // namespace allod::ownership
