// SQL types, named by PostgreSQL's OIDs (pg_type.dat, version 15).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace allod {

using Oid = uint32_t;

namespace oid {
inline constexpr Oid kInvalid = 0, kBool = 16, kBytea = 17, kChar = 18 /* "char" */, kName = 19, kInt8 = 20, kInt2 = 21,
                     kInt2Vector = 22, kInt4 = 23, kRegproc = 24, kText = 25, kOid = 26, kXid = 28, kOidVector = 30,
                     kJson = 114, kPgNodeTree = 194, kFloat4 = 700, kFloat8 = 701, kUnknown = 705, kBpchar = 1042,
                     kVarchar = 1043, kDate = 1082, kTime = 1083, kTimestamp = 1114, kTimestamptz = 1184,
                     kInterval = 1186, kNumeric = 1700, kRegclass = 2205, kRegtype = 2206, kRecord = 2249,
                     kVoid = 2278, kUuid = 2950, kJsonb = 3802, kRegnamespace = 4089, kRegrole = 4096;
// Pseudo-types that only signatures use.
inline constexpr Oid kAny = 2276, kAnyArray = 2277, kAnyElement = 2283, kAnyNonArray = 2776, kAnyCompatible = 5077,
                     kAnyCompatibleArray = 5078, kAnyEnum = 3500;
inline constexpr Oid kBoolArray = 1000, kByteaArray = 1001, kNameArray = 1003, kInt2Array = 1005, kInt4Array = 1007,
                     kTextArray = 1009, kBpcharArray = 1014, kVarcharArray = 1015, kInt8Array = 1016,
                     kFloat4Array = 1021, kFloat8Array = 1022, kOidArray = 1028, kTimestampArray = 1115,
                     kDateArray = 1182, kTimeArray = 1183, kTimestamptzArray = 1185, kIntervalArray = 1187,
                     kNumericArray = 1231, kUuidArray = 2951, kJsonArray = 199, kJsonbArray = 3807, kCharArray = 1002;
}  // namespace oid

// A type and its modifier, as in RowDescription: varchar(n) has n + 4, numeric(p,s) has ((p << 16) | s) + 4,
// timestamp(p) has p; -1 is none.
struct Type {
  Oid oid = oid::kUnknown;
  int32_t typmod = -1;
  bool operator==(const Type&) const = default;
};

// How a value of a type is held by the embedded engine and by Value (base/value.h).
enum class Storage : uint8_t { kInteger, kReal, kText, kBlob };

struct TypeInfo {
  Oid oid;
  std::string_view name;      // pg_type.typname: "int4"
  std::string_view sql_name;  // format_type without modifier: "integer"
  int16_t length;             // pg_type.typlen: 4; -1 is variable
  char category;              // pg_type.typcategory: 'N'
  bool preferred;             // pg_type.typispreferred
  Oid array;                  // its array type, 0 if none
  Oid element;                // of an array type: its element; else 0
  Storage storage;
  // The engine collation under which stored values compare as the type does; "" is plain integer, real or bytewise
  // order. See base/value.h for the names.
  std::string_view collation;
};

// Null if the type is not known here. Pointers live as long as the process.
const TypeInfo* FindType(Oid oid);

// Enumerated types, which users make. What such a type is follows from its OID alone, whatever database it is of: an
// even one of this range, and the next one is its array. Its name and labels are the catalogue's (EnumLabels).
inline constexpr Oid kFirstEnum = 0x40000000, kEnumLimit = 0x80000000;
// FindType knows it and its array from now on. (A cluster's own types may have such numbers: they are never added.)
void AddEnumType(Oid oid);
bool IsEnum(Oid oid);
// By pg_type.typname ("int4", "_int4") or an SQL spelling ("integer", "double precision", "timestamp with time zone").
const TypeInfo* FindTypeByName(std::string_view name);
std::span<const TypeInfo> AllTypes();

// As pg_catalog.format_type(): "character varying(20)", "numeric(10,2)", "integer[]". "???" for an unknown OID.
std::string FormatType(Type type);
inline bool IsArray(Oid oid) { const TypeInfo* t = FindType(oid); return t != nullptr && t->element != 0 && t->category == 'A'; }
inline bool IsStringType(Oid oid) { const TypeInfo* t = FindType(oid); return t != nullptr && t->category == 'S'; }

}  // namespace allod
