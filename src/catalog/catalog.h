// The catalogue: what tables, columns, keys, indexes, views, sequences and roles there are, and what ownership the
// keys declare. A Catalog is an immutable snapshot; a definition statement makes a changed copy (tables are shared) and
// publishes it when its transaction commits. It is stored as rows of the same database (catalog/store.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/datetime.h"
#include "base/status.h"
#include "base/types.h"

namespace allod::catalog {

inline constexpr Oid kFirstUserOid = 16384;  // as in PostgreSQL
inline constexpr Oid kPublicNamespace = 2200, kPgCatalogNamespace = 11, kInformationSchemaNamespace = 13182;
inline constexpr Oid kAllodNamespace = 13900;

using Attnum = int16_t;  // 1-based, never reused within a table

struct Column {
  std::string name;
  Attnum number = 0;
  Type type;
  bool not_null = false;
  std::string default_sql;  // an expression in Allod's SQL; "" if none
  char identity = 0;        // 'a' always, 'd' by default, 0 none
  Oid sequence = 0;         // owned by this column (serial, identity)
  std::string comment;      // COMMENT ON; "" if none (so on every kind of object)
  // The type as its engine's SQL writes it, quoted and with its schema ("public"."mood"): only where FindType(type.oid) is
  // null, which only an engine with types of its own can bring about.
  std::string type_name;
};

// What a foreign key says about ownership; the words of docs/sql.md.
enum class Annotation : uint8_t { kNone, kOwnedBy, kAccessedBy, kOwns, kAccesses, kReferencesOnly };

enum class KeyAction : char { kNoAction = 'a', kRestrict = 'r', kCascade = 'c', kSetNull = 'n', kSetDefault = 'd' };

struct Constraint {
  enum class Kind : char { kPrimaryKey = 'p', kUnique = 'u', kCheck = 'c', kForeignKey = 'f' };
  Oid oid = 0;
  std::string name;
  Kind kind = Kind::kCheck;
  std::vector<Attnum> columns;  // key columns; for a check, those it reads
  std::string check_sql;        // kCheck: an expression in Allod's SQL
  Oid index = 0;                // kPrimaryKey, kUnique: the index that enforces it
  bool nulls_not_distinct = false;
  // kForeignKey:
  Oid target = 0;
  std::vector<Attnum> target_columns;
  KeyAction on_update = KeyAction::kNoAction, on_delete = KeyAction::kNoAction;
  bool deferrable = false, initially_deferred = false;
  // As written. What an unannotated key means is decided by ownership::Graph, never stored.
  Annotation annotation = Annotation::kNone;
  std::string comment;
};

struct AnonymizationRule {
  enum class Event : uint8_t { kGet, kDelete };
  enum class Action : uint8_t { kAnonymize, kDeleteRow };
  Event event = Event::kGet;
  // The key column through which the subject is related to the row: a column of this table, or of `via_table` when the
  // row is reached by that table's OWNS / ACCESSES key.
  Oid via_table = 0;  // 0: this table
  Attnum via_column = 0;
  Action action = Action::kAnonymize;
  std::vector<Attnum> columns;  // kAnonymize: set to NULL
};

struct IndexColumn {
  Attnum column = 0;           // 0: an expression
  std::string expression_sql;  // in Allod's SQL
  bool descending = false;
  bool nulls_first = false;
};
struct Index {
  Oid oid = 0;
  std::string name;
  bool unique = false;
  bool nulls_not_distinct = false;
  bool for_key = false;  // made for a foreign key's columns, not by the user: nameless, hidden from pg_catalog
  std::vector<IndexColumn> columns;
  std::string predicate_sql;  // partial index; "" if none
  std::vector<Attnum> include;  // INCLUDE (...): recorded, not used by the embedded engine
  std::string comment;
};

struct Table {
  enum class Kind : char { kTable = 'r', kView = 'v' };
  Oid oid = 0;
  Oid schema = kPublicNamespace;
  std::string name;
  Kind kind = Kind::kTable;
  std::vector<Column> columns;  // in order of definition; dropped ones are gone
  std::vector<Constraint> constraints;
  std::vector<Index> indexes;
  bool data_subject = false;
  bool without_history = false;  // changes of its rows leave no versions
  std::vector<AnonymizationRule> rules;
  Attnum next_attnum = 1;
  // The column that the embedded engine holds as its row id: a one-column primary key of an integer type. 0: none.
  Attnum rowid_column = 0;
  std::string view_sql;             // kView: the SELECT, in Allod's SQL
  std::vector<Oid> view_reads;      // kView: tables and views it reads
  // On engines with procedural code: a trigger or rule of the user's stands on it, so a change of its rows may change any table.
  bool has_triggers = false;
  Oid owner = 10;
  std::string comment;

  const Column* FindColumn(std::string_view name) const;
  const Column* FindColumn(Attnum number) const;
  const Constraint* FindConstraint(std::string_view name) const;
  const Constraint* PrimaryKey() const;  // null if none
  const Index* FindIndex(Oid oid) const;
};

struct Sequence {
  Oid oid = 0;
  Oid schema = kPublicNamespace;
  std::string name;
  Type type{oid::kInt8};
  int64_t start = 1, increment = 1, min = 1, max = INT64_MAX;
  bool cycle = false;
  Oid owned_table = 0;
  Attnum owned_column = 0;
  std::string comment;
};

struct Schema {
  Oid oid = 0;
  std::string name;
  std::string comment;
};

// CREATE TYPE ... AS ENUM. A value is stored as its label's position, so the engine compares, sorts and indexes it as
// an integer. Positions are kEnumGap apart at first and never change: a label put between two others takes the middle.
inline constexpr int64_t kEnumGap = int64_t{1} << 32;
struct EnumLabel {
  Oid oid = 0;
  int64_t position = 0;
  std::string label;
};
struct EnumType {
  Oid oid = 0;
  Oid array_oid = 0;
  Oid schema = kPublicNamespace;  // 0: dropped; histories may hold its values still
  std::string name;
  std::vector<EnumLabel> labels;  // by position, ascending
  std::string comment;

