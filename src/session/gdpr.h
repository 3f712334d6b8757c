// GDPR GET, GDPR FORGET, EXPLAIN GDPR ..., EXPLAIN COMPLIANCE: their shapes and their execution.
#pragma once

#include "rights/rights.h"
#include "session/compiled.h"
#include "session/database.h"

namespace allod::session {

// Parameters are the subject's key columns; result columns as docs/sql.md says.
Result<Description> DescribeOwnStatement(const sql::Parsed& parsed, const sql::Statement& statement,
                                         const Definitions& definitions, bool simple);

// The subject that the statement names: its key parts in stored form.
Result<rights::SubjectKey> SubjectOf(const sql::Parsed& parsed, const sql::GdprStatement& statement,
                                     const catalog::Catalog& catalog, const Row& parameters, const FormatContext& format);

}  // namespace allod::session
