// Comparing, searching and editing jsonb in its normal form.
#include <algorithm>

#include "base/json_scan.h"

namespace allod {
namespace {

int Sign(int v) { return v < 0 ? -1 : v > 0 ? 1 : 0; }

int CompareStrings(std::string_view quoted_a, std::string_view quoted_b) {
  if (quoted_a.find('\\') == std::string_view::npos && quoted_b.find('\\') == std::string_view::npos) {
    auto inside = [](std::string_view s) { return s.size() >= 2 ? s.substr(1, s.size() - 2) : s; };
    return Sign(inside(quoted_a).compare(inside(quoted_b)));
  }
  return Sign(JsonScan::Unescape(quoted_a).compare(JsonScan::Unescape(quoted_b)));
}

int CompareScalars(const JsonView& a, const JsonView& b) {
  switch (a.kind()) {
    case JsonKind::kString:
      return CompareStrings(a.text(), b.text());
    case JsonKind::kNumber:
      return CompareStoredNumeric(a.text(), b.text());
    case JsonKind::kBool:
      return static_cast<int>(a.AsBool()) - static_cast<int>(b.AsBool());
    default:
      return 0;
  }
}

int CompareViews(const JsonView& a, const JsonView& b) {
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  if (!a.is_container()) return CompareScalars(a, b);
  if (a.text() == b.text()) return 0;
  // The longer is the greater, whatever is in it.
  size_t size_a = a.size(), size_b = b.size();
  if (size_a != size_b) return size_a < size_b ? -1 : 1;
  JsonScan x(a), y(b);
  while (x.Next() && y.Next()) {
    if (a.kind() == JsonKind::kObject) {
      if (int c = CompareStrings(x.quoted_key(), y.quoted_key()); c != 0) return c;
    }
    if (int c = CompareViews(x.value(), y.value()); c != 0) return c;
  }
  return 0;
}

bool Contains(const JsonView& a, const JsonView& b) {
  if (a.kind() != b.kind()) return false;
  if (a.kind() == JsonKind::kObject) {
    // Both have their keys in the same order: one pass.
    JsonScan have(a);
    bool more = have.Next();
    for (JsonScan want(b); want.Next();) {
      std::string key = want.Key();
      while (more && !have.KeyIs(key)) more = have.Next();
      if (!more) return false;
      if (!Contains(have.value(), want.value())) return false;
    }
    return true;
  }
  if (a.kind() == JsonKind::kArray) {
    for (JsonScan want(b); want.Next();) {
      bool found = false;
      for (JsonScan have(a); !found && have.Next();) found = Contains(have.value(), want.value());
      if (!found) return false;
    }
    return true;
  }
  return CompareScalars(a, b) == 0;
}

Status Refused(std::string_view why) { return Fail(sqlstate::kInvalidParameterValue, std::string(why)); }

class ArrayBuilder {
 public:
  void Add(std::string_view element) {
    if (out_.size() > 1) out_ += ", ";
    out_ += element;
  }
  std::string Finish() { return std::move(out_) + "]"; }

