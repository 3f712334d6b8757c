#include "sql/functions.h"

#include <deque>
#include <map>
#include <string>
#include <unordered_map>

#include "sql/functions_table.h"

namespace allod::sql {
namespace {

// Strings of the table live as long as the process.
std::string_view Keep(std::string_view text) {
  static auto* kept = new std::deque<std::string>();
  static auto* index = new std::unordered_map<std::string_view, std::string_view>();
  auto it = index->find(text);
  if (it != index->end()) return it->second;
  std::string_view view = kept->emplace_back(text);
  index->emplace(view, view);
  return view;
}

std::string_view Trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

const std::map<std::string_view, Oid>& TypeNames() {
  using namespace oid;
  static const auto* names = new std::map<std::string_view, Oid>{
      {"bool", kBool}, {"bytea", kBytea}, {"char", kChar}, {"name", kName}, {"int8", kInt8}, {"int2", kInt2},
      {"int4", kInt4}, {"regproc", kRegproc}, {"text", kText}, {"oid", kOid}, {"xid", kXid}, {"json", kJson},
      {"pg_node_tree", kPgNodeTree}, {"float4", kFloat4}, {"float8", kFloat8}, {"bpchar", kBpchar},
      {"varchar", kVarchar}, {"date", kDate}, {"time", kTime}, {"timestamp", kTimestamp},
      {"timestamptz", kTimestamptz}, {"interval", kInterval}, {"numeric", kNumeric}, {"regclass", kRegclass},
      {"regtype", kRegtype}, {"record", kRecord}, {"void", kVoid}, {"uuid", kUuid}, {"jsonb", kJsonb},
      {"regnamespace", kRegnamespace}, {"regrole", kRegrole}, {"any", kAny}, {"anyarray", kAnyArray}, {"anyenum", kAnyEnum},
      {"anyelement", kAnyElement}, {"anynonarray", kAnyNonArray}, {"anycompatible", kAnyCompatible},
      {"anycompatiblearray", kAnyCompatibleArray}, {"_bool", kBoolArray}, {"_bytea", kByteaArray},
      {"_char", kCharArray}, {"_name", kNameArray}, {"_int2", kInt2Array}, {"_int4", kInt4Array},
      {"_text", kTextArray}, {"_bpchar", kBpcharArray}, {"_varchar", kVarcharArray}, {"_int8", kInt8Array},
      {"_float4", kFloat4Array}, {"_float8", kFloat8Array}, {"_oid", kOidArray}, {"_timestamp", kTimestampArray},
      {"_date", kDateArray}, {"_time", kTimeArray}, {"_timestamptz", kTimestamptzArray},
      {"_interval", kIntervalArray}, {"_numeric", kNumericArray}, {"_uuid", kUuidArray}, {"_json", kJsonArray},
      {"_jsonb", kJsonbArray}, {"int2vector", kInt2Vector}, {"oidvector", kOidVector}};
  return *names;
}

struct Library {
  Table table;
  std::unordered_map<std::string_view, std::vector<const Overload*>> functions, operators, prefix_operators;
  std::unordered_map<uint64_t, const Overload*> casts;

