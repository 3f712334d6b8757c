// Arrays of one dimension. A literal does not say what its elements are: the array type's OID comes first. Elements are
// read into stored form, worked on, and written again.
#include <algorithm>

#include "base/format.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

Oid ElementType(const Call& call) {
  const TypeInfo* type = FindType(static_cast<Oid>(call.integer(0)));
  return type == nullptr || type->element == 0 ? oid::kText : type->element;
}

// The elements of argument i; false after Fail.
bool Elements(Call& call, int i, Row* out) {
  Result<Row> row = ArrayElements(ElementType(call), call.bytes(i));
  if (!row.ok()) {
    call.Fail(row.status());
    return false;
  }
  *out = *std::move(row);
  return true;
}
// As above, with NULL as an empty array.
bool ElementsOrNone(Call& call, int i, Row* out) { return call.null(i) || Elements(call, i, out); }

void GiveArray(Call& call, const Row& row) { call.Text(ArrayLiteral(ElementType(call), row)); }

// NULLs are equal to each other: IS NOT DISTINCT FROM.
bool Same(Oid type, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return Compare(type, a, b) == 0;
}

// btarraycmp: element by element, NULL after everything, then the shorter first.
void Cmp(Call& call) {
  if (call.bytes(1) == call.bytes(2)) return call.Integer(0);
  Row a, b;
  if (!Elements(call, 1, &a) || !Elements(call, 2, &b)) return;
  Oid type = ElementType(call);
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].is_null() || b[i].is_null()) {
      if (a[i].is_null() && b[i].is_null()) continue;
      return call.Integer(a[i].is_null() ? 1 : -1);
    }
    if (int c = Compare(type, a[i], b[i]); c != 0) return call.Integer(c < 0 ? -1 : 1);
  }
  call.Integer(a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0);
}

void Contains(Call& call) {
  Row a, b;
  if (!Elements(call, 1, &a) || !Elements(call, 2, &b)) return;
  Oid type = ElementType(call);
  for (const Value& wanted : b) {
    bool found = !wanted.is_null() && std::any_of(a.begin(), a.end(), [&](const Value& have) {
      return !have.is_null() && Compare(type, have, wanted) == 0;
    });
    if (!found) return call.Bool(false);
  }
  call.Bool(true);
}
void Overlap(Call& call) {
  Row a, b;
  if (!Elements(call, 1, &a) || !Elements(call, 2, &b)) return;
  Oid type = ElementType(call);
  for (const Value& x : a) {
    if (x.is_null()) continue;
    for (const Value& y : b) {
      if (!y.is_null() && Compare(type, x, y) == 0) return call.Bool(true);
    }
  }
  call.Bool(false);
}

void Length(Call& call) {  // also array_upper: arrays begin at 1
  Row row;
  if (!Elements(call, 1, &row)) return;
  if (call.integer(2) == 1 && !row.empty()) call.Integer(static_cast<int64_t>(row.size()));
}
void Lower(Call& call) {
  Row row;
  if (!Elements(call, 1, &row)) return;
  if (call.integer(2) == 1 && !row.empty()) call.Integer(1);
}
void Dimensions(Call& call) {
  Row row;
  if (Elements(call, 1, &row) && !row.empty()) call.Integer(1);
}
void Dims(Call& call) {
  Row row;
  if (Elements(call, 1, &row) && !row.empty()) call.Text("[1:" + std::to_string(row.size()) + "]");
}
void Cardinality(Call& call) {
  Row row;
  if (Elements(call, 1, &row)) call.Integer(static_cast<int64_t>(row.size()));
}

void Position(Call& call) {
  if (call.null(1)) return;
  Row row;
  if (!Elements(call, 1, &row) || row.empty()) return;
  int64_t start = 1;
  if (call.size() > 3) {
    if (call.null(3)) return call.Fail(sqlstate::kNullValueNotAllowed, "initial position must not be null");
    start = call.integer(3);
  }
  Value wanted(call.datum(2));
  for (size_t i = 0; i < row.size(); ++i) {
    if (static_cast<int64_t>(i) + 1 >= start && Same(ElementType(call), row[i], wanted)) {
      return call.Integer(static_cast<int64_t>(i) + 1);
    }
  }
}
void Positions(Call& call) {
  if (call.null(1)) return;
  Row row;
  if (!Elements(call, 1, &row)) return;
  Value wanted(call.datum(2));
  Row positions;
  for (size_t i = 0; i < row.size(); ++i) {
    if (Same(ElementType(call), row[i], wanted)) positions.push_back(Value::Integer(static_cast<int64_t>(i) + 1));
  }
  call.Text(ArrayLiteral(oid::kInt4, positions));
}

