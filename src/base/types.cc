#include "base/types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace allod {
namespace {

// pg_type, version 15, in order of OID: oid, typname, format_type(oid, NULL), typlen, typcategory, typispreferred,
// typarray, typelem (of arrays), then how it is stored here.
constexpr auto kTypes = std::to_array<TypeInfo>({
    {16, "bool", "boolean", 1, 'B', true, 1000, 0, Storage::kInteger, ""},
    {17, "bytea", "bytea", -1, 'U', false, 1001, 0, Storage::kBlob, ""},
    {18, "char", "\"char\"", 1, 'Z', false, 1002, 0, Storage::kText, ""},
    {19, "name", "name", 64, 'S', false, 1003, 0, Storage::kText, ""},
    {20, "int8", "bigint", 8, 'N', false, 1016, 0, Storage::kInteger, ""},
    {21, "int2", "smallint", 2, 'N', false, 1005, 0, Storage::kInteger, ""},
    {22, "int2vector", "int2vector", -1, 'A', false, 1006, 21, Storage::kText, ""},
    {23, "int4", "integer", 4, 'N', false, 1007, 0, Storage::kInteger, ""},
    {24, "regproc", "regproc", 4, 'N', false, 1008, 0, Storage::kInteger, ""},
    {25, "text", "text", -1, 'S', true, 1009, 0, Storage::kText, ""},
    {26, "oid", "oid", 4, 'N', true, 1028, 0, Storage::kInteger, ""},
    {28, "xid", "xid", 4, 'U', false, 1011, 0, Storage::kInteger, ""},
    {30, "oidvector", "oidvector", -1, 'A', false, 1013, 26, Storage::kText, ""},
    {114, "json", "json", -1, 'U', false, 199, 0, Storage::kText, ""},
    {194, "pg_node_tree", "pg_node_tree", -1, 'Z', false, 0, 0, Storage::kText, ""},
    {199, "_json", "json[]", -1, 'A', false, 0, 114, Storage::kText, ""},
    {700, "float4", "real", 4, 'N', false, 1021, 0, Storage::kReal, ""},
    {701, "float8", "double precision", 8, 'N', true, 1022, 0, Storage::kReal, ""},
    {705, "unknown", "unknown", -2, 'X', false, 0, 0, Storage::kText, ""},
    {1000, "_bool", "boolean[]", -1, 'A', false, 0, 16, Storage::kText, ""},
    {1001, "_bytea", "bytea[]", -1, 'A', false, 0, 17, Storage::kText, ""},
    {1002, "_char", "\"char\"[]", -1, 'A', false, 0, 18, Storage::kText, ""},
    {1003, "_name", "name[]", -1, 'A', false, 0, 19, Storage::kText, ""},
    {1005, "_int2", "smallint[]", -1, 'A', false, 0, 21, Storage::kText, ""},
    {1006, "_int2vector", "int2vector[]", -1, 'A', false, 0, 22, Storage::kText, ""},
    {1007, "_int4", "integer[]", -1, 'A', false, 0, 23, Storage::kText, ""},
    {1008, "_regproc", "regproc[]", -1, 'A', false, 0, 24, Storage::kText, ""},
    {1009, "_text", "text[]", -1, 'A', false, 0, 25, Storage::kText, ""},
    {1011, "_xid", "xid[]", -1, 'A', false, 0, 28, Storage::kText, ""},
    {1013, "_oidvector", "oidvector[]", -1, 'A', false, 0, 30, Storage::kText, ""},
    {1014, "_bpchar", "character[]", -1, 'A', false, 0, 1042, Storage::kText, ""},
    {1015, "_varchar", "character varying[]", -1, 'A', false, 0, 1043, Storage::kText, ""},
    {1016, "_int8", "bigint[]", -1, 'A', false, 0, 20, Storage::kText, ""},
    {1021, "_float4", "real[]", -1, 'A', false, 0, 700, Storage::kText, ""},
    {1022, "_float8", "double precision[]", -1, 'A', false, 0, 701, Storage::kText, ""},
    {1028, "_oid", "oid[]", -1, 'A', false, 0, 26, Storage::kText, ""},
    {1042, "bpchar", "character", -1, 'S', false, 1014, 0, Storage::kText, "RTRIM"},
    {1043, "varchar", "character varying", -1, 'S', false, 1015, 0, Storage::kText, ""},
    {1082, "date", "date", 4, 'D', false, 1182, 0, Storage::kInteger, ""},
    {1083, "time", "time without time zone", 8, 'D', false, 1183, 0, Storage::kInteger, ""},
    {1114, "timestamp", "timestamp without time zone", 8, 'D', false, 1115, 0, Storage::kInteger, ""},
    {1115, "_timestamp", "timestamp without time zone[]", -1, 'A', false, 0, 1114, Storage::kText, ""},
    {1182, "_date", "date[]", -1, 'A', false, 0, 1082, Storage::kText, ""},
    {1183, "_time", "time without time zone[]", -1, 'A', false, 0, 1083, Storage::kText, ""},
    {1184, "timestamptz", "timestamp with time zone", 8, 'D', true, 1185, 0, Storage::kInteger, ""},
    {1185, "_timestamptz", "timestamp with time zone[]", -1, 'A', false, 0, 1184, Storage::kText, ""},
    {1186, "interval", "interval", 16, 'T', true, 1187, 0, Storage::kText, "allod_interval"},
    {1187, "_interval", "interval[]", -1, 'A', false, 0, 1186, Storage::kText, ""},
    {1231, "_numeric", "numeric[]", -1, 'A', false, 0, 1700, Storage::kText, ""},
    {1700, "numeric", "numeric", -1, 'N', false, 1231, 0, Storage::kText, "allod_numeric"},
    {2205, "regclass", "regclass", 4, 'N', false, 2210, 0, Storage::kInteger, ""},
    {2206, "regtype", "regtype", 4, 'N', false, 2211, 0, Storage::kInteger, ""},
    {2210, "_regclass", "regclass[]", -1, 'A', false, 0, 2205, Storage::kText, ""},
    {2211, "_regtype", "regtype[]", -1, 'A', false, 0, 2206, Storage::kText, ""},
    {2249, "record", "record", -1, 'P', false, 2287, 0, Storage::kText, ""},
    {2275, "cstring", "cstring", -2, 'P', false, 1263, 0, Storage::kText, ""},
    {2276, "any", "\"any\"", 4, 'P', false, 0, 0, Storage::kText, ""},
    {2277, "anyarray", "anyarray", -1, 'P', false, 0, 0, Storage::kText, ""},
    {2278, "void", "void", 4, 'P', false, 0, 0, Storage::kText, ""},
    {2283, "anyelement", "anyelement", 4, 'P', false, 0, 0, Storage::kText, ""},
    {2287, "_record", "record[]", -1, 'P', false, 0, 0, Storage::kText, ""},
    {2776, "anynonarray", "anynonarray", 4, 'P', false, 0, 0, Storage::kText, ""},
    {2950, "uuid", "uuid", 16, 'U', false, 2951, 0, Storage::kBlob, ""},
    {2951, "_uuid", "uuid[]", -1, 'A', false, 0, 2950, Storage::kText, ""},
    {3802, "jsonb", "jsonb", -1, 'U', false, 3807, 0, Storage::kText, "allod_jsonb"},
    {3807, "_jsonb", "jsonb[]", -1, 'A', false, 0, 3802, Storage::kText, ""},
    {4089, "regnamespace", "regnamespace", 4, 'N', false, 4090, 0, Storage::kInteger, ""},
    {4090, "_regnamespace", "regnamespace[]", -1, 'A', false, 0, 4089, Storage::kText, ""},
    {4096, "regrole", "regrole", 4, 'N', false, 4097, 0, Storage::kInteger, ""},
    {4097, "_regrole", "regrole[]", -1, 'A', false, 0, 4096, Storage::kText, ""},
    {5077, "anycompatible", "anycompatible", 4, 'P', false, 0, 0, Storage::kText, ""},
    {5078, "anycompatiblearray", "anycompatiblearray", -1, 'P', false, 0, 0, Storage::kText, ""},
    {5079, "anycompatiblenonarray", "anycompatiblenonarray", 4, 'P', false, 0, 0, Storage::kText, ""},
});

// Every type known here is below this, so that a lookup is an index.
constexpr Oid kOidLimit = 5120;
static_assert(kTypes.back().oid < kOidLimit);

constexpr std::array<int16_t, kOidLimit> MakeIndex() {
  std::array<int16_t, kOidLimit> index{};
  for (auto& i : index) i = -1;
  for (size_t i = 0; i < kTypes.size(); ++i) index[kTypes[i].oid] = static_cast<int16_t>(i);
  return index;
}
constexpr std::array<int16_t, kOidLimit> kIndex = MakeIndex();

// Spellings that are neither typname nor format_type's.
struct Spelling {
  std::string_view name;
  Oid oid;
};
constexpr auto kSpellings = std::to_array<Spelling>({
    {"int", oid::kInt4},
    {"float", oid::kFloat8},
    {"decimal", oid::kNumeric},
    {"dec", oid::kNumeric},
    {"char varying", oid::kVarchar},
    {"national character varying", oid::kVarchar},
    {"national char varying", oid::kVarchar},
    {"nchar varying", oid::kVarchar},
    {"national character", oid::kBpchar},
    {"national char", oid::kBpchar},
    {"nchar", oid::kBpchar},
    {"any", oid::kAny},
});

const std::unordered_map<std::string_view, const TypeInfo*>& NameIndex() {
  static const auto* const index = [] {
    auto* map = new std::unordered_map<std::string_view, const TypeInfo*>;
    for (const TypeInfo& t : kTypes) map->emplace(t.name, &t);
    // "character" is format_type's word; "char" stays the one-byte type that pg_type calls so.
    for (const TypeInfo& t : kTypes) map->emplace(t.sql_name, &t);
    for (const Spelling& s : kSpellings) map->emplace(s.name, FindType(s.oid));
    return map;
  }();
  return *index;
}

// typmod of interval: the fields in the upper half (bits of INTERVAL_MASK), the precision in the lower.
std::string_view IntervalFields(int mask) {
  constexpr int kMonth = 1 << 1, kYear = 1 << 2, kDay = 1 << 3, kHour = 1 << 10, kMinute = 1 << 11, kSecond = 1 << 12;
  switch (mask) {
    case kYear:
      return " year";
    case kMonth:
      return " month";
    case kDay:
      return " day";
    case kHour:
      return " hour";
    case kMinute:
      return " minute";
    case kSecond:
      return " second";
    case kYear | kMonth:
      return " year to month";
    case kDay | kHour:
      return " day to hour";
    case kDay | kHour | kMinute:
      return " day to minute";
    case kDay | kHour | kMinute | kSecond:
      return " day to second";
    case kHour | kMinute:
      return " hour to minute";
    case kHour | kMinute | kSecond:
      return " hour to second";
    case kMinute | kSecond:
      return " minute to second";
    default:
      return "";
  }
}

std::string FormatScalar(const TypeInfo& info, int32_t typmod) {
  std::string name(info.sql_name);
  if (typmod < 0) return name;
  switch (info.oid) {
    case oid::kVarchar:
    case oid::kBpchar:
      if (typmod >= 4) name += "(" + std::to_string(typmod - 4) + ")";
      return name;
    case oid::kNumeric: {
      if (typmod < 4) return name;
      int32_t packed = typmod - 4;
      int32_t scale = ((packed & 0x7ff) ^ 1024) - 1024;
      return name + "(" + std::to_string((packed >> 16) & 0xffff) + "," + std::to_string(scale) + ")";
    }
    case oid::kTime:
      return "time(" + std::to_string(typmod) + ") without time zone";
    case oid::kTimestamp:
      return "timestamp(" + std::to_string(typmod) + ") without time zone";
    case oid::kTimestamptz:
      return "timestamp(" + std::to_string(typmod) + ") with time zone";
    case oid::kInterval: {
      name += IntervalFields((typmod >> 16) & 0x7fff);
      if ((typmod & 0xffff) != 0xffff) name += "(" + std::to_string(typmod & 0xffff) + ")";
      return name;
    }
    default:
      return name;
  }
}

struct EnumTypes {
  std::shared_mutex mutex;
  std::deque<TypeInfo> types;  // do not move
  std::unordered_map<Oid, const TypeInfo*> by_oid;
};
EnumTypes& Enums() {
  static auto* const enums = new EnumTypes;
  return *enums;
}

}  // namespace

