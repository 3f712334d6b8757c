// JSON: validation, jsonb's normal form, and a view for reading into it. Numbers are kept exact, as text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/numeric.h"
#include "base/status.h"

namespace allod {

inline constexpr int kMaxJsonDepth = 1000;

// Type json's input: 22P02 "invalid input syntax for type json" unless text is one JSON value; the text stays as it is.
Status ValidateJson(std::string_view text);
// Type jsonb's input: the normal form (keys by length then bytes, the last duplicate wins, ", " and ": ", numbers as
// numeric prints them). 22P02; 22P05 for \u0000; 54000 too deep.
Result<std::string> NormalizeJsonb(std::string_view text);

enum class JsonKind : uint8_t { kNull, kString, kNumber, kBool, kArray, kObject };  // in jsonb's order

// A view of one value inside a *valid* JSON text (stored json or jsonb), which must outlive it. Reading scans; nothing
// is copied. On text that is not valid JSON the answers are arbitrary but memory stays safe.
class JsonView {
 public:
  // REQUIRES: text is the stored form of a json or jsonb value.
  explicit JsonView(std::string_view text);

  JsonKind kind() const { return kind_; }
  bool is_container() const { return kind_ >= JsonKind::kArray; }
  std::string_view text() const { return text_; }  // the slice of the original, without blanks around
  // As ->> shows it: strings without quotes and escapes, others as they stand. JSON null is the caller's affair.
  std::string AsText() const;
  bool AsBool() const { return !text_.empty() && text_[0] == 't'; }  // REQUIRES: kBool
  Numeric AsNumber() const;                                          // REQUIRES: kNumber

  size_t size() const;  // elements or members; 0 of a scalar
  // Object member; of duplicates (json only) the last. False if there is none, or this is no object.
  bool Member(std::string_view key, JsonView* out) const;
  // Array element; negative counts from the end. False if there is none, or this is no array.
  bool Element(int64_t index, JsonView* out) const;
  // Path as #> takes it: keys, and array subscripts in decimal.
  bool Path(const std::vector<std::string>& path, JsonView* out) const;

  // In order, until the callback gives false. Keys come unescaped.
  void ForEachElement(const std::function<bool(JsonView)>& f) const;
  void ForEachMember(const std::function<bool(const std::string& key, JsonView value)>& f) const;

 private:
  friend struct JsonScan;
  JsonView(JsonKind kind, std::string_view text) : kind_(kind), text_(text) {}
  JsonKind kind_;
  std::string_view text_;
};

// jsonb's btree order (the collation allod_jsonb), of two normal forms.
int CompareJsonb(std::string_view a, std::string_view b);
bool EqualJsonb(JsonView a, JsonView b);
// a @> b
bool JsonbContains(std::string_view a, std::string_view b);
// a ? key: a member's name, a string element, or the string itself.
bool JsonbExists(std::string_view a, std::string_view key);
// a || b; 22023 where PostgreSQL refuses.
Result<std::string> JsonbConcat(std::string_view a, std::string_view b);
// a - key; a - index; a #- path. 22023 on scalars and wrong shapes.
Result<std::string> JsonbDelete(std::string_view a, const std::vector<std::string>& keys);
Result<std::string> JsonbDeleteIndex(std::string_view a, int64_t index);
Result<std::string> JsonbDeletePath(std::string_view a, const std::vector<std::string>& path);
// jsonb_set(target, path, value, create_missing); with `insert`, jsonb_insert(target, path, value, after).
Result<std::string> JsonbSet(std::string_view target, const std::vector<std::string>& path, std::string_view value,
                             bool create_missing);
Result<std::string> JsonbInsert(std::string_view target, const std::vector<std::string>& path, std::string_view value,
                                bool after);
std::string JsonbPretty(std::string_view jsonb);
// Without the object members that are null, at any depth; written as jsonb, or as json without blanks.
std::string JsonStripNulls(std::string_view json, bool jsonb = true);
std::string_view JsonTypeName(JsonKind kind);  // jsonb_typeof: "null", "string", "number", "boolean", "array", "object"

// Appends `text` as a JSON string with quotes, escaped as PostgreSQL escapes.
void AppendJsonString(std::string_view text, std::string* out);

// Writes jsonb objects whose members come in any order (jsonb_build_object, jsonb_object_agg): sorts and removes
// duplicates on Finish. Values are normal forms.
class JsonbObjectBuilder {
 public:
  void Add(std::string key, std::string value) { members_.emplace_back(std::move(key), std::move(value)); }
  std::string Finish();

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace allod
