#include "catalog/native/store.h"

#include <set>

#include "base/format.h"

namespace allod::catalog {
namespace {

// Held by whoever defines something (pg_advisory_xact_lock).
constexpr int64_t kDefinitionLock = 0x616c6c6f64;  // "allod"

constexpr std::string_view kCreate = R"sql(
SELECT pg_advisory_xact_lock(418430873444);
CREATE SCHEMA IF NOT EXISTS allod;
REVOKE ALL ON SCHEMA allod FROM PUBLIC;
CREATE TABLE IF NOT EXISTS allod.catalog_version (one boolean PRIMARY KEY DEFAULT true CHECK (one), version bigint NOT NULL, format int NOT NULL);
INSERT INTO allod.catalog_version (version, format) VALUES (1, 1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS allod.data_subject (table_oid oid PRIMARY KEY);
CREATE TABLE IF NOT EXISTS allod.annotation (constraint_oid oid PRIMARY KEY, kind text NOT NULL);
CREATE TABLE IF NOT EXISTS allod.rule (table_oid oid NOT NULL, position int NOT NULL, event text NOT NULL, action text NOT NULL,
  via_table oid NOT NULL, via_column int2 NOT NULL, columns int2[] NOT NULL, PRIMARY KEY (table_oid, position));
CREATE TABLE IF NOT EXISTS allod.role (oid bigint PRIMARY KEY, name text NOT NULL UNIQUE, superuser boolean NOT NULL, login boolean NOT NULL,
  createdb boolean NOT NULL, createrole boolean NOT NULL, verifier text NOT NULL);
INSERT INTO allod.role VALUES (10, 'allod', true, true, true, true, '') ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION allod.assert_version(expected bigint) RETURNS void LANGUAGE plpgsql AS $allod$
BEGIN
  IF (SELECT version FROM allod.catalog_version) IS DISTINCT FROM expected THEN
    RAISE EXCEPTION 'the catalogue has changed since this statement was planned' USING ERRCODE = '40A01';
  END IF;
END $allod$;
CREATE OR REPLACE FUNCTION allod.constraint_def(constraint_oid oid, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS $allod$
  SELECT coalesce((SELECT replace(pg_catalog.pg_get_constraintdef(constraint_oid, pretty), ') REFERENCES ',
                                  CASE a.kind WHEN 'only' THEN ') REFERENCES ONLY ' ELSE ') ' || upper(a.kind) || ' ' END)
                   FROM allod.annotation a WHERE a.constraint_oid = $1),
                  pg_catalog.pg_get_constraintdef(constraint_oid, pretty))
$allod$;
)sql";

// Objects of the user's: not the system's, not Allod's own, not another session's temporary ones, not an extension's.
constexpr std::string_view kOurs =
    "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'allod')";

class Rows {
 public:
  Rows(engine::Transaction& transaction, std::string text) : transaction_(transaction), text_(std::move(text)) {}

  // Calls `use` for each row.
  template <typename Use>
  Status ForEach(const Use& use) {
    ALLOD_ASSIGN_OR_RETURN(cursor_, transaction_.Run(text_, {}, nullptr));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(const bool more, cursor_->Next());
      if (!more) return Ok();
      use(*this);
    }
  }
  int64_t Integer(int i) const { return cursor_->column(i).is_null() ? 0 : cursor_->column(i).integer; }
  Oid Object(int i) const { return static_cast<Oid>(Integer(i)); }
  bool Bool(int i) const { return Integer(i) != 0; }
  std::string Text(int i) const { return std::string(cursor_->column(i).bytes); }
  std::vector<Attnum> Attnums(int i) const {  // "1 2 3"
    std::vector<Attnum> numbers;
    std::string_view text = cursor_->column(i).bytes;
    while (!text.empty()) {
      const size_t space = std::min(text.find(' '), text.size());
      numbers.push_back(static_cast<Attnum>(std::stoi(std::string(text.substr(0, space)))));
      text.remove_prefix(std::min(space + 1, text.size()));
    }
    return numbers;
  }

 private:
  engine::Transaction& transaction_;
  std::string text_;
  std::unique_ptr<engine::Cursor> cursor_;
};

std::string Ours(std::string_view before, std::string_view after) {
  return std::string(before) + std::string(kOurs) + std::string(after);
}

struct AnnotationWord {
  Annotation annotation;
  std::string_view word;
};
constexpr AnnotationWord kWords[] = {{Annotation::kOwnedBy, "owned_by"},
                                     {Annotation::kAccessedBy, "accessed_by"},
                                     {Annotation::kOwns, "owns"},
                                     {Annotation::kAccesses, "accesses"},
                                     {Annotation::kReferencesOnly, "only"}};

using Tables = std::map<Oid, Table>;

Status LoadTables(engine::Transaction& transaction, Catalog* catalog, Tables* tables) {
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction, Ours("SELECT n.oid::int8, n.nspname::text FROM pg_namespace n WHERE ", "")).ForEach([&](const Rows& row) {
        catalog->Put(Schema{row.Object(0), row.Text(1), ""});
      }));
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction,
           Ours("SELECT c.oid::int8, c.relnamespace::int8, c.relname::text, (c.relkind IN ('v', 'm')), "
                "EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname !~ '^allod_'), "
                "(c.relhasrules AND c.relkind <> 'v' AND c.relkind <> 'm'), s.table_oid IS NOT NULL "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN allod.data_subject s ON s.table_oid = c.oid "
                "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ",
                ""))
          .ForEach([&](const Rows& row) {
            Table& table = (*tables)[row.Object(0)];
            table.oid = row.Object(0);
            table.schema = row.Object(1);
            table.name = row.Text(2);
            table.kind = row.Bool(3) ? Table::Kind::kView : Table::Kind::kTable;
            table.has_triggers = row.Bool(4) || row.Bool(5);
            table.data_subject = row.Bool(6);
          }));
  return Rows(transaction,
              Ours("SELECT a.attrelid::int8, a.attnum::int8, a.attname::text, a.atttypid::int8, a.atttypmod::int8, "
                   "quote_ident(tn.nspname) || '.' || quote_ident(y.typname), a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), ''), "
                   "ascii(a.attidentity::text)::int8 "
                   "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                   "JOIN pg_type y ON y.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = y.typnamespace "
                   "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
                   "WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ",
                   " ORDER BY a.attrelid, a.attnum"))
      .ForEach([&](const Rows& row) {
        Table& table = (*tables)[row.Object(0)];
        Column& column = table.columns.emplace_back();
        column.number = static_cast<Attnum>(row.Integer(1));
        column.name = row.Text(2);
        column.type = Type{row.Object(3), static_cast<int32_t>(row.Integer(4))};
        if (FindType(column.type.oid) == nullptr) column.type_name = row.Text(5);
        column.not_null = row.Bool(6);
        column.default_sql = row.Text(7);
        column.identity = static_cast<char>(row.Integer(8));
        table.next_attnum = static_cast<Attnum>(column.number + 1);
      });
}

