#include "ownership/spelling.h"

#include "ownership/spellings.h"

namespace allod::ownership {

std::unique_ptr<const Spelling> Spelling::For(engine::DialectId dialect, const catalog::Catalog& catalog) {
  return dialect == engine::DialectId::kPostgres ? SpellPostgres(catalog) : SpellSqlite();
}

}  // namespace allod::ownership
