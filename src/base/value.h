// Datum (a view) and Value (an owner): one SQL value in its *stored form*, which is the same in Allod's memory and in
// the embedded engine's columns. The type is not in the value; the Binder knows it.
//
//   type                          stored as   form
//   bool                          integer     0, 1
//   int2 int4 int8 oid reg*       integer
//   float4 float8                 real        never NaN (refused with 22003: the engine would turn it into NULL)
//   numeric                       text        "-12.340", digits as PostgreSQL prints them; NaN, Infinity, -Infinity;
//                                             collation allod_numeric (by value: 1.10 = 1.1)
//   text varchar name "char" json text        UTF-8, no NUL; bytewise order (PostgreSQL's "C" collation)
//   bpchar                        text        padded with blanks to its length; collation RTRIM
//   jsonb                         text        PostgreSQL's output form (keys by length then bytes, ", " and ": ");
//                                             collation allod_jsonb
//   date                          integer     days since 2000-01-01; infinity INT32_MAX, -infinity INT32_MIN
//   time                          integer     microseconds since midnight
//   timestamp timestamptz         integer     microseconds since 2000-01-01 00:00 (UTC); infinity INT64_MAX / INT64_MIN
//   interval                      text        "<months> <days> <microseconds>" in decimal; collation allod_interval
//   uuid                          blob        16 bytes
//   enumerated types              integer     the label's position (catalog/catalog.h)
//   bytea                         blob
//   any array                     text        PostgreSQL's array literal, "{1,NULL,\"a b\"}", elements in text output
//                                             form with ISO dates and UTC, labels as their positions;
//                                             collation BINARY
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace allod {

enum class Kind : uint8_t { kNull, kInteger, kReal, kText, kBlob };

// A view of one value; bytes belong to somebody else (a cursor's row until Next, a Value while it lives).
struct Datum {
  Kind kind = Kind::kNull;
  union {
    int64_t integer = 0;
    double real;
  };
  std::string_view bytes;

  bool is_null() const { return kind == Kind::kNull; }
  static Datum Null() { return {}; }
  static Datum Integer(int64_t v) { Datum d; d.kind = Kind::kInteger; d.integer = v; return d; }
  static Datum Real(double v) { Datum d; d.kind = Kind::kReal; d.real = v; return d; }
  static Datum Text(std::string_view v) { Datum d; d.kind = Kind::kText; d.bytes = v; return d; }
  static Datum Blob(std::string_view v) { Datum d; d.kind = Kind::kBlob; d.bytes = v; return d; }
};

class Value {
 public:
  Value() = default;  // NULL
  explicit Value(const Datum& d) : kind_(d.kind) {
    if (d.kind == Kind::kReal) real_ = d.real; else integer_ = d.integer;
    if (d.kind == Kind::kText || d.kind == Kind::kBlob) bytes_ = d.bytes;
  }
  static Value Null() { return {}; }
  static Value Integer(int64_t v) { return Value(Datum::Integer(v)); }
  static Value Bool(bool v) { return Value(Datum::Integer(v ? 1 : 0)); }
  static Value Real(double v) { return Value(Datum::Real(v)); }
  static Value Text(std::string v) { Value r; r.kind_ = Kind::kText; r.bytes_ = std::move(v); return r; }
  static Value Blob(std::string v) { Value r; r.kind_ = Kind::kBlob; r.bytes_ = std::move(v); return r; }

  bool is_null() const { return kind_ == Kind::kNull; }
  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  double real() const { return real_; }
  const std::string& bytes() const { return bytes_; }
  Datum view() const {
    Datum d;
    d.kind = kind_;
    if (kind_ == Kind::kReal) d.real = real_; else d.integer = integer_;
    d.bytes = bytes_;
    return d;
  }
  operator Datum() const { return view(); }

  // Bitwise identity of the stored form (not SQL equality: '1.10' and '1.1' differ). A total order for use as a map's key.
  bool operator==(const Value& o) const { return (*this <=> o) == 0; }
  std::strong_ordering operator<=>(const Value& o) const;

 private:
  Kind kind_ = Kind::kNull;
  union {
    int64_t integer_ = 0;
    double real_;
  };
  std::string bytes_;
};

using Row = std::vector<Value>;

}  // namespace allod