void Append(Call& call) {
  Row row;
  if (!ElementsOrNone(call, 1, &row)) return;
  row.emplace_back(call.datum(2));
  GiveArray(call, row);
}
void Prepend(Call& call) {
  Row row;
  if (!ElementsOrNone(call, 2, &row)) return;
  row.insert(row.begin(), Value(call.datum(1)));
  GiveArray(call, row);
}
void Cat(Call& call) {
  if (call.null(1) && call.null(2)) return;
  Row a, b;
  if (!ElementsOrNone(call, 1, &a) || !ElementsOrNone(call, 2, &b)) return;
  a.insert(a.end(), b.begin(), b.end());
  GiveArray(call, a);
}
void Remove(Call& call) {
  if (call.null(1)) return;
  Row row;
  if (!Elements(call, 1, &row)) return;
  Value unwanted(call.datum(2));
  std::erase_if(row, [&](const Value& v) { return Same(ElementType(call), v, unwanted); });
  GiveArray(call, row);
}
void Replace(Call& call) {
  if (call.null(1)) return;
  Row row;
  if (!Elements(call, 1, &row)) return;
  Value from(call.datum(2)), to(call.datum(3));
  for (Value& v : row) {
    if (Same(ElementType(call), v, from)) v = to;
  }
  GiveArray(call, row);
}
void Trim(Call& call) {
  Row row;
  if (!Elements(call, 1, &row)) return;
  int64_t n = call.integer(2);
  if (n < 0 || n > static_cast<int64_t>(row.size())) {
    return call.Fail(sqlstate::kArraySubscriptError,
                     "number of elements to trim must be between 0 and " + std::to_string(row.size()));
  }
  row.resize(row.size() - static_cast<size_t>(n));
  GiveArray(call, row);
}

void Fill(Call& call) {  // (type of the element, element, lengths)
  const TypeInfo* element = FindType(static_cast<Oid>(call.integer(0)));
  if (call.null(2)) {
    return call.Fail(sqlstate::kNullValueNotAllowed, "dimension array or low bound array cannot be null");
  }
  Result<Row> lengths = ArrayElements(oid::kInt4, call.bytes(2));
  if (!lengths.ok()) return call.Fail(lengths.status());
  if (lengths->empty()) return call.Text("{}");
  if (lengths->size() > 1) {
    return call.Fail(Unsupported("arrays of several dimensions are not supported", "Use jsonb."));
  }
  const Value& length = lengths->front();
  if (length.is_null()) return call.Fail(sqlstate::kNullValueNotAllowed, "dimension values cannot be null");
  constexpr int64_t kMostElements = 1 << 24;
  if (length.integer() < 0 || length.integer() > kMostElements) {
    return call.Fail(sqlstate::kProgramLimitExceeded, "array size exceeds the maximum allowed (16777216)");
  }
  Row row(static_cast<size_t>(length.integer()), Value(call.datum(1)));
  call.Text(ArrayLiteral(element == nullptr ? oid::kText : element->oid, row));
}

void ToString(Call& call) {
  if (call.null(1) || call.null(2)) return;
  Row row;
  if (!Elements(call, 1, &row)) return;
  bool show_null = call.size() > 3 && !call.null(3);
  std::string out;
  bool first = true;
  for (const Value& v : row) {
    if (v.is_null() && !show_null) continue;
    if (!first) out.append(call.bytes(2));
    first = false;
    if (v.is_null()) out.append(call.bytes(3));
    else AppendText(Type{ElementType(call)}, v, call.format(), &out);
  }
  call.Text(out);
}

constexpr Scalar kScalars[] = {
    {"pg_array_cmp", 3, Strict<Cmp>},
    {"pg_array_contains", 3, Strict<Contains>},
    {"pg_array_overlap", 3, Strict<Overlap>},
    {"pg_array_length", 3, Strict<Length>},
    {"pg_array_lower", 3, Strict<Lower>},
    {"pg_array_ndims", 2, Strict<Dimensions>},
    {"pg_array_dims", 2, Strict<Dims>},
    {"pg_cardinality", 2, Strict<Cardinality>},
    {"pg_array_position", 3, Plain<Position>},
    {"pg_array_position", 4, Plain<Position>},
    {"pg_array_positions", 3, Plain<Positions>},
    {"pg_array_append", 3, Plain<Append>},
    {"pg_array_prepend", 3, Plain<Prepend>},
    {"pg_array_cat", 3, Plain<Cat>},
    {"pg_array_remove", 3, Plain<Remove>},
    {"pg_array_replace", 4, Plain<Replace>},
    {"pg_array_fill", 3, Plain<Fill>},
    {"pg_trim_array", 3, Strict<Trim>},
    {"pg_array_to_string", 3, Plain<ToString>},
    {"pg_array_to_string", 4, Plain<ToString>},
};

}  // namespace

std::span<const Scalar> ArrayScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
