// PostgreSQL's dialect. The statements run on a user's connection, under the user's search_path: whatever they call is
// written with its schema, so that nobody can put something of their own in its place.
#include <algorithm>

#include "ownership/spellings.h"

namespace allod::ownership {

using catalog::Attnum;

namespace {

constexpr int kLockSpace = 0x616c6c6f;  // "allo": the first half of our advisory locks

std::string Quoted(const std::string& name) {
  std::string text = "\"";
  for (char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

class PostgresSpelling : public Spelling {
 public:
  explicit PostgresSpelling(const catalog::Catalog& catalog) : catalog_(catalog) {}

  std::string Table(const catalog::Table& table) const override {
    const catalog::Schema* schema = catalog_.FindSchema(table.schema);
    return Quoted(schema != nullptr ? schema->name : "public") + "." + Quoted(table.name);
  }
  std::string Column(const catalog::Table& table, Attnum number) const override {
    const catalog::Column* column = table.FindColumn(number);
    return Quoted(column != nullptr ? column->name : "?");
  }
  std::string WatchedColumn(const catalog::Table& table, Attnum number) const override {
    const catalog::Column* column = table.FindColumn(number);
    return column != nullptr ? column->name : "?";
  }
  std::string Parameter(int number, const catalog::Column& column) const override {
    return "$" + std::to_string(number) + "::" + KeyType(column);
  }
  std::string Boolean(bool value) const override { return value ? "true" : "false"; }

  // unnest() takes an array of arrays apart to the end: such values travel as text.
  std::string From(const Relation& relation, const std::string& alias) const override {
    std::string arrays, names;
    int number = relation.before;
    auto add = [&](const std::string& type) {
      std::string separator = arrays.empty() ? "" : ", ";
      names += separator + "c" + std::to_string(number - relation.before);
      arrays += separator + "$" + std::to_string(++number) + "::" + type + "[]";
    };
    for (Attnum column : *relation.columns) {
      const catalog::Column& typed = *relation.table->FindColumn(column);
      add(IsArrayColumn(typed) ? kText : KeyType(typed));
    }
    if (relation.numbered) add(kNumber);
    // Of several arrays it is syntax, always PostgreSQL's own; and may not be written with its schema.
    return (number - relation.before > 1 ? "unnest(" : "pg_catalog.unnest(") + arrays + ") AS " + alias + "(" + names +
           ")";
  }
  std::string Joined(const Relation& relation, const catalog::Table& table) const override {
    return " FROM " + From(relation, "k") + " JOIN " + Table(table) + " AS r ON ";
  }
  std::string EqualCell(const std::string& left, const catalog::Column& column, size_t index) const override {
    return Equal(left, column, Cell("k", column, index));
  }
  std::string Equal(const std::string& left, const catalog::Column& column, const std::string& right) const override {
    return left + " " + Operator(column) + " " + right;
  }

  RowNaming Naming(const catalog::Table& table) const override {
    return table.PrimaryKey() != nullptr ? RowNaming::kPrimaryKey : RowNaming::kPlace;
  }
  // "16384(0,1)": the partition, the place in it.
  std::string RowName(const std::string& alias, const catalog::Table& table) const override {
    if (Naming(table) == RowNaming::kPrimaryKey) return "0";
    return alias + ".tableoid::pg_catalog.text || " + alias + ".ctid::pg_catalog.text";
  }
  std::string Among(const std::string& alias, const catalog::Table& table, int, int before, bool among) const override {
    std::string dot = alias.empty() ? "" : alias + ".";
    std::string left, right, text;
    std::string equal = kEqual;
    if (const catalog::Constraint* primary = table.PrimaryKey()) {
      for (size_t i = 0; i < primary->columns.size(); ++i) {
        const catalog::Column& column = *table.FindColumn(primary->columns[i]);
        left += (i > 0 ? ", " : "") + dot + Column(table, column.number);
        right += (i > 0 ? ", " : "") + Cell("x", column, i);
        if (Operator(column) != kEqual) equal = Operator(column);
      }
      text = "SELECT " + right + " FROM " + From({&table, &primary->columns, false, 0, before}, "x");
    } else {
      left = dot + "tableoid, " + dot + "ctid";
      text =
          "SELECT pg_catalog.split_part(x.c0, '(', 1)::pg_catalog.oid, "
          "('(' || pg_catalog.split_part(x.c0, '(', 2))::pg_catalog.tid FROM pg_catalog.unnest($" +
          std::to_string(before + 1) + "::" + kText + "[]) AS x(c0)";
    }
    return std::string(among ? "" : "NOT ") + "((" + left + ") " + equal + " ANY (" + text + "))";
  }

  std::string Holding(Hold hold, const catalog::Table& table, const std::vector<Attnum>& order) const override {
    if (hold == Hold::kNothing) return "";
    std::string text;
    for (Attnum column : order) text += (text.empty() ? " ORDER BY r." : ", r.") + Column(table, column);
    return text +
           (hold == Hold::kShared ? " FOR SHARE"
            : hold == Hold::kLink ? " FOR NO KEY UPDATE"
                                  : " FOR UPDATE") +
           " OF r";
  }
  std::string HoldTables(const std::vector<const catalog::Table*>& tables) const override {
    std::string names;
    for (const catalog::Table* table : tables) names += (names.empty() ? "" : ", ") + Table(*table);
    return "LOCK TABLE " + names + " IN EXCLUSIVE MODE";
  }
  std::string HoldCycle(Oid first) const override {
    return "SELECT pg_catalog.pg_advisory_xact_lock(" + std::to_string(kLockSpace) + ", " +
           std::to_string(static_cast<int32_t>(first)) + ")";
  }
  std::string AskIsolation() const override { return "SELECT pg_catalog.current_setting('transaction_isolation')"; }

  // Foreign keys are judged when the whole statement has ended.
  std::string DeleteTogether(const std::vector<const catalog::Table*>& tables) const override {
    std::string deletions, counts;
    int before = 0;
    for (size_t i = 0; i < tables.size(); ++i) {
      std::string name = "d" + std::to_string(i);
      deletions += (i > 0 ? ", " : "WITH ") + name + " AS (DELETE FROM " + Table(*tables[i]) + " AS r WHERE " +
                   Among("r", *tables[i], 0, before, true) + " RETURNING 1)";
      counts += (i > 0 ? " + " : "") + std::string("(SELECT pg_catalog.count(*) FROM ") + name + ")";
      const catalog::Constraint* primary = tables[i]->PrimaryKey();
      before += primary != nullptr ? static_cast<int>(primary->columns.size()) : 1;
    }
    return deletions + " SELECT " + counts;
  }

 private:
  static constexpr const char* kText = "pg_catalog.text";
  static constexpr const char* kNumber = "pg_catalog.int8";
  static constexpr const char* kEqual = "OPERATOR(pg_catalog.=)";

  // A key may be narrower or wider than the one that it names: integers are compared as the widest.
  static std::string KeyType(const catalog::Column& column) {
    switch (column.type.oid) {
      case oid::kInt2:
      case oid::kInt4:
      case oid::kInt8:
        return kNumber;
      case oid::kVarchar:
        return kText;
      default:
        break;
    }
    const TypeInfo* type = FindType(column.type.oid);
    return type != nullptr ? "pg_catalog." + Quoted(std::string(type->name)) : column.type_name;
  }
  static bool IsArrayColumn(const catalog::Column& column) {
    return IsArray(column.type.oid) || column.type_name.ends_with("[]");
  }
  static std::string Cell(const std::string& alias, const catalog::Column& column, size_t index) {
    std::string cell = alias + ".c" + std::to_string(index);
    return IsArrayColumn(column) ? cell + "::" + KeyType(column) : cell;
  }
  // Types that only the cluster knows bring their own equality along (citext), wherever it is.
  static std::string Operator(const catalog::Column& column) {
    return FindType(column.type.oid) != nullptr ? kEqual : "=";
  }

  const catalog::Catalog& catalog_;
};

}  // namespace

std::unique_ptr<const Spelling> SpellPostgres(const catalog::Catalog& catalog) {
  return std::make_unique<PostgresSpelling>(catalog);
}

}  // namespace allod::ownership
