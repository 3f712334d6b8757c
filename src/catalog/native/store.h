// The catalogue on an engine that understands PostgreSQL's SQL itself (Capabilities::native_sql): tables, columns and
// keys are what the engine's own pg_catalog says; what Allod adds lies in tables of the schema `allod` beside them:
//
//   allod.catalog_version (version bigint)                    one row; grows with every definition
//   allod.data_subject    (table_oid oid)
//   allod.annotation      (constraint_oid oid, kind text)     'owned_by', 'accessed_by', 'owns', 'accesses', 'only'
//   allod.rule            (table_oid oid, position int, event text, action text, via_table oid, via_column int2,
//                          columns int2[])
//   allod.role            (oid, name, superuser, login, createdb, createrole, verifier)
//   allod.assert_version(bigint)                              raises 40A01 if the catalogue has moved on
//
// So several processes can serve one cluster, and none holds anything that another needs.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "engine/engine.h"

namespace allod::catalog {

// Makes the schema `allod` where it is missing, in a transaction of its own. 42501 if the role may not create schemas.
Status PrepareNative(engine::Engine& engine);
// Reads everything; sees what the transaction itself has changed.
Result<std::shared_ptr<const Catalog>> LoadNative(engine::Transaction& transaction);
// The version of the newest committed catalogue.
Result<int64_t> NativeVersion(engine::Transaction& transaction);
// Before a definition: no other process defines anything until this transaction ends. Gives the version.
Result<int64_t> LockNative(engine::Transaction& transaction);
// Writes what Allod adds: annotations, data subjects, rules, roles (the difference between the two), forgets what belonged
// to objects that are gone, and makes the version one more, which every process is told when the transaction commits.
Status SaveNative(const Catalog& before, const Catalog& after, engine::Transaction& transaction);
// The channel on which they are told.
inline constexpr std::string_view kNativeChannel = "allod_catalog";

}  // namespace allod::catalog