KeyAction ActionOf(const std::string& letter) {
  return letter.empty() ? KeyAction::kNoAction : static_cast<KeyAction>(letter[0]);
}

Status LoadConstraints(engine::Transaction& transaction, Tables* tables) {
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction,
           Ours("SELECT k.conrelid::int8, k.oid::int8, k.conname::text, k.contype::text, array_to_string(k.conkey, ' '), "
                "k.confrelid::int8, array_to_string(k.confkey, ' '), k.confupdtype::text, k.confdeltype::text, "
                "k.condeferrable, k.condeferred, coalesce(a.kind, ''), k.conindid::int8, "
                "CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) ELSE '' END "
                "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                "LEFT JOIN allod.annotation a ON a.constraint_oid = k.oid "
                // A partition's copy of its parent's key says nothing of its own.
                "WHERE k.contype IN ('p', 'u', 'c', 'f') AND k.conparentid = 0 AND ",
                " ORDER BY k.conrelid, k.oid"))
          .ForEach([&](const Rows& row) {
            auto table = tables->find(row.Object(0));
            if (table == tables->end()) return;
            Constraint& constraint = table->second.constraints.emplace_back();
            constraint.oid = row.Object(1);
            constraint.name = row.Text(2);
            constraint.kind = static_cast<Constraint::Kind>(row.Text(3)[0]);
            constraint.columns = row.Attnums(4);
            constraint.target = row.Object(5);
            constraint.target_columns = row.Attnums(6);
            if (constraint.kind == Constraint::Kind::kForeignKey) {
              constraint.on_update = ActionOf(row.Text(7));
              constraint.on_delete = ActionOf(row.Text(8));
            } else {
              constraint.index = row.Object(12);
              constraint.check_sql = row.Text(13);
            }
            constraint.deferrable = row.Bool(9);
            constraint.initially_deferred = row.Bool(10);
            const std::string word = row.Text(11);
            for (const AnnotationWord& known : kWords) {
              if (known.word == word) constraint.annotation = known.annotation;
            }
          }));
  // Keys into tables that are not ours (an extension's, the system's) carry nothing.
  for (auto& [oid, table] : *tables) {
    std::erase_if(table.constraints, [&](const Constraint& constraint) {
      return constraint.kind == Constraint::Kind::kForeignKey && !tables->contains(constraint.target);
    });
  }
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction,
           Ours("SELECT i.indrelid::int8, i.indexrelid::int8, x.relname::text, i.indisunique, array_to_string(i.indkey::int2[], ' '), "
                "i.indnkeyatts::int8, coalesce(pg_get_expr(i.indpred, i.indrelid), '') "
                "FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisvalid AND ",
                " ORDER BY i.indrelid, i.indexrelid"))
          .ForEach([&](const Rows& row) {
            auto table = tables->find(row.Object(0));
            if (table == tables->end()) return;
            Index& index = table->second.indexes.emplace_back();
            index.oid = row.Object(1);
            index.name = row.Text(2);
            index.unique = row.Bool(3);
            index.predicate_sql = row.Text(6);
            const std::vector<Attnum> columns = row.Attnums(4);
            for (size_t i = 0; i < columns.size() && i < static_cast<size_t>(row.Integer(5)); ++i) {
              index.columns.push_back(IndexColumn{columns[i], "", false, false});
            }
          }));
  return Rows(transaction,
              "SELECT table_oid::int8, event, action, via_table::int8, via_column::int8, array_to_string(columns, ' ') "
              "FROM allod.rule ORDER BY table_oid, position")
      .ForEach([&](const Rows& row) {
        auto table = tables->find(row.Object(0));
        if (table == tables->end()) return;
        AnonymizationRule& rule = table->second.rules.emplace_back();
        rule.event = row.Text(1) == "del" ? AnonymizationRule::Event::kDelete : AnonymizationRule::Event::kGet;
        rule.action = row.Text(2) == "delete_row" ? AnonymizationRule::Action::kDeleteRow : AnonymizationRule::Action::kAnonymize;
        rule.via_table = row.Object(3);
        rule.via_column = static_cast<Attnum>(row.Integer(4));
        rule.columns = row.Attnums(5);
      });
}

