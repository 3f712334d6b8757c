// Array literals of one dimension: "{1,NULL,\"a b\"}".
#include "base/format_internal.h"
#include "base/utf8.h"

namespace allod {
namespace {

Status Malformed(std::string_view text, std::string detail) {
  return Fail(sqlstate::kInvalidTextRepresentation, "malformed array literal: \"" + std::string(text) + "\"")
      .Detail(std::move(detail));
}

bool IsNullWord(std::string_view s) {
  auto is = [&](size_t i, char lower) { return s[i] == lower || s[i] == lower - 32; };
  return s.size() == 4 && is(0, 'n') && is(1, 'u') && is(2, 'l') && is(3, 'l');
}

// Calls f(text, is_null) for every element, with quotes and escapes taken out.
template <typename F>
Status ForEachLiteralElement(std::string_view literal, F f) {
  std::string_view text = TrimBlanks(literal);
  if (text.starts_with('[')) {
    // "[1:3]={...}": bounds other than 1 would be lost.
    if (!text.starts_with("[1:")) {
      return Unsupported("arrays with lower bounds other than 1 are not supported", "Write the array without bounds.");
    }
    size_t equals = text.find('=');
    if (equals == std::string_view::npos) return Malformed(literal, "Missing \"=\" after array dimensions.");
    text = TrimBlanks(text.substr(equals + 1));
  }
  if (!text.starts_with('{')) {
    return Malformed(literal, "Array value must start with \"{\" or dimension information.");
  }
  size_t i = 1;
  auto skip_blanks = [&] {
    while (i < text.size() && IsBlank(text[i])) ++i;
  };
  skip_blanks();
  bool first = true;
  std::string element;
  while (true) {
    skip_blanks();
    if (i >= text.size()) return Malformed(literal, "Unexpected end of input.");
    if (text[i] == '}' && first) break;
    if (text[i] == '{') {
      return Unsupported("arrays of more than one dimension are not supported", "Use a jsonb value instead.");
    }
    element.clear();
    bool quoted = false, any = false;
    size_t keep = 0;  // blanks at the end do not count, unless quoted or escaped
    while (i < text.size() && text[i] != ',' && text[i] != '}') {
      char c = text[i];
      if (c == '"') {
        if (any) return Malformed(literal, "Unexpected array element.");
        quoted = true;
        any = true;
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\' && ++i == text.size()) break;
          element += text[i];
        }
        if (i >= text.size()) return Malformed(literal, "Unexpected end of input.");
        ++i;
        skip_blanks();
        if (i < text.size() && text[i] != ',' && text[i] != '}') return Malformed(literal, "Unexpected array element.");
        break;
      }
      if (c == '{') return Malformed(literal, "Unexpected \"{\" character.");
      if (c == '\\') {
        if (++i >= text.size()) return Malformed(literal, "Unexpected end of input.");
        element += text[i++];
        keep = element.size();
        any = true;
        quoted = true;  // \NULL is no null
        continue;
      }
      element += c;
      if (!IsBlank(c)) {
        keep = element.size();
        any = true;
      }
      ++i;
    }
    if (i >= text.size()) return Malformed(literal, "Unexpected end of input.");
    if (!any) return Malformed(literal, std::string("Unexpected \"") + text[i] + "\" character.");
    if (keep != 0) element.resize(keep);
    ALLOD_RETURN_IF_ERROR(f(element, !quoted && IsNullWord(element)));
    first = false;
    if (text[i] == '}') break;
    ++i;
  }
  if (i + 1 != text.size()) return Malformed(literal, "Junk after closing right brace.");
  return Ok();
}

void AppendElement(std::string_view element, std::string* out) {
  bool quote = element.empty() || IsNullWord(element);
  for (char c : element) {
    if (c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || IsBlank(c)) quote = true;
  }
  if (!quote) {
    out->append(element);
    return;
  }
  out->push_back('"');
  for (char c : element) {
    if (c == '"' || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

}  // namespace

Result<Value> ParseArray(Type type, std::string_view text, const FormatContext& context) {
  const TypeInfo* info = FindType(type.oid);
  Type element_type{info->element, type.typmod};
  Row elements;
  ALLOD_RETURN_IF_ERROR(ForEachLiteralElement(text, [&](const std::string& element, bool is_null) -> Status {
    if (is_null) {
      elements.emplace_back();
      return Ok();
    }
    Result<Value> value = ParseText(element_type, element, context);
    if (!value.ok()) return std::move(value).status();
    elements.push_back(*std::move(value));
    return Ok();
  }));
  return Value::Text(ArrayLiteral(info->element, elements));
}

Result<Row> ArrayElements(Oid element, std::string_view literal) {
  Row elements;
  if (!literal.starts_with('{') && !literal.starts_with('[')) {
    // int2vector, oidvector: "1 2 3"
    std::string_view rest = TrimBlanks(literal);
    while (!rest.empty()) {
      size_t n = 0;
      while (n < rest.size() && !IsBlank(rest[n])) ++n;
      ALLOD_ASSIGN_OR_RETURN(Value v, ParseText(Type{element}, rest.substr(0, n), StoredContext()));
      elements.push_back(std::move(v));
      rest = TrimBlanks(rest.substr(n));
    }
    return elements;
  }
  ALLOD_RETURN_IF_ERROR(ForEachLiteralElement(literal, [&](const std::string& text, bool is_null) -> Status {
    if (is_null) {
      elements.emplace_back();
      return Ok();
    }
    Result<Value> value = ParseText(Type{element}, text, StoredContext());
    if (!value.ok()) return std::move(value).status();
    elements.push_back(*std::move(value));
    return Ok();
  }));
  return elements;
}

std::string ArrayLiteral(Oid element, std::span<const Value> elements) {
  std::string out = "{", text;
  for (const Value& value : elements) {
    if (out.size() > 1) out += ',';
    if (value.is_null()) {
      out += "NULL";
      continue;
    }
    text.clear();
    AppendText(Type{element}, value, StoredContext(), &text);
    AppendElement(text, &out);
  }
  out += '}';
  return out;
}

void AppendArray(Oid element, std::string_view literal, const FormatContext& context, std::string* out) {
  // Most types look the same in every session.
  switch (element) {
    case oid::kDate:
    case oid::kTimestamp:
    case oid::kTimestamptz:
    case oid::kInterval:
    case oid::kBytea:
    case oid::kFloat4:
    case oid::kFloat8:
      break;
    default:
      if (context.labels != nullptr && IsEnum(element)) break;
      out->append(literal);
      return;
  }
  Result<Row> elements = ArrayElements(element, literal);
  if (!elements.ok()) {
    out->append(literal);
    return;
  }
  out->push_back('{');
  std::string text;
  bool first = true;
  for (const Value& value : *elements) {
    if (!first) out->push_back(',');
    first = false;
    if (value.is_null()) {
      out->append("NULL");
      continue;
    }
    text.clear();
    AppendText(Type{element}, value, context, &text);
    AppendElement(text, out);
  }
  out->push_back('}');
}

}  // namespace allod
