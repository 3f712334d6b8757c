#include "engine/postgres/triggers.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

namespace allod::engine::postgres {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;  // of what is generated here

std::string Identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// Whatever standard_conforming_strings is.
std::string Literal(std::string_view text) {
  std::string out = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

std::string Json(const json::value& value) { return json::serialize(value); }

// What decides how a value of the type looks as text.
enum class Style : uint8_t { kNone, kSettings };

Style StyleOf(Oid type) {
  switch (type) {
    case oid::kBool:
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
    case oid::kOid:
    case oid::kNumeric:
    case oid::kText:
    case oid::kVarchar:
    case oid::kBpchar:
    case oid::kName:
    case oid::kChar:
    case oid::kJson:
    case oid::kJsonb:
    case oid::kRegclass:
    case oid::kRegproc:
    case oid::kRegtype:
    case oid::kRegrole:
    case oid::kRegnamespace:
    case oid::kUuid: return Style::kNone;
    default: return Style::kSettings;
  }
}

std::string TextOf(std::string_view row, const CapturedTable::Column& column) {
  const std::string value = std::string(row) + "." + Identifier(column.name);
  switch (column.type) {
    case oid::kRegclass:
    case oid::kRegproc:
    case oid::kRegtype:
    case oid::kRegrole:
    case oid::kRegnamespace: return value + "::oid::text";  // by number; a name depends on the search_path
    case oid::kInt2:
    case oid::kInt4:
    case oid::kInt8:
    case oid::kText:
    case oid::kVarchar:
    case oid::kUuid:
    case oid::kNumeric: return value + "::text";
    // A cast is not always the output form: char(n) would lose its blanks.
    default: return "CASE WHEN " + value + " IS NOT NULL THEN concat(" + value + ") END";
  }
}

std::string ArrayOf(std::string_view row, const CapturedTable& table) {
  std::string out;
  for (const CapturedTable::Column& column : table.columns) out += (out.empty() ? "" : ", ") + TextOf(row, column);
  return "array_to_json(ARRAY[" + out + "]::text[])::text";
}

std::string Quoted(const std::string& body) {
  std::string delimiter = "$allod$";
  for (int i = 0; body.find(delimiter) != std::string::npos; ++i) delimiter = "$allod" + std::to_string(i) + "$";
  return delimiter + body + delimiter;
}

// The functions that the tables' own call.
std::string SharedFunctions() {
  return "CREATE SCHEMA IF NOT EXISTS allod;\n"
         "CREATE OR REPLACE FUNCTION allod.capture_overflow(tbl text) RETURNS void LANGUAGE plpgsql AS $allod$\n"
         "DECLARE\n"
         "  note text := '[' || current_setting('allod.capture', true) || ',' || to_json(tbl)::text || '],';\n"
         "  noted text := coalesce(current_setting('allod.overflow', true), '');\n"
         "BEGIN\n"
         "  IF strpos(noted, note) = 0 THEN PERFORM set_config('allod.overflow', noted || note, true); END IF;\n"
         "END $allod$;\n"
         "CREATE OR REPLACE FUNCTION allod.capture(n int, tbl text, head text, body text) RETURNS void LANGUAGE plpgsql AS $allod$\n"
         "DECLARE\n"
         "  ignored text;\n"
         "  total bigint := n + coalesce(nullif(current_setting('allod.change_rows', true), ''), '0')::bigint;\n"
         "  chunk int := coalesce(nullif(current_setting('allod.change_chunk', true), ''), '0')::int;\n"
         "  noted text;\n"
         "BEGIN\n"
         "  IF total > 10000 OR chunk > 1000 THEN\n"
         "    ignored := set_config('allod.change_rows', '10001', true);\n"
         "    PERFORM allod.capture_overflow(tbl);\n"
         "    RETURN;\n"
         "  END IF;\n"
         "  ignored := set_config('allod.change_rows', total::text, true);\n"
         "  noted := coalesce(current_setting('allod.changes_' || chunk, true), '');\n"
         "  IF length(noted) > 16000 THEN\n"
         "    chunk := chunk + 1;\n"
         "    ignored := set_config('allod.change_chunk', chunk::text, true);\n"
         "    noted := '';\n"
         "  END IF;\n"
         "  ignored := set_config('allod.changes_' || chunk,\n"
         "    noted || '[' || current_setting('allod.capture', true) || ',' || head || body || ']],', true);\n"
         "END $allod$;\n"
         "CREATE OR REPLACE FUNCTION allod.capture_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $allod$\n"
         "BEGIN\n"
         "  PERFORM allod.capture_overflow(TG_ARGV[0]);\n"
         "  RETURN NULL;\n"
         "END $allod$;\n";
}

class TableScript {
 public:
  explicit TableScript(const CapturedTable& table) : table_(table), functions_("allod.capture_" + std::to_string(table.oid) + "_") {
    json::array columns;
    for (const CapturedTable::Column& column : table.columns) columns.push_back({json::string(column.name), json::value(static_cast<int64_t>(column.type))});
    columns_ = Json(columns);
    for (const CapturedTable::Column& column : table.columns) {
      if (StyleOf(column.type) == Style::kNone) continue;
      settings_ = " SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET bytea_output = 'hex'"
                  " SET extra_float_digits = 1";
    }
  }

  std::string Create() const {
    const std::string on = " ON " + table_.qualified;
    const std::string when = "pg_catalog.current_setting('allod.capture', true) OPERATOR(pg_catalog.<>) ''";
    const auto trigger = [&](std::string_view event, std::string_view clauses, const std::string& condition, const std::string& call) {
      const std::string name = "allod_capture_" + std::string(event);
      std::string upper(event);
      std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return static_cast<char>(c - 32); });
      return "CREATE TRIGGER " + name + " AFTER " + upper + on + std::string(clauses) + " WHEN (" + condition + ") EXECUTE FUNCTION " + call +
             ";\nALTER TABLE " + table_.qualified + " ENABLE ALWAYS TRIGGER " + name + ";\n";
    };
    std::string out;
    out += Function("insert", FromTransition("allod_new", "I"));
    out += trigger("insert", " REFERENCING NEW TABLE AS allod_new FOR EACH STATEMENT", when, functions_ + "insert()");
    out += Function("delete", FromTransition("allod_old", "D"));
    out += trigger("delete", " REFERENCING OLD TABLE AS allod_old FOR EACH STATEMENT", when, functions_ + "delete()");
    if (!table_.columns.empty()) {
      if (table_.partitioned) {
        out += Function("update", FromBothTransitions());
        out += trigger("update", " REFERENCING OLD TABLE AS allod_old NEW TABLE AS allod_new FOR EACH STATEMENT", when, functions_ + "update()");
      } else {
        out += Function("update", FromRow());
        out += trigger("update", " FOR EACH ROW", when, functions_ + "update()");
      }
    }
    out += trigger("truncate", " FOR EACH STATEMENT", when, "allod.capture_truncate(" + Literal(table_.name) + ")");
    return out;
  }

