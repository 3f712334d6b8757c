// The dialects there are.
#pragma once

#include "ownership/spelling.h"

namespace allod::ownership {

std::unique_ptr<const Spelling> SpellSqlite();
std::unique_ptr<const Spelling> SpellPostgres(const catalog::Catalog& catalog);

}  // namespace allod::ownership
