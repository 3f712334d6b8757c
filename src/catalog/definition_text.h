// Definitions as text, the way PostgreSQL writes them: what pg_get_constraintdef(), pg_get_indexdef() and psql's \d show.
#pragma once

#include <string>

#include "catalog/catalog.h"

namespace allod::catalog {

struct TextOptions {
  // Ownership as it was written: OWNED_BY users(id) where PostgreSQL would read REFERENCES users(id).
  bool annotations = false;
  // As psql asks for it: no brackets that are not needed, no schema where it is public.
  bool pretty = false;
};

// "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "PRIMARY KEY (id)", "CHECK ((price > 0))"
std::string ConstraintText(const Catalog& catalog, const Table& table, const Constraint& constraint,
                           const TextOptions& options = {});
inline std::string ConstraintText(const Catalog& catalog, const Table& table, const Constraint& constraint, bool annotations) {
  return ConstraintText(catalog, table, constraint, TextOptions{annotations, false});
}
// "CREATE UNIQUE INDEX members_pkey ON public.members USING btree (id)"
std::string IndexText(const Catalog& catalog, const Table& table, const Index& index, const TextOptions& options = {});
// The same for a primary key that is the engine's row id and has no index of its own. REQUIRES: there is such a key.
std::string RowIdIndexText(const Catalog& catalog, const Table& table, const TextOptions& options = {});
// One column or expression of it (from 0), without its direction: pg_get_indexdef(index, column, ...).
std::string IndexColumnText(const Table& table, const Index& index, size_t column, const TextOptions& options = {});
// "ON DEL sender_id ANON (sender_id)", "ON GET shares(creator) DELETE_ROW"
std::string RuleText(const Catalog& catalog, const Table& table, const AnonymizationRule& rule);
// "OWNED_BY"; "REFERENCES" for none.
std::string_view AnnotationText(Annotation annotation);
// The statement that would make the table: CREATE DATA_SUBJECT TABLE ... with everything that is inside the brackets.
std::string TableText(const Catalog& catalog, const Table& table, const TextOptions& options = {});
// As FormatType(), with the names of the user's types: "mood", "app.mood[]".
std::string TypeText(const Catalog& catalog, Type type);
// A relation's name as it must be written: with its schema unless that is public.
std::string QualifiedName(const Catalog& catalog, Oid schema, std::string_view name);

}  // namespace allod::catalog