// What a view reads: the tables its rewrite rule depends on.
Status LoadViews(engine::Transaction& transaction, Tables* tables) {
  return Rows(transaction,
              Ours("SELECT DISTINCT c.oid::int8, d.refobjid::int8 FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
                   "JOIN pg_namespace n ON n.oid = c.relnamespace "
                   "JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass "
                   "WHERE c.relkind IN ('v', 'm') AND d.refobjid <> c.oid AND ",
                   ""))
      .ForEach([&](const Rows& row) {
        auto view = tables->find(row.Object(0));
        if (view != tables->end()) view->second.view_reads.push_back(row.Object(1));
      });
}

Status RunToEnd(engine::Transaction& transaction, std::string_view text, std::initializer_list<Datum> values) {
  std::vector<engine::Parameter> parameters(values.begin(), values.end());
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction.Run(text, parameters, nullptr));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(const bool more, cursor->Next());
    if (!more) return Ok();
  }
}

std::string_view WordOf(Annotation annotation) {
  for (const AnnotationWord& known : kWords) {
    if (known.annotation == annotation) return known.word;
  }
  return "";
}

std::string Numbers(const std::vector<Attnum>& columns) {  // "{1,2}"
  std::string text = "{";
  for (size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(columns[i]);
  return text + "}";
}

bool SameRules(const std::vector<AnonymizationRule>& a, const std::vector<AnonymizationRule>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const AnonymizationRule& x, const AnonymizationRule& y) {
    return x.event == y.event && x.action == y.action && x.via_table == y.via_table && x.via_column == y.via_column &&
           x.columns == y.columns;
  });
}

