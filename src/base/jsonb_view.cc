// Reading inside JSON text that is known to be valid.
#include <charconv>

#include "base/json_scan.h"
#include "base/utf8.h"

namespace allod {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "uXXXX" after the backslash at text[at] == 'u'.
bool ReadUnicode(std::string_view text, size_t at, uint32_t* out) {
  if (at + 5 > text.size() || text[at] != 'u') return false;
  uint32_t v = 0;
  for (size_t i = at + 1; i < at + 5; ++i) {
    int digit = HexDigit(text[i]);
    if (digit < 0) return false;
    v = v * 16 + static_cast<uint32_t>(digit);
  }
  *out = v;
  return true;
}

JsonKind KindOf(std::string_view text) {
  if (text.empty()) return JsonKind::kNull;
  switch (text[0]) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
    case 'f':
      return JsonKind::kBool;
    case 'n':
      return JsonKind::kNull;
    default:
      return JsonKind::kNumber;
  }
}

}  // namespace

// The offset after the value that begins at `at`.
size_t JsonScan::SkipValue(std::string_view text, size_t at) {
  auto skip_string = [&](size_t i) {
    for (++i; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        return i + 1;
      }
    }
    return text.size();
  };
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return skip_string(at);
  if (text[at] == '{' || text[at] == '[') {
    int64_t depth = 0;
    for (size_t i = at; i < text.size();) {
      char c = text[i];
      if (c == '"') {
        i = skip_string(i);
        continue;
      }
      ++i;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return i;
    }
    return text.size();
  }
  size_t i = at;
  while (i < text.size() && text[i] != ',' && text[i] != '}' && text[i] != ']' && !IsSpace(text[i])) ++i;
  return i > at ? i : at + 1;
}

std::string JsonScan::Unescape(std::string_view quoted) {
  std::string_view text = quoted.size() >= 2 ? quoted.substr(1, quoted.size() - 2) : std::string_view();
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    switch (text[i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        uint32_t c = 0, low = 0;
        if (!ReadUnicode(text, i, &c)) break;
        i += 4;
        if (c >= 0xd800 && c < 0xdc00 && i + 2 < text.size() && text[i + 1] == '\\' && ReadUnicode(text, i + 2, &low) &&
            low >= 0xdc00 && low < 0xe000) {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
        AppendUtf8(c, &out);
        break;
      }
      default:
        out += text[i];
    }
  }
  return out;
}

JsonScan::JsonScan(const JsonView& container)
    : text_(container.text()), object_(container.kind() == JsonKind::kObject) {
  at_ = container.is_container() ? 1 : text_.size();
}

bool JsonScan::Next() {
  while (at_ < text_.size() && (IsSpace(text_[at_]) || text_[at_] == ',')) ++at_;
  if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') return false;
  if (object_) {
    size_t end = SkipValue(text_, at_);
    key_ = text_.substr(at_, end - at_);
    at_ = end;
    while (at_ < text_.size() && (IsSpace(text_[at_]) || text_[at_] == ':')) ++at_;
    if (at_ >= text_.size()) return false;
  }
  size_t end = SkipValue(text_, at_);
  std::string_view slice = text_.substr(at_, end - at_);
  value_ = JsonView(KindOf(slice), slice);
  at_ = end;
  return true;
}

JsonView JsonScan::MakeNull() { return JsonView(JsonKind::kNull, "null"); }

JsonView::JsonView(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  kind_ = KindOf(text);
  text_ = text;
}

std::string JsonView::AsText() const {
  return kind_ == JsonKind::kString ? JsonScan::Unescape(text_) : std::string(text_);
}

Numeric JsonView::AsNumber() const { return Numeric::FromStored(text_); }

size_t JsonView::size() const {
  size_t n = 0;
  for (JsonScan scan(*this); scan.Next();) ++n;
  return n;
}

bool JsonView::Member(std::string_view key, JsonView* out) const {
  if (kind_ != JsonKind::kObject) return false;
  bool found = false;
  for (JsonScan scan(*this); scan.Next();) {
    if (scan.KeyIs(key)) {
      *out = scan.value();
      found = true;
    }
  }
  return found;
}

bool JsonView::Element(int64_t index, JsonView* out) const {
  if (kind_ != JsonKind::kArray) return false;
  if (index < 0) {
    index += static_cast<int64_t>(size());
    if (index < 0) return false;
  }
  for (JsonScan scan(*this); scan.Next(); --index) {
    if (index == 0) {
      *out = scan.value();
      return true;
    }
  }
  return false;
}

bool JsonView::Path(const std::vector<std::string>& path, JsonView* out) const {
  JsonView at = *this;
  for (const std::string& step : path) {
    if (at.kind_ == JsonKind::kObject) {
      if (!at.Member(step, &at)) return false;
    } else if (at.kind_ == JsonKind::kArray) {
      int64_t index = 0;
      if (!JsonScan::ReadIndex(step, &index) || !at.Element(index, &at)) return false;
    } else {
      return false;
    }
  }
  *out = at;
  return true;
}

bool JsonScan::ReadIndex(std::string_view step, int64_t* index) {
  // As strtol reads it: blanks before, a sign, digits, nothing after.
  while (!step.empty() && IsSpace(step.front())) step.remove_prefix(1);
  if (step.size() > 1 && step.front() == '+') step.remove_prefix(1);
  int32_t v = 0;
  auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), v);
  *index = v;
  return !step.empty() && error == std::errc() && end == step.data() + step.size();
}

void JsonView::ForEachElement(const std::function<bool(JsonView)>& f) const {
  if (kind_ != JsonKind::kArray) return;
  for (JsonScan scan(*this); scan.Next();) {
    if (!f(scan.value())) return;
  }
}

void JsonView::ForEachMember(const std::function<bool(const std::string& key, JsonView value)>& f) const {
  if (kind_ != JsonKind::kObject) return;
  for (JsonScan scan(*this); scan.Next();) {
    if (!f(scan.Key(), scan.value())) return;
  }
}

std::string_view JsonTypeName(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kString:
      return "string";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kBool:
      return "boolean";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "";
}

}  // namespace allod
