#include "engine/sqlite/page_cache.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "engine/sqlite/process.h"

namespace allod::engine::sqlite {
namespace {

constexpr size_t kHugeBytes = 2u << 20;
constexpr size_t kFirstPages = 16;  // of a cache that may stay small: that of a temporary table
constexpr size_t kFirstBuckets = 64;

constexpr size_t RoundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }

// A place for a page. `page` comes first: it is what SQLite hands back.
struct Slot {
  sqlite3_pcache_page page;
  Slot* next;  // in its bucket, or among the free
  unsigned key;
  bool used, pinned;
  bool recent;  // since the hand last came by
};

// One allocation: pages, then what SQLite keeps beside each, then the slots.
struct Chunk {
  Chunk* next;
  char* memory;
  Slot* slots;
  size_t pages, bytes;
};

class PageCache {
 public:
  PageCache(int page_bytes, int extra_bytes, bool purgeable)
      : page_bytes_(static_cast<size_t>(page_bytes)), extra_bytes_(RoundUp(static_cast<size_t>(extra_bytes), 64)),
        purgeable_(purgeable) {}
  ~PageCache() {
    while (chunks_ != nullptr) {
      Chunk* next = chunks_->next;
      FreePages(chunks_->memory, chunks_->bytes);
      sqlite3_free(chunks_);
      chunks_ = next;
    }
    sqlite3_free(buckets_);
  }
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  void SetLimit(int pages) {
    limit_ = static_cast<size_t>(std::max(pages, 1));
    while (count_ > limit_ && EvictOne()) {
    }
  }
  int count() const { return static_cast<int>(count_); }

  // `create`: 0 never, 1 if that is cheap (else SQLite first writes dirty pages out), 2 if at all possible.
  Slot* Fetch(unsigned key, int create) {
    for (Slot* slot = bucket_count_ == 0 ? nullptr : *Bucket(key); slot != nullptr; slot = slot->next) {
      if (slot->key != key) continue;
      if (!slot->pinned) {
        slot->pinned = true;
        ++pinned_;
      }
      return slot;
    }
    return create == 0 ? nullptr : Create(key, create);
  }

  void Unpin(Slot* slot, bool discard) {
    if (discard || (purgeable_ && count_ > limit_)) {
      Remove(slot);
      return;
    }
    slot->pinned = false;
    slot->recent = true;
    --pinned_;
  }

  void Rekey(Slot* slot, unsigned key) {
    for (Slot* other = *Bucket(key); other != nullptr; other = other->next) {
      if (other->key != key || other == slot) continue;
      Remove(other);
      break;
    }
    Unlink(slot);
    slot->key = key;
    Link(slot);
  }

  void Truncate(unsigned first) {
    if (count_ == 0 || first > most_) return;
    for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
      for (size_t i = 0; i < chunk->pages; ++i) {
        if (chunk->slots[i].used && chunk->slots[i].key >= first) Remove(&chunk->slots[i]);
      }
    }
    most_ = first == 0 ? 0 : first - 1;
  }

  // Memory stays with the cache: it is bounded, and wanted again.
  void Shrink() {
    while (EvictOne()) {
    }
  }

 private:
  Slot** Bucket(unsigned key) { return &buckets_[key & (bucket_count_ - 1)]; }

  void Link(Slot* slot) {
    Slot** bucket = Bucket(slot->key);
    slot->next = *bucket;
    *bucket = slot;
    most_ = std::max(most_, slot->key);
  }

  void Unlink(Slot* slot) {
    Slot** at = Bucket(slot->key);
    while (*at != slot) at = &(*at)->next;
    *at = slot->next;
  }

  void Remove(Slot* slot) {
    Unlink(slot);
    if (slot->pinned) --pinned_;
    slot->used = slot->pinned = slot->recent = false;
    slot->next = free_;
    free_ = slot;
    --count_;
  }

  Slot* Create(unsigned key, int create) {
    if (purgeable_ && create == 1 && pinned_ >= limit_ - limit_ / 10) return nullptr;
    if (count_ >= bucket_count_ && !GrowBuckets()) return nullptr;
    if (count_ >= limit_) EvictOne();  // if all are pinned, it grows beyond its limit
    if (free_ == nullptr && !AddChunk() && !EvictOne()) return nullptr;
    Slot* slot = free_;
    free_ = slot->next;
    slot->key = key;
    slot->used = slot->pinned = true;
    slot->recent = false;
    Link(slot);
    ++count_;
    ++pinned_;
    std::memset(slot->page.pExtra, 0, sizeof(void*));  // tells SQLite that the page is new
    return slot;
  }

  // True: there is a free slot now.
  bool EvictOne() {
    if (!purgeable_ || pinned_ == count_) return false;  // not purgeable: there is no file to read it from again
    while (true) {
      if (hand_ == nullptr) {
        hand_ = chunks_;
        hand_index_ = 0;
      }
      for (; hand_index_ < hand_->pages; ++hand_index_) {
        Slot& slot = hand_->slots[hand_index_];
        if (!slot.used || slot.pinned) continue;
        if (slot.recent) {
          slot.recent = false;
          continue;
        }
        Remove(&slot);
        return true;
      }
      hand_ = hand_->next;
      hand_index_ = 0;
    }
  }

