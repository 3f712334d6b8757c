// JSON text in: validation and jsonb's normal form, by Boost.JSON's incremental parser.
#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

#include "base/jsonb.h"

namespace allod {
namespace {

namespace json = boost::json;

json::parse_options Options() {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  return options;
}

// Accepts everything.
struct Validator {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Code = json::error_code;
  using View = json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(View, std::size_t, Code&) { return true; }
  bool on_key(View, std::size_t, Code&) { return true; }
  bool on_string_part(View, std::size_t, Code&) { return true; }
  bool on_string(View, std::size_t, Code&) { return true; }
  bool on_number_part(View, Code&) { return true; }
  bool on_int64(std::int64_t, View, Code&) { return true; }
  bool on_uint64(std::uint64_t, View, Code&) { return true; }
  bool on_double(double, View, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }
};

// The whole document as nodes; what a scalar looks like in the normal form is written at once, objects are put in order
// when everything is printed (a member may follow anything, so that order is known only at the end).
struct Tree {
  struct Node {
    char kind = 's';               // 's' a scalar, 'a' an array, 'o' an object
    uint32_t next = 0;             // sibling; 0: none (node 0 is the root)
    uint32_t first = 0, last = 0;  // children
    std::string text;              // of a scalar
    std::string key;               // of a member, unescaped
  };
  std::vector<Node> nodes;
};

struct Builder : Validator {
  Tree tree;
  std::vector<uint32_t> open;
  std::string key, text;
  Status failure;

  Tree::Node& Add(char kind) {
    auto id = static_cast<uint32_t>(tree.nodes.size());
    Tree::Node& node = tree.nodes.emplace_back();
    node.kind = kind;
    if (!open.empty()) {
      Tree::Node& parent = tree.nodes[open.back()];
      if (parent.kind == 'o') node.key = std::move(key);
      key.clear();
      if (parent.first == 0) {
        parent.first = id;
      } else {
        tree.nodes[parent.last].next = id;
      }
      parent.last = id;
    }
    return node;
  }
  bool Open(char kind) {
    Add(kind);
    open.push_back(static_cast<uint32_t>(tree.nodes.size() - 1));
    return true;
  }
  bool Stop(Status status, Code& code) {
    failure = std::move(status);
    code = json::error::exception;  // any error ends the parse; `failure` says which
    return false;
  }
  bool HasNul(const std::string& s, Code& code) {
    if (s.find('\0') == std::string::npos) return false;
    Stop(Fail(sqlstate::kUntranslatableCharacter, "unsupported Unicode escape sequence")
             .Detail("\\u0000 cannot be converted to text."),
         code);
    return true;
  }