  // The comment: what is noted, and a mark of how.
  std::string Note() const {
    json::array columns;
    for (const CapturedTable::Column& column : table_.columns) columns.emplace_back(json::string(column.name));
    std::string kinds = std::to_string(kVersion) + (table_.partitioned ? "p" : "");
    for (const CapturedTable::Column& column : table_.columns) kinds += " " + std::to_string(column.type) + (column.comparable ? "" : "x");
    return Json(json::array{json::string(table_.name), std::move(columns), json::string(kinds)});
  }

 private:
  std::string Head(std::string_view operation) const {
    return Json(json::string(table_.name)) + ",\"" + std::string(operation) + "\"," + columns_ + ",[";
  }

  std::string Function(std::string_view event, const std::string& body) const {
    return "CREATE OR REPLACE FUNCTION " + functions_ + std::string(event) +
           "() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp" + settings_ + " AS " + Quoted(body) + ";\n";
  }

  std::string Call(std::string_view count, std::string_view operation, std::string_view rows) const {
    return "PERFORM allod.capture(" + std::string(count) + ", " + Literal(table_.name) + ", " + Literal(Head(operation)) + ", " +
           std::string(rows) + ");";
  }

  // One more row than can be noted is enough to see that it is too many.
  std::string FromTransition(std::string_view rows, std::string_view operation) const {
    return "\nDECLARE\n  n int;\n  body text;\nBEGIN\n  SELECT count(*), string_agg(v, ',') INTO n, body FROM (SELECT " + ArrayOf("r", table_) +
           " AS v FROM " + std::string(rows) + " r LIMIT 10001) s;\n  IF n > 0 THEN " + Call("n", operation, "body") +
           " END IF;\n  RETURN NULL;\nEND ";
  }

  // What has changed is looked at here: a trigger's condition that names columns would keep them from being altered.
  std::string FromRow() const {
    const std::string rows = ArrayOf("OLD", table_) + " || ',' || " + ArrayOf("NEW", table_);
    return "\nBEGIN\n  IF " + Changed() + " THEN\n    " + Call("1", "U", rows) + "\n  END IF;\n  RETURN NULL;\nEND ";
  }

  // Paired by their place. A row without a partner (a trigger of the user's has kept it from arriving) makes it an overflow.
  std::string FromBothTransitions() const {
    return "\nDECLARE\n  n int;\n  alone int;\n  body text;\nBEGIN\n"
           "  SELECT count(*), count(*) FILTER (WHERE s.v IS NULL OR s.w IS NULL), string_agg(s.v || ',' || s.w, ',') INTO n, alone, body FROM (\n"
           "    SELECT a.v, b.v AS w FROM (SELECT row_number() OVER () AS i, " + ArrayOf("r", table_) + " AS v FROM allod_old r) a\n"
           "    FULL JOIN (SELECT row_number() OVER () AS i, " + ArrayOf("r", table_) + " AS v FROM allod_new r) b ON a.i = b.i\n"
           "    WHERE a.v IS DISTINCT FROM b.v LIMIT 10001) s;\n"
           "  IF alone > 0 THEN PERFORM allod.capture_overflow(" + Literal(table_.name) + ");\n  ELSIF n > 0 THEN " + Call("n", "U", "body") +
           " END IF;\n  RETURN NULL;\nEND ";
  }

