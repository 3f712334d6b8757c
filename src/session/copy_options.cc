#include "session/copy_options.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace allod::session {
namespace {

std::optional<std::string> TextOf(const PgQuery__Node* node) {
  if (node == nullptr) return std::nullopt;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_STRING: return std::string(node->string->sval);
    case PG_QUERY__NODE__NODE_INTEGER: return std::to_string(node->integer->ival);
    case PG_QUERY__NODE__NODE_FLOAT: return std::string(node->float_->fval);
    case PG_QUERY__NODE__NODE_BOOLEAN: return std::string(node->boolean->boolval ? "true" : "false");
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      return node->type_name->n_names == 0 ? std::string() : std::string(node->type_name->names[node->type_name->n_names - 1]->string->sval);
    default: return std::nullopt;
  }
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::optional<bool> BoolOf(const std::optional<std::string>& text) {
  if (!text) return true;  // the word alone
  std::string v = Lower(*text);
  if (v == "true" || v == "on" || v == "1") return true;
  if (v == "false" || v == "off" || v == "0") return false;
  return std::nullopt;
}

Status Refused(std::string message) { return Fail(sqlstate::kFeatureNotSupported, std::move(message)); }
Status Invalid(std::string message) { return Fail(sqlstate::kInvalidParameterValue, std::move(message)); }

Status CheckEncoding(const std::string& name) {
  std::string plain;
  for (char c : Lower(name)) {
    if (std::isalnum(static_cast<unsigned char>(c))) plain += c;
  }
  if (plain == "utf8" || plain == "unicode" || plain == "sqlascii") return Ok();
  static const std::set<std::string> known{"latin1", "latin2", "latin9", "iso88591", "iso88592", "iso885915", "win1250", "win1251",
                                           "win1252", "windows1252", "koi8r", "eucjp", "euckr", "sjis", "big5", "gbk", "gb18030"};
  if (known.contains(plain)) return Unsupported("COPY reads and writes UTF8 only", "Convert the file, for example with iconv.");
  return Invalid("argument to option \"encoding\" must be a valid encoding name");
}

Status CheckTogether(const CopyOptions& o, bool from, bool quote_given, bool escape_given) {
  auto line_end = [](char c) { return c == '\n' || c == '\r'; };
  if (line_end(o.delimiter)) return Invalid("COPY delimiter cannot be newline or carriage return");
  if (o.null.find_first_of("\r\n") != std::string::npos) return Invalid("COPY null representation cannot use newline or carriage return");
  if (!o.csv() && std::string_view("\\.abcdefghijklmnopqrstuvwxyz0123456789").find(o.delimiter) != std::string_view::npos) {
    return Invalid(std::string("COPY delimiter cannot be \"") + o.delimiter + "\"");
  }
  if (o.binary() && o.header != CopyOptions::Header::kNone) return Refused("cannot specify HEADER in BINARY mode");
  if (!o.csv() && quote_given) return Refused("COPY quote available only in CSV mode");
  if (o.csv() && o.delimiter == o.quote) return Invalid("COPY delimiter and quote must be different");
  if (!o.csv() && escape_given) return Refused("COPY escape available only in CSV mode");
  if (!o.csv() && o.force_quote.given()) return Refused("COPY force quote available only in CSV mode");
  if (o.force_quote.given() && from) return Refused("COPY force quote only available using COPY TO");
  if (!o.csv() && o.force_not_null.given()) return Refused("COPY force not null available only in CSV mode");
  if (o.force_not_null.given() && !from) return Refused("COPY force not null only available using COPY FROM");
  if (!o.csv() && o.force_null.given()) return Refused("COPY force null available only in CSV mode");
  if (o.force_null.given() && !from) return Refused("COPY force null only available using COPY FROM");
  if (o.null.find(o.delimiter) != std::string::npos && !o.binary()) return Refused("COPY delimiter must not appear in the NULL specification");
  if (o.csv() && o.null.find(o.quote) != std::string::npos) return Refused("CSV quote character must not appear in the NULL specification");
  return Ok();
}

}  // namespace