Status SaveTable(const Table* before, const Table& after, engine::Transaction& transaction) {
  const Datum oid = Datum::Integer(after.oid);
  if (after.data_subject != (before != nullptr && before->data_subject)) {
    ALLOD_RETURN_IF_ERROR(RunToEnd(transaction,
                                   after.data_subject ? "INSERT INTO allod.data_subject VALUES ($1::int8::oid)"
                                                      : "DELETE FROM allod.data_subject WHERE table_oid = $1::int8::oid",
                                   {oid}));
  }
  for (const Constraint& constraint : after.constraints) {
    if (constraint.kind != Constraint::Kind::kForeignKey) continue;
    const Constraint* old = nullptr;
    if (before != nullptr) {
      for (const Constraint& candidate : before->constraints) {
        if (candidate.oid == constraint.oid) old = &candidate;
      }
    }
    if (constraint.annotation == (old != nullptr ? old->annotation : Annotation::kNone)) continue;
    const Datum key = Datum::Integer(constraint.oid);
    if (constraint.annotation == Annotation::kNone) {
      ALLOD_RETURN_IF_ERROR(RunToEnd(transaction, "DELETE FROM allod.annotation WHERE constraint_oid = $1::int8::oid", {key}));
    } else {
      ALLOD_RETURN_IF_ERROR(RunToEnd(transaction,
                                     "INSERT INTO allod.annotation VALUES ($1::int8::oid, $2::text) "
                                     "ON CONFLICT (constraint_oid) DO UPDATE SET kind = excluded.kind",
                                     {key, Datum::Text(WordOf(constraint.annotation))}));
    }
  }
  if (SameRules(before != nullptr ? before->rules : std::vector<AnonymizationRule>(), after.rules)) return Ok();
  ALLOD_RETURN_IF_ERROR(RunToEnd(transaction, "DELETE FROM allod.rule WHERE table_oid = $1::int8::oid", {oid}));
  for (size_t i = 0; i < after.rules.size(); ++i) {
    const AnonymizationRule& rule = after.rules[i];
    const std::string columns = Numbers(rule.columns);
    ALLOD_RETURN_IF_ERROR(RunToEnd(
        transaction,
        "INSERT INTO allod.rule VALUES ($1::int8::oid, $2::int8::int4, $3::text, $4::text, $5::int8::oid, $6::int8::int2, $7::text::int2[])",
        {oid, Datum::Integer(static_cast<int64_t>(i)),
         Datum::Text(rule.event == AnonymizationRule::Event::kDelete ? "del" : "get"),
         Datum::Text(rule.action == AnonymizationRule::Action::kDeleteRow ? "delete_row" : "anonymize"),
         Datum::Integer(rule.via_table), Datum::Integer(rule.via_column), Datum::Text(columns)}));
  }
  return Ok();
}

Status SaveRoles(const Catalog& before, const Catalog& after, engine::Transaction& transaction) {
  for (const auto& [oid, role] : after.roles()) {
    auto old = before.roles().find(oid);
    if (old != before.roles().end() && old->second == role) continue;
    ALLOD_RETURN_IF_ERROR(RunToEnd(
        transaction,
        "INSERT INTO allod.role VALUES ($1::int8, $2::text, $3::bool, $4::bool, $5::bool, $6::bool, $7::text) "
        "ON CONFLICT (oid) DO UPDATE SET name = excluded.name, superuser = excluded.superuser, login = excluded.login, "
        "createdb = excluded.createdb, createrole = excluded.createrole, verifier = excluded.verifier",
        {Datum::Integer(oid), Datum::Text(role->name), Datum::Integer(role->superuser), Datum::Integer(role->login),
         Datum::Integer(role->createdb), Datum::Integer(role->createrole), Datum::Text(role->verifier)}));
  }
  for (const auto& [oid, role] : before.roles()) {
    if (!after.roles().contains(oid)) {
      ALLOD_RETURN_IF_ERROR(RunToEnd(transaction, "DELETE FROM allod.role WHERE oid = $1::int8", {Datum::Integer(oid)}));
    }
  }
  return Ok();
}

