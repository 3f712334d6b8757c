// A cursor over the elements or members of a JsonView: for jsonb*.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/jsonb.h"

namespace allod {

struct JsonScan {
 public:
  explicit JsonScan(const JsonView& container);  // of a scalar: nothing
  bool Next();
  JsonView value() const { return value_; }  // REQUIRES: Next() gave true
  std::string_view quoted_key() const { return key_; }
  std::string Key() const { return Unescape(key_); }
  bool KeyIs(std::string_view key) const {
    if (key_.find('\\') != std::string_view::npos) return Key() == key;
    return key_.size() == key.size() + 2 && key_.substr(1, key.size()) == key;
  }

  static std::string Unescape(std::string_view quoted);
  static bool ReadIndex(std::string_view step, int64_t* index);
  static JsonView MakeNull();

 private:
  static size_t SkipValue(std::string_view text, size_t at);
  std::string_view text_, key_;
  size_t at_ = 0;
  bool object_;
  JsonView value_ = MakeNull();
};

}  // namespace allod