Result<CopyOptions> ParseCopyOptions(const sql::Parsed& parsed, const PgQuery__CopyStmt& statement) {
  CopyOptions out;
  bool from = statement.is_from;
  std::set<std::string> given;
  std::optional<std::string> delimiter, null, quote, escape;
  for (size_t i = 0; i < statement.n_options; ++i) {
    const PgQuery__DefElem& option = *statement.options[i]->def_elem;
    std::string name = option.defname;
    int position = parsed.Position(option.location);
    if (!given.insert(name).second) return Fail(sqlstate::kSyntaxError, "conflicting or redundant options").At(position);
    std::optional<std::string> text = TextOf(option.arg);
    auto one_byte = [&](std::optional<std::string>* value) -> Status {
      if (!text) return Fail(sqlstate::kSyntaxError, name + " requires a parameter").At(position);
      if (text->size() != 1) return Refused("COPY " + name + " must be a single one-byte character");
      *value = text;
      return Ok();
    };
    auto columns = [&](CopyOptions::Columns* list) -> Status {
      if (option.arg != nullptr && option.arg->node_case == PG_QUERY__NODE__NODE_A_STAR && name == "force_quote") {
        list->all = true;
        return Ok();
      }
      if (option.arg == nullptr || option.arg->node_case != PG_QUERY__NODE__NODE_LIST) {
        return Fail(sqlstate::kInvalidParameterValue, "argument to option \"" + name + "\" must be a list of column names").At(position);
      }
      for (size_t k = 0; k < option.arg->list->n_items; ++k) list->names.push_back(TextOf(option.arg->list->items[k]).value_or(""));
      return Ok();
    };
    if (name == "format") {
      std::string format = text.value_or("");
      if (format == "text") out.format = CopyOptions::Format::kText;
      else if (format == "csv") out.format = CopyOptions::Format::kCsv;
      else if (format == "binary") out.format = CopyOptions::Format::kBinary;
      else return Fail(sqlstate::kInvalidParameterValue, "COPY format \"" + format + "\" not recognized").At(position);
    } else if (name == "freeze") {
      if (!BoolOf(text)) return Fail(sqlstate::kSyntaxError, "freeze requires a Boolean value");
    } else if (name == "delimiter") {
      ALLOD_RETURN_IF_ERROR(one_byte(&delimiter));
    } else if (name == "null") {
      if (!text) return Fail(sqlstate::kSyntaxError, "null requires a parameter").At(position);
      null = text;
    } else if (name == "header") {
      std::optional<bool> on = BoolOf(text);
      if (!on && Lower(*text) != "match") return Fail(sqlstate::kSyntaxError, "header requires a Boolean value or \"match\"");
      if (!on && !from) return Refused("cannot use \"match\" with HEADER in COPY TO");
      out.header = !on ? CopyOptions::Header::kMatch : *on ? CopyOptions::Header::kLine : CopyOptions::Header::kNone;
    } else if (name == "quote") {
      ALLOD_RETURN_IF_ERROR(one_byte(&quote));
    } else if (name == "escape") {
      ALLOD_RETURN_IF_ERROR(one_byte(&escape));
    } else if (name == "force_quote") {
      ALLOD_RETURN_IF_ERROR(columns(&out.force_quote));
    } else if (name == "force_not_null") {
      ALLOD_RETURN_IF_ERROR(columns(&out.force_not_null));
    } else if (name == "force_null") {
      ALLOD_RETURN_IF_ERROR(columns(&out.force_null));
    } else if (name == "encoding") {
      Status status = CheckEncoding(text.value_or(""));
      if (!status.ok()) return std::move(status).At(position);
    } else {
      return Fail(sqlstate::kSyntaxError, "option \"" + name + "\" not recognized").At(position);
    }
  }
  if (out.binary() && delimiter) return Fail(sqlstate::kSyntaxError, "cannot specify DELIMITER in BINARY mode");
  if (out.binary() && null) return Fail(sqlstate::kSyntaxError, "cannot specify NULL in BINARY mode");
  if (out.csv()) {
    out.delimiter = ',';
    out.null = "";
  }
  if (delimiter) out.delimiter = (*delimiter)[0];
  if (null) out.null = *null;
  if (quote) out.quote = out.escape = (*quote)[0];
  if (escape) out.escape = (*escape)[0];
  ALLOD_RETURN_IF_ERROR(CheckTogether(out, from, quote.has_value(), escape.has_value()));
  return out;
}

}  // namespace allod::session
