// The page cache that SQLite is given in place of its own (sqlite3_pcache_methods2), for the way a read looks pages up: dozens
// of them at random. Pages lie together in huge pages of the machine, so that one look-up is not also a walk
// through its page tables; what is looked at to find a page lies apart from the pages, small enough to stay near the
// processor; a page that is used is only marked, not moved in a list (second chance instead of least recently used).
#pragma once

#include <sqlite3.h>

namespace allod::engine::sqlite {

const sqlite3_pcache_methods2& PageCacheMethods();

}  // namespace allod::engine::sqlite
