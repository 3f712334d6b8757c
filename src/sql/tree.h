// libpg_query's tree, as protobuf-c structs. Everyone who walks the tree includes this; pg_query.h itself is included
// only by scan.cc, parse.cc and deparse.cc (and tests).
#pragma once

extern "C" {
#include <pg_query/pg_query.pb-c.h>
}

#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace allod::sql {

// Memory of one parsed text: tree nodes and strings, freed together. New nodes (an expanded `*`, a bound view) are made
// here too. One thread at a time while it grows; afterwards read-only.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  void* Allocate(size_t bytes);
  char* String(std::string_view text);  // NUL-terminated copy
  template <typename T>
  T** Array(size_t count) { return static_cast<T**>(Allocate(sizeof(T*) * (count + 1))); }
  // Make<PgQuery__ColumnRef>(pg_query__column_ref__init)
  template <typename T>
  T* Make(void (*init)(T*)) { T* node = static_cast<T*>(Allocate(sizeof(T))); init(node); return node; }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0, bytes_ = 0;
};

}  // namespace allod::sql