void AddEnumType(Oid oid) {
  if (oid < kFirstEnum || oid >= kEnumLimit || oid % 2 != 0) return;
  EnumTypes& enums = Enums();
  std::unique_lock lock(enums.mutex);
  if (enums.by_oid.contains(oid)) return;
  const TypeInfo type{oid, "enum", "enum", 4, 'E', false, oid + 1, 0, Storage::kInteger, ""};
  const TypeInfo array{oid + 1, "_enum", "enum[]", -1, 'A', false, 0, oid, Storage::kText, ""};
  enums.by_oid[oid] = &enums.types.emplace_back(type);
  enums.by_oid[oid + 1] = &enums.types.emplace_back(array);
}

bool IsEnum(Oid oid) {
  const TypeInfo* info = oid < kFirstEnum ? nullptr : FindType(oid);
  return info != nullptr && info->category == 'E';
}

const TypeInfo* FindType(Oid oid) {
  if (oid >= kFirstEnum && oid < kEnumLimit) {
    EnumTypes& enums = Enums();
    std::shared_lock lock(enums.mutex);
    const auto found = enums.by_oid.find(oid);
    return found == enums.by_oid.end() ? nullptr : found->second;
  }
  if (oid >= kOidLimit || kIndex[oid] < 0) return nullptr;
  return &kTypes[static_cast<size_t>(kIndex[oid])];
}