  Library() {
    AddArithmetic(table);
    AddComparison(table);
    AddString(table);
    AddDatetime(table);
    AddJson(table);
    AddArray(table);
    AddAggregates(table);
    AddSetReturning(table);
    AddCasts(table);
    AddCatalog(table);
    for (const Overload& row : table.rows) {
      switch (row.kind) {
        case FunctionKind::kOperator: operators[row.name].push_back(&row); break;
        case FunctionKind::kPrefixOperator: prefix_operators[row.name].push_back(&row); break;
        case FunctionKind::kCast: casts.emplace(CastKey(row.arguments[0], row.result), &row); break;
        default: functions[row.name].push_back(&row);
      }
    }
  }
  static uint64_t CastKey(Oid source, Oid target) { return uint64_t{source} << 32 | target; }
};

const Library& TheLibrary() {
  static const auto* library = new Library();
  return *library;
}

std::span<const Overload* const> Find(const std::unordered_map<std::string_view, std::vector<const Overload*>>& map,
                                      std::string_view name) {
  auto it = map.find(name);
  if (it == map.end()) return {};
  return it->second;
}

}  // namespace

Oid Table::TypeOf(std::string_view name) {
  auto it = TypeNames().find(name);
  if (it != TypeNames().end()) return it->second;
  mistakes.push_back("no type " + std::string(name));
  return oid::kInvalid;
}

Overload& Table::Add(FunctionKind kind, std::string_view name, std::string_view sqlite, std::string_view flags) {
  Overload& row = rows.emplace_back();
  row.kind = kind;
  row.name = Keep(name);
  row.sqlite = Keep(sqlite);
  // An aggregate is called with NULLs: what it makes of them is its body's affair, and it may answer NULL.
  row.strict = kind != FunctionKind::kAggregate && kind != FunctionKind::kWindow;
  for (char flag : flags) {
    switch (flag) {
      case 's': row.volatility = Volatility::kStable; break;
      case 'v': row.volatility = Volatility::kVolatile; break;
      case 'n': row.strict = false; break;
      case '*': row.variadic = true; break;
      case 'w': row.writes = true; break;
      case 'i': row.context = CastContext::kImplicit; break;
      case 'a': row.context = CastContext::kAssignment; break;
      case 'e': row.context = CastContext::kExplicit; break;
      default: mistakes.push_back("flag of " + std::string(name));
    }
  }
  return row;
}

void Table::Function(FunctionKind kind, std::string_view name, std::vector<std::string_view> arguments,
                     std::string_view result, std::string_view sqlite, std::string_view flags,
                     std::string_view columns) {
  std::vector<Oid> types;
  for (std::string_view argument : arguments) types.push_back(TypeOf(argument));
  Oid result_type = TypeOf(result);
  Overload& row = Add(kind, name, sqlite, flags);
  row.arguments = std::move(types);
  row.result = result_type;
  row.columns = Keep(columns);
}

void Table::Functions(FunctionKind kind, std::span<const Line> lines) {
  for (const Line& line : lines) {
    size_t open = line.signature.find('('), close = line.signature.find(')');
    if (open == std::string_view::npos || close == std::string_view::npos) {
      mistakes.push_back(std::string(line.signature));
      continue;
    }
    std::vector<std::string_view> arguments;
    std::string_view list = line.signature.substr(open + 1, close - open - 1);
    while (!list.empty()) {
      size_t comma = list.find(',');
      arguments.push_back(Trim(list.substr(0, comma)));
      list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    Function(kind, line.signature.substr(0, open), std::move(arguments), Trim(line.signature.substr(close + 1)),
             line.sqlite, line.flags, line.columns);
  }
}

void Table::Operator(std::string_view name, std::string_view left, std::string_view right, std::string_view result,
                     std::string_view sqlite, std::string_view flags) {
  std::vector<Oid> types;
  if (!left.empty()) types.push_back(TypeOf(left));
  types.push_back(TypeOf(right));
  Oid result_type = TypeOf(result);
  Overload& row =
      Add(left.empty() ? FunctionKind::kPrefixOperator : FunctionKind::kOperator, name, sqlite, flags);
  row.arguments = std::move(types);
  row.result = result_type;
}

void Table::Operators(std::span<const Line> lines) {
  for (const Line& line : lines) {
    // "left op right result" or "op right result", separated by blanks.
    std::vector<std::string_view> words;
    std::string_view rest = Trim(line.signature);
    while (!rest.empty()) {
      size_t blank = rest.find(' ');
      words.push_back(rest.substr(0, blank));
      rest = blank == std::string_view::npos ? std::string_view() : Trim(rest.substr(blank));
    }
    if (words.size() == 4) {
      Operator(words[1], words[0], words[2], words[3], line.sqlite, line.flags);
    } else if (words.size() == 3) {
      Operator(words[0], "", words[1], words[2], line.sqlite, line.flags);
    } else {
      mistakes.push_back(std::string(line.signature));
    }
  }
}

void Table::Cast(std::string_view source, std::string_view target, std::string_view sqlite, std::string_view flags) {
  Oid from = TypeOf(source), to = TypeOf(target);
  Overload& row = Add(FunctionKind::kCast, "", sqlite, flags);
  row.arguments = {from};
  row.result = to;
}

std::span<const Overload* const> FindFunctions(std::string_view name) { return Find(TheLibrary().functions, name); }

std::span<const Overload* const> FindOperators(std::string_view name, bool prefix) {
  return Find(prefix ? TheLibrary().prefix_operators : TheLibrary().operators, name);
}

const Overload* FindCast(Oid source, Oid target) {
  if (source == target) return nullptr;
  const auto& casts = TheLibrary().casts;
  auto it = casts.find(Library::CastKey(source, target));
  return it == casts.end() ? nullptr : it->second;
}

std::span<const Overload> AllOverloads() { return TheLibrary().table.rows; }

std::span<const std::string> TableMistakes() { return TheLibrary().table.mistakes; }

}  // namespace allod::sql