  bool on_object_begin(Code&) { return Open('o'); }
  bool on_object_end(std::size_t, Code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(Code&) { return Open('a'); }
  bool on_array_end(std::size_t, Code&) {
    open.pop_back();
    return true;
  }
  bool on_key_part(View s, std::size_t, Code&) {
    key.append(s.data(), s.size());
    return true;
  }
  bool on_key(View s, std::size_t, Code& code) {
    key.append(s.data(), s.size());
    return !HasNul(key, code);
  }
  bool on_string_part(View s, std::size_t, Code&) {
    text.append(s.data(), s.size());
    return true;
  }
  bool on_string(View s, std::size_t, Code& code) {
    text.append(s.data(), s.size());
    if (HasNul(text, code)) return false;
    AppendJsonString(text, &Add('s').text);
    text.clear();
    return true;
  }
  bool on_number_part(View s, Code&) {
    text.append(s.data(), s.size());
    return true;
  }
  bool Number(View s, Code& code) {
    text.append(s.data(), s.size());
    // Without an exponent numeric prints what was written, but for the sign of zero.
    bool plain = text.size() < 1000 && text.find_first_of("eE") == std::string::npos && !text.starts_with("-0");
    if (!plain) {
      Result<Numeric> number = Numeric::Parse(text);
      if (!number.ok()) return Stop(std::move(number).status(), code);
      text.clear();
      number->AppendTo(&text);
    }
    Add('s').text = std::move(text);
    text.clear();
    return true;
  }
  bool on_int64(std::int64_t, View s, Code& code) { return Number(s, code); }
  bool on_uint64(std::uint64_t, View s, Code& code) { return Number(s, code); }
  bool on_double(double, View s, Code& code) { return Number(s, code); }
  bool on_bool(bool b, Code&) {
    Add('s').text = b ? "true" : "false";
    return true;
  }
  bool on_null(Code&) {
    Add('s').text = "null";
    return true;
  }
};

bool KeyLess(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

void Print(const Tree& tree, uint32_t id, std::string* out) {
  const Tree::Node& node = tree.nodes[id];
  if (node.kind == 's') {
    out->append(node.text);
    return;
  }
  std::vector<uint32_t> children;
  for (uint32_t c = node.first; c != 0; c = tree.nodes[c].next) children.push_back(c);
  bool object = node.kind == 'o';
  if (object) {
    auto key = [&](uint32_t c) -> const std::string& { return tree.nodes[c].key; };
    std::stable_sort(children.begin(), children.end(), [&](uint32_t a, uint32_t b) { return KeyLess(key(a), key(b)); });
    // Of equal keys the last one stays.
    size_t kept = 0;
    for (size_t i = 0; i < children.size(); ++i) {
      if (kept > 0 && key(children[kept - 1]) == key(children[i])) {
        children[kept - 1] = children[i];
      } else {
        children[kept++] = children[i];
      }
    }
    children.resize(kept);
  }
  out->push_back(object ? '{' : '[');
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out->append(", ");
    if (object) {
      AppendJsonString(tree.nodes[children[i]].key, out);
      out->append(": ");
    }
    Print(tree, children[i], out);
  }
  out->push_back(object ? '}' : ']');
}

// PostgreSQL's DETAIL: the token that the parser stopped in.
std::string Complaint(std::string_view text, size_t at) {
  if (at >= text.size()) return "The input string ended unexpectedly.";
  auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '.' || (static_cast<unsigned char>(c) >= 0x80);
  };
  size_t begin = at, end = at;
  while (begin > 0 && word(text[begin - 1])) --begin;
  while (end < text.size() && word(text[end])) ++end;
  if (end == at) end = at + 1;
  return "Token \"" + std::string(text.substr(begin, end - begin)) + "\" is invalid.";
}

template <typename Handler>
Status Parse(std::string_view text, json::basic_parser<Handler>* parser) {
  json::error_code code;
  size_t read = parser->write_some(false, text.data(), text.size(), code);
  if (!code && read < text.size()) code = json::error::extra_data;
  if (!code) return Ok();
  if (code == json::error::too_deep) {
    return Fail(sqlstate::kStatementTooComplex, "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  if (code == json::error::incomplete) read = text.size();
  return Fail(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type json").Detail(Complaint(text, read));
}

}  // namespace

Status ValidateJson(std::string_view text) {
  json::basic_parser<Validator> parser(Options());
  return Parse(text, &parser);
}

Result<std::string> NormalizeJsonb(std::string_view text) {
  json::basic_parser<Builder> parser(Options());
  Status status = Parse(text, &parser);
  Builder& builder = parser.handler();
  if (!builder.failure.ok()) return std::move(builder.failure);
  if (!status.ok()) return status;
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  Print(builder.tree, 0, &out);
  return out;
}

std::string JsonbObjectBuilder::Finish() {
  std::stable_sort(members_.begin(), members_.end(),
                   [](const auto& a, const auto& b) { return KeyLess(a.first, b.first); });
  std::string out = "{";
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i + 1 < members_.size() && members_[i + 1].first == members_[i].first) continue;
    if (out.size() > 1) out += ", ";
    AppendJsonString(members_[i].first, &out);
    out += ": ";
    out += members_[i].second;
  }
  out += '}';
  return out;
}

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= ' ' && c != '"' && c != '\\') continue;
    out->append(text.substr(plain, i - plain));
    plain = i + 1;
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default: {
        constexpr char kHex[] = "0123456789abcdef";
        out->append("\\u00");
        out->push_back(kHex[c >> 4]);
        out->push_back(kHex[c & 15]);
      }
    }
  }
  out->append(text.substr(plain));
  out->push_back('"');
}

}  // namespace allod