const TypeInfo* FindTypeByName(std::string_view name) {
  // Lower case, single blanks, no blanks around; "x[]" and "x[3]" are the array of x.
  std::string folded;
  folded.reserve(name.size());
  for (char c : name) {
    bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (blank && (folded.empty() || folded.back() == ' ')) continue;
    folded += blank ? ' ' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  }
  bool array = false;
  while (true) {
    while (!folded.empty() && folded.back() == ' ') folded.pop_back();
    if (folded.empty() || folded.back() != ']') break;
    size_t open = folded.rfind('[');
    if (open == std::string::npos) return nullptr;
    if (!std::all_of(folded.begin() + static_cast<std::ptrdiff_t>(open) + 1, folded.end() - 1,
                     [](unsigned char c) { return std::isdigit(c) != 0; })) {
      return nullptr;
    }
    folded.resize(open);
    array = true;
  }
  if (folded.starts_with("pg_catalog.")) folded.erase(0, 11);
  auto found = NameIndex().find(folded);
  if (found == NameIndex().end()) return nullptr;
  return array ? FindType(found->second->array) : found->second;
}

std::span<const TypeInfo> AllTypes() { return kTypes; }

std::string FormatType(Type type) {
  const TypeInfo* info = FindType(type.oid);
  if (info == nullptr) return "???";
  if (info->category == 'A' && info->sql_name.ends_with("[]")) {
    const TypeInfo* element = FindType(info->element);
    if (element != nullptr) return FormatScalar(*element, type.typmod) + "[]";
  }
  return FormatScalar(*info, type.typmod);
}

}  // namespace allod
