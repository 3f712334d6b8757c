// Moves a connection's page cache from one commit to another by forgetting only the pages that differ.
//
// SQLite empties the cache of a connection whenever another one has committed: it only knows that something changed. With
// a commit every millisecond, readers would fetch (and decrypt, and decode) every page anew all the time. But the index of
// the write-ahead log says which pages the frames between two commits hold, and all other pages are the same in both.
//
// The function stands in refresh.c behind SQLite's own source, which is compiled as it is: it calls what SQLite
// keeps to itself and changes nothing of it. When SQLite afterwards begins its transaction, it finds the connection where
// it is to be, and the cache with it; if a commit comes in between, it empties the cache as ever.
#pragma once

#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

// Outside of a transaction, on the connection's own thread: to the newest commit or, if not null, to `snapshot`. What is
// kept are pages that are what the database (or snapshot) holds. SQLITE_ERROR_SNAPSHOT: the log does not hold the
// snapshot any more; SQLITE_BUSY: a checkpoint runs, so snapshots cannot be opened. After an error the connection is as before.
int allod_refresh_pages(sqlite3* db, sqlite3_snapshot* snapshot);

#ifdef __cplusplus
}
#endif