 private:
  std::string out_ = "[";
};

enum class Edit : uint8_t { kDelete, kReplace, kCreate, kInsertBefore, kInsertAfter };

bool Adds(Edit edit) { return edit == Edit::kCreate || edit == Edit::kInsertBefore || edit == Edit::kInsertAfter; }

// PostgreSQL's setPath: `path` from `level` on, inside `at`.
Result<std::string> EditPath(const JsonView& at, const std::vector<std::string>& path, size_t level,
                             std::string_view value, Edit edit) {
  bool last = level + 1 == path.size();
  if (at.kind() == JsonKind::kObject) {
    JsonbObjectBuilder builder;
    bool done = false;
    for (JsonScan scan(at); scan.Next();) {
      if (!scan.KeyIs(path[level])) {
        builder.Add(scan.Key(), std::string(scan.value().text()));
        continue;
      }
      done = true;
      if (!last) {
        ALLOD_ASSIGN_OR_RETURN(std::string inner, EditPath(scan.value(), path, level + 1, value, edit));
        builder.Add(scan.Key(), std::move(inner));
      } else if (edit == Edit::kInsertBefore || edit == Edit::kInsertAfter) {
        return Refused("cannot replace existing key").Hint("Try using the function jsonb_set to replace key value.");
      } else if (edit != Edit::kDelete) {
        builder.Add(scan.Key(), std::string(value));
      }
    }
    if (!done && last && Adds(edit)) builder.Add(path[level], std::string(value));
    return builder.Finish();
  }
  if (at.kind() == JsonKind::kArray) {
    int64_t index = 0;
    if (!JsonScan::ReadIndex(path[level], &index)) {
      return Fail(sqlstate::kInvalidTextRepresentation, "path element at position " + std::to_string(level + 1) +
                                                            " is not an integer: \"" + path[level] + "\"");
    }
    auto size = static_cast<int64_t>(at.size());
    bool before_all = false;
    if (index < 0) {
      before_all = -index > size;
      index += size;
    }
    ArrayBuilder builder;
    bool done = false;
    if (before_all && last && Adds(edit)) {
      builder.Add(value);
      done = true;
    }
    int64_t i = 0;
    for (JsonScan scan(at); scan.Next(); ++i) {
      if (before_all || i != index) {
        builder.Add(scan.value().text());
        continue;
      }
      done = true;
      if (!last) {
        ALLOD_ASSIGN_OR_RETURN(std::string inner, EditPath(scan.value(), path, level + 1, value, edit));
        builder.Add(inner);
        continue;
      }
      if (edit == Edit::kInsertBefore || edit == Edit::kCreate || edit == Edit::kReplace) builder.Add(value);
      if (edit == Edit::kInsertBefore || edit == Edit::kInsertAfter) builder.Add(scan.value().text());
      if (edit == Edit::kInsertAfter) builder.Add(value);
    }
    if (!done && last && Adds(edit)) builder.Add(value);
    return builder.Finish();
  }
  return std::string(at.text());
}

void AppendPretty(const JsonView& at, int depth, std::string* out) {
  if (!at.is_container()) {
    out->append(at.text());
    return;
  }
  auto line = [&](int d) {
    out->push_back('\n');
    out->append(static_cast<size_t>(d) * 4, ' ');
  };
  bool object = at.kind() == JsonKind::kObject, first = true;
  out->push_back(object ? '{' : '[');
  for (JsonScan scan(at); scan.Next(); first = false) {
    if (!first) out->push_back(',');
    line(depth + 1);
    if (object) {
      out->append(scan.quoted_key());
      out->append(": ");
    }
    AppendPretty(scan.value(), depth + 1, out);
  }
  line(depth);
  out->push_back(object ? '}' : ']');
}

// Strings of type json may hold escapes that the normal form does not.
void AppendString(std::string_view quoted, std::string* out) {
  if (quoted.find('\\') == std::string_view::npos) {
    out->append(quoted);
  } else {
    AppendJsonString(JsonScan::Unescape(quoted), out);
  }
}

void AppendWithoutNulls(const JsonView& at, bool jsonb, std::string* out) {
  if (at.kind() == JsonKind::kString) {
    AppendString(at.text(), out);
    return;
  }
  if (!at.is_container()) {
    out->append(at.text());
    return;
  }
  bool object = at.kind() == JsonKind::kObject, first = true;
  out->push_back(object ? '{' : '[');
  for (JsonScan scan(at); scan.Next();) {
    if (object && scan.value().kind() == JsonKind::kNull) continue;
    if (!first) out->append(jsonb ? ", " : ",");
    first = false;
    if (object) {
      AppendString(scan.quoted_key(), out);
      out->append(jsonb ? ": " : ":");
    }
    AppendWithoutNulls(scan.value(), jsonb, out);
  }
  out->push_back(object ? '}' : ']');
}

}  // namespace

int CompareJsonb(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  JsonView x(a), y(b);
  // A scalar at the top is an array of one to PostgreSQL, less than any real array but the empty one.
  if (x.kind() != y.kind() && (x.kind() == JsonKind::kArray || y.kind() == JsonKind::kArray) &&
      x.kind() != JsonKind::kObject && y.kind() != JsonKind::kObject) {
    bool x_array = x.kind() == JsonKind::kArray;
    bool array_less = (x_array ? x : y).size() == 0;
    return array_less == x_array ? -1 : 1;
  }
  return CompareViews(x, y);
}

bool EqualJsonb(JsonView a, JsonView b) { return CompareViews(a, b) == 0; }

bool JsonbContains(std::string_view a, std::string_view b) {
  JsonView x(a), y(b);
  if (x.kind() == JsonKind::kArray && !y.is_container()) {
    for (JsonScan scan(x); scan.Next();) {
      if (scan.value().kind() == y.kind() && CompareScalars(scan.value(), y) == 0) return true;
    }
    return false;
  }
  return Contains(x, y);
}

bool JsonbExists(std::string_view a, std::string_view key) {
  JsonView x(a);
  auto is_key = [&](const JsonView& v) { return v.kind() == JsonKind::kString && v.AsText() == key; };
  if (!x.is_container()) return is_key(x);
  for (JsonScan scan(x); scan.Next();) {
    if (x.kind() == JsonKind::kObject ? scan.KeyIs(key) : is_key(scan.value())) return true;
  }
  return false;
}

Result<std::string> JsonbConcat(std::string_view a, std::string_view b) {
  JsonView x(a), y(b);
  if (x.kind() == JsonKind::kObject && y.kind() == JsonKind::kObject) {
    JsonbObjectBuilder builder;
    for (const JsonView& v : {x, y}) {
      for (JsonScan scan(v); scan.Next();) builder.Add(scan.Key(), std::string(scan.value().text()));
    }
    return builder.Finish();
  }
  ArrayBuilder builder;
  for (const JsonView& v : {x, y}) {
    if (v.kind() != JsonKind::kArray) {
      builder.Add(v.text());
      continue;
    }
    for (JsonScan scan(v); scan.Next();) builder.Add(scan.value().text());
  }
  return builder.Finish();
}

Result<std::string> JsonbDelete(std::string_view a, const std::vector<std::string>& keys) {
  JsonView x(a);
  if (!x.is_container()) return Refused("cannot delete from scalar");
  auto listed = [&](const std::string& k) { return std::find(keys.begin(), keys.end(), k) != keys.end(); };
  if (x.kind() == JsonKind::kObject) {
    JsonbObjectBuilder builder;
    for (JsonScan scan(x); scan.Next();) {
      if (!listed(scan.Key())) builder.Add(scan.Key(), std::string(scan.value().text()));
    }
    return builder.Finish();
  }
  ArrayBuilder builder;
  for (JsonScan scan(x); scan.Next();) {
    if (scan.value().kind() == JsonKind::kString && listed(scan.value().AsText())) continue;
    builder.Add(scan.value().text());
  }
  return builder.Finish();
}

Result<std::string> JsonbDeleteIndex(std::string_view a, int64_t index) {
  JsonView x(a);
  if (!x.is_container()) return Refused("cannot delete from scalar");
  if (x.kind() == JsonKind::kObject) return Refused("cannot delete from object using integer index");
  if (index < 0) index += static_cast<int64_t>(x.size());
  ArrayBuilder builder;
  for (JsonScan scan(x); scan.Next(); --index) {
    if (index != 0) builder.Add(scan.value().text());
  }
  return builder.Finish();
}

Result<std::string> JsonbDeletePath(std::string_view a, const std::vector<std::string>& path) {
  JsonView x(a);
  if (!x.is_container()) return Refused("cannot delete path in scalar");
  if (path.empty() || x.size() == 0) return std::string(x.text());
  return EditPath(x, path, 0, "", Edit::kDelete);
}

Result<std::string> JsonbSet(std::string_view target, const std::vector<std::string>& path, std::string_view value,
                             bool create_missing) {
  JsonView x(target);
  if (!x.is_container()) return Refused("cannot set path in scalar");
  if (path.empty() || (x.size() == 0 && !create_missing)) return std::string(x.text());
  return EditPath(x, path, 0, value, create_missing ? Edit::kCreate : Edit::kReplace);
}

Result<std::string> JsonbInsert(std::string_view target, const std::vector<std::string>& path, std::string_view value,
                                bool after) {
  JsonView x(target);
  if (!x.is_container()) return Refused("cannot set path in scalar");
  if (path.empty()) return std::string(x.text());
  return EditPath(x, path, 0, value, after ? Edit::kInsertAfter : Edit::kInsertBefore);
}

std::string JsonbPretty(std::string_view jsonb) {
  std::string out;
  AppendPretty(JsonView(jsonb), 0, &out);
  return out;
}

std::string JsonStripNulls(std::string_view json, bool jsonb) {
  std::string out;
  AppendWithoutNulls(JsonView(json), jsonb, &out);
  return out;
}

}  // namespace allod