  bool GrowBuckets() {
    const size_t count = bucket_count_ == 0 ? kFirstBuckets : bucket_count_ * 4;
    auto** buckets = static_cast<Slot**>(sqlite3_malloc64(count * sizeof(Slot*)));
    if (buckets == nullptr) return bucket_count_ > 0;  // goes on with longer chains
    std::memset(buckets, 0, count * sizeof(Slot*));
    std::swap(buckets_, buckets);
    const size_t old_count = std::exchange(bucket_count_, count);
    for (size_t i = 0; i < old_count; ++i) {
      for (Slot* slot = buckets[i]; slot != nullptr;) {
        Slot* next = slot->next;
        Link(slot);
        slot = next;
      }
    }
    sqlite3_free(buckets);
    return true;
  }

  bool AddChunk() {
    const size_t each = page_bytes_ + extra_bytes_ + sizeof(Slot);
    const size_t huge = kHugeBytes / each;
    // A large cache is filled sooner or later; others double, up to that size.
    size_t pages = purgeable_ && limit_ >= huge ? huge : std::min(huge, std::max(kFirstPages, count_));
    if (purgeable_ && count_ < limit_) pages = std::min(pages, limit_ - count_);
    pages = std::max<size_t>(pages, 1);
    auto* chunk = static_cast<Chunk*>(sqlite3_malloc(sizeof(Chunk)));
    if (chunk == nullptr) return false;
    chunk->bytes = pages == huge ? kHugeBytes : pages * each;
    chunk->memory = static_cast<char*>(AllocatePages(chunk->bytes));
    if (chunk->memory == nullptr) {
      sqlite3_free(chunk);
      return false;
    }
    char* extra = chunk->memory + pages * page_bytes_;
    chunk->slots = reinterpret_cast<Slot*>(extra + pages * extra_bytes_);
    chunk->pages = pages;
    for (size_t i = pages; i-- > 0;) {
      Slot* slot = new (&chunk->slots[i]) Slot{};
      slot->page.pBuf = chunk->memory + i * page_bytes_;
      slot->page.pExtra = extra + i * extra_bytes_;
      slot->next = free_;
      free_ = slot;
    }
    chunk->next = chunks_;
    chunks_ = chunk;
    return true;
  }

  const size_t page_bytes_, extra_bytes_;
  const bool purgeable_;
  size_t limit_ = 100;
  size_t count_ = 0, pinned_ = 0;
  unsigned most_ = 0;  // no key is higher
  Slot** buckets_ = nullptr;
  size_t bucket_count_ = 0;  // a power of two
  Slot* free_ = nullptr;
  Chunk* chunks_ = nullptr;
  Chunk* hand_ = nullptr;
  size_t hand_index_ = 0;
};

PageCache& Of(sqlite3_pcache* cache) { return *reinterpret_cast<PageCache*>(cache); }
Slot* SlotOf(sqlite3_pcache_page* page) { return reinterpret_cast<Slot*>(page); }

sqlite3_pcache* Create(int page_bytes, int extra_bytes, int purgeable) {
  void* memory = sqlite3_malloc(sizeof(PageCache));
  if (memory == nullptr) return nullptr;
  return reinterpret_cast<sqlite3_pcache*>(new (memory) PageCache(page_bytes, extra_bytes, purgeable != 0));
}

void Destroy(sqlite3_pcache* cache) {
  Of(cache).~PageCache();
  sqlite3_free(cache);
}

const sqlite3_pcache_methods2 kMethods = [] {
  sqlite3_pcache_methods2 m{};
  m.iVersion = 1;
  m.xInit = [](void*) { return SQLITE_OK; };
  m.xShutdown = [](void*) {};
  m.xCreate = Create;
  m.xCachesize = [](sqlite3_pcache* cache, int pages) { Of(cache).SetLimit(pages); };
  m.xPagecount = [](sqlite3_pcache* cache) { return Of(cache).count(); };
  m.xFetch = [](sqlite3_pcache* cache, unsigned key, int create) {
    return reinterpret_cast<sqlite3_pcache_page*>(Of(cache).Fetch(key, create));
  };
  m.xUnpin = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
    Of(cache).Unpin(SlotOf(page), discard != 0);
  };
  m.xRekey = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned, unsigned key) {
    Of(cache).Rekey(SlotOf(page), key);
  };
  m.xTruncate = [](sqlite3_pcache* cache, unsigned first) { Of(cache).Truncate(first); };
  m.xDestroy = Destroy;
  m.xShrink = [](sqlite3_pcache* cache) { Of(cache).Shrink(); };
  return m;
}();

}  // namespace

const sqlite3_pcache_methods2& PageCacheMethods() { return kMethods; }

}  // namespace allod::engine::sqlite
