// The page cache beside a plain model: what is pinned stays, where it is; what is found is what was put there.
#include "engine/sqlite/page_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <set>

#include "engine/sqlite/process.h"

namespace allod::engine::sqlite {
namespace {

constexpr int kPageBytes = 4096, kExtraBytes = 250;

void Mark(sqlite3_pcache_page* page, uint64_t mark) {
  std::memcpy(page->pExtra, &mark, sizeof(mark));
  std::memcpy(static_cast<char*>(page->pBuf) + kPageBytes - 8, &mark, sizeof(mark));
}

// 0: the page is new.
uint64_t MarkOf(const sqlite3_pcache_page* page) {
  uint64_t extra, content;
  std::memcpy(&extra, page->pExtra, sizeof(extra));
  std::memcpy(&content, static_cast<const char*>(page->pBuf) + kPageBytes - 8, sizeof(content));
  if (extra != 0) {
    EXPECT_EQ(extra, content);
  }
  return extra;
}

void Play(uint64_t seed, bool purgeable) {
  SCOPED_TRACE(seed);
  const sqlite3_pcache_methods2& m = PageCacheMethods();
  std::mt19937_64 random(seed);
  sqlite3_pcache* cache = m.xCreate(kPageBytes, kExtraBytes, purgeable);
  ASSERT_NE(cache, nullptr);
  int limit = 5 + static_cast<int>(random() % 1200);
  m.xCachesize(cache, limit);
  struct Known {
    uint64_t mark;
    sqlite3_pcache_page* pinned;  // null: it may be gone
  };
  std::map<unsigned, Known> known;
  std::set<sqlite3_pcache_page*> pinned;
  uint64_t next_mark = 1;
  int found = 0;
  const unsigned keys = 1 + static_cast<unsigned>(random() % 3000);
  for (int step = 0; step < 20000; ++step) {
    const unsigned key = 1 + static_cast<unsigned>(random() % keys);
    const auto at = known.find(key);
    switch (random() % 16) {
      default: {
        const int create = static_cast<int>(random() % 3);
        sqlite3_pcache_page* page = m.xFetch(cache, key, create);
        if (at != known.end() && at->second.pinned != nullptr) {
          ASSERT_EQ(page, at->second.pinned);
          break;
        }
        if (!purgeable && at != known.end()) {
          ASSERT_NE(page, nullptr);
        }
        if (page == nullptr) {
          ASSERT_NE(create, 2);
          break;
        }
        ASSERT_TRUE(pinned.insert(page).second) << "one page for two keys";
        if (const uint64_t mark = MarkOf(page); mark != 0) {
          ASSERT_NE(at, known.end());
          ASSERT_EQ(mark, at->second.mark);
          ++found;
        }
        Mark(page, next_mark);
        known[key] = {next_mark++, page};
        break;
      }
      case 0: case 1: case 2: case 3: case 4: case 5: {
        if (at == known.end() || at->second.pinned == nullptr) break;
        const bool discard = random() % 8 == 0;
        m.xUnpin(cache, at->second.pinned, discard);
        pinned.erase(at->second.pinned);
        if (discard) known.erase(at); else at->second.pinned = nullptr;
        break;
      }
      case 6: {
        const unsigned other = 1 + static_cast<unsigned>(random() % keys);
        if (at == known.end() || at->second.pinned == nullptr || other == key) break;
        if (const auto there = known.find(other); there != known.end() && there->second.pinned != nullptr) break;
        m.xRekey(cache, at->second.pinned, key, other);
        known[other] = at->second;
        known.erase(key);
        break;
      }
      case 7: {
        if (random() % 40 != 0) break;
        const unsigned first = static_cast<unsigned>(random() % (keys + 2));
        m.xTruncate(cache, first);
        for (auto it = known.lower_bound(first); it != known.end(); it = known.erase(it)) pinned.erase(it->second.pinned);
        break;
      }
      case 8:
        if (random() % 40 != 0) break;
        if (random() % 4 == 0) m.xShrink(cache);
        limit = 5 + static_cast<int>(random() % 1200);
        m.xCachesize(cache, limit);
        break;
    }
    ASSERT_GE(m.xPagecount(cache), static_cast<int>(pinned.size()));
    if (purgeable) {
      ASSERT_LE(m.xPagecount(cache), std::max(limit, static_cast<int>(pinned.size())) + 1);
    }
  }
  EXPECT_GT(found, 10);
  m.xDestroy(cache);
}

TEST(PageCache, AgreesWithAModel) {
  ASSERT_EQ(InitializeProcess(), SQLITE_OK);
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Play(seed, seed % 3 != 0);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(PageCache, IsBoundedByTheConnectionsMemory) {
  ASSERT_EQ(InitializeProcess(), SQLITE_OK);
  const sqlite3_pcache_methods2& m = PageCacheMethods();
  MemoryAccount account;
  account.limit = 5 << 20;
  {
    MemoryScope scope(&account, true);
    sqlite3_pcache* cache = m.xCreate(kPageBytes, kExtraBytes, 1);
    m.xCachesize(cache, 4000);
    int pages = 0;
    for (unsigned key = 1; key <= 4000 && m.xFetch(cache, key, 2) != nullptr; ++key) ++pages;
    EXPECT_GT(pages, 500);
    EXPECT_LT(pages, 1300);
    EXPECT_LE(account.used, account.limit);
    m.xDestroy(cache);
  }
  EXPECT_EQ(account.used, 0);
}

}  // namespace
}  // namespace allod::engine::sqlite