Result<int64_t> OneNumber(engine::Transaction& transaction, const std::string& text) {
  int64_t number = 0;
  ALLOD_RETURN_IF_ERROR(Rows(transaction, text).ForEach([&](const Rows& row) { number = row.Integer(0); }));
  return number;
}

}  // namespace

Status PrepareNative(engine::Engine& engine) {
  {
    ALLOD_ASSIGN_OR_RETURN(engine::Turn turn, engine::AwaitTurn(engine));
    ALLOD_ASSIGN_OR_RETURN(auto transaction, engine.Begin(engine::Mode::kRead, std::move(turn)));
    ALLOD_ASSIGN_OR_RETURN(const int64_t there,
                           OneNumber(*transaction, "SELECT (to_regproc('allod.constraint_def') IS NOT NULL)"));
    if (there != 0) return Ok();
  }
  ALLOD_ASSIGN_OR_RETURN(engine::Turn turn, engine::AwaitTurn(engine));
  ALLOD_ASSIGN_OR_RETURN(auto transaction, engine.Begin(engine::Mode::kWrite, std::move(turn)));
  ALLOD_RETURN_IF_ERROR(transaction->Script(kCreate));
  return transaction->Commit().status();
}

Result<std::shared_ptr<const Catalog>> LoadNative(engine::Transaction& transaction) {
  // What a fresh database begins with is the cluster's to say.
  const std::shared_ptr<const Catalog> initial = Catalog::Initial();
  std::shared_ptr<Catalog> catalog = initial->Edit();
  for (const auto& [oid, role] : initial->roles()) catalog->DropRole(oid);
  Tables tables;
  ALLOD_ASSIGN_OR_RETURN(const int64_t version, NativeVersion(transaction));
  ALLOD_RETURN_IF_ERROR(LoadTables(transaction, catalog.get(), &tables));
  ALLOD_RETURN_IF_ERROR(LoadConstraints(transaction, &tables));
  ALLOD_RETURN_IF_ERROR(LoadViews(transaction, &tables));
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction, "SELECT oid, name, superuser, login, createdb, createrole, verifier FROM allod.role")
          .ForEach([&](const Rows& row) {
            Role role;
            role.oid = row.Object(0);
            role.name = row.Text(1);
            role.superuser = row.Bool(2);
            role.login = row.Bool(3);
            role.createdb = row.Bool(4);
            role.createrole = row.Bool(5);
            role.verifier = row.Text(6);
            catalog->Put(std::move(role));
          }));
  std::set<std::string, std::less<>> opaque;
  ALLOD_RETURN_IF_ERROR(
      Rows(transaction, Ours("SELECT DISTINCT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
                             "JOIN pg_language l ON l.oid = p.prolang "
                             "WHERE p.prokind <> 'a' AND p.provolatile <> 'i' AND l.lanname NOT IN ('c', 'internal') AND ",
                             ""))
          .ForEach([&](const Rows& row) { opaque.insert(row.Text(0)); }));
  catalog->set_opaque_functions(std::move(opaque));
  for (auto& [oid, table] : tables) catalog->Put(std::move(table));
  catalog->set_version(static_cast<uint64_t>(version));
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

Result<int64_t> NativeVersion(engine::Transaction& transaction) {
  return OneNumber(transaction, "SELECT version FROM allod.catalog_version");
}

Result<int64_t> LockNative(engine::Transaction& transaction) {
  ALLOD_RETURN_IF_ERROR(RunToEnd(transaction, "SELECT pg_advisory_xact_lock($1::int8)", {Datum::Integer(kDefinitionLock)}));
  return NativeVersion(transaction);
}

Status SaveNative(const Catalog& before, const Catalog& after, engine::Transaction& transaction) {
  for (const auto& [oid, table] : after.tables()) {
    ALLOD_RETURN_IF_ERROR(SaveTable(before.FindTable(oid), *table, transaction));
  }
  ALLOD_RETURN_IF_ERROR(SaveRoles(before, after, transaction));
  return transaction.Script(
      "DELETE FROM allod.data_subject s WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = s.table_oid);"
      "DELETE FROM allod.rule r WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = r.table_oid);"
      "DELETE FROM allod.annotation a WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.oid = a.constraint_oid);"
      "UPDATE allod.catalog_version SET version = version + 1;"
      "SELECT pg_notify('allod_catalog', '')");
}

}  // namespace allod::catalog