  std::string Changed() const {
    std::string out;
    for (const CapturedTable::Column& column : table_.columns) {
      const std::string name = Identifier(column.name);
      const char* as = column.comparable ? "" : "::text";
      out += (out.empty() ? "" : " OR ") + ("OLD." + name + as) + " IS DISTINCT FROM NEW." + name + as;
    }
    return out;
  }

  const CapturedTable& table_;
  const std::string functions_;
  std::string columns_, settings_;
};

std::string DropTriggers(const std::string& qualified) {
  std::string out;
  for (const char* event : {"insert", "update", "delete", "truncate"}) {
    out += "DROP TRIGGER IF EXISTS allod_capture_" + std::string(event) + " ON " + qualified + ";\n";
  }
  return out;
}

}  // namespace

const char kFindColumns[] =
    "SELECT w.i, c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind = 'p', w.c, b.oid,"
    // Equality of a user's own type may be in any schema; that of an array is its elements'.
    " b.typtype IN ('e', 'r', 'm') OR b.oid = 1043 OR b.oid < 16384 AND EXISTS (SELECT FROM pg_catalog.pg_opclass o WHERE o.opcdefault"
    " AND o.opcmethod IN (403, 405) AND o.opcintype = b.oid)"
    " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS w(t, c, i)"
    " LEFT JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(w.t)"
    " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.c AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN LATERAL (WITH RECURSIVE d AS (SELECT t.* FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid UNION ALL"
    " SELECT t.* FROM d JOIN pg_catalog.pg_type t ON d.typtype = 'd' AND t.oid = d.typbasetype) SELECT * FROM d WHERE typtype <> 'd') b ON true"
    " ORDER BY w.i";

const char kFindCaptures[] =
    "SELECT t.tgrelid, pg_catalog.format('%I.%I', n.nspname, c.relname), coalesce(pg_catalog.obj_description(t.oid, 'pg_trigger'), '')"
    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE t.tgname = 'allod_capture_insert' AND t.tgenabled = 'A'";

const char kFindFunctions[] =
    "SELECT DISTINCT pg_catalog.split_part(p.proname, '_', 2)::pg_catalog.oid FROM pg_catalog.pg_proc p"
    " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'allod' AND p.proname ~ '^capture_[0-9]+_(insert|update|delete)$'";

std::string TriggerScript(std::span<const CapturedTable> wanted, std::span<const ExistingCapture> existing, std::span<const Oid> functions) {
  std::string out;
  std::set<Oid> keep;
  std::map<Oid, const ExistingCapture*> has;
  for (const ExistingCapture& e : existing) has[e.oid] = &e;
  for (const CapturedTable& table : wanted) {
    keep.insert(table.oid);
    const TableScript script(table);
    const auto old = has.find(table.oid);
    if (old != has.end() && old->second->note == script.Note()) continue;
    out += DropTriggers(table.qualified) + script.Create() + "COMMENT ON TRIGGER allod_capture_insert ON " + table.qualified + " IS " +
           Literal(script.Note()) + ";\n";
  }
  if (!out.empty()) out = SharedFunctions() + out;
  for (const ExistingCapture& e : existing) {
    if (!keep.contains(e.oid)) out += DropTriggers(e.qualified);
  }
  for (const Oid function : functions) {
    if (keep.contains(function)) continue;
    for (const char* event : {"insert", "update", "delete"}) {
      out += "DROP FUNCTION IF EXISTS allod.capture_" + std::to_string(function) + "_" + event + "();\n";
    }
  }
  return out;
}

CapturedColumns ColumnsOf(std::span<const ExistingCapture> existing) {
  CapturedColumns captured;
  for (const ExistingCapture& e : existing) {
    boost::system::error_code error;
    const json::value note = json::parse(e.note, error);
    if (error || !note.is_array() || note.get_array().size() != 3 || !note.get_array()[0].is_string() || !note.get_array()[1].is_array()) continue;
    std::vector<std::string>& columns = captured[std::string(note.get_array()[0].get_string())];
    for (const json::value& column : note.get_array()[1].get_array()) {
      if (column.is_string()) columns.emplace_back(column.get_string());
    }
  }
  return captured;
}

bool Covers(const CapturedColumns& captured, const Watch& watch) {
  return std::all_of(watch.tables.begin(), watch.tables.end(), [&](const TableWatch& table) {
    const auto found = captured.find(table.table);
    return found != captured.end() && std::all_of(table.columns.begin(), table.columns.end(), [&](const std::string& column) {
             return std::find(found->second.begin(), found->second.end(), column) != found->second.end();
           });
  });
}

}  // namespace allod::engine::postgres