  const EnumLabel* Find(std::string_view label) const;
  const EnumLabel* Find(int64_t position) const;
  // Where a label goes that is put before labels[index] (after the last one: index == labels.size()). Nothing: there is
  // no room left between the two.
  std::optional<int64_t> PositionBefore(size_t index) const;
};

struct Role {
  Oid oid = 0;
  std::string name;
  bool superuser = false, login = true, createdb = false, createrole = false;
  std::string verifier;  // "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>" (PostgreSQL's form); "" none
};

class Catalog : public EnumLabels {
 public:
  // A fresh database: schema public, role `allod`.
  static std::shared_ptr<const Catalog> Initial();

  uint64_t version() const { return version_; }
  const Table* FindTable(std::string_view schema, std::string_view name) const;  // "" schema: public
  const Table* FindTable(Oid oid) const;
  const Sequence* FindSequence(std::string_view schema, std::string_view name) const;
  const Sequence* FindSequence(Oid oid) const;
  const EnumType* FindEnum(std::string_view schema, std::string_view name) const;  // "" schema: public
  const EnumType* FindEnum(Oid oid) const;  // of an array too: its elements' type
  const std::string* LabelAt(Oid type, int64_t position) const override;
  Result<int64_t> PositionOf(Oid type, std::string_view label) const override;
  const Role* FindRole(std::string_view name) const;
  const Schema* FindSchema(std::string_view name) const;
  const Schema* FindSchema(Oid oid) const;
  // Whether a table, view, sequence or index has this name: they share one name space.
  bool HasRelation(Oid schema, std::string_view name) const;
  size_t relation_names() const { return names_.size(); }
  // The table an index belongs to, or nulls.
  std::pair<const Table*, const Index*> FindIndex(std::string_view schema, std::string_view name) const;
  const std::map<Oid, std::shared_ptr<const Table>>& tables() const { return tables_; }
  const std::map<Oid, std::shared_ptr<const Sequence>>& sequences() const { return sequences_; }
  const std::map<Oid, std::shared_ptr<const EnumType>>& enums() const { return enums_; }
  const std::map<Oid, std::shared_ptr<const Role>>& roles() const { return roles_; }
  const std::map<Oid, std::shared_ptr<const Schema>>& schemas() const { return schemas_; }

  // Changed copies: `auto next = catalog->Edit(); next->Put(table); ...`. Version is one more.
  std::shared_ptr<Catalog> Edit() const;
  Oid NewOid() { return next_oid_++; }
  Oid NewEnumOid() { return kFirstEnum + 2 * NewOid(); }  // and the next one for its array
  void Put(Table table);        // by oid: adds or replaces
  void Put(Sequence sequence);
  void Put(EnumType type);
  void Put(Role role);
  void Put(Schema schema);
  void DropTable(Oid oid);
  void DropSequence(Oid oid);
  void DropEnum(Oid oid);
  void DropRole(Oid oid);
  void DropSchema(Oid oid);
  // On engines with procedural code: names of the user's functions that run SQL which nobody here can see.
  const std::set<std::string, std::less<>>& opaque_functions() const { return opaque_functions_; }
  void set_opaque_functions(std::set<std::string, std::less<>> names) { opaque_functions_ = std::move(names); }
  Oid next_oid() const { return next_oid_; }
  void set_next_oid(Oid oid) { next_oid_ = oid; }
  void set_version(uint64_t version) { version_ = version; }

 private:
  uint64_t version_ = 1;
  Oid next_oid_ = kFirstUserOid;
  std::map<Oid, std::shared_ptr<const Table>> tables_;
  std::map<Oid, std::shared_ptr<const Sequence>> sequences_;
  std::map<Oid, std::shared_ptr<const EnumType>> enums_;
  std::map<Oid, std::shared_ptr<const Role>> roles_;
  std::map<Oid, std::shared_ptr<const Schema>> schemas_;
  std::set<std::string, std::less<>> opaque_functions_;

  // (schema, name) of every relation: tables, views, sequences and indexes share one name space.
  struct RelationName {
    Oid schema;
    std::string name;
  };
  struct RelationNameView {
    Oid schema;
    std::string_view name;
  };
  struct NameLess {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return a.schema != b.schema ? a.schema < b.schema : std::string_view(a.name) < std::string_view(b.name);
    }
  };
  struct Named {
    Oid oid = 0;    // of the table, view or sequence; of an index: its table
    Oid index = 0;  // 0: not an index
  };
  const Named* FindName(std::string_view schema, std::string_view name) const;
  void RemoveNames(const Table& table);

  std::map<RelationName, Named, NameLess> names_;
};

// Names in the embedded engine: stable under renaming, so that RENAME is the catalogue's affair alone.
inline std::string PhysicalTable(Oid table) { return "t" + std::to_string(table); }
inline std::string PhysicalColumn(Attnum column) { return "c" + std::to_string(column); }
inline std::string PhysicalIndex(Oid index) { return "i" + std::to_string(index); }

}  // namespace allod::catalog
